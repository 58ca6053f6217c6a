"""Tables by function (02, 03, 05, 07, 08): 合计, then 类 > 款 > 项."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipelines.documents.model import Cell
from pipelines.documents.normalise import squeeze
from pipelines.extract import columns
from pipelines.extract.codes import functional_codes
from pipelines.extract.numbers import Amount, is_blank
from pipelines.extract.rows import TOTAL, RawTable, Row
from pipelines.extract.tables.blocks import Segment
from pipelines.extract.tables.view import (
    DIGITS,
    NOTE,
    PROSE,
    TOTAL_LABEL,
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


@dataclass(slots=True)
class _Roles:
    """Which grid columns hold the code, the name and which published amounts."""

    code: list[int]
    name: list[int]
    amount: dict[int, str]
    header: int
    edges: tuple[float, ...]
    unit_codes: bool = False


def _function_roles(resource: str, view: View) -> _Roles | None:
    header = _function_header(view)
    if header is None or header == 0:
        return None
    heads = [squeeze(c.text) for c in view.grid.cells if c.row0 < header]
    if any(re.fullmatch(r"-?[\d,]+\.\d+|\d{5}|\d{7}", text) for text in heads):
        return None  # the first row of a continued page, not a head
    code: list[int] = []
    name: list[int] = []
    amount: dict[int, str] = {}
    unit_codes = False
    for j in range(view.grid.n_cols):
        path = view.path(j, header)
        whole = "".join(path)
        leaf = path[-1] if path else ""
        if re.search(r"编码|代码|编号", whole) and not re.search(r"名称", leaf):
            code.append(j)
            unit_codes = unit_codes or bool(re.search(r"单位|部门(?!预算)", whole))
        elif re.fullmatch(r"[类款项目]{1,3}", leaf):
            code.append(j)
        elif re.search(r"名称|摘要|单位$", leaf) or (
            re.fullmatch(r"项目|科目|功能分类科目|支出功能分类科目?|功能分类|支出科目", leaf) and not amount
        ):
            name.append(j)
        elif re.fullmatch(r"序号|行次", leaf):
            continue
        else:
            column = columns.function_column(resource, path)
            if column is not None:
                amount[j] = column
            elif path and (name or amount):
                amount[j] = columns.OUTSIDE  # a head that the data model does not know
    if not code and not name:
        return None
    code, name = _labels_by_content(view, header, min(amount, default=0), code, name)
    if not name and code:
        # 科目编码 and 科目名称 under one head: the last column before the amounts is the name.
        first = min(amount, default=view.grid.n_cols)
        spare = [j for j in range(first) if j not in code]
        name = spare or ([code.pop()] if len(code) > 1 else list(code))
    if not name or "total" not in amount.values():
        return None
    for j in range(min(amount)):
        if j not in code and j not in name and not "".join(view.path(j, header)):
            code.append(j)
    one_column_each(amount)
    return _Roles(sorted(code), name, amount, header, view.grid.col_edges, unit_codes)


def _labels_by_content(
    view: View, header: int, width: int, code: list[int], name: list[int]
) -> tuple[list[int], list[int]]:
    """What the body shows decides between code and name columns where a head stands over several of them."""
    codes, names = set(code), set(name)
    for j in range(width):
        texts = [
            squeeze(view.at[i, j].text)
            for i in range(header, view.grid.n_rows)
            if view.at[i, j].row0 == i and view.at[i, j].col0 == view.at[i, j].col1
        ]
        texts = [t for t in texts if t]
        digits = sum(bool(re.fullmatch(r"\d{2,7}", t)) for t in texts)
        words = sum(bool(re.match(r"[\u4e00-\u9fff]{2}", t)) for t in texts)
        if digits > words:
            codes.add(j)
            names.discard(j)
        elif words > digits and names - {j}:
            codes.discard(j)
            names.add(j)
    return sorted(codes), sorted(names)


def _function_header(view: View) -> int | None:
    """The number of header rows: up to the first row with a code, a 合计 label or an amount with decimals."""
    label_width = _label_width(view)
    for i in range(view.grid.n_rows):
        cells = view.row(i)
        texts = [(c, squeeze(c.text)) for c in cells]
        if i > 0 and column_numbers(cells):
            return i
        for cell, text in texts:
            if cell.col0 < label_width and re.fullmatch(r"\d{3}|\d{5}|\d{7}", text) and i > 0:
                return i
            if cell.col0 < label_width and re.match(r"\d{3}(?:\d{2}){0,2}[一-鿿]", text) and i > 0:
                return i
            if i > 0 and cell.col0 < label_width and TOTAL_LABEL.fullmatch(text):
                return i
            if i > 0 and re.fullmatch(r"-?[\d,]+\.\d+", text):
                return i
    if any(re.fullmatch(r"\d{3}|\d{5}|\d{7}", squeeze(c.text)) for c in view.grid.cells):
        return None
    # An empty form: everything that is printed is its head.
    return max((c.row1 for c in view.grid.cells if c.lines), default=0) + 1


def _label_width(view: View) -> int:
    """Columns up to and with the name column."""
    for i in range(min(8, view.grid.n_rows)):
        for cell in view.row(i):
            if re.search(r"名称", squeeze(cell.text)) and cell.col1 < view.grid.n_cols - 1:
                return cell.col1 + 1
    first = view.at[0, 0]
    return first.col1 + 1 if first.col1 < view.grid.n_cols - 1 else 1


def _same_roles(roles: _Roles, view: View) -> _Roles:
    """Roles for a continuation grid without a header: by equal column edges, else by overlap."""
    edges = view.grid.col_edges
    if len(edges) == len(roles.edges):
        return _Roles(roles.code, roles.name, roles.amount, 0, edges, roles.unit_codes)

    def moved(j: int) -> int:
        middle = (roles.edges[j] + roles.edges[j + 1]) / 2
        for k in range(len(edges) - 1):
            if edges[k] <= middle <= edges[k + 1]:
                return k
        return -1

    return _Roles(
        sorted({k for j in roles.code if (k := moved(j)) >= 0}),
        sorted({k for j in roles.name if (k := moved(j)) >= 0}),
        {k: c for j, c in roles.amount.items() if (k := moved(j)) >= 0},
        0,
        edges,
        roles.unit_codes,
    )


def parse_function_table(table: RawTable, segments: list[Segment]) -> None:
    roles: _Roles | None = None
    carry: list[str] = []
    outside: set[str] = set()
    for segment in segments:
        view = View(segment.grid, segment.page)
        own = _function_roles(table.resource, view)
        if own is not None:
            roles = own
        elif roles is not None:
            roles = _same_roles(roles, view)
        else:
            table.problems.append("表头无法识别 / the header could not be read")
            account_cells(table, view, view.grid.cells, "leftover", "no header")
            return
        table.columns |= set(roles.amount.values())
        account_header(table, view, roles.header)
        for i in range(roles.header, view.grid.n_rows):
            cells = view.row(i)
            if not any(squeeze(c.text) for c in cells):
                continue
            if column_numbers(cells):
                account_cells(table, view, cells, "column_no")
                continue
            _function_row(table, view, i, cells, roles, carry, outside)
    if outside:
        table.notices.append(outside_notice(table, sorted(outside)))
    if roles is not None and roles.unit_codes:
        _keep_total_only(table)


def _keep_total_only(table: RawTable) -> None:
    """A table by 单位 (not by function): only its total row fits the model."""
    kept = [row for row in table.rows if row.code == TOTAL]
    for use in table.uses:
        if use.role == "cell" and use.locator != TOTAL:
            use.role, use.reason = "outside_model", "row by unit, not by function"
    if len(kept) != len(table.rows):
        table.rows = kept
        table.notices.append(outside_notice(table, ["按单位列示的行"]))


def _function_row(
    table: RawTable, view: View, i: int, cells: list[Cell], roles: _Roles, carry: list[str], outside: set[str]
) -> None:
    label_cells = [c for c in cells if any(j in roles.code or j in roles.name for j in range(c.col0, c.col1 + 1))]
    amount_cells = [
        c for c in cells if c not in label_cells and any(j in roles.amount for j in range(c.col0, c.col1 + 1))
    ]
    label = "".join(squeeze(c.text) for c in label_cells)
    if NOTE.match(label) or (PROSE.search(label) and len(label) > 20):
        account_cells(table, view, cells, "note")
        return
    code, name = _code_and_name(label_cells, roles, carry)
    printed = [c for c in amount_cells if not is_blank(c.text)]
    line = next((c.line_number for c in label_cells if c.line_number), None) or next(
        (c.line_number for c in printed if c.line_number), None
    )
    if code is None and name == "" and not printed:
        account_cells(table, view, cells, "header")
        return
    if code is None and name and not printed and table.rows and not TOTAL_LABEL.fullmatch(name):
        if columns.is_header_text(name):
            account_cells(table, view, cells, "header")
            return
        table.rows[-1].name += name  # a name wrapped over the page's end
        account_cells(table, view, cells, "label")
        return
    if code is None and printed and roles.unit_codes:
        account_cells(table, view, cells, "outside_model", "row by unit, not by function")
        outside.add("按单位列示的行")
        return
    if code is None and printed:
        code = _code_by_name(table, name, view.page, line)
    if code is None:
        account_cells(table, view, cells, "leftover", "a row without a code")
        return
    for cell in label_cells:
        for token in DIGITS.findall(squeeze(cell.text)):
            table.use(token, view.page, cell.line_number, "code" if code.find(token) >= 0 else "label", code)
    amounts: dict[str, Amount] = {}
    for cell in amount_cells:
        targets = {roles.amount[j] for j in range(cell.col0, cell.col1 + 1) if j in roles.amount}
        if is_blank(cell.text):
            continue
        if len(targets) > 1:
            table.use(
                squeeze(cell.text), view.page, cell.line_number, "leftover", code, "|".join(sorted(targets)), "spans columns"
            )
            continue
        column = targets.pop()
        if column == columns.OUTSIDE:
            outside.add("".join(view.path(cell.col0, roles.header)[-1:]) or "其他栏")
            account_cells(table, view, [cell], "outside_model", "column outside the data model")
            continue
        amount = amount_of(table, view, cell, code, column)
        if amount is not None:
            amounts[column] = amount
    stray = [c for c in cells if c not in label_cells and c not in amount_cells and DIGITS.search(c.text)]
    for cell in stray:
        role = "line_no" if re.fullmatch(r"\d{1,3}", squeeze(cell.text)) else "leftover"
        account_cells(table, view, [cell], role, "" if role == "line_no" else "a number outside the known columns")
    table.rows.append(Row(code, name, amounts, view.page, line))


def _code_and_name(cells: list[Cell], roles: _Roles, carry: list[str]) -> tuple[str | None, str]:
    parts = [squeeze(c.text) for c in cells if any(j in roles.code for j in range(c.col0, c.col1 + 1))]
    names = [squeeze(c.text) for c in cells if not any(j in roles.code for j in range(c.col0, c.col1 + 1))]
    label = "".join(parts + names)
    if TOTAL_LABEL.fullmatch(re.sub(r"^(?:类款项|类|款|项)+|(?:类|款|项)+$", "", label) or label):
        return TOTAL, re.sub(r"[类款项]", "", label) or label
    joined = re.match(r"(\d{3}(?:\d{2}(?:\d{2})?)?)(?=[^\d]|$)(.*)", label)
    digits = [p for p in parts if p.isdigit()]
    name = "".join(names) + "".join(p for p in parts if p and not p.isdigit())
    if not digits:
        if joined:
            return joined.group(1), joined.group(2)
        return None, name
    code = join_code(digits, parts, carry)
    if code is None and joined:
        return joined.group(1), joined.group(2)
    return code, name


def _code_by_name(table: RawTable, name: str, page: int | None, line: int | None) -> str | None:
    """A row without a printed code: the code list's code for that name below the row before, if only one fits."""
    if not name:
        return None
    codes = functional_codes()
    previous = next((r.code for r in reversed(table.rows) if r.code and r.code != TOTAL), "")
    used = {r.code for r in table.rows}
    for prefix in (previous[:5], previous[:3], ""):
        found = [c for c in codes.named(name, prefix) if c not in used]
        if len(found) == 1:
            code = found[0]
            table.notices.append(code_from_name_notice(table.resource, code, name, page, line))
            return code
    return None
