"""Rules on completeness (T01.7, T02.4, ... T09.3): a total and its parts are both printed.

One reconciliation per report, table and kind of gap; its difference is the number of places concerned, and
``details`` names them. A cell whose figure is only ambiguous is no gap of the report.
"""

from __future__ import annotations

import polars as pl

from pipelines import schema
from pipelines.forms import forms
from pipelines.quality.arithmetic import at_code, at_column, coded, is_class, of, parent
from pipelines.quality.cells import SPLITS
from pipelines.quality.inside import APPROPRIATION, ECONOMY, PUBLIC_CLASSES, SUMMARY, income_items
from pipelines.quality.terms import RECONCILIATION_SCHEMA

GAP_RULES = {
    "revenue_expenditure_summary": "T01.7",
    "revenue_by_function": "T02.4",
    "expenditure_by_function": "T03.4",
    "appropriation_summary": "T04.9",
    "general_budget_expenditure": "T05.4",
    "basic_expenditure_by_economy": "T06.6",
    "government_fund": "T07.4",
    "state_capital": "T08.4",
    "three_public_expenses": "T09.3",
}
KINDS = ("parts", "total", "rows")
"""``parts``: a total without the columns that make it up; ``total``: columns or rows without the total above
them; ``rows``: a total whose rows below are listed without a figure."""

_GAP = ["report_id", "resource", "kind", "row", "code", "name", "column", "source_no", "page", "line"]


def _gap(cells: pl.DataFrame, kind: str) -> pl.DataFrame:
    return cells.select(
        "report_id", "resource", "row", "code", "name", "column", "source_no", "page", "line", kind=pl.lit(kind)
    ).select(_GAP)


def _doubtful_rows(cells: pl.DataFrame) -> pl.DataFrame:
    return cells.filter(pl.col("ambiguous")).select("report_id", "resource", "row").unique()


def within_rows(cells: pl.DataFrame) -> list[pl.DataFrame]:
    """Rows that print a total and none of its part columns, or the reverse."""
    certain = cells.join(_doubtful_rows(cells), on=["report_id", "resource", "row"], how="anti")
    gaps = certain.filter(pl.col("incomplete"))
    found = []
    for resource, splits in SPLITS.items():
        for total, parts in splits:
            table = of(gaps, resource)
            # The place of a row without parts is its printed total.
            rows = table.filter(at_column == parts[0]).with_columns(column=pl.lit(total))
            found.append(_gap(rows, "parts"))
            whole = table.filter(at_column == total)
            if (resource, total) == ("three_public_expenses", "vehicles"):
                # A blank part of the total above it is no gap of its own.
                purchase = of(certain, resource).filter(
                    at_column.is_in(parts) & (pl.col("value").fill_null(0) != 0)
                )
                whole = whole.join(purchase, on=["report_id", "row"], how="semi")
            found.append(_gap(whole, "total"))
    return found


def _between_rows(totals: pl.DataFrame, parts: pl.DataFrame, keys: list[str]) -> list[pl.DataFrame]:
    """Totals above blank rows, blank totals above printed rows; ``parts`` carry the keys of their total."""
    below = parts.group_by(keys).agg(
        printed=pl.col("value").is_not_null().any(),
        amounts=(pl.col("value").fill_null(0) != 0).any(),
        figures=pl.col("row_any").any(),
        doubtful=pl.col("ambiguous").any(),
    )
    both = totals.join(below, on=keys, how="inner").filter(~pl.col("ambiguous") & ~pl.col("doubtful"))
    unlisted = both.filter((pl.col("value").fill_null(0) != 0) & ~pl.col("figures"))
    blank = both.filter(pl.col("value").is_null() & pl.col("amounts") & ~pl.col("incomplete"))
    return [_gap(unlisted, "rows"), _gap(blank, "total")]


def between_rows(cells: pl.DataFrame) -> list[pl.DataFrame]:
    """合计, 类 and 款 against the rows below them, and the totals of 01, 04 and 06 against theirs."""
    found: list[pl.DataFrame] = []
    keys = ["report_id", "code", "column"]
    for resource in (*(name for name, form in forms().items() if form.hierarchy), ECONOMY):
        table = of(cells, resource)
        main = table.filter(at_column == schema.tables()[resource].amounts[0].name)
        if resource in ("government_fund", "state_capital"):
            main = table.filter(at_column == "total")
        below = main.with_columns(code=parent(at_code)).filter(at_code.is_not_null())
        found += _between_rows(main, below, keys)
    economy = of(cells, ECONOMY).filter(at_column == "amount")
    for total, classes in (("personnel_total", ("301", "303")), ("public_total", PUBLIC_CLASSES)):
        below = coded(economy, *classes).with_columns(code=pl.lit(total))
        found += _between_rows(coded(economy, total), below, keys)
    for resource in (SUMMARY, APPROPRIATION):
        for side in ("income", "expenditure"):
            found += _half(cells, resource, side)
    return found


def _half(cells: pl.DataFrame, resource: str, side: str) -> list[pl.DataFrame]:
    """One half of 01 or 04: the year's total against its items, and the grand total against the year's."""
    column = "total" if (resource, side) == (APPROPRIATION, "expenditure") else "amount"
    half = of(cells, resource, side).filter(at_column == column)
    if side == "expenditure":
        items = half.filter(is_class)
    elif resource == SUMMARY:
        items = income_items(cells)
    else:
        items = coded(half, "general_public_budget", "government_fund", "state_capital")
    current, grand = coded(half, "current_total"), coded(half, "grand_total")
    found = []
    for total, parts in (("current_total", items), ("grand_total", pl.concat([items, current]))):
        below = parts.with_columns(code=pl.lit(total))
        rows = current if total == "current_total" else grand
        pair = _between_rows(rows, below, ["report_id", "code", "column"])
        # A grand total without items says no more than the year's total without them.
        found += pair if total == "current_total" else pair[1:]
    return found


def gaps(cells: pl.DataFrame) -> pl.DataFrame:
    """Every gap of every table, one row each."""
    return pl.concat([*within_rows(cells), *between_rows(cells)]).unique(maintain_order=True)


def reconciliations(cells: pl.DataFrame) -> pl.DataFrame:
    """Per report and table that prints figures: how many gaps of each kind, as counts to be zero."""
    tables = (
        cells.filter(pl.col("value").is_not_null())
        .select("report_id", "resource")
        .unique(maintain_order=True)
    )
    kinds = tables.join(pl.DataFrame({"kind": list(KINDS)}), how="cross")
    columns = pl.col("column").unique(maintain_order=True).str.join("|")
    found = (
        gaps(cells)
        .group_by("report_id", "resource", "kind", maintain_order=True)
        .agg(
            difference=pl.len(),
            rows=pl.col("row").unique(maintain_order=True).str.join("|"),
            columns=columns,
            source_no=pl.col("source_no").first(),
            page=pl.col("page").first(),
            line=pl.col("line").first(),
            details=_described(),
        )
    )
    return (
        kinds.join(found, on=["report_id", "resource", "kind"], how="left", maintain_order="left")
        .with_columns(
            rule_id=pl.col("resource").replace_strict(GAP_RULES),
            locator=pl.when(pl.col("rows").is_not_null())
            .then(pl.concat_str(_short_rows(), pl.lit(";column="), pl.col("columns")))
            .otherwise(pl.concat_str(pl.lit("kind="), pl.col("kind"))),
            relation=pl.lit("="),
            expected=pl.lit(None, dtype=pl.Int64),
            actual=pl.lit(None, dtype=pl.Int64),
            difference=pl.col("difference").fill_null(0),
            excess=pl.col("difference").fill_null(0),
            tolerance=pl.lit(0),
            state=pl.lit("compared"),
            reason=pl.col("kind"),
            parts=pl.lit(None, dtype=pl.String),
            other_resource=pl.lit(None, dtype=pl.String),
            other_page=pl.lit(None, dtype=pl.Int64),
            other_line=pl.lit(None, dtype=pl.Int64),
        )
        .select(pl.col(name).cast(dtype) for name, dtype in RECONCILIATION_SCHEMA.items())
    )


def _short_rows() -> pl.Expr:
    """``function_code=201|function_code=208`` → ``function_code=201|208``: the key once."""
    return pl.col("rows").str.replace_all(r"\|(?:side=\w+;)?\w+=", "|")


def _described() -> pl.Expr:
    """A row for a reader: code and name, or the name alone where the code is ours."""
    name = pl.col("name").fill_null("")
    coded = pl.concat_str(pl.col("code"), pl.lit(" "), name).str.strip_chars()
    own = pl.when(name == "").then(pl.col("code")).otherwise(name)
    return pl.when(pl.col("code").str.contains(r"^\d+$")).then(coded).otherwise(own)
