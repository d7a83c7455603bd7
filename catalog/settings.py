"""Environment → one frozen Settings. Nothing else in the project reads an environment variable of ours."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from schemas.codes import code_list

ZONE = ZoneInfo("Asia/Shanghai")
_SECRETS = ("GUOZI_S3_", "GUOZI_LEDGER", "GUOZI_LINEAGE_", "GUOZI_ALERT_", "GUOZI_SMTP", "GUOZI_AIRFLOW_DB", "AIRFLOW__")
# Here; a standalone cluster, its masters if one may be lost; YARN, of HADOOP_CONF_DIR; Kubernetes, by its API server.
_MASTER = r"local(\[(\*|\d+)\])?|spark://[\w.-]+:\d+(,[\w.-]+:\d+)*|yarn|k8s://(https?://)?[\w.-]+(:\d+)?"
_SCHEDULER = {"GUOZI_AIRFLOW_PORT": 8080, "GUOZI_AIRFLOW_KEPT_DAYS": 90}


@dataclass(frozen=True)
class Store:
    """How the object store is reached; `endpoint` with its scheme, `authority` the certificate it is known by (None: the system's)."""

    endpoint: str
    region: str
    access_key: str
    secret_key: str = field(repr=False)
    authority: Path | None


@dataclass(frozen=True)
class Alerts:
    """Who is told when a night fails or does not run; `smtp` is smtp://user:password@host:25 or smtps://…, what is empty is not asked."""

    webhook: str = field(default="", repr=False)
    smtp: str = field(default="", repr=False)
    sender: str = ""
    to: str = ""


@dataclass(frozen=True)
class Scheduler:
    """Airflow's folder, its own database, the port of its page on this machine, and for how many days it remembers its runs."""

    home: Path
    database: str = field(repr=False)
    port: int
    kept_days: int


@dataclass(frozen=True)
class Settings:
    """`today` is the day that counts for lateness and maturity; only the operator sets it.

    `arrivals` = "manifest" takes the day of arrival from the manifest instead of `today` (sample
    cities and tests, where two years of reports are received in one night); senders cannot set it.

    `scratch`: name of a place beside the released gold in which gold is read and written instead; no variable sets it.
    `store` is None where the lake is a folder.
    `office`, `account`, `purpose`: who reads and what for, noted in the access log; without an office nothing is.
    `lineage_url`, `lineage_key`: where lineage events are also sent, and the key it asks for. `run`: the scheduler's name of
    this night, the same for all its stages; empty when a person runs one. What may hold a secret is not shown by `repr`.
    `lease`: seconds after which the right to write gold passes on from a host that is not heard of any more.
    """

    home: Path
    lake: str
    ledger: str = field(repr=False)
    today: date
    arrivals: str
    spark_master: str
    workers: int
    jars: Path
    minio: str
    scheduler: Scheduler
    store: Store | None = None
    scratch: str = ""
    office: str = ""
    account: str = ""
    purpose: str = ""
    lineage_url: str = field(default="", repr=False)
    lineage_key: str = field(default="", repr=False)
    run: str = ""
    alerts: Alerts = field(default_factory=Alerts)
    lease: int = 120

    @property
    def incoming(self) -> Path:
        return self.home / "incoming"

    @property
    def local_lake(self) -> Path | None:
        """The lake's folder, or None when it is an object store."""
        return None if "://" in self.lake else Path(self.lake)


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Raises ValueError naming the variable when one is malformed."""
    env = os.environ if environment is None else environment
    home = Path(env.get("GUOZI_HOME", "var")).absolute()
    arrivals = env.get("GUOZI_ARRIVALS", "today")
    if arrivals not in ("today", "manifest"):
        raise ValueError(f"GUOZI_ARRIVALS 只能是 today 或 manifest，现在是“{arrivals}”")
    return Settings(
        home=home,
        lake=env.get("GUOZI_LAKE", str(home / "lake")),
        ledger=env.get("GUOZI_LEDGER", f"sqlite:///{home / 'ledger.db'}"),
        today=_today(env.get("GUOZI_TODAY")),
        arrivals=arrivals,
        spark_master=_master(env.get("GUOZI_SPARK_MASTER", "local[*]")),
        workers=_count("GUOZI_WORKERS", env.get("GUOZI_WORKERS"), os.cpu_count() or 1),
        jars=Path(env.get("GUOZI_JARS", str(Path(__file__).resolve().parent.parent / "jars"))),
        minio=env.get("GUOZI_MINIO", ""),
        scheduler=_scheduler(env, home / "airflow"),
        store=_store(env),
        office=_office(env.get("GUOZI_OFFICE", "")),
        account=env.get("GUOZI_ACCOUNT", ""),
        purpose=env.get("GUOZI_PURPOSE", ""),
        lineage_url=_web("GUOZI_LINEAGE_URL", env.get("GUOZI_LINEAGE_URL", "")),
        lineage_key=_secret(env, "GUOZI_LINEAGE_KEY"),
        run=env.get("AIRFLOW_CTX_DAG_RUN_ID", ""),
        alerts=_alerts(env),
        lease=_count("GUOZI_LEASE", env.get("GUOZI_LEASE"), Settings.lease),
    )


def _scheduler(env: Mapping[str, str], home: Path) -> Scheduler:
    database = _secret(env, "GUOZI_AIRFLOW_DB") or f"sqlite:///{home / 'airflow.db'}"
    port, kept_days = (_count(name, env.get(name), default) for name, default in _SCHEDULER.items())
    return Scheduler(home, database, port, kept_days)


def _alerts(env: Mapping[str, str]) -> Alerts:
    smtp, sender, to = _secret(env, "GUOZI_SMTP"), env.get("GUOZI_ALERT_FROM", ""), env.get("GUOZI_ALERT_TO", "")
    if smtp and not (smtp.startswith(("smtp://", "smtps://")) and "@" in sender and "@" in to):
        raise ValueError("GUOZI_SMTP 应为 smtp://主机:端口 或 smtps://…，并写明 GUOZI_ALERT_FROM 和 GUOZI_ALERT_TO")
    return Alerts(_web("GUOZI_ALERT_WEBHOOK", _secret(env, "GUOZI_ALERT_WEBHOOK")), smtp, sender, to)


def _store(env: Mapping[str, str]) -> Store | None:
    lake = env.get("GUOZI_LAKE", "")
    if "://" not in lake:
        return None
    if not re.fullmatch(r"s3a://[a-z0-9][a-z0-9.-]{1,53}[a-z0-9](/\w[\w.=-]*)*/?", lake, re.ASCII):
        raise ValueError(f"GUOZI_LAKE 应为文件夹，或 s3a://桶名、s3a://桶名/目录，现在是“{lake}”")
    endpoint = env.get("GUOZI_S3_ENDPOINT", "https://s3.amazonaws.com").rstrip("/")
    if not re.fullmatch(r"https?://[\w.:\[\]-]+", endpoint, re.ASCII):
        raise ValueError(f"GUOZI_S3_ENDPOINT 应为 https://主机:端口 这样的地址，现在是“{endpoint}”")
    authority = env.get("GUOZI_S3_CA", "")
    if authority and not Path(authority).is_file():
        raise ValueError(f"GUOZI_S3_CA 指向的证书文件不存在：{authority}")
    return Store(
        endpoint=endpoint, region=env.get("GUOZI_S3_REGION", "us-east-1"), access_key=_key(env, "GUOZI_S3_ACCESS_KEY"),
        secret_key=_key(env, "GUOZI_S3_SECRET_KEY"), authority=Path(authority).absolute() if authority else None,
    )  # fmt: skip


def _key(env: Mapping[str, str], name: str) -> str:
    if not (said := _secret(env, name)):
        raise ValueError(f"湖在对象存储上，需要 {name}，或指向文件的 {name}_FILE")
    return said


def without_keys(environment: Mapping[str, str]) -> dict[str, str]:
    """What a child that reads strangers' files may know of the environment."""
    return {name: value for name, value in environment.items() if not name.startswith(_SECRETS)}


def failpoint() -> str:
    """Name of the failpoint at which this process is to kill itself (`catalog.failpoint`), or empty."""
    return os.environ.get("GUOZI_FAILPOINT", "")


def _master(said: str) -> str:
    if not re.fullmatch(_MASTER, said, re.ASCII):
        raise ValueError(f"GUOZI_SPARK_MASTER 应为 local[*]、local[数]、spark://主机:端口、yarn 或 k8s://https://主机:端口，现在是“{said}”")
    return said


def _office(name: str) -> str:
    if name and name not in (known := [code.code for code in code_list("office")]):
        raise ValueError(f"GUOZI_OFFICE 应为归口处室之一（{'、'.join(known)}），现在是“{name}”")
    return name


def _today(text: str | None) -> date:
    if not text:
        return datetime.now(ZONE).date()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"GUOZI_TODAY 应为 2026-03-31 这样的日期，现在是“{text}”") from None


def _web(name: str, url: str) -> str:
    if url and not url.startswith(("http://", "https://")):
        raise ValueError(f"{name} 应以 http:// 或 https:// 开头")
    return url


def _secret(env: Mapping[str, str], name: str) -> str:
    """The variable itself, or what the file named by `<name>_FILE` holds."""
    if not (path := env.get(f"{name}_FILE")):
        return env.get(name, "")
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as problem:
        raise ValueError(f"{name}_FILE 指向的文件打不开（{problem.strerror}）") from None


def _count(name: str, text: str | None, default: int) -> int:
    if not text:
        return default
    if not text.isdigit() or int(text) < 1:
        raise ValueError(f"{name} 应为正整数，现在是“{text}”")
    return int(text)
