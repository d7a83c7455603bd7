"""What a mart's column is declared to rest on, with `forms.<column>` and `measured.<column>` written out.

`forms.<column>` stands for that column of every form that relation rules look at, the rules' own and those they
mention; `measured.<column>` for that of every form or mart that a measure reads; `reconciled.<column>` for that of every
form or mart that is compared; `*` for all of their columns. The period of an event is its day.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from schemas.column import Column
from schemas.contract import Form
from schemas.declared import once_per_set
from schemas.load import form, form_names, measured, readable, reconciled

_NAMED = re.compile(r"\b([a-z_]+)\.[a-z_]")
_PLACE = ("_row", "_cells", "_batch", "_submission")


def sources(column: Column) -> tuple[str, ...]:
    """`<form or mart>.<column>` of everything the column rests on."""
    return tuple(made for source in column.rests_on for made in _written_out(source))


def _written_out(source: str) -> Iterator[str]:
    name, _, column = source.partition(".")
    groups = {"forms": _related, "measured": measured, "reconciled": reconciled}
    if name not in groups:
        yield source
        return
    for made in map(readable, groups[name]()):
        own = made.period_from if isinstance(made, Form) and column == "period" and made.period_from != "submission" else column
        if own == "*" or (own in _PLACE and isinstance(made, Form)) or own in made.by_name:
            yield f"{made.name}.{own}"


@once_per_set
def _related() -> tuple[str, ...]:
    names = frozenset(form_names())
    own = {name for name in names if form(name).relation_rules}
    return tuple(sorted(own.union(*(_mentioned(form(name)) for name in own)) & names))


def _mentioned(made: Form) -> set[str]:
    texts = (text for rule in made.relation_rules for check in rule.checks for text in (check.predicate, check.expected))
    told = (str(value) for rule in made.relation_rules for value in rule.parameters.values())
    return {*(name for text in texts for name in _NAMED.findall(text)), *told}
