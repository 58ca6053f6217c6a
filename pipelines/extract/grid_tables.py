"""Ruled (or position-derived) grids → the rows of the nine tables.

A grid belongs to the table whose title stands above it; a grid without a title continues the table before it
(over the page, with or without a repeated header). Every number in a grid is accounted for.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from pipelines.documents.model import Cell, Document, Grid, Line, Page
from pipelines.documents.normalise import squeeze
from pipelines.documents.positions import grid_from_lines
from pipelines.extract import columns
from pipelines.extract.codes import economic_codes, functional_codes
from pipelines.extract.items import expenditure_item, income_item
from pipelines.extract.numbers import Amount, is_blank, parse_amount
from pipelines.extract.result import Notice
from pipelines.extract.rows import TOTAL, RawTable, Row
from pipelines.extract.titles import (
    Title,
    is_number_mark,
    parse_owner,
    parse_title,
    parse_unit,
    printed_number,
)

_TOTAL_LABEL = re.compile(r"(?:总计|合计|总合计|支出合计|收入合计|本年(?:收入|支出)合计|小计)")
_FIRST_ROW = re.compile(r"一、|(?:合|总)计|[（(]一[)）]")
_NOTE = re.compile(r"^(?:注|说明|备注|备　注)\s*[:：\d]|^(?:注|说明)$")
_DIGITS = re.compile(r"\d[\d,]*(?:\.\d+)?")
_PROSE = re.compile(r"[。；]")
_BREAK = re.compile(r"第[一二三四五六七八]部分|情况说明|名词解释")


@dataclass(slots=True)
class Segment:
    """One grid of a table, with the header that applies to it."""

    grid: Grid
    page: Page


@dataclass(slots=True)
class Block:
    """A table's title and its grids in order."""

    title: Title
    page: int | None
    line: int | None
    unit: str | None
    segments: list[Segment] = field(default_factory=list)
    head_lines: list[tuple[int | None, Line]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def read_grid_tables(document: Document) -> tuple[list[RawTable], list[str]]:
    """All official tables of a PDF, and the owners (institutions) that their heads name."""
    blocks, owners = collect_blocks(document)
    tables = []
    for block in blocks:
        table = _parse(block, block.segments)
        if _unfit(table) and all(s.grid.method == "ruled" for s in block.segments):
            # Rulings that part columns but not rows, or neither: try the positions inside the same frame.
            for keep_columns in (True, False):
                again = _parse(block, [_by_positions(s, keep_columns) for s in block.segments])
                if not _unfit(again) and _figures(again) >= _figures(table):
                    table = again
                    break
        tables.append(table)
    return tables, owners


def _parse(block: Block, segments: list[Segment]) -> RawTable:
    title = block.title
    method = "positions" if any(s.grid.method == "positions" for s in segments) else "ruled"
    table = RawTable(
        title.resource, title.text, title.printed_no, title.kind, block.unit, method, block.page, block.line
    )
    for page_number, line in block.head_lines:
        for token in _DIGITS.findall(squeeze(line.text)):
            table.use(token, page_number, line.number, "header")
    table.problems.extend(block.problems)
    _PARSERS[table.resource](table, segments)
    _conserve(table, segments, block.head_lines)
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


def _conserve(table: RawTable, segments: list[Segment], head: list[tuple[int | None, Line]]) -> None:
    """Every number token of the region is used once: what a parser passed over is a leftover, a reuse a double."""
    printed: Counter[tuple[int | None, str]] = Counter()
    where: dict[tuple[int | None, str], int | None] = {}
    texts = [(s.page.number, cell.line_number, cell.text) for s in segments for cell in s.grid.cells]
    for page, line, text in [*texts, *((page, ln.number, ln.text) for page, ln in head)]:
        for token in _DIGITS.findall(squeeze(text)):
            printed[page, token] += 1
            where[page, token] = line
    used = Counter((u.page, token) for u in table.uses for token in _DIGITS.findall(squeeze(u.token)))
    for key in sorted(printed.keys() | used.keys(), key=str):
        for _ in range(printed[key] - used[key]):
            table.use(key[1], key[0], where.get(key), "leftover", reason="passed over by the reader")
        for _ in range(used[key] - printed[key]):
            table.use(key[1], key[0], where.get(key), "double", reason="used more than once")


def _unfit(table: RawTable) -> bool:
    return bool(table.problems) or any(u.role in ("leftover", "double") for u in table.uses)


def _figures(table: RawTable) -> int:
    return sum(len(row.amounts) for row in table.rows)


def _by_positions(segment: Segment, keep_columns: bool) -> Segment:
    box = segment.grid.box
    inside = [
        ln for ln in segment.page.lines if ln.box and box[1] - 1 <= _middle(ln) <= box[3] + 1 and ln.box[2] > box[0]
    ]
    grid = _grid_of(inside, segment.grid.page, segment.grid.col_edges if keep_columns else None)
    return Segment(grid or segment.grid, segment.page)


def collect_blocks(document: Document) -> tuple[list[Block], list[str]]:
    """Group the document's grids under the titles that stand above them; without rulings, the lines."""
    blocks: list[Block] = []
    owners: list[str] = []
    current: Block | None = None
    for page in document.pages:
        top = 0.0
        for grid in page.grids:
            above = [ln for ln in page.lines if ln.box and top - 2 <= _middle(ln) <= grid.box[1] + 1]
            top = grid.box[3]
            owners.extend(o for ln in above if (o := parse_owner(ln.text)))
            free, above = _unruled(page, above, blocks)
            current = free or current
            found = _head(above)
            inner = None if found else _title_inside(grid)
            if found:
                title, line = found
                current = Block(title, page.number, line.number, _unit_of(above))
                current.head_lines = [(page.number, ln) for ln in above if ln.number >= line.number]
                blocks.append(current)
            elif inner:
                current = Block(inner, page.number, None, _unit_of(above) or _unit_in(grid))
                blocks.append(current)
            elif current is not None and not _continues(current, grid, above):
                current = None
            if current is not None:
                if current.unit is None:
                    current.unit = _unit_of(above) or _unit_in(grid)
                current.segments.append(Segment(_on_columns(current, grid, bool(found or inner)), page))
        rest = [ln for ln in page.lines if ln.box and _middle(ln) > top + 1]
        owners.extend(o for ln in rest if (o := parse_owner(ln.text)))
        if not page.grids and current is not None and current.segments[-1].grid.method == "positions":
            rest = _go_on(page, rest, current)
        free, rest = _unruled(page, rest, blocks)
        current = free or current
        if any(_BREAK.search(squeeze(ln.text)) for ln in rest) or sum(
            bool(_PROSE.search(ln.text)) for ln in rest if not _NOTE.match(squeeze(ln.text))
        ) > 4:
            current = None
    return _drop_repeats(blocks), owners


def _unruled(page: Page, lines: list[Line], blocks: list[Block]) -> tuple[Block | None, list[Line]]:
    """Tables without rulings among free lines: from a title to a note, a sentence, the next title or the end.

    Returns the last such table and the lines that are left after it.
    """
    assert page.number is not None
    last: Block | None = None
    start = consumed = 0
    while True:
        found = None
        for index in range(start, len(lines)):
            head = _title_at(lines, index)
            if head is not None:
                found = (index, *head)
                break
        if found is None:
            return last, lines[consumed:]
        index, title, size = found
        body: list[Line] = []
        head_lines = lines[index : index + size]
        after = index + size
        number = None
        unit = None
        while after < len(lines):
            bare = squeeze(lines[after].text)
            if _title_at(lines, after) is not None or _NOTE.match(bare) or _BREAK.search(bare) or (
                _PROSE.search(bare) and len(bare) > 20
            ):
                break
            if is_number_mark(bare) or parse_owner(lines[after].text) or (parse_unit(bare) and len(bare) < 30):
                number = number or printed_number(bare)
                unit = unit or parse_unit(bare)
                head_lines.append(lines[after])
            elif not _is_page_number(lines[after], page):
                body.append(lines[after])
            after += 1
        figures = sum(bool(re.search(r"\d\.\d", ln.text)) for ln in body)
        empty = any(_TOTAL_LABEL.fullmatch(squeeze(ln.text)) for ln in body) and len(body) >= 3
        if figures < 1 and not empty:
            start = index + size
            continue
        grid = _grid_of(body, page.number)
        if grid is not None:
            last = Block(title, page.number, lines[index].number, unit or _unit_of(lines[max(0, index - 2) : index]))
            if number and title.printed_no is None:
                last.title = Title(title.resource, title.kind, title.text, number)
            last.head_lines = [(page.number, ln) for ln in head_lines]
            last.segments.append(Segment(grid, page))
            blocks.append(last)
            consumed = after
        start = after


def _grid_of(lines: list[Line], page: int, col_edges: tuple[float, ...] | None = None) -> Grid | None:
    return grid_from_lines(lines, page, col_edges, _FIRST_ROW, _is_head)


def _is_head(text: str) -> bool:
    return columns.is_header_fragment(text) or bool(re.fullmatch(r"\d{1,2}|栏次", squeeze(text)))


def _is_page_number(line: Line, page: Page) -> bool:
    """A lone small number at the head or foot of the page; inside a table it is a figure."""
    outside = _middle(line) > 0.9 * page.height or _middle(line) < 0.07 * page.height
    return outside and bool(re.fullmatch(r"[-—–]?\s*\d{1,3}\s*[-—–]?", line.text.strip()))


def _title_at(lines: list[Line], index: int) -> tuple[Title, int] | None:
    """A title that begins at this line (wrapped over up to three), and how many lines it takes."""
    for size in (1, 2, 3):
        if index + size > len(lines):
            break
        found = _title_ending(lines[index : index + size], size)
        if found and found[1] is lines[index]:
            return found[0], size
        if re.search(r"表$|[。；]|\d\.\d", squeeze(lines[index + size - 1].text)):
            break
    return None


def _go_on(page: Page, lines: list[Line], block: Block) -> list[Line]:
    """A table without rulings goes on at the top of the next page: lines with figures before any title or sentence."""
    assert page.number is not None
    body: list[Line] = []
    for index, line in enumerate(lines):
        bare = squeeze(line.text)
        if _title_at(lines, index) or _NOTE.match(bare) or _BREAK.search(bare) or (_PROSE.search(bare) and len(bare) > 20):
            break
        body.append(line)
    rest = lines[len(body) :]
    body = [ln for ln in body if not _is_page_number(ln, page)]
    body = [ln for ln in body if not (parse_owner(ln.text) or is_number_mark(squeeze(ln.text)))]
    if sum(bool(re.search(r"\d\.\d", ln.text)) for ln in body) >= 1:
        edges = block.segments[-1].grid.col_edges
        grid = _grid_of(body, page.number)
        if grid is None or grid.n_cols != len(edges) - 1:
            grid = _grid_of(body, page.number, edges)
        if grid is None:
            block.problems.append(f"第{page.number}页的续表无法读取 / the part on page {page.number} could not be read")
        else:
            block.segments.append(Segment(grid, page))
        return rest
    return lines


def _on_columns(block: Block, grid: Grid, new: bool) -> Grid:
    """A continued grid in the same frame whose merged cells hide some columns: put it on the columns before it."""
    if new or not block.segments:
        return grid
    edges = block.segments[-1].grid.col_edges
    if len(edges) <= len(grid.col_edges):
        return grid
    cells = []
    for cell in grid.cells:
        inside = [
            j for j in range(len(edges) - 1) if cell.box[0] - 1 <= (edges[j] + edges[j + 1]) / 2 <= cell.box[2] + 1
        ]
        if not inside:
            return grid
        cells.append(Cell(cell.row0, cell.row1, inside[0], inside[-1], cell.box, cell.lines, cell.line_numbers))
    covered = sum((c.row1 - c.row0 + 1) * (c.col1 - c.col0 + 1) for c in cells)
    if covered != grid.n_rows * (len(edges) - 1):
        return grid
    return Grid(grid.page, grid.box, grid.row_edges, edges, cells, grid.method)


def _drop_repeats(blocks: list[Block]) -> list[Block]:
    """A title that repeats on every page of one table continues it; a first empty frame is no table."""
    merged: list[Block] = []
    for block in blocks:
        previous = merged[-1] if merged else None
        if previous and previous.title.resource == block.title.resource and previous.title.kind == block.title.kind:
            previous.segments.extend(block.segments)
            previous.head_lines.extend(block.head_lines)
            continue
        merged.append(block)
    return merged


def _middle(line: Line) -> float:
    assert line.box is not None
    return (line.box[1] + line.box[3]) / 2


def _head(above: list[Line]) -> tuple[Title, Line] | None:
    """The title among the lines above a grid: nearest first, wrapped titles joined."""
    lines = [ln for ln in above if squeeze(ln.text)]
    number = next((printed_number(ln.text) for ln in lines if is_number_mark(ln.text)), None)
    usable = [
        ln
        for ln in lines
        if not is_number_mark(ln.text) and not parse_owner(ln.text) and not re.fullmatch(r"(?:金额|货币)?单位[:：].{1,4}", squeeze(ln.text))
    ]
    for end in range(len(usable), 0, -1):
        found = _title_ending(usable, end)
        if found:
            title, first = found
            if title.printed_no is None and number:
                title = Title(title.resource, title.kind, title.text, number)
            return title, first
    return None


def _title_ending(lines: list[Line], end: int) -> tuple[Title, Line] | None:
    """The title whose last line is ``lines[end - 1]``: wrapped parts join only where they change what it names."""
    best: tuple[Title, Line] | None = None
    for size in (1, 2, 3):
        part = lines[max(0, end - size) : end]
        if len(part) < size or any(re.search(r"表$|部分", squeeze(ln.text)) for ln in part[:-1]):
            break
        title = parse_title("".join(_without_unit(ln.text) for ln in part))
        if title and (best is None or title.resource != best[0].resource):
            best = (title, part[0])
    return best


def _without_unit(text: str) -> str:
    return re.sub(r"(?:金额|货币)?单位\s*[:：]\s*\S{1,4}\s*$", "", text)


def _title_inside(grid: Grid) -> Title | None:
    """Some spreadsheets print the title as a merged first row of the grid."""
    for cell in sorted(grid.cells, key=lambda c: (c.row0, c.col0))[:4]:
        if cell.row0 <= 1 and cell.col1 - cell.col0 + 1 >= max(2, grid.n_cols - 1):
            title = parse_title(cell.text)
            if title:
                return title
    return None


def _unit_of(lines: list[Line]) -> str | None:
    return next((u for ln in reversed(lines) if (u := parse_unit(ln.text))), None)


def _unit_in(grid: Grid) -> str | None:
    for cell in grid.cells:
        if cell.row0 <= 2 and (unit := parse_unit(cell.text)):
            return unit
        if cell.row0 <= 2 and (m := re.search(r"[（(](万元|元)[)）]", cell.text)):
            return m.group(1)
    return None


def _continues(block: Block, grid: Grid, above: list[Line]) -> bool:
    """A grid without a title goes on with the table before it only if its columns are the same."""
    texts = [squeeze(ln.text) for ln in above]
    if any(_BREAK.search(t) for t in texts) or sum(bool(_PROSE.search(t)) and not _NOTE.match(t) for t in texts) > 1:
        return False
    if not block.segments:
        return False
    last = block.segments[-1].grid
    if max(abs(last.box[0] - grid.box[0]), abs(last.box[2] - grid.box[2])) <= 4:
        return True  # the same frame: foot rows with merged cells may stand alone on a page
    if abs(last.n_cols - grid.n_cols) > max(1, last.n_cols // 3):
        return False
    span = min(last.box[2], grid.box[2]) - max(last.box[0], grid.box[0])
    return span >= 0.7 * max(last.box[2] - last.box[0], grid.box[2] - grid.box[0])


# --- header and cells -------------------------------------------------------------------------------------


class View:
    """A grid's cells by position, with header paths per column."""

    def __init__(self, grid: Grid, page: Page) -> None:
        self.grid = grid
        self.page = page.number
        self.at: dict[tuple[int, int], Cell] = {}
        for cell in grid.cells:
            for i in range(cell.row0, cell.row1 + 1):
                for j in range(cell.col0, cell.col1 + 1):
                    self.at[i, j] = cell

    def row(self, i: int) -> list[Cell]:
        """The distinct cells that begin in row ``i``, left to right."""
        seen: list[Cell] = []
        for j in range(self.grid.n_cols):
            cell = self.at[i, j]
            if cell.row0 == i and (not seen or seen[-1] is not cell):
                seen.append(cell)
        return seen

    def text(self, i: int, j: int) -> str:
        return squeeze(self.at[i, j].text)

    def path(self, j: int, header: int) -> tuple[str, ...]:
        """Header texts above column ``j``, top to bottom, without repeats and column numbers."""
        texts: list[str] = []
        previous = None
        for i in range(header):
            cell = self.at[i, j]
            if cell is previous:
                continue
            previous = cell
            text = squeeze(cell.text)
            if text and not re.fullmatch(r"\d{1,2}|栏次", text):
                texts.append(text)
        return tuple(texts)


def _column_numbers(cells: list[Cell]) -> bool:
    """``栏次 1 2 3 …`` or a row of nothing but consecutive integers, or letters in their order."""
    texts = [squeeze(c.text) for c in cells if squeeze(c.text)]
    numbers = [t for t in texts if re.fullmatch(r"\d{1,2}(?:[=＝].*)?", t)]
    words = [t for t in texts if t not in numbers]
    if not numbers:
        return False
    if any(re.search(r"^栏次|^\*\*$", w) for w in words):
        return True
    heads = [int(re.match(r"\d+", n).group()) for n in numbers]  # type: ignore[union-attr]
    steady = all(b - a == 1 for a, b in zip(heads, heads[1:], strict=False))
    plain = all(re.fullmatch(r"类|款|项|[*＊]+|-", w) for w in words)
    return len(heads) >= 3 and steady and heads[0] in (1, 2) and plain


def _account_header(table: RawTable, view: View, header: int) -> None:
    for cell in view.grid.cells:
        if cell.row0 < header:
            role = "column_no" if re.fullmatch(r"\d{1,2}", squeeze(cell.text)) else "header"
            for token in _DIGITS.findall(squeeze(cell.text)):
                table.use(token, view.page, cell.line_number, role)


def _account_cells(table: RawTable, view: View, cells: list[Cell], role: str, reason: str = "") -> None:
    for cell in cells:
        for token in _DIGITS.findall(squeeze(cell.text)):
            table.use(token, view.page, cell.line_number, role, reason=reason)


def _amount_of(table: RawTable, view: View, cell: Cell, locator: str, column: str) -> Amount | None:
    """The cell's amount; a text that is neither blank nor a number is a leftover."""
    text = squeeze(cell.text)
    if is_blank(text):
        return None
    amount = parse_amount(text)
    if amount is None:
        if _DIGITS.search(text):
            table.use(text, view.page, cell.line_number, "leftover", locator, column, "not a number that can be read")
        return None
    table.use(text, view.page, cell.line_number, "cell", locator, column)
    return amount


# --- functional tables (02, 03, 05, 07, 08) ----------------------------------------------------------------


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
    _one_column_each(amount)
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


def _one_column_each(amount: dict[int, str]) -> None:
    """If two printed columns claim one published column the first keeps it, the other is a detail."""
    seen: set[str] = set()
    for j in sorted(amount):
        column = amount[j]
        if column == columns.OUTSIDE:
            continue
        if column in seen:
            amount[j] = columns.OUTSIDE
        seen.add(column)


def _function_header(view: View) -> int | None:
    """The number of header rows: up to the first row with a code, a 合计 label or an amount with decimals."""
    label_width = _label_width(view)
    for i in range(view.grid.n_rows):
        cells = view.row(i)
        texts = [(c, squeeze(c.text)) for c in cells]
        if i > 0 and _column_numbers(cells):
            return i
        for cell, text in texts:
            if cell.col0 < label_width and re.fullmatch(r"\d{3}|\d{5}|\d{7}", text) and i > 0:
                return i
            if cell.col0 < label_width and re.match(r"\d{3}(?:\d{2}){0,2}[一-鿿]", text) and i > 0:
                return i
            if i > 0 and cell.col0 < label_width and _TOTAL_LABEL.fullmatch(text):
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


def _parse_function_table(table: RawTable, segments: list[Segment]) -> None:
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
            _account_cells(table, view, view.grid.cells, "leftover", "no header")
            return
        table.columns |= set(roles.amount.values())
        _account_header(table, view, roles.header)
        for i in range(roles.header, view.grid.n_rows):
            cells = view.row(i)
            if not any(squeeze(c.text) for c in cells):
                continue
            if _column_numbers(cells):
                _account_cells(table, view, cells, "column_no")
                continue
            _function_row(table, view, i, cells, roles, carry, outside)
    if outside:
        table.notices.append(_outside_notice(table, sorted(outside)))
    if roles is not None and roles.unit_codes:
        _keep_total_only(table)


def _outside_notice(table: RawTable, names: list[str]) -> Notice:
    listed = "、".join(names)
    return Notice(
        "E07",
        table.resource,
        "columns",
        f"表中有数据模型未收录的栏目（{listed}），其数字已逐一登记但不发布。",
        f"The table prints columns or rows outside the data model ({listed}); their figures are accounted for but not"
        " published.",
        listed,
        table.page,
        table.line,
    )


def _keep_total_only(table: RawTable) -> None:
    """A table by 单位 (not by function): only its total row fits the model."""
    kept = [row for row in table.rows if row.code == TOTAL]
    for use in table.uses:
        if use.role == "cell" and use.locator != TOTAL:
            use.role, use.reason = "outside_model", "row by unit, not by function"
    if len(kept) != len(table.rows):
        table.rows = kept
        table.notices.append(_outside_notice(table, ["按单位列示的行"]))


def _function_row(
    table: RawTable, view: View, i: int, cells: list[Cell], roles: _Roles, carry: list[str], outside: set[str]
) -> None:
    label_cells = [c for c in cells if any(j in roles.code or j in roles.name for j in range(c.col0, c.col1 + 1))]
    amount_cells = [
        c for c in cells if c not in label_cells and any(j in roles.amount for j in range(c.col0, c.col1 + 1))
    ]
    label = "".join(squeeze(c.text) for c in label_cells)
    if _NOTE.match(label) or (_PROSE.search(label) and len(label) > 20):
        _account_cells(table, view, cells, "note")
        return
    code, name = _code_and_name(label_cells, roles, carry)
    printed = [c for c in amount_cells if not is_blank(c.text)]
    line = next((c.line_number for c in label_cells if c.line_number), None) or next(
        (c.line_number for c in printed if c.line_number), None
    )
    if code is None and name == "" and not printed:
        _account_cells(table, view, cells, "header")
        return
    if code is None and name and not printed and table.rows and not _TOTAL_LABEL.fullmatch(name):
        if columns.is_header_text(name):
            _account_cells(table, view, cells, "header")
            return
        table.rows[-1].name += name  # a name wrapped over the page's end
        _account_cells(table, view, cells, "label")
        return
    if code is None and printed and roles.unit_codes:
        _account_cells(table, view, cells, "outside_model", "row by unit, not by function")
        outside.add("按单位列示的行")
        return
    if code is None and printed:
        code = _code_by_name(table, name, view.page, line)
    if code is None:
        _account_cells(table, view, cells, "leftover", "a row without a code")
        return
    for cell in label_cells:
        for token in _DIGITS.findall(squeeze(cell.text)):
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
            _account_cells(table, view, [cell], "outside_model", "column outside the data model")
            continue
        amount = _amount_of(table, view, cell, code, column)
        if amount is not None:
            amounts[column] = amount
    stray = [c for c in cells if c not in label_cells and c not in amount_cells and _DIGITS.search(c.text)]
    for cell in stray:
        role = "line_no" if re.fullmatch(r"\d{1,3}", squeeze(cell.text)) else "leftover"
        _account_cells(table, view, [cell], role, "" if role == "line_no" else "a number outside the known columns")
    table.rows.append(Row(code, name, amounts, view.page, line))


def _code_and_name(cells: list[Cell], roles: _Roles, carry: list[str]) -> tuple[str | None, str]:
    parts = [squeeze(c.text) for c in cells if any(j in roles.code for j in range(c.col0, c.col1 + 1))]
    names = [squeeze(c.text) for c in cells if not any(j in roles.code for j in range(c.col0, c.col1 + 1))]
    label = "".join(parts + names)
    if _TOTAL_LABEL.fullmatch(re.sub(r"^(?:类款项|类|款|项)+|(?:类|款|项)+$", "", label) or label):
        return TOTAL, re.sub(r"[类款项]", "", label) or label
    joined = re.match(r"(\d{3}(?:\d{2}(?:\d{2})?)?)(?=[^\d]|$)(.*)", label)
    digits = [p for p in parts if p.isdigit()]
    name = "".join(names) + "".join(p for p in parts if p and not p.isdigit())
    if not digits:
        if joined:
            return joined.group(1), joined.group(2)
        return None, name
    code = _join_code(digits, parts, carry)
    if code is None and joined:
        return joined.group(1), joined.group(2)
    return code, name


def _join_code(digits: list[str], parts: list[str], carry: list[str]) -> str | None:
    """Code cells → one code: joined, split 3+2+2, each cell complete, or with the leading parts left blank."""
    if len(digits[-1]) in (5, 7) and all(digits[-1].startswith(d) for d in digits):
        code = digits[-1]
    else:
        code = "".join(digits)
        position = next((k for k, p in enumerate(parts) if p.isdigit()), 0)
        if len(digits[0]) == 2 and position > 0 and carry:
            code = "".join([*carry[:position], *digits])
    if len(code) not in (3, 5, 7):
        return None
    carry[:] = [code[:3], *(code[a : a + 2] for a in range(3, len(code), 2))]
    return code


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


def code_from_name_notice(resource: str, code: str, name: str, page: int | None, line: int | None) -> Notice:
    """E05: the row prints no code; the code list decided by name and parent."""
    return Notice(
        "E05",
        resource,
        f"function_code={code}",
        f"“{name}”一行未印科目编码，按科目名称和上级科目在科目表中唯一确定为 {code}。",
        f"The row '{name}' prints no code; by its name and parent the code list has only {code}.",
        name,
        page,
        line,
    )


# --- summaries (01, 04) ------------------------------------------------------------------------------------


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
        _one_column_each(found.amount)
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
        if texts and _column_numbers(view.row(i)):
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


def _parse_summary(table: RawTable, segments: list[Segment]) -> None:
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
        else:
            table.problems.append("表头无法识别 / the header could not be read")
            _account_cells(table, view, view.grid.cells, "leftover", "no header")
            return
        table.columns |= {column for side in sides for column in side.amount.values()}
        _account_header(table, view, header)
        for i in range(header, view.grid.n_rows):
            cells = view.row(i)
            texts = [squeeze(c.text) for c in cells]
            if not any(texts):
                continue
            if _column_numbers(cells):
                _account_cells(table, view, cells, "column_no")
                continue
            if _NOTE.match("".join(texts)) or any(_PROSE.search(t) and len(t) > 20 for t in texts):
                _account_cells(table, view, cells, "note")
                continue
            _summary_row(table, view, i, sides, state, outside)
    if outside:
        table.notices.append(_outside_notice(table, sorted(outside)))


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
        line_no = None
        if side.line_no is not None:
            number_cell = view.at[i, side.line_no]
            handled.add(id(number_cell))
            text = squeeze(number_cell.text)
            if re.fullmatch(r"\d{1,3}", text) and number_cell.row0 == i:
                line_no = int(text)
                table.use(text, view.page, number_cell.line_number, "line_no", code or "")
        for token in _DIGITS.findall(label):
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
            amount = _amount_of(table, view, cell, f"{side.side}:{code}", column)
            if amount is not None:
                amounts[column] = amount
        if loose:
            outside.add(label or "无名行")
            role = "outside_model" if label else "leftover"
            _account_cells(table, view, loose, role, "item or column outside the data model")
        if code is not None:
            name = label
            table.rows.append(
                Row(code, name, amounts, view.page, item_cell.line_number, side=side.side, line_no=line_no)
            )
    for cell in view.row(i):
        if id(cell) not in handled and _DIGITS.search(cell.text):
            _account_cells(table, view, [cell], "leftover", "a number outside the known columns")


# --- basic expenditure by economy (06) ---------------------------------------------------------------------

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
        _one_column_each(block.amount)
    return [b for b in blocks if b.amount]


def _economy_header(view: View) -> int:
    for i in range(view.grid.n_rows):
        if i > 0 and _column_numbers(view.row(i)):
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


def _parse_economy(table: RawTable, segments: list[Segment]) -> None:
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
                _account_cells(table, view, view.grid.cells, "leftover", "columns changed")
                continue
        else:
            table.problems.append("表头无法识别 / the header could not be read")
            _account_cells(table, view, view.grid.cells, "leftover", "no header")
            return
        _account_header(table, view, header)
        for i in range(header, view.grid.n_rows):
            cells = view.row(i)
            if not any(squeeze(c.text) for c in cells):
                continue
            if _column_numbers(cells):
                _account_cells(table, view, cells, "column_no")
                continue
            label = "".join(squeeze(c.text) for c in cells)
            if _NOTE.match(label) or (_PROSE.search(label) and len(label) > 30):
                _account_cells(table, view, cells, "note")
                continue
            if any(economy_foot(c.text) for c in cells):
                _economy_foot_row(table, view, cells, blocks)
                continue
            for block, carry in zip(blocks, carries, strict=True):
                _economy_entry(table, view, i, block, carry, outside)
            known = {j for b in blocks for j in (*b.code, *b.name, *b.amount)}
            for cell in cells:
                if not any(j in known for j in range(cell.col0, cell.col1 + 1)) and _DIGITS.search(cell.text):
                    _account_cells(table, view, [cell], "leftover", "a number outside the known columns")
    if outside:
        table.notices.append(_outside_notice(table, sorted(outside)))


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
        code = _join_code(digits, parts, carry)
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
        _account_cells(table, view, [*code_cells, *name_cells], "label")
        return
    if code is None and name:
        found = [c for c in economic_codes().named(name) if c not in {r.code for r in table.rows}]
        code = found[0] if len(found) == 1 else None
        if code:
            notice = code_from_name_notice(table.resource, code, name, view.page, line)
            notice.locator = f"economic_code={code}"
            table.notices.append(notice)
    if code is None:
        _account_cells(table, view, [c for c, _ in amounts_here], "leftover", "a row without a code")
        _account_cells(table, view, [*code_cells, *name_cells], "label")
        return
    for cell in [*code_cells, *name_cells]:
        for token in _DIGITS.findall(squeeze(cell.text)):
            table.use(token, view.page, cell.line_number, "code" if token in code else "label", code)
    amounts: dict[str, Amount] = {}
    for cell, column in amounts_here:
        if column == columns.OUTSIDE:
            outside.add("其他栏")
            _account_cells(table, view, [cell], "outside_model", "column outside the data model")
            continue
        amount = _amount_of(table, view, cell, code, column)
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
            _account_cells(table, view, [cell], "leftover", "a number without a label")
            continue
        current.amounts[column] = amount
        table.use(text, view.page, cell.line_number, "cell", current.code or "", column)


# --- 三公 (09) -----------------------------------------------------------------------------------------------


def _parse_three_public(table: RawTable, segments: list[Segment]) -> None:
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
            if _column_numbers(cells):
                _account_cells(table, view, cells, "column_no")
                header = header or i
            elif numbers and i > 0:
                header = header or i
                data.append(cells)
            elif any(_NOTE.match(squeeze(c.text)) for c in cells):
                _account_cells(table, view, cells, "note")
                header = header or i
        header = header or view.grid.n_rows
        for cell in view.grid.cells:
            if cell.row0 < header and parse_amount(squeeze(cell.text)) is None:
                for token in _DIGITS.findall(squeeze(cell.text)):
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
        _account_cells(table, view, cells, "outside_model", "rows by unit; the total row is published")
    rows = {basis: Row(basis, "", {}, view.page, None) for basis in bases}
    for cell in chosen or []:
        if is_blank(cell.text):
            continue
        role = roles.get(cell.col0)
        text = squeeze(cell.text)
        if role is None:
            kind = "leftover" if parse_amount(text) else "label"
            _account_cells(table, view, [cell], kind, "a number outside the known columns" if kind == "leftover" else "")
            continue
        basis, column = role
        if column == columns.OUTSIDE:
            _account_cells(table, view, [cell], "outside_model", "column outside the data model")
            continue
        if column in rows[basis].amounts:
            _account_cells(table, view, [cell], "leftover", "two columns claim one place")
            continue
        amount = _amount_of(table, view, cell, basis, column)
        if amount is not None:
            rows[basis].amounts[column] = amount
            rows[basis].line = rows[basis].line or cell.line_number
    lines = [r.line for r in rows.values() if r.line]
    for row in rows.values():
        row.line = row.line or (lines[0] if lines else None)
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
    _account_header(table, view, header)
    rows: dict[str, Row] = {}
    for i in range(header, view.grid.n_rows):
        if _column_numbers(view.row(i)):
            _account_cells(table, view, view.row(i), "column_no")
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
                _account_cells(table, view, [cell], "outside_model", "outside the data model")
                continue
            assert column is not None
            row = rows.setdefault(basis, Row(basis, "", {}, view.page, cell.line_number))
            if column in row.amounts:
                _account_cells(table, view, [cell], "leftover", "two rows claim one place")
                continue
            amount = _amount_of(table, view, cell, basis, column)
            if amount is not None:
                row.amounts[column] = amount
    table.rows.extend(rows.values())
    return True


_PARSERS = {
    "revenue_expenditure_summary": _parse_summary,
    "revenue_by_function": _parse_function_table,
    "expenditure_by_function": _parse_function_table,
    "appropriation_summary": _parse_summary,
    "general_budget_expenditure": _parse_function_table,
    "basic_expenditure_by_economy": _parse_economy,
    "government_fund": _parse_function_table,
    "state_capital": _parse_function_table,
    "three_public_expenses": _parse_three_public,
}
