"""How an official table is printed: number, heads with their groups, order of rows, notes.

Part of a form (``official_layout`` in ``datapackages/forms/``); portal and workbook print from it and state nothing of
it themselves. A table may print parts of its rows side by side: income and expenditure (01, 04), budget and final (09).
This module is not for reading reports: what a printed head *means* is in ``forms``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from pydantic import BaseModel, ConfigDict

Kind = Literal["final", "budget"]

CLASSES = "class"
"""In the order of rows: the functional classes, by their codes."""


class Frozen(BaseModel):
    """A declaration: never changed, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class LayoutColumn(Frozen):
    """One printed column: the field it shows, and its head below its groups (outermost first).

    ``budget``: the heads in budgets, where they differ. ``part``: printed in this part alone. ``optional``: printed
    only where a report fills it, always or in one kind of report.
    """

    name: str
    head: tuple[str, ...]
    budget: tuple[str, ...] = ()
    part: str | None = None
    optional: bool | Kind = False

    def path(self, kind: Kind) -> tuple[str, ...]:
        """The head with its groups, outermost first."""
        return self.budget or self.head if kind == "budget" else self.head

    def is_printed(self, kind: Kind, filled: Collection[str]) -> bool:
        """Whether a report that fills these fields prints the column."""
        return self.name in filled or self.optional not in (True, kind)


class Parts(Frozen):
    """Rows that stand side by side: the field that tells the parts apart, and the head over each of them.

    ``order``: item codes of each part as the form orders them; codes that it does not name follow what they follow
    in print. ``level``: codes whose rows stand on one line in all parts. ``indented``: codes of rows that are parts of
    the row above them.
    """

    field: str
    heads: Mapping[str, str]
    order: Mapping[str, tuple[str, ...]] = {}
    level: tuple[str, ...] = ()
    indented: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Printed:
    """One column as a report prints it: its part (None in tables of one part), its field, its head and groups."""

    part: str | None
    name: str
    path: tuple[str, ...]


class Layout(Frozen):
    """The official print of one table. ``number`` and column numbers are those of final accounts.

    ``words``: the columns before the figures. ``notes`` (what the table covers, in our words) stand below it; ``{body}`` is 部门 or 单位.
    """

    number: str
    words: tuple[str, ...] = ()
    columns: tuple[LayoutColumn, ...]
    parts: Parts | None = None
    column_numbers: bool = True
    notes: tuple[str, ...] = ()
    empty_note: str

    def printed(self, kind: Kind, filled: Mapping[str | None, Collection[str]]) -> list[Printed]:
        """The columns in their order. ``filled``: part (None where there is one) → fields with a value in it."""
        parts: Sequence[str | None] = list(self.parts.heads) if self.parts else [None]
        return [
            Printed(part, column.name, (*self.above(part), *column.path(kind)))
            for part in parts
            for column in self.columns
            if column.part in (None, part) and column.is_printed(kind, filled.get(part, ()))
        ]

    def above(self, part: str | None) -> tuple[str, ...]:
        """The head over a part."""
        return (self.parts.heads[part],) if self.parts and part is not None else ()

    def numbers(self, columns: Sequence[Printed]) -> dict[tuple[str | None, str], int]:
        """(part, field) → the number (栏次) that the form prints below a column of figures."""
        figures = [c for c in columns if c.name not in self.words]
        return {(c.part, c.name): number for number, c in enumerate(figures, start=1)} if self.column_numbers else {}

    def heads(self, kind: Kind) -> dict[str, tuple[str, ...]]:
        """Field → its head and groups where each field has one column: below the parts, of all its heads the shortest."""
        found: dict[str, tuple[str, ...]] = {}
        for column in self.columns:
            path = column.path(kind)
            found[column.name] = min(found.get(column.name, path), path, key=len)
        return found

    def place(self, part: str, code: str) -> int | None:
        """Where the form prints a row of a part; None for a code that it does not name."""
        order = self.parts.order.get(part, ()) if self.parts else ()
        named = CLASSES if code.isdigit() else code
        return order.index(named) if named in order else None


@dataclass(frozen=True, slots=True)
class HeadCell:
    """A cell of the rows of heads: where it stands and how far it reaches. ``leaf``: the head of one column."""

    text: str
    column: int
    width: int
    height: int
    leaf: bool


def head_rows(paths: Sequence[tuple[str, ...]]) -> list[list[HeadCell]]:
    """The rows of heads over columns: groups reach over their columns, a head down to the last row."""
    depth = max(map(len, paths), default=0)
    rows: list[list[HeadCell]] = []
    for level in range(depth):
        cells, at = [], 0
        for above, run in groupby(paths, key=lambda path: path[: level + 1]):
            own = list(run)
            if len(above) > level:
                leaf = len(own[0]) == level + 1
                cells.append(HeadCell(above[level], at, len(own), depth - level if leaf else 1, leaf))
            at += len(own)
        rows.append(cells)
    return rows
