"""A generated city: what its units send, and the truth of it. The same seed gives the same bytes.

Imports `schemas` alone (headers and code lists): a generator that used the judge could not find its own faults.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

SIZES = ("small", "city")


@dataclass(frozen=True)
class Summary:
    """`today` is the day to judge lateness from (GUOZI_TODAY); `incoming` and `truth` the folders written."""

    incoming: Path
    truth: Path
    files: int
    records: int
    units: int
    faults: int
    look_alikes: int
    today: date


def domain_names() -> tuple[str, ...]:
    """What `domains` of `generate` may hold."""
    from samples.domains.register import DOMAINS

    return tuple(DOMAINS)


def generate(out: Path, seed: int, size: str = "small", listed: bool = True, domains: Sequence[str] = ()) -> Summary:
    """Writes `<out>/incoming` and `<out>/truth`. `listed` adds the public files of listed companies.

    `domains` limits what is sent (names of `samples.domains`; none: all); the registry always is.
    Raises ValueError for an unknown size or domain, FileExistsError when `<out>` holds anything already.
    """
    from samples.compose import compose

    return compose(out, seed, size, listed, domains)
