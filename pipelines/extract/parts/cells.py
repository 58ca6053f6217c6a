"""Which lines belong to which cell, in a table row that a dump gives cell after cell without borders.

Three kinds of evidence, the surest first: the dump marks where a cell's paragraph ends; the report names the
task elsewhere in the same words; lines are wrapped to the width of their column, so a line that has room for the
next word ends its cell. A row is split only where exactly one way fits; no cell is ever guessed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import product

from pipelines.extract.parts.lines import TextLine, width

Split = tuple[int, ...]
"""Where the cells after the first begin, as indexes into the row's lines."""

_FINISHED = re.compile(
    r"(?:完成率(?:为|达到?)?[:：]?)?(?:达到?)?\d{1,3}(?:\.\d+)?%|(?:已|基本|全部|按期|按时|如期|全面)?完成(?:率)?|未完成|(?:正在)?(?:推进|进行)中?"
)
_TOKEN = re.compile(r"[A-Za-z0-9.%+\-]+|.[，。；：、！？）》”’]*")
_SLACK = 1.0
_MIN_ROWS = 3


def plain(text: str) -> str:
    """Letters and digits only, for comparing a task's two mentions."""
    return re.sub(r"[^\w]", "", text)


def split_rows(rows: Sequence[Sequence[TextLine]], columns: int, titles: Sequence[Sequence[str]]) -> list[Split | None]:
    """Cells of each row, None where they cannot be told apart. ``titles``: known tasks, in several wordings."""
    splits: list[Split | None] = [
        _by_marks(row, columns) or _by_words(row, columns, titles) for row in rows
    ]
    splits = _agreeing(rows, splits, columns)
    return _by_widths(rows, splits, columns, titles)


def _by_marks(row: Sequence[TextLine], columns: int) -> Split | None:
    """The dump marks each cell's last line."""
    if not row or row[0].ends is None:
        return None
    ends = [i + 1 for i, line in enumerate(row) if line.ends]
    return tuple(ends[:-1]) if len(ends) == columns and ends[-1] == len(row) else None


def _by_words(row: Sequence[TextLine], columns: int, titles: Sequence[Sequence[str]]) -> Split | None:
    """The task is known by its words and the last cell says no more than 完成."""
    if columns != 3:
        return None
    first, last = first_cell(row, titles), _last_cell(row)
    return (first, last) if first and last and first < last else None


def first_cell(row: Sequence[TextLine], titles: Sequence[Sequence[str]]) -> int | None:
    """How many lines repeat a known task word for word."""
    known = {plain(t) for wordings in titles for t in wordings if t}
    text = ""
    for count, line in enumerate(row[:12], start=1):
        text += plain(line.bare)
        if text in known and count < len(row):
            return count
    return None


def _last_cell(row: Sequence[TextLine]) -> int | None:
    """Where a closing cell of the form 完成率100% begins."""
    for count in (3, 2, 1):
        if len(row) > count and _FINISHED.fullmatch("".join(line.bare for line in row[-count:])):
            return len(row) - count
    return None


def _agreeing(rows: Sequence[Sequence[TextLine]], splits: list[Split | None], columns: int) -> list[Split | None]:
    """Undo a split whose cells are wider than the same column elsewhere: a row cut by the page is mixed up."""
    widest = [
        sorted(max(width(ln.bare) for ln in cell) for cell in column)
        for column in zip(*(_cells(r, s) for r, s in zip(rows, splits, strict=True) if s), strict=True)
    ]
    if not widest or len(widest[0]) < _MIN_ROWS:
        return splits
    usual = [column[len(column) // 2] for column in widest]
    return [
        s
        if s and all(max(width(ln.bare) for ln in cell) <= u + 2 for cell, u in zip(_cells(r, s), usual, strict=True))
        else None
        for r, s in zip(rows, splits, strict=True)
    ]


def _cells(row: Sequence[TextLine], split: Split) -> list[Sequence[TextLine]]:
    edges = [0, *split, len(row)]
    return [row[a:b] for a, b in zip(edges, edges[1:], strict=False)]


# --- widths --------------------------------------------------------------------------------------------------


def _by_widths(
    rows: Sequence[Sequence[TextLine]], splits: list[Split | None], columns: int, titles: Sequence[Sequence[str]]
) -> list[Split | None]:
    """Split the open rows by the widths of the columns; only where nearly all rows fit in exactly one way."""
    open_rows = [i for i, s in enumerate(splits) if s is None and len(rows[i]) >= columns]
    marked = any(row and row[0].ends is not None for row in rows)
    if columns not in (2, 3) or not open_rows or len(rows) < _MIN_ROWS or marked:
        return splits
    fixed = [first_cell(row, titles) for row in rows]
    best: tuple[int, int, list[Split | None]] | None = None
    candidates = sorted({round(width(ln.bare)) for row in rows for ln in row if width(ln.bare) >= 3})
    wraps = [_Wraps(row, candidates) for row in rows]
    for widths in product(candidates, repeat=columns):
        found = [w.ways(widths, f) for w, f in zip(wraps, fixed, strict=True)]
        agree = all(s is None or s in ways for s, ways in zip(splits, found, strict=True))
        decided: list[Split | None] = [ways[0] if len(ways) == 1 else None for ways in found]
        count = sum(d is not None for d in decided)
        if agree and (best is None or (count, -sum(widths)) > best[:2]):
            best = (count, -sum(widths), decided)
    if best is None or best[0] < max(_MIN_ROWS, 0.8 * len(rows)):
        return splits
    return [s if s is not None else found for s, found in zip(splits, best[2], strict=True)]


class _Wraps:
    """For one row: from each line on, how far a cell of a given width can reach."""

    def __init__(self, row: Sequence[TextLine], candidates: Sequence[int]) -> None:
        self.size = len(row)
        self.widths = [width(ln.bare) for ln in row]
        self.next_token = [width(_TOKEN.match(ln.bare).group()) if ln.bare else 0.0 for ln in row]  # type: ignore[union-attr]
        self.reach = {w: self._reach(w) for w in candidates}

    def _reach(self, column: int) -> list[int]:
        """For each start, the last line that one cell of this width can hold (exclusive end)."""
        ends = [0] * self.size
        for start in range(self.size - 1, -1, -1):
            if self.widths[start] > column + _SLACK:
                ends[start] = start
            elif start + 1 < self.size and self.widths[start] + self.next_token[start + 1] > column:
                ends[start] = max(ends[start + 1], start + 1)
            else:
                ends[start] = start + 1
        return ends

    def ways(self, widths: tuple[int, ...], first: int | None) -> list[Split]:
        """Every split (at most two are needed) into cells of these widths."""
        found: list[Split] = []
        if self.size < len(widths):
            return found
        starts = [first] if first else range(1, self.reach[widths[0]][0] + 1)
        for cut in starts:
            if len(widths) == 2:
                if self.reach[widths[1]][cut : cut + 1] == [self.size]:
                    found.append((cut,))
            elif cut < self.size:
                for second in range(cut + 1, min(self.reach[widths[1]][cut], self.size - 1) + 1):
                    if self.reach[widths[2]][second] == self.size:
                        found.append((cut, second))
            if len(found) > 1:
                break
        return found
