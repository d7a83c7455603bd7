"""Gold as published, beside the model: figures in force, who reported what and when, who stands under whom."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import duckdb

from catalog.ledger.ledger import Ledger
from catalog.settings import Settings
from catalog.sql import ask, connect
from samples.accounts import period_end
from samples.filing import FORM, period_text
from samples.sending import DUE
from tests.year.city import PERIODS, REGISTRY
from tests.year.model import STANDS, Model
from tests.year.stands import between
from tests.year.words import FIGURES, as_text

_ACCEPTED = (*STANDS, "superseded")


def gold_differs(settings: Settings, model: Model) -> list[str]:
    """Of the last release, which must be of what was built last."""
    ledger = Ledger.open(settings)
    try:
        release, marts = ledger.release(), ledger.marts()
    finally:
        ledger.close()
    built = [(name, m.version, "audited") for name, m in marts.items()]
    if release is None:
        return ["没有发布"]
    found = between("发布", [(name, m["version"], "audited") for name, m in release.marts.items()], built)
    found += between("主题表", [(name, m.version, m.state) for name, m in marts.items()], built)
    with connect(settings) as duck:
        found += between("statement", _statement(duck), _figures(model))
        found += between("submission_coverage 已报", _received(duck), _reported(model))
        found += between("submission_coverage 未报", _missing(duck), _owed(model, settings.today))
        found += between("enterprise_tree", _tree(duck), _parents(model, settings.today))
    return found


def _statement(duck: duckdb.DuckDBPyConnection) -> Iterator[tuple[str, ...]]:
    query = "SELECT _submission, unit_id, period, scope, field, value FROM statement WHERE form = ? AND list_contains(?, field)"
    rows = ask(duck, query, [FORM, list(FIGURES[FORM])]).rows
    return ((str(number), *place, as_text(value)) for number, *place, value in rows)


def _figures(model: Model) -> Iterator[tuple[str, ...]]:
    for claim in model.standing(FORM):
        for column, figure in claim.word.figures[""].items():
            if figure:
                yield (str(claim.number), *claim.word.key[1:], column, figure)


def _received(duck: duckdb.DuckDBPyConnection) -> Iterator[tuple[Any, ...]]:
    columns = "form, unit_id, period, scope, CAST(received_on AS TEXT), receipts, late"
    yield from ask(duck, f"SELECT {columns} FROM submission_coverage WHERE received").rows


def _reported(model: Model) -> Iterator[tuple[Any, ...]]:
    """A correction keeps the day of the first report; a form without a due day is never late."""
    for key, claims in model.claims.items():
        if any(c.stands for c in claims):
            first = min(model.received[c.number].day for c in claims if c.state in _ACCEPTED).isoformat()
            receipts = ";".join(sorted({f"R{c.number:08d}" for c in claims if c.stands}))
            yield (*key, first, receipts, key[0] == FORM and first > DUE[key[2]])


def _missing(duck: duckdb.DuckDBPyConnection) -> Iterator[tuple[Any, ...]]:
    yield from ask(duck, "SELECT unit_id, period, scope FROM submission_coverage WHERE form = ? AND missing", [FORM]).rows


def _owed(model: Model, today: date) -> Iterator[tuple[str, str, str]]:
    """Of the months since the first of which any report stands, those that are due: of every unit its own report, of a head the
    consolidated one too.
    """
    stands = {c.word.key[1:] for c in model.standing(FORM)}
    for year, month in PERIODS:
        period, end = period_text(year, month), period_end(year, month)
        if not stands or period < min(p for _, p, _ in stands) or today.isoformat() <= DUE[period]:
            continue
        parents = _parents_on(model, end)
        for unit in parents:
            for scope in ("single", *(["consolidated"] if unit in parents.values() else [])):
                if (unit, period, scope) not in stands:
                    yield unit, period, scope


def _tree(duck: duckdb.DuckDBPyConnection) -> Iterator[tuple[str, str, str]]:
    rows = ask(duck, "SELECT period, unit_id, coalesce(management_parent, '') FROM enterprise_tree WHERE depth = 0").rows
    months = {period_text(*p) for p in PERIODS}
    yield from (row for row in rows if row[0] in months)


def _parents(model: Model, today: date) -> Iterator[tuple[str, str, str]]:
    """Of the months that have ended since the first of which any report stands, and of those of any event."""
    stands = {c.word.key[2] for c in model.standing(FORM)}
    known = {key[2][:7] for key, claims in model.claims.items() if claims}
    for year, month in PERIODS:
        period, end = period_text(year, month), period_end(year, month)
        if period in known or (stands and min(stands) <= period and end < today):
            yield from ((period, unit, parent) for unit, parent in _parents_on(model, end).items())


def _parents_on(model: Model, day: date) -> dict[str, str]:
    """Unit → parent (empty for a head) by the records of the registry in force: the last that began, unless it has ended."""
    found: dict[str, tuple[str, str, str]] = {}
    for claim in model.standing(REGISTRY):
        _, unit, begins, _ = claim.word.key
        for figures in claim.word.figures.values():
            if begins <= day.isoformat() and begins >= found.get(unit, ("",))[0]:
                found[unit] = (begins, figures["valid_to"], figures["management_parent"])
    return {unit: parent for unit, (_, ends, parent) in found.items() if not ends or ends > day.isoformat()}


