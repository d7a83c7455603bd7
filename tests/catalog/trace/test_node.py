import io
from decimal import Decimal

from rich.console import Console

from catalog.trace.node import Node, as_json, compared, render


def printed(node: Node) -> str:
    console = Console(width=200, record=True, file=io.StringIO())
    console.print(render(node))
    return console.export_text()


def test_equal_figures_agree_and_give_no_reason() -> None:
    node = compared("figure", "营业收入", Decimal("1234.5000"), Decimal("1234.5"))
    assert node.agrees is True
    assert node.why == ""
    assert "✓ 营业收入：1,234.5" in printed(node)


def test_a_reason_given_is_told_only_where_values_differ() -> None:
    assert compared("figure", "营业收入", 1, 1, why="单元格读不出").why == ""
    assert compared("figure", "营业收入", 1, None, why="单元格读不出").why == "单元格读不出"


def test_a_difference_shows_both_figures_and_the_conclusion() -> None:
    node = Node("indicator", "利润", children=(compared("figure", "营业收入", Decimal(5), Decimal(6)),))
    assert not node.sound
    text = printed(node)
    assert "✗ 营业收入：发布 5，重算 6" in text
    assert "结论：不一致" in text


def test_a_tree_without_any_comparison_is_not_called_sound() -> None:
    assert not Node("row", "一行").sound


def test_a_long_list_is_cut_but_never_hides_a_difference() -> None:
    children = [compared("figure", f"第{i}项", i, i) for i in range(100)]
    children[90] = compared("figure", "第90项", 1, 2)
    text = printed(Node("sum", "合计", children=tuple(children)))
    assert "第90项" in text
    assert "第50项" not in text
    assert "另有 75 项" in text


def test_the_json_has_the_whole_tree_with_decimals_as_text() -> None:
    child = compared("cell", "B7", Decimal("1.10"), None, facts={"金额单位": "万元", "行": 3})
    assert as_json(Node("row", "一行", children=(child,))) == {
        "kind": "row", "title": "一行",
        "children": [{
            "kind": "cell", "title": "B7", "published": "1.10", "recomputed": None, "agrees": False,
            "why": "发布的是 1.1，重算得 空", "facts": {"金额单位": "万元", "行": 3},
        }],
    }  # fmt: skip
