"""One report in a notebook or on a terminal: what was read, with its findings."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import polars as pl

from pipelines.documents import open_document
from pipelines.extract.report import extract
from pipelines.extract.result import Extraction, Identity
from pipelines.run import Corpus, join, judge


@dataclass
class Reading:
    """What was read from one report. ``findings`` is computed on first use (some seconds)."""

    extraction: Extraction

    @classmethod
    def of(cls, path: Path) -> Reading:
        """Open and extract a file."""
        return cls(extract(open_document(path)))

    @property
    def identity(self) -> Identity:
        """Kind, fiscal year, region, institution, level and unit, as the document says."""
        return self.extraction.identity

    @property
    def frames(self) -> dict[str, pl.DataFrame]:
        """The published frames by resource name."""
        return self.extraction.frames

    @cached_property
    def corpus(self) -> Corpus:
        """The report as a corpus of one."""
        return join([self.extraction])

    @property
    def tables(self) -> pl.DataFrame:
        """How each of the nine tables was read: status, unit, display unit, method, page and line."""
        return self.corpus.tables

    @property
    def accounting(self) -> pl.DataFrame:
        """Every number token of the table regions and what it was used for."""
        return self.corpus.accounting

    @property
    def unassigned(self) -> pl.DataFrame:
        """Numbers that fit no cell, or whose column is open."""
        return self.accounting.filter(pl.col("role").is_in(["leftover", "double", "ambiguous"]))

    @cached_property
    def findings(self) -> pl.DataFrame:
        """What the rules found, by the declaration ``findings``."""
        return judge(self.corpus).findings
