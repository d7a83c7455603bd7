"""The content hash is of what a table says, not of how it came to be there."""

from decimal import Decimal

import pyarrow as pa
from deltalake import write_deltalake

from catalog.content import content, of_rows
from catalog.settings import Settings
from catalog.tables import table

_SCHEMA = pa.schema([("_submission", pa.int64()), ("item", pa.string()), ("value", pa.decimal128(18, 4))])


def _rows(*rows: tuple[int, str | None, str | None]) -> pa.Table:
    values = [{"_submission": s, "item": i, "value": None if v is None else Decimal(v)} for s, i, v in rows]
    return pa.Table.from_pylist(values, schema=_SCHEMA)


_COLUMNS = ("item", "value")


def test_order_does_not_matter_but_how_often_a_row_stands_does() -> None:
    one = of_rows(_rows((1, "a", "1"), (1, "b", "2")), _COLUMNS)
    assert one == of_rows(_rows((2, "b", "2"), (2, "a", "1")), _COLUMNS)
    assert one != of_rows(_rows((1, "a", "1"), (1, "b", "2"), (1, "b", "2")), _COLUMNS)


def test_nothing_is_not_empty_and_text_does_not_run_into_its_neighbour() -> None:
    said = [("", "1"), (None, "1"), ("a", None), ("-", "1")]
    assert len({of_rows(_rows((1, i, v)), _COLUMNS).sha256 for i, v in said}) == len(said)
    pair = pa.schema([("a", pa.string()), ("b", pa.string())])
    for one, other in ((("xy", "z"), ("x", "yz")), (("11", "y"), ("1", "1y")), (("", "-"), ("-", ""))):
        left, right = (pa.Table.from_pylist([{"a": a, "b": b}], schema=pair) for a, b in (one, other))
        assert of_rows(left, ("a", "b")) != of_rows(right, ("a", "b"))


def test_one_digit_changes_it() -> None:
    assert of_rows(_rows((1, "a", "1.0001")), _COLUMNS) != of_rows(_rows((1, "a", "1.0002")), _COLUMNS)


def test_two_files_and_two_commits_say_the_same_as_one(settings: Settings) -> None:
    for layer, parts in (("silver", [[(1, "a", "1"), (2, "b", "2")]]), ("gold", [[(8, "b", "2")], [(9, "a", "1")]])):
        for part in parts:
            write_deltalake(table(settings, layer, "thing").uri, _rows(*part), mode="append")
    assert content(settings, "silver", "thing") == content(settings, "gold", "thing")
    assert content(settings, "gold", "thing", version=0).rows == 1


def test_with_origins_the_file_counts_and_its_number_does_not() -> None:
    names = pa.schema([("id", pa.int64()), ("sha256", pa.string()), ("name", pa.string())])
    first = pa.Table.from_pylist([{"id": 1, "sha256": "x", "name": "a.csv"}], schema=names)
    other = pa.Table.from_pylist([{"id": 5, "sha256": "x", "name": "a.csv"}], schema=names)
    assert of_rows(_rows((1, "a", "1")), _COLUMNS, first) == of_rows(_rows((5, "a", "1")), _COLUMNS, other)
    assert of_rows(_rows((1, "a", "1")), _COLUMNS, first) != of_rows(_rows((1, "a", "1")), _COLUMNS, other)
