"""A dump's lines → the region of each official table: from its title (or its 部门/单位 line) to the next title or part.

Not for what the lines of a region say (``tokens``, ``rows``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from pipelines.documents.flow import is_page_mark
from pipelines.documents.model import Document, Line
from pipelines.documents.normalise import squeeze
from pipelines.extract.codes import functional_codes
from pipelines.extract.columns import is_header_text
from pipelines.extract.dump.cells import is_mark, one_cell_a_line, page_numbers, rows_of_cells
from pipelines.extract.dump.names import joined_codes
from pipelines.extract.titles import (
    OTHER,
    Title,
    any_title,
    is_known_other,
    is_number_mark,
    is_published_other,
    parse_owner,
    parse_title,
    parse_unit,
    printed_number,
)
from pipelines.forms import forms

_PART = re.compile(r"^第[一二三四五六七八九]部分|^[一二三四五六七八九十]+、.*情况(?:的)?说明")
_FIGURE = re.compile(r"\d\.\d")
_OTHER_TITLE = re.compile(r"(?:20\d\d年度?)?[^\d。；，：:《》]{6,50}(?:支出|收入|经费|资产|采购|预算|决算)[^\d。；，：:《》]{0,20}(?:信息|情况|明细|一览|统计)表")
"""Titles that say more than one thing: 机构运行经费支出、国有资产占用情况及政府采购支出信息表."""
_OTHER_CLASSES = re.compile(r"(?:20\d\d年度?)?.{0,20}政府预算(?:支出)?经济分类.{0,12}")
"""A title that does not end with 表: 一般公共预算基本支出（政府预算支出经济分类）."""
_YEAR = re.compile(r"^20\d\d年度?")
_PAGE = re.compile(r"[-—–]*\d{1,4}[-—–]*")
_LONE = re.compile(r"^\d{1,3}$")
_UNIT_LINE = re.compile(r"(?:金额|货币)?单位[:：](?:万元|元|千元)")
_NO_TITLE_BEGINS = re.compile(r"\d{2}\.\d|[。；]")
_TITLE_ENDS = re.compile(r".{0,8}表")
_HOLDS_ROWS = re.compile(r"栏次|科目编码|科目名称|行次|合计|总计|小计")


@dataclass(slots=True)
class DumpRegion:
    """The lines of one table: from its title (or its 部门/单位 line, where that comes first) to the next."""

    title: Title | None = None
    title_line: int | None = None
    unit: str | None = None
    has_unit_line: bool = False
    lines: list[Line] = field(default_factory=list)
    lone: set[int] = field(default_factory=set)
    """Lines of nothing but a small number, between blank lines."""


@dataclass(slots=True)
class Found:
    """The regions of a dump: one for each official table, and those of tables that are none of the nine."""

    official: list[DumpRegion]
    others: list[DumpRegion]
    owners: list[str]
    """Bodies that heads name."""
    announced: list[Title]
    """Titles without a table."""


def find_regions(document: Document) -> tuple[list[DumpRegion], list[str], list[Title]]:
    """Table regions, the owners that heads name, and the titles announced without a table."""
    found = find_all(document)
    return found.official, found.owners, found.announced


def find_all(document: Document) -> Found:
    """Every table of a dump."""
    cutter = _Cutter([ln for page in document.pages for ln in page.lines])
    regions = cutter.cut()
    paged = sum(is_mark(squeeze(line.text)) for line in cutter.lines) > 1
    of_pages = page_numbers(cutter.lines) if paged else set()
    for region in regions:
        _settle(region, paged, of_pages)
    announced = [r.title for r in regions if r.title is not None and r.title.resource != OTHER and not _holds_rows(r)]
    kept: dict[str, DumpRegion] = {}
    others: list[DumpRegion] = []
    for region in regions:
        if region.title is None or not _holds_rows(region):
            continue
        if region.title.resource == OTHER:
            others.append(region)
            continue
        known = kept.get(region.title.resource)
        if known is None or _figures(region) > _figures(known):
            kept[region.title.resource] = region
    official = sorted(kept.values(), key=lambda r: r.title_line or 0)
    return Found(official, [r for r in others if _is_listed(r)], cutter.owners, announced)


def _is_listed(region: DumpRegion) -> bool:
    """A table that the forms know to be none of the nine, with figures; no form that other rooms read."""
    title = region.title.text if region.title else ""
    return is_known_other(title) and is_published_other(title) and _figures(region) > 0


class _Cutter:
    """The lines while they are cut: the region that is open, and what was found so far."""

    def __init__(self, lines: list[Line]) -> None:
        self.lines = lines
        self.alone = _alone(lines)
        self.owners: list[str] = []
        self.regions: list[DumpRegion] = []
        self.current: DumpRegion | None = None

    def cut(self) -> list[DumpRegion]:
        skip = False
        for index, line in enumerate(self.lines):
            bare = squeeze(line.text)
            if skip or not bare:
                skip = False
                continue
            if is_page_mark(bare):
                self._mark(line)
                continue
            title, skip = self._title(index, bare)
            owner = parse_owner(line.text)
            if owner:
                self.owners.append(owner)
            if title is not None:
                self._begin(title, line.number)
            elif owner and parse_unit(line.text) or _UNIT_LINE.fullmatch(bare):
                self._head(parse_unit(line.text), index)
            elif _PART.match(bare):
                self.current = None
            elif self._ends_table(bare):
                self.current = DumpRegion(Title(OTHER, None, bare, None), line.number)
                self.regions.append(self.current)
            elif self.current is not None:
                self._body(self.current, index, bare)
        return self.regions

    def _title(self, index: int, bare: str) -> tuple[Title | None, bool]:
        """The title in a line, or in it and the next; and whether the next line is part of it."""
        title = parse_title(bare)
        if title is not None or index + 1 == len(self.lines) or len(bare) > 40 or _NO_TITLE_BEGINS.search(bare):
            return title, False
        following = squeeze(self.lines[index + 1].text)
        if not _TITLE_ENDS.match(following) or parse_title(following) or parse_unit(following):
            return None, False
        title = parse_title(bare + following)
        return title, title is not None

    def _ends_table(self, bare: str) -> bool:
        """The title of a table that is none of the nine ends the table before it."""
        if _FIGURE.search(bare):
            return False
        title = any_title(bare)
        if title is not None:
            return title.resource == OTHER
        return bool(_OTHER_CLASSES.fullmatch(bare) or _OTHER_TITLE.fullmatch(bare))

    def _mark(self, line: Line) -> None:
        """The mark of a page stays in its region, so that its numbers are accounted for."""
        if self.current is not None:
            self.current.lines.append(Line(line.number, line.text))

    def _begin(self, title: Title, number: int) -> None:
        if self.current is not None and self.current.title is None and self.current.has_unit_line:
            self.current.title, self.current.title_line = title, number
            return
        self.current = DumpRegion(title, number)
        self.regions.append(self.current)

    def _head(self, unit: str | None, index: int) -> None:
        if self.current is None or self.current.has_unit_line:
            self.current = DumpRegion(Title(OTHER, None, "", None)) if self._named_above(index) else DumpRegion()
            self.regions.append(self.current)
        self.current.has_unit_line = True
        self.current.unit = unit

    def _named_above(self, index: int) -> bool:
        """Words above a 单位 line that are no row, note or head: the name of a table that is none of the nine.

        A title that follows is then not this table's.
        """
        for line in reversed(self.lines[:index]):
            bare = _YEAR.sub("", squeeze(line.text))
            if bare and not is_page_mark(bare) and not _PAGE.fullmatch(bare) and not is_number_mark(bare):
                plain = not re.search(r"\d|[=＝。；：:]", bare) and not _PART.match(bare)
                return plain and 4 <= len(bare) <= 40 and not is_header_text(bare) and not functional_codes().named(bare)
        return False

    def _body(self, region: DumpRegion, index: int, bare: str) -> None:
        line = self.lines[index]
        if is_number_mark(bare):
            if region.title is not None and region.title.printed_no is None:
                t = region.title
                region.title = replace(t, printed_no=printed_number(bare))
        else:
            if _LONE.match(bare) and self.alone[index] and bare not in functional_codes().names:
                region.lone.add(line.number)
            region.lines.append(joined_codes(Line(line.number, _plain(line.text))))


def _settle(region: DumpRegion, paged: bool, of_pages: set[int]) -> None:
    """Rows from the cells of a dump that prints one a line; in others a small number on its own is a page's."""
    if region.title is not None and region.title.resource in forms() and one_cell_a_line(region.lines):
        lines = [line for line in region.lines if line.number not in of_pages]
        region.lines = rows_of_cells(lines, forms()[region.title.resource].rows, paged=paged)
    else:
        region.lines = [line for line in region.lines if line.number not in region.lone]


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


def _figures(region: DumpRegion) -> int:
    return sum(len(re.findall(r"\d\.\d", ln.text)) for ln in region.lines)


def _holds_rows(region: DumpRegion) -> bool:
    """A contents entry or an image heading has a title and no table below it."""
    text = "".join(squeeze(ln.text) for ln in region.lines)
    return bool(_HOLDS_ROWS.search(text)) and len(region.lines) >= 3
