"""What a reader takes away of a release: a workbook and a ZIP for each report, and the whole package as one ZIP.

    reports/<report_id>.xlsx   公开01表 to 公开09表 as printed, for A4
    reports/<report_id>.zip    the report's rows of every resource as CSV, the workbook, how to cite it
    <package>-<version>.zip    every other file of the release

Same frames, same bytes. Files are synced by the one ``os.sync`` of a release, not one by one.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.forms import forms
from pipelines.publish import citation
from pipelines.publish.files import csv_bytes
from pipelines.publish.official_workbook import Opened, official_workbook
from pipelines.publish.open_cells import of_reports
from pipelines.publish.places import archive_path, report_archive_path, report_workbook_path
from pipelines.schema import Package, resources

_DATED = (1980, 1, 1, 0, 0, 0)
_ABOUT = """\
{title}

data/*.csv   本报告在各数据资源中的行，UTF-8，精确值。The rows of this report in each resource.
*.xlsx       九张公开表，按官方格式排版，可用 A4 打印。The official tables as printed, for A4.

金额单位为万元；空白为原文未填，0 为原文印有零。数字照原文，不作改动。
Amounts in 万元 (10,000 CNY); a blank is null, a printed 0 is zero. Figures are as published.

引用 How to cite:
{citation}
"""


def write_takeaway(
    folder: Path, package: Package, version: str, created: datetime | None, frames: Mapping[str, pl.DataFrame]
) -> None:
    """Write the files of a package into the folder of its release, which holds all others already but the checksums."""
    if set(forms()) <= set(frames):
        (folder / report_workbook_path("")).parent.mkdir()
        for report, rows, opened in _reports(frames):
            held = {name: frame.to_dicts() for name, frame in rows.items() if name in forms() or name == "tables"}
            book = official_workbook(report, held, opened)
            (folder / report_workbook_path(report["report_id"])).write_bytes(book)
            cited = citation.of_report(report, package.name, version, created)
            archive = _report_archive(report, rows, book, cited)
            (folder / report_archive_path(report["report_id"])).write_bytes(archive)
    _write_archive(folder, archive_path(package.name, version))


def _reports(frames: Mapping[str, pl.DataFrame]) -> Iterator[tuple[dict[str, Any], dict[str, pl.DataFrame], Opened]]:
    """Each report with its rows by resource (only where it has any) and its open cells."""
    opened: dict[str, dict[tuple[str, tuple[str, ...]], Any]] = {}
    for (resource, report_id, key), cells in of_reports(frames).items():
        opened.setdefault(report_id, {})[resource, key] = cells
    cut: dict[str, dict[str, pl.DataFrame]] = {}
    for name, frame in frames.items():
        if resources()[name].by_report:
            for (report_id,), rows in frame.group_by("report_id", maintain_order=True):
                cut.setdefault(str(report_id), {})[name] = rows
    for report in frames["reports"].iter_rows(named=True):
        yield report, cut[report["report_id"]], opened.get(report["report_id"], {})


def _report_archive(
    report: Mapping[str, Any], rows: Mapping[str, pl.DataFrame], book: bytes, cited: citation.Citation
) -> bytes:
    files = {f"data/{name}.csv": csv_bytes(frame) for name, frame in rows.items()}
    title = f"{report['institution']} {report['fiscal_year']} {citation.KINDS[report['kind']][0]}"
    files |= {
        f"{report['report_id']}.xlsx": book, "README.txt": _ABOUT.format(title=title, citation=cited.text).encode(),
        "citation.bib": cited.bibtex.encode(), "citation.json": cited.csl.encode(),
    }  # fmt: skip
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(files):
            archive.writestr(_entry(path), files[path])
    return target.getvalue()


def _write_archive(folder: Path, name: str) -> None:
    """The package as one file; what stands in ``reports/`` can be made from it."""
    below = Path(report_workbook_path("")).parts[0]
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path.relative_to(folder).parts[0] != below)
    with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in paths:
            with archive.open(_entry(path.relative_to(folder).as_posix()), "w") as entry, path.open("rb") as source:
                while piece := source.read(1 << 20):
                    entry.write(piece)


def _entry(path: str) -> zipfile.ZipInfo:
    """Of a fixed date, readable by all."""
    entry = zipfile.ZipInfo(path, _DATED)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    return entry
