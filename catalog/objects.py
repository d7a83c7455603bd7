"""Files of an object store: plain S3 calls, the same promises as of a folder (`catalog.archive.Files`).

What is read is downloaded once into `<home>/cache/` and stays there until it was not asked for during a day.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from threading import get_ident
from typing import TYPE_CHECKING, Any, TypeVar

from catalog.archive import Damaged, Kept, copy, hash_of, plain_name
from catalog.settings import Settings, Store
from catalog.tables import bucket_of

if TYPE_CHECKING:
    from minio import Minio

SHA256 = "x-amz-meta-sha256"  # what an object of ours promises of its bytes
_UNUSED = 24 * 3600  # seconds
_CHUNK = 1 << 20
_THEN = "恢复后重新运行，没有做完的会接着做"
# In the words of delta-rs, of the SDK below S3A, of S3A.
_SILENCE = ("Generic S3 error", "SdkClientException", "AWSClientIOException", "AWSServiceThrottledException", "AWSStatus5")
Given = TypeVar("Given")


class Missing(LookupError):
    """There is no such object."""


class StoreFault(OSError):
    """The object store does not answer or refuses; the message is one sentence, without keys."""


class Denied(StoreFault):
    """The account may not do it."""


@cache
def client(store: Store) -> Minio:
    """Tries again four times with growing pauses (some ten seconds in all) before it gives up."""
    import urllib3
    from minio import Minio

    secure, host = store.endpoint.startswith("https://"), store.endpoint.partition("://")[2]
    trusted = str(store.authority) if store.authority else None
    again = urllib3.Retry(total=4, backoff_factor=0.4, status_forcelist=(500, 502, 503, 504), allowed_methods=None)
    pool = urllib3.PoolManager(timeout=urllib3.Timeout(connect=5, read=60), retries=again, maxsize=16, ca_certs=trusted)
    return Minio(host, store.access_key, store.secret_key, secure=secure, region=store.region, http_client=pool)


def asked(store: Store, what: str, call: Callable[[Minio], Given]) -> Given:
    """What the store answers. Raises Missing, or StoreFault that says `what` was asked for."""
    import urllib3
    from minio.error import MinioException, S3Error

    try:
        return call(client(store))
    except S3Error as no:
        if no.code == "NoSuchKey":
            raise Missing(what) from None
        if no.code == "NoSuchBucket":
            raise StoreFault(f"对象存储 {store.endpoint} 上还没有桶 {no.bucket_name}；请运行 guozi doctor --init") from None
        fault = Denied if no.code == "AccessDenied" else StoreFault
        raise fault(f"对象存储 {store.endpoint} 不允许或不能{what}（{no.code}）；检查账号的权限，或运行 guozi doctor") from None
    except (MinioException, urllib3.exceptions.HTTPError) as no:
        raise StoreFault(f"对象存储 {store.endpoint} 没有应答，不能{what}（{type(no).__name__}）；{_THEN}") from None


def unanswered(problem: BaseException) -> bool:
    """Whether delta-rs, Arrow or Spark tell in their own words that the store did not answer or refused, and no more than that."""
    return any(said in str(problem) for said in _SILENCE)


def silent(settings: Settings, problem: BaseException) -> StoreFault:
    """The same in ours; nothing of what they said, which may hold keys."""
    where = "" if settings.store is None else f" {settings.store.endpoint}"
    return StoreFault(f"对象存储{where} 没有应答、中途断开或拒绝了请求（{type(problem).__name__}）；{_THEN}")


def streamed(s3: Minio, bucket: str, key: str, part: Path) -> str:
    """Writes an object to `part`; the SHA-256 it promises, or ''."""
    response = s3.get_object(bucket, key)
    try:
        with part.open("wb") as writable:
            for chunk in response.stream(_CHUNK):
                writable.write(chunk)
        return str(response.headers.get(SHA256, ""))
    finally:
        response.close()
        response.release_conn()


class ObjectFiles:
    """Files below one prefix of a bucket. Each carries its SHA-256 and is compared with it when it comes down."""

    def __init__(self, settings: Settings, store: Store, place: str) -> None:
        self._store = store
        self._bucket, self._prefix = bucket_of(place)
        known_by = hashlib.sha256(f"{store.endpoint} {place}".encode()).hexdigest()[:16]
        self._cache = settings.home / "cache" / known_by

    def put(self, source: Path, name: str = "") -> Kept:
        part = self._part()
        try:
            sha256, size = copy(source, part)
            kept = Kept(name or sha256, sha256, size)
            if not self.exists(kept.name):
                self._upload(part, kept.name, sha256)
            os.replace(part, self._cached(kept.name))
        finally:
            part.unlink(missing_ok=True)
        return kept

    def move(self, source: Path, name: str) -> None:
        part = self._part()
        try:
            sha256, _ = copy(source, part)
            self._upload(part, name, sha256)
            os.replace(part, self._cached(name))
        finally:
            part.unlink(missing_ok=True)
        source.unlink()

    def sync(self) -> None:
        """An object store has an object once its call returns; the cache is cleared of what nobody asks for."""
        since = time.time() - _UNUSED
        for path in self._cache.iterdir() if self._cache.is_dir() else ():
            if path.stat().st_mtime < since:
                path.unlink(missing_ok=True)

    def local(self, name: str, sha256: str = "") -> Path:
        path = self._cached(name)
        if not path.is_file() or (sha256 and hash_of(path) != sha256):
            self._download(name, path, sha256)
            if sha256 and hash_of(path) != sha256:
                path.unlink()
                raise Damaged(f"文件 {self._where(name)} 的内容与台账记录的 SHA-256 不符，已停止使用；请从备份恢复后重试")
        os.utime(path)
        return path

    def exists(self, name: str) -> bool:
        try:
            self._ask(f"查看 {self._where(name)}", lambda s3: s3.stat_object(self._bucket, self._key(name)))
        except Missing:
            return False
        return True

    def remove(self, name: str) -> None:
        """Every version, locked ones too: the account needs the right to bypass governance."""
        from minio.deleteobjects import DeleteObject

        key = self._key(name)

        def removed(s3: Minio) -> list[str]:
            found = [o for o in s3.list_objects(self._bucket, key, include_version=True) if o.object_name == key]
            gone = s3.remove_objects(self._bucket, [DeleteObject(key, o.version_id) for o in found], bypass_governance_mode=True)
            return [str(refused.code) for refused in gone]

        if refused := self._ask(f"删除 {self._where(name)}", removed):
            raise StoreFault(f"对象存储不允许删除 {self._where(name)}（{refused[0]}）；清除要用有 BypassGovernanceRetention 权限的账号")
        self._cached(name).unlink(missing_ok=True)

    def names(self) -> Iterator[str]:
        start = self._key("")
        listed = self._ask(f"列出 {self._where('')}", lambda s3: [o.object_name for o in s3.list_objects(self._bucket, start)])
        yield from sorted(str(name).removeprefix(start) for name in listed if not str(name).endswith("/"))

    def _upload(self, path: Path, name: str, sha256: str) -> None:
        told: dict[str, str | list[str] | tuple[str]] = {SHA256: sha256}
        self._ask(f"写入 {self._where(name)}", lambda s3: s3.fput_object(self._bucket, self._key(name), str(path), metadata=told))

    def _download(self, name: str, path: Path, sha256: str) -> None:
        """An object that nobody promised anything of is as good as damaged."""
        part = self._part()
        try:
            promised = self._ask(f"读取 {self._where(name)}", lambda s3: streamed(s3, self._bucket, self._key(name), part))
            if hash_of(part) != (promised or sha256):
                raise Damaged(f"文件 {self._where(name)} 的内容与存入时的 SHA-256 不符，已停止使用；请从备份恢复后重试")
            os.replace(part, path)
        except Missing:
            raise Damaged(f"找不到文件 {self._where(name)}；请从备份恢复后重试") from None
        finally:
            part.unlink(missing_ok=True)

    def _ask(self, what: str, call: Callable[[Minio], Any]) -> Any:
        return asked(self._store, what, call)

    def _part(self) -> Path:
        self._cache.mkdir(parents=True, exist_ok=True)
        return self._cache / f".{os.getpid()}-{get_ident()}.part"

    def _cached(self, name: str) -> Path:
        return self._cache / plain_name(name)

    def _key(self, name: str) -> str:
        named = plain_name(name) if name else ""
        return f"{self._prefix}/{named}" if self._prefix else named

    def _where(self, name: str) -> str:
        return f"{self._bucket}/{self._key(name)}"
