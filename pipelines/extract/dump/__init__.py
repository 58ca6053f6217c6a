"""The nine tables of a plain-text dump, whose blanks are lost.

Regions are cut by titles, lines become rows by codes and labels, and each figure gets its column by the official
arithmetic, or none (E02). Tables that come as cells are read in ``extract/tables``.
"""

from __future__ import annotations

from functools import partial

from pipelines.documents.model import Document
from pipelines.extract.attempt import attempt
from pipelines.extract.dump.columns import LAYOUTS, ambiguity_notices, place_figures
from pipelines.extract.dump.economy import EconomyReader
from pipelines.extract.dump.empty import doubt_beside_misfits, doubt_blank
from pipelines.extract.dump.regions import DumpRegion, find_all
from pipelines.extract.dump.rows import FunctionReader
from pipelines.extract.dump.summary import SummaryReader
from pipelines.extract.dump.three_public import ThreePublicReader
from pipelines.extract.dump.tokens import FIGURE, Reader
from pipelines.extract.rows import RawTable, failed_table
from pipelines.extract.titles import Title

__all__ = ["LAYOUTS", "ambiguity_notices", "read_text_tables"]

_READERS: dict[str, type[Reader]] = {
    "revenue_expenditure_summary": SummaryReader,
    "appropriation_summary": SummaryReader,
    "basic_expenditure_by_economy": EconomyReader,
    "three_public_expenses": ThreePublicReader,
}


def read_text_tables(document: Document) -> tuple[list[RawTable], list[str], list[Title]]:
    """The tables of a dump (those that are none of the nine only counted), the owners their heads name, and the titles announced without a table."""
    found = find_all(document)
    tables = attempt(lambda: _read_together(found.official), lambda _: _read_apart(found.official))
    doubt_beside_misfits(tables)
    return [*tables, *map(_counted, found.others)], found.owners, found.announced


def _read_together(regions: list[DumpRegion]) -> list[RawTable]:
    readers = [_reader(region) for region in regions]
    for reader in readers:
        reader.tokenise()
    place_figures(readers)
    for reader in readers:
        reader.conserve()
        doubt_blank(reader)
    return [reader.table for reader in readers]


def _read_apart(regions: list[DumpRegion]) -> list[RawTable]:
    """Where a reader fails: the tables that cannot be read alone are withheld, the others read without them."""
    alone = [
        attempt(partial(_read_together, [region]), lambda error: [failed_table(_blank(region), error)])[0]  # noqa: B023 - called at once
        for region in regions
    ]
    sound = [region for region, table in zip(regions, alone, strict=True) if not table.problems]
    if len(sound) == len(regions):
        return alone
    together = attempt(lambda: _read_together(sound), lambda _: [])
    return [*together, *(table for table in alone if table.problems)] if together else alone


def _blank(region: DumpRegion) -> RawTable:
    title = region.title
    assert title is not None
    return RawTable(
        title.resource, title.text, title.printed_no, title.kind, region.unit, "text", None, region.title_line
    )


def _counted(region: DumpRegion) -> RawTable:
    """A table that is none of the nine: no head says surely where its figures stand, but they are counted."""
    table = _blank(region)
    for line in region.lines:
        for token in FIGURE.findall(line.text):
            table.use(token, None, line.number, "leftover", "", "", "a table that is none of the nine")
    return table


def _reader(region: DumpRegion) -> Reader:
    table = _blank(region)
    return _READERS.get(table.resource, FunctionReader)(table, region)
