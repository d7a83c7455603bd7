"""What is installed is what the bill of materials says, in CycloneDX' own form, with a licence for each part."""

from __future__ import annotations

import re
from importlib.metadata import version
from typing import Any

import pytest

from catalog.jars import locked
from scripts.sbom import ROOT, Unknown, bom, jar, page, validate


@pytest.fixture(scope="module")
def made() -> dict[str, Any]:
    return bom()


def test_every_package_of_the_lock_that_is_installed_and_every_jar_is_listed_with_its_version(made: dict[str, Any]) -> None:
    found = {c["purl"].partition("?")[0] for c in made["components"] if c["purl"].startswith("pkg:pypi")}
    names = {re.sub(r"[-_.]+", "-", purl.rpartition("/")[2]).lower() for purl in found}
    lock = re.findall(r"^([a-z0-9_.-]+)==([^ ;]+)( ; [^\\]*)?", (ROOT / "requirements.lock").read_text(encoding="ascii"), re.M)
    asked = {re.sub(r"[-_.]+", "-", f"{name}@{number}") for name, number, marker in lock if not marker}
    assert len(asked) > 150 and asked <= names
    assert f"pkg:pypi/pyspark@{version('pyspark')}" in found
    jars = [c for c in made["components"] if c["purl"].startswith("pkg:maven")]
    assert sorted(c["hashes"][0]["content"] for c in jars) == sorted(locked(ROOT / "jars").values())
    assert "pkg:maven/io.delta/delta-spark_4.2_2.13@4.4.0" in {c["purl"] for c in jars}


def test_the_document_is_valid_and_one_that_is_not_is_told(made: dict[str, Any]) -> None:
    """Every 25th component: the schema wants all of them different, which takes the square of their number to see."""
    few = {**made, "components": made["components"][::25], "dependencies": []}
    assert validate(few) == ""
    assert "nonsense" in validate({**few, "components": [{**few["components"][0], "type": "nonsense"}]})


def test_every_part_has_a_licence_and_a_jar_of_an_unknown_group_is_refused(made: dict[str, Any]) -> None:
    assert page(made["components"]).count("\n| ") > 200
    with pytest.raises(Unknown, match=r"example-1\.0\.jar"):
        jar("org.example_example-1.0.jar", "0" * 64)
    with pytest.raises(Unknown, match="nobody"):
        page([{"name": "nobody"}])
