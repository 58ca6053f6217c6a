"""How a package or a report is cited: a line of text, BibTeX and CSL-JSON, with version and checksum.

The checksum of a package is the SHA-256 of its ``datapackage.json``, which states those of all data files; that of a
report is the SHA-256 of the file that it was read from. Without a date of release none is stated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pipelines.publish.files import json_bytes
from pipelines.publish.places import LICENSE, PUBLISHER

KINDS = {"final": ("部门决算", "final accounts"), "budget": ("部门预算", "budget")}
_BIBTEX = {"\\": r"\textbackslash{}", **{c: f"\\{c}" for c in "{}&%$#_"}}


@dataclass(frozen=True, slots=True)
class Citation:
    """One citation in three forms."""

    text: str
    bibtex: str
    csl: str
    """CSL-JSON: a list of one item."""


def of_package(name: str, title: str, version: str, created: datetime | None, sha256: str) -> Citation:
    """``title``: in both languages, as the descriptor has it."""
    return _citation(f"mingzhang-{name}-{version}", PUBLISHER, title, name, version, created, f"SHA-256 {sha256}" if sha256 else "")


def of_report(report: Mapping[str, Any], package: str, version: str, created: datetime | None) -> Citation:
    """The data of one report, of a version of its package."""
    zh, en = KINDS[report["kind"]]
    title = f"{report['institution']}{report['fiscal_year']}年度{zh} ({en}), {package}"
    note = f"{report['report_id']}, source SHA-256 {report['source_sha256']}"
    return _citation(f"mingzhang-{report['report_id']}", f"{PUBLISHER}；原文 {report['institution']}", title, package, version, created, note)


def _citation(
    key: str, author: str, title: str, package: str, version: str, created: datetime | None, note: str
) -> Citation:
    year = f"{created.astimezone(UTC):%Y}" if created else None
    text = f"{author}. {title} [数据集 Data set]. 版本 version {version}{f', {year}' if year else ''}. {note}. CC BY 4.0."
    fields = {"author": f"{{{_escaped(author)}}}", "title": f"{{{_escaped(title)}}}", "version": _escaped(version)}
    fields |= {"year": year} if year else {}
    fields |= {"publisher": f"{{{_escaped(PUBLISHER)}}}", "note": _escaped(f"{package}. {note}"), "copyright": "CC BY 4.0"}
    lines = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items())
    item: dict[str, Any] = {
        "id": key, "type": "dataset", "title": title, "author": [{"literal": author}], "publisher": PUBLISHER,
        "version": version, "note": note, "license": LICENSE["path"],
    }  # fmt: skip
    if created:
        day = created.astimezone(UTC)
        item["issued"] = {"date-parts": [[day.year, day.month, day.day]]}
    return Citation(text, f"@misc{{{key},\n{lines}\n}}\n", json_bytes([item]).decode())


def _escaped(text: str) -> str:
    return "".join(_BIBTEX.get(character, character) for character in text)
