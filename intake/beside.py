"""Relation rules in DuckDB: records of a form, those of a file that is not sent yet or all in force, against records beside them.

What `jobs.relations` does on Spark for forms of many records is done here for few, from the same compiled rules; the records
beside are laid under the same aliases.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.compute as pc

from expectations.bodies import KEY, LIST, MEETING, READS, TOPIC, out_of_order
from expectations.circles import closing
from expectations.relations import BEFORE, PAIR, Probe, alias_of, beside_alias, grouped, probes, shared_key
from expectations.slips import NUMBERS, enough, figure_columns, of_findings
from expectations.target import Target
from intake.duck import joined, run
from intake.released import Released, with_scope
from intake.shapes import Shape
from intake.telling import worded
from schemas.calendar import beside, compared_with
from schemas.codes import code_list
from schemas.contract import Form, Rule
from schemas.implied import NIL
from schemas.load import form as load_form
from schemas.period import parse_period

_PLACE = (*PAIR, "_row", "_source", "_cells", "_batch", "_submission", "declared_unit")


def findings(made: Form, staged: pa.Table, header: Mapping[str, Any], released: Released) -> list[dict[str, Any]]:
    """What the night would find between the staged records that were let in and those in force, in the reporter's words."""
    rows = with_scope(Shape(made).to_silver(staged), made)
    said = run(f"SELECT * FROM found WHERE NOT COALESCE(list_contains(broken_rules, '{NIL}'), FALSE)", found=rows)
    if not made.relation_rules or not said.num_rows:
        return []
    broken = enough(made, list(Beside(made, said, released).broken()))
    factors = {code.code: Decimal(code.extra["factor"]) for code in code_list("declared_unit")}
    told = [worded(made, row, header, factors) for row in (*broken, *of_findings(made, broken))]
    return sorted(told, key=lambda f: (f["_row"] or 0, f["rule_id"], f["column"]))


class Held(Protocol):
    """Records in force, of forms `filed`."""

    @property
    def filed(self) -> frozenset[str]: ...

    def records(self, form: Form, units: Collection[str] | None = None, periods: Iterable[str] | None = None) -> pa.Table:
        """Of a form with `scope`, at least those of the units and periods named."""


@dataclass(frozen=True)
class Beside:
    """The relation rules of a form over `rows`, its records with `scope`, each beside what is `held`."""

    form: Form
    rows: pa.Table
    held: Held

    def broken(self) -> Iterator[dict[str, Any]]:
        """Rows of `_PLACE`, rule_id, column, seen, expected, previous, _other_batch."""
        rules = self.form.relation_rules
        made = [p for rule in rules for p in probes(self.form, rule, "duckdb", self._periods, self.held.filed)]
        yield from self._compared(made)
        for rule in rules:
            if rule.kind == "zero_column":
                yield from self._zeros(rule)
            elif rule.kind == "registered" and rule.parameters["registry"] in self.held.filed:
                yield from self._strangers(rule)
            elif rule.kind == "holding_cycle":
                yield from self._circles(rule)
            elif rule.kind == "order_of_bodies" and self.held.filed >= set(READS):
                yield from self._disordered(rule)

    @cached_property
    def _periods(self) -> tuple[str, ...]:
        return tuple(sorted(set(self.rows.column("period").to_pylist())))

    @cached_property
    def _units(self) -> frozenset[str]:
        return frozenset(self.rows.column("unit_id").to_pylist())

    @cached_property
    def _own(self) -> pa.Table:
        """The file's records, with the last day of their period, numbered."""
        ends = _table({"p": list(self._periods), "period_end": [parse_period(p).end for p in self._periods]})
        unit = "" if "declared_unit" in self.form.by_name else "NULL::VARCHAR AS declared_unit, "
        sql = f"SELECT own.*, {unit}e.period_end, row_number() OVER () AS _n FROM own JOIN ends e ON own.period = e.p"
        return run(sql, own=self.rows, ends=ends)

    def _compared(self, made: Sequence[Probe]) -> Iterator[dict[str, Any]]:
        """First which checks are broken for which records, then, for those alone, what is shown."""
        if not made:
            return
        tables, joins = self._joins(" ".join(f"{p.broken} {p.expected} {p.previous} {p.batch}" for p in made))
        flags = ", ".join(f"({p.broken}) IS TRUE AS b{i}" for i, p in enumerate(made))
        answers = joined(f"SELECT r._n AS _n, {flags} FROM r {joins}", tables)
        numbers = answers.column("_n")
        wrong = {index: numbers.filter(answers.column(f"b{index}")).to_pylist() for index in range(len(made))}
        yield from self._shown([(made[index], set(found)) for index, found in wrong.items() if found], joins, tables)

    def _shown(self, wrong: Sequence[tuple[Probe, set[int]]], joins: str, tables: Mapping[str, pa.Table]) -> Iterator[dict[str, Any]]:
        """All at once, of the records that broke anything: each statement lays the records side by side anew."""
        if not wrong:
            return
        columns = []
        for index, (probe, _) in enumerate(wrong):
            shown = {"seen": probe.seen, "expected": probe.expected, "previous": probe.previous}
            columns += [f"CAST({sql} AS VARCHAR) AS {name}_{index}" for name, sql in shown.items()]
            columns.append(f"CAST({probe.batch} AS BIGINT) AS _other_batch_{index}")
        own = tables["r"]
        broken = own.filter(pc.is_in(own.column("_n"), pa.array(sorted(set().union(*(numbers for _, numbers in wrong))), pa.int64())))
        place = ", ".join(f'r."{name}"' for name in (*_PLACE, "_n"))
        told = joined(f"SELECT {place}, {', '.join(columns)} FROM r {joins}", {**tables, "r": broken}).to_pylist()
        for index, (probe, numbers) in enumerate(wrong):
            for row in (r for r in told if r["_n"] in numbers):
                said = {name: row[f"{name}_{index}"] for name in ("seen", "expected", "previous", "_other_batch")}
                yield {**{name: row[name] for name in _PLACE}, **said, "rule_id": probe.rule.id, "column": probe.column}

    def _joins(self, text: str) -> tuple[dict[str, pa.Table], str]:
        """The records beside, by alias, as far as `text` refers to them, and the joins that lay them beside `r`."""
        tables, joins = {"r": self._own}, []
        for compare in (c for c in BEFORE if f'"{c}".' in text):
            tables[compare] = self._earlier(compare)
            joins.append(_join(compare, [*PAIR, *self.form.own_key]))
        sums = grouped(self.form)
        for name in sorted(self.held.filed - {self.form.name}):
            other, alias = load_form(name), alias_of(name)
            keys = shared_key(self.form, other)
            for compare in ("same_period", *BEFORE):
                if f'"{(at := beside_alias(name, compare))}".' in text:
                    tables[at] = self._of(name, compare)
                    joins.append(_join(at, keys))
            if f'"{alias}".' in text:
                target = Target("duckdb", {name: name}, ())
                added = ", ".join(f"{node.grouped(target)} AS {node.name}" for node in sums[name])
                by = ", ".join(f'"{k}"' for k in keys)
                sql = f'SELECT {by}, {added}, max(_batch) AS _batch, max(_step) AS _step FROM "{name}" GROUP BY {by}'
                tables[alias] = run(sql, **{name: self._of(name)})
                joins.append(_join(alias, keys))
        return tables, " ".join(joins)

    def _earlier(self, compare: str) -> pa.Table:
        """The records compared with, under the period of the record that is compared with them."""
        others = ((p, compared_with(self.form.calendar, parse_period(p), compare)) for p in self._periods)
        return self._moved(self.form, [(p, str(other)) for p, other in others if other is not None])

    def _moved(self, form: Form, moves: Sequence[tuple[str, str]]) -> pa.Table:
        """Records of some periods under others: (here, there)."""
        found = self.held.records(form, self._units, {there for _, there in moves})
        places = _table({"here": [here for here, _ in moves], "there": [there for _, there in moves]})
        return run("SELECT f.* REPLACE (m.here AS period) FROM found f JOIN moves m ON f.period = m.there", found=found, moves=places)

    def _of(self, name: str, compare: str = "same_period") -> pa.Table:
        """Another form's records beside: under the period that ends alike, or, of dated ones, those that hold on its last day."""
        other = load_form(name)
        if other.dated:
            return self._dated(other, self._units, compare)
        if compare == "same_period" and other.calendar.kind == self.form.calendar.kind:
            found = self.held.records(other, self._units, self._periods)
        else:
            ending = ((p, beside(self.form.calendar, other.calendar, parse_period(p), compare)) for p in self._periods)
            found = self._moved(other, [(p, str(its)) for p, its in ending if its is not None])
        single = other.scope in other.by_name and not self.form.scope
        return run("SELECT * FROM found WHERE scope = 'single'", found=found) if single else found

    def _dated(self, other: Form, units: frozenset[str] | None, compare: str = "same_period") -> pa.Table:
        found = self.held.records(other, units)
        ends = [(p, at.end) for p in self._periods if (at := compared_with(self.form.calendar, parse_period(p), compare)) is not None]
        days = _table({"here": [p for p, _ in ends], "day": [day for _, day in ends]})
        own = ", ".join(f'f."{n}"' for n in ("unit_id", *other.own_key))
        return run(
            f"SELECT f.* REPLACE (d.here AS period) FROM found f JOIN days d ON f.valid_from <= d.day "
            f"QUALIFY row_number() OVER (PARTITION BY d.here, {own} ORDER BY f.valid_from DESC, f._batch DESC, f._row DESC) = 1 "
            "AND (f.valid_to IS NULL OR f.valid_to > d.day)",
            found=found, days=days,
        )  # fmt: skip

    def _strangers(self, rule: Rule) -> Iterator[dict[str, Any]]:
        known = self._dated(load_form(rule.parameters["registry"]), None)
        sql = (
            "SELECT * FROM r WHERE period IN (SELECT period FROM known) "
            "AND NOT EXISTS (SELECT 1 FROM known k WHERE k.unit_id = r.unit_id AND k.period = r.period)"
        )
        for row in run(sql, r=self._own, known=known).to_pylist():
            yield _alone(row, rule, rule.parameters["column"], row["unit_id"])

    def _circles(self, rule: Rule) -> Iterator[dict[str, Any]]:
        """Lines that close a circle of holdings among all units, the file's lines in place of what its entries held before."""
        owner, share = rule.parameters["owner"], rule.parameters["share"]
        lines = run(
            f'SELECT DISTINCT unit_id, period, "{owner}" FROM (SELECT * FROM r UNION ALL BY NAME SELECT * FROM found f '
            f'ANTI JOIN r USING (unit_id, period, scope)) WHERE "{share}" > 0 AND "{owner}" IS NOT NULL',
            r=self._own, found=self.held.records(self.form),
        )  # fmt: skip
        told = ((row["unit_id"], row["period"], row[owner]) for row in lines.to_pylist())
        closed = set(closing(told, direct=rule.parameters["members"] == "two"))
        for row in self._own.select([*_PLACE, owner]).to_pylist():
            if (row["unit_id"], row["period"], row[owner]) in closed:
                yield _alone(row, rule, owner, row[owner])

    def _disordered(self, rule: Rule) -> Iterator[dict[str, Any]]:
        """Decisions whose bodies met out of the order of their unit's list."""
        meetings, lines = (self.held.records(load_form(name), self._units) for name in (MEETING, TOPIC))
        listed = self._dated(load_form(LIST), self._units)
        told = run(out_of_order("r", "listed", "meetings", "lines"), r=self._own, listed=listed, meetings=meetings, lines=lines)
        broken = {tuple(row.values()) for row in told.to_pylist()}
        for row in self._own.select([*_PLACE, "topic_id", "decided_on"]).to_pylist():
            if tuple(row[name] for name in KEY) in broken:
                yield _alone(row, rule, "decided_on", str(row["decided_on"]))

    def _zeros(self, rule: Rule) -> Iterator[dict[str, Any]]:
        """Columns that are zero for all filers of a record's period, its own new figures in place of its old ones, and alive at that
        time of another year."""
        names = figure_columns(self.form, rule, NUMBERS)
        rows = self._own.to_pylist()
        zero = [n for n in names if any(r[n] == 0 for r in rows)]
        if not zero:
            return
        told = ", ".join(f'bool_and(COALESCE("{n}" = 0, FALSE)) AS "{n}"' for n in zero)
        all_ = self._with_own(zero)
        here = run(f"SELECT period, scope, count(*) AS filers, {told} FROM everyone GROUP BY period, scope", everyone=all_).to_pylist()
        alive = ", ".join(f'bool_and(COALESCE("{n}" <> 0, FALSE)) AS "{n}"' for n in zero)
        there = run(f"SELECT period, scope, {alive} FROM everyone GROUP BY period, scope", everyone=all_).to_pylist()
        for group in (g for g in here if g["filers"] >= int(rule.parameters["filers"])):
            season = (group["period"][4:], group["scope"])
            suspect = [n for n in zero if group[n] and any(t[n] for t in there if (t["period"][4:], t["scope"]) == season)]
            for row in (r for r in rows if (r["period"], r["scope"]) == (group["period"], group["scope"])):
                yield from (_alone(row, rule, name, "0") for name in suspect)

    def _with_own(self, names: Sequence[str]) -> pa.Table:
        key = ", ".join(f'"{n}"' for n in (*PAIR, *self.form.own_key))
        kept = ", ".join([key, *(f'CAST("{n}" AS DECIMAL(28,8)) AS "{n}"' for n in names)])
        same = " AND ".join(f'o."{n}" = f."{n}"' for n in PAIR)
        sql = f"SELECT {kept} FROM found f WHERE NOT EXISTS (SELECT 1 FROM r o WHERE {same}) UNION ALL SELECT {kept} FROM r"
        return run(sql, found=self.held.records(self.form), r=self._own)


def _alone(row: Mapping[str, Any], rule: Rule, column: str, seen: str) -> dict[str, Any]:
    place = {name: row[name] for name in _PLACE}
    return {**place, "rule_id": rule.id, "column": column, "seen": seen, "expected": None, "previous": None, "_other_batch": 0}


def _join(alias: str, keys: Sequence[str]) -> str:
    return f'LEFT JOIN "{alias}" ON ' + " AND ".join(f'r."{k}" = "{alias}"."{k}"' for k in keys)


def _table(columns: Mapping[str, Sequence[Any]]) -> pa.Table:
    kinds = {"period_end": pa.date32(), "day": pa.date32()}
    return pa.table({name: pa.array(list(values), kinds.get(name, pa.string())) for name, values in columns.items()})
