"""The object store of the tests: without Go, setting up goes on and says what to do; without the binary, tests fail and say so."""

from pathlib import Path

import pytest

from scripts import minio


def test_without_go_setting_up_goes_on_and_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("GUOZI_MINIO", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert minio.main() == 0
    assert "没有找到 Go" in (told := capsys.readouterr().err) and "GUOZI_MINIO" in told


def test_a_binary_that_is_not_there_is_told_with_the_remedy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GUOZI_MINIO", str(tmp_path / "minio"))
    with pytest.raises(FileNotFoundError, match="make setup"):
        minio.binary()
