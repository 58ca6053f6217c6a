"""The SQL page of the portal: DuckDB-Wasm in the reader's browser, on the site's own ``mingzhang.duckdb``.

Everything the page does stands in ``static/sql.js``. Here it gets its words and example queries. Tables and
their comments are not repeated: the page reads them from the database.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from pipelines.publish.database import DATABASE
from pipelines.publish.examples import Example, examples
from pipelines.publish.excel import GUARDED, NEGATIVE
from pipelines.publish.site.vendoring import HERE, copy_vendored
from pipelines.schema import Package

PAGE = "sql.html"
VENDOR_FOLDER, STATIC_FOLDER = "vendor", "static"
SCRIPTS = ("arrow.mjs", "sql.js")

# Not in the releases' examples: those are promised to return rows, and not all reports print these forms.
_MORE = (
    Example(
        title="项目执行不足排行",
        title_en="Projects that spent less than their budget",
        database="SELECT rank, institution, fiscal_year, name, budget, executed, unspent, computed_rate\n"
        "FROM project_underexecution ORDER BY rank LIMIT 100",
        parquet=None,
    ),
)

_SHELL = """<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>SQL · 明账 Mingzhang</title>
<link rel="icon" href="data:,">
</head>
<body>
<main>
{body}
</main>
</body>
</html>
"""


def write_sql_page(site: Path, packages: Sequence[Package]) -> None:
    """Write ``sql.html`` and what it runs on into a site, for a database of these packages beside it.

    Raises :class:`pipelines.publish.site.vendoring.VendorError` when the libraries are not installed.
    """
    site.mkdir(parents=True, exist_ok=True)
    (site / PAGE).write_text(sql_page(packages), encoding="utf-8", newline="\n")
    static = site / STATIC_FOLDER
    static.mkdir(exist_ok=True)
    for name in SCRIPTS:
        (static / name).write_bytes((HERE / "static" / name).read_bytes())
    copy_vendored(site / VENDOR_FOLDER, lambda name: name.startswith(("duckdb", "apache-arrow")))


def sql_page(packages: Sequence[Package]) -> str:
    """The page as HTML: offers the examples of the packages, the official tables under their Chinese names first."""
    offered = _offered(packages)
    body = _template().render(examples=offered, data=_data(offered), t=_both)
    return _SHELL.replace("{body}", body)


def _offered(packages: Sequence[Package]) -> list[Example]:
    """Every query once. Packages of one shape share queries that differ in the kind of report: those of the first
    package stand for all, so that the list stays short."""
    found: dict[str, Example] = {}
    for package in packages:
        for example in examples(package):
            found.setdefault(example.title, example)
    ordered = sorted(found.values(), key=lambda example: example.parquet is not None)
    return [*ordered, *_MORE]


def _data(offered: Sequence[Example]) -> dict[str, Any]:
    return {
        "database": f"../{DATABASE}",
        "examples": [example.database for example in offered],
        "guarded": GUARDED,
        "harmless": NEGATIVE,
    }


def _both(chinese: str, english: str) -> Markup:
    """A text in both languages; the page shows one of them."""
    return Markup('<span lang="zh">{}</span><span lang="en">{}</span>').format(chinese, english)


@cache
def _template() -> Any:
    source = (files("pipelines.publish.site") / "templates" / "sql.html").read_text(encoding="utf-8")
    return Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True).from_string(source)
