"""Lawful reports that look like faults: for each kind of fault at least five, named so that a test can see them left in peace.

All but the digits that happen to be transposed are there by the city's cast (samples.city, samples.filing); those are looked for.
"""

from __future__ import annotations

from collections.abc import Iterator

from samples.city import PILOT
from samples.filing import FORM, Filed, grid
from samples.plan import LookAlike, Plan

_JUMPS = (("B13", "2025-03"), ("C2", "2024-12"), ("G", "2025-02"), ("B31", "2024-12"), ("A13", "2025-04"))
_STYLES = (("C", "2025-02"), ("B3", "2025-02"), ("I", "2025-02"), ("B4", "2025-02"), ("D", "2025-03"))
_LOSSES = (("A111", "2024-02"), ("A111", "2024-03"), ("B21", "2024-02"), ("B21", "2024-03"), ("B12", "2025-04"))
_FOUNDED = (("B6", "2024-12"), ("B6", "2025-02"), ("B6", "2025-03"), ("B6", "2025-04"))
_DORMANT = tuple(("K", p) for p in ("2024-02", "2024-03", "2024-12", "2025-03", "2025-04"))
_GROUPS = (("A", "2024-12"), ("A", "2025-02"), ("A", "2025-03"), ("A2", "2024-12"), ("B", "2024-12"), ("B", "2025-02"), ("B1", "2024-12"))
_CODES = (("C1", "第1–2位有字母"), ("B2", "组织机构代码校验位为X"), ("E", "第3–8位是已停用的区划"), ("B22", "境外单位 jw:"),
          ("A4", "管理主体 gl:"))  # fmt: skip
_TYPED = (("C1", "千分位"), ("C2", "千分位"), ("D", "负数加括号"), ("E", "全角数字"), ("C", "无数据处填“-”"))

_KNOWN: dict[str, tuple[tuple[tuple[str, str], ...], str, str]] = {
    "cell_scale": (_JUMPS, "single", "业务量确实增长十倍"),
    "sheet_scale": (_STYLES, "single", "金额单位或小数位数与上年不同"),
    "sign": (_LOSSES, "single", "确实亏损，负数填列"),
    "shift": (_FOUNDED + _DORMANT[:2], "single", "年初、上年同期为零，或三列相同：新设、停业企业"),
    "zero_column": (_FOUNDED + _DORMANT, "single", "新设企业没有上年数，停业企业没有收入"),
    "copied": (_DORMANT, "single", "停业企业各期几乎相同，只有少量费用"),
    "total_for_part": (_DORMANT, "single", "只有货币资金，部分等于合计"),
    "missing_line": ((("J", "2024-02"), ("J", "2024-12"), ("K", "2024-02"), ("K", "2024-03"), ("K", "2024-12")), "single",
                     "选填项目的行不列"),
    "record_twice": (_GROUPS, "consolidated", "同一单位在一个文件里报单户、差额、合并三种口径"),
    "year_ago": ((*_GROUPS[1:4], ("B1", "2025-02"), ("B", "2025-03")), "consolidated", "合并范围变化，已填重述原因"),
    "opening": ((*_GROUPS[1:4], ("B1", "2025-02"), ("B", "2025-03")), "consolidated", "合并范围变化，已填重述原因"),
    "loss_added_up": (tuple(("C", p) for p in ("2024-12", "2025-02")) + tuple(("A1", p) for p in ("2024-12", "2025-02", "2025-04")),
                      "consolidated", "亏损额是并表各户净亏损之和，不是合并净亏损"),
    "not_registered": ((_FOUNDED[0], ("A22", "2024-03"), ("A22", "2024-12"), ("A3", "2024-12"), ("B22", "2024-12"), ("A4", "2024-12")),
                       "single", "当期登记在册：新设、划转、注销前、境外、管理主体"),
    "unknown_code": ((("E", "2024-02"), ("B", "2024-02"), ("B", "2024-03"), ("J", "2024-12"), ("G", "2024-02")), "single",
                     "代码在当时有效，或用代码表的名称填写"),
}  # fmt: skip


def look_alikes(plan: Plan) -> list[LookAlike]:
    planted = {(f.unit_id, f.period, f.scope) for f in plan.faults if f.form == FORM}
    found = [*_cast(plan), *_typing(plan), *_transposed(plan)]
    return [one for one in found if (one.unit_id, one.period, one.scope) not in planted]


def _cast(plan: Plan) -> Iterator[LookAlike]:
    for kind, (places, scope, why) in _KNOWN.items():
        yield from (_look_alike(plan, kind, key, period, scope, why) for key, period in places)


def _typing(plan: Plan) -> Iterator[LookAlike]:
    for key, why in _CODES:
        yield _look_alike(plan, "wrong_digit", key, "2024-12" if key != "E" else "2025-04", "single", why)
    for key, why in _TYPED:
        yield _look_alike(plan, "text_with_unit", key, "2024-02", "single", why)


def _look_alike(plan: Plan, kind: str, key: str, period: str, scope: str, why: str) -> LookAlike:
    return LookAlike(kind, FORM, plan.city.units[key].unit_id, period, scope, why)


def _transposed(plan: Plan, wanted: int = 8) -> Iterator[LookAlike]:
    """Figures that by chance read as those of another period with two digits changed round."""
    planted = {*(f.unit_id for f in plan.faults if f.form == FORM), plan.city.units[PILOT].unit_id}
    series: dict[tuple[str, str], dict[str, Filed]] = {}
    for record in (r for s in plan.sent for r in s.records if not s.revision and r.unit_id not in planted):
        series.setdefault((record.key, record.scope), {})[record.period] = record
    for _, periods in sorted(series.items()):
        for period, before in ((new, old) for new in sorted(periods) for old in sorted(periods) if old < new):
            column = next((c.name for c in grid() if _swapped(periods[period], periods[before], c.name)), "")
            if column and wanted > 0:
                wanted -= 1
                now = periods[period]
                yield LookAlike("transposed", FORM, now.unit_id, period, now.scope, f"{column}：与 {before} 恰为两位数字互换")
        if wanted <= 0:
            return


def _swapped(record: Filed, before: Filed, column: str) -> bool:
    now, then = record.cells.get(column, ""), before.cells.get(column, "")
    different = [i for i, (a, b) in enumerate(zip(now, then, strict=False)) if a != b]
    if len(now) != len(then) or len(different) != 2 or len(now) < 3:
        return False
    return now[different[0]] == then[different[1]] and now[different[1]] == then[different[0]]
