"""Key figures, summaries, comparisons and their pictures: only what is printed, over the reports that print it."""

from __future__ import annotations

import random
import re
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from pipelines.publish.headline import Headline, headlines, money, percent, rounded
from pipelines.publish.site import compare
from pipelines.publish.site.drawing import BarMark, FlowBand, FlowNode, _squarified, flows, treemap
from pipelines.publish.site.severity import NONE, Count
from pipelines.publish.site.summary import summary, terms
from pipelines.schema import resources


def rows(resource: str, *records: dict[str, Any]) -> pl.DataFrame:
    declared = resources()[resource]
    return pl.DataFrame([dict.fromkeys(declared.names) | r for r in records], schema=declared.polars_schema())


def report(name: str, year: int, kind: str, level: str = "department", region: str = "420107") -> dict[str, Any]:
    return {
        "report_id": f"{region}-{year}-{kind}-{name}", "kind": kind, "fiscal_year": year, "region_code": region, "region_name": "示例区",
        "institution": f"示例{name}", "institution_id": f"{region}-{name}", "institution_level": level, "finding_count": 0,
    }  # fmt: skip


def frames(reports: list[dict[str, Any]], totals: dict[str, tuple[Any, ...]]) -> dict[str, pl.DataFrame]:
    spent = [
        {"report_id": key, "function_code": "total", "function_name": "合计", "total": t, "basic": b, "project": p, "source_no": 1, "line": 1}
        for key, (t, b, p) in totals.items()
    ]
    return {"reports": rows("reports", *reports), "expenditure_by_function": rows("expenditure_by_function", *spent)}


def corpus(seed: int) -> tuple[dict[str, pl.DataFrame], dict[str, tuple[Any, ...]]]:
    rng = random.Random(seed)
    reports, totals = [], {}
    for name in ("aaaaaaaa", "bbbbbbbb", "cccccccc"):
        for year in (2022, 2023, 2024):
            for kind in ("final", "budget"):
                if rng.random() < 0.75:
                    one = report(name, year, kind, rng.choice(["department", "department", "unit"]))
                    reports.append(one)
                    if rng.random() < 0.8:
                        basic, project = Decimal(rng.randint(1, 9999)) / 100, Decimal(rng.randint(1, 9999)) / 100
                        totals[one["report_id"]] = (basic + project, basic, project)
    return frames(reports, totals), totals


@pytest.mark.parametrize("seed", range(6))
def test_quotients_exist_only_where_both_figures_do(seed: int) -> None:
    held, totals = corpus(seed)
    found = headlines(held)
    by_key = {(r["institution"], r["institution_level"], r["kind"], r["fiscal_year"]): r["report_id"] for r in held["reports"].to_dicts()}
    for key, line in found.items():
        own = line.report
        assert line.total == (totals[key][0] if key in totals else None)
        last = by_key.get((own["institution"], own["institution_level"], own["kind"], own["fiscal_year"] - 1))
        if key in totals and last in totals:
            assert line.change == totals[key][0] - totals[last][0]
            assert line.change_rate == 100 * line.change / totals[last][0]
        else:
            assert line.change is None and line.change_rate is None
        plan = by_key.get((own["institution"], own["institution_level"], "budget", own["fiscal_year"]))
        if own["kind"] == "final" and key in totals and plan in totals:
            assert line.execution == 100 * totals[key][0] / totals[plan][0]
        else:
            assert line.execution is None


@pytest.mark.parametrize("seed", range(6))
def test_totals_of_a_region_are_of_departments_and_say_of_how_many(seed: int) -> None:
    held, totals = corpus(seed)
    for part in compare.rankings(list(headlines(held).values())):
        own = [r for r in held["reports"].to_dicts() if r["kind"] == part["kind"] and r["fiscal_year"] == part["year"]]
        assert part["year"] == max(r["fiscal_year"] for r in held["reports"].to_dicts() if r["kind"] == part["kind"])
        departments = [r["report_id"] for r in own if r["institution_level"] == "department"]
        known = [totals[key][0] for key in departments if key in totals]
        if known:
            assert money(sum(known, Decimal(0))) in part["total"] and f"{len(departments)} 个部门中 {len(known)} 个" in part["total"]
        for chart in part["charts"][:1]:
            figures = [Decimal(t.replace(",", "")) for t in re.findall(r'<span class="n">([^<]*)</span>', chart["picture"])]
            assert figures == sorted((totals[r["report_id"]][0] for r in own if r["report_id"] in totals), reverse=True)
            assert f"{len(own)} 份报告中 {len(figures)} 份有此数" in chart["many"]


def test_a_summary_says_only_what_is_there() -> None:
    one = Headline(report("aaaaaaaa", 2023, "final"))
    assert len(summary(one, NONE)) == 2 and "没有可以发布的数字" in summary(one, NONE)[0]
    one.total, one.basic, one.project = Decimal("20000.5"), Decimal("15000.5"), Decimal(5000)
    one.three_public, one.staff = Decimal("1.5"), 3
    one.evaluated_budget, one.evaluated_executed = Decimal(200), Decimal(150)
    one.before = Headline(report("aaaaaaaa", 2022, "final"), total=Decimal(10000))
    one.budget = Headline(report("aaaaaaaa", 2023, "budget"), total=Decimal(16000))
    text = "".join(summary(one, Count(error=2, warning=1)))
    for expected in ("2.00 亿元（20,000.50 万元）", "增加 10,000.50 万元（100.0%）", "决算为预算的 125.0%", "占 25.0%", "人均 0.50 万元",
                     "未执行 50.00 万元", "2 处错误、1 处警告"):  # fmt: skip
        assert expected in text, expected
    assert text.count('class="zh"') == text.count('class="en"')
    one.evaluated_executed, one.total_from, one.staff = Decimal(260), "text", None
    text = "".join(summary(one, NONE))
    assert "未执行" not in text and "据情况说明" in text and "人均" not in text and "没有错误或警告" in text
    assert "增加" not in text, "a figure of the text is not held against one of a table"


def test_figures_of_the_narrative_stand_in_for_tables_and_are_marked() -> None:
    one = report("aaaaaaaa", 2023, "final")
    stated = {"report_id": one["report_id"], "concept": "expenditure.total", "unit": "元", "source_no": 1, "line": 1}
    held = {"reports": rows("reports", one), "statements": rows(
        "statements", stated | {"statement_no": 1, "value": Decimal(90000), "fiscal_year": 2022},
        stated | {"statement_no": 2, "value": Decimal(123400), "fiscal_year": 2023})}  # fmt: skip
    (line,) = headlines(held).values()
    assert (line.total, line.total_from) == (Decimal("12.34"), "text")
    assert "文" in compare.figure(line, "total") and line.project_share is None


@pytest.mark.parametrize("seed", range(20))
def test_areas_of_a_treemap_are_as_large_as_the_figures(seed: int) -> None:
    rng = random.Random(seed)
    sizes = sorted((rng.random() ** 3 * 1000 + 0.01 for _ in range(rng.randint(1, 30))), reverse=True)
    boxes = _squarified(sizes, (0.0, 0.0, 900.0, 380.0))
    for size, (x, y, w, h) in zip(sizes, boxes, strict=True):
        assert w * h == pytest.approx(size / sum(sizes) * 900 * 380, rel=1e-6)
        assert x >= -1e-6 and y >= -1e-6 and x + w <= 900.001 and y + h <= 380.001
    for i, (x, y, w, h) in enumerate(boxes):
        for a, b, c, d in boxes[i + 1 :]:
            assert min(x + w, a + c) - max(x, a) < 1e-6 or min(y + h, b + d) - max(y, b) < 1e-6, "two boxes overlap"


def test_pictures_escape_what_they_print() -> None:
    evil = '<script>"&'
    drawn = treemap([(evil, [BarMark(evil, evil, Decimal(3), evil), BarMark("b", "b", Decimal(2), "2")])], "甲", "A")
    drawn += flows([{"a": FlowNode(evil, evil)}, {"b": FlowNode(evil, evil)}], [FlowBand("a", "b", Decimal(2), evil)], "乙", "B")
    assert "<script>" not in drawn and "style=" not in drawn and drawn.count("&lt;script&gt;") >= 4


def test_bands_of_a_flow_are_as_wide_as_the_figures() -> None:
    nodes = [{"a": FlowNode("甲", "a"), "b": FlowNode("乙", "b")}, {"c": FlowNode("丙", "c")}]
    drawn = flows(nodes, [FlowBand("a", "c", Decimal(30), "30"), FlowBand("b", "c", Decimal(10), "10")], "甲", "A")
    widths = [float(w) for w in re.findall(r'class="flow[^>]*v(-?[0-9.]+)C', drawn)]
    heights = [float(h) for h in re.findall(r'class="node[^>]*height="([0-9.]+)"', drawn)]
    assert widths[0] == pytest.approx(3 * widths[1], rel=0.05) and heights[2] == pytest.approx(sum(widths), rel=0.05)


def test_terms_are_whole() -> None:
    assert all(set(entry) == {"zh", "en", "about_zh", "about_en"} and all(entry.values()) for entry in terms().values())


def test_amounts_are_never_rounded_and_quotients_are() -> None:
    assert [money(Decimal(t)) for t in ("0", "1234567.123456", "-5.5")] == ["0.00", "1,234,567.123456", "-5.50"]
    assert rounded(Decimal("12.25")) == "12.3" and percent(Decimal(1), Decimal(0)) is None and percent(None, Decimal(2)) is None
