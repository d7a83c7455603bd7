"""Bodies that met over a topic out of the order of their unit's list: told by both engines, and by nothing where minutes are missing."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from pyspark.sql import SparkSession

from expectations.bodies import BODIES
from tests.jobs.marts.small import shown
from tests.jobs.marts.test_relation_pairs import _found

Row = dict[str, Any]
DECIDED = date(2025, 3, 12)


def _decision(topic: str, row: int, **change: Any) -> Row:
    return {"period": str(DECIDED), "decided_on": DECIDED, "decided_by": "董事会", "party_on": date(2025, 3, 8), "topic_id": topic,
            "item_code": "I1", "_batch": 5, "_row": row, **change}  # fmt: skip


def _minutes(topic: str, kind: str, day: int, row: int) -> tuple[Row, Row]:
    held = date(2025, 3, day)
    head = {"period": str(held), "held_on": held, "meeting_id": f"M{row}", "_row": row, "_batch": 6}
    return {**head, "meeting_kind": kind}, {**head, "line_no": 1, "topic_id": topic, "_batch": 7}


@pytest.mark.parametrize("few", [100_000, -1], ids=["duckdb", "spark"])
def test_who_met_later_than_the_list_asks_is_told(spark: SparkSession, monkeypatch: pytest.MonkeyPatch, few: int) -> None:
    monkeypatch.setattr("jobs.marts.relation_finding.FEW", few)
    office = "总经理（院长）办公会"
    minutes = [
        _minutes("in order", office, 10, 1), _minutes("office after board", office, 13, 2), _minutes("office before party", office, 7, 3),
        _minutes("again", office, 9, 4), _minutes("again", office, 14, 5), _minutes("not listed", office, 13, 6),
        _minutes("shareholders before board", "股东（大）会", 11, 7),
    ]  # fmt: skip
    topics = ["in order", "office after board", "office before party", "again", "not listed", "shareholders before board", "no minutes"]
    decisions = [_decision(topic, n, item_code="I9" if topic == "not listed" else "I1") for n, topic in enumerate(topics, 1)]
    decisions.append(_decision("studied late", 8, party_on=date(2025, 3, 13)))  # DEC-7 tells of it
    listed = {"period": "2024-01-01", "valid_from": date(2024, 1, 1), "item_code": "I1", "_batch": 8,
              "bodies": "党委前置→总办会→董事会→股东会"}  # fmt: skip
    found = _found(
        spark, decision=decisions, decision_item_list=[listed], decision_meeting=[head for head, _ in minutes],
        decision_meeting_line=[line for _, line in minutes],
    ).where("rule_id = 'DEC-31'")  # fmt: skip
    assert shown(found, "_row", "column", "seen") == {(n, "decided_on", "2025-03-12") for n in (2, 3, 6)}


def test_every_body_that_a_list_may_name_is_known() -> None:
    assert [*BODIES] == ["党委前置", "总办会", "专委会", "董事会", "股东会", "职代会"]
