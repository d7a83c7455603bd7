"""Who reports: a made-up city's units, their management tree with its changes, and the registry that says so.

Every name begins with 样例 and no code belongs to anybody. Units are told apart inside the generator by a short `key` (A, A1, A11 …:
its parent's key and one more letter or digit), outside by `unit_id`.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from samples import SIZES
from samples.chart import Profile, month_index
from samples.ids import credit_code, wrong_digit

PILOT = "H"  # has one of the few codes issued before the check digit was settled: a query for ever, and no fault
_START = date(2020, 1, 1)
_WORDS = "澜岳汐屿沧泽灏泓滢溯澄霁岚峤崧岱崟峻嵘岫崎峦朔霖霁曦昀昱晏煦暄"
_TRADES = ("城市更新", "水务运营", "公共交通", "港航服务", "文旅发展", "粮油储备", "能源热力", "环境科技", "产业园区", "资产管理",
           "物业服务", "建筑工程")  # fmt: skip


@dataclass(frozen=True)
class Spell:
    """One registry record: what held of a unit from `start` to `end` (exclusive; None: still), under `parent` (a key, or empty)."""

    start: date
    end: date | None
    parent: str
    change: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Unit:
    """`style`: (declared unit, decimals) of its files, `later_style` from 2025 on. `share`: what its parent owns, in per cent."""

    key: str
    unit_id: str
    name: str
    supervisor: str
    profile: Profile
    spells: tuple[Spell, ...]
    legal_form: str = "国有独资公司"
    function_class: str = "商业一类"
    statement_type: str = "一般企业"
    files_monthly: bool = True
    exemption: str = ""
    division: str = "370202"
    industry: str = ""
    founded: date = date(2004, 6, 18)
    style: tuple[str, int] = ("万元", 2)
    later_style: tuple[str, int] | None = None
    registration_number: str = ""
    share: int = 100

    def spell(self, day: date) -> Spell | None:
        return next((s for s in self.spells if s.start <= day and (s.end is None or day < s.end)), None)


@dataclass
class City:
    """`periods` are (year, month) reports in order; `combined` February carries January. `today` is the day after the last is in."""

    seed: int
    size: str
    units: dict[str, Unit]
    periods: tuple[tuple[int, int], ...]
    today: date

    def alive(self, day: date) -> Iterator[Unit]:
        return (u for u in self.units.values() if u.spell(day))

    def children(self, key: str, day: date) -> list[Unit]:
        return [u for u in self.alive(day) if (s := u.spell(day)) and s.parent == key]

    def closure(self, key: str, day: date) -> list[Unit]:
        """The unit itself and everything below it on a day, itself first."""
        found = [self.units[key]]
        for unit in found:
            found.extend(self.children(unit.key, day))
        return found

    def group(self, key: str, day: date) -> list[Unit]:
        """Who is in the consolidated statement of a unit: its closure without those that are exempt from reporting."""
        return [unit for unit in self.closure(key, day) if unit.files_monthly]

    def consolidates(self, key: str, day: date) -> bool:
        return len(self.group(key, day)) > 1 and self.units[key].files_monthly

    def level(self, key: str, day: date) -> int:
        spell = self.units[key].spell(day)
        return 1 + self.level(spell.parent, day) if spell and spell.parent else 1


SMALL_PERIODS = ((2024, 2), (2024, 3), (2024, 12), (2025, 2), (2025, 3), (2025, 4))
CITY_PERIODS = tuple((year, month) for year in (2024, 2025) for month in range(2, 13))
_SMALL_TREE = ("A", "A1", "A11", "A111", "A112", "A12", "A13", "A2", "A21", "A211", "A212", "A22", "A23", "A3", "A4", "A5",
               "B", "B1", "B11", "B111", "B12", "B13", "B2", "B21", "B22", "B3", "B31", "B4", "B6",
               "C", "C1", "C2", "D", "E", "F", "G", "H", "I", "J", "K")  # fmt: skip
_PLACES = {"C": "370202", "D": "370202", "E": "370215", "F": "370202", "G": "gaoxin", "H": "gaoxin", "I": "gaoxin",
           "J": "zimao", "K": "zimao"}  # fmt: skip


def build_city(seed: int, size: str, industries: list[str]) -> City:
    """`industries`: four-digit classes to draw from. Raises ValueError for a size not in SIZES."""
    if size not in SIZES:
        raise ValueError(f"样例规模只能是 {' 或 '.join(SIZES)}，现在是“{size}”")
    chance = random.Random(f"{seed}/city")
    tree = list(_SMALL_TREE)
    if size == "city":
        tree += list(_more_groups(200 - len(tree)))
    units = {key: _unit(chance, number, key, industries) for number, key in enumerate(tree, 1)}
    periods = SMALL_PERIODS if size == "small" else CITY_PERIODS
    today = date(2025, 5, 20) if size == "small" else date(2026, 1, 20)
    return City(seed, size, _cast(units), periods, today)


def _more_groups(count: int) -> Iterator[str]:
    """Six further groups of about equal size, each with a unit at level four."""
    for number, head in enumerate("LMNPQR"):
        size = count // 6 + (number < count % 6)
        keys = [head, *(f"{head}{i}" for i in range(1, 6)), *(f"{head}{i}{j}" for i in range(1, 4) for j in range(1, 6))]
        keys += [f"{head}{i}{j}{k}" for i in range(1, 4) for j in range(1, 3) for k in range(1, 4)]
        yield from sorted(keys[:size])


def _unit(chance: random.Random, number: int, key: str, industries: list[str]) -> Unit:
    supervisor = _PLACES.get(key[0], "sasac")
    scale = 10 ** chance.randint(0, 1) * chance.randint(6, 60) * 10_000_000_00 // 4 ** (len(key) - 1)
    wholly = len(key) < 3 or chance.random() < 0.5
    word = "".join(chance.sample(_WORDS, 2))
    profile = Profile(
        revenue=scale, growth=chance.randint(-300, 900), cost=chance.randint(7300, 8000), labour=chance.randint(600, 1400),
        rd=chance.randint(0, 350), debt=chance.randint(2000, 5500), capital=chance.randint(4000, 7000),
        state_share=10000 if wholly else 6000, shift=number % 3,
    )  # fmt: skip
    place = supervisor if supervisor.isdigit() else "370212"
    return Unit(
        key=key, unit_id=credit_code(number, place), supervisor=supervisor, profile=profile,
        name=f"样例{word}{chance.choice(_TRADES)}{'集团' if len(key) == 1 else ''}有限公司",
        spells=(Spell(_START, None, key[:-1]),), legal_form="国有独资公司" if wholly else "国有控股",
        function_class=chance.choice(("商业一类", "商业一类", "商业二类", "公益类")), division=place,
        industry=chance.choice(industries), founded=date(chance.randint(1994, 2018), chance.randint(1, 12), chance.randint(1, 28)),
        style=chance.choice((("元", 2), ("万元", 2), ("万元", 4), ("元", 2), ("万元", 0))), share=100 if wholly else 60,
    )  # fmt: skip


def _cast(units: dict[str, Unit]) -> dict[str, Unit]:
    """The units with a part to play: each lawful, and unusual in one way that a careless check would take for a fault."""

    def play(key: str, profile: dict[str, Any] | None = None, **changes: Any) -> None:
        unit = units[key]
        units[key] = replace(unit, profile=replace(unit.profile, **(profile or {})), **changes)

    def spelled(key: str, *spells: Spell) -> None:
        play(key, spells=spells)

    spelled("A22", Spell(_START, date(2024, 7, 1), "A2"), Spell(date(2024, 7, 1), None, "B1", "变更", "划入"))
    play("B6", {"revenue": units["B6"].profile.revenue // 1_000_000 * 1_000_000})
    spelled("B6", Spell(date(2024, 9, 1), None, "B", "新增", "新设"))
    spelled("A3", Spell(_START, date(2025, 2, 1), "A"))
    play("A4", unit_id="gl:YY-CS-0004", name="样例澜岳园区管理主体", legal_form="非法人管理主体")
    play("A5", {"dormant": True, "revenue": 3_000_000_00}, files_monthly=False, exemption="长期停业，经批准免报")
    play("F", files_monthly=False, exemption="由主管部门统一汇总，经批准免报", legal_form="事业单位")
    play("B22", unit_id="jw:HK-YY0022", name="样例沧溟海外有限公司", legal_form="境外公司", registration_number="YY0022")
    play("J", {"financial": True}, statement_type="证券")
    play("K", {"dormant": True, "revenue": 8_000_000_00}, style=("元", 2))
    play("A111", {"cost": 10600, "capital": 9000}, style=("万元", 2))
    play("A112", {"debt": 14500, "capital": 2500, "cost": 8000})
    play("B12", {"turn": (month_index(2025, 1), 10300)})
    play("B21", {"cost": 10300, "capital": 9000})
    for key, month in (("B13", (2025, 3)), ("C2", (2024, 12)), ("G", (2025, 2)), ("B31", (2024, 12)), ("A13", (2025, 4))):
        play(key, {"jump": month_index(*month)})
    for key, before, later in (("C", ("元", 2), ("万元", 2)), ("D", ("万元", 2), ("元", 2)), ("B3", ("万元", 0), ("万元", 4)),
                               ("I", ("万元", 4), ("元", 2)), ("B4", ("元", 2), ("万元", 0)), ("H", ("万元", 2), ("元", 2))):  # fmt: skip
        play(key, style=before, later_style=later)
    number = len(units)
    play("C1", unit_id=credit_code(number + 1, kind="Y1"))
    play("E", unit_id=credit_code(number + 2, division="370282"), division="370282")
    spelled("E", Spell(date(2016, 5, 1), None, ""))
    play("B2", unit_id=credit_code(next(n for n in range(number + 3, number + 99) if credit_code(n)[16] == "X")))
    play("D", unit_id=credit_code(number + 100, division="370205"))
    play(PILOT, unit_id=wrong_digit(credit_code(next(n for n in range(number + 101, 999) if credit_code(n)[17] in "012345678")), 18))
    return units
