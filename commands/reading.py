"""Commands that only read: `findings`, `trace`, `sql` (`status` is `commands.status`)."""

from __future__ import annotations

import csv
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from catalog.inert import inert
from commands.access import noted
from commands.console import draw, emit, settings, show
from commands.failure import Code, Failure

SHOWN = 500


def findings(*, limit: int, as_json: bool, **filters: str) -> Code:
    """FINE whether or not there are any: asking is not judging."""
    from catalog.findings import find

    answer = find(settings(), filters, limit)
    noted("findings", filters.get("form", ""))
    if as_json:
        emit([dict(zip(answer.columns, row, strict=True)) for row in answer.rows])
        return Code.FINE
    if not answer.rows:
        print("没有符合条件的审核问题")
        return Code.FINE
    for row in answer.rows:
        print(told(dict(zip(answer.columns, row, strict=True))))
    if limit and len(answer.rows) == limit:
        print(f"只显示前 {limit} 条；--limit 0 显示全部，--form --unit --period --rule --receipt 缩小范围")
    return Code.FINE


def told(finding: Mapping[str, Any]) -> str:
    """One finding as a reporter reads it: which rule of which report, where, what stands there, what should, what to do."""
    from schemas.words import SEVERITIES

    whose = " ".join(str(finding[k]) for k in ("form", "unit_id", "period", "scope") if finding.get(k))
    head = f"[{SEVERITIES.get(finding['severity'], finding['severity'])}] {finding['rule_id']}  {finding.get('receipt') or ''}  {whose}"
    seen = f"  填报 {finding['seen']}" if finding.get("seen") else ""
    expected = f"  应为 {finding['expected']}" if finding.get("expected") else ""
    answer = f"\n    {finding['explanation'] or '待说明'}  编号 {finding['number']}" if finding.get("number") else ""
    return f"{head}\n    {finding['address'] or ''}{seen}{expected}\n    {finding['message']}{answer}"


def trace(mart: str, keys: Sequence[str], release: int | None, *, as_json: bool) -> Code:
    """FINDINGS when the recomputed value does not agree with the published one."""
    from catalog.trace import as_json as as_plain
    from catalog.trace import render, trace

    node = trace(settings(), mart, _pairs(keys), release)
    noted("trace", mart)
    if as_json:
        emit(as_plain(node))
    else:
        draw(render(node))
    return Code.FINDINGS if any(n.agrees is False for n in node.walk()) else Code.FINE


def _pairs(keys: Sequence[str]) -> dict[str, str]:
    pairs = dict(key.partition("=")[::2] for key in keys)
    if bad := [key for key in keys if "=" not in key]:
        raise Failure(Code.USAGE, f"主键要写成 列=值，不是“{bad[0]}”；例如 period=2025-03")
    return pairs


def sql(query: str, release: int | None, form: str, as_known: str = "") -> Code:
    from catalog.released import purged
    from catalog.sql import TABLES, NothingReleased, QueryError, ask, connect, find_release

    if form not in ("table", "csv", "json"):
        raise Failure(Code.USAGE, f"--format 只能是 table、csv 或 json，现在是“{form}”")
    if release and as_known:
        raise Failure(Code.USAGE, "--release 与 --as-known 只能给一个：前者是发布时的原样，后者是重算的结果")
    try:
        with connect(settings(), release, day(as_known) if as_known else None) as connection:
            answer = ask(connection, query or TABLES)
        if release and (less := purged(find_release(settings(), release))):
            print(less, file=sys.stderr)
    except NothingReleased as problem:
        raise Failure(Code.REFUSED, str(problem)) from None
    except QueryError as problem:
        raise Failure(Code.USAGE, f"查询不能执行：{problem}\n不带参数运行 guozi sql 列出各表，DESCRIBE <表> 列出各列") from None
    noted("sql", query)
    WAYS[form](answer.columns, answer.rows)
    return Code.FINE


def day(text: str) -> date:
    """Raises Failure for what is not a date."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Failure(Code.USAGE, f"日期应写作 2026-03-31，现在是“{text}”") from None


def _as_table(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    show("", columns, rows[:SHOWN])
    if len(rows) > SHOWN:
        print(f"共 {len(rows)} 行，只显示前 {SHOWN} 行；--format csv 给出全部")


def _as_csv(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([inert(value) if isinstance(value, str) else value for value in row] for row in rows)


def _as_json(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    emit([dict(zip(columns, row, strict=True)) for row in rows])


WAYS = {"table": _as_table, "csv": _as_csv, "json": _as_json}
