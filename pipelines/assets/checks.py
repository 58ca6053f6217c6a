"""One asset check per rule of the catalogue, and one for the quarantine. The verdicts are those of ``quality``.

They report and never stop a run: what may not be published was kept back by the gate (``quality.gate``) before, report
by report, and the others go on. A rule that a report breaks is published with the report.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

import polars as pl
from dagster import AssetCheckResult, AssetCheckSeverity, AssetCheckSpec, AssetKey, MetadataValue

from pipelines.assets.metadata import markdown_table, refusals_table
from pipelines.quality import Quality, Rule, rules
from pipelines.quarantine import Refusal

_SHOWN = 10
QUARANTINED = "everything_published"


def asset_of(rule: Rule) -> str:
    """The table that a rule judges first; the reports where it judges no table of its own."""
    return rule.tables[0] if rule.tables else "reports"


def specs() -> list[AssetCheckSpec]:
    """The checks, named like their rules."""
    return [
        AssetCheckSpec(
            rule.rule_id,
            asset=asset_of(rule),
            blocking=False,
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


def results(quality: Quality) -> Iterator[AssetCheckResult]:
    """The verdict of every rule on all reports of the run."""
    for rule in rules().values():
        yield _result(rule, quality)


def _result(rule: Rule, quality: Quality) -> AssetCheckResult:
    states = quality.results.filter(pl.col("rule_id") == rule.rule_id)
    findings = quality.findings.filter(pl.col("rule_id") == rule.rule_id)
    broken = states.filter(pl.col("state") == "error")
    failed = states.filter(pl.col("state").is_in(["fail", "error"]))
    return AssetCheckResult(
        passed=failed.is_empty(),
        asset_key=asset_of(rule),
        check_name=rule.rule_id,
        severity=_severity(rule, broken, failed),
        description=_sentence(broken, failed, states),
        metadata={
            "states": MetadataValue.json(dict(states["state"].value_counts().sort("state").rows())),
            "findings": findings.height,
            "reports": failed["report_id"].to_list()[:_SHOWN],
            "messages": MetadataValue.md(_messages(findings)),
        },
    )


def _severity(rule: Rule, broken: pl.DataFrame, failed: pl.DataFrame) -> AssetCheckSeverity:
    """An error of our own reading is withheld already (a cell, a table): it is a warning to whoever runs this."""
    is_error = broken.height > 0 or (rule.on_report and "error" in failed["severity"])
    return AssetCheckSeverity.ERROR if is_error else AssetCheckSeverity.WARN


def _sentence(broken: pl.DataFrame, failed: pl.DataFrame, states: pl.DataFrame) -> str:
    if broken.height:
        return f"the rule could not be judged on {broken.height} of {states.height} reports"
    if failed.height:
        return f"{failed.height} of {states.height} reports do not meet the rule"
    passed = states.filter(pl.col("state").is_in(["pass", "rounding"])).height
    return f"{passed} of {states.height} reports pass; the others could not be judged or need not be"


def _messages(findings: pl.DataFrame) -> str:
    shown = findings.select("report_id", "severity", "locator", "message_zh").head(_SHOWN)
    return markdown_table(shown.columns, shown.rows())


def quarantine_spec(asset: AssetKey) -> AssetCheckSpec:
    """The check that fails, and stops nothing, where a file or report is not published."""
    return AssetCheckSpec(
        QUARANTINED, asset=asset, blocking=False, description="**全部发布** Every file that was found is published."
    )


def quarantine_result(asset: AssetKey, refusals: Sequence[Refusal]) -> AssetCheckResult:
    return AssetCheckResult(
        passed=not refusals,
        asset_key=asset,
        check_name=QUARANTINED,
        severity=AssetCheckSeverity.WARN,
        description=f"{len(refusals)} files are not published" if refusals else "every file is published",
        metadata={"stages": dict(Counter(item.stage for item in refusals)), "files": refusals_table(refusals[:_SHOWN])},
    )
