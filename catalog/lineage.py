"""The declared lineage graph: which column of which form or mart every published column (or indicator) rests on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from catalog.trace.formula import inputs
from catalog.trace.measured import columns
from schemas.lineage import sources
from schemas.load import indicators, mart, measures

Edge = tuple[str, str, str]


def edges(marts: Iterable[str]) -> Iterator[Edge]:
    """(mart, node, input): a node is a column, in `indicator_value` an indicator and in `measure` a measure too; an input
    `<form or mart>.<column>`, of an indicator `measure.<measure>`. A mart or indicator that is declared no more has none.
    """
    for name in sorted(marts):
        for column in mart(name).columns:
            yield from ((name, column.name, source) for source in sources(column))
        if name == "indicator_value":
            known = {m.id for m in measures()}
            found = {(i.id, item) for i in indicators() for item in inputs(i.formula)}
            yield from ((name, node, f"{'measure' if item in known else 'statement'}.{item}") for node, item in sorted(found))
        if name == "measure":
            yield from ((name, m.id, f"{m.form}.{column}") for m in measures() for column in columns(m))
