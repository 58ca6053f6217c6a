"""Rules X: figures that stand in two tables and must agree, as terms of comparisons.

A figure that one table prints and the other does not is "no amount" there only if that table was read and
details such rows (``lookup``). Tables 07, 08 and 09 may be lawfully empty; a fund table that is not announced
at all counts as empty while table 04 prints nothing for that fund.
"""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from pipelines.quality.arithmetic import at_code, at_column, coded, is_class, of
from pipelines.quality.cells import FUNDS, locator_keys, micro_of
from pipelines.quality.inside import (
    APPROPRIATED,
    APPROPRIATION,
    ECONOMY,
    OTHER_INCOME,
    PUBLIC_CLASSES,
    SUMMARY,
    THREE_PUBLIC,
    income_items,
    place,
    side_row,
    year_or_items,
)
from pipelines.quality.lookup import EXPENDITURE, GENERAL, REVENUE, Lookup, among, term, wanted
from pipelines.quality.terms import Relation
from pipelines.quality.wording import PRINTED_MAXIMUM

THREE_PUBLIC_ITEMS = {
    "30212": "overseas_trips",
    "31013": "vehicle_purchase",
    "30231": "vehicle_operation",
    "30217": "reception",
}


def summary_totals(look: Lookup) -> list[pl.DataFrame]:
    """X01.1 X01.2."""
    found = []
    for rule, side, resource in (("X01.1", "income", REVENUE), ("X01.2", "expenditure", EXPENDITURE)):
        locator = place(side_row(side, "current_total"), pl.lit("amount"))
        left = look.year(SUMMARY, side, "amount")
        found += [
            term(left, rule, True, SUMMARY, locator),
            term(look.total(resource, "total"), rule, False, SUMMARY, locator),
        ]
    return found


def summary_classes(look: Lookup) -> list[pl.DataFrame]:
    """X01.3."""
    codes = look.classes(SUMMARY, EXPENDITURE)
    locator = pl.concat_str(pl.lit("side=expenditure;item_code="), at_code, pl.lit(";column=amount"))
    left = look.at(SUMMARY, codes.with_columns(column=pl.lit("amount")), "expenditure")
    right = look.at(EXPENDITURE, codes.with_columns(column=pl.lit("total")))
    return [term(left, "X01.3", True, SUMMARY, locator), term(right, "X01.3", False, SUMMARY, locator)]


def income_sources(look: Lookup) -> list[pl.DataFrame]:
    """X01.4: the income items of 01 against the sources of 02."""
    found = []
    items = income_items(look.cells).filter(at_code.is_in(["fiscal_appropriation", *APPROPRIATED]))
    printed = items.filter(pl.col("value").is_not_null() | pl.col("ambiguous"))
    for source in ("fiscal_appropriation", *OTHER_INCOME):
        locator = place(side_row("income", source), pl.lit("amount"))
        if source == "fiscal_appropriation":
            codes = printed.select("report_id", "code").unique(maintain_order=True)
            blank = look.reports.select("report_id").join(codes, on="report_id", how="anti")
            codes = pl.concat([codes, blank.with_columns(code=pl.lit("general_public_budget"))])
        else:
            codes = look.reports.select("report_id", code=pl.lit(source))
        left = look.at(SUMMARY, codes.with_columns(column=pl.lit("amount")), "income")
        # An item that a budget does not list is no income; only a table that was not read leaves it open.
        left = left.with_columns(
            missing=~_read(look, SUMMARY),
            table_solid=pl.col("table_solid") | (_uses(look, "income") & ~pl.col("ambiguous")),
        )
        right = look.total(REVENUE, source)
        left, right = (side.filter(~look.lacks(REVENUE, source)) for side in (left, right))
        found += [
            term(left, "X01.4", True, SUMMARY, locator),
            term(right, "X01.4", False, SUMMARY, locator),
        ]
    return found


def _read(look: Lookup, resource: str) -> pl.Expr:
    """Reports of which this table was read."""
    return among(look.readings.filter((pl.col("resource") == resource) & pl.col("available")))


def _uses(look: Lookup, side: str) -> pl.Expr:
    """Reports whose table 01 prints items on that side."""
    return among(of(look.cells, SUMMARY, side).filter(pl.col("in_use")))


def _funds_of(
    look: Lookup, places: pl.DataFrame, rule: str, locator: pl.Expr, relation: Relation = "="
) -> list[pl.DataFrame]:
    """Tables 05, 07 and 08 together, as the side that 03 is held against."""
    return [
        term(look.fund(fund, places), rule, False, EXPENDITURE, locator, relation=relation) for fund in FUNDS
    ]


def expenditure_by_fund(look: Lookup) -> list[pl.DataFrame]:
    """X03.1 X03.2 X03.3."""
    premise = look.only_appropriation()
    holds = premise.filter(pl.col("holds").fill_null(False))
    codes = look.classes(EXPENDITURE, *FUNDS.values(), every_level=True)
    locator = pl.concat_str(pl.lit("function_code="), at_code, pl.lit(";column="), at_column)
    totals = codes.with_columns(column=pl.lit("total"))
    only = totals.join(holds, on="report_id", how="semi")
    columns = pl.DataFrame({"column": ["basic", "project"]})
    kinds = only.filter(is_class).drop("column").join(columns, how="cross")
    unknown = premise.filter(pl.col("holds").is_null())
    open_premise = look.at(SUMMARY, wanted(unknown, ["current_total"], ["amount"]), "income").with_columns(
        missing=pl.lit(True), value=pl.lit(None, dtype=pl.Int64)
    )
    return [
        *(term(open_premise, rule, False, EXPENDITURE, pl.lit("premise")) for rule in ("X03.2", "X03.3")),
        term(look.at(EXPENDITURE, totals), "X03.1", True, EXPENDITURE, locator, relation=">="),
        *_funds_of(look, totals, "X03.1", locator, ">="),
        term(look.at(EXPENDITURE, only), "X03.2", True, EXPENDITURE, locator),
        *_funds_of(look, only, "X03.2", locator),
        term(look.at(EXPENDITURE, kinds), "X03.3", True, EXPENDITURE, locator),
        *_funds_of(look, kinds, "X03.3", locator),
    ]


def appropriation_by_fund(look: Lookup) -> list[pl.DataFrame]:
    """X04.1 X04.2 X04.3."""
    found = []
    classes = look.classes(APPROPRIATION, *FUNDS.values())
    for fund in FUNDS:
        year = pl.lit(f"{side_row('expenditure', 'current_total')};column={fund}")
        total = look.fund(fund, wanted(look.reports, ["total"], ["total"]))
        found += [
            term(look.year(APPROPRIATION, "expenditure", fund), "X04.1", True, APPROPRIATION, year),
            term(total, "X04.1", False, APPROPRIATION, year),
        ]
        one = pl.concat_str(pl.lit("side=expenditure;item_code="), at_code, pl.lit(f";column={fund}"))
        left = look.at(APPROPRIATION, classes.with_columns(column=pl.lit(fund)), "expenditure")
        right = look.fund(fund, classes.with_columns(column=pl.lit("total")))
        found += [
            term(left, "X04.2", True, APPROPRIATION, one),
            term(right, "X04.2", False, APPROPRIATION, one),
        ]
    locator = pl.lit("function_code=total;column=fiscal_appropriation")
    comparable = ~look.lacks(REVENUE, "fiscal_appropriation")
    found += [
        term(look.total(REVENUE, "fiscal_appropriation").filter(comparable), "X04.3", True, REVENUE, locator),
        term(
            look.year(APPROPRIATION, "income", "amount").filter(comparable), "X04.3", False, REVENUE, locator
        ),
    ]
    return found


def basic_by_economy(look: Lookup) -> list[pl.DataFrame]:
    """X05.1: 05 basic = 06 total, or its two halves where no total is printed."""
    locator = pl.lit("function_code=total;column=basic")
    amounts = of(look.cells, ECONOMY).filter(at_column == "amount")
    total = coded(amounts, "total")
    # A half without a figure is no amount where none of its classes has one either.
    spent = amounts.filter(pl.col("value").fill_null(0) != 0)
    halves = [
        coded(amounts, half).filter(pl.col("value").is_not_null() | among(coded(spent, *classes)))
        for half, classes in (("personnel_total", ("301", "303")), ("public_total", PUBLIC_CLASSES))
    ]
    right = year_or_items(total, pl.concat(halves)).select("report_id", "code", "column")
    blank = look.reports.select("report_id").join(right, on="report_id", how="anti")
    places = pl.concat(
        [right, blank.with_columns(code=pl.lit("total"), column=pl.lit("amount"))], how="vertical"
    )
    return [
        term(look.total(GENERAL, "basic"), "X05.1", True, GENERAL, locator),
        term(look.at(ECONOMY, places), "X05.1", False, GENERAL, locator),
    ]


def _candidates(notices: pl.DataFrame, readings: pl.DataFrame) -> pl.DataFrame:
    """The largest figure of a row of table 09 whose columns could not be told: report_id, code, largest."""
    units = readings.filter(pl.col("resource") == THREE_PUBLIC).select("report_id", "unit")
    doubtful = notices.filter(
        (pl.col("code") == "E02") & (pl.col("resource") == THREE_PUBLIC) & pl.col("actual").is_not_null()
    ).join(units, on="report_id", how="left")
    rows = []
    names = ["report_id", "locator", "actual", "unit"]
    for report_id, locator, actual, unit in doubtful.select(names).iter_rows():
        figures = [micro_of(text, unit or "万元") for text in actual.split(";")]
        for basis in locator_keys(locator).get("basis", ["budget", "final"]):
            rows += [
                {"report_id": report_id, "code": basis, "largest": figure}
                for figure in figures
                if figure is not None
            ]
    frame = pl.DataFrame(rows, schema={"report_id": pl.String, "code": pl.String, "largest": pl.Int64})
    return frame.group_by("report_id", "code").agg(pl.col("largest").max())


def three_public_items(look: Lookup) -> list[pl.DataFrame]:
    """X09.1: what 06 spends on an item is included in 09, so it cannot exceed it.

    Where the columns of 09 could not be told apart, an item that exceeds every figure of that row is still
    too large; any other stays open.
    """
    found = []
    largest = _candidates(look.notices, look.readings)
    for item, column in THREE_PUBLIC_ITEMS.items():
        locator = pl.lit(f"economic_code={item};column=amount")
        left = look.at(ECONOMY, wanted(look.reports, [item], ["amount"]))
        basis = look.reports.select("report_id", code=pl.col("kind"), column=pl.lit(column))
        right = look.at(THREE_PUBLIC, basis).join(
            largest, on=["report_id", "code"], how="left", maintain_order="left"
        )
        item_value = left.select("report_id", spent="value")
        right = right.join(item_value, on="report_id", how="left", maintain_order="left")
        reading = look.readings.filter(pl.col("resource") == THREE_PUBLIC)
        quantum = reading.select("report_id", r_quantum="quantum", r_unit="unit")
        right = right.join(quantum, on="report_id", how="left", maintain_order="left")
        # Whatever this blank cell holds, it is nothing or one of the figures that found no place.
        too_large = pl.col("value").is_null() & (pl.col("spent") > pl.col("largest")).fill_null(False)
        right = right.with_columns(
            value=pl.when(too_large).then(pl.col("largest")).otherwise(pl.col("value")),
            quantum=pl.when(too_large).then(pl.col("r_quantum")).otherwise(pl.col("quantum")),
            unit=pl.coalesce("unit", "r_unit"),
            ambiguous=pl.col("ambiguous") & ~too_large,
            incomplete=pl.col("incomplete") & ~too_large,
            code=pl.when(too_large).then(pl.lit(PRINTED_MAXIMUM)).otherwise(at_code),
        ).drop("largest", "spent", "r_quantum", "r_unit")
        # An item without money is included in anything, however little is known of the other side.
        found += [
            term(left, "X09.1", True, ECONOMY, locator, mode="bound", relation="<="),
            term(right, "X09.1", False, ECONOMY, locator, mode="bound", relation="<="),
        ]
    return found


RULES: dict[Callable[[Lookup], list[pl.DataFrame]], tuple[str, ...]] = {
    summary_totals: ("X01.1", "X01.2"),
    summary_classes: ("X01.3",),
    income_sources: ("X01.4",),
    expenditure_by_fund: ("X03.1", "X03.2", "X03.3"),
    appropriation_by_fund: ("X04.1", "X04.2", "X04.3"),
    basic_by_economy: ("X05.1",),
    three_public_items: ("X09.1",),
}
"""Every function of this module that states rules, with the rules it states."""
