"""The output folder: one writer at a time, and what can go wrong with it is known before the work.

Not for what stands in it (``release``).
"""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from pipelines.publish.errors import PublishError

ROOM, PER_BYTE = 128 << 20, 4
"""Free space that a build asks for: the portal's libraries, a DuckDB file and packages of a few reports take 60 MB,
and each byte of input up to four more."""

_HELD: ContextVar[frozenset[tuple[int, int]]] = ContextVar("held", default=frozenset())


@contextmanager
def locked(out: Path) -> Iterator[None]:
    """Hold an output folder; the lock goes with the process, so a killed build leaves none behind.

    Held already by this thread, it is held on. Raises ``PublishError`` where another build holds it.
    """
    handle = os.open(out, os.O_RDONLY)
    try:
        status = os.fstat(handle)
        key = (status.st_dev, status.st_ino)
        if key in _HELD.get():
            yield
            return
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise PublishError(f"another build is writing to {out}") from error
        token = _HELD.set(_HELD.get() | {key})
        try:
            yield
        finally:
            _HELD.reset(token)
    finally:
        os.close(handle)


@contextmanager
def ready(out: Path, size: int) -> Iterator[None]:
    """Hold an output folder (made where it is not there) that can be written to and has room for a build.

    ``size``: bytes of all input. Raises ``PublishError`` with one sentence that says what to do; a folder that was
    made and stays empty is removed.
    """
    made = not out.exists()
    try:
        out.mkdir(parents=True, exist_ok=True)
        with locked(out):
            with tempfile.TemporaryFile(dir=out):
                pass
            _has_room(out, ROOM + PER_BYTE * size)
            yield
    except OSError as error:
        if error.filename is not None and not os.fspath(error.filename).startswith(os.fspath(out)):
            raise
        raise PublishError(cannot_write(out, error)) from error
    finally:
        if made and out.is_dir() and not any(out.iterdir()):
            out.rmdir()


def cannot_write(out: Path, error: OSError) -> str:
    """One sentence for a user whose output folder refuses."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"no space left in {out}; free some, or give another folder with --out"
    where = error.filename or out
    return f"cannot write to {out} ({where}: {error.strerror}); give a folder with --out that you may write to"


def _has_room(out: Path, needed: int) -> None:
    free = shutil.disk_usage(out).free
    if free < needed:
        raise PublishError(
            f"too little space in {out}: {free >> 20:,} MB free, a build of this input may need {needed >> 20:,} MB;"
            " free some, or give another folder with --out"
        )
