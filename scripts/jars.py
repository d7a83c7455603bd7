"""The jars Spark needs beside its own: brought once by Spark's resolver, then only compared with a committed list.

`jars/jars.sha256` is the list (`<sha256>  <file>`); what it does not name is not kept. `--lock` writes it anew.
Behind a mirror: `IVY_SETTINGS=<file>` is handed to the resolver.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from catalog.jars import LIST, differing, locked, sha256

FOLDER = Path(__file__).resolve().parent.parent / "jars"
_AWS = "2.35.4"
PACKAGES = (
    "io.delta:delta-spark_4.2_2.13:4.4.0",
    "org.apache.hadoop:hadoop-aws:3.5.0",
    *(f"software.amazon.awssdk:{part}:{_AWS}" for part in ("s3", "s3-transfer-manager", "sts", "apache-client")),
    "software.amazon.s3.analyticsaccelerator:analyticsaccelerator-s3:1.3.1",
)
# The SDK bundle is 600 MB and not needed; commons-logging is what Spark's jcl-over-slf4j replaces;
# the shims belong to a roaringbitmap older than the one Spark ships.
EXCLUDED = (
    "software.amazon.awssdk:bundle",
    "commons-logging:commons-logging",
    "org.roaringbitmap:shims",
    "org.scala-lang:scala-library",
    "org.slf4j:slf4j-api",
    "com.google.code.findbugs:jsr305",
    "org.apache.hadoop:hadoop-client-api",
    "org.apache.hadoop:hadoop-client-runtime",
)


def spark_home() -> Path:
    """Raises FileNotFoundError when pyspark is not installed."""
    spec = find_spec("pyspark")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("没有安装 pyspark；先执行 make setup")
    return Path(spec.origin).parent


def resolve(cache: Path) -> Path:
    """Resolve PACKAGES into `cache` with Spark's own resolver; returns the folder of jars.

    Raises RuntimeError with the resolver's last lines.
    """
    nothing = cache / "nothing.py"
    nothing.write_text("", encoding="ascii")
    home = spark_home()
    command = [
        str(home / "bin" / "spark-submit"), "--master", "local[1]", "--packages", ",".join(PACKAGES),
        "--exclude-packages", ",".join(EXCLUDED), "--conf", f"spark.jars.ivy={cache}",
    ]  # fmt: skip
    if settings := os.environ.get("IVY_SETTINGS"):
        command += ["--conf", f"spark.jars.ivySettings={settings}"]
    environment = {**os.environ, "SPARK_HOME": str(home), "SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_PYTHON": sys.executable}
    done = subprocess.run([*command, str(nothing)], env=environment, capture_output=True, text=True, check=False)
    if not (cache / "jars").is_dir():
        raise RuntimeError("\n".join((done.stdout + done.stderr).splitlines()[-15:]))
    return cache / "jars"


def _artifact(name: str) -> str:
    return re.sub(r"-\d[0-9A-Za-z.]*\.jar$", "", name)


def own(resolved: Path) -> list[Path]:
    """The resolved jars that Spark does not ship itself, in whatever version."""
    shipped = {_artifact(p.name) for p in (spark_home() / "jars").glob("*.jar")}
    # A resolved file is <group>_<artifact>-<version>.jar; a group has no underscore.
    return [p for p in sorted(resolved.glob("*.jar")) if _artifact(p.name.partition("_")[2]) not in shipped]


def main() -> int:
    parser = argparse.ArgumentParser(description="取回并校验 Spark 所需的 jar（fetch and verify the pinned jars）")
    parser.add_argument("--lock", action="store_true", help="重写 jars/jars.sha256（rewrite the committed list）")
    lock = parser.parse_args().lock
    if not lock and not differing(locked(FOLDER), FOLDER):
        return 0
    with tempfile.TemporaryDirectory() as scratch:
        resolved = resolve(Path(scratch))
        if lock:
            (FOLDER / LIST).write_text("".join(f"{sha256(p)}  {p.name}\n" for p in own(resolved)), encoding="ascii")
        if wrong := differing(locked(FOLDER), resolved):
            print(f"取回的 jar 与清单 jars/jars.sha256 不符：{'、'.join(wrong)}；请重试，仍不符时不要使用", file=sys.stderr)
            return 3
        for name in locked(FOLDER):
            shutil.copyfile(resolved / name, FOLDER / name)
    for stray in {p.name for p in FOLDER.glob("*.jar")} - set(locked(FOLDER)):
        (FOLDER / stray).unlink()
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (RuntimeError, FileNotFoundError) as problem:
        print(f"取不到 jar：{problem}\n检查网络；在镜像之后时设 IVY_SETTINGS=<ivysettings.xml>", file=sys.stderr)
        sys.exit(3)
