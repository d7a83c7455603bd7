"""`guozi catalog …`: what a sender must implement."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from commands.declared.options import Json

app = typer.Typer(help="接口说明与自测包 · what a sender must implement", no_args_is_help=True)


@app.command(help="写出报送接口说明、模板、OpenAPI 和自测包 · write the specification")
def interface(
    out: Annotated[Path, typer.Option(help="输出目录 · folder")],
    since: Annotated[
        int, typer.Option(help="与第几次发布时的合同比较 · differences since this release", show_default=False)
    ] = 0,
    json: Json = False,
) -> int:
    from commands.interface import interface

    return interface(out, since, as_json=json)


@app.command(help="用自测包检验本机的审核 · check an installation against the self-test kit")
def selftest(
    folder: Annotated[Path, typer.Argument(help="catalog interface 写出的目录 · folder it was written to")],
    json: Json = False,
) -> int:
    from commands.interface import selftest

    return selftest(folder, as_json=json)
