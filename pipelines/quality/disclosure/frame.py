"""The frame ``disclosure_checklist``: what was declared, the verdict of every item, the findings behind a fail.

Not for judging: it puts together what the package has judged.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from pipelines import schema
from pipelines.quality.claims import Claims
from pipelines.quality.completeness import GAP_RULES
from pipelines.quality.disclosure.items import ASKS_FOR_FAULTS, LABELS
from pipelines.quality.disclosure.model import OPEN, ItemResult


@dataclass(slots=True)
class Disclosed:
    """The comparisons of the family D, and the verdict of every item of every report."""

    claims: Claims = field(default_factory=Claims)
    verdicts: dict[tuple[str, int], ItemResult] = field(default_factory=dict)
    bound: set[str] = field(default_factory=set)
    """Reports that the checklist is for."""


def rows_by_report(frame: pl.DataFrame | None, ids: list[str]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    if frame is not None and frame.height:
        for row in frame.filter(pl.col("report_id").is_in(ids)).iter_rows(named=True):
            found[row["report_id"]].append(row)
    return found


def _behind(item: int, rule_id: str, locator: str, severity: str) -> bool:
    """Whether a finding stands behind the verdict of an item."""
    if rule_id in (f"D{item:02d}", "D90") and f"{locator};".startswith(f"item_no={item};"):
        return True
    if item == 13:
        return rule_id in {*GAP_RULES.values(), "E02", "E48"}
    if item == 14:
        return rule_id.startswith("N01")
    return item == ASKS_FOR_FAULTS and severity == "error" and rule_id[0] in "TXN"


def checklist(disclosed: Disclosed, frames: Mapping[str, pl.DataFrame], found: pl.DataFrame) -> pl.DataFrame:
    """The frame ``disclosure_checklist``: what was declared, the verdict, the findings behind a fail."""
    declared = schema.resources()["disclosure_checklist"]
    given = frames.get("disclosure_checklist", declared.empty())
    printed = {(r["report_id"], r["item_no"]): r for r in given.iter_rows(named=True)}
    by_report = rows_by_report(found, sorted(disclosed.bound))
    rows: list[dict[str, Any]] = []
    keys = set(printed) | {(report_id, item) for report_id in disclosed.bound for item in LABELS}
    for report_id, item in sorted(keys):
        judged = disclosed.verdicts.get((report_id, item), OPEN) if report_id in disclosed.bound else None
        ids = [
            f["finding_id"]
            for f in by_report[report_id]
            if judged and _behind(item, f["rule_id"], f["locator"] or "", f["severity"])
        ]
        blank = {"declared": None, "source_no": 1, "page": None, "line": None}
        row = printed.get((report_id, item), {**blank, "report_id": report_id, "item_no": item})
        verdict = judged.verdict if judged else None
        rows.append({**row, "verdict": verdict, "finding_ids": ",".join(ids) or None})
    return declared.conform(pl.DataFrame(rows, schema=declared.polars_schema(), orient="row"))
