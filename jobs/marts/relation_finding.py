"""Findings that need two records, in the reporter's words and with the address of the cell."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from expectations.slips import enough, of_findings
from jobs.inputs import Parameters, values
from jobs.relations import Relations
from schemas.address import of_column
from schemas.codes import Code
from schemas.contract import Form
from schemas.words import as_filed, say

_COLUMNS = {
    **dict.fromkeys(("rule_id", "severity", "form", "unit_id", "period", "scope"), "text"), "_row": "integer",
    **dict.fromkeys(("column", "address", "seen", "expected", "message"), "text"),
    **dict.fromkeys(("_batch", "_submission", "_other_batch"), "integer"),
}  # fmt: skip


def relation_finding(batch: DataFrame, parameters: Parameters, **forms: DataFrame) -> DataFrame:
    """One row a broken check, record and other batch (0: none alone).

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
            rows += [{**row, "form": name} for row in (*found, *of_findings(form, found))]
    wanted = sorted({row["_batch"] for row in rows})
    headers = {row.id: json.loads(row.header) for row in batch.where(F.col("id").isin(wanted)).select("id", "header").collect()}
    return values(batch, _COLUMNS, _worded(rows, headers, parameters))


def _worded(rows: list[dict[str, Any]], headers: Mapping[int, Any], parameters: Parameters) -> Iterator[tuple[Any, ...]]:
    units = {code.code: code for code in parameters.codes["declared_unit"]}
    for row in rows:
        form = parameters.forms[row["form"]]
        rule, column = form.rule[row["rule_id"]], row["column"]
        seen, expected, previous = (_said(form, column, row[k], units.get(row["declared_unit"])) for k in ("seen", "expected", "previous"))
        cells: Mapping[str, str] = json.loads(row["_cells"]) if row["_cells"] else {}
        address = of_column(row["_source"], row["_row"], column, cells, headers[row["_batch"]])
        label = form.by_name[column].label if column else form.title
        message = say(rule.message, label=label, seen=seen, expected=expected, previous=previous)
        yield (
            rule.id, rule.severity, form.name, row["unit_id"], row["period"], row["scope"], row["_row"], column, address, seen,
            expected, message, row["_batch"], row["_submission"], row["_other_batch"] or 0,
        )  # fmt: skip


def _said(form: Form, column: str, text: str | None, unit: Code | None) -> str | None:
    """A figure as the reporter writes it, in his declared unit."""
    return as_filed(form.by_name[column], text, Decimal(unit.extra["factor"]) if unit else Decimal(1)) if column else text
