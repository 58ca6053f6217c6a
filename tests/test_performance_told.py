"""Results that the narrative tells of the forms' indicators, generated: rightly told, told otherwise, and told of others.

What the rules make of them is in ``test_quality_performance``.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.extract.performance import told
from pipelines.extract.performance.mentions import Funded, ProjectMention, link_by_amount
from pipelines.extract.performance.model import Figures, Indicator, SelfEvaluation

YEAR = 2023
VERBS = ("举办", "开展", "受理", "处理", "发放", "新建", "改造", "检查", "培训", "走访", "", "完成")
THINGS = ("专题招聘活动", "劳动争议案件", "农村公路桥梁", "技能提升课程", "困难群众家庭", "沿街商铺门头", "河道排口", "普法宣传手册")
UNITS = ("场", "件", "座", "期", "户", "家次", "个", "册", "人次", "%")
LINKS = ("", "共", "达到", "为", "达")
HEADS = ("全年", "2023年", "共", "我局", "", "并")
NAMES = [f"{verb}{thing}" for verb in VERBS for thing in THINGS]
OTHERWISE = (
    "2022年{name}{value}{unit}。", "计划{name}{value}{unit}。", "比上年{name}增加{value}{unit}。", "累计{name}{value}{unit}。",
    "{name}近{value}{unit}。", "{name}{value}余{unit}。", "东街街道{name}{value}{unit}。", "1-6月{name}{value}{unit}。",
    "{name}合格{value}{unit}。", "{name}{value}{unit}中的一部分。", "其中{name}{value}{unit}。", "2024年拟{name}{value}{unit}。",
    "{name}不少于{value}{unit}。", "上年同期{name}{value}{unit}。",
)  # fmt: skip
"""Of another year, a plan, a part of the year, an estimate, another body, one word more: none says the indicator's result."""


def form(rows: Sequence[tuple[str, str]], name: str = "示例项目", scope: str = "project") -> SelfEvaluation:
    indicators = [Indicator(n, None, actual, None, (1, i)) for i, (n, actual) in enumerate(rows, 1)]
    return SelfEvaluation(scope, name, (1, 1), indicators=indicators, figures=Figures(Decimal(10), Decimal(9)))  # type: ignore[arg-type]


def mention(text: str, *forms: int) -> ProjectMention:
    return ProjectMention(
        "示例项目", (1, 1), forms=[(n, "exact") for n in forms], summary=text, place_in_summary=lambda _: (1, 7)
    )


def sentence(rng: random.Random, name: str, value: str, unit: str) -> str:
    return f"主要产出和效益是：{rng.choice(HEADS)}{name}{rng.choice(LINKS)}{value}{unit}，效果良好。"


def values(uses: Sequence[object]) -> list[tuple[str, str]]:
    return [(use.token, use.locator) for use in uses]  # type: ignore[attr-defined]


@pytest.mark.parametrize("seed", range(25))
def test_results_are_linked_with_their_value_whatever_it_is(seed: int) -> None:
    """Right and planted alike: the number told is found beside its indicator, and only there."""
    rng = random.Random(seed)
    for _ in range(40):
        name, other = rng.sample(NAMES, 2)
        while set(name[-4:]) == set(other[-4:]):
            other = rng.choice(NAMES)
        unit, value = rng.choice(UNITS), str(rng.randint(2, 99))
        forms = [form([(other, f"7{unit}"), (name, f"{rng.randint(2, 99)}{unit}")])]
        text = sentence(rng, name, value, unit)
        assert values(told.read_told([mention(text, 1)], forms, YEAR)) == [(value, "evaluation_no=1;seq=2")], text


@pytest.mark.parametrize("seed", range(25))
def test_what_is_said_of_something_else_is_linked_to_nothing(seed: int) -> None:
    rng = random.Random(seed)
    for pattern in OTHERWISE:
        name, unit = rng.choice(NAMES), rng.choice(UNITS[:-1])
        text = pattern.format(name=name, value=rng.randint(12, 99), unit=unit)
        assert not told.read_told([mention(text, 1)], [form([(name, f"7{unit}")])], YEAR), text


@given(st.sampled_from(NAMES), st.sampled_from(UNITS), st.integers(1, 10**6))
def test_another_unit_is_another_quantity(name: str, unit: str, value: int) -> None:
    forms = [form([(name, f"{value}{unit}")])]
    for other in UNITS:
        found = told.read_told([mention(f"{name}{value + 1}{other}。", 1)], forms, YEAR)
        assert bool(found) == (other == unit)


def test_a_short_name_is_known_only_beside_its_own_project() -> None:
    forms = [form([("培训人次", "50人次")]), form([("培训课程", "5期")])]
    assert not told.read_told([mention("全年培训人次60人次。", 2)], forms, YEAR)
    assert not told.read_told([mention("全年培训课程60期。", 1)], forms, YEAR)
    assert told.read_told([mention("全年培训课程60期。", 2)], forms, YEAR)


def test_a_number_inside_a_result_in_words_is_told_by_the_words_on_both_sides() -> None:
    forms = [form([("保障工资支付", "成立专班，本年共化解80批次欠薪问题。")])]
    assert values(told.read_told([mention("应急化解15批次欠薪问题。", 1)], forms, YEAR)) == [("15", "evaluation_no=1;seq=1")]
    assert not told.read_told([mention("化解15批次信访问题。", 1)], forms, YEAR)


@pytest.mark.parametrize("of", ["“示例绿化经费”项目", "示例绿化经费", "2023年度“示例绿化经费”项目"])
def test_the_rate_of_a_summary_belongs_to_the_form_that_its_title_names(of: str) -> None:
    forms = {1: form([], "某局", "overall"), 2: form([], "示例绿化经费"), 3: form([], "另一工作经费")}
    text = f"{of}自评结果（摘要版）一、自评结论（一）得分。1.执行率情况。执行率98.5%。2.完成情况。"
    assert values(told.read_summaries(text, lambda _: (1, 1), forms)) == [("98.5", "evaluation_no=2")]
    overall = text.replace(of, "2023年度部门整体绩效")
    assert values(told.read_summaries(overall, lambda _: (1, 1), forms)) == [("98.5", "evaluation_no=1")]
    assert not told.read_summaries(text.replace(of, "无关事项"), lambda _: (1, 1), forms)
    part = text.replace("执行率98.5%", "其中中央资金执行率98.5%")
    assert not told.read_summaries(part, lambda _: (1, 1), forms)


@pytest.mark.parametrize("seed", range(20))
def test_a_form_of_another_name_is_found_by_amount_and_office_together_and_never_by_one_of_them(seed: int) -> None:
    rng = random.Random(seed)
    offices = ["城建科", "绿化管理站", "水务中心", "规划科"]
    amounts = [(Decimal(rng.randint(100, 999)), Decimal(rng.randint(10, 99))) for _ in offices]
    forms = [Funded(n, amounts[n], ("某局", office)) for n, office in enumerate(offices)]

    def linked(text: str, budget: Decimal, executed: Decimal, own: Sequence[Funded] = forms) -> list[object]:
        one = ProjectMention("别名经费", (1, 1), budget, executed, summary=text)
        link_by_amount([one], own, "某局")
        return list(one.forms)

    at = rng.randrange(len(forms))
    text = f"由{offices[at]}实施，年度任务全部完成"
    assert linked(text, *amounts[at]) == [(at, "by_amount")]
    assert not linked("年度任务全部完成", *amounts[at])  # by amount alone
    assert not linked("由某局实施", *amounts[at])  # by what every form names
    assert not linked(text, amounts[at][0] + 1, amounts[at][1])  # by office alone
    assert not linked(text, *amounts[at], [*forms, Funded(9, amounts[at], ("某局", offices[at]))])  # two of them
