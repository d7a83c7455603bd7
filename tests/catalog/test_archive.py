"""Files that appear whole or not at all, and are never changed."""

from pathlib import Path
from threading import Event, Thread

import pytest

from catalog.archive import Damaged, FolderFiles, Unsettled, archive, hash_of
from catalog.settings import Settings


def test_a_file_is_kept_under_its_hash_and_cannot_be_written(settings: Settings, tmp_path: Path) -> None:
    source = tmp_path / "a.csv"
    source.write_bytes("报表".encode())
    kept = archive(settings).put(source)
    path = archive(settings).local(kept.sha256, kept.sha256)
    assert (kept.name, kept.size) == (hash_of(source), 6)
    assert path.read_bytes() == source.read_bytes() and path.stat().st_mode & 0o222 == 0


def test_keeping_the_same_bytes_again_leaves_one_file_and_nothing_temporary(settings: Settings, tmp_path: Path) -> None:
    source = tmp_path / "a.csv"
    source.write_bytes(b"1")
    first, second = archive(settings).put(source), archive(settings).put(source)
    assert first == second
    assert [p.name for p in (Path(settings.lake) / "archive").iterdir()] == [first.sha256]


def test_a_kept_file_whose_bytes_changed_is_not_read(settings: Settings, tmp_path: Path) -> None:
    source = tmp_path / "a.csv"
    source.write_bytes(b"1")
    kept = archive(settings).put(source)
    path = archive(settings).local(kept.sha256)
    path.chmod(0o644)
    path.write_bytes(b"2")
    with pytest.raises(Damaged, match="SHA-256"):
        archive(settings).local(kept.sha256, kept.sha256)


def test_a_missing_file_is_told_with_what_to_do(settings: Settings) -> None:
    with pytest.raises(Damaged, match="备份"):
        archive(settings).local("0" * 64)


@pytest.mark.parametrize("name", ["../a", "a/b", ".hidden", "/etc/passwd"])
def test_a_name_cannot_leave_the_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="文件名"):
        FolderFiles(tmp_path).exists(name)


def test_a_finished_file_is_moved_in(tmp_path: Path) -> None:
    files, source = FolderFiles(tmp_path / "kept"), tmp_path / "made"
    source.write_bytes(b"1")
    files.move(source, "1.arrow")
    assert list(files.names()) == ["1.arrow"] and not source.exists()


def test_a_file_that_grows_while_it_is_copied_is_left_for_later(settings: Settings, tmp_path: Path) -> None:
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
            archive(settings).put(source)
    finally:
        stop.set()
        sender.join()
    assert list((Path(settings.lake) / "archive").iterdir()) == []
