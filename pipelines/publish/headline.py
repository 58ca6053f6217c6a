"""The key figures of each report, for summaries, comparisons and rankings: one record per report.

A figure stands in the official table or, where the report has no such table, in a sentence of its narrative; it says
which. Shares, changes and rates are exact quotients of two published figures; they exist only where both do, and are
rounded when they are shown. Nothing is estimated or filled.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import polars as pl

TABLE, TEXT = "table", "text"


@dataclass(slots=True)
class Headline:
    """Key figures of one report, in 万元; None where the report does not print them."""

    report: Mapping[str, Any]
    total: Decimal | None = None
    """Expenditure of the year (a budget: planned)."""
    total_from: str = TABLE
    basic: Decimal | None = None
    project: Decimal | None = None
    three_public: Decimal | None = None
    """Of a final account its final figure, of a budget the budgeted one."""
    three_public_budget: Decimal | None = None
    staff: int | None = None
    """Staff in post."""
    evaluated_budget: Decimal | None = None
    """Budget and execution as the self-evaluation of the whole body states them."""
    evaluated_executed: Decimal | None = None
    stated_budget: Decimal | None = None
    """Initial budget and final figure of the general public budget, as the narrative states them."""
    stated_final: Decimal | None = None
    before: Headline | None = None
    """The same institution's report of the year before, of the same kind."""
    budget: Headline | None = None
    """The budget of the same year, of a final account."""

    @property
    def project_share(self) -> Decimal | None:
        """In percent of basic and project together with all else: of the printed total."""
        return percent(self.project, self.total) if self.total_from == TABLE else None

    @property
    def change(self) -> Decimal | None:
        """Against the year before, both from tables or both from text."""
        if self.total is None or self.before is None or self.before.total is None or self.before.total_from != self.total_from:
            return None
        return self.total - self.before.total

    @property
    def change_rate(self) -> Decimal | None:
        return percent(self.change, self.before.total) if self.before is not None else None

    @property
    def execution(self) -> Decimal | None:
        """The final figure in percent of the budget of the same year."""
        if self.budget is None or self.budget.total_from != self.total_from:
            return None
        return percent(self.total, self.budget.total)

    @property
    def per_head(self) -> Decimal | None:
        """The three public expenses for each of the staff in post."""
        return self.three_public / self.staff if self.three_public is not None and self.staff else None


MEASURES: dict[str, tuple[str, str, str]] = {
    "total": ("支出总额", "Total expenditure", "万元"),
    "project_share": ("项目支出占比", "Share of project expenditure", "%"),
    "three_public": ("“三公”经费", "Three public expenses", "万元"),
    "per_head": ("人均“三公”经费", "Three public expenses per head", "万元"),
    "execution": ("决算为预算的", "Final in percent of budget", "%"),
    "change_rate": ("比上年", "Change on last year", "%"),
}
"""What is compared between reports: Chinese, English, unit."""


def percent(part: Decimal | None, whole: Decimal | None) -> Decimal | None:
    """The exact quotient in percent points; None without both, or of nothing."""
    return 100 * part / whole if part is not None and whole else None


def rounded(value: Decimal, places: int = 1) -> str:
    """For a reader: ``63.5``, thousands set off."""
    return f"{value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP):,f}"


def money(value: Decimal) -> str:
    """A figure of money as published: exact, at least two decimals, thousands set off."""
    whole, _, part = f"{value:,f}".partition(".")
    return f"{whole}.{part.rstrip('0').ljust(2, '0')}"


def shown(measure: str, value: Decimal) -> str:
    """A measure for a reader: money as published, quotients rounded."""
    if measure in ("total", "three_public"):
        return money(value)
    return rounded(value, 2 if measure == "per_head" else 1)


def headlines(frames: Mapping[str, pl.DataFrame]) -> dict[str, Headline]:
    """Report → its key figures."""
    found = {row["report_id"]: Headline(row) for row in frames["reports"].sort("report_id").iter_rows(named=True)}
    _totals(found, frames)
    _three_public(found, frames)
    _others(found, frames)
    by_body: dict[tuple[Any, ...], Headline] = {}
    for line in found.values():
        by_body.setdefault(_key(line.report, line.report["kind"], line.report["fiscal_year"]), line)
    for line in found.values():
        report = line.report
        line.before = by_body.get(_key(report, report["kind"], report["fiscal_year"] - 1))
        if report["kind"] == "final":
            line.budget = by_body.get(_key(report, "budget", report["fiscal_year"]))
    return found


def _key(report: Mapping[str, Any], kind: str, year: int) -> tuple[Any, ...]:
    return report["region_code"], report["institution"], report["institution_level"], kind, year


def _rows(frames: Mapping[str, pl.DataFrame], name: str, condition: pl.Expr, *columns: str) -> list[tuple[Any, ...]]:
    if name not in frames:
        return []
    return frames[name].filter(condition).select("report_id", *columns).rows()


def _totals(found: Mapping[str, Headline], frames: Mapping[str, pl.DataFrame]) -> None:
    total = pl.col("function_code") == "total"
    for report, value, basic, project in _rows(frames, "expenditure_by_function", total, "total", "basic", "project"):
        found[report].total, found[report].basic, found[report].project = value, basic, project
    whole = (pl.col("side") == "expenditure") & (pl.col("item_code") == "current_total")
    for report, value in _rows(frames, "revenue_expenditure_summary", whole, "amount"):
        if found[report].total is None:
            found[report].total = value
    concepts = {"final": "expenditure.total", "budget": "budget.expenditure"}
    for report, concept, value in _stated(frames, list(concepts.values())):
        line = found[report]
        if line.total is None and concept == concepts[line.report["kind"]]:
            line.total, line.total_from = value, TEXT


def _stated(frames: Mapping[str, pl.DataFrame], concepts: list[str]) -> list[tuple[Any, ...]]:
    """report, concept and value in 万元 of the first statement of each concept about the report's own year."""
    if "statements" not in frames:
        return []
    years = frames["reports"].select("report_id", pl.col("fiscal_year").alias("_year"))
    rows = frames["statements"].filter(pl.col("concept").is_in(concepts) & pl.col("unit").is_in(["万元", "元"]))
    rows = rows.join(years, on="report_id").filter(pl.col("fiscal_year").is_null() | (pl.col("fiscal_year") == pl.col("_year")))
    rows = rows.sort("report_id", "statement_no").unique(["report_id", "concept"], keep="first", maintain_order=True)
    return [
        (report, concept, value / 10000 if unit == "元" else value)
        for report, concept, value, unit in rows.select("report_id", "concept", "value", "unit").rows()
        if value is not None
    ]


def _three_public(found: Mapping[str, Headline], frames: Mapping[str, pl.DataFrame]) -> None:
    for report, basis, value in _rows(frames, "three_public_expenses", pl.lit(True), "basis", "total"):
        line = found[report]
        if basis == line.report["kind"]:
            line.three_public = value
        if basis == "budget":
            line.three_public_budget = value


def _others(found: Mapping[str, Headline], frames: Mapping[str, pl.DataFrame]) -> None:
    in_post = (pl.col("measure") == "in_post") & (pl.col("category") == "total")
    for report, count in _rows(frames, "staffing", in_post, "headcount"):
        found[report].staff = count
    overall = pl.col("scope") == "overall"
    evaluated = _rows(frames, "evaluations", overall, "budget", "executed")
    forms = Counter(row[0] for row in evaluated)
    for report, budget, executed in evaluated:
        if forms[report] == 1:  # of several forms of the whole body none stands for it
            found[report].evaluated_budget, found[report].evaluated_executed = budget, executed
    for report, concept, value in _stated(frames, ["general_budget.initial_budget", "general_budget.final"]):
        if concept == "general_budget.final":
            found[report].stated_final = value
        else:
            found[report].stated_budget = value
