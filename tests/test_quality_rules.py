"""Every rule of the families T and X on a report that passes, one that fails and one that cannot be judged.

All of them are one corpus that is checked once. The rows of ``CASES`` say how each rule is brought to fail,
and which figure is taken away to leave it open.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl
import pytest
from test_quality_support import (
    APPROPRIATION,
    CAPITAL,
    ECONOMY,
    EXPENDITURE,
    FUND,
    GENERAL,
    KINDS,
    REVENUE,
    SOURCES,
    SUMMARY,
    THREE_PUBLIC,
    Book,
    budget,
    corpus,
    mixed,
    pure,
)

from pipelines import schema
from pipelines.quality import Quality, check, rules

Damage = Callable[[Book], Book]
ONE = 100
"""1.00 万元 in a table in 万元."""
ONE_YUAN = 1_000_000
"""1 万元 in a table in 元."""


@dataclass(frozen=True)
class Case:
    rule_id: str
    base: Callable[[int], Book]
    fails: Damage
    unsure: Damage


def plus(resource: str, key: str, column: str, amount: int = ONE) -> Damage:
    return lambda book: book.add(resource, key, column, amount)


def doubt(resource: str, key: str, columns: str) -> Damage:
    return lambda book: book.doubt(resource, key, columns)


def blank(resource: str, key: str, columns: tuple[str, ...]) -> Damage:
    return lambda book: book.set(resource, key, **dict.fromkeys(columns))


def lose(resource: str, status: str = "withheld") -> Damage:
    return lambda book: book.lose(resource, status)


def without_items(book: Book) -> Book:
    for key in list(book.tables[SUMMARY]):
        if key.startswith("expenditure/2"):
            book.set(SUMMARY, key, amount=None)
    return book


def gap_cases() -> list[Case]:
    """A row that keeps its total and loses its parts; the table withheld."""
    parts = [
        ("T02.4", REVENUE, "2010302", SOURCES),
        ("T03.4", EXPENDITURE, "2010302", KINDS),
        (
            "T04.9",
            APPROPRIATION,
            "expenditure/201",
            ("general_public_budget", "government_fund", "state_capital"),
        ),
        ("T05.4", GENERAL, "2010302", ("basic", "project")),
        ("T07.4", FUND, "2120801", ("basic", "project")),
        ("T08.4", CAPITAL, "2230105", ("basic", "project")),
        ("T09.3", THREE_PUBLIC, "final", ("vehicle_purchase", "vehicle_operation")),
        ("T06.6", ECONOMY, "30302", ("amount",)),
    ]
    cases = [Case(rule, mixed, blank(r, key, columns), lose(r)) for rule, r, key, columns in parts]
    return [*cases, Case("T01.7", mixed, without_items, lose(SUMMARY, "missing"))]


def own_name(book: Book) -> Book:
    book.row(GENERAL, "2080505")["name"] = "住房公积金"
    return book


def own_code(book: Book) -> Book:
    book.tables[GENERAL]["2989999"] = {"name": "不存在的支出"}
    return book


def no_tables(book: Book) -> Book:
    for resource in list(book.tables):
        book.lose(resource, "image")
    return book


CASES = [
    Case(
        "T01.1", mixed, plus(SUMMARY, "income/other", "amount"), doubt(SUMMARY, "income/business", "amount")
    ),
    Case(
        "T01.2",
        mixed,
        plus(SUMMARY, "income/surplus_used", "amount"),
        doubt(SUMMARY, "income/surplus_used", "amount"),
    ),
    Case(
        "T01.3",
        mixed,
        plus(SUMMARY, "expenditure/201", "amount"),
        doubt(SUMMARY, "expenditure/202", "amount"),
    ),
    Case(
        "T01.4",
        mixed,
        plus(SUMMARY, "expenditure/closing_balance", "amount"),
        doubt(SUMMARY, "expenditure/closing_balance", "amount"),
    ),
    Case(
        "T01.5",
        mixed,
        plus(SUMMARY, "expenditure/grand_total", "amount"),
        doubt(SUMMARY, "income/grand_total", "amount"),
    ),
    Case(
        "T01.6",
        budget,
        plus(SUMMARY, "income/fiscal_appropriation", "amount", ONE_YUAN),
        doubt(SUMMARY, "income/government_fund", "amount"),
    ),
    Case("T02.1", mixed, plus(REVENUE, "2010302", "total"), doubt(REVENUE, "2010302", "business")),
    Case("T02.2", mixed, plus(REVENUE, "20103", "other"), doubt(REVENUE, "2010302", "other")),
    Case("T03.1", mixed, plus(EXPENDITURE, "2010302", "basic"), doubt(EXPENDITURE, "2010302", "basic")),
    Case("T03.2", mixed, plus(EXPENDITURE, "208", "business"), lambda book: book.drop(EXPENDITURE, "21011")),
    Case(
        "T04.1",
        mixed,
        plus(APPROPRIATION, "expenditure/212", "total"),
        doubt(APPROPRIATION, "expenditure/212", "state_capital"),
    ),
    Case(
        "T04.2",
        mixed,
        plus(APPROPRIATION, "income/current_total", "amount"),
        doubt(APPROPRIATION, "income/government_fund", "amount"),
    ),
    Case(
        "T04.3",
        mixed,
        plus(APPROPRIATION, "income/opening_state_capital", "amount"),
        doubt(APPROPRIATION, "income/opening_balance", "amount"),
    ),
    Case(
        "T04.4",
        mixed,
        plus(APPROPRIATION, "income/grand_total", "amount"),
        doubt(APPROPRIATION, "income/opening_balance", "amount"),
    ),
    Case(
        "T04.5",
        mixed,
        plus(APPROPRIATION, "expenditure/223", "state_capital"),
        doubt(APPROPRIATION, "expenditure/202", "total"),
    ),
    Case(
        "T04.6",
        mixed,
        plus(APPROPRIATION, "expenditure/closing_balance", "total"),
        doubt(APPROPRIATION, "expenditure/closing_balance", "total"),
    ),
    Case(
        "T04.7",
        mixed,
        plus(APPROPRIATION, "expenditure/grand_total", "total"),
        doubt(APPROPRIATION, "expenditure/grand_total", "total"),
    ),
    Case(
        "T04.8",
        mixed,
        plus(APPROPRIATION, "income/government_fund", "amount"),
        doubt(APPROPRIATION, "income/opening_state_capital", "amount"),
    ),
    Case(
        "T05.1", mixed, plus(GENERAL, "2010350", "project"), blank(GENERAL, "2010302", ("basic", "project"))
    ),
    Case("T05.2", mixed, plus(GENERAL, "2010350", "basic"), blank(GENERAL, "2010302", ("basic", "project"))),
    Case("T06.1", mixed, plus(ECONOMY, "30201", "amount"), doubt(ECONOMY, "30201", "amount")),
    Case("T06.2", mixed, plus(ECONOMY, "personnel_total", "amount"), doubt(ECONOMY, "303", "amount")),
    Case("T06.3", mixed, plus(ECONOMY, "310", "amount"), doubt(ECONOMY, "310", "amount")),
    Case("T06.4", budget, plus(ECONOMY, "30101", "personnel", ONE_YUAN), doubt(ECONOMY, "30101", "public")),
    Case("T06.5", budget, plus(ECONOMY, "total", "public", ONE_YUAN), doubt(ECONOMY, "310", "public")),
    Case("T07.1", mixed, plus(FUND, "2120801", "closing_balance"), doubt(FUND, "2120801", "opening_balance")),
    Case("T07.2", mixed, plus(FUND, "2120801", "project"), doubt(FUND, "2120801", "basic")),
    Case("T07.3", mixed, plus(FUND, "21208", "revenue"), doubt(FUND, "21208", "revenue")),
    Case("T08.1", mixed, plus(CAPITAL, "2230105", "revenue"), doubt(CAPITAL, "2230105", "revenue")),
    Case("T08.2", mixed, plus(CAPITAL, "2230105", "basic"), doubt(CAPITAL, "2230105", "basic")),
    Case("T08.3", mixed, plus(CAPITAL, "22301", "basic"), lambda book: book.drop(CAPITAL, "22301")),
    Case("T09.1", mixed, plus(THREE_PUBLIC, "final", "total"), doubt(THREE_PUBLIC, "final", "reception")),
    Case(
        "T09.2",
        mixed,
        plus(THREE_PUBLIC, "budget", "vehicle_purchase"),
        doubt(THREE_PUBLIC, "budget", "vehicle_purchase"),
    ),
    Case("X01.1", mixed, plus(REVENUE, "total", "total"), doubt(REVENUE, "total", "total")),
    Case("X01.2", mixed, plus(SUMMARY, "expenditure/current_total", "amount"), lose(EXPENDITURE)),
    Case("X01.3", mixed, plus(SUMMARY, "expenditure/208", "amount"), doubt(EXPENDITURE, "208", "total")),
    Case("X01.4", mixed, plus(REVENUE, "total", "institutional"), doubt(REVENUE, "total", "institutional")),
    Case("X03.1", mixed, plus(EXPENDITURE, "2210201", "total", -ONE), doubt(GENERAL, "2210201", "total")),
    Case("X03.2", pure, plus(EXPENDITURE, "2210201", "total"), lose(CAPITAL)),
    Case("X03.3", pure, plus(EXPENDITURE, "221", "basic"), doubt(GENERAL, "221", "basic")),
    Case("X04.1", mixed, plus(FUND, "total", "total"), lose(FUND, "image")),
    Case("X04.2", mixed, plus(CAPITAL, "223", "total"), doubt(CAPITAL, "223", "total")),
    Case("X04.3", mixed, plus(REVENUE, "total", "fiscal_appropriation"), lose(REVENUE)),
    Case("X05.1", mixed, plus(GENERAL, "total", "basic"), lose(ECONOMY)),
    Case("X09.1", mixed, plus(ECONOMY, "30231", "amount"), doubt(THREE_PUBLIC, "final", "vehicle_operation")),
    *gap_cases(),
]
# A name or code is there or not: without tables the rules on codes have nothing to say.
CODE_CASES = [Case("T10.1", mixed, own_code, no_tables), Case("T10.2", mixed, own_name, no_tables)]
BASES = [mixed(1), pure(2), budget(3)]
ALL_CASES = CASES + CODE_CASES


def _book(case: Case, kind: str) -> Book:
    number = 16 * (ALL_CASES.index(case) + 1) + ("fails", "unsure").index(kind)
    return getattr(case, kind)(case.base(number))


@pytest.fixture(scope="module")
def quality() -> Quality:
    damaged = [_book(case, kind) for case in ALL_CASES for kind in ("fails", "unsure")]
    return check(*corpus([*BASES, *damaged]))


def state(quality: Quality, book: Book, rule_id: str) -> str:
    chosen = (pl.col("report_id") == book.report_id) & (pl.col("rule_id") == rule_id)
    return quality.results.filter(chosen).get_column("state").item()


def findings(quality: Quality, book: Book) -> pl.DataFrame:
    return quality.findings.filter(pl.col("report_id") == book.report_id)


def test_every_rule_on_the_tables_has_a_case() -> None:
    # Families N, C and D have their cases in test_quality_narrative*, test_quality_across and test_quality_disclosure.
    covered = {case.rule_id for case in ALL_CASES} | {"T10.3"}
    assert covered == {rule.rule_id for rule in rules().values() if rule.on_report and rule.family in "TX"}


@pytest.mark.parametrize("book", BASES, ids=["mixed", "pure", "budget"])
def test_a_consistent_report_has_no_findings(quality: Quality, book: Book) -> None:
    assert findings(quality, book).is_empty()
    of_book = quality.results.filter(pl.col("report_id") == book.report_id)
    assert set(of_book.get_column("state")) <= {"pass", "not_applicable"}
    coverage = quality.coverage.filter(pl.col("report_id") == book.report_id)
    assert coverage.get_column("rule_coverage").item() == 100


@pytest.mark.parametrize("case", ALL_CASES, ids=lambda case: case.rule_id)
def test_passes(quality: Quality, case: Case) -> None:
    base = next(
        book
        for book in BASES
        if book.kind == case.base(1).kind and (case.base is not pure or book is BASES[1])
    )
    assert state(quality, base, case.rule_id) == "pass"


@pytest.mark.parametrize("case", ALL_CASES, ids=lambda case: case.rule_id)
def test_fails(quality: Quality, case: Case) -> None:
    book, rule = _book(case, "fails"), rules()[case.rule_id]
    assert state(quality, book, case.rule_id) == "fail"
    said = findings(quality, book).filter(pl.col("rule_id").is_in([rule.rule_id, rule.same_as]))
    assert rule.severity in said.get_column("severity").to_list()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule_id)
def test_is_left_open(quality: Quality, case: Case) -> None:
    book = _book(case, "unsure")
    assert state(quality, book, case.rule_id) == "insufficient"
    said = findings(quality, book)
    assert said.filter((pl.col("rule_id") == case.rule_id) | (pl.col("severity") == "error")).is_empty()


@pytest.mark.parametrize("case", CODE_CASES, ids=lambda case: case.rule_id)
def test_codes_without_tables_are_not_applicable(quality: Quality, case: Case) -> None:
    assert state(quality, _book(case, "unsure"), case.rule_id) == "not_applicable"


def test_coverage_counts_what_could_not_be_judged(quality: Quality) -> None:
    nothing = _book(CODE_CASES[0], "unsure")
    share = dict(quality.coverage.iter_rows())
    assert share[nothing.report_id] == 0
    partly = share[_book(next(c for c in CASES if c.rule_id == "X04.3"), "unsure").report_id]
    assert 0 < partly < 100


def test_every_report_has_a_state_for_every_rule(quality: Quality) -> None:
    reports = len(BASES) + 2 * len(ALL_CASES)
    assert quality.results.height == reports * len(rules())
    assert quality.results.filter(pl.col("state").is_null() | (pl.col("state") == "error")).is_empty()


def test_findings_keep_to_their_declaration(quality: Quality) -> None:
    assert schema.resources()["findings"].violations(quality.findings) == []
    assert schema.resources()["rules"].violations(quality.rules) == []
    assert set(quality.findings.get_column("rule_id")) <= set(quality.rules.get_column("rule_id"))
    assert quality.findings.get_column("finding_id").str.len_chars().unique().to_list() == [16]
