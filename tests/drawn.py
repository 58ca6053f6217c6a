"""Tables drawn with reportlab alone, ruled or not: the print of layouts that the sample generator does not have.

It knows nothing of the reader: a table is heads with their places, rows of texts, and column widths.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Literal

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

FONT = "STSong-Light"
BODY = "武汉市江岸区示例发展局"
LANDSCAPE = (842.0, 595.0)

pdfmetrics.registerFont(UnicodeCIDFont(FONT))

Place = tuple[int, int, int, int, str]
"""First and last row, first and last column, and the text of a head; ``\\n`` breaks its line."""


@dataclass(frozen=True)
class Print:
    """How a table is printed."""

    rules: Literal["none", "frame", "rows", "grid"] = "none"
    zebra: bool = False
    size: float = 8.5
    figures: Literal["left", "right", "centre"] = "right"
    heads: Literal["top", "middle"] = "middle"
    pitch: float = 1.9
    """Height of a row in sizes."""
    leading: float = 1.25
    page_rows: int = 0
    """Rows on a page; 0: all on one."""
    repeat_head: bool = True


@dataclass(frozen=True)
class Drawn:
    """One table: title, heads, rows, widths of its columns, and how many of them are labels (at the left)."""

    title: str
    heads: Sequence[Place]
    rows: Sequence[Sequence[str]]
    widths: Sequence[float]
    labels: int = 2
    mark: str = ""


def flat(*heads: str) -> list[Place]:
    """A head of one row."""
    return [(0, 0, j, j, text) for j, text in enumerate(heads)]


def report(tables: Sequence[Drawn], how: Print = Print(), kind: str = "决算") -> bytes:
    """A report of a made-up body with these tables, each on pages of its own."""
    buffer = BytesIO()
    canvas = _covered(buffer, kind)
    for table in tables:
        _table(canvas, table, how)
    canvas.save()
    return buffer.getvalue()


def _covered(buffer: BytesIO, kind: str) -> Canvas:
    """A report's cover and its first part."""
    canvas = Canvas(buffer, pagesize=(595, 842), invariant=1)
    canvas.setFont(FONT, 20)
    canvas.drawCentredString(297, 600, BODY)
    canvas.drawCentredString(297, 560, "2024年度部门决算" if kind == "决算" else "2024年部门预算")
    canvas.showPage()
    canvas.setFont(FONT, 12)
    for y, text in (
        (780, "第一部分 部门概况"),
        (760, "一、部门职责"),
        (740, "负责全区发展规划的编制和实施。"),
    ):
        canvas.drawString(60, y, text)
    canvas.showPage()
    return canvas


def beside(left: Drawn, right: Drawn, how: Print) -> bytes:
    """A budget with two tables on one page, side by side, each under its own title."""
    buffer = BytesIO()
    canvas = _covered(buffer, "预算")
    canvas.setPageSize(LANDSCAPE)
    for table, x in ((left, 0.0), (right, 400.0)):
        canvas.saveState()
        canvas.translate(x, 0)
        canvas.setFont(FONT, 11)
        canvas.drawCentredString(40 + sum(table.widths) / 2, 520, table.title)
        canvas.setFont(FONT, 8)
        canvas.drawRightString(40 + sum(table.widths), 505, "单位：万元")
        y = _head(canvas, table, how, 500)
        for row in table.rows:
            y = _row(canvas, table, row, how, y, shaded=False)
        canvas.restoreState()
    canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def _table(canvas: Canvas, table: Drawn, how: Print) -> None:
    size = how.page_rows or max(len(table.rows), 1)
    for start in range(0, max(len(table.rows), 1), size):
        canvas.setPageSize(LANDSCAPE)
        y = LANDSCAPE[1] - 60
        if start == 0:
            canvas.setFont(FONT, 14)
            canvas.drawCentredString(LANDSCAPE[0] / 2, y, table.title)
            canvas.setFont(FONT, 9)
            canvas.drawString(40, y - 20, f"部门：{BODY}")
            canvas.drawRightString(40 + sum(table.widths), y - 20, "金额单位：万元")
            if table.mark:
                canvas.drawRightString(LANDSCAPE[0] - 40, y + 14, table.mark)
            y -= 30
        if start == 0 or how.repeat_head:
            y = _head(canvas, table, how, y)
        for k, row in enumerate(table.rows[start : start + size]):
            y = _row(canvas, table, row, how, y, shaded=how.zebra and k % 2 == 0)
        canvas.showPage()


def _head(canvas: Canvas, table: Drawn, how: Print, y: float) -> float:
    xs = _edges(table)
    heights = [how.size * how.pitch] * (max(p[1] for p in table.heads) + 1)
    for row0, row1, _, _, text in table.heads:
        need = (text.count("\n") + 1) * how.size * how.leading + how.size * 0.5
        heights[row1] += max(0.0, need - sum(heights[row0 : row1 + 1]))
    tops = [y]
    for height in heights:
        tops.append(tops[-1] - height)
    for row0, row1, col0, col1, text in table.heads:
        _cell(
            canvas,
            text,
            (xs[col0], tops[row1 + 1], xs[col1 + 1], tops[row0]),
            how,
            "centre",
            at_top=how.heads == "top",
        )
    if how.rules in ("frame", "rows"):
        canvas.line(xs[0], tops[0], xs[-1], tops[0])
        canvas.line(xs[0], tops[-1], xs[-1], tops[-1])
    return tops[-1]


def _row(canvas: Canvas, table: Drawn, row: Sequence[str], how: Print, y: float, *, shaded: bool) -> float:
    xs = _edges(table)
    lines = max((text.count("\n") + 1 for text in row), default=1)
    bottom = y - max(how.size * how.pitch, lines * how.size * how.leading + how.size * 0.5)
    if shaded:
        canvas.setFillGray(0.9)
        canvas.rect(xs[0], bottom, xs[-1] - xs[0], y - bottom, stroke=0, fill=1)
        canvas.setFillGray(0)
    for j, text in enumerate(row):
        _cell(canvas, text, (xs[j], bottom, xs[j + 1], y), how, "left" if j < table.labels else how.figures)
    if how.rules == "rows":
        canvas.line(xs[0], bottom, xs[-1], bottom)
    return bottom


def _cell(
    canvas: Canvas,
    text: str,
    box: tuple[float, float, float, float],
    how: Print,
    side: str,
    *,
    at_top: bool = False,
) -> None:
    left, bottom, right, top = box
    if how.rules == "grid":
        canvas.rect(left, bottom, right - left, top - bottom)
    if not text:
        return
    lines = text.split("\n")
    step = how.size * how.leading
    y = top - how.size * 1.1 if at_top else (top + bottom) / 2 + step * (len(lines) - 1) / 2 - how.size * 0.35
    canvas.setFont(FONT, how.size)
    for line in lines:
        width = pdfmetrics.stringWidth(line, FONT, how.size)
        x = {"left": left + 3, "right": right - 3 - width, "centre": (left + right - width) / 2}[side]
        canvas.drawString(x, y, line)
        y -= step


def _edges(table: Drawn) -> list[float]:
    xs = [40.0]
    for width in table.widths:
        xs.append(xs[-1] + width)
    return xs
