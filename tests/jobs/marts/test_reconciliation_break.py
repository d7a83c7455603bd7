"""What two sources say of the same thing: every declared comparison by a pair that agrees and one that does not; the kinds by hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from pyspark.sql import DataFrame, SparkSession

from jobs.inputs import Parameters
from jobs.marts.reconciliation_break import reconciliation_break
from schemas.contract import Form
from schemas.load import form, form_names, forms, readable, reconciled, reconciliations
from schemas.reconciled import Reconciliation, Side
from tests.jobs.marts.small import gold, parameters, records, shown

PAIRS: Mapping[str, Mapping[str, Any]] = yaml.safe_load((Path(__file__).parents[2] / "reconciliations" / "pairs.yaml").read_text())
DECLARED = {r.id: r for r in reconciliations()}
_OWN = {"day": "2025-03-04", "month": "2025-03", "quarter": "2025Q1", "year": "2024"}
_BEFORE = "2025-01-02"
_MEETS = {"last": _BEFORE, "december": "2024-12", "quarter_end": "2025-03", "year": "2024", "within": "2025-02-10", "any": _BEFORE}
Rows = dict[str, list[dict[str, Any]]]


def _compared(spark: SparkSession, rows: Rows, declared: Sequence[Reconciliation], filed: Rows | None = None) -> DataFrame:
    """`rows`: form or mart → records. `filed`: forms that others filed, by a period."""
    known = {name: {r["period"] for told in (rows, filed or {}) for r in told.get(name, [])} for name in form_names()}
    periods = {name: tuple(sorted(found)) for name, found in known.items()}
    given = Parameters({f.name: f for f in forms()}, (), (), parameters().codes, periods, reconciliations=tuple(declared))
    read = {
        name: records(spark, form(name), rows.get(name, [])) if name in form_names() else gold(spark, name, rows.get(name, []))
        for name in reconciled()
    }  # fmt: skip
    return reconciliation_break(given, **read)


def _row(side: Side, unit: str, said: Mapping[str, Any], left: str, item: str) -> dict[str, Any]:
    """A record of one side, with its place and the day its form takes its period from."""
    row = {k.replace("{i}", item): v for k, v in said.items()}
    source = readable(side.source)
    own = _OWN[source.calendar.kind] if isinstance(source, Form) else "2025-03"
    period = row.get("period") or (own if side.meets == "same" and not left else left if side.meets == "same" else _MEETS[side.meets])
    day = {source.period_from: date.fromisoformat(period)} if isinstance(source, Form) and source.period_from != "submission" else {}
    tree = {} if isinstance(source, Form) else {"ancestor_id": unit}
    return {**tree, "unit_id": unit, **row, side.unit: unit, "period": period, **day}


def _item(one: Reconciliation) -> tuple[str, str]:
    """The id it is declared under, and the column where one entry was written for many."""
    found = next((name for name in PAIRS if one.id.startswith(f"{name}-") and one.id not in PAIRS), one.id)
    return found, one.id.removeprefix(f"{found}-") if found != one.id else ""


def _pair(one: Reconciliation) -> Iterator[tuple[str, dict[str, Any]]]:
    name, item = _item(one)
    said = PAIRS[name]
    good, bad = map(str, said.get("units", (f"{one.id}+", f"{one.id}-")))
    for unit, change in ((good, {}), (bad, said.get("differs"))):
        left = _row(one.left, unit, said["left"], "", item)
        yield one.left.source, left
        if change is not None:
            right = _row(one.right, unit, {**said["right"], **change}, left["period"], item)
            twice = right.pop("twice", False)
            yield one.right.source, right
            if twice:
                yield one.right.source, {**right, "unit_id": f"{unit}1"}


@pytest.fixture(scope="module")
def every(spark: SparkSession) -> Mapping[tuple[str, str], tuple[str, str]]:
    """(comparison, unit) → state and message, each comparison over its own two units."""
    rows: Rows = {}
    for one in DECLARED.values():
        for source, row in _pair(one):
            rows.setdefault(source, []).append(row)
    made = _compared(spark, rows, [*DECLARED.values()])
    return {(r.reconciliation_id, r.unit_id): (r.state, r.message or "") for r in made.collect()}


@pytest.mark.parametrize("name", sorted(DECLARED))
def test_a_pair_that_agrees_is_said_to_and_one_that_differs_says_how(every: Mapping[tuple[str, str], tuple[str, str]], name: str) -> None:
    good, bad = map(str, PAIRS[_item(DECLARED[name])[0]].get("units", (f"{name}+", f"{name}-")))
    assert every[name, good] == ("一致", "")
    state, message = every[name, bad]
    assert state == "不一致" and message and "{" not in message and "（空）" not in message


def test_there_are_pairs_for_what_is_declared_and_nothing_else() -> None:
    assert {_item(one)[0] for one in DECLARED.values()} == PAIRS.keys()


def _market(**change: Any) -> dict[str, Any]:
    asked = {"unit_id": "A", "fetched_on": date(2025, 3, 4), "period": "2025-03-04", "fetch_status": "ok"}
    return {**asked, "registered_capital": 100, **change}


def _registry(day: str, capital: int | None, **change: Any) -> dict[str, Any]:
    return {"unit_id": "A", "valid_from": date.fromisoformat(day), "period": day, "registered_capital": capital, **change}


def _capital(spark: SparkSession, left: dict[str, Any], *right: dict[str, Any]) -> set[tuple[Any, ...]]:
    made = _compared(spark, {"market_registry": [left], "enterprise_registry": list(right)}, [DECLARED["RC-CAPITAL"]])
    return shown(made, "state", "reason", "difference")


def test_a_source_that_is_out_is_not_compared_and_a_unit_it_does_not_know_is_told(spark: SparkSession) -> None:
    known = _registry("2020-01-01", 90)
    assert _capital(spark, _market(fetch_status="source_down", registered_capital=None), known) == {
        ("无法比对", "市场监管登记来源停用，未作比对", None)
    }  # fmt: skip
    gone = _capital(spark, _market(fetch_status="not_found", registered_capital=None), known)
    assert {row[:2] for row in gone} == {("不一致", "市场监管登记查无此户")}


def test_of_dated_records_the_one_that_holds_on_the_day_is_compared(spark: SparkSession) -> None:
    later = [_registry("2020-01-01", 90), _registry("2024-06-01", 100), _registry("2025-06-01", 70)]
    assert _capital(spark, _market(), *later) == {("一致", "", 0.0)}


def test_what_is_blank_or_was_not_filed_cannot_be_compared(spark: SparkSession) -> None:
    assert _capital(spark, _market(), _registry("2020-01-01", None)) == {("无法比对", "企业名录及户数变动未填", None)}
    assert _capital(spark, _market(registered_capital=None), _registry("2020-01-01", 90)) == {("无法比对", "市场监管登记未填", None)}
    assert _capital(spark, _market()) == {("无法比对", "企业名录及户数变动未报", None)}


def _guarantees(spark: SparkSession, filed: Rows | None, *balances: int) -> set[tuple[Any, ...]]:
    monthly = [{"unit_id": "A", "period": "2025-03", "scope": "single", "guarantee_balance_closing": 300, "_step": "0.01"}]
    lines = [{"unit_id": "A", "period": "2025-03", "guarantee_no": f"D{b}", "balance": b} for b in balances]
    made = _compared(spark, {"monthly_finance": monthly, "guarantee": lines}, [DECLARED["RC-GUARANTEE"]], filed)
    return shown(made, "state", "reason", "right_value")


def test_lines_are_added_up_and_none_is_nothing_once_the_form_was_filed(spark: SparkSession) -> None:
    assert _guarantees(spark, None, 100, 200) == {("一致", "", 300.0)}
    assert _guarantees(spark, None) == {("无法比对", "担保未报", None)}
    others = {"guarantee": [{"period": "2025-03"}]}
    assert _guarantees(spark, others) == {("不一致", "担保无记录，按零计", None)}


def test_a_record_of_another_key_is_not_the_record(spark: SparkSession) -> None:
    paid = {"unit_id": "A", "period": "2025-03-04", "payment_no": "Z1", "topic_id": "T1", "amount": 10}
    decided = {"unit_id": "A", "period": "2025-01-02", "topic_id": "T2", "amount": 10}
    made = _compared(spark, {"large_payment": [paid], "decision": [decided]}, [DECLARED["RC-DECIDED-PAID"]])
    assert shown(made, "match_key", "state", "reason") == {("T1", "无法比对", "三重一大决策无对应记录")}


def test_the_tolerance_of_the_period_judges_and_coarse_figures_agree_to_their_last_digit(spark: SparkSession) -> None:
    one = DECLARED["RC-CAPITAL"]
    strict, lax = (replace(one.tolerances[0], steps=s, relative="0") for s in ("0", "1"))
    dated = replace(one, tolerances=(replace(strict, valid_to=date(2025, 1, 1)), replace(lax, valid_from=date(2025, 1, 1))))
    rows = {"market_registry": [_market(registered_capital=1_000_060, _step=100), _market(
        registered_capital=1_000_060, _step=100, fetched_on=date(2024, 3, 4), period="2024-03-04")],
        "enterprise_registry": [_registry("2020-01-01", 1_000_000, _step="0.01")]}  # fmt: skip
    made = _compared(spark, rows, [dated])
    assert shown(made, "period", "state", "tolerance") == {("2025-03-04", "一致", 100.01), ("2024-03-04", "不一致", 0.0)}
