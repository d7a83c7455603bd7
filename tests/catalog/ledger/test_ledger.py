"""The ledger as a store: order, migrations, releases."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, func, insert, select, text
from sqlalchemy.exc import DBAPIError

from catalog.ledger import engine
from catalog.ledger.ledger import Ledger
from catalog.ledger.models import Base, Counter, Submission
from catalog.ledger.values import Arrival, MartVersion, Refused
from catalog.settings import Settings
from tests.catalog.ledger.conftest import Sender

_WRITER = """
import sys
from catalog.ledger.ledger import Ledger
from catalog.ledger.values import Arrival
ledger = Ledger(sys.argv[1])
for n in range(8):
    ledger.receive([Arrival("0" * 64, 1, f"{sys.argv[2]}-{n}", "2025-01-01", origin=f"{sys.argv[2]}-{n}")])
"""


def test_processes_that_write_at_once_leave_one_order_without_gaps(settings: Settings) -> None:
    running = [subprocess.Popen([sys.executable, "-c", _WRITER, settings.ledger, str(n)]) for n in range(3)]
    assert [p.wait() for p in running] == [0, 0, 0]
    ledger = Ledger.open(settings)
    assert ledger.events_after(0).column("seq").to_pylist() == list(range(1, 25))
    assert ledger.submissions().column("id").to_pylist() == list(range(1, 25))
    ledger.close()


def test_a_reader_sees_one_state_of_the_ledger_while_others_write(sender: Sender) -> None:
    with sender.ledger._reading() as session:
        before = session.scalar(select(func.count()).select_from(Submission))
        sender.send("1")
        assert session.scalar(select(func.count()).select_from(Submission)) == before == 0
    assert sender.ledger.submissions().num_rows == 1


def test_what_the_database_refuses_is_told_without_the_values(sender: Sender) -> None:
    sender.send("1")
    with pytest.raises(DBAPIError) as refused, sender.ledger._writing() as writer:
        writer.session.execute(insert(Counter), [{"name": "机密", "value": None}])
    assert "机密" not in str(refused.value)


def test_a_file_left_behind_by_a_kill_is_not_numbered_twice(sender: Sender) -> None:
    left = Arrival("1" * 64, 1, "a.csv", "2025-01-01", origin="8:15:16")
    assert len(sender.ledger.receive([left])) == 1
    assert sender.ledger.receive([left]) == []
    assert len(sender.ledger.receive([replace(left, origin="8:15:23")])) == 1


def test_the_migrations_make_the_tables_of_the_models_and_end_at_head(settings: Settings) -> None:
    opened = engine.connect(settings.ledger)
    with opened.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    scripts = ScriptDirectory(str(Path(engine.__file__).parent / "migrations"))
    assert scripts.get_current_head() == engine.HEAD
    opened.dispose()


def test_opening_a_current_ledger_does_not_load_alembic(settings: Settings) -> None:
    Ledger.open(settings).close()
    code = "import sys; from catalog.ledger.ledger import Ledger; Ledger(sys.argv[1]); print('alembic' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", code, settings.ledger], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "False"


def test_the_journal_says_everything_that_entries_hold(sender: Sender) -> None:
    sender.send("1", queries=1)
    sender.night()
    events = sender.ledger.events_after(0).to_pylist()
    entry = sender.ledger.entries().to_pylist()[0]
    last = [e["to_state"] for e in events if e["subject"] == "entry" and e["subject_id"] == entry["id"]]
    assert last == ["pending", "to explain"]
    opened = next(e for e in events if e["subject"] == "entry" and e["to_state"] == "pending")
    assert all(f'"{column}"' in opened["data"] for column in ("unit_id", "period", "scope", "rows", "content_hash"))


def _mart(name: str, version: int, state: str = "audited") -> MartVersion:
    return MartVersion(name, "f", version, 1, f"h{version}", state, 1, "2025-05-20")


def test_a_release_names_the_version_of_every_audited_mart_and_nothing_new_makes_none(sender: Sender) -> None:
    sender.ledger.set_mart(_mart("statement", 3))
    made = sender.ledger.publish("2025-05-20")
    assert made is not None and made.marts["statement"]["version"] == 3
    assert sender.ledger.publish("2025-05-21") is None


def test_a_held_mart_keeps_its_last_good_version_until_a_person_lets_it_through(sender: Sender) -> None:
    sender.ledger.set_mart(_mart("statement", 3))
    sender.ledger.set_mart(_mart("warning", 1, "held"))
    first = sender.ledger.publish("2025-05-20")
    assert first is not None and sorted(first.marts) == ["statement"] and first.held == ("warning",)
    sender.ledger.set_mart(_mart("statement", 4, "held"))
    assert sender.ledger.publish("2025-05-20") is None
    sender.ledger.release_mart("statement", "郑", "差异已解释")
    second = sender.ledger.publish("2025-05-20")
    assert second is not None and second.marts["statement"]["version"] == 4


def test_a_mart_that_is_not_held_cannot_be_let_through(sender: Sender) -> None:
    sender.ledger.set_mart(_mart("statement", 3))
    try:
        sender.ledger.release_mart("statement", "郑", "无")
    except Refused as no:
        assert "没有被扣留" in str(no)
    else:
        raise AssertionError("放行了没有被扣留的主题表")


def test_what_was_resolved_is_kept_by_its_hash(sender: Sender) -> None:
    sha256 = sender.ledger.keep_blob("contract", "monthly_finance", {"form": {"name": "monthly_finance"}})
    assert sender.ledger.keep_blob("contract", "monthly_finance", {"form": {"name": "monthly_finance"}}) == sha256
    assert sender.ledger.blob(sha256) == {"form": {"name": "monthly_finance"}}


def test_a_ledger_of_the_first_version_is_brought_up_to_date_with_all_it_knows(settings: Settings) -> None:
    """Every migration is run over data."""
    settings.home.mkdir(parents=True)
    first = create_engine(settings.ledger)
    config = Config()
    config.set_main_option("script_location", str(Path(engine.__file__).parent / "migrations"))
    config.attributes["engine"] = first
    command.upgrade(config, "0001")
    with first.begin() as connection:
        for statement in _FIRST:
            connection.execute(text(statement))
    first.dispose()
    ledger = Ledger.open(settings)
    (event,) = ledger.events_after(0).to_pylist()
    assert (event["day"], event["data"]) == ("2025-04-08", "{}")
    note = ledger.release()
    assert note is not None and note.official is None and note.marts == {}
    assert ledger.marts()["warning"].declared == ""
    ledger.close()


_FIRST = (
    "INSERT INTO event VALUES (1, '2025-04-08T01:00:00.000+08:00', 'release', 1, '', 'published', '系统', '', '{}')",
    "INSERT INTO mart_state VALUES ('warning', 'f', 3, 1, 'h', 'audited', 1, '2025-04-08')",
    "INSERT INTO release VALUES (1, 1, '2025-04-08T01:00:00.000+08:00', '2025-04-08', '{}')",
    "UPDATE counter SET value = 1 WHERE name IN ('event', 'release')",
)
