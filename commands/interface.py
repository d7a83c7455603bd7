"""`catalog interface` and `catalog selftest`: what senders build against, and whether this installation keeps to it."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from catalog.interface import Occupied, write
from catalog.interface.kit import EXPECTED, Case, cases
from catalog.ledger.ledger import Ledger
from catalog.settings import Settings
from commands.console import emit, progress, settings
from commands.failure import Code, Failure
from intake.guard import RULES
from schemas.contract import Form
from schemas.declared import lay_out, reading
from schemas.load import forms

_SAMPLES = Path(__file__).resolve().parents[1] / "tests" / "samples"


def interface(out: Path, since: int, *, as_json: bool) -> Code:
    try:
        written = write(out, RULES, _SAMPLES, _forms_of(settings(), since) if since else None)
    except Occupied as problem:
        raise Failure(Code.USAGE, str(problem)) from None
    if as_json:
        emit({"out": out, "forms": [form.name for form in written]})
    else:
        print(f"{len(written)} 张报表的接口说明已写入 {out}：README.md 起读，openapi.json、templates/、selftest/ 供实现和自测")
    return Code.FINE


def _forms_of(here: Settings, number: int) -> Mapping[str, Form]:
    """Forms as they were declared when release `number` was computed."""
    ledger = Ledger.existing(here)
    try:
        release = ledger.release(number)
        if release is None:
            raise Failure(Code.USAGE, f"没有第 {number} 次发布；guozi status 显示最近一次")
        sets = {str(mart.get("declared", "")) for mart in release.marts.values()} - {""}
        texts = ledger.kept_set(sorted(sets)[-1]) if sets else None
    finally:
        ledger.close()
    if texts is None:
        raise Failure(Code.REFUSED, f"第 {number} 次发布没有留存当时的合同，无法比较")
    with tempfile.TemporaryDirectory(prefix="guozi-schemas-") as folder, reading(lay_out(texts, Path(folder))):
        return {form.name: form for form in forms()}


def selftest(folder: Path, *, as_json: bool) -> Code:
    """FINDINGS when a line of the kit is judged otherwise than it says."""
    from intake.pool import Pool

    kit = folder / "selftest"
    if not (kit / EXPECTED).is_file():
        raise Failure(Code.USAGE, f"{folder} 里没有自测包；先运行 guozi catalog interface --out {folder}")
    known, differing = cases(kit), dict[str, dict[int, dict[str, list[str]]]]()
    with tempfile.TemporaryDirectory(prefix="guozi-selftest-") as home, Pool(1) as pool, progress(hidden=as_json) as report:
        empty = replace(settings(), home=Path(home), lake=f"{home}/lake", ledger=f"sqlite:///{home}/ledger.db")
        for number, case in enumerate(known):
            report("自测", number, len(known))
            if found := _differing(case, kit, empty, pool):
                differing[case.file] = found
    if as_json:
        emit({"files": len(known), "differing": differing})
    else:
        for file, lines in differing.items():
            for line, told in lines.items():
                print(f"{file} 第 {line} 行：应指出 {told['expected']}，实际指出 {told['found']}")
        print(f"{len(known)} 个样例文件，{len(known) - len(differing)} 个与说明一致")
    return Code.FINDINGS if differing else Code.FINE


def _differing(case: Case, kit: Path, empty: Settings, pool: object) -> dict[int, dict[str, list[str]]]:
    """Line → what should have been found and what was."""
    from intake.check import check

    given = {"form": case.form, **({"period": case.period} if case.period else {})}
    found: dict[int, set[str]] = {}
    for finding in check(kit / case.file, given, empty, pool).findings:  # type: ignore[arg-type]  # a Pool, imported lazily
        if finding["_row"] is not None:
            found.setdefault(finding["_row"], set()).add(finding["rule_id"])
    wanted = {line: set(rules) for line, rules in case.rules.items()}
    return {line: {"expected": sorted(wanted.get(line, set())), "found": sorted(found.get(line, set()))}
            for line in sorted({*wanted, *found}) if wanted.get(line, set()) != found.get(line, set())}  # fmt: skip
