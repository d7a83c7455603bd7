"""A reading command of a named office leaves a line in the ledger's access log."""

from __future__ import annotations

import re
from collections.abc import Iterable

from commands.console import settings
from schemas.load import form_names, mart_names

_WORD = re.compile(r"\w+")


def noted(command: str, *texts: str) -> None:
    """Nothing without GUOZI_OFFICE. Of `texts` (names, a query) only the names of forms and marts are kept."""
    here = settings()
    if not here.office:
        return
    from catalog.ledger.ledger import Ledger

    ledger = Ledger.open(here)
    try:
        ledger.note_access(here.office, here.account, command, named(texts), here.purpose)
    finally:
        ledger.close()


def named(texts: Iterable[str]) -> set[str]:
    return {word for text in texts for word in _WORD.findall(text)} & {*form_names(), *mart_names()}
