"""Functional tables (02, 03, 05, 07, 08): lines → rows with code, name and figures.

A dump may glue codes to figures, emit them apart from the names, or leave them out.
"""

from __future__ import annotations

import re

from pipelines.documents.model import Line
from pipelines.documents.normalise import squeeze
from pipelines.extract import columns
from pipelines.extract.align import align_codes
from pipelines.extract.codes import functional_codes
from pipelines.extract.dump.names import unwrapped, with_totals
from pipelines.extract.dump.regions import DumpRegion
from pipelines.extract.dump.tokens import STROKE, Entry, Reader
from pipelines.extract.numbers import Amount, parse_amount
from pipelines.extract.rows import TOTAL, RawTable
from pipelines.extract.tables.view import code_from_name_notice

_LONE = re.compile(r"^\d{1,3}$")
_TOTAL_WORD = re.compile(r"(?:合计|总计)")
_CODE = re.compile(r"\d{3}|\d{5}|\d{7}")


class FunctionReader(Reader):
    """Rows with functional codes."""

    def __init__(self, table: RawTable, region: DumpRegion) -> None:
        super().__init__(table, region)
        self.lone_codes: list[tuple[str, int]] = []
        self._detached = self._seen_total = self._started = False

    def read_rows(self, body: list[Line]) -> None:
        known = functional_codes()
        self._detached = sum(squeeze(ln.text) in known.names for ln in body) >= 3
        total_lines: list[Line] = []
        for line in body if self._detached else unwrapped(with_totals(body)):
            self._started |= self.column_row_line is not None and line.number > self.column_row_line
            pieces = self.pieces(line)
            words = "".join(text for is_number, text in pieces if not is_number and not STROKE.fullmatch(text))
            if _TOTAL_WORD.fullmatch(squeeze(words).replace("类款项", "")) and not pieces[0][0]:
                if not self._total_row(pieces, squeeze(words).replace("类款项", ""), line):
                    total_lines.append(line)
            elif words:
                self._row(pieces, line)
            else:
                self._number_line([text for is_number, text in pieces if is_number], line, known)
        if total_lines and not self._seen_total:
            name = squeeze(total_lines[-1].text).replace("类款项", "")
            self.entries.insert(0, Entry(TOTAL, name, [], total_lines[-1].number, 0))
        self._place_total()
        self._match_codes()

    def _total_row(self, pieces: list[tuple[bool, str]], name: str, line: Line) -> bool:
        """合计 with its figures; False where the line has none."""
        numbers = [text for is_number, text in pieces if is_number]
        self._take_stuck_code(numbers, line)
        if not numbers or not all(parse_amount(n) for n in numbers):
            return False
        total = Entry(TOTAL, name, self.amounts(numbers), line.number, 0)
        total.set_places([text for is_number, text in pieces if is_number or STROKE.fullmatch(text)])
        self.entries.insert(len(self.entries) if self._seen_total else 0, total)
        self._seen_total = self._started = True
        return True

    def _row(self, pieces: list[tuple[bool, str]], line: Line) -> None:
        """A line with words: a row, the rest of a wrapped name, or a piece of the head."""
        code: str | None = None
        if len(pieces) > 1 and pieces[0][0] and _CODE.fullmatch(pieces[0][1]) and not pieces[1][0]:
            code = pieces[0][1]
            self.table.use(code, None, line.number, "code", code)
            pieces = pieces[1:]
        name, tail = self._name_and_tail(pieces, line)
        if code is None:
            self._take_stuck_code(tail, line)
        amounts = self.amounts([text for text in tail if not STROKE.fullmatch(text)])
        if code is None:
            fragment = columns.is_header_fragment(name) and not functional_codes().named(name)
            if not amounts and (fragment or not self._started):
                self.header_words += squeeze(name)
                return
            if self.entries and self._continues_name(name, amounts):
                self.entries[-1].name += squeeze(name)
                self.entries[-1].tokens.extend(amounts)
                return
        indent = len(line.text) - len(line.text.lstrip())
        self._started |= code is not None or bool(amounts)
        entry = Entry(code, squeeze(name), amounts, line.number, indent)
        entry.set_places(tail)
        self.entries.append(entry)

    def _take_stuck_code(self, numbers: list[str], line: Line) -> None:
        """A detached code that a dump glued behind the last figure of a row."""
        known = functional_codes()
        last = numbers[-1] if len(numbers) > 1 else ""
        if self._detached and re.fullmatch(r"\d{5}|\d{7}", last) and known.known(last):
            self.lone_codes.append((numbers.pop(), line.number))

    def _place_total(self) -> None:
        totals = [e for e in self.entries if e.code == TOTAL]
        if len(totals) > 1:
            first = totals[0]
            for other in totals[1:]:
                if [a.value for a in other.tokens] == [a.value for a in first.tokens]:
                    for amount in other.tokens:
                        self.table.use(amount.token, None, other.line, "header", TOTAL, "", "the total printed again")
                    self.entries.remove(other)

    def _name_and_tail(self, pieces: list[tuple[bool, str]], line: Line) -> tuple[str, list[str]]:
        """Words (with digits between them, which belong to the name) and the figures after the last word."""
        last_word = max(i for i, (is_number, text) in enumerate(pieces) if not is_number and not STROKE.fullmatch(text))
        name = ""
        alone = set(line.text.split())
        for is_number, text in pieces[: last_word + 1]:
            if is_number and text in alone:
                self.table.use(text, None, line.number, "leftover", name, "", "a figure before a word of the same row")
            elif is_number:
                self.table.use(text, None, line.number, "label", name)
            name += "" if is_number and text in alone else text
        return name, [text for _, text in pieces[last_word + 1 :]]

    def _continues_name(self, name: str, amounts: list[Amount]) -> bool:
        """A wrapped name: the row before has a code and no figures, this line has no code."""
        last = self.entries[-1]
        if last.code in (None, TOTAL) or last.tokens:
            return False
        coded = sum(e.code is not None for e in self.entries)
        return coded >= 0.8 * len(self.entries) and (bool(amounts) or len(squeeze(name)) <= 12)

    def _number_line(self, numbers: list[str], line: Line, known: object) -> None:
        """A line of nothing but numbers: detached codes, figures of the row before, or a page number."""
        codes = functional_codes()
        if all(re.fullmatch(r"\d{3}|\d{5}|\d{7}", n) and (codes.known(n) or codes.known(n[:3])) for n in numbers):
            self.lone_codes.extend((n, line.number) for n in numbers)
            return
        if len(numbers) == 1 and _LONE.match(numbers[0]):
            self.table.use(numbers[0], None, line.number, "page_no", "", "", "a lone small integer")
            return
        amounts = self.amounts(numbers)
        if self.entries and not self.entries[-1].tokens and len(amounts) == len(numbers):
            self.entries[-1].tokens.extend(amounts)
            return
        self.leave(line, "figures without a row")

    def _match_codes(self) -> None:
        """Give detached codes to the rows that carry only names; a missing code follows from the code list."""
        bare = [e for e in self.entries if e.code is None]
        if not bare:
            for code, line in self.lone_codes:
                self.table.use(code, None, line, "leftover", "", "", "a code without a row")
            return
        pool = sorted({code for code, _ in self.lone_codes})
        if len(pool) != len(self.lone_codes):
            self.table.problems.append("脱离的科目编码有重复 / detached codes repeat")
        matched = align_codes([(e.name, e.indent) for e in bare], pool)
        if matched is None:
            self.table.problems.append("科目编码与科目名称不能唯一对应 / detached codes cannot be matched to the names")
            for code, line in self.lone_codes:
                self.table.use(code, None, line, "leftover", "", "", "cannot be matched")
            return
        for entry, found in zip(bare, matched, strict=True):
            entry.code = found
        for code, line in self.lone_codes:
            role = "code" if code in matched else "leftover"
            self.table.use(code, None, line, role, code, "", "detached code")
        self._codes_from_names()

    def _codes_from_names(self) -> None:
        rows = [e for e in self.entries if e.code != TOTAL]
        used = {e.code for e in self.entries if e.code}
        # Words without code and figure are no row where rows print their codes, or where nothing has a figure.
        prose = not self.lone_codes and (5 * sum(e.code is not None for e in rows) >= 4 * len(rows) or not any(e.tokens for e in self.entries))
        for index, entry in enumerate(rows):
            if entry.code is not None:
                continue
            before = next((e.code for e in reversed(rows[:index]) if e.code), "")
            after = next((e.code for e in rows[index + 1 :] if e.code), "999")
            found = [c for c in functional_codes().named(entry.name) if before < c < after and c not in used]
            if len(found) > 1 and before:
                nested = [c for c in found if c.startswith(before) or c[:5] == before[:5]]
                found = nested if len(nested) == 1 else found
            if len(found) != 1:
                if not entry.tokens and (prose or columns.is_header_text(entry.name)):
                    continue
                self.table.problems.append(f"“{entry.name}”无科目编码 / '{entry.name}' has no code")
                continue
            entry.code = found[0]
            used.add(found[0])
            self.table.notices.append(
                code_from_name_notice(self.table.resource, found[0], entry.name, None, entry.line)
            )
        self.entries = [e for e in self.entries if e.code is not None or e.tokens]
