"""What OCR read is no proof against a report: a failure that rests on it is at most a warning.

The one place that knows. A warning and not ``insufficient``: what OCR was unsure of, or one slip would explain, is null
already (E48, and insufficient where a rule needs it); what still fails was read twice alike and is worth a look.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

NOTICE = "E47"
"""Names the pages of a report that were read from pictures."""
METHOD = "ocr"
_OF_TABLES = "^[TX]"


def capped(
    failed: Mapping[int, tuple[str, str]], rows: pl.DataFrame, readings: pl.DataFrame, notices: pl.DataFrame, reports: pl.DataFrame
) -> dict[int, tuple[str, str]]:
    """Failures of comparisons, row → (rule, severity), none of them an error where a figure is OCR's.

    T and X: by the tables that take part. What text and forms say, and comparisons across the reports of an
    institution: wherever one of its reports has pages read from pictures.
    """
    touched = notices.filter(pl.col("code") == NOTICE).get_column("report_id").unique()
    if touched.is_empty() and not (readings.get_column("method") == METHOD).any():
        return dict(failed)
    institutions = reports.filter(pl.col("report_id").is_in(touched.implode())).get_column("institution_id").unique()
    of_them = reports.filter(pl.col("institution_id").is_in(institutions.implode())).get_column("report_id")
    with_pictures, beside_pictures = set(touched), set(of_them)
    tables = readings.filter(pl.col("method") == METHOD).select("report_id", "resource").unique()
    from_pictures = set(tables.iter_rows())
    doubtful = {
        row
        for row, rule, report_id, resource, other, of_tables in rows.select(
            "row", "rule_id", "report_id", "resource", "other_resource", of_tables=pl.col("rule_id").str.contains(_OF_TABLES)
        ).iter_rows()
        if (of_tables and ((report_id, resource) in from_pictures or (report_id, other) in from_pictures))
        or (not of_tables and report_id in (beside_pictures if rule.startswith("C") else with_pictures))
    }
    return {
        row: (rule, "warning" if severity == "error" and row in doubtful else severity) for row, (rule, severity) in failed.items()
    }
