"""One report in a notebook or on a terminal: what was read, with its findings."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from pipelines.documents import DocumentError
from pipelines.extract.result import Extraction, Identity, NotAReport
from pipelines.finding import find_files
from pipelines.joining import Corpus, join, judge
from pipelines.run import read_files

if TYPE_CHECKING:
    from pipelines.publish.open_cells import Key, OpenCell


def _prepare() -> None:
    """Import and load what judging needs, which takes a while. Polars imports numpy at the first decimal that it is given."""
    for name in ("numpy", "pipelines.sound", "pipelines.publish.open_cells"):
        import_module(name)
    from pipelines.quality import suites

    suites.families(), suites.resource_suites()


@dataclass
class Reading:
    """What was read from one report. ``findings`` is computed on first use."""

    extraction: Extraction

    @classmethod
    def of(cls, path: Path) -> Reading:
        """Open and extract a file, in a process of its own under the limits of a build.

        An archive or a folder may hold the files of one report. Raises ``DocumentError`` or ``NotAReport``.
        """
        files = find_files([path])[0] if path.is_dir() else [path]
        with ThreadPoolExecutor(1) as aside:
            prepared = aside.submit(_prepare)  # while another process reads
            read, refused = read_files(files, jobs=1)
        if len(read) > 1:
            raise NotAReport(f"there are {len(read)} reports in it, not one")
        if read and read[0].frames["sources"].height > 1:
            refused = []  # what lies beside the files of a report is none of its business
        # As in a build, what breaks a declaration is withheld.
        prepared.result()
        from pipelines.sound import mend

        read, unsound = mend(read)
        for refusal in (*refused, *unsound):
            raise (DocumentError if refusal.stage == "reading" else NotAReport)(refusal.reason)
        return cls(read[0])

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
    def opened(self) -> dict[tuple[str, Key], dict[str, OpenCell]]:
        """(table, key of a row) → its cells whose figure is printed and has no certain column."""
        from pipelines.publish.open_cells import of_report, units_of

        notices = self.corpus.notices.rename({"code": "rule_id"}).iter_rows(named=True)
        units = units_of(self.frames)
        return of_report(notices, units.get(self.identity.report_id, {}))

    @cached_property
    def findings(self) -> pl.DataFrame:
        """What the rules found, by the declaration ``findings``: those of a build of this report alone."""
        return judge(self.corpus, fast=True).findings
