"""How a unit, group or supervisor stands with its debts: cash against what falls due, cost, incidents, guarantees given."""

from __future__ import annotations

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from jobs.dated import parameter
from jobs.inputs import Parameters
from jobs.recorded import declared, quotient
from jobs.rolled import nodes, rolled

_NODE = ("unit_id", "period")
_FIELDS = (
    "cash_closing", "restricted_cash_closing", "short_loans_closing", "current_portion_closing", "interest_bearing_debt_closing",
    "assets_closing", "liabilities_closing", "equity_closing", "total_profit_ytd", "interest_expense_ytd",
)  # fmt: skip
_BANK, _BOND = "'银行贷款'", "'公司债', '企业债', '中票', '短融', '超短融', '定向工具', 'ABS', '永续债', '境外债'"
_NONSTANDARD = "'融资租赁', '信托', '保理'"
_DUE = "coalesce(due_m01, 0) + coalesce(due_m02, 0) + coalesce(due_m03, 0)"
_LOANS = {
    "debt_bank": f"CASE WHEN kind IN ({_BANK}) THEN balance ELSE 0 END",
    "debt_bond": f"CASE WHEN kind IN ({_BOND}) THEN balance ELSE 0 END",
    "debt_nonstandard": f"CASE WHEN kind IN ({_NONSTANDARD}) THEN balance ELSE 0 END",
    "debt_other": f"CASE WHEN kind IN ({_BANK}, {_BOND}, {_NONSTANDARD}) THEN 0 ELSE balance END",
    "overdue_count": "CAST(overdue AS BIGINT)", "overdue_amount": "coalesce(overdue_amount, 0)",
    "extended_count": "CAST(coalesce(extended, false) AS BIGINT)", "rating_down_count": "CAST(rating_down AS BIGINT)",
    "put_unfunded_count": "CAST(put_unfunded AS BIGINT)", "due_3m": _DUE, "unfunded_3m": f"greatest({_DUE} - coalesce(secured, 0), 0)",
    "cost_amount": "CAST(CAST(all_in_cost AS DECIMAL(10,8)) * balance AS DECIMAL(28,8))",
    "cost_base": "CASE WHEN all_in_cost IS NOT NULL THEN balance END",
}  # fmt: skip
_GIVEN = {"guarantee_balance": "balance", "guarantee_external": "CASE WHEN relation_kind = '合并范围内' THEN 0 ELSE balance END"}


def debt_risk(
    statement: DataFrame, financing: DataFrame, guarantee: DataFrame, enterprise_tree: DataFrame, parameters: Parameters
) -> DataFrame:
    """One row a unit (or `jg:` supervisor), month and scope. `consolidated` is the group's own statement beside the
    loans and guarantees of all it manages; `aggregate` is summed throughout.
    """
    filed = _filed(statement)
    loans, given = _loans(financing, parameters), guarantee.selectExpr(*_NODE, *(f"{sql} AS {name}" for name, sql in _GIVEN.items()))
    single = filed.where("scope IN ('single', 'difference')").drop("scope")
    parts = single.unionByName(loans, True).unionByName(given, True)
    listed = [*_LOANS, *_GIVEN]
    sums = [*_FIELDS, *listed]
    known = nodes(enterprise_tree)
    above = rolled(parts, enterprise_tree, known, sums)
    own = filed.where("scope = 'single'").unionByName(loans.unionByName(given, True).withColumn("scope", F.lit("single")), True)
    units = own.groupBy(*_NODE, "scope").agg(*(F.sum(c).alias(c) for c in sums))
    groups = filed.where("scope = 'consolidated'").join(above.select(*_NODE, *listed), list(_NODE), "left")
    every = units.unionByName(groups).unionByName(above.withColumn("scope", F.lit("aggregate")))
    return declared(_measured(every.join(F.broadcast(known), list(_NODE), "left")), "debt_risk")


def _filed(statement: DataFrame) -> DataFrame:
    wanted = statement.where((F.col("form") == "monthly_finance") & F.col("field").isin(list(_FIELDS)))
    return wanted.groupBy(*_NODE, "scope").agg(*(F.expr(f"max(CASE WHEN field = '{f}' THEN value END)").alias(f) for f in _FIELDS))


def _loans(financing: DataFrame, parameters: Parameters) -> DataFrame:
    """Loans with the ratings they had in the report before, and puts that come soon without the money for them."""
    better = ", ".join(f"'{code.code}'" for code in parameters.codes["credit_rating"])
    before = Window.partitionBy("unit_id", "financing_no").orderBy("period")
    ranks = {f"{r}_rank": F.expr(f"nullif(array_position(array({better}), {r}_rating), 0)") for r in ("issuer", "bond")}
    ranked = financing.withColumns(ranks)
    worse = [F.col(rank) > F.lag(rank).over(before) for rank in ranks]
    end = "last_day(to_date(concat(period, '-01')))"
    soon = f"put_on > {end} AND put_on <= date_add({end}, {parameter(parameters, 'put_days', end, 'INT')})"
    seen = ranked.withColumn("supervisor", F.lit(None).cast("string")).withColumns({
        "rating_down": F.coalesce(worse[0], F.lit(False)) | F.coalesce(worse[1], F.lit(False)),
        "put_unfunded": F.expr(f"coalesce({soon} AND coalesce(secured, 0) < balance, false)"),
    })  # fmt: skip
    return seen.selectExpr(*_NODE, *(f"{sql} AS {name}" for name, sql in _LOANS.items()))


def _measured(rows: DataFrame) -> DataFrame:
    alike = Window.partitionBy("period", "scope", "function_class", F.substring("industry", 1, 2))
    costed = rows.withColumns({
        "unrestricted_cash": F.expr("cash_closing - coalesce(restricted_cash_closing, 0)"),
        "short_debt": F.expr("short_loans_closing + coalesce(current_portion_closing, 0)"),
        "peers_cost": F.sum("cost_amount").over(alike), "peers_base": F.sum("cost_base").over(alike),
        "peer_units": F.count("cost_base").over(alike),
    })  # fmt: skip
    return costed.withColumns({
        "net_assets": F.col("equity_closing"), "assets": F.col("assets_closing"), "liabilities": F.col("liabilities_closing"),
        "interest_bearing_debt": F.col("interest_bearing_debt_closing"), "gap_3m": F.expr("unfunded_3m - unrestricted_cash"),
        "cash_to_short_debt": quotient("unrestricted_cash / short_debt"), "debt_ratio": quotient("liabilities_closing / assets_closing"),
        "interest_cover": quotient("(total_profit_ytd + interest_expense_ytd) / interest_expense_ytd"),
        "guarantee_ratio": quotient("guarantee_balance / equity_closing"),
        "avg_cost": quotient("cost_amount / cost_base"), "peer_cost": quotient("peers_cost / peers_base"),
    }).withColumn("cost_over_peers", F.expr("avg_cost - peer_cost"))  # fmt: skip
