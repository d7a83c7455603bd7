"""Children with limits: one that dies or hangs costs its file alone, and a fault of ours is never the file's."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import psutil
import pytest

from intake.pool import Failed, Judged, Pool, PoolLimits, Request, Result
from intake.readers import Rejected
from intake.staged import RECORDS, read
from tests.hostile.forge import CSV, HEADER, ROWS

SAID = {"form": "listed_profile", "period": "2010"}


def _request(number: int, path: Path, stem: Path | None = None) -> Request:
    return Request(number, path, path.name, SAID, {}, stem)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "small.csv"
    path.write_text(CSV, encoding="utf-8")
    return path


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """Long enough to be caught at work, and more than a child of 600 MB can hold."""
    path = tmp_path / "large.csv"
    with path.open("w", encoding="utf-8") as out:
        out.write(",".join(HEADER) + "\n")
        out.writelines(f"{i},公司,{'长' * 60}{i},路{i}号\n" for i in range(60_000))
    return path


def _by_id(results: list[Result]) -> dict[int, Judged | Rejected | Failed]:
    return {r.request.id: r.outcome for r in results}


def test_staged_files_hold_the_records_and_are_the_same_bytes_every_time(small: Path, tmp_path: Path) -> None:
    with Pool(2) as pool:
        found = _by_id(list(pool.run(_request(i, small, tmp_path / str(i)) for i in range(4))))
    first = found[0]
    assert isinstance(first, Judged)
    assert (first.verdict, first.silver_rows, first.quarantine_rows) == ("accepted", len(ROWS), 0)
    assert sum(piece.num_rows for piece in read(tmp_path / f"0{RECORDS}")) == len(ROWS)
    hashes = {(o.staged_sha256, o.findings_sha256) for o in found.values() if isinstance(o, Judged)}
    assert hashes == {(first.staged_sha256, first.findings_sha256)}
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []


def test_a_file_that_needs_too_much_memory_is_refused_and_the_others_go_on(small: Path, large: Path) -> None:
    with Pool(1, PoolLimits(memory=600_000_000)) as pool:
        found = _by_id(list(pool.run([_request(1, large), _request(2, small)])))
    refusal = found[1]
    assert isinstance(refusal, Rejected) and refusal.rule_id == "GRD-MEMORY", refusal
    assert isinstance(found[2], Judged)


@pytest.mark.parametrize("limit", ["cpu_seconds", "wall_seconds"])
def test_a_file_that_takes_too_long_is_refused(limit: str, large: Path) -> None:
    with Pool(1, PoolLimits(**{limit: 0, "seconds_per_mib": 0})) as pool:
        (result,) = pool.run([_request(1, large)])
    assert isinstance(result.outcome, Rejected) and result.outcome.rule_id == "GRD-TIME", result.outcome


def _kill_children(times: int, stop: threading.Event) -> None:
    """Kills whichever child is at work, `times` times."""
    killed: set[int] = set()
    while len(killed) < times and not stop.is_set():
        for child in psutil.Process().children():
            if child.pid not in killed and sum(child.cpu_times()[:2]) > 0.2 and _reads_large(child):
                child.kill()
                killed.add(child.pid)
        time.sleep(0.02)


def _reads_large(child: psutil.Process) -> bool:
    try:
        return any(f.path.endswith("large.csv") for f in child.open_files())
    except psutil.Error:
        return False


@pytest.mark.parametrize(("times", "kind"), [(1, Judged), (2, Rejected)])
def test_a_child_that_is_killed_is_tried_once_more_before_its_file_is_refused(times: int, kind: type, small: Path, large: Path) -> None:
    stop = threading.Event()
    killer = threading.Thread(target=_kill_children, args=(times, stop))
    with Pool(2) as pool:
        killer.start()
        found = _by_id(list(pool.run([_request(1, large), *(_request(i, small) for i in range(2, 12))])))
        stop.set()
    killer.join()
    assert isinstance(found[1], kind), found[1]
    assert not isinstance(found[1], Rejected) or found[1].rule_id == "GRD-CRASH"
    assert all(isinstance(found[i], Judged) for i in range(2, 12))


def test_a_fault_of_ours_is_no_refusal_and_tells_nothing_of_the_rows(small: Path, tmp_path: Path) -> None:
    with Pool(1) as pool:
        asked = [_request(1, small, tmp_path / "no folder" / "1"), _request(2, tmp_path / "gone.csv"), _request(3, small)]
        nowhere, missing, fine = pool.run(asked)
    for result in (nowhere, missing):
        assert isinstance(result.outcome, Failed), result.outcome
        assert result.outcome.kind == "FileNotFoundError"
        assert any(frame.startswith("intake/") for frame in result.outcome.frames)
        assert "海信" not in str(result.outcome) and str(tmp_path) not in str(result.outcome)
    assert isinstance(fine.outcome, Judged)


def test_a_pool_leaves_no_process_behind_even_when_nobody_waits_for_the_answer(small: Path, large: Path) -> None:
    before = {c.pid for c in psutil.Process().children()}
    with Pool(2) as pool:
        results = pool.run([_request(1, large), _request(2, small)])
        assert next(results).request.id == 2
        results.close()  # type: ignore[attr-defined]  # a generator
        assert [r.request.id for r in pool.run([_request(3, small)])] == [3]
    assert {c.pid for c in psutil.Process().children()} == before
