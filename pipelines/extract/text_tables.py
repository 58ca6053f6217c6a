"""Plain-text dumps → the rows of the nine tables: regions, tokens, and the columns that blanks would have shown.

A dump keeps the order of a row's figures and loses the blanks between them. What each figure is follows from
labels (01, 04), codes (06) or the official arithmetic (:mod:`pipelines.extract.solver`).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, partial
from itertools import combinations

from pipelines.documents.model import Document, Line
from pipelines.documents.normalise import squeeze
from pipelines.extract import columns
from pipelines.extract.align import align_codes
from pipelines.extract.attempt import attempt
from pipelines.extract.codes import economic_codes, functional_codes
from pipelines.extract.items import expenditure_item, income_item, is_declared
from pipelines.extract.numbers import Amount, parse_amount, quantum
from pipelines.extract.result import Notice
from pipelines.extract.rows import TOTAL, RawTable, Row, failed_table
from pipelines.extract.solver import Layout, Node, Vector, solve
from pipelines.extract.tables.economy import economy_foot
from pipelines.extract.tables.view import code_from_name_notice, outside_notice
from pipelines.extract.titles import (
    TABLE_NUMBERS,
    Title,
    is_number_mark,
    parse_owner,
    parse_title,
    parse_unit,
    printed_number,
)

_PART = re.compile(r"^第[一二三四五六七八九]部分|^[一二三四五六七八九十]+、.*情况(?:的)?说明")
_OTHER_TITLE = re.compile(r"^[^。；，]{2,40}(?:绩效|申报|采购|项目支出|资产|购买服务)[^。；，]{0,20}表$")
_NOTE = re.compile(r"^(?:注|说明|备注)\s*[:：\d]|栏各行|\d[行栏]\s*[=＝]")
_DASHED_PAGE = re.compile(r"^[-—–·\s]+\d{1,4}[-—–·\s]*$|^\d{1,4}[-—–·]+$|^第\d+页")
_LONE = re.compile(r"^\d{1,3}$")
_PIECE = re.compile(r"[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|[^\d\s]+(?:[^\d\s]|(?<=[（(])\d+(?=[）)]))*")
_NUMERIC = re.compile(r"[-+]?\d[\d,]*(?:\.\d+)?")
_STROKE = re.compile(r"[-—–]+")
_TOTAL_WORD = re.compile(r"(?:合计|总计)")


@dataclass(slots=True)
class Region:
    """The lines of one table: from its title (or its 部门/单位 line, where that comes first) to the next."""

    title: Title | None = None
    title_line: int | None = None
    unit: str | None = None
    has_unit_line: bool = False
    lines: list[Line] = field(default_factory=list)


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
        places = tuple(i for i, text in enumerate(texts) if not _STROKE.fullmatch(text))
        if len(texts) > len(places) == len(self.tokens):
            self.places, self.width = places, len(texts)


LAYOUTS: dict[str, tuple[Layout, tuple[str, ...]]] = {
    "revenue_by_function": (
        Layout(7, 0, ((0, tuple((1, c) for c in range(1, 7))),), tuple(range(7))),
        ("total", "fiscal_appropriation", "higher_level_subsidy", "institutional", "business", "affiliate_remittance", "other"),
    ),
    "expenditure_by_function": (
        Layout(6, 0, ((0, tuple((1, c) for c in range(1, 6))),), tuple(range(6))),
        ("total", "basic", "project", "remitted_to_higher_level", "business", "affiliate_subsidy"),
    ),
    "general_budget_expenditure": (Layout(3, 0, ((0, ((1, 1), (1, 2))),), (0, 1, 2)), ("total", "basic", "project")),
    "government_fund": (
        Layout(6, 2, ((2, ((1, 3), (1, 4))), (5, ((1, 0), (1, 1), (-1, 2)))), tuple(range(6))),
        ("opening_balance", "revenue", "total", "basic", "project", "closing_balance"),
    ),
    "appropriation_summary": (
        Layout(4, 0, ((0, ((1, 1), (1, 2), (1, 3))),), (0, 1, 2, 3)),
        ("total", "general_public_budget", "government_fund", "state_capital"),
    ),
}
_THREE_COLUMNS = LAYOUTS["general_budget_expenditure"]
# 预算 tables print three expenditure columns where final accounts print six.
_BUDGET_EXPENDITURE = LAYOUTS["general_budget_expenditure"]


# --- regions -----------------------------------------------------------------------------------------------


def read_text_tables(document: Document) -> tuple[list[RawTable], list[str], list[Title]]:
    """Official tables of a dump, the owners their heads name, and the titles announced without a table."""
    regions, owners, announced = find_regions(document)
    tables = attempt(lambda: _read_together(regions), lambda _: _read_apart(regions))
    return tables, owners, announced


def _read_together(regions: list[Region]) -> list[RawTable]:
    readers = [_Reader(_blank(region), region) for region in regions]
    for reader in readers:
        reader.tokenise()
    _solve_tables(readers)
    for reader in readers:
        reader.conserve()
    return [reader.table for reader in readers]


def _read_apart(regions: list[Region]) -> list[RawTable]:
    """Where a reader fails: the tables that cannot be read alone are withheld, the others read without them."""
    alone = [
        attempt(partial(_read_together, [region]), lambda error: [failed_table(_blank(region), error)])[0]  # noqa: B023 - called at once
        for region in regions
    ]
    sound = [region for region, table in zip(regions, alone, strict=True) if not table.problems]
    if len(sound) == len(regions):
        return alone
    together = attempt(lambda: _read_together(sound), lambda _: [])
    return [*together, *(table for table in alone if table.problems)] if together else alone


def _blank(region: Region) -> RawTable:
    title = region.title
    assert title is not None
    return RawTable(
        title.resource, title.text, title.printed_no, title.kind, region.unit, "text", None, region.title_line
    )


def find_regions(document: Document) -> tuple[list[Region], list[str], list[Title]]:
    """Cut the dump into table regions (see :class:`Region`)."""
    lines = [ln for page in document.pages for ln in page.lines]
    blank_around = _alone(lines)
    owners: list[str] = []
    regions: list[Region] = []
    current: Region | None = None
    skip = False
    for index, line in enumerate(lines):
        bare = squeeze(line.text)
        if skip:
            skip = False
            continue
        if not bare:
            continue
        title = parse_title(bare)
        if title is None and index + 1 < len(lines) and len(bare) <= 40 and "表" in lines[index + 1].text and not re.search(r"\d{2}\.\d|[。；]", bare):
            following = squeeze(lines[index + 1].text)
            if following and not parse_title(following) and not parse_unit(following):
                title = parse_title(bare + following) if re.match(r".{0,8}表", following) else None
                skip = title is not None
        owner = parse_owner(line.text)
        if owner:
            owners.append(owner)
        is_head = bool(owner and parse_unit(line.text)) or bool(re.fullmatch(r"(?:金额|货币)?单位[:：](?:万元|元|千元)", bare))
        if title is not None:
            if current is not None and current.title is None and current.has_unit_line:
                current.title, current.title_line = title, line.number
            else:
                current = Region(title, line.number)
                regions.append(current)
            continue
        if is_head:
            if current is None or current.has_unit_line:
                current = Region()
                regions.append(current)
            current.has_unit_line = True
            current.unit = parse_unit(line.text)
            continue
        if _PART.match(bare) or _OTHER_TITLE.match(bare):
            current = None
            continue
        if current is None:
            continue
        if is_number_mark(bare):
            if current.title is not None and current.title.printed_no is None:
                t = current.title
                current.title = Title(t.resource, t.kind, t.text, printed_number(bare))
            continue
        if _LONE.match(bare) and blank_around[index] and bare not in functional_codes().names:
            continue  # a page number on its own
        current.lines.append(Line(line.number, _plain(line.text)))
    announced = [r.title for r in regions if r.title is not None and not _holds_rows(r)]
    kept: dict[str, Region] = {}
    for region in regions:
        if region.title is None or not _holds_rows(region):
            continue
        known = kept.get(region.title.resource)
        if known is None or _figures(region) > _figures(known):
            kept[region.title.resource] = region
    return sorted(kept.values(), key=lambda r: r.title_line or 0), owners, announced


def _plain(text: str) -> str:
    """Figures as one token each: full-width thousands commas, 元 signs, and brackets that mean a minus."""
    text = re.sub(r"(?<=\d)，(?=\d{3})", ",", text)
    text = re.sub(r"[￥¥]\s*(?=\d)", "", text)
    return re.sub(r"[（(](\d[\d,]*\.\d+)[)）]", r"-\1", text)


def _alone(lines: list[Line]) -> list[bool]:
    blank = [not ln.text.strip() for ln in lines]
    return [
        (i == 0 or blank[i - 1]) and (i + 1 == len(lines) or blank[i + 1]) for i in range(len(lines))
    ]


def _figures(region: Region) -> int:
    return sum(len(re.findall(r"\d\.\d", ln.text)) for ln in region.lines)


def _holds_rows(region: Region) -> bool:
    """A contents entry or an image heading has a title and no table below it."""
    text = "".join(squeeze(ln.text) for ln in region.lines)
    return bool(re.search(r"栏次|科目编码|科目名称|行次|合计|总计|小计", text)) and len(region.lines) >= 3


# --- one table's tokens --------------------------------------------------------------------------------------


class _Reader:
    """One region while it is read: entries first, columns after the tables have been solved together."""

    def __init__(self, table: RawTable, region: Region) -> None:
        self.table = table
        self.region = region
        self.unit = region.unit or "万元"
        self.entries: list[Entry] = []
        self.lone_codes: list[tuple[str, int]] = []
        self.header_words = ""
        self.n_printed_columns: int | None = None
        self.column_row_line: int | None = None
        self.foot: list[Entry] = []
        self.loose: list[tuple[list[Amount], int]] = []
        self._detached = False

    @property
    def quantum(self) -> int:
        decimals = max((a.decimals for e in self.entries for a in e.tokens), default=2)
        return quantum(decimals, self.unit)

    def micro(self, amount: Amount) -> int:
        return amount.micro(self.unit)

    def tokenise(self) -> None:
        """Read the region's lines into entries; furniture is accounted at once."""
        body: list[Line] = []
        for line in self.region.lines:
            bare = squeeze(line.text)
            if _DASHED_PAGE.match(line.text.strip()) or _DASHED_PAGE.match(bare):
                self._numbers(line, "page_no", "page number between dashes")
            elif _NOTE.search(bare):
                self._numbers(line, "note", "note below the table")
            elif re.search(r"[。；]", bare) and len(bare) > 12 and not re.search(r"\d\.\d", bare):
                self._numbers(line, "note", "sentence")
            elif self._column_row(line, bare):
                pass
            elif (
                self.table.resource not in ("revenue_expenditure_summary", "appropriation_summary")
                and columns.is_header_text(bare)
                and not re.search(r"(?:合计|总计)$", bare)
            ):
                self.header_words += bare
            else:
                body.append(line)
        resource = self.table.resource
        if resource in ("revenue_expenditure_summary", "appropriation_summary"):
            self._summary_entries(body)
        elif resource == "basic_expenditure_by_economy":
            self._economy_entries(body)
        elif resource == "three_public_expenses":
            self._three_public_entries(body)
        else:
            self._function_entries(body)

    def conserve(self) -> None:
        """Every number token of the region is used once: what was passed over is a leftover, a reuse a double."""
        used_on: defaultdict[int | None, Counter[str]] = defaultdict(Counter)
        for use in self.table.uses:
            used_on[use.line].update(p for token in _NUMERIC.findall(use.token) for p in self._unstick(token))
        for line in self.region.lines:
            printed = Counter(p for token in _NUMERIC.findall(line.text) for p in self._unstick(token))
            used = used_on[line.number]
            for token, count in (printed - used).items():
                for _ in range(count):
                    self.table.use(token, None, line.number, "leftover", "", "", "passed over by the reader")
            for token, count in (used - printed).items():
                for _ in range(count):
                    self.table.use(token, None, line.number, "double", "", "", "used more than once")

    def _numbers(self, line: Line, role: str, reason: str = "", locator: str = "") -> None:
        for token in _NUMERIC.findall(line.text):
            self.table.use(token, None, line.number, role, locator, "", reason)

    def _column_row(self, line: Line, bare: str) -> bool:
        """``栏次 1 2 3`` and the like; for 01 and 04 ``栏次 1 栏次 2 3 4 5``."""
        stripped = re.sub(r"栏次|类|款|项|行次|目", "", bare)
        numbers = [int(n) for n in _NUMERIC.findall(line.text) if n.isdigit()]
        if not numbers or not re.fullmatch(r"[\d\s]*", stripped):
            return False
        steady = numbers == list(range(numbers[0], numbers[0] + len(numbers))) and numbers[0] == 1
        if not steady or not ("栏次" in bare or len(numbers) >= 3):
            return False
        self.n_printed_columns = numbers[-1]
        self.column_row_line = line.number
        self._numbers(line, "column_no")
        return True

    def _pieces(self, line: Line) -> list[tuple[bool, str]]:
        """(is a number, text) pieces of a line; words that belong together are joined, stuck numbers parted."""
        pieces: list[tuple[bool, str]] = []
        for text in _PIECE.findall(line.text):
            if _NUMERIC.fullmatch(text):
                pieces.extend((True, part) for part in self._unstick(text))
            elif _STROKE.fullmatch(text):
                pieces.append((False, text))
            elif pieces and not pieces[-1][0] and not _STROKE.fullmatch(pieces[-1][1]):
                pieces[-1] = (False, pieces[-1][1] + text)
            else:
                pieces.append((False, text))
        return pieces

    def _unstick(self, text: str) -> list[str]:
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

    # -- functional tables --

    def _function_entries(self, body: list[Line]) -> None:
        known = functional_codes()
        self._detached = sum(squeeze(ln.text) in known.names for ln in body) >= 3
        seen_total = False
        total_candidates: list[Line] = []
        started = False
        for line in body:
            started = started or (self.column_row_line is not None and line.number > self.column_row_line)
            pieces = self._pieces(line)
            words = "".join(text for is_number, text in pieces if not is_number and not _STROKE.fullmatch(text))
            numbers = [text for is_number, text in pieces if is_number]
            if _TOTAL_WORD.fullmatch(re.sub(r"类款项", "", squeeze(words))) and (pieces and not pieces[0][0]):
                self._take_stuck_code(numbers, line)
                if numbers and all(parse_amount(n) for n in numbers):
                    total = Entry(TOTAL, squeeze(words).replace("类款项", ""), self._amounts(numbers), line.number, 0)
                    after = [t for is_number, t in pieces if is_number or _STROKE.fullmatch(t)]
                    total.set_places(after)
                    self.entries.insert(0, total) if not seen_total else self.entries.append(total)
                    seen_total = started = True
                else:
                    total_candidates.append(line)
                continue
            if not words:
                self._number_line(numbers, line, known)
                continue
            code: str | None = None
            if pieces[0][0] and re.fullmatch(r"\d{3}|\d{5}|\d{7}", pieces[0][1]) and len(pieces) > 1 and not pieces[1][0]:
                code = pieces[0][1]
                self.table.use(code, None, line.number, "code", code)
                pieces = pieces[1:]
            name, tail = self._name_and_tail(pieces, line)
            if code is None:
                self._take_stuck_code(tail, line)
            amounts = self._amounts([text for text in tail if not _STROKE.fullmatch(text)])
            if code is None and not amounts and columns.is_header_fragment(name) and not known.named(name):
                self.header_words += squeeze(name)
                continue
            if code is None and not started and not amounts:
                self.header_words += squeeze(name)
                continue
            if code is None and self.entries and self._continues_name(name, amounts):
                self.entries[-1].name += squeeze(name)
                self.entries[-1].tokens.extend(amounts)
                continue
            indent = len(line.text) - len(line.text.lstrip())
            if code is not None or amounts:
                started = True
            entry = Entry(code, squeeze(name), amounts, line.number, indent)
            entry.set_places(tail)
            self.entries.append(entry)
        if not seen_total and total_candidates:
            line = total_candidates[-1]
            self.entries.insert(0, Entry(TOTAL, squeeze(line.text).replace("类款项", ""), [], line.number, 0))
        self._place_total()
        self._match_codes()

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

    def _amounts(self, numbers: list[str]) -> list[Amount]:
        found = [parse_amount(n) for n in numbers]
        # More decimals than 分 can have: two tokens that stick together; conservation will report them.
        return [a for a in found if a is not None and a.decimals <= self.max_decimals and a.fits(self.unit)]

    def _name_and_tail(self, pieces: list[tuple[bool, str]], line: Line) -> tuple[str, list[str]]:
        """Words (with digits between them, which belong to the name) and the figures after the last word."""
        last_word = max(i for i, (is_number, text) in enumerate(pieces) if not is_number and not _STROKE.fullmatch(text))
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
        amounts = self._amounts(numbers)
        if self.entries and not self.entries[-1].tokens and len(amounts) == len(numbers):
            self.entries[-1].tokens.extend(amounts)
            return
        self._leave(line, "figures without a row")

    def _leave(self, line: Line, reason: str) -> None:
        self._numbers(line, "leftover", reason)

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
                if not entry.tokens and columns.is_header_text(entry.name):
                    continue
                self.table.problems.append(f"“{entry.name}”无科目编码 / '{entry.name}' has no code")
                continue
            entry.code = found[0]
            used.add(found[0])
            self.table.notices.append(
                code_from_name_notice(self.table.resource, found[0], entry.name, None, entry.line)
            )
        self.entries = [e for e in self.entries if e.code is not None or e.tokens]

    # -- summaries --

    def _summary_entries(self, body: list[Line]) -> None:
        expected = {"income": 1, "expenditure": 0}
        opening = False
        numbered = "行次" in self.header_words or any("行次" in squeeze(ln.text) for ln in self.region.lines)
        pending: Entry | None = None
        outside: list[Entry] = []
        first = next((i for i, ln in enumerate(body) if re.search(r"(?:^|\s)一、|(?:^|\s)[（(]一[)）]", ln.text)), 0)
        for line in body[:first]:  # header cells that fell apart over lines
            self._numbers(line, "header")
        for line in body[first:]:
            done = {e.side for e in self.entries if e.code == "grand_total"}
            if done == {"income", "expenditure"} and not _NUMERIC.search(line.text):
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
            if _NUMERIC.fullmatch(chunk):
                pieces.append((True, chunk))
                continue
            glued = re.fullmatch(r"(\D+)([\d,]+\.\d+)", chunk)
            for part in (glued.groups() if glued else (chunk,)):
                if _NUMERIC.fullmatch(part):
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

    # -- economic table --

    def _economy_entries(self, body: list[Line]) -> None:
        known = economic_codes()
        labels: list[tuple[str, int]] = []
        for line in body:
            pieces = self._pieces(line)
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
                    elif columns.is_header_fragment(part):
                        self.header_words += squeeze(part)
                    elif self.entries and not self.entries[-1].tokens and entry is None and len(squeeze(part)) <= 14:
                        self.entries[-1].name += squeeze(part)
                        entry = self.entries[-1]
        self._place_foot()

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

    # -- 三公 --

    def _three_public_entries(self, body: list[Line]) -> None:
        for line in body:
            numbers = [text for is_number, text in self._pieces(line) if is_number]
            words = [text for is_number, text in self._pieces(line) if not is_number]
            amounts = self._amounts(numbers)
            if not numbers:
                self.header_words += squeeze("".join(words))
            elif words and not re.fullmatch(r"合计|总计|[\u4e00-\u9fff]{4,30}(?:局|委|中心|部|办|院|站|所|校|合计)", squeeze("".join(words))):
                self._numbers(line, "header")
                self.header_words += squeeze("".join(words))
            elif not self.entries:
                self.entries.append(Entry("row", "", amounts, line.number, 0))
            else:
                self._leave(line, "a second row of figures")


# --- columns ---------------------------------------------------------------------------------------------------


def _solve_tables(readers: list[_Reader]) -> None:
    """Give every figure its column. Tables help each other: 01 tells 02's sources, 05 bounds 03 and 03 bounds 05."""
    by_name = {r.table.resource: r for r in readers}
    for reader in readers:
        if reader.table.resource == "revenue_expenditure_summary":
            _single_amounts(reader)
        elif reader.table.resource == "basic_expenditure_by_economy":
            _economy_amounts(reader)
        elif reader.table.resource == "three_public_expenses":
            _three_public_amounts(reader)
    if appropriation := by_name.get("appropriation_summary"):
        _appropriation_amounts(appropriation)
    for name in ("government_fund", "state_capital"):
        if fund := by_name.get(name):
            _function_amounts(fund, {})
    general, spending = by_name.get("general_budget_expenditure"), by_name.get("expenditure_by_function")
    first: dict[str, dict[str, int]] = {}
    if general:
        first = _decided(general, {})
    bounds: dict[str, Callable[[Vector], bool]] = {}
    if spending:
        names = _layout_of(spending)[1]
        slack = spending.quantum
        bounds = {code: _at_least(values, names, slack) for code, values in first.items()}
        second = _decided(spending, bounds)
        _function_amounts(spending, bounds)
        if general:
            upper = {
                code: _at_most(second[code], _layout_of(general)[1], general.quantum) for code in second
            }
            _function_amounts(general, upper)
    elif general:
        _function_amounts(general, {})
    if revenue := by_name.get("revenue_by_function"):
        summary = by_name.get("revenue_expenditure_summary")
        allow = _income_totals(summary, revenue) if summary else None
        _function_amounts(revenue, {TOTAL: allow} if allow else {})


def _layout_of(reader: _Reader) -> tuple[Layout, tuple[str, ...]]:
    resource = reader.table.resource
    if resource == "state_capital":
        full = re.search(r"年初|年末|本年收入", reader.header_words) or reader.n_printed_columns == 6
        return LAYOUTS["government_fund"] if full else _THREE_COLUMNS
    if resource == "government_fund" and (reader.n_printed_columns == 3 or (
        reader.table.kind == "budget" and not re.search(r"年初|上年|年末|本年收入", reader.header_words)
    )):
        return _THREE_COLUMNS
    if resource == "expenditure_by_function" and reader.n_printed_columns == 3:
        return _BUDGET_EXPENDITURE
    return LAYOUTS[resource]


def _at_least(values: dict[str, int], names: tuple[str, ...], slack: int) -> Callable[[Vector], bool]:
    """03 ≥ 05, code by code and column by column."""

    def allow(vector: Vector) -> bool:
        return all((vector[names.index(c)] or 0) >= v - slack for c, v in values.items() if c in names)

    return allow


def _at_most(values: dict[str, int], names: tuple[str, ...], slack: int) -> Callable[[Vector], bool]:
    """05 ≤ 03, for the columns that 03 has decided (an undecided column bounds nothing)."""

    def allow(vector: Vector) -> bool:
        return all((vector[names.index(c)] or 0) <= v + slack for c, v in values.items() if c in names)

    return allow


def _income_totals(summary: _Reader, target: _Reader) -> Callable[[Vector], bool] | None:
    """02's total row by source, from the items of 01, if 01's own items sum to its total."""
    amounts = {e.code: summary.micro(e.tokens[0]) for e in summary.entries if e.side == "income" and len(e.tokens) == 1}
    if "current_total" not in amounts:
        return None
    source = {
        "fiscal_appropriation": ("general_public_budget", "government_fund", "state_capital"),
        "higher_level_subsidy": ("higher_level_subsidy",),
        "institutional": ("institutional",),
        "business": ("business",),
        "affiliate_remittance": ("affiliate_remittance",),
        "other": ("other",),
    }
    totals = {
        column: sum(amounts.get(code, 0) for code in codes)
        for column, codes in source.items()
    }
    slack = summary.quantum * 4
    if abs(sum(totals.values()) - amounts["current_total"]) > slack:
        return None
    names = LAYOUTS["revenue_by_function"][1]

    def allow(vector: Vector) -> bool:
        return all(abs((vector[names.index(c)] or 0) - v) <= (2 * target.quantum if v else 0) for c, v in totals.items())

    return allow


def _tree(entries: list[Entry]) -> list[list[int]]:
    """Children by code prefix: 合计 > 类 > 款 > 项, each row below the nearest ancestor that is printed."""
    position = {e.code: i for i, e in enumerate(entries)}
    children: list[list[int]] = [[] for _ in entries]
    for index, entry in enumerate(entries):
        code = entry.code or ""
        if not code.isdigit():
            continue
        parent = next((position[p] for p in (code[:5], code[:3]) if p != code and p in position), position.get(TOTAL))
        if parent is not None:
            children[parent].append(index)
    return children


def _nodes(reader: _Reader, allow: dict[str, Callable[[Vector], bool]]) -> tuple[list[Entry], list[Node]]:
    entries = [e for e in reader.entries if e.code is not None]
    children = _tree(entries)
    nodes = [
        Node(
            tuple(reader.micro(a) for a in e.tokens),
            children[i],
            allow.get(e.code or ""),
            e.places if e.width == _layout_of(reader)[0].n_columns else None,
        )
        for i, e in enumerate(entries)
    ]
    return entries, nodes


# Stems that the heads of the official form name, and those that only other forms print.
_HEADS: dict[str, tuple[tuple[str, ...], str]] = {
    "revenue_by_function": (("财政拨款", "上级补助", "事业", "经营", "附属", "其他"), r"结转|基金|专户|国有资本|教育收费"),
    "expenditure_by_function": (("基本支出", "项目支出"), r"人员经费|公用经费|结转|结余"),
    "general_budget_expenditure": (("基本支出", "项目支出"), r"人员经费|公用经费|结转|结余|本年收入"),
    "government_fund": (("基本支出", "项目支出"), r"人员经费|公用经费"),
    "state_capital": (("基本支出", "项目支出"), r"人员经费|公用经费"),
}


def _fits(reader: _Reader) -> bool:
    layout, _ = _layout_of(reader)
    stems, foreign = _HEADS[reader.table.resource]
    if reader.n_printed_columns is None or re.search(foreign, reader.header_words):
        missing = [stem for stem in stems if stem not in reader.header_words]
        extra = re.findall(foreign, reader.header_words)
        if extra or missing:
            reader.table.problems.append(
                f"表头与官方格式不同（{'、'.join(dict.fromkeys(extra or missing))}）"
                f" / the heads differ from the official form ({', '.join(dict.fromkeys(extra or missing))})"
            )
            return False
    if reader.n_printed_columns is not None and reader.n_printed_columns != layout.n_columns:
        reader.table.problems.append(
            f"栏数 {reader.n_printed_columns} 与官方格式 {layout.n_columns} 不同"
            f" / prints {reader.n_printed_columns} columns, the official form has {layout.n_columns}"
        )
        return False
    long = [e for e in reader.entries if len(e.tokens) > layout.n_columns]
    if long:
        reader.table.problems.append(
            f"第{long[0].line}行数字多于栏数 / line {long[0].line} prints more figures than there are columns"
        )
        return False
    return True


def _decided(reader: _Reader, allow: dict[str, Callable[[Vector], bool]]) -> dict[str, dict[str, int]]:
    """Columns that are already sure, per code: {code: {column: micro-units}}; blanks count as 0 where all are sure."""
    layout, names = _layout_of(reader)
    if any(len(e.tokens) > layout.n_columns for e in reader.entries):
        return {}
    entries, nodes = _nodes(reader, allow)
    solution = solve(layout, nodes, reader.quantum)
    known: dict[str, dict[str, int]] = {}
    for i, entry in enumerate(entries):
        if solution.incomplete[i] or not entry.tokens:
            continue
        vectors = {_laid(nodes[i].tokens, option, layout.n_columns) for option in solution.options[i]}
        known[entry.code or ""] = {
            name: next(iter(values))
            for c, name in enumerate(names)
            if len(values := {vector[c] for vector in vectors}) == 1
        }
    return known


def _laid(tokens: tuple[int, ...], option: tuple[int, ...], width: int) -> tuple[int, ...]:
    values = [0] * width
    for token, column in zip(tokens, option, strict=True):
        values[column] = token
    return tuple(values)


def _function_amounts(reader: _Reader, allow: dict[str, Callable[[Vector], bool]]) -> None:
    if not _fits(reader):
        _leave_entries(reader, reader.entries)
        return
    layout, names = _layout_of(reader)
    entries, nodes = _nodes(reader, allow)
    solution = solve(layout, nodes, reader.quantum)
    for i, entry in enumerate(entries):
        choices = [solution.columns(i, t) for t in range(len(entry.tokens))]
        _put(reader, entry, names, choices)
    _leave_entries(reader, [e for e in reader.entries if e.code is None])


def _leave_entries(reader: _Reader, entries: list[Entry]) -> None:
    for entry in entries:
        for amount in entry.tokens:
            reader.table.use(amount.token, None, entry.line, "leftover", entry.code or entry.name, "", "no column")


def _put(reader: _Reader, entry: Entry, names: tuple[str, ...], choices: list[set[int]]) -> None:
    """Decided figures into cells, undecided ones into the notices (E02), every one into the account."""
    row = Row(entry.code, entry.name, {}, None, entry.line, entry.side, entry.line_no)
    locator = f"{entry.side}:{entry.code}" if entry.side else entry.code or ""
    for amount, columns_left in zip(entry.tokens, choices, strict=True):
        candidates = tuple(names[c] for c in sorted(columns_left))
        if len(candidates) == 1:
            row.amounts[candidates[0]] = amount
            reader.table.use(amount.token, None, entry.line, "cell", locator, candidates[0])
        else:
            row.ambiguous.append((amount, candidates))
            reader.table.use(amount.token, None, entry.line, "ambiguous", locator, "|".join(candidates))
    reader.table.rows.append(row)


def _single_amounts(reader: _Reader) -> None:
    for entry in reader.entries:
        if len(entry.tokens) > 1:
            _leave_entries(reader, [entry])
            continue
        row = Row(entry.code, entry.name, {}, None, entry.line, entry.side, entry.line_no)
        for amount in entry.tokens:
            row.amounts["amount"] = amount
            reader.table.use(amount.token, None, entry.line, "cell", f"{entry.side}:{entry.code}", "amount")
        reader.table.rows.append(row)


def _appropriation_amounts(reader: _Reader) -> None:
    """04: the income side by label; the expenditure side by total = general + fund + capital and the fund totals."""
    income = [e for e in reader.entries if e.side == "income"]
    spending = [e for e in reader.entries if e.side == "expenditure"]
    layout, names = LAYOUTS["appropriation_summary"]
    amounts: dict[str, int] = {}
    for entry in income:
        if len(entry.tokens) > 1:
            _leave_entries(reader, [entry])
            continue
        row = Row(entry.code, entry.name, {}, None, entry.line, entry.side, entry.line_no)
        for amount in entry.tokens:
            row.amounts["amount"] = amount
            amounts[entry.code or ""] = reader.micro(amount)
            reader.table.use(amount.token, None, entry.line, "cell", f"income:{entry.code}", "amount")
        reader.table.rows.append(row)
    if any(len(e.tokens) > layout.n_columns for e in spending):
        reader.table.problems.append("支出方数字多于栏数 / a row prints more figures than there are columns")
        _leave_entries(reader, spending)
        return
    position = {e.code: i for i, e in enumerate(spending)}
    children: list[list[int]] = [[] for _ in spending]
    current, grand = position.get("current_total"), position.get("grand_total")
    for i, entry in enumerate(spending):
        if (entry.code or "").isdigit():
            parent = current if current is not None else grand
        elif entry.code in ("current_total", "closing_balance"):
            parent = grand
        else:
            parent = None
        if parent is not None:
            children[parent].append(i)
    allow = _fund_totals(amounts, names, reader.quantum)
    nodes = [
        Node(
            tuple(reader.micro(a) for a in e.tokens),
            children[i],
            allow if e.code == "grand_total" else None,
        )
        for i, e in enumerate(spending)
    ]
    solution = solve(layout, nodes, reader.quantum)
    for i, entry in enumerate(spending):
        _put(reader, entry, names, [solution.columns(i, t) for t in range(len(entry.tokens))])


def _fund_totals(
    amounts: dict[str, int], names: tuple[str, ...], quantum_: int
) -> Callable[[Vector], bool] | None:
    """Per fund: income + opening balance = the fund's grand total on the other side."""
    if "grand_total" not in amounts:
        return None
    funds = {f: amounts.get(f, 0) + amounts.get(f"opening_{f}", 0) for f in names[1:]}
    if abs(sum(funds.values()) - amounts["grand_total"]) > 4 * quantum_:
        return None

    def allow(vector: Vector) -> bool:
        return all(abs((vector[names.index(f)] or 0) - v) <= (2 * quantum_ if v else 0) for f, v in funds.items())

    return allow


def _economy_amounts(reader: _Reader) -> None:
    """06: one figure per code; where a row prints 合计 and its part, 301/303 are personnel and 302… public."""
    wide = any(len(e.tokens) > 1 for e in reader.entries)
    for entry in reader.entries:
        names = ("amount", "personnel", "public")
        code = entry.code or ""
        if not wide or len(entry.tokens) <= 1:
            choices = [{0}] * len(entry.tokens)
        elif len(entry.tokens) == 2 and code.isdigit():
            choices = [{0}, {1} if code[:3] in ("301", "303") else {2}]
        elif len(entry.tokens) == 3:
            choices = [{0}, {1}, {2}]
        else:
            choices = [{0}, *({1, 2} for _ in entry.tokens[1:])]
        if len(entry.tokens) > 3:
            _leave_entries(reader, [entry])
            continue
        _put(reader, entry, names, choices)


_THREE = ("total", "overseas_trips", "vehicles", "vehicle_purchase", "vehicle_operation", "reception")


def _three_public_amounts(reader: _Reader) -> None:
    """09: six columns per basis, budget then final, or alternating where the heads alternate."""
    table = reader.table
    head = reader.header_words
    pairs = len(re.findall(r"预算数决算数|预算数.{0,2}决算数", head))
    final = table.kind != "budget"
    columns_: list[tuple[str, str]]
    if final and pairs >= 3:
        columns_ = [(basis, c) for c in _THREE for basis in ("budget", "final")]
    elif final:
        columns_ = [(basis, c) for basis in ("budget", "final") for c in _THREE]
    else:
        order = _budget_order(head)
        columns_ = [("budget", c) for c in order]
    entry = reader.entries[0] if reader.entries else None
    bases = ["budget", "final"] if final else ["budget"]
    rows = {b: Row(b, "", {}, None, entry.line if entry else table.line) for b in bases}
    if entry is None:
        return  # no figure, no row
    if len(entry.tokens) > len(columns_):
        _leave_entries(reader, [entry])
        return
    tokens = [reader.micro(a) for a in entry.tokens]
    options = [
        o for o in combinations(range(len(columns_)), len(tokens)) if _three_holds(columns_, tokens, o, reader.quantum)
    ]
    if not options:
        options = list(combinations(range(len(columns_)), len(tokens)))
    for t, amount in enumerate(entry.tokens):
        left = sorted({o[t] for o in options})
        names = [columns_[c] for c in left]
        if len(names) == 1:
            basis, column = names[0]
            rows[basis].amounts[column] = amount
            table.use(amount.token, None, entry.line, "cell", basis, column)
            continue
        for basis in bases:
            candidates = tuple(c for b, c in names if b == basis)
            if candidates:
                rows[basis].ambiguous.append((amount, candidates))
        table.use(amount.token, None, entry.line, "ambiguous", "", "|".join(f"{b}.{c}" for b, c in names))
    table.rows.extend(rows.values())


def _budget_order(head: str) -> tuple[str, ...]:
    """A budget's 三公 columns in their printed order (接待 may come before 用车; 机关运行 may follow)."""
    marks = {
        "overseas_trips": r"出国", "reception": r"接待", "vehicles": r"购置及运行|购置和运行", "agency_operation": r"机关运行",
    }  # fmt: skip
    found = {c: m.start() for c, p in marks.items() if (m := re.search(p, head))}
    order: list[str] = ["total"]
    for column in sorted(found, key=lambda c: found[c]):
        order += ["vehicles", "vehicle_purchase", "vehicle_operation"] if column == "vehicles" else [column]
    return tuple(order) if len(order) >= 6 else _THREE


def _three_holds(columns_: list[tuple[str, str]], tokens: list[int], option: tuple[int, ...], quantum_: int) -> bool:
    """total = overseas + vehicles + reception; vehicles = purchase + operation, or left blank above its parts."""
    placed = {columns_[c]: t for c, t in zip(option, tokens, strict=True)}
    for basis in {b for b, _ in columns_}:
        own = {c: v for (b, c), v in placed.items() if b == basis}
        fleet = [own[c] for c in ("vehicle_purchase", "vehicle_operation") if c in own]
        if "vehicles" in own and 2 * abs(own["vehicles"] - sum(fleet)) > (len(fleet) + 1) * quantum_:
            return False
        parts = [own[c] for c in ("overseas_trips", "vehicles", "reception") if c in own]
        if "vehicles" not in own:
            parts += fleet
        printed = len(parts) + ("total" in own)
        if 2 * abs(own.get("total", 0) - sum(parts)) > printed * quantum_:
            return False
    return True


def ambiguity_notices(table: RawTable, key_of: Callable[[RawTable, Row], str]) -> list[Notice]:
    """E02, one per row: the figures whose column the arithmetic leaves open, with their candidates."""
    notices = []
    for row in table.rows:
        if not row.ambiguous:
            continue
        candidates = sorted({c for _, cs in row.ambiguous for c in cs})
        figures = ";".join(a.token for a, _ in row.ambiguous)
        label = row.name or {"budget": "预算数", "final": "决算数"}.get(row.code or "", row.code or "")
        notices.append(
            Notice(
                "E02",
                table.resource,
                f"{key_of(table, row)};column={'|'.join(candidates)}",
                f"“{label}”一行的 {figures.replace(';', '、')} 在文本中失去了列位置，按官方勾稽关系不能唯一确定属于哪一栏，相应单元格留空。",
                f"The figures {figures.replace(';', ', ')} of '{label}' lost their columns in the text dump; the official"
                " arithmetic leaves more than one place, so the cells are left null.",
                figures,
                row.page,
                row.line,
            )
        )
    return notices


assert set(LAYOUTS) <= set(TABLE_NUMBERS)
