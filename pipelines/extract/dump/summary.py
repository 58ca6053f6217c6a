"""01 and 04: lines → items of two sides, with 行次 and figures.

Items are known by their labels; the two sides stand beside each other on one line.
"""

from __future__ import annotations

import re

from pipelines.documents.model import Line
from pipelines.documents.normalise import squeeze
from pipelines.extract import columns
from pipelines.extract.dump.tokens import NUMERIC, Entry, Reader
from pipelines.extract.items import expenditure_item, income_item, is_declared
from pipelines.extract.numbers import parse_amount
from pipelines.extract.tables.view import outside_notice


class SummaryReader(Reader):
    """Items of the income and the expenditure side."""

    heads_are_lines = False

    def read_rows(self, body: list[Line]) -> None:
        expected = {"income": 1, "expenditure": 0}
        opening = False
        numbered = "行次" in self.header_words or any("行次" in squeeze(ln.text) for ln in self.region.lines)
        pending: Entry | None = None
        outside: list[Entry] = []
        first = next((i for i, ln in enumerate(body) if re.search(r"(?:^|\s)一、|(?:^|\s)[（(]一[)）]", ln.text)), 0)
        for line in body[:first]:  # header cells that fell apart over lines
            self.account_as(line, "header")
        for line in body[first:]:
            done = {e.side for e in self.entries if e.code == "grand_total"}
            if done == {"income", "expenditure"} and not NUMERIC.search(line.text):
                self.header_words += squeeze(line.text)  # heads that a dump emits after the rows
                continue
            pieces = self._pieces_of_summary(line)
            entry: Entry | None = None
            any_item = False
            for is_number, text in pieces:
                if not is_number:
                    label = squeeze(text)
                    income = income_item(label, opening)
                    spending = expenditure_item(label)
                    side = self._side(label, income, spending, entry)
                    code = income if side == "income" else spending
                    if code is not None and not is_declared(self.table.resource, code):
                        # An item of the other summary: its figures stand outside this table's model.
                        entry = Entry(None, label, [], line.number, 0, side)
                        outside.append(entry)
                        continue
                    if code is None:
                        if columns.is_header_text(label):
                            self.header_words += label
                            continue
                        if pending is not None and not pending.tokens and len(label) <= 6 and not any_item:
                            pending.name += label
                            continue
                        entry = Entry(None, label, [], line.number, 0, side or "")
                        self.loose.append((entry.tokens, line.number))
                        continue
                    if side == "income":
                        if code == "opening_balance":
                            opening = True
                        elif not code.startswith("opening_"):
                            opening = False
                    entry = Entry(code, label, [], line.number, 0, side)
                    self.entries.append(entry)
                    any_item = True
                    pending = entry
                    continue
                if numbered and self._is_line_number(text, entry, expected, line):
                    continue
                amount = parse_amount(text)
                if amount is None or entry is None or not amount.fits(self.unit):
                    self.table.use(text, None, line.number, "leftover", "", "", "a figure without an item")
                    continue
                entry.tokens.append(amount)
        for amounts, number in self.loose:
            for amount in amounts:
                self.table.use(amount.token, None, number, "leftover", "", "", "an item that is not known")
        self._outside_items([entry for entry in outside if entry.tokens])

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
                    and not re.match(r"[一二三四五六七八九十]+、|[（(][一二三四五六七八九十]+[)）]|\d+[.、]|本年|年[初末]|总$|结余分配|使用非", part)
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

    def _is_line_number(self, text: str, entry: Entry | None, expected: dict[str, int], line: Line) -> bool:
        """行次 run on: the next number of the left block, or of the right one (which begins after the left ends)."""
        if not text.isdigit() or len(text) > 3:
            return False
        number = int(text)
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
