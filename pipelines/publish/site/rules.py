"""What the rules page says: every rule, where it comes from, and how many reports meet it.

This page is the readable form of Great Expectations' results, and its Data Docs are not built: they show one
validation result per suite, about the frames of comparisons that we hand to it (rows, counts of unexpected values,
in English), while a reader asks which report fails which rule, with its official basis, in Chinese, and wants to get
from there to the printed figure. Data Docs also carry the time of the run, so they differ in every build, and load
scripts from other hosts.
"""

from __future__ import annotations

from typing import Any

import polars as pl

from pipelines.publish.site.cells import both
from pipelines.publish.site.severity import NONE, counted, ordered

STATES = ("pass", "rounding", "fail", "insufficient", "not_applicable", "error")
FAMILIES = {
    "T": ("表内勾稽", "Inside a table"),
    "X": ("表间勾稽", "Between tables"),
    "N": ("情况说明", "Narrative"),
    "P": ("绩效", "Performance"),
    "D": ("公开要求", "Disclosure"),
    "C": ("跨报告", "Across reports"),
    "E": ("读取质量", "Reading"),
}


def rules_context(frames: dict[str, pl.DataFrame]) -> dict[str, Any]:
    """Families of rules in the order of the catalogue, each rule with its counts."""
    states = _states(frames["rule_results"])
    found = counted(ordered(frames["findings"]), "rule_id")
    families: dict[str, list[dict[str, Any]]] = {letter: [] for letter in FAMILIES}
    for rule in frames["rules"].sort("rule_id").iter_rows(named=True):
        entry = rule | {
            "title": both(rule["title_zh"], rule["title_en"]),
            "counts": states.get(rule["rule_id"]) or dict.fromkeys(STATES, 0),
            "count": found.get(rule["rule_id"], NONE),
        }
        families.setdefault(rule["rule_id"][0], []).append(entry)
    named = [
        (letter, both(*FAMILIES.get(letter, (letter, letter))), entries) for letter, entries in families.items() if entries
    ]
    return {"families": named, "total": frames["rules"].height}


def _states(results: pl.DataFrame) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for rule, state, count in results.group_by("rule_id", "state").len().iter_rows():
        found.setdefault(rule, dict.fromkeys(STATES, 0))[state] = count
    return found
