"""Why a release has no such row: nothing was sent, nothing stands, or the cell was left blank."""

from __future__ import annotations

from sqlalchemy import select

from catalog.ledger.machine import state
from catalog.ledger.models import Entry, Submission
from catalog.trace.cells import cell_node, read_cell
from catalog.trace.figure import column_of
from catalog.trace.node import Node, compared
from catalog.trace.source import Row, Sources, stood
from schemas.contract import Form
from schemas.delivered import Mart
from schemas.load import form as load_form
from schemas.load import form_names


def absence(sources: Sources, mart: Mart, key: Row) -> Node:
    """The key has no row in `mart`. Agrees when what is there (ledger, cells) says that there is none to publish."""
    forms = [key["form"]] if "form" in key else [name for name in mart.inputs if name in form_names()]
    told = [node for name in forms if name in form_names() for node in _form(sources, mart, load_form(name), key)]
    asked = " ".join(f"{k}={v}" for k, v in key.items())
    title = f"第 {sources.released.id} 号发布的“{mart.title}”没有 {asked} 这一行"
    why = "" if told else "主题表由别的主题表算出；请先追溯它的输入：" + "、".join(mart.inputs)
    return Node("absence", title, why=why, children=tuple(told))


def _form(sources: Sources, mart: Mart, form: Form, key: Row) -> list[Node]:
    wanted = {k: key[k] for k in ("unit_id", "period", "scope") if key.get(k)}
    if not wanted:
        return []
    query = select(Entry).where(Entry.form == form.name, *(getattr(Entry, k) == v for k, v in wanted.items()))
    entries = sources.ledger(query.order_by(Entry.id))
    if not entries:
        return [_nothing_sent(sources, form, wanted)]
    standing = [e for e in entries if stood(e, sources.seq(mart.name))]
    nodes = [_entry(sources, e) for e in entries]
    if not standing:
        return [*nodes, compared("absence", f"{form.title}：没有在用的数", None, None)]
    return [*nodes, *(_blank(sources, form, e, key) for e in standing)]


def _nothing_sent(sources: Sources, form: Form, wanted: Row) -> Node:
    until = sources.released.as_of
    asked = " ".join(wanted.values())
    query = select(Submission).where(Submission.form == form.name, Submission.state == "rejected")
    refused = [s for s in sources.ledger(query) if s.period == wanted.get("period", s.period)]
    facts = {f"被拒收的 {s.receipt}": s.name for s in refused}
    return compared("absence", f"截至 {until}，没有 {asked} 的“{form.title}”报送", None, None, facts=facts)


def _entry(sources: Sources, entry: Entry) -> Node:
    sent, label = sources.submission(entry.submission), state("entry", entry.state).label
    title = f"台账条目 {entry.id}：{sent.receipt}（{sent.name}，{sent.received_on} 收到）{label}"
    return Node("entry", title, facts={"原因": entry.reason} if entry.reason else {})


def _blank(sources: Sources, form: Form, entry: Entry, key: Row) -> Node:
    """A figure that stands nowhere though its statement is in force must have been left blank in the file."""
    name = column_of(form, str(key.get("item", "")), str(key.get("measure", "")))
    if name not in form.by_name:
        asked = " ".join(str(key.get(k, "")) for k in ("item", "measure"))
        return Node("absence", f"{form.title}没有“{asked}”这一项；项目名见 schemas/submissions/{form.name}.yaml")
    where = {"_batch": entry.batch, "unit_id": entry.unit_id, "period": entry.period}
    found = [r for r in sources.lake("silver", form.name, where) if r.get("scope", entry.scope) == entry.scope]
    cells = [(read_cell(sources, form, r, name), r[name]) for r in found]
    why = "这一格有数，却没有发布" if any(stored is not None for _, stored in cells) else ""
    return Node("absence", f"条目 {entry.id} 的文件中“{form.by_name[name].label}”一格", agrees=not why, why=why,
                children=tuple(cell_node(cell, stored) for cell, stored in cells))  # fmt: skip
