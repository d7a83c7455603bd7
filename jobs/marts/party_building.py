"""Party organisations of every quarter: terms that ran out, seats, members, meetings, money."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.dated import PERIOD_END
from jobs.recorded import declared, newest, places, quotient, with_maturity

_KEY = ("unit_id", "period", "party_org_id")


def party_building(party_organisation: DataFrame, enterprise_tree: DataFrame, entry: DataFrame) -> DataFrame:
    """One row an organisation and quarter; days are counted at the quarter's end."""
    known = with_maturity(newest(party_organisation, *_KEY), entry, "party_organisation")
    named = known.join(F.broadcast(places(enterprise_tree)), ["period", "unit_id"], "left").withColumn("period_end", F.expr(PERIOD_END))
    overdue = "CASE WHEN elected_on >= election_due THEN 0 ELSE greatest(datediff(period_end, election_due), 0) END"
    derived = {
        "unit_name": "registered_name", "overdue_days": f"CASE WHEN election_due IS NOT NULL THEN {overdue} END",
        "term_over": "overdue_days > 0", "vacant_seats": "seats - filled",
        "member_change": "admitted + moved_in - moved_out - coalesce(lost, 0)",
        "meetings_missed": "CASE WHEN held < meetings_due THEN meetings_due - held WHEN held >= meetings_due THEN 0 END",
    }  # fmt: skip
    made = named
    for name, sql in derived.items():
        made = made.withColumn(name, F.expr(sql))
    rates = {"meeting_rate": quotient("held / meetings_due"), "spent_rate": quotient("spent / budget")}
    return declared(made.withColumns(rates), "party_building")
