"""Golden rows of `enterprise_profile`: who a unit is, its figures, where they place it among its class, its score and open questions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal

from samples.city import Unit
from samples.filing import Filed
from samples.golden import COLUMNS, indicators
from samples.golden_known import SCORED, Known, Row, Value, told
from samples.truth import last_day

_ITEMS = {"assets": "assets_closing", "net_assets": "equity_closing", "revenue": "revenue_total_ytd", "headcount": "headcount_closing"}
_SMALLER = ("debt_ratio",)  # is better the smaller it is
Ratios = Mapping[str, Decimal | None]


def enterprise_profile(known: Known, scores: Sequence[Row]) -> Iterator[Row]:
    """`scores`: golden rows of `performance_score`."""
    totals = [row for row in scores if row["key"]["kind"] == "total" and row["values"]["score"] is not None]
    months = {row["period"] for row in known.truth["coverage"] if row["form"] == "monthly_finance" and (row["expected"] or row["excluded"])}
    for period in sorted(months):
        day = last_day(period)
        filed = {unit.key: _first(known, unit, period) for unit in known.city.alive(day)}
        figures = {key: _indicators(record) for key, record in filed.items()}
        for unit in (unit for unit in known.units() if unit.key in filed):
            peers = {key for key in filed if known.city.units[key].function_class == unit.function_class}
            yield told("enterprise_profile", {"unit_id": unit.unit_id, "period": period}, {
                **_who(known, unit, day), **_of(filed[unit.key]), **figures[unit.key],
                **{f"{name}_rank": _rank(name, unit.key, {key: figures[key] for key in peers}) for name in figures[unit.key]},
                "peers": sum(figures[key]["total_profit"] is not None for key in peers),
                "questions": sum(_month(one["period"]) == period for one in known.truth["relations"] if one["unit_id"] == unit.unit_id),
                **_scored(unit, period, totals),
            }, {"performance_score": SCORED})  # fmt: skip


def _first(known: Known, unit: Unit, period: str) -> Filed | None:
    """The consolidated report where there is one."""
    places = ((unit.unit_id, period, scope) for scope in ("consolidated", "single"))
    return next((record for place in places if (record := known.records.get(place))), None)


def _indicators(record: Filed | None) -> Ratios:
    return indicators({column: value for column in COLUMNS if record and (value := record.amount(column)) is not None})


def _of(record: Filed | None) -> Mapping[str, Value]:
    items = {name: record.amount(column) if record else None for name, column in _ITEMS.items()}
    return {"scope": record.scope if record else "single", **items}


def _who(known: Known, unit: Unit, day: date) -> Mapping[str, Value]:
    spells = [line for line in known.standing.of("enterprise_registry", frozenset({unit.key})) if line.cells["valid_from"] <= f"{day}"]
    held = max(spells, key=lambda line: line.cells["valid_from"]).cells
    above = known.city.units[unit.key[0]].unit_id
    names = ("unit_name", "supervisor", "function_class", "industry", "size_class", "legal_form", "status", "division")
    return {
        **{name: held[name] for name in names}, "top_unit": above, "management_level": held["management_level"],
        "units_below": len(known.city.closure(unit.key, day)) - 1,
    }  # fmt: skip


def _rank(name: str, key: str, peers: Mapping[str, Ratios]) -> int | None:
    own = peers[key][name]
    others = [value for one in peers.values() if (value := one[name]) is not None]
    return None if own is None else 1 + sum(value < own if name in _SMALLER else value > own for value in others)


def _month(period: str) -> str:
    return period[:7] if len(period) == len("2024-01-01") else period


def _scored(unit: Unit, period: str, totals: Sequence[Row]) -> Mapping[str, Value]:
    """Of the last year that was over, the consolidated score before the unit's own."""
    own = [row for row in totals if row["key"]["unit_id"] == unit.unit_id and row["key"]["scope"] != "aggregate"]
    over = [row for row in own if row["key"]["period"] < period[:4]]
    last = max(over, key=lambda row: (row["key"]["period"], row["key"]["scope"] == "consolidated"), default=None)
    if last is None:
        return {"performance_score": None, "performance_grade": None, "scored_period": None}
    score = Decimal(last["values"]["score"])
    return {"performance_score": score, "performance_grade": last["values"]["grade"], "scored_period": last["key"]["period"]}
