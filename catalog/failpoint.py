"""Named places where a test kills the process, to prove that a rerun ends where an undisturbed run would.

Each lies between two acts that cannot be one; `POINTS` says which two. Nothing happens unless GUOZI_FAILPOINT names it.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping

from catalog.settings import failpoint

POINTS: Mapping[str, str] = {
    "land.archived": "归档文件改名 | 台账登记",
    "land.received": "台账登记 | 移走原件",
    "land.staged": "暂存文件 | 台账冻结",
    "refine.bronze": "bronze 提交 | silver 提交",
    "refine.committed": "Delta 提交 | 台账",
    "refine.evidence": "核验记录 | 批次放行或扣留",
    "refine.settled": "台账生效 | 流水导出",
    "publish.inside": "发布事务之内",
}


def reach(name: str) -> None:
    """SIGKILL this process if the failpoint `name` is set. Raises KeyError for a name not in POINTS."""
    if name not in POINTS:
        raise KeyError(f"没有名为“{name}”的故障点；现有：{'、'.join(POINTS)}")
    if failpoint() == name:
        os.kill(os.getpid(), signal.SIGKILL)
