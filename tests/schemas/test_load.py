import copy
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import schemas
from schemas.delivered import Indicator
from schemas.form_document import parse_form
from schemas.load import form, form_names, forms, indicators, mart, measures, readable, warnings
from schemas.reading import ContractError, read_yaml
from schemas.watch_document import parse_indicators, parse_warning

DOCUMENT = Path(schemas.__file__).parent / "submissions" / "enterprise_registry_line.yaml"


@pytest.fixture
def document() -> dict[str, Any]:
    return copy.deepcopy(read_yaml(DOCUMENT))


def refusal(document: dict[str, Any]) -> str:
    with pytest.raises(ContractError) as refused:
        parse_form(document, "forms/x.yaml")
    return str(refused.value)


def test_the_forms_of_the_first_night_are_there() -> None:
    listed = {f"listed_{n}" for n in ("profile", "balance_sheet", "income_statement", "cash_flow", "share_capital")}
    assert listed | {"enterprise_registry", "enterprise_registry_line", "monthly_finance"} <= set(form_names())


def test_a_misspelt_key_of_a_column_is_refused(document: dict[str, Any]) -> None:
    document["schema"][0]["properties"][2]["requird"] = True
    assert "requird" in refusal(document)


def test_a_misspelt_key_of_a_rule_is_refused(document: dict[str, Any]) -> None:
    document["schema"][0]["quality"][0]["severty"] = "error"
    assert "severty" in refusal(document)


def test_a_rule_with_a_predicate_and_a_kind_is_refused(document: dict[str, Any]) -> None:
    document["schema"][0]["quality"][-1]["kind"] = "check_digit"
    assert "predicate" in refusal(document)


def test_a_column_that_stands_twice_is_refused(document: dict[str, Any]) -> None:
    document["schema"][0]["properties"].append("share")
    assert "share" in refusal(document)


def test_a_code_column_without_its_list_is_refused(document: dict[str, Any]) -> None:
    document["schema"][0]["properties"].append({"name": "kind", "label": "类别", "type": "code"})
    assert "codes" in refusal(document)


def test_a_form_nobody_declared_is_named_in_the_error() -> None:
    with pytest.raises(KeyError, match="annual_finance_x"):
        form("annual_finance_x")


def test_the_card_has_all_111_lines_with_their_measures() -> None:
    made = form("monthly_finance")
    assert {int(i.number.rstrip("abc")) for i in made.items} == set(range(1, 112))
    assert {c.measure for c in made.columns if c.item == "total_profit"} == {"month", "ytd", "ly_month", "ly_ytd"}
    assert {c.measure for c in made.columns if c.item == "assets"} == {"opening", "closing", "ly_closing"}
    assert not any(c.required for c in made.columns if c.measure == "ly_month")


def test_every_relation_of_the_monthly_report_is_a_rule() -> None:
    ids = {r.id.partition("-")[0] for r in form("monthly_finance").rules}
    assert {f"B{n:02d}" for n in range(1, 18)} <= ids


def test_a_relation_rule_is_never_an_error() -> None:
    assert {r.id for made in forms() for r in made.relation_rules if r.severity == "error"} == set()


def test_a_rule_of_every_flow_skips_what_does_not_add_up() -> None:
    shown = {c.at for c in form("monthly_finance").rule["B14-1"].checks}
    assert "total_profit_ytd" in shown and "assets_closing" not in shown
    assert shown.isdisjoint({"cash_eq_closing_ytd", "loss_amount_ytd", "avg_headcount_ytd"})


def test_the_cell_shown_and_the_columns_of_kinds_exist() -> None:
    for made in forms():
        for rule in made.rules:
            assert {c.at for c in rule.checks if c.at} <= set(made.by_name), rule.id
            assert rule.parameters.get("column", made.key[0]) in made.by_name, rule.id


def test_banks_do_not_split_by_term() -> None:
    assert "statement_type NOT IN" in form("monthly_finance").rule["B06-3"].checks[0].predicate
    assert "statement_type" not in form("monthly_finance").rule["B08-4"].checks[0].predicate


def test_public_companies_are_labelled_and_expected_by_a_list() -> None:
    for made in forms():
        if made.name.startswith("listed_"):
            assert made.label == "公开披露样例" and made.source == "external"
            assert made.calendar.reporters == "list" and made.calendar.reporter_list == "listed_reporters"


def test_the_six_indicators_of_2023_are_there() -> None:
    five = [i for i in indicators() if "“一利五率”" in i.source]
    assert {i.title for i in five} == {"利润总额", "资产负债率", "净资产收益率", "研发经费投入强度", "全员劳动生产率", "营业现金比率"}
    assert all((i.valid_from, i.vintage, i.every) == (date(2023, 1, 1), "2023", "month") for i in five)


def test_public_companies_are_judged_by_two_warnings_alone() -> None:
    assert {w.id for w in warnings() if any(f.startswith("listed_") for f in w.judges)} == {"W02", "W09"}


def test_warnings_name_only_forms_and_findings_that_exist() -> None:
    for warning in warnings():
        rules = {i for name in warning.judges for i in form(name).rule}
        assert set(warning.parameters.get("rules", ())) <= rules
        assert warning.parameters.get("indicator", "debt_ratio") in {i.id for i in indicators()}
        assert warning.lines


READS = {"reads": "monthly_finance", "when": "cash_closing < 1"}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"parameters": {"reads": "nowhere", "when": "cash_closing < 1"}}, "nowhere"),
        ({"parameters": {"reads": "monthly_finance", "when": "cash < line"}}, "没有列 cash；"),
        ({"parameters": {"reads": "monthly_finance"}}, "都要有 when"),
        ({"message": "{unit_name} {cash}"}, "没有列 cash；"),
        ({"parameters": {**READS, "value": "cash"}}, "没有列 cash；"),
        ({"parameters": {**READS, "figures": {"x": {"formula": "cash / 2"}}, "value": "x"}}, "没有列 cash；"),
        ({"parameters": {"reads": "monthly_finance", "when": "cash_closing < previous.cash_closing"}}, "compare"),
        ({"parameters": {**READS, "compare": "tomorrow"}}, "compare"),
        ({"parameters": {**READS, "unless": "x"}}, "unless"),
    ],
)  # fmt: skip
def test_a_row_warning_that_names_what_is_not_there_is_refused_when_loaded(change: dict[str, Any], told: str) -> None:
    entry = {
        "id": "W", "title": "试", "domain": "财务", "kind": "row", "message": "{unit_name} {cash_closing} {line}", "owner": "处",
        "judges": ["monthly_finance"], "parameters": {"reads": "monthly_finance", "when": "cash_closing < line"},
        "lines": [{"level": "红", "values": {"line": "1"}}],
    }  # fmt: skip
    assert parse_warning("试", dict(entry), readable).lines[0].when == "cash_closing < line"
    with pytest.raises(ContractError, match=told):
        parse_warning("试", {**entry, **change}, readable)


def test_what_row_warnings_read_is_an_input_of_the_mart_and_what_it_rests_on() -> None:
    made, read = mart("warning"), {w.parameters["reads"] for w in warnings() if w.kind == "row"}
    assert read <= set(made.inputs) and "reads" not in made.inputs and len(set(made.inputs)) == len(made.inputs)
    assert {"monthly_finance.cash_closing", "monthly_finance.scope"} <= set(made.by_name["level"].rests_on)


FIGURE = {
    "id": "x", "title": "数", "definition": "数", "formula": "guarantee_outstanding / equity_closing", "unit": "%", "direction": "越小越好",
    "owner": "财务监管处", "grade": "重要", "source": "试", "vintage": "2023", "rollup": "recompute",
}  # fmt: skip


def _parsed(entry: dict[str, Any]) -> list[Indicator]:
    return list(parse_indicators("x", entry, {m.id: m for m in measures()}, [f for f in forms() if f.statement]))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"formula": "guarantee_outstandin / equity_closing"}, "既不是报表项目，也不是"),
        ({"formula": "bad_assets / equity_closing"}, "既不是报表项目，也不是"),
        ({"formula": "planned / equity_closing"}, "改 every 为 year"), ({"growth": True}, "growth 只用于"), ({"every": "week"}, "只能是"),
    ],
)  # fmt: skip
def test_a_formula_may_name_items_of_its_statement_and_measures_alone(change: dict[str, Any], told: str) -> None:
    with pytest.raises(ContractError, match=told):
        _parsed({**FIGURE, **change})


def test_an_indicator_for_months_and_years_reads_the_report_and_the_accounts() -> None:
    made = _parsed({**FIGURE, "formula": "liabilities_closing / assets_closing", "every": ["month", "year"]})
    assert [(i.every, i.statement) for i in made] == [("month", "month"), ("year", "year")]


def test_a_line_with_a_base_is_a_line_for_each_dated_row_of_its_list() -> None:
    """The central enterprises' lines of 2017 are the default: 65 and 70 % in industry, 70 and 75 % elsewhere."""
    (w01,) = (w for w in warnings() if w.id == "W01")
    assert {(line.level, line.industry, line.values["line"]) for line in w01.lines} >= {
        ("黄", "06-46", "0.65"), ("红", "06-46", "0.70"), ("黄", "*", "0.70"), ("红", "*", "0.75"),
    }  # fmt: skip
    assert all("中央企业2017年" in line.source for line in w01.lines if line.industry in ("*", "06-46"))
