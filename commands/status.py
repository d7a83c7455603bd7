"""`guozi status`, which is also how `make run` ends: a page a person wants to read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from catalog.settings import Settings
from catalog.summary import Summary, case_label, entry_label, summarise
from commands.access import noted
from commands.console import emit, settings, show
from commands.failure import Code
from schemas.load import form as load_form
from schemas.load import form_names, mart, mart_names
from schemas.words import SEVERITIES

UNKNOWN = "（未识别）"
_SHOWN = 5
_TOLD = {"lineage": "血缘事件没有送出（本地已留存）", "metrics": "运行指标没有写出"}


def status(*, as_json: bool) -> Code:
    here = settings()
    summary = summarise(here)
    noted("status")
    if as_json:
        emit(summary)
    else:
        page(here, summary)
    return Code.FINE


def page(here: Settings, summary: Summary) -> None:
    if not summary.submissions.rows:
        print("还没有收到任何报送；试一试：make run，或 guozi submit 文件")
        return
    _submissions(summary)
    _findings(summary)
    _released(summary)
    for what, times in summary.troubles.items():
        print(f"{_TOLD[what]} {times} 次，数据不受影响；原因见 {summary.places['运行日志']}\n")
    print("数据所在：" + "  ".join(f"{name} {place}" for name, place in summary.places.items()))
    print("接下来：")
    for line in _next(summary):
        print(f"  {line}")


def _title(form: str) -> str:
    return f"{load_form(form).title} {form}" if form in form_names() else form or UNKNOWN


def _submissions(summary: Summary) -> None:
    rows = [(_title(row[0]), *row[1:]) for row in summary.submissions.rows]
    total: tuple[Any, ...] = ("合计", *(sum(int(row[i]) for row in summary.submissions.rows) for i in range(1, 9)))
    show("报送（份）与记录（条）", ("报表", "收到", "全部接受", "部分接受", "退回", "拒收", "待审核", "入库记录", "待处理记录"),
         [*rows, total], right=range(1, 9))  # fmt: skip
    if summary.rejections.rows:
        show("拒收原因", ("规则", "份数", "例如"), summary.rejections.rows, right=[1])
    print(_originals(summary, total[1]))
    print("报表条目：" + "，".join(f"{entry_label(state)} {count}" for state, count in summary.entries.items()) + "\n")
    if summary.unreviewed:
        print(f"待集团审核 {summary.unreviewed} 条：数据已计入，归口处室受理前须经集团审核（guozi decide 回执号 review）\n")


def _originals(summary: Summary, received: int) -> str:
    if summary.missing:
        return f"归档里缺 {len(summary.missing)} 份原件：{'、'.join(summary.missing[:_SHOWN])}；请从备份取回"
    ordered = f"，其中 {len(summary.purged)} 份{'；'.join(summary.purged[:_SHOWN])}" if summary.purged else ""
    return f"收到的 {received} 份原件都在归档中，或按令清除{ordered}" if ordered else f"收到的 {received} 份原件都在归档中"


def _findings(summary: Summary) -> None:
    if summary.findings.rows:
        rows = [(rule, SEVERITIES[severity], _rule_title(form, rule), _title(form), count, files)
                for rule, severity, form, count, files in summary.findings.rows]  # fmt: skip
        show("审核问题（按规则）", ("规则", "级别", "规则内容", "报表", "条数", "涉及报送"), rows, right=[4, 5])
    else:
        print("没有审核问题\n")


def _rule_title(form: str, rule: str) -> str:
    from schemas.implied import all_rules

    return next((r.title for r in all_rules(load_form(form)) if r.id == rule), "") if form in form_names() else ""


def _released(summary: Summary) -> None:
    if summary.warnings.rows:
        show("预警", ("预警", "级别", "内容", "条数"), summary.warnings.rows, right=[3])
    if summary.cases:
        told = "，".join(f"{case_label(state)} {count}" for state, count in summary.cases.items())
        print(f"预警处理：{told}；guozi warnings 列出，guozi handle 处理\n")
    if summary.release is None:
        print("还没有发布\n")
        return
    rows = [(f"{mart(name).title} {name}" if name in mart_names() else name, state["rows"], state["version"])
            for name, state in sorted(summary.release.marts.items())]  # fmt: skip
    official = "，正式发布" if summary.release.official else ""
    show(f"第 {summary.release.id} 次发布（截至 {summary.release.as_of}{official}）", ("主题表", "行数", "版本"), rows, right=[1, 2])
    if summary.held:
        print(f"扣留待查：{'、'.join(summary.held)}\n")


def _next(summary: Summary) -> Iterable[str]:
    if summary.release is None:
        yield "guozi night                                   做完一夜，产生第一次发布"
        return
    yield "guozi findings --rule 规则编号                看某条规则的每一处问题：单元格、填报值、应填值"
    yield "guozi sql                                     列出各主题表；guozi sql \"select …\" 查询"
    yield f"guozi trace {' '.join(summary.example) or '主题表 列=值 …'}    把一个数字追溯到原始单元格并重算"
    yield "guozi check 文件                              报送之前先看结论，什么都不保存"
    if summary.entries.get("to review"):
        yield "guozi decide 回执号 accept --by 姓名 --reason 理由    裁定冲突的修订"
