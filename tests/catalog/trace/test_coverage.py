from datetime import date

import pytest

from catalog.trace.coverage import maturity_of

DUE, FINAL = date(2025, 4, 8), date(2025, 4, 12)


@pytest.mark.parametrize(
    ("expected", "received", "as_of", "word"),
    [
        (True, False, DUE, "未到期"), (True, False, date(2025, 4, 9), "迟报"), (True, True, date(2025, 4, 11), "暂定"),
        (True, True, FINAL, "确定"), (False, False, DUE, "免报"), (False, True, date(2025, 4, 13), "确定"),
    ],
)  # fmt: skip
def test_missing_begins_after_the_due_day_and_final_on_the_final_day(expected: bool, received: bool, as_of: date, word: str) -> None:
    assert maturity_of(expected, received, DUE, FINAL, as_of) == word


def test_what_is_never_due_is_late_when_missing_and_final_when_there() -> None:
    assert maturity_of(True, False, None, None, DUE) == "迟报"
    assert maturity_of(True, True, None, None, DUE) == "确定"
