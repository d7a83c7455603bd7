"""An official release is read again when gold has forgotten it, equal to its hash, or it is refused."""

from __future__ import annotations

import json
import shutil
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest

from catalog.archive import Damaged, hash_of
from catalog.ledger.ledger import Ledger
from catalog.ledger.values import Refused
from catalog.released import Cleared
from catalog.settings import Settings
from catalog.sql import ask, connect
from jobs.publish import Official, publish
from tests.catalog.test_sql import audited, release

WHO = Official("王芳", "2025 年 5 月正式上报")


def _official(settings: Settings, value: str) -> None:
    audited(settings, "statement", {"item": ["assets"], "value": pa.array([Decimal(value)], pa.decimal128(28, 8))})
    publish(settings, WHO)


def _kept(settings: Settings) -> Path:
    return Path(settings.lake) / "released" / "1"


def test_an_official_release_is_read_after_gold_is_gone(settings: Settings) -> None:
    _official(settings, "1.30")
    shutil.rmtree(Path(settings.lake) / "gold")
    with connect(settings, 1) as connection:
        assert ask(connection, "SELECT item, value FROM statement").rows == (("assets", Decimal("1.30000000")),)
    manifest = json.loads((_kept(settings) / "manifest.json").read_text(encoding="utf-8"))
    told = manifest["marts"]["statement"]
    assert told["sha256"] == hash_of(_kept(settings) / "statement.parquet") and told["rows"] == 1 and len(told["contract_hash"]) == 64


def test_a_kept_file_that_was_changed_is_not_shown(settings: Settings) -> None:
    _official(settings, "1.30")
    file = _kept(settings) / "statement.parquet"
    file.chmod(0o644)
    file.write_bytes(file.read_bytes() + b" ")
    with pytest.raises(Damaged, match="SHA-256"):
        connect(settings, 1)


def test_a_release_that_was_not_kept_and_is_no_longer_in_gold_is_told(settings: Settings) -> None:
    release(settings, "1.30")
    for file in (Path(settings.lake) / "gold" / "warning").glob("*.parquet"):
        file.unlink()
    with pytest.raises(Cleared, match="第 1 次发布的 warning 已从 gold 清理"):
        connect(settings, 1)


def test_gold_that_is_not_what_was_released_is_not_made_official(settings: Settings) -> None:
    audited(settings, "statement", {"item": ["assets"]}, content_hash="another")
    with pytest.raises(Damaged, match="内容哈希不符"):
        publish(settings, WHO)
    ledger = Ledger.open(settings)
    assert (found := ledger.release()) is not None and found.official is None
    ledger.close()


def test_who_and_why_are_asked_for_and_a_release_is_made_official_once(settings: Settings) -> None:
    with pytest.raises(Refused, match="--by"):
        publish(settings, Official("王芳", " "))
    with pytest.raises(Refused, match="还没有任何发布"):
        publish(settings, WHO)
    _official(settings, "1.30")
    with pytest.raises(Refused, match="已经是正式发布（王芳"):
        publish(settings, WHO)
    ledger = Ledger.open(settings)
    last = ledger.events_after(0).to_pylist()[-1]
    ledger.close()
    assert (last["subject"], last["from_state"], last["to_state"], last["by"], last["day"]) == (
        "release", "published", "official", "王芳", "2025-05-20")  # fmt: skip
