"""Figures in running text: a printed number with its unit. What is no figure is furniture, with the reason.

A number without a unit of ours is no statement (years, dates, list numbers, codes, 789 件), and neither is a
threshold (单价100万元（含）以上) or a number inside a title (《…》).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from decimal import Decimal

from pipelines.extract.numbers import MAX_WAN_YUAN

_NUMBER = r"(?:\d{1,3}(?:[,，]\d{3})+(?!\d)|\d+)(?:\.\d+)?"
_TOKEN = re.compile(rf"(?<![\d.A-Za-z])(?P<sign>[-+]?)(?P<number>{_NUMBER})")
BETWEEN_NUMBERS = re.compile(r"[、,，和与及]|以及")
_LISTED = re.compile(r"(?:[为是各别计达到加少长降占])[:：]?$")
"""What stands before the first number of a list with one unit (分别为1、2和3万元)."""
_UNIT = re.compile(
    r"(?P<unit>万元|亿元|千元|元|万(?=[，。；、）)\n]|$|其中)|万?人次|万?人[（(]次[）)]|万?人(?!民)|个?百分点|[%％]|批次|批|个(?!百分|月)|家(?!次)"
    r"|辆|台[（(]套[）)]|台(?!账)|套|倍|分(?=[，。；、）（(\n]|$))"
)
_THRESHOLD = re.compile(r"(?:[（(][^（）()]{1,8}[）)])?(?:及)?以[上下]")
_THRESHOLD_BEFORE = re.compile(r"(?:单价|单位价值|单台价值|单位价格|每[人台套辆月])[^，。；]{0,4}$")
_TITLES = re.compile(r"《[^《》]{1,80}》|[“‘][^“”‘’。；]{1,60}[”’]")
_YEAR = re.compile(r"年|[-—~～至]\d{0,4}年?")
_APPROXIMATE = re.compile(r"余|多(?=[万元人个家])")

_UNITS = {
    "万元": ("万元", 1), "亿元": ("万元", 10_000), "万": ("万元", 1), "元": ("元", 1), "千元": ("元", 1_000),
    "%": ("%", 1), "％": ("%", 1), "个百分点": ("%", 1), "百分点": ("%", 1), "倍": ("%", 100),
    "人次": ("人次", 1), "人（次）": ("人次", 1), "人(次)": ("人次", 1), "人": ("人", 1),
    "万人次": ("人次", 10_000), "万人（次）": ("人次", 10_000), "万人(次)": ("人次", 10_000), "万人": ("人", 10_000),
    "批次": ("批次", 1), "批": ("批次", 1), "个": ("个", 1), "家": ("个", 1), "辆": ("辆", 1),
    "台（套）": ("台", 1), "台(套)": ("台", 1), "台": ("台", 1), "套": ("台", 1), "分": ("分", 1),
}  # fmt: skip
"""Printed unit → (published unit, how many of it)."""

MONEY = frozenset({"万元", "元"})
COUNTS = frozenset({"人", "人次", "个", "辆", "台", "批次"})


TOO_LONG = "more digits than an amount has"
"""Why a figure is none; the reading says so in a notice."""


@dataclass(slots=True, frozen=True)
class PrintedFigure:
    """A printed figure. ``end`` is behind its unit."""

    start: int
    number_end: int
    end: int
    token: str
    value: Decimal
    unit: str
    printed_unit: str


@dataclass(slots=True, frozen=True)
class Furniture:
    """A number that states nothing, and why."""

    start: int
    token: str
    reason: str


def find_figures(text: str) -> tuple[list[PrintedFigure], list[Furniture]]:
    """Every number of the text, either a figure or furniture."""
    titles = [(m.start(), m.end()) for m in _TITLES.finditer(text)]
    opened = [a for a, _ in titles]
    figures: list[PrintedFigure] = []
    furniture: list[Furniture] = []
    for match in _TOKEN.finditer(text):
        token, end = match.group("number"), match.end()
        start = match.start("number")
        unit = _UNIT.match(text, end)
        if unit is None or (inside := bisect_left(opened, start)) and start < titles[inside - 1][1]:
            furniture.append(Furniture(start, token, _reason(text, end, unit is not None)))
            continue
        printed = unit.group("unit")
        if _is_threshold(text, match.start(), unit.end()):
            furniture.append(Furniture(start, token, "threshold"))
            continue
        negative = match.group("sign") == "-" and not text[max(0, match.start() - 1) : match.start()].isdigit()
        value = _value(token, printed, negative)
        if abs(value) >= MAX_WAN_YUAN:
            furniture.append(Furniture(start, token, TOO_LONG))
            continue
        figures.append(PrintedFigure(start, end, unit.end(), token, value, _UNITS[printed][0], printed))
    return _with_one_unit(text, figures, furniture)


def _value(token: str, printed: str, negative: bool = False) -> Decimal:
    value = Decimal(token.replace(",", "").replace("，", "")) * _UNITS[printed][1]
    return -value if negative else value


def _with_one_unit(text: str, figures: list[PrintedFigure], bare: list[Furniture]) -> tuple[list[PrintedFigure], list[Furniture]]:
    """Numbers of a list whose unit is printed once, behind the last (各是4125.49,4143.91万元)."""
    last = {figure.start: figure for figure in figures}
    left: list[Furniture] = []
    waiting: list[Furniture] = []
    for number in reversed(bare):
        end = number.start + len(number.token)
        mark = BETWEEN_NUMBERS.match(text, end)
        following = last.get(mark.end()) if mark else None
        if number.reason in ("no unit of ours", "list number") and following is not None:
            last[number.start] = PrintedFigure(
                number.start, end, end, number.token, _value(number.token, following.printed_unit), following.unit,
                following.printed_unit,
            )  # fmt: skip
            waiting.append(number)
            continue
        left.append(number)
    # The list must begin like one: 2023、100万元 is none.
    for number in waiting[::-1]:
        if not (_LISTED.search(text[max(0, number.start - 3) : number.start]) or _in_list(text, last, number)):
            del last[number.start]
            left.append(number)
    left.sort(key=lambda number: number.start)
    return [last[start] for start in sorted(last)], left


def _in_list(text: str, last: dict[int, PrintedFigure], number: Furniture) -> bool:
    """Whether the number follows another one of the same list."""
    return any(f.number_end == f.end and BETWEEN_NUMBERS.fullmatch(text[f.end : number.start]) for f in last.values())


def _is_threshold(text: str, start: int, end: int) -> bool:
    return bool(_THRESHOLD.match(text, end)) or bool(_THRESHOLD_BEFORE.search(text[max(0, start - 12) : start]))


def _reason(text: str, end: int, has_unit: bool) -> str:
    if has_unit:
        return "part of a name"
    if _YEAR.match(text, end):
        return "year"
    if text[end : end + 1] in ("月", "日", "号", "季"):
        return "date"
    if text[end : end + 1] in (".", "、", "．", ")", "）"):
        return "list number"
    if _APPROXIMATE.match(text, end):
        return "approximate"
    return "no unit of ours"


__all__ = ["COUNTS", "MONEY", "Furniture", "PrintedFigure", "find_figures"]
