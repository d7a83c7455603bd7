from typing import Any

from catalog.trace.tree import Tree


def tree(**parents: str | None) -> Tree:
    records: dict[str, Any] = {unit: {"management_parent": p, "supervisor": "370202"} for unit, p in parents.items()}
    return Tree("2025-03", records)


def test_a_unit_stands_under_its_parents_then_its_supervisor_and_the_city() -> None:
    climbed = tree(a=None, b="a", c="b")
    assert climbed.line("c") == ("c", "b", "a", "jg:370202", "jg:sasac")
    assert climbed.below["a"] == {"a": 0, "b": 1, "c": 2}
    assert climbed.below["jg:sasac"] == {"a": 2, "b": 3, "c": 4}


def test_a_parent_nobody_registered_ends_the_way() -> None:
    assert tree(b="gone").line("b") == ("b", "jg:370202", "jg:sasac")


def test_a_circle_of_parents_is_walked_once() -> None:
    assert tree(a="c", b="a", c="b").line("a") == ("a", "c", "b", "jg:370202", "jg:sasac")
