"""Looking into a zip without believing it: names, sizes and overlaps are checked before, bytes while unpacking."""

from __future__ import annotations

import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from intake.guard import LIMITS, Limits, check_name, refused

_CHUNK = 1 << 18
_LOCAL_HEADER = 30
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError)


@dataclass(frozen=True)
class Member:
    """A file in a zip; `name` is decoded (zips made on Chinese Windows carry GB18030 names without saying so)."""

    name: str
    info: zipfile.ZipInfo


@contextmanager
def opened(path: Path, where: str, limits: Limits = LIMITS) -> Iterator[tuple[zipfile.ZipFile, list[Member]]]:
    """The archive and its checked members, folders left out. Raises Rejected."""
    try:
        archive = zipfile.ZipFile(path)
    except _BROKEN as broken:
        raise refused("GRD-TRUNCATED", where, "压缩包目录读不出") from broken
    with archive:
        infos = archive.infolist()
        if len(infos) > limits.entries:
            raise refused("GRD-ENTRIES", where, f"{len(infos)} 个，上限 {limits.entries}")
        members = [Member(_name(i), i) for i in infos]
        for member in members:
            _check(member, where, limits)
        _check_together(members, where, limits)
        yield archive, [m for m in members if not m.name.endswith("/")]


def chunks(archive: zipfile.ZipFile, member: Member, where: str) -> Iterator[bytes]:
    """Every byte of a member, its checksum verified. Raises Rejected when it is cut off or altered."""
    try:
        with archive.open(member.info) as stream:
            while chunk := stream.read(_CHUNK):
                yield chunk
    except _BROKEN as broken:
        raise refused("GRD-TRUNCATED", where, f"压缩包内“{member.name}”读不出") from broken


def _name(info: zipfile.ZipInfo) -> str:
    if info.flag_bits & 0x800:
        return info.filename
    raw = info.orig_filename.encode("cp437")
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return info.filename


def _check(member: Member, where: str, limits: Limits) -> None:
    info = member.info
    check_name(member.name, where)
    check_name(info.orig_filename, where)
    if stat.S_ISLNK(info.external_attr >> 16):
        raise refused("GRD-SYMLINK", where, f"压缩包内“{member.name}”是链接")
    if info.flag_bits & 0x1:
        raise refused("GRD-ENCRYPTED", where, f"压缩包内“{member.name}”")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise refused("GRD-FORMAT", where, f"压缩包内“{member.name}”的压缩方式不常见")
    if info.file_size >= limits.ratio_from and info.file_size > limits.ratio * max(info.compress_size, 1):
        raise refused("GRD-RATIO", where, f"“{member.name}”展开后是压缩前的 {limits.ratio} 倍以上")


def _check_together(members: list[Member], where: str, limits: Limits) -> None:
    """No name twice (two programs would read two different files) and no two members over the same bytes."""
    total = sum(m.info.file_size for m in members)
    if total > limits.unpacked_bytes:
        raise refused("GRD-SIZE", where, f"展开后 {total >> 20} MB，上限 {limits.unpacked_bytes >> 20} MB")
    if len({m.name.lower() for m in members}) != len(members):
        raise refused("GRD-NAME", where, "压缩包内有两个同名文件")
    end = 0
    for info in sorted((m.info for m in members), key=lambda i: i.header_offset):
        if info.header_offset < end:
            raise refused("GRD-RATIO", where, "压缩包内的文件互相重叠")
        end = info.header_offset + _LOCAL_HEADER + info.compress_size
