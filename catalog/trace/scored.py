"""`performance_score`: scores, coefficients and grades worked out again from the declared lists and from figures read again.

The figures are rows of `indicator_value`, explained from their cells; what decides special cases is read from the statement's cells.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from catalog.trace.computed import indicator
from catalog.trace.efficacy import BANDS, Standing, rounded_to, standing
from catalog.trace.figure import figure
from catalog.trace.node import Node, compared
from catalog.trace.source import Row, Sources
from catalog.trace.tree import tree_at
from schemas.codes import Code, code_list
from schemas.period import parse_period

MART = "performance_score"
_SCORE, _RATIO, _SHOWN = 6, 14, 8
_COVER = ("unit_name", "expected", "received", "late", "excluded", "maturity")
_ASSETS = "assets_closing"


@dataclass(frozen=True)
class Item:
    """An indicator of a unit's year: its weight's line, where its figure stands, and the special case it falls under."""

    code: Code
    value: Decimal | None
    stands: Standing | None
    standard: Code | None
    special: Code | None
    nodes: tuple[Node, ...]

    @property
    def weight(self) -> int:
        return int(self.code.extra["weight"])

    @property
    def role(self) -> str:
        return self.code.extra["role"]

    @property
    def score(self) -> Decimal | None:
        """Of a basic indicator."""
        if self.role != "basic":
            return None
        if self.special is not None:
            return rounded_to(self.weight * Fraction(self.special.extra["coefficient"]), _SCORE)
        return None if self.stands is None else rounded_to(self.weight * self.stands.position, _SCORE)

    def coefficient(self, analysis: Fraction | None, bounds: Mapping[str, str]) -> Decimal | None:
        """Of a modifying one; without figure or standard it changes nothing."""
        if self.role != "modifying" or analysis is None:
            return None
        if self.special is not None:
            return rounded_to(Fraction(self.special.extra["coefficient"]), _SCORE)
        if self.stands is None:
            return Decimal(1)
        made = 1 + self.stands.position + (Fraction(1, 5) if self.stands.number == 1 else 0) - analysis
        return rounded_to(min(Fraction(bounds["most"]), max(Fraction(bounds["least"]), made)), _SCORE)


@dataclass(frozen=True)
class Block:
    """The indicators of one of the four blocks."""

    code: Code
    items: tuple[Item, ...]

    @property
    def weight(self) -> int:
        return sum(item.weight for item in self.items if item.role == "basic")

    @property
    def analysis(self) -> Fraction | None:
        """The basic score over the weight of what could be scored."""
        scored = [(item.score, item.weight) for item in self.items if item.score is not None]
        return _mean(sum((s for s, _ in scored), Decimal(0)), sum(w for _, w in scored))

    def coefficients(self) -> Iterator[tuple[Item, Decimal]]:
        for item in self.items:
            if (made := item.coefficient(self.analysis, self.code.extra)) is not None:
                yield item, made

    @property
    def coefficient(self) -> Fraction | None:
        made = [*self.coefficients()]
        return _mean(sum((item.weight * c for item, c in made), Decimal(0)), sum(item.weight for item, _ in made))

    @property
    def score(self) -> Decimal | None:
        if self.analysis is None or self.coefficient is None:
            return None
        return rounded_to(self.analysis * self.weight * self.coefficient, _SCORE)


def score(sources: Sources, row: Row) -> Node:
    """The score of an indicator, a block or the whole of a unit's year; of a node, the mean of its units by their assets."""
    if row["scope"] == "aggregate":
        return _weighed(sources, row)
    blocks = _blocks(sources, row)
    if row["kind"] == "indicator":
        return _of_indicator(sources, row, blocks)
    if row["kind"] == "block":
        block = next(b for b in blocks if b.code.code == row["item_id"])
        claims = {"position": _kept(block.analysis, _SHOWN), "coefficient": _kept(block.coefficient, _SCORE), "weight": block.weight}
        return _node(sources, row, block.score, claims, _listed((block,)))
    scores = [block.score for block in blocks]
    whole = None if None in scores else sum((s for s in scores if s is not None), Decimal(0))
    parts = tuple(Node("count", f"{b.code.name}得分", facts={"得分": b.score, "权数": b.weight}) for b in blocks)
    told: dict[str, Any] = {"grade": _grade(whole, _end(row)), "weight": sum(b.weight for b in blocks)}
    return _node(sources, row, whole, told, (*parts, *_listed(blocks)))


def _of_indicator(sources: Sources, row: Row, blocks: Sequence[Block]) -> Node:
    block, item = next((b, i) for b in blocks for i in b.items if i.code.code == row["item_id"])
    stands = item.stands
    claims: dict[str, Any] = {
        "value": item.value, "standard": item.standard and item.standard.code, "vintage": item.standard and item.standard.extra["vintage"],
        "special": item.special and item.special.name, "weight": item.weight,
        "band": stands and BANDS[stands.number - 1], "band_standard": stands and _kept(stands.own, _SHOWN),
        "next_standard": stands and _kept(stands.better, _SHOWN), "position": stands and _kept(stands.position, _SHOWN),
        "coefficient": item.coefficient(block.analysis, block.code.extra),
    }  # fmt: skip
    return _node(sources, row, item.score, claims, item.nodes)


def _node(sources: Sources, row: Row, made: Decimal | None, claims: Mapping[str, Any], below: Sequence[Node]) -> Node:
    told = tuple(compared("value", column, row[column], value) for column, value in {**claims, **_covered(sources, row)}.items())
    return compared("figure", _title(row), row["score"], made, facts={"算法": "功效系数法，标准值与权数按年度有效的代码表"},
                    children=(*told, *below))  # fmt: skip


def _title(row: Row) -> str:
    return f"{row['title']} {row['unit_id']} {row['period']} {row['scope']}"


def _covered(sources: Sources, row: Row) -> dict[str, Any]:
    """Coverage beside the score: of the indicators it rests on, the greatest."""
    wanted = {code.code for code in code_list("performance_weight")}
    found = [r for r in _figures(sources, row) if r["indicator_id"] in wanted]
    return {name: max((r[name] for r in found if r[name] is not None), default=None) for name in _COVER}


def _figures(sources: Sources, row: Row) -> Sequence[Row]:
    return sources.gold("indicator_value", {name: row[name] for name in ("unit_id", "period", "scope")})


def _blocks(sources: Sources, row: Row) -> list[Block]:
    """All four, with the figures they rest on; of a trace once a unit."""
    place = tuple(row[name] for name in ("unit_id", "period", "scope"))
    return sources.once(("performance", place), lambda: _read(sources, row))


def _read(sources: Sources, row: Row) -> list[Block]:
    valid = [code for code in code_list("performance_weight") if code.valid_on(_end(row))]
    figures = {r["indicator_id"]: r for r in _figures(sources, row)}
    items = [(code.extra["block"], _item(sources, row, code, figures.get(code.code))) for code in valid]
    known = [block for block in code_list("performance_block") if any(name == block.code for name, _ in items)]
    return [Block(block, tuple(item for name, item in items if name == block.code)) for block in known]


def _item(sources: Sources, row: Row, code: Code, published: Row | None) -> Item:
    node = None if published is None else indicator(sources, published)
    value = None if node is None else node.recomputed
    signs = {end: _sign(sources, row, code.extra[end]) for end in ("top", "bottom") if code.extra[end]}
    special = next((s for s in _valid("performance_special", code, row) if _falls(s, value, signs)), None)
    standard = _closest(sources, row, code)
    stands = None if standard is None or value is None else standing(value, standard.extra)
    return Item(code, value, stands, standard, special, (*([node] if node else ()), *(n for n, _ in signs.values() if n is not None)))


def _sign(sources: Sources, row: Row, field: str) -> tuple[Node | None, str]:
    """The cell of a statement's field, and its sign; '' where nothing was filed."""
    place = {name: row[name] for name in ("unit_id", "period", "scope")}
    found = sources.gold("statement", {**place, "field": field})
    if not found:
        return None, ""
    node = figure(sources, found[0])
    value = node.recomputed
    return node, "" if value is None else "+" if value > 0 else "-" if value < 0 else "0"


def _falls(special: Code, value: Decimal | None, signs: Mapping[str, tuple[Node | None, str]]) -> bool:
    given = special.extra
    if any(given[end] and given[end] != signs.get(end, (None, ""))[1] for end in ("top", "bottom")):
        return False
    return not given["at_least"] or (value is not None and value >= Decimal(given["at_least"]))


def _closest(sources: Sources, row: Row, code: Code) -> Code | None:
    """Of the unit's industry and size before those of either, before that of all."""
    record = tree_at(sources, row["period"], MART).records.get(row["unit_id"], {})
    fitting = [s for s in _valid("performance_standard", code, row) if _fits(s, record)]
    return min(fitting, key=lambda s: 2 * (s.extra["industry"] == "*") + (s.extra["size"] == "*"), default=None)


def _fits(standard: Code, record: Mapping[str, Any]) -> bool:
    low, _, high = standard.extra["industry"].partition("-")
    within = low == "*" or low <= str(record.get("industry") or "")[:2] <= (high or low)
    return within and standard.extra["size"] in ("*", record.get("size_class"))


def _valid(name: str, code: Code, row: Row) -> list[Code]:
    return [one for one in code_list(name) if one.extra["indicator"] == code.code and one.valid_on(_end(row))]


def _end(row: Row) -> Any:
    return parse_period(row["period"]).end


def _grade(whole: Decimal | None, day: Any) -> str | None:
    reached = [c for c in code_list("performance_grade") if whole is not None and c.valid_on(day) and whole >= int(c.extra["at_least"])]
    return max(reached, key=lambda c: int(c.extra["at_least"])).code if reached else None


def _weighed(sources: Sources, row: Row) -> Node:
    """Σ score × assets / Σ assets of the single statements below; a unit's own score is a row that can be traced by itself."""
    top, bottom, members = Fraction(0), Fraction(0), []
    below = tree_at(sources, row["period"], MART).below.get(row["unit_id"], {})
    for unit in sorted(below):
        place = {"unit_id": unit, "period": row["period"], "scope": "single"}
        scored = sources.gold(MART, {**place, "kind": "total"})
        filed = sources.gold("statement", {**place, "field": _ASSETS})
        if not scored or scored[0]["score"] is None or not filed:
            continue
        assets = figure(sources, filed[0])
        if assets.recomputed is not None and assets.recomputed > 0:
            weight = Fraction(rounded_to(Fraction(assets.recomputed), 0))
            top, bottom = top + Fraction(scored[0]["score"]) * weight, bottom + weight
            members.append(Node("member", f"{unit} 得分 {scored[0]['score']}", children=(assets,)))
    made = rounded_to(top / bottom, _SCORE) if bottom else None
    return _node(sources, row, made, {"grade": _grade(made, _end(row)), "weight": 100}, members)


def _listed(blocks: Sequence[Block]) -> tuple[Node, ...]:
    return tuple(node for block in blocks for item in block.items for node in item.nodes)


def _mean(total: Decimal, weight: int) -> Fraction | None:
    return Fraction(rounded_to(Fraction(total) / weight, _RATIO)) if weight else None


def _kept(value: Fraction | None, places: int) -> Decimal | None:
    return None if value is None else rounded_to(value, places)
