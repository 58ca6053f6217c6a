"""One bad report never stops the others: whatever breaks withholds the smallest thing that makes the rest sound."""

from __future__ import annotations

import polars as pl
import pytest

from pipelines import joining, schema, sound
from pipelines.documents.normalise import normalise
from pipelines.extract.items import income_item, is_declared
from pipelines.extract.result import Extraction
from pipelines.extract.tables.summary import _moved_sides, _Side
from pipelines.publish.contents import checked
from pipelines.quality import evaluate, suites
from pipelines.schema import resources
from samples.generator import render
from tests.support import dump, read_sample, read_text

GENERAL = "general_budget_expenditure"
THREE = "three_public_expenses"
FOUR = "appropriation_summary"


@pytest.fixture(autouse=True)
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same verdicts without the seconds of Great Expectations (tests/test_quality_evaluate.py)."""
    monkeypatch.setattr(suites, "run", evaluate.run)


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


# --- numbers and texts that nobody expects ----------------------------------------------------------------------

HOUSING = ["221 住房保障支出 {0} 14.98 200.00", "22102 住房改革支出 214.98 14.98 200.00", "2210201 住房公积金 200.00 200.00"]
SAID = ("第三部分 2023年度部门决算情况说明", "一、收入支出决算总体情况说明", "2023年度收、支总计均为{0}万元。")
HUGE = ["1234567890123456789", "1234567890123456789.12", "-99999999999999999999.99", "214.1234567", "9" * 400]


def published(extraction: Extraction) -> dict[str, pl.DataFrame]:
    """What a build publishes of one report; raises where the corpus check finds anything."""
    mended, refused = sound.mend([extraction])
    assert refused == []
    judged = sound.judge(joining.join(mended))
    assert judged.refusals == []
    return checked(judged.frames)


@pytest.mark.parametrize("number", HUGE, ids=lambda n: n[:22])
def test_a_number_that_no_amount_has_withholds_its_table_alone(number: str) -> None:
    body = [f"合计 {number} 14.98 200.00", *(line.format(number) for line in HOUSING)]
    frames = published(read_text(dump((GENERAL, body))))
    assert frames["reports"]["tables_withheld"].to_list() == ["5"]
    assert frames[GENERAL].is_empty()


@pytest.mark.parametrize("number", HUGE, ids=lambda n: n[:22])
def test_a_number_that_no_amount_has_is_left_out_of_the_statements(number: str) -> None:
    body = ["合计 214.98 14.98 200.00", *(line.format("214.98") for line in HOUSING)]
    frames = published(read_text(dump((GENERAL, body), tail=[line.format(number) for line in SAID])))
    assert frames[GENERAL].height == 4
    assert frames["reports"]["status"].to_list() == ["published"]


def test_half_a_character_becomes_a_mark() -> None:
    assert normalise("年\ud800度") == "年\ufffd度"


@pytest.mark.parametrize("note", ["注：本表咨询电话13800138000。", "注：联系人 电话 138 0013 8000", "13800138000"])
def test_a_phone_number_in_the_note_of_a_table_stops_nothing(note: str) -> None:
    body = ["合计 214.98 14.98 200.00", *(line.format("214.98") for line in HOUSING), note]
    frames = published(read_text(dump((GENERAL, body))))
    texts = [str(value) for frame in frames.values() for row in frame.iter_rows() for value in row]
    assert not any("8000" in text.replace(" ", "") and "138" in text for text in texts)
