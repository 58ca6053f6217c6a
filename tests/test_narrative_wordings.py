"""Wordings of provinces that the generator does not know, right in their figures: no error may come of them.

``narrative_wordings.txt`` holds the inputs: patterns as public reports word them, sentences and figures our own.
``## F…`` begins one of a final account, ``## B…`` one of a budget. The tests below it name what went wrong once.
"""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from pathlib import Path

import polars as pl
import pytest

from pipelines.extract.narrative.grammar import UNCLASSIFIED
from pipelines.extract.result import Extraction
from tests.test_narrative_cases import budget, final
from tests.test_narrative_provinces import errors


@cache
def wordings() -> dict[str, tuple[str, ...]]:
    """Name of an input → its lines."""
    found: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in (Path(__file__).parent / "narrative_wordings.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            lines = found.setdefault(line[3:], [])
        elif line:
            lines.append(line)
    return {name: tuple(lines) for name, lines in found.items()}


@cache
def extraction(name: str) -> Extraction:
    (full,) = (each for each in wordings() if each.startswith(name))
    return (budget if name[0] == "B" else final)(*wordings()[full])


def values(name: str, concept: str) -> list[Decimal]:
    rows = extraction(name).frames["statements"]
    return rows.filter(pl.col("concept") == concept)["value"].to_list()


@pytest.mark.parametrize("name", wordings())
def test_right_figures_give_no_error(name: str) -> None:
    read = extraction(name.split(maxsplit=1)[0])
    assert not read.frames["statements"].is_empty()
    assert errors(read) == []


@pytest.mark.parametrize(
    ("name", "concept", "expected"),
    [
        ("F02", "appropriation.expenditure_total", ["1080"]),  # behind a reason and ；
        ("F02", "summary.total", ["1200", "1200"]),  # 本年度收入总计 holds what was brought forward
        ("F10", "revenue.other", ["50"]),  # 本年支出 under the heading of income
        ("F10", "expenditure.total", ["1150"]),
        ("F12", "revenue.total", ["1000"]),
        ("F15", "three_public.vehicle_purchase.change", []),  # 其中…；与上年相比: of the whole or of the part
        ("F16", "three_public.reception.final", ["8"]),  # 国（境）外公务接待…支出0万元 is a part
        ("F70", "summary.last_year", ["1000", "1000"]),  # 较上年决算数1000万元增加200万元
        ("F70", "basic.personnel", []),  # 人均 is of no total
        ("F72", "procurement.micro_share", ["60", "75"]),  # two shares of one part, of two wholes
        ("F76", "general_budget.item.final", ["300", "30"]),  # 主要是 some items of a class
        ("F77", "revenue.appropriation", ["900"]),  # 主要包括: the list is not closed
        ("B72", "budget.item", ["700", "300", "80"]),
        ("F80", "summary.opening_balance.change", []),  # behind a row of parts: of them or of the whole
        ("F86", "performance.share_of_project_expenditure", ["96"]),  # 其中…占: of what, the words do not say
        ("B81", "budget.general.change", ["50", "20"]),  # against two budgets
        ("B06", "procurement.goods", ["100"]),  # 其中一般公共预算拨款政府采购: another whole
        ("B07", "budget.income.carry_over", ["200"]),  # 上年财政拨款结转 is another one
    ],
)
def test_a_figure_is_not_bound_to_another_subject(name: str, concept: str, expected: list[str]) -> None:
    assert values(name, concept) == [Decimal(value) for value in expected]


def test_what_is_open_is_kept() -> None:
    assert Decimal(60) in values("B06", UNCLASSIFIED)
