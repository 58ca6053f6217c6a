"""``mingzhang.open``: tables by every name that people see, as Polars with exact decimals; the views over years."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

import mingzhang
from pipelines.publish.database import build_database
from pipelines.schema import find_table, resources, tables
from tests.release_support import sample_frames, sample_release
from tests.support import ROOT

NAMES = ("3", "03", "公开03表", "表3", "支出决算表", "支出预算表", "支出表", "expenditure_by_function")


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> mingzhang.Releases:
    return mingzhang.open(sample_release(tmp_path_factory.mktemp("releases")))


@pytest.mark.parametrize("name", NAMES)
def test_a_table_is_found_by_every_name_that_people_see(name: str) -> None:
    found = find_table(name)
    assert found is not None and found.name == "expenditure_by_function"


def test_every_official_table_is_found_by_its_own_names() -> None:
    for table in tables().values():
        for name in (table.name, table.title, f"{table.table_no:02}", *table.views.values()):
            assert find_table(name) is table
    for name in ("", "0", "10", "没有这张表"):
        assert find_table(name) is None


def test_tables_come_as_frames_with_exact_amounts(releases: mingzhang.Releases) -> None:
    chinese, english = releases.table("支出决算表"), releases.table("公开03表")
    assert english.schema["total"] == pl.Decimal(18, 6) == chinese.schema["本年支出合计"]
    finals = english.join(releases.table("reports").filter(pl.col("kind") == "final"), on="report_id", how="semi")
    assert sorted(chinese["本年支出合计"].to_list()) == sorted(finals["total"].to_list())
    assert {resources()["reports"].field(name).title for name in ("city", "province", "kind")} <= set(chinese.columns)
    with pytest.raises(KeyError, match=r"没有这张表.*expenditure_by_function.*支出决算表"):
        releases.table("没有这张表")


def test_without_a_database_there_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"mingzhang\.duckdb: no database; build one with"):
        mingzhang.open(tmp_path)


def test_the_queries_and_the_example_of_the_readme_run(releases: mingzhang.Releases) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    queries = [q for block in re.findall(r"```sql\n(.*?)```", text, re.S) for q in re.sub(r"--.*", "", block).split(";") if q.strip()]
    assert len(queries) > 10
    for query in queries:
        releases.sql(query)
    example = next(block for block in re.findall(r"```python\n(.*?)```", text, re.S) if "import mingzhang" in block)
    names: dict[str, Any] = {}
    exec(example.replace('"releases"', repr(str(releases.path))), names)
    assert names["spending"].height == releases.table("支出决算表").height > 0
    assert str(names["doubles"]["total"].dtype) == "float64" and names["doubles"]["total"].sum() > 0


def test_findings_stand_errors_first(releases: mingzhang.Releases) -> None:
    order = [{"错误": 0, "警告": 1, "提示": 2}[severity] for severity in releases.table("核查发现")["严重程度"]]
    assert order == sorted(order) and set(order) == {0, 1}


def test_views_over_years_hold_one_row_per_institution_and_year(releases: mingzhang.Releases) -> None:
    reports = releases.table("reports")
    index = releases.table("institutions_index")
    assert index["reports"].sum() == reports.height == index["budgets"].sum() + index["finals"].sum()
    years = releases.table("expenditure_by_year")
    assert years.height == reports.height and years["change"].null_count() == years.height, "no two years are held"
    both = releases.table("budget_against_final")
    assert both.height == reports.height and both["difference"].null_count() == both.height
    assert both["budget"].drop_nulls().len() + both["final"].drop_nulls().len() == reports.height
    public = releases.table("three_public_by_report")
    assert public.select("report_id").n_unique() == public.height
    printed = releases.table("three_public_expenses").filter(pl.col("basis") == "final", pl.col("total").is_not_null())
    assert sorted(public["final"].drop_nulls().to_list()) == sorted(printed["total"].to_list())


def test_a_budget_stands_beside_the_final_accounts_of_its_year(tmp_path: Path) -> None:
    budget, next_year = "420102-2023-budget-0000000b", "420102-2024-final-0000000a"
    frames = dict(sample_frames())
    reports, spent = frames["reports"], frames["expenditure_by_function"]
    final = reports.filter(pl.col("kind") == "final").head(1)
    known = final["report_id"][0]
    frames["reports"] = pl.concat(
        [
            reports,
            final.with_columns(kind=pl.lit("budget"), report_id=pl.lit(budget)),
            final.with_columns(fiscal_year=pl.col("fiscal_year") + 1, report_id=pl.lit(next_year)),
        ]
    )
    own = spent.filter(pl.col("report_id") == known)

    def spending(report_id: str, more: Decimal) -> pl.DataFrame:
        return own.with_columns(report_id=pl.lit(report_id), total=(pl.col("total") + more).cast(pl.Decimal(18, 6)))

    frames["expenditure_by_function"] = pl.concat(
        [spent, spending(budget, Decimal("0.01")), spending(next_year, Decimal(100))]
    )
    build_database(tmp_path / "mingzhang.duckdb", frames)
    with mingzhang.open(tmp_path) as opened:
        row = opened.table("budget_against_final").filter(pl.col("final_report_id") == known).row(0, named=True)
        assert (row["budget_report_id"], row["difference"]) == (budget, Decimal("-0.01"))
        year = opened.table("expenditure_by_year").filter(pl.col("report_id") == next_year).row(0, named=True)
        assert year["change"] == 100
    with pytest.raises(duckdb.ConnectionException):
        opened.table("reports")
