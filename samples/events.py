"""What happens in a year of reporting without anybody making a mistake in a figure: late, missing, sent again."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from functools import partial

from samples.filing import Filed, habit, typed_as
from samples.plan import Plan
from samples.sending import DUE

LATE = (("C", "2024-12", 2), ("G", "2025-03", 1), ("B3", "2025-02", 6), ("J", "2024-02", 3))
MISSING = (("E", "2025-02"), ("D", "2025-04"), ("A13", "2024-12"), ("B22", "2024-03"))


def happen(plan: Plan) -> None:
    for key, period, days in LATE:
        plan.find(key, period)[0].arrived = date.fromisoformat(DUE[period]) + timedelta(days)
    for key, period in MISSING:
        plan.drop(key, period)
    _revise_in_order(plan)
    _revise_out_of_order(plan)
    _fork(plan)
    _resend_unchanged(plan)
    _send_bytes_again(plan)
    _forget_the_revision(plan)
    _leave_out_optional_lines(plan)


def _estimate(record: Filed, fen: int) -> None:
    """A first estimate of the investment completed, later made final: a figure that stands in no sum."""
    for measure in ("month", "ytd"):
        column = f"fixed_investment_{measure}"
        shown = record.amount(column)
        if shown is not None:
            record.cells[column] = habit(record.key, typed_as(int(shown * 100) + fen, record.style))


def _early(plan: Plan, key: str, period: str, fen: int) -> None:
    sent, record = plan.find(key, period)
    _estimate(record, fen)
    sent.revision, sent.arrived = 1, date.fromisoformat(DUE[period]) - timedelta(4)


def _revise_in_order(plan: Plan) -> None:
    _early(plan, "B3", "2024-03", 5_000_000_00)
    plan.resend("B3", "2024-03", 2, days=-1, scopes=("single",))
    _early(plan, "C", "2025-02", 8_000_000_00)
    plan.resend("C", "2025-02", 2, days=0, scopes=("single",), kind="csv-utf-8-sig")


def _revise_out_of_order(plan: Plan) -> None:
    """Revision 3 is in before revision 2: the older one supersedes nothing."""
    _early(plan, "B4", "2024-12", 9_000_000_00)
    plan.resend("B4", "2024-12", 3, days=-2)
    plan.resend("B4", "2024-12", 2, days=-1, change=partial(_estimate, fen=4_000_000_00))


def _fork(plan: Plan) -> None:
    """Two people correct the same report: the second revision 2 waits for a decision."""
    _early(plan, "I", "2025-02", 3_000_000_00)
    unit_id = plan.city.units["I"].unit_id
    plan.resend("I", "2025-02", 2, days=-3, kind="json")
    plan.resend("I", "2025-02", 2, days=-2, kind="json", stem=f"second-{unit_id}", change=partial(_estimate, fen=6_000_000_00))


def _resend_unchanged(plan: Plan) -> None:
    """The same figures again as revision 2, as a table instead of json: nothing changed."""
    sent, _ = plan.find("G", "2025-03")
    sent.revision = 1
    again = plan.resend("G", "2025-03", 2, days=4, kind="csv-utf-8-sig")
    again.note = "unchanged"


def _send_bytes_again(plan: Plan) -> None:
    """The very bytes of a file under another name."""
    sent, _ = plan.find("H", "2025-02")
    name = sent.name.replace(".", "-copy.")
    plan.sent.append(replace(sent, name=name, arrived=sent.arrived + timedelta(2), bytes_of=sent, note="same bytes"))


def _forget_the_revision(plan: Plan) -> None:
    """Other figures, but the sender does not say what they replace."""
    sent, _ = plan.find("J", "2025-03")
    sent.arrived = date.fromisoformat(DUE["2025-03"]) - timedelta(3)
    made = plan.resend("J", "2025-03", 0, days=-1, stem="J-again", change=partial(_estimate, fen=7_000_000_00))
    made.note = "no revision"


def _leave_out_optional_lines(plan: Plan) -> None:
    """Some cards do not print lines that may be left blank and are."""
    items = ("hedge_gain", "other_equity_instruments", "perpetual_bonds")
    for sent in plan.sent:
        for record in (r for r in sent.records if sent.kind == "card" and r.key in ("J", "K")):
            sent.without = {record.scope: frozenset(items)}
            record.cells |= {name: "" for name in record.cells if name.rpartition("_")[0] in items or name.rpartition("_ly_")[0] in items}
