"""Official releases without what a purged submission left in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow.dataset as ds

from catalog.archive import Files, released
from catalog.declarations import declared_then
from catalog.ledger.ledger import Ledger
from catalog.ledger.values import ReleaseNote
from catalog.released import MANIFEST, keep_rows, write_manifest
from catalog.settings import Settings
from catalog.vestige import Vestige

_HASHED = ("rows", "sha256", "content_hash")


def without(settings: Settings, ledger: Ledger, of: Vestige, about: Mapping[str, str]) -> tuple[int, ...]:
    """Returns the numbers of the releases that had anything of it.

    `about`: the order. Ledger and manifest name it, with the hashes of before beside those of now. Files of before are deleted
    once the ledger names the new ones; killed in between, the next call goes on. Raises Damaged.
    """
    changed = []
    for note in (n for n in ledger.releases_after(0) if n.official is not None):
        files, official = released(settings, note.id), dict(note.official or {})
        with TemporaryDirectory(prefix="guozi-released-") as folder:
            less = dict(_less(ledger, files, note, of, Path(folder)))
            if less:
                changed.append(note.id)
                before = {name: {k: official["marts"][name][k] for k in _HASHED} for name in less}
                now = {name: {k: told[k] for k in _HASHED} for name, told in less.items()}
                order = {**about, "marts": {name: {"before": before[name], "now": now[name]} for name in less}}
                official |= {"marts": {**official["marts"], **less}, "purged": [*official.get("purged", ()), order]}
                official["manifest"] = write_manifest(files, note, {k: official[k] for k in ("marts", "purged")}, Path(folder))
                files.sync()
                ledger.amend_official(note.id, official, about)
        named = {MANIFEST, *(told["file"] for told in official["marts"].values())}
        for name in [n for n in files.names() if n not in named]:
            files.remove(name)
    return tuple(changed)


def _less(ledger: Ledger, files: Files, note: ReleaseNote, of: Vestige, folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, told in sorted((note.official or {})["marts"].items()):
        with declared_then(str(told.get("declared", "")), ledger.kept_set):
            less = of.less(name, int(note.marts[name]["seq"]))
            if less is None:
                continue
            stored = ds.dataset(files.local(told["file"], told["sha256"]))
            path, now = keep_rows(name, stored, folder, less)
        if (now["rows"], now["content_hash"]) != (told["rows"], told["content_hash"]):
            now["file"] = f"{name}.{now['sha256'][:12]}.parquet"
            files.move(path, now["file"])
            yield name, {**told, **now, "contract_hash": told["contract_hash"]}
