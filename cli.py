"""The front door: `guozi …`. What may be typed is in `commands/declared/`, what it does in the rest of `commands/`."""

from __future__ import annotations

import sys
import time
from typing import Annotated, Any

import typer

from commands.declared import machine, offices, reading, rulings, sending, specification, stages, upkeep

EPILOG = """退出码 · exit codes：0 正常 fine · 1 有审核问题、退回或不一致 findings, returned or disagreeing ·
2 用法不对 usage · 3 环境或配置不可用 environment · 4 被拒绝的操作 refused · 5 扣留或失败 held or failed"""

app = typer.Typer(
    name="guozi",
    help="国资大数据在线监管系统 · reports of state-owned enterprises: collect, prove, publish",
    epilog=EPILOG,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

for group in (machine, sending, stages, reading, offices, upkeep):
    app.add_typer(group.app)
app.add_typer(rulings.app, name="rule")
app.add_typer(specification.app, name="catalog")


@app.callback()
def _common(debug: Annotated[bool, typer.Option("--debug", help="出错时显示完整堆栈 · tracebacks")] = False) -> None:
    """`--debug` may stand anywhere; `main` takes it, since it sees every exception."""


def main(arguments: list[str] | None = None) -> Any:
    """Runs a command and exits with its code; what went wrong is told in one sentence, with `--debug` in full."""
    given = sys.argv[1:] if arguments is None else arguments
    started, failed = time.monotonic(), None
    try:
        code = app(args=[a for a in given if a != "--debug"], prog_name="guozi", standalone_mode=False)
    except Exception as problem:
        from commands.failure import tell

        if "--debug" in given:
            raise
        code, failed = tell(problem), problem
    ended = code if isinstance(code, int) else 0
    if not {"-h", "--help"} & {*given}:
        from commands.telemetry import noted

        noted(given, ended, time.monotonic() - started, failed)
    sys.exit(ended)


if __name__ == "__main__":
    main()
