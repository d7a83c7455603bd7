"""Lines of a form → the files that carry them: one a sender and label, of mixed kinds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from zlib import crc32

from samples.line import Line
from samples.plan import Plan
from samples.sending import Sent, file_name
from schemas.load import form

_KINDS = ("csv-utf-8-sig", "xlsx", "json", "csv-gb18030", "zip")
_ALONE = {"small": ("group-A",), "city": tuple(f"group-{head}" for head in "ABLMNPQR")}


def post(plan: Plan, label: str, arrived: date, lines: Iterable[Line], *, alone: tuple[str, ...] | None = None) -> Iterator[Sent]:
    """`label` names the folder below the form's: the period of a submission, a year of events. `alone`: senders with a file of
    their own (in a small city group A); one file of all the others. An empty file is not sent.
    """
    wanted = _ALONE[plan.city.size] if alone is None else alone
    bundles: dict[str, list[Line]] = {}
    for line in lines:
        sender = plan.world.bundle(plan.city.units[line.key], arrived)
        bundles.setdefault(sender if sender in wanted else "others", []).append(line)
    for sender, carried in sorted(bundles.items()):
        yield whole(label, arrived, carried, sender)


def whole(label: str, arrived: date, lines: list[Line], stem: str, kind: str = "") -> Sent:
    """All lines in one file."""
    name = lines[0].form
    chosen = kind or _KINDS[crc32(f"{name}/{label}/{stem}".encode()) % len(_KINDS)]
    period = lines[0].period if form(name).period_from == "submission" else ""
    return Sent(f"{name}/{label}", file_name(stem, chosen), name, period, chosen, arrived, lines=lines)


def arrival(plan: Plan, end: date, days: int) -> date:
    """`days` after a period's end, no later than today's eve."""
    return min(end + timedelta(days), plan.city.today - timedelta(1))
