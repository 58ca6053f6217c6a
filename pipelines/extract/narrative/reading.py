"""A passage → its statements: which concept each figure states, of which item, with which sign.

The words before a figure say what is measured (增加, 占, 完成…的, 年初预算为); the subject named last says of
what. Both are carried on: a change belongs to the total named before it, a figure without a name of its own to
the item of its paragraph. What no pattern knows is kept as a part of its whole or as ``unclassified``.

No sums here: a figure is never given a meaning because it would add up.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import pairwise

from pipelines.extract.narrative.binding import bind, contains, fits_fund, strangers
from pipelines.extract.narrative.clauses import Word, account, own_names
from pipelines.extract.narrative.counts import (
    DISPOSED,
    NO_CONCEPT,
    performance_concept,
    three_public_count,
    unit_count,
)
from pipelines.extract.narrative.figures import (
    BETWEEN_NUMBERS,
    COUNTS,
    MONEY,
    Figure,
    Furniture,
    find_figures,
)
from pipelines.extract.narrative.grammar import (
    FILLER,
    PART_OF,
    REASON,
    UNCLASSIFIED,
    Section,
    concept_of,
    concepts,
    section_grammar,
)
from pipelines.extract.narrative.measures import Baseline, Measure, baseline_of, measure_of
from pipelines.extract.narrative.nothing import nothing
from pipelines.extract.narrative.passages import Passage
from pipelines.extract.narrative.paths import PathResolver
from pipelines.extract.narrative.survey import LONG_STOPS, Mention, Subject, Survey
from pipelines.extract.narrative.words import (
    AMONG,
    BASE,
    CHANGE,
    CHANGE_INSIDE,
    COMPARE,
    COMPARED,
    HAN,
    INSTITUTION,
    ITEM_NAME,
    KIND_OF_GUESTS,
    LIST_MARK,
    NOTHING,
    NOTHING_AT_ALL,
    OF_THE_SAME,
    OF_WHICH,
    ORDINAL,
    PLANNED,
    PROJECT_SUMMARY,
    SIGN,
    TOTAL_OF_ALL,
    TRAILING,
    clean,
    outside_brackets,
    what_changed,
)

ITEM_PART = "item.part"
_PLANS = ("budget", "adjusted_budget", "final")


@dataclass(slots=True)
class Statement:
    """One figure that a sentence states; ``start`` is its place in the passage."""

    concept: str
    function_code: str | None
    subject: str | None
    value: Decimal
    unit: str
    baseline_year: int | None
    start: int
    figure: Figure | None = None
    doubt: str | None = None
    """Why a reader should look: ``path`` (an item path that means no single code), ``sign`` (增加（减少）)."""
    fiscal_year: int | None = None
    """The year that the figure is about; None: the report's."""
    basis: str | None = None


_PLANNED_BY_NAME = re.compile(r"预算(?:金额|数|总额)")
_OF_GENERAL = {
    "budget.expenditure.basic": "budget.basic.total",
    "budget.expenditure.project": "budget.project.total",
}


_GENERAL_TOTALS = {
    "general_budget.total": "appropriation.expenditure_total",
    "general_budget.final": "appropriation.expenditure_total",
    "budget.general.total": "budget.expenditure.appropriation",
}


@dataclass(slots=True)
class _Clause:
    """The words before one figure."""

    figure: Figure
    start: int
    """Where its own words begin: behind the figure before it, or at its list mark."""
    near_start: int
    near: str
    """The last clause before the figure."""
    span: str
    """The sentence since ``start``."""
    new_sentence: bool
    """The first figure of its sentence."""
    listed: bool
    """A list mark stands since the figure before it."""


@dataclass(slots=True)
class _State:
    """What is carried from figure to figure."""

    subject: Subject | None = None
    whole: Subject | None = None
    """The subject before 其中: a change at the start of the next sentence is its, not the last part's."""
    part_of: str | None = None
    baseline: Baseline = field(default_factory=Baseline)
    planned: bool = False
    change: int = 0
    """Sign of the figure before, if that was a change."""
    open_change: bool = False
    """The figure before was a change that was left open: a rate that follows it is of the same unknown thing."""
    left_reason: int = -1
    """Where the sentence went on after a reason without a full stop."""
    open_whole: str | None = None
    """The stem of a whole that was left open for its fund or scope, or that is told a second time: so are its parts."""
    item: Subject | None = None
    """The functional item whose parts are listed (其中)."""
    year: int | None = None
    """The year named last in this sentence, outside comparisons."""
    relative: bool = False
    """That year was named by a word (上年), not by its number."""
    brackets: list[tuple[int, Subject | None, str | None, int | None]] = field(default_factory=list)
    """Per open bracket: where it closes, and the subject, whole and year to go back to there."""


def read_passage(
    passage: Passage, kind: str, year: int, resolver: PathResolver, institution: str = ""
) -> tuple[list[Statement], list[Furniture]]:
    """The statements of a passage in the order of the text, and the numbers that state nothing."""
    grammar = section_grammar(kind, passage.section)
    figures, furniture = find_figures(passage.text)
    if grammar is None:
        bare = [Statement(UNCLASSIFIED, None, None, f.value, f.unit, None, f.start, f) for f in figures]
        return bare, furniture
    reader = _Reader(passage, grammar, kind, year, resolver, figures, institution)
    return reader.read(), furniture + reader.furniture


class _Reader:
    """Goes through the figures of one passage."""

    def __init__(
        self,
        passage: Passage,
        grammar: Section,
        kind: str,
        year: int,
        resolver: PathResolver,
        figures: list[Figure],
        institution: str,
    ) -> None:
        self.institution = institution
        self.passage, self.text, self.grammar = passage, passage.text, grammar
        self.kind, self.year, self.resolver, self.figures = kind, year, resolver, figures
        self.figure_starts = [f.start for f in figures]
        self.state = _State()
        self.statements: list[Statement] = []
        self.furniture: list[Furniture] = []

    def read(self) -> list[Statement]:
        if not self.figures and not NOTHING_AT_ALL.search(self.text):
            return []
        self.at = Survey(self.text, self.grammar, self.resolver, self.figures)
        stop = self._stop()
        previous = 0
        for figure in self.figures:
            if figure.start >= stop:
                self.furniture.append(
                    Furniture(figure.start, figure.token, "single project, read with its form")
                )
                continue
            self._figure(self._clause(figure, previous))
            previous = figure.end
        if NOTHING_AT_ALL.search(self.text):
            self._nothing_spent()
        self.statements.sort(key=lambda s: s.start)
        self._parts_of_the_general_budget()
        self._funds_of_the_appropriation()
        self._two_values_of_one_subject()
        return self.statements

    def _two_values_of_one_subject(self) -> None:
        """``收、支各减少A、B万元``: two figures of one list that differ are not of one subject; which is whose stays open.

        收入总计、支出总计分别为A、B is told: the two sides of one account, which must be equal.
        """
        doubtful: list[Statement] = []
        for one, other in pairwise(s for s in self.statements if s.figure is not None):
            assert one.figure is not None
            same = (one.concept, one.function_code) == (other.concept, other.function_code)
            if same and one.concept != "summary.total" and one.value != other.value and BETWEEN_NUMBERS.fullmatch(self.text[one.figure.end : other.start]):
                doubtful += [one, other]
        for statement in doubtful:
            statement.concept, statement.function_code = UNCLASSIFIED, None

    def _parts_of_the_general_budget(self) -> None:
        """``一般公共预算安排支出 x，其中：基本支出 y，项目支出 z``: the parts belong to that whole, not to all expenditure."""
        whole: Statement | None = None
        for statement in self.statements:
            if statement.concept == "budget.general.total":
                whole = statement
            elif whole is not None and statement.concept in _OF_GENERAL:
                between = self.text[whole.start : statement.start]
                if "其中" in between and "。" not in between:
                    statement.concept = _OF_GENERAL[statement.concept]

    def _funds_of_the_appropriation(self) -> None:
        """``财政拨款支出 x，其中：一般公共预算拨款支出 y``: x is what all the funds spend."""
        before: Statement | None = None
        for statement in self.statements:
            if statement.concept not in _GENERAL_TOTALS or statement.figure is None:
                continue
            if before is not None and "公共" in (statement.subject or "") and before.value != statement.value:
                between = self.text[before.start : statement.start]
                if "其中" in between and "。" not in between:
                    before.concept = _GENERAL_TOTALS[before.concept]
            before = statement if "公共" not in (statement.subject or "") else None

    def _stop(self) -> int:
        """Where the part on single projects begins: their figures are read with their forms."""
        # The summaries of projects also stand without a heading of their own.
        summary = PROJECT_SUMMARY.search(self.text) if self.passage.section == "performance" else None
        if self.passage.section == "performance" and self.passage.part == "projects" and (summary is None or self.at.list_marks):
            return self.at.list_marks[0] if self.at.list_marks else len(self.text)
        if summary is None:
            return len(self.text) + 1
        marks = [mark for mark in self.at.list_marks if mark <= summary.start()]
        return marks[-1] if marks else self.at.sentence_start(summary.start())

    # -- one figure --

    def _clause(self, figure: Figure, previous: int) -> _Clause:
        text, start = self.text, previous
        mark = self.at.last_list_mark(start, figure.start)
        if mark is not None:
            start = mark
        sentence = self.at.sentence_start(figure.start)
        near_start = self.at.clause_start(figure.start, start)
        if figure.unit == "%" and previous and text.startswith("的", previous):
            # 完成预算1000万元的88%: the rate's words began before the figure that it is of.
            near_start = self.at.clause_start(previous, self.at.sentence_start(previous))
        end = figure.start - (text[max(0, figure.start - 1)] in "-+" and figure.start > start)
        new_sentence = previous <= sentence and mark is None
        return _Clause(
            figure,
            start,
            max(near_start, start),
            self._near(near_start, end),
            text[max(sentence, start) : end],
            new_sentence,
            mark is not None,
        )

    def _near(self, start: int, end: int) -> str:
        """The words of a clause, without the figures that stand in it."""
        first = bisect_left(self.figure_starts, start)
        inside = [f for f in self.figures[first : bisect_left(self.figure_starts, end)] if f.end <= end]
        if not inside:
            return self.text[start:end]
        edges = [start, *(edge for f in inside for edge in (f.start, f.end)), end]
        return "".join(self.text[a:b] for a, b in zip(edges[::2], edges[1::2], strict=True))

    def _figure(self, clause: _Clause) -> None:
        figure, state = clause.figure, self.state
        self.clause = clause
        self._close_brackets(figure.start)
        if clause.listed:
            state.whole = None
        if clause.new_sentence or clause.listed:
            state.year = None
            divided = self.text.startswith("按", self.at.sentence_start(figure.start))
            if divided and (state.part_of or "").endswith("project"):
                state.part_of = None  # 按经济分类：another division of the whole begins
            if not AMONG.search(self.text, clause.start, figure.start):
                state.open_whole = None
        self._note_baseline(clause)
        if self.grammar.name == "performance" and self._performance(clause):
            return
        if self.grammar.name == "assets" and self._asset(clause):
            return
        if figure.unit in COUNTS:
            self._count(clause)
            return
        if self._price_of_the_same(clause):
            return
        if dealt := self.at.dealt.get(figure.start):
            subject = dealt[0] or state.subject or Subject(self.grammar.default)
            near = self.at.mentions_between(self.at.sentence_start(figure.start), figure.start)
            self._state(figure, subject, self._measure(figure, dealt[1], dealt[1]), near)
            return
        self._sentence(clause)

    def _sentence(self, clause: _Clause) -> None:
        """The general case: a measure of the subject named here or before."""
        figure, state = clause.figure, self.state
        measure = self._measure(figure, clause.near, clause.span)
        mention = self._mention(clause, measure)
        reason = self._reason_at(figure.start)
        if reason is not None:
            if not self._leaves_reason(reason, clause, mention, measure):
                if mention is None and measure.is_change and self._only_compares(clause):
                    # 主要原因是…，与上年相比减少3万元: the whole's change or the reason's, the words do not say.
                    self._emit(UNCLASSIFIED, figure, None, clean(clause.near))
                    return
                self._reason(clause, reason)
                return
            state.left_reason = figure.start
        if mention is None and measure.name == "amount":
            if not self.statements and self._part_default():
                self._state(figure, Subject(self._part_default()), measure)
                return
            if self.at.in_purpose(figure.start):
                self._part(figure, clause.near, carry=False)
                return
        if mention is None and measure.is_change and (self._follows_an_open_change(clause) or self._of_whole_or_part(clause)):
            self._leave_open(Subject(""), measure)
            return
        self._note_whole(clause, mention)
        unknown = self._unknown_noun(clause, mention)
        if mention is not None:
            if unknown and measure.name == "amount" and mention.subject.stem in PART_OF:
                state.part_of = mention.subject.stem
                self._part(figure, unknown)
                return
            if self._of_an_item(clause, mention):
                self._emit(ITEM_PART, figure, state.item.code if state.item else None, mention.subject.text)
                return
            whole = state.open_whole
            of_the_open = whole is not None and mention.subject.stem != whole and contains(whole, mention.subject.stem)
            if of_the_open or (state.whole is not None and strangers(state.whole.stem, mention.subject.stem)):
                self._leave_open(mention.subject, measure)
                return
            self._state(figure, self._placed(mention), measure, (mention,))
        elif unknown and measure.name == "change" and not clause.listed:
            self._emit(REASON, figure, None, clean(unknown), measure.sign, baseline=state.baseline.year)
        elif unknown and measure.name in ("amount", "change", "bare_rate"):
            self._part(figure, unknown)
        elif not measure.is_change and measure.name not in ("share", "completion_rate") and self._names_a_total(clause):
            self._leave_open(Subject(""), measure)
        else:
            self._state(figure, self._carried(clause, measure), measure)

    def _follows_an_open_change(self, clause: _Clause) -> bool:
        """增加3万元，增长5% where it is open what the 3万元 are of."""
        alone = not clause.new_sentence and not clause.listed and clause.start in (clause.near_start, clause.near_start - 1)
        return self.state.open_change and alone and baseline_of(clause.near, self.kind, self.year) is None

    def _of_whole_or_part(self, clause: _Clause) -> bool:
        """甲12万元，其中：乙3万元；与上年相比减少2万元: of 甲 or of 乙, the words do not say."""
        carried, whole = self.state.subject, self.state.whole
        if clause.new_sentence or clause.listed or carried is None or whole is None or carried == whole:
            return False
        apart = clause.near_start > 0 and self.text[clause.near_start - 1] in LONG_STOPS
        return apart and baseline_of(clause.near, self.kind, self.year) is not None

    def _names_a_total(self, clause: _Clause) -> bool:
        """本年支出 where the section speaks of income: a total that is no subject of the section is not what was carried."""
        named = TOTAL_OF_ALL.search(clause.near)
        carried = self.state.subject
        if carried is None or carried.code:
            return False
        if "收入" in carried.text and "支" not in carried.text and "支出" in clause.near:
            return True  # …收入年初预算为…；支出年初预算为…
        return named is not None and named.group() not in carried.text

    def _of_an_item(self, clause: _Clause, mention: Mention) -> bool:
        """…（项）580万元，其中：基本支出500万元: the item's own, not the report's."""
        state = self.state
        if clause.new_sentence or clause.listed:
            state.item = None
        if AMONG.search(self.text, clause.start, clause.figure.start):
            carried = state.subject
            state.item = carried if carried is not None and (carried.code or carried.stem.endswith("item")) else state.item
        if mention.subject.code:
            state.item = None
        return state.item is not None

    def _carried(self, clause: _Clause, measure: Measure) -> Subject:
        """The subject of a figure that names none."""
        state = self.state
        if clause.new_sentence and measure.is_change and state.whole is not None:
            return state.whole
        return state.subject or Subject(self._part_default() or self.grammar.default)

    def _note_whole(self, clause: _Clause, mention: Mention | None) -> None:
        state = self.state
        among = AMONG.search(self.text, clause.start, clause.figure.start)
        if among and state.subject is not None and not (mention is not None and mention.start < among.end()):
            state.whole = state.whole or state.subject
        elif mention is not None and clause.new_sentence and not among:
            state.whole = None

    def _note_baseline(self, clause: _Clause) -> None:
        sentence = self.at.sentence_start(clause.figure.start)
        found = baseline_of(self.text[sentence : clause.figure.start], self.kind, self.year)
        if found is not None:
            self.state.baseline = found
        elif clause.new_sentence or clause.listed:
            self.state.baseline = Baseline()

    def _measure(self, figure: Figure, near: str, span: str) -> Measure:
        return measure_of(figure, near, span, self.kind, self.year, self.state.change)

    def _state(self, figure: Figure, subject: Subject, measure: Measure, named: Sequence[Mention] = ()) -> None:
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

    def _words(self, subject: Subject, named: Sequence[Mention]) -> list[Word] | None:
        """The words between the figure before, or the sentence's start, and this figure; None if one is unexplained."""
        clause = self.clause
        end = clause.figure.start
        if end and self.text[end - 1] in "-+":
            end -= 1
        begin = max(clause.start, self.at.sentence_start(clause.figure.start))
        known = [Word(m.start, m.end, "subject", "") for m in named]
        known += self._accounted(begin, end, subject, named)
        known += own_names(self.text, begin, end, self.institution)
        return account(self.text, begin, end, known)

    def _accounted(
        self, begin: int, end: int, subject: Subject, named: Sequence[Mention]
    ) -> Iterator[Word]:
        """Spans of the clause that other readers explain: reasons, descriptions, the subjects of a comparison."""
        near = self.clause.near_start
        starts = {m.start for m in named}
        for start, _, stop in self.at.reasons:
            if start < end and begin < stop and max(start, begin) < near:
                yield Word(max(start, begin), near, "reason", "")
                # 其他用车主要是业务用车；: what the reason is of is no subject of the next clause.
                led = [m for m in self.at.mentions_between(begin, start) if m.end == start]
                if led and not self.at.mentions_between(start, near) or (led and self.text[near - 1] in LONG_STOPS):
                    yield Word(max(led[-1].start, begin), near, "reason", "")
        for start, stop in self.at.purposes:
            if start < end and begin < stop and max(start, begin) < near:
                yield Word(max(start, begin), near, "reason", "")
        if trailing := TRAILING.match(self.text, begin, end):
            yield Word(begin, trailing.end(), "reason", "")
        for mention in self.at.mentions_between(begin, end):
            follows = (
                OF_WHICH.match(self.text, mention.end)
                or mention.end in starts
                or self.text[mention.end - 1] == "中"
            )
            whole = mention.subject.stem == subject.stem or (follows and contains(mention.subject.stem, subject.stem))
            if whole or BASE.search(self.text, max(begin, self.at.clause_start(mention.start, 0)), mention.start):
                yield Word(mention.start, mention.end, "base", "")

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
            if stem.startswith("three_public"):
                measure = "budget" if measure in ("amount", "adjusted_budget", "final") else measure
            elif measure in _PLANS:
                measure = "amount"
        concept = concept_of(stem, measure)
        if concept is None and (measure == "final" or (measure in _PLANS and (self.kind == "budget" or _PLANNED_BY_NAME.search(text)))):
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
        figure: Figure,
        code: str | None,
        subject: str | None,
        sign: int = 1,
        *,
        baseline: int | None = None,
        doubt: str | None = None,
    ) -> None:
        value = -abs(figure.value) if sign < 0 else figure.value
        self.state.change, self.state.open_change = 0, False
        self.statements.append(
            Statement(
                concept, code, subject or None, value, figure.unit, baseline, figure.start, figure, doubt
            )
        )

    # -- of what --

    def _mention(self, clause: _Clause, measure: Measure | None = None) -> Mention | None:
        """The last subject named since the figure before that is not part of a comparison or a description."""
        position = clause.figure.start
        base = len(self.text)
        if measure is not None and measure.name in ("share", "completion_rate"):
            # 占本年支出的, 完成年初预算的: what stands behind these words is not what is spoken of.
            word = "占" if measure.name == "share" else "完成"
            offset = clause.near.rfind(word) if word == "占" else clause.near.find(word)
            base = clause.near_start + offset if offset >= 0 else base
        for mention in reversed(self.at.mentions[: bisect_right(self.at.mention_starts, position - 1)]):
            if mention.start < clause.start:
                return None
            if mention.end > position or mention.start >= base:
                continue
            away = mention.start < clause.near_start
            if away and (self.at.in_purpose(mention.start) or self._reason_at(mention.start)):
                continue
            if not self._is_compared(mention.start):
                return mention
        return None

    def _is_compared(self, start: int) -> bool:
        """Whether a subject stands inside 比…/较…/与…相比 (what is compared with, not what is spoken of)."""
        before = self.text[self.at.clause_start(start, 0) : start]
        opening = max(before.rfind(word) for word in "比较与同")
        if opening < 0 or before[max(0, opening - 1) : opening + 1] in ("相比", "对比", "相较", "占比"):
            return False
        return bool(COMPARED.match(before, opening + 1))

    def _placed(self, mention: Mention) -> Subject:
        """What a 类 means where it stands: under 项目支出主要用于 it is a part of that."""
        subject, state = mention.subject, self.state
        if subject.stem == "general_budget.class" and state.part_of == "general_budget.project":
            if self.text[mention.end : mention.end + 1] not in "。：:，":
                return replace(subject, stem="general_budget.project_part")
            state.part_of = None
        return subject

    def _unknown_noun(self, clause: _Clause, mention: Mention | None) -> str:
        """The words of the clause that no pattern knows; empty if all of it is known or filler."""
        rest = clause.near
        if mention is not None and mention.start >= clause.near_start:
            rest = rest[mention.end - clause.near_start :]
        if change := CHANGE.search(rest):
            rest = rest[: change.start()]
        named = LIST_MARK.sub("", COMPARE.sub("", rest))
        bare = FILLER.sub("", named)
        if len(HAN.findall(bare)) >= 2:
            # An institution's name before its first subject is no subject: 某局2023年度收入总计.
            return "" if mention is None and INSTITUTION.search(bare) else named
        # （8）预算追加经费101.05万元: a list item's name may be made of such words.
        item = mention is None and clause.near_start in self.at.list_marks and self.state.part_of in PART_OF
        return named if item and len(HAN.findall(named)) >= 4 and named[-1] not in "为是" else ""

    def _part_default(self) -> str:
        return self.grammar.part_defaults.get(self.passage.part, "")

    def _part(self, figure: Figure, words: str, carry: bool = True) -> None:
        """A figure with a name that no pattern knows: a part of the whole, or unclassified."""
        name = clean(words)
        concept = PART_OF.get(self.state.part_of or "") if figure.unit != "%" else UNCLASSIFIED
        self._emit(concept or self.grammar.unknown, figure, None, name)
        if carry:
            self.state.subject = Subject(concept or "", name)

    def _price_of_the_same(self, clause: _Clause) -> bool:
        """轿车0辆、金额0万元: the price of what was just counted."""
        if clause.near not in OF_THE_SAME or not self.statements or clause.figure.unit not in MONEY:
            return False
        last = self.statements[-1]
        joined = self.text[clause.near_start - 1] in "、，,"
        if last.unit not in COUNTS or not last.concept.endswith((".part", ".count")) or not joined:
            return False
        self._emit(last.concept, clause.figure, None, last.subject)
        return True

    # -- counts --

    def _count(self, clause: _Clause) -> None:
        """人次, 批次, 辆, 台, 个 in the sections that count, and in those that do not."""
        figure, label = clause.figure, clean(clause.near)
        mention = self._mention(clause)
        after = self.text[figure.number_end : figure.number_end + 24]
        concept = NO_CONCEPT
        if self.grammar.name == "three_public":
            subject = mention.subject if mention else self.state.subject
            stem = subject.stem if subject else ""
            words = outside_brackets(self.text[self.at.clause_start(figure.start, 0, LONG_STOPS) : figure.start])
            concept = three_public_count(figure, clause.near, clause.span, words, stem, after)
        if concept == NO_CONCEPT and (bodies := unit_count(clause.near, after)) is not None:
            concept, label = "scope.unit_count", bodies
        if concept != NO_CONCEPT:
            self._emit(concept, figure, None, label)
            self.state.subject = mention.subject if mention else self.state.subject
            if mention and KIND_OF_GUESTS.search(clause.near[: mention.end - clause.near_start]):
                # 国内公务接待50批次，支出8万元: a part of what receptions cost.
                self.state.subject = Subject("three_public.reception.part", label)
            return
        change = CHANGE.search(clause.near)
        reason = self._reason_at(figure.start)
        if reason and change:
            sign, year = SIGN[change.group("word")], self.state.baseline.year
            self._emit(REASON, figure, None, what_changed(clause.near[: change.start()]), sign, baseline=year)
        elif reason or self.at.in_purpose(figure.start):
            self.furniture.append(Furniture(figure.start, figure.token, "count in a reason or a description"))
        else:
            self._emit(UNCLASSIFIED, figure, None, label)

    def _asset(self, clause: _Clause) -> bool:
        """Vehicles and equipment held, or planned to be bought."""
        figure, state = clause.figure, self.state
        if PLANNED.search(clause.span):
            state.planned = True
        elif clause.new_sentence or clause.listed:
            state.planned = False
        mention = self._mention(clause)
        subject = mention.subject if mention else state.subject
        if figure.unit in MONEY:
            self._emit(
                "assets.value", figure, None, clean(clause.near) or (subject.text if subject else None)
            )
        elif figure.unit not in ("辆", "台", "个"):
            return False
        elif DISPOSED.search(clause.span):
            self._emit(UNCLASSIFIED, figure, None, clean(clause.near))
        else:
            known = subject is not None and subject.stem.startswith("assets")
            self._state(
                figure,
                subject if known and subject else Subject("assets.vehicles"),
                Measure("amount"),
                (mention,) if mention else (),
            )
        return True

    def _performance(self, clause: _Clause) -> bool:
        figure = clause.figure
        after = self.text[figure.end : figure.end + 16]
        concept = performance_concept(figure, clause.near, clause.span, after)
        if concept is None:
            return False
        label: str | None = _ONLY_COUNTS.sub("", clean(clause.near)) or None
        if concept == NO_CONCEPT:
            self.furniture.append(Furniture(figure.start, figure.token, "points of an indicator"))
            return True
        if concept == "performance.amount":
            label = self._evaluated(clause)
        elif concept == "performance.share_of_project_expenditure":
            label = None
        elif concept == "performance.project_count" and label is None and after.startswith("一级"):
            label = "一级项目"
        self._emit(concept, figure, None, label)
        return True

    def _evaluated(self, clause: _Clause) -> str | None:
        """What an amount under evaluation is of: the overall expenditure, or the projects just counted."""
        if self.passage.part == "overall" or "整体支出" in clause.span:
            return "整体支出"
        last = self.statements[-1] if self.statements else None
        if last is None or last.concept != "performance.project_count":
            return None
        return None if "。" in self.text[last.start : clause.figure.start] else last.subject

    # -- reasons --

    def _reason_at(self, position: int) -> tuple[int, int, int] | None:
        """The reason that the position stands in, the last one that opened."""
        found = None
        for span in self.at.reasons:
            if span[0] > position:
                break
            if position < span[2]:
                found = span
        if found is not None and self.state.left_reason > found[0]:
            begins = self.text[self.at.clause_start(position, found[1]) :][:4]
            return found if ORDINAL.match(begins) else None
        return found

    def _leaves_reason(
        self, reason: tuple[int, int, int], clause: _Clause, mention: Mention | None, measure: Measure
    ) -> bool:
        """A clause of the section itself inside a reason's sentence: …；上年结转0万元."""
        near, here = clause.near, clause.near_start
        if ORDINAL.match(near):
            return False
        if here <= reason[0]:
            # 收入主要是财政拨款收入90万元 gives no reason.
            return mention is not None and mention.start == reason[1] and measure.name == "amount"
        separator = self.text[here - 1]
        if measure.is_change:
            # …的主要原因是……；决算数较上年增加0.5万元
            own = baseline_of(near, self.kind, self.year)
            return own is not None and separator in LONG_STOPS and not self._unknown_noun(clause, mention)
        if mention is None:
            return False
        if measure.name in ("completion_rate", "budget", "final"):
            return True
        if mention.start < here or CHANGE_INSIDE.search(near):
            return False
        before = FILLER.sub("", LIST_MARK.sub("", near[: mention.start - here]))
        return separator in "；;：:" and not HAN.search(before)

    def _only_compares(self, clause: _Clause) -> bool:
        """A change that names nothing but what it is compared with, or follows one that does."""
        own = baseline_of(clause.near, self.kind, self.year) is not None or clause.start == clause.near_start - 1
        return own and not self._unknown_noun(clause, None)

    def _reason(self, clause: _Clause, reason: tuple[int, int, int]) -> None:
        """What changed, signed by the last word of change in its clause."""
        final = CHANGE.search(clause.near)
        begin = max(reason[0], self.at.clause_start(clause.figure.start, 0, LONG_STOPS))
        words = list(CHANGE_INSIDE.finditer(self.text, begin, clause.figure.start))
        last = final or (words[-1] if words else None)
        if last is None and self.text[begin - 1 : begin] in ("；", ";"):
            # …原因是调资；某项480万元: the next clause, which gives no reason.
            self._emit(UNCLASSIFIED, clause.figure, None, clean(clause.near))
            return
        sign = SIGN.get(last.group("word"), 1) if last else 1
        noun = clause.near[: final.start()] if final else clause.near
        self._emit(REASON, clause.figure, None, what_changed(noun), sign, baseline=self.state.baseline.year)

    # -- nothing spent --

    def _nothing_spent(self) -> None:
        """A zero where a clause says that there was nothing, if no figure of that concept is stated."""
        stated = {s.concept for s in self.statements}
        said = [*nothing(self.at, self.kind, self.year, self.institution)]
        if self.grammar.name == "three_public":
            said += self._items_of_nothing()
        for concept, subject, begin in said:
            if concept not in stated:
                stated.add(concept)
                self.statements.append(Statement(concept, None, subject.text, Decimal(0), "万元", None, begin))

    def _items_of_nothing(self) -> Iterator[tuple[str, Subject, int]]:
        """1.无因公出国（境）费支出；: of that very item."""
        marks = [*self.at.list_marks, len(self.text)]
        for begin, end in pairwise(marks):
            first = re.split(r"[。；;\n，]", self.text[begin:end], maxsplit=1)[0]
            words = ITEM_NAME.sub("", LIST_MARK.sub("", first))
            if not NOTHING.match(words) or re.search(r"\d", re.sub(r"20\d\d年", "", words)):
                continue
            named = [m.subject for m in self.at.mentions if begin <= m.start < begin + len(first)]
            if len({subject.stem for subject in named}) != 1 or named[0].stem == "three_public":
                continue
            concept = concept_of(named[0].stem, "budget" if self.kind == "budget" else "amount")
            if concept is not None:
                yield concept, named[0], begin

    def _close_brackets(self, position: int) -> None:
        """What stands in brackets does not change what the sentence speaks of after them."""
        state = self.state
        while state.brackets and position >= state.brackets[-1][0]:
            _, state.subject, state.part_of, state.year = state.brackets.pop()
        open_ends = {closing for closing, *_ in state.brackets}
        for start, end in self.at.brackets:
            if start < position < end and end not in open_ends:
                state.brackets.append((end, state.subject, state.part_of, state.year))


_ONLY_COUNTS = re.compile(
    r"^(?:根据[^，]*，)?(?:(?:我|本)?(?:部门|单位)(?:[（(]单位[）)])?(?:组织)?)?(?:组织|对|共|共计|共?涉及|选取|项目|共有|的)*$"
)

__all__ = ["Statement", "Subject", "read_passage"]
