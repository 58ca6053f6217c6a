"""Tables that other programs printed: LibreOffice from a workbook and a Word file, Chromium from web pages.

The PDFs in ``samples/producers`` are kept as those programs wrote them; what they must say comes from the ledger, and
neither LibreOffice nor Chromium is needed.
"""

from __future__ import annotations

import csv
from decimal import Decimal
from functools import cache
from pathlib import Path

import pypdf
import pytest

from pipelines.documents.model import Cell, Document, Grid, Line, Page
from pipelines.extract.result import Extraction
from pipelines.extract.tables.blocks import Block
from pipelines.extract.tables.pages import add, beside
from pipelines.extract.tables.regions import collect_blocks, split_at_titles
from pipelines.extract.titles import any_title
from samples.generator import Sample, producers
from samples.generator.ledger import AMOUNTS, KEYS
from tests.support import conserved, differences, read_path, rows_of, status_of

NAMES = sorted(p.stem for p in producers.FOLDER.glob("*.pdf"))


@cache
def truth() -> dict[str, Sample]:
    return {name: sample for name, (_, _, sample) in producers.sources().items()}


@cache
def read(name: str) -> Extraction:
    return read_path(producers.FOLDER / f"{name}.pdf")


def test_there_are_three_to_five_of_them() -> None:
    assert 3 <= len(NAMES) <= 5 and set(NAMES) == set(truth())
    made = [str(pypdf.PdfReader(producers.FOLDER / f"{name}.pdf").metadata) for name in NAMES]
    assert sum("LibreOffice" in text for text in made) == 2 and sum("Skia/PDF" in text for text in made) == 2


@pytest.mark.parametrize("name", NAMES)
def test_every_printed_cell_is_read_and_no_other(name: str) -> None:
    extraction, sample = read(name), truth()[name]
    assert differences(extraction, sample.frames) == []
    assert set(status_of(extraction).values()) <= {"found", "empty"}
    assert not conserved(extraction)
    assert {k: getattr(extraction.identity, k) for k in sample.identity} == sample.identity


@pytest.mark.parametrize("name", NAMES)
def test_the_kept_figures_are_those_of_the_ledger_and_of_the_reading(name: str) -> None:
    """A clean clone needs no ledger: the CSV beside the PDF says what it prints."""
    path = producers.FOLDER / f"{name}.csv"
    assert path.read_text("utf-8") == producers.golden(truth()[name])
    with path.open(encoding="utf-8") as file:
        kept = {(r["resource"], r["key"], r["column"]): Decimal(r["value"]) for r in csv.DictReader(file)}
    found = {
        (resource, " ".join(str(part) for part in key), column): row[column]
        for resource in KEYS
        for key, row in rows_of(resource, read(name).frames[resource]).items()
        for column in AMOUNTS[resource]
        if row.get(column) is not None
    }
    assert found == kept and len(kept) > 150


# --- what a page's end does to a table ----------------------------------------------------------------------------


def grid(rows: list[list[str]], xs: list[float], top: float = 50.0) -> Grid:
    """A ruled grid of single cells, rows 20 points high."""
    edges = tuple(top + 20 * i for i in range(len(rows) + 1))
    cells = [
        Cell(i, i, j, j, (xs[j], edges[i], xs[j + 1], edges[i + 1]), (text,) if text else (), (i + 1,) if text else ())
        for i, row in enumerate(rows)
        for j, text in enumerate(row)
    ]
    return Grid(1, (xs[0], top, xs[-1], edges[-1]), edges, tuple(xs), cells)


def block() -> Block:
    title = any_title("一般公共预算财政拨款支出决算表")
    assert title is not None
    return Block(title, 1, 1, "万元")


HEAD = ["科目编码", "科目名称", "合计", "基本支出", "项目支出"]
ROW = ["201", "一般公共服务支出", "3.00", "1.00", "2.00"]
XS = [0.0, 50.0, 150.0, 200.0, 250.0, 300.0]


def test_a_head_alone_at_the_foot_of_a_page_stands_over_the_rows_of_the_next() -> None:
    found = block()
    add(found, grid([HEAD], XS), Page(1, "text"), new=True)
    add(found, grid([ROW, ROW], XS), Page(2, "text"), new=False)
    (segment,) = found.segments
    assert segment.page.number == 2
    assert [[c.text for c in segment.grid.cells if c.row0 == i] for i in range(3)] == [HEAD, ROW, ROW]


def test_a_head_that_comes_again_is_not_doubled() -> None:
    found = block()
    add(found, grid([HEAD], XS), Page(1, "text"), new=True)
    add(found, grid([HEAD, ROW], XS), Page(2, "text"), new=False)
    assert [s.grid.n_rows for s in found.segments] == [1, 2]


def test_columns_that_stand_elsewhere_are_not_those_of_the_page_before() -> None:
    """The same frame and as many columns, but others: never read one by one."""
    found = block()
    add(found, grid([HEAD, ROW], XS), Page(1, "text"), new=True)
    add(found, grid([ROW], [0.0, 50.0, 60.0, 70.0, 250.0, 300.0]), Page(2, "text"), new=False)
    assert found.problems


def test_tables_that_touch_are_parted_at_the_title_each_on_its_own_columns() -> None:
    """Web pages print one table directly below the other: the edges of one are none of the other."""
    upper = grid([HEAD, ROW], XS)
    title = Cell(2, 2, 0, 4, (0, 90, 300, 110), ("一般公共预算财政拨款基本支出决算表",), (3,))
    lower = [Cell(3, 3, 0, 1, (0, 110, 150, 130), ("人员经费",), (4,)), Cell(3, 3, 2, 4, (150, 110, 300, 130), ("公用经费",), (4,))]
    whole = Grid(1, (0, 50, 300, 130), (50, 70, 90, 110, 130), tuple(XS), [*upper.cells, title, *lower])
    first, second = split_at_titles(whole)
    assert first.col_edges == tuple(XS)
    assert second.col_edges == (0.0, 150.0, 300.0)


def test_names_of_files_say_what_printed_them() -> None:
    assert {Path(name).name.split("-final-")[-1].split("-budget-")[-1] for name in NAMES} == {
        "libreoffice-calc", "libreoffice-writer", "chromium", "chromium-collapsed",
    }  # fmt: skip


def test_a_page_of_sentences_after_captions_alone_ends_the_table() -> None:
    """A title in cells at a page's foot, and no table on the next page: nothing breaks, nothing is made up."""
    title = grid([["一般公共预算财政拨款支出决算表", ""]], [0.0, 150.0, 300.0])
    words = Line(1, "本年度没有此项支出。", (10.0, 60.0, 100.0, 70.0))
    pages = [Page(1, "text", [Line(1, "一般公共预算财政拨款支出决算表", (10.0, 52.0, 200.0, 66.0))], [title]), Page(2, "text", [words])]
    blocks, _ = collect_blocks(Document("a.pdf", "0", "pdf", pages))
    assert blocks == []


def test_columns_on_a_page_of_their_own_are_noticed() -> None:
    """A sheet wider than its page: the right columns come alone on the next one, row beside row."""
    found = block()
    add(found, grid([HEAD, ROW, ROW, ROW, ROW], XS), Page(1, "text"), new=True)
    right = grid([["经营支出"], ["9.00"], ["9.00"], ["9.00"], ["9.00"]], [0.0, 60.0])
    assert beside(found, right)
    assert not beside(found, grid([["经营支出"], ["9.00"], ["9.00"], ["9.00"], ["9.00"]], [0.0, 60.0], top=57.0))
    assert not beside(block(), right)
