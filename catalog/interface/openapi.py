"""The intake as an HTTP interface (OpenAPI 3.1): what the portal will serve, for senders to build against."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from catalog.interface.schema import record_schema
from schemas.contract import Form

_RECEIPT = {
    "type": "object",
    "description": "回执：足以让任何人重做审核并得到同样的结论",
    "properties": {
        "number": {"type": "string", "pattern": "^R[0-9]{8,}(-[0-9]{3,})?$"}, "file": {"type": "string"},
        "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"}, "received_on": {"type": "string", "format": "date"},
        "form": {"type": "string"}, "period": {"type": "string"}, "revision": {"type": "integer"},
        "verdict": {"enum": ["", "accepted", "partial", "returned", "rejected", "purged"]},
        "contract_hash": {"type": "string"}, "judge": {"type": "string"}, "reader": {"type": "string"},
        "entries": {"type": "array", "items": {"type": "object"}},
    },
    "required": ["number", "file", "sha256", "received_on", "verdict"],
}  # fmt: skip


def openapi(forms: Sequence[Form]) -> dict[str, Any]:
    said = {
        "form": {"enum": [form.name for form in forms]}, "period": {"type": "string"}, "unit": {"type": "string"},
        "revision": {"type": "integer", "minimum": 0}, "supersedes": {"type": "string"}, "rows": {"type": "integer", "minimum": 0},
    }  # fmt: skip
    return {
        "openapi": "3.1.0",
        "info": {"title": "国资监管数据报送接口", "version": "1", "description": "由报表合同生成；文件报送与接口报送用同一套规则审核"},
        "paths": {"/check": _post("预审：与报送同样的结论，什么都不保存"), "/submissions": _post("报送一个文件或一组记录，返回回执"),
                  "/receipts/{number}": _receipt()},
        "components": {"schemas": {
            "Receipt": _RECEIPT,
            **{form.name: record_schema(form) for form in forms},
            "Push": {"type": "object", "required": ["form", "records"],
                     "properties": {**said, "records": {"type": "array", "items": {"type": "object"}}}},
        }},
    }  # fmt: skip


def _answers(*codes: str) -> dict[str, Any]:
    receipt = {"application/json": {"schema": {"$ref": "#/components/schemas/Receipt"}}}
    said = {"200": "回执", "404": "没有这份回执", "413": "文件过大", "422": "拒收：回执写明原因和改法"}
    return {code: {"description": said[code], **({"content": receipt} if code in ("200", "422") else {})} for code in codes}


def _post(summary: str) -> dict[str, Any]:
    file = {"type": "object", "properties": {"file": {"type": "string", "format": "binary"}}, "required": ["file"]}
    content = {"multipart/form-data": {"schema": file}, "application/json": {"schema": {"$ref": "#/components/schemas/Push"}},
               "application/vnd.apache.parquet": {"schema": {"type": "string", "format": "binary"}}}  # fmt: skip
    return {"post": {"summary": summary, "requestBody": {"required": True, "content": content}, "responses": _answers("200", "413", "422")}}


def _receipt() -> dict[str, Any]:
    number = {"name": "number", "in": "path", "required": True, "schema": {"type": "string"}}
    return {"get": {"summary": "查询回执，或其中一家单位的回执", "parameters": [number], "responses": _answers("200", "404")}}
