"""What is backed up comes back byte for byte and goes on from there; what is broken is refused in a sentence."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from deltalake import DeltaTable

from catalog.archive import Damaged
from catalog.lakes import whole
from catalog.ledger.ledger import Ledger
from catalog.ledger.values import Refused
from catalog.settings import Settings
from catalog.tables import table
from intake.store import existing
from jobs.backup import backup, restore
from jobs.drill import drill
from jobs.land import land
from jobs.refine import refine
from tests.conftest import SampleNight
from tests.jobs.homes import elsewhere, moved
from tests.jobs.incoming import capital, capital_with


def _bytes(settings: Settings) -> dict[str, bytes]:
    return {name: (Path(settings.lake) / name).read_bytes() for name in whole(settings).names()}


def _known(settings: Settings) -> list[object]:
    ledger = Ledger.open(settings)
    try:
        return [t.to_pylist() for t in (ledger.events_after(0), ledger.submissions(), ledger.batches(), ledger.entries())]
    finally:
        ledger.close()


def test_a_restored_home_is_the_same_byte_for_byte_and_the_next_night_goes_on(loaded: Settings, tmp_path: Path) -> None:
    told = backup(loaded, tmp_path / "safe")
    back = elsewhere(loaded, tmp_path / "back")
    assert restore(back, tmp_path / "safe").seq == told.seq
    assert _bytes(back) == _bytes(loaded) and _known(back) == _known(loaded)
    capital(back, "7/2010.csv", capital_with('"61,131"', '"61,137"'), revision="7")
    land(back)
    done = refine(back)
    assert (done.batches, done.held) == (1, {})


def test_a_second_backup_copies_only_what_is_new_and_both_can_be_restored(loaded: Settings, tmp_path: Path) -> None:
    first = backup(loaded, tmp_path / "safe")
    before = _bytes(loaded)
    assert backup(loaded, tmp_path / "safe").copied == 0
    capital(loaded, "7/2010.csv", capital_with('"61,131"', '"61,137"'), revision="7")
    land(loaded)
    refine(loaded)
    third = backup(loaded, tmp_path / "safe")
    assert third.number == 3 and 0 < third.copied < third.files - first.files + 10
    back = elsewhere(loaded, tmp_path / "back")
    restore(back, tmp_path / "safe", 1)
    assert _bytes(back) == before


@pytest.mark.parametrize("fault", ["flipped", "cut", "lost"])
def test_a_broken_file_of_a_backup_is_named_and_nothing_is_restored(loaded: Settings, tmp_path: Path, fault: str) -> None:
    backup(loaded, tmp_path / "safe")
    said = json.loads((tmp_path / "safe" / "1.json").read_text(encoding="utf-8"))
    name = next(n for n in said["files"] if n.startswith("silver") and n.endswith(".parquet"))
    broken = tmp_path / "safe" / "objects" / said["files"][name]["sha256"]
    broken.chmod(0o644)
    whole = broken.read_bytes()
    broken.write_bytes({"flipped": bytes([whole[0] ^ 1]) + whole[1:], "cut": whole[:-1], "lost": b""}[fault])
    if fault == "lost":
        broken.unlink()
    back = elsewhere(loaded, tmp_path / "back")
    with pytest.raises(Damaged, match=f"{name} 不能用.*请换一份备份"):
        restore(back, tmp_path / "safe")
    assert not Path(back.lake).exists() and not (back.home / "ledger.db").exists()


def test_a_manifest_that_was_changed_is_refused(loaded: Settings, tmp_path: Path) -> None:
    backup(loaded, tmp_path / "safe")
    manifest = tmp_path / "safe" / "1.json"
    manifest.chmod(0o644)
    manifest.write_text(manifest.read_text(encoding="utf-8").replace('"seq": ', '"seq": 1'), encoding="utf-8")
    with pytest.raises(Damaged, match="备份清单"):
        restore(elsewhere(loaded, tmp_path / "back"), tmp_path / "safe")


def test_nothing_is_restored_over_anything(loaded: Settings, tmp_path: Path) -> None:
    backup(loaded, tmp_path / "safe")
    with pytest.raises(Refused, match="只能恢复到空的位置"):
        restore(loaded, tmp_path / "safe")
    with pytest.raises(Refused, match="台账里已有记录"):
        restore(replace(elsewhere(loaded, tmp_path / "back"), ledger=loaded.ledger), tmp_path / "safe")
    with pytest.raises(Refused, match="没有第 9 次备份；现有：1"):
        restore(elsewhere(loaded, tmp_path / "back"), tmp_path / "safe", 9)


def test_a_drill_confirms_what_was_published_and_tells_what_is_not(finance_night: SampleNight, tmp_path: Path) -> None:
    here = moved(finance_night.settings, tmp_path / "var")
    backup(here, tmp_path / "safe")
    told = drill(here, tmp_path / "safe")
    assert told.wrong == () and told.marts > 10 and told.traced == 6
    place = table(here, "gold", "statement")
    (first, *_) = DeltaTable(place.uri).file_uris()
    whole = bytearray(Path(first).read_bytes())
    whole[len(whole) // 2] ^= 1
    Path(first).write_bytes(whole)
    backup(here, tmp_path / "safe")
    assert any("statement" in sentence for sentence in drill(here, tmp_path / "safe").wrong)
    evidence = existing(here, "ops", "evidence")
    assert evidence is not None
    rows = [r for r in evidence.to_pyarrow_table().to_pylist() if r["stage"] == "drill" and r["rule_id"] == "DRL-GOLD"]
    assert sorted(r["success"] for r in rows) == [False, True]
