"""Files that appear whole or not at all, and are never changed: in a folder and on an object store."""

import io
import os
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread

import pytest
from minio.commonconfig import GOVERNANCE
from minio.error import S3Error

from catalog.archive import Damaged, Unsettled, archive, hash_of, staged
from catalog.objects import StoreFault, client
from catalog.settings import Settings
from catalog.tables import bucket_of, folder


def _source(tmp_path: Path, content: bytes = b"1") -> Path:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    return path


def _overwritten(settings: Settings, name: str, content: bytes) -> None:
    """By somebody with the keys, behind the archive's back."""
    if settings.store is None:
        path = Path(settings.lake) / "archive" / name
        path.chmod(0o644)
        path.write_bytes(content)
    else:
        bucket, prefix = bucket_of(folder(settings, "archive"))
        client(settings.store).put_object(bucket, f"{prefix}/{name}", io.BytesIO(content), len(content))


def _elsewhere(settings: Settings, tmp_path: Path) -> Settings:
    """The same lake seen from another host."""
    return replace(settings, home=tmp_path / "other")


def test_a_file_is_kept_under_its_hash(anywhere: Settings, tmp_path: Path) -> None:
    source = _source(tmp_path, "报表".encode())
    kept = archive(anywhere).put(source)
    assert (kept.name, kept.size) == (hash_of(source), 6)
    assert archive(anywhere).exists(kept.name) and not archive(anywhere).exists("0" * 64)
    for host in (anywhere, _elsewhere(anywhere, tmp_path)):
        assert archive(host).local(kept.sha256, kept.sha256).read_bytes() == source.read_bytes()


def test_a_kept_file_cannot_be_written(settings: Settings, tmp_path: Path) -> None:
    kept = archive(settings).put(_source(tmp_path))
    assert archive(settings).local(kept.sha256).stat().st_mode & 0o222 == 0


def test_keeping_the_same_bytes_again_leaves_one_file_and_nothing_temporary(anywhere: Settings, tmp_path: Path) -> None:
    source = _source(tmp_path)
    first, second = archive(anywhere).put(source), archive(anywhere).put(source)
    assert first == second and list(archive(anywhere).names()) == [first.sha256]
    kept = archive(anywhere).local(first.sha256)
    assert [p.name for p in kept.parent.iterdir()] == [first.sha256]


def test_what_is_kept_twice_is_one_version_on_an_object_store(on_object_store: Settings, tmp_path: Path) -> None:
    store = on_object_store.store
    assert store is not None
    for _ in range(2):
        archive(on_object_store).put(_source(tmp_path))
    bucket, prefix = bucket_of(folder(on_object_store, "archive"))
    (one,) = client(store).list_objects(bucket, prefix, recursive=True, include_version=True)
    assert client(store).get_object_retention(bucket, one.object_name, one.version_id).mode == GOVERNANCE
    with pytest.raises(S3Error, match="WORM"):
        client(store).remove_object(bucket, one.object_name, one.version_id)


def test_what_is_removed_by_order_is_gone_in_every_version_locked_or_not(anywhere: Settings, tmp_path: Path) -> None:
    kept = archive(anywhere).put(_source(tmp_path))
    other = archive(anywhere).put(_source(tmp_path, b"2"))
    archive(anywhere).remove(kept.name)
    archive(anywhere).remove(kept.name)
    assert list(archive(_elsewhere(anywhere, tmp_path)).names()) == [other.name]
    if anywhere.store is not None:
        bucket, prefix = bucket_of(folder(anywhere, "archive"))
        left = client(anywhere.store).list_objects(bucket, prefix, recursive=True, include_version=True)
        assert {str(o.object_name).rpartition("/")[2] for o in left} == {other.name}


def test_a_kept_file_whose_bytes_changed_is_not_read(anywhere: Settings, tmp_path: Path) -> None:
    kept = archive(anywhere).put(_source(tmp_path))
    _overwritten(anywhere, kept.name, b"2")
    with pytest.raises(Damaged, match="SHA-256"):
        archive(_elsewhere(anywhere, tmp_path)).local(kept.sha256, kept.sha256)


def test_an_object_that_is_not_what_was_put_is_not_read_by_those_who_know_no_hash_either(
    on_object_store: Settings, tmp_path: Path
) -> None:
    kept = archive(on_object_store).put(_source(tmp_path))
    _overwritten(on_object_store, kept.name, b"2")
    with pytest.raises(Damaged, match="存入时"):
        archive(_elsewhere(on_object_store, tmp_path)).local(kept.sha256)


def test_a_copy_on_this_host_that_was_changed_is_brought_again(on_object_store: Settings, tmp_path: Path) -> None:
    kept = archive(on_object_store).put(_source(tmp_path))
    archive(on_object_store).local(kept.name).write_bytes(b"2")
    assert archive(on_object_store).local(kept.name, kept.sha256).read_bytes() == b"1"


def test_a_copy_nobody_asked_for_since_yesterday_is_cleared(on_object_store: Settings, tmp_path: Path) -> None:
    kept = archive(on_object_store).put(_source(tmp_path))
    path = archive(on_object_store).local(kept.name)
    os.utime(path, (0, 0))
    archive(on_object_store).sync()
    assert not path.exists() and archive(on_object_store).local(kept.name).read_bytes() == b"1"


def test_a_store_that_does_not_answer_or_has_no_bucket_is_told_in_one_sentence_without_keys(
    on_object_store: Settings, tmp_path: Path
) -> None:
    assert on_object_store.store is not None
    gone = replace(on_object_store, store=replace(on_object_store.store, endpoint="http://127.0.0.1:9"))
    with pytest.raises(StoreFault, match=r"127\.0\.0\.1:9 没有应答，不能查看") as told:
        archive(gone).put(_source(tmp_path))
    assert on_object_store.store.secret_key not in str(told.value) + repr(gone)
    with pytest.raises(StoreFault, match="还没有桶 nowhere-archive；请运行 guozi doctor --init"):
        archive(replace(on_object_store, lake="s3a://nowhere")).put(_source(tmp_path))


def test_a_missing_file_is_told_with_what_to_do(anywhere: Settings) -> None:
    with pytest.raises(Damaged, match="备份"):
        archive(anywhere).local("0" * 64)


@pytest.mark.parametrize("name", ["../a", "a/b", ".hidden", "/etc/passwd"])
def test_a_name_cannot_leave_the_folder(anywhere: Settings, name: str) -> None:
    with pytest.raises(ValueError, match="文件名"):
        archive(anywhere).exists(name)


def test_a_finished_file_is_moved_in_and_may_be_made_again(anywhere: Settings, tmp_path: Path) -> None:
    for content in (b"1", b"2"):
        source = _source(tmp_path, content)
        staged(anywhere).move(source, "1.arrow")
        assert list(staged(anywhere).names()) == ["1.arrow"] and not source.exists()
        assert staged(anywhere).local("1.arrow").read_bytes() == content


def test_a_file_that_grows_while_it_is_copied_is_left_for_later(anywhere: Settings, tmp_path: Path) -> None:
    source, stop = tmp_path / "a.csv", Event()
    source.write_bytes(b"1" * 20_000_000)

    def grow() -> None:
        with source.open("ab", buffering=0) as growing:
            while not stop.is_set():
                growing.write(b"2")

    sender = Thread(target=grow)
    sender.start()
    try:
        with pytest.raises(Unsettled):
            archive(anywhere).put(source)
    finally:
        stop.set()
        sender.join()
    assert list(archive(anywhere).names()) == []
