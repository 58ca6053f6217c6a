"""What an operator sees: progress, one line for each trouble, JSON lines, status, exit codes; never a traceback."""

from __future__ import annotations

import errno
import fcntl
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from rich.console import Console

from pipelines import joining, run
from pipelines.cli import main
from pipelines.commands.screen import Bars
from pipelines.pool import Limits, PoolError
from pipelines.publish import output
from pipelines.quarantine import QUARANTINE, Refusal, quarantine_of, write_quarantine
from pipelines.run import Build, Event
from samples.generator import catalogue

GOOD = catalogue.REPORTS / "wuhan-jiangan-talent-2023-final-dump.txt"
Shown = pytest.CaptureFixture[str]


def lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip()]


def refused(number: int) -> Build:
    reasons = ("the file is empty (0 bytes)", "the PDF has {n:,} pages (limit 600)")
    return Build(None, None, [], [Refusal(f"a/{n}.pdf", reasons[n % 3 == 0].format(n=n)) for n in range(number)])


def building(monkeypatch: pytest.MonkeyPatch, done: Callable[..., Any]) -> None:
    monkeypatch.setattr(run, "build", done)


def raising(error: BaseException) -> Callable[..., Any]:
    def fail(*args: object, **kwargs: object) -> None:
        raise error

    return fail


# --- before the work ------------------------------------------------------------------------------------------------


@pytest.fixture
def unread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing may be read."""
    monkeypatch.setattr(run, "read_files", raising(AssertionError("reading started")))


def one_line(arguments: list[str], capsys: Shown, code: int = 1) -> str:
    assert main(arguments) == code
    shown = capsys.readouterr()
    (line,) = lines(shown.err.replace("nothing was published; earlier output is untouched.\n", ""))
    assert "Traceback" not in shown.err + shown.out
    return line


@pytest.mark.usefixtures("unread")
def test_another_build_a_closed_folder_and_a_full_disk_are_found_before_reading(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Shown
) -> None:
    out = tmp_path / "out"
    command = ["build", str(GOOD), "--out", str(out)]
    out.mkdir()
    handle = os.open(out, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    assert f"another build is writing to {out}" in one_line(command, capsys)
    os.close(handle)

    usage = shutil._ntuple_diskusage  # type: ignore[attr-defined]
    with monkeypatch.context() as patch:
        patch.setattr(output.shutil, "disk_usage", lambda path: usage(10**9, 10**9, 5 << 20))
        line = one_line(command, capsys)
        assert "too little space" in line
        assert "5 MB free" in line

    out.rmdir()
    with monkeypatch.context() as patch:
        patch.setattr(tempfile, "TemporaryFile", raising(PermissionError(13, "Permission denied", str(out / "x"))))
        line = one_line(command, capsys)
        assert f"cannot write to {out}" in line
        assert "--out" in line
    assert not out.exists(), "a folder that was made for nothing is removed"

    (tmp_path / "file").write_text("in the way")
    assert "cannot write to" in one_line(["build", str(GOOD), "--out", str(tmp_path / "file" / "out")], capsys)
    assert "is a file" in one_line(["build", str(GOOD), "--out", str(tmp_path / "file")], capsys, 2)
    assert "no such file" in one_line(["build", str(tmp_path / "a\x1b[31m"), "--out", str(out)], capsys, 2)


def test_a_lock_is_held_on_within_a_build_and_let_go_after(tmp_path: Path) -> None:
    with output.ready(tmp_path, 0), output.locked(tmp_path):
        handle = os.open(tmp_path, os.O_RDONLY)
        with pytest.raises(BlockingIOError):
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(handle)


# --- what ends a command --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (KeyboardInterrupt(), 130, "stopped"),
        (OSError(errno.ENOSPC, "No space left on device"), 1, "No space left on device"),
        (PermissionError(13, "Permission denied", "/data/closed"), 1, "/data/closed: Permission denied"),
        (PoolError("the process that reads files cannot start (memory)"), 1, "--memory"),
        (UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed"), 1, "internal error (UnicodeEncodeError"),
        (KeyError((0, -1)), 1, "internal error (KeyError"),
        (pl.exceptions.PanicException("index out of bounds"), 1, "internal error (PanicException"),
    ],
)
def test_whatever_ends_a_build_is_one_line(
    error: BaseException, code: int, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Shown
) -> None:
    building(monkeypatch, raising(error))
    command = ["build", str(GOOD), "--out", str(tmp_path / "out")]
    assert said in one_line(command, capsys, code)
    assert main([*command, "--json"]) == code
    last = json.loads(lines(capsys.readouterr().out)[-1])
    assert (last["event"], last["exit"]) == ("error", code)
    if "internal" in said:
        main([*command, "-v"])
        assert type(error).__name__ in capsys.readouterr().err


def test_a_disk_that_fills_up_while_publishing_is_one_line_and_a_list(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Shown
) -> None:
    monkeypatch.setattr(joining, "judge", raising(OSError(errno.ENOSPC, "No space left on device")))
    line = one_line(["build", str(GOOD), "--out", str(tmp_path / "out"), "-q"], capsys)
    assert f"no space left in {tmp_path / 'out'}" in line
    assert [(e["file"], e["stage"]) for e in quarantine_of(tmp_path / "out")] == [(GOOD.name, "publishing")]


def test_a_closed_pipe_ends_quietly(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "pipelines.cli", "status", str(tmp_path / "out"), "--json"]
    done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writer)
    assert done.stderr == ""


def test_a_terminal_that_knows_no_chinese_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "决算").mkdir()
    command = [sys.executable, "-m", "pipelines.cli", "status", str(tmp_path / "决算")]
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "LC_ALL": "C"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert (done.returncode, done.stderr) == (1, "")


# --- what is shown --------------------------------------------------------------------------------------------------


def test_nothing_published_is_a_list_and_json_lines(tmp_path: Path, capsys: Shown) -> None:
    for folder in ("2022", "2023"):
        (tmp_path / "in" / folder).mkdir(parents=True)
        (tmp_path / "in" / folder / "same.pdf").write_bytes(b"")
    out = tmp_path / "out"
    assert main(["build", str(tmp_path / "in"), "--out", str(out), "--json", "--jobs", "1"]) == 1
    shown = capsys.readouterr()
    assert shown.err == ""
    events = [json.loads(line) for line in lines(shown.out)]
    assert [(e["event"], e.get("stage"), e.get("done")) for e in events[:3]] == [
        ("progress", "finding files", 2), ("progress", "reading", 1), ("progress", "reading", 2),
    ]  # fmt: skip
    refusals = [e for e in events if e["event"] == "refused"]
    assert [(e["file"], e["stage"], e["reason"]) for e in refusals] == [
        (f"{year}/same.pdf", "reading", "the file is empty (0 bytes)") for year in ("2022", "2023")
    ]
    assert events[-1] == {"event": "done", "reports": 0, "quarantined": 2, "exit": 1}
    assert [{**e, "event": "refused"} for e in quarantine_of(out)] == refusals
    assert main(["status", str(out)]) == 1
    assert "2 × reading: the file is empty" in capsys.readouterr().out


def test_ten_thousand_refusals_are_counted_and_twenty_are_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Shown
) -> None:
    building(monkeypatch, lambda *_: refused(10_000))
    assert main(["build", str(GOOD), "--out", str(tmp_path)]) == 1
    shown = lines(capsys.readouterr().out)
    assert "  6,666 × reading: the file is empty" in shown
    assert "  3,334 × reading: the PDF has … pages" in shown
    assert sum(line.startswith("  a/") for line in shown) == 20
    assert len(shown) < 30


@pytest.mark.parametrize(("number", "code"), [(0, 0), (1, 1)])
def test_strict_fails_where_anything_was_refused(
    number: int, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = refused(number)
    result.releases = [object()]  # type: ignore[list-item]
    building(monkeypatch, lambda *_: result)
    command = ["build", str(GOOD), "--out", str(tmp_path), "-q"]
    assert main(command) == 0
    assert main([*command, "--strict"]) == code


def test_quiet_says_nothing_but_errors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Shown) -> None:
    building(monkeypatch, lambda *_: refused(3))
    assert main(["build", str(GOOD), "--out", str(tmp_path), "-q"]) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "no report could be published" in shown.err


def test_limits_reach_the_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[Any] = []
    building(monkeypatch, lambda *arguments: given.append(arguments[4]) or refused(0))
    command = ["build", str(GOOD), "--out", str(tmp_path), "-q"]
    main(command)
    main([*command, "--timeout", "2.5", "--memory", "512m"])
    assert given == [Limits(60, 2 << 30), Limits(2.5, 512 << 20)]
    for wrong in (["--timeout", "0"], ["--timeout", "nan"], ["--memory", "0G"], ["--memory", "lots"], ["-q", "-v"]):
        with pytest.raises(SystemExit) as stopped:
            main([*command, *wrong])
        assert stopped.value.code == 2


@pytest.mark.parametrize("total", [1, 7, 39, 10_000])
def test_every_stage_shows_its_progress_on_a_pipe_in_about_twenty_lines(total: int) -> None:
    file = io.StringIO()
    with Bars(Console(file=file, highlight=False)) as tell:
        for number in range(1, total + 1):
            tell(Event("finding files", number, 0))
        tell(Event("finding files", total, total))
        for stage in ("reading", "checking", "publishing"):
            for number in range(total + 1):
                tell(Event(stage, number, total, f"{number}.pdf"))  # type: ignore[arg-type]
    shown = lines(file.getvalue())
    for stage in ("finding files", "reading", "checking", "publishing"):
        assert 1 <= sum(line.startswith(stage) for line in shown) <= 22
    assert f"reading 读取 {total:,}/{total:,} {total}.pdf" in shown


def test_a_terminal_has_a_bar_for_each_stage() -> None:
    file = io.StringIO()
    with Bars(Console(file=file, force_terminal=True, width=100)) as tell:
        for stage in ("reading", "checking", "publishing"):
            tell(Event(stage, 1, 1, "\x1b]0;title\x07.pdf"))  # type: ignore[arg-type]
    shown = file.getvalue()
    assert all(word in shown for word in ("读取", "核查", "发布"))
    assert "title" not in shown


def test_version(capsys: Shown) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["--version"])
    assert stopped.value.code == 0
    assert capsys.readouterr().out.startswith("mingzhang ")


# --- status ---------------------------------------------------------------------------------------------------------


def test_status_names_the_newest_releases_and_what_was_refused(tmp_path: Path, capsys: Shown) -> None:
    for version in ("1.0.0", "1.10.0", "1.9.0", ".new-2.0.0"):
        (tmp_path / "final-accounts" / version).mkdir(parents=True)
    write_quarantine(tmp_path, refused(5).quarantine)
    assert main(["status", str(tmp_path)]) == 0
    shown = capsys.readouterr().out
    assert "final-accounts" in shown
    assert "1.10.0" in shown
    assert "3 × reading: the file is empty" in shown
    assert main(["status", str(tmp_path), "--json"]) == 0
    events = [json.loads(line) for line in lines(capsys.readouterr().out)]
    assert [(e["event"], e.get("version"), e.get("count")) for e in events] == [
        ("release", "1.10.0", None), ("refused", None, 3), ("refused", None, 2), ("status", None, None),
    ]  # fmt: skip
    assert events[-1]["quarantined"] == 5


def test_status_of_nothing_and_of_a_damaged_list(tmp_path: Path, capsys: Shown) -> None:
    assert main(["status", str(tmp_path)]) == 1
    assert main(["status", str(tmp_path / "none")]) == 2
    # A list of an older build knows no stages.
    (tmp_path / QUARANTINE).write_text('[{"file": "a.pdf", "reason": "the file is empty", "sha256": null}]')
    assert main(["status", str(tmp_path)]) == 1
    capsys.readouterr()
    for damage in ("[{", "[1]", '[{"file": "a"}]', "\udcff", "7"):
        (tmp_path / QUARANTINE).write_text(damage, errors="surrogateescape")
        assert "is damaged" in one_line(["status", str(tmp_path)], capsys, 2)
