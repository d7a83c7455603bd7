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
from jobs.then import BATCH, EXPLAINED, explained, rulings, tables
from schemas.calendar import expected_periods
from schemas.codes import code_list
from schemas.contract import Form
from schemas.delivered import Mart
from schemas.freeze import contract_hash, digest, plain
from schemas.load import forms, indicators, mart, mart_names, measures, reconciliations, warnings
from schemas.period import parse_period

_OURS = ("jobs", "intake", "expectations", "schemas")
# Of an entry that stands, what its records follow from.
ENTRY = ["id", "batch", "unit_id", "period", "scope"]


@dataclass(frozen=True)
class Known:
    """`entry`: all entries, with the day their submission was received; the ledger's other tables as they are.

    `rulings`: extensions and exemptions in effect; `explained`: findings with what was said of them and not refused.
    `access`: who read what until the day.
    """

    as_of: date
    entry: pa.Table
    submission: pa.Table
    batch: pa.Table
    rulings: tuple[Ruling, ...] = ()
    explained: pa.Table = field(default_factory=EXPLAINED.empty_table)
    access: pa.Table = field(default_factory=NOBODY.empty_table)

    @classmethod
    def read(cls, ledger: Ledger, as_of: date, seq: int | None = None) -> Known:
        """As it is, or as it was just after event `seq`."""
        now = (ledger.entries(), ledger.submissions(), ledger.batches(*BATCH)) if seq is None else tables(ledger, seq)
        entries, submissions, batches = now
        days = dict(zip(submissions["id"].to_pylist(), submissions["received_on"].to_pylist(), strict=True))
        received = pa.array([days[number] for number in entries["submission"].to_pylist()], pa.string())
        said = rulings(ledger, seq), explained(ledger, seq), ledger.accesses(as_of)
        return cls(as_of, entries.append_column("received_on", received), submissions, batches, *said)

    @cached_property
    def standing(self) -> pa.Table:
        return self.entry.filter(pc.is_in(self.entry["state"], value_set=pa.array(sorted(STANDING))))

    @cached_property
    def explanations(self) -> Mapping[str, str]:
        """Number of a finding → what was said of it."""
        return dict(zip(self.explained["finding"].to_pylist(), self.explained["text"].to_pylist(), strict=True))

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
            inputs = {name: hashed.get(name) or self.told(name) for name in made.inputs}
            found[made.name] = {"mart": plain(made), "code": code_hash(f"jobs.marts.{made.name}"), "inputs": inputs}
            hashed[made.name] = digest(found[made.name])
        return found

    @cached_property
    def fingerprints(self) -> Mapping[str, str]:
        """Mart → hash of its parts."""
        return {name: digest(parts) for name, parts in self.parts.items()}

    def given(self, made: Mart) -> tuple[str, ...]:
        """A mart's inputs by name; `forms` is every form of which anything was ever entered."""
        filed = [name for name, periods in self.parameters.periods.items() if periods]
        return tuple(n for name in made.inputs for n in (filed if name == "forms" else (name,)))

    @cached_property
    def told(self) -> Callable[[str], str]:
        """What tells an input, worked out once however many marts read it."""
        return cache(self._input)

    def _input(self, name: str) -> str:
        match name:
            case "parameters":
                return digest([self.lists, plain(dict(self.parameters.periods)), plain(dict(self.parameters.asked))])
            case "as_of":
                return self.as_of.isoformat()
            case "rulings" | "explanations":
                return digest(plain(getattr(self, name)))
            case "entry" | "submission" | "batch" | "access":
                return table_hash(getattr(self, name))
            case "finding":
                return table_hash(self.batch)
            case "forms":
                return digest([self.told(form) for form in self.parameters.forms])
        entries = self.standing.filter(pc.equal(self.standing["form"], name))
        return digest([contract_hash(name), table_hash(entries.select(ENTRY))])

    @cached_property
    def lists(self) -> str:
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


def table_hash(table: pa.Table) -> str:
    """Of columns, rows and their order. As CSV, where an empty text is not nothing: years of entries are hashed every night."""
    rows = pa.BufferOutputStream()
    write_csv(table, rows)
    return hashlib.sha256(rows.getvalue()).hexdigest()
