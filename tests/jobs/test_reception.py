"""What stands at the door: names that are no UTF-8 do not stop a night."""

from __future__ import annotations

import os

from catalog.ledger.ledger import Ledger
from catalog.settings import Settings
from jobs.land import land
from tests.hostile.forge import CSV


def test_a_name_in_another_encoding_is_received_as_text_and_keeps_its_manifest_entry(settings: Settings) -> None:
    folder = settings.incoming / "来件"
    folder.mkdir(parents=True)
    (folder / os.fsdecode("快报.csv".encode("gb18030"))).write_text(CSV, encoding="utf-8")
    entry = "files: [{file: 快报.csv, form: listed_profile, period: '2010', arrived: 2011-04-30}]"
    (folder / "manifest.yaml").write_text(entry, encoding="utf-8")
    assert land(settings).judged == 1
    ledger = Ledger.open(settings)
    assert [(s["name"], s["state"]) for s in ledger.submissions().to_pylist()] == [("来件/快报.csv", "judged")]
    ledger.close()
    assert list(folder.iterdir()) == []
