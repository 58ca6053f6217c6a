"""All comparisons of all reports: one row each, with its exact difference, tolerance and state.

This runs the rules of ``inside``, ``between``, ``completeness`` and ``codes``. It gives no verdict: whether a
difference is a finding is said by the suites in ``expectations/``.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from pipelines.quality import between, cells, codes, completeness, inside
from pipelines.quality.terms import RECONCILIATION_SCHEMA, no_terms, settle


class Reconciled:
    """The comparisons, and the terms that they were made of (for the sentences about them)."""

    def __init__(self, reconciliations: pl.DataFrame, terms: pl.DataFrame, readings: pl.DataFrame) -> None:
        self.reconciliations = reconciliations
        self.terms = terms
        self.readings = readings


def reconcile(frames: Mapping[str, pl.DataFrame], tables: pl.DataFrame, notices: pl.DataFrame) -> Reconciled:
    """Every comparison that the rules T and X make on these reports."""
    reports = frames["reports"].select("report_id", "kind")
    readings = cells.table_readings(tables, reports)
    figures = cells.build(frames, readings, notices)
    readings = cells.stated_empty(readings, figures)
    look = between.Between(figures, readings, notices, reports)
    all_terms = [frame for rule in inside.RULES for frame in rule(figures)]
    all_terms += [frame for rule in between.RULES for frame in rule(look)]
    terms = pl.concat([no_terms(), *(frame for frame in all_terms if frame.height)])
    found = pl.concat(
        [settle(terms), completeness.reconciliations(figures), codes.reconciliations(frames, notices)]
    )
    # The same reports give the same rows in the same order, however they were read.
    ordered = found.sort("report_id", "rule_id", "resource", "locator", nulls_last=True).with_row_index("row")
    columns = ["row", *RECONCILIATION_SCHEMA]
    return Reconciled(ordered.select(columns), terms, readings)
