"""The unified social credit code of GB 32100-2015 and the organisation code inside it (GB 11714-1997).

python-stdnum's `validate` is not used: it refuses the letters that may stand in places 1 and 2.
"""

from __future__ import annotations

import re
from typing import Literal

from stdnum.cn.uscc import calc_check_digit

Fault = Literal["malformed", "outer", "organisation"]
FAULTS: tuple[Fault, ...] = ("malformed", "outer", "organisation")
_ALPHABET = "0-9A-HJ-NP-RTUWXY"
_CODE = re.compile(rf"[{_ALPHABET}]{{2}}[0-9]{{6}}[{_ALPHABET}]{{10}}")
PREFIXES = ("sse", "jw", "gl")
_PREFIXED = re.compile(rf"(?:{'|'.join(PREFIXES)}):[0-9A-Za-z][0-9A-Za-z._-]*")
_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


def free_of(fault: Fault, unit_id: str) -> bool | None:
    """True where the id does not have this fault; None where it cannot be told, because the id is malformed.

    `malformed`: neither a code nor an id with a known prefix; `outer`: the last digit; `organisation`: the digit at
    place 17 over places 9 to 16. An id with a prefix has no check digits and passes.
    """
    if _PREFIXED.fullmatch(unit_id):
        return True
    if not _CODE.fullmatch(unit_id):
        return False if fault == "malformed" else None
    match fault:
        case "malformed":
            return True
        case "outer":
            return bool(calc_check_digit(unit_id[:17]) == unit_id[17])
        case "organisation":
            return organisation_digit(unit_id[8:16]) == unit_id[16]


def organisation_digit(body: str) -> str:
    """Check digit of the eight places of an organisation code: 11 − Σ mod 11, where 10 is X and 11 is 0."""
    rest = 11 - sum(int(place, 36) * weight for place, weight in zip(body, _WEIGHTS, strict=True)) % 11
    return {10: "X", 11: "0"}.get(rest, str(rest))
