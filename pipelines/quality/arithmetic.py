"""Rules that the forms state as formulas: rows, hierarchies and balances of the official tables.

A new formula in ``datapackages/forms`` is a new rule here; its title and basis stand in ``expectations/rules``.
What a rule may count, and what it must leave open, is settled in ``terms``. Rules of named rows (01, 04, 06) are in
``inside``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import polars as pl

from pipelines.forms import Form, forms
from pipelines.quality.terms import terms

at_column = pl.col("column")
at_code = pl.col("code")
is_class = pl.col("code").str.contains(r"^\d{3}$")


def of(cells: pl.DataFrame, resource: str, side: str | None = None) -> pl.DataFrame:
    """The cells of one table, or of one half of it."""
    chosen = cells.filter(pl.col("resource") == resource)
    return chosen if side is None else chosen.filter(pl.col("side") == side)


def coded(cells: pl.DataFrame, *codes: str) -> pl.DataFrame:
    return cells.filter(pl.col("code").is_in(codes))


def row_sum(cells: pl.DataFrame, rule: str, total: str, parts: Sequence[str]) -> pl.DataFrame:
    """Per row: the total column equals the sum of its part columns."""
    locator = pl.concat_str(pl.col("row"), pl.lit(f";column={total}"))
    left, right = cells.filter(at_column == total), cells.filter(at_column.is_in(parts))
    return pl.concat(
        [
            terms(left, rule, actual=True, locator=locator, label=at_column, whole=True),
            terms(right, rule, actual=False, locator=locator, label=at_column, whole=True),
        ]
    )


def summed() -> list[Form]:
    """The tables whose every row adds up; the rows of table 06 are split in some layouts only (see ``inside``)."""
    return [form for form in forms().values() if form.formulas and form.rows != "economy"]


def row_sums(form: Form, cells: pl.DataFrame) -> list[pl.DataFrame]:
    """The row formulas of one form (T02.1 T03.1 T04.1 T05.1 T07.2 T08.2 T09.1 T09.2): a total column and its parts."""
    side = "expenditure" if form.rows == "summary" else None
    return [row_sum(of(cells, form.resource, side), f.rule, f.total, f.parts) for f in form.formulas]


def parent(code: pl.Expr) -> pl.Expr:
    """The code above: 7 → 5 → 3 digits → ``total``."""
    digits = code.str.len_chars()
    return (
        pl.when(~code.str.contains(r"^\d+$"))
        .then(None)
        .when(digits == 3)
        .then(pl.lit("total"))
        .otherwise(code.str.slice(0, digits - 2))
    )


def hierarchy(cells: pl.DataFrame, rule: str, parents: pl.Expr | None = None) -> pl.DataFrame:
    """Per column: a row equals the sum of the rows one level below it.

    A code whose own parent is not printed leaves the next printed ancestor open: not all children are there.
    """
    rows = cells.select("report_id", "code").unique()
    below = cells.with_columns(above=parent(at_code)).filter(pl.col("above").is_not_null())
    children = below.join(rows.rename({"code": "above"}), on=["report_id", "above"], how="semi")
    orphans = below.join(rows.rename({"code": "above"}), on=["report_id", "above"], how="anti")
    strays = [orphans.with_columns(above=parent(pl.col("above")))]
    strays.append(
        strays[0]
        .join(rows.rename({"code": "above"}), on=["report_id", "above"], how="anti")
        .with_columns(above=parent(pl.col("above")))
    )
    lost = (
        pl.concat(strays)
        .join(rows.rename({"code": "above"}), on=["report_id", "above"], how="semi")
        .unique(["report_id", "above", "column"], maintain_order=True)
        .with_columns(missing=pl.lit(True), value=pl.lit(None, dtype=pl.Int64))
    )
    parts = pl.concat([children.with_columns(missing=pl.lit(False)), lost])
    locators = cells.select("report_id", "column", above="code", above_row="row")
    parts = parts.join(locators, on=["report_id", "column", "above"], how="inner")
    totals = cells if parents is None else cells.filter(parents)
    totals = totals.join(
        parts.select("report_id", "column", code="above"), on=["report_id", "column", "code"], how="semi"
    )
    parts = parts.join(
        totals.select("report_id", "column", above="code"), on=["report_id", "column", "above"], how="semi"
    )
    locator = pl.concat_str(pl.col("above_row"), pl.lit(";column="), at_column)
    return pl.concat(
        [terms(totals, rule, actual=True), terms(parts, rule, actual=False, locator=locator, label=at_code)]
    )


def hierarchies(cells: pl.DataFrame) -> list[pl.DataFrame]:
    """T02.2 T03.2 T05.2 T07.3 T08.3, and T06.1 T06.5 by the economic classification."""
    found = [
        hierarchy(of(cells, form.resource), form.hierarchy.rule)
        for form in forms().values()
        if form.hierarchy is not None
    ]
    economy = of(cells, "basic_expenditure_by_economy")
    found.append(hierarchy(economy, "T06.1", is_class))
    found.append(hierarchy(economy, "T06.5", at_code == "total"))
    return found


def balances(cells: pl.DataFrame) -> list[pl.DataFrame]:
    """T07.1 T08.1: a balance equals its terms, on rows that print a balance or a revenue."""
    found = []
    for form in forms().values():
        for formula in form.balances:
            table = of(cells, form.resource)
            moving = pl.col("column").is_in([formula.total, *formula.parts])
            # A row without any of them stands in the layout that prints expenditure only.
            rows = table.filter(moving & (pl.col("value").is_not_null() | pl.col("ambiguous")))
            table = table.join(
                rows.select("report_id", "code").unique(), on=["report_id", "code"], how="semi"
            )
            locator = pl.concat_str(pl.col("row"), pl.lit(f";column={formula.total}"))
            left = table.filter(at_column == formula.total)
            found.append(
                terms(left, formula.rule, actual=True, mode="match", locator=locator, label=at_column)
            )
            for sign, column in formula.terms:
                part = table.filter(at_column == column)
                found.append(
                    terms(
                        part,
                        formula.rule,
                        actual=False,
                        mode="match",
                        sign=sign,
                        locator=locator,
                        label=at_column,
                    )
                )
    return found


RULES: dict[Callable[[pl.DataFrame], list[pl.DataFrame]], tuple[str, ...]] = {
    **{partial(row_sums, form): tuple(f.rule for f in form.formulas) for form in summed()},
    hierarchies: (*(form.hierarchy.rule for form in forms().values() if form.hierarchy), "T06.1", "T06.5"),
    balances: tuple(f.rule for form in forms().values() for f in form.balances),
}
"""Every function of this module that states rules, with the rules it states."""
