"""Names that would mean something to a shell, a path or SQL are only names: of files, sheets, headers and units, from incoming to the
receipt and back."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter

from catalog.findings import find
from catalog.settings import Settings
from catalog.tables import table
from jobs.land import land
from jobs.refine import refine
from tests.hostile.forge import CSV, HEADER, ROWS
from tests.jobs.incoming import put, told
from tests.prompt import Guozi

SHELL = (
    "$(touch {mark})", "`touch {mark}`", ";touch {mark};", "|touch {mark}", "&&touch {mark}", "%s%n%d", "{0}", "${{HOME}}", "-rf", "a~",
)  # fmt: skip
SQL = ("'; DROP TABLE submission;--", "' OR '1'='1", '"; DELETE FROM event;--', "\\'; SELECT 1;--", "%' OR unit_id LIKE '%")
NASTY = (*SHELL, *SQL, "名'字\"号", "a b\tc", "#/records/0", "甲" * 70)
SEEN_AS_HOSTILE = ("\u202egnp.csv", "a\x1bb", "a\u200bb")


def _names(mark: Path) -> list[str]:
    """As names of files: the slash of a command's path is its twin."""
    made = (name.format(mark=mark) if "{mark}" in name else name for name in NASTY)
    return [name.replace("/", "∕") for name in made]


def _files(settings: Settings) -> set[str]:
    """Folders and files that are there, but for tables' own and the archive's."""
    return {p.name for p in settings.home.iterdir()} | {p.name for p in (settings.home / "lake").iterdir()}


def _workbook(sheet: str, header: str, unit: str) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        page = book.add_worksheet(sheet)
        for number, row in enumerate([(*HEADER, header), (*ROWS[0], "x"), (unit, unit, "x", "y", "z")]):
            for column, text in enumerate(row):
                page.write_string(number, column, text)
    return out.getvalue()


def test_files_with_names_for_shell_and_sql_are_kept_under_them_and_do_nothing_else(settings: Settings, tmp_path: Path) -> None:
    mark = tmp_path / "touched"
    names = _names(mark)
    for number, name in enumerate(names):
        folder = settings.incoming / "listed_profile" / "2010"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.csv").write_bytes(CSV.encode() + b"\n" * (number + 1))
    report = land(settings)
    assert report.failures == () and not mark.exists() and not list(tmp_path.glob("touched*"))
    kept = {name.rpartition("/")[2] for name in told(settings)}
    assert {f"{name}.csv" for name in names} <= kept
    assert _files(settings) <= {"incoming", "lake", "ledger.db", "ledger.db-wal", "ledger.db-shm", "archive", "staged", "bronze", "silver",
                                "quarantine", "ops", "work"}  # fmt: skip
    rows = find(settings, {"form": "listed_profile"}).rows
    assert {row[0] for row in rows} <= {f"R{n:08d}" for n in range(1, 200)}


@pytest.mark.parametrize("name", SEEN_AS_HOSTILE)
def test_a_name_that_hides_something_is_refused_and_shown_without_what_it_hides(settings: Settings, name: str) -> None:
    folder = settings.incoming / "listed_profile" / "2010"
    folder.mkdir(parents=True)
    (folder / f"{name}.csv").write_bytes(CSV.encode())
    land(settings)
    ((state, _, rule),) = told(settings).values()
    assert (state, rule) == ("rejected", "GRD-NAME")


def test_sheets_headers_and_units_of_such_names_are_found_again_by_their_address_and_their_unit(
    settings: Settings, tmp_path: Path, guozi: Guozi
) -> None:
    sheets = [name.translate(str.maketrans("[]:*?/\\", "-------"))[:31].strip("'") for name in SQL]
    for number, (sheet, name) in enumerate(zip(sheets, SQL, strict=True)):
        put(settings, f"x/{number}.xlsx", "", "listed_profile", "2010", _workbook(sheet, name, name))
    land(settings)
    refine(settings)
    assert all(state == "judged" for state, _, _ in told(settings).values())
    for name in SQL:
        code, out, _ = guozi("findings", "--unit", f"sse:{name}", "--json")
        assert code == 0 and {f["unit_id"] for f in json.loads(out)} == {f"sse:{name}"}
        assert guozi("findings", "--rule", name, "--json")[:2] == (0, "[]\n")
    code = guozi("receipt", "R00000001", "--workbook", str(tmp_path / "back.xlsx"), "--out", str(tmp_path / "units")).code
    assert code in (0, 1) and sheets[0] in openpyxl.load_workbook(tmp_path / "back.xlsx").sheetnames
    assert all(path.name.startswith("R00000001") for path in (tmp_path / "units").iterdir())


@pytest.mark.parametrize("name", ["../gold", "a/b", "a;b", "a b", "a'b", "$(a)", "甲", ""])
def test_a_table_is_never_named_by_anything_but_a_word(settings: Settings, name: str) -> None:
    with pytest.raises(ValueError, match="表名"):
        table(settings, "silver", name)


def test_texts_like_formulas_are_neutral_in_csv(capsys: pytest.CaptureFixture[str]) -> None:
    from commands.reading import WAYS

    WAYS["csv"](("n", "t"), [(1, "=cmd|'/c calc'!A0"), (2, "-12.5"), (3, "＝SUM(A1)"), (4, "甲")])
    read = list(csv.reader(io.StringIO(capsys.readouterr().out)))
    assert read == [["n", "t"], ["1", "'=cmd|'/c calc'!A0"], ["2", "-12.5"], ["3", "'＝SUM(A1)"], ["4", "甲"]]
