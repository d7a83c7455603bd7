"""What a machine needs before there is data: its fitness, its settings, a sample city."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from commands.declared.options import Json

app = typer.Typer()


@app.command(help="检查本机是否具备运行条件 · is this machine fit to run")
def doctor(
    json: Json = False,
    only: Annotated[list[str] | None, typer.Option(help="只查这一项，可重复 · only this check")] = None,
    init: Annotated[
        bool, typer.Option("--init", help="建立目录、桶、调度库和资源池 · folders, buckets, scheduler's database")
    ] = False,
) -> int:
    from commands.machine import doctor

    return doctor(only or [], as_json=json, init=init)


@app.command("init-env", help="写出生产部署的 .env，密钥随机 · settings and secrets to deploy")
def init_env(
    out: Annotated[Path, typer.Option(help="写到哪里，已有的不覆盖 · never overwritten")] = Path(".env"),
) -> int:
    from commands.deployment import init_env

    return init_env(out)


@app.command(help="生成样例城市的报送文件和答案 · a made-up city and its truth")
def samples(
    out: Annotated[Path, typer.Option(help="输出目录 · folder")],
    seed: Annotated[int, typer.Option(help="随机种子 · same seed, same bytes")] = 1,
    size: Annotated[str, typer.Option(help="small 或 city")] = "small",
    domains: Annotated[
        str, typer.Option(help="只报这些领域，逗号分开，如 finance,funds；不写为全部 · domains to send")
    ] = "",
) -> int:
    from commands.machine import samples

    return samples(out, seed, size, domains)
