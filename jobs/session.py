"""The one Spark session of a process, set for small work on few cores; a cluster changes only its master.

Settings and their effect: STACK §2 (measured). Jars come from the install's folder alone, never from the network.
"""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from catalog.doctor import java
from catalog.settings import Settings, Store
from jobs.trust import trust_store, trusting

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

ZONE = "Asia/Shanghai"
# Plans of a thousand expressions, one in another, are read and written by recursion: in the driver and in every executor.
_STACK = "-Xss4m"
_JVM = f"-XX:+UseSerialGC -XX:ReservedCodeCacheSize=240m {_STACK}"
# Code is compiled quickly, not well: thirty marts are over before more pays. From so many rows on it does.
_QUICK, _LONG = "-XX:TieredStopAtLevel=1", 750_000
_DELTA = "spark.databricks.delta."
_CONF = {
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.session.timeZone": ZONE,
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    # Files are named one by one: no job to find them.
    "spark.sql.sources.parallelPartitionDiscovery.threshold": "100000",
    "spark.scheduler.mode": "FAIR",
    "spark.executor.syncLogLevel.enabled": "true",
    # What the pages of Spark would show: plans as text, a gigabyte of them after thirty marts.
    "spark.sql.ui.retainedExecutions": "5",
    "spark.ui.retainedStages": "20",
    "spark.ui.retainedTasks": "200",
    f"{_DELTA}snapshotPartitions": "1",
    f"{_DELTA}writeChecksumFile.enabled": "false",
    f"{_DELTA}properties.defaults.enableDeletionVectors": "false",
    f"{_DELTA}properties.defaults.logRetentionDuration": "interval 90 days",
    f"{_DELTA}properties.defaults.deletedFileRetentionDuration": "interval 90 days",
}
_LEAVES = "spark.sql.leafNodeDefaultParallelism"
# A mart is one task, its expressions interpreted instead of compiled; a page of memory suits a few thousand rows (by default
# every hash table of a join holds 64 MB: collecting those was a fifth of a build).
_SMALL = {
    "spark.buffer.pageSize": "1m",
    "spark.sql.shuffle.partitions": "1",
    _LEAVES: "1",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.autoBroadcastJoinThreshold": "64m",
    "spark.sql.optimizer.maxIterations": "60",
    # It would compute filters over Arrow tables while planning, in one thread.
    "spark.sql.optimizer.excludedRules": "org.apache.spark.sql.catalyst.optimizer.ConvertToLocalRelation",
    "spark.driver.memory": "2200m",
}
# Where the driver is the cluster.
_ALONE = {"spark.default.parallelism": "2", "spark.driver.host": "127.0.0.1"}
# For marts of very many rows: there compiling costs less than interpreting (half the processor time of a hundred thousand payments).
_LARGE = {"spark.sql.codegen.wholeStage": "true", "spark.sql.codegen.factoryMode": "FALLBACK"}
# Two tasks at once hold their part of a join in a heap of 2.2 GB, a row of a dozen columns in 200 bytes.
_ROWS_A_TASK, _FEWEST_TASKS = 125_000, 8
_S3A = {
    "aws.credentials.provider": "org.apache.hadoop.fs.s3a.SimpleAWSCredentialsProvider",
    "path.style.access": "true",
    "attempts.maximum": "5",
    "retry.limit": "5",
    "connection.establish.timeout": "5s",
    "connection.timeout": "60s",
    # A block waits in memory: parts are small, and a folder for them would have to be cleared.
    "fast.upload.buffer": "bytebuffer",
}
# Threads that ask at once get one session.
_STARTING = Lock()


class EnvironmentFault(RuntimeError):
    """Something the install lacks; the message is one sentence with the command that mends it."""


def session(settings: Settings, *, name: str = "guozi", rows: int = 0) -> SparkSession:
    """The running session, or a new one for marts of forms of at most so many `rows`.

    Raises EnvironmentFault when Java or the jars are missing, or a cluster cannot be had.
    """
    if settings.store is None and not _alone(settings):
        # Files that executors wrote to folders of their own hosts would be missing from the table, and nobody would say so.
        raise EnvironmentFault(f"Spark 集群（{settings.spark_master}）写不了本机的文件夹；请把湖放到对象存储上（GUOZI_LAKE=s3a://…）")
    authority = trust_store(settings)
    with _STARTING:
        running = _started(settings, name, authority, rows)
    if settings.store is not None:
        _reach(running, settings.store)
    if authority is not None:
        for key, value in trusting(str(authority)).items():
            running.sparkContext._jvm.java.lang.System.setProperty(key, value)  # type: ignore[union-attr]  # None: stopped
    return running


def _alone(settings: Settings) -> bool:
    """The driver is all the cluster there is."""
    return settings.spark_master.startswith("local")


def for_many_rows(running: SparkSession, rows: int) -> SparkSession:
    """A session of the same driver for what is long to compute and not long to plan, in tasks for so many rows, on a cluster
    two a core at least.
    """
    tasks = str(max(rows // _ROWS_A_TASK, _FEWEST_TASKS, 2 * running.sparkContext.defaultParallelism))
    made = running.newSession()
    for key, value in {**_LARGE, "spark.sql.shuffle.partitions": tasks, _LEAVES: tasks}.items():
        made.conf.set(key, value)
    return made


def _started(settings: Settings, name: str, authority: Path | None, rows: int) -> SparkSession:
    from py4j.protocol import Py4JError
    from pyspark import SparkContext
    from pyspark.sql import SparkSession

    running = SparkSession._instantiatedSession if SparkContext._active_spark_context else None
    if running is not None:
        return running
    check_java()
    # Its farewells come when streams are closed already, and tell nobody anything.
    logging.getLogger("py4j").setLevel(logging.WARNING)
    local = _alone(settings)
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    if local:
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    builder = SparkSession.builder.appName(name).master(settings.spark_master)
    for key, value in configured(settings, authority, rows).items():
        builder = builder.config(key, value)
    try:
        started: SparkSession = builder.getOrCreate()
    except Py4JError as problem:
        if local:
            raise
        raise EnvironmentFault(
            f"Spark 集群 {settings.spark_master} 没有应答，或不认本机的密钥；检查 GUOZI_SPARK_MASTER 和 SPARK_CONF_DIR/spark-defaults.conf"
        ) from problem
    _hush(started)
    return started


def gathered(frame: DataFrame) -> DataFrame:
    """In one part, where marts are done by one task: what is computed of it needs no shuffle."""
    return frame.coalesce(1) if frame.sparkSession.conf.get(_LEAVES) == "1" else frame


def spread(frame: DataFrame, *columns: str) -> DataFrame:
    """By these columns, where marts are done by several tasks: what looks at rows that share them and more needs no other shuffle."""
    return frame if frame.sparkSession.conf.get(_LEAVES) == "1" else frame.repartition(*columns)


def _hush(started: SparkSession) -> None:
    """Spark's own logs quote the cell that would not cast, and the plan with it; what failed is told by the exception."""
    from pyspark.logger import PySparkLogger

    started.sparkContext.setLogLevel("OFF")
    for name in ("SQLQueryContextLogger", "DataFrameQueryContextLogger"):
        PySparkLogger.getLogger(name).disabled = True


def _reach(running: SparkSession, store: Store) -> None:
    """What Spark reads and writes goes to the store. Set in the running driver: a launcher's arguments are seen by everybody."""
    configuration = running.sparkContext._jsc.hadoopConfiguration()
    for key, value in {**_S3A, **_keys(store)}.items():
        configuration.set(f"fs.s3a.{key}", value)


def _keys(store: Store) -> dict[str, str]:
    return {
        "endpoint": store.endpoint, "endpoint.region": store.region, "access.key": store.access_key, "secret.key": store.secret_key,
        "connection.ssl.enabled": str(store.endpoint.startswith("https://")).lower(),
    }  # fmt: skip


def configured(settings: Settings, authority: Path | None = None, rows: int = 0) -> dict[str, str]:
    """All that a session is set to. Executors of a cluster get our jars and the store's authority from the driver, and need
    nothing of ours where they run: what they are sent lies in the folder they start in.
    """
    jars = sorted(settings.jars.glob("*.jar"))
    if not any("delta-spark" in jar.name for jar in jars):
        raise EnvironmentFault(f"{settings.jars} 里没有 Delta 的 jar；请运行 make setup")
    virtual = _JVM if rows >= _LONG else f"{_QUICK} {_JVM}"
    same = {**_CONF, **_SMALL, "spark.driver.extraClassPath": str(settings.jars / "*"), "spark.driver.extraJavaOptions": virtual}
    if _alone(settings):
        return {**same, **_ALONE}
    sent, options = {"spark.jars": ",".join(map(str, jars))}, [_STACK]
    if authority is not None:
        sent["spark.files"] = str(authority)
        options += [f"-D{name}={value}" for name, value in trusting(authority.name).items()]
    return {**same, **sent, "spark.executor.extraJavaOptions": " ".join(options)}


def check_java() -> None:
    """Raises EnvironmentFault in one sentence unless the `java` Spark would start is the right one."""
    told = java()
    if told.state == "坏":
        raise EnvironmentFault(f"{told.said}；请执行：{told.remedy}")
