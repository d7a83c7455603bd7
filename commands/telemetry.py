"""`guozi metrics`: what the textfile says after a stage, read anew; and the line of the log that every command leaves."""

from __future__ import annotations

from collections.abc import Sequence

from catalog.settings import load_settings
from catalog.telemetry import logs
from commands.console import emit, settings
from commands.failure import Code


def metrics(*, as_json: bool) -> Code:
    from catalog.telemetry.metrics import collected, exposition

    here = settings()
    if as_json:
        samples = [sample for metric in collected(here).collect() for sample in metric.samples]
        emit([{"name": s.name, "labels": s.labels, "value": s.value} for s in samples])
    else:
        print(exposition(here), end="")
    return Code.FINE


def noted(given: Sequence[str], code: int, seconds: float, problem: Exception | None) -> None:
    """The command's name and how it ended, without its arguments. Where there is no home yet none is made."""
    try:
        home = load_settings().home
    except ValueError:  # told already, by the command
        return
    told: logs.Fields = {} if problem is None else logs.failure(problem)
    told.update({"command": next(iter(given), "guozi"), "code": code, "seconds": round(seconds, 3)})
    if home.is_dir():
        with logs.writing(home, "", "command"):
            logs.note("command.ended", "info" if problem is None else "error", **told)
