"""What published rows keep of a submission that was purged: told by the batch they name, else by unit, period and lineage.

Rows that name one of its batches go. Where a row names none, cells of columns that are declared to rest on its form are
blanked in the rows of its unit and period (and a year later: growth). Sums over several units stay: they were published.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

import pyarrow as pa
import pyarrow.compute as pc

from catalog.ledger.ledger import Ledger
from catalog.ledger.purges import Purged
from catalog.lineage import edges
from catalog.released import Less
from schemas.declared import once_per_set
from schemas.delivered import Mart
from schemas.lineage import sources
from schemas.load import form, mart, mart_names, measures
from schemas.period import Period, parse_period

BATCHES = ("_batch", "_other_batch", "_batches")
AGGREGATE = "aggregate"
_LONG = {"indicator_value": "indicator_id"}  # marts whose lineage is known by row: the column that says by which


@dataclass(frozen=True)
class Stood:
    """An entry of it and the events between which its figures counted."""

    unit_id: str
    period: str
    first: int
    last: int | None


@dataclass(frozen=True)
class Vestige:
    """`dated`: its records hold until others take their place, so that later periods rest on them too."""

    form: str
    batches: tuple[int, ...]
    stood: tuple[Stood, ...]
    dated: bool

    def touches(self, name: str) -> bool:
        """Whether some version of a mart may have something of it."""
        return bool(self.stood) and (self._by_batch(mart(name)) or name in _resting(self.form))

    def less(self, name: str, seq: int) -> Less | None:
        """What leaves of the rows of a mart that knew the ledger up to event `seq` nothing of it; None where nothing is in it."""
        places = {(s.unit_id, s.period) for s in self.stood if s.first <= seq and (s.last is None or seq < s.last)}
        if not places or not self.touches(name):
            return None
        made, nodes = mart(name), _resting(self.form).get(name, set())
        if self._by_batch(made):
            return self._unnamed
        return lambda rows: self._blanked(made, nodes, places, self._unnamed(rows))

    def _by_batch(self, made: Mart) -> bool:
        """Whether rows that rest on records of the form name their batch."""
        return any(f"{self.form}.{BATCHES[0]}" in sources(c) for c in made.columns if c.name in BATCHES)

    def _unnamed(self, rows: pa.RecordBatch) -> pa.RecordBatch:
        for name in set(BATCHES) & set(rows.schema.names):
            column, ours = rows[name], set(self.batches)
            if pa.types.is_list(column.type):
                named = pa.array([not ours.isdisjoint(batches or ()) for batches in column.to_pylist()], pa.bool_())
            else:
                named = pc.is_in(column, pa.array(self.batches, column.type))
            rows = rows.filter(pc.invert(named))
        return rows

    def _blanked(self, made: Mart, nodes: set[str], places: set[tuple[str, str]], rows: pa.RecordBatch) -> pa.RecordBatch:
        about = pa.array([self._about(places, row) for row in _placed(rows)], pa.bool_())
        if made.name in _LONG:
            about = pc.and_(about, pc.is_in(rows[_LONG[made.name]], pa.array(sorted(nodes))))
        if not pc.any(about).as_py():
            return rows
        for name in (c.name for c in made.columns if c.name in nodes and not c.key and c.name in rows.schema.names):
            at = rows.schema.get_field_index(name)
            nothing = pa.nulls(rows.num_rows, rows.schema.field(at).type)
            rows = rows.set_column(at, rows.schema.field(at), pc.if_else(about, nothing, rows[name]))
        return rows

    def _about(self, places: set[tuple[str, str]], row: Mapping[str, str]) -> bool:
        if row.get("scope") == AGGREGATE:
            return False
        of_unit = (period for unit, period in places if unit == row.get("unit_id"))
        return any("period" not in row or _reaches(period, row["period"], self.dated) for period in of_unit)


def vestige(ledger: Ledger, what: Purged) -> Vestige:
    entries = ledger.entries()
    ours = entries.filter(pc.equal(entries["submission"], what.submission)).to_pylist()
    stood = tuple(Stood(e["unit_id"], e["period"], e["from_seq"], e["to_seq"]) for e in ours if e["from_seq"] is not None)
    return Vestige(what.form, what.batches, stood, bool(what.form) and form(what.form).dated)


def _placed(rows: pa.RecordBatch) -> Iterable[Mapping[str, str]]:
    found: list[Mapping[str, str]] = rows.select([n for n in ("unit_id", "period", "scope") if n in rows.schema.names]).to_pylist()
    return found


@cache
def _reaches(filed: str, told: str, dated: bool) -> bool:
    """Whether a row of period `told` can rest on what was filed for `filed`: yes where one of them is no period."""
    try:
        one, other = parse_period(filed), parse_period(told)
    except (TypeError, ValueError):
        return True
    return _overlap(one, other) or _overlap(one, other.year_ago()) or (dated and other.end >= one.start)


def _overlap(one: Period, other: Period) -> bool:
    return one.start <= other.end and other.start <= one.end


@once_per_set
def _resting(of: str) -> Mapping[str, set[str]]:
    """Mart → its columns (and indicators, measures) that rest on the form, through other marts too, as declared now."""
    graph = [*edges(mart_names()), *(("measure", m.id, f"{m.form}.*") for m in measures())]
    nodes: defaultdict[str, set[str]] = defaultdict(set)
    for name, node, _ in graph:
        nodes[name].add(node)
    found: defaultdict[str, set[str]] = defaultdict(set)
    while more := {(n, node) for n, node, source in graph if node not in found[n] and _rests(source, of, nodes, found)}:
        for name, node in more:
            found[name].add(node)
    return {name: found[name] for name in nodes if found[name]}


def _rests(source: str, of: str, nodes: Mapping[str, set[str]], found: Mapping[str, set[str]]) -> bool:
    """A name that is no node of its mart (`*`, an item of a statement) stands for all of it."""
    name, _, node = source.partition(".")
    known = found.get(name, set())
    return name == of or node in known or (bool(known) and node not in nodes.get(name, set()))
