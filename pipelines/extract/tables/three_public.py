"""“三公” expenses (09): one row of budget and final figures, or the items down the first column."""

from __future__ import annotations

import re

from pipelines.documents.model import Cell
from pipelines.documents.normalise import squeeze
from pipelines.extract import columns
from pipelines.extract.numbers import is_blank, parse_amount
from pipelines.extract.rows import RawTable, Row
from pipelines.extract.tables.blocks import Segment
from pipelines.extract.tables.view import (
    DIGITS,
    NOTE,
    View,
    account_cells,
    account_header,
    amount_of,
    column_numbers,
)


def parse_three_public(table: RawTable, segments: list[Segment]) -> None:
    default = "final" if table.kind == "final" else "budget"
    for segment in segments:
        view = View(segment.grid, segment.page)
        if _vertical_three_public(table, view, default):
            continue
        header = 0
        data: list[list[Cell]] = []
        for i in range(view.grid.n_rows):
            cells = view.row(i)
            numbers = [c for c in cells if parse_amount(squeeze(c.text)) is not None]
            if column_numbers(cells):
                account_cells(table, view, cells, "column_no")
                header = header or i
            elif numbers and i > 0:
                header = header or i
                data.append(cells)
            elif any(NOTE.match(squeeze(c.text)) for c in cells):
                account_cells(table, view, cells, "note")
                header = header or i
        header = header or view.grid.n_rows
        for cell in view.grid.cells:
            if cell.row0 < header and parse_amount(squeeze(cell.text)) is None:
                for token in DIGITS.findall(squeeze(cell.text)):
                    table.use(token, view.page, cell.line_number, "header")
        year = columns.latest_year([c.text for c in view.grid.cells if c.row0 < header])
        roles = {
            j: role
            for j in range(view.grid.n_cols)
            if (role := columns.three_public_column(view.path(j, header), default, year)) is not None
        }
        if view.grid.method == "positions":
            roles = _two_blocks(view, roles, header)
        table.columns |= {f"{basis}.{column}" for basis, column in roles.values()}
        _three_public_rows(table, view, data, roles, header)


def _two_blocks(
    view: View, roles: dict[int, tuple[str, str]], header: int
) -> dict[int, tuple[str, str]]:
    """Without rulings 预算数 and 决算数 stand over one column each: every item that occurs twice is first one, then
    the other, in the order of the two heads."""
    heads = sorted(
        (cell.col0, basis)
        for cell in view.grid.cells
        for word, basis in (("预算数", "budget"), ("决算数", "final"))
        if cell.row0 < header and squeeze(cell.text) == word
    )
    order = [column for _, column in (roles[j] for j in sorted(roles))]
    half = len(order) // 2
    if len(heads) != 2 or len(order) % 2 or order[:half] != order[half:]:
        return roles
    return {
        j: (heads[0 if position < half else 1][1], column)
        for position, (j, column) in enumerate(zip(sorted(roles), order, strict=True))
    }


def _three_public_rows(
    table: RawTable, view: View, data: list[list[Cell]], roles: dict[int, tuple[str, str]], header: int
) -> None:
    bases = sorted({basis for basis, column in roles.values() if column != columns.OUTSIDE})
    chosen = next(
        (cells for cells in data if any(re.fullmatch(r"合计|总计", squeeze(c.text)) for c in cells)), data[0] if data else None
    )
    for cells in data:
        if cells is chosen:
            continue
        account_cells(table, view, cells, "outside_model", "rows by unit; the total row is published")
    rows = {basis: Row(basis, "", {}, view.page, None) for basis in bases}
    for cell in chosen or []:
        if is_blank(cell.text):
            continue
        role = roles.get(cell.col0)
        text = squeeze(cell.text)
        if role is None:
            kind = "leftover" if parse_amount(text) else "label"
            account_cells(table, view, [cell], kind, "a number outside the known columns" if kind == "leftover" else "")
            continue
        basis, column = role
        if column == columns.OUTSIDE:
            account_cells(table, view, [cell], "outside_model", "column outside the data model")
            continue
        if column in rows[basis].amounts:
            account_cells(table, view, [cell], "leftover", "two columns claim one place")
            continue
        amount = amount_of(table, view, cell, basis, column)
        if amount is not None:
            rows[basis].amounts[column] = amount
            rows[basis].line = rows[basis].line or cell.line_number
    lines = [r.line for r in rows.values() if r.line]
    # Where no figure is printed there is no row: a row without a place would be nulls that stand nowhere.
    for row in rows.values() if lines else ():
        row.line = row.line or lines[0]
        table.rows.append(row)
    if not rows and header:
        table.problems.append("表头无法识别 / the header could not be read")


def _vertical_three_public(table: RawTable, view: View, default: str) -> bool:
    """The layout with the items down the first column and 预算数/决算数 across."""
    labels = [(i, squeeze(view.at[i, 0].text)) for i in range(view.grid.n_rows)]
    hits = [i for i, text in labels if re.search(r"出国|接待|运行维护|购置", text) and view.at[i, 0].row0 == i]
    if len(hits) < 3:
        return False
    header = max(1, min(hits) - 1)
    first = labels[header][1]
    if not re.search(r"合计|总计|三公", first):
        header = min(hits)
    columns_of: dict[int, str] = {}
    year = columns.latest_year([c.text for c in view.grid.cells if c.row0 < header])
    for j in range(1, view.grid.n_cols):
        text = "".join(view.path(j, header))
        years = re.findall(r"20\d\d(?=年)", text)
        if re.search(r"上年|增减|同比|备注|行次", text) or (years and max(years) < year):
            columns_of[j] = columns.OUTSIDE
        elif re.search(r"决算", text):
            columns_of[j] = "final"
        elif re.search(r"预算", text):
            columns_of[j] = "budget"
        else:
            columns_of[j] = default
    account_header(table, view, header)
    rows: dict[str, Row] = {}
    for i in range(header, view.grid.n_rows):
        if column_numbers(view.row(i)):
            account_cells(table, view, view.row(i), "column_no")
            continue
        label = re.sub(r"^[（(]?\d+[)）.、]?|^其中[:：]?|^[一二三四五六七]、|[（(]费用?[)）]", "", labels[i][1])
        column = columns.match(columns.THREE_PUBLIC, (label,)) if label else None
        if re.search(r"购置及运行|购置和运行", label):
            column = "vehicles"
        for cell in view.row(i):
            if cell.col0 == 0 or is_blank(cell.text):
                continue
            basis = columns_of.get(cell.col0, columns.OUTSIDE)
            if column in (None, columns.OUTSIDE) or basis == columns.OUTSIDE:
                account_cells(table, view, [cell], "outside_model", "outside the data model")
                continue
            assert column is not None
            row = rows.setdefault(basis, Row(basis, "", {}, view.page, cell.line_number))
            if column in row.amounts:
                account_cells(table, view, [cell], "leftover", "two rows claim one place")
                continue
            amount = amount_of(table, view, cell, basis, column)
            if amount is not None:
                row.amounts[column] = amount
    table.rows.extend(rows.values())
    return True
