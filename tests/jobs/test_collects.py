"""What passes from Spark through the driver is listed here with its bound: what is not must not."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

JOBS = Path(__file__).parents[2] / "jobs"
# Methods of a Spark frame that bring its rows to the driver. `count` and the writers bring numbers.
BRINGING = {"collect", "toArrow", "toPandas", "toLocalIterator", "first", "head", "take", "tail", "show", "isEmpty", "foreach", "rdd"}
_NO_FRAME = ("F", "self._keeper")  # functions of columns, what audits a mart
# Module and function → what bounds the rows.
BOUNDED = {
    ("circles.py", "circles"): "lines of who holds whom: contributors of the registry",
    ("marts/collection_duplicate.py", "_compared"): "a row a pair of declared items",
    ("marts/ownership.py", "ownership"): "lines of who holds whom, a month's end: contributors of the registry",
    ("marts/relation_finding.py", "relation_finding"): "headers of batches with findings",
    ("marts/relation_finding.py", "records"): "records of forms of at most FEW",
    ("marts/relation_finding.py", "_large_forms"): "a row a form",
    ("marts/relation_finding.py", "_broken"): "findings: what is told to people",
    ("marts/relation_finding.py", "_records"): "own keys of records with findings",
}


def brought(source: Path) -> Iterator[str]:
    """Functions that call one of BRINGING, in modules that know of Spark: whoever has a frame names its type."""
    text = source.read_text(encoding="utf-8")
    for function in ast.walk(ast.parse(text)) if "pyspark" in text else ():
        if isinstance(function, ast.FunctionDef):
            for node in ast.walk(function):
                if isinstance(node, ast.Attribute) and node.attr in BRINGING and ast.unparse(node.value) not in _NO_FRAME:
                    yield function.name


def test_no_function_brings_rows_to_the_driver_without_a_bound() -> None:
    found = {(str(path.relative_to(JOBS)), name) for path in JOBS.rglob("*.py") for name in brought(path)}
    assert found == BOUNDED.keys()
