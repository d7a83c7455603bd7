"""The command line, run in this process, as a person at a prompt sees it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pytest

import cli
from catalog.settings import Settings


class Said(NamedTuple):
    """Exit code and what stood on stdout and stderr."""

    code: int
    out: str
    err: str


Guozi = Callable[..., Said]


def prompt(settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Guozi:
    """Commands on this home, on its day."""
    monkeypatch.setenv("GUOZI_HOME", str(settings.home))
    monkeypatch.setenv("GUOZI_TODAY", settings.today.isoformat())

    def run(*arguments: str) -> Said:
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            cli.main(list(arguments))
        return Said(int(left.value.code or 0), *capsys.readouterr())

    return run
