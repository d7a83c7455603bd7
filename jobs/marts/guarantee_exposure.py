"""Every guarantee in force with what makes it doubtful: no share in the debtor, more than the share, a debtor that cannot pay."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.recorded import beyond, declared, places, with_maturity

# Beyond the guarantor's part of the debt, which is its share of it.
_OVER_SHARE = f"""
    CASE WHEN share IS NULL OR debt IS NULL THEN over_share
         ELSE {beyond('balance - CAST(round(CAST(share * debt AS DECIMAL(37,12)), 4) AS DECIMAL(18,4))')} END"""


def guarantee_exposure(guarantee: DataFrame, debt_risk: DataFrame, enterprise_tree: DataFrame, entry: DataFrame) -> DataFrame:
    """One row a guarantee and month. What a guarantor or group has given in all stands in `debt_risk`."""
    known = places(enterprise_tree).select("period", "unit_id", "registered_name", "supervisor", "top_unit")
    owing = known.toDF("period", "debtor", "debtor_name", "debtor_supervisor", "debtor_top_unit")
    assets = debt_risk.where("scope = 'single'").selectExpr("period", "unit_id AS debtor", "net_assets AS debtor_net_assets")
    beside = (
        with_maturity(guarantee, entry, "guarantee")
        .join(F.broadcast(known), ["period", "unit_id"], "left")
        .join(F.broadcast(owing), ["period", "debtor"], "left")
        .join(F.broadcast(assets), ["period", "debtor"], "left")
    )
    derived = {
        "unit_name": "coalesce(registered_name, unit_name)", "in_group": "debtor_top_unit = top_unit", "over_share_amount": _OVER_SHARE,
        "debtor_insolvent": "coalesce(nullif(insolvent, false), debtor_net_assets < 0, insolvent)",
        "days_to_end": "datediff(end_on, last_day(to_date(concat(period, '-01'))))",
        "uncovered": beyond("balance - coalesce(counter_amount, 0)"), "lost": "compensated - coalesce(recovered, 0)",
    }  # fmt: skip
    return declared(beside.withColumns({name: F.expr(sql) for name, sql in derived.items()}), "guarantee_exposure")
