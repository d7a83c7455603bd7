"""Findings that need two records, in the reporter's words and with the address of the cell."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.inputs import Parameters, values
from jobs.relations import Relations
from schemas.address import of_column
from schemas.codes import Code
from schemas.contract import Form
from schemas.identity import finding_number, record_text
from schemas.words import as_filed, say

_NOTHING: Mapping[str, str] = MappingProxyType({})
_COLUMNS = {
    **dict.fromkeys(("rule_id", "severity", "form", "unit_id", "period", "scope"), "text"), "_row": "integer",
    **dict.fromkeys(("column", "address", "seen", "expected", "message", "record", "explanation"), "text"),
    **dict.fromkeys(("_batch", "_submission", "_other_batch"), "integer"),
}  # fmt: skip


def relation_finding(
    statement: DataFrame, batch: DataFrame, parameters: Parameters, explanations: Mapping[str, str] = _NOTHING, **forms: DataFrame
) -> DataFrame:
    """One row a broken check, record and other batch (0: none alone), with what was said of it.

    What was broken is computed in Spark; its words and cell are filled in by the functions that fill in all others,
    so the findings, never the records, pass through the driver. One job a comparison: their union would cost Spark's
    optimiser three times as much.
    """
    rows: list[dict[str, Any]] = []
    for name, records in forms.items():
        form = parameters.forms[name]
        if form.relation_rules and parameters.periods.get(name):
            for broken in Relations(form, records, forms, statement, parameters).broken():
                found = broken.toArrow().to_pylist()
                keys = _records(form, records, found)
                rows += [{**row, "form": name, "record": keys.get((row["_batch"], row["_row"], row["_source"]), "")} for row in found]
    wanted = sorted({row["_batch"] for row in rows})
    headers = {row.id: json.loads(row.header) for row in batch.where(F.col("id").isin(wanted)).select("id", "header").collect()}
    return values(batch, _COLUMNS, _worded(rows, headers, parameters, explanations))


def _records(form: Form, records: DataFrame, found: list[dict[str, Any]]) -> dict[tuple[int, int, str], str]:
    """Place of a record that broke a rule → its own key; one job for a form that has one."""
    if not form.own_key or not found:
        return {}
    broken = values(records, {"_batch": "integer", "_row": "integer"}, {(row["_batch"], row["_row"]) for row in found})
    rows = records.join(F.broadcast(broken), ["_batch", "_row"], "left_semi").select("_batch", "_row", "_source", *form.own_key).collect()
    return {(row[0], row[1], row[2]): record_text(row[3:]) for row in rows}


def _worded(
    rows: list[dict[str, Any]], headers: Mapping[int, Any], parameters: Parameters, explanations: Mapping[str, str]
) -> Iterator[tuple[Any, ...]]:
    units = {code.code: code for code in parameters.codes["declared_unit"]}
    for row in rows:
        form = parameters.forms[row["form"]]
        rule, column = form.rule[row["rule_id"]], row["column"]
        seen, expected, previous = (_said(form, column, row[k], units.get(row["declared_unit"])) for k in ("seen", "expected", "previous"))
        cells: Mapping[str, str] = json.loads(row["_cells"]) if row["_cells"] else {}
        address = of_column(row["_source"], row["_row"], column, cells, headers[row["_batch"]])
        label = form.by_name[column].label if column else form.title
        message = say(rule.message, label=label, seen=seen, expected=expected, previous=previous)
        number = finding_number({**row, "rule_id": rule.id, "form": form.name, "column": column, "seen": seen})
        yield (
            rule.id, rule.severity, form.name, row["unit_id"], row["period"], row["scope"], row["_row"], column, address, seen,
            expected, message, row["record"], explanations.get(number), row["_batch"], row["_submission"], row["_other_batch"] or 0,
        )  # fmt: skip


def _said(form: Form, column: str, text: str | None, unit: Code | None) -> str | None:
    """A figure as the reporter writes it, in his declared unit."""
    return as_filed(form.by_name[column], text, Decimal(unit.extra["factor"]) if unit else Decimal(1)) if column else text
