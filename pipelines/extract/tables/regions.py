"""Which grids belong to which table: a grid belongs to the title that stands above it.

A grid without a title continues the table before it (over the page, with or without a repeated header).
"""

from __future__ import annotations

import re
from collections import Counter

from pipelines.documents.model import Cell, Document, Grid, Line, Page
from pipelines.documents.normalise import squeeze
from pipelines.extract.numbers import parse_amount
from pipelines.extract.tables.blocks import (
    BREAK,
    Block,
    head_of,
    middle,
    title_inside,
    unit_in,
    unit_of,
)
from pipelines.extract.tables.pages import Hanging, add, beside, hanging, in_a_row, lines_over, takes_up
from pipelines.extract.tables.unruled import go_on, in_one_grid, is_page_number, names_a_table, unruled
from pipelines.extract.tables.view import NOTE, PROSE, is_caption
from pipelines.extract.titles import (
    OTHER,
    Title,
    any_title,
    bare_title,
    is_number_mark,
    parse_owner,
    printed_number,
)

_TABLE_NUMBER = re.compile(r"\d\.\d|\d,\d{3}")
_RUNNING = 3
"""A line on so many pages is a running head, not a table's title."""

_CAPTIONS = 12
"""Lines between a title and its grid: number, institution, unit, a wrapped title, a remark."""


def _caption_lines(above: list[Line]) -> list[Line]:
    """Without pages, everything since the last table stands above a grid: its captions come after the last sentence,
    the last heading of a part or of the narrative."""
    start = 0
    for index, line in enumerate(above):
        bare = squeeze(line.text)
        if BREAK.search(bare) or (PROSE.search(bare) and not NOTE.match(bare)):
            start = index
    return above[max(start, len(above) - _CAPTIONS) :]


def collect_blocks(document: Document) -> tuple[list[Block], list[str]]:
    """Group the document's grids under the titles that stand above them; without rulings, the lines.

    Any title ends the table before it, also one that no form knows: then another table begins.
    """
    blocks: list[Block] = []
    owners: list[str] = []
    current: Block | None = None
    running = _running_lines(document)
    waiting: Hanging | None = None
    for page in document.pages:
        top = 0.0
        first_on_page = True
        if page.name is not None:
            current = None  # every sheet of a workbook begins anew
        for whole_grid in page.grids:
            row = in_a_row(page.grids, whole_grid) if document.has_geometry else [whole_grid]
            above = lines_over(page, row, whole_grid, top)
            top = max(g.box[3] for g in row)
            owners.extend(o for ln in above if (o := parse_owner(ln.text)))
            if document.has_geometry and not page.recognised:
                free, above = unruled(page, above, blocks)
                current = free or current
            captions = _caption_lines(above) if document.has_paragraphs else above
            for grid in split_at_titles(whole_grid):
                begun = _begun(grid, captions, page, running, current)
                if begun is None and first_on_page and waiting is not None and takes_up(above, page, running):
                    begun = Block(waiting.title, waiting.page.number, waiting.lines[0].number, unit_of([*waiting.lines, *above]))
                    begun.head_lines = [(waiting.page.number, ln) for ln in waiting.lines]
                    begun.head_lines += [(page.number, ln) for ln in above if is_caption(ln.text)]
                if begun is not None:
                    current = begun
                    blocks.append(current)
                elif current is not None and not (
                    whole_grid is row[0] and continues(current, grid, above, first_on_page, running)
                ):
                    _left(current, grid, first_on_page, beside_it=whole_grid is not row[0])
                    current = None
                if current is not None:
                    if begun is None:
                        current.stray.extend((page.number, ln) for ln in _figure_lines(above, page))
                    current.unit = current.unit or unit_of(above) or unit_in(grid)
                    add(current, grid, page, new=begun is not None)
                above = captions = []
                first_on_page = False
        rest = [ln for ln in page.lines if ln.box and middle(ln) > top + 1]
        owners.extend(o for ln in rest if (o := parse_owner(ln.text)))
        if document.has_geometry and not page.recognised:
            current, rest = _below_grids(document, page, rest, blocks, current)
        waiting = hanging(rest, page, running) if document.has_geometry else None
        if _is_broken_by(rest):
            current = None
    found = drop_repeats([b for b in blocks if b.segments])
    for block in found:
        in_one_grid(block)
    return found, owners


def _left(block: Block, grid: Grid, first_on_page: bool, beside_it: bool) -> None:
    """The table before a grid that is none of its own ends; a grid of its further columns withholds it."""
    if beside_it:
        block.problems.append("并排的表格中有一张没有自己的标题 / one of the tables side by side has no title of its own")
    if first_on_page and beside(block, grid):
        block.problems.append("表格右侧的栏另印一页 / columns to the right stand on a page of their own")


def _below_grids(
    document: Document, page: Page, rest: list[Line], blocks: list[Block], current: Block | None
) -> tuple[Block | None, list[Line]]:
    """What the lines below a page's last grid belong to: the table that goes on, tables without rulings, or nothing."""
    if not page.grids and current is not None and current.segments and current.segments[-1].grid.method == "positions":
        rest = go_on(page, rest, current)
    elif page.grids and current is not None and not document.has_paragraphs:
        current.stray.extend((page.number, ln) for ln in _figure_lines(rest, page))
    free, rest = unruled(page, rest, blocks)
    current = free or current
    if current is not None and current.segments and current.segments[-1].grid.method == "positions" and names_a_table(rest):
        current = None  # another table began below it, also one that is none of the nine
    return current, rest


def _running_lines(document: Document) -> frozenset[str]:
    """Texts of lines that stand on several pages."""
    pages: Counter[str] = Counter()
    for page in document.pages:
        pages.update({text for ln in page.lines if "表" in ln.text and (text := squeeze(ln.text))})
    return frozenset(text for text, count in pages.items() if count >= _RUNNING)


def _begun(grid: Grid, above: list[Line], page: Page, running: frozenset[str], current: Block | None) -> Block | None:
    """The block that this grid begins, or None if nothing above it or in its first rows says so."""
    found = head_of(above, running)
    if found:
        title, line = found
        block = Block(title, page.number, line.number, unit_of(above))
        block.head_lines = [(page.number, ln) for ln in above if ln.number >= line.number]
        return block
    inner = title_inside(grid)
    if inner:
        return Block(inner, page.number, None, unit_of(above) or unit_in(grid))
    mark = next((ln for ln in above if is_number_mark(ln.text)), None)
    if mark is not None and current is not None and printed_number(mark.text) != current.title.printed_no:
        # 公开10表 over a title that names no table in words that we know.
        named = [squeeze(ln.text) for ln in above if not is_caption(ln.text) and len(squeeze(ln.text)) >= 4]
        text = named[-1] if named else squeeze(mark.text)
        return Block(Title(OTHER, None, text, printed_number(mark.text)), page.number, mark.number, unit_of(above))
    return None


def _is_broken_by(lines: list[Line]) -> bool:
    """A new part of the report, or its sentences, end the table."""
    prose = sum(bool(PROSE.search(ln.text)) for ln in lines if not NOTE.match(squeeze(ln.text)))
    return prose > 4 or any(BREAK.search(squeeze(ln.text)) for ln in lines)


def _figure_lines(lines: list[Line], page: Page) -> list[Line]:
    """Lines of labels and figures outside any grid: part of the table whose region this is, until a note, a sentence
    or a title ends it. The account then shows that something of the table was not read."""
    found = []
    for line in lines:
        bare = squeeze(line.text)
        if NOTE.match(bare) or BREAK.search(bare) or PROSE.search(bare) or any_title(bare):
            break
        if is_caption(line.text) or is_page_number(line, page):
            continue
        words = line.text.split()
        if words and parse_amount(words[-1]) and _TABLE_NUMBER.search(words[-1]) and all(len(w) <= 20 for w in words):
            found.append(line)
    return found


def split_at_titles(grid: Grid) -> list[Grid]:
    """A sheet may hold several tables one below the other: parts of a grid, each from a title's row to the next."""
    cuts = [0]
    printed: list[list[Cell]] = [[] for _ in range(grid.n_rows)]
    for cell in grid.cells:
        if squeeze(cell.text):
            for i in range(cell.row0, min(cell.row1 + 1, grid.n_rows)):
                printed[i].append(cell)
    for i in range(2, grid.n_rows):
        texts = printed[i]
        if len(texts) == 1 and texts[0].row0 == i and any_title(texts[0].text):
            cuts.append(i)
    if len(cuts) == 1:
        return [grid]
    parts = []
    for low, high in zip(cuts, [*cuts[1:], grid.n_rows], strict=True):
        cells = [
            Cell(max(c.row0, low) - low, min(c.row1, high - 1) - low, c.col0, c.col1, c.box, c.lines, c.line_numbers)
            for c in grid.cells
            if low <= c.row0 < high or (c.row0 < low <= c.row1 and not c.lines)
        ]
        edges = grid.row_edges[low : high + 1]
        part = Grid(grid.page, (grid.box[0], edges[0], grid.box[2], edges[-1]), edges, grid.col_edges, cells, grid.method)
        parts.append(_own_columns(part))
    return parts


def _own_columns(part: Grid) -> Grid:
    """Without the edges at which none of its cells begins: they are those of the table below or above."""
    begins = sorted({c.col0 for c in part.cells})
    at = {j: k for k, j in enumerate(begins)}
    last = {j: sum(b <= j for b in begins) - 1 for j in range(part.n_cols)}
    cells = [Cell(c.row0, c.row1, at[c.col0], last[c.col1], c.box, c.lines, c.line_numbers) for c in part.cells]
    edges = (*(part.col_edges[j] for j in begins), part.col_edges[-1])
    # Blank cells over many rows at the right are the room beside a narrower table.
    beside = [c for c in cells if c.col0 == len(begins) - 1]
    if len(begins) > 1 and not any(c.lines for c in beside) and 4 * len(beside) <= max(part.n_rows, 4) and part.n_rows > 1:
        kept = [c for c in cells if c not in beside]
        if all(c.col1 < len(begins) - 1 for c in kept):
            return Grid(part.page, (*part.box[:2], edges[-2], part.box[3]), part.row_edges, edges[:-1], kept, part.method)
    return Grid(part.page, part.box, part.row_edges, edges, cells, part.method)


def drop_repeats(blocks: list[Block]) -> list[Block]:
    """A title that repeats on every page of one table continues it; a first empty frame is no table."""
    merged: list[Block] = []
    for block in blocks:
        previous = merged[-1] if merged else None
        if previous and _same_title(previous.title, block.title):
            previous.segments.extend(block.segments)
            previous.head_lines.extend(block.head_lines)
            previous.stray.extend(block.stray)
            continue
        merged.append(block)
    return merged


def _same_title(one: Title, other: Title) -> bool:
    return (one.resource, one.kind) == (other.resource, other.kind) and bare_title(one.text) == bare_title(other.text)


def continues(block: Block, grid: Grid, above: list[Line], first_on_page: bool, running: frozenset[str]) -> bool:
    """A grid without a title goes on with the table before it only if its columns are the same."""
    texts = [squeeze(ln.text) for ln in above]
    if any(BREAK.search(t) for t in texts) or sum(bool(PROSE.search(t)) and not NOTE.match(t) for t in texts) > 1:
        return False
    if not block.segments:
        return first_on_page  # so far only its captions, at the foot of the page before
    if not first_on_page and any(len(t) >= 4 and not is_caption(t) and t not in running for t in texts):
        return False  # words between two grids of one page: a note that ends the table, a head of something else
    last = block.segments[-1].grid
    if max(abs(last.box[0] - grid.box[0]), abs(last.box[2] - grid.box[2])) <= 4:
        return True  # the same frame: foot rows with merged cells may stand alone on a page
    if abs(last.n_cols - grid.n_cols) > max(1, last.n_cols // 3):
        return False
    span = min(last.box[2], grid.box[2]) - max(last.box[0], grid.box[0])
    return span >= 0.7 * max(last.box[2] - last.box[0], grid.box[2] - grid.box[0])
