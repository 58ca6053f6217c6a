"""Every rule of the family N on a narrative that passes, one that fails and one that leaves it open.

Comparisons only: that the suites judge them as ``off`` does is held by test_quality_narrative_golden.py. A ledger
built by hand has no findings, and a change of any one of its figures has at least one.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from test_quality_narrative_support import Story, compared, ledger, off
from test_quality_support import GENERAL, THREE_PUBLIC, Book

from pipelines.quality import rules

Tell = Callable[[Story], Story]
ID = "420100-2023-final-0000000a"


def told(story: Story, *books: Book) -> set[tuple[str, str]]:
    return off(compared([story], books))


def states(story: Story, rule: str, *books: Book) -> set[str]:
    rows = compared([story], books).filter(pl.col("rule_id") == rule)
    return set(rows.get_column("state"))


def item(code: str, budget: str, final: str, rate: str) -> Tell:
    own = {"function_code": code, "subject": code}
    return lambda s: (
        s.says("general_budget.item.initial_budget", budget, **own)
        .says("general_budget.item.final", final, **own)
        .says("general_budget.item.completion_rate", rate, "%", **own)
    )


def general(**rows: tuple[int, int]) -> Book:
    """Table 05 with these rows (basic, project in 0.01 万元)."""
    book = Book(ID)
    book.tables = {
        GENERAL: {c.lstrip("c"): {"total": b + p, "basic": b, "project": p} for c, (b, p) in rows.items()}
    }
    return book


# --- percentages ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rate", "expected"),
    [
        ("46.3", set()),
        ("46.29", set()),
        ("46.2", {("N03.2", "info")}),  # cut instead of rounded: 46.286
        ("46.28", {("N03.2", "info")}),
        ("46.1", {("N03.2", "error")}),
        ("46.27", {("N03.2", "error")}),
        ("46", set()),
        ("47", {("N03.2", "info")}),
    ],
)
def test_a_cut_percentage_is_info_and_a_wrong_one_an_error(rate: str, expected: set[tuple[str, str]]) -> None:
    assert told(item("2010601", "2836.51", "1312.90", rate)(Story())) == expected


def test_half_a_unit_is_rounded_away_from_zero() -> None:
    story = Story().says("expenditure.total", "800.00").says("expenditure.basic", "1.00")
    assert told(story.says("expenditure.basic.share", "0.13", "%")) == set()


def test_a_share_of_the_wrong_whole_is_an_error() -> None:
    story = Story().says("expenditure.total", "1500.00").says("expenditure.project", "420.00")
    story.says("general_budget.total", "1480.00").says("general_budget.project", "400.00")
    story.says("performance.amount", "400.00")
    right = copy.deepcopy(story).says("performance.share_of_project_expenditure", "100", "%")
    wrong = copy.deepcopy(story).says("performance.share_of_project_expenditure", "95.24", "%")
    assert told(right) == set()
    assert told(wrong) == {("N03.1", "error")}


@pytest.mark.parametrize(
    ("change", "rate", "expected"),
    [
        ("169.54", "3.18", set()),
        ("-169.54", "-2.99", set()),
        ("169.54", "3.08", {("N03.3", "error")}),  # of this year instead of last year
        ("169.54", "-3.18", {("N03.3", "error")}),  # the wrong word
        ("169.54", "3.17", {("N03.3", "info")}),
    ],
)
def test_a_change_rate_has_last_year_as_its_base(
    change: str, rate: str, expected: set[tuple[str, str]]
) -> None:
    story = Story().says("revenue.total", "5506.46").says("revenue.change", change, baseline_year=2022)
    assert told(story.says("revenue.change_rate", rate, "%", baseline_year=2022)) == expected


def test_a_body_without_a_last_year_has_no_rate() -> None:
    new = Story().says("summary.total", "355.94").says("summary.change", "355.94", baseline_year=2022)
    assert told(new) == set()
    assert told(new.says("summary.change_rate", "100", "%", baseline_year=2022)) == {("N03.4", "warning")}


def test_a_rate_that_names_no_change_is_left_open() -> None:
    story = (
        Story().says("summary.total", "355.94").says("summary.change_rate", "3.00", "%", baseline_year=2022)
    )
    assert states(story, "N03.3") == {"insufficient"}


def test_sides_of_a_total_keep_their_own_changes() -> None:
    story = (
        Story()
        .says("summary.total", "3395.50", subject="收入")
        .says("summary.total", "3401.90", subject="支出")
    )
    for side, change, rate in (("收入", "-798.42", "-19.0"), ("支出", "-805.62", "-19.1")):
        story.says("summary.change", change, subject=side, baseline_year=2022)
        story.says("summary.change_rate", rate, "%", subject=side, baseline_year=2022)
    assert told(story) == set()


def test_either_budget_of_a_sentence_may_be_the_base() -> None:
    story = (
        Story()
        .says("general_budget.initial_budget", "3231.05")
        .says("general_budget.adjusted_budget", "3796.75")
    )
    story.says("general_budget.final", "3395.50")
    assert told(copy.deepcopy(story).says("general_budget.completion_rate", "89.4", "%")) == set()
    assert told(copy.deepcopy(story).says("general_budget.completion_rate", "105.1", "%")) == set()
    assert told(story.says("general_budget.completion_rate", "99.9", "%")) == {("N03.2", "error")}


def test_what_small_amounts_hide_is_rounding() -> None:
    # 0.02 / 0.30 is 6.67 %; in 元 it may have been 245.00 / 3,049.00.
    story = Story().says("three_public.budget", "0.30").says("three_public.final", "0.02")
    assert told(copy.deepcopy(story).says("three_public.completion_rate", "8.04", "%")) == {("N03.2", "info")}
    assert told(story.says("three_public.completion_rate", "16.67", "%")) == {("N03.2", "error")}


def test_nothing_planned_has_no_completion_rate() -> None:
    story = Story().says("three_public.reception.budget", "0").says("three_public.reception.final", "0")
    assert told(copy.deepcopy(story)) == set()
    assert told(story.says("three_public.reception.completion_rate", "100", "%")) == {("N03.4", "warning")}


# --- amounts ----------------------------------------------------------------------------------------------


def test_an_amount_equals_its_cell_at_its_printed_precision() -> None:
    book = general(ctotal=(92_361, 435_120), c2210201=(6_003, 0), c2210202=(1_331, 0))
    right = (
        Story()
        .says("general_budget.total", "5274.81")
        .says("general_budget.item.final", "60.03", function_code="2210201")
    )
    assert told(right, book) == set()
    for value, severity in (("60.04", "info"), ("60.3", "error"), ("60", "info"), ("61.00", "error")):
        story = (
            Story()
            .says("general_budget.basic", "923.61")
            .says("general_budget.item.final", value, function_code="2210201")
        )
        assert told(story, book) == {("N01.1", severity)}, value


def test_text_in_wan_rounds_a_table_in_yuan() -> None:
    book = Book("310100-2025-budget-0000000b", "budget", "元")
    book.tables = {GENERAL: {"total": {"total": 37_151_465_500, "basic": 37_151_465_500}}}
    story = Story(book.report_id).says("budget.general.total", "37151.47")
    assert told(story, book) == set()
    assert told(Story(book.report_id).says("budget.general.total", "37151.48"), book) == {("N01.1", "error")}


def test_a_table_that_was_not_read_leaves_it_open() -> None:
    assert states(Story().says("general_budget.total", "1.00"), "N01.1") == {"insufficient"}


def test_a_code_without_a_row() -> None:
    book = general(ctotal=(100, 0), c2013102=(100, 0))
    story = Story().says("general_budget.item.final", "1.00", function_code="2010601")
    assert told(story, book) == {("N01.3", "warning")}
    # A table that stops at 款 says nothing of 项.
    assert told(story, general(ctotal=(100, 0), c20131=(100, 0))) == set()


def test_a_row_whose_columns_are_unknown_still_prints_its_figures() -> None:
    book = Book(ID)
    book.tables = {THREE_PUBLIC: {"budget": {"total": None, "reception": None}}}
    book.doubt(THREE_PUBLIC, "budget", "total|reception", "1.2;1.2")
    assert told(Story().says("three_public.budget", "1.2"), book) == set()
    assert told(Story().says("three_public.budget", "3"), book) == {("N01.4", "warning")}


def test_basic_expenditure_on_a_trip_exceeds_what_the_text_states() -> None:
    book = Book(ID)
    book.tables = {"basic_expenditure_by_economy": {"30212": {"amount": 14}}}
    book.status = {THREE_PUBLIC: "image"}
    assert told(Story().says("three_public.overseas_trips.final", "0"), book) == {("N01.2", "error")}
    assert told(Story().says("three_public.overseas_trips.final", "0.14"), book) == set()


def test_the_same_quantity_twice() -> None:
    story = Story().says("general_budget.total", "1491.04")
    assert told(copy.deepcopy(story).says("general_budget.total", "1491.04")) == set()
    assert told(copy.deepcopy(story).says("general_budget.total", "1491.05")) == {("N02.1", "info")}
    assert told(story.says("general_budget.total", "1523.88")) == {("N02.1", "error")}


def test_changes_against_the_budget_and_against_last_year_are_two() -> None:
    story = Story().says("three_public.reception.budget", "2.00").says("three_public.reception.final", "0.15")
    story.says("three_public.reception.change", "-1.85", subject="公务接待比预算")
    story.says("three_public.reception.change", "-1.03", baseline_year=2022)
    assert told(story) == set()
    story.says("three_public.reception.change", "-1.95", subject="公务接待比预算")
    assert told(story) == {("N02.1", "error"), ("N03.5", "error")}


def test_two_names_of_one_quantity() -> None:
    story = Story().says("basic.total", "923.61")
    assert told(copy.deepcopy(story).says("general_budget.basic", "923.61")) == set()
    assert told(story.says("general_budget.basic", "932.61")) == {("N02.2", "error")}


def test_a_reason_has_one_direction() -> None:
    story = Story().says("reason.change", "-15", subject="甲").says("reason.change", "-15", subject="甲")
    assert told(copy.deepcopy(story)) == set()
    assert told(story.says("reason.change", "15", subject="甲")) == {("N02.3", "error")}


# --- units and years --------------------------------------------------------------------------------------


def test_an_amount_in_yuan_that_closes_the_sum_in_wan() -> None:
    story = Story().says("revenue.total", "1495.14").says("revenue.appropriation", "1491.04")
    assert told(story.says("revenue.other", "4.10", "元")) == {("N05.1", "warning")}


def test_an_amount_in_yuan_whose_share_is_right_in_wan() -> None:
    story = Story().says("revenue.total", "1600.00").says("revenue.other", "4.10", "元")
    story.says("revenue.other.share", "0.26", "%")
    assert ("N05.1", "warning") in told(story)


def test_an_amount_in_yuan_may_be_right() -> None:
    story = (
        Story()
        .says("revenue.total", "1491.04")
        .says("revenue.appropriation", "1491.00")
        .says("revenue.other", "400.00", "元")
    )
    assert told(story) == set()


def test_an_amount_that_fits_its_cell_in_another_unit() -> None:
    book = general(ctotal=(92_361, 435_120))
    assert told(Story().says("general_budget.total", "52748100"), book) == {("N05.1", "warning")}
    assert told(Story().says("general_budget.total", "0.53"), book) == {("N05.1", "warning")}
    # One digit fits too much: the figure is wrong as it stands.
    assert told(Story().says("general_budget.total", "0.5"), book) == {("N01.1", "error")}


def test_a_change_is_against_the_year_before() -> None:
    assert told(Story().says("agency_operation.change", "1.00", baseline_year=2022)) == set()
    assert told(Story().says("agency_operation.total", "1.00", fiscal_year=2020)) == {("N06.2", "warning")}
    assert told(Story().says("agency_operation.change", "1.00", baseline_year=2021)) == {("N06.1", "warning")}


# --- sums -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "whole", "parts"),
    [
        ("N04.6", "basic.total", {"basic.personnel": "6.00", "basic.public": "4.00"}),
        ("N04.7", "three_public.vehicles.final", {"three_public.vehicle_purchase.final": "6.00", "three_public.vehicle_operation.final": "4.00"}),
        ("N04.8", "procurement.total", {"procurement.goods": "6.00", "procurement.works": "1.00", "procurement.services": "3.00"}),
        ("N04.2", "budget.general.total", {"budget.basic.total": "6.00", "budget.project.total": "4.00"}),
    ],
)  # fmt: skip
def test_parts_make_up_their_whole(rule: str, whole: str, parts: dict[str, str]) -> None:
    for total, expected in (("10.00", set()), ("10.01", {(rule, "info")}), ("11.00", {(rule, "error")})):
        story = Story().says(whole, total)
        for concept, value in parts.items():
            story.says(concept, value)
        assert told(story) == expected


@pytest.mark.parametrize(
    ("rule", "whole", "parts"),
    [
        ("N04.1", "revenue.total", {"revenue.appropriation": "6.00", "revenue.other": "4.00"}),
        ("N04.2", "expenditure.total", {"expenditure.basic": "6.00", "expenditure.project": "4.00"}),
        ("N04.8", "procurement.total", {"procurement.goods": "6.00", "procurement.services": "4.00"}),
        ("N04.1", "budget.income", {"budget.income.general_public_budget": "6.00", "budget.income.carry_over": "4.00"}),
    ],
)  # fmt: skip
def test_main_parts_may_fall_short_where_nothing_closes_their_list(rule: str, whole: str, parts: dict[str, str]) -> None:
    """Without a table only shares that make 100 % say that no part is missing; parts larger than the whole are wrong anyhow."""
    for total, expected in (("10.00", set()), ("10.01", {(rule, "info")}), ("11.00", set()), ("9.00", {(rule, "error")})):
        story = Story().says(whole, total)
        for concept, value in parts.items():
            story.says(concept, value)
        assert told(copy.deepcopy(story)) == expected
        if total == "11.00":
            assert states(story, rule) == {"insufficient"}


def test_shares_that_make_a_hundred_close_a_list() -> None:
    story = Story().says("revenue.total", "11.00")
    for concept, value, share in (("revenue.appropriation", "6.00", "60"), ("revenue.other", "4.00", "40")):
        story.says(concept, value).says(f"{concept}.share", share, "%")
    assert ("N04.1", "error") in told(story)


def test_vehicles_are_counted_exactly() -> None:
    story = Story().says("assets.vehicles", "3", "辆").says("assets.vehicles.emergency", "1", "辆")
    assert told(copy.deepcopy(story).says("assets.vehicles.other", "2", "辆")) == set()
    assert told(story.says("assets.vehicles.other", "3", "辆")) == {("N04.9", "error")}


def test_items_make_up_the_budget_and_the_final() -> None:
    story = Story().says("general_budget.initial_budget", "30.00").says("general_budget.final", "35.00")
    item("2010601", "10.00", "15.00", "150")(story)
    item("208", "20.00", "20.00", "100")(story)
    assert told(copy.deepcopy(story)) == set()
    item("221", "1.00", "2.00", "200")(story)
    assert told(story) == {("N04.4", "error"), ("N04.5", "error")}


def test_items_without_a_budget_leave_the_sum_open() -> None:
    story = Story().says("general_budget.initial_budget", "30.00")
    story.says("general_budget.item.initial_budget", "10.00", function_code="2010601", subject="a")
    story.says("general_budget.item.final", "10.00", function_code="2010601", subject="a")
    story.says("general_budget.item.final", "5.00", function_code="2080101", subject="b")
    assert states(story, "N04.4") == {"insufficient"}


def test_classes_make_up_the_total() -> None:
    story = (
        Story()
        .says("general_budget.total", "30.00")
        .says("general_budget.class", "10.00", function_code="201")
    )
    assert told(copy.deepcopy(story).says("general_budget.class", "20.00", function_code="208")) == set()
    assert told(copy.deepcopy(story).says("general_budget.class", "21.00", function_code="208")) == {("N04.3", "error")}
    short = copy.deepcopy(story).says("general_budget.class", "19.00", function_code="208")
    assert told(short) == set() and states(short, "N04.3") == {"insufficient"}


def test_uses_need_not_be_all_but_do_not_exceed() -> None:
    story = Story().says("general_budget.project", "10.00")
    assert told(copy.deepcopy(story).says("general_budget.project_part", "4.00", subject="a")) == set()
    assert told(story.says("general_budget.project_part", "11.00", subject="a")) == {("N04.10", "error")}


def test_reasons_are_only_told() -> None:
    story = Story().says("summary.total", "100.00").says("summary.change", "10.00", baseline_year=2022)
    story.says("reason.change", "6.00", subject="a", section="summary")
    assert told(copy.deepcopy(story)) == set()
    assert told(copy.deepcopy(story).says("reason.change", "4.00", subject="b", section="summary")) == set()
    assert told(story.says("reason.change", "90.00", subject="b", section="summary")) == {("N04.11", "info")}


# --- a whole ledger ---------------------------------------------------------------------------------------

STEP = {"%": "0.37", "辆": "1"}


@pytest.mark.parametrize("seed", range(6))
def test_a_change_of_any_one_figure_is_found(seed: int) -> None:
    story, book = ledger(seed)
    assert told(story, book) == set()
    planted, books = [], []
    for number, row in enumerate(story.rows):
        twin, table = (
            Story(f"{story.report_id[:-8]}{0x1000 * (seed + 1) + number + 1:08x}"),
            copy.deepcopy(book),
        )
        table.report_id = twin.report_id
        step = Decimal(STEP.get(row["unit"], "7.31")) * (-1 if number % 2 and row["value"] > 20 else 1)
        value = row["value"] + step
        twin.rows = [*story.rows]
        twin.rows[number] = {**row, "value": value, "token": str(abs(value))}
        planted.append(twin)
        books.append(table)
    rows = compared(planted, books)
    wrong = rows.filter((pl.col("state") == "compared") & (pl.col("excess") > 0))
    heard = set(wrong.get_column("report_id"))
    silent = [
        row["concept"] for row, twin in zip(story.rows, planted, strict=True) if twin.report_id not in heard
    ]
    assert silent == []


def test_without_tokens_the_value_tells_the_decimals() -> None:
    story, book = ledger(7)
    for row in story.rows:
        row["token"] = "x"
    assert told(story, book) == set()


def test_no_narrative_no_comparisons() -> None:
    _, book = ledger(8)
    assert compared([Story(book.report_id)], [book]).is_empty()


def test_every_rule_can_fail() -> None:
    """The rules of N that this file names are all there are."""
    text = Path(__file__).read_text(encoding="utf-8")
    known = {rule for rule in rules() if rule.startswith("N")}
    assert {rule for rule in known if f'"{rule}"' in text} == known
