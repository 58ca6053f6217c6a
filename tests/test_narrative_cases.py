"""The minimal cases of /work/shared/cases on sentences, and variations of each kind of our own."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
import yaml
from test_narrative_provinces import errors

from pipelines.documents import open_bytes, open_document
from pipelines.extract.report import extract
from pipelines.extract.result import Extraction

CASES = Path(__file__).resolve().parents[2] / "shared" / "cases"
if not CASES.is_dir():
    CASES = Path("/work/shared/cases")
NAMES = ("prior-year-execution", "item-notations", "two-numbers-one-unit", "list-with-shares", "reserved-for-micro")

Fact = tuple[str, str | None, Decimal, int]


def facts(extraction: Extraction) -> set[Fact]:
    rows = extraction.frames["statements"].select("concept", "function_code", "value", "fiscal_year").iter_rows()
    return {(concept, code, value, year) for concept, code, value, year in rows}


@pytest.mark.skipif(not CASES.is_dir(), reason="the shared cases are not there")
@pytest.mark.parametrize("name", NAMES)
def test_case(name: str) -> None:
    expected = yaml.safe_load((CASES / "expected.yaml").read_text(encoding="utf-8"))[f"{name}.txt"]
    extraction = extract(open_document(CASES / f"{name}.txt"))
    wanted = {(c, str(code) if code else None, Decimal(str(v)), year) for c, code, v, year in expected["statements"]}
    assert wanted <= facts(extraction)
    assert errors(extraction) == []


def budget(*lines: str) -> Extraction:
    head = ["南京市玄武区2024年部门预算", "预算主管部门：南京市玄武区园林局", "2024年部门预算编制说明"]
    return extract(open_bytes("budget.txt", "\n".join([*head, *lines, ""]).encode()))


def final(*lines: str) -> Extraction:
    head = ["南京市玄武区园林局", "2023年度部门决算", "第二部分 2023年度部门决算情况说明"]
    return extract(open_bytes("final.txt", "\n".join([*head, *lines, "第三部分 名词解释", ""]).encode()))


PATH = "城乡社区支出（类）城乡社区环境卫生（款）城乡社区环境卫生（项）"


def of(extraction: Extraction, concept: str) -> list[tuple[str | None, Decimal, int]]:
    rows = extraction.frames["statements"].filter(pl.col("concept") == concept)
    return list(rows.select("function_code", "value", "fiscal_year").iter_rows())


@pytest.mark.parametrize("spent", ["当年预算执行数", "预算执行数", "执行数"])
@pytest.mark.parametrize(("before", "now", "rate"), [("150.00", "200.00", "增加33.33"), ("60.13", "25.77", "减少57.14")])
def test_last_years_execution_is_not_this_years_item(spent: str, before: str, now: str, rate: str) -> None:
    read = budget(
        "财政拨款支出主要内容如下：",
        f"1.“{PATH}”{now}万元，主要用于环卫。2023年{spent}为{before}万元，2024年预算安排{now}万元，比2023年预算执行数{rate}%。",
    )
    assert of(read, "budget.item.last_year") == [("2120501", Decimal(before), 2023)]
    assert of(read, "budget.item") == [("2120501", Decimal(now), 2024)] * 2
    assert errors(read) == []


def test_a_rate_that_does_not_follow_from_last_years_execution() -> None:
    read = budget(
        "财政拨款支出主要内容如下：",
        f"1.“{PATH}”3845.49万元。2023年当年预算执行数为43269.3万元，2024年预算安排3845.49万元，比2023年预算执行数增加17.62%。",
    )
    assert [rule for rule, _ in errors(read)] == ["N03.3"]


@pytest.mark.parametrize(
    "written",
    [
        "城乡社区支出（212类）城乡社区环境卫生（05款）城乡社区环境卫生（01项）",
        "“城乡社区支出-城乡社区环境卫生-城乡社区环境卫生”科目",
        "“城乡社区支出—城乡社区环境卫生—城乡社区环境卫生”科目",
        "城乡社区支出(类)城乡社区环境卫生(款)城乡社区环境卫生(项)",
    ],
)
def test_notations_of_an_item(written: str) -> None:
    read = budget("财政拨款支出主要内容如下：", f"1.{written}100.00万元，主要用于环卫。")
    assert of(read, "budget.item") == [("2120501", Decimal(100), 2024)]


@pytest.mark.parametrize("mark", [",", "、", "，", "和"])
def test_numbers_that_share_a_unit(mark: str) -> None:
    read = final(
        "一、收入支出决算总体情况说明",
        f"2023年度收、支总计各是2210.40{mark}2210.40万元。与2022年相比，收、支总计各减少310.10{mark}310.10万元，各下降12.30%、12.30%。",
    )
    assert of(read, "summary.total") == [(None, Decimal("2210.40"), 2023)] * 2
    assert of(read, "summary.change") == [(None, Decimal("-310.10"), 2023)] * 2
    assert of(read, "summary.change_rate") == [(None, Decimal("-12.30"), 2023)] * 2


def test_a_years_number_before_an_amount_is_no_list() -> None:
    read = final("一、收入支出决算总体情况说明", "2023年度收、支总计为100.00万元。详见附件1、200.00万元以上部分另列。")
    assert of(read, "summary.total") == [(None, Decimal(100), 2023)]


@pytest.mark.parametrize("part", ["局本级", "园林管理站", "某县本级专项", "下属单位"])
def test_an_unexplained_word_leaves_the_figure_open(part: str) -> None:
    read = final("三、支出决算情况说明", f"2023年度本年支出合计900.00万元，其中：{part}基本支出500.00万元，项目支出400.00万元。")
    assert of(read, "expenditure.basic") == []
    assert of(read, "expenditure.total") == [(None, Decimal(900), 2023)]
    assert Decimal(500) in [value for _, value, _ in of(read, "unclassified")]
    assert errors(read) == []


def test_another_fund_leaves_the_figure_open() -> None:
    read = final("三、支出决算情况说明", "2023年度本年支出合计900.00万元，其中：政府性基金项目支出500.00万元，占55.56%。")
    assert of(read, "expenditure.project") == []


def test_parts_of_an_item_are_no_totals() -> None:
    read = final(
        "五、一般公共预算财政拨款支出决算情况说明",
        f"2023年度一般公共预算财政拨款支出880.00万元，完成预算1000.00万元的88.00%。其中：{PATH}580.00万元，其中：基本支出500.00万元，项目支出80.00万元。",
    )
    assert of(read, "general_budget.completion_rate") == [(None, Decimal(88), 2023)]
    assert of(read, "general_budget.basic") == []
    assert of(read, "item.part") == [("2120501", Decimal(500), 2023), ("2120501", Decimal(80), 2023)]


@pytest.mark.parametrize("words", ["预留给小型和微型企业的", "预留给小微企业的", "面向小型、微型企业预留的", "面向小微企业预留的"])
def test_what_is_reserved_for_micro_firms_is_no_total(words: str) -> None:
    read = budget(
        "其他相关情况说明",
        "三、政府采购预算情况",
        "2024年本部门政府采购预算480.00万元，其中：政府采购货物预算50.00万元、政府采购工程预算380.00万元、政府采购服务预算50.00万元。",
        f"2024年本部门面向中小企业预留政府采购项目预算金额190.00万元，其中，{words}政府采购项目预算为130.00万元。",
    )
    assert of(read, "procurement.total") == [(None, Decimal(480), 2024)]
    assert of(read, "procurement.micro_reserved") == [(None, Decimal(130), 2024)]
