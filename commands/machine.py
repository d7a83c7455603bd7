"""`doctor` and `samples`: what happens before anything is reported."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from catalog.doctor import CHECKS, examine
from commands.console import emit, plain, settings, show
from commands.failure import Code, Failure


def doctor(only: Sequence[str], *, as_json: bool, init: bool) -> Code:
    """ENVIRONMENT when a night would fail here. With one check asked for, one sentence is all it says."""
    if unknown := set(only) - set(CHECKS):
        raise Failure(Code.USAGE, f"没有“{'、'.join(sorted(unknown))}”这项检查；可选：{'、'.join(CHECKS)}")
    here = settings()
    if init:
        from commands.airflow import initialise

        here.incoming.mkdir(parents=True, exist_ok=True)
        initialise(here)
    checks = examine(here, only)
    bad = [c for c in checks if c.state == "坏"]
    if as_json:
        emit({"fit": not bad, "checks": plain(checks)})
    elif only:
        for check in bad:
            print(f"{check.said}；请执行：{check.remedy}")
    else:
        show("运行条件", ("检查", "", "说明", "怎么办"), [(c.name, c.state, c.said, c.remedy) for c in checks])
    return Code.ENVIRONMENT if bad else Code.FINE


def samples(out: Path, seed: int, size: str) -> Code:
    if size not in ("small", "city"):
        raise Failure(Code.USAGE, f"--size 只能是 small 或 city，现在是“{size}”")
    if out.exists() and any(out.iterdir()):
        raise Failure(Code.REFUSED, f"{out} 不是空目录；换一个目录，或先清空它")
    from samples import generate

    summary = generate(out, seed, size)
    print(f"样例已生成：{out / 'incoming'}（{summary.files} 个文件），答案在 {out / 'truth'}")
    print(f"下一步：guozi submit {out / 'incoming'}")
    return Code.FINE
