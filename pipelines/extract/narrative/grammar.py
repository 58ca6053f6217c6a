"""The grammar of the narrative, compiled once from ``grammar.yaml``: headings, subjects, measures.

What is data stands in the YAML file; this module only turns it into patterns and look-ups.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import yaml

from pipelines.extract.codes import functional_codes, plain

_FOLDER = Path(__file__).resolve().parent
_CONCEPTS = _FOLDER.parents[2] / "datapackages" / "codes" / "concepts.csv"

UNCLASSIFIED = "unclassified"
REASON = "reason.change"


def _load() -> dict[str, Any]:
    with (_FOLDER / "grammar.yaml").open(encoding="utf-8") as file:
        loaded = yaml.load(file, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return dict(loaded)


_DATA = _load()


@dataclass(slots=True, frozen=True)
class Headings:
    """How headings are told: which section one opens, which end the narrative."""

    sections: tuple[tuple[str, re.Pattern[str]], ...]
    parts: dict[str, tuple[tuple[str, re.Pattern[str]], ...]]
    quiet: dict[str, frozenset[str]]
    containers: frozenset[str]
    anywhere: frozenset[str]
    title: re.Pattern[str]
    title_section: str
    closing: re.Pattern[str]
    closing_part: re.Pattern[str]

    def section_of(self, heading: str) -> str | None:
        """The section that a heading is about, if it is one of the narrative's."""
        for section, pattern in self.sections:
            if pattern.search(heading):
                return section
        return None

    def part_of(self, section: str, heading: str) -> str:
        """The part of its section that a heading opens; empty if it names none."""
        for part, pattern in self.parts.get(section, ()):
            if pattern.search(heading):
                return part
        return ""

    def silent(self, section: str, part: str) -> bool:
        return part in self.quiet.get(section, frozenset())


def _headings() -> Headings:
    return Headings(
        tuple((h["section"], re.compile(h["is"])) for h in _DATA["headings"]),
        {s: tuple((p, re.compile(x)) for p, x in parts.items()) for s, parts in _DATA["parts"].items()},
        {s: frozenset(parts) for s, parts in _DATA["silent"].items()},
        frozenset(_DATA["containers"]),
        frozenset(_DATA["anywhere"]),
        re.compile(_DATA["title"]),
        _DATA["title_section"],
        re.compile(_DATA["closing"]),
        re.compile(_DATA["closing_part"]),
    )


HEADINGS = _headings()


@dataclass(slots=True, frozen=True)
class NarrativeSection:
    """The subjects of one section of one kind of report."""

    name: str
    default: str
    unknown: str
    path: str
    klass: str
    economy: str
    part_defaults: dict[str, str]
    """The stem of a part's first figure (用于保障机关正常运转的日常支出 under 基本支出情况)."""
    pattern: re.Pattern[str]
    stems: tuple[str, ...]
    """Stem of each alternative of ``pattern``, by the number of its group."""

    def mentions(self, text: str) -> list[tuple[int, int, str]]:
        """(start, end, stem) of every subject named in the text."""
        return [(m.start(), m.end(), self.stems[(m.lastindex or 1) - 1]) for m in self.pattern.finditer(text)]


def _subjects(kind: str, declared: dict[str, Any]) -> list[tuple[str, str]]:
    found = [tuple(pair) for pair in declared.get("subjects", [])]
    for name in declared.get("use", []):
        if name in _DATA["shared"]:
            found += [tuple(pair) for pair in _DATA["shared"][name]]
        else:
            found += _subjects(kind, _DATA["sections"][kind][name])
    return found + [tuple(pair) for pair in declared.get("last", [])]


@cache
def section_grammar(kind: str, section: str) -> NarrativeSection | None:
    """The grammar of a section in final accounts (``final``) or budgets (``budget``)."""
    declared = _DATA["sections"][kind].get(section)
    if declared is None:
        return None
    pairs = _subjects(kind, declared)
    pattern = re.compile("|".join(f"({regex})" for _, regex in pairs))
    assert pattern.groups == len(pairs), section  # a capturing group inside a subject would shift the stems
    return NarrativeSection(
        section,
        declared.get("default", ""),
        declared.get("unknown", UNCLASSIFIED),
        declared.get("path", ""),
        declared.get("class", ""),
        declared.get("economy", ""),
        declared.get("part_defaults", {}),
        pattern,
        tuple(stem for stem, _ in pairs),
    )


@cache
def concepts() -> frozenset[str]:
    """The controlled list."""
    return frozenset(pl.read_csv(_CONCEPTS, infer_schema=False)["concept"])


@cache
def concept_of(stem: str, measure: str) -> str | None:
    """The concept of a measure of a stem; None where the list has none."""
    special = _DATA["stems"].get(stem, {})
    known = concepts()
    for tried in _fallbacks(measure):
        concept = special.get(tried) or (stem if tried == "amount" else f"{stem}.{tried}")
        if concept in known:
            return str(concept)
    return None


def _fallbacks(measure: str) -> tuple[str, ...]:
    return {"adjusted_budget": ("adjusted_budget", "budget"), "final": ("final", "amount"), "amount": ("amount", "final")}.get(
        measure, (measure,)
    )


def published_section(kind: str, section: str) -> str:
    """The section as ``statements.section`` names it."""
    return str(_DATA[f"{kind}_sections"].get(section, section))


PART_OF: dict[str, str] = _DATA["part_of"]
UP: tuple[str, ...] = tuple(_DATA["up"])
DOWN: tuple[str, ...] = tuple(_DATA["down"])
FILLER = re.compile(f"(?:{_DATA['filler']})")


def lexicon_entries(without: str | None = None) -> list[tuple[str, str]]:
    """(kind, word or pattern) of the lexicon, without the entries whose only witness is ``without``."""
    return [
        (kind, written)
        for kind, groups in _DATA["lexicon"].items()
        for witnesses, words in groups
        if str(witnesses).split() != [without]
        for written in words
    ]


def witnesses() -> frozenset[str]:
    """Every place that an entry of the lexicon was seen in."""
    return frozenset(w for groups in _DATA["lexicon"].values() for names, _ in groups for w in str(names).split())


@cache
def class_names() -> re.Pattern[str]:
    """功能分类 类 by their full names, longest first (教育支出, 社会保障和就业支出...)."""
    names = sorted({n for c, n in class_codes().items()}, key=len, reverse=True)
    return re.compile("|".join(re.escape(n) for n in names))


@cache
def class_codes() -> dict[str, str]:
    """code → name of every 类."""
    return {code: name for code, name in functional_codes().names.items() if len(code) == 3}


@cache
def class_by_name() -> dict[str, str]:
    """name without punctuation → code, under every known spelling."""
    listed = functional_codes()
    return {plain(text): code for code in class_codes() for text in listed.spellings[code]}
