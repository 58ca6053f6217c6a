"""A grid as a reader sees it: cells by position, header paths per column; and the account of its numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable

from pipelines.documents.model import UNREAD, Cell, Grid, Page
from pipelines.documents.normalise import squeeze
from pipelines.extract.numbers import Amount, is_blank, parse_amount
from pipelines.extract.result import Notice
from pipelines.extract.rows import OtherCell, RawTable, Unread
from pipelines.extract.titles import any_title, is_number_mark, parse_owner, parse_unit

TOTAL_LABEL = re.compile(r"(?:总计|合计|总合计|支出合计|收入合计|本年(?:收入|支出)合计|小计)")
NOTE = re.compile(r"^(?:注|说明|备注|备　注)\s*[:：\d]|^(?:注|说明)$")
DIGITS = re.compile(r"\d[\d,]*(?:\.\d+)?")
FIGURE = re.compile(r"(?!(?:19|20)\d\d\.)[\d,]+\.\d{2,}")
"""An amount, or two that ran together: no head and no name holds one (2024.08 is a month)."""
PROSE = re.compile(r"[。；]")
_COLUMN_NO = re.compile(rf"\d{{1,2}}|栏次|{UNREAD}")

class View:
    """A grid's cells by position, with header paths per column."""

    def __init__(self, grid: Grid, page: Page, offset: int = 0) -> None:
        self.grid = grid
        self.page = page.number
        self.offset = offset
        self.at: dict[tuple[int, int], Cell] = {}
        for cell in grid.cells:
            for i in range(cell.row0, cell.row1 + 1):
                for j in range(cell.col0, cell.col1 + 1):
                    self.at[i, j] = cell
        self.top = self._caption_rows()

    def _caption_rows(self) -> int:
        """Rows above the head: a sheet may hold its title, number, owner and unit in cells."""
        for i in range(self.grid.n_rows):
            texts = [c.text for c in self.row(i) if squeeze(c.text)]
            if texts and not all(is_caption(text) for text in texts):
                return i if any(squeeze(c.text) for k in range(i) for c in self.row(k)) else 0
        return 0

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
        for i in range(self.top, header):
            cell = self.at[i, j]
            if cell is previous:
                continue
            previous = cell
            text = squeeze(cell.text)
            if text and not _COLUMN_NO.fullmatch(text):
                texts.append(text)
        return tuple(texts)

    def head_cell(self, j: int, header: int) -> int:
        """Which printed head stands lowest over column ``j``: the same for columns under one cell."""
        named = [c for i in range(self.top, header) if squeeze((c := self.at[i, j]).text) and not _COLUMN_NO.fullmatch(squeeze(c.text))]
        return id(named[-1]) if named else -1 - j

    def heads(self, header: int, columns_: Iterable[int]) -> tuple[dict[int, tuple[str, ...]], dict[int, int]]:
        """Per grid column its header path, and which head stands lowest over it."""
        paths = {j: self.path(j, header) for j in columns_}
        return paths, {j: self.head_cell(j, header) for j in paths}


def is_caption(text: str) -> bool:
    """True for what stands above a table's head: its title, number, owner or unit."""
    bare = squeeze(text)
    return bool(any_title(bare) or is_number_mark(bare) or parse_owner(text)) or (len(bare) < 20 and parse_unit(bare) is not None)


def column_numbers(cells: list[Cell]) -> bool:
    """``栏次 1 2 3 …`` or a row of nothing but consecutive integers, or letters in their order."""
    texts = [squeeze(c.text) for c in cells if squeeze(c.text)]
    numbers = [t for t in texts if re.fullmatch(r"\d{1,2}(?:[=＝].*)?", t)]
    words = [t for t in texts if t not in numbers]
    if not numbers:
        return False
    if any(re.search(r"^栏次|^\*\*$", w) for w in words):
        return True
    # One that OCR left open (UNREAD) has its place in the row.
    row = [t for t in texts if t in numbers or t == UNREAD]
    first = {int(re.match(r"\d+", t).group()) - k for k, t in enumerate(row) if t != UNREAD}  # type: ignore[union-attr]
    plain = all(re.fullmatch(rf"类|款|项|[*＊]+|-|{UNREAD}", w) for w in words)
    return len(row) >= 3 and first in ({1}, {2}) and plain


def account_header(table: RawTable, view: View, header: int) -> None:
    for cell in view.grid.cells:
        if cell.row0 < header:
            role = "column_no" if re.fullmatch(r"\d{1,2}", squeeze(cell.text)) else "header"
            for token in DIGITS.findall(squeeze(cell.text)):
                lost = FIGURE.fullmatch(token)
                table.use(token, view.page, cell.line_number, "leftover" if lost else role, reason="a figure in the head" if lost else "")


def account_cells(table: RawTable, view: View, cells: list[Cell], role: str, reason: str = "") -> None:
    for cell in cells:
        for token in DIGITS.findall(squeeze(cell.text)):
            table.use(token, view.page, cell.line_number, role, reason=reason)


def keep_cell(table: RawTable, view: View, cell: Cell, i: int, row_label: str, column_label: str) -> None:
    """Keep a cell that the data model does not hold, for ``other_tables``."""
    table.others.append(
        OtherCell(view.offset + i + 1, cell.col0 + 1, row_label, column_label, squeeze(cell.text), view.page, cell.line_number)
    )


def amount_of(table: RawTable, view: View, cell: Cell, locator: str, column: str) -> Amount | None:
    """The cell's amount; a text that is neither blank nor a number is a leftover."""
    text = squeeze(cell.text)
    if is_blank(text):
        return None
    if UNREAD in text:
        table.unread.append(Unread(cell, view.page, locator, column))
        return None
    amount = parse_amount(text)
    if amount is None:
        if DIGITS.search(text):
            table.use(text, view.page, cell.line_number, "leftover", locator, column, "not a number that can be read")
        return None
    table.use(text, view.page, cell.line_number, "cell", locator, column)
    return amount


def outside_notice(table: RawTable, names: list[str]) -> Notice:
    """E07: figures that the table's resource does not hold, and where they are instead."""
    listed = "、".join(names)
    zh, en = ("不进入该表，列入“其他表格”", "in other_tables") if table.others else ("已逐一登记但不发布", "accounted for but not published")
    return Notice(
        "E07",
        table.resource,
        "columns",
        f"表中有数据模型未收录的栏目（{listed}），其数字{zh}。",
        f"The table prints columns or rows outside the data model ({listed}); their figures are {en}.",
        listed,
        table.page,
        table.line,
    )


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


def join_code(digits: list[str], parts: list[str], carry: list[str]) -> str | None:
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
