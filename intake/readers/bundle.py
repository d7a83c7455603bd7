"""A zip of reports: members are read one after another, each with `bundle.zip!member` before its addresses.

A manifest inside (`manifest.yaml` or `.json`: form, period, unit, revision, supersedes, rows) speaks for the bundle.
Members must agree on form, period, revision and predecessor; a bundle of several units names none, `rows` is the sum.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from intake.guard import LIMITS, Limits, Unpacked, refused
from intake.manifest import read_mapping
from intake.readers import Opened, Rejected, Sheet, open_file
from intake.readers.archive import chunks, opened

READER = "zip-1"
MANIFESTS = ("manifest.yaml", "manifest.yml", "manifest.json")
_IGNORED = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")


def open_bundle(path: Path, name: str, limits: Limits = LIMITS, unpacked: Unpacked | None = None) -> Opened:
    """Unpacks to a temporary folder that lives as long as the sheets are read."""
    unpacked = unpacked or Unpacked()
    unpacked.depth += 1
    if unpacked.depth > limits.depth:
        raise refused("GRD-DEPTH", name, f"上限 {limits.depth} 层")
    folder = tempfile.TemporaryDirectory(prefix="guozi-")
    files = _unpack(path, name, Path(folder.name), limits, unpacked)
    manifest = {n: p for n, p in files.items() if n in MANIFESTS}
    reports = {n: open_file(p, f"{name}!{n}", limits, unpacked) for n, p in files.items() if n not in manifest}
    unpacked.depth -= 1
    if not reports:
        raise refused("GRD-EMPTY", name, "压缩包里没有报表")
    hints = _agreed(name, reports)
    for said, at in manifest.items():
        hints = _joined(hints, read_mapping(at, f"{name}!{said}"), f"{name}!{said}")
    return Opened(READER, hints, _sheets(reports, folder))


def _unpack(path: Path, name: str, folder: Path, limits: Limits, unpacked: Unpacked) -> dict[str, Path]:
    """Member name → file, in the order of names. Files get numbers, never the names of the archive."""
    files: dict[str, Path] = {}
    with opened(path, name, limits) as (archive, members):
        unpacked.entries += len(members)
        unpacked.bytes += sum(m.info.file_size for m in members)
        if unpacked.entries > limits.entries:
            raise refused("GRD-ENTRIES", name, f"连同外层共 {unpacked.entries} 个，上限 {limits.entries}")
        if unpacked.bytes > limits.unpacked_bytes:
            raise refused("GRD-SIZE", name, f"连同外层展开后 {unpacked.bytes >> 20} MB")
        for number, member in enumerate(sorted(members, key=lambda m: m.name)):
            if member.name.startswith(_IGNORED) or member.name.rpartition("/")[2] in _IGNORED:
                continue
            files[member.name] = folder / str(number)
            with files[member.name].open("wb") as out:
                for chunk in chunks(archive, member, name):
                    out.write(chunk)
    return files


def _sheets(reports: Mapping[str, Opened], folder: tempfile.TemporaryDirectory[str]) -> Iterator[Sheet]:
    with folder:
        for report in reports.values():
            yield from report.sheets


def _agreed(name: str, reports: Mapping[str, Opened]) -> dict[str, str]:
    hints: dict[str, str] = {}
    for key in sorted({k for r in reports.values() for k in r.hints}):
        said = {value: member for member, report in reports.items() if (value := report.hints.get(key)) is not None}
        if key == "rows":
            counts = [r.hints.get(key, "") for r in reports.values()]
            if all(c.isdecimal() for c in counts):
                hints[key] = str(sum(map(int, counts)))
        elif len(said) == 1:
            hints[key] = next(iter(said))
        elif key != "unit":
            (one, first), (other, second) = list(said.items())[:2]
            why = f"压缩包内两个文件对“{key}”的说法不同：“{one}”与“{other}”"
            raise Rejected("IDN-CONFLICT", f"{name}!{first}、{second}", why, "请分开报送，或改成一致")
    return hints


def _joined(hints: dict[str, str], said: Mapping[str, str], where: str) -> dict[str, str]:
    for key, value in said.items():
        if hints.setdefault(key, value) != value:
            raise Rejected("IDN-CONFLICT", where, f"清单写“{key}”是“{value}”，文件自己写“{hints[key]}”", "请改成一致后重新报送")
    return hints
