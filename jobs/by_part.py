"""What each part of a mart by period is computed from, as one hash, and which parts of its inputs it needs read."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from jobs.inputs import Parameters
from jobs.known import ENTRY, Known, table_hash
from jobs.looks import by_relations
from jobs.parts import REST, reached
from schemas.delivered import Mart
from schemas.freeze import contract_hash, digest, plain
from schemas.period import part_of

Split = Mapping[str, str]


def by_part(known: Known, made: Mart, upstream: Mapping[str, Split]) -> tuple[dict[str, str], dict[str, frozenset[str]]]:
    """Part → hash of all it is computed from, and part → parts of the inputs that it needs.

    `upstream`: mart by period → part → what tells its rows. Of everything else that has no parts, a part takes the whole.
    """
    split: dict[str, Split] = {}
    whole: dict[str, str] = {}
    for name in known.given(made):
        parts = upstream[name] if name in upstream else _split(known, made, name)
        if parts is None:
            whole[name] = known.lists if name == "parameters" else known.parts[made.name]["inputs"][name]
            continue
        split[name] = parts
        if name in known.parameters.forms:
            whole[name] = contract_hash(name)
    found = {part for parts in split.values() for part in parts} - {REST}
    looks = looked_at(made, known.parameters, found, split)
    rest = {name: parts.get(REST) for name, parts in split.items()}
    base = digest([plain(made), known.parts[made.name]["code"], whole, rest])
    now = {
        part: digest([base, {n: {q: parts.get(q) for q in sorted(looks[part].get(n, {part}))} for n, parts in split.items()}])
        for part in found
    }
    return {**now, REST: digest([base, sorted(found), plain(dict(known.parameters.asked))])}, reach(looks)


def by_comparison(known: Known, made: Mart) -> dict[str, str]:
    """Number of a comparison → hash of all it is computed from: both its sources, and which periods are known of them."""
    base = digest([plain(made), known.parts[made.name]["code"], known.lists])
    periods = known.parameters.periods
    months = digest(known.parameters.tree_periods())

    def told(source: str) -> list[object]:
        return [known.parts[made.name]["inputs"][source], list(periods[source]) if source in periods else months]

    return {one.id: digest([base, told(one.left.source), told(one.right.source)]) for one in known.parameters.reconciliations}


def looked_at(
    made: Mart, parameters: Parameters, parts: Collection[str], inputs: Collection[str]
) -> dict[str, Mapping[str, Collection[str]]]:  # fmt: skip
    """Part → input → its parts that the rows of the part follow from; of an input that is not named its own part."""
    match made.by_period:
        case "related":
            found = by_relations(parameters.forms, {name: its for name, its in parameters.periods.items() if its})
            return {part: found.get(part, {}) for part in parts}
        case "compared":
            found_by = reached(parts, parameters.forms, parameters.periods)
            return {part: dict.fromkeys(inputs, found_by[part]) for part in parts}
    return {part: {} for part in parts}


def reach(looks: Mapping[str, Mapping[str, Collection[str]]]) -> dict[str, frozenset[str]]:
    return {part: frozenset({part}).union(*looked.values()) for part, looked in looks.items()}


def _split(known: Known, made: Mart, name: str) -> Split | None:
    """Part of an input → hash of what it is; None where it has none.

    A dated form has parts where relation rules look at it, which look no further than the day. What is read of batches are those
    that the entries of a part name, and a batch is frozen.
    """
    form, related = known.parameters.forms.get(name), made.by_period == "related"
    if name == "entry":
        return _by_part(known.entry, known.entry["period"])
    if form is not None and (related or not form.dated):
        stands = known.standing.filter(pc.equal(known.standing["form"], name))
        return _by_part(stands.select(ENTRY), stands["period"])
    if related and name == "explanations":
        return _by_part(known.explained, known.explained["period"])
    return {} if related and name == "batch" else None


def _by_part(rows: pa.Table, periods: pa.ChunkedArray) -> dict[str, str]:
    encoded = periods.combine_chunks().dictionary_encode()
    named = pa.array([part_of(period) for period in encoded.dictionary.to_pylist()], pa.string()).take(encoded.indices)
    return {part: table_hash(rows.filter(pc.equal(named, part))) for part in pc.unique(named).to_pylist()}
