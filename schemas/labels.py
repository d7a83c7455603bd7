"""Header and item texts as people type them → one form for comparing: `normalise`."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

_CHINESE = "一二三四五六七八九十"
_ORDINAL = re.compile(
    rf"(?:[△▲☆★*#※]+|[{_CHINESE}]+[、.,:]|\([{_CHINESE}0-9]+\)[、.]?|[0-9]+[、.](?![0-9])|其中:?|[加减]:)(?=.)"
)
_DASH = "-‐‑‒–—―−"
_SIGN = rf"\((?:净?亏损(?:总额)?|损失|净?减少|净?支出|收益)[^()]*[{_DASH}][^()]*\)"
_UNIT = r"\((?:单位:)?(?:元/股|[万亿]?元|人|户|股|%)\)"
_TRAILING = re.compile(rf"(?:{_SIGN}|{_UNIT})$")
_SEPARATORS = re.compile("[·・•‧∙]")


@cache
def normalise(text: str) -> str:
    """The text without what printing adds: full width, blanks, ordinals (一、 (一) 1. 其中：加：减：), units, signs.

    The parts around `·` (`利润总额（亏损－）·本年累计`) are treated one by one. Two headers match when this agrees;
    the names of the columns of one form stay distinct (tested).
    """
    narrow = unicodedata.normalize("NFKC", text)
    visible = "".join(c for c in narrow if not c.isspace() and unicodedata.category(c) not in ("Cf", "Cc"))
    return "·".join(_bare(part) for part in _SEPARATORS.split(visible.casefold()))


def _bare(part: str) -> str:
    while (found := _ORDINAL.match(part)) is not None:
        part = part[found.end() :]
    while (found := _TRAILING.search(part)) is not None and found.start():
        part = part[: found.start()]
    return part
