"""A report as a workbook that looks like the official forms: 公开01表 to 公开09表, one sheet each, printable on A4.

Layouts come from the forms (``official_layout``), figures as published; nothing is computed. A table that could not be
published has no sheet, and the first sheet says why. For data of many reports there is the package's workbook.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from pipelines.forms import Form, forms
from pipelines.layouts import Kind, Printed, head_rows
from pipelines.publish.form_order import beside, in_order
from pipelines.publish.open_cells import OpenCell
from pipelines.publish.places import PUBLISHER
from pipelines.publish.workbook import fitting
from pipelines.schema import tables

Row = Mapping[str, Any]
Rows = Mapping[str, Sequence[Row]]
Opened = Mapping[tuple[str, tuple[str, ...]], Mapping[str, OpenCell]]
"""(resource, key of the row) → its open cells."""

FIRST_SHEET = "目录"
_UNDATED = datetime(1980, 1, 1)
_BODIES = {"department": "部门", "unit": "单位"}
_KINDS: dict[str, str] = {"final": "部门决算", "budget": "部门预算"}
_STATES = {
    "withheld": "已读取，但读数未能逐一验证，故不列出", "image": "本文件中没有可读的此表，原文多以图片印出", "attachment": "此表在未提供的附件中",
    "missing": "原文中未找到此表",
}  # fmt: skip
_NAME_WIDTH, _CODE_WIDTH, _FIGURE_WIDTH, _NARROW_WIDTH = 34, 11, 15, 11
_MANY = 9
"""Columns from which those of figures are set narrow."""
_INDENTS = {"class": 0, "section": 1, "item": 2}
_HEAD_HEIGHT = 32
_AMOUNT = "#,##0.00####"


@dataclass(frozen=True, slots=True)
class _Styles:
    """The cell formats of one workbook."""

    title: Format
    number: Format
    plain: Format
    right: Format
    head: Format
    text: tuple[Format, Format, Format]
    """Words, by how far they are indented."""
    strong: Format
    code: Format
    amount: Format
    strong_amount: Format
    blank: Format
    open: Format
    note: Format
    link: Format


def _styles(book: xlsxwriter.Workbook) -> _Styles:
    font = {"font_name": "宋体", "font_size": 10}
    box = {**font, "border": 1, "valign": "vcenter"}
    made = book.add_format
    return _Styles(
        title=made({**font, "font_size": 16, "bold": True, "align": "center"}),
        number=made({**font, "align": "right"}),
        plain=made(font),
        right=made({**font, "align": "right"}),
        head=made({**box, "bold": True, "align": "center", "text_wrap": True}),
        text=(
            made({**box, "text_wrap": True}), made({**box, "text_wrap": True, "indent": 1}), made({**box, "text_wrap": True, "indent": 2}),
        ),
        strong=made({**box, "bold": True, "text_wrap": True}),
        code=made({**box, "num_format": "@"}),
        amount=made({**box, "num_format": _AMOUNT, "align": "right"}),
        strong_amount=made({**box, "num_format": _AMOUNT, "align": "right", "bold": True}),
        blank=made(box),
        open=made({**box, "bg_color": "#FDF7EA", "font_color": "#4D3A12", "font_size": 8, "text_wrap": True}),
        note=made({**font, "font_size": 9, "text_wrap": True, "valign": "top"}),
        link=made({**font, "font_color": "#0563C1", "underline": 1}),
    )  # fmt: skip


def official_workbook(report: Row, rows: Rows, opened: Opened) -> bytes:
    """The workbook of one report as bytes: the same input gives the same bytes.

    ``rows``: the report's rows of the nine tables and of ``tables``, as published. ``opened``: cells whose figure is
    printed and open.
    """
    target = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(target, options) as book:
        title = f"{report['institution']}{report['fiscal_year']}年度{_KINDS[report['kind']]}"
        book.set_properties({"title": title, "author": PUBLISHER, "created": _UNDATED})
        styles = _styles(book)
        first = book.add_worksheet(FIRST_SHEET)
        states: dict[str, str] = {}
        for table in rows.get("tables", ()):
            if table["resource"]:
                states.setdefault(table["resource"], table["status"])
        listed = []
        for name, form in forms().items():
            own = rows.get(name, ())
            state = states.get(name, "missing")
            sheet_name = f"公开{form.number:02}表"
            if own or state == "empty":
                sheet = book.add_worksheet(sheet_name)
                _Table(form, report, own, opened, styles).write(sheet)
            listed.append((sheet_name, form, bool(own) or state == "empty", _STATES.get(state, "原文未填")))
        _write_first(first, title, report, listed, styles)
    return target.getvalue()


def _write_first(
    sheet: Worksheet, title: str, report: Row, listed: Sequence[tuple[str, Form, bool, str]], styles: _Styles
) -> None:
    """Whose report it is, and which tables follow."""
    sheet.set_paper(9)
    sheet.set_column(0, 0, 16)
    sheet.set_column(1, 1, 52)
    sheet.merge_range(0, 0, 0, 1, fitting(title), styles.title)
    sheet.set_row(0, 30)
    facts = [
        ("地区", f"{report['region_name']}（{report['region_code']}）"), ("来源文件", report["source_file"]),
        ("SHA-256", report["source_sha256"]), ("报告编号", report["report_id"]), ("原金额单位", report["unit_as_published"]),
        ("说明", "金额单位为万元，数字照原文，不作改动。空白为原文未填。CC BY 4.0，注明“明账”即可使用。"),
    ]  # fmt: skip
    for at, (label, text) in enumerate(facts, start=2):
        sheet.write_string(at, 0, label, styles.plain)
        sheet.write_string(at, 1, fitting(text or ""), styles.note)
    at = len(facts) + 3
    for name, form, there, state in listed:
        if there:
            sheet.write_url(at, 0, f"internal:'{name}'!A1", styles.link, name)
        else:
            sheet.write_string(at, 0, name, styles.plain)
        sheet.write_string(at, 1, form.title[report["kind"]] + ("" if there else f"（{state}）"), styles.plain)
        at += 1
    sheet.fit_to_pages(1, 1)


class _Table:
    """One official table of a report."""

    def __init__(self, form: Form, report: Row, rows: Sequence[Row], opened: Opened, styles: _Styles) -> None:
        self.form, self.report, self.rows, self.opened, self.styles = form, report, rows, opened, styles
        self.kind: Kind = report["kind"]
        layout = form.official_layout
        self.by_part = _by_part(form, rows)
        filled = {
            part: {c.name for c in layout.columns if any(r[c.name] is not None or c.name in self._open(r) for r in own)}
            for part, own in self.by_part.items()
        }
        printed = layout.printed(self.kind, filled)
        self.columns = [c for c in printed if c.part in self.by_part or not self.by_part]
        self.numbers = layout.numbers(printed) if self.kind == "final" else {}
        self.name = tables()[form.resource].row_name

    def _open(self, row: Row) -> Mapping[str, OpenCell]:
        key = tuple(str(row[name]) for name in tables()[self.form.resource].primary_key if name != "report_id")
        return self.opened.get((self.form.resource, key), {})

    def write(self, sheet: Worksheet) -> None:
        last = len(self.columns) - 1
        self._page(sheet)
        number = self.form.official_layout.number if self.kind == "final" else ""
        sheet.set_row(0, 28)
        _across(sheet, 0, last, fitting(self.form.title[self.kind]), self.styles.title)
        sheet.write_string(1, last, number, self.styles.right)
        body = _BODIES[self.report["institution_level"]]
        sheet.write_string(2, 0, fitting(f"{body}：{self.report['institution']}    {self.report['fiscal_year']}年度"), self.styles.plain)
        sheet.write_string(2, last, "金额单位：万元", self.styles.right)
        at = self._heads(sheet, 3)
        sheet.repeat_rows(0, at - 1)
        sheet.freeze_panes(at, 0)
        at = self._body(sheet, at)
        self._notes(sheet, at, last)

    def _page(self, sheet: Worksheet) -> None:
        """A4, as wide as the table needs, all columns on one page, numbered pages."""
        wide = len(self.columns) > 6
        sheet.set_paper(9)
        if wide:
            sheet.set_landscape()
        sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.6)
        sheet.fit_to_pages(1, 0)
        sheet.center_horizontally()
        sheet.set_footer("&C第 &P 页，共 &N 页")
        for at, column in enumerate(self.columns):
            sheet.set_column(at, at, self._width(column))

    def _width(self, column: Printed) -> int:
        if column.name.endswith("_code"):
            return _CODE_WIDTH
        if column.name == self.name:
            return _NAME_WIDTH
        if column.name == "line_no":
            return 6
        return _FIGURE_WIDTH if len(self.columns) <= _MANY else _NARROW_WIDTH

    def _heads(self, sheet: Worksheet, top: int) -> int:
        rows = head_rows([column.path for column in self.columns])
        for level, cells in enumerate(rows):
            sheet.set_row(top + level, _HEAD_HEIGHT if level == len(rows) - 1 else 18)
            for cell in cells:
                _area(sheet, top + level, cell.column, cell.height, cell.width, cell.text, self.styles.head)
        at = top + len(rows)
        if self.numbers:
            words = 0
            for place, column in enumerate(self.columns):
                if column.name in self.form.official_layout.words:
                    words += 1
                    continue
                if words:
                    _area(sheet, at, place - words, 1, words, "栏次", self.styles.head)
                    words = 0
                sheet.write_number(at, place, self.numbers[column.part, column.name], self.styles.head)
            at += 1
        return at

    def _body(self, sheet: Worksheet, at: int) -> int:
        parts = self.form.official_layout.parts
        if not self.rows:
            _area(sheet, at, 0, 1, len(self.columns), self.form.official_layout.empty_note, self.styles.note)
            return at + 1
        if parts is None:
            for row in sorted(self.rows, key=_by_code) if self.form.rows == "economy" else self.rows:
                self._row(sheet, at, 0, row, self.columns, _INDENTS.get(row["level"], 0), row["level"] in (None, "class"))
                at += 1
            return at
        shown = list(dict.fromkeys(column.part for column in self.columns))
        halves = []
        for part in shown:
            own = in_order(self.form.resource, str(part), self.by_part.get(part, []), _code)
            halves.append([(_code(row), row) for row in own])
        for line in beside(halves, parts.level):
            start = 0
            for part, cells in zip(shown, line, strict=True):
                own_columns = [c for c in self.columns if c.part == part]
                self._row(sheet, at, start, cells, own_columns, int(_code(cells) in parts.indented), _code(cells) in parts.level)
                start += len(own_columns)
            at += 1
        return at

    def _row(
        self, sheet: Worksheet, at: int, start: int, row: Row | None, columns: Sequence[Printed], indent: int, strong: bool
    ) -> None:
        opened = self._open(row) if row is not None else {}
        for place, column in enumerate(columns, start=start):
            value = None if row is None else row[column.name]
            if column.name in opened and value is None:
                sheet.write_string(at, place, opened[column.name].zh, self.styles.open)
            elif value is None:
                sheet.write_blank(at, place, None, self.styles.blank)
            elif isinstance(value, Decimal):
                style = self.styles.strong_amount if strong else self.styles.amount
                sheet.write_number(at, place, _plain(value), style)
            elif column.name == "line_no":
                sheet.write_number(at, place, value, self.styles.blank)
            elif column.name.endswith("_code"):
                # The rows of totals print no code.
                sheet.write_string(at, place, value if value.isdigit() else "", self.styles.code)
            else:
                style = self.styles.strong if strong else self.styles.text[min(indent, 2)]
                sheet.write_string(at, place, fitting(str(value)), style)

    def _notes(self, sheet: Worksheet, at: int, last: int) -> None:
        if self.kind != "final":
            return
        layout, body = self.form.official_layout, _BODIES[self.report["institution_level"]]
        formulas = self.form.in_numbers(self.columns) if self.numbers else []
        texts = [note.replace("{body}", body) for note in layout.notes] + ([f"{'；'.join(formulas)}。"] if formulas else [])
        for number, text in enumerate(texts):
            _across(sheet, at, last, text if number else f"注：{text}", self.styles.note)
            at += 1


def _code(row: Row | None) -> str:
    if row is None:
        return ""
    return str(row.get("item_code") or row.get("basis") or "")


def _by_code(row: Row) -> tuple[int, str]:
    """Economic codes in their order, the total before them and the other sums after: the form prints them in columns
    side by side, and a reader of lines meets them mixed."""
    code = row["economic_code"]
    return (0 if code == "total" else 1 if code.isdigit() else 2, code if code.isdigit() else "")


def _by_part(form: Form, rows: Sequence[Row]) -> dict[str | None, list[Row]]:
    """The rows of each part that a report has, in the order of the form."""
    parts = form.official_layout.parts
    if parts is None:
        return {None: list(rows)}
    found: dict[str | None, list[Row]] = {part: [r for r in rows if r[parts.field] == part] for part in parts.heads}
    return {part: own for part, own in found.items() if own}


@lru_cache(maxsize=4096)
def _plain(value: Decimal) -> int | Decimal:
    """The number that prints as the shortest text of the exact value."""
    whole = int(value)
    return whole if whole == value else value.normalize()


def _area(sheet: Worksheet, row: int, column: int, height: int, width: int, text: str, style: Format) -> None:
    if height == width == 1:
        sheet.write_string(row, column, text, style)
    else:
        sheet.merge_range(row, column, row + height - 1, column + width - 1, text, style)


def _across(sheet: Worksheet, row: int, last: int, text: str, style: Format) -> None:
    """A text over all columns of the table."""
    _area(sheet, row, 0, 1, last + 1, text, style)
