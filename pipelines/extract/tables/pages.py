"""What a page's end does to a table: its caption, its head or its columns stand on one page, its rows on the next.

Which table a grid belongs to is decided in :mod:`pipelines.extract.tables.regions`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass

from pipelines.documents.model import Cell, Grid, Line, Page
from pipelines.documents.normalise import squeeze
from pipelines.extract.columns import is_header_fragment, is_header_text
from pipelines.extract.tables.blocks import Block, Segment, head_of
from pipelines.extract.tables.unruled import is_page_number
from pipelines.extract.tables.view import is_caption
from pipelines.extract.titles import Title, any_title

_ALIGNED = 4.0
"""Points by which the edges of one column may differ from page to page."""
_COLUMN_NO = re.compile(r"\d{1,2}|栏次|类|款|项|金额单位[:：].*")

_SIDE_ROWS = 4
_LEVEL = 1.5
"""Points. So few rows, or so far apart, may be level by chance."""
_REST = re.compile(r"支出|收入|补助|经费|结余|结转|[费数收入出款余转]")


@dataclass(frozen=True, slots=True)
class Hanging:
    """A title with its captions at the foot of a page; its table begins on the next."""

    title: Title
    page: Page
    lines: list[Line]


def hanging(rest: list[Line], page: Page, running: frozenset[str]) -> Hanging | None:
    """The title below a page's last grid, if nothing but captions follows it."""
    lines = [ln for ln in rest if squeeze(ln.text) and not is_page_number(ln, page)]
    found = head_of(lines, running)
    if found is None:
        return None
    title, first = found
    below = [ln for ln in lines if ln.number >= first.number]
    if len(below) > 1 and not all(is_caption(ln.text) or squeeze(ln.text) in title.text for ln in below[1:]):
        return None
    return Hanging(title, page, below)


def takes_up(above: list[Line], page: Page, running: frozenset[str]) -> bool:
    """Whether nothing stands between a page's top and its first grid but what stands above any table."""
    return all(
        is_caption(ln.text) or squeeze(ln.text) in running or is_page_number(ln, page) for ln in above if squeeze(ln.text)
    )


def in_a_row(grids: list[Grid], grid: Grid) -> list[Grid]:
    """The grids that stand side by side with a grid (itself included), left to right."""

    def level(other: Grid) -> bool:
        height = min(other.box[3], grid.box[3]) - max(other.box[1], grid.box[1])
        return height > 0.5 * min(other.box[3] - other.box[1], grid.box[3] - grid.box[1])

    found = [g for g in grids if g is grid or (level(g) and (g.box[2] <= grid.box[0] or grid.box[2] <= g.box[0]))]
    return sorted(found, key=lambda g: g.box[0])


def lines_over(page: Page, row: list[Grid], grid: Grid, top: float) -> list[Line]:
    """What stands above a grid. ``row``: the grids side by side with it (itself included); a word over two of them is
    the left one's. ``top``: where the grids above end."""
    if len(row) == 1:
        return [ln for ln in page.lines if ln.box and top - 2 <= (ln.box[1] + ln.box[3]) / 2 <= grid.box[1] + 1]
    top = max((g.box[3] for g in page.grids if g.box[3] <= min(r.box[1] for r in row) + 1), default=0.0)
    place = next(i for i, g in enumerate(row) if g is grid)
    low = (row[place - 1].box[2] + grid.box[0]) / 2 if place else float("-inf")
    high = (grid.box[2] + row[place + 1].box[0]) / 2 if place + 1 < len(row) else float("inf")
    found = []
    for line in lines_over(page, [grid], grid, top):
        words = tuple(w for w in line.words if low <= w.box[0] < high)
        if words:
            box = (words[0].box[0], min(w.box[1] for w in words), words[-1].box[2], max(w.box[3] for w in words))
            found.append(Line(line.number, " ".join(w.text for w in words), box, words))
    return found


def is_captions(grid: Grid) -> bool:
    """Title, number, owner and unit in cells of their own, and no head below them: the page ended there."""
    texts = [c.text for c in grid.cells if squeeze(c.text)]
    return bool(texts) and all(is_caption(text) or any_title(text) for text in texts)


def lines_of(grid: Grid, page: Page) -> list[Line]:
    """The page's lines in a grid's cells."""
    numbers = {n for cell in grid.cells for n in cell.line_numbers}
    return [ln for ln in page.lines if ln.number in numbers]


def add(block: Block, grid: Grid, page: Page, *, new: bool) -> None:
    """Put a grid behind those of its table: on their columns, or below their head."""
    if is_captions(grid):
        block.head_lines.extend((page.number, ln) for ln in lines_of(grid, page))
        return
    last = block.segments[-1] if block.segments else None
    if last is not None and not new and grid.method == "ruled" and _only_head(last.grid):
        whole = _stacked(last.grid, grid)
        if whole is not None:
            block.segments[-1] = Segment(whole, page)
            return
    block.segments.append(Segment(_on_columns(block, grid, new), page))


def beside(block: Block, grid: Grid) -> bool:
    """Rows at the very heights of the table's rows, under no title: its columns to the right, on a page of their own."""
    if not block.segments or grid.method != "ruled" or grid.n_rows < _SIDE_ROWS:
        return False
    last = block.segments[-1].grid
    return last.method == "ruled" and all(min(abs(e - o) for o in last.row_edges) <= _LEVEL for e in grid.row_edges)


def _only_head(grid: Grid) -> bool:
    """Nothing but heads, below its captions: the rows are on the next page."""
    texts = [t for c in grid.cells if (t := squeeze(c.text))]
    heads = [t for t in texts if not is_caption(t)]
    return grid.method == "ruled" and bool(heads) and all(_COLUMN_NO.fullmatch(t) or is_header_fragment(t) for t in heads)


def _stacked(head: Grid, body: Grid) -> Grid | None:
    """Head and rows as one grid, on the columns of both; None where their frames differ or the head comes again."""
    if max(abs(head.box[0] - body.box[0]), abs(head.box[2] - body.box[2])) > _ALIGNED:
        return None
    first = [squeeze(c.text) for c in head.cells if c.row1 == head.n_rows - 1]
    if first == [squeeze(c.text) for c in body.cells if c.row0 == 0]:
        return None
    edges: list[float] = []
    for edge in sorted((*head.col_edges, *body.col_edges)):
        if not edges or edge - edges[-1] > _ALIGNED:
            edges.append(edge)
    shift = head.row_edges[-1] - body.row_edges[0]
    cells = []
    for grid, rows in ((head, 0), (body, head.n_rows)):
        for c in grid.cells:
            col0, col1 = (bisect_right(edges, grid.col_edges[j] + 0.01) - 1 for j in (c.col0, c.col1 + 1))
            cells.append(Cell(c.row0 + rows, c.row1 + rows, col0, max(col1 - 1, col0), c.box, c.lines, c.line_numbers))
    if sum((c.row1 - c.row0 + 1) * (c.col1 - c.col0 + 1) for c in cells) != (head.n_rows + body.n_rows) * (len(edges) - 1):
        return None
    _join_broken(cells, head.n_rows)
    row_edges = (*head.row_edges, *(e + shift for e in body.row_edges[1:]))
    box = (edges[0], row_edges[0], edges[-1], row_edges[-1])
    return Grid(body.page, box, row_edges, tuple(edges), cells, body.method)


def _join_broken(cells: list[Cell], first: int) -> None:
    """A head cell that the page's end cut in two: its last word stands alone at the top of the next page."""
    for below in (c for c in cells if c.row0 == first and _REST.fullmatch(squeeze(c.text))):
        above = next((c for c in cells if c.row1 == first - 1 and (c.col0, c.col1) == (below.col0, below.col1)), None)
        if above is not None and above.lines:
            above.lines += below.lines
            above.line_numbers += below.line_numbers
            below.lines, below.line_numbers = (), ()


def _on_columns(block: Block, grid: Grid, new: bool) -> Grid:
    """A continued grid on the columns of the table before it: merged cells may hide some of its edges.

    Columns that stand elsewhere than before, under no head of their own, are no columns of this table.
    """
    if new or not block.segments or grid.method == "cells":
        return grid
    last = block.segments[-1].grid
    edges = last.col_edges
    if len(edges) == len(grid.col_edges) and (grid.method != "ruled" or last.method != "ruled" or _same_edges(edges, grid.col_edges)):
        return grid
    placed = _placed_on(edges, grid)
    if placed is not None:
        return placed
    if len(edges) == len(grid.col_edges) and not any(is_header_text(squeeze(c.text)) for c in grid.cells if c.row0 == 0 and squeeze(c.text)):
        block.problems.append("续页的栏与前页对不上 / the columns of a continued page are not those before it")
    return grid


def _same_edges(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    """Equal but for the place on the page and its scale."""
    scale = (one[-1] - one[0]) / max(other[-1] - other[0], 1.0)
    return all(abs((a - one[0]) - scale * (b - other[0])) <= _ALIGNED for a, b in zip(one, other, strict=True))


def _placed_on(edges: tuple[float, ...], grid: Grid) -> Grid | None:
    cells = []
    for cell in grid.cells:
        inside = [
            j for j in range(len(edges) - 1) if cell.box[0] - 1 <= (edges[j] + edges[j + 1]) / 2 <= cell.box[2] + 1
        ]
        if not inside:
            return None
        cells.append(Cell(cell.row0, cell.row1, inside[0], inside[-1], cell.box, cell.lines, cell.line_numbers))
    covered = sum((c.row1 - c.row0 + 1) * (c.col1 - c.col0 + 1) for c in cells)
    if covered != grid.n_rows * (len(edges) - 1):
        return None
    return Grid(grid.page, grid.box, grid.row_edges, edges, cells, grid.method)
