"""Table name → location and storage options, for every engine. The only place that builds a lake path."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from catalog.settings import Settings, Store

if TYPE_CHECKING:
    from pyarrow.fs import FileSystem

# A store that is started again is waited for, some ten seconds in all; one that never answers is given up in time.
_PATIENCE = {
    "connect_timeout": "5s", "timeout": "60s", "max_retries": "10", "retry_timeout": "90s",
    "backoff_config.init_backoff": "100ms", "backoff_config.max_backoff": "3s", "backoff_config.base": "2",
}  # fmt: skip
LAYERS = ("bronze", "silver", "quarantine", "gold", "ops")
FOLDERS = ("archive", "staged", "released")  # of files that are written once


@dataclass(frozen=True)
class Location:
    """`uri` as delta-rs and DuckDB take it; `spark_uri` as Spark takes it."""

    uri: str
    spark_uri: str
    options: dict[str, str] = field(repr=False)

    def files(self) -> FileSystem:
        """The table's folder as Arrow sees files; paths are those of Delta's log."""
        from pyarrow.fs import LocalFileSystem, PyFileSystem, SubTreeFileSystem

        if not self.options:
            return SubTreeFileSystem(self.uri, LocalFileSystem())
        from deltalake.fs import DeltaStorageHandler

        return PyFileSystem(DeltaStorageHandler(self.uri, self.options))


def table(settings: Settings, layer: str, name: str) -> Location:
    """Where the Delta table `name` of `layer` lives; gold of a scratch place beside the lake's own.

    Raises ValueError for an unknown layer or an unsafe name.
    """
    if layer not in LAYERS:
        raise ValueError(f"没有“{layer}”这一层；只有 {'、'.join(LAYERS)}")
    if not name.replace("_", "").isalnum() or not name.isascii():
        raise ValueError(f"表名只能由英文字母、数字和下划线组成：{name!r}")
    beside = f"/scratch/{settings.scratch}" if settings.scratch and layer == "gold" else ""
    uri = f"{settings.lake.rstrip('/')}{beside}/{layer}/{name}"
    return Location(uri, uri, _options(settings.store))


def folder(settings: Settings, name: str) -> str:
    """Location of a lake folder that holds files instead of tables: archive, staged or released.

    On an object store the archive has a bucket of its own, whose objects are locked.
    """
    if name not in FOLDERS:
        raise ValueError(f"没有“{name}”这个文件夹")
    lake = settings.lake.rstrip("/")
    if name == "archive" and settings.store is not None:
        bucket, prefix = bucket_of(lake)
        return f"s3a://{bucket}-archive{f'/{prefix}' if prefix else ''}"
    return f"{lake}/{name}"


def bucket_of(uri: str) -> tuple[str, str]:
    """Bucket and prefix, without slashes at its ends, of an `s3a://` location."""
    bucket, _, prefix = uri.removeprefix("s3a://").partition("/")
    return bucket, prefix.strip("/")


def _options(store: Store | None) -> dict[str, str]:
    """For delta-rs. A commit is a conditional put: of two that would write the same version one is refused."""
    if store is None:
        return {}
    if store.authority is not None:
        # The only way to tell delta-rs of it; Python goes on trusting the system's folder of certificates too.
        os.environ["SSL_CERT_FILE"] = str(store.authority)
    return {
        "aws_endpoint_url": store.endpoint, "aws_region": store.region, "aws_access_key_id": store.access_key,
        "aws_secret_access_key": store.secret_key, "aws_conditional_put": "etag",
        "allow_http": str(store.endpoint.startswith("http://")).lower(), **_PATIENCE,
    }  # fmt: skip
