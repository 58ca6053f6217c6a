"""A table of a dump is called empty only for what an empty form shows; sentences and figures elsewhere do not make it so."""

from __future__ import annotations

import itertools
import random

import pytest

from tests.support import amounts_of, dump, read_text, status_of

SENTENCES = (
    "本部门无国有资本经营预算财政拨款安排的支出。", "2023年度没有政府性基金预算收入，也没有政府性基金预算支出。", "我单位未发生此项经费支出",
    "（注：不涉及国有资本经营预算拨款）", "此表为空的情况见说明。", "无“三公”经费支出、无会议费支出",
)  # fmt: skip
HEADS = ["项目 本年收入 本年支出", "年初结转和结余", "年末结转和结余", "科目名称 小计 基本支出 项目支出", "功能分类科目编码"]
FIGURES = ["合计 14.98 14.98", "229 其他支出 14.98 14.98", "22960 彩票公益金安排的支出 14.98 14.98", "2296002 用于社会福利的彩票公益金支出 14.98 14.98"]
BLANK_ROW = ["类 款 项 栏次 1 2 3 4 5 6", "合计"]
NOTE = ["注：本部门没有政府性基金预算财政拨款，本表无数据。"]
GENERAL = ["合计 214.98 14.98 200.00", "221 住房保障支出 214.98 14.98 200.00", "22102 住房改革支出 214.98 14.98 200.00",
           "2210201 住房公积金 200.00 200.00", "2210202 提租补贴 14.98 14.98"]  # fmt: skip
CAPITAL = ["科目名称 合计 基本支出 项目支出", "类 款 项 栏次 1 2 3", "合计"]


def funds(body: list[str], before: list[str] = [], after: list[str] = []) -> str:  # noqa: B006 - never changed
    """How table 07 is read between 05 and an empty 08."""
    text = dump(("general_budget_expenditure", [*GENERAL, *before]), ("government_fund", [*body, *after]), ("state_capital", CAPITAL))
    return status_of(read_text(text))["government_fund"]


@pytest.mark.parametrize("shown", [BLANK_ROW, NOTE, BLANK_ROW + NOTE])
def test_an_empty_form_is_empty(shown: list[str]) -> None:
    assert funds([*HEADS, *shown]) == "empty"
    assert funds([*shown, *HEADS]) == "empty"


@pytest.mark.parametrize("sentence", SENTENCES)
@pytest.mark.parametrize("shown", [BLANK_ROW, NOTE])
def test_a_sentence_beside_an_empty_form_changes_nothing(sentence: str, shown: list[str]) -> None:
    assert funds([*HEADS, *shown], before=[sentence]) == "empty"
    assert funds([*HEADS, *shown], after=[sentence]) == "empty"
    assert funds([*HEADS, sentence, *shown]) == "empty"


@pytest.mark.parametrize("sentence", SENTENCES)
@pytest.mark.parametrize("heads", [HEADS, HEADS[:2], []])
@pytest.mark.parametrize("place", ["before", "inside", "after"])
def test_a_sentence_makes_no_table_empty(sentence: str, heads: list[str], place: str) -> None:
    """Heads without rows, rows without heads: what is not seen is not said to be empty."""
    inner = [*heads, sentence] if place == "inside" else heads
    for body in (inner, [*inner, *BLANK_ROW] if len(heads) < 3 else inner):
        assert funds(body, [sentence] if place == "before" else [], [sentence] if place == "after" else []) in ("withheld", "missing")


@pytest.mark.parametrize("seed", range(12))
def test_figures_elsewhere_leave_the_table_open(seed: int) -> None:
    """The table's figures stand before its title, or behind the next one: it is not empty, whatever a sentence says."""
    rng = random.Random(seed)
    own = [*HEADS, *BLANK_ROW, *(NOTE if seed % 2 else []), rng.choice(SENTENCES)]
    kept = FIGURES[rng.randrange(3) :]
    before = dump(("general_budget_expenditure", [*GENERAL, *kept]), ("government_fund", own), ("state_capital", CAPITAL))
    behind = dump(("general_budget_expenditure", GENERAL), ("government_fund", own), ("state_capital", [*CAPITAL, "14.98 3.20 3.20 0.77", *kept]))
    for text in (before, behind):
        read = read_text(text)
        assert status_of(read)["government_fund"] != "found"
        assert not amounts_of("government_fund", read.frames["government_fund"])
        state = status_of(read)
        if "withheld" in (state["general_budget_expenditure"], state["state_capital"]):
            assert state["government_fund"] == "withheld"
            assert any(n.code == "E01" and n.resource == "government_fund" for n in read.notices)


@pytest.mark.parametrize(("row", "sentence"), itertools.product(["229 其他支出", "2296002 用于社会福利的彩票公益金支出"], SENTENCES[:2]))
def test_rows_without_figures_are_no_empty_form(row: str, sentence: str) -> None:
    assert funds([*HEADS, *BLANK_ROW, row, sentence]) == "withheld"
