"""A statement, and what a reader of sentences carries from figure to figure. No reading here."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal

from pipelines.extract.narrative.figures import (
    PrintedFigure,
)
from pipelines.extract.narrative.measures import Baseline
from pipelines.extract.narrative.survey import Subject

ITEM_PART = "item.part"
PLANS = ("budget", "adjusted_budget", "final")


@dataclass(slots=True)
class Statement:
    """One figure that a sentence states; ``start`` is its place in the passage."""

    concept: str
    function_code: str | None
    subject: str | None
    value: Decimal
    unit: str
    baseline_year: int | None
    start: int
    figure: PrintedFigure | None = None
    doubt: str | None = None
    """Why a reader should look: ``path`` (an item path that means no single code), ``sign`` (增加（减少）)."""
    fiscal_year: int | None = None
    """The year that the figure is about; None: the report's."""
    basis: str | None = None


PLANNED_BY_NAME = re.compile(r"预算(?:金额|数|总额)")
OF_GENERAL = {
    "budget.expenditure.basic": "budget.basic.total",
    "budget.expenditure.project": "budget.project.total",
}


GENERAL_TOTALS = {
    "general_budget.total": "appropriation.expenditure_total",
    "general_budget.final": "appropriation.expenditure_total",
    "budget.general.total": "budget.expenditure.appropriation",
}


@dataclass(slots=True)
class Clause:
    """The words before one figure."""

    figure: PrintedFigure
    start: int
    """Where its own words begin: behind the figure before it, or at its list mark."""
    near_start: int
    near: str
    """The last clause before the figure."""
    span: str
    """The sentence since ``start``."""
    new_sentence: bool
    """The first figure of its sentence."""
    listed: bool
    """A list mark stands since the figure before it."""


@dataclass(slots=True)
class State:
    """What is carried from figure to figure."""

    subject: Subject | None = None
    whole: Subject | None = None
    """The subject before 其中: a change at the start of the next sentence is its, not the last part's."""
    part_of: str | None = None
    baseline: Baseline = field(default_factory=Baseline)
    planned: bool = False
    change: int = 0
    """Sign of the figure before, if that was a change."""
    open_change: bool = False
    """The figure before was a change that was left open: a rate that follows it is of the same unknown thing."""
    scoped_to: int = -1
    """Where the clause ends in which another body's figure stands (局机关支出900万元，基本支出700万元；…)."""
    left_reason: int = -1
    """Where the sentence went on after a reason without a full stop."""
    open_whole: str | None = None
    """The stem of a whole that was left open for its fund or scope, or that is told a second time: so are its parts."""
    item: Subject | None = None
    """The functional item whose parts are listed (其中)."""
    year: int | None = None
    """The year named last in this sentence, outside comparisons."""
    relative: bool = False
    """That year was named by a word (上年), not by its number."""
    brackets: list[tuple[int, Subject | None, str | None, int | None]] = field(default_factory=list)
    """Per open bracket: where it closes, and the subject, whole and year to go back to there."""

__all__ = ["GENERAL_TOTALS", "ITEM_PART", "OF_GENERAL", "PLANNED_BY_NAME", "PLANS", "Clause", "State", "Statement"]
