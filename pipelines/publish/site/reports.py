"""The page of one report: its tables laid out like the official ones, and the way from a finding to its row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from pipelines.publish import open_cells
from pipelines.publish.site.cells import (
    Marks,
    PrintedGrid,
    Row,
    anchor_of,
    both,
    grid,
    head,
    key_fields,
    labels,
    mark,
    shown,
)
from pipelines.publish.site.charts import charts
from pipelines.publish.site.listing import listed, other_tables
from pipelines.publish.site.official import official_tables
from pipelines.publish.site.pictures import pictures
from pipelines.schema import Resource, resources

Rows = Mapping[str, Sequence[Row]]
Record = dict[str, Any]

TOP = "report"
_OPEN = ("statements", "institutions", "staffing")
_UNPRINTED = frozenset({"statement_no", "section", "seq", "finding_ids"})
"""Numbers of our own that a reader has no use for."""
_NARRATIVE = (
    "statements", "institutions", "staffing", "key_tasks", "annual_goals", "duties", "disclosure_checklist", "glossary",
)  # fmt: skip
_PARTS = ("project_funding", "project_cost_items", "project_history", "project_targets")


@dataclass(frozen=True, slots=True)
class PrintedForm:
    """A self-evaluation form or a project application: its fields, and the tables that belong to it."""

    anchor: str
    title: Markup
    place: str
    facts: list[tuple[Markup, Markup]]
    grids: list[tuple[Markup, PrintedGrid]]


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


# --- the rest of a report -----------------------------------------------------------------------------------------


def _named(resource: Resource) -> Markup:
    return both(resource.title, resource.title_en)


def narrative(rows: Rows, marks: Marks, concepts: Mapping[str, Markup]) -> list[tuple[Markup, PrintedGrid, bool]]:
    """Title, table and whether it is open from the start, of the figures and texts of the narrative."""
    known = {"concept": concepts}
    found = []
    for name in _NARRATIVE:
        table = grid(resources()[name], rows.get(name, ()), marks, _UNPRINTED, known)
        if table:
            found.append((_named(resources()[name]), table, name in _OPEN))
    return found


def forms(rows: Rows, marks: Marks, resource: Resource, number: str, parts: Sequence[str]) -> list[PrintedForm]:
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
        found.append(PrintedForm(row[0], Markup(title + mark(row[0], marks)), row[1], facts, grids))
    return found


def _by_form(resource: Resource, rows: Sequence[Row], number: str) -> dict[str, list[Row]]:
    at = [field.name for field in shown(resource)].index(number) + 2
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row[at], []).append(row)
    return found


def _mentions(report: Record, rows: Rows, marks: Marks) -> PrintedGrid | None:
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
        "listed": listed(rows),
        "other_tables": other_tables(rows, marks),
        "narrative": narrative(rows, marks, concepts),
        "evaluations": forms(rows, marks, resources()["evaluations"], "evaluation_no", ("indicators",)),
        "applications": forms(rows, marks, resources()["project_applications"], "project_no", _PARTS),
        "mentions": _mentions(report, rows, marks),
        "findings": findings,
        "charts": charts(rows),
        "pictures": pictures(rows),
    }
