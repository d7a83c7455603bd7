"""Query findings of what stands, each answered or open: what a sender's sheet lists and what an entry waits for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from catalog import findings
from catalog.ledger.explanations import COUNTING, EXPLAINED
from catalog.ledger.ledger import Ledger
from catalog.settings import Settings
from schemas.identity import finding_number


@dataclass(frozen=True)
class Asked:
    """A query finding of an entry that stands. `row`: its columns with `finding`, its number, and `entry`; `relation`: of two records."""

    row: Mapping[str, Any]
    answered: bool
    relation: bool

    @property
    def number(self) -> str:
        return str(self.row["finding"])


def asked(settings: Settings, ledger: Ledger, filters: Mapping[str, str] | None = None) -> list[Asked]:
    """By form, unit, period and rule; a finding that stands in several places of a record is asked once."""
    wanted = {findings.FILTERS[key]: value for key, value in (filters or {}).items() if value}
    condition = "".join(f" AND {column} = ?" for column in wanted)
    query = f"""SELECT f.*, e.entry FROM judged f JOIN entry e
        ON e.form = f.form AND e.unit_id = f.unit_id AND e.period = f.period AND e.scope = f.scope AND e.batch = f._batch
        WHERE severity = 'query'{condition.replace(" AND ", " AND f.")} ORDER BY f.form, f.unit_id, f.period, rule_id, _row"""
    with findings.connect(settings) as connection:
        connection.register("entry", ledger.in_force())
        rows = connection.execute(query, list(wanted.values())).to_arrow_table().to_pylist()
    said = {row["finding"]: row["state"] in COUNTING for row in ledger.explanations().to_pylist()}
    made = [{**row, "finding": finding_number(row)} for row in rows]
    return [Asked(row, said.get(row["finding"], False), row["relation"]) for row in made]


def settle(settings: Settings, ledger: Ledger) -> Mapping[str, int]:
    """Entries of which every question of their own records is answered come into force; state → how many moved.

    A finding of two records belongs to two submissions and holds neither back.
    """
    if not ledger.explanations().num_rows:
        return {}
    waiting = {r["entry"]: r["state"] for r in ledger.in_force().to_pylist()}
    found: dict[int, bool] = {}
    for one in asked(settings, ledger):
        if not one.relation:
            found[one.row["entry"]] = found.get(one.row["entry"], True) and one.answered
    explained = {entry for entry, done in found.items() if done and waiting[entry] == "to explain"}
    return ledger.settle_explained(explained, _open_again(ledger, found, waiting))


def _open_again(ledger: Ledger, found: Mapping[int, bool], waiting: Mapping[int, str]) -> set[int]:
    """Entries that came into force by explanations of which one was refused since; a person's acceptance stands."""
    by_explanation = {e["id"] for e in ledger.entries().to_pylist() if e["reason"] == EXPLAINED}
    return {entry for entry, done in found.items() if not done and waiting[entry] == "in force" and entry in by_explanation}
