"""The rest of the seven filled shared reports against what a person read: counts, places, both ends of each text.

No prose of the reports stands here or in ``tests/golden``: eight characters at each end of a text, its page and
line say whether the right text was taken and joined.
"""

from __future__ import annotations

import csv
from functools import cache
from typing import Any

import polars as pl
import pytest

from pipelines import schema
from pipelines.documents import open_document
from pipelines.extract.parts import RESOURCES, read_parts
from pipelines.extract.result import Notice
from tests.support import GOLDEN, NO_SHARED, SHARED, golden_stems, shared_path

pytestmark = pytest.mark.skipif(not SHARED.exists(), reason=NO_SHARED)

REPORT_ID = "420107-2023-final-0123abcd"
FILES = {"disclosure_checklist": "checklist"}
CASES = [(stem, resource) for stem in golden_stems() for resource in RESOURCES]


@cache
def parts(stem: str) -> tuple[dict[str, pl.DataFrame], list[Notice]]:
    """A shared report's parts."""
    kind = "budget" if stem.endswith("budget") else "final"
    return read_parts(open_document(shared_path(stem)), REPORT_ID, kind)


def golden(stem: str, resource: str) -> list[dict[str, str]]:
    """The rows noted by hand; a report without the part has no file."""
    path = GOLDEN / stem / f"{FILES.get(resource, resource)}.csv"
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def shown(resource: str, record: dict[str, Any]) -> dict[str, str]:
    """A published row in the form of the golden files."""
    texts = {
        "duties": ("text",),
        "annual_goals": ("title", "text"),
        "key_tasks": ("task", "target", "result"),
        "glossary": ("term", "definition"),
    }.get(resource, ())
    filled = [record[name] for name in texts if record[name] is not None]
    values = {
        name: record[name]
        for name in ("measure", "category", "headcount", "item_no", "declared")
        if name in record
    }
    if resource == "institutions":
        values |= {"name": record["name"], "has_remark": int(record["remark"] is not None)}
    if filled:
        values |= {
            "head": ("：".join(filled) if resource == "glossary" else "".join(filled))[:8],
            "tail": filled[-1][-8:],
        }
    if resource == "glossary":
        values["defined"] = int(record["definition"] is not None)
    if resource == "key_tasks":
        rate = record["completion_rate"]
        values |= {"cells": len(filled), "completion_rate": None if rate is None else int(rate)}
    values |= {name: record[name] for name in ("seq", "page", "line") if name in record}
    return {name: "" if value is None else str(value) for name, value in values.items()}


@pytest.mark.parametrize(("stem", "resource"), CASES)
def test_rows_are_those_of_the_report(stem: str, resource: str) -> None:
    frame = parts(stem)[0][resource]
    expected = golden(stem, resource)
    found = [shown(resource, record) for record in frame.iter_rows(named=True)]
    assert [{k: f[k] for k in e} for f, e in zip(found, expected, strict=False)] == expected
    assert len(found) == len(expected)


@pytest.mark.parametrize("stem", golden_stems())
def test_frames_meet_their_declaration(stem: str) -> None:
    for resource, frame in parts(stem)[0].items():
        assert schema.resources()[resource].violations(frame) == []


def test_counts_of_all_seven() -> None:
    """The sums say at a glance that no golden file was lost."""
    counts = {r: sum(parts(stem)[0][r].height for stem in golden_stems()) for r in RESOURCES}
    assert counts == {
        "institutions": 13, "staffing": 35, "duties": 68, "annual_goals": 5, "key_tasks": 28,
        "glossary": 111, "disclosure_checklist": 53,
    }  # fmt: skip


def test_what_could_not_be_read_is_said() -> None:
    notices = [(stem, n.code, n.resource, n.line) for stem in golden_stems() for n in parts(stem)[1]]
    assert notices == [
        ("dongxihu-human-resources-2021-final", "E12", "staffing", 29),
        ("dongxihu-talent-center-2023-final", "E10", "key_tasks", 870),
        ("qingshan-talent-center-2021-final", "E11", "glossary", 1399),
    ]
