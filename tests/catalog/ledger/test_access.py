"""The access log: who read which tables, when; nothing else."""

from datetime import date

from catalog.ledger.ledger import Ledger
from catalog.settings import Settings


def test_lines_are_numbered_and_kept_with_the_operators_day(settings: Settings) -> None:
    ledger = Ledger.open(settings)
    assert ledger.note_access("预算处", "u1", "sql", ["warning", "statement"], "月度分析") == 1
    assert ledger.note_access("法规处", "u2", "status", []) == 2
    lines = ledger.accesses(settings.today).to_pylist()
    assert [(n["id"], n["day"], n["office"], n["account"], n["command"], n["about"], n["purpose"]) for n in lines] == [
        (1, "2025-05-20", "预算处", "u1", "sql", "statement;warning", "月度分析"), (2, "2025-05-20", "法规处", "u2", "status", "", ""),
    ]  # fmt: skip
    assert ledger.accesses(date(2025, 5, 19)).num_rows == 0
    ledger.close()
