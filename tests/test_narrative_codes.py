"""Items named by code and name together, in every way of writing them; and list items with a name that nobody knows."""

from __future__ import annotations

from decimal import Decimal

import pytest
from test_narrative_cases import budget, final, of
from test_narrative_provinces import errors

from pipelines.extract.codes import functional_codes
from pipelines.extract.narrative.grammar import UNCLASSIFIED

CODES = ("2010301", "2010302", "2080505", "2080506", "2101101", "2210201", "2040601", "2120501")
WRITTEN = (
    "{name}（{code}）", "{name}({code})", "{name}[{code}]", "{name}【{code}】", "{code}-{name}", "{code}—{name}", "{code}{name}", "{code} {name}",
    "（{code}）{name}", "[{code}]{name}",
)  # fmt: skip
HEAD = (
    "五、一般公共预算财政拨款支出决算情况说明", "（三）一般公共预算财政拨款支出决算具体情况",
    "2023年度一般公共预算财政拨款支出年初预算为300.00万元，支出决算为330.00万元，完成年初预算的110.00%。其中：",
)  # fmt: skip
MARKS = ("{n}.", "（{n}）", "1{n}、")


def listed(written: str, mark: str) -> list[str]:
    names = functional_codes().names
    return [mark.format(n=n) + written.format(code=code, name=names[code]) for n, code in enumerate(CODES, 1)]


@pytest.mark.parametrize("written", WRITTEN)
@pytest.mark.parametrize("mark", ["", *MARKS])
def test_a_code_beside_its_name_is_read(written: str, mark: str) -> None:
    lines = [f"{item}。年初预算为37.50万元，支出决算为41.25万元，完成年初预算的110.00%。" for item in listed(written, mark)]
    read = final(*HEAD, *lines)
    assert of(read, "general_budget.item.final") == [(code, Decimal("41.25"), 2023) for code in CODES], lines
    assert errors(read) == [], lines


@pytest.mark.parametrize("written", WRITTEN)
@pytest.mark.parametrize("mark", MARKS)
def test_the_amount_may_follow_at_once(written: str, mark: str) -> None:
    lines = [f"{item}600.00万元，主要用于人员支出。" for item in listed(written, mark)]
    found = of(budget("财政拨款支出主要内容如下：", *lines), "budget.item")
    assert found == [(code, Decimal(600), 2024) for code in CODES], lines


@pytest.mark.parametrize("written", WRITTEN)
def test_a_name_of_another_code_leaves_the_item_without_a_code(written: str) -> None:
    item = written.format(code="2010399", name="行政运行")
    read = final(*HEAD, f"1.{item}。年初预算为100.00万元，支出决算为110.00万元，完成年初预算的110.00%。")
    assert of(read, "general_budget.item.final") == [(None, Decimal(110), 2023)]
    assert errors(read) == []


@pytest.mark.parametrize("name", ["行政运行", "行政运转", "示例专项工作", "“示例”专项（二期）"])
@pytest.mark.parametrize("mark", ["1.", "（1）", "1、", "①"])
def test_a_list_item_that_nobody_knows_is_not_the_whole(name: str, mark: str) -> None:
    read = final(*HEAD, f"{mark}{name}。年初预算为100.00万元，支出决算为110.00万元，完成年初预算的110.00%。")
    assert [v for _, v, _ in of(read, "general_budget.final")] == [Decimal(330)]
    assert {v for _, v, _ in of(read, UNCLASSIFIED)} >= {Decimal(100)}
    assert errors(read) == []
