"""Containers from strangers: limits on archives, and third-party parsers whose failures become one sentence.

The one place that lets a library fail in any way it likes: what it was given is hostile or broken, not ours.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager

from pipelines.documents.model import DocumentError

MAX_MEMBERS = 2_000
MAX_UNPACKED = 400 * 1024 * 1024
MAX_RATIO = 200
"""Packed XML tables reach 30:1; a bomb has thousands."""
_SMALL = 1024 * 1024
"""Members below this size may have any ratio (a page of blanks)."""

_DANGEROUS = (b"<!DOCTYPE", b"<!ENTITY")


@contextmanager
def refusing(what: str) -> Iterator[None]:
    """Any failure of a library inside is a :class:`DocumentError`: the file is corrupt, encrypted or not what it says."""
    try:
        yield
    except DocumentError:
        raise
    except MemoryError:
        raise DocumentError(f"the {what} needs too much memory to read") from None
    except Exception as error:  # noqa: BLE001 - parsers of other people meet broken files here, they raise anything
        text = str(error)
        if "ncrypted" in text or "password" in text:
            raise DocumentError(f"the {what} is encrypted (a password is needed)") from None
        if "Entit" in type(error).__name__ or "DTD" in type(error).__name__:
            raise DocumentError(f"the {what} declares XML entities, which are not expanded") from None
        raise DocumentError(f"the {what} is corrupt or truncated ({type(error).__name__})") from None


@contextmanager
def checked_package(data: bytes, what: str) -> Iterator[zipfile.ZipFile]:
    """A ZIP file within the limits on count, size and ratio, none of its members encrypted.

    zipfile never gives more bytes than a member declares, so the declared sizes are the bound.
    """
    with refusing(what):
        package = zipfile.ZipFile(io.BytesIO(data))
        members = package.infolist()
    with package:
        if len(members) > MAX_MEMBERS:
            raise DocumentError(f"the {what} holds {len(members):,} files (limit {MAX_MEMBERS:,})")
        if any(m.flag_bits & 0x1 for m in members):
            raise DocumentError(f"the {what} is encrypted (a password is needed)")
        total = sum(m.file_size for m in members)
        if total > MAX_UNPACKED:
            raise DocumentError(f"the {what} unpacks to {total:,} bytes (limit {MAX_UNPACKED:,})")
        for member in members:
            if member.file_size > _SMALL and member.file_size > MAX_RATIO * max(member.compress_size, 1):
                raise DocumentError(f"the {what} is packed more than {MAX_RATIO}:1, as archives made to exhaust memory are")
        with refusing(what):
            _refuse_entities(package, what)
        with refusing(what):
            yield package


def _refuse_entities(package: zipfile.ZipFile, what: str) -> None:
    for name in package.namelist():
        if name.lower().endswith((".xml", ".rels")):
            with package.open(name) as part:
                head = part.read(4096)
            if any(mark in head for mark in _DANGEROUS):
                raise DocumentError(f"the {what} declares XML entities, which are not expanded")
