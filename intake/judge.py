"""The one judge: is a file right. In process, DuckDB over Arrow, no JVM; the same for `check`, the night and the portal.

Files are read one by one and judged in piles of one form: casting and rules cost by the column, not by the row, so that
many small files together cost little more than one. A file's verdict does not depend on its pile.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from expectations.contract import runnable
from intake import findings as told
from intake.identify import identify
from intake.judgement import EntryVerdict, Identity, Judgement
from intake.layout import lay_out
from intake.layout.laid import Laid
from intake.readers import Rejected, open_file
from intake.rules import Numbers, Outcome, Verdicts, authored, implied
from intake.slips import explained
from intake.typed import Typed, cast, period_ends
from intake.words import Bools
from schemas.column import LONGEST_UNIT
from schemas.contract import Form
from schemas.freeze import contract_hash
from schemas.implied import NIL

ENTRY = "ACC-ENTRY"
Key = tuple[str, str, str] | None


@dataclass(frozen=True)
class Prepared:
    """A file read, identified and laid out, not yet judged. `texts`: its records, blank lines left out; never empty."""

    form: Form
    identity: Identity
    reader: str
    laid: Laid
    texts: pa.Table


def prepare(path: Path, name: str, manifest_entry: Mapping[str, Any] | None, path_hints: Mapping[str, str]) -> Prepared:
    """`name` is the file's name as sent; addresses begin with it.

    Raises Rejected when the file cannot be judged at all: unreadable, unsafe, unidentified, no header, no record;
    ContractError when the contract cannot.
    """
    opened = open_file(path, name)
    identity = identify(name, opened.hints, manifest_entry, path_hints)
    made = runnable(identity.form)
    laid = lay_out(made, opened)
    if not laid.parts:
        raise Rejected("HDR-EMPTY", name, "文件里没有任何记录", "请确认填写后再报送；确无数据的按零值填报")
    texts = without_blank_rows(laid.texts)
    if not texts.num_rows:
        raise Rejected("HDR-EMPTY", next(iter(laid.header), name), "只有表头，没有任何记录",
                       "请填写后再报送；确无数据的按零值填报")  # fmt: skip
    return Prepared(made, identity, opened.reader, laid, texts)


def judge_file(path: Path, name: str, manifest_entry: Mapping[str, Any] | None, path_hints: Mapping[str, str]) -> Judgement:
    """Reads and judges one file. Raises what `prepare` raises."""
    return judge([prepare(path, name, manifest_entry, path_hints)])[0]


def judge(pile: Sequence[Prepared]) -> list[Judgement]:
    """Files of one form → a judgement each, in order."""
    made = pile[0].form
    texts = pa.concat_tables([p.texts for p in pile]).combine_chunks()
    file_of = np.repeat(np.arange(len(pile)), [p.texts.num_rows for p in pile])
    weighed = weigh(made, texts, [pile[i].identity for i in file_of.tolist()], file_of)
    findings = weighed.findings([(p.laid, p.identity) for p in pile])
    counts, controls = weighed.verdicts.counts(file_of), weighed.controls()
    judgements = []
    for number, (one, found) in enumerate(zip(pile, findings, strict=True)):
        rows = np.flatnonzero(file_of == number)
        entries = Entries()
        entries.add(weighed, rows.tolist(), found)
        judgements.append(Judgement(
            identity=one.identity, reader=one.reader, contract_hash=contract_hash(made.name), verdict=verdict_of(weighed.quarantined[rows]),
            # Copied, not sliced: a slice's bytes would depend on its neighbours in the pile.
            records=weighed.records.take(pa.array(rows)), findings=found, entries=entries.verdicts(),
            counts=counts[number], controls=controls[number], header=one.laid.header,
        ))  # fmt: skip
    return judgements


@dataclass(frozen=True)
class Weighed:
    """Records judged, before they are told of. `keys`: the entry of each; `nil`: it files nothing."""

    form: Form
    texts: pa.Table
    typed: Typed
    keys: list[Key]
    verdicts: Verdicts
    nil: Bools
    quarantined: Bools
    file_of: Numbers

    @cached_property
    def records(self) -> pa.Table:
        return _records(self.form, self.texts, self.typed, self.keys, self.verdicts, self.quarantined)

    @cached_property
    def digests(self) -> list[bytes]:
        """Of each record's typed values that are not NULL: equal exactly when nothing changed."""
        return [hashlib.sha256(text).digest()[:16] for text in _row_texts(self.typed.values)]

    def findings(self, files: Sequence[tuple[Laid, Identity]]) -> list[pa.Table]:
        return told.tables(self.form, self.texts, self.typed, self.verdicts, self.keys, self.file_of, files)

    def controls(self) -> list[dict[str, str]]:
        return _controls(self.form, self.typed.values, self.file_of)


def weigh(
    made: Form, texts: pa.Table, identities: Sequence[Identity], file_of: Numbers, repeated: Bools | None = None
) -> Weighed:
    """`identities`: of the file of each record. `repeated`: records whose key stands twice, where more is known than `texts` show."""
    typed = cast(made, texts, [i.period for i in identities], [i.unit for i in identities])
    ends = period_ends(typed.values, made)
    keys = _entry_keys(made, typed, ends)
    verdicts = implied(made, typed, ends, [i.period for i in identities], file_of, repeated)
    verdicts.add_all(authored(made, typed, ends, file_of))
    verdicts.add_all(explained(made, typed, verdicts))
    nil = _nil_records(made, typed)
    verdicts.excuse(nil, NIL)
    return Weighed(made, texts, typed, keys, verdicts, nil, _quarantined(made, keys, file_of, verdicts), file_of)


class Entries:
    """What becomes of each entry of one file, added up piece by piece."""

    def __init__(self) -> None:
        self._members: dict[tuple[str, str, str], list[bytes]] = {}
        self._clean: Counter[tuple[str, ...]] = Counter()
        self._filed: set[tuple[str, ...]] = set()
        self._found: Counter[tuple[str, ...]] = Counter()

    def add(self, weighed: Weighed, rows: Iterable[int], findings: pa.Table) -> None:
        for row in rows:
            key = weighed.keys[row]
            if key is not None:
                self._members.setdefault(key, []).append(weighed.digests[row])
                self._clean[key] += not weighed.quarantined[row]
                if not weighed.nil[row]:
                    self._filed.add(key)
        names = ("unit_id", "period", "scope", "severity")
        self._found.update(zip(*(findings.column(n).to_pylist() for n in names), strict=True))

    def verdicts(self) -> tuple[EntryVerdict, ...]:
        return tuple(
            EntryVerdict(
                *key, rows=self._clean[key], errors=self._found[*key, "error"], queries=self._found[*key, "query"],
                filed=key in self._filed, content_hash=hashlib.sha256(b"".join(sorted(members))).hexdigest(),
            )
            for key, members in self._members.items()
        )  # fmt: skip


def without_blank_rows(texts: pa.Table) -> pa.Table:
    """A line of blanks in the middle of a sheet is no record."""
    said = np.zeros(texts.num_rows, bool)
    for name in texts.schema.names:
        if name.startswith("text__") and not said.all():
            column = pc.utf8_trim_whitespace(texts.column(name))
            said |= np.asarray(pc.fill_null(pc.not_equal(column, ""), False), bool)
    return texts if said.all() else texts.filter(pa.array(said))


def _entry_keys(made: Form, typed: Typed, ends: pa.Array) -> list[Key]:
    """(unit, period, scope) of each record; None where one of them is missing or, a scope, no word of any list."""
    units = typed.values.column("unit_id").to_pylist()
    if made.period_from == "submission":
        periods = typed.values.column("period").to_pylist()
    else:
        periods = [d.isoformat() if isinstance(d, date) else None for d in ends.to_pylist()]
    if made.scope.startswith("="):
        scopes: list[str | None] = [made.scope[1:]] * len(units)
    else:
        scopes = typed.values.column(made.scope).to_pylist() if made.scope else [""] * len(units)
    return [
        (u, p, s) if u and p and s is not None and len(s) <= LONGEST_UNIT else None
        for u, p, s in zip(units, periods, scopes, strict=True)
    ]


def _nil_records(made: Form, typed: Typed) -> Bools:
    """Nothing filed but what names the record: its key and texts (a blank line of a feed has its name), a card's head."""
    naming = {c.name for c in made.columns if c.key or c.type == "text" or (made.items and not c.item)}
    said = [~typed.blank[c.name] for c in made.columns if c.name not in naming]
    return ~np.logical_or.reduce(said) if said else np.zeros(typed.values.num_rows, bool)


def _quarantined(made: Form, keys: list[Key], file_of: npt.NDArray[np.int64], verdicts: Verdicts) -> Bools:
    """acceptance `row`: the row that has an error; `entry`: every row of an entry that has one (clean ones under ACC-ENTRY)."""
    errors = verdicts.broken("error")
    if made.acceptance == "row":
        return errors
    places = list(zip(file_of.tolist(), keys, strict=True))
    returned = {place for place, bad in zip(places, errors, strict=True) if bad}
    whole = np.array([place[1] is None or place in returned for place in places])
    verdicts.add(Outcome(ENTRY, "error", ~(whole & ~errors), np.ones(len(keys), bool), "", silent=True))
    return whole | errors


def _row_texts(values: pa.Table) -> list[bytes]:
    """One text a record, `name=value` of its typed values that are not NULL, in UTF-8."""
    columns = [(n, values.column(n).combine_chunks().cast(pa.string())) for n in values.schema.names if n != "_step"]
    named = [pc.binary_join_element_wise(f"{n}=", column, "") for n, column in columns]
    # Begun with a text that is never NULL, cut off again: of a row of NULLs alone Arrow makes no text but leaves the row out.
    joined = pc.binary_join_element_wise("", *named, "\x1f", null_handling="skip").cast(pa.binary())
    return [text[1:] for text in joined.to_pylist()]


def _records(made: Form, texts: pa.Table, typed: Typed, keys: list[Key], verdicts: Verdicts, quarantined: Bools) -> pa.Table:
    arrays: dict[str, pa.Array | pa.ChunkedArray] = {n: texts.column(n) for n in ("_source", "_row", "_cells")}
    arrays["_step"] = typed.values.column("_step")
    arrays["period"] = pa.array([k[1] if k else None for k in keys], pa.string())
    arrays |= {c.name: typed.values.column(c.name) for c in made.columns if c.name != "period" or made.period_from == "submission"}
    arrays |= {n: texts.column(n) for n in texts.schema.names if n.startswith("text__")}
    arrays["broken_rules"] = pa.array(verdicts.broken_ids(), pa.list_(pa.string()))
    arrays["_quarantined"] = pa.array(quarantined)
    return pa.table(arrays)


def verdict_of(quarantined: Bools) -> str:
    return "returned" if quarantined.all() else "partial" if quarantined.any() else "accepted"


def _controls(made: Form, values: pa.Table, file_of: npt.NDArray[np.int64]) -> list[dict[str, str]]:
    """A file's sums of typed amounts of all its records, silver and quarantine alike: what the audit compares after the commit."""
    amounts = [c.name for c in made.columns if c.type == "amount"]
    wide = pa.table({n: values.column(n).cast(pa.decimal128(38, 4)) for n in amounts} | {"_file": pa.array(file_of)})
    summed = wide.group_by("_file").aggregate([(n, "sum") for n in amounts]).sort_by("_file").to_pylist()
    return [{n: str(row[f"{n}_sum"] if row[f"{n}_sum"] is not None else 0) for n in amounts} for row in summed]
