"""Golden rows of `office_assessment` (DOMAIN §5, 使用考核): from reports asked and filed, entries judged and requests answered.

Nobody has read anything yet in a generated city, so that there are no logins and nothing is shared.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import TypeVar

from samples.golden_known import MILLIONTH, Known, Row, quotient, told
from samples.truth import last_day
from samples.verdicts import Entry
from schemas.codes import Code, code_list
from schemas.load import form, forms, indicators, marts

T = TypeVar("T")
Raw = Mapping[str, Fraction | None]


def office_assessment(known: Known) -> Iterator[Row]:
    """Of every office in use, the months in which a report was asked for that is due by now."""
    having = {f.owner for f in forms()} | {m.owner for m in marts()} | {i.owner for i in indicators()}
    due = _by_office((row["form"], row["period"], row) for row in known.truth["coverage"] if _due(row))
    tries = _by_office((entry.form, entry.period, entry) for entry in known.outcome.entries)
    for month in sorted({month for _, month in due}):
        offices = [code.code for code in code_list("office") if code.valid_to is None and code.valid_from <= last_day(month)]
        raw = {o: _raw(due.get((o, month), []), tries.get((o, month), []), _answered(known, o, month)) for o in offices}
        sides = [side for side in code_list("usage_dimension") if side.valid_on(last_day(month))]
        for office in offices:
            yield from _assessed(office, month, sides, raw, frozenset(having))


def _by_office(things: Iterable[tuple[str, str, T]]) -> dict[tuple[str, str], list[T]]:
    """What is of a form and period, by the form's office and the month that the period ends in."""
    found: dict[tuple[str, str], list[T]] = {}
    for name, period, thing in things:
        found.setdefault((form(name).owner, _month(period)), []).append(thing)
    return found


def _raw(due: Sequence[Row], tries: Sequence[Entry], answered: Fraction | None) -> Raw:
    asked = [e for e in tries if e.queries]
    passed = quotient(sum(e.state != "returned" for e in tries), len(tries))
    settled = quotient(sum(_settled(e) for e in asked), len(asked))
    managed = [rate for rate in (passed, settled) if rate is not None]
    return {
        "login": Fraction(0), "collect": quotient(sum(r["received"] and not r["late"] for r in due), len(due)),
        "manage": quotient(sum(managed, Fraction(0)), len(managed)), "share": (answered or Fraction(0)) / 2,
    }  # fmt: skip


def _due(row: Row) -> bool:
    return bool(row["expected"] and row["maturity"] != "未到期")


def _settled(entry: Entry) -> bool:
    return entry.state not in ("to explain", "to review")


def _answered(known: Known, office: str, month: str) -> Fraction | None:
    """Requests that were due in the month, and by today, answered by their day."""
    mine = [line for line in known.standing.every("data_request") if line.cells["owner_office"] == office]
    ended = [line for line in mine if _month(str(line.values["due"])) == month and str(line.values["due"]) <= str(known.city.today)]
    in_time = [line for line in ended if line.values["answered_on"] and str(line.values["answered_on"]) <= str(line.values["due"])]
    return quotient(len(in_time), len(ended))


def _assessed(office: str, month: str, sides: list[Code], raw: Mapping[str, Raw], having: frozenset[str]) -> Iterator[Row]:
    """Between the base and full marks by the way from the worst to the best; full where there is no module or nothing to do."""
    scores: list[tuple[Fraction, Fraction, bool]] = []
    for side in sides:
        base, full, weight = (Fraction(Decimal(side.extra[name])) for name in ("base", "full", "weight"))
        others = [value for one, values in raw.items() if one in having and (value := values[side.code]) is not None]
        worst, best = (min(others), max(others)) if others else (None, None)
        own, free, score = raw[office][side.code], True, full
        if office in having and own is not None and worst is not None and best is not None:
            share = (own - worst) / (best - worst) if best != worst else Fraction(own != 0)
            free, score = False, base + share * (full - base)
        scores.append((score, weight, free))
        yield told("office_assessment", {"office": office, "period": month, "dimension": side.code}, {
            "raw": own, "worst": worst, "best": best, "full_by_rule": free, "score": score,
        }, {"score": MILLIONTH})  # fmt: skip
    total = sum((score * weight for score, weight, _ in scores), Fraction(0)) / sum(weight for _, weight, _ in scores)
    free = all(free for _, _, free in scores)
    yield told("office_assessment", {"office": office, "period": month, "dimension": "total"}, {
        "score": total, "full_by_rule": free,
    }, {"score": MILLIONTH})  # fmt: skip


def _month(period: str) -> str:
    """The month that a month, day, quarter or year ends in."""
    return f"{last_day(period):%Y-%m}" if len(period) < len("2024-01-01") else period[:7]
