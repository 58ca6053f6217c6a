"""Which of a report's files a figure stands in, as far as words need to say so.

A report of one file names no file. Not for which files a report has: that is the resource ``sources``.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl


def told_apart(frames: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """The frames with ``source_no`` null in reports of one file; frames that do not carry it get it, null."""
    sources = frames.get("sources")
    several = [] if sources is None else sources.get_column("report_id").value_counts().filter(pl.col("count") > 1)["report_id"].to_list()
    return {name: _of_several(frame, several) if {"report_id", "line"} <= set(frame.columns) else frame for name, frame in frames.items()}


def _of_several(frame: pl.DataFrame, several: list[str]) -> pl.DataFrame:
    if not several or "source_no" not in frame.columns:
        return frame.with_columns(source_no=pl.lit(None, dtype=pl.Int64))
    return frame.with_columns(source_no=pl.when(pl.col("report_id").is_in(several)).then("source_no"))
