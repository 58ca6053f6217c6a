"""Zeros that a sentence states, years and names of an older report: generated variations of each."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.test_narrative_cases import budget, final, of

ZERO = [(None, Decimal(0), 2023)]
NOTHING = ("无", "没有", "未发生", "没有使用", "未安排")
BODY = ("", "本单位", "本部门2023年度", "2023年度", "南京市玄武区园林局2023年度")


@pytest.mark.parametrize("word", NOTHING)
@pytest.mark.parametrize("body", BODY)
@pytest.mark.parametrize(
    ("heading", "what", "concept"),
    [
        ("八、政府性基金预算财政拨款收入支出决算情况说明", "政府性基金预算财政拨款收入、支出", "government_fund.total"),
        ("八、政府性基金预算财政拨款收入支出决算情况说明", "政府性基金预算财政拨款安排的支出", "government_fund.total"),
        ("九、国有资本经营预算财政拨款支出决算情况说明", "国有资本经营预算财政拨款支出", "state_capital.total"),
        ("十、机关运行经费支出情况说明", "机关运行经费支出", "agency_operation.total"),
        ("七、财政拨款“三公”经费支出决算情况说明", "公务用车购置费支出", "three_public.vehicle_purchase.final"),
    ],
)
def test_nothing_is_zero_of_that_concept(word: str, body: str, heading: str, what: str, concept: str) -> None:
    read = final(heading, f"{body}{word}{what}。")
    assert of(read, concept) == ZERO
    assert read.frames["statements"].height == 1


@pytest.mark.parametrize(
    "sentence",
    [
        "2022年度没有政府性基金预算财政拨款支出。",
        "下属单位没有政府性基金预算财政拨款支出。",
        "本单位没有政府性基金预算财政拨款支出增加的情况。",
        "本单位政府性基金预算财政拨款支出无增减变化。",
        "主要原因是没有政府性基金预算财政拨款支出。",
        "本单位没有政府性基金预算财政拨款结转项目的支出绩效问题。",
    ],
)
def test_what_does_not_say_it_of_the_concept_is_no_zero(sentence: str) -> None:
    read = final("八、政府性基金预算财政拨款收入支出决算情况说明", sentence)
    assert of(read, "government_fund.total") == []


def test_a_stated_figure_goes_before_nothing() -> None:
    read = final("八、政府性基金预算财政拨款收入支出决算情况说明", "2023年度政府性基金预算财政拨款支出5.00万元。年初无政府性基金预算财政拨款支出。")
    assert of(read, "government_fund.total") == [(None, Decimal(5), 2023)]


def codes(read: object, code: str) -> list[str]:
    return [notice.actual for notice in read.notices if notice.code == code]  # type: ignore[attr-defined]


@pytest.mark.parametrize("year", [2019, 2020, 2021, 2022, 2024])
@pytest.mark.parametrize("said", ["我部门在{}年度部门决算中严格执行规定。", "{}年度单位决算由本级组成。", "{}年度部门收支决算编制工作已完成。"])
def test_another_year_of_its_own(year: int, said: str) -> None:
    head = "一、收入支出决算总体情况说明"
    right = "2023年度收、支总计100.00万元。"
    assert codes(final(head, right + said.format(year)), "E24") == [str(year)]
    assert codes(final(head, right + said.format(2023)), "E24") == []
    assert codes(final(head, f"{right}与{year}年度部门决算相比持平。"), "E24") == []


@pytest.mark.parametrize("name", ["医疗卫生与计划生育", "文化体育与传媒", "国土海洋气象等"])
@pytest.mark.parametrize("mark", ["支出", "（类）支出", "支出（类）"])
def test_names_of_an_older_year(name: str, mark: str) -> None:
    read = final("五、一般公共预算财政拨款支出决算情况说明", "（二）一般公共预算财政拨款支出决算结构情况", f"{name}{mark}20.00万元，占2.00%。")
    assert codes(read, "E25") == [name]


@pytest.mark.parametrize("name", ["卫生健康支出", "文化旅游体育与传媒支出", "自然资源海洋气象等支出"])
def test_names_in_force_are_not_noticed(name: str) -> None:
    assert codes(budget("财政拨款支出主要内容如下：", f"1.“{name}”科目20.00万元。"), "E25") == []


def test_a_narrative_that_is_mostly_open_says_so() -> None:
    lines = [f"第{n}所学校的某项开销{n}.00万元。" for n in range(11, 24)]
    read = final("三、支出决算情况说明", "2023年度本年支出合计100.00万元。", *lines)
    assert [n.locator for n in read.notices if n.code == "E22" and n.locator == "section=narrative"] == ["section=narrative"]
    short = final("三、支出决算情况说明", "2023年度本年支出合计100.00万元。")
    assert not [n for n in short.notices if n.code == "E22"]


@pytest.mark.parametrize(
    "said",
    ["/某市园林局2023年度决算报表.xls", "第五部分：2023年度部门决算公开报表（见附件）", "附件：2023年部门决算公开表.xlsx", "2023年度部门决算表（详见附表）"],
)
def test_tables_in_an_attachment_that_was_not_given(said: str) -> None:
    read = final("一、收入支出决算总体情况说明", "2023年度收、支总计100.00万元。", said)
    assert codes(read, "E44") and not codes(read, "E04")
    assert set(read.frames["tables"]["status"]) == {"attachment"}


@pytest.mark.parametrize("said", ["整体绩效自评表见附件。", "详见附件。", "项目支出明细.xlsx"])
def test_other_attachments_are_no_tables(said: str) -> None:
    read = final("一、收入支出决算总体情况说明", "2023年度收、支总计100.00万元。", said)
    assert codes(read, "E04") and not codes(read, "E44")
