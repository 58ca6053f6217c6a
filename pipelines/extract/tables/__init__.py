"""Tables that come as cells, ruled or put into a grid by position → the rows of the nine tables.

Every number in a grid is accounted for. Text dumps, whose blanks are lost, are read in ``text_tables``.
"""

from __future__ import annotations

from pipelines.documents.model import Document
from pipelines.documents.normalise import squeeze
from pipelines.extract.rows import RawTable
from pipelines.extract.tables.account import conserve, unfit
from pipelines.extract.tables.blocks import Block, Segment
from pipelines.extract.tables.economy import parse_economy
from pipelines.extract.tables.functional import parse_function_table
from pipelines.extract.tables.regions import collect_blocks
from pipelines.extract.tables.summary import parse_summary
from pipelines.extract.tables.three_public import parse_three_public
from pipelines.extract.tables.unruled import by_positions
from pipelines.extract.tables.view import DIGITS


def read_grid_tables(document: Document) -> tuple[list[RawTable], list[str]]:
    """All official tables of a PDF, and the owners (institutions) that their heads name."""
    blocks, owners = collect_blocks(document)
    tables = []
    for block in blocks:
        table = _parse(block, block.segments)
        if unfit(table) and all(s.grid.method == "ruled" for s in block.segments):
            # Rulings that part columns but not rows, or neither: try the positions inside the same frame.
            for keep_columns in (True, False):
                again = _parse(block, [by_positions(s, keep_columns) for s in block.segments])
                if not unfit(again) and _figures(again) >= _figures(table):
                    table = again
                    break
        tables.append(table)
    return tables, owners


def _parse(block: Block, segments: list[Segment]) -> RawTable:
    title = block.title
    method = "positions" if any(s.grid.method == "positions" for s in segments) else segments[0].grid.method
    table = RawTable(
        title.resource, title.text, title.printed_no, title.kind, block.unit, method, block.page, block.line
    )
    for page_number, line in block.head_lines:
        for token in DIGITS.findall(squeeze(line.text)):
            table.use(token, page_number, line.number, "header")
    table.problems.extend(block.problems)
    _PARSERS[table.resource](table, segments)
    conserve(table, segments, block.head_lines)
    official = _OFFICIAL_COLUMNS.get(table.resource, set())
    if table.resource == "three_public_expenses":
        bases = ("budget", "final") if table.kind == "final" else ("budget",)
        official = {f"{basis}.{column}" for basis in bases for column in _THREE}
    short = not official <= table.columns and not (table.resource == "state_capital" and table.columns >= _PARTS)
    if method == "positions" and (short or any(u.role == "outside_model" for u in table.uses)):
        table.problems.append("无框线表的栏位不能确定 / the columns of this table without ruling lines are not sure")
    return table


_PARTS = {"total", "basic", "project"}
_THREE = {"total", "overseas_trips", "vehicles", "vehicle_purchase", "vehicle_operation", "reception"}
_OFFICIAL_COLUMNS = {
    "revenue_by_function": {"total", "fiscal_appropriation"},
    "expenditure_by_function": _PARTS,
    "appropriation_summary": {"amount", "total", "general_public_budget", "government_fund", "state_capital"},
    "general_budget_expenditure": _PARTS,
    "government_fund": {*_PARTS, "opening_balance", "revenue", "closing_balance"},
    "state_capital": {*_PARTS, "opening_balance", "revenue", "closing_balance"},
}
"""Without rulings a head may run into its neighbour's: unless all official columns are found none is trusted."""


def _figures(table: RawTable) -> int:
    return sum(len(row.amounts) for row in table.rows)


_PARSERS = {
    "revenue_expenditure_summary": parse_summary,
    "revenue_by_function": parse_function_table,
    "expenditure_by_function": parse_function_table,
    "appropriation_summary": parse_summary,
    "general_budget_expenditure": parse_function_table,
    "basic_expenditure_by_economy": parse_economy,
    "government_fund": parse_function_table,
    "state_capital": parse_function_table,
    "three_public_expenses": parse_three_public,
}
