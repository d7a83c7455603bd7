"""A column of a form or mart, and how its type is stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

ColumnType = Literal[
    "text", "unit", "date", "period", "amount", "sum", "figure", "ratio", "quantity", "integer", "boolean", "code", "list"
]

# The one mapping from a contract's type to storage. For gold: `sum` (of amounts), `figure` (amount, quantity or ratio), `list` (of ids).
SQL_TYPES: Mapping[str, str] = {
    "text": "VARCHAR",
    "unit": "VARCHAR",
    "period": "VARCHAR",
    "code": "VARCHAR",
    "date": "DATE",
    "amount": "DECIMAL(18,4)",
    "sum": "DECIMAL(28,4)",
    "figure": "DECIMAL(28,8)",
    "ratio": "DECIMAL(18,8)",
    "quantity": "DECIMAL(18,6)",
    "integer": "BIGINT",
    "boolean": "BOOLEAN",
    "list": "BIGINT[]",
}
GRADES = ("一般", "重要", "核心")
# Characters of a unit's id; what is longer names no unit (and no index of the ledger's could hold it).
LONGEST_UNIT = 64


@dataclass(frozen=True)
class Column:
    """One column of a form or mart. `header` is what stands in a file, `label` what a person reads.

    A column of a card's grid has `item` and `measure`; its name is `<item>_<measure>`.
    `prefix` makes an id of a bare code (`sse:` + 600600). `percent`: filed in %, stored as a fraction.
    `rests_on` (marts): inputs as `<form or mart>.<column>`. `formula` (marts): arithmetic over other columns of the same row.
    """

    name: str
    label: str
    type: ColumnType
    header: str = ""
    synonyms: tuple[str, ...] = ()
    codes: str = ""
    required: bool = False
    key: bool = False
    unit: str = ""
    grade: str = "一般"
    owner: str = ""
    item: str = ""
    measure: str = ""
    percent: bool = False
    prefix: str = ""
    personal: bool = False
    run_dependent: bool = False
    description: str = ""
    rests_on: tuple[str, ...] = ()
    formula: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """Every text that may head this column in a file."""
        return tuple(dict.fromkeys((self.header or self.label, self.label, self.name, *self.synonyms)))
