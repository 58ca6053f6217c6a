"""预算单位构成: the bodies whose figures a report contains, from a table, a numbered list or a sentence.

内设机构 (a department's own offices) are no budget units and are not listed. Where the report says that it
holds only the body itself, that body is the one row.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipelines.documents.model import Grid
from pipelines.documents.normalise import squeeze
from pipelines.extract.parts.duties import Record, prose
from pipelines.extract.parts.headings import Section, ordinal
from pipelines.extract.parts.lines import TextLine, clean, join, width
from pipelines.extract.parts.lists import ListItem, joined_text, listing
from pipelines.personal.contacts import Privacy

_END = (
    r"(?:局|委员会|委|厅|办公室|办|中心|院|所|站|校|学校|大学|学院|医院|馆|处|大队|支队|总队|队|分局|政府|街道办事处|街道|镇|乡"
    r"|联合会|联社|会|总工会|法院|检察院|集团|公司|园|库|社|台|室|党校|党组|机关|基金会|幼儿园|小学|中学|段|署|苑|林场|农场|本部|本级)"
)
_INSTITUTION = re.compile(
    rf"[\u4e00-\u9fff·“”A-Za-z0-9（）()]{{1,60}}?{_END}(?:[（(][^（）()]{{1,12}}[）)])?"
)
_OWN_OFFICE = re.compile(r"(?:科|股|处室|科室)(?:[（(][^（）()]*[）)])?$")
_UNITS = re.compile(
    r"预算单位|决算单位|编制范围|编报范围|汇编范围|公开范围|单位构成|机构构成|下属|所属|二级单位|独立核算|组成|单位.{0,10}(?:包括|如下|分别|有|为|：|:)"
    r"|部门(?:预算|决算)(?:包括|由)|(?:纳入|列入)"
)
_OFFICES = re.compile(r"内设|内部机构|处室|科室|职能科|机关科")
_ITSELF = re.compile(
    r"单位本级(?:决算|预算)?组成|本级(?:决算|预算)组成|(?:仅|只)(?:包括|包含|含|有|为)?[^，。]{0,24}本级|本级(?:机关)?(?:及|和)?下属0个"
    r"|(?:无|没有|不含)(?:其他)?(?:下属|所属|二级|下级)[^，。]{0,6}(?:单位|机构)|下属(?:二级)?(?:预算)?单位0个|无下属"
)
_OTHERS = re.compile(r"(?<!\d)[1-9]\d*[个家](?:下属|所属|二级)|下属(?:二级)?[^，。0-9]{0,6}[1-9]\d*[个家]")
_SUBJECT = (
    re.compile(
        r"看[，,]?(?P<n>[^，。；：]{3,40}?)(?:20\d\d年度?)?(?:部门|单位|本级)?(?:决算|预算)(?:由|包括|是|编制|仅|只)"
    ),
    re.compile(r"(?:纳入|列入)(?P<n>[^，。；：]{3,40}?)(?:20\d\d年度?)?(?:部门|单位)(?:决算|预算)"),
    re.compile(
        rf"^(?P<n>[\u4e00-\u9fff（）()]{{2,38}}?{_END})(?:20\d\d年度?)?(?:部门|单位)?(?:决算|预算)?(?:设|无|没有|为|是|仅|只|由|下设)"
    ),
)
_INLINE = re.compile(r"(?:包括|包含|分别为|分别是|分别有|具体为|具体有|如下|由)[：:]?(?P<names>[^。]+)")
_PLACEHOLDER = re.compile(r"^[。…·.．、XＸ×\s]*$|[XＸ×]{2,}|^(?:\.{2,}|…+)$")
_HEADER_NAME = re.compile(r"(?:预算|决算|下属|所属)?(?:单位|机构|部门)(?:全称|名称)?|名称")
_TABLE_HEAD = re.compile(
    r"^序号(?:预算|决算|基层)?(?:单位|机构|部门)(?:全称|名称)(?P<rest>备注|单位性质|单位类型|性质|类型|级次|.{0,12}备注)?$"
)
_REMARK_IN_BRACKETS = re.compile(
    r"[（(](?P<r>[^（）()]*(?:拨款|全额|差额|自收|编制|单列|并入|参公|参照|行政单位|事业单位|公益)[^（）()]*)[）)]$"
)
_MOST_LISTS = 30
"""Lists of a section that are looked at: the one of the units is among its first."""


def institutions(section: Section, privacy: Privacy) -> list[Record]:
    """Rows of ``institutions``."""
    rows = _of_grids(section.content)
    lines = prose(section, "institutions", privacy)
    dumped = [line for line in section.content if line.grid is None]
    rows = rows or _of_dumped_table(dumped) or _of_list(lines) or _of_sentence(lines) or _itself(lines)
    records: list[Record] = []
    for name, remark, page, line in rows:
        if _PLACEHOLDER.search(name):
            continue
        records.append(
            {
                "seq": len(records) + 1,
                "name": name,
                "remark": remark or None,
                "page": page,
                "line": line,
            }
        )
    return records


Row = tuple[str, str, int | None, int]
"""(name, remark, page, line)"""


# --- tables ---------------------------------------------------------------------------------------------


def _of_grids(lines: Sequence[TextLine]) -> list[Row]:
    rows: list[Row] = []
    columns: tuple[int, list[tuple[int, str]], int] | None = None
    for line in lines:
        if line.grid is None:
            continue
        found = _columns(line.grid)
        if found:
            columns = found
            first = found[2] + 1
        elif columns and line.grid.n_cols > columns[0]:
            first = 0  # the table goes on over the page
        else:
            continue
        rows += _grid_rows(line.grid, line.page, columns, first)
    return rows


def _columns(grid: Grid) -> tuple[int, list[tuple[int, str]], int] | None:
    """(column of the name, columns of remarks with their heads, header row)."""
    for row in range(min(grid.n_rows, 3)):
        heads = {c.col0: squeeze(c.text) for c in grid.cells if c.row0 <= row <= c.row1}
        name = next((col for col, text in heads.items() if _HEADER_NAME.fullmatch(text)), None)
        if name is not None and any(
            t in ("序号", "备注", "编号") or "性质" in t or "类" in t for t in heads.values()
        ):
            rest = [(col, t) for col, t in heads.items() if col != name and t not in ("序号", "编号", "")]
            remark = [pair for pair in rest if pair[1] == "备注"] or rest
            return name, remark, row
    return None


def _grid_rows(
    grid: Grid, page: int | None, columns: tuple[int, list[tuple[int, str]], int], first: int
) -> list[Row]:
    name_column, remark_columns, _ = columns
    rows: list[Row] = []
    for row in range(first, grid.n_rows):
        cells = {c.col0: c for c in grid.cells if c.row0 == row}
        name = cells.get(name_column)
        if name is None or not name.text.strip() or re.fullmatch(r"\d+|合计|总计", name.text.strip()):
            continue
        remarks = [join(cells[col].lines) for col, _ in remark_columns if col in cells and cells[col].text]
        rows.append((join(name.lines), "；".join(remarks), page, name.line_number or 1))
    return rows


def _of_dumped_table(lines: Sequence[TextLine]) -> list[Row]:
    """序号 单位名称 备注, dumped line by line or cell by cell."""
    start = _dumped_head(lines)
    if start is None:
        return []
    entries: list[tuple[TextLine, list[str]]] = []
    for line in lines[start:]:
        chunks = clean_chunks(line.text)
        if chunks and chunks[0] == str(len(entries) + 1):
            entries.append((line, chunks[1:]))
        elif entries:
            entries[-1][1].extend(chunks)
    rows: list[Row] = []
    for line, chunks in entries:
        name, count = "", 0
        for chunk in chunks:
            name, count = name + chunk, count + 1
            if _INSTITUTION.fullmatch(name) and not _END_OF_NAME_FOLLOWS.match(
                "".join(chunks[count : count + 1])
            ):
                break
        if name:
            rows.append((name, "".join(chunks[count:]), line.page, line.number))
    return rows


_END_OF_NAME_FOLLOWS = re.compile(rf"[\u4e00-\u9fff]{{1,6}}?{_END}$|[（(]本级[）)]$")
"""A wrapped name whose first line already reads like one (…办公 / 室 is not, 人才局 / 服务中心 is)."""


def _dumped_head(lines: Sequence[TextLine]) -> int | None:
    for index, line in enumerate(lines):
        if not line.bare.startswith("序"):
            continue
        text = ""
        for offset, following in enumerate(lines[index : index + 8]):
            text += following.bare
            if (match := _TABLE_HEAD.match(text)) and (
                match["rest"] or not lines_start(lines, index + offset + 1, "备")
            ):
                return index + offset + 1
    return None


def lines_start(lines: Sequence[TextLine], index: int, word: str) -> bool:
    """Whether the line at ``index`` exists and begins with ``word``."""
    return index < len(lines) and lines[index].bare.startswith(word)


def clean_chunks(text: str) -> list[str]:
    """A line's pieces between blanks."""
    return [clean(piece) for piece in re.split(r"\s+", text.strip()) if piece]


# --- lists ----------------------------------------------------------------------------------------------


def _of_list(lines: Sequence[TextLine]) -> list[Row]:
    """The numbered list that a sentence about budget units introduces."""
    full = max((width(line.bare) for line in lines), default=0.0)
    start = 0
    for _ in range(_MOST_LISTS):
        first = next(
            (i for i in range(start, len(lines)) if (o := ordinal(lines[i].bare)) and o[1] == 1),
            None,
        )
        if first is None:
            return []
        found = listing(lines[first:])
        lead = joined_text(lines[start:first]).rstrip("。")
        sentence = re.split(r"[。；]", lead)[-1]
        names = [_name_of(item, full) for item in found.items]
        if names and _introduces(sentence, [n for n, _ in names]):
            return [(n, r, i.page, i.line) for (n, r), i in zip(names, found.items, strict=True) if n]
        start = first + 1
    return []


def _introduces(sentence: str, names: list[str]) -> bool:
    if _OFFICES.search(sentence) and not re.search(r"下属|所属|预算单位|决算单位", sentence):
        return False
    offices = sum(bool(_OWN_OFFICE.search(n)) for n in names)
    if offices * 2 > len(names):
        return False
    likely = sum(bool(_INSTITUTION.fullmatch(n)) for n in names)
    if _UNITS.search(sentence):
        return likely * 2 >= len(names) or bool(re.search(r"包括|如下|分别|有[：:]|为[：:]", sentence))
    return not sentence and likely == len(names)


def _name_of(item: ListItem, full: float) -> tuple[str, str]:
    """(name, remark) of a list's item; what follows the list is not part of its last item."""
    text = ""
    for line in item.lines:
        text += clean(line.text)
        if text.endswith(("。", "；", ";")):
            break
        if _INSTITUTION.fullmatch(text) and width(line.bare) < 0.8 * full:
            break
    text = re.sub(r"[。；;，,、]+$", "", text)
    name, _, remark = _partition(text)
    if match := _REMARK_IN_BRACKETS.search(name):
        name, remark = name[: match.start()], "；".join(t for t in (match["r"], remark) if t)
    return name, remark


def _partition(text: str) -> tuple[str, str, str]:
    """Cut at the first punctuation outside brackets."""
    depth = 0
    for index, char in enumerate(text):
        depth += char in "（("
        depth -= char in "）)"
        if depth == 0 and char in "，,；;：:。":
            return text[:index], char, text[index + 1 :]
    return text, "", ""


# --- sentences ------------------------------------------------------------------------------------------


def _of_sentence(lines: Sequence[TextLine]) -> list[Row]:
    """纳入…编制范围的预算单位包括：甲局本级、乙中心、丙所。"""
    text = joined_text(lines)
    for sentence in text.split("。"):
        if not _UNITS.search(sentence):
            continue
        match = _INLINE.search(sentence)
        if not match or _OFFICES.search(sentence[: match.end("names")].split("包括")[0][-12:]):
            continue
        names = [
            _tidy(n)
            for n in re.split(
                r"[、；;，,]|以及", re.sub(r"(?:等)?(?:单位)?(?:共)?(?:组成|构成)$", "", match["names"])
            )
        ]
        names = [n for n in names if n]
        alone = len(names) == 1 and re.search(r".本级[）)]?$", names[0]) and "独立核算" not in names[0]
        if (len(names) > 1 or alone) and all(
            _INSTITUTION.fullmatch(n) and not _OWN_OFFICE.search(n) and not n.startswith(("下属", "所属"))
            for n in names
        ):
            return [(n, "", *_place(lines, n)) for n in names]
    return []


def _tidy(name: str) -> str:
    name = re.sub(
        r"^(?:和|及|与|其中|\d{1,2}[.．、]|[（(][一二三四五六七八九十\d]{1,2}[）)])", "", name.strip()
    )
    return re.sub(r"(?:预算|决算)$", "", name)


def _place(lines: Sequence[TextLine], name: str) -> tuple[int | None, int]:
    """The line in which a name begins."""
    text, starts = "", []
    for line in lines:
        starts.append(len(text))
        text += clean(line.text)
    offset = max(text.find(name), 0)
    found = next((i for i in range(len(starts) - 1, -1, -1) if starts[i] <= offset), 0)
    return lines[found].page, lines[found].number


def _itself(lines: Sequence[TextLine]) -> list[Row]:
    """The report says that it holds the body itself and nothing else."""
    text = joined_text(lines)
    match = _ITSELF.search(text)
    if not match or _OTHERS.search(text):
        return []
    for pattern in _SUBJECT:
        for sentence in text.split("。"):
            found = pattern.search(sentence)
            if found and not re.search(r"本部门|我局|我单位|本单位|独立核算", found["n"]):
                return [(found["n"], "本级", *_place(lines, found["n"]))]
    return []
