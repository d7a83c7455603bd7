"""What a person reads after a night of the sample city."""

import json
import shlex

import pytest

from schemas.load import mart, mart_names
from tests.conftest import SampleNight
from tests.prompt import Guozi, prompt


@pytest.fixture
def guozi(sample_night: SampleNight, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Guozi:
    """Runs a reading command on the sample night."""
    return prompt(sample_night.settings, monkeypatch, capsys)


def test_every_file_of_the_sample_is_accounted_for(guozi: Guozi, sample_night: SampleNight) -> None:
    told = json.loads(guozi("status", "--json")[1])["submissions"]
    rows = [dict(zip(told["columns"], row, strict=True)) for row in told["rows"]]
    assert sum(r["received"] for r in rows) == sample_night.sample.files
    for row in rows:
        assert row["waiting"] == 0
        assert row["accepted"] + row["partial"] + row["returned"] + row["rejected"] == row["received"], row["form"]


def test_the_page_shows_submissions_findings_warnings_marts_places_and_what_to_try(guozi: Guozi) -> None:
    code, page, _ = guozi("status")
    assert code == 0
    for part in ("报送（份）与记录（条）", "拒收原因", "报表条目：", "审核问题（按规则）", "预警", "次发布", "数据所在：", "接下来："):
        assert part in page, part
    assert all(name in page for name in mart_names())


def test_every_rule_that_was_broken_is_named_in_words(guozi: Guozi) -> None:
    findings = json.loads(guozi("status", "--json")[1])["findings"]["rows"]
    page = guozi("status")[1].splitlines()
    for rule, *_ in findings:
        (line, *_) = [text.split() for text in page if text.split()[:1] == [rule]]
        assert len(line) >= 7, line


def test_the_number_the_page_proposes_to_trace_agrees_with_its_cells(guozi: Guozi) -> None:
    proposed = next(line for line in guozi("status")[1].splitlines() if "guozi trace" in line)
    arguments = shlex.split(proposed.strip().partition("    ")[0])[1:]
    code, tree, _ = guozi(*arguments)
    assert code == 0 and "✓" in tree and "✗" not in tree


def test_every_mart_and_every_column_of_it_is_described(guozi: Guozi) -> None:
    assert {row["主题表"] for row in json.loads(guozi("sql", "--json")[1])} == set(mart_names())
    query = "SELECT table_name, column_name, comment FROM duckdb_columns() WHERE NOT internal"
    described = {(r["table_name"], r["column_name"]): r["comment"] for r in json.loads(guozi("sql", query, "--json")[1])}
    for name in mart_names():
        for column in mart(name).columns:
            assert (described[name, column.name] or "").startswith(column.label), (name, column.name)


def test_a_file_refused_whole_is_found_by_its_rule(guozi: Guozi) -> None:
    (refused,) = json.loads(guozi("findings", "--rule", "SUB-DUPLICATE", "--json")[1])
    assert refused["severity"] == "error" and refused["address"] and "回执" in refused["message"]
    assert json.loads(guozi("findings", "--receipt", refused["receipt"], "--json")[1]) == [refused]


def test_relation_findings_are_found_like_any_other(guozi: Guozi) -> None:
    found = json.loads(guozi("findings", "--form", "listed_cash_flow", "--rule", "LCF-10", "--json")[1])
    assert {(f["unit_id"], f["period"]) for f in found} == {
        ("sse:600690", "2011"), ("sse:600735", "2012"), ("sse:600690", "2012"), ("sse:600579", "2013"),
    }  # fmt: skip


def test_an_unknown_column_of_a_query_is_told_with_what_to_do(guozi: Guozi) -> None:
    code, _, err = guozi("sql", "SELECT nothing FROM statement")
    assert code == 2 and "DESCRIBE" in err
