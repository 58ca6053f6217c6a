"""Who published what for which year: from the document itself; what is not sure is refused, never guessed.

The file's name counts only for the institution, where the document names it nowhere else than in its text.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import PurePosixPath

from pipelines.documents.model import Document
from pipelines.documents.normalise import squeeze
from pipelines.extract.cover import Cover, covers, is_institution, plain_name, short_lines, title_of, to_year
from pipelines.extract.regions import full_name, region_of, without_places
from pipelines.extract.result import Identity, Kind, Level, NotAReport, Notice
from pipelines.extract.titles import parse_owner, parse_title, parse_unit

_REPORT_TITLE = re.compile(
    r"(?P<name>[\u4e00-\u9fff（）()·“”A-Z]{0,40}?)(?P<year>20\d\d|[二〇○零一二三四五六七八九]{4})年?度?(?P<name2>[\u4e00-\u9fff（）()·“”]{0,30}?)"
    r"(?P<level>部门|单位|区级部门|市级部门|本级)?(?P<kind>决算|预算)(?:公开|报告|表|信息|说明|情况|$|[^\u4e00-\u9fff])"
)
_PART_ONE = re.compile(r"第[一1]部分[:：]?(?P<name>[\u4e00-\u9fff（）()·“”]{3,40}?)(?:20\d\d年度?)?(?:部门|单位)?(?:概况|基本情况|简介|主要职能)")
_TITLE_WITHOUT_NAME = re.compile(r"20\d\d年度?(?:部门|单位)(?:决算|预算)(?:公开)?(?:报告|说明|信息)?")
_NAMED_IN_TEXT = (
    (_PART_ONE, 2),
    (re.compile(r"第[二三]部分[:：]?(?P<name>[\u4e00-\u9fff（）()]{4,40}?)20\d\d年"), 1),
    (re.compile(r"纳入(?P<name>[\u4e00-\u9fff（）()]{4,40}?)20\d\d年"), 2),
)
"""Where sentences and headings name the body, and what that counts."""
_CODE_BEFORE = re.compile(r"^(?:[\[【(（]\d{3,12}[\]】)）]|\d{3,12}[-_—]?)(?=[\u4e00-\u9fff])")
"""The code of a budget unit before its name: [201]某局, 201001-某局."""
_TEMPLATE = re.compile(r"X{2,}|×{2,}|＊{2,}")


_FIGURE = re.compile(r"\d\.\d|\d,\d{3}")


def read_identity(document: Document, owners: list[str], table_kinds: list[str], unit: str | None) -> Identity:
    """Identity of a report. Raises :class:`NotAReport` where kind, year, institution or region is not sure."""
    lines = [ln.text for page in document.pages for ln in page.lines]
    bare_lines = short_lines(lines)
    text = "".join(bare_lines)
    titles = covers(bare_lines)
    file = _file_title(document.name) if unit and not titles else None
    kind = _kind(bare_lines, text, table_kinds, titles, file)
    titles = [title for title in titles if title.kind == kind]
    year = _year(bare_lines, text, kind, titles, file)
    notices: list[Notice] = []
    file = file if file and (file.kind, file.year) == (kind, year) else None
    institution = _institution(bare_lines, owners, text, titles) or _named_by_file(document.name, text, notices)
    if file and file.name and not _same_body(institution, file.name):
        raise NotAReport(f"the institution is not sure: the file's name says {file.name}, its tables {institution}")
    if file and not any(str(year) in line for line in bare_lines):
        notices.append(_untitled_notice(file))
    _refuse_template(institution, owners, text)
    region = region_of(institution, text, year)
    if region is None:
        raise NotAReport(f"the region of {institution} cannot be told from the document")
    institution = full_name(institution, region, text)
    level = next((title.level for title in titles if title.level), None) or (file and file.level) or _level(bare_lines)
    digest = hashlib.sha256(f"{institution}|{level}".encode()).hexdigest()[:8]
    word = "决算" if kind == "final" else "预算"
    if any(title.residue for title in titles) or len(_TEMPLATE.findall(text)) > 20:
        notices.append(_residue_notice())
    own = hashlib.sha256(without_places(institution, region).encode()).hexdigest()[:8]
    return Identity(
        report_id=f"{region.code}-{year}-{kind}-{digest}",
        kind=kind,
        fiscal_year=year,
        region_code=region.code,
        region_name=region.name,
        city=region.city,
        province=region.province,
        institution=institution,
        institution_id=f"{region.code}-{own}",
        level=level,
        title=_printed_title(bare_lines, institution, word)
        or f"{institution}{year}年{'度' if kind == 'final' else ''}{'部门' if level == 'department' else '单位'}{word}",
        unit_as_published=unit or _unit(lines),
        level_stated=_level_stated(bare_lines) or any(title.level for title in titles) or bool(file and file.level),
        notices=tuple(notices),
    )


def _refuse_template(institution: str, owners: list[str], text: str) -> None:
    """A template names nobody, or more places are left open in it than figures stand there."""
    marks = len(_TEMPLATE.findall(text))
    if _TEMPLATE.search(institution) or (not owners and marks > 20 and marks > len(_FIGURE.findall(text))):
        raise NotAReport("blank template: the institution and the figures are XX placeholders")


def _file_title(name: str) -> Cover | None:
    """What the name of a file of tables says, where it says year, kind and that it is a department's or a unit's."""
    title = title_of(PurePosixPath(name).stem)
    return title if title and title.level else None


def _untitled_notice(title: Cover) -> Notice:
    word = "决算" if title.kind == "final" else "预算"
    return Notice(
        "E13", "reports", "title", f"文件内未写明年度，“{title.year}年{word}”取自文件名。",
        f"The file itself prints no year; {title.year} and {title.kind} are taken from its name.", str(title.year),
    )  # fmt: skip


def _named_by_file(name: str, text: str, notices: list[Notice]) -> str:
    """The institution of the file's name, where the text names the same body at least once; with a notice (E13)."""
    title = title_of(PurePosixPath(name).stem)
    if title is None or title.name is None or title.name not in text:
        raise NotAReport("the institution cannot be told from the document")
    notices.append(
        Notice(
            "E13", "reports", "institution", f"报告封面与各表均未写明单位，单位名称“{title.name}”取自文件名，正文亦有此名。",
            f"No cover and no table names the body; '{title.name}' is taken from the file's name, and the text names it too.",
            title.name,
        )
    )  # fmt: skip
    return title.name


def _residue_notice() -> Notice:
    return Notice(
        "E14", "reports", "title", "报告留有范本的占位符（XX），相应文字未填写。",
        "Placeholders of the template (XX) stand in the report; what they should say is missing.", "XX",
    )  # fmt: skip


def _printed_title(bare: list[str], institution: str, word: str) -> str | None:
    """The title on the cover, with the institution's line above it; None where a dump has no cover."""
    ending = re.compile(rf"20\d\d年度?[\u4e00-\u9fff]{{0,12}}{word}(?:公开|报告|说明|信息|公开报告|公开说明)?$")
    for above, line in zip(["", *bare[:12]], bare[:12], strict=False):
        if len(line) > 60 or not ending.search(line) or re.match(r"第[一二三四五六]部分|[一二三四五]、", line):
            continue
        whole = above + line if above and above.endswith(institution[-6:]) and not line.startswith(institution[:4]) else line
        return whole if not parse_title(whole) else None
    return None


def _kind(bare: list[str], text: str, table_kinds: list[str], titles: Sequence[Cover], file: Cover | None) -> Kind:
    """Final account or budget, as tables and titles say; refused where they say different things."""
    titled = {title.kind for title in titles}
    kind = _voted_kind(bare, text, table_kinds, titles, file)
    if len(titled) == 1 and kind not in titled:
        raise NotAReport("the kind of report is not sure: its title and its tables say different things")
    return kind


def _voted_kind(bare: list[str], text: str, table_kinds: list[str], titles: Sequence[Cover], file: Cover | None) -> Kind:
    votes = Counter(k for k in table_kinds if k)
    for line in bare:
        title = parse_title(line)
        if title and title.kind:
            votes[title.kind] += 1
    if not votes:
        pattern = r"20\d\d年度?[\u4e00-\u9fff（）“”]{0,25}?(?:部门|单位|本级)%s|%s(?:表|情况)"
        finals = len(re.findall(pattern % ("决算", "决算"), text))
        budgets = len(re.findall(pattern % ("预算", "预算"), text))
        named = [title.kind for title in titles if title.name or title.level]
        if named and len(set(named)) == 1:
            return named[0]
        if file and not (budgets if file.kind == "final" else finals):
            return file.kind
        if max(finals, budgets) < 2:
            raise NotAReport("not a department budget or final account (neither 部门决算 nor 部门预算 is its subject)")
        return "final" if finals >= budgets else "budget"
    if not re.search(r"(?:部门|单位)(?:本级)?(?:收支|收入|支出|财务|预算|决算|“三公)|部门[:：]", text) or (
        re.search(r"(?:政府|财政)(?:预算|决算)(?:草案|报告|公开)|预算草案|总预算", text)
        and len(re.findall(r"(?:部门|单位)(?:预算|决算)", text)) < 3
    ):
        raise NotAReport("not a department budget or final account (a government's own budget or another report)")
    return "final" if votes["final"] >= votes["budget"] else "budget"


def _year(bare: list[str], text: str, kind: Kind, titles: Sequence[Cover], file: Cover | None) -> int:
    """The fiscal year that most lines of titles and tables bear; refused where the report's own title bears another."""
    word = "决算" if kind == "final" else "预算"
    votes: Counter[int] = Counter()
    digits = "[二〇○零一二三四五六七八九]{4}"
    for pattern, weight in (
        (rf"(20\d\d|{digits})年度?[\u4e00-\u9fff（）()“”]{{0,24}}{word}", 3),
        (rf"(20\d\d|{digits})年度?[\u4e00-\u9fff（）()“”]{{0,24}}表", 3),
    ):
        for line in bare:
            if len(line) <= 60 and (m := re.search(pattern, line)):
                votes[to_year(m.group(1))] += weight
    if not votes:
        votes.update(to_year(y) for y in re.findall(rf"(20\d\d)年度?(?:[\u4e00-\u9fff]{{0,10}})?(?:收入|支出|收、支|{word})", text))
    votes = Counter({y: n for y, n in votes.items() if 2005 <= y <= 2100})
    votes.update({title.year: 3 for title in titles})
    if not votes and file and file.kind == kind:
        return file.year
    if not votes:
        raise NotAReport("the fiscal year cannot be told from the document")
    (year, most), *others = votes.most_common(2)
    titled = {title.year for title in titles}
    if len(titled) == 1 and year not in titled:
        (own,) = titled
        of_tables = [line for line in bare if len(line) <= 60 and parse_title(line) and re.search(r"20\d\d年", line)]
        if of_tables and not any(str(own) in line for line in of_tables):
            raise NotAReport(f"the fiscal year is not sure: the title says {own}, the tables say {year}")
        return own
    if others and others[0][1] == most and not titled:
        raise NotAReport("the fiscal year cannot be told from the document: two years are named as often")
    return year


def _institution(bare: list[str], owners: list[str], text: str, titles: Sequence[Cover]) -> str | None:
    """The body that titles, tables and headings name; None where none does, refused where they name different ones."""
    votes: Counter[str] = Counter()
    for title in titles:
        if title.name:
            votes[title.name] += 4
    for name in owners:
        votes[_clean(name)] += 4
    for line in bare:
        if owner := parse_owner(line):
            votes[_clean(owner)] += 2
    _vote_by_titles(bare, votes)
    for pattern, weight in _NAMED_IN_TEXT:
        for m in pattern.finditer(text):
            name = _clean(m.group("name"))
            if is_institution(name):
                votes[name] += weight
    if not votes:
        return None
    best = max(votes.values())
    # Among equals, the longest name is the full one (区人社局 / 武汉市东西湖区人力资源和社会保障局).
    chosen = max((n for n, v in votes.items() if v == best), key=lambda n: (len(n), n))
    titled = {title.name for title in titles if title.name}
    if titled and not any(_same_body(chosen, name) for name in titled):
        raise NotAReport("the institution is not sure: the title and the tables name different bodies")
    return chosen


def _vote_by_titles(bare: list[str], votes: Counter[str]) -> None:
    """Votes of the first lines: a report's title with its body, or a body whose title is the next line."""
    for line, following in zip(bare[:60], [*bare[1:60], ""], strict=False):
        for candidate in (line, line + following):
            if len(candidate) <= 60 and (m := _REPORT_TITLE.search(candidate)) and not parse_title(candidate):
                for group in ("name", "name2"):
                    name = _clean(m.group(group) or "")
                    if is_institution(name):
                        votes[name] += 3
        if _TITLE_WITHOUT_NAME.fullmatch(following) and is_institution(_clean(line)):
            votes[_clean(line)] += 3


def _same_body(one: str, other: str) -> bool:
    """Whether two names can be one body's: one ends as the other, or is an abbreviation of it."""
    short, long = sorted((one, other), key=len)
    if long.endswith(short) or short in long:
        return True
    rest = iter(long)
    return all(char in rest for char in short)


def _clean(name: str) -> str:
    bare = squeeze(name)
    bare = _CODE_BEFORE.sub("", bare)
    bare = re.sub(r"^(?:附件\d*[:：]?|关于|的|目录|预算主管部门[:：]|公开)", "", bare)
    bare = re.sub(r"^(?:X{2,}|×{2,}|＊{2,})(?:部门|单位)(?=[\u4e00-\u9fff]{4})", "", bare)
    bare = re.sub(r"(?:20\d\d)?年?度?(?:部门|单位|区级部门|本级部门)?$", "", bare)
    bare = bare.strip("（）()：:") if bare.count("（") != bare.count("）") else bare
    return plain_name(bare)[0]


def _level(bare: list[str]) -> Level:
    votes: Counter[str] = Counter()
    for line in bare:
        if len(line) <= 60:
            # 部门预算项目 is a box that every performance form of a unit ticks.
            votes["department"] += len(re.findall(r"部门(?:决算|预算(?!项目)|收支总|财务收支)", line))
            votes["unit"] += len(re.findall(r"单位(?:决算|预算(?!项目)|收支总|财务收支)", line))
    return "unit" if votes["unit"] > votes["department"] else "department"


def _level_stated(bare: list[str]) -> bool:
    return any(len(line) <= 60 and re.search(r"(?:部门|单位)(?:决算|预算(?!项目)|收支总|财务收支)", line) for line in bare)


def _unit(lines: list[str]) -> str:
    text = squeeze("".join(lines))
    if text.count("万元") >= 10:  # no table was read: the sentences' unit counts, not a project form's
        return "万元"
    votes = Counter(u for ln in lines if (u := parse_unit(ln)))
    if votes:
        return votes.most_common(1)[0][0]
    return "元"
