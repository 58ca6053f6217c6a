"""What a report file looks like after it has been opened: pages of lines, words and ruled grids.

This room knows geometry and text and nothing of budgets. Coordinates are PDF points measured from the
page's top left corner (x to the right, y downwards). Plain text has no geometry: it is one page without
a number, whose lines carry the file's own line numbers. Workbooks, web pages and Word files have cells but no
geometry: :mod:`pipelines.documents.flow` lays them out on a page of its own making, in reading order.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

PageKind = Literal["text", "image", "empty"]
SourceFormat = Literal["pdf", "text", "xlsx", "xls", "html", "docx", "ofd", "image"]
UNREAD = "〓"
"""Stands for print that was seen and not read with certainty (the printers' mark for a missing sort)."""
Box = tuple[float, float, float, float]
"""(x0, y0, x1, y1) in points, y downwards."""


class DocumentError(Exception):
    """The file cannot be read as a report. ``str(error)`` is one sentence that names the reason."""


@dataclass(slots=True, frozen=True)
class Word:
    """A run of characters without a gap, on one line."""

    text: str
    box: Box
    confidence: float | None = None
    """What the recogniser gave, 0 to 1; None where the file holds the text itself."""


@dataclass(slots=True)
class Line:
    """One line of a page (PDF: characters on one baseline; text: one line of the file).

    ``number`` is 1-based: in the page for PDF, in the file for plain text.
    """

    number: int
    text: str
    box: Box | None = None
    words: tuple[Word, ...] = ()


@dataclass(slots=True)
class Cell:
    """A cell of a ruled grid: rows ``row0..row1`` and columns ``col0..col1`` (inclusive, 0-based)."""

    row0: int
    row1: int
    col0: int
    col1: int
    box: Box
    lines: tuple[str, ...] = ()
    line_numbers: tuple[int, ...] = ()
    candidates: tuple[str, ...] = ()
    """A figure that the recogniser is not sure of: what it may be. The text then holds :data:`UNREAD` in its place."""

    @property
    def line_number(self) -> int | None:
        """The page's line in which the cell's text begins."""
        return self.line_numbers[0] if self.line_numbers else None

    @property
    def text(self) -> str:
        """The cell's lines joined without a blank: Chinese wraps anywhere."""
        return "".join(self.lines)


@dataclass(slots=True)
class Grid:
    """A table on one page. ``method`` is ``ruled`` (from lines), ``ocr`` (from the lines of a picture), ``positions``
    (from words) or ``cells``: the file itself says where each cell is; the edges then count columns and rows and are
    no measure of the print."""

    page: int
    box: Box
    row_edges: tuple[float, ...]
    col_edges: tuple[float, ...]
    cells: list[Cell]
    method: Literal["ruled", "positions", "cells", "ocr"] = "ruled"

    @property
    def n_rows(self) -> int:
        return len(self.row_edges) - 1

    @property
    def n_cols(self) -> int:
        return len(self.col_edges) - 1


@dataclass(slots=True)
class Page:
    """One page, or one sheet of a workbook (then with its ``name``).

    ``number`` is 1-based (web pages and Word files are one page) and ``None`` for plain text.
    """

    number: int | None
    kind: PageKind
    lines: list[Line] = field(default_factory=list)
    grids: list[Grid] = field(default_factory=list)
    images: list[Box] = field(default_factory=list)
    width: float = 0.0
    height: float = 0.0
    name: str | None = None
    pictures: list[bytes] = field(default_factory=list)
    """Pictures (JPEG, PNG, TIFF…) that may hold the page's text; empty for PDF, whose pages are rendered."""
    recognised: bool = False
    """True where the text was read from a picture of the page."""


@dataclass(slots=True, frozen=True)
class Remark:
    """Something that opening the file noticed (rule family E): a suffix that lies, hidden rows that were not read.

    ``code`` is a rule id of ``expectations/rules``; the messages are whole sentences.
    """

    code: str
    message_zh: str
    message_en: str
    actual: str | None = None
    page: int | None = None
    line: int | None = None


@dataclass(slots=True)
class Document:
    """A report file that was opened. ``name`` is the file's name without its folders."""

    name: str
    sha256: str
    format: SourceFormat
    pages: list[Page]
    encoding: str | None = None
    remarks: list[Remark] = field(default_factory=list)
    attachments: tuple[str, ...] = ()
    """Names of files that the document links to or announces by name."""

    @property
    def has_paragraphs(self) -> bool:
        """True where a line is a whole paragraph, and there are no pages with heads and feet of their own."""
        return self.format not in ("pdf", "ofd", "text")

    @property
    def page_count(self) -> int:
        """Pages of a PDF or picture, sheets of a workbook, pictures of a Word file that hold text; everything else counts as one."""
        return len(self.pages)

    @property
    def has_grids(self) -> bool:
        """True where tables come as cells, ruled or to be placed by position; a dump has lost its blanks."""
        return self.has_geometry or any(page.grids for page in self.pages)

    @property
    def has_geometry(self) -> bool:
        """True where lines know their place on the page."""
        return any(line.box is not None for page in self.pages for line in page.lines)
