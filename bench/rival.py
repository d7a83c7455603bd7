"""Two designs without ours: for each file (what everyone starts from) or for each form one Spark frame, one Great Expectations
run, one Delta write.

It uses our tuned session, so that what differs is the design. Prints JSON on its last line.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import great_expectations as gx
import pandas as pd
from great_expectations.expectations.core.expect_column_values_to_not_be_null import ExpectColumnValuesToNotBeNull
from great_expectations.expectations.core.expect_table_row_count_to_be_between import ExpectTableRowCountToBeBetween
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as f

from bench.share import CONTROL
from catalog.settings import load_settings
from jobs.session import session
from schemas.contract import MEASURES, Form
from schemas.labels import normalise
from schemas.load import form

FILE = "_file"
WIDE, NARROW = "０１２３４５６７８９．，－（）", "0123456789.,-()"
POWERS = {"元": 1, "万元": 10_000, "亿元": 100_000_000}


def main(work: Path, lake: Path, each: str) -> None:
    """`each`: file or form. `read`: seconds of reading files, part of `seconds`, which leaves out the start of Spark and of GX."""
    started = time.monotonic()
    spark, context = session(load_settings()), gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}  # type: ignore[assignment]  # a mapping is what it takes
    start = time.monotonic() - started
    began = time.monotonic()
    given = dict(enumerate(json.loads(work.read_text("utf-8"))))
    read, files = 0.0, dict[int, dict[str, Any]]()
    for number, members in enumerate(_members(given, each)):
        made, reading = form(given[members[0]]["form"]), time.monotonic()
        texts = pd.concat([_read(Path(given[m]["path"]), made).assign(**{FILE: m}) for m in members], ignore_index=True)
        read += time.monotonic() - reading
        files |= _loaded(spark, context, lake / made.name, made, texts, number)
    said = {"start": start, "seconds": time.monotonic() - began, "read": read}
    in_order = [files[number] for number in given]
    print(json.dumps({**{name: round(value, 2) for name, value in said.items()}, "files": in_order}))


def _members(given: Mapping[int, Mapping[str, Any]], each: str) -> list[list[int]]:
    if each == "file":
        return [[number] for number in given]
    forms = dict.fromkeys(file["form"] for file in given.values())
    return [[number for number, file in given.items() if file["form"] == name] for name in forms]


def _loaded(spark: SparkSession, context: Any, place: Path, made: Form, texts: pd.DataFrame, number: int) -> dict[int, dict[str, Any]]:
    """What each file came to: its records, and the sum of the form's control column in yuan."""
    schema = ", ".join([*(f"`{c.name}` string" for c in made.columns), f"{FILE} int"])
    frame = _typed(spark.createDataFrame(texts.astype(object).where(texts.notna(), None), schema), made)
    if not _valid(context, frame, made, number):
        raise RuntimeError(f"{made.title} 没有通过 GX，而我们采纳了它")
    frame.write.format("delta").mode("append").save(str(place))
    counted = frame.groupBy(FILE).agg(f.count("*").alias("records"), f.sum(CONTROL[made.name]).alias("total"))
    return {row[FILE]: {"records": row.records, "total": str(row.total or 0)} for row in counted.collect()}


def _read(path: Path, made: Form) -> pd.DataFrame:
    """Texts by column name."""
    if path.suffix == ".xlsx":
        sheets = pd.read_excel(path, sheet_name=None, header=None, dtype=str)
        return pd.concat([_sheet(sheet, made) for sheet in sheets.values()], ignore_index=True)
    encoding = "UTF-8" if path.read_bytes()[:3] == b"\xef\xbb\xbf" else "GB18030"
    table = pd.read_csv(path, dtype=str, encoding="utf-8-sig" if encoding == "UTF-8" else encoding)
    return _named(table, made)


def _named(table: pd.DataFrame, made: Form) -> pd.DataFrame:
    table.columns = pd.Index([made.by_label[normalise(c)].name if normalise(c) in made.by_label else c for c in table.columns])
    return table.reindex(columns=[c.name for c in made.columns])


def _sheet(sheet: pd.DataFrame, made: Form) -> pd.DataFrame:
    """A table has its labels in one row, a card below each other."""
    labels = sheet.map(lambda v: isinstance(v, str) and normalise(v) in made.by_label).sum(axis=1)
    if made.items and labels.max() < len(made.columns) / 2:
        return _card(sheet, made)
    head = labels.tolist().index(labels.max())
    table = sheet.iloc[head + 1 :].set_axis(sheet.iloc[head].astype(str), axis=1)
    return _named(table.dropna(how="all").reset_index(drop=True), made)


def _card(sheet: pd.DataFrame, made: Form) -> pd.DataFrame:
    """Printed lines down, measures across → one row."""
    values: dict[str, str] = {}
    measures: dict[int, str] = {}
    names = {normalise(label): name for kind in MEASURES.values() for name, label in kind.items()}
    kind = "F"
    for row in sheet.itertuples(index=False):
        texts = [None if pd.isna(v) else str(v) for v in row]
        found = {i: names[normalise(t)] for i, t in enumerate(texts) if t and normalise(t) in names}
        if len(found) > 1:
            measures, kind = found, "S" if "closing" in found.values() else "F"
            continue
        for i, text in enumerate(texts):
            label = normalise((text or "").rstrip("：:"))
            item = made.items_by_label[kind].get(label)
            if item and measures:
                values |= {f"{item.name}_{m}": texts[p] or "" for p, m in measures.items()}
            elif label in made.by_label and not measures:
                values[made.by_label[label].name] = next((t for t in texts[i + 1 :] if t), "")
    return pd.DataFrame([values], columns=[c.name for c in made.columns])


def _typed(frame: DataFrame, made: Form) -> DataFrame:
    power = f.lit(1)
    if "declared_unit" in made.by_name:
        power = f.coalesce(*(f.when(f.col("declared_unit") == unit, f.lit(p)) for unit, p in POWERS.items()))
    columns = []
    for column in made.columns:
        text = f.regexp_replace(f.translate(f.col(column.name), WIDE, NARROW), r"[,\s]", "")
        text = f.regexp_replace(text, r"^\((.*)\)$", "-$1")
        typed = text.try_cast("decimal(28,8)") * power if column.type == "amount" else f.col(column.name)
        columns.append((typed.cast("decimal(18,4)") if column.type == "amount" else typed).alias(column.name))
    return frame.select(*columns, FILE)


def _valid(context: Any, frame: DataFrame, made: Form, number: int) -> bool:
    """Required columns are filled and the key is unique, on ten columns at most: GX on Spark takes a second for ten."""
    suite = context.suites.add(gx.ExpectationSuite(name=f"s{number}"))
    for column in [c.name for c in made.columns if c.required and c.name != "period" and not c.prefix][:9]:
        suite.add_expectation(ExpectColumnValuesToNotBeNull(column=column))
    suite.add_expectation(ExpectTableRowCountToBeBetween(min_value=1))
    asset = context.data_sources.add_spark(f"d{number}").add_dataframe_asset("a")
    batch = asset.add_batch_definition_whole_dataframe("b").get_batch(batch_parameters={"dataframe": frame})
    return bool(batch.validate(suite, result_format="BOOLEAN_ONLY").success)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
