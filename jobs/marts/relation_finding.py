"""Findings that need two records, in the reporter's words and with the address of the cell."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from expectations.relations import looked_at
from expectations.slips import enough, of_findings
from intake.beside import Beside
from intake.telling import worded
from jobs.inputs import Parameters, values
from jobs.relations import Relations
from schemas.contract import Form
from schemas.identity import finding_number, record_text
from schemas.period import part_of

_NOTHING: Mapping[str, str] = MappingProxyType({})
_COLUMNS = {
    **dict.fromkeys(("rule_id", "severity", "form", "unit_id", "period", "scope"), "text"), "_row": "integer",
    **dict.fromkeys(("column", "address", "seen", "expected", "message", "record", "explanation"), "text"),
    **dict.fromkeys(("_batch", "_submission", "_other_batch"), "integer"),
}  # fmt: skip


# Records of a form, with all that was superseded, up to which DuckDB judges them in the driver: a minute of Spark's planning
# for forty forms against a second each way.
FEW = 100_000


def relation_finding(batch: DataFrame, parameters: Parameters, explanations: Mapping[str, str] = _NOTHING, **forms: DataFrame) -> DataFrame:
    """One row a broken check, record and other batch (0: none alone), with what was said of it.

    What was broken is computed in DuckDB or, of forms of many records, in Spark; its words and cell are filled in by the functions
    that fill in all others, so the findings, never the records of a large form, pass through the driver. In Spark one job a
    comparison: their union would cost Spark's optimiser three times as much.
    """
    rows: list[dict[str, Any]] = []
    few = _Few(forms, forms.keys() - _large_forms(batch))
    for name, records in forms.items():
        form, periods = parameters.forms[name], _wanted(parameters, name)
        if form.relation_rules and periods:
            found = enough(form, _broken(form, Relations(form, records, forms, parameters), few, periods))
            found += of_findings(form, found)
            keys = _records(form, records, found)
            rows += [{**row, "form": name, "record": keys.get((row["_batch"], row["_row"], row["_source"]), "")} for row in found]
    told_of = sorted({row["_batch"] for row in rows})
    headers = {row.id: json.loads(row.header) for row in batch.where(F.col("id").isin(told_of)).select("id", "header").collect()}
    return values(batch, _COLUMNS, _told(rows, headers, parameters, explanations))


@dataclass(frozen=True)
class _Few:
    """Records in force of small forms, fetched when first looked at."""

    frames: Mapping[str, DataFrame]
    small: Set[str]
    fetched: dict[str, pa.Table] = field(default_factory=dict)

    @property
    def filed(self) -> frozenset[str]:
        return frozenset(self.frames)

    def records(self, form: Form, units: Collection[str] | None = None, periods: Iterable[str] | None = None) -> pa.Table:
        if form.name not in self.fetched:
            self.fetched[form.name] = self.frames[form.name].toArrow()
        return self.fetched[form.name]


def _large_forms(batch: DataFrame) -> set[str]:
    sizes = batch.groupBy("form").agg(F.sum("silver_rows").alias("records")).where(F.col("records") > FEW)
    return {row.form for row in sizes.select("form").collect()}


def _wanted(parameters: Parameters, form: str) -> frozenset[str]:
    """The form's periods whose findings are asked for."""
    parts = parameters.wanted
    return frozenset(period for period in parameters.periods.get(form, ()) if parts is None or part_of(period) in parts)


def _broken(form: Form, relations: Relations, few: _Few, periods: Set[str]) -> list[dict[str, Any]]:
    if {form.name, *looked_at(form) & few.filed} <= few.small:
        records = few.records(form)
        own = records.filter(pc.is_in(records["period"], pa.array(sorted(periods), pa.string())))
        return [*Beside(form, own, few).broken()] if own.num_rows else []
    asked = [frame.where(F.col("period").isin(sorted(periods))) for frame in relations.broken()]
    return [row for frame in asked for row in frame.toArrow().to_pylist()]


def _records(form: Form, records: DataFrame, found: list[dict[str, Any]]) -> dict[tuple[int, int, str], str]:
    """Place of a record that broke a rule → its own key; one job for a form that has one."""
    if not form.own_key or not found:
        return {}
    broken = values(records, {"_batch": "integer", "_row": "integer"}, {(row["_batch"], row["_row"]) for row in found})
    rows = records.join(F.broadcast(broken), ["_batch", "_row"], "left_semi").select("_batch", "_row", "_source", *form.own_key).collect()
    return {(row[0], row[1], row[2]): record_text(row[3:]) for row in rows}


def _told(
    rows: list[dict[str, Any]], headers: Mapping[int, Any], parameters: Parameters, explanations: Mapping[str, str]
) -> Iterator[tuple[Any, ...]]:
    factors = {code.code: Decimal(code.extra["factor"]) for code in parameters.codes["declared_unit"]}
    for row in rows:
        told = {**row, **worded(parameters.forms[row["form"]], row, headers[row["_batch"]], factors)}
        told["explanation"] = explanations.get(finding_number(told))
        yield tuple(told[name] for name in _COLUMNS)
