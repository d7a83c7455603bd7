"""The pages a sender's engineers read, in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from schemas.column import Column
from schemas.contract import Form
from schemas.implied import all_rules
from schemas.words import SEVERITIES

_TYPES = {
    "text": "文本", "unit": "单位代码", "date": "日期", "period": "报告期", "amount": "金额", "ratio": "比率",
    "quantity": "数量", "integer": "整数", "boolean": "是否", "code": "代码",
}  # fmt: skip
_KINDS = {"month": "月报", "quarter": "季报", "half": "半年报", "year": "年报", "day": "事项发生后报"}
_ADDS = {"snapshot": "一份报送说明一个单位、一期的全部，后一修订整份替代前一份", "append": "逐批追加，每批只报新的记录", "diff": "只报变化"}
_REVIEWS = {"group": "受理前须经集团审核", "optional": "不要求，集团可以审核"}
_ACCEPTS = {"entry": "有一处必改，这家单位这一期整份退回", "row": "有必改的记录进入待处理，其余入库"}


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = ["| " + " | ".join(_cell(c) for c in row) + " |" for row in (head, *rows)]
    return "\n".join([lines[0], "|" + "---|" * len(head), *lines[1:]]) + "\n"


def _cell(value: object) -> str:
    return ("" if value is None else str(value)).replace("|", "\\|").replace("\n", " ")


def form_page(form: Form) -> str:
    """Everything a sender must know of one form: calendar, columns, rules."""
    due = [("各监管主体" if d.superior == "*" else d.superior, f"期末后第 {d.months} 个月 {d.day} 日，遇节假日顺延")
           for d in form.calendar.due]  # fmt: skip
    said = [
        f"# {form.title}（{form.name}）\n", f"{form.purpose}\n",
        table(("项目", "内容"), [
            ("版本", form.version), ("归口处室", form.owner), ("领域", form.domain), ("数据级别", form.grade), ("共享类型", form.sharing),
            ("报送周期", _KINDS[form.calendar.kind]), ("版式", "、".join(form.layouts)), ("累计方式", _ADDS[form.accumulation]),
            ("不合格时", _ACCEPTS[form.acceptance]), ("集团审核", _REVIEWS[form.review]),
            ("主键", "、".join(form.by_name[k].label for k in form.key)), ("依据", form.legal_basis),
        ]),
    ]  # fmt: skip
    if due:
        said += ["\n## 报送期限\n", table(("报给", "期限"), due)]
    said += ["\n## 数据项\n", table(_HEAD, [_column(n, c) for n, c in enumerate(form.columns, 1)])]
    said += ["\n## 审核规则\n", table(("编号", "级别", "内容", "出错时怎么说", "依据"), _rules(form))]
    return "\n".join(said)


_HEAD = ("序号", "列名（接口）", "表头", "也可写作", "类型", "单位", "必填", "主键", "代码表", "级别")


def _column(number: int, column: Column) -> tuple[object, ...]:
    return (number, f"`{column.name}`", column.header or column.label, "、".join(column.synonyms), _TYPES.get(column.type, column.type),
            "%" if column.percent else column.unit, "是" if column.required else "", "是" if column.key else "", column.codes,
            column.grade)  # fmt: skip


def _rules(form: Form) -> Iterable[tuple[object, ...]]:
    """The authored ones; of the implied ones a sender reads in the index."""
    authored = {rule.id for rule in form.rules}
    for rule in all_rules(form):
        if rule.id in authored:
            yield rule.id, SEVERITIES[rule.severity], rule.title, rule.message, rule.basis


def index_page(forms: Sequence[Form], refusals: Mapping[str, tuple[str, str]]) -> str:
    """What holds for every form, and the list of forms by domain."""
    said = [_GENERAL]
    for domain, members in groupby(sorted(forms, key=lambda f: (f.domain, f.name)), key=lambda f: f.domain):
        rows = [(f"[{f.title}](forms/{f.name}.md)", f"`{f.name}`", _KINDS[f.calendar.kind], f.owner, len(f.columns), f.version)
                for f in members]  # fmt: skip
        said += [f"### {domain}\n", table(("报表", "代码", "周期", "归口处室", "数据项", "版本"), rows)]
    said += ["## 整份拒收的原因\n", table(("编号", "原因", "怎么办"), [(rule, *words) for rule, words in sorted(refusals.items())])]
    return "\n".join(said)


_GENERAL = """# 报送接口说明

本说明由系统的报表合同生成：合同一改，这里就变。`changes.md` 列出与上一版的差别。

## 怎样报

- 文件：`.xlsx`（模板在 `templates/`）、`.csv`（UTF-8 或 GB18030）、`.json`、`.parquet`，或装有它们的 `.zip`；
  一个压缩包可含多家单位，每家各得一份回执。
- 接口：`openapi.json`（将由门户提供；文件与接口用同一套规则审核）。JSON 记录的格式见 `forms/<报表>.schema.json`，键可以是列名或表头。
- 合同：`forms/<报表>.odcs.json`，按开放数据合同标准（ODCS v3.1）写出全部列和规则，供其他系统读取。
- 写明报表、报告期、修订号：放在模板属性、JSON 或 Parquet 的元数据、压缩包内的 `manifest.yaml`，或目录名中；几处说法不同即拒收。
- 金额写明金额单位（元、万元、亿元）；比率带 % 或写百分数；没有数据留空，不要填 0；日期写 2025-03-31。
- 更正：报一个新的修订，写明修订号或所替代的回执号；已接受的数据从不改动。

## 报之前先自查

`guozi check 文件` 给出与正式报送完全相同的结论，什么都不保存。`selftest/` 是每张报表的样例：合格的、故意出错的，
和每一行应当被哪些规则指出；`guozi catalog selftest 本目录` 用它们检验一处安装。

## 每列都查的

`TYP-列名` 写法不合类型，`REQ-列名` 必填而空，`COD-列名` 不在代码表内（以期末有效为准），`KEY-DUP` 主键重复，`HDR-MISSING` 缺列，
`HDR-UNKNOWN` 多出的列（提示）。

## 报表
"""
