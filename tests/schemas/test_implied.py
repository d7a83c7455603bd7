from string import Formatter

import pytest

from schemas.implied import all_rules, implied_rules
from schemas.load import form, form_names

PLACES = {"label", "seen", "expected", "previous"}


@pytest.mark.parametrize("name", form_names())
def test_every_rule_has_one_id_and_says_what_is_wrong_in_known_places(name: str) -> None:
    rules = all_rules(form(name))
    assert len({r.id for r in rules}) == len(rules)
    for rule in rules:
        assert {field for _, field, _, _ in Formatter().parse(rule.message) if field} <= PLACES, rule.id
        assert rule.title and rule.message


@pytest.mark.parametrize("name", form_names())
def test_columns_bring_their_own_rules(name: str) -> None:
    made = form(name)
    ids = {r.id for r in implied_rules(made)}
    assert {f"TYP-{c.name}" for c in made.columns} <= ids
    assert {i for i in ids if i.startswith("REQ-")} == {f"REQ-{c.name}" for c in made.columns if c.required}
    assert {i for i in ids if i.startswith("COD-")} == {f"COD-{c.name}" for c in made.columns if c.codes}
    assert {"KEY-DUP", "NIL-RECORD", "HDR-MISSING", "HDR-UNKNOWN", "ACC-ENTRY", "PER-DIFF"} <= ids


def test_only_what_can_be_mended_or_explained_is_more_than_a_notice() -> None:
    severity = {r.id: r.severity for r in implied_rules(form("monthly_finance"))}
    assert severity["NIL-RECORD"] == severity["HDR-UNKNOWN"] == "notice"
    assert severity["KEY-DUP"] == severity["ACC-ENTRY"] == severity["TYP-cash_closing"] == "error"
