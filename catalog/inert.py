"""Texts of senders in files that a spreadsheet opens."""

from __future__ import annotations

import re

# What a spreadsheet begins a formula with, full-width signs of Chinese input methods too, and what it skips before one.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_FIGURE = re.compile(r"[-+]?[0-9,.]+%?")


def inert(text: str) -> str:
    """A text that no spreadsheet takes for a formula: one that begins like one gets an apostrophe, a figure stays as it is."""
    return f"'{text}" if text.startswith(_FORMULA) and not _FIGURE.fullmatch(text) else text
