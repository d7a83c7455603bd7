"""`alert` and `watch`: people are told that a task failed, or that a night did not run. Told is fine; what could not be told is FAILED."""

from __future__ import annotations

import re
from datetime import datetime, time

from catalog.alert import send
from catalog.settings import ZONE
from catalog.telemetry.nights import last_finished
from commands.console import emit, settings
from commands.failure import Code, Failure

_NAME = re.compile(r"[\w.:+-]{1,250}", re.ASCII)


def alert(dag: str, task: str, run: str) -> Code:
    if not all(_NAME.fullmatch(name) for name in (dag, task, run)):
        raise Failure(Code.USAGE, "--dag、--task、--run 应为调度器里的名称")
    text = f"运行 {run} 的任务 {task} 重试后仍然失败。\n请看 guozi status 和调度器里这个任务的日志；改正后重跑，做过的不会重做。"
    return _tell(f"夜间任务失败：{dag} 的 {task}", text)


def watch(by: str, *, as_json: bool) -> Code:
    """A night is done when its last stage ended between midnight and `by` or later that day; by the clock of this machine."""
    try:
        hour = time.fromisoformat(by)
    except ValueError:
        raise Failure(Code.USAGE, f"--by 应为 06:00 这样的时刻，现在是“{by}”") from None
    now, finished = datetime.now(ZONE), last_finished(settings().home)
    fine = now.time() < hour or (finished is not None and finished.date() >= now.date())
    if as_json:
        emit({"fine": fine, "finished": finished and finished.isoformat()})
    elif fine:
        print(f"还没到 {by}" if now.time() < hour else f"夜间任务已于 {finished:%H:%M} 做完")
    if fine:
        return Code.FINE
    told = f"上一次做完是 {finished:%Y-%m-%d %H:%M}" if finished else "还没有做完过一次"
    text = f"到 {now:%Y-%m-%d} {by} 仍没有做完当天的夜间任务，{told}。\n请看调度器是否在运行，再看 guozi doctor 和 guozi status。"
    return _tell("夜间任务没有按时做完", text, quiet=as_json)


def _tell(title: str, text: str, quiet: bool = False) -> Code:
    ways = send(settings().alerts, title, text)
    if not quiet:
        print(f"{title}\n{text}")
    if not ways and not quiet:
        print("没有设置 GUOZI_ALERT_WEBHOOK 或 GUOZI_SMTP，没有通知任何人")
    if wrong := {name: problem for name, problem in ways.items() if problem}:
        failed = "、".join(f"{name} {problem}" for name, problem in wrong.items())
        raise Failure(Code.FAILED, f"通知没有发出（{failed}）；请检查 GUOZI_ALERT_WEBHOOK、GUOZI_SMTP")
    return Code.FINE
