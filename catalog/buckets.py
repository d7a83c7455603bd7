"""The two buckets of an object store: the lake, and the archive, whose objects are kept in versions and locked."""

from __future__ import annotations

from operator import methodcaller
from typing import TYPE_CHECKING

from catalog.objects import asked
from catalog.settings import Settings, Store
from catalog.tables import bucket_of, folder

if TYPE_CHECKING:
    from minio import Minio

# 《会计档案管理办法》（财政部、国家档案局令第 79 号）: 30 years is the longest term it sets for what is not kept for ever.
YEARS = 30


def make(settings: Settings, store: Store) -> tuple[str, ...]:
    """Makes what is missing of both; returns the buckets made. Raises objects.StoreFault."""
    archive = buckets(settings)[1]
    made = _missing(settings, store)
    for bucket in made:
        asked(store, f"建立桶 {bucket}", methodcaller("make_bucket", bucket, store.region, object_lock=bucket == archive))
    if archive in made:
        asked(store, f"为桶 {archive} 设定锁定", lambda s3: _lock(s3, archive))
    return made


def buckets(settings: Settings) -> tuple[str, str]:
    """Names of the lake's bucket and of the archive's."""
    return bucket_of(settings.lake)[0], bucket_of(folder(settings, "archive"))[0]


def faults(settings: Settings, store: Store) -> tuple[str, ...]:
    """What is not as `make` makes it, a sentence each. Raises objects.StoreFault."""
    lake, archive = buckets(settings)
    if missing := _missing(settings, store):
        return tuple(f"还没有桶 {bucket}" for bucket in missing)
    found = []
    if asked(store, f"查看桶 {archive} 的版本", lambda s3: s3.get_bucket_versioning(archive)).status != "Enabled":
        found.append(f"归档桶 {archive} 没有开启版本")
    if not asked(store, f"查看桶 {archive} 的锁定", lambda s3: _locked(s3, archive)):
        found.append(f"归档桶 {archive} 没有对象锁定（只能在建桶时开启）")
    if asked(store, f"查看桶 {lake} 的版本", lambda s3: s3.get_bucket_versioning(lake)).status == "Enabled":
        found.append(f"湖的桶 {lake} 开启了版本，清理过的数据仍会占用空间")
    return tuple(found)


def _missing(settings: Settings, store: Store) -> tuple[str, ...]:
    return tuple(b for b in buckets(settings) if not asked(store, f"查看桶 {b}", methodcaller("bucket_exists", b)))


def _lock(s3: Minio, bucket: str) -> None:
    from minio.commonconfig import GOVERNANCE
    from minio.objectlockconfig import YEARS as IN_YEARS
    from minio.objectlockconfig import ObjectLockConfig

    s3.set_object_lock_config(bucket, ObjectLockConfig(GOVERNANCE, YEARS, IN_YEARS))


def _locked(s3: Minio, bucket: str) -> bool:
    from minio.error import S3Error

    try:
        return s3.get_object_lock_config(bucket).mode is not None
    except S3Error as no:
        if no.code == "ObjectLockConfigurationNotFoundError":
            return False
        raise
