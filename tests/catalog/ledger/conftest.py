"""A ledger on a scratch folder, and a sender who files without files: receive, claim, record, load, audit, settle."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from shutil import copyfile
from typing import TYPE_CHECKING, Any

import pytest

from catalog.ledger.ledger import Ledger
from catalog.ledger.values import Arrival, BatchRecord, EntryRecord, Judging, Rejection, Settled
from catalog.settings import Settings

if TYPE_CHECKING:
    from tests.postgres import Server


@dataclass
class Sender:
    ledger: Ledger
    form: str = "monthly_finance"
    period: str = "2025-03"
    numbers: list[int] = field(default_factory=list)

    def send(self, said: str | dict[str, str], revision: int = 0, supersedes: str = "", **more: Any) -> str:
        """One file; `said` is the content of unit A, or {unit: content}. Recorded, not yet loaded. Returns its receipt."""
        units = {"A": said} if isinstance(said, str) else said
        content = sha256(f"{units}{revision}{supersedes}{more}".encode()).hexdigest()
        received = self.ledger.receive([Arrival(content, 1, "a.csv", "2025-04-08", origin=str(len(self.numbers)))])[0]
        self.numbers.append(received.id)
        self.judge(received.id, units, revision, supersedes, **more)
        return received.receipt

    def judge(
        self, number: int, units: dict[str, str], revision: int = 0, supersedes: str = "", contract: str = "c",
        errors: int = 0, queries: int = 0, filed: bool = True,
    ) -> None:  # fmt: skip
        judging = Judging(number, self.form, self.period, contract, "judge-1")
        claim = self.ledger.claim([judging])[0]
        if claim.duplicate_of:
            self.ledger.record([Rejection(number, "SUB-DUPLICATE", "a.csv", f"与 {claim.duplicate_of} 相同", "无需重报")])
            return
        entries = tuple(
            EntryRecord(unit, self.period, "single", 0 if errors else 1, errors, queries, filed, content)
            for unit, content in units.items()
        )
        self.ledger.record([BatchRecord(
            batch=claim.batch, judging=judging, reader="csv-1", verdict="returned" if errors else "accepted", sender="",
            revision=revision, supersedes=supersedes, staged_sha256="s", findings_sha256="f", rows=len(units),
            silver_rows=0 if errors else len(units), quarantine_rows=len(units) if errors else 0, sender_rows=None,
            header={}, counts={}, controls={}, entries=entries,
        )])  # fmt: skip

    def night(self, held: str = "") -> Settled:
        """Everything recorded is loaded, audited (or held, with the reason given) and settled."""
        self.ledger.freeze_loads()
        for load in self.ledger.open_loads():
            self.ledger.finish_load(load.id)
        self.ledger.audit({b.id: held for load in self.ledger.to_audit() for b in load.batches})
        return self.ledger.settle()

    def states(self, unit: str = "A") -> dict[str, list[str]]:
        """Receipt → states of its entries of the unit, in order."""
        receipts = {s["id"]: s["receipt"] for s in self.ledger.submissions().to_pylist()}
        told: dict[str, list[str]] = {}
        for entry in self.ledger.entries().to_pylist():
            if entry["unit_id"] == unit:
                told.setdefault(receipts[entry["submission"]], []).append(entry["state"])
        return told

    def standing(self, unit: str = "A", at_seq: int | None = None) -> list[str]:
        """Receipts that stand for the unit, now or after event `at_seq`."""
        rows = self.ledger.in_force(at_seq).to_pylist()
        return [f"R{r['submission']:08d}" for r in rows if r["unit_id"] == unit]

    def reason(self, receipt: str) -> str:
        number = int(receipt[1:])
        return [e["reason"] for e in self.ledger.entries().to_pylist() if e["submission"] == number][-1]


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(settings: Settings, request: pytest.FixtureRequest) -> Settings:
    """Every test of the ledger holds on both engines."""
    if request.param == "sqlite":
        return settings
    server: Server = request.getfixturevalue("postgres")
    return replace(settings, ledger=server.database())


@pytest.fixture(scope="session")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty ledger, migrated once for all tests."""
    path = tmp_path_factory.mktemp("ledger") / "ledger.db"
    Ledger(f"sqlite:///{path}").close()
    return path


@pytest.fixture(scope="session")
def blank_database(postgres: Server) -> str:
    """The same as a database to copy."""
    url = postgres.database()
    Ledger(url).close()
    return url


@pytest.fixture
def sender(settings: Settings, request: pytest.FixtureRequest) -> Iterator[Sender]:
    settings.home.mkdir(parents=True)
    if settings.ledger.startswith("sqlite"):
        copyfile(request.getfixturevalue("blank"), settings.home / "ledger.db")
    else:
        server: Server = request.getfixturevalue("postgres")
        settings = replace(settings, ledger=server.database(like=request.getfixturevalue("blank_database")))
    ledger = Ledger.open(settings)
    yield Sender(ledger)
    ledger.close()
