"""Everything in order: city, books, reports, events, faults; then files, manifests and the truth."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from samples import Summary
from samples.city import build_city
from samples.domains.register import DOMAINS
from samples.golden import golden
from samples.golden_domains import golden_domains
from samples.golden_rows import golden_rows
from samples.plan import Plan
from samples.sending import Sent
from samples.truth import truth
from samples.verdicts import decide
from samples.write import as_manifest
from schemas.codes import code_list

_LISTED = Path(__file__).parent / "listed"


def make_plan(seed: int, size: str, domains: Sequence[str] = ()) -> Plan:
    """`domains`: those that are sent, none for all. Raises ValueError for one that does not exist."""
    unknown = set(domains) - DOMAINS.keys()
    if unknown:
        raise ValueError(f"没有“{'、'.join(sorted(unknown))}”这种业务领域；现有：{'、'.join(DOMAINS)}")
    plan = Plan.of(build_city(seed, size, _industries()))
    chosen = [made for name, made in DOMAINS.items() if name in domains or not domains]
    for made in chosen:
        plan.sent += made.send(plan)
    for made in chosen:
        made.go_wrong(plan)
    for made in chosen:
        plan.look_alikes += made.look_alikes(plan)
    return plan


def compose(out: Path, seed: int, size: str, listed: bool, domains: Sequence[str]) -> Summary:
    if out.exists() and any(out.iterdir()):
        raise FileExistsError(f"目标文件夹 {out} 不是空的；请换一个文件夹，或先清空它")
    plan = make_plan(seed, size, domains)
    incoming, told = out / "incoming", out / "truth"
    _write_files(incoming, plan.in_order())
    public = _copy_listed(incoming) if listed else 0
    told.mkdir(parents=True)
    outcome = decide(plan)
    expected = truth(plan, outcome)
    _write_json(told / "truth.json", expected)
    beside = {"domains": golden_domains(plan, outcome), "rows": golden_rows(plan, outcome, expected)}
    _write_json(told / "golden.json", golden(plan, outcome, expected) | beside)
    return Summary(
        incoming=incoming, truth=told, files=len(plan.sent) + public, records=sum(s.count for s in plan.sent),
        units=len(plan.city.units), faults=len(plan.faults), look_alikes=len(plan.look_alikes), today=plan.city.today,
    )  # fmt: skip


def _industries() -> list[str]:
    """Small classes that both editions of GB/T 4754 have, so that any day's list knows them."""
    return [c.code for c in code_list("gbt4754") if len(c.code) == 4 and c.valid_to is None and c.valid_from.year < 2016]


def _write_files(incoming: Path, sent: Sequence[Sent]) -> None:
    folders: dict[str, list[Sent]] = {}
    for file in sent:
        folders.setdefault(file.folder, []).append(file)
    for folder, files in folders.items():
        place = incoming / folder
        place.mkdir(parents=True)
        for file in files:
            (place / file.name).write_bytes(file.content())
        (place / "manifest.yaml").write_bytes(as_manifest([f.manifest() for f in sorted(files, key=lambda f: f.name)]))


def _copy_listed(incoming: Path) -> int:
    place = incoming / "listed"
    place.mkdir(parents=True, exist_ok=True)
    files = sorted(p for p in _LISTED.iterdir() if p.suffix in (".csv", ".yaml"))
    for path in files:
        shutil.copyfile(path, place / path.name)
    return sum(1 for p in files if p.suffix == ".csv")


def _write_json(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
