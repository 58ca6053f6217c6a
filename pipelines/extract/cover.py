"""The title of a report as a line, two or three lines, or a file name print it: whose, which year, which kind.

Only what is a title as a whole counts, so that no sentence is taken for one. Not for deciding: :mod:`identity` weighs
titles against the tables and the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipelines.documents.normalise import squeeze
from pipelines.extract.regions import begins_with_place
from pipelines.extract.result import Kind, Level
from pipelines.extract.titles import parse_title

_HAN = r"[\u4e00-\u9fff·“”‘’A-Za-z0-9、（）()]"
_YEAR = r"(?P<year>20\d\d|[二〇○零一二三四五六七八九]{4})年?度?"
_BODY = r"(?P<level>区级部门|市级部门|县级部门|省级部门|部门|单位|本级|[（(]本级[）)])?(?:收支)?"
_KIND = r"(?P<kind>决算|预算)"
_END = (
    r"(?:公开)?(?:信息|情况|有关|编制|分析|数据|草案)*(?:公开)?(?:的)?(?:报告|说明|公告|表|书|公示|文本|及说明|情况|目录|[（(][^（）()]{1,12}[）)])*(?:的?说明)?"
)
_LEAD = re.compile(
    r"^(?:附件?\d*[:：.]?|[（(]?\d{1,2}[）)、.]|\d{3}[-_]?(?=[\u4e00-\u9fff])|【[^】]{1,20}】|关于)*(?:公开|公布|做好)?"
)
_RESIDUE = re.compile(r"(?:X{2,}|×{2,}|＊{2,}|x{3,})(?:省|市|区|县)?(?:部门|单位|局)?")
_NAME_FIRST = re.compile(rf"(?P<name>{_HAN}{{4,60}}?)(?:关于)?(?:公开)?{_YEAR}{_BODY}{_KIND}{_END}")
_YEAR_FIRST = re.compile(rf"(?:公开)?{_YEAR}(?P<name>{_HAN}{{4,60}}?){_BODY}{_KIND}{_END}")
_YEAR_ALONE = re.compile(rf"{_YEAR}{_BODY}{_KIND}{_END}")
_ATTRIBUTE = r"(?:委员会|局|委|厅|办公室|中心|院|所|站|学校|大学|学院|医院|馆|处|队|政府|街道办事处|镇|乡|会|幼儿园|小学|中学|校|园|场|所|社|部|团)"
INSTITUTION_END = (
    r"(?:局|委员会|委|厅|办公室|办|中心|院|所|站|校|学校|大学|学院|医院|馆|处|队|大队|支队|总队|分局|政府|街道办事处|街道|镇|乡|联合会|会|协会|总工会|法院|检察院|集团|公司|园|库|社|台|室"
    r"|部|党校|党组|机关|基金会|幼儿园|小学|中学|殡仪馆|苑|段|科|署|场|卫生院|敬老院|福利院|开发区|管委会|度假区|产业园|团|农场|林场|水库|电视台|报社|民兵训练基地|基地|干休所|看守所|戒毒所|救助站)"
)
_NO_INSTITUTION = re.compile(
    r"本部门|我局|本单位|本级$|部分|表$|情况|概况|^(?:第|一、|二、|三、|及|和|与|对|按|根据|根椐|从|纳入|汇总|其中|包括|编制|公开|部门|单位|所属|下属|所有|各|全|本|该|我)|[，。；：:]|[、]$|说明|年度|目录"
    r"|^(?:财政|政府|国有资本经营|社会保险基金|一般公共)$|总预算|草案"
)
_ITSELF = re.compile(r"(?:[（(](?:本级|机关|本部|机关本级|本单位|本级机关|汇总|部门汇总|合并|本)[）)]|本级)$")
_SECOND = re.compile(rf"^(?P<name>.{{3,}}?{_ATTRIBUTE})[（(](?P<second>[^（）()]{{2,40}})[）)]$")
_BREAK = re.compile(
    r"(?=目录|第[一二三四五六七八九十]部分|(?:[一二三四五六七八九十]|[（(][一二三四五六七八九十][）)])、|发布日期|发布时间|来源[:：]|索引号)|(?<=[。；!！?？])|\s{1,}"
)
_TOWN = re.compile(r"[县区市旗乡镇村]$|街道$")
_HAN_ONLY = re.compile(r"[\u4e00-\u9fff]{2,24}")
_LONG = 120
_CHINESE_DIGITS = {c: str(i) for i, c in enumerate("〇一二三四五六七八九")} | {"零": "0", "○": "0"}


@dataclass(frozen=True, slots=True)
class Cover:
    """What one title says; ``level`` is None where it does not say 部门 or 单位, ``name`` where it names nobody."""

    name: str | None
    year: int
    kind: Kind
    level: Level | None
    at: int
    """The line it begins on, from 0."""
    residue: bool = False
    """The XX of the template stood before the name."""


def short_lines(lines: Sequence[str]) -> list[str]:
    """The lines without blanks; a report on one line is cut where its parts begin."""
    found = []
    for line in lines:
        pieces = _BREAK.split(line) if len(line) > _LONG else [line]
        found += [bare for piece in pieces if piece and (bare := squeeze(piece))]
    return found


def to_year(token: str) -> int:
    """``2023`` or ``二〇二三``."""
    return int("".join(_CHINESE_DIGITS.get(c, c) for c in token))


def plain_name(name: str) -> tuple[str, bool]:
    """A name without a second one in brackets and without 本级, and whether 本级 stood there."""
    bare, itself = squeeze(name), False
    for _ in range(3):
        shorter = _ITSELF.sub("", bare)
        if shorter != bare and is_institution(shorter):
            itself, bare = itself or not re.search("汇总|合并", bare[len(shorter) :]), shorter
        elif (second := _SECOND.match(bare)) and is_institution(second["name"]):
            bare = second["name"]
        else:
            break
    return bare, itself


def is_institution(name: str) -> bool:
    """Whether a text ends as names of bodies do and has nothing that names have not."""
    return (
        4 <= len(name) <= 40
        and bool(re.search(INSTITUTION_END + r"$", name))
        and not _NO_INSTITUTION.search(name)
        and name.count("（") == name.count("）")
        and name.count("(") == name.count(")")
    )


def title_of(text: str, at: int = 0) -> Cover | None:
    """What a text says that is a title as a whole; None for anything else."""
    bare = squeeze(text)
    if not 8 <= len(bare) <= 90 or parse_title(bare):
        return None
    core = _LEAD.sub("", bare)
    clean = _RESIDUE.sub("", core)
    residue = clean != core
    for pattern in (_YEAR_ALONE, _NAME_FIRST, _YEAR_FIRST):
        match = pattern.fullmatch(clean)
        if match is None:
            continue
        name, itself = plain_name(match.groupdict().get("name") or "")
        if name and not is_institution(name):
            continue
        year = to_year(match["year"])
        if not 2005 <= year <= 2100:
            return None
        level = "unit" if itself or _ITSELF.search(clean) else _level(match["level"])
        if level is None and re.search(r"(?<![镇乡])人民政府$", name):
            return None  # a government's own accounts, not a department's
        return Cover(name or None, year, "final" if match["kind"] == "决算" else "budget", level, at, residue)
    return None


def _level(word: str | None) -> Level | None:
    if not word:
        return None
    return "unit" if "本级" in word or word == "单位" else "department"


def covers(lines: Sequence[str]) -> list[Cover]:
    """Every title among the first lines. Lines are put together only where no title that names a body is on one."""
    single = [_whole(title, lines) for title in _covers(lines, 1)]
    if any(title.name for title in single):
        return single
    return [*single, *_covers(lines, 2), *_covers(lines, 3)]


def _whole(title: Cover, lines: Sequence[str]) -> Cover:
    """The title with the line above it, where its name begins there: 某县某乡 | 中心小学2022年度部门决算."""
    above = lines[title.at - 1] if title.at and title.name else ""
    if not _HAN_ONLY.fullmatch(above) or begins_with_place(title.name or ""):
        return title
    longer = title_of(above + lines[title.at], title.at - 1)
    whole_above = is_institution(above) and not _TOWN.search(above)
    if whole_above or longer is None or not longer.name or not begins_with_place(longer.name):
        return title
    return longer


def _covers(lines: Sequence[str], size: int) -> Iterator[Cover]:
    for at in range(min(len(lines), 60) - size + 1):
        if all(len(line) <= 60 for line in lines[at : at + size]):
            found = title_of("".join(lines[at : at + size]), at)
            if found is not None:
                yield found
