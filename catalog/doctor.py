"""Is this machine fit to run a night? Each check is one sentence, and where something is wrong the command that mends it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from catalog import jars
from catalog.settings import Settings, Store

JAVA = 17
_GIB = 1 << 30
MEMORY_GIB = 3
DISK_GIB = 5


@dataclass(frozen=True)
class Check:
    """`state` is 好, 注意 (works, but look) or 坏 (a night would fail); `remedy` a command or act, empty when all is well."""

    name: str
    state: str
    said: str
    remedy: str = ""


def _fine(name: str, said: str) -> Check:
    return Check(name, "好", said)


def python(_settings: Settings) -> Check:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] == (3, 11):
        return _fine("python", f"Python {version}")
    mend = "sudo apt-get install python3.11 python3.11-venv && make clean setup"
    return Check("python", "坏", f"这里是 Python {version}，需要 3.11", mend)


def java_in_use() -> Path | None:
    """The `java` that Spark would start: JAVA_HOME first, then PATH."""
    home = os.environ.get("JAVA_HOME")
    found = str(Path(home) / "bin" / "java") if home else shutil.which("java")
    return Path(found) if found and Path(found).is_file() else None


def _java_version(found: Path) -> int | None:
    said = subprocess.run([str(found), "-version"], capture_output=True, text=True, check=False).stderr
    version = re.search(r'version "(?:1\.)?(\d+)', said)
    return int(version[1]) if version else None


def _java_elsewhere() -> str:
    """A command that uses a Java 17 which is installed but not in use, else one that installs it."""
    for home in sorted(Path("/usr/lib/jvm").glob("*")):
        if (home / "bin" / "java").is_file() and _java_version(home / "bin" / "java") == JAVA:
            return f"export JAVA_HOME={home}"
    if sys.platform == "darwin":
        return 'brew install openjdk@17 && export JAVA_HOME="$(brew --prefix openjdk@17)"'
    return "sudo apt-get install openjdk-17-jre-headless"


def java(_settings: Settings | None = None) -> Check:
    found = java_in_use()
    if found is None:
        home = os.environ.get("JAVA_HOME")
        said = f"JAVA_HOME 指向 {home}，那里没有 java" if home else "没有找到 Java"
        return Check("java", "坏", f"{said}；Spark 需要 Java {JAVA}", _java_elsewhere())
    version = _java_version(found)
    if version == JAVA:
        return _fine("java", f"Java {version}（{found}）")
    return Check("java", "坏", f"{found} 是 Java {version or '未知版本'}；Spark 需要 Java {JAVA}", _java_elsewhere())


def jar_files(settings: Settings) -> Check:
    try:
        expected = jars.locked(settings.jars)
    except FileNotFoundError:
        return Check("jars", "坏", f"{settings.jars} 里没有清单 {jars.LIST}", "make setup")
    if wrong := jars.differing(expected, settings.jars):
        return Check("jars", "坏", f"{len(wrong)} 个 jar 缺失或与清单不符，如 {wrong[0]}", "rm -f jars/.verified; make setup")
    return _fine("jars", f"{len(expected)} 个 jar 与清单一致")


def memory(_settings: Settings) -> Check:
    import psutil

    free = psutil.virtual_memory().available / _GIB
    if free >= MEMORY_GIB:
        return _fine("memory", f"可用内存 {free:.1f} GB")
    return Check("memory", "注意", f"可用内存只有 {free:.1f} GB，建议 {MEMORY_GIB} GB 以上", "关闭其他程序，或设 GUOZI_WORKERS=1")


def disk(settings: Settings) -> Check:
    there = next(p for p in (settings.home, *settings.home.parents) if p.exists())
    free = shutil.disk_usage(there).free / _GIB
    if free >= DISK_GIB:
        return _fine("disk", f"{there} 可用 {free:.0f} GB")
    return Check("disk", "注意", f"{there} 只剩 {free:.1f} GB，建议 {DISK_GIB} GB 以上", "清理磁盘，或把 GUOZI_HOME 指到别处")


def lake(settings: Settings) -> Check:
    folder = settings.local_lake
    if settings.store is not None:
        return _object_store(settings, settings.store)
    assert folder is not None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return _fine("lake", f"可以写入 {folder}")
    except OSError as problem:
        mend = f"sudo chown -R $USER {folder.parent}，或把 GUOZI_HOME 指到别处"
        return Check("lake", "坏", f"{folder} 不能写入（{problem.strerror}）", mend)


def _object_store(settings: Settings, store: Store) -> Check:
    from catalog.buckets import faults
    from catalog.objects import Denied, StoreFault

    try:
        found = faults(settings, store)
    except Denied:
        return Check("lake", "注意", f"湖在对象存储：{settings.lake}；这个账号看不到桶的设置", "用管理员账号运行一次 guozi doctor")
    except StoreFault as problem:
        return Check("lake", "坏", str(problem).partition("；")[0], "检查 GUOZI_S3_ENDPOINT、账号和权限，或启动对象存储")
    if found:
        return Check("lake", "坏", "；".join(found), "guozi doctor --init（已有而没有锁定的归档桶，要换一个桶名重建）")
    return _fine("lake", f"湖在对象存储：{settings.lake}，归档有版本和锁定")


def ledger(settings: Settings) -> Check:
    """Opening a ledger brings it to the current schema."""
    from sqlalchemy.exc import SQLAlchemyError

    from catalog.ledger.engine import connect

    try:
        connect(settings.ledger).dispose()
    except (SQLAlchemyError, OSError) as problem:
        return Check("ledger", "坏", f"台账打不开：{type(problem).__name__}", "检查 GUOZI_LEDGER 和磁盘，或用备份恢复")
    return _fine("ledger", "台账可用")


Examine = Callable[[Settings], Check]
CHECKS: Mapping[str, Examine] = {
    "python": python, "java": java, "jars": jar_files, "memory": memory, "disk": disk, "lake": lake, "ledger": ledger,
}  # fmt: skip


def examine(settings: Settings, only: Iterable[str] = (), more: Mapping[str, Examine] | None = None) -> tuple[Check, ...]:
    """Every check, `more` of the caller's included, or those named. Raises KeyError for a name there is not."""
    checks = {**CHECKS, **(more or {})}
    return tuple(checks[name](settings) for name in (tuple(only) or checks))
