"""Rows of an official table in the order of its form, and the parts of a table side by side.

For portal and workbooks alike; nothing of a layout is stated here (``pipelines.layouts``), no figure is read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from itertools import pairwise
from typing import TypeVar

import polars as pl

from pipelines.forms import forms

RowT = TypeVar("RowT")
CellsT = TypeVar("CellsT")


@cache
def place_of(resource: str, part: str) -> Callable[[str], int | None]:
    """Code → where the form prints its row, remembered: codes recur in all reports."""
    layout = forms()[resource].official_layout
    return lru_cache(maxsize=4096)(lambda code: layout.place(part, code))


def in_order(resource: str, part: str, rows: Sequence[RowT], code_of: Callable[[RowT], str]) -> Sequence[RowT]:
    """Rows of a part as the form orders them; what it does not name follows what it follows in print."""
    keys, last = [], (-1, "")
    place = place_of(resource, part)
    for row in rows:
        code = code_of(row)
        at = place(code)
        last = last if at is None else (at, code if code.isdigit() else "")
        keys.append(last)
    if all(a <= b for a, b in pairwise(keys)):
        return rows
    return [rows[at] for at in sorted(range(len(rows)), key=keys.__getitem__)]


def beside(halves: Sequence[list[tuple[str, CellsT]]], level: Sequence[str]) -> list[tuple[CellsT | None, ...]]:
    """Rows (code, cells) of the parts on common lines; the rows of ``level`` stand last of what comes before them, in
    all parts. The halves are used up."""
    lines: list[tuple[CellsT | None, ...]] = []
    for end in (*level, None):
        cut = [_upto(half, end) for half in halves]
        length = max(map(len, cut), default=0)
        lines += zip(*(_padded(part, length, end) for part in cut), strict=True)
    return lines


def _upto(half: list[tuple[str, CellsT]], end: str | None) -> list[tuple[str, CellsT]]:
    """Take the rows up to and with ``end`` off the front; none when it is not there (None: the rest)."""
    codes = [code for code, _ in half]
    length = len(half) if end is None else codes.index(end) + 1 if end in codes else 0
    taken = half[:length]
    del half[:length]
    return taken


def _padded(part: list[tuple[str, CellsT]], length: int, end: str | None) -> list[CellsT | None]:
    cells: list[CellsT | None] = [cell for _, cell in part]
    missing: list[CellsT | None] = [None] * (length - len(cells))
    if part and part[-1][0] == end:
        return [*cells[:-1], *missing, cells[-1]]
    return [*cells, *missing]


def ordered_frame(resource: str, frame: pl.DataFrame) -> pl.DataFrame:
    """A frame of tables 01, 04 or 09 with the rows of each report part by part, as the form orders them; other frames
    as they are."""
    form = forms().get(resource)
    parts = form.official_layout.parts if form else None
    if parts is None or frame.is_empty():
        return frame
    code = "item_code" if "item_code" in frame.columns else parts.field
    held: dict[tuple[str, str], list[tuple[int, str]]] = {}
    for at, (report, part, own) in enumerate(frame.select("report_id", parts.field, pl.col(code).alias("_code")).rows()):
        held.setdefault((report, part), []).append((at, own))
    wanted: list[int] = []
    for report in dict.fromkeys(report for report, _ in held):
        for part in parts.heads:
            wanted += [at for at, _ in in_order(resource, part, held.get((report, part), []), lambda row: row[1])]
    return frame[wanted]
