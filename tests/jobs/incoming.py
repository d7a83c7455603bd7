"""A sender's files for tests of the stages: the real public files, whole or with a figure changed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from catalog.ledger.ledger import Ledger
from catalog.settings import Settings

LISTED = Path(__file__).parents[2] / "samples" / "listed"


def put(settings: Settings, name: str, source: str, form: str, period: str, text: bytes | None = None, **said: object) -> None:
    """`samples/listed/<source>` (or `text`) as incoming/<name>, added to the manifest of its folder."""
    path = settings.incoming / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes((LISTED / source).read_bytes() if text is None else text)
    manifest = path.parent / "manifest.yaml"
    before = manifest.read_text(encoding="utf-8") if manifest.exists() else "files:\n"
    told = {"file": path.name, "form": form, "period": period, **said}
    line = ", ".join(f"{key}: '{value}'" for key, value in told.items())
    manifest.write_text(f"{before}  - {{{line}}}\n", encoding="utf-8")


def capital(settings: Settings, name: str, text: bytes | None = None, year: str = "2010", **said: object) -> None:
    """The public table of share capital of a year."""
    put(settings, name, f"share_capital_{year}.csv", "listed_share_capital", year, text, **said)


def capital_with(old: str, new: str, year: str = "2010") -> bytes:
    """The public table of share capital with one text exchanged for another, once."""
    text = (LISTED / f"share_capital_{year}.csv").read_bytes().decode("utf-8")
    assert old in text
    return text.replace(old, new, 1).encode()


def told(settings: Settings) -> Mapping[str, tuple[str, str, str]]:
    """Name as sent → (state, verdict, rule of a rejection)."""
    ledger = Ledger.open(settings)
    try:
        rows = ledger.submissions().to_pylist()
    finally:
        ledger.close()
    rules = [json.loads(r["rejection"])["rule_id"] if r["rejection"] else "" for r in rows]
    return {r["name"]: (r["state"], r["verdict"], rule) for r, rule in zip(rows, rules, strict=True)}
