"""All comparisons of all reports: one row each, with its exact difference, tolerance and state.

This runs the rules of ``inside``, ``between``, ``completeness`` and ``codes`` on the tables, of ``narrative`` on
the text, of ``performance`` on the forms, and of ``across`` on reports of one body. It gives no verdict: whether a difference is a finding is said
by the suites in ``expectations/``. Without a frame ``statements`` the rules on the text have nothing to say.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import polars as pl

from pipelines.quality import (
    across,
    between,
    cells,
    codes,
    completeness,
    doubt,
    inside,
    lookup,
    narrative,
    performance,
    stated,
    tokens,
)
from pipelines.quality.claims import Claims, Key, Note
from pipelines.quality.files import told_apart
from pipelines.quality.gate import described
from pipelines.quality.terms import KEY, RECONCILIATION_SCHEMA, no_terms, settle

CHUNK = 500
"""Reports that are compared at once: what a report needs grows with it, and memory does not."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reconciled:
    """The comparisons, and what the sentences about them need."""

    reconciliations: pl.DataFrame
    terms: pl.DataFrame
    """The figures of every comparison that differs."""
    readings: pl.DataFrame
    """Per report and official table: how it was read."""
    notes: Mapping[Key, Note] = field(default_factory=dict)
    """What the findings of the text would say, by the key of their comparison."""
    doubts: Sequence[Mapping[str, Any]] = ()
    """Notices (E46) on groups of failures that one misreading of ours would explain."""
    broken: bool = False
    """Whether a rule broke on one of the reports."""


def reconcile(
    frames: Mapping[str, pl.DataFrame],
    tables: pl.DataFrame,
    notices: pl.DataFrame,
    accounting: pl.DataFrame | None = None,
) -> Reconciled:
    """Every comparison that the rules T, X, N, P and C make on these reports."""
    frames = told_apart(frames)
    known = tokens.tokens(accounting if accounting is not None else pl.DataFrame())
    ids = frames["reports"].get_column("report_id").unique().sort()
    chunks = [ids[start : start + CHUNK] for start in range(0, ids.len(), CHUNK)] or [ids]

    def compare(chunk: pl.Series) -> list[Reconciled]:
        own = pl.col("report_id").is_in(chunk.implode())
        of_chunk = {name: frame.filter(own) for name, frame in frames.items() if "report_id" in frame.columns}
        used = accounting.filter(own) if accounting is not None and accounting.height else pl.DataFrame()
        part = _chunk(of_chunk, tables.filter(own), notices.filter(own), used, known)
        if part.broken and chunk.len() > 1:
            # A rule broke on one of these reports: by halves it is known on which, and the others are judged.
            middle = chunk.len() // 2
            return [*compare(chunk[:middle]), *compare(chunk[middle:])]
        return [part]

    parts = [part for chunk in chunks for part in compare(chunk)]
    broken: list[pl.DataFrame] = []
    others = _across(frames, tables, notices, known, broken)
    # The same reports give the same rows in the same order, however they were read.
    compared = [*(part.reconciliations for part in parts), *broken, others.frame()]
    found = pl.concat(compared).sort(KEY, nulls_last=True)
    return Reconciled(
        found.with_row_index("row").select("row", *RECONCILIATION_SCHEMA),
        pl.concat(part.terms for part in parts),
        pl.concat(part.readings for part in parts),
        {key: note for part in parts for key, note in part.notes.items()} | others.notes,
        [notice for part in parts for notice in part.doubts],
    )


def _chunk(
    frames: Mapping[str, pl.DataFrame],
    tables: pl.DataFrame,
    notices: pl.DataFrame,
    accounting: pl.DataFrame,
    known: tokens.Tokens,
) -> Reconciled:
    """The comparisons of some reports."""
    reports = frames["reports"].select("report_id", "kind")
    readings = cells.table_readings(tables, reports)
    figures = cells.build(frames, readings, notices)
    readings = cells.stated_empty(readings, figures)
    look = lookup.Lookup(figures, readings, notices, reports)
    stated: list[pl.DataFrame] = []
    others: list[pl.DataFrame] = []
    for rule, ids in inside.RULES.items():
        stated += _guarded(partial(rule, figures), ids, reports, others)
    for other, ids in between.RULES.items():
        stated += _guarded(partial(other, look), ids, reports, others)
    gap_rules = tuple(completeness.GAP_RULES.values())
    others += _guarded(lambda: [completeness.reconciliations(figures)], gap_rules, reports, others)
    code_rules = ("T10.1", "T10.2", "T10.3")
    others += _guarded(lambda: [codes.reconciliations(frames, notices)], code_rules, reports, others)
    terms = pl.concat([no_terms(), *(frame for frame in stated if frame.height)])
    settled = settle(terms)
    differing = settled.filter(pl.col("excess") > 0).select(KEY)
    text = _text(frames, figures, readings, notices, known, settled, others)
    forms = _forms(frames, figures, readings, notices, accounting, known, others)
    rows = pl.concat([settled, *others, text.frame(), forms.frame()])
    rows, doubts = doubt.withhold(rows, figures, frames.get("statements"))
    return Reconciled(
        rows,
        terms.join(differing, on=KEY, how="semi", maintain_order="left"),
        readings,
        text.notes | forms.notes,
        doubts,
        broken=any("error" in frame["state"] for frame in others if frame.height),
    )


def _across(
    frames: Mapping[str, pl.DataFrame],
    tables: pl.DataFrame,
    notices: pl.DataFrame,
    known: tokens.Tokens,
    broken: list[pl.DataFrame],
) -> Claims:
    """The comparisons between reports. Where they break, nobody knows between which: all of them are in error."""
    found: list[Claims] = []

    def judge() -> list[pl.DataFrame]:
        found.append(across.reconcile(frames, tables, notices, known))
        return []

    _guarded(judge, across.RULES, frames["reports"].select("report_id", "kind"), broken)
    return found[0] if found else Claims()


def _forms(
    frames: Mapping[str, pl.DataFrame],
    figures: pl.DataFrame,
    readings: pl.DataFrame,
    notices: pl.DataFrame,
    accounting: pl.DataFrame,
    known: tokens.Tokens,
    broken: list[pl.DataFrame],
) -> Claims:
    """The comparisons of the performance forms, where there are any."""
    found: list[Claims] = []

    def judge() -> list[pl.DataFrame]:
        found.append(performance.reconcile(frames, figures, readings, notices, accounting, known))
        return []

    reports = frames["reports"].select("report_id", "kind")
    _guarded(judge, performance.RULES, reports, broken)
    return found[0] if found else Claims()


def _text(
    frames: Mapping[str, pl.DataFrame],
    figures: pl.DataFrame,
    readings: pl.DataFrame,
    notices: pl.DataFrame,
    known: tokens.Tokens,
    settled: pl.DataFrame,
    broken: list[pl.DataFrame],
) -> Claims:
    """The comparisons of the narrative, where there is one."""
    if "statements" not in frames or frames["statements"].is_empty():
        return Claims()
    reports = frames["reports"].select("report_id", "kind")
    too_large = settled.filter((pl.col("rule_id") == "X09.1") & (pl.col("excess") > 0))
    items = too_large.select("report_id", item=pl.col("locator").str.extract(r"economic_code=(\d+)"))
    found: list[Claims] = []

    def judge() -> list[pl.DataFrame]:
        texts = stated.texts(frames["statements"], figures, readings, notices, reports, known)
        found.append(narrative.reconcile(texts, set(items.iter_rows())))
        return []

    _guarded(judge, narrative.RULES, reports, broken)
    return found[0] if found else Claims()


def _guarded(
    rule: Callable[[], list[pl.DataFrame]],
    ids: tuple[str, ...],
    reports: pl.DataFrame,
    broken: list[pl.DataFrame],
) -> list[pl.DataFrame]:
    """What a rule gives; if it breaks, the state ``error`` for its ids, and the other rules go on."""
    try:
        return rule()
    except MemoryError:
        raise
    except (Exception, pl.exceptions.PanicException) as error:
        log.warning("the rules %s broke: %s", ", ".join(ids), described(error))
        log.debug("where they broke", exc_info=error)
        broken.extend(_errors(ids, reports))
        return []


def _errors(ids: tuple[str, ...], reports: pl.DataFrame) -> Iterator[pl.DataFrame]:
    for rule_id in ids:
        values = {"report_id": pl.col("report_id"), "rule_id": pl.lit(rule_id), "state": pl.lit("error")}
        yield reports.select(
            values.get(name, pl.lit(None)).cast(dtype).alias(name)
            for name, dtype in RECONCILIATION_SCHEMA.items()
        )
