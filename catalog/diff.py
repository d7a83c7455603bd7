"""What moved between two releases, or because one submission took the place of another: rows and cells, from what to what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
from deltalake import DeltaTable

from catalog import released
from catalog.ledger.ledger import Ledger
from catalog.ledger.values import Refused, ReleaseNote
from catalog.settings import Settings
from catalog.tables import table
from schemas.column import Column
from schemas.load import form, mart, mart_names

# Of a row that came or went, what it says.
_SAYS = ("value", "level", "score", "grade", "message", "maturity")


@dataclass(frozen=True)
class Moved:
    """One cell (or, where `column` is empty, a row that came or went). `key`: `column=value` pairs, as `trace` takes them."""

    table: str
    key: str
    column: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class Diff:
    """`cells`: of the submissions' own records; `radius`: of the marts of the two releases."""

    releases: tuple[int, int]
    cells: tuple[Moved, ...]
    radius: tuple[Moved, ...]


def diff(settings: Settings, before: str, after: str) -> Diff:
    """Of two releases by number, or of two receipts of one form. Raises Refused, released.Cleared, archive.Damaged."""
    ledger = Ledger.open(settings)
    try:
        if before.isdigit() and after.isdigit():
            notes = _release(ledger, int(before)), _release(ledger, int(after))
            return Diff((notes[0].id, notes[1].id), (), tuple(_marts(settings, *notes)))
        return _submissions(settings, ledger, before, after)
    finally:
        ledger.close()


def _release(ledger: Ledger, number: int) -> ReleaseNote:
    found = ledger.release(number)
    if found is None:
        raise Refused(f"没有第 {number} 次发布；guozi status 查看已有的发布")
    return found


def _submissions(settings: Settings, ledger: Ledger, before: str, after: str) -> Diff:
    """The releases are the last without the second submission and the first with it; rows of its units and those above them."""
    rows = {row["receipt"]: row for row in ledger.submissions().to_pylist()}
    missing = [receipt for receipt in (before, after) if receipt not in rows]
    if missing:
        raise Refused(f"没有回执号“{missing[0]}”；比较的是两个发布号，或两个回执号")
    old, new = rows[before], rows[after]
    if old["form"] != new["form"] or not old["form"]:
        raise Refused(f"{before} 与 {after} 不是同一种报表，不能比较")
    cells = tuple(_silver(settings, old["form"], (old["id"], new["id"])))
    entries = [e for e in ledger.entries().to_pylist() if e["submission"] == new["id"] and e["from_seq"] is not None]
    notes = ledger.releases_after(0)
    since = [n for n in notes if entries and _knew(n) >= entries[0]["from_seq"]]
    until = [n for n in notes if entries and _knew(n) < entries[0]["from_seq"]]
    if not since or not until:
        return Diff((until[-1].id if until else 0, since[0].id if since else 0), cells, ())
    units = {e["unit_id"] for e in entries}
    found = _marts(settings, until[-1], since[0], _around(settings, since[0], units))
    return Diff((until[-1].id, since[0].id), cells, tuple(found))


def _knew(note: ReleaseNote) -> int:
    return max(int(m["seq"]) for m in note.marts.values())


def _around(settings: Settings, note: ReleaseNote, units: set[str]) -> set[str]:
    """The units and all above them."""
    if "enterprise_tree" not in note.marts:
        return units
    tree = released.dataset(settings, note.id, "enterprise_tree", note.marts["enterprise_tree"], note.official)
    rows = tree.to_table(columns=["unit_id", "ancestor_id"]).to_pylist()
    return units | {row["ancestor_id"] for row in rows if row["unit_id"] in units}


def _marts(settings: Settings, before: ReleaseNote, after: ReleaseNote, units: set[str] | None = None) -> Iterator[Moved]:
    for name in sorted(before.marts.keys() & after.marts.keys() & set(mart_names())):
        was, now = before.marts[name], after.marts[name]
        if was["content_hash"] != now["content_hash"]:
            old, new = (released.dataset(settings, note.id, name, note.marts[name], note.official) for note in (before, after))
            yield from compare(name, old, new, [c for c in mart(name).columns if not c.run_dependent], units)


def compare(name: str, before: Any, after: Any, columns: Sequence[Column], units: Iterable[str] | None = None) -> Iterator[Moved]:
    """Two tables of the same columns (those that both have), row by row by their key."""
    present = set(before.schema.names) & set(after.schema.names)
    columns = [c for c in columns if c.name in present]
    keys, values = [c.name for c in columns if c.key], [c.name for c in columns if not c.key]
    with duckdb.connect() as connection:
        connection.register("before_rows", before)
        connection.register("after_rows", after)
        only = ""
        if units is not None and "unit_id" in present:
            connection.execute("CREATE TABLE chosen AS SELECT unnest(?::VARCHAR[]) AS unit_id", [sorted(units)])
            only = " WHERE unit_id IN (FROM chosen)"
        rows = connection.execute(_sql(keys, values, only)).fetchall()
    for key, known_before, known_after, *cells in rows:
        yield from _moved(name, key, known_before, known_after, values, cells)


def _sql(keys: Sequence[str], values: Sequence[str], only: str) -> str:
    named = ", ".join(f"'{k}=' || coalesce(\"{k}\"::VARCHAR, '')" for k in keys)
    texts = ", ".join(f'"{v}"::VARCHAR AS "{v}"' for v in values)
    own = f"SELECT concat_ws(' ', {named}) AS key_text{', ' + texts if texts else ''} FROM"
    shown = "".join(f', b."{v}", a."{v}"' for v in values)
    differs = " OR ".join(["b.key_text IS NULL", "a.key_text IS NULL", *(f'b."{v}" IS DISTINCT FROM a."{v}"' for v in values)])
    return f"""WITH b AS ({own} before_rows{only}), a AS ({own} after_rows{only})
        SELECT coalesce(b.key_text, a.key_text) AS k, b.key_text IS NOT NULL, a.key_text IS NOT NULL{shown}
        FROM b FULL JOIN a ON b.key_text = a.key_text WHERE {differs} ORDER BY k"""


def _moved(
    name: str, key: str, known_before: bool, known_after: bool, values: Sequence[str], cells: Sequence[str | None]
) -> Iterator[Moved]:  # fmt: skip
    pairs = {v: (cells[2 * i], cells[2 * i + 1]) for i, v in enumerate(values)}
    if known_before and known_after:
        yield from (Moved(name, key, v, old, new) for v, (old, new) in pairs.items() if old != new)
    else:
        yield Moved(name, key, "", *(_says(pairs, side) if known else None for side, known in enumerate((known_before, known_after))))


def _says(pairs: Mapping[str, tuple[str | None, str | None]], side: int) -> str:
    return " ".join(told for v in _SAYS if v in pairs and (told := pairs[v][side]))


def _silver(settings: Settings, name: str, submissions: tuple[int, int]) -> Iterator[Moved]:
    """Records let in of both submissions, by the form's own key; a submission judged again counts by its last batch."""
    place = table(settings, "silver", name)
    if not DeltaTable.is_deltatable(place.uri, place.options):
        return
    stored = DeltaTable(place.uri, storage_options=place.options).to_pyarrow_dataset()
    sides = []
    for number in submissions:
        rows = stored.to_table(filter=_is("_submission", number))
        last = max(rows["_batch"].to_pylist(), default=0)
        sides.append(rows.filter(_is("_batch", last)))
    yield from compare(name, sides[0], sides[1], form(name).columns)


def _is(column: str, value: int) -> Any:
    import pyarrow.compute as pc

    return pc.field(column) == value
