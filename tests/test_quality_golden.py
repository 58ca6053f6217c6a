"""The rules on the hand-checked figures of real reports: every known contradiction, and nothing else.

The figures are those of ``tests/golden``; the expected findings were compared with the paper by eye (and, by
another hand, in ``findings_expected.yaml`` there, whose wording is not a format to read).
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml
from test_quality_support import NOTICES

from pipelines import schema
from pipelines.quality.reconcile import reconcile

GOLDEN = Path(__file__).parent / "golden"
FOUND = {
    "qingshan-human-resources-2023-final": {
        ("T02.2", "function_code=201;column=total", -900_000, False),
        ("T02.2", "function_code=201;column=fiscal_appropriation", -900_000, False),
        ("T05.2", "function_code=20807;column=total", 10_000, True),
        ("T05.2", "function_code=22102;column=total", -10_000, True),
        ("T05.2", "function_code=22102;column=basic", -10_000, True),
        ("X03.1", "function_code=2210202;column=total", -10_000, True),
        ("X03.2", "function_code=2080704;column=total", 10_000, True),
        ("X03.2", "function_code=2210202;column=total", -10_000, True),
        ("X03.3", "function_code=223;column=basic", -169_460_000, False),
        ("X03.3", "function_code=223;column=project", 169_460_000, False),
        ("X09.1", "economic_code=30231;column=amount", 1_150_000, False),
    },
    "dongxihu-human-resources-2021-final": {
        ("T04.6", "side=expenditure;item_code=grand_total;column=total", 10_000, True),
        ("T04.6", "side=expenditure;item_code=grand_total;column=general_public_budget", 10_000, True),
        ("T04.7", "item_code=grand_total;column=total", 10_000, True),
        ("T04.8", "side=expenditure;item_code=grand_total;column=general_public_budget", 10_000, True),
    },
    "putuo-finance-2024-final": {
        ("T02.2", "function_code=total;column=total", -10_000, True),
        ("T02.2", "function_code=total;column=fiscal_appropriation", -10_000, True),
        ("T03.2", "function_code=total;column=total", -10_000, True),
        ("T03.2", "function_code=total;column=basic", -10_000, True),
        ("T05.2", "function_code=total;column=total", -10_000, True),
        ("T05.2", "function_code=total;column=basic", -10_000, True),
        ("T06.1", "economic_code=301;column=amount", -10_000, True),
        ("T06.1", "economic_code=302;column=amount", -20_000, True),
        ("X01.3", "side=expenditure;item_code=208;column=amount", -10_000, True),
        ("X04.2", "side=expenditure;item_code=208;column=general_public_budget", -10_000, True),
    },
    "putuo-commerce-2025-budget": set(),
}
"""Per report: rule, place, difference in micro-units, within the envelope."""
GAPS = {
    ("T02.4", "function_code=20136;column=total"),
    (
        "T05.4",
        "function_code=2080102|2080112|2080199|20807|2080701|2080702|2080704|2080705|2080713|2080799|21004|2100410"
        ";column=total",
    ),
    ("T04.9", "side=expenditure;item_code=current_total;column=total"),
}
LEFT_OPEN = {
    "qingshan-human-resources-2023-final": {"T02.2", "T05.1", "T05.2", "T09.1", "X09.1"},
    "dongxihu-human-resources-2021-final": {"T04.5", "X04.2", "X09.1"},
    "putuo-finance-2024-final": set(),
    "putuo-commerce-2025-budget": set(),
}
"""Per report: the rules of which at least one comparison could not be made."""
# What the reading says of the row "1.2 1.2" under twelve columns, whose columns the dump has lost.
AMBIGUOUS = ("qingshan-human-resources-2023-final", "total|overseas_trips|reception", "1.2;1.2")


def _value(declared: schema.Field, text: str, unit: str) -> Any:
    if declared.is_amount:
        return Decimal(text.replace(",", "")) / (10_000 if unit == "元" else 1)
    return int(text) if declared.type == "integer" else text


def _frame(path: Path, declared: schema.Resource, report_id: str, unit: str) -> pl.DataFrame:
    rows = []
    for place, printed in enumerate(pl.read_csv(path, infer_schema=False).iter_rows(named=True), start=1):
        row: dict[str, Any] = {**dict.fromkeys(declared.names), "report_id": report_id, "line": place}
        for field in declared.fields:
            if text := printed.get(field.name):
                row[field.name] = _value(field, text, unit)
        rows.append(row)
    return pl.DataFrame(rows, schema=declared.polars_schema(), orient="row")


def golden(stem: str) -> pl.DataFrame:
    """The comparisons of one hand-checked report."""
    report = yaml.safe_load((GOLDEN / stem / "report.yaml").read_text(encoding="utf-8"))
    report_id = f"000000-{report['fiscal_year']}-{report['kind']}-00000000"
    units = report.get("units", {})
    frames, tables = {}, []
    for name, declared in schema.tables().items():
        path = GOLDEN / stem / f"{name}.csv"
        if not path.exists():
            continue
        unit = units.get(name, report["unit_as_published"])
        frames[name] = _frame(path, declared, report_id, unit)
        reading = {"report_id": report_id, "resource": name, "title": declared.title, "status": "found"}
        tables.append({**reading, "unit": unit, "quantum": 1 if unit == "元" else 10_000})
    frames["reports"] = pl.DataFrame({"report_id": [report_id], "kind": [report["kind"]]})
    notices = [
        {
            **dict.fromkeys(NOTICES),
            "report_id": report_id,
            "code": "E02",
            "resource": "three_public_expenses",
            "locator": f"basis={basis};column={AMBIGUOUS[1]}",
            "actual": AMBIGUOUS[2],
        }
        for basis in ("budget", "final")
        if stem == AMBIGUOUS[0]
    ]
    return reconcile(frames, pl.DataFrame(tables), pl.DataFrame(notices, schema=NOTICES)).reconciliations


@pytest.mark.parametrize("stem", FOUND)
def test_the_known_contradictions_and_no_others(stem: str) -> None:
    found = golden(stem)
    off = found.filter((pl.col("state") == "compared") & (pl.col("excess") > 0))
    amounts = off.filter(pl.col("actual").is_not_null() & pl.col("expected").is_not_null())
    seen = {
        (row["rule_id"], row["locator"], row["difference"], row["excess"] <= row["tolerance"])
        for row in amounts.iter_rows(named=True)
    }
    assert seen == FOUND[stem]
    gaps = off.filter(pl.col("actual").is_null())
    assert set(gaps.select("rule_id", "locator").rows()) <= GAPS
    assert set(found.filter(pl.col("state") == "insufficient").get_column("rule_id")) == LEFT_OPEN[stem]


def test_the_known_gaps() -> None:
    gaps: set[tuple[str, str]] = set()
    for stem in FOUND:
        found = golden(stem).filter((pl.col("state") == "compared") & pl.col("actual").is_null())
        gaps |= set(found.filter(pl.col("difference") > 0).select("rule_id", "locator").rows())
    assert gaps == GAPS
