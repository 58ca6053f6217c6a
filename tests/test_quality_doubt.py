"""Groups of like failures held against the hypotheses of our own misreading."""

from __future__ import annotations

import polars as pl
import pytest

from pipelines.quality import doubt
from pipelines.quality.cells import CELL_SCHEMA
from pipelines.quality.terms import RECONCILIATION_SCHEMA

YUAN = 10_000
GENERAL = "general_budget_expenditure"
CELL = {name: None for name in CELL_SCHEMA}


def cell(code: str, column: str, value: int, resource: str = GENERAL, line: int = 0) -> dict[str, object]:
    row = f"function_code={code}"
    return {**CELL, "report_id": "r", "resource": resource, "code": code, "row": row, "column": column, "value": value, "page": 1,
            "line": line or int(code[-2:])}  # fmt: skip


def failure(code: str, actual: int, expected: int, resource: str = GENERAL) -> dict[str, object]:
    return {
        **dict.fromkeys(RECONCILIATION_SCHEMA), "report_id": "r", "rule_id": "N01.1", "resource": "statements",
        "locator": f"statement_no={code[-2:]};concept=general_budget.item.final;function_code={code}", "relation": "=",
        "actual": actual, "expected": expected, "difference": actual - expected, "excess": abs(actual - expected),
        "tolerance": 10_000, "state": "compared", "page": 3, "line": int(code[-2:]), "other_resource": resource,
        "other_page": 1, "other_line": int(code[-2:]),
    }  # fmt: skip


def judge(rows: list[dict[str, object]], cells: list[dict[str, object]], statements: pl.DataFrame | None = None) -> tuple[list[str], list[dict[str, object]]]:
    frame = pl.DataFrame(rows, schema=RECONCILIATION_SCHEMA, orient="row")
    found, notices = doubt.withhold(frame, pl.DataFrame(cells, schema=CELL_SCHEMA, orient="row"), statements)
    return found["state"].to_list(), notices


CODES = ("2010301", "2010302", "2010303", "2010304")
TOTALS = (5_000_000, 7_130_000, 9_990_000, 3_210_000)


@pytest.mark.parametrize("count", [1, 2, 3, 4])
@pytest.mark.parametrize("hypothesis", ["unit", "column", "scope"])
def test_a_group_that_one_hypothesis_explains(count: int, hypothesis: str) -> None:
    rows, cells = [], []
    for code, total in zip(CODES[:count], TOTALS, strict=False):
        cells.append(cell(code, "total", total))
        meant = total * YUAN if hypothesis == "unit" else total + 1_500_000 + int(code[-2:]) * 70_000
        if hypothesis == "column":
            cells.append(cell(code, "project", meant))
        elif hypothesis == "scope":
            cells.append(cell(code, "total", meant, "expenditure_by_function"))
        rows.append(failure(code, meant, total))
    states, notices = judge(rows, cells)
    if count < doubt.LEAST:
        assert states == ["compared"] * count and not notices
    else:
        assert states == ["insufficient"] * count
        assert [(n["code"], f"hypothesis={hypothesis}" in str(n["locator"])) for n in notices] == [("E46", True)]


def test_the_year_before() -> None:
    statements = pl.DataFrame(
        {"report_id": ["r"] * 3, "concept": ["general_budget.item.last_year"] * 3, "function_code": list(CODES[:3]),
         "value": [5.0, 7.13, 9.99], "unit": ["万元"] * 3}
    ).with_columns(pl.col("value").cast(pl.Decimal(18, 6)))  # fmt: skip
    rows = [failure(code, total + 2_340_000, total) for code, total in zip(CODES[:3], TOTALS, strict=False)]
    states, notices = judge(rows, [cell(code, "total", total) for code, total in zip(CODES, TOTALS, strict=True)], statements)
    assert states == ["insufficient"] * 3 and len(notices) == 1


def test_contradictions_without_a_common_cause_stay() -> None:
    rows = [failure(code, total + 110_000 * (n + 1), total) for n, (code, total) in enumerate(zip(CODES, TOTALS, strict=True))]
    cells = [cell(code, column, total // n) for code, total in zip(CODES, TOTALS, strict=True) for n, column in ((1, "total"), (2, "basic"))]
    assert judge(rows, cells) == (["compared"] * 4, [])


def test_one_that_does_not_fit_keeps_them_all() -> None:
    """Three in another unit and one plain contradiction: the hypothesis does not make all of them pass."""
    rows = [failure(code, total * YUAN, total) for code, total in zip(CODES[:3], TOTALS, strict=False)]
    rows.append(failure(CODES[3], TOTALS[3] + 500_000, TOTALS[3]))
    assert judge(rows, [cell(code, "total", total) for code, total in zip(CODES, TOTALS, strict=True)])[0] == ["compared"] * 4
