"""Official wordings of provinces that nobody tuned for: what each figure is, and what stays open. Made-up figures.

Each case is a way of misreading that such a wording showed; where a figure cannot be told, it is unclassified.
"""

from __future__ import annotations

from decimal import Decimal

import pytest

from pipelines.extract.result import Extraction
from tests.test_narrative_cases import budget, final
from tests.test_narrative_provinces import errors

OPEN = "unclassified"
THREE = "一般公共预算财政拨款“三公”经费支出决算情况说明"


def read(kind: str, section: str, sentence: str) -> Extraction:
    return (final if kind == "final" else budget)(f"三、{section}", *sentence.split("\n"))


def told(extraction: Extraction) -> list[tuple[str, Decimal]]:
    return list(extraction.frames["statements"].select("concept", "value").iter_rows())


CASES: dict[str, tuple[str, str, str, list[tuple[str, str]]]] = {
    "a rate after an open change is open": (
        "final", THREE,
        "“三公”经费支出决算数比2022年减少5.00万元，下降20.00%。其中：公务用车购置费支出决算未见明显起伏；公务用车运行维护费支出决算减少3.00万元，下降16.67%。",
        [("three_public.change", "-5"), ("three_public.change_rate", "-20"), (OPEN, "3"), (OPEN, "16.67")],
    ),
    "a heading that ends in 具体情况 opens no list": (
        "final", "一般公共预算财政拨款支出决算情况说明",
        "（1）社会保障和就业支出（类）680.00万元，占53.13%。\n3.一般公共预算财政拨款支出决算具体情况。\n2023年度一般公共预算财政拨款支出年初预算为1000.00万元，支出决算为1280.00万元。",
        [("general_budget.class", "680"), ("general_budget.class_share", "53.13"), ("general_budget.initial_budget", "1000"), ("general_budget.final", "1280")],
    ),
    "shares of the vehicles, not of all three": (
        "final", THREE,
        "“三公”经费支出决算为20.00万元，完成全年预算30.00万元的66.67%。其中：公务用车购置及运行维护费支出决算为15.00万元，完成全年预算20.00万元的75.00%，占三公经费的75.00%，"
        "其中：公务用车运行维护支出为15.00万元，占100%；公务接待费支出决算为5.00万元，完成全年预算10.00万元的50.00%，占三公经费的25.00%。",
        [("three_public.vehicles.share", "75"), ("three_public.vehicle_operation.share", "100"), ("three_public.reception.share", "25")],
    ),
    "shares of the grand total": (
        "final", "收入决算情况说明",
        "2023年度收入总计1500.00万元。本年收入合计1400.00万元，其中：财政拨款收入1300.00万元，占收入总计的86.67%；其他收入100.00万元，占收入总计的6.67%。",
        [("revenue.appropriation", "1300"), ("revenue.other.share", "6.67")],
    ),
    "the year's own appropriations are not the total": (
        "final", "财政拨款收入支出决算总体情况说明",
        "2023年度财政拨款收入总计1320.00万元，其中：年初财政拨款结转和结余20.00万元，本年财政拨款收入1300.00万元。财政拨款收入支出总体与上年相比，增加220.00万元，增长20.00%。"
        "与年初预算相比，年初预算数1000.00万元，决算数1320.00万元，预决算差异率32.00%。",
        [("appropriation.income_total", "1320"), (OPEN, "1000"), (OPEN, "32")],
    ),
    "a difference rate is no part": (
        "final", THREE,
        "公务接待费全年预算数10.00万元，决算数5.00万元，预决算差异率-50.00%。",
        [("three_public.reception.budget", "10"), ("three_public.reception.final", "5"), (OPEN, "-50")],
    ),
    "vehicles among the assets": (
        "final", THREE,
        "公务用车保有量3辆。国有资产占用情况中固定资产车辆4辆，与公务用车保有量差异原因是：1辆为特种车辆。",
        [("three_public.vehicle_count", "3"), (OPEN, "4"), (OPEN, "1")],
    ),
    "a change of a count, and a part of it": (
        "final", THREE,
        "公务接待30批次，比上年减少2批次；300人次（含陪餐人员50人次）。公务用车保有量3辆，其中机要用车1辆。",
        [("three_public.reception_batches", "30"), (OPEN, "2"), ("three_public.reception_persons", "300"), (OPEN, "50"), ("three_public.vehicle_count", "3"), ("three_public.vehicles.part", "1")],
    ),
    "after a reason comes another comparison": (
        "final", THREE,
        "“三公”经费财政拨款支出决算为20.00万元，与预算数30.00万元相比，减少10.00万元，主要原因：厉行节约；与上年决算数25.00万元相比，减少5.00万元，下降20.00%。",
        [("three_public.last_year", "25"), ("three_public.change", "-5"), ("three_public.change_rate", "-20")],
    ),
    "此外 does not carry a reason on": (
        "final", "一般公共预算财政拨款收入支出决算情况说明",
        "一般公共预算财政拨款收入1300.00万元，比上年增加100.00万元。主要原因是追加。此外，年初财政拨款结转和结余20.00万元。",
        [("appropriation.general_public_budget", "1300"), ("appropriation.opening_balance", "20")],
    ),
    "two words of one fund": (
        "final", "财政拨款基本支出决算情况说明",
        "使用一般公共预算财政拨款安排基本支出930.00万元，使用政府性基金财政拨款安排基本支出0.00万元。",
        [("basic.total", "930"), (OPEN, "0")],
    ),
    "what follows another body's figure is that body's": (
        "final", "支出决算情况说明",
        "本年支出合计1350.00万元，其中：局机关支出900.00万元，基本支出700.00万元；园林管理站支出450.00万元，基本支出300.00万元。\n基本支出1000.00万元，占74.07%。",
        [("expenditure.total", "1350"), (OPEN, "700"), (OPEN, "300"), ("expenditure.basic", "1000")],
    ),
    "a kind of vehicle that nobody knows": (
        "final", "国有资产占用情况说明",
        "截至2023年12月31日，共有车辆3辆，比上年减少1辆，其中：机要通信用车1辆，应急保障用车1辆，业务保障用车1辆。",
        [("assets.vehicles", "3"), (OPEN, "1")],
    ),
    "classes of all funds and of the general budget": (
        "budget", "收支预算情况说明",
        "2024年支出预算1500.00万元，包括一般公共服务支出700.00万元、社会保障和就业支出800.00万元。\n四、一般公共预算当年拨款情况说明\n"
        "一般公共预算当年拨款1400.00万元，其中：一般公共服务支出650.00万元，占46.43%；社会保障和就业支出750.00万元，占53.57%。",
        [("budget.by_function", "700"), ("budget.by_function", "650")],
    ),
    "rates against the execution and against the budget of last year": (
        "budget", "财政拨款支出主要内容",
        "1.“一般公共服务支出（类）政府办公厅（室）及相关机构事务（款）行政运行（项）”800.00万元，2023年预算数700.00万元，2023年执行数720.00万元，"
        "2024年预算较2023年预算增加100.00万元，增长14.29%，较2023年执行数增长11.11%。",
        [("budget.item.last_year", "720"), ("budget.item.change_rate", "11.11")],
    ),
    "changes of all income and of the appropriations": (
        "budget", "收支预算总体情况",
        "2024年收支总预算1500.00万元，比2023年增加300.00万元，增长25.00%。\n四、财政拨款收支预算情况说明\n2024年财政拨款收支总预算1400.00万元，比2023年增加250.00万元，增长21.74%。",
        [("budget.income", "1500"), ("budget.income.appropriation", "1400"), ("budget.income.change", "250")],
    ),
    "income of the year and with what was carried over": (
        "budget", "收支预算总体情况",
        "2024年度收入、支出预算总计1500.00万元。收入预算合计1500.00万元，包括本年收入1400.00万元，上年结转结余100.00万元。其中：本年一般公共预算收入1400.00万元，占93.33%。",
        [("budget.income", "1500"), ("budget.income.general_public_budget.share", "93.33")],
    ),
    "meetings of a budget are planned": (
        "budget", "一般公共预算“三公”经费、会议费、培训费支出预算情况说明", "会议费预算支出3.00万元，与上年预算数相同。", [("meetings.budget", "3")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_wording_is_read_as_it_is_meant(name: str) -> None:
    kind, section, sentence, expected = CASES[name]
    extraction = read(kind, section, sentence)
    found = told(extraction)
    for concept, value in expected:
        assert (concept, Decimal(value)) in found, found
    assert errors(extraction) == []
