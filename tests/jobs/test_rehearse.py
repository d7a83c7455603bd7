"""A changed declaration is tried before it counts: it reports exactly the units that the real change then hits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from deltalake import DeltaTable

from catalog.ledger.ledger import Ledger
from catalog.ledger.values import Refused
from catalog.settings import Settings
from catalog.tables import table
from jobs.build import build
from jobs.night import night
from jobs.rehearse import rehearse
from schemas.declared import documents, lay_out, reading
from schemas.reading import ContractError
from tests.jobs.few import marts_of
from tests.jobs.incoming import put
from tests.jobs.test_explaining import _send

WARNINGS = "warnings/finance.yaml"


def _tightened() -> str:
    """W02 fires from liabilities five billion below assets on, instead of above them."""
    text = re.sub(r"(id: W02\n(?:.*\n)*?.*?\bline: )'0'", r"\g<1>'-5000000000'", documents()[WARNINGS], count=1)
    assert text != documents()[WARNINGS]
    return text


def _warned(settings: Settings) -> set[str]:
    rows = DeltaTable(table(settings, "gold", "warning").uri).to_pyarrow_table().to_pylist()
    return {row["unit_id"] for row in rows if row["warning_id"] == "W02"}


@pytest.fixture
def reported(settings: Settings, spark: Any, tmp_path: Path) -> Iterator[Settings]:
    put(settings, "a/balance.csv", "balance_sheet_2012.csv", "listed_balance_sheet", "2012")
    with marts_of(tmp_path / "few", "warning", warnings=("W02",)):
        night(settings)
        yield settings


def test_a_tightened_line_hits_exactly_the_units_the_rehearsal_named(reported: Settings, tmp_path: Path) -> None:
    file = tmp_path / "finance.yaml"
    file.write_text(_tightened(), encoding="utf-8")
    before, seq = _warned(reported), _seq(reported)
    (change,) = [c for c in rehearse(reported, file).changes if c.rule == "W02"]
    assert (_warned(reported), _seq(reported)) == (before, seq)  # nothing was written
    with reading(lay_out({**documents(), WARNINGS: _tightened()}, tmp_path / "changed")):
        build(reported)
    assert set(change.units) == _warned(reported) - before and change.units and change.vanished == 0


def test_a_changed_record_rule_tells_what_it_finds_anew_and_what_it_loses(settings: Settings, spark: Any, tmp_path: Path) -> None:
    _send(settings, "1/a.csv", "BA-5", "BA-6", "", revision=1)
    text = documents()["submissions/bank_account.yaml"]
    changed = text.replace("predicate: kind NOT IN ('专用', '临时') OR approved_no IS NOT NULL", "predicate: approved_no IS NOT NULL", 1)
    file = tmp_path / "bank_account.yaml"
    file.write_text(changed, encoding="utf-8")
    assert changed != text
    (change,) = rehearse(settings, file).changes
    assert (change.rule, change.form, change.new, change.vanished, str(change.share)) == ("BA-5", "bank_account", 2, 0, "100.0")


def test_a_file_that_is_wrong_or_of_nothing_declared_is_refused(settings: Settings, tmp_path: Path) -> None:
    other = tmp_path / "other.yaml"
    other.write_text("- {id: X}\n", encoding="utf-8")
    with pytest.raises(Refused, match="既不是某张报表的合同"):
        rehearse(settings, other)
    wrong = tmp_path / "finance.yaml"
    wrong.write_text(documents()[WARNINGS].replace("kind: line", "kind: lime", 1), encoding="utf-8")
    with pytest.raises(ContractError, match="kind"):
        rehearse(settings, wrong)


def _seq(settings: Settings) -> int:
    ledger = Ledger.open(settings)
    try:
        return ledger.seq()
    finally:
        ledger.close()
