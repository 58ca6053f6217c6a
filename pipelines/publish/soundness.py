"""Whether what stands on the disk is what was published: files against ``SHA256SUMS``, the database against packages.

It reads and tells; it mends nothing (``repair``) and judges no figure.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from pipelines.publish import proof
from pipelines.publish.catalogue import base_address, catalogue_files, read_descriptors
from pipelines.publish.database import DATABASE
from pipelines.publish.errors import PublishError
from pipelines.publish.files import sha256_of
from pipelines.publish.places import CATALOGUE, CHECKSUMS, DESCRIPTOR, SITE, csv_path, parquet_path
from pipelines.schema import packages, resources

_ENTRY = re.compile(r"([0-9a-f]{64})  (\S.*)")
STAGED = ".new-"
"""Before the version of a release that is being written."""
_JUDGED: dict[tuple[str, str, str], dict[str, str]] = {}
"""Package, version and SHA-256 of the checksums → what ``content_damage`` found: repair proves before and after."""
SHOWN = "releases.json"
"""In the site: the releases that it shows."""

MISSING, CHANGED, UNLISTED = "is missing", f"is not what {CHECKSUMS} says", f"is not listed in {CHECKSUMS}"


@dataclass(frozen=True, slots=True)
class Damage:
    """One thing that is not as it was published. ``path`` is relative to the output folder."""

    path: str
    what: str

    def __str__(self) -> str:
        return f"{self.path}: {self.what}"


def listed(folder: Path) -> dict[str, str] | None:
    """Path → SHA-256 of ``SHA256SUMS``; None where it is missing or not such a list."""
    try:
        lines = (folder / CHECKSUMS).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeError):
        return None
    entries = [_ENTRY.fullmatch(line) for line in lines]
    if not entries or not all(entries):
        return None
    sums = {entry[2]: entry[1] for entry in entries if entry}
    inside = all(path.startswith("/") is False and ".." not in path.split("/") for path in sums)
    return sums if inside else None


def release_damage(folder: Path) -> dict[str, str]:
    """Path in the folder → what is wrong with it, for a folder that holds its own ``SHA256SUMS``; empty when whole."""
    sums = listed(folder)
    if sums is None:
        return {CHECKSUMS: "is not a list of checksums" if (folder / CHECKSUMS).exists() else MISSING}
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()} - {CHECKSUMS}
    damage = {path: MISSING for path in sorted(sums.keys() - there)}
    damage |= {path: CHANGED for path in sorted(sums.keys() & there) if not _holds(folder / path, sums[path])}
    return damage | {path: UNLISTED for path in sorted(there - sums.keys())}


def _holds(path: Path, digest: str) -> bool:
    return path.is_file() and sha256_of(path) == digest


def content_damage(folder: Path) -> dict[str, str]:
    """Path in a release → what its content contradicts, for a release whose files are those that it lists.

    The descriptor is valid, stands where it says and knows the files; CSV and Excel copy hold the rows of the Parquet.
    Tables that were declared otherwise when the release was made are proven by their checksums alone.
    """
    # The files being what the list says, what the list says decides.
    key = folder.parent.name, folder.name, sha256_of(folder / CHECKSUMS)
    if key not in _JUDGED:
        _JUDGED[key] = _contradictions(folder)
    return _JUDGED[key]


def _contradictions(folder: Path) -> dict[str, str]:
    # Costs a second to import, and only a proof needs it.
    from frictionless import FrictionlessException
    from frictionless import Package as DataPackage

    try:
        descriptor = json.loads((folder / DESCRIPTOR).read_text(encoding="utf-8"))
        DataPackage.from_descriptor(descriptor)
        stated = {entry["path"]: str(entry["hash"]).removeprefix("sha256:") for entry in descriptor["resources"]}
        calls_itself = (descriptor["name"], descriptor["version"])
        columns = {e["name"]: [f["name"] for f in e["schema"]["fields"]] for e in descriptor["resources"] if "schema" in e}
    except (OSError, ValueError, KeyError, TypeError, FrictionlessException) as error:
        return {DESCRIPTOR: f"is no valid descriptor ({str(error).splitlines()[0]})"}
    if calls_itself != (folder.parent.name, folder.name):
        return {DESCRIPTOR: f"calls itself {' '.join(calls_itself)}"}
    sums = listed(folder) or {}
    if wrong := sorted(path for path, digest in stated.items() if sums.get(path) != digest):
        return {DESCRIPTOR: f"names another checksum than {CHECKSUMS} for {wrong[0]}"}
    declared = packages()[folder.parent.name].resources
    comparable = [name for name in declared if columns.get(name) == list(resources()[name].names)]
    return {csv_path(name): what for name, what in proof.file_differences(comparable, folder).items()}


def shown_releases(newest: Mapping[str, Path]) -> dict[str, dict[str, str]]:
    """Package → version and SHA-256 of ``SHA256SUMS`` of the releases that a site is made from."""
    return {
        name: {"version": folder.name.removeprefix(STAGED), "checksums": sha256_of(folder / CHECKSUMS)}
        for name, folder in newest.items()
    }


def _site(out: Path, newest: Mapping[str, Path]) -> list[Damage]:
    """What is wrong with the site's files, and whether they are those of the newest releases."""
    if not (out / SITE).is_dir():
        return [Damage(SITE, MISSING)]
    found = [Damage(f"{SITE}/{path}", what) for path, what in release_damage(out / SITE).items()]
    try:
        shown = json.loads((out / SITE / SHOWN).read_text(encoding="utf-8"))
        shown = shown if isinstance(shown, dict) else {}
    except (OSError, ValueError):
        return found or [Damage(f"{SITE}/{SHOWN}", "does not say which releases the site shows")]
    there = shown_releases({name: folder for name, folder in newest.items() if (folder / CHECKSUMS).is_file()})
    for name in sorted(there.keys() | shown.keys()):
        if name not in newest:
            found.append(Damage(SITE, f"shows {name}, of which no release is here"))
        elif name in there and shown.get(name) != there[name]:
            found.append(Damage(SITE, f"does not show {name} {newest[name].name} as it stands here"))
    return found


def database_damage(out: Path, newest: Mapping[str, Path]) -> list[str]:
    """What the DuckDB file holds otherwise than the Parquet of the newest releases, one sentence each."""
    place = out / DATABASE
    if not place.is_file():
        return [MISSING]
    try:
        return proof.database_differences(newest, packages(), place)
    except duckdb.Error as error:
        return [f"cannot be read ({str(error).splitlines()[0]})"]


def damage_of(out: Path, releases: Mapping[str, list[Path]]) -> list[Damage]:
    """Everything in an output folder that is not as it was published. ``releases``: per package, oldest first."""
    found = [
        Damage(f"{name}/{folder.name}/{path}", what)
        for name, folders in releases.items()
        for folder in folders
        for path, what in (release_damage(folder) or content_damage(folder)).items()
    ]
    found += missing_releases(out, releases)
    for name, folders in releases.items():
        latest = out / name / "latest"
        if not latest.is_file() or latest.read_bytes() != f"{folders[-1].name}\n".encode():
            found.append(Damage(f"{name}/latest", f"does not name the newest release {folders[-1].name}"))
    newest = {name: folders[-1] for name, folders in releases.items()}
    broken = {damage.path for damage in found}
    whole = {
        name: folder
        for name, folder in newest.items()
        if not any(f"{name}/{folder.name}/{parquet_path(r)}" in broken for r in packages()[name].resources)
    }
    if len(whole) == len(newest):
        found += [Damage(DATABASE, what) for what in database_damage(out, newest)]
    elif not (out / DATABASE).is_file():
        found.append(Damage(DATABASE, MISSING))
    else:
        found.append(Damage(DATABASE, "cannot be compared while Parquet files of the newest releases are damaged"))
    return found + _catalogue(out) + _site(out, newest)


def missing_releases(out: Path, releases: Mapping[str, list[Path]]) -> list[Damage]:
    """Releases that the catalogue lists and that do not stand in the folder."""
    try:
        text = (out / CATALOGUE).read_text(encoding="utf-8")
    except (OSError, UnicodeError):
        return []
    there = {f"{name}/{folder.name}" for name, folders in releases.items() for folder in folders}
    released = re.findall(rf"\b({'|'.join(map(re.escape, packages()))})/(\d+\.\d+\.\d+)/", text)
    gone = dict.fromkeys("/".join(release) for release in released)
    return [
        Damage(release, "is missing, and the catalogue lists it; restore it from a copy, or let the next build go on without it")
        for release in gone
        if release not in there
    ]


def published_at(out: Path) -> str | None:
    """The address under which the folder is published, as its catalogue states it; None where that cannot be read."""
    try:
        identifier = json.loads((out / CATALOGUE).read_text(encoding="utf-8"))["@id"]
        return base_address(str(identifier).removesuffix(f"{CATALOGUE}#catalogue"))
    except (OSError, ValueError, KeyError, TypeError, PublishError):
        return None


def _catalogue(out: Path) -> list[Damage]:
    """Whether the catalogue is what the descriptors of the releases give."""
    if not (out / CATALOGUE).is_file():
        return [Damage(CATALOGUE, MISSING)]
    try:
        expected = catalogue_files(read_descriptors(out), published_at(out))
    except PublishError:
        return [Damage(CATALOGUE, "cannot be compared while descriptors are damaged")]
    return [
        Damage(path, "is not what the descriptors of the releases give")
        for path, content in expected.items()
        if (out / path).read_bytes() != content
    ]
