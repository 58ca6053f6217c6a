"""Flow text and tables of cells → a page: for files that know their cells but have no printed page.

Everything is laid out in reading order, one row below the other, so that what stands above a table is above it
by its coordinates. A table's captions (title, unit, institution) and notes, which spreadsheets print as cells,
become lines of text around the grid. It knows rows and widths and nothing of budgets.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from pipelines.documents.model import Box, Cell, DocumentError, Grid, Line, Page
from pipelines.documents.normalise import normalise, squeeze

LEFT = 40.0
COLUMN = 60.0
ROW = 20.0
_EM = 10.0

_LABELLED = re.compile(r"[^:：]{2,12}[:：]")
_CALLS_ITSELF_TABLE = re.compile(r"表(?:[（(][^（）()]{0,12}[）)])?\d{0,2}$")
_NOTE = re.compile(r"注|说明|备注")
_NUMBER = re.compile(r"[-+]?[\d,]+(?:\.\d+)?[%％]?")
_LONG = 16
_WIDE = 0.6
MAX_PLACES = 400_000
"""Rows times columns of one table; the largest reports have tables of some ten thousand places."""


@dataclass(slots=True)
class Cells:
    """A table as a file gives it: cells with text, any order; what they leave uncovered is empty.

    ``rows`` are the line numbers by which a row is named (the sheet's rows, the page's lines of text).
    """

    rows: list[int]
    n_cols: int
    cells: list[Cell] = field(default_factory=list)

    def put(self, row0: int, row1: int, col0: int, col1: int, text: str) -> None:
        """Add a cell; its text may hold line breaks."""
        lines = _lines_of(text)
        self.cells.append(Cell(row0, row1, col0, col1, _NOWHERE, lines, (self.rows[row0],) * len(lines)))


_NOWHERE: Box = (0.0, 0.0, 0.0, 0.0)


@lru_cache(maxsize=20_000)
def _lines_of(text: str) -> tuple[str, ...]:
    return tuple(t for raw in text.splitlines() if (t := normalise(raw).strip()))


class PageLayout:
    """A page that is being filled from the top."""

    def __init__(self, number: int, name: str | None = None) -> None:
        self.page = Page(number, "text", name=name)
        self.y = ROW

    def text(self, text: str, number: int) -> None:
        """One paragraph as one line; blank text adds nothing."""
        printed = normalise(text).strip()
        if printed:
            self.page.lines.append(Line(number, printed, self._box(printed)))
            self.y += ROW

    def image(self) -> None:
        """A picture in the text."""
        self.page.images.append((LEFT, self.y, LEFT + 10 * COLUMN, self.y + 10 * ROW))
        self.y += 10 * ROW

    def table(self, table: Cells) -> None:
        """Captions, grids and notes of a table."""
        if len(table.rows) * table.n_cols > MAX_PLACES:
            raise DocumentError(
                f"a table of the file spreads over {len(table.rows):,} rows and {table.n_cols:,} columns (limit {MAX_PLACES:,} places)"
            )
        covered = _Tiles(table)
        for kind, start, stop in _parts(table, covered):
            if kind == "grid":
                self._grid(table, covered, start, stop)
            else:
                for i in range(start, stop):
                    for text in _joined(covered.texts(i)):
                        self.text(text, table.rows[i])

    def finish(self) -> Page:
        """The page; without any text it is an image or empty."""
        self.page.height = self.y + ROW
        right = max((g.box[2] for g in self.page.grids), default=0.0)
        self.page.width = max(right, *(ln.box[2] for ln in self.page.lines if ln.box), LEFT) + LEFT
        if not self.page.lines and not self.page.grids:
            self.page.kind = "image" if self.page.images else "empty"
        return self.page

    def _box(self, text: str) -> Box:
        return (LEFT, self.y + 4, LEFT + _EM * len(text), self.y + ROW - 4)

    def _grid(self, table: Cells, covered: _Tiles, start: int, stop: int) -> None:
        first, last = covered.used_columns(start, stop)
        top = self.y + 2
        row_edges = tuple(top + ROW * i for i in range(stop - start + 1))
        col_edges = tuple(LEFT + COLUMN * j for j in range(first, last + 2))
        cells = covered.between(start, stop, first, last)
        printed: list[list[str]] = [[] for _ in range(start, stop)]
        for cell in cells:
            a, c = cell.row0 - start, cell.col0 - first
            b, d = cell.row1 - start, cell.col1 - first
            cell.row0, cell.row1, cell.col0, cell.col1 = a, b, c, d
            cell.box = (col_edges[c], row_edges[a], col_edges[d + 1], row_edges[b + 1])
            if cell.lines:
                printed[a].append(cell.text)
        box = (col_edges[0], row_edges[0], col_edges[-1], row_edges[-1])
        assert self.page.number is not None
        self.page.grids.append(Grid(self.page.number, box, row_edges, col_edges, cells, "cells"))
        for i, texts in enumerate(printed):
            if texts:
                y = row_edges[i]
                self.page.lines.append(Line(table.rows[start + i], " ".join(texts), (box[0] + 1, y + 2, box[2] - 1, y + ROW - 2)))
        self.y = row_edges[-1] + 4


class _Tiles:
    """A table's cells by position: no place twice, no place empty-handed."""

    def __init__(self, table: Cells) -> None:
        self.n_rows, self.n_cols = len(table.rows), table.n_cols
        self.at: dict[tuple[int, int], Cell] = {}
        self.begins: list[list[Cell]] = [[] for _ in table.rows]
        spent = 0
        at = self.at
        for cell in sorted(table.cells, key=lambda c: (c.row0, c.col0)):
            place = (cell.row0, cell.col0)
            if cell.row0 == cell.row1 and cell.col0 == cell.col1:
                spent += 1
                if place not in at:
                    at[place] = cell
                    self.begins[cell.row0].append(cell)
                continue
            row1, col1 = min(cell.row1, self.n_rows - 1), min(cell.col1, self.n_cols - 1)
            places = [(i, j) for i in range(cell.row0, row1 + 1) for j in range(cell.col0, col1 + 1)]
            spent += len(places)
            if spent > 4 * MAX_PLACES:
                raise DocumentError("the merged cells of a table of the file overlap without end")
            if any(p in at for p in places):
                # Overlapping spans (broken HTML): the cell keeps its first free place.
                places = [p for p in places if p not in at][:1]
            if not places:
                continue
            cell.row0, cell.col0 = places[0]
            cell.row1, cell.col1 = places[-1]
            at.update(dict.fromkeys(places, cell))
            self.begins[cell.row0].append(cell)

    def filled(self, i: int) -> list[Cell]:
        """Cells with text that begin in a row."""
        return [c for c in self.begins[i] if c.lines]

    def texts(self, i: int) -> list[str]:
        return [c.text for c in sorted(self.filled(i), key=lambda c: c.col0)]

    def whole(self, i: int) -> bool:
        """No cell reaches from the row before into this row."""
        return i == 0 or not any(
            (cell := self.at.get((i, j))) is not None and cell.row0 < i for j in range(self.n_cols)
        )

    def used_columns(self, start: int, stop: int) -> tuple[int, int]:
        """First and last column that hold text in some rows; what only captions cover is left out."""
        cells = [c for i in range(start, stop) for c in self.begins[i] if c.lines]
        return min(c.col0 for c in cells), max(c.col1 for c in cells)

    def between(self, start: int, stop: int, first: int, last: int) -> list[Cell]:
        """The cells of a block, cut at its edges, with empty ones where there are none."""
        found: list[Cell] = []
        at = self.at.get
        for i in range(start, stop):
            for j in range(first, last + 1):
                cell = at((i, j))
                if cell is None:
                    found.append(Cell(i, i, j, j, _NOWHERE))
                elif cell.row0 == cell.row1 and cell.col0 == cell.col1:
                    found.append(cell)
                elif (i, j) == (max(cell.row0, start), max(cell.col0, first)):
                    begins = cell.row0 >= start
                    lines, numbers = (cell.lines, cell.line_numbers) if begins else ((), ())
                    found.append(Cell(i, min(cell.row1, stop - 1), j, min(cell.col1, last), _NOWHERE, lines, numbers))
        return found


def _parts(table: Cells, tiles: _Tiles) -> list[tuple[str, int, int]]:
    """``("lines" | "grid", first row, row after the last)`` in order; blank rows around grids vanish."""
    parts: list[tuple[str, int, int]] = []
    i, end = 0, len(table.rows)
    while i < end:
        start = i
        while i < end and _is_caption(tiles, i):
            i += 1
        if i > start:
            parts.append(("lines", start, i))
        start = i
        while i < end and not (i > start and _opens_table(tiles, i)):
            i += 1
        body = _without_notes(tiles, start, i)
        if body > start:
            parts.append(("grid", start, body))
        if i > body:
            parts.append(("lines", body, i))
    return parts


def _is_caption(tiles: _Tiles, i: int) -> bool:
    """A row above a table: nothing, a single text, labelled texts (单位：…), or what calls itself a table."""
    cells = tiles.filled(i)
    if not cells:
        return True
    if not tiles.whole(i) or any(c.row1 > i and len(cells) > 1 for c in cells):
        return False
    if len(cells) == 1:
        return tiles.n_cols == 1 or not _NUMBER.fullmatch(squeeze(cells[0].text))
    texts = [squeeze(c.text) for c in cells]
    if any(_NUMBER.fullmatch(t) for t in texts):
        return False
    if len(cells) <= 4 and any(_LABELLED.match(t) and not t.startswith("其中") for t in texts):
        return True
    if len(cells) <= 3 and any(_CALLS_ITSELF_TABLE.search(t) for t in texts):
        return True
    covered = sum(c.col1 - c.col0 + 1 for c in cells)
    return len(cells) == 2 and tiles.n_cols > 4 and covered < 0.5 * tiles.n_cols


def _opens_table(tiles: _Tiles, i: int) -> bool:
    """A row inside a sheet that begins another table: a wide text of its own that follows a gap or says 表."""
    cells = tiles.filled(i)
    if len(cells) != 1 or not tiles.whole(i):
        return False
    wide = cells[0].col1 - cells[0].col0 + 1 >= max(2, _WIDE * tiles.n_cols)
    text = squeeze(cells[0].text)
    named = bool(_CALLS_ITSELF_TABLE.search(text)) and not _NOTE.match(text)
    gap = not tiles.filled(i - 1) and tiles.whole(i)
    return (wide and (named or gap and len(text) < _LONG * 3)) or (named and gap)


def _without_notes(tiles: _Tiles, start: int, stop: int) -> int:
    """The row after the last of the grid: blank rows and notes (one long or wide text) at the foot are no rows."""
    while stop > start:
        cells = tiles.filled(stop - 1)
        if cells:
            text = squeeze(cells[0].text)
            wide = cells[0].col1 - cells[0].col0 + 1 >= max(2, _WIDE * tiles.n_cols)
            if len(cells) > 1 or not tiles.whole(stop - 1) or _NUMBER.fullmatch(text):
                break
            if not (wide or len(text) >= _LONG or _NOTE.match(text)):
                break
        elif not tiles.whole(stop - 1):
            break
        stop -= 1
    return stop


def _joined(texts: Sequence[str]) -> list[str]:
    """Captions of one row; a label and what stands in the cell behind it (编制单位： | 某局) belong together."""
    found: list[str] = []
    for text in texts:
        if found and found[-1].rstrip().endswith((":", "：")):
            found[-1] += text
        else:
            found.append(text)
    return found
