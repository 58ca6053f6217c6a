"""``mingzhang verify``: prove an output folder, and make again what can be made again from what is proven.

A file of a release is put back only where its bytes are those that ``SHA256SUMS`` names, so damage can never become
content. A lost ``SHA256SUMS`` is written again only where every file of the release is proven without it: the data
by the descriptor's hashes, the rest by being made again byte for byte. What stands beside the releases (database,
catalogue, site, ``latest``) follows from the newest of them.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from pipelines.publish import proof
from pipelines.publish.catalogue import catalogue_files, read_descriptors
from pipelines.publish.changes import CHANGELOG, DIFF, changelog
from pipelines.publish.contents import Frames, published_resources
from pipelines.publish.database import DATABASE, build_database
from pipelines.publish.descriptor import write_package
from pipelines.publish.errors import PublishError
from pipelines.publish.files import (
    checksums,
    json_bytes,
    sha256_of,
    sync_file,
    sync_folder,
    write,
    write_atomically,
)
from pipelines.publish.output import locked
from pipelines.publish.places import CHECKSUMS, DESCRIPTOR, SITE, csv_path, parquet_path
from pipelines.publish.release import (
    LATEST,
    package_info,
    put_in_place,
    recover,
    releases_of,
    staged_name,
    unfinished,
)
from pipelines.publish.site import build_site
from pipelines.publish.soundness import UNLISTED, Damage, damage_of, listed, release_damage
from pipelines.publish.versions import compare, of_frames, of_release
from pipelines.schema import Package, SchemaError, packages, resources

SCRATCH = ".repair-"
OTHER_PROGRAM = "cannot be made again byte for byte (made by another version of the program); restore it from a copy"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is sound in an output folder, what was mended, and what is left."""

    releases: dict[str, list[str]]
    """Package → versions that stand there, oldest first."""
    damage: list[Damage]
    """What is not as it was published (before repair)."""
    repaired: list[str]
    """Paths that were mended."""
    left: list[Damage]
    """Damage that remains, with what to do."""


def verify(out: Path, repair: bool = False) -> Verdict:
    """Prove every release of an output folder, the database and the site; with ``repair`` mend what can be proven.

    Raises ``PublishError`` where the folder holds no release at all or another process is writing it.
    """
    if not repair:
        return _proven(out)
    with locked(out):
        recover(out)
        before = _proven(out)
        repaired: list[str] = []
        hopeless: dict[str, str] = {}
        for name, folders in releases_of(out).items():
            for folder in folders:
                mended, lost = _mend_release(packages()[name], folder)
                repaired += [f"{name}/{folder.name}/{path}" for path in mended]
                hopeless |= {f"{name}/{folder.name}/{path}": why for path, why in lost.items()}
        repaired += _mend_root(out)
        left = [Damage(d.path, hopeless.get(d.path, d.what)) for d in _proven(out).damage]
        return Verdict(before.releases, before.damage, repaired, left)


def _proven(out: Path) -> Verdict:
    releases = releases_of(out)
    if not releases:
        raise PublishError(f"{out} holds no release")
    damage = damage_of(out, releases)
    if unfinished(out):
        damage.insert(0, Damage(".", "a stopped build is unfinished; the next build or --repair ends it"))
    names = {name: [folder.name for folder in folders] for name, folders in releases.items()}
    return Verdict(names, damage, [], list(damage))


# --- a release ----------------------------------------------------------------------------------------------------


def _mend_release(package: Package, folder: Path) -> tuple[list[str], dict[str, str]]:
    """Paths that were mended, and why others could not be."""
    damage = release_damage(folder)
    lost = {path: "is no part of the release; move it away" for path, what in damage.items() if what == UNLISTED}
    broken = [path for path in damage if path not in lost]
    if not broken:
        return [], lost
    scratch = folder.parent / f"{SCRATCH}{folder.name}"
    shutil.rmtree(scratch, ignore_errors=True)
    try:
        _make_again(package, folder, scratch, listed(folder))
        mended, failed = _put_back(folder, scratch, broken)
    except (PublishError, SchemaError, OSError, ValueError, KeyError, pl.exceptions.PolarsError) as error:
        mended, failed = [], dict.fromkeys(broken, f"cannot be made again: {str(error).splitlines()[0]}")
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return mended, lost | failed


def _put_back(folder: Path, scratch: Path, broken: list[str]) -> tuple[list[str], dict[str, str]]:
    sums = listed(folder)
    if sums is None:
        whole = checksums(scratch)
        if checksums(folder) != whole:
            return [], {CHECKSUMS: "cannot be proven: files differ from what the program makes; restore it from a copy"}
        write_atomically(folder / CHECKSUMS, whole)
        return [CHECKSUMS], {}
    mended, failed = [], {}
    for path in broken:
        made = scratch / path
        if made.is_file() and sha256_of(made) == sums[path]:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            made.replace(folder / path)
            sync_folder((folder / path).parent)
            mended.append(path)
        else:
            failed[path] = OTHER_PROGRAM
    return mended, failed


def _make_again(package: Package, folder: Path, scratch: Path, sums: Mapping[str, str] | None) -> None:
    """Write the release anew from those of its files that are proven."""
    descriptor = _descriptor(folder, sums)
    hashes = sums if sums is not None else _hashes(descriptor)
    held = {name: _frame(folder, name, hashes) for name in package.resources}
    created = descriptor.get("created")
    date = datetime.fromisoformat(created).astimezone(UTC) if isinstance(created, str) else _dated(folder, sums)
    extra = {}
    for path in (CHANGELOG, DIFF):
        if sums is not None and path in sums and (folder / path).is_file() and sha256_of(folder / path) == sums[path]:
            extra[path] = (folder / path).read_bytes()
    if len(extra) < 2:
        extra = _changes(package, folder, held, date) | extra
    write_package(scratch, package, folder.name, date, held, extra)


def _descriptor(folder: Path, sums: Mapping[str, str] | None) -> dict[str, Any]:
    """The descriptor where it is proven (or nothing else can prove it), else nothing."""
    path = folder / DESCRIPTOR
    if not path.is_file() or (sums is not None and sha256_of(path) != sums.get(DESCRIPTOR)):
        return {}
    found = json.loads(path.read_text(encoding="utf-8"))
    return found if isinstance(found, dict) else {}


def _hashes(descriptor: Mapping[str, Any]) -> dict[str, str]:
    entries = descriptor.get("resources", [])
    return {entry["path"]: str(entry["hash"]).removeprefix("sha256:") for entry in entries}


def _dated(folder: Path, sums: Mapping[str, str] | None) -> datetime | None:
    """The date of a release whose descriptor is lost: that of the proven payload for CKAN, which states it too."""
    path = folder / "ckan.json"
    if sums is None or not path.is_file() or sha256_of(path) != sums.get("ckan.json"):
        return None
    extras = json.loads(path.read_text(encoding="utf-8")).get("extras", [])
    stated = next((e["value"] for e in extras if e.get("key") == "modified"), None)
    return datetime.fromisoformat(stated).astimezone(UTC) if stated else None


def _frame(folder: Path, name: str, hashes: Mapping[str, str]) -> pl.DataFrame:
    """A resource's rows from its Parquet, else its CSV, whichever is what its hash says."""
    resource = resources()[name]
    for path in (parquet_path(name), csv_path(name)):
        if (folder / path).is_file() and sha256_of(folder / path) == hashes.get(path):
            if path == parquet_path(name):
                return resource.conform(pl.read_parquet(folder / path))
            with duckdb.connect() as connection:
                columns = ", ".join(f'"{column}"' for column in resource.names)
                rows = connection.execute(f"SELECT {columns} FROM {proof.csv_source(folder / path, resource)}").fetchall()
            return resource.conform(pl.DataFrame(rows, schema=resource.polars_schema(), orient="row"))
    raise PublishError(f"{name}: neither its Parquet nor its CSV is whole")


def _changes(package: Package, folder: Path, held: Frames, created: datetime | None) -> dict[str, bytes]:
    """Change log and diff, by comparing again with the release before."""
    siblings = releases_of(folder.parent.parent).get(package.name, [])
    earlier = siblings[: siblings.index(folder)]
    before = earlier[-1] if earlier else None
    if before is not None and release_damage(before):
        raise PublishError(f"{before.name}, the release before it, is damaged itself")
    diff = compare(of_release(before) if before else None, of_frames(package, held))
    diff.after = folder.name
    return {
        CHANGELOG: changelog(diff, folder.name, created, before).encode("utf-8"),
        DIFF: json_bytes(diff.document()),
    }


# --- what stands beside the releases ------------------------------------------------------------------------------


def _mend_root(out: Path) -> list[str]:
    """Make again what follows from the newest releases, where these are whole."""
    releases = releases_of(out)
    broken = {damage.path.partition("/")[0] for damage in damage_of(out, releases)}
    newest = {name: folders[-1] for name, folders in releases.items()}
    mended = []
    for name, folder in newest.items():
        latest = f"{folder.name}\n".encode()
        if not (out / name / LATEST).is_file() or (out / name / LATEST).read_bytes() != latest:
            write_atomically(out / name / LATEST, latest)
            mended.append(f"{name}/{LATEST}")
    if any(release_damage(folder) for folder in newest.values()):
        return mended
    contents = _contents(newest)
    descriptors = read_descriptors(out)
    if DATABASE in broken:
        build_database(out / staged_name(DATABASE), contents)
        sync_file(out / staged_name(DATABASE))
        mended.append(DATABASE)
    files = catalogue_files(descriptors)
    for path, content in files.items():
        if path in broken:
            write(out / staged_name(path), content)
            mended.append(path)
    if SITE in broken:
        infos = [package_info(folder, folder.name, descriptors[name]) for name, folder in newest.items()]
        dates = [datetime.fromisoformat(info.descriptor["created"]) for info in infos if "created" in info.descriptor]
        # The counts of rules that pass are no part of the releases: the next build writes them on the page of rules.
        build_site(out / staged_name(SITE), contents, None, infos, max(dates, default=None))
        write(out / staged_name(SITE) / CHECKSUMS, checksums(out / staged_name(SITE)))
        mended.append(SITE)
    put_in_place(out, {})
    return mended


def _contents(newest: Mapping[str, Path]) -> Frames:
    """Every published frame, joined from the newest releases: a report's rows from the first package that holds it."""
    frames: Frames = {}
    for name in published_resources():
        resource = resources()[name]
        seen: list[str] = []
        parts = []
        for package, folder in newest.items():
            if name not in packages()[package].resources:
                continue
            rows = resource.conform(pl.read_parquet(folder / parquet_path(name)))
            if not resource.by_report:
                parts = [rows]
                break
            ids = pl.read_parquet(folder / parquet_path("reports"), columns=["report_id"])["report_id"].to_list()
            parts.append(rows.filter(~pl.col("report_id").is_in(seen)))
            seen += ids
        joined = pl.concat(parts) if parts else resource.empty()
        frames[name] = joined.sort("report_id", maintain_order=True) if resource.by_report else joined
    return frames
