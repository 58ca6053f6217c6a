"""Reports with performance forms: what was written into them is what is read, from a dump and from a PDF."""

from __future__ import annotations

import random
from decimal import Decimal
from functools import cache

import polars as pl
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines import joining, run
from pipelines.documents import open_bytes
from pipelines.extract.report import extract
from pipelines.extract.result import Extraction
from samples.generator import Sample, render, vary_dump
from samples.generator.catalogue import PLANTED, REPORTS
from samples.generator.forms import LEADER, PHONE, Evaluation, applications, forms_of

SEEDS = st.integers(0, 10_000)
# The same examples in every run: a corpus of other seeds is a matter for a longer search by hand.
_SETTINGS = settings(max_examples=6, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
WITH_FORMS = (
    "wuhan-jiangan-civic-2023-final-national.pdf",
    "wuhan-jiangan-civic-2024-budget-national.pdf",
    "wuhan-jiangan-talent-2023-final-dump.txt",
)


def read(sample: Sample) -> Extraction:
    return extract(open_bytes(sample.name, sample.data))


def amounts(form: Evaluation) -> tuple[Decimal | None, ...]:
    texts = (
        form.basic,
        form.project,
        form.budget,
        form.executed,
        form.rate.rstrip("%"),
        form.execution_score,
        form.total,
    )
    return tuple(Decimal(text) if text else None for text in texts)


def check_evaluations(sample: Sample) -> None:
    """Every form with its head, and every indicator: exact, or flagged with its text kept."""
    extraction = read(sample)
    frames = extraction.frames
    printed = forms_of(sample.ledger)
    columns = (
        "basic_total",
        "project_total",
        "budget",
        "executed",
        "execution_rate",
        "execution_score",
        "total_score",
    )
    read_forms = frames["evaluations"].rows(named=True)
    assert [row["name"] for row in read_forms] == [form.name for form in printed]
    assert [tuple(row[c] for c in columns) for row in read_forms] == [amounts(form) for form in printed]
    flagged = {notice.locator for notice in extraction.notices if notice.code == "E31"}
    told = frames["project_mentions"]
    assert [Decimal(form.told_budget or form.budget) for form in printed[1:]] == told["budget"].to_list()
    assert told["form_no"].to_list() == list(range(2, len(printed) + 1))
    rows = frames["indicators"].rows(named=True)
    written = [(number, row) for number, form in enumerate(printed, start=1) for row in form.indicators]
    assert len(rows) == len(written)
    exact = 0
    for record, (number, row) in zip(rows, written, strict=True):
        assert (record["evaluation_no"], record["score"]) == (number, Decimal(row.score))
        assert (record["level1"], record["level2"]) == (row.level1, row.level2)
        if f"evaluation_no={number};seq={record['seq']}" in flagged:
            assert record["indicator"] == row.name + row.target + row.actual and record["target"] is None
            continue
        assert (record["indicator"], record["target"], record["actual"]) == (row.name, row.target, row.actual)
        exact += 1
    assert exact >= 0.9 * len(written)


@given(seed=SEEDS, count=st.integers(1, 4))
@_SETTINGS
def test_a_dump_gives_back_the_forms(seed: int, count: int) -> None:
    dump = vary_dump(random.Random(seed))
    changes = {
        name: getattr(dump, name) for name in ("furniture", "lines_per_page", "double_spaced", "encoding")
    }
    check_evaluations(render("dump", seed, rows=15, forms=count, forms_twice=seed % 2 == 0, **changes))


@given(seed=SEEDS, count=st.integers(1, 4), planted=st.booleans())
@_SETTINGS
def test_a_pdf_gives_back_the_forms(seed: int, count: int, planted: bool) -> None:
    planted = planted and count >= 3
    check_evaluations(
        render("national", seed, rows=15, forms=count, forms_planted=planted, page_rows=seed % 3 * 9)
    )


@given(seed=SEEDS, count=st.integers(1, 4))
@_SETTINGS
def test_a_budget_gives_back_its_applications(seed: int, count: int) -> None:
    sample = render("budget-national", seed, rows=15, forms=count)
    frames = read(sample).frames
    printed = applications(sample.ledger)
    rows = frames["project_applications"].rows(named=True)
    assert [(r["name"], r["project_code"], r["current_year_budget"]) for r in rows] == [
        (form.name, form.code, Decimal(form.current) / 10_000) for form in printed
    ]
    assert frames["project_cost_items"].select("project_no", "item", "amount").rows() == [
        (number, item, Decimal(amount) / 10_000)
        for number, form in enumerate(printed, start=1)
        for item, amount in form.costs
    ]
    funding = frames["project_funding"]
    assert funding.height == 9 * len(printed)
    assert funding["amount"].sum() == sum(Decimal(form.current) for form in printed) / 10_000
    assert frames["project_targets"].select("level1", "level2", "indicator", "target").rows() == [
        target for form in printed for target in form.targets
    ]
    assert frames["project_history"].height == 2 * len(printed)


@cache
def judged() -> tuple[joining.Corpus, pl.DataFrame]:
    extractions, refused = run.read_files([REPORTS / name for name in WITH_FORMS], jobs=1)
    assert not refused
    corpus = joining.join(joining.choose(extractions)[0])
    return corpus, joining.judge(corpus).findings


def test_planted_mistakes_in_forms_come_out_and_no_others() -> None:
    listed = yaml.safe_load(PLANTED.read_text("utf-8"))["wuhan-jiangan-talent-2023-final-dump.txt"]
    _, findings = judged()
    own = findings.filter(pl.col("rule_id").str.starts_with("P"))
    assert sorted(own["rule_id"]) == sorted(mistake["rule"] for mistake in listed)
    printed = {
        mistake["rule"]: (mistake["cells"][0]["printed"], mistake["cells"][0]["truth"]) for mistake in listed
    }
    for rule, actual, expected in own.select("rule_id", "actual", "expected").iter_rows():
        assert (Decimal(actual), Decimal(expected)) == tuple(map(Decimal, printed[rule]))


def test_a_form_printed_twice_is_one_evaluation() -> None:
    corpus, _ = judged()
    counts = corpus.frames["evaluations"].group_by("report_id").len()["len"].to_list()
    assert sorted(counts) == [3, 4]


@pytest.mark.parametrize("person", [LEADER, PHONE])
def test_persons_of_the_forms_are_in_no_frame(person: str) -> None:
    sources = [(REPORTS / name).read_bytes() for name in WITH_FORMS]
    assert any(person.encode() in source for source in sources), "the dump prints them"
    corpus, findings = judged()
    frames = [*corpus.frames.values(), corpus.notices, findings]
    assert not [
        1 for frame in frames for row in frame.iter_rows() if any(person in str(value) for value in row)
    ]
