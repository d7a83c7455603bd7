"""Great Expectations over what was committed, with evidence as rows. The only importer of GX, and only when it runs.

First BOOLEAN_ONLY over the whole suite, then COMPLETE for what failed alone. An expectation that raised, or of which GX
gave no result, is errored and never passes.
"""

from __future__ import annotations

import json
import logging
import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from threading import RLock, Thread
from typing import TYPE_CHECKING, Any

from expectations.evidence import EVIDENCE_SCHEMA, Evidence, failed_batches, rule_counts, to_table, together
from expectations.frames import broken_in_silver, control_frame, silver_frame
from expectations.suites import CONTROL_COLUMNS, Expectation, control_suite, form_suite, mart_suite

if TYPE_CHECKING:
    import pandas as pd
    from pyspark.sql import DataFrame

__all__ = [
    "CONTROL_COLUMNS", "EVIDENCE_SCHEMA", "AuditFrame", "Evidence", "Expectation", "audit_frames", "broken_in_silver",
    "control_frame", "control_suite", "failed_batches", "form_suite", "mart_suite", "rule_counts", "silver_frame",
    "to_table", "together", "warm",
]  # fmt: skip
_SHOWN = 20
# GX keeps its context and, on Spark, a view of one fixed name: audits wait for each other and for the warming import.
_ONE_AT_A_TIME = RLock()


@dataclass(frozen=True)
class AuditFrame:
    """`frame` is pandas for what fits in memory, else Spark. `batch_column`: where a row names its batch, if any."""

    stage: str
    frame: pd.DataFrame | DataFrame
    checks: Sequence[Expectation]
    batch_column: str = ""
    contract_hash: str = ""


def warm() -> Thread:
    """Starts importing GX (7 s) beside other work; join the thread, or just audit: the import is waited for."""
    thread = Thread(target=audit_frames, args=({}, ""), name="warm-gx", daemon=True)
    thread.start()
    return thread


def audit_frames(frames: Mapping[str, AuditFrame], run: str) -> list[Evidence]:
    """Evidence of every check of every frame; `frames`: subject (`silver/monthly_finance`) → frame."""
    with _ONE_AT_A_TIME:
        _gx()
        return [row for subject, frame in frames.items() for row in _audit(subject, frame, run)]


def _audit(subject: str, frame: AuditFrame, run: str) -> list[Evidence]:
    checks = dict(enumerate(frame.checks))
    first = _validate(frame, checks, {"result_format": "BOOLEAN_ONLY"})
    failed = {n: checks[n] for n, result in first.items() if not result.success and not _raised(result)}
    details = _validate(frame, failed, _complete(frame)) if failed else {}
    rows = _rows(frame)
    return [
        made
        for number, check in checks.items()
        for made in _evidence(subject, frame, run, rows, check, first.get(number), details.get(number))
    ]


@cache
def _gx() -> Any:
    """The ephemeral context and the module; quiet, and telling nobody."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    try:
        import great_expectations as gx
    except SystemExit as stopped:  # pyspark.sql.connect takes a main program without a file for a doctest and exits 0
        raise RuntimeError("核验程序不能在 python -c 里运行；请用 guozi 命令或脚本文件") from stopped
    from great_expectations.data_context.types.base import ProgressBarsConfig

    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
    return gx, context


def _is_spark(frame: AuditFrame) -> bool:
    return type(frame.frame).__module__.startswith("pyspark")


@cache
def _definition(spark: bool) -> Any:
    _, context = _gx()
    sources = context.data_sources
    source = sources.add_spark("spark", persist=False) if spark else sources.add_pandas("pandas")
    return source.add_dataframe_asset("frame").add_batch_definition_whole_dataframe("whole")


def _validate(frame: AuditFrame, checks: Mapping[int, Expectation], result_format: dict[str, Any]) -> dict[int, Any]:
    """Results by the number of the check: GX gives them in another order than the suite."""
    gx, _ = _gx()
    made = [getattr(gx.expectations, c.kind)(**c.parameters, meta={"number": n}) for n, c in checks.items()]
    suite = gx.ExpectationSuite(name="audit", expectations=made)
    batch = _definition(_is_spark(frame)).get_batch(batch_parameters={"dataframe": frame.frame})
    validated = batch.validate(suite, result_format=result_format)
    return {result.expectation_config.meta["number"]: result for result in validated.results}


def _complete(frame: AuditFrame) -> dict[str, Any]:
    index = {"unexpected_index_column_names": [frame.batch_column]} if frame.batch_column else {}
    return {"result_format": "COMPLETE", "partial_unexpected_count": 0, **index}


def _raised(result: Any) -> str:
    """What GX raised, if it did: `exception_info` is one entry, or a map from metric to entries."""
    info = result.exception_info or {}
    entries: Iterable[Any] = [info] if "raised_exception" in info else info.values()
    raised = [e for e in entries if isinstance(e, dict) and e.get("raised_exception")]
    return "核验没有执行完：表的列或类型与声明不符，或引擎出错" if raised else ""


def _rows(frame: AuditFrame) -> int:
    table: Any = frame.frame
    return int(table.count()) if _is_spark(frame) else len(table)


def _evidence(
    subject: str, frame: AuditFrame, run: str, rows: int, check: Expectation, first: Any, complete: Any
) -> list[Evidence]:
    engine = "spark" if _is_spark(frame) else "pandas"
    passed = Evidence(
        run, frame.stage, subject, check.rule_id, check.sentence, rows, 0, True, engine,
        gx_version=str(_gx()[0].__version__), contract_hash=frame.contract_hash,
    )  # fmt: skip
    failed = replace(passed, success=False)
    if first is None:
        return [replace(failed, errored=True, detail="没有得到核验结果")]
    if problem := _raised(first):
        return [replace(failed, errored=True, detail=problem)]
    if first.success:
        return [passed]
    if complete is None or complete.success or _raised(complete):
        return [replace(failed, errored=True, detail="两次核验结果不一致")]
    by_batch = sorted(_failures(frame, complete.result).items())
    if not by_batch:
        count = int(complete.result.get("unexpected_count") or rows)
        return [replace(failed, rows_failed=count, detail=_table_detail(complete.result))]
    return [replace(failed, rows_failed=n, batch=b, detail=_pair_detail(frame, check, b)) for b, n in by_batch]


def _failures(frame: AuditFrame, result: Mapping[str, Any]) -> Counter[int]:
    """Rows failed per batch, as far as GX says which rows and they name a batch."""
    listed = result.get("unexpected_index_list") or []
    found = [entry.get(frame.batch_column) for entry in listed if isinstance(entry, dict)]
    named = [int(batch) for batch in found if batch is not None and batch == batch]
    return Counter(named) if len(named) == len(listed) else Counter()


def _table_detail(result: Mapping[str, Any]) -> str:
    different = (result.get("details") or {}).get("mismatched") or {}
    parts = [("多出的列", different.get("unexpected")), ("缺少的列", different.get("missing"))]
    return "；".join(f"{what}：{'、'.join(map(str, names[:_SHOWN]))}" for what, names in parts if names)


def _pair_detail(frame: AuditFrame, check: Expectation, batch: int) -> str:
    """Which amount columns differ, by name: the figures themselves stay out of evidence."""
    if check.parameters.get("column_A") != "staged_sums" or _is_spark(frame):
        return ""
    table: Any = frame.frame
    row = table[table[frame.batch_column] == batch].iloc[0]
    staged, committed = json.loads(row["staged_sums"]), json.loads(row["committed_sums"])
    names = sorted(n for n in staged.keys() | committed.keys() if staged.get(n) != committed.get(n))
    return f"合计不一致的列：{'、'.join(names[:_SHOWN])}"
