"""A passage → its statements: which concept each figure states, of which item, with which sign.

The words before a figure say what is measured (增加, 占, 完成…的, 年初预算为); the subject named last says of
what. Both are carried on: a change belongs to the total named before it, a figure without a name of its own to
the item of its paragraph. What no pattern knows is kept as a part of its whole or as ``unclassified``.

No sums here: a figure is never given a meaning because it would add up.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field, replace
from decimal import Decimal

from pipelines.extract.codes import economic_codes, plain
from pipelines.extract.narrative.figures import COUNTS, MONEY, Figure, Furniture, find_figures
from pipelines.extract.narrative.grammar import (
    DOWN,
    FILLER,
    PART_OF,
    REASON,
    UNCLASSIFIED,
    UP,
    Section,
    concept_of,
    section_grammar,
)
from pipelines.extract.narrative.passages import Passage
from pipelines.extract.narrative.paths import ItemPath, PathResolver, find_paths


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


@dataclass(slots=True, frozen=True)
class Subject:
    """What the sentence speaks of: a stem of the grammar, a functional code, the words as printed."""

    stem: str
    text: str = ""
    code: str | None = None
    unresolved: bool = False
    klass: bool = False
    """A 类: with an amount or a share it is a class of the structure, with a budget or a final an item."""


@dataclass(slots=True)
class _State:
    """What is carried from figure to figure."""

    subject: Subject | None = None
    whole: Subject | None = None
    """The subject before 其中: a change at the start of the next sentence is its, not the last part's."""
    part_of: str | None = None
    compare: int | None = None
    against_budget: bool = False
    planned: bool = False
    economy: bool = False
    measure: str = "amount"
    items: bool = False
    stated: set[str] = field(default_factory=set)
    outside: list[tuple[int, Subject | None, str | None]] = field(default_factory=list)
    """Per open bracket: where it closes, and the subject and whole to go back to there."""


_UP_DOWN = {word: 1 for word in UP} | {word: -1 for word in DOWN}
_WORDS = "|".join(sorted(_UP_DOWN, key=len, reverse=True))
_CHANGE = re.compile(
    rf"(?P<word>{_WORDS})(?P<other>[（(/或]+(?:{_WORDS})[）)]?)?(?:了|额|数|率|幅度?|比例|比率|支出|金额|资金)*(?:分别)?(?:为|约为|约|达到|达|近|是|[:：])?$"
)
_CHANGE_INSIDE = re.compile(rf"(?P<word>{'|'.join(w for w in sorted(_UP_DOWN, key=len, reverse=True) if len(w) > 1)}|新增)")
_SHARE = re.compile(r"占|比重|比例为?$")
_COMPLETION = re.compile(r"完成|执行率|完成率|执行进度|支出进度|预算的$|预算数的$|的比[例率]为?$")
_BUDGET = re.compile(r"(?:预算|计划)(?:批复|安排|下达)?(?:支出)?(?:总?[数额]|总计|金额|合计)?(?:分别)?(?:均)?(?:为|是|共计|合计|约|[:：])*$")
_ADJUSTED = re.compile(r"(?:调整后?|全年|调剂后|调整后的)(?:的)?(?:支出)?预算(?:总?[数额])?(?:为|是|[:：])*$|预算调整数为?$|(?<=，)总计$")
_ADDED = re.compile(r"追[加减](?:了|的)?[^，。；]{0,6}(?:预算|指标)(?:资金|拨款|[数额])?(?:为)?$|追[加减]了?$")
_FINAL = re.compile(r"(?:决算|执行)(?:支出)?(?:总?[数额]|总计|金额|合计)?(?:分别)?(?:均)?(?:为|是|共计|合计|约|[:：])*$|实际(?:支出|执行)(?:数)?为?$")
_LAST_YEAR = re.compile(r"^[^，。；]{0,8}(?:上年度?|去年|上一年度?)(?:同期)?[^，。；]{0,14}?(?:决算数?|预算数?|执行数?|支出数?|收入数?|总额|数)?(?:为|是)?$")
_BASE_FIGURE = re.compile(r"(?:比|较|与|同)(?:于)?(?P<base>(?:(?P<year>20\d\d)年度?|上年度?|去年|上一年度?)[^，。；]{0,24}?)(?:的|为)?$")
_COMPARE = re.compile(
    r"(?:比|较|与|同|跟|对比|相比)(?:于)?[^，。；\d]{0,6}?(?:(?P<year>20\d\d)年度?|(?P<last>上年|上一年|去年|同期))?(?P<base>[^，。；\d]{0,30}?)"
    r"(?=相比|对比|比较|，|各|均|增|减|下降|上升|提高|降|多|少|持平|有所|基本|的|[\d]|$)"
)
_BUDGET_BASE = re.compile(r"预算")
_AMONG = re.compile(r"其中|包括[:：]|包含[:：]|分别是[:：]|具体(?:情况|如下)")
_REASON = re.compile(
    r"(?:主要)?(?:的)?(?:主要)?原因(?:主要)?(?:分析)?(?:如下)?(?:是|为|系|有|在于|包括|[:：]|一|1)|主要(?:是|系)?(?:由于|因为?(?!公))|主要[是系](?!用于|支付|保障|为了?保障)|系因|是由于|原因[:：]"
)
_PURPOSE = re.compile(r"(?:主要)?用于(?!以下|下列|如下|[:：]?\n?(?:[（(]?[\d一二]{1,2}[）)、.．]|①))|主要包括|主要成效|主要反映|开支内容|主要产出|主要(?:是|为)(?=用于|支付|保障)")
_SENTENCE = re.compile(r"。|\n")
_ORDINAL = re.compile(r"^(?:[一二三四五六七八九十]是|其[一二三四五]|第[一二三四五]|[（(][1-9一二三四五][）)]|[1-9][.．、]|另外|此外|同时|[①-⑳])")
_ENUMERATOR = re.compile(
    r"(?:(?<=\n)|^)(?:[（(][一二三四五六七八九十]{1,3}[）)]|\d{1,2}[.．、]+(?=\D)|[（(]\d{1,2}[）)])"
    r"|(?<=[。；：:;，、于下])(?:[（(]\d{1,2}[）)]|[①-⑳]|\d{1,2}[.．、](?=[\u4e00-\u9fff“]))|[①-⑳]|(?<=于)[（(]1[）)]"
)
_BRACKET = re.compile(r"[（(][^（）()\n]*?\d(?:[^（）()\n]|[（(][^（）()\n]{0,12}[）)])*[）)]")
_LIST_MARK = re.compile(r"^(?:[（(]?[\d一二三四五六七八九十]{1,3}[）).．、]+|[①-⑳]|[一二三四五六七八九十]是|其中|主要|是|用于|包括|包含|，|、|:|：|和|与|及|以及|还有|又|中)+")
_HAN = re.compile(r"[\u4e00-\u9fffA-Za-z]")
_NONE = re.compile(r"^(?:本(?:年度?|部门|单位))*(?:20\d\d年度?)?(?:无|没有|未发生|未安排|未支出)")
_PLANNED = re.compile(r"(?:预算)?(?:安排|计划|拟|新增|更新)(?:购置|购买|采购|配备|新增|更新)|购置(?:车辆|单)")
_RESPECTIVELY = re.compile(r"分别(?:为|是|完成|支出|增加|减少|增长|下降|[:：])")
_BETWEEN = re.compile(r"[、，,]?(?:和|及|与|以及)?")
_NEUTRAL = re.compile(rf"为|是|各|约|{_WORDS}|了|占|完成|达|支出|[:：]")
_UNIT_COUNT = re.compile(r"^(?:个|家)(?:[^，。；\d]{0,10})(?:部门|单位|预算单位|事业单位|二级)")
_COUNTED = re.compile(r"^(?:根据[^，]*，)?(?:(?:我|本)?(?:部门|单位)(?:[（(]单位[）)])?(?:组织)?)?(?:对|共|共计|共?涉及|选取|项目|共有|的)*$")
_VEHICLE_TYPE = re.compile(r"轿车|越野车|载客|客车|货车|载货|摩托|特种车|其[他它]车")
_OF_THE_SAME = frozenset({"金额", "计", "共计", "价值", "合计金额", "支出"})
_FOREIGN = re.compile(r"外宾|外事|国[（(]?境?[）)]?外")
_PROJECT_COUNT = re.compile(r"(?:项目|任务|政策)(?:共计?|共有|总数|数量|数)?$|项目(?:支出)?(?:绩效)?[^，。；\d]{0,8}$")


def read_passage(passage: Passage, kind: str, year: int, resolver: PathResolver) -> tuple[list[Statement], list[Furniture]]:
    """The statements of a passage in the order of the text, and the numbers that state nothing."""
    grammar = section_grammar(kind, passage.section)
    figures, furniture = find_figures(passage.text)
    if grammar is None:
        return [_bare(figure) for figure in figures], furniture
    return _Reader(passage, grammar, kind, year, resolver, figures, furniture).read()


def _bare(figure: Figure) -> Statement:
    return Statement(UNCLASSIFIED, None, None, figure.value, figure.unit, None, figure.start, figure)


class _Reader:
    """Goes through the figures of one passage."""

    def __init__(
        self, passage: Passage, grammar: Section, kind: str, year: int, resolver: PathResolver, figures: list[Figure],
        furniture: list[Furniture],
    ) -> None:  # fmt: skip
        self.text = passage.text
        self.passage, self.grammar, self.kind, self.year, self.resolver = passage, grammar, kind, year, resolver
        self.figures, self.furniture = figures, furniture
        self.state = _State(items=passage.part == "items")
        self.statements: list[Statement] = []

    def read(self) -> tuple[list[Statement], list[Furniture]]:
        text = self.text
        if not self.figures and self.grammar.name != "three_public":
            return [], self.furniture
        self.sentence_ends = [m.end() for m in _SENTENCE.finditer(text)]
        self.enumerators = [m.start() for m in _ENUMERATOR.finditer(text)]
        self.reasons = self._reasons()
        self.purposes = [(m.end(), self._sentence_end(m.end())) for m in _PURPOSE.finditer(text)]
        self.brackets = [(m.start(), m.end()) for m in _BRACKET.finditer(text)]
        self.mentions = self._mentions()
        self.mention_starts = [m[0] for m in self.mentions]
        self.shared_out = self._shared_out()
        stop = self._stop()
        previous = 0
        for figure in self.figures:
            if figure.start >= stop:
                break
            self._figure(figure, previous)
            previous = figure.end
        if self.grammar.name == "three_public":
            self._nothing_spent()
        self.statements.sort(key=lambda s: s.start)
        return self.statements, self.furniture

    def _shared_out(self) -> dict[int, tuple[Subject | None, str]]:
        """A、B、C分别为1万元、2万元、3万元: figure → its subject and the words of the measure."""
        found: dict[int, tuple[Subject | None, str]] = {}
        before: tuple[int, list[Subject]] = (-1, [])
        starts = [f.start for f in self.figures]
        for match in _RESPECTIVELY.finditer(self.text):
            index = bisect_right(starts, match.start())
            row = self.figures[index : index + 1]
            if not row or _HAN.search(_NEUTRAL.sub("", self.text[match.end() : row[0].start])):
                continue
            while index + len(row) < len(self.figures):
                following = self.figures[index + len(row)]
                if not _BETWEEN.fullmatch(self.text[row[-1].end : following.start]) or following.unit != row[0].unit:
                    break
                row.append(following)
            begin = max(self._clause_start(match.start(), 0, stops="。；;：:\n"), self.figures[index - 1].end if index else 0)
            named = [m[2] for m in self.mentions if begin <= m[0] and m[1] <= match.start()]
            if len(row) < 2:
                continue
            sentence = self._sentence_start(match.start())
            if len(named) < len(row) and before[0] == sentence and len(before[1]) == len(row):
                named = before[1]  # …分别为1万元、2万元，分别增长3%、4%
            subjects: list[Subject | None] = [*named[-len(row) :]] if len(named) >= len(row) else [None] * len(row)
            if len(named) >= len(row):
                before = (sentence, named[-len(row) :])
            elif named:
                subjects = [named[-1]] * len(row)
            words = self.text[self._clause_start(match.start(), begin) : row[0].start]
            found |= {f.start: (subject, words) for f, subject in zip(row, subjects, strict=True)}
        return found

    def _stop(self) -> int:
        """Where the part on single projects begins: their figures are read with their forms."""
        if self.passage.section == "performance" and self.passage.part == "projects":
            return self.enumerators[0] if self.enumerators else len(self.text)
        return len(self.text) + 1

    # -- spans --

    def _sentence_end(self, position: int) -> int:
        index = bisect_right(self.sentence_ends, position)
        return self.sentence_ends[index] if index < len(self.sentence_ends) else len(self.text)

    def _sentence_start(self, position: int) -> int:
        index = bisect_right(self.sentence_ends, position)
        return self.sentence_ends[index - 1] if index else 0

    def _reasons(self) -> list[tuple[int, int]]:
        spans = []
        for match in _REASON.finditer(self.text):
            end = self._sentence_end(match.end())
            while end < len(self.text) and re.match(r"[二三四五六]是|其[二三四五]|另外|此外", self.text[end : end + 3]):
                end = self._sentence_end(end)
            if not spans or match.start() >= spans[-1][1]:
                spans.append((match.start(), end))
        return spans

    def _mentions(self) -> list[tuple[int, int, Subject]]:
        """Subjects in order: those of the grammar, item paths, classes and economic names."""
        grammar = self.grammar
        found: list[tuple[int, int, Subject]] = []
        if grammar.path or grammar.klass:
            for path in find_paths(self.text):
                subject = self._path_subject(path)
                if subject is not None:
                    found.append((path.start, path.end, subject))
        if grammar.economy:
            found += self._economy_mentions(found)
        taken = [(a, b) for a, b, _ in found]
        index = 0
        merged = []
        for start, end, stem in grammar.mentions(self.text):
            while index < len(taken) and taken[index][1] <= start:
                index += 1
            if index < len(taken) and taken[index][0] < end:
                continue
            merged.append((start, end, Subject(stem, self.text[start:end])))
        return sorted(found + merged, key=lambda m: m[0])

    def _path_subject(self, path: ItemPath) -> Subject | None:
        bare_name = path.code is None and self.text[path.end - 1] not in ")）" and len(path.names) == 1 and path.depth == 3
        plain_name = bare_name and self.text[path.start : path.end] == path.names[0][1]
        stem = self.grammar.klass if path.depth == 3 else self.grammar.path
        if not stem:
            return None
        code = self.resolver.resolve(path)
        if plain_name and code is None:
            return None
        text = path.text if path.names else self.resolver.name_of(path.code or "")
        return Subject(stem, text, code, code is None, path.depth == 3)

    def _economy_mentions(self, paths: list[tuple[int, int, Subject]]) -> list[tuple[int, int, Subject]]:
        """Names of the economic classification, in a sentence that says it follows it."""
        found = []
        for match in re.finditer(r"(?<!政府)(?:支出)?经济分类", self.text):
            end = min((p for p in self.enumerators if p > match.end() + 60), default=len(self.text))
            for name in _economy_names().finditer(self.text, match.end(), end):
                code = _economy_codes()[name.group()]
                paths[:] = [p for p in paths if p[1] <= name.start() or p[0] >= name.end()]
                found.append((name.start(), name.end(), Subject(self.grammar.economy, f"{code} {name.group()}")))
        return found

    # -- one figure --

    def _figure(self, figure: Figure, previous: int) -> None:
        text, state = self.text, self.state
        start = max(previous, 0)
        self._brackets(figure.start)
        enumerator = self._last_enumerator(start, figure.start)
        if enumerator is not None:
            start = enumerator
            state.whole = None
        sentence = max(self._sentence_start(figure.start), start)
        near_start = self._clause_start(figure.start, start)
        number_start = figure.start - (1 if text[figure.start - 1 : figure.start] in "-+" and figure.start else 0)
        near = text[near_start:number_start]
        span = text[sentence:number_start]
        self._note_comparison(text[max(self._sentence_start(figure.start), 0) : number_start], previous <= sentence)
        if _PLANNED.search(span) and self.grammar.name == "assets":
            state.planned = True
        elif previous <= self._sentence_start(figure.start):
            state.planned = False
        if self.grammar.name == "performance" and self._performance(figure, span, near):
            return
        if figure.unit in COUNTS and self._count(figure, near, span, start):
            return
        if self.grammar.name == "assets" and figure.unit in MONEY:
            self._emit("assets.value", figure, None, _clean(near) or (state.subject.text if state.subject else None))
            return
        if near in _OF_THE_SAME and figure.unit in MONEY and self._last_is(".part", ".count"):
            # 轿车0辆、金额0万元: the price of what was just counted.
            last = self.statements[-1]
            if last.unit in COUNTS and text[near_start - 1 : near_start] in "、，,":
                self._emit(last.concept, figure, None, last.subject)
                return
        if dealt := self.shared_out.get(figure.start):
            measure, sign, doubt = self._measure(figure, dealt[1], dealt[1])
            subject = dealt[0] or state.subject or Subject(self.grammar.default)
            self._state(figure, subject, measure, sign, doubt)
            return
        measure, sign, doubt = self._measure(figure, near, span)
        mention = self._mention(start, figure.start, near_start, measure)
        reason = self._reason_at(figure.start)
        if reason and not self._leaves_reason(reason, near_start, near, mention, measure):
            self._add_reason(figure, near, reason, sign)
            return
        if mention is None and measure == "amount" and not self.statements and (stem := self._part_default()):
            self._state(figure, Subject(stem), measure, sign, doubt)
            return
        if self._in_purpose(figure.start) and mention is None and measure == "amount":
            self._part(figure, near, span, purpose=True)
            return
        among = _AMONG.search(text, start, figure.start)
        if among and state.subject is not None and not self._is_new_sentence_total(among.end(), mention):
            state.whole = state.whole or state.subject
        new_sentence = previous <= self._sentence_start(figure.start) and enumerator is None
        unknown = self._unknown_noun(near, near_start, mention)
        if mention is not None:
            subject = mention[2]
            if unknown and measure == "amount" and self._part(figure, unknown, span, of=subject):
                return
            if new_sentence and not among:
                state.whole = None
            subject = self._placed(subject, mention[1])
        elif unknown and measure in ("amount", "change", "bare_rate"):
            if measure == "change" and not self._enumerated(near_start, start):
                self._emit(REASON, figure, None, _clean(unknown), sign, baseline=state.compare)
                return
            self._part(figure, unknown, span)
            return
        else:
            subject = state.subject or Subject(self._part_default() or self.grammar.default)
            if new_sentence and measure in ("change", "change_rate") and state.whole is not None:
                subject = state.whole
        self._state(figure, subject, measure, sign, doubt)

    def _brackets(self, position: int) -> None:
        """What stands in brackets does not change what the sentence speaks of after them."""
        state = self.state
        while state.outside and position >= state.outside[-1][0]:
            _, state.subject, state.part_of = state.outside.pop()
        for start, end in self.brackets:
            if start < position < end and not any(end == closing for closing, *_ in state.outside):
                state.outside.append((end, state.subject, state.part_of))

    def _state(self, figure: Figure, subject: Subject, measure: str, sign: int, doubt: str | None) -> None:
        """Emit the figure as a measure of a subject, and carry the subject on."""
        state = self.state
        stem = subject.stem
        if measure == "bare_rate":
            measure = "share"
        if self.kind == "budget":
            if stem.startswith("three_public") and measure in ("amount", "adjusted_budget", "final"):
                measure = "budget"
            elif measure in ("budget", "adjusted_budget", "final") and not stem.startswith("three_public"):
                measure = "amount"
        concept = concept_of(stem, measure) if stem else None
        if concept is None and measure in ("budget", "final", "adjusted_budget") and stem:
            concept = concept_of(stem, "amount")
        state.subject, state.measure = subject, measure
        if stem in PART_OF:
            state.part_of = stem
        if self.grammar.name == "assets" and state.planned and concept:
            planned = concept.replace("assets.", "assets.planned.", 1)
            concept = planned if concept_known(planned) else concept
        changes = measure in ("change", "change_rate")
        against = changes and state.against_budget
        label = subject.text or None
        if against:
            label = f"{label or ''}比预算".strip()
        self._emit(
            concept or UNCLASSIFIED, figure, subject.code, label, sign if changes else 1,
            baseline=None if not changes or against else state.compare or self.year - 1,
            doubt="path" if subject.unresolved else doubt,
        )  # fmt: skip

    def _emit(
        self, concept: str, figure: Figure, code: str | None, subject: str | None, sign: int = 1, *, baseline: int | None = None,
        doubt: str | None = None,
    ) -> None:  # fmt: skip
        value = figure.value
        if sign < 0:
            value = -abs(value)
        self.statements.append(
            Statement(concept, code, subject or None, value, figure.unit, baseline, figure.start, figure, doubt)
        )
        self.state.stated.add(concept)

    def _last_is(self, *endings: str) -> bool:
        return bool(self.statements) and self.statements[-1].concept.endswith(endings)

    # -- what is measured --

    def _measure(self, figure: Figure, near: str, span: str) -> tuple[str, int, str | None]:
        """(measure, sign, doubt) from the words before the figure."""
        percent = figure.unit == "%"
        if percent and figure.printed_unit not in ("倍",):
            if _SHARE.search(near) and (self.kind == "budget" or not _COMPLETION.search(near[near.rfind("占") :])):
                return "share", 1, None
            if _COMPLETION.search(near):
                return "completion_rate", 1, None
        if match := _CHANGE.search(near):
            return self._change(figure, match)
        if percent:
            if self.state.measure == "change":
                last = self.statements[-1] if self.statements else None
                return "change_rate", -1 if last is not None and last.value < 0 else 1, None
            return "bare_rate", 1, None
        if _ADDED.search(near):
            return "added_budget", 1, None
        if _ADJUSTED.search(span):
            return "adjusted_budget", 1, None
        if self._last_year(near):
            return "last_year", 1, None
        if base := _BASE_FIGURE.search(near):
            this_year = base.group("year") and int(base.group("year")) >= self.year
            return "budget" if this_year and "预算" in base.group("base") else "last_year", 1, None
        if _FINAL.search(near):
            return "final", 1, None
        if _BUDGET.search(near):
            return "budget", 1, None
        return "amount", 1, None

    def _change(self, figure: Figure, match: re.Match[str]) -> tuple[str, int, str | None]:
        measure = "change_rate" if figure.unit == "%" else "change"
        sign = _UP_DOWN[match.group("word")]
        doubt = "sign" if match.group("other") and figure.value > 0 else None
        if match.group("other"):
            sign = 1
        return measure, sign, doubt

    def _last_year(self, near: str) -> bool:
        if _LAST_YEAR.match(near):
            return not re.search(r"结转|结余", near)
        year = re.search(rf"{self.year - 1}年度?(?:预算)?(?:决算|执行)(?:数)?(?:为|是)?$", near)
        return bool(year)

    def _note_comparison(self, sentence: str, fresh: bool) -> None:
        """Which year a change is measured against: the last comparison of the sentence."""
        state = self.state
        last = None
        for match in _COMPARE.finditer(sentence):
            if match.group("year") or match.group("last") or _BUDGET_BASE.search(match.group("base")):
                last = match
        if last is None:
            if fresh:
                state.compare, state.against_budget = None, False
            return
        if last.group("year"):
            named = int(last.group("year"))
            # 比2024年度预算数 in the report on 2024: against the plan of the same year, no other year.
            state.against_budget = named == self.year and self.kind == "final"
            state.compare = None if state.against_budget else named
        elif last.group("last"):
            state.compare, state.against_budget = self.year - 1, False
        else:
            state.compare, state.against_budget = None, self.kind == "final"

    # -- of what --

    def _mention(
        self, start: int, position: int, near_start: int, measure: str
    ) -> tuple[int, int, Subject] | None:
        """The last subject named since the previous figure that is not part of a comparison or a description."""
        index = bisect_right(self.mention_starts, position - 1)
        share_base = self.text.rfind("占", near_start, position) if measure == "share" else -1
        done_base = self._done_base(near_start, position) if measure == "completion_rate" else -1
        for first, end, subject in reversed(self.mentions[:index]):
            if first < start:
                return None
            if end > position:
                continue
            if share_base >= 0 and first > share_base or done_base >= 0 and first >= done_base:
                continue
            adjacent = first >= near_start
            if not adjacent and (self._in_purpose(first) or self._reason_at(first)):
                continue
            if self._compared(first, position):
                continue
            return first, end, subject
        return None

    def _done_base(self, near_start: int, position: int) -> int:
        found = self.text.find("完成", near_start, position)
        return found

    def _compared(self, start: int, position: int) -> bool:
        """Whether a subject stands inside 比…/较…/与…相比 (what is compared with, not what is spoken of)."""
        clause = self._clause_start(start, 0)
        before = self.text[clause:start]
        opening = max(before.rfind(w) for w in ("比", "较", "与", "同"))
        if opening < 0 or before[opening:].startswith(("与及", "同时")):
            return False
        if before[max(0, opening - 1) : opening + 1] in ("相比", "对比", "相较", "占比"):
            return False
        between = before[opening + 1 :]
        return bool(re.match(r"(?:20\d\d年|上年|去年|上一年|年初|同期|全年|当年|预算|本年)", between))

    def _placed(self, subject: Subject, end: int) -> Subject:
        """What a 类 means where it stands: under 项目支出主要用于 it is a part of that."""
        state = self.state
        if subject.klass and subject.stem == "general_budget.class" and state.part_of == "general_budget.project":
            if self.text[end : end + 1] not in "。：:，":
                return replace(subject, stem="general_budget.project_part")
            state.part_of = None
        return subject

    def _unknown_noun(self, near: str, near_start: int, mention: tuple[int, int, Subject] | None) -> str:
        """The words of the clause that no pattern knows; empty if all of it is known or filler."""
        rest = near
        if mention is not None and mention[0] >= near_start:
            rest = near[mention[1] - near_start :]
        change = _CHANGE.search(rest)
        if change:
            rest = rest[: change.start()]
        rest = _COMPARE.sub("", rest) if re.search(r"比|较|与|同", rest) else rest
        named = _LIST_MARK.sub("", rest)
        bare = FILLER.sub("", named)
        if len(_HAN.findall(bare)) < 2:
            # （8）预算追加经费101.05万元: a list item's name may be made of such words.
            listed = mention is None and near_start in self.enumerators and self.state.part_of in PART_OF
            return named if listed and len(_HAN.findall(named)) >= 4 and named[-1] not in "为是" else ""
        # An institution's name before its first subject is no subject: 某局2023年度收入总计.
        if mention is None and re.search(r"(?:局|中心|委员会|办公室|学校|医院|所|站|院|厅|会|队|馆)$", bare):
            return ""
        return _LIST_MARK.sub("", rest)

    def _part_default(self) -> str:
        return self.grammar.part_defaults.get(self.passage.part, "")

    def _enumerated(self, near_start: int, start: int) -> bool:
        return start in self.enumerators and near_start - start < 4

    def _part(
        self, figure: Figure, near: str, span: str, of: Subject | None = None, purpose: bool = False
    ) -> bool:
        """A figure with a name that no pattern knows: a part of the whole, or unclassified."""
        state = self.state
        whole = of.stem if of is not None else state.part_of
        concept = PART_OF.get(whole or "")
        if of is not None and (concept is None or not _is_part_name(near)):
            return False
        name = _clean(near)
        if concept is None:
            self._emit(self.grammar.unknown, figure, None, name)
            state.subject = Subject("", name)
            return True
        state.part_of = whole
        self._emit(concept, figure, None, name)
        if not purpose:
            state.subject = Subject(concept, name)
        return True

    def _is_new_sentence_total(self, after: int, mention: tuple[int, int, Subject] | None) -> bool:
        return mention is not None and mention[0] < after

    # -- counts --

    def _count(self, figure: Figure, near: str, span: str, start: int) -> bool:
        """人次, 批次, 辆, 台, 个: what is counted follows from the unit, the section and the words around."""
        section = self.grammar.name
        mention = self._mention(start, figure.start, self._clause_start(figure.start, start), "amount")
        subject = mention[2] if mention else self.state.subject
        concept: str | None = None
        label = _clean(near)
        after = self.text[figure.number_end : figure.number_end + 24]
        if section == "three_public":
            concept = self._three_public_count(figure, near, span, subject, after)
        elif section == "assets":
            stem = subject.stem if subject and subject.stem.startswith("assets") else "assets.vehicles"
            if re.search(r"处置|报废|报损|出租|出借|划拨|调拨|捐赠", span):
                self._emit(UNCLASSIFIED, figure, None, label)
                return True
            if figure.unit in ("辆", "台", "个"):
                self._state(figure, replace(subject, stem=stem) if subject else Subject(stem), "amount", 1, None)
                return True
        elif _UNIT_COUNT.match(after) or re.search(r"(?:单位|部门)$", near):
            concept, label = "scope.unit_count", _after_noun(after)
        if concept is None:
            change = _CHANGE.search(near)
            if self._reason_at(figure.start) and change:
                self._emit(REASON, figure, None, label, _UP_DOWN[change.group("word")], baseline=self.state.compare)
            elif self._reason_at(figure.start) or self._in_purpose(figure.start):
                self.furniture.append(Furniture(figure.start, figure.token, "count in a reason or a description"))
            else:
                self._emit(UNCLASSIFIED, figure, None, label)
            return True
        self._emit(concept, figure, None, label or None)
        if mention is not None:
            self.state.subject = mention[2]
        return True

    def _three_public_count(
        self, figure: Figure, near: str, span: str, subject: Subject | None, after: str
    ) -> str | None:
        stem = subject.stem if subject else ""
        clause = self.text[self._clause_start(figure.start, 0, stops="；;。\n") : figure.start]
        foreign = max((m.start() for m in _FOREIGN.finditer(clause)), default=-1) > clause.rfind("国内公务")
        if stem in ("meetings", "training"):
            if figure.unit in ("人", "人次"):
                return f"{stem}.persons"
            return f"{stem}.count" if figure.unit in ("个", "批次") else None
        if figure.unit == "辆":
            if _VEHICLE_TYPE.search(near):
                return "three_public.vehicles.part"
            if re.search(r"保有|共有|现有|开支", near) or (stem != "three_public.vehicle_purchase" and not re.search(r"购置|更新|新购|购买", span)):
                return "three_public.vehicle_count"
            return "three_public.vehicle_purchase_count"
        trips = stem == "three_public.overseas_trips" or re.search(r"团组|出国|因公", span)
        if figure.unit == "个" and (re.match(r"个?(?:团|组)", after) or re.search(r"团组?(?:数|共计?)?$", near)):
            if stem.startswith("three_public.reception") or "接待" in near or "来访" in near:
                return "three_public.foreign_reception_batches" if foreign else "three_public.reception_batches"
            return "three_public.overseas_groups"
        if figure.unit in ("人次", "人") and trips and "接待" not in near:
            return "three_public.overseas_persons"
        if figure.unit in ("人次", "人"):
            return "three_public.foreign_reception_persons" if foreign else "three_public.reception_persons"
        if figure.unit == "批次" or (figure.unit == "个" and ("批" in near or after.startswith(("个批", "批")))):
            return "three_public.foreign_reception_batches" if foreign else "three_public.reception_batches"
        if figure.unit == "个" and _UNIT_COUNT.match(after):
            return "scope.unit_count"
        return None

    def _performance(self, figure: Figure, span: str, near: str) -> bool:
        """Counts and scores of the performance section, by what is counted."""
        after = self.text[figure.end : figure.end + 16]
        label: str | None = _COUNTED.sub("", _clean(near)) or None
        if figure.unit == "分":
            if re.search(r"分|评价|自评|考核", span):
                self._emit("performance.average_score", figure, None, label)
            else:
                self.furniture.append(Furniture(figure.start, figure.token, "points of an indicator"))
            return True
        if figure.unit == "个":
            if re.search(r"发现问题|整改", near):
                concept = "performance.problem_count"
            elif re.match(r"(?:预算)?(?:部门|单位)", after):
                concept = "performance.unit_count"
            elif re.match(r"(?:[一二]级)?(?:预算)?项目", after) or _PROJECT_COUNT.search(near):
                concept = "performance.project_count"
                label = label or ("一级项目" if after.startswith("一级") else None)
            else:
                concept = "performance.result"
            self._emit(concept, figure, None, label)
            return True
        if figure.unit in COUNTS:
            self._emit("performance.result", figure, None, label)
            return True
        if figure.unit == "%" and "占" in near and re.search(r"占[^，。；]{0,24}项目(?:支出)?[^，。；]{0,8}$", near):
            self._emit("performance.share_of_project_expenditure", figure, None, None)
            return True
        if figure.unit in MONEY and re.search(r"(?:资金|金额|拨款)(?:共计|合计|总额)?(?:为|是|约|[:：])?$", near):
            self._emit("performance.amount", figure, None, self._evaluated(figure, span))
            return True
        return False

    def _evaluated(self, figure: Figure, span: str) -> str | None:
        """What an amount under evaluation is of: the overall expenditure, or the projects just counted."""
        if self.passage.part == "overall" or "整体支出" in span:
            return "整体支出"
        last = self.statements[-1] if self.statements else None
        if last is not None and last.concept == "performance.project_count":
            if "。" not in self.text[last.start : figure.start]:
                return last.subject
        return None

    # -- reasons --

    def _reason_at(self, position: int) -> tuple[int, int] | None:
        for span in self.reasons:
            if span[0] <= position < span[1]:
                return span
        return None

    def _in_purpose(self, position: int) -> bool:
        return any(a <= position < b for a, b in self.purposes)

    def _leaves_reason(
        self, reason: tuple[int, int], near_start: int, near: str, mention: tuple[int, int, Subject] | None, measure: str
    ) -> bool:
        """A new clause of the section itself inside a reason's sentence: …；上年结转0万元."""
        if measure in ("completion_rate", "budget", "final") and mention is not None and near_start > reason[0]:
            return not _ORDINAL.match(near)
        if mention is None or mention[0] < near_start or measure in ("change", "change_rate"):
            return False
        if near_start <= reason[0] or _ORDINAL.match(near) or _CHANGE_INSIDE.search(near):
            return False
        separator = self.text[near_start - 1 : near_start]
        lead = near[: mention[0] - near_start]
        return separator in "；;：:" and not _HAN.search(_LIST_MARK.sub("", lead))

    def _add_reason(self, figure: Figure, near: str, reason: tuple[int, int], sign: int) -> None:
        """What changed, signed by the last word of change in its clause."""
        text = self.text
        begin = max(reason[0], self._clause_start(figure.start, 0, stops="；;。\n"))
        clause = text[begin : figure.start]
        words = list(_CHANGE_INSIDE.finditer(clause))
        final = _CHANGE.search(near)
        if final:
            sign = _UP_DOWN[final.group("word")]
        elif words:
            sign = _UP_DOWN.get(words[-1].group("word"), 1)
        else:
            sign = 1
        subject = near[: final.start()] if final else near
        self._emit(REASON, figure, None, _clean(_reason_noun(subject)), sign, baseline=self.state.compare)

    # -- nothing spent --

    def _nothing_spent(self) -> None:
        """1.无因公出国（境）费支出；: a zero for that very item, if no figure of it is stated."""
        starts = [*self.enumerators, len(self.text)]
        for begin, end in zip(starts, starts[1:], strict=False):
            clause = self.text[begin:end]
            first = re.split(r"[。；;\n，]", clause, maxsplit=1)[0]
            head = _LIST_MARK.sub("", first)
            if not _NONE.match(head) or re.search(r"\d", re.sub(r"^\W*\d{1,2}", "", first)):
                continue
            named = [m for m in self.mentions if begin <= m[0] < begin + len(first)]
            if len(named) != 1 or named[0][2].stem == "three_public":
                continue
            concept = concept_of(named[0][2].stem, "budget" if self.kind == "budget" else "amount")
            if concept is None or concept in self.state.stated:
                continue
            self.statements.append(
                Statement(concept, None, named[0][2].text, Decimal(0), "万元", None, begin)
            )

    # -- helpers --

    def _clause_start(self, position: int, least: int, stops: str = "，,；;：:。\n") -> int:
        """The start of the clause that ends at ``position``, not before ``least``."""
        best = least
        for index in range(position - 1, least - 1, -1):
            if self.text[index] in stops:
                best = index + 1
                break
        if stops != "，,；;：:。\n":
            return best
        # 、 separates items, except in 收、支.
        for index in range(position - 1, best - 1, -1):
            if self.text[index] == "、" and not (self.text[index - 1 : index] in "收入" and self.text[index + 1 : index + 2] == "支"):
                return index + 1
        return best

    def _last_enumerator(self, start: int, end: int) -> int | None:
        index = bisect_right(self.enumerators, end)
        if index and self.enumerators[index - 1] >= start:
            return self.enumerators[index - 1]
        return None


def concept_known(concept: str) -> bool:
    from pipelines.extract.narrative.grammar import concepts

    return concept in concepts()


def _is_part_name(near: str) -> bool:
    return len(_HAN.findall(near)) >= 2


def _after_noun(after: str) -> str:
    match = re.match(r"(?:个|家)([^，。；\d]{2,14}?(?:单位|部门))", after)
    return match.group(1) if match else ""


def _reason_noun(text: str) -> str:
    markers = list(_REASON.finditer(text))
    if markers:
        text = text[markers[-1].end() :]
    inside = [m for m in _CHANGE_INSIDE.finditer(text) if len(_HAN.findall(text[m.end() :])) >= 3]
    if inside:
        text = text[inside[-1].end() :]
    return re.sub(r"^(?:了|的)", "", _LIST_MARK.sub("", text))


def _clean(text: str) -> str:
    """The words as printed, without list marks and the verbs around them."""
    bare = _LIST_MARK.sub("", text.strip("，。；：:、\n"))
    bare = re.sub(r"(?:支出)?(?:决算|预算)?(?:数|金额|资金)?(?:为|是|约|达|共计|合计|共)$", "", bare)
    return bare.strip("“”\"‘’，。；：:、\n（(")[:60]


def _economy_names() -> re.Pattern[str]:
    names = sorted(_economy_codes(), key=len, reverse=True)
    return re.compile("|".join(re.escape(n) for n in names))


def _economy_codes() -> dict[str, str]:
    return {n: c for c, n in economic_codes().names.items() if len(c) == 3}


__all__ = ["Statement", "Subject", "plain", "read_passage"]
_ = MONEY
