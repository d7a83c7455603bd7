"""One record of a table form, every cell typed as its unit's clerk types it, by what the contract says of the column."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from samples.city import Unit
from samples.filing import habit, typed_as
from schemas.column import Column
from schemas.load import form

Value = str | int | Decimal | date | bool | None
Found = tuple[str, str]
YUAN = ("元", 2)
_SURNAMES, _GIVEN = "赵钱孙李周吴郑王冯陈", ("样一", "样二", "样三", "样四", "样五", "样六")
_DATES = {"C1": "{0.year}/{0.month}/{0.day}", "D": "{0.year}年{0.month}月{0.day}日"}
_HUNDREDTH = Decimal("0.01")


@dataclass
class Line:
    """One record of a form that is not a card. `values` are the books' (amounts in fen), `cells` the texts filed.

    `errors`, `queries`: (rule, column) it must be found under by itself, as a fault says; `related`: while it stands, beside
    the records it is compared with. Nothing here is worked out: what no fault says must not be found.
    """

    form: str
    key: str
    unit_id: str
    period: str
    style: tuple[str, int]
    values: dict[str, Value]
    cells: dict[str, str] = field(default_factory=dict)
    errors: list[Found] = field(default_factory=list)
    queries: list[Found] = field(default_factory=list)
    related: list[Found] = field(default_factory=list)

    @property
    def scope(self) -> str:
        named = form(self.form).scope
        return named.removeprefix("=") if named.startswith("=") else self.cells.get(named, "")

    @property
    def own(self) -> str:
        """What tells the record from the others of its unit and period."""
        return " ".join(self.cells[name] for name in form(self.form).own_key)

    def put(self, values: Mapping[str, Value]) -> None:
        """Types other values over those of the books. A new day of the event is a new period."""
        self.values.update(values)
        by_name = form(self.form).by_name
        for name, value in values.items():
            self.cells[name] = typed(by_name[name], value, self.key, self.style)
            if name == form(self.form).period_from and isinstance(value, date):
                self.period = value.isoformat()


def make_line(name: str, unit: Unit, period: str, values: Mapping[str, Value], style: tuple[str, int] = YUAN) -> Line:
    """`period`: of the submission; for events the day itself counts, whatever is given."""
    made = form(name)
    people = random.Random(f"people/{unit.key}")
    clerk, head = (people.choice(_SURNAMES) + people.choice(_GIVEN) for _ in range(2))
    known: dict[str, Value] = {
        "unit_id": unit.unit_id, "unit_name": unit.name, "period": period, "declared_unit": style[0], "preparer": clerk,
        "principal": head, "phone": f"0532-0000{people.randint(1000, 9999)}",
    }  # fmt: skip
    unknown = values.keys() - made.by_name.keys()
    if unknown:
        raise ValueError(f"{name} 没有列 {'、'.join(sorted(unknown))}")
    line = Line(name, unit.key, unit.unit_id, period, style if "declared_unit" in made.by_name else YUAN, {})
    line.put({c.name: values.get(c.name, known.get(c.name)) for c in made.columns})
    return line


def as_filed(name: str, unit: Unit, cells: Mapping[str, str]) -> Line:
    """A line whose cells are typed already; blank where nothing is said. An event's day must be among them."""
    filled = {c.name: cells.get(c.name, "") for c in form(name).columns}
    return Line(name, unit.key, unit.unit_id, filled[form(name).period_from], YUAN, {}, filled)


def typed(column: Column, value: Value, key: str, style: tuple[str, int]) -> str:
    """The text of a value: amounts in the declared unit, fractions as per cent, days and truths as Chinese forms have them."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, date):
        return _DATES.get(key, "{0:%Y-%m-%d}").format(value)
    if column.type == "amount" and isinstance(value, int):
        return habit(key, typed_as(value, style))
    if column.percent and isinstance(value, Decimal):
        return f"{(value * 100).quantize(_HUNDREDTH, ROUND_HALF_UP)}"
    return str(value)
