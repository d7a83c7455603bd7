"""Shares through chains, worked out by hand."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction as F

import pytest

from jobs.holdings import Control, Holdings, solve

HALF = F(1, 2)


def _held(lines: str, controller: Mapping[str, str] | None = None) -> Holdings:
    """`A-B 60`: A holds 60 % of B."""
    split = [line.replace("-", " ").split() for line in lines.split(",")]
    return Holdings([(o, u, Decimal(s) / 100) for o, u, s in split], controller or {})


def test_along_a_chain_shares_multiply_and_control_counts_in_full() -> None:
    held = _held("A-B 60, B-C 70, C-D 30")
    assert held.by_product("A") == {"B": F(60, 100), "C": F(42, 100), "D": F(126, 1000)}
    assert held.by_control("A", HALF) == {
        "B": Control(F(60, 100), True, "A"), "C": Control(F(70, 100), True, "B"), "D": Control(F(30, 100), False, "C"),
    }  # fmt: skip


def test_in_a_diamond_both_ways_count_and_together_give_control() -> None:
    held = _held("A-B 60, A-C 80, B-D 30, C-D 25")
    assert held.by_product("A")["D"] == F(60, 100) * F(30, 100) + F(80, 100) * F(25, 100)
    assert held.by_control("A", HALF)["D"] == Control(F(55, 100), True, "B")


def test_units_that_hold_each_other_are_owned_whole_by_those_outside() -> None:
    """x(B) = 0.8 + 0.2·x(C), x(C) = 0.9 + 0.1·x(B): both 1. B holds of C what it holds, not what comes back through itself."""
    held = _held("A-B 80, C-B 20, A-C 90, B-C 10")
    assert held.by_product("A") == {"B": 1, "C": 1}
    assert held.by_product("B") == {"C": F(10, 100)}
    assert held.on_cycle("B") and held.on_cycle("C") and not held.on_cycle("A")


def test_of_a_partly_owned_circle_each_owner_gets_its_part_of_the_whole() -> None:
    """A 40 %, Z 40 % of B; C holds the other 20 %; C is held by B 50 %, A 50 %: x(C) = 0.5·x(B) + 0.5, x(B) = 0.4 + 0.2·x(C)."""
    held = _held("A-B 40, Z-B 40, C-B 20, B-C 50, A-C 50")
    shares = held.by_product("A")
    assert shares == {"B": F(5, 9), "C": F(7, 9)}
    assert shares["B"] + (held.by_product("Z")["B"] or 0) == 1


def test_a_circle_without_an_owner_outside_has_no_share() -> None:
    held = _held("A-B 100, B-C 100, C-B 100")
    assert held.by_product("A") == {"B": None, "C": None}
    assert held.by_product("B") == {"C": 1}
    assert _held("Z-Y 10, B-C 100, C-B 100").by_product("Z") == {"Y": F(1, 10)}


def test_a_circle_held_to_more_than_the_whole_has_no_share() -> None:
    """x(B) = 0.1 + 0.6·x(C) + 0.6·x(D), x(C) = x(D) = x(B): only −0.5 solves it."""
    assert _held("A-B 10, B-C 100, B-D 100, C-B 60, D-B 60").by_product("A") == dict.fromkeys("BCD")


def test_what_hangs_below_such_a_circle_has_none_either() -> None:
    assert _held("A-B 1, B-C 100, C-B 100, C-D 50").by_product("A")["D"] is None


@pytest.mark.parametrize(("controller", "controls"), [({}, False), ({"C": "A"}, True), ({"C": "B"}, False)])
def test_of_fifty_fifty_it_is_whom_the_registry_names_that_controls(controller: dict[str, str], controls: bool) -> None:
    assert _held("A-C 50, B-C 50", controller).by_control("A", HALF)["C"].controls is controls


def test_who_is_named_but_not_the_first_holder_does_not_control() -> None:
    assert not _held("A-C 40, B-C 45", {"C": "A"}).by_control("A", HALF)["C"].controls


def test_the_first_holder_with_actual_control_leads_the_chain_on() -> None:
    held = _held("A-B 40, Y-B 35, Z-B 25, B-C 60", {"B": "A"})
    assert held.by_control("A", HALF)["C"] == Control(F(60, 100), True, "B")


def test_a_longer_circle_is_found_and_what_only_hangs_on_it_is_not_part_of_it() -> None:
    held = _held("A-B 10, B-C 10, C-A 10, C-D 10")
    assert [held.on_cycle(u) for u in "ABCD"] == [True, True, True, False]


def test_a_system_without_one_solution_has_none() -> None:
    assert solve([[F(1), F(1)], [F(2), F(2)]], [F(1), F(2)]) == [None, None]
    assert solve([[F(0), F(2)], [F(4), F(0)]], [F(6), F(8)]) == [2, 3]
