"""What a clerk does wrong with the figures of one record. No rule is looked at; each returns the cells it touched."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from samples.filing import COUNTS, FORM, Filed, grid, habit, typed_as
from schemas.load import form

Change = Callable[[Filed], Sequence[str]]


def in_yuan(column: str) -> Change:
    """Typed in yuan on a sheet in 万元: four digits too many."""

    def change(record: Filed) -> Sequence[str]:
        _put(record, column, 10_000)
        return (column,)

    return change


def _put(record: Filed, column: str, times: int) -> None:
    shown = record.amount(column)
    if shown is not None:
        record.cells[column] = habit(record.key, typed_as(int(shown * 100) * times, record.style))


def transposed(column: str) -> Change:
    """Two neighbouring digits the wrong way round: the first pair that makes the figure larger, else the first that differs."""

    def change(record: Filed) -> Sequence[str]:
        text = record.cells[column]
        pairs = [(i, text[i : i + 2]) for i in range(len(text) - 1) if text[i : i + 2].isdigit()]
        place = next(iter([i for i, p in pairs if p[0] < p[1]] + [i for i, p in pairs if p[0] != p[1]]))
        record.cells[column] = text[:place] + text[place + 1] + text[place] + text[place + 2 :]
        return (column,)

    return change


def unsigned(column: str) -> Change:
    """The minus of a loss is not typed."""

    def change(record: Filed) -> Sequence[str]:
        if not record.cells[column].startswith("-"):
            raise ValueError(f"{record.key} {record.period} {column} 不是负数，换一个单位来放这个差错")
        record.cells[column] = record.cells[column][1:]
        return (column,)

    return change


def instead(column: str, other: str) -> Change:
    """The figure of another line: a total where a part belongs."""

    def change(record: Filed) -> Sequence[str]:
        record.cells[column] = record.cells[other]
        return (column,)

    return change


def as_text(column: str, text: str) -> Change:
    """A figure with its unit beside it, an unknown word in a list."""

    def change(record: Filed) -> Sequence[str]:
        record.cells[column] = text
        return (column,)

    return change


def raised(columns: Sequence[str], fen: int) -> Change:
    """Figures that agree with each other, and not with what was filed before: another version of the accounts."""

    def change(record: Filed) -> Sequence[str]:
        for column in columns:
            shown = record.amount(column)
            if shown is not None:
                record.cells[column] = habit(record.key, typed_as(int(shown * 100) + fen, record.style))
        return tuple(columns)

    return change


def amounts() -> list[str]:
    """Every cell of the grid that holds money."""
    return [c.name for c in grid() if c.item not in COUNTS]


def stocks_shifted(record: Filed) -> Sequence[str]:
    """The three columns of balances pasted one place to the right, the last one first."""
    items = [i.name for i in form(FORM).items if i.kind == "S"]
    for item in items:
        old = {m: record.cells[f"{item}_{m}"] for m in ("opening", "closing", "ly_closing")}
        for target, source in (("opening", "closing"), ("closing", "ly_closing"), ("ly_closing", "opening")):
            record.cells[f"{item}_{target}"] = old[source]
    return tuple(f"{i}_{m}" for i in items for m in ("opening", "closing", "ly_closing"))


def lines_shifted(record: Filed) -> Sequence[str]:
    """Four lines pasted one line too low: the first is empty of cost, the last one's own figures are gone."""
    lines = ("taxes_surcharges", "selling_expense", "admin_expense", "rd_expense")
    cells = []
    for measure in ("month", "ytd", "ly_month", "ly_ytd"):
        old = [record.cells[f"{line}_{measure}"] for line in lines]
        for line, text in zip(lines, [habit(record.key, typed_as(0, record.style)), *old[:-1]], strict=True):
            record.cells[f"{line}_{measure}"] = text
            cells.append(f"{line}_{measure}")
    return tuple(cells)


def column_zero(measure: str) -> Change:
    """One column of the flows never filled: zero from top to bottom."""

    def change(record: Filed) -> Sequence[str]:
        cells = [f"{i.name}_{measure}" for i in form(FORM).items if i.kind == "F" and i.name != "avg_headcount"]
        for cell in cells:
            if record.cells[cell].strip() not in ("", "-"):
                record.cells[cell] = habit(record.key, typed_as(0, record.style))
        return tuple(cells)

    return change
