"""Readings that several tests share, made once per session."""

from __future__ import annotations

import os

import polars as pl
import pytest

from pipelines.extract.result import Extraction
from pipelines.joining import join, judge
from tests.support import NO_SHARED, SHARED, golden_stems, read_path, shared_path

# The suite gives the same with and without the extra; tests/test_ocr.py switches it on.
os.environ["MINGZHANG_OCR"] = "off"


@pytest.fixture(scope="session")
def shared() -> dict[str, Extraction]:
    """The seven filled shared reports, read."""
    if not SHARED.exists():
        pytest.skip(NO_SHARED)
    return {stem: read_path(shared_path(stem)) for stem in golden_stems()}


@pytest.fixture(scope="session")
def shared_findings(shared: dict[str, Extraction]) -> pl.DataFrame:
    """Their findings (imports Great Expectations: some seconds)."""
    return judge(join(list(shared.values()))).findings
