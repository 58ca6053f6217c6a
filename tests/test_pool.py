"""Workers under limits: what is lost with one, what is not, and that nothing stays behind."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipelines import pool
from pipelines.pool import Limits, Lost, PoolError, each
from tests import faulty_reader

DOUBLE = "tests.faulty_reader:double"
SHORT = Limits(seconds=1.5)


def children() -> set[int]:
    """Processes that this one has started and that have not ended."""
    listed = Path(f"/proc/self/task/{os.getpid()}/children")
    if not listed.exists():
        pytest.skip("this system does not list the children of a process")
    return {int(number) for number in listed.read_text().split()}


@pytest.mark.parametrize("jobs", [1, 3])
def test_every_item_has_its_answer(jobs: int) -> None:
    assert dict(each(DOUBLE, [5, 6, 7, 8, 9], jobs)) == {0: 10, 1: 12, 2: 14, 3: 16, 4: 18}
    assert list(each(DOUBLE, [], jobs)) == []


def test_a_lost_worker_costs_its_item_and_nothing_else() -> None:
    before = children()
    answers = dict(each(DOUBLE, [1, -1, 2, 2000, 3], 2, SHORT))
    assert answers == {0: 2, 1: Lost("crash", "exit 7"), 2: 4, 3: Lost("time"), 4: 6}
    assert children() == before


def test_the_clock_of_an_item_starts_when_its_worker_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Importing what the reader needs takes longer than this limit, and many items stand in line."""
    del monkeypatch
    answers = dict(each("tests.faulty_reader:double", list(range(40)), 1, Limits(seconds=0.5)))
    assert answers == {n: 2 * n for n in range(40)}


def test_closing_the_iterator_ends_the_workers() -> None:
    before = children()
    answers = each(DOUBLE, [1, 2000, 2001], 3)
    assert next(answers) == (0, 2)
    assert children() - before
    answers.close()
    assert children() == before


def test_a_worker_that_cannot_start_is_one_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"{faulty_reader.FAULTS}_START", "1")
    with pytest.raises(PoolError, match="cannot start"):
        list(each("tests.faulty_reader:cannot_start", [1], 1))
    monkeypatch.delenv(f"{faulty_reader.FAULTS}_START")
    with pytest.raises(PoolError, match=r"cannot start .*(memory|exit)"):
        list(each("pipelines.reader:read_file", [1], 1, Limits(memory=8 << 20)))


def test_a_script_without_a_guard_may_read(tmp_path: Path) -> None:
    """The caller's main module is not run again in a worker."""
    script = tmp_path / "script.py"
    script.write_text(f"from pipelines.pool import each\nprint(dict(each({DOUBLE!r}, [4], 1)))\n")
    root = Path(__file__).resolve().parents[1]
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": str(root)})
    assert done.stdout == "{0: 8}\n"
    assert done.stderr == ""


def test_a_worker_ends_itself_where_its_supervisor_is_gone(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import os, signal\nfrom pipelines.pool import Limits, each\n"
        f"answers = each({DOUBLE!r}, [1, 2000], 1, Limits(seconds=1))\n"
        "next(answers)\nprint(open(f'/proc/self/task/{os.getpid()}/children').read(), flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    children()
    root = Path(__file__).resolve().parents[1]
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": str(root)})
    workers = [int(number) for number in done.stdout.split()]
    assert workers
    until = time.monotonic() + pool._GRACE + 10
    while time.monotonic() < until and any(_runs(number) for number in workers):
        time.sleep(0.2)
    assert not any(_runs(number) for number in workers)


def _runs(number: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{number}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
