"""Options that several commands share, each worded once."""

from __future__ import annotations

from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="输出 JSON · machine-readable")]
FormOption = Annotated[str, typer.Option("--form", help="报表代码 · form")]
UnitOption = Annotated[str, typer.Option("--unit", help="填报单位编码 · unit id")]
PeriodOption = Annotated[str, typer.Option("--period", help="报告期，如 2025-03 · reporting period")]
ByOption = Annotated[str, typer.Option("--by", help="由谁 · who")]
ReasonOption = Annotated[str, typer.Option("--reason", help="理由 · why")]
