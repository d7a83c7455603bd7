"""`guozi rule …`: periods closed, due days moved, units exempt."""

from __future__ import annotations

from typing import Annotated

import typer

from commands.declared.options import ByOption, Json, ReasonOption

app = typer.Typer(help="封账、延期与免报 · periods closed, due days moved, units exempt", no_args_is_help=True)

FormArgument = Annotated[str, typer.Argument(help="报表代码 · form", metavar="FORM")]
PeriodArgument = Annotated[str, typer.Argument(help="报告期 · period", metavar="PERIOD")]
UnitRequired = Annotated[str, typer.Option("--unit", help="填报单位编码 · unit id")]


@app.command("list", help="列出全部 · all of them")
def rule_list(json: Json = False) -> int:
    from commands.answers import rulings

    return rulings(as_json=json)


@app.command("close", help="封账：这一期不再接受报送 · nothing new counts in this period")
def rule_close(
    form: FormArgument, period: PeriodArgument, by: ByOption, reason: ReasonOption, json: Json = False
) -> int:
    from commands.answers import rule

    return rule("close", {"form": form, "period": period, "unit": "", "until": ""}, by, reason, as_json=json)


@app.command("extend", help="延期：一个单位的截止日改到某日 · a unit's due day moves")
def rule_extend(
    form: FormArgument,
    period: PeriodArgument,
    unit: UnitRequired,
    until: Annotated[str, typer.Option(help="新的截止日 · new due day")],
    by: ByOption,
    reason: ReasonOption,
    json: Json = False,
) -> int:
    from commands.answers import rule

    return rule("extend", {"form": form, "period": period, "unit": unit, "until": until}, by, reason, as_json=json)


@app.command("exempt", help="免报：一个单位这一期不必报 · a unit need not report")
def rule_exempt(
    form: FormArgument,
    period: PeriodArgument,
    unit: UnitRequired,
    by: ByOption,
    reason: ReasonOption,
    json: Json = False,
) -> int:
    from commands.answers import rule

    return rule("exempt", {"form": form, "period": period, "unit": unit, "until": ""}, by, reason, as_json=json)


@app.command("lift", help="解锁、撤销延期或免报 · unlock, or take back")
def rule_lift(
    number: Annotated[str, typer.Argument(help="编号（rule list 给出）· number")],
    by: ByOption,
    reason: ReasonOption,
    json: Json = False,
) -> int:
    from commands.answers import rule

    return rule("lift", {"number": number}, by, reason, as_json=json)
