"""One bad report never stops the others: whatever breaks withholds the smallest thing that makes the rest sound."""

from __future__ import annotations

import pytest

from pipelines import schema
from pipelines.extract.items import income_item, is_declared
from pipelines.extract.result import Extraction
from pipelines.extract.tables.summary import _moved_sides, _Side
from pipelines.schema import resources
from samples.generator import render
from tests.support import dump, read_sample, read_text

THREE = "three_public_expenses"
FOUR = "appropriation_summary"


def broken(extraction: Extraction) -> list[str]:
    """What in a report's frames breaks the declarations."""
    return [v for name, frame in extraction.frames.items() for v in resources()[name].violations(frame)]


# --- causes that were seen ------------------------------------------------------------------------------------


@pytest.mark.parametrize("style", ["national", "shanghai", "borderless", "budget-national"])
@pytest.mark.parametrize("seed", [1, 2])
def test_an_empty_table_of_three_public_expenses_has_no_row(style: str, seed: int) -> None:
    extraction = read_sample(render(style, seed, three_public=False))
    assert extraction.frames[THREE].is_empty()
    assert {t.status for t in extraction.tables if t.resource == THREE} <= {"empty", "missing"}
    assert broken(extraction) == []


def test_an_item_of_the_other_summary_stands_outside_the_model() -> None:
    code = income_item("二、财政拨款收入", opening=False)
    assert code == "fiscal_appropriation"
    assert is_declared("revenue_expenditure_summary", code)
    assert not is_declared(FOUR, code)
    for name in ("revenue_expenditure_summary", FOUR):
        assert "item_code" in schema.tables()[name].names


def test_a_continued_page_without_the_column_of_items_moves_none() -> None:
    (moved,) = _moved_sides([_Side("income", 0, None, {1: "amount"})], (0.0, 100.0, 200.0), (120.0, 160.0, 200.0))
    assert moved.item == -1


def test_a_dump_accounts_for_the_figures_of_such_an_item() -> None:
    body = ["收入 支出", "一、一般公共预算财政拨款 10.00 一、一般公共服务支出 10.00 10.00", "二、财政拨款收入 3.00"]
    extraction = read_text(dump((FOUR, [*body, "本年收入合计 10.00 本年支出合计 10.00 10.00"])))
    assert "fiscal_appropriation" not in extraction.frames[FOUR]["item_code"].to_list()
    (use,) = [u for u in extraction.accounting if u.token == "3.00"]
    assert (use.role, use.resource) == ("outside_model", FOUR)
    assert [n.actual for n in extraction.notices if n.code == "E07" and n.resource == FOUR] == ["二、财政拨款收入"]
