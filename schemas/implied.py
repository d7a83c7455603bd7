"""Rules nobody has to author: what follows from a form's columns and key, and from how files are received.

Message places: {label} {seen} {expected} {previous}.
"""

from __future__ import annotations

from collections.abc import Iterator

from schemas.column import Column
from schemas.contract import Form, Rule, Severity

# A record of nothing but its key: it counts as not filed, so nothing else is asked of it.
NIL = "NIL-RECORD"
_SHAPES = {
    "amount": "金额", "quantity": "数值", "ratio": "比例", "integer": "整数", "date": "日期（如 2026-03-31）",
    "boolean": "是或否", "period": "报告期（如 2026-03）", "unit": "单位代码", "code": "代码表中的值", "text": "文字",
}  # fmt: skip
_FORM_RULES: tuple[tuple[str, Severity, str, str, str], ...] = (
    ("KEY-DUP", "error", "同一记录只报一次", "uniqueness",
     "同一单位、期间、口径的记录在本批中出现不止一次；请只保留正确的一条后重报"),
    ("PER-DIFF", "error", "记录的报告期与报送的一致", "consistency",
     "“{label}”{seen} 与本次报送的报告期不一致；请核对报告期后重报"),
    (NIL, "notice", "记录有填报内容", "coverage",
     "除单位名称、代码等以外没有任何数据，按未报处理；确无数据的请按零值填报"),
    ("HDR-MISSING", "error", "报表含有合同规定的每一列", "completeness",
     "报表中没有“{label}”这一列（行）；请使用下发的模板，不要删改表头或项目名称"),
    ("HDR-UNKNOWN", "notice", "报表没有合同以外的列", "conformity",
     "不认识“{seen}”这一列（行），其中数据未采集；如为应报项目请改用模板中的名称"),
    ("ACC-ENTRY", "error", "所属报表没有错误", "consistency",
     "本行无误，但所属报表有错误，随报表一并退回；改正后整份重报"),
)  # fmt: skip


def implied_rules(form: Form) -> tuple[Rule, ...]:
    """TYP-<column>, REQ-<column>, COD-<column> and the rules of records, headers and entries.

    HDR-MISSING is an error only where the column is required, else the finding is a notice.
    """
    per_column = (rule for column in form.columns for rule in _of_column(column))
    return (*per_column, *(Rule(id=i, severity=s, title=t, message=m, dimension=d) for i, s, t, d, m in _FORM_RULES))


def all_rules(form: Form) -> tuple[Rule, ...]:
    """Every rule a finding of this form may name: the implied, then the authored."""
    return (*implied_rules(form), *form.rules)


def _of_column(column: Column) -> Iterator[Rule]:
    """Text that does not cast, a required cell left empty, a code not in its list at the end of the period."""
    label = column.label
    yield Rule(
        f"TYP-{column.name}", "error", f"{label}是{_SHAPES[column.type]}",
        f"“{{label}}”的“{{seen}}”不是{_SHAPES[column.type]}；请改正后重报，单位、说明不要写在数据格内", "conformity",
    )  # fmt: skip
    if column.required:
        yield Rule(
            f"REQ-{column.name}", "error", f"{label}必填",
            "“{label}”未填写；必填项无数据时请填 0 或按说明填写", "completeness",
        )  # fmt: skip
    if column.codes:
        yield Rule(
            f"COD-{column.name}", "error", f"{label}在代码表内",
            "“{label}”的“{seen}”不在代码表内，或在报告期末已停用；请从模板的下拉选项中选取", "conformity",
        )  # fmt: skip
