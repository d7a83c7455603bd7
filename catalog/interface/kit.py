"""The self-test kit: sample files of every form, and what `guozi check` must say of each of their rows."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from schemas.contract import Form

EXPECTED = "expected.json"
_OURS = ("expected", "case")
_FEED = "2012"


@dataclass(frozen=True)
class Case:
    """One file of the kit. `rules`: line of the file → the rules its record breaks; other lines break none."""

    file: str
    form: str
    period: str
    rules: dict[int, tuple[str, ...]]


def samples_of(form: Form, samples: Path) -> list[dict[str, str]] | None:
    """The form's rows with `expected` and `case`, or None where it has none."""
    path = samples / form.name / "submission.csv"
    if not path.is_file():
        return None
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


def write_kit(form: Form, rows: Sequence[dict[str, str]], folder: Path) -> None:
    """`<form>.csv` with every row, `<form>.passing.csv` with those that break nothing, and what must be found."""
    said = [{"file": f"{form.name}.csv", "form": form.name, "period": _period(form, rows), "cases": [r["case"] for r in rows],
             "rules": {str(line): row["expected"].split(";") for line, row in enumerate(rows, 2) if row["expected"]}}]  # fmt: skip
    _write(rows, folder / f"{form.name}.csv")
    if passing := [row for row in rows if not row["expected"]]:
        _write(passing, folder / f"{form.name}.passing.csv")
    listed = [*_listed(folder), *said]
    (folder / EXPECTED).write_text(json.dumps(listed, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def cases(folder: Path) -> tuple[Case, ...]:
    """What the kit in `folder` says. Raises FileNotFoundError where there is none."""
    listed = json.loads((folder / EXPECTED).read_text(encoding="utf-8"))
    return tuple(Case(c["file"], c["form"], c["period"], {int(n): tuple(r) for n, r in c["rules"].items()}) for c in listed)


def _period(form: Form, rows: Sequence[dict[str, str]]) -> str:
    """The period the file is sent for: that of most rows; none for events, and a year of their own for feeds that carry none."""
    if form.period_from != "submission":
        return ""
    named = Counter(row[header] for row in rows for header in ("报告期",) if header in row)
    return named.most_common(1)[0][0] if named else _FEED


def _write(rows: Sequence[dict[str, str]], path: Path) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.DictWriter(out, [k for k in rows[0] if k not in _OURS], extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)


def _listed(folder: Path) -> list[object]:
    path = folder / EXPECTED
    return list(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else []
