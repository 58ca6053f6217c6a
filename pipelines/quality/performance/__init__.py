"""Rules P: the arithmetic of performance forms, and the forms against the narrative and the tables.

Self-evaluations (P01), a self-evaluation beside the rest of its report (P02), project applications of budgets (P03).
Weights that stand with labels, and results that the narrative tells, come from the account of numbers. Nothing is
judged here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

import polars as pl

from pipelines.extract.performance import told
from pipelines.quality import stated, tokens
from pipelines.quality.claims import Claims
from pipelines.quality.performance.applications import all_applications, application_rules
from pipelines.quality.performance.beside import mention_rules, overall_rules, project_counts
from pipelines.quality.performance.evaluations import evaluation_rules
from pipelines.quality.performance.indicators import across_forms, one_box, same_name, told_results
from pipelines.quality.performance.model import (
    APPLICATIONS,
    COSTS,
    EVALUATIONS,
    FUNDING,
    INDICATORS,
    MENTIONS,
    Forms,
)

RULES = (
    "P01.1", "P01.2", "P01.3", "P01.4", "P01.5", "P01.6", "P01.7",
    "P02.1", "P02.2", "P02.3", "P02.4", "P02.5", "P02.6", "P02.7", "P02.8", "P02.9",
    "P02.10", "P02.11", "P02.12", "P02.13",
    "P03.1", "P03.2", "P03.3", "P03.4",
)  # fmt: skip
FRAMES = (EVALUATIONS, INDICATORS, MENTIONS, APPLICATIONS, FUNDING, COSTS)


def reconcile(
    frames: Mapping[str, pl.DataFrame],
    cells: pl.DataFrame,
    readings: pl.DataFrame,
    notices: pl.DataFrame,
    accounting: pl.DataFrame,
    known: tokens.Tokens,
) -> Claims:
    """Every comparison of the family P."""
    claims = Claims()
    for forms in _all_forms(frames, cells, readings, notices, accounting, known):
        for evaluation in forms.rows[EVALUATIONS]:
            evaluation_rules(forms, evaluation, claims)
            one_box(forms, evaluation, claims)
        if forms.rows[EVALUATIONS]:
            overall_rules(forms, claims)
            project_counts(forms, claims)
            across_forms(forms, claims)
            told_results(forms, claims)
        mention_rules(forms, claims)
        same_name(forms, claims)
        for application in forms.rows[APPLICATIONS]:
            application_rules(forms, application, claims)
        if forms.rows[APPLICATIONS]:
            all_applications(forms, claims)
    return claims


def _all_forms(
    frames: Mapping[str, pl.DataFrame],
    cells: pl.DataFrame,
    readings: pl.DataFrame,
    notices: pl.DataFrame,
    accounting: pl.DataFrame,
    known: tokens.Tokens,
) -> Iterator[Forms]:
    held = {name: frames[name] for name in FRAMES if name in frames and frames[name].height}
    with_forms = [held[name]["report_id"] for name in (EVALUATIONS, APPLICATIONS) if name in held]
    if not with_forms:
        return
    own = pl.col("report_id").is_in(pl.concat(with_forms).unique().implode())
    reports = frames["reports"].filter(own).select("report_id", "kind")
    statements = frames["statements"].filter(own) if "statements" in frames else _no_statements()
    texts = stated.texts(
        statements,
        cells.filter(own), readings.filter(own), notices.filter(own), reports, known, only_narrated=False,
    )  # fmt: skip
    found = {text.report_id: Forms(text, {name: [] for name in FRAMES}) for text in texts}
    for name, frame in held.items():
        for row in frame.filter(own).iter_rows(named=True):
            found[row["report_id"]].rows[name].append(row)
    if accounting.height:
        labels = accounting.filter(own & (pl.col("resource") == EVALUATIONS) & (pl.col("role") == "label"))
        columns = ("report_id", "locator", "column", "token")
        for report_id, locator, column, token in labels.select(columns).iter_rows():
            found[report_id].points[locator, column] = Decimal(token)
        for row in accounting.filter(own & (pl.col("role") == told.ROLE)).iter_rows(named=True):
            found[row["report_id"]].told.append(row)
    doubts = notices.filter(own & pl.col("code").is_in(["E15", "E31"])).select("report_id", "locator")
    for report_id, locator in doubts.iter_rows():
        found[report_id].unsure.add(locator.partition(";")[0])
    yield from (found[report_id] for report_id in sorted(found))


def _no_statements() -> pl.DataFrame:
    from pipelines import schema

    return schema.resources()[tokens.RESOURCE].empty()
