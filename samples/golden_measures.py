"""Golden rows of `measure`: what the lines in force of a form come to, of those measures that are counted in the form's own period."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal

from samples.filing import figure
from samples.golden_domains import yuan
from samples.golden_known import UNITS, Known, Row, told
from samples.ids import SUPERVISOR
from samples.line import Line
from samples.truth import last_day
from schemas.load import form

Test = Callable[[Line], bool]
# What is added up (a column, or several; none: lines are counted), and over which lines.
Sum = tuple[tuple[str, ...], Test]


def measure(known: Known) -> Iterator[Row]:
    """Of the units and of the supervisor's own office."""
    ids = {known.city.units[key].unit_id for key in UNITS} | {SUPERVISOR}
    for name, wanted in MEASURES.items():
        filed: dict[tuple[str, str], list[Line]] = {}
        for line in known.standing.every(name):
            if line.unit_id in ids:
                filed.setdefault((line.unit_id, line.period), []).append(line)
        for (unit, period), lines in filed.items():
            for measure_id, one in wanted.items():
                if (value := worth(lines, one)) is not None:
                    key = {"measure_id": measure_id, "unit_id": unit, "period": period, "scope": lines[0].scope or "single"}
                    yield told("measure", key, {"value": value, "rows": sum(map(one[1], lines)), "form": name})


def worth(lines: Sequence[Line], one: Sum) -> Decimal | None:
    """What lines come to; 0 where none is counted, None where those that are say no number."""
    columns, test = one
    counted = [line for line in lines if test(line)]
    if not columns or not counted:
        return Decimal(len(counted))
    numbers = [value for line in counted for column in columns if (value := _number(line, column)) is not None]
    return sum(numbers, Decimal(0)) if numbers else None


def _number(line: Line, column: str) -> Decimal | None:
    declared, filed = form(line.form).by_name[column], figure(line.cells[column])
    if filed is None:
        return None
    return yuan(line, column) if declared.type == "amount" else filed / 100 if declared.percent else filed


def _day(line: Line, column: str) -> date | None:
    value = line.values[column]
    return value if isinstance(value, date) else None


def _all(*columns: str) -> Sum:
    return columns, lambda line: True


def _of(column: str, *texts: str, add: str = "") -> Sum:
    """Lines with one of the texts; counted, or what they have in another column added up."""
    return (add,) if add else (), lambda line: line.cells[column] in texts


def _said(column: str, add: str = "") -> Sum:
    """Lines that say anything there."""
    return (add,) if add else (), lambda line: line.cells[column] not in ("", "-")


def _by_end(column: str, met: Test = lambda line: True) -> Sum:
    """Counted where the day had come before the period's end."""
    return (), lambda line: (_day(line, column) or date.max) < last_day(line.period) and met(line)


def _more(line: Line, column: str, *others: str) -> bool:
    """More than the first of the others that is filed."""
    own, other = _number(line, column), next((n for o in others if (n := _number(line, o)) is not None), None)
    return own is not None and other is not None and own > other


_BONDS = ("公司债", "企业债", "中票", "短融", "超短融", "定向工具", "ABS", "永续债", "境外债")
_BRANCHES = ("党支部", "联合支部", "临时支部")
_DUE = tuple(f"due_m{month:02d}" for month in range(1, 13))
MEASURES: Mapping[str, Mapping[str, Sum]] = {
    "financing": {
        "debt_outstanding": _all("balance"), "debt_bank_loans": _of("kind", "银行贷款", add="balance"),
        "debt_bonds": _of("kind", *_BONDS, add="balance"), "debt_off_standard": _of("kind", "融资租赁", "信托", "保理", add="balance"),
        "debt_floating": _of("rate_kind", "浮动", add="balance"), "debt_overdue": _of("overdue", "是", add="overdue_amount"),
        "debt_extended": _of("extended", "是", add="balance"), "debt_hidden": _of("hidden", "是", add="balance"),
        "debt_secured": _all("secured"), "debt_due_quarter": _all(*_DUE[:3]), "debt_due_year": _all(*_DUE),
        "debt_cost_added": _all("all_in_cost"), "debt_cost_counted": _said("all_in_cost"),
    },
    "guarantee": {
        "guarantee_outstanding": _all("balance"), "guarantee_outside": _of("consolidated", "否", add="balance"),
        "guarantee_overdue": _of("overdue", "是", add="balance"), "guarantee_unrelated": _of("relation_kind", "无关联", add="balance"),
        "guarantee_bad": _of("risk", "次级", "可疑", "损失", add="balance"),
    },
    "bank_account": {
        "account_funds": _all("balance"), "account_pooled": _of("pooled", "是", add="balance"),
        "account_restricted": _of("restricted", "是", add="balance"),
    },
    "investment_plan": {
        "planned": _all("plan_year"), "planned_main": _of("main_class", "主业", add="plan_year"), "planned_whole": _all("total"),
        "planned_other": _of("main_class", "非主业", add="plan_year"), "planned_own_funds": _all("own_funds"),
        "planned_emerging": _said("emerging_class", add="plan_year"),
    },
    "investment_project": {
        "projects": _all(), "invested": _all("ytd"), "invested_target": _all("plan_year"), "projects_unplanned": _of("in_plan", "否"),
        "projects_risky": _of("risk_level", "高"), "projects_reviewed": _said("post_review_result"),
        "projects_late": _by_end("due", lambda line: not line.cells["finished"]),
        "projects_over_budget": ((), lambda line: _more(line, "since_start", "budget_adjusted", "budget")),
    },
    "network_access": {
        "nodes": ((), lambda line: line.cells["status"] != "停用"), "nodes_connected": _of("status", "已接入"),
        "nodes_video": ((), lambda line: (line.cells["status"], line.cells["video"]) == ("已接入", "是")),
        "node_systems": _said("interfaces", add="systems"), "node_interfaces": _said("systems", add="interfaces"),
    },
    "network_system": {
        "systems_graded": _all(), "systems_filed": _said("filing_no"), "system_risks": _said("fixed", add="high_risks"),
        "system_risks_fixed": _said("high_risks", add="fixed"), "systems_crypto_met": _of("crypto_result", "符合", "基本符合"),
        "systems_assessed": ((), lambda line: 0 <= (last_day(line.period) - (_day(line, "assessed_on") or date.min)).days <= 365),
    },
    "overseas_asset": {
        "overseas_holdings": _all(), "overseas_assets": _all("assets"), "overseas_liabilities": _all("liabilities"),
        "overseas_profit": _all("net_profit"), "overseas_exposure": _all("fx_exposure"), "overseas_nominee": _of("nominee", "是"),
        "overseas_losing": ((), lambda line: (_number(line, "net_profit") or 0) < 0), "overseas_events": _all("events"),
        "overseas_risky_assets": _of("security_level", "高", add="assets"),
    },
    "party_organisation": {
        "party_organisations": _all(), "party_members": _of("kind", *_BRANCHES, add="members"), "party_seats": _all("seats"),
        "party_young": _of("kind", *_BRANCHES, add="young"), "party_filled": _all("filled"), "party_overdue": _by_end("election_due"),
        "party_vacant": _of("secretary_vacant", "是"), "party_meetings_due": _all("meetings_due"), "party_meetings_held": _all("held"),
        "party_budget": _all("budget"), "party_spent": _all("spent"),
    },
    "equity_participation": {
        "participations": _all(), "participation_cost": _all("cost"), "participation_dividend": _all("dividend"),
        "participations_losing": ((), lambda line: (_number(line, "loss_years") or 0) >= 3),
        "participations_idle": ((), lambda line: (_number(line, "no_dividend_years") or 0) >= 5),
    },
    "reform_task": {
        "tasks": ((), lambda line: line.cells["status"] != "中止"), "tasks_done": _of("status", "已完成"),
        "tasks_late": _by_end("due_on", lambda line: line.cells["status"] in ("未启动", "推进中", "滞后")),
        "task_progress": (("progress",), lambda line: line.cells["status"] != "中止"),
    },
    "capital_income": {"capital_income_owed": _all("due"), "capital_income_received": _all("paid")},
    "service_item": {
        "items": _all(), "items_online": _of("online", "是"), "items_mobile": _of("mobile", "是"), "items_supported": _said("system"),
        "item_legal_days": _said("promised_days", add="legal_days"), "merged_days_before": _said("after_days", add="before_days"),
        "merged_days_after": _said("before_days", add="after_days"), "merged_steps_before": _said("after_steps", add="before_steps"),
    },
}  # fmt: skip
