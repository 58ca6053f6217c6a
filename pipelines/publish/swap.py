"""Putting a folder in another's place in one step, where the system can.

``renameat2(RENAME_EXCHANGE)`` of Linux changes two names at once, so that the place is never empty. File systems
without it (some network shares) get two renames: between them the place is empty, and the journal of ``release``
completes a build that is stopped there. Not for files: ``os.replace`` does that everywhere.
"""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from functools import cache
from pathlib import Path
from typing import Any

_AT_FDCWD = -100
_EXCHANGE = 2
_UNABLE = (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EPERM, errno.EXDEV)
"""What a kernel or file system answers that does not know the exchange."""


@cache
def _renameat2() -> Any:
    """The system's call, or None."""
    if not sys.platform.startswith("linux"):
        return None
    return getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)


def exchange(one: Path, other: Path) -> bool:
    """Exchange two names in one step. False where the system cannot; raises ``OSError`` where it failed."""
    call = _renameat2()
    if call is None:
        return False
    if call(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _EXCHANGE) == 0:
        return True
    code = ctypes.get_errno()
    if code in _UNABLE:
        return False
    raise OSError(code, os.strerror(code), str(one))
