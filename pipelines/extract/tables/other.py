"""A table that is none of the nine: every cell with the labels of its row and its column, as printed.

Forms that may print personal data (申报, 自评 …) are read in other rooms and never here.
"""

from __future__ import annotations

import re

from pipelines.documents.normalise import squeeze
from pipelines.extract.numbers import parse_amount
from pipelines.extract.rows import OtherCell, RawTable
from pipelines.extract.tables.blocks import Segment
from pipelines.extract.tables.view import View, column_numbers
from pipelines.extract.titles import is_published_other

_PERSON = re.compile(r"负责人|联系|电话|姓名|填表|经办|审核人|身份证|手机|签字|法定代表")
_PROSE = re.compile(r"[。；]")
_LONGEST = 60


def read_other(table: RawTable, segments: list[Segment]) -> None:
    """Keep the table's cells, if a table of this title may be published."""
    if not is_published_other(table.title):
        return
    header = 0
    view: View | None = None
    for segment in segments:
        own = View(segment.grid, segment.page, segment.offset)
        rows = _header(own)
        if view is None or rows or own.grid.n_cols != view.grid.n_cols:
            view, header = own, rows
        heads = [_head(view, j, header) for j in range(view.grid.n_cols)]
        for i in range(header if own is view else 0, own.grid.n_rows):
            _keep_row(table, own, i, heads)


def _header(view: View) -> int:
    """Rows above the first figure; a row of column numbers ends the head."""
    for i in range(view.top, view.grid.n_rows):
        cells = view.row(i)
        if column_numbers(cells):
            return i
        if any(re.search(r"\d", c.text) and parse_amount(squeeze(c.text)) for c in cells):
            return i
    return min(view.top + 1, view.grid.n_rows)


def _head(view: View, j: int, header: int) -> str:
    return "›".join(view.path(j, header))


def _keep_row(table: RawTable, view: View, i: int, heads: list[str]) -> None:
    cells = [c for c in view.row(i) if squeeze(c.text)]
    texts = [squeeze(c.text) for c in cells]
    if i < view.top or not cells or column_numbers(cells) or any(_PERSON.search(t) for t in texts):
        return
    label = ""
    for cell, text in zip(cells, texts, strict=True):
        head = heads[cell.col0] if cell.col0 < len(heads) else ""
        number = parse_amount(text)
        if _PERSON.search(head) or (number is None and (len(text) > _LONGEST or _PROSE.search(text))):
            continue
        table.others.append(
            OtherCell(view.offset + i + 1, cell.col0 + 1, label, head, text, view.page, cell.line_number)
        )
        if number is None or re.fullmatch(r"\d{3}(?:\d\d){0,2}", text):
            label = f"{label} {text}".strip()
