"""The proof that CSV, Excel copy, Parquet and DuckDB hold the same rows: one SQL comparison per resource.

Each file is read by DuckDB with the declared types and compared as a multiset. Nothing is
inferred; the labels and apostrophes of the Excel copy are undone.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import duckdb

from pipelines.publish import excel
from pipelines.publish.places import csv_path, excel_path, parquet_path
from pipelines.schema import Package, Resource, literal, quote, resources


def differences(folders: Mapping[str, Path], packages: Mapping[str, Package], database: Path) -> list[str]:
    """What differs between the packages' files and the database, one sentence each; empty when equal."""
    found = []
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH {literal(str(database))} AS built (READ_ONLY)")
        for package_name, folder in folders.items():
            for name in packages[package_name].resources:
                found += _compare(connection, package_name, resources()[name], folder)
        found += _unpublished(connection, folders, packages)
    return found


def _compare(
    connection: duckdb.DuckDBPyConnection, package: str, resource: Resource, folder: Path
) -> list[str]:
    csv = f"SELECT {_columns(resource)} FROM {csv_source(folder / csv_path(resource.name), resource)}"
    parquet = f"SELECT {_columns(resource)} FROM {_parquet_source(folder / parquet_path(resource.name))}"
    table = _table(resource, folder)
    for_excel = excel.as_published(folder / excel_path(resource.name), resource)
    found = []
    for label, other in (("CSV", csv), ("Excel copy", for_excel), ("DuckDB", table)):
        if count := _unequal_rows(connection, parquet, other):
            found.append(f"{package}: {resource.name}: {count} rows differ between Parquet and {label}")
    return found


def _unequal_rows(connection: duckdb.DuckDBPyConnection, left: str, right: str) -> int:
    query = (
        f"SELECT count(*) FROM ((({left}) EXCEPT ALL ({right})) UNION ALL (({right}) EXCEPT ALL ({left})))"
    )
    row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0


def database_differences(folders: Mapping[str, Path], packages: Mapping[str, Package], database: Path) -> list[str]:
    """What the database holds otherwise than the packages' Parquet, one sentence each. Raises ``duckdb.Error``."""
    found = []
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH {literal(str(database))} AS built (READ_ONLY)")
        for package_name, folder in folders.items():
            for name in packages[package_name].resources:
                resource = resources()[name]
                parquet = f"SELECT {_columns(resource)} FROM {_parquet_source(folder / parquet_path(name))}"
                if count := _unequal_rows(connection, parquet, _table(resource, folder)):
                    found.append(f"{package_name}: {name}: {count} rows differ between Parquet and DuckDB")
        found += _unpublished(connection, folders, packages)
    return found


def _unpublished(
    connection: duckdb.DuckDBPyConnection, folders: Mapping[str, Path], packages: Mapping[str, Package]
) -> list[str]:
    """Rows in the database whose report is in no package that holds their resource."""
    found = []
    held = dict.fromkeys(name for package in folders for name in packages[package].resources)
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


def _table(resource: Resource, folder: Path) -> str:
    """The rows of the database that a package holds, as SQL."""
    table = f"SELECT {_columns(resource)} FROM built.{quote(resource.name)}"
    if resource.by_report:
        table += f" WHERE report_id IN (SELECT report_id FROM {_parquet_source(folder / parquet_path('reports'))})"
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
