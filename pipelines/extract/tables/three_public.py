"""“三公” expenses (09): one row of budget and final figures, blocks one over the other, or the items as a list."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from pipelines.documents.model import UNREAD, Cell
from pipelines.documents.normalise import squeeze
from pipelines.extract import columns
from pipelines.extract.numbers import is_blank, parse_amount
from pipelines.extract.rows import RawTable, Row
from pipelines.extract.tables.binding import Path, clean
from pipelines.extract.tables.blocks import Segment
from pipelines.extract.tables.view import (
    DIGITS,
    FIGURE,
    NOTE,
    View,
    account_cells,
    account_header,
    amount_of,
    column_numbers,
    keep_cell,
    outside_notice,
)
from pipelines.forms import OUTSIDE, forms, heads, whole

_FINAL = re.compile(r"决算数|支出决算$|^决算$|执行数|实际支出数")
_BUDGET = re.compile(r"预算数|^预算$|预算安排数|预算$")
_BASIS = re.compile(r"(?:20\d\d年度?)?(?:本年|年初|全年|调整)?(?:预算数|决算数|执行数)")
_EARLIER = re.compile(r"上年|同比|增减|增长|比上年")
_TOTAL_ROW = re.compile(r"合计|总计")
_ITEM_MARK = re.compile(r"^(?:[（(]?\d+[）)、.．]?|其中[:：]?|[一二三四五六七][、.]|[（(][一二三四五六七][)）]|[①-⑨])+")
_WORDS = re.compile(r"[\u4e00-\u9fffA-Za-z]")
_VERTICAL = re.compile(r"出国|接待|运行|购置")

Role = tuple[str, str]
"""(basis, column)."""


@dataclass(slots=True)
class _Stack:
    """Head rows and the data rows below them: a table may print 预算数 over 决算数."""

    head: list[int] = field(default_factory=list)
    data: list[int] = field(default_factory=list)


def parse_three_public(table: RawTable, segments: list[Segment]) -> None:
    """Read every block of the table; two places that claim one figure are a leftover."""
    default = _basis_above(table) or ("final" if table.kind == "final" else "budget")
    rows: dict[str, Row] = {}
    outside: set[str] = set()
    for segment in segments:
        view = View(segment.grid, segment.page, segment.offset)
        if _vertical(table, view, default, rows, outside):
            continue
        stacks = _stacks(table, view)
        year = columns.latest_year([view.text(i, j) for s in stacks for i in s.head for j in range(view.grid.n_cols)])
        for stack in stacks:
            roles = _roles(table, view, stack, default, year)
            _read_stack(table, view, stack, roles, rows, outside)
    lines = [r.line for r in rows.values() if r.line]
    # Where no figure is printed there is no row: a row without a place would be nulls that stand nowhere.
    for basis in sorted(rows) if lines else ():
        rows[basis].line = rows[basis].line or lines[0]
        table.rows.append(rows[basis])
    if not rows and not table.columns:
        table.problems.append("表头无法识别 / the header could not be read")
    if outside:
        table.notices.append(outside_notice(table, sorted(outside)))


def _basis_above(table: RawTable) -> str | None:
    """预算数 or 决算数 alone on a line between title and grid heads the whole grid."""
    words = [text for text in table.captions if _BASIS.fullmatch(text)]
    return None if not words else "budget" if words[-1].endswith("预算数") else "final"


def _stacks(table: RawTable, view: View) -> list[_Stack]:
    """Split the rows into heads and data; heads after data begin a new block."""
    stacks = [_Stack()]
    for i in range(view.grid.n_rows):
        cells = view.row(i)
        texts = [squeeze(c.text) for c in cells if squeeze(c.text)]
        if i < view.top or column_numbers(cells):
            account_cells(table, view, cells, "header" if i < view.top else "column_no")
        elif any(NOTE.match(text) for text in texts):
            account_cells(table, view, cells, "note")
        elif i > view.top and texts and (any(parse_amount(t) is not None for t in texts) or not any(_WORDS.search(t) for t in texts)):
            stacks[-1].data.append(i)
        elif texts:
            if stacks[-1].data and (sum(bool(_VERTICAL.search(t)) for t in texts) >= 2 or all(_BASIS.fullmatch(t) for t in texts)):
                stacks.append(_Stack())
            (stacks[-1].data if stacks[-1].data else stacks[-1].head).append(i)
            account_cells(table, view, cells, "header")
    return stacks


def _path(view: View, j: int, rows: list[int]) -> Path:
    """The heads of some rows over column ``j``, top to bottom."""
    cells: list[Cell] = []
    for i in rows:
        for k in range(view.at[i, j].row0, i + 1):
            cell = view.at[k, j]
            if squeeze(cell.text) and all(cell is not c for c in cells):
                cells.append(cell)
    return tuple(squeeze(c.text) for c in cells)


def _roles(table: RawTable, view: View, stack: _Stack, default: str, year: str) -> dict[int, Role]:
    """What each column of a block is. Two columns for one place are a fault that withholds the table."""
    paths = {j: _path(view, j, stack.head) for j in range(view.grid.n_cols)}
    roles = {j: role for j, path in paths.items() if (role := role_of(path, default, year)) is not None}
    first: dict[Role, int] = {}
    for j, role in roles.items():
        if role[1] == OUTSIDE:
            continue
        if role in first and view.at[stack.head[-1], first[role]] is not view.at[stack.head[-1], j]:
            shown = "、".join("›".join(paths[k]) for k in (first[role], j))
            table.faults.append(f"多个栏目对应同一栏（{shown}） / heads {shown} all bind to {'.'.join(role)}")
        first.setdefault(role, j)
    table.columns |= {f"{basis}.{column}" for basis, column in roles.values() if column != OUTSIDE}
    for j, path in paths.items():
        if path and j not in roles and not any(whole(p, path[-1]) for p in (heads().code, heads().name, heads().skipped)):
            table.unknown_heads.setdefault("›".join(path), 0)
    return roles


def role_of(path: Path, default: str, year: str = "") -> Role | None:
    """(basis, column) of a header path, in either order of the two heads."""
    basis = default
    measures: list[str] = []
    for text in path:
        if _EARLIER.search(text) or columns.is_earlier(text, year):
            return ("", OUTSIDE)
        if _FINAL.search(text):
            basis = "final"
            rest = _FINAL.sub("", text)
        elif _BUDGET.search(text):
            basis = "budget"
            rest = _BUDGET.sub("", text)
        else:
            rest = text
        rest = re.sub(r"^20\d\d年度?|^(?:本年|年初|全年|调整)?$", "", rest)
        if rest:
            measures.append(rest)
    column = forms()["three_public_expenses"].bind(clean(tuple(measures)))
    return (basis, column) if column else None


def _read_stack(
    table: RawTable, view: View, stack: _Stack, roles: dict[int, Role], rows: dict[str, Row], outside: set[str]
) -> None:
    """One block's figures: its row 合计, or its only row; rows of single bodies are kept as other cells."""
    for basis in {basis for basis, column in roles.values() if column != OUTSIDE}:
        rows.setdefault(basis, Row(basis, "", {}, view.page, None))
    data = [view.row(i) for i in stack.data if any(parse_amount(squeeze(c.text)) or UNREAD in c.text for c in view.row(i))]
    chosen = next((cells for cells in data if any(_TOTAL_ROW.fullmatch(squeeze(c.text)) for c in cells)), None)
    chosen = chosen or (data[0] if data else None)
    for cells in data:
        if cells is not chosen:
            account_cells(table, view, cells, "outside_model", "rows by unit; the total row is published")
            for cell in cells:
                keep_cell(table, view, cell, cell.row0, squeeze(cells[0].text), "›".join(_path(view, cell.col0, stack.head)))
    for cell in chosen or []:
        _read_cell(table, view, stack, cell, roles, rows, outside)


def _read_cell(
    table: RawTable, view: View, stack: _Stack, cell: Cell, roles: dict[int, Role], rows: dict[str, Row], outside: set[str]
) -> None:
    if is_blank(cell.text):
        return
    role = roles.get(cell.col0)
    text = squeeze(cell.text)
    if role is None:
        if parse_amount(text):
            account_cells(table, view, [cell], "leftover", "a number outside the known columns")
        else:
            account_cells(table, view, [cell], "label")
        return
    basis, column = role
    if column == OUTSIDE:
        path = _path(view, cell.col0, stack.head)
        outside.add("".join(path[-1:]))
        account_cells(table, view, [cell], "outside_model", "column outside the data model")
        keep_cell(table, view, cell, cell.row0, "", "›".join(path))
        return
    _place(table, view, cell, basis, column, rows)


def _place(table: RawTable, view: View, cell: Cell, basis: str, column: str, rows: dict[str, Row]) -> None:
    row = rows.setdefault(basis, Row(basis, "", {}, view.page, cell.line_number))
    if column in row.amounts:
        if row.amounts[column].token == squeeze(cell.text):
            table.use(squeeze(cell.text), view.page, cell.line_number, "cell", basis, column)
            return  # printed twice, as the heading's figure and as 支出合计
        account_cells(table, view, [cell], "leftover", "two places claim one figure")
        return
    amount = amount_of(table, view, cell, basis, column)
    if amount is not None:
        row.amounts[column] = amount
        row.line = row.line or cell.line_number


def _vertical(table: RawTable, view: View, default: str, rows: dict[str, Row], outside: set[str]) -> bool:
    """The layout with the items down the first column and 预算数/决算数 across. False if it is not that."""
    label_column = next((j for j in range(min(3, view.grid.n_cols)) if len(_item_rows(view, j)) >= 3), None)
    if label_column is None:
        return False
    labels = [squeeze(view.at[i, label_column].text) if view.at[i, label_column].row0 == i else "" for i in range(view.grid.n_rows)]
    header = min(_item_rows(view, label_column))
    if header > view.top + 1 and re.search(r"合计|总计|三公", labels[header - 1]):
        header -= 1
    while header > view.top + 1 and any(FIGURE.fullmatch(squeeze(c.text)) for c in view.row(header - 1)):
        header -= 1  # rows of other expenses above the items
    basis_of = _across(view, header, label_column, default)
    account_header(table, view, header)
    group = ""
    for i in range(header, view.grid.n_rows):
        cells = view.row(i)
        if column_numbers(cells):
            account_cells(table, view, cells, "column_no")
            continue
        if any(NOTE.match(squeeze(c.text)) for c in cells):
            account_cells(table, view, cells, "note")
            continue
        label = _ITEM_MARK.sub("", labels[i])
        column = forms()["three_public_expenses"].bind(clean((group, label) if group and label == "小计" else (label,))) if label else None
        group = label if column == "vehicles" else group
        for cell in cells:
            if cell.col0 <= label_column or is_blank(cell.text) or not (parse_amount(squeeze(cell.text)) or UNREAD in cell.text):
                if cell.col0 != label_column or DIGITS.search(cell.text):
                    account_cells(table, view, [cell], "label")
                continue
            basis = basis_of.get(cell.col0)
            if basis is None:
                account_cells(table, view, [cell], "line_no")
            elif column in (None, OUTSIDE) or basis == OUTSIDE:
                outside.add(label or "无名行")
                account_cells(table, view, [cell], "outside_model", "outside the data model")
                keep_cell(table, view, cell, i, label, "›".join(view.path(cell.col0, header)))
            else:
                _place(table, view, cell, basis, str(column), rows)
        if column not in (None, OUTSIDE):
            table.columns |= {f"{basis}.{column}" for basis in basis_of.values() if basis != OUTSIDE}
    return True


def _item_rows(view: View, j: int) -> list[int]:
    """The rows whose cell in column ``j`` begins there and names an item of 三公."""
    return [
        i
        for i in range(view.top, view.grid.n_rows)
        if view.at[i, j].row0 == i and view.at[i, j].col0 == j and _VERTICAL.search(view.text(i, j))
    ]


def _across(view: View, header: int, label_column: int, default: str) -> dict[int, str]:
    """Per column right of the items its basis, OUTSIDE for other years; row numbers have none."""
    found: dict[int, str] = {}
    year = columns.latest_year([c.text for c in view.grid.cells if c.row0 < header])
    for j in range(label_column + 1, view.grid.n_cols):
        text = "".join(view.path(j, header))
        if "行次" in text or "序号" in text:
            continue
        if _EARLIER.search(text) or "备注" in text or columns.is_earlier(text, year):
            found[j] = OUTSIDE
        elif "决算" in text or "统计数" in text:
            found[j] = "final"
        elif "预算" in text:
            found[j] = "budget"
        else:
            found[j] = default
    return found
