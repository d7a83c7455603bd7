"""What must never have come is nowhere any more; its hash, its order and everything else are."""

from contextlib import closing
from pathlib import Path

import pytest

from catalog.archive import archive
from catalog.content import content
from catalog.findings import find
from catalog.ledger.ledger import Ledger
from catalog.ledger.purges import Order
from catalog.ledger.values import Refused
from catalog.settings import Settings
from catalog.summary import summarise
from catalog.trace.record import find_record
from catalog.trace.source import NoSuchThing, Sources
from intake.shapes import Shape
from intake.store import existing, look
from jobs.backup import backup, restore
from jobs.land import land
from jobs.purge import purge
from jobs.rebuild import rebuild
from jobs.refine import refine
from schemas.load import form
from tests.jobs.homes import elsewhere, lose_ledger
from tests.jobs.incoming import LISTED, capital, capital_with, put, told

FORM = "listed_share_capital"
CANARY = "76543210987"
ORDER = Order("R00000007", "国资〔2025〕9", "误报了涉密数据", ("王芳", "李强"))


@pytest.fixture
def leaked(loaded: Settings) -> Settings:
    """A seventh revision with a figure that nobody may ever find again."""
    text = (LISTED / "share_capital_2010.csv").read_bytes().decode("utf-8")
    number = text.split('"')[text.split('"').index("61,131")]
    put(loaded, "7/2010.csv", "", FORM, "2010", text.replace(f'"{number}"', f'"{CANARY}"', 1).encode(), revision="7")
    land(loaded)
    refine(loaded)
    assert len(_found(loaded.home)) > 2
    return loaded


def _found(root: Path) -> list[Path]:
    """Files in which the figure stands as text, plain or in a column of Parquet or Arrow."""
    return [p for p in root.rglob("*") if p.is_file() and "incoming" not in p.parts and CANARY.encode() in p.read_bytes()]


def test_nothing_of_it_is_left_anywhere_and_a_sentence_says_so(leaked: Settings, tmp_path: Path) -> None:
    backup(leaked, tmp_path / "safe")
    done = purge(leaked, ORDER, [tmp_path / "safe"])
    assert _found(leaked.home) == [] and _found(tmp_path / "safe") == []
    assert not archive(leaked).exists(done.sha256)
    assert {n for layer in ("bronze", "silver", "quarantine") for n in _submissions(leaked, layer)} == set(range(1, 7))
    assert told(leaked)["7/2010.csv"] == ("purged", "purged", "SUB-PURGED")
    (row,) = find(leaked, {"receipt": ORDER.receipt}).rows
    assert "按第 国资〔2025〕9 号令清除" in str(row) and "王芳、李强" in str(row)
    summary = summarise(leaked)
    assert summary.missing == () and summary.purged[0].startswith("R00000007 已按第 国资〔2025〕9 号令清除")
    back = elsewhere(leaked, tmp_path / "back")
    restore(back, tmp_path / "safe")
    assert told(back) == told(leaked)


def test_a_figure_that_was_published_from_it_says_by_which_order_it_cannot_be_walked_back(leaked: Settings) -> None:
    silver = existing(leaked, "silver", FORM)
    assert silver is not None
    row = next(r for r in silver.to_pyarrow_table().to_pylist() if r["_submission"] == 7)
    purge(leaked, ORDER)
    with closing(Sources(leaked)) as sources, pytest.raises(NoSuchThing, match="R00000007 已按第 国资〔2025〕9 号令清除"):
        find_record(sources, FORM, row, "unit_id")


def test_all_others_stay_and_exactly_once_markers_survive(leaked: Settings) -> None:
    before = {layer: _others(leaked, layer) for layer in ("bronze", "silver", "quarantine")}
    purge(leaked, ORDER)
    assert {layer: _others(leaked, layer) for layer in before} == before
    seen = look(leaked, "silver", FORM, Shape(form(FORM)).silver)
    assert seen.done(f"silver/{FORM}") == 7 and seen.handle.metadata().configuration["delta.appendOnly"] == "true"
    ledger = Ledger.open(leaked)
    try:
        with pytest.raises(Refused, match="按令清除"):
            ledger.decide(ORDER.receipt, "revert", "王芳", "恢复")
    finally:
        ledger.close()


def test_an_order_killed_after_it_was_recorded_is_finished_by_giving_it_again(leaked: Settings) -> None:
    ledger = Ledger.open(leaked)
    ledger.purge(ORDER)
    ledger.close()
    assert _found(Path(leaked.lake)) != []
    purge(leaked, ORDER)
    assert _found(leaked.home) == []
    before = content(leaked, "ops", "event")
    purge(leaked, ORDER)
    assert content(leaked, "ops", "event") == before


def test_the_ledger_can_still_be_rebuilt_afterwards(leaked: Settings) -> None:
    purge(leaked, ORDER)
    ledger = Ledger.open(leaked)
    before = ledger.events_after(0).to_pylist(), ledger.batches().to_pylist(), ledger.entries().to_pylist()
    ledger.close()
    lose_ledger(leaked)
    assert rebuild(leaked).missing == ()
    ledger = Ledger.open(leaked)
    assert (ledger.events_after(0).to_pylist(), ledger.batches().to_pylist(), ledger.entries().to_pylist()) == before
    ledger.close()


@pytest.mark.parametrize(
    ("order", "why"),
    [
        (Order("R00000001", "9", "理由", ("王芳", "王芳")), "两个不同的人"),
        (Order("R00000001", " ", "理由", ("王芳", "李强")), "文号"),
        (Order("R00000099", "9", "理由", ("王芳", "李强")), "没有回执号"),
    ],
)
def test_an_order_says_who_why_and_what(loaded: Settings, order: Order, why: str) -> None:
    with pytest.raises(Refused, match=why):
        purge(loaded, order)


def test_what_is_not_loaded_yet_waits(loaded: Settings) -> None:
    capital(loaded, "7/2010.csv", capital_with('"61,131"', '"61,137"'), revision="7")
    land(loaded)
    with pytest.raises(Refused, match="guozi refine"):
        purge(loaded, ORDER)


def _submissions(settings: Settings, layer: str) -> set[int]:
    handle = existing(settings, layer, FORM)
    return set() if handle is None else set(handle.to_pyarrow_table()["_submission"].to_pylist())


def _others(settings: Settings, layer: str) -> list[object]:
    handle = existing(settings, layer, FORM)
    assert handle is not None
    rows = handle.to_pyarrow_table().to_pylist()
    return sorted(str(r) for r in rows if r["_submission"] != 7)
