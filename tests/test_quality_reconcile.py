"""How comparisons are settled: exactness, the envelope, and what a blank says. Without Great Expectations."""

from __future__ import annotations

import importlib
from collections.abc import Callable

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_quality_support import (
    APPROPRIATION,
    CAPITAL,
    ECONOMY,
    EXPENDITURE,
    FUND,
    GENERAL,
    REVENUE,
    SUMMARY,
    THREE_PUBLIC,
    Book,
    budget,
    corpus,
    mixed,
    pure,
)

from pipelines.quality import cells, codes, inside, reconcile, terms, wording

RECONCILE = importlib.import_module("pipelines.quality.reconcile")
BASES: list[Callable[[int], Book]] = [mixed, pure, budget]


_KNOWN: dict[str, pl.DataFrame] = {}


def compared(*books: Book) -> pl.DataFrame:
    """The comparisons of some books; the same books are compared once."""
    key = repr(books)
    if key not in _KNOWN:
        frames, tables, notices, _ = corpus(list(books))
        _KNOWN[key] = reconcile(frames, tables, notices).reconciliations
    return _KNOWN[key]


def beyond(found: pl.DataFrame) -> pl.DataFrame:
    return found.filter((pl.col("state") == "compared") & (pl.col("excess") > pl.col("tolerance")))


def one(book: Book, rule_id: str, locator: str) -> dict[str, object]:
    found = compared(book).filter((pl.col("rule_id") == rule_id) & (pl.col("locator") == locator))
    return found.row(0, named=True)


def states(book: Book, rule_id: str) -> dict[str, int]:
    found = compared(book).filter(pl.col("rule_id") == rule_id)
    return dict(found.group_by("state").len().iter_rows())


# --- a wrong figure is seen, a right report is not accused -------------------------------------------------


@pytest.mark.parametrize("base", BASES)
def test_every_single_wrong_amount_is_seen(base: Callable[[int], Book]) -> None:
    original = base(1)
    scale = {"万元": 100, "元": 1_000_000}
    wrong = []
    for number, (resource, key, column) in enumerate(original.cells(), start=2):
        unit = original.units.get(resource, original.unit)
        twin = original.named(number).add(resource, key, column, scale[unit])
        wrong.append((twin, (resource, key, column)))
    found = compared(original, *(book for book, _ in wrong))
    accused = set(beyond(found).get_column("report_id"))
    assert original.report_id not in accused
    assert [place for book, place in wrong if book.report_id not in accused] == []
    assert found.filter((pl.col("report_id") == original.report_id) & (pl.col("excess") != 0)).is_empty()


def test_all_of_a_consistent_report_is_compared() -> None:
    found = compared(*(base(number) for number, base in enumerate(BASES, start=1)))
    assert found.filter(pl.col("state") == "insufficient").is_empty()
    assert set(found.get_column("state")) == {"compared", "not_applicable"}


def test_the_order_of_rows_does_not_matter() -> None:
    frames, tables, notices, _ = corpus([mixed(1).add(GENERAL, "201", "total", 1), budget(2)])
    shuffled = {name: frame.sample(fraction=1, shuffle=True, seed=7) for name, frame in frames.items()}
    one_way = reconcile(frames, tables, notices).reconciliations
    other = reconcile(shuffled, tables.reverse(), notices).reconciliations
    figures = ["report_id", "rule_id", "resource", "locator", "expected", "actual", "tolerance", "state"]
    assert one_way.select(figures).equals(other.select(figures))


# --- the envelope -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("off", "within"), [(0, True), (1, True), (-1, True), (2, False), (-2, False)])
def test_three_printed_figures_allow_one_and_a_half_units(off: int, within: bool) -> None:
    book = mixed().add(GENERAL, "2010350", "total", off)
    row = one(book, "T05.1", "function_code=2010350;column=total")
    assert row["tolerance"] == 15_000
    assert (abs(row["difference"]) <= row["tolerance"]) is within
    assert row["difference"] == off * 10_000


def test_a_blank_part_allows_nothing_and_a_printed_zero_does() -> None:
    locator = "function_code=2010301;column=total"
    assert one(mixed(), "T05.1", locator)["tolerance"] == 10_000
    assert one(mixed().set(GENERAL, "2010301", project=0), "T05.1", locator)["tolerance"] == 15_000


def test_half_a_unit_of_one_is_not_lost() -> None:
    """元 with two decimals: a unit is one micro-unit, three allow 1.5, so 1 is within and 2 is not."""
    for off, excess in ((1, False), (2, True)):
        row = one(
            budget().add(GENERAL, "2010350", "total", off), "T05.1", "function_code=2010350;column=total"
        )
        assert (row["excess"] > row["tolerance"]) is excess


def test_a_large_amount_does_not_widen_the_tolerance() -> None:
    small = one(mixed(), "T05.2", "function_code=total;column=total")
    large = mixed()
    for code in ("total", "201", "20103", "2010301"):
        large.add(GENERAL, code, "total", 10**9)
    assert one(large, "T05.2", "function_code=total;column=total")["tolerance"] == small["tolerance"]


def test_yuan_against_wan_yuan_has_both_envelopes() -> None:
    row = one(budget(), "X09.1", "economic_code=30217;column=amount")
    assert row["tolerance"] == (10_000 + 1) // 2


@given(st.integers(-(10**7), 10**7), st.integers(0, 10**6))
def test_rounding_the_tolerance_down_changes_no_verdict(difference: int, quanta: int) -> None:
    assert (2 * abs(difference) <= quanta) == (abs(difference) <= quanta // 2)


# --- what a blank says ------------------------------------------------------------------------------------


def test_a_total_without_parts_leaves_the_columns_above_it_open() -> None:
    book = mixed().set(GENERAL, "2010302", basic=None, project=None)
    assert one(book, "T05.1", "function_code=2010302;column=total")["reason"] == "incomplete"
    assert one(book, "T05.2", "function_code=20103;column=project")["reason"] == "incomplete"
    assert one(book, "T05.2", "function_code=20103;column=total")["state"] == "compared"


def test_a_blank_row_under_a_printed_one_leaves_it_open() -> None:
    book = (
        mixed()
        .set(GENERAL, "2080506", total=None, basic=None)
        .set(GENERAL, "2080505", total=None, basic=None)
    )
    row = one(book, "T05.2", "function_code=20805;column=total")
    assert (row["state"], row["reason"]) == ("insufficient", "blank_parts")
    gaps = compared(book).filter((pl.col("rule_id") == "T05.4") & (pl.col("difference") > 0))
    assert gaps.get_column("reason").to_list() == ["rows"]
    assert gaps.get_column("details").to_list() == [["20805 行政事业单位养老支出"]]


def test_one_blank_row_among_printed_ones_is_no_amount() -> None:
    book = mixed().set(GENERAL, "2080506", total=None, basic=None)
    assert one(book, "T05.2", "function_code=20805;column=total")["difference"] == 2_004 * 10_000


def test_a_blank_total_is_reported_once_per_table_and_accuses_nobody() -> None:
    book = mixed().set(REVENUE, "total", total=None)
    found = compared(book)
    assert beyond(found).filter(pl.col("rule_id") != "T02.4").is_empty()
    gap = found.filter((pl.col("rule_id") == "T02.4") & (pl.col("difference") > 0))
    assert gap.select("locator", "reason").rows() == [("function_code=total;column=total", "total")]


def test_printed_zeros_beside_a_blank_total_say_nothing() -> None:
    book = mixed().set(FUND, "2120801", total=None, basic=0, project=0, revenue=0, opening_balance=0)
    assert one(book, "T07.2", "function_code=2120801;column=total")["state"] == "not_applicable"


def test_an_unlisted_code_is_no_amount_only_where_the_table_lists_its_like() -> None:
    unlisted = mixed().drop(EXPENDITURE, "2210203")
    assert one(unlisted, "X03.1", "function_code=2210203;column=total")["difference"] == -3_301 * 10_000
    # A table that stops at 款, or that leaves the 款 out, says nothing of what it does not list.
    stops = mixed().drop(EXPENDITURE, "2210203", "2210201")
    assert one(stops, "X03.1", "function_code=2210203;column=total")["state"] == "insufficient"
    leaves_out = mixed().drop(EXPENDITURE, "22102")
    assert one(leaves_out, "X03.1", "function_code=22102;column=total")["state"] == "insufficient"


def test_a_class_table_without_figures_is_not_held_against_the_others() -> None:
    book = mixed()
    for key in list(book.tables[APPROPRIATION]):
        if key.startswith("expenditure/2"):
            book.set(
                APPROPRIATION,
                key,
                total=None,
                general_public_budget=None,
                government_fund=None,
                state_capital=None,
            )
    assert "compared" not in states(book, "X04.2")
    assert (
        one(book, "T04.5", "side=expenditure;item_code=current_total;column=total")["state"] == "insufficient"
    )


# --- tables that are not there ----------------------------------------------------------------------------


def without_capital(book: Book) -> Book:
    """The money of the state capital budget taken out of table 04."""
    for key, row in book.tables[APPROPRIATION].items():
        if key.endswith("state_capital"):
            row["amount"] = None
        row.pop("state_capital", None)
    return book


def test_an_unannounced_fund_table_is_empty_where_04_knows_no_such_fund() -> None:
    locator = "side=expenditure;item_code=current_total;column=state_capital"
    unknown = without_capital(mixed().lose(CAPITAL, "missing"))
    assert one(unknown, "X04.1", locator)["state"] == "not_applicable"
    assert one(mixed().lose(CAPITAL, "missing"), "X04.1", locator)["state"] == "insufficient"
    assert (
        one(without_capital(mixed().lose(CAPITAL, "withheld")), "X04.1", locator)["state"] == "insufficient"
    )


def test_an_empty_fund_table_is_a_statement() -> None:
    empty = mixed().lose(CAPITAL, "empty")
    row = one(empty, "X04.1", "side=expenditure;item_code=current_total;column=state_capital")
    assert (row["state"], row["difference"]) == ("compared", 805 * 10_000)


def test_an_empty_main_table_is_none() -> None:
    assert states(mixed().lose(GENERAL, "empty"), "X05.1") == {"insufficient": 1}


def test_figures_of_a_table_that_was_not_read_take_no_part() -> None:
    book = mixed()
    book.status[REVENUE] = "withheld"
    found = compared(book)
    assert found.filter(pl.col("rule_id").is_in(["T02.1", "T02.2", "T02.4"])).is_empty()
    assert states(book, "X01.1") == {"insufficient": 1}


# --- premises ---------------------------------------------------------------------------------------------


def test_equality_is_asked_only_where_all_money_is_appropriation() -> None:
    assert "compared" in states(pure(), "X03.2")
    assert states(mixed(), "X03.2") == {}
    # 01 carries more over than 04: money that is no appropriation was in play.
    carried = pure().add(SUMMARY, "income/opening_balance", "amount", 50)
    assert states(carried, "X03.2") == {}
    assert states(pure().lose(SUMMARY), "X03.2") == {"insufficient": 1}
    unknown = pure().doubt(SUMMARY, "income/other", "amount")
    assert states(unknown, "X03.2") == {"insufficient": 1}


def test_totals_with_columns_outside_the_model_are_left_open() -> None:
    book = mixed().add(REVENUE, "2010301", "total", 500).notice("E07", REVENUE, "columns")
    assert "compared" not in states(book, "T02.1")
    assert "compared" not in states(book, "X01.1")
    assert "compared" in states(book, "X01.4")


def test_a_row_printed_twice_leaves_its_sums_open() -> None:
    book = mixed().notice("E09", GENERAL, "function_code=2080505")
    assert one(book, "T05.2", "function_code=20805;column=total")["reason"] == "ambiguous"
    assert one(book, "T05.2", "function_code=201;column=total")["state"] == "compared"


def test_the_notice_of_one_half_leaves_the_other_alone() -> None:
    book = mixed().doubt(SUMMARY, "income/grand_total", "amount")
    assert one(book, "T01.2", "side=income;item_code=grand_total;column=amount")["state"] == "insufficient"
    assert one(book, "T01.4", "side=expenditure;item_code=grand_total;column=amount")["state"] == "compared"


def test_a_notice_without_a_place_leaves_the_whole_table_open() -> None:
    found = compared(mixed().notice("E02", GENERAL, "line=12"))
    assert "compared" not in found.filter(pl.col("rule_id").is_in(["T05.1", "T05.2"])).get_column("state")
    assert "compared" in found.filter(pl.col("rule_id") == "T03.2").get_column("state")


# --- 三公 -------------------------------------------------------------------------------------------------

CELLS_09 = "total|overseas_trips|vehicles|vehicle_purchase|vehicle_operation|reception"


@pytest.mark.parametrize(("candidates", "state"), [("1.2;1.2", "compared"), ("9.00;1.2", "insufficient")])
def test_an_item_above_every_figure_of_an_ambiguous_row_is_too_large(candidates: str, state: str) -> None:
    book = mixed().doubt(THREE_PUBLIC, "final", CELLS_09, candidates)
    assert one(book, "X09.1", "economic_code=30231;column=amount")["state"] == state


def test_a_cell_that_is_surely_blank_in_an_ambiguous_row_is_judged_alike() -> None:
    book = mixed().set(THREE_PUBLIC, "final", vehicles=None, vehicle_purchase=None, vehicle_operation=None)
    book.doubt(THREE_PUBLIC, "final", "total|overseas_trips|reception", "1.2;1.2")
    row = one(book, "X09.1", "economic_code=30231;column=amount")
    assert (row["state"], row["expected"]) == ("compared", 1_200_000)


def test_a_blank_item_is_included_in_anything() -> None:
    book = mixed().set(ECONOMY, "30212", amount=None).lose(THREE_PUBLIC)
    assert one(book, "X09.1", "economic_code=30212;column=amount")["state"] == "not_applicable"
    assert one(book, "X09.1", "economic_code=30231;column=amount")["state"] == "insufficient"


def test_a_blank_three_public_figure_is_a_statement_but_an_undivided_one_is_not() -> None:
    locator = "economic_code=30217;column=amount"
    nothing = mixed().set(THREE_PUBLIC, "final", reception=None)
    assert one(nothing, "X09.1", locator)["difference"] == 1_200_000
    undivided = mixed().set(THREE_PUBLIC, "final", vehicle_purchase=None, vehicle_operation=None)
    assert one(undivided, "X09.1", "economic_code=30231;column=amount")["state"] == "insufficient"


def test_final_accounts_are_held_against_final_figures() -> None:
    less = mixed().add(THREE_PUBLIC, "budget", "vehicle_operation", -699)
    assert beyond(compared(less)).filter(pl.col("rule_id") == "X09.1").is_empty()


# --- codes ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("printed", "accepted"),
    [
        ("机关事业单位基本养老保险缴费支出", True),
        ("机关事业单位基本养老保险缴", True),
        ("机关事业单位养老保险缴费支出", True),
        ("八、机关事业单位基本养老保险缴费支出", True),
        ("住房公积金", False),
    ],
)
def test_names_may_be_cut_or_abbreviated(printed: str, accepted: bool) -> None:
    assert codes.fits(printed, ("机关事业单位基本养老保险缴费支出",)) is accepted


def test_known_other_spellings_are_accepted() -> None:
    assert all(codes.fits(name, names) for names in codes.official("functional").values() for name in names)


def test_a_new_code_is_told_by_its_notice_only() -> None:
    book = mixed()
    book.tables[GENERAL]["2010377"] = {"name": "某新科目"}
    wrong = pl.col("difference") > 0
    assert compared(book).filter((pl.col("rule_id") == "T10.1") & wrong).height == 1
    book.notice("E03", GENERAL, "function_code=2010377", "2010377")
    assert compared(book).filter((pl.col("rule_id") == "T10.1") & wrong).is_empty()


def test_a_repeated_key_is_found() -> None:
    frames, tables, notices, _ = corpus([mixed()])
    general = frames[GENERAL]
    frames[GENERAL] = pl.concat([general, general.filter(pl.col("function_code") == "2080505")])
    found = reconcile(frames, tables, notices).reconciliations.filter(pl.col("rule_id") == "T10.3")
    wrong = found.filter(pl.col("difference") > 0)
    assert wrong.select("resource", "locator").rows() == [(GENERAL, "function_code=2080505")]
    assert found.height > 1


# --- small tools ------------------------------------------------------------------------------------------


@given(
    st.integers(-(10**12), 10**12),
    st.sampled_from(
        [("万元", 10_000), ("万元", 100), ("万元", 1_000_000), ("元", 1), ("元", 100), ("元", 10)]
    ),
)
def test_figures_read_the_same_in_tables_and_sentences(value: int, shape: tuple[str, int]) -> None:
    unit, quantum = shape
    frame = pl.DataFrame({"value": [value], "unit": [unit], "quantum": [quantum]})
    assert frame.select(terms.printed()).item() == wording.printed(value, unit, quantum)
    assert cells.micro_of(wording.printed(value, unit, quantum), unit) == value


@pytest.mark.parametrize(
    ("value", "unit", "quantum", "text"),
    [
        (37_048_300_00, "万元", 10_000, "3704.83"),
        (9_000_00, "万元", 10_000, "0.90"),
        (-10_000, "万元", 10_000, "-0.01"),
        (371_514_655_00, "元", 1, "371514655.00"),
        (371_514_655_00, "元", 100, "371514655"),
        (5_000, "万元", 10_000, "0.005"),
        (0, "万元", 1_000_000, "0"),
    ],
)
def test_figures_as_printed(value: int, unit: str, quantum: int, text: str) -> None:
    assert wording.printed(value, unit, quantum) == text


def test_locators_are_read() -> None:
    assert cells.locator_keys("function_code=20807;column=a|b") == {
        "function_code": ["20807"],
        "column": ["a", "b"],
    }
    assert cells.locator_keys(None) == {}


def test_chunks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    books = [mixed(1).add(GENERAL, "201", "total", 1), budget(2), pure(3)]
    whole = compared(*books)
    monkeypatch.setattr(RECONCILE, "CHUNK", 1)
    frames, tables, notices, _ = corpus(books)
    assert reconcile(frames, tables, notices).reconciliations.equals(whole)


def test_a_rule_that_breaks_in_its_arithmetic_leaves_the_others_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(_: pl.DataFrame) -> list[pl.DataFrame]:
        raise pl.exceptions.ComputeError("no such column")

    rules = {broken if ids[0] == "T09.1" else rule: ids for rule, ids in inside.RULES.items()}
    monkeypatch.setattr(inside, "RULES", rules)
    frames, tables, notices, _ = corpus([mixed()])
    found = reconcile(frames, tables, notices).reconciliations
    states = dict(found.group_by("rule_id").agg(pl.col("state").first()).iter_rows())
    assert (states["T09.1"], states["T09.2"]) == ("error", "error")
    assert states["T05.1"] == "compared"


def test_an_empty_corpus_is_no_error() -> None:
    frames, tables, notices, _ = corpus([mixed()])
    nothing = {name: frame.clear() for name, frame in frames.items()}
    assert reconcile(nothing, tables.clear(), notices).reconciliations.is_empty()
