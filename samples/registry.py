"""The registry as units file it: everybody once, then each change with its reason, and who owns whom."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

from samples.accounts import Accounts
from samples.chart import month_index
from samples.city import City, Spell, Unit
from samples.filing import typed_as
from samples.line import as_filed
from samples.sending import Sent

REGISTRY, LINES = "enterprise_registry", "enterprise_registry_line"
_FIRST = date(2024, 1, 8)


def registered(accounts: Accounts) -> Iterator[Sent]:
    """Registry files in order of arrival; each carries whole records, later ones the revision of what they change."""
    city = accounts.city
    first = [(u, replace(u.spells[0], end=None)) for u in city.units.values() if u.spells[0].start < _FIRST]
    yield filed(accounts, "initial", first, _FIRST, "xlsx", 0)
    yield _lines(city, "initial", [u for u, _ in first], _FIRST)
    moved, founded, ended = city.units["A22"], city.units["B6"], city.units["A3"]
    old = replace(moved.spells[0], change="变更", reason="划出")
    yield filed(accounts, "move-2024-07", [(moved, old), (moved, moved.spells[1])], date(2024, 7, 5), "csv-gb18030", 2)
    yield filed(accounts, "founding-2024-09", [(founded, founded.spells[0])], date(2024, 9, 12), "csv-utf-8-sig", 0)
    yield _lines(city, "founding-2024-09", [founded], date(2024, 9, 12))
    gone = replace(ended.spells[0], change="减少", reason="注销")
    yield filed(accounts, "dissolution-2025-02", [(ended, gone)], date(2025, 2, 10), "csv-utf-8-sig", 2)


def filed(accounts: Accounts, folder: str, records: Sequence[tuple[Unit, Spell]], day: date, kind: str, revision: int) -> Sent:
    lines = [as_filed(REGISTRY, unit, _row(accounts, unit, spell)) for unit, spell in records]
    ending = "xlsx" if kind == "xlsx" else "csv"
    return Sent(f"{REGISTRY}/{folder}", f"units.{ending}", REGISTRY, "", kind, day, revision=revision, lines=lines)


def _row(accounts: Accounts, unit: Unit, spell: Spell) -> dict[str, str]:
    """Capital and heads are the books' at the end of the month in which the unit first reports of itself."""
    city, first = accounts.city, max(unit.spells[0].start, _FIRST)
    stocks = accounts.own[unit.key].stocks[month_index(first.year, first.month) + 1]
    parent = city.units[spell.parent].unit_id if spell.parent else ""
    capital = stocks["paid_in_capital"]
    yes = {True: "是", False: "否"}
    return {
        "unit_id": unit.unit_id, "unit_name": unit.name, "registration_number": unit.registration_number,
        "valid_from": spell.start.isoformat(), "valid_to": spell.end.isoformat() if spell.end else "",
        "change_kind": spell.change, "unit_change_reason": spell.reason,
        "change_basis": f"样例国资〔{spell.start.year}〕{len(unit.key)}号" if spell.change else "",
        "ownership_parent": parent, "ownership_level": str(city.level(unit.key, spell.start)),
        "management_parent": parent, "management_level": str(city.level(unit.key, spell.start)),
        "direct_share": f"{unit.share}.00", "total_share": f"{unit.share}.00", "is_controlled": "是",
        "is_consolidated": yes[unit.files_monthly], "supervisor": unit.supervisor, "supervision_mode": "直接监管",
        "function_class": unit.function_class, "main_business": "样例业务", "legal_form": unit.legal_form,
        "founded_on": unit.founded.isoformat(), "place": "境外（样例）" if unit.registration_number else "样例市",
        "declared_unit": "万元", "registered_capital": typed_as(capital, ("万元", 2)),
        "paid_in_capital": typed_as(capital, ("万元", 2)), "industry": unit.industry, "division": unit.division,
        "size_class": "中型", "status": "注销" if spell.reason == "注销" else "正常", "is_listed": "否",
        "headcount": str(stocks["headcount"]),
        "is_overseas": yes[bool(unit.registration_number)], "is_spv": "否", "files_monthly": yes[unit.files_monthly],
        "files_annual": "是", "exemption": unit.exemption, "report_date": spell.start.isoformat(),
        "remarks": "" if unit.files_monthly else "经批准不并表",
    }  # fmt: skip


def _lines(city: City, folder: str, units: Sequence[Unit], day: date) -> Sent:
    lines = [as_filed(LINES, unit, line) for unit in units for line in _owners(city, unit)]
    return Sent(f"{LINES}/{folder}", "owners.csv", LINES, "", "csv-utf-8-sig", day, lines=lines)


def _owners(city: City, unit: Unit) -> Iterator[dict[str, str]]:
    """The parent (the supervisor's office for a head), and an outside owner for the rest."""
    spell, own = unit.spells[0], {"unit_id": unit.unit_id, "valid_from": unit.spells[0].start.isoformat()}
    parent = city.units.get(spell.parent)
    yield own | {
        "line_no": "1", "owner_id": parent.unit_id if parent else "", "share": f"{unit.share}.00",
        "owner_name": parent.name if parent else "样例市国有资产监督管理机构",
        "contributor_class": "由履行出资人职责的机构或国有独资企业（公司）出资设立的企业" if parent else "履行出资人职责的机构",
    }  # fmt: skip
    if unit.share < 100:
        yield own | {"line_no": "2", "owner_name": "样例社会资本投资人", "share": f"{100 - unit.share}.00", "contributor_class": "其他"}


