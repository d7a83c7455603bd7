"""Manifests, read strictly: every scalar is the text that stands there, no key twice, no aliases (which is how YAML bombs expand)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from intake.readers import Rejected
from intake.readers.text import SPOILED

MANIFEST = "manifest.yaml"
KEYS = ("form", "period", "unit", "revision", "supersedes", "rows", "arrived")
_BYTES = 10 << 20
_TODO = "请按说明改正 manifest.yaml 后重新放入"


def read_manifest(path: Path, where: str) -> dict[str, dict[str, str]]:
    """`files: [{file, form, period, unit, revision, supersedes, rows, arrived}]` → entry by file. Raises Rejected IDN-MANIFEST."""
    document = _document(path, where)
    if not isinstance(document, dict) or list(document) != ["files"] or not isinstance(document["files"], list):
        raise Rejected("IDN-MANIFEST", where, "清单应为 files: 后面列出每个文件", _TODO)
    entries: dict[str, dict[str, str]] = {}
    for number, entry in enumerate(document["files"], 1):
        place = f"{where} 第 {number} 项"
        said = _flat(entry, place)
        file = said.pop("file", "")
        if not file or file in entries:
            raise Rejected("IDN-MANIFEST", place, f"文件“{file}”列了两次" if file else "没有写 file", _TODO)
        entries[file] = check_keys(said, place)
    return entries


def read_mapping(path: Path, where: str) -> dict[str, str]:
    """The manifest inside a bundle: what is said of the whole of it. `arrived` is not a sender's to say."""
    said = check_keys(_flat(_document(path, where), where), where)
    if "arrived" in said:
        raise Rejected("IDN-MANIFEST", where, "压缩包里的清单不能写到达日期", "请删除 arrived")
    return said


def check_keys(said: Mapping[str, str], where: str) -> dict[str, str]:
    unknown = [key for key in said if key not in KEYS]
    if unknown:
        raise Rejected("IDN-MANIFEST", where, f"不认识的键 {'、'.join(unknown)}", f"只能写 file、{'、'.join(KEYS)}")
    return {key: value for key, value in said.items() if value != ""}


def _flat(entry: Any, where: str) -> dict[str, str]:
    if not isinstance(entry, dict) or not all(isinstance(value, str) for value in entry.values()):
        raise Rejected("IDN-MANIFEST", where, "应为一组“键: 值”，值是文本或数", _TODO)
    return entry


def _document(path: Path, where: str) -> Any:
    if path.stat().st_size > _BYTES:
        raise Rejected("IDN-MANIFEST", where, "清单过大", "请按文件夹分成几份清单")
    try:
        text = path.read_text(encoding="utf-8-sig")
        return _plain(yaml.compose(text, Loader=yaml.CSafeLoader), where, set())
    except (UnicodeDecodeError, yaml.YAMLError, RecursionError) as wrong:
        mark = getattr(wrong, "problem_mark", None)
        place = f"{where}:{mark.line + 1}" if mark else where
        raise Rejected("IDN-MANIFEST", place, "清单的格式有误，或不是 UTF-8 编码", _TODO) from None


def _plain(node: yaml.Node | None, where: str, seen: set[int]) -> Any:
    if node is None:
        return None
    if id(node) in seen:
        raise Rejected("IDN-MANIFEST", f"{where}:{node.start_mark.line + 1}", "清单不能用别名（&、*）", _TODO)
    seen.add(id(node))
    if isinstance(node, yaml.ScalarNode):
        if SPOILED.search(node.value):
            raise Rejected("IDN-MANIFEST", f"{where}:{node.start_mark.line + 1}", "清单里有控制字符或无法显示的字符", _TODO)
        return "" if node.tag == "tag:yaml.org,2002:null" else node.value
    if isinstance(node, yaml.SequenceNode):
        return [_plain(child, where, seen) for child in node.value]
    made: dict[str, Any] = {}
    for key, value in node.value:
        name = _plain(key, where, seen)
        if not isinstance(name, str) or name in made:
            raise Rejected("IDN-MANIFEST", f"{where}:{key.start_mark.line + 1}", f"键“{name}”重复或不是文本", _TODO)
        made[name] = _plain(value, where, seen)
    return made
