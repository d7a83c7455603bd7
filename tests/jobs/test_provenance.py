"""A night as lineage sees it: every stage, mart and audit is a run, kept in a file and sent where somebody listens."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, get_args, get_type_hints

import attr
import pytest
from openlineage.client import facet_v2
from openlineage.client.event_v2 import RunEvent
from openlineage.client.serde import Serde

from catalog.lineage import edges
from catalog.settings import Settings
from catalog.telemetry.troubles import counted
from jobs.land import land
from jobs.observed import Observer
from tests.conftest import SampleNight

FACETS = {"parent": facet_v2.parent_run.ParentRunFacet, "version": facet_v2.dataset_version_dataset.DatasetVersionDatasetFacet,
          "schema": facet_v2.schema_dataset.SchemaDatasetFacet,
          "columnLineage": facet_v2.column_lineage_dataset.ColumnLineageDatasetFacet,
          "dataQualityAssertions": facet_v2.data_quality_assertions_dataset.DataQualityAssertionsDatasetFacet,
          "outputStatistics": facet_v2.output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet,
          "errorMessage": facet_v2.error_message_run.ErrorMessageRunFacet}  # fmt: skip


def _kept(settings: Settings) -> list[dict[str, Any]]:
    lines = [line for path in sorted((settings.home / "lineage").iterdir()) for line in path.read_text(encoding="utf-8").splitlines()]
    return [json.loads(line) for line in lines]


def _read(kind: Any, said: Any) -> Any:
    """`said` as the client's own class has it; an unknown or missing field is an error, and its validators run."""
    inner = next((a for a in get_args(kind) if a is not type(None)), None)
    if isinstance(said, list):
        return [_read(inner if not get_args(inner) else get_args(inner)[0], s) if isinstance(s, dict) else s for s in said]
    if not isinstance(said, dict) or not attr.has(kind):
        return said
    hints, fields = get_type_hints(kind), {f.name: f for f in attr.fields(kind)}
    assert said.keys() <= fields.keys(), (kind, said.keys() - fields.keys())
    given = {}
    for name, value in said.items():
        if not fields[name].init:
            continue
        if name.lower().endswith("facets"):
            value = {key: _read(FACETS[key], facet) for key, facet in value.items()}
        elif name == "fields" and isinstance(value, dict):
            value = {key: _read(facet_v2.column_lineage_dataset.Fields, v) for key, v in value.items()}
        elif name == "eventType":
            value = hints[name].__args__[0](value)
        else:
            value = _read(_plain(hints[name]), value)
        given[name.lstrip("_")] = value
    return kind(**given)


def _plain(hint: Any) -> Any:
    kinds = [a for a in get_args(hint) if a is not type(None)]
    return kinds[0] if type(None) in get_args(hint) and len(kinds) == 1 and not isinstance(None, type(hint)) else hint


def test_every_stage_mart_and_audit_of_a_night_is_a_run_with_its_versions_columns_and_assertions(finance_night: SampleNight) -> None:
    events = _kept(finance_night.settings)
    for said in events:
        assert Serde.to_dict(_read(RunEvent, said)) == said
    states: dict[str, set[str]] = {}
    for e in events:
        states.setdefault(e["job"]["name"], set()).add(e["eventType"])
    stages = {"night", "land", "refine", "build", "publish"}
    assert stages | {"build.statement", "audit.gold.statement", "audit.silver.listed_share_capital"} <= states.keys()
    assert all(seen == {"START", "COMPLETE"} for seen in states.values())
    (root,) = {e["run"]["runId"] for e in events if e["job"]["name"] == "night"}
    assert {e["run"]["facets"]["parent"]["run"]["runId"] for e in events if e["job"]["name"] != "night"} == {root}
    done = {e["job"]["name"]: e for e in events if e["eventType"] == "COMPLETE"}
    (statement,) = done["build.statement"]["outputs"]
    assert statement["name"].endswith("/gold/statement") and statement["namespace"] == "file"
    assert statement["facets"]["version"]["datasetVersion"] == "1" and statement["outputFacets"]["outputStatistics"]["rowCount"] > 0
    rests = {(node, f"{i['name'].rpartition('/')[2]}.{i['field']}")
             for node, found in statement["facets"]["columnLineage"]["fields"].items() for i in found["inputFields"]}  # fmt: skip
    assert rests == {(node, source) for _, node, source in edges(["statement"])}
    (silver,) = done["audit.silver.listed_share_capital"]["inputs"]
    asserted = silver["inputFacets"]["dataQualityAssertions"]["assertions"]
    assert asserted and all(a["success"] for a in asserted)
    (release,) = done["publish"]["outputs"]
    assert release["facets"]["version"]["datasetVersion"] == "1"


class _Listener(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        said = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.heard.append((self.path, self.headers["Authorization"], json.loads(said)))  # type: ignore[attr-defined]  # ours
        self.send_response(201)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing on stderr."""


@pytest.fixture
def listener() -> Iterator[HTTPServer]:
    server = HTTPServer(("127.0.0.1", 0), _Listener)
    server.heard = []  # type: ignore[attr-defined]  # ours
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_events_are_sent_with_the_key_where_a_url_is_set(settings: Settings, listener: HTTPServer) -> None:
    told = replace(settings, lineage_url=f"http://127.0.0.1:{listener.server_port}", lineage_key="geheim")
    Observer(told).stage("land", lambda: land(told))
    heard = listener.heard  # type: ignore[attr-defined]  # ours
    assert [(path, key, e["eventType"]) for path, key, e in heard] == [
        ("/api/v1/lineage", "Bearer geheim", "START"), ("/api/v1/lineage", "Bearer geheim", "COMPLETE")
    ]  # fmt: skip
    assert [e for _, _, e in heard] == _kept(told) and counted(told) == {}


def test_a_listener_that_is_not_there_fails_nothing_and_is_counted(settings: Settings) -> None:
    told = replace(settings, lineage_url="http://127.0.0.1:1")
    assert Observer(told).stage("land", lambda: land(told)).failures == ()
    assert counted(told) == {"lineage": 2} and len(_kept(told)) == 2


def test_a_stage_that_fails_is_told_by_the_class_and_place_of_the_error_alone(settings: Settings) -> None:
    with pytest.raises(KeyError, match="六百万"):
        Observer(settings).stage("land", lambda: {}["六百万"])
    failed = _kept(settings)[-1]
    assert failed["eventType"] == "FAIL" and "六百万" not in json.dumps(failed, ensure_ascii=False)
    assert failed["run"]["facets"]["errorMessage"]["message"].startswith("KeyError test_provenance.py:")


def test_the_stages_of_a_scheduled_night_share_its_run(settings: Settings) -> None:
    scheduled = replace(settings, run="scheduled__2026-03-31")
    assert Observer(scheduled).run == Observer(scheduled).run != Observer(replace(settings, run="manual__1")).run
