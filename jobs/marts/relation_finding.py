"""Findings that need two records, in the reporter's words and with the address of the cell."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from expectations.slips import enough, of_findings
from intake.telling import worded
from jobs.inputs import Parameters, values
from jobs.relations import Relations

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
    factors = {code.code: Decimal(code.extra["factor"]) for code in parameters.codes["declared_unit"]}
    told = (worded(parameters.forms[row["form"]], row, headers[row["_batch"]], factors) for row in rows)
    return values(batch, _COLUMNS, (tuple(finding[name] for name in _COLUMNS) for finding in told))
