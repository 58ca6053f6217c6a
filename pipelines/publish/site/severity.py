"""What readers are told of findings: how many causes there are, and in which order findings stand.

A finding counts where it is a cause at severity error or warning. What follows from a cause, what differs within
rounding only, and remarks on style are told apart from it. Nothing is judged here: severity and cause are those of
``quality``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

SEVERITIES = ("error", "warning", "info")
GROUPS = ("error", "warning", "rounding", "info")
"""Groups of a list of findings, in the order in which it shows them."""


@dataclass(frozen=True, slots=True)
class Count:
    """Findings of a report, of a place or of a rule."""

    error: int = 0
    """Causes at severity error."""
    warning: int = 0
    """Causes at severity warning."""
    follows: int = 0
    """Errors and warnings that follow from a cause."""
    rounding: int = 0
    """Differences within rounding."""
    info: int = 0
    """Other remarks."""

    @property
    def causes(self) -> int:
        """What cards and pages count."""
        return self.error + self.warning

    @property
    def all(self) -> int:
        """Every finding."""
        return self.causes + self.follows + self.rounding + self.info

    def __add__(self, other: Count) -> Count:
        return Count(
            self.error + other.error, self.warning + other.warning, self.follows + other.follows,
            self.rounding + other.rounding, self.info + other.info,
        )  # fmt: skip


NONE = Count()


def ordered(findings: pl.DataFrame) -> pl.DataFrame:
    """The findings as readers meet them: errors first, causes before what follows from them, the largest difference
    first. Adds ``group`` (one of ``GROUPS``) and ``cause`` (never null: a finding of no cluster is its own cause)."""
    within = (pl.col("severity") == "info") & (pl.col("difference").abs() <= pl.col("tolerance")).fill_null(False)
    group = pl.when(within).then(pl.lit("rounding")).otherwise(pl.col("severity"))
    return findings.with_columns(group=group, cause=pl.col("is_cause").fill_null(True)).sort(
        pl.col("group").cast(pl.Enum(GROUPS)),
        ~pl.col("cause"),
        -pl.col("difference").abs().fill_null(0),
        "rule_id",
        "finding_id",
        maintain_order=True,
    )


def counted(findings: pl.DataFrame, by: str) -> Mapping[str, Count]:
    """The counts of ``ordered`` findings by a column (``report_id``, ``rule_id``); who has none is not named."""
    serious = pl.col("severity").is_in(["error", "warning"])
    rows = findings.group_by(by).agg(
        (serious & pl.col("cause") & (pl.col("severity") == "error")).sum().alias("error"),
        (serious & pl.col("cause") & (pl.col("severity") == "warning")).sum().alias("warning"),
        (serious & ~pl.col("cause")).sum().alias("follows"),
        (pl.col("group") == "rounding").sum().alias("rounding"),
        (pl.col("group") == "info").sum().alias("info"),
    )
    return {row[0]: Count(*row[1:]) for row in rows.iter_rows()}
