"""Narratives for the tests of the families N, C and D: the golden ones, and ledgers built by hand.

No tests stand here. A golden report's statements are those that a person read (``statements.csv``), with its
transcribed tables; tokens are given as the reading would account for them, so that printed decimals are known.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from random import Random
from typing import Any

import polars as pl
import yaml
from test_quality_golden import AMBIGUOUS, _frame
from test_quality_support import (
    ACCOUNTING,
    APPROPRIATION,
    CAPITAL,
    ECONOMY,
    EXPENDITURE,
    FUND,
    GENERAL,
    NOTICES,
    REVENUE,
    SUMMARY,
    THREE_PUBLIC,
    Book,
    _names,
    _rolled_up,
    _with_total,
    corpus,
)

from pipelines import schema
from pipelines.quality import Quality, check, reconcile

GOLDEN = Path(__file__).parent / "golden"
READ_SINCE = {
    # Golden rows without a concept when they were written: (words of the subject, concept).
    "追加预算": "general_budget.added_budget",
    "整体支出预算": "performance.overall.budget",
    "年初预算总额": "performance.overall.budget",
    "整体支出执行数": "performance.overall.executed",
    "整体支出决算": "performance.overall.executed",
    "决算数": "performance.overall.executed",
    "整体支出执行率": "performance.overall.execution_rate",
    "预算执行率": "performance.overall.execution_rate",
    "基本支出": "performance.overall.basic",
    "基本支出总额": "performance.overall.basic",
    "基本支出占比": "performance.overall.basic.share",
    "项目支出": "performance.overall.project",
    "项目支出总额": "performance.overall.project",
    "项目支出占比": "performance.overall.project.share",
}
Row = dict[str, Any]


def statement(number: int, concept: str, value: str, unit: str = "万元", **more: Any) -> Row:
    """A row of ``statements`` and the token it was printed with."""
    known = {r["concept"]: r["section"] for r in schema.codes("concepts").iter_rows(named=True)}
    section = more.pop("section", None) or known.get(concept) or "other"
    return {
        **dict.fromkeys(schema.resources()["statements"].names),
        "statement_no": number, "section": section, "concept": concept, "value": Decimal(value), "unit": unit,
        "page": 1, "line": number, "token": value.lstrip("-"), **more,
    }  # fmt: skip


def frames_of(report_id: str, rows: Iterable[Row]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Statements → the frame, and the account of its numbers."""
    declared = schema.resources()["statements"]
    known = [{**row, "report_id": report_id} for row in rows]
    uses = [
        {
            **dict.fromkeys(ACCOUNTING), "report_id": report_id, "token": row["token"], "page": row["page"],
            "line": row["line"], "resource": "statements", "role": "statement", "column": row["concept"],
        }
        for row in known
    ]  # fmt: skip
    plain = [{name: row[name] for name in declared.names} for row in known]
    return (
        pl.DataFrame(plain, schema=declared.polars_schema(), orient="row"),
        pl.DataFrame(uses, schema=ACCOUNTING, orient="row"),
    )


def golden_statements(stem: str) -> list[Row]:
    rows = []
    with (GOLDEN / stem / "statements.csv").open(encoding="utf-8", newline="") as handle:
        for number, printed in enumerate(csv.DictReader(handle), start=1):
            concept = printed["concept"]
            if concept == "unclassified" and printed["function_code"]:
                concept = "expenditure.class"
            elif concept == "unclassified":
                concept = READ_SINCE.get(printed["subject"], concept)
            place = {name: int(printed.get(name) or 0) or None for name in ("page", "line", "baseline_year")}
            rows.append(
                statement(
                    number, concept, printed["value"], printed["unit"] or "个", section=printed["section"],
                    function_code=printed["function_code"] or None, subject=printed["subject"] or None, **place,
                )
            )  # fmt: skip
    return rows


def golden_id(stem: str) -> str:
    report = yaml.safe_load((GOLDEN / stem / "report.yaml").read_text(encoding="utf-8"))
    region = report["region_code"]
    code = region if isinstance(region, str) else region[0]
    number = sorted(path.parent.name for path in GOLDEN.glob("*/statements.csv")).index(stem)
    return f"{code}-{report['fiscal_year']}-{report['kind']}-{number:08x}"


def _tables(stem: str, report_id: str, frames: dict[str, list[pl.DataFrame]]) -> list[Row]:
    report = yaml.safe_load((GOLDEN / stem / "report.yaml").read_text(encoding="utf-8"))
    units, found = report.get("units", {}), []
    for name, declared in schema.tables().items():
        path = GOLDEN / stem / f"{name}.csv"
        unit = units.get(name, report["unit_as_published"])
        status = "image" if report.get("tables_as_images") else "missing"
        if path.exists():
            frame = _frame(path, declared, report_id, unit)
            frames[name].append(frame)
            figures = pl.concat([frame[a.name].drop_nulls() for a in declared.amounts]).len()
            status = "found" if figures or name == "three_public_expenses" else "empty"
        found.append(
            {
                "report_id": report_id, "resource": name, "title": declared.title, "status": status, "unit": unit,
                "quantum": 1 if unit == "元" else 10_000,
            }
        )  # fmt: skip
    return found


def _checklist(stem: str, report_id: str) -> pl.DataFrame:
    declared = schema.resources()["disclosure_checklist"]
    path = GOLDEN / stem / "checklist.csv"
    if not path.exists():
        return declared.empty()
    with path.open(encoding="utf-8", newline="") as handle:
        rows = [
            {
                **dict.fromkeys(declared.names), "report_id": report_id, "item_no": int(row["item_no"]),
                "declared": row["declared"], "line": int(row["line"]),
            }
            for row in csv.DictReader(handle)
        ]  # fmt: skip
    return pl.DataFrame(rows, schema=declared.polars_schema(), orient="row")


def reports_frame(ids: Mapping[str, str]) -> pl.DataFrame:
    """report_id → kind, as the frame ``reports`` (its key columns only)."""
    return pl.DataFrame({"report_id": list(ids), "kind": list(ids.values())})


def golden_quality(stems: Iterable[str]) -> Quality:
    """The checks on hand-read reports, together."""
    frames: dict[str, list[pl.DataFrame]] = {name: [] for name in schema.tables()}
    statements, uses, tables, notices, lists, ids = [], [], [], [], [], {}
    for stem in stems:
        report_id = golden_id(stem)
        ids[report_id] = report_id.split("-")[2]
        rows, accounted = frames_of(report_id, golden_statements(stem))
        statements.append(rows)
        uses.append(accounted)
        tables += _tables(stem, report_id, frames)
        lists.append(_checklist(stem, report_id))
        if stem == AMBIGUOUS[0]:
            notices += [
                {
                    **dict.fromkeys(NOTICES), "report_id": report_id, "code": "E02", "resource": "three_public_expenses",
                    "locator": f"basis={basis};column={AMBIGUOUS[1]}|vehicles|vehicle_operation|vehicle_purchase",
                    "actual": AMBIGUOUS[2], "message_zh": "栏次不明。", "message_en": "Columns unknown.",
                }
                for basis in ("budget", "final")
            ]  # fmt: skip
    joined = {
        name: pl.concat(parts) if parts else schema.tables()[name].empty() for name, parts in frames.items()
    }
    joined |= {
        "reports": reports_frame(ids),
        "statements": pl.concat(statements),
        "disclosure_checklist": pl.concat(lists),
    }
    return check(joined, pl.DataFrame(tables), pl.DataFrame(notices, schema=NOTICES), pl.concat(uses))


# --- by hand ----------------------------------------------------------------------------------------------


class Story:
    """The statements of a narrative, one after the other."""

    def __init__(self, report_id: str = "420100-2023-final-0000000a") -> None:
        self.report_id = report_id
        self.rows: list[Row] = []

    def says(self, concept: str, value: str, unit: str = "万元", **more: Any) -> Story:
        self.rows.append(statement(len(self.rows) + 1, concept, value, unit, **more))
        return self


def compared(stories: Iterable[Story], books: Iterable[Book] = ()) -> pl.DataFrame:
    """The comparisons of N and C on stories, with the tables of the books of the same id."""
    known, by_id = list(stories), {book.report_id: book for book in books}
    frames, tables, notices, uses = corpus(
        [by_id.get(story.report_id) or no_tables(story.report_id) for story in known]
    )
    parts = [frames_of(story.report_id, story.rows) for story in known]
    frames["statements"] = pl.concat(part[0] for part in parts)
    found = reconcile(frames, tables, notices, pl.concat([uses, *(part[1] for part in parts)]))
    return found.reconciliations.filter(pl.col("rule_id").str.slice(0, 1).is_in(["N", "C"]))


def no_tables(report_id: str) -> Book:
    kind = report_id.split("-")[2]
    return Book(report_id, kind=kind, status=dict.fromkeys(schema.tables(), "image"))


def off(rows: pl.DataFrame) -> set[tuple[str, str]]:
    """Rule and severity of what is not as it should be, as the suites of N and C judge it."""
    warnings = {"N01.3", "N01.4", "N03.4", "N05.1", "N06.1", "N06.2"}
    found = set()
    for row in rows.filter((pl.col("state") == "compared") & (pl.col("excess") > 0)).iter_rows(named=True):
        within = row["excess"] <= row["tolerance"] or row["rule_id"] == "N04.11"
        severity = "warning" if row["rule_id"] in warnings else "info" if within else "error"
        found.add((row["rule_id"], severity))
    return found


def money(units: int) -> str:
    """0.01 万元 as the text prints it."""
    return f"{'-' if units < 0 else ''}{abs(units) // 100}.{abs(units) % 100:02d}"


def percentage(part: int, whole: int) -> str:
    return str((Decimal(100 * part) / whole).quantize(Decimal("0.01"), ROUND_HALF_UP))


def ledger(seed: int) -> tuple[Story, Book]:
    """A consistent final account: its tables, and a narrative that states them in the official order."""
    draw = Random(seed)
    number = 0x1000 * (seed + 1)
    codes = draw.sample(
        ["2010301", "2010302", "2010350", "2080505", "2080506", "2101101", "2210201", "2210203"], 6
    )
    items = {
        code: {"basic": draw.randint(2_000, 90_000), "project": draw.randint(1_000, 40_000)}
        for code in sorted(codes)
    }
    other, moved = draw.randint(1_000, 9_000), draw.randint(3_000, 20_000) * draw.choice([-1, 1])
    book, story = Book(f"420100-2023-final-{number:08x}"), Story(f"420100-2023-final-{number:08x}")
    general = _rolled_up(_with_total(items, ("basic", "project")), ("total", "basic", "project"))
    total, basic, project = (general["total"][name] for name in ("total", "basic", "project"))
    public = basic // 7
    bought, run_, meals = (draw.randint(500, 3_000) for _ in range(3))
    three = {
        "final": {"total": bought + run_ + meals, "overseas_trips": 0, "vehicles": bought + run_,
                  "vehicle_purchase": bought, "vehicle_operation": run_, "reception": meals},
    }  # fmt: skip
    three["budget"] = {name: amount * 2 + 10 * (name == "total") for name, amount in three["final"].items()}
    three["budget"]["total"] = sum(
        three["budget"][name] for name in ("overseas_trips", "vehicles", "reception")
    )
    year = total + other
    book.tables = {
        SUMMARY: {"income/grand_total": {"amount": year}, "expenditure/grand_total": {"amount": year}},
        REVENUE: {"total": {"total": year, "fiscal_appropriation": total, "other": other}},
        EXPENDITURE: {"total": {"total": year, "basic": basic + other, "project": project}},
        GENERAL: general,
        APPROPRIATION: {"income/grand_total": {"amount": total}, "income/general_public_budget": {"amount": total}},
        ECONOMY: {"personnel_total": {"amount": basic - public}, "public_total": {"amount": public}, "total": {"amount": basic}},
        THREE_PUBLIC: three,
    }  # fmt: skip
    book.status = {FUND: "empty", CAPITAL: "empty"}

    def changed(stem: str, current: int) -> None:
        story.says(f"{stem}.change", money(moved), baseline_year=2022)
        story.says(f"{stem}.change_rate", percentage(moved, current - moved), "%", baseline_year=2022)

    def part(concept: str, amount: int, whole: int) -> None:
        story.says(concept, money(amount)).says(f"{concept}.share", percentage(amount, whole), "%")

    story.says("summary.total", money(year))
    changed("summary", year)
    story.says("revenue.total", money(year))
    changed("revenue", year)
    part("revenue.appropriation", total, year)
    part("revenue.other", other, year)
    story.says("expenditure.total", money(year))
    part("expenditure.basic", basic + other, year)
    part("expenditure.project", project, year)
    story.says("appropriation.income_total", money(total))
    changed("appropriation", total)
    story.says("appropriation.general_public_budget", money(total))
    story.says("general_budget.total", money(total))
    story.says("general_budget.share_of_expenditure", percentage(total, year), "%")
    changed("general_budget", total)
    for code in sorted({code[:3] for code in items}):
        story.says("general_budget.class", money(general[code]["total"]), function_code=code)
        story.says(
            "general_budget.class_share", percentage(general[code]["total"], total), "%", function_code=code
        )
    planned = {code: draw.randint(1_000, 99_000) for code in items}
    story.says("general_budget.initial_budget", money(sum(planned.values()))).says(
        "general_budget.final", money(total)
    )
    story.says("general_budget.completion_rate", percentage(total, sum(planned.values())), "%")
    story.says("general_budget.basic", money(basic)).says("general_budget.project", money(project))
    for code, budgeted in planned.items():
        own = {"function_code": code, "subject": _names()[code]}
        story.says("general_budget.item.initial_budget", money(budgeted), **own)
        story.says("general_budget.item.final", money(general[code]["total"]), **own)
        story.says(
            "general_budget.item.completion_rate", percentage(general[code]["total"], budgeted), "%", **own
        )
    story.says("basic.total", money(basic)).says("basic.personnel", money(basic - public)).says(
        "basic.public", money(public)
    )
    for name in ("total", "overseas_trips", "vehicles", "vehicle_purchase", "vehicle_operation", "reception"):
        stem = "three_public" if name == "total" else f"three_public.{name}"
        story.says(f"{stem}.budget", money(three["budget"][name])).says(
            f"{stem}.final", money(three["final"][name])
        )
        if three["budget"][name]:
            story.says(
                f"{stem}.completion_rate", percentage(three["final"][name], three["budget"][name]), "%"
            )
    story.says("agency_operation.total", money(public))
    story.says("agency_operation.change", money(public // 9), baseline_year=2022)
    story.says(
        "agency_operation.change_rate", percentage(public // 9, public - public // 9), "%", baseline_year=2022
    )
    goods, services = draw.randint(1_000, 9_000), draw.randint(1_000, 9_000)
    story.says("procurement.total", money(goods + services)).says("procurement.goods", money(goods))
    story.says("procurement.works", "0").says("procurement.services", money(services))
    story.says("procurement.sme", money(goods)).says(
        "procurement.sme_share", percentage(goods, goods + services), "%"
    )
    story.says("procurement.micro", money(goods // 2)).says(
        "procurement.micro_share", percentage(goods // 2, goods), "%"
    )
    story.says("assets.vehicles", "3", "辆").says("assets.vehicles.emergency", "1", "辆").says(
        "assets.vehicles.other", "2", "辆"
    )
    story.says("performance.amount", money(project * 2 // 3))
    story.says("performance.share_of_project_expenditure", percentage(project * 2 // 3, project), "%")
    return story, book
