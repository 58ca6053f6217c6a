"""Where files come from: a CSV beside them (``--manifest``) whose fields go into ``sources``.

Columns ``path`` (required: the file's path in the folder that was given, or ``archive.zip/inside.pdf``), ``url``,
``publisher``, ``published_on``, ``retrieved_on`` (days as 2024-08-30). A row for an archive is for all that it
holds. A manifest with anything else in it is refused whole: not for guessing what was meant.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path, PurePosixPath

import polars as pl

from pipelines import schema
from pipelines.extract.result import Extraction
from pipelines.printable import printable, shown

COLUMNS = ("path", "url", "publisher", "published_on", "retrieved_on")
_DAYS = ("published_on", "retrieved_on")
_ADDRESS = re.compile(r"https?://[^\s/]+(?:/\S*)?")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_LARGEST = 64 << 20
"""Bytes of a manifest."""


class ManifestError(Exception):
    """What is wrong with a manifest: ``file:line: reason``."""


@dataclass(frozen=True, slots=True)
class Origin:
    """What a manifest says of one file; ``line`` of the manifest."""

    line: int
    url: str | None = None
    publisher: str | None = None
    published_on: date | None = None
    retrieved_on: date | None = None


Manifest = Mapping[str, Origin]
"""Path of a file, as ``sources.source_file`` names it → its origin."""


def read_manifest(path: Path) -> dict[str, Origin]:
    """Every row of the manifest by path. Raises :class:`ManifestError` for the first thing that is wrong."""
    name = shown(path)
    try:
        data = path.read_bytes() if path.stat().st_size <= _LARGEST else None
    except OSError as error:
        raise ManifestError(f"{name}: the manifest cannot be opened ({error.strerror or type(error).__name__})") from error
    if data is None:
        raise ManifestError(f"{name}: the manifest is larger than {_LARGEST >> 20} MiB")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise ManifestError(f"{name}:{line}: the manifest is not UTF-8") from error
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    found: dict[str, Origin] = {}
    try:
        heads = _heads(next(rows, []))
        for row in rows:
            if any(cell.strip() for cell in row):
                key, origin = _origin(dict(_cells(heads, row)), rows.line_num)
                if key in found:
                    raise ValueError(f"{printable(key)} stands twice, first on line {found[key].line}")
                found[key] = origin
    except (csv.Error, ValueError) as error:
        raise ManifestError(f"{name}:{max(rows.line_num, 1)}: {error}") from error
    return found


def _heads(row: list[str]) -> list[str]:
    heads = [cell.strip() for cell in row]
    unknown = [head for head in heads if head not in COLUMNS]
    if unknown:
        raise ValueError(f"no column of a manifest is called {printable(unknown[0])!r}; columns are {', '.join(COLUMNS)}")
    if "path" not in heads or len(set(heads)) < len(heads):
        raise ValueError("the column path is missing" if "path" not in heads else "a column stands twice")
    return heads


def _cells(heads: list[str], row: list[str]) -> Iterable[tuple[str, str]]:
    if len(row) != len(heads):
        raise ValueError(f"the row has {len(row)} cells, the head {len(heads)}")
    return zip(heads, (cell.strip() for cell in row), strict=True)


def _origin(cells: Mapping[str, str], line: int) -> tuple[str, Origin]:
    for column, text in cells.items():
        if text != printable(text):
            raise ValueError(f"{column} holds characters that cannot be printed")
    key = str(PurePosixPath(cells["path"].replace("\\", "/"))) if cells["path"] else ""
    if not key or key == ".":
        raise ValueError("path is empty")
    url = cells.get("url") or None
    if url and not _ADDRESS.fullmatch(url):
        raise ValueError(f"url is no web address (http:// or https://): {url[:80]}")
    days = {column: _day(column, cells.get(column, "")) for column in _DAYS}
    published, retrieved = (days[column] for column in _DAYS)
    if published and retrieved and retrieved < published:
        raise ValueError(f"retrieved_on ({retrieved}) is before published_on ({published})")
    return key, Origin(line, url, cells.get("publisher") or None, published, retrieved)


def _day(column: str, text: str) -> date | None:
    if not text:
        return None
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass  # told below, like any other text that is no day
    raise ValueError(f"{column} is no day (2024-08-30): {text[:40]}")


def of_files(path: Path | None, names: Iterable[str]) -> dict[str, Origin]:
    """A manifest all of whose rows are of the given files; none is an empty one. Raises :class:`ManifestError`."""
    if path is None:
        return {}
    found = read_manifest(path)
    if stray := unknown(found, names):
        raise ManifestError(f"{shown(path)}:{stray[1]}: none of the given files is {stray[0]}")
    return found


def unknown(manifest: Manifest, names: Iterable[str]) -> tuple[str, int] | None:
    """The first path of a manifest that none of the given files has (or holds, being an archive), with its line."""
    known = set(names)
    for path, origin in manifest.items():
        above = [str(parent) for parent in PurePosixPath(path).parents]
        if path not in known and not known.intersection(above):
            return path, origin.line
    return None


def with_origins(extraction: Extraction, manifest: Manifest) -> Extraction:
    """The extraction with what the manifest says of its files in ``sources``."""
    declared = schema.resources()["sources"]
    rows = []
    for row in extraction.frames["sources"].iter_rows(named=True):
        origin = _of(row["source_file"], manifest)
        told = {name: getattr(origin, name) for name in COLUMNS[1:]} if origin else {}
        rows.append(row | told)
    frame = declared.conform(pl.DataFrame(rows, schema=declared.polars_schema(), orient="row"))
    return replace(extraction, frames=extraction.frames | {"sources": frame})


def _of(name: str, manifest: Manifest) -> Origin | None:
    """A row for the file itself, or for the archive that it lies in."""
    path = PurePosixPath(name)
    return next((manifest[str(p)] for p in (path, *path.parents) if str(p) in manifest), None)
