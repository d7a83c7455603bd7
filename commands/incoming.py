"""Putting files into incoming/ as a sender would: written under a temporary name, renamed when whole."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from catalog.settings import Settings
from commands.failure import Code, Failure

MANIFEST = "manifest.yaml"


def put(settings: Settings, paths: Sequence[Path], given: Mapping[str, Any]) -> list[str]:
    """Files and folders into one new folder below incoming/; returns their paths below incoming/, manifests left out.

    A file given by name goes in under its bare name; a folder keeps what lies below it, with its manifests.
    `given` (form, unit, period, revision, supersedes) becomes a manifest entry of every file. Raises Failure.
    """
    pairs = list(_pairs(paths))
    if not pairs:
        raise Failure(Code.USAGE, "没有可报送的文件；给出文件，或里面有文件的目录")
    if twice := {str(t) for _, t in pairs if sum(t == other for _, other in pairs) > 1}:
        raise Failure(Code.USAGE, f"有同名文件：{'、'.join(sorted(twice))}；请分几次报送")
    if given and any(target.name == MANIFEST for _, target in pairs):
        raise Failure(Code.USAGE, "目录里已有 manifest.yaml，不能再用 --form 等选项；请写进清单")
    settings.incoming.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="submit-", dir=settings.incoming))
    if given:
        for parent in {target.parent for _, target in pairs}:
            _manifest(folder / parent, [t.name for _, t in pairs if t.parent == parent], given)
    # Manifests first: a file that lies there without its manifest could be read under other terms.
    for source, target in sorted(pairs, key=lambda pair: (pair[1].name != MANIFEST, str(pair[1]))):
        _copy(source, folder / target)
    return [f"{folder.name}/{target.as_posix()}" for _, target in pairs if target.name != MANIFEST]


def _pairs(paths: Sequence[Path]) -> Iterator[tuple[Path, Path]]:
    for path in paths:
        if path.is_file():
            yield path, Path(path.name)
        elif path.is_dir():
            yield from ((p, p.relative_to(path)) for p in sorted(path.rglob("*")) if p.is_file())
        else:
            raise Failure(Code.USAGE, f"没有 {path} 这个文件或目录")


def _manifest(folder: Path, names: Sequence[str], given: Mapping[str, Any]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    entries = [{"file": name, **given} for name in names]
    part = folder / f".{MANIFEST}.part"
    part.write_text(yaml.safe_dump({"files": entries}, allow_unicode=True, sort_keys=False), encoding="utf-8")
    part.rename(folder / MANIFEST)


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.part")
    shutil.copyfile(source, part)
    part.rename(target)
