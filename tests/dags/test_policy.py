"""What every DAG owes: an owner, a Chinese title and documents, retries, a limit of time, the pool for Spark."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parent.parent.parent / "dags"
FILES = sorted(p for p in FOLDER.glob("*.py") if p.name not in ("__init__.py", "common.py"))
CHINESE = re.compile(r"[\u4e00-\u9fff]")
GOLD_COMMANDS = ("guozi build ", "guozi night ", "guozi upkeep --json")


@pytest.fixture(scope="session", autouse=True)
def airflow_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Airflow writes its configuration where AIRFLOW_HOME says when it is first imported."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIRFLOW_HOME", str(tmp_path_factory.mktemp("airflow")))
        patch.setenv("AIRFLOW__CORE__LOAD_EXAMPLES", "False")
        yield


def dags_of(path: Path) -> list[Any]:
    """What Airflow itself finds in the file."""
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(path, bundle_path=FOLDER, bundle_name="ours")
    assert not bag.import_errors and bag.dags, path
    return list(bag.dags.values())


def argument(task: Any, name: str) -> Any:
    """Of a task, mapped or not."""
    return task.partial_kwargs.get(name) if hasattr(task, "partial_kwargs") else getattr(task, name)


def test_there_is_a_nightly_dag() -> None:
    assert [d.dag_id for d in dags_of(FOLDER / "nightly.py")] == ["nightly"]


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_a_dag_has_a_chinese_title_documents_and_tags(path: Path) -> None:
    for dag in dags_of(path):
        assert CHINESE.search(dag.dag_display_name) and CHINESE.search(dag.doc_md or "") and dag.tags
        assert dag.catchup is False and dag.max_active_runs == 1
        assert getattr(dag.on_failure_callback, "__name__", "") == "tell_failure"


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_a_task_has_an_owner_a_title_documents_retries_and_a_limit_of_time(path: Path) -> None:
    for task in (t for dag in dags_of(path) for t in dag.tasks):
        assert CHINESE.search(task.owner), task.task_id
        assert CHINESE.search(argument(task, "task_display_name")) and CHINESE.search(argument(task, "doc_md"))
        assert argument(task, "retries") >= 1 and argument(task, "execution_timeout") is not None


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_a_task_that_holds_the_lease_on_gold_waits_in_the_pool(path: Path) -> None:
    from dags.common import SPARK_POOL

    for task in (t for dag in dags_of(path) for t in dag.tasks):
        writes_gold = argument(task, "bash_command").startswith(GOLD_COMMANDS)
        assert (argument(task, "pool") == SPARK_POOL) == writes_gold, task.task_id


def test_the_nightly_dag_runs_every_stage_in_order() -> None:
    (dag,) = dags_of(FOLDER / "nightly.py")
    assert [t.task_id for t in dag.topological_sort()] == ["plan", "judge", "refine", "build", "publish"]


def test_upkeep_also_clears_what_the_scheduler_remembers() -> None:
    (dag,) = dags_of(FOLDER / "upkeep.py")
    assert sorted(t.bash_command for t in dag.tasks) == ["guozi upkeep --json", "guozi upkeep --scheduler --json"]
    assert not any(t.downstream_list for t in dag.tasks)  # either one's failure is the run's


def test_publishing_announces_every_mart() -> None:
    from schemas.load import mart_names

    (dag,) = dags_of(FOLDER / "nightly.py")
    assert {a.uri for a in dag.get_task("publish").outlets} == {f"guozi://gold/{name}" for name in mart_names()}


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_a_dag_file_is_short_and_has_no_clock_and_no_lambda(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) < 60
    tree = ast.parse(text)
    assert not any(isinstance(node, ast.Lambda | ast.Set | ast.SetComp) for node in ast.walk(tree))
    called = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    assert not any(name.endswith((".now", ".today", ".utcnow", "uuid4")) for name in called)


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_parsing_twice_gives_the_same_serialised_dag(path: Path) -> None:
    from airflow.serialization.serialized_objects import DagSerialization

    texts = []
    for _ in range(2):
        texts.append([json.dumps(DagSerialization.to_dict(d), sort_keys=True, default=str) for d in dags_of(path)])
    assert texts[0] == texts[1]


def test_no_document_of_a_dag_shows_where_it_was_written() -> None:
    (dag,) = dags_of(FOLDER / "nightly.py")
    assert str(FOLDER) not in dag.doc_md
