"""The tree a trace gives, drawn for a person or dumped as data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.tree import Tree

_SHOWN = 24
_MARKS = {True: "✓ ", False: "✗ ", None: ""}


@dataclass(frozen=True)
class Node:
    """One step of the way back. `kind`: figure, indicator, count, warning, row, cell, event, parameter, absence …

    `published` is what the release says, `recomputed` what this walk found; `agrees` is None where a step states
    a fact and claims no figure. A node disagrees when it or any step below it does: ask `sound`.
    """

    kind: str
    title: str
    published: Any = None
    recomputed: Any = None
    agrees: bool | None = None
    why: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    children: tuple[Node, ...] = ()

    @property
    def sound(self) -> bool:
        """Nothing in this tree disagrees, and something in it agreed."""
        verdicts = [n.agrees for n in self.walk() if n.agrees is not None]
        return bool(verdicts) and all(verdicts)

    def walk(self) -> Iterator[Node]:
        yield self
        for child in self.children:
            yield from child.walk()


def compared(kind: str, title: str, published: Any, recomputed: Any, *, why: str = "", **more: Any) -> Node:
    """A node that says whether two values are the same; `why` is kept only where they are not."""
    same = bool(published == recomputed)
    reason = "" if same else why or f"发布的是 {shown(published)}，重算得 {shown(recomputed)}"
    return Node(kind, title, published, recomputed, same, reason, **more)


def concluded(node: Node) -> Node:
    """The root says what the whole tree says: a figure whose basis is wrong does not agree, though its value may."""
    broken = next((n for n in node.walk() if n.agrees is False), None)
    if broken is None or node.agrees is False:
        return node if node.agrees is not None or not node.sound else replace(node, agrees=True)
    return replace(node, agrees=False, why=f"它所依据的“{broken.title}”不一致：{broken.why}")


def shown(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "空", True: "是", False: "否"}[value]
    if isinstance(value, Decimal):
        text = format(value, ",f")
        return text.rstrip("0").rstrip(".") if "." in text else text
    return str(value)


def as_json(node: Node) -> dict[str, Any]:
    """The tree as plain values; decimals and dates as text."""
    made: dict[str, Any] = {"kind": node.kind, "title": node.title}
    if node.agrees is not None:
        made |= {"published": _plain(node.published), "recomputed": _plain(node.recomputed), "agrees": node.agrees}
    if node.why:
        made["why"] = node.why
    if node.facts:
        made["facts"] = {key: _plain(value) for key, value in node.facts.items()}
    if node.children:
        made["children"] = [as_json(child) for child in node.children]
    return made


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int) else str(value)


def render(node: Node) -> Tree:
    """A Rich tree: ✓ agrees, ✗ does not; long lists are cut and say so, what disagrees is always shown."""
    from rich.text import Text
    from rich.tree import Tree

    tree = Tree(Text(_line(node), style=_style(node)))
    _grow(tree, node)
    tree.add(Text(*_conclusion(node)))
    return tree


def _conclusion(node: Node) -> tuple[str, str]:
    if all(n.agrees is None for n in node.walk()):
        return "结论：没有可以核对的数", "bold yellow"
    return ("结论：一致", "bold green") if node.sound else ("结论：不一致", "bold red")


def _grow(tree: Tree, node: Node) -> None:
    from rich.text import Text

    if node.why:
        tree.add(Text(f"原因：{node.why}", style="red" if node.agrees is False else "yellow"))
    for key, value in node.facts.items():
        tree.add(Text(f"{key}：{shown(value)}", style="dim"))
    kept = [c for i, c in enumerate(node.children) if i < _SHOWN or not all(n.agrees is not False for n in c.walk())]
    for child in kept:
        _grow(tree.add(Text(_line(child), style=_style(child))), child)
    if len(kept) < len(node.children):
        tree.add(Text(f"……另有 {len(node.children) - len(kept)} 项，均一致（--json 可看全部）", style="dim"))


def _line(node: Node) -> str:
    if node.agrees is None or (node.published is None and node.recomputed is None):
        return f"{_MARKS[node.agrees]}{node.title}"
    same, both = node.published == node.recomputed, (shown(node.published), shown(node.recomputed))
    value = both[0] if same else f"发布 {both[0]}，重算 {both[1]}"
    return f"{_MARKS[node.agrees]}{node.title}：{value}"


def _style(node: Node) -> str:
    return {True: "green", False: "bold red", None: ""}[node.agrees]
