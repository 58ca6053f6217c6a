"""Dumps as other provinces would give them, spoiled in each way at once seen or feared: nothing wrong is published."""

from __future__ import annotations

import random
import re
from decimal import Decimal

import pytest

from tests.dump_mutations import Truth, truth_of
from tests.support import dump, read_text

GENERAL = [
    "合计 1234.56 1034.56 200.00", "208 社会保障和就业支出 1034.56 1034.56", "20805 行政事业单位养老支出 1034.56 1034.56",
    "2080505 机关事业单位基本养老保险缴费支出 1000.00 1000.00", "2080506 机关事业单位职业年金缴费支出 34.56 34.56",
    "221 住房保障支出 200.00 200.00", "22102 住房改革支出 200.00 200.00", "2210201 住房公积金 200.00 200.00",
]  # fmt: skip
RESOURCE = "general_budget_expenditure"


def read(lines: list[str], unit: str = "万元") -> Truth:
    text = dump((RESOURCE, lines)).replace("金额单位：万元", f"金额单位：{unit}")
    return {cell: value for cell, value in truth_of(read_text(text)).items() if cell[0] == RESOURCE}


TRUTH = read(GENERAL)


def each(change: str, to: str) -> list[str]:
    return [re.sub(change, to, line) for line in GENERAL]


FULL_WIDTH = str.maketrans("0123456789.", "０１２３４５６７８９．")
SAME = {
    "codes cut by tabs": each(r"^(\d{3})(\d\d)(\d\d) ", "\\1\t\\2\t\\3\t"),
    "all by tabs": each(" ", "\t"),
    "full-width digits": [line.translate(FULL_WIDTH) for line in GENERAL],
    "thousands": each(r"\b(1)(\d{3}\.)|\b(1)(000\.)", "\\1,\\2"),
    "Chinese thousands": each(r"\b1(\d{3}\.)", "1，\\1"),
    "wide blanks": each(" ", "        "),
    "ideographic blanks": each(" ", "\u3000"),
    "no-break blanks": each(" ", "\u00a0"),
    "page marks": [x for line in GENERAL for x in (line, "-- 3 of 9 --", "第 3 页 共 20 页", "-- PAGE_BREAK --", "— 7 —")],
    "numbered labels": each(r"^(221|208) (.)", "\\1 \\2"),
    "name around the code": [x for line in GENERAL for x in ((line,) if "缴费" not in line else (line[8:18], line[:8] + line[20:], line[18:20]))],
}  # fmt: skip
"""Spoilings that leave the figures as they are."""


@pytest.mark.parametrize("kind", SAME)
def test_the_same_figures_or_none(kind: str) -> None:
    found = read(SAME[kind])
    assert {cell: value for cell, value in found.items() if TRUTH.get(cell) != value} == {}
    assert len(TRUTH) > 10
    if kind not in ("name around the code", "page marks"):
        assert len(found) == len(TRUTH), kind


@pytest.mark.parametrize("minus", ["-", "－", "−", "–", "—", "﹣", "‐", "△", "▲", "("])
@pytest.mark.parametrize("row", range(1, 5))
def test_minus_signs_of_all_kinds(minus: str, row: int) -> None:
    """A negative figure is negative, or open; never read without its sign."""
    lines = list(GENERAL)
    code, name, *figures = lines[row].split()
    lines[row] = " ".join([code, name, *(f"({f})" if minus == "(" else minus + f for f in figures)])
    for cell, value in read(lines).items():
        if cell[1] == (code,):
            assert value < 0, (cell, value)
        else:
            assert TRUTH.get(cell) == value


@pytest.mark.parametrize("seed", range(25))
def test_two_numbers_stuck_together(seed: int) -> None:
    rng = random.Random(seed)
    lines = list(GENERAL)
    at = rng.randrange(len(lines))
    lines[at] = re.sub(r"(\d\.\d\d) (\d)", r"\1\2", lines[at], count=1)
    if rng.random() < 0.5:
        lines[at] = re.sub(r"(\d{3,7}) (\D)", r"\1\2", lines[at], count=1)
    found = read(lines)
    assert {cell: value for cell, value in found.items() if TRUTH.get(cell) != value} == {}


@pytest.mark.parametrize(("unit", "factor"), [("元", Decimal(1) / 10_000), ("万元", Decimal(1)), ("千元", Decimal(1) / 10), ("亿元", None), ("百万元", None)])
def test_units(unit: str, factor: Decimal | None) -> None:
    """元, 千元 and 万元 are read; a unit that the data model has no word for is never read as one of them."""
    found = read(GENERAL, unit)
    if factor is None:
        assert not found
    else:
        assert found == {cell: value * factor for cell, value in TRUTH.items()}


def test_blank_three_public() -> None:
    heads = ["预算数 决算数", "合计 因公出国（境）费 公务用车购置及运行维护费 公务接待费", "小计 公务用车购置费 公务用车运行维护费"]
    for body in (heads, [*heads, "1 2 3 4 5 6 7 8 9 10 11 12"], [*heads, "注：本单位没有“三公”经费，本表无数据。"]):
        assert not truth_of(read_text(dump(("three_public_expenses", body))))


@pytest.mark.parametrize("title", ["2023年度项目支出决算表", "2023年度政府采购支出决算表", "收入决算表（分单位）", "2023年度机构运行经费支出、国有资产占用情况及政府采购支出信息表"])
def test_a_table_that_is_none_of_the_nine_is_counted_and_disturbs_none(title: str) -> None:
    """No head of a dump says surely where its figures stand: the table is listed with their number."""
    body = [title, "部门：武汉市江岸区示例民生服务局 金额单位：万元", "项目名称 合计 当年财政拨款", "合计 7,114.98 7,114.98", "某某项目 14.98 14.98"]
    extraction = read_text(dump((RESOURCE, [*GENERAL, *body])))
    assert {c: v for c, v in truth_of(extraction).items() if c[0] == RESOURCE} == TRUTH
    listed = extraction.frames["tables"].filter(extraction.frames["tables"]["status"] == "other")
    assert listed.select("title", "figures", "unassigned").rows() == [(title, 4, 4)]
    assert extraction.frames["other_tables"].is_empty()


def test_forms_that_other_rooms_read_are_no_tables() -> None:
    extraction = read_text(dump((RESOURCE, [*GENERAL, "2023年度示例项目绩效自评表", "合计 14.98 14.98", "执行率 100.00 10", "得分 98.50"])))
    assert "other" not in extraction.frames["tables"]["status"].to_list()
