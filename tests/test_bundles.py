"""Several files of one report: put together by what they say, each table from the best, differences told."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

import polars as pl
import pytest

from pipelines import joining, run
from pipelines.bundling import Stray, bundles
from pipelines.extract.result import Evidence, Extraction
from pipelines.finding import find_files
from pipelines.quarantine import Refusal
from pipelines.schema import tables
from samples.generator import (
    Ledger,
    Sample,
    catalogue,
    layout,
    make_ledger,
    office,
    options_for,
    press,
    prose,
)
from samples.generator.office import Office
from samples.generator.prose import Block, Text
from samples.generator.tables import Table
from tests.support import differences, read_sample


def books(style: str = "national", seed: int = 7, **options: object) -> Ledger:
    return make_ledger(seed, options_for(style, rows=18, **options))


LEDGER = books()
FORM = layout("national")
BLOCKS = prose.report(LEDGER, FORM)
PDF = press("national", LEDGER, FORM)


def nameless(blocks: list[Block]) -> list[Block]:
    """The nine tables without cover, institution and year, as many workbooks print them."""
    tables = [b for b in blocks if isinstance(b, Table) and b.resource]
    for table in tables:
        table.owner, table.title = "", re.sub(r"^20\d\d年度?", "", table.title)
    return list(tables)


def put(folder: Path, files: dict[str, bytes]) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return [folder]


def read(folder: Path) -> tuple[list[Extraction], list[Refusal]]:
    files, missing = find_files([folder])
    assert missing == []
    return run.read_files(files, jobs=1)


def same_as_pdf(extraction: Extraction, sample: Sample = PDF) -> None:
    assert differences(extraction, sample.frames) == []
    expected = read_sample(sample)
    for name in ("statements", "duties", "glossary", "institutions", "staffing"):
        place = [c for c in ("source_no", "page", "line") if c in expected.frames[name].columns]
        assert extraction.frames[name].drop(place).equals(expected.frames[name].drop(place)), name
    assert {k: getattr(extraction.identity, k) for k in sample.identity} == sample.identity


def test_a_web_page_and_its_workbook_are_one_report(tmp_path: Path) -> None:
    put(tmp_path, office.apart(BLOCKS, Office(nested=True, encoding="gb18030")))
    (extraction,), refusals = read(tmp_path)
    assert refusals == []
    same_as_pdf(extraction)
    sources = extraction.frames["sources"]
    assert sources["source_file"].to_list() == ["说明.html", "附件：部门决算公开表.xls"]
    assert sources["role"].to_list() == ["narrative", "tables"]
    assert {(t.method, t.source_no) for t in extraction.tables} == {("cells", 2)}


@pytest.mark.parametrize("pack", [office.pack, office.pack_gbk])
def test_an_archive_of_them_is_the_same_report(tmp_path: Path, pack: object) -> None:
    files = {f"公开/{name}": data for name, data in office.apart(BLOCKS, Office()).items()}
    put(tmp_path, {"决算.zip": pack(files)})  # type: ignore[operator]
    (extraction,), refusals = read(tmp_path)
    assert refusals == []
    same_as_pdf(extraction)
    assert extraction.frames["sources"]["source_file"].to_list() == ["决算.zip/公开/说明.html", "决算.zip/公开/附件：部门决算公开表.xls"]


def test_a_workbook_that_names_nobody_belongs_to_the_only_report_beside_it(tmp_path: Path) -> None:
    files = office.apart(BLOCKS, Office())
    workbook = office.render(nameless(prose.report(LEDGER, FORM)), "xlsx")
    put(tmp_path / "a", {"说明.html": files["说明.html"], "表.xlsx": workbook})
    (extraction,), refusals = read(tmp_path)
    assert refusals == []
    same_as_pdf(extraction)
    assert [n.actual for n in extraction.notices if n.code == "E45"] == ["a/表.xlsx"]

    # Two reports beside it, neither of which links to it: nobody is guessed.
    other = books(seed=9, institution="示例水务局")
    put(tmp_path / "a", {"另一.html": office.apart(prose.report(other, FORM), Office())["说明.html"]})
    read_again, refusals = read(tmp_path)
    assert len(read_again) == 2
    assert [r.file for r in refusals] == ["a/表.xlsx"]
    assert "2 reports beside it may be the one" in refusals[0].reason

    # In another folder it belongs to nobody.
    (tmp_path / "b").mkdir()
    (tmp_path / "a" / "表.xlsx").rename(tmp_path / "b" / "表.xlsx")
    assert [r.file for r in read(tmp_path)[1]] == ["b/表.xlsx"]


def test_a_link_decides_among_several_reports(tmp_path: Path) -> None:
    other = books(seed=9, institution="示例水务局")
    mine = office.apart(BLOCKS, Office(), "甲表")
    theirs = office.apart(prose.report(other, FORM), Office(), "乙表")
    workbook = office.render(nameless(prose.report(other, FORM)), "xls")
    put(tmp_path, {"甲.html": mine["说明.html"], "乙.html": theirs["说明.html"], "乙表.xls": workbook})
    extractions, refusals = read(tmp_path)
    assert refusals == []
    (joined,) = [e for e in extractions if e.frames["sources"].height == 2]
    same_as_pdf(joined, press("national", other, FORM))


def test_an_attachment_of_another_year_stays_out(tmp_path: Path) -> None:
    tables = [b for b in prose.report(books(year=2021), FORM) if isinstance(b, Table) and b.resource]
    for table in tables:
        table.owner = ""
    put(tmp_path, {"说明.html": office.apart(BLOCKS, Office())["说明.html"], "表.xlsx": office.render(tables, "xlsx")})
    extractions, refusals = read(tmp_path)
    assert [e.frames["sources"].height for e in extractions] == [1]
    assert "its tables are of 2021, the report beside it is of 2023" in refusals[0].reason


def test_the_best_source_wins_and_another_figure_is_told(tmp_path: Path) -> None:
    blocks = prose.report(LEDGER, FORM)
    table = next(b for b in blocks if isinstance(b, Table) and b.resource == "expenditure_by_function")
    cell = next(c for c in table.body[-1].cells if c.text.replace(",", "").replace(".", "").isdigit() and table.columns[c.col] == "number")
    printed, cell.text = cell.text, "87654.32"
    put(tmp_path, {"报告.pdf": PDF.data, "表.xlsx": office.render(blocks, "xlsx")})
    (extraction,), refusals = read(tmp_path)
    assert refusals == []
    assert {t.method for t in extraction.tables} == {"cells"}
    (notice,) = [n for n in extraction.notices if n.code == "E43"]
    assert notice.resource == "expenditure_by_function"
    assert f"表.xlsx says 87654.32, 报告.pdf says {printed}" in notice.message_en
    assert "表.xlsx 为 87654.32万元，报告.pdf 为" in notice.message_zh


def test_the_same_figures_in_another_unit_are_no_difference() -> None:
    first = read_sample(PDF)
    assert not [n for n in first.notices if n.code == "E43"]
    in_yuan = books(unit="元")
    from pipelines.documents import open_bytes
    from pipelines.extract.report import extract_bundle

    sheet = office.render(prose.report(in_yuan, FORM), "xlsx")
    both = extract_bundle([open_bytes("a.pdf", press("national", in_yuan, FORM).data), open_bytes("b.xlsx", sheet)])
    assert not [n for n in both.notices if n.code == "E43"]


def test_tables_that_were_not_given_are_no_images(tmp_path: Path) -> None:
    put(tmp_path, {"说明.html": office.apart(BLOCKS, Office())["说明.html"]})
    (extraction,), _ = read(tmp_path)
    assert not extraction.tables_as_images
    assert {t.status for t in extraction.tables} == {"missing"}
    assert [n.code for n in extraction.notices if n.code in ("E04", "E44")] == ["E44"]


def test_an_archive_that_cannot_be_opened_is_one_line(tmp_path: Path) -> None:
    put(tmp_path, {"坏.zip": office.pack({"a.txt": b"x"})[:-9], "空.zip": office.pack({}), "图.zip": office.pack({"a.jpg": b"\xff\xd8\xff\xe0"})})
    extractions, refusals = read(tmp_path)
    assert extractions == []
    assert {r.file: r.reason.split(" (")[0].split(";")[0] for r in refusals} == {
        "坏.zip": "the ZIP archive is corrupt or truncated",
        "空.zip": "the ZIP archive holds no files",
        "图.zip/a.jpg": "the file is a JPEG image",
    }


def test_without_a_report_beside_it_nothing_is_said_of_attachments() -> None:
    assert bundles([], [Stray("a.xlsx", Evidence(tables=9))], {"a.xlsx": "/x"}) == ([], {})


@pytest.fixture(scope="module")
def kept() -> dict[str, tuple[bytes, Sample]]:
    return catalogue.formats()


def test_the_committed_files_come_out_byte_for_byte(kept: dict[str, tuple[bytes, Sample]]) -> None:
    assert {p.name: p.read_bytes() for p in catalogue.FORMATS.iterdir()} == {name: data for name, (data, _) in kept.items()}
    assert max(len(data) for data, _ in kept.values()) < 400_000


@pytest.mark.parametrize("name", sorted(p.name for p in catalogue.FORMATS.iterdir()))
def test_the_committed_files_give_the_frames_of_their_pdf(name: str, kept: dict[str, tuple[bytes, Sample]]) -> None:
    (extraction,), refusals = run.read_files([catalogue.FORMATS / name], jobs=1)
    assert refusals == []
    assert differences(extraction, kept[name][1].frames) == []
    assert {k: getattr(extraction.identity, k) for k in kept[name][1].identity} == kept[name][1].identity


def test_every_row_says_which_file_prints_it(tmp_path: Path) -> None:
    blocks = prose.report(LEDGER, FORM)
    table = next(b for b in blocks if isinstance(b, Table) and b.resource == "general_budget_expenditure")
    total = next(row for row in table.head if row.cells[0].text == "合计")
    cell = total.cells[1]
    cell.text = "987654.32"
    told = [b for b in blocks if not (isinstance(b, Table) and b.resource)]
    told.append(Text("para", "详见附件：决算公开表。"))
    put(tmp_path, {"说明.docx": office.render(told, "docx"), "表.xlsx": office.render([b for b in blocks if isinstance(b, Table) and b.resource], "xlsx")})
    (extraction,), refusals = read(tmp_path)
    assert refusals == []
    assert [PurePosixPath(n).name for n in extraction.frames["sources"]["source_file"]] == ["说明.docx", "表.xlsx"]
    files = {name: set(frame["source_no"]) for name, frame in extraction.frames.items() if frame.height and "line" in frame.columns}
    assert files.pop("statements") == files.pop("duties") == files.pop("glossary") == {1}
    assert {files[name] == {2} for name in tables() if name in files} == {True}
    assert {u.source_no for u in extraction.accounting if u.resource == "general_budget_expenditure"} == {2}

    corpus = joining.join([extraction])
    findings = joining.judge(corpus, fast=True).findings
    inside = findings.filter(pl.col("rule_id").str.starts_with("T05"))
    assert inside.height and set(inside["source_no"]) == {2}
    between = findings.filter(pl.col("rule_id").str.starts_with("N01") & pl.col("message_zh").str.contains("987654.32", literal=True))
    assert between.height
    for finding in between.iter_rows(named=True):
        assert finding["source_no"] == 1
        assert "来源文件1" in finding["message_zh"] and "来源文件2" in finding["message_zh"]
        assert "source file 1" in finding["message_en"] and "source file 2" in finding["message_en"]


def test_a_report_of_one_file_names_no_file() -> None:
    extraction = read_sample(PDF)
    assert {n for f in extraction.frames.values() if "source_no" in f.columns for n in f["source_no"]} == {1}
    findings = joining.judge(joining.join([extraction]), fast=True).findings
    assert set(findings["source_no"]) <= {1}
    assert not findings["message_zh"].str.contains("来源文件").any()
