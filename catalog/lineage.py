"""The declared lineage graph: which column of which form or mart every published column (or indicator) rests on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from catalog.trace.formula import inputs
from schemas.lineage import sources
from schemas.load import indicators, mart

Edge = tuple[str, str, str]


def edges(marts: Iterable[str]) -> Iterator[Edge]:
    """(mart, node, input): a node is a column, in `indicator_value` an indicator too; an input `<form or mart>.<column>`.

    A mart or indicator that is declared no more has none.
    """
    for name in sorted(marts):
        for column in mart(name).columns:
            yield from ((name, column.name, source) for source in sources(column))
        if name == "indicator_value":
            for indicator in indicators():
                yield from ((name, indicator.id, f"statement.{field}") for field in inputs(indicator.formula))
