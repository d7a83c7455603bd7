"""Commands that only read: `findings`, `trace`, `sql` (`status` is `commands.status`)."""

from __future__ import annotations

import csv
import sys
from collections.abc import Sequence
from typing import Any

from commands.console import emit, settings, show
from commands.failure import Code, Failure

SHOWN = 500


def findings(*, limit: int, as_json: bool, **filters: str) -> Code:
    """FINE whether or not there are any: asking is not judging."""
    from catalog.findings import find

    answer = find(settings(), filters, limit)
    if as_json:
        emit([dict(zip(answer.columns, row, strict=True)) for row in answer.rows])
        return Code.FINE
    if not answer.rows:
        print("没有符合条件的审核问题")
        return Code.FINE
    from schemas.words import SEVERITIES

    rows = [(r[0], SEVERITIES.get(r[1], r[1]), *r[2:4], f"{r[4] or ''} {r[5] or ''} {r[6] or ''}".strip(), *r[7:]) for r in answer.rows]
    show("审核问题", ("回执号", "级别", "规则", "报表", "单位 · 期 · 口径", "位置", "填报", "应为", "说明"), rows)
    if limit and len(rows) == limit:
        print(f"只显示前 {limit} 条；--limit 0 显示全部，--form --unit --period --rule --receipt 缩小范围")
    return Code.FINE


def trace(mart: str, keys: Sequence[str], release: int | None, *, as_json: bool) -> Code:
    """FINDINGS when the recomputed value does not agree with the published one."""
    from catalog.trace import as_json as as_plain
    from catalog.trace import render, trace

    node = trace(settings(), mart, _pairs(keys), release)
    if as_json:
        emit(as_plain(node))
    else:
        from rich import print as show_tree

        show_tree(render(node))
    return Code.FINDINGS if any(n.agrees is False for n in node.walk()) else Code.FINE


def _pairs(keys: Sequence[str]) -> dict[str, str]:
    pairs = dict(key.partition("=")[::2] for key in keys)
    if bad := [key for key in keys if "=" not in key]:
        raise Failure(Code.USAGE, f"主键要写成 列=值，不是“{bad[0]}”；例如 period=2025-03")
    return pairs


def sql(query: str, release: int | None, form: str) -> Code:
    from catalog.sql import TABLES, NothingReleased, QueryError, ask, connect

    if form not in ("table", "csv", "json"):
        raise Failure(Code.USAGE, f"--format 只能是 table、csv 或 json，现在是“{form}”")
    try:
        with connect(settings(), release) as connection:
            answer = ask(connection, query or TABLES)
    except NothingReleased as problem:
        raise Failure(Code.REFUSED, str(problem)) from None
    except QueryError as problem:
        raise Failure(Code.USAGE, f"查询不能执行：{problem}\n不带参数运行 guozi sql 列出各表，DESCRIBE <表> 列出各列") from None
    _WAYS[form](answer.columns, answer.rows)
    return Code.FINE


def _as_table(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    show("", columns, rows[:SHOWN])
    if len(rows) > SHOWN:
        print(f"共 {len(rows)} 行，只显示前 {SHOWN} 行；--format csv 给出全部")


def _as_csv(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)


def _as_json(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    emit([dict(zip(columns, row, strict=True)) for row in rows])


_WAYS = {"table": _as_table, "csv": _as_csv, "json": _as_json}
