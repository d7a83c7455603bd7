"""Documents in `schemas/` → frozen contracts. Every key of a document is used or refused: a typo never passes in silence.

Errors are ContractError: which document, which key, what to do.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn

import yaml

from schemas import rows
from schemas.codes import code_list
from schemas.contract import (
    GRADES,
    MEASURES,
    SQL_TYPES,
    Again,
    Calendar,
    Check,
    Column,
    Due,
    Form,
    Indicator,
    Item,
    Line,
    Mart,
    Measure,
    Rule,
    Warning,
)
from schemas.declared import folder, once_per_set
from schemas.measured import EVERY, check_names, read_measure
from schemas.reconciled import Reconciliation, read_reconciliations
from schemas.slips import slip_entries

_ENTRY = ("unit_id", "period")
_ODCS_KEYS = {"apiVersion", "kind", "id", "name", "version", "status", "domain", "description", "tags",
              "authoritativeDefinitions", "schema", "guozi"}  # fmt: skip


class ContractError(ValueError):
    """A document in `schemas/` that cannot be used; the message names document, place and remedy."""


class Reader:
    """A mapping whose keys are taken one by one; `done` refuses what nobody took."""

    def __init__(self, where: str, values: Any) -> None:
        if not isinstance(values, dict):
            raise ContractError(f"{where}：应为键值对，现在是 {type(values).__name__}")
        self.where = where
        self._left: dict[str, Any] = dict(values)

    def take(self, key: str, default: Any = ...) -> Any:
        if key not in self._left and default is ...:
            raise ContractError(f"{self.where}：缺少“{key}”")
        return self._left.pop(key, default)

    def peek(self, key: str) -> Any:
        return self._left.get(key)

    def one_of(self, key: str, allowed: Iterable[str], default: Any = ...) -> Any:
        value = self.take(key, default)
        if value not in (options := list(allowed)):
            raise ContractError(f"{self.where}：“{key}”只能是 {'、'.join(options)}，现在是“{value}”")
        return value

    def rest(self) -> dict[str, Any]:
        left, self._left = self._left, {}
        return left

    def done(self) -> None:
        if self._left:
            self.refuse(f"不认识的键 {'、'.join(self._left)}；改正拼写或删除")

    def inside(self, key: str, values: Any) -> Reader:
        return Reader(f"{self.where} {key}", values)

    def refuse(self, why: str) -> NoReturn:
        raise ContractError(f"{self.where}：{why}")


def read_yaml(path: Path) -> Any:
    """With libyaml where it is built in: 7 ms for the largest contract instead of 52, the same values."""
    with path.open(encoding="utf-8") as text:
        try:
            return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        except yaml.MarkedYAMLError as problem:
            line = problem.problem_mark.line + 1 if problem.problem_mark else 1
            raise ContractError(f"{path.parent.name}/{path.name}：第 {line} 行不是正确的 YAML；检查缩进、冒号和引号") from None


@once_per_set
def fields() -> Mapping[str, Mapping[str, Any]]:
    """The vocabulary: name → what every form that has this column says of it."""
    return dict(read_yaml(folder() / "fields.yaml"))


@once_per_set
def _slips() -> Sequence[Mapping[str, Any]]:
    return tuple(read_yaml(folder() / "slips.yaml"))


def form_names() -> tuple[str, ...]:
    return tuple(sorted(p.stem for p in (folder() / "submissions").glob("*.yaml")))


def mart_names() -> tuple[str, ...]:
    return tuple(sorted(p.stem for p in (folder() / "marts").glob("*.yaml")))


@once_per_set
def form(name: str) -> Form:
    """Raises KeyError when there is no such form, ContractError when its document is wrong."""
    path = folder() / "submissions" / f"{name}.yaml"
    if not name.isidentifier() or not path.is_file():
        raise KeyError(f"没有“{name}”这种报表；现有：{'、'.join(form_names())}")
    return parse_form(read_yaml(path), f"submissions/{name}.yaml")


@once_per_set
def mart(name: str) -> Mart:
    path = folder() / "marts" / f"{name}.yaml"
    if not name.isidentifier() or not path.is_file():
        raise KeyError(f"没有“{name}”这张主题表；现有：{'、'.join(mart_names())}")
    made = parse_mart(read_yaml(path), f"marts/{name}.yaml")
    if rows.READS not in made.inputs:
        return made
    return rows.expanded(made, [(w, readable(w.parameters["reads"])) for w in warnings() if w.kind == "row"])


def readable(name: str) -> Form | Mart:
    """The mart of that name, else the form: what a row warning may read. Raises KeyError."""
    return mart(name) if name in mart_names() else form(name)


def forms() -> tuple[Form, ...]:
    return tuple(form(name) for name in form_names())


def marts() -> tuple[Mart, ...]:
    return tuple(mart(name) for name in mart_names())


@once_per_set
def measures() -> tuple[Measure, ...]:
    """Raises ContractError for a name that a statement's item or another measure has: a formula may name either."""
    made = tuple(read_measure(Reader(f"measures/{p.name} {entry.get('id', '？')}", entry), readable) for p, entry in _entries("measures"))
    items = [c.name for f in forms() if f.statement for c in f.columns]
    _check_unique("measures", [m.id for m in made] + sorted(set(items)), "指标项")
    return made


@once_per_set
def measured() -> tuple[str, ...]:
    """The forms and marts that measures read."""
    return tuple(sorted({str(entry.get("form")) for _, entry in _entries("measures")}))


@once_per_set
def indicators() -> tuple[Indicator, ...]:
    """An id may have several formulas: one for each kind of period, and one after another in time. Raises ContractError."""
    made = tuple(i for p, entry in _entries("indicators") for i in parse_indicators(f"indicators/{p.name}", entry))
    for one, other in itertools.combinations(made, 2):
        apart = any(a.valid_to is not None and a.valid_to <= b.valid_from for a, b in ((one, other), (other, one)))
        if (one.id, one.every) == (other.id, other.every) and not apart:
            raise ContractError(f"indicators：指标 {one.id} 在同一时期有两个公式；改 valid_from、valid_to")
    return made


@once_per_set
def warnings() -> tuple[Warning, ...]:
    return tuple(parse_warning(f"warnings/{p.name}", entry) for p, entry in _entries("warnings"))


@once_per_set
def reconciliations() -> tuple[Reconciliation, ...]:
    read = ((Reader(f"reconciliations/{p.name} {entry.get('id', '？')}", entry), entry) for p, entry in _entries("reconciliations"))
    made = tuple(one for own, entry in read for one in read_reconciliations(own, entry, readable))
    _check_unique("reconciliations", [r.id for r in made], "比对")
    return made


@once_per_set
def reconciled() -> tuple[str, ...]:
    """The forms and marts that reconciliations compare."""
    entries = (entry for _, entry in _entries("reconciliations"))
    return tuple(sorted({str(entry[side]["source"]) for entry in entries for side in ("left", "right")}))


def _entries(kind: str) -> Iterator[tuple[Path, Any]]:
    for path in sorted((folder() / kind).glob("*.yaml")):
        for entry in read_yaml(path):
            yield path, entry


def parse_form(document: Mapping[str, Any], where: str) -> Form:
    _check_head(document, where)
    own = Reader(f"{where} guozi", document["guozi"])
    table = Reader(f"{where} schema[0]", document["schema"][0])
    name = table.take("name")
    if name != document["id"]:
        raise ContractError(f"{where}：schema[0].name 应与 id“{document['id']}”相同")
    owner, grade = own.take("owner"), own.one_of("grade", GRADES, "一般")
    items = tuple(_item(f"{where} items", row) for row in table.take("items", []))
    head = tuple(_column(f"{where} {_name(p)}", p, owner, grade) for p in table.take("properties"))
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
    _check_unique(where, [c.name for c in columns], "列")
    _check_unique(where, [r.id for r in rules], "规则")
    return made


_BY_PERIOD = ("", "own", "compared", "related", "reconciled", "whole")


def parse_mart(document: Mapping[str, Any], where: str) -> Mart:
    _check_head(document, where)
    own = Reader(f"{where} guozi", document["guozi"])
    table = document["schema"][0]
    owner = own.take("owner")
    columns = tuple(_column(f"{where} {_name(p)}", p, owner, "一般") for p in table["properties"])
    _check_unique(where, [c.name for c in columns], "列")
    unknown = {name for c in columns for name in re.findall(r"[a-z_]\w*", c.formula)} - {c.name for c in columns}
    if unknown:
        raise ContractError(f"{where}：公式里的 {'、'.join(sorted(unknown))} 不是本表的列；公式只能用本表的列，请改正")
    groups = {"measured": measured, "reconciled": reconciled}
    inputs = tuple(name for given in own.take("inputs") for name in (groups[given]() if given in groups else (given,)))
    found_by = _found_by(where, own.take("found_by", {}), inputs, columns)
    made = Mart(table["name"], document["name"], own.take("grain"), owner, columns, inputs,
                document["description"]["purpose"], tuple(own.take("codes", ())), own.take("by_period", ""), found_by,
                _again(where, own.take("again", ()), columns), document)  # fmt: skip
    own.done()
    if made.by_period not in _BY_PERIOD:
        raise ContractError(f"{where}：by_period 只能是 {'、'.join(filter(None, _BY_PERIOD))}，现在是“{made.by_period}”")
    return made


def _found_by(
    where: str, given: Mapping[str, Mapping[str, Any]], inputs: Iterable[str], columns: Iterable[Column]
) -> dict[str, dict[str, str | tuple[str, ...]]]:
    """A list stands for any of its constants."""
    made = {name: {key: tuple(v) if isinstance(v, list) else v for key, v in by.items()} for name, by in given.items()}
    own = {value for by in made.values() for value in by.values() if isinstance(value, str) and not value.startswith("=")}
    stray = [*made.keys() - set(inputs), *own - {column.name for column in columns}]
    if stray:
        raise ContractError(f"{where} found_by：{'、'.join(sorted(stray))} 不是本表的输入或列；请核对")
    return made


def _again(where: str, given: Iterable[Mapping[str, Any]], columns: Iterable[Column]) -> tuple[Again, ...]:
    made = tuple(Again(entry["columns"], entry.get("where", {})) for entry in given)
    named = {name for one in made for name in (*one.columns, *one.where)}
    named |= {name for one in made for text in one.columns.values() for name in re.findall(r"\brow\.(\w+)", text)}
    if stray := named - {c.name for c in columns} - {"period_end", "as_of"}:
        raise ContractError(f"{where} again：{'、'.join(sorted(stray))} 不是本表的列；请核对")
    return made


def _check_head(document: Mapping[str, Any], where: str) -> None:
    unknown = set(document) - _ODCS_KEYS
    missing = _ODCS_KEYS - {"tags", "authoritativeDefinitions"} - set(document)
    if unknown or missing:
        raise ContractError(f"{where}：不认识的键 {sorted(unknown)}，缺少的键 {sorted(missing)}")


def _check_unique(where: str, names: list[str], what: str) -> None:
    twice = sorted({n for n in names if names.count(n) > 1}) if len(set(names)) < len(names) else []
    if twice:
        raise ContractError(f"{where}：{what}重复 {'、'.join(twice)}")


def _name(authored: Any) -> str:
    return authored if isinstance(authored, str) else str(authored.get("name"))


def _column(where: str, authored: Any, owner: str, grade: str) -> Column:
    own = {"name": authored} if isinstance(authored, str) else dict(authored)
    merged = Reader(where, {"owner": owner, "grade": grade, **fields().get(own["name"], {}), **own})
    made = Column(
        name=merged.take("name"), label=merged.take("label"), type=merged.one_of("type", SQL_TYPES),
        header=merged.take("header", ""), synonyms=tuple(merged.take("synonyms", ())), codes=merged.take("codes", ""),
        required=merged.take("required", False), key=merged.take("key", False), unit=merged.take("unit", ""),
        grade=merged.one_of("grade", GRADES), owner=merged.take("owner"), signed=merged.take("signed", True),
        percent=merged.take("percent", False), prefix=merged.take("prefix", ""),
        personal=merged.take("personal", False), run_dependent=merged.take("run_dependent", False),
        description=merged.take("description", ""), rests_on=tuple(merged.take("rests_on", ())), formula=merged.take("formula", ""),
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
        kind=own.take("kind", ""), parameters=own.take("parameters", {}), valid_from=_day(own.take("valid_from", None)),
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


def _day(value: Any) -> date:
    return value if isinstance(value, date) else date(1949, 10, 1)


def _calendar(where: str, authored: Any) -> Calendar:
    own = Reader(where, authored)
    due = []
    for entry in own.take("due", []):
        one = Reader(f"{where} due", entry)
        days = _day(one.take("valid_from", None)), one.take("valid_to", None)
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


def parse_indicators(where: str, entry: Any) -> Iterator[Indicator]:
    """`every` may list several kinds of period: each is an indicator of its own. Its items are those of the monthly report, a
    year's of the annual accounts, unless `statement` says otherwise. Raises ContractError.
    """
    given = entry.get("every", "month")
    for every in given if isinstance(given, list) else [given]:
        yield _indicator(where, {"statement": "year" if every == "year" else "month", **entry, "every": every})


def _indicator(where: str, entry: Any) -> Indicator:
    """Raises ContractError where the formula names what is neither an item of its statement nor a measure."""
    own = Reader(f"{where} {entry.get('id', '？')}", entry)
    made = Indicator(
        id=own.take("id"), title=own.take("title"), definition=own.take("definition"), formula=own.take("formula"),
        unit=own.take("unit"), direction=own.one_of("direction", ("越大越好", "越小越好", "适度", "不评价")),
        owner=own.take("owner"), grade=own.one_of("grade", GRADES), source=own.take("source"), vintage=own.take("vintage"),
        rollup=own.one_of("rollup", ("sum", "recompute")), type=own.one_of("type", SQL_TYPES, "ratio"),
        every=own.one_of("every", EVERY, "month"), statement=own.one_of("statement", ("month", "year"), "month"),
        growth=own.take("growth", False), valid_from=_day(own.take("valid_from", None)), valid_to=own.take("valid_to", None),
    )  # fmt: skip
    if made.growth and made.rollup != "sum":
        own.refuse("growth 只用于相加的指标（rollup: sum）；比率的变化不是增长率")
    check_names(own, made, {m.id: m for m in measures()}, [f for f in forms() if f.statement])
    own.done()
    return made


def parse_warning(where: str, entry: Any) -> Warning:
    """Raises ContractError; a row warning's names are looked up in what it reads."""
    own = Reader(f"{where} {entry.get('id', '？')}", entry)
    made = Warning(
        id=own.take("id"), title=own.take("title"), domain=own.take("domain"),
        kind=own.one_of("kind", ("line", "streak", "change", "missing", "finding", "row")), message=own.take("message"),
        owner=own.take("owner"), judges=tuple(own.take("judges")), parameters=(given := own.take("parameters", {})),
        lines=tuple(rows.with_when(line, given) for entry in own.take("lines") for line in _lines(own.where, entry)),
        source=own.take("source", ""),
    )  # fmt: skip
    own.done()
    if made.kind == "row":
        _check_row(own.where, made)
    return made


def _check_row(where: str, made: Warning) -> None:
    try:
        source = readable(made.parameters["reads"])
    except KeyError as unknown:
        raise ContractError(f"{where}：parameters.reads 应为一张主题表或一种报表；{unknown.args[0]}") from None
    for problem in rows.problems(made, source):
        raise ContractError(f"{where}：{problem}")


def _lines(where: str, entry: Any) -> Iterator[Line]:
    """One line; or with `base`, a code list of dated figures by industry (`base`, supervisor, function_class, source), one line
    a row of it: its figure and what `values.add` adds is `values.line`.
    """
    own = Reader(f"{where} line", entry)
    base = own.take("base", "")
    made = Line(
        level=own.one_of("level", ("红", "黄", "蓝")), values=own.take("values", {}),
        supervisor=own.take("supervisor", "*"), function_class=own.take("function_class", "*"),
        industry=own.take("industry", "*"), valid_from=_day(own.take("valid_from", None)),
        valid_to=own.take("valid_to", None), source=own.take("source", ""), when=" ".join(own.take("when", "").split()),
        message=own.take("message", ""),
    )  # fmt: skip
    own.done()
    yield from _based(made, base) if base else (made,)


def _based(line: Line, base: str) -> Iterator[Line]:
    for code in code_list(base):
        total = Decimal(code.extra["base"]) + Decimal(line.values["add"])
        yield replace(
            line, values={**{k: v for k, v in line.values.items() if k != "add"}, "line": str(total)}, industry=code.code,
            supervisor=code.extra["supervisor"] or "*", function_class=code.extra["function_class"] or "*",
            valid_from=code.valid_from, valid_to=code.valid_to, source=f"{line.source}；{code.extra['source']}",
        )  # fmt: skip
