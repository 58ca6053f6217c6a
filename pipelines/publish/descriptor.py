"""The ``datapackage.json`` of a release (Data Package v2), and its proof by frictionless itself."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.publish.errors import PublishError
from pipelines.publish.files import csv_bytes, parquet_bytes, sha256, write
from pipelines.schema import Package, Resource, resources

PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
DESCRIPTOR = "datapackage.json"
LICENSE = {
    "name": "CC-BY-4.0",
    "path": "https://creativecommons.org/licenses/by/4.0/",
    "title": "Creative Commons Attribution 4.0 International",
}

# frictionless reads a resource whose format is "parquet" through pandas, which turns integers with nulls
# into floats and loses the byte count: a valid file is then reported as invalid. Under this name it proves
# bytes and hash, and the equality with the CSV is proven in SQL (``proof.py``).
PARQUET_FORMAT = "apache-parquet"

_ERRORS_SHOWN = 10


def csv_path(resource: str) -> str:
    return f"data/{resource}.csv"


def parquet_path(resource: str) -> str:
    return f"data/{resource}.parquet"


def write_resources(folder: Path, frames: dict[str, pl.DataFrame]) -> list[dict[str, Any]]:
    """Write ``data/`` and return the resource descriptors: the CSV, and beside it the Parquet."""
    (folder / "data").mkdir()
    descriptors = []
    for name, frame in frames.items():
        resource = resources()[name]
        csv, parquet = csv_bytes(frame), parquet_bytes(frame)
        write(folder / csv_path(name), csv)
        write(folder / parquet_path(name), parquet)
        descriptors += [_csv_descriptor(resource, csv), _parquet_descriptor(resource, parquet)]
    return descriptors


def _csv_descriptor(resource: Resource, content: bytes) -> dict[str, Any]:
    descriptor: dict[str, Any] = {
        "name": resource.name,
        "type": "table",
        "path": csv_path(resource.name),
        "title": f"{resource.title} {resource.title_en}",
        "description": resource.description,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": len(content),
        "hash": f"sha256:{sha256(content)}",
    }
    if resource.usage_warnings:
        descriptor["usageWarnings"] = list(resource.usage_warnings)
    if resource.source:
        descriptor["sources"] = [{"title": resource.source}]
    descriptor["schema"] = resource.table_schema()
    return descriptor


def _parquet_descriptor(resource: Resource, content: bytes) -> dict[str, Any]:
    return {
        "name": f"{resource.name}-parquet",
        "path": parquet_path(resource.name),
        "title": f"{resource.title} {resource.title_en} (Parquet)",
        "description": f"The same rows as {resource.name}, as Parquet.",
        "format": PARQUET_FORMAT,
        "mediatype": "application/vnd.apache.parquet",
        "bytes": len(content),
        "hash": f"sha256:{sha256(content)}",
    }


def package_descriptor(
    package: Package,
    version: str,
    created: datetime | None,
    reports: pl.DataFrame | None,
    descriptors: list[dict[str, Any]],
) -> dict[str, Any]:
    """The descriptor of a package whose resources are written. Without a date it states none."""
    descriptor: dict[str, Any] = {
        "$schema": PROFILE,
        "name": package.name,
        "title": f"{package.title} {package.title_en}",
        "description": f"{package.description_zh} {package.description}",
        "version": version,
    }
    if created is not None:
        descriptor["created"] = created.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    descriptor["licenses"] = [LICENSE]
    if reports is not None and reports.height:
        descriptor["sources"] = [
            {"title": file, "hash": f"sha256:{digest}", "report": report}
            for report, file, digest in reports.select(
                "report_id", "source_file", "source_sha256"
            ).iter_rows()
        ]
    descriptor["resources"] = descriptors
    return descriptor


def validate(folder: Path) -> None:
    """Let frictionless read the package as a stranger would. Raises ``PublishError`` when it is invalid."""
    # Costs a second to import, and only a build needs it.
    from frictionless import FrictionlessException, Package

    try:
        report = Package(str(folder / DESCRIPTOR)).validate()
    except FrictionlessException as error:
        notes = "; ".join(str(reason) for reason in (error.reasons or [error.error])[:_ERRORS_SHOWN])
        raise PublishError(f"{folder.parent.name}: frictionless rejects the descriptor: {notes}") from error
    if not report.valid:
        errors = [*report.errors, *(error for task in report.tasks for error in task.errors)]
        notes = "; ".join(error.message for error in errors[:_ERRORS_SHOWN])
        raise PublishError(
            f"{folder.parent.name}: frictionless finds the package invalid ({len(errors)} errors): {notes}"
        )
