"""What a text of a grid looks like: brackets that close, digits and units, a result beside its target.

Weights say what speaks against a text being one cell; a value's size never counts. Not for where cells lie: that is
in ``cells``.
"""

from __future__ import annotations

import re
from functools import lru_cache

from pipelines.documents.normalise import squeeze
from pipelines.extract.parts.lines import width
from pipelines.extract.performance.words import NUMBER, is_value, without_points

_OPENING, _CLOSING = "（(“‘《【", "，。、；：）)”’】%％,"
_PAIRS = (("（(", "）)"), ("“", "”"), ("‘", "’"))
_FIRST_TOKEN = re.compile(r"[（《“‘(]*(?:[A-Za-z0-9.%+\-/,]+|.)[，。；：、！？）》”’%)]*")
LATIN = re.compile(r"[A-Za-z0-9.%/\-]")
SIGNED = re.compile(r"[≥≤≧≦﹥﹤>＞<》].*|.*[%￥]")
STARTS_WITH_UNIT = re.compile(
    r"(?:人(?![员均才社力口大事民身工生])|元|万|月(?![均度])|年(?![度均初末底轻])|日(?![常均])|个(?![人数体性])|家(?![庭长])|名(?!称)|次(?!数)"
    r"|场(?![地次所馆])|%|户(?!外)|份|件(?!数)|批(?!准)|号|天|小时|/|[）)])"
)
IS_UNIT = re.compile(
    r"(?:人次?|元|万[元人户]?|月|年|日|个|家次?|名|次|场|%|户|份|件|批次?|号|天|小时|/.{1,3})(?:[，。；、）].*|/.*)?$"
)
_UNIT_ONLY = re.compile(r"[万亿元人次个家名户月年日天份件%]{1,2}")
_KEPT = 16_384
"""Results that are kept for texts that come again."""


def inner_blank(before: str, after: str) -> float:
    """What speaks against a blank lying inside a cell: digits are set off from Chinese, words are not."""
    left, right = before[-1], after[0]
    if left in "≥≤》<>≧≦" or right in "（(，。、；）":
        return 0.1
    if left.isdigit() and right.isdigit():
        return 4.0
    if bool(LATIN.match(left)) != bool(LATIN.match(right)):
        return 1.5 if SIGNED.fullmatch(before) or SIGNED.fullmatch(after) else 0.6
    if left in "，。、；：）":
        return 1.5 if is_value(before) else 0.3
    if is_value(before) and not LATIN.match(right):
        return 3.0 if len(after) > 2 else 0.8
    return 0.8 if len(before) == 1 or len(after) == 1 else 3.0


@lru_cache(maxsize=_KEPT)
def first_width(text: str) -> float:
    match = _FIRST_TOKEN.match(text)
    return width(match.group()) if match else 1.0


@lru_cache(maxsize=_KEPT)
def open_brackets(text: str) -> bool:
    return any(sum(text.count(c) for c in a) != sum(text.count(c) for c in b) for a, b in _PAIRS)


@lru_cache(maxsize=_KEPT)
def text_cost(text: str, column: str) -> float:
    cost = 0.0
    if text[0] in _CLOSING:
        cost += 4.0
    if text[-1] in "，、（(“‘《":
        cost += 3.0
    if open_brackets(text):
        cost += 3.0
    value = is_value(text)
    if column == "name":
        if NUMBER.fullmatch(text):
            return cost + 4.0
        if without_points(text)[1] is not None:
            cost -= 2.0
        return cost + (2.0 if value else 0.0) + (2.0 if len(text) == 1 else 0.0)
    if column == "content":
        return (
            cost
            + (2.0 if len(text) == 1 else 0.0)
            + (4.0 if NUMBER.fullmatch(text) or _UNIT_ONLY.fullmatch(text) else 0.0)
        )
    if _UNIT_ONLY.fullmatch(text):
        return cost + 4.0
    if NUMBER.fullmatch(text):
        return cost - 0.5
    return cost - (1.5 if value else 0.0)


LIKEST = 7.0
"""No likeness weighs more."""


@lru_cache(maxsize=_KEPT)
def likeness(name: str, target: str, actual: str) -> float:
    """How much a result resembles its target (and both the name): the same words, the same unit."""
    x, y = _core(target), _core(actual)
    if x == y:
        gain = 3.0 + min(len(x), 8) / 4
    elif x and y and len(x) >= 3 and len(y) >= 3 and (shared := _shared(x, y)) >= 0.5 * min(len(x), len(y)):
        gain = 1.0 + min(shared, 10) / 4
    elif is_value(target) and is_value(actual):
        gain = 1.0 if x.lstrip("0123456789.") == y.lstrip("0123456789.") else 0.3
    else:
        gain = 0.0
    if len(target) >= 4 and _core(name) == x:
        gain += 2.0
    return gain


def _core(text: str) -> str:
    return re.sub(r"^[≥≤≧≦﹥﹤><＞＜》《]+|[。；]$", "", squeeze(text))


def _shared(x: str, y: str) -> int:
    count = 0
    for a, b in zip(x, y, strict=False):
        if a != b:
            break
        count += 1
    return count
