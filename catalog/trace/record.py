"""A silver record → its submission, its batch, the ledger entry by which it counts, and cells read again."""

from __future__ import annotations

from collections.abc import Iterable

from catalog.ledger.machine import state
from catalog.ledger.models import Entry
from catalog.trace.cells import Cell, cell_node, read_cell
from catalog.trace.node import Node, compared
from catalog.trace.source import NoSuchThing, Row, Sources
from schemas.contract import Form


def find_record(sources: Sources, form: str, row: Row, column: str) -> Row:
    """The silver record a published row names by its place, with `column`. Raises NoSuchThing; of one that was purged with the order."""
    batch, number, source = row["_batch"], row["_row"], row["_source"]
    found = sources.records(form, row["period"], column).get((batch, number, source))
    if found is None:
        sources.refuse_purged(sources.batch(batch).submission)
        raise NoSuchThing(f"明细表 {form} 没有批次 {batch} 在 {source} 第 {number} 行的记录")
    return found


def records_in_force(sources: Sources, form: Form, where: Row, mart: str) -> list[Row]:
    """Silver records that counted when `mart` was built; records with nothing but their key are left out."""
    found = sources.once((form.name, *where.items()), lambda: sources.lake("silver", form.name, where))
    return [r for r in found if "NIL-RECORD" not in (r["broken_rules"] or ()) and _stands(sources, form, r, mart)]


def record_of(sources: Sources, form: Form, row: Row, mart: str) -> Row | None:
    """The record a finding names by batch, row and key; None when it does not stand."""
    where = {k: row[k] for k in ("_batch", "_row", "unit_id", "period")}
    scope = {form.scope: row["scope"]} if form.scope in form.by_name else {}
    return next(iter(records_in_force(sources, form, {**where, **scope}, mart)), None)


def _stands(sources: Sources, form: Form, record: Row, mart: str) -> bool:
    return record["_batch"] in {e.batch for e in sources.standing(mart, form, record)}


def record_node(sources: Sources, form: Form, record: Row, columns: Iterable[str], mart: str) -> Node:
    """The record with the named cells read again, and why it counts."""
    cells = [read_cell(sources, form, record, name) for name in dict.fromkeys(columns)]
    shown = [cell_node(cell, record[cell.column.name]) for cell in cells if counts_as_filed(cell)]
    place = f"{record['_source']} 第 {record['_row']} 行"
    title = f"明细记录 {form.title} {record['unit_id']} {record['period']}（{place}）"
    return Node("row", title, children=(*shown, *reasons(sources, form, record, mart)))


def counts_as_filed(cell: Cell) -> bool:
    """A period or scope that the file leaves to its submission has no cell to read again."""
    return bool(cell.address) or cell.column.name not in ("period", "scope", "unit_id")


def reasons(sources: Sources, form: Form, record: Row, mart: str) -> tuple[Node, Node]:
    """The submission a record came in, and the entry that makes it stand."""
    return submission_node(sources, record["_submission"]), entry_node(sources, form, record, mart)


def submission_node(sources: Sources, number: int) -> Node:
    sent = sources.submission(number)
    facts = {"回执号": sent.receipt, "文件": sent.name, "收到日": sent.received_on, "SHA-256": sent.sha256}
    return Node("submission", f"第 {number} 号报送 {sent.receipt}", facts=facts)


def entry_node(sources: Sources, form: Form, record: Row, mart: str) -> Node:
    """Agrees when the ledger says that this batch's figures stood when `mart` was built."""
    standing = sources.standing(mart, form, record)
    batches = [entry.batch for entry in standing]
    title = f"台账：截至第 {sources.seq(mart)} 号事件，批次 {record['_batch']} 的数在用"
    facts = _facts(next((e for e in standing if e.batch == record["_batch"]), None))
    return compared("entry", title, record["_batch"] in batches, True, why=_elsewhere(batches), facts=facts)


def _facts(entry: Entry | None) -> dict[str, object]:
    if entry is None:
        return {}
    label = state("entry", entry.state).label
    return {"条目": entry.id, "状态": label, "自第几号事件起": entry.from_seq, "修订号": entry.revision}


def _elsewhere(batches: list[int]) -> str:
    return f"在用的是批次 {'、'.join(map(str, batches))}" if batches else "没有在用的批次"
