"""What a file is: form, period, unit, revision. Its own properties, its manifest and its path may each say; they must agree."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Any

from intake.judgement import Identity
from intake.manifest import MANIFEST, check_keys, read_manifest
from intake.readers import Rejected
from schemas.column import LONGEST_UNIT
from schemas.contract import Form
from schemas.load import form as load_form
from schemas.load import form_names
from schemas.period import Period, parse_period

_REVISION = re.compile(r"(?P<stem>.*)_r(?P<revision>[1-9][0-9]{0,3})", re.DOTALL)
_UNIT = re.compile(r"[0-9A-HJ-NPQRTUWXY]{18}|(?:sse|jw|gl):[0-9A-Za-z_-]+")
_RECEIPT = re.compile(r"R[0-9]{8,12}")
_COUNT = re.compile(r"[0-9]{1,9}")
_KINDS = {"month": "月（2026-03）", "quarter": "季（2026Q1）", "year": "年（2026）", "day": "日（2026-03-31）"}
_SAID = {"form": "报表", "period": "报告期", "unit": "单位", "revision": "第几次报送", "supersedes": "所替换的回执", "rows": "记录数"}


# --- what the path says ----------------------------------------------------------------------------------------------


def from_path(relative: PurePosixPath) -> dict[str, str]:
    """Folders and stem that are a form, a period or a unit id count (`<form>/<period>/<unit>_r2.xlsx`); other words do not.

    A stem counts as a whole or not at all, its words joined by `_`; only `_r<revision>` at its end always counts.
    `2026/2026-03/…` is 2026-03. Raises Rejected IDN-CONFLICT when two parts contradict each other.
    """
    names, stem, said = form_names(), relative.stem, dict[str, str]()
    if found := _REVISION.fullmatch(stem):
        stem, said["revision"] = found["stem"], found["revision"]
    for part in (*relative.parent.parts, *_words(stem, names)):
        if known := _meaning(part, names):
            key, value = known
            said[key] = _narrower(key, said.get(key, value), value, relative)
    return said


def _words(stem: str, names: Iterable[str]) -> list[str]:
    """The stem's words when every one of them means something; a form's own name may hold `_`."""
    own = max((n for n in names if stem == n or stem.startswith(f"{n}_")), key=len, default="")
    rest = stem.removeprefix(own).strip("_")
    words = [*filter(None, [own]), *filter(None, rest.split("_"))]
    return words if all(_meaning(word, names) for word in words) else []


def _meaning(part: str, names: Iterable[str]) -> tuple[str, str] | None:
    if part in names:
        return "form", part
    if _UNIT.fullmatch(part):
        return "unit", part
    period = _period(part)
    return ("period", str(period)) if period else None


def _period(text: str) -> Period | None:
    try:
        return parse_period(text)
    except ValueError:
        return None


def _narrower(key: str, one: str, other: str, path: PurePosixPath) -> str:
    """Of a period and one that lies in it, the latter."""
    if one == other:
        return one
    first, second = (_period(one), _period(other)) if key == "period" else (None, None)
    if first and second:
        for outer, inner in ((first, second), (second, first)):
            if outer.start <= inner.start and inner.end <= outer.end:
                return str(inner)
    raise Rejected("IDN-CONFLICT", str(path), f"路径里有两个{_SAID[key]}：“{one}”与“{other}”", "请放进一个文件夹，路径里只留一个")


# --- what the manifest says ------------------------------------------------------------------------------------------


def manifest_for(folder: Path) -> Mapping[str, dict[str, str]]:
    """Entry by file name of the folder's `manifest.yaml`; empty where there is none. Raises Rejected IDN-MANIFEST."""
    path = folder / MANIFEST
    return read_manifest(path, MANIFEST) if path.is_file() else {}


# --- what all of them say together -----------------------------------------------------------------------------------


def identify(
    name: str, hints: Mapping[str, str], manifest_entry: Mapping[str, Any] | None, path_hints: Mapping[str, str]
) -> Identity:
    """Every source that speaks must agree. Raises Rejected IDN-…: conflict, unknown form, period, revision, predecessor or count.

    An event form (its period is a date column of its records) has the empty period unless one is given.
    """
    entry = check_keys({k: str(v) for k, v in (manifest_entry or {}).items() if v is not None}, f"{MANIFEST} 中的 {name}")
    said = _agreed(name, {"文件自身": hints, "清单": entry, "路径": path_hints})
    if not said.get("form"):
        raise Rejected("IDN-UNKNOWN", name, "不知道这是哪种报表",
                       "请使用下发的模板，或放进“报表/报告期”文件夹，或在 manifest.yaml 中写明 form 与 period")  # fmt: skip
    form = _form(name, said["form"])
    return Identity(
        form=form.name, period=_form_period(name, form, said.get("period", "")), unit=_unit(name, said.get("unit", "")),
        revision=_whole(name, "revision", said.get("revision", "0"), "IDN-REVISION"),
        supersedes=_receipt(name, said.get("supersedes", "")),
        rows=_whole(name, "rows", said["rows"], "IDN-ROWS") if "rows" in said else None, arrived=_day(name, entry.get("arrived")),
    )  # fmt: skip


def _agreed(name: str, sources: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    said: dict[str, str] = {}
    by: dict[str, str] = {}
    for source, values in sources.items():
        for key, value in values.items():
            text = str(value).strip()
            if not text or key not in _SAID:
                continue
            if said.setdefault(key, text) != text:
                why = f"{_SAID[key]}的说法不同：{by[key]}写“{said[key]}”，{source}写“{text}”"
                raise Rejected("IDN-CONFLICT", name, why, "请核对后改成一致，再重新报送")
            by.setdefault(key, source)
    return said


def _form(name: str, form: str) -> Form:
    if form not in form_names():
        raise Rejected("IDN-FORM", name, f"没有“{form}”这种报表", f"现有报表：{'、'.join(form_names())}")
    return load_form(form)


def _form_period(name: str, form: Form, text: str) -> str:
    event, kind = form.period_from != "submission", form.calendar.kind
    if not text:
        if event:
            return ""
        raise Rejected("IDN-PERIOD", name, f"“{form.title}”没有写明报告期", f"请写明报告期，应为{_KINDS[kind]}")
    try:
        period = parse_period(text)
    except ValueError as wrong:
        raise Rejected("IDN-PERIOD", name, str(wrong), "请改正报告期后重新报送") from None
    if not event and period.kind != kind:
        raise Rejected("IDN-PERIOD", name, f"“{form.title}”的报告期应为{_KINDS[kind]}，现在是“{text}”", "请改正报告期后重新报送")
    return str(period)


def _whole(name: str, key: str, text: str, rule: str) -> int:
    if not _COUNT.fullmatch(text):
        raise Rejected(rule, name, f"{_SAID[key]}应为非负整数，现在是“{text[:20]}”", "请改正后重新报送")
    return int(text)


def _unit(name: str, text: str) -> str:
    if len(text) > LONGEST_UNIT:
        raise Rejected("IDN-UNIT", name, f"“{text[:20]}…”不是单位编码：长过 {LONGEST_UNIT} 个字", "请填写统一社会信用代码或登记表中的编码")
    return text


def _receipt(name: str, text: str) -> str:
    if text and not _RECEIPT.fullmatch(text):
        raise Rejected("IDN-SUPERSEDES", name, f"“{text[:20]}”不是回执号", "请填写被替换报送的回执号，如 R00000012")
    return text


def _day(name: str, text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Rejected("IDN-MANIFEST", name, f"到达日期“{text}”不是日期", "应写作 2026-03-31") from None
