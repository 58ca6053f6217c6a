"""The one gate: what is published and what is quarantined, report by report.

The command line and Dagster both call :func:`gate`; nothing else decides. What withholds a cell, a row or a table of
a report is local (``quality.mending``) and never keeps the report from being published, and no report keeps another
one back. A report is quarantined where something is wrong with it that cannot be withheld alone:

- a stage broke on it: it could not be mended, judged or published (a :class:`Trouble`), or it has no sure identity
  (the reading refuses it before);
- an error of our own reading (family E, severity ``error``) stands in a table of which rows would be published.

What a report itself has wrong (families T, X, N, P, D, C) is a finding, published with it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from traceback import extract_tb
from typing import Literal

import polars as pl

from pipelines.quality import catalogue


@dataclass(frozen=True, slots=True)
class Trouble:
    """What went wrong with one report, and at which stage."""

    stage: Literal["checking", "publishing"]
    reason: str


@dataclass(frozen=True, slots=True)
class GateVerdict:
    """What becomes of one report: it is published where there is no trouble, else quarantined for its reason."""

    report_id: str
    trouble: Trouble | None = None

    @property
    def is_published(self) -> bool:
        return self.trouble is None


def gate(
    report_ids: Iterable[str],
    troubles: Mapping[str, Trouble],
    findings: pl.DataFrame | None = None,
    frames: Mapping[str, pl.DataFrame] | None = None,
) -> list[GateVerdict]:
    """A verdict for each report, in the order given. ``findings`` and ``frames`` where the reports were judged."""
    seen = dict(_reading_errors(findings, frames)) if findings is not None and frames is not None else {}
    return [GateVerdict(report_id, troubles.get(report_id) or seen.get(report_id)) for report_id in report_ids]


def published_errors(findings: pl.DataFrame, frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Errors of our own reading in a table of which the same report has rows, or in no table.

    E01 says that a table is withheld, so it is none of them where that is so; E04 and the like are warnings.
    """
    ours = [rule.rule_id for rule in catalogue.rules().values() if not rule.on_report]
    errors = findings.filter(pl.col("rule_id").is_in(ours) & (pl.col("severity") == "error"))
    place = ["report_id", "resource"]
    published = pl.concat(
        frame.select("report_id", resource=pl.lit(name)).unique()
        for name, frame in frames.items()
        if "report_id" in frame.columns
    )
    return pl.concat([errors.filter(pl.col("resource").is_null()), errors.join(published, on=place, how="semi")])


def _reading_errors(findings: pl.DataFrame, frames: Mapping[str, pl.DataFrame]) -> Iterable[tuple[str, Trouble]]:
    rows = published_errors(findings, frames).sort("report_id", "rule_id").unique("report_id", keep="first", maintain_order=True)
    for row in rows.iter_rows(named=True):
        where = f"{row['resource'] or 'the report'} ({row['rule_id']})"
        yield row["report_id"], Trouble("checking", f"an error of the reading stands in what would be published: {where}")


# --- whose fault it is -------------------------------------------------------------------------------------------


def culprits(report_ids: Sequence[str], attempt: Callable[[list[str]], object]) -> dict[str, BaseException]:
    """The reports without which ``attempt`` works on all the others, each with what it raised.

    ``attempt`` has failed on all of them together. Halves are added to what works, so that a report is also found
    that breaks only in the company of others; one culprit among n costs about 2·log₂ n attempts.
    """
    sound: list[str] = []
    found: dict[str, BaseException] = {}
    waiting = [list(report_ids[: len(report_ids) // 2]), list(report_ids[len(report_ids) // 2 :])]
    while waiting:
        part = waiting.pop(0)
        if not part:
            continue
        error = failure(attempt, sound + part)
        if error is None:
            sound += part
        elif len(part) == 1:
            found[part[0]] = error
        else:
            middle = len(part) // 2
            waiting[:0] = [part[:middle], part[middle:]]
    return found


def failure(attempt: Callable[[list[str]], object], report_ids: list[str]) -> BaseException | None:
    """What the attempt raises, if anything. A panic of Polars counts; a full disk is nobody's report and is raised."""
    try:
        attempt(report_ids)
    except (OSError, MemoryError):
        raise
    except (Exception, pl.exceptions.PanicException) as error:  # noqa: BLE001 - it must not stop the others
        return error
    return None


def described(error: BaseException) -> str:
    """Kind and place of an exception. Its text may repeat what the report says, and is left out."""
    own = [step for step in extract_tb(error.__traceback__) if f"{os.sep}pipelines{os.sep}" in step.filename]
    place = f" at {Path(own[-1].filename).name}:{own[-1].lineno}" if own else ""
    return f"internal error: {type(error).__name__}{place}"
