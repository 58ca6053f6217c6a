"""The files that a build is given: found in files and folders, each once, each with a name that tells it apart.

Nothing is opened here and nothing outside the given paths is looked at.
"""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pipelines.printable import shown
from pipelines.quarantine import Refusal


@dataclass(frozen=True, slots=True)
class Source:
    """A file to read. ``name`` is its path relative to the folder that was given, fit to be published.

    ``member``: the path inside, where ``path`` is an archive and the file one of those that it holds.
    """

    path: Path
    name: str
    member: str = ""

    @property
    def folder(self) -> str:
        """Where the file lies, an archive counting as a folder."""
        return str((self.path.absolute() / self.member).parent)


@dataclass(frozen=True, slots=True)
class Contents:
    """An archive: the files inside, each to be read by itself."""

    files: tuple[Source, ...]


def as_source(file: Source | Path) -> Source:
    """A file that was named alone goes by its own name."""
    return Source(file, shown(file.name)) if isinstance(file, Path) else file


Found = Callable[[int], None]
"""Called after each file that is found, with their number so far."""


def find_files(paths: Iterable[Path], found: Found | None = None) -> tuple[list[Source], list[Refusal]]:
    """Files in the given files and folders (recursive), sorted; hidden ones and symbolic links are skipped.

    A path that does not exist and a folder that may not be read are refusals. A file that is reached twice (given
    twice, in a folder that is given too, by a hard link) stands once, where it was reached first.
    """
    paths = list(paths)
    files: dict[tuple[int, int], tuple[Path, int]] = {}
    refusals: list[Refusal] = []
    for given in paths:
        for path, depth in _reached(given, refusals):
            try:
                status = path.stat()
            except OSError as error:
                refusals.append(_refused(path, given, f"the file cannot be reached ({error.strerror})"))
                continue
            if stat.S_ISREG(status.st_mode):
                files.setdefault((status.st_dev, status.st_ino), (path, depth))
                if found:
                    found(len(files))
    return _named(list(files.values())), refusals


def _reached(given: Path, refusals: list[Refusal]) -> Iterator[tuple[Path, int]]:
    """Paths of the files under a given path, and how many parts of each stand below it."""
    try:
        mode = given.lstat().st_mode
    except OSError as error:
        missing = isinstance(error, FileNotFoundError | NotADirectoryError)
        reason = "no such file or folder" if missing else f"the path cannot be reached ({error.strerror})"
        refusals.append(Refusal(shown(given), reason, stage="finding files"))
        return
    if stat.S_ISLNK(mode):
        refusals.append(Refusal(shown(given.name), "a symbolic link is not followed", stage="finding files"))
    elif stat.S_ISDIR(mode):

        def refuse(error: OSError) -> None:
            refusals.append(_refused(Path(error.filename), given, f"the folder cannot be read ({error.strerror})"))

        for path in _walk(given, refuse):
            yield path, len(path.parts) - len(given.parts)
    elif stat.S_ISREG(mode):
        yield given, 1
    else:
        refusals.append(Refusal(shown(given.name), "neither a file nor a folder", stage="finding files"))


def _walk(folder: Path, refuse: Callable[[OSError], None]) -> Iterator[Path]:
    for root, folders, names in os.walk(folder, onerror=refuse, followlinks=False):
        folders[:] = sorted(d for d in folders if not d.startswith(".") and not (Path(root) / d).is_symlink())
        for name in sorted(names):
            path = Path(root) / name
            if not name.startswith(".") and not path.is_symlink():
                yield path


def _refused(path: Path, given: Path, reason: str) -> Refusal:
    inside = path.relative_to(given) if path != given else Path(path.name or path)
    return Refusal(shown(inside), reason, stage="finding files")


def _named(files: list[tuple[Path, int]]) -> list[Source]:
    """Each file by its path below what was given; of equal names, as much more of the path as tells them apart."""
    whole = [Path(os.path.abspath(path)).parts for path, _ in files]
    depths = [depth for _, depth in files]
    while True:
        names = [shown("/".join(parts[-depth:])) for parts, depth in zip(whole, depths, strict=True)]
        taken = Counter(names)
        longer = [i for i, name in enumerate(names) if taken[name] > 1 and depths[i] < len(whole[i]) - 1]
        if not longer:
            return [Source(path, name) for (path, _), name in zip(files, names, strict=True)]
        for index in longer:
            depths[index] += 1
