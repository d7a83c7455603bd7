"""Receiving and judging, on real files and with real child processes."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

from pytest import MonkeyPatch as Patch

from catalog.archive import archive, hash_of, staged
from catalog.ledger.ledger import Ledger
from catalog.settings import Settings
from intake.pool import Failed, Pool, Request, Result
from jobs.land import groups, judge_group, land, plan
from jobs.workshop import workshop
from tests.jobs.incoming import capital, put, told


def test_a_file_is_archived_judged_and_taken_from_incoming_with_its_manifest(settings: Settings) -> None:
    capital(settings, "sse/2010.csv", arrived="2011-04-30", rows="8")
    report = land(settings)
    assert (report.received, report.judged, report.rejected, report.failures) == (1, 1, 0, ())
    ledger = Ledger.open(settings)
    submission, batch = ledger.submissions().to_pylist()[0], ledger.batches().to_pylist()[0]
    assert submission["receipt"] == "R00000001" and submission["received_on"] == "2011-04-30"
    assert (batch["rows"], batch["sender_rows"], batch["state"]) == (8, 8, "staged")
    assert archive(settings).local(submission["sha256"], submission["sha256"]).stat().st_mode & 0o222 == 0
    assert archive(settings).exists(submission["manifest"])
    assert ledger.blob(batch["contract_hash"])["form"]["name"] == "listed_share_capital"
    assert [p for p in settings.incoming.rglob("*") if p.is_file()] == []
    assert sorted(staged(settings).names()) == ["1.arrow", "1.findings.arrow"]
    ledger.close()


def test_landing_again_without_new_files_does_nothing(settings: Settings) -> None:
    capital(settings, "2010.csv")
    land(settings)
    before = _seq(settings)
    assert land(settings).received == 0
    assert _seq(settings) == before


def test_files_are_numbered_by_day_of_arrival_then_path(settings: Settings) -> None:
    capital(settings, "b/late.csv", arrived="2012-01-02")
    capital(settings, "b/early.csv", year="2011", arrived="2012-01-01")
    capital(settings, "a/late.csv", year="2012", arrived="2012-01-02")
    assert plan(settings) == [1, 2, 3]
    assert list(told(settings)) == ["b/early.csv", "a/late.csv", "b/late.csv"]


def test_the_day_of_arrival_is_today_unless_the_operator_says_otherwise(settings: Settings) -> None:
    settings = replace(settings, arrivals="today", today=date(2025, 5, 20))
    capital(settings, "2010.csv", arrived="2001-01-01")
    plan(settings)
    ledger = Ledger.open(settings)
    assert ledger.submissions().column("received_on").to_pylist() == ["2025-05-20"]
    ledger.close()


def test_the_same_file_twice_and_the_same_bytes_under_another_name_are_rejected_naming_the_first(settings: Settings) -> None:
    capital(settings, "2010.csv")
    land(settings)
    capital(settings, "2010.csv")
    capital(settings, "other/name.csv")
    report = land(settings)
    assert (report.received, report.judged, report.rejected) == (2, 0, 2)
    assert told(settings)["other/name.csv"] == ("rejected", "rejected", "SUB-DUPLICATE")
    ledger = Ledger.open(settings)
    rejections = [json.loads(s["rejection"]) for s in ledger.submissions().to_pylist()[1:]]
    assert all("R00000001" in r["message"] and r["todo"] for r in rejections)
    ledger.close()


def test_the_same_bytes_twice_in_one_night_leave_the_first_judged(settings: Settings) -> None:
    capital(settings, "a.csv")
    capital(settings, "b.csv")
    capital(settings, "c.csv")
    land(settings)
    assert [told(settings)[f"{n}.csv"][2] for n in "abc"] == ["", "SUB-DUPLICATE", "SUB-DUPLICATE"]


def test_the_same_bytes_for_another_period_are_another_submission(settings: Settings) -> None:
    capital(settings, "2010.csv")
    put(settings, "2011.csv", "share_capital_2010.csv", "listed_share_capital", "2011")
    land(settings)
    assert [told(settings)[f"{y}.csv"][0] for y in (2010, 2011)] == ["judged", "judged"]


def test_a_manifest_that_cannot_be_read_rejects_its_files_with_a_reason(settings: Settings) -> None:
    capital(settings, "2010.csv")
    (settings.incoming / "manifest.yaml").write_text("files: [{file: 2010.csv, form: a, form: b}]", encoding="utf-8")
    land(settings)
    assert told(settings) == {"2010.csv": ("rejected", "rejected", "IDN-MANIFEST")}


def test_a_file_nobody_can_name_is_rejected_with_what_to_do(settings: Settings) -> None:
    settings.incoming.mkdir(parents=True)
    (settings.incoming / "what.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    land(settings)
    assert told(settings) == {"what.csv": ("rejected", "rejected", "IDN-UNKNOWN")}


def test_a_file_that_may_not_be_read_is_told_and_the_others_are_received(settings: Settings, monkeypatch: Patch) -> None:
    capital(settings, "2010.csv")
    capital(settings, "2011.csv", year="2011")
    allowed = os.access
    with monkeypatch.context() as locked:  # the user who runs the tests may be root, who may read everything
        locked.setattr(os, "access", lambda path, mode: Path(path).name != "2010.csv" and allowed(path, mode))
        report = land(settings)
    assert [(f.receipt, f.name) for f in report.failures] == [("未登记", "2010.csv")]
    assert (report.received, report.judged) == (1, 1) and (settings.incoming / "2010.csv").exists()


def test_temporary_files_and_links_are_left_alone(settings: Settings) -> None:
    settings.incoming.mkdir(parents=True)
    (settings.incoming / "half.csv.part").write_text("a", encoding="utf-8")
    (settings.incoming / "link.csv").symlink_to("/etc/hostname")
    assert plan(settings) == []
    assert sorted(p.name for p in settings.incoming.iterdir()) == ["half.csv.part", "link.csv"]


def test_a_manifest_stays_until_every_file_it_names_has_come(settings: Settings) -> None:
    capital(settings, "2010.csv")
    capital(settings, "2011.csv", year="2011")
    later = (settings.incoming / "2011.csv").rename(settings.home / "2011.csv")
    plan(settings)
    assert (settings.incoming / "manifest.yaml").exists()
    later.rename(settings.incoming / "2011.csv")
    plan(settings)
    assert list(settings.incoming.iterdir()) == []


def test_groups_keep_the_same_bytes_together_and_judging_them_apart_finishes_all(settings: Settings) -> None:
    for name, year in (("a", "2010"), ("b", "2011"), ("c", "2012"), ("d", "2010")):
        capital(settings, f"{name}.csv", year=year)
    numbers = plan(settings)
    made = groups(settings, numbers, 2)
    assert sorted(n for group in made for n in group) == [1, 2, 3, 4]
    assert any({1, 4} <= set(group) for group in made)
    for group in made:
        judge_group(settings, group)
    assert sorted(rule for _, _, rule in told(settings).values()) == ["", "", "", "SUB-DUPLICATE"]


def test_two_processes_that_land_at_once_finish_every_file_exactly_once(settings: Settings) -> None:
    for year in ("2010", "2011", "2012", "2013"):
        capital(settings, f"{year}.csv", year=year)
    plan(settings)
    code = "from catalog.settings import load_settings; from jobs.land import land; land(load_settings())"
    environment = {**os.environ, "GUOZI_HOME": str(settings.home), "GUOZI_WORKERS": "1"}
    running = [subprocess.Popen([sys.executable, "-c", code], env=environment) for _ in range(2)]
    assert [p.wait() for p in running] == [0, 0]
    ledger = Ledger.open(settings)
    batches = {b["submission"]: b["id"] for b in ledger.batches().to_pylist()}
    assert sorted(batches) == [1, 2, 3, 4] and ledger.batches().num_rows == 4
    assert set(staged(settings).names()) >= {f"{b}{end}" for b in batches.values() for end in (".arrow", ".findings.arrow")}
    assert all(hash_of(staged(settings).local(f"{b['id']}.arrow")) == b["staged_sha256"] for b in ledger.batches().to_pylist())
    assert list((settings.home / "work").iterdir()) == []
    ledger.close()


def test_a_file_whose_path_contradicts_itself_is_refused_and_its_manifest_is_done_with(settings: Settings) -> None:
    put(settings, "2011/2012/2010.csv", "share_capital_2010.csv", "listed_share_capital", "2010")
    land(settings)
    assert told(settings) == {"2011/2012/2010.csv": ("rejected", "rejected", "IDN-CONFLICT")}
    assert [p for p in settings.incoming.rglob("*") if p.is_file()] == []


def test_what_a_killed_process_left_in_its_workshop_is_cleared(settings: Settings) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    left = settings.home / "work" / f"{socket.gethostname()}-{gone.pid}"
    left.mkdir(parents=True)
    with workshop(settings) as own:
        assert not left.exists() and own.is_dir()
    assert not own.exists()


def test_a_fault_of_ours_leaves_the_submission_received_and_is_told(settings: Settings, monkeypatch: Patch) -> None:
    capital(settings, "2010.csv")

    def failing(_self: Pool, requests: Iterable[Request]) -> Iterator[Result]:
        return (Result(r, Failed("KeyError", ("intake/judge.py:1 judge_file",))) for r in requests)

    with monkeypatch.context() as broken:
        broken.setattr(Pool, "run", failing)
        report = land(settings)
    assert [f.receipt for f in report.failures] == ["R00000001"]
    assert told(settings)["2010.csv"] == ("received", "", "")
    assert land(settings).judged == 1


def _seq(settings: Settings) -> int:
    ledger = Ledger.open(settings)
    try:
        return ledger.seq()
    finally:
        ledger.close()
