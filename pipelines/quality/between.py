"""Rules X: figures that stand in two tables and must agree, as terms of comparisons.

A figure that one table prints and the other does not is "no amount" there only if that table was read and
details such rows. Tables 07, 08 and 09 may be lawfully empty; a fund table that is not announced at all
counts as empty while table 04 prints nothing for that fund.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from pipelines import schema
from pipelines.quality.arithmetic import at_code, at_column, coded, is_class, of, parent
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
from pipelines.quality.terms import Mode, Relation, terms
from pipelines.quality.wording import PRINTED_MAXIMUM

EXPENDITURE, REVENUE, GENERAL = "expenditure_by_function", "revenue_by_function", "general_budget_expenditure"
THREE_PUBLIC_ITEMS = {
    "30212": "overseas_trips",
    "31013": "vehicle_purchase",
    "30231": "vehicle_operation",
    "30217": "reception",
}
TABLE_NUMBERS = {name: f"{table.table_no:02d}" for name, table in schema.tables().items()}
CODE_FIELDS = {
    name: next(field for field in table.primary_key if field not in ("report_id", "side"))
    for name, table in schema.tables().items()
}
_WANTED = ["report_id", "code", "column"]


def wanted(reports: pl.DataFrame, codes: list[str], columns: list[str]) -> pl.DataFrame:
    """Every combination of report, code and column."""
    return (
        reports.select("report_id")
        .join(pl.DataFrame({"code": codes}), how="cross")
        .join(pl.DataFrame({"column": columns}), how="cross")
    )


def left_out(table: pl.DataFrame, places: pl.DataFrame) -> pl.DataFrame:
    """Codes that a table does not print: report_id, code, nothing (whether that means no amount).

    It does where the table prints figures for rows of that level, prints no row below the code itself, and
    breaks its parent down if it prints it. A table that stops at 款 says nothing of its 项.
    """
    codes = places.select("report_id", "code").filter(at_code.str.contains(r"^\d+$"))
    rows = table.filter(pl.col("detail")).select("report_id", "code").unique()
    absent = codes.unique(maintain_order=True).join(rows, on=["report_id", "code"], how="anti")
    if absent.is_empty():
        return absent.with_columns(nothing=pl.lit(True))
    printed = table.filter(pl.col("detail") & pl.col("value").is_not_null())
    levels = printed.select("report_id", level=at_code.str.len_chars()).unique()
    broken_down = rows.with_columns(code=parent(at_code)).drop_nulls("code").unique()
    above = pl.concat([broken_down, broken_down.with_columns(code=parent(at_code))]).unique()
    undivided = rows.join(broken_down, on=["report_id", "code"], how="anti")
    return (
        absent.with_columns(level=at_code.str.len_chars(), up=parent(at_code))
        .join(levels.with_columns(level_used=True), on=["report_id", "level"], how="left")
        .join(above.with_columns(below=True), on=["report_id", "code"], how="left")
        .join(
            undivided.select("report_id", up="code", stops=pl.lit(True)), on=["report_id", "up"], how="left"
        )
        .select(
            "report_id",
            "code",
            nothing=pl.col("level_used").is_not_null()
            & pl.col("below").is_null()
            & pl.col("stops").is_null(),
        )
    )


@dataclass(frozen=True, slots=True)
class Table:
    """One table of all reports (or one half of it), ready to be asked for cells."""

    resource: str
    side: str | None
    cells: pl.DataFrame
    reading: pl.DataFrame
    """Per report: whether it was read, whether it is stated empty, whether it has parts outside the model."""

    @classmethod
    def of(cls, cells: pl.DataFrame, readings: pl.DataFrame, resource: str, side: str | None) -> Table:
        table = of(cells, resource, side)
        status = readings.filter(pl.col("resource") == resource).select(
            "report_id", read="available", empty="stated_empty", r_title="title"
        )
        outside = table.group_by("report_id").agg(outside_any=pl.col("outside").any())
        return cls(resource, side, table, status.join(outside, on="report_id", how="left"))


def look_up(table: Table, places: pl.DataFrame) -> pl.DataFrame:
    """The cells at ``places`` (report, code, column) of one table, also where the table has no such row.

    A place without a row is blank: ``missing`` where the table was not read, solid where ``left_out`` says
    that the code has no amount, or where the table states that it is empty.
    """
    resource, side = table.resource, table.side
    prefix = pl.lit(f"side={side};") if side else pl.lit("")
    found = (
        places.join(table.cells.drop("resource", "side"), on=_WANTED, how="left")
        .join(table.reading, on="report_id", how="left")
        .join(left_out(table.cells, places), on=["report_id", "code"], how="left")
    )
    absent = pl.col("row").is_null()
    is_detail = pl.col("code").str.contains(r"^\d+$")
    blank_is_nothing = pl.col("empty").fill_null(False) | pl.col("nothing").fill_null(False)
    return found.with_columns(
        resource=pl.lit(resource),
        side=pl.lit(side, dtype=pl.String),
        missing=~pl.col("read").fill_null(False)
        # A total that includes columns outside the data model is another quantity.
        | (pl.col("outside_any").fill_null(False) & at_column.is_in(["total", "amount"]))
        # A total that a table with figures does not print is not known.
        | (absent & ~is_detail & ~pl.col("empty").fill_null(False)),
        table_solid=pl.when(absent | pl.col("empty").fill_null(False))
        .then(blank_is_nothing)
        .otherwise(pl.col("table_solid")),
        ambiguous=pl.col("ambiguous").fill_null(False),
        incomplete=pl.col("incomplete").fill_null(False),
        title=pl.coalesce("title", "r_title"),
        row=pl.coalesce("row", pl.concat_str(prefix, pl.lit(CODE_FIELDS[resource] + "="), at_code)),
    ).drop("read", "empty", "r_title", "outside_any", "nothing")


def among(frame: pl.DataFrame) -> pl.Expr:
    """Whether a report has rows in this frame."""
    return pl.col("report_id").is_in(frame.get_column("report_id").unique().to_list())


def term(
    cells: pl.DataFrame,
    rule: str,
    actual: bool,
    resource: str,
    locator: pl.Expr,
    mode: Mode = "match",
    relation: Relation = "=",
) -> pl.DataFrame:
    """Terms of a rule between tables: blanks are judged by the table, labels name the table's row."""
    table_no = pl.col("resource").replace_strict(TABLE_NUMBERS, default="")
    label = pl.concat_str(table_no, pl.lit(":"), at_code, pl.lit("."), at_column)
    return terms(
        cells,
        rule,
        actual=actual,
        mode=mode,
        solid="table_solid",
        resource=resource,
        locator=locator,
        label=label,
        relation=relation,
    )


def year_total(cells: pl.DataFrame, resource: str, side: str) -> pl.DataFrame:
    """The year's total of one half of 01 or 04: its own row, or the grand total where there is no balance."""
    half = of(cells, resource, side)
    current = coded(half, "current_total").filter(pl.col("row_any") | pl.col("ambiguous"))
    balances = coded(half, "opening_balance", "surplus_used", "closing_balance", "surplus_distribution")
    moved = balances.filter((pl.col("value").fill_null(0) != 0) | pl.col("ambiguous"))
    grand = coded(half, "grand_total").filter(pl.col("row_any"))
    for known in (current, moved):
        grand = grand.join(known.select("report_id").unique(), on="report_id", how="anti")
    return pl.concat([current, grand])


def year_places(year: pl.DataFrame, reports: pl.DataFrame, resource: str, column: str) -> pl.DataFrame:
    """Where the year's total of each report stands, the report's row current_total if it has none."""
    codes = year.filter(at_column == column).select("report_id", "code").unique("report_id")
    return (
        reports.select("report_id")
        .join(codes, on="report_id", how="left")
        .with_columns(pl.col("code").fill_null("current_total"), column=pl.lit(column))
    )


class Between:
    """The frames that every rule between tables looks into."""

    def __init__(
        self, cells: pl.DataFrame, readings: pl.DataFrame, notices: pl.DataFrame, reports: pl.DataFrame
    ) -> None:
        self.cells = cells
        self.readings = readings
        self.notices = notices
        self.reports = reports
        self._tables: dict[tuple[str, str | None], Table] = {}

    def at(self, resource: str, places: pl.DataFrame, side: str | None = None) -> pl.DataFrame:
        key = (resource, side)
        if key not in self._tables:
            self._tables[key] = Table.of(self.cells, self.readings, resource, side)
        return look_up(self._tables[key], places)

    def lacks(self, resource: str, column: str) -> pl.Expr:
        """Reports whose form of a table has no such column: it is neither blank nor zero, and nothing is compared."""
        bound = pl.col("columns").str.split(",").list.contains(column)
        without = self.readings.filter(
            (pl.col("resource") == resource) & pl.col("available") & pl.col("columns").is_not_null() & ~bound
        )
        return among(without)

    def year(self, resource: str, side: str, column: str) -> pl.DataFrame:
        """The year's total of 01 or 04, one cell per report."""
        places = year_places(year_total(self.cells, resource, side), self.reports, resource, column)
        return self.at(resource, places, side)

    def total(self, resource: str, column: str) -> pl.DataFrame:
        """One figure of the row 合计, one cell per report."""
        return self.at(resource, wanted(self.reports, ["total"], [column]))

    def classes(self, *resources: str, every_level: bool = False) -> pl.DataFrame:
        """Every class (or every code) that one of the tables prints: report_id, code."""
        rows = self.cells.filter(pl.col("resource").is_in(resources))
        wanted_rows = at_code.str.contains(r"^(\d+|total)$") if every_level else is_class
        return rows.filter(wanted_rows).select("report_id", "code").unique(maintain_order=True)

    def fund(self, fund: str, places: pl.DataFrame) -> pl.DataFrame:
        """Cells of one fund's table; one that nobody announces is empty where 04 knows no such fund."""
        found = self.at(FUNDS[fund], places)
        if fund == "general_public_budget":
            return found
        table = of(self.cells, APPROPRIATION)
        printed = table.filter(
            ((at_column == fund) | at_code.is_in([fund, f"opening_{fund}"]))
            & (pl.col("value").fill_null(0).ne(0) | pl.col("ambiguous"))
        )
        read = self.readings.filter((pl.col("resource") == APPROPRIATION) & pl.col("available"))
        unannounced = self.readings.filter(
            (pl.col("resource") == FUNDS[fund]) & (pl.col("status") == "missing")
        )
        without = (
            unannounced.join(read.select("report_id"), on="report_id", how="semi")
            .join(printed.select("report_id").unique(), on="report_id", how="anti")
            .select("report_id", without=pl.lit(True))
        )
        return (
            found.join(without, on="report_id", how="left", maintain_order="left")
            .with_columns(
                missing=pl.col("missing") & pl.col("without").is_null(),
                table_solid=pl.col("table_solid") | pl.col("without").is_not_null(),
            )
            .drop("without")
        )

    def only_appropriation(self) -> pl.DataFrame:
        """Reports whose money is all appropriation: report_id, holds (null: cannot be told).

        All income items but the appropriation are blank or zero in 01 (and 02, where it was read), no
        surplus is used, and the opening balance is nothing or all of it appropriation (01 = 04).
        """
        income = of(self.cells, SUMMARY, "income")
        other = coded(income, *OTHER_INCOME, "surplus_used")
        sources = of(self.cells, REVENUE).filter((at_code == "total") & at_column.is_in(OTHER_INCOME))
        foreign = pl.concat([other, sources]).filter(pl.col("value").fill_null(0) != 0)
        unsure = pl.concat([other, sources, coded(income, "opening_balance")]).filter(pl.col("ambiguous"))
        opening = coded(income, "opening_balance").select("report_id", opening="value")
        own = coded(of(self.cells, APPROPRIATION, "income"), "opening_balance").filter(at_column == "amount")
        carried = opening.join(own.select("report_id", own="value"), on="report_id", how="left").filter(
            (pl.col("opening").fill_null(0) != 0) & (pl.col("opening") != pl.col("own").fill_null(0))
        )
        summary, own_read = (
            self.readings.filter((pl.col("resource") == name) & pl.col("available"))
            for name in (SUMMARY, APPROPRIATION)
        )
        # Without one printed item of appropriation there is nothing to conclude from.
        items = coded(income, "fiscal_appropriation", *APPROPRIATED)
        funded = items.filter(pl.col("value").fill_null(0) != 0)

        no = among(foreign) | (among(carried) & among(own_read))
        return self.reports.select(
            "report_id",
            holds=pl.when(no)
            .then(False)
            .when(~among(summary) | ~among(funded) | among(unsure) | among(carried))
            .then(None)
            .otherwise(True),
        )


def summary_totals(look: Between) -> list[pl.DataFrame]:
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


def summary_classes(look: Between) -> list[pl.DataFrame]:
    """X01.3."""
    codes = look.classes(SUMMARY, EXPENDITURE)
    locator = pl.concat_str(pl.lit("side=expenditure;item_code="), at_code, pl.lit(";column=amount"))
    left = look.at(SUMMARY, codes.with_columns(column=pl.lit("amount")), "expenditure")
    right = look.at(EXPENDITURE, codes.with_columns(column=pl.lit("total")))
    return [term(left, "X01.3", True, SUMMARY, locator), term(right, "X01.3", False, SUMMARY, locator)]


def income_sources(look: Between) -> list[pl.DataFrame]:
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


def _read(look: Between, resource: str) -> pl.Expr:
    """Reports of which this table was read."""
    return among(look.readings.filter((pl.col("resource") == resource) & pl.col("available")))


def _uses(look: Between, side: str) -> pl.Expr:
    """Reports whose table 01 prints items on that side."""
    return among(of(look.cells, SUMMARY, side).filter(pl.col("in_use")))


def _funds_of(
    look: Between, places: pl.DataFrame, rule: str, locator: pl.Expr, relation: Relation = "="
) -> list[pl.DataFrame]:
    """Tables 05, 07 and 08 together, as the side that 03 is held against."""
    return [
        term(look.fund(fund, places), rule, False, EXPENDITURE, locator, relation=relation) for fund in FUNDS
    ]


def expenditure_by_fund(look: Between) -> list[pl.DataFrame]:
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


def appropriation_by_fund(look: Between) -> list[pl.DataFrame]:
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


def basic_by_economy(look: Between) -> list[pl.DataFrame]:
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


def three_public_items(look: Between) -> list[pl.DataFrame]:
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


RULES: dict[Callable[[Between], list[pl.DataFrame]], tuple[str, ...]] = {
    summary_totals: ("X01.1", "X01.2"),
    summary_classes: ("X01.3",),
    income_sources: ("X01.4",),
    expenditure_by_fund: ("X03.1", "X03.2", "X03.3"),
    appropriation_by_fund: ("X04.1", "X04.2", "X04.3"),
    basic_by_economy: ("X05.1",),
    three_public_items: ("X09.1",),
}
"""Every function of this module that states rules, with the rules it states."""
