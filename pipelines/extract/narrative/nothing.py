"""Sentences that say there was nothing (无, 没有, 未发生): a zero of that very concept, and of no other.

The clause must be explained in every word: time and body before the word of negation, the subject and what is
measured behind it (or the subject before it and 支出 behind). A reason (因未发生…) states no figure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipelines.extract.narrative.clauses import ClauseWord, account, own_names
from pipelines.extract.narrative.grammar import concept_of
from pipelines.extract.narrative.survey import Mention, Subject, Survey

_NEGATION = re.compile(r"(?:均|都|并)?(?:没有|未发生|未安排|未使用|未支出|未开支|未产生|未列支|无)(?:使用|安排|发生|列支|开支)?")
_CLAUSE = re.compile(r"[^，,。；;：:\n]+")
_STEMS = (
    "government_fund", "state_capital", "agency_operation", "procurement", "meetings", "training",
    "three_public.overseas_trips", "three_public.vehicles", "three_public.vehicle_purchase", "three_public.vehicle_operation",
    "three_public.reception",
)  # fmt: skip
_FUNDS = {"政府性基金": "government_fund", "国有资本经营": "state_capital"}
_BEFORE = {"time", "body", "connective", "list", "filler", "subject", "final"}
_BEHIND = {"measure", "connective", "final", "arranged", "filler", "fund", "subject", "initial"}


def nothing(at: Survey, kind: str, year: int, institution: str) -> Iterator[tuple[str, Subject, int]]:
    """(concept, subject, place) of everything that a clause without a figure says there was none of."""
    for clause in _CLAUSE.finditer(at.text):
        begin, end = clause.span()
        negation = _NEGATION.search(at.text, begin, end)
        if negation is None or re.search(r"\d", re.sub(r"20\d\d年", "", clause.group())):
            continue
        if at.in_purpose(begin) or any(start <= begin < stop for start, _, stop in at.reasons):
            continue
        named = [m for m in at.mentions_between(begin, end) if m.start >= begin and m.end <= end]
        if not _explained(at, begin, end, negation, named, year, institution):
            continue
        for subject in _subjects(at.text[negation.end() : end], named):
            concept = concept_of(subject.stem, "budget" if kind == "budget" and subject.stem.startswith("three") else "amount")
            if subject.stem in _STEMS and concept is not None:
                yield concept, subject, begin


def _explained(
    at: Survey, begin: int, end: int, negation: re.Match[str], named: list[Mention], year: int, institution: str
) -> bool:
    known = [ClauseWord(m.start, m.end, "subject", "") for m in named]
    before = account(at.text, begin, negation.start(), [*known, *own_names(at.text, begin, negation.start(), institution)])
    behind = account(at.text, negation.end(), end, known)
    if before is None or behind is None or not (named or any(word.kind == "fund" for word in behind)):
        return False
    other = any(word.kind == "time" and (found := re.search(r"20\d\d", word.text)) and int(found.group()) != year for word in before)
    if {word.kind for word in before} - _BEFORE or {word.kind for word in behind} - _BEHIND or other:
        return False
    # 公务接待费无支出: something must stand behind the negation, or the subject does.
    return bool(behind)


def _subjects(behind: str, named: list[Mention]) -> list[Subject]:
    """What there was none of: the subjects named, or the one fund."""
    if named:
        return [mention.subject for mention in named]
    return [Subject(stem, word) for word, stem in _FUNDS.items() if word in behind]


__all__ = ["nothing"]
