"""What a sender does: ask beforehand, send, see the receipt again, answer what is asked."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from commands.declared.options import ByOption, FormOption, Json, PeriodOption, UnitOption

app = typer.Typer()

RevisionOption = Annotated[int, typer.Option("--revision", help="修订号 · revision", show_default=False)]
SupersedesOption = Annotated[str, typer.Option("--supersedes", help="所替代的回执号 · receipt it replaces")]


@app.command(help="预审一个文件，结论与报送一致，不保存 · the verdict, nothing stored")
def check(
    path: Annotated[Path, typer.Argument(help="文件 · file")],
    form: FormOption = "",
    unit: UnitOption = "",
    period: PeriodOption = "",
    revision: RevisionOption = 0,
    supersedes: SupersedesOption = "",
    json: Json = False,
) -> int:
    from intake.pool import Pool

    said = _said(form=form, unit=unit, period=period, revision=revision, supersedes=supersedes)
    with Pool(1) as pool:  # the child gets ready while this process does: half a second less to wait
        from commands.sending import check

        return check(path, said, pool=pool, as_json=json)


@app.command(help="报送文件并立即审核，打印回执 · send files, get receipts")
def submit(
    paths: Annotated[list[Path], typer.Argument(help="文件或目录 · files or folders", metavar="PATH…")],
    form: FormOption = "",
    unit: UnitOption = "",
    period: PeriodOption = "",
    revision: RevisionOption = 0,
    supersedes: SupersedesOption = "",
    put_only: Annotated[
        bool, typer.Option("--put-only", help="只放入收件目录，不审核 · leave the judging to the night")
    ] = False,
    json: Json = False,
) -> int:
    from commands.sending import submit

    said = _said(form=form, unit=unit, period=period, revision=revision, supersedes=supersedes)
    return submit(paths, said, put_only=put_only, as_json=json)


@app.command(help="再看一份回执，或其中一家单位的 · a receipt again, or a unit's part")
def receipt(
    number: Annotated[str, typer.Argument(help="回执号，如 R00000012 或 R00000012-003 · receipt number")],
    unit: UnitOption = "",
    out: Annotated[Path | None, typer.Option(help="把各单位的回执写入这个目录 · write one file a unit")] = None,
    workbook: Annotated[
        Path | None, typer.Option(help="把问题逐格批注在原件上，写成 xlsx · the sender's workbook, annotated")
    ] = None,
    json: Json = False,
) -> int:
    from commands.receipts import receipt

    return receipt(number, unit, out, workbook, as_json=json)


@app.command(help="说明核实类问题：单个编号，或填好的清单 · answer findings")
def explain(
    target: Annotated[str, typer.Argument(help="问题编号，或 findings --sheet 写出的清单 · number or sheet")],
    by: ByOption,
    code: Annotated[str, typer.Option(help="原因代码（explanation_reason）· reason code")] = "",
    text: Annotated[str, typer.Option(help="说明 · words")] = "",
    accept: Annotated[bool, typer.Option("--accept", help="归口处室认可这条说明 · the office accepts it")] = False,
    refuse: Annotated[bool, typer.Option("--refuse", help="归口处室不认可这条说明 · the office refuses it")] = False,
    reason: Annotated[str, typer.Option(help="认可或不认可的理由 · why")] = "",
    json: Json = False,
) -> int:
    from commands.answers import explain

    verdict = "accepted" if accept else "refused" if refuse else ""
    return explain(target, {"by": by, "code": code, "text": text, "verdict": verdict, "reason": reason}, as_json=json)


def _said(**given: str | int) -> dict[str, str | int]:
    """What the sender did say: the rest is found in manifest and path."""
    return {option: value for option, value in given.items() if value}
