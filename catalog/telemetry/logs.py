"""Structured logs: one JSON object a line in `GUOZI_HOME/logs/<day>.jsonl`, `<day>` by the clock.

A line has the fields of `Fields` and no others, and a text among them is a word of ours (a form, a rule, a state, a class of
error), never free text: what a sender wrote has no way in.
"""

from __future__ import annotations

import json
import re
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal, TypedDict, Unpack

from catalog.settings import ZONE

Level = Literal["info", "warning", "error"]
_WORD = re.compile(r"[A-Za-z0-9_.:/-]{1,80}")


class Fields(TypedDict, total=False):
    """`submission`, `batch`, `load`, `release`: numbers. `place`: `file.py:line` of ours; `error`: class of an exception."""

    seconds: float
    submission: int
    batch: int
    load: int
    release: int
    form: str
    mart: str
    rule: str
    state: str
    command: str
    what: str
    error: str
    place: str
    code: int
    count: int


@dataclass(frozen=True)
class _Bound:
    folder: Path
    run: str
    stage: str


_bound: ContextVar[_Bound | None] = ContextVar("bound", default=None)


def folder(home: Path) -> Path:
    return home / "logs"


@contextmanager
def writing(home: Path, run: str, stage: str = "") -> Iterator[None]:
    """Within, `note` writes below `home`, naming run and stage; a bound inside another holds until it ends."""
    token = _bound.set(_Bound(folder(home), run, stage))
    try:
        yield
    finally:
        _bound.reset(token)


def note(event: str, level: Level = "info", **fields: Unpack[Fields]) -> None:
    """One line; nothing where no log is bound (a library call). A log that cannot be written is told on stderr, and work goes on."""
    bound = _bound.get()
    if bound is None:
        return
    now = datetime.now(ZONE).isoformat(timespec="milliseconds")
    said = {"level": level, "event": event, "run": bound.run, "stage": bound.stage, **fields}
    text = json.dumps({"ts": now, **{name: _word(value) for name, value in said.items() if value != ""}}, ensure_ascii=True)
    try:
        bound.folder.mkdir(parents=True, exist_ok=True)
        with (bound.folder / f"{now[:10]}.jsonl").open("a", encoding="ascii") as log:
            log.write(f"{text}\n")
    except OSError as problem:
        print(f"日志写不进 {bound.folder}（{problem.strerror}）；检查磁盘和权限", file=sys.stderr)


def failure(problem: BaseException) -> Fields:
    """Class and place of an error, without its message, which may quote a row or a secret."""
    frames = traceback.extract_tb(problem.__traceback__)
    told: Fields = {"error": type(problem).__name__}
    if frames:
        told["place"] = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}"
    return told


@contextmanager
def timed(event: str, level: Level = "info", **fields: Unpack[Fields]) -> Iterator[None]:
    """`<event>.begin`, then `<event>.end` with its seconds, or `<event>.failed` with the error's class; the error goes on."""
    started = time.monotonic()
    note(f"{event}.begin", level, **fields)
    ended: Fields = {**fields}
    try:
        yield
    except BaseException as problem:
        ended.update(failure(problem))
        ended["seconds"] = round(time.monotonic() - started, 3)
        note(f"{event}.failed", "error", **ended)
        raise
    ended["seconds"] = round(time.monotonic() - started, 3)
    note(f"{event}.end", level, **ended)


def _word(value: object) -> object:
    return "?" if isinstance(value, str) and not _WORD.fullmatch(value) else value
