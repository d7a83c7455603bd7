"""Golden figures worked out in plain Python from what stands: 一利五率, roll-ups, the tree, the warnings.

Nothing here shares code with the build: formulas, closures and lines are written out once more from F02, DOMAIN §4 and §6.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from samples.city import City, Unit
from samples.filing import FORM, Filed
from samples.plan import Plan
from samples.sending import DUE
from samples.truth import last_day, previous
from samples.verdicts import Outcome
from samples.watched import watched
from schemas.codes import code_list
from schemas.load import form

Row = dict[str, Any]
Place = tuple[str, str, str]
Figures = Mapping[str, Decimal]
COLUMNS = ("total_profit_ytd", "liabilities_closing", "assets_closing", "net_profit_ytd", "equity_opening", "equity_closing",
            "rd_input_ytd", "revenue_total_ytd", "value_added_ytd", "avg_headcount_ytd", "cfo_ytd")  # fmt: skip
_JUDGED = ("single", "consolidated")
_DATA_WARNINGS = {"W08": ("红", ("SLP-SCALE",)), "W09": ("黄", ("SLP-ZERO", "SLP-COPIED")),
                  "W10": ("蓝", ("B15-1", "B15-2", "B15-3", "B16-1", "B16-2"))}  # fmt: skip


def golden(plan: Plan, outcome: Outcome, expected: Row) -> Row:
    """`indicators`: one row an indicator, unit or node, period and scope. `closure`: period → ancestor → number of units."""
    standing = {e.key[1:]: e.record for e in outcome.standing.values() if e.record is not None}
    closures = {period: closure(plan.city, last_day(period)) for period in tree_periods(plan, expected)}
    values = {place: _read(record) for place, record in standing.items()}
    rolled = {(node, period, "aggregate"): total for period, nodes in closures.items() for node, units in nodes.items()
              if (total := _sum(values, units, period)) and (node.startswith("jg:") or len(units) > 1)}  # fmt: skip
    judged = {place: f for place, f in values.items() if place[2] in _JUDGED}
    return {
        "indicators": [row for place, figures in {**judged, **rolled}.items() for row in _indicators(place, figures)],
        "closure": {period: {node: len(units) for node, units in nodes.items()} for period, nodes in closures.items()},
        "consolidated": [*_against_reported(rolled, values)],
        "warnings": sorted(_warnings(plan, standing, judged, expected), key=lambda w: [str(v) for v in w.values()]),
    }


def tree_periods(plan: Plan, expected: Row) -> list[str]:
    """Every period somebody is asked for or filed, and the month of every event; not the days registers hold from."""
    filed = {entry["period"][:7] for entry in expected["entries"] if "valid_from" not in form(entry["form"]).by_name}
    return sorted(filed | {row["period"] for row in expected["coverage"]})


def closure(city: City, day: date) -> dict[str, list[str]]:
    """Every unit, and every supervisor as `jg:<code>`, with the units below it on a day, itself included."""
    parents = {code.code: code.extra["parent"] for code in code_list("supervisor")}
    nodes: dict[str, list[str]] = {u.unit_id: [b.unit_id for b in city.closure(u.key, day)] for u in city.alive(day)}
    for unit in city.alive(day):
        above: str = unit.supervisor
        while above:
            nodes.setdefault(f"jg:{above}", []).append(unit.unit_id)
            above = parents[above]
    return nodes


def _read(record: Filed) -> dict[str, Decimal]:
    return {column: value for column in COLUMNS if (value := record.amount(column)) is not None}


def _sum(values: Mapping[Place, Figures], units: Sequence[str], period: str) -> dict[str, Decimal]:
    """单户 + 差额 of everything that stands below the node."""
    total: dict[str, Decimal] = {}
    for unit in units:
        for scope in ("single", "difference"):
            for column, value in values.get((unit, period, scope), {}).items():
                total[column] = total.get(column, Decimal(0)) + value
    return total


def indicators(f: Figures) -> dict[str, Decimal | None]:
    """一利五率 of one record or node, rounded half away from zero to eight places; None where there is nothing to divide by."""
    return {
        "total_profit": f.get("total_profit_ytd"),
        "debt_ratio": _ratio(f.get("liabilities_closing"), f.get("assets_closing")),
        "return_on_equity": _ratio(f.get("net_profit_ytd"), _mean(f.get("equity_opening"), f.get("equity_closing"))),
        "rd_intensity": _ratio(f.get("rd_input_ytd"), f.get("revenue_total_ytd")),
        "labour_productivity": _ratio(f.get("value_added_ytd"), f.get("avg_headcount_ytd")),
        "operating_cash_ratio": _ratio(f.get("cfo_ytd"), f.get("revenue_total_ytd")),
    }


def _mean(a: Decimal | None, b: Decimal | None) -> Decimal | None:
    return None if a is None or b is None else (a + b) / 2


def _ratio(a: Decimal | None, b: Decimal | None) -> Decimal | None:
    return None if a is None or not b else (a / b).quantize(Decimal("0.00000001"), ROUND_HALF_UP)


def _indicators(place: Place, figures: Figures) -> Iterator[Row]:
    for name, value in indicators(figures).items():
        yield {"indicator_id": name, "unit_id": place[0], "period": place[1], "scope": place[2],
               "value": None if value is None else f"{value.normalize():f}"}  # fmt: skip


def _against_reported(rolled: Mapping[Place, Figures], values: Mapping[Place, Figures]) -> Iterator[Row]:
    """Where a head also filed its consolidation: reported less summed (zero within rounding when all below are in)."""
    for (node, period, _), total in rolled.items():
        own = values.get((node, period, "consolidated"))
        if own is not None:
            gap = own["assets_closing"] - total["assets_closing"]
            yield {"unit_id": node, "period": period, "assets_reported": str(own["assets_closing"]), "gap": str(gap)}


# --- warnings --------------------------------------------------------------------------------------------------------


def _warnings(plan: Plan, standing: Mapping[Place, Filed], judged: Mapping[Place, Figures], expected: Row) -> Iterator[Row]:
    units = {unit.unit_id: unit for unit in plan.city.units.values()}
    for place, figures in judged.items():
        unit = units.get(place[0])
        level = _debt_level(unit, indicators(figures)["debt_ratio"]) if unit else ""
        yield from _warn("W01", place, level)
        yield from _warn("W02", place, "红" if figures["liabilities_closing"] > figures["assets_closing"] else "")
        yield from _warn("W03", place, _losing(judged, place))
        yield from (w for rule, level in watched(standing, place) for w in _warn(rule, place, level))
        yield from _warn("W04", place, _falling(figures["total_profit_ytd"], standing[place].amount("total_profit_ly_ytd")))
    for rule, (level, rules) in _DATA_WARNINGS.items():
        found = {(r["unit_id"], r["period"], r["scope"]) for r in expected["relations"] if r["rule_id"] in rules and r["form"] == FORM}
        yield from (w for place in found for w in _warn(rule, place, level))
    for row in expected["coverage"]:
        if row["form"] == FORM and row["expected"] and (row["late"] or row["missing"]):
            overdue = (plan.city.today - date.fromisoformat(DUE[row["period"]])).days
            level = "蓝" if row["late"] else "红" if overdue >= 30 else "黄"
            yield from _warn("W30", (row["unit_id"], row["period"], row["scope"]), level)


def _warn(rule: str, place: Place, level: str) -> Iterator[Row]:
    if level:
        yield {"warning_id": rule, "unit_id": place[0], "period": place[1], "scope": place[2], "level": level, "form": FORM}


def _debt_level(unit: Unit, ratio: Decimal | None) -> str:
    """Lines of 2017: industry (大类 06–46) 65 / 70 %, others 70 / 75 %."""
    watch = Decimal("0.65") if 6 <= int(unit.industry[:2]) <= 46 else Decimal("0.70")
    if ratio is None or ratio < watch:
        return ""
    return "红" if ratio >= watch + Decimal("0.05") else "黄"


def _losing(judged: Mapping[Place, Figures], place: Place) -> str:
    """Year-to-date losses: two reports in a row 黄; three, or this one and last December's, 红."""
    unit, period, scope = place

    def lost(at: str) -> bool:
        return judged.get((unit, at, scope), {}).get("total_profit_ytd", Decimal(0)) < 0

    if not lost(period):
        return ""
    row, at = 1, previous(period)
    while lost(at):
        row, at = row + 1, previous(at)
    if row >= 3 or lost(f"{int(period[:4]) - 1}-12"):
        return "红"
    return "黄" if row == 2 else ""


def _falling(now: Decimal, base: Decimal | None) -> str:
    """Against the same months of last year, as restated; a base under a million yuan is not judged."""
    if base is None or base < 1_000_000:
        return ""
    fall = (base - now) / base
    return "红" if fall >= Decimal("0.5") or now < 0 else "黄" if fall >= Decimal("0.3") else ""
