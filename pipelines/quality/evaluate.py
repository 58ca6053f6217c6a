"""The suites of ``expectations/`` without Great Expectations: the same verdicts, for one report in a moment.

A build is judged by Great Expectations (``suites.run``); a reader who looks into one report should not wait for its
import. This evaluates the same YAML on the same frames, with the library's rules on nulls. It knows the types of
expectations and the arguments that the suites use and refuses every other one: what it cannot judge is an error of
ours, never a pass. ``tests/test_quality_evaluate.py`` proves the verdicts equal.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import polars as pl

from pipelines.quality import suites
from pipelines.quality.catalogue import CatalogueError
from pipelines.quality.suites import Expectation, Suite, Verdict


def _is_null(frame: pl.DataFrame, column: str) -> pl.Series:
    return frame[column].is_null()


def _not_between(frame: pl.DataFrame, column: str, min_value: Any = None, max_value: Any = None) -> pl.Series:
    value = frame[column]
    broken = pl.repeat(False, frame.height, eager=True)
    if min_value is not None:
        broken |= (value < min_value).fill_null(False)
    if max_value is not None:
        broken |= (value > max_value).fill_null(False)
    return broken


def _not_in_set(frame: pl.DataFrame, column: str, value_set: list[Any]) -> pl.Series:
    return ~frame[column].is_in(value_set).fill_null(True)


def _in_set(frame: pl.DataFrame, column: str, value_set: list[Any]) -> pl.Series:
    return frame[column].is_in(value_set).fill_null(False)


def _no_match(frame: pl.DataFrame, column: str, regex: str) -> pl.Series:
    # Python's own regular expressions, as pandas uses them.
    pattern = re.compile(regex)
    return pl.Series([text is not None and pattern.search(text) is None for text in frame[column]], dtype=pl.Boolean)


def _repeated(frame: pl.DataFrame, column: str) -> pl.Series:
    return frame[column].is_duplicated() & frame[column].is_not_null()


def _repeated_together(frame: pl.DataFrame, column_list: list[str]) -> pl.Series:
    some = frame.select(pl.any_horizontal(pl.col(column_list).is_not_null())).to_series()
    return frame.select(column_list).is_duplicated() & some


def _not_greater(frame: pl.DataFrame, column_A: str, column_B: str, or_equal: bool = False) -> pl.Series:
    a, b = frame[column_A], frame[column_B]
    if (a.is_null() != b.is_null()).any():
        raise ValueError("a pair of which one value is null cannot be compared")  # the library breaks on it as well
    return ~(a >= b if or_equal else a > b).fill_null(True)


_BROKEN: Mapping[str, Callable[..., pl.Series]] = {
    "expect_column_values_to_not_be_null": _is_null,
    "expect_column_values_to_be_between": _not_between,
    "expect_column_values_to_be_in_set": _not_in_set,
    "expect_column_values_to_not_be_in_set": _in_set,
    "expect_column_values_to_match_regex": _no_match,
    "expect_column_values_to_be_unique": _repeated,
    "expect_compound_columns_to_be_unique": _repeated_together,
    "expect_column_pair_values_a_to_be_greater_than_b": _not_greater,
}
"""Type → the rows that do not meet it. The names of the arguments are those of the library."""
_ROW_COUNT = "expect_table_row_count_to_be_between"


def run(frames: Mapping[str, pl.DataFrame]) -> list[Verdict]:
    """Every suite on the frames it names, as ``suites.run`` does it."""
    return [
        _verdict(suite, expectation, batch)
        for suite, batch in suites.batches(frames)
        for expectation in suite.expectations
    ]


def _verdict(suite: Suite, expectation: Expectation, batch: pl.DataFrame) -> Verdict:
    judge = _BROKEN.get(expectation.type)
    if judge is None and expectation.type != _ROW_COUNT:
        raise CatalogueError(f"{suite.name}: {expectation.type} is not known to the evaluation of one report")
    try:
        if judge is None:
            success = _row_count(batch.height, **expectation.arguments)
            return Verdict(suite.name, suite.frame, expectation, success, batch.height)
        broken = judge(batch, **expectation.arguments)
    except (pl.exceptions.PolarsError, ValueError, re.error) as error:
        return Verdict(suite.name, suite.frame, expectation, False, batch.height, crash=str(error))
    except TypeError as error:
        # An argument that is not known here would be passed over in silence.
        raise CatalogueError(f"{suite.name}: {expectation.type}: {error}") from error
    rows = [int(row) for row in batch["row"].filter(broken)]
    return Verdict(suite.name, suite.frame, expectation, not rows, batch.height, rows)


def _row_count(height: int, min_value: int | None = None, max_value: int | None = None) -> bool:
    return (min_value is None or height >= min_value) and (max_value is None or height <= max_value)
