"""Regions of GB/T 2260: which one an institution's name and a document's words lead to, and the places in its name.

A name that several places bear is decided by the city and province that the document names, never guessed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import polars as pl

from pipelines.documents.normalise import squeeze

_REGIONS = Path(__file__).resolve().parents[2] / "datapackages" / "codes" / "regions.csv"
_CENTRAL = re.compile(r"中央(?:部门|单位|本级|财政|预算|级)|国务院|全国人民代表大会")
_AUTHORITY = r"(?:委|政府|人民政府|人大|政协|纪委|机构编制|财政|人力资源|机关|本级|[\u4e00-\u9fff]{2,12}(?:局|委员会|办公室|中心|街道办事处|镇|乡))"
"""What stands behind the name of the place that a report is of, and not of one that it only speaks of."""
CENTRAL_CODE = "100000"
"""Stands for the central government, which has no code in the list."""


@dataclass(slots=True, frozen=True)
class Region:
    """A GB/T 2260 unit with the full path of names above it."""

    code: str
    name: str
    level: str
    ancestors: tuple[str, ...]
    valid_to: int = 9999

    @property
    def province(self) -> str | None:
        """The province, autonomous region or municipality; None for the central government."""
        if self.code == CENTRAL_CODE:
            return None
        return self.ancestors[0] if self.ancestors else self.name

    @property
    def city(self) -> str | None:
        """The prefecture that the region is or lies in, for a municipality itself; None for provinces and below them directly."""
        if self.province and self.province.endswith("市"):
            return self.province
        if self.level == "prefecture":
            return self.name
        above = self.ancestors[-1] if len(self.ancestors) > 1 else None
        return above if above and above not in _HOLLOW else None


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


def begins_with_place(name: str) -> bool:
    """Whether a name begins with a region's name, or with one's without 省, 市."""
    known = _regions()
    return any(name[:size] in known for size in range(2, 13)) or name[:2] in _province_stems()


@cache
def _province_stems() -> frozenset[str]:
    return frozenset(_stem(r.name)[:2] for regions in _regions().values() for r in regions if r.level == "province")


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
        return Region(CENTRAL_CODE, "中央", "province", ())
    counts = {r: text.count(r.name) for r in places if len(r.name) >= 3}
    for level in ("county", "prefecture", "province"):
        ranked = sorted(((n, r.code, r) for r, n in counts.items() if r.level == level and n >= 3), reverse=True)
        if not ranked:
            continue
        same_name = [r for _, _, r in ranked if r.name == ranked[0][2].name]
        if not re.search(re.escape(same_name[0].name) + _AUTHORITY, text):
            return None
        rivals = [n for n, _, r in ranked if r.name != ranked[0][2].name]
        if rivals and rivals[0] * 2 > ranked[0][0]:
            return None
        return same_name[0] if len(same_name) == 1 else _decide(same_name, bare, text)
    return None


def _official_places(region: Region) -> list[str]:
    """The places that belong before a name: a district bears its city (武汉市青山区), a county stands by itself (渠县)."""
    above = [name for name in region.ancestors if name not in _HOLLOW]
    own = [region.name]
    if region.level == "county" and region.name.endswith("区") and above:
        own = [above[-1], region.name]
    return own


def places_of(region: Region) -> list[str]:
    """Every name of the region and of what it lies in, the widest first."""
    return [name for name in (*region.ancestors, region.name) if name not in _HOLLOW]


def without_places(institution: str, region: Region) -> str:
    """The name without the places before it: the same in reports that write more or fewer of them."""
    bare = institution
    for place in places_of(region):
        rest = bare.removeprefix(place)
        bare = rest if len(rest) >= 2 else bare
    return bare


def full_name(institution: str, region: Region, text: str) -> str:
    """The name with the places before it that belong to it, where the document writes it so somewhere (武汉市青山区…)."""
    places = _official_places(region)
    for above in region.ancestors:
        if above not in places and institution.startswith(above) and places[0] in institution[len(above) :]:
            institution = institution[len(above) :]
    best = institution
    for start in range(len(places)):
        prefix = "".join(places[start:])
        for cut in range(len(places)):
            own = "".join(places[cut:])
            if institution.startswith(own) and prefix + institution[len(own) :] in text:
                candidate = prefix + institution[len(own) :]
                best = max(best, candidate, key=len)
    return best
