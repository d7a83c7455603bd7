"""`make run`: one night of the sample city through Airflow, watched, ending with what there is to see.

Everything lies under GUOZI_HOME (default `var/`). A second run finds nothing new.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import create_engine

from catalog.settings import Settings, load_settings
from catalog.summary import summarise
from commands.airflow import environment, look, prepare
from commands.failure import Code, Failure, tell
from commands.status import page
from scripts.watch import Screen, last_run, stages

DAG = "nightly"
SEED = 1
SIZE = "small"
TAIL = 25


def main() -> int:
    settings = load_settings()
    look(settings)
    os.environ.setdefault("GUOZI_TODAY", send_samples(settings))
    os.environ.setdefault("GUOZI_ARRIVALS", "manifest")
    settings = load_settings()
    prepare(settings)
    print(f"DAG {DAG} 开始（今天是 {settings.today}），日志在 {settings.scheduler.home / 'run.log'}", flush=True)
    night(settings)
    print()
    page(settings, summarise(settings))
    return 0


def send_samples(settings: Settings) -> str:
    """Generates the city once and puts its files into incoming/, as senders would; later runs send nothing.

    Returns the day from which the sample judges lateness.
    """
    made = settings.home / "samples" / f"{SIZE}-{SEED}"
    sent = made / ".sent"
    if sent.exists():
        print("样例已在上一次放入收件目录，这次没有新的文件", flush=True)
        return sent.read_text(encoding="ascii")
    from samples import generate

    print("生成样例城市 …", flush=True)
    shutil.rmtree(made, ignore_errors=True)
    summary = generate(made, SEED, SIZE)
    count = sum(_put(source, settings.incoming / source.relative_to(made / "incoming")) for source in _files(made))
    sent.write_text(summary.today.isoformat(), encoding="ascii")
    print(f"{count} 个文件放入 {settings.incoming}", flush=True)
    return summary.today.isoformat()


def _files(made: Path) -> Iterator[Path]:
    """Manifests first: a file that lies there without its manifest could be read under other terms."""
    found = (p for p in (made / "incoming").rglob("*") if p.is_file())
    return iter(sorted(found, key=lambda p: (p.name != "manifest.yaml", str(p))))


def _put(source: Path, target: Path) -> int:
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.part")
    shutil.copy2(source, part)
    part.rename(target)
    return target.name != "manifest.yaml"


def night(settings: Settings) -> None:
    """Runs the DAG and shows its stages. Raises Failure with the end of the log when a stage failed."""
    database, log = create_engine(settings.scheduler.database), settings.scheduler.home / "run.log"
    before, screen = last_run(database, DAG), Screen(time.monotonic)
    with log.open("w", encoding="utf-8") as output:
        running = subprocess.Popen(
            [sys.executable, "-m", "airflow", "dags", "test", DAG], env=environment(settings), stdout=output,
            stderr=subprocess.STDOUT, start_new_session=False,
        )  # fmt: skip
        while running.poll() is None:
            time.sleep(0.5)
            screen.draw(stages(database, DAG, before))
    now = stages(database, DAG, before)
    screen.draw(now)
    if running.returncode or not now or any(not s.over or s.failed for s in now):
        tail = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-TAIL:])
        raise Failure(Code.FAILED, f"{tail}\n\n这一夜没有做完；以上是日志的结尾，全文在 {log}。改正后再运行 make run，做过的不会重做")


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failure as problem:
        sys.exit(tell(problem))
