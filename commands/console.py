"""How commands speak: JSON or tables on stdout, progress on stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from typing import TYPE_CHECKING, Any

from catalog.progress import Progress, silent
from catalog.settings import Settings, load_settings
from commands.failure import Code, Failure

if TYPE_CHECKING:
    from rich.console import RenderableType


def settings() -> Settings:
    """Raises Failure when a variable is malformed."""
    try:
        return load_settings()
    except ValueError as problem:
        raise Failure(Code.ENVIRONMENT, str(problem)) from None


def emit(value: Any) -> None:
    """One JSON document on one line: a DAG reads the last line."""
    print(json.dumps(plain(value), ensure_ascii=False, sort_keys=True))


def plain(value: Any) -> Any:
    """Dataclasses, dates and decimals as JSON has them; a decimal stays the text it is."""
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, str | int | bool) or value is None:
        return value
    if isinstance(value, Iterable):
        return [plain(v) for v in value]
    return str(value)


def show(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], right: Iterable[int] = ()) -> None:
    """A table; numbers of the columns named in `right` stand at the right."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD)
    for index, column in enumerate(columns):
        table.add_column(column, justify="right" if index in set(right) else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    draw(table)


def draw(what: RenderableType) -> None:
    """A table or tree on stdout. A pipe has no width: what is read by grep must not be folded at 80 columns."""
    from rich.console import Console

    (Console() if sys.stdout.isatty() else Console(width=200)).print(what)


@contextmanager
def progress(*, hidden: bool = False) -> Iterator[Progress]:
    """A bar for each thing that is worked on, on stderr; nothing when hidden or when nobody watches."""
    if hidden or not sys.stderr.isatty():
        yield silent
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    with Bars(
        SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        console=Console(stderr=True),
    ) as bars:  # fmt: skip
        known: dict[str, Any] = {}

        def report(what: str, done: int, total: int) -> None:
            if what not in known:
                known[what] = bars.add_task(what, total=total or None)
            bars.update(known[what], completed=done, total=total or None)

        yield report
