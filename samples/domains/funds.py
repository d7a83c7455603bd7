"""Money that leaves, is stood for, is owed and is held: large payments, guarantees, financing, bank accounts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from copy import deepcopy
from datetime import date, timedelta
from decimal import Decimal
from itertools import islice

from samples.city import Unit
from samples.domains.planting import fen, following, lawful, pick, plant, sent_with
from samples.domains.posting import arrival, post
from samples.economy.guarantees import END, START, Guarantee, guarantees
from samples.economy.loans import Loan, loans
from samples.economy.payments import Payment, payments
from samples.filing import FORM
from samples.line import Line, Value, make_line
from samples.plan import LookAlike, Plan
from samples.sending import Sent
from samples.world import WAN, Month, month_end, months_between

PAYMENT, GUARANTEE, FINANCING, ACCOUNT = "large_payment", "guarantee", "financing", "bank_account"
_BANK = "样例银行青岛分行"
_DOLLARS, _RATE = "D", Decimal("7.18")  # who buys in dollars, and at which rate


def send(plan: Plan) -> Iterable[Sent]:
    paid, stood, owed = payments(plan.world), [*guarantees(plan.world)], [*loans(plan.world)]
    for month in plan.world.months:
        label, day = f"{month[0]}-{month[1]:02d}", arrival(plan, month_end(month), 9)
        yield from post(plan, label, day, [_payment(plan, p) for p in paid if (p.paid_at.year, p.paid_at.month) == month])
        yield from post(plan, label, day, [_guarantee(plan, g, month) for g in stood])
        yield from post(plan, label, day, [_loan(plan, one, month) for one in owed if one.runs(month)])
        yield from post(plan, label, day, [a for u in plan.world.active for a in _accounts(plan, u, month)])


def _payment(plan: Plan, p: Payment) -> Line:
    unit, foreign = plan.city.units[p.key], p.key == _DOLLARS and p.purpose == "采购款"
    rate = _RATE if foreign else Decimal(1)
    return make_line(PAYMENT, unit, "", {
        "payment_no": p.payment_no, "account": account_no(plan, p.key, 1), "bank": _BANK, "paid_at": p.paid_at, "paid_time": "10:25",
        "amount_fc": (Decimal(p.amount) / 100 / rate).quantize(Decimal("0.01")), "currency": "USD" if foreign else "CNY", "rate": rate,
        "amount": p.amount, "payment_purpose": p.purpose, "memo": p.memo, "payee": p.payee,
        "payee_id": p.payee_id or None, "country": "CN", "relation_kind": p.relation, "contract_no": p.contract_no or None,
        "contract_amount": p.contract_amount or None, "paid_to_date": p.paid_to_date or None, "in_budget": True, "budget_item": p.purpose,
        "project_id": p.project_id or None, "item_code": p.item_code, "topic_id": p.topic_id,
        "approval_level": "集团" if len(p.key) == 1 else "二级企业", "co_signed": True, "last_approver_role": "总会计师", "method": "网银",
        "direct_link": True, "source": "自有资金", "to_person": False, "early": False, "returned": False,
        "report_date": p.paid_at + timedelta(1),
    }, plan.world.style(unit, p.paid_at.year))  # fmt: skip


def _guarantee(plan: Plan, g: Guarantee, month: Month) -> Line:
    unit = plan.city.units[g.key]
    return make_line(GUARANTEE, unit, f"{month[0]}-{month[1]:02d}", {
        "guarantee_no": g.guarantee_no, "guarantor": unit.unit_id, "debtor": g.debtor, "creditor": _BANK,
        "relation_kind": g.relation, "share": g.share, "consolidated": g.relation == "合并范围内", "insolvent": False, "loss_years": 0,
        "kind": "连带责任保证", "debt_kind": "银行贷款", "debt": g.debt, "guarantee_limit": g.limit, "balance": g.balance,
        "start_on": START, "end_on": END, "by_share": True if g.share else None, "counter_kind": "保证", "counter_amount": g.balance,
        "fee": Decimal("0.005"), "topic_id": g.topic_id, "risk": "正常", "overdue": False, "compensated": 0, "recovered": 0,
    }, plan.world.style(unit, month[0]))  # fmt: skip


def _loan(plan: Plan, loan: Loan, month: Month) -> Line:
    unit, balance = plan.city.units[loan.key], loan.balance(plan.world, month)
    later = [m for m in months_between(month, (month[0] + 2, 12)) if m > month][:12]
    ahead = {f"due_m{i:02d}": sum(loan.due(balance, m)) for i, m in enumerate(later, 1)}
    bond = loan.kind == "中票"
    return make_line(FINANCING, unit, f"{month[0]}-{month[1]:02d}", {
        "financing_no": loan.financing_no, "bond_code": f"10220{unit.key}" if bond else None, "creditor": loan.creditor, "kind": loan.kind,
        "principal_amount": loan.principal, "balance": balance, "currency": "CNY", "start_on": loan.start_on, "due_on": loan.due_on,
        "put_on": loan.put_on, "rate_kind": "固定", "rate": loan.rate, "all_in_cost": loan.rate + Decimal("0.001"),
        "frequency": "按年" if loan.interest_month else "按月", "principal_due": 0, "interest_due": loan.due(balance, month)[1], **ahead,
        "purpose": "补充流动资金", "used": balance, "checked": True, "enhancement": "信用", "hidden": False, "counted": True,
        "issuer_rating": "AA+", "bond_rating": "AA+" if bond else None, "outlook": "稳定", "overdue": False, "extended": False,
        "repayment_source": "经营现金流", "secured": sum(ahead[f"due_m{i:02d}"] for i in (1, 2, 3)),
        "topic_id": loan.topic_id, "approval_no": f"样例注册〔2022〕{unit.key}号" if bond else None,
    }, plan.world.style(unit, month[0]))  # fmt: skip


def account_no(plan: Plan, key: str, number: int) -> str:
    return f"3702{list(plan.city.units).index(key):06d}{number:06d}"


def _accounts(plan: Plan, unit: Unit, month: Month) -> Iterator[Line]:
    """Accounts that together hold what the unit has in cash: a basic one, two others, one for what is restricted."""
    cash, held = (plan.world.stock(unit.key, item, month) for item in ("cash", "restricted_cash"))
    basic = (cash - held) * 3 // 10 // WAN * WAN
    kept = (("基本", basic), ("一般", basic), ("一般", cash - held - 2 * basic), ("专用", held))
    for number, (kind, balance) in enumerate(kept, 1):
        yield make_line(ACCOUNT, unit, f"{month[0]}-{month[1]:02d}", {
            "account": account_no(plan, unit.key, number), "bank": _BANK, "kind": kind, "currency": "CNY", "balance": balance,
            "pooled": kind != "专用", "direct_link": True, "restricted": kind == "专用", "opened": date(2019, 4, 8 + number),
            "approved_no": f"样例开户〔2019〕{unit.key}号" if kind == "专用" else None,
        }, plan.world.style(unit, month[0]))  # fmt: skip


def go_wrong(plan: Plan) -> None:
    _payments_wrong(plan)
    line = pick(plan, FINANCING, key="B21", financing_no="RZ-B21-2", period="2025-04")
    plant(plan, "amount_scale", line, {"balance": fen(line, "balance") * 10_000}, queries=[("FI-1", "balance")],
          related=[("SLP-SCALE", "balance")])  # fmt: skip
    if any(s.form == FORM for s in plan.sent):
        line.related.append(("FI-18", "balance"))
        _beside_the_monthly_report(plan)
    line = pick(plan, FINANCING, key="A12", financing_no="RZ-A12-1", period="2025-04")
    plant(plan, "swapped_dates", line, {"start_on": line.values["due_on"], "due_on": line.values["start_on"]}, errors=[("FI-2", "due_on")],
          queries=[("FI-14", "due_on")], days=3)  # fmt: skip
    line = pick(plan, GUARANTEE, key="A2", guarantee_no="DB-A2-2", period="2025-04")
    plant(plan, "guarantee_stranger", line, {"relation_kind": "无关联"}, queries=[("GU-10", "approval_no")],
          shown=("guarantee_exposure", "W16"))  # fmt: skip
    line = pick(plan, GUARANTEE, key="B1", guarantee_no="DB-B1-1", period="2025-04")
    plant(plan, "guarantee_over_share", line,
          {"debt": fen(line, "balance"), "by_share": False, "over_share": fen(line, "balance") * 6 // 10, "counter_kind": "无"},
          queries=[("GU-12", "counter_kind")], shown=("guarantee_exposure", "W16"))  # fmt: skip
    line = pick(plan, GUARANTEE, key="A1", guarantee_no="DB-A1-1", period="2025-04")
    plant(plan, "over_share_wrong", line, {"debt": fen(line, "balance"), "by_share": False, "over_share": fen(line, "balance") * 3 // 10},
          queries=[("GU-23", "over_share")], shown=("guarantee_exposure", "W16"))  # fmt: skip
    line = pick(plan, ACCOUNT, key="A1", kind="一般", period="2025-04")
    plant(plan, "wrong_opening_day", line, {"opened": date(2020, 1, 2)}, related=[("BA-10", "opened")])
    for later in islice(following(plan, line), 1):
        later.related.append(("BA-10", "opened"))


def _beside_the_monthly_report(plan: Plan) -> None:
    """Where one of the two is wrong, loans do not add up to the debt, accounts not to the cash of the other."""
    debt, cash = ("B09-3", "interest_bearing_debt_closing"), ("B21-2", "cash_closing")
    told = [("B21", "2025-04", debt), ("B2", "2025-04", debt), ("B3", "2025-03", cash), ("I", "2025-04", cash)]
    # Of the first months, which a small city has no loans and accounts of.
    early = (("E", debt, FINANCING), ("C1", cash, ACCOUNT))
    told += [(key, "2024-03", found) for key, found, form in early if _sent(plan, form, key, "2024-03")]
    for key, period, found in told:
        plan.find(key, period)[1].related.append(found)


def _sent(plan: Plan, form: str, key: str, period: str) -> bool:
    unit = plan.city.units[key].unit_id
    return any((line.unit_id, line.period) == (unit, period) for _, line in plan.lines(form))


def _payments_wrong(plan: Plan) -> None:
    line = pick(plan, PAYMENT, key="B", payment_purpose="采购款", contract_no="CG-B-2025")
    plant(plan, "payment_undecided", line, {"topic_id": None}, shown=("fund_flow", "W17"))
    line = pick(plan, PAYMENT, key="A", payment_purpose="内部借款", topic_id="YT-A-N202503")
    plant(plan, "payment_before_decision", line, {"paid_at": date(2025, 3, 10)}, shown=("fund_flow", "W17"))
    line = pick(plan, PAYMENT, key="E", payment_purpose="税费")
    plant(plan, "payment_below_line", line, {"amount": 8_000_00, "amount_fc": Decimal(8_000)}, related=[("LP-17", "amount")])
    line = pick(plan, PAYMENT, key="G", payment_purpose="税费")
    plant(plan, "payment_below_default", line, {"item_code": "SX-06", "amount": 900_000_00, "amount_fc": Decimal(900_000)},
          related=[("LP-21", "amount")])  # fmt: skip
    line = pick(plan, PAYMENT, key=_DOLLARS, payment_purpose="采购款")
    plant(plan, "rate_wrong", line, {"rate": Decimal("7.81")}, queries=[("LP-18", "amount")])
    line = pick(plan, PAYMENT, key=_DOLLARS, payment_purpose="税费")
    plant(plan, "rate_wrong", line, {"amount_fc": None, "rate": _RATE}, queries=[("LP-19", "rate")])
    line = pick(plan, PAYMENT, key=_DOLLARS, payment_purpose="采购款")
    plant(plan, "rate_wrong", line, {"rate": None}, queries=[("LP-20", "rate")])
    _split(plan)
    _number_twice(plan)


def _split(plan: Plan) -> None:
    """One purchase is paid in three parts on three days, each below the line of the unit's own list."""
    first = pick(plan, PAYMENT, key="A1", payment_purpose="采购款", contract_no="CG-A1-2025", paid_at="2025-04-16")
    sent, part = sent_with(plan, first), 600_000_00
    paid_before, number = fen(first, "paid_to_date") - fen(first, "amount"), first.cells["payment_no"]
    others = [deepcopy(first) for _ in range(2)]
    sent.lines[sent.lines.index(first) + 1 : sent.lines.index(first) + 1] = others
    for nth, line in enumerate((first, *others), 1):
        day = date(2025, 4, 15 + nth)
        changes: dict[str, Value] = {"payment_no": f"{number}{nth}", "paid_at": day, "amount": part, "amount_fc": Decimal(part) / 100,
                                     "paid_to_date": paid_before + nth * part, "report_date": day + timedelta(1)}  # fmt: skip
        plant(plan, "split_payment", line, changes, related=[("LP-17", "amount")], shown=("fund_flow", "W18"))


def _number_twice(plan: Plan) -> None:
    """Two payments of a day under one number."""
    line = pick(plan, PAYMENT, key="B1", payment_purpose="税费", paid_at="2025-04-15")
    sent, again = sent_with(plan, line), deepcopy(line)
    sent.lines.insert(sent.lines.index(line) + 1, again)
    for one in (line, again):
        plant(plan, "number_twice", one, {}, errors=[("KEY-DUP", "unit_id")], columns=("payment_no",))


def look_alikes(plan: Plan) -> Iterator[LookAlike]:
    yield from lawful(plan, "payment_undecided", PAYMENT, "采购款、税费按年度资金预算议题支付",
                      lambda one: one.cells["item_code"] == "SX-02")  # fmt: skip
    yield from lawful(plan, "payment_before_decision", PAYMENT, "决策在支付前不到十五日", lambda one: one.cells["item_code"] == "SX-03")
    yield from lawful(plan, "split_payment", PAYMENT, "同一合同按月付进度款，相隔超过七日",
                      lambda one: one.cells["payment_purpose"] == "工程款")  # fmt: skip
    yield from lawful(plan, "payment_below_line", PAYMENT, "小企业的标准低于集团，刚达到本单位标准",
                      lambda one: len(one.key) > 1 and fen(one, "amount") < 1_000_000_00)  # fmt: skip
    yield from lawful(plan, "payment_below_default", PAYMENT, "低于默认标准，而本单位清单另有较低的标准",
                      lambda one: fen(one, "amount") < 5_000_000_00)  # fmt: skip
    yield from lawful(plan, "rate_wrong", PAYMENT, "美元支付，折算尾差不到一分",
                      lambda one: one.cells["currency"] == "USD" or one.key == "E")  # fmt: skip
    yield from lawful(plan, "number_twice", PAYMENT, "同一日两笔，流水号不同", lambda one: one.cells["payment_purpose"] == "税费")
    yield from lawful(plan, "amount_scale", FINANCING, "授信额度循环使用，余额逐月变动",
                      lambda one: one.cells["financing_no"].endswith("-1"))  # fmt: skip
    yield from lawful(plan, "guarantee_stranger", GUARANTEE, "为国资系统内其他企业担保",
                      lambda one: one.cells["relation_kind"] == "国资系统内")  # fmt: skip
    yield from lawful(plan, "guarantee_over_share", GUARANTEE, "为参股企业按股比担保", lambda one: one.cells["by_share"] == "是")
    yield from lawful(plan, "over_share_wrong", GUARANTEE, "余额没有用满，不到主债权乘以持股比例",
                      lambda one: one.cells["by_share"] == "是")  # fmt: skip
    yield from lawful(plan, "wrong_opening_day", ACCOUNT, "同一单位多个账户，开户日各不相同", lambda one: one.cells["kind"] == "一般")
