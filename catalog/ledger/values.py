"""What is written to the ledger, as frozen values: the arguments and answers of `Ledger`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


class Refused(ValueError):
    """The ledger refuses a request; the message says why and what to do. Nothing was written."""


class Fenced(RuntimeError):
    """The lease under which gold is written has passed on; nothing was written. The one who has it now goes on."""


def named(by: str, reason: str) -> None:
    """Raises Refused unless a decision says who makes it and why."""
    if not by.strip() or not reason.strip():
        raise Refused("决定必须写明由谁作出（--by）和理由（--reason）")


@dataclass(frozen=True)
class Arrival:
    """A file whose bytes are archived. `name`: path below incoming/; `origin`: see `models.Submission`.

    `manifest_entry` and `path_hints` are what the manifest and the path say of it, kept in the journal so that
    the judging can be repeated. `refusal` (rule_id, where, message, todo): it is refused before anybody reads it.
    """

    sha256: str
    size: int
    name: str
    received_on: str
    manifest: str = ""
    origin: str = ""
    manifest_entry: Mapping[str, Any] = field(default_factory=dict)
    path_hints: Mapping[str, str] = field(default_factory=dict)
    refusal: tuple[str, str, str, str] | None = None


@dataclass(frozen=True)
class Received:
    """A submission that waits for its judging."""

    id: int
    receipt: str
    sha256: str
    name: str
    manifest_entry: Mapping[str, Any]
    path_hints: Mapping[str, str]


@dataclass(frozen=True)
class Rejection:
    """A submission that cannot be judged. `rule_id` is published; the other texts are Chinese sentences."""

    submission: int
    rule_id: str
    where: str
    message: str
    todo: str
    form: str = ""
    period: str = ""


@dataclass(frozen=True)
class Judging:
    """What makes a batch: one submission judged under one contract by one judge."""

    submission: int
    form: str
    period: str
    contract_hash: str
    judge: str


@dataclass(frozen=True)
class Claim:
    """The ledger's answer to a Judging: the batch's number; `known` when that batch is recorded already;
    `duplicate_of` the receipt of the submission that said the same before (then there is no batch)."""

    judging: Judging
    batch: int = 0
    known: bool = False
    duplicate_of: str = ""


@dataclass(frozen=True)
class EntryRecord:
    """What a batch says of one (unit, period, scope). `rows`: its rows in silver; `filed` False: nothing but keys."""

    unit_id: str
    period: str
    scope: str
    rows: int
    errors: int
    queries: int
    filed: bool
    content_hash: str


@dataclass(frozen=True)
class BatchRecord:
    """A judging whose staged files are in place. Columns as in `models.Batch`."""

    batch: int
    judging: Judging
    reader: str
    verdict: str
    sender: str
    revision: int
    supersedes: str
    staged_sha256: str
    findings_sha256: str
    rows: int
    silver_rows: int
    quarantine_rows: int
    sender_rows: int | None
    header: Mapping[str, Any]
    counts: Mapping[str, Any]
    controls: Mapping[str, str]
    entries: tuple[EntryRecord, ...]


@dataclass(frozen=True)
class FrozenBatch:
    """A batch as a load sees it. `bronze`: this batch writes its submission's bronze rows (the first of its reader)."""

    id: int
    submission: int
    form: str
    contract_hash: str
    reader: str
    staged_sha256: str
    findings_sha256: str
    rows: int
    silver_rows: int
    quarantine_rows: int
    sender_rows: int | None
    state: str
    load: int
    bronze: bool


@dataclass(frozen=True)
class FrozenLoad:
    id: int
    form: str
    sha256: str
    batches: tuple[FrozenBatch, ...]


@dataclass(frozen=True)
class MartVersion:
    """What gold holds of one mart; columns as in `models.MartState`."""

    mart: str
    fingerprint: str
    version: int
    rows: int
    content_hash: str
    state: str
    seq: int
    as_of: str
    declared: str = ""
    fence: int = 0


@dataclass(frozen=True)
class ReleaseNote:
    """A release: `marts`, `official` as in `models.Release`; `held`: marts kept at an earlier version or left out."""

    id: int
    seq: int
    at: str
    as_of: str
    marts: Mapping[str, Mapping[str, Any]]
    held: tuple[str, ...] = ()
    official: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class RulingRecord:
    """What is ruled on a form and period; as in `models.Ruling`. `until`: the day an extension moves the due day to."""

    kind: str
    form: str
    period: str
    unit_id: str = ""
    until: str = ""


@dataclass(frozen=True)
class Warned:
    """A row of the mart `warning`, as far as its handling is concerned. `office`: the one the rule names."""

    warning_id: str
    unit_id: str
    period: str
    scope: str
    subject: str
    level: str
    title: str
    office: str


@dataclass(frozen=True)
class WarnedNow:
    """The rows of a version of the mart `warning`."""

    version: int
    rows: tuple[Warned, ...]


@dataclass(frozen=True)
class Act:
    """A step in the handling of a warning: `action` of `cases.ACTIONS`; `to` an owner, case or clue; `due` a day."""

    case: str
    action: str
    to: str = ""
    due: str = ""


@dataclass(frozen=True)
class ScratchNote:
    """Gold recomputed beside the released one; as in `models.Scratch`."""

    name: str
    seq: int
    as_of: str
    declared: str
    marts: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Settled:
    """How many entries went to which state, by state."""

    counts: Mapping[str, int]


@dataclass(frozen=True)
class ReceiptRows:
    """Columns of the submission, of its latest batch (None before judging or when rejected) and of that batch's entries."""

    submission: dict[str, Any]
    batch: dict[str, Any] | None
    entries: tuple[dict[str, Any], ...]
