"""Which cell of which table says the same as a statement of the narrative.

A concept has one counterpart, or several places that say the same (the first that was read is taken), or places
of which any one will do (``ANY``). This looks up; it does not compare.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pipelines.quality.inside import APPROPRIATION, ECONOMY, SUMMARY, THREE_PUBLIC
from pipelines.quality.lookup import EXPENDITURE, GENERAL, REVENUE
from pipelines.quality.stated import CellKey, Figure, Stated, Text, cell_figure

FUND, CAPITAL = "government_fund", "state_capital"
SOURCES = (
    "appropriation",
    "higher_level_subsidy",
    "institutional",
    "business",
    "affiliate_remittance",
    "other",
)
KINDS = ("basic", "project", "remitted_to_higher_level", "business", "affiliate_subsidy")
FUNDS = ("general_public_budget", "government_fund", "state_capital")
THREE = ("overseas_trips", "vehicles", "vehicle_purchase", "vehicle_operation", "reception")
State = Literal["printed", "blank", "nothing", "ambiguous", "unread", "no_row"]
"""``nothing``: a blank that means no amount; ``blank``: one of which that is not known."""


def _income(code: str) -> CellKey:
    return SUMMARY, "income", code, "amount"


def _spent(code: str) -> CellKey:
    return SUMMARY, "expenditure", code, "amount"


def _total(resource: str, column: str) -> CellKey:
    return resource, None, "total", column


FIXED: dict[str, tuple[CellKey, ...]] = {
    "summary.total": (_income("grand_total"), _spent("grand_total")),
    "summary.opening_balance": (_income("opening_balance"),),
    "summary.closing_balance": (_spent("closing_balance"),),
    "summary.surplus_used": (_income("surplus_used"),),
    "summary.surplus_distributed": (_spent("surplus_distribution"),),
    "revenue.total": (_total(REVENUE, "total"), _income("current_total")),
    **{
        f"revenue.{source}": (
            _total(REVENUE, "fiscal_appropriation" if source == "appropriation" else source),
            _income("fiscal_appropriation" if source == "appropriation" else source),
        )
        for source in SOURCES
    },
    "expenditure.total": (_total(EXPENDITURE, "total"), _spent("current_total")),
    **{f"expenditure.{kind}": (_total(EXPENDITURE, kind),) for kind in KINDS},
    "appropriation.income_total": ((APPROPRIATION, "income", "grand_total", "amount"),),
    "appropriation.expenditure_total": ((APPROPRIATION, "expenditure", "grand_total", "total"),),
    "appropriation.opening_balance": ((APPROPRIATION, "income", "opening_balance", "amount"),),
    "appropriation.closing_balance": ((APPROPRIATION, "expenditure", "closing_balance", "total"),),
    **{f"appropriation.{fund}": ((APPROPRIATION, "income", fund, "amount"),) for fund in FUNDS},
    "general_budget.total": (_total(GENERAL, "total"),),
    "general_budget.final": (_total(GENERAL, "total"),),
    "general_budget.basic": (_total(GENERAL, "basic"),),
    "general_budget.project": (_total(GENERAL, "project"),),
    "basic.total": (_total(ECONOMY, "amount"), _total(GENERAL, "basic")),
    "basic.personnel": ((ECONOMY, None, "personnel_total", "amount"), _total(ECONOMY, "personnel")),
    "basic.public": ((ECONOMY, None, "public_total", "amount"), _total(ECONOMY, "public")),
    "government_fund.total": (_total(FUND, "total"),),
    "government_fund.income_total": (_total(FUND, "revenue"),),
    "government_fund.opening_balance": (_total(FUND, "opening_balance"),),
    "government_fund.closing_balance": (_total(FUND, "closing_balance"),),
    "state_capital.total": (_total(CAPITAL, "total"),),
    "budget.income": (_income("grand_total"), _income("current_total")),
    "budget.income.appropriation": (_income("fiscal_appropriation"), _total(REVENUE, "fiscal_appropriation")),
    **{f"budget.income.{fund}": (_income(fund),) for fund in FUNDS},
    **{f"budget.income.{source}": (_income(source), _total(REVENUE, source)) for source in SOURCES[1:]},
    "budget.income.carry_over": (_income("opening_balance"),),
    "budget.expenditure": (_spent("grand_total"), _spent("current_total")),
    **{f"budget.expenditure.{kind}": (_total(EXPENDITURE, kind),) for kind in KINDS},
    "budget.expenditure.appropriation": ((APPROPRIATION, "expenditure", "grand_total", "total"),),
    "budget.general.total": (_total(GENERAL, "total"),),
    "budget.basic.total": (_total(GENERAL, "basic"), _total(ECONOMY, "amount")),
    "budget.project.total": (_total(GENERAL, "project"),),
    "budget.basic.personnel": ((ECONOMY, None, "personnel_total", "amount"), _total(ECONOMY, "personnel")),
    "budget.basic.public": ((ECONOMY, None, "public_total", "amount"), _total(ECONOMY, "public")),
}
CODED: dict[str, tuple[tuple[str, str], ...]] = {
    "expenditure.class": ((EXPENDITURE, "total"),),
    "general_budget.class": ((GENERAL, "total"),),
    "general_budget.item.final": ((GENERAL, "total"),),
    "general_budget.project_part": ((GENERAL, "project"),),
    "government_fund.item.final": ((FUND, "total"),),
    "state_capital.item.final": ((CAPITAL, "total"),),
    "budget.by_function": ((EXPENDITURE, "total"), (GENERAL, "total")),
    "budget.item": ((GENERAL, "total"), (EXPENDITURE, "total")),
}
"""Concepts with a functional code: table and column of the row with that code."""
ANY = ("summary.total", "budget.income", "budget.expenditure", "budget.by_function", "budget.item")
"""The sentence does not say which of the places it means: one that agrees will do."""


GENERAL_TOTALS = ("general_budget.total", "general_budget.final", "budget.general.total")
TOTALS = ("appropriation.income_total", "appropriation.expenditure_total")
"""Without the word 总计 the sentence may mean the year's own total."""


@dataclass(slots=True, frozen=True)
class Counterpart:
    """A place in a table, and what stands there."""

    key: CellKey
    state: State
    figure: Figure | None = None


def places(text: Text, one: Stated) -> tuple[CellKey, ...]:
    """The cells that say the same as this statement; empty where no table does."""
    if one.concept in CODED:
        if not one.code:
            return ()
        coded: tuple[CellKey, ...] = tuple((table, None, one.code, column) for table, column in CODED[one.concept])
        return (*coded, (APPROPRIATION, "expenditure", one.code, "total")) if one.concept == "budget.by_function" else coded
    if one.concept == "summary.total" and ("收" in one.subject) != ("支" in one.subject):
        return (_income("grand_total"),) if "收" in one.subject else (_spent("grand_total"),)
    if one.concept in TOTALS and one.subject and "总计" not in one.subject:
        (key,) = FIXED[one.concept]
        return (key, (key[0], key[1], "current_total", key[3]))
    if one.concept in ("revenue.total", "expenditure.total") and "总计" in one.subject:
        other = _income("grand_total") if one.concept == "revenue.total" else _spent("grand_total")
        return (*FIXED[one.concept], other)
    if one.concept in GENERAL_TOTALS and one.subject and "公共" not in one.subject:
        # 财政拨款支出 may hold the other funds too.
        return (*FIXED[one.concept], (APPROPRIATION, "expenditure", "current_total", "total"))
    head, _, rest = one.concept.partition(".")
    if head == "three_public":
        column, _, basis = rest.rpartition(".")
        if basis in ("budget", "final") and (not column or column in THREE):
            return ((THREE_PUBLIC, None, basis, column or "total"),)
    if one.concept == "agency_operation.total":
        # Few tables print that column: without a figure in it there is no counterpart.
        key = (THREE_PUBLIC, None, text.kind, "agency_operation")
        return (key,) if text.cell(key) is not None else ()
    return FIXED.get(one.concept, ())


def look(text: Text, key: CellKey) -> Counterpart:
    """What stands in a cell."""
    if not text.reads(key[0]):
        return Counterpart(key, "unread")
    row = text.cells.get(key)
    if row is None:
        # A table that is stated empty holds nothing, in whatever row.
        empty = text.readings[key[0]].get("stated_empty")
        return Counterpart(key, "nothing" if empty else "no_row")
    if row["ambiguous"]:
        return Counterpart(key, "ambiguous")
    if row["value"] is not None:
        return Counterpart(key, "printed", cell_figure(row))
    return (
        Counterpart(key, "nothing", cell_figure(row, 0)) if row["table_solid"] else Counterpart(key, "blank")
    )


def agrees(one: Stated, other: Figure) -> bool:
    """Whether a figure, rounded to what the sentence prints, is the one that it prints."""
    if one.value == other.value:
        return True
    unit = one.quantum
    if other.quantum >= unit:
        return False
    half = unit // 2
    magnitude = (abs(other.value) + half) // unit * unit
    return one.value == (magnitude if other.value >= 0 else -magnitude)


def tolerance(one: Stated, other: Figure) -> int:
    """Half a display unit of each; all of it where the other figure rounds to what is printed."""
    allowed = (one.quantum + other.quantum) // 2
    gap = abs(one.value - other.value)
    # Rounded or cut to what the sentence prints.
    return max(allowed, gap) if gap < one.coarse and (2 * gap <= one.coarse or _is_cut(one, other)) else allowed


def _is_cut(one: Stated, other: Figure) -> bool:
    """Whether the sentence prints the first digits of the other figure (87.70 for 87.708)."""
    return other.quantum < one.coarse and abs(one.value) == abs(other.value) // one.coarse * one.coarse


def counterpart(text: Text, one: Stated) -> Counterpart | None:
    """What the tables say of a statement: the first place that was read, or the one that agrees."""
    found = [look(text, key) for key in places(text, one)]
    if one.concept in (*ANY, *TOTALS, *GENERAL_TOTALS, "revenue.total", "expenditure.total"):
        for each in found:
            if each.figure is not None and agrees(one, each.figure):
                return each
    ranks = ("printed", "nothing", "ambiguous", "blank", "no_row", "unread")
    return min(found, key=lambda each: ranks.index(each.state), default=None)
