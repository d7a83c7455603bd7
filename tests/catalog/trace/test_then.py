"""An old release is traced by the contracts, lines and formulas of that release, whatever is declared since."""

from __future__ import annotations

import re
from pathlib import Path

from catalog.settings import Settings
from catalog.trace import trace
from schemas.declared import documents, lay_out, reading
from tests.catalog.trace.conftest import key_of, rows


def test_a_warning_of_an_old_release_is_held_against_the_line_of_that_release(released: Settings, tmp_path: Path) -> None:
    key = key_of("warning", rows(released, "warning", warning_id="W02")[0])
    changed = dict(documents())
    for path in (p for p in changed if p.startswith("warnings/")):
        changed[path] = re.sub(r"(id: W02\n(?:.*\n)*?.*?\bline: )[\d.'\"]+", r"\g<1>99999999999999", changed[path], count=1)
    assert changed != documents()
    with reading(lay_out(changed, tmp_path)):
        node = trace(released, "warning", key, 1)
    assert node.agrees is True


def test_an_indicator_of_an_old_release_is_worked_out_by_the_formula_of_that_release(released: Settings, tmp_path: Path) -> None:
    key = key_of("indicator_value", rows(released, "indicator_value", indicator_id="debt_ratio", scope="single")[0])
    was, wrong = "liabilities_closing / assets_closing", "liabilities_closing / liabilities_closing"
    changed = {path: text.replace(was, wrong) for path, text in documents().items()}
    with reading(lay_out(changed, tmp_path)):
        node = trace(released, "indicator_value", key, 1)
    (formula,) = [n for n in node.children if n.kind == "parameter"]
    assert node.agrees is True and formula.agrees is True and formula.recomputed == was
