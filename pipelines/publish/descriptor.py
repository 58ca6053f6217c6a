"""The folder of a release: its files, its ``datapackage.json`` (Data Package v2), and the proof by frictionless.

    data/<resource>.csv      UTF-8, exact          <package>.xlsx        one sheet per resource, and
                             <package>-classifications.xlsx              one for the code lists
    data/<resource>.parquet  the same rows         DATA_DICTIONARY.md    every field, in both languages
    excel/<resource>.csv     the same, for Excel   examples.sql          queries that run
    datapackage.json         README.md             ckan.json             for a CKAN portal
    reports/<report_id>.xlsx the official forms    reports/<report_id>.zip  the report's rows
    <package>-<version>.zip  the release           SHA256SUMS            every other file
    and what the caller adds (CHANGELOG.md, diff.json)
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.publish import excel
from pipelines.publish.catalogue import ckan_payload
from pipelines.publish.coverage import coverage
from pipelines.publish.dictionary import package_dictionary
from pipelines.publish.errors import PublishError
from pipelines.publish.examples import examples_sql
from pipelines.publish.files import (
    checksums,
    csv_bytes,
    json_bytes,
    parquet_bytes,
    sha256,
    sha256_of,
    sync_file,
    sync_folder,
    write,
)
from pipelines.publish.places import (
    CHECKSUMS,
    CKAN,
    DESCRIPTOR,
    DICTIONARY,
    EXAMPLES,
    LICENSE,
    PUBLISHER,
    README,
    csv_path,
    excel_path,
    lists_path,
    parquet_path,
    workbook_path,
)
from pipelines.publish.readme import package_readme
from pipelines.publish.takeaway import write_takeaway
from pipelines.publish.workbook import MEDIATYPE as XLSX_MEDIATYPE
from pipelines.publish.workbook import of_workbook, write_workbook
from pipelines.schema import Package, Resource, resources

PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"

# frictionless reads a resource whose format is "parquet" through pandas, which turns integers with nulls
# into floats and loses the byte count: a valid file is then reported as invalid. Under this name it proves
# bytes and hash, and the equality with the CSV is proven in SQL (``proof.py``). A workbook it would read as
# one table; that it is right is proven where it is written.
PARQUET_FORMAT = "apache-parquet"
WORKBOOK_FORMAT = "excel-workbook"

_ERRORS_SHOWN = 10


def write_package(
    folder: Path,
    package: Package,
    version: str,
    created: datetime | None,
    held: Mapping[str, pl.DataFrame],
    extra: Mapping[str, bytes] | None = None,
    base_url: str | None = None,
) -> None:
    """Write every file of a release into the folder, which is made if need be, and sync them to the disk.

    ``held``: the conformed frames of the package's resources. ``extra``: further files by their path in the
    folder, listed in ``SHA256SUMS``. ``created`` None: no file states a date. ``base_url``: where the output
    folder is published (``MINGZHANG_BASE_URL`` when None; empty: links are relative to it).
    The same arguments give the same bytes. Raises ``PublishError`` when an extra file would replace one of
    these, or the base is no http(s) address.
    """
    extra = dict(extra or {})
    folder.mkdir(parents=True, exist_ok=True)
    frames = {name: held[name] for name in package.resources}
    descriptors = write_resources(folder, frames)
    descriptors += _write_workbooks(folder, package, version, created, frames)
    descriptor = package_descriptor(package, version, created, frames.get("reports"), descriptors)
    texts = {
        DESCRIPTOR: json_bytes(descriptor),
        README: package_readme(package, version, frames, extra).encode(),
        DICTIONARY: package_dictionary(package, version).encode(),
        EXAMPLES: examples_sql(package).encode(),
    }
    payload = ckan_payload(descriptor, sizes({**texts, **extra}), base_url)
    texts[CKAN] = json_bytes(payload)
    if replaced := sorted({*texts, CHECKSUMS, *(d["path"] for d in descriptors)} & set(extra)):
        raise PublishError(f"{package.name}: an extra file would replace {', '.join(replaced)}")
    for path, content in {**texts, **extra}.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        write(folder / path, content)
    write_takeaway(folder, package, version, created, frames)
    write(folder / CHECKSUMS, checksums(folder))
    for below in sorted(path for path in folder.rglob("*") if path.is_dir()):
        sync_folder(below)
    sync_folder(folder)


def sizes(files: Mapping[str, bytes]) -> dict[str, tuple[int, str]]:
    """Bytes and SHA-256 by path."""
    return {path: (len(content), sha256(content)) for path, content in files.items()}


def write_resources(folder: Path, frames: Mapping[str, pl.DataFrame]) -> list[dict[str, Any]]:
    """Write ``data/`` and ``excel/``; the descriptors of each resource's CSV, its Parquet and its Excel copy."""
    descriptors = []
    for place in (csv_path, excel_path):
        (folder / place("")).parent.mkdir()
    for name, frame in frames.items():
        resource = resources()[name]
        csv, parquet = csv_bytes(frame), parquet_bytes(frame, parquet_metadata(resource))
        for_excel = excel.excel_bytes(resource, frame, frames.get("reports"))
        write(folder / csv_path(name), csv)
        write(folder / parquet_path(name), parquet)
        write(folder / excel_path(name), for_excel)
        descriptors += [
            _csv_descriptor(resource, csv),
            _parquet_descriptor(resource, parquet),
            _excel_descriptor(resource, for_excel),
        ]
    return descriptors


def parquet_metadata(resource: Resource) -> dict[str, str]:
    """What a reader of the Parquet alone needs to know: plain text, and JSON where a value has parts."""
    facts: dict[str, Any] = {
        "title_zh": resource.title,
        "title_en": resource.title_en,
        "description": resource.description,
        "license": LICENSE["name"],
        "license_url": LICENSE["path"],
        "publisher": PUBLISHER,
        "primary_key": list(resource.primary_key),
        "foreign_keys": [key.descriptor() for key in resource.foreign_keys],
        "usage_warnings": list(resource.usage_warnings),
        "column_titles": {declared.name: declared.title for declared in resource.fields},
        "column_units": {declared.name: declared.unit for declared in resource.fields if declared.unit},
        "table_schema": resource.table_schema(),
    }
    return {
        key: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False) for key, value in facts.items()
    }


def _csv_descriptor(resource: Resource, content: bytes) -> dict[str, Any]:
    return {
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
        **_notes(resource),
        "schema": resource.table_schema(),
    }


def _notes(resource: Resource) -> dict[str, Any]:
    """What a user of the table is told before using it, and where the table comes from."""
    notes: dict[str, Any] = {}
    if resource.usage_warnings:
        notes["usageWarnings"] = list(resource.usage_warnings)
    if resource.source:
        notes["sources"] = [{"title": resource.source}]
    return notes


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


def _excel_descriptor(resource: Resource, content: bytes) -> dict[str, Any]:
    return {
        "name": f"{resource.name}-excel",
        "type": "table",
        "path": excel_path(resource.name),
        "title": f"{resource.title} {resource.title_en} (Excel)",
        "description": excel.about(resource),
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": excel.ENCODING,
        "bytes": len(content),
        "hash": f"sha256:{sha256(content)}",
        **_notes(resource),
        "schema": excel.excel_schema(resource),
    }


def _write_workbooks(
    folder: Path, package: Package, version: str, created: datetime | None, frames: dict[str, pl.DataFrame]
) -> list[dict[str, Any]]:
    """The workbook of the package; the code lists of a package with reports stand in one of their own."""
    path = folder / workbook_path(package.name)
    write_workbook(path, package, version, created, frames)
    about = "全部资源的 Excel 工作簿，每个资源一张工作表。One workbook with a sheet for each resource."
    described = [_workbook_descriptor(package, path, "xlsx", "XLSX", about)]
    if of_workbook(frames, lists=True) and len(of_workbook(frames, lists=False)) < len(frames):
        path = folder / lists_path(package.name)
        write_workbook(path, package, version, created, frames, lists=True)
        about = "所用科目、行政区划、概念和规则目录的 Excel 工作簿。The code lists and catalogues that the package uses."
        described.append(_workbook_descriptor(package, path, "classifications-xlsx", "classifications, XLSX", about))
    return described


def _workbook_descriptor(package: Package, path: Path, end: str, label: str, about: str) -> dict[str, Any]:
    sync_file(path)
    return {
        "name": f"{package.name}-{end}",
        "path": path.name,
        "title": f"{package.title} {package.title_en} ({label})",
        "description": about,
        "format": WORKBOOK_FORMAT,
        "mediatype": XLSX_MEDIATYPE,
        "bytes": path.stat().st_size,
        "hash": f"sha256:{sha256_of(path)}",
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
    descriptor["contributors"] = [{"title": PUBLISHER, "roles": ["publisher"]}]
    if reports is not None and reports.height:
        descriptor["coverage"] = coverage(reports)
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
