"""From verdicts on comparisons to the state of each rule on each report, its coverage, and the list of expectations run.

Not for judging (``suites``) and not for findings.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Decimal

import polars as pl

from pipelines import schema
from pipelines.quality import catalogue
from pipelines.quality.suites import Verdict

STATES = ("error", "fail", "insufficient", "pass", "not_applicable")
"""The state of a rule on a report is the first of these that one of its comparisons has."""


def _broken_rules(verdicts: list[Verdict]) -> set[str]:
    """Rules that could not be judged: their suite crashed or a guard of it failed."""
    return {verdict.expectation.rule_id for verdict in verdicts if verdict.broken}


def with_verdicts(
    reconciliations: pl.DataFrame, failed: Mapping[int, tuple[str, str]], verdicts: list[Verdict]
) -> pl.DataFrame:
    """The comparisons with what Great Expectations said of them."""
    worst = pl.DataFrame(
        {"row": list(failed), "severity": [severity for _, severity in failed.values()]},
        schema={"row": reconciliations.schema["row"], "severity": pl.String},
    )
    judged = [v.suite.partition(".")[2] for v in verdicts if v.frame == "reconciliations"]
    compared = pl.col("state") == "compared"
    broken = pl.col("rule_id").is_in(sorted(_broken_rules(verdicts)))
    # A comparison that no suite looked at has no verdict: that is a fault of ours as well.
    unjudged = ~pl.col("rule_id").is_in(sorted(set(judged)))
    return reconciliations.join(worst, on="row", how="left", maintain_order="left").with_columns(
        verdict=pl.when(~compared)
        .then(pl.col("state"))
        .when(broken | unjudged)
        .then(pl.lit("error"))
        .when(pl.col("severity").is_not_null())
        .then(pl.lit("fail"))
        .otherwise(pl.lit("pass"))
    )


def rule_states(
    reports: pl.DataFrame,
    readings: pl.DataFrame,
    reconciliations: pl.DataFrame,
    found: pl.DataFrame,
    verdicts: list[Verdict],
) -> pl.DataFrame:
    """One row per report and rule."""
    key = ["report_id", "rule_id"]
    verdict = pl.col("verdict")
    ranks = {severity: rank for rank, severity in enumerate(catalogue.SEVERITIES)}
    names = dict(enumerate(catalogue.SEVERITIES))
    worst = pl.col("severity").replace_strict(ranks, default=None, return_dtype=pl.Int64).min()
    of_rules = reconciliations.group_by(key).agg(
        *((verdict == state).sum().cast(pl.Int64).alias(state) for state in STATES), worst=worst
    )
    of_reading = (
        found.filter(pl.col("rule_id").str.starts_with("E"))
        .group_by(key)
        .agg(said=pl.len().cast(pl.Int64), worst_said=worst)
    )
    all_rules = pl.DataFrame(
        {
            "rule_id": list(catalogue.rules()),
            "on_report": [rule.on_report for rule in catalogue.rules().values()],
            "declared": [rule.severity for rule in catalogue.rules().values()],
        },
        schema={"rule_id": pl.String, "on_report": pl.Boolean, "declared": pl.String},
    )
    needed = pl.DataFrame(
        [(rule.rule_id, table) for rule in catalogue.rules().values() for table in rule.tables],
        schema={"rule_id": pl.String, "resource": pl.String},
        orient="row",
    )
    lacking = (
        readings.filter(~pl.col("available"))
        .join(needed, on="resource", how="inner")
        .select(*key, lacking=pl.lit(True))
        .unique()
    )
    broken = pl.col("rule_id").is_in(sorted(_broken_rules(verdicts)))
    state = pl.coalesce(pl.when(pl.col(name) > 0).then(pl.lit(name)) for name in STATES)
    return (
        reports.select("report_id")
        .join(all_rules, how="cross")
        .join(of_rules, on=key, how="left", maintain_order="left")
        .join(of_reading, on=key, how="left", maintain_order="left")
        .join(lacking, on=key, how="left", maintain_order="left")
        .with_columns(pl.col(*STATES).fill_null(0))
        # What is broken within rounding only is no failure, unless the rule speaks of style and no failure is worse.
        .with_columns(rounded=(pl.col("worst") == ranks["info"]) & (pl.col("declared") != "info"))
        .with_columns(
            # E: nothing said is a pass. The others: no comparison is no verdict; what it needs decides.
            fail=pl.when("on_report").then("fail").otherwise(pl.col("said").fill_null(0)),
            state=pl.when(~pl.col("on_report"))
            .then(
                pl.when(broken)
                .then(pl.lit("error"))
                .when(pl.col("said").is_not_null())
                .then(pl.lit("fail"))
                .otherwise(pl.lit("pass"))
            )
            .when((state == "fail") & pl.col("rounded"))
            .then(pl.lit("rounding"))
            .when(state.is_not_null())
            .then(state)
            .when(pl.col("lacking").is_not_null())
            .then(pl.lit("insufficient"))
            .otherwise(pl.lit("not_applicable")),
            severity=pl.coalesce("worst", "worst_said").replace_strict(
                names, default=None, return_dtype=pl.String
            ),
        )
        .select(
            *key,
            "state",
            "severity",
            passed="pass",
            failed="fail",
            insufficient="insufficient",
            not_applicable="not_applicable",
            broken="error",
        )
        .sort(key)
    )


def published_results(results: pl.DataFrame) -> pl.DataFrame:
    """By the declaration ``rule_results``."""
    declared = schema.resources()["rule_results"]
    return declared.conform(results.with_columns(checked=pl.col("passed") + pl.col("failed")).select(declared.names))


def coverage_of(reports: pl.DataFrame, results: pl.DataFrame) -> pl.DataFrame:
    """Percent of the applicable rules on the report (all but E) that reached pass or fail; null if none."""
    on_report = [rule.rule_id for rule in catalogue.rules().values() if rule.on_report]
    counted = (
        results.filter(pl.col("rule_id").is_in(on_report) & (pl.col("state") != "not_applicable"))
        .group_by("report_id")
        .agg(applicable=pl.len(), reached=pl.col("state").is_in(["pass", "rounding", "fail"]).sum())
    )
    share = {
        report_id: (Decimal(100 * reached) / applicable).quantize(Decimal("0.01"), ROUND_HALF_EVEN)
        for report_id, applicable, reached in counted.iter_rows()
    }
    ids = reports.get_column("report_id").to_list()
    return pl.DataFrame(
        {"report_id": ids, "rule_coverage": [share.get(report_id) for report_id in ids]},
        schema={"report_id": pl.String, "rule_coverage": schema.AMOUNT},
    )


def expectations_run(verdicts: list[Verdict]) -> pl.DataFrame:
    """What was run, for the quality report and the asset checks."""
    return pl.DataFrame(
        [
            {
                "suite": v.suite,
                "frame": v.frame,
                "rule_id": v.expectation.rule_id,
                "type": v.expectation.type,
                "column": v.expectation.arguments.get("column"),
                "severity": v.expectation.severity,
                "on_failure": v.expectation.on_failure,
                "success": v.success and v.crash is None,
                "rows": v.element_count,
                "unexpected": len(v.rows),
                "crash": v.crash,
            }
            for v in verdicts
        ],
        schema={
            "suite": pl.String,
            "frame": pl.String,
            "rule_id": pl.String,
            "type": pl.String,
            "column": pl.String,
            "severity": pl.String,
            "on_failure": pl.String,
            "success": pl.Boolean,
            "rows": pl.Int64,
            "unexpected": pl.Int64,
            "crash": pl.String,
        },
    )
