"""What was read from each file, kept by content, so that a run reads only what is new.

A file is found again by its bytes, the name that it goes by, and the code and declarations that read it
(:func:`fingerprint`): a change of any of them reads it again. An entry is one ZIP with the frames as Arrow and the rest
as JSON; nothing in it is executed when it is opened. The folder may be deleted at any time without loss, and shared by
builds that run at once: an entry is put in place whole, and one that cannot be read is as good as none. Not for refusals
(they are read again) and not for what is published.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import shutil
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cache
from importlib import metadata
from importlib.resources import files
from pathlib import Path
from typing import Any, get_type_hints

import polars as pl
from pydantic import TypeAdapter, ValidationError

from pipelines.documents import ocr
from pipelines.extract.result import Extraction
from pipelines.pool import STORE as VARIABLE

_CODE = ("documents", "extract", "personal", "")
"""Folders of ``pipelines/`` whose modules and data decide what is read ("": the modules beside them)."""
_LIBRARIES = (
    "lxml", "opencv-python-headless", "onnxruntime", "openpyxl", "polars", "pypdfium2", "python-docx", "rapidocr", "rjieba", "xlrd",
)  # fmt: skip
_FRAMES = "frames/"
_DATE = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Pruned:
    """What pruning took away and left: entries and bytes."""

    removed: int
    removed_bytes: int
    kept: int


@cache
def fingerprint() -> str:
    """The code, declarations and libraries that decide what is read: 16 hexadecimal digits."""
    # Whether pictures are read decides too.
    digest = hashlib.sha256(f"{sys.version_info[:2]} {ocr.state()}".encode())
    for path in _inputs():
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    for name in _LIBRARIES:
        with contextlib.suppress(metadata.PackageNotFoundError):
            digest.update(f"{name} {metadata.version(name)}".encode())
    return digest.hexdigest()[:16]


def _inputs() -> Iterator[Path]:
    code, data = Path(str(files("pipelines"))), Path(str(files("datapackages")))
    for folder in _CODE:
        found = (code / folder).rglob("*") if folder else code.glob("*.py")
        yield from sorted(path for path in found if path.is_file() and path.suffix in (".py", ".yaml", ".csv", ".txt", ".json"))
    yield from sorted(path for path in data.rglob("*") if path.suffix in (".yaml", ".csv"))


@dataclass(frozen=True, slots=True)
class Store:
    """A folder of extractions."""

    folder: Path

    @classmethod
    def here(cls) -> Store | None:
        """The store that :data:`VARIABLE` names."""
        folder = os.environ.get(VARIABLE)
        return cls(Path(folder)) if folder else None

    def _place(self, name: str, content: bytes) -> Path:
        key = hashlib.sha256(name.encode("utf-8", "surrogateescape") + b"\0" + hashlib.sha256(content).digest()).hexdigest()
        return self.folder / fingerprint() / key[:2] / f"{key}.zip"

    def get(self, name: str, content: bytes) -> Extraction | None:
        """What was read from these bytes under this name, or None."""
        place = self._place(name, content)
        try:
            extraction = _unpack(place.read_bytes())
            os.utime(place)
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, ValidationError, pl.exceptions.PolarsError):
            return None
        return extraction

    def put(self, name: str, content: bytes, extraction: Extraction) -> None:
        """Keep it. A store that cannot be written to keeps nothing; the build goes on."""
        place = self._place(name, content)
        with contextlib.suppress(OSError):
            place.parent.mkdir(parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(prefix=".", dir=place.parent)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(_pack(extraction))
                os.replace(temporary, place)
            except BaseException:
                Path(temporary).unlink(missing_ok=True)
                raise

    def prune(self, days: float = 30) -> Pruned:
        """Take away what other code has read, and what no run has asked for in so many days. Raises ``OSError``."""
        removed = freed = kept = 0
        oldest = time.time() - days * 86_400
        for path in sorted(self.folder.glob("*/*/*")):
            status = path.stat()
            if path.parts[-3] == fingerprint() and status.st_mtime >= oldest:
                kept += 1
                continue
            path.unlink(missing_ok=True)
            removed, freed = removed + 1, freed + status.st_size
        for folder in self.folder.glob("*"):
            if folder.is_dir() and folder.name != fingerprint():
                shutil.rmtree(folder, ignore_errors=True)
        return Pruned(removed, freed, kept)


@cache
def _adapters() -> dict[str, TypeAdapter[Any]]:
    hints = get_type_hints(Extraction)
    return {f.name: TypeAdapter(hints[f.name]) for f in fields(Extraction) if f.name != "frames"}


def _pack(extraction: Extraction) -> bytes:
    rest = {name: adapter.dump_python(getattr(extraction, name), mode="json") for name, adapter in _adapters().items()}
    rest["frames"] = list(extraction.frames)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr(zipfile.ZipInfo("extraction.json", _DATE), json.dumps(rest, ensure_ascii=False).encode("utf-8", "surrogatepass"))
        for name, frame in extraction.frames.items():
            table = io.BytesIO()
            frame.write_ipc(table)
            archive.writestr(zipfile.ZipInfo(f"{_FRAMES}{name}", _DATE), table.getvalue())
    return packed.getvalue()


def _unpack(content: bytes) -> Extraction:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        rest = json.loads(archive.read("extraction.json").decode("utf-8", "surrogatepass"))
        frames = {name: pl.read_ipc(io.BytesIO(archive.read(f"{_FRAMES}{name}"))) for name in rest.pop("frames")}
    return Extraction(frames=frames, **{name: adapter.validate_python(rest[name]) for name, adapter in _adapters().items()})
