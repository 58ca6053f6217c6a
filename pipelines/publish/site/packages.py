"""The page of one package: versions, changes, downloads, dictionary and the first rows of each table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import polars as pl
from markupsafe import Markup

from pipelines.publish.catalogue import schema_org
from pipelines.publish.citation import of_package
from pipelines.publish.contents import package_frames
from pipelines.publish.places import archive_path, lists_path, workbook_path
from pipelines.publish.site.cells import PrintedGrid, both, grid, spoken, text_rows
from pipelines.schema import Field, Resource, packages, resources

ROOT = "../../"
"""From a package's page to the folder that holds ``site/`` and the releases."""
PREVIEW = 8
"""Rows of each table that the page shows."""
_TYPES = {"string": "文本", "integer": "整数", "number": "小数", "boolean": "是否", "date": "日期"}
_DOCUMENTS = (
    "README.md", "DATA_DICTIONARY.md", "CHANGELOG.md", "diff.json", "examples.sql", "datapackage.json", "ckan.json", "SHA256SUMS",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class PackageInfo:
    """What the portal tells of one package."""

    name: str
    version: str
    """The newest."""
    versions: Sequence[str] = ()
    """Every version that stands in the output folder, oldest first."""
    descriptor: Mapping[str, Any] = field(default_factory=dict)
    """``datapackage.json`` of the newest."""
    diff: Mapping[str, Any] | None = None
    """What its ``diff.json`` holds."""
    changelog: str = ""
    """Its ``CHANGELOG.md``."""
    sha256: str = ""
    """Of its ``datapackage.json``."""
    has_takeaway: bool = True
    """It holds what ``takeaway`` writes: releases made before that do not."""


@dataclass(frozen=True, slots=True)
class Download:
    """One file of a release."""

    href: str
    form: str
    size: str
    sha256: str
    title: Markup = Markup("")  # noqa: RUF009 - immutable
    """Of a file that is of no single resource."""


def size_text(size: int) -> str:
    """Bytes for a reader: exact below a kibibyte, then to one decimal."""
    if size < 1024:
        return f"{size} B"
    for unit in ("KiB", "MiB", "GiB"):
        size, rest = divmod(size, 1024)
        if size < 1024 or unit == "GiB":
            return f"{size}.{rest * 10 // 1024} {unit}"
    raise AssertionError("the last unit returns")


def _download(info: PackageInfo, entry: Mapping[str, Any], form: str) -> Download:
    href = f"{ROOT}{info.name}/{info.version}/{entry['path']}"
    return Download(href, form, size_text(entry["bytes"]), entry["hash"].removeprefix("sha256:"))


def downloads(info: PackageInfo) -> tuple[list[Download], list[tuple[str, Markup, list[Download]]]]:
    """The files of the package as a whole, and those of each resource (name, title, files)."""
    declared = packages()[info.name].resources
    forms = {"": "CSV", "-excel": "Excel CSV", "-parquet": "Parquet"}
    by_name = {entry["name"]: entry for entry in info.descriptor["resources"]}
    rows = []
    for name in declared:
        files = [_download(info, by_name.pop(name + end), form) for end, form in forms.items() if name + end in by_name]
        if files:
            rows.append((name, both(resources()[name].title, resources()[name].title_en), files))
    titles = {lists_path(info.name): both("科目、地区、概念与规则目录", "Code lists and catalogues")}
    titles |= {workbook_path(info.name): both("整包工作簿", "Whole package")}
    whole = [
        replace(_download(info, entry, entry["path"].rpartition(".")[2].upper()), title=titles.get(entry["path"], Markup("")))
        for entry in by_name.values()
    ]
    return whole, rows


def changes(changelog: str) -> list[tuple[str, list[list[str]]]]:
    """``CHANGELOG.md`` as headings with their items; an item alternates between text and code."""
    found: list[tuple[str, list[list[str]]]] = []
    for line in changelog.splitlines():
        text = line.strip()
        if text.startswith("## "):
            found.append((text[3:], []))
        elif found and text.startswith("- "):
            found[-1][1].append(text[2:].split("`"))
    return found


def diff_counts(diff: Mapping[str, Any] | None) -> list[tuple[str, Markup, dict[str, int]]]:
    """Rows added and removed and cells changed by resource, of what changed since the version before."""
    if not diff or not diff.get("from"):
        return []
    known = resources()
    return [
        (name, both(known[name].title, known[name].title_en) if name in known else both(name, name), counts)
        for name, counts in diff.get("counts", {}).items()
    ]


def allowed(declared: Field) -> list[tuple[str, str]]:
    """What a value may be, as code and label."""
    if enum := declared.constraints.get("enum"):
        return [(str(value), declared.labels.get(value, "")) for value in enum]
    found = []
    if pattern := declared.constraints.get("pattern"):
        found.append((str(pattern), ""))
    if "minimum" in declared.constraints:
        found.append((f"≥ {declared.constraints['minimum']}", ""))
    if "maximum" in declared.constraints:
        found.append((f"≤ {declared.constraints['maximum']}", ""))
    return found


def dictionary(resource: Resource) -> list[dict[str, Any]]:
    """The fields of a resource for the page."""
    return [
        {
            "name": f.name, "title": both(f.title, spoken(f.name)), "type": both(_TYPES[f.type], f.type),
            "required": f.required, "unit": f.unit or "", "allowed": allowed(f), "description": f.meaning,
            "key": f.name in resource.primary_key,
        }
        for f in resource.fields
    ]  # fmt: skip


def preview(resource: Resource, frame: pl.DataFrame) -> PrintedGrid | None:
    """The first rows, every column that any of them fills. Without anchors: rows of several reports share theirs."""
    rows = text_rows(resource, frame.head(PREVIEW), whole=True)
    return grid(resource, [("", *row[1:]) for row in rows], {}, whole=True)


def _created(info: PackageInfo) -> datetime | None:
    created = info.descriptor.get("created")
    return datetime.fromisoformat(created) if created else None


def package_context(info: PackageInfo, frames: Mapping[str, pl.DataFrame]) -> dict[str, Any]:
    """All that the template of a package needs."""
    package = packages()[info.name]
    held = package_frames(package, dict(frames))
    whole, files = downloads(info)
    folder = f"{ROOT}{info.name}/{info.version}/"
    return {
        "info": info,
        "package": package,
        "coverage": info.descriptor.get("coverage"),
        "whole": whole,
        "archive": f"{folder}{archive_path(info.name, info.version)}" if info.has_takeaway else None,
        "citation": of_package(info.name, f"{package.title} {package.title_en}", info.version, _created(info), info.sha256),
        "files": files,
        "documents": [(name, f"{folder}{name}") for name in _DOCUMENTS],
        "older": [(v, f"{ROOT}{info.name}/{v}/datapackage.json") for v in reversed(info.versions)],
        "changes": changes(info.changelog),
        "counts": diff_counts(info.diff),
        "resources": [
            {
                "declared": resources()[name], "title": both(resources()[name].title, resources()[name].title_en),
                "rows": held[name].height, "fields": dictionary(resources()[name]),
                "preview": preview(resources()[name], held[name]),
            }
            for name in package.resources
        ],
        "json_ld": schema_org(info.descriptor, ROOT),
    }  # fmt: skip
