"""Of what a figure is: the subject named last, a part without a name that is known, or the reason of a change."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import replace

from pipelines.extract.narrative.bound import Bound
from pipelines.extract.narrative.figures import (
    PrintedFigure,
)
from pipelines.extract.narrative.grammar import (
    FILLER,
    PART_OF,
    REASON,
    UNCLASSIFIED,
)
from pipelines.extract.narrative.measures import Measure, baseline_of
from pipelines.extract.narrative.statement import (
    Clause,
)
from pipelines.extract.narrative.survey import LONG_STOPS, Mention, Subject
from pipelines.extract.narrative.words import (
    CHANGE,
    CHANGE_INSIDE,
    COMPARE,
    COMPARED,
    HAN,
    INSTITUTION,
    LIST_MARK,
    ORDINAL,
    SIGN,
    clean,
    what_changed,
)


class Reasons(Bound):
    """Finds the subject of a figure, and tells reasons from it."""

    def _mention(self, clause: Clause, measure: Measure | None = None) -> Mention | None:
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

    def _unknown_noun(self, clause: Clause, mention: Mention | None) -> str:
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

    def _part(self, figure: PrintedFigure, words: str, carry: bool = True) -> None:
        """A figure with a name that no pattern knows: a part of the whole, or unclassified."""
        name = clean(words)
        concept = PART_OF.get(self.state.part_of or "") if figure.unit != "%" else UNCLASSIFIED
        self._emit(concept or self.grammar.unknown, figure, None, name)
        if carry:
            self.state.subject = Subject(concept or "", name)

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
        self, reason: tuple[int, int, int], clause: Clause, mention: Mention | None, measure: Measure
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
            # …的主要原因是……；与上年决算数25万元相比
            compared = COMPARE.match(near) is not None and measure.name in ("last_year", "budget", "adjusted_budget")
            return compared and separator in LONG_STOPS
        if measure.name in ("completion_rate", "budget", "final"):
            return True
        if mention.start < here or CHANGE_INSIDE.search(near):
            return False
        before = FILLER.sub("", LIST_MARK.sub("", near[: mention.start - here]))
        return separator in "；;：:" and not HAN.search(before)

    def _only_compares(self, clause: Clause) -> bool:
        """A change that names nothing but what it is compared with, or follows one that does."""
        own = baseline_of(clause.near, self.kind, self.year) is not None or clause.start == clause.near_start - 1
        return own and not self._unknown_noun(clause, None)

    def _reason(self, clause: Clause, reason: tuple[int, int, int]) -> None:
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


__all__ = ["Reasons"]
