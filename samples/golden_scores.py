"""Golden rows of `performance_score`: 综合绩效评价 by the efficacy coefficient (DOMAIN §4 and §5), in exact fractions.

Weights, standards and special cases are the declared lists; how they are used is written out here once more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from samples.city import Unit
from samples.golden_domains import nodes_on
from samples.golden_known import SCORED, UNITS, Known, Row, told
from samples.golden_ratios import Accounts, accounts, ratios
from samples.truth import last_day
from schemas.codes import Code, code_list

_BANDS = ("优秀", "良好", "平均", "较低", "较差", "较差以下")
_STANDARDS = ("excellent", "good", "average", "low", "poor")
_WHO = (*UNITS, "A111", "A112", "B21")  # the last at a loss, or with debts far above the others
_SIZE = "中型"  # of every unit of the sample city


@dataclass(frozen=True)
class Judged:
    """One indicator: `worth` is the share of its weight a basic one earns, or the coefficient of a modifying one."""

    line: Code
    value: Fraction | None
    band: str | None
    special: str | None
    worth: Fraction | None

    @property
    def weight(self) -> int:
        return int(self.line.extra["weight"])

    @property
    def basic(self) -> bool:
        return self.line.extra["role"] == "basic"


@dataclass(frozen=True)
class Block:
    code: Code
    rows: Sequence[Judged]
    analysis: Fraction | None
    coefficient: Fraction | None

    @property
    def weight(self) -> int:
        return sum(row.weight for row in self.rows if row.basic)

    @property
    def score(self) -> Fraction | None:
        return None if self.analysis is None or self.coefficient is None else self.analysis * self.weight * self.coefficient


def performance_score(known: Known) -> Iterator[Row]:
    """Indicators, blocks and totals of the units; totals of the group, the district and the city weighted by assets."""
    filed = {(one.key, one.period, one.scope): accounts(one) for one in known.standing.every("annual_finance")}
    totals: dict[tuple[str, str], Fraction] = {}
    for (key, period, scope), figures in filed.items():
        if scope in ("single", "consolidated"):
            unit = known.city.units[key]
            blocks = _judged(unit, figures, last_day(period))
            total = _total(blocks)
            if scope == "single" and total is not None:
                totals[key, period] = total
            if key in _WHO:
                yield from _rows({"unit_id": unit.unit_id, "period": period, "scope": scope}, blocks, total)
    for period in sorted({period for _, period, _ in filed}):
        for node, keys in nodes_on(known.plan, last_day(period)).items():
            if len(keys) > 1 or node.startswith("jg:"):
                yield from _weighed(known, filed, totals, node, period)


def _judged(unit: Unit, figures: Accounts, day: date) -> list[Block]:
    values = ratios(figures)
    held = [code for code in code_list("performance_weight") if code.valid_on(day)]
    made = []
    for block in code_list("performance_block"):
        lines = [code for code in held if code.extra["block"] == block.code]
        basic = [_basic(unit, code, values[code.code], figures, day) for code in lines if code.extra["role"] == "basic"]
        scored = [row for row in basic if row.worth is not None]
        analysis = _mean(scored)
        rest = [_modifying(unit, c, values[c.code], figures, day, block, analysis) for c in lines if c.extra["role"] == "modifying"]
        made.append(Block(block, [*basic, *rest], analysis, _mean(rest) if analysis is not None else None))
    return made


def _mean(rows: Sequence[Judged]) -> Fraction | None:
    weight = sum(row.weight for row in rows)
    return sum((row.weight * (row.worth or Fraction(0)) for row in rows), Fraction(0)) / weight if weight else None


def _total(blocks: Sequence[Block]) -> Fraction | None:
    scores = [score for block in blocks if (score := block.score) is not None]
    return sum(scores, Fraction(0)) if len(scores) == len(blocks) else None


def _basic(unit: Unit, code: Code, value: Fraction | None, figures: Accounts, day: date) -> Judged:
    number, place = _stands(unit, code, value, day)
    special = _special(code, value, figures, day)
    worth = Fraction(Decimal(special.extra["coefficient"])) if special else place
    return Judged(code, value, _band(number), special.name if special else None, worth)


def _modifying(
    unit: Unit, code: Code, value: Fraction | None, figures: Accounts, day: date, block: Code, analysis: Fraction | None
) -> Judged:
    """1.0 + where it stands − the block's analysis coefficient, 0.2 more at 优秀, within bounds; 1 without figure or standard."""
    number, place = _stands(unit, code, value, day)
    special = _special(code, value, figures, day)
    worth: Fraction | None = Fraction(1)
    if analysis is None:
        worth = None
    elif special:
        worth = Fraction(Decimal(special.extra["coefficient"]))
    elif place is not None:
        least, most = (Fraction(Decimal(block.extra[bound])) for bound in ("least", "most"))
        worth = max(least, min(most, 1 + place + (Fraction(1, 5) if number == 0 else 0) - analysis))
    return Judged(code, value, _band(number), special.name if special else None, worth)


def _stands(unit: Unit, code: Code, value: Fraction | None, day: date) -> tuple[int | None, Fraction | None]:
    """The band's number from 0 (优秀) to 5, and the place: the band's coefficient and the share of the way to the next better one."""
    lines = _standards(unit, code.code, day)
    if value is None or lines is None:
        return None, None
    falling = lines[0] < lines[-1]
    number = next((n for n, line in enumerate(lines) if (value <= line if falling else value >= line)), 5)
    if number in (0, 5):
        return number, Fraction(1 if number == 0 else 0)
    share = (value - lines[number]) / (lines[number - 1] - lines[number])
    return number, Fraction(5 - number, 5) + share / 5


def _standards(unit: Unit, indicator: str, day: date) -> list[Fraction] | None:
    """Of the unit's industry and size before its industry, before its size, before all."""

    def fits(given: Mapping[str, str]) -> bool:
        low, _, high = given["industry"].partition("-")
        return given["size"] in ("*", _SIZE) and (low == "*" or low <= unit.industry[:2] <= (high or low))

    lines = [c.extra for c in code_list("performance_standard") if c.extra["indicator"] == indicator and c.valid_on(day) and fits(c.extra)]
    closest = min(lines, key=lambda given: (given["industry"] == "*", given["size"] == "*"), default=None)
    if closest is None:
        return None
    return [Fraction(Decimal(closest[name])) / (100 if closest["unit"] == "%" else 1) for name in _STANDARDS]


def _special(code: Code, value: Fraction | None, figures: Accounts, day: date) -> Code | None:
    signs = {end: _sign(figures.get(code.extra[end])) for end in ("top", "bottom")}
    for case in code_list("performance_special"):
        least, given = case.extra["at_least"], case.extra
        met = all(given[end] in ("", signs[end]) for end in signs)
        reached = not least or (value is not None and value >= Fraction(Decimal(least)))
        if given["indicator"] == code.code and case.valid_on(day) and met and reached:
            return case
    return None


def _sign(value: Fraction | None) -> str | None:
    return None if value is None else "+" if value > 0 else "-" if value < 0 else "0"


def _band(number: int | None) -> str | None:
    return None if number is None else _BANDS[number]


def _rows(place: dict[str, str], blocks: Sequence[Block], total: Fraction | None) -> Iterator[Row]:
    def row(kind: str, item: str, **values: str | int | Fraction | None) -> Row:
        return told("performance_score", {**place, "kind": kind, "item_id": item}, values, {"score": SCORED, "coefficient": SCORED})

    for block in blocks:
        for one in block.rows:
            worth = one.worth
            earned = worth * one.weight if one.basic and worth is not None else None
            yield row("indicator", one.line.code, value=one.value, band=one.band, special=one.special, weight=one.weight,
                      score=earned, coefficient=None if one.basic else worth)  # fmt: skip
        yield row("block", block.code.code, score=block.score, weight=block.weight, coefficient=block.coefficient)
    yield row("total", "total", score=total, weight=sum(block.weight for block in blocks), grade=_grade(total))


def _weighed(
    known: Known, filed: Mapping[tuple[str, str, str], Accounts], totals: Mapping[tuple[str, str], Fraction], node: str, period: str
) -> Iterator[Row]:
    keys = nodes_on(known.plan, last_day(period))[node]
    weights = {key: filed[key, period, "single"].get("assets_closing", Fraction(0)) for key, at in totals if at == period and key in keys}
    weighed = {key: weight for key, weight in weights.items() if weight > 0}
    if weighed:
        score = sum((totals[key, period] * weight for key, weight in weighed.items()), Fraction(0)) / sum(weighed.values())
        place = {"unit_id": node, "period": period, "scope": "aggregate", "kind": "total", "item_id": "total"}
        yield told("performance_score", place, {"score": score, "grade": _grade(score)}, {"score": SCORED})


def _grade(score: Fraction | None) -> str | None:
    lines = sorted(code_list("performance_grade"), key=lambda code: -int(code.extra["at_least"]))
    return None if score is None else next((code.code for code in lines if score >= int(code.extra["at_least"])), None)
