"""What stands above a grid: its title, unit and number; and the block of grids that one title opens."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from pipelines.documents.model import Grid, Line, Page
from pipelines.documents.normalise import squeeze
from pipelines.extract.tables.view import PROSE
from pipelines.extract.titles import (
    OTHER,
    Title,
    any_title,
    is_known_other,
    is_number_mark,
    parse_owner,
    parse_unit,
    printed_number,
)


@dataclass(slots=True)
class Segment:
    """One grid of a table, with the header that applies to it."""

    grid: Grid
    page: Page
    offset: int = 0
    """Grid rows of the table before this one."""
    lines: tuple[Line, ...] = ()
    """Without rulings, the lines that the grid is made of."""


@dataclass(slots=True)
class Block:
    """A table's title and its grids in order."""

    title: Title
    page: int | None
    line: int | None
    unit: str | None
    segments: list[Segment] = field(default_factory=list)
    head_lines: list[tuple[int | None, Line]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    stray: list[tuple[int | None, Line]] = field(default_factory=list)
    """Lines of figures in the table's region that no grid holds."""


_UNIT_LINE = re.compile(r"(?:金额|货币)?单位[:：].{1,4}")
_SENTENCE = 30
BREAK = re.compile(r"第[一二三四五六七八]部分|情况说明|名词解释")
_CLOSED = re.compile(r"表$|部分|[。；：:]$|\d\.\d")


def middle(line: Line) -> float:
    assert line.box is not None
    return (line.box[1] + line.box[3]) / 2


def head_of(above: list[Line], running: frozenset[str] = frozenset()) -> tuple[Title, Line] | None:
    """The title among the lines above a grid, of the nine or not: nearest first, wrapped titles joined.

    ``running``: lines that stand on several pages; they name no other table.
    """
    lines = [ln for ln in above if squeeze(ln.text)]
    number = next((printed_number(ln.text) for ln in lines if is_number_mark(ln.text)), None)
    usable = [
        ln
        for ln in lines
        if not is_number_mark(ln.text) and not parse_owner(ln.text) and not _UNIT_LINE.fullmatch(squeeze(ln.text))
    ]
    for end in range(len(usable), 0, -1):
        text = squeeze(usable[end - 1].text)
        if BREAK.search(text) or (PROSE.search(text) and len(text) > _SENTENCE):
            return None  # a sentence or another part stands between: a contents page is no title
        found = title_ending(usable, end)
        if found and not (found[0].resource == OTHER and squeeze(found[1].text) in running):
            title, first = found
            if title.printed_no is None and number:
                title = replace(title, printed_no=number)
            return title, first
    return None


def title_ending(lines: list[Line], end: int) -> tuple[Title, Line] | None:
    """The title whose last line is ``lines[end - 1]``: wrapped parts join only where they change what it names."""
    best: tuple[Title, Line] | None = None
    for size in (1, 2, 3):
        part = lines[max(0, end - size) : end]
        if len(part) < size or any(_CLOSED.search(squeeze(ln.text)) for ln in part[:-1]):
            break
        title = any_title("".join(_without_unit(ln.text) for ln in part))
        if title is None:
            continue
        # A longer reading counts if it is a table that the forms know: 项目 / 支出决算表 is not table 03.
        if best is None or (title.resource != best[0].resource and (title.resource != OTHER or is_known_other(title.text))):
            best = (title, part[0])
    return best


def _without_unit(text: str) -> str:
    return re.sub(r"(?:金额|货币)?单位\s*[:：]\s*\S{1,4}\s*$", "", text)


def title_inside(grid: Grid) -> Title | None:
    """Some spreadsheets print the title as a merged first row of the grid."""
    for cell in sorted(grid.cells, key=lambda c: (c.row0, c.col0))[:4]:
        if cell.row0 <= 1 and cell.col1 - cell.col0 + 1 >= min(grid.n_cols, max(2, grid.n_cols - 1)):
            title = any_title(cell.text)
            if title:
                return title
    return None


def unit_of(lines: list[Line]) -> str | None:
    return next((u for ln in reversed(lines) if (u := parse_unit(ln.text))), None)


def unit_in(grid: Grid) -> str | None:
    for cell in grid.cells:
        if cell.row0 <= 2 and (unit := parse_unit(cell.text)):
            return unit
        if cell.row0 <= 2 and (m := re.search(r"[（(](万元|元)[)）]", cell.text)):
            return m.group(1)
    return None
