"""Indicators of the domains that are one measure over another, for the group, the district and the city: counted over all that is filed
below them, divided once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction

from samples.golden_domains import nodes_on
from samples.golden_known import Known, quotient
from samples.golden_measures import MEASURES, worth
from samples.truth import last_day

Shares = Mapping[str, tuple[str, str]]


def shares(known: Known) -> Iterator[tuple[tuple[str, str, str], Fraction]]:
    """(node, period, indicator) and its value, where there is something to divide by."""
    for form, wanted in _SHARES.items():
        for period in sorted({line.period for line in known.standing.every(form)}):
            alive = {unit.key for unit in known.city.alive(last_day(period))}
            for node, keys in nodes_on(known.plan, last_day(period)).items():
                lines = [line for line in known.standing.of(form, keys & alive) if line.period == period]
                if lines and (len(keys) > 1 or node.startswith("jg:")):
                    values = {name: worth(lines, one) for name, one in MEASURES[form].items()}
                    yield from (((node, period, name), value) for name, value in _divided(values, wanted))


def _divided(values: Mapping[str, Decimal | None], wanted: Shares) -> Iterator[tuple[str, Fraction]]:
    for name, (top, bottom) in wanted.items():
        above, below = values[top], values[bottom]
        value = quotient(above, below) if above is not None and below is not None else None
        if value is not None:
            yield name, value


_SHARES: Mapping[str, Shares] = {
    "financing": {
        "bank_loan_share": ("debt_bank_loans", "debt_outstanding"), "bond_share": ("debt_bonds", "debt_outstanding"),
        "off_standard_share": ("debt_off_standard", "debt_outstanding"), "floating_rate_share": ("debt_floating", "debt_outstanding"),
        "hidden_debt_share": ("debt_hidden", "debt_outstanding"), "extended_debt_share": ("debt_extended", "debt_outstanding"),
        "overdue_debt_share": ("debt_overdue", "debt_outstanding"), "due_quarter_share": ("debt_due_quarter", "debt_outstanding"),
        "due_year_share": ("debt_due_year", "debt_outstanding"), "repayment_secured_rate": ("debt_secured", "debt_due_quarter"),
        "financing_cost": ("debt_cost_added", "debt_cost_counted"),
    },
    "guarantee": {
        "guarantee_outside_share": ("guarantee_outside", "guarantee_outstanding"),
        "guarantee_unrelated_share": ("guarantee_unrelated", "guarantee_outstanding"),
        "guarantee_overdue_rate": ("guarantee_overdue", "guarantee_outstanding"),
        "guarantee_bad_rate": ("guarantee_bad", "guarantee_outstanding"),
    },
    "investment_plan": {
        "main_investment_share": ("planned_main", "planned"), "other_investment_share": ("planned_other", "planned"),
        "emerging_investment_share": ("planned_emerging", "planned"), "own_funds_share": ("planned_own_funds", "planned_whole"),
    },
    "investment_project": {
        "investment_completion": ("invested", "invested_target"), "unplanned_project_rate": ("projects_unplanned", "projects"),
        "late_project_rate": ("projects_late", "projects"), "over_budget_rate": ("projects_over_budget", "projects"),
        "risky_project_rate": ("projects_risky", "projects"),
    },
    "network_access": {
        "node_connected_rate": ("nodes_connected", "nodes"), "node_video_rate": ("nodes_video", "nodes_connected"),
        "interface_rate": ("node_interfaces", "node_systems"),
    },
    "network_system": {
        "system_filed_rate": ("systems_filed", "systems_graded"), "system_assessed_rate": ("systems_assessed", "systems_graded"),
        "risk_fixed_rate": ("system_risks_fixed", "system_risks"),
    },
    "overseas_asset": {
        "overseas_debt_ratio": ("overseas_liabilities", "overseas_assets"), "overseas_loss_rate": ("overseas_losing", "overseas_holdings"),
        "risky_country_share": ("overseas_risky_assets", "overseas_assets"), "nominee_rate": ("overseas_nominee", "overseas_holdings"),
    },
    "party_organisation": {
        "party_filled_rate": ("party_filled", "party_seats"), "party_vacancy_rate": ("party_vacant", "party_organisations"),
        "party_meeting_rate": ("party_meetings_held", "party_meetings_due"), "party_young_share": ("party_young", "party_members"),
        "party_budget_rate": ("party_spent", "party_budget"),
    },
    "equity_participation": {
        "participation_yield": ("participation_dividend", "participation_cost"),
        "idle_participation_rate": ("participations_idle", "participations"),
        "losing_participation_rate": ("participations_losing", "participations"),
    },
    "reform_task": {
        "task_done_rate": ("tasks_done", "tasks"), "task_late_rate": ("tasks_late", "tasks"),
        "task_mean_progress": ("task_progress", "tasks"),
    },
}  # fmt: skip
