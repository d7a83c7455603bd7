import itertools
from datetime import date
from pathlib import Path

import pytest

import schemas
from schemas.codes import code_list, spellings
from schemas.load import form, form_names

LISTS = sorted(p.stem for p in (Path(schemas.__file__).parent / "codes").glob("*.csv"))


def valid(name: str, day: date) -> set[str]:
    return {c.code for c in code_list(name) if c.valid_on(day)}


@pytest.mark.parametrize("name", LISTS)
def test_no_code_is_valid_twice_on_one_day_and_none_ends_before_it_begins(name: str) -> None:
    by_code: dict[str, list[tuple[date, date]]] = {}
    for code in code_list(name):
        assert code.code and code.name
        by_code.setdefault(code.code, []).append((code.valid_from, code.valid_to or date.max))
    for spans in by_code.values():
        spans.sort()
        assert all(start < end for start, end in spans)
        assert all(one[1] <= two[0] for one, two in itertools.pairwise(spans))


@pytest.mark.parametrize("name", LISTS)
def test_every_list_says_where_it_comes_from(name: str) -> None:
    path = Path(schemas.__file__).parent / "codes" / f"{name}.csv"
    assert path.read_text(encoding="utf-8").startswith("# ")


@pytest.mark.parametrize("name", LISTS)
def test_a_parent_is_in_the_same_list(name: str) -> None:
    codes = {c.code for c in code_list(name)}
    assert {c.extra["parent"] for c in code_list(name) if c.extra.get("parent")} <= codes


def test_every_list_a_form_names_exists() -> None:
    named = {c.codes for name in form_names() for c in form(name).columns if c.codes}
    assert named <= set(LISTS)


def test_the_ended_divisions_of_qingdao_ended() -> None:
    assert {"370205", "370284", "370282"} <= valid("gbt2260", date(2011, 12, 31))
    assert valid("gbt2260", date(2024, 1, 1)).isdisjoint({"370205", "370284", "370282"})
    assert "370215" in valid("gbt2260", date(2024, 1, 1)) and "370215" not in valid("gbt2260", date(2015, 1, 1))


def test_industries_have_the_edition_of_the_day() -> None:
    day = date(2020, 1, 1)
    small = {c.code for c in code_list("gbt4754") if c.valid_on(day) and c.extra["level"] == "小类"}
    assert len(small) == 1381
    ended = {c.code for c in code_list("gbt4754") if c.valid_to}
    assert ended and ended.isdisjoint(valid("gbt4754", day)) and ended <= valid("gbt4754", date(2015, 1, 1))


def test_supervisors_are_the_city_its_ten_districts_and_its_zones() -> None:
    rows = code_list("supervisor")
    assert [c.code for c in rows if not c.extra["parent"]] == ["sasac"]
    districts = {c.code for c in rows if c.code.isdigit()}
    assert len(districts) == 10 and districts <= valid("gbt2260", date(2024, 1, 1))
    assert {"gaoxin", "zimao"} <= {c.code for c in rows}


def test_a_code_may_be_spelled_as_the_form_prints_it() -> None:
    assert spellings("statement_scope")["合并"] == spellings("statement_scope")["合并报表"] == "consolidated"
    assert spellings("supervisor")["市国资委"] == "sasac"
