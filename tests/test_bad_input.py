"""Bad input: one line with file and reason, quarantined; the rest goes on. Nothing outside the paths is read."""

from __future__ import annotations

import io
import json
import os
import re
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import polars as pl
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from PIL import Image
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen import canvas

from pipelines import publish, run, schema
from pipelines.cli import main
from pipelines.documents import DocumentError, open_bytes, open_document
from pipelines.documents.normalise import normalise
from pipelines.extract.report import extract
from pipelines.extract.result import Extraction, NotAReport
from pipelines.finding import Source, find_files
from pipelines.joining import choose
from pipelines.printable import printable
from pipelines.publish import PublishError
from pipelines.quarantine import QUARANTINE, Refusal, quarantine_of
from pipelines.reader import read_file
from pipelines.run import Event, build, read_files
from samples.generator import catalogue, render

GOOD = catalogue.REPORTS / "wuhan-jiangan-talent-2023-final-dump.txt"
GOOD_PDF = catalogue.REPORTS / "wuhan-jiangan-civic-2023-final-national.pdf"


def pages(draw: Callable[[canvas.Canvas, int], None], count: int, **options: object) -> bytes:
    """A PDF of so many pages."""
    buffer = io.BytesIO()
    paper = canvas.Canvas(buffer, pageCompression=1, **options)
    for number in range(count):
        draw(paper, number)
        paper.showPage()
    paper.save()
    return buffer.getvalue()


def words(paper: canvas.Canvas, number: int) -> None:
    paper.drawString(72, 700, f"page {number} of nothing in particular")


def nothing(paper: canvas.Canvas, number: int) -> None:
    del paper, number


def picture(paper: canvas.Canvas, number: int) -> None:
    del number
    jpeg = io.BytesIO()
    Image.new("L", (60, 80), 200).save(jpeg, "JPEG")
    paper.drawImage(ImageReader(jpeg), 0, 0, 595, 842)


def encrypted(password: str) -> bytes:
    return pages(words, 1, encrypt=StandardEncryption(password, ownerPassword="owner"))


def workbook() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return buffer.getvalue()


WORK_REPORT = (
    "政府工作报告\n——在示例市第五届人民代表大会第三次会议上\n一、上一年工作回顾\n地区生产总值增长5.6%，一般公共预算收入120.5亿元。\n"
    "二、今年工作安排\n一般公共预算支出安排300亿元。\n"
) * 20
TEXT = GOOD.read_text("utf-8")

BAD: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty.pdf": (lambda: b"", "the file is empty (0 bytes)"),
    "blanks.txt": (lambda: b" \n\t\r\n", "the file is empty (only blanks)"),
    "cut-in-half.pdf": (
        lambda: GOOD_PDF.read_bytes()[: GOOD_PDF.stat().st_size // 2],
        "corrupt or truncated",
    ),
    "header-only.pdf": (lambda: b"%PDF-1.7\n", "corrupt or truncated"),
    "encrypted.pdf": (lambda: encrypted("secret"), "encrypted (a password is needed)"),
    "page-not-found.pdf": (
        lambda: b"\n<!DOCTYPE html><html><body>404</body></html>",
        "not a department budget or final account",
    ),
    "workbook.pdf": (workbook, "the XLSX workbook is corrupt or truncated"),
    "workbook.xlsx": (workbook, "the XLSX workbook is corrupt or truncated"),
    "old.doc": (lambda: b"\xd0\xcf\x11\xe0" + b"x" * 99, "an old Office file"),
    "words.pdf": ("决算".encode, "named .pdf but holds no PDF header"),
    "unknown.bin": (lambda: bytes(range(1, 255)), "unknown file type .bin"),
    "figures.csv": (lambda: b"a,b\n1,2\n", "unknown file type .csv"),
    "utf-16.txt": (lambda: TEXT.encode("utf-16"), "in UTF-16"),
    "utf-16-without-mark.txt": (lambda: TEXT.encode("utf-16-le"), "unknown encoding"),
    "big5.txt": (
        lambda: ("臺北市政府預算書 本機關預算收入支出總計 國庫撥款 " * 99).encode("big5"),
        "unknown encoding",
    ),
    "latin-1.txt": (lambda: ("café déjà vu " * 99).encode("latin-1"), "unknown encoding"),
    "nul.txt": (lambda: b"abc\x00def", "binary, not text"),
    "template.pdf": (lambda: render("template", seed=5, rows=20).data, "blank template"),
    "work-report.txt": (WORK_REPORT.encode, "not a department budget or final account"),
    "yearbook.pdf": (lambda: pages(words, 2000), "the PDF has 2,000 pages (limit 600)"),
    "blank-pages.pdf": (lambda: pages(nothing, 3), "no readable text: every page is empty"),
    "scan.pdf": (lambda: pages(picture, 3), "no readable text: all 3 pages with content are images"),
    "letter.pdf": (lambda: pages(words, 2), "not a department budget or final account"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every bad file once."""
    path = tmp_path_factory.mktemp("bad")
    for name, (make, _) in BAD.items():
        (path / name).write_bytes(make())
    return path


@pytest.mark.parametrize("name", BAD)
def test_bad_file_is_one_line_with_file_and_reason(folder: Path, name: str) -> None:
    refusal = read_file(folder / name)
    assert isinstance(refusal, Refusal)
    assert refusal.file == name
    assert BAD[name][1] in refusal.reason
    assert "\n" not in refusal.reason
    assert "internal error" not in refusal.reason


def test_a_file_beyond_the_size_limit_is_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.documents.MAX_BYTES", 1000)
    with pytest.raises(DocumentError, match="too large"):
        open_document(GOOD)


def test_the_budget_of_a_government_is_not_that_of_its_finance_bureau(tmp_path: Path) -> None:
    text = (
        "关于江岸区2023年财政预算执行情况和2024年财政预算草案的报告\n武汉市江岸区财政局\n"
        "2023年全区一般公共预算收入完成120.50亿元。区本级支出决算300.20亿元。\n"
        "2024年江岸区一般公共预算支出预算表\n编制部门：武汉市江岸区财政局 单位：万元\n科目编码 科目名称 预算数\n"
        "201 一般公共服务支出 120000.00\n205 教育支出 80000.00\n合计 200000.00\n"
        "2024年江岸区本级支出预算总表\n编制部门：武汉市江岸区财政局 单位：万元\n合计 200000.00\n"
    )
    (tmp_path / "government.txt").write_text(text, "utf-8")
    assert isinstance(read_file(tmp_path / "government.txt"), Refusal)


# --- what is not bad ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_encodings_that_are_read_give_the_same(encoding: str, tmp_path: Path) -> None:
    expected = read_file(GOOD)
    (tmp_path / "report.txt").write_bytes(TEXT.encode(encoding))
    read = read_file(tmp_path / "report.txt")
    assert isinstance(read, Extraction)
    assert isinstance(expected, Extraction)
    assert read.identity == expected.identity
    for resource, frame in expected.frames.items():
        if resource not in ("reports", "sources"):
            assert read.frames[resource].equals(frame), resource


def test_line_ends_of_windows_change_nothing() -> None:
    first = open_bytes("a.txt", TEXT.encode())
    second = open_bytes("a.txt", TEXT.replace("\n", "\r\n").encode())
    assert first.pages == second.pages


def test_a_pdf_without_its_suffix_and_one_protected_against_printing_are_read(tmp_path: Path) -> None:
    (tmp_path / "report.txt").write_bytes(GOOD_PDF.read_bytes())
    read = read_file(tmp_path / "report.txt")
    assert isinstance(read, Extraction)
    assert read.source_format == "pdf"
    assert [p.kind for p in open_bytes("open.pdf", encrypted("")).pages] == ["text"]


# --- what a report may hold ----------------------------------------------------------------------------------------

PRINTED = [match.span() for match in re.finditer(r"(?<![\d.,])\d[\d.,]*", TEXT)]
HUGE = ("9" * 13, "9" * 16 + ".99", "9" * 19, "9" * 4301, "9" * 5000 + ".55", "1." + "3" * 30, "0." + "0" * 40 + "1")


@pytest.mark.parametrize("huge", HUGE, ids=lambda token: f"{len(token)} digits")
@given(place=st.sampled_from(PRINTED))
@settings(max_examples=8, deadline=None, derandomize=True, phases=[Phase.generate])
def test_a_number_of_any_length_anywhere_withholds_its_part_at_most(huge: str, place: tuple[int, int]) -> None:
    """Years and list numbers are among the places: a report without its year is none."""
    text = TEXT[: place[0]] + huge + TEXT[place[1] :]
    try:
        read = extract(open_bytes("a.txt", text.encode()))
    except NotAReport:
        return
    for name, frame in read.frames.items():
        assert schema.resources()[name].conform(frame).equals(frame)
        for column in frame.iter_columns():
            if column.dtype.is_decimal():
                assert column.is_null().all() or max(map(abs, column.drop_nulls())) < 10**12
    assert all(len(notice.message_zh) < 500 for notice in read.notices)


def test_a_figure_that_no_column_holds_is_withheld_with_a_notice() -> None:
    table = extract(open_bytes("a.txt", TEXT.replace("147.21", "9" * 19, 1).encode()))
    sentence = extract(open_bytes("a.txt", re.sub(r"共有车辆\s*\d+", "共有车辆" + "9" * 4400, TEXT).encode()))
    whole = extract(open_bytes("a.txt", TEXT.encode()))
    withheld = [t.resource for t in table.tables if t.status == "withheld"]
    assert len(withheld) == 1
    assert [n.resource for n in table.notices if n.code == "E01"] == withheld
    assert all(table.frames[name].equals(frame) for name, frame in whole.frames.items() if name not in (*withheld, "reports", "sources", "tables"))
    assert [n.resource for n in sentence.notices if n.code == "E08"] == ["statements"]
    assert sentence.frames["statements"].height == whole.frames["statements"].height - 1


@given(st.lists(st.tuples(st.integers(0, len(TEXT)), st.characters(categories=["Cc", "Cf", "Zl", "Zp"])), max_size=60))
@settings(max_examples=15, deadline=None, derandomize=True, phases=[Phase.generate])
def test_controls_and_bidi_marks_of_a_text_are_never_published(marks: list[tuple[int, str]]) -> None:
    text = TEXT
    for place, mark in sorted(marks, reverse=True):
        text = text[:place] + mark + text[place:]
    try:
        read = extract(open_bytes("a.txt", text.encode()))
    except (DocumentError, NotAReport):
        return
    for frame in read.frames.values():
        for column in frame.select(pl.col(pl.String)).iter_columns():
            for value in column.drop_nulls():
                assert printable(value.replace("\n", "")) == value.replace("\n", "")
    for notice in read.notices:
        assert printable(notice.message_zh) == notice.message_zh


@given(st.text(st.characters(categories=["Cs", "Cc", "Cf", "Lo"])))
def test_normalised_text_can_be_written(text: str) -> None:
    done = normalise(text)
    done.encode("utf-8")
    assert normalise(done) == done
    assert printable(done.replace("\n", "")) == done.replace("\n", "")


@pytest.mark.parametrize(
    ("codes", "text"),
    [
        (("4E00", "D800", "4E8C"), "一\ufffd二"),
        (("D842DFB7", "4E00"), "𠮷一"),
        (("DFB7", "4E00"), "一"),
        (("D842", "D842DFB7"), "\ufffd𠮷"),
        (("4E00", "202E", "001B", "4E09"), "一 三"),
    ],
)
def test_half_characters_and_marks_of_a_pdf(codes: tuple[str, ...], text: str) -> None:
    """A ToUnicode map may give anything; ideographs beyond U+FFFF come in two halves."""
    (line,) = open_bytes("a.pdf", mapped((*codes, *["5B57"] * 8))).pages[0].lines
    assert line.text == text + "字" * 8


def mapped(codes: Sequence[str]) -> bytes:
    """A PDF of one line whose glyphs have these UTF-16 codes."""
    shown = "".join(chr(65 + n) for n in range(len(codes)))
    pairs = "\n".join(f"<{65 + n:02X}> <{code}>" for n, code in enumerate(codes))
    cmap = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapType 2 def 1 begincodespacerange <00> <FF>"
        f" endcodespacerange\n{len(codes)} beginbfchar\n{pairs}\nendbfchar endcmap end end"
    )
    content = f"BT /F1 12 Tf 72 700 Td ({shown}) Tj ET"
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        " /Resources << /Font << /F1 5 0 R >> >> >>",
        f"<< /Length {len(content)} >>\nstream\n{content}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /ToUnicode 6 0 R >>",
        f"<< /Length {len(cmap)} >>\nstream\n{cmap}\nendstream",
    ]
    data, places = "%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(f"{len(data):010d} 00000 n \n")
        data += f"{number} 0 obj\n{body}\nendobj\n"
    head = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{''.join(places)}"
    trailer = f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(data)}\n%%EOF"
    return (data + head + trailer).encode("ascii")


# --- folders, duplicates ------------------------------------------------------------------------------------------


def test_hidden_files_and_links_are_skipped_and_nothing_outside_is_read(tmp_path: Path) -> None:
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    (inside / "deep" / ".hidden-folder").mkdir(parents=True)
    outside.mkdir()
    (outside / "other.txt").write_bytes(GOOD.read_bytes())
    (inside / "deep" / "good.txt").write_bytes(GOOD.read_bytes())
    (inside / ".hidden.txt").write_bytes(GOOD.read_bytes())
    (inside / "deep" / ".hidden-folder" / "x.txt").write_bytes(GOOD.read_bytes())
    (inside / "link.txt").symlink_to(outside / "other.txt")
    (inside / "linked-folder").symlink_to(outside)
    (inside / "dangling.txt").symlink_to(outside / "nowhere.txt")
    files, refusals = find_files([inside])
    assert files == [Source(inside / "deep" / "good.txt", "deep/good.txt")]
    assert refusals == []
    files, refusals = find_files([inside / "link.txt", tmp_path / "nowhere", inside / "deep", inside])
    assert [f.path for f in files] == [inside / "deep" / "good.txt"], "a path that is given twice is read once"
    assert [r.reason for r in refusals] == ["a symbolic link is not followed", "no such file or folder"]


def test_a_named_pipe_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    assert find_files([tmp_path])[0] == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "closed.txt"
    path.write_bytes(GOOD.read_bytes())
    path.chmod(0)
    refusal = read_file(path)
    assert isinstance(refusal, Refusal)
    assert "cannot be opened" in refusal.reason


def extraction(name: str, data: bytes) -> Extraction:
    return extract(open_bytes(name, data))


def test_the_same_bytes_are_published_once() -> None:
    first, second = extraction("a.txt", GOOD.read_bytes()), extraction("b.txt", GOOD.read_bytes())
    chosen, refusals = choose([first, second])
    assert [c.source_file for c in chosen] == ["a.txt"]
    assert [(r.file, r.reason) for r in refusals] == [("b.txt", "the same bytes as a.txt")]


@pytest.mark.parametrize("fuller_first", [True, False])
def test_of_two_filings_the_one_with_more_tables_is_published(fuller_first: bool) -> None:
    full = extraction("full.txt", GOOD.read_bytes())
    lines = TEXT.splitlines()
    start = next(
        n for n, line in enumerate(lines) if "三公" in line and line.replace(" ", "").endswith(("表", "）"))
    )
    poor = extraction("poor.txt", "\n".join([*lines[:start], *lines[start + 12 :]]).encode())
    assert poor.identity.report_id == full.identity.report_id
    order = [full, poor] if fuller_first else [poor, full]
    chosen, refusals = choose(order)
    assert [c.source_file for c in chosen] == ["full.txt"]
    assert [r.file for r in refusals] == ["poor.txt"]
    assert "which holds more tables or figures" in refusals[0].reason


def test_reports_come_in_the_order_of_their_ids_whatever_the_order_of_files() -> None:
    items = [extraction(p.name, p.read_bytes()) for p in sorted(catalogue.REPORTS.glob("*.txt"))]
    ids = [c.identity.report_id for c in choose(items)[0]]
    assert ids == [c.identity.report_id for c in choose(items[::-1])[0]] == sorted(ids)


def test_the_pool_reads_what_one_process_reads(folder: Path) -> None:
    files = [GOOD, folder / "empty.pdf", folder / "latin-1.txt", GOOD_PDF]
    seen: list[Event] = []
    pooled, refused = read_files(files, 2, seen.append)
    alone, refused_alone = read_files(files, 1)
    assert [e.identity for e in pooled] == [e.identity for e in alone]
    assert all(a.frames[r].equals(b.frames[r]) for a, b in zip(pooled, alone, strict=True) for r in a.frames)
    assert refused == refused_alone
    assert [(event.stage, event.done, event.total) for event in seen] == [("reading", n, 4) for n in range(1, 5)]


# --- one build over everything --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def built(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[run.Build, Path]:
    """A build over all bad files, one good one, its copy, a hidden file and a link."""
    out = tmp_path_factory.mktemp("out") / "releases"
    source = tmp_path_factory.mktemp("mixed")
    for path in folder.iterdir():
        (source / path.name).write_bytes(path.read_bytes())
    (source / "good.txt").write_bytes(GOOD.read_bytes())
    (source / "good-copy.txt").write_bytes(GOOD.read_bytes())
    (source / ".hidden.txt").write_bytes(GOOD.read_bytes())
    (source / "link.txt").symlink_to(GOOD)
    return build([source], out, jobs=1), out


def test_one_build_over_everything(built: tuple[run.Build, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """One test, so that one worker builds once: what is published, what is listed, and a later build that fails."""
    result, out = built
    assert result.corpus is not None
    # One report of two files with the same bytes.
    assert result.corpus.frames["reports"].get_column("source_file").to_list() == ["good-copy.txt"]
    files = [str(p.relative_to(out)) for p in out.rglob("reports.csv")]
    assert any(name.startswith("final-accounts/") for name in files)
    assert (out / "mingzhang.duckdb").exists()

    # Every refused file is one line in the list, and the list is kept beside the releases.
    assert sorted(r.file for r in result.quarantine) == sorted([*BAD, "good.txt"])
    listed = json.loads((out / "quarantine.json").read_text("utf-8"))
    assert {(r["file"], r["reason"]) for r in listed} == {(r.file, r.reason) for r in result.quarantine}
    assert quarantine_of(out) == listed

    def state() -> dict[str, bytes]:
        files = {str(p.relative_to(out)): p.read_bytes() for p in sorted(out.rglob("*")) if p.is_file()}
        return {name: content for name, content in files.items() if name != QUARANTINE}

    def failing(*args: object, **kwargs: object) -> None:
        raise PublishError("a text cell holds a phone number")

    before = state()
    monkeypatch.setattr(publish, "publish", failing)
    assert build([GOOD_PDF], out, jobs=1).releases == []
    assert state() == before
    # The list is of the last build, and says of each report that it went with the others.
    (lost,) = quarantine_of(out)
    assert (lost["file"], lost["stage"]) == (GOOD_PDF.name, "publishing")
    assert lost["report_id"].startswith("420102-2023-final-")


def test_nothing_but_bad_files_publishes_nothing(folder: Path, tmp_path: Path) -> None:
    result = build(
        [folder / "empty.pdf", folder / "scan.pdf", folder / "missing.pdf"], tmp_path / "out", jobs=1
    )
    assert result.releases == []
    assert result.corpus is None
    assert len(result.quarantine) == 3
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["quarantine.json"]


# --- the command line -----------------------------------------------------------------------------------------------


def test_exit_code_and_one_line_per_refused_file(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (
        main(["build", str(folder / "empty.pdf"), str(GOOD), "--out", str(tmp_path / "out"), "--jobs", "1"])
        == 0
    )
    shown = capsys.readouterr()
    lines = [line for line in (shown.out + shown.err).splitlines() if "the file is empty" in line]
    assert len(lines) == 1
    assert "empty.pdf" in lines[0]


def test_exit_code_where_nothing_could_be_published(folder: Path, tmp_path: Path) -> None:
    assert main(["build", str(folder / "empty.pdf"), "--out", str(tmp_path / "out")]) == 1


def test_exit_code_of_wrong_usage(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    for arguments in (["build"], ["build", "--jobs", "0", str(GOOD)], ["nonsense"], []):
        try:
            code: object = main(arguments)
        except SystemExit as stopped:
            code = stopped.code
        assert code == 2, arguments
