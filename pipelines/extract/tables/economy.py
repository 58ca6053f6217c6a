"""Basic expenditure by economic code (06): two or three blocks side by side, totals at the foot."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipelines.documents.model import UNREAD, Cell
from pipelines.documents.normalise import squeeze
from pipelines.extract import columns
from pipelines.extract.codes import economic_codes
from pipelines.extract.numbers import Amount, is_blank, parse_amount
from pipelines.extract.rows import RawTable, Row, Unread
from pipelines.extract.tables.binding import HeadBinding, bind, note_binding
from pipelines.extract.tables.blocks import Segment
from pipelines.extract.tables.recognised import nearly_named, sure_code
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
    keep_cell,
    outside_notice,
)
from pipelines.forms import OUTSIDE, heads, whole

_CODE = re.compile(r"[35]\d{2}(?:\d{2})?(?:\D|$)")
_CODE_AND_NAME = re.compile(r"([35]\d{2}(?:\d{2})?)(\D.*)?$")
_DECIMAL = re.compile(r"-?[\d,]+\.\d+")


def economy_foot(label: str) -> str | None:
    """``人员经费合计`` → ``personnel_total`` and so on."""
    bare = squeeze(label)
    return next((code for code, patterns in heads().economy_foot.items() if whole(patterns, bare)), None)


@dataclass(slots=True)
class _EconomyBlock:
    """One list of codes with its amounts; two or three stand side by side."""

    code: list[int]
    name: list[int]
    others: list[int]
    binding: HeadBinding | None = None

    @property
    def amount(self) -> dict[int, str]:
        """Grid columns of figures: the published column of each, or OUTSIDE."""
        return self.binding.columns if self.binding else {}


def _economy_blocks(table: RawTable, view: View, header: int) -> list[_EconomyBlock]:
    blocks: list[_EconomyBlock] = []
    shared = heads()
    for j in range(view.grid.n_cols):
        path = view.path(j, header)
        leaf = path[-1] if path else ""
        named = whole(shared.name, leaf)
        coded = any(whole(shared.code, part) for part in (*path, "".join(path))) and not named
        if coded or whole(shared.level, leaf):
            if not blocks or blocks[-1].others or blocks[-1].name:
                blocks.append(_EconomyBlock([], [], []))
            blocks[-1].code.append(j)
        elif named or whole(shared.name_alone, leaf):
            if not blocks or blocks[-1].others:
                blocks.append(_EconomyBlock([], [], []))
            blocks[-1].name.append(j)
        elif blocks and path and not whole(shared.skipped, leaf):
            blocks[-1].others.append(j)
    for block in blocks:
        if block.others:
            block.binding = bind(table.resource, *view.heads(header, block.others), table.kind)
    return [b for b in blocks if set(b.amount.values()) - {OUTSIDE}]


def _economy_header(view: View) -> int:
    for i in range(view.top + 1, view.grid.n_rows):
        first = view.at[i, 0]
        if column_numbers(view.row(i)) or (first.row0 == i and economy_foot(first.text)):
            return i
        for cell in view.row(i):
            text = squeeze(cell.text)
            if _CODE.match(text) or _DECIMAL.fullmatch(text):
                return i
    return min(view.grid.n_rows, view.top + 3)


def _note_blocks(table: RawTable, blocks: list[_EconomyBlock]) -> None:
    for place, block in enumerate(blocks):
        if block.binding is not None:
            note_binding(table, block.binding, block=place)


def parse_economy(table: RawTable, segments: list[Segment]) -> None:
    blocks: list[_EconomyBlock] = []
    edges: tuple[float, ...] = ()
    outside: set[str] = set()
    carries: list[list[str]] = []
    for segment in segments:
        view = View(segment.grid, segment.page, segment.offset)
        header = _economy_header(view)
        own = _economy_blocks(table, view, header) if header else []
        if own:
            blocks, edges = own, view.grid.col_edges
            carries = [[] for _ in blocks]
            _note_blocks(table, blocks)
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


def _own(view: View, i: int, js: list[int]) -> list[Cell]:
    """The cells of some columns that begin in row ``i``, each once."""
    found: list[Cell] = []
    for j in js:
        cell = view.at[i, j]
        if cell.row0 == i and all(cell is not c for c in found):
            found.append(cell)
    return found


def _entry_code(code_cells: list[Cell], name_cells: list[Cell], carry: list[str]) -> tuple[str | None, str]:
    """The economic code of an entry, joined or split over cells, and its name."""
    parts = [squeeze(c.text) for c in code_cells]
    name = "".join(squeeze(c.text) for c in name_cells)
    if any(UNREAD in p for p in parts):
        return None, name
    digits = [p for p in parts if p.isdigit()]
    code = join_code(digits, parts, carry) if digits else None
    if code is None and (m := _CODE_AND_NAME.match("".join(parts) + name)):
        code, name = m.group(1), m.group(2) or ""
        carry[:] = [code[:3], *([code[3:]] if len(code) > 3 else [])]
    return code, name


def _economy_entry(
    table: RawTable, view: View, i: int, block: _EconomyBlock, carry: list[str], outside: set[str]
) -> None:
    code_cells, name_cells = _own(view, i, block.code), _own(view, i, block.name)
    name_cells = [c for c in name_cells if all(c is not k for k in code_cells)]
    code, name = _entry_code(code_cells, name_cells, carry)
    code = sure_code(table, code, economic_codes())
    side = str(block.code[:1] or block.name[:1])
    amounts_here = [
        (cell, column)
        for j, column in block.amount.items()
        if (cell := view.at[i, j]).row0 == i and not is_blank(cell.text)
    ]
    line = next((c.line_number for c in [*code_cells, *name_cells] if c.line_number), None)
    if code is None and name and not amounts_here:
        previous = next((r for r in reversed(table.rows) if r.side == side), None)
        if previous is not None and not columns.is_header_text(name):
            previous.name += name
        account_cells(table, view, [*code_cells, *name_cells], "label")
        return
    if code is None and name:
        code = _code_by_name(table, name, view.page, line)
    if code is None:
        account_cells(table, view, [c for c, _ in amounts_here], "leftover", "a row without a code")
        account_cells(table, view, [*code_cells, *name_cells], "label")
        return
    for cell in [*code_cells, *name_cells]:
        for token in DIGITS.findall(squeeze(cell.text)):
            table.use(token, view.page, cell.line_number, "code" if token in code else "label", code)
    if code.startswith("5"):
        # 政府预算经济分类: another classification, which the data model does not hold.
        outside.add("政府预算支出经济分类")
        amounts_here = [(cell, OUTSIDE) for cell, _ in amounts_here]
    amounts: dict[str, Amount] = {}
    for cell, column in amounts_here:
        if column == OUTSIDE:
            if not code.startswith("5"):
                outside.add("其他栏")
            account_cells(table, view, [cell], "outside_model", "column outside the data model")
            keep_cell(table, view, cell, i, f"{code} {name}".strip(), "".join(view.path(cell.col0, i)[-1:]))
            continue
        amount = amount_of(table, view, cell, code, column)
        if amount is not None and column in amounts:
            table.uses[-1].role, table.uses[-1].reason = "leftover", "two columns claim one place"
        elif amount is not None:
            amounts[column] = amount
    if not code.startswith("5"):
        table.rows.append(Row(code, name, amounts, view.page, line, side=side))


def _code_by_name(table: RawTable, name: str, page: int | None, line: int | None) -> str | None:
    """A row without a printed code: the code list's code for that name, if only one fits."""
    named = economic_codes().named(name) or nearly_named(table, name, economic_codes())
    found = [c for c in named if c not in {r.code for r in table.rows}]
    if len(found) != 1:
        return None
    notice = code_from_name_notice(table.resource, found[0], name, page, line)
    notice.locator = f"economic_code={found[0]}"
    table.notices.append(notice)
    return found[0]


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
        column = role_of.get(cell.col0, "amount") if single else "amount"
        if UNREAD in text and current is not None:
            table.unread.append(Unread(cell, view.page, current.code or "", column))
            continue
        amount = parse_amount(text)
        if amount is None or current is None or column in current.amounts or column == OUTSIDE:
            account_cells(table, view, [cell], "leftover", "a number without a label")
            continue
        current.amounts[column] = amount
        table.use(text, view.page, cell.line_number, "cell", current.code or "", column)
