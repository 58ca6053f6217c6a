"""Word accounting: every word between a subject and its figure is one that the grammar knows, or the figure is open.

What conservation of numbers is for tables, conservation of words is for sentences. The words are data: the
``lexicon`` of ``grammar.yaml``, by kind (time, basis, scope, fund, measure, comparison...), each with its witnesses.
This module cuts a clause into them; what a kind means for a figure is decided in ``binding``.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from pipelines.extract.narrative.grammar import lexicon_entries

_SILENT = re.compile(r"[\s，,、；;：:。．.\-—“”\"‘’'（）()\[\]【】《》①-⑳]")


@dataclass(slots=True, frozen=True)
class ClauseWord:
    """A word of the clause and what it is."""

    start: int
    end: int
    kind: str
    text: str


class Lexicon:
    """The words of the grammar, found by their first character."""

    def __init__(self, entries: Iterable[tuple[str, str]]) -> None:
        """``entries``: (kind, regular expression)."""
        self.literal: dict[str, dict[str, str]] = defaultdict(dict)
        self.longest = 0
        self.patterns: list[tuple[str, re.Pattern[str]]] = []
        for kind, written in entries:
            if re.escape(written) == written:
                self.literal[written[0]].setdefault(written, kind)
                self.longest = max(self.longest, len(written))
            else:
                self.patterns.append((kind, re.compile(written)))

    def at(self, text: str, start: int, end: int) -> Iterator[ClauseWord]:
        """Every word of the lexicon that begins at ``start``."""
        for written, kind in self.literal.get(text[start], {}).items():
            if start + len(written) <= end and text.startswith(written, start):
                yield ClauseWord(start, start + len(written), kind, written)
        for kind, pattern in self.patterns:
            match = pattern.match(text, start, end)
            if match is not None and match.end() > start:
                yield ClauseWord(start, match.end(), kind, match.group())


@cache
def lexicon() -> Lexicon:
    """The lexicon of ``grammar.yaml``."""
    return Lexicon(lexicon_entries())


def account(text: str, begin: int, end: int, known: Iterable[ClauseWord] = (), words: Lexicon | None = None) -> list[ClauseWord] | None:
    """The words of ``text[begin:end]`` in order; None if some of it is explained by nothing.

    ``known`` are spans that something else explains (subjects, names, reasons). Longer words are tried first; a
    clause counts as explained if any way of cutting it leaves nothing over.
    """
    source = words or lexicon()
    given: dict[int, list[ClauseWord]] = defaultdict(list)
    for word in known:
        start, stop = max(word.start, begin), min(word.end, end)
        if start < stop:
            given[start].append(ClauseWord(start, stop, word.kind, text[start:stop]))
    best: dict[int, tuple[int, ClauseWord | None, int]] = {begin: (0, None, begin)}
    for position in range(begin, end):
        if position not in best:
            continue
        cost = best[position][0]
        steps: list[tuple[int, int, ClauseWord | None]] = [(0, word.end, word) for word in given.get(position, ())]
        if _SILENT.match(text[position]):
            steps.append((0, position + 1, None))
        steps += [(1, word.end, word) for word in source.at(text, position, end)]
        for price, stop, step in steps:
            # Fewest words of the lexicon: the longest ones win.
            if stop not in best or cost + price < best[stop][0]:
                best[stop] = (cost + price, step, position)
    if end not in best:
        return None
    found: list[ClauseWord] = []
    position = end
    while position > begin:
        _, step, position = best[position]
        if step is not None:
            found.append(step)
    return found[::-1]


_BODY = re.compile(
    r"[\u4e00-\u9fff（）()]{1,40}?(?:局|委员会|办公室|办事处|中心|学校|医院|研究所|厅|协会|支队|大队|法院|检察院)"
)
_LABEL = re.compile(r"[（(](?:部门|单位|汇总|全系统|本部|机关)[）)]")
_BRACKET = re.compile(r"[（(].*?[）)]")
_REGIONS = re.compile(r"(?:[\u4e00-\u9fff]{1,10}?[省市区县州盟旗])*")
_HAN = re.compile(r"[\u4e00-\u9fff]+")


def own_names(text: str, begin: int, end: int, institution: str) -> Iterator[ClauseWord]:
    """Where the report's own body is named: in full, with or without its region, or in short (区人社局).

    Without a known institution (``""``) a body's name at the start of the sentence is taken for it.
    """
    full = _BRACKET.sub("", institution)
    if not full:
        match = _BODY.match(text, begin, end)
        if match is not None:
            yield ClauseWord(begin, match.end(), "body", match.group())
        return
    at = text.find(full[-1], begin, end)
    while at >= 0:
        label = _LABEL.match(text, at + 1, end)
        stop = label.end() if label else at + 1
        for start in range(max(begin, at - 40), at - 1):
            if _names(text[start : at + 1], full):
                yield ClauseWord(start, stop, "body", text[start:stop])
                break
        at = text.find(full[-1], at + 1, end)


def _names(written: str, full: str) -> bool:
    """Whether the words can stand for the institution: its name, or characters of it in order to the last one."""
    if not _HAN.fullmatch(written):
        return False
    if written.endswith(full):
        return bool(_REGIONS.fullmatch(written.removesuffix(full)))
    left = iter(full)
    return all(character in left for character in written)


__all__ = ["ClauseWord", "Lexicon", "account", "lexicon", "own_names"]
