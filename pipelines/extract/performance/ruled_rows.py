"""The rows of ruled tables of a PDF, with the cells that span them and the lines above their table.

Not for what a cell means: that is in ``ruled`` and ``ruled_applications``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pipelines.documents.model import Cell, Document, Grid, Page
from pipelines.documents.normalise import squeeze
from pipelines.extract.parts.lines import join
from pipelines.extract.performance.model import Place

_LABEL = re.compile(
    r"项目名称|主管(?:部门|单位)|(?:项目)?实施单位|项目单位|项目(?:类别|属性|类型)|(?:单位|部门)(?:（单位）)?名称|基本支出总额|项目支出总额"
    r"|预算执行.*|年度.*|填报日期"
)
_APART = 3.0


@dataclass(slots=True)
class RuledRow:
    """One row of a ruled table: its cells from left to right, those that span it included."""

    grid: Grid
    number: int
    cells: list[Cell]
    place: Place
    title: str
    """The page's lines above the grid, for the first row of a grid; where dates and units stand."""

    def begins(self, cell: Cell) -> bool:
        return cell.row0 == self.number

    def texts(self) -> list[str]:
        return [squeeze(c.text) for c in self.cells]

    def at(self, span: tuple[float, float]) -> Cell | None:
        """The cell that holds the middle of a column."""
        middle = (span[0] + span[1]) / 2
        return next((c for c in self.cells if c.box[0] - _APART <= middle <= c.box[2] + _APART), None)

    def behind(self, label: re.Pattern[str]) -> str | None:
        """The text of the cell behind a label, in this row."""
        for cell, following in zip(self.cells, self.cells[1:], strict=False):
            if self.begins(cell) and label.fullmatch(squeeze(cell.text).rstrip(":：")):
                text = join(following.lines)
                return None if _LABEL.fullmatch(squeeze(text)) else text or None
        return None


def ruled_rows(document: Document) -> Iterator[RuledRow]:
    """Every row of every ruled table, in order."""
    for page in document.pages:
        above = 0.0
        for grid in page.grids:
            if grid.method == "positions" or grid.n_rows < 1:
                continue
            title = _lines_between(page, above, grid.box[1])
            above = grid.box[3]
            rows: list[list[Cell]] = [[] for _ in range(grid.n_rows)]
            for cell in grid.cells:
                for number in range(cell.row0, min(cell.row1 + 1, grid.n_rows)):
                    rows[number].append(cell)
            for number, row in enumerate(rows):
                cells = sorted(row, key=lambda c: c.col0)
                lines = [c.line_numbers[0] for c in cells if c.row0 == number and c.line_numbers]
                others = [c.line_numbers[0] for c in cells if c.line_numbers]
                line = min(lines or others or [1])
                yield RuledRow(grid, number, cells, (page.number, line), title if number == 0 else "")


def _lines_between(page: Page, top: float, bottom: float) -> str:
    return "".join(
        squeeze(line.text)
        for line in page.lines
        if line.box and top - 1 <= line.box[1] and line.box[3] <= bottom + 3
    )
