"""How much of what was sent is right."""

from pyspark.sql import SparkSession

from jobs.marts.data_quality import data_quality
from tests.jobs.marts.small import entries, findings, gold, parameters, shown

_P = {"period": "2024-03", "unit_id": "A"}


def test_everything_sent_is_judged_by_rules_of_the_record_and_what_stands_by_relation_rules(
    spark: SparkSession,
) -> None:
    sent = entries(
        spark,
        [
            {**_P, "batch": 1, "state": "superseded"},
            {**_P, "batch": 2, "id": 2},
            {**_P, "batch": 3, "id": 3, "state": "returned", "rows": 0},
        ],
    )
    found = findings(
        spark,
        [
            {**_P, "rule_id": "T-ROW", "_batch": 3},
            {**_P, "rule_id": "T-ROW", "_batch": 3, "column": "b"},
        ],
    )
    related = gold(
        spark,
        "relation_finding",
        [{**_P, "form": "small", "scope": "single", "rule_id": "T-YTD", "_batch": 2, "_row": 2}],
    )
    made = data_quality(sent, found, related, parameters("2024-03", rules=("T-ROW", "T-YTD")))
    assert shown(made, "rule_id", "rows", "broken", "pass_rate") == {
        ("T-ROW", 3, 1, 0.66666667),
        ("T-YTD", 1, 1, 0.0),
    }


def test_a_record_kept_out_by_an_error_of_its_own_is_judged_with_those_that_stand(spark: SparkSession) -> None:
    sent = entries(spark, [{**_P, "rows": 3}])
    found = findings(spark, [{**_P, "rule_id": "T-ROW", "_row": 4}, {**_P, "rule_id": "T-ROW", "_row": 5, "severity": "query"}])
    made = data_quality(sent, found, gold(spark, "relation_finding", []), parameters("2024-03", rules=("T-ROW",)))
    assert shown(made, "rule_id", "rows", "broken", "pass_rate") == {("T-ROW", 4, 2, 0.5)}


def test_implied_rules_appear_where_they_are_broken(spark: SparkSession) -> None:
    sent = entries(spark, [{**_P, "state": "returned", "rows": 0}, {**_P, "unit_id": "B", "id": 2}])
    found = findings(spark, [{**_P, "rule_id": "REQ-assets_closing"}])
    made = data_quality(sent, found, gold(spark, "relation_finding", []), parameters("2024-03"))
    assert shown(made, "unit_id", "rule_id", "title", "pass_rate") == {
        ("A", "REQ-assets_closing", "资产总计·期末余额必填", 0.0)
    }


def test_findings_of_a_file_and_of_a_shadow_are_not_counted(spark: SparkSession) -> None:
    sent = entries(spark, [{**_P}, {**_P, "batch": 2, "id": 2, "state": "shadow"}])
    found = findings(
        spark,
        [
            {**_P, "rule_id": "T-ROW", "_batch": 2},
            {"rule_id": "HDR-UNKNOWN", "unit_id": None, "period": "2024-03"},
        ],
    )
    made = data_quality(
        sent, found, gold(spark, "relation_finding", []), parameters("2024-03", rules=("T-ROW",))
    )
    assert shown(made, "rule_id", "rows", "broken") == {("T-ROW", 1, 0)}
