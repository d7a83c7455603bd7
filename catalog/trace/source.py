"""Where a trace reads: gold at the versions of one release, silver and findings in the lake, the ledger, the archive.

Everything is read only; every value from outside is bound.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar

import duckdb
from deltalake import DeltaTable
from sqlalchemy import Engine, Select, select
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from catalog.archive import archive
from catalog.declarations import declared_then
from catalog.ledger.blobs import kept_set
from catalog.ledger.engine import connect
from catalog.ledger.machine import PURGED
from catalog.ledger.models import Base, Batch, Entry, Release, Submission
from catalog.released import dataset
from catalog.settings import Settings
from catalog.tables import table
from catalog.trace.reread import Document
from schemas.contract import Form
from schemas.load import form as load_form

Made = TypeVar("Made")
Row = Mapping[str, Any]
_PLACE = ("_batch", "_submission", "_row", "_source", "_cells", "unit_id", "period")


class NoSuchThing(LookupError):
    """What was asked for is not in the release; the message says what there is instead."""


@dataclass
class Sources:
    """`release` None: the last one. Documents and tables are opened once and kept for the whole trace."""

    settings: Settings
    release: int | None = None

    def __post_init__(self) -> None:
        self._kept: dict[Hashable, Any] = {}
        self._ledger = Session(_existing(self.settings.ledger), expire_on_commit=False)

    def close(self) -> None:
        self._ledger.close()
        self._duck.close()

    @cached_property
    def _duck(self) -> duckdb.DuckDBPyConnection:
        return duckdb.connect(":memory:")

    @cached_property
    def released(self) -> Release:
        query = select(Release).order_by(Release.id.desc()).limit(1)
        if self.release is not None:
            query = select(Release).where(Release.id == self.release)
        found = self._ledger.scalars(query).first()
        if found is None:
            asked = f"没有第 {self.release} 号发布" if self.release else "还没有任何发布"
            raise NoSuchThing(f"{asked}；请先运行 guozi night，或用 guozi status 查看已有的发布")
        return found

    def seq(self, mart: str) -> int:
        """The ledger's sequence number up to which the released `mart` knew."""
        return int(self._version(mart).get("seq", self.released.seq))

    def as_of(self, mart: str) -> str:
        """The day that counted when `mart` was built."""
        return str(self._version(mart).get("as_of", self.released.as_of))

    def declared_then(self, mart: str) -> AbstractContextManager[None]:
        """While it is open, contracts, lines, formulas and code lists are those the released `mart` was computed by."""
        sha256 = str(self.released.marts.get(mart, {}).get("declared", ""))
        return declared_then(sha256, lambda asked: kept_set(self._ledger, asked))

    def _version(self, mart: str) -> Row:
        if mart not in self.released.marts:
            known = "、".join(sorted(self.released.marts))
            raise NoSuchThing(f"第 {self.released.id} 号发布里没有“{mart}”这张主题表；有：{known}")
        found: Row = self.released.marts[mart]
        return found

    def gold(self, mart: str, where: Row, columns: Sequence[str] = ()) -> list[dict[str, Any]]:
        """Rows of a released mart; keys compare as text, so that what a person typed finds a date or a number."""
        return self._rows("gold", mart, where, columns, as_text=True)

    def lake(self, layer: str, name: str, where: Row, columns: Sequence[str] = ()) -> list[dict[str, Any]]:
        """Rows of a table as it stands now (silver and ops only ever grow); empty when nothing was ever written."""
        return self._rows(layer, name, where, columns, as_text=False)

    def _rows(self, layer: str, name: str, where: Row, columns: Sequence[str], as_text: bool) -> list[dict[str, Any]]:
        known = self._dataset(layer, name)
        if known is None:
            return []
        unknown = [c for c in (*where, *columns) if c not in known.schema.names]
        if unknown:
            raise NoSuchThing(f"“{name}”没有 {'、'.join(unknown)} 这些列；有：{'、'.join(known.schema.names)}")
        tests = [_test(c, v, as_text) for c, v in where.items()]
        wanted = ", ".join(f'"{c}"' for c in columns) or "*"
        sql = f"SELECT {wanted} FROM looked_at" + (f" WHERE {' AND '.join(tests)}" if tests else "")
        self._duck.register("looked_at", known)
        bound = [str(v) if as_text else v for v in where.values() if v is not None]
        return list(self._duck.execute(sql, bound).to_arrow_table().to_pylist())

    def _dataset(self, layer: str, name: str) -> Any:
        return self.once((layer, name), lambda: self._opened(layer, name))

    def _opened(self, layer: str, name: str) -> Any:
        place = table(self.settings, layer, name)
        if layer == "gold":
            return dataset(self.settings, self.released.id, name, self._version(name), self.released.official)
        if not DeltaTable.is_deltatable(place.uri, storage_options=place.options):
            return None
        return DeltaTable(place.uri, storage_options=place.options).to_pyarrow_dataset()

    def ledger(self, query: Select[Any]) -> list[Any]:
        return list(self._ledger.scalars(query))

    def one(self, kind: type[Base], number: int) -> Any:
        found = self._ledger.get(kind, number)
        if found is None:
            raise NoSuchThing(f"台账里没有 {kind.__tablename__} {number}")
        return found

    def batch(self, number: int) -> Batch:
        found: Batch = self.one(Batch, number)
        return found

    def submission(self, number: int) -> Submission:
        found: Submission = self.one(Submission, number)
        return found

    def in_force(self, mart: str, form: str) -> Mapping[tuple[str, str, str], tuple[Entry, ...]]:
        """(unit, period, scope) → the entries of `form` that counted when `mart` was built."""
        seq = self.seq(mart)
        return self.once(("in force", form, seq), lambda: self._stood(form, seq))

    def _stood(self, form: str, seq: int) -> Mapping[tuple[str, str, str], tuple[Entry, ...]]:
        query = select(Entry).where(Entry.form == form, Entry.from_seq <= seq).order_by(Entry.id)
        found: dict[tuple[str, str, str], tuple[Entry, ...]] = {}
        for entry in filter(lambda e: stood(e, seq), self.ledger(query)):
            key = (entry.unit_id, entry.period, entry.scope)
            found[key] = (*found.get(key, ()), entry)
        return found

    def standing(self, mart: str, form: Form, record: Row) -> tuple[Entry, ...]:
        """The entries in force for the (unit, period, scope) of a record or row."""
        constant = form.scope.startswith("=") or not form.scope
        scope = form.scope.removeprefix("=") if constant else str(record[form.scope])
        return self.in_force(mart, form.name).get((record["unit_id"], record["period"], scope), ())

    def records(self, form: str, period: str, column: str) -> Mapping[tuple[int, int, str], Row]:
        """(batch, row, source) → silver records of a period with one of their figures; read once for a whole trace."""
        return self.once(("records", form, period, column), lambda: self._placed(form, period, column))

    def _placed(self, form: str, period: str, column: str) -> Mapping[tuple[int, int, str], Row]:
        wanted = [c for c in (*_PLACE, *load_form(form).key, column) if c in self.columns("silver", form)]
        rows = self.lake("silver", form, {"period": period}, tuple(dict.fromkeys(wanted)))
        return {(r["_batch"], r["_row"], r["_source"]): r for r in rows}

    def once(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """What `make` gives, made once for the whole trace."""
        if key not in self._kept:
            self._kept[key] = make()
        kept: Made = self._kept[key]
        return kept

    def columns(self, layer: str, name: str) -> Sequence[str]:
        known = self._dataset(layer, name)
        return [] if known is None else list(known.schema.names)

    def refuse_purged(self, number: int) -> None:
        """Raises NoSuchThing, with the order, when there is nothing left to walk back to."""
        sent = self.submission(number)
        if sent.state == PURGED:
            raise NoSuchThing(f"{sent.receipt} {(sent.rejection or {}).get('message', '')}，原件和明细不再可查")

    def document(self, number: int) -> Document:
        """The archived file of a submission. Raises archive.Damaged when its bytes are not those received."""
        return self.once(("document", number), lambda: self._document(number))

    def _document(self, number: int) -> Document:
        self.refuse_purged(number)
        sent = self.submission(number)
        kept = archive(self.settings).local(sent.sha256, sent.sha256)
        return Document(PurePosixPath(sent.name).name, kept.read_bytes())


def _existing(url: str) -> Engine:
    """The ledger, which a question never creates."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and not Path(parsed.database or "").is_file():
        raise NoSuchThing("还没有台账，也就没有任何发布；请先运行 guozi night，或检查 GUOZI_HOME")
    return connect(url)


def _test(column: str, value: Any, as_text: bool) -> str:
    if value is None:
        return f'"{column}" IS NULL'
    return f'CAST("{column}" AS VARCHAR) = ?' if as_text else f'"{column}" = ?'


def stood(entry: Entry, seq: int) -> bool:
    """Whether an entry counted when the ledger was at `seq`."""
    return entry.from_seq is not None and entry.from_seq <= seq and (entry.to_seq is None or entry.to_seq > seq)
