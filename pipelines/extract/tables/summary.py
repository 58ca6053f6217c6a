"""Summaries (01, 04): income items left, expenditure right."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipelines.documents.model import Cell
from pipelines.documents.normalise import squeeze
from pipelines.extract import columns
from pipelines.extract.items import expenditure_item, income_item, is_declared
from pipelines.extract.numbers import Amount, is_blank, parse_amount
from pipelines.extract.rows import RawTable, Row
from pipelines.extract.tables.blocks import Segment
from pipelines.extract.tables.view import (
    DIGITS,
    NOTE,
    PROSE,
    View,
    account_cells,
    account_header,
    amount_of,
    column_numbers,
    one_column_each,
    outside_notice,
)


@dataclass(slots=True)
class _Side:
    """One block of a summary: item column(s), 行次 column, amount columns."""

    side: str
    item: int
    line_no: int | None
    amount: dict[int, str]


def _summary_sides(table: RawTable, view: View, header: int) -> list[_Side]:
    sides: list[_Side] = []
    used_items: list[Cell] = []
    for j in range(view.grid.n_cols):
        path = view.path(j, header)
        leaf, whole = (path[-1] if path else ""), "".join(path)
        top = path[0] if path else ""
        if re.fullmatch(r"项目(?:\(.*\)|（.*）)?|收入项目|支出项目|收入|支出|项目名称|支出功能分类(?:科目)?|功能分类(?:科目)?|支出功能分类科目名称", leaf):
            cell = view.at[header - 1, j]
            if any(cell is c for c in used_items):
                continue
            used_items.append(cell)
            if re.search(r"支出|功能|经济", top + leaf) and not re.search(r"收入", top):
                side = "expenditure"
            elif re.search(r"收入", top + leaf):
                side = "income"
            else:
                side = "income" if not sides else "expenditure"
            sides.append(_Side(side, j, None, {}))
        elif not sides:
            continue
        elif re.search(r"行次", leaf) or re.search(r"行次", whole) and not sides[-1].amount and sides[-1].line_no is None:
            sides[-1].line_no = j
        else:
            column = _summary_amount(table, sides[-1].side, path)
            if column is not None:
                sides[-1].amount[j] = column
    for found in sides:
        one_column_each(found.amount)
    return sides


def _summary_amount(table: RawTable, side: str, path: tuple[str, ...]) -> str | None:
    leaf = path[-1] if path else ""
    if re.search(r"同比|增减|增长|上年(?!结转)|占比|备注", leaf):
        return columns.OUTSIDE
    if table.resource == "appropriation_summary" and side == "expenditure":
        return columns.match(columns.APPROPRIATION_SPLIT, path)
    wanted = r"决算数|金额" if table.kind == "final" else r"预算数|金额"
    if re.search(r"年初预算|全年预算|调整预算|预算数", leaf) and table.kind == "final":
        return columns.OUTSIDE
    if re.search(wanted + r"|合计|小计|预算数|决算数|预算金额|本年", leaf):
        return "amount"
    return None


_SUMMARY_HEAD = re.compile(r"项目|行次|金额|(?:年初|全年|调整)?预算数|决算数|预算金额|合计|一般公共预算(?:财政拨款)?|收入|支出|小计")


def _summary_header(view: View) -> int:
    """The number of header rows: through the last of the first rows that hold nothing but heads."""
    header = 0
    for i in range(min(view.grid.n_rows, 8)):
        texts = [squeeze(c.text) for c in view.row(i) if squeeze(c.text)]
        if texts and column_numbers(view.row(i)):
            return i if i else 0
        if any(re.match(r"(?:[一二三四五六七八九十]+、|[（(][一二三四五六七八九十]+[)）])", t) for t in texts):
            break
        if any(parse_amount(t) and not re.fullmatch(r"\d{1,2}", t) for t in texts):
            break
        heads = [c for c in view.row(i) if _SUMMARY_HEAD.fullmatch(squeeze(c.text))]
        # In the first column 一般公共预算财政拨款 and 合计 are rows, elsewhere they are heads.
        if any(c.col0 > 0 or not re.search(r"公共|计", squeeze(c.text)) for c in heads):
            header = i + 1
        elif header and texts and any(c.col0 == 0 and squeeze(c.text) for c in view.row(i)):
            break
    return header


def parse_summary(table: RawTable, segments: list[Segment]) -> None:
    sides: list[_Side] = []
    edges: tuple[float, ...] = ()
    state = {"opening": False}
    outside: set[str] = set()
    for segment in segments:
        view = View(segment.grid, segment.page)
        header = _summary_header(view)
        own = _summary_sides(table, view, header) if header else []
        if own and any(s.amount for s in own):
            sides, edges = own, view.grid.col_edges
        elif sides:
            header = 0
            if len(view.grid.col_edges) != len(edges):
                sides = _moved_sides(sides, edges, view.grid.col_edges)
                edges = view.grid.col_edges
            if any(side.item < 0 for side in sides):
                table.problems.append("续页的栏与前页对不上 / the columns of a continued page are not those before it")
                account_cells(table, view, view.grid.cells, "leftover", "no column of the page before")
                return
        else:
            table.problems.append("表头无法识别 / the header could not be read")
            account_cells(table, view, view.grid.cells, "leftover", "no header")
            return
        table.columns |= {column for side in sides for column in side.amount.values()}
        account_header(table, view, header)
        for i in range(header, view.grid.n_rows):
            cells = view.row(i)
            texts = [squeeze(c.text) for c in cells]
            if not any(texts):
                continue
            if column_numbers(cells):
                account_cells(table, view, cells, "column_no")
                continue
            if NOTE.match("".join(texts)) or any(PROSE.search(t) and len(t) > 20 for t in texts):
                account_cells(table, view, cells, "note")
                continue
            _summary_row(table, view, i, sides, state, outside)
    if outside:
        table.notices.append(outside_notice(table, sorted(outside)))


def _moved_sides(sides: list[_Side], old: tuple[float, ...], new: tuple[float, ...]) -> list[_Side]:
    def moved(j: int) -> int:
        middle = (old[j] + old[j + 1]) / 2
        return next((k for k in range(len(new) - 1) if new[k] <= middle <= new[k + 1]), -1)

    return [
        _Side(
            s.side,
            moved(s.item),
            None if s.line_no is None else moved(s.line_no),
            {k: c for j, c in s.amount.items() if (k := moved(j)) >= 0},
        )
        for s in sides
    ]


def _summary_row(
    table: RawTable, view: View, i: int, sides: list[_Side], state: dict[str, bool], outside: set[str]
) -> None:
    handled: set[int] = set()
    for side in sides:
        item_cell = view.at[i, side.item]
        label = squeeze(item_cell.text) if item_cell.row0 == i else ""
        handled.add(id(item_cell))
        if side.side == "income":
            code = income_item(label, state["opening"])
            if code == "opening_balance":
                state["opening"] = True
            elif code is not None and not code.startswith("opening_"):
                state["opening"] = False
        else:
            code = expenditure_item(label)
        if code is not None and not is_declared(table.resource, code):
            code = None  # an item of the other summary: its figures stand outside this table's model
        line_no = None
        if side.line_no is not None:
            number_cell = view.at[i, side.line_no]
            handled.add(id(number_cell))
            text = squeeze(number_cell.text)
            if re.fullmatch(r"\d{1,3}", text) and number_cell.row0 == i:
                line_no = int(text)
                table.use(text, view.page, number_cell.line_number, "line_no", code or "")
        for token in DIGITS.findall(label):
            table.use(token, view.page, item_cell.line_number, "label", code or "")
        amounts: dict[str, Amount] = {}
        loose: list[Cell] = []
        for j, column in side.amount.items():
            cell = view.at[i, j]
            if id(cell) in handled or cell.row0 != i:
                continue
            handled.add(id(cell))
            if is_blank(cell.text):
                continue
            if column == columns.OUTSIDE or code is None:
                loose.append(cell)
                continue
            amount = amount_of(table, view, cell, f"{side.side}:{code}", column)
            if amount is not None:
                amounts[column] = amount
        if loose:
            outside.add(label or "无名行")
            role = "outside_model" if label else "leftover"
            account_cells(table, view, loose, role, "item or column outside the data model")
        if code is not None:
            name = label
            table.rows.append(
                Row(code, name, amounts, view.page, item_cell.line_number, side=side.side, line_no=line_no)
            )
    for cell in view.row(i):
        if id(cell) not in handled and DIGITS.search(cell.text):
            account_cells(table, view, [cell], "leftover", "a number outside the known columns")
