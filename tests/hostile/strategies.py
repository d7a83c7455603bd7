"""Files of every format that nobody would write: well formed and full of nonsense, or honest and then damaged."""

from __future__ import annotations

import io
import json
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import strategies as st

from tests.hostile.forge import CSV, HEADER, ROWS, packed, with_cells, xlsx

NASTY = st.sampled_from(
    [
        "",
        " ",
        "-",
        "'",
        '"',
        "=1+1",
        "@SUM(A1)",
        "../../etc/passwd",
        "$(touch x)",
        "`id`",
        "%s%n",
        "{0}",
        "'; DROP TABLE event;--",
        "\u202e12",
        "\ufeff",
        "１２，３４５．６",
        "1e308",
        "-0",
        "1,23,4",
        "NaN",
        "99999999999999999999",
        "2024-02-30",
        "(12.5)",
        "12.5%",
        "万元",
        "\x00",
        "\x1b[2J",
        "🏙" * 9,
        "a" * 5000,
    ]
)
TEXT = NASTY | st.text(max_size=12)
NAMES = st.sampled_from([*HEADER, "period", "form", "unit", "records", "declared_unit"]) | TEXT

_scalars: st.SearchStrategy[Any] = st.none() | st.booleans() | st.integers() | st.floats() | TEXT
_documents: st.SearchStrategy[Any] = st.recursive(
    _scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4), max_leaves=12
)


def _damaged(honest: bytes) -> st.SearchStrategy[bytes]:
    """Some bytes of it exchanged, some cut out."""
    places = st.integers(0, len(honest) - 1)

    def spoil(changes: list[tuple[int, int]], cut: tuple[int, int]) -> bytes:
        made = bytearray(honest)
        for place, byte in changes:
            made[place] = byte
        del made[cut[0] : cut[0] + cut[1]]
        return bytes(made)

    return st.builds(
        spoil,
        st.lists(st.tuples(places, st.integers(0, 255)), max_size=4),
        st.tuples(places, st.sampled_from([0, 1, 7, 400])),
    )


def _delimited(rows: list[list[str]], separator: str, ending: str, encoding: str, head: bool) -> bytes:
    lines = [list(HEADER), *rows] if head else rows
    return ending.join(separator.join(row) for row in lines).encode(
        encoding, "surrogatepass" if encoding.startswith("utf") else "replace"
    )


CSVS = (
    st.builds(
        _delimited,
        st.lists(st.lists(TEXT, max_size=6), max_size=5),
        st.sampled_from([",", ";", "\t", "，"]),
        st.sampled_from(["\n", "\r\n", "\r"]),
        st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "gb18030"]),
        st.booleans(),
    )
    | _damaged(CSV.encode())
    | st.binary(max_size=200)
)

_records = json.dumps([dict(zip(HEADER, row, strict=True)) for row in ROWS], ensure_ascii=False).encode()
JSONS = (
    _documents.map(lambda d: json.dumps(d).encode())
    | _documents.map(lambda d: json.dumps({"records": d, "form": "listed_profile"}).encode())
    | _damaged(_records)
)

_ATTRIBUTE = st.sampled_from(["A9", "B9", "XFD9", "A1", "AAAA1", "a9", "9", "", "A-1", "A9999999", "$A$9", "A9:B9"])
_cell = st.builds(
    lambda place, kind, value, formula: f'<c r="{place}" t="{kind}">{formula}<v>{value}</v></c>',
    _ATTRIBUTE,
    st.sampled_from(["n", "s", "str", "b", "d", "e", "inlineStr", "x", ""]),
    st.sampled_from(
        [
            "1",
            "-1",
            "0",
            "1e5",
            "1E400",
            "-",
            "",
            "true",
            "2024-01-01T00:00:00",
            "999999999999",
            "12345678901234567",
            " 7 ",
            "&amp;",
            "甲",
        ]
    ),
    st.sampled_from(["", "<f>1+1</f>", '<f t="shared" si="0"/>', "<is><t>甲</t></is>"]),
)
_rows = st.builds(
    lambda number, cells: f'<row r="{number}">{"".join(cells)}</row>',
    st.sampled_from(["9", "8", "3", "0", "-1", "", "x", "1048577", "99999999999"]),
    st.lists(_cell, max_size=4),
)
WORKBOOKS = st.lists(_rows, max_size=3).map(lambda rows: with_cells("".join(rows))) | _damaged(xlsx())

_members = st.dictionaries(
    st.sampled_from(
        [
            "a.csv",
            "内/甲.csv",
            "../a.csv",
            "a.json",
            "manifest.yaml",
            "b.zip",
            "x" * 300,
            "con",
            "a!b",
            " .csv",
            "a\\b.csv",
            "%2e%2e/a",
        ]
    )
    | st.text(min_size=1, max_size=8).filter(
        lambda name: "\x00" not in name and not any("\ud800" <= c <= "\udfff" for c in name)
    ),
    st.sampled_from(
        [CSV.encode(), _records, b"", b"form: listed_profile", b"a: &a [*a]", xlsx(), packed({"a.csv": CSV.encode()})]
    )
    | CSVS,
    max_size=4,
)
BUNDLES = _members.map(packed) | _damaged(packed({"a.csv": CSV.encode()}))


def _parquet(columns: dict[str, Any], kind: pa.DataType) -> bytes:
    length = max(map(len, columns.values()), default=0)
    arrays = {name: pa.array([*values, *[None] * (length - len(values))], kind) for name, values in columns.items()}
    out = io.BytesIO()
    pq.write_table(pa.table(arrays), out)
    return out.getvalue()


_KINDS: list[tuple[pa.DataType, st.SearchStrategy[Any]]] = [
    (pa.string(), st.none() | TEXT),
    (pa.int64(), st.integers(-(2**63), 2**63 - 1)),
    (pa.float64(), st.floats()),
    (pa.bool_(), st.booleans()),
    (pa.date32(), st.dates()),
    (pa.list_(pa.int64()), st.lists(st.integers(0, 9), max_size=2)),
    (pa.binary(), st.binary(max_size=5)),
]
_honest_parquet = _parquet({name: [row[place] for row in ROWS] for place, name in enumerate(HEADER)}, pa.string())
PARQUETS = st.one_of(
    [
        st.dictionaries(NAMES, st.lists(values, max_size=3), max_size=4).map(
            lambda columns, kind=kind: _parquet(columns, kind)
        )  # type: ignore[misc]
        for kind, values in _KINDS
    ]
) | _damaged(_honest_parquet)

BY_KIND = {"csv": CSVS, "json": JSONS, "xlsx": WORKBOOKS, "zip": BUNDLES, "parquet": PARQUETS}
