"""The account of a table: every number token of its region is used once."""

from __future__ import annotations

from collections import Counter

from pipelines.documents.model import Line
from pipelines.documents.normalise import squeeze
from pipelines.extract.rows import RawTable
from pipelines.extract.tables.blocks import Segment
from pipelines.extract.tables.view import DIGITS, FIGURE


def conserve(table: RawTable, segments: list[Segment], head: list[tuple[int | None, Line]]) -> None:
    """Every number token of the region is used once: what a parser passed over is a leftover, a reuse a double."""
    for use in table.uses:
        if use.role in ("label", "header") and FIGURE.fullmatch(use.token):
            use.role, use.reason = "leftover", f"a figure in a {use.role}"
    printed: Counter[tuple[int | None, str]] = Counter()
    where: dict[tuple[int | None, str], int | None] = {}
    texts = [(s.page.number, cell.line_number, cell.text) for s in segments for cell in s.grid.cells]
    for page, line, text in [*texts, *((page, ln.number, ln.text) for page, ln in head)]:
        for token in DIGITS.findall(squeeze(text)):
            printed[page, token] += 1
            where[page, token] = line
    used = Counter((u.page, token) for u in table.uses for token in DIGITS.findall(squeeze(u.token)))
    for key in sorted(printed.keys() | used.keys(), key=str):
        for _ in range(printed[key] - used[key]):
            table.use(key[1], key[0], where.get(key), "leftover", reason="passed over by the reader")
        for _ in range(used[key] - printed[key]):
            table.use(key[1], key[0], where.get(key), "double", reason="used more than once")


def unfit(table: RawTable) -> bool:
    return bool(table.problems) or any(u.role in ("leftover", "double") for u in table.uses)
