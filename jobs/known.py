"""What a build starts from: the ledger at one moment, the declarations, and the fingerprint of every mart that follows."""

from __future__ import annotations

import ast
import hashlib
import importlib.util
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow.csv import write_csv

from catalog.ledger.access import NOBODY
from catalog.ledger.ledger import Ledger
from catalog.ledger.machine import STANDING
from jobs.inputs import Parameters, Ruling
from jobs.parts import REST, reached
from jobs.then import BATCH, explanations, rulings, tables
from schemas.calendar import expected_periods
from schemas.codes import code_list
from schemas.contract import Form, Mart
from schemas.freeze import contract_hash, digest, plain
from schemas.load import forms, indicators, mart, mart_names, measures, reconciliations, warnings
from schemas.period import parse_period, part_of

_OURS = ("jobs", "expectations")


@dataclass(frozen=True)
class Known:
    """`entry`: all entries, with the day their submission was received; the ledger's other tables as they are.

    `rulings`: extensions and exemptions in effect; `explanations`: number of a finding → what was said of it and not refused.
    `access`: who read what until the day.
    """

    as_of: date
    entry: pa.Table
    submission: pa.Table
    batch: pa.Table
    rulings: tuple[Ruling, ...] = ()
    explanations: Mapping[str, str] = field(default_factory=dict)
    access: pa.Table = field(default_factory=NOBODY.empty_table)

    @classmethod
    def read(cls, ledger: Ledger, as_of: date, seq: int | None = None) -> Known:
        """As it is, or as it was just after event `seq`."""
        now = (ledger.entries(), ledger.submissions(), ledger.batches(*BATCH)) if seq is None else tables(ledger, seq)
        entries, submissions, batches = now
        days = dict(zip(submissions["id"].to_pylist(), submissions["received_on"].to_pylist(), strict=True))
        received = pa.array([days[number] for number in entries["submission"].to_pylist()], pa.string())
        said = rulings(ledger, seq), explanations(ledger, seq), ledger.accesses(as_of)
        return cls(as_of, entries.append_column("received_on", received), submissions, batches, *said)

    @cached_property
    def standing(self) -> pa.Table:
        return self.entry.filter(pc.is_in(self.entry["state"], value_set=pa.array(sorted(STANDING))))

    @cached_property
    def let_in(self) -> Mapping[str, int]:
        """Form → records that were ever let in."""
        added = self.batch.group_by("form").aggregate([("silver_rows", "sum")]).to_pylist()
        return {row["form"]: row["silver_rows_sum"] for row in added}

    @cached_property
    def parameters(self) -> Parameters:
        declared = {form.name: form for form in forms()}
        read = {name for m in map(mart, mart_names()) for name in m.codes}
        lists = {"supervisor", "declared_unit", *read, *(f.calendar.reporter_list for f in declared.values())} - {""}
        periods: dict[str, set[str]] = {name: set() for name in declared}
        for form, period in zip(self.entry["form"].to_pylist(), self.entry["period"].to_pylist(), strict=True):
            periods.setdefault(form, set()).add(period)
        return Parameters(
            declared, indicators(), warnings(), {name: code_list(name) for name in sorted(lists)},
            {name: tuple(sorted(found)) for name, found in periods.items()}, measures(),
            {form.name: self._asked(form, periods[form.name]) for form in declared.values() if form.calendar.reporters != "none"},
            {name: mart(name).owner for name in mart_names()},
            reconciliations(),
        )  # fmt: skip

    def _asked(self, form: Form, filed: set[str]) -> tuple[str, ...]:
        stands = self.standing.filter(pc.equal(self.standing["form"], form.name))["period"].to_pylist()
        start = [parse_period(min(stands)).start] if stands else []
        return tuple(sorted({*filed, *(str(p) for day in start for p in expected_periods(form.calendar, day, self.as_of))}))

    @cached_property
    def parts(self) -> Mapping[str, Mapping[str, Any]]:
        """Mart → all it is computed from: declaration, code, and by input entries in force, upstream marts, the day."""
        found: dict[str, Mapping[str, Any]] = {}
        hashed: dict[str, str] = {}
        for made in in_order():
            inputs = {name: hashed.get(name) or self._told(name) for name in made.inputs}
            found[made.name] = {"mart": plain(made), "code": code_hash(f"jobs.marts.{made.name}"), "inputs": inputs}
            hashed[made.name] = digest(found[made.name])
        return found

    @cached_property
    def fingerprints(self) -> Mapping[str, str]:
        """Mart → hash of its parts."""
        return {name: digest(parts) for name, parts in self.parts.items()}

    def by_part(self, made: Mart, upstream: Mapping[str, Mapping[str, str]]) -> tuple[dict[str, str], dict[str, frozenset[str]]]:
        """Of a mart by period: part → hash of all it is computed from, and part → parts of the inputs that it needs.

        `upstream`: mart by period → part → what tells its rows. Of everything else a part takes the whole.
        """
        split: dict[str, Mapping[str, str]] = {}
        whole: dict[str, str] = {}
        for name in made.inputs:
            form = self.parameters.forms.get(name)
            if name in upstream:
                split[name] = upstream[name]
            elif name == "entry":
                split[name] = _by_part(self.entry)
            elif form is not None and not form.dated:
                split[name] = _by_part(self.standing.filter(pc.equal(self.standing["form"], name)))
                whole[name] = contract_hash(name)
            else:
                whole[name] = self._lists if name == "parameters" else self.parts[made.name]["inputs"][name]
        found = {part for parts in split.values() for part in parts} - {REST}
        reach = {part: frozenset({part}) for part in found}
        if made.by_period == "compared":
            reach = reached(found, self.parameters.forms, self.parameters.periods)
        rest = {name: parts.get(REST) for name, parts in split.items()}
        base = digest([plain(made), code_hash(f"jobs.marts.{made.name}"), whole, rest])
        now = {
            part: digest([base, {n: {q: parts.get(q) for q in sorted(reach[part])} for n, parts in split.items()}]) for part in found
        }
        return {**now, REST: digest([base, sorted(found), plain(dict(self.parameters.asked))])}, reach

    @cached_property
    def _told(self) -> Callable[[str], str]:
        """What tells an input, worked out once however many marts read it."""
        return cache(self._input)

    def _input(self, name: str) -> str:
        match name:
            case "parameters":
                return digest([self._lists, plain(dict(self.parameters.periods)), plain(dict(self.parameters.asked))])
            case "as_of":
                return self.as_of.isoformat()
            case "rulings" | "explanations":
                return digest(plain(getattr(self, name)))
            case "entry" | "submission" | "batch" | "access":
                return _table_hash(getattr(self, name))
            case "finding":
                return _table_hash(self.batch)
            case "forms":
                return digest([self._told(form) for form in self.parameters.forms])
        entries = self.standing.filter(pc.equal(self.standing["form"], name))
        return digest([contract_hash(name), _table_hash(entries.select(["id", "batch", "unit_id", "period", "scope"]))])

    @cached_property
    def _lists(self) -> str:
        given = self.parameters
        return digest([
            [contract_hash(name) for name in given.forms], plain(given.indicators), plain(given.warnings),
            plain(dict(given.codes)), plain(given.measures), dict(given.owners),
            plain(given.reconciliations),
        ])  # fmt: skip


def in_order() -> Iterator[Mart]:
    """Every declared mart after the marts it reads. Raises ValueError when marts read each other in a circle."""
    waiting = {name: mart(name) for name in mart_names()}
    while waiting:
        ready = [m for m in waiting.values() if not waiting.keys() & set(m.inputs)]
        if not ready:
            raise ValueError(f"主题表互相引用成环：{'、'.join(waiting)}；请改 inputs")
        for made in ready:
            yield waiting.pop(made.name)


@cache
def code_hash(module: str) -> str:
    """Of the source of a module and of every module of ours it imports, however deep."""
    sources = {name: Path(_origin(name)).read_bytes() for name in code_modules(module)}
    return digest({name: hashlib.sha256(source).hexdigest() for name, source in sorted(sources.items())})


def code_modules(module: str) -> frozenset[str]:
    """The module and every module of ours that it imports, however deep."""
    found, waiting = {module}, [module]
    while waiting:
        fresh = _imported(waiting.pop()) - found
        found |= fresh
        waiting += fresh
    return frozenset(found)


@cache
def _imported(module: str) -> frozenset[str]:
    """Modules of ours that its source names in an import."""
    tree = ast.parse(Path(_origin(module)).read_text(encoding="utf-8"))
    of_ours = [n for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and n.module and n.module.split(".")[0] in _OURS]
    names = {name for n in of_ours for name in (str(n.module), *(f"{n.module}.{alias.name}" for alias in n.names))}
    return frozenset(name for name in names if _is_module(name))


@cache
def _is_module(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def _origin(module: str) -> str:
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"主题表没有函数：缺少模块 {module}")
    return spec.origin


def _by_part(entries: pa.Table) -> dict[str, str]:
    periods = entries["period"].combine_chunks().dictionary_encode()
    named = pa.array([part_of(period) for period in periods.dictionary.to_pylist()], pa.string()).take(periods.indices)
    return {part: _table_hash(entries.filter(pc.equal(named, part))) for part in pc.unique(named).to_pylist()}


def _table_hash(table: pa.Table) -> str:
    """Of columns, rows and their order. As CSV, where an empty text is not nothing: years of entries are hashed every night."""
    rows = pa.BufferOutputStream()
    write_csv(table, rows)
    return hashlib.sha256(rows.getvalue()).hexdigest()
