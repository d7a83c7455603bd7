"""Unified social credit codes of units that do not exist (GB 32100-2015, GB 11714; DOMAIN §7).

The organisation part begins with YY, a range no authority has issued, so that no made-up unit carries a real company's code.
"""

from __future__ import annotations

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


def organisation_digit(body: str) -> str:
    """Check digit of the eight characters of an organisation code: A = 10 … Z = 35; 10 is X, 11 is 0."""
    total = sum(int(character, 36) * weight for character, weight in zip(body, _ORGANISATION_WEIGHTS, strict=True))
    return "0123456789X0"[11 - total % 11]


def outer_digit(first17: str) -> str:
    total = sum(ALPHABET.index(character) * pow(3, place, 31) for place, character in enumerate(first17))
    return ALPHABET[(31 - total % 31) % 31]


def credit_code(number: int, division: str = "370202", kind: str = "91") -> str:
    """The code of the `number`-th made-up unit registered in `division`; `kind` is places 1–2 (91: an enterprise)."""
    body = f"YY{number:06d}"
    first17 = f"{kind}{division}{body}{organisation_digit(body)}"
    return first17 + outer_digit(first17)


def wrong_digit(code: str, place: int) -> str:
    """`code` with the digit at `place` (from 1) one higher, as a slipped finger types it."""
    digit = str((int(code[place - 1]) + 1) % 10)
    return code[: place - 1] + digit + code[place:]


SUPERVISOR = credit_code(90_001, kind="11")  # the office that owns for the city: heads are registered under it
