"""The page of one report: its tables laid out like the official ones, and the way from a finding to its row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from markupsafe import Markup

from pipelines.publish import open_cells
from pipelines.publish.site.cells import (
    Grid,
    Marks,
    Row,
    anchor_of,
    both,
    figures,
    grid,
    head,
    heads,
    key_fields,
    labels,
    mark,
    official_columns,
    shown,
)
from pipelines.publish.site.charts import charts
from pipelines.schema import Resource, resources, tables

Rows = Mapping[str, Sequence[Row]]
Record = dict[str, Any]
Opened = Mapping[str, open_cells.Cells]
"""Anchor of a row → its cells whose figure is printed and open."""

TOP = "report"
_HALVES: dict[str, dict[str, tuple[str, ...]]] = {
    "revenue_expenditure_summary": {"income": ("line_no", "amount"), "expenditure": ("line_no", "amount")},
    "appropriation_summary": {
        "income": ("line_no", "amount"),
        "expenditure": ("line_no", "total", "general_public_budget", "government_fund", "state_capital"),
    },
}
_TAIL = ("current_total", "grand_total")
_OPEN = ("statements", "institutions", "staffing")
_UNPRINTED = frozenset({"statement_no", "section", "seq", "finding_ids"})
"""Numbers of our own that a reader has no use for."""
_NARRATIVE = (
    "statements", "institutions", "staffing", "key_tasks", "annual_goals", "duties", "disclosure_checklist", "glossary",
)  # fmt: skip
_PARTS = ("project_funding", "project_cost_items", "project_history", "project_targets")


@dataclass(frozen=True, slots=True)
class OfficialTable:
    """One official table as the page prints it; no ``body``: the report has none that could be published."""

    name: str
    number: int
    title: Markup
    heads: Markup | None = None
    halves: tuple[int, int] | None = None
    """How many columns each half of a two-sided table has."""
    body: Markup | None = None
    absent: Markup | None = None


@dataclass(frozen=True, slots=True)
class Form:
    """A self-evaluation form or a project application: its fields, and the tables that belong to it."""

    anchor: str
    title: Markup
    place: str
    facts: list[tuple[Markup, Markup]]
    grids: list[tuple[Markup, Grid]]


# --- from a finding to its row ------------------------------------------------------------------------------------


class Places:
    """Which rows a page has, and the one that a finding is about."""

    def __init__(self, rows: Rows) -> None:
        self._anchors = {row[0] for found in rows.values() for row in found}
        self._rows = rows

    def of(self, resource: str | None, locator: str | None) -> str:
        """The anchor of the row; of its table where the locator names none; of the page otherwise."""
        if resource is None or resource not in self._rows or not self._rows[resource]:
            return TOP
        given = {}
        for part in (locator or "").split(";"):
            name, _, value = part.partition("=")
            given[name] = value.partition("|")[0]
        keys = key_fields(resources()[resource])
        if all(key in given for key in keys):
            anchor = anchor_of(resource, [given[key] for key in keys])
            if anchor in self._anchors:
                return anchor
        known = [key for key in keys if key in given]
        return (self._first(resource, known, given) if known else None) or resource

    def _first(self, resource: str, known: Sequence[str], given: Mapping[str, str]) -> str | None:
        names = [field.name for field in shown(resources()[resource])]
        at = [(names.index(key) + 2, given[key]) for key in known]
        # Where a table's column is named, a half that fills it is meant: its rows carry the others' keys too.
        column = given.get("column", "")
        filled = names.index(column) + 2 if column in names else None
        matching = [row for row in self._rows[resource] if all(row[i] == value for i, value in at)]
        if filled is not None:
            matching = [row for row in matching if row[filled]] or matching
        return matching[0][0] if matching else None


# --- the official tables ------------------------------------------------------------------------------------------


def official_tables(report: Record, rows: Rows, marks: Marks, opened: Opened) -> list[OfficialTable]:
    """The nine tables in their order, absent ones with the reason."""
    return [_official(resource, report, rows.get(name, ()), marks, opened) for name, resource in tables().items()]


@cache
def _title(name: str, kind: str) -> Markup:
    resource = tables()[name]
    title = resource.views.get(kind, resource.title)
    if kind == "final":
        number = f"{resource.table_no:02}"
        return both(f"公开{number}表 {title}", f"Table {number} {resource.title_en}")
    return both(title, resource.title_en)


def _official(
    resource: Resource, report: Record, rows: Sequence[Row], marks: Marks, opened: Opened
) -> OfficialTable:
    title, number = _title(resource.name, report["kind"]), resource.table_no or 0
    if not rows:
        return OfficialTable(resource.name, number, title, absent=_absence(report, number))
    if resource.name in _HALVES:
        row_of_heads, halves, body = _two_sided(resource, rows, marks, opened)
        return OfficialTable(resource.name, number, title, row_of_heads, halves, body)
    row_of_heads, body = _hierarchical(resource, rows, marks, opened)
    return OfficialTable(resource.name, number, title, row_of_heads, None, body)


def _absence(report: Record, number: int) -> Markup:
    if str(number) in (report["tables_withheld"] or "").split(","):
        return both(
            "已读取，但读数未能逐一验证，故不发布。", "Read, but withheld: its reading could not be proven figure by figure."
        )
    if report["tables_as_images"]:
        return both(
            "原文以图片印出表格，机器不可读。", "The report prints its tables as pictures, which are not machine-readable."
        )
    return both("原文中未找到此表。", "This table was not found in the report.")


_CODES = ("function_code", "economic_code")
_LEVELS = {"class": "1", "section": "2", "item": "3"}


def _hierarchical(resource: Resource, rows: Sequence[Row], marks: Marks, opened: Opened) -> tuple[Markup, Markup]:
    """Code, name and figures, indented by level; 09 has its basis as name and no code."""
    at = {field.name: place + 2 for place, field in enumerate(shown(resource))}
    names = list(at)
    columns = official_columns(resource, rows, opened)
    printed = tuple(names[place - 2] for place in columns)
    if resource.name == "three_public_expenses":
        known = labels(resource.name, "basis")
        row_of_heads = heads(resource.name, ("basis", *printed))
        first = [("", known.get(row[at["basis"]], row[at["basis"]])) for row in rows]
    else:
        code = next(name for name in _CODES if name in at)
        name = resource.row_name or code
        row_of_heads = heads(resource.name, (code, name, *printed))
        first = [(f'<td class="c">{_code(row[at[code]])}</td>', row[at[name]]) for row in rows]
    level = at.get("level")
    cells_of = figures(printed, columns, opened)
    lines = []
    for row, (before, text) in zip(rows, first, strict=True):
        depth = _LEVELS.get(row[level], "0") if level else "2"
        sign = mark(row[0], marks) if row[0] in marks else ""
        lines.append(
            f'<tr id="{row[0]}" class="d{depth}">{before}<th scope="row">{text}{sign}</th>'
            f'{cells_of(row)}<td class="p">{row[1]}</td></tr>\n'
        )
    return row_of_heads, Markup("".join(lines))


def _code(code: str) -> str:
    """A code as the tables print it: the rows of totals print none."""
    return code if code.isdigit() else ""


_ITEM = both("项目", "Item")
Line = tuple[str, str]
"""Code and cells of one row of a half."""


def _two_sided(
    resource: Resource, rows: Sequence[Row], marks: Marks, opened: Opened
) -> tuple[Markup, tuple[int, int], Markup]:
    """Income beside expenditure, the totals of the year and the last totals on one line."""
    at = {field.name: place + 2 for place, field in enumerate(shown(resource))}
    row_of_heads = Markup("")
    widths, halves, blanks = [], [], []
    for side, columns in _HALVES[resource.name].items():
        own = [row for row in rows if row[at["side"]] == side]
        edge = ' class="edge"' if side == "expenditure" else ""
        kept = tuple(name for name in columns if name != "line_no" or any(row[at[name]] for row in own))
        row_of_heads += heads(resource.name, kept, _ITEM, "edge" if edge else "")
        widths.append(len(kept) + 2)
        blanks.append(f'<td colspan="{len(kept) + 2}"{edge}></td>')
        cells_of = figures(kept, [at[name] for name in kept], opened)
        code, item = at["item_code"], at["item"]
        halves.append([(row[code], _half(row, row[item], row[code], cells_of(row), edge, marks)) for row in own])
    pairs = _beside(halves[0], halves[1])
    lines = [f"<tr>{left or blanks[0]}{right or blanks[1]}</tr>\n" for left, right in pairs]
    return row_of_heads, (widths[0], widths[1]), Markup("".join(lines))


def _half(row: Row, item: str, code: str, cells: str, edge: str, marks: Marks) -> str:
    kind = ' class="i2"' if code.startswith("opening_") and code != "opening_balance" else edge
    sign = mark(row[0], marks) if row[0] in marks else ""
    return f'<th scope="row" id="{row[0]}"{kind}>{item}{sign}</th>{cells}<td class="p">{row[1]}</td>'


def _beside(income: list[Line], expenditure: list[Line]) -> list[tuple[str | None, str | None]]:
    pairs: list[tuple[str | None, str | None]] = []
    for end in (*_TAIL, None):
        left, right = _upto(income, end), _upto(expenditure, end)
        length = max(len(left), len(right))
        # The row that ends the part stands last on both sides.
        pairs += zip(_padded(left, length, end), _padded(right, length, end), strict=True)
    return pairs


def _upto(half: list[Line], end: str | None) -> list[Line]:
    """Take the rows up to and with ``end`` off the front; none when it is not there (None: the rest)."""
    codes = [code for code, _ in half]
    length = len(half) if end is None else codes.index(end) + 1 if end in codes else 0
    taken = half[:length]
    del half[:length]
    return taken


def _padded(part: list[Line], length: int, end: str | None) -> list[str | None]:
    cells: list[str | None] = [cell for _, cell in part]
    missing: list[str | None] = [None] * (length - len(cells))
    if part and part[-1][0] == end:
        return [*cells[:-1], *missing, cells[-1]]
    return [*cells, *missing]


# --- the rest of a report -----------------------------------------------------------------------------------------


def _named(resource: Resource) -> Markup:
    return both(resource.title, resource.title_en)


def narrative(rows: Rows, marks: Marks, concepts: Mapping[str, Markup]) -> list[tuple[Markup, Grid, bool]]:
    """Title, table and whether it is open from the start, of the figures and texts of the narrative."""
    known = {"concept": concepts}
    found = []
    for name in _NARRATIVE:
        table = grid(resources()[name], rows.get(name, ()), marks, _UNPRINTED, known)
        if table:
            found.append((_named(resources()[name]), table, name in _OPEN))
    return found


def forms(rows: Rows, marks: Marks, resource: Resource, number: str, parts: Sequence[str]) -> list[Form]:
    """The forms of a report with the rows of their parts; ``number`` is the field that numbers them."""
    names = [field.name for field in shown(resource)]
    cut = {part: _by_form(resources()[part], rows.get(part, ()), number) for part in parts}
    found = []
    for row in rows.get(resource.name, ()):
        own = row[names.index(number) + 2]
        facts = []
        for at, field in enumerate(shown(resource)):
            text = row[at + 2]
            if text and field.name not in (number, resource.row_name):
                known = labels(resource.name, field.name)
                facts.append((head(resource.name, field.name), Markup(known.get(text, text))))
        grids = []
        for part in parts:
            table = grid(resources()[part], cut[part].get(own, ()), marks, frozenset({number, "seq"}))
            if table:
                grids.append((_named(resources()[part]), table))
        title = row[names.index(resource.row_name or number) + 2] or own
        found.append(Form(row[0], Markup(title + mark(row[0], marks)), row[1], facts, grids))
    return found


def _by_form(resource: Resource, rows: Sequence[Row], number: str) -> dict[str, list[Row]]:
    at = [field.name for field in shown(resource)].index(number) + 2
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row[at], []).append(row)
    return found


def _mentions(report: Record, rows: Rows, marks: Marks) -> Grid | None:
    """The projects that the narrative speaks of, each with a link to its form."""
    resource = resources()["project_mentions"]
    forms_of = "evaluations" if report["kind"] == "final" else "project_applications"
    prefix = f"{forms_of}-"
    numbers = [row[0].removeprefix(prefix) for row in rows.get(forms_of, ())]
    links = {number: Markup('<a href="#{}{}">{}</a>').format(prefix, number, number) for number in numbers}
    return grid(resource, rows.get(resource.name, ()), marks, _UNPRINTED | {"mention_no"}, {"form_no": links})


def report_context(
    report: Record, rows: Rows, findings: list[Record], concepts: Mapping[str, Markup], others: Sequence[Record] = (),
    units: Mapping[str, str | None] | None = None,
) -> dict[str, Any]:
    """All that the template of a report needs. ``findings`` carry the anchor of their row, the worst first;
    ``others`` are the institution's other reports; ``units`` say in which unit each of its tables is printed."""
    opened = {
        anchor_of(resource, key): cells for (resource, key), cells in open_cells.of_report(findings, units or {}).items()
    }
    marks: dict[str, tuple[str, str]] = {}
    for finding in findings:
        marks.setdefault(finding["anchor"], (finding["finding_id"], finding["severity"]))
    return {
        "report": report,
        "others": others,
        "tables": official_tables(report, rows, marks, opened),
        "narrative": narrative(rows, marks, concepts),
        "evaluations": forms(rows, marks, resources()["evaluations"], "evaluation_no", ("indicators",)),
        "applications": forms(rows, marks, resources()["project_applications"], "project_no", _PARTS),
        "mentions": _mentions(report, rows, marks),
        "findings": findings,
        "charts": charts(rows),
    }
