"""Everything declared can be read from another folder for a while: a set of another day, or one with a change."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from schemas.codes import code_list
from schemas.declared import INSTALLED, documents, folder, lay_out, reading
from schemas.freeze import contract_hash
from schemas.load import form, form_names, indicators, mart_names, warnings
from schemas.reading import ContractError


def test_a_set_laid_out_elsewhere_says_the_same(tmp_path: Path) -> None:
    here = (form_names(), mart_names(), indicators(), warnings(), form("monthly_finance"), contract_hash("monthly_finance"))
    with reading(lay_out(documents(), tmp_path)):
        there = (form_names(), mart_names(), indicators(), warnings(), form("monthly_finance"), contract_hash("monthly_finance"))
        assert folder() == tmp_path
    assert here == there and folder() == INSTALLED


def test_a_changed_document_counts_inside_the_block_and_not_after_it(tmp_path: Path) -> None:
    before, title, hashed = code_list("office"), form("monthly_finance").title, contract_hash("monthly_finance")
    texts = dict(documents())
    texts["codes/office.csv"] += "X99,试验处,2025-01-01,\n"
    texts["submissions/monthly_finance.yaml"] = texts["submissions/monthly_finance.yaml"].replace(f"name: {title}", "name: 试", 1)
    with reading(lay_out(texts, tmp_path)):
        assert (code_list("office")[-1].code, code_list("office")[-1].valid_from) == ("X99", date(2025, 1, 1))
        assert form("monthly_finance").title == "试" and contract_hash("monthly_finance") != hashed
    assert code_list("office") == before and form("monthly_finance").title == title


def test_a_kept_set_may_carry_a_key_that_nothing_reads_any_more_but_no_other(tmp_path: Path) -> None:
    texts, here = dict(documents()), form("equity_participation")
    share = texts["fields.yaml"].replace("  percent: true\n", "  percent: true\n  signed: false\n", 1)
    with reading(lay_out({**texts, "fields.yaml": share}, tmp_path / "earlier")):
        assert form("equity_participation") == here
    typo = lay_out({**texts, "fields.yaml": share.replace("signed", "sgined")}, tmp_path / "typo")
    with reading(typo), pytest.raises(ContractError, match="sgined"):
        form("equity_participation")


def test_nothing_declared_is_remembered_across_sets() -> None:
    """functools.cache in a module that reads declarations would answer for the wrong set."""
    for name in ("schemas/load.py", "schemas/form_document.py", "schemas/codes.py", "schemas/freeze.py", "expectations/columns.py"):
        assert not re.search(r"^@(functools\.)?(lru_)?cache", (INSTALLED.parent / name).read_text(encoding="utf-8"), re.MULTILINE), name
