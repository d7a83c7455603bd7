"""The object store that tests start: MinIO, built once from the pinned source into `build/minio`.

Its releases can no longer be downloaded; the Go client checks the source against its public sums. Not needed by
`make run`, nor where GUOZI_MINIO names a binary.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from catalog.settings import load_settings

BUILT = Path(__file__).resolve().parent.parent / "build" / "minio"
SOURCE = "github.com/minio/minio@v0.0.0-20260212201848-7aac2a2c5b7c"


def binary() -> Path:
    """The server to start. Raises FileNotFoundError, with what to do, when there is none."""
    found = Path(load_settings().minio or BUILT)
    if not found.is_file():
        raise FileNotFoundError(f"没有对象存储程序 {found}；请安装 Go 后运行 make setup，或用 GUOZI_MINIO 指向 minio 程序")
    return found


def build() -> None:
    """Raises FileNotFoundError without Go, RuntimeError with the last lines of a failed build."""
    go = shutil.which("go")
    if go is None:
        raise FileNotFoundError("没有找到 Go，建不了测试用的 MinIO（make run 不需要它）；请安装 Go，或用 GUOZI_MINIO 指向 minio 程序")
    print("建立测试用的对象存储 MinIO（只建一次，需要几分钟）…")
    environment = {**os.environ, "GOBIN": str(BUILT.parent), "CGO_ENABLED": "0"}
    command = [go, "install", "-trimpath", "-ldflags", "-s -w", SOURCE]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError("MinIO 没有建成：\n" + "\n".join(done.stderr.splitlines()[-15:]))


def main() -> int:
    """Setting up goes on without the object store; the tests that need it fail and say so."""
    if load_settings().minio:
        return 0
    try:
        build()
    except (FileNotFoundError, RuntimeError) as problem:
        print(problem, file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
