"""Summaries (01, 04): income items left, expenditure right."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from pipelines.documents.model import Cell
from pipelines.documents.normalise import squeeze
from pipelines.extract.items import expenditure_item, income_item, is_declared
from pipelines.extract.numbers import Amount, is_blank, parse_amount
from pipelines.extract.rows import RawTable, Row
from pipelines.extract.tables.binding import HeadBinding, bind, note_binding
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
    keep_cell,
    outside_notice,
)
from pipelines.forms import OUTSIDE, heads, items, whole


@dataclass(slots=True)
class _Side:
    """One block of a summary: item column, 行次 column, amount columns."""

    side: str
    item: int
    line_no: int | None
    binding: HeadBinding | None
    amount: dict[int, str] = field(default_factory=dict)
    heads: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    """Header paths of the columns of figures."""


def _summary_sides(table: RawTable, view: View, header: int) -> list[_Side]:
    """The halves of the table: each begins with its item column."""
    starts: list[tuple[int, str, list[int]]] = []
    used: list[Cell] = []
    lines: dict[int, int] = {}
    for j in range(view.grid.n_cols):
        path = view.path(j, header)
        leaf, top = (path[-1], path[0]) if path else ("", "")
        if whole(heads().item, leaf) or whole(heads().other_half, leaf):
            cell = view.at[header - 1, j]
            if any(cell is c for c in used):
                continue
            used.append(cell)
            starts.append((j, _side_of(top, leaf, first=not starts), []))
        elif starts and ("行次" in leaf or ("行次" in path and starts[-1][0] not in lines)):
            lines[starts[-1][0]] = j
        elif starts:
            starts[-1][2].append(j)
    sides = []
    by_function = any(side == "expenditure" and "功能" in "".join(view.path(item, header)) for item, side, _ in starts)
    for item, side, others in starts:
        paths, cells = view.heads(header, others)
        if _is_other_half(view.path(item, header), side, by_function):
            sides.append(_Side(side, item, lines.get(item), None, dict.fromkeys(others, OUTSIDE), paths))
            continue
        binding = bind(table.resource, paths, cells, table.kind, side)
        sides.append(_Side(side, item, lines.get(item), binding, dict(binding.columns), paths))
    return sides


def _is_other_half(path: tuple[str, ...], side: str, by_function: bool) -> bool:
    """A half that lists expenditure by another classification, or by none where one lists it by function."""
    return bool(path) and (
        whole(heads().other_half, path[-1]) or (side == "expenditure" and by_function and "功能" not in "".join(path))
    )


def _side_of(top: str, leaf: str, *, first: bool) -> str:
    """Which half an item column heads, by its own head and the head above."""
    if re.search(r"支出|功能|经济", top + leaf) and "收入" not in top:
        return "expenditure"
    if "收入" in top + leaf:
        return "income"
    return "income" if first else "expenditure"


_ITEM = re.compile(r"(?:[一二三四五六七八九十]+、|[（(][一二三四五六七八九十]+[)）])")


def _summary_header(view: View) -> int:
    """The number of header rows: through the last of the first rows that hold nothing but heads."""
    header = 0
    for i in range(view.top, min(view.grid.n_rows, view.top + 8)):
        texts = [squeeze(c.text) for c in view.row(i) if squeeze(c.text)]
        if texts and column_numbers(view.row(i)):
            return i if i > view.top else 0
        if any(_ITEM.match(t) for t in texts):
            break
        if any(parse_amount(t) and not re.fullmatch(r"\d{1,2}", t) for t in texts):
            break
        words = [c for c in view.row(i) if whole(heads().summary, squeeze(c.text))]
        # In the first column 一般公共预算财政拨款 and 合计 are rows, elsewhere they are heads.
        if any(c.col0 > 0 or not re.search(r"公共|计", squeeze(c.text)) for c in words):
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
        view = View(segment.grid, segment.page, segment.offset)
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
        for side in sides:
            if side.binding is not None:
                note_binding(table, side.binding, side.side)
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
            s.binding,
            {k: c for j, c in s.amount.items() if (k := moved(j)) >= 0},
            {k: p for j, p in s.heads.items() if (k := moved(j)) >= 0},
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
        code = _item_code(side.side, label, state)
        if side.binding is None or (code is not None and not is_declared(table.resource, code)):
            code = None  # an item of the other summary or another classification: outside this table's model
        line_no = _line_number(table, view, i, side, handled, code or "")
        for token in DIGITS.findall(label):
            table.use(token, view.page, item_cell.line_number, "label", code or "")
        amounts, loose = _side_amounts(table, view, i, side, handled, code)
        for cell in loose:
            head = "›".join(side.heads.get(cell.col0, ()))
            outside.add((head.rpartition("›")[2] if code is not None else label) or "无名行")
            role = "outside_model" if label else "leftover"
            account_cells(table, view, [cell], role, "item or column outside the data model")
            keep_cell(table, view, cell, i, label, head)
        if code is not None:
            table.rows.append(
                Row(code, label, amounts, view.page, item_cell.line_number, side=side.side, line_no=line_no)
            )
    for cell in view.row(i):
        if id(cell) not in handled and DIGITS.search(cell.text):
            account_cells(table, view, [cell], "leftover", "a number outside the known columns")


def _item_code(side: str, label: str, state: dict[str, bool]) -> str | None:
    """The item code of a label; ``state`` remembers whether the rows under 年初结转和结余 are being read."""
    if side == "expenditure":
        return expenditure_item(label)
    code = income_item(label, state["opening"])
    if code is not None and code not in _OPENING_PARTS:
        state["opening"] = code == "opening_balance"
    return code


_OPENING_PARTS = {item.code for item in items().opening_parts}


def _line_number(table: RawTable, view: View, i: int, side: _Side, handled: set[int], code: str) -> int | None:
    """The row's printed 行次, accounted for."""
    if side.line_no is None:
        return None
    cell = view.at[i, side.line_no]
    handled.add(id(cell))
    text = squeeze(cell.text)
    if not re.fullmatch(r"\d{1,3}", text) or cell.row0 != i:
        return None
    table.use(text, view.page, cell.line_number, "line_no", code)
    return int(text)


def _side_amounts(
    table: RawTable, view: View, i: int, side: _Side, handled: set[int], code: str | None
) -> tuple[dict[str, Amount], list[Cell]]:
    """One half's figures in a row by published column, and the cells that the data model does not hold."""
    amounts: dict[str, Amount] = {}
    loose: list[Cell] = []
    for j, column in side.amount.items():
        cell = view.at[i, j]
        if id(cell) in handled or cell.row0 != i:
            continue
        handled.add(id(cell))
        if is_blank(cell.text):
            continue
        if column == OUTSIDE or code is None:
            loose.append(cell)
            continue
        amount = amount_of(table, view, cell, f"{side.side}:{code}", column)
        if amount is not None and column in amounts:
            table.uses[-1].role, table.uses[-1].reason = "leftover", "two columns claim one place"
        elif amount is not None:
            amounts[column] = amount
    return amounts, loose
