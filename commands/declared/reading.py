"""What was received and released, and how a figure came about."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from commands.declared.options import FormOption, Json, PeriodOption, UnitOption

app = typer.Typer()


@app.command(help="收到、采用、发布了什么 · what is received, in force, released")
def status(json: Json = False) -> int:
    from commands.status import status

    return status(as_json=json)


@app.command(help="查询审核问题 · findings: cell, value seen, value expected")
def findings(
    form: FormOption = "",
    unit: UnitOption = "",
    period: PeriodOption = "",
    rule: Annotated[str, typer.Option(help="规则编号 · rule id")] = "",
    receipt: Annotated[str, typer.Option(help="回执号 · receipt")] = "",
    limit: Annotated[int, typer.Option(help="最多显示几条，0 为全部 · rows shown, 0 for all")] = 100,
    sheet: Annotated[
        Path | None, typer.Option(help="把待说明的问题写成 xlsx 清单 · open queries as a sheet to fill in")
    ] = None,
    json: Json = False,
) -> int:
    from commands.answers import sheet as write
    from commands.reading import findings

    if sheet is not None:
        return write(sheet, form=form, unit=unit, period=period, rule=rule, receipt=receipt, as_json=json)
    return findings(form=form, unit=unit, period=period, rule=rule, receipt=receipt, limit=limit, as_json=json)


@app.command(help="追溯一个数字到原始单元格并重算 · a number back to its cells")
def trace(
    mart: Annotated[str, typer.Argument(help="主题表 · mart")],
    keys: Annotated[list[str], typer.Argument(help="主键，如 period=2025-03 · key", metavar="KEY=VALUE…")],
    release: Annotated[
        int, typer.Option(help="发布号，默认最近一次 · release, the last by default", show_default=False)
    ] = 0,
    json: Json = False,
) -> int:
    from commands.reading import trace

    return trace(mart, keys, release or None, as_json=json)


@app.command(help="用 SQL 查询已发布的主题表 · query the released tables")
def sql(
    query: Annotated[str, typer.Argument(help="一条查询；省略则列出各表 · one query; none lists the tables")] = "",
    release: Annotated[
        int, typer.Option(help="发布号，默认最近一次 · release, the last by default", show_default=False)
    ] = 0,
    as_known: Annotated[
        str, typer.Option(metavar="DAY", help="这一天所知的重算结果 · what build --as-known made")
    ] = "",
    format: Annotated[str, typer.Option("--format", help="table、csv 或 json")] = "table",
    json: Json = False,
) -> int:
    from commands.reading import sql

    return sql(query, release or None, "json" if json else format, as_known)


@app.command(help="两次发布或两份报送之间变了什么 · what moved between two")
def diff(
    before: Annotated[str, typer.Argument(help="发布号或回执号 · release or receipt")],
    after: Annotated[str, typer.Argument(help="发布号或回执号 · release or receipt")],
    json: Json = False,
) -> int:
    from commands.changes import diff

    return diff(before, after, as_json=json)
