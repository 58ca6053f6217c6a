"""``procurement``, ``agency_operation`` and ``state_assets``: one row per report, amounts in 万元, first statement counts."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from pipelines import schema
from pipelines.publish.database import build_database, view_statements

REPORT = "420112-2023-final-00000001"


def statement(number: int, concept: str, value: str, unit: str = "万元") -> dict[str, Any]:
    return {
        "report_id": REPORT, "statement_no": number, "section": "procurement", "concept": concept,
        "value": Decimal(value), "unit": unit, "fiscal_year": 2023, "method": "text", "source_no": 1, "page": 3, "line": number,
    }  # fmt: skip


@pytest.fixture
def connection(tmp_path: Path) -> duckdb.DuckDBPyConnection:
    def frame(resource: str, *rows: dict[str, Any]) -> pl.DataFrame:
        columns = schema.resources()[resource].polars_schema()
        return pl.DataFrame([{c: row.get(c) for c in columns} for row in rows], schema=columns, orient="row")

    report = {
        "report_id": REPORT, "kind": "final", "fiscal_year": 2023, "region_code": "420112", "region_name": "东西湖区",
        "institution": "示例局", "institution_id": "420112-0123abcd", "institution_level": "department", "title": "示例局2023年度部门决算", "unit_as_published": "万元",
        "source_file": "a.pdf", "source_sha256": "0" * 64, "source_format": "pdf", "page_count": 1, "tables_found": 0,
        "tables_as_images": True, "status": "partial", "finding_count": 0,
    }  # fmt: skip
    frames = {
        "reports": frame("reports", report),
        "statements": frame(
            "statements",
            statement(1, "procurement.total", "12.5"),
            statement(2, "procurement.goods", "50000", "元"),
            statement(3, "procurement.total", "99"),
            statement(4, "assets.vehicles", "3", "辆"),
        ),
    }
    build_database(tmp_path / "m.duckdb", frames)
    return duckdb.connect(str(tmp_path / "m.duckdb"), read_only=True)


def test_one_row_per_report_with_amounts_in_wan_yuan(connection: duckdb.DuckDBPyConnection) -> None:
    rows = connection.sql("SELECT institution, total, goods, works FROM procurement").fetchall()
    assert rows == [("示例局", Decimal("12.500000"), Decimal("5.000000"), None)]


def test_a_change_stands_with_the_year_that_it_is_against(tmp_path: Path) -> None:
    row = statement(1, "agency_operation.change", "-2.5") | {"baseline_year": 2022}
    columns = schema.resources()["statements"].polars_schema()
    report = {"report_id": REPORT, "kind": "final", "fiscal_year": 2023, "institution": "示例局", "source_file": "a.pdf"}
    held = schema.resources()["reports"].polars_schema()
    with duckdb.connect() as connection:
        connection.register("given_r", pl.DataFrame([{c: report.get(c) for c in held}], schema=held))
        connection.register("given_s", pl.DataFrame([{c: row.get(c) for c in columns}], schema=columns))
        connection.execute("CREATE TABLE reports AS SELECT * FROM given_r; CREATE TABLE statements AS SELECT * FROM given_s")
        for sql in view_statements(["statements"]):
            if "agency_operation" in sql.split(" AS ")[0]:
                connection.execute(sql)
        found = connection.sql("SELECT change, baseline_year FROM agency_operation").fetchall()
        said = connection.sql("SELECT comment FROM duckdb_columns() WHERE column_name = 'baseline_year' AND table_name = 'agency_operation'").fetchall()
    assert found == [(Decimal("-2.500000"), 2022)] and "对比的年度" in said[0][0]


def test_a_report_without_the_topic_has_no_row(connection: duckdb.DuckDBPyConnection) -> None:
    assert connection.sql("SELECT count(*) FROM agency_operation").fetchall() == [(0,)]
    assert connection.sql("SELECT vehicles FROM state_assets").fetchall() == [(Decimal(3),)]


def test_columns_are_documented(connection: duckdb.DuckDBPyConnection) -> None:
    comments = dict(
        connection.sql("SELECT column_name, comment FROM duckdb_columns() WHERE table_name = 'procurement'").fetchall()
    )
    assert comments["total"] == "政府采购支出总额"
    assert None not in comments.values()


def test_every_concept_of_a_view_is_declared() -> None:
    known = set(schema.codes("concepts")["concept"])
    assert all(set(view["columns"].values()) <= known for view in schema.topic_views().values())
