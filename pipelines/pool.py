"""Processes that read one item at a time under limits of time and memory, and are replaced when one is lost.

Each worker is a Python of its own on a socket of its own: nothing that it does, not even dying in the middle of an
answer, reaches another worker. A worker is used again for the next item, because importing costs a second. An item
whose worker is lost is given to a new worker once more, after all others; then it is lost. Not for anything about
reports: what is done with an item is a function that is named by the caller.

Why not a library: the pools of ``concurrent.futures``, ``multiprocessing`` and pebble share a queue between workers,
which a worker that is killed while writing breaks for all, and they import the caller's main module again.
"""

from __future__ import annotations

import contextlib
import os
import re
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from multiprocessing.connection import Connection, wait
from typing import IO, Any, Literal

SECONDS, MEMORY = 60.0, 2 << 30
STORE = "MINGZHANG_STORE"
"""Variable of the environment that names the folder of :mod:`pipelines.store`; workers inherit it."""
TRIES = 2
"""How often an item is begun before it is lost."""
_START_SECONDS, _STARTS = 120.0, 3
"""For a worker to import what it needs; failed starts in a row that are too many."""
_GRACE = 5
"""Seconds after which a worker whose supervisor is gone ends itself."""
_OUT_OF_MEMORY = 99
_READY = "ready"
_COMMAND = "import sys; from pipelines.pool import work; work(*sys.argv[1:])"

Cause = Literal["time", "memory", "crash"]


@dataclass(frozen=True, slots=True)
class Limits:
    """What one item may use: seconds from the moment its worker begins on it, bytes of data in the process."""

    seconds: float = SECONDS
    memory: int = MEMORY


@dataclass(frozen=True, slots=True)
class Lost:
    """An item that cost ``TRIES`` workers. ``detail`` says how the last one ended (``SIGSEGV``, ``exit 3``)."""

    cause: Cause
    detail: str = ""


class PoolError(Exception):
    """No worker can start. ``str(error)`` is one sentence."""


Told = Callable[[int, str], None]


def each(
    function: str, items: Sequence[Any], jobs: int, limits: Limits = Limits(), told: Told | None = None
) -> Iterator[tuple[int, Any]]:
    """Call ``function`` (``module:name``) with each item in one of ``jobs`` workers.

    Gives (index of the item, what the function returned or :class:`Lost`) as they are done, in any order. Items and
    answers are pickled. ``told`` is called with the index and the words of each :func:`more_time`. The function should catch its own exceptions: one that escapes costs the worker. Closing
    the iterator ends the workers. Raises :class:`PoolError`.
    """
    waiting = deque((index, 1) for index in range(len(items)))
    workers: list[_Worker] = []
    failed_starts = 0
    try:
        while waiting or workers:
            while len(workers) < jobs and sum(not w.busy for w in workers) < len(waiting):
                workers.append(_Worker(function, limits))
            for worker in _answered(workers):
                answer = worker.answer()
                if isinstance(answer, _MoreTime):
                    worker.deadline += answer.seconds
                    if told and worker.task:
                        told(worker.task[0], answer.doing)
                    continue
                task, worker.task = worker.task, None
                lost = isinstance(answer, Lost)
                if lost or not waiting:
                    workers.remove(worker)
                    worker.end()
                else:
                    index, tries = waiting.popleft()
                    worker.give((index, tries), items[index])
                if task is None:
                    failed_starts = failed_starts + 1 if lost else 0
                    if failed_starts >= _STARTS:
                        raise PoolError(_no_start(answer))
                elif lost and task[1] < TRIES:
                    waiting.append((task[0], task[1] + 1))
                else:
                    yield task[0], answer
    finally:
        for worker in workers:
            worker.end()


def _no_start(lost: Lost) -> str:
    why = "the memory limit is too low" if lost.cause == "memory" else lost.detail or "it took too long"
    return f"the process that reads files cannot start ({why})"


class _Worker:
    """One process and what it is doing. ``task``: (index, which try), None while it starts."""

    def __init__(self, function: str, limits: Limits) -> None:
        self.limits = limits
        self.task: tuple[int, int] | None = None
        self.errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed by end()
        ours, theirs = socket.socketpair()
        with ours, theirs:
            self.connection = Connection(ours.detach())
            arguments = (str(theirs.fileno()), function, str(limits.seconds), str(limits.memory))
            try:
                self.process = subprocess.Popen(
                    [sys.executable, "-P", "-c", _COMMAND, *arguments],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=self.errors,
                    pass_fds=[theirs.fileno()],
                    env=_environment(),
                )
            except OSError as error:
                raise PoolError(f"no process can be started ({error.strerror})") from error
        self.deadline = time.monotonic() + _START_SECONDS

    @property
    def busy(self) -> bool:
        return self.task is not None

    def give(self, task: tuple[int, int], item: Any) -> None:
        self.task = task
        self.deadline = time.monotonic() + self.limits.seconds
        # A worker that died meanwhile is noticed when its answer is asked for.
        with contextlib.suppress(OSError):
            self.connection.send(item)

    def answer(self) -> Any:
        """What the worker says, or how it was lost."""
        if not self.connection.poll():
            return Lost("time")
        try:
            return self.connection.recv()
        except (EOFError, OSError):
            return self._post_mortem()

    def _post_mortem(self) -> Lost:
        try:
            code = self.process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            return Lost("crash", "closed its connection")
        self.errors.seek(0)
        tail = self.errors.read()[-4000:].decode("utf-8", "replace")
        if code == -signal.SIGALRM:
            return Lost("time")
        # Python raises MemoryError, Rust and C++ say so and abort.
        if code == _OUT_OF_MEMORY or "memory allocation of" in tail or "bad_alloc" in tail or "MemoryError" in tail:
            return Lost("memory")
        if code < 0:
            return Lost("crash", _signal_name(-code))
        # The name of the exception and not its text, which may repeat what the report says.
        raised = re.findall(r"(?m)^([A-Za-z_][\w.]*)(?::|$)", tail)
        return Lost("crash", f"exit {code}" + (f", {raised[-1]}" if raised else ""))

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        self.connection.close()
        self.errors.close()


@dataclass(frozen=True, slots=True)
class _MoreTime:
    """Not an answer yet: what the item is found to need beyond the limit, and what is being done."""

    seconds: float
    doing: str


def _answered(workers: Sequence[_Worker]) -> list[_Worker]:
    """Workers that have said something, are gone, or have used up their time."""
    patience = max(0.0, min(worker.deadline for worker in workers) - time.monotonic())
    heard = wait([worker.connection for worker in workers], patience)
    now = time.monotonic()
    return [worker for worker in workers if worker.connection in heard or worker.deadline <= now]


def _environment() -> dict[str, str]:
    """The caller's modules, and one thread of Polars: the workers are the parallelism."""
    paths = [path or os.getcwd() for path in sys.path]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "POLARS_MAX_THREADS": "1"}


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


# --- in the worker ------------------------------------------------------------------------------------------


_asking: list[Connection] = []
"""The worker's connection while it is at work on an item; empty elsewhere."""


def more_time(seconds: float, doing: str) -> None:
    """Called by what a worker does: this item is slow by its nature (pictures), its time grows by so many seconds.

    Does nothing where no supervisor keeps the time.
    """
    for connection in _asking:
        connection.send(_MoreTime(seconds, doing))
        left = signal.alarm(0)
        signal.alarm(left + int(seconds) + 1)


def work(handle: str, function: str, seconds: str, memory: str) -> None:
    """The life of a worker: items in, answers out, until nobody asks any more."""
    # Ctrl-C reaches the whole group of processes; the supervisor decides.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    _limit_memory(int(memory))
    connection = Connection(int(handle))
    module, _, name = function.partition(":")
    try:
        called: Callable[[Any], Any] = getattr(import_module(module), name)
        connection.send(_READY)
        _asking.append(connection)
        while True:
            item = connection.recv()
            # The supervisor keeps the time. This is for the case that it is gone.
            signal.alarm(int(float(seconds)) + _GRACE)
            connection.send(called(item))
            signal.alarm(0)
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return
    except MemoryError:
        # What is left of the process cannot be trusted.
        os._exit(_OUT_OF_MEMORY)


def _limit_memory(limit: int) -> None:
    """All that the process writes to: heap and anonymous maps (not address space, which Polars takes freely)."""
    _, most = resource.getrlimit(resource.RLIMIT_DATA)
    if most != resource.RLIM_INFINITY:
        limit = min(limit, most)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    # No core files of gigabytes.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
