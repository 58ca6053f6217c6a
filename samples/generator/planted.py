"""Mistakes of the kinds that real reports have, planted in what a report prints.

Each names the rule (``expectations/``) that must notice, and the others that it trips on the way.
"""

from __future__ import annotations

import random

from samples.generator import codes
from samples.generator.ledger import (
    KEYS,
    THREE_PUBLIC,
    THREE_PUBLIC_ITEMS,
    Change,
    Ledger,
    Planted,
)

_CENT = 10_000
"""0.01 万元 in micro-units."""
KINDS = 14
"""Kinds of mistakes there are."""


def plant(ledger: Ledger) -> Ledger:
    """The ledger with one mistake of every kind that its tables have room for."""
    return ledger.with_planted(*_Gardener(ledger).mistakes())


def describe(ledger: Ledger) -> list[dict[str, object]]:
    """The planted mistakes as plain data, amounts in 万元 as text: for planted.yaml and test messages."""
    return [
        {
            "rule": mistake.rule,
            "also": list(mistake.also),
            "severity": mistake.severity,
            "why": mistake.why,
            "cells": [
                {
                    "resource": change.resource,
                    "key": dict(zip(KEYS[change.resource], change.key, strict=True)),
                    "column": change.column,
                    "printed": _text(change.printed),
                    "truth": _text(_truth(ledger, change)),
                }
                for change in mistake.cells
            ],
        }
        for mistake in ledger.planted
    ]


def _text(value: int | str | None) -> str | None:
    return f"{value // 1_000_000}.{value % 1_000_000 // _CENT:02d}" if isinstance(value, int) else value


def _truth(ledger: Ledger, change: Change) -> int | str | None:
    if change.column == "name":
        return codes.function_names()[change.key[0]]
    return ledger.figures[change.resource][change.key][change.column]


class _Gardener:
    """Finds a place for each kind of mistake, never twice in the same rows."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.rng = random.Random(f"planted {ledger.seed}")
        self.used: set[str] = set()

    def mistakes(self) -> list[Planted]:
        kinds = (
            self.income_item,
            self.expenditure_total,
            self.revenue_row,
            self.item_not_in_section,
            self.appropriation_row,
            self.classes_swapped,
            self.rounding,
            self.economic_class,
            self.personnel_total,
            self.fund_balance,
            self.capital_row,
            self.more_than_three_public,
            self.three_public_total,
            self.wrong_name,
        )
        return [mistake for kind in kinds if (mistake := kind()) is not None]

    def off(
        self, resource: str, key: tuple[str, ...], columns: tuple[str, ...], cents: int
    ) -> tuple[Change, ...]:
        """Cells of a row that print so many cents more than the books have."""
        row = self.ledger.figures[resource][key]
        return tuple(Change(resource, key, c, (row[c] or 0) + cents * _CENT) for c in columns)

    def pick(self, resource: str, length: int, column: str) -> str | None:
        """A code of that length whose row has a figure in the column, and which no other mistake uses."""
        rows = self.ledger.figures[resource]
        free = [
            key[-1]
            for key, row in rows.items()
            if key[-1].isdigit() and len(key[-1]) == length and (row.get(column) or 0) > 100 * _CENT
            if key[-1] not in self.used
        ]
        if not free:
            return None
        code = self.rng.choice(free)
        self.used.add(code)
        return code

    def income_item(self) -> Planted | None:
        resource, key = "revenue_expenditure_summary", ("income", "other")
        if not self.ledger.figures[resource][key]["amount"]:
            return None
        cells = self.off(resource, key, ("amount",), 50)
        return Planted("T01.1", ("X01.4",), "error", "其他收入与合计、与02表不符", cells)

    def expenditure_total(self) -> Planted:
        cells = self.off("revenue_expenditure_summary", ("expenditure", "current_total"), ("amount",), 1000)
        return Planted("T01.3", ("T01.4", "X01.2"), "error", "本年支出合计不等于各类之和", cells)

    def revenue_row(self) -> Planted | None:
        code = self.pick("revenue_by_function", 7, "fiscal_appropriation")
        if code is None:
            return None
        cells = self.off("revenue_by_function", (code,), ("fiscal_appropriation",), 100)
        return Planted("T02.1", ("T02.2",), "error", "行合计不等于各来源之和", cells)

    def item_not_in_section(self) -> Planted | None:
        code = self.pick("expenditure_by_function", 7, "project")
        if code is None:
            return None
        cells = self.off("expenditure_by_function", (code,), ("total", "project"), 30)
        return Planted("T03.2", (), "error", "款不等于各项之和，行内相符", cells)

    def appropriation_row(self) -> Planted | None:
        code = self.pick("appropriation_summary", 3, "total")
        if code is None:
            return None
        cells = self.off("appropriation_summary", ("expenditure", code), ("total",), 25)
        return Planted("T04.1", ("T04.5",), "error", "合计不等于三本预算之和", cells)

    def classes_swapped(self) -> Planted | None:
        resource, columns = "appropriation_summary", ("total", "general_public_budget")
        more, less = (self.pick(resource, 3, "general_public_budget") for _ in range(2))
        if more is None or less is None:
            return None
        cells = self.off(resource, ("expenditure", more), columns, 40)
        cells += self.off(resource, ("expenditure", less), columns, -40)
        return Planted("X04.2", (), "error", "两类与05表不符，合计相符", cells)

    def rounding(self) -> Planted | None:
        code = self.pick("general_budget_expenditure", 7, "total")
        if code is None:
            return None
        cells = self.off("general_budget_expenditure", (code,), ("total",), 1)
        return Planted("T05.1", ("T05.2", "X03.1"), "info", "差0.01，在四舍五入范围内", cells)

    def economic_class(self) -> Planted:
        cells = self.off("basic_expenditure_by_economy", ("302",), ("amount",), -30)
        return Planted("T06.1", ("T06.3",), "error", "302类不等于各款之和", cells)

    def personnel_total(self) -> Planted:
        cells = self.off("basic_expenditure_by_economy", ("personnel_total",), ("amount",), 20)
        return Planted("T06.2", ("X05.1",), "error", "人员经费合计不等于301与303之和", cells)

    def fund_balance(self) -> Planted | None:
        code = self.pick("government_fund", 7, "total")
        if code is None:
            return None
        cells = self.off("government_fund", (code,), ("revenue",), 20)
        return Planted("T07.1", ("T07.3",), "error", "年末结转不等于年初加收入减支出", cells)

    def capital_row(self) -> Planted | None:
        code = self.pick("state_capital", 7, "project")
        if code is None:
            return None
        cells = self.off("state_capital", (code,), ("project",), -10)
        return Planted("T08.2", ("T08.3",), "error", "合计不等于基本加项目", cells)

    def more_than_three_public(self) -> Planted | None:
        """Table 06 shows more of an item than table 09 has; table 09 itself adds up."""
        economic = self.ledger.figures["basic_expenditure_by_economy"]
        parts = {n: self.ledger.figures["three_public_expenses"][("final",)][n] or 0 for n in THREE_PUBLIC}
        found = [
            n for n, code in THREE_PUBLIC_ITEMS.items() if (economic[(code,)]["amount"] or 0) >= 4 * _CENT
        ]
        if not found:
            return None
        name = self.rng.choice(found)
        parts[name] = (economic[(THREE_PUBLIC_ITEMS[name],)]["amount"] or 0) // (2 * _CENT) * _CENT
        vehicles = parts["vehicle_purchase"] + parts["vehicle_operation"]
        total = parts["overseas_trips"] + vehicles + parts["reception"]
        printed = {name: parts[name], "total": total}
        if name.startswith("vehicle"):
            printed["vehicles"] = vehicles
        cells = tuple(Change("three_public_expenses", ("final",), c, a) for c, a in printed.items())
        return Planted("X09.1", (), "error", f"06表{THREE_PUBLIC_ITEMS[name]}大于09表决算数", cells)

    def three_public_total(self) -> Planted | None:
        if not self.ledger.figures["three_public_expenses"][("budget",)]["total"]:
            return None
        cells = self.off("three_public_expenses", ("budget",), ("total",), 100)
        return Planted("T09.1", (), "error", "预算数合计不等于各项之和", cells)

    def wrong_name(self) -> Planted | None:
        code = self.pick("expenditure_by_function", 7, "total")
        if code is None:
            return None
        change = Change("expenditure_by_function", (code,), "name", "示例事项支出")
        return Planted("T10.2", (), "warning", "名称与科目表不符", (change,))
