"""Which of several tables of one kind a report means: never the one with the nicer sums.

A table printed twice with the same figures is read once. A title that means a table only where there is no better
one gives way. Two tables of one kind with different figures: neither is published.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from decimal import Decimal

from pipelines.extract.result import NumberUse
from pipelines.extract.rows import OtherCell, RawTable
from pipelines.extract.titles import OTHER, TABLE_NUMBERS


def one_of_each(tables: list[RawTable]) -> tuple[list[RawTable], list[RawTable]]:
    """The nine, each at most once and in the order of their numbers; and all other tables, in printed order."""
    chosen: dict[str, RawTable] = {}
    left: list[RawTable] = []
    kind = Counter(t.kind for t in tables if t.kind and t.resource != OTHER).most_common(1)
    for resource in TABLE_NUMBERS:
        same = [t for t in tables if t.resource == resource]
        if same:
            chosen[resource] = _one_of(same, kind[0][0] if kind else None)
    for table in tables:
        if all(table is not t for t in chosen.values()):
            left.append(as_other(table))
    return list(chosen.values()), left


def _one_of(same: list[RawTable], kind: str | None) -> RawTable:
    """The table that the report means, among those of one kind. Where two differ, the first says so and is withheld."""
    fits = [t for t in same if not t.weak] or same
    fits = [t for t in fits if t.kind in (kind, None)] or fits
    filled = [t for t in fits if _figures(t)] or fits
    best = max(filled, key=lambda t: (len(_figures(t)), len(t.rows)))
    rest = [t for t in filled if t is not best and not _figures(t).items() <= _figures(best).items()]
    if rest:
        shown = "、".join(dict.fromkeys(t.title for t in (best, *rest)))
        best.problems.append(
            f"报告中有两张同类表而数字不同（{shown}） / the report prints two tables of this kind with different figures ({shown})"
        )
    return best


def _figures(table: RawTable) -> dict[tuple[str, str, str], Decimal]:
    return {
        (row.side if row.side in ("income", "expenditure") else "", row.code or row.name, column): amount.value
        for row in table.rows
        for column, amount in row.amounts.items()
    }


def as_other(table: RawTable) -> RawTable:
    """A table that is not the one of its kind: its figures stand among the cells of other tables."""
    if table.resource == OTHER:
        return table
    cells = [*table.others]
    for number, row in enumerate(table.rows, start=1):
        label = f"{row.code or ''} {row.name}".strip()
        for place, (column, amount) in enumerate(row.amounts.items(), start=1):
            cells.append(OtherCell(10_000 + number, place, label, column, amount.token, row.page, row.line))
    uses: list[NumberUse] = []
    return replace(table, resource=OTHER, rows=[], uses=uses, notices=[], problems=[], faults=[], others=cells)
