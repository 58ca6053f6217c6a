"""Dumps that print one cell a line (pypdf, pdf.js) → the rows they were, where the order of the cells leaves no doubt.

A row is its code, its name and its figures, in this order; an item of 01 and 04 is its label, its 行次 and its figures. A
table that breaks this order anywhere (columns one after the other, a row without figures) stays as it is printed, and its
reader withholds it. Not for which column a figure stands in (``columns``).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

from pipelines.documents.flow import is_page_mark
from pipelines.documents.model import Line
from pipelines.documents.normalise import squeeze
from pipelines.extract.codes import CodeList, economic_codes, functional_codes, plain
from pipelines.extract.items import expenditure_item, income_item
from pipelines.extract.tables.economy import economy_foot
from pipelines.forms import RowKind

_NUMBER = re.compile(r"[-+]?\d[\d,]*(?:\.\d+)?")
_CODE = re.compile(r"\d{3}|\d{5}|\d{7}")
_SMALL = re.compile(r"[1-9]\d{0,2}")
"""A whole number that may as well be a page number or a 行次."""
_PAGE = re.compile(r"[-—–·\s]+\d{1,4}[-—–·\s]+|第\d+页.*")
_TOTAL = re.compile(r"(?:类款项)?(?:合计|总计)")
_COLUMN_NUMBERS = re.compile(r"(?:类款项)?栏次")
_NOTE = re.compile(r"(?:注|说明|备注)\s*[:：\d]|.*栏(?:各行)?[=＝].*|.*[。；].*")
_NUMERAL = re.compile(r"[一二三四五六七八九十]+、|[（(][一二三四五六七八九十]+[)）]|\d{1,2}[.、．]")
_LABEL = re.compile(r"本年|年[初末]|上年|(?:收入|支出)..|总计|合计|使用|结[余转]|用事业|其中|栏次|注")
"""How a label without a numeral begins."""
_TAIL = re.compile(r"[和及与余的入出金].{0,4}")
"""How no label begins: 年末结转 / 和结余."""
_LEAST = 6
"""So many lines of one number are no accident."""


_LEAST_ROWS = 3


class _Broken(Exception):
    """The cells do not come row by row."""


def one_cell_a_line(lines: list[Line]) -> bool:
    """Nearly every line that prints a number prints nothing else."""
    digits = [bare for ln in lines if re.search(r"\d", bare := squeeze(ln.text)) and not _NOTE.match(bare) and not is_mark(bare)]
    alone = sum(_NUMBER.fullmatch(ln.text.strip()) is not None for ln in lines)
    return alone >= _LEAST and 10 * alone >= 9 * sum("、" not in bare or bool(re.search(r"\d\.\d", bare)) for bare in digits)


def rows_of_cells(lines: list[Line], rows: RowKind, *, paged: bool) -> list[Line]:
    """The lines with each row's cells on one line; the same lines where their order is in doubt.

    ``paged``: the dump marks its pages, and their numbers are not among the lines: no small number is a page's.
    """
    kept = [ln for ln in lines if squeeze(ln.text)]
    joiner: dict[RowKind, Callable[[_Cells], None]] = {
        "functional": lambda c: _by_code(c, functional_codes(), most=99),
        "economy": lambda c: _by_code(c, economic_codes(), most=3 if _is_wide(c) else 1),
        "summary": _by_item if any("行次" in squeeze(ln.text) for ln in kept) else _by_label,
        "three_public": _plain,
    }
    cells = _Cells(kept, paged=paged)
    try:
        joiner[rows](cells)
    except _Broken:
        return lines
    return cells.rows


def page_numbers(lines: list[Line]) -> set[int]:
    """Lines of a number beside a mark of a page, where these numbers count the pages."""
    borders: list[tuple[list[Line], list[Line]]] = []  # the small numbers before a border's first mark, and behind it
    numbers: list[Line] = []
    open_border = False
    for line in lines:
        bare = squeeze(line.text)
        if is_mark(bare):
            if not open_border:
                borders.append((numbers, []))
            open_border, numbers = True, []
        elif _SMALL.fullmatch(bare):
            (borders[-1][1] if open_border else numbers).append(line)
        elif bare:
            open_border, numbers = False, []
    counted: dict[int, list[int]] = {}
    for page, (before, behind) in enumerate(borders, start=1):
        for line in (*before, *behind):
            offset = int(line.text) - page - any(line is other for other in behind)
            counted.setdefault(offset, []).append(line.number)
    best = max(counted.values(), key=len, default=[])
    return set(best) if 2 * len(best) > len(borders) > 1 else set()


def is_mark(bare: str) -> bool:
    """True for a line (without blanks) that is the mark of a page, the extractor's or the report's own."""
    return is_page_mark(bare) or bool(_PAGE.fullmatch(bare))


def _is_code(bare: str) -> bool:
    return functional_codes().known(bare) or economic_codes().known(bare)


class _Cells:
    """The lines while they are joined: marks and notes pass through, the rest is taken cell by cell."""

    def __init__(self, lines: list[Line], *, paged: bool) -> None:
        self.lines = lines
        self.paged = paged
        self.at = 0
        self.rows: list[Line] = []

    def peek(self) -> str:
        """The next cell; page marks before it go to the rows as they are."""
        while self.at < len(self.lines) and is_mark(squeeze(self.lines[self.at].text)):
            self.keep()
        return squeeze(self.lines[self.at].text) if self.at < len(self.lines) else ""

    def after(self) -> str:
        """The cell behind the next one."""
        rest = (squeeze(ln.text) for ln in self.lines[self.at + 1 :])
        return next((bare for bare in rest if not is_mark(bare)), "")

    def keep(self) -> None:
        self.rows.append(self.lines[self.at])
        self.at += 1

    def take(self) -> str:
        bare = squeeze(self.lines[self.at].text)
        self.at += 1
        return bare

    def join(self, first: int, parts: list[str]) -> None:
        self.rows.append(replace(self.lines[first], text=" ".join(parts)))

    def column_numbers(self) -> bool:
        """``栏次``, ``1``, ``2``, ``3``: one line; also without the word, from 1 on."""
        bare, first = self.peek(), self.at
        named = bool(_COLUMN_NUMBERS.fullmatch(bare))
        if not named and not (bare == "1" and self.after() == "2"):
            return False
        parts: list[str] = []
        number = 1
        while self.peek() == str(number) or _COLUMN_NUMBERS.fullmatch(self.peek()):
            number += self.peek() == str(number)
            parts.append(self.take())
        self.join(first, parts)
        return True

    def figures(self, *, most: int) -> list[str]:
        """The run of lone numbers that comes next."""
        found: list[str] = []
        while _NUMBER.fullmatch(bare := self.peek()) and len(found) < most:
            if _is_code(bare) or _SMALL.fullmatch(bare) and not self.paged:
                raise _Broken  # a figure, or the code of a row, or the number of a page
            found.append(self.take())
        return found


def _by_code(cells: _Cells, codes: CodeList, most: int) -> None:
    """Tables by code: a row is code, name, figures; 合计 and the foot's labels have no code."""
    begun = filled = 0
    while bare := cells.peek():
        if cells.column_numbers():
            continue
        first = cells.at
        if code := _code(cells, codes):
            name = _name(cells, code, codes)
            found = _row_figures(cells, codes, most)
            cells.join(first, [code, name, *found])
            begun, filled = begun + 1, filled + bool(found)
        elif _TOTAL.fullmatch(bare) and _NUMBER.fullmatch(cells.after()) or economy_foot(bare):
            label = cells.take()
            found = _row_figures(cells, codes, most)
            cells.join(first, [label, *found])
        elif _NUMBER.fullmatch(bare):
            raise _Broken  # a figure without a row
        else:
            cells.keep()
    if begun < 2 or (5 * filled < 4 * begun if most > 1 else filled < _LEAST):
        raise _Broken


def _code(cells: _Cells, codes: CodeList) -> str:
    """The code that the next cell (or the next two or three: 类, 款, 项) prints, before a name of that code."""
    bare = cells.peek()
    if _CODE.fullmatch(bare) and _begins_name(cells.after(), bare, codes):
        return cells.take()
    if len(bare) == 3 and codes.known(bare):
        sizes = [squeeze(ln.text) for ln in cells.lines[cells.at : cells.at + 4]]
        for size in (3, 2):
            parts, name = sizes[:size], sizes[size : size + 1]
            code = "".join(parts)
            if name and all(re.fullmatch(r"\d\d", p) for p in parts[1:]) and _begins_name(name[0], code, codes):
                cells.at += size
                return code
    return ""


def _begins_name(text: str, code: str, codes: CodeList) -> bool:
    """The text is the code's name, or its first line."""
    bare = plain(text)
    return len(bare) >= 2 and not re.search(r"\d", bare) and any(s.startswith(bare) for s in codes.spellings.get(code, ()))


def _name(cells: _Cells, code: str, codes: CodeList) -> str:
    """The name behind a code, with the lines that it wraps over."""
    name = cells.take()
    while _begins_name(name + cells.peek(), code, codes) and not _NUMBER.fullmatch(cells.peek()):
        name += cells.take()
    return name


def _row_figures(cells: _Cells, codes: CodeList, most: int) -> list[str]:
    found: list[str] = []
    while _NUMBER.fullmatch(cells.peek()) and not _starts_row(cells, codes):
        if len(found) == most:
            raise _Broken
        found += cells.figures(most=1)
    return found


def _starts_row(cells: _Cells, codes: CodeList) -> bool:
    at = cells.at
    code = _code(cells, codes)
    cells.at = at
    return bool(code)


def _is_wide(cells: _Cells) -> bool:
    """06 with 合计, 人员 and 公用 beside each other: figures follow figures."""
    numbers = [bool(_NUMBER.fullmatch(squeeze(ln.text))) and not _is_code(squeeze(ln.text)) for ln in cells.lines]
    return 5 * sum(a and b for a, b in pairwise(numbers)) > sum(numbers)


def _label(cells: _Cells) -> str:
    """The next label, with the lines that it wraps over: words without a numeral behind words with one."""
    label = cells.take()
    while (bare := cells.peek()) and not _NUMBER.fullmatch(bare):
        goes_on = _NUMERAL.match(label) and not (_NUMERAL.match(bare) or _LABEL.match(bare))
        if not goes_on and not _TAIL.fullmatch(bare):
            break
        label += cells.take()
    return label


def _by_item(cells: _Cells) -> None:
    """01 and 04: an item is label, 行次, figures; a whole number behind them may be the 行次 of a blank row."""
    numbered = 0
    while bare := cells.peek():
        if cells.column_numbers():
            continue
        if _NUMBER.fullmatch(bare) and (not _SMALL.fullmatch(bare) or not numbered):
            raise _Broken
        first, done = cells.at, len(cells.rows)
        parts = [] if _NUMBER.fullmatch(bare) else [_label(cells)]
        if not parts or not _SMALL.fullmatch(cells.peek()):
            cells.at = first
            del cells.rows[done:]
            cells.keep()
            continue
        parts.append(cells.take())
        numbered += 1
        while _NUMBER.fullmatch(following := cells.peek()) and not _SMALL.fullmatch(following):
            parts.append(cells.take())
        cells.join(first, parts)
    if numbered < _LEAST:
        raise _Broken


def _by_label(cells: _Cells) -> None:
    """01 and 04 without 行次: label and figure of the left half, label and figures of the right, row by row.

    The labels of both halves must take turns, somewhere with their figures, which no order by columns does; no label
    may have too many.
    """
    rows = proven = 0
    before = ""
    while bare := cells.peek():
        if cells.column_numbers():
            continue
        if _NUMBER.fullmatch(bare):
            raise _Broken
        first = cells.at
        income, spending = income_item(bare, False), expenditure_item(bare)
        if not income and not spending:
            before = ""
            cells.keep()
            if _NUMBER.fullmatch(cells.peek()):
                raise _Broken  # the figure of a label that is not known
            continue
        side = "both" if income and spending else "left" if income else "right"
        label = _label(cells)
        found = cells.figures(most=1 if side == "left" else 4)
        rows += side == "right" and before in ("left", "left with a figure")
        proven += side == "right" and bool(found) and before == "left with a figure"
        before = "left with a figure" if side == "left" and found else side
        cells.join(first, [label, *found])
    if not proven or rows < _LEAST_ROWS:
        raise _Broken


def _plain(cells: _Cells) -> None:
    """09: one row of figures below the heads."""
    while cells.peek():
        if cells.column_numbers():
            continue
        first = cells.at
        if found := cells.figures(most=99):
            cells.join(first, found)
        else:
            cells.keep()
