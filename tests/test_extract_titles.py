"""Table titles in the wordings of different places and years; the longest meaning wins. What is no title is none."""

from __future__ import annotations

import pytest

from pipelines.extract.titles import (
    is_number_mark,
    parse_owner,
    parse_title,
    parse_unit,
    printed_number,
)

WORDINGS = {
    "revenue_expenditure_summary": [
        "收入支出决算总表", "2023年度收入支出决算总表", "部门收支预算总表", "部门财务收支预算总表", "收支总表",
        "部门收支总体情况表", "部门收入支出预算总表",
    ],
    "revenue_by_function": [
        "收入决算表", "２０２３年度收入决算表", "收  入  决  算  表", "二〇二三年度收入决算表", "XXXX年度收入决算表", "部门收入预算总表",
        "部门收入总表", "部门收入总体情况表", "二、收入决算表",
    ],
    "expenditure_by_function": [
        "支出决算表", "公开03表 支出决算表", "表3支出决算表", "附件3 2023年度支出决算表", "（三）支出决算表（续）", "支出决算表（续表）",
        "支出决算表（空表）", "支出决算表（功能科目）", "支出决算表（分科目）", "部门支出预算总表", "部门支出总表", "部门支出总体情况表",
    ],
    "appropriation_summary": [
        "财政拨款收入支出决算总表", "部门财政拨款收支预算总表", "财政拨款收支总表", "财政拨款收支总体情况表",
    ],
    "general_budget_expenditure": [
        "一般公共预算财政拨款支出决算表", "一般公共预算支出表", "一般公共预算支出情况表", "一般公共预算拨款支出预算表",
        "一般公共预算财政拨款收入支出决算表", "部门一般公共预算支出功能分类预算表", "公共财政预算支出表"
    ],
    "basic_expenditure_by_economy": [
        "一般公共预算财政拨款基本支出决算表", "一般公共预算财政拨款基本支出决算明细表", "一般公共预算基本支出表",
        "部门一般公共预算基本支出部门预算经济分类预算表", "一般公共预算基本支出情况表",
    ],
    "government_fund": [
        "政府性基金预算财政拨款收入支出决算表", "（表8）2021年度政府性基金预算财政拨款收入支出决算表", "政府性基金预算支出表",
        "部门政府性基金预算支出功能分类预算表", "政府性基金预算支出情况表",
    ],
    "state_capital": [
        "国有资本经营预算财政拨款支出决算表", "国有资本经营预算财政拨款收入支出决算表", "国有资本经营预算支出表",
    ],
    "three_public_expenses": [
        "财政拨款“三公”经费支出决算表", "一般公共预算“三公”经费支出表", "部门“三公”经费和机关运行经费预算表",
        "一般公共预算财政拨款“三公”经费支出决算表", "三公经费支出情况表",
    ],
}  # fmt: skip

NO_TITLES = [
    "项目支出表", "政府采购支出表", "一般公共预算项目支出表", "上年收入决算表", "财政专户管理资金支出表", "政府预算支出经济分类表",
    "转移支付表", "支出决算情况说明", "《支出决算表》", "2023年支出决算表.....12", "一、支出决算表说明", "本表反映支出决算，见支出决算表",
    "部门整体支出绩效自评表", "财政拨款支出决算表", "收入决算表（分单位）", "项目支出决算（明细）表", "表", "续表", "收入", "",
]  # fmt: skip


@pytest.mark.parametrize(
    ("resource", "wording"), [(r, w) for r, wordings in WORDINGS.items() for w in wordings]
)
def test_every_wording_names_its_table(resource: str, wording: str) -> None:
    title = parse_title(wording)
    assert title is not None
    assert title.resource == resource


@pytest.mark.parametrize("text", NO_TITLES)
def test_what_is_no_title_of_the_nine_is_none(text: str) -> None:
    assert parse_title(text) is None


@pytest.mark.parametrize("text", ["人员经费支出表", "公用经费支出表"])
def test_a_table_of_personnel_or_public_expenses_alone_is_not_table_03(text: str) -> None:
    assert parse_title(text) is None


@pytest.mark.parametrize("text", ["部门支出功能分类预算表", "收支预算总表（一）"])
def test_rarer_wordings_of_budget_tables(text: str) -> None:
    assert parse_title(text) is not None


@pytest.mark.parametrize(
    ("text", "kind"),
    [("收入决算表", "final"), ("部门收入预算总表", "budget"), ("部门收入总表", None),
     ("一般公共预算财政拨款支出决算表", "final"), ("一般公共预算支出表", None), ("政府性基金预算支出预算表", "budget")],
)  # fmt: skip
def test_kind_is_what_the_title_says_and_never_the_name_of_a_budget(text: str, kind: str | None) -> None:
    title = parse_title(text)
    assert title is not None
    assert title.kind == kind


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("公开03表", "3"),
        ("（表8）", "8"),
        ("公开09表", "9"),
        ("部门公开表5", "5"),
        ("附表6", "6"),
        ("支出决算表", None),
    ],
)
def test_printed_numbers(text: str, number: str | None) -> None:
    assert printed_number(text) == number
    assert is_number_mark(text) == (number is not None)


@pytest.mark.parametrize(
    ("text", "unit"),
    [("单位：万元", "万元"), ("金额单位:元", "元"), ("单位：人民币万元", "万元"), ("（单位：万元）", "万元"), ("计量单位：千元", "千元"),
     ("单 位 ： 万 元", "万元"), ("单位：亿元", None), ("单位：百万元", None), ("部门：示例民政局", None)],
)  # fmt: skip
def test_units(text: str, unit: str | None) -> None:
    assert parse_unit(text) == unit


@pytest.mark.parametrize(
    ("text", "owner"),
    [("部门：武汉市江岸区示例民生服务局 金额单位：万元", "武汉市江岸区示例民生服务局"), ("单位：万元", None),
     ("预算主管部门：上海市静安区示例局", "上海市静安区示例局"), ("填报单位（盖章）：武汉市示例民政局", "武汉市示例民政局"),
     ("公开部门:武汉市示例民政局2023年", "武汉市示例民政局")],
)  # fmt: skip
def test_owners(text: str, owner: str | None) -> None:
    assert parse_owner(text) == owner


def test_a_seal_mark_behind_the_name_is_not_part_of_it() -> None:
    assert parse_owner("编制单位：武汉市示例民政局（公章） 单位：元") == "武汉市示例民政局"
