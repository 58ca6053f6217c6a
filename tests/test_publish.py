"""Releases: what is written, that its forms are equal, and that a build that stops harms nothing."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import pickle
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from frictionless import Package

from pipelines import personal, schema
from pipelines.publish import DATABASE, PublishError, publish
from pipelines.publish import descriptor as descriptor_module
from pipelines.publish import release as release_module
from pipelines.publish.contents import without_personal_data
from pipelines.publish.files import csv_bytes
from pipelines.publish.proof import csv_source, differences
from pipelines.schema import packages, resources

Frames = dict[str, pl.DataFrame]

FINAL = "420107-2023-final-0123abcd"
BUDGET = "310107-2025-budget-89ab4567"


def rows(resource: str, *given: dict[str, Any]) -> pl.DataFrame:
    """A frame of a resource from partial rows: what is not given is null."""
    declared = resources()[resource]
    blank = dict.fromkeys(declared.names) | ({"source_no": 1} if "source_no" in declared.names else {})
    return pl.DataFrame([{**blank, **row} for row in given], schema=declared.polars_schema(), orient="row")


def report(report_id: str, **changes: Any) -> dict[str, Any]:
    region, year, kind, _ = report_id.split("-")
    return {
        "report_id": report_id, "kind": kind, "fiscal_year": int(year), "region_code": region,
        "region_name": "晴川区", "institution": "晴川区档案局", "institution_id": "420107-0123abcd", "institution_level": "unit",
        "title": f"晴川区档案局{year}年度报告", "unit_as_published": "万元",
        "source_file": f"{report_id}.pdf", "source_sha256": hashlib.sha256(report_id.encode()).hexdigest(),
        "source_format": "pdf", "page_count": 12, "tables_found": 9, "tables_as_images": False,
        "status": "published", "finding_count": 0, "rule_coverage": Decimal("87.5"), **changes,
    }  # fmt: skip


def spending(report_id: str, line: int, code: str, total: str | None, **changes: Any) -> dict[str, Any]:
    level = {3: "class", 5: "section", 7: "item"}.get(len(code)) if code != "total" else None
    amounts = {"total": total, "basic": total, "project": "0"}
    exact = {name: None if value is None else Decimal(value) for name, value in amounts.items()}
    return {
        "report_id": report_id, "function_code": code, "function_name": "档案事务", "level": level,
        **exact, "page": 3, "line": line, **changes,
    }  # fmt: skip


def two_reports() -> Frames:
    """A final account and a budget; every table that is not filled is empty."""
    held = {name for package in packages().values() for name in package.resources}
    filled = {name: resources()[name].empty() for name in held if resources()[name].by_report}
    filled["reports"] = rows("reports", report(FINAL, finding_count=1), report(BUDGET))
    filled["expenditure_by_function"] = rows(
        "expenditure_by_function",
        spending(FINAL, 8, "total", "3704.830000"),
        spending(FINAL, 9, "201", "100"),
        spending(FINAL, 10, "20126", "0.00"),
        spending(FINAL, 11, "2012601", None),
        spending(BUDGET, 4, "total", "37151.465512", page=None),
    )
    filled["revenue_expenditure_summary"] = rows(
        "revenue_expenditure_summary",
        {"report_id": FINAL, "side": "income", "item_code": "current_total", "item": "本年收入合计",
         "line_no": 27, "amount": Decimal("-0.5"), "page": 2, "line": 30},
        {"report_id": FINAL, "side": "expenditure", "item_code": "201", "item": "一、一般公共服务支出",
         "page": 2, "line": 4},
    )  # fmt: skip
    filled["three_public_expenses"] = rows(
        "three_public_expenses",
        {"report_id": FINAL, "basis": "budget", "total": Decimal("1.2"), "page": 9, "line": 5},
        {"report_id": FINAL, "basis": "final", "total": Decimal(0), "page": 9, "line": 5},
    )
    filled["rules"] = rows(
        "rules", {"rule_id": "T03", "title_zh": "合计", "title_en": "Row total", "severity": "error"}
    )
    filled["findings"] = rows(
        "findings",
        {"finding_id": "0123456789abcdef", "report_id": FINAL, "rule_id": "T03", "severity": "error",
         "resource": "expenditure_by_function", "locator": "201", "expected": "100", "actual": "100.01",
         "difference": Decimal("0.01"), "tolerance": Decimal("0.03"), "page": 3, "line": 9,
         "message_zh": "合计应为100，印为100.01，相差“0.01”。", "message_en": 'Total, "printed" 100.01'},
    )  # fmt: skip
    filled["evaluations"] = rows(
        "evaluations",
        {"report_id": FINAL, "evaluation_no": 1, "scope": "project", "name": "档案数字化", "budget": Decimal(50),
         "executed": Decimal("41.5"), "execution_rate": Decimal(83), "total_score": Decimal("96.6"), "line": 400},
    )  # fmt: skip
    filled["indicators"] = rows(
        "indicators",
        {"report_id": FINAL, "evaluation_no": 1, "seq": 1, "indicator": "=数字化页数", "weight": Decimal(20),
         "target": "≥10万页", "actual": "-9万页", "score": Decimal(18), "line": 410},
    )  # fmt: skip
    functional = [("201", "class", None), ("20126", "section", "201"), ("2012601", "item", "20126")]
    filled["functional_codes"] = rows(
        "functional_codes",
        *({"code": c, "name": "档案事务", "level": lv, "parent": p} for c, lv, p in functional),
    )
    filled["economic_codes"] = rows(
        "economic_codes", {"code": "301", "name": "工资福利支出", "level": "class"}
    )
    filled["concepts"] = schema.codes("concepts")
    filled["regions"] = rows("regions", {"code": "420000", "name": "湖北省", "level": "province"})
    return filled


@pytest.fixture
def frames() -> Frames:
    return two_reports()


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The output of one build, for the tests that only read it."""
    out = tmp_path_factory.mktemp("released")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("SOURCE_DATE_EPOCH", "1767225600")
        publish(two_reports(), out)
    return out


@pytest.fixture
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without frictionless, which takes most of the time of a small build and changes no file."""
    monkeypatch.setattr(release_module, "validate", lambda _: None)
    monkeypatch.setattr(release_module, "build_site", lambda folder, *_: folder.mkdir())


def release_rows(out: Path, package: str) -> dict[str, int]:
    folder = out / package / "1.0.0" / "data"
    return {n: pl.read_parquet(folder / f"{n}.parquet").height for n in packages()[package].resources}


def tree(out: Path) -> dict[str, str]:
    """Every file below a folder with its hash."""
    return {
        str(p.relative_to(out)): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted(out.rglob("*"))
        if p.is_file()
    }


def dotted(out: Path) -> list[str]:
    return [str(p.relative_to(out)) for p in out.rglob(".*")]


def descriptor(out: Path, package: str = "final-accounts") -> dict[str, Any]:
    return json.loads((out / package / "1.0.0" / "datapackage.json").read_text(encoding="utf-8"))


# --- What is written -------------------------------------------------------------------------------------


def test_publish_writes_each_package_and_says_what_it_holds(frames: Frames, tmp_path: Path) -> None:
    releases = {r.package: r for r in publish(frames, tmp_path)}
    assert set(releases) == {"final-accounts", "budgets", "performance", "classifications"}
    final = releases["final-accounts"]
    assert (final.reports, final.version, final.path) == (1, "1.0.0", tmp_path / "final-accounts" / "1.0.0")
    # 4 rows of which one is blank but for its printed zero, one income figure, two totals of 三公.
    assert final.figures == 3 * 3 + 1 + 1 + 2
    assert final.rows["expenditure_by_function"] == 4
    assert releases["budgets"].rows["expenditure_by_function"] == 1
    assert releases["budgets"].rows["findings"] == 0
    assert releases["classifications"].reports == 0
    assert (tmp_path / "final-accounts" / "latest").read_text() == "1.0.0\n"
    assert (tmp_path / DATABASE).is_file()
    assert dotted(tmp_path) == []


def test_csv_prints_numbers_plainly_and_keeps_null_apart_from_zero(released: Path) -> None:
    path = released / "final-accounts" / "1.0.0" / "data" / "expenditure_by_function.csv"
    content = path.read_bytes()
    assert b"\r" not in content and not content.startswith(b"\xef\xbb\xbf")
    lines = content.decode("utf-8").splitlines()
    assert lines[0].startswith("report_id,function_code,function_name,level,total,basic,project,")
    assert lines[1] == f"{FINAL},total,档案事务,,3704.83,3704.83,0,,,,1,3,8"
    assert lines[2] == f"{FINAL},201,档案事务,class,100,100,0,,,,1,3,9"
    assert lines[3] == f"{FINAL},20126,档案事务,section,0,0,0,,,,1,3,10"
    assert lines[4] == f"{FINAL},2012601,档案事务,item,,,0,,,,1,3,11"


def test_csv_bytes_of_awkward_values() -> None:
    numbers = ["100.000000", "0.000001", "-0.500000", "1000000", "120.340000"]
    frame = pl.DataFrame(
        {
            "amount": pl.Series([Decimal(n) for n in numbers], dtype=pl.Decimal(18, 6)),
            "text": ["a,b", 'a "b"', "a\nb", None, "10.00"],
        }
    )
    expected = 'amount,text\n100,"a,b"\n0.000001,"a ""b"""\n-0.5,"a\nb"\n1000000,\n120.34,10.00\n'
    assert csv_bytes(frame).decode() == expected


def test_descriptor_is_complete(released: Path) -> None:
    package = descriptor(released)
    assert package["$schema"] == "https://datapackage.org/profiles/2.0/datapackage.json"
    assert package["name"] == "final-accounts"
    assert package["version"] == "1.0.0"
    assert package["created"] == "2026-01-01T00:00:00Z"
    assert package["licenses"][0]["name"] == "CC-BY-4.0"
    digest = hashlib.sha256(FINAL.encode()).hexdigest()
    assert package["sources"] == [{"title": f"{FINAL}.pdf", "hash": f"sha256:{digest}", "report": FINAL}]
    held = {r["name"]: r for r in package["resources"]}
    names = packages()["final-accounts"].resources
    assert set(held) == {n + s for n in names for s in ("", "-parquet", "-excel")} | {"final-accounts-xlsx", "final-accounts-classifications-xlsx"}
    for resource in package["resources"]:
        content = (released / "final-accounts" / "1.0.0" / resource["path"]).read_bytes()
        assert resource["bytes"] == len(content)
        assert resource["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
    csv = held["expenditure_by_function"]
    assert (csv["format"], csv["mediatype"], csv["encoding"]) == ("csv", "text/csv", "utf-8")
    assert csv["schema"]["primaryKey"] == ["report_id", "function_code"]
    assert csv["schema"]["foreignKeys"][0]["reference"]["resource"] == "reports"
    assert csv["schema"]["fields"][4]["title"] == "本年支出合计"


@pytest.mark.parametrize("package", packages())
def test_frictionless_accepts_every_package(released: Path, package: str) -> None:
    checked = Package(str(released / package / "1.0.0" / "datapackage.json")).validate()
    assert checked.valid, checked.flatten(["type", "note"])
    # Each CSV was read, row by row, and not merely found.
    counted = {t.name: t.stats.get("rows", 0) for t in checked.tasks if t.type == "table"}
    rows_held = release_rows(released, package)
    assert counted == rows_held | {f"{name}-excel": count for name, count in rows_held.items()}


@pytest.mark.parametrize("package", packages())
def test_readme_names_every_resource(released: Path, package: str) -> None:
    text = (released / package / "1.0.0" / "README.md").read_text(encoding="utf-8")
    assert all(f"`{name}`" in text for name in packages()[package].resources)
    assert "CC BY 4.0" in text
    assert ("`findings`" in text) == ("findings" in packages()[package].resources)


@pytest.mark.usefixtures("fast")
def test_created_comes_from_source_date_epoch_or_not_at_all(
    frames: Frames, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    beijing = timezone(timedelta(hours=8))
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    publish(frames, tmp_path / "a", created=datetime(2026, 3, 1, tzinfo=beijing))
    assert descriptor(tmp_path / "a")["created"] == "1970-01-01T00:00:00Z"
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    # A date alone is no change: what stands there keeps its own.
    publish(frames, tmp_path / "a", created=datetime(2026, 3, 1, tzinfo=beijing))
    assert descriptor(tmp_path / "a")["created"] == "1970-01-01T00:00:00Z"
    publish(frames, tmp_path / "new", created=datetime(2026, 3, 1, tzinfo=beijing))
    assert descriptor(tmp_path / "new")["created"] == "2026-02-28T16:00:00Z"
    publish(frames, tmp_path / "b")
    assert "created" not in descriptor(tmp_path / "b")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "today")
    with pytest.raises(PublishError, match="SOURCE_DATE_EPOCH"):
        publish(frames, tmp_path / "c")


@pytest.mark.usefixtures("fast")
def test_the_same_frames_give_the_same_bytes(frames: Frames, tmp_path: Path) -> None:
    publish(frames, tmp_path / "a")
    # The process pool may deliver the reports in another order.
    shuffled = {
        name: frame.sort("report_id", maintain_order=True) if "report_id" in frame.columns else frame
        for name, frame in frames.items()
    }
    assert not shuffled["reports"].equals(frames["reports"])
    publish(shuffled, tmp_path / "b")
    a, b = tree(tmp_path / "a"), tree(tmp_path / "b")
    # DuckDB's own bytes differ from build to build.
    assert a.pop(DATABASE) and b.pop(DATABASE)
    assert a == b


@pytest.mark.usefixtures("fast")
def test_a_package_without_reports_appears_only_to_replace_an_earlier_one(
    frames: Frames, tmp_path: Path
) -> None:
    publish(frames, tmp_path / "both")
    only_final = {
        name: frame.filter(pl.col("report_id") == FINAL) if "report_id" in frame.columns else frame
        for name, frame in frames.items()
    }
    assert {r.package for r in publish(only_final, tmp_path / "one")} == {
        "final-accounts", "performance", "classifications",
    }  # fmt: skip
    assert not (tmp_path / "one" / "budgets").exists()
    again = {r.package: r for r in publish(only_final, tmp_path / "both")}
    assert again["budgets"].reports == 0


# --- CSV = Parquet = DuckDB -------------------------------------------------------------------------------


def test_csv_parquet_and_duckdb_hold_the_same_rows(released: Path) -> None:
    """By a query written out here, not by the function that the build itself uses."""
    with duckdb.connect(str(released / DATABASE), read_only=True) as connection:
        for package in packages():
            for name, count in release_rows(released, package).items():
                base = released / package / "1.0.0" / "data" / name
                columns = ", ".join(f'"{c}"' for c in resources()[name].names)
                parquet = f"SELECT {columns} FROM read_parquet('{base}.parquet')"
                csv = f"SELECT {columns} FROM {csv_source(Path(f'{base}.csv'), resources()[name])}"
                where = f"WHERE report_id IN (SELECT report_id FROM '{base.parent / 'reports'}.parquet')"
                part = packages()[package].rows.get(name)
                table = f"SELECT {columns} FROM {name} {where if 'report_id' in columns else ''}" + (f" AND ({part})" if part else "")
                for other in (csv, table):
                    for left, right in ((parquet, other), (other, parquet)):
                        assert connection.execute(f"({left}) EXCEPT ALL ({right})").fetchall() == [], name
                    assert connection.execute(f"SELECT count(*) FROM ({other})").fetchone() == (count,)
        total = connection.execute("SELECT count(*) FROM expenditure_by_function").fetchone()
    assert total == (5,)


@pytest.mark.usefixtures("fast")
def test_the_proof_sees_a_changed_cell(frames: Frames, tmp_path: Path) -> None:
    folders = {r.package: r.path for r in publish(frames, tmp_path)}
    database = tmp_path / DATABASE
    assert differences(folders, packages(), database) == []
    csv = folders["final-accounts"] / "data" / "expenditure_by_function.csv"
    csv.write_text(csv.read_text().replace(",0,0,0,", ",,0,0,"))
    found = differences(folders, packages(), database)
    assert found == ["final-accounts: expenditure_by_function: 2 rows differ between Parquet and CSV"]
    del folders["budgets"]
    assert "reports: 1 rows in DuckDB are of reports that are in no package" in differences(folders, packages(), database)


# --- DuckDB -----------------------------------------------------------------------------------------------


@pytest.fixture
def connection(released: Path, tmp_path: Path) -> duckdb.DuckDBPyConnection:
    # Under another name than the one it was written as: a view must not remember where it was made.
    shutil.copy(released / DATABASE, tmp_path / "copy.duckdb")
    return duckdb.connect(str(tmp_path / "copy.duckdb"), read_only=True)


def test_chinese_view_of_a_final_account(connection: duckdb.DuckDBPyConnection) -> None:
    view = connection.sql("SELECT * FROM 支出决算表")
    assert view.columns[:7] == [
        "单位名称", "单位层级", "行政区划名称", "年度", "功能分类科目编码", "功能分类科目名称", "科目级次",
    ]  # fmt: skip
    found = view.fetchall()
    assert [r[4] for r in found] == ["total", "201", "20126", "2012601"]
    assert found[1][:7] == ("晴川区档案局", "单位", "晴川区", 2023, "201", "档案事务", "类")
    budget = connection.sql("SELECT 年度, 本年支出合计, 页码, 报告编号 FROM 支出预算表").fetchall()
    assert budget == [(2025, Decimal("37151.465512"), None, BUDGET)]


def test_every_official_table_has_its_views(connection: duckdb.DuckDBPyConnection) -> None:
    names = {
        r[0] for r in connection.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall()
    }
    assert names == {v for r in schema.resources().values() for v in r.views.values()} | {
        "facts", *schema.topic_views(), *schema.sql_views(),
    }  # fmt: skip
    assert len(names) == 49
    for name in names:
        # Without quotes, as a person types it.
        connection.execute(f"SELECT * FROM {name}").fetchall()


def test_every_table_view_and_column_is_commented(connection: duckdb.DuckDBPyConnection) -> None:
    for kind in ("table", "view"):
        for name, comment in connection.execute(
            f"SELECT {kind}_name, comment FROM duckdb_{kind}s() WHERE NOT internal"
        ).fetchall():
            assert comment and any("\u4e00" <= c <= "\u9fff" for c in comment), name
            assert any("a" <= c <= "z" for c in comment), name
    bare = connection.execute(
        "SELECT table_name, column_name FROM duckdb_columns() WHERE NOT internal AND comment IS NULL"
    ).fetchall()
    assert bare == []


def test_types_keys_and_checks_are_in_the_file(connection: duckdb.DuckDBPyConnection) -> None:
    types = dict(
        connection.execute(
            "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = 'expenditure_by_function'"
        ).fetchall()
    )
    assert types["total"] == "DECIMAL(18,6)"
    assert types["line"] == "BIGINT"
    keyed = connection.execute(
        "SELECT table_name FROM duckdb_constraints() WHERE constraint_type = 'PRIMARY KEY' ORDER BY 1"
    ).fetchall()
    assert [k[0] for k in keyed] == ["concepts", "economic_codes", "functional_codes", "regions", "reports", "rules"]
    checks = connection.execute(
        "SELECT count(*) FROM duckdb_constraints() "
        "WHERE constraint_type = 'CHECK' AND table_name = 'findings'"
    ).fetchone()
    assert checks and checks[0] >= 4
    storage = connection.execute(
        "SELECT tags['storage_version'] FROM duckdb_databases() WHERE database_name = 'copy'"
    ).fetchone()
    assert storage and str(storage[0]).startswith("v1.0.0")


def test_facts_is_the_long_form_of_every_figure(connection: duckdb.DuckDBPyConnection) -> None:
    count = connection.execute("SELECT count(*) FROM facts").fetchone()
    assert count == (13 + 3,)
    assert connection.sql("SELECT * FROM facts LIMIT 0").columns == [
        "report_id", "kind", "fiscal_year", "institution", "resource", "row_key", "row_name", "column_name",
        "column_title", "value", "unit", "source_no", "page", "line",
    ]  # fmt: skip
    rows_of_income = connection.execute(
        "SELECT * FROM facts WHERE resource = 'revenue_expenditure_summary'"
    ).fetchall()
    assert rows_of_income == [
        (FINAL, "final", 2023, "晴川区档案局", "revenue_expenditure_summary", "income/current_total",
         "本年收入合计", "amount", "金额", Decimal("-0.5"), "万元", 1, 2, 30),
    ]  # fmt: skip


def test_null_and_zero_survive_the_round_trip(connection: duckdb.DuckDBPyConnection, released: Path) -> None:
    query = "SELECT function_code, total, project, remitted_to_higher_level FROM {} WHERE report_id = ?"
    expected = [
        ("20126", Decimal(0), Decimal(0), None),
        ("2012601", None, Decimal(0), None),
    ]
    data = released / "final-accounts" / "1.0.0" / "data"
    declared = resources()["expenditure_by_function"]
    for source in (
        "expenditure_by_function",
        f"'{data}/expenditure_by_function.parquet'",
        csv_source(data / "expenditure_by_function.csv", declared),
    ):
        found = connection.execute(query.format(source), [FINAL]).fetchall()
        assert (
            sorted(found)[2:] == expected or sorted(found, key=str)[2:] == expected or found[2:] == expected
        )
        assert found[2:] == expected


# --- What stops a build -----------------------------------------------------------------------------------


def without_reports(frames: Frames) -> None:
    for name, frame in frames.items():
        if "report_id" in frame.columns:
            frames[name] = frame.clear()


def repeat_a_key(frames: Frames) -> None:
    frames["expenditure_by_function"] = pl.concat([frames["expenditure_by_function"]] * 2)


def orphan(frames: Frames) -> None:
    frames["findings"] = frames["findings"].with_columns(rule_id=pl.lit("X99"))


def wrong_enum(frames: Frames) -> None:
    frames["findings"] = frames["findings"].with_columns(severity=pl.lit("fatal"))


def lose_a_frame(frames: Frames) -> None:
    del frames["state_capital"]


def unknown_frame(frames: Frames) -> None:
    frames["accounting"] = pl.DataFrame()


def lose_a_column(frames: Frames) -> None:
    frames["rules"] = frames["rules"].drop("basis")


BREAKS: list[tuple[Callable[[Frames], None], str]] = [
    (without_reports, "no report"),
    (repeat_a_key, "not unique"),
    (orphan, r"refer to no row of rules.*X99"),
    (wrong_enum, "fatal"),
    (lose_a_frame, "no frame for state_capital"),
    (unknown_frame, "no package holds: accounting"),
    (lose_a_column, "missing columns"),
]


@pytest.mark.usefixtures("fast")
@pytest.mark.parametrize(("damage", "message"), BREAKS, ids=[d.__name__ for d, _ in BREAKS])
def test_a_wrong_frame_stops_the_build_and_touches_nothing(
    frames: Frames, tmp_path: Path, damage: Callable[[Frames], None], message: str
) -> None:
    publish(frames, tmp_path)
    before = tree(tmp_path)
    damage(frames)
    with pytest.raises(PublishError, match=message):
        publish(frames, tmp_path)
    assert tree(tmp_path) == before
    assert dotted(tmp_path) == []


@pytest.mark.usefixtures("fast")
@pytest.mark.parametrize("step", ["validate", "build_database", "_prove", "write_package"])
def test_a_build_that_fails_midway_touches_nothing(
    frames: Frames, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    publish(frames, tmp_path)
    before = tree(tmp_path)

    def fail(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(release_module, step, fail)
    frames["reports"] = frames["reports"].with_columns(page_count=pl.lit(99, dtype=pl.Int64))
    with pytest.raises(KeyboardInterrupt):
        publish(frames, tmp_path)
    assert tree(tmp_path) == before
    assert dotted(tmp_path) == []


@pytest.mark.usefixtures("fast")
def test_a_first_build_that_fails_leaves_no_package(
    frames: Frames, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise PublishError("no")

    monkeypatch.setattr(release_module, "_prove", fail)
    with pytest.raises(PublishError):
        publish(frames, tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


def test_frictionless_stops_what_it_finds_invalid(
    frames: Frames, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = descriptor_module.write_resources

    def spoil(folder: Path, held: Frames) -> list[dict[str, Any]]:
        descriptors = original(folder, held)
        with (folder / "data" / "rules.csv").open("a") as file:
            file.write("T03,x,y,,,,fatal\n")
        return descriptors

    monkeypatch.setattr(descriptor_module, "write_resources", spoil)
    with pytest.raises(PublishError, match="frictionless finds the package invalid") as caught:
        publish(frames, tmp_path)
    assert "fatal" in str(caught.value)
    assert list(tmp_path.iterdir()) == []


# --- Kills ------------------------------------------------------------------------------------------------


class Killed(BaseException):
    """Stands for a kill: no cleaning up happens after it."""


def publish_until(step: int, frames: Frames, out: Path, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Run a build that dies at its n-th change of names; False when it came to its end before."""
    count = 0

    def deadly(original: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            nonlocal count
            count += 1
            if count >= step:
                raise Killed
            return original(*args, **kwargs)

        return wrapped

    def removal_in_two_steps(folder: Path) -> None:
        deadly((folder / "README.md").unlink)(missing_ok=True)
        deadly(remove)(folder)

    remove = shutil.rmtree
    with monkeypatch.context() as patched:
        patched.setattr(release_module.shutil, "rmtree", removal_in_two_steps)
        patched.setattr(release_module.os, "rename", deadly(os.rename))
        patched.setattr(release_module.os, "replace", deadly(os.replace))
        patched.setattr(Path, "replace", deadly(Path.replace))
        patched.setattr(release_module, "_stage", deadly(release_module._stage))
        patched.setattr(release_module, "build_database", deadly(release_module.build_database))
        patched.setattr(release_module, "_prove", deadly(lambda *_: None))
        # What a living build does on its way out.
        recover = release_module.recover
        patched.setattr(release_module, "recover", lambda out: recover(out) if count < step else None)
        try:
            publish(frames, out)
        except Killed:
            return True
    return False


def builds(out: Path) -> set[int]:
    """The page counts in the newest releases and in the database: they tell the old build from the new one."""
    found: set[int] = set()
    for package in ("final-accounts", "budgets", "performance"):
        newest = (out / package / "latest").read_text().strip()
        found |= set(pl.read_parquet(out / package / newest / "data" / "reports.parquet")["page_count"])
    with duckdb.connect(str(out / DATABASE), read_only=True) as connection:
        found |= {r[0] for r in connection.execute("SELECT page_count FROM reports").fetchall()}
    return found


@pytest.mark.usefixtures("fast")
def test_a_build_killed_at_any_rename_is_completed_or_undone(
    frames: Frames, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    publish(frames, out)
    first = tree(out)
    newer = {**frames, "reports": frames["reports"].with_columns(page_count=pl.lit(99, dtype=pl.Int64))}
    outcomes = []
    killed, step = True, 0
    while killed:
        step += 1
        copy = tmp_path / f"killed-{step}"
        shutil.copytree(out, copy)
        killed = publish_until(step, newer, copy, monkeypatch)
        release_module.recover(copy)
        assert dotted(copy) == []
        # Whole, and of one build: all old or all new.
        (build,) = builds(copy)
        outcomes.append(build)
        for folder in copy.glob("*/[0-9]*"):
            listed = {line.split("  ")[1] for line in (folder / "SHA256SUMS").read_text("utf-8").splitlines()}
            assert listed | {"SHA256SUMS"} == set(tree(folder))
        # What was released before is as it was, byte for byte.
        assert {name: digest for name, digest in tree(copy).items() if "/1.0.0/" in name} == {
            name: digest for name, digest in first.items() if "/1.0.0/" in name
        }
    assert (outcomes[0], outcomes[-1]) == (12, 99)
    assert outcomes == sorted(outcomes), "what is committed stays committed"
    assert len(outcomes) > 15
    # The next build goes on from there as if nothing had happened.
    publish(frames, copy)
    assert builds(copy) == {12}
    assert (copy / "budgets" / "latest").read_text() == "1.0.2\n"


KILLED_BUILD = """
import os, pickle, signal, sys
from pathlib import Path
from pipelines.publish import publish, release
release.validate = lambda _: None
frames = pickle.loads(Path(sys.argv[1]).read_bytes())
release.build_database = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
publish(frames, Path(sys.argv[2]))
"""


@pytest.mark.usefixtures("fast")
def test_a_process_that_is_killed_leaves_the_release_and_no_lock(frames: Frames, tmp_path: Path) -> None:
    out = tmp_path / "out"
    publish(frames, out)
    before = tree(out)
    frames["reports"] = frames["reports"].with_columns(page_count=pl.lit(99, dtype=pl.Int64))
    (tmp_path / "frames").write_bytes(pickle.dumps(frames))
    command = [sys.executable, "-c", KILLED_BUILD, str(tmp_path / "frames"), str(out)]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    assert dotted(out) != []
    assert {name: digest for name, digest in tree(out).items() if "/." not in name} == before
    publish(frames, out)
    assert dotted(out) == []


@pytest.mark.usefixtures("fast")
def test_two_builds_at_once_do_not_meet(frames: Frames, tmp_path: Path) -> None:
    publish(frames, tmp_path)
    before = tree(tmp_path)
    handle = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        with pytest.raises(PublishError, match="another build is writing"):
            publish(frames, tmp_path)
    finally:
        os.close(handle)
    assert tree(tmp_path) == before


# --- Personal data ----------------------------------------------------------------------------------------


def hits(text: str) -> list[str]:
    frame = rows("reports", report(FINAL, title=text))
    return [notice.message_zh for notice in personal.guard(frame, "reports")[1]]


# Made up: no number of a person.
@pytest.mark.parametrize(
    "text",
    [
        "联系电话13800000000", "+86 13800000000", "电话：138 0000 0000。", "138-0000-0000",
        "１３８０００００000", "电话，13800000000，谢谢", "a,13800000000",
        "联系人 027-80000000", "(027)80000000", "02780000000", "021 60000000", "0713-8000000",
        "身份证110101190001010000", "11010119000101000X", "证号110101000101000。",
    ],
)  # fmt: skip
def test_phone_and_id_numbers_are_found(text: str) -> None:
    assert len(hits(text)) >= 1


@pytest.mark.parametrize(
    "text",
    [
        "2023年度部门决算", "371,514,655.00元", "13800000000.50", "37151.465512万元", "2080505、2080506",
        "第1至9页", "20230915123456789.pdf", "合计13,800,000,000元", "0.0271234567", "12345678901234567890",
        "公开01表 2024-01-15", "P020240315600000000001.pdf",
    ],
)  # fmt: skip
def test_figures_codes_and_dates_are_not_personal_data(text: str) -> None:
    assert hits(text) == []


@pytest.mark.usefixtures("fast")
def test_a_phone_in_a_text_is_withheld_and_the_release_goes_on(frames: Frames, tmp_path: Path) -> None:
    before = frames["findings"].height
    frames["rules"] = pl.concat([frames["rules"], frames["rules"].head(1).with_columns(rule_id=pl.lit("E11"))])
    frames["findings"] = frames["findings"].with_columns(message_en=pl.lit("Call 13912345678."))
    frames["reports"] = frames["reports"].with_columns(title=pl.lit("联系人：张建军 13912345678"))
    shown = without_personal_data(frames)
    assert shown["reports"]["title"].unique().to_list() == [personal.MARK]
    assert shown["findings"]["message_en"].to_list().count(personal.MARK) == before
    told = shown["findings"].filter(rule_id="E11")
    assert sorted(told["report_id"]) == sorted(shown["reports"]["report_id"])
    assert shown["reports"]["finding_count"].sum() == shown["findings"].height
    assert publish(frames, tmp_path)
    assert not [path for path in tmp_path.rglob("*.csv") if "13912345678" in path.read_text("utf-8")]


def test_identifiers_are_exempt() -> None:
    digest = "13800000000" + "a" * 53
    assert personal.guard(rows("reports", report(FINAL, source_sha256=digest)), "reports")[1] == []
