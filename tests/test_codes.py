"""The code lists of ``datapackages/codes``: sound in themselves, and complete for the reports at hand."""

from __future__ import annotations

import csv
import re
from functools import cache
from itertools import pairwise
from pathlib import Path

import pypdfium2
import pytest

ROOT = Path(__file__).resolve().parents[1]
CODES = ROOT / "datapackages" / "codes"
REPORTS = ROOT.parent / "shared" / "reports"
LISTS = ("functional_codes", "economic_codes", "regions", "functional_aliases", "economic_aliases")
LEVEL_BY_LENGTH = {3: "class", 5: "section", 7: "item"}


@cache
def rows(name: str) -> tuple[dict[str, str], ...]:
    with (CODES / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


@cache
def names(kind: str) -> dict[str, str]:
    return {row["code"]: row["name"] for row in rows(f"{kind}_codes")}


@cache
def spellings(kind: str) -> dict[str, tuple[str, ...]]:
    known: dict[str, tuple[str, ...]] = {code: (name,) for code, name in names(kind).items()}
    for row in rows(f"{kind}_aliases"):
        known[row["code"]] += (row["name"],)
    return known


# The lists in themselves


@pytest.mark.parametrize("name", LISTS)
def test_file_is_utf8_with_lf_and_no_bom(name: str) -> None:
    content = (CODES / f"{name}.csv").read_bytes()
    text = content.decode("utf-8")
    assert not content.startswith(b"\xef\xbb\xbf")
    assert "\r" not in text
    assert text.endswith("\n")
    assert not re.search(r"\n\n|[ \t\u3000\"]", text), "one row per line, no blanks, nothing quoted"


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("functional_codes", ["code", "name", "level", "parent"]),
        ("economic_codes", ["code", "name", "level", "parent"]),
        ("regions", ["code", "name", "parent", "level", "valid_from", "valid_to"]),
        ("functional_aliases", ["code", "name", "valid_from", "valid_to"]),
        ("economic_aliases", ["code", "name", "valid_from", "valid_to"]),
    ],
)
def test_columns(name: str, columns: list[str]) -> None:
    assert list(rows(name)[0]) == columns


@pytest.mark.parametrize("name", LISTS)
def test_rows_are_ordered_by_code_and_never_double(name: str) -> None:
    codes = [row["code"] for row in rows(name)]
    assert codes == sorted(codes)
    key = ["code"] if name.endswith("_codes") else ["code", "name"]
    keys = [tuple(row[field] for field in key) for row in rows(name)]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("kind", ["functional", "economic"])
def test_level_and_parent_follow_from_the_code(kind: str) -> None:
    for row in rows(f"{kind}_codes"):
        code = row["code"]
        assert row["name"]
        assert row["level"] == LEVEL_BY_LENGTH[len(code)]
        assert row["parent"] == ("" if len(code) == 3 else code[:-2])
        assert not row["parent"] or row["parent"] in names(kind), f"{code} has no parent"


def test_domains() -> None:
    assert all(re.fullmatch(r"2[0-3]\d(\d\d){0,2}", code) for code in names("functional"))
    assert all(re.fullmatch(r"3\d\d(\d\d)?", code) for code in names("economic"))
    classes = {code for code in names("economic") if len(code) == 3}
    assert classes == {"301", "302", "303", "307", "309", "310", "311", "312", "313", "399"}


def test_recurring_items_bear_their_one_name() -> None:
    """``01`` named 行政运行 is followed by its two companions, ``50`` is an institution's running cost."""
    functional = names("functional")
    for code, name in functional.items():
        if name == "一般行政管理事务":
            assert functional[code[:-2] + "01"] == "行政运行"
        if len(code) == 7 and code.endswith("50"):
            assert name in {"事业运行", "地震事业机构"}
        if len(code) == 7 and code.endswith("99"):
            assert "其他" in name, code


def test_brackets_and_quotes_are_the_chinese_ones() -> None:
    for name in LISTS:
        for row in rows(name):
            assert not re.search(r"[()\"',:;]", row["name"]), row
            assert row["name"].count("（") == row["name"].count("）")
            assert row["name"].count("“") == row["name"].count("”")


@pytest.mark.parametrize("kind", ["functional", "economic"])
def test_aliases_are_other_names_of_known_codes(kind: str) -> None:
    for row in rows(f"{kind}_aliases"):
        assert row["code"] in names(kind)
        assert row["name"] != names(kind)[row["code"]]
        assert re.fullmatch(r"(20\d\d)?", row["valid_from"])
        assert re.fullmatch(r"(20\d\d)?", row["valid_to"])


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("201", "一般公共服务支出"),
        ("2010308", "信访事务"),
        ("2010601", "行政运行"),
        ("2013699", "其他共产党事务支出"),
        ("2030606", "预备役部队"),
        ("2080505", "机关事业单位基本养老保险缴费支出"),
        ("2080704", "社会保险补贴"),
        ("2101199", "其他行政事业单位医疗支出"),
        ("2120801", "征地和拆迁补偿支出"),
        ("215", "资源勘探工业信息等支出"),
        ("220", "自然资源海洋气象等支出"),
        ("2210202", "提租补贴"),
        ("2230105", "国有企业退休人员社会化管理补助支出"),
        ("224", "灾害防治及应急管理支出"),
        ("2296002", "用于社会福利的彩票公益金支出"),
        ("2340299", "其他抗疫相关支出"),
    ],
)
def test_functional_names(code: str, name: str) -> None:
    assert names("functional")[code] == name


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("301", "工资福利支出"),
        ("30109", "职业年金缴费"),
        ("30212", "因公出国（境）费用"),
        ("30240", "税金及附加费用"),
        ("30311", "代缴社会保险费"),
        ("307", "债务利息及费用支出"),
        ("309", "资本性支出（基本建设）"),
        ("30999", "其他基本建设支出"),
        ("31001", "房屋建筑物购建"),
        ("31007", "信息网络及软件购置更新"),
        ("31013", "公务用车购置"),
        ("39999", "其他支出"),
    ],
)
def test_economic_names(code: str, name: str) -> None:
    assert names("economic")[code] == name


@pytest.mark.parametrize(
    ("code", "name"),
    [("207", "文化体育与传媒支出"), ("210", "医疗卫生与计划生育支出"), ("215", "资源勘探信息等支出")],
)
def test_earlier_class_names(code: str, name: str) -> None:
    assert name in spellings("functional")[code]


# Regions


def test_region_level_and_parent() -> None:
    codes = {row["code"]: row["level"] for row in rows("regions")}
    for row in rows("regions"):
        code, parent = row["code"], row["parent"]
        assert re.fullmatch(r"[1-6]\d{5}", code), "the mainland only"
        level = "province" if code.endswith("0000") else "prefecture" if code.endswith("00") else "county"
        assert row["level"] == level
        if level == "province":
            assert not parent
        else:
            assert codes[parent] in ("province", "prefecture")
            assert code.startswith(parent.rstrip("0"))
            assert (codes[parent] == "province") == parent.endswith("0000")


def test_region_years() -> None:
    for row in rows("regions"):
        assert re.fullmatch(r"((19|20)\d\d)?", row["valid_from"])
        assert re.fullmatch(r"(20\d\d)?", row["valid_to"])
        if row["valid_from"] and row["valid_to"]:
            assert int(row["valid_from"]) <= int(row["valid_to"])
    for above, below in pairwise(rows("regions")):
        if above["code"] == below["code"]:
            assert above["valid_to"], f"{above['code']}: the name in use comes last, and only one is in use"
            assert int(above["valid_to"]) < int(below["valid_from"]), f"{above['code']}: two names at once"


def test_current_regions_are_as_many_as_there_are() -> None:
    current = [row["level"] for row in rows("regions") if not row["valid_to"]]
    assert current.count("province") == 31
    assert current.count("prefecture") == 333
    assert 2840 <= current.count("county") <= 2860


@pytest.mark.parametrize(
    ("code", "name", "parent", "valid_to"),
    [
        ("310000", "上海市", "", ""),
        ("310107", "普陀区", "310000", ""),
        ("310230", "崇明县", "310000", "2015"),
        ("330113", "临平区", "330100", ""),
        ("330104", "江干区", "330100", "2020"),
        ("420000", "湖北省", "", ""),
        ("420100", "武汉市", "420000", ""),
        ("420106", "武昌区", "420100", ""),
        ("420107", "青山区", "420100", ""),
        ("420112", "东西湖区", "420100", ""),
        ("420600", "襄樊市", "420000", "2009"),
        ("420600", "襄阳市", "420000", ""),
        ("429004", "仙桃市", "420000", ""),
        ("540481", "米林市", "540400", ""),
    ],
)
def test_known_regions(code: str, name: str, parent: str, valid_to: str) -> None:
    found = [row for row in rows("regions") if (row["code"], row["name"]) == (code, name)]
    assert [(row["parent"], row["valid_to"]) for row in found] == [(parent, valid_to)]


# What the shared reports print

_ITEM = re.compile(r"(?<![\d.,])(2[0-3]\d{5})(?![\d.,])|(?<=\.\d\d)(2[0-3]\d{5})(?!\d)")
_SECTION = re.compile(
    r"(?<![\d.,])(2[0-3](?!000)\d{3}|30[1-9]\d\d|31[0-3]\d\d|399\d\d)(?=\s*$|\s+[\u4e00-\u9fff])"
)
_SPLIT = re.compile(r"(?:^|\s)(2[0-3]\d|30[1-9]|31[0-3]|399)((?:\s+\d\d(?=\s)){1,2})(?=\s+[\u4e00-\u9fff])")
_CLASS = re.compile(r"^\s*(2[0-3]\d|30[1-9]|31[0-3])(?=\s*$|\s+[\u4e00-\u9fff]+(?:支出|补助)\s)")
_NAMED = re.compile(
    r"(?<![\d.,])([23]\d{6}|[23]\d{4}|[23]\d\d(?: \d\d){1,2})\s+"
    r"([\u4e00-\u9fff（）“”、]{3,})\s+-?\d[\d,]*\.\d"
)


@cache
def printed_lines() -> tuple[str, ...]:
    lines: list[str] = []
    for path in sorted(REPORTS.rglob("*.txt")):
        lines += path.read_text(encoding="utf-8-sig").splitlines()
    for path in sorted(REPORTS.rglob("*.pdf")):
        with pypdfium2.PdfDocument(path) as document:
            for page in document:
                lines += page.get_textpage().get_text_range().splitlines()
    return tuple(lines)


def attested() -> dict[str, str]:
    """Every code that a report prints, whole or split, with one line that shows it."""
    found: dict[str, str] = {}
    for line in printed_lines():
        for pattern in (_ITEM, _SECTION, _SPLIT, _CLASS):
            for match in pattern.finditer(line):
                code = re.sub(r"\s", "", "".join(group for group in match.groups() if group))
                found.setdefault(code, line)
    return found


needs_reports = pytest.mark.skipif(
    not REPORTS.is_dir(), reason="the real reports (../shared/reports) are not on this machine"
)


@needs_reports
def test_every_printed_code_is_listed() -> None:
    found = attested()
    assert {"2030606", "2050399", "2101199", "2080104", "2150899", "20306", "310", "31022"} <= set(found)
    missing = {
        code: line
        for code, line in found.items()
        if code not in names("functional" if code.startswith("2") else "economic")
    }
    assert not missing


@needs_reports
def test_printed_names_are_the_listed_ones_or_their_beginning() -> None:
    compared = 0
    for line in printed_lines():
        for printed_code, printed in _NAMED.findall(line):
            code = printed_code.replace(" ", "")
            known = spellings("functional" if code.startswith("2") else "economic")[code]
            compared += 1
            assert any(name.startswith(printed) for name in known), (code, printed, known)
    assert compared > 100
