"""The first stage of a night: files are received, judged in parallel, and what came of it is frozen in the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from catalog.archive import archive, staged
from catalog.failpoint import reach
from catalog.ledger.ledger import Ledger
from catalog.ledger.values import BatchRecord, Claim, Judging, Received, Rejection
from catalog.progress import Progress, silent
from catalog.settings import Settings
from catalog.telemetry import logs
from intake.pool import Failed, Judged, Pool, Request, Result
from intake.readers import Rejected
from intake.recorded import batch_record, duplicate, judging, rejection
from intake.staged import FINDINGS, RECORDS, findings_name, records_name
from jobs.reception import receive
from jobs.workshop import workshop
from schemas.freeze import resolved
from schemas.load import form as load_form

_CHUNK = 50


@dataclass(frozen=True)
class Failure:
    """A file that could not be read or judged through a fault of ours; it is tried again. `receipt` 未登记: not received."""

    receipt: str
    name: str
    reason: str


@dataclass(frozen=True)
class LandReport:
    """`received` counts files numbered by this call, `judged` and `rejected` submissions it finished."""

    received: int
    judged: int
    rejected: int
    failures: tuple[Failure, ...] = ()


def plan(settings: Settings, progress: Progress = silent) -> list[int]:
    """Receives what lies in incoming/; returns the numbers of all submissions that wait for their judging."""
    ledger = Ledger.open(settings)
    try:
        receive(settings, ledger, progress)
        return [w.id for w in ledger.waiting()]
    finally:
        ledger.close()


def groups(settings: Settings, numbers: Iterable[int], count: int) -> list[list[int]]:
    """The numbers in at most `count` groups of like size; submissions of the same bytes stay together."""
    ledger = Ledger.open(settings)
    try:
        waiting = ledger.waiting(numbers)
    finally:
        ledger.close()
    same: dict[str, list[int]] = {}
    for one in waiting:
        same.setdefault(one.sha256, []).append(one.id)
    made: list[list[int]] = [[] for _ in range(max(count, 1))]
    for members in same.values():
        min(made, key=len).extend(members)
    return [sorted(group) for group in made if group]


def land(settings: Settings, progress: Progress = silent) -> LandReport:
    """Receives and judges everything that waits."""
    ledger = Ledger.open(settings)
    try:
        reception = receive(settings, ledger, progress)
        report = _judge_all(settings, ledger, ledger.waiting(), progress)
        unread = tuple(Failure("未登记", name, "没有读取权限，文件留在 incoming") for name in reception.unreadable)
        return LandReport(reception.numbered, report.judged, report.rejected, (*unread, *report.failures))
    finally:
        ledger.close()


def judge_group(settings: Settings, numbers: Iterable[int], progress: Progress = silent) -> LandReport:
    """Judges the given submissions as far as they wait; `groups` says which belong together."""
    ledger = Ledger.open(settings)
    try:
        return _judge_all(settings, ledger, ledger.waiting(numbers), progress)
    finally:
        ledger.close()


def judge_again(settings: Settings, ledger: Ledger, submissions: Sequence[Received], progress: Progress = silent) -> LandReport:
    """Judges submissions that were judged before; a file that is refused now keeps what was said of it."""
    return _judge_all(settings, ledger, submissions, progress)


def _judge_all(settings: Settings, ledger: Ledger, waiting: Sequence[Received], progress: Progress) -> LandReport:
    if not waiting:
        return LandReport(0, 0, 0)
    with workshop(settings) as work, Pool(min(settings.workers, len(waiting))) as pool:
        desk = _Desk(settings, ledger, work)
        results = pool.run(desk.request(one) for one in waiting)
        for done, ordered in enumerate(_in_order(results, [one.id for one in waiting]), 1):
            desk.take(ordered)
            progress("审核文件", done, len(waiting))
        desk.flush()
    return LandReport(0, desk.judged, desk.rejected, tuple(desk.failures))


def _in_order(results: Iterator[Result], numbers: Sequence[int]) -> Iterator[Result]:
    """Results in order of number, each as soon as those before it are there: no outcome depends on the workers."""
    early: dict[int, Result] = {}
    expected = iter(numbers)
    awaited = next(expected, None)
    for result in results:
        early[result.request.id] = result
        while awaited is not None and awaited in early:
            yield early.pop(awaited)
            awaited = next(expected, None)


class _Desk:
    """Takes results in order and writes them to the ledger in chunks."""

    def __init__(self, settings: Settings, ledger: Ledger, work: Path) -> None:
        self._settings, self._ledger, self._work = settings, ledger, work
        self._receipts: dict[int, Received] = {}
        self._pending: list[Result] = []
        self._kept: set[str] = set()
        self.judged = self.rejected = 0
        self.failures: list[Failure] = []

    def request(self, one: Received) -> Request:
        self._receipts[one.id] = one
        path, name = archive(self._settings).local(one.sha256), PurePosixPath(one.name).name
        return Request(one.id, path, name, one.manifest_entry or None, one.path_hints, self._stem(one.id))

    def take(self, result: Result) -> None:
        self._pending.append(result)
        if len(self._pending) >= _CHUNK:
            self.flush()

    def flush(self) -> None:
        results, self._pending = self._pending, []
        judged = {r.request.id: r.outcome for r in results if isinstance(r.outcome, Judged)}
        claims = self._ledger.claim([judging(number, outcome) for number, outcome in judged.items()])
        by_number = {claim.judging.submission: claim for claim in claims}
        records: list[BatchRecord | Rejection] = []
        for result in results:
            number = result.request.id
            if isinstance(result.outcome, Failed):
                one = self._receipts[number]
                self.failures.append(Failure(one.receipt, one.name, str(result.outcome)))
                logs.note("submission.failed", "error", submission=number, error=result.outcome.kind)
            elif isinstance(result.outcome, Rejected):
                records.append(rejection(number, result.outcome))
            elif by_number[number].duplicate_of:
                records.append(duplicate(by_number[number], self._receipts[number].name))
            elif not by_number[number].known:
                records.append(self._frozen(by_number[number], result.outcome))
        staged(self._settings).sync()
        reach("land.staged")
        self._ledger.record(records)
        self.rejected += sum(isinstance(r, Rejection) for r in records)
        self.judged += sum(isinstance(r, BatchRecord) for r in records)
        self._note(records, judged)

    def _note(self, records: list[BatchRecord | Rejection], judged: dict[int, Judged]) -> None:
        for made in records:
            if isinstance(made, Rejection):
                logs.note("submission.rejected", "warning", submission=made.submission, rule=made.rule_id)
            else:
                said = made.judging
                logs.note(
                    "submission.judged", submission=said.submission, batch=made.batch, form=said.form, state=made.verdict,
                    seconds=judged[said.submission].seconds,
                )  # fmt: skip

    def _frozen(self, claim: Claim, judged: Judged) -> BatchRecord:
        """The staged files go to their place under the batch's number."""
        self._keep_contract(claim.judging)
        stem = self._stem(claim.judging.submission)
        staged(self._settings).move(Path(f"{stem}{RECORDS}"), records_name(claim.batch))
        staged(self._settings).move(Path(f"{stem}{FINDINGS}"), findings_name(claim.batch))
        return batch_record(claim, judged)

    def _keep_contract(self, judging: Judging) -> None:
        if judging.contract_hash not in self._kept and not self._ledger.keeps(judging.contract_hash):
            self._ledger.keep_blob("contract", judging.form, resolved(load_form(judging.form)))
        self._kept.add(judging.contract_hash)

    def _stem(self, number: int) -> Path:
        return self._work / str(number)
