"""Tables without ruling lines: their lines between a title and a note, put into a grid by their positions."""

from __future__ import annotations

import re
from dataclasses import replace

from pipelines.documents.model import Grid, Line, Page
from pipelines.documents.normalise import squeeze
from pipelines.documents.positions import grid_from_lines, grids_from_pages
from pipelines.extract import columns
from pipelines.extract.tables.blocks import BREAK, Block, Segment, middle, title_ending, unit_of
from pipelines.extract.tables.view import NOTE, PROSE, TOTAL_LABEL
from pipelines.extract.titles import OTHER, Title, is_number_mark, parse_owner, parse_unit, printed_number

_FIRST_ROW = re.compile(r"一、|(?:合|总)计|[（(]一[)）]")


def by_positions(segment: Segment, keep_columns: bool) -> Segment:
    box = segment.grid.box
    inside = [
        ln for ln in segment.page.lines if ln.box and box[1] - 1 <= middle(ln) <= box[3] + 1 and ln.box[2] > box[0]
    ]
    grid = _grid_of(inside, segment.grid.page, segment.grid.col_edges if keep_columns else None)
    return Segment(grid or segment.grid, segment.page)


def unruled(page: Page, lines: list[Line], blocks: list[Block]) -> tuple[Block | None, list[Line]]:
    """Tables without rulings among free lines: from a title to a note, a sentence, the next title or the end.

    Returns the last such table and the lines that are left after it.
    """
    assert page.number is not None
    last: Block | None = None
    start = consumed = 0
    while True:
        found = None
        for index in range(start, len(lines)):
            head = _title_at(lines, index)
            if head is not None and head[0].resource != OTHER:
                found = (index, *head)
                break
        if found is None:
            return last, lines[consumed:]
        index, title, size = found
        body: list[Line] = []
        head_lines = lines[index : index + size]
        after = index + size
        number = None
        unit = None
        while after < len(lines):
            bare = squeeze(lines[after].text)
            if _title_at(lines, after) is not None or NOTE.match(bare) or BREAK.search(bare) or (
                PROSE.search(bare) and len(bare) > 20
            ):
                break
            if is_number_mark(bare) or parse_owner(lines[after].text) or (parse_unit(bare) and len(bare) < 30):
                number = number or printed_number(bare)
                unit = unit or parse_unit(bare)
                head_lines.append(lines[after])
            elif not is_page_number(lines[after], page):
                body.append(lines[after])
            after += 1
        figures = sum(bool(re.search(r"\d\.\d|\d,\d{3}", ln.text)) for ln in body)
        empty = (any(TOTAL_LABEL.fullmatch(squeeze(ln.text)) for ln in body) and len(body) >= 3) or _is_blank_form(body)
        if figures < 1 and not empty:
            start = index + size
            continue
        grid = _grid_of(body, page.number)
        if grid is not None:
            last = Block(title, page.number, lines[index].number, unit or unit_of(lines[max(0, index - 2) : index]))
            if number and title.printed_no is None:
                last.title = replace(title, printed_no=number)
            last.head_lines = [(page.number, ln) for ln in head_lines]
            last.segments.append(Segment(grid, page, lines=tuple(body)))
            blocks.append(last)
            consumed = after
        start = after


def _is_blank_form(body: list[Line]) -> bool:
    """Heads and no figures below them: rows of several words that are all pieces of heads."""
    rows = [ln for ln in body if len(ln.words) >= 3 and all(_is_head(w.text) for w in ln.words)]
    return bool(rows) and any("合计" in ln.text for ln in rows)


def _grid_of(lines: list[Line], page: int, col_edges: tuple[float, ...] | None = None) -> Grid | None:
    return grid_from_lines(lines, page, col_edges, _FIRST_ROW, _is_head)


def _is_head(text: str) -> bool:
    return columns.is_header_fragment(text) or bool(re.fullmatch(r"\d{1,2}|栏次", squeeze(text)))


def in_one_grid(block: Block) -> None:
    """The pages of a table without rulings have the same columns: what all of them print together leaves."""
    parts = block.segments
    if len(parts) < 2 or not all(s.lines for s in parts) or len({(round(s.page.width), round(s.page.height)) for s in parts}) > 1:
        return
    grids = grids_from_pages([(s.grid.page, list(s.lines)) for s in parts], None, _FIRST_ROW, _is_head)
    if all(grids):
        block.segments = [replace(s, grid=g) for s, g in zip(parts, grids, strict=True) if g is not None]


def is_page_number(line: Line, page: Page) -> bool:
    """A lone small number at the head or foot of the page; inside a table it is a figure."""
    outside = middle(line) > 0.9 * page.height or middle(line) < 0.07 * page.height
    return outside and bool(re.fullmatch(r"[-—–]?\s*\d{1,3}\s*[-—–]?", line.text.strip()))


def _title_at(lines: list[Line], index: int) -> tuple[Title, int] | None:
    """A title that begins at this line (wrapped over up to three), and how many lines it takes."""
    for size in (1, 2, 3):
        if index + size > len(lines):
            break
        found = title_ending(lines[index : index + size], size)
        if found and found[1] is lines[index]:
            return found[0], size
        if re.search(r"表$|[。；]|\d\.\d", squeeze(lines[index + size - 1].text)):
            break
    return None


def names_a_table(lines: list[Line]) -> bool:
    """Whether a title stands among the lines, of the nine or not."""
    return any(_title_at(lines, index) is not None for index in range(len(lines)))


def go_on(page: Page, lines: list[Line], block: Block) -> list[Line]:
    """A table without rulings goes on at the top of the next page: lines with figures before any title or sentence."""
    assert page.number is not None
    body: list[Line] = []
    for index, line in enumerate(lines):
        bare = squeeze(line.text)
        if _title_at(lines, index) or NOTE.match(bare) or BREAK.search(bare) or (PROSE.search(bare) and len(bare) > 20):
            break
        body.append(line)
    rest = lines[len(body) :]
    body = [ln for ln in body if not is_page_number(ln, page)]
    body = [ln for ln in body if not (parse_owner(ln.text) or is_number_mark(squeeze(ln.text)))]
    if sum(bool(re.search(r"\d\.\d|\d,\d{3}", ln.text)) for ln in body) >= 1:
        edges = block.segments[-1].grid.col_edges
        grid = _grid_of(body, page.number)
        if grid is None or grid.n_cols != len(edges) - 1:
            grid = _grid_of(body, page.number, edges)
        if grid is None:
            block.problems.append(f"第{page.number}页的续表无法读取 / the part on page {page.number} could not be read")
        else:
            block.segments.append(Segment(grid, page, lines=tuple(body)))
        return rest
    return lines
