"""Documents in `schemas/` are read so that every key is used or refused: a typo never passes in silence."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any, NoReturn

import yaml

from schemas.declared import INSTALLED, folder

# Keys of earlier days that nothing reads any more. A kept set of those days may have them, an installed document may not.
_RETIRED = frozenset({"signed"})
_ODCS_KEYS = {"apiVersion", "kind", "id", "name", "version", "status", "domain", "description", "tags",
              "authoritativeDefinitions", "schema", "guozi"}  # fmt: skip


class ContractError(ValueError):
    """A document in `schemas/` that cannot be used; the message names document, place and remedy."""


class Reader:
    """A mapping whose keys are taken one by one; `done` refuses what nobody took."""

    def __init__(self, where: str, values: Any) -> None:
        if not isinstance(values, dict):
            raise ContractError(f"{where}：应为键值对，现在是 {type(values).__name__}")
        self.where = where
        self._left: dict[str, Any] = dict(values)

    def take(self, key: str, default: Any = ...) -> Any:
        if key not in self._left and default is ...:
            raise ContractError(f"{self.where}：缺少“{key}”")
        return self._left.pop(key, default)

    def peek(self, key: str) -> Any:
        return self._left.get(key)

    def one_of(self, key: str, allowed: Iterable[str], default: Any = ...) -> Any:
        value = self.take(key, default)
        if value not in (options := list(allowed)):
            raise ContractError(f"{self.where}：“{key}”只能是 {'、'.join(options)}，现在是“{value}”")
        return value

    def rest(self) -> dict[str, Any]:
        left, self._left = self._left, {}
        return left

    def done(self) -> None:
        unknown = [key for key in self._left if key not in _RETIRED or folder() == INSTALLED]
        if unknown:
            self.refuse(f"不认识的键 {'、'.join(unknown)}；改正拼写或删除")

    def inside(self, key: str, values: Any) -> Reader:
        return Reader(f"{self.where} {key}", values)

    def refuse(self, why: str) -> NoReturn:
        raise ContractError(f"{self.where}：{why}")


def read_yaml(path: Path) -> Any:
    """With libyaml where it is built in: 7 ms for the largest contract instead of 52, the same values."""
    with path.open(encoding="utf-8") as text:
        try:
            return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        except yaml.MarkedYAMLError as problem:
            line = problem.problem_mark.line + 1 if problem.problem_mark else 1
            raise ContractError(f"{path.parent.name}/{path.name}：第 {line} 行不是正确的 YAML；检查缩进、冒号和引号") from None


def check_head(document: Any, where: str) -> None:
    """Raises ContractError for what is not a mapping with the keys of a contract."""
    if not isinstance(document, dict):
        raise ContractError(f"{where}：应为键值对，从“apiVersion:”开始，现在是 {type(document).__name__}")
    unknown = set(document) - _ODCS_KEYS
    missing = _ODCS_KEYS - {"tags", "authoritativeDefinitions"} - set(document)
    if unknown or missing:
        raise ContractError(f"{where}：不认识的键 {sorted(unknown)}，缺少的键 {sorted(missing)}")


def check_unique(where: str, names: list[str], what: str) -> None:
    twice = sorted({n for n in names if names.count(n) > 1}) if len(set(names)) < len(names) else []
    if twice:
        raise ContractError(f"{where}：{what}重复 {'、'.join(twice)}")


def day(value: Any) -> date:
    return value if isinstance(value, date) else date(1949, 10, 1)
