"""Dumps of one cell a line: read where the cells come row by row, withheld where they do not; never a wrong figure."""

from __future__ import annotations

import io
import os
import random
import re
from decimal import Decimal
from functools import cache

import pypdf
import pytest

from pipelines.documents import open_bytes
from pipelines.extract.dump.cells import one_cell_a_line
from pipelines.extract.dump.regions import find_regions
from pipelines.extract.report import extract
from samples.generator import catalogue
from samples.generator.provinces import PROVINCES
from tests.dump_mutations import Cell, Truth, truth_of
from tests.support import read_path, read_sample
from tests.test_provinces import varied

NATIONAL = catalogue.REPORTS / "wuhan-jiangan-civic-2023-final-national.pdf"


@cache
def pages(name: str, number: int = 1) -> tuple[list[str], Truth]:
    """What pypdf makes of a generated report, page by page, and what the report prints."""
    if name == "national":
        return [p.extract_text() for p in pypdf.PdfReader(NATIONAL).pages], truth_of(read_path(NATIONAL))
    sample = varied(name, number)
    return [p.extract_text() for p in pypdf.PdfReader(io.BytesIO(sample.data)).pages], truth_of(read_sample(sample))


def read(text: str) -> Truth:
    return truth_of(extract(open_bytes("dump.txt", text.encode())))


def wrong(read_: Truth, printed: Truth) -> dict[Cell, tuple[Decimal, Decimal | None]]:
    return {cell: (value, printed.get(cell)) for cell, value in read_.items() if printed.get(cell) != value}


MARKS = {
    "extractor": lambda n, of, text: f"-- {n} of {of} --\n{text}",
    "chinese": lambda n, of, text: f"{text}\n第 {n} 页 共 {of} 页",
    "break": lambda n, of, text: f"{text}\n-- PAGE_BREAK --",
    "break and number": lambda n, of, text: f"{text}\n{n}\n-- PAGE_BREAK --",
    "number behind the break": lambda n, of, text: f"{n + 2}\n{text}\n-- PAGE_BREAK --",
    "number only": lambda n, of, text: f"{text}\n{n}",
    "nothing": lambda n, of, text: text,
}  # fmt: skip


@pytest.mark.parametrize("name", ["national", *sorted(PROVINCES)])
@pytest.mark.parametrize("mark", ["extractor", "number behind the break", "number only"])
def test_provinces(name: str, mark: str) -> None:
    texts, printed = pages(name)
    found = read("\n".join(MARKS[mark](n, len(texts), text) for n, text in enumerate(texts, start=1)))
    assert not wrong(found, printed)
    assert mark != "extractor" or len(found) > 0.3 * len(printed)


@pytest.mark.parametrize("mark", MARKS)
def test_page_marks(mark: str) -> None:
    texts, printed = pages("national")
    found = read("\n".join(MARKS[mark](n, len(texts), text) for n, text in enumerate(texts, start=1)))
    assert not wrong(found, printed)
    assert mark in ("number only", "nothing") or len(found) == len(printed)


@pytest.mark.parametrize("seed", range(10))
def test_columns_one_after_the_other(seed: int) -> None:
    """Some rows' cells come column by column, as some extractors group them: nothing is read into a wrong row."""
    rng = random.Random(seed)
    texts, printed = pages("national")
    lines = "\n".join(MARKS["extractor"](n, len(texts), text) for n, text in enumerate(texts, start=1)).split("\n")
    regions, _, _ = find_regions(open_bytes("dump.txt", "\n".join(lines).encode()))
    for region in regions:
        numbers = [ln.number - 1 for ln in region.lines]
        first = rng.choice(numbers[10:-10] if len(numbers) > 30 else numbers)
        size = rng.choice((6, 9, 12, 18))
        block = lines[first : first + size]
        width = rng.choice((2, 3))
        lines[first : first + size] = [cell for column in range(width) for cell in block[column::width]]
    assert not {c: v for c, v in wrong(read("\n".join(lines)), printed).items() if v[1] is None}, "a figure in a blank cell"


@pytest.mark.parametrize("seed", range(int(os.environ.get("MINGZHANG_MUTATIONS", "8"))))
def test_a_figure_changed_deleted_or_doubled(seed: int) -> None:
    """The other figures stay in their cells or go; the spoiled one is read as printed, or not at all."""
    rng = random.Random(seed)
    texts, printed = pages("national")
    lines = "\n".join(MARKS["extractor"](n, len(texts), text) for n, text in enumerate(texts, start=1)).split("\n")
    regions, _, _ = find_regions(open_bytes("dump.txt", "\n".join(lines).encode()))
    spots = [n - 1 for r in regions for n in range(r.lines[0].number, r.lines[-1].number) if re.fullmatch(r"\d+\.\d+", lines[n - 1].strip())]
    at = rng.choice(spots)
    figure = lines[at].strip()
    lines[at] = rng.choice(["", f"{figure}\n{figure}", f"-{figure}", figure.replace(".", ""), f"9{figure}", f"1\n{figure}"])
    new = {Decimal(part) for part in lines[at].split() if part != "1"}
    found = wrong(read("\n".join(lines)), printed)
    assert {cell: pair for cell, pair in found.items() if pair[0] not in new} == {}
    assert len(found) <= 2


def test_rows_on_one_line_are_left_alone() -> None:
    texts, _ = pages("national")
    regions, _, _ = find_regions(open_bytes("dump.txt", "\n".join(texts).encode()))
    assert not any(one_cell_a_line(region.lines) for region in regions if region.title and region.title.resource == "expenditure_by_function")
