"""One asset check per rule of the catalogue. The verdicts are those of ``quality``; here they are only reported.

A rule that a report breaks is published with the report, so its check never stops a run. An error of our own reading
does (``blocking``), unless nothing of the table that it stands in is published: a withheld table is a warning.
"""

from collections.abc import Iterator, Mapping

import polars as pl
from dagster import AssetCheckResult, AssetCheckSeverity, AssetCheckSpec, MetadataValue

from pipelines.assets.metadata import markdown_table
from pipelines.quality import Quality, Rule, rules

_SHOWN = 10


def is_blocking(rule: Rule) -> bool:
    """Severity error, and the cause is the extraction."""
    return rule.severity == "error" and not rule.on_report


def asset_of(rule: Rule) -> str:
    """The table that a rule judges first; the reports where it judges no table of its own."""
    return rule.tables[0] if rule.tables else "reports"


def specs() -> list[AssetCheckSpec]:
    """The checks, named like their rules."""
    return [
        AssetCheckSpec(
            rule.rule_id,
            asset=asset_of(rule),
            blocking=is_blocking(rule),
            description=f"**{rule.title_zh}** {rule.title_en}\n\n{rule.formula}",
            metadata={
                "basis": rule.basis,
                "scope": rule.scope,
                "severity": rule.severity,
                "tables": list(rule.tables),
            },
        )
        for rule in rules().values()
    ]


def results(quality: Quality, frames: Mapping[str, pl.DataFrame]) -> Iterator[AssetCheckResult]:
    """The verdict of every rule on all reports of the run."""
    for rule in rules().values():
        yield _result(rule, quality, frames)


def _result(rule: Rule, quality: Quality, frames: Mapping[str, pl.DataFrame]) -> AssetCheckResult:
    states = quality.results.filter(pl.col("rule_id") == rule.rule_id)
    findings = quality.findings.filter(pl.col("rule_id") == rule.rule_id)
    broken = states.filter(pl.col("state") == "error")
    failed = states.filter(pl.col("state").is_in(["fail", "error"]))
    return AssetCheckResult(
        passed=failed.is_empty(),
        asset_key=asset_of(rule),
        check_name=rule.rule_id,
        severity=_severity(rule, broken, failed, findings, frames),
        description=_sentence(broken, failed, states),
        metadata={
            "states": MetadataValue.json(dict(states["state"].value_counts().sort("state").rows())),
            "findings": findings.height,
            "reports": failed["report_id"].to_list()[:_SHOWN],
            "messages": MetadataValue.md(_messages(findings)),
        },
    )


def _severity(
    rule: Rule,
    broken: pl.DataFrame,
    failed: pl.DataFrame,
    findings: pl.DataFrame,
    frames: Mapping[str, pl.DataFrame],
) -> AssetCheckSeverity:
    if is_blocking(rule):
        is_error = broken.height > 0 or _reaching_publication(findings, frames).height > 0
    else:
        is_error = broken.height > 0 or "error" in failed["severity"]
    return AssetCheckSeverity.ERROR if is_error else AssetCheckSeverity.WARN


def _reaching_publication(findings: pl.DataFrame, frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Errors of the reading in a table of which the same report has published rows, or in no table."""
    place = ["report_id", "resource"]
    published = pl.concat(
        frame.select("report_id", resource=pl.lit(name)).unique()
        for name, frame in frames.items()
        if "report_id" in frame.columns
    )
    unplaced = findings.filter(pl.col("resource").is_null())
    placed = findings.join(published, on=place, how="semi")
    return pl.concat([unplaced, placed]).filter(pl.col("severity") == "error")


def _sentence(broken: pl.DataFrame, failed: pl.DataFrame, states: pl.DataFrame) -> str:
    if broken.height:
        return f"the rule could not be judged on {broken.height} of {states.height} reports"
    if failed.height:
        return f"{failed.height} of {states.height} reports do not meet the rule"
    passed = states.filter(pl.col("state") == "pass").height
    return f"{passed} of {states.height} reports pass; the others could not be judged or need not be"


def _messages(findings: pl.DataFrame) -> str:
    shown = findings.select("report_id", "severity", "locator", "message_zh").head(_SHOWN)
    return markdown_table(shown.columns, shown.rows())
