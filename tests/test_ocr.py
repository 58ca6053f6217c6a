"""Pages that are pictures, read by OCR: nothing wrong is published, and what is not sure is null and said.

The tests that recognise print need the extra (``make ocr``); they skip where it is not installed.
"""

from __future__ import annotations

import io
import socket
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import docx
import docx.shared
import numpy as np
import polars as pl
import pytest
from PIL import Image

from pipelines import pool, schema
from pipelines.documents import Document, DocumentError, Line, Page, ocr, open_bytes, unpack
from pipelines.documents.model import UNREAD
from pipelines.extract.codes import CodeList, economic_codes, functional_codes
from pipelines.extract.numbers import parse_amount
from pipelines.extract.pictured import mended
from pipelines.extract.report import extract
from pipelines.extract.result import Extraction, NotAReport
from pipelines.extract.rows import RawTable, Row
from pipelines.extract.tables.recognised import settle
from pipelines.joining import join, judge
from pipelines.quality.cells import table_readings
from pipelines.quality.recognised import capped
from tests.support import amounts_of, read_path

SAMPLES = Path(__file__).parents[1] / "samples"
SCANNED = SAMPLES / "scans" / "wuhan-jiangan-civic-2023-final-scanned.pdf"
PRINTED = SAMPLES / "reports" / "wuhan-jiangan-civic-2023-final-national.pdf"
TABLES = ("revenue_expenditure_summary", "three_public_expenses")


def is_installed() -> bool:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(ocr.SWITCH, raising=False)
        return ocr.state() == "on"


needs_ocr = pytest.mark.skipif(not is_installed(), reason="the extra ocr is not installed (make ocr)")


@pytest.fixture(scope="module")
def document() -> Iterator[Document]:
    """The scanned sample, read without network."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("OCR asked for the network")

    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(ocr.SWITCH, raising=False)
        patch.setattr(socket.socket, "connect", refuse)
        patch.setattr(socket, "getaddrinfo", refuse)
        yield open_bytes(SCANNED.name, SCANNED.read_bytes())


@pytest.fixture(scope="module")
def scanned(document: Document) -> Extraction:
    return extract(document)


@needs_ocr
def test_a_scan_gives_the_figures_of_the_print_or_none(scanned: Extraction) -> None:
    printed = read_path(PRINTED)
    for resource in TABLES:
        truth = amounts_of(resource, printed.frames[resource])
        found = amounts_of(resource, scanned.frames[resource])
        assert found and found.items() <= truth.items()
    read = sum(len(amounts_of(r, scanned.frames[r])) for r in TABLES)
    assert read >= 0.8 * sum(len(amounts_of(r, printed.frames[r])) for r in TABLES)


@needs_ocr
def test_tables_say_that_they_were_recognised(scanned: Extraction, document: Document) -> None:
    listed = scanned.frames["tables"].filter(pl.col("resource").is_in(TABLES))
    assert set(listed["method"]) == {"ocr"}
    assert [n.actual for n in scanned.notices if n.code == "E47"] == ["2, 3"]
    words = [w for page in document.pages if page.recognised for line in page.lines for w in line.words]
    assert words and all(w.confidence is not None and 0 <= w.confidence <= 1 for w in words)


@needs_ocr
def test_what_is_not_read_is_null_and_named(scanned: Extraction, document: Document) -> None:
    open_ = [n for n in scanned.notices if n.code == "E48"]
    assert all(n.page in (2, 3) and n.line for n in open_)
    grids = [g for page in document.pages for g in page.grids if g.method == "ocr"]
    for grid in grids:
        for cell in grid.cells:
            assert not (UNREAD in cell.text and parse_amount(cell.text))


@needs_ocr
def test_the_same_picture_gives_the_same_page(monkeypatch: pytest.MonkeyPatch, document: Document) -> None:
    monkeypatch.delenv(ocr.SWITCH, raising=False)
    import pypdfium2 as pdfium

    pdf = pdfium.PdfDocument(SCANNED.read_bytes())
    again = ocr.read_picture(ocr._render(pdf[2], 200), 3)
    assert (again.lines, again.grids) == (document.pages[2].lines, document.pages[2].grids)


def test_without_ocr_the_page_stays_a_picture_and_the_message_says_how(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr, "state", lambda: "missing")
    document = open_bytes(SCANNED.name, SCANNED.read_bytes())
    assert [page.kind for page in document.pages] == ["text", "image", "image"]
    notice = next(n for n in extract(document).notices if n.code == "E04")
    assert "make ocr" in notice.message_zh and "mingzhang[ocr]" in notice.message_en
    document.pages = document.pages[1:]
    with pytest.raises(NotAReport, match="make ocr"):
        extract(document)


def test_it_can_be_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ocr.SWITCH, "off")
    assert ocr.state() == "off"
    document = open_bytes(SCANNED.name, SCANNED.read_bytes())
    assert not any(page.recognised for page in document.pages)


# --- what sums may do ------------------------------------------------------------------------------------------


def table(total: str, basic: str, project: str, method: str = "ocr") -> RawTable:
    names = ("total", "basic", "project")
    amounts = {name: parse_amount(text) for name, text in zip(names, (total, basic, project), strict=True)}
    row = Row("2010101", "行政运行", {k: v for k, v in amounts.items() if v}, 4, 9)
    made = RawTable("general_budget_expenditure", "表", None, "final", "万元", method, 4, 1, rows=[row])
    for name, amount in row.amounts.items():
        made.use(amount.token, 4, 9, "cell", "2010101", name)
    return made


@pytest.mark.parametrize(
    ("figures", "open_"),
    [
        (("10.00", "7.00", "8.00"), {"project"}),  # 3.00 for 8.00
        (("1000", "7.00", "3.00"), {"total"}),  # the point lost
        (("10.00", "7.00", "-3.00"), {"project"}),  # a minus gained
        (("10.00", "7.00", "3.00"), set()),
        (("10.00", "55.55", "3.00"), set()),  # no slip explains it: published, and a rule says so
    ],
)
def test_a_sum_that_one_digit_would_mend_opens_the_figure(figures: tuple[str, str, str], open_: set[str]) -> None:
    made = table(*figures)
    settle(made, [])
    assert {"total", "basic", "project"} - set(made.rows[0].amounts) >= open_
    assert bool(made.notices) == bool(open_)
    for column, amount in made.rows[0].amounts.items():
        assert amount.token == figures[("total", "basic", "project").index(column)]
    for notice in made.notices:
        assert notice.code == "E48" and notice.locator.startswith("function_code=2010101;column=")


def test_print_is_never_doubted() -> None:
    made = table("10.00", "7.00", "8.00", "ruled")
    settle(made, [])
    assert len(made.rows[0].amounts) == 3 and not made.notices


def test_a_failure_that_rests_on_ocr_is_at_most_a_warning() -> None:
    rows = pl.DataFrame(
        {
            "row": [0, 1, 2, 3],
            "rule_id": ["T05.1", "X04.1", "T03.1", "N01.1"],
            "report_id": ["r"] * 4,
            "resource": ["general_budget_expenditure", "expenditure_by_function", "expenditure_by_function", "statements"],
            "other_resource": [None, "general_budget_expenditure", None, None],
        }
    )
    readings = pl.DataFrame(
        {"report_id": ["r", "r"], "resource": ["general_budget_expenditure", "expenditure_by_function"], "method": ["ocr", "ruled"]}
    )
    notices = pl.DataFrame({"code": ["E47"], "report_id": ["r"]})
    reports = pl.DataFrame({"report_id": ["r"], "institution_id": ["i"]})
    failed = {row: (rule, "error") for row, rule in zip(range(4), rows["rule_id"], strict=True)}
    found = {row: severity for row, (_, severity) in capped(failed, rows, readings, notices, reports).items()}
    assert found == {0: "warning", 1: "warning", 2: "error", 3: "warning"}
    assert capped(failed, rows, readings.with_columns(method=pl.lit("ruled")), notices.clear(), reports) == failed


@needs_ocr
def test_a_scanned_report_is_judged_without_an_error(scanned: Extraction) -> None:
    """From the reading to the findings: the rules know which tables OCR read, and none of its figures makes an error."""
    judged = judge(join([scanned]), fast=True)
    assert judged.findings.height
    of_report = judged.findings.filter(~pl.col("rule_id").str.starts_with("E"))
    assert not of_report.filter(pl.col("severity") == "error").height


def test_readings_say_how_a_table_was_read() -> None:
    reports = pl.DataFrame({"report_id": ["r"], "kind": ["final_accounts"]})
    read = {"report_id": "r", "resource": "general_budget_expenditure", "title": "", "status": "found", "unit": "万元", "quantum": 100, "method": "ocr"}
    readings = table_readings(pl.DataFrame([read]), reports)
    methods = dict(readings.select("resource", "method").iter_rows())
    assert methods.pop("general_budget_expenditure") == "ocr" and set(methods.values()) == {None}


# --- time ------------------------------------------------------------------------------------------------------


def slow(pages: int) -> str:
    """What a worker does: each page takes longer than a whole file may."""
    for page in range(1, pages + 1):
        pool.more_time(20, f"OCR {page}/{pages}")
        time.sleep(0.7)
    return "read"


def test_the_time_of_a_file_grows_with_its_pictures() -> None:
    said: list[tuple[int, str]] = []
    limits = pool.Limits(seconds=1.0)
    assert list(pool.each("tests.test_ocr:slow", [3], 1, limits, lambda i, doing: said.append((i, doing)))) == [(0, "read")]
    assert said == [(0, "OCR 1/3"), (0, "OCR 2/3"), (0, "OCR 3/3")]


def test_declared_methods_hold_ocr() -> None:
    fields = {f.name: f for f in schema.resources()["tables"].fields}
    assert "ocr" in fields["method"].constraints["enum"]


# --- pictures that are no page of a PDF ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def picture() -> bytes:
    """The page of the three public expenses as a PNG that says it was scanned at 200 dpi."""
    import pypdfium2 as pdfium

    page = pdfium.PdfDocument(SCANNED.read_bytes())[2]
    packed = io.BytesIO()
    page.render(scale=200 / 72).to_pil().convert("L").save(packed, "PNG", dpi=(200, 200))
    return packed.getvalue()


def again(picture: bytes, kind: str, frames: int = 1) -> bytes:
    packed = io.BytesIO()
    image = Image.open(io.BytesIO(picture))
    image.save(packed, kind, **({"save_all": True, "append_images": [image] * (frames - 1)} if frames > 1 else {}))
    return packed.getvalue()


def in_word(picture: bytes) -> bytes:
    document = docx.Document()
    document.add_paragraph("第二部分 决算表")
    document.add_picture(io.BytesIO(picture), width=docx.shared.Cm(15))
    packed = io.BytesIO()
    document.save(packed)
    return packed.getvalue()


def in_ofd(picture: bytes) -> bytes:
    space = 'xmlns:ofd="http://www.ofdspec.org/2016"'
    area = "<ofd:PhysicalBox>0 0 210 297</ofd:PhysicalBox>"
    files = {
        "OFD.xml": f"<ofd:OFD {space}><ofd:DocBody><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>",
        "Doc_0/Document.xml": f"<ofd:Document {space}><ofd:CommonData><ofd:PageArea>{area}</ofd:PageArea><ofd:DocumentRes>DocumentRes.xml"
        '</ofd:DocumentRes></ofd:CommonData><ofd:Pages><ofd:Page ID="1" BaseLoc="Pages/Content.xml"/></ofd:Pages></ofd:Document>',
        "Doc_0/DocumentRes.xml": f'<ofd:Res {space} BaseLoc="Res"><ofd:MultiMedias><ofd:MultiMedia ID="7" Type="Image">'
        "<ofd:MediaFile>page.png</ofd:MediaFile></ofd:MultiMedia></ofd:MultiMedias></ofd:Res>",
        "Doc_0/Pages/Content.xml": f"<ofd:Page {space}><ofd:Content><ofd:Layer><ofd:ImageObject ID='9' ResourceID='7' Boundary='0 0 210 297'"
        " CTM='210 0 0 297 0 0'/></ofd:Layer></ofd:Content></ofd:Page>",
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as package:
        for name, text in files.items():
            package.writestr(name, text)
        package.writestr("Doc_0/Res/page.png", picture)
    return packed.getvalue()


@needs_ocr
@pytest.mark.parametrize(
    ("name", "make", "numbers"),
    [
        ("a.png", lambda p: p, [1]),
        ("a.jpg", lambda p: again(p, "JPEG"), [1]),
        ("a.tif", lambda p: again(p, "TIFF", 3), [1, 2, 3]),
        ("a.docx", in_word, [2]),
        ("a.ofd", in_ofd, [1]),
    ],
)
def test_pictures_of_other_files_go_the_way_of_scanned_pages(
    name: str, make: Callable[[bytes], bytes], numbers: list[int], picture: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[tuple[int, ...]] = []

    def seen(image: Any, number: int) -> Page:
        sizes.append(image.shape)
        return Page(number, "text", [Line(1, "一行", (0.0, 0.0, 9.0, 9.0))], recognised=True)

    monkeypatch.delenv(ocr.SWITCH, raising=False)
    monkeypatch.setattr(ocr, "read_picture", seen)
    document = open_bytes(name, make(picture))
    assert [page.number for page in document.pages if page.recognised] == numbers
    assert len(sizes) == len(numbers) and all(abs(max(size) - 2339) < 12 and size[2] == 3 for size in sizes)
    assert [r.code for r in document.remarks] == ["E47"] and not any(page.pictures for page in document.pages)


@needs_ocr
def test_a_picture_file_in_an_archive_gives_the_figures_of_the_scan(picture: bytes, document: Document, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(ocr.SWITCH, raising=False)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as package:
        package.writestr("附件/扫描件.png", picture)
    ((name, content),) = unpack("a.zip", packed.getvalue())
    read = open_bytes(name, content)
    assert (read.format, read.page_count) == ("image", 1)

    def figures(page: Page) -> set[str]:
        return {c.text for g in page.grids for c in g.cells if parse_amount(c.text)}

    assert figures(read.pages[0]) and len(figures(read.pages[0]) & figures(document.pages[2])) >= 0.9 * len(figures(read.pages[0]))


@pytest.mark.parametrize(("state", "said"), [("missing", "mingzhang\\[ocr\\]"), ("off", "switched off")])
def test_without_ocr_a_picture_file_is_refused_with_the_way_to_it(
    state: str, said: str, picture: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ocr, "state", lambda: state)
    with pytest.raises(DocumentError, match=f"the file is a PNG image; .*{said}"):
        open_bytes("a.png", picture)


@needs_ocr
def test_a_picture_that_is_broken_or_too_large_or_too_small_gives_no_text(picture: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    from pipelines.documents import picture as pictures

    monkeypatch.delenv(ocr.SWITCH, raising=False)
    assert pictures.frames_of(picture[:40]) == 0 and pictures.unpacked(picture[:900], 0) is None
    monkeypatch.setattr(pictures, "_MOST_PIXELS", 1_000)
    assert pictures.frames_of(picture) == 0
    with pytest.raises(DocumentError, match="too large"):
        open_bytes("a.png", picture)


# --- figures and words by more than one reading ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("read", "figure"),
    [
        ([("69.97", 0.96), ("69,97", 0.96), ("69.97", 0.98), ("69.97", 0.99), ("69,97", 0.99)], "69.97"),
        ([("79.60", 1.0), ("r79.60", 0.92), ("79.60", 1.0), ("79.60", 1.0), ("ir.79.60", 0.7)], "79.60"),
        ([("13", 1.0), ("13", 0.84), ("13", 1.0), ("13", 0.99), ("13", 1.0)], "13"),
        ([("69.97", 1.0), ("-69.97", 0.93), ("69.97", 1.0), ("69.97", 1.0), ("69.97", 0.95)], ""),  # a sign against it
        ([("132.71", 0.97), ("13271", 0.97), ("13271", 0.97), ("13271", 0.99), ("13271", 0.92)], ""),  # a point against it
        ([("13.20", 0.99), ("18.20", 0.8), ("13.20", 0.99), ("13.20", 0.99), ("13.20", 0.95)], ""),  # a digit against it
        ([("13.20", 0.99), ("l8.2", 0.3), ("13.20", 0.99), ("13.20", 0.99), ("I3.2", 0.4)], ""),  # one kind of picture alone
        ([("1.234", 0.99), ("1,234", 0.7), ("1.234", 0.99), ("1.234", 0.99), ("1.234", 0.99)], ""),  # point or comma
    ],
)
def test_three_of_five_readings_make_a_figure_if_none_is_against_it(
    read: list[tuple[str, float]], figure: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("cv2")
    rest = iter((read[2], read[3], read[4]))
    monkeypatch.setattr(ocr, "_recognise", lambda *_: next(rest))
    grey = np.zeros((40, 40), np.uint8)
    made = SimpleNamespace(grey=grey, ink=grey)
    assert ocr._settled([read[0], read[1]], made, (5, 5, 20, 20))[0] == figure


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("2025年部内文出总表", "2025年部门支出总表"), ("决算数", "决算数"), ("收人合汁", "收入合计"), ("征收人员经费", "征收人员经费"),
        ("科日编码", "科目编码"), ("国家计算机网络", "国家计算机网络"), ("全额拨款", "全额拨款"), ("国内债务", "国内债务"),
    ],
)  # fmt: skip
def test_words_that_no_table_has_are_the_words_they_were(text: str, word: str) -> None:
    assert mended(text) == word


@pytest.mark.parametrize("codes", [functional_codes(), economic_codes()])
def test_no_name_of_the_code_lists_is_mended(codes: CodeList) -> None:
    assert [name for name in codes.names.values() if mended(name) != name] == []


def test_a_name_that_its_code_does_not_have_is_left_out_and_said() -> None:
    made = table("10.00", "7.00", "3.00")
    made.rows[0].name = "某项别的名称"
    settle(made, [])
    assert made.rows[0].name == "" and [n.code for n in made.notices] == ["E48"] and len(made.rows[0].amounts) == 3
