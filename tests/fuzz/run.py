"""Read a file that may be anything, and say what came of it."""

from __future__ import annotations

import signal
import time
import traceback
from dataclasses import dataclass
from types import FrameType

from pipelines.documents import DocumentError, open_bytes, unpack
from pipelines.extract.report import extract
from pipelines.extract.result import NotAReport
from tests.fuzz.mutate import case

LIMIT = 10.0
"""Seconds that no file may take."""


class TooLong(BaseException):
    """Reading took longer than :data:`LIMIT`; no handler for errors may swallow it."""


@dataclass(slots=True, frozen=True)
class Outcome:
    """``kind`` is ``read``, ``refused``, ``slow`` or the name of an exception that was not declared."""

    number: int
    name: str
    kind: str
    seconds: float
    detail: str = ""

    @property
    def bad(self) -> bool:
        return self.kind not in ("read", "refused")


def read(name: str, data: bytes, number: int = 0) -> Outcome:
    """Open and extract one file, or the files of an archive, under the limit of time."""

    def stop(signum: int, frame: FrameType | None) -> None:
        raise TooLong("".join(traceback.format_stack(frame, 8)))

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, LIMIT)
    started = time.process_time()
    kind, detail = "read", ""
    try:
        for inner, content in unpack(name, data):
            extract(open_bytes(inner, content))
    except (DocumentError, NotAReport) as error:
        kind, detail = "refused", str(error)
    except TooLong as error:
        kind, detail = "slow", str(error)
    except Exception as error:  # noqa: BLE001  # whatever it is, it is what we look for
        kind, detail = type(error).__name__, "".join(traceback.format_exception(error)[-4:])
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
    return Outcome(number, name, kind, time.process_time() - started, detail)


def read_case(seed: int, number: int) -> Outcome:
    """Make the case of that number and read it."""
    return read(*case(seed, number), number)
