"""Basic expenditure by economic code (06): two or three blocks side by side, totals at the foot."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipelines.documents.model import Cell
from pipelines.documents.normalise import squeeze
from pipelines.extract import columns
from pipelines.extract.codes import economic_codes
from pipelines.extract.numbers import Amount, is_blank, parse_amount
from pipelines.extract.rows import TOTAL, RawTable, Row
from pipelines.extract.tables.blocks import Segment
from pipelines.extract.tables.view import (
    DIGITS,
    NOTE,
    PROSE,
    View,
    account_cells,
    account_header,
    amount_of,
    code_from_name_notice,
    column_numbers,
    join_code,
    one_column_each,
    outside_notice,
)

_FOOT = [
    (r"人员(?:经费|支出)?(?:合计|小计|总计)", "personnel_total"),
    (r"(?:日常)?公用(?:经费|支出)?(?:合计|小计|总计)", "public_total"),
    (r"(?:基本支出)?(?:合计|总计)", TOTAL),
]


def economy_foot(label: str) -> str | None:
    """``人员经费合计`` → ``personnel_total`` and so on."""
    bare = squeeze(label)
    return next((code for pattern, code in _FOOT if re.fullmatch(pattern, bare)), None)


@dataclass(slots=True)
class _EconomyBlock:
    code: list[int]
    name: list[int]
    amount: dict[int, str]


def _economy_blocks(view: View, header: int) -> list[_EconomyBlock]:
    blocks: list[_EconomyBlock] = []
    for j in range(view.grid.n_cols):
        path = view.path(j, header)
        leaf, whole = (path[-1] if path else ""), "".join(path)
        if (re.search(r"编码|代码", whole) and not re.search(r"名称", leaf)) or re.fullmatch(r"[类款项]{1,3}", leaf):
            if not blocks or blocks[-1].amount or blocks[-1].name:
                blocks.append(_EconomyBlock([], [], {}))
            blocks[-1].code.append(j)
        elif re.search(r"名称", leaf) or re.fullmatch(r"科目|项目|经济分类科目", leaf):
            if not blocks or blocks[-1].amount:
                blocks.append(_EconomyBlock([], [], {}))
            blocks[-1].name.append(j)
        elif blocks:
            if re.search(r"同比|增减|上年|备注", leaf):
                column = columns.OUTSIDE
            elif re.search(r"人员", leaf):
                column = "personnel"
            elif re.search(r"公用", leaf):
                column = "public"
            elif re.search(r"合计|小计|总计|金额|决算数|预算数|支出|基本支出", leaf):
                column = "amount"
            else:
                continue
            blocks[-1].amount[j] = column
    for block in blocks:
        one_column_each(block.amount)
    return [b for b in blocks if b.amount]


def _economy_header(view: View) -> int:
    for i in range(view.grid.n_rows):
        if i > 0 and column_numbers(view.row(i)):
            return i
        first = view.at[i, 0]
        if i > 0 and first.row0 == i and economy_foot(first.text):
            return i
        for cell in view.row(i):
            if i > 0 and re.match(r"[35]\d{2}(?:\d{2})?(?:\D|$)", squeeze(cell.text)):
                return i
            if i > 0 and cell.col0 < view.grid.n_cols // 2 and re.fullmatch(r"-?[\d,]+\.\d+", squeeze(cell.text)):
                return i
    return min(view.grid.n_rows, 3)


def parse_economy(table: RawTable, segments: list[Segment]) -> None:
    blocks: list[_EconomyBlock] = []
    edges: tuple[float, ...] = ()
    outside: set[str] = set()
    carries: list[list[str]] = []
    for segment in segments:
        view = View(segment.grid, segment.page)
        header = _economy_header(view)
        own = _economy_blocks(view, header) if header else []
        if own:
            blocks, edges = own, view.grid.col_edges
            carries = [[] for _ in blocks]
        elif blocks:
            header = 0
            if len(edges) != len(view.grid.col_edges):
                table.problems.append("续页列数不同 / a continued page has other columns")
                account_cells(table, view, view.grid.cells, "leftover", "columns changed")
                continue
        else:
            table.problems.append("表头无法识别 / the header could not be read")
            account_cells(table, view, view.grid.cells, "leftover", "no header")
            return
        account_header(table, view, header)
        for i in range(header, view.grid.n_rows):
            cells = view.row(i)
            if not any(squeeze(c.text) for c in cells):
                continue
            if column_numbers(cells):
                account_cells(table, view, cells, "column_no")
                continue
            label = "".join(squeeze(c.text) for c in cells)
            if NOTE.match(label) or (PROSE.search(label) and len(label) > 30):
                account_cells(table, view, cells, "note")
                continue
            if any(economy_foot(c.text) for c in cells):
                _economy_foot_row(table, view, cells, blocks)
                continue
            for block, carry in zip(blocks, carries, strict=True):
                _economy_entry(table, view, i, block, carry, outside)
            known = {j for b in blocks for j in (*b.code, *b.name, *b.amount)}
            for cell in cells:
                if not any(j in known for j in range(cell.col0, cell.col1 + 1)) and DIGITS.search(cell.text):
                    account_cells(table, view, [cell], "leftover", "a number outside the known columns")
    if outside:
        table.notices.append(outside_notice(table, sorted(outside)))


def _economy_entry(
    table: RawTable, view: View, i: int, block: _EconomyBlock, carry: list[str], outside: set[str]
) -> None:
    def own(js: list[int]) -> list[Cell]:
        found: list[Cell] = []
        for j in js:
            cell = view.at[i, j]
            if cell.row0 == i and all(cell is not c for c in found):
                found.append(cell)
        return found

    code_cells, name_cells = own(block.code), own(block.name)
    name_cells = [c for c in name_cells if all(c is not k for k in code_cells)]
    parts = [squeeze(c.text) for c in code_cells]
    label = "".join(parts) + "".join(squeeze(c.text) for c in name_cells)
    digits = [p for p in parts if p.isdigit()]
    code: str | None = None
    name = "".join(squeeze(c.text) for c in name_cells)
    if digits:
        code = join_code(digits, parts, carry)
    if code is None and (m := re.match(r"([35]\d{2}(?:\d{2})?)(\D.*)?$", label)):
        code, name = m.group(1), m.group(2) or ""
        carry[:] = [code[:3], *([code[3:]] if len(code) > 3 else [])]
    amounts_here = [
        (cell, column)
        for j, column in block.amount.items()
        if (cell := view.at[i, j]).row0 == i and not is_blank(cell.text)
    ]
    line = next((c.line_number for c in [*code_cells, *name_cells] if c.line_number), None)
    if code is None and name and not amounts_here:
        previous = next((r for r in reversed(table.rows) if r.side == str(block.code[:1] or block.name[:1])), None)
        if previous is not None and not columns.is_header_text(name):
            previous.name += name
        account_cells(table, view, [*code_cells, *name_cells], "label")
        return
    if code is None and name:
        found = [c for c in economic_codes().named(name) if c not in {r.code for r in table.rows}]
        code = found[0] if len(found) == 1 else None
        if code:
            notice = code_from_name_notice(table.resource, code, name, view.page, line)
            notice.locator = f"economic_code={code}"
            table.notices.append(notice)
    if code is None:
        account_cells(table, view, [c for c, _ in amounts_here], "leftover", "a row without a code")
        account_cells(table, view, [*code_cells, *name_cells], "label")
        return
    for cell in [*code_cells, *name_cells]:
        for token in DIGITS.findall(squeeze(cell.text)):
            table.use(token, view.page, cell.line_number, "code" if token in code else "label", code)
    amounts: dict[str, Amount] = {}
    for cell, column in amounts_here:
        if column == columns.OUTSIDE:
            outside.add("其他栏")
            account_cells(table, view, [cell], "outside_model", "column outside the data model")
            continue
        amount = amount_of(table, view, cell, code, column)
        if amount is not None:
            amounts[column] = amount
    table.rows.append(
        Row(code, name, amounts, view.page, line, side=str(block.code[:1] or block.name[:1]))
    )


def _economy_foot_row(table: RawTable, view: View, cells: list[Cell], blocks: list[_EconomyBlock]) -> None:
    """``人员经费合计 x 公用经费合计 y``: each label takes the numbers up to the next label."""
    role_of = {j: column for b in blocks for j, column in b.amount.items()}
    single = len(blocks) == 1
    current: Row | None = None
    for cell in cells:
        text = squeeze(cell.text)
        if is_blank(text):
            continue
        code = economy_foot(text)
        if code is not None:
            current = Row(code, text, {}, view.page, cell.line_number)
            table.rows.append(current)
            continue
        amount = parse_amount(text)
        column = role_of.get(cell.col0, "amount") if single else "amount"
        if amount is None or current is None or column in current.amounts or column == columns.OUTSIDE:
            account_cells(table, view, [cell], "leftover", "a number without a label")
            continue
        current.amounts[column] = amount
        table.use(text, view.page, cell.line_number, "cell", current.code or "", column)
