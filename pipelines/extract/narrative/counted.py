"""Figures that are no measure of a subject of the accounts: counts, what is held, what was evaluated."""

from __future__ import annotations

import re

from pipelines.extract.narrative.counts import (
    DISPOSED,
    HELD,
    NO_CONCEPT,
    performance_concept,
    three_public_count,
    unit_count,
)
from pipelines.extract.narrative.figures import (
    COUNTS,
    MONEY,
    Furniture,
)
from pipelines.extract.narrative.grammar import (
    REASON,
    UNCLASSIFIED,
)
from pipelines.extract.narrative.measures import Measure
from pipelines.extract.narrative.reasons import Reasons
from pipelines.extract.narrative.statement import (
    Clause,
)
from pipelines.extract.narrative.survey import LONG_STOPS, Subject
from pipelines.extract.narrative.words import (
    CHANGE,
    KIND_OF_GUESTS,
    OF_THE_SAME,
    PLANNED,
    SIGN,
    clean,
    outside_brackets,
    what_changed,
)

_SOME = "其中"
_OTHER_EVALUATION = re.compile(r"部门评价|重点评价|财政评价|第三方评价|再评价|复评|抽查|(?:运行)?监控|事前评估|绩效目标")
_ONLY_COUNTS = re.compile(
    r"^(?:根据[^，]*，)?(?:(?:我|本)?(?:部门|单位)(?:[（(]单位[）)])?(?:组织)?)?(?:组织|对|共|共计|共?涉及|选取|项目|共有|的)*$"
)


class Counted(Reasons):
    """Reads counts, assets and the results of evaluations."""

    def _price_of_the_same(self, clause: Clause) -> bool:
        """轿车0辆、金额0万元: the price of what was just counted."""
        if clause.near not in OF_THE_SAME or not self.statements or clause.figure.unit not in MONEY:
            return False
        last = self.statements[-1]
        joined = self.text[clause.near_start - 1] in "、，,"
        if last.unit not in COUNTS or not last.concept.endswith((".part", ".count")) or not joined:
            return False
        self._emit(last.concept, clause.figure, None, last.subject)
        return True

    def _count(self, clause: Clause) -> None:
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
            if self._aside(clause, concept):
                self._emit(UNCLASSIFIED, figure, None, label)
                return
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

    def _aside(self, clause: Clause, concept: str) -> bool:
        """A count that says more of another one (300人次（含陪餐人员50人次）), its change, or why two of them differ."""
        if concept == NO_CONCEPT or "foreign" in concept:
            return False
        if CHANGE.search(clause.near):
            return True  # 比上年减少2批次
        start = clause.figure.start
        if any(a < start < b and re.match(r"[（(](?:含|其中|包括)", self.text[a:b]) for a, b in self.at.brackets):
            return True
        named = HELD.search(clause.near) is not None or self._mention(clause) is not None
        return not named and self._reason_at(start) is not None

    def _asset(self, clause: Clause) -> bool:
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
        elif DISPOSED.search(clause.span) or CHANGE.search(clause.near):
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

    def _performance(self, clause: Clause) -> bool:
        figure = clause.figure
        after = self.text[figure.end : figure.end + 16]
        concept = performance_concept(figure, clause.near, clause.span, after)
        if figure.unit == "%" and self.statements and (self.statements[-1].subject or "").startswith(_SOME):
            self._emit(UNCLASSIFIED, figure, None, clean(clause.near))  # some of the projects: the words do not say of what
            return True
        if concept is None:
            return False
        label: str | None = _ONLY_COUNTS.sub("", clean(clause.near)) or None
        if concept == NO_CONCEPT:
            self.furniture.append(Furniture(figure.start, figure.token, "points of an indicator"))
            return True
        among = _SOME in self.text[clause.start : figure.start]
        if concept == "performance.amount":
            label = self._evaluated(clause)
        elif concept == "performance.share_of_project_expenditure":
            label = None
        elif concept == "performance.project_count" and label in (None, "一级项目") and (among or (other := self._other_evaluation(clause))):
            # 其中一级项目2个, 对2个项目开展重点评价: not all the projects that evaluate themselves.
            label = _SOME + (label or "项目") if among else other
        elif concept == "performance.project_count" and label is None and after.startswith("一级"):
            label = "一级项目"
        self._emit(concept, figure, None, label)
        return True

    def _other_evaluation(self, clause: Clause) -> str:
        """What else than a self-evaluation the words around a number of projects speak of."""
        start = self.at.clause_start(clause.figure.start, self.at.sentence_start(clause.figure.start), "；;。\n")
        end = re.search(r"[，；;。\n]|$", self.text[clause.figure.end :])
        said = self.text[start : clause.figure.end + (end.start() if end else 0)]
        found = _OTHER_EVALUATION.search(said) if "自评" not in said else None
        return found.group() if found else ""

    def _evaluated(self, clause: Clause) -> str | None:
        """What an amount under evaluation is of: the overall expenditure, or the projects just counted."""
        if self.passage.part == "overall" or "整体支出" in clause.span:
            return "整体支出"
        last = self.statements[-1] if self.statements else None
        if last is None or last.concept != "performance.project_count":
            return None
        return None if "。" in self.text[last.start : clause.figure.start] else last.subject


__all__ = ["Counted"]
