"""The forms of a report as their rules see them: rows, printed figures with their place, and a claim on one of them.

Not for which figures belong together: that is in ``evaluations``, ``beside`` and ``applications``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from pipelines.extract.result import MICRO
from pipelines.quality import stated, tokens, wording
from pipelines.quality.claims import Claims, Key, Note, amount_text, in_data, pair
from pipelines.quality.stated import Figure, Text, Words

EVALUATIONS, INDICATORS, MENTIONS = "evaluations", "indicators", "project_mentions"
APPLICATIONS, FUNDING, COSTS = "project_applications", "project_funding", "project_cost_items"
_NAMES: dict[str, Words] = {
    "budget": ("预算数", "the budget"),
    "executed": ("执行数", "the amount executed"),
    "execution_rate": ("执行率", "the execution rate"),
    "execution_score": ("预算执行得分", "the score for execution"),
    "total_score": ("总分", "the total score"),
    "basic_total": ("基本支出总额", "total basic expenditure"),
    "project_total": ("项目支出总额", "total project expenditure"),
    "score": ("得分", "the score"),
    "amount": ("金额", "the amount"),
    "current_year_budget": ("项目当年预算", "the budget of the year"),
}
Row = Mapping[str, Any]


@dataclass(slots=True)
class Forms:
    """What one report's forms say, with its narrative and tables."""

    text: Text
    rows: dict[str, list[Row]]
    points: dict[tuple[str, str], Decimal] = field(default_factory=dict)
    """(locator, column) → points that stand with a label."""
    told: list[Row] = field(default_factory=list)
    """Results of indicators, and execution rates, that running text tells; rows of the account of numbers."""
    unsure: set[str] = field(default_factory=set)
    """Locators of forms with cells that could not be told apart."""

    @property
    def report_id(self) -> str:
        return self.text.report_id

    def of(self, resource: str, key: str, number: int) -> list[Row]:
        return [row for row in self.rows[resource] if row[key] == number]

    @property
    def projects(self) -> list[Row]:
        return [row for row in self.rows[EVALUATIONS] if row["scope"] == "project"]

    @property
    def overall(self) -> list[Row]:
        return [row for row in self.rows[EVALUATIONS] if row["scope"] == "overall"]


def where_of(row: Row, resource: str) -> Words:
    zh, en = stated.place(row["page"], row["line"], row["source_no"])
    title = {
        EVALUATIONS: ("绩效自评表", "Self-evaluation form"),
        INDICATORS: ("绩效自评表", "Self-evaluation form"),
        MENTIONS: ("情况说明（项目）", "Narrative (projects)"),
        APPLICATIONS: ("项目申报表", "Project application"),
        FUNDING: ("项目申报表（资金来源）", "Project application (funding)"),
        COSTS: ("项目申报表（支出明细）", "Project application (cost items)"),
    }[resource]
    name = row.get("name") or row.get("indicator") or row.get("item") or ""
    if resource == MENTIONS:
        return f"{title[0]}{zh}“{name}”", f"{title[1]}, {en}: “{name}”"
    called = (f"“{name}”", f" “{name}”") if name else ("", "")
    return f"{called[0]}{title[0]}{zh}", f"{title[1]}{called[1]}" + (f", {en}" if en else "")


def figure_of(
    row: Row, column: str, resource: str, unit: str = "万元", least: int = 2, at: Row | None = None
) -> Figure | None:
    """A printed figure of a form; ``least``: decimals that it is taken to be printed with if it shows fewer."""
    value = row[column]
    if value is None:
        return None
    decimals = tokens.decimals_of(Decimal(wording.plain(value)))
    return Figure(
        int(value * MICRO),
        10 ** max(6 - max(decimals, least), 0),
        wording.plain(value),
        unit,
        _NAMES[column],
        where_of(at or row, resource),
        row["page"],
        row["line"],
        resource,
    )


def all_known(figures: Iterable[Figure | None]) -> list[Figure] | None:
    """All of them; None where one is missing."""
    found = list(figures)
    return [f for f in found if f is not None] if all(found) and found else None


@dataclass(slots=True)
class FormClaim:
    """Where a comparison stands: report, rule, resource, key of the row."""

    claims: Claims
    report_id: str
    rule: str
    resource: str
    locator: str

    def open(self, reason: str, at: Figure | None = None) -> None:
        self.claims.add(
            self.report_id, self.rule, self.locator, at=at, resource=self.resource, state="insufficient", reason=reason
        )  # fmt: skip

    def nothing(self, reason: str) -> None:
        self.claims.add(
            self.report_id, self.rule, self.locator, resource=self.resource, state="not_applicable", reason=reason
        )  # fmt: skip

    def equal(
        self,
        at: Figure,
        other: Figure,
        tolerance: int | None = None,
        *,
        gap: int | None = None,
        said: Key = (),
    ) -> None:
        allowed = (at.quantum + other.quantum) // 2 if tolerance is None else tolerance
        gap = at.value - other.value if gap is None else gap
        shown = amount_text(gap, at)
        words = (f"两者应当相等，相差 {shown}", f"the two should be equal, the difference is {shown}")
        self.claims.add(
            self.report_id, self.rule, self.locator, at=at, other=other, actual=at.value, expected=other.value,
            tolerance=allowed, difference=gap, resource=self.resource,
            note=pair(at, other, words, ("", ""), said) if gap else None,
        )  # fmt: skip

    def sum(
        self,
        at: Figure,
        parts: Sequence[Figure],
        what: Words,
        tolerance: int,
        relation: str = "=",
        said: Key = (),
    ) -> None:
        """A figure against the sum of its parts; ``what``: the parts in words."""
        total = sum(part.value for part in parts)
        gap = at.value - total
        like = replace(at, quantum=min(at.quantum, *(p.quantum for p in parts)))
        shown = stated.joined(parts[: wording.MAX_PARTS]) + (" + …" if len(parts) > wording.MAX_PARTS else "")
        says = {
            "=": ("应当等于", "should equal"),
            ">=": ("不应小于", "should be at least"),
            "<=": ("不应大于", "should be at most"),
        }[relation]
        self.claims.add(
            self.report_id, self.rule, self.locator, at=at, other=parts[0], actual=at.value, expected=total,
            tolerance=tolerance, relation=relation, resource=self.resource,
            note=Note(
                f"{at.where[0]}：{at.name[0]}为 {at.shown}，{says[0]}{what[0]}合计 {amount_text(total, like)}（{shown}）；"
                f"相差 {amount_text(gap, like)}。",
                f"{at.where[1]}: {at.name[1]} is printed as {at.shown} and {says[1]} {what[1]}, {amount_text(total, like)}"
                f" ({shown}); the difference is {amount_text(gap, like)}.",
                in_data(at), in_data(like, total), said,
            ),
        )  # fmt: skip
