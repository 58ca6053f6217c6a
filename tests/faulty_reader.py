"""Readers that fail on purpose, for the workers of ``pipelines.pool``: named by import path, never by the product.

A file whose name begins with a fault suffers it; every other is read as always. Under ``FAULTS`` (a folder) each try
leaves a mark, so that a test can count them and a fault can be one that passes.
"""

from __future__ import annotations

import os
import signal
import sys
import time
import uuid
from pathlib import Path

from pipelines.extract.result import Extraction
from pipelines.finding import Source
from pipelines.quarantine import Refusal
from pipelines.reader import read_file as read_well

FAULTS = "MINGZHANG_TEST_FAULTS"


def read_file(source: Source) -> Extraction | Refusal:
    """Hang, crash, exit, take memory or raise, as the name says; ``once-`` before it does so at the first try only."""
    name = source.path.name
    marks = Path(os.environ[FAULTS])
    tried = len(list(marks.glob(f"{name}.*")))
    (marks / f"{name}.{uuid.uuid4()}").touch()
    if name.startswith("once-"):
        if tried:
            return read_well(source)
        name = name.removeprefix("once-")
    suffer(name)
    return read_well(source)


def suffer(name: str) -> None:
    if name.startswith("hang"):
        time.sleep(600)
    if name.startswith("spin"):
        while True:
            pass
    if name.startswith("crash"):
        os.kill(os.getpid(), signal.SIGSEGV)
    if name.startswith("killed"):
        os.kill(os.getpid(), signal.SIGKILL)
    if name.startswith("exit"):
        os._exit(3)
    if name.startswith("memory"):
        hoard = []
        while True:
            hoard.append(bytearray(1 << 24))
    if name.startswith("noise"):
        sys.stdout.write("noise on standard output\n")
        sys.stderr.write("noise on standard error\n")
    if name.startswith("raise"):
        raise RuntimeError("张某 13800000000")


def double(number: int) -> int:
    """For tests of the pool alone."""
    if number < 0:
        os._exit(7)
    if number > 1000:
        time.sleep(600)
    return 2 * number


def cannot_start(number: int) -> int:
    return number


if os.environ.get(f"{FAULTS}_START"):
    raise SystemExit("this module does not start")
