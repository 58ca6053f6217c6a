"""The store of readings: what comes out is what went in; damage, other bytes, names or code mean reading again."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import polars as pl
import pytest

from pipelines import cli, reader, store
from pipelines.extract.result import Extraction
from pipelines.finding import Source
from pipelines.quarantine import Refusal
from pipelines.store import Store
from tests.support import ROOT

REPORTS = ROOT / "samples" / "reports"
NAMES = ("wuhan-jiangan-civic-2023-final-national.pdf", "wuhan-jiangan-parks-2023-final-dump-gb18030.txt", "shanghai-jingan-culture-2024-budget-shanghai.pdf")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv(store.VARIABLE, str(tmp_path / "store"))
    yield tmp_path / "store"


def read(name: str) -> Extraction:
    found = reader.read_file(Source(REPORTS / name, name))
    assert isinstance(found, Extraction)
    return found


def same(a: Extraction, b: Extraction) -> bool:
    """Equal in every part, also in the order and the types of its columns."""
    rest = [f.name for f in fields(Extraction) if f.name != "frames"]
    return (
        all(getattr(a, name) == getattr(b, name) for name in rest)
        and list(a.frames) == list(b.frames)
        and all(a.frames[n].equals(b.frames[n]) and a.frames[n].schema == b.frames[n].schema for n in a.frames)
    )


def entries(folder: Path) -> list[Path]:
    return sorted(folder.glob("*/*/*.zip"))


@pytest.mark.parametrize("name", NAMES)
def test_what_is_kept_is_what_was_read(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = read(name)
    assert len(entries(folder)) == 1
    monkeypatch.setattr(reader, "open_bytes", lambda *_: pytest.fail("it was read again"))
    assert same(read(name), first)


def test_another_name_other_bytes_or_other_code_are_read_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data, here = (REPORTS / NAMES[1]).read_bytes(), Store(folder)
    here.put("a.txt", data, read(NAMES[1]))
    assert here.get("a.txt", data) is not None
    assert here.get("b.txt", data) is None and here.get("a.txt", data + b"\n") is None
    monkeypatch.setattr(store, "fingerprint", lambda: "0" * 16)
    assert here.get("a.txt", data) is None


def test_damage_is_as_good_as_nothing(folder: Path) -> None:
    first = read(NAMES[0])
    (entry,) = entries(folder)
    whole = entry.read_bytes()
    for damaged in (b"", whole[: len(whole) // 2], whole[:300] + bytes([whole[300] ^ 255]) + whole[301:]):
        entry.write_bytes(damaged)
        assert same(read(NAMES[0]), first)
        assert entry.read_bytes() == whole, "it was read again and kept again, byte for byte"


def test_a_store_that_cannot_be_written_to_stops_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "store").write_text("a file")
    monkeypatch.setenv(store.VARIABLE, str(tmp_path / "store"))
    assert read(NAMES[1]).identity.fiscal_year == 2023


def test_refusals_are_not_kept(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "noise.pdf").write_bytes(b"%PDF-1.7 nothing")
    assert isinstance(reader.read_file(tmp_path / "noise.pdf"), Refusal) and entries(folder) == []


def test_pruning_keeps_what_this_code_was_asked_for(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in NAMES:
        read(name)
    old, *_ = entries(folder)
    os.utime(old, (1, 1))
    other = folder / ("f" * 16) / "00" / "x.zip"
    other.parent.mkdir(parents=True)
    other.write_bytes(b"12345")
    assert cli.main(["store", "prune", str(folder), "--days", "1"]) == 0
    assert "removed 2 readings" in capsys.readouterr().out
    assert old not in entries(folder) and len(entries(folder)) == 2 and not other.parent.parent.exists()
    assert cli.main(["store", "prune", str(folder / "none")]) == 2


def test_the_fingerprint_covers_all_that_reading_imports() -> None:
    code = "import sys, pipelines.reader; print(*sorted(m.__file__ for n, m in sys.modules.items() if n.startswith('pipelines') and m.__file__))"
    imported = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT).stdout.split()
    covered = {str(path) for path in store._inputs()}
    assert len(imported) > 60 and set(imported) - {str(ROOT / "pipelines" / "__init__.py")} <= covered
    assert {path.suffix for path in store._inputs()} >= {".py", ".yaml", ".csv"}


def test_a_change_of_a_declaration_changes_the_fingerprint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.yaml").write_text("one")
    monkeypatch.setattr(store, "_inputs", lambda: [tmp_path / "a.yaml"])
    before = store.fingerprint.__wrapped__()
    (tmp_path / "a.yaml").write_text("two")
    assert before != store.fingerprint.__wrapped__()


def test_a_build_from_the_store_gives_the_same_frames(folder: Path) -> None:
    from pipelines.run import join, read_files

    paths = [REPORTS / name for name in NAMES]
    first, _ = read_files(paths, jobs=1)
    again, refused = read_files(paths, jobs=1)
    assert not refused and len(entries(folder)) == 3
    before, after = join(first), join(again)
    assert all(frame.equals(after.frames[name]) for name, frame in before.frames.items())
    assert isinstance(before.tables, pl.DataFrame) and before.tables.equals(after.tables)
    assert before.accounting.equals(after.accounting) and before.notices.equals(after.notices)
