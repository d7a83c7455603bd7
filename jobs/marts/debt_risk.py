"""How a unit, group or supervisor stands with its debts: cash against what falls due, cost, incidents, guarantees given."""

from __future__ import annotations

from collections.abc import Iterable

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from jobs.coverage import beside
from jobs.dated import parameter
from jobs.dues import BOND, unfunded
from jobs.inputs import Parameters
from jobs.recorded import declared
from jobs.rolled import nodes, rolled
from schemas.load import mart as load_mart

_NODE = ("unit_id", "period")
_BANK, _NONSTANDARD = "kind = '银行贷款'", "kind IN ('融资租赁', '信托', '保理')"
_DUE = "coalesce(due_m01, 0) + coalesce(due_m02, 0) + coalesce(due_m03, 0)"
_LOANS = {
    "debt_bank": f"CASE WHEN {_BANK} THEN balance ELSE 0 END", "debt_bond": f"CASE WHEN {BOND} THEN balance ELSE 0 END",
    "debt_nonstandard": f"CASE WHEN {_NONSTANDARD} THEN balance ELSE 0 END",
    "debt_other": f"CASE WHEN {_BANK} OR {BOND} OR {_NONSTANDARD} THEN 0 ELSE balance END",
    "overdue_count": "CAST(overdue AS BIGINT)", "overdue_amount": "coalesce(overdue_amount, 0)",
    "extended_count": "CAST(coalesce(extended, false) AS BIGINT)", "rating_down_count": "CAST(rating_down AS BIGINT)",
    "put_unfunded_count": "CAST(put_unfunded AS BIGINT)", "due_3m": _DUE, "unfunded_3m": unfunded(_DUE),
    "cost_amount": "CAST(round(CAST(all_in_cost AS DECIMAL(10,8)) * balance, 4) AS DECIMAL(28,4))",
    "cost_base": "CASE WHEN all_in_cost IS NOT NULL THEN balance END",
}  # fmt: skip
_GIVEN = {"guarantee_balance": "balance", "guarantee_external": "CASE WHEN relation_kind = '合并范围内' THEN 0 ELSE balance END"}


def debt_risk(
    statement: DataFrame, financing: DataFrame, guarantee: DataFrame, submission_coverage: DataFrame, enterprise_tree: DataFrame,
    parameters: Parameters,
) -> DataFrame:  # fmt: skip
    """One row a unit (or `jg:` supervisor), month and scope. `consolidated` is the group's own statement beside the
    loans and guarantees of all it manages; `aggregate` is summed throughout.
    """
    fields = load_mart("debt_risk").found_by["statement"]["field"]
    filed = _filed(statement, fields)
    loans, given = _loans(financing, parameters), guarantee.selectExpr(*_NODE, *(f"{sql} AS {name}" for name, sql in _GIVEN.items()))
    single = filed.where("scope IN ('single', 'difference')").drop("scope")
    parts = single.unionByName(loans, True).unionByName(given, True)
    listed = [*_LOANS, *_GIVEN]
    sums = [*fields, *listed]
    known = nodes(enterprise_tree)
    above = rolled(parts, enterprise_tree, known, sums)
    own = filed.where("scope = 'single'").unionByName(loans.unionByName(given, True).withColumn("scope", F.lit("single")), True)
    units = own.groupBy(*_NODE, "scope").agg(*(F.sum(c).alias(c) for c in sums))
    groups = filed.where("scope = 'consolidated'").join(above.select(*_NODE, *listed), list(_NODE), "left")
    every = units.unionByName(groups).unionByName(above.withColumn("scope", F.lit("aggregate")))
    forms = [parameters.forms[name] for name in ("monthly_finance", "financing", "guarantee")]
    covered = beside(every.join(F.broadcast(known), list(_NODE), "left"), submission_coverage, enterprise_tree, forms)
    return declared(_measured(covered), "debt_risk")


def _filed(statement: DataFrame, fields: Iterable[str]) -> DataFrame:
    wanted = statement.where((F.col("form") == "monthly_finance") & F.col("field").isin(list(fields)))
    return wanted.groupBy(*_NODE, "scope").agg(*(F.expr(f"max(CASE WHEN field = '{f}' THEN value END)").alias(f) for f in fields))


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
        "put_unfunded": F.expr(f"coalesce({soon} AND {unfunded('balance')} > 0, false)"),
    })  # fmt: skip
    return seen.selectExpr(*_NODE, *(f"{sql} AS {name}" for name, sql in _LOANS.items()))


def _measured(rows: DataFrame) -> DataFrame:
    alike = Window.partitionBy("period", "scope", "function_class", F.substring("industry", 1, 2))
    # A supervisor is of no industry: nobody is its peer.
    placed = F.col("industry").isNotNull()
    costed = rows.withColumns({
        "unrestricted_cash": F.expr("cash_closing - coalesce(restricted_cash_closing, 0)"),
        "short_debt": F.expr("short_loans_closing + coalesce(current_portion_closing, 0)"),
        "peers_cost": F.when(placed, F.sum("cost_amount").over(alike)), "peers_base": F.when(placed, F.sum("cost_base").over(alike)),
        "peer_units": F.when(placed, F.count("cost_base").over(alike)),
    })  # fmt: skip
    given = {
        "net_assets": "equity_closing", "assets": "assets_closing", "liabilities": "liabilities_closing",
        "total_profit": "total_profit_ytd", "interest_expense": "interest_expense_ytd",
        "interest_bearing_debt": "interest_bearing_debt_closing",
    }  # fmt: skip
    return costed.withColumns({name: F.col(column) for name, column in given.items()})
