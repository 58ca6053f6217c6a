"""A passage → its statements: which concept each figure states, of which item, with which sign.

The words before a figure say what is measured (增加, 占, 完成…的, 年初预算为); the subject named last says of
what. Both are carried on: a change belongs to the total named before it, a figure without a name of its own to
the item of its paragraph. What no pattern knows is kept as a part of its whole or as ``unclassified``.

No sums here: a figure is never given a meaning because it would add up.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from pipelines.extract.narrative.counts import (
    DISPOSED,
    NO_CONCEPT,
    performance_concept,
    three_public_count,
    unit_count,
)
from pipelines.extract.narrative.figures import COUNTS, MONEY, Figure, Furniture, find_figures
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
from pipelines.extract.narrative.passages import Passage
from pipelines.extract.narrative.paths import ItemPath, PathResolver, find_paths
from pipelines.extract.narrative.words import (
    AMONG,
    BETWEEN,
    BRACKET,
    CHANGE,
    CHANGE_INSIDE,
    COMPARE,
    COMPARED,
    ENUMERATOR,
    HAN,
    INSTITUTION,
    ITEM_NAME,
    LIST_MARK,
    NEUTRAL,
    NEXT_REASON,
    NOTHING,
    OF_THE_SAME,
    ORDINAL,
    PLANNED,
    PROJECT_SUMMARY,
    PURPOSE_MARK,
    REASON_MARK,
    RESPECTIVELY,
    SENTENCE_END,
    SIGN,
    clean,
    economy_codes,
    economy_names,
    what_changed,
)

_CLAUSE_STOPS = "，,；;：:。\n"
_LONG_STOPS = "；;。\n"
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


_OF_GENERAL = {
    "budget.expenditure.basic": "budget.basic.total",
    "budget.expenditure.project": "budget.project.total",
}


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
    left_reason: int = -1
    """Where the sentence went on after a reason without a full stop."""
    brackets: list[tuple[int, Subject | None, str | None]] = field(default_factory=list)
    """Per open bracket: where it closes, and the subject and whole to go back to there."""


def read_passage(
    passage: Passage, kind: str, year: int, resolver: PathResolver
) -> tuple[list[Statement], list[Furniture]]:
    """The statements of a passage in the order of the text, and the numbers that state nothing."""
    grammar = section_grammar(kind, passage.section)
    figures, furniture = find_figures(passage.text)
    if grammar is None:
        bare = [Statement(UNCLASSIFIED, None, None, f.value, f.unit, None, f.start, f) for f in figures]
        return bare, furniture
    reader = _Reader(passage, grammar, kind, year, resolver, figures)
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
    ) -> None:
        self.passage, self.text, self.grammar = passage, passage.text, grammar
        self.kind, self.year, self.resolver, self.figures = kind, year, resolver, figures
        self.state = _State()
        self.statements: list[Statement] = []
        self.furniture: list[Furniture] = []

    def read(self) -> list[Statement]:
        if not self.figures and self.grammar.name != "three_public":
            return []
        self._survey()
        stop = self._stop()
        previous = 0
        for figure in self.figures:
            if figure.start >= stop:
                self.furniture.append(Furniture(figure.start, figure.token, "single project, read with its form"))
                continue
            self._figure(self._clause(figure, previous))
            previous = figure.end
        if self.grammar.name == "three_public":
            self._nothing_spent()
        self.statements.sort(key=lambda s: s.start)
        self._parts_of_the_general_budget()
        return self.statements

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

    def _stop(self) -> int:
        """Where the part on single projects begins: their figures are read with their forms."""
        if self.passage.section == "performance" and self.passage.part == "projects":
            return self.list_marks[0] if self.list_marks else len(self.text)
        # The summaries of projects also stand without a heading of their own.
        summary = PROJECT_SUMMARY.search(self.text) if self.passage.section == "performance" else None
        if summary is None:
            return len(self.text) + 1
        marks = [mark for mark in self.list_marks if mark <= summary.start()]
        return marks[-1] if marks else self._sentence_start(summary.start())

    # -- the passage at a glance --

    def _survey(self) -> None:
        text = self.text
        self.sentence_ends = [m.end() for m in SENTENCE_END.finditer(text)]
        self.list_marks = [m.start() for m in ENUMERATOR.finditer(text)]
        self.reasons = self._reasons()
        self.purposes = [(m.end(), self._sentence_end(m.end())) for m in PURPOSE_MARK.finditer(text)]
        self.brackets = [(m.start(), m.end()) for m in BRACKET.finditer(text)]
        self.mentions = self._mentions()
        self.mention_starts = [m.start for m in self.mentions]
        self.dealt = self._dealt()

    def _reasons(self) -> list[tuple[int, int, int]]:
        """(start, end of the marker, end of the reason)."""
        spans: list[tuple[int, int, int]] = []
        for match in REASON_MARK.finditer(self.text):
            end = self._sentence_end(match.end())
            while end < len(self.text) and NEXT_REASON.match(self.text, end):
                end = self._sentence_end(end)
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
            begin = max(self._clause_start(match.start(), 0, _LONG_STOPS + "：:"), least)
            named = [m.subject for m in self.mentions if begin <= m.start and m.end <= match.start()]
            sentence = self._sentence_start(match.start())
            if len(named) < len(row) and sentence_before == sentence and len(before) == len(row):
                named = before  # …分别为1万元、2万元，分别增长3%、4%
            words = self.text[self._clause_start(match.start(), begin) : row[0].start]
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

    def _row(self, index: int, behind: int) -> list[Figure]:
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

    # -- one figure --

    def _clause(self, figure: Figure, previous: int) -> _Clause:
        text, start = self.text, previous
        mark = self._last_list_mark(start, figure.start)
        if mark is not None:
            start = mark
        sentence = self._sentence_start(figure.start)
        near_start = self._clause_start(figure.start, start)
        end = figure.start - (text[max(0, figure.start - 1)] in "-+" and figure.start > start)
        new_sentence = previous <= sentence and mark is None
        return _Clause(
            figure, start, near_start, text[near_start:end], text[max(sentence, start) : end], new_sentence, mark is not None
        )

    def _figure(self, clause: _Clause) -> None:
        figure, state = clause.figure, self.state
        self._close_brackets(figure.start)
        if clause.listed:
            state.whole = None
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
        if dealt := self.dealt.get(figure.start):
            subject = dealt[0] or state.subject or Subject(self.grammar.default)
            self._state(figure, subject, self._measure(figure, dealt[1], dealt[1]))
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
                self._reason(clause, reason)
                return
            state.left_reason = figure.start
        if mention is None and measure.name == "amount":
            if not self.statements and self._part_default():
                self._state(figure, Subject(self._part_default()), measure)
                return
            if self._in_purpose(figure.start):
                self._part(figure, clause.near, carry=False)
                return
        self._note_whole(clause, mention)
        unknown = self._unknown_noun(clause, mention)
        if mention is not None:
            if unknown and measure.name == "amount" and mention.subject.stem in PART_OF:
                state.part_of = mention.subject.stem
                self._part(figure, unknown)
                return
            self._state(figure, self._placed(mention), measure)
        elif unknown and measure.name == "change" and not clause.listed:
            self._emit(REASON, figure, None, clean(unknown), measure.sign, baseline=state.baseline.year)
        elif unknown and measure.name in ("amount", "change", "bare_rate"):
            self._part(figure, unknown)
        else:
            self._state(figure, self._carried(clause, measure), measure)

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
        sentence = self._sentence_start(clause.figure.start)
        found = baseline_of(self.text[sentence : clause.figure.start], self.kind, self.year)
        if found is not None:
            self.state.baseline = found
        elif clause.new_sentence or clause.listed:
            self.state.baseline = Baseline()

    def _measure(self, figure: Figure, near: str, span: str) -> Measure:
        return measure_of(figure, near, span, self.kind, self.year, self.state.change)

    def _state(self, figure: Figure, subject: Subject, measure: Measure) -> None:
        """Emit the figure as a measure of a subject, and carry the subject on."""
        state, stem = self.state, subject.stem
        state.subject = subject
        if stem in PART_OF:
            state.part_of = stem
        concept = self._concept(stem, measure.name)
        label = subject.text or None
        baseline = None
        if measure.is_change and state.baseline.budget:
            label = f"{label or ''}比预算"
        elif measure.is_change:
            baseline = state.baseline.year or self.year - 1
        doubt = "path" if subject.unresolved else "sign" if measure.open_sign else None
        sign = measure.sign if measure.is_change else 1
        self._emit(concept, figure, subject.code, label, sign, baseline=baseline, doubt=doubt)
        state.change = 0 if measure.name != "change" else -1 if self.statements[-1].value < 0 else 1

    def _concept(self, stem: str, measure: str) -> str:
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
        if concept is None and measure in _PLANS:
            concept = concept_of(stem, "amount")
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
        self.state.change = 0
        self.statements.append(
            Statement(concept, code, subject or None, value, figure.unit, baseline, figure.start, figure, doubt)
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
        for mention in reversed(self.mentions[: bisect_right(self.mention_starts, position - 1)]):
            if mention.start < clause.start:
                return None
            if mention.end > position or mention.start >= base:
                continue
            away = mention.start < clause.near_start
            if away and (self._in_purpose(mention.start) or self._reason_at(mention.start)):
                continue
            if not self._is_compared(mention.start):
                return mention
        return None

    def _is_compared(self, start: int) -> bool:
        """Whether a subject stands inside 比…/较…/与…相比 (what is compared with, not what is spoken of)."""
        before = self.text[self._clause_start(start, 0) : start]
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
        item = mention is None and clause.near_start in self.list_marks and self.state.part_of in PART_OF
        return named if item and len(HAN.findall(named)) >= 4 and named[-1] not in "为是" else ""

    def _part_default(self) -> str:
        return self.grammar.part_defaults.get(self.passage.part, "")

    def _part(self, figure: Figure, words: str, carry: bool = True) -> None:
        """A figure with a name that no pattern knows: a part of the whole, or unclassified."""
        name = clean(words)
        concept = PART_OF.get(self.state.part_of or "")
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
            words = self.text[self._clause_start(figure.start, 0, _LONG_STOPS) : figure.start]
            concept = three_public_count(figure, clause.near, clause.span, words, stem, after)
        if concept == NO_CONCEPT and (bodies := unit_count(clause.near, after)) is not None:
            concept, label = "scope.unit_count", bodies
        if concept != NO_CONCEPT:
            self._emit(concept, figure, None, label)
            self.state.subject = mention.subject if mention else self.state.subject
            return
        change = CHANGE.search(clause.near)
        reason = self._reason_at(figure.start)
        if reason and change:
            sign, year = SIGN[change.group("word")], self.state.baseline.year
            self._emit(REASON, figure, None, what_changed(clause.near[: change.start()]), sign, baseline=year)
        elif reason or self._in_purpose(figure.start):
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
            self._emit("assets.value", figure, None, clean(clause.near) or (subject.text if subject else None))
        elif figure.unit not in ("辆", "台", "个"):
            return False
        elif DISPOSED.search(clause.span):
            self._emit(UNCLASSIFIED, figure, None, clean(clause.near))
        else:
            known = subject is not None and subject.stem.startswith("assets")
            self._state(figure, subject if known and subject else Subject("assets.vehicles"), Measure("amount"))
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
        for span in self.reasons:
            if span[0] > position:
                break
            if position < span[2]:
                found = span
        if found is not None and self.state.left_reason > found[0]:
            begins = self.text[self._clause_start(position, found[1]) :][:4]
            return found if ORDINAL.match(begins) else None
        return found

    def _in_purpose(self, position: int) -> bool:
        return any(a <= position < b for a, b in self.purposes)

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
            return own is not None and separator in _LONG_STOPS and not self._unknown_noun(clause, mention)
        if mention is None:
            return False
        if measure.name in ("completion_rate", "budget", "final"):
            return True
        if mention.start < here or CHANGE_INSIDE.search(near):
            return False
        return separator in "；;：:" and not HAN.search(LIST_MARK.sub("", near[: mention.start - here]))

    def _reason(self, clause: _Clause, reason: tuple[int, int, int]) -> None:
        """What changed, signed by the last word of change in its clause."""
        final = CHANGE.search(clause.near)
        begin = max(reason[0], self._clause_start(clause.figure.start, 0, _LONG_STOPS))
        words = list(CHANGE_INSIDE.finditer(self.text, begin, clause.figure.start))
        last = final or (words[-1] if words else None)
        sign = SIGN.get(last.group("word"), 1) if last else 1
        noun = clause.near[: final.start()] if final else clause.near
        self._emit(REASON, clause.figure, None, what_changed(noun), sign, baseline=self.state.baseline.year)

    # -- nothing spent --

    def _nothing_spent(self) -> None:
        """1.无因公出国（境）费支出；: a zero for that very item, if no figure of it is stated."""
        stated = {s.concept for s in self.statements}
        marks = [*self.list_marks, len(self.text)]
        for begin, end in zip(marks, marks[1:], strict=False):
            first = re.split(r"[。；;\n，]", self.text[begin:end], maxsplit=1)[0]
            words = ITEM_NAME.sub("", LIST_MARK.sub("", first))
            if not NOTHING.match(words) or re.search(r"\d", re.sub(r"20\d\d年", "", words)):
                continue
            named = [m.subject for m in self.mentions if begin <= m.start < begin + len(first)]
            if len({subject.stem for subject in named}) != 1 or named[0].stem == "three_public":
                continue
            concept = concept_of(named[0].stem, "budget" if self.kind == "budget" else "amount")
            if concept is not None and concept not in stated:
                self.statements.append(Statement(concept, None, named[0].text, Decimal(0), "万元", None, begin))

    # -- places --

    def _sentence_end(self, position: int) -> int:
        index = bisect_right(self.sentence_ends, position)
        return self.sentence_ends[index] if index < len(self.sentence_ends) else len(self.text)

    def _sentence_start(self, position: int) -> int:
        index = bisect_right(self.sentence_ends, position)
        return self.sentence_ends[index - 1] if index else 0

    def _last_list_mark(self, start: int, end: int) -> int | None:
        index = bisect_right(self.list_marks, end)
        return self.list_marks[index - 1] if index and self.list_marks[index - 1] >= start else None

    def _close_brackets(self, position: int) -> None:
        """What stands in brackets does not change what the sentence speaks of after them."""
        state = self.state
        while state.brackets and position >= state.brackets[-1][0]:
            _, state.subject, state.part_of = state.brackets.pop()
        open_ends = {closing for closing, *_ in state.brackets}
        for start, end in self.brackets:
            if start < position < end and end not in open_ends:
                state.brackets.append((end, state.subject, state.part_of))

    def _clause_start(self, position: int, least: int, stops: str = _CLAUSE_STOPS) -> int:
        """The start of the clause that ends at ``position``, not before ``least``."""
        best = max((self.text.rfind(stop, least, position) for stop in stops), default=-1) + 1
        best = max(best, least)
        if stops != _CLAUSE_STOPS:
            return best
        # 、 separates items, except in 收、支 and 收入、支出.
        comma = self.text.rfind("、", best, position)
        while comma >= 0:
            if not (self.text[max(0, comma - 1)] in "收入" and self.text[comma + 1 : comma + 2] == "支"):
                return comma + 1
            comma = self.text.rfind("、", best, comma)
        return best


_ONLY_COUNTS = re.compile(
    r"^(?:根据[^，]*，)?(?:(?:我|本)?(?:部门|单位)(?:[（(]单位[）)])?(?:组织)?)?(?:组织|对|共|共计|共?涉及|选取|项目|共有|的)*$"
)

__all__ = ["Statement", "Subject", "read_passage"]
