"""The stages of a night and a person's decision. Each says what it did; with `--json` on the last line of stdout."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from commands.console import emit, plain, progress, settings, show
from commands.failure import Code, Failure

# What a mapped task of the DAG finds in its environment.
GROUP = "GUOZI_GROUP"
_MADE = {"unchanged": "没有变化", "audited": "核验通过", "held": "扣留", "waiting": "等待被扣留的表"}


def land(plan: int, group: str, *, as_json: bool) -> Code:
    """`--plan N` prints the groups as environments for mapped tasks; a group is numbers joined by commas."""
    from jobs import land as stage
    from jobs.observed import Observer

    if plan and group:
        raise Failure(Code.USAGE, "--plan 与 --group 只能给一个")
    here = settings()
    observer, numbers = Observer(here), _numbers(group) if group else []
    with progress(hidden=as_json) as report:
        if plan:
            waiting = observer.stage("plan", lambda: stage.plan(here, report))
            groups = [",".join(map(str, g)) for g in stage.groups(here, waiting, plan)]
        elif group:
            done = observer.stage("land", lambda: stage.judge_group(here, numbers, report))
        else:
            done = observer.stage("land", lambda: stage.land(here, report))
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
    if as_json:
        emit(_counted(done))
    else:
        print(_received(done))
    return Code.FAILED if done.failures else Code.FINE


def _counted(done: Any) -> dict[str, Any]:
    """What a scheduler's log may hold: a failure by its receipt, without the name that a sender gave the file."""
    return {**vars(done), "failures": [{"receipt": f.receipt, "reason": f.reason} for f in done.failures]}


def _received(done: Any) -> str:
    said = f"接收 {done.received} 份，审核 {done.judged} 份，拒收 {done.rejected} 份"
    names = "；".join(f"{f.receipt} {f.name}（{_last_line(f.reason)}）" for f in done.failures[:5])
    if not names:
        return said
    return f"{said}\n{len(done.failures)} 份因系统故障没有审核，原件已归档，下次会再试：{names}"


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1][:200] if lines else "没有说明"


def refine(*, as_json: bool, held_is_fine: bool) -> Code:
    """FAILED when the audit held a batch, unless that is for someone else to see."""
    from jobs.observed import Observer
    from jobs.refine import refine

    here = settings()
    with progress(hidden=as_json) as report:
        done = Observer(here).stage("refine", lambda: refine(here, report))
    if as_json:
        emit(done)
    else:
        _refined(done)
    return Code.FAILED if done.held and not held_is_fine else Code.FINE


def _refined(done: Any) -> None:
    from catalog.ledger.machine import state

    entries = "，".join(f"{state('entry', name).label} {count}" for name, count in done.entries.items())
    print(f"装载 {done.batches} 个批次；报表条目：{entries or '没有变化'}")
    for batch, reason in done.held.items():
        print(f"批次 {batch} 扣留：{reason}；查明后 guozi decide 回执号 release --by 姓名 --reason 理由")


def as_known(day: str, marts: Sequence[str], *, as_json: bool) -> Code:
    """FINDINGS when a recomputed mart is not what was released; the reasons are told."""
    from commands.reading import day as parsed
    from jobs.scratch import as_known
    from schemas.load import mart_names

    if unknown := [name for name in marts if name not in mart_names()]:
        raise Failure(Code.USAGE, f"没有“{unknown[0]}”这张主题表；现有：{'、'.join(mart_names())}")
    with progress(hidden=as_json) as report:
        done = as_known(settings(), parsed(day), report, marts)
    if as_json:
        emit(done)
    else:
        rows = [(d.mart, "一致" if d.same else "不同", "；".join(d.reasons)) for d in done.differences]
        show(f"按 {day} 所知重算，与第 {done.release} 次发布相比", ("主题表", "结果", "依据的差别"), rows)
        print(f'guozi sql "select …" --as-known {day} 查询重算的结果；发布时的原样用 --release {done.release}')
    return Code.FINE if all(d.same for d in done.differences) else Code.FINDINGS


def build(*, as_json: bool, held_is_fine: bool) -> Code:
    """FAILED when the audit held a mart, unless that is for someone else to see (the DAG goes on to publish the others)."""
    from jobs.build import build
    from jobs.observed import Observer

    here = settings()
    with progress(hidden=as_json) as report:
        done = Observer(here).stage("build", lambda: build(here, report))
    if as_json:
        emit(done)
    else:
        _built(done)
    return Code.FAILED if done.held and not held_is_fine else Code.FINE


def _built(done: Any) -> None:
    from schemas.load import mart, mart_names

    rows = [(f"{mart(m.mart).title} {m.mart}" if m.mart in mart_names() else m.mart, m.rows, _MADE.get(m.state, m.state),
             f"{m.seconds:.1f}") for m in done.marts]  # fmt: skip
    show("主题表", ("主题表", "行数", "结果", "秒"), rows, right=[1, 3])
    for failure in done.failures:
        print(f"核验未通过：{failure}")
    if done.held:
        print(f"扣留 {'、'.join(done.held)}：发布沿用上一个合格版本；查明后重新 guozi build，或 guozi decide 主题表 release --by --reason")


def publish(official: bool, by: str, reason: str, *, as_json: bool) -> Code:
    """`official`: the release (or the last one, when nothing changed) is kept as files for good."""
    from jobs.observed import Observer
    from jobs.publish import Official, publish

    if (by or reason) and not official:
        raise Failure(Code.USAGE, "--by 和 --reason 只用于正式发布；请加 --official")
    here, made_official = settings(), Official(by, reason) if official else None
    release = Observer(here).stage("publish", lambda: publish(here, made_official))
    if as_json:
        emit({"release": None if release is None else release.id})
    else:
        print(_released(release))
    return Code.FINE


def _released(release: Any) -> str:
    if release is None:
        return "与上一次发布相比没有变化，没有新的发布"
    said = f"第 {release.id} 次发布，{len(release.marts)} 张主题表；guozi sql 查询"
    return said if release.official is None else f"{said}\n已按哈希留存为正式发布，guozi sql --release {release.id} 随时可查"


def night(*, as_json: bool) -> Code:
    """FAILED when something is held or a file could not be judged; everything else is done all the same."""
    from jobs.night import night

    with progress(hidden=as_json) as report:
        done = night(settings(), report)
    if as_json:
        emit({**plain(vars(done)), "land": _counted(done.land), "release": None if done.release is None else done.release.id})
    else:
        print(_received(done.land))
        _refined(done.refine)
        _built(done.build)
        print(_released(done.release))
        print("guozi status 查看全貌")
    return Code.FAILED if done.land.failures or done.refine.held or done.build.held else Code.FINE


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
