import json
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from catalog.ledger.engine import connect
from catalog.ledger.models import Batch, Entry
from catalog.settings import Settings
from catalog.trace import Node, NoSuchThing, as_json, trace, traced
from catalog.trace.source import Sources
from catalog.trace.tree import tree_at
from catalog.trace.walk import walk
from schemas.load import mart as load_mart
from tests.catalog.trace.conftest import Change, Tamper, key_of, rows, some

LIABILITIES = {
    "form": "listed_balance_sheet", "unit_id": "sse:600579", "period": "2012", "scope": "consolidated",
    "item": "liabilities", "measure": "closing",
}  # fmt: skip


def _given(value: Any, _: Any) -> Any:
    return value


@pytest.fixture(scope="module")
def sources(released: Settings) -> Iterator[Sources]:
    """The release, opened once for many keys."""
    opened = Sources(released)
    yield opened
    opened.close()


def disagreeing(node: Node) -> list[str]:
    return [f"{n.title}：{n.why}" for n in node.walk() if n.agrees is False]


def texts(node: Node) -> str:
    return json.dumps(as_json(node), ensure_ascii=False)


@pytest.mark.parametrize("mart", ["statement", "indicator_value", "measure"])
def test_twenty_random_rows_agree_with_the_archived_files(released: Settings, sources: Sources, mart: str) -> None:
    for key in some(released, mart, 20):
        node = traced(sources, mart, key)
        assert node.agrees is True, (key, disagreeing(node))


@pytest.mark.parametrize(
    ("mart", "kinds"),
    [
        ("indicator_value", ("scope", "vintage", "unit")), ("measure", ("measure_id",)), ("enterprise_tree", ("depth", "is_supervisor")),
        ("submission_coverage", ("form", "maturity", "reason")), ("data_quality", ("severity", "dimension")),
        ("relation_finding", ("rule_id",)), ("warning", ("warning_id", "level")),
        ("reconciliation_break", ("reconciliation_id", "state")), ("ownership", ("controls", "steps", "in_cycle", "method")),
    ],
)  # fmt: skip
def test_one_row_of_each_kind_agrees(released: Settings, sources: Sources, mart: str, kinds: tuple[str, ...]) -> None:
    one = {tuple(row[k] for k in kinds): key_of(mart, row) for row in rows(released, mart)}
    assert len(one) > 1
    for key in one.values():
        node = traced(sources, mart, key)
        assert node.agrees is True, (key, disagreeing(node))


def test_every_indicator_of_a_unit_agrees(released: Settings, sources: Sources) -> None:
    one = {row["indicator_id"]: key_of("indicator_value", row) for row in rows(released, "indicator_value", scope="single")}
    assert len(one) > 50
    for key in one.values():
        node = traced(sources, "indicator_value", key)
        assert node.agrees is True, (key, disagreeing(node))


def test_every_tree_climbed_again_is_the_published_one(released: Settings) -> None:
    """Units that moved, were founded or dissolved included."""
    published: dict[str, dict[str, dict[str, int]]] = defaultdict(lambda: defaultdict(dict))
    for row in rows(released, "enterprise_tree"):
        published[row["period"]][row["ancestor_id"]][row["unit_id"]] = row["depth"]
    sources = Sources(released)
    climbed = {period: tree_at(sources, period, "enterprise_tree").below for period in published}
    sources.close()
    assert climbed == published
    assert len({frozenset(tree["jg:sasac"]) for tree in published.values()}) > 1


def test_a_public_figure_is_walked_to_file_line_and_column(released: Settings) -> None:
    node = trace(released, "statement", LIABILITIES)
    assert node.recomputed == Decimal("1446508293.29")
    told = texts(node)
    assert "balance_sheet_2012.csv:5:71" in told
    assert "1,446,508,293.29" in told
    assert "R000000" in told


def test_a_rolled_up_indicator_names_its_formula_its_members_and_their_cells(released: Settings) -> None:
    key = {"indicator_id": "debt_ratio", "unit_id": "jg:gaoxin", "period": "2025-03", "scope": "aggregate"}
    told = texts(trace(released, "indicator_value", key))
    for wanted in ("liabilities_closing / assets_closing", "汇总范围", "单元格原文", "应报户数"):
        assert wanted in told


@pytest.mark.parametrize(
    ("mart", "where", "column", "change"),
    [
        ("statement", LIABILITIES, "value", lambda v: v + 1),
        ("statement", LIABILITIES, "_row", lambda v: v + 1),
        ("indicator_value", {"scope": "consolidated"}, "value", lambda v: v + Decimal("0.00000001")),
        ("indicator_value", {"scope": "aggregate"}, "value", lambda v: v + Decimal("0.00000001")),
        ("indicator_value", {"scope": "aggregate"}, "late", lambda v: v + 1),
        ("indicator_value", {"indicator_id": "total_profit", "scope": "aggregate"}, "comparable_previous", lambda v: v + 1),
        ("measure", {"measure_id": "losing_units"}, "value", lambda v: v + 1),
        ("measure", {"measure_id": "reports_on_time"}, "rows", lambda v: v + 1),
        ("enterprise_tree", {"depth": "1"}, "depth", lambda v: 2),
        ("submission_coverage", {"form": "monthly_finance"}, "late", lambda v: not v),
        ("submission_coverage", {"form": "monthly_finance"}, "maturity", lambda v: "未到期"),
        ("data_quality", {"broken": "1"}, "broken", lambda v: 0),
        ("relation_finding", {"rule_id": "LCF-10"}, "seen", lambda v: "1"),
        ("warning", {"warning_id": "W01"}, "level", lambda v: "蓝"),
        ("warning", {"warning_id": "W09"}, "value", lambda v: v + 1),
        ("warning", {"warning_id": "W11"}, "value", lambda v: v + Decimal("0.00000001")),
        ("warning", {"warning_id": "W11"}, "level", lambda v: "蓝"),
    ],
)  # fmt: skip
def test_a_number_that_is_not_what_was_reported_is_told(
    tamper: Tamper, released: Settings, mart: str, where: dict[str, str], column: str, change: Change
) -> None:
    row = next(r for r in rows(released, mart, **where) if r[column] is not None)
    key = {k: v for k, v in key_of(mart, row).items() if k != column}
    settings = tamper(mart, key, {column: change})
    node = trace(settings, mart, key)
    assert node.agrees is False
    assert node.why
    assert trace(settings, mart, key, release=1).agrees is True


def test_a_wrong_figure_is_told_of_the_indicator_above_it(tamper: Tamper, released: Settings) -> None:
    where = {"form": "monthly_finance", "field": "assets_closing", "scope": "single"}
    row = rows(released, "statement", **where)[0]
    settings = tamper("statement", key_of("statement", row), {"value": lambda v: v * 2})
    key = {k: row[k] for k in ("unit_id", "period", "scope")}
    node = trace(settings, "indicator_value", {"indicator_id": "debt_ratio", **key})
    assert node.agrees is False
    assert "资产总计" in node.why
    assert node.recomputed == node.published


def test_a_finding_that_the_files_do_not_bear_out_is_told(tamper: Tamper, released: Settings) -> None:
    """A clean pair of records is given a finding that is not theirs."""
    row = next(r for r in rows(released, "relation_finding", rule_id="LCF-10") if r["unit_id"] == "sse:600690")
    clean = next(
        r for r in rows(released, "statement", form="listed_cash_flow", field="cash_eq_closing", period="2013")
        if r["unit_id"] not in ("sse:600579", "sse:600690")
    )  # fmt: skip
    moved = ("unit_id", "period", "_batch", "_row")
    settings = tamper(
        "relation_finding", key_of("relation_finding", row), {c: partial(_given, clean[c]) for c in moved}
    )
    node = trace(settings, "relation_finding", key_of("relation_finding", {**row, **{c: clean[c] for c in moved}}))
    assert node.agrees is False
    assert "相符" in str(node.recomputed)


def test_a_warning_that_no_line_bears_out_is_told(tamper: Tamper, released: Settings) -> None:
    """A unit far below every line is given the warning of another."""
    row = rows(released, "warning", warning_id="W01")[0]
    healthy = next(r for r in rows(released, "indicator_value", indicator_id="debt_ratio", scope="single") if r["value"] < Decimal("0.5"))
    place = {k: healthy[k] for k in ("unit_id", "period", "scope")}
    evidence = json.dumps([{"mart": "indicator_value", "indicator_id": "debt_ratio", **place}])
    given = {**place, "value": healthy["value"], "evidence": evidence}
    settings = tamper("warning", key_of("warning", row), {k: partial(_given, v) for k, v in given.items()})
    node = trace(settings, "warning", {"warning_id": "W01", **place})
    assert node.recomputed == "不预警"
    assert node.agrees is False


def test_a_row_that_no_condition_holds_of_bears_out_no_warning(tamper: Tamper, released: Settings) -> None:
    """A unit with cash for twice what is due is given the warning of one that has none, in its own name."""
    row = rows(released, "warning", warning_id="W11")[0]
    poor = {(r["unit_id"], r["period"], r["scope"]) for r in rows(released, "warning", warning_id="W11")}
    places = {(r["unit_id"], r["period"], r["scope"]) for r in rows(released, "statement", form="monthly_finance", scope="single")}
    place = dict(zip(("unit_id", "period", "scope"), sorted(places - poor)[0], strict=True))
    given = {**place, "evidence": json.dumps([{"mart": "monthly_finance", **place}])}
    settings = tamper("warning", key_of("warning", row), {k: partial(_given, v) for k, v in given.items()})
    node = trace(settings, "warning", {"warning_id": "W11", **place})
    assert node.recomputed == "不预警" and node.agrees is False


def test_evidence_of_another_unit_is_no_evidence(tamper: Tamper, released: Settings) -> None:
    found = rows(released, "warning", warning_id="W01")
    one, other = found[0], next(r for r in found if r["unit_id"] != found[0]["unit_id"] and r["level"] == found[0]["level"])
    given = {"evidence": other["evidence"], "value": other["value"]}
    settings = tamper("warning", key_of("warning", one), {k: partial(_given, v) for k, v in given.items()})
    assert trace(settings, "warning", key_of("warning", one)).agrees is False


def test_a_figure_read_from_a_column_with_another_name_is_not_confirmed(copied: Settings) -> None:
    """Even where the value is the same: the ledger is made to say that another column of equal value holds the item."""
    record = {k: LIABILITIES[k] for k in ("form", "unit_id", "period")}
    zero = [r for r in rows(copied, "statement", **record) if r["value"] == 0]
    with Session(connect(copied.ledger)) as session, session.begin():
        batch = session.get_one(Batch, zero[0]["_batch"])
        header = json.loads(json.dumps(batch.header))
        columns = header[zero[0]["_source"]]["columns"]
        columns[zero[0]["field"]] = columns[zero[1]["field"]]
        session.execute(update(Batch).where(Batch.id == batch.id).values(header=header))
    node = trace(copied, "statement", key_of("statement", zero[0]))
    assert node.published == node.recomputed == 0
    assert node.agrees is False
    assert "行列标题" in node.why


def test_a_figure_of_a_report_that_was_replaced_is_told(tamper: Tamper, released: Settings) -> None:
    """The first revision's cell says so too; the ledger says that it no longer counts."""
    sources = Sources(released)
    replaced = sources.ledger(select(Entry).where(Entry.state == "superseded", Entry.form == "monthly_finance"))
    entry, record = next(
        (e, r) for e in replaced
        for r in sources.lake("silver", e.form, {"_batch": e.batch, "unit_id": e.unit_id, "period": e.period})
        if r["scope"] == e.scope
    )  # fmt: skip
    sources.close()
    key = {"form": entry.form, "unit_id": entry.unit_id, "period": entry.period, "scope": entry.scope}
    key |= {"item": "assets", "measure": "closing"}
    given = {"value": record["assets_closing"], **{k: record[k] for k in ("_batch", "_submission", "_row", "_source")}}
    settings = tamper("statement", key, {k: partial(_given, v) for k, v in given.items()})
    node = trace(settings, "statement", key)
    assert node.published == node.recomputed
    assert node.agrees is False
    assert "在用的是批次" in node.why


def test_an_archived_file_whose_bytes_changed_is_not_believed(copied: Settings) -> None:
    row = rows(copied, "statement", **LIABILITIES)[0]
    sources = Sources(copied)
    sha256 = sources.submission(row["_submission"]).sha256
    sources.close()
    archive = Path(copied.lake) / "archive"
    kept = {path.name: path.read_bytes() for path in archive.iterdir() if path.name == sha256}
    archive.unlink()
    archive.mkdir()
    (archive / sha256).write_bytes(kept[sha256].replace(b"1,446", b"1,447"))
    node = trace(copied, "statement", LIABILITIES)
    assert node.agrees is False
    assert "SHA-256" in node.why


def test_a_report_that_never_came_is_an_absence_with_the_day_it_is_absent_until(released: Settings) -> None:
    row = next(r for r in rows(released, "submission_coverage", form="monthly_finance") if r["reason"] == "未收到")
    key = {k: row[k] for k in ("form", "unit_id", "period", "scope")}
    node = trace(released, "statement", key)
    assert node.kind == "absence"
    assert node.agrees is True
    assert f"截至 {released.today.isoformat()}，没有 {row['unit_id']}" in texts(node)


def test_a_returned_report_is_an_absence_with_the_reason_it_was_returned(released: Settings) -> None:
    node = trace(released, "statement", {"form": "listed_income_statement", "unit_id": "sse:600579", "period": "2011"})
    assert node.kind == "absence"
    assert "退回" in texts(node)
    assert "NIL-RECORD" in texts(node)


def test_a_cell_left_blank_is_an_absence_shown_by_its_cell(released: Settings) -> None:
    """Only a consolidated statement counts its units."""
    row = next(r for r in rows(released, "submission_coverage", form="monthly_finance", scope="single") if r["received"])
    key = {k: row[k] for k in ("form", "unit_id", "period", "scope")}
    node = trace(released, "statement", {**key, "item": "units", "measure": "closing"})
    assert node.kind == "absence"
    assert node.agrees is True
    assert "并表户数" in texts(node)


def test_what_nobody_asks_for_is_not_called_sound(released: Settings) -> None:
    node = trace(released, "statement", {**LIABILITIES, "item": "no_such_item"})
    assert node.agrees is None
    assert "没有“no_such_item closing”这一项" in texts(node)


@pytest.mark.parametrize(
    ("mart", "form"),
    [("indicator_value", ""), ("submission_coverage", "monthly_finance"), ("relation_finding", "monthly_finance"),
     ("enterprise_tree", ""), ("data_quality", "monthly_finance"), ("fund_flow", ""), ("guarantee_exposure", ""),
     ("investment_chain", ""), ("property_movement", ""), ("decision_compliance", "")],
)  # fmt: skip
def test_a_mart_is_walked_back_by_its_declaration_alone(released: Settings, mart: str, form: str) -> None:
    """What a mart added later gets: its inputs by shared keys, down to cells, without a line of code."""
    sources, declared = Sources(released), load_mart(mart)
    node = walk(sources, declared, rows(released, mart, **({"form": form} if form else {}))[0], {})
    sources.close()
    below = [n for n in node.walk() if n is not node]
    assert len(below) >= len(declared.inputs)
    assert not disagreeing(node)
    assert any(n.kind in ("row", "mart", "entry") for n in below)


@pytest.mark.parametrize(
    ("mart", "key", "release", "reason"),
    [
        ("no_such", {}, None, "没有“no_such”这张主题表"),
        ("statement", {"colour": "red"}, None, "键没有 colour"),
        ("statement", {"unit_id": "sse:600579"}, None, "请再给出 form、period"),
        ("statement", LIABILITIES, 99, "没有第 99 号发布"),
    ],
)
def test_a_question_that_has_no_answer_is_refused_with_what_to_ask(
    released: Settings, mart: str, key: dict[str, Any], release: int | None, reason: str
) -> None:
    with pytest.raises(NoSuchThing, match=reason):
        trace(released, mart, key, release)


def test_a_question_before_the_first_night_creates_no_ledger(settings: Settings) -> None:
    with pytest.raises(NoSuchThing, match="还没有台账"):
        trace(settings, "statement", LIABILITIES)
    assert not (settings.home / "ledger.db").exists()
