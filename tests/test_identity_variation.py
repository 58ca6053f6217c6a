"""Whose report it is, in the titles of many provinces: right, or refused with a reason, never a wrong name, year or place.

The cases of ../shared/cases give the answers for single kinds; the generated reports here put a title's parts together
in every order that real pages have (name or year first, over two lines, with a second name, 本级, no 部门, on one line).
"""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.documents import open_bytes, open_document
from pipelines.extract.cover import title_of
from pipelines.extract.report import extract
from pipelines.extract.result import Extraction, NotAReport
from tests.support import ROOT

CASES = ROOT.parent / "shared" / "cases"
EXPECTED: dict[str, dict[str, Any]] = (
    yaml.safe_load((CASES / "expected.yaml").read_text("utf-8")) if CASES.exists() else {}
)


def read(text: str, name: str = "report.txt") -> Extraction:
    return extract(open_bytes(name, text.encode("utf-8")))


@pytest.mark.skipif(not CASES.exists(), reason="the shared cases (../shared/cases) are not on this machine")
def test_the_shared_cases() -> None:
    told = {name: case["identity"] for name, case in EXPECTED.items() if "identity" in case}
    assert len(told) >= 9
    for name, expected in told.items():
        identity = extract(open_document(CASES / name)).identity
        found = {"institution_level": identity.level, **{k: getattr(identity, k, None) for k in expected if k != "institution_level"}}
        assert {key: found[key] for key in expected} == expected, name


# --- generated -------------------------------------------------------------------------------------------------

PLACES = {
    # region name: (what stands before the name, code, city, province)
    "渠县": ("渠县", "511725", "达州市", "四川省"),
    "丰都县": ("丰都县", "500230", "重庆市", "重庆市"),
    "玄武区": ("南京市玄武区", "320102", "南京市", "江苏省"),
    "武进区": ("常州市武进区", "320412", "常州市", "江苏省"),
    "麦积区": ("天水市麦积区", "620503", "天水市", "甘肃省"),
    "柳城县": ("柳城县", "450222", "柳州市", "广西壮族自治区"),
    "湛江市": ("湛江市", "440800", "湛江市", "广东省"),
    "普陀区": ("上海市普陀区", "310107", "上海市", "上海市"),
    "鼓楼区": ("福州市鼓楼区", "350102", "福州市", "福建省"),
}
BODIES = (
    "园林局", "教育和科学技术局", "人民政府办公室", "卫生健康委员会", "示例镇人民政府", "示例乡人民政府", "示例街道办事处", "第一实验小学", "示例初级中学", "人民医院",
    "园林服务中心", "残疾人联合会", "总工会", "融媒体中心", "社会福利院", "公安局交通警察大队", "示例幼儿园", "示例林场", "妇幼保健院", "退役军人事务局",
)  # fmt: skip
SECOND = ("", "（{place}绿化局）", "(挂{place}文物局)")
ENDINGS = ("", "公开", "公开说明", "情况说明", "信息公开", "报告", "公开情况的说明")


@st.composite
def titles(draw: st.DrawFn) -> tuple[list[str], dict[str, Any]]:
    region = draw(st.sampled_from(sorted(PLACES)))
    place, code, city, province = PLACES[region]
    name = place + draw(st.sampled_from(BODIES))
    year, kind = draw(st.integers(2015, 2026)), draw(st.sampled_from(["final", "budget"]))
    itself = draw(st.sampled_from(["", "", "(本级)", "（本级）"]))
    second = draw(st.sampled_from(SECOND)).format(place=place) if not itself else ""
    body = draw(st.sampled_from(["部门", "单位", ""] if not itself else ["", "单位"]))
    word = "决算" if kind == "final" else "预算"
    printed = draw(st.sampled_from([f"{year}年度", f"{year} 年度", f"{year}年"]))
    ending = draw(st.sampled_from(ENDINGS))
    head = draw(st.sampled_from(["", "附件1：", "附件："]))
    lines = draw(
        st.sampled_from(
            [
                [f"{head}{name}{second}{itself}{printed}{body}{word}{ending}"],
                [f"{head}{name}{second}{itself} {printed}{body}{word}{ending}"],
                [f"{name}{second}{itself}", f"{printed}{body}{word}{ending}"],
                [f"{name}{second}{itself}{printed}", f"{body}{word}{ending or '公开'}"],
                [f"{name}{second}{itself}关于{printed}{body}{word}{ending or '公开'}"],
                [f"{printed}{name}{second}{itself}{body}{word}{ending}"],
                [f"{printed}", f"{name}{second}{itself}{body}{word}{ending}"],
            ]
        )
    )
    expected = {
        "institution": name, "fiscal_year": year, "kind": kind, "region_code": code, "city": city, "province": province,
    }  # fmt: skip
    if body or itself:
        expected["level"] = "unit" if itself or body == "单位" else "department"
    return lines, expected


FURNITURE = (
    "",
    "首页>政务公开>财政预决算\n索引号\n000014348/2023-02101\n发布机构\n{place}财政局\n信息名称\n{title}\n监督索引号53252800836003601000\n",
    "发布机构：{place}财政局\n发布日期：2024-09-14\n字体：[大 中 小]\n",
    "{place}人民政府\n无障碍浏览 长者模式\n当前位置：首页>部门公开>教育局\n",
)
"""What stands above the title on a page of a web site; the publisher there is another body."""


def page(lines: list[str], expected: dict[str, Any], furniture: str) -> str:
    place = next(place for place, code, *_ in PLACES.values() if code == expected["region_code"])
    return furniture.format(place=place, title=lines[0]) + document(lines, expected, False) + f"主办：{place}人民政府办公室\n"


def document(lines: list[str], expected: dict[str, Any], one_line: bool) -> str:
    year, word = expected["fiscal_year"], "决算" if expected["kind"] == "final" else "预算"
    body = {"unit": "单位", "department": "部门"}.get(str(expected.get("level")), "部门")
    text = [
        *lines,
        "目 录",
        f"第一部分 {body}概况",
        f"第二部分 {year}年度{body}{word}表",
        f"第三部分 {year}年度{body}{word}情况说明",
        f"第一部分 {body}概况",
        "一、主要职责",
        f"贯彻落实{expected['province']}{expected['city']}有关规定，承担示例事项。",
        f"第三部分 {year}年度{body}{word}情况说明",
        f"一、收入支出{word}总体情况说明",
        f"{year}年度收、支总计均为500.00万元。与{year - 1}年度相比，收、支总计各增加10.00万元，增长2.04%。",
    ]
    return (" " if one_line else "\n").join(text) + "\n"


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(titles(), st.booleans())
def test_identity_is_right_or_refused(title: tuple[list[str], dict[str, Any]], one_line: bool) -> None:
    lines, expected = title
    try:
        identity = read(document(lines, expected, one_line)).identity
    except NotAReport as error:
        assert str(error)
        return
    assert {key: getattr(identity, key) for key in expected} == expected


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(titles(), st.sampled_from(FURNITURE))
def test_what_stands_around_the_title_of_a_page_does_not_change_it(title: tuple[list[str], dict[str, Any]], furniture: str) -> None:
    lines, expected = title
    try:
        identity = read(page(lines, expected, furniture)).identity
    except NotAReport as error:
        assert str(error)
        return
    assert {key: getattr(identity, key) for key in expected} == expected


def test_most_titles_are_read() -> None:
    """Refusing everything would be right as well: this counts what is not refused."""
    read_, refused = 0, []

    @settings(max_examples=120, deadline=None, database=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
    @given(titles(), st.booleans())
    def count(title: tuple[list[str], dict[str, Any]], one_line: bool) -> None:
        nonlocal read_
        try:
            read(document(*title, one_line))
            read_ += 1
        except NotAReport as error:
            refused.append((title[0], str(error)))

    count()
    assert read_ / (read_ + len(refused)) > 0.9, refused[:5]


# --- what is not sure -------------------------------------------------------------------------------------------

EXPECT = {"fiscal_year": 2023, "kind": "final", "level": "department", "province": "", "city": ""}


@pytest.mark.parametrize("name", ["鼓楼区园林局", "朝阳区园林局", "青山区园林局", "西湖区民政局"])
def test_a_district_that_several_cities_have_is_refused_without_its_city(name: str) -> None:
    with pytest.raises(NotAReport, match="region"):
        read(document([f"{name}2023年度部门决算"], EXPECT, False))


@pytest.mark.parametrize(("city", "code"), [("南京市", "320106"), ("徐州市", "320302"), ("福州市", "350102"), ("开封市", "410204")])
def test_the_city_in_the_text_decides_a_district(city: str, code: str) -> None:
    identity = read(document(["鼓楼区园林局2023年度部门决算"], {**EXPECT, "city": city}, False)).identity
    assert (identity.region_code, identity.city) == (code, city)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("部门：南京市玄武区教育局 金额单位：万元", "different bodies"),
        ("2021年度收入支出决算总表\n2021年度收入决算表\n2021年度支出决算表\n2021年度财政拨款收入支出决算总表\n" * 2, "fiscal year is not sure"),
    ],
)  # fmt: skip
def test_a_title_that_the_tables_contradict_is_refused(line: str, reason: str) -> None:
    text = document(["南京市玄武区园林局2023年度部门决算"], EXPECT, False)
    with pytest.raises(NotAReport, match=reason):
        read(text + (line + "\n") * 4)


@pytest.mark.parametrize("cut", range(2, 12))
def test_a_name_that_breaks_over_two_lines_is_whole(cut: int) -> None:
    name = "元阳县沙拉托乡中心小学"
    text = document([name[:cut], f"{name[cut:]}2022年度部门决算"], {**EXPECT, "fiscal_year": 2022}, False)
    try:
        identity = read(text + "元阳县财政局" * 3).identity
    except NotAReport as error:
        assert str(error)
        return
    assert (identity.institution, identity.region_code) == (name, "532528")


def test_a_name_of_the_file_alone_is_not_used() -> None:
    text = document(["2023年度部门决算"], {**EXPECT, "province": "四川省", "city": "达州市"}, False)
    with pytest.raises(NotAReport, match="institution"):
        read(text, "渠县园林局2023年度部门决算.txt")
    extraction = read(text + "渠县园林局承担示例事项。\n", "渠县园林局2023年度部门决算.txt")
    assert extraction.identity.institution == "渠县园林局"
    assert [n.code for n in extraction.notices if n.resource == "reports"] == ["E13"]


def test_a_template_left_in_a_report_with_figures_is_told() -> None:
    text = document(["XX部门渠县园林局2023年度部门决算"], {**EXPECT, "province": "四川省"}, False)
    extraction = read(text + "纳入XX部门决算编制范围的单位共XX家。\n")
    assert extraction.identity.institution == "渠县园林局"
    assert [n.code for n in extraction.notices if n.resource == "reports"] == ["E14"]


def test_a_body_keeps_its_id_over_years_and_ways_of_writing() -> None:
    one = read(document(["南京市玄武区园林局2023年度部门决算"], EXPECT, False)).identity
    other = read(document(["玄武区园林局2024年部门预算"], {**EXPECT, "kind": "budget", "fiscal_year": 2024, "city": "南京市"}, False)).identity
    assert one.institution_id == other.institution_id and one.report_id != other.report_id


@pytest.mark.parametrize(
    "text",
    [
        "2023年度收入支出决算总表", "渠县2024年财政决算草案的报告", "渠县人民政府2024年度决算", "与2022年度部门决算相比增加", "第二部分 2023年度部门决算表",
        "渠县财政局关于2023年财政预算执行情况和2024年预算草案的报告", "本部门2023年度部门决算", "纳入渠县园林局2023年部门决算编制范围的单位",
    ],
)  # fmt: skip
def test_what_is_no_title_of_a_body(text: str) -> None:
    title = title_of(text)
    assert title is None or title.name is None


