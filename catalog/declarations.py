"""The set of declarations that a release or a day was computed by, read again in place of today's."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from catalog.ledger.ledger import Ledger
from schemas.declared import lay_out, reading


@contextmanager
def declared_then(ledger: Ledger, sha256: str) -> Iterator[None]:
    """Everything declared is read from the kept set of that hash until the block ends; today's where none was named."""
    if not sha256:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="guozi-schemas-") as folder, reading(lay_out(ledger.kept_set(sha256), Path(folder))):
        yield
