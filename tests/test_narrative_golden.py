"""Statements of the shared reports against what people read from them; ``python -m tests.statement_scores -v``."""

from __future__ import annotations

import pytest

from tests.statement_scores import SHARED, Score, scores


@pytest.fixture(scope="module")
def found() -> list[Score]:
    if not SHARED.exists():
        pytest.skip("the shared reports are not here")
    return scores()


def test_recall_and_precision(found: list[Score]) -> None:
    golden, read = sum(s.golden for s in found), sum(s.read for s in found)
    matched = sum(s.found for s in found)
    assert golden >= 400
    assert matched / golden >= 0.98
    assert matched / read >= 0.98


def test_few_figures_stay_unclassified(found: list[Score]) -> None:
    assert sum(s.unclassified for s in found) <= 0.03 * sum(s.read for s in found)
