"""Who had to report, who did, and when."""

from datetime import date
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from jobs.inputs import Ruling
from jobs.marts.submission_coverage import submission_coverage
from tests.jobs.marts.small import entries, gold, parameters, shown

LONG_AFTER = date(2024, 8, 1)
_TWO = ("2024-03", "2024-04")
_UNIT = {
    "period": "2024-03",
    "depth": 0,
    "is_supervisor": False,
    "is_consolidated": True,
    "files_monthly": True,
    "supervisor": "sasac",
}


def _coverage(
    spark: SparkSession,
    units: list[dict[str, Any]],
    sent: list[dict[str, Any]],
    as_of: date = LONG_AFTER,
) -> DataFrame:
    tree = gold(
        spark, "enterprise_tree", [{**_UNIT, "ancestor_id": u["unit_id"], **u} for u in units]
    )
    came = entries(spark, [{"period": "2024-03", "received_on": "2024-04-08", **s} for s in sent])
    return submission_coverage(
        tree, came, parameters("2024-03", listed={"listed_profile": ["2012"]}), as_of
    ).where("form = 'small'")


def test_a_report_is_in_time_on_its_due_day_and_late_after_it(spark: SparkSession) -> None:
    sent = [{"unit_id": "A"}, {"unit_id": "B", "received_on": "2024-04-09"}]
    made = _coverage(spark, [{"unit_id": "A"}, {"unit_id": "B"}], sent)
    assert shown(made, "unit_id", "received", "late", "due_on") == {
        ("A", True, False, date(2024, 4, 8)), ("B", True, True, date(2024, 4, 8)),
    }  # fmt: skip


def test_what_is_not_due_is_not_missing(spark: SparkSession) -> None:
    before, after = (
        _coverage(spark, [{"unit_id": "A"}], [], day)
        for day in (date(2024, 4, 8), date(2024, 4, 9))
    )
    assert shown(before, "missing", "maturity") == {(False, "未到期")}
    assert shown(after, "missing", "maturity", "reason") == {(True, "迟报", "未收到")}


def test_figures_are_provisional_until_the_final_day(spark: SparkSession) -> None:
    days = (date(2024, 4, 11), date(2024, 4, 12))
    assert [
        shown(_coverage(spark, [{"unit_id": "A"}], [{"unit_id": "A"}], d), "maturity") for d in days
    ] == [{("暂定",)}, {("确定",)}]


def test_an_exempt_unit_is_excluded_with_its_reason(spark: SparkSession) -> None:
    made = _coverage(spark, [{"unit_id": "A", "files_monthly": False, "exemption": "长期停业"}], [])
    assert shown(made, "expected", "excluded", "missing", "reason", "maturity") == {
        (False, True, False, "长期停业", "免报")
    }


def test_a_returned_report_is_missing_and_says_why(spark: SparkSession) -> None:
    made = _coverage(spark, [{"unit_id": "A"}], [{"unit_id": "A", "state": "returned"}])
    assert shown(made, "received", "missing", "reason") == {(False, True, "已退回，待重报")}


def test_a_correction_keeps_the_day_of_the_first_accepted(spark: SparkSession) -> None:
    sent = [
        {"unit_id": "A", "state": "superseded", "submission": 4},
        {"unit_id": "A", "received_on": "2024-05-20", "submission": 12, "id": 2},
    ]
    assert shown(_coverage(spark, [{"unit_id": "A"}], sent), "late", "received_on", "receipts") == {
        (False, date(2024, 4, 8), "R00000012")
    }


def test_a_unit_with_whom_to_consolidate_owes_a_consolidated_statement_too(
    spark: SparkSession,
) -> None:
    below = {"depth": 1, "ancestor_id": "A"}
    units = [
        {"unit_id": "A"}, {"unit_id": "B"}, {"unit_id": "B", **below}, {"unit_id": "C", "files_monthly": False},
        {"unit_id": "C", "depth": 1, "ancestor_id": "B", "files_monthly": False},
    ]  # fmt: skip
    assert shown(_coverage(spark, units, []).where("expected"), "unit_id", "scope") == {
        ("A", "single"), ("A", "consolidated"), ("B", "single"),
    }  # fmt: skip


def test_a_report_nobody_expected_is_shown_as_such(spark: SparkSession) -> None:
    made = _coverage(spark, [{"unit_id": "A"}], [{"unit_id": "X"}]).where("unit_id = 'X'")
    assert shown(made, "expected", "received", "excluded", "reason") == {
        (False, True, False, "不在应报范围")
    }


def test_listed_companies_are_expected_by_their_list(spark: SparkSession) -> None:
    tree = gold(spark, "enterprise_tree", [])
    sent = entries(
        spark,
        [
            {
                "form": "listed_profile",
                "unit_id": "sse:600600",
                "period": "2012",
                "scope": "consolidated",
                "received_on": "2013-04-01",
            }
        ],
    )
    made = submission_coverage(
        tree, sent, parameters(listed={"listed_profile": ["2012"]}), LONG_AFTER
    )
    assert made.count() == 8 and shown(made.where("received"), "unit_id", "unit_name") == {
        ("sse:600600", "青岛啤酒")
    }


def test_a_period_nobody_filed_is_missing_for_everybody(spark: SparkSession) -> None:
    tree = gold(spark, "enterprise_tree", [{**_UNIT, "unit_id": u, "ancestor_id": u, "period": p} for u in "AB" for p in _TWO])
    sent = entries(spark, [{"unit_id": u, "period": "2024-03", "received_on": "2024-04-08"} for u in "AB"])
    made = submission_coverage(tree, sent, parameters("2024-03", asked={"small": _TWO}), LONG_AFTER)
    assert shown(made.where("missing"), "unit_id", "period", "reason") == {(u, "2024-04", "未收到") for u in "AB"}


def test_a_tree_of_another_forms_period_asks_for_nothing(spark: SparkSession) -> None:
    made = _coverage(spark, [{"unit_id": "A"}, {"unit_id": "A", "period": "2024-01"}, {"unit_id": "A", "period": "2024"}], [])
    assert shown(made, "period") == {("2024-03",)}


def test_of_a_form_nobody_is_expected_to_file_what_stands_is_shown(spark: SparkSession) -> None:
    tree = gold(spark, "enterprise_tree", [{**_UNIT, "unit_id": "A", "ancestor_id": "A", "unit_name": "甲"}])
    sent = entries(spark, [
        {"form": "large_payment", "unit_id": "A", "scope": "", "period": "2024-03-04", "received_on": "2024-03-05"},
        {"form": "large_payment", "unit_id": "A", "scope": "", "period": "2024-03-05", "received_on": "2024-03-05", "state": "returned"},
    ])  # fmt: skip
    given = parameters(listed={"large_payment": ["2024-03-04", "2024-03-05"]})
    made = submission_coverage(tree, sent, given, LONG_AFTER)
    assert shown(made, "period", "unit_name", "expected", "received", "late", "missing", "reason", "maturity") == {
        ("2024-03-04", "甲", False, True, False, False, "不设应报名单", "确定")
    }  # fmt: skip


def test_annual_accounts_are_asked_of_the_units_the_registry_says_file_them(spark: SparkSession) -> None:
    units = [("A", True), ("B", False), ("C", None)]
    tree = gold(spark, "enterprise_tree", [
        {**_UNIT, "unit_id": u, "ancestor_id": u, "period": "2023", "files_annual": flag} for u, flag in units
    ])  # fmt: skip
    given = parameters(listed={"annual_finance": ["2023"]})
    made = submission_coverage(tree, entries(spark, []), given, LONG_AFTER)
    assert shown(made, "unit_id", "expected", "missing", "due_on") == {
        ("A", True, True, date(2024, 4, 26)), ("B", False, False, date(2024, 4, 26)), ("C", False, False, date(2024, 4, 26)),
    }  # fmt: skip


def test_an_exemption_takes_a_unit_out_and_an_extension_moves_its_day(spark: SparkSession) -> None:
    """Due on 2024-04-08. B is exempt; C is late by the calendar, in time by its extension; D is not missing before its day."""
    tree = gold(spark, "enterprise_tree", [{**_UNIT, "unit_id": u, "ancestor_id": u} for u in "ABCD"])
    sent = entries(spark, [{"unit_id": "C", "period": "2024-03", "received_on": "2024-04-10"}])
    said = [Ruling("small", "B", "2024-03", None, "免报：停业（王芳 2024-04-01）"),
            *(Ruling("small", unit, "2024-03", date(2024, 4, 15), "延期") for unit in "CD")]  # fmt: skip
    made = submission_coverage(tree, sent, parameters("2024-03"), date(2024, 4, 12), said)
    assert shown(made, "unit_id", "expected", "excluded", "late", "missing", "due_on", "reason", "maturity") == {
        ("A", True, False, False, True, date(2024, 4, 8), "未收到", "迟报"),
        ("B", False, True, False, False, date(2024, 4, 8), "免报：停业（王芳 2024-04-01）", "免报"),
        ("C", True, False, False, False, date(2024, 4, 15), "", "暂定"),
        ("D", True, False, False, False, date(2024, 4, 15), "未收到", "未到期"),
    }  # fmt: skip
