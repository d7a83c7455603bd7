"""Every reader gives the same thing: an `Opened` file with its `Sheet`s, all cells text, each with its physical place.

A cell that is empty is None. Nothing is trimmed, matched or cast here; that is `intake.typed`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from schemas.address import SheetKind

if TYPE_CHECKING:
    import pyarrow as pa

    from intake.guard import Limits, Unpacked


@dataclass(frozen=True)
class Sheet:
    """One rectangle of text.

    `batches` yields Arrow record batches with `_row` (int32: physical row or line from 1; array index from 0 for JSON and Parquet)
    and text columns `c0`, `c1`, … For these `header` holds the keys (c<i> is header[i]) and `head` the values
    given once for all records; otherwise `header` is None and the header is one of the rows.
    """

    source: str
    kind: SheetKind
    batches: Iterator[pa.RecordBatch]
    header: tuple[str, ...] | None = None
    head: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Opened:
    """A readable file. `reader` is name and version (`xlsx-1`).

    `hints`: what the file says of itself (form, unit, period, revision, supersedes, rows).
    """

    reader: str
    hints: Mapping[str, str]
    sheets: Iterator[Sheet]


class Rejected(Exception):
    """A file that cannot be judged at all. `rule_id` is published (`GRD-ENCRYPTED`); where, why and what to do are Chinese sentences."""

    def __init__(self, rule_id: str, where: str, why: str, todo: str) -> None:
        super().__init__(f"{rule_id} {where}：{why}。{todo}")
        self.rule_id, self.where, self.why, self.todo = rule_id, where, why, todo

    def __reduce__(self) -> tuple[type[Rejected], tuple[str, str, str, str]]:
        return Rejected, (self.rule_id, self.where, self.why, self.todo)


def open_file(path: Path, name: str, limits: Limits | None = None, unpacked: Unpacked | None = None) -> Opened:
    """Opens a report by what it contains; `name` (as sent, without folders) only goes into addresses.

    Raises Rejected, here or while the sheets are read. `unpacked`: of the archives it lies in.
    """
    from intake.guard import LIMITS, check_file
    from intake.readers.kind import kind_of

    limits = limits or LIMITS
    check_file(path, name, limits)
    match kind_of(path, name, limits):
        case "xlsx":
            from intake.readers.xlsx import open_xlsx

            return open_xlsx(path, name, limits)
        case "zip":
            from intake.readers.bundle import open_bundle

            return open_bundle(path, name, limits, unpacked)
        case "json":
            from intake.readers.records import open_records

            return open_records(path, name, limits)
        case "parquet":
            from intake.readers.columnar import open_columnar

            return open_columnar(path, name, limits)
    from intake.readers.delimited import open_delimited

    return open_delimited(path, name, limits)
