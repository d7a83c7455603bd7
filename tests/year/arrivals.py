"""What arrives every night, and what people decide by day: all of it of one seed, in the order of use."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from samples.filing import Filed
from samples.line import Line
from samples.sending import Sent
from tests.year.city import DECISION, FIRST, PAYMENT, Town, payment, sent_lines, sent_monthly, topic, with_heads
from tests.year.model import DECIDED, Claim, Model, Post
from tests.year.words import words_of

_KINDS = ("csv-utf-8-sig", "csv-utf-8-sig", "csv-gb18030", "json", "json", "card")
_OTHER = {"csv-utf-8-sig": "csv-gb18030", "csv-gb18030": "csv-utf-8-sig"}


@dataclass
class Draft:
    """A file that is to arrive. `faulty`: own keys of records that an error rule breaks, `asked`: of those to be explained."""

    sent: Sent
    faulty: frozenset[str] = frozenset()
    asked: frozenset[str] = frozenset()
    supersedes: int = 0


@dataclass
class Arrivals:
    seed: int
    town: Town
    model: Model
    _waiting: dict[date, list[Draft]] = field(default_factory=lambda: defaultdict(list))
    _drafts: dict[int, Draft] = field(default_factory=dict)
    _count: int = 0

    def __post_init__(self) -> None:
        chance = random.Random(f"{self.seed}/reports")
        for sent in self.town.registry():
            self._waiting[sent.arrived].append(Draft(sent))
        for due, unit, year, month in self.town.reports():
            records = self.town.monthly(unit, year, month)
            day = max(due - timedelta(chance.randint(0, 5)), FIRST)
            fate = chance.random()
            day += timedelta(chance.randint(6, 25)) if fate < 0.15 else timedelta(0)
            kind = chance.choice(_KINDS)
            if fate > 0.96:
                continue  # never filed
            if fate > 0.9:
                wrong = self._unreadable_figure(records)
                self._waiting[day].append(Draft(sent_monthly(wrong, kind, "monthly"), faulty=frozenset({wrong[0].scope})))
                day += timedelta(chance.randint(3, 10))
            revision = 2 if fate > 0.9 else 0
            self._waiting[day].append(Draft(sent_monthly(records, kind, "monthly", revision)))

    def night(self, number: int, day: date) -> list[Post]:
        """What came since the night before."""
        chance = random.Random(f"{self.seed}/night/{number}")
        drafts = [*self._waiting.pop(day, []), *self._payments(chance, day), *self._topics(chance, day), *self._corrections(chance, day)]
        first = len(self.model.received) + 1
        posts = [self._post(draft, f"{number:03d}/{place:02d}") for place, draft in enumerate(drafts)]
        self._drafts |= dict(zip(range(first, first + len(drafts)), drafts, strict=True))
        return [*posts, *self._nuisance(chance, number)]

    def decided(self, number: int) -> list[tuple[int, str]]:
        """Submissions and what a person does with them that day."""
        chance = random.Random(f"{self.seed}/day/{number}")
        found = []
        for action, odds in (("accept", 0.3), ("return", 0.05), ("withdraw", 0.06), ("revert", 0.04)):
            states = DECIDED[action] if action != "return" else ("to review",)
            able = sorted({c.number for c in self._claims() if c.state in states and c.number in self._drafts and self._movable(c)})
            if able and chance.random() < odds:
                found.append((chance.choice(able), action))
        return found[:1]

    def _movable(self, claim: Claim) -> bool:
        return not claim.word.key[0].startswith("enterprise")

    def _claims(self) -> Iterator[Claim]:
        return (claim for own in self.model.claims.values() for claim in own)

    def _payments(self, chance: random.Random, day: date) -> Iterator[Draft]:
        for _ in range(chance.choice((0, 0, 1, 1, 2))):
            lines, faulty, asked = list[Line](), set[str](), set[str]()
            for unit in chance.sample(sorted(self.town.city.alive(day), key=lambda u: u.key), chance.randint(1, 2)):
                for _ in range(chance.randint(1, 3)):
                    self._count += 1
                    paid, fen, fate = day - timedelta(chance.randint(0, 2)), chance.randint(10**8, 10**11), chance.random()
                    cells = {"in_budget": "否", "extra_no": ""} if fate > 0.9 else {}
                    lines.append(payment(unit, self._count, paid, -fen if fate < 0.06 else fen, **cells))
                    (faulty if fate < 0.06 else asked if cells else set()).add(lines[-1].own)
            earlier = [n for n, d in self._drafts.items() if d.sent.form == PAYMENT and any(c.stands for c in self.model.of(n))]
            if earlier and chance.random() < 0.08:
                yield self._paid_again(chance, chance.choice(earlier))
            yield Draft(sent_lines(lines, chance.choice(_KINDS[:5]), "payments"), frozenset(faulty), frozenset(asked))

    def _paid_again(self, chance: random.Random, number: int) -> Draft:
        """A file of payments corrected: it names the one that it replaces."""
        before = self._drafts[number]
        lines = [payment(self.town.city.units[line.key], int(line.own[2:]), date.fromisoformat(line.period), chance.randint(10**8, 10**11))
                 for line in before.sent.lines]  # fmt: skip
        return Draft(sent_lines(lines, "csv-utf-8-sig", "payments"), supersedes=number)

    def _topics(self, chance: random.Random, day: date) -> Iterator[Draft]:
        if chance.random() < 0.25:
            self._count += 1
            unit = chance.choice(sorted(self.town.city.alive(day), key=lambda u: u.key))
            yield Draft(sent_lines([topic(unit, self._count, day - timedelta(1), 10)], "json", "decision"))
        standing = [c for c in self.model.standing(DECISION)]
        if standing and chance.random() < 0.2:
            claim = chance.choice(standing)
            line = self._drafts[claim.number].sent.lines[0]
            further = topic(self.town.city.units[line.key], int(line.own[3:]), date.fromisoformat(line.period), chance.randint(11, 90))
            yield Draft(sent_lines([further], "json", "decision", claim.revision + 1 + (claim.revision == 0)))

    def _corrections(self, chance: random.Random, day: date) -> Iterator[Draft]:
        """Another figure for a month that stands: in order, out of order, without a revision, without news, twice, by receipt."""
        standing = list(self.model.standing("monthly_finance"))
        if not standing or chance.random() > 0.25:
            return
        claim = chance.choice(standing)
        number, now = claim.number, claim.revision or 1
        records, kind = self._drafts[number].sent.records, self._drafts[number].sent.kind
        others = [chance.randint(1, 9), chance.randint(10, 19)]
        match chance.choice(("next", "next", "jump", "jump", "unnamed", "unchanged", "fork", "receipt", "stale")):
            case "next":
                yield self._monthly(records, others[0], kind, now + 1)
            case "jump":
                yield self._monthly(records, others[0], kind, now + 2)
                later = day + timedelta(chance.randint(1, 5))
                self._waiting[later].append(self._monthly(records, others[1], kind, now + 1))
            case "unnamed":
                yield self._monthly(records, others[0], kind, 0)
            case "unchanged":
                yield self._monthly(records, 0, _OTHER.get(kind, "csv-gb18030"), now + 1)
            case "fork":
                yield self._monthly(records, others[0], kind, claim.revision)
            case "receipt":
                yield Draft(self._monthly(records, others[0], kind, 0).sent, supersedes=number)
            case "stale":
                past = [c.number for c in self.model.claims[claim.word.key] if not c.stands]
                yield Draft(self._monthly(records, others[0], kind, 0).sent, supersedes=chance.choice(past or [number]))

    def _monthly(self, records: list[Filed], more: int, kind: str, revision: int) -> Draft:
        return Draft(sent_monthly(with_heads(records, more) if more else records, kind, "monthly", revision))

    def _nuisance(self, chance: random.Random, number: int) -> Iterator[Post]:
        if chance.random() < 0.06:
            yield Post(f"{number:03d}/90-broken.csv", "monthly_finance", "2024-05", bytes([0, 1, number % 256]), broken=True)
        sent = [r.post for r in self.model.received.values() if not r.rejected]
        if sent and chance.random() < 0.08:
            again = chance.choice(sent)
            yield replace(again, name=f"{number:03d}/91-again{again.name[-5:]}", supersedes=0)

    def _post(self, draft: Draft, stem: str) -> Post:
        sent = draft.sent
        ending = {"xlsx": "xlsx", "card": "xlsx", "json": "json"}.get(sent.kind, "csv")
        return Post(
            f"{stem}-{sent.form}.{ending}", sent.form, sent.period, sent.content(), tuple(words_of(sent, draft.faulty, draft.asked)),
            sent.unit, sent.revision, draft.supersedes,
        )  # fmt: skip

    def _unreadable_figure(self, records: list[Filed]) -> list[Filed]:
        """The first record has a text where a figure must be."""
        wrong = with_heads(records, 0)
        wrong[0].cells["revenue_month"] = "不详"
        return wrong


def numbered(posts: Iterable[Post]) -> list[Post]:
    """In the order in which a night numbers them."""
    return sorted(posts, key=lambda post: post.name)
