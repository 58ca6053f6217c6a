"""Narratives for the tests of the families N, C and D: the golden ones, and ledgers built by hand.

No tests stand here. A golden report's statements are those that a person read (``statements.csv``), with its
transcribed tables; tokens are given as the reading would account for them, so that printed decimals are known.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import yaml
from test_quality_golden import AMBIGUOUS, _frame
from test_quality_support import ACCOUNTING, NOTICES

from pipelines import schema
from pipelines.quality import Quality, check

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
