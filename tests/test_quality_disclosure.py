"""Rules D: each judged item on a report that meets it, one that does not, and one that cannot be judged."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from test_quality_narrative_support import Row, frames_of, ledger
from test_quality_support import APPROPRIATION, GENERAL, THREE_PUBLIC, Book, corpus, mixed

from pipelines import schema
from pipelines.quality import Quality, check, rules
from pipelines.quality.disclosure.items import ITEM_RULES, LABELS, RULES
from pipelines.quality.disclosure.model import Report

WUHAN = "420100-2023-final-0000000a"
Frames = dict[str, list[dict[str, Any]]]


def report(status: dict[str, str] | None = None, codes: set[str] | None = None, **parts: Any) -> Report:
    """A report in which everything was read and nothing stands."""
    rows: Frames = {
        name: []
        for name in (
            *schema.tables(),
            "duties",
            "institutions",
            "key_tasks",
            "glossary",
            "disclosure_checklist",
        )
    }
    rows |= {name: value for name, value in parts.items() if name in rows}
    stated = {
        concept: [
            {
                "statement_no": 1,
                "section": "other",
                "function_code": None,
                "subject": None,
                "source_no": 1,
                "page": None,
                "line": 1,
                "unit": "万元",
                **row,
            }
            for row in values
        ]
        for concept, values in parts.get("stated", {}).items()
    }
    known = dict.fromkeys(schema.tables(), "found") | (status or {})
    titles = {name: table.title for name, table in schema.tables().items()}
    return Report(WUHAN, known, titles, stated, rows, codes or set(), parts.get("errors", 0), {})


def says(**concepts: str) -> dict[str, list[dict[str, Any]]]:
    return {name.replace("__", "."): [{"value": Decimal(value)}] for name, value in concepts.items()}


def row(resource: str, **values: Any) -> dict[str, Any]:
    return {**dict.fromkeys(schema.tables()[resource].names), **values}


GENERAL_ITEM = row(GENERAL, function_code="2010301", function_name="行政运行", total=Decimal(1))
TASK = {"target": None, "completion_rate": None}
CASES: list[tuple[int, Report, str]] = [
    (3, report(stated={"a.share": [{"value": Decimal("63.5"), "unit": "%"}]}), "pass"),
    (3, report(stated={"a.share": [{"value": Decimal("63.54"), "unit": "%"}]}), "fail"),
    (3, report(), "not_checkable"),
    (5, report(general_budget_expenditure=[GENERAL_ITEM]), "pass"),
    (5, report(general_budget_expenditure=[row(GENERAL, function_code="201", total=Decimal(0))]), "fail"),
    (6, report(duties=[{}], institutions=[{}]), "pass"),
    (6, report(duties=[{}]), "not_checkable"),
    (7, report(), "pass"),
    (7, report({"state_capital": "missing"}), "fail"),
    (7, report({"state_capital": "image"}), "not_checkable"),
    (8, report(revenue_expenditure_summary=[row("revenue_expenditure_summary", side="expenditure", item_code="201", amount=Decimal(1))],
               appropriation_summary=[row(APPROPRIATION, side="expenditure", item_code="201", total=Decimal(1))]), "pass"),
    (8, report(), "fail"),
    (8, report({APPROPRIATION: "image"}), "not_checkable"),
    (9, report(general_budget_expenditure=[row(GENERAL, function_code="201", total=Decimal(1)), GENERAL_ITEM]), "pass"),
    (9, report(general_budget_expenditure=[row(GENERAL, function_code="20103", total=Decimal(1))]), "fail"),
    (11, report(basic_expenditure_by_economy=[row("basic_expenditure_by_economy", economic_code=c, amount=Decimal(1)) for c in ("301", "30101")]), "pass"),
    (11, report(basic_expenditure_by_economy=[row("basic_expenditure_by_economy", economic_code="301", amount=Decimal(1))]), "fail"),
    (13, report(), "pass"),
    (13, report(codes={"T05.4"}), "fail"),
    (14, report(stated=says(a="1")), "pass"),
    (14, report(stated=says(a="1"), codes={"N01.1"}), "fail"),
    (14, report(), "not_checkable"),
    (18, report({THREE_PUBLIC: "image"}, stated=says(three_public__final="1", three_public__vehicles__final="1", three_public__reception__final="0", three_public__overseas_trips__final="0")), "pass"),
    (18, report({THREE_PUBLIC: "image"}, stated=says(three_public__final="1", three_public__vehicles__final="1")), "fail"),
    (18, report(), "not_checkable"),
    (20, report(stated=says(three_public__overseas_trips__final="0")), "pass"),
    (20, report(stated=says(three_public__overseas_trips__final="2", three_public__overseas_groups="1")), "fail"),
    (20, report(), "not_checkable"),
    (21, report(stated=says(three_public__vehicles__final="2", three_public__vehicle_purchase__final="0", three_public__vehicle_operation__final="2")), "pass"),
    (21, report(stated=says(three_public__vehicles__final="2")), "fail"),
    (22, report(stated=says(three_public__vehicle_count="2", three_public__vehicle_purchase__final="0")), "pass"),
    (22, report(stated=says(three_public__final="0", assets__vehicles__other="1")), "fail"),
    (22, report(stated=says(assets__vehicles__other="1")), "not_checkable"),
    (23, report(stated=says(three_public__reception__final="0.15", three_public__reception_persons="52", three_public__reception_batches="5")), "pass"),
    (23, report(stated=says(three_public__reception__final="0.15", three_public__reception_persons="52")), "fail"),
    (32, report(stated=says(procurement__total="2", procurement__sme="2", procurement__micro="0")), "pass"),
    (32, report(stated=says(procurement__total="2", procurement__sme="2")), "fail"),
    (32, report(), "not_checkable"),
    (33, report(stated=says(procurement__goods="2", procurement__goods_sme_share="100")), "pass"),
    (33, report(stated=says(procurement__goods="2")), "fail"),
    (35, report(stated=says(assets__vehicles__other="0")), "pass"),
    (35, report(stated=says(assets__vehicles__other="1")), "not_checkable"),
    (36, report(key_tasks=[TASK]), "pass"),
    (36, report(), "not_checkable"),
    (37, report(key_tasks=[{**TASK, "target": "x"}]), "pass"),
    (37, report(key_tasks=[TASK]), "fail"),
    (37, report(key_tasks=[TASK], codes={"E10"}), "not_checkable"),
    (39, report(glossary=[{"term": "行政运行（项）", "definition": None}], general_budget_expenditure=[GENERAL_ITEM]), "pass"),
    (39, report(glossary=[{"term": "事业运行（项）", "definition": None}], general_budget_expenditure=[GENERAL_ITEM]), "fail"),
    (39, report(general_budget_expenditure=[GENERAL_ITEM]), "not_checkable"),
    (42, report(), "pass"),
    (42, report(errors=2), "fail"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("item", "given", "verdict"), CASES, ids=lambda value: value if isinstance(value, int | str) else ""
)
def test_items(item: int, given: Report, verdict: str) -> None:
    judged = ITEM_RULES[item](given)
    assert judged.verdict == verdict
    assert (judged.verdict == "fail") == bool(judged.zh and judged.en and judged.count)


def test_every_item_has_a_label_and_every_rule_stands_in_the_catalogue() -> None:
    assert sorted(LABELS) == list(range(1, 54)) and set(ITEM_RULES) <= set(LABELS)
    assert set(RULES) == {rule for rule in rules() if rule.startswith("D")}


# --- on reports -------------------------------------------------------------------------------------------


def checklist(report_id: str, answers: dict[int, str]) -> pl.DataFrame:
    declared = schema.resources()["disclosure_checklist"]
    rows = [
        {
            **dict.fromkeys(declared.names),
            "report_id": report_id,
            "item_no": item,
            "declared": answer,
            "line": item,
        }
        for item, answer in answers.items()
    ]
    return pl.DataFrame(rows, schema=declared.polars_schema(), orient="row")


def judged(
    change: Callable[[Book, list[Row]], None], answers: dict[int, str] | None = None, region: str = "420100"
) -> Quality:
    """A consistent report of table and text, changed."""
    story, _ = ledger(3)
    book = mixed(5)
    book.report_id = f"{region}-2023-final-0000000a"
    # The text of one ledger beside the tables of another: only the disclosure is of interest.
    rows = [r for r in story.rows if r["concept"].startswith(("three_public", "procurement", "assets"))]
    change(book, rows)
    frames, tables, notices, uses = corpus([book])
    frames["statements"], tokens = frames_of(book.report_id, rows)
    if answers:
        frames["disclosure_checklist"] = checklist(book.report_id, answers)
    return check(frames, tables, notices, pl.concat([uses, tokens]))


def found(quality: Quality, rule: str) -> list[dict[str, Any]]:
    return quality.findings.filter(pl.col("rule_id") == rule).to_dicts()


def without_table(book: Book, rows: list[Row]) -> None:
    book.lose(THREE_PUBLIC, "missing")


def test_a_missing_table_is_a_warning_and_the_answer_is_told_with_it() -> None:
    quality = judged(without_table, {**dict.fromkeys(range(1, 54), "yes"), 42: "yes"})
    (finding,) = found(quality, "D07")
    assert finding["severity"] == "warning" and "第7项自答“是”" in finding["message_zh"]
    assert all(not f["locator"].endswith("=7") for f in found(quality, "D90"))
    rows = {r["item_no"]: r for r in quality.checklist.to_dicts()}
    assert (
        rows[7]["verdict"] == "fail"
        and rows[7]["finding_ids"] == finding["finding_id"]
        and rows[7]["line"] == 7
    )
    assert rows[44]["verdict"] == "not_checkable" and rows[44]["finding_ids"] is None
    assert quality.checklist.height == 53


def test_an_answer_no_beside_what_is_there() -> None:
    quality = judged(lambda book, rows: None, {7: "no", 9: "yes", 44: "no"})
    assert [f["locator"] for f in found(quality, "D90")] == ["item_no=7"]
    state = quality.results.filter(pl.col("rule_id") == "D07").get_column("state").item()
    assert state == "pass"


def test_shanghai_is_not_bound_by_the_form_of_wuhan() -> None:
    quality = judged(without_table, region="310100")
    assert found(quality, "D07") and quality.checklist.is_empty()
    states = dict(quality.results.select("rule_id", "state").iter_rows())
    assert states["D37"] == states["D39"] == states["D90"] == "not_applicable"


def test_the_item_without_an_answer_stays_without_one() -> None:
    quality = judged(lambda book, rows: None)
    assert quality.checklist.get_column("declared").null_count() == quality.checklist.height == 53


def test_a_budget_has_no_checklist() -> None:
    story, _ = ledger(3)
    book = mixed(5)
    book.report_id, book.kind = "420100-2023-budget-0000000a", "budget"
    frames, tables, notices, uses = corpus([book])
    frames["statements"], tokens = frames_of(book.report_id, story.rows[:1])
    quality = check(frames, tables, notices, pl.concat([uses, tokens]))
    assert quality.checklist.is_empty()
    assert not [r for r in quality.reconciliations.get_column("rule_id") if r.startswith("D")]


def test_without_the_frames_of_the_text_nothing_is_said() -> None:
    quality = check(*corpus([mixed(5)]))
    assert quality.checklist.is_empty() and quality.findings.is_empty()
    states = quality.results.filter(pl.col("rule_id").str.slice(0, 1).is_in(["N", "C", "D"]))
    assert set(states.get_column("state")) == {"not_applicable"}


def test_the_text_goes_down_to_items() -> None:
    def short(book: Book, rows: list[Row]) -> None:
        rows.append(
            {
                **rows[0],
                "statement_no": 99,
                "concept": "general_budget.item.final",
                "function_code": "208",
                "section": "general_budget",
            }
        )

    (finding,) = found(judged(short), "D91")
    assert finding["severity"] == "warning" and "208" in finding["message_en"]


def test_notices_of_the_text_become_findings() -> None:
    codes = ("E10", "E11", "E12", "E21", "E22", "E23")

    def notice(book: Book, rows: list[Row]) -> None:
        for code in codes:
            book.notice(code, "statements", f"section={code}")

    quality = judged(notice)
    assert {f["rule_id"] for f in quality.findings.to_dicts()} >= set(codes)
    assert not found(quality, "E00")
