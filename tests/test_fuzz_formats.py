"""Seeded mutations of workbooks, web pages, Word files and archives: a document, a refusal, and nothing else.

``make fuzz FORMATS=1 N=20000`` is the long run.
"""

from __future__ import annotations

import pytest

from tests.fuzz.formats import KINDS, read_mutated
from tests.fuzz.run import LIMIT

COUNT = 40
SEED = 20261128


@pytest.fixture(autouse=True)
def without_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINGZHANG_OCR", "off")
    monkeypatch.setattr("shutil.which", lambda *_args, **_kwargs: None)


@pytest.mark.parametrize("kind", KINDS)
def test_mutated_files_give_a_report_or_a_refusal(kind: str) -> None:
    refused = 0
    for number in range(COUNT):
        outcome = read_mutated(kind, SEED, number)
        assert not outcome.bad, f"{outcome.name} ({number}): {outcome.kind}\n{outcome.detail}"
        assert outcome.seconds < LIMIT
        assert "\n" not in outcome.detail, number
        refused += outcome.kind == "refused"
    assert refused < COUNT or kind == "refused", "mutations that nothing survives test only the door"
