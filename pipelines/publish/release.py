"""Putting a build in place so that the earlier output stays whole until the new one is complete.

Everything is written under names that begin with a dot, proven, fsynced, and only then renamed:

    out/<package>/.new-1.0.0   being written          out/.mingzhang.duckdb.new
    out/<package>/.old-1.0.0   set aside by the swap
    out/<package>/1.0.0        the release            out/mingzhang.duckdb

The commit point is the journal ``out/.installing``, written when everything is proven: before it, a stopped
build changed nothing and its dotted names are waste; after it, the renames that are missing are completed.
``recover`` does either, and every build starts with it. One build at a time: the output folder is locked.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from pipelines.publish import proof
from pipelines.publish.contents import Frames, checked, figures, package_frames, stop_if
from pipelines.publish.database import DATABASE, build_database
from pipelines.publish.descriptor import validate, write_package
from pipelines.publish.errors import PublishError
from pipelines.publish.files import json_bytes, sync_file, sync_folder, write_atomically
from pipelines.schema import Package, packages

NEW, OLD = ".new-", ".old-"
LATEST = "latest"
JOURNAL = ".installing"
_NEW_DATABASE = f".{DATABASE}.new"
_VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")


@dataclass(frozen=True, slots=True)
class Release:
    """One package as it was published."""

    package: str
    version: str
    path: Path
    reports: int
    """Reports it holds (0 for the classifications)."""
    figures: int
    """Figures of money it holds: non-null cells."""
    rows: dict[str, int] = field(default_factory=dict)
    """Rows by resource."""


def publish(
    frames: Mapping[str, pl.DataFrame],
    out: Path,
    *,
    version: str = "1.0.0",
    created: datetime | None = None,
) -> list[Release]:
    """Publish the frames as packages and as ``mingzhang.duckdb`` in the folder ``out``.

    ``frames`` holds every declared resource by name. ``created`` is the date of the newest input;
    SOURCE_DATE_EPOCH goes before it, and without either the release states no date: never the present time.
    A package without a report is published only where an earlier release of it stands (which it replaces).
    Raises ``PublishError`` and leaves the earlier output as it was when anything is wrong.
    """
    if not _VERSION.fullmatch(version):
        raise PublishError(f"version {version!r} is not major.minor.patch")
    contents = checked(frames)
    if contents["reports"].is_empty():
        raise PublishError("nothing was published: there is no report")
    created = _source_date() or created
    out.mkdir(parents=True, exist_ok=True)
    with _locked(out):
        recover(out)
        shared = {name: package_frames(package, contents) for name, package in packages().items()}
        shared = {name: held for name, held in shared.items() if _to_publish(out / name, held)}
        try:
            for name, held in shared.items():
                _stage(out / name / f"{NEW}{version}", packages()[name], version, created, held)
            build_database(out / _NEW_DATABASE, contents)
            sync_file(out / _NEW_DATABASE)
            _prove(out, version, shared)
        except BaseException:
            # Also on Ctrl-C: what is half written goes, the earlier output was not touched.
            recover(out)
            raise
        _install(out, version, list(shared))
    return [
        Release(
            package=name,
            version=version,
            path=out / name / version,
            reports=held["reports"].height if "reports" in held else 0,
            figures=figures(held),
            rows={resource: frame.height for resource, frame in held.items()},
        )
        for name, held in shared.items()
    ]


def recover(out: Path) -> None:
    """Complete or undo a build that was stopped, so that whole releases stand in the output folder."""
    journal = out / JOURNAL
    if journal.exists():
        begun = json.loads(journal.read_text(encoding="utf-8"))
        _complete(out, begun["version"], begun["packages"])
    for folder in (out / name for name in packages()):
        for unfinished in sorted(folder.glob(f"{NEW}*")):
            shutil.rmtree(unfinished)
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
    for leftover in (_NEW_DATABASE, f"{_NEW_DATABASE}.wal", f".{JOURNAL}.new"):
        (out / leftover).unlink(missing_ok=True)


def _source_date() -> datetime | None:
    """The date that a reproducible build is told to use."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    if not epoch:
        return None
    if not epoch.isdigit():
        raise PublishError(f"SOURCE_DATE_EPOCH {epoch!r} is not a number of seconds")
    return datetime.fromtimestamp(int(epoch), tz=UTC)


@contextmanager
def _locked(out: Path) -> Iterator[None]:
    """Hold the output folder; the lock goes with the process, so a killed build leaves none behind."""
    handle = os.open(out, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise PublishError(f"another build is writing to {out}") from error
        yield
    finally:
        os.close(handle)


def _to_publish(folder: Path, held: Frames) -> bool:
    return "reports" not in held or not held["reports"].is_empty() or _newest(folder) is not None


def _stage(folder: Path, package: Package, version: str, created: datetime | None, held: Frames) -> None:
    """Write one package under its temporary name and let frictionless read it."""
    write_package(folder, package, version, created, held)
    validate(folder)


def _prove(out: Path, version: str, shared: Mapping[str, Frames]) -> None:
    folders = {name: out / name / f"{NEW}{version}" for name in shared}
    stop_if(proof.differences(folders, packages(), out / _NEW_DATABASE))


def _install(out: Path, version: str, names: list[str]) -> None:
    """From here on the build is decided: what is staged and proven goes in, now or after a crash."""
    sync_folder(out)
    for name in names:
        sync_folder(out / name)
    write_atomically(out / JOURNAL, json_bytes({"version": version, "packages": names}))
    _complete(out, version, names)


def _complete(out: Path, version: str, names: list[str]) -> None:
    """Swap in every staged package, then the database. Stopped anywhere, it can be run again."""
    for name in names:
        folder = out / name
        new, old, release = folder / f"{NEW}{version}", folder / f"{OLD}{version}", folder / version
        if new.exists():
            if release.exists():
                os.rename(release, old)
            os.rename(new, release)
        sync_folder(folder)
        if old.exists():
            shutil.rmtree(old)
        write_atomically(folder / LATEST, f"{_newest(folder)}\n".encode())
    if (out / _NEW_DATABASE).exists():
        os.replace(out / _NEW_DATABASE, out / DATABASE)
    sync_folder(out)
    (out / JOURNAL).unlink()
    sync_folder(out)


def _newest(folder: Path) -> str | None:
    """The newest version that stands in a package's folder."""
    if not folder.is_dir():
        return None
    versions = [entry.name for entry in folder.iterdir() if _VERSION.fullmatch(entry.name)]
    return max(versions, key=lambda version: tuple(map(int, version.split("."))), default=None)
