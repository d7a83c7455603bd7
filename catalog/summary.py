"""What a person wants to know after a night: what came, what became of it, what stands, what is released."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field

import duckdb
import pyarrow as pa

from catalog import findings, sql
from catalog.archive import archive
from catalog.ledger import machine
from catalog.ledger.ledger import Ledger
from catalog.ledger.values import ReleaseNote
from catalog.settings import Settings
from catalog.sql import Answer
from catalog.telemetry import logs
from catalog.telemetry.troubles import counted
from schemas.load import forms, mart

_SUBMISSIONS = """
SELECT s.form, count(*), count(*) FILTER (s.verdict = 'accepted'), count(*) FILTER (s.verdict = 'partial'),
  count(*) FILTER (s.verdict = 'returned'), count(*) FILTER (s.state = 'rejected'), count(*) FILTER (s.state = 'received'),
  coalesce(sum(b.silver_rows), 0)::BIGINT, coalesce(sum(b.quarantine_rows), 0)::BIGINT
FROM submission s LEFT JOIN (SELECT submission, sum(silver_rows) AS silver_rows, sum(quarantine_rows) AS quarantine_rows
  FROM (SELECT *, row_number() OVER (PARTITION BY submission ORDER BY id DESC) AS newest FROM batch) WHERE newest = 1 GROUP BY ALL) b
  ON b.submission = s.id
GROUP BY s.form ORDER BY s.form = '', s.form"""
SUBMISSION_COLUMNS = ("form", "received", "accepted", "partial", "returned", "rejected", "waiting", "silver", "quarantine")
_REJECTED = """
SELECT json_extract_string(rejection, '$.rule_id'), count(*), min(json_extract_string(rejection, '$.message'))
FROM submission WHERE state = 'rejected' GROUP BY 1 ORDER BY 2 DESC, 1"""


@dataclass(frozen=True)
class Summary:
    """`entries`, `cases`: state → how many; `held`: batches and marts a person must look at; `release` None before the first.

    `missing`: receipts whose original is not in the archive, though nobody ordered it; `purged`: a sentence for each that was.
    `troubles`: what could not be told outside → how often; `unreviewed`: entries that stand and wait for their group's review.
    `example`: a mart and `key=value` pairs of one of its rows, to try `guozi trace` with.
    """

    submissions: Answer
    rejections: Answer
    entries: dict[str, int]
    findings: Answer
    warnings: Answer
    held: tuple[str, ...] = ()
    release: ReleaseNote | None = None
    places: dict[str, str] = field(default_factory=dict)
    example: tuple[str, ...] = ()
    cases: dict[str, int] = field(default_factory=dict)
    troubles: dict[str, int] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    purged: tuple[str, ...] = ()
    unreviewed: int = 0


def summarise(settings: Settings) -> Summary:
    """Raises what the ledger raises when it cannot be opened."""
    ledger = Ledger.open(settings)
    try:
        frames = {"submission": ledger.submissions(), "batch": ledger.batches(), "entry": ledger.entries()}
        marts, release = ledger.marts(), ledger.release()
        cases = Counter(ledger.cases()["state"].to_pylist())
    finally:
        ledger.close()
    with duckdb.connect(config={"python_enable_replacements": False}) as connection:
        for name, frame in frames.items():
            connection.register(name, frame)
        submissions = Answer(SUBMISSION_COLUMNS, tuple(connection.execute(_SUBMISSIONS).fetchall()))
        rejections = Answer(("rule_id", "files", "example"), tuple(connection.execute(_REJECTED).fetchall()))
        entries = dict(connection.execute("SELECT state, count(*) FROM entry GROUP BY 1 ORDER BY 2 DESC, 1").fetchall())
        waiting = "SELECT count(*) FROM entry WHERE state IN (SELECT unnest(?)) AND form IN (SELECT unnest(?)) AND review = ''"
        asked = [list(machine.STANDING), [form.name for form in forms() if form.review == "group"]]
        (unreviewed,) = connection.execute(waiting, asked).fetchall()[0]
        held = [f"批次 {n}" for (n,) in connection.execute("SELECT id FROM batch WHERE state = 'held' ORDER BY id").fetchall()]
    held += [f"主题表 {m.mart}" for m in marts.values() if m.state == "held"]
    return Summary(
        submissions, rejections, entries, findings.by_rule(settings), _warnings(settings, release), tuple(held), release,
        _places(settings), _example(settings, release), dict(cases.most_common()), counted(settings),
        *_originals(settings, frames["submission"]), unreviewed,
    )  # fmt: skip


def _originals(settings: Settings, submissions: pa.Table) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Nothing received is lost, but by order."""
    kept, missing, purged = set(archive(settings).names()), [], []
    for sent in submissions.select(["receipt", "sha256", "state", "rejection"]).to_pylist():
        if sent["state"] == machine.PURGED:
            purged.append(f"{sent['receipt']} {json.loads(sent['rejection'])['message']}")
        elif sent["sha256"] not in kept:
            missing.append(sent["receipt"])
    return tuple(missing), tuple(purged)


def entry_label(state: str) -> str:
    return machine.state("entry", state).label


def case_label(state: str) -> str:
    return machine.state("case", state).label


def _warnings(settings: Settings, release: ReleaseNote | None) -> Answer:
    columns = ("warning_id", "level", "title", "count")
    if release is None or "warning" not in release.marts:
        return Answer(columns, ())
    with sql.connect(settings) as connection:
        return sql.ask(connection, f"""SELECT warning_id, level, any_value(title), count(*) FROM warning
            GROUP BY 1, 2 ORDER BY {LEVEL_ORDER}, 1""")


def _example(settings: Settings, release: ReleaseNote | None) -> tuple[str, ...]:
    if release is None or EXAMPLE not in release.marts:
        return ()
    key = mart(EXAMPLE).key
    with sql.connect(settings) as connection:
        query = f"SELECT {', '.join(key)} FROM {EXAMPLE} WHERE value IS NOT NULL ORDER BY ALL LIMIT 1"
        rows = sql.ask(connection, query).rows
    return (EXAMPLE, *(f"{name}={value}" for name, value in zip(key, rows[0], strict=True))) if rows else ()


EXAMPLE = "indicator_value"
LEVEL_ORDER = "CASE level WHEN '红' THEN 0 WHEN '黄' THEN 1 ELSE 2 END"


def _places(settings: Settings) -> dict[str, str]:
    return {
        "收件目录": str(settings.incoming), "湖": settings.lake, "台账": _shown(settings.ledger),
        "调度日志": str(settings.home / "airflow"), "运行日志": str(logs.folder(settings.home)),
    }  # fmt: skip


def _shown(ledger: str) -> str:
    """A file's path, or a server's address without the password."""
    from sqlalchemy.engine import make_url

    url = make_url(ledger)
    return url.database or "" if url.get_backend_name() == "sqlite" else url.render_as_string(hide_password=True)
