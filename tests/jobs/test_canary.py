"""Canaries in cells, headers, names of units and files, and secrets: a night with refused files and a mart that fails tells none of them
to anybody but the sender."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from catalog.ledger.ledger import Ledger
from catalog.settings import Settings
from intake.store import existing
from schemas.declared import documents, lay_out
from tests.hostile.forge import CSV, HEADER, packed
from tests.jobs.incoming import LISTED, put

CELL, NUMBER, HEAD, UNIT, NAME, SECRET = "金丝雀CELL", "73101310712345", "金丝雀HEAD", "金丝雀UNIT", "CANARYNAME", "CANARYSECRET"
CANARIES = (CELL, NUMBER, HEAD, UNIT, NAME, SECRET, "金丝雀", "73,101,310,712,345")
# What the ledger is made again from: the file's name and what came with it, the receipt's words, where its columns stand.
KEPT = {"name", "path_hints", "manifest_entry", "rejection", "header"}


@dataclass(frozen=True)
class Night:
    settings: Settings
    code: int
    said: str


def _send(settings: Settings) -> None:
    def listed(name: str, text: str, form: str = "listed_profile") -> None:
        put(settings, f"sse/{name}", "", form, "2010", text.encode(), arrived="2011-04-30")

    profile = (LISTED / "profile_2010.csv").read_text(encoding="utf-8-sig")
    told = profile.replace("海信电器", UNIT, 1).replace("青岛海信电器股份有限公司", CELL, 1)
    told = told.replace("979,401,695.26", "73,101,310,712,345", 1)
    assert told.count("金丝雀") == 2 and "73,101" in told
    listed(f"{NAME}.csv", told)
    listed(f"{NAME}-type.csv", profile.replace("98,890", CELL, 1).replace("公司办公地址邮政编码", HEAD, 1))
    listed(f"{NAME}-ragged.csv", CSV + f"600300,{CELL},{NUMBER},y,z\r\n")
    listed(f"{NAME}-twice.csv", CSV.replace(HEADER[2], HEAD).replace(HEADER[3], HEAD))
    listed(f"{NAME}-dde.csv", CSV + f"600300,=cmd|'/c {CELL}'!A0,x,y\r\n")
    listed(f"{NAME}.json", json.dumps([{HEAD: {CELL: UNIT}}]))
    listed(f"{NAME}-nan.json", f'[{{"{HEAD}": NaN, "简称": "{CELL}"}}]')
    put(settings, f"sse/{NAME}.zip", "", "listed_profile", "2010", packed({f"{CELL}!{HEAD}.csv": CSV.encode()}), arrived="2011-04-30")
    put(settings, f"sse/{NAME}-form.csv", "", f"form_{NAME}", "2010", told.encode(), arrived="2011-04-30")


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Night:
    """The mart `statement` is declared to hold its place and its figures as whole numbers, which no row can be cast to."""
    home = tmp_path_factory.mktemp("canary")
    texts = dict(documents())
    statement = texts["marts/statement.yaml"]
    texts["marts/statement.yaml"] = re.sub(r"(name: _source\n.*\n\s+type: )text", r"\1integer", statement)
    assert texts["marts/statement.yaml"] != statement
    said = {
        "GUOZI_HOME": str(home / "var"), "GUOZI_TODAY": "2011-05-20", "GUOZI_ARRIVALS": "manifest", "GUOZI_WORKERS": "2",
        "GUOZI_SPARK_MASTER": "local[2]", "GUOZI_LINEAGE_URL": f"http://guozi:{SECRET}@127.0.0.1:1/{SECRET}", "GUOZI_LINEAGE_KEY": SECRET,
    }  # fmt: skip
    from catalog.settings import load_settings

    settings = load_settings(said)
    _send(settings)
    script, root = Path(__file__).with_name("canary_night.py"), str(Path(__file__).parents[2])
    done = subprocess.run(
        [sys.executable, str(script), str(lay_out(texts, home / "declared")), "--json"], env={**os.environ, **said, "PYTHONPATH": root},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return Night(settings, done.returncode, done.stdout + done.stderr)


def _journal(settings: Settings) -> Iterator[str]:
    """Every event in full, but for what receipts and addresses are made of."""
    ledger = Ledger.open(settings)
    events = ledger.events_after(0).to_pylist()
    ledger.close()
    for event in events:
        data = {key: value for key, value in json.loads(event.pop("data")).items() if key not in KEPT}
        yield json.dumps({**event, "data": data}, ensure_ascii=False)


def _commits(settings: Settings) -> Iterator[str]:
    for log in (settings.home / "lake").rglob("_delta_log/*.json"):
        yield from (line for line in log.read_text(encoding="utf-8").splitlines() if "commitInfo" in json.loads(line))


def _files(settings: Settings, *folders: str) -> Iterator[str]:
    for folder in folders:
        yield from (path.read_text(encoding="utf-8") for path in (settings.home / folder).iterdir())


def _evidence(settings: Settings) -> Iterator[str]:
    stored = existing(settings, "ops", "evidence")
    assert stored is not None
    yield from (json.dumps(row, ensure_ascii=False) for row in stored.to_pyarrow_table().to_pylist())


def _found(texts: Iterator[str]) -> set[str]:
    read = list(texts)
    assert read
    return {canary for text in read for canary in CANARIES if canary in text}


def test_the_night_took_in_the_canaries_refused_files_and_failed_in_its_mart(night: Night) -> None:
    ledger = Ledger.open(night.settings)
    sent = ledger.submissions().to_pylist()
    ledger.close()
    assert {s["verdict"] for s in sent} >= {"accepted", "rejected"}, sent
    assert any(CELL in str(s["rejection"]) or HEAD in str(s["rejection"]) for s in sent)  # the sender is told
    assert night.code == 5 and "NumberFormatException" in night.said, night.said
    assert existing(night.settings, "silver", "listed_profile") is not None


@pytest.mark.parametrize("folder", ["logs", "lineage", "metrics"])
def test_no_canary_is_in_what_is_told_outside(night: Night, folder: str) -> None:
    assert _found(_files(night.settings, folder)) == set()


def test_no_canary_is_in_journal_commits_or_evidence(night: Night) -> None:
    assert _found(_journal(night.settings)) == set()
    assert _found(_commits(night.settings)) == set()
    assert _found(_evidence(night.settings)) == set()


def test_no_canary_is_in_what_the_scheduler_keeps_of_the_command(night: Night) -> None:
    assert _found(iter([night.said])) == set()


def test_the_log_tells_of_every_submission_by_its_number(night: Night) -> None:
    lines = [json.loads(line) for text in _files(night.settings, "logs") for line in text.splitlines()]
    ledger = Ledger.open(night.settings)
    numbers = {s["id"] for s in ledger.submissions().to_pylist()}
    ledger.close()
    assert {line["submission"] for line in lines if line.get("event", "").startswith("submission.")} == numbers
    assert {"stage.begin", "stage.end", "stage.failed", "telemetry.failed", "command.ended"} <= {line.get("event") for line in lines}
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+08:00", line["ts"]) for line in lines)
