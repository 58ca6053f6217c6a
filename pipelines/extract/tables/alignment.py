"""Columns found without ruling lines: is there another alignment of the same figures, and a better one?

Sums do not decide what is read. Only where *another* alignment satisfies every row and this one does not are the
columns in doubt, and the table is withheld. A row that fails in every alignment is the report's own mistake.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import combinations, permutations

from pipelines.extract.rows import RawTable, Row
from pipelines.forms import Formula, forms

Values = dict[str, Decimal]

_FUNDS = ("general_public_budget", "government_fund", "state_capital")


def is_in_doubt(table: RawTable) -> bool:
    """True if the figures, in the same order, satisfy all rows in other columns and not in these."""
    form = forms()[table.resource]
    printed = {column.rpartition(".")[2] for column in table.columns}
    formulas = [f for f in (*form.formulas, *form.balances) if f.total in printed and printed & set(f.parts)]
    rows = [row for row in table.rows if row.amounts and (row.side != "income" or form.rows != "summary")]
    failing = [row for row in rows if not _holds(_values(row), formulas, _step(row))]
    if failing and all(_another(row, form.names, formulas) for row in failing):
        return True
    return table.resource == "appropriation_summary" and _funds_are_swapped(table)


def _values(row: Row) -> Values:
    return {column: amount.value for column, amount in row.amounts.items()}


def _step(row: Row) -> Decimal:
    """The display step of a row: one unit of its last printed decimal."""
    return Decimal(1).scaleb(-max(amount.decimals for amount in row.amounts.values()))


def _holds(values: Values, formulas: Sequence[Formula], step: Decimal) -> bool:
    """Every formula holds within half a display step for each printed value; one without any parts is open."""
    for formula in formulas:
        parts = [(sign, values[column]) for sign, column in formula.terms if column in values]
        total = values.get(formula.total)
        if not parts or (total is None and not any(value for _, value in parts)):
            continue
        expected = sum((sign * value for sign, value in parts), Decimal(0))
        printed = len(parts) + (total is not None)
        if 2 * abs(expected - (total or 0)) > printed * step:
            return False
    return True


def _another(row: Row, names: Sequence[str], formulas: Sequence[Formula]) -> bool:
    """The row's figures fit its formulas in other columns, in the order in which they are printed."""
    ordered = [row.amounts[column].value for column in names if column in row.amounts]
    here = tuple(column for column in names if column in row.amounts)
    return any(
        columns != here and _holds(dict(zip(columns, ordered, strict=True)), formulas, _step(row))
        for columns in combinations(names, len(ordered))
        if formulas and formulas[0].total in columns and any(c in columns for c in formulas[0].parts)
    )


def _funds_are_swapped(table: RawTable) -> bool:
    """04 by fund: income and opening balance of a fund equal its grand total, but with the columns in other places."""
    left = {row.code: row.amounts["amount"] for row in table.rows if row.side == "income" and "amount" in row.amounts}
    right = next((row for row in table.rows if row.side == "expenditure" and row.code == "grand_total"), None)
    if right is None or not left:
        return False
    step = Decimal(1).scaleb(-max(amount.decimals for amount in left.values()))
    income = [sum((left[c].value for c in (f, f"opening_{f}") if c in left), Decimal(0)) for f in _FUNDS]
    spent = [right.amounts[f].value if f in right.amounts else Decimal(0) for f in _FUNDS]

    def agree(order: Sequence[Decimal]) -> bool:
        return all(2 * abs(a - b) <= 3 * step for a, b in zip(income, order, strict=True))

    return not agree(spent) and any(agree(order) for order in permutations(spent))
