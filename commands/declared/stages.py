"""A night and its four stages."""

from __future__ import annotations

from typing import Annotated

import typer

from commands.declared.options import Json

app = typer.Typer()

HeldIsFine = Annotated[bool, typer.Option("--held-is-fine", help="有扣留也以 0 结束 · exit 0 though something is held")]


@app.command(help="一夜：land、refine、build、publish · all four stages")
def night(json: Json = False) -> int:
    from commands.stages import night

    return night(as_json=json)


@app.command(help="登记、归档并审核收件目录中的文件 · receive, archive, judge")
def land(
    plan: Annotated[
        int, typer.Option(help="只登记归档，分成至多 N 组 · only receive; at most N groups", show_default=False)
    ] = 0,
    group: Annotated[str, typer.Option(help="只审核这一组（--plan 给出）· judge one group")] = "",
    json: Json = False,
) -> int:
    from commands.stages import land

    return land(plan, group, as_json=json)


@app.command(help="装载、核验，决定哪些数据生效 · load, audit, settle what stands")
def refine(held_is_fine: HeldIsFine = False, json: Json = False) -> int:
    from commands.stages import refine

    return refine(as_json=json, held_is_fine=held_is_fine)


@app.command(help="计算主题表（Spark）· compute the gold tables")
def build(
    held_is_fine: HeldIsFine = False,
    as_known: Annotated[
        str, typer.Option(metavar="DAY", help="按这一天所知重算到草稿区，与当时的发布比较 · recompute as known then")
    ] = "",
    mart: Annotated[
        list[str] | None, typer.Option(help="与 --as-known 同用：只重算这张表，可重复 · only this mart")
    ] = None,
    json: Json = False,
) -> int:
    from commands.stages import as_known as recompute
    from commands.stages import build

    if as_known:
        return recompute(as_known, mart or [], as_json=json)
    return build(as_json=json, held_is_fine=held_is_fine)


@app.command(help="发布一组一致的主题表版本 · release one consistent set")
def publish(
    official: Annotated[bool, typer.Option("--official", help="作为正式发布按哈希留存 · keep it for good")] = False,
    by: Annotated[str, typer.Option(help="正式发布由谁作出 · who")] = "",
    reason: Annotated[str, typer.Option(help="理由或文号 · why")] = "",
    json: Json = False,
) -> int:
    from commands.stages import publish

    return publish(official, by, reason, as_json=json)
