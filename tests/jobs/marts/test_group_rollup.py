"""A group's consolidated figures against the sum of its parts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from jobs.marts.group_rollup import group_rollup
from schemas.codes import code_list
from schemas.load import form
from tests.jobs.marts.small import gold, parameters, records, shown

P = "2024-03"


def _made(
    spark: SparkSession, filed: list[tuple[str, str, str, Any]], step: str = "1", left_out: str = "", *, units: str = "GABC"
) -> DataFrame:
    """`filed`: unit, scope, field, value. G heads A and B, C is below B."""
    ways = {"G": ["G"], "A": ["G", "A"], "B": ["G", "B"], "C": ["G", "B", "C"]}
    tree = [
        {"period": P, "ancestor_id": above, "ancestor_name": f"{above}集团", "unit_id": u, "depth": len(ways[u]) - 1 - nth,
         "path": "/".join(ways[u][nth:]), "is_supervisor": False, "is_consolidated": u not in left_out}
        for u in units for nth, above in enumerate(ways[u])
    ]  # fmt: skip
    figures = [
        {"form": "monthly_finance", "unit_id": u, "period": P, "scope": s, "field": f, "item": f.rpartition("_")[0],
         "measure": f.rpartition("_")[2], "title": f, "unit": "元", "value": v}
        for u, s, f, v in filed
    ]  # fmt: skip
    heads = [{"unit_id": u, "period": P, "scope": s, "_step": step} for u, s in sorted({(u, s) for u, s, _, _ in filed})]
    came = [{"form": "monthly_finance", "unit_id": u, "period": P, "scope": "single", "expected": True, "received": u != "C", "late": False,
             "excluded": False, "maturity": "确定" if u != "C" else "迟报"} for u in units]  # fmt: skip
    monthly = form("monthly_finance")
    given = replace(parameters(), forms={"monthly_finance": monthly})
    return group_rollup(
        gold(spark, "statement", figures), records(spark, monthly, heads), gold(spark, "enterprise_tree", tree),
        gold(spark, "submission_coverage", came), given,
    )  # fmt: skip


def _all(item: str, *singles: Any) -> list[tuple[str, str, str, Any]]:
    return [(u, "single", item, v) for u, v in zip("GABC", singles, strict=True)]


def test_parts_and_whole_that_agree(spark: SparkSession) -> None:
    sheets = [("G", "difference", "cash_closing", -1), ("B", "difference", "cash_closing", -2), ("G", "consolidated", "cash_closing", 7)]
    made = _made(spark, [*_all("cash_closing", 1, 2, 3, 4), *sheets])
    assert shown(made, "unit_id", "item", "measure", "single", "difference", "consolidated", "gap", "state", "members", "filed") == {
        ("G", "cash", "closing", 10.0, -3.0, 7.0, 0.0, "一致", 4, 4)
    }
    assert shown(made, "unit_name", "expected", "received", "maturity") == {("G集团", 4, 3, "迟报")}


def test_a_gap_within_half_a_step_an_addend_is_none(spark: SparkSession) -> None:
    filed = [*_all("cash_closing", 100, 100, 100, 100), ("G", "difference", "cash_closing", 0), ("G", "consolidated", "cash_closing", 650)]
    assert shown(_made(spark, filed, "100"), "gap", "tolerance", "state") == {(250.0, 300.0, "一致")}
    assert shown(_made(spark, filed, "80"), "gap", "tolerance", "state") == {(250.0, 240.0, "待说明")}


def test_without_a_difference_sheet_the_gap_is_of_the_items_kind_if_it_points_that_way(spark: SparkSession) -> None:
    whole = {"accounts_receivable": 30, "inventory": 50, "minority_equity": 43, "cash": 39}
    filed = [row for f, v in whole.items() for row in (*_all(f"{f}_closing", 10, 10, 10, 10), ("G", "consolidated", f"{f}_closing", v))]
    assert shown(_made(spark, filed), "item", "gap", "state", "kind") == {
        ("accounts_receivable", -10.0, "抵销", "内部往来"), ("inventory", 10.0, "待说明", "内部购销"),
        ("minority_equity", 3.0, "抵销", "少数股东"), ("cash", -1.0, "一致", None),
    }  # fmt: skip


def test_a_member_that_did_not_file_is_the_first_explanation(spark: SparkSession) -> None:
    filed = [*_all("cash_closing", 1, 2, 3, 4)[:3], ("G", "consolidated", "cash_closing", 20)]
    assert shown(_made(spark, filed), "single", "gap", "state", "members", "filed") == {(6.0, 14.0, "单户缺报", 4, 3)}


def test_what_is_not_consolidated_is_no_part_nor_what_is_below_it(spark: SparkSession) -> None:
    filed = [*_all("cash_closing", 1, 2, 30, 40), ("G", "consolidated", "cash_closing", 3)]
    assert shown(_made(spark, filed, left_out="B"), "single", "state", "members") == {(3.0, "一致", 2)}


def test_a_blank_counts_as_nothing_on_either_side_and_no_consolidated_statement_gives_no_row(spark: SparkSession) -> None:
    filed = [*_all("cash_closing", 1, 1, 1, 1), ("G", "consolidated", "inventory_closing", 9)]
    assert shown(_made(spark, filed), "item", "title", "single", "consolidated", "gap") == {
        ("cash", "cash_closing", 4.0, None, -4.0), ("inventory", "inventory_closing", None, 9.0, 9.0),
    }  # fmt: skip
    assert _made(spark, _all("cash_closing", 1, 1, 1, 1)).count() == 0 and _made(spark, []).count() == 0


def test_every_amount_of_the_monthly_report_but_cash_and_taxes_has_its_kind_of_elimination() -> None:
    amounts = {item.name for item in form("monthly_finance").items if item.unit == "元"}
    assert {code.code for code in code_list("rollup_gap")} <= amounts
    assert {code.extra["direction"] for code in code_list("rollup_gap")} == {"-", "+", "±"}
