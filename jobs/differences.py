"""Why a recomputed mart is not what was released: the parts of both fingerprints, side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from catalog.ledger.ledger import Ledger
from catalog.ledger.settle import receipt
from catalog.ledger.values import ReleaseNote, ScratchNote
from jobs.known import Known
from schemas.load import form_names, mart_names

_MOST = 5
_LEDGER = {
    "parameters": "口径、参数或有数据的期间不同", "as_of": "截止日不同", "entry": "台账的报表条目不同",
    "access": "查询日志不同", "submission": "台账的报送不同",
    "batch": "台账的批次不同", "finding": "审核问题不同", "forms": "有关报表的数据或合同不同",
}  # fmt: skip


@dataclass(frozen=True)
class Difference:
    """`same`: equal content. `reasons`: Chinese; of equal marts too, where they were computed from something else."""

    mart: str
    same: bool
    reasons: tuple[str, ...]


def differences(ledger: Ledger, release: ReleaseNote, made: ScratchNote, known: Known, whole: bool) -> tuple[Difference, ...]:
    """One a mart of the scratch, and (if it is `whole`) of the release; marts as they are computed from each other."""
    names = [*made.marts, *(sorted(release.marts.keys() - made.marts.keys()) if whole else ())]
    return tuple(_difference(ledger, name, release, made, known) for name in names)


def _difference(ledger: Ledger, name: str, release: ReleaseNote, made: ScratchNote, known: Known) -> Difference:
    was, now = release.marts.get(name), made.marts.get(name)
    if was is None or now is None:
        return Difference(name, False, (f"第 {release.id} 次发布没有这张表" if was is None else "现在的程序没有这张表",))
    same = was["content_hash"] == now["content_hash"]
    told = was.get("fingerprint", "")
    if not told or not ledger.keeps(told):
        return Difference(name, same, ("发布时没有留下计算依据，无从比较",))
    reasons = tuple(_reasons(ledger, int(was["seq"]), ledger.blob(told), known.parts[name], known))
    return Difference(name, same, reasons or (() if same else ("依据完全相同而结果不同：请报告系统维护人员",)))


def _reasons(ledger: Ledger, seq: int, was: Mapping[str, Any], now: Mapping[str, Any], known: Known) -> Iterator[str]:
    if was["code"] != now["code"]:
        yield "程序有改动"
    if was["mart"] != now["mart"]:
        yield "主题表的定义有改动"
    for name in sorted({*was["inputs"], *now["inputs"]}):
        if was["inputs"].get(name) == now["inputs"].get(name):
            continue
        if name in mart_names():
            yield f"所依据的主题表 {name} 不同"
        elif name in form_names():
            yield from _batches(ledger, seq, name, known)
        else:
            yield _LEDGER[name]


def _batches(ledger: Ledger, seq: int, form: str, known: Known) -> Iterator[str]:
    """Which submissions of a form counted only then or only now."""
    before = {r["submission"] for r in ledger.in_force(seq).to_pylist() if r["form"] == form}
    after = {r["submission"] for r in known.standing.to_pylist() if r["form"] == form}
    if before == after:
        yield f"报表 {form} 的合同不同"
    for told, numbers in (("多了", after - before), ("少了", before - after)):
        if numbers:
            more = "等" if len(numbers) > _MOST else ""
            yield f"报表 {form} {told} {len(numbers)} 份报送（{'、'.join(receipt(n) for n in sorted(numbers)[:_MOST])}{more}）"
