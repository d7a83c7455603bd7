"""A night in which every hostile file arrives at once, with honest ones among them."""

from __future__ import annotations

import json

from catalog.ledger.ledger import Ledger
from catalog.settings import Settings
from jobs.land import land
from tests.hostile.cases import CASES
from tests.hostile.forge import CSV


def test_every_hostile_file_is_rejected_under_its_rule_and_the_honest_ones_are_judged(settings: Settings) -> None:
    folder = settings.incoming / "listed_profile" / "2010"
    folder.mkdir(parents=True)
    for number, case in enumerate(CASES):
        (folder / f"{number:03d}-{case.file}").write_bytes(case.make())
    for number in range(3):
        (folder / f"{number:03d}-honest.csv").write_text(CSV + "\n" * number, encoding="utf-8")
    report = land(settings)
    assert (report.received, report.judged, report.failures) == (len(CASES) + 3, 3, ())
    ledger = Ledger.open(settings)
    found = {s["name"].rpartition("/")[2]: s["rejection"] for s in ledger.submissions().to_pylist() if s["state"] == "rejected"}
    ledger.close()
    told = {f"{number:03d}-{case.file}": case.rule for number, case in enumerate(CASES)}
    assert {name: json.loads(rejection)["rule_id"] for name, rejection in found.items()} == told
