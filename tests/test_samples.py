"""The samples are what they claim: the same bytes again, books that add up, pages that print the figures."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from io import BytesIO

import pdfplumber
import polars as pl
import pypdfium2
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from pdfminer.lzw import lzwdecode

import samples.generator
from samples.generator import (
    LAYOUTS,
    RESOURCES,
    STYLES,
    Sample,
    catalogue,
    corpus_report,
    layout,
    make_ledger,
    options_for,
    pdf,
    planted,
    prose,
    render,
    vary,
    vary_options,
)
from samples.generator.__main__ import write_corpus
from samples.generator.ledger import AMOUNTS, KEYS, Ledger
from samples.generator.tables import Table, number_text, official_tables

SEEDS = st.integers(0, 2**31)
Rows = dict[tuple[str, ...], dict[str, Decimal]]


@pytest.fixture(scope="module")
def committed() -> dict[str, Sample]:
    return catalogue.committed()


# ---- the committed files ----------------------------------------------------------------------------------


def test_committed_samples_come_out_byte_for_byte(committed: dict[str, Sample]) -> None:
    kept = {path.name: path.read_bytes() for path in catalogue.REPORTS.iterdir()}
    assert sorted(kept) == sorted(committed)
    differing = [name for name, sample in committed.items() if kept[name] != sample.data]
    assert not differing, "run python -m samples.generator build"
    assert catalogue.PLANTED.read_text(encoding="utf-8") == catalogue.planted_yaml(committed)


def test_committed_samples_are_small_and_fictional(committed: dict[str, Sample]) -> None:
    for name, sample in committed.items():
        assert len(sample.data) < 200_000, name
        assert "示例" in sample.identity["institution"], name


def test_two_years_of_one_department_follow_each_other(committed: dict[str, Sample]) -> None:
    before, after = (committed[f"wuhan-jiangan-civic-{year}-final-national.pdf"] for year in (2022, 2023))
    assert before.identity["institution"] == after.identity["institution"]
    for resource, column in (("appropriation_summary", "total"), ("revenue_expenditure_summary", "amount")):
        closing = _amounts(resource, before.ledger.frames()[resource])["expenditure", "closing_balance"]
        opening = _amounts(resource, after.ledger.frames()[resource])["income", "opening_balance"]
        assert closing[column] == opening["amount"] > 0


# ---- the books add up -------------------------------------------------------------------------------------


def _amounts(resource: str, frame: pl.DataFrame) -> Rows:
    """Amounts by key and column; blanks left out."""
    return {
        tuple(row[k] for k in KEYS[resource]): {c: row[c] for c in AMOUNTS[resource] if row[c] is not None}
        for row in frame.iter_rows(named=True)
    }


def _sum(rows: Rows, keys: Iterable[tuple[str, ...]], column: str) -> Decimal:
    return sum((rows[key].get(column, Decimal(0)) for key in keys if key in rows), Decimal(0))


class _Books:
    """The amounts of every table, and what does not hold of them."""

    def __init__(self, frames: dict[str, pl.DataFrame]) -> None:
        self.tables = {resource: _amounts(resource, frame) for resource, frame in frames.items()}
        self.breaches: list[str] = []

    def equal(self, what: str, left: Decimal, right: Decimal) -> None:
        if left != right:
            self.breaches.append(f"{what}: {left} != {right}")

    def at(self, resource: str, key: str | tuple[str, ...], column: str) -> Decimal:
        return _sum(self.tables[resource], [(key,) if isinstance(key, str) else key], column)


def _breaches(frames: dict[str, pl.DataFrame]) -> list[str]:
    """What of rules T (inside a table) and X (between tables) does not hold exactly; blanks count as zero."""
    books = _Books(frames)
    for check in (_rows_add_up, _hierarchies_add_up, _summary_adds_up, _appropriation_adds_up, _economy_adds_up, _tables_agree):
        check(books)
    return books.breaches


def _rows_add_up(books: _Books) -> None:
    tables, at, equal = books.tables, books.at, books.equal
    parts = {
        "revenue_by_function": ("total", AMOUNTS["revenue_by_function"][1:]),
        "expenditure_by_function": ("total", AMOUNTS["expenditure_by_function"][1:]),
        "general_budget_expenditure": ("total", ("basic", "project")),
        "government_fund": ("total", ("basic", "project")),
        "state_capital": ("total", ("basic", "project")),
        "three_public_expenses": ("total", ("overseas_trips", "vehicles", "reception")),
    }
    for resource, (whole, columns) in parts.items():
        for key in tables[resource]:
            equal(
                f"{resource} {key} row", at(resource, key, whole), sum(at(resource, key, c) for c in columns)
            )
    for key in tables["three_public_expenses"]:
        cars = sum(at("three_public_expenses", key, f"vehicle_{use}") for use in ("purchase", "operation"))
        equal(f"09 {key} vehicles", at("three_public_expenses", key, "vehicles"), cars)
    for resource in ("government_fund", "state_capital"):
        for key in tables[resource]:
            left = (
                at(resource, key, "opening_balance")
                + at(resource, key, "revenue")
                - at(resource, key, "total")
            )
            equal(f"{resource} {key} closing", left, at(resource, key, "closing_balance"))


def _hierarchies_add_up(books: _Books) -> None:
    tables, at, equal = books.tables, books.at, books.equal
    for resource in ("revenue_by_function", "expenditure_by_function", "general_budget_expenditure", "government_fund", "state_capital"):
        rows = tables[resource]
        for (code,) in rows:
            if len(code) == 7:
                continue
            prefix, length = ("", 3) if code == "total" else (code, len(code) + 2)
            children = [
                k for k in rows if k[0] != "total" and k[0].startswith(prefix) and len(k[0]) == length
            ]
            for column in AMOUNTS[resource]:
                equal(f"{resource} {code} {column}", at(resource, code, column), _sum(rows, children, column))


def _summary_adds_up(books: _Books) -> None:
    tables, at, equal = books.tables, books.at, books.equal
    summary = "revenue_expenditure_summary"
    sources = [("income", c) for c in ("general_public_budget", "government_fund", "state_capital")]
    sources += [("income", c) for c in AMOUNTS["revenue_by_function"][2:]]
    classes = [k for k in tables[summary] if k[0] == "expenditure" and k[1].isdigit()]
    current_income = at(summary, ("income", "current_total"), "amount")
    current_spent = at(summary, ("expenditure", "current_total"), "amount")
    equal("01 income", current_income, _sum(tables[summary], sources, "amount"))
    equal("01 expenditure", current_spent, _sum(tables[summary], classes, "amount"))
    income_side = [("income", c) for c in ("current_total", "surplus_used", "opening_balance")]
    spent_side = [("expenditure", c) for c in ("current_total", "surplus_distribution", "closing_balance")]
    grand = at(summary, ("income", "grand_total"), "amount")
    equal("01 grand income", grand, _sum(tables[summary], income_side, "amount"))
    equal("01 grand expenditure", grand, _sum(tables[summary], spent_side, "amount"))
    equal("01 both sides", grand, at(summary, ("expenditure", "grand_total"), "amount"))


def _appropriation_adds_up(books: _Books) -> None:
    tables, at, equal = books.tables, books.at, books.equal
    classes = [k for k in tables["revenue_expenditure_summary"] if k[0] == "expenditure" and k[1].isdigit()]
    four = "appropriation_summary"
    funds = {
        "general_public_budget": "general_budget_expenditure",
        "government_fund": "government_fund",
        "state_capital": "state_capital",
    }
    for key in tables[four]:
        if key[0] == "expenditure":
            equal(f"04 {key}", at(four, key, "total"), sum(at(four, key, f) for f in funds))
    for column in ("total", *funds):
        spent = _sum(tables[four], [k for k in tables[four] if k[1].isdigit()], column)
        equal(f"04 {column} current", at(four, ("expenditure", "current_total"), column), spent)
        ends = at(four, ("expenditure", "current_total"), column) + at(
            four, ("expenditure", "closing_balance"), column
        )
        equal(f"04 {column} grand", at(four, ("expenditure", "grand_total"), column), ends)
    received = at(four, ("income", "current_total"), "amount")
    equal("04 income", received, sum(at(four, ("income", f), "amount") for f in funds))
    opened = at(four, ("income", "opening_balance"), "amount")
    equal("04 opening", opened, sum(at(four, ("income", f"opening_{f}"), "amount") for f in funds))
    equal("04 grand income", at(four, ("income", "grand_total"), "amount"), received + opened)
    equal("04 both sides", received + opened, at(four, ("expenditure", "grand_total"), "total"))
    for fund, resource in funds.items():
        left = at(four, ("income", fund), "amount") + at(four, ("income", f"opening_{fund}"), "amount")
        equal(f"04 {fund}", left, at(four, ("expenditure", "grand_total"), fund))
        equal(
            f"04 {fund} = {resource}",
            at(four, ("expenditure", "current_total"), fund),
            at(resource, "total", "total"),
        )
        for key in classes:
            equal(f"04 {key} {fund}", at(four, key, fund), at(resource, key[1], "total"))


def _economy_adds_up(books: _Books) -> None:
    tables, at, equal = books.tables, books.at, books.equal
    economic = "basic_expenditure_by_economy"
    for (code,) in tables[economic]:
        if len(code) == 3 and code.isdigit():
            items = [k for k in tables[economic] if len(k[0]) == 5 and k[0].startswith(code)]
            equal(f"06 {code}", at(economic, code, "amount"), _sum(tables[economic], items, "amount"))
    staff = at(economic, "301", "amount") + at(economic, "303", "amount")
    equal("06 personnel", at(economic, "personnel_total", "amount"), staff)
    total = at(economic, "personnel_total", "amount") + at(economic, "public_total", "amount")
    equal("06 total", at(economic, "total", "amount"), total)
    equal("06 = 05 basic", total, at("general_budget_expenditure", "total", "basic"))



def _tables_agree(books: _Books) -> None:
    tables, at, equal = books.tables, books.at, books.equal
    summary, economic = "revenue_expenditure_summary", "basic_expenditure_by_economy"
    equal("01 = 02", at(summary, ("income", "current_total"), "amount"), at("revenue_by_function", "total", "total"))
    equal("01 = 03", at(summary, ("expenditure", "current_total"), "amount"), at("expenditure_by_function", "total", "total"))
    equal("02 = 04", at("revenue_by_function", "total", "fiscal_appropriation"), at("appropriation_summary", ("income", "current_total"), "amount"))
    for key in [k for k in tables[summary] if k[0] == "expenditure" and k[1].isdigit()]:
        equal(f"01 {key} = 03", at(summary, key, "amount"), at("expenditure_by_function", key[1], "total"))
    for source in AMOUNTS["revenue_by_function"][2:]:
        equal(
            f"01 {source} = 02",
            at(summary, ("income", source), "amount"),
            at("revenue_by_function", "total", source),
        )
    for key in tables["expenditure_by_function"]:
        appropriated = sum(
            at(resource, key, "total") for resource in ("general_budget_expenditure", "government_fund", "state_capital")
        )
        if at("expenditure_by_function", key, "total") < appropriated:
            books.breaches.append(f"03 {key} < 05 + 07 + 08")
    items = {"overseas_trips": "30212", "vehicle_purchase": "31013", "vehicle_operation": "30231"} | {
        "reception": "30217"
    }
    basis = "final" if ("final",) in tables["three_public_expenses"] else "budget"
    for column, code in items.items():
        if at(economic, code, "amount") > at("three_public_expenses", basis, column):
            books.breaches.append(f"06 {code} > 09 {column}")


def _ledger(seed: int, style: str = "national") -> Ledger:
    options = options_for(style, **vary_options(random.Random(seed)))
    return make_ledger(seed, options)


@settings(max_examples=60, deadline=None)
@given(seed=SEEDS, style=st.sampled_from(("national", "budget-national", "budget-shanghai")))
def test_books_add_up_exactly(seed: int, style: str) -> None:
    assert _breaches(_ledger(seed, style).frames()) == []


@settings(max_examples=20, deadline=None)
@given(seed=SEEDS)
def test_the_year_after_adds_up_and_opens_as_the_last_one_closed(seed: int) -> None:
    options = options_for("national", carry_over=True, government_fund=True, other_income=True)
    before = make_ledger(seed, options)
    after = make_ledger(seed, options_for("national", year=2024, government_fund=True), before)
    assert _breaches(after.frames()) == []
    closed = {item.code: item.closing for item in before.items}
    assert all(item.opening == closed[item.code] for item in after.items)
    assert sum(item.carried_out for item in before.items) == sum(item.carried_in for item in after.items)


def test_books_can_be_broken() -> None:
    """The check above notices each planted mistake that is one of arithmetic."""
    ledger = catalogue.planting_ground(rows=38)
    assert len(ledger.planted) == planted.KINDS == len({p.rule for p in ledger.planted})
    names_only = 1
    for mistake in ledger.planted:
        printed = make_printed_books(ledger.with_planted(mistake))
        assert bool(_breaches(printed)) == (mistake.rule != "T10.2"), mistake.rule
    assert sum(p.rule == "T10.2" for p in ledger.planted) == names_only


def make_printed_books(ledger: Ledger) -> dict[str, pl.DataFrame]:
    """The ledger's frames with the planted amounts in them."""
    frames = ledger.frames()
    for mistake in ledger.planted:
        for change in mistake.cells:
            if isinstance(change.printed, str):
                continue
            frame = frames[change.resource]
            here = pl.all_horizontal(
                pl.col(k) == v for k, v in zip(KEYS[change.resource], change.key, strict=True)
            )
            value = pl.lit(Decimal(change.printed).scaleb(-6), pl.Decimal(18, 6))
            frames[change.resource] = frame.with_columns(
                pl.when(here).then(value).otherwise(pl.col(change.column)).alias(change.column)
            )
    return frames


# ---- what is printed is the books' ------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(seed=SEEDS, name=st.sampled_from(sorted(LAYOUTS)))
def test_printed_tables_hold_the_books_figures(seed: int, name: str) -> None:
    ledger = _ledger(seed, name if name.startswith("budget") else "national")
    form = vary(layout(name), random.Random(seed))
    tables = official_tables(ledger, form)
    assert Counter(t.resource for t in tables) == Counter(RESOURCES)
    books = {resource: _amounts(resource, frame) for resource, frame in ledger.frames().items()}
    for table in tables:
        _assert_grid_is_whole(table)
        for row in table.rows:
            for fact in row.facts:
                held = books[fact.resource].get(fact.key, {})
                printed = {c: Decimal(a).scaleb(-6) for c, a in fact.amounts.items() if a is not None}
                assert printed.items() <= held.items(), (table.title, fact)
    # nothing that the family has a column for is left out: every leaf of table 03 stands in it
    third = next(t for t in tables if t.resource == "expenditure_by_function")
    leaves = {key for key in books["expenditure_by_function"] if books["expenditure_by_function"][key]}
    assert leaves == {fact.key for row in third.rows for fact in row.facts}


def _assert_grid_is_whole(table: Table) -> None:
    """Every place of the grid belongs to exactly one cell."""
    places = Counter(
        (r + down, cell.col + across)
        for r, row in enumerate(table.rows)
        for cell in row.cells
        for down in range(cell.down)
        for across in range(cell.span)
    )
    whole = {(r, c) for r in range(len(table.rows)) for c in range(len(table.columns))}
    assert set(places) == whole, table.title
    assert max(places.values()) == 1, table.title


def _text(sample: Sample) -> str:
    """All text of a PDF."""
    return "\n".join(p.get_textpage().get_text_range() for p in pypdfium2.PdfDocument(sample.data))


def _figures(sample: Sample) -> Counter[str]:
    """Figures as printed in the official tables, with how often."""
    tables = prose.tables_of(prose.report(sample.ledger, sample.layout))
    return Counter(
        cell.text
        for t in tables
        for row in t.rows
        for cell in row.cells
        if cell.align == "right" and cell.text
    )


def _tokens(text: str) -> Counter[str]:
    return Counter(re.findall(r"\d[\d,]*(?:\.\d+)?", text))


PRINTED = [style for style in STYLES if style not in ("images", "dump-without-tables", "template")]


@pytest.mark.parametrize("style", [s for s in PRINTED if s != "dump"])
def test_every_figure_is_in_the_text_of_the_pdf(style: str) -> None:
    sample = render(style, 4, other_income=True, rows=20)
    text = _text(sample)
    assert not _figures(sample) - _tokens(text)
    assert sample.identity["institution"] in text


@pytest.mark.parametrize("style", ["national", "borderless"])
def test_a_second_reader_finds_the_figures_too(style: str) -> None:
    sample = render(style, 9, rows=15)
    with pdfplumber.open(BytesIO(sample.data)) as document:
        text = "\n".join(page.extract_text() for page in document.pages)
    assert not _figures(sample) - _tokens(text)


def test_a_turned_page_reads_upright() -> None:
    sample = render("national", 2, rows=15, rotated=True)
    document = pypdfium2.PdfDocument(sample.data)
    assert {page.get_rotation() for page in document} == {0, 90}
    assert all(page.get_width() > page.get_height() for page in document if page.get_rotation())


def test_ruled_tables_have_the_cells_of_the_truth() -> None:
    sample = render("shanghai", 5, rows=15, narrow_names=False)
    with pdfplumber.open(BytesIO(sample.data)) as document:
        rows = [row for page in document.pages for table in page.extract_tables() for row in table]
    cells = {tuple(cell for cell in row if cell is not None) for row in rows}
    frame = sample.frames["expenditure_by_function"].filter(pl.col("level") == "item")
    for row in frame.iter_rows(named=True):
        code = row["function_code"]
        amounts = [
            number_text(None if row[c] is None else int(row[c].scaleb(6)), "万元", sample.layout)
            for c in AMOUNTS["expenditure_by_function"]
        ]
        assert (code[:3], code[3:5], code[5:], row["function_name"], *amounts) in cells


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("detached", [False, True])
def test_a_dump_loses_blanks_and_no_figure(encoding: str, detached: bool) -> None:
    sample = render("dump", 6, encoding=encoding, detached_codes=detached, double_spaced=True)
    text = sample.data.decode(encoding)
    assert not _figures(sample) - _tokens(text)
    assert not re.search(r"\d {2,}\d", text)


def test_a_dump_sticks_numbers_together() -> None:
    text = render("dump", 6, detached_codes=True, stuck=True).data.decode()
    assert re.search(r"\.\d\d\d{7}$", text, re.MULTILINE)


def test_unreadable_styles_print_no_table() -> None:
    pictures, template = (render(style, 8, rows=15) for style in ("images", "template"))
    text = _text(pictures)
    assert "收入支出决算总表" in text
    assert "行次" not in text and "基本工资" not in text
    text = _text(template)
    assert (
        "XXX万元" in text and "示例" not in template.identity["region_name"] + text.split("年度部门决算")[0]
    )
    assert not re.search(r"\d\.\d\d", text)
    dump = render("dump-without-tables", 8)
    assert "公开01表" not in dump.data.decode()
    assert all(frame.is_empty() for s in (pictures, template, dump) for frame in s.frames.values())


# ---- planted mistakes -------------------------------------------------------------------------------------


def test_planted_mistakes_are_all_that_differs() -> None:
    ledger = catalogue.planting_ground(rows=38)
    wrong = {(t.resource, *f.key, c): a for t, f, c, a in _cells(ledger)}
    right = {(t.resource, *f.key, c): a for t, f, c, a in _cells(ledger.with_planted())}
    amounts = [c for p in ledger.planted for c in p.cells if c.column != "name"]
    assert {k: v for k, v in wrong.items() if right[k] != v} == {
        (c.resource, *c.key, c.column): c.printed for c in amounts
    }


def _cells(ledger: Ledger) -> Iterable[tuple[Table, object, str, int | None]]:
    for table in official_tables(ledger, layout("national")):
        for row in table.rows:
            for fact in row.facts:
                yield from ((table, fact, column, amount) for column, amount in fact.amounts.items())


def test_planted_yaml_lists_printed_and_true_values(committed: dict[str, Sample]) -> None:
    listed = yaml.safe_load(catalogue.PLANTED.read_text(encoding="utf-8"))
    in_tables = {name: mistakes for name, mistakes in listed.items() if not committed[name].ledger.options.forms_planted}
    # Mistakes in performance forms have their tests in test_samples_forms.
    assert len(in_tables) == 1 and len(listed) == 2
    ((name, mistakes),) = in_tables.items()
    sample = committed[name]
    for mistake in mistakes:
        assert re.fullmatch(r"[TX]\d\d\.\d", mistake["rule"])
        for cell in mistake["cells"]:
            frame = sample.frames[cell["resource"]]
            row = frame.row(
                by_predicate=pl.all_horizontal(pl.col(k) == v for k, v in cell["key"].items()), named=True
            )
            column = "function_name" if cell["column"] == "name" else cell["column"]
            assert row[column] == (cell["printed"] if cell["column"] == "name" else Decimal(cell["printed"]))
            assert cell["printed"] != cell["truth"]


# ---- the machinery ----------------------------------------------------------------------------------------


@settings(max_examples=50, deadline=None)
@given(
    data=st.binary(max_size=20_000)
    | st.builds(lambda a, n: a * n, st.binary(min_size=1), st.integers(0, 9000))
)
def test_lzw_comes_back_as_it_went(data: bytes) -> None:
    assert lzwdecode(pdf.LZW().encode(data)) == data


def test_both_compressions_print_the_same() -> None:
    fast, slow = render("national", 3), render("national", 3, fast=False)
    pages = [[p.get_textpage().get_text_range() for p in pypdfium2.PdfDocument(s.data)] for s in (fast, slow)]
    assert pages[0] == pages[1]
    assert render("national", 3, fast=False).data == slow.data


def test_a_corpus_is_the_same_again_and_grows_at_its_end(tmp_path) -> None:
    assert write_corpus(4, 5, tmp_path) == 4
    written = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    again = [corpus_report(5, i) for i in range(4)]
    assert written == {sample.name: sample.data for sample in again}


def test_no_two_reports_of_a_corpus_are_one_institution() -> None:
    names = [samples.generator._institution(3, i) for i in range(1500)]
    assert len({(region.code, name) for region, _, name in names}) == 1500


def test_unknown_options_are_refused() -> None:
    with pytest.raises(TypeError, match="no such option: colour"):
        render("national", 1, colour="red")
