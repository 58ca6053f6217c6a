"""Which grids belong to which table: a grid belongs to the title that stands above it.

A grid without a title continues the table before it (over the page, with or without a repeated header).
"""

from __future__ import annotations

from pipelines.documents.model import Cell, Document, Grid, Line
from pipelines.documents.normalise import squeeze
from pipelines.extract.tables.blocks import Block, Segment, head_of, middle, title_inside, unit_in, unit_of
from pipelines.extract.tables.unruled import BREAK, go_on, unruled
from pipelines.extract.tables.view import NOTE, PROSE
from pipelines.extract.titles import parse_owner


def collect_blocks(document: Document) -> tuple[list[Block], list[str]]:
    """Group the document's grids under the titles that stand above them; without rulings, the lines."""
    blocks: list[Block] = []
    owners: list[str] = []
    current: Block | None = None
    for page in document.pages:
        top = 0.0
        if page.name is not None:
            current = None  # every sheet of a workbook begins anew
        for grid in page.grids:
            above = [ln for ln in page.lines if ln.box and top - 2 <= middle(ln) <= grid.box[1] + 1]
            top = grid.box[3]
            owners.extend(o for ln in above if (o := parse_owner(ln.text)))
            free, above = unruled(page, above, blocks)
            current = free or current
            found = head_of(above)
            inner = None if found else title_inside(grid)
            if found:
                title, line = found
                current = Block(title, page.number, line.number, unit_of(above))
                current.head_lines = [(page.number, ln) for ln in above if ln.number >= line.number]
                blocks.append(current)
            elif inner:
                current = Block(inner, page.number, None, unit_of(above) or unit_in(grid))
                blocks.append(current)
            elif current is not None and not continues(current, grid, above):
                current = None
            if current is not None:
                if current.unit is None:
                    current.unit = unit_of(above) or unit_in(grid)
                current.segments.append(Segment(on_columns(current, grid, bool(found or inner)), page))
        rest = [ln for ln in page.lines if ln.box and middle(ln) > top + 1]
        owners.extend(o for ln in rest if (o := parse_owner(ln.text)))
        if not page.grids and current is not None and current.segments[-1].grid.method == "positions":
            rest = go_on(page, rest, current)
        free, rest = unruled(page, rest, blocks)
        current = free or current
        if any(BREAK.search(squeeze(ln.text)) for ln in rest) or sum(
            bool(PROSE.search(ln.text)) for ln in rest if not NOTE.match(squeeze(ln.text))
        ) > 4:
            current = None
    return drop_repeats(blocks), owners


def on_columns(block: Block, grid: Grid, new: bool) -> Grid:
    """A continued grid in the same frame whose merged cells hide some columns: put it on the columns before it."""
    if new or not block.segments:
        return grid
    edges = block.segments[-1].grid.col_edges
    if len(edges) <= len(grid.col_edges):
        return grid
    cells = []
    for cell in grid.cells:
        inside = [
            j for j in range(len(edges) - 1) if cell.box[0] - 1 <= (edges[j] + edges[j + 1]) / 2 <= cell.box[2] + 1
        ]
        if not inside:
            return grid
        cells.append(Cell(cell.row0, cell.row1, inside[0], inside[-1], cell.box, cell.lines, cell.line_numbers))
    covered = sum((c.row1 - c.row0 + 1) * (c.col1 - c.col0 + 1) for c in cells)
    if covered != grid.n_rows * (len(edges) - 1):
        return grid
    return Grid(grid.page, grid.box, grid.row_edges, edges, cells, grid.method)


def drop_repeats(blocks: list[Block]) -> list[Block]:
    """A title that repeats on every page of one table continues it; a first empty frame is no table."""
    merged: list[Block] = []
    for block in blocks:
        previous = merged[-1] if merged else None
        if previous and previous.title.resource == block.title.resource and previous.title.kind == block.title.kind:
            previous.segments.extend(block.segments)
            previous.head_lines.extend(block.head_lines)
            continue
        merged.append(block)
    return merged


def continues(block: Block, grid: Grid, above: list[Line]) -> bool:
    """A grid without a title goes on with the table before it only if its columns are the same."""
    texts = [squeeze(ln.text) for ln in above]
    if any(BREAK.search(t) for t in texts) or sum(bool(PROSE.search(t)) and not NOTE.match(t) for t in texts) > 1:
        return False
    if not block.segments:
        return False
    last = block.segments[-1].grid
    if max(abs(last.box[0] - grid.box[0]), abs(last.box[2] - grid.box[2])) <= 4:
        return True  # the same frame: foot rows with merged cells may stand alone on a page
    if abs(last.n_cols - grid.n_cols) > max(1, last.n_cols // 3):
        return False
    span = min(last.box[2], grid.box[2]) - max(last.box[0], grid.box[0])
    return span >= 0.7 * max(last.box[2] - last.box[0], grid.box[2] - grid.box[0])
