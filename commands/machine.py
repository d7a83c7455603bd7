"""`doctor` and `samples`: what happens before anything is reported."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from catalog.doctor import CHECKS, Check, examine
from catalog.settings import Settings, Store
from commands.console import emit, plain, settings, show
from commands.failure import Code, Failure


def doctor(only: Sequence[str], *, as_json: bool, init: bool) -> Code:
    """ENVIRONMENT when a night would fail here. With one check asked for, one sentence is all it says."""
    known = (*CHECKS, *_MORE)
    if unknown := set(only) - set(known):
        raise Failure(Code.USAGE, f"没有“{'、'.join(sorted(unknown))}”这项检查；可选：{'、'.join(known)}")
    here = settings()
    if init:
        from commands.airflow import initialise

        here.incoming.mkdir(parents=True, exist_ok=True)
        if here.store is not None:
            _prepare(here, here.store)
        initialise(here)
    checks = examine(here, only, _MORE)
    bad = [c for c in checks if c.state == "坏"]
    if as_json:
        emit({"fit": not bad, "checks": plain(checks)})
    elif only:
        for check in bad:
            print(f"{check.said}；请执行：{check.remedy}")
    else:
        show("运行条件", ("检查", "", "说明", "怎么办"), [(c.name, c.state, c.said, c.remedy) for c in checks])
    return Code.ENVIRONMENT if bad else Code.FINE


def _prepare(here: Settings, store: Store) -> None:
    """Buckets, and what to give the accounts that use them: making accounts is each store's own affair."""
    from catalog import buckets, roles

    if made := buckets.make(here, store):
        print(f"已建立桶：{'、'.join(made)}", file=sys.stderr)
    where = here.home / "policies"
    roles.write(here, where)
    print(f"各角色的权限文件在 {where}，请交给对象存储的管理员，给每个账号配上自己的角色", file=sys.stderr)


def contracts(_settings: Settings) -> Check:
    """Every declaration is read, every rule and condition translated; the first lines of what cannot be are shown."""
    from expectations.contract import runnable
    from schemas.load import form_names, indicators, mart, mart_names, measures, reconciliations, warnings
    from schemas.reading import ContractError

    looks: list[Callable[[], object]] = [partial(runnable, name) for name in form_names()]
    looks += [*(partial(mart, name) for name in mart_names()), measures, indicators, reconciliations, _conditions]
    wrong: list[str] = []
    for look in looks:
        try:
            look()
        except ContractError as problem:
            wrong += [line for line in str(problem).splitlines() if line not in wrong]
    if wrong:
        shown = "；".join(wrong[:_SHOWN])
        return Check("contracts", "坏", f"{len(wrong)} 处声明不能用：{shown}", "按提示改正 schemas/ 中的文件")
    counts = (f"{len(form_names())} 种报表", f"{len(mart_names())} 张主题表", f"{len({i.id for i in indicators()})} 个指标",
              f"{len(warnings())} 条预警", f"{len(reconciliations())} 项比对")  # fmt: skip
    return Check("contracts", "好", f"{'、'.join(counts)}的声明都能用")


def _conditions() -> None:
    """Every condition of a row warning is translated."""
    from expectations.contract import check_warning
    from schemas.load import warnings

    for warning in warnings():
        if warning.kind == "row":
            check_warning(warning)


_SHOWN = 3
_MORE = {"contracts": contracts}


def samples(out: Path, seed: int, size: str, domains: str = "") -> Code:
    from samples import SIZES, domain_names, generate

    if size not in SIZES:
        raise Failure(Code.USAGE, f"--size 只能是 {' 或 '.join(SIZES)}，现在是“{size}”")
    if out.exists() and any(out.iterdir()):
        raise Failure(Code.REFUSED, f"{out} 不是空目录；换一个目录，或先清空它")
    chosen = [name.strip() for name in domains.split(",") if name.strip()]
    unknown = [name for name in chosen if name not in domain_names()]
    if unknown:
        raise Failure(Code.USAGE, f"没有“{'、'.join(unknown)}”这种业务领域；--domains 可以写 {'、'.join(domain_names())}")
    summary = generate(out, seed, size, domains=chosen)
    print(f"样例已生成：{out / 'incoming'}（{summary.files} 个文件），答案在 {out / 'truth'}")
    print(f"下一步：GUOZI_TODAY={summary.today} GUOZI_ARRIVALS=manifest guozi submit {out / 'incoming'}（样例的“今天”和各文件的收到日）")
    return Code.FINE
