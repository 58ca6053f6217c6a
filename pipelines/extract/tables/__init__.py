"""Tables that come as cells, ruled or put into a grid by position → the rows of the nine tables, and the cells of all others.

Every number in a grid is accounted for. Text dumps, whose blanks are lost, are read in ``extract/dump``.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from pipelines.documents.model import Document
from pipelines.documents.normalise import squeeze
from pipelines.extract.attempt import attempt
from pipelines.extract.result import Notice
from pipelines.extract.rows import RawTable, failed_table
from pipelines.extract.tables.account import conserve, unfit
from pipelines.extract.tables.blocks import Block, Segment
from pipelines.extract.tables.economy import parse_economy
from pipelines.extract.tables.functional import parse_function_table
from pipelines.extract.tables.other import read_other
from pipelines.extract.tables.recognised import settle
from pipelines.extract.tables.regions import collect_blocks
from pipelines.extract.tables.summary import parse_summary
from pipelines.extract.tables.three_public import parse_three_public
from pipelines.extract.tables.unruled import by_positions
from pipelines.extract.tables.view import DIGITS
from pipelines.extract.titles import OTHER
from pipelines.forms import forms


def read_grid_tables(document: Document) -> tuple[list[RawTable], list[str]]:
    """All tables of a document whose tables come as cells, and the owners (institutions) that their heads name.

    Tables that are none of the nine have the resource ``other``, and only cells.
    """
    blocks, owners = collect_blocks(document)
    tables = []
    for block in blocks:
        # A parser that fails costs its own table.
        table = attempt(partial(_parse, block, block.segments), partial(_failed, block))
        if unfit(table) and all(s.grid.method == "ruled" for s in block.segments):
            # Rulings that part columns but not rows, or neither: try the positions inside the same frame.
            for keep_columns in (True, False):
                again = attempt(partial(_by_positions, block, keep_columns), partial(_failed, block))
                if not unfit(again) and _figures(again) >= _figures(table):
                    table = again
                    break
        tables.append(table)
    return tables, owners


def _by_positions(block: Block, keep_columns: bool) -> RawTable:
    return _parse(block, [by_positions(segment, keep_columns) for segment in block.segments])


def _failed(block: Block, error: BaseException) -> RawTable:
    return failed_table(_blank(block, block.segments), error)


def _blank(block: Block, segments: list[Segment]) -> RawTable:
    title = block.title
    method = "positions" if any(s.grid.method == "positions" for s in segments) else segments[0].grid.method
    return RawTable(
        title.resource, title.text, title.printed_no, title.kind, block.unit, method, block.page, block.line,
        page_to=segments[-1].page.number, weak=title.weak,
    )  # fmt: skip


def _parse(block: Block, segments: list[Segment]) -> RawTable:
    table = _blank(block, segments)
    if table.resource == OTHER:
        read_other(table, numbered(segments))
        return table
    for page_number, line in block.head_lines:
        table.captions.append(squeeze(line.text))
        for token in DIGITS.findall(table.captions[-1]):
            table.use(token, page_number, line.number, "header")
    table.problems.extend(block.problems)
    _PARSERS[forms()[table.resource].rows](table, numbered(segments))
    settle(table, segments)
    for page_number, line in block.stray:
        for token in DIGITS.findall(squeeze(line.text)):
            table.use(token, page_number, line.number, "leftover", reason="in the table's region, in none of its cells")
    conserve(table, segments, [*block.head_lines, *block.stray])
    outside = any(u.role == "outside_model" for u in table.uses)
    if _figures(table) or outside:
        table.problems.extend(table.faults)
    _count_unknown(table)
    if table.method == "positions" and (outside or (_figures(table) and not _official(table))):
        table.problems.append("无框线表的栏位不能确定 / the columns of this table without ruling lines are not sure")
    return table


def _count_unknown(table: RawTable) -> None:
    """E07: how many figures stand below each head that no form knows, so that a drift of the forms shows."""
    for cell in table.others:
        if cell.column_label in table.unknown_heads:
            table.unknown_heads[cell.column_label] += 1
    for head, count in table.unknown_heads.items():
        if count:
            table.notices.append(
                Notice(
                    "E07", table.resource, f"head={head}",
                    f"栏目“{head}”不在已知表式中，其下 {count} 个数字列入“其他表格”。",
                    f"No form knows the head '{head}'; its {count} figures are in other_tables.",
                    head, table.page, table.line,
                )
            )  # fmt: skip


def numbered(segments: list[Segment]) -> list[Segment]:
    """The segments, each with the rows before it, so that rows are numbered through the whole table."""
    offset = 0
    found = []
    for segment in segments:
        found.append(replace(segment, offset=offset))
        offset += segment.grid.n_rows
    return found


def _official(table: RawTable) -> bool:
    """Without rulings a head may run into its neighbour's: all columns of one official layout must be there."""
    layouts = forms()[table.resource].unruled
    if table.resource == "three_public_expenses":
        bases = ("budget", "final") if table.kind == "final" else ("budget",)
        layouts = tuple(frozenset(f"{b}.{c}" for b in bases for c in columns) for columns in layouts)
    return not layouts or any(columns <= table.columns for columns in layouts)


def _figures(table: RawTable) -> int:
    return sum(len(row.amounts) for row in table.rows)


_PARSERS = {
    "functional": parse_function_table,
    "summary": parse_summary,
    "economy": parse_economy,
    "three_public": parse_three_public,
}
