"""What the reports of a package cover: how many, whose, of which years and regions."""

from __future__ import annotations

from typing import Any

import polars as pl


def coverage(reports: pl.DataFrame) -> dict[str, Any]:
    """For the descriptor; the catalogue's temporal and spatial coverage comes from here."""
    regions = reports.select("region_code", "region_name").unique().sort("region_code", "region_name")
    return {
        "reports": reports.height,
        "institutions": reports["institution"].n_unique(),
        "fiscalYears": sorted(reports["fiscal_year"].unique()),
        "regions": [{"code": code, "name": name} for code, name in regions.iter_rows()],
    }


def covers(reports: pl.DataFrame) -> str:
    """The same in a sentence of each language."""
    if reports.is_empty():
        return "暂无报告。No reports yet."
    found = coverage(reports)
    years = found["fiscalYears"]
    span = f"{years[0]}" if len(years) == 1 else f"{years[0]}-{years[-1]}"
    regions = len({region["code"] for region in found["regions"]})
    return (
        f"{found['reports']} 份报告，{found['institutions']} 个部门和单位，{regions} 个地区，{span} 年度。"
        f"Reports: {found['reports']}; institutions: {found['institutions']}; regions: {regions}; fiscal years: {span}."
    )
