"""Writes a report as departments publish it beside PDF: workbooks, web pages, Word files, archives of these.

Real producers write the files: openpyxl (.xlsx), xlwt (.xls), python-docx (.docx); web pages are plain HTML. The
blocks and tables are those of the PDF, so that the figures are the same to the last digit.
"""

from __future__ import annotations

import html as markup
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import docx
import openpyxl
import xlwt
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt
from openpyxl.styles import Alignment, Border, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties

from samples.generator.prose import Block, Text
from samples.generator.tables import Cell, Row, Table

Kind = Literal["xlsx", "xls", "html", "docx", "zip"]
KINDS: tuple[Kind, ...] = ("xlsx", "xls", "html", "docx", "zip")

_NUMBER = re.compile(r"-?[\d,]+(?:\.\d+)?")
_EPOCH = (2024, 8, 30, 10, 0, 0)


@dataclass(frozen=True)
class Office:
    """How a clerk keeps the same figures."""

    numbers: Literal["numbers", "text", "noise"] = "numbers"
    """As numbers with a format, as text, or as numbers with the noise of binary sums (1234.4999999999998)."""
    blanks: Literal["empty", "zero"] = "empty"
    """Blank figures are empty cells, or zeros in a format that shows nothing for zero."""
    codes: Literal["text", "numbers"] = "text"
    sheet_names: Literal["title", "number", "plain"] = "title"
    spare_sheets: bool = False
    """A cover, an empty and a hidden sheet."""
    hidden_rows: bool = False
    """A hidden row with other figures in every table."""
    encoding: Literal["utf-8", "gb18030", "utf-8-sig"] = "utf-8"
    nested: bool = False
    """The web page stands in layout tables, with navigation around it."""
    for_print: bool = False
    """Made to be printed: landscape, columns as wide as their text, one page wide, ruling lines in Word files and web
    pages whose cells share their borders."""


def render(blocks: Sequence[Block], kind: Kind, office: Office | None = None) -> bytes:
    """The report's bytes. ``zip`` is the narrative as a web page and the tables as a workbook."""
    look = office or Office()
    blocks = list(blocks)
    if kind == "xlsx":
        return _xlsx(blocks, look)
    if kind == "xls":
        return _xls(blocks, look)
    if kind == "docx":
        return _docx(blocks, look)
    if kind == "html":
        return _html(blocks, look)
    return pack(apart(blocks, look))


def apart(blocks: Sequence[Block], look: Office, name: str = "附件：部门决算公开表") -> dict[str, bytes]:
    """Narrative and tables as two files: a web page that links to a workbook."""
    told = [b for b in blocks if not (isinstance(b, Table) and b.resource)]
    told.append(Text("para", f"@{name}.xls"))
    return {"说明.html": _html(told, look), f"{name}.xls": _xls(blocks, look)}


def pack(files: dict[str, bytes]) -> bytes:
    """A ZIP archive with the same bytes on every machine."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as package:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.create_system = 0
            package.writestr(entry, data)
    return buffer.getvalue()


def pack_gbk(files: dict[str, bytes]) -> bytes:
    """What archivers of Chinese Windows write: names in GBK without the mark of UTF-8, which zipfile cannot write."""
    body, directory = b"", b""
    for name, data in files.items():
        raw = name.encode("gb18030")
        crc = zlib.crc32(data)
        common = struct.pack("<HHHHHIIIHH", 20, 0, 0, 0x5000, 0x591E, crc, len(data), len(data), len(raw), 0)
        directory += b"PK\x01\x02" + struct.pack("<H", 20) + common + struct.pack("<HHHII", 0, 0, 0, 0, len(body)) + raw
        body += b"PK\x03\x04" + common + raw + data
    end = struct.pack("<HHHHIIH", 0, 0, len(files), len(files), len(directory), len(body), 0)
    return body + directory + b"PK\x05\x06" + end


# --- what all tables share ------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Placed:
    """A cell of a sheet or page by row and column, 0-based, both ends inclusive."""

    row0: int
    row1: int
    col0: int
    col1: int
    text: str
    ruled: bool
    figure: bool = False
    code: bool = False
    align: str = "center"


def _captions(table: Table) -> list[_Placed]:
    """Title, number, institution and unit above the grid, as spreadsheets print them."""
    last = max(len(table.columns) - 1, 1)
    placed = [_Placed(0, 0, 0, last, table.title, False)]
    if table.mark:
        placed.append(_Placed(1, 1, last, last, table.mark, False, align="right"))
    if table.owner or table.unit:
        row = 2 if table.mark else 1
        placed.append(_Placed(row, row, 0, 0, table.owner, False, align="left"))
        placed.append(_Placed(row, row, last, last, table.unit, False, align="right"))
    return [p for p in placed if p.text]


def _grid(table: Table, top: int) -> list[_Placed]:
    placed = []
    for i, row in enumerate(table.rows):
        head = i < len(table.head)
        for cell in row.cells:
            figure = not head and table.columns[cell.col] == "number"
            code = not head and cell.text.isdigit() and table.columns[cell.col] == "code"
            placed.append(
                _Placed(
                    top + i, top + min(i + cell.down, len(table.rows)) - 1, cell.col, cell.col + cell.span - 1,
                    cell.text, True, figure, code, cell.align,
                )
            )  # fmt: skip
    return placed


def _sheet(table: Table) -> list[_Placed]:
    """A table with its captions and notes as one sheet."""
    above = _captions(table) if table.title else []
    top = max((p.row1 for p in above), default=-1) + 1
    body = _grid(table, top)
    below = top + len(table.rows)
    last = max(len(table.columns) - 1, 1)
    notes = [_Placed(below + i, below + i, 0, last, note, False, align="left") for i, note in enumerate(table.notes)]
    return [*above, *body, *notes]


def _number(text: str) -> tuple[float, str] | None:
    """The number that a text prints and the format that prints it so."""
    if not _NUMBER.fullmatch(text):
        return None
    decimals = len(text.partition(".")[2])
    code = ("#,##0" if "," in text else "0") + ("." + "0" * decimals if decimals else "")
    return float(text.replace(",", "")), code


def _noisy(value: float) -> float:
    """The nearest numbers that sums of binary floats end at."""
    return value - 2e-13 * max(1.0, abs(value) / 1000) if value else value


def _stored(cell: _Placed, look: Office) -> tuple[Any, str]:
    """(value, number format) of a cell as this clerk keeps it."""
    if cell.figure:
        if not cell.text and look.blanks == "zero":
            return 0, "#,##0.00;-#,##0.00;;@"
        found = _number(cell.text)
        if found and look.numbers != "text":
            value, code = found
            return (_noisy(value) if look.numbers == "noise" else value), code
    if cell.code and look.codes == "numbers" and not cell.text.startswith("0"):
        return int(cell.text), "General"
    return cell.text, "General"


def _titles(table: Table, number: int, look: Office) -> str:
    if look.sheet_names == "number":
        return f"公开{number:02d}表"
    if look.sheet_names == "plain":
        return f"Sheet{number}"
    return re.sub(r"[^\w]", "", re.sub(r"^20\d\d年度?", "", table.title))[:24] or f"附表{number}"


def _sheets(blocks: Iterable[Block], look: Office) -> list[tuple[str, list[_Placed], bool]]:
    """(name, cells, hidden) of every sheet; the cover carries what the report's cover says."""
    blocks = list(blocks)
    cover = [b.text for b in blocks if isinstance(b, Text) and b.kind == "cover" and b.text != "目 录"]
    sheets: list[tuple[str, list[_Placed], bool]] = []
    if cover:
        sheets.append(("封面", [_Placed(3 * i, 3 * i, 0, 6, text, False) for i, text in enumerate(cover)], False))
    if look.spare_sheets:
        sheets.append(("空表", [], False))
    names: set[str] = {name for name, _, _ in sheets}
    for number, table in enumerate((b for b in blocks if isinstance(b, Table) and b.resource), start=1):
        name = _titles(table, number, look)
        name = name if name not in names else f"{name}{number}"
        names.add(name)
        sheets.append((name, _sheet(table), False))
    if look.spare_sheets:
        sheets.append(("底稿", [_Placed(0, 0, 0, 3, "2023年度收入支出决算总表", False), _Placed(1, 1, 0, 0, "999.99", True, True)], True))
    return sheets


# --- workbooks ------------------------------------------------------------------------------------------------


def _xlsx(blocks: Sequence[Block], look: Office) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    thin = Side(style="thin")
    border = Border(left=thin, right=thin, top=thin, bottom=thin)
    for name, cells, hidden in _sheets(blocks, look):
        sheet = book.create_sheet(name)
        for cell in cells:
            value, code = _stored(cell, look)
            place = sheet.cell(cell.row0 + 1, cell.col0 + 1)
            place.value = None if value == "" else value
            place.number_format = code
            place.alignment = Alignment(horizontal=cell.align)
            if cell.ruled:
                place.border = border
            if (cell.row1, cell.col1) != (cell.row0, cell.col0):
                sheet.merge_cells(
                    start_row=cell.row0 + 1, end_row=cell.row1 + 1, start_column=cell.col0 + 1, end_column=cell.col1 + 1
                )
        if look.for_print:
            _fit(sheet, cells)
        if hidden:
            sheet.sheet_state = "hidden"
        elif look.hidden_rows and len(cells) > 20:
            last = max(c.row1 for c in cells) + 2
            for column in range(1, 4):
                sheet.cell(last, column).value = 7777.77
            sheet.row_dimensions[last].hidden = True
            sheet.cell(5, 30).value = 8888.88
            sheet.column_dimensions[get_column_letter(30)].hidden = True
    buffer = io.BytesIO()
    book.save(buffer)
    return _steady(buffer.getvalue())


def _fit(sheet: Any, cells: list[_Placed]) -> None:
    """Columns as wide as their text, heads wrapped, the sheet as wide as its page."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = 9
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    for cell in cells:
        place = sheet.cell(cell.row0 + 1, cell.col0 + 1)
        place.alignment = Alignment(horizontal=cell.align, vertical="center", wrap_text=cell.ruled and not cell.figure)
    for column in {c.col0 for c in cells}:
        texts = [c.text for c in cells if c.col0 == c.col1 == column and c.ruled]
        width = max((sum(2 if ch > "\u2e80" else 1 for ch in text) for text in texts), default=8)
        sheet.column_dimensions[get_column_letter(column + 1)].width = min(max(width + 2, 8), 34)


def _xls(blocks: Sequence[Block], look: Office) -> bytes:
    book = xlwt.Workbook(encoding="utf-8")
    styles: dict[tuple[str, bool], xlwt.XFStyle] = {}
    for name, cells, hidden in _sheets(blocks, look):
        sheet = book.add_sheet(name)
        for cell in cells:
            value, code = _stored(cell, look)
            key = (code, cell.ruled)
            if key not in styles:
                styles[key] = xlwt.easyxf("borders: left thin, right thin, top thin, bottom thin" if cell.ruled else "", num_format_str=code)
            if (cell.row1, cell.col1) != (cell.row0, cell.col0):
                sheet.write_merge(cell.row0, cell.row1, cell.col0, cell.col1, value, styles[key])
            else:
                sheet.write(cell.row0, cell.col0, value, styles[key])
        if hidden:
            sheet.visibility = 1
        elif look.hidden_rows and len(cells) > 20:
            last = max(c.row1 for c in cells) + 1
            for column in range(3):
                sheet.write(last, column, 7777.77)
            sheet.row(last).hidden = True
            sheet.write(4, 29, 8888.88)
            sheet.col(29).hidden = True
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _steady(data: bytes) -> bytes:
    """The same package without the hour and machine of its making: stored, dated, sorted as it was."""
    files: dict[str, bytes] = {}
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        for entry in package.infolist():
            content = package.read(entry)
            if entry.filename == "docProps/core.xml":
                content = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z", b"2024-08-30T10:00:00Z", content)
            files[entry.filename] = content
    return pack(files)


# --- web pages ------------------------------------------------------------------------------------------------


def _html(blocks: Sequence[Block], look: Office) -> bytes:
    parts: list[str] = []
    for block in blocks:
        if isinstance(block, Table):
            parts.append(_html_table(block))
        elif isinstance(block, Text) and block.kind != "break" and block.text:
            if block.text.startswith("@"):
                name = markup.escape(block.text[1:])
                parts.append(f'<p>附件：<a href="./P020240830.xls" title="{name}">{name}</a></p>')
            elif block.kind == "part":
                parts.append(f"<h2>{markup.escape(block.text)}</h2>")
            else:
                parts.append(f"<p style='text-indent:2em'>&nbsp;{markup.escape(block.text)}</p>")
    body = "\n".join(parts)
    charset = {"gb18030": "gb2312"}.get(look.encoding, "utf-8")
    if look.nested:
        menu = "".join(f'<li><a href="/{i}.html">栏目导航{i}</a></li>' for i in range(9))
        body = (
            f'<div class="nav"><ul>{menu}</ul></div><form id="form1"><table width="1000"><tr><td><table><tr><td>当前位置：首页</td></tr>'
            f'<tr><td><div id="zoom">{body}</div></td></tr></table></td></tr></table></form><div class="footer"><p>版权所有 2019.05</p></div>'
            "<script>var total = '123.45';</script>"
        )
    page = f'<!DOCTYPE html>\n<html><head><meta http-equiv="Content-Type" content="text/html; charset={charset}"><title>公开</title>{_PRINTED if look.for_print else ""}</head><body>{body}</body></html>'
    return page.encode(look.encoding)


_PRINTED = (
    "<style>@page{size:A4 landscape;margin:12mm}body{font-size:11px}table{border-collapse:collapse;page-break-before:always}"
    "td{border:1px solid #000;padding:1px 3px}td p{margin:0}tr{page-break-inside:avoid}</style>"
)


def _html_table(table: Table) -> str:
    placed = _sheet(table)
    rows: dict[int, list[_Placed]] = {}
    for cell in placed:
        rows.setdefault(cell.row0, []).append(cell)
    last = max(len(table.columns) - 1, 1)
    lines = ["<table border=1>"]
    for i in range(max(c.row1 for c in placed) + 1):
        cells = []
        column = 0
        for cell in sorted(rows.get(i, []), key=lambda c: c.col0):
            if not cell.ruled and cell.col0 > column:
                cells.append(f'<td colspan="{cell.col0 - column}">&nbsp;</td>')
            spans = f' rowspan="{cell.row1 - i + 1}"' if cell.row1 > i else ""
            spans += f' colspan="{cell.col1 - cell.col0 + 1}"' if cell.col1 > cell.col0 else ""
            cells.append(f"<td{spans}><p>{markup.escape(cell.text) or '&nbsp;'}</p></td>")
            column = cell.col1 + 1
        if rows.get(i) and not rows[i][0].ruled and column <= last:
            cells.append(f'<td colspan="{last + 1 - column}"></td>')
        lines.append(f"<tr>{''.join(cells)}</tr>")
    return "\n".join([*lines, "</table>"])


# --- Word files -----------------------------------------------------------------------------------------------


def _docx(blocks: Sequence[Block], look: Office) -> bytes:
    document = docx.Document()
    _slim(document)
    if look.for_print:
        section = document.sections[0]
        section.page_width, section.page_height = Cm(29.7), Cm(21)
        section.left_margin = section.right_margin = Cm(1.5)
    for block in blocks:
        if isinstance(block, Table):
            _docx_table(document, block)
            if look.for_print:
                _rule(document.tables[-1], block)
        elif isinstance(block, Text) and block.text:
            paragraph = document.add_paragraph(block.text)
            if block.kind in ("cover", "part"):
                paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    buffer = io.BytesIO()
    document.save(buffer)
    return _steady(buffer.getvalue())


def _slim(document: Any) -> None:
    """Leave out what python-docx's template brings along and no reader looks at: 800 kB of table styles."""
    for key, relation in list(document.part.rels.items()):
        if relation.reltype.endswith("/stylesWithEffects"):
            del document.part.rels[key]
    for key, relation in list(document.part.package.rels.items()):
        if relation.reltype.endswith("/thumbnail"):
            del document.part.package.rels[key]
    styles = document.styles.element
    for style in [*styles.findall(qn("w:style")), *styles.findall(qn("w:latentStyles"))]:
        if style.tag == qn("w:latentStyles") or (style.get(qn("w:type")) == "table" and style.get(qn("w:default")) != "1"):
            styles.remove(style)


def _rule(drawn: Any, table: Table) -> None:
    """Ruling lines around every cell, small type, columns in proportion to what they hold."""
    borders = OxmlElement("w:tblBorders")
    for side in ("top", "left", "bottom", "right", "insideH", "insideV"):
        line = OxmlElement(f"w:{side}")
        line.set(qn("w:val"), "single")
        line.set(qn("w:sz"), "4")
        borders.append(line)
    drawn._tbl.tblPr.append(borders)
    drawn.autofit = False
    shares = [{"name": 3.0, "number": 1.6}.get(kind, 1.2) for kind in table.columns]
    for column, part in zip(drawn.columns, shares, strict=True):
        column.width = Cm(26 * part / sum(shares))
    for row in drawn.rows:
        for cell in row.cells:
            for run in (r for p in cell.paragraphs for r in p.runs):
                run.font.size = Pt(8)


def _docx_table(document: Any, table: Table) -> None:
    if table.title:
        document.add_paragraph(table.title).alignment = WD_ALIGN_PARAGRAPH.CENTER
        if table.mark:
            document.add_paragraph(table.mark).alignment = WD_ALIGN_PARAGRAPH.RIGHT
        document.add_paragraph(f"{table.owner}\t\t{table.unit}")
    rows = [Row([Cell(c.text, c.col, c.span, c.down) for c in row.cells]) for row in table.rows]
    drawn = document.add_table(len(rows), len(table.columns))
    grid = [list(r.cells) for r in drawn.rows]
    for i, row in enumerate(rows):
        for cell in row.cells:
            place = grid[i][cell.col]
            end = grid[min(i + cell.down, len(rows)) - 1][cell.col + cell.span - 1]
            if end is not place:
                place = place.merge(end)
            place.text = cell.text
    for note in table.notes:
        document.add_paragraph(note)
