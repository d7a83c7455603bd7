"""Findings that need two records, in the reporter's words and with the address of the cell."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from expectations.slips import enough, of_findings
from intake.telling import worded
from jobs.inputs import Parameters, values
from jobs.relations import Relations
from schemas.contract import Form
from schemas.identity import finding_number, record_text

_NOTHING: Mapping[str, str] = MappingProxyType({})
_COLUMNS = {
    **dict.fromkeys(("rule_id", "severity", "form", "unit_id", "period", "scope"), "text"), "_row": "integer",
    **dict.fromkeys(("column", "address", "seen", "expected", "message", "record", "explanation"), "text"),
    **dict.fromkeys(("_batch", "_submission", "_other_batch"), "integer"),
}  # fmt: skip


def relation_finding(batch: DataFrame, parameters: Parameters, explanations: Mapping[str, str] = _NOTHING, **forms: DataFrame) -> DataFrame:
    """One row a broken check, record and other batch (0: none alone), with what was said of it.

    What was broken is computed in Spark; its words and cell are filled in by the functions that fill in all others,
    so the findings, never the records, pass through the driver. One job a comparison: their union would cost Spark's
    optimiser three times as much.
    """
    rows: list[dict[str, Any]] = []
    for name, records in forms.items():
        form = parameters.forms[name]
        if form.relation_rules and parameters.periods.get(name):
            broken = Relations(form, records, forms, parameters).broken()
            found = enough(form, [row for frame in broken for row in frame.toArrow().to_pylist()])
            found += of_findings(form, found)
            keys = _records(form, records, found)
            rows += [{**row, "form": name, "record": keys.get((row["_batch"], row["_row"], row["_source"]), "")} for row in found]
    wanted = sorted({row["_batch"] for row in rows})
    headers = {row.id: json.loads(row.header) for row in batch.where(F.col("id").isin(wanted)).select("id", "header").collect()}
    return values(batch, _COLUMNS, _told(rows, headers, parameters, explanations))


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
