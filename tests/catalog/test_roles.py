"""What an account of each role may do on the object store, and what `doctor` says of the buckets."""

import io
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from minio.error import S3Error

from catalog import buckets, doctor, roles
from catalog.archive import archive, staged
from catalog.objects import StoreFault, client
from catalog.settings import Settings
from catalog.tables import bucket_of, folder, table
from intake.store import look
from tests.minio import account

_SCHEMA = pa.schema([("_batch", pa.int64())])
_ROWS = pa.table({"_batch": [1]}, schema=_SCHEMA)


def _from_another_host(settings: Settings, role: str, tmp_path: Path) -> Settings:
    return replace(account(settings, role), home=tmp_path / role)


def test_the_lander_adds_and_reads_but_removes_nothing(on_object_store: Settings, tmp_path: Path) -> None:
    lander, source = _from_another_host(on_object_store, "lander", tmp_path), tmp_path / "a.csv"
    source.write_bytes(b"1")
    kept = archive(lander).put(source)
    assert archive(lander).put(source) == kept and archive(lander).local(kept.name, kept.sha256).read_bytes() == b"1"
    staged(lander).move(source, "1.arrow")
    assert lander.store is not None
    for place, name in (("archive", kept.name), ("staged", "1.arrow")):
        bucket, prefix = bucket_of(folder(lander, place))
        with pytest.raises(S3Error, match="Access Denied"):
            client(lander.store).remove_object(bucket, f"{prefix}/{name}")
    with pytest.raises(Exception, match=r"(?i)denied|forbidden"):
        look(lander, "silver", "thing", _SCHEMA)


def test_the_refiner_appends_to_the_lake_and_does_not_see_the_archive(on_object_store: Settings, tmp_path: Path) -> None:
    refiner, source = _from_another_host(on_object_store, "refiner", tmp_path), tmp_path / "a.csv"
    source.write_bytes(b"1")
    kept = archive(on_object_store).put(source)
    look(refiner, "silver", "thing", _SCHEMA).append(_ROWS, {"silver/thing": 1}, {})
    for refused in (lambda: archive(refiner).local(kept.name), lambda: archive(refiner).put(source)):
        with pytest.raises(StoreFault, match="AccessDenied"):
            refused()
    with pytest.raises(Exception, match=r"(?i)denied|forbidden"):
        write_deltalake(table(refiner, "gold", "thing").uri, _ROWS, storage_options=table(refiner, "gold", "thing").options)


def test_the_reader_sees_gold_alone(on_object_store: Settings, tmp_path: Path) -> None:
    reader = _from_another_host(on_object_store, "reader", tmp_path)
    for layer in ("gold", "silver"):
        place = table(on_object_store, layer, "thing")
        write_deltalake(place.uri, _ROWS, storage_options=place.options)
    assert DeltaTable(table(reader, "gold", "thing").uri, storage_options=table(reader, "gold", "thing").options).version() == 0
    with pytest.raises(Exception, match=r"(?i)denied|forbidden"):
        DeltaTable(table(reader, "silver", "thing").uri, storage_options=table(reader, "silver", "thing").options)
    assert reader.store is not None
    bucket, prefix = bucket_of(reader.lake)
    with pytest.raises(S3Error, match="Access Denied"):
        client(reader.store).put_object(bucket, f"{prefix}/gold/thing/a.parquet", io.BytesIO(b"1"), 1)
    with pytest.raises(S3Error, match="Access Denied"):
        list(client(reader.store).list_objects(bucket, f"{prefix}/silver/"))


def test_every_place_of_the_lake_is_read_by_the_auditor_and_written_by_one_role_and_ops_by_two() -> None:
    writers = {p: [n for n, r in roles.ROLES.items() if p in r.add + r.remove] for p in roles.ROLES["auditor"].read}
    assert {p: len(w) for p, w in writers.items()} == {p: 2 if p == "ops" else 1 for p in writers}
    assert not roles.ROLES["auditor"].add + roles.ROLES["auditor"].remove


def test_the_buckets_are_fit_as_they_are_made_and_what_is_not_is_told(on_object_store: Settings, tmp_path: Path) -> None:
    assert doctor.lake(on_object_store).state == "好"
    assert on_object_store.store is not None
    assert buckets.make(on_object_store, on_object_store.store) == ()
    fresh = replace(on_object_store, lake=f"{on_object_store.lake.rpartition('/')[0]}-2")
    assert "还没有桶" in (told := doctor.lake(fresh)).said and told.remedy.startswith("guozi doctor --init")
    for bucket in buckets.buckets(fresh):
        client(on_object_store.store).make_bucket(bucket)
    assert doctor.lake(account(fresh, "lander")).state == "注意"
    assert "没有开启版本" in (told := doctor.lake(fresh)).said and "没有对象锁定" in told.said
    assert sorted(path.name for path in roles.write(fresh, tmp_path)) == sorted(f"{name}.json" for name in roles.ROLES)
