"""``mingzhang.duckdb``: every published resource once, documented, with the official tables as views.

Built last and under a temporary name; the release puts it in place. Tables keep the declared names; the
views speak Chinese. Keys of fact tables are proven before (``contents.py``), not enforced here: an index on
a large table quadruples the file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from pipelines.schema import Field, Resource, codes, literal, quote, resources, sql_views, tables, topic_views

DATABASE = "mingzhang.duckdb"
STORAGE_VERSION = "v1.0.0"
"""The oldest storage format, so that older clients open the file."""

_KINDS = {"final": "Final accounts (部门决算)", "budget": "Budgets (部门预算)"}
_REPORT_COLUMNS = ("institution", "institution_level", "region_name", "fiscal_year")
_MORE_REPORT_COLUMNS = ("city", "province", "kind", "report_id")
_VIEW_ORDER = {
    "findings": "array_position(['error', 'warning', 'info'], t.severity), t.is_cause DESC, abs(t.difference) DESC NULLS LAST, t.finding_id"
}
"""Where a view is not in the order of print: errors before warnings, causes first, the largest difference first."""
_TOPIC_REPORT_COLUMNS = ("report_id", "kind", "fiscal_year", "region_name", "institution")
_FACTS_COMMENT = (
    "长表：每个公开数字一行. Every printed figure of the official tables, one row each, in 万元 "
    "(10,000 CNY). "
    "Blank cells have no row. Totals and their parts are both here: do not sum without choosing a level."
)
_FACTS_COLUMNS = {
    "report_id": "报告编号. Report the figure belongs to.",
    "kind": "报告类型. final (部门决算) or budget (部门预算).",
    "fiscal_year": "年度. Fiscal year.",
    "institution": "单位名称. Department or unit.",
    "resource": "数据资源. Table the figure stands in.",
    "row_key": "行键. Key of the row in that table (without report_id), parts joined with a slash.",
    "row_name": "行名称. Name of the row as printed.",
    "column_name": "列. Column of that table.",
    "column_title": "列名称. Official Chinese title of the column.",
    "value": "数值. The figure, exact, in 万元 (10,000 CNY).",
    "unit": "单位. Always 万元.",
    "source_no": "来源文件序号. File of the report (table `sources`) that prints the figure; 1 where there is one.",
    "page": "页码. Page of that file, from 1; null for plain text.",
    "line": "行号. Line on that page, or of the plain-text file, from 1.",
}


def build_database(path: Path, frames: Mapping[str, pl.DataFrame]) -> None:
    """Write a new database file with the frames as tables, comments and views."""
    with duckdb.connect() as connection:
        storage = f"STORAGE_VERSION {literal(STORAGE_VERSION)}"
        connection.execute(f"ATTACH {literal(str(path))} AS built ({storage})")
        connection.execute("USE built")
        # One transaction: hundreds of comments would each wait for the disk.
        connection.execute("BEGIN")
        for name, frame in frames.items():
            _load(connection, resources()[name], frame)
        for statement in view_statements(frames):
            connection.execute(statement)
        connection.execute("COMMIT")
        connection.execute("CHECKPOINT built")
        connection.execute("USE memory")
        connection.execute("DETACH built")


def opens(path: Path) -> bool:
    """Whether a whole database file stands there."""
    try:
        with duckdb.connect(str(path), read_only=True) as connection:
            connection.execute("SELECT count(*) FROM reports")
    except duckdb.Error:
        return False
    return True


def _load(connection: duckdb.DuckDBPyConnection, resource: Resource, frame: pl.DataFrame) -> None:
    connection.execute(resource.ddl())
    connection.register("incoming", frame)
    connection.execute(f"INSERT INTO {quote(resource.name)} BY NAME SELECT * FROM incoming")
    connection.unregister("incoming")
    for statement in resource.comments():
        connection.execute(statement)


def view_statements(names: Iterable[str]) -> list[str]:
    """DDL and comments of the views over the tables that are there."""
    present = [table for name, table in tables().items() if name in set(names)]
    lacking = {"other_tables"} if "tables" not in set(names) else set()
    shown = [resource for name, resource in resources().items() if name in set(names) - lacking and resource.views]
    statements = [s for resource in shown for view in dict.fromkeys(resource.views.values()) for s in _chinese_view(resource, view)]
    statements += _facts_view([table for table in present if table.amounts])
    for name, view in sql_views().items():
        if set(view["needs"]) <= set(names):
            statements += _sql_view(name, view)
    if "statements" in set(names):
        titles = dict(codes("concepts").select("concept", "title_zh").iter_rows())
        statements += [s for name, view in topic_views().items() for s in _topic_view(name, view, titles)]
    return statements


def _sql_view(name: str, view: dict[str, Any]) -> list[str]:
    """A declared view; every one of its columns has its comment."""
    return [
        f"CREATE VIEW {quote(name)} AS {view['sql']}",
        f"COMMENT ON VIEW {quote(name)} IS {literal(view['title'] + '. ' + view['title_en'])}",
        *(
            f"COMMENT ON COLUMN {quote(name)}.{quote(column)} IS {literal(meaning)}"
            for column, meaning in view["columns"].items()
        ),
    ]


def _topic_view(name: str, view: dict[str, Any], titles: dict[str, str]) -> list[str]:
    """One row per report from its statements: the first statement of each concept, amounts in 万元."""
    amount = "CASE WHEN s.unit = '元' THEN (s.value / 10000)::DECIMAL(18,6) ELSE s.value END"
    columns = ",\n  ".join(
        f"arg_min({amount}, s.statement_no) FILTER (WHERE s.concept = {literal(concept)}) AS {quote(column)}"
        for column, concept in view["columns"].items()
    )
    years = view.get("years", {})
    for column, concept in years.items():
        columns += (
            f",\n  arg_min(s.baseline_year, s.statement_no) FILTER (WHERE s.concept = {literal(concept)}) AS {quote(column)}"
        )
    concepts = ", ".join(literal(concept) for concept in view["columns"].values())
    reports = resources()["reports"]
    comments = {column: reports.field(column).meaning for column in _TOPIC_REPORT_COLUMNS}
    comments |= {column: titles[concept] for column, concept in view["columns"].items()}
    comments |= {column: f"{titles[concept]}：对比的年度. Year that it is against." for column, concept in years.items()}
    return [
        f"CREATE VIEW {quote(name)} AS SELECT {', '.join(f'r.{c}' for c in _TOPIC_REPORT_COLUMNS)},\n"
        f"  {columns}\nFROM reports r JOIN statements s ON s.report_id = r.report_id\n"
        f"WHERE s.concept IN ({concepts})\nGROUP BY ALL ORDER BY r.report_id",
        f"COMMENT ON VIEW {quote(name)} IS {literal(view['title'] + '. ' + view['title_en'])}",
        *(f"COMMENT ON COLUMN {quote(name)}.{quote(c)} IS {literal(text)}" for c, text in comments.items()),
    ]


def _chinese_view(table: Resource, name: str) -> list[str]:
    """A resource in Chinese (an official table: of one kind of report), rows as printed.

    A cell of another table stands with the title and the unit of its table.
    """
    kinds = [kind for kind, view in table.views.items() if view == name]
    kinds = list(_KINDS) if kinds == ["all"] else kinds
    reports, beside = resources()["reports"], ""
    columns = [("r", reports.field(column)) for column in _REPORT_COLUMNS]
    if table.name == "other_tables":
        columns += [("l", resources()["tables"].field(column)) for column in ("title", "unit")]
        beside = "JOIN tables l ON l.report_id = t.report_id AND l.table_seq = t.table_seq\n"
    columns += [("t", declared) for declared in table.fields if declared.name != "report_id"]
    columns += [("r", reports.field(column)) for column in _MORE_REPORT_COLUMNS]
    selected = ",\n  ".join(f"{_shown(alias, column)} AS {quote(column.title)}" for alias, column in columns)
    view = quote(name)
    comment = f"{name}. {', '.join(_KINDS[kind] for kind in kinds)}: {table.title_en}. {table.description}"
    return [
        f"CREATE VIEW {view} AS SELECT\n  {selected}\n"
        f"FROM {quote(table.name)} t JOIN reports r ON r.report_id = t.report_id\n{beside}"
        f"WHERE r.kind IN ({', '.join(map(literal, kinds))})\nORDER BY {_VIEW_ORDER.get(table.name, 't.report_id, t.rowid')}",
        f"COMMENT ON VIEW {view} IS {literal(comment)}",
        *(
            f"COMMENT ON COLUMN {view}.{quote(column.title)} IS {literal(column.comment)}"
            for _, column in columns
        ),
    ]


def _shown(alias: str, column: Field) -> str:
    """A column as the view shows it: the values of an enum by their Chinese labels."""
    name = f"{alias}.{quote(column.name)}"
    if not column.labels:
        return name
    cases = " ".join(f"WHEN {literal(v)} THEN {literal(label)}" for v, label in column.labels.items())
    return f"CASE {name} {cases} END"


def _facts_view(fact_tables: list[Resource]) -> list[str]:
    """``facts``: the amounts of every table in one long form."""
    if not fact_tables:
        return []
    long_form = "\nUNION ALL\n".join(_long_form(table) for table in fact_tables)
    titles = ", ".join(
        f"({literal(table.name)}, {literal(amount.name)}, {literal(amount.title)})"
        for table in fact_tables
        for amount in table.amounts
    )
    return [
        "CREATE VIEW facts AS SELECT f.report_id, r.kind, r.fiscal_year, r.institution, f.resource, "
        "f.row_key, f.row_name, f.column_name, c.column_title, f.value, '万元' AS unit, f.source_no, f.page, f.line\n"
        f"FROM (\n{long_form}\n) f JOIN reports r ON r.report_id = f.report_id\n"
        f"JOIN (VALUES {titles}) c(resource, column_name, column_title) "
        "ON c.resource = f.resource AND c.column_name = f.column_name",
        f"COMMENT ON VIEW facts IS {literal(_FACTS_COMMENT)}",
        *(
            f"COMMENT ON COLUMN facts.{quote(name)} IS {literal(text)}"
            for name, text in _FACTS_COLUMNS.items()
        ),
    ]


def _long_form(table: Resource) -> str:
    """The amounts of one table, one row each; UNPIVOT leaves blanks out."""
    key = " || '/' || ".join(quote(c) for c in table.primary_key if c != "report_id")
    row_name = quote(table.row_name) if table.row_name else "NULL::VARCHAR"
    amounts = ", ".join(quote(amount.name) for amount in table.amounts)
    return (
        f"SELECT report_id, {literal(table.name)} AS resource, row_key, row_name, column_name, value, "
        f"source_no, page, line FROM (SELECT report_id, {key} AS row_key, {row_name} AS row_name, {amounts}, source_no, page, line "
        f"FROM {quote(table.name)}) UNPIVOT (value FOR column_name IN ({amounts}))"
    )
