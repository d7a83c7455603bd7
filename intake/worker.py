"""The child that `intake.pool` starts: takes a request, judges, writes the staged files, answers; until its pipe closes."""

from __future__ import annotations

import hashlib
import importlib
import os
import resource
import sys
import traceback
from importlib.abc import MetaPathFinder
from multiprocessing.connection import Connection
from pathlib import Path

import pyarrow as pa

from intake.guard import refused
from intake.judgement import Judgement
from intake.readers import Rejected
from intake.staged import FINDINGS, RECORDS, write
from intake.work import Failed, Judged, Request

_NEAR = 0.9
_ROOT = str(Path(__file__).resolve().parent.parent) + os.sep


def main(descriptor: int, memory: int, cpu_seconds: int, seconds_per_mib: int) -> None:
    """`memory` bounds the address space in bytes, `cpu_seconds` plus `seconds_per_mib` the CPU time of one file."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    connection = Connection(descriptor)
    _import_ahead()
    connection.send(("ready", None))
    while True:
        try:
            request: Request = connection.recv()
        except EOFError:
            return
        _allow_cpu(cpu_seconds + seconds_per_mib * (request.path.stat().st_size >> 20 if request.path.exists() else 0))
        outcome = _judge(request, memory)
        last = _spent(memory) or (isinstance(outcome, Rejected) and outcome.rule_id in ("GRD-MEMORY", "GRD-CRASH"))
        connection.send(("last" if last else "done", outcome))
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


def _judge(request: Request, memory: int) -> Judged | Rejected | Failed:
    import duckdb

    from intake.judge import judge_file

    try:
        made = judge_file(request.path, request.name, request.manifest_entry, request.path_hints)
        return _written(made, request.out_stem)
    except Rejected as rejected:
        return rejected
    except (MemoryError, duckdb.OutOfMemoryException):
        return refused("GRD-MEMORY", request.name)
    except Exception as error:
        return refused("GRD-MEMORY", request.name) if _spent(memory) else _failed(error)
    except BaseException as panic:
        if type(panic).__name__ != "PanicException":  # what Rust libraries raise when they give up; no common base
            raise
        return refused("GRD-CRASH", request.name)


def _failed(error: Exception) -> Failed:
    frames = traceback.extract_tb(error.__traceback__)
    return Failed(type(error).__name__, tuple(f"{f.filename.removeprefix(_ROOT)}:{f.lineno} {f.name}" for f in frames))


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
    """Written beside and renamed, so that no half file ever has the name. SHA-256."""
    beside = path.with_name(f".{path.name}.part")
    write(table, beside)
    with beside.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        os.fsync(file.fileno())
    beside.replace(path)
    return digest
