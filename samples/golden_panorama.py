"""Golden rows of `panorama`: what is in force of every domain, added up under the group, the district and the city.

Warnings are left out: those of the monthly report have golden ones of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from samples.filing import COUNTS, grid
from samples.golden import indicators, tree_periods
from samples.golden_domains import nodes_on
from samples.golden_known import SCORED, Known, Row, told
from samples.golden_ratios import accounts, ratios
from samples.golden_records import FIGURES, Figures, household
from samples.golden_reporting import reports
from samples.golden_shares import shares
from samples.truth import last_day

_Sums = dict[tuple[str, str], dict[str, Fraction | None]]  # unit's key, period → figure → total
_REPORTS = {"expected": "reports_expected", "on_time": "reports_on_time", "late": "reports_late", "missing": "reports_missing",
            "returned": "reports_returned"}  # fmt: skip
_OF_RECORDS = ("total_profit", "rd_intensity", "labour_productivity", "operating_cash_ratio")
_ONLY_YEARLY = ("bad_asset_ratio", "capital_preservation", "contingent_ratio", "technology_ratio")


def panorama(known: Known, scores: Sequence[Row]) -> Iterator[Row]:
    """`scores`: golden rows of `performance_score`."""
    sums = _sums(known)
    for period in sorted({period for _, period in sums}):
        alive = {unit.key for unit in known.city.alive(last_day(period))}
        for node, keys in _heads(known, period):
            total: dict[str, Fraction | None] = {}
            for key in sorted(alive & keys):
                _add(total, sums.get((key, period), {}))
            yield from (_row(node, period, name, value) for name, value in total.items())
    for row in (row for row in scores if row["key"]["scope"] == "aggregate"):
        score = Fraction(row["values"]["score"])
        yield _row(row["key"]["unit_id"], row["key"]["period"], "performance_score", score, {"value": SCORED})
    for period, _ in known.plan.periods():
        for node, keys in _heads(known, period):
            yield from _indicators(node, period, _monthly(known, period, keys))
    yield from (_row(node, period, name, value) for (node, period, name), value in shares(known))
    for period in sorted({line.period for line in known.standing.every("annual_finance")}):
        for node, keys in _heads(known, period):
            yield from _indicators(node, period, _yearly(known, period, keys))


def _heads(known: Known, period: str) -> Iterator[tuple[str, frozenset[str]]]:
    return ((node, keys) for node, keys in nodes_on(known.plan, last_day(period)).items() if len(keys) > 1 or node.startswith("jg:"))


def _row(node: str, period: str, figure: str, value: Fraction | None, within: Mapping[str, Decimal] | None = None) -> Row:
    return told("panorama", {"figure": figure, "unit_id": node, "period": period}, {"value": value}, within)


def _sums(known: Known) -> _Sums:
    sums: _Sums = {}
    for period in tree_periods(known.plan, known.truth):
        for unit in known.city.alive(last_day(period)):
            _add(sums.setdefault((unit.key, period), {}), household(known, unit, last_day(period)))
    by_id = {unit.unit_id: key for key, unit in known.city.units.items()}
    for (_, unit_id, period), one in reports(known)[0].items():
        if unit_id in by_id:
            counted = {figure: Fraction(one[name]) for name, figure in _REPORTS.items()}
            _add(sums.setdefault((by_id[unit_id], period), {}), counted)
    for form, figures in FIGURES.items():
        for line in known.standing.every(form):
            period = line.period if len(line.period) < len("2024-01-01") else line.period[:7]
            _add(sums.setdefault((line.key, period), {}), figures(known, line))
    return sums


def _add(total: dict[str, Fraction | None], more: Figures) -> None:
    """What nobody has a figure of has none."""
    for name, value in more.items():
        before = total.get(name)
        total[name] = before if value is None else value + (before or 0)


def _monthly(known: Known, period: str, keys: Iterable[str]) -> Mapping[str, Fraction | None]:
    """单户 + 差额 of the monthly reports: of the indicators that are worked out month by month."""
    total: dict[str, Decimal] = {}
    columns = [c.name for c in grid() if c.measure in ("ytd", "ly_ytd", "opening", "closing") and c.item not in COUNTS]
    for key in keys:
        for scope in ("single", "difference"):
            record = known.records.get((known.city.units[key].unit_id, period, scope))
            for name in (*columns, "avg_headcount_ytd") if record else ():
                if record and (value := record.amount(name)) is not None:
                    total[name] = total.get(name, Decimal(0)) + value
    plain = {name: value for name, value in indicators(total).items() if name in _OF_RECORDS}
    found = {name: value for name, value in ratios({n: Fraction(v) for n, v in total.items()}).items() if name not in _ONLY_YEARLY}
    return found | {name: None if value is None else Fraction(value) for name, value in plain.items()}


def _yearly(known: Known, period: str, keys: frozenset[str]) -> Mapping[str, Fraction | None]:
    total: dict[str, Fraction] = {}
    for line in known.standing.of("annual_finance", keys):
        if line.period == period and line.scope in ("single", "difference"):
            for name, value in accounts(line).items():
                total[name] = total.get(name, Fraction(0)) + value
    return ratios(total)


def _indicators(node: str, period: str, found: Mapping[str, Fraction | None]) -> Iterator[Row]:
    return (_row(node, period, name, value) for name, value in found.items() if value is not None)
