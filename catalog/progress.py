"""How long work tells how far it is: `progress(what, done, total)`, called as often as it likes; total 0 is unknown.

`what` is a Chinese phrase that stays the same while its numbers move ("审核文件", "计算主题表"). Who calls may ignore it.
"""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str, int, int], None]


def silent(_what: str, _done: int, _total: int) -> None:
    """For callers that show nothing."""
