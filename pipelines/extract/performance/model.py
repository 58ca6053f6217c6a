"""What a form says, before it becomes rows of the declared frames: evaluations, indicators, applications.

Plain records with the place of what they say. No parsing here and no judging.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal


@dataclass(slots=True)
class Work:
    """What is left of the work that the grids of one document may cost, in cuts looked at (about a microsecond each).

    Real dumps need up to a tenth of it. Where it is used up, the rest stays uncut and is flagged (E31).
    """

    left: int = 5_000_000


Place = tuple[int | None, int]
"""Page (None for plain text) and line."""

UNSPLIT = "E31"
"""Cells of a form that cannot be told apart, or a number of a form that has no place."""
RATIO = "E32"
"""An execution rate printed as a ratio."""
UNIT = "E33"
"""An amount of an overall form that is printed in 元 though the form names no unit beside it."""
REPEATED = "E34"
"""A form printed twice whose two printings differ."""


@dataclass(slots=True)
class Indicator:
    """One row of the indicator grid. ``sure`` is False where its cells could not be told apart."""

    name: str
    target: str | None
    actual: str | None
    score: Decimal | None
    place: Place
    level1: str | None = None
    level2: str | None = None
    weight: Decimal | None = None
    goal_no: int | None = None
    goal: str | None = None
    goal_weight: Decimal | None = None
    sure: bool = True
    level1_points: Decimal | None = None
    level2_points: Decimal | None = None
    """Points printed in brackets with the levels; a level may hold several indicators."""


@dataclass(slots=True)
class Figures:
    """The line of the form that says how the budget was executed."""

    budget: Decimal | None = None
    executed: Decimal | None = None
    rate: Decimal | None = None
    printed_rate: str | None = None
    score: Decimal | None = None
    is_ratio: bool = False
    points: Decimal | None = None
    """Points that the execution of the budget can reach, as the head of its line prints them."""
    place: Place | None = None


@dataclass(slots=True)
class SelfEvaluation:
    """One 绩效自评表."""

    scope: Literal["overall", "project"]
    name: str | None
    place: Place
    responsible_department: str | None = None
    executing_unit: str | None = None
    reported_on: date | None = None
    basic_total: Decimal | None = None
    project_total: Decimal | None = None
    category: str | None = None
    attribute: str | None = None
    type: str | None = None
    figures: Figures = field(default_factory=Figures)
    total_score: Decimal | None = None
    indicators: list[Indicator] = field(default_factory=list)
    leftovers: list[tuple[str, Place]] = field(default_factory=list)
    """Text of the grid that belongs to no cell."""


@dataclass(slots=True)
class Target:
    """One row of a project application's indicators."""

    level1: str | None
    level2: str | None
    indicator: str
    content: str | None
    target: str | None
    place: Place
    sure: bool = True


@dataclass(slots=True)
class Application:
    """One 项目申报表. Amounts are in 万元."""

    name: str
    place: Place
    code: str | None = None
    responsible_department: str | None = None
    executing_unit: str | None = None
    total_budget: Decimal | None = None
    current_year_budget: Decimal | None = None
    funding: list[tuple[str, Decimal | None, Place]] = field(default_factory=list)
    cost_items: list[tuple[str, Decimal | None, Place]] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)
    history: list[tuple[int, str, Decimal, Place]] = field(default_factory=list)
    leftovers: list[tuple[str, Place]] = field(default_factory=list)
