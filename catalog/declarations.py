"""The set of declarations that a release or a day was computed by, read again in place of today's."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from catalog.ledger.blobs import set_hash
from schemas.declared import documents, lay_out, reading


@contextmanager
def declared_then(sha256: str, kept: Callable[[str], Mapping[str, str]]) -> Iterator[None]:
    """Everything declared is read from the set of that hash until the block ends; `kept` gives its documents.

    Today's where it is the same, or where none was named (releases from before sets were kept).
    """
    if not sha256 or sha256 == set_hash(documents()):
        yield
        return
    with tempfile.TemporaryDirectory(prefix="guozi-schemas-") as folder, reading(lay_out(kept(sha256), Path(folder))):
        yield
