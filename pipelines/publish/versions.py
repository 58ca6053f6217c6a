"""What changed between two releases of a package, and which version that makes.

The comparison is of content: rows by their primary key, cell by cell, as the CSV prints them, and the schema as
``datapackage.json`` declares it. Bytes of files play no part. The levels are those of the Data Package versioning
recipe: a break of the schema is major, new rows are minor, corrected or removed rows are patch.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import polars as pl

from pipelines.publish.errors import PublishError
from pipelines.publish.files import csv_bytes
from pipelines.publish.places import DESCRIPTOR
from pipelines.schema import Package, resources

Level = Literal["major", "minor", "patch"]
FIRST = "1.0.0"
DERIVED = frozenset({"findings", "rule_results", "disclosure_checklist"})
"""Follow from the others: a corrected figure is a patch, also where it brings findings or takes them away."""
LISTED = 100_000
"""Rows and cells that ``diff.json`` lists of one resource; its counts are always complete."""
_DESCRIPTIVE = ("title", "description", "usageWarnings", "sources", "example", "unit", "labels")
"""Properties of a descriptor that say what something means and not what it is."""

Key = dict[str, str | None]


@dataclass(slots=True)
class Table:
    """One resource of a release: how it is declared, and its rows as text."""

    schema: dict[str, Any]
    about: dict[str, Any]
    """Its descriptive properties."""
    read: Callable[[], pl.DataFrame]


@dataclass(slots=True)
class Content:
    """What one release of a package holds. ``version`` None: it has none yet."""

    package: str
    version: str | None
    tables: dict[str, Table]
    about: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class ResourceDiff:
    """Rows of one resource: keys that came and went, and cells that changed."""

    added: list[Key] = field(default_factory=list)
    removed: list[Key] = field(default_factory=list)
    changed: list[dict[str, Any]] = field(default_factory=list)
    """``key``, ``column``, ``old``, ``new``; values as the CSV prints them, None for a blank."""
    counts: dict[str, int] = field(default_factory=lambda: {"added": 0, "removed": 0, "changed": 0})
    """Rows added and removed, cells changed: complete where the lists are not."""

    def __bool__(self) -> bool:
        return any(self.counts.values())


@dataclass(slots=True)
class Diff:
    """The difference between two releases of a package."""

    package: str
    before: str | None
    after: str | None
    level: Level | None
    """None: the content is the same (or there is nothing to compare with)."""
    schema: list[str] = field(default_factory=list)
    """What breaks the schema, one sentence each."""
    described: list[str] = field(default_factory=list)
    """Whose titles or descriptions changed."""
    new_resources: list[str] = field(default_factory=list)
    resources: dict[str, ResourceDiff] = field(default_factory=dict)
    """Those with a difference."""
    reports: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """``added``, ``removed``, ``revised`` (same report, another file)."""

    def document(self) -> dict[str, Any]:
        """``diff.json``."""
        return {
            "package": self.package,
            "from": self.before,
            "to": self.after,
            "level": self.level or ("first" if self.before is None else "none"),
            "schema": self.schema,
            "described": self.described,
            "new_resources": self.new_resources,
            "reports": self.reports,
            "counts": {name: diff.counts for name, diff in self.resources.items()},
            "listed_at_most": LISTED,
            "changes": {
                name: {"added": diff.added, "removed": diff.removed, "changed": diff.changed}
                for name, diff in self.resources.items()
            },
        }


# --- what is compared ---------------------------------------------------------------------------------------


def of_frames(package: Package, held: Mapping[str, pl.DataFrame]) -> Content:
    """The content of a release that is about to be made. ``held``: conformed frames of the package."""

    def reader(frame: pl.DataFrame) -> Callable[[], pl.DataFrame]:
        return lambda: _as_text(io.BytesIO(csv_bytes(frame)))

    tables = {}
    for name in package.resources:
        declared = resources()[name]
        about = {
            "title": f"{declared.title} {declared.title_en}",
            "description": declared.description,
            "usageWarnings": list(declared.usage_warnings),
        }
        tables[name] = Table(declared.table_schema(), about, reader(held[name]))
    return Content(package.name, None, tables, _about_package(package))


def _about_package(package: Package) -> dict[str, Any]:
    return {
        "title": f"{package.title} {package.title_en}",
        "description": f"{package.description_zh} {package.description}",
    }


def of_release(folder: Path) -> Content:
    """The content of a release on disk. Raises ``PublishError`` naming it when it cannot be read."""
    where = f"{folder.parent.name} {folder.name}"
    try:
        descriptor = json.loads((folder / DESCRIPTOR).read_text(encoding="utf-8"))
        tables = {}
        for resource in descriptor["resources"]:
            # The Excel copy and the Parquet hold the same rows.
            if resource.get("format") != "csv" or resource.get("encoding") != "utf-8":
                continue
            path = folder / resource["path"]
            if not path.is_file():
                raise PublishError(f"the release {where} in {folder.parent} is not whole: {resource['path']} is missing")
            # A table cut short would pass for one from which rows were removed.
            if path.stat().st_size != resource["bytes"]:
                raise PublishError(f"the release {where} in {folder.parent} is not whole: {resource['path']} has another size")
            about = {
                "title": resource.get("title"),
                "description": resource.get("description"),
                "usageWarnings": resource.get("usageWarnings", []),
            }
            tables[resource["name"]] = Table(resource["schema"], about, _file_reader(path, where))
        about = {name: descriptor.get(name) for name in ("title", "description")}
        return Content(descriptor["name"], descriptor["version"], tables, about)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise PublishError(f"the release {where} in {folder.parent} cannot be read: {error}") from error


def _file_reader(path: Path, where: str) -> Callable[[], pl.DataFrame]:
    def read() -> pl.DataFrame:
        try:
            return _as_text(path)
        except (OSError, pl.exceptions.PolarsError) as error:
            raise PublishError(f"the release {where} cannot be read: {path.name}: {error}") from error

    return read


def _as_text(source: Path | io.BytesIO) -> pl.DataFrame:
    return pl.read_csv(source, infer_schema=False, encoding="utf8")


# --- the comparison -----------------------------------------------------------------------------------------


def compare(old: Content | None, new: Content) -> Diff:
    """What is different in ``new``, and the level of it."""
    diff = Diff(new.package, old.version if old else None, new.version, None)
    if old is None:
        diff.resources = {name: _all_added(table.read()) for name, table in new.tables.items()}
        return diff
    diff.schema = [f"{name}: the resource is gone" for name in old.tables if name not in new.tables]
    diff.new_resources = [name for name in new.tables if name not in old.tables]
    if _plain(old.about) != _plain(new.about):
        diff.described.append(new.package)
    for name, table in new.tables.items():
        before = old.tables.get(name)
        if before is None:
            diff.resources[name] = _all_added(table.read())
            continue
        diff.schema += [f"{name}: {what}" for what in _schema_breaks(before.schema, table.schema)]
        if _plain(before.about) != _plain(table.about) or _words(before.schema) != _words(table.schema):
            diff.described.append(name)
        keys = table.schema.get("primaryKey") or [f["name"] for f in table.schema["fields"]]
        same_keys = before.schema.get("primaryKey") == table.schema.get("primaryKey")
        rows = _rows(before.read(), table.read(), [keys] if isinstance(keys, str) else list(keys), same_keys)
        if rows:
            diff.resources[name] = rows
    diff.reports = _reports(diff.resources.get("reports"))
    diff.level = _level(diff)
    return diff


def _level(diff: Diff) -> Level | None:
    if diff.schema:
        return "major"
    if diff.new_resources or any(rows.counts["added"] for name, rows in diff.resources.items() if name not in DERIVED):
        return "minor"
    return "patch" if diff.resources or diff.described else None


def next_version(version: str | None, level: Level | None) -> str:
    """The version after ``version`` for a change of that level; the first one after none."""
    if version is None:
        return FIRST
    major, minor, patch = (int(part) for part in version.split("."))
    return {
        "major": f"{major + 1}.0.0",
        "minor": f"{major}.{minor + 1}.0",
        "patch": f"{major}.{minor}.{patch + 1}",
        None: version,
    }[level]


def _all_added(rows: pl.DataFrame) -> ResourceDiff:
    """Rows of what is new as a whole are counted, not listed."""
    return ResourceDiff(counts={"added": rows.height, "removed": 0, "changed": 0})


def _plain(about: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in about.items() if value}


def _schema_breaks(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    """What a program that reads the old table would stumble over."""
    before = {f["name"]: f for f in old["fields"]}
    after = {f["name"]: f for f in new["fields"]}
    yield from (f"column {name} is gone" for name in before if name not in after)
    yield from (f"column {name} is new" for name in after if name not in before)
    common = [name for name in before if name in after]
    if common != [name for name in after if name in before]:
        yield "columns stand in another order"
    for name in common:
        if _formal(before[name]) != _formal(after[name]):
            yield f"column {name} has another type or other constraints"
    for key, what in (("primaryKey", "primary key"), ("foreignKeys", "foreign keys"), ("missingValues", "missing values")):
        if old.get(key) != new.get(key):
            yield f"its {what} changed"


def _formal(declared: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in declared.items() if name not in _DESCRIPTIVE}


def _words(schema: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{name: f.get(name) for name in ("name", *_DESCRIPTIVE)} for f in schema["fields"]]


def _rows(old: pl.DataFrame, new: pl.DataFrame, keys: list[str], same_keys: bool) -> ResourceDiff:
    """Rows by key. Where the key is another one, no row can be told to be the same one."""
    if not same_keys:
        return ResourceDiff(counts={"added": new.height, "removed": old.height, "changed": 0})
    added = new.join(old, on=keys, how="anti", nulls_equal=True, maintain_order="left").select(keys)
    removed = old.join(new, on=keys, how="anti", nulls_equal=True, maintain_order="left").select(keys)
    common = [name for name in new.columns if name in old.columns and name not in keys]
    both = new.select(*keys, *common).join(
        old.select(*keys, *common), on=keys, how="inner", suffix=" before", nulls_equal=True, maintain_order="left"
    )
    changed: list[dict[str, Any]] = []
    cells = 0
    for column in common:
        differing = both.filter(pl.col(column).ne_missing(pl.col(f"{column} before")))
        cells += differing.height
        changed += [
            {"key": dict(zip(keys, row[:-2], strict=True)), "column": column, "old": row[-1], "new": row[-2]}
            for row in differing.select(*keys, column, f"{column} before").head(max(LISTED - len(changed), 0)).iter_rows()
        ]
    return ResourceDiff(
        added.head(LISTED).to_dicts(),
        removed.head(LISTED).to_dicts(),
        changed,
        {"added": added.height, "removed": removed.height, "changed": cells},
    )


def _reports(rows: ResourceDiff | None) -> dict[str, list[dict[str, Any]]]:
    """Reports that came, went, or were published again with another file."""
    if rows is None:
        return {}
    revised = [
        {"report_id": cell["key"]["report_id"], "old_sha256": cell["old"], "new_sha256": cell["new"]}
        for cell in rows.changed
        if cell["column"] == "source_sha256"
    ]
    found = {"added": list(rows.added), "removed": list(rows.removed), "revised": revised}
    return {name: entries for name, entries in found.items() if entries}
