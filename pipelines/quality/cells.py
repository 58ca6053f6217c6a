"""Every amount of the nine tables as one long frame, with what is known about the place it stands in.

This is for asking any table for any figure in the same way. Amounts become int64 micro-units (1e-6 万元), so
that all arithmetic after it is exact. Nothing is compared here.

A blank cell means "no amount" only where its surroundings say so. The columns that tell:

``ambiguous``   the reading could not decide which figure stands here (E02) or OCR which figure it is (E48), it is withheld (E15), or the row is printed twice (E09)
``incomplete``  the row prints a total but none of its parts (then a part is unknown, not nothing), or parts
                and no total (then the total is unknown)
``row_solid``   printed, or blank in a row that prints its other figures
``table_solid`` printed, or blank in a table that prints figures for such rows
``outside``     the table prints columns or rows outside the data model (E07), and its totals include them
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

import polars as pl

from pipelines import schema
from pipelines.extract.result import MICRO
from pipelines.forms import forms

FUNDS = {
    "general_public_budget": "general_budget_expenditure",
    "government_fund": "government_fund",
    "state_capital": "state_capital",
}
"""A budget (a column of table 04) and the table that details it."""

MAY_BE_EMPTY = ("government_fund", "state_capital", "three_public_expenses")
"""Tables that a body without such money publishes empty: their blank is a statement."""

SPLITS: dict[str, list[tuple[str, tuple[str, ...]]]] = {
    resource: [(formula.total, formula.parts) for formula in form.formulas]
    for resource, form in forms().items()
    if form.formulas
}
"""The columns that add up within a row: (total, parts)."""

TOTAL_ROWS = (
    "total",
    "current_total",
    "grand_total",
    "opening_balance",
    "closing_balance",
    "surplus_used",
    "surplus_distribution",
    "personnel_total",
    "public_total",
)
_CODE_FIELDS = ("function_code", "economic_code", "item_code", "basis")
_READ = ("found", "empty")

CELL_SCHEMA = {
    "report_id": pl.String,
    "resource": pl.String,
    "side": pl.String,
    "code": pl.String,
    "name": pl.String,
    "row": pl.String,
    "column": pl.String,
    "value": pl.Int64,
    "source_no": pl.Int64,
    "page": pl.Int64,
    "line": pl.Int64,
    "incomplete": pl.Boolean,
    "row_any": pl.Boolean,
    "split": pl.Boolean,
}


def micro(column: str) -> pl.Expr:
    """A DECIMAL(18,6) column as exact int64 micro-units."""
    return pl.col(column).cast(pl.Decimal(18, 6)).to_physical().cast(pl.Int64)


def micro_of(printed: str, unit: str) -> int | None:
    """A printed figure as micro-units; None if it is no figure."""
    try:
        amount = Decimal(printed.replace(",", "").replace("，", "").strip())
    except InvalidOperation:
        return None
    scaled = amount * (MICRO if unit == "万元" else MICRO // 10_000)
    return int(scaled) if scaled == scaled.to_integral_value() else None


def table_readings(tables: pl.DataFrame, reports: pl.DataFrame) -> pl.DataFrame:
    """One row per report and official table: how it was read. A table nobody mentions is ``missing``."""
    unsaid = [pl.lit(None, dtype=pl.String).alias(name) for name in ("method", "columns") if name not in tables.columns]
    known = tables.with_columns(unsaid).select(
        "report_id", "resource", "title", "status", "unit", "quantum", "method", "columns"
    ).with_columns(
        pl.col("quantum").cast(pl.Int64),
        pl.col("title", "status", "unit", "method", "columns").cast(pl.String),
        preference=pl.col("status").cast(pl.String).replace_strict({"found": 0, "empty": 1}, default=2),
    )
    known = known.sort("preference", maintain_order=True).unique(
        ["report_id", "resource"], keep="first", maintain_order=True
    )
    declared = pl.DataFrame(
        {
            "resource": list(schema.tables()),
            "resource_title": [table.title for table in schema.tables().values()],
        },
        schema={"resource": pl.String, "resource_title": pl.String},
    )
    return (
        reports.select("report_id", "kind")
        .join(declared, how="cross")
        .join(known.drop("preference"), on=["report_id", "resource"], how="left")
        .with_columns(
            pl.col("status").fill_null("missing"),
            title=pl.coalesce("title", "resource_title"),
        )
        .drop("resource_title")
        .with_columns(
            available=pl.col("status").is_in(_READ),
        )
    )


def _wide(resource: str, frame: pl.DataFrame) -> pl.DataFrame:
    """One table with its amounts as integers, its key in common names, and what each row prints."""
    amounts = [declared.name for declared in schema.tables()[resource].amounts]
    code_field = next(name for name in _CODE_FIELDS if name in frame.columns)
    name_field = schema.tables()[resource].row_name
    side = pl.col("side") if "side" in frame.columns else pl.lit(None, dtype=pl.String)
    locator = pl.format(code_field + "={}", pl.col(code_field))
    if "side" in frame.columns:
        locator = pl.format("side={};{}", side, locator)
    return frame.select(
        "report_id",
        resource=pl.lit(resource),
        side=side,
        code=pl.col(code_field),
        name=pl.col(name_field) if name_field else pl.lit(None, dtype=pl.String),
        row=locator,
        source_no=pl.col("source_no").cast(pl.Int64),
        page=pl.col("page").cast(pl.Int64),
        line=pl.col("line").cast(pl.Int64),
        row_any=pl.any_horizontal(pl.col(amounts).is_not_null()),
        **{name: micro(name) for name in amounts},
    )


def _gaps(resource: str, wide: pl.DataFrame) -> dict[str, pl.Expr]:
    """Per column: whether a blank in it is unknown rather than nothing, by the row's own figures."""
    gaps: dict[str, pl.Expr] = {}
    for total, parts in SPLITS.get(resource, []):
        columns = list(parts)
        printed = pl.any_horizontal(pl.col(columns).is_not_null())
        in_use = pl.lit(True)
        if resource == "basic_expenditure_by_economy":
            # Final accounts have no such columns: only where the table prints them can they be blank.
            in_use = printed.any().over("report_id")
        without_parts = (pl.col(total).fill_null(0) != 0) & ~printed & in_use
        # Only parts that come to something make the blank beside them unknown: parts of 0 say that it is 0.
        without_total = pl.col(total).is_null() & pl.any_horizontal(pl.col(columns).fill_null(0) != 0)
        for part in columns:
            gaps[part] = without_parts
        gaps[total] = gaps.get(total, pl.lit(False)) | without_total
    return gaps


def _long(resource: str, frame: pl.DataFrame) -> pl.DataFrame:
    """One table, one row per cell."""
    wide = _wide(resource, frame)
    gaps = _gaps(resource, wide)
    parts = {part for _, columns in SPLITS.get(resource, []) for part in columns}
    amounts = [declared.name for declared in schema.tables()[resource].amounts]
    common = ["report_id", "resource", "side", "code", "name", "row", "source_no", "page", "line", "row_any"]
    columns = [
        wide.select(
            *common,
            column=pl.lit(amount),
            value=pl.col(amount),
            # A printed figure is never a gap.
            incomplete=gaps.get(amount, pl.lit(False)) & pl.col(amount).is_null(),
            split=pl.lit(amount in parts),
        )
        for amount in amounts
    ]
    return pl.concat(columns).select(pl.col(name).cast(dtype) for name, dtype in CELL_SCHEMA.items())


def notice_cells(notices: pl.DataFrame) -> pl.DataFrame:
    """The cells that notices E02, E09, E15 and E48 name, one row each; null means every code, side or column."""
    rows: list[dict[str, str | None]] = []
    for report_id, resource, locator in (
        notices.filter(pl.col("code").is_in(["E02", "E09", "E15", "E48"]))
        .select("report_id", "resource", "locator")
        .iter_rows()
    ):
        keys = locator_keys(locator)
        codes = next((keys[name] for name in _CODE_FIELDS if name in keys), [None])
        for code in codes:
            for side in keys.get("side", [None]):
                for column in keys.get("column", [None]):
                    place = {"code": code, "side": side, "column": column}
                    rows.append({"report_id": report_id, "resource": resource, **place})
    names = ("report_id", "resource", "code", "side", "column")
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String)).rename(
        {"code": "n_code", "side": "n_side", "column": "n_column"}
    )


def locator_keys(locator: str | None) -> dict[str, list[str | None]]:
    """``function_code=20807;column=a|b`` → ``{'function_code': ['20807'], 'column': ['a', 'b']}``."""
    keys: dict[str, list[str | None]] = {}
    for part in re.split(r"[;；]", locator or ""):
        name, separator, values = part.partition("=")
        if separator and values.strip():
            keys[name.strip()] = [value.strip() for value in values.split("|")]
    return keys


def _ambiguous(cells: pl.DataFrame, notices: pl.DataFrame) -> pl.DataFrame:
    """The cells (by index) that a notice puts in doubt."""
    named = notice_cells(notices)
    touched = cells.select("cell", "report_id", "resource", "code", "side", "column")
    by_table = touched.join(named.filter(pl.col("resource").is_not_null()), on=["report_id", "resource"])
    # A notice that names no table leaves the whole report in doubt.
    by_report = touched.join(named.filter(pl.col("resource").is_null()).drop("resource"), on="report_id")
    hit = pl.lit(True)
    for place in ("code", "side", "column"):
        hit = hit & (pl.col(f"n_{place}").is_null() | (pl.col(f"n_{place}") == pl.col(place)))
    found = pl.concat([by_table.filter(hit).select("cell"), by_report.filter(hit).select("cell")])
    return found.unique()


def build(frames: Mapping[str, pl.DataFrame], readings: pl.DataFrame, notices: pl.DataFrame) -> pl.DataFrame:
    """Every cell of every table that was read, of every report."""
    long = [_long(name, frames[name]) for name in schema.tables() if name in frames]
    cells = pl.concat(long) if long else pl.DataFrame(schema=CELL_SCHEMA)
    cells = cells.with_row_index("cell").join(
        readings.select("report_id", "resource", "unit", "quantum", "title", "available"),
        on=["report_id", "resource"],
        how="left",
    )
    unread = cells.filter(pl.col("value").is_not_null() & ~pl.col("available").fill_null(False))
    # E94 reports such a table; its figures take no part, for nothing says in which unit they stand.
    cells = cells.join(
        unread.select("report_id", "resource").unique(), on=["report_id", "resource"], how="anti"
    )
    if cells.filter(pl.col("value").is_not_null() & pl.col("quantum").is_null()).height:
        raise ValueError("a table that was read has no quantum: its tolerance is unknown")
    doubtful = _ambiguous(cells, notices).get_column("cell").to_list()
    outside = notices.filter(pl.col("code") == "E07").select(
        "report_id", pl.col("resource").cast(pl.String), outside=pl.lit(True)
    )
    cells = cells.join(outside.unique(), on=["report_id", "resource"], how="left", maintain_order="left")
    cells = cells.with_columns(
        pl.col("outside").fill_null(False),
        ambiguous=pl.col("cell").is_in(doubtful),
        detail=~pl.col("code").is_in(TOTAL_ROWS),
    )
    return _with_solidity(cells)


def _with_solidity(cells: pl.DataFrame) -> pl.DataFrame:
    """Whether a blank means "no amount": see the module's docstring."""
    printed = pl.col("value").is_not_null()
    certain = ~pl.col("ambiguous") & ~pl.col("incomplete")
    place = ["report_id", "resource", "side"]
    cells = cells.with_columns(in_use=(printed & pl.col("detail")).any().over(place))
    row_complete = pl.col("row_any") & certain
    return cells.with_columns(
        row_solid=printed | row_complete,
        table_solid=printed
        | (certain & pl.col("detail") & pl.col("in_use"))
        | (row_complete & ~pl.col("detail") & pl.col("split")),
    )


def stated_empty(readings: pl.DataFrame, cells: pl.DataFrame) -> pl.DataFrame:
    """The readings with ``stated_empty``: a table without any figure, where a body may have no such money."""
    certain = cells.filter(pl.col("value").is_not_null() | pl.col("ambiguous"))
    figures = certain.select("report_id", "resource", figures=pl.lit(True)).unique()
    return (
        readings.join(figures, on=["report_id", "resource"], how="left", maintain_order="left")
        .with_columns(
            stated_empty=pl.col("available")
            & pl.col("resource").is_in(MAY_BE_EMPTY)
            & pl.col("figures").is_null()
        )
        .drop("figures")
    )
