"""Columns of a mart worked out once more from the cells: what follows from a row's own record, and sums over what is under it.

Told by `again` in the mart's declaration, in DuckDB's SQL: `<form>.<column>` is the record of the row's key, or in an aggregate
every record that is the row's; `<mart>.<column>` the released rows, of the mart itself or of an input, that share what
`among` names; `row.<column>` the row itself, with `row.period_end` and `row.as_of`; `{column}` the row's value as text; `parameter` and
`workdays` as in rules.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import partial
from threading import get_ident
from typing import Any

import pyarrow as pa

from catalog.trace.cells import read_cell
from catalog.trace.node import Node, compared
from catalog.trace.predicate import engine, with_lines
from catalog.trace.record import record_node, records_in_force
from catalog.trace.source import Row, Sources
from catalog.trace.tree import Tree, tree_at
from schemas.column import SQL_TYPES, Column
from schemas.contract import Form
from schemas.delivered import Again, Mart
from schemas.load import form as load_form
from schemas.load import form_names, mart_names
from schemas.load import mart as load_mart
from schemas.period import parse_period

MOST = 200  # records whose cells are read again; of more, the others count as silver holds them, and the trace says so
_SHOWN = 40
_NAME = re.compile(r"\b([a-z_]+)\.([a-z_][a-z0-9_]*)")
_AGGREGATE = re.compile(r"\b(?:SUM|COUNT|MIN|MAX|ARG_MAX)\(")
_WIDE = Context(prec=60)
_PLACE = ("unit_id", "period", "scope", "_batch", "_row")


def again(sources: Sources, mart: Mart, row: Row) -> Iterator[Node]:
    """A node a column, then the records they are worked out from."""
    basis: dict[tuple[str, bool], dict[str, None]] = {}
    for entry in mart.again:
        if all(row[name] == value for name, value in entry.where.items()):
            for name, text in entry.columns.items():
                yield _column(sources, mart, row, mart.by_name[name], entry, " ".join(text.format_map(row).split()), basis)
    for (name, folded), columns in basis.items():
        form = load_form(name)
        for record in _records(sources, mart, row, form, folded)[:_SHOWN]:
            yield record_node(sources, form, record, [c for c in columns if c in form.by_name], mart.name)


def _column(
    sources: Sources, mart: Mart, row: Row, column: Column, entry: Again, text: str, basis: dict[tuple[str, bool], dict[str, None]]
) -> Node:
    """`basis`: form and whether all its records count → the columns looked at, which is filled here."""
    told, facts = _told(sources, mart, row), {}
    name = next((owner for owner, _ in _NAME.findall(text) if owner in form_names() or owner in mart_names()), "")
    if not name:
        made = _answer(f"SELECT {text}", told, None)
    elif name in mart_names():
        rows = _released(sources, load_mart(name), row, entry)
        made = _answer(f"SELECT {text} FROM records AS {name}", told, rows)
        facts = {"行": str(rows.num_rows)}
    else:
        form, folded = load_form(name), bool(_AGGREGATE.search(text))
        found = _records(sources, mart, row, form, folded)
        wanted = dict.fromkeys(column for owner, column in _NAME.findall(text) if owner == name)
        basis.setdefault((name, folded), {}).update(wanted)
        made = _answer(f"SELECT {text} FROM records AS {name}", told, _reread(sources, form, found, [*wanted]))
        facts = {"记录": str(len(found))} | ({"说明": f"前 {MOST} 条逐格重读，其余按明细层计算"} if len(found) > MOST else {})
    return compared("value", f"{column.label} = {text}", row[column.name], _stored(column, made), facts=facts)


def _released(sources: Sources, beside: Mart, row: Row, entry: Again) -> pa.Table:
    """Rows of the release, each of which is traced by itself."""
    shared = {name: row[name] for name in entry.among}
    found = sources.once(("again", beside.name, tuple(shared.items())), lambda: sources.gold(beside.name, shared))
    return pa.table({c.name: pa.array([r[c.name] for r in found], _arrow(c)) for c in beside.columns})


def _told(sources: Sources, mart: Mart, row: Row) -> dict[str, Any]:
    return {**row, "period_end": parse_period(str(row["period"])).end, "as_of": date.fromisoformat(sources.as_of(mart.name))}


def _answer(sql: str, row: Mapping[str, Any], records: pa.Table | None) -> Any:
    """The first row's only value; None where there is no row."""
    sql = with_lines(sql)
    bound = {name: row[name] for owner, name in _NAME.findall(sql) if owner == "row"}
    asked = engine(get_ident())
    if records is not None:
        asked.register("records", records)
    found = asked.execute(_NAME.sub(lambda n: f"${n[2]}" if n[1] == "row" else n[0], sql), bound).fetchone()
    return None if found is None else found[0]


def _records(sources: Sources, mart: Mart, row: Row, form: Form, folded: bool) -> list[Row]:
    """The row's own record; `folded`: those of all its units, of its period, of events and dated records of any."""
    given = {key: by for key, by in mart.found_by.get(form.name, {}).items() if isinstance(by, str)}
    period = {} if form.calendar.kind == "day" else {"period": row[given.get("period", "period")]}
    if not folded:
        keys = {key: row[given.get(key, key)] for key in ("unit_id", "period", *form.own_key)}
        return records_in_force(sources, form, keys, mart.name)[-1:]
    units, scopes = _units(sources, mart, row, form)
    known = [r for unit in units for r in records_in_force(sources, form, {"unit_id": unit, **period}, mart.name)]
    return [r for r in known if not scopes or r[form.scope] in scopes]


def _units(sources: Sources, mart: Mart, row: Row, form: Form) -> tuple[list[str], tuple[str, ...]]:
    """Whose records are the row's, and of a form with scopes which: a node's are those of the units below it."""
    own, scoped = [row["unit_id"]], form.scope in form.by_name
    if "scope" not in mart.key:
        return (_consolidated(tree_at(sources, row["period"], mart.name), row["unit_id"]), ()) if scoped else (own, ())
    if row["scope"] in ("", "single") or (scoped and row["scope"] == "consolidated"):
        return own, (row["scope"],) if scoped else ()
    below = tree_at(sources, row["period"], mart.name).below.get(row["unit_id"], {})
    return sorted(below), ("single", "difference") if scoped else ()


def _consolidated(tree: Tree, head: str) -> list[str]:
    """The head and all below it with nobody on the way, themselves included, who is not consolidated."""
    below = tree.below.get(head, {})
    ways = {unit: tree.line(unit)[: below[unit]] for unit in below}
    return sorted(u for u, way in ways.items() if all(tree.records[step]["is_consolidated"] for step in way))


def _reread(sources: Sources, form: Form, found: Sequence[Row], names: Sequence[str]) -> pa.Table:
    """The columns named, as the cells say them; a column that the file leaves to its submission as silver holds it."""
    columns = [form.by_name.get(name) or Column(name, name, "text") for name in names]  # an event's period is no column of its form
    rows = [_cells(sources, form, record, names) if n < MOST else record for n, record in enumerate(found)]
    values = [pa.array([_typed(c, r[c.name]) for r in rows], _arrow(c)) for c in columns] or [pa.array([True] * len(rows), pa.bool_())]
    return pa.table(values, names=list(names) or ["there"])


def _cells(sources: Sources, form: Form, record: Row, names: Sequence[str]) -> dict[str, Any]:
    def said(name: str) -> Any:
        if name not in form.by_name:
            return record[name]
        cell = read_cell(sources, form, record, name)
        return cell.value if cell.address else record.get(name)

    place = tuple(record.get(name) for name in _PLACE)
    return {name: sources.once(("again", form.name, place, record["_source"], name), partial(said, name)) for name in names}


def _typed(column: Column, value: Any) -> Any:
    return int(value) if isinstance(value, Decimal) and SQL_TYPES[column.type] == "BIGINT" else value


def _arrow(column: Column) -> pa.DataType:
    plain = {"VARCHAR": pa.string(), "DATE": pa.date32(), "BOOLEAN": pa.bool_(), "BIGINT": pa.int64()}
    kept = SQL_TYPES[column.type]
    digits = re.findall(r"\d+", kept)
    return pa.decimal128(int(digits[0]), int(digits[1])) if kept.startswith("DECIMAL") else plain[kept]


def _stored(column: Column, value: Any) -> Any:
    """Rounded as the column keeps it."""
    digits = re.findall(r"\d+", SQL_TYPES[column.type]) if SQL_TYPES[column.type].startswith("DECIMAL") else []
    if value is None or isinstance(value, bool) or not digits:
        return value
    return Decimal(str(value)).quantize(Decimal(1).scaleb(-int(digits[1])), ROUND_HALF_UP, _WIDE)
