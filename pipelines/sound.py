"""Reports that were read → what is published of them, so that one bad report never stops the others.

Each step takes many reports, finds those that it breaks on, and goes on with the rest: :func:`mend` before they are
joined, :func:`judge` on the joined corpus, :func:`publish` into the output folder. What becomes of a report is said by
:func:`pipelines.quality.gate.gate` alone. The command line and Dagster call the same three functions.
What is left when a report is taken out is judged anew: it is published as if that report had never been there.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from pipelines import joining
from pipelines.extract.result import Extraction
from pipelines.quality.gate import Trouble, culprits, described, failure, gate
from pipelines.quality.mending import Unsound, masked, unsound
from pipelines.quality.mending import mend as mend_one
from pipelines.quarantine import Refusal

if TYPE_CHECKING:
    from pipelines.joining import Corpus
    from pipelines.publish import Release
    from pipelines.quality import Quality

log = logging.getLogger(__name__)

_JUDGED = ("findings", "disclosure_checklist")
"""Frames that judging makes."""


@dataclass(slots=True)
class Judged:
    """Reports that passed the gate, with all that is published of them, and those that did not."""

    corpus: Corpus
    quality: Quality | None
    frames: dict[str, pl.DataFrame]
    refusals: list[Refusal] = field(default_factory=list)


def mend(extractions: Sequence[Extraction]) -> tuple[list[Extraction], list[Refusal]]:
    """Every report as the declarations want it, alone, before it is joined with others; and those that cannot be."""
    from pipelines.personal import looks_personal

    mended: dict[str, Extraction] = {}
    troubles: dict[str, Trouble] = {}
    for extraction in extractions:
        report_id = extraction.identity.report_id
        try:
            mended[report_id] = mend_one(extraction, looks_personal)
        except Unsound as error:
            troubles[report_id] = Trouble("checking", str(error))
        except (Exception, pl.exceptions.PanicException) as error:
            log.warning("%s could not be held against its declarations: %s", report_id, described(error))
            log.debug("where it broke", exc_info=error)
            troubles[report_id] = Trouble("checking", described(error))
    by_id = {e.identity.report_id: (e.source_file, e.source_sha256) for e in extractions}
    blocked = _blocked(by_id, troubles)
    return [mended[report_id] for report_id in by_id if report_id not in blocked], _refusals(blocked, by_id)


def judge(corpus: Corpus) -> Judged:
    """Hold the corpus against the rules, without the reports that judging breaks on or that the gate keeps back."""
    judged = Judged(corpus, None, {})
    while judged.corpus.frames["reports"].height:
        troubles = _judge_once(judged)
        findings = judged.quality.findings if judged.quality else None
        blocked = _blocked(_ids(judged.corpus), troubles, findings, judged.frames)
        if not blocked:
            return judged
        _leave_out(judged, blocked)
    return judged


def _judge_once(judged: Judged) -> dict[str, Trouble]:
    """Judge what is there; where that breaks, whose fault it is."""
    judged.quality, judged.frames = None, {}

    def attempt(report_ids: list[str], fast: bool = False) -> tuple[Quality, dict[str, pl.DataFrame]]:
        part = only(judged.corpus, report_ids)
        quality = joining.judge(part, fast=fast)
        return quality, _publishable(part, quality)

    def whole(report_ids: list[str]) -> None:
        judged.quality, judged.frames = attempt(report_ids)

    ids = _ids(judged.corpus)
    error = failure(whole, ids)
    if error is None:
        return {report_id: Trouble("checking", why) for report_id, why in unsound(judged.frames).items()}
    log.warning("the corpus could not be judged (%s); looking for the report that breaks it", described(error))
    log.debug("where it broke", exc_info=error)
    broke = culprits(ids, lambda some: attempt(some, fast=True)) or culprits(ids, attempt)
    if not broke:
        raise error
    return {report_id: Trouble("checking", described(why)) for report_id, why in broke.items()}


def _publishable(corpus: Corpus, quality: Quality) -> dict[str, pl.DataFrame]:
    from pipelines.personal import looks_personal

    frames = joining.complete(corpus, quality)
    return frames | {name: masked(frames[name], name, looks_personal) for name in _JUDGED}


def publish(
    judged: Judged, out: Path, progress: Callable[[int, int, str], None] | None = None, refused: Sequence[Refusal] = ()
) -> tuple[list[Release], Judged]:
    """Publish what passed the gate, without the reports that publishing breaks on; nothing, where none passed.

    ``refused``: what was refused before, which the portal tells with the rest.

    Raises ``PublishError`` or what else went wrong where that is no report's fault; earlier output is untouched then.
    """
    from pipelines import publish as publishing

    while judged.frames:
        try:
            told = [refusal.document() for refusal in (*refused, *judged.refusals)]
            return publishing.publish(judged.frames, out, progress=progress, refused=told), judged
        except (OSError, MemoryError):
            raise
        except (Exception, pl.exceptions.PanicException) as error:
            broke = _unpublishable(judged, error)
            if not broke:
                raise
        troubles = {report_id: Trouble("publishing", described(why)) for report_id, why in broke.items()}
        _leave_out(judged, _blocked(_ids(judged.corpus), troubles))
        refused = judged.refusals
        judged = judge(judged.corpus)
        judged.refusals[:0] = refused
    return [], judged


def _unpublishable(judged: Judged, error: BaseException) -> dict[str, BaseException]:
    """The reports that cannot be published into an empty folder either; none where the folder is to blame."""
    from pipelines import publish as publishing

    log.warning("publishing failed (%s); looking for the report that breaks it", described(error))
    log.debug("where it broke", exc_info=error)

    def attempt(report_ids: list[str]) -> None:
        own = pl.col("report_id").is_in(report_ids)
        frames = {n: f.filter(own) if "report_id" in f.columns else f for n, f in judged.frames.items()}
        with tempfile.TemporaryDirectory(prefix="mingzhang-") as folder:
            publishing.publish(frames, Path(folder))

    ids = _ids(judged.corpus)
    if len(ids) == 1:
        alone = failure(attempt, ids)
        return {} if alone is None else {ids[0]: alone}
    return culprits(ids, attempt) if failure(attempt, ids) else {}


# --- small things ---------------------------------------------------------------------------------------------


def only(corpus: Corpus, report_ids: Iterable[str]) -> Corpus:
    """The corpus of some of its reports, as if the others had not been read."""
    own = pl.col("report_id").is_in(list(report_ids))

    def part(frame: pl.DataFrame) -> pl.DataFrame:
        return frame.filter(own) if "report_id" in frame.columns else frame

    frames = {name: part(frame) for name, frame in corpus.frames.items()}
    return replace(
        corpus, frames=frames, tables=part(corpus.tables), notices=part(corpus.notices), accounting=part(corpus.accounting)
    )


def _ids(corpus: Corpus) -> list[str]:
    return corpus.frames["reports"]["report_id"].to_list()


def _blocked(
    report_ids: Iterable[str],
    troubles: Mapping[str, Trouble],
    findings: pl.DataFrame | None = None,
    frames: dict[str, pl.DataFrame] | None = None,
) -> dict[str, Trouble]:
    """The reports that the gate keeps back."""
    verdicts = gate(report_ids, troubles, findings, frames)
    return {verdict.report_id: verdict.trouble for verdict in verdicts if verdict.trouble is not None}


def _leave_out(judged: Judged, blocked: Mapping[str, Trouble]) -> None:
    reports = judged.corpus.frames["reports"].select("report_id", "source_file", "source_sha256")
    judged.refusals += _refusals(blocked, {row[0]: row[1:] for row in reports.iter_rows()})
    judged.corpus = only(judged.corpus, [report_id for report_id in _ids(judged.corpus) if report_id not in blocked])
    judged.quality, judged.frames = None, {}


def _refusals(blocked: Mapping[str, Trouble], files: Mapping[str, tuple[Any, ...]]) -> list[Refusal]:
    return [
        Refusal(files[report_id][0], trouble.reason, files[report_id][1], trouble.stage, report_id)
        for report_id, trouble in blocked.items()
    ]
