"""A form's document in `schemas/submissions/` → Form: columns over the vocabulary, a card's grid, rules written out, calendar."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from schemas.column import GRADES, SQL_TYPES, Column
from schemas.contract import MEASURES, Calendar, Check, Due, Form, Item, Rule
from schemas.declared import folder, once_per_set
from schemas.reading import ContractError, Reader, check_head, check_unique, day, read_yaml
from schemas.slips import slip_entries

_ENTRY = ("unit_id", "period")


@once_per_set
def fields() -> Mapping[str, Mapping[str, Any]]:
    """The vocabulary: name → what every form that has this column says of it."""
    return dict(read_yaml(folder() / "fields.yaml"))


@once_per_set
def _slips() -> Sequence[Mapping[str, Any]]:
    return tuple(read_yaml(folder() / "slips.yaml"))


def parse_form(document: Mapping[str, Any], where: str) -> Form:
    check_head(document, where)
    own = Reader(f"{where} guozi", document["guozi"])
    table = Reader(f"{where} schema[0]", document["schema"][0])
    name = table.take("name")
    if name != document["id"]:
        raise ContractError(f"{where}：schema[0].name 应与 id“{document['id']}”相同")
    owner, grade = own.take("owner"), own.one_of("grade", GRADES, "一般")
    items = tuple(_item(f"{where} items", row) for row in table.take("items", []))
    head = tuple(parse_column(f"{where} {column_name(p)}", p, owner, grade) for p in table.take("properties"))
    columns = (*head, *_grid(items, owner, grade))
    calendar = _calendar(f"{where} calendar", own.take("calendar"))
    lines = any(c.key and c.name not in _ENTRY and c.name != own.peek("scope") for c in columns)
    authored = table.take("quality", [])
    slips = slip_entries(_slips(), own.take("slips", {}), authored, columns, calendar.kind, lines=lines)
    rules = tuple(_rule(f"{where} 规则", entry, items) for entry in (*authored, *slips))
    table.take("physicalType", "table"), table.take("description", "")
    table.done()
    made = Form(
        name=name, title=document["name"], domain=document["domain"], version=document["version"],
        status=document["status"], owner=owner, grade=grade, sharing=own.take("sharing", "有条件共享"),
        legal_basis=own.take("legal_basis"), purpose=document["description"]["purpose"],
        layouts=tuple(own.take("layouts")), accumulation=own.one_of("accumulation", ("snapshot", "append")),
        acceptance=own.one_of("acceptance", ("row", "entry")), source=own.one_of("source", ("reporter", "external")),
        scope=own.take("scope", ""), period_from=own.take("period_from", "submission"), columns=columns,
        items=items, rules=rules, calendar=calendar,
        label=own.take("label", ""), review=own.one_of("review", ("optional", "group"), "optional"),
        large=own.take("large", False), document=document,
    )  # fmt: skip
    own.done()
    check_unique(where, [c.name for c in columns], "列")
    check_unique(where, [r.id for r in rules], "规则")
    return made


def column_name(authored: Any) -> str:
    return authored if isinstance(authored, str) else str(authored.get("name"))


def parse_column(where: str, authored: Any, owner: str, grade: str) -> Column:
    own = {"name": authored} if isinstance(authored, str) else dict(authored)
    merged = Reader(where, {"owner": owner, "grade": grade, **fields().get(own["name"], {}), **own})
    made = Column(
        name=merged.take("name"), label=merged.take("label"), type=merged.one_of("type", SQL_TYPES),
        header=merged.take("header", ""), synonyms=tuple(merged.take("synonyms", ())), codes=merged.take("codes", ""),
        required=merged.take("required", False), key=merged.take("key", False), unit=merged.take("unit", ""),
        grade=merged.one_of("grade", GRADES), owner=merged.take("owner"), prefix=merged.take("prefix", ""),
        percent=merged.take("percent", False), personal=merged.take("personal", False),
        run_dependent=merged.take("run_dependent", False), description=merged.take("description", ""),
        rests_on=tuple(merged.take("rests_on", ())), formula=merged.take("formula", ""),
    )  # fmt: skip
    merged.done()
    if (made.type == "code") != bool(made.codes):
        raise ContractError(f"{where}：类型 code 与代码表 codes 必须同时出现")
    return made


def _item(where: str, row: Any) -> Item:
    """An item is authored as `[number, label, name, kind, ● or ○]`, or with a mapping of type, unit, synonyms at the end."""
    number, label, name, kind, mark, *more = row
    extra = Reader(f"{where} {name}", more[0] if more else {})
    if kind not in MEASURES or mark not in ("●", "○"):
        raise ContractError(f"{where} {name}：类别只能是 F、S，必填标记只能是 ●、○")
    made = Item(str(number), label, name, kind, mark == "●", extra.one_of("type", SQL_TYPES, "amount"),
                extra.take("unit", "元"), tuple(extra.take("synonyms", ())))  # fmt: skip
    extra.done()
    return made


def _grid(items: Iterable[Item], owner: str, grade: str) -> Iterator[Column]:
    for item in items:
        for measure, label in MEASURES[item.kind].items():
            yield Column(
                name=f"{item.name}_{measure}", label=f"{item.label}·{label}", type=item.type,
                header=f"{item.label}·{label}", synonyms=tuple(f"{s}·{label}" for s in item.synonyms),
                required=item.required and measure != "ly_month", unit=item.unit, grade=grade, owner=owner,
                item=item.name, measure=measure,
            )  # fmt: skip


def _rule(where: str, entry: Any, items: tuple[Item, ...]) -> Rule:
    own = Reader(f"{where} {entry.get('id', '？')}", entry)
    each, excepted = own.take("each", {}), own.take("except", ())
    texts = {k: own.take(k, "") for k in ("predicate", "applies", "at", "expected")}
    rule = Rule(
        id=own.take("id"), severity=own.one_of("severity", ("error", "query", "notice")), title=own.take("title"),
        message=own.take("message"), dimension=own.take("dimension", "consistency"),
        checks=tuple(_checks(texts, _expansions(own.where, each, excepted, items))),
        compare=own.one_of("compare", ("previous", "previous_in_year", "year_end", "year_ago", "same_period", ""), ""),
        kind=own.take("kind", ""), parameters=own.take("parameters", {}), valid_from=day(own.take("valid_from", None)),
        valid_to=own.take("valid_to", None), basis=own.take("basis", ""), related=tuple(own.take("related", ())),
    )  # fmt: skip
    own.done()
    if bool(rule.kind) == bool(texts["predicate"]):
        raise ContractError(f"{own.where}：predicate 与 kind 必须且只能有一个")
    return rule


def _expansions(where: str, each: Mapping[str, Any], excepted: Iterable[str], items: tuple[Item, ...]) -> list[dict[str, str]]:
    """`each: {m: [ytd, month]}` or `{i: F}` (every amount item of that kind but `except`) → one mapping an expansion."""
    choices: list[list[tuple[str, str]]] = []
    for placeholder, values in each.items():
        if isinstance(values, str) and values in MEASURES:
            skip = set(excepted)
            values = [i.name for i in items if i.kind == values and i.type == "amount" and i.name not in skip]
        if not isinstance(values, list) or not values:
            raise ContractError(f"{where}：each.{placeholder} 应为非空列表、F 或 S")
        choices.append([(placeholder, v) for v in values])
    return [dict(combination) for combination in itertools.product(*choices)]


def _checks(texts: Mapping[str, str], expansions: list[dict[str, str]]) -> Iterator[Check]:
    if not texts["predicate"]:
        return
    for expansion in expansions:
        filled = {key: _fill(text, expansion) for key, text in texts.items()}
        predicate = filled["predicate"]
        if filled["applies"]:
            predicate = f"NOT ({filled['applies']}) OR ({predicate})"
        yield Check(predicate, filled["at"], filled["expected"])


def _fill(text: str, expansion: Mapping[str, str]) -> str:
    for placeholder, value in expansion.items():
        text = text.replace("{" + placeholder + "}", value)
    return " ".join(text.split())


def _calendar(where: str, authored: Any) -> Calendar:
    own = Reader(where, authored)
    due = []
    for entry in own.take("due", []):
        one = Reader(f"{where} due", entry)
        days = day(one.take("valid_from", None)), one.take("valid_to", None)
        due.append(Due(one.take("superior", "*"), one.take("months"), one.take("day"), *days))
        one.done()
    made = Calendar(
        kind=own.one_of("kind", ("month", "quarter", "year", "day")),
        reporters=own.one_of("reporters", ("registry", "list", "none")), flag=own.take("flag", ""),
        reporter_list=own.take("list", ""), due=tuple(due), combined=own.take("combined", {}),
        provisional_days=own.take("provisional_days", 0),
    )  # fmt: skip
    own.done()
    return made
