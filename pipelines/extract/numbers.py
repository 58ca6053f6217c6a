"""Printed numbers → exact decimals. What is not a number is never coerced; a blank is not a zero."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from pipelines.documents.normalise import squeeze
from pipelines.extract.result import MICRO

_NUMBER = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|[+-]?\.\d+")
MAX_WAN_YUAN = 10**12
_MAX_DIGITS, _MAX_DECIMALS = 16, 10
_BLANKS = frozenset({"", "-", "--", "---", "—", "——", "–", "/", "／", "\\", "*", "无", "－"})

UNIT_DIVISOR = {"万元": 1, "元": 10_000, "千元": 10, "百元": 100}
"""How many of the unit make one 万元."""


@dataclass(slots=True, frozen=True)
class Amount:
    """A printed amount: the token as printed, its value in the printed unit, and its printed decimals."""

    token: str
    value: Decimal
    decimals: int

    def in_wan_yuan(self, unit: str) -> Decimal:
        """The exact amount in 万元; raises ValueError where six decimals do not hold it."""
        exact = self.value / UNIT_DIVISOR[unit]
        if abs(exact) >= MAX_WAN_YUAN or self.decimals > _MAX_DECIMALS:
            raise ValueError(f"{self.token} {unit} is no amount that 万元 with twelve digits and six decimals hold")
        if exact != exact.quantize(Decimal(1) / MICRO):
            raise ValueError(f"{self.token} {unit} has more than six decimals of 万元")
        return exact.quantize(Decimal(1) / MICRO)

    def fits(self, unit: str) -> bool:
        """Whether the amount can be held in 万元 exactly."""
        try:
            self.in_wan_yuan(unit)
        except ValueError:
            return False
        return True

    def micro(self, unit: str) -> int:
        """The amount in micro-units (1e-6 万元)."""
        return int(self.in_wan_yuan(unit) * MICRO)


def is_blank(text: str) -> bool:
    """True for an empty cell and for the strokes that stand for one."""
    return squeeze(text) in _BLANKS


def parse_amount(text: str) -> Amount | None:
    """The amount that the whole text prints, or None if it is no number (callers decide what blanks mean)."""
    token = squeeze(text).replace("，", ",").replace("￥", "").replace("¥", "")
    negative = False
    if len(token) > 2 and token[0] in "(（" and token[-1] in ")）":
        negative, token = True, token[1:-1]
    token = token.replace("—", "-").replace("–", "-") if token[:1] in "—–" else token
    if not _NUMBER.fullmatch(token):
        return None
    plain = token.replace(",", "").removeprefix("+")
    if len(plain.partition(".")[0]) > _MAX_DIGITS:
        return None  # no amount, whatever it is
    value = Decimal(plain)
    if negative:
        value = -value
    decimals = len(plain.partition(".")[2])
    return Amount(text.strip(), value, decimals)


def quantum(decimals: int, unit: str) -> int:
    """The display unit in micro-units (at least 1) of a table that prints so many decimals of the unit."""
    return max(1, MICRO // UNIT_DIVISOR[unit] // 10**decimals)
