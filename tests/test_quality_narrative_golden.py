"""The findings on hand-read statements against the contradictions that were found by hand, difference by difference.

``FOUND`` says which finding stands for which entry of ``narrative_findings.yaml`` (families N and D; entries
without an id go by their number), ``LEFT`` which entries have none, and why. Whatever is published beyond that
would be a false finding: ``MORE`` is the list of what the hand list does not have, each with its reason.
"""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
import yaml
from test_quality_narrative_support import GOLDEN, golden_id, golden_quality

from pipelines.quality import Quality

WORDS = "needs the words of the sentence; the statements carry figures only"
NAMES = "items named without figures are no statements"
TEMPLATE = "template residue is found in the text, not in figures"
PROJECTS = "projects and their forms are family P"
STYLE = "a matter of style; judged only where the form is printed and answered"
UNREAD = "images: the notice E04 says it, so the rule leaves it open"
PART = "needs a part of the report that the golden frames do not hold; see test_quality_disclosure.py"
Place = tuple[str, str, int | None]
"""Rule, severity, line (page where the golden list has pages)."""

FOUND: dict[str, dict[str, Place]] = {
    "dongxihu-human-resources-2021-final": {
        "N-summary-income-total": ("N01.1", "error", 1304),
        "N-summary-expenditure-total": ("N01.1", "error", 1304),
        "N-appropriation-income-total": ("N01.1", "error", 1368),
        "N-appropriation-expenditure-total": ("N01.1", "error", 1370),
        "N-project-part-208": ("N01.1", "error", 1452),
        "N-item-initial-budgets": ("N04.4", "error", 1442),
        "N-project-parts": ("N04.10", "error", 1446),
        "N-appropriation-expenditure-change-rate": ("N03.3", "info", 1374),
        "N-performance-share": ("N03.1", "error", 1596),
        "N-overall-project-share": ("N03.1", "error", 1680),
        "N-agency-baseline-year": ("N06.1", "warning", 1562),
        "D-tables-missing": ("D07", "warning", None),
        "D-detail-to-item": ("D91", "warning", 1458),
        "D-reception-batches": ("D23", "warning", None),
        "D-vehicles-held": ("D22", "warning", None),
    },
    "dongxihu-talent-center-2023-final": {
        "N-general-budget-total-twice": ("N02.1", "error", 156),
        "N-classes-sum": ("N04.3", "error", 156),
        "N-item-initial-budgets": ("N04.4", "error", 172),
        "N-revenue-sum": ("N04.1", "info", 99),
        "N-performance-share": ("N03.1", "error", 322),
        "N-item-rate-2010601": ("N03.2", "info", 182),
        "N-item-rate-210": ("N03.2", "info", 190),
        "N-other-income-unit": ("N05.1", "warning", 103),
        "D-detail-to-item": ("D91", "warning", 186),
        "D-overseas-trips": ("D18", "warning", None),
        "D-micro-share": ("D32", "warning", None),
    },
    "putuo-commerce-2025-budget": {"0": ("N04.10", "info", 7)},
    "putuo-finance-2024-final": {
        "0": ("N01.1", "error", 21),
        "2": ("N03.1", "error", 21),
        "3": ("N03.4", "warning", 23),
        "7": ("N04.3", "info", 21),
        "8": ("N04.4", "info", 21),
        "9": ("N04.5", "info", 21),
        "11": ("N04.8", "info", 24),
    },
    "qingshan-human-resources-2023-final": {
        "n-general-change-rate": ("N03.3", "error", 762),
        "n-general-reason-sign": ("N02.3", "error", 770),
        "n-vehicles-change-twice": ("N02.1", "error", 1128),
        "n-items-initial-budget-sum": ("N04.4", "error", 804),
        "n-items-final-sum": ("N04.5", "error", 806),
        "n-2080106-completion": ("N03.2", "error", 920),
        "n-2080105-completion": ("N03.2", "info", 910),
        "n-procurement-works-share": ("N03.4", "warning", 1177),
        "n-procurement-services-share": ("N03.4", "warning", 1177),
        "n-performance-share": ("N03.1", "error", 1207),
        "n-reasons-summary": ("N04.11", "info", 658),
        "n-reasons-revenue": ("N04.11", "info", 658),
        "n-reasons-expenditure": ("N04.11", "info", 658),
        "n-reasons-appropriation": ("N04.11", "info", 658),
        "n-reasons-appropriation-general": ("N04.11", "info", 739),
        "n-reasons-general": ("N04.11", "info", 762),
        "n-2210201-final-03-05": ("N01.1", "error", 1040),
        "n-2080704-final-05": ("N01.1", "info", 970),
        "n-2210202-final-05": ("N01.1", "info", 1046),
        "n-basic-personnel-06": ("N01.1", "info", 1054),
        "n-basic-public-06": ("N01.1", "info", 1068),
        "n-overseas-vs-06": ("N01.2", "error", 1120),
        "n-three-public-budget-09": ("N01.4", "warning", 1107),
        "d-03-percent-decimals": ("D90", "warning", 5437),
        "d-05-zero-cells": ("D90", "warning", 5450),
        "d-13-table-data": ("D90", "warning", 5497),
        "d-14-text-equals-tables": ("D90", "warning", 5499),
        "d-15-completion-missing": ("D90", "warning", 5511),
    },
    "qingshan-talent-center-2021-final": {
        "n-items-initial-budget-sum": ("N04.4", "error", 186),
        "n-items-final-sum": ("N04.5", "error", 186),
        "n-class-208-twice": ("N02.2", "error", 231),
        "n-class-210-twice": ("N02.2", "error", 234),
        "d-items-to-item-level": ("D91", "warning", 227),
    },
    "wuchang-talent-center-2022-budget": {"0": ("N04.11", "info", 135)},
}
LEFT: dict[str, dict[str, str]] = {
    "dongxihu-human-resources-2021-final": {
        "N-basic-names-personnel": NAMES,
        "N-basic-names-public": NAMES,
        "N-completion-rate": f"which of two budgets the sentence names {WORDS}; it fits the adjusted one",
        "N-initial-budget-twice": "the budget of the general fund and of the whole body are two concepts",
        "N-insured-growth": "results of work are told apart by their words only",
        "N-jobs-14401": "results of work are told apart by their words only",
        "N-no-unfinished-goal": WORDS,
        "N-reception-direction": WORDS,
        "D-key-tasks-table": PART,
        "D-template-residue": TEMPLATE,
        "D-chart-table-place": WORDS,
    },
    "dongxihu-talent-center-2023-final": {
        "N-project-counts": PROJECTS,
        "N-class-shares": "the same wrong whole as N-classes-sum: told once, there",
        "N-projects-executed": PROJECTS,
        "N-procurement-year": "a year beside a figure that is no change is not in the statements",
        "N-state-capital-year": "a sentence without a figure",
        "N-basic-names": NAMES,
        "N-administrative-item-whole-class": "supposes what the other classes are made of",
        "D-score-blank": WORDS,
        "D-tables-images": UNREAD,
        "D-decimals": STYLE,
        "D-template-residue": TEMPLATE,
    },
    "putuo-commerce-2025-budget": {
        "1": "two changes on two bases that the text names: neither figure is wrong",
        "3": STYLE,
    },
    "putuo-finance-2024-final": {
        "1": WORDS,
        "4": NAMES,
        "5": WORDS,
        "6": WORDS,
        "10": "equals its own table; the difference between the tables is a finding of X",
        "12": "contracts awarded and payments of the year are two quantities",
        "13": "figures (charts) are not in the frames",
        "14": "nothing was spent, so there is nothing to detail",
        "15": STYLE,
        "16": TEMPLATE,
    },
    "qingshan-human-resources-2023-final": {
        "n-general-change-vs-income": "derived: income and expenditure are two concepts; the rate fails on its own",
        "n-class-221-items": "follows from 2210201; told with the sum of the items",
        "n-vehicle-operation-vs-06": "the same figures as X09.1, which says it",
        "n-item1-path": "the golden row has no code; with a code it is N01.3 (test_quality_narrative.py)",
        "n-items-221-path": WORDS,
        "n-class-201-use": "uses need not be complete and are told of another whole",
        "n-agency-operation-reason": WORDS,
        "n-year-2022": WORDS,
        "d-12-empty-table": "notes under tables are not in the frames",
        "d-15-reasons": WORDS,
        "d-16-figures": "figures (charts) are not in the frames",
        "d-36-key-tasks-answer": PART,
        "d-39-glossary-codes": PART,
        "d-40-template-residue": TEMPLATE,
        "d-42-own-problem": "the department admits it: the verdict is fail, and no answer is contradicted",
        "d-department-blank": "not a figure",
    },
    "qingshan-talent-center-2021-final": {
        "n-class-221-no-item": "told with the sum of the items",
        "n-codes-without-201": NAMES,
        "n-section-called-class": WORDS,
        "n-misprint-zhichu": WORDS,
        "d-glossary-template": TEMPLATE,
        "d-glossary-codes": PART,
        "d-percent-decimals": STYLE,
        "d-key-tasks-no-table": PART,
    },
    "wuchang-talent-center-2022-budget": {
        "1": "a single stated reason need not be all of a change",
        "2": PROJECTS,
        "3": "the notice E23 says it",
        "7": UNREAD,
        "8": STYLE,
    },
}
MORE: dict[str, dict[Place, str]] = {stem: {} for stem in FOUND}


@pytest.fixture(scope="module")
def quality() -> Quality:
    return golden_quality(FOUND)


def hand_list(stem: str) -> dict[str, dict[str, Any]]:
    """The entries of N and D by id, or by number."""
    listed = yaml.safe_load((GOLDEN / stem / "narrative_findings.yaml").read_text(encoding="utf-8"))[
        "findings"
    ]
    return {
        str(entry.get("id", number)): entry
        for number, entry in enumerate(listed)
        if (entry.get("family") or entry.get("rule_family")) in ("N", "D")
    }


def published(quality: Quality, stem: str) -> pl.DataFrame:
    own = pl.col("report_id") == golden_id(stem)
    return quality.findings.filter(own & pl.col("rule_id").str.slice(0, 1).is_in(["N", "D", "C"]))


@pytest.mark.parametrize("stem", FOUND)
def test_every_contradiction_of_the_hand_list_is_accounted_for(stem: str) -> None:
    known = hand_list(stem)
    assert set(FOUND[stem]) | set(LEFT[stem]) == set(known)
    assert not set(FOUND[stem]) & set(LEFT[stem])


@pytest.mark.parametrize("stem", FOUND)
def test_the_findings_are_those_of_the_hand_list_and_no_others(quality: Quality, stem: str) -> None:
    by_page = stem.startswith("putuo")
    place = "page" if by_page else "line"
    seen = {
        (row["rule_id"], row["severity"], row[place])
        for row in published(quality, stem).iter_rows(named=True)
    }
    assert seen == set(FOUND[stem].values()) | set(MORE[stem])


@pytest.mark.parametrize("stem", FOUND)
def test_severities_are_those_of_the_hand_list(stem: str) -> None:
    known = hand_list(stem)
    other = {key for key, (_, severity, _) in FOUND[stem].items() if known[key]["severity"] != severity}
    # An answer of the department that the report contradicts is a warning, whatever the item itself weighs.
    assert all(FOUND[stem][key][0] == "D90" for key in other)


def test_the_vehicles_of_qingshan_are_told_by_the_tables(quality: Quality) -> None:
    stem = "qingshan-human-resources-2023-final"
    own = quality.findings.filter((pl.col("report_id") == golden_id(stem)) & (pl.col("rule_id") == "X09.1"))
    assert own.get_column("locator").to_list() == ["economic_code=30231;column=amount"]


def test_sentences_quote_both_figures_and_their_places(quality: Quality) -> None:
    stem = "qingshan-human-resources-2023-final"
    row = (
        published(quality, stem)
        .filter((pl.col("rule_id") == "N01.1") & (pl.col("line") == 1040))
        .row(0, named=True)
    )
    for part in ("60.3 万元", "60.03 万元", "第1040行", "第482行", "2210201"):
        assert part in row["message_zh"]
    for part in ("60.3 万元", "60.03 万元", "line 1040", "line 482", "2210201"):
        assert part in row["message_en"]
    assert (str(row["difference"]), row["actual"], row["expected"]) == ("0.270000", "60.30", "60.03")


def test_what_says_the_same_of_the_same_figures_is_one_finding(quality: Quality) -> None:
    rows = published(quality, "wuchang-talent-center-2022-budget")
    assert rows.height == 1 and "第146行" in rows["message_zh"][0] and "第174行" in rows["message_zh"][0]


def test_a_wrong_base_is_named(quality: Quality) -> None:
    rows = published(quality, "dongxihu-talent-center-2023-final").filter(pl.col("rule_id") == "N03.1")
    assert "3073.53（第172行）为基数则相符" in rows["message_zh"][0]


def test_the_checklist_stands_beside_the_answers(quality: Quality) -> None:
    own = quality.checklist.filter(pl.col("report_id") == golden_id("qingshan-human-resources-2023-final"))
    assert own.height == 53 and own.get_column("declared").null_count() == 0
    verdicts = dict(own.select("item_no", "verdict").iter_rows())
    assert {item for item, verdict in verdicts.items() if verdict == "fail"} == {3, 5, 13, 14, 15, 42}
    behind = own.filter(pl.col("verdict") == "fail").get_column("finding_ids")
    ids = set(quality.findings.get_column("finding_id"))
    assert all(set(text.split(",")) <= ids for text in behind)
    shanghai = quality.checklist.filter(pl.col("report_id") == golden_id("putuo-finance-2024-final"))
    assert shanghai.is_empty()


def test_no_rule_broke(quality: Quality) -> None:
    assert quality.results.filter(pl.col("state") == "error").is_empty()
    assert quality.expectations.filter(pl.col("crash").is_not_null()).is_empty()
