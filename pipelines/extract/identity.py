"""Who published what for which year: from the document itself, never from the file's name."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import polars as pl

from pipelines.documents.model import Document
from pipelines.documents.normalise import squeeze
from pipelines.extract.result import Identity, Kind, Level, NotAReport
from pipelines.extract.titles import parse_owner, parse_title, parse_unit

_REGIONS = Path(__file__).resolve().parents[2] / "datapackages" / "codes" / "regions.csv"

_REPORT_TITLE = re.compile(
    r"(?P<name>[\u4e00-\u9fff（）()·“”A-Z]{0,40}?)(?P<year>20\d\d|[二〇○零一二三四五六七八九]{4})年?度?(?P<name2>[\u4e00-\u9fff（）()·“”]{0,30}?)"
    r"(?P<level>部门|单位|区级部门|市级部门|本级)?(?P<kind>决算|预算)(?:公开|报告|表|信息|说明|情况|$|[^\u4e00-\u9fff])"
)
_PART_ONE = re.compile(r"第[一1]部分[:：]?(?P<name>[\u4e00-\u9fff（）()·“”]{3,40}?)(?:20\d\d年度?)?(?:部门|单位)?(?:概况|基本情况|简介|主要职能)")
_INSTITUTION_END = (
    r"(?:局|委员会|委|厅|办公室|办|中心|院|所|站|校|学校|大学|学院|医院|馆|处|队|大队|支队|总队|分局|政府|街道办事处|街道|镇|乡|联合会|会|协会|总工会|法院|检察院|集团|公司|园|库|社|台|室"
    r"|部|校|党校|党组|机关|基金会|幼儿园|小学|中学|殡仪馆|苑|段|科|署|（本级）|\(本级\))"
)
_CHINESE_DIGITS = {c: str(i) for i, c in enumerate("〇一二三四五六七八九")} | {"零": "0", "○": "0"}
_CENTRAL = re.compile(r"中央(?:部门|单位|本级|财政|预算|级)|国务院|全国人民代表大会")
_TEMPLATE = re.compile(r"X{2,}|×{2,}|＊{2,}")


@dataclass(slots=True, frozen=True)
class Region:
    """A GB/T 2260 unit with the full path of names above it."""

    code: str
    name: str
    level: str
    ancestors: tuple[str, ...]
    valid_to: int = 9999


@cache
def _regions() -> dict[str, list[Region]]:
    table = pl.read_csv(_REGIONS, infer_schema=False)
    names = dict(zip(table["code"], table["name"], strict=True))
    found: dict[str, list[Region]] = {}
    for row in table.iter_rows(named=True):
        code, name = row["code"], row["name"]
        above = [p for p in (code[:2] + "0000", code[:4] + "00") if p != code and p in names]
        until = int(row["valid_to"]) if row["valid_to"] else 9999
        region = Region(code, name, row["level"], tuple(names[p] for p in above), until)
        found.setdefault(name, []).append(region)
    return found


def region_of(institution: str, text: str, year: int = 0) -> Region | None:
    """The region that an institution's name and the document's words lead to, if only one fits.

    The lowest unit named in the institution counts; names that several places bear (青山区) are decided by the
    province and city that the document names. Returns None where that leaves more than one.
    """
    bare = squeeze(institution)
    candidates: list[tuple[int, Region]] = []
    for size in range(min(len(bare), 15), 1, -1):
        for start in range(0, min(len(bare) - size + 1, 14)):
            for region in _regions().get(bare[start : start + size], []):
                if region.valid_to >= year - 1:
                    candidates.append((start, region))
    if not candidates:
        return _by_short_name(bare, text, year)
    order = {"county": 0, "prefecture": 1, "province": 2}
    lowest = min(order.get(r.level, 3) for _, r in candidates)
    pool = [r for _, r in candidates if order.get(r.level, 3) == lowest]
    pool = list({r.code: r for r in pool}.values())
    if len(pool) == 1:
        return pool[0]
    return _decide(pool, bare, text)


def _decide(pool: list[Region], bare: str, text: str) -> Region | None:
    def weight(region: Region) -> tuple[int, int]:
        named = sum(_stem(a) in bare for a in region.ancestors if a not in _HOLLOW)
        mentioned = sum(text.count(_stem(a)) for a in region.ancestors if a not in _HOLLOW)
        return named, mentioned

    ranked = sorted(pool, key=lambda r: (weight(r), r.code), reverse=True)
    best = weight(ranked[0])
    if best == (0, 0):
        return None
    top = [r for r in ranked if weight(r) == best]
    if len({r.name for r in top}) == 1 and len({r.ancestors for r in top}) == 1:
        # One place under several historical codes: the newest code.
        return max(top, key=lambda r: r.code)
    return top[0] if len(top) == 1 else None


_HOLLOW = frozenset({"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划", "省直辖行政单位"})


def _stem(name: str) -> str:
    short = re.sub(r"(?:省|市|自治区|特别行政区|壮族自治区|回族自治区|维吾尔自治区)$", "", name)
    return short if len(short) >= 2 else name


def _by_short_name(bare: str, text: str, year: int) -> Region | None:
    """``湖北某厅`` or ``武汉东湖新技术开发区某局`` (without 省, 市); else the one place that the document keeps naming."""
    places = [r for regions in _regions().values() for r in regions if r.valid_to >= year - 1]
    for level in ("prefecture", "province"):
        found = [r for r in places if r.level == level and len(_stem(r.name)) >= 2 and bare.startswith(_stem(r.name))]
        if len({r.code for r in found}) == 1:
            return found[0]
    if re.match(r"国家|中华人民共和国|中国|全国|国务院|中共中央|最高人民", bare) and len(_CENTRAL.findall(text)) >= 2:
        return Region("100000", "中央", "province", ())
    counts = {r: text.count(r.name) for r in places if len(r.name) >= 3}
    for level in ("county", "prefecture", "province"):
        ranked = sorted(((n, r.code, r) for r, n in counts.items() if r.level == level and n >= 3), reverse=True)
        if not ranked:
            continue
        same_name = [r for _, _, r in ranked if r.name == ranked[0][2].name]
        rivals = [n for n, _, r in ranked if r.name != ranked[0][2].name]
        if rivals and rivals[0] * 2 > ranked[0][0]:
            return None
        return same_name[0] if len(same_name) == 1 else _decide(same_name, bare, text)
    return None


def read_identity(document: Document, owners: list[str], table_kinds: list[str], unit: str | None) -> Identity:
    """Identity of a report. Raises :class:`NotAReport` where kind, year, institution or region is not sure."""
    lines = [ln.text for page in document.pages for ln in page.lines]
    bare_lines = [b for b in (squeeze(ln) for ln in lines) if b]
    text = "".join(bare_lines)
    kind = _kind(bare_lines, text, table_kinds)
    year = _year(bare_lines, text, kind)
    institution = _institution(bare_lines, owners, text)
    if _TEMPLATE.search(institution) or (not owners and len(_TEMPLATE.findall(text)) > 20):
        raise NotAReport("blank template: the institution and the figures are XX placeholders")
    region = region_of(institution, text, year)
    if region is None:
        raise NotAReport(f"the region of {institution} cannot be told from the document")
    institution = _full_name(institution, region, text)
    level = _level(bare_lines)
    digest = hashlib.sha256(f"{institution}|{level}".encode()).hexdigest()[:8]
    word = "决算" if kind == "final" else "预算"
    return Identity(
        report_id=f"{region.code}-{year}-{kind}-{digest}",
        kind=kind,
        fiscal_year=year,
        region_code=region.code,
        region_name=region.name,
        institution=institution,
        level=level,
        title=_printed_title(bare_lines, institution, word)
        or f"{institution}{year}年{'度' if kind == 'final' else ''}{'部门' if level == 'department' else '单位'}{word}",
        unit_as_published=unit or _unit(lines),
        level_stated=_level_stated(bare_lines),
    )


def _printed_title(bare: list[str], institution: str, word: str) -> str | None:
    """The title on the cover, with the institution's line above it; None where a dump has no cover."""
    ending = re.compile(rf"20\d\d年度?[\u4e00-\u9fff]{{0,12}}{word}(?:公开|报告|说明|信息|公开报告|公开说明)?$")
    for above, line in zip(["", *bare[:12]], bare[:12], strict=False):
        if len(line) > 60 or not ending.search(line) or re.match(r"第[一二三四五六]部分|[一二三四五]、", line):
            continue
        whole = above + line if above and above.endswith(institution[-6:]) and not line.startswith(institution[:4]) else line
        return whole if not parse_title(whole) else None
    return None


def _full_name(institution: str, region: Region, text: str) -> str:
    """The name with the places before it, where the document writes it so somewhere (武汉市青山区…)."""
    places = [*region.ancestors, region.name]
    best = institution
    for start in range(len(places)):
        prefix = "".join(places[start:])
        for cut in range(len(places)):
            own = "".join(places[cut:])
            if institution.startswith(own) and prefix + institution[len(own) :] in text:
                candidate = prefix + institution[len(own) :]
                best = max(best, candidate, key=len)
    return best


def _kind(bare: list[str], text: str, table_kinds: list[str]) -> Kind:
    votes = Counter(k for k in table_kinds if k)
    for line in bare:
        title = parse_title(line)
        if title and title.kind:
            votes[title.kind] += 1
    if not votes:
        pattern = r"20\d\d年度?[\u4e00-\u9fff（）“”]{0,25}?(?:部门|单位|本级)%s|%s(?:表|情况)"
        finals = len(re.findall(pattern % ("决算", "决算"), text))
        budgets = len(re.findall(pattern % ("预算", "预算"), text))
        if max(finals, budgets) < 2:
            raise NotAReport("not a department budget or final account (neither 部门决算 nor 部门预算 is its subject)")
        return "final" if finals >= budgets else "budget"
    if not re.search(r"(?:部门|单位)(?:本级)?(?:收支|收入|支出|财务|预算|决算|“三公)|部门[:：]", text) or (
        re.search(r"(?:政府|财政)(?:预算|决算)(?:草案|报告|公开)|预算草案|总预算", text)
        and len(re.findall(r"(?:部门|单位)(?:预算|决算)", text)) < 3
    ):
        raise NotAReport("not a department budget or final account (a government's own budget or another report)")
    return "final" if votes["final"] >= votes["budget"] else "budget"


def _to_year(token: str) -> int:
    return int("".join(_CHINESE_DIGITS.get(c, c) for c in token))


def _year(bare: list[str], text: str, kind: Kind) -> int:
    word = "决算" if kind == "final" else "预算"
    votes: Counter[int] = Counter()
    digits = "[二〇○零一二三四五六七八九]{4}"
    for pattern, weight in (
        (rf"(20\d\d|{digits})年度?[\u4e00-\u9fff（）()“”]{{0,24}}{word}", 3),
        (rf"(20\d\d|{digits})年度?[\u4e00-\u9fff（）()“”]{{0,24}}表", 3),
    ):
        for line in bare:
            if len(line) <= 60 and (m := re.search(pattern, line)):
                votes[_to_year(m.group(1))] += weight
    if not votes:
        votes.update(_to_year(y) for y in re.findall(rf"(20\d\d)年度?(?:[\u4e00-\u9fff]{{0,10}})?(?:收入|支出|收、支|{word})", text))
    votes = Counter({y: n for y, n in votes.items() if 2005 <= y <= 2100})
    if not votes:
        raise NotAReport("the fiscal year cannot be told from the document")
    (year, _), *_ = votes.most_common(1)
    return year


def _institution(bare: list[str], owners: list[str], text: str) -> str:
    votes: Counter[str] = Counter()
    for name in owners:
        votes[_clean(name)] += 4
    for line in bare:
        if owner := parse_owner(line):
            votes[_clean(owner)] += 2
    for line, following in zip(bare[:60], [*bare[1:60], ""], strict=False):
        for candidate in (line, line + following):
            if len(candidate) <= 60 and (m := _REPORT_TITLE.search(candidate)) and not parse_title(candidate):
                for group in ("name", "name2"):
                    name = _clean(m.group(group) or "")
                    if _is_institution(name):
                        votes[name] += 3
        if re.fullmatch(r"20\d\d年度?(?:部门|单位)(?:决算|预算)(?:公开)?(?:报告|说明|信息)?", following) and _is_institution(_clean(line)):
            votes[_clean(line)] += 3
    for m in _PART_ONE.finditer(text):
        name = _clean(m.group("name"))
        if _is_institution(name):
            votes[name] += 2
    for m in re.finditer(r"第[二三]部分[:：]?([\u4e00-\u9fff（）()]{4,40}?)20\d\d年", text):
        name = _clean(m.group(1))
        if _is_institution(name):
            votes[name] += 1
    for m in re.finditer(r"纳入([\u4e00-\u9fff（）()]{4,40}?)20\d\d年", text):
        name = _clean(m.group(1))
        if _is_institution(name):
            votes[name] += 2
    if not votes:
        raise NotAReport("the institution cannot be told from the document")
    best = max(votes.values())
    # Among equals, the longest name is the full one (区人社局 / 武汉市东西湖区人力资源和社会保障局).
    return max((n for n, v in votes.items() if v == best), key=lambda n: (len(n), n))


def _clean(name: str) -> str:
    bare = squeeze(name)
    bare = re.sub(r"^(?:附件\d*[:：]?|关于|的|目录|预算主管部门[:：]|公开)", "", bare)
    bare = re.sub(r"(?:20\d\d)?年?度?(?:部门|单位|区级部门|本级部门)?$", "", bare)
    return bare.strip("（）()：:") if bare.count("（") != bare.count("）") else bare


def _is_institution(name: str) -> bool:
    return 4 <= len(name) <= 40 and bool(re.search(_INSTITUTION_END + r"(?:（本级）|\(本级\)|机关|本级)?$", name)) and not re.search(
        r"本部门|我局|本单位|部分|表$|情况|概况", name
    )


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
