"""A form of four lines and frames of a few rows, so that a mart's test shows all that goes in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession

from intake.shapes import OPS, Shape, arrow_type
from jobs.inputs import Parameters
from schemas.codes import code_list
from schemas.contract import Form
from schemas.form_document import parse_form
from schemas.load import form, indicators, mart, mart_names, warnings

RULES: list[dict[str, Any]] = [
    {"id": "T-YTD", "severity": "query", "title": "累计", "compare": "previous_in_year", "each": {"i": "F"}, "at": "{i}_ytd",
     "predicate": "restated_reason IS NOT NULL OR within_tolerance({i}_ytd, previous.{i}_ytd + {i}_month)",
     "expected": "previous.{i}_ytd + {i}_month", "message": "“{label}”填报 {seen}，应为 {expected}，上期 {previous}"},
    {"id": "T-OPEN", "severity": "query", "title": "年初", "compare": "year_end", "each": {"i": "S"}, "at": "{i}_opening",
     "predicate": "within_tolerance({i}_opening, previous.{i}_closing)", "expected": "previous.{i}_closing", "message": "{label}"},
    {"id": "T-LAST", "severity": "query", "title": "同期", "compare": "year_ago", "at": "assets_ly_closing",
     "predicate": "within_tolerance(assets_ly_closing, previous.assets_closing)", "message": "{label}"},
    {"id": "T-OLD", "severity": "query", "title": "旧规则", "compare": "previous", "at": "assets_closing", "valid_to": None,
     "predicate": "assets_closing > previous.assets_closing", "message": "{label}"},
    {"id": "T-FIRST", "severity": "query", "title": "首期", "compare": "previous_in_year", "kind": "first_in_year",
     "parameters": {"items": "F", "total": "ytd", "part": "month", "except": []}, "message": "{label}{seen}/{expected}"},
    {"id": "T-REG", "severity": "query", "title": "名录", "compare": "same_period", "kind": "registered",
     "parameters": {"column": "unit_id", "registry": "enterprise_registry"}, "message": "{seen}"},
    {"id": "T-SCALE", "severity": "query", "title": "量级", "compare": "previous", "kind": "scale", "message": "{label}{seen}/{previous}",
     "parameters": {"against": ["previous", "year_ago"], "measures": ["closing"], "factors": [10000, 100000000], "band": ["0.5", "2"]}},
    {"id": "T-COPY", "severity": "query", "title": "照抄", "compare": "previous", "kind": "copied", "message": "{seen}",
     "parameters": {"measures": ["month", "closing"], "least": 3}},
    {"id": "T-ZERO", "severity": "query", "title": "整列为零", "compare": "same_period", "kind": "zero_column", "message": "{label}",
     "parameters": {"filers": 2}},
    {"id": "T-ROW", "severity": "error", "title": "负债", "predicate": "liabilities_closing <= assets_closing OR liabilities_closing > 0",
     "at": "liabilities_closing", "message": "{label}"},
]  # fmt: skip
# Every form has those that fit it; the small one has those a test asks for.
SLIPS = [rule.id for rule in form("monthly_finance").rules if rule.id.startswith("SLP-")]


def small_form(rules: Sequence[str] = ()) -> Form:
    """`small`: monthly, January with February; revenue_total, total_profit (flows), assets, liabilities (stocks); the named rules."""
    items = [["1", "营业总收入", "revenue_total", "F", "●"], ["2", "利润总额", "total_profit", "F", "●"],
             ["3", "资产总计", "assets", "S", "●"], ["4", "负债合计", "liabilities", "S", "●"]]  # fmt: skip
    head = ["unit_id", "period", "scope", "declared_unit", "statement_type", "restated_reason"]
    calendar = {"kind": "month", "reporters": "registry", "flag": "files_monthly", "combined": {1: 2}, "provisional_days": 4,
                "due": [{"superior": "*", "months": 1, "day": 8}]}  # fmt: skip
    own = {"layouts": ["table"], "accumulation": "snapshot", "acceptance": "entry", "source": "reporter", "owner": "财务监管处",
           "legal_basis": "试", "scope": "scope", "calendar": calendar}  # fmt: skip
    own["slips"] = {name: {} if name in rules else False for name in SLIPS}
    quality = [{k: v for k, v in r.items() if v is not None} for r in RULES if r["id"] in rules]
    table = {"name": "small", "properties": head, "items": items, "quality": quality}
    document = {"apiVersion": "v3.1.0", "kind": "DataContract", "id": "small", "name": "小表", "version": "1.0.0", "status": "active",
                "domain": "财务", "description": {"purpose": "试"}, "schema": [table], "guozi": own}  # fmt: skip
    return parse_form(document, "small")


def parameters(*periods: str, rules: Sequence[str] = (), listed: Mapping[str, Sequence[str]] | None = None, **other: Any) -> Parameters:
    forms = {"small": small_form(rules), "enterprise_registry": form("enterprise_registry")}
    forms |= {name: form(name) for name in listed or {}}
    lists = {"supervisor", "declared_unit", "listed_reporters", *(c for name in mart_names() for c in mart(name).codes)}
    codes = {name: code_list(name) for name in sorted(lists)}
    known = {"small": tuple(periods), **{name: tuple(p) for name, p in (listed or {}).items()}}
    given: dict[str, Any] = {"indicators": indicators(), "warnings": warnings(), "asked": known, **other}
    return Parameters(forms, given["indicators"], given["warnings"], codes, known, asked=given["asked"])


def records(spark: SparkSession, made: Form, rows: Sequence[Mapping[str, Any]]) -> DataFrame:
    """Silver in force; what a row does not say is empty. Amounts may be plain integers."""
    schema = Shape(made).silver
    if "scope" not in schema.names:
        schema = schema.append(pa.field("scope", pa.string()))
    first = {"_batch": 1, "_submission": 1, "_row": 2, "_source": "f.csv", "_step": 1, "scope": "single", "declared_unit": "元"}
    return spark.createDataFrame(_table(schema, [{**{k: v for k, v in first.items() if k in schema.names}, **row} for row in rows]))


def gold(spark: SparkSession, name: str, rows: Sequence[Mapping[str, Any]]) -> DataFrame:
    """Rows of a mart; what a row does not say is empty."""
    schema = pa.schema([(c.name, arrow_type(c.type)) for c in mart(name).columns])
    return spark.createDataFrame(_table(schema, rows))


def entries(spark: SparkSession, rows: Sequence[Mapping[str, Any]]) -> DataFrame:
    texts = ("form", "unit_id", "period", "scope", "state", "received_on")
    numbers = {"id": 1, "batch": 1, "submission": 1, "turn": 0, "rows": 1, "errors": 0, "queries": 0}
    schema = pa.schema([*((n, pa.string()) for n in texts), *((n, pa.int64()) for n in numbers)])
    first = {"form": "small", "scope": "single", "state": "in force", **numbers}
    return spark.createDataFrame(_table(schema, [{**first, **row} for row in rows]))


def accesses(spark: SparkSession, rows: Sequence[Mapping[str, Any]]) -> DataFrame:
    names = ("at", "day", "office", "account", "command", "about", "purpose")
    schema = pa.schema([("id", pa.int64()), *((n, pa.string()) for n in names)])
    return spark.createDataFrame(_table(schema, [{**dict.fromkeys(names, ""), "id": 1, **row} for row in rows]))


def findings(spark: SparkSession, rows: Sequence[Mapping[str, Any]]) -> DataFrame:
    first = {"form": "small", "scope": "single", "severity": "error", "_batch": 1, "_submission": 1, "_row": 2}
    return spark.createDataFrame(_table(OPS["finding"], [{**first, **row} for row in rows]))


def batches(spark: SparkSession, headers: Mapping[int, str]) -> DataFrame:
    """Of the form `small`, one record each."""
    told = {"id": pa.array(list(headers), pa.int64()), "form": ["small"] * len(headers), "silver_rows": [1] * len(headers)}
    return spark.createDataFrame(pa.table({**told, "header": list(headers.values())}))


def shown(frame: DataFrame, *columns: str) -> set[tuple[Any, ...]]:
    """The rows as tuples of the columns; exact decimals as plain numbers."""
    rows = frame.select(*columns).collect()
    return {tuple(float(v) if isinstance(v, Decimal) else v for v in row) for row in rows}


def _table(schema: pa.Schema, rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    def fitted(kind: pa.DataType, value: Any) -> Any:
        return Decimal(str(value)) if pa.types.is_decimal(kind) and value is not None else value

    return pa.Table.from_pylist([{f.name: fitted(f.type, row.get(f.name)) for f in schema} for row in rows], schema=schema)
