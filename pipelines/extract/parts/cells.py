"""Which lines belong to which cell, in a table row that a dump gives cell after cell without borders.

Three kinds of evidence, the surest first: the dump marks where a cell's paragraph ends; the report names the
task elsewhere in the same words; lines are wrapped to the width of their column, so a line that has room for
the next word ends its cell. A row is split only where exactly one way fits; no cell is ever guessed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise, product

from pipelines.extract.parts.lines import TextLine, width

Split = tuple[int, ...]
"""Where the cells after the first begin, as indexes into the row's lines."""

_FINISHED = re.compile(
    r"(?:完成率(?:为|达到?)?[:：]?)?(?:达到?)?\d{1,3}(?:\.\d+)?%|(?:已|基本|全部|按期|按时|如期|全面)?完成(?:率)?|未完成|(?:正在)?(?:推进|进行)中?"
)
_TOKEN = re.compile(r"[（《“‘]*(?:[A-Za-z0-9.%+\-]+|.)[，。；：、！？）》”’%]*")
_SLACK = 1.0
_MIN_ROWS = 3


def plain(text: str) -> str:
    """Letters and digits only, for comparing a task's two mentions."""
    return re.sub(r"[^\w]", "", text)


def split_rows(
    rows: Sequence[Sequence[TextLine]], columns: int, titles: Sequence[Sequence[str]]
) -> list[Split | None]:
    """Cells of each row, None where they cannot be told apart. ``titles``: known tasks, as worded."""
    splits: list[Split | None] = [_by_marks(row, columns) or _by_words(row, columns, titles) for row in rows]
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
    """How many lines repeat a known task word for word; its fullest wording counts."""
    starts: dict[str, int] = {}
    text = ""
    for count, line in enumerate(row[:12], start=1):
        text += plain(line.bare)
        if count < len(row):
            starts[text] = count
    return max(
        (starts[w] for wordings in titles for t in wordings[:1] if (w := plain(t)) in starts), default=None
    ) or max(
        (starts[w] for wordings in titles for t in wordings[1:] if (w := plain(t)) in starts), default=None
    )


def _last_cell(row: Sequence[TextLine]) -> int | None:
    """Where a closing cell of the form 完成率100% begins."""
    for count in (3, 2, 1):
        if len(row) > count and _FINISHED.fullmatch("".join(line.bare for line in row[-count:])):
            return len(row) - count
    return None


def _agreeing(
    rows: Sequence[Sequence[TextLine]], splits: list[Split | None], columns: int
) -> list[Split | None]:
    """Undo a split whose cells are wider than their column elsewhere: a row cut by the page is mixed up."""
    widest = [
        sorted(max(width(ln.bare) for ln in cell) for cell in column)
        for column in zip(*(_cells(r, s) for r, s in zip(rows, splits, strict=True) if s), strict=True)
    ]
    if not widest or len(widest[0]) < _MIN_ROWS:
        return splits
    usual = [column[len(column) // 2] for column in widest]
    return [
        s
        if s
        and all(
            max(width(ln.bare) for ln in cell) <= u + 2 for cell, u in zip(_cells(r, s), usual, strict=True)
        )
        else None
        for r, s in zip(rows, splits, strict=True)
    ]


def _cells(row: Sequence[TextLine], split: Split) -> list[Sequence[TextLine]]:
    edges = [0, *split, len(row)]
    return [row[a:b] for a, b in pairwise(edges)]


# --- widths ---------------------------------------------------------------------------------------------


def _by_widths(
    rows: Sequence[Sequence[TextLine]],
    splits: list[Split | None],
    columns: int,
    titles: Sequence[Sequence[str]],
) -> list[Split | None]:
    """Split the open rows by the widths of the columns; only where nearly all rows fit in exactly one way."""
    marked = any(row and row[0].ends is not None for row in rows)
    if columns != 3 or None not in splits or len(rows) < _MIN_ROWS or marked:
        return splits
    candidates = sorted({round(width(ln.bare)) for row in rows for ln in row if width(ln.bare) >= 3})
    wraps = [_Wraps(row, first_cell(row, titles)) for row in rows]
    best: tuple[int, int] | None = None
    widths = (0, 0, 0)
    for second, third in product(candidates, repeat=2):
        for wrap in wraps:
            wrap.fix(second, third)
        for first in candidates:
            ways = [wrap.ways(first, split) for wrap, split in zip(wraps, splits, strict=True)]
            score = (sum(n == 1 for n in ways), -(first + second + third))
            # A split that is sure must be possible with these widths.
            if -1 not in ways and (best is None or score > best):
                best, widths = score, (first, second, third)
    if best is None or best[0] < max(_MIN_ROWS, 0.8 * len(rows)):
        return splits
    found: list[Split | None] = []
    for wrap, split in zip(wraps, splits, strict=True):
        wrap.fix(widths[1], widths[2])
        found.append(split or wrap.only(widths[0]))
    return found


class _Wraps:
    """For one row: from each line on, how far a cell of a given width can reach."""

    def __init__(self, row: Sequence[TextLine], first: int | None) -> None:
        self.size = len(row)
        self.first = first
        self.widths = [width(ln.bare) for ln in row]
        self.tokens = [width(match.group()) if (match := _TOKEN.match(ln.bare)) else 0.0 for ln in row]
        self._known: dict[int, list[int]] = {}
        self._pairs: list[list[int]] = []
        self._before: list[int] = []

    def reach(self, column: int) -> list[int]:
        """For each line, where a cell of this width that begins there must end at the latest (exclusive)."""
        if column not in self._known:
            ends = [0] * self.size
            for start in range(self.size - 1, -1, -1):
                if self.widths[start] > column + _SLACK:
                    ends[start] = start
                elif start + 1 < self.size and self.widths[start] + self.tokens[start + 1] > column - 0.5:
                    ends[start] = max(ends[start + 1], start + 1)
                else:
                    ends[start] = start + 1
            self._known[column] = ends
        return self._known[column]

    def fix(self, second: int, third: int) -> None:
        """Prepare for widths of the second and third column: the third cells that each first cut allows."""
        middle, last = self.reach(second), self.reach(third)
        closing = [start for start in range(self.size) if last[start] == self.size]
        self._pairs = [[end for end in closing if cut < end <= middle[cut]] for cut in range(self.size)]
        self._before = [0]
        for cut in range(1, self.size):
            self._before.append(self._before[-1] + len(self._pairs[cut]))

    def _cuts(self, column: int) -> range:
        furthest = min(self.reach(column)[0], self.size - 1) if self.size else 0
        if self.first is not None:
            return range(self.first, self.first + 1)
        return range(1, furthest + 1)

    def ways(self, column: int, known: Split | None) -> int:
        """In how many ways the row fits; -1 where a sure split does not fit."""
        if not self.size:
            return 0
        cuts = self._cuts(column)
        if known is not None:
            fits = known[0] <= self.reach(column)[0] and known[1] in self._pairs[known[0]]
            return 1 if fits else -1
        return self._before[cuts[-1]] - self._before[cuts[0] - 1] if cuts else 0

    def only(self, column: int) -> Split | None:
        """The one way in which the row fits."""
        found = [(cut, end) for cut in self._cuts(column) for end in self._pairs[cut]]
        return found[0] if len(found) == 1 else None
