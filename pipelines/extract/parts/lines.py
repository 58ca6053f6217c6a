"""A document → its lines in reading order without furniture, and how wrapped lines are put together again.

This module is for what lies between pages and sections: page numbers, running heads, lines that a cut page
prints twice, ruled tables standing in the text. It is not for knowing what a heading says.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from pipelines.documents.flow import is_page_mark
from pipelines.documents.model import Document, Grid, Line, Page
from pipelines.documents.normalise import normalise, squeeze

_DASHED_PAGE = re.compile(
    r"[-—–_·~]+\d{1,4}[-—–_·~]*|\d{1,4}[-—–_·~]+|第?\d{1,4}页?[/，,]?共\d{1,4}页?|第\d{1,4}页"
)
_LONE_NUMBER = re.compile(r"\d{1,3}")
_BLANK = " \t\u3000"
_SENTENCE_END = "。；！？：;!?:"
# A lone number in a sentence is a figure when a unit follows on the next line, and a page number otherwise.
_UNIT_FOLLOWS = re.compile(r"(?:人(?![员才力事大民社工类口])|名(?!词|称|录|单)|[个年月日万亿元%％家次件项])")
_LATIN = re.compile(r"[A-Za-z]")
_SPACE_IN_CHINESE = re.compile(r"(?<![A-Za-z0-9]) +| +(?![A-Za-z0-9])")
_RUNNING_PAGES = 3
_GAP_OF_A_CUT = 1.6


@dataclass(slots=True, frozen=True)
class TextLine:
    """One line (or one ruled table) of the report, in reading order.

    ``ends`` says whether the line ends its paragraph, where the dump marks that by a trailing blank; None
    where nothing is marked. A table has ``grid`` and no text.
    """

    page: int | None
    number: int
    text: str
    bare: str
    ends: bool | None = None
    left: float | None = None
    grid: Grid | None = None


def reading_order(document: Document) -> list[TextLine]:
    """Every line that is neither blank nor furniture, with the ruled tables at their place."""
    pages = [page for page in document.pages if page.kind == "text"]
    if document.has_grids:
        kept = _without_repeats(
            [_without_page_edges(page, running) for running in [_running(pages)] for page in pages]
        )
        return [line for page, lines in zip(pages, kept, strict=True) for line in _of_page(page, lines)]
    marked = _marks_paragraphs(line for page in pages for line in page.lines)
    found = []
    for page in pages:
        for line in page.lines:
            bare = squeeze(line.text)
            if bare and not _DASHED_PAGE.fullmatch(bare) and not is_page_mark(bare):
                ends = line.text[-1] in _BLANK if marked else None
                found.append(TextLine(page.number, line.number, line.text.strip(), bare, ends))
    return found


def _marks_paragraphs(lines: Iterable[Line]) -> bool:
    """Some dumps keep the blank that a word processor prints at the end of a paragraph, and nowhere else."""
    texts = [line.text for line in lines if line.text.strip()]
    stops = [t for t in texts if t.rstrip().endswith("。")]
    trailing = sum(t[-1] in _BLANK for t in texts)
    if len(stops) < 8:
        return False
    return sum(t[-1] in _BLANK for t in stops) >= 0.6 * len(stops) and 0.1 < trailing / len(texts) < 0.75


# --- pages of a PDF -------------------------------------------------------------------------------------


def _without_figures(line: Line) -> str:
    return re.sub(r"\d+", "", squeeze(line.text))


def _running(pages: Sequence[Page]) -> set[str]:
    """Heads and feet: the same words (but for numbers) at the edge of several pages."""
    edges: Counter[str] = Counter()
    for page in pages:
        if page.lines:
            edges.update({_without_figures(page.lines[0]), _without_figures(page.lines[-1])})
    return {
        text
        for text, pages_with in edges.items()
        if text and pages_with >= _RUNNING_PAGES and len(text) <= 40
    }


def _without_page_edges(page: Page, running: set[str]) -> list[Line]:
    lines = list(page.lines)
    for edge in (0, -1):
        while lines and _is_furniture(lines[edge], running):
            lines.pop(edge)
    return [line for line in lines if not _DASHED_PAGE.fullmatch(squeeze(line.text))]


def _is_furniture(line: Line, running: set[str]) -> bool:
    bare = squeeze(line.text)
    if not bare or _LONE_NUMBER.fullmatch(bare) or _DASHED_PAGE.fullmatch(bare):
        return True
    # A heading that happens to open several pages (名词解释 续) says more than its words without figures.
    return _without_figures(line) in running and not re.match(r"第[一二三四五六七八九十]+部分", bare)


def _without_repeats(pages: list[list[Line]]) -> list[list[Line]]:
    """A sheet cut into two pages carries its hidden rest on both: each line is kept where it can be seen."""
    kept = [list(lines) for lines in pages]
    for first, second in zip(range(len(kept)), range(1, len(kept)), strict=False):
        above, below = [ln.text for ln in kept[first]], [ln.text for ln in kept[second]]
        length = next(
            (n for n in range(min(len(above), len(below)), 1, -1) if above[-n:] == below[:n]),
            0,
        )
        if length and sum(len(t) for t in below[:length]) > 40:
            seen = _seen_on_first(kept[first][-length:])
            kept[first] = kept[first][: len(kept[first]) - length + seen]
            kept[second] = kept[second][seen:]
    return kept


def _seen_on_first(lines: list[Line]) -> int:
    """How many of the repeated lines stand on the first page: the cut shows as a gap between two of them."""
    tops = [line.box[1] if line.box else 0.0 for line in lines]
    steps = [b - a for a, b in pairwise(tops)]
    if not steps:
        return len(lines)
    widest = max(steps)
    usual = sorted(steps)[len(steps) // 2]
    return steps.index(widest) + 1 if usual > 0 and widest > _GAP_OF_A_CUT * usual else len(lines)


def _of_page(page: Page, lines: list[Line]) -> list[TextLine]:
    # Only drawn tables: a list in columns may look like a table by its positions and is prose all the same.
    grids = [
        grid
        for grid in page.grids
        if grid.method != "positions"
        and grid.n_cols >= 2
        and grid.n_rows >= 2
        and sum(bool(c.text) for c in grid.cells) >= 2
    ]
    placed: list[tuple[float, TextLine]] = [
        (grid.box[1], TextLine(page.number, _first_line(grid, lines), "", "", grid=grid)) for grid in grids
    ]
    for line in lines:
        bare = squeeze(line.text)
        if not bare:
            continue
        middle = (line.box[1] + line.box[3]) / 2 if line.box else 0.0
        if any(grid.box[1] - 1 <= middle <= grid.box[3] + 1 for grid in grids):
            continue
        left = line.box[0] if line.box else None
        placed.append(
            (middle, TextLine(page.number, line.number, normalise(line.text).strip(), bare, None, left))
        )
    return [line for _, line in sorted(placed, key=lambda p: p[0])]


def _first_line(grid: Grid, lines: list[Line]) -> int:
    numbers = [n for cell in grid.cells for n in cell.line_numbers]
    return min(numbers) if numbers else (lines[0].number if lines else 1)


# --- sentences ------------------------------------------------------------------------------------------


def clean(text: str) -> str:
    """Text without letter-spacing and line breaks; one blank stays between two Latin words or numbers."""
    return _SPACE_IN_CHINESE.sub("", re.sub(r"\s+", " ", normalise(text)).strip())


def seam(before: str, after: str) -> str:
    """What stands between two wrapped lines: nothing in Chinese, a blank between Latin words."""
    return " " if _LATIN.match(before[-1:]) and _LATIN.match(after) else ""


def join(texts: Iterable[str]) -> str:
    """Wrapped lines (or cells' lines) as one text."""
    whole = ""
    for text in texts:
        part = clean(text)
        whole += seam(whole, part) + part
    return whole


@dataclass(slots=True)
class Joined:
    """Lines as one text, with the place of every character."""

    text: str = ""
    starts: list[int] = field(default_factory=list)
    places: list[tuple[int | None, int]] = field(default_factory=list)

    def place(self, offset: int) -> tuple[int | None, int]:
        """Page and line of a character."""
        return self.places[max(bisect_right(self.starts, offset) - 1, 0)]


def joined(lines: Iterable[TextLine]) -> Joined:
    """Put lines together and remember where each began."""
    whole = Joined()
    for line in lines:
        part = clean(line.text)
        whole.text += seam(whole.text, part)
        whole.starts.append(len(whole.text))
        whole.places.append((line.page, line.number))
        whole.text += part
    return whole


def without_page_numbers(lines: Sequence[TextLine]) -> list[TextLine]:
    """Prose without lone page numbers; a number whose unit follows on the next line is a figure and stays."""
    kept = []
    for index, line in enumerate(lines):
        if _LONE_NUMBER.fullmatch(line.bare) and line.grid is None:
            following = lines[index + 1].bare if index + 1 < len(lines) else ""
            before = lines[index - 1].bare if index else ""
            if not (before and before[-1] not in _SENTENCE_END and _UNIT_FOLLOWS.match(following)):
                continue
        kept.append(line)
    return kept


def width(text: str) -> float:
    """Printed width in Chinese characters; Latin letters, digits and blanks take half of one."""
    return sum(0.5 if ord(c) < 0x2E80 and c not in "“”‘’·—…×±℃" else 1.0 for c in text)
