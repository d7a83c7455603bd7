"""Party organisations of a quarter."""

from datetime import date
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from jobs.marts.party_building import party_building
from schemas.load import form
from tests.jobs.marts.small import entries, gold, records, shown


def _made(spark: SparkSession, rows: list[dict[str, Any]]) -> DataFrame:
    first = {"unit_id": "A", "period": "2024Q2", "kind": "党支部", "scope": ""}
    tree = {"period": "2024Q2", "unit_id": "A", "ancestor_id": "A", "depth": 0,
            "is_supervisor": False, "unit_name": "甲", "supervisor": "sasac"}  # fmt: skip
    came = entries(spark, [{"form": "party_organisation", "unit_id": "A", "period": "2024Q2", "scope": "", "state": "to explain"}])
    filed = [{**first, "party_org_id": f"D{i}", **row} for i, row in enumerate(rows, 1)]
    return party_building(records(spark, form("party_organisation"), filed), gold(spark, "enterprise_tree", [tree]), came)


def test_a_term_is_overdue_from_its_day_until_the_election(spark: SparkSession) -> None:
    """To 30 June: 180 days from 2 January; elected on or after the day: none; a day still to come: none; no day: unknown."""
    due = date(2024, 1, 2)
    rows = [
        {"election_due": due}, {"election_due": due, "elected_on": date(2019, 1, 2)}, {"election_due": due, "elected_on": due},
        {"election_due": date(2024, 7, 1)}, {},
    ]  # fmt: skip
    assert shown(_made(spark, rows), "party_org_id", "overdue_days", "term_over") == {
        ("D1", 180, True), ("D2", 180, True), ("D3", 0, False), ("D4", 0, False), ("D5", None, None),
    }  # fmt: skip


def test_seats_members_meetings_and_money(spark: SparkSession) -> None:
    row = {"seats": 7, "filled": 5, "admitted": 2, "moved_in": 1, "moved_out": 4, "meetings_due": 12, "held": 9, "budget": 200, "spent": 50}
    made = _made(spark, [{**row, "meetings_due": 0}, row]).orderBy("party_org_id")
    figures = ("vacant_seats", "member_change", "meetings_missed", "meeting_rate", "spent_rate")
    assert shown(made, *figures) == {(2, -1, 0, None, 0.25), (2, -1, 3, 0.75, 0.25)}
    assert shown(made, "unit_name", "supervisor", "top_unit", "maturity") == {("甲", "sasac", "A", "暂定")}


def test_nothing_filed_is_no_row(spark: SparkSession) -> None:
    assert _made(spark, []).count() == 0
