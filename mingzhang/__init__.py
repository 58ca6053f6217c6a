"""Published releases for people who compute: ``mingzhang.open("releases").table("支出决算表")``.

Reads ``mingzhang.duckdb`` as ``mingzhang build`` wrote it and gives Polars frames: amounts are exact decimals in 万元,
blanks are null. Not for reading reports (``pipelines.read_report``), and it writes nothing.
"""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

import duckdb
import polars as pl

from pipelines.publish.database import DATABASE
from pipelines.schema import find_table, quote

__all__ = ["Releases", "open"]


def open(path: str | Path = "releases") -> Releases:
    """The releases in a folder, or a ``mingzhang.duckdb``. Raises ``FileNotFoundError`` where there is none."""
    return Releases(Path(path))


class Releases:
    """The newest release of every package. Closed by ``close()`` or at the end of a ``with``."""

    def __init__(self, path: Path) -> None:
        self.path = path / DATABASE if path.is_dir() else path
        if not self.path.is_file():
            raise FileNotFoundError(f"{self.path}: no database; build one with `mingzhang build REPORTS --out {path}`")
        self._connection = duckdb.connect(str(self.path), read_only=True)

    def __enter__(self) -> Releases:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._connection.close()

    @property
    def names(self) -> list[str]:
        """Tables and views, English names before Chinese ones."""
        found = self._connection.execute(
            "SELECT table_name FROM duckdb_tables() UNION SELECT view_name FROM duckdb_views() WHERE NOT internal ORDER BY 1"
        )
        return [name for (name,) in found.fetchall()]

    def table(self, name: str) -> pl.DataFrame:
        """A table or view by any of its names (``支出决算表``, ``03``, ``公开03表``, ``expenditure_by_function``).

        A Chinese name gives Chinese columns and one kind of report, an English one the table as declared. Raises
        ``KeyError`` naming what there is.
        """
        if name not in self.names:
            found = find_table(name)
            if found is None or found.name not in self.names:
                raise KeyError(f"no table {name!r}; there are: {', '.join(self.names)}")
            name = found.name
        return self.sql(f"SELECT * FROM {quote(name)}")

    def sql(self, query: str) -> pl.DataFrame:
        """The answer to a query. Raises ``duckdb.Error``."""
        return self._connection.sql(query).pl()
