"""The links of an investment's chain: what state each is in, and which is the first that broke."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

_CLOSED = "stage IN ('竣工', '投产', '后评价', '退出', '中止')"
_STATES = {
    "plan_state": f"""
        CASE WHEN planned IS NOT NULL AND coalesce(in_plan, true) THEN '计划内' WHEN {_CLOSED} AND ytd = 0 THEN '已不须列入'
             WHEN extra_approval IS NOT NULL THEN '计划外已批' WHEN plan_filed OR NOT in_plan THEN '计划外' ELSE '未报计划' END""",
    "decision_state": """
        CASE WHEN started < first_decided_on THEN '先实施后决策' WHEN first_decided_on IS NOT NULL THEN '已决策'
             WHEN latest IS NOT NULL THEN '决策未通过' WHEN files_decisions THEN '未见决策' ELSE '未报决策' END""",
    "contract_state": """
        CASE WHEN contracts > coalesce(budget_adjusted, budget) THEN '合同超概算' WHEN contracts > 0 THEN '已签合同'
             WHEN contracts IS NULL THEN '未报合同' WHEN since_start > 0 OR paid > 0 THEN '未签合同已投入' ELSE '未签合同' END""",
    "payment_state": """
        CASE WHEN paid IS NULL THEN '未见支付' WHEN first_paid_on < first_decided_on THEN '先支付后决策'
             WHEN paid > contracts AND contracts > 0 THEN '支付超合同' ELSE '已支付' END""",
    "completion_state": """
        CASE WHEN finished IS NOT NULL THEN '已竣工' WHEN stage IN ('退出', '中止') THEN stage
             WHEN stalled_since IS NOT NULL THEN '停滞' WHEN due < period_end THEN '逾期未竣工'
             WHEN stage IS NULL THEN '未报进展' ELSE '在建' END""",
    "review_state": """
        CASE WHEN post_review_on IS NOT NULL THEN '已后评价' WHEN review_due_on < period_end THEN '逾期未后评价' ELSE '未到后评价' END""",
}  # fmt: skip
_LINKS = (
    ("计划", "plan_state", ("计划外",)),
    ("决策", "decision_state", ("未见决策", "决策未通过", "先实施后决策")),
    ("合同", "contract_state", ("合同超概算", "未签合同已投入")),
    ("支付", "payment_state", ("先支付后决策", "支付超合同")),
    ("竣工", "completion_state", ("停滞", "逾期未竣工")),
    ("后评价", "review_state", ("逾期未后评价",)),
)
# Before a project is decided on, no decision is missing.
_EARLY = "coalesce(stage, '立项') IN ('立项', '可研', '决策')"


def states(projects: DataFrame) -> DataFrame:
    """Adds `plan_state`, `decision_state`, … from what is known at `period_end`; `latest` is the decision that counts."""
    return projects.withColumns({name: F.expr(sql) for name, sql in _STATES.items()})


def broken(projects: DataFrame) -> DataFrame:
    """Adds `broken_link`, the first link in order that is broken, and `broken_why`, its state; both empty where none is."""
    tests = [(link, state, f"{state} IN ({', '.join(map(repr, bad))})") for link, state, bad in _LINKS]
    guarded = [(link, state, f"{sql} AND NOT ({_EARLY})" if state == "decision_state" else sql) for link, state, sql in tests]
    link, why = (" ".join(f"WHEN {sql} THEN {said}" for sql, said in pairs) for pairs in (
        [(sql, repr(link)) for link, _, sql in guarded], [(sql, state) for _, state, sql in guarded]
    ))  # fmt: skip
    return projects.withColumns({"broken_link": F.expr(f"CASE {link} END"), "broken_why": F.expr(f"CASE {why} END")})
