"""The workbook of a package: one sheet per resource for people who read in Excel, and a first sheet that explains.

It is a view: exact values and the complete text are in the CSV and the Parquet. What a sheet cannot hold (rows
beyond Excel's limit, text beyond 32,767 characters, digits beyond the 15th) is split or shortened, and the first
sheet says so. Cells are written as numbers or as text, never as formulas.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any

import polars as pl
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from pipelines.forms import forms
from pipelines.layouts import Kind
from pipelines.publish.coverage import covers
from pipelines.publish.excel import LEADING, ExcelColumn, columns, shown
from pipelines.publish.form_order import ordered_frame
from pipelines.publish.open_cells import Key, OpenCell, of_reports
from pipelines.publish.places import LICENSE, PUBLISHER, lists_path
from pipelines.schema import Field, Package, Resource, resources

MAX_ROWS = 1_048_575
"""Rows of data on one sheet: Excel's limit less the header."""
MAX_TEXT = 32_767
"""UTF-16 units in one cell."""
EXACT_DIGITS = 15
"""Significant digits that a cell keeps: Excel's numbers are IEEE doubles."""

FIRST_SHEET = "说明"
MEDIATYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_UNDATED = datetime(1980, 1, 1)
_NAME_LENGTH = 31
_FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))
_AMOUNT_FORMAT = "#,##0.00####"
_MIN_WIDTH, _MAX_WIDTH = 8, 60
_CUT = "……（文本过长，此处截断，全文见 CSV）"


@dataclass(frozen=True, slots=True)
class _Sheet:
    """One sheet of data: a resource, or a part of one that is too long. ``opened``: row → field → what is open."""

    name: str
    resource: Resource
    frame: pl.DataFrame
    """As published, its rows in the order of the form."""
    shown: pl.DataFrame
    """The same rows as people read them, its columns those of ``columns``."""
    opened: dict[int, dict[str, OpenCell]]
    kind: Kind = "final"
    """Of which reports the tables are."""

    @property
    def columns(self) -> list[ExcelColumn]:
        """The columns in their order: those of an official table as its form orders them."""
        return _ordered(self.resource)

    @property
    def heads(self) -> list[list[str]]:
        """The rows of heads, each with a text per column (blank: none): the last is the head of the column itself."""
        paths = _paths(self.resource, self.kind)
        depth = max(map(len, paths))
        groups = [[path[row] if row < len(path) - 1 else "" for path in paths] for row in range(depth - 1)]
        return [*groups, [path[-1] for path in paths]]

    @property
    def title(self) -> str | None:
        """Number, title and unit of an official table, as they stand above it."""
        form = forms().get(self.resource.name)
        if form is None:
            return None
        number = f"{form.official_layout.number} " if self.kind == "final" else ""
        return f"{number}{form.title[self.kind]}    金额单位：万元"


def _ordered(resource: Resource) -> list[ExcelColumn]:
    """The columns for people; those that an official form prints stand in its order, in the places that they have."""
    declared = list(columns(resource.name))
    form = forms().get(resource.name)
    if form is None:
        return declared
    printed = list(form.official_layout.heads("final"))
    own = [column for column in declared if column.name in printed]
    rest = iter(sorted(own, key=lambda column: printed.index(str(column.name))))
    return [next(rest) if column.name in printed else column for column in declared]


def _paths(resource: Resource, kind: Kind) -> list[tuple[str, ...]]:
    """The head of each column below its groups: the form's, or the declared title with its unit."""
    form = forms().get(resource.name)
    printed = form.official_layout.heads(kind) if form else {}
    return [printed.get(c.name or "") or (_header(c),) for c in _ordered(resource)]


def write_workbook(
    path: Path, package: Package, version: str, created: datetime | None, frames: dict[str, pl.DataFrame],
    lists: bool = False,
) -> None:
    """Write ``<package>.xlsx``: the same frames, version and date give the same bytes.

    ``frames`` are conformed and in the order of the sheets. Rows go to a temporary file one by one, so that
    memory does not grow with the corpus. ``lists``: only the code lists and catalogues that the package has beside its
    reports; without it they are left out of a package that has reports.
    """
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    kind: Kind = "budget" if package.reports.get("kind") == "budget" else "final"
    sheets = list(_sheets(of_workbook(frames, lists), kind, frames.get("reports")))
    book = xlsxwriter.Workbook(str(path), options)
    with book:
        book.set_properties(
            {
                "title": f"{package.title} {version}",
                "subject": package.title_en,
                "author": PUBLISHER,
                "created": created.astimezone(UTC).replace(tzinfo=None) if created else _UNDATED,
            }
        )
        coverage = covers(frames["reports"]).partition("Reports:")[0] if "reports" in frames and not lists else None
        _Explanation(book, package, version, lists).write(sheets, coverage)
        formats = _Formats(book)
        for sheet in sheets:
            _write_sheet(book.add_worksheet(sheet.name), sheet, formats)


def of_workbook(frames: dict[str, pl.DataFrame], lists: bool) -> dict[str, pl.DataFrame]:
    """Which frames of a package stand in its workbook, or in that of its code lists and catalogues."""
    by_report = {name for name in frames if resources()[name].by_report}
    if not by_report:
        return frames
    return {name: frame for name, frame in frames.items() if (name in by_report) != lists}


def _sheets(frames: dict[str, pl.DataFrame], kind: Kind, reports: pl.DataFrame | None) -> Iterator[_Sheet]:
    taken = {FIRST_SHEET}
    opened = of_reports(frames)
    for name, given in frames.items():
        resource, frame = resources()[name], ordered_frame(name, given)
        rows = MAX_ROWS - (3 if name in forms() else 0)  # an official table has up to three rows of title and groups
        parts = max(1, -(-frame.height // rows))
        for part in range(parts):
            suffix = f" ({part + 1})" if parts > 1 else ""
            sheet_name = _free_name(resource, suffix, taken)
            taken.add(sheet_name)
            cut = frame.slice(part * rows, rows)
            yield _Sheet(sheet_name, resource, cut, shown(resource, cut, reports), _open_rows(resource, cut, opened), kind)


def _open_rows(
    resource: Resource, frame: pl.DataFrame, opened: dict[tuple[str, str, Key], dict[str, OpenCell]]
) -> dict[int, dict[str, OpenCell]]:
    """The rows of the frame with cells that are null and not blank."""
    if not any(name == resource.name for name, _, _ in opened):
        return {}
    keys = frame.select("report_id", *(name for name in resource.primary_key if name != "report_id")).rows()
    found = {at: opened.get((resource.name, key[0], tuple(map(str, key[1:])))) for at, key in enumerate(keys)}
    return {at: cells for at, cells in found.items() if cells}


def _free_name(resource: Resource, suffix: str, taken: set[str]) -> str:
    """The Chinese title as a sheet's name: 31 characters at most, none that Excel forbids, unique."""
    title = resource.title.translate(_FORBIDDEN).strip()
    name = title[: _NAME_LENGTH - len(suffix)] + suffix
    if name.casefold() in {other.casefold() for other in taken}:
        suffix = f" {resource.name}{suffix}"[-20:]
        name = title[: _NAME_LENGTH - len(suffix)] + suffix
    return name


_HEADER = {"bold": True, "bg_color": "#DCE6F1", "border": 1, "border_color": "#9FB0C0", "valign": "vcenter"}


class _Formats:
    """The cell formats of the data sheets."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self.header = book.add_format(_HEADER)
        self.group = book.add_format({**_HEADER, "align": "center"})
        self.title = book.add_format({"bold": True, "font_size": 13})
        self.amount = book.add_format({"num_format": _AMOUNT_FORMAT})
        self.integer = book.add_format({"num_format": "0"})
        self.date = book.add_format({"num_format": "yyyy-mm-dd"})
        self.code = book.add_format({"num_format": "@"})
        self.open = book.add_format({"bg_color": "#FDF7EA", "font_color": "#4D3A12"})

    def of(self, column: ExcelColumn) -> Format | None:
        """Money with separators; other decimals (percent points, scores) as they are; codes as text."""
        declared: Field = column.declared
        if column.is_reading:
            return None
        if declared.is_amount:
            return self.amount
        if declared.identifier:
            return self.code
        return {"integer": self.integer, "date": self.date}.get(declared.type)


def _write_sheet(worksheet: Worksheet, sheet: _Sheet, formats: _Formats) -> None:
    ordered = sheet.columns
    rows = sheet.shown.select(column.header for column in ordered)
    heads = sheet.heads
    above = [sheet.title] if sheet.title else []
    first = len(above) + len(heads)
    last_row, last_column = first - 1 + rows.height, rows.width - 1
    leading = len(LEADING) if sheet.resource.by_report else 0
    worksheet.freeze_panes(first, leading)
    _fit_to_paper(worksheet)
    worksheet.repeat_rows(0, first - 1)
    worksheet.autofilter(first - 1, 0, last_row, last_column)
    for column, (one, width) in enumerate(zip(ordered, _widths(sheet, rows, heads[-1]), strict=True)):
        worksheet.set_column(column, column, width, formats.of(one))
        worksheet.write_comment(first - 1, column, _comment(one), _COMMENT)
    _accept_digits_as_text(worksheet, ordered, first, last_row)
    for title in above:
        worksheet.write_string(0, 0, title, formats.title)
    for row, texts in enumerate(heads, start=len(above)):
        _write_heads(worksheet, row, texts, formats)
    write = [_writer(worksheet, rows.schema[one.header]) for one in ordered]
    names = [one.name for one in ordered]
    for row, values in enumerate(rows.iter_rows(), start=first):
        for column, value in enumerate(values):
            if value is not None:
                write[column](row, column, value)
        for name, cell in sheet.opened.get(row - first, {}).items():
            column = names.index(name)
            if values[column] is None:
                worksheet.write_string(row, column, cell.zh, formats.open)


_COMMENT = {"x_scale": 2.4, "y_scale": 1.6, "font_size": 9, "author": PUBLISHER}


def _comment(column: ExcelColumn) -> str:
    """What a column is: its official term, unit, values, and the English description."""
    declared = column.declared
    if column.is_reading:
        return f"{declared.title}的中文含义。\n`{declared.name}` in Chinese words."
    lines = [f"{declared.title}（{declared.name}）"]
    if declared.unit:
        lines.append(f"单位：{declared.unit}" + ("；空白为原文未填，0 为原文印有零。" if declared.is_amount else ""))
    if declared.labels:
        lines.append("取值：" + "、".join(f"{label}（{value}）" for value, label in declared.labels.items()))
    return "\n".join([*lines, declared.description])


def _write_heads(worksheet: Worksheet, row: int, texts: list[str], formats: _Formats) -> None:
    """One row of heads: a group reaches over its columns."""
    column = 0
    for text, run in groupby(texts):
        width = len(list(run))
        if text and width > 1:
            worksheet.merge_range(row, column, row, column + width - 1, text, formats.group)
        else:
            for at in range(column, column + width):
                # A blank head is a cell, too: its frame closes the row.
                worksheet.write(row, at, text or None, formats.header)
        column += width


def _fit_to_paper(worksheet: Worksheet) -> None:
    """Printed on A4, across, all columns on one page."""
    worksheet.set_paper(9)
    worksheet.set_landscape()
    worksheet.fit_to_pages(1, 0)


def _header(column: ExcelColumn) -> str:
    unit = None if column.is_reading else column.declared.unit
    return f"{column.header}（{unit}）" if unit else column.header


def _accept_digits_as_text(worksheet: Worksheet, ordered: list[ExcelColumn], first: int, last_row: int) -> None:
    """No green triangle on codes: they are text on purpose."""
    texts = [at for at, column in enumerate(ordered) if column.declared.type == "string"]
    if texts and last_row >= first:
        ranges = " ".join(xlsxwriter.utility.xl_range(first, column, last_row, column) for column in texts)
        worksheet.ignore_errors({"number_stored_as_text": ranges})


def _writer(worksheet: Worksheet, dtype: pl.DataType) -> Callable[[int, int, Any], Any]:
    """How the cells of a column are written: with the method of their type, so that nothing is guessed."""
    if dtype.is_decimal():
        return lambda row, column, value: worksheet.write_number(row, column, _plain(value))
    if dtype.is_integer():
        return worksheet.write_number
    if dtype == pl.Date():
        return worksheet.write_datetime
    return lambda row, column, value: worksheet.write_string(row, column, fitting(value))


def _plain(value: Decimal) -> int | Decimal:
    """The number that prints as the shortest text of the exact value; never through a float."""
    whole = int(value)
    return whole if whole == value else value.normalize()


def fitting(text: str) -> str:
    """The text, cut with a note where a cell cannot hold it."""
    if len(text) > MAX_TEXT // 2 and _units(text) > MAX_TEXT:
        text = text.encode("utf-16-le")[: 2 * (MAX_TEXT - len(_CUT))].decode("utf-16-le", errors="ignore") + _CUT
    # xlsxwriter takes a text in <r></r> for its own markup and would write it unescaped.
    return f"{text} " if text.startswith("<r>") and text.endswith("</r>") else text


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _widths(sheet: _Sheet, rows: pl.DataFrame, titles: list[str]) -> list[int]:
    """Width of each column in characters: its longest cell, or its header and the filter's button."""
    printed: dict[str, int] = {}
    for cells in sheet.opened.values():
        for name, cell in cells.items():
            printed[name] = max(printed.get(name, 0), _shown_length(cell.zh))
    (widest,) = rows.select(_widest(name, dtype) for name, dtype in rows.schema.items()).rows()
    wanted = (
        (_shown_length(title) + 3, max(longest or 0, printed.get(column.name or "", 0)))
        for column, title, longest in zip(sheet.columns, titles, widest, strict=True)
    )
    return [min(_MAX_WIDTH, max(_MIN_WIDTH, header, cell + 1)) for header, cell in wanted]


def _widest(name: str, dtype: pl.DataType) -> pl.Expr:
    text = pl.col(name).cast(pl.String).str
    if dtype == pl.String():
        return ((text.len_bytes() + text.len_chars()) // 2).max()
    if dtype.is_decimal():
        # Separators and two decimals come to it.
        return text.strip_chars_end("0").str.len_chars().max() + 5
    return text.len_chars().max() + 1


def _shown_length(text: str) -> int:
    """Length where an ideograph counts two (it has three bytes in UTF-8)."""
    return (len(text.encode()) + len(text)) // 2


class _Explanation:
    """The first sheet, row after row."""

    def __init__(self, book: xlsxwriter.Workbook, package: Package, version: str, lists: bool) -> None:
        self.package, self.version, self.lists = package, version, lists
        self.sheet = book.add_worksheet(FIRST_SHEET)
        self.title = book.add_format({"bold": True, "font_size": 16})
        self.bold = book.add_format({"bold": True, "bg_color": "#DCE6F1", "bottom": 1})
        self.wrapped = book.add_format({"text_wrap": True, "valign": "top", "indent": 1})
        self.top = book.add_format({"valign": "top"})
        self.count = book.add_format({"num_format": "#,##0", "valign": "top"})
        self.link = book.add_format({"font_color": "#0563C1", "underline": 1, "valign": "top"})
        self.address = book.add_format({"font_color": "#0563C1", "underline": 1, "valign": "top", "indent": 1})
        self.row = 0

    def write(self, sheets: list[_Sheet], coverage: str | None) -> None:
        _fit_to_paper(self.sheet)
        self.sheet.set_column(0, 0, 42)
        self.sheet.set_column(1, 1, 12)
        self.sheet.set_column(2, 2, 110)
        self._line(f"{self.package.title}：分类与规则目录" if self.lists else self.package.title, self.title)
        self._pair("数据包", self.package.name)
        self._pair("版本", self.version)
        self._pair("内容", "本数据包所用的科目、行政区划、概念和核查规则。" if self.lists else self.package.description_zh)
        if coverage:
            self._pair("覆盖", coverage)
        self._pair("许可", "CC BY 4.0（署名 4.0 国际）", url=LICENSE["path"])
        self.row += 1
        self._line("怎么读", self.bold)
        reading = _reading_lists() if self.lists or not any(s.resource.by_report for s in sheets) else _reading(self.package)
        for number, text in enumerate((*reading, *_limits(sheets)), start=1):
            self._pair(str(number), text)
        self.row += 1
        for column, text in enumerate(("工作表", "行数", "说明与须知")):
            self.sheet.write_string(self.row, column, text, self.bold)
        self.row += 1
        for sheet in sheets:
            self._listed(sheet)

    def _line(self, text: str, style: Format) -> None:
        self.sheet.write_string(self.row, 0, text, style)
        self.row += 1

    def _pair(self, label: str, text: str, url: str | None = None) -> None:
        self.sheet.set_row(self.row, 15 * _lines(text))
        self.sheet.write_string(self.row, 0, label, self.top)
        if url:
            self.sheet.write_url(self.row, 2, url, self.address, text)
        else:
            self.sheet.write_string(self.row, 2, text, self.wrapped)
        self.row += 1

    def _listed(self, sheet: _Sheet) -> None:
        resource = sheet.resource
        form = forms().get(resource.name)
        notes = [f"注：{note.replace('{body}', '部门（单位）')}" for note in form.official_layout.notes] if form else []
        text = "\n".join((f"{resource.description_zh}（{resource.name}）", *notes))
        self.sheet.set_row(self.row, 15 * _lines(text))
        self.sheet.write_url(self.row, 0, f"internal:'{sheet.name}'!A1", self.link, sheet.name)
        self.sheet.write_number(self.row, 1, sheet.frame.height, self.count)
        self.sheet.write_string(self.row, 2, text, self.wrapped)
        self.row += 1


def _lines(text: str) -> int:
    """Lines that a wrapped text takes in the wide column."""
    return sum(1 + _shown_length(line) // 108 for line in text.split("\n"))


def _reading(package: Package) -> tuple[str, ...]:
    return (
        "每张表以地区、单位名称、年度、报告类型四列开头；窗格已冻结，可直接筛选。表头的批注说明各列的含义、单位和取值。",
        "金额单位为万元，换算无舍入；空白单元格表示原文未填，0 表示原文印有零，二者不同。百分比以百分点计（63.54 即 63.54 %）。",
        f"Excel 的数字只保存约 {EXACT_DIGITS} 位有效数字；精确值、完整文本和程序读取请用同一版本的 CSV（data/*.csv）或 Parquet（data/*.parquet）。",
        "编码、编号为文本，前导零和位数不变；枚举值显示为中文，代码旁的“（中文）”列是它的含义。",
        "写着“有数字，栏次不明：…”的单元格不是空白：原文印有所列数字（按原文单位），但纯文本失去了栏位，不能确定属于哪一栏；详见“核查发现”。",
        "表格为原文所印，不作更正；原文疑点见“核查发现”（不是指控；没有发现也不证明无误）。类含款、款含项，求和时只取一个级次。",
        f"科目、行政区划、概念和规则目录在另一个工作簿 {lists_path(package.name)} 中；每份报告按官方格式排版、可打印的工作簿在 reports/ 文件夹中。",
    )


def _reading_lists() -> tuple[str, ...]:
    return (
        "编码为文本，位数不变；上级代码一列指向所属的类或款。表头的批注说明各列的含义和取值。",
        "这些是查对用的目录，不含任何金额。",
    )


def _limits(sheets: list[_Sheet]) -> list[str]:
    """What these sheets do not hold whole; nothing is left out in silence."""
    notes = []
    if split := sorted({s.resource.title for s in sheets if sum(o.resource is s.resource for o in sheets) > 1}):
        notes.append(f"超过 {MAX_ROWS:,} 行的表分在几张工作表中：{'、'.join(split)}。")
    if long := sum(_too_long(sheet.frame) for sheet in sheets):
        notes.append(f"{long} 个单元格的文本超过 {MAX_TEXT:,} 字，已截断并注明，全文见 CSV。")
    if rounded := sum(_too_precise(sheet.frame) for sheet in sheets):
        notes.append(f"{rounded} 个数字超过 {EXACT_DIGITS} 位有效数字，Excel 显示的是近似值，精确值见 CSV。")
    return notes


def _too_long(frame: pl.DataFrame) -> int:
    """Cells whose text is cut. Only a text of half the limit can be too long in UTF-16."""
    texts = [name for name, dtype in frame.schema.items() if dtype == pl.String()]
    long = _with_any(frame, texts, lambda column: column.str.len_chars() > MAX_TEXT // 2)
    return sum(_units(text) > MAX_TEXT for name in long for text in frame[name].drop_nulls())


def _too_precise(frame: pl.DataFrame) -> int:
    """Numbers with more digits than a cell keeps: with six decimals, only large ones can have them."""
    decimals = [name for name, dtype in frame.schema.items() if dtype.is_decimal()]
    large = _with_any(frame, decimals, lambda column: column.abs() >= 10 ** (EXACT_DIGITS - 6))
    return sum(
        len(value.normalize().as_tuple().digits) > EXACT_DIGITS for name in large for value in frame[name].drop_nulls()
    )


def _with_any(frame: pl.DataFrame, names: list[str], condition: Callable[[pl.Expr], pl.Expr]) -> list[str]:
    """The columns in which any cell meets the condition."""
    if not names or frame.is_empty():
        return []
    (met,) = frame.select(condition(pl.col(name)).any() for name in names).rows()
    return [name for name, any_cell in zip(names, met, strict=True) if any_cell]
