"""A changed contract or warning file, tried on all that was ever reported: what it would find anew, and what it would lose.

Record rules are judged again from the archived files, under the rules of today and the changed ones; relation rules and
warnings are computed in a scratch place, first as declared today, then as changed. Nothing of the lake or ledger changes
but the scratch place.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any

from catalog import released
from catalog.archive import archive
from catalog.ledger.ledger import Ledger
from catalog.ledger.values import Refused, ScratchNote
from catalog.progress import Progress, silent
from catalog.settings import Settings
from intake.pool import Judged, Pool, Request
from intake.staged import FINDINGS, read
from jobs.known import Known
from jobs.lease import lease
from jobs.scratch import compute
from schemas.declared import documents, lay_out, reading
from schemas.identity import finding_number
from schemas.load import form, form_names, warnings
from schemas.reading import ContractError, read_yaml

NAME = "rehearsal"
READ = ("relation_finding", "warning")
Found = Mapping[tuple[str, str, str, str], str]


@dataclass(frozen=True)
class Change:
    """Of one rule (or warning) and form: how many more and fewer; `units` touched, `share` of all units that report, in percent."""

    rule: str
    form: str
    new: int
    vanished: int
    units: tuple[str, ...]
    share: Decimal


@dataclass(frozen=True)
class Rehearsed:
    """`document`: the declaration that was exchanged, by its path."""

    document: str
    changes: tuple[Change, ...]


def rehearse(settings: Settings, changed: Path, progress: Progress = silent) -> Rehearsed:
    """Raises ContractError where the changed file is wrong, Refused where it is of nothing declared, Busy while a build runs."""
    document, texts = _exchanged(changed)
    ledger = Ledger.open(settings)
    try:
        with lease(settings, ledger), TemporaryDirectory(prefix="guozi-rehearsal-") as folder:
            other = lay_out(texts, Path(folder) / "schemas")
            name = PurePosixPath(document).stem
            with reading(other):
                _check(document, name)
            own = _judged(settings, ledger, name, other, Path(folder), progress) if document.startswith("submissions/") else ({}, {})
            known = Known.read(ledger, settings.today)
            lake = _computed(settings, ledger, known, other, progress)
            units = set(known.standing["unit_id"].to_pylist())
    finally:
        ledger.close()
    return Rehearsed(document, tuple(_changes(own[0], own[1], units)) + tuple(_changes(lake[0], lake[1], units)))


def _exchanged(changed: Path) -> tuple[str, dict[str, str]]:
    """The path of the declaration that the file is a change of, and the whole set with it."""
    texts, told = dict(documents()), read_yaml(changed)
    if isinstance(told, dict) and told.get("id") in form_names():
        path = f"submissions/{told['id']}.yaml"
    elif isinstance(told, list) and f"warnings/{changed.name}" in texts:
        path = f"warnings/{changed.name}"
    else:
        raise Refused(f"{changed.name} 既不是某张报表的合同，也不与 schemas/warnings 下的文件同名；文件名和 id 要与现行的一致")
    return path, {**texts, path: changed.read_text(encoding="utf-8")}


def _check(document: str, name: str) -> None:
    try:
        form(name) if document.startswith("submissions/") else warnings()
    except (KeyError, TypeError) as wrong:
        raise ContractError(f"{document}：{wrong}") from wrong


def _judged(
    settings: Settings, ledger: Ledger, name: str, other: Path, work: Path, progress: Progress
) -> tuple[Found, Found]:  # fmt: skip
    """Findings of the form's submissions that stand, under today's rules and under the changed ones."""
    standing = {row["submission"] for row in ledger.in_force().to_pylist() if row["form"] == name}
    sent = [one for one, _ in ledger.judged({"form": name}) if one.id in standing]
    if not sent:
        return {}, {}
    sides = []
    for number, folder in enumerate((None, other)):
        requests = [
            Request(one.id, archive(settings).local(one.sha256), PurePosixPath(one.name).name, one.manifest_entry or None, one.path_hints,
                    work / f"{number}-{one.id}") for one in sent
        ]  # fmt: skip
        sides.append(_found(settings, requests, folder, progress))
    return sides[0], sides[1]


def _found(settings: Settings, requests: Iterable[Request], folder: Path | None, progress: Progress) -> Found:
    if folder is not None:
        with reading(folder):
            return _found(settings, requests, None, progress)
    found: dict[tuple[str, str, str, str], str] = {}
    requests = list(requests)
    with Pool(min(settings.workers, len(requests))) as pool:
        for done, result in enumerate(pool.run(requests), 1):
            progress("预演审核", done, len(requests))
            if isinstance(result.outcome, Judged):
                for piece in read(Path(f"{result.request.out_stem}{FINDINGS}")):
                    found |= {_of(row): str(row["unit_id"] or "") for row in piece.to_pylist()}
    return found


def _computed(settings: Settings, ledger: Ledger, known: Known, other: Path, progress: Progress) -> tuple[Found, Found]:
    """Rows of relation_finding and warning as declared today and as changed."""
    seq = ledger.seq()
    before = compute(settings, ledger, NAME, known, seq, "", progress, READ)[0]
    rows = _rows(settings, before)
    with reading(other):
        after = compute(settings, ledger, NAME, Known.read(ledger, settings.today), seq, "", progress, READ)[0]
        return rows, _rows(settings, after)


def _rows(settings: Settings, note: ScratchNote) -> Found:
    found: dict[tuple[str, str, str, str], str] = {}
    for row in released.recomputed(settings, note, "relation_finding").to_table().to_pylist():
        found[_of(row)] = row["unit_id"]
    for row in released.recomputed(settings, note, "warning").to_table().to_pylist():
        key = " ".join(str(row[c] or "") for c in ("unit_id", "period", "scope", "subject"))
        found[(row["warning_id"], "warning", key, row["level"])] = row["unit_id"]
    return found


def _of(row: Mapping[str, Any]) -> tuple[str, str, str, str]:
    """Rule, form, and what makes two findings the same one."""
    return row["rule_id"], row["form"], finding_number(row), ""


def _changes(before: Found, after: Found, units: set[str]) -> Iterator[Change]:
    new, gone = after.keys() - before.keys(), before.keys() - after.keys()
    counted = Counter((key[0], key[1], way) for way, keys in (("new", new), ("gone", gone)) for key in keys)
    touched: dict[tuple[str, str], set[str]] = {}
    for key in (*new, *gone):
        touched.setdefault((key[0], key[1]), set()).add(after.get(key) or before.get(key) or "")
    for rule, name in sorted(touched):
        share = Decimal(100 * len(touched[rule, name])) / Decimal(max(len(units), 1))
        share = share.quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)
        yield Change(rule, name, counted[rule, name, "new"], counted[rule, name, "gone"], tuple(sorted(touched[rule, name])), share)
