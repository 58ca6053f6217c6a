"""The lines of a table region → words, figures and furniture, and the account of every number.

``Reader`` is what the readers of all tables share; which figure belongs to which row is decided in ``rows``,
``summary``, ``economy`` and ``three_public``, which column in ``columns``.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from pipelines.documents.flow import is_page_mark
from pipelines.documents.model import Line
from pipelines.documents.normalise import squeeze
from pipelines.extract import columns
from pipelines.extract.codes import functional_codes
from pipelines.extract.dump.regions import DumpRegion
from pipelines.extract.numbers import Amount, parse_amount, quantum
from pipelines.extract.rows import RawTable

_NOTE = re.compile(r"^(?:注|说明|备注)\s*[:：\d]|栏各行|\d[行栏]\s*[=＝]")
_DASHED_PAGE = re.compile(r"^[-—–·\s]+\d{1,4}[-—–·\s]*$|^\d{1,4}[-—–·]+$|^第\d+页")
_PIECE = re.compile(r"[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|[^\d\s]+(?:[^\d\s]|(?<=[（(])\d+(?=[）)]))*")
_CODE_AND_FIGURES = re.compile(r"\s*(?:\d{7}|\d{5}|\d{3})\s+[-+]?[\d,]+\.\d")
"""A row without its name: the word on the next line may be the rest of that (支出), and no head."""
NUMERIC = re.compile(r"[-+]?\d[\d,]*(?:\.\d+)?")
FIGURE = re.compile(r"[-+]?\d[\d,]*\.\d+|[-+]?\d{1,3}(?:,\d{3})+")
"""A number that can be nothing but an amount."""
STROKE = re.compile(r"[-—–]+")
_STUCK_STROKE = re.compile(r"(?<![\d)）—–-])[—–](?=\d[\d,]*(?:\.\d|,\d{3}))")
"""A minus, or the stroke of a blank cell and the next cell's figure."""


@dataclass(slots=True)
class Entry:
    """A row before its figures have columns."""

    code: str | None
    name: str
    tokens: list[Amount]
    line: int
    indent: int
    side: str = ""
    line_no: int | None = None
    places: tuple[int, ...] | None = None
    """The columns of the figures, where strokes stand for the blanks of the row."""
    width: int = 0

    def set_places(self, texts: list[str]) -> None:
        """Strokes among the row's figures show which columns are blank."""
        places = tuple(i for i, text in enumerate(texts) if not STROKE.fullmatch(text))
        if len(texts) > len(places) == len(self.tokens):
            self.places, self.width = places, len(texts)


class Reader:
    """One region while it is read: entries first, columns after the tables have been solved together."""

    heads_are_lines: ClassVar[bool] = True
    """A line of nothing but head words belongs to the head (in 01 and 04 it may be an item)."""

    def __init__(self, table: RawTable, region: DumpRegion) -> None:
        self.table = table
        self.region = region
        self.unit = region.unit or "万元"
        self.entries: list[Entry] = []
        self.lone_codes: list[tuple[str, int]] = []
        self.header_words = ""
        self.head_lines: list[str] = []
        """Lines of heads as printed: blanks part one head from the next."""
        self.n_printed_columns: int | None = None
        self.column_row_line: int | None = None
        self.foot: list[Entry] = []
        self.loose: list[tuple[list[Amount], int]] = []

    @property
    def quantum(self) -> int:
        decimals = max((a.decimals for e in self.entries for a in e.tokens), default=2)
        return quantum(decimals, self.unit)

    def micro(self, amount: Amount) -> int:
        return amount.micro(self.unit)

    def tokenise(self) -> None:
        """Read the region's lines into entries; furniture is accounted at once."""
        body: list[Line] = []
        before = False
        for line in self.region.lines:
            bare = squeeze(line.text)
            before, after_row = bool(_CODE_AND_FIGURES.match(line.text)), before
            if _DASHED_PAGE.match(line.text.strip()) or _DASHED_PAGE.match(bare) or is_page_mark(bare):
                self.account_as(line, "page_no", "page number between dashes")
            elif _NOTE.search(bare):
                self.account_as(line, "note", "note below the table")
            elif re.search(r"[。；]", bare) and len(bare) > 12 and not re.search(r"\d\.\d", bare):
                self.account_as(line, "note", "sentence")
            elif self._column_row(line, bare):
                pass
            elif self.heads_are_lines and not (len(bare) == 2 and after_row) and columns.is_header_text(bare) and not re.search(r"(?:合计|总计)$", bare):
                self.header_words += bare
                self.head_lines.append(line.text)
            else:
                body.append(line)
                if _STUCK_STROKE.search(line.text):
                    self.table.problems.append(
                        f"第{line.number}行的横线与数字相连，不知是负号还是空栏 / in line {line.number} a stroke touches a figure: a minus, or a blank cell"
                    )
        self.read_rows(body)

    def read_rows(self, body: list[Line]) -> None:
        """Entries from the lines that are neither furniture nor head; each kind of table has its own."""
        raise NotImplementedError

    def conserve(self) -> None:
        """Every number token of the region is used once: what was passed over is a leftover, a reuse a double."""
        used_on: defaultdict[int | None, Counter[str]] = defaultdict(Counter)
        for use in self.table.uses:
            used_on[use.line].update(p for token in NUMERIC.findall(use.token) for p in self.unstick(token))
        for line in self.region.lines:
            printed = Counter(p for token in NUMERIC.findall(line.text) for p in self.unstick(token))
            used = used_on[line.number]
            for token, count in (printed - used).items():
                for _ in range(count):
                    self.table.use(token, None, line.number, "leftover", "", "", "passed over by the reader")
            for token, count in (used - printed).items():
                for _ in range(count):
                    self.table.use(token, None, line.number, "double", "", "", "used more than once")

    def account_as(self, line: Line, role: str, reason: str = "", locator: str = "") -> None:
        for token in NUMERIC.findall(line.text):
            self.table.use(token, None, line.number, role, locator, "", reason)

    def _column_row(self, line: Line, bare: str) -> bool:
        """``栏次 1 2 3`` and the like; for 01 and 04 ``栏次 1 栏次 2 3 4 5``."""
        stripped = re.sub(r"栏次|类|款|项|行次|目", "", bare)
        numbers = [int(n) for n in NUMERIC.findall(line.text) if n.isdigit()]
        if not numbers or not re.fullmatch(r"[\d\s]*", stripped):
            return False
        steady = numbers == list(range(numbers[0], numbers[0] + len(numbers))) and numbers[0] == 1
        if not steady or not ("栏次" in bare or len(numbers) >= 3):
            return False
        self.n_printed_columns = numbers[-1]
        self.column_row_line = line.number
        self.account_as(line, "column_no")
        return True

    def pieces(self, line: Line) -> list[tuple[bool, str]]:
        """(is a number, text) pieces of a line; words that belong together are joined, stuck numbers parted."""
        pieces: list[tuple[bool, str]] = []
        for text in _PIECE.findall(line.text):
            if NUMERIC.fullmatch(text):
                pieces.extend((True, part) for part in self.unstick(text))
            elif STROKE.fullmatch(text):
                pieces.append((False, text))
            elif pieces and not pieces[-1][0] and not STROKE.fullmatch(pieces[-1][1]):
                pieces[-1] = (False, pieces[-1][1] + text)
            else:
                pieces.append((False, text))
        return pieces

    def unstick(self, text: str) -> list[str]:
        """``14.982210202`` → ``14.98``, ``2210202``: an amount and a functional code, or two amounts, that stick together.

        Only where exactly one cut leaves a known code (the amount may have dropped trailing zeros).
        """
        both = re.fullmatch(r"([-+]?[\d,]+\.\d{2})([-+]?[\d,]+\.\d{1,2})", text)
        if both:
            return list(both.groups())
        known = functional_codes()
        if re.fullmatch(r"[-+]?[\d,]+\.\d{4,}", text):
            point = text.index(".")
            cuts = [point + 1 + places for places in (2, 1)]
        elif text.isdigit() and len(text) >= 8 and self.unit == "万元":
            cuts = [len(text) - size for size in (7, 5)]
        else:
            return [text]
        parted = [(text[:cut], text[cut:]) for cut in cuts if cut < len(text) and known.known(text[cut:])]
        return list(parted[0]) if len(parted) == 1 else [text]

    @cached_property
    def max_decimals(self) -> int:
        """The most decimals an amount of this table can have: two, unless the table prints more throughout."""
        if self.unit != "万元":
            return 2
        printed = [m for ln in self.region.lines for m in re.findall(r"\d\.(\d+)", ln.text)]
        return 6 if sum(len(d) > 2 for d in printed) > 0.3 * len(printed) else 2

    def amounts(self, numbers: list[str]) -> list[Amount]:
        found = [parse_amount(n) for n in numbers]
        # More decimals than 分 can have: two tokens that stick together; conservation will report them.
        return [a for a in found if a is not None and a.decimals <= self.max_decimals and a.fits(self.unit)]

    def leave(self, line: Line, reason: str) -> None:
        self.account_as(line, "leftover", reason)


def leave_entries(reader: Reader, entries: list[Entry]) -> None:
    for entry in entries:
        for amount in entry.tokens:
            reader.table.use(amount.token, None, entry.line, "leftover", entry.code or entry.name, "", "no column")
