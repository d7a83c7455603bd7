"""Where declarations are read from: the installed ones, or for a while a kept or changed set of them.

A set is the text of every document below the folder (contracts, marts, indicators, warnings, measures, reconciliations,
code lists, calendars), by path; with it, what was judged or computed by it can be judged or computed again.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from functools import update_wrapper
from pathlib import Path
from typing import Generic, ParamSpec, TypeVar

INSTALLED = Path(__file__).parent
_SUFFIXES = (".yaml", ".csv")
_now = INSTALLED

Given = ParamSpec("Given")
Made = TypeVar("Made")


def folder() -> Path:
    """Of the set that is read from now."""
    return _now


@contextmanager
def reading(other: Path) -> Iterator[None]:
    """Everything declared is read from `other`, in all threads of this process, until the block ends."""
    global _now
    before, _now = _now, other
    try:
        yield
    finally:
        _now = before


def read_from(other: Path) -> None:
    """For the whole life of a child process: the set its parent reads."""
    global _now
    _now = other


def documents() -> Mapping[str, str]:
    """Path below the folder → text, of every document of the set that is read from now."""
    found = sorted(p for p in _now.rglob("*") if p.suffix in _SUFFIXES)
    return {p.relative_to(_now).as_posix(): p.read_text(encoding="utf-8") for p in found}


def lay_out(texts: Mapping[str, str], target: Path) -> Path:
    """The documents as a folder that `reading` takes."""
    for name, text in texts.items():
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
    return target


class OncePerSet(Generic[Given, Made]):
    """A function of declarations, called once for each set and arguments."""

    def __init__(self, function: Callable[Given, Made]) -> None:
        self._function = function
        self._kept: dict[Hashable, Made] = {}
        update_wrapper(self, function)

    def __call__(self, *given: Given.args, **named: Given.kwargs) -> Made:
        key = (_now, given, *sorted(named.items()))
        if key not in self._kept:
            self._kept[key] = self._function(*given, **named)
        return self._kept[key]


def once_per_set(function: Callable[Given, Made]) -> OncePerSet[Given, Made]:
    """In place of functools.cache wherever the answer depends on what is declared."""
    return OncePerSet(function)
