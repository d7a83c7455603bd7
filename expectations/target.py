"""The types of the predicate language and the place its SQL is written for.

Decimals are cast before every operation so that both engines compute the same type: DuckDB keeps a sum of
DECIMAL(18, s) at 18 digits and raises where Spark widens; past 38 digits Spark drops decimals where DuckDB raises.
`NUMBER_WIDTH` is the narrowest type DuckDB widens by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Dialect = Literal["duckdb", "spark"]
Kind = Literal["boolean", "text", "date", "money", "ratio", "number", "literal"]
NUMERIC: frozenset[Kind] = frozenset({"money", "ratio", "number", "literal"})
NUMBER_WIDTH = 19
WIDEST = 38


@dataclass(frozen=True)
class Type:
    """`digits` before and `scale` after the point, of a numeric kind; both 0 otherwise."""

    kind: Kind
    digits: int = 0
    scale: int = 0

    @property
    def sql(self) -> str:
        return f"DECIMAL({self.digits + self.scale},{self.scale})"

    @property
    def wide(self) -> Type:
        return Type(self.kind, max(self.digits, NUMBER_WIDTH - self.scale), self.scale)


BOOLEAN, TEXT, DATE = Type("boolean"), Type("text"), Type("date")


@dataclass(frozen=True)
class Target:
    """`aliases`: "" → the record's alias, "previous", "<form>" ("": there is no such record, all of it is NULL); "period_end" → a
    date expression, by default the record's column of that name. `partition`: the columns of the record that make one whole form.
    """

    dialect: Dialect
    aliases: Mapping[str, str]
    partition: tuple[str, ...]

    def name(self, text: str) -> str:
        mark = '"' if self.dialect == "duckdb" else "`"
        return f"{mark}{text.replace(mark, mark * 2)}{mark}"

    def column(self, alias: str, name: str) -> str:
        held = self.aliases[alias]
        return f"{self.name(held)}.{self.name(name)}" if held else "NULL"

    def text(self, value: str) -> str:
        if self.dialect == "duckdb":
            return "'" + value.replace("'", "''") + "'"
        return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"

    @property
    def over(self) -> str:
        return f"OVER (PARTITION BY {', '.join(self.column('', name) for name in self.partition)})"
