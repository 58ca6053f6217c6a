"""Pages that are pictures, read by OCR: nothing wrong is published, and what is not sure is null and said.

The tests that recognise print need the extra (``make ocr``); they skip where it is not installed.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from pipelines import pool, schema
from pipelines.documents import Document, ocr, open_bytes
from pipelines.documents.model import UNREAD
from pipelines.extract.numbers import parse_amount
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
