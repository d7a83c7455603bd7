"""What a file is: every source that speaks must agree."""

from __future__ import annotations

from datetime import date
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from intake.identify import from_path, identify, manifest_for
from intake.judgement import Identity
from intake.readers import Rejected

UNIT = "91370200264574251X"


@pytest.mark.parametrize(("path", "said"), [
    (f"monthly_finance/2025-03/{UNIT}.xlsx", {"form": "monthly_finance", "period": "2025-03", "unit": UNIT}),
    (f"monthly_finance/2025-03/{UNIT}_r2.xlsx", {"form": "monthly_finance", "period": "2025-03", "unit": UNIT, "revision": "2"}),
    ("a/monthly_finance/2025/2025-03/快报.csv", {"form": "monthly_finance", "period": "2025-03"}),
    ("2025-03/2025/monthly_finance/快报_r10.csv", {"form": "monthly_finance", "period": "2025-03", "revision": "10"}),
    (f"monthly_finance_2025-03_{UNIT}_r3.json", {"form": "monthly_finance", "period": "2025-03", "unit": UNIT, "revision": "3"}),
    ("listed_balance_sheet/balance_sheet_2010.csv", {"form": "listed_balance_sheet"}),
    ("enterprise_registry_line_2025-03-31.csv", {"form": "enterprise_registry_line", "period": "2025-03-31"}),
    ("收件/快报.xlsx", {}),
])  # fmt: skip
def test_a_path_says_what_its_parts_are(path: str, said: dict[str, str]) -> None:
    assert from_path(PurePosixPath(path)) == said


@pytest.mark.parametrize("path", ["monthly_finance/listed_profile/a.csv", "2025-03/2025-04/a.csv", "monthly_finance/2024/2025-03/a.csv"])
def test_a_path_that_contradicts_itself_is_refused(path: str) -> None:
    with pytest.raises(Rejected, match="IDN-CONFLICT"):
        from_path(PurePosixPath(path))


def test_sources_that_agree_make_one_identity() -> None:
    entry = {"form": "monthly_finance", "revision": "2", "supersedes": "R00000012", "rows": "3", "arrived": "2025-04-08"}
    made = identify("a.xlsx", {"form": "monthly_finance", "unit": UNIT}, entry, {"period": "2025-03", "revision": "2"})
    assert made == Identity("monthly_finance", "2025-03", UNIT, 2, "R00000012", 3, date(2025, 4, 8))


def test_an_event_form_needs_no_period() -> None:
    assert identify("a.csv", {}, None, {"form": "enterprise_registry"}).period == ""
    assert identify("a.csv", {}, None, {"form": "enterprise_registry", "period": "2025-03"}).period == "2025-03"


FORM = {"form": "monthly_finance", "period": "2025-03"}


@pytest.mark.parametrize(("hints", "entry", "path", "rule", "told"), [
    ({}, None, {}, "IDN-UNKNOWN", "manifest.yaml"),
    ({}, None, {"period": "2025-03"}, "IDN-UNKNOWN", "报告期"),
    ({"form": "monthly"}, None, {}, "IDN-FORM", "monthly_finance"),
    ({"form": "../x"}, None, {}, "IDN-FORM", "monthly_finance"),
    ({"form": "monthly_finance"}, None, {}, "IDN-PERIOD", "没有写明报告期"),
    ({"form": "monthly_finance", "period": "2025-13"}, None, {}, "IDN-PERIOD", "2025-13"),
    ({"form": "monthly_finance", "period": "2025Q1"}, None, {}, "IDN-PERIOD", "2025Q1"),
    (FORM, {"period": "2025-04"}, {}, "IDN-CONFLICT", "“2025-03”，清单写“2025-04”"),
    (FORM, None, {"form": "listed_profile"}, "IDN-CONFLICT", "路径写“listed_profile”"),
    ({}, {**FORM, "unit": "甲"}, {"unit": "乙"}, "IDN-CONFLICT", "单位"),
    (FORM, {"revision": "二"}, {}, "IDN-REVISION", "二"),
    ({**FORM, "revision": "-1"}, None, {}, "IDN-REVISION", "-1"),
    (FORM, {"rows": "3.5"}, {}, "IDN-ROWS", "3.5"),
    (FORM, {"supersedes": "上一份"}, {}, "IDN-SUPERSEDES", "回执"),
    (FORM, {"unit": "甲" * 65}, {}, "IDN-UNIT", "64"),
    (FORM, {"arrived": "昨天"}, {}, "IDN-MANIFEST", "昨天"),
    (FORM, {"perod": "2025-03"}, {}, "IDN-MANIFEST", "perod"),
])  # fmt: skip
def test_what_is_missing_unknown_or_contradictory_is_refused_in_words(
    hints: dict[str, str], entry: dict[str, Any] | None, path: dict[str, str], rule: str, told: str
) -> None:
    with pytest.raises(Rejected) as refusal:
        identify("a.xlsx", hints, entry, path)
    assert refusal.value.rule_id == rule
    assert told in str(refusal.value)


def test_a_manifest_speaks_for_the_files_beside_it_in_the_very_words_that_stand_there(tmp_path: Path) -> None:
    (tmp_path / "manifest.yaml").write_text(
        "files:\n- {file: 甲.csv, form: listed_profile, period: 2010, rows: 8, arrived: 2011-04-30, unit: 913702002645742510}\n"
        "- {file: 乙.csv, form: monthly_finance, period: 2025-03, revision: 02, supersedes: }\n", encoding="utf-8")  # fmt: skip
    assert manifest_for(tmp_path) == {
        "甲.csv": {"form": "listed_profile", "period": "2010", "rows": "8", "arrived": "2011-04-30", "unit": "913702002645742510"},
        "乙.csv": {"form": "monthly_finance", "period": "2025-03", "revision": "02"},
    }
    assert manifest_for(tmp_path / "nothing") == {}


@pytest.mark.parametrize(("text", "told"), [
    ("files: [{file: a.csv, form: x, from: y}]", "from"), ("files: [{file: a.csv}, {file: a.csv}]", "两次"),
    ("files: [{form: x}]", "没有写 file"), ("files: [a.csv]", "第 1 项"), ("files: [{file: a.csv, form: x, form: y}]", "重复"),
    ("files: [&a {file: a.csv}, *a]", "别名"), ("files: [", "格式"),
    ('files: [{file: a.csv, unit: "a\\0b"}]', "控制字符"),
    ("form: x", "files:"), ("- a", "files:"), ("", "files:"),
    ("files: [{file: a.csv, form: {a: b}}]", "文本或数"), ("files: !!python/object/apply:os.system [id]", "第 1 项"),
])  # fmt: skip
def test_a_manifest_that_leaves_room_for_doubt_is_refused(text: str, told: str, tmp_path: Path) -> None:
    (tmp_path / "manifest.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(Rejected, match=f"IDN-MANIFEST.*{told}"):
        manifest_for(tmp_path)


def test_a_manifest_larger_than_any_folder_needs_is_refused(tmp_path: Path) -> None:
    (tmp_path / "manifest.yaml").write_bytes(b"files: []" + b" " * (11 << 20))
    with pytest.raises(Rejected, match="过大"):
        manifest_for(tmp_path)
