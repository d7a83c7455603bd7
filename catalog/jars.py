"""The committed list of jars (`jars/jars.sha256`, lines `<sha256>  <file>`) and what a folder lacks of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

LIST = "jars.sha256"


def sha256(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def locked(folder: Path) -> dict[str, str]:
    """File name → SHA-256. Raises FileNotFoundError when the folder has no list."""
    lines = (folder / LIST).read_text(encoding="ascii").splitlines()
    return {name: digest for digest, name in (line.split() for line in lines)}


def differing(expected: Mapping[str, str], folder: Path) -> list[str]:
    """Names that are missing from `folder` or have other bytes than the list says."""
    return [n for n, digest in expected.items() if not (folder / n).is_file() or sha256(folder / n) != digest]
