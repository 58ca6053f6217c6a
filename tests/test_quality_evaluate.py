"""The fast evaluation of one report says what Great Expectations says, and refuses what it does not know."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from pipelines import joining, run
from pipelines.finding import find_files
from pipelines.quality import check, evaluate, suites
from pipelines.quality.catalogue import CatalogueError
from pipelines.quality.suites import Expectation, Suite, Verdict
from tests.support import SHARED

SAMPLES = Path(__file__).resolve().parents[1] / "samples" / "reports"


def said(verdicts: list[Verdict]) -> list[tuple[Any, ...]]:
    return [
        (v.suite, v.frame, v.expectation, v.success, v.element_count, sorted(v.rows), v.crash is not None)
        for v in verdicts
    ]


# --- whole reports --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("folder", [SAMPLES, SHARED], ids=["samples", "shared reports"])
def test_every_verdict_and_finding_is_that_of_the_library(folder: Path) -> None:
    if not folder.is_dir():
        pytest.skip(f"{folder} is not there")
    extractions, _ = run.read_files(find_files([folder])[0], jobs=1)
    corpus = joining.join(joining.choose(extractions)[0])
    judged: list[list[Verdict]] = []

    def both(frames: Mapping[str, pl.DataFrame]) -> list[Verdict]:
        slow, fast = suites.run(frames), evaluate.run(frames)
        assert said(slow) == said(fast)
        assert any(verdict.rows for verdict in slow)
        judged.append(slow)
        return slow

    parts = (corpus.frames, corpus.tables, corpus.notices, corpus.accounting)
    slow = check(*parts, judge=both)
    fast = check(*parts, judge=evaluate.run)
    assert len(judged) == 2  # the reports, then what they must disclose
    for name in ("findings", "reconciliations", "results", "coverage", "checklist", "expectations"):
        assert_frame_equal(getattr(slow, name), getattr(fast, name))


def test_a_report_read_alone_is_judged_without_the_library() -> None:
    import subprocess
    import sys

    report = next(SAMPLES.glob("*-planted.pdf"))
    code = (
        "import sys; from pathlib import Path; from pipelines import read_report\n"
        f"assert read_report(Path({str(report)!r})).findings.height\n"
        "sys.exit('great_expectations' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# --- one expectation ------------------------------------------------------------------------------------------

FRAME = pl.DataFrame(
    {
        "row": [3, 4, 5, 6, 7, 8],
        "a": [1, None, 2**53 + 1, -5, 1, None],
        "b": [1, 2, 2**53, None, 3, None],
        "code": ["201", "20", None, "201", "total", ""],
    },
    schema={"row": pl.Int64, "a": pl.Int64, "b": pl.Int64, "code": pl.String},
)
CASES: list[tuple[str, dict[str, Any]]] = [
    ("expect_column_values_to_not_be_null", {"column": "a"}),
    ("expect_column_values_to_be_between", {"column": "a", "min_value": 0, "max_value": 2**53}),
    ("expect_column_values_to_be_between", {"column": "a", "min_value": None, "max_value": 0}),
    ("expect_column_values_to_be_in_set", {"column": "code", "value_set": ["201", "total"]}),
    ("expect_column_values_to_not_be_in_set", {"column": "code", "value_set": ["201"]}),
    ("expect_column_values_to_match_regex", {"column": "code", "regex": "^(?:total|[0-9]{3})$"}),
    ("expect_column_values_to_be_unique", {"column": "a"}),
    ("expect_column_values_to_be_unique", {"column": "code"}),
    ("expect_compound_columns_to_be_unique", {"column_list": ["a", "code"]}),
    ("expect_compound_columns_to_be_unique", {"column_list": ["a", "b"]}),
    ("expect_column_pair_values_a_to_be_greater_than_b", {"column_A": "a", "column_B": "b", "or_equal": True}),
    ("expect_column_pair_values_a_to_be_greater_than_b", {"column_A": "b", "column_B": "a"}),
    ("expect_table_row_count_to_be_between", {"min_value": 1}),
    ("expect_table_row_count_to_be_between", {"max_value": 3}),
    ("expect_column_values_to_be_between", {"column": "no_such_column", "max_value": 0}),
]


@pytest.fixture(scope="module")
def engine() -> suites.Engine:
    return suites.Engine()


@pytest.mark.parametrize(("kind", "arguments"), CASES)
@pytest.mark.parametrize("rows", [FRAME, FRAME.head(1), FRAME.filter(pl.col("row") != 6)], ids=["all", "one", "five"])
def test_each_expectation_is_evaluated_as_the_library_does(
    engine: suites.Engine, kind: str, arguments: dict[str, Any], rows: pl.DataFrame
) -> None:
    suite = Suite("test", "frame", ("T05.1",), (Expectation(kind, "T05.1", "error", "finding", arguments),))
    slow = engine.run(suite, rows)
    fast = [evaluate._verdict(suite, expectation, rows) for expectation in suite.expectations]
    assert said(slow) == said(fast)


def test_every_type_that_the_suites_use_is_proven_here() -> None:
    used = {e.type for suite in (*suites.families(), *suites.resource_suites()) for e in suite.expectations}
    assert used == {kind for kind, _ in CASES} == {*evaluate._BROKEN, evaluate._ROW_COUNT}


@pytest.mark.parametrize(
    ("kind", "arguments"),
    [
        ("expect_column_sum_to_be_between", {"column": "a", "max_value": 1}),
        ("expect_column_values_to_be_between", {"column": "a", "max_value": 1, "mostly": 0.9}),
        ("expect_table_row_count_to_be_between", {"min_value": 1, "strict_min": True}),
    ],
)
def test_what_is_not_known_is_an_error_and_no_pass(kind: str, arguments: dict[str, Any]) -> None:
    suite = Suite("test", "frame", ("T05.1",), (Expectation(kind, "T05.1", "error", "finding", arguments),))
    with pytest.raises(CatalogueError):
        evaluate._verdict(suite, suite.expectations[0], FRAME)


def test_suites_that_expect_the_same_are_run_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    shape = {"relation": "=", "state": "compared"}
    rows = [{"row": i, "rule_id": rule, "difference": i % 2, **shape} for i, rule in enumerate(["T01.7", "T02.4"] * 3)]
    frame = pl.DataFrame(rows)
    runs: list[str] = []
    whole = suites.Engine.run

    def counted(self: suites.Engine, suite: Suite, batch: pl.DataFrame) -> list[Verdict]:
        runs.append(suite.name)
        return whole(self, suite, batch)

    monkeypatch.setattr(suites.Engine, "run", counted)
    together = suites.run({"reconciliations": frame})
    assert len(runs) == 1
    engine = suites.Engine()
    alone = [verdict for suite, batch in suites.batches({"reconciliations": frame}) for verdict in engine.run(suite, batch)]
    assert said(together) == said(alone)
