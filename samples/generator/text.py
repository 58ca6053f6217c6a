"""Writes a report as the plain-text dump that some sites publish: every blank lost, order and layout damaged.

Cells of a row stand side by side with one blank, whichever column they came from; what else is damaged is
chosen in ``Dump``. The figures are those of the tables: nothing is lost but the empty cells.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from samples.generator.prose import Block, Text
from samples.generator.tables import Cell, Row, Table

LEVELS = ("类", "款", "项")
Encoding = Literal["utf-8", "utf-8-sig", "gb18030"]


@dataclass(frozen=True)
class Dump:
    """What happened to the text on its way out of the document."""

    detached_codes: bool = False
    """Tables by function: names keep their figures, codes follow as a block in an order of their own."""
    stuck: bool = False
    """The last figure of such a table and a code of the block are one token: 14.982210202."""
    scattered_heads: bool = False
    """The cells of the head fall apart and come after the rows."""
    title_after: tuple[int, ...] = ()
    """Places (from 1) of tables whose title follows the table."""
    furniture: Literal["— {} —", "- {} -", "{}", " {} ", ""] = "- {} -"
    """Page numbers, also in the middle of tables and sentences."""
    lines_per_page: int = 42
    double_spaced: bool = False
    letter_spaced: bool = False
    """合    计, 项 目, 总 计."""
    line_length: int = 27
    encoding: Encoding = "utf-8"
    cover: bool = False
    """Cover and contents survive."""


def render(blocks: Iterable[Block], dump: Dump) -> bytes:
    """The report as a text file's bytes."""
    return _Typist(dump).type(blocks).encode(dump.encoding)


class _Typist:
    def __init__(self, dump: Dump) -> None:
        self.dump = dump
        self.lines: list[str] = []
        self.on_page = 0
        self.page = 1
        self.table_place = 0

    def type(self, blocks: Iterable[Block]) -> str:
        started = self.dump.cover
        for block in blocks:
            if isinstance(block, Table):
                self.table(block)
                continue
            if not isinstance(block, Text):
                continue
            # a dump without cover begins with part one
            started = started or block.kind == "part"
            if not started or (block.kind in ("cover", "toc") and not self.dump.cover):
                continue
            if block.kind == "break":
                self.end_page()
            else:
                self.paragraph(block)
        self.end_page()
        return "\n".join(self.lines) + "\n"

    def put(self, line: str) -> None:
        if self.on_page >= self.dump.lines_per_page:
            self.end_page()
        self.lines.append((" " if self.on_page == 0 and self.lines else "") + line)
        if self.dump.double_spaced:
            self.lines.append("")
        self.on_page += 1

    def end_page(self) -> None:
        if self.on_page and self.dump.furniture:
            self.lines += ["", self.dump.furniture.format(self.page), ""]
        self.page += bool(self.on_page)
        self.on_page = 0

    def paragraph(self, block: Text) -> None:
        text = block.text.strip("　")
        width = self.dump.line_length
        for start in range(0, len(text), width):
            self.put(text[start : start + width])

    # -- tables

    def table(self, table: Table) -> None:
        if table.resource:
            self.end_page()
            self.table_place += 1
        late = self.table_place in self.dump.title_after
        if not late:
            self.title(table)
        owner = " ".join(part for part in (table.owner, table.unit) if part)
        if owner:
            self.put(owner)
        words, figures = self.split_head(table.head)
        if not self.dump.scattered_heads:
            for line in words:
                self.put(line)
        detached = (
            self.dump.detached_codes and table.columns[0] == "code" and table.columns.count("name") == 1
        )
        codes = [_code(row, table) for row in table.body] if detached else []
        rows = [self.row(row, table, detached) for row in [*figures, *table.body]]
        codes = [code for code in codes if code]
        if detached and codes and self.dump.stuck and rows[-1][-1].isdigit():
            rows[-1] += codes.pop()
        for line in rows:
            self.put(line)
        for note in table.notes:
            self.put(note)
        if late:
            self.title(table)
        for code in _shuffled(codes):
            self.put(code)
        if self.dump.scattered_heads:
            for line in words:
                self.put(line)

    def title(self, table: Table) -> None:
        if not table.title:
            return
        if table.mark.startswith("（"):
            self.put(table.title + table.mark)
            return
        self.put(table.title)
        if table.mark:
            self.put(table.mark)

    def split_head(self, head: list[Row]) -> tuple[list[str], list[Row]]:
        """The words of a head, long ones broken as their cells broke them; and its rows with figures."""
        words: list[str] = []
        figures: list[Row] = []
        for row in head:
            if row.facts or any(cell.text in ("1", "栏次") for cell in row.cells):
                figures.append(row)
                continue
            short = [c.text for c in row.cells if c.text and len(c.text) <= 6]
            if short:
                words.append(" ".join(self.spaced(text) for text in short))
            for cell in row.cells:
                if len(cell.text) > 6:
                    words += [cell.text[i : i + 5] for i in range(0, len(cell.text), 5)]
        if self.dump.scattered_heads and any(c.text == "类" for row in figures for c in row.cells):
            words.append(" ".join(LEVELS))
        return words, figures

    def row(self, row: Row, table: Table, detached: bool) -> str:
        """The cells that are not empty, one blank apart; the names of the lowest level a little further."""
        lowest = max((cell.indent for other in table.body for cell in other.cells), default=0)
        parts: list[str] = []
        for cell in sorted(row.cells, key=lambda c: c.col):
            if not cell.text or (detached and _is_code(cell, table)):
                continue
            if self.dump.scattered_heads and cell.text in LEVELS:
                continue
            parts.append("  " * (0 < cell.indent == lowest) + self.spaced(cell.text))
        return " ".join(parts)

    def spaced(self, text: str) -> str:
        if self.dump.letter_spaced and text in ("合计", "总计", "栏次", "项目"):
            return ("    " if text in ("合计", "栏次") else " ").join(text)
        return text


def _is_code(cell: Cell, table: Table) -> bool:
    return table.columns[cell.col] == "code" and cell.text.isdigit()


def _code(row: Row, table: Table) -> str:
    return "".join(c.text for c in row.cells if _is_code(c, table))


def _shuffled(codes: list[str]) -> list[str]:
    """Runs of five codes, the last run first: an order such as these blocks have."""
    runs = [codes[i : i + 5] for i in range(0, len(codes), 5)]
    return [code for run in reversed(runs) for code in run]
