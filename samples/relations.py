"""What monthly reports of one unit owe each other and the audited accounts (B14–B16), and the slips that show there.

A finding is (rule, column), as in `samples.balances`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from samples.balances import BALANCES_IN_FLOWS, FLOWS, STOCKS, Found, amounts
from samples.filing import Filed
from schemas.load import form


def across(record: Filed, compared: Mapping[str, Filed | None]) -> Iterator[Found]:
    """Against the reports it is compared with: previous, previous_in_year, year_end, year_ago, and `annual`, the annual accounts of
    the year before, which from April on stand for year_end (None: not in force).
    """
    audited = compared.get("annual") if record.period[5:] > "03" else None
    apart: list[tuple[str, str, Decimal, Decimal]] = []
    opening = ("B15-3", "annual") if audited else ("B15-1", "year_end")
    for rule, which, kind, mine, theirs, added in (
        ("B14-1", "previous_in_year", "F", "ytd", "ytd", "month"), (*opening, "S", "opening", "closing", ""),
        ("B15-2", "previous_in_year", "S", "opening", "opening", ""), ("B16-1", "year_ago", "F", "ly_ytd", "ytd", ""),
        ("B16-2", "year_ago", "S", "ly_closing", "closing", ""),
    ):  # fmt: skip
        other = compared.get(which)
        if other is not None and not record.cells["restated_reason"]:
            skip = BALANCES_IN_FLOWS if rule == "B14-1" else ()
            for item in (i for i in amounts(kind) if i not in skip):
                if (figures := _differs(record, other, item, mine, theirs, added)) is not None:
                    yield rule, f"{item}_{mine}"
                    apart.append((item, mine, *figures))
    yield from _slips(record, compared)
    yield from _pens(apart)


def _pens(apart: Sequence[tuple[str, str, Decimal, Decimal]]) -> Iterator[Found]:
    """Slips that explain figures which are not what was filed before: (line, column, seen, due)."""
    for item, measure in dict.fromkeys((i, m) for i, m, _, _ in apart):
        said = [(seen, due) for i, m, seen, due in apart if (i, m) == (item, measure)]
        if any(seen and seen == -due for seen, due in said):
            yield "SLP-SIGN-2", f"{item}_{measure}"
        if any(_turned_round(seen, due) for seen, due in said):
            yield "SLP-SWAP-2", f"{item}_{measure}"
    order = [i.name for i in form("monthly_finance").items]
    for measure in (*FLOWS, *STOCKS):
        lines = [i for i in order if i in amounts("F" if measure in FLOWS else "S")]
        ways: list[int | str] = [-1, 1, *(m for m in (*FLOWS, *STOCKS) if m != measure)]
        for way in ways:
            moved = {i: seen for i, m, seen, _ in apart if m == measure and seen and seen in _due(apart, lines, i, measure, way)}
            if len(set(moved.values())) >= 5:
                yield "SLP-SHIFT", f"{min(moved, key=order.index)}_{measure}"
                return


def _due(
    apart: Sequence[tuple[str, str, Decimal, Decimal]], lines: Sequence[str], item: str, measure: str, way: int | str
) -> list[Decimal]:
    """What is due on the next line, the line before, or in another column."""
    if isinstance(way, str):
        return [due for i, m, _, due in apart if (i, m) == (item, way)]
    place = lines.index(item) + way
    return [due for i, m, _, due in apart if 0 <= place < len(lines) and (i, m) == (lines[place], measure)]


def _turned_round(seen: Decimal, due: Decimal) -> bool:
    one, other = (f"{abs(v) * 100:.0f}" for v in (seen, due))
    apart = [i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b]
    if len(one) != len(other) or len(one.strip("0")) < 3 or seen * due < 0 or len(apart) != 2 or apart[1] - apart[0] != 1:
        return False
    return one[apart[0]] == other[apart[1]] and one[apart[1]] == other[apart[0]]


def _differs(record: Filed, other: Filed, item: str, mine: str, theirs: str, added: str) -> tuple[Decimal, Decimal] | None:
    """What is filed and what is due, where they are further apart than rounding explains."""
    figures = [record.amount(f"{item}_{mine}"), other.amount(f"{item}_{theirs}")]
    figures += [record.amount(f"{item}_{added}")] if added else []
    if None in figures:
        return None
    seen, *rest = (f for f in figures if f is not None)
    due = sum(rest, Decimal(0))
    return (seen, due) if abs(seen - due) > max(record.step, other.step) * len(figures) / 2 else None


def _slips(record: Filed, compared: Mapping[str, Filed | None]) -> Iterator[Found]:
    others = [o for name in ("previous", "year_ago") if (o := compared.get(name)) is not None]
    for kind, measure in (("F", "ytd"), ("S", "closing")):
        for item in amounts(kind):
            mine = record.amount(f"{item}_{measure}")
            theirs = [v for o in others if (v := o.amount(f"{item}_{measure}"))]
            if mine and theirs and all(_off_by_unit(mine, other) for other in theirs):
                yield "SLP-SCALE", f"{item}_{measure}"
    previous = compared.get("previous")
    if previous is not None:
        cells = [f"{i}_{m}" for k, ms in (("F", ("month", "ytd")), ("S", ("closing",))) for i in amounts(k) for m in ms]
        said = [(record.amount(c), previous.amount(c)) for c in cells]
        filled = [(a, b) for a, b in said if a or b]
        if len(filled) >= 10 and all(a == b for a, b in filled):
            yield "SLP-COPIED", ""


def _off_by_unit(mine: Decimal, other: Decimal) -> bool:
    ratio = max(abs(mine), abs(other)) / min(abs(mine), abs(other))
    return any(Decimal(f) / 2 <= ratio <= Decimal(f) * 2 for f in (10**4, 10**8))
