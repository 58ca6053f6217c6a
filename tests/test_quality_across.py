"""Rules C: last year's report, the budget of the year, and the units of a department."""

from __future__ import annotations

import polars as pl
from test_quality_narrative_support import Story, compared, frames_of, no_tables, off
from test_quality_support import EXPENDITURE, GENERAL, REVENUE, THREE_PUBLIC, Book, corpus

from pipelines import schema
from pipelines.quality import check, reconcile, rules

BODY = "0000000a"
NOW, LAST, BUDGET = f"420100-2023-final-{BODY}", f"420100-2022-final-{BODY}", f"420100-2023-budget-{BODY}"


def book(report_id: str, **tables: dict[str, dict[str, int]]) -> Book:
    made = Book(report_id, kind=report_id.split("-")[2])
    made.tables = {name: dict(rows) for name, rows in tables.items()}
    return made


def last(total: int) -> Book:
    return book(LAST, **{REVENUE: {"total": {"total": total}}})


def told(stories: list[Story], books: list[Book]) -> set[tuple[str, str]]:
    return {found for found in off(compared(stories, books)) if found[0].startswith("C")}


def this_year(change: str) -> Story:
    return Story(NOW).says("revenue.total", "5506.46").says("revenue.change", change, baseline_year=2022)


def test_last_year_is_what_last_years_report_prints() -> None:
    empty = Story(LAST).says("procurement.total", "1.00")
    assert told([this_year("169.54"), empty], [last(533_692)]) == set()
    assert told([this_year("169.54"), empty], [last(533_693)]) == {("C01.1", "info")}
    assert told([this_year("169.54"), empty], [last(533_792)]) == {("C01.1", "error")}


def test_last_years_text_will_do_where_its_table_was_not_read() -> None:
    told_then = Story(LAST).says("revenue.total", "5336.92")
    assert told([this_year("169.54"), told_then], []) == set()
    assert told([this_year("160.54"), told_then], []) == {("C01.1", "error")}


def test_a_report_without_neighbours_is_not_compared() -> None:
    rows = compared([this_year("169.54")])
    assert rows.filter(pl.col("rule_id").str.starts_with("C")).is_empty()


def planned(total: str, item: str, meals: str) -> Story:
    story = Story(NOW).says("general_budget.initial_budget", total)
    story.says("general_budget.item.initial_budget", item, function_code="2080101")
    return story.says("three_public.reception.budget", meals)


def test_the_initial_budget_is_the_budget_of_the_year() -> None:
    budget = book(
        BUDGET,
        **{
            GENERAL: {"total": {"total": 219_761}, "2080101": {"total": 33_530}},
            THREE_PUBLIC: {"budget": {"total": 300, "reception": 100}},
        },
    )
    stated = Story(BUDGET).says("budget.general.total", "2197.61")
    assert told([planned("2197.61", "335.3", "1"), stated], [budget]) == set()
    assert told([planned("2179.61", "335.3", "1"), stated], [budget]) == {("C02.1", "error")}
    assert told([planned("2197.61", "353.3", "1"), stated], [budget]) == {("C02.1", "error")}
    assert told([planned("2197.61", "335.3", "2"), stated], [budget]) == {("C02.2", "error")}


def group(total: int, units: list[str]) -> pl.DataFrame:
    """A department whose two units spent 6.00 and 4.00."""
    books = []
    names = {"0000000a": "某局", "0000000b": "某局（本级）", "0000000c": "某中心"}
    spent = {"0000000a": total, "0000000b": 600, "0000000c": 400}
    for body, amount in spent.items():
        books.append(
            book(f"420100-2023-final-{body}", **{EXPENDITURE: {"total": {"total": amount, "basic": amount}}})
        )
    frames, tables, notices, uses = corpus(books)
    levels = {body: "department" if body == "0000000a" else "unit" for body in names}
    body = pl.col("report_id").str.slice(-8)
    frames["reports"] = frames["reports"].with_columns(
        institution=body.replace_strict(names), institution_level=body.replace_strict(levels)
    )
    declared = schema.resources()["institutions"]
    rows = [
        {**dict.fromkeys(declared.names), "report_id": books[0].report_id, "seq": seq, "name": name}
        for seq, name in enumerate(units, start=1)
    ]
    frames["institutions"] = pl.DataFrame(rows, schema=declared.polars_schema(), orient="row")
    frames["statements"] = schema.resources()["statements"].empty()
    found = reconcile(frames, tables, notices, uses).reconciliations
    return found.filter(pl.col("rule_id") == "C03.1")


def test_a_department_is_the_sum_of_its_units() -> None:
    units = ["某局（本级）", "某中心"]
    assert off(group(1_000, units)) == set() and group(1_000, units).height == 2
    assert off(group(1_100, units)) == {("C03.1", "error")}
    assert group(1_000, ["某局本级", "某中心"]).height == 2


def test_units_that_are_not_all_here_are_not_added_up() -> None:
    assert group(1_100, ["某局（本级）", "某中心", "某站"]).is_empty()
    assert group(1_100, ["某局（本级）"]).is_empty()


def test_findings_name_the_other_report() -> None:
    stories = [this_year("160.54"), Story(LAST).says("revenue.total", "5336.92")]
    frames, tables, notices, uses = corpus([no_tables(story.report_id) for story in stories])
    parts = [frames_of(story.report_id, story.rows) for story in stories]
    frames["statements"] = pl.concat(part[0] for part in parts)
    quality = check(frames, tables, notices, pl.concat([uses, *(part[1] for part in parts)]))
    row = quality.findings.filter(pl.col("rule_id") == "C01.1").row(0, named=True)
    assert row["report_id"] == NOW and row["severity"] == "error"
    assert (
        "2022年度部门决算" in row["message_zh"]
        and "5345.92" in row["message_zh"]
        and "5336.92" in row["message_zh"]
    )
    assert "final account of 2022" in row["message_en"]
    state = quality.results.filter(pl.col("rule_id") == "C01.1").select("report_id", "state").rows()
    assert dict(state) == {NOW: "fail", LAST: "not_applicable"}
    assert {rule for rule in rules() if rule.startswith("C")} == {"C01.1", "C02.1", "C02.2", "C03.1"}
