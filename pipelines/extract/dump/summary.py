"""01 and 04: lines → items of two sides, with 行次 and figures.

Items are known by their labels; the two sides stand beside each other on one line.
"""

from __future__ import annotations

import re

from pipelines.documents.model import Line
from pipelines.documents.normalise import squeeze
from pipelines.extract import columns
from pipelines.extract.dump.regions import DumpRegion
from pipelines.extract.dump.tokens import NUMERIC, Entry, Reader
from pipelines.extract.items import expenditure_item, income_item, is_declared
from pipelines.extract.numbers import parse_amount
from pipelines.extract.rows import RawTable
from pipelines.extract.tables.view import outside_notice

_FIRST_ITEM = re.compile(r"(?:^|\s)一、|(?:^|\s)[（(]一[)）]")
_NUMBERED = re.compile(r"[（(]?(\d{1,2})(?:[.、．]|[)）])(?!\d)")
_HEAD_CELL = re.compile(r"(?:项目|行次|栏次|决算数|预算数|金额|合计|小计|收入|支出)+")


def _misplaced(text: str, entry: Entry) -> bool:
    """A small whole number right behind an item whose 行次 was not read: it may be that, and no figure."""
    return entry.line_no is None and not entry.tokens and text.isdigit() and len(text) <= 2 and text != "0"


class SummaryReader(Reader):
    """Items of the income and the expenditure side."""

    heads_are_lines = False

    def __init__(self, table: RawTable, region: DumpRegion) -> None:
        super().__init__(table, region)
        self._expected = {"income": 1, "expenditure": 0}
        self._opening = False
        self._pending: Entry | None = None
        self._outside: list[Entry] = []

    def read_rows(self, body: list[Line]) -> None:
        numbered = "行次" in self.header_words or any("行次" in squeeze(ln.text) for ln in self.region.lines)
        first = next((i for i, ln in enumerate(body) if _FIRST_ITEM.search(ln.text)), 0)
        for line in body[:first]:  # header cells that fell apart over lines
            self.account_as(line, "header")
        for line in body[first:]:
            if not NUMERIC.search(line.text) and self._is_head(line):
                self.header_words += squeeze(line.text)
            else:
                self._line(line, numbered)
        for amounts, number in self.loose:
            for amount in amounts:
                self.table.use(amount.token, None, number, "leftover", "", "", "an item that is not known")
        self._outside_items([entry for entry in self._outside if entry.tokens])
        self._refuse_repeats()

    def _is_head(self, line: Line) -> bool:
        """Heads that a dump emits after the rows, or again on the next page."""
        done = {e.side for e in self.entries if e.code == "grand_total"}
        bare = squeeze(line.text)
        return done == {"income", "expenditure"} or bool(_HEAD_CELL.fullmatch(bare)) and columns.is_header_fragment(bare)

    def _line(self, line: Line, numbered: bool) -> None:
        entry: Entry | None = None
        any_item = False
        for is_number, text in self._pieces_of_summary(line):
            if not is_number:
                if mark := _NUMBERED.match(text):
                    self.table.use(mark[1], None, line.number, "label", "", "", "number of an item")
                found = self._item(squeeze(text), entry, line, any_item)
                entry = found or entry
                any_item |= found is not None and found.code is not None
                continue
            if numbered and self._is_line_number(text, entry, line):
                continue
            amount = parse_amount(text)
            if amount is None or entry is None or not amount.fits(self.unit) or numbered and _misplaced(text, entry):
                self.table.use(text, None, line.number, "leftover", "", "", "a figure without an item")
                continue
            entry.tokens.append(amount)

    def _item(self, label: str, entry: Entry | None, line: Line, any_item: bool) -> Entry | None:
        """The item that a label begins; None where it is a head or the rest of the label before."""
        income = income_item(label, self._opening)
        spending = expenditure_item(label)
        if (income, spending) == ("opening_balance", "closing_balance"):
            income = spending = None  # two items run together: the figure may be of either
        side = self._side(label, income, spending, entry)
        code = income if side == "income" else spending
        if code is not None and not is_declared(self.table.resource, code):
            # An item of the other summary: its figures stand outside this table's model.
            outside = Entry(None, label, [], line.number, 0, side)
            self._outside.append(outside)
            return outside
        if code is None:
            if columns.is_header_text(label):
                self.header_words += label
                return None
            pending = self._pending
            if pending is not None and not pending.tokens and len(label) <= 6 and not any_item:
                pending.name += label
                return None
            unknown = Entry(None, label, [], line.number, 0, side or "")
            self.loose.append((unknown.tokens, line.number))
            return unknown
        if side == "income":
            if code == "opening_balance":
                self._opening = True
            elif not code.startswith("opening_"):
                self._opening = False
        self._pending = Entry(code, label, [], line.number, 0, side)
        self.entries.append(self._pending)
        return self._pending

    def _refuse_repeats(self) -> None:
        """An item whose figures are printed twice and differ: which of them is meant the dump does not say."""
        seen: dict[tuple[str, str | None], Entry] = {}
        for entry in self.entries:
            first = seen.setdefault((entry.side, entry.code), entry)
            if first is not entry and entry.tokens and first.tokens:
                self.table.problems.append(f"“{entry.name}”出现两次 / '{entry.name}' stands twice")

    def _outside_items(self, entries: list[Entry]) -> None:
        """Account for the figures of items that the table's declaration does not hold (E07)."""
        for entry in entries:
            for amount in entry.tokens:
                self.table.use(amount.token, None, entry.line, "outside_model", "", "", "item outside the data model")
        if entries:
            self.table.notices.append(outside_notice(self.table, list(dict.fromkeys(entry.name for entry in entries))))

    def _pieces_of_summary(self, line: Line) -> list[tuple[bool, str]]:
        """Like :meth:`_pieces`, but two items side by side stay two: a numeral begins a new one."""
        pieces: list[tuple[bool, str]] = []
        for chunk in line.text.split():
            if NUMERIC.fullmatch(chunk):
                pieces.append((True, chunk))
                continue
            glued = re.fullmatch(r"(\D+)([\d,]+\.\d+)", chunk)
            for part in (glued.groups() if glued else (chunk,)):
                if NUMERIC.fullmatch(part):
                    pieces.append((True, part))
                elif (
                    pieces
                    and not pieces[-1][0]
                    and not re.match(r"[一二三四五六七八九十]+、|[（(][一二三四五六七八九十]+[)）]|\d+[.、]|本年|年[初末终]|上年|下年|结转下年|总$|结余分配|使用非", part)
                    and not re.search(r"(?:总计|合计)$", pieces[-1][1])
                ):
                    pieces[-1] = (False, pieces[-1][1] + part)
                else:
                    pieces.append((False, part))
        return pieces

    def _side(self, label: str, income: str | None, spending: str | None, entry: Entry | None) -> str:
        if income and not spending:
            return "income"
        if spending and not income:
            return "expenditure"
        if income and spending:
            # 总计, 合计: left first, then right, within one line; 年初…/年末… are told apart by their words.
            if entry is not None and entry.side == "income":
                return "expenditure"
            done = {(e.side, e.code) for e in self.entries}
            return "expenditure" if ("income", income) in done else "income"
        return ""

    def _is_line_number(self, text: str, entry: Entry | None, line: Line) -> bool:
        """行次 run on: the next number of the left block, or of the right one (which begins after the left ends)."""
        if not text.isdigit() or len(text) > 3:
            return False
        number, expected = int(text), self._expected
        if entry is not None and (entry.line_no is not None or entry.tokens):
            # The item has its number (or figures): this can only be the other block's row without an item.
            if number == expected["expenditure"] and entry.side == "income" and entry.line_no is not None:
                expected["expenditure"] += 1
                self.table.use(text, None, line.number, "line_no", "", "", "行次 without an item")
                return True
            return False
        side = entry.side if entry is not None else "income"
        if side == "income" and number == expected["income"]:
            expected["income"] += 1
        elif side == "expenditure" and (number == expected["expenditure"] or expected["expenditure"] == 0):
            expected["expenditure"] = number + 1
        elif entry is None and number == expected["expenditure"]:
            expected["expenditure"] += 1
        else:
            return False
        if entry is not None:
            entry.line_no = number
        self.table.use(text, None, line.number, "line_no", (entry.code or "") if entry else "")
        return True
