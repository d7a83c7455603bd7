"""The stages of a night and a person's decision. Each says what it did; with `--json` on the last line of stdout."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from commands.console import emit, plain, progress, settings
from commands.failure import Code, Failure

# What a mapped task of the DAG finds in its environment.
GROUP = "GUOZI_GROUP"


def land(plan: int, group: str, *, as_json: bool) -> Code:
    """`--plan N` prints the groups as environments for mapped tasks; a group is numbers joined by commas."""
    from jobs import land as stage

    if plan and group:
        raise Failure(Code.USAGE, "--plan 与 --group 只能给一个")
    here = settings()
    with progress(hidden=as_json) as report:
        if plan:
            waiting = stage.plan(here, report)
            groups = [",".join(map(str, g)) for g in stage.groups(here, waiting, plan)]
        elif group:
            done = stage.judge_group(here, _numbers(group), report)
        else:
            done = stage.land(here, report)
    if plan:
        emit([{GROUP: g} for g in groups]) if as_json else print("\n".join(groups) or "没有待审核的报送")
        return Code.FINE
    return _landed(done, as_json)


def _numbers(group: str) -> list[int]:
    texts = group.split(",")
    if not all(t.isdigit() for t in texts):
        raise Failure(Code.USAGE, f"--group 是用逗号隔开的编号，不是“{group}”；guozi land --plan N 会给出")
    return [int(t) for t in texts]


def _landed(done: Any, as_json: bool) -> Code:
    _say(done, as_json, f"接收 {done.received} 份，审核 {done.judged} 份，拒收 {done.rejected} 份")
    if done.failures:
        names = "；".join(f"{f.receipt} {f.name}（{_last_line(f.reason)}）" for f in done.failures[:5])
        raise Failure(Code.FAILED, f"{len(done.failures)} 份文件因系统故障没有审核，原件已归档，下次运行会再试：{names}")
    return Code.FINE


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1][:200] if lines else "没有说明"


def refine(*, as_json: bool) -> Code:
    from jobs.refine import refine

    with progress(hidden=as_json) as report:
        done = refine(settings(), report)
    _say(done, as_json, _counted(plain(done)))
    return Code.FINE


def build(*, as_json: bool) -> Code:
    from jobs.build import build

    with progress(hidden=as_json) as report:
        done = build(settings(), report)
    _say(done, as_json, _counted(plain(done)))
    return Code.FINE


def publish(*, as_json: bool) -> Code:
    from jobs.publish import publish

    release = publish(settings())
    if as_json:
        emit({"release": None if release is None else release.id})
    elif release is None:
        print("与上一次发布相比没有变化，没有新的发布")
    else:
        print(f"第 {release.id} 次发布，{len(release.marts)} 张主题表；guozi sql 查询，guozi status 查看全貌")
    return Code.FINE


def night(*, as_json: bool) -> Code:
    from jobs.night import night

    with progress(hidden=as_json) as report:
        done = night(settings(), report)
    _say(done, as_json, _counted(plain(done)))
    return Code.FINE


def decide(receipt: str, action: str, by: str, reason: str, *, as_json: bool) -> Code:
    """A receipt, or the name of a mart that is held (action release)."""
    from catalog.ledger.ledger import Ledger
    from schemas.load import mart_names

    ledger = Ledger.open(settings())
    try:
        if receipt in mart_names() and action == "release":
            ledger.release_mart(receipt, by, reason)
            moved: Mapping[str, int] = {"audited": 1}
        else:
            moved = ledger.decide(receipt, action, by, reason).counts
    finally:
        ledger.close()
    if as_json:
        emit(moved)
    else:
        print(f"已记录：{receipt} {action}（{by}）；下一次 guozi build 和 guozi publish 之后读者可见")
    return Code.FINE


def _say(done: Any, as_json: bool, sentence: str) -> None:
    emit(done) if as_json else print(sentence)


def _counted(values: Mapping[str, Any]) -> str:
    return "，".join(f"{key} {len(v) if isinstance(v, list) else v}" for key, v in values.items())
