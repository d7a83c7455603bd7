"""Many checks of one shape as one expression: `a1 = p.a1 + b1`, `a2 = p.a2 + b2`, … over arrays of their columns.

A rule for every line of a statement is a hundred copies of one formula. Spark plans an expression node by node, so a
hundred copies cost seconds before the first row; one copy over arrays costs nothing and gives the same answers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

_REFERENCE = re.compile(r"`?\b\w+`?\.`[^`]+`|'[^'\\]*'")


def together(checks: Iterable[str], type_of: Callable[[str], str] = lambda reference: "") -> str:
    """SQL of one array with what each check gives that is not NULL. A check refers to columns as `alias.\\`name\\``.

    `type_of`: the type of a reference; an array has one type, so only checks over columns of the same types go together.
    """
    shapes: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
    for check in checks:
        named = tuple(_REFERENCE.findall(check))
        shape = _REFERENCE.sub("{}", check.replace("{", "{{").replace("}", "}}"))
        shapes.setdefault((shape, *map(type_of, named)), []).append(named)
    arrays = [_over_arrays(shape, found) for (shape, *_), found in shapes.items()]
    return f"filter(concat({', '.join(arrays)}), found -> found IS NOT NULL)"


def references(checks: Iterable[str], alias: str) -> list[str]:
    """Names of the columns that the checks refer to under an alias."""
    found = re.compile(rf"\b{alias}`?\.`([^`]+)`")
    return sorted({name for check in checks for name in found.findall(check)})


def _over_arrays(shape: str, checks: Sequence[tuple[str, ...]]) -> str:
    places = list(zip(*checks, strict=True))
    varying = list(dict.fromkeys(place for place in places if len(set(place)) > 1))
    if not varying:
        return f"array({shape.format(*checks[0])})"
    fields = [f"each.`{varying.index(place)}`" if place in varying else place[0] for place in places]
    zipped = ", ".join(f"array({', '.join(place)})" for place in varying)
    return f"transform(arrays_zip({zipped}), each -> {shape.format(*fields)})"
