"""What warnings of kind row read: whether their declarations can be used, and their share of the mart `warning`'s lineage.

A row warning reads a mart, or a form's records in force: every row for which a line's `when` is true fires at its level.
Names it may use: columns of what it reads, its own `figures`, a line's `values`, `as_of`, `period_end`, `unit_name`,
`period`, `value`, and with `compare` `previous.<column>`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from schemas.column import GRADES, Column
from schemas.contract import Form
from schemas.delivered import Line, Mart, Warning
from schemas.words import mentioned

# An input of the mart `warning` that stands for everything its row warnings read.
READS = "reads"
PLACE = ("unit_id", "period", "scope")
PREVIOUS = "previous"
COMPARES = ("previous", "previous_in_year", "year_end", "year_ago")
# Names that are no columns: of a condition; of a message.
_DAYS = ("as_of", "period_end")
_SAID = (*_DAYS, "unit_name", "period", "value")
_KEYS = {"reads", "where", "when", "value", "figures", "compare"}
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_DOWN = "status"


@dataclass(frozen=True)
class Reading:
    """A row warning and what it reads. `name`, `by_name`: what its predicates may name: columns, and its own figures."""

    warning: Warning
    source: Form | Mart

    @property
    def name(self) -> str:
        return self.source.name

    @cached_property
    def by_name(self) -> Mapping[str, Column]:
        worked = {n: Column(n, n, f.get("type", "ratio"), unit=f.get("unit", "")) for n, f in figures(self.warning).items()}
        return {**self.source.by_name, **worked}


def placeholders(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_PLACEHOLDER.findall(text)))


def figures(warning: Warning) -> Mapping[str, Mapping[str, Any]]:
    """name → {formula, unit, type}: what a warning works out of each row by an indicator's arithmetic."""
    found: Mapping[str, Mapping[str, Any]] = warning.parameters.get("figures", {})
    return found


def columns(warning: Warning, names: Iterable[str], given: Iterable[str] = ()) -> tuple[str, ...]:
    """Columns of what is read behind `names`: those `given` left out, figures taken apart, `previous.` taken off."""
    known, worked = set(given), figures(warning)
    found: list[str] = []
    for name in names:
        plain = name.removeprefix(f"{PREVIOUS}.")
        found += mentioned(worked[plain]["formula"]) if plain in worked else [plain] if name not in known else []
    return tuple(dict.fromkeys(found))


def judged(warning: Warning, source: Form | Mart) -> tuple[str, ...]:
    """Columns that decide whether a row fires."""
    found = columns(warning, mentioned(warning.parameters.get("where", "")), _DAYS)
    for line in warning.lines:
        found += columns(warning, mentioned(line.when), (*_DAYS, *line.values))
    return tuple(dict.fromkeys((*found, *standing(source))))


def told(warning: Warning) -> tuple[str, ...]:
    """Columns whose values stand in the message."""
    return columns(warning, spoken(warning), (*_SAID, *(name for line in warning.lines for name in line.values)))


def spoken(warning: Warning) -> tuple[str, ...]:
    """Placeholders of all messages of the warning."""
    texts = (warning.message, *(line.message for line in warning.lines))
    return tuple(dict.fromkeys(name for text in texts for name in placeholders(text)))


def shown(warning: Warning) -> tuple[str, ...]:
    return columns(warning, [warning.parameters["value"]]) if "value" in warning.parameters else ()


def standing(source: Form | Mart) -> tuple[str, ...]:
    """Columns by which a row is not judged: not due, exempt, or a source that was down."""
    if isinstance(source, Form):
        return (_DOWN,) if source.source == "external" and _DOWN in source.by_name else ()
    return ("maturity",) if "maturity" in source.by_name else ()


def problems(warning: Warning, source: Form | Mart) -> Iterator[str]:
    """What of a row warning's names does not exist, each with its remedy."""
    known = {*source.by_name, "scope"}
    needed = [*judged(warning, source), *told(warning), *shown(warning), "unit_id"]
    missing = [name for name in dict.fromkeys(needed) if name not in known]
    if isinstance(source, Mart) and "period" not in source.by_name:
        missing.append("period")
    if missing:
        yield f"{source.name} 没有列 {'、'.join(missing)}；改正列名，或先在那里声明"
    if unknown := sorted(set(warning.parameters) - _KEYS):
        yield f"parameters 不认识的键 {'、'.join(unknown)}；只能是 {'、'.join(sorted(_KEYS))}"
    if any(not line.when for line in warning.lines):
        yield "每一档都要有 when（写在档上，或写在 parameters 里供各档共用）"
    texts = [warning.parameters.get("where", ""), *(line.when for line in warning.lines), *spoken(warning)]
    if any(f"{PREVIOUS}." in text for text in texts) != ("compare" in warning.parameters):
        yield f"用 {PREVIOUS}.<列> 与写 compare 必须同时出现"
    if warning.parameters.get("compare", COMPARES[0]) not in COMPARES:
        yield f"compare 只能是 {'、'.join(COMPARES)}"


def expanded(made: Mart, reading: Sequence[tuple[Warning, Form | Mart]]) -> Mart:
    """The mart `warning` with what its row warnings read as inputs, and their columns as what its own rest on."""
    names = sorted({source.name for _, source in reading} - set(made.inputs))
    inputs = tuple(n for name in made.inputs for n in (names if name == READS else (name,)))
    return replace(made, inputs=inputs, columns=tuple(_column(c, reading) for c in made.columns))


def _column(column: Column, reading: Sequence[tuple[Warning, Form | Mart]]) -> Column:
    more = [(source, name) for warning, source in reading for name in _rests_on(column.name, warning, source)]
    named = (f"{source.name}.{name}" for source, name in more if name in source.by_name)
    grades = [column.grade, *(source.by_name[name].grade for source, name in more if name in source.by_name)]
    return replace(column, rests_on=tuple(dict.fromkeys((*column.rests_on, *named))), grade=max(grades, key=GRADES.index))


def _rests_on(column: str, warning: Warning, source: Form | Mart) -> tuple[str, ...]:
    match column:
        case "level":
            return judged(warning, source)
        case "message":
            return told(warning)
        case "value":
            return shown(warning)
        case "subject":
            return source.own_key
        case "unit_id" | "period" | "scope":
            return (column,)
        case "maturity":
            return tuple(n for n in standing(source) if n == "maturity")
    return ()


def with_when(line: Line, parameters: Mapping[str, Any]) -> Line:
    """The line with the `when` it shares with the others, where it has none of its own."""
    return line if line.when or "when" not in parameters else replace(line, when=" ".join(parameters["when"].split()))
