"""OpenLineage events of a run: kept as lines of `GUOZI_HOME/lineage/<day>.ndjson`, sent over HTTP where a URL is set.

Datasets are named as the standard names them: namespace `file` or `s3://<bucket>`, name the path of the table. What is no
table (entries, batches, explanations: the ledger's) has the namespace `guozi.ledger`. An event holds names, versions,
counts and verdicts, never a value of a row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from openlineage.client.event_v2 import InputDataset, Job, OutputDataset, Run, RunEvent, RunState
from openlineage.client.facet_v2 import (
    DatasetFacet,
    RunFacet,
    column_lineage_dataset,
    data_quality_assertions_dataset,
    dataset_version_dataset,
    error_message_run,
    output_statistics_output_dataset,
    parent_run,
    schema_dataset,
)
from openlineage.client.facet_v2 import set_producer as _set_producer
from openlineage.client.serde import Serde

from catalog.lineage import edges
from catalog.settings import ZONE, Settings
from catalog.tables import table
from schemas.delivered import Mart
from schemas.load import form_names, mart_names

NAMESPACE = "guozi"
PRODUCER = "urn:guozi:0.1.0"
_LEDGER = f"{NAMESPACE}.ledger"
_TIMEOUT = 5.0  # seconds

_set_producer(PRODUCER)


@dataclass(frozen=True)
class Checked:
    """One row of evidence: `rule_id` and kind of expectation, whether it held, of how many rows."""

    rule_id: str
    expectation: str
    success: bool
    rows_seen: int
    rows_failed: int


@dataclass(frozen=True)
class Work:
    """A job's run: `id` a UUID, `parent` the night's, empty for the night itself."""

    job: str
    id: str
    parent: str = ""

    @classmethod
    def new(cls, job: str, parent: str) -> Work:
        return cls(job, str(uuid4()), parent)


def place(uri: str) -> tuple[str, str]:
    """(namespace, name) of a folder or table, as the standard names them."""
    parts = urlsplit(uri)
    return (f"s3://{parts.netloc}", parts.path.strip("/")) if parts.scheme else ("file", uri)


def named(settings: Settings, layer: str, name: str) -> tuple[str, str]:
    """(namespace, name) of a table of the lake."""
    return place(table(settings, layer, name).uri)


def source(settings: Settings, name: str) -> tuple[str, str]:
    """(namespace, name) of an input as a mart declares it."""
    if name in form_names():
        return named(settings, "silver", name)
    if name in mart_names():
        return named(settings, "gold", name)
    return named(settings, "ops", name) if name == "finding" else (_LEDGER, name)


def read(where: tuple[str, str], version: int | None = None, checked: Sequence[Checked] = ()) -> InputDataset:
    assertions = [
        data_quality_assertions_dataset.Assertion(
            assertion=c.expectation, success=c.success, name=c.rule_id, severity="error",
            expected="0", actual=str(c.rows_failed), params={"rows": c.rows_seen},
        )
        for c in checked
    ]  # fmt: skip
    found = {"dataQualityAssertions": data_quality_assertions_dataset.DataQualityAssertionsDatasetFacet(assertions=assertions)}
    return InputDataset(*where, facets=_version(version), inputFacets=dict(found) if assertions else {})


def written(where: tuple[str, str], version: int | None, rows: int | None = None, **facets: DatasetFacet) -> OutputDataset:
    """`rows`: how many were written, where that is known."""
    counted = output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet(rowCount=rows)
    return OutputDataset(
        *where, facets={**(_version(version) or {}), **facets}, outputFacets={} if rows is None else {"outputStatistics": counted},
    )  # fmt: skip


def mart_facets(settings: Settings, made: Mart) -> Mapping[str, DatasetFacet]:
    """Columns of a mart with their Chinese names, and what each is declared to rest on."""
    columns = [schema_dataset.SchemaDatasetFacetFields(c.name, c.type, c.label) for c in made.columns]
    fields: dict[str, column_lineage_dataset.Fields] = {}
    names = {c.name for c in made.columns}
    for _, node, entry in edges([made.name]):
        if node in names:  # an indicator or measure is a row, not a column
            name, _, column = entry.partition(".")
            held = fields.setdefault(node, column_lineage_dataset.Fields(inputFields=[]))
            held.inputFields.append(column_lineage_dataset.InputField(*source(settings, name), column))
    return {
        "schema": schema_dataset.SchemaDatasetFacet(fields=columns),
        "columnLineage": column_lineage_dataset.ColumnLineageDatasetFacet(fields=fields),
    }


def event(
    work: Work, state: str, inputs: Iterable[InputDataset] = (), outputs: Iterable[OutputDataset] = (), error: str = "",
) -> RunEvent:  # fmt: skip
    """`state`: START, COMPLETE or FAIL; `error`: class and place of what failed it."""
    facets: dict[str, RunFacet] = {}
    if work.parent:
        run, job = parent_run.Run(runId=work.parent), parent_run.Job(namespace=NAMESPACE, name="night")
        facets["parent"] = parent_run.ParentRunFacet(run=run, job=job)
    if error:
        facets["errorMessage"] = error_message_run.ErrorMessageRunFacet(message=error, programmingLanguage="Python")
    return RunEvent(
        eventTime=datetime.now(ZONE).isoformat(timespec="milliseconds"), run=Run(runId=work.id, facets=facets),
        job=Job(namespace=NAMESPACE, name=work.job), eventType=RunState[state], inputs=list(inputs), outputs=list(outputs),
    )  # fmt: skip


class NotSent(Exception):
    """Events were kept and not sent: the endpoint did not answer before in this process."""


def keep(settings: Settings, events: Sequence[RunEvent]) -> None:
    """Appends events to the file of their day. Raises OSError."""
    day = events[0].eventTime[:10]
    folder = settings.home / "lineage"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{day}.ndjson").open("a", encoding="utf-8") as kept:
        kept.write("".join(f"{Serde.to_json(e, ensure_ascii=False)}\n" for e in events))


def post(settings: Settings, events: Sequence[RunEvent]) -> None:
    """To `/api/v1/lineage` of the URL, one retry each; the first that fails ends it. Raises what requests raises."""
    from openlineage.client.transport.http import ApiKeyTokenProvider, HttpConfig, HttpTransport, TokenProvider

    auth = ApiKeyTokenProvider({"apiKey": settings.lineage_key}) if settings.lineage_key else TokenProvider({})
    transport = HttpTransport(HttpConfig(settings.lineage_url, timeout=_TIMEOUT, auth=auth, retry={"total": 1}))
    try:
        for one in events:
            transport.emit(one)
    finally:
        transport.close()


def _version(version: int | None) -> dict[str, Any]:
    facet = dataset_version_dataset.DatasetVersionDatasetFacet(datasetVersion=str(version))
    return {} if version is None else {"version": facet}
