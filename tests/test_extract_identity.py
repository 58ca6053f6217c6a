"""Who, what and when: from the document itself; what is not sure is refused, never guessed."""

from __future__ import annotations

import pytest

from pipelines.extract.regions import region_of
from pipelines.extract.result import NotAReport
from tests.support import dump, read_text

BASE = dump(("general_budget_expenditure", ["合计 5.00 5.00 0.00", "205 教育支出 5.00 5.00 0.00"]))
NAME = "武汉市江岸区示例民生服务局"


@pytest.mark.parametrize(
    ("institution", "text", "year", "code"),
    [
        ("青山区人力资源局", "武汉市青山区人力资源局", 2023, "420107"),
        ("青山区人力资源局", "包头市青山区", 2023, "150204"),
        ("武汉市青山区人力资源局", "", 2023, "420107"),
        ("普陀区财政局", "上海市", 2023, "310107"),
        ("普陀区财政局", "舟山市", 2023, "330903"),
        ("朝阳区教育局", "长春市", 2023, "220104"),
        ("西湖区民政局", "南昌市", 2023, "360103"),
        ("湖北省民政厅", "", 2023, "420000"),
        ("吉林省吉林市教育局", "", 2023, "220200"),
        ("卢湾区教育局", "上海市", 2009, "310103"),
        ("黄浦区教育局", "上海市", 2023, "310101"),
        ("襄樊市教育局", "", 2009, "420600"),
        ("浦东新区教育局", "上海市", 2023, "310115"),
    ],
)
def test_region_of_an_institution(institution: str, text: str, year: int, code: str) -> None:
    region = region_of(institution, text, year)
    assert region is not None
    assert region.code == code


@pytest.mark.parametrize(
    ("institution", "text"),
    [
        ("青山区人力资源局", ""),
        ("鼓楼区民政局", "福州 徐州 开封 南京"),
        ("西湖区民政局", "杭州 南昌"),
        ("民政局", ""),
    ],
)
def test_a_name_that_several_places_bear_is_not_guessed(institution: str, text: str) -> None:
    assert region_of(institution, text, 2023) is None


def test_the_plain_case() -> None:
    identity = read_text(BASE).identity
    assert (identity.kind, identity.fiscal_year, identity.level) == ("final", 2023, "department")
    assert (identity.region_code, identity.region_name, identity.institution) == ("420102", "江岸区", NAME)
    assert identity.unit_as_published == "万元"


@pytest.mark.parametrize("digits", ["二〇二三", "二○二三"])
def test_year_in_chinese_digits(digits: str) -> None:
    assert read_text(BASE.replace("2023年度", f"{digits}年度")).identity.fiscal_year == 2023


def test_last_year_in_the_narrative_does_not_win() -> None:
    text = BASE + "与2022年度支出决算相比增加。\n" * 3
    assert read_text(text).identity.fiscal_year == 2023


def test_level_kind_and_unit() -> None:
    assert read_text(BASE.replace("部门决算", "单位决算")).identity.level == "unit"
    assert read_text(BASE.replace("决算", "预算")).identity.kind == "budget"
    assert read_text(BASE.replace("万元", "元")).identity.unit_as_published == "元"


def test_the_file_name_decides_nothing() -> None:
    identity = read_text(BASE, name="上海市静安区示例卫生局2019年部门预算.txt").identity
    assert (identity.kind, identity.fiscal_year, identity.institution) == ("final", 2023, NAME)


def test_report_id_is_stable_and_says_region_year_and_kind() -> None:
    first, again = read_text(BASE).identity, read_text(BASE.replace("5.00", "6.00")).identity
    assert first.report_id == again.report_id
    assert first.report_id.startswith("420102-2023-final-")
    assert len(first.report_id.rpartition("-")[2]) == 8
    assert read_text(BASE.replace("部门决算", "单位决算")).identity.report_id != first.report_id


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ((NAME, ""), "the institution cannot be told"),
        ((NAME, "青山区示例民生服务局"), "the region of .* cannot be told"),
        (("2023年度", ""), "the fiscal year cannot be told"),
        ((NAME, "武汉市江岸区XX局"), "blank template"),
    ],
)
def test_what_is_not_sure_is_refused(change: tuple[str, str], reason: str) -> None:
    with pytest.raises(NotAReport, match=reason):
        read_text(BASE.replace(*change))


def test_a_report_without_any_unit_is_not_published_in_a_guessed_one() -> None:
    extraction = read_text(BASE.replace(" 金额单位：万元", ""))
    assert extraction.frames["general_budget_expenditure"].is_empty()
