"""What a production deployment is set up with (`docker-compose.yml`)."""

from __future__ import annotations

import os
import re
import secrets
from base64 import urlsafe_b64encode
from pathlib import Path

from commands.failure import Code, Failure

EXAMPLE = Path(__file__).resolve().parent.parent / ".env.example"
# 32 random bytes so written are what Airflow takes for its key, and stand in a URL as they are.
_SECRET = re.compile(r"^(\w+_(?:KEY|PASSWORD))=$", re.MULTILINE)


def init_env(out: Path) -> Code:
    """`.env.example` with its empty secrets made, readable by its owner alone. Refused where the file is there already."""
    text = _SECRET.sub(lambda found: f"{found[1]}={urlsafe_b64encode(secrets.token_bytes(32)).decode()}", EXAMPLE.read_text("utf-8"))
    try:
        opened = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Failure(Code.REFUSED, f"{out} 已经存在，没有改动；要换密钥，先把它移开，并按新密钥改数据库和对象存储的口令") from None
    except OSError as problem:
        raise Failure(Code.ENVIRONMENT, f"{out} 写不了（{problem.strerror}）；请换一个目录（--out）") from None
    with os.fdopen(opened, "w", encoding="utf-8") as file:
        file.write(text)
    print(f"已写出 {out}（只有本人可读）；接着：docker compose up -d --build")
    return Code.FINE
