"""From books to what is filed: one record of the monthly report, every cell a text in the declared unit, rounded by itself."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache

from samples.accounts import Accounts, period_end
from samples.city import Unit
from schemas.column import Column
from schemas.load import form

FORM = "monthly_finance"
COUNTS = ("headcount", "avg_headcount", "units", "loss_units")
FACTORS = {"元": 100, "万元": 1_000_000, "亿元": 10_000_000_000}
_HALF_WIDTH = str.maketrans("０１２３４５６７８９．－", "0123456789.-")
_FULL_WIDTH = str.maketrans("0123456789.-", "０１２３４５６７８９．－")
# How some people type: each is right, and each has been taken for a mistake.
_HABITS = {"C": "dash", "C1": "thousands", "C2": "thousands", "D": "brackets", "E": "full width"}
_SURNAMES, _GIVEN = "赵钱孙李周吴郑王冯陈", ("样一", "样二", "样三", "样四", "样五", "样六")


@dataclass
class Filed:
    """One record as filed. `cells`: column → text, for head and grid alike (blank: empty). `style`: (declared unit, decimals)."""

    key: str
    unit_id: str
    period: str
    scope: str
    style: tuple[str, int]
    cells: dict[str, str] = field(default_factory=dict)
    related: list[tuple[str, str]] = field(default_factory=list)  # (rule, column) found beside another domain's records
    _read: dict[str, Decimal | None] = field(default_factory=dict, repr=False, compare=False)

    def freeze(self) -> None:
        """Nobody changes the record any more: every figure is read once."""
        self._read = {column.name: self.amount(column.name) for column in grid()}

    def amount(self, column: str) -> Decimal | None:
        """The figure in yuan (persons for heads) that a reader takes from the cell; None where there is no figure."""
        if column in self._read:
            return self._read[column]
        plain = figure(self.cells.get(column, ""))
        counted = form(FORM).by_name[column].item in COUNTS
        return plain if plain is None or counted else plain * FACTORS[self.cells["declared_unit"]] / 100

    @property
    def step(self) -> Decimal:
        unit, decimals = self.style
        return Decimal(FACTORS[unit]).scaleb(-2 - decimals)


def figure(text: str) -> Decimal | None:
    """The number a reader takes from a text; None where there is none."""
    plain = text.strip().translate(_HALF_WIDTH)
    try:
        return None if plain in ("", "-") else Decimal(plain.replace(",", "").replace("(", "-").rstrip(")"))
    except InvalidOperation:
        return None


def period_text(year: int, month: int) -> str:
    return f"{year:04d}-{month:02d}"


def typed_as(fen: int, style: tuple[str, int]) -> str:
    """An amount in fen as the style prints it, rounded half away from zero: 1234567 fen in 万元 with two decimals is 1.23."""
    unit, decimals = style
    size = FACTORS[unit]
    digits, rest = divmod(abs(fen) * 10**decimals * 2 + size, size * 2)
    del rest
    whole, part = divmod(digits, 10**decimals)
    sign = "-" if fen < 0 and digits else ""
    return f"{sign}{whole}.{part:0{decimals}d}" if decimals else f"{sign}{whole}"


def file_record(accounts: Accounts, unit: Unit, scope: str, year: int, month: int) -> Filed:
    """What `unit` files for one scope and period. Optional lines that are zero stay blank, as forms allow."""
    style = unit.later_style if unit.later_style and year >= 2025 else unit.style
    period = period_text(year, month)
    filed = Filed(unit.key, unit.unit_id, period, scope, style)
    figures = accounts.figures(unit.key, scope, year, month)
    blanks = len(unit.key) % 2 == 0
    filed.cells.update(_head(accounts, unit, scope, year, month, style))
    optional = _optional()
    for column in grid():
        value = figures.get((column.item, column.measure))
        if value is None or (value == 0 and blanks and column.item in optional):
            filed.cells[column.name] = "-" if _HABITS.get(unit.key) == "dash" and column.item in optional else ""
        elif column.item == "avg_headcount":
            filed.cells[column.name] = f"{value // 100}.{value % 100:02d}"
        else:
            filed.cells[column.name] = str(value) if column.item in COUNTS else habit(unit.key, typed_as(value, style))
    return filed


def habit(key: str, text: str) -> str:
    """The figure as the unit's clerk types it: 1,234.50, （1234.50） for a loss, １２３４．５０."""
    match _HABITS.get(key):
        case "thousands":
            whole, dot, part = text.lstrip("-").partition(".")
            return "-" * text.startswith("-") + f"{int(whole):,}{dot}{part}"
        case "brackets" if text.startswith("-"):
            return f"({text[1:]})"
        case "full width":
            return text.translate(_FULL_WIDTH)
    return text


@cache
def grid() -> tuple[Column, ...]:
    """The columns of the card's grid, in order."""
    return tuple(column for column in form(FORM).columns if column.item)


@cache
def _optional() -> frozenset[str]:
    return frozenset(item.name for item in form(FORM).items if not item.required)


def _head(accounts: Accounts, unit: Unit, scope: str, year: int, month: int, style: tuple[str, int]) -> dict[str, str]:
    people = random.Random(f"people/{unit.key}")
    day = period_end(year, month)
    return {
        "unit_id": unit.unit_id,
        "unit_name": unit.name,
        "period": period_text(year, month),
        "scope": scope,
        "declared_unit": style[0],
        "statement_type": unit.statement_type,
        "restated_reason": restated(accounts, unit, scope, year, month),
        "preparer": people.choice(_SURNAMES) + people.choice(_GIVEN),
        "principal": people.choice(_SURNAMES) + people.choice(_GIVEN),
        "phone": f"0532-0000{people.randint(1000, 9999)}",
        "report_date": date.fromordinal(day.toordinal() + 5).isoformat(),
        "remarks": "",
    }


def restated(accounts: Accounts, unit: Unit, scope: str, year: int, month: int) -> str:
    """A consolidated statement whose group is not the one of the reports it is compared with says so."""
    if scope != "consolidated":
        return ""
    city = accounts.city
    earlier = [(year - 1, month), (year - 1, 12), *((year, m) for m in range(2, month))]
    now = {u.key for u in city.group(unit.key, period_end(year, month))}
    then = [{u.key for u in city.group(unit.key, period_end(*p))} for p in earlier if p in city.periods]
    return "合并范围变化" if any(group != now for group in then) else ""


_PRINTED = {
    "revenue_total": "一、{}", "revenue": "其中：{}", "main_revenue": "其中：{}", "cost_total": "二、{}", "cost": "其中：{}",
    "main_cost": "其中：{}", "interest_expense": "其中：{}", "interest_income": "其中：{}", "other_income": "加：{}",
    "investment_income": "{}（损失－）", "associate_income": "其中：{}", "fair_value_gain": "{}（损失－）",
    "credit_impairment": "{}（损失－）", "asset_impairment": "{}（损失－）", "disposal_gain": "{}（损失－）",
    "operating_profit": "三、{}（亏损－）", "non_operating_income": "加：{}", "government_grant": "其中：{}",
    "non_operating_expense": "减：{}", "total_profit": "四、{}（亏损总额－）", "income_tax": "减：{}",
    "net_profit": "五、{}（净亏损－）", "restricted_cash": "其中：{}", "interest_bearing_debt": "其中：{}",
    "perpetual_bonds": "其中：{}", "state_equity": "其中：{}", "capex_paid": "其中：{}", "vat_paid": "其中：{}",
    "wage_total": "其中：{}",
}  # fmt: skip


def printed(item: str, label: str) -> str:
    """The line as Chinese statements print it: with its ordinal, 其中, 加, 减 and the hint of its sign."""
    return _PRINTED.get(item, "{}").format(label)

