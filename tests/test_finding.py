"""Files and their names: each file once, each name told apart and fit to be shown, whatever bytes it is made of."""

from __future__ import annotations

import json
import os
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines import finding
from pipelines.finding import find_files
from pipelines.printable import printable, shown
from pipelines.quarantine import QUARANTINE, Refusal, by_reason, write_quarantine

GBK = os.fsdecode("决算公开".encode("gb18030"))


def names(*paths: Path) -> list[str]:
    return [source.name for source in find_files(paths)[0]]


def write(*paths: Path) -> None:
    for number, path in enumerate(paths):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(str(number))


def test_the_same_file_by_two_paths_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "in" / "a.txt", tmp_path / "in" / "b.txt")
    os.link(tmp_path / "in" / "a.txt", tmp_path / "in" / "c.txt")
    folder, file = tmp_path / "in", tmp_path / "in" / "a.txt"
    assert names(folder) == ["a.txt", "b.txt"]
    for given_ in ([folder, folder], [folder, file], [folder, folder / ".." / "in"], [folder, folder / ".." / "in" / "b.txt"]):
        assert names(*given_) == ["a.txt", "b.txt"]
    assert names(file, folder) == ["a.txt", "b.txt"]
    monkeypatch.chdir(folder)
    assert names(Path(), folder) == ["a.txt", "b.txt"]


def test_names_are_relative_to_the_folder_given_and_told_apart(tmp_path: Path) -> None:
    write(*(tmp_path / year / "部门" / name for year in ("2022", "2023") for name in ("决算.pdf", f"{year}.pdf")))
    assert names(tmp_path) == ["2022/部门/2022.pdf", "2022/部门/决算.pdf", "2023/部门/2023.pdf", "2023/部门/决算.pdf"]
    assert names(tmp_path / "2022", tmp_path / "2023") == [
        "部门/2022.pdf", "2022/部门/决算.pdf", "部门/2023.pdf", "2023/部门/决算.pdf",
    ]  # fmt: skip
    both = [tmp_path / year / "部门" / "决算.pdf" for year in ("2022", "2023")]
    assert names(*both) == ["2022/部门/决算.pdf", "2023/部门/决算.pdf"]


def test_names_that_are_not_utf_8_are_read_as_gbk_and_never_break(tmp_path: Path) -> None:
    write(tmp_path / "在线" / f"{GBK}.txt", tmp_path / os.fsdecode(b"\xff\xfe\x80.txt"))
    found, refusals = find_files([tmp_path])
    assert refusals == []
    assert sorted(source.name for source in found) == ["\\xff\\xfe\\x80.txt", "在线/决算公开.txt"]
    assert all(source.path.read_text() for source in found)
    write_quarantine(tmp_path, [Refusal(os.fspath(source.path.name), "\ud800 reason \x1b[31m") for source in found])
    text = (tmp_path / QUARANTINE).read_text("utf-8")
    assert "\x1b" not in text
    assert [entry["reason"] for entry in json.loads(text)] == ["\\ud800 reason \\x1b[31m"] * 2


@pytest.mark.parametrize(
    ("name", "as_shown"),
    [
        ("a\nb.txt", "a\\x0ab.txt"),
        ("\x1b[31mred.txt", "\\x1b[31mred.txt"),
        ("\u202etxt.exe", "\\u202etxt.exe"),
        ("\u2066a\u2069.txt", "\\u2066a\\u2069.txt"),
        ("a\u2028b", "a\\u2028b"),
        ("\x9b31m", "\\x9b31m"),
        ("全角　空格 and blank.txt", "全角　空格 and blank.txt"),
        ("𠮷田.txt", "𠮷田.txt"),
    ],
)
def test_controls_and_bidi_marks_of_a_name_are_escaped(name: str, as_shown: str, tmp_path: Path) -> None:
    write(tmp_path / name)
    assert names(tmp_path) == [as_shown]


@given(st.binary(min_size=1, max_size=40).filter(lambda raw: b"/" not in raw and b"\0" not in raw))
def test_any_bytes_make_a_name_that_can_be_shown(raw: bytes) -> None:
    name = shown(os.fsdecode(raw))
    name.encode("utf-8")
    assert not {unicodedata.category(char) for char in name} & {"Cc", "Cf", "Cs", "Zl", "Zp"}


@given(st.text(st.characters()))
def test_any_text_is_printable_and_the_printable_is_unchanged(text: str) -> None:
    once = printable(text)
    once.encode("utf-8")
    assert printable(once) == once
    assert "\n" not in once


def test_a_folder_that_cannot_be_read_is_one_refusal_with_its_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "in" / "open" / "a.txt", tmp_path / "in" / "closed" / "b.txt")
    listed = os.scandir

    def scandir(path: str) -> object:
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", str(path))
        return listed(path)

    monkeypatch.setattr(finding.os, "scandir", scandir)
    found, refusals = find_files([tmp_path / "in"])
    assert [source.name for source in found] == ["open/a.txt"]
    assert [(r.file, r.stage, r.reason) for r in refusals] == [
        ("closed", "finding files", "the folder cannot be read (Permission denied)")
    ]


def test_reasons_are_counted_without_names_and_numbers() -> None:
    reasons = [("reading", f"the PDF has {n:,} pages (limit 600)") for n in (700, 1200)]
    reasons += [("choosing", f"the same bytes as {name}") for name in ("a.txt", "b (2).txt", "c.txt")]
    assert by_reason(reasons) == [("choosing", "the same bytes", 3), ("reading", "the PDF has … pages", 2)]
