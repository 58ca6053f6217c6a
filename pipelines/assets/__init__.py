"""The pipeline as Dagster assets: corpus → tables, findings, reports → packages and the DuckDB file.

Wiring only: each of the three functions calls the functions of :mod:`pipelines.run`, in its order, and tells
Dagster what came out. Nothing is read, judged or written here that the command line does not read, judge or write.
Which assets and checks there are follows from ``datapackages/`` and ``expectations/``.
"""

from pipelines.assets.files import report
from pipelines.assets.inbox import daily_build, inbox
from pipelines.assets.judging import judged_resources
from pipelines.assets.parquet import ParquetIOManager
from pipelines.assets.publishing import releases
from pipelines.assets.reading import read_reports
from pipelines.assets.settings import BuildSettings

__all__ = [
    "BuildSettings", "ParquetIOManager", "daily_build", "inbox", "judged_resources", "read_reports", "releases", "report",
]  # fmt: skip
