"""Putting files into incoming/ as a sender would: written under a temporary name, renamed when whole."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from catalog.settings import Settings
from commands.failure import Code, Failure
from intake.identify import from_path, manifest_for
from intake.manifest import MANIFEST


def said_of(path: Path, given: Mapping[str, Any]) -> dict[str, str]:
    """What is said of a file beside itself: by hand, by the manifest of its folder, by the folders it lies in.

    `check` judges by it, `submit` writes it into a manifest. Raises Failure when they disagree.
    """
    said: dict[str, str] = {}
    manifest = manifest_for(path.absolute().parent).get(path.name, {})
    for source, values in (("选项", given), ("清单", manifest), ("文件夹", _folders(path))):
        for key, value in values.items():
            if said.setdefault(key, str(value)) != str(value):
                raise Failure(Code.USAGE, f"{path.name} 的 {key} 说法不同：{source}写的是“{value}”，另有“{said[key]}”；请改成一致")
    return said


def _folders(path: Path) -> dict[str, str]:
    """What the nearest folders mean, up to the first that means nothing: `…/reports/monthly_finance/2025-03/a.csv`."""
    parts: list[str] = []
    for part in reversed(path.absolute().parent.parts):
        if not from_path(PurePosixPath(part) / "x"):
            break
        parts.insert(0, part)
    return from_path(PurePosixPath(*parts) / "x") if parts else {}


def put(settings: Settings, paths: Sequence[Path], given: Mapping[str, Any]) -> list[str]:
    """Files and folders into one new folder below incoming/; returns their paths below incoming/, manifests left out.

    A file given by name goes in under its bare name; of a folder, what lies below it keeps its place. What `said_of`
    knows of a file goes into a manifest beside it. Raises Failure.
    """
    pairs = [(source, target) for source, target in _pairs(paths) if target.name != MANIFEST]
    _refuse([target for _, target in pairs], given)
    settings.incoming.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="submit-", dir=settings.incoming))
    # Manifests first: a file that lies there without its manifest could be read under other terms.
    for parent in sorted({target.parent for _, target in pairs}):
        _manifest(folder / parent, {t.name: said_of(s, given) for s, t in pairs if t.parent == parent})
    for source, target in pairs:
        _copy(source, folder / target)
    return [f"{folder.name}/{target.as_posix()}" for _, target in pairs]


def _pairs(paths: Sequence[Path]) -> Iterator[tuple[Path, Path]]:
    for path in paths:
        if path.is_file():
            yield path, Path(path.name)
        elif path.is_dir():
            yield from ((p, p.relative_to(path)) for p in sorted(path.rglob("*")) if p.is_file())
        else:
            raise Failure(Code.USAGE, f"没有 {path} 这个文件或目录")


def _refuse(targets: Sequence[Path], given: Mapping[str, Any]) -> None:
    if not targets:
        raise Failure(Code.USAGE, "没有可报送的文件；给出文件，或里面有文件的目录")
    if twice := {str(t) for t in targets if targets.count(t) > 1}:
        raise Failure(Code.USAGE, f"有同名文件：{'、'.join(sorted(twice))}；请分几次报送")
    if len(targets) > 1 and ("unit" in given or "supersedes" in given):
        raise Failure(Code.USAGE, "--unit 和 --supersedes 只用于一个文件；请一个一个报送，或写进 manifest.yaml")


def _manifest(folder: Path, said: Mapping[str, Mapping[str, str]]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    entries = [{"file": name, **entry} for name, entry in said.items() if entry]
    if entries:
        part = folder / f".{MANIFEST}.part"
        part.write_text(yaml.safe_dump({"files": entries}, allow_unicode=True, sort_keys=False), encoding="utf-8")
        part.rename(folder / MANIFEST)


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.part")
    shutil.copyfile(source, part)
    part.rename(target)
