"""What an item of the checklist is judged by: one final account as it was read, and the verdict.

Not for the items themselves (``tables``, ``text``) and not for comparisons (the package).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pipelines import schema

Verdict = Literal["pass", "fail", "not_checkable"]
FUNCTIONAL = (
    "revenue_by_function",
    "expenditure_by_function",
    "general_budget_expenditure",
    "government_fund",
    "state_capital",
)


@dataclass(slots=True)
class ItemResult:
    """What an item comes to."""

    verdict: Verdict
    zh: str = ""
    en: str = ""
    count: int = 0
    section: str | None = None
    source_no: int | None = None
    page: int | None = None
    line: int | None = None


PASS, OPEN = ItemResult("pass"), ItemResult("not_checkable")


def fail(zh: str, en: str, count: int = 1, section: str | None = None) -> ItemResult:
    return ItemResult("fail", zh, en, max(count, 1), section)


@dataclass(slots=True)
class Report:
    """One final account, as far as its disclosure is concerned."""

    report_id: str
    status: Mapping[str, str]
    titles: Mapping[str, str]
    stated: Mapping[str, list[dict[str, Any]]]
    rows: Mapping[str, list[dict[str, Any]]]
    codes: set[str]
    """Rule ids of its findings and notices."""
    errors: int
    declared: Mapping[int, str]

    @property
    def year(self) -> int:
        return int(self.report_id.split("-")[1])

    def has(self, *names: str) -> bool:
        return any(self.stated.get(name) for name in names)

    def some(self, prefix: str) -> bool:
        return any(name.startswith(prefix) and rows for name, rows in self.stated.items())

    def value(self, concept: str) -> Any:
        rows = self.stated.get(concept)
        return rows[0]["value"] if rows else None

    def read(self, resource: str) -> bool:
        return self.status.get(resource) in ("found", "empty")

    def three_public(self, column: str) -> Any:
        """What was spent on a 三公 item: by the text, or else by table 09."""
        name = f"three_public.{column}.final" if column != "total" else "three_public.final"
        value = self.value(name)
        if value is not None:
            return value
        row = next((r for r in self.rows["three_public_expenses"] if r["basis"] == "final"), None)
        return row[column] if row else None


def spent(row: Mapping[str, Any], resource: str) -> bool:
    return any(row.get(amount.name) for amount in schema.tables()[resource].amounts)


def plain(value: Any) -> str:
    return format(value.normalize(), "f")
