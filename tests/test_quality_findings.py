"""Findings: what they say, that they say it once, and that they come from the verdicts."""

from __future__ import annotations

import hashlib
from decimal import Decimal

import polars as pl
import pytest
from test_quality_support import (
    APPROPRIATION,
    EXPENDITURE,
    FUND,
    GENERAL,
    REVENUE,
    SUMMARY,
    THREE_PUBLIC,
    Book,
    budget,
    corpus,
    mixed,
    pure,
)

from pipelines import schema
from pipelines.quality import Quality, check
from pipelines.quality.catalogue import rules

BOOKS: dict[str, Book] = {}


def book(name: str, made: Book) -> Book:
    twin = made.named(len(BOOKS) + 1)
    BOOKS[name] = twin
    return twin


book("rounding", mixed().add(GENERAL, "2010350", "total", 1))
book("beyond", mixed().add(GENERAL, "2210201", "basic", 250))
book("two columns", mixed().add(GENERAL, "22102", "total", 300).add(GENERAL, "22102", "basic", 300))
book("ancestors", pure().add(GENERAL, "2101101", "total", 2).add(GENERAL, "21011", "total", 2))
BOOKS["ancestors"].add(GENERAL, "210", "total", 2)
book("below", pure().add(EXPENDITURE, "2010302", "total", -2))
book(
    "blank side", mixed().set(EXPENDITURE, "2230105", basic=None).add(EXPENDITURE, "2230105", "project", 105)
)
book("yuan", budget().add(REVENUE, "2080505", "total", 3))
book("mixed units", budget().set(THREE_PUBLIC, "budget", reception=0, total=1_911))
BOOKS["mixed units"].row("basic_expenditure_by_economy", "30217")["amount"] = 120_000_000
book("grand totals", mixed().add(APPROPRIATION, "income/grand_total", "amount", 100))
book("balance", mixed().add(FUND, "2120801", "closing_balance", 100))
book("gaps", mixed().set(GENERAL, "2010302", project=None).set(GENERAL, "2010350", basic=None, project=None))
book("ambiguous", mixed().doubt(THREE_PUBLIC, "final", "vehicle_operation|vehicles", "1.2;0.8"))
book("notices", mixed().notice("E01", FUND, "table").notice("E04", None, "tables").notice("E77", None, "x"))
BOOKS["notices"].notice("E01", FUND, "table")
book("lost numbers", mixed())
for token in ("1.00", "2.00"):
    use = {"token": token, "resource": GENERAL, "role": "leftover", "page": 3, "line": 9}
    BOOKS["lost numbers"].accounting.append(use)
BOOKS["lost numbers"].accounting.append({"token": "5", "resource": GENERAL, "role": "cell"})
book("noticed loss", mixed().notice("E01", GENERAL, "table"))
BOOKS["noticed loss"].accounting.append({"token": "1.00", "resource": GENERAL, "role": "double"})
book("no figures", mixed())
for row in BOOKS["no figures"].tables[REVENUE].values():
    row.clear()
book("unread figures", mixed())
BOOKS["unread figures"].status[FUND] = "withheld"
book("no line", mixed())
BOOKS["no line"].row(GENERAL, "2010301")["line"] = None
book("bad line", mixed())
BOOKS["bad line"].row(GENERAL, "2010301")["line"] = 0
book("text", mixed().add(GENERAL, "2010350", "total", 1))
for row in BOOKS["text"].tables[GENERAL].values():
    row["page"] = None


@pytest.fixture(scope="module")
def quality() -> Quality:
    return check(*corpus(list(BOOKS.values())))


def said(quality: Quality, name: str, rule_id: str | None = None) -> list[dict[str, object]]:
    chosen = pl.col("report_id") == BOOKS[name].report_id
    if rule_id:
        chosen = chosen & (pl.col("rule_id") == rule_id)
    return quality.findings.filter(chosen).to_dicts()


def test_a_difference_within_rounding(quality: Quality) -> None:
    (finding,) = said(quality, "rounding", "T05.1")
    assert finding["severity"] == "info"
    assert finding["message_zh"] == (
        "《一般公共预算财政拨款支出表》第1页第6行：“2010350 事业运行”的合计印为 30.62 万元，"
        "按其组成应为 30.61 万元（基本支出 20.50 + 项目支出 10.11）；"
        "相差 0.01 万元，在四舍五入的容差（0.015 万元）以内。"
    )
    assert finding["message_en"] == (
        "Table 05 (Expenditure from the general public budget), page 1, line 6: “2010350 事业运行”"
        " (column total) is printed as 30.62 万元, but its parts make 30.61 万元 (basic 20.50 + project"
        " 10.11); the difference of 0.01 万元 is within the rounding tolerance of 0.015 万元."
    )
    figures = {
        name: finding[name] for name in ("expected", "actual", "difference", "tolerance", "page", "line")
    }
    assert figures == {
        "expected": "30.61",
        "actual": "30.62",
        "difference": Decimal("0.01"),
        "tolerance": Decimal("0.015"),
        "page": 1,
        "line": 6,
    }


def test_what_is_broken_within_rounding_only_is_no_failure(quality: Quality) -> None:
    declared = rules()
    infos = {
        (report_id, rule_id)
        for (report_id, rule_id), found in quality.findings.group_by("report_id", "rule_id")
        if set(found["severity"]) == {"info"} and declared[str(rule_id)].on_report and declared[str(rule_id)].severity != "info"
    }
    said_so = quality.rule_results.filter(pl.col("state") == "rounding")
    assert infos and set(said_so.select("report_id", "rule_id").iter_rows()) == infos
    assert said_so.filter((pl.col("failed") == 0) | (pl.col("failed") > pl.col("checked"))).is_empty()
    worse = quality.findings.join(said_so, on=["report_id", "rule_id"], how="semi").filter(pl.col("severity") != "info")
    assert worse.is_empty()
    assert schema.resources()["rule_results"].violations(quality.rule_results) == []


def test_a_difference_beyond_rounding(quality: Quality) -> None:
    (finding,) = said(quality, "beyond", "T05.2")
    assert finding["severity"] == "error"
    assert finding["locator"] == "function_code=22102;column=basic"
    assert finding["difference"] == Decimal("-2.5")
    assert "相差 -2.50 万元，超出四舍五入的容差（0.015 万元）" in str(finding["message_zh"])
    assert "2210201 住房公积金 62.63 + 2210203 购房补贴 33.01" in str(finding["message_en"])


def test_without_pages_the_line_stands_alone(quality: Quality) -> None:
    (finding,) = said(quality, "text", "T05.1")
    assert "支出表》第6行：" in str(finding["message_zh"])
    assert "budget), line 6:" in str(finding["message_en"])


def test_the_same_figures_in_two_columns_are_one_finding(quality: Quality) -> None:
    of_section = [f for f in said(quality, "two columns", "T05.2") if "=22102;" in str(f["locator"])]
    (finding,) = of_section
    assert finding["locator"] == "function_code=22102;column=total|basic"
    assert str(finding["message_zh"]).endswith("同样的数字亦见于“22102 住房改革支出”的基本支出。")
    assert str(finding["message_en"]).endswith("(column basic).")


def test_the_same_figures_at_each_level_are_one_finding(quality: Quality) -> None:
    (finding,) = said(quality, "ancestors", "X03.2")
    assert finding["locator"] == "function_code=2101101|21011|210;column=total"
    assert finding["line"] is not None


def test_the_weaker_rule_is_silent_where_the_stronger_one_speaks(quality: Quality) -> None:
    rule_ids = {f["rule_id"] for f in said(quality, "below")}
    assert "X03.2" in rule_ids
    assert "X03.1" not in rule_ids


def test_a_blank_figure_is_called_blank(quality: Quality) -> None:
    (finding,) = [
        f for f in said(quality, "blank side", "T03.2") if str(f["locator"]).endswith("22301;column=basic")
    ]
    assert finding["expected"] is None
    assert "按其组成应为 0（组成各项均为空）" in str(finding["message_zh"])


def test_figures_in_yuan_are_quoted_in_yuan_and_published_in_wan_yuan(quality: Quality) -> None:
    (finding,) = said(quality, "yuan", "T02.1")
    assert (finding["actual"], finding["expected"]) == ("0.00401", "0.004007")
    assert "印为 40.10 元" in str(finding["message_zh"])
    assert finding["difference"] == Decimal("0.000003")


def test_figures_in_both_units_keep_their_own(quality: Quality) -> None:
    (finding,) = said(quality, "mixed units", "X09.1")
    assert finding["actual"] == "120.00"
    assert "为 1200000.00 元" in str(finding["message_zh"])
    assert "为 0.00 万元" in str(finding["message_zh"])
    assert "相差 120.00 万元" in str(finding["message_zh"])


def test_both_halves_are_told_apart(quality: Quality) -> None:
    (finding,) = said(quality, "grand totals", "T04.7")
    assert "支出方“总计”的支出合计为 831.37 万元" in str(finding["message_zh"])
    assert "收入方“总计”为 832.37 万元" in str(finding["message_zh"])
    assert "two should be equal" in str(finding["message_en"])


def test_the_arithmetic_of_a_balance_shows_its_signs(quality: Quality) -> None:
    (finding,) = [f for f in said(quality, "balance", "T07.1") if "2120801" in str(f["locator"])]
    assert "（年初结转和结余 5.00 + 本年收入 40.00 − 本年支出合计 31.00）" in str(finding["message_zh"])
    assert finding["difference"] == Decimal(1)


def test_gaps_are_one_finding_per_table(quality: Quality) -> None:
    (finding,) = said(quality, "gaps", "T05.4")
    assert finding["locator"] == "function_code=2010302|2010350;column=total"
    assert finding["severity"] == "warning"
    assert "有2行印有合计而未印其组成：2010302 一般行政管理事务、2010350 事业运行。" in str(
        finding["message_zh"]
    )
    assert finding["difference"] is None


def test_an_ambiguous_row_is_told_by_its_notice_and_by_what_it_excludes(quality: Quality) -> None:
    (notice,) = said(quality, "ambiguous", "E02")
    assert (notice["severity"], notice["actual"]) == ("warning", "1.2;0.8")
    (finding,) = said(quality, "ambiguous", "X09.1")
    assert "所印各数（栏次不明）最大为 1.20 万元" in str(finding["message_zh"])
    assert "prints 1.20 万元 at most" in str(finding["message_en"])


def test_notices_become_findings_with_the_severity_of_their_rule(quality: Quality) -> None:
    found = {(f["rule_id"], f["severity"], f["resource"]) for f in said(quality, "notices")}
    assert ("E01", "error", FUND) in found
    assert ("E04", "warning", None) in found
    # A notice that the catalogue does not know is never silent.
    assert ("E00", "error", None) in found
    assert len(said(quality, "notices", "E01")) == 1


def test_lost_numbers_are_told_once(quality: Quality) -> None:
    (finding,) = said(quality, "lost numbers", "E01")
    assert "2个数字未归入任何单元格或被重复使用（1.00、2.00）" in str(finding["message_zh"])
    assert (finding["page"], finding["line"]) == (3, 9)
    assert len(said(quality, "noticed loss", "E01")) == 1


def test_a_status_that_contradicts_the_figures_is_found(quality: Quality) -> None:
    assert [f["resource"] for f in said(quality, "no figures", "E94")] == [REVENUE]
    assert [f["resource"] for f in said(quality, "unread figures", "E94")] == [FUND]


def test_rows_that_break_the_declaration_are_found(quality: Quality) -> None:
    (lacking,) = said(quality, "no line", "E92")
    assert lacking["locator"] == "function_code=2010301;column=line"
    (wrong,) = said(quality, "bad line", "E93")
    assert "1行在字段 line 上取值不符合声明" in str(wrong["message_zh"])


def test_identifiers_are_stable_and_unique(quality: Quality) -> None:
    (finding,) = said(quality, "rounding", "T05.1")
    place = "\x1f".join(str(finding[name]) for name in ("report_id", "rule_id", "resource", "locator"))
    assert finding["finding_id"] == hashlib.sha256(place.encode()).hexdigest()[:16]
    assert quality.findings.get_column("finding_id").is_unique().all()


def test_findings_are_published_as_declared(quality: Quality) -> None:
    declared = schema.resources()["findings"]
    assert quality.findings.columns == declared.names
    assert declared.violations(quality.findings) == []


def test_the_reading_is_not_part_of_the_coverage(quality: Quality) -> None:
    share = dict(quality.coverage.iter_rows())
    assert share[BOOKS["lost numbers"].report_id] == 100
    assert quality.coverage.schema["rule_coverage"] == schema.AMOUNT


def test_no_reports_no_findings() -> None:
    frames, tables, notices, accounting = corpus([mixed()])
    nothing = {name: frame.clear() for name, frame in frames.items()}
    quality = check(nothing, tables.clear(), notices, accounting)
    assert quality.findings.is_empty()
    assert quality.results.is_empty()
    assert quality.coverage.is_empty()


def test_nothing_published_is_changed() -> None:
    frames, tables, notices, accounting = corpus([mixed().add(SUMMARY, "income/other", "amount", 5)])
    before = {name: frame.clone() for name, frame in frames.items()}
    check(frames, tables, notices, accounting)
    assert all(frames[name].equals(before[name]) for name in before)
