"""Numbered lists in running text: which line begins an item, and what belongs to it.

Lists are numbered 一、 / （一） / 1、 / 1. / (1) / 第一条, wrap anywhere, and an item can begin in the middle
of a line (…规则。（八）负责…). Numbers decide: the next item is the one that follows in number.
Not for knowing what an item means.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from pipelines.extract.parts.headings import NUMERAL, number_of, ordinal
from pipelines.extract.parts.lines import TextLine, clean, seam, width

_INLINE = {
    "numeral_brackets": re.compile(rf"(?<=[。；;：:）)])[（(]([{NUMERAL}]{{1,3}})[）)]"),
    "numeral": re.compile(rf"(?<=[。；;：:])([{NUMERAL}]{{1,3}})、"),
    "figure": re.compile(r"(?<=[。；;：:])(\d{1,2})(?:[、．](?!\d)|[.](?![\d])|[）)])"),
    "figure_brackets": re.compile(r"(?<=[。；;：:，,])[（(](\d{1,2})[）)]"),
    "article": re.compile(rf"(?<=[。；;])第([{NUMERAL}]{{1,3}})条"),
}
_BLANK_AND_ORDINAL = re.compile(
    rf"(?<=\S)\s+(?=(?:\d{{1,2}}(?:[、．]|[.](?!\d))|[（(][{NUMERAL}]{{1,3}}[）)])\s*[\u4e00-\u9fff“《])"
)
_NO_ITEM = re.compile(r"(?:[一二三四五六七八九十]+)(?:季|级|类|线|产|批|期|月|是)")
_STOP = "。；;：:！!”）)》"


@dataclass(slots=True)
class ListItem:
    """One item of a list. ``lines`` are its own lines, the ordinal taken off the first."""

    number: int
    page: int | None
    line: int
    lines: list[TextLine] = field(default_factory=list)

    @property
    def text(self) -> str:
        return joined_text(self.lines)


@dataclass(slots=True)
class Listing:
    """A list and what stands before it. Without items the text has no numbers."""

    scheme: str | None
    lead: list[TextLine]
    items: list[ListItem]


def joined_text(lines: Iterable[TextLine]) -> str:
    """The lines as one text."""
    text = ""
    for line in lines:
        part = clean(line.text)
        text += seam(text, part) + part
    return text


def listing(lines: Sequence[TextLine], schemes: Iterable[str] | None = None) -> Listing:
    """The list in these lines: of the scheme whose first item comes first."""
    lines = [piece for line in lines for piece in _apart(line)]
    allowed = set(schemes) if schemes is not None else set(_INLINE)
    for index, line in enumerate(lines):
        found = ordinal(line.bare) if line.grid is None else None
        if found and found[0] in allowed and found[1] == 1 and not _is_word(found, lines[:index]):
            return _collect(lines, index, found[0])
    for index, line in enumerate(lines):
        # A list that begins inside a line: 主要职责是：（一）…
        for scheme in sorted(allowed, key=list(_INLINE).index):
            first = next(
                (m for m in _INLINE[scheme].finditer(clean(line.text)) if number_of(m.group(1)) == 1), None
            )
            if first:
                head, tail = clean(line.text)[: first.start()], clean(line.text)[first.start() :]
                rest = [_part_of(line, tail), *lines[index + 1 :]]
                inner = _collect(rest, 0, scheme)
                return Listing(scheme, [*lines[:index], _part_of(line, head)], inner.items)
    return Listing(None, list(lines), [])


def _apart(line: TextLine) -> list[TextLine]:
    """Several items on one line, with blanks between them (1、甲局 2、乙中心)."""
    pieces = _BLANK_AND_ORDINAL.split(line.text.strip())
    return [line] if len(pieces) < 2 else [_part_of(line, piece) for piece in pieces if piece.strip()]


def _is_word(found: tuple[str, int, str], before: Sequence[TextLine]) -> bool:
    """三、四季度 wrapped before its numeral: the sentence before it is not finished."""
    unfinished = bool(before) and before[-1].bare[-1:] not in _STOP
    return found[0] == "numeral" and unfinished and bool(_NO_ITEM.match(found[2]))


def _part_of(line: TextLine, text: str) -> TextLine:
    return TextLine(line.page, line.number, text, re.sub(r"\s+", "", text), line.ends, line.left)


def _collect(lines: Sequence[TextLine], start: int, scheme: str) -> Listing:
    items: list[ListItem] = []
    for line in lines[start:]:
        if line.grid is not None:
            continue
        found = ordinal(line.bare)
        if found and found[0] == scheme and _is_next(items, found):
            items.append(ListItem(found[1], line.page, line.number))
            _add(items, line, _after_ordinal(line.text), scheme)
        elif items:
            _add(items, line, line.text, scheme)
    return Listing(scheme, list(lines[:start]), items)


def _is_next(items: list[ListItem], found: tuple[str, int, str]) -> bool:
    number = found[1]
    if not items:
        return number == 1
    if _is_word(found, items[-1].lines):
        return False
    last = items[-1].number
    if number == last + 1:
        return True
    # A number printed twice or left out, where the sentence before it is finished.
    finished = items[-1].lines and items[-1].lines[-1].bare[-1:] in _STOP
    return bool(finished) and number > 1 and number in (last, last + 2, last + 3)


def _after_ordinal(text: str) -> str:
    """The line without its ordinal; blanks inside the ordinal (6 、) do not matter."""
    tidy = clean(text)
    found = ordinal(tidy)
    return found[2].strip() if found else tidy


def _add(items: list[ListItem], line: TextLine, text: str, scheme: str) -> None:
    """Add a line to the open item; where the next item begins inside it, open that one."""
    tidy = clean(text)
    start = 0
    for match in _INLINE[scheme].finditer(tidy):
        if number_of(match.group(1)) == items[-1].number + 1:
            if match.start() > start:
                items[-1].lines.append(_part_of(line, tidy[start : match.start()]))
            items.append(ListItem(items[-1].number + 1, line.page, line.number))
            start = match.end()
    if tidy[start:]:
        items[-1].lines.append(_part_of(line, tidy[start:]))


def inner_list(item: ListItem) -> Listing:
    """The list inside an item."""
    return listing(item.lines)


def paragraphs(lines: Sequence[TextLine]) -> list[list[TextLine]]:
    """Text without numbers, cut where paragraphs end: at a mark, or after a full stop (PDF: indent too)."""
    groups: list[list[TextLine]] = []
    text_lines = [line for line in lines if line.grid is None]
    margin = min((line.left for line in text_lines if line.left is not None), default=0.0)
    for line in text_lines:
        if groups and not _begins(groups[-1][-1], line, margin):
            groups[-1].append(line)
        else:
            groups.append([line])
    return groups


def _begins(before: TextLine, line: TextLine, margin: float) -> bool:
    if before.ends is not None:
        return before.ends
    finished = before.bare[-1:] in "。；：！;:!"
    if line.left is not None:
        return finished and line.left > margin + 12
    return finished


def split_title(lines: Sequence[TextLine], full_width: float) -> tuple[str | None, str | None]:
    """(title, text) of an item: the title is its first line where that stops short, or its first sentence."""
    if not lines:
        return None, None
    text = joined_text(lines)
    for count in (1, 2):
        head = lines[:count]
        if len(lines) <= count or "。" in joined_text(head)[:-1]:
            break
        if _stops_short(head[-1], lines[count], full_width):
            return joined_text(head).rstrip("。：:；;"), joined_text(lines[count:])
    sentence, stop, rest = text.partition("。")
    if stop and len(sentence) <= 80:
        return sentence, rest or None
    return (text.rstrip("。"), None) if len(text) <= 80 else (None, text)


def _stops_short(line: TextLine, following: TextLine, full_width: float) -> bool:
    if line.ends is not None:
        return line.ends
    if ordinal(following.bare) is not None and line.bare[-1:] not in "，、":
        return True
    return width(line.bare) < 0.75 * full_width and line.bare[-1:] not in "，、；"
