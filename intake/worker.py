"""The child that `intake.pool` starts: takes a pile of requests, judges, writes the staged files, answers; until its pipe closes."""

from __future__ import annotations

import importlib
import os
import resource
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from importlib.abc import MetaPathFinder
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import pyarrow as pa

from intake.guard import refused
from intake.judgement import Judgement
from intake.readers import Rejected
from intake.staged import FINDINGS, RECORDS, beside, finished, write
from intake.work import Failed, Judged, Outcome, Pile
from schemas.declared import read_from
from schemas.reading import ContractError

if TYPE_CHECKING:
    from intake.judge import Prepared

T = TypeVar("T")

_NEAR = 0.9
_ROOT = str(Path(__file__).resolve().parent.parent) + os.sep


def main(declared: str, descriptor: int, memory: int, cpu_seconds: int, seconds_per_mib: int) -> None:
    """`declared`: the folder of the declarations it judges by. `memory` bounds the address space in bytes, `cpu_seconds` plus
    `seconds_per_mib` the CPU time of one file.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    read_from(Path(declared))
    connection = Connection(descriptor)
    _import_ahead()
    connection.send(("ready", None))
    while True:
        try:
            pile: Pile = connection.recv()
        except EOFError:
            return
        _allow_cpu(sum(cpu_seconds + seconds_per_mib * (r.path.stat().st_size >> 20 if r.path.exists() else 0) for r in pile))
        outcomes = _judge(pile, memory)
        last = _spent(memory) or any(isinstance(o, Rejected) and o.rule_id in ("GRD-MEMORY", "GRD-CRASH") for o in outcomes)
        connection.send(("last" if last else "done", outcomes))
        if last:
            return


class _NoPandas(MetaPathFinder):
    """pyarrow imports pandas (a second) at the first list it is given, unless there is none."""

    def find_spec(self, fullname: str, path: object, target: object = None) -> None:
        if fullname == "pandas":
            raise ModuleNotFoundError(fullname)


def _import_ahead() -> None:
    """Everything a first file would wait for."""
    sys.meta_path.insert(0, _NoPandas())
    for module in ("pyarrow.ipc", "python_calamine", "intake.judge", "intake.readers.xlsx", "intake.readers.delimited"):
        importlib.import_module(module)


def _allow_cpu(seconds: int) -> None:
    """From now on; beyond it the kernel ends this process with SIGXCPU."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + seconds, resource.RLIM_INFINITY))


def _spent(memory: int) -> bool:
    """Whether this process has ever come near its limit. Then libraries that mistake a refused allocation for another
    error are excused, and it is no longer to be trusted with a file."""
    status = Path("/proc/self/status")
    if not status.exists():
        return False
    peak = next(line for line in status.read_text().splitlines() if line.startswith("VmPeak:"))
    return int(peak.split()[1]) * 1024 > memory * _NEAR


def _judge(pile: Pile, memory: int) -> list[Outcome]:
    """Each file read for itself, those of one form judged together. Where that fails, every file is judged alone."""
    from intake.judge import prepare
    from intake.large import judge_large

    began = time.process_time()
    if len(pile) == 1 and (done := _guarded(partial(judge_large, pile[0]), pile[0].name, memory)) is not None:
        return [_timed(done, time.process_time() - began)]
    outcomes: dict[int, Outcome] = {}
    piles: dict[str, dict[int, Prepared]] = {}
    spent: dict[int, float] = {}
    for number, request in enumerate(pile):
        began = time.process_time()
        made = _guarded(partial(prepare, request.path, request.name, request.manifest_entry, request.path_hints), request.name, memory)
        if isinstance(made, Rejected | Failed):
            outcomes[number] = made
        else:
            piles.setdefault(made.form.name, {})[number] = made
        spent[number] = time.process_time() - began
    for members in piles.values():
        began = time.process_time()
        judged = _together(pile, members, memory)
        share = (time.process_time() - began) / len(members)
        outcomes |= {number: _timed(outcome, spent[number] + share) for number, outcome in judged.items()}
    return [outcomes[number] for number in range(len(pile))]


def _timed(outcome: Outcome, seconds: float) -> Outcome:
    return replace(outcome, seconds=round(seconds, 4)) if isinstance(outcome, Judged) else outcome


def _together(pile: Pile, members: Mapping[int, Prepared], memory: int) -> dict[int, Outcome]:
    from intake.judge import judge

    name = pile[next(iter(members))].name
    judged = _guarded(lambda: judge(list(members.values())), name, memory)
    if isinstance(judged, Rejected | Failed):
        if len(members) > 1:
            return {n: o for number, made in members.items() for n, o in _together(pile, {number: made}, memory).items()}
        return dict.fromkeys(members, judged)
    return {
        number: _guarded(partial(_written, made, pile[number].out_stem), pile[number].name, memory)
        for number, made in zip(members, judged, strict=True)
    }


def _guarded(step: Callable[[], T], name: str, memory: int) -> T | Rejected | Failed:
    """What the step gives, or why it could not: the file's fault, or ours."""
    import duckdb

    try:
        return step()
    except Rejected as rejected:
        return rejected
    except (MemoryError, duckdb.OutOfMemoryException):
        return refused("GRD-MEMORY", name)
    except Exception as error:
        return refused("GRD-MEMORY", name) if _spent(memory) else _failed(error)
    except BaseException as panic:
        if type(panic).__name__ != "PanicException":  # what Rust libraries raise when they give up; no common base
            raise
        return refused("GRD-CRASH", name)


def _failed(error: Exception) -> Failed:
    frames = traceback.extract_tb(error.__traceback__)
    places = tuple(f"{f.filename.removeprefix(_ROOT)}:{f.lineno} {f.name}" for f in frames)
    return Failed(type(error).__name__, places, str(error) if isinstance(error, ContractError) else "")


def _written(made: Judgement, stem: Path | None) -> Judged:
    hashes = ("", "")
    if stem is not None:
        hashes = (_write(made.records, Path(f"{stem}{RECORDS}")), _write(made.findings, Path(f"{stem}{FINDINGS}")))
    return Judged(
        identity=made.identity, reader=made.reader, contract_hash=made.contract_hash, verdict=made.verdict, entries=made.entries,
        counts=made.counts, controls=made.controls, header=made.header, silver_rows=made.records.num_rows - made.quarantined,
        quarantine_rows=made.quarantined, staged_sha256=hashes[0], findings_sha256=hashes[1],
    )  # fmt: skip


def _write(table: pa.Table, path: Path) -> str:
    write(table, beside(path))
    return finished(path)
