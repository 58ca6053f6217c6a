"""Where files come from: what a manifest says stands in ``sources``; a bad one is one error with file, line and reason."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from pipelines import run
from pipelines.commands import build as command
from pipelines.manifest import COLUMNS, ManifestError, Origin, read_manifest, unknown, with_origins
from samples.generator import catalogue

HEAD = ",".join(COLUMNS)
ROW = "a/x.pdf,https://www.example.gov.cn/a/t20240830_1234567.html,示例市财政局,2024-08-30,2025-01-02"


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "sources.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_rows_are_read_by_path(tmp_path: Path) -> None:
    (origin,) = read_manifest(written(tmp_path, f"\ufeff{HEAD}\r\n{ROW}\r\n\r\n")).values()
    assert origin == Origin(
        2, "https://www.example.gov.cn/a/t20240830_1234567.html", "示例市财政局", date(2024, 8, 30), date(2025, 1, 2)
    )
    assert read_manifest(written(tmp_path, "url,path\n,./x.pdf\n")) == {"x.pdf": Origin(2)}


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("", 1, "the column path is missing"),
        ("url\nhttps://a.cn\n", 1, "the column path is missing"),
        (f"{HEAD},note\n", 1, "no column of a manifest is called 'note'"),
        ("path,path\n", 1, "a column stands twice"),
        (f"{HEAD}\n{ROW}\n{ROW}\n", 3, "a/x.pdf stands twice, first on line 2"),
        ("path,url\nx.pdf\n", 2, "the row has 1 cells, the head 2"),
        ("path,url\n,https://a.cn\n", 2, "path is empty"),
        ("path,url\nx.pdf,javascript:alert(1)\n", 2, "url is no web address"),
        ("path,published_on\nx.pdf,2024/8/30\n", 2, "published_on is no day"),
        ("path,published_on\nx.pdf,2024-02-30\n", 2, "published_on is no day"),
        ("path,published_on,retrieved_on\nx.pdf,2024-08-30,2024-08-29\n", 2, "retrieved_on (2024-08-29) is before"),
        ("path,publisher\nx.pdf,a\u202eb\n", 2, "publisher holds characters that cannot be printed"),
        ('path,publisher\nx.pdf,"a\n', 2, "unexpected end of data"),
        ("path,publisher\nx.pdf,示例\n".encode("gb18030"), 2, "the manifest is not UTF-8"),
    ],
)
def test_a_bad_manifest_names_file_line_and_reason(tmp_path: Path, text: str | bytes, line: int, reason: str) -> None:
    with pytest.raises(ManifestError) as error:
        read_manifest(written(tmp_path, text))
    assert f"sources.csv:{line}: {reason}" in str(error.value)
    assert "\n" not in str(error.value)


def test_a_manifest_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match=r"none\.csv: the manifest cannot be opened \(No such file"):
        read_manifest(tmp_path / "none.csv")


def test_a_path_that_no_file_has_is_named_with_its_line() -> None:
    given = {"x.pdf": Origin(2), "包.zip/a/b.xls": Origin(3), "y.pdf": Origin(4)}
    assert unknown(given, ["x.pdf", "包.zip"]) == ("y.pdf", 4)
    assert unknown(given, ["x.pdf", "包.zip", "y.pdf"]) is None


def test_what_it_says_of_a_file_or_its_archive_stands_in_sources() -> None:
    (extraction,), _ = run.read_files([catalogue.FORMATS / "wuhan-jiangan-library-2023-final.zip"], jobs=1)
    names = extraction.frames["sources"]["source_file"].to_list()
    archive, second = names[0].split("/")[0], names[1]
    told = with_origins(extraction, {archive: Origin(2, publisher="示例市图书馆"), second: Origin(3, url="https://a.cn/b")})
    assert told.frames["sources"].select("publisher", "url").rows() == [("示例市图书馆", None), (None, "https://a.cn/b")]
    assert told.frames["sources"].schema == extraction.frames["sources"].schema
    assert extraction.frames["sources"].select(pl.col("publisher", "url").is_null().all()).row(0) == (True, True)


def test_build_refuses_a_bad_manifest_before_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from pipelines.cli import main

    monkeypatch.setattr(run, "read_files", lambda *_: pytest.fail("reading started"))
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "x.txt").write_text("x")
    path = written(tmp_path, f"{HEAD}\n{ROW}\n")
    assert main(["build", str(tmp_path / "in"), "--out", str(tmp_path / "out"), "--manifest", str(path)]) == command.USAGE
    assert capsys.readouterr().err.strip().endswith("sources.csv:2: none of the given files is a/x.pdf")
    assert not (tmp_path / "out").exists()
