"""No file, however made, crashes, hangs or slips through: each is refused for its reason, in words, in a child that lives on."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from intake.guard import RULES
from intake.pool import Failed, Judged, Pool, Request
from intake.readers import Rejected
from tests.hostile.cases import CASES, Case
from tests.hostile.forge import CSV, HEADER, ROWS, packed, xlsx

SAID = {"form": "listed_profile", "period": "2010"}


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    with Pool(1) as made:
        yield made


def _outcome(pool: Pool, path: Path) -> Judged | Rejected | Failed:
    (result,) = pool.run([Request(1, path, path.name, SAID, {}, None)])
    return result.outcome


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.kind.replace(" ", "-"))
def test_a_hostile_file_is_refused_under_its_rule_with_place_reason_and_remedy(case: Case, pool: Pool, tmp_path: Path) -> None:
    path = tmp_path / case.file
    path.write_bytes(case.make())
    outcome = _outcome(pool, path)
    assert isinstance(outcome, Rejected), outcome
    assert outcome.rule_id == case.rule, outcome
    assert case.file in outcome.where
    assert outcome.why and outcome.todo


def test_the_honest_files_that_were_spoiled_are_accepted(pool: Pool, tmp_path: Path) -> None:
    for name, content in {"a.xlsx": xlsx(), "a.csv": CSV.encode(), "a.zip": packed({"内/甲.csv": CSV.encode()})}.items():
        path = tmp_path / name
        path.write_bytes(content)
        outcome = _outcome(pool, path)
        assert isinstance(outcome, Judged), outcome
        assert outcome.silver_rows == len(ROWS)


def test_a_file_is_read_by_what_it_is_whatever_it_is_called(pool: Pool, tmp_path: Path) -> None:
    for name, content in {"a.csv": xlsx(), "a.xlsx": CSV.encode(), "a.pdf": packed({"a.txt": CSV.encode()})}.items():
        path = tmp_path / name
        path.write_bytes(content)
        assert isinstance(_outcome(pool, path), Judged)


def test_every_guard_is_shown_by_a_hostile_file() -> None:
    shown = {case.rule for case in CASES}
    elsewhere = {"GRD-SIZE", "GRD-COLUMNS", "GRD-MEMORY", "GRD-TIME", "GRD-PARQUET-TYPE", "GRD-PARQUET-NUMBER"}
    assert set(RULES) - shown == elsewhere


@pytest.mark.parametrize("kind", ["xlsx", "zip", "csv", "json"])
def test_a_file_cut_or_altered_anywhere_is_refused_or_judged_and_never_breaks_the_judge(kind: str, pool: Pool, tmp_path: Path) -> None:
    chance = random.Random(7)
    rows = ",".join('{"' + '","'.join(f'{h}":"{v}' for h, v in zip(HEADER, r, strict=True)) + '"}' for r in ROWS)
    honest = {"xlsx": xlsx(), "zip": packed({"a.csv": CSV.encode()}), "csv": CSV.encode(), "json": f"[{rows}]".encode()}[kind]
    requests = []
    for number in range(60):
        spoiled = bytearray(honest)
        if number % 2:
            spoiled[chance.randrange(len(spoiled))] ^= 1 << chance.randrange(8)
        else:
            del spoiled[chance.randrange(1, len(spoiled)) :]
        path = tmp_path / f"{number}.{kind}"
        path.write_bytes(spoiled)
        requests.append(Request(number, path, path.name, SAID, {}, None))
    outcomes = [result.outcome for result in pool.run(requests)]
    assert len(outcomes) == 60
    assert [o for o in outcomes if isinstance(o, Failed)] == []
    assert [o.rule_id for o in outcomes if isinstance(o, Rejected) and o.rule_id in ("GRD-CRASH", "GRD-TIME", "GRD-MEMORY")] == []
