"""Golden rows of `reporting_work`: the published scoring of 2007 (DOMAIN §2), from what was asked, what came and what was wrong in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal

from samples.golden_domains import nodes_on
from samples.golden_known import MILLIONTH, UNITS, Known, Row, parameter, quotient, told
from samples.sending import DUE, DUE_ANNUAL
from samples.truth import last_day
from samples.verdicts import STANDING, Entry

Report = tuple[str, str, str]  # form, unit, period
_FLAGS = ("expected", "received", "late", "excluded", "missing")
_OPEN = ("未到期", "迟报", "暂定")


def reporting_work(known: Known) -> Iterator[Row]:
    """Of the units themselves (all their statements of a form and period together), and of what is below the nodes."""
    counts, maturities = reports(known)
    ids = {known.city.units[key].unit_id for key in UNITS}
    for (form, unit, period), one in counts.items():
        if unit in ids:
            yield _row(form, unit, period, "single", one, maturities[form, unit, period])
    for form, period in sorted({(form, period) for form, _, period in counts}):
        for node, keys in nodes_on(known.plan, last_day(period)).items():
            below = [(form, known.city.units[key].unit_id, period) for key in keys]
            filed = [place for place in below if place in counts]
            if filed and (len(keys) > 1 or node.startswith("jg:")):
                total: Counter[str] = sum((counts[place] for place in filed), Counter())
                yield _row(form, node, period, "aggregate", total, frozenset().union(*(maturities[place] for place in filed)))


def reports(known: Known) -> tuple[Mapping[Report, Counter[str]], Mapping[Report, frozenset[str]]]:
    """What is counted of every unit's reports of a form and period, and the maturities among them."""
    tries: dict[tuple[str, ...], list[Entry]] = {}
    for entry in known.outcome.entries:
        tries.setdefault(entry.key, []).append(entry)
    counts: dict[Report, Counter[str]] = {}
    maturities: dict[Report, frozenset[str]] = {}
    for row in known.truth["coverage"]:
        place = (row["form"], row["unit_id"], row["period"])
        sent = tries.get((*place, row["scope"]), [])
        counts.setdefault(place, Counter()).update({flag: int(row[flag]) for flag in _FLAGS} | _worked(row, sent))
        maturities[place] = maturities.get(place, frozenset()) | {row["maturity"]}
    return counts, maturities


def _worked(row: Row, tries: list[Entry]) -> dict[str, int]:
    came = [t.sent.arrived for t in tries if t.state in (*STANDING, "superseded")]
    due = date.fromisoformat((DUE | DUE_ANNUAL)[row["period"]])
    right_at_once = bool(tries) and not tries[0].errors and tries[0].state != "returned"
    return {
        "on_time": int(row["expected"] and row["received"] and not row["late"]),
        "late_half_days": 2 * (came[0] - due).days if row["late"] else 0, "submitted": len(tries),
        "returned": sum(t.state == "returned" for t in tries), "wrong": sum(len(t.errors) for t in tries),
        "first_pass": int(row["received"] and right_at_once),
    }  # fmt: skip


def _row(form: str, node: str, period: str, scope: str, one: Counter[str], maturities: frozenset[str]) -> Row:
    weights = {"late_half_days": "score_late", "missing": "score_missing", "wrong": "score_wrong"}
    day = last_day(period)
    deducted = sum((one[name] * parameter(points, day) for name, points in weights.items()), Decimal(0))
    shared_by = one["expected"] if scope == "aggregate" else 1
    score = max(parameter("score_full", day) - deducted / shared_by, Decimal(0)) if one["expected"] else None
    counted = ("on_time", "late_half_days", "submitted", "returned", "wrong", "first_pass", *_FLAGS)
    return told("reporting_work", {"form": form, "unit_id": node, "period": period, "scope": scope}, {
        **{name: one[name] for name in counted}, "deducted": deducted, "score": score,
        "timeliness": quotient(one["on_time"], one["expected"]), "first_pass_rate": quotient(one["first_pass"], one["received"]),
        "maturity": next((word for word in _OPEN if word in maturities), "确定"),
    }, {"score": MILLIONTH})  # fmt: skip
