"""人员构成: head counts by measure (编制, 在职实有, 离退休) and category, from sentences or a table.

A count is published under the measure and category that its own words name (行政编制, 参照公务员法管理…).
Within a sentence the measure is that of the total it breaks down. A count that fits no category (新招, 编外)
is not published and a notice names it. Nothing is added up.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from pipelines.documents.model import Grid
from pipelines.extract.parts.duties import Record, prose
from pipelines.extract.parts.headings import Section
from pipelines.extract.parts.lines import Joined, joined
from pipelines.extract.result import Notice
from pipelines.personal.contacts import Privacy

CODE = "E12"

_MAX_DIGITS = 9
_NUMBER = re.compile(r"(?<![\d.])(?P<n>\d{1,3}(?:,\d{3})+|\d+)(?!\d|[.,]\d)(?P<unit>人|名|个)?")
_AFTER = {
    "人": re.compile(r"(?![员才力事大民社工次均以口])"),
    "名": re.compile(r"(?=$|[，,。；;、）)（(]|其中|另|实有|在职|在编|离|退)"),
    "个": re.compile(r"(?=$|[，,。；;、）)（(]|其中|另|实有|在职|在编|离|退)"),
    "": re.compile(r"(?=$|[，,。；;、）)（(]|其中)"),
}
_COUNTED = re.compile(r"编制|人数|实有|在职|退休|离休|在编")
_OTHER_UNIT = re.compile(r"年|月|日|%|家|项|辆|万|元|所|科|级|号|届|岁|条|件|次|天")
_NONE = re.compile(
    r"(?:无|没有)(?P<a>离退休|离休|退休)(?:人员|干部|职工|老干部)?(?=$|[，,。；;、）)])"
    r"|(?P<b>离退休|离休|退休)(?:人员|干部|职工)?(?:[：:]|为)?无(?=$|[，,。；;、）)])"
)
_PART_OF_BODY = re.compile(
    r"(?<![及和与])(?:下属|所属|局属|委属|二级单位|局机关|委机关|厅机关|局本级|委本级|机关本级)"
)
_OUTSIDE = re.compile(
    r"空编|缺编|超编|领导|职数|局长|主任|书记|科级|处级|新招|新增|新进|调入|调出|招考|招录|选调|减少|增加|遗属|临聘|临时|聘用|编外|劳务"
    r"|合同|借调|挂职|公益性?岗位|协管|辅助|辅警|三支一扶|内退|死亡|去世|抚恤|学生|教师|其他人员|空缺|未满编|内设"
)
_WORDS = {
    "retired": re.compile(r"离休|退休"),
    "in_post": re.compile(r"实有|在职|在岗|现有(?!.*编制)|在编(?!制)|实际"),
    "authorised": re.compile(r"编制|核定|定编|编数"),
}
_BARE_IN_POST = re.compile(r"(?:实有|实际|现有)(?:人数)?")
_CATEGORIES = (
    ("worker", re.compile(r"工勤|机关工人|工人")),
    ("quota", re.compile(r"员额|雇员")),
    ("civil_service_managed", re.compile(r"参照|参公")),
    ("honorary_retired", re.compile(r"(?<!退)离休")),
    ("ordinary_retired", re.compile(r"退休")),
    ("administrative", re.compile(r"行政(?!区)|公务员|政法专项")),
    ("institutional", re.compile(r"事业")),
)


@dataclass(slots=True)
class Counts:
    """The head counts found so far, and what could not be published."""

    records: dict[tuple[str, str], Record] = field(default_factory=dict)
    left: list[tuple[str, int | None, int]] = field(default_factory=list)

    def add(self, measure: str, category: str, count: int, label: str, place: tuple[int | None, int]) -> None:
        known = self.records.setdefault(
            (measure, category),
            {
                "measure": measure,
                "category": category,
                "headcount": count,
                "page": place[0],
                "line": place[1],
            },
        )
        if known["headcount"] != count:
            self.left.append((f"{label}{count}", *place))
_LABEL = 300
"""Characters before a number among which the words that name it stand."""


def staffing(section: Section, privacy: Privacy, fallback: bool = False) -> tuple[list[Record], list[Notice]]:
    """Rows of ``staffing`` and a notice on what was left out. ``fallback``: a section not about staff."""
    counts = Counts()
    for line in section.content:
        if line.grid is not None:
            _of_grid(line.grid, line.page, counts)
    _of_sentences(joined(prose(section, "staffing", privacy)), counts)
    if fallback:
        if not {("authorised", "total"), ("in_post", "total")} & set(counts.records):
            return [], []
        counts.left.clear()
    return list(counts.records.values()), _notice(counts.left)


def _notice(left: list[tuple[str, int | None, int]]) -> list[Notice]:
    if not left:
        return []
    shown = "、".join(text for text, _, _ in left)
    _, page, line = left[0]
    return [
        Notice(
            CODE, "staffing", "headcount",
            f"人员情况中有 {len(left)} 个人数不属于编制、在职、离退休的各类别，或与已列人数不一，"
            f"未列入数据：{shown}。",
            f"{len(left)} head counts fit no category of staff or repeat one with another value, and are not"
            f" published: {shown}.",
            shown, page, line,
        )
    ]  # fmt: skip


# --- sentences ------------------------------------------------------------------------------------------


def _of_sentences(whole: Joined, counts: Counts) -> None:
    text = whole.text
    measure: str | None = None
    nested = part = False
    beside: str | None = None
    end = 0
    for match in _NUMBER.finditer(text):
        gap = text[end : match.start()]
        if not _is_count(text, match, gap):
            continue
        end = match.end()
        stop = gap.rfind("。")
        if stop >= 0:
            beside = None
            nested = "其中" in gap[stop:]
            measure = measure if nested else None
        nested = nested or bool(re.search(r"其中|分为|包括|[（(]", gap[stop + 1 :]))
        label = _label(gap)
        # 局机关编制20人，实有18人；…: what follows counts the same part of the body.
        part = bool(_PART_OF_BODY.search(label)) or (part and not re.search(r"[。；;]", gap))
        found = None if part or len(match["n"]) > _MAX_DIGITS else _classify(label, measure, nested)
        if found == ("in_post", "total") and _BARE_IN_POST.fullmatch(label) and beside and not nested:
            found = ("in_post", beside)  # 行政编制20人，实际18人
        if found is None:
            counts.left.append((f"{label}{match['n']}", *whole.place(match.start())))
            continue
        own, category = found
        beside = category if own == "authorised" and category != "total" and "。" not in gap else None
        if category == "total" or measure is None or not nested:
            measure = own
            nested = nested and category != "total"
        counts.add(own, category, int(match["n"].replace(",", "")), label, whole.place(match.start()))
    for match in _NONE.finditer(text):
        word = match["a"] or match["b"]
        category = {"离退休": "total", "离休": "honorary_retired", "退休": "ordinary_retired"}[word]
        counts.records.setdefault(
            ("retired", category),
            {
                "measure": "retired", "category": category, "headcount": 0,
                "page": whole.place(match.start())[0], "line": whole.place(match.start())[1],
            },
        )  # fmt: skip


def _is_count(text: str, match: re.Match[str], gap: str) -> bool:
    rest = text[match.end() :]
    unit = match["unit"] or ""
    if not unit and (_OTHER_UNIT.match(rest) or not _COUNTED.search(_label(gap))):
        return False
    if unit == "个" and not _COUNTED.search(_label(gap)):
        return False
    return bool(_AFTER[unit].match(rest))


def _label(gap: str) -> str:
    """The words that name a count: what stands between it and the punctuation before it."""
    gap = re.sub(r"[（(][^（）()]*[）)]", "", gap[-_LABEL:])
    piece = re.split(r"[，,。；;、（()）]", gap)[-1]
    before, _, after = piece.rpartition("：") if "：" in piece else piece.rpartition(":")
    label = after or before
    label = re.sub(r"^.*(?:其中|分为|包括)[:：]?", "", label)
    label = re.sub(r"^.*20\d\d年(?:末|底|\d{1,2}月)?", "", label)
    return re.sub(r"(?:合计|共计|总计|共有|共|为|是|(?<![实现])有)$", "", label)


def _classify(label: str, measure: str | None, nested: bool) -> tuple[str, str] | None:
    """(measure, category) of a count, or None where its words do not say."""
    if not label or _OUTSIDE.search(label):
        return None
    named = next((m for m, pattern in _WORDS.items() if pattern.search(label)), None)
    category = _category(label)
    if category == "total":
        return (named, "total") if named else None
    if category in ("honorary_retired", "ordinary_retired"):
        return "retired", category
    # 在职实有24人，其中：行政编制6人: the words after 其中 name the kind of post, not the measure.
    if named is None or (named == "authorised" and nested and measure == "in_post"):
        named = measure or ("authorised" if "编" in label else None)
    if named is None or named == "retired":
        return None
    return named, category


def _category(label: str) -> str:
    if "离退休" in label or ("行政" in label and "事业" in label):
        return "total"
    return next((name for name, pattern in _CATEGORIES if pattern.search(label)), "total")


# --- tables ---------------------------------------------------------------------------------------------


def _of_grid(grid: Grid, page: int | None, counts: Counts) -> None:
    """A table of head counts: the words above and to the left of a number name it together."""
    listed = any(re.search(r"单位名称|机构名称", cell.text) for cell in grid.cells)
    for cell in grid.cells:
        number = re.fullmatch(r"(\d{1,5})人?", cell.text.strip())
        if not number:
            continue
        above = [c.text for c in grid.cells if c.row1 < cell.row0 and c.col0 <= cell.col0 <= c.col1]
        beside = [c.text for c in grid.cells if c.col1 < cell.col0 and c.row0 <= cell.row0 <= c.row1]
        words = [t for t in [*above, *beside] if t and not re.fullmatch(r"[\d,.]+人?", t)]
        if listed and not any(re.fullmatch(r"合计|总计", t) for t in beside):
            continue
        label = "".join(words)
        found = None if _PART_OF_BODY.search(label) else _classify(label, None, False)
        if found:
            counts.add(*found, int(number.group(1)), label, (page, cell.line_number or 1))
