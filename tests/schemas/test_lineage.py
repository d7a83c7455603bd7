"""`forms.<column>` in a declaration is that column of every form that relation rules look at."""

from schemas.column import Column
from schemas.lineage import sources
from schemas.load import forms, mart


def test_findings_rest_on_every_form_with_relation_rules_and_on_those_they_mention() -> None:
    seen = next(c for c in mart("relation_finding").columns if c.name == "seen")
    named = {source.partition(".")[0] for source in sources(seen)}
    assert {made.name for made in forms() if made.relation_rules} <= named
    assert {"enterprise_registry", "decision_item_list"} <= named


def test_the_period_of_an_event_is_its_day_and_a_form_without_the_column_has_no_part_in_it() -> None:
    made = sources(Column("period", "报告期", "period", rests_on=("forms.period", "batch.header")))
    assert {"monthly_finance.period", "decision.decided_on", "batch.header"} <= set(made)
    assert not {"decision.period"} & set(made)
    scopes = sources(Column("scope", "口径", "code", rests_on=("forms.scope",)))
    assert "monthly_finance.scope" in scopes and "decision.scope" not in scopes


def test_no_column_of_findings_is_graded_below_what_it_rests_on() -> None:
    order = ("一般", "重要", "核心")
    grades = {f"{made.name}.{c.name}": c.grade for made in forms() for c in made.columns}
    highest = {made.name: max((c.grade for c in made.columns), key=order.index) for made in forms()}
    for column in mart("relation_finding").columns:
        for source in sources(column):
            grade = highest.get(source.removesuffix(".*"), "一般") if source.endswith(".*") else grades.get(source, "一般")
            assert order.index(column.grade) >= order.index(grade), f"{column.name} {source}"
