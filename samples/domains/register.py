"""The domains that report, in the order in which their books rest on each other.

Of each: the files its units send when nobody makes a mistake, then the mistakes with where they must be found, then what is lawful
and looks like one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from samples.domains import (
    accountability,
    annual,
    decision,
    external,
    finance,
    funds,
    investment,
    overseas,
    party,
    platform,
    property,
    reform,
)
from samples.plan import LookAlike, Plan
from samples.sending import Sent


class Domain(Protocol):
    """What a module of this package offers."""

    def send(self, plan: Plan) -> Iterable[Sent]: ...

    def go_wrong(self, plan: Plan) -> None: ...

    def look_alikes(self, plan: Plan) -> Iterable[LookAlike]: ...


DOMAINS: Mapping[str, Domain] = {
    "finance": finance, "investment": investment, "funds": funds, "property": property, "decision": decision, "overseas": overseas,
    "party": party, "reform": reform, "accountability": accountability, "external": external,
    "platform": platform, "annual": annual,
}  # fmt: skip
