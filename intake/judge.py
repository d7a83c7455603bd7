"""The one judge: is a file right. In process, DuckDB over Arrow, no JVM; the same for `check`, the night and the portal."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from intake import findings as told
from intake.identify import identify
from intake.judgement import EntryVerdict, Identity, Judgement
from intake.layout import Laid, lay_out
from intake.readers import Rejected, open_file
from intake.rules import Outcome, Verdicts, authored, implied
from intake.typed import Bools, Typed, cast, period_ends
from schemas.contract import Form
from schemas.freeze import contract_hash
from schemas.load import form as load_form

NIL, ENTRY = "NIL-RECORD", "ACC-ENTRY"


def judge_file(path: Path, name: str, manifest_entry: Mapping[str, Any] | None, path_hints: Mapping[str, str]) -> Judgement:
    """Reads and judges one file. `name` is the file's name as sent; addresses begin with it.

    Raises Rejected when the file cannot be judged at all: unreadable, unsafe, unidentified, no header, no record.
    """
    opened = open_file(path, name)
    identity = identify(name, opened.hints, manifest_entry, path_hints)
    made = load_form(identity.form)
    laid = lay_out(made, opened)
    if not laid.parts:
        raise Rejected("HDR-EMPTY", name, "文件里没有任何记录", "请确认填写后再报送；确无数据的按零值填报")
    return _judge(made, laid, identity, opened.reader)


def _judge(made: Form, laid: Laid, identity: Identity, reader: str) -> Judgement:
    texts = _without_blank_rows(laid.texts)
    if not texts.num_rows:
        raise Rejected("HDR-EMPTY", next(iter(laid.header), made.name), "只有表头，没有任何记录",
                       "请填写后再报送；确无数据的按零值填报")  # fmt: skip
    typed = cast(made, texts, identity.period, identity.unit)
    ends = period_ends(typed.values, made)
    keys = _entry_keys(made, typed, ends)
    verdicts = implied(made, typed, ends, identity)
    verdicts.add_all(authored(made, typed, ends))
    nil = _nil_records(made, typed)
    verdicts.excuse(nil, NIL)
    broken = verdicts.broken_by_severity()
    quarantined = _quarantined(made, keys, broken["error"], verdicts)
    findings = told.table(made, texts, typed, laid, verdicts, keys, identity)
    entries = _entries(typed.values, keys, broken, quarantined, nil, findings)
    records = _records(made, texts, typed, keys, verdicts, quarantined)
    return Judgement(
        identity=identity, reader=reader, contract_hash=contract_hash(made.name), verdict=_verdict(quarantined),
        records=records, findings=findings, entries=entries, counts=verdicts.counts(), controls=_controls(made, typed.values),
        header=laid.header,
    )  # fmt: skip


def _without_blank_rows(texts: pa.Table) -> pa.Table:
    """A line of blanks in the middle of a sheet is no record."""
    said = np.zeros(texts.num_rows, bool)
    for name in texts.schema.names:
        if name.startswith("text__"):
            column = pc.utf8_trim_whitespace(texts.column(name))
            said |= np.asarray(pc.fill_null(pc.not_equal(column, ""), False), bool)
    return texts if said.all() else texts.filter(pa.array(said))


Key = tuple[str, str, str] | None


def _entry_keys(made: Form, typed: Typed, ends: pa.Array) -> list[Key]:
    """(unit, period, scope) of each record; None where one of them is missing."""
    units = typed.values.column("unit_id").to_pylist()
    if made.period_from == "submission":
        periods = typed.values.column("period").to_pylist()
    else:
        periods = [d.isoformat() if isinstance(d, date) else None for d in ends.to_pylist()]
    if made.scope.startswith("="):
        scopes: list[str | None] = [made.scope[1:]] * len(units)
    else:
        scopes = typed.values.column(made.scope).to_pylist() if made.scope else [""] * len(units)
    return [(u, p, s) if u and p and s is not None else None for u, p, s in zip(units, periods, scopes, strict=True)]


def _nil_records(made: Form, typed: Typed) -> Bools:
    """Nothing filed but what names the record: its key and texts (a blank line of a feed has its name), a card's head."""
    naming = {c.name for c in made.columns if c.key or c.type == "text" or (made.items and not c.item)}
    said = [~typed.blank[c.name] for c in made.columns if c.name not in naming]
    return ~np.logical_or.reduce(said) if said else np.zeros(typed.values.num_rows, bool)


def _quarantined(made: Form, keys: list[Key], errors: Bools, verdicts: Verdicts) -> Bools:
    """acceptance `row`: the row that has an error; `entry`: every row of an entry that has one (clean ones under ACC-ENTRY)."""
    if made.acceptance == "row" or not errors.any():
        return errors
    returned = {key for key, bad in zip(keys, errors, strict=True) if bad}
    whole = np.array([key is None or key in returned for key in keys])
    verdicts.add(Outcome(ENTRY, "error", ~(whole & ~errors), np.ones(len(keys), bool), "", silent=True))
    return whole | errors


def _entries(
    values: pa.Table, keys: list[Key], broken: Mapping[str, Bools], quarantined: Bools, nil: Bools, findings: pa.Table
) -> tuple[EntryVerdict, ...]:
    texts = _row_texts(values)
    rows: dict[tuple[str, str, str], list[int]] = {}
    for index, key in enumerate(keys):
        if key is not None:
            rows.setdefault(key, []).append(index)
    counted = _findings_by_entry(findings)
    made = []
    for key, indices in rows.items():
        good = [i for i in indices if not quarantined[i]]
        content = hashlib.sha256("\n".join(sorted(texts[i] for i in indices)).encode()).hexdigest()
        made.append(EntryVerdict(*key, rows=len(good), errors=counted.get((*key, "error"), 0),
                                 queries=counted.get((*key, "query"), 0), filed=not all(nil[i] for i in indices),
                                 content_hash=content))  # fmt: skip
    return tuple(made)


def _findings_by_entry(findings: pa.Table) -> dict[tuple[str, str, str, str], int]:
    counted: dict[tuple[str, str, str, str], int] = {}
    names = ("unit_id", "period", "scope", "severity")
    for key in zip(*(findings.column(n).to_pylist() for n in names), strict=True):
        counted[key] = counted.get(key, 0) + 1
    return counted


def _row_texts(values: pa.Table) -> list[str]:
    """One text a record over its typed values that are not NULL: equal exactly when nothing changed."""
    columns = [(n, values.column(n).cast(pa.string()).to_pylist()) for n in values.schema.names if n != "_step"]
    return ["\x1f".join(f"{n}={v[i]}" for n, v in columns if v[i] is not None) for i in range(values.num_rows)]


def _records(made: Form, texts: pa.Table, typed: Typed, keys: list[Key], verdicts: Verdicts, quarantined: Bools) -> pa.Table:
    arrays: dict[str, pa.Array | pa.ChunkedArray] = {n: texts.column(n) for n in ("_source", "_row", "_cells")}
    arrays["_step"] = typed.values.column("_step")
    arrays["period"] = pa.array([k[1] if k else None for k in keys], pa.string())
    arrays |= {c.name: typed.values.column(c.name) for c in made.columns if c.name != "period" or made.period_from == "submission"}
    arrays |= {n: texts.column(n) for n in texts.schema.names if n.startswith("text__")}
    arrays["broken_rules"] = pa.array(verdicts.broken_ids(), pa.list_(pa.string()))
    arrays["_quarantined"] = pa.array(quarantined)
    return pa.table(arrays)


def _verdict(quarantined: Bools) -> str:
    return "returned" if quarantined.all() else "partial" if quarantined.any() else "accepted"


def _controls(made: Form, values: pa.Table) -> dict[str, str]:
    """Sums of typed amounts of all records, silver and quarantine alike: what the audit compares after the commit."""
    sums: dict[str, str] = {}
    for column in made.columns:
        if column.type == "amount":
            total = pc.sum(values.column(column.name).cast(pa.decimal128(38, 4))).as_py()
            sums[column.name] = str(total if total is not None else 0)
    return sums
