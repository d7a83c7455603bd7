"""A mart's document in `schemas/marts/` → Mart."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from schemas.column import Column
from schemas.delivered import Again, Mart
from schemas.form_document import column_name, parse_column
from schemas.reading import ContractError, Reader, check_head, check_unique

_BY_PERIOD = ("", "own", "compared", "related", "reconciled", "whole")


def parse_mart(document: Mapping[str, Any], where: str, groups: Mapping[str, Callable[[], Iterable[str]]]) -> Mart:
    """`groups`: what stands for several inputs, each by its name. Raises ContractError."""
    check_head(document, where)
    own = Reader(f"{where} guozi", document["guozi"])
    table = document["schema"][0]
    owner = own.take("owner")
    columns = tuple(parse_column(f"{where} {column_name(p)}", p, owner, "一般") for p in table["properties"])
    check_unique(where, [c.name for c in columns], "列")
    unknown = {name for c in columns for name in re.findall(r"[a-z_]\w*", c.formula)} - {c.name for c in columns}
    if unknown:
        raise ContractError(f"{where}：公式里的 {'、'.join(sorted(unknown))} 不是本表的列；公式只能用本表的列，请改正")
    inputs = tuple(name for given in own.take("inputs") for name in (groups[given]() if given in groups else (given,)))
    found_by = _found_by(where, own.take("found_by", {}), inputs, columns)
    made = Mart(table["name"], document["name"], own.take("grain"), owner, columns, inputs,
                document["description"]["purpose"], tuple(own.take("codes", ())), own.take("by_period", ""), found_by,
                _again(where, own.take("again", ()), columns), document)  # fmt: skip
    own.done()
    if made.by_period not in _BY_PERIOD:
        raise ContractError(f"{where}：by_period 只能是 {'、'.join(filter(None, _BY_PERIOD))}，现在是“{made.by_period}”")
    return made


def _found_by(
    where: str, given: Mapping[str, Mapping[str, Any]], inputs: Iterable[str], columns: Iterable[Column]
) -> dict[str, dict[str, str | tuple[str, ...]]]:
    """A list stands for any of its constants."""
    made = {name: {key: tuple(v) if isinstance(v, list) else v for key, v in by.items()} for name, by in given.items()}
    own = {value for by in made.values() for value in by.values() if isinstance(value, str) and not value.startswith("=")}
    stray = [*made.keys() - set(inputs), *own - {column.name for column in columns}]
    if stray:
        raise ContractError(f"{where} found_by：{'、'.join(sorted(stray))} 不是本表的输入或列；请核对")
    return made


def _again(where: str, given: Iterable[Mapping[str, Any]], columns: Iterable[Column]) -> tuple[Again, ...]:
    made = tuple(Again(entry["columns"], entry.get("where", {}), tuple(entry.get("among", ()))) for entry in given)
    named = {name for one in made for name in (*one.columns, *one.where, *one.among)}
    named |= {name for one in made for text in one.columns.values() for name in re.findall(r"\brow\.(\w+)", text)}
    if stray := named - {c.name for c in columns} - {"period_end", "as_of"}:
        raise ContractError(f"{where} again：{'、'.join(sorted(stray))} 不是本表的列；请核对")
    return made
