"""The proof that CSV, Excel copy, Parquet and DuckDB hold the same rows: one SQL comparison per resource.

Each file is read by DuckDB with the declared types and compared as a multiset. Nothing is
inferred; the labels and apostrophes of the Excel copy are undone.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

import duckdb

from pipelines.publish import excel
from pipelines.publish.contents import published_resources
from pipelines.publish.database import build_database
from pipelines.publish.places import csv_path, excel_path, parquet_path
from pipelines.schema import Package, Resource, literal, quote, resources


def differences(folders: Mapping[str, Path], packages: Mapping[str, Package], database: Path) -> list[str]:
    """What differs between the packages' files and the database, one sentence each; empty when equal."""
    found = []
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH {literal(str(database))} AS built (READ_ONLY)")
        for package_name, folder in folders.items():
            for name in packages[package_name].resources:
                found += _compare(connection, packages[package_name], resources()[name], folder)
        found += _unpublished(connection, folders, packages)
    return found


def _compare(
    connection: duckdb.DuckDBPyConnection, package: Package, resource: Resource, folder: Path
) -> list[str]:
    found = []
    for label, other in {**_copies(resource, folder), "DuckDB": _table(package, resource, folder)}.items():
        if count := _unequal_rows(connection, _rows(resource, folder), other):
            found.append(f"{package.name}: {resource.name}: {count} rows differ between Parquet and {label}")
    return found


def file_differences(names: Iterable[str], folder: Path) -> dict[str, str]:
    """Resource → what a release's CSV and Excel copy of it hold otherwise than its Parquet; without those that are equal."""
    found: dict[str, str] = {}
    with duckdb.connect() as connection:
        for resource in map(resources().__getitem__, names):
            for label, other in _copies(resource, folder).items():
                try:
                    count = _unequal_rows(connection, _rows(resource, folder), other)
                except duckdb.Error as error:
                    found[resource.name] = f"{label} cannot be compared ({str(error).partition(chr(10))[0]})"
                    continue
                if count:
                    found[resource.name] = f"{count} rows differ between Parquet and {label}"
    return found


def _rows(resource: Resource, folder: Path) -> str:
    return f"SELECT {_columns(resource)} FROM {_parquet_source(folder / parquet_path(resource.name))}"


def _copies(resource: Resource, folder: Path) -> dict[str, str]:
    csv = f"SELECT {_columns(resource)} FROM {csv_source(folder / csv_path(resource.name), resource)}"
    return {"CSV": csv, "Excel copy": excel.as_published(folder / excel_path(resource.name), resource)}


def _unequal_rows(connection: duckdb.DuckDBPyConnection, left: str, right: str) -> int:
    query = (
        f"SELECT count(*) FROM ((({left}) EXCEPT ALL ({right})) UNION ALL (({right}) EXCEPT ALL ({left})))"
    )
    row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0


def database_differences(folders: Mapping[str, Path], packages: Mapping[str, Package], database: Path) -> list[str]:
    """What the database holds otherwise than the packages' Parquet, one sentence each. Raises ``duckdb.Error``.

    Rows of every table, both ways; that there are no other tables; that the views are the declared ones.
    """
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH {literal(str(database))} AS built (READ_ONLY)")
        if found := _structure(connection):
            return found
        for package_name, folder in folders.items():
            for name in packages[package_name].resources:
                resource = resources()[name]
                if count := _unequal_rows(connection, _rows(resource, folder), _table(packages[package_name], resource, folder)):
                    found.append(f"{package_name}: {name}: {count} rows differ between Parquet and DuckDB")
        found += _unpublished(connection, folders, packages)
    return found


def _structure(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Columns of tables and queries of views in the attached database that are not those of a new one."""
    built, new = _definitions(connection), _declared()
    found = [f"{name} is missing" for name in sorted(new.keys() - built.keys())]
    found += [f"{name} is none of this program's" for name in sorted(built.keys() - new.keys())]
    return found + [
        f"{name} is not as this program makes it" for name in sorted(new.keys() & built.keys()) if new[name] != built[name]
    ]


@cache
def _declared() -> dict[str, str]:
    """The definitions of a new database. Read back from a file, as the other is: a view's text changes on its way."""
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
        path = Path(folder) / "new.duckdb"
        build_database(path, {name: resources()[name].empty() for name in published_resources()})
        connection.execute(f"ATTACH {literal(str(path))} AS built (READ_ONLY)")
        return _definitions(connection)


def _definitions(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Tables of the attached database with their columns, and views with their queries."""
    queries = {
        "table": "SELECT table_name, string_agg(column_name || ' ' || data_type, ', ' ORDER BY column_index) "
        "FROM duckdb_columns() WHERE database_name = 'built' AND NOT internal AND table_name NOT IN "
        "(SELECT view_name FROM duckdb_views() WHERE NOT internal) GROUP BY ALL",
        "view": "SELECT view_name, sql FROM duckdb_views() WHERE database_name = 'built' AND NOT internal",
    }
    return {
        f"{kind} {name}": text
        for kind, query in queries.items()
        for name, text in connection.execute(query).fetchall()
    }


def _unpublished(
    connection: duckdb.DuckDBPyConnection, folders: Mapping[str, Path], packages: Mapping[str, Package]
) -> list[str]:
    """Rows in the database whose report is in no package that holds their resource."""
    found = []
    held = dict.fromkeys(name for package in folders for name in packages[package].resources)
    for name in (name for name in published_resources() if name not in held):
        row = connection.execute(f"SELECT count(*) FROM built.{quote(name)}").fetchone()
        if row and row[0]:
            found.append(f"{name}: {row[0]} rows in DuckDB are in no package")
    for name in (name for name in held if resources()[name].by_report or name == "reports"):
        files = [
            str(folder / parquet_path("reports")) for package, folder in folders.items() if name in packages[package].resources
        ]
        listed = ", ".join(literal(file) for file in files)
        row = connection.execute(
            f"SELECT count(*) FROM built.{quote(name)} WHERE report_id NOT IN "
            f"(SELECT report_id FROM read_parquet([{listed}]))"
        ).fetchone()
        if row and row[0]:
            found.append(f"{name}: {row[0]} rows in DuckDB are of reports that are in no package")
    return found


def _table(package: Package, resource: Resource, folder: Path) -> str:
    """The rows of the database that a package holds, as SQL."""
    table = f"SELECT {_columns(resource)} FROM built.{quote(resource.name)}"
    if resource.by_report:
        table += f" WHERE report_id IN (SELECT report_id FROM {_parquet_source(folder / parquet_path('reports'))})"
        table += f" AND ({package.rows[resource.name]})" if resource.name in package.rows else ""
    return table


def _columns(resource: Resource) -> str:
    return ", ".join(quote(name) for name in resource.names)


def csv_source(path: Path, resource: Resource) -> str:
    """A CSV as a DuckDB table function with the declared types."""
    types = ", ".join(f"{literal(f.name)}: {literal(f.sql_type)}" for f in resource.fields)
    return (
        f"read_csv({literal(str(path))}, header = true, auto_detect = false, delim = ',', quote = '\"', "
        f"escape = '\"', new_line = '\\n', nullstr = '', columns = {{{types}}})"
    )


def _parquet_source(path: Path) -> str:
    return f"read_parquet({literal(str(path))})"
