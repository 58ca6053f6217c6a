"""The SQL page of the portal: DuckDB-Wasm in the reader's browser, on the site's own ``mingzhang.duckdb``.

Everything the page does stands in ``assets/sql.js``. Here it gets its words and example queries. Tables and
their comments are not repeated: the page reads them from the database.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipelines.publish.database import DATABASE
from pipelines.publish.examples import Example, examples
from pipelines.publish.excel import GUARDED, NEGATIVE
from pipelines.publish.site.policy import IMPORT_MAP
from pipelines.publish.site.render import page
from pipelines.schema import Package, packages

PAGE = "sql.html"


def write_sql_page(folder: Path, names: Sequence[str], date: str | None = None) -> None:
    """Write ``sql.html`` into a site that has the assets and libraries, for a database of these packages beside it.

    ``names``: the packages; ``date``: of the data, as the other pages show it. Raises ``OSError``.
    """
    (folder / PAGE).write_bytes(sql_page(names, date))


def sql_page(names: Sequence[str], date: str | None = None) -> bytes:
    """The page as HTML: offers the examples of the packages, those on the official tables of final accounts first."""
    offered = _offered([packages()[name] for name in names])
    return page("sql.html", root="", date=date, examples=offered, data=_data(offered), import_map=IMPORT_MAP)


def _offered(held: Sequence[Package]) -> list[Example]:
    """Every query once. Packages of one shape share queries that differ in the kind of report: those of the first
    package stand for all, so that the list stays short."""
    found: dict[str, Example] = {}
    for package in sorted(held, key=lambda package: package.reports.get("kind") != "final"):
        for example in examples(package):
            found.setdefault(example.title, example)
    return sorted(found.values(), key=lambda example: example.parquet is not None)


def _data(offered: Sequence[Example]) -> dict[str, Any]:
    return {
        "database": f"../{DATABASE}",
        "examples": [example.database for example in offered],
        "guarded": GUARDED,
        "harmless": NEGATIVE,
    }
