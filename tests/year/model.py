"""What should be in force, kept in memory in a few lines that know nothing of the ledger: of every unit, form and period which
submission stands, and in which state every submission's words about it are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

Key = tuple[str, str, str, str]  # form, unit, period, scope
STANDS = ("in force", "to explain")
ADDS_UP = "large_payment"
DECIDED: Mapping[str, tuple[str, ...]] = {
    "withdraw": ("in force", "to explain", "to review"), "accept": ("to explain", "to review"),
    "return": ("in force", "to explain", "to review"), "revert": ("superseded", "withdrawn"),
}  # fmt: skip


@dataclass(frozen=True)
class Word:
    """What a file says of one key. `figures`: own key of a record → its figures that count; `said`: all that it says, as one text.

    `fault`: returned, whatever stands; `question`: stands, to be explained.
    """

    key: Key
    figures: Mapping[str, Mapping[str, str]]
    said: str
    fault: bool = False
    question: bool = False


@dataclass(frozen=True)
class Post:
    """One file as the sender meant it. `supersedes`: number of the submission it names; `broken`: nobody can read it."""

    name: str
    form: str
    period: str
    content: bytes
    words: tuple[Word, ...] = ()
    unit: str = ""
    revision: int = 0
    supersedes: int = 0
    broken: bool = False

    @property
    def same(self) -> tuple[str, str, str]:
        return hashlib.sha256(self.content).hexdigest(), self.form, self.period


@dataclass
class Claim:
    """A word of submission `number` and what became of it."""

    number: int
    word: Word
    revision: int
    state: str = ""

    @property
    def stands(self) -> bool:
        return self.state in STANDS


@dataclass
class Received:
    post: Post
    day: date
    rejected: bool


@dataclass
class Model:
    """Submissions are numbered from 1 in order of day, then name."""

    received: dict[int, Received] = field(default_factory=dict)
    claims: dict[Key, list[Claim]] = field(default_factory=dict)

    def night(self, day: date, posts: Sequence[Post]) -> None:
        """All that arrived by a night, in force or not when it is over."""
        judged = {r.post.same for r in self.received.values() if not r.rejected}
        for post in sorted(posts, key=lambda p: p.name):
            refused = post.broken or post.same in judged
            number = len(self.received) + 1
            self.received[number] = Received(post, day, refused)
            if not refused:
                judged.add(post.same)
                self._settle(number, post)

    def decide(self, number: int, action: str) -> None:
        """A person moves every word of a submission that can be moved so; a revert is a word said anew."""
        for claim in [c for c in self.of(number) if c.state in DECIDED[action] and c is self._last(c)]:
            if action == "withdraw":
                claim.state = "withdrawn"
            elif action == "return":
                claim.state = "returned"
            elif action == "accept" and claim.state == "to explain":
                claim.state = "in force"
            else:
                again = Claim(number, claim.word, claim.revision) if action == "revert" else claim
                if action == "revert":
                    self.claims[claim.word.key].append(again)
                self._take_over(again, [] if claim.word.key[0] == ADDS_UP else self._others(again))

    def of(self, number: int) -> list[Claim]:
        return [c for word in self.received[number].post.words for c in self.claims.get(word.key, []) if c.number == number]

    def standing(self, form: str = "") -> Iterator[Claim]:
        return (c for key, own in self.claims.items() for c in own if c.stands and form in ("", key[0]))

    def _settle(self, number: int, post: Post) -> None:
        made = [Claim(number, word, post.revision) for word in post.words]
        for claim in made:
            self.claims.setdefault(claim.word.key, []).append(claim)
        news = any(not c.word.fault and not any(o.stands and o.word.said == c.word.said for o in self._others(c)) for c in made)
        for claim in made:
            self._place(claim, post, news)

    def _place(self, claim: Claim, post: Post, news: bool) -> None:
        others = self._others(claim)
        standing = [o for o in others if o.stands]
        same = any(o.word.said == claim.word.said for o in standing)
        named = [o for o in others if o.number == post.supersedes]
        if claim.word.fault:
            claim.state = "returned"
        elif post.form == ADDS_UP:
            self._take_over(claim, named)
        elif post.supersedes:
            if same and not news:
                claim.state = "returned"
            elif standing and not any(o.stands for o in named):
                claim.state = "to review"
            else:
                self._take_over(claim, others)
        elif not standing:
            self._take_over(claim, others)
        else:
            self._by_revision(claim, standing[0], same, news)

    def _by_revision(self, claim: Claim, before: Claim, same: bool, news: bool) -> None:
        if claim.revision and claim.revision < before.revision:
            claim.state = "superseded"
        elif (same and not (news and claim.revision > before.revision)) or not claim.revision:
            claim.state = "returned"
        elif claim.revision == before.revision:
            claim.state = "to review"
        else:
            self._take_over(claim, self._others(claim))

    def _take_over(self, claim: Claim, seen: Sequence[Claim]) -> None:
        for other in seen:
            outdated = other.state == "to review" and (not claim.revision or other.revision < claim.revision)
            if other is not claim and (other.stands or outdated):
                other.state = "superseded"
        claim.state = "to explain" if claim.word.question else "in force"

    def _others(self, claim: Claim) -> list[Claim]:
        return [c for c in self.claims[claim.word.key] if c is not claim]

    def _last(self, claim: Claim) -> Claim:
        return [c for c in self.claims[claim.word.key] if c.number == claim.number][-1]
