"""Personal data that the shared reports print never reaches a published file: every file of a build is searched.

The names and numbers are taken from the sources themselves (负责人, 联系电话, names in brackets behind a head count,
mobile numbers), not from our reader.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

import duckdb
import polars as pl
import pytest
from support import NO_SHARED, SHARED, printed_persons

from pipelines import run
from pipelines.publish import DATABASE

needs_shared = pytest.mark.skipif(not SHARED.exists(), reason=NO_SHARED)


def texts(path: Path) -> str:
    """Everything that a reader of a published file can see."""
    if path.suffix == ".parquet":
        return pl.read_parquet(path).write_csv()
    if path.suffix == ".xlsx":
        with zipfile.ZipFile(path) as book:
            return "\n".join(book.read(name).decode("utf-8") for name in book.namelist())
    if path.name == DATABASE:
        return _database(path)
    return path.read_bytes().decode("utf-8", errors="ignore")


def _database(path: Path) -> str:
    with duckdb.connect(str(path), read_only=True) as connection:
        names = [
            row[0]
            for row in connection.execute("SELECT table_name FROM information_schema.tables").fetchall()
        ]
        return "\n".join(
            str(row) for name in names for row in connection.execute(f'SELECT * FROM "{name}"').fetchall()
        )


@needs_shared
def test_no_person_of_the_sources_is_in_any_published_file(tmp_path: Path) -> None:
    persons = printed_persons()
    assert len(persons) >= 5
    out = tmp_path / "out"
    build = run.build([SHARED], out, jobs=2)
    assert {"budgets", "final-accounts", "performance"} <= {release.package for release in build.releases}
    searched, found = 0, []
    vendored = out / "site" / "vendor"
    for path in sorted(p for p in out.rglob("*") if p.is_file() and vendored not in p.parents):
        content = texts(path)
        searched += bool(content)
        found += [(path.relative_to(out), person) for person in persons if person in content]
    assert not found
    # Both kinds of form are there, so the search was over what could hold them.
    assert searched > 100
    evaluations = pl.read_parquet(
        out / "performance" / build.releases[0].version / "data" / "evaluations.parquet"
    )
    assert evaluations.height == 37
