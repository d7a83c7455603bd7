"""What moved in property rights: registrations beside the market registry and the audited accounts, transactions beside their rules."""

from __future__ import annotations

from datetime import date

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from jobs.dated import parameter
from jobs.inputs import Parameters
from jobs.recorded import beyond, declared, places, with_maturity, with_workdays, workdays_between

_HEAD = ("unit_id", "unit_name", "period", "scope", "_batch", "_submission", "maturity")
_REGISTERED = (
    "'登记' AS event", "registration_no AS event_no", "registration_kind AS movement", "reason", "event_date AS happened_on",
    "state_equity_before", "state_equity_after", "ownership_level",
    "registered_capital", "paid_in_capital", "pledged_share", "frozen_share", "is_nominee", "is_current", "market", "annual",
    "event_date AS register_from", "coalesce(applied_on, approved_on) AS registered_on",
)  # fmt: skip
_TRADED = (
    "'交易' AS event", "transaction_no AS event_no", "kind AS movement", "approved_on AS happened_on", "transferor", "target", "share",
    "control_changes", "topic_id", "method", "appraisal_no", "appraisal", "appraisal_base_date", "appraised_share_value",
    "disclosed_from", "disclosed_to", "first_disclosed_on", "floor_first", "floor_now", "cuts", "cut_approval_no", "relation_kind",
    "price", "closed_on", "contract_on", "payment_mode", "received", "settled_on", "transferred_on AS register_from", "registration_no",
)  # fmt: skip
_NEEDED = {"产权转让": "disclosure_transfer", "企业增资": "disclosure_increase", "资产转让": "disclosure_asset"}


def property_movement(
    property_registration: DataFrame, property_transaction: DataFrame, asset_appraisal: DataFrame, market_registry: DataFrame,
    annual_finance: DataFrame, enterprise_tree: DataFrame, entry: DataFrame, parameters: Parameters, as_of: date,
) -> DataFrame:  # fmt: skip
    """One row a registration or transaction in force. Only a unit's last registration is compared with other sources."""
    registered = with_maturity(_registered(property_registration, market_registry, annual_finance), entry, "property_registration")
    traded = with_maturity(_traded(property_transaction, asset_appraisal), entry, "property_transaction")
    every = registered.selectExpr(*_HEAD, *_REGISTERED).unionByName(traded.selectExpr(*_HEAD, *_TRADED), True)
    known = places(enterprise_tree).withColumnRenamed("period", "month")
    beside = every.withColumn("month", F.substring("period", 1, 7)).join(F.broadcast(known), ["month", "unit_id"], "left")
    dated = with_workdays(beside, as_of).withColumn("today", F.lit(as_of))
    return declared(_measured(dated, parameters), "property_movement")


def _registered(registration: DataFrame, market_registry: DataFrame, annual_finance: DataFrame) -> DataFrame:
    found = "fetch_status = 'ok'"
    market = F.expr("max_by(struct(paid_in, status, ended), fetched_on)").alias("market")
    audited = F.expr("max_by(struct(paid_in_capital_closing AS paid_in, period), period)").alias("annual")
    last = Window.partitionBy("unit_id").orderBy(F.desc("event_date"), F.desc("_batch"), F.desc("_row"))
    return (
        registration.withColumn("is_current", F.row_number().over(last) == 1)
        .join(F.broadcast(market_registry.where(found).groupBy("unit_id").agg(market)), "unit_id", "left")
        .join(F.broadcast(annual_finance.where("scope = 'single'").groupBy("unit_id").agg(audited)), "unit_id", "left")
    )


def _traded(transaction: DataFrame, asset_appraisal: DataFrame) -> DataFrame:
    appraisal = F.expr("max_by(struct(base_date, valid_until, done_on), base_date)").alias("appraisal")
    return transaction.join(F.broadcast(asset_appraisal.groupBy("appraisal_no").agg(appraisal)), "appraisal_no", "left")


def _measured(rows: DataFrame, parameters: Parameters) -> DataFrame:
    def given(name: str, kind: str = "INT") -> str:
        return parameter(parameters, name, "happened_on", kind)

    def based(day: str) -> str:
        return f"add_months({day}, {given('appraisal_months')})"

    needed = " ".join(f"WHEN '{kind}' THEN {given(name)}" for kind, name in _NEEDED.items())
    settled, starts = "coalesce(settled_on, today)", "coalesce(contract_on, closed_on)"
    late = f"""CASE payment_mode WHEN '分期付款' THEN datediff({settled}, add_months({starts}, {given('price_months')}))
                    ELSE {workdays_between(starts, settled)} - {given('price_workdays')} END"""
    waited = f"{workdays_between('register_from', 'coalesce(registered_on, today)')} - {given('register_workdays')}"
    gone = "is_current AND movement <> '注销' AND market.status IN ('吊销', '注销', '撤销')"
    derived = {
        "unit_name": "coalesce(registered_name, unit_name)", "market_paid_in": "CASE WHEN is_current THEN market.paid_in END",
        "market_status": "CASE WHEN is_current THEN market.status END",
        "annual_paid_in": "CASE WHEN is_current AND substr(period, 1, 4) <= annual.period THEN annual.paid_in END",
        "annual_period": "CASE WHEN is_current AND substr(period, 1, 4) <= annual.period THEN annual.period END",
        "market_ended_days": f"CASE WHEN {gone} THEN datediff(today, market.ended) END",
        "registration_overdue": f"CASE WHEN registration_no IS NULL THEN {beyond(waited)} END",
        "used_on": f"CASE WHEN event = '交易' THEN coalesce(IF(method = '进场公开', first_disclosed_on, NULL), {starts}, happened_on) END",
        "appraisal_valid_until": f"least(coalesce(appraisal.valid_until, {based('appraisal.base_date')}), {based('appraisal_base_date')})",
        "appraisal_done_on": "appraisal.done_on", "unpaid": beyond("price - coalesce(received, 0)"),
        "disclosed_workdays": workdays_between("date_sub(disclosed_from, 1)", "disclosed_to"),
        "disclosure_needed": f"CASE WHEN method = '进场公开' THEN CASE movement {needed} END END",
        "price_overdue": f"CASE WHEN price > coalesce(received, 0) OR settled_on IS NOT NULL THEN {beyond(late)} END",
    }  # fmt: skip
    low = f"floor_now < appraised_share_value * {given('cut_line', 'DECIMAL(18,8)')}"
    made = rows.withColumns({name: F.expr(sql) for name, sql in derived.items()})
    return made.withColumns({
        "appraisal_days_left": F.expr("datediff(appraisal_valid_until, used_on)"),
        "appraised_before": F.expr("appraisal_done_on <= used_on"),
        "disclosure_short": F.expr(beyond("disclosure_needed - disclosed_workdays")),
        "cut_without_consent": F.expr(f"method = '进场公开' AND {low} AND cut_approval_no IS NULL"),
    })  # fmt: skip
