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
from pipelines.publish.database import DATABASE
from pipelines.publish.files import sha256_of
from pipelines.publish.places import CATALOGUE, CHECKSUMS, DESCRIPTOR, SITE, parquet_path
from pipelines.schema import packages

_ENTRY = re.compile(r"([0-9a-f]{64})  (\S.*)")

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
    return {entry[2]: entry[1] for entry in entries if entry}


def release_damage(folder: Path) -> dict[str, str]:
    """Path in the folder → what is wrong with it, for a folder that holds its own ``SHA256SUMS``; empty when whole."""
    sums = listed(folder)
    if sums is None:
        return {CHECKSUMS: "is not a list of checksums" if (folder / CHECKSUMS).exists() else MISSING}
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()} - {CHECKSUMS}
    damage = {path: MISSING for path in sorted(sums.keys() - there)}
    damage |= {path: CHANGED for path in sorted(sums.keys() & there) if sha256_of(folder / path) != sums[path]}
    return damage | {path: UNLISTED for path in sorted(there - sums.keys())}


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
        for path, what in release_damage(folder).items()
    ]
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
    found += _catalogue(out, newest)
    if not (out / SITE).is_dir():
        found.append(Damage(SITE, MISSING))
    else:
        found += [Damage(f"{SITE}/{path}", what) for path, what in release_damage(out / SITE).items()]
    return found


def _catalogue(out: Path, newest: Mapping[str, Path]) -> list[Damage]:
    try:
        text = (out / CATALOGUE).read_text(encoding="utf-8")
        json.loads(text)
    except FileNotFoundError:
        return [Damage(CATALOGUE, MISSING)]
    except (OSError, ValueError):
        return [Damage(CATALOGUE, "cannot be read")]
    return [
        Damage(CATALOGUE, f"does not list {name} {folder.name}")
        for name, folder in newest.items()
        if f"{name}/{folder.name}/{DESCRIPTOR}" not in text
    ]
