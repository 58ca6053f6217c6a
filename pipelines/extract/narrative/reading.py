"""A passage → its statements: which concept each figure states, of which item, with which sign.

The words before a figure say what is measured (增加, 占, 完成…的, 年初预算为); the subject named last says of
what. Both are carried on: a change belongs to the total named before it, a figure without a name of its own to
the item of its paragraph. What no pattern knows is kept as a part of its whole or as ``unclassified``.

No sums here: a figure is never given a meaning because it would add up.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise

from pipelines.extract.narrative.binding import contains, strangers
from pipelines.extract.narrative.counted import Counted
from pipelines.extract.narrative.figures import (
    BETWEEN_NUMBERS,
    COUNTS,
    Furniture,
    PrintedFigure,
    find_figures,
)
from pipelines.extract.narrative.grammar import (
    PART_OF,
    REASON,
    UNCLASSIFIED,
    concept_of,
    section_grammar,
)
from pipelines.extract.narrative.measures import Baseline, Measure, baseline_of
from pipelines.extract.narrative.nothing import nothing
from pipelines.extract.narrative.passages import Passage
from pipelines.extract.narrative.paths import PathResolver
from pipelines.extract.narrative.statement import (
    GENERAL_TOTALS,
    ITEM_PART,
    OF_GENERAL,
    Clause,
    Statement,
)
from pipelines.extract.narrative.survey import LONG_STOPS, Mention, Subject, Survey
from pipelines.extract.narrative.words import (
    AMONG,
    BOTH_SIDES,
    ITEM_HEAD,
    ITEM_NAME,
    LIST_MARK,
    NOTHING,
    NOTHING_AT_ALL,
    PROJECT_SUMMARY,
    SIDE_NAMES,
    TOTAL_OF_ALL,
    clean,
    only_side,
)


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


class _Reader(Counted):
    """Goes through the figures of one passage."""

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
        """``收、支各减少A、B万元``: two figures of one list that differ are those of its two sides, in their order.

        收、支总计各是A、B: the two sides of one account, which must be equal, stay one subject. Where no two sides are
        named, which figure is whose stays open.
        """
        for one, other in pairwise(s for s in self.statements if s.figure is not None):
            assert one.figure is not None
            same = (one.concept, one.function_code) == (other.concept, other.function_code)
            dealt = {only_side(one.subject), only_side(other.subject)} == {"收", "支"}
            if not same or dealt or one.value == other.value or not BETWEEN_NUMBERS.fullmatch(self.text[one.figure.end : other.start]):
                continue
            sides = BOTH_SIDES.search(one.subject or "") if one.subject == other.subject else None
            if sides is None and one.concept != "summary.total":
                for statement in (one, other):
                    statement.concept, statement.function_code = UNCLASSIFIED, None
            elif sides is not None and not one.concept.endswith("total"):
                for statement, side in ((one, sides["first"]), (other, sides["second"])):
                    statement.subject = SIDE_NAMES[side] + sides["of"]

    def _parts_of_the_general_budget(self) -> None:
        """``一般公共预算安排支出 x，其中：基本支出 y，项目支出 z``: the parts belong to that whole, not to all expenditure."""
        whole: Statement | None = None
        for statement in self.statements:
            if statement.concept == "budget.general.total":
                whole = statement
            elif whole is not None and statement.concept in OF_GENERAL:
                between = self.text[whole.start : statement.start]
                if "其中" in between and "。" not in between:
                    statement.concept = OF_GENERAL[statement.concept]

    def _funds_of_the_appropriation(self) -> None:
        """``财政拨款支出 x，其中：一般公共预算拨款支出 y``: x is what all the funds spend."""
        before: Statement | None = None
        for statement in self.statements:
            if statement.concept not in GENERAL_TOTALS or statement.figure is None:
                continue
            if before is not None and "公共" in (statement.subject or "") and before.value != statement.value:
                between = self.text[before.start : statement.start]
                if "其中" in between and "。" not in between:
                    before.concept = GENERAL_TOTALS[before.concept]
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

    def _clause(self, figure: PrintedFigure, previous: int) -> Clause:
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
        return Clause(
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

    def _figure(self, clause: Clause) -> None:
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
        if figure.start < state.scoped_to and not clause.listed:
            self._emit(UNCLASSIFIED, figure, None, clean(clause.near))
            return
        self._sentence(clause)

    def _sentence(self, clause: Clause) -> None:
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
                state.subject = Subject("", mention.subject.text)
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
        else:
            self._without_a_name(clause, measure)

    def _without_a_name(self, clause: Clause, measure: Measure) -> None:
        """A figure that names nothing: of what was named before, unless the words around it begin something else."""
        if not measure.is_change and measure.name not in ("share", "completion_rate") and self._names_a_total(clause):
            self._leave_open(Subject(""), measure)
        elif name := self._name_of_a_list_item(clause):
            self._emit(UNCLASSIFIED, clause.figure, None, name)
            self.state.subject = Subject("", name)
        else:
            self._state(clause.figure, self._carried(clause, measure), measure)

    def _follows_an_open_change(self, clause: Clause) -> bool:
        """增加3万元，增长5% where it is open what the 3万元 are of."""
        alone = not clause.new_sentence and not clause.listed and clause.start in (clause.near_start, clause.near_start - 1)
        return self.state.open_change and alone and baseline_of(clause.near, self.kind, self.year) is None

    def _among(self, clause: Clause) -> re.Match[str] | None:
        """其中 before the figure; a heading that ends in 具体情况。 opens no list of what was named before it."""
        stop = self.text.rfind("。", clause.start, clause.figure.start) + 1
        return AMONG.search(self.text, max(clause.start, stop), clause.figure.start)

    def _of_whole_or_part(self, clause: Clause) -> bool:
        """甲12万元，其中：乙3万元；与上年相比减少2万元: of 甲 or of 乙, the words do not say."""
        carried, whole = self.state.subject, self.state.whole
        if clause.new_sentence or clause.listed or carried is None or whole is None or carried == whole:
            return False
        apart = clause.near_start > 0 and self.text[clause.near_start - 1] in LONG_STOPS
        compared = baseline_of(clause.near, self.kind, self.year) is not None
        return compared and apart or (compared or self.statements[-1].concept == UNCLASSIFIED) and self._behind_a_row()

    def _name_of_a_list_item(self, clause: Clause) -> str:
        """``2.行政运转。年初预算为100万元``: what follows is of that item, known or not, and not of what was named before."""
        mark = self.at.last_list_mark(clause.start, clause.figure.start) if clause.listed else None
        if mark is None:
            return ""
        head = ITEM_HEAD.match(self.text, mark, clause.figure.start)
        return head["name"] if head is not None and head.end() <= clause.near_start else ""

    def _behind_a_row(self) -> bool:
        """其中：乙3万元、丙2万元，较上年减少…: behind a row of parts, and not behind one of them."""
        named = [s for s in self.statements if s.figure is not None and s.concept != UNCLASSIFIED][-2:]
        if len(named) < 2 or named[0].figure is None:
            return False
        return self.text[named[0].figure.end : named[1].start].startswith(("、", "和", "及", "与", "以及"))

    def _names_a_total(self, clause: Clause) -> bool:
        """本年支出 where the section speaks of income: a total that is no subject of the section is not what was carried."""
        named = TOTAL_OF_ALL.search(clause.near)
        carried = self.state.subject
        if carried is None or carried.code:
            return False
        if "收入" in carried.text and "支" not in carried.text and "支出" in clause.near:
            return True  # …收入年初预算为…；支出年初预算为…
        return named is not None and named.group() not in carried.text

    def _of_an_item(self, clause: Clause, mention: Mention) -> bool:
        """…（项）580万元，其中：基本支出500万元: the item's own, not the report's."""
        state = self.state
        if clause.new_sentence or clause.listed:
            state.item = None
        if self._among(clause):
            carried = state.subject
            state.item = carried if carried is not None and (carried.code or carried.stem.endswith("item")) else state.item
        if mention.subject.code:
            state.item = None
        return state.item is not None

    def _carried(self, clause: Clause, measure: Measure) -> Subject:
        """The subject of a figure that names none."""
        state = self.state
        if clause.new_sentence and measure.is_change and state.whole is not None:
            return state.whole
        return state.subject or Subject(self._part_default() or self.grammar.default)

    def _note_whole(self, clause: Clause, mention: Mention | None) -> None:
        state = self.state
        among = self._among(clause)
        if among and state.subject is not None and not (mention is not None and mention.start < among.end()):
            state.whole = state.whole or state.subject
        elif mention is not None and clause.new_sentence and not among:
            state.whole = None

    def _note_baseline(self, clause: Clause) -> None:
        sentence = self.at.sentence_start(clause.figure.start)
        found = baseline_of(self.text[sentence : clause.figure.start], self.kind, self.year)
        if found is not None:
            self.state.baseline = found
        elif clause.new_sentence or clause.listed:
            self.state.baseline = Baseline()

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


__all__ = ["Statement", "Subject", "read_passage"]
