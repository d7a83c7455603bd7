"""What units have abroad."""

from typing import Any

from pyspark.sql import DataFrame, SparkSession

from jobs.marts.overseas_exposure import overseas_exposure
from schemas.load import form
from tests.jobs.marts.small import gold, parameters, records, shown

Rows = list[dict[str, Any]]


def _abroad(spark: SparkSession, items: Rows, risk: Rows | None = None) -> DataFrame:
    """B below A; items of B in Germany in 2024Q1 where a row says nothing else."""
    tree = [
        {"period": p, "unit_id": unit, "ancestor_id": above, "depth": int(unit != above), "is_supervisor": False,
         "ancestor_name": f"名{above}"}
        for p in ("2023Q4", "2024Q1") for unit, above in (("A", "A"), ("B", "B"), ("B", "A"))
    ]  # fmt: skip
    first = {"unit_id": "B", "period": "2024Q1", "overseas_id": "X1", "country": "DE", "currency": "EUR", "assets": 100, "net_assets": 60}
    assets = records(spark, form("overseas_asset"), [{**first, **row} for row in items])
    known = parameters(listed={"overseas_asset": ()})
    coverage = gold(spark, "submission_coverage", [])
    return overseas_exposure(assets, gold(spark, "debt_risk", risk or []), coverage, gold(spark, "enterprise_tree", tree), known)


def test_items_add_up_by_country_and_currency_for_the_unit_and_all_above(spark: SparkSession) -> None:
    items = [{}, {"overseas_id": "X2", "assets": 50, "nominee": True, "events": 2, "loss": 7}, {"overseas_id": "X3", "currency": "USD"}]
    made = _abroad(spark, [*items, {"unit_id": "A", "overseas_id": "X4", "assets": 1}])
    assert shown(made, "unit_id", "scope", "country", "currency", "items", "assets", "nominees", "events", "loss") == {
        ("B", "single", "DE", "EUR", 2, 150, 1, 2, 7), ("B", "single", "DE", "USD", 1, 100, 0, 0, None),
        ("A", "single", "DE", "EUR", 1, 1, 0, 0, None), ("A", "aggregate", "DE", "EUR", 3, 151, 1, 2, 7),
        ("A", "aggregate", "DE", "USD", 1, 100, 0, 0, None),
    }  # fmt: skip


def test_exposure_is_a_share_of_the_groups_net_assets_where_it_consolidates(spark: SparkSession) -> None:
    at = {"unit_id": "B", "period": "2024-03"}
    risk = [
        {**at, "scope": "single", "net_assets": 50}, {**at, "scope": "consolidated", "net_assets": 200},
        {**at, "unit_id": "A", "scope": "aggregate", "net_assets": 400},
    ]  # fmt: skip
    made = _abroad(spark, [{"fx_exposure": 80, "hedge_ratio": "0.25"}], risk)
    assert shown(made, "unit_id", "unit_net_assets", "assets_share", "net_share", "unhedged", "unhedged_share") == {
        ("B", 200, 0.5, 0.3, 60, 0.3), ("A", 400, 0.25, 0.15, 60, 0.15),
    }  # fmt: skip


def test_a_countrys_risk_is_that_of_the_quarters_end(spark: SparkSession) -> None:
    items = [{"country": "SD", "period": "2023Q1"}, {"country": "SD", "period": "2023Q2", "security_level": "中"}, {"security_level": "高"}]
    made = _abroad(spark, [*items, {"overseas_id": "X2", "security_level": "低"}]).where("scope = 'single'")
    assert shown(made, "country", "period", "country_risk", "security_level") == {
        ("SD", "2023Q1", "低", None), ("SD", "2023Q2", "高", "中"), ("DE", "2024Q1", "低", "高"),
    }  # fmt: skip


def test_years_of_loss_in_a_row_are_counted_by_the_last_report_of_each_year(spark: SparkSession) -> None:
    def year(item: str, **results: int) -> Rows:
        return [{"overseas_id": item, "period": p.removeprefix("p"), "net_profit": n} for p, n in results.items()]

    three = year("X1", p2021Q4=1, p2022Q3=5, p2022Q4=-1, p2023Q4=-2, p2024Q1=-1)
    gap = year("X2", p2022Q4=-1, p2024Q1=-1)
    made = _abroad(spark, [*three, *gap]).where("scope = 'single'")
    assert shown(made, "period", "loss_years") == {
        ("2021Q4", 0), ("2022Q3", 0), ("2022Q4", 1), ("2023Q4", 2), ("2024Q1", 3),
    }  # fmt: skip
    assert shown(_abroad(spark, gap).where("scope = 'single'"), "period", "loss_years") == {("2022Q4", 1), ("2024Q1", 1)}


def test_nothing_abroad_is_no_row(spark: SparkSession) -> None:
    assert _abroad(spark, []).count() == 0
