"""Conservation of numbers: every number token of a table has exactly one use; otherwise the table is withheld.

The tokens are counted here from the document itself, not from the readers' own lists.
"""

from __future__ import annotations

import re
from collections import Counter

import pytest

from pipelines.documents import Document, open_bytes
from pipelines.extract.dump import tokens
from pipelines.extract.report import extract
from pipelines.extract.result import Extraction
from pipelines.extract.rows import RawTable
from pipelines.extract.tables import functional
from samples.generator import Sample, corpus_report, render
from tests.support import (
    HOUSING_DUMP,
    amounts_of,
    conserved,
    read_sample,
    read_text,
    status_of,
    table_notices,
    table_uses,
)

AMOUNT = re.compile(r"(?<![\d.,])-?(?:\d{1,3}(?:,\d{3})+|\d+)\.\d+(?![\d.,])")
ROLES = {
    "cell", "code", "line_no", "column_no", "header", "note", "page_no", "label", "ambiguous", "outside_model",
}  # fmt: skip


def document_of(sample: Sample) -> Document:
    return open_bytes(sample.name, sample.data)


def printed_amounts(document: Document, extraction: Extraction) -> Counter[str]:
    """Every token with decimals on the lines that the uses name, counted from the pages."""
    lines = {(page.number, ln.number): ln.text for page in document.pages for ln in page.lines}
    touched = {(u.page, u.line) for u in table_uses(extraction)}
    return Counter(token for where in touched for token in AMOUNT.findall(lines.get(where, "")))


@pytest.mark.parametrize("style", ["national", "shanghai", "budget-shanghai", "budget-national"])
def test_uses_of_a_ruled_report_are_the_numbers_that_its_lines_print(style: str) -> None:
    sample = render(style, seed=31, rows=40, carry_over=style in ("national", "shanghai"))
    document = document_of(sample)
    extraction = extract(document)
    uses = Counter(u.token for u in table_uses(extraction) if AMOUNT.fullmatch(u.token))
    assert uses == printed_amounts(document, extraction)
    assert not conserved(extraction)
    assert {u.role for u in table_uses(extraction)} <= ROLES


@pytest.mark.parametrize("index", [2, 5, 9, 14, 20, 23])
def test_every_figure_of_a_table_is_used_once(index: int) -> None:
    """Published and ambiguous figures are the uses of their roles, one to one."""
    extraction = read_sample(corpus_report(4711, index))
    for resource, state in status_of(extraction).items():
        cells = [u for u in table_uses(extraction) if u.resource == resource and u.role == "cell"]
        if state in ("withheld", "image", "missing"):
            assert extraction.frames[resource].is_empty()
            continue
        assert len(cells) == len(amounts_of(resource, extraction.frames[resource])), resource
        where = {(u.page, u.line, u.locator, u.column) for u in cells}
        assert len(where) == len(cells), "one use per cell"


def test_every_use_names_its_line() -> None:
    sample = render("dump", seed=32, rows=40)
    document = document_of(sample)
    lines = {ln.number: ln.text.replace(" ", "") for ln in document.pages[0].lines}
    for use in table_uses(extract(document)):
        assert use.token in lines[use.line or 0]


# --- a reader that errs -----------------------------------------------------------------------------------------


def test_a_dropped_figure_of_a_dump_withholds_its_table(monkeypatch: pytest.MonkeyPatch) -> None:
    original = tokens.Reader.amounts

    def forgetful(self, numbers):  # type: ignore[no-untyped-def]
        return original(self, numbers)[:-1] if len(numbers) == 3 else original(self, numbers)

    assert status_of(read_text(HOUSING_DUMP))["general_budget_expenditure"] == "found"
    monkeypatch.setattr(tokens.Reader, "amounts", forgetful)
    extraction = read_text(HOUSING_DUMP)
    assert status_of(extraction)["general_budget_expenditure"] == "withheld"
    assert extraction.frames["general_budget_expenditure"].is_empty()
    assert [n.code for n in table_notices(extraction)] == ["E01"]
    report = extraction.frames["reports"].row(0, named=True)
    assert (report["tables_withheld"], report["status"]) == ("5", "partial")


def test_a_dropped_cell_of_a_grid_withholds_its_table(monkeypatch: pytest.MonkeyPatch) -> None:
    sample = render("shanghai", seed=33, rows=20)
    original = functional.amount_of

    def forgetful(table, view, cell, locator, column):  # type: ignore[no-untyped-def]
        if table.resource == "expenditure_by_function" and column == "project":
            return None
        return original(table, view, cell, locator, column)

    monkeypatch.setattr(functional, "amount_of", forgetful)
    extraction = read_sample(sample)
    assert status_of(extraction)["expenditure_by_function"] == "withheld"
    assert extraction.frames["expenditure_by_function"].is_empty()
    assert status_of(extraction)["revenue_by_function"] == "found", "the other tables go on"


def test_a_figure_used_twice_withholds_its_table(monkeypatch: pytest.MonkeyPatch) -> None:
    original = RawTable.use

    def generous(self, token, page, line, role, *rest):  # type: ignore[no-untyped-def]
        original(self, token, page, line, role, *rest)
        if role == "cell" and self.resource == "general_budget_expenditure" and token == "14.98":
            original(self, token, page, line, role, *rest)

    monkeypatch.setattr(RawTable, "use", generous)
    extraction = read_text(HOUSING_DUMP)
    assert status_of(extraction)["general_budget_expenditure"] == "withheld"
    assert conserved(extraction)["general_budget_expenditure", "double"] > 0
