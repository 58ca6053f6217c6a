"""Draws a report as a born-digital PDF with reportlab's CID font, so that no font file is needed.

The same blocks and layout always give the same bytes: reportlab's invariant mode, and for the committed
samples LZW in place of zlib, whose output differs between its implementations.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from io import BytesIO
from typing import Literal

from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.pdfdoc import PDFZCompress
from reportlab.pdfgen.canvas import Canvas

from samples.generator.layouts import Layout
from samples.generator.prose import Block, Picture, Text
from samples.generator.tables import Cell, ColumnKind, Row, Table

FONT = "STSong-Light"
MARGIN = 42.0
LEADING = 1.25
"""Line height in font sizes."""
_SMALLEST = 5.0

pdfmetrics.registerFont(UnicodeCIDFont(FONT))


class LZW:
    """The PDF filter LZWDecode as a reportlab stream filter: the same bytes on every machine."""

    pdfname = "LZWDecode"

    def encode(self, content: bytes | str) -> bytes:
        data = content.encode("latin-1") if isinstance(content, str) else content
        clear, end = 256, 257
        table = {bytes([i]): i for i in range(256)}
        bits, width, buffer, held = bytearray(), 9, clear, 9
        prefix = b""
        size = 258

        def put(code: int) -> None:
            nonlocal buffer, held
            buffer = buffer << width | code
            held += width
            while held >= 8:
                held -= 8
                bits.append(buffer >> held & 0xFF)
            buffer &= (1 << held) - 1

        for byte in data:
            longer = prefix + bytes([byte])
            if longer in table:
                prefix = longer
                continue
            put(table[prefix])
            table[longer] = size
            size += 1
            # a code is written one bit wider as soon as the table could need it (EarlyChange, the default)
            if size + 1 > 1 << width and width < 12:
                width += 1
            if size >= 4094:
                put(clear)
                table = {bytes([i]): i for i in range(256)}
                size, width = 258, 9
            prefix = bytes([byte])
        if prefix:
            put(table[prefix])
            size += 1
            if size + 1 > 1 << width and width < 12:
                width += 1
        put(end)
        if held:
            bits.append(buffer << (8 - held) & 0xFF)
        return bytes(bits)


def render(blocks: Iterable[Block], layout: Layout, compression: Literal["lzw", "flate"] = "lzw") -> bytes:
    """The report as PDF bytes."""
    return _Press(layout, compression).print(blocks)


@lru_cache(maxsize=100_000)
def _width(text: str, font: str) -> float:
    """Width of a text at size 1."""
    return float(pdfmetrics.stringWidth(text, font, 1))


@lru_cache(maxsize=20_000)
def _wrap(text: str, width: float, font: str) -> tuple[str, ...]:
    """Break a text into lines of at most ``width`` (at size 1): between characters, never inside a number."""
    lines: list[str] = []
    line, used = "", 0.0
    for piece in _pieces(text):
        size = _width(piece, font)
        if line and used + size > width:
            lines.append(line)
            line, used = "", 0.0
        line += piece
        used += size
    return (*lines, line) if line else tuple(lines)


def _pieces(text: str) -> list[str]:
    """Characters, with numbers whole, closing marks behind and opening marks before what they belong to."""
    pieces: list[str] = []
    glued = False
    for char in text:
        latin = char.isascii() and (char.isalnum() or char in ".,%-")
        opened = bool(pieces) and pieces[-1][-1] in "（“"
        if pieces and ((latin and glued) or opened or char in "，。；：、）”％"):
            pieces[-1] += char
        else:
            pieces.append(char)
        glued = latin
    return pieces


class _Press:
    """One run of the press: the page being filled and where on it we are."""

    def __init__(self, layout: Layout, compression: Literal["lzw", "flate"]) -> None:
        self.layout = layout
        self.buffer = BytesIO()
        self.canvas = Canvas(self.buffer, pagesize=A4, invariant=1, pageCompression=0)
        self.canvas._doc.defaultStreamFilters = [LZW() if compression == "lzw" else PDFZCompress]
        self.page = 0
        self.open = False
        self.width, self.height = A4
        self.y = 0.0

    def print(self, blocks: Iterable[Block]) -> bytes:
        covering = False
        for block in blocks:
            if isinstance(block, Table):
                self.table(block)
                covering = False
            elif isinstance(block, Picture):
                self.picture(block)
                covering = False
            elif block.kind == "break":
                self.close_page()
            else:
                self.text(block, first=not covering)
                covering = block.kind == "cover"
        self.close_page()
        self.canvas.save()
        return self.buffer.getvalue()

    # -- pages

    def open_page(self, wide: bool) -> None:
        self.page += 1
        self.open = True
        short, long = A4
        self.width, self.height = (long, short) if wide else (short, long)
        turned = wide and self.layout.rotated
        # reportlab takes the size as it is seen and swaps it for the sheet of a turned page
        self.canvas.setPageSize((self.width, self.height))
        self.canvas.setPageRotation(90 if turned else 0)
        if turned:
            # a portrait sheet that the viewer turns clockwise: x runs up the sheet, y to its left
            self.canvas.transform(0, 1, -1, 0, short, 0)
        self.y = self.height - MARGIN
        self.canvas.setLineWidth(0.5)

    def close_page(self) -> None:
        if not self.open:
            return
        if self.layout.page_numbers:
            self.centred(self.layout.page_numbers.format(self.page), self.width / 2, 24, 9)
        self.canvas.showPage()
        self.open = False

    def room(self, height: float, wide: bool) -> None:
        """Open a page, or the next one when this one has no room."""
        if self.open and self.y - height >= MARGIN:
            return
        self.close_page()
        self.open_page(wide)

    @property
    def wide_text(self) -> bool:
        return self.layout.landscape == "all"

    # -- text

    def write(self, text: str, x: float, y: float, size: float, font: str = FONT) -> None:
        self.canvas.setFont(font, size)
        self.canvas.drawString(round(x, 2), round(y, 2), text)

    def centred(self, text: str, x: float, y: float, size: float, font: str = FONT) -> None:
        self.write(text, x - _width(text, font) * size / 2, y, size, font)

    def text(self, block: Text, first: bool) -> None:
        size = {"cover": 22.0, "part": 15.0, "heading": 12.0}.get(block.kind, 10.5)
        if block.kind == "toc" and not block.text.startswith("　"):
            size = 12.0
        if self.open and block.kind == "part" and self.width > self.height and not self.wide_text:
            self.close_page()
        if block.kind == "cover" and first:
            top = 60.0 if block.text == "目 录" else 200.0
            self.room(size, self.wide_text)
            self.y -= top if block.text != "目 录" else 20.0
        text = "　　" + block.text if block.kind in ("para", "heading") else block.text
        room = A4[1] if self.wide_text else A4[0]
        for line in _wrap(text, round((room - 2 * MARGIN) / size, 3), FONT):
            self.room(size * 1.8, self.wide_text)
            self.y -= size * (1.8 if block.kind != "cover" else 2.2)
            if block.kind in ("cover", "part"):
                self.centred(line, self.width / 2, self.y, size)
            else:
                self.write(line, MARGIN, self.y, size)
        if block.kind == "part":
            self.y -= size

    def picture(self, block: Picture) -> None:
        image = ImageReader(BytesIO(block.jpeg))
        width, height = image.getSize()
        scale = min((A4[0] - 2 * MARGIN) / width, (A4[1] - 2 * MARGIN) / height)
        self.room(height * scale + 8, False)
        self.y -= height * scale + 8
        self.canvas.drawImage(
            image, MARGIN, round(self.y, 2), round(width * scale, 2), round(height * scale, 2)
        )

    # -- tables

    def table(self, table: Table) -> None:
        wide = self.layout.landscape == "all" or (self.layout.landscape == "tables" and table.wide)
        official = bool(table.resource)
        titled = official or bool(table.title)
        needed = self.head_height(table) + 8 * self.layout.size * LEADING
        page_fits = self.open and (self.width > self.height) == wide and self.y - needed > MARGIN
        if official and not (self.layout.flow and page_fits) and not self.fresh():
            self.close_page()
        if self.open and (self.width > self.height) != wide:
            self.close_page()
        self.room(needed if official else 60, wide)
        if titled:
            self.title(table)
        else:
            self.y -= 8
        size, widths = self.fit(table)
        self.grid(table, size, widths, wide)
        self.y -= 4
        for note in table.notes:
            for line in _wrap(note, round((self.width - 2 * MARGIN) / 8, 3), FONT):
                self.room(11, wide)
                self.y -= 11
                self.write(line, MARGIN, self.y, 8)
        self.y -= 10
        if self.layout.trailing_grid and table.resource == "appropriation_summary":
            self.close_page()
            self.open_page(wide)
            empty = Row([Cell("", i) for i in range(len(table.columns))])
            self.rows([empty], size, widths)

    def fresh(self) -> bool:
        """Nothing but a part's heading stands on the page so far."""
        return self.open and self.y > self.height - MARGIN - 50

    def head_height(self, table: Table) -> float:
        return 60.0 + 20 * len(table.head)

    def title(self, table: Table) -> None:
        bracket = table.mark.startswith("（")
        self.y -= 22
        self.centred(table.title + (table.mark if bracket else ""), self.width / 2, self.y, 14)
        if table.mark and not bracket:
            self.y -= 14
            self.right(table.mark, self.y, 9)
        self.y -= 15
        self.write(table.owner, MARGIN, self.y, 9)
        self.right(table.unit, self.y, 9)
        self.y -= 6

    def right(self, text: str, y: float, size: float) -> None:
        self.write(text, self.width - MARGIN - _width(text, FONT) * size, y, size)

    def font_of(self, text: str) -> str:
        return self.layout.latin_font if text.isascii() else FONT

    def fit(self, table: Table) -> tuple[float, list[float]]:
        """Font size and column widths: figures and codes whole, the rest for names, which wrap."""
        room = self.width - 2 * MARGIN
        joined = table.columns.count("code") == table.columns.count("name")
        least = {"code": 4.2 if joined else 2.4, "line": 3.0, "number": 4.6, "name": 0.0}
        widths = [least[kind] for kind in table.columns]
        for row in table.rows:
            for cell in row.cells:
                kind = table.columns[cell.col]
                if cell.text and cell.span == 1 and kind != "name" and cell.text.isascii():
                    widths[cell.col] = max(widths[cell.col], _width(cell.text, self.font_of(cell.text)) + 0.8)
                elif cell.text and cell.span > 1 and kind == "code" and cell.text.isdigit():
                    widths[cell.col + cell.span - 1] = max(
                        widths[cell.col + cell.span - 1],
                        _width(cell.text, FONT) + 1 - least["code"] * (cell.span - 1),
                    )
        names = [i for i, kind in enumerate(table.columns) if kind == "name"]
        longest = self.names(table)
        size = self.layout.size
        while size > _SMALLEST and sum(widths) + len(names) * 7 > room / size:
            size -= 0.5
        spare = room / size - sum(widths)
        if names:
            wanted = [min(longest[i], 9.0 if self.layout.narrow_names else 16.0) for i in names]
            scale = min(1.0, spare / sum(wanted))
            for i, want in zip(names, wanted, strict=True):
                widths[i] = want * scale
        spare = room / size - sum(widths)
        growing: list[ColumnKind] = ["number", "name"] if not self.layout.narrow_names else ["number"]
        grow = [i for i, kind in enumerate(table.columns) if kind in growing]
        for i in grow:
            widths[i] += min(spare / len(grow), 5.0)
        return size, [w * size for w in widths]

    def names(self, table: Table) -> dict[int, float]:
        longest = {i: 4.0 for i, kind in enumerate(table.columns) if kind == "name"}
        for row in table.rows:
            for cell in row.cells:
                if cell.col in longest and cell.span == 1:
                    longest[cell.col] = max(longest[cell.col], _width(cell.text, FONT) + cell.indent + 1.0)
        return longest

    def grid(self, table: Table, size: float, widths: list[float], wide: bool) -> None:
        """The rows, page after page."""
        pending = table.rows
        head = len(table.head)
        limit = self.layout.page_rows if table.resource else 0
        heights = self.heights(pending, size, widths)
        start = 0
        while start < len(pending):
            stop = max(start + 1, head if start == 0 else 0)
            repeated = table.next_head if start and self.layout.repeat_header else []
            above = self.heights(repeated, size, widths)
            used = sum(above) + sum(heights[start:stop])
            while (
                stop < len(pending)
                and self.y - used - heights[stop] >= MARGIN
                and not (limit and stop - start >= limit)
            ):
                used += heights[stop]
                stop += 1
            self.rows([*repeated, *_sheet(pending, start, stop)], size, widths)
            start = stop
            if start < len(pending):
                self.close_page()
                self.open_page(wide)

    def heights(self, rows: list[Row], size: float, widths: list[float]) -> list[float]:
        heights = [size * 1.7] * len(rows)
        for spanning in (False, True):
            for r, row in enumerate(rows):
                for cell in row.cells:
                    if (cell.down > 1) is not spanning:
                        continue
                    need = len(self.lines(cell, size, widths)) * size * LEADING + size * 0.5
                    own = sum(heights[r : r + cell.down])
                    if need > own:
                        heights[min(r + cell.down, len(rows)) - 1] += need - own
        return heights

    def lines(self, cell: Cell, size: float, widths: list[float]) -> tuple[str, ...]:
        room = sum(widths[cell.col : cell.col + cell.span]) / size - 0.6 - cell.indent
        if cell.text.isascii():
            return (cell.text,) if cell.text else ()
        return _wrap(cell.text, round(max(room, 1.0), 3), FONT)

    def rows(self, rows: list[Row], size: float, widths: list[float]) -> None:
        """Draw rows below each other, with their rulings."""
        heights = self.heights(rows, size, widths)
        left = (self.width - sum(widths)) / 2
        xs = [left]
        for w in widths:
            xs.append(xs[-1] + w)
        ys = [self.y]
        for h in heights:
            ys.append(ys[-1] - h)
        boxes: list[tuple[float, float, float, float]] = []
        for r, row in enumerate(rows):
            for cell in row.cells:
                box = (xs[cell.col], ys[r + cell.down], xs[cell.col + cell.span], ys[r])
                boxes.append(box)
                self.cell(cell, box, size, widths)
        self.rule(boxes)
        self.y = ys[-1]

    def cell(
        self, cell: Cell, box: tuple[float, float, float, float], size: float, widths: list[float]
    ) -> None:
        x0, y0, x1, y1 = box
        lines = self.lines(cell, size, widths)
        y = (y0 + y1) / 2 + size * LEADING * (len(lines) - 1) / 2 - size * 0.35
        for line in lines:
            font = self.font_of(line)
            width = _width(line, font) * size
            if cell.align == "left":
                x = x0 + size * (0.3 + cell.indent)
            elif cell.align == "right":
                x = x1 - size * 0.3 - width
            else:
                x = (x0 + x1 - width) / 2
            self.write(line, x, y, size, font)
            y -= size * LEADING

    def rule(self, boxes: list[tuple[float, float, float, float]]) -> None:
        """Ruling lines as reports have them: strokes, thin filled rectangles, or a box around every cell."""
        style = self.layout.ruling
        if style == "none":
            return
        if style == "cells":
            for x0, y0, x1, y1 in boxes:
                self.canvas.rect(round(x0, 2), round(y0, 2), round(x1 - x0, 2), round(y1 - y0, 2))
            return
        for vertical, at, low, high in _segments(boxes):
            ends = ((at, low), (at, high)) if vertical else ((low, at), (high, at))
            (ax, ay), (bx, by) = ends
            if style == "lines":
                self.canvas.line(ax, ay, bx, by)
            else:
                self.canvas.rect(
                    round(ax - 0.25, 2),
                    round(ay - 0.25, 2),
                    round(bx - ax + 0.5, 2),
                    round(by - ay + 0.5, 2),
                    stroke=0,
                    fill=1,
                )


def _sheet(rows: list[Row], start: int, stop: int) -> list[Row]:
    """The rows of one page: cells that reach over its edges are cut, and go on empty on the next one."""
    shown = [
        Row([replace(c, down=min(c.down, stop - r)) for c in rows[r].cells], rows[r].facts)
        for r in range(start, stop)
    ]
    for r in range(start):
        for cell in rows[r].cells:
            if r + cell.down > start:
                rest = min(r + cell.down, stop) - start
                shown[0].cells.append(replace(cell, text="", down=rest))
    return shown


def _segments(boxes: list[tuple[float, float, float, float]]) -> list[tuple[bool, float, float, float]]:
    """The sides of the boxes, collinear ones that touch joined: (vertical?, position, from, to)."""
    sides: dict[tuple[bool, float], set[tuple[float, float]]] = {}
    for x0, y0, x1, y1 in boxes:
        x0, y0, x1, y1 = (round(v, 2) for v in (x0, y0, x1, y1))
        for vertical, at, low, high in ((0, y0, x0, x1), (0, y1, x0, x1), (1, x0, y0, y1), (1, x1, y0, y1)):
            sides.setdefault((bool(vertical), at), set()).add((low, high))
    segments = []
    for (vertical, at), parts in sorted(sides.items()):
        begin, end = None, None
        for low, high in sorted(parts):
            if begin is None or end is None:
                begin, end = low, high
            elif low <= end + 0.05:
                end = max(end, high)
            else:
                segments.append((vertical, at, begin, end))
                begin, end = low, high
        if begin is not None and end is not None:
            segments.append((vertical, at, begin, end))
    return segments
