"""A passage at a glance: its sentences, list marks, reasons and descriptions, and every subject that it names.

Nothing is bound to a figure here, but the lists that deal figures out in order (A、B分别为1万元、2万元).
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.extract.narrative.figures import PrintedFigure
from pipelines.extract.narrative.grammar import NarrativeSection
from pipelines.extract.narrative.paths import ItemPath, PathResolver, find_paths
from pipelines.extract.narrative.words import (
    BETWEEN,
    BRACKET,
    ENUMERATOR,
    HAN,
    NEUTRAL,
    NEXT_REASON,
    PURPOSE_MARK,
    REASON_MARK,
    RESPECTIVELY,
    SENTENCE_END,
    economy_codes,
    economy_names,
)

CLAUSE_STOPS = "，,；;：:。\n"
LONG_STOPS = "；;。\n"


@dataclass(slots=True, frozen=True)
class Subject:
    """What the sentence speaks of: a stem of the grammar, a functional code, the words as printed."""

    stem: str
    text: str = ""
    code: str | None = None
    unresolved: bool = False
    is_class: bool = False
    """A 类: with an amount or a share it is a class of the structure, with a budget or a final an item."""


@dataclass(slots=True, frozen=True)
class Mention:
    """A subject where it is named."""

    start: int
    end: int
    subject: Subject


class Survey:
    """What stands where in one passage."""

    def __init__(self, text: str, grammar: NarrativeSection, resolver: PathResolver, figures: list[PrintedFigure]) -> None:
        self.text, self.grammar, self.resolver, self.figures = text, grammar, resolver, figures

        self.sentence_ends = [m.end() for m in SENTENCE_END.finditer(text)]
        self.list_marks = [m.start() for m in ENUMERATOR.finditer(text)]
        self.reasons = self._reasons()
        self.purposes = [(m.end(), self.sentence_end(m.end())) for m in PURPOSE_MARK.finditer(text)]
        self.brackets = [(m.start(), m.end()) for m in BRACKET.finditer(text)]
        self.mentions = self._mentions()
        self.mention_starts = [m.start for m in self.mentions]
        self._longest_mention = max((m.end - m.start for m in self.mentions), default=0)
        self.dealt = self._dealt()

    def _reasons(self) -> list[tuple[int, int, int]]:
        """(start, end of the marker, end of the reason)."""
        spans: list[tuple[int, int, int]] = []
        for match in REASON_MARK.finditer(self.text):
            end = self.sentence_end(match.end())
            while end < len(self.text) and NEXT_REASON.match(self.text, end):
                end = self.sentence_end(end)
            spans.append((match.start(), match.end(), end))
        return spans

    def _mentions(self) -> list[Mention]:
        """Subjects in order: those of the grammar, item paths, classes and economic names."""
        grammar = self.grammar
        named: list[Mention] = []
        if grammar.path or grammar.klass:
            for path in find_paths(self.text):
                subject = self._path_subject(path)
                if subject is not None:
                    named.append(Mention(path.start, path.end, subject))
        if grammar.economy:
            named = self._with_economy(named)
        index = 0
        merged: list[Mention] = []
        for start, end, stem in grammar.mentions(self.text):
            while index < len(named) and named[index].end <= start:
                index += 1
            if index == len(named) or named[index].start >= end:
                merged.append(Mention(start, end, Subject(stem, self.text[start:end])))
        return sorted(named + merged, key=lambda m: m.start)

    def _path_subject(self, path: ItemPath) -> Subject | None:
        stem = self.grammar.klass if path.depth == 3 else self.grammar.path
        if not stem:
            return None
        code = self.resolver.resolve(path)
        if code is None and path.is_bare_name:
            return None
        text = path.text if path.names else self.resolver.name_of(path.code or "")
        return Subject(stem, text, code, code is None, path.depth == 3)

    def _with_economy(self, named: list[Mention]) -> list[Mention]:
        """Names of the economic classification, in a sentence that says it follows it."""
        for match in re.finditer(r"(?<!政府)(?:支出)?经济分类", self.text):
            end = min((p for p in self.list_marks if p > match.end() + 60), default=len(self.text))
            for name in economy_names().finditer(self.text, match.end(), end):
                subject = Subject(self.grammar.economy, f"{economy_codes()[name.group()]} {name.group()}")
                named = [m for m in named if m.end <= name.start() or m.start >= name.end()]
                named.append(Mention(name.start(), name.end(), subject))
        return sorted(named, key=lambda m: m.start)

    def _dealt(self) -> dict[int, tuple[Subject | None, str]]:
        """A、B、C分别为1万元、2万元、3万元: figure → its subject and the words of the measure."""
        found: dict[int, tuple[Subject | None, str]] = {}
        sentence_before, before = -1, [Subject("")]
        starts = [f.start for f in self.figures]
        for match in RESPECTIVELY.finditer(self.text):
            index = bisect_right(starts, match.start())
            row = self._row(index, match.end())
            if len(row) < 2:
                continue
            least = self.figures[index - 1].end if index else 0
            begin = max(self.clause_start(match.start(), 0, LONG_STOPS + "：:"), least)
            named = [m.subject for m in self.mentions if begin <= m.start and m.end <= match.start()]
            sentence = self.sentence_start(match.start())
            if len(named) < len(row) and sentence_before == sentence and len(before) == len(row):
                named = before  # …分别为1万元、2万元，分别增长3%、4%
            words = self.text[self.clause_start(match.start(), begin) : row[0].start]
            subjects: Sequence[Subject | None]
            if len(named) >= len(row):
                subjects = before = named[-len(row) :]
                sentence_before = sentence
            else:
                subjects = [named[-1] if named else None] * len(row)
            found |= {f.start: (subject, words) for f, subject in zip(row, subjects, strict=True)}
            # …分别为1万元、2万元，占比30%、70%
            rates = self._row(index + len(row), row[-1].end)
            if len(rates) == len(row) and rates[0].start - row[-1].end <= 24 and rates[0].unit == "%":
                words = self.text[row[-1].end : rates[0].start]
                found |= {f.start: (subject, words) for f, subject in zip(rates, subjects, strict=True)}
        return found

    def _row(self, index: int, behind: int) -> list[PrintedFigure]:
        """The figures that follow 分别 one after the other, of one unit."""
        row = self.figures[index : index + 1]
        if not row or HAN.search(NEUTRAL.sub("", self.text[behind : row[0].start])):
            return []
        for following in self.figures[index + 1 :]:
            between = self.text[row[-1].end : following.start]
            if following.unit != row[0].unit or not BETWEEN.fullmatch(between):
                break
            row.append(following)
        return row

    def in_purpose(self, position: int) -> bool:
        return any(a <= position < b for a, b in self.purposes)

    def sentence_end(self, position: int) -> int:
        index = bisect_right(self.sentence_ends, position)
        return self.sentence_ends[index] if index < len(self.sentence_ends) else len(self.text)

    def mentions_between(self, begin: int, end: int) -> list[Mention]:
        """The mentions that stand, in whole or in part, between two places of the text."""
        first = bisect_left(self.mention_starts, begin - self._longest_mention)
        return [m for m in self.mentions[first : bisect_left(self.mention_starts, end)] if m.end > begin]

    def sentence_start(self, position: int) -> int:
        index = bisect_right(self.sentence_ends, position)
        return self.sentence_ends[index - 1] if index else 0

    def last_list_mark(self, start: int, end: int) -> int | None:
        index = bisect_right(self.list_marks, end)
        return self.list_marks[index - 1] if index and self.list_marks[index - 1] >= start else None

    def clause_start(self, position: int, least: int, stops: str = CLAUSE_STOPS) -> int:
        """The start of the clause that ends at ``position``, not before ``least``."""
        best = max((self.text.rfind(stop, least, position) for stop in stops), default=-1) + 1
        best = max(best, least)
        if stops != CLAUSE_STOPS:
            return best
        # 、 separates items, except in 收、支 and 收入、支出.
        comma = self.text.rfind("、", best, position)
        while comma >= 0:
            if not (self.text[max(0, comma - 1)] in "收入" and self.text[comma + 1 : comma + 2] == "支"):
                return comma + 1
            comma = self.text.rfind("、", best, comma)
        return best


__all__ = ["CLAUSE_STOPS", "LONG_STOPS", "Mention", "Subject", "Survey"]
