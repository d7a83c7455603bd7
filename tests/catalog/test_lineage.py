"""The declared graph: an indicator rests on measures and items, a measure on the columns it looks at."""

import re
from functools import cache

import pytest

from catalog.lineage import edges
from expectations.relations import looked_at
from jobs.duplicates import pairs
from schemas.column import GRADES
from schemas.lineage import sources
from schemas.load import form, forms, indicators, mart, mart_names, measures


def test_an_indicator_rests_on_the_measures_and_items_of_its_formula() -> None:
    found = {source for mart, node, source in edges(["indicator_value"]) if node == "guarantee_ratio"}
    assert found == {"measure.guarantee_outstanding", "statement.equity_closing"}


@pytest.mark.parametrize(
    ("measure", "form", "columns"),
    [
        ("projects_over_budget", "investment_project", {"since_start", "budget", "budget_adjusted"}),
        ("cases_open", "accountability_case", {"received_on", "closed_on"}),
        ("paid_outside_budget", "large_payment", {"amount", "returned", "in_budget", "paid_at"}),
    ],
)
def test_a_measure_rests_on_every_column_it_looks_at(measure: str, form: str, columns: set[str]) -> None:
    found = {source for mart, node, source in edges(["measure"]) if node == measure}
    assert found == {f"{form}.{column}" for column in columns}


def test_no_edge_stands_twice() -> None:
    found = list(edges(["indicator_value", "measure"]))
    assert len(found) == len(set(found))


def _forms(name: str, column: str) -> set[str]:
    return {source.partition(".")[0] for source in sources(mart(name).by_name[column])}


def test_a_finding_between_records_rests_on_the_forms_that_compiled_rules_look_at() -> None:
    """Its rows pass through the driver, so that no plan of Spark's shows what they were computed from."""
    own = {made.name for made in forms() if made.relation_rules}
    read = own.union(*(looked_at(form(name)) for name in own))
    assert _forms("relation_finding", "seen") == read and read < {made.name for made in forms()}


def test_a_duplicate_rests_on_every_form_whose_figures_are_compared() -> None:
    """As above: its pairs are found in the driver."""
    names = {made.name for made in forms()}
    compared = [pair for pair in pairs(forms(), indicators()) if all(s.numeric and s.source in names for s in (pair.left, pair.right))]
    assert compared and {side.source for pair in compared for side in (pair.left, pair.right)} <= _forms("collection_duplicate", "compared")


@cache
def _grades() -> dict[str, str]:
    """Node or input → its grade. What the ledger knows and where a record stands has none: 一般."""
    known: dict[str, str] = {}
    for made in (*forms(), *map(mart, mart_names())):
        known |= {f"{made.name}.{c.name}": c.grade for c in made.columns}
        known[f"{made.name}.*"] = max((c.grade for c in made.columns), key=GRADES.index)
    known |= {f"{f.name}.period": f.by_name[f.period_from].grade for f in forms() if f.period_from != "submission"}
    known |= {f"measure.{m.id}": m.grade for m in measures()} | {f"indicator_value.{i.id}": i.grade for i in indicators()}
    items = {(item, c.grade) for f in forms() if f.statement for c in f.columns for item in (c.item, c.name)}
    return known | {f"statement.{item}": max((g for i, g in items if i == item), key=GRADES.index) for item, _ in items if item}


@pytest.mark.parametrize("name", mart_names())
def test_no_column_indicator_or_measure_is_graded_below_what_it_rests_on(name: str) -> None:
    grades = _grades()
    below = {
        f"{node}（{grades[f'{name}.{node}']}）< {source}（{grades[source]}）" for _, node, source in edges([name])
        if source in grades and GRADES.index(grades[f"{name}.{node}"]) < GRADES.index(grades[source])
    }  # fmt: skip
    assert below == set()


def test_every_input_has_a_grade_but_what_the_ledger_knows_and_where_a_record_stands() -> None:
    grades = _grades()
    nameless = {source for _, _, source in edges(mart_names()) if source not in grades}
    declared = {f.name for f in forms()} | set(mart_names())
    assert {s for s in nameless if s.partition(".")[0] in declared and not re.search(r"\.(_.*|scope|period)$", s)} == set()
    assert {s.partition(".")[0] for s in nameless} - declared <= {"entry", "batch", "finding", "access", "explanations"}
