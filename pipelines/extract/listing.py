"""The resources ``tables`` and ``other_tables``: every table of a report, and every cell that the nine do not hold."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import polars as pl

from pipelines import schema
from pipelines.extract.numbers import parse_amount
from pipelines.extract.result import TableReading
from pipelines.extract.rows import OtherCell, RawTable

_METHODS = {"text": "dump"}
_LARGEST = Decimal(10) ** 12


def listed(
    report_id: str, tables: Iterable[RawTable], readings: Iterable[TableReading], others: Iterable[RawTable], attached: bool = False
) -> dict[str, pl.DataFrame]:
    """Both frames. ``tables`` are the nine as read, ``readings`` what became of each, ``others`` all other tables.

    ``attached``: the report says that its tables stand in a file that was not given.
    """
    status = {reading.resource: reading for reading in readings}
    ordered = sorted((*tables, *others), key=lambda t: (t.source_no, t.page or 0, t.line or 0))
    records: list[dict[str, Any]] = []
    cells: list[dict[str, Any]] = []
    for table in ordered:
        reading = status.get(table.resource)
        records.append(_record(report_id, len(records) + 1, table, reading))
        if reading is None or reading.status != "withheld":
            cells.extend(_cells(report_id, len(records), table))
    for reading in status.values():
        if reading.status == "image" or (attached and reading.status == "missing"):
            state = "image" if reading.status == "image" else "attachment"
            records.append(_announced(report_id, len(records) + 1, reading, state))
    found = {}
    for name, rows in (("tables", records), ("other_tables", cells)):
        declared = schema.resources()[name]
        found[name] = declared.conform(pl.DataFrame(rows, schema=declared.polars_schema(), orient="row"))
    return found


def _record(report_id: str, seq: int, table: RawTable, reading: TableReading | None) -> dict[str, Any]:
    open_figures = sum(len(row.ambiguous) for row in table.rows)
    lost = sum(u.role in ("leftover", "double") for u in table.uses)
    figures = sum(len(row.amounts) for row in table.rows) + open_figures + lost
    figures += sum(parse_amount(cell.text) is not None for cell in table.others)
    state: str = "other" if reading is None else reading.status
    if state == "found":
        state = "partial" if open_figures else "published"
    return {
        "report_id": report_id,
        "table_seq": seq,
        "number": table.printed_no,
        "title": table.title or None,
        "resource": None if reading is None else table.resource,
        "source_no": table.source_no,
        "page_from": table.page,
        "page_to": table.page_to or table.page,
        "unit": table.unit if reading is None else reading.unit,
        "method": _METHODS.get(table.method, table.method),
        "status": state,
        "figures": figures,
        "unassigned": open_figures + lost,
    }


def _announced(report_id: str, seq: int, reading: TableReading, state: str) -> dict[str, Any]:
    return {
        "report_id": report_id, "table_seq": seq, "number": None, "title": None, "resource": reading.resource,
        "source_no": 1, "page_from": None, "page_to": None, "unit": None, "method": None, "status": state,
        "figures": 0, "unassigned": 0,
    }  # fmt: skip


def _cells(report_id: str, seq: int, table: RawTable) -> list[dict[str, Any]]:
    once: dict[tuple[int, int], OtherCell] = {}
    for cell in table.others:
        once.setdefault((cell.row_no, cell.column_no), cell)
    return [
        {
            "report_id": report_id,
            "table_seq": seq,
            "row_no": cell.row_no,
            "column_no": cell.column_no,
            "row_label": cell.row_label or None,
            "column_label": cell.column_label or None,
            "text": cell.text,
            "value": _value(cell.text),
            "source_no": table.source_no,
            "page": cell.page,
            "line": cell.line,
        }
        for _, cell in sorted(once.items())
    ]


def _value(text: str) -> Decimal | None:
    """The printed figure; None for text and for figures that the column cannot hold exactly."""
    amount = parse_amount(text)
    if amount is None or abs(amount.value) >= _LARGEST or amount.decimals > 6:
        return None
    return amount.value
