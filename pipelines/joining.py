"""Extractions of many reports → one corpus, judged and completed: what the build and the gate both work on.

Not for reading files (:mod:`pipelines.run`) and not for what becomes of a bad report (:mod:`pipelines.sound`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import polars as pl

from pipelines import schema
from pipelines.extract.result import Extraction, Notice, NumberUse, TableReading
from pipelines.quarantine import Refusal

if TYPE_CHECKING:
    from pipelines.quality import Quality

_READING_SCHEMA = {
    "report_id": pl.String, "resource": pl.String, "table_no": pl.Int64, "printed_no": pl.String, "title": pl.String,
    "status": pl.String, "unit": pl.String, "quantum": pl.Int64, "method": pl.String, "page": pl.Int64, "line": pl.Int64,
    "columns": pl.String,
    "source_no": pl.Int64,
}  # fmt: skip
_NOTICE_SCHEMA = {
    "report_id": pl.String, "code": pl.String, "resource": pl.String, "locator": pl.String, "message_zh": pl.String,
    "message_en": pl.String, "actual": pl.String, "page": pl.Int64, "line": pl.Int64,
    "source_no": pl.Int64,
}  # fmt: skip
_USE_SCHEMA = {
    "report_id": pl.String, "token": pl.String, "page": pl.Int64, "line": pl.Int64, "resource": pl.String,
    "role": pl.String, "locator": pl.String, "column": pl.String, "reason": pl.String,
    "source_no": pl.Int64,
}  # fmt: skip


@dataclass(slots=True)
class Corpus:
    """Many reports joined: every resource's frame, and how each table, notice and number was read."""

    frames: dict[str, pl.DataFrame]
    tables: pl.DataFrame
    notices: pl.DataFrame
    accounting: pl.DataFrame


def choose(extractions: Sequence[Extraction]) -> tuple[list[Extraction], list[Refusal]]:
    """One extraction per report: the same bytes once, of several filings the fuller one."""
    refusals: list[Refusal] = []
    by_bytes: dict[str, Extraction] = {}
    for item in extractions:
        first = by_bytes.setdefault(item.source_sha256, item)
        if first is not item:
            refusals.append(_duplicate(item, f"the same bytes as {first.source_file}"))
    chosen: dict[str, Extraction] = {}
    for item in by_bytes.values():
        key = item.identity.report_id
        rival = chosen.get(key)
        if rival is None:
            chosen[key] = item
            continue
        best, other = (item, rival) if _fullness(item) > _fullness(rival) else (rival, item)
        chosen[key] = best
        reason = f"the same report as {best.source_file} ({key}), which holds more tables or figures"
        refusals.append(_duplicate(other, reason))
    return [chosen[key] for key in sorted(chosen)], refusals


def _duplicate(item: Extraction, reason: str) -> Refusal:
    return Refusal(item.source_file, reason, item.source_sha256, "choosing", item.identity.report_id)


def _fullness(item: Extraction) -> tuple[int, int, str]:
    found = sum(t.status == "found" for t in item.tables)
    return found, sum(u.role == "cell" for u in item.accounting), item.source_file


def join(extractions: Sequence[Extraction]) -> Corpus:
    """Concatenate the frames of many reports; every declared resource by report is there, if empty."""
    frames: dict[str, pl.DataFrame] = {}
    for name, resource in _packaged().items():
        parts = [e.frames[name] for e in extractions if name in e.frames and e.frames[name].height]
        if parts:
            frames[name] = pl.concat(parts)
        elif resource.by_report or name == "reports":
            frames[name] = resource.empty()
    return Corpus(
        frames,
        _records(extractions, lambda e: e.tables, _READING_SCHEMA),
        _records(extractions, lambda e: e.notices, _NOTICE_SCHEMA),
        _records(extractions, lambda e: e.accounting, _USE_SCHEMA),
    )


def _packaged() -> dict[str, schema.Resource]:
    """The declared resources that some package holds."""
    held = {name for package in schema.packages().values() for name in package.resources}
    return {name: resource for name, resource in schema.resources().items() if name in held}


def _records(
    extractions: Sequence[Extraction],
    part: Callable[[Extraction], Sequence[TableReading | Notice | NumberUse]],
    columns: dict[str, type[pl.DataType]],
) -> pl.DataFrame:
    rows = [{"report_id": e.identity.report_id, **asdict(item)} for e in extractions for item in part(e)]
    return pl.DataFrame(rows, schema=columns, orient="row").select(list(columns))


def judge(corpus: Corpus, *, fast: bool = False) -> Quality:
    """Hold the corpus against the rules: with Great Expectations (some seconds), or the same verdicts ``fast``."""
    from pipelines.quality import check, evaluate

    engine = evaluate.run if fast else None
    return check(corpus.frames, corpus.tables, corpus.notices, corpus.accounting, engine)


def complete(corpus: Corpus, quality: Quality) -> dict[str, pl.DataFrame]:
    """Every frame that is published: the corpus, its findings and coverage, rules and code lists."""
    counts = quality.findings.group_by("report_id").len("found")
    reports = (
        corpus.frames["reports"]
        .join(counts, on="report_id", how="left", maintain_order="left")
        .join(quality.coverage.rename({"rule_coverage": "covered"}), on="report_id", how="left", maintain_order="left")
        .with_columns(finding_count=pl.col("found").fill_null(0).cast(pl.Int64), rule_coverage=pl.col("covered"))
        .drop("found", "covered")
    )
    frames = dict(corpus.frames)
    frames["reports"] = schema.resources()["reports"].conform(reports)
    frames["findings"] = quality.findings
    frames["rule_results"] = quality.rule_results
    frames["rules"] = quality.rules
    frames["disclosure_checklist"] = quality.checklist
    for name, resource in _packaged().items():
        if name not in frames and not resource.by_report:
            frames[name] = schema.codes(name)
    return frames
