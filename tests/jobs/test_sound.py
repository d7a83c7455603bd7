"""A file of the lake that is lost, cut or altered is noticed before anything is computed from it or published."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from deltalake import DeltaTable

from catalog.archive import Damaged
from catalog.ledger.ledger import Ledger
from catalog.settings import Settings
from catalog.tables import table
from jobs.build import build
from jobs.land import land
from jobs.publish import publish
from jobs.refine import refine
from jobs.upkeep import upkeep
from tests.jobs.incoming import put


@pytest.fixture
def refined(settings: Settings) -> Settings:
    put(settings, "a/balance.csv", "balance_sheet_2012.csv", "listed_balance_sheet", "2012")
    land(settings)
    refine(settings)
    return settings


@pytest.fixture
def built(refined: Settings, spark: Any) -> Settings:
    build(refined)
    return refined


def _data(settings: Settings, layer: str, name: str) -> Path:
    """The first data file."""
    place = table(settings, layer, name)
    return Path(DeltaTable(place.uri).file_uris()[0].removeprefix("file://"))


def _lost(path: Path) -> None:
    path.unlink()


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-8])


def _flipped(path: Path) -> None:
    """One bit of a page in the middle."""
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 1
    path.write_bytes(content)


_HARMS = ((_lost, "丢失"), (_cut, "字节，实为"), (_flipped, "内容已损坏"))


@pytest.mark.parametrize("compacted", [False, True])
def test_a_lost_cut_or_flipped_file_of_silver_ends_the_build_in_one_sentence(refined: Settings, compacted: bool) -> None:
    if compacted:
        put(refined, "b/balance.csv", "balance_sheet_2012.csv", "listed_balance_sheet", "2012", revision="1")
        land(refined)
        refine(refined)
        upkeep(refined)
    path = _data(refined, "silver", "listed_balance_sheet")
    whole = path.read_bytes()
    for harm, said in _HARMS:
        harm(path)
        with pytest.raises(Damaged, match=rf"明细表 .*{said}.*guozi restore"):
            build(refined)
        path.write_bytes(whole)


@pytest.mark.parametrize("how", ["the last entry is lost", "the last entry is cut", "all of it is lost"])
def test_a_log_of_silver_that_ends_before_the_last_load_ends_the_build(refined: Settings, how: str) -> None:
    entries = sorted((Path(table(refined, "silver", "listed_balance_sheet").uri) / "_delta_log").glob("*.json"))
    if how == "the last entry is cut":
        entries[-1].write_bytes(entries[-1].read_bytes()[:40])
    for entry in entries if how == "all of it is lost" else entries[-1:] if how == "the last entry is lost" else []:
        entry.unlink()
    with pytest.raises(Damaged, match=r"明细表 .*Delta 日志.*guozi restore"):
        build(refined)


def test_a_file_of_gold_that_is_not_what_was_committed_is_never_published(built: Settings) -> None:
    path = _data(built, "gold", "statement")
    whole = path.read_bytes()
    for harm, said in _HARMS:
        harm(path)
        with pytest.raises(Damaged, match=rf"主题表 .*{said}.*guozi restore"):
            publish(built)
        path.write_bytes(whole)
    ledger = Ledger.open(built)
    assert ledger.release() is None
    ledger.close()
    assert publish(built) is not None
