"""Pages → passages: the running text of each section of the 情况说明, every character with its place.

Lines are joined without blanks (Chinese wraps anywhere, also inside a number or its unit). A line break stays
in the text as ``\\n`` only where a new paragraph surely begins. Page numbers, running heads, captions and the
labels of charts are left out, and so is whatever stands inside a ruled table.

This module knows headings, not sentences: what a section's text says is read in ``reading``.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field

from pipelines.documents.model import Document
from pipelines.extract.narrative.grammar import HEADINGS, Headings
from pipelines.extract.narrative.lines import Piece, Place
from pipelines.extract.narrative.lines import pieces as lines_of
from pipelines.extract.titles import parse_title


@dataclass(slots=True)
class Passage:
    """The text under one heading. ``part`` says which part of a section it is (``overall``, ``items``...)."""

    section: str
    part: str
    heading: str
    text: str = ""
    starts: list[int] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)

    def place(self, offset: int) -> Place:
        """Page and line of the character at ``offset``."""
        return self.places[bisect_right(self.starts, offset) - 1]

    def add(self, text: str, place: Place, new_paragraph: bool) -> None:
        if self.text and new_paragraph and not self.text.endswith("\n"):
            self.text += "\n"
        self.starts.append(len(self.text))
        self.places.append(place)
        self.text += text


_NUMERAL = "一二三四五六七八九十"
_PART = re.compile(rf"第[{_NUMERAL}\d]{{1,2}}部分[:：、]?(?P<name>.*)")
_TOP = re.compile(rf"(?P<mark>[{_NUMERAL}]{{1,3}}[、.．:：])(?P<name>.+)")
_SUB = re.compile(rf"(?P<mark>[（(][{_NUMERAL}]{{1,3}}[）)][、.．]?)(?P<name>.+)")
_THIRD = re.compile(r"(?P<mark>(?:\d{1,2}[.．、]+|[（(]\d{1,2}[）)])(?=\D|2\d{4}(?:\d\d)?(?![\d.．])))(?P<name>.+)")
_MARKER = re.compile(
    rf"[{_NUMERAL}]{{1,3}}[、.．]|[（(][{_NUMERAL}]{{1,3}}[）)]|\d{{1,2}}[.．、]+(?=\D)|[（(]\d{{1,2}}[）)](?=[^）)])|[①-⑳]"
)
_LEADERS = re.compile(r"(?:\.{3,}|…{2,}|·{3,}|。{3,})")
_CAPTION = re.compile(r"(?:附?图\d{1,2}[-\d]*[:：、.]?[^，。；]{0,40}|[^，。；\d]{2,30}(?:变动|结构|构成|情况|占比|对比|分布|比例|示意)图(?:[（(]单位[:：]?\S{1,4}[）)])?)")
_TABLE_CAPTION = re.compile(r"[^，。；]{2,40}表[（(]?(?:金额)?单位[:：]?(?:万元|元)[）)]?|(?:项目|科目|类别|功能分类)(?:金额|占比|比重|决算数|预算数|比例|万元|[（(]%?[）)])+")
_HEADING_REST = re.compile(r"(?:总体|具体|决算|预算|支出)?(?:体?情况?说?明?|况说?明?|说?明)[。：]?")
_SENTENCE_END = ("。", "；", "：", ";", ":", "，", "、")
_ENDING = re.compile(r"(?:情况|说明|经费|支出|占用|使用|预算|决算|安排|收入|采购|服务|绩效|评价|目标|原因|变化|变动|[）)]|费)$")
_CLOSING = re.compile(r"(?:情况|说明|表|解释|事项|职能|职责|概况|任务|目标|工作|结果|构成|机构|人员|附件|问题|建议|措施|原因|变化|变动)$")
_FORM = re.compile(r"(?:自评|绩效|目标|评价|评分|申报)表$")
_YEAR = re.compile(r"20\d\d(?:[-—~至]20\d\d)?年?度?")
_FIGURE = re.compile(r"\d")
_LABEL_LENGTH = 26
_LABELS_BACK = 40


def find_passages(document: Document) -> list[Passage]:
    """The passages of the narrative in the order of the document; sections that are not ours are left out."""
    walker = _Walker(HEADINGS)
    pieces = list(lines_of(document))
    for index, piece in enumerate(pieces):
        following = pieces[index + 1] if index + 1 < len(pieces) else None
        walker.take(piece, following)
    walker.finish()
    return [p for p in walker.passages if p.text]


# --- sections ------------------------------------------------------------------------------------------------


class _Walker:
    """Goes through the lines once and knows in which part, section and sub-section it stands."""

    def __init__(self, headings: Headings) -> None:
        self.headings = headings
        self.passages: list[Passage] = []
        self.current: Passage | None = None
        self.top: str | None = None
        """The section of the last heading 一、二、三、; sub-headings may leave it for another."""
        self.middle: str | None = None
        """The section of the last （一）（二）: 1. 2. leave only a container."""
        self.state = "unknown"
        """narrative | tables | closed | unknown: what the last 第…部分 announced."""
        self.held: list[Piece] = []
        """Lines since the last complete sentence: the labels of a chart turn out to be such only at its caption."""
        self.skip_rest = False
        self.in_table = False

    def take(self, piece: Piece, following: Piece | None) -> None:
        text = piece.text
        if _LEADERS.search(text):
            return  # a line of the contents page
        if self.skip_rest and _HEADING_REST.fullmatch(text):
            return
        rest = self._heading(piece, following)
        if rest is not None:
            self.skip_rest, self.in_table = True, False
            if rest:
                self.skip_rest = False
                self._body(Piece(rest, piece.place, True, ()))
            return
        self.skip_rest = False
        self._body(piece)

    def finish(self) -> None:
        self._flush()

    def _open(self, section: str | None, part: str, heading: str) -> None:
        self._flush()
        self.current = None
        if section is not None:
            self.current = Passage(section, part, heading)
            self.passages.append(self.current)

    def _flush(self) -> None:
        if self.current is not None:
            for piece in self.held:
                self._add(piece)
        self.held.clear()

    def _add(self, piece: Piece) -> None:
        passage = self.current
        assert passage is not None
        text = passage.text
        ended = not text or text[-1] in "。；：:;"
        # 一、\n二、三季度的补贴: a line inside a sentence can begin like a heading.
        marked = bool(_MARKER.match(piece.text)) and not (text.endswith(("，", "、")) and _TOP.match(piece.text))
        fresh = marked or (piece.indented and ended)
        passage.add(piece.text, piece.place, fresh)
        if marked and len(piece.text) <= 40 and _strict(piece.text) and not re.search(r"[，。；：]", piece.text):
            passage.text += "\n"  # a heading of its own

    def _body(self, piece: Piece) -> None:
        if self.current is None:
            return
        text = piece.text
        if _TABLE_CAPTION.fullmatch(text):
            self.in_table = True
            return
        if self.in_table:
            if len(piece.cells) > 1 and not re.search(r"[，。；：]", text):
                return
            self.in_table = False
        if len(text) <= 44 and _CAPTION.fullmatch(text):
            self._drop_labels()
            return
        self.held.append(piece)
        if text.endswith(("。", "；", "：", ":", ";")) or len(self.held) > _LABELS_BACK:
            self._flush()

    def _drop_labels(self) -> None:
        """Short lines between a complete sentence and a caption are the labels of the chart."""
        if all(len(p.text) <= _LABEL_LENGTH and not re.search(r"[，。；]", p.text) for p in self.held):
            self.held.clear()

    # -- headings --

    def _heading(self, piece: Piece, following: Piece | None) -> str | None:
        """None: no heading. Else the text after the heading on the same line."""
        text = piece.text
        if match := _PART.match(text):
            return self._part(match.group("name"), text, following)
        if match := _TOP.match(text):
            return self._numbered(match.group("mark"), match.group("name"), 1)
        if match := _SUB.match(text):
            return self._numbered(match.group("mark"), match.group("name"), 2)
        first = self.state == "narrative" and self.top is None
        if (first or (self.middle or self.top) in self.headings.containers) and (match := _THIRD.match(text)):
            return self._numbered(match.group("mark"), match.group("name"), 3)
        return self._bare(text)

    def _part(self, name: str, text: str, following: Piece | None) -> str | None:
        if re.search(r"[，。；]", name):
            return None  # 详见第六部分附件……
        if following is not None and not (_MARKER.match(following.text) or _PART.match(following.text)):
            name += following.text
        self.top = self.middle = None
        if self.headings.closing_part.search(name):
            self.state = "closed"
        elif re.search(r"说明|安排", name):
            self.state = "narrative"
        elif "表" in name:
            self.state = "tables"
        else:
            self.state = "unknown"
        # Sentences can follow at once, before any heading of their own.
        self._open(self.headings.title_section if self.state == "narrative" else None, "", text)
        return ""

    def _numbered(self, mark: str, name: str, level: int) -> str | None:
        if level == 1:
            before, self.middle = self.middle, None
            rest = self._read(mark, name, level)
            if rest is None:
                self.middle = before
            return rest
        return self._read(mark, name, level)

    def _read(self, mark: str, name: str, level: int) -> str | None:
        head, stop, rest = _head_of(name)
        if len(head) > 44 or re.search(r"[，；]|万元|[%％]", head):
            return None
        plain = _YEAR.sub("", head)
        if _FIGURE.search(re.sub(r"\d{1,3}$", "", plain)):
            return None
        plain = re.sub(r"\d{1,3}$", "", plain)  # the page number of a contents line
        section = self.headings.section_of(plain)
        if level == 1:
            return self._top(mark, plain, section, rest, stop)
        return self._sub(mark, plain, section, rest, stop, level)

    def _top(self, mark: str, plain: str, section: str | None, rest: str, stop: str) -> str | None:
        if self.headings.closing.search(plain) and section is None:
            self.top = None
            self._open(None, "", mark + plain)
            return ""
        if section is None:
            if not _CLOSING.search(plain) or stop == "：":
                return None
            if self.headings.title.search(plain) and not plain.endswith("表") and self.state != "closed":
                # 二、单位决算情况说明: the narrative itself, its sections are （一）（二）（三）.
                self.state, self.top = "narrative", self.headings.title_section
                self._open(self.top, "", mark + plain)
                return rest
            inside = self.state == "narrative" and self.top is not None and not plain.endswith("表")
            self.top = "other" if inside else None
            self._open(self.top, "", mark + plain)
            return rest
        if plain.endswith("表") or self.state == "closed":
            self.top = None
            self._open(None, "", mark + plain)
            return ""
        if not _ENDING.search(plain) or (self.state != "narrative" and self.top is None and not _strict(plain)):
            return None
        self.top = section
        self._open(section, self.headings.part_of(section, plain), mark + plain)
        return rest

    def _sub(self, mark: str, plain: str, section: str | None, rest: str, stop: str, level: int) -> str | None:
        if self.top is None or (self.current is None and self.top != "performance"):
            if self.state == "narrative" and section is not None and _ENDING.search(plain):
                # （一）（二） right under the part: sections side by side.
                self.top = section if level == 3 else self.headings.title_section
                self.middle = section if level == 2 else self.middle
                self._open(section, self.headings.part_of(section, plain), mark + plain)
                return rest
            return None
        if level == 3 and not re.search(r"(?:情况|说明)$", plain):
            return None
        here = self.current.section if self.current is not None else self.top
        if not self._may_enter(section) or not _ENDING.search(plain):
            part = self.headings.part_of(here, plain)
            own_line = not rest and not stop and level == 2 and self.current is not None and _strict(plain)
            if not own_line and (not part or (not re.search(r"(?:情况|说明|结果|分析|评价)$", plain) and stop != "。")):
                return None
            if self.current is None and self.headings.silent(here, part):
                return ""
            self._open(None if self.headings.silent(here, part) else here, part, mark + plain)
            return rest
        assert section is not None
        if level == 2:
            self.middle = section
        part = self.headings.part_of(section, plain)
        self._open(None if self.headings.silent(section, part) else section, part, mark + plain)
        return rest

    def _may_enter(self, section: str | None) -> bool:
        if section is None:
            return False
        if self.top in self.headings.containers:
            return True
        return section != self.top and self.top != "performance" and section in self.headings.anywhere

    def _bare(self, text: str) -> str | None:
        """Headings without a number: 其他相关情况说明, the title of a table, 名词解释."""
        if len(text) > 44 or text[-1] not in "明况表释责能置件" or re.search(r"[，。；：]", text):
            return None
        plain = _YEAR.sub("", text)
        if _FIGURE.search(plain):
            return None
        if _FORM.search(text) and self.top == "performance" and len(text) <= 34:
            self._open(None, "", text)
            return ""
        if text.endswith("表"):
            if (self.current is None and self.state != "narrative") or parse_title(text) is None:
                return None
            self.top = None
            self._open(None, "", text)
            return ""
        if not re.search(r"(?:说明|名词解释|主要职责|主要职能|机构设置|附件)$", plain):
            return None
        section = self.headings.section_of(plain) if plain.endswith("说明") else None
        if self.state == "closed" and not self.headings.title.search(plain):
            return None
        if self.headings.title.search(plain):
            self.state = "narrative"
            section = section or self.headings.title_section
        elif section is None and self.state == "narrative" and self.top is not None and len(plain) < 8:
            return None
        self.top = section
        self._open(section, "", text)
        return ""


def _head_of(name: str) -> tuple[str, str, str]:
    """(heading, the stop after it, the rest of the line)."""
    match = re.search(r"[。：:]", name)
    if match is None:
        return name, "", ""
    return name[: match.start()], "：" if match.group() in ":：" else "。", name[match.end() :]


def _strict(plain: str) -> bool:
    return bool(re.search(r"(?:情况|说明|安排)$", plain))


__all__ = ["Passage", "Place", "find_passages"]
