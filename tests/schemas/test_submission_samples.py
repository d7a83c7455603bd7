"""The samples are the specification of a form: this looks that they are complete; `intake` is held to them elsewhere."""

import csv
from pathlib import Path

import pytest

from schemas.implied import all_rules
from schemas.labels import normalise
from schemas.load import form, form_names

SAMPLES = Path(__file__).parent.parent / "samples"
# Rules of a whole file or entry, told by the file's own tests.
ELSEWHERE = {"HDR-MISSING", "HDR-UNKNOWN", "ACC-ENTRY", "PER-DIFF"}

# The same for every form (schemas/slips.yaml): tested once, in tests/expectations/test_slips.py.
SLIPS = "SLP-"


def rows(name: str) -> list[dict[str, str]]:
    with (SAMPLES / name / "submission.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def expected(name: str) -> list[set[str]]:
    return [set(filter(None, row["expected"].split(";"))) for row in rows(name)]


@pytest.mark.parametrize("name", form_names())
def test_every_authored_rule_of_a_record_has_a_row_that_fails_it(name: str) -> None:
    authored = {r.id for r in form(name).row_rules if not r.id.startswith(SLIPS)}
    assert authored - set().union(*expected(name)) == set()


@pytest.mark.parametrize("name", form_names())
def test_every_authored_rule_of_a_record_has_a_row_that_no_other_rule_catches(name: str) -> None:
    authored = {r.id for r in form(name).row_rules if not r.id.startswith(SLIPS)}
    alone = [{i for i in ids if not i.startswith(SLIPS)} for ids in expected(name)]
    assert [i for i in sorted(authored) if {i} not in alone] == []


@pytest.mark.parametrize("name", form_names())
def test_every_family_of_implied_rules_has_a_row_that_fails_it(name: str) -> None:
    made = form(name)
    families = {r.id.partition("-")[0] for r in all_rules(made) if r.id not in ELSEWHERE and r not in made.rules}
    if not any(c.codes for c in made.columns):
        families.discard("COD")
    if name.startswith("enterprise_registry"):
        families.discard("NIL")  # a registry record without a fact breaks REQ- first
    assert families - {i.partition("-")[0] for ids in expected(name) for i in ids} == set()


@pytest.mark.parametrize("name", form_names())
def test_the_rows_name_only_rules_of_the_form(name: str) -> None:
    assert set().union(*expected(name)) <= {r.id for r in all_rules(form(name))}


@pytest.mark.parametrize("name", form_names())
def test_a_clean_row_passes_every_rule_and_each_row_says_its_case(name: str) -> None:
    assert any(not ids for ids in expected(name))
    assert all(row["case"] for row in rows(name))


@pytest.mark.parametrize("name", form_names())
def test_a_sample_has_every_column_of_its_form(name: str) -> None:
    known = {normalise(text): c.name for c in form(name).columns for text in c.names}
    headers = [normalise(h) for h in rows(name)[0] if h not in ("expected", "case")]
    assert [h for h in headers if h not in known] == []
    assert {known[h] for h in headers} == set(form(name).by_name)
