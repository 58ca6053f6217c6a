"""The JavaScript libraries of the portal, fetched once from the npm registry into ``vendor/``.

This is the only code here that uses the network, and it runs when the project is installed (``make``), never
while a site is built or read. ``vendor.lock.json`` names each package, its version and npm's sha512, and each
file taken from it with its sha256, so that a folder that is complete is recognised without asking anyone.
Node is not needed: the files are those that the packages publish, unchanged.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import sys
import tarfile
import tempfile
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPException, IncompleteRead
from pathlib import Path

from rich.console import Console

HERE = Path(__file__).parent
LOCK = HERE / "vendor.lock.json"
VENDOR = HERE / "vendor"
REGISTRY = "https://registry.npmjs.org"
_ATTEMPTS = 3
_TIMEOUT_SECONDS = 60
_LARGEST_TARBALL = 200_000_000


class VendorError(Exception):
    """A library cannot be had as the lock file describes it; the text says which and what to do."""


@dataclass(frozen=True, slots=True)
class LockedFile:
    """One file of a package: its path there, its name in ``vendor/`` and its SHA-256 (hex)."""

    source: str
    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class LockedPackage:
    """One npm package at one version, with npm's integrity (``sha512-`` and base64 of the tarball's hash)."""

    name: str
    version: str
    licence: str
    integrity: str
    files: tuple[LockedFile, ...]

    @property
    def tarball(self) -> str:
        """Path of the tarball below the address of a registry."""
        return f"{self.name}/-/{self.name.rpartition('/')[2]}-{self.version}.tgz"


def locked(lock: Path = LOCK) -> list[LockedPackage]:
    """What the lock file declares, in its order."""
    declared = json.loads(lock.read_text(encoding="utf-8"))
    return [
        LockedPackage(**{**entry, "files": tuple(LockedFile(**f) for f in entry["files"])})
        for entry in declared["packages"]
    ]


def missing(packages: list[LockedPackage], vendor: Path = VENDOR) -> list[LockedPackage]:
    """Packages of which a file is absent from ``vendor`` or is not the one that the lock file means."""
    return [package for package in packages if any(not _intact(vendor / f.name, f.sha256) for f in package.files)]


def _intact(path: Path, sha256: str) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest() == sha256


def vendor_libraries(lock: Path = LOCK, vendor: Path = VENDOR, registry: str | None = None) -> list[str]:
    """Fetch what is missing and drop what the lock file no longer names.

    Returns the packages fetched (``name@version``); none when all is there, and then nothing is asked of the
    network. ``registry`` is the address of an npm registry (default: npm's own setting in the environment,
    else the public one). Raises :class:`VendorError`; files that were whole before stay so.
    """
    packages = locked(lock)
    fetched = []
    for package in missing(packages, vendor):
        tarball = _download(package, (registry or _registry()).rstrip("/"))
        _check_integrity(package, tarball)
        _extract(package, tarball, vendor)
        fetched.append(f"{package.name}@{package.version}")
    _drop_strangers(vendor, {file.name for package in packages for file in package.files})
    return fetched


def _registry() -> str:
    # npm reads its settings from the environment in either case.
    settings = {name.lower(): value for name, value in os.environ.items()}
    return settings.get("npm_config_registry") or REGISTRY


def _download(package: LockedPackage, registry: str) -> bytes:
    address = f"{registry}/{package.tarball}"
    if not address.startswith(("https://", "http://")):
        raise VendorError(f"not the address of a registry: {registry}")
    problem: Exception | None = None
    for _ in range(_ATTEMPTS):
        try:
            with urllib.request.urlopen(address, timeout=_TIMEOUT_SECONDS) as response:
                content: bytes = response.read(_LARGEST_TARBALL + 1)
                if response.length and len(content) <= _LARGEST_TARBALL:
                    raise IncompleteRead(content, response.length)
        except (OSError, HTTPException) as error:
            problem = error
            continue
        if len(content) > _LARGEST_TARBALL:
            raise VendorError(f"{address}: larger than {_LARGEST_TARBALL:,} bytes")
        return content
    raise VendorError(f"{address}: {problem} (npm_config_registry names another registry)")


def _check_integrity(package: LockedPackage, tarball: bytes) -> None:
    algorithm, _, expected = package.integrity.partition("-")
    found = base64.b64encode(hashlib.sha512(tarball).digest()).decode("ascii")
    if algorithm != "sha512" or found != expected:
        raise VendorError(f"{package.name}@{package.version}: the tarball is not the one of {LOCK.name}")


def _extract(package: LockedPackage, tarball: bytes, vendor: Path) -> None:
    vendor.mkdir(parents=True, exist_ok=True)
    for file, content in _contents(package, tarball):
        if hashlib.sha256(content).hexdigest() != file.sha256:
            raise VendorError(f"{package.name}@{package.version}: {file.source} is not the one of {LOCK.name}")
        _write_whole(vendor / file.name, content)


def _contents(package: LockedPackage, tarball: bytes) -> Iterator[tuple[LockedFile, bytes]]:
    with tarfile.open(fileobj=io.BytesIO(tarball), mode="r:gz") as archive:
        for file in package.files:
            try:
                stream = archive.extractfile(f"package/{file.source}")
            except KeyError:
                stream = None
            if stream is None:
                raise VendorError(f"{package.name}@{package.version}: no file {file.source}")
            yield file, stream.read()


def _write_whole(path: Path, content: bytes) -> None:
    """Under a temporary name first: a file of the vendor folder is never half there."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".part-")
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _drop_strangers(vendor: Path, known: set[str]) -> None:
    if vendor.is_dir():
        for path in vendor.iterdir():
            if path.is_file() and path.name not in known:
                path.unlink()


def main() -> int:
    """Install the libraries; returns 0, or 1 with the reason on the error output."""
    try:
        fetched = vendor_libraries()
    except VendorError as error:
        Console(stderr=True, highlight=False).print(f"vendoring: {error}", markup=False, soft_wrap=True)
        return 1
    if fetched:
        Console(highlight=False).print(f"vendored: {', '.join(fetched)}", markup=False, soft_wrap=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
