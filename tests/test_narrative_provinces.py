"""Narratives of many provinces: read as they were told, no false error when right, an error when made wrong.

Leave one province out: without the words that only it was seen to use, its narratives give no false error either
(fewer figures may be bound). That the mechanism gives the precision, and not the list of words, is what this tests.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal

import polars as pl
import pytest

from pipelines.documents import open_bytes
from pipelines.extract.narrative import clauses
from pipelines.extract.narrative.grammar import UNCLASSIFIED, lexicon_entries, witnesses
from pipelines.extract.report import extract
from pipelines.extract.result import Extraction
from pipelines.joining import join
from pipelines.quality.catalogue import rules
from pipelines.quality.reconcile import reconcile
from samples.generator.wordings import PATTERNS, Told, linked, tell

SEEDS = range(2)


def read(told: Told) -> Extraction:
    return extract(open_bytes(f"{told.name}.txt", told.text.encode()))


def errors(extraction: Extraction) -> list[tuple[str, str]]:
    """Rule and place of everything beyond rounding that is of severity error."""
    return errors_of([extraction]).get(extraction.identity.report_id, [])


def errors_of(extractions: Sequence[Extraction]) -> dict[str, list[tuple[str, str]]]:
    """The same of many reports at once, by report."""
    corpus = join(list(extractions))
    rows = reconcile(corpus.frames, corpus.tables, corpus.notices, corpus.accounting).reconciliations
    severe = [rule_id for rule_id, rule in rules().items() if rule.severity == "error" and rule_id[0] in "NC"]
    off = rows.filter(
        pl.col("rule_id").is_in(severe) & (pl.col("state") == "compared") & (pl.col("excess") > pl.col("tolerance"))
    )
    found: dict[str, list[tuple[str, str]]] = {}
    for report_id, rule_id, locator in off.select("report_id", "rule_id", "locator").iter_rows():
        found.setdefault(report_id, []).append((rule_id, locator))
    return found


def stated(extraction: Extraction) -> Counter[tuple[object, ...]]:
    rows = extraction.frames["statements"].filter(pl.col("concept") != UNCLASSIFIED)
    return Counter(rows.select("concept", "function_code", "value", "unit", "fiscal_year").iter_rows())


def ledger(told: Told) -> Counter[tuple[object, ...]]:
    return Counter((c, code, v.quantize(Decimal("0.000001")), unit, year) for c, code, v, unit, year in told.facts)


@pytest.mark.parametrize("province", PATTERNS)
def test_told_right_it_is_read_right_and_gives_no_error(province: str) -> None:
    for seed in SEEDS:
        told = tell(province, seed)
        extraction = read(told)
        assert stated(extraction) == ledger(told), told.text
        assert errors(extraction) == [], told.text


@pytest.mark.parametrize("province", PATTERNS)
def test_a_contradiction_is_found(province: str) -> None:
    for seed in SEEDS:
        count = linked(province, seed)
        for number in {(7 * seed + 3) % count, count - 1}:
            told = tell(province, seed, number)
            assert told.planted is not None
            assert errors(read(told)), (told.planted, told.text)


def test_every_witness_of_a_single_place_has_entries_to_leave_out() -> None:
    for place in witnesses() - {"national"}:
        assert len(lexicon_entries(place)) < len(lexicon_entries()), place


@pytest.mark.parametrize("place", sorted(witnesses() - {"national"}))
def test_one_place_left_out_gives_no_false_error(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    left = clauses.Lexicon(lexicon_entries(place))
    monkeypatch.setattr(clauses, "lexicon", lambda: left)
    for province in PATTERNS:
        told = tell(province, 0)
        extraction = read(told)
        assert errors(extraction) == [], told.text
        assert not stated(extraction) - ledger(told), told.text
