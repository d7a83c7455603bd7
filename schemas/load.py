"""What `schemas/` declares, by name: forms, marts, measures, indicators, warnings, comparisons, each read once a set.

Errors are ContractError: which document, which key, what to do.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from schemas import rows
from schemas.contract import Form
from schemas.declared import folder, once_per_set
from schemas.delivered import Indicator, Mart, Measure, Warning
from schemas.form_document import parse_form
from schemas.mart_document import parse_mart
from schemas.measured import read_measure
from schemas.reading import ContractError, Reader, check_unique, read_yaml
from schemas.reconciled import Reconciliation, read_reconciliations
from schemas.watch_document import parse_indicators, parse_warning


def form_names() -> tuple[str, ...]:
    return tuple(sorted(p.stem for p in (folder() / "submissions").glob("*.yaml")))


def mart_names() -> tuple[str, ...]:
    return tuple(sorted(p.stem for p in (folder() / "marts").glob("*.yaml")))


@once_per_set
def form(name: str) -> Form:
    """Raises KeyError when there is no such form, ContractError when its document is wrong."""
    path = folder() / "submissions" / f"{name}.yaml"
    if not name.isidentifier() or not path.is_file():
        raise KeyError(f"没有“{name}”这种报表；现有：{'、'.join(form_names())}")
    return parse_form(read_yaml(path), f"submissions/{name}.yaml")


@once_per_set
def mart(name: str) -> Mart:
    path = folder() / "marts" / f"{name}.yaml"
    if not name.isidentifier() or not path.is_file():
        raise KeyError(f"没有“{name}”这张主题表；现有：{'、'.join(mart_names())}")
    made = parse_mart(read_yaml(path), f"marts/{name}.yaml", {"measured": measured, "reconciled": reconciled})
    if rows.READS not in made.inputs:
        return made
    return rows.expanded(made, [(w, readable(w.parameters["reads"])) for w in warnings() if w.kind == "row"])


def readable(name: str) -> Form | Mart:
    """The mart of that name, else the form: what a row warning may read. Raises KeyError."""
    return mart(name) if name in mart_names() else form(name)


def forms() -> tuple[Form, ...]:
    return tuple(form(name) for name in form_names())


def marts() -> tuple[Mart, ...]:
    return tuple(mart(name) for name in mart_names())


@once_per_set
def measures() -> tuple[Measure, ...]:
    """Raises ContractError for a name that a statement's item or another measure has: a formula may name either."""
    made = tuple(read_measure(Reader(f"measures/{p.name} {entry.get('id', '？')}", entry), readable) for p, entry in _entries("measures"))
    items = [c.name for f in forms() if f.statement for c in f.columns]
    check_unique("measures", [m.id for m in made] + sorted(set(items)), "指标项")
    return made


@once_per_set
def measured() -> tuple[str, ...]:
    """The forms and marts that measures read."""
    return tuple(sorted({str(entry.get("form")) for _, entry in _entries("measures")}))


@once_per_set
def indicators() -> tuple[Indicator, ...]:
    """An id may have several formulas: one for each kind of period, and one after another in time. Raises ContractError."""
    named, statements = {m.id: m for m in measures()}, [f for f in forms() if f.statement]
    made = tuple(i for p, entry in _entries("indicators") for i in parse_indicators(f"indicators/{p.name}", entry, named, statements))
    for one, other in itertools.combinations(made, 2):
        apart = any(a.valid_to is not None and a.valid_to <= b.valid_from for a, b in ((one, other), (other, one)))
        if (one.id, one.every) == (other.id, other.every) and not apart:
            raise ContractError(f"indicators：指标 {one.id} 在同一时期有两个公式；改 valid_from、valid_to")
    return made


@once_per_set
def warnings() -> tuple[Warning, ...]:
    return tuple(parse_warning(f"warnings/{p.name}", entry, readable) for p, entry in _entries("warnings"))


@once_per_set
def reconciliations() -> tuple[Reconciliation, ...]:
    read = ((Reader(f"reconciliations/{p.name} {entry.get('id', '？')}", entry), entry) for p, entry in _entries("reconciliations"))
    made = tuple(one for own, entry in read for one in read_reconciliations(own, entry, readable))
    check_unique("reconciliations", [r.id for r in made], "比对")
    return made


@once_per_set
def reconciled() -> tuple[str, ...]:
    """The forms and marts that reconciliations compare."""
    entries = [Reader(f"reconciliations/{p.name} {entry.get('id', '？')}", entry) for p, entry in _entries("reconciliations")]
    return tuple(sorted({str(own.inside(side, own.take(side)).take("source")) for own in entries for side in ("left", "right")}))


def _entries(kind: str) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Each file is a list, each of its entries a mapping; raises ContractError where one is not."""
    for path in sorted((folder() / kind).glob("*.yaml")):
        entries = read_yaml(path)
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            raise ContractError(f"{kind}/{path.name}：应为列表，每项以“- ”开头，是一组键值对")
        yield from ((path, entry) for entry in entries)
