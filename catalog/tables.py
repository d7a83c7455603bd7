"""Table name → location and storage options, for every engine. The only place that builds a lake path."""

from __future__ import annotations

from dataclasses import dataclass

from catalog.settings import Settings

LAYERS = ("bronze", "silver", "quarantine", "gold", "ops")


@dataclass(frozen=True)
class Location:
    """`uri` as delta-rs and DuckDB take it; `spark_uri` as Spark takes it."""

    uri: str
    spark_uri: str
    options: dict[str, str]


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
    return Location(uri, uri, {})


def folder(settings: Settings, name: str) -> str:
    """Location of a lake folder that holds files instead of tables: archive, staged or released."""
    if name not in ("archive", "staged", "released"):
        raise ValueError(f"没有“{name}”这个文件夹")
    return f"{settings.lake.rstrip('/')}/{name}"
