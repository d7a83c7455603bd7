"""Golden rows of `office_usage` and `office_assessment` (DOMAIN §5, 使用考核): from reports, verdicts and requests answered.

Nobody has read anything yet in a generated city, so that there are no logins and nothing is shared.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TypeVar

from samples.golden_known import MILLIONTH, Known, Row, quotient, told
from samples.line import Line
from samples.truth import last_day
from samples.verdicts import Entry
from schemas.codes import Code, code_list
from schemas.load import form, forms, indicators, marts

T = TypeVar("T")
Raw = Mapping[str, Fraction | None]


@dataclass(frozen=True)
class Use:
    """What an office was about in a month: reports of its forms that are due, entries of them, requests that were to be answered."""

    due: Sequence[Row]
    tries: Sequence[Entry]
    requests: Sequence[Line]

    def counts(self) -> dict[str, int]:
        asked = [entry for entry in self.tries if entry.queries]
        answered = [r for r in self.requests if r.values["answered_on"] and str(r.values["answered_on"]) <= str(r.values["due"])]
        return {
            "due_items": len(self.due), "on_time": sum(row["received"] and not row["late"] for row in self.due), "tries": len(self.tries),
            "returns": sum(entry.state == "returned" for entry in self.tries), "findings": len(asked),
            "handled": sum(entry.state not in ("to explain", "to review") for entry in asked), "requests": len(self.requests),
            "answered": len(answered), "login_days": 0, "logins": 0, "calls": 0,
        }  # fmt: skip

    def rates(self) -> dict[str, Fraction | None]:
        n = self.counts()
        return {
            "timeliness": quotient(n["on_time"], n["due_items"]), "quality": quotient(n["tries"] - n["returns"], n["tries"]),
            "handled_rate": quotient(n["handled"], n["findings"]), "answered_rate": quotient(n["answered"], n["requests"]),
        }  # fmt: skip

    def raw(self) -> Raw:
        rates = self.rates()
        managed = [rate for name in ("quality", "handled_rate") if (rate := rates[name]) is not None]
        return {
            "login": Fraction(0), "collect": rates["timeliness"], "manage": quotient(sum(managed, Fraction(0)), len(managed)),
            "share": (rates["answered_rate"] or Fraction(0)) / 2,
        }  # fmt: skip


def offices(known: Known) -> Iterator[Row]:
    """Of every office in use, the months in which a report was asked for that is due by now."""
    having = frozenset({f.owner for f in forms()} | {m.owner for m in marts()} | {i.owner for i in indicators()})
    for month, used in _used(known):
        raw = {office: use.raw() for office, use in used.items()}
        sides = [side for side in code_list("usage_dimension") if side.valid_on(last_day(month))]
        for office, use in used.items():
            yield told("office_usage", {"office": office, "period": month}, {
                "has_module": office in having, **use.counts(), **use.rates(), **{f"raw_{side}": own for side, own in use.raw().items()},
            })  # fmt: skip
            yield from _assessed(office, month, sides, raw, having)


def _used(known: Known) -> Iterator[tuple[str, Mapping[str, Use]]]:
    asked = (row for row in known.truth["coverage"] if row["expected"] and row["maturity"] != "未到期")
    due = _by_office((form(row["form"]).owner, row["period"], row) for row in asked)
    tries = _by_office((form(entry.form).owner, entry.period, entry) for entry in known.outcome.entries)
    ended = (line for line in known.standing.every("data_request") if str(line.values["due"]) <= str(known.city.today))
    requests = _by_office((line.cells["owner_office"], str(line.values["due"]), line) for line in ended)
    for month in sorted({month for _, month in due}):
        names = [code.code for code in code_list("office") if code.valid_to is None and code.valid_from <= last_day(month)]
        at = {office: (office, month) for office in names}
        yield month, {one: Use(due.get(at[one], []), tries.get(at[one], []), requests.get(at[one], [])) for one in names}


def _by_office(things: Iterable[tuple[str, str, T]]) -> dict[tuple[str, str], list[T]]:
    """By office and the month that a month, day, quarter or year ends in."""
    found: dict[tuple[str, str], list[T]] = {}
    for office, period, thing in things:
        month = f"{last_day(period):%Y-%m}" if len(period) < len("2024-01-01") else period[:7]
        found.setdefault((office, month), []).append(thing)
    return found


def _assessed(office: str, month: str, sides: Sequence[Code], raw: Mapping[str, Raw], having: frozenset[str]) -> Iterator[Row]:
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
    yield told("office_assessment", {"office": office, "period": month, "dimension": "total"}, {
        "score": total, "full_by_rule": all(free for _, _, free in scores),
    }, {"score": MILLIONTH})  # fmt: skip
