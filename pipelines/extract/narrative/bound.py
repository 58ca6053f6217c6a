"""A figure and its subject → a statement, if every word before the figure is explained; else the figure is open.

The words come from ``clauses``, what they mean from ``binding``. Which subject is meant is decided in ``reasons`` and
``reading``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipelines.extract.narrative.binding import bind, contains, fits_fund
from pipelines.extract.narrative.clauses import ClauseWord, account, own_names
from pipelines.extract.narrative.figures import (
    Furniture,
    PrintedFigure,
)
from pipelines.extract.narrative.grammar import (
    PART_OF,
    UNCLASSIFIED,
    NarrativeSection,
    concept_of,
    concepts,
)
from pipelines.extract.narrative.measures import Measure, measure_of
from pipelines.extract.narrative.passages import Passage
from pipelines.extract.narrative.paths import PathResolver
from pipelines.extract.narrative.statement import (
    PLANNED_BY_NAME,
    PLANS,
    Clause,
    State,
    Statement,
)
from pipelines.extract.narrative.survey import LONG_STOPS, Mention, Subject, Survey
from pipelines.extract.narrative.words import (
    BASE,
    OF_WHICH,
    OTHER_BODY,
    TRAILING,
    clean,
)


class Bound:
    """Emits the statements of one passage."""

    at: Survey
    """The passage at a glance; there once reading begins."""
    clause: Clause
    """The words before the figure that is read."""

    def __init__(
        self,
        passage: Passage,
        grammar: NarrativeSection,
        kind: str,
        year: int,
        resolver: PathResolver,
        figures: list[PrintedFigure],
        institution: str,
    ) -> None:
        self.institution = institution
        self.passage, self.text, self.grammar = passage, passage.text, grammar
        self.kind, self.year, self.resolver, self.figures = kind, year, resolver, figures
        self.figure_starts = [f.start for f in figures]
        self.state = State()
        self.statements: list[Statement] = []
        self.furniture: list[Furniture] = []

    def _measure(self, figure: PrintedFigure, near: str, span: str) -> Measure:
        return measure_of(figure, near, span, self.kind, self.year, self.state.change)

    def _state(self, figure: PrintedFigure, subject: Subject, measure: Measure, named: Sequence[Mention] = ()) -> None:
        """Emit the figure as a measure of a subject, and carry the subject on; open if a word is unexplained."""
        state, stem = self.state, subject.stem
        bound = self._bound(subject, measure, named)
        if bound is None:
            if self._is_another_whole(subject, measure, named):
                state.open_whole = stem
            self._leave_open(subject, measure)
            return
        if stem == state.open_whole:
            state.open_whole = None
        measure, year, basis = bound
        state.subject = subject
        if stem in PART_OF:
            state.part_of = stem
        concept = self._concept(stem, measure.name, subject.text)
        label = subject.text or None
        baseline = None
        if measure.is_change and state.baseline.budget:
            label = f"{label or ''}比预算"
        elif measure.is_change:
            baseline = state.baseline.year or self.year - 1
        doubt = "path" if subject.unresolved else "sign" if measure.open_sign else None
        sign = measure.sign if measure.is_change else 1
        self._emit(concept, figure, subject.code, label, sign, baseline=baseline, doubt=doubt)
        self.statements[-1].fiscal_year, self.statements[-1].basis = year, basis
        state.change = 0 if measure.name != "change" else -1 if self.statements[-1].value < 0 else 1

    def _bound(
        self, subject: Subject, measure: Measure, named: Sequence[Mention]
    ) -> tuple[Measure, int, str | None] | None:
        """Measure, year and basis as all the words before the figure say; None where they leave anything open."""
        words = self._words(subject, named)
        if words is None:
            return None
        state, binding = self.state, bind(words, self.year)
        if binding.year is not None:
            state.year, state.relative = binding.year, any(w.kind == "last" for w in words)
        year = state.year or self.year
        basis = binding.basis
        part = not named and any(word.text.startswith("其中") for word in words)
        if binding.fund and (part or not fits_fund(binding.fund, subject.stem, self.grammar.name)):
            return None  # another fund than the subject's, or a part of what was named before
        if binding.scoped and self.grammar.name != "agency_operation":
            return None
        if subject.stem.startswith("assets"):
            return measure, year, basis  # what is held on a day of the year before
        if measure.name in ("change", "change_rate", "share", "completion_rate", "bare_rate"):
            return (measure, year, binding.base_basis) if year == self.year else None
        if measure.name == "last_year":
            own = binding.year if binding.year != self.year else None
            return measure, own or binding.base_year or self.year - 1, basis or binding.base_basis
        if measure.name in ("budget", "adjusted_budget"):
            basis = basis or (binding.base_basis if binding.in_base else None)
        if year == self.year - 1:
            # Another year's number where the list has no last year: the concept with that year.
            listed = concept_of(subject.stem, "last_year") is not None or state.relative
            return Measure("last_year") if listed else measure, year, basis
        if self.kind == "budget" and year == self.year and basis in ("executed", "final"):
            return None
        return measure, year, basis

    def _is_another_whole(self, subject: Subject, measure: Measure, named: Sequence[Mention]) -> bool:
        """Whether an open amount is surely not the report's own total: another fund or scope, or told before."""
        if not named or not subject.stem or measure.is_change or measure.name in ("share", "completion_rate"):
            return False
        binding = bind(self._words(subject, named) or (), self.year)
        told = any(s.concept == self._concept(subject.stem, "amount") for s in self.statements)
        return told or bool(binding.fund) or binding.scoped

    def _words(self, subject: Subject, named: Sequence[Mention]) -> list[ClauseWord] | None:
        """The words between the figure before, or the sentence's start, and this figure; None if one is unexplained."""
        clause = self.clause
        end = clause.figure.start
        if end and self.text[end - 1] in "-+":
            end -= 1
        begin = max(clause.start, self.at.sentence_start(clause.figure.start))
        known = [ClauseWord(m.start, m.end, "subject", "") for m in named]
        known += self._accounted(begin, end, subject, named)
        known += own_names(self.text, begin, end, self.institution)
        return account(self.text, begin, end, known)

    def _accounted(
        self, begin: int, end: int, subject: Subject, named: Sequence[Mention]
    ) -> Iterator[ClauseWord]:
        """Spans of the clause that other readers explain: reasons, descriptions, the subjects of a comparison."""
        near = self.clause.near_start
        starts = {m.start for m in named}
        for start, _, stop in self.at.reasons:
            if start < end and begin < stop and max(start, begin) < near:
                yield ClauseWord(max(start, begin), near, "reason", "")
                # 其他用车主要是业务用车；: what the reason is of is no subject of the next clause.
                led = [m for m in self.at.mentions_between(begin, start) if m.end == start]
                if led and not self.at.mentions_between(start, near) or (led and self.text[near - 1] in LONG_STOPS):
                    yield ClauseWord(max(led[-1].start, begin), near, "reason", "")
        for start, stop in self.at.purposes:
            if start < end and begin < stop and max(start, begin) < near:
                yield ClauseWord(max(start, begin), near, "reason", "")
        if trailing := TRAILING.match(self.text, begin, end):
            yield ClauseWord(begin, trailing.end(), "reason", "")
        for mention in self.at.mentions_between(begin, end):
            follows = (
                OF_WHICH.match(self.text, mention.end)
                or mention.end in starts
                or self.text[mention.end - 1] == "中"
            )
            whole = mention.subject.stem == subject.stem or (follows and contains(mention.subject.stem, subject.stem))
            if whole or BASE.search(self.text, max(begin, self.at.clause_start(mention.start, 0)), mention.start):
                yield ClauseWord(mention.start, mention.end, "base", "")

    def _leave_open(self, subject: Subject, measure: Measure) -> None:
        """A figure with a word that nothing explains: published as written, never judged."""
        clause = self.clause
        written = clean(clause.near) or subject.text
        self._emit(UNCLASSIFIED, clause.figure, None, written)
        self.state.open_change = measure.is_change
        if not (measure.is_change or measure.name in ("share", "completion_rate", "bare_rate")):
            # What follows would speak of the same unknown thing.
            self.state.subject = Subject("", written)

    def _concept(self, stem: str, measure: str, text: str = "") -> str:
        """The concept of a measure of a stem in this kind of report."""
        if not stem:
            return UNCLASSIFIED
        if measure == "bare_rate":
            measure = "share"
        if self.kind == "budget":
            if stem.startswith("three_public") or stem in ("meetings", "training"):
                measure = "budget" if measure in ("amount", "adjusted_budget", "final") else measure
            elif measure in PLANS:
                measure = "amount"
        concept = concept_of(stem, measure)
        if concept is None and (measure == "final" or (measure in PLANS and (self.kind == "budget" or PLANNED_BY_NAME.search(text)))):
            # In final accounts 年初预算数800万元 is no final figure.
            concept = concept_of(stem, "amount")
        if concept == "budget.income.carry_over" and self.grammar.name == "appropriation":
            return UNCLASSIFIED  # the appropriation's own
        if concept is not None and self.state.planned:
            planned = concept.replace("assets.", "assets.planned.", 1)
            concept = planned if planned in concepts() else concept
        return concept or UNCLASSIFIED

    def _emit(
        self,
        concept: str,
        figure: PrintedFigure,
        code: str | None,
        subject: str | None,
        sign: int = 1,
        *,
        baseline: int | None = None,
        doubt: str | None = None,
    ) -> None:
        value = -abs(figure.value) if sign < 0 else figure.value
        self.state.change, self.state.open_change = 0, False
        if concept == UNCLASSIFIED and OTHER_BODY.search(subject or ""):
            # What follows up to the next ；is that body's as well.
            stops = [at for stop in LONG_STOPS if (at := self.text.find(stop, figure.end)) >= 0]
            self.state.scoped_to = min(stops, default=len(self.text))
        self.statements.append(
            Statement(
                concept, code, subject or None, value, figure.unit, baseline, figure.start, figure, doubt
            )
        )


__all__ = ["Bound"]
