"""Dumps that real extractors make of a PDF say what the PDF says, cell by cell, or nothing with a notice.

pypdf and pdfplumber come with the project; poppler's ``pdftotext`` is used where it is installed.
"""

from __future__ import annotations

import logging
import shutil
import subprocess
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from pathlib import Path

import pdfplumber
import pypdf
import pytest

from pipelines.documents import DocumentError, open_bytes
from pipelines.extract.report import extract
from pipelines.extract.result import NotAReport
from samples.generator import catalogue
from samples.generator.ledger import AMOUNTS
from tests.dump_mutations import Cell, truth_of
from tests.support import NO_SHARED, SHARED, read_path, status_of

POPPLER = shutil.which("pdftotext")
SAMPLES = ("wuhan-jiangan-civic-2023-final-national", "wuhan-jiangan-civic-2024-budget-national", "wuhan-jiangan-water-2023-final-planted",
           "shanghai-jingan-culture-2023-final-shanghai", "shanghai-jingan-market-2023-final-borderless")  # fmt: skip
REPORTS = ("putuo-finance-2024-final", "putuo-justice-unit-2026-budget", "putuo-wanli-street-2024-budget", "city-finance-unit-2025-budget")


def _pypdf(path: Path) -> str:
    pages = pypdf.PdfReader(path).pages
    return "\n".join(f"-- {n} of {len(pages)} --\n{page.extract_text()}" for n, page in enumerate(pages, start=1))


def _pdfplumber(path: Path) -> str:
    with pdfplumber.open(path) as pdf:
        return "\n-- PAGE_BREAK --\n".join(page.extract_text() or "" for page in pdf.pages)


def _pdfplumber_layout(path: Path) -> str:
    """Blanks as wide as on the page, as ``pdftotext -layout`` writes them."""
    with pdfplumber.open(path) as pdf:
        return "\n".join(page.extract_text(layout=True) or "" for page in pdf.pages)


def _poppler(*options: str) -> Callable[[Path], str]:
    def dump(path: Path) -> str:
        if POPPLER is None:
            pytest.skip("pdftotext (poppler-utils) is not installed")
        return subprocess.run([POPPLER, *options, str(path), "-"], capture_output=True, check=True).stdout.decode()

    return dump


EXTRACTORS: dict[str, Callable[[Path], str]] = {
    "pypdf": _pypdf, "pdfplumber": _pdfplumber, "pdftotext": _poppler(), "pdftotext -raw": _poppler("-raw"),
    "pdftotext -layout": _poppler("-layout"), "pdfplumber layout": _pdfplumber_layout,
}  # fmt: skip

LEAST = {
    ("putuo-wanli-street-2024-budget", "pypdf"): 875, ("putuo-wanli-street-2024-budget", "pdfplumber"): 540,
    ("putuo-wanli-street-2024-budget", "pdftotext -raw"): 540, ("putuo-justice-unit-2026-budget", "pypdf"): 363,
    ("putuo-justice-unit-2026-budget", "pdfplumber"): 253, ("putuo-finance-2024-final", "pypdf"): 193,
    ("city-finance-unit-2025-budget", "pdfplumber"): 194, ("putuo-wanli-street-2024-budget", "pdftotext -layout"): 540,
    ("putuo-justice-unit-2026-budget", "pdftotext -layout"): 253,
}  # fmt: skip
"""Figures of the nine tables that a dump gives back, of 875, 376, 195 and 251 (a floor: more is better)."""


@cache
def printed(path: Path) -> dict[Cell, Decimal]:
    return truth_of(read_path(path))


def compare(path: Path, extractor: str, least: int) -> None:
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    text = EXTRACTORS[extractor](path)
    if sum("一" <= c <= "鿿" for c in text) < 500:
        pytest.skip(f"{extractor} cannot decode this PDF's Chinese on this machine (poppler-data is missing)")
    try:
        extraction = extract(open_bytes(f"{path.stem}.txt", text.encode()))
    except (NotAReport, DocumentError):
        assert least == 0
        return
    read, wanted, state = truth_of(extraction), printed(path), status_of(extraction)
    assert {cell: value for cell, value in read.items() if wanted.get(cell) != value} == {}
    assert len(read) >= least
    for resource in AMOUNTS:
        lost = [cell for cell in wanted if cell[0] == resource and cell not in read]
        noticed = state[resource] in ("withheld", "image", "missing") or any(
            n.resource == resource and n.code in ("E01", "E02") for n in extraction.notices
        )
        assert not lost or noticed, (resource, lost[:3])


@pytest.mark.parametrize("stem", SAMPLES)
@pytest.mark.parametrize("extractor", EXTRACTORS)
def test_samples(stem: str, extractor: str) -> None:
    least = 170 if extractor in ("pdfplumber", "pypdf") else 0
    compare(catalogue.REPORTS / f"{stem}.pdf", extractor, least)


@pytest.mark.skipif(not SHARED.exists(), reason=NO_SHARED)
@pytest.mark.parametrize("stem", REPORTS)
@pytest.mark.parametrize("extractor", EXTRACTORS)
def test_shared_reports(stem: str, extractor: str) -> None:
    compare(SHARED / "shanghai" / f"{stem}.pdf", extractor, LEAST.get((stem, extractor), 0))
