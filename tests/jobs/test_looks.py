"""How far findings look: what a changed record moves lies within it, and no further than it must."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pyarrow as pa
import pytest

from intake.beside import Beside
from intake.released import with_scope
from intake.shapes import Shape
from jobs.looks import by_relations
from schemas.contract import Form
from schemas.load import form, forms
from schemas.period import part_of
from tests.jobs.marts.small import RULES, SLIPS, small_form

REGISTRY = "enterprise_registry"
PERIODS = ("2023-11", "2023-12", "2024-02", "2024-03", "2024-11", "2024-12", "2025-02", "2025-03")
DAYS = ("2020-01-01", "2024-02-10", "2025-03-01")
_PLACE = {"_batch": 1, "_submission": 1, "_row": 2, "_source": "f.csv", "_step": 1, "scope": "single", "declared_unit": "元"}


@dataclass(frozen=True)
class Everything:
    """Records in force of all forms."""

    tables: Mapping[str, pa.Table]

    @property
    def filed(self) -> frozenset[str]:
        return frozenset(self.tables)

    def records(self, form: Form, units: Collection[str] | None = None, periods: Iterable[str] | None = None) -> pa.Table:
        return self.tables[form.name]


def _table(made: Form, rows: Iterable[Mapping[str, Any]]) -> pa.Table:
    schema = with_scope(Shape(made).silver.empty_table(), made).schema
    known = [{name: value for name, value in {**_PLACE, **row}.items() if name in schema.names} for row in rows]
    return pa.Table.from_pylist(known, schema=schema)


def _findings(made: Form, rows: Mapping[tuple[str, str], Mapping[str, Any]], units: Collection[tuple[str, str]]) -> dict[str, set[str]]:
    """Part → what is found in it. `rows`: by unit and period; `units`: of the registry, by unit and first day."""
    registry = [{"unit_id": u, "period": day, "valid_from": date.fromisoformat(day)} for u, day in sorted(units)]
    tables = {made.name: _table(made, rows.values()), REGISTRY: _table(form(REGISTRY), registry)}
    found: dict[str, set[str]] = {}
    for row in Beside(made, tables[made.name], Everything(tables)).broken():
        found.setdefault(part_of(row["period"]), set()).add(str(sorted(row.items(), key=str)))
    return found


def _row(unit: str, period: str, chance: random.Random) -> dict[str, Any]:
    """Round figures, so that they often agree and often are zero."""
    names = [c.name for c in small_form().columns if c.type == "amount"]
    return {"unit_id": unit, "period": period, **{name: chance.choice((0, 1, 10, 100_000)) for name in names}}


@pytest.mark.parametrize(("seed", "without"), [(1, "-"), (2, "ZERO")])
def test_what_a_changed_record_moves_lies_in_parts_that_look_at_it(seed: int, without: str) -> None:
    chance = random.Random(seed)
    made = small_form([name for name in (*(rule["id"] for rule in RULES), *SLIPS) if not name.endswith(without)])
    rows: dict[tuple[str, str], Mapping[str, Any]] = {(u, p): _row(u, p, chance) for u in "AB" for p in PERIODS}
    units = [(unit, chance.choice(DAYS)) for unit in "AB"]
    before, moved = _findings(made, rows, units), 0
    looks = by_relations({made.name: made, REGISTRY: form(REGISTRY)}, {made.name: PERIODS, REGISTRY: DAYS})
    for period in PERIODS:
        changed = dict(rows)
        changed["A", period] = _row("A", period, chance)
        after = _findings(made, changed, units)
        touched = {part for part in {*before, *after} if before.get(part) != after.get(part)}
        assert {part for part in touched if period not in looks[part][made.name]} == set()
        moved += len(touched - {period})
    assert moved
    begins = ("A", "2024-02-10")
    fewer, more = (_findings(made, rows, [("B", DAYS[0]), *added]) for added in ([], [begins]))
    touched = {part for part in {*fewer, *more} if fewer.get(part) != more.get(part)}
    assert touched == {part for part in looks if "2024-02" in looks[part].get(REGISTRY, ()) and part in PERIODS}


def test_a_month_looks_at_the_month_before_the_year_end_and_a_year_ago_and_not_at_what_comes_after() -> None:
    known = {"monthly_finance": ("2023-03", "2024-02", "2024-03", "2024-04", "2024-12", "2025-03")}
    looks = by_relations({f.name: f for f in forms()}, known)
    assert looks["2024-03"]["monthly_finance"] == {"2024-03", "2024-02", "2023-12", "2023-03", "2025-03"}, "整列为零看别年的同月"
    assert "2024-03" not in looks["2024-12"]["monthly_finance"]


def test_another_form_is_looked_at_in_the_period_that_ends_alike_alone() -> None:
    known = {"annual_finance": ("2024",), "monthly_finance": ("2024-11", "2024-12"), "guarantee": ("2024-12",)}
    looks = by_relations({f.name: f for f in forms()}, known)
    assert "2024-12" in looks["2024"]["monthly_finance"] and "2024-11" not in looks["2024"]["monthly_finance"]
    assert looks["2024-12"]["guarantee"] >= {"2024-12"} and looks["2024-11"]["guarantee"] == {"2024-11"}


def test_a_kind_of_rule_that_nobody_told_of_looks_at_everything() -> None:
    made = small_form(["T-COPY"])
    strange = replace(made, rules=tuple(replace(rule, kind="new kind") for rule in made.rules))
    looks = by_relations({"small": strange, REGISTRY: form(REGISTRY)}, {"small": PERIODS, REGISTRY: DAYS})
    assert looks["2024-03"]["small"] >= set(PERIODS) and looks["2024-03"][REGISTRY] == set(map(part_of, DAYS))
