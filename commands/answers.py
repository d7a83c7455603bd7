"""What people say of what was sent: explanations of findings, closings, extensions, exemptions."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from commands.console import emit, settings, show
from commands.failure import Code, Failure


def sheet(out: Path, *, as_json: bool, **filters: str) -> Code:
    from jobs.explaining import sheet

    if out.suffix != ".xlsx":
        raise Failure(Code.USAGE, f"问题清单是 xlsx 文件，{out.name} 的扩展名不对")
    count = sheet(settings(), filters, out)
    if as_json:
        emit({"findings": count, "file": str(out)})
    else:
        print(f"{count} 个待说明的问题写入 {out}；填好“原因代码”和“说明”后执行 guozi explain {out} --by 姓名")
    return Code.FINE


def explain(target: str, said: Mapping[str, str], *, as_json: bool) -> Code:
    """`target`: a finding's number or a returned sheet. `said`: by, and code and text, or accept or refuse with a reason."""
    from jobs.explaining import explain, explain_sheet, judge

    here, by = settings(), said["by"]
    if verdict := said["verdict"]:
        moved = judge(here, target, verdict, by, said["reason"])
        told = "已认可" if verdict == "accepted" else "未被认可，报送单位需重新说明"
        emit(moved) if as_json else print(f"已记录：问题 {target} 的说明{told}（{by}）")
        return Code.FINE
    if Path(target).suffix:
        if not Path(target).is_file():
            raise Failure(Code.USAGE, f"没有 {target} 这个文件")
        done = explain_sheet(here, Path(target), by)
    else:
        done = explain(here, {target: (said["code"], said["text"])}, by)
    if as_json:
        emit(done)
        return Code.FINE
    print(f"记录说明 {done.recorded} 条，与此前相同 {done.unchanged} 条，未填 {done.left} 条")
    if done.entries.get("in force"):
        print(f"{done.entries['in force']} 个报表条目的核实问题都已说明，转为生效")
    return Code.FINE


def rule(kind: str, said: Mapping[str, str], by: str, reason: str, *, as_json: bool) -> Code:
    """`kind`: close, extend or exempt."""
    from catalog.ledger.ledger import Ledger
    from catalog.ledger.values import RulingRecord
    from jobs.journal import export

    kinds = {"close": "closing", "extend": "extension", "exempt": "exemption"}
    here = settings()
    ledger = Ledger.open(here)
    try:
        if kind == "lift":
            if not said["number"].isdigit():
                raise Failure(Code.USAGE, "解除要写编号：guozi rule lift 编号；guozi rule list 列出全部")
            number = int(said["number"])
            ledger.lift(number, by, reason)
        else:
            number = ledger.rule(RulingRecord(kinds[kind], said["form"], said["period"], said["unit"], said["until"]), by, reason)
        export(here, ledger)
    finally:
        ledger.close()
    emit({"number": number}) if as_json else print(f"已记录，编号 {number}（{by}）；下一次 guozi build 之后在报送情况中可见")
    return Code.FINE


def rulings(*, as_json: bool) -> Code:
    from catalog.ledger.ledger import Ledger
    from catalog.ledger.machine import SUBJECTS, state

    ledger = Ledger.open(settings())
    try:
        rows = ledger.rulings().to_pylist()
    finally:
        ledger.close()
    if as_json:
        emit(rows)
    elif not rows:
        print("没有封账、延期或免报")
    else:
        show("封账、延期与免报", ("编号", "事项", "报表", "单位", "报告期", "延至", "由", "日期", "理由", "状态"),
             [(r["id"], SUBJECTS[r["kind"]], r["form"], r["unit_id"], r["period"], r["until"], r["by"], r["day"], r["reason"],
               state(r["kind"], r["state"]).label) for r in rows])  # fmt: skip
    return Code.FINE
