"""The declared graph: an indicator rests on measures and items, a measure on the columns it looks at."""

import pytest

from catalog.lineage import edges


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
