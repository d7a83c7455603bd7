"""What each account of the object store may do: declared here once, written as S3 policy documents.

How an account is made and given a policy is each store's own affair; the documents are the same everywhere. One account may
have several roles: a single host that runs whole nights has lander, refiner and builder.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from catalog.settings import Settings
from catalog.tables import bucket_of, folder

_SHOW = ("s3:GetObject",)
_ADD = ("s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts")
_REMOVE = ("s3:DeleteObject",)
ARCHIVE = "archive"
SCRATCH = "scratch"


@dataclass(frozen=True)
class Role:
    """Places (layers and folders of the lake) that it reads, adds to, removes from; who removes also adds, who adds also reads."""

    title: str
    read: tuple[str, ...] = ()
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


ROLES: Mapping[str, Role] = {
    "lander": Role("采集：归档并审核收到的文件，不能删除任何东西", add=(ARCHIVE, "staged")),
    "refiner": Role("装载：只追加各层数据，看不到归档原件", read=("staged",), add=("bronze", "silver", "quarantine", "ops")),
    "builder": Role(
        "计算与发布：写主题表和留存的正式发布，看不到归档原件", read=("silver",), add=("ops", "released"), remove=("gold", SCRATCH)
    ),
    "reader": Role("查询：只看主题表和正式发布", read=("gold", "released")),
    "auditor": Role("追溯：全部只读，可以一直看到原件的单元格",
                    read=(ARCHIVE, "staged", "bronze", "silver", "quarantine", "ops", "gold", SCRATCH, "released")),
}  # fmt: skip


def policy(settings: Settings, name: str) -> dict[str, Any]:
    """The role's policy as a document. Listing shows the names of what may be read, no others."""
    role = ROLES[name]
    add = (*role.add, *role.remove)
    read = (*role.read, *add)
    allowed = [_allowed(settings, actions, places) for actions, places in ((_SHOW, read), (_ADD, add), (_REMOVE, role.remove)) if places]
    return {"Version": "2012-10-17", "Statement": [*allowed, *_listed(settings, read)]}


def write(settings: Settings, where: Path) -> list[Path]:
    """`<role>.json` for every role."""
    where.mkdir(parents=True, exist_ok=True)
    written = []
    for name in ROLES:
        path = where / f"{name}.json"
        path.write_text(json.dumps(policy(settings, name), indent=2) + "\n", encoding="utf-8")
        written.append(path)
    return written


def _allowed(settings: Settings, actions: tuple[str, ...], places: tuple[str, ...]) -> dict[str, Any]:
    resources = [f"arn:aws:s3:::{'/'.join(filter(None, _place(settings, p)))}/*" for p in places]
    return {"Effect": "Allow", "Action": list(actions), "Resource": resources}


def _listed(settings: Settings, places: tuple[str, ...]) -> list[dict[str, Any]]:
    below: dict[str, list[str]] = {}
    for bucket, prefix in (_place(settings, p) for p in places):
        below.setdefault(bucket, []).append(f"{prefix}/*" if prefix else "*")
    return [
        {"Effect": "Allow", "Action": ["s3:ListBucket"], "Resource": [f"arn:aws:s3:::{bucket}"],
         "Condition": {"StringLike": {"s3:prefix": prefixes}}}
        for bucket, prefixes in below.items()
    ]  # fmt: skip


def _place(settings: Settings, name: str) -> tuple[str, str]:
    """Bucket and prefix."""
    return bucket_of(folder(settings, name) if name == ARCHIVE else f"{settings.lake.rstrip('/')}/{name}")
