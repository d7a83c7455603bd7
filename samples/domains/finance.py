"""Monthly reports: what the first night sends, beside the registry."""

from __future__ import annotations

from collections.abc import Iterable

from samples import faults
from samples.events import happen
from samples.look_alikes import look_alikes as lawful
from samples.plan import LookAlike, Plan
from samples.sending import Sent, monthly


def send(plan: Plan) -> Iterable[Sent]:
    return monthly(plan.city, plan.accounts)


def go_wrong(plan: Plan) -> None:
    happen(plan)
    faults.go_wrong(plan)


def look_alikes(plan: Plan) -> Iterable[LookAlike]:
    return lawful(plan)
