"""What a comparison is made of, and how it is settled: exact differences, tolerance, state.

A rule gives *terms*: one row per cell that takes part, on the side that the rule judges (``actual``) or on
the side it is held against. ``settle`` turns the terms of every comparison into one reconciliation row. This
is for arithmetic only: no rule is stated here, and no verdict is given (that is for Great Expectations).

The tolerance is half a display unit for each printed figure that takes part. It is kept in whole micro-units,
rounded down; nothing is lost by that, because every difference is a whole number of micro-units too, and
``d <= n / 2`` and ``d <= n // 2`` are the same for whole ``d``.
"""

from __future__ import annotations

from typing import Literal

import polars as pl

Relation = Literal["=", "<=", ">="]
Mode = Literal["sum", "match", "bound"]
"""``sum``: a printed total against its printed parts; ``match``: two figures that stand in different places,
a blank being "no amount" where the table says so; ``bound``: as ``match``, but without a figure on the judged
side there is nothing to judge."""

KEY = ["report_id", "rule_id", "resource", "locator"]
TERM_SCHEMA: dict[str, type[pl.DataType] | pl.DataType] = {
    "report_id": pl.String,
    "rule_id": pl.String,
    "resource": pl.String,
    "locator": pl.String,
    "mode": pl.String,
    "relation": pl.String,
    "actual": pl.Boolean,
    "sign": pl.Int8,
    "value": pl.Int64,
    "quantum": pl.Int64,
    "unit": pl.String,
    "source_no": pl.Int64,
    "page": pl.Int64,
    "line": pl.Int64,
    "ambiguous": pl.Boolean,
    "incomplete": pl.Boolean,
    "solid": pl.Boolean,
    "missing": pl.Boolean,
    "source": pl.String,
    "title": pl.String,
    "row": pl.String,
    "column": pl.String,
    "code": pl.String,
    "name": pl.String,
    "label": pl.String,
}
RECONCILIATION_SCHEMA: dict[str, type[pl.DataType] | pl.DataType] = {
    "report_id": pl.String,
    "rule_id": pl.String,
    "resource": pl.String,
    "locator": pl.String,
    "relation": pl.String,
    "expected": pl.Int64,
    "actual": pl.Int64,
    "difference": pl.Int64,
    "excess": pl.Int64,
    "tolerance": pl.Int64,
    "state": pl.String,
    "reason": pl.String,
    "parts": pl.String,
    "source_no": pl.Int64,
    "page": pl.Int64,
    "line": pl.Int64,
    "other_resource": pl.String,
    "other_page": pl.Int64,
    "other_line": pl.Int64,
    "details": pl.List(pl.String),
}


def printed(value: str = "value", unit: str = "unit", quantum: str = "quantum") -> pl.Expr:
    """An amount in micro-units as its table prints it: in the table's unit, with the table's decimals."""
    in_yuan = pl.col(unit) == "元"
    magnitude = pl.col(value).abs()
    whole = pl.when(in_yuan).then(magnitude // 100).otherwise(magnitude // 1_000_000)
    fraction = (
        pl.when(in_yuan)
        .then((magnitude % 100).cast(pl.String).str.zfill(2))
        .otherwise((magnitude % 1_000_000).cast(pl.String).str.zfill(6))
    )
    # One display unit of 10^k micro-units shows the fraction's digits but the last k.
    zeros = pl.col(quantum).cast(pl.String).str.len_chars().cast(pl.Int64) - 1
    declared = (pl.when(in_yuan).then(2).otherwise(6) - zeros).clip(0)
    needed = fraction.str.strip_chars_end("0").str.len_chars().cast(pl.Int64)
    digits = pl.max_horizontal(declared, needed)
    sign = pl.when(pl.col(value) < 0).then(pl.lit("-")).otherwise(pl.lit(""))
    text = pl.when(digits > 0).then(
        pl.concat_str(sign, whole.cast(pl.String), pl.lit("."), fraction.str.slice(0, digits))
    )
    return text.otherwise(pl.concat_str(sign, whole.cast(pl.String)))


def terms(
    cells: pl.DataFrame,
    rule: str,
    *,
    actual: bool,
    mode: Mode = "sum",
    relation: Relation = "=",
    sign: int = 1,
    solid: str = "row_solid",
    resource: str | None = None,
    locator: pl.Expr | None = None,
    label: pl.Expr | None = None,
    whole: bool = False,
) -> pl.DataFrame:
    """Cells as terms of a rule. ``locator`` (default: the cell's own place) says which comparison they join.

    ``whole``: the rule needs all parts of a total, so it stays open where the table prints parts outside
    the data model.
    """
    lost = pl.col("missing") if "missing" in cells.columns else pl.lit(False)
    place = pl.concat_str(pl.col("row"), pl.lit(";column="), pl.col("column"))
    return cells.select(
        "report_id",
        rule_id=pl.lit(rule),
        resource=pl.lit(resource) if resource else pl.col("resource"),
        locator=locator if locator is not None else place,
        mode=pl.lit(mode),
        relation=pl.lit(relation),
        actual=pl.lit(actual),
        sign=pl.lit(sign, dtype=pl.Int8),
        value="value",
        quantum="quantum",
        unit="unit",
        source_no="source_no",
        page="page",
        line="line",
        ambiguous="ambiguous",
        incomplete="incomplete",
        solid=solid,
        missing=lost | pl.col("outside") if whole else lost,
        source="resource",
        title="title",
        row="row",
        column="column",
        code="code",
        name="name",
        label=label if label is not None else pl.col("code"),
    ).cast(TERM_SCHEMA)  # type: ignore[arg-type]


def no_terms() -> pl.DataFrame:
    return pl.DataFrame(schema=TERM_SCHEMA)


def _aggregated(all_terms: pl.DataFrame) -> pl.DataFrame:
    """One row per comparison, with what its two sides print."""
    left, right = pl.col("actual"), ~pl.col("actual")
    is_printed = pl.col("value").is_not_null()
    signed = pl.col("sign") * pl.col("value")
    text = pl.concat_str(
        pl.when(pl.col("sign") < 0).then(pl.lit("− ")).otherwise(pl.lit("+ ")),
        pl.col("label"),
        pl.lit(" "),
        printed(),
    )
    ordered = all_terms.with_columns(text=text)
    return ordered.group_by(KEY, maintain_order=True).agg(
        pl.col("mode").first(),
        pl.col("relation").first(),
        actual=signed.filter(left).sum(),
        expected=signed.filter(right).sum(),
        left_printed=(left & is_printed).any(),
        right_printed=(right & is_printed).any(),
        left_open=(left & (pl.col("missing") | pl.col("ambiguous"))).any(),
        left_unknown=(left & ~is_printed & ~pl.col("solid")).any(),
        right_unknown=(right & ~is_printed & ~pl.col("solid")).any(),
        right_solid=(right & pl.col("solid")).any(),
        quanta=pl.col("quantum").filter(is_printed).sum(),
        ambiguous=pl.col("ambiguous").any(),
        incomplete=pl.col("incomplete").any(),
        missing=pl.col("missing").any(),
        source_no=pl.col("source_no").filter(left).drop_nulls().first(),
        page=pl.col("page").filter(left).drop_nulls().first(),
        line=pl.col("line").filter(left).drop_nulls().first(),
        other_resource=pl.col("source").filter(right & is_printed).first(),
        other_source=pl.col("source").filter(right).first(),
        other_page=pl.col("page").filter(right & is_printed).first(),
        other_line=pl.col("line").filter(right & is_printed).first(),
        parts=pl.col("text").filter(right & is_printed).str.join(" "),
    )


def _state() -> tuple[pl.Expr, pl.Expr]:
    """The state of a comparison, and why it could not be made."""
    left, right = pl.col("left_printed"), pl.col("right_printed")
    nothing = ~left & ~right
    a_sum, a_bound = pl.col("mode") == "sum", pl.col("mode") == "bound"
    # A blank total beside parts that come to nothing says nothing; beside real parts it is unknown.
    blank_total = a_sum & ~left & (pl.col("expected") != 0)
    blank_parts = a_sum & ~right & ~pl.col("right_solid") & (pl.col("actual") != 0)
    # Between two places, every blank that takes part must be known to be "no amount".
    blank_left = ~a_sum & pl.col("left_unknown") & ((pl.col("expected") != 0) | left)
    blank_right = ~a_sum & pl.col("right_unknown") & ((pl.col("actual") != 0) | right)
    reason = (
        pl.when(a_bound & ~left & ~pl.col("left_open"))
        .then(pl.lit("blank"))
        .when(pl.col("missing"))
        .then(pl.lit("missing"))
        .when(pl.col("ambiguous"))
        .then(pl.lit("ambiguous"))
        .when(nothing)
        .then(pl.lit("blank"))
        .when(pl.col("incomplete"))
        .then(pl.lit("incomplete"))
        .when(blank_total | blank_left)
        .then(pl.lit("blank_total"))
        .when(blank_parts | blank_right)
        .then(pl.lit("blank_parts"))
        .when(a_sum & ~left)
        .then(pl.lit("blank"))
    )
    state = (
        pl.when(reason.is_null())
        .then(pl.lit("compared"))
        .when(reason == "blank")
        .then(pl.lit("not_applicable"))
        .otherwise(pl.lit("insufficient"))
    )
    return state, reason


def settle(all_terms: pl.DataFrame) -> pl.DataFrame:
    """Terms → reconciliations: one row per comparison."""
    state, reason = _state()
    difference = pl.col("actual") - pl.col("expected")
    return (
        _aggregated(all_terms)
        .with_columns(state=state, reason=reason, difference=difference)
        .with_columns(
            excess=pl.when(pl.col("relation") == "=")
            .then(pl.col("difference").abs())
            .when(pl.col("relation") == "<=")
            .then(pl.col("difference").clip(0))
            .otherwise((-pl.col("difference")).clip(0)),
            tolerance=pl.col("quanta") // 2,
            other_resource=pl.coalesce("other_resource", "other_source"),
            parts=pl.col("parts").str.strip_prefix("+ "),
        )
        .with_columns(
            pl.when(pl.col("state") == "compared").then(pl.col(name)).alias(name)
            for name in ("difference", "excess", "tolerance")
        )
        .with_columns(details=pl.lit(None, dtype=pl.List(pl.String)))
        .select(pl.col(name).cast(dtype) for name, dtype in RECONCILIATION_SCHEMA.items())
    )
