"""What an enterprise or district must implement to report: written from the contracts, never by hand.

`write` makes a folder: README; a page, a JSON Schema and the contract as an ODCS document a form; code lists, xlsx templates,
`openapi.json` of the intake to come, `changes.md` against an earlier set of contracts, and `selftest/`, sample files with what
`guozi check` must say of them.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

from catalog.interface.changes import changes
from catalog.interface.kit import samples_of, write_kit
from catalog.interface.openapi import openapi
from catalog.interface.page import form_page, index_page
from catalog.interface.schema import record_schema
from catalog.interface.template import write_template
from schemas.codes import code_list
from schemas.contract import Form
from schemas.declared import folder
from schemas.load import forms
from schemas.odcs import form_document


class Occupied(FileExistsError):
    """The folder holds something else than an interface written before."""


MARK = "openapi.json"


def write(out: Path, refusals: Mapping[str, tuple[str, str]], samples: Path, before: Mapping[str, Form] | None = None) -> list[Form]:
    """Writes the interface of all active forms; returns them. `refusals`: published reasons for which a file is refused whole.

    `samples`: the folder of each form's rows (`<form>/submission.csv`); `before`: the forms of an earlier set. Raises Occupied.
    """
    if out.exists() and any(out.iterdir()) and not (out / MARK).is_file():
        raise Occupied(f"{out} 里有别的文件；请换一个空目录")
    shutil.rmtree(out, ignore_errors=True)
    active = [form for form in forms() if form.status == "active"]
    for below in ("forms", "codes", "templates", "selftest"):
        (out / below).mkdir(parents=True)
    for form in active:
        (out / "forms" / f"{form.name}.md").write_text(form_page(form), encoding="utf-8")
        _json(out / "forms" / f"{form.name}.schema.json", record_schema(form))
        _json(out / "forms" / f"{form.name}.odcs.json", form_document(form))
        write_template(form, out / "templates" / f"{form.name}.xlsx")
        if (rows := samples_of(form, samples)) is not None:
            write_kit(form, rows, out / "selftest")
    for name in sorted({c.codes for form in active for c in form.columns if c.codes}):
        code_list(name)
        shutil.copyfile(folder() / "codes" / f"{name}.csv", out / "codes" / f"{name}.csv")
    (out / "README.md").write_text(index_page(active, refusals), encoding="utf-8")
    (out / "changes.md").write_text(changes(before, {form.name: form for form in active}), encoding="utf-8")
    _json(out / MARK, openapi(active))
    return active


def _json(path: Path, document: object) -> None:
    path.write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
