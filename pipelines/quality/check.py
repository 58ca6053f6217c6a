"""One call from the frames of the extraction to findings, states and coverage.

Reconciliations are computed in Polars, judged by Great Expectations, and said in words; this module only
connects the three and counts. It changes no published value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import polars as pl

from pipelines import schema
from pipelines.quality import catalogue, causes, disclosure, findings, recognised, suites
from pipelines.quality.cells import notice_cells
from pipelines.quality.disclosure.frame import checklist
from pipelines.quality.reconcile import Reconciled, reconcile
from pipelines.quality.states import (
    coverage_of,
    expectations_run,
    published_results,
    rule_states,
    with_verdicts,
)
from pipelines.quality.suites import Verdict
from pipelines.quality.terms import KEY

Judge = Callable[[Mapping[str, pl.DataFrame]], list[Verdict]]
"""What runs the suites: ``suites.run`` (Great Expectations) or ``evaluate.run`` (the same verdicts, fast)."""
NOTICE_SCHEMA = {
    "report_id": pl.String,
    "code": pl.String,
    "resource": pl.String,
    "locator": pl.String,
    "message_zh": pl.String,
    "message_en": pl.String,
    "actual": pl.String,
    "source_no": pl.Int64,
    "page": pl.Int64,
    "line": pl.Int64,
}


@dataclass(frozen=True, slots=True)
class Quality:
    """What the checks say of a corpus."""

    findings: pl.DataFrame
    """By the declaration ``findings``."""
    reconciliations: pl.DataFrame
    """Every comparison: figures in micro-units (1e-6 万元), ``state`` (compared | insufficient |
    not_applicable), ``verdict`` (pass | fail | error | insufficient | not_applicable), ``severity``."""
    rules: pl.DataFrame
    """The catalogue, by the declaration ``rules``."""
    coverage: pl.DataFrame
    """report_id, rule_coverage (percent of the applicable rules on the report that reached a verdict)."""
    results: pl.DataFrame
    """Per report and rule: state, worst severity of a fail, and how many comparisons had which verdict."""
    rule_results: pl.DataFrame
    """By the declaration ``rule_results``: the states as published, with rounding told apart."""
    expectations: pl.DataFrame
    """Per expectation that was run: suite, rule, type, severity, success, rows, unexpected, crash."""
    checklist: pl.DataFrame
    """By the declaration ``disclosure_checklist``: the items as declared, with their verdicts and findings."""


def check(
    frames: Mapping[str, pl.DataFrame],
    tables: pl.DataFrame,
    notices: pl.DataFrame,
    accounting: pl.DataFrame,
    judge: Judge | None = None,
) -> Quality:
    """Hold every report against every rule. ``judge``: Great Expectations where none is given."""
    judge = judge or suites.run
    noticed = all_notices(notices, accounting)
    reconciled = _without_doubt(reconcile(frames, tables, noticed, accounting), noticed)
    if reconciled.doubts:
        added = pl.DataFrame(list(reconciled.doubts), schema=NOTICE_SCHEMA, orient="row")
        noticed = pl.concat([noticed.drop("row"), added]).with_row_index("row")
    census = _census(frames, reconciled.readings, noticed)
    published = {
        name: frames[name].with_row_index("row")
        for name in ("reports", *schema.tables())
        if name in frames and _is_complete(name, frames[name])
    }
    judged = {"reconciliations": reconciled.reconciliations, "notices": noticed, **census, **published}
    return _quality(frames, reconciled, judged, judge)


def _without_doubt(reconciled: Reconciled, notices: pl.DataFrame) -> Reconciled:
    """Where a part of a report was withheld (E08), what the text and the forms say is not held against it.

    A sentence or a form that could not be read may be the one that a rule misses. Tables stand on their own: one
    that was not read has its E01.
    """
    withheld = notices.filter(pl.col("code") == "E08").get_column("report_id").unique()
    if withheld.is_empty():
        return reconciled
    doubtful = (
        pl.col("report_id").is_in(withheld.implode())
        & pl.col("rule_id").str.contains("^[NPC]")
        & (pl.col("state") == "compared")
    )
    rows = reconciled.reconciliations.with_columns(
        state=pl.when(doubtful).then(pl.lit("insufficient")).otherwise("state"),
        reason=pl.when(doubtful).then(pl.lit("missing")).otherwise("reason"),
    )
    return replace(reconciled, reconciliations=rows)


def all_notices(notices: pl.DataFrame, accounting: pl.DataFrame) -> pl.DataFrame:
    """The notices of the reading, and an E01 for every table with lost numbers that nobody noticed."""
    given = notices.select(
        (pl.col(name) if name in notices.columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in NOTICE_SCHEMA.items()
    ).with_columns(pl.col("source_no").fill_null(1))
    if "source_no" not in accounting.columns:
        accounting = accounting.with_columns(source_no=pl.lit(1))
    if accounting.is_empty():
        return given.with_row_index("row")
    lost = (
        accounting.filter(pl.col("role").is_in(["leftover", "double"]))
        .group_by("report_id", "resource", maintain_order=True)
        .agg(tokens=pl.col("token"), source_no=pl.col("source_no").first(), page=pl.col("page").first(), line=pl.col("line").first())
        .join(
            given.filter(pl.col("code") == "E01").select("report_id", "resource"),
            on=["report_id", "resource"],
            how="anti",
        )
    )
    shown = pl.col("tokens").list.head(6).list.join("、")
    added = lost.select(
        "report_id",
        code=pl.lit("E01"),
        resource="resource",
        locator=pl.lit("table"),
        message_zh=pl.format(
            "表中有{}个数字未归入任何单元格或被重复使用（{}）。", pl.col("tokens").list.len(), shown
        ),
        message_en=pl.format(
            "{} numbers of the table fit no cell or were used twice ({}).", pl.col("tokens").list.len(), shown
        ),
        actual=pl.lit(None),
        source_no="source_no",
        page="page",
        line="line",
    ).cast(NOTICE_SCHEMA)  # type: ignore[arg-type]
    return pl.concat([given, added]).with_row_index("row")


def _is_complete(name: str, frame: pl.DataFrame) -> bool:
    """Whether a frame has the declared columns: a part of one (as in a notebook) is not held against them."""
    return set(schema.resources()[name].names) <= set(frame.columns)


def _census(
    frames: Mapping[str, pl.DataFrame], readings: pl.DataFrame, notices: pl.DataFrame
) -> dict[str, pl.DataFrame]:
    """Per report and official table: how many figures stand in the data, or are known to be ambiguous."""
    counted = []
    for name, declared in schema.tables().items():
        if name in frames:
            amounts = [amount.name for amount in declared.amounts]
            figures = pl.sum_horizontal(pl.col(amounts).is_not_null().cast(pl.Int64))
            counted.append(frames[name].select("report_id", resource=pl.lit(name), figures=figures))
    counted.append(
        notice_cells(notices)
        .drop_nulls("resource")
        .select("report_id", "resource", figures=pl.lit(1, dtype=pl.Int64))
    )
    totals = pl.concat(counted).group_by("report_id", "resource").agg(pl.col("figures").sum())
    place = ["report_id", "resource"]
    known = (
        readings.join(totals, on=place, how="left", maintain_order="left")
        .with_columns(pl.col("figures").fill_null(0))
        .with_row_index("row")
        .select("row", *place, "title", "status", "figures", "available")
    )
    # A table that may be lawfully empty is often printed with its header and its row 合计 only.
    return {
        "read_tables": known.filter(pl.col("status") == "found").drop("available"),
        "unread_tables": known.filter(pl.col("status") != "found").drop("available"),
    }


def _quality(
    frames: Mapping[str, pl.DataFrame],
    reconciled: Reconciled,
    judged: Mapping[str, pl.DataFrame],
    judge: Judge,
) -> Quality:
    verdicts = judge(judged)
    reports = frames["reports"]
    of_reading = (reconciled.readings, judged["notices"], reports)
    failed = recognised.capped(findings.failures(verdicts, "reconciliations"), reconciled.reconciliations, *of_reading)
    found = findings.of_comparisons(reconciled.reconciliations, reconciled.terms, reconciled.readings, failed)
    found += findings.of_claims(reconciled.reconciliations, reconciled.notes, failed)
    noticed = findings.failures(verdicts, "notices")
    found += findings.of_notices(judged["notices"], noticed)
    for name in ("read_tables", "unread_tables"):
        found += findings.of_census(judged[name], findings.failures(verdicts, name))
    for name in ("reports", *schema.tables()):
        if name in judged:
            found += findings.of_resource(name, judged[name], verdicts)
    # What a report must disclose depends on what was found in it: judged last, by the same engine.
    disclosed = disclosure.reconcile(frames, reconciled.readings, judged["notices"], findings.frame(found))
    rows = reconciled.reconciliations
    if disclosed.claims.rows:
        new = disclosed.claims.frame().sort(KEY).with_row_index("row", offset=rows.height)
        rows = pl.concat([rows, new.select(rows.columns)])
        said = judge({"reconciliations": new})
        failed |= recognised.capped(findings.failures(said, "reconciliations"), new, *of_reading)
        verdicts = [*verdicts, *said]
        found += findings.of_claims(new, disclosed.claims.notes, failed)
    frame = findings.frame(found)
    reconciliations = with_verdicts(rows, failed, verdicts)
    frame = causes.clustered(frame, reconciliations, reconciled.terms)
    results = rule_states(reports, reconciled.readings, reconciliations, frame, verdicts)
    return Quality(
        findings=frame,
        reconciliations=reconciliations,
        rules=catalogue.published(),
        coverage=coverage_of(reports, results),
        results=results,
        rule_results=published_results(results),
        expectations=expectations_run(verdicts),
        checklist=checklist(disclosed, frames, frame),
    )
