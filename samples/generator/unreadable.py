"""Reports without readable figures: tables as images, tables lost from a dump, a template never filled in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from io import BytesIO

import pypdfium2
from PIL import Image, ImageChops

from samples.generator import pdf
from samples.generator.layouts import Layout
from samples.generator.prose import Block, Picture, Text
from samples.generator.tables import Cell, Row, Table

_DPI = 50
_QUALITY = 15


def photograph(blocks: Sequence[Block], layout: Layout) -> list[bytes]:
    """Each official table as a picture (JPEG), as coarse as bad scans are.

    The font is the machine's own, so the bytes are not the same everywhere: committed samples keep theirs.
    """
    one_piece = replace(layout, landscape="none", trailing_grid=False, page_numbers="")
    pictures = []
    for table in blocks:
        if not isinstance(table, Table) or not table.resource:
            continue
        document = pypdfium2.PdfDocument(pdf.render([table], one_piece, "flate"))
        page = document[0].render(scale=_DPI / 72, grayscale=True).to_pil()
        frame = ImageChops.invert(page).getbbox() or (0, 0, *page.size)
        written = BytesIO()
        page.crop(frame).save(written, "JPEG", quality=_QUALITY)
        pictures.append(written.getvalue())
        document.close()
    return pictures


def with_pictures(blocks: Sequence[Block], pictures: Sequence[bytes]) -> list[Block]:
    """The report with a heading and a picture in the place of each official table."""
    left = iter(pictures)
    replaced: list[Block] = []
    for block in blocks:
        if isinstance(block, Table) and block.resource:
            replaced += [Text("heading", block.title), Picture(next(left))]
        else:
            replaced.append(block)
    return replaced


def without_tables(blocks: Sequence[Block]) -> list[Block]:
    """The report as a dump has it when its tables were images: nothing stands in their place."""
    return [b for b in blocks if not (isinstance(b, Table) and b.resource)]


def picture_size(jpeg: bytes) -> tuple[int, int]:
    """Width and height in pixels."""
    return Image.open(BytesIO(jpeg)).size


def blank_template(blocks: Sequence[Block], institution: str) -> list[Block]:
    """The report as an empty form: XX for the institution's name, XXX for figures, … for rows."""
    hollow = institution[: institution.index("示例")] + " XX 局"
    emptied: list[Block] = []
    for block in blocks:
        if isinstance(block, Text):
            text = block.text.replace(institution, hollow)
            if block.kind == "para":
                text = re.sub(r"[\d.]+(?=万元)", "XXX", text)
                text = re.sub(r"[\d.]+(?=%|人|辆|台)", "XX", text)
            emptied.append(Text(block.kind, text))
        elif isinstance(block, Table):
            emptied.append(_emptied(block, institution, hollow))
    return emptied


def _emptied(table: Table, institution: str, hollow: str) -> Table:
    by_function = table.columns.count("name") == 1 and table.columns[0] == "code"
    body = table.body
    if by_function:
        gap = [Row([Cell("…", i) for i in range(2)] + [Cell("", i) for i in range(2, len(table.columns))])]
        total = [row for row in body if any(cell.text == "合计" for cell in row.cells)]
        body = [*[row for row in body if row not in total][:4], *gap * 2, *total]
    blank = [Row([_without_figure(cell) for cell in row.cells]) for row in body]
    head = [Row([_without_figure(cell) for cell in row.cells]) for row in table.head]
    owner = table.owner.replace(institution, hollow)
    return replace(table, body=blank, head=head, next_head=table.next_head, owner=owner)


def _without_figure(cell: Cell) -> Cell:
    return replace(cell, text="") if cell.align == "right" else cell
