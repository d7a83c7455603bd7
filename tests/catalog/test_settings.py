"""How the environment says where the object store is and with which keys."""

from pathlib import Path

import pytest

from catalog.settings import load_settings, without_keys
from catalog.tables import folder, table

_SAID = {"GUOZI_LAKE": "s3a://city-lake/guozi", "GUOZI_S3_ACCESS_KEY": "ours", "GUOZI_S3_SECRET_KEY": "sesame"}


def test_keys_come_from_the_environment_or_from_files_and_are_never_shown(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("sesame\n", encoding="utf-8")
    filed = {**_SAID, "GUOZI_S3_SECRET_KEY": "", "GUOZI_S3_SECRET_KEY_FILE": str(tmp_path / "key")}
    for said in (_SAID, filed):
        settings = load_settings(said)
        assert settings.store is not None and settings.store.secret_key == "sesame"
        assert "sesame" not in repr(settings) + repr(table(settings, "gold", "warning"))


def test_the_archive_of_an_object_store_has_a_bucket_of_its_own(tmp_path: Path) -> None:
    there = load_settings(_SAID)
    assert folder(there, "archive") == "s3a://city-lake-archive/guozi"
    assert table(there, "gold", "warning").uri == "s3a://city-lake/guozi/gold/warning"
    here = load_settings({"GUOZI_HOME": str(tmp_path)})
    assert here.store is None and folder(here, "archive") == f"{tmp_path}/lake/archive"


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ({"GUOZI_LAKE": "s3://city"}, "s3a://桶名"),
        ({"GUOZI_LAKE": "s3a://City"}, "s3a://桶名"),
        ({"GUOZI_LAKE": "s3a://city/../x"}, "s3a://桶名"),
        ({"GUOZI_S3_ENDPOINT": "127.0.0.1:9000"}, "GUOZI_S3_ENDPOINT"),
        ({"GUOZI_S3_ACCESS_KEY": ""}, "GUOZI_S3_ACCESS_KEY_FILE"),
        ({"GUOZI_S3_SECRET_KEY_FILE": "/nowhere/key"}, "GUOZI_S3_SECRET_KEY_FILE"),
        ({"GUOZI_S3_CA": "/nowhere/ca.pem"}, "/nowhere/ca.pem"),
        ({"GUOZI_SPARK_MASTER": "spark://cluster"}, "GUOZI_SPARK_MASTER"),
        ({"GUOZI_SPARK_MASTER": "yarn-client"}, "GUOZI_SPARK_MASTER"),
        ({"GUOZI_SPARK_MASTER": "local-cluster[2,1,1024]"}, "GUOZI_SPARK_MASTER"),
    ],
)
def test_what_cannot_be_used_is_told_by_its_variable(said: dict[str, str], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        load_settings({**_SAID, **said})


def test_a_child_that_reads_files_of_strangers_does_not_know_the_keys() -> None:
    scheduler = {"GUOZI_AIRFLOW_DB": "postgresql+psycopg://u:p@h/airflow", "AIRFLOW__CORE__FERNET_KEY": "k"}
    assert without_keys({**_SAID, **scheduler, "PATH": "/bin"}) == {"GUOZI_LAKE": _SAID["GUOZI_LAKE"], "PATH": "/bin"}
