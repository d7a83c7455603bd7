"""What is written: the same bytes for a seed, files of every kind, and a truth that agrees with itself."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import samples
from samples.compose import make_plan

FIRST_NIGHT = ("monthly_finance", "enterprise_registry", "enterprise_registry_line", "listed")
Place = tuple[str, str, str, str]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[samples.Summary]:
    yield samples.generate(tmp_path_factory.mktemp("city"), seed=1)


@pytest.fixture(scope="module")
def truth(made: samples.Summary) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((made.truth / "truth.json").read_text(encoding="utf-8"))
    return loaded


def tree(folder: Path) -> dict[str, str]:
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def place(row: dict[str, Any]) -> Place:
    return row["form"], row["unit_id"], row["period"], row["scope"]


def found(truth: dict[str, Any]) -> dict[Place, set[str]]:
    rules: dict[Place, set[str]] = {}
    for row in (*truth["findings"], *truth["relations"]):
        rules.setdefault(place(row), set()).add(row["rule_id"])
    return rules


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(made: samples.Summary, tmp_path: Path) -> None:
    again = samples.generate(tmp_path / "again", seed=1)
    other = samples.generate(tmp_path / "other", seed=2)
    assert tree(again.incoming.parent) == tree(made.incoming.parent)
    assert tree(other.incoming / "monthly_finance") != tree(made.incoming / "monthly_finance")


def sent(made: samples.Summary) -> list[Path]:
    return [p for p in made.incoming.rglob("*") if p.is_file() and p.name != "manifest.yaml"]


def test_a_small_city_sends_files_of_every_kind_and_form(made: samples.Summary) -> None:
    """About two hundred monthly reports, registry and public files, and at most a hundred and fifty of all other forms."""
    files = sent(made)
    first_night = [p for p in files if p.relative_to(made.incoming).parts[0] in FIRST_NIGHT]
    assert len(files) == made.files
    assert 180 <= len(first_night) <= 220 and len(files) - len(first_night) <= 150
    assert {p.suffix for p in files} == {".xlsx", ".csv", ".json", ".zip"}
    assert sum("listed" in p.parts for p in files) == 20
    assert made.units == 40 and made.records <= 8_000


def test_a_domain_alone_is_sent_with_the_registry_only(tmp_path: Path) -> None:
    funds = samples.generate(tmp_path / "funds", seed=1, listed=False, domains=["funds"])
    assert {p.relative_to(funds.incoming).parts[0] for p in sent(funds)} == {
        "enterprise_registry", "enterprise_registry_line", "large_payment", "guarantee", "financing", "bank_account",
    }  # fmt: skip


def test_an_unknown_domain_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="业务领域"):
        samples.generate(tmp_path / "x", seed=1, domains=["weather"])


def test_generating_into_a_folder_that_holds_something_is_refused(made: samples.Summary) -> None:
    with pytest.raises(FileExistsError):
        samples.generate(made.incoming.parent, seed=1)


def test_an_unknown_size_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="样例规模"):
        samples.generate(tmp_path / "x", seed=1, size="huge")


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_kind_of_fault_has_at_least_five_look_alikes(seed: int) -> None:
    plan = make_plan(seed, "small")
    kinds = Counter(one.kind for one in plan.look_alikes)
    assert {f.kind for f in plan.faults} <= set(kinds)
    assert min(kinds.values()) >= 5, kinds


def test_no_look_alike_has_a_finding_and_every_one_was_received(truth: dict[str, Any]) -> None:
    rules, standing = found(truth), {place(e) for e in truth["entries"] if e["state"] in ("in force", "to explain")}
    assert [(one, rules[place(one)]) for one in truth["look_alikes"] if place(one) in rules] == []
    assert [one for one in truth["look_alikes"] if place(one) not in standing] == []


def test_every_fault_is_found_under_the_rules_reasoned_by_hand(truth: dict[str, Any]) -> None:
    rules = found(truth)
    assert [f for f in truth["faults"] if not set(f["rules"]) <= rules.get(place(f), set())] == []


def test_what_is_found_beyond_the_faults_follows_from_a_neighbour_or_a_pilot_code(truth: dict[str, Any]) -> None:
    """Without faults nothing is wrong: every other finding belongs to a unit with a fault, or is the pilot code's UID-2."""
    faulty = {f["unit_id"] for f in truth["faults"]}
    strange = {(r["unit_id"], r["rule_id"]) for r in (*truth["findings"], *truth["relations"]) if r["unit_id"] not in faulty}
    assert strange == {(unit, "UID-2") for unit in truth["pilot_codes"]}


def test_resubmissions_end_where_they_should(truth: dict[str, Any]) -> None:
    ends = Counter((e["state"], e["rule_id"]) for e in truth["entries"])
    for rule in ("SUB-LATE", "SUB-NEWER"):
        assert ends["superseded", rule] >= 1
    assert ends["to review", "SUB-FORK"] == 1
    assert ends["returned", "SUB-UNCHANGED"] == ends["returned", "SUB-UNNAMED"] == 1
    assert [s["rule_id"] for s in truth["submissions"] if s["verdict"] == "rejected"] == ["SUB-DUPLICATE"]


def test_coverage_has_late_missing_and_exempt_reporters(truth: dict[str, Any]) -> None:
    counted = {flag: sum(r[flag] for r in truth["coverage"]) for flag in ("late", "missing", "excluded")}
    assert all(count >= 5 for count in counted.values()), counted


def test_summed_groups_equal_their_own_consolidation_but_for_rounding_faults_and_gaps(made: samples.Summary) -> None:
    golden = json.loads((made.truth / "golden.json").read_text(encoding="utf-8"))
    close = [c for c in golden["consolidated"] if abs(float(c["gap"])) < 100_000]
    assert len(close) >= len(golden["consolidated"]) * 2 / 3
