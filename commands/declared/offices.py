"""What an office decides: receipts, warnings, rules about to change."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from commands.declared.options import ByOption, FormOption, Json, PeriodOption, ReasonOption, UnitOption

app = typer.Typer()

DECIDING = "accept, return, withdraw, revert, adopt, release, review, approve"
HANDLING = "assess, dismiss, merge, assign, refuse, answer, treat, review, reject, close, clue, direct, reopen"


@app.command(help="人工裁定一份回执或被扣留的主题表 · a person's decision")
def decide(
    receipt: Annotated[str, typer.Argument(help="回执号或主题表 · receipt or mart")],
    action: Annotated[str, typer.Argument(help=DECIDING)],
    by: ByOption,
    reason: ReasonOption,
    json: Json = False,
) -> int:
    from commands.stages import decide

    return decide(receipt, action, by, reason, as_json=json)


@app.command(help="预警及其处理 · warnings and what is done about them")
def warnings(
    state: Annotated[str, typer.Option(help="处理状态，如 found · state")] = "",
    level: Annotated[str, typer.Option(help="红、黄或蓝 · level")] = "",
    rule: Annotated[str, typer.Option(help="预警规则 · warning rule")] = "",
    unit: UnitOption = "",
    owner: Annotated[str, typer.Option(help="承办处室或人员 · owner")] = "",
    overdue: Annotated[bool, typer.Option("--overdue", help="只看逾期未办结的 · overdue ones alone")] = False,
    json: Json = False,
) -> int:
    from commands.cases import warnings

    return warnings(
        {"state": state, "level": level, "warning_id": rule, "unit_id": unit, "owner": owner}, overdue, as_json=json
    )


@app.command(help="处理一条预警 · one step in the handling of a warning")
def handle(
    warning: Annotated[str, typer.Argument(help="预警编号（guozi warnings 给出）· number")],
    action: Annotated[str, typer.Argument(help=HANDLING)],
    by: ByOption,
    reason: ReasonOption,
    to: Annotated[str, typer.Option(help="承办处室、所并入的编号或线索编号 · owner, case or clue")] = "",
    due: Annotated[str, typer.Option(help="办结日 · day by which")] = "",
    json: Json = False,
) -> int:
    from commands.cases import handle

    return handle(warning, action, to, due, by, reason, as_json=json)


@app.command(help="按现行规则重新审核归档的文件，先作影子 · judge again, as shadows")
def replay(form: FormOption = "", unit: UnitOption = "", period: PeriodOption = "", json: Json = False) -> int:
    from commands.changes import replay

    return replay(form=form, unit=unit, period=period, as_json=json)


@app.command(help="预演改动的合同或预警文件 · what a changed declaration would find")
def rehearse(path: Annotated[Path, typer.Argument(help="改动后的文件 · the changed file")], json: Json = False) -> int:
    from commands.changes import rehearse

    return rehearse(path, as_json=json)
