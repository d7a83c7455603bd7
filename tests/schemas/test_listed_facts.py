"""What the twenty public files say, recounted with csv and Decimal alone: the facts the contracts' rules are to find."""

import csv
import re
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest
import yaml

from schemas.load import form

FOLDER = Path(__file__).parents[2] / "samples" / "listed"
FORMS = ("balance_sheet", "cash_flow", "income_statement", "profile", "share_capital")
YEARS = ("2010", "2011", "2012", "2013")
AMOUNT = re.compile(r"-?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?")
Figures = Mapping[tuple[str, str], Mapping[str, Decimal | None]]


@cache
def figures(kind: str) -> Figures:
    """(year, stock code) → column of the contract → figure, for companies that filed; None for nothing."""
    name_of = {c.header or c.label: c for c in form(f"listed_{kind}").columns}
    filed = {}
    for year in YEARS:
        with (FOLDER / f"{kind}_{year}.csv").open(encoding="utf-8-sig", newline="") as lines:
            for row in csv.DictReader(lines):
                columns = {name_of[h]: text.strip() for h, text in row.items()}
                said = {c.name: t for c, t in columns.items() if c.name not in ("unit_id", "unit_name")}
                if any(t not in ("", "-") for t in said.values()):
                    numbers = {c.name for c in columns if c.type not in ("text", "unit", "period")}
                    filed[year, row["股票代码"]] = {n: number(t) for n, t in said.items() if n in numbers}
    return filed


def number(text: str) -> Decimal | None:
    if text in ("", "-"):
        return None
    assert AMOUNT.fullmatch(text), text
    return Decimal(text.replace(",", ""))


def value(figure: Decimal | None) -> Decimal:
    return figure or Decimal(0)


def test_every_file_is_in_the_manifest_with_its_form_year_and_day() -> None:
    entries = yaml.safe_load((FOLDER / "manifest.yaml").read_text(encoding="utf-8"))["files"]
    assert {e["file"] for e in entries} == {p.name for p in FOLDER.glob("*.csv")}
    for entry in entries:
        assert entry["file"] == f"{entry['form'].removeprefix('listed_')}_{entry['period']}.csv"
        assert entry["arrived"].year == int(entry["period"]) + 1 and entry["rows"] == 8


@pytest.mark.parametrize("kind", FORMS)
def test_share_counts_and_other_integers_are_whole(kind: str) -> None:
    whole = [c.name for c in form(f"listed_{kind}").columns if c.type == "integer"]
    assert all(value(row[n]) % 1 == 0 for row in figures(kind).values() for n in whole)


@pytest.mark.parametrize(
    ("kind", "counts"),
    [("balance_sheet", [6, 7, 8, 8]), ("income_statement", [6, 7, 8, 8]), ("cash_flow", [6, 7, 8, 8]),
     ("profile", [7, 8, 8, 7])],
)  # fmt: skip
def test_so_many_companies_filed_each_year(kind: str, counts: list[int]) -> None:
    assert [sum(1 for y, _ in figures(kind) if y == year) for year in YEARS] == counts


def test_one_company_owes_more_than_it_has() -> None:
    over = {k: (r["liabilities"], r["assets"]) for k, r in figures("balance_sheet").items()
            if value(r["liabilities"]) > value(r["assets"])}  # fmt: skip
    assert over[("2012", "600579")] == (Decimal("1446508293.29"), Decimal("1109723269.51"))
    assert {year_and_code for year_and_code in over if year_and_code[0] == "2012"} == {("2012", "600579")}


def test_the_zero_filled_columns_are_these_and_no_others() -> None:
    found: dict[str, list[str]] = {}
    for kind in FORMS:
        names = next(iter(figures(kind).values()))
        for name in names:
            by_year = {y: [r[name] for (year, _), r in figures(kind).items() if year == y] for y in YEARS}
            zero = [y for y, all_of in by_year.items() if all(v == 0 for v in all_of)]
            if zero and any(all(v is not None and v != 0 for v in all_of) for all_of in by_year.values()):
                found[f"{kind}.{name}"] = zero
    assert found == {
        "profile.operating_profit": ["2010", "2012", "2013"],
        "profile.total_profit": ["2012", "2013"],
        "profile.cfo_per_share": ["2012", "2013"],
        "profile.net_assets_per_share": ["2012", "2013"],
        "balance_sheet.fixed_assets": ["2013"],
        "balance_sheet.undistributed_profit": ["2013"],
    }


def test_the_cash_roll_forward_breaks_four_times() -> None:
    rows = figures("cash_flow")
    gaps = {}
    for (year, code), row in rows.items():
        before = rows.get((str(int(year) - 1), code))
        if before:
            gap = value(row["cash_eq_closing"]) - value(before["cash_eq_closing"]) - value(row["net_cash_increase"])
            if gap:
                gaps[year, code] = str(gap)
    assert gaps == {
        ("2011", "600690"): "347290295.17", ("2012", "600690"): "1818038.81",
        ("2012", "600735"): "75598532.13", ("2013", "600579"): "191808279.33",
    }  # fmt: skip


def test_profile_and_statements_agree_wherever_the_profile_is_not_zero() -> None:
    pairs = [(check.predicate, rule) for rule in form("listed_profile").rules for check in rule.checks]
    compared = 0
    for _, rule in pairs:
        column = rule.checks[0].at
        other, _, theirs = rule.checks[0].expected.partition(".")
        for key, row in figures("profile").items():
            statement = figures(other.removeprefix("listed_")).get(key)
            if statement and value(row[column]):
                compared += 1
                assert row[column] == statement[theirs], (rule.id, key)
    assert compared > 100
