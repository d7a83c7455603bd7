"""A night's results beside the truth, section by section: what was to be there and is not, what is there and should not be."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
from deltalake import DeltaTable

from catalog.ledger.ledger import Ledger
from catalog.settings import Settings
from catalog.tables import table
from schemas.load import forms

Row = dict[str, Any]
Multiset = Counter[tuple[Any, ...]]
PLACE = ("unit_id", "period", "scope")
PUBLIC = "listed_"


@dataclass(frozen=True)
class Difference:
    missing: Multiset
    surplus: Multiset

    def __bool__(self) -> bool:
        return bool(self.missing or self.surplus)


@dataclass(frozen=True)
class Night:
    """Rows of the public companies are left out: they have their own facts."""

    settings: Settings
    truth: Row
    golden: Row

    @classmethod
    def of(cls, settings: Settings, told: Path) -> Night:
        read = [json.loads((told / f"{name}.json").read_text(encoding="utf-8")) for name in ("truth", "golden")]
        return cls(settings, *read)

    def submissions(self) -> Difference:
        seen = ((s["name"], s["verdict"], (s["rejection"] or {}).get("rule_id", "")) for s in self._ledger("submissions"))
        told = ((s["file"], s["verdict"], s["rule_id"]) for s in self.truth["submissions"])
        return difference(told, (row for row in seen if not row[0].startswith("listed/")))

    def entries(self) -> Difference:
        names = {s["id"]: s["name"] for s in self._ledger("submissions")}
        # A first report that came late says so where others say nothing; that is no rule.
        seen = ((names[e["submission"]], *(e[c] for c in PLACE), e["state"], e["reason"].partition("补报：")[0].partition(" ")[0])
                for e in self._ledger("entries") if not e["form"].startswith(PUBLIC))  # fmt: skip
        told = ((e["file"], *(e[c] for c in PLACE), e["state"], e["rule_id"]) for e in self.truth["entries"])
        return difference(told, seen)

    def findings(self) -> Difference:
        """Errors and queries of every batch; of a fault of the layout only the file, the rule and the column."""
        names = {s["id"]: s["name"] for s in self._ledger("submissions")}
        rows = self.table("ops", "finding", "severity <> 'notice' AND NOT starts_with(form, 'listed_')")
        seen = ((names[f["_submission"]], f["rule_id"], f["column"], f["severity"], *_place(f)) for f in rows)
        told = ((f["file"], f["rule_id"], f["column"], f["severity"], *_place(f)) for f in self.truth["findings"])
        return difference(told, seen)

    def relations(self) -> Difference:
        rows = self.table("gold", "relation_finding", "NOT starts_with(form, 'listed_')")
        return difference(*([(r["form"], *_place(r), r["rule_id"], r["column"]) for r in each] for each in (self.truth["relations"], rows)))

    def coverage(self) -> Difference:
        flags = ("expected", "received", "late", "missing", "excluded", "maturity")
        asked = tuple(f.name for f in forms() if f.calendar.reporters == "registry")
        rows = self.table("gold", "submission_coverage", f"form IN {asked}")
        return difference(*([(*_place(r), *(r[f] for f in flags)) for r in each] for each in (self.truth["coverage"], rows)))

    def statement(self, filed: Mapping[tuple[str, ...], Decimal]) -> Difference:
        """`filed`: (unit, period, scope, column) → the figure in yuan, of everything that stands."""
        rows = self.table("gold", "statement", "form = 'monthly_finance'")
        return difference(filed.items(), (((*_place(r), r["field"]), r["value"]) for r in rows))

    def indicators(self) -> Difference:
        """Of the indicators that the sample works out, for the kinds of period it does."""

        def figure(row: Row) -> tuple[Any, ...]:
            value = row["value"]
            return row["indicator_id"], *_place(row), None if value is None else f"{Decimal(value).normalize():f}"

        told = self.golden["indicators"]
        worked = {(row["indicator_id"], len(row["period"])) for row in told}
        seen = [row for row in self.table("gold", "indicator_value") if (row["indicator_id"], len(row["period"])) in worked]
        return difference(*([figure(r) for r in each] for each in (told, seen)))

    def closure(self) -> Difference:
        rows = self.table("gold", "enterprise_tree")
        seen = Counter((r["period"], r["ancestor_id"]) for r in rows)
        told = ((period, node, count) for period, nodes in self.golden["closure"].items() for node, count in nodes.items())
        return difference(told, ((*key, count) for key, count in seen.items()))

    def warnings(self) -> Difference:
        """Of the rules that judge the monthly statement and when it came; the others are known by the faults planted for them."""
        where = """coalesce(label, '') = '' AND (judges = 'monthly_finance' OR evidence LIKE '%"form":"monthly_finance"%')"""
        told = self.golden["warnings"]
        seen = [r for r in self.table("gold", "warning", where) if r["warning_id"] in {t["warning_id"] for t in told}]
        return difference(*([(r["warning_id"], *_place(r), r["level"]) for r in each] for each in (told, seen)))

    def _ledger(self, what: str) -> list[Row]:
        ledger = Ledger.open(self.settings)
        try:
            rows: list[Row] = getattr(ledger, what)().to_pylist()
        finally:
            ledger.close()
        for row in rows:
            if isinstance(row.get("rejection"), str):
                row["rejection"] = json.loads(row["rejection"])
        return rows

    def table(self, layer: str, name: str, where: str = "true") -> list[Row]:
        place = table(self.settings, layer, name)
        frame = DeltaTable(place.uri, storage_options=place.options).to_pyarrow_table()
        with duckdb.connect() as database:
            database.register("frame", frame)
            rows: list[Row] = database.sql(f"SELECT * FROM frame WHERE {where}").to_arrow_table().to_pylist()
        return rows


def difference(told: Iterable[tuple[Any, ...]], seen: Iterable[tuple[Any, ...]]) -> Difference:
    expected, found = Counter(told), Counter(seen)
    return Difference(expected - found, found - expected)


def _place(row: Row) -> tuple[Any, ...]:
    return ("file",) if row.get("scope") is None else tuple(row[c] for c in PLACE)
