"""`check` and `submit`: what a sender does, answered with the same receipt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from catalog.ledger.ledger import Ledger
from catalog.progress import Progress
from catalog.settings import Settings
from commands.console import emit, progress, settings
from commands.failure import Code, Failure
from commands.incoming import put, said_of
from commands.reading import told
from intake.pool import Pool
from intake.receipt import EntryNote, Receipt, UnitReceipt, receipt_of

VERDICTS = {
    "accepted": "接受：全部记录入库",
    "partial": "部分接受：有问题的记录进入待处理，其余入库",
    "returned": "退回：请按问题清单改正后重新报送",
    "rejected": "拒收：文件无法审核或不应再报",
    "purged": "按令清除：内容已删除，只留哈希",
    "": "已归档，等待审核",
}
SHOWN = 20
_SEEN = "这是预审，没有保存任何内容；跨期、跨表的核对以第 {} 号发布为准，之后到的数据由当夜再核"
Findings = Sequence[Mapping[str, Any]]


def check(path: Path, given: Mapping[str, Any], *, pool: Pool, as_json: bool) -> Code:
    """FINE only when submitting the file would put all of it in force without a question."""
    if not path.is_file():
        raise Failure(Code.USAGE, f"没有 {path} 这个文件")
    from intake.check import check

    done = check(path, said_of(path, given), settings(), pool)
    findings, beside = ((), ()) if done.receipt.rejection else (done.findings, done.relations)
    if as_json:
        emit({"receipt": done.receipt, "findings": findings, "release": done.release or None, "relations": beside})
    else:
        show_receipt(done.receipt, findings)
        if beside:
            print(f"    与第 {done.release} 号发布中在用的数据相比：")
            _list(beside)
        print(_SEEN.format(done.release) if done.release else "这是预审，没有保存任何内容；还没有发布，跨期、跨表的核对由当夜进行")
    asked = any(f["severity"] != "notice" for f in (*findings, *beside))
    return Code.FINE if done.receipt.passes and not asked else Code.FINDINGS


def submit(paths: Sequence[Path], given: Mapping[str, Any], *, put_only: bool, as_json: bool) -> Code:
    """FINDINGS when something has to be sent again, FAILED when a file could not be judged."""
    here = settings()
    names = put(here, paths, given)
    if put_only:
        if as_json:
            emit({"put": names})
        else:
            print(f"{len(names)} 个文件已放入 {here.incoming}；下一次 guozi land 或每夜的 nightly 会登记、审核并出具回执")
        return Code.FINE
    with progress(hidden=as_json) as report:
        failures = _judge(here, names, report)
    answers = [(receipt, _found(here, receipt)) for receipt in _receipts(here, names)]
    if as_json:
        emit([{"receipt": receipt, "findings": findings} for receipt, findings in answers])
    else:
        for receipt, findings in answers:
            show_receipt(receipt, findings)
        print("下一步：guozi refine 使接受的数据生效（nightly 每夜都会做）；guozi findings --receipt 回执号 查看每处问题")
    if failures:
        raise Failure(Code.FAILED, f"{failures} 份文件因系统故障没有审核，原件已归档，下次 guozi land 会再试")
    return Code.FINE if all(receipt.passes for receipt, _ in answers) else Code.FINDINGS


def _judge(here: Settings, names: Sequence[str], report: Progress) -> int:
    """Receives all that lies in incoming/, judges what was just put there; the rest waits. How many could not be judged."""
    from jobs.land import judge_group, plan

    waiting = set(plan(here, report))
    ours = [row["id"] for row in _rows(here, names) if row["id"] in waiting]
    return len(judge_group(here, ours, report).failures) if ours else 0


def _rows(here: Settings, names: Sequence[str]) -> list[dict[str, Any]]:
    ledger = Ledger.open(here)
    try:
        return [row for row in ledger.submissions().to_pylist() if row["name"] in set(names)]
    finally:
        ledger.close()


def _receipts(here: Settings, names: Sequence[str]) -> list[Receipt]:
    numbers = [row["receipt"] for row in _rows(here, names)]
    ledger = Ledger.open(here)
    try:
        return [receipt_of(rows) for number in numbers if (rows := ledger.receipt(number)) is not None]
    finally:
        ledger.close()


def _found(here: Settings, receipt: Receipt) -> Findings:
    from catalog.findings import find

    if receipt.rejection:
        return ()
    answer = find(here, {"receipt": receipt.number})
    return [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]


def show_receipt(receipt: Receipt, findings: Findings) -> None:
    number = f"回执 {receipt.number}  " if receipt.number else ""
    print(f"{number}{Path(receipt.file).name}  {VERDICTS[receipt.verdict]}")
    if no := receipt.rejection:
        print(f"    {no['rule_id']}  {no['where']}：{no['message']}。{no['todo']}")
    else:
        print(f"    {receipt.title} {receipt.period}  入库 {receipt.silver_rows} 条，待处理 {receipt.quarantine_rows} 条")
    _entries(receipt.entries)
    if len({entry.unit_id for entry in receipt.entries}) > 1 and receipt.number:
        print(f"    各单位的回执：guozi receipt {receipt.number} --unit 单位代码")
    _list(findings)
    print(f"    文件 {receipt.sha256}  接收日 {receipt.received_on}")
    if receipt.contract_hash:
        print(f"    合同 {receipt.contract_hash}  审核 {receipt.judge}  读取 {receipt.reader}")


def show_unit(receipt: UnitReceipt, findings: Findings) -> None:
    """What one unit of a submission about several is told."""
    print(f"回执 {receipt.number}  {receipt.unit_id}  {Path(receipt.file).name}  {VERDICTS[receipt.verdict]}")
    print(f"    {receipt.title}")
    _entries(receipt.entries)
    _list(findings)
    print(f"    文件 {receipt.sha256}  接收日 {receipt.received_on}")
    print(f"    合同 {receipt.contract_hash}  审核 {receipt.judge}  读取 {receipt.reader}")


def _entries(entries: Sequence[EntryNote]) -> None:
    for entry in entries[:SHOWN]:
        whose = f"{entry.unit_id} {entry.period} {entry.scope}"
        print(f"    {whose}  必改 {entry.errors} 核实 {entry.queries}  {entry.label}：{entry.reason or entry.advice}")
    if len(entries) > SHOWN:
        print(f"    …… 共 {len(entries)} 个单位、期和口径")


def _list(findings: Findings) -> None:
    order = {"error": 0, "query": 1, "notice": 2}
    ranked = sorted(findings, key=lambda f: order[str(f["severity"])])
    for finding in ranked[:SHOWN]:
        print(told(finding))
    if len(ranked) > SHOWN:
        print(f"…… 共 {len(ranked)} 处；--json 给出全部")
