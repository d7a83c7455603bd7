"""Golden rows of marts: whole rows of three and more units, a group, a district and the city, each worked out by itself."""

from __future__ import annotations

from samples.golden_groups import group_rollup
from samples.golden_known import Known, Row
from samples.golden_measures import measure
from samples.golden_offices import offices
from samples.golden_owners import ownership
from samples.golden_panorama import panorama
from samples.golden_platform import network_coverage, service_items
from samples.golden_profile import enterprise_profile
from samples.golden_quality import data_quality
from samples.golden_reporting import reporting_work
from samples.golden_scores import performance_score
from samples.plan import Plan
from samples.verdicts import Outcome

_MARTS = (group_rollup, ownership, reporting_work, network_coverage, service_items, offices,
          data_quality, measure)  # fmt: skip


def golden_rows(plan: Plan, outcome: Outcome, truth: Row) -> list[Row]:
    """`mart`, `key` and `values`: of the other columns those that are told. What is not told must not be there for the same nodes."""
    known = Known.of(plan, outcome, truth)
    scores = [*performance_score(known)]
    return [*(row for mart in _MARTS for row in mart(known)), *scores, *panorama(known, scores), *enterprise_profile(known, scores)]
