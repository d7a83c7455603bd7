"""What goes to a judging child and what comes back. Imported on both sides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from intake.readers import Rejected

if TYPE_CHECKING:  # a parent starts its children before it imports pyarrow itself
    from intake.judgement import EntryVerdict, Identity


@dataclass(frozen=True)
class PoolLimits:
    """Of one child (`memory`, bytes of address space) and of one file: seconds of CPU, and of waiting, plus so many a MiB."""

    memory: int = 1_500_000_000
    cpu_seconds: int = 60
    wall_seconds: int = 240
    seconds_per_mib: int = 4


@dataclass(frozen=True)
class Request:
    """`out_stem` None: nothing is written (the tables are lost, the verdict stays)."""

    id: int
    path: Path
    name: str
    manifest_entry: Mapping[str, Any] | None
    path_hints: Mapping[str, str]
    out_stem: Path | None


@dataclass(frozen=True)
class Judged:
    """A Judgement without its tables, which lie in `<out_stem>.arrow` and `<out_stem>.findings.arrow` under these hashes.

    `seconds`: processor seconds of the child, an equal share of what files of one form were judged in together.
    """

    identity: Identity
    reader: str
    contract_hash: str
    verdict: str
    entries: tuple[EntryVerdict, ...]
    counts: Mapping[str, Mapping[str, int]]
    controls: Mapping[str, str]
    header: Mapping[str, Mapping[str, Any]]
    silver_rows: int
    quarantine_rows: int
    staged_sha256: str = ""
    findings_sha256: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class Failed:
    """An error of ours: its kind and where it arose, no message, since a message may quote a row.

    `contract`: what is wrong with the contract, where that is the error; such a message quotes no row.
    """

    kind: str
    frames: tuple[str, ...]
    contract: str = ""

    def __str__(self) -> str:
        if self.contract:
            return f"合同有误，没有审核：{self.contract}"
        return f"{self.kind}：{' ← '.join(reversed(self.frames))}"


Pile = tuple[Request, ...]
Outcome = Judged | Rejected | Failed


@dataclass(frozen=True)
class Result:
    request: Request
    outcome: Outcome
