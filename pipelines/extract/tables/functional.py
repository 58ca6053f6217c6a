"""Tables by function (02, 03, 05, 07, 08): 合计, then 类 > 款 > 项."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from pipelines.documents.model import UNREAD, Cell
from pipelines.documents.normalise import squeeze
from pipelines.extract import columns
from pipelines.extract.codes import functional_codes
from pipelines.extract.numbers import Amount, is_blank
from pipelines.extract.rows import TOTAL, RawTable, Row
from pipelines.extract.tables.binding import HeadBinding, bind, note_binding
from pipelines.extract.tables.blocks import Segment
from pipelines.extract.tables.recognised import nearly_named, sure_code
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
    keep_cell,
    outside_notice,
)
from pipelines.forms import OUTSIDE, heads, whole, within

_CODE = re.compile(r"\d{3}|\d{5}|\d{7}")
_CODE_AND_NAME = re.compile(r"[\[［【]?\d{3}(?:\d{2}){0,2}[\]］】]?[一-鿿]")
_BRACKETED = re.compile(r"^[\[［【](\d{3}(?:\d{2}){0,2})[\]］】]")
_DECIMAL = re.compile(r"-?[\d,]+\.\d+")
_BODY_TEXT = re.compile(r"-?[\d,]+\.\d+|\d{5}|\d{7}")


@dataclass(slots=True)
class _Roles:
    """Which grid columns hold the code, the name and which published amounts."""

    code: list[int]
    name: list[int]
    binding: HeadBinding
    header: int
    edges: tuple[float, ...]
    unit_codes: bool = False

    @property
    def amount(self) -> dict[int, str]:
        """Grid columns of figures: the published column of each, or OUTSIDE."""
        return self.binding.columns


def _function_roles(resource: str, kind: str | None, view: View) -> _Roles | None:
    header = _function_header(view)
    if header is None or header <= view.top:
        return None
    texts = [squeeze(c.text) for c in view.grid.cells if view.top <= c.row0 < header]
    if any(_BODY_TEXT.fullmatch(text) for text in texts):
        return None  # the first row of a continued page, not a head
    code, name, others, unit_codes = _label_columns(view, header)
    if not code and not name:
        return None
    binding = bind(resource, *view.heads(header, others), kind)
    code, name = _labels_by_content(view, header, min(binding.columns, default=0), code, name)
    if not name and code:
        # 科目编码 and 科目名称 under one head: the last column before the amounts is the name.
        first = min(binding.columns, default=view.grid.n_cols)
        spare = [j for j in range(first) if j not in code]
        name = spare or ([code.pop()] if len(code) > 1 else list(code))
    if not name or not set(binding.columns.values()) - {OUTSIDE}:
        return None
    for j in range(min(binding.columns)):
        if j not in code and j not in name and not "".join(view.path(j, header)):
            code.append(j)
    return _Roles(sorted(code), name, binding, header, view.grid.col_edges, unit_codes)


def _label_columns(view: View, header: int) -> tuple[list[int], list[int], list[int], bool]:
    """Columns of codes, of names, and all others by their heads; and whether the codes are those of bodies."""
    code: list[int] = []
    name: list[int] = []
    others: list[int] = []
    unit_codes = False
    shared = heads()
    for j in range(view.grid.n_cols):
        path = view.path(j, header)
        leaf = path[-1] if path else ""
        named = whole(shared.name, leaf)
        if any(whole(shared.code, part) for part in (*path, "".join(path))) and not named:
            code.append(j)
            unit_codes = unit_codes or within(shared.unit, "".join(path))
        elif whole(shared.level, leaf):
            code.append(j)
        elif named or (whole(shared.name_alone, leaf) and not others):
            name.append(j)
        elif path and not whole(shared.skipped, leaf) and (code or name or others):
            others.append(j)
    return code, name, others, unit_codes


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
    for i in range(view.top + 1, view.grid.n_rows):
        cells = view.row(i)
        if column_numbers(cells) or _begins_body(cells, label_width):
            return i
    if any(_CODE.fullmatch(squeeze(c.text)) for c in view.grid.cells):
        return None
    # An empty form: everything that is printed is its head.
    return max((c.row1 for c in view.grid.cells if c.lines), default=0) + 1


def _begins_body(cells: list[Cell], label_width: int) -> bool:
    """A row with a code or 合计 among its labels, or an amount; 合计 beside other heads is a head."""
    texts = [(c.col0 < label_width, squeeze(c.text)) for c in cells]
    if any(label and (_CODE.fullmatch(text) or _CODE_AND_NAME.match(text)) for label, text in texts):
        return True
    if any(_DECIMAL.fullmatch(text) for _, text in texts):
        return True
    total = any(label and TOTAL_LABEL.fullmatch(text) for label, text in texts)
    return total and not any(not label and columns.is_header_text(text) for label, text in texts if text)


def _label_width(view: View) -> int:
    """Columns up to and with the name column."""
    for i in range(view.top, min(view.top + 8, view.grid.n_rows)):
        for cell in view.row(i):
            if re.search(r"名称", squeeze(cell.text)) and cell.col1 < view.grid.n_cols - 1:
                return cell.col1 + 1
    first = view.at[view.top, 0]
    return first.col1 + 1 if first.col1 < view.grid.n_cols - 1 else 1


def _same_roles(roles: _Roles, view: View) -> _Roles:
    """Roles for a continuation grid without a header: by equal column edges, else by overlap."""
    edges = view.grid.col_edges
    if len(edges) == len(roles.edges):
        return _Roles(roles.code, roles.name, roles.binding, 0, edges, roles.unit_codes)

    def moved(j: int) -> int:
        middle = (roles.edges[j] + roles.edges[j + 1]) / 2
        for k in range(len(edges) - 1):
            if edges[k] <= middle <= edges[k + 1]:
                return k
        return -1

    return _Roles(
        sorted({k for j in roles.code if (k := moved(j)) >= 0}),
        sorted({k for j in roles.name if (k := moved(j)) >= 0}),
        replace(roles.binding, columns={k: c for j, c in roles.amount.items() if (k := moved(j)) >= 0}, unknown={}),
        0,
        edges,
        roles.unit_codes,
    )


def parse_function_table(table: RawTable, segments: list[Segment]) -> None:
    roles: _Roles | None = None
    carry: list[str] = []
    outside: set[str] = set()
    for segment in segments:
        view = View(segment.grid, segment.page, segment.offset)
        own = _function_roles(table.resource, table.kind, view)
        if own is not None:
            roles = own
            note_binding(table, own.binding)
        elif roles is not None:
            roles = _same_roles(roles, view)
        else:
            table.problems.append("表头无法识别 / the header could not be read")
            account_cells(table, view, view.grid.cells, "leftover", "no header")
            return
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
    code = sure_code(table, code, functional_codes())
    printed = [c for c in amount_cells if not is_blank(c.text)]
    line = next((c.line_number for c in [*label_cells, *printed] if c.line_number), None)
    if code is None and not printed:
        _row_without_figures(table, view, cells, name)
        return
    if code is None and roles.unit_codes:
        account_cells(table, view, cells, "outside_model", "row by unit, not by function")
        outside.add("按单位列示的行")
        return
    if code is None:
        code = _code_by_name(table, name, view.page, line)
    if code is None or (code.isdigit() and not code.startswith("2")):
        account_cells(table, view, cells, "leftover", "a row without a functional code")
        return
    for cell in label_cells:
        for token in DIGITS.findall(squeeze(cell.text)):
            table.use(token, view.page, cell.line_number, "code" if code.find(token) >= 0 else "label", code)
    amounts = _function_amounts(table, view, i, printed, roles, (code, name), outside)
    stray = [c for c in cells if c not in label_cells and c not in amount_cells and DIGITS.search(c.text)]
    for cell in stray:
        role = "line_no" if re.fullmatch(r"\d{1,3}", squeeze(cell.text)) else "leftover"
        account_cells(table, view, [cell], role, "" if role == "line_no" else "a number outside the known columns")
    table.rows.append(Row(code, name, amounts, view.page, line))


def _row_without_figures(table: RawTable, view: View, cells: list[Cell], name: str) -> None:
    """A row without code and figures: a head's remainder, or a name wrapped over the page's end."""
    wrapped = bool(name and table.rows) and not TOTAL_LABEL.fullmatch(name) and not columns.is_header_text(name)
    if wrapped:
        table.rows[-1].name += name
    account_cells(table, view, cells, "label" if wrapped else "header")


def _function_amounts(
    table: RawTable, view: View, i: int, printed: list[Cell], roles: _Roles, row: tuple[str, str], outside: set[str]
) -> dict[str, Amount]:
    """The figures of one row by published column; what the data model does not hold goes to the other cells."""
    code, name = row
    amounts: dict[str, Amount] = {}
    for cell in printed:
        targets = {roles.amount[j] for j in range(cell.col0, cell.col1 + 1) if j in roles.amount}
        column = min(targets)
        if len(targets) > 1 or column in amounts:
            reason = "spans columns" if len(targets) > 1 else "two columns claim one place"
            table.use(squeeze(cell.text), view.page, cell.line_number, "leftover", code, "|".join(sorted(targets)), reason)
            continue
        if column == OUTSIDE:
            head = view.path(cell.col0, roles.header)
            outside.add("".join(head[-1:]) or "其他栏")
            account_cells(table, view, [cell], "outside_model", "column outside the data model")
            keep_cell(table, view, cell, i, f"{code} {name}".strip() if code.isdigit() else name, "›".join(head))
            continue
        amount = amount_of(table, view, cell, code, column)
        if amount is not None:
            amounts[column] = amount
    return amounts


def _code_and_name(cells: list[Cell], roles: _Roles, carry: list[str]) -> tuple[str | None, str]:
    parts = [squeeze(c.text) for c in cells if any(j in roles.code for j in range(c.col0, c.col1 + 1))]
    names = [squeeze(c.text) for c in cells if not any(j in roles.code for j in range(c.col0, c.col1 + 1))]
    label = _BRACKETED.sub(r"\1", "".join(parts + names))
    if TOTAL_LABEL.fullmatch(re.sub(r"^(?:类款项|类|款|项)+|(?:类|款|项)+$", "", label) or label):
        return TOTAL, re.sub(r"[类款项]", "", label) or label
    if any(UNREAD in p for p in parts):
        return None, "".join(names)  # what is left of a split code is the code of a row above
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
        named = codes.named(name, prefix) or (nearly_named(table, name, codes, prefix) if prefix else [])
        found = [c for c in named if c not in used]
        if len(found) == 1:
            code = found[0]
            table.notices.append(code_from_name_notice(table.resource, code, name, page, line))
            return code
    return None
