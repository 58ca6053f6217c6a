"""Cells whose figure is printed and not in the data, so that no reader takes them for blank.

A text dump may lose the column of a figure (E02), and a value may break its declaration (E15): the cell is null in
CSV, Parquet and DuckDB, and a finding names the row, the columns and, as printed, the figures. Portal, workbook and
``inspect`` show these. Nothing is computed here: figures stay as they are printed, in the unit of their table.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

import polars as pl

from pipelines.quality.cells import locator_keys
from pipelines.schema import AMOUNT_UNIT, Resource, tables

RULES = ("E02", "E15", "E48")
"""Column not certain; value not as declared; figure not certain (OCR)."""

Key = tuple[str, ...]
"""What tells the rows of a table and report apart, in the order of the primary key."""


@dataclass(frozen=True, slots=True)
class OpenCell:
    """Figures as printed, one of which may stand in the cell; none where the value itself is withheld."""

    figures: tuple[str, ...]
    unit: str

    @property
    def zh(self) -> str:
        """What a reader sees in place of the figure: 有数字，栏次不明：1.2."""
        if not self.figures:
            return "有数字，未发布"
        return f"有数字，栏次不明：{'、'.join(self.figures)}{self._unit}"

    @property
    def en(self) -> str:
        if not self.figures:
            return "printed, withheld"
        return f"printed, column unclear: {', '.join(self.figures)}{self._unit}"

    @property
    def _unit(self) -> str:
        """The unit, where it is not that of the column."""
        return "" if self.unit == AMOUNT_UNIT else f" {self.unit}"


Cells = Mapping[str, OpenCell]
"""Column → what is open in it."""


def of_report(
    findings: Iterable[Mapping[str, Any]], units: Mapping[str, str | None]
) -> dict[tuple[str, Key], dict[str, OpenCell]]:
    """(resource, key of the row) → its open cells. ``findings`` are those of one report; ``units`` those of its tables."""
    found: dict[tuple[str, Key], dict[str, OpenCell]] = {}
    for finding in findings:
        resource = tables().get(finding["resource"] or "")
        if finding["rule_id"] not in RULES or resource is None:
            continue
        given = locator_keys(finding["locator"])
        amounts = {amount.name for amount in resource.amounts}
        columns = [column for column in given.get("column", ()) if column in amounts]
        # What OCR may have seen is no figure as printed: it stands in the finding only.
        printed = finding["actual"] if finding["rule_id"] != "E48" else None
        figures = tuple(printed.split(";")) if printed else ()
        cell = OpenCell(figures, units.get(resource.name) or AMOUNT_UNIT)
        for key in _keys(resource, given):
            found.setdefault((resource.name, key), {}).update(dict.fromkeys(columns, cell))
    return found


def _keys(resource: Resource, given: Mapping[str, list[str | None]]) -> Iterator[Key]:
    """The rows that a locator names: none where it leaves a part of the key out."""
    names = [name for name in resource.primary_key if name != "report_id"]
    return (tuple(map(str, key)) for key in product(*(given.get(name, ()) for name in names)))


def of_reports(frames: Mapping[str, pl.DataFrame]) -> dict[tuple[str, str, Key], dict[str, OpenCell]]:
    """(resource, report, key of the row) → its open cells, from the published frames ``findings`` and ``tables``."""
    if "findings" not in frames:
        return {}
    findings = frames["findings"].filter(pl.col("rule_id").is_in(RULES))
    units = units_of(frames)
    return {
        (resource, report, key): cells
        for (report,), own in findings.group_by("report_id", maintain_order=True)
        for (resource, key), cells in of_report(own.iter_rows(named=True), units.get(str(report), {})).items()
    }


def units_of(frames: Mapping[str, pl.DataFrame]) -> dict[str, dict[str, str | None]]:
    """Report → resource → the unit that its table prints."""
    found: dict[str, dict[str, str | None]] = {}
    if "tables" in frames:
        named = frames["tables"].select("report_id", "resource", "unit").drop_nulls("resource")
        for report, resource, unit in named.iter_rows():
            found.setdefault(report, {})[resource] = unit
    return found
