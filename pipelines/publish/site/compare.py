"""Pages that compare: an institution over its years, the institutions of a region, who spends on a functional code.

Every comparison is over the reports that print the figure, and says how many of how many that are. Sums are of
departments only: a department's figures hold those of its units.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import polars as pl
from markupsafe import Markup

from pipelines.publish.headline import MEASURES, TEXT, Headline, money, shown
from pipelines.publish.site.cells import both
from pipelines.publish.site.drawing import BarMark, bars, lines, matrix
from pipelines.schema import codes

KINDS = {"final": ("决算", "final accounts"), "budget": ("预算", "budget")}
_TOP = 10
"""Bars of a ranking."""
_LISTED = 60
"""Rows of a functional code's page."""


def figure(line: Headline, measure: str) -> Markup:
    """A measure of a report in a table; a figure of the narrative is marked so; nothing where there is none."""
    value = getattr(line, measure)
    if value is None:
        return Markup("")
    text = shown(measure, value)
    if line.total_from == TEXT and measure in ("total", "change_rate", "execution"):
        return Markup("{}<sup>{}</sup>").format(text, both("文", "text"))
    return Markup(text)


def of_many(found: int, whole: int) -> Markup:
    """How many reports a comparison is over."""
    return both(f"{whole} 份报告中 {found} 份有此数", f"{found} of {whole} reports have the figure")


# --- institutions ---------------------------------------------------------------------------------------------------


def institutions(found: Mapping[str, Headline]) -> dict[str, list[Headline]]:
    """Institution → its reports, the newest first."""
    held: dict[str, list[Headline]] = {}
    for line in found.values():
        if line.report["institution_id"]:
            held.setdefault(line.report["institution_id"], []).append(line)
    for own in held.values():
        own.sort(key=lambda line: (-line.report["fiscal_year"], line.report["kind"], line.report["report_id"]))
    return held


def institution_context(own: Sequence[Headline]) -> dict[str, Any]:
    """The reports of one institution with every measure, and the totals as lines."""
    series = []
    for level in ("department", "unit"):
        for kind, (zh, en) in KINDS.items():
            points = [
                (line.report["fiscal_year"], line.total, money(line.total))
                for line in own
                if line.report["kind"] == kind and line.report["institution_level"] == level and line.total is not None
            ]
            if points:
                level_zh = "部门" if level == "department" else "单位"
                series.append((f"{level_zh}{zh}", f"{level.capitalize()}, {en}", points))
    years = {year for _, _, points in series for year, _, _ in points}
    return {
        "institution": own[0].report,
        "rows": [(line, {name: figure(line, name) for name in MEASURES}) for line in own],
        "measures": MEASURES,
        "picture": lines(series, "支出总额（万元）", "Total expenditure (万元)") if len(years) > 1 else None,
        "many": {name: of_many(sum(getattr(line, name) is not None for line in own), len(own)) for name in MEASURES},
    }


# --- regions --------------------------------------------------------------------------------------------------------


def rankings(found: Sequence[Headline]) -> list[dict[str, Any]]:
    """For each kind of report its newest year: totals of the departments, and who comes first in every measure."""
    held = []
    for kind, (zh, en) in KINDS.items():
        of_kind = [line for line in found if line.report["kind"] == kind]
        if not of_kind:
            continue
        year = max(line.report["fiscal_year"] for line in of_kind)
        own = [line for line in of_kind if line.report["fiscal_year"] == year]
        held.append(
            {
                "kind": kind, "year": year, "title": both(f"{year} 年度{zh}", f"{year}, {en}"), "total": _total(own),
                "charts": [chart for name in MEASURES if (chart := _ranking(own, name))],
            }
        )  # fmt: skip
    return held


def _total(own: Sequence[Headline]) -> Markup | None:
    """The sum over departments that print a total."""
    departments = [line for line in own if line.report["institution_level"] == "department"]
    totals = [line.total for line in departments if line.total is not None]
    if not totals:
        return None
    amount = money(sum(totals, Decimal(0)))
    return both(
        f"部门支出合计 {amount} 万元（{len(departments)} 个部门中 {len(totals)} 个有总额；所属单位已含在部门中，不重复相加）",
        f"Departments together {amount} 万元 ({len(totals)} of {len(departments)} departments print a total; their units are in it)",
    )


def _ranking(own: Sequence[Headline], measure: str) -> dict[str, Any] | None:
    zh, en, unit = MEASURES[measure]
    valued = [(value, line) for line in own if (value := getattr(line, measure)) is not None]
    if not valued:
        return None
    valued.sort(key=lambda one: (-one[0], one[1].report["report_id"]))
    marks = [
        BarMark(_name(line.report), _name(line.report), value, shown(measure, value), f"../report/{line.report['report_id']}.html", 0)
        for value, line in valued[:_TOP]
    ]
    return {"picture": bars(marks, f"{zh}（{unit}）", f"{en} ({unit})"), "many": of_many(len(valued), len(own))}


def _name(report: Mapping[str, Any]) -> str:
    """A body that publishes as a unit beside its department is told apart."""
    return f"{report['institution']}（单位）" if report["institution_level"] == "unit" else str(report["institution"])


# --- functional codes -----------------------------------------------------------------------------------------------


def function_pages(frames: Mapping[str, pl.DataFrame], found: Mapping[str, Headline]) -> Iterable[tuple[str, dict[str, Any]]]:
    """Code → who spends on it: the largest first, of every year and kind."""
    rows = frames["expenditure_by_function"].filter(pl.col("function_code").str.contains(r"^\d+$") & pl.col("total").is_not_null())
    official = dict(codes("functional_codes").select("code", "name").iter_rows())
    with_table = frames["expenditure_by_function"]["report_id"].n_unique()
    ordered = rows.sort(["function_code", "total", "report_id"], descending=[False, True, False])
    for (code,), own in ordered.group_by("function_code", maintain_order=True):
        code = str(code)
        records = own.head(_LISTED).select("report_id", "function_name", "total", "basic", "project").rows()
        name = official.get(code) or records[0][1] or code
        lines_of = [
            (found[report].report, [money(v) if v is not None else "" for v in (total, basic, project)])
            for report, _, total, basic, project in records
        ]
        above = [(part, official.get(part, part)) for part in (code[:3], code[:5]) if len(part) < len(code)]
        yield code, {
            "code": code, "name": name, "rows": lines_of, "above": above, "count": own.height, "listed": len(records),
            "many": both(
                f"{with_table} 份有支出表的报告中 {own['report_id'].n_unique()} 份列有此科目",
                f"{own['report_id'].n_unique()} of {with_table} reports with an expenditure table print this code",
            ),
        }  # fmt: skip


def function_index(pages: Sequence[tuple[str, str, int]]) -> list[tuple[str, str, int, list[tuple[str, str, int]]]]:
    """(code, name, reports) of all pages as classes with what is below them."""
    classes = {code: (name, count) for code, name, count in pages if len(code) == 3}
    below: dict[str, list[tuple[str, str, int]]] = {}
    for code, name, count in pages:
        if len(code) > 3:
            below.setdefault(code[:3], []).append((code, name, count))
    known = sorted({*classes, *below})
    return [(code, *classes.get(code, (code, 0)), below.get(code, [])) for code in known]


# --- home -----------------------------------------------------------------------------------------------------------


def contents_picture(reports: Sequence[Mapping[str, Any]], names: Mapping[str, str]) -> Markup:
    """Regions by years with how many final accounts and budgets: provinces, or districts where they are few."""
    by_district = len({r["region_code"] for r in reports}) <= 16
    counts: dict[tuple[str, int], list[int]] = {}
    labels: dict[str, tuple[str, str]] = {}
    for report in reports:
        province = report["region_code"][:2]
        key = report["region_code"] if by_district else province
        label = report["region_name"] if by_district else names.get(f"{province}0000", report["region_name"])
        anchor = f"#r{report['region_code']}" if by_district else ""
        labels[key] = (label, f"region/{province}.html{anchor}")
        counts.setdefault((key, report["fiscal_year"]), [0, 0])[0 if report["kind"] == "final" else 1] += 1
    years = sorted({year for _, year in counts})[-10:]
    rows = [(key, *labels[key]) for key in sorted(labels)]
    return matrix(rows, years, lambda key, year: (counts.get((key, year), [0, 0])[0], counts.get((key, year), [0, 0])[1]),
                  "各地区、各年度的报告数", "Reports by region and year")  # fmt: skip


def largest(found: Mapping[str, Headline]) -> Markup | None:
    """The largest totals of the newest year of final accounts."""
    own = [line for line in found.values() if line.report["kind"] == "final"] or list(found.values())
    if not own:
        return None
    year = max(line.report["fiscal_year"] for line in own)
    own = sorted((line for line in own if line.report["fiscal_year"] == year and line.total is not None), key=lambda line: -(line.total or 0))
    marks = [
        BarMark(line.report["institution"], line.report["institution"], line.total or Decimal(0), money(line.total or Decimal(0)), f"report/{line.report['report_id']}.html", 0)
        for line in own[:8]
    ]
    kind_zh, kind_en = KINDS[own[0].report["kind"]] if own else ("", "")
    return bars(marks, f"{year} 年度{kind_zh}支出最多的单位（万元）", f"Largest expenditure in the {kind_en} of {year} (万元)") if marks else None

