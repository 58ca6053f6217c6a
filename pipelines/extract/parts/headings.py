"""Where the parts of a report begin and end: by their headings, never by the contents page.

A heading is a short line with an ordinal (第一部分, 一、, （一）, 1.) or a page's title, made of the words
that the official templates use. A contents page has the same headings and nothing under them, so of several
headings of one kind the one with the most text under it is taken. Not for reading what a section says.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pipelines.extract.parts.lines import TextLine
from pipelines.extract.result import Kind
from pipelines.extract.titles import parse_title

NUMERAL = "一二三四五六七八九十"
SCHEMES = ("part", "article", "numeral", "numeral_brackets", "figure", "figure_brackets")
"""Ordinals from the outermost to the innermost."""

_ORDINAL = re.compile(
    rf"第(?P<part>[{NUMERAL}\d]{{1,3}})(?:部分|章)[:：、.．]?"
    rf"|第(?P<article>[{NUMERAL}百]{{1,4}})条[:：]?"
    rf"|(?P<numeral>[{NUMERAL}]{{1,3}})[、.．:：,，]"
    rf"|[（(](?P<numeral_brackets>[{NUMERAL}]{{1,3}})[）)][、.．]?"
    r"|(?P<figure>\d{1,2})(?:[、．](?!\d)|[.](?!\d)|[）)])"
    r"|[（(](?P<figure_brackets>\d{1,2})[）)][、.．]?"
)
_LEADERS = re.compile(r"(?:\.{3,}|[…·。]{3,}|-{4,}|_{3,})\d*$")
_MENTION = re.compile(r"(?:[见至和及在与或从按照的，、“《（(]|详见|参见|附件|包括)$")
_NO_HEADING = re.compile(r"[。；，！？,;!?]")

_YEAR = r"(?:(?:20\d\d|[二〇○零一二三四五六七八九]{4}|[XＸ×]{2,4})年?度?)?"
_BODY = (
    r"(?:部门|单位|机构|机关|本级|本部门|本单位|我局|我单位|预算|决算|预决算|年度|本年度?|全年|区级|市级)*"
)
_DUTIES = (
    r"(?:主要|基本|工作|部门|单位|机构|机关|法定)*(?:职能|职责)(?:职责|职能|任务|配置)?"
    r"(?:简介|概述|概况|情况|介绍|说明)?"
)
_INSTITUTIONS = (
    r"(?:所属|下属|部门|单位|机构|预算|决算|预决算|二级|内部|编报|汇编|编制)*(?:单位|部门|机构|决算|预算|组织|范围)"
    r"(?:构成|组成|设置|范围|名单|名录|基本)(?:情况|说明|及范围)?|(?:所属|下属)(?:二级)?(?:预算)?单位(?:情况)?"
)
_STAFFING = (
    r"(?:部门|单位|机构|现有|实有|编制|机构编制|编制内)*人员(?:编制)?(?:构成|组成|情况|编制|概况|状况|配备|数|基本情况)(?:情况|说明)?"
    r"|(?:部门|单位|机构|人员)*编制(?:人数|情况|人数情况|配备情况)|编制(?:及|和|与|、)(?:实有|在职)?(?:人员|人数)(?:情况|构成)?"
)
_GLOSSARY = (
    r"(?:专业|专用|专有|相关|有关|部分|主要|本部门|专业性较强的?|部门决算|部门预算)*名词的?(?:解释|释义|说明)"
)
_TASKS = (
    r"(?:重点|主要)工作(?:任务|事项|目标)?(?:及目标)?的?(?:完成|开展|落实|进展|推进)?(?:情况)?(?:说明|表)?"
)
_GOALS = (
    r"(?:重点|主要|年度|总体)*(?:工作目标|工作任务|主要任务|工作要点|工作安排|重点工作|主要工作|工作计划|目标任务)"
    r"(?:(?:及|和|与|、|以及)(?:主要|重点|工作|年度)*(?:任务|目标|工作|举措|措施))?(?:安排|情况)?"
)
_CHECKLIST = r".{0,30}(?:自查|检查)(?:情况)?表"
_VOCABULARY = (
    ("duties", re.compile(_DUTIES)),
    ("glossary", re.compile(_GLOSSARY)),
    ("checklist", re.compile(_CHECKLIST)),
    ("institutions", re.compile(_INSTITUTIONS)),
    ("staffing", re.compile(_STAFFING)),
    ("tasks", re.compile(rf"{_TASKS}|{_GOALS}")),
)
_HINT = re.compile(r"职能|职责|名词|人员|编制|单位|机构|构成|组成|工作|任务|[自检]查|范围")
_AND = re.compile(r"(?:以及|[、及和与])")
_INSTITUTION_END = (
    "局|委|委员会|厅|办公室|办|中心|院|所|站|校|学校|大学|医院|馆|处|队|政府|街道|镇|乡|会|法院|检察院|集团|库|社|台|园"
    "|党校|机关|本级|部门|单位"
)
_WHO = re.compile(rf"[\u4e00-\u9fff（）()·A-ZＸ×]{{2,40}}(?:{_INSTITUTION_END})(?:[（(]本级[）)])?")
_VERBS = re.compile(
    r"履行|贯彻|发挥|转变|承担|按照|负责|围绕|根据|落实|加强|推进|服务于|依据|行使|划分|调整|优化|监督"
)
_PAGE_TITLE = re.compile(
    r"[\u4e00-\u9fff（）()·0-9“”]{0,40}"
    r"(?:编制说明|情况说明|情况的说明|(?:预算|决算)(?:公开)?表|(?:预算|决算)公开|自评表|评价报告|申报表|目标表)"
)
_ANNEX = re.compile(r"附[件表录]\s*[\d一二三四五六七八九十]{0,2}[:：]?.{0,30}")
_HEADISH_END = re.compile(
    r"(?:情况|说明|安排|构成|设置|目标|任务|[总明细]表|表|解释|概况|附件|事项|预算|决算|管理|职能|职责|经费|采购|资产|机构|人员|信息|绩效|成效)$"
)


@dataclass(slots=True, frozen=True)
class Heading:
    """A line that opens a section. ``kinds`` are the resources it announces (often none)."""

    index: int
    scheme: str | None
    number: int | None
    core: str
    kinds: frozenset[str]
    rest: str = ""
    """What follows on the heading's own line (三、人员构成：编制人数…)."""


@dataclass(slots=True, frozen=True)
class Section:
    """The lines under one heading."""

    heading: Heading
    line: TextLine
    content: tuple[TextLine, ...]

    @property
    def weight(self) -> int:
        """How much stands under the heading; a table counts as a page of text."""
        return sum(len(ln.bare) if ln.grid is None else 40 * ln.grid.n_rows for ln in self.content)


def number_of(text: str) -> int:
    """``十二`` → 12, ``7`` → 7; 0 for anything else."""
    if text.isdigit():
        return int(text)
    tens, ten, units = text.rpartition("十")
    values = {c: i for i, c in enumerate(NUMERAL[:9], start=1)}
    if not ten:
        return values.get(text, 0)
    return 10 * (values.get(tens, 0) if tens else 1) + (values.get(units, 0) if units else 0)


def ordinal(text: str) -> tuple[str, int, str] | None:
    """(scheme, number, rest) of a line that begins with an ordinal."""
    match = _ORDINAL.match(text)
    if not match or match.lastgroup is None:
        return None
    return match.lastgroup, number_of(match.group(match.lastgroup)), text[match.end() :]


def kinds_of(core: str, alone: bool, report_kind: Kind) -> frozenset[str]:
    """What a heading announces. ``alone``: it has no ordinal, so the words must be nothing but a title."""
    if not _HINT.search(core):
        return frozenset()
    core = re.sub(r"[（(][^（）()]*[）)]?$|[:：。]$", "", core)
    core = re.sub(rf"^{_YEAR}", "", core)
    if not 2 <= len(core) <= 45 or _NO_HEADING.search(core):
        return frozenset()
    found = _kinds(core)
    if not found:
        found = _kinds(re.sub(rf"^{_BODY}", "", core))
    if not found:
        found = _after_institution(core)
    if alone and (len(core) < 4 or (found & {"staffing", "tasks"} and len(core) < 6)):
        return frozenset()
    return frozenset(_by_kind(k, report_kind) for k in found)


def _after_institution(core: str) -> set[str]:
    """``某某市某某局主要职能``: the words after the name of the institution."""
    for cut in range(len(core) - 2, 3, -1):
        who = core[:cut]
        if _WHO.fullmatch(who) and not _VERBS.search(who):
            rest = re.sub(rf"^的?{_YEAR}", "", core[cut:])
            if found := _kinds(rest) or _kinds(re.sub(rf"^{_BODY}", "", rest)):
                return found
    return set()


def _by_kind(kind: str, report_kind: Kind) -> str:
    if kind != "tasks":
        return kind
    return "key_tasks" if report_kind == "final" else "annual_goals"


def _kinds(core: str) -> set[str]:
    for name, pattern in _VOCABULARY:
        if pattern.fullmatch(core):
            return {name}
    pieces = _AND.split(core)
    if len(pieces) < 2:
        return set()
    found: set[str] = set()
    for piece in pieces:
        forms = (piece, re.sub(rf"^{_BODY}", "", piece))
        own = next((name for name, pattern in _VOCABULARY if any(pattern.fullmatch(f) for f in forms)), None)
        if own is None:
            return set()
        found.add(own)
    return found


def headings(lines: Sequence[TextLine], report_kind: Kind) -> list[Heading]:
    """Every heading among the lines, those of contents pages too."""
    found: list[Heading] = []
    for index, line in enumerate(lines):
        if line.grid is not None or _LEADERS.search(line.bare):
            continue
        before = lines[index - 1].bare if index else ""
        marked = ordinal(line.bare)
        if len(line.bare) > 60:
            if marked and marked[0] != "article" and (run_on := _run_on(index, *marked, report_kind)):
                found.append(run_on)
            continue
        if marked is not None:
            scheme, number, core = marked
            if scheme == "part":
                heading = _part(lines, index, number, core, before, report_kind)
                if heading:
                    found.append(heading)
                continue
            if scheme == "article" or not core:
                continue
            if run_on := _run_on(index, scheme, number, core, report_kind):
                found.append(run_on)
                continue
            if _NO_HEADING.search(core[:-1]):
                continue
            kinds = kinds_of(core, False, report_kind)
            if kinds or _HEADISH_END.search(core.rstrip("：:。")):
                found.append(Heading(index, scheme, number, core, kinds))
            continue
        if before and _MENTION.search(before):
            continue
        kinds = kinds_of(line.bare, True, report_kind)
        if kinds and _may_stand_alone(line, before):
            found.append(Heading(index, None, None, line.bare, kinds))
        elif _PAGE_TITLE.fullmatch(line.bare) or _ANNEX.fullmatch(line.bare) or _official_title(line.bare):
            found.append(Heading(index, None, None, line.bare, frozenset()))
    return found


def _run_on(index: int, scheme: str, number: int, core: str, report_kind: Kind) -> Heading | None:
    """A heading whose text goes on in the same line; a term and its definition look alike and are none."""
    title, stop, rest = re.match(r"([^：:。]*)([：:。]?)(.*)", core).groups()  # type: ignore[union-attr]
    if not stop or not rest or rest.startswith(("指", "是指", "反映")):
        return None
    kinds = kinds_of(title, False, report_kind) & {"duties", "institutions", "staffing"}
    return Heading(index, scheme, number, title, kinds, rest) if kinds else None


def _part(
    lines: Sequence[TextLine], index: int, number: int, core: str, before: str, report_kind: Kind
) -> Heading | None:
    if (
        _MENTION.search(before)
        or _NO_HEADING.search(core)
        or core.startswith(("所", "的", "中", "内容", "附件二"))
    ):
        return None
    if not core and index + 1 < len(lines):  # 第五部分 / 名词解释 on two lines
        core = lines[index + 1].bare
    return Heading(index, "part", number, core, kinds_of(core, False, report_kind))


def _may_stand_alone(line: TextLine, before: str) -> bool:
    """A title without an ordinal: not the rest of a sentence that happens to wrap before 主要职责."""
    if line.bare.endswith(("。", "，")):
        return False
    return not before or (
        line.bare.endswith(("：", ":")) is False and (before[-1] in "。；：！.:;）)表」" or len(before) <= 30)
    )


def _official_title(bare: str) -> bool:
    return bare.rstrip("）)")[-1:] == "表" and parse_title(bare) is not None


def sections(lines: Sequence[TextLine], report_kind: Kind) -> dict[str, list[Section]]:
    """Sections by kind, the fullest first."""
    opened = headings(lines, report_kind)
    found: dict[str, list[Section]] = {}
    for position, heading in enumerate(opened):
        if not heading.kinds:
            continue
        end = next((h.index for h in opened[position + 1 :] if _ends(heading, h)), len(lines))
        start = heading.index + 1
        if heading.scheme == "part" and start < len(lines) and lines[start].bare == heading.core:
            start += 1
        line = lines[heading.index]
        content = lines[start:end]
        if heading.rest:
            content = [replace(line, text=heading.rest, bare=heading.rest), *content]
        section = Section(heading, line, tuple(content))
        if section.weight:
            for kind in heading.kinds:
                found.setdefault(kind, []).append(section)
    for candidates in found.values():
        candidates.sort(key=lambda s: s.weight, reverse=True)
    return found


def _inside(open_: Heading, other: Heading) -> bool:
    if open_.scheme is None or other.scheme is None:
        return False
    return SCHEMES.index(other.scheme) > SCHEMES.index(open_.scheme)


def _ends(open_: Heading, other: Heading) -> bool:
    """Whether ``other`` ends the section that ``open_`` began."""
    if other.scheme == "part" or (other.scheme is None and not other.kinds):
        # A form of performance in the annex, a table's title, a statement's title: always something else.
        return True
    if other.kinds:
        if other.kinds == open_.kinds == {"staffing"} and _inside(open_, other):
            return False  # 人员构成 in two parts: （一）编制情况 （二）人员情况
        # Inside a part, a line of a table's cell may read like a title; a numbered heading does not.
        return (
            other.scheme is not None
            or open_.scheme != "part"
            or bool(other.kinds & {"glossary", "checklist"})
        )
    if open_.scheme is None:
        return False
    rank, other_rank = SCHEMES.index(open_.scheme), SCHEMES.index(other.scheme or "part")
    if other_rank < rank:
        return True
    return other_rank == rank and other.number == (open_.number or 0) + 1


__all__ = ["Heading", "Section", "headings", "kinds_of", "number_of", "ordinal", "sections"]
