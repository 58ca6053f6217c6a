"""The page of one report: its tables laid out like the official ones, and the way from a finding to its row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from markupsafe import Markup

from pipelines.publish.site.cells import (
    Grid,
    Row,
    anchor_of,
    both,
    grid,
    head,
    key_fields,
    labels,
    official_columns,
    shown,
)
from pipelines.publish.site.charts import charts
from pipelines.schema import Resource, resources, tables

Rows = Mapping[str, Sequence[Row]]
Record = dict[str, Any]

TOP = "report"
_TWO_SIDED = ("revenue_expenditure_summary", "appropriation_summary")
_HALVES = {
    "revenue_expenditure_summary": {"income": ("line_no", "amount"), "expenditure": ("line_no", "amount")},
    "appropriation_summary": {
        "income": ("line_no", "amount"),
        "expenditure": ("line_no", "total", "general_public_budget", "government_fund", "state_capital"),
    },
}
_TAIL = ("current_total", "grand_total")
_NARRATIVE = (
    "institutions", "staffing", "key_tasks", "annual_goals", "duties", "disclosure_checklist", "glossary",
)  # fmt: skip
_PARTS = ("project_funding", "project_cost_items", "project_history", "project_targets")


@dataclass(frozen=True, slots=True)
class Half:
    """One cell group of a two-sided table."""

    anchor: str
    name: str
    place: str
    indented: bool
    figures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OfficialTable:
    """One official table as the page prints it; ``rows`` empty: the report has none that could be published."""

    name: str
    number: int
    title: Markup
    two_sided: bool
    heads: tuple[Markup, ...]
    halves: tuple[tuple[Markup, ...], tuple[Markup, ...]]
    rows: list[tuple[Any, ...]]
    absent: Markup | None


@dataclass(frozen=True, slots=True)
class Form:
    """A self-evaluation form or a project application: its fields, and the tables that belong to it."""

    anchor: str
    title: str
    place: str
    facts: list[tuple[Markup, str | Markup, bool]]
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


def official_tables(report: Record, rows: Rows) -> list[OfficialTable]:
    """The nine tables in their order, absent ones with the reason."""
    return [_official(resource, report, rows.get(name, ())) for name, resource in tables().items()]


@cache
def _title(name: str, kind: str) -> Markup:
    resource = tables()[name]
    title = resource.views.get(kind, resource.title)
    number = resource.table_no or 0
    if kind == "final":
        return both(f"公开{number:02}表 {title}", f"Table {number:02} {resource.title_en}")
    return both(title, resource.title_en)


def _official(resource: Resource, report: Record, rows: Sequence[Row]) -> OfficialTable:
    title = _title(resource.name, report["kind"])
    number = resource.table_no or 0
    blank: tuple[tuple[Markup, ...], tuple[Markup, ...]] = ((), ())
    if not rows:
        return OfficialTable(resource.name, number, title, False, (), blank, [], _absence(report, number))
    if resource.name in _TWO_SIDED:
        halves, pairs = _two_sided(resource, rows)
        return OfficialTable(resource.name, number, title, True, (), halves, pairs, None)
    heads, body = _hierarchical(resource, rows)
    return OfficialTable(resource.name, number, title, False, heads, blank, body, None)


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


def _hierarchical(resource: Resource, rows: Sequence[Row]) -> tuple[tuple[Markup, ...], list[tuple[Any, ...]]]:
    """Heads and rows ``(anchor, place, depth, code, name, figures)``; 09 has its basis as name and no code."""
    names = [field.name for field in shown(resource)]
    columns = official_columns(resource, rows, frozenset())
    heads = tuple(head(resource.name, names[at - 2]) for at in columns)
    if resource.name == "three_public_expenses":
        basis, known = names.index("basis") + 2, labels(resource.name, "basis")
        heads = (head(resource.name, "basis"), *heads)
        return heads, [(r[0], r[1], "", None, known[r[basis]], [r[i] for i in columns]) for r in rows]
    code = next(name for name in _CODES if name in names)
    at_code, at_name, at_level = (names.index(n) + 2 for n in (code, resource.row_name or code, "level"))
    heads = (head(resource.name, code), head(resource.name, names[at_name - 2]), *heads)
    body = [
        (r[0], r[1], _LEVELS.get(r[at_level], ""), _code(r[at_code]), r[at_name], [r[i] for i in columns])
        for r in rows
    ]
    return heads, body


def _code(code: str) -> str:
    """A code as the tables print it: the rows of totals print none."""
    return code if code.isdigit() else ""


def _two_sided(
    resource: Resource, rows: Sequence[Row]
) -> tuple[tuple[tuple[Markup, ...], tuple[Markup, ...]], list[tuple[Any, ...]]]:
    """Income beside expenditure, the totals of the year and the last totals on one line."""
    names = [field.name for field in shown(resource)]
    at_side, at_code, at_item = (names.index(n) + 2 for n in ("side", "item_code", "item"))
    sides: list[list[tuple[str, Half]]] = []
    heads: list[tuple[Markup, ...]] = []
    for side, columns in _HALVES[resource.name].items():
        own = [row for row in rows if row[at_side] == side]
        at = [names.index(n) + 2 for n in columns]
        at = [i for i, n in zip(at, columns, strict=True) if n != "line_no" or any(row[i] for row in own)]
        heads.append(tuple(head(resource.name, names[i - 2]) for i in at))
        sides.append(
            [
                (
                    row[at_code],
                    Half(row[0], row[at_item], row[1], row[at_code].startswith("opening_") and row[at_code] != "opening_balance", tuple([row[i] for i in at])),
                )
                for row in own
            ]
        )  # fmt: skip
    return (heads[0], heads[1]), _beside(sides[0], sides[1])


def _beside(income: list[tuple[str, Half]], expenditure: list[tuple[str, Half]]) -> list[tuple[Any, ...]]:
    pairs: list[tuple[Any, ...]] = []
    for end in (*_TAIL, None):
        left, right = _upto(income, end), _upto(expenditure, end)
        length = max(len(left), len(right))
        # The row that ends the part stands last on both sides.
        pairs += zip(_padded(left, length, end), _padded(right, length, end), strict=True)
    return pairs


def _upto(half: list[tuple[str, Half]], end: str | None) -> list[tuple[str, Half]]:
    """Take the rows up to and with ``end`` off the front; none when it is not there (None: the rest)."""
    codes = [code for code, _ in half]
    length = len(half) if end is None else codes.index(end) + 1 if end in codes else 0
    taken = half[:length]
    del half[:length]
    return taken


def _padded(part: list[tuple[str, Half]], length: int, end: str | None) -> list[Half | None]:
    halves: list[Half | None] = [half for _, half in part]
    missing: list[Half | None] = [None] * (length - len(halves))
    if part and end is not None and part[-1][0] == end:
        return [*halves[:-1], *missing, halves[-1]]
    return [*halves, *missing]


# --- the rest of a report -----------------------------------------------------------------------------------------


def _named(resource: Resource) -> Markup:
    return both(resource.title, resource.title_en)


def narrative(rows: Rows, concepts: Mapping[str, Markup]) -> list[tuple[Markup, Grid, bool]]:
    """Title, table and whether it is open from the start, of the figures and texts of the narrative."""
    found = []
    statements = grid(resources()["statements"], rows.get("statements", ()), frozenset({"statement_no", "section"}))
    if statements:
        # The first column is the concept: said in words.
        spoken = [(a, p, (concepts.get(str(c[0]), c[0]), *c[1:])) for a, p, c in statements.rows]
        found.append((_named(resources()["statements"]), Grid(statements.name, statements.heads, spoken), True))
    for name in _NARRATIVE:
        table = grid(resources()[name], rows.get(name, ()), frozenset({"seq", "finding_ids"}))
        if table:
            found.append((_named(resources()[name]), table, name in ("institutions", "staffing")))
    return found


def forms(rows: Rows, resource: Resource, number: str, parts: Sequence[str]) -> list[Form]:
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
                facts.append((head(resource.name, field.name), known.get(text, text), field.type == "number"))
        grids = []
        for part in parts:
            table = grid(resources()[part], cut[part].get(own, ()), frozenset({number, "seq"}))
            if table:
                grids.append((_named(resources()[part]), table))
        found.append(Form(row[0], row[names.index(resource.row_name or number) + 2] or own, row[1], facts, grids))
    return found


def _by_form(resource: Resource, rows: Sequence[Row], number: str) -> dict[str, list[Row]]:
    at = [field.name for field in shown(resource)].index(number) + 2
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row[at], []).append(row)
    return found


def report_context(report: Record, rows: Rows, findings: list[Record], concepts: Mapping[str, Markup]) -> dict[str, Any]:
    """All that the template of a report needs. ``findings`` carry the anchor of their row."""
    marks: dict[str, tuple[str, str]] = {}
    for finding in findings:
        marks.setdefault(finding["anchor"], (finding["finding_id"], finding["severity"]))
    return {
        "report": report,
        "tables": official_tables(report, rows),
        "narrative": narrative(rows, concepts),
        "evaluations": forms(rows, resources()["evaluations"], "evaluation_no", ("indicators",)),
        "applications": forms(rows, resources()["project_applications"], "project_no", _PARTS),
        "mentions": grid(resources()["project_mentions"], rows.get("project_mentions", ()), frozenset({"seq"})),
        "findings": findings,
        "marks": marks,
        "charts": charts(rows),
    }
