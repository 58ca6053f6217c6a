"""Cells of one table asked for by report, code and column, also where the table prints no such row.

What a missing row means is said here: no amount, not known, or not read. Not for which cells of two tables must
agree: those are the rules of ``between``.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from pipelines import schema
from pipelines.quality.arithmetic import at_code, at_column, coded, is_class, of, parent
from pipelines.quality.cells import FUNDS
from pipelines.quality.inside import APPROPRIATED, APPROPRIATION, OTHER_INCOME, SUMMARY
from pipelines.quality.terms import Mode, Relation, terms

EXPENDITURE, REVENUE, GENERAL = "expenditure_by_function", "revenue_by_function", "general_budget_expenditure"
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
class TableCells:
    """One table of all reports (or one half of it), ready to be asked for cells."""

    resource: str
    side: str | None
    cells: pl.DataFrame
    reading: pl.DataFrame
    """Per report: whether it was read, whether it is stated empty, whether it has parts outside the model."""

    @classmethod
    def of(cls, cells: pl.DataFrame, readings: pl.DataFrame, resource: str, side: str | None) -> TableCells:
        table = of(cells, resource, side)
        status = readings.filter(pl.col("resource") == resource).select(
            "report_id", read="available", empty="stated_empty", r_title="title"
        )
        outside = table.group_by("report_id").agg(outside_any=pl.col("outside").any())
        return cls(resource, side, table, status.join(outside, on="report_id", how="left"))


def look_up(table: TableCells, places: pl.DataFrame) -> pl.DataFrame:
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


class Lookup:
    """The frames that every rule between tables looks into."""

    def __init__(
        self, cells: pl.DataFrame, readings: pl.DataFrame, notices: pl.DataFrame, reports: pl.DataFrame
    ) -> None:
        self.cells = cells
        self.readings = readings
        self.notices = notices
        self.reports = reports
        self._tables: dict[tuple[str, str | None], TableCells] = {}

    def at(self, resource: str, places: pl.DataFrame, side: str | None = None) -> pl.DataFrame:
        key = (resource, side)
        if key not in self._tables:
            self._tables[key] = TableCells.of(self.cells, self.readings, resource, side)
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
