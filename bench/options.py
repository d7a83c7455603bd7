"""What a call of the bench measures, and how large."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Options:
    """`city`: size of the sample city (night, second, query), `domains` of it that report (none: all); `rows` of bulk;
    `growth`: rows of each of its steps; `seed` of all.
    """

    city: str = "small"
    domains: tuple[str, ...] = ()
    rows: int = 10_000_000
    growth: tuple[int, ...] = (10_000, 100_000, 1_000_000)
    seed: int = 1


class Differs(RuntimeError):
    """Two ways that are compared gave different results: their times say nothing. The message is a line for each difference."""


def agree(differences: list[str], who: str) -> None:
    """Raises Differs where there are any."""
    if differences:
        raise Differs("\n".join([f"{who}的结果与我们不同，不比较用时：", *differences]))
