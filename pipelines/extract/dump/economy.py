"""06: lines → rows with economic codes, and the totals at the table's foot."""

from __future__ import annotations

import re
from collections import defaultdict

from pipelines.documents.model import Line
from pipelines.documents.normalise import squeeze
from pipelines.extract import columns
from pipelines.extract.codes import economic_codes, plain, resembles
from pipelines.extract.dump.tokens import Entry, Reader
from pipelines.extract.numbers import Amount, parse_amount
from pipelines.extract.rows import TOTAL
from pipelines.extract.tables.economy import economy_foot

_CLASS = re.compile(r"[35]\d{2}")
_ITEM = re.compile(r"\d{1,2}")


class EconomyReader(Reader):
    """Rows with economic codes."""

    def read_rows(self, body: list[Line]) -> None:
        known = economic_codes()
        labels: list[tuple[str, int]] = []
        for line in body:
            pieces = self._joined(self.pieces(line), line)
            entry: Entry | None = None
            for index, (is_number, text) in enumerate(pieces):
                following = pieces[index + 1] if index + 1 < len(pieces) else None
                if is_number:
                    starts = (
                        re.fullmatch(r"[35]\d{2}(?:\d{2})?", text)
                        and following is not None
                        and not following[0]
                        and (known.known(text) or known.known(text[:3]))
                        and not economy_foot(following[1])
                    )
                    if starts:
                        entry = Entry(text, "", [], line.number, 0)
                        self.entries.append(entry)
                        if text in line.text:
                            self.table.use(text, None, line.number, "code", text)
                        continue
                    amount = parse_amount(text)
                    if amount is None or not amount.fits(self.unit):
                        self.table.use(text, None, line.number, "leftover", "", "", "a figure that cannot be read")
                    elif entry is not None:
                        entry.tokens.append(amount)
                    else:
                        self._loose(amount, line.number)
                    continue
                for part in re.split(r"(?<=合计)(?=人员|公用|日常)", text):
                    foot = economy_foot(part)
                    if foot:
                        entry = Entry(foot, squeeze(part), [], line.number, 0)
                        labels.append((foot, line.number))
                        self.foot.append(entry)
                    elif entry is not None and not entry.name and entry.code and entry.code.isdigit():
                        entry.name = squeeze(part)
                    elif entry is None and self._goes_on(part):
                        entry = self.entries[-1]
                        entry.name += squeeze(part)
                        entry.line = line.number  # where its figures stand
                    elif columns.is_header_fragment(part):
                        self.header_words += squeeze(part)
        self._place_foot()

    def _goes_on(self, part: str) -> bool:
        """The rest of the last row's name at the beginning of a line: together they are what the code list calls it."""
        last = self.entries[-1] if self.entries else None
        if last is None or last.tokens or not last.code:
            return False
        whole = plain(last.name + squeeze(part))
        return any(plain(name).startswith(whole) for name in economic_codes().spellings.get(last.code, ()))

    def _joined(self, pieces: list[tuple[bool, str]], line: Line) -> list[tuple[bool, str]]:
        """类 and 款 in cells of their own (``301 01 基本工资``) are one code, if the list knows it by that name."""
        known = economic_codes()
        joined: list[tuple[bool, str]] = []
        at = 0
        while at < len(pieces):
            three = pieces[at : at + 3]
            if [is_number for is_number, _ in three] == [True, True, False] and _CLASS.fullmatch(three[0][1]) and _ITEM.fullmatch(three[1][1]):
                code = three[0][1] + three[1][1].zfill(2)
                if known.known(code) and resembles(three[2][1], known.names[code]):
                    for _, token in three[:2]:
                        self.table.use(token, None, line.number, "code", code)
                    joined.append((True, code))
                    at += 2
                    continue
            joined.append(pieces[at])
            at += 1
        return joined

    def _loose(self, amount: Amount, line: int) -> None:
        if self.loose and self.loose[-1][1] == line:
            self.loose[-1][0].append(amount)
        else:
            self.loose.append(([amount], line))

    def _place_foot(self) -> None:
        """Foot figures that stand apart from their labels: 301+303 and 302+307+… tell which is which."""
        labels = [e for e in self.foot if e.code != TOTAL or e.tokens]
        empty: defaultdict[str, list[Entry]] = defaultdict(list)
        for e in labels:
            if not e.tokens and len(empty[e.code or ""]) < 2:
                empty[e.code or ""].append(e)
        slack = self.quantum
        sums = self._foot_sums()
        for amounts, line in self.loose:
            for amount in amounts:
                value = self.micro(amount)
                codes = {c for c, (total, count) in sums.items() if abs(value - total) * 2 <= (count + 1) * slack}
                fitting = [e for c in codes for e in empty[c]]
                if len(fitting) == 1:
                    fitting[0].tokens.append(amount)
                    fitting[0].line = line
                    empty[fitting[0].code or ""].remove(fitting[0])
                else:
                    self.table.use(amount.token, None, line, "leftover", "", "", "a foot figure without a label")
        self.loose = []
        self.entries.extend(labels)

    def _foot_sums(self) -> dict[str, tuple[int, int]]:
        sums: dict[str, tuple[int, int]] = {}
        for code, classes in (
            ("personnel_total", ("301", "303")),
            ("public_total", ("302", "307", "309", "310", "311", "312", "313", "399")),
        ):
            parts = [self.micro(e.tokens[0]) for e in self.entries if e.code in classes and e.tokens]
            sums[code] = (sum(parts), len(parts))
        both = sums["personnel_total"], sums["public_total"]
        sums[TOTAL] = (both[0][0] + both[1][0], both[0][1] + both[1][1])
        return sums
