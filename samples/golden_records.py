"""What one record in force adds to the panorama's figures, by form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from fractions import Fraction

from samples.city import Unit
from samples.golden_domains import yuan
from samples.golden_known import Known, parameter
from samples.golden_platform import assessed_until
from samples.line import Line
from samples.truth import last_day

Figures = Mapping[str, Fraction | None]
_CLASSES = {"units_class_1": "商业一类", "units_class_2": "商业二类", "units_public": "公益类"}
_TERMS = {"初核": "first_due", "立项核查": "inquiry_due", "整改": "remedy_due"}


def household(known: Known, unit: Unit, day: date) -> Figures:
    """A unit of the registry, as its record in force on the day says."""
    held = max((line for line in known.standing.of("enterprise_registry", frozenset({unit.key})) if line.cells["valid_from"] <= f"{day}"),
               key=lambda line: line.cells["valid_from"])  # fmt: skip
    found = {name: held.cells["function_class"] == kind for name, kind in _CLASSES.items()}
    return _counts(units=True, units_not_operating=held.cells["status"] != "正常", **found)


def _counts(**met: bool) -> dict[str, Fraction | None]:
    return {name: Fraction(one) for name, one in met.items()}


def _party(known: Known, line: Line) -> Figures:
    over = (_day(line, "election_due") or date.max) < last_day(line.period)
    counted = _counts(party_organisations=True, party_terms_over=over, party_secretaries_vacant=line.cells["secretary_vacant"] == "是")
    return counted | {"party_members": Fraction(line.cells["members"])}


def _reform(known: Known, line: Line) -> Figures:
    earlier = [b for b in known.standing.every("reform_task") if (b.key, b.own) == (line.key, line.own) and b.period < line.period]
    before = max(earlier, key=lambda task: task.period, default=line)
    fell = Fraction(line.cells["progress"]) < Fraction(before.cells["progress"]) and not line.cells["delay_reason"]
    late = line.cells["status"] not in ("已完成", "中止") and (_day(line, "due_on") or date.max) < last_day(line.period)
    return _counts(reform_tasks=True, reform_done=line.cells["status"] == "已完成", reform_overdue=late, reform_fell_back=fell)


def _clue(known: Known, line: Line) -> Figures:
    stage = line.cells["stage"]
    closed = bool(line.cells["closed_on"]) or stage in ("办结", "移送", "不予追究")
    settled = closed or (stage == "整改" and bool(line.cells["remedied_on"]))
    due = _day(line, _TERMS[stage]) if stage in _TERMS else None
    late = not settled and due is not None and due < known.city.today
    losses = [Fraction(yuan(line, c)) for c in ("loss_direct", "loss_indirect") if line.cells[c]]
    recovered = Fraction(yuan(line, "recovered")) if line.cells["recovered"] else None
    amounts: Figures = {"clue_loss": sum(losses, Fraction(0)) if losses else None, "clue_recovered": recovered}
    return {**_counts(clues=True, clues_open=not closed, clues_overdue=late), **amounts}


def _node(known: Known, line: Line) -> Figures:
    return _network(network_nodes=True, network_connected=line.cells["status"] == "已接入")


def _system(known: Known, line: Line) -> Figures:
    until = assessed_until(line)
    return _network(network_systems=True, network_expired=until is None or until < last_day(line.period))


def _event(known: Known, line: Line) -> Figures:
    real = line.cells["is_drill"] == "否"
    return _network(network_events=real, network_events_open=real and not line.cells["closed"])


def _network(**met: bool) -> Figures:
    """Where anything is known of a unit's network, its systems and events are counted; nodes only where they are reported."""
    nothing = _counts(network_systems=False, network_expired=False, network_events=False, network_events_open=False)
    return {"network_nodes": None, "network_connected": None, **nothing, **_counts(**met)}


def _holding(known: Known, line: Line) -> Figures:
    end = last_day(line.period)
    years = {"no_dividend_years": "dividend_years", "loss_years": "loss_years"}
    long = any(line.cells[column] and int(line.cells[column]) >= parameter(name, end) for column, name in years.items())
    leave = long or line.cells["status"] not in ("正常", "筹建")
    counted = _counts(holdings=True, holdings_to_exit=leave, holdings_unhandled=leave and line.cells["exit_plan"] == "保留")
    return counted | {"holdings_cost": Fraction(yuan(line, "cost"))}


def _day(line: Line, column: str) -> date | None:
    value = line.values[column]
    return value if isinstance(value, date) else None


FIGURES: Mapping[str, Callable[[Known, Line], Figures]] = {
    "party_organisation": _party, "reform_task": _reform, "accountability_case": _clue, "network_access": _node,
    "network_system": _system, "network_event": _event, "equity_participation": _holding,
}  # fmt: skip
