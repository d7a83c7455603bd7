"""What the panorama adds up: of each mart, the rows taken and the totals made of them. A figure more is one line here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """`total`: SQL aggregate over one unit's rows of a period; totals of units are added."""

    id: str
    title: str
    unit: str
    total: str


@dataclass(frozen=True)
class Figures:
    mart: str
    domain: str
    each: tuple[Figure, ...]
    where: str = ""


FIGURES = (
    Figures("enterprise_tree", "组织", (
        Figure("units", "户数", "户", "count(*)"),
        Figure("units_class_1", "商业一类户数", "户", "count_if(function_class = '商业一类')"),
        Figure("units_class_2", "商业二类户数", "户", "count_if(function_class = '商业二类')"),
        Figure("units_public", "公益类户数", "户", "count_if(function_class = '公益类')"),
        Figure("units_not_operating", "非正常经营户数", "户", "count_if(status <> '正常')"),
    )),
    Figures("reporting_work", "平台", (
        Figure("reports_expected", "应报报表数", "张", "sum(expected)"), Figure("reports_on_time", "按时报表数", "张", "sum(on_time)"),
        Figure("reports_late", "迟报报表数", "张", "sum(late)"), Figure("reports_missing", "未报报表数", "张", "sum(missing)"),
        Figure("reports_returned", "退回次数", "次", "sum(returned)"),
    ), "scope = 'single'"),
    Figures("warning", "预警", (
        Figure("warnings_red", "红色预警数", "条", "count_if(level = '红')"),
        Figure("warnings_yellow", "黄色预警数", "条", "count_if(level = '黄')"),
        Figure("warnings_blue", "蓝色预警数", "条", "count_if(level = '蓝')"),
    )),
    Figures("party_building", "党建", (
        Figure("party_organisations", "党组织数", "个", "count(*)"), Figure("party_members", "党员数", "人", "sum(members)"),
        Figure("party_terms_over", "应换届未换届党组织数", "个", "count_if(term_over)"),
        Figure("party_secretaries_vacant", "书记空缺党组织数", "个", "count_if(secretary_vacant)"),
    )),
    Figures("reform_progress", "改革", (
        Figure("reform_tasks", "改革任务数", "项", "count(*)"), Figure("reform_done", "已完成任务数", "项", "count_if(status = '已完成')"),
        Figure("reform_overdue", "逾期任务数", "项", "count_if(overdue)"),
        Figure("reform_fell_back", "进度倒退任务数", "项", "count_if(fell_back)"),
    )),
    Figures("accountability", "追责", (
        Figure("clues", "受理线索数", "条", "count(*)"), Figure("clues_open", "未了结线索数", "条", "count_if(NOT closed)"),
        Figure("clues_overdue", "逾期线索数", "条", "count_if(overdue_days > 0)"), Figure("clue_loss", "损失合计", "元", "sum(loss)"),
        Figure("clue_recovered", "挽回损失", "元", "sum(recovered)"),
    )),
    Figures("network_coverage", "平台", (
        Figure("network_nodes", "网络节点数", "个", "sum(nodes)"), Figure("network_connected", "已接入节点数", "个", "sum(connected)"),
        Figure("network_systems", "定级系统数", "个", "count_if(kind = 'system')"),
        Figure("network_expired", "测评过期系统数", "个", "count_if(kind = 'system' AND expired)"),
        Figure("network_events", "网络安全事件数", "起", "count_if(kind = 'event' AND NOT drill)"),
        Figure("network_events_open", "未销号事件数", "起", "count_if(kind = 'event' AND NOT drill AND open)"),
    ), "kind <> 'access' OR scope = 'single' AND level = '*'"),
    Figures("equity_participation_review", "产权", (
        Figure("holdings", "参股企业数", "户", "count(*)"), Figure("holdings_cost", "参股投资成本", "元", "sum(cost)"),
        Figure("holdings_to_exit", "应清退参股企业数", "户", "count_if(should_exit)"),
        Figure("holdings_unhandled", "应退未安排参股企业数", "户", "count_if(unhandled)"),
    )),
)  # fmt: skip
