"""SQL examples, declared in ``datapackages/examples.yaml``: for the release (``examples.sql``) and the portal.

Each runs in two forms that give the same rows: on the tables of ``mingzhang.duckdb``, and on the Parquet files
of the package. A test runs every one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from string import Formatter
from typing import Any

import yaml

from pipelines.publish.database import DATABASE
from pipelines.publish.places import EXAMPLES, parquet_path
from pipelines.schema import Package, literal, resources


@dataclass(frozen=True, slots=True)
class Example:
    """One query, without a semicolon at its end."""

    title: str
    title_en: str
    database: str
    """For ``mingzhang.duckdb``."""
    parquet: str | None
    """For the folder of the release; None when it needs the database."""


def examples(package: Package) -> list[Example]:
    """The queries that suit a package, in declared order."""
    return [_example(entry, package) for entry in _declared() if _suits(entry, package)]


@cache
def _declared() -> list[dict[str, Any]]:
    return yaml.safe_load((files("datapackages") / "examples.yaml").read_text(encoding="utf-8"))


def _names(sql: str) -> set[str]:
    """The placeholders of a query."""
    return {name for _, name, _, _ in Formatter().parse(sql) if name}


def _suits(entry: dict[str, Any], package: Package) -> bool:
    if "package" in entry:
        return entry["package"] == package.name
    return _names(entry["sql"]) <= {*package.resources, *package.reports}


def _example(entry: dict[str, Any], package: Package) -> Example:
    sql = entry["sql"].strip()
    names = _names(sql) & set(resources())
    part = {name: f"(SELECT * FROM {name} WHERE {condition})" for name, condition in package.rows.items()}
    tables = {name: part.get(name, name) for name in names}
    if package.holding:
        # The database holds more reports than the package.
        tables["reports"] = f"(SELECT * FROM reports WHERE report_id IN (SELECT report_id FROM {package.holding}))"
    paths = {name: literal(parquet_path(name)) for name in names}
    return Example(
        title=entry["title"],
        title_en=entry["title_en"],
        database=sql.format(**package.reports, **tables),
        parquet=None if entry.get("only") == "database" else sql.format(**package.reports, **paths),
    )


def examples_sql(package: Package) -> str:
    """``examples.sql``: run in the folder of the release with the DuckDB command line."""
    found = examples(package)
    lines = [
        f"-- {package.title} {package.title_en}: SQL 示例 · SQL examples",
        f"-- 在本文件夹中运行 run in this folder: duckdb < {EXAMPLES}",
        "-- 金额为万元。Amounts are in 万元 (10,000 CNY).",
        "",
        "-- 一、直接查询本数据包的 Parquet 文件 · On the Parquet files of this package",
    ]
    lines += [text for example in found if example.parquet for text in _commented(example, example.parquet)]
    lines += [
        "",
        f"-- 二、查询 {DATABASE}（在数据包的上两级文件夹中）· On {DATABASE}, two folders up",
        f"ATTACH IF NOT EXISTS '../../{DATABASE}' AS mingzhang (READ_ONLY);",
        "USE mingzhang;",
    ]
    lines += [text for example in found for text in _commented(example, example.database)]
    return "\n".join(lines) + "\n"


def _commented(example: Example, sql: str) -> list[str]:
    return ["", f"-- {example.title} · {example.title_en}", f"{sql};"]
