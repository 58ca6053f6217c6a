"""Putting a build in place so that the earlier output stays whole until the new one is complete.

Everything is written under names that begin with a dot, proven, fsynced, and only then renamed:

    out/<package>/.new-1.1.0   being written          out/.mingzhang.duckdb.new
    out/<package>/1.1.0        the release            out/mingzhang.duckdb
    out/<package>/1.0.0        an earlier one, never touched again

The version of a package follows from what changed in it (``versions``); a package in which nothing changed gets no
release. The commit point is the journal ``out/.installing``, written when everything is proven: before it, a stopped
build changed nothing and its dotted names are waste; after it, the renames that are missing are completed.
``recover`` does either, and every build starts with it. One build at a time: the output folder is locked.
"""

from __future__ import annotations

import filecmp
import json
import os
import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.publish import proof
from pipelines.publish.catalogue import CATALOGUE, catalogue_files, read_descriptors
from pipelines.publish.changes import CHANGELOG, DIFF, changelog
from pipelines.publish.contents import Frames, checked, figures, package_frames, stop_if
from pipelines.publish.database import DATABASE, build_database, opens
from pipelines.publish.descriptor import validate, write_package
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
from pipelines.publish.places import CHECKSUMS, DESCRIPTOR, SITE, archive_path
from pipelines.publish.site import PackageInfo, build_site
from pipelines.publish.soundness import SHOWN, STAGED, UNLISTED, release_damage, shown_releases
from pipelines.publish.swap import exchange
from pipelines.publish.versions import Content, Diff, Level, compare, next_version, of_frames, of_release
from pipelines.schema import Package, packages

NEW = STAGED
LATEST = "latest"
JOURNAL = ".installing"
NOT_YET = ".not-yet"
"""In a staged site until it has its place: what has the staged one's name without it is the old site."""
_STRAY = re.compile(r"(?:\..*|Thumbs\.db|desktop\.ini)", re.IGNORECASE)
"""Files that file managers leave behind. No build reads them."""
_VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")
ROOT = (DATABASE, CATALOGUE, SITE)
"""What stands beside the packages and is made anew from the newest of them."""


@dataclass(frozen=True, slots=True)
class Release:
    """One package as it stands after a build."""

    package: str
    version: str
    path: Path
    reports: int
    """Reports it holds (0 for the classifications)."""
    figures: int
    """Figures of money it holds: non-null cells."""
    rows: dict[str, int] = field(default_factory=dict)
    """Rows by resource."""
    report_ids: tuple[str, ...] = ()
    previous: str | None = None
    """The version before this build; the same as ``version`` where nothing changed."""
    level: Level | None = None
    """How it changed: major, minor, patch; None for a first release and where nothing changed."""

    @property
    def changed(self) -> bool:
        """Whether this build made a release of the package."""
        return self.version != self.previous


@dataclass(frozen=True, slots=True)
class _Plan:
    """What a build will do with one package."""

    package: Package
    held: Frames
    version: str
    before: Path | None
    """The newest release that stands there."""
    diff: Diff

    @property
    def changed(self) -> bool:
        return self.before is None or self.version != self.before.name

    def folder(self, out: Path) -> Path:
        """Where its files are while the build goes on."""
        place = out / self.package.name
        return place / f"{NEW}{self.version}" if self.changed else place / self.version


def publish(
    frames: Mapping[str, pl.DataFrame],
    out: Path,
    *,
    created: datetime | None = None,
    progress: Callable[[int, int, str], None] | None = None,
    refused: Sequence[Mapping[str, Any]] = (),
) -> list[Release]:
    """Publish the frames as packages and as ``mingzhang.duckdb`` in the folder ``out``.

    ``frames`` holds every declared resource by name. ``created`` is the date of the newest input; SOURCE_DATE_EPOCH goes before it, and without either the
    release states no date: never the present time. A package in which nothing changed since its newest release gets
    none (``Release.changed``); one without a report is published only where an earlier release of it stands.
    ``refused``: what ``quarantine.json`` will say of other files, for the portal.
    ``progress`` is called before each part with how many are done, how many there are, and the part.
    Raises ``PublishError`` and leaves the earlier output as it was when anything is wrong.
    """
    contents = checked(frames)
    if contents["reports"].is_empty():
        raise PublishError("nothing was published: there is no report")
    created = _source_date() or created
    out.mkdir(parents=True, exist_ok=True)
    with locked(out):
        recover(out)
        plans = _plans(out, contents)
        changed = {name: plan.version for name, plan in plans.items() if plan.changed}
        parts, steps = count(), len(changed) + 3

        def begin(part: str) -> None:
            if progress:
                progress(next(parts), steps, part)

        try:
            for plan in plans.values():
                if plan.changed:
                    begin(f"{plan.package.name} {plan.version}")
                    _stage(plan, out, created)
            begin(DATABASE)
            if changed or not opens(out / DATABASE):
                build_database(out / staged_name(DATABASE), contents)
                sync_file(out / staged_name(DATABASE))
                begin("proof")
                _prove(out, plans)
            begin(SITE)
            _stage_root(out, plans, contents, created, refused)
        except BaseException:
            # Also on Ctrl-C: what is half written goes, the earlier output was not touched.
            recover(out)
            raise
        put_in_place(out, changed)
        if progress:
            progress(steps, steps, "")
    return [_released(plan, out) for plan in plans.values()]


def _plans(out: Path, contents: Frames) -> dict[str, _Plan]:
    """For each package, its version after this build."""
    plans = {}
    for name, package in packages().items():
        held = package_frames(package, contents)
        newest = newest_version(out / name)
        if "reports" in held and held["reports"].is_empty() and newest is None:
            continue
        before = out / name / newest if newest else None
        diff = compare(_standing(before) if before else None, of_frames(package, held))
        version = next_version(newest, diff.level)
        diff.after = version
        plans[name] = _Plan(package, held, version, before, diff)
    # The catalogue lists every release: one that it cannot list stops the build before the work.
    read_descriptors(out)
    return plans


def _standing(folder: Path) -> Content:
    """A release in its place: its files are those that it lists, and it is what it calls itself."""
    damage = {
        path: what for path, what in release_damage(folder).items() if what != UNLISTED or not _STRAY.fullmatch(Path(path).name)
    }
    if damage:
        path, what = next(iter(damage.items()))
        more = f" (and {len(damage) - 1} more)" if len(damage) > 1 else ""
        raise PublishError(
            f"the release {folder.parent.name} {folder.name} in {folder.parent} is damaged: {path} {what}{more};"
            f" nothing was published. `mingzhang verify --repair {folder.parent.parent}` mends what can be proven"
        )
    content = of_release(folder)
    if (content.package, content.version) != (folder.parent.name, folder.name):
        raise PublishError(
            f"the release {folder.parent.name} {folder.name} in {folder.parent} calls itself"
            f" {content.package} {content.version}; nothing was published"
        )
    return content


def _released(plan: _Plan, out: Path) -> Release:
    return Release(
        package=plan.package.name,
        version=plan.version,
        path=out / plan.package.name / plan.version,
        reports=plan.held["reports"].height if "reports" in plan.held else 0,
        figures=figures(plan.held),
        rows={resource: frame.height for resource, frame in plan.held.items()},
        report_ids=tuple(plan.held["reports"]["report_id"]) if "reports" in plan.held else (),
        previous=plan.before.name if plan.before else None,
        level=plan.diff.level,
    )


def recover(out: Path) -> None:
    """Complete or undo a build that was stopped, so that whole releases stand in the output folder."""
    journal = out / JOURNAL
    if journal.exists():
        _complete(out, json.loads(journal.read_text(encoding="utf-8"))["packages"])
    for folder in (out / name for name in packages()):
        for half in sorted(folder.glob(f"{NEW}*")):
            shutil.rmtree(half)
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
    for pattern in (staged_name("*"), f"{staged_name('*')}.wal", _old("*")):
        for waste in sorted(out.glob(pattern)):
            _remove(waste)


def staged_name(name: str) -> str:
    """The name of what stands beside the packages while it is being written."""
    return f".{name}.new"


def _old(name: str) -> str:
    return f".{name}.old"


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _source_date() -> datetime | None:
    """The date that a reproducible build is told to use."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    if not epoch:
        return None
    if not epoch.isdigit():
        raise PublishError(f"SOURCE_DATE_EPOCH {epoch!r} is not a number of seconds")
    return datetime.fromtimestamp(int(epoch), tz=UTC)


def _stage(plan: _Plan, out: Path, created: datetime | None) -> None:
    """Write one package under its temporary name and let frictionless read it."""
    extra = {
        CHANGELOG: changelog(plan.diff, plan.version, created, plan.before).encode("utf-8"),
        DIFF: json_bytes(plan.diff.document()),
    }
    folder = plan.folder(out)
    write_package(folder, plan.package, plan.version, created, plan.held, extra)
    validate(folder)


def _stage_root(
    out: Path, plans: Mapping[str, _Plan], contents: Frames, created: datetime | None,
    refused: Sequence[Mapping[str, Any]],
) -> None:  # fmt: skip
    """The catalogue and the site, from the releases as they will stand. What is as before is not staged."""
    descriptors = read_descriptors(out)
    for name, plan in plans.items():
        if plan.changed:
            staged = json.loads((plan.folder(out) / DESCRIPTOR).read_text(encoding="utf-8"))
            descriptors.setdefault(name, []).append(staged)
    for path, content in catalogue_files(descriptors).items():
        if not (out / path).is_file() or (out / path).read_bytes() != content:
            write(out / staged_name(path), content)
    infos = [package_info(plan.folder(out), plan.version, descriptors[name]) for name, plan in plans.items()]
    build_site(out / staged_name(SITE), contents, infos, created, refused)
    seal_site(out / staged_name(SITE), {name: plan.folder(out) for name, plan in plans.items()})
    if _same_files(out / staged_name(SITE), out / SITE):
        _remove(out / staged_name(SITE))


def seal_site(folder: Path, newest: Mapping[str, Path]) -> None:
    """Write into a new site which releases it shows, and its checksums."""
    write(folder / SHOWN, json_bytes(shown_releases(newest)))
    write(folder / CHECKSUMS, checksums(folder))


def package_info(folder: Path, version: str, descriptors: Sequence[Mapping[str, Any]]) -> PackageInfo:
    """What the portal tells of a package. ``folder``: its newest release; ``descriptors``: of all, oldest first."""
    return PackageInfo(
        name=descriptors[-1]["name"],
        version=version,
        versions=[descriptor["version"] for descriptor in descriptors],
        descriptor=descriptors[-1],
        diff=json.loads((folder / DIFF).read_text(encoding="utf-8")) if (folder / DIFF).is_file() else None,
        changelog=(folder / CHANGELOG).read_text(encoding="utf-8") if (folder / CHANGELOG).is_file() else "",
        sha256=sha256_of(folder / DESCRIPTOR),
        has_takeaway=(folder / archive_path(descriptors[-1]["name"], version)).is_file(),
    )


def _same_files(one: Path, other: Path) -> bool:
    """Whether two folders hold the same files with the same bytes."""
    names = [{path.relative_to(root) for path in root.rglob("*") if path.is_file()} for root in (one, other)]
    return names[0] == names[1] and all(filecmp.cmp(one / name, other / name, shallow=False) for name in names[0])


def _prove(out: Path, plans: Mapping[str, _Plan]) -> None:
    folders = {name: plan.folder(out) for name, plan in plans.items()}
    stop_if(proof.differences(folders, packages(), out / staged_name(DATABASE)))


def put_in_place(out: Path, versions: Mapping[str, str]) -> None:
    """From here on the build is decided: what is staged and proven goes in, now or after a crash.

    ``versions``: the staged release of each package that has one.
    """
    if not versions and not any((out / staged_name(name)).exists() for name in ROOT):
        return
    if (out / staged_name(SITE)).exists():
        (out / staged_name(SITE) / NOT_YET).touch()
    # The site has a file per report: one call brings all of them to the disk before the journal says that they are.
    os.sync()
    write_atomically(out / JOURNAL, json_bytes({"packages": dict(versions)}))
    _complete(out, versions)


def _complete(out: Path, versions: Mapping[str, str]) -> None:
    """Put in every staged package, then what stands beside them. Stopped anywhere, it can be run again."""
    for name, version in versions.items():
        folder = out / name
        if (folder / f"{NEW}{version}").exists():
            os.rename(folder / f"{NEW}{version}", folder / version)
        sync_folder(folder)
        write_atomically(folder / LATEST, f"{newest_version(folder)}\n".encode())
    for name in ROOT:
        _swap(out, name)
    sync_folder(out)
    (out / JOURNAL).unlink()
    sync_folder(out)


def _swap(out: Path, name: str) -> None:
    """Replace a file or a folder in one step; where the system cannot exchange folders, in two.

    ``NOT_YET`` tells the new folder from the old one after the exchange, also in a copy of the output folder.
    """
    new, old, place = out / staged_name(name), out / _old(name), out / name
    if new.is_dir():
        if (new / NOT_YET).exists():
            if place.exists() and not exchange(new, place):
                _remove(old)
                os.rename(place, old)
            if not place.exists():
                os.rename(new, place)
        _remove(new)
    elif new.exists():
        os.replace(new, place)
    if place.is_dir():
        (place / NOT_YET).unlink(missing_ok=True)
        sync_folder(place)
    _remove(old)


def newest_version(folder: Path) -> str | None:
    """The newest version that stands in a package's folder."""
    return next((path.name for path in reversed(_versions(folder))), None)


def releases_of(out: Path) -> dict[str, list[Path]]:
    """Package → its releases in an output folder, oldest first; packages without one are left out."""
    return {name: found for name in packages() if (found := _versions(out / name))}


def _versions(folder: Path) -> list[Path]:
    found = [entry for entry in folder.iterdir() if _VERSION.fullmatch(entry.name)] if folder.is_dir() else []
    return sorted(found, key=lambda path: tuple(map(int, path.name.split("."))))


def unfinished(out: Path) -> bool:
    """Whether a build was stopped after it was decided and before all of it was in place."""
    return (out / JOURNAL).exists()


# --- two releases side by side ------------------------------------------------------------------------------


def differences_between(old: Path, new: Path) -> list[Diff]:
    """What changed from one release to another, or package by package between two output folders (the newest of each).

    Raises ``PublishError`` where a folder holds no release, or the two are of different packages.
    """
    before, after = _releases_in(old), _releases_in(new)
    if len(before) == len(after) == 1 and set(before) != set(after):
        raise PublishError(f"{next(iter(before))} and {next(iter(after))} are different packages")
    gone = [
        Diff(name, before[name].name, None, "major", schema=["the package is gone"])
        for name in before
        if name not in after
    ]
    return gone + [
        compare(of_release(before[name]) if name in before else None, of_release(after[name])) for name in after
    ]


def _releases_in(folder: Path) -> dict[str, Path]:
    """Package → release: the folder itself, or the newest of each package in an output folder."""
    if (folder / DESCRIPTOR).is_file():
        return {of_release(folder).package: folder}
    found = {name: folder / name / version for name in packages() if (version := newest_version(folder / name))}
    if not found:
        raise PublishError(f"{folder} is neither a release nor an output folder")
    return found
