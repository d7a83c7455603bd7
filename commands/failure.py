"""What went wrong, as one sentence with what to do, and the exit code that stands for it."""

from __future__ import annotations

import errno
import re
import sys
import traceback
from enum import IntEnum
from pathlib import Path

import typer


class Code(IntEnum):
    """Exit codes of every command."""

    FINE = 0
    FINDINGS = 1
    USAGE = 2
    ENVIRONMENT = 3
    REFUSED = 4
    FAILED = 5


class Failure(Exception):
    """A command cannot go on; the message is one Chinese sentence that says what to do."""

    def __init__(self, code: Code, message: str) -> None:
        super().__init__(message)
        self.code = code


_THEN = "然后重新运行，没有做完的会接着做"
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_SHUT = (errno.EROFS, errno.EACCES, errno.EPERM)
# By the name of an exception's class or of one it derives from, so that telling imports nothing.
_KNOWN = {
    "Refused": Code.REFUSED,
    "IllegalMove": Code.REFUSED,
    "Rejected": Code.FINDINGS,
    "EnvironmentFault": Code.ENVIRONMENT,
    "ContractError": Code.ENVIRONMENT,
    "SettingsError": Code.ENVIRONMENT,
    "Busy": Code.REFUSED,
    "NoSuchThing": Code.USAGE,
    "NothingReleased": Code.REFUSED,
    "Fenced": Code.FAILED,
    "Overtaken": Code.FAILED,
    "Damaged": Code.FAILED,
    "StoreFault": Code.ENVIRONMENT,
    "Cleared": Code.REFUSED,
}
_USAGE = {
    "MissingParameter": "缺少参数",
    "NoSuchOption": "没有这个选项",
    "BadParameter": "参数不对",
    "BadOptionUsage": "选项用法不对",
}


def tell(problem: Exception) -> Code:
    """Print the sentence for `problem` to stderr; returns the code to exit with."""
    code, sentence = explain(problem)
    print(sentence, file=sys.stderr)
    return code


def explain(problem: Exception) -> tuple[Code, str]:
    if isinstance(problem, Failure):
        return problem.code, str(problem)
    if isinstance(problem, typer.Abort):
        return Code.FAILED, "已中断；再运行一次会接着做完，不会重复"
    if isinstance(problem, typer.TyperException):
        return Code.USAGE, _usage(problem)
    for kind in type(problem).__mro__:
        if kind.__name__ in _KNOWN:
            return _KNOWN[kind.__name__], str(problem)
    if (told := _outside(problem)) is not None:
        return Code.ENVIRONMENT, told
    if isinstance(problem, PermissionError | FileNotFoundError):
        return Code.ENVIRONMENT, f"{problem.filename or ''} 打不开（{problem.strerror}）；检查路径和权限，或运行 guozi doctor"
    return Code.FAILED, (
        f"程序出错（{type(problem).__name__}，{_place(problem)}），没有做完的会在下次运行时接着做；加 --debug 查看详情"
    )


def _outside(problem: Exception) -> str | None:
    """What an engine says of storage or ledger, in our words; None where the fault is not theirs."""
    from catalog.objects import silent, unanswered
    from catalog.settings import load_settings

    if unanswered(problem):
        return str(silent(load_settings(), problem))
    if type(problem).__name__ == "OperationalError" or getattr(problem, "connection_invalidated", False):
        return f"台账数据库不能读写（{_place(problem)}）；检查 GUOZI_LEDGER 指向的数据库是否在运行、磁盘是否已满，{_THEN}"
    found = re.search(r"\b[Oo]s (?:error |\{ code: )(\d+)", str(problem))
    number = int(found[1]) if found else getattr(problem, "errno", None)
    if number in _FULL:
        return f"磁盘已满或超出限额（{_place(problem)}）；请腾出空间，{_THEN}"
    if number in _SHUT and not isinstance(problem, PermissionError):
        return f"数据目录只能读、不能写（{_place(problem)}）；检查 GUOZI_HOME、GUOZI_LAKE 的权限和挂载，{_THEN}"
    return None


def _place(problem: Exception) -> str:
    """Where it arose. What it says is left out: it may quote a row or a password."""
    frames = traceback.extract_tb(problem.__traceback__)
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "位置未知"


def _usage(problem: typer.TyperException) -> str:
    """Typer words its messages in English; ours names the kind, then what it said."""
    context = getattr(problem, "ctx", None)
    command = context.command_path if context is not None else "guozi"
    said = problem.format_message()
    kind = "没有这个命令" if said.startswith("No such command") else _USAGE.get(type(problem).__name__, "用法不对")
    return f"{kind}（{said}）；用法见 {command} --help"
