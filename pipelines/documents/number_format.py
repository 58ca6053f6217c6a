"""A stored number and its number format → the text that a spreadsheet shows (ECMA-376 part 1, 18.8.31).

Only what decides figures is done: sections, conditions, digits, thousands, scaling commas, percent, literals,
dates. Fractions and exponents give None, and the caller says so. Not for colours and column widths.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import lru_cache

_FIFTEEN = Context(prec=15, rounding=ROUND_HALF_UP)
"""A spreadsheet keeps binary floats and shows at most fifteen digits: 1234.4999999999998 is 1234.50."""

_TOKEN = re.compile(
    r'"[^"]*"?|\\.|!.|_.|\*.|\[[^\]]*\]|General|G/通用格式|[eE][+-]|[0#?]|\.|,|%|/|@|[ymdhsYMDHS]+|(?:AM/PM|上午/下午)|.',
    re.DOTALL,
)
_CONDITION = re.compile(r"\[(<=|>=|<>|<|>|=)(-?\d+(?:\.\d+)?)\]")
_LOCALE = re.compile(r"\[\$([^\]-]*)(?:-[^\]]*)?\]")
_COMPARE = {
    "<": Decimal.__lt__, "<=": Decimal.__le__, ">": Decimal.__gt__, ">=": Decimal.__ge__,
    "=": Decimal.__eq__, "<>": Decimal.__ne__,
}  # fmt: skip
_FIXED = re.compile(r"(#,##)?0(?:\.(0{1,8}))?((?:_.)*)")
_GENERAL = frozenset({"General", "G/通用格式"})


@dataclass(slots=True, frozen=True)
class Shown:
    """What a cell shows. ``exact`` is False where it is not the stored value to the last place that is shown."""

    text: str
    exact: bool


@dataclass(slots=True, frozen=True)
class _Section:
    """One of up to four parts of a format. ``parts``: ``0 # ?`` for digits, other texts as they are shown."""

    parts: tuple[tuple[str, str], ...]
    condition: tuple[str, Decimal] | None
    general: bool
    date: bool
    unknown: bool
    fixed: tuple[str, Decimal, str] | None = None
    """What nearly all figures have, ``#,##0.00_ ``: Python's format, the last place, the blanks behind it."""


def stored(value: float) -> Decimal:
    """The number that a spreadsheet calculates with, without the noise of binary floats."""
    return _FIFTEEN.create_decimal(Decimal(repr(value)))


def is_date(code: str) -> bool:
    """True for a format that shows a number as a date or time."""
    return any(section.date for section in _sections(code))


def show(value: int | float, code: str) -> Shown | None:
    """The text of a number in a format; None for formats that are not understood.

    ``General`` shows as many digits as the column has room for, so the stored value counts there.
    """
    number = stored(value) if isinstance(value, float) else Decimal(value)
    sections = _sections(code)
    section, signed = _choose(sections, number)
    if section is None or section.unknown or section.date:
        return None
    if section.fixed is not None:
        form, place, behind = section.fixed
        rounded = abs(number).quantize(place, ROUND_HALF_UP)
        return Shown(f"{'-' if signed and rounded else ''}{rounded:{form}}{behind}", True)
    if section.general:
        return Shown(_around(section, plain(number)), True)
    return _fill(section, number, signed)


def plain(number: Decimal) -> str:
    """All digits without an exponent, without zeros behind the point."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@lru_cache(maxsize=4096)
def _sections(code: str) -> tuple[_Section, ...]:
    parts: list[list[str]] = [[]]
    for token in _TOKEN.findall(code or "General"):
        if token == ";":
            parts.append([])
        else:
            parts[-1].append(token)
    return tuple(_section(tokens) for tokens in parts[:4])


def _section(tokens: list[str]) -> _Section:
    shown: list[tuple[str, str]] = []
    condition = None
    general = date = unknown = False
    for token in tokens:
        if token[0] == '"':
            shown.append(("text", token.strip('"')))
        elif token[0] in "\\!" and len(token) == 2:
            shown.append(("text", token[1]))
        elif token[0] == "_" and len(token) == 2:
            shown.append(("text", " "))
        elif token[0] == "*" and len(token) == 2:
            continue
        elif token[0] == "[" and len(token) > 1:
            if match := _CONDITION.fullmatch(token):
                condition = (match[1], Decimal(match[2]))
            elif match := _LOCALE.fullmatch(token):
                shown.append(("text", match[1]))
            elif re.match(r"\[(?:DBNum|[hms]+\])", token, re.IGNORECASE):
                unknown = True
        elif token in _GENERAL:
            general = True
            shown.append(("general", ""))
        elif token in ("0", "#", "?"):
            shown.append(("digit", token))
        elif token in (".", ",", "%", "@"):
            shown.append((token, token))
        elif token[0] in "ymdhsYMDHS" or "/" in token[1:]:
            date = True
        elif token[0] in "eE" or token == "/":
            unknown = True
        else:
            shown.append(("text", token))
    return _Section(tuple(shown), condition, general, date, unknown and not date, _fixed("".join(tokens)))


def _fixed(code: str) -> tuple[str, Decimal, str] | None:
    match = _FIXED.fullmatch(code)
    if match is None:
        return None
    places = len(match[2] or "")
    return f"{',' if match[1] else ''}.{places}f", Decimal(1).scaleb(-places), " " * (len(match[3]) // 2)


def _choose(sections: tuple[_Section, ...], number: Decimal) -> tuple[_Section | None, bool]:
    """The section for a number, and whether the minus sign is still to be shown."""
    if any(s.condition for s in sections):
        for section in sections[:2]:
            if section.condition and _COMPARE[section.condition[0]](number, section.condition[1]):
                return section, number < 0
        return next((s for s in sections[:3] if not s.condition), None), number < 0
    numeric = sections[:3]
    if number < 0 and len(numeric) > 1:
        return numeric[1], False
    if number == 0 and len(numeric) > 2:
        return numeric[2], False
    return numeric[0], number < 0


def _around(section: _Section, general: str) -> str:
    return "".join(general if kind == "general" else text for kind, text in section.parts if kind != "@")


def _fill(section: _Section, number: Decimal, signed: bool) -> Shown:
    kinds = [kind for kind, _ in section.parts]
    if "digit" not in kinds:
        # Nothing of the number is shown: "-" for zero, or an empty section.
        text = "".join(t for kind, t in section.parts if kind == "text")
        return Shown(text, number == 0)
    last = max(i for i, kind in enumerate(kinds) if kind == "digit")
    first = kinds.index("digit")
    point = kinds.index(".") if "." in kinds else last + 1
    whole_end = max((i for i, kind in enumerate(kinds) if kind == "digit" and i < point), default=point)
    trailing = _commas_behind(kinds, last) or (_commas_behind(kinds, whole_end) if "." in kinds else 0)
    grouped = any(kind == "," for kind in kinds[first:whole_end])
    decimals = [i for i, kind in enumerate(kinds) if kind == "digit" and i > point]
    scaled = abs(number).scaleb(2 * kinds.count("%") - 3 * trailing)
    rounded = scaled.quantize(Decimal(1).scaleb(-len(decimals)), ROUND_HALF_UP)
    whole, _, fraction = f"{rounded:f}".partition(".")
    places = _whole_digits(section, whole.lstrip("0"), whole_end, grouped)
    places |= _fraction_digits(section, fraction, decimals)
    text = ""
    for i, (kind, literal) in enumerate(section.parts):
        if kind == "digit":
            text += places.get(i, "")
        elif kind == ".":
            text += "."
        elif kind in ("text", "%"):
            text += literal
    text = text.rstrip(".") if not fraction or not text.rstrip().endswith(tuple("0123456789")) else text
    if signed and rounded:
        text = "-" + text
    # A literal point between digits (0!.0,) shows 元 as 万元: the figure that is read is not the one that is stored.
    split = any(kind == "text" and re.search(r"[.,\d]", t) for kind, t in section.parts[first : last + 1])
    return Shown(text, not trailing and not split)


def _commas_behind(kinds: list[str], index: int) -> int:
    count = 0
    while index + 1 + count < len(kinds) and kinds[index + 1 + count] == ",":
        count += 1
    return count


def _whole_digits(section: _Section, digits: str, end: int, grouped: bool) -> dict[int, str]:
    """Digits before the point, right to left; the first placeholder takes all that are left."""
    holders = [i for i, (kind, _) in enumerate(section.parts) if kind == "digit" and i <= end]
    places: dict[int, str] = {}
    rest, count = digits, 0
    for position, i in reversed(list(enumerate(holders))):
        holder = section.parts[i][1]
        take = rest if position == 0 else rest[-1:]
        rest = rest[: len(rest) - len(take)]
        take = take or {"0": "0", "?": " "}.get(holder, "")
        text = ""
        for char in reversed(take):
            if grouped and count and count % 3 == 0 and char.isdigit():
                text = "," + text
            text = char + text
            count += char.isdigit()
        places[i] = text
    return places


def _fraction_digits(section: _Section, fraction: str, holders: list[int]) -> dict[int, str]:
    needed = len(fraction.rstrip("0"))
    return {
        i: fraction[n] if section.parts[i][1] == "0" or n < needed else {"?": " "}.get(section.parts[i][1], "")
        for n, i in enumerate(holders)
    }
