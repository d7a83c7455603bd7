"""The ledger: the record of what was received, decided and released. The only code that writes it.

Each writing method is one short transaction: events, and what they add up to. Reading methods never wait for a writer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import pyarrow as pa
from sqlalchemy import func, select
from sqlalchemy.engine import make_url

from catalog.ledger import frames, intake, loads
from catalog.ledger.access import Accesses
from catalog.ledger.blobs import Blobs
from catalog.ledger.cases import Cases
from catalog.ledger.copies import Copies
from catalog.ledger.decide import decide
from catalog.ledger.entries import settle_audited
from catalog.ledger.explanations import Explanations
from catalog.ledger.leases import Leases
from catalog.ledger.models import Batch, Entry, Event, Submission
from catalog.ledger.purges import Purges
from catalog.ledger.records import Records
from catalog.ledger.rehearsal import Rehearsal, receipt_rows, rehearsing
from catalog.ledger.releases import Releases
from catalog.ledger.rulings import Rulings
from catalog.ledger.values import (
    Arrival,
    BatchRecord,
    Claim,
    FrozenBatch,
    FrozenLoad,
    Judging,
    ReceiptRows,
    Received,
    Rejection,
    Settled,
)
from catalog.settings import Settings


class Ledger(Accesses, Blobs, Cases, Copies, Explanations, Leases, Purges, Records, Releases, Rulings):
    """Opened by `Ledger.open`; safe to share between threads, not between processes."""

    @classmethod
    def existing(cls, settings: Settings) -> Ledger:
        """The ledger as it is, or an empty one in memory where there is none yet: for a check, which creates nothing."""
        path = make_url(settings.ledger)
        absent = path.get_backend_name() == "sqlite" and path.database and not Path(path.database).exists()
        return cls("sqlite://" if absent else settings.ledger)

    @classmethod
    def open(cls, settings: Settings) -> Ledger:
        """Brings the schema up to date. Raises sqlalchemy's OperationalError when the ledger cannot be reached."""
        return cls(settings.ledger, settings.today.isoformat())

    # --- land -------------------------------------------------------------------------------------------------------

    def receive(self, arrivals: Sequence[Arrival]) -> list[Received]:
        """Numbers archived files in the order given; a file whose origin is known already is not numbered again."""
        with self._writing() as writer:
            return intake.receive(writer, arrivals)

    def waiting(self, numbers: Iterable[int] | None = None) -> list[Received]:
        """Submissions in state received, in order of number; of the given ones only, if given."""
        with self._reading() as session:
            return intake.waiting(session, None if numbers is None else set(numbers))

    def judged(self, filters: Mapping[str, str]) -> list[tuple[Received, str]]:
        """Judged submissions of which an entry (of that form, unit, period: as given) stands or was returned; with their form."""
        with self._reading() as session:
            return intake.judged(session, filters)

    def judged_so(self, submission: int, contract_hash: str, judge: str) -> bool:
        """Whether a submission was judged under this contract by this judge."""
        with self._reading() as session:
            return intake.judged_so(session, submission, contract_hash, judge) is not None

    def received_under(self, manifest: str) -> set[str]:
        """Names of the files received with the manifest file of this SHA-256."""
        with self._reading() as session:
            return set(session.scalars(select(Submission.name).where(Submission.manifest == manifest)))

    def claim(self, judgings: Sequence[Judging]) -> list[Claim]:
        """A batch number for each judging; the same file judged the same way has its number already."""
        with self._writing() as writer:
            return intake.claim(writer, judgings)

    def record(self, results: Sequence[BatchRecord | Rejection]) -> None:
        """Freezes batches with their entries, and rejections, in the order given. Recording twice changes nothing."""
        with self._writing() as writer:
            for result in results:
                intake.reject(writer, result) if isinstance(result, Rejection) else intake.freeze(writer, result)

    def rehearsal(self, arrival: Arrival) -> AbstractContextManager[Rehearsal]:
        """What would become of a file that arrived now; nothing is stored."""
        return rehearsing(self._engine, arrival)

    def receipt(self, number: str) -> ReceiptRows | None:
        """What the receipt of that number says; None when there is no such receipt."""
        with self._reading() as session:
            found = session.scalars(select(Submission).where(Submission.receipt == number)).first()
            return None if found is None else receipt_rows(session, found)

    # --- refine -----------------------------------------------------------------------------------------------------

    def freeze_loads(self) -> list[FrozenLoad]:
        """New loads of all staged batches that are in none: one a form, more where it has very many records."""
        with self._writing() as writer:
            return loads.freeze_loads(writer)

    def open_loads(self) -> list[FrozenLoad]:
        """Loads frozen but not finished, in order."""
        with self._reading() as session:
            return loads.loads(session, "open")

    def finish_load(self, load: int) -> None:
        """The load's three tables are committed and counted: its batches are loaded."""
        with self._writing() as writer:
            loads.finish_load(writer, load)

    def to_audit(self) -> list[FrozenLoad]:
        """Finished loads with batches that are loaded but neither audited nor held; only those batches."""
        with self._reading() as session:
            return loads.to_audit(session)

    def audit(self, verdicts: Mapping[int, str]) -> None:
        """Marks batches audited (empty text) or held (the reason), by number."""
        with self._writing() as writer:
            loads.mark_audit(writer, verdicts)

    def rule_counts(self, load: int) -> dict[int, Mapping[str, Mapping[str, int]]]:
        """Batch of the load → rule → how many records answered true, false, unknown."""
        with self._reading() as session:
            return loads.rule_counts(session, load)

    def settle(self) -> Settled:
        """Moves the pending entries of audited batches, in submission order (architecture §3)."""
        with self._writing() as writer:
            return Settled(dict(settle_audited(writer)))

    def decide(self, receipt: str, action: str, by: str, reason: str) -> Settled:
        """A person moves a submission. Raises Refused, in words that say why and what is possible."""
        with self._writing() as writer:
            return Settled(dict(decide(writer, receipt, action, by, reason)))

    # --- what the ledger knows --------------------------------------------------------------------------------------

    def seq(self) -> int:
        """Number of the last event."""
        with self._reading() as session:
            return session.scalar(select(func.max(Event.seq))) or 0

    def seq_on(self, day: str) -> int:
        """Number of the last event of that day or before it; 0 when there was none."""
        with self._reading() as session:
            return session.scalar(select(func.max(Event.seq)).where(Event.day <= day)) or 0

    def in_force(self, at_seq: int | None = None) -> pa.Table:
        """entry, form, unit_id, period, scope, batch, submission, revision, rows, state, from_seq, received_on."""
        return frames.frame(self._engine, frames.in_force(at_seq))

    def entries(self, at_seq: int | None = None) -> pa.Table:
        """All entries, now or as they were just after event `at_seq`."""
        return frames.frame(self._engine, frames.whole(Entry) if at_seq is None else frames.entries_at(at_seq))

    def entries_moved(self, seq: int) -> pa.Table:
        """Entries that changed their state after event `seq`, as they are."""
        return frames.frame(self._engine, frames.entries_moved(seq))

    def submissions(self, *columns: str) -> pa.Table:
        """All submissions; only the columns named, if any, in the table's order."""
        return frames.frame(self._engine, frames.whole(Submission, columns))

    def batches(self, *columns: str) -> pa.Table:
        """All batches, as `submissions`. What rules counted and sums are most of a batch: name what is needed."""
        return frames.frame(self._engine, frames.whole(Batch, columns))

    def events_after(self, seq: int) -> pa.Table:
        """The journal after event `seq`, in order; `data` as JSON text."""
        return frames.frame(self._engine, frames.whole(Event).where(Event.seq > seq))

    def batch(self, number: int) -> FrozenBatch:
        """Raises sqlalchemy's NoResultFound for a number that is not a batch."""
        with self._reading() as session:
            return loads.frozen(session, [session.get_one(Batch, number)])[0]
