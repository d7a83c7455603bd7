"""What judging one file yields; the same for `check`, `land` and the portal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa

JUDGE = "judge-1"
FINDING_SCHEMA = pa.schema(
    [("rule_id", pa.string()), ("severity", pa.string()), ("form", pa.string()), ("unit_id", pa.string()),
     ("period", pa.string()), ("scope", pa.string()), ("_row", pa.int32()), ("column", pa.string()),
     ("address", pa.string()), ("seen", pa.string()), ("expected", pa.string()), ("message", pa.string()),
     ("record", pa.string())]
)  # fmt: skip


@dataclass(frozen=True)
class Identity:
    """What a file is, agreed by its own properties, its manifest and its path.

    `revision` 0: none named. `supersedes`: a receipt, or empty. `arrived` only from a manifest and only used when the
    operator allows it. `rows`: the sender's own count of records, where given. `unit`: the sender, where named.
    """

    form: str
    period: str
    unit: str = ""
    revision: int = 0
    supersedes: str = ""
    rows: int | None = None
    arrived: date | None = None


@dataclass(frozen=True)
class EntryVerdict:
    """`content_hash` over the typed values of the entry's records, addresses left out. `filed` is False for nil records only."""

    unit_id: str
    period: str
    scope: str
    rows: int
    errors: int
    queries: int
    filed: bool
    content_hash: str


@dataclass(frozen=True)
class Judgement:
    """`records` and `findings` have the columns of docs/architecture.md §2; `counts` {rule: {true, false, unknown}};
    `controls` {amount column: sum as text}; `header` {source: {column: position}} of table layouts.

    `verdict`: accepted (all rows silver), partial, returned (all rows quarantined).
    """

    identity: Identity
    reader: str
    contract_hash: str
    verdict: str
    records: pa.Table
    findings: pa.Table
    entries: tuple[EntryVerdict, ...]
    counts: Mapping[str, Mapping[str, int]]
    controls: Mapping[str, str]
    header: Mapping[str, Mapping[str, Any]]

    @property
    def quarantined(self) -> int:
        return int(sum(self.records.column("_quarantined").to_pylist())) if self.records.num_rows else 0
