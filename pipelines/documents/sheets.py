"""Workbooks → one page a sheet: every cell as it is shown, merged cells as one, hidden parts listed and not read.

``.xlsx`` is read with openpyxl and ``.xls`` (BIFF) with xlrd: both give the number formats, without which a
stored 1234.4999999999998 cannot be told from the 1,234.50 that the report shows. python-calamine is faster and
was left for that reason. Formulas count by their stored result; macros and links are never looked at.
"""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from pipelines.documents import number_format
from pipelines.documents.hostile import checked_package, refusing
from pipelines.documents.layout import Cells, PageLayout
from pipelines.documents.model import DocumentError, Page, Remark

MAX_CELLS = 1_000_000
"""Cells with content in one workbook; a report of nine tables has a few thousand."""

_UNCALCULATED = re.compile(
    rb"<(?:\w+:)?c\s[^>]*?\br=\"([A-Z]+\d+)\"[^>]*>\s*<(?:\w+:)?f(?:\s[^>]*)?(?:/>|>[^<]*</(?:\w+:)?f>)\s*(?:<(?:\w+:)?v\s*/>\s*)?</(?:\w+:)?c>"
)
_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\s[^>]*?ref=[\"']\$?([A-Z]{1,3})\$?(\d{1,7}):\$?([A-Z]{1,3})\$?(\d{1,7})[\"']")
_ERRORS = {0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A"}
_SHOWN_AT_MOST = 5


@dataclass(slots=True)
class _Sheet:
    """What both libraries give of a sheet: shown texts by place (0-based), merged ranges, what is hidden."""

    name: str
    texts: dict[tuple[int, int], str] = field(default_factory=dict)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    other: list[str] = field(default_factory=list)
    """Cells whose shown text is another figure than the stored one."""
    errors: list[str] = field(default_factory=list)
    images: bool = False


def read_xlsx(data: bytes) -> tuple[list[Page], list[Remark]]:
    """The visible sheets of an OOXML workbook. Raises :class:`DocumentError`."""
    with checked_package(data, "XLSX workbook") as package:
        stale = _before_loading(package)
    import openpyxl

    with refusing("XLSX workbook"):
        book = openpyxl.load_workbook(io.BytesIO(data), data_only=True, keep_links=False)
    if stale:
        raise DocumentError(
            f"the workbook holds {len(stale)} formulas without a stored result ({', '.join(stale[:_SHOWN_AT_MOST])});"
            " it has to be saved once by a spreadsheet program"
        )
    sheets, unseen = [], []
    budget = MAX_CELLS
    for sheet in book.worksheets:
        if sheet.sheet_state != "visible":
            unseen.append(sheet.title)
            continue
        budget -= len(sheet._cells)
        if budget < 0:
            raise DocumentError(f"the workbook has more than {MAX_CELLS:,} cells")
        sheets.append(_openpyxl_sheet(sheet, book.epoch))
    return _pages(sheets, unseen)


def _before_loading(package: zipfile.ZipFile) -> list[str]:
    """Cells with a formula and no stored result: shown, they would be figures; read, they would be blanks.

    openpyxl makes an object of every cell of a merged range: ranges that cover a whole sheet are refused here.
    """
    found: list[str] = []
    merged = 0
    for name in package.namelist():
        if re.fullmatch(r"xl/worksheets/[^/]+\.xml", name):
            data = package.read(name)
            for low, top, high, bottom in _MERGED.findall(data):
                merged += (_column(high) - _column(low) + 1) * (int(bottom) - int(top) + 1)
            if merged > MAX_CELLS:
                raise DocumentError(f"the merged cells of the workbook cover more than {MAX_CELLS:,} places")
            if b"<f" in data or b":f" in data:
                found += [m.decode() for m in _UNCALCULATED.findall(data)]
    return found


def _openpyxl_sheet(source: Any, epoch: dt.datetime) -> _Sheet:
    sheet = _Sheet(source.title, images=bool(source._images))
    for (row, column), cell in source._cells.items():
        value = cell.value
        if value is None:
            continue
        place = (row - 1, column - 1)
        if cell.data_type == "e":
            sheet.errors.append(cell.coordinate)
        _put(sheet, place, value, str(cell.number_format or "General"))
    sheet.merged = [(r.min_row - 1, r.max_row - 1, r.min_col - 1, r.max_col - 1) for r in source.merged_cells.ranges]
    sheet.hidden_rows = {i - 1 for i, d in source.row_dimensions.items() if d.hidden or d.height == 0}
    for dimension in source.column_dimensions.values():
        if dimension.hidden or dimension.width == 0:
            low, high = dimension.min or 0, dimension.max or 0
            sheet.hidden_columns |= set(range(low - 1, min(high, 16_384)))
    return sheet


def read_xls(data: bytes) -> tuple[list[Page], list[Remark]]:
    """The visible sheets of a BIFF workbook. Raises :class:`DocumentError`."""
    import xlrd

    with refusing("XLS workbook"):
        # formatting_info: number formats, merged cells and hidden rows come only with it.
        book = xlrd.open_workbook(file_contents=data, formatting_info=True, logfile=io.StringIO())
        sources = book.sheets()
    sheets, unseen = [], []
    if sum(s.nrows * s.ncols for s in sources) > 20 * MAX_CELLS:
        raise DocumentError(f"the workbook has more than {20 * MAX_CELLS:,} places")
    for source in sources:
        if source.visibility:
            unseen.append(source.name)
            continue
        with refusing("XLS workbook"):
            sheets.append(_xlrd_sheet(book, source))
    return _pages(sheets, unseen)


def _xlrd_sheet(book: Any, source: Any) -> _Sheet:
    import xlrd

    sheet = _Sheet(source.name)
    formats: dict[int, str] = {}
    for i in range(source.nrows):
        for j, (kind, value) in enumerate(zip(source.row_types(i), source.row_values(i), strict=True)):
            if value == "":
                continue
            code = "General"
            if kind == xlrd.XL_CELL_TEXT:
                sheet.texts[i, j] = value
                continue
            if kind in (xlrd.XL_CELL_NUMBER, xlrd.XL_CELL_DATE):
                style = source.cell_xf_index(i, j)
                if style not in formats:
                    formats[style] = book.format_map[book.xf_list[style].format_key].format_str
                code = formats[style]
                if kind == xlrd.XL_CELL_DATE:
                    value = xlrd.xldate.xldate_as_datetime(value, book.datemode)
            elif kind == xlrd.XL_CELL_BOOLEAN:
                value = bool(value)
            elif kind == xlrd.XL_CELL_ERROR:
                value = _ERRORS.get(value, "#N/A")
                sheet.errors.append(_where(i, j))
            _put(sheet, (i, j), value, code)
    sheet.merged = [(r0, r1 - 1, c0, c1 - 1) for r0, r1, c0, c1 in source.merged_cells]
    sheet.hidden_rows = {i for i, info in source.rowinfo_map.items() if info.hidden or info.height == 0}
    sheet.hidden_columns = {j for j, info in source.colinfo_map.items() if info.hidden or info.width == 0}
    return sheet


def _put(sheet: _Sheet, place: tuple[int, int], value: Any, code: str) -> None:
    """Write a cell's shown text; one that is another figure than the stored value is noted."""
    if isinstance(value, str):
        sheet.texts[place] = value
    elif isinstance(value, bool):
        sheet.texts[place] = "TRUE" if value else "FALSE"
    elif isinstance(value, int | float):
        shown = number_format.show(value, code) if abs(value) < 1e18 else None
        if shown is None:
            shown = number_format.Shown(number_format.plain(number_format.stored(float(value))), False)
        if not shown.exact:
            sheet.other.append(_where(*place))
        sheet.texts[place] = shown.text
    elif isinstance(value, dt.datetime | dt.date):
        if "年" in code:
            sheet.texts[place] = f"{value.year}年{value.month}月{value.day}日"
        else:
            sheet.texts[place] = value.strftime("%Y-%m-%d")
    else:
        sheet.texts[place] = str(value)


def _pages(sheets: list[_Sheet], unseen: list[str]) -> tuple[list[Page], list[Remark]]:
    if not sheets:
        raise DocumentError("the workbook has no visible sheet")
    remarks: list[Remark] = []
    if unseen:
        listed = "、".join(unseen)
        remarks.append(
            Remark("E41", f"隐藏的工作表（{listed}）未读取。", f"Hidden sheets ({listed}) are not read.", listed)
        )
    pages = []
    for number, sheet in enumerate(sheets, start=1):
        pages.append(_page(number, sheet))
        remarks += _remarks(number, sheet)
    return pages, remarks


def _page(number: int, sheet: _Sheet) -> Page:
    layout = PageLayout(number, sheet.name)
    texts = {
        place: text for place, text in sheet.texts.items()
        if text.strip() and place[0] not in sheet.hidden_rows and place[1] not in sheet.hidden_columns
    }  # fmt: skip
    if texts:
        last_row, last_column = max(i for i, _ in texts), max(j for _, j in texts)
        shown_rows = [i for i in range(last_row + 1) if i not in sheet.hidden_rows]
        reach = max((c1 for r0, _, _, c1 in sheet.merged if r0 <= last_row), default=0)
        width = max(last_column, min(reach, last_column + 50)) + 1
        shown_columns = [j for j in range(width) if j not in sheet.hidden_columns]
        layout_cells = _cells(texts, sheet, shown_rows, shown_columns)
        if not any("表" in t for t in texts.values()):
            layout.text(sheet.name, 1)  # nothing on the sheet says what it is: its name does
        layout.table(layout_cells)
    if sheet.images:
        layout.image()
    return layout.finish()


def _cells(texts: dict[tuple[int, int], str], sheet: _Sheet, rows: list[int], columns: list[int]) -> Cells:
    """The table of a sheet without what is hidden; a merged cell keeps its text where its first row is hidden."""
    row_of, column_of = _positions(rows), _positions(columns)
    table = Cells([i + 1 for i in rows], len(columns))
    merged: set[tuple[int, int]] = set()
    for r0, r1, c0, c1 in sheet.merged:
        inside_rows = [row_of[i] for i in range(r0, min(r1, rows[-1]) + 1) if i in row_of]
        inside_columns = [column_of[j] for j in range(c0, min(c1, columns[-1]) + 1) if j in column_of]
        merged.add((r0, c0))
        if inside_rows and inside_columns:
            text = sheet.texts.get((r0, c0), "")
            table.put(inside_rows[0], inside_rows[-1], inside_columns[0], inside_columns[-1], text)
    for (i, j), text in texts.items():
        if (i, j) not in merged:
            table.put(row_of[i], row_of[i], column_of[j], column_of[j], text)
    return table


def _positions(kept: Iterable[int]) -> dict[int, int]:
    return {index: position for position, index in enumerate(kept)}


def _remarks(number: int, sheet: _Sheet) -> Iterable[Remark]:
    letters = [_letters(j) for j in sorted({j for _, j in sheet.texts if j in sheet.hidden_columns})]
    rows = [str(i + 1) for i in sorted({i for i, _ in sheet.texts if i in sheet.hidden_rows})]
    name = sheet.name
    if rows or letters:
        zh = "、".join([*(f"第{r}行" for r in rows), *(f"{c}列" for c in letters)])
        en = ", ".join([*(f"row {r}" for r in rows), *(f"column {c}" for c in letters)])
        yield Remark(
            "E41", f"工作表“{name}”中隐藏的{zh}未读取。", f"Hidden parts of the sheet '{name}' are not read: {en}.", en, number
        )
    listing: list[tuple[list[str], Callable[[str], str], Callable[[str], str]]] = [
        (
            sheet.other,
            lambda c: f"工作表“{name}”的单元格 {c} 显示的数与存储的数不同（超出四舍五入），按显示的数读取。",
            lambda c: f"Cells {c} of the sheet '{name}' show another figure than they store (beyond rounding); what is shown"
            " is read.",
        ),
        (
            sheet.errors,
            lambda c: f"工作表“{name}”的单元格 {c} 为公式错误值，没有数。",
            lambda c: f"Cells {c} of the sheet '{name}' hold an error value and no figure.",
        ),
    ]
    for cells, message_zh, message_en in listing:
        if cells:
            more = f" (+{len(cells) - _SHOWN_AT_MOST})" if len(cells) > _SHOWN_AT_MOST else ""
            text = ", ".join(cells[:_SHOWN_AT_MOST]) + more
            first = re.search(r"\d+$", cells[0])
            yield Remark("E42", message_zh(text), message_en(text), text, number, int(first[0]) if first else None)


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _where(row: int, column: int) -> str:
    return f"{_letters(column)}{row + 1}"


def _letters(column: int) -> str:
    text = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text
