"""``mingzhang verify``: prove an output folder, and make again what can be made again from what is proven.

A file of a release is put back only where its bytes are those that ``SHA256SUMS`` names, so damage can never become
content. A lost ``SHA256SUMS`` is written again only where every file of the release is proven without it: the data
by the descriptor's hashes, the rest by being made again byte for byte. What stands beside the releases (database,
catalogue, site, ``latest``) follows from the newest of them.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence, Set
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
from pipelines.publish.descriptor import write_package, write_resources
from pipelines.publish.errors import PublishError
from pipelines.publish.files import (
    checksums,
    json_bytes,
    sha256,
    sha256_of,
    sync_file,
    sync_folder,
    write,
    write_atomically,
)
from pipelines.publish.output import locked
from pipelines.publish.places import CHECKSUMS, DESCRIPTOR, SITE, csv_path, excel_path, parquet_path
from pipelines.publish.release import (
    LATEST,
    ROOT,
    package_info,
    put_in_place,
    recover,
    releases_of,
    seal_site,
    staged_name,
    unfinished,
)
from pipelines.publish.site import build_site
from pipelines.publish.soundness import (
    SHOWN,
    UNLISTED,
    Damage,
    damage_of,
    listed,
    missing_releases,
    published_at,
    release_damage,
)
from pipelines.publish.versions import compare, of_frames, of_release
from pipelines.quarantine import quarantine_of
from pipelines.schema import Package, SchemaError, packages, resources

SCRATCH = ".repair-"
OTHER_PROGRAM = "cannot be made again byte for byte (made by another version of the program); restore it from a copy"


@dataclass(frozen=True, slots=True)
class Repair:
    """What is sound in an output folder, what was mended, and what is left."""

    releases: dict[str, list[str]]
    """Package → versions that stand there, oldest first."""
    damage: list[Damage]
    """What is not as it was published (before repair)."""
    repaired: list[str]
    """Paths that were mended."""
    left: list[Damage]
    """Damage that remains, with what to do."""


def verify(out: Path, repair: bool = False) -> Repair:
    """Prove every release of an output folder, the database and the site; with ``repair`` mend what can be proven.

    Raises ``PublishError`` where the folder holds no release at all or another process is writing it.
    """
    if not repair:
        verdict = _proven(out)
        if verdict.damage:
            # A build that is being put in place is no damage.
            with locked(out):
                return verdict
        return verdict
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
        mended_root, lost_root = _mend_root(out, _proven(out).damage if repaired else before.damage)
        repaired += mended_root
        hopeless |= lost_root
        after = _proven(out).damage if repaired else before.damage
        left = [Damage(d.path, hopeless.get(d.path, d.what)) for d in after]
        return Repair(before.releases, before.damage, repaired, left)


def _proven(out: Path) -> Repair:
    releases = releases_of(out)
    if not releases:
        raise PublishError(f"{out} holds no release")
    damage = damage_of(out, releases)
    if unfinished(out):
        damage.insert(0, Damage(".", "a stopped build is unfinished; the next build or --repair ends it"))
    names = {name: [folder.name for folder in folders] for name, folders in releases.items()}
    return Repair(names, damage, [], list(damage))


# --- a release ----------------------------------------------------------------------------------------------------


def _mend_release(package: Package, folder: Path) -> tuple[list[str], dict[str, str]]:
    """Paths that were mended, and why others could not be."""
    damage = release_damage(folder)
    if not damage:
        return [], {}
    scratch = folder.parent / f"{SCRATCH}{folder.name}"
    shutil.rmtree(scratch, ignore_errors=True)
    try:
        why = _make_again(package, folder, scratch)
        return _put_back(folder, scratch, damage, why)
    except (PublishError, SchemaError, OSError, ValueError, KeyError, TypeError, pl.exceptions.PolarsError) as error:
        return [], dict.fromkeys(damage, f"cannot be made again: {str(error).partition(chr(10))[0]}")
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _put_back(
    folder: Path, scratch: Path, damage: Mapping[str, str], why: Mapping[str, str]
) -> tuple[list[str], dict[str, str]]:
    """Put back what is proven. ``why``: path → the reason for which it was not made again."""
    sums = listed(folder)
    proven = sums if sums is not None else _stated(folder, scratch)
    mended = []
    for path in sorted(proven):
        made = scratch / path
        if not _is(folder / path, proven[path]) and _is(made, proven[path]):
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(made, folder.parent / f"{SCRATCH}file")
            sync_file(folder.parent / f"{SCRATCH}file")
            (folder.parent / f"{SCRATCH}file").replace(folder / path)
            sync_folder((folder / path).parent)
            mended.append(path)
    if left := release_damage(folder):
        whole = (scratch / CHECKSUMS).read_bytes() if (scratch / CHECKSUMS).is_file() else None
        if whole is not None and checksums(folder) == whole and _shown(folder) in (None, sha256(whole)):
            # Every file is what the proven rows give: it is the list itself that is damaged.
            write_atomically(folder / CHECKSUMS, whole)
            return [*mended, CHECKSUMS], {}
    failed = {path: why.get(path, OTHER_PROGRAM) for path in left}
    if CHECKSUMS in left:
        failed[CHECKSUMS] = "cannot be proven: files differ from what the program makes; restore it from a copy"
    strange = "is no part of the release; move it away"
    known = f"is not listed in {CHECKSUMS}, which is damaged; restore that from a copy"
    failed |= {path: known if (scratch / path).is_file() else strange for path, what in left.items() if what == UNLISTED}
    return mended, failed


def _is(path: Path, digest: str) -> bool:
    return path.is_file() and sha256_of(path) == digest


def _stated(folder: Path, scratch: Path) -> dict[str, str]:
    """The checksums that the descriptor states, where it is the one that the rows give."""
    same = (scratch / DESCRIPTOR).is_file() and _is(folder / DESCRIPTOR, sha256_of(scratch / DESCRIPTOR))
    return _hashes(_descriptor(folder, None)) if same else {}


def _shown(folder: Path) -> str | None:
    """The SHA-256 of a release's ``SHA256SUMS`` as the portal knows it; None where it shows another release."""
    try:
        shown = json.loads((folder.parent.parent / SITE / SHOWN).read_text(encoding="utf-8"))[folder.parent.name]
        return str(shown["checksums"]) if shown["version"] == folder.name else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _make_again(package: Package, folder: Path, scratch: Path) -> dict[str, str]:
    """Write the release anew from those of its files that are proven; what could not be written, and why."""
    sums = listed(folder)
    descriptor = _descriptor(folder, sums)
    hashes = {**_hashes(descriptor), **(sums or {})}
    held, lost = {}, {}
    for name in package.resources:
        try:
            held[name] = _frame(folder, name, hashes)
        except (PublishError, SchemaError, duckdb.Error, pl.exceptions.PolarsError) as error:
            lost[name] = str(error).partition("\n")[0]
    if lost:
        # The tables that are whole are written; what tells of all of them is not.
        scratch.mkdir(parents=True)
        write_resources(scratch, held)
        every = f"needs every table of the release; {next(iter(lost.values()))}; restore it from a copy"
        why = {path(name): reason for name, reason in lost.items() for path in (csv_path, parquet_path, excel_path)}
        made = {path(name) for name in held for path in (csv_path, parquet_path, excel_path)}
        if "reports" in lost:  # the Excel copies say of every row whose it is
            why |= {excel_path(name): lost["reports"] for name in held if resources()[name].by_report}
            made -= set(why)
        return why | {path: every for path in hashes if path not in why and path not in made} | {DESCRIPTOR: every}
    created = descriptor.get("created")
    date = datetime.fromisoformat(created).astimezone(UTC) if isinstance(created, str) else _dated(folder, sums)
    extra = {}
    for path in (CHANGELOG, DIFF):
        if sums is not None and path in sums and _is(folder / path, sums[path]):
            extra[path] = (folder / path).read_bytes()
    if len(extra) < 2:
        extra = _changes(package, folder, held, date) | extra
    write_package(scratch, package, folder.name, date, held, extra, _base(folder, sums))
    return {}


def _base(folder: Path, sums: Mapping[str, str] | None) -> str | None:
    """The address that the release was made for: of its own payload for CKAN where that is whole, else the catalogue's."""
    path, end = folder / "ckan.json", f"{folder.parent.name}/{folder.name}/"
    if sums is None or _is(path, sums.get("ckan.json", "")):
        try:
            return str(json.loads(path.read_text(encoding="utf-8"))["url"]).removesuffix(end)
        except (OSError, ValueError, KeyError, TypeError):
            pass
    return published_at(folder.parent.parent)


def _descriptor(folder: Path, sums: Mapping[str, str] | None) -> dict[str, Any]:
    """The descriptor where it is proven (or nothing is left that could prove it), else nothing."""
    path = folder / DESCRIPTOR
    if not path.is_file() or (sums is not None and DESCRIPTOR in sums and not _is(path, sums[DESCRIPTOR])):
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
    raise PublishError(f"{name}: neither its Parquet nor its CSV is whole; restore one of them from a copy")


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


def _mend_root(out: Path, damage: Sequence[Damage]) -> tuple[list[str], dict[str, str]]:
    """Make again what follows from the newest releases, where their rows are whole; what could not be, and why."""
    releases = releases_of(out)
    broken = {found.path.partition("/")[0] for found in damage}
    newest = {name: folders[-1] for name, folders in releases.items()}
    mended: list[str] = []
    needed = {f"{name}/{folder.name}" for name, folder in newest.items()}
    unproven = [
        found.path for found in damage if found.path.startswith(tuple(f"{place}/data/" for place in needed))
    ] + [str(place) for place in missing_releases(out, releases)]
    if unproven:
        # Made from what is left, they would pass for whole.
        why = f"cannot be made again while a release is not whole: {unproven[0]}"
        names = [found.path for found in damage if found.path.partition("/")[0] in ROOT or found.path.endswith(f"/{LATEST}")]
        return mended, dict.fromkeys(names, why)
    for name, folder in newest.items():
        latest = f"{folder.name}\n".encode()
        if not (out / name / LATEST).is_file() or (out / name / LATEST).read_bytes() != latest:
            write_atomically(out / name / LATEST, latest)
            mended.append(f"{name}/{LATEST}")
    failed: dict[str, str] = {}
    try:
        mended += _stage_again(out, newest, broken & set(ROOT))
    except (PublishError, SchemaError) as error:
        recover(out)
        failed = {found.path: f"cannot be made again: {error}" for found in damage if found.path.partition("/")[0] in ROOT}
    put_in_place(out, {})
    return mended, failed


def _stage_again(out: Path, newest: Mapping[str, Path], broken: Set[str]) -> list[str]:
    """Write anew the database, the catalogue and the site that are broken, under the names of what is staged."""
    if not broken:
        return []
    contents = _contents(newest)
    if DATABASE in broken:
        build_database(out / staged_name(DATABASE), contents)
        sync_file(out / staged_name(DATABASE))
    descriptors = read_descriptors(out)
    for path, content in catalogue_files(descriptors, published_at(out)).items():
        if path in broken:
            write(out / staged_name(path), content)
    if SITE in broken:
        infos = [package_info(folder, folder.name, descriptors[name]) for name, folder in newest.items()]
        dates = [datetime.fromisoformat(info.descriptor["created"]) for info in infos if "created" in info.descriptor]
        # The counts of rules that pass are no part of the releases: the next build writes them on the page of rules.
        build_site(out / staged_name(SITE), contents, infos, max(dates, default=None), quarantine_of(out))
        seal_site(out / staged_name(SITE), newest)
    return sorted(broken)


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
