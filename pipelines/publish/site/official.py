"""The nine official tables of a page, printed as their forms say (``official_layout`` in ``datapackages/forms``).

Nothing of a layout is stated here: numbers, titles, heads with their groups, column numbers, the order of rows, what
stands side by side, and the notes come from the form. The cells come escaped from ``cells``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from markupsafe import Markup

from pipelines.forms import Form, forms
from pipelines.forms import heads as shared_heads
from pipelines.layouts import HeadCell, Layout, Printed, head_rows
from pipelines.publish.form_order import beside, in_order
from pipelines.publish.open_cells import Cells
from pipelines.publish.site.cells import PLACE_HEAD, Marks, Row, both, figures, mark, shown, spoken
from pipelines.schema import resources, tables

Record = Mapping[str, Any]
Rows = Mapping[str, Sequence[Row]]
Opened = Mapping[str, Cells]
"""Anchor of a row → its cells whose figure is printed and open."""

_PLACE = "place"
"""Not a column of the form: where a row is printed in the source."""
_DEPTHS = {"class": "1", "section": "2", "item": "3"}
_BODIES = {"department": "部门", "unit": "单位"}
_UNREAD = {
    "withheld": ("已读取，但读数未能逐一验证，故不发布。", "Read, but withheld: its reading could not be proven figure by figure."),
    "image": ("本文件中没有可读的表格，原文多以图片印出。", "This file holds no table that can be read; most are printed as pictures."),
    "attachment": ("此表在未提供的附件中。", "The table stands in an attached file that was not given."),
    "missing": ("原文中未找到此表。", "This table was not found in the report."),
}


@dataclass(frozen=True, slots=True)
class OfficialTable:
    """One official table as the page prints it; no ``body``: the report has none that could be published."""

    name: str
    number: int
    title: Markup
    heads: Markup | None = None
    is_wide: bool = False
    """It prints two parts side by side."""
    body: Markup | None = None
    notes: Markup | None = None
    """The official notes, as paragraphs."""
    absent: Markup | None = None


def official_tables(report: Record, rows: Rows, marks: Marks, opened: Opened) -> list[OfficialTable]:
    """The nine tables in their order, absent ones with the reason."""
    states = _states(rows)
    return [
        _official(form, report, rows.get(name, ()), marks, opened, states.get(name, "missing")) for name, form in forms().items()
    ]


def _states(rows: Rows) -> dict[str, str]:
    """Resource → what became of the report's table, as the list of its tables says."""
    at = {field.name: place + 2 for place, field in enumerate(shown(resources()["tables"]))}
    found: dict[str, str] = {}
    for row in rows.get("tables", ()):
        found.setdefault(row[at["resource"]], row[at["status"]])
    return found


@cache
def title_of(name: str, kind: str) -> Markup:
    """The official number and title; a budget's tables are numbered otherwise in every place."""
    form, resource = forms()[name], tables()[name]
    title = form.title["final" if kind == "final" else "budget"]
    if kind == "final":
        return both(f"{form.official_layout.number} {title}", f"Table {form.number:02} {resource.title_en}")
    return both(title, resource.title_en)


def _official(
    form: Form, report: Record, rows: Sequence[Row], marks: Marks, opened: Opened, state: str
) -> OfficialTable:
    title = title_of(form.resource, report["kind"])
    if not rows and state != "empty":
        return OfficialTable(form.resource, form.number, title, absent=both(*_UNREAD.get(state, _UNREAD["missing"])))
    plan = _plan(form.resource, report["kind"], _optional_filled(form, rows, opened))
    lines = plan.lines(rows, marks, opened) if rows else []
    if state == "empty":
        lines.append(plan.blank(form.official_layout.empty_note))
    notes = plan.notes[report["institution_level"]] if report["kind"] == "final" else None
    return OfficialTable(
        form.resource, form.number, title, plan.heads, len(plan.parts) > 1, Markup("".join(lines)), notes
    )  # fmt: skip


Filled = frozenset[tuple[str | None, str]]
"""(part, field) of the columns that are printed only where a report fills them, and of the parts that it has."""


@cache
def _positions(name: str) -> dict[str, int]:
    """Field → where it stands in a row of cells."""
    return {field.name: place + 2 for place, field in enumerate(shown(tables()[name]))}


def _optional_filled(form: Form, rows: Sequence[Row], opened: Opened) -> Filled:
    """What of the form this report prints; a column in which a figure is open is one that it fills."""
    layout, at = form.official_layout, _positions(form.resource)
    by_part = _by_part(layout, rows, at)
    optional = [column.name for column in layout.columns if column.optional]
    found: set[tuple[str | None, str]] = {(part, "") for part in by_part}
    for part, own in by_part.items():
        for name in optional:
            place = at[name]
            if any(row[place] or name in opened.get(row[0], ()) for row in own):
                found.add((part, name))
    return frozenset(found)


def _by_part(layout: Layout, rows: Sequence[Row], at: Mapping[str, int]) -> dict[str | None, Sequence[Row]]:
    """The rows of each part that a report has, in the order of the form."""
    if layout.parts is None:
        return {None: rows}
    place = at[layout.parts.field]
    found: dict[str | None, Sequence[Row]] = {p: [row for row in rows if row[place] == p] for p in layout.parts.heads}
    return {part: own for part, own in found.items() if own}


@cache
def _plan(name: str, kind: str, filled: Filled) -> _Plan:
    return _Plan(forms()[name], kind, filled)


class _Plan:
    """How the tables of one form are printed that fill the same columns: made once, used for many reports."""

    def __init__(self, form: Form, kind: str, filled: Filled) -> None:
        self.form, self.layout, self.at = form, form.official_layout, _positions(form.resource)
        there = {part for part, _ in filled}
        by_part = {part: {name for p, name in filled if p == part} for part in there}
        printed = self.layout.printed("final" if kind == "final" else "budget", by_part)
        # A table without rows is printed whole.
        self.columns = [c for c in printed if c.part in there or not there]
        self.parts = list(dict.fromkeys(column.part for column in self.columns))
        self.numbers = self.layout.numbers(printed) if kind == "final" else {}
        named, words = tables()[form.resource].row_name, self.layout.words
        # The code and the name of a row, where the form prints them.
        self.code = next((name for name in words if name.endswith("_code")), None)
        self.name = named if named in words else None
        self.item = self.at.get("item_code")
        self.indented = frozenset(self.layout.parts.indented if self.layout.parts else ())
        self.blanks = [self._blank_half(part, number) for number, part in enumerate(self.parts)]
        self.notes = {level: self._notes(body) for level, body in _BODIES.items()}
        self.heads = Markup("").join(Markup("<tr>{}</tr>\n").format(row) for row in self._rows_of_heads())

    def names(self, part: str | None) -> list[str]:
        """The fields that a part prints."""
        return [column.name for column in self.columns if column.part == part]

    # --- heads

    def _rows_of_heads(self) -> list[Markup]:
        columns: list[Printed] = []
        for part in self.parts:
            columns += [column for column in self.columns if column.part == part]
            columns.append(Printed(part, _PLACE, (*self.layout.above(part), "出处")))
        rows = [
            Markup("").join(self._head(columns, cell) for cell in row) for row in head_rows([c.path for c in columns])
        ]
        return [*rows, self._row_of_numbers(columns)] if self.numbers else rows

    def _head(self, columns: Sequence[Printed], cell: HeadCell) -> Markup:
        column = columns[cell.column]
        span = f' colspan="{cell.width}"' if cell.width > 1 else ""
        span += f' rowspan="{cell.height}"' if cell.height > 1 else ""
        kind = self._edge(columns, cell.column) + (" p" if column.name == _PLACE and cell.leaf else "")
        text = both(cell.text, self._english(column, cell))
        if column.name == _PLACE and cell.leaf:
            text = PLACE_HEAD
        scope = "col" if cell.leaf else "colgroup"
        return Markup('<th scope="{}"{}{}>{}</th>').format(scope, _class(kind), Markup(span), text)

    def _english(self, column: Printed, cell: HeadCell) -> str:
        return spoken(column.name) if cell.leaf else shared_heads().english[cell.text]

    def _row_of_numbers(self, columns: Sequence[Printed]) -> Markup:
        """栏次: the numbers by which notes and rules name the columns."""
        cells, words = [], 0
        for at, column in enumerate(columns):
            if column.name in self.layout.words:
                words += 1
                continue
            if words:
                span = Markup(f' colspan="{words}"' if words > 1 else "")
                kind = _class(self._edge(columns, at - words))
                cells.append(Markup('<th scope="col"{}{}>{}</th>').format(kind, span, both("栏次", "Column")))
                words = 0
            kind = _class(self._edge(columns, at) + " k")
            # Where a row is printed in the source is no column of the form.
            number = self.numbers.get((column.part, column.name), "")
            cells.append(Markup("<td{}>{}</td>" if number == "" else '<th scope="col"{}>{}</th>').format(kind, number))
        return Markup("").join(cells)

    def _edge(self, columns: Sequence[Printed], at: int) -> str:
        return "edge" if at and columns[at].part != columns[at - 1].part else ""

    # --- bodies

    def lines(self, rows: Sequence[Row], marks: Marks, opened: Opened) -> list[str]:
        """The rows as the form orders them."""
        if self.layout.parts is None:
            return self._single(rows, marks, opened)
        by_part = _by_part(self.layout, rows, self.at)
        halves = []
        for number, part in enumerate(self.parts):
            cells_of = self._cells_of(part, opened)
            edge = "edge" if number else ""
            own = self._in_order(str(part), by_part[part])
            kinds = (str(_class(edge)), str(_class(f"{edge} i2")))
            halves.append([(self._code(row), self._half(row, cells_of(row), kinds, marks)) for row in own])
        return [
            f"<tr>{''.join(half or blank for half, blank in zip(line, self.blanks, strict=True))}</tr>\n"
            for line in beside(halves, self.layout.parts.level)
        ]

    def blank(self, note: str) -> str:
        """The body of a table that is printed empty."""
        return f'<tr><td class="empty" colspan="{len(self.columns) + len(self.parts)}" lang="zh-CN">{note}</td></tr>\n'

    def _notes(self, body: str) -> Markup:
        """The official notes, and the formulas by column numbers. ``body``: 部门 or 单位."""
        formulas = self.form.in_numbers(self.columns) if self.numbers else []
        texts = [*(note.replace("{body}", body) for note in self.layout.notes), *([f"{'；'.join(formulas)}。"] if formulas else [])]
        return Markup("").join(
            Markup('<p class="note" lang="zh-CN">{}{}</p>\n').format("" if number else "注：", text)
            for number, text in enumerate(texts)
        )

    def _cells_of(self, part: str | None, opened: Opened) -> Callable[[Row], str]:
        names = [name for name in self.names(part) if name not in (self.code, self.name)]
        return figures(names, [self.at[name] for name in names], opened)

    def _single(self, rows: Sequence[Row], marks: Marks, opened: Opened) -> list[str]:
        """Code, name and figures, indented by level."""
        code, name = (self.at[text] for text in (self.code, self.name) if text)
        level = self.at["level"]
        cells_of = self._cells_of(None, opened)
        lines = []
        for row in rows:
            sign = mark(row[0], marks) if row[0] in marks else ""
            # The rows of totals print no code.
            printed = row[code] if row[code].isdigit() else ""
            lines.append(
                f'<tr id="{row[0]}" class="d{_DEPTHS.get(row[level], "0")}"><td class="c">{printed}</td>'
                f'<th scope="row">{row[name]}{sign}</th>{cells_of(row)}<td class="p">{row[1]}</td></tr>\n'
            )
        return lines

    def _code(self, row: Row) -> str:
        return row[self.item] if self.item is not None else ""

    def _in_order(self, part: str, rows: Sequence[Row]) -> Sequence[Row]:
        return in_order(self.form.resource, part, rows, self._code)

    def _half(self, row: Row, cells: str, kinds: tuple[str, str], marks: Marks) -> str:
        """One row of a part. ``kinds``: the classes of its first cell, as it stands and indented."""
        sign = mark(row[0], marks) if row[0] in marks else ""
        place = f'<td class="p">{row[1]}</td>'
        if self.name is None:  # the part is one row of figures
            kind = "" if cells.startswith("<td class") else kinds[0]
            return cells.replace("<td", f'<td id="{row[0]}"{kind}', 1).replace("</td>", f"{sign}</td>", 1) + place
        kind = kinds[self._code(row) in self.indented]
        return f'<th scope="row" id="{row[0]}"{kind}>{row[self.at[self.name]]}{sign}</th>{cells}{place}'

    def _blank_half(self, part: str | None, number: int) -> str:
        return f'<td colspan="{len(self.names(part)) + 1}"{_class("edge" if number else "")}></td>'


@cache
def _class(names: str) -> Markup:
    kept = " ".join(names.split())
    return Markup(' class="{}"').format(kept) if kept else Markup("")
