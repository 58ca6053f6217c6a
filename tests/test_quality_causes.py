"""Findings with one cause: one figure, off by one amount."""

from __future__ import annotations

from typing import Any

import polars as pl

from pipelines.quality.causes import clustered
from pipelines.quality.terms import RECONCILIATION_SCHEMA, TERM_SCHEMA

REPORT = "310107-2024-budget-00000000"


def comparison(rule: str, line: int, actual: int, other_line: int, expected: int, **more: Any) -> dict[str, Any]:
    blank = dict.fromkeys(RECONCILIATION_SCHEMA)
    return {
        **blank, "report_id": REPORT, "rule_id": rule, "resource": "statements", "locator": f"{rule}{line}", "page": 9, "line": line,
        "actual": actual, "expected": expected, "difference": actual - expected, "tolerance": 5, "other_page": 9,
        "other_line": other_line, "other_resource": "statements", "state": "compared", "verdict": "fail", **more,
    }  # fmt: skip


def judged(*rows: dict[str, Any]) -> list[tuple[str, str, bool]]:
    frame = pl.DataFrame(rows, schema={**RECONCILIATION_SCHEMA, "verdict": pl.String})
    findings = pl.DataFrame(
        [
            {"finding_id": f"{number:08x}", **{name: row[name] for name in ("report_id", "rule_id", "resource", "page", "line")}}
            for number, row in enumerate(rows)
        ]
    )
    found = clustered(findings, frame, pl.DataFrame(schema=TERM_SCHEMA))
    return list(found.select("finding_id", "cluster", "is_cause").iter_rows())


def test_one_wrong_figure_is_one_cause() -> None:
    wrong = judged(comparison("N01.1", 19, 352, 6, 350), comparison("N02.1", 19, 352, 18, 350))
    assert [cluster for _, cluster, _ in wrong] == ["00000000", "00000000"]
    assert [cause for *_, cause in wrong] == [True, False]


def test_the_cause_stands_at_the_figure_that_most_share() -> None:
    found = judged(comparison("N02.1", 7, 900, 19, 352), comparison("N01.1", 19, 352, 6, 900), comparison("N02.2", 19, 352, 8, 900))
    assert {cluster for _, cluster, _ in found} == {"00000001"}
    assert [cause for *_, cause in found] == [False, True, False]


def test_other_amounts_are_other_causes() -> None:
    found = judged(comparison("N01.1", 19, 352, 6, 350), comparison("N02.1", 19, 352, 18, 100))
    assert [cause for *_, cause in found] == [True, True]


def test_a_zero_joins_nothing() -> None:
    found = judged(comparison("N01.1", 1, 0, 6, 20), comparison("N01.1", 2, 0, 7, 20))
    assert [cause for *_, cause in found] == [True, True]
