"""Rules T01-T09: the official arithmetic inside one table, as terms of comparisons.

Each function states one rule on all reports at once. What a rule may count, and what it must leave open, is
settled in ``terms``; names and codes (T10) are in ``codes``, missing totals or parts in ``completeness``.
"""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from pipelines.quality.arithmetic import RULES as FORMULA_RULES
from pipelines.quality.arithmetic import (
    at_code,
    at_column,
    coded,
    is_class,
    of,
    row_sum,
)
from pipelines.quality.cells import FUNDS
from pipelines.quality.terms import terms

SUMMARY = "revenue_expenditure_summary"
APPROPRIATION = "appropriation_summary"
ECONOMY = "basic_expenditure_by_economy"
THREE_PUBLIC = "three_public_expenses"
APPROPRIATED = tuple(FUNDS)
OTHER_INCOME = ("higher_level_subsidy", "institutional", "business", "affiliate_remittance", "other")
PUBLIC_CLASSES = ("302", "307", "309", "310", "311", "312", "313", "399")


def place(row: str, column: pl.Expr = at_column) -> pl.Expr:
    """A locator: a fixed row and the cell's own column."""
    return pl.concat_str(pl.lit(f"{row};column="), column)


def side_row(side: str, code: str) -> str:
    return f"side={side};item_code={code}"


# --- tables 01 and 04: named rows -------------------------------------------------------------------------


def income_items(cells: pl.DataFrame) -> pl.DataFrame:
    """The income items of table 01 that add up: 财政拨款收入 stands for its three where it is printed."""
    income = of(cells, SUMMARY, "income")
    whole = coded(income, "fiscal_appropriation").filter(pl.col("value").is_not_null() | pl.col("ambiguous"))
    three = coded(income, *APPROPRIATED).join(whole.select("report_id"), on="report_id", how="anti")
    return pl.concat([whole, three, coded(income, *OTHER_INCOME)])


def year_or_items(current: pl.DataFrame, items: pl.DataFrame) -> pl.DataFrame:
    """The year's total where it is printed, or else the items that make it up. Per report and column."""
    known = current.filter(pl.col("value").is_not_null() | pl.col("ambiguous") | pl.col("incomplete"))
    rest = items.join(known.select("report_id", "column"), on=["report_id", "column"], how="anti")
    return pl.concat([known, rest])


def named_sum(
    totals: pl.DataFrame, parts: pl.DataFrame, rule: str, row: str, where_printed: bool = False
) -> list[pl.DataFrame]:
    """A named row against named rows, per column. ``where_printed``: only where the table has that row."""
    if where_printed:
        rows = totals.select("report_id", "column").unique()
        parts = parts.join(rows, on=["report_id", "column"], how="semi")
    return [
        terms(totals, rule, actual=True, locator=place(row), label=at_code, whole=True),
        terms(parts, rule, actual=False, locator=place(row), label=at_code, whole=True),
    ]


def summary(cells: pl.DataFrame) -> list[pl.DataFrame]:
    """T01.1-T01.6."""
    income, expenditure = of(cells, SUMMARY, "income"), of(cells, SUMMARY, "expenditure")
    items, classes = income_items(cells), expenditure.filter(is_class)
    in_total, out_total = coded(income, "current_total"), coded(expenditure, "current_total")
    in_grand, out_grand = coded(income, "grand_total"), coded(expenditure, "grand_total")
    in_year = year_or_items(in_total, items)
    out_year = year_or_items(out_total, classes)
    in_balances = coded(income, "surplus_used", "opening_balance")
    out_balances = coded(expenditure, "surplus_distribution", "closing_balance")
    whole = coded(income, "fiscal_appropriation")
    three = coded(income, *APPROPRIATED).join(whole.select("report_id"), on="report_id", how="semi")
    whole = whole.join(three.select("report_id").unique(), on="report_id", how="semi")
    return [
        *named_sum(in_total, items, "T01.1", side_row("income", "current_total"), where_printed=True),
        *named_sum(in_grand, pl.concat([in_year, in_balances]), "T01.2", side_row("income", "grand_total")),
        *named_sum(out_total, classes, "T01.3", side_row("expenditure", "current_total"), where_printed=True),
        *named_sum(
            out_grand, pl.concat([out_year, out_balances]), "T01.4", side_row("expenditure", "grand_total")
        ),
        terms(out_grand, "T01.5", actual=True, mode="match", locator=place("item_code=grand_total")),
        terms(in_grand, "T01.5", actual=False, mode="match", locator=place("item_code=grand_total")),
        *named_sum(whole, three, "T01.6", side_row("income", "fiscal_appropriation")),
    ]


def appropriation(cells: pl.DataFrame) -> list[pl.DataFrame]:
    """T04.2-T04.8 (T04.1 is a row sum)."""
    income = of(cells, APPROPRIATION, "income").filter(at_column == "amount")
    expenditure = of(cells, APPROPRIATION, "expenditure").filter(at_column != "amount")
    three, classes = coded(income, *APPROPRIATED), expenditure.filter(is_class)
    in_total, out_total = coded(income, "current_total"), coded(expenditure, "current_total")
    in_grand, out_grand = coded(income, "grand_total"), coded(expenditure, "grand_total")
    opening = coded(income, "opening_balance")
    openings = coded(income, *(f"opening_{fund}" for fund in APPROPRIATED))
    opening_parts = openings.join(opening.select("report_id"), on="report_id", how="semi")
    split_opening = opening.join(openings.select("report_id").unique(), on="report_id", how="semi")
    known_opening = year_or_items(opening, openings)
    in_year = year_or_items(in_total, three)
    out_year = year_or_items(out_total, classes)
    closing = coded(expenditure, "closing_balance")
    both = "item_code=grand_total;column=total"
    return [
        *named_sum(in_total, three, "T04.2", side_row("income", "current_total"), where_printed=True),
        *named_sum(split_opening, opening_parts, "T04.3", side_row("income", "opening_balance")),
        *named_sum(in_grand, pl.concat([in_year, known_opening]), "T04.4", side_row("income", "grand_total")),
        *named_sum(out_total, classes, "T04.5", side_row("expenditure", "current_total"), where_printed=True),
        *named_sum(
            out_grand, pl.concat([out_year, closing]), "T04.6", side_row("expenditure", "grand_total")
        ),
        terms(
            out_grand.filter(at_column == "total"), "T04.7", actual=True, mode="match", locator=pl.lit(both)
        ),
        terms(in_grand, "T04.7", actual=False, mode="match", locator=pl.lit(both)),
        *_per_fund(income, out_grand),
    ]


def _per_fund(income: pl.DataFrame, out_grand: pl.DataFrame) -> list[pl.DataFrame]:
    """T04.8: income and opening balance of a fund equal the grand total of its column."""
    opening = coded(income, "opening_balance").filter(
        (pl.col("value").fill_null(0) != 0) | pl.col("ambiguous")
    )
    found = []
    for fund in APPROPRIATED:
        locator = pl.lit(f"{side_row('expenditure', 'grand_total')};column={fund}")
        part = coded(income, f"opening_{fund}")
        parts = coded(income, *(f"opening_{name}" for name in APPROPRIATED))
        split = parts.filter(pl.col("value").is_not_null()).select("report_id").unique()
        # An opening balance that is not split among the funds leaves each of them open.
        unsplit = opening.join(split, on="report_id", how="anti").with_columns(
            missing=pl.lit(True), value=pl.lit(None, dtype=pl.Int64)
        )
        grand = out_grand.filter(at_column == fund)
        common = {"mode": "match", "solid": "table_solid", "locator": locator, "resource": APPROPRIATION}
        found.append(terms(grand, "T04.8", actual=True, **common))  # type: ignore[arg-type]
        for right in (coded(income, fund), part, unsplit):
            found.append(terms(right, "T04.8", actual=False, **common))  # type: ignore[arg-type]
    return found


# --- table 06 ---------------------------------------------------------------------------------------------


def economy(cells: pl.DataFrame) -> list[pl.DataFrame]:
    """T06.2-T06.4 (T06.1 and T06.5 are hierarchies)."""
    table = of(cells, ECONOMY)
    amounts = table.filter(at_column == "amount")
    personnel, public = coded(amounts, "personnel_total"), coded(amounts, "public_total")
    total = coded(amounts, "total")
    halves = pl.concat([personnel, public])
    both = total.join(halves.select("report_id").unique(), on="report_id", how="semi")
    split_in_use = table.filter(
        at_column.is_in(["personnel", "public"]) & (pl.col("value").is_not_null() | pl.col("ambiguous"))
    ).select("report_id")
    split = table.join(split_in_use.unique(), on="report_id", how="semi")
    return [
        *named_sum(
            personnel,
            coded(amounts, "301", "303"),
            "T06.2",
            "economic_code=personnel_total",
            where_printed=True,
        ),
        *named_sum(
            public, coded(amounts, *PUBLIC_CLASSES), "T06.3", "economic_code=public_total", where_printed=True
        ),
        *named_sum(both, halves, "T06.4", "economic_code=total;by=rows", where_printed=True),
        row_sum(
            split.filter(~at_code.is_in(["personnel_total", "public_total"])),
            "T06.4",
            "amount",
            ("personnel", "public"),
        ),
    ]


RULES: dict[Callable[[pl.DataFrame], list[pl.DataFrame]], tuple[str, ...]] = {
    **FORMULA_RULES,
    summary: ("T01.1", "T01.2", "T01.3", "T01.4", "T01.5", "T01.6"),
    appropriation: ("T04.2", "T04.3", "T04.4", "T04.5", "T04.6", "T04.7", "T04.8"),
    economy: ("T06.2", "T06.3", "T06.4"),
}
"""Every function that states rules inside one table, with the rules it states."""
