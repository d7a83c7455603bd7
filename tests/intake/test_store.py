"""Appended exactly once, on the version that was looked at: in a folder and on an object store."""

from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from deltalake.exceptions import DeltaError

from catalog.settings import Settings
from intake.store import Overtaken, existing, look

_SCHEMA = pa.schema([("_batch", pa.int64()), ("amount", pa.decimal128(18, 4)), ("broken_rules", pa.list_(pa.string()))])
_ROWS = pa.table([[1, 1, 2], pa.array([1, None, 3], pa.decimal128(18, 4)), [["A"], [], None]], schema=_SCHEMA)


def test_what_is_appended_is_marked_and_counted(anywhere: Settings) -> None:
    seen = look(anywhere, "silver", "thing", _SCHEMA)
    assert seen.done("silver/thing") == -1
    seen.append(_ROWS, {"silver/thing": 7}, {"run": "r", "load": "7"})
    again = look(anywhere, "silver", "thing", _SCHEMA)
    assert again.done("silver/thing") == 7
    assert sorted(again.handle.to_pyarrow_table().column("_batch").to_pylist()) == [1, 1, 2]
    assert again.handle.history(1)[0]["load"] == "7"


def test_a_process_that_looked_before_and_commits_after_another_is_refused_by_the_table(anywhere: Settings) -> None:
    look(anywhere, "silver", "thing", _SCHEMA)
    slept, quick = (look(anywhere, "silver", "thing", _SCHEMA) for _ in range(2))
    quick.append(_ROWS, {"silver/thing": 7}, {})
    with pytest.raises(Overtaken, match="另一个进程"):
        slept.append(_ROWS, {"silver/thing": 7}, {})
    for later in ({"silver/thing": 8}, {"silver/other": 1}):
        with pytest.raises(Overtaken):
            slept.append(_ROWS, later, {})
    assert look(anywhere, "silver", "thing", _SCHEMA).handle.to_pyarrow_table().num_rows == 3


def test_of_many_that_looked_at_the_same_version_and_commit_at_once_one_is_written(anywhere: Settings) -> None:
    for load in range(1, 4):
        seen = [look(anywhere, "silver", "thing", _SCHEMA) for _ in range(6)]
        with ThreadPoolExecutor(len(seen)) as threads:
            told = [threads.submit(one.append, _ROWS, {f"silver/{n}": load}, {}).exception() for n, one in enumerate(seen)]
        assert [type(t) for t in told if t is not None] == [Overtaken] * (len(seen) - 1)
    assert look(anywhere, "silver", "thing", _SCHEMA).handle.to_pyarrow_table().num_rows == 3 * load


def test_nothing_that_was_appended_can_be_deleted(anywhere: Settings) -> None:
    look(anywhere, "silver", "thing", _SCHEMA).append(_ROWS, {"silver/thing": 1}, {})
    handle = existing(anywhere, "silver", "thing")
    assert handle is not None
    with pytest.raises(DeltaError):
        handle.delete("_batch = 1")


def test_a_new_column_of_the_contract_is_added_and_old_rows_have_nothing_there(anywhere: Settings) -> None:
    look(anywhere, "silver", "thing", _SCHEMA).append(_ROWS, {"silver/thing": 1}, {})
    wider = _SCHEMA.insert(1, pa.field("remarks", pa.string()))
    seen = look(anywhere, "silver", "thing", wider)
    rows = pa.table([[3], ["新"], pa.array([5], pa.decimal128(18, 4)), [["B"]]], schema=wider)
    seen.append(rows, {"silver/thing": 2}, {})
    told = look(anywhere, "silver", "thing", wider).handle.to_pyarrow_table(columns=["_batch", "remarks", "amount"])
    assert sorted(map(str, told.to_pylist())) == sorted(map(str, [
        *({"_batch": r["_batch"], "remarks": None, "amount": r["amount"]} for r in _ROWS.to_pylist()),
        {"_batch": 3, "remarks": "新", "amount": rows.column("amount")[0].as_py()},
    ]))  # fmt: skip


def test_a_column_that_changed_its_type_is_refused_with_the_remedy(anywhere: Settings) -> None:
    look(anywhere, "silver", "thing", _SCHEMA)
    changed = _SCHEMA.set(1, pa.field("amount", pa.string()))
    with pytest.raises(ValueError, match="新的列"):
        look(anywhere, "silver", "thing", changed)


def test_a_column_without_any_value_keeps_its_type(anywhere: Settings) -> None:
    empty = pa.table([[1], pa.nulls(1, pa.decimal128(18, 4)), pa.nulls(1, pa.list_(pa.string()))], schema=_SCHEMA)
    look(anywhere, "silver", "thing", _SCHEMA).append(empty, {"silver/thing": 1}, {})
    handle = existing(anywhere, "silver", "thing")
    assert handle is not None
    assert pa.schema(handle.schema().to_arrow()).field("amount").type == pa.decimal128(18, 4)


@pytest.mark.parametrize("made_before", [False, True])
def test_rows_are_found_by_columns_of_which_the_log_says_nothing(settings: Settings, made_before: bool) -> None:
    """delta-rs takes a bound that is not there for NULL, which no value is above."""
    schema = pa.schema([*_SCHEMA, ("unit_id", pa.string())])
    look(settings, "silver", "thing", schema)
    if made_before:
        look(settings, "silver", "thing", schema).handle.alter.set_table_properties({"delta.dataSkippingStatsColumns": "amount"})
    nobody = _ROWS.append_column("unit_id", pa.nulls(3, pa.string()))
    look(settings, "silver", "thing", schema).append(nobody, {"silver/thing": 1}, {})
    stored = look(settings, "silver", "thing", schema).handle.to_pyarrow_dataset()
    assert stored.to_table(filter=pc.field("amount") == _ROWS["amount"][2]).num_rows == 1
    assert stored.to_table(filter=pc.field("_batch") == 1).num_rows == 2
    assert stored.to_table(filter=pc.field("unit_id").is_null()).num_rows == 3
