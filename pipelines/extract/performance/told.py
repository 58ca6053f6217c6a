"""Results that the narrative tells of indicators which the forms hold too: 受理劳动保障诉求5719件 beside a row of that name.

A clause and an indicator are about one thing where every word of both is the same, but for words that change nothing
(共, 举办, 系列). A plan, another year, a part of the year, an estimate (余, 约) or one more word: no link. Not for
whether the two agree: that is for ``quality``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from pipelines.documents.normalise import squeeze
from pipelines.extract.performance.mentions import ProjectMention, names_agree
from pipelines.extract.performance.model import Indicator, Place, SelfEvaluation
from pipelines.extract.performance.words import UNIT_WORDS
from pipelines.extract.result import NumberUse

ROLE = "told"
"""The role of such a number in the account of numbers; its reason is the clause as printed."""

_NUMBER = re.compile(rf"(?P<number>\d[\d,]*(?:\.\d+)?)(?P<scale>[万亿])?(?P<about>[余多])?(?P<unit>{UNIT_WORDS})?")
_BREAK = re.compile(r"[，。；、：:;,！!？?“”\"‘’「」（）()《》\n]")
_SENTENCE = re.compile(r"[。；;！!？?\n]")
_SCALES = {None: 1, "万": 10_000, "亿": 100_000_000}
_EMPTY_HEAD = re.compile(
    r"^(?:20\d\d年度?|全年|本年度?|今年|我[局区市县委院处]|全[局区市县]|并|同时|及时|应急|使得?|共计?|已经?|组织|开展|完成|举办|实现|成功)+"
)
_EMPTY_TAIL = re.compile(r"(?:(?:达到?|共计?|有|为|是|了|[:：])|人数|数量|次数|场次|户数|个数|件数)+$")
_EMPTY_INSIDE = re.compile(r"系列|各项|专场")
_NOT_THIS_YEAR = re.compile(
    r"上年|去年|同期|同比|上一?年度|较|比|计划|目标|拟|力争|预计|下一步|将|应(?![急届])|需|不少于|不低于|超过?|至少|约|近|累计|截[至止]|季度|半年"
    r"|[1-9]\d?月|[一二三四五六七八九十]月|其中|平均|人均|每"
)
_YEAR = re.compile(r"(20\d\d)年度?")
_LEAST_OWN, _LEAST_ANY, _LEAST_AROUND = 4, 8, 6
"""Characters that a name must have beside its own project, beside any, and on both sides of a number together."""
_SUMMARY = re.compile(r"(?:20\d\d年度?)?(?P<of>[^。；，：:]{2,60}?)(?:绩效)?自评结果(?:[（(]摘要版?[）)])?(?=一、|（一）|\(一\))")
_RATE = re.compile(
    r"(?:执行率情况[。:：]?|^|[。；;])(?:本?(?:项目|部门|单位|整体|年度)*(?:预算)?执行率(?:为|是|达到?)?)"
    r"(?P<rate>\d{1,3}(?:\.\d+)?)[%％](?=[。；;])"
)
_SUMMARY_LENGTH = 1500


@dataclass(frozen=True, slots=True)
class Told:
    """A number with the words on both sides of it; ``value`` is None where only a bound or an estimate is printed."""

    before: str
    after: str
    unit: str
    value: Decimal | None
    quantum: Decimal
    printed: str

    @property
    def key(self) -> tuple[str, str, str]:
        return self.before, self.after, self.unit

    @property
    def words(self) -> int:
        return len(self.before) + len(self.after)


def _plain(words: str) -> str:
    """Words without those that change nothing at their ends and inside."""
    bare = _EMPTY_INSIDE.sub("", words)
    while (shorter := _EMPTY_HEAD.sub("", _EMPTY_TAIL.sub("", bare))) != bare:
        bare = shorter
    return bare


def _told(match: re.Match[str], before: str, after: str) -> Told:
    number = match["number"].replace(",", "")
    scale = _SCALES[match["scale"]]
    whole = number.rstrip("0").rstrip(".") if "." in number else number
    decimals = len(whole.partition(".")[2])
    value = None if match["about"] else Decimal(number) * scale
    # 98.90 beside 98.87: a zero that only fills up the column.
    return Told(_plain(before), after, match["unit"] or "", value, Decimal(scale).scaleb(-decimals), match[0])


def in_clause(text: str, match: re.Match[str]) -> Told | None:
    """A number of running text with the words of its clause; None where a second number stands in the clause."""
    start = max((b.end() for b in _BREAK.finditer(text, 0, match.start())), default=0)
    end = following.start() if (following := _BREAK.search(text, match.end())) else len(text)
    before, after = text[start : match.start()], text[match.end() : end]
    if before.startswith("等") or "等" in before[:-2]:
        before = before[before.index("等") + 1 :]  # behind a list of examples
    bare = _YEAR.sub("", _EMPTY_HEAD.sub("", before))
    return None if re.search(r"\d", bare + after) else _told(match, before, after)


def clauses(text: str) -> Iterator[tuple[re.Match[str], Told]]:
    """Every number of a text that stands alone in its clause."""
    for match in _NUMBER.finditer(text):
        if (one := in_clause(text, match)) is not None:
            yield match, one


def of_indicator(name: str, actual: str | None) -> list[Told]:
    """What an indicator says was reached: its name and value, or the clauses of a result in words."""
    bare = squeeze(actual or "").rstrip("。")
    own = _NUMBER.fullmatch(bare)
    if own is not None:
        return [_told(own, squeeze(name), "")]
    inside = [one for _, one in clauses(bare) if one.unit and one.words >= _LEAST_AROUND and one.before]
    if inside or not (bound := _NUMBER.search(bare)):
        return inside
    return [Told(_plain(squeeze(name)), "", bound["unit"] or "", None, Decimal(1), bare)] if len(bare) < 12 else []


def same_thing(one: Told, other: Told) -> bool:
    return one.key == other.key


# --- the narrative --------------------------------------------------------------------------------------------


Rows = Sequence[tuple[int, int, Told]]
"""(evaluation_no, seq, what the indicator says)"""


def read_told(mentions: Iterable[ProjectMention], forms: Sequence[SelfEvaluation], year: int) -> list[NumberUse]:
    """Numbers of the projects' summaries that name an indicator: one of the project's form, or any by a long name.

    The account's locator is that of the indicator.
    """
    rows = [
        (number, seq, one)
        for number, form in enumerate(forms, 1)
        for seq, indicator in enumerate(form.indicators, 1)
        if _is_result(indicator)
        for one in of_indicator(indicator.name, indicator.actual)
    ]
    found: list[NumberUse] = []
    for mention in mentions:
        numbers = {number for number, match in mention.forms if match != "by_amount"}
        own = [row for row in rows if row[0] in numbers]
        found += _matched(mention.summary, mention.place_in_summary, own, rows, year)
    return found


def _is_result(indicator: Indicator) -> bool:
    return indicator.sure and bool(indicator.name)


def _matched(
    text: str, place_of: Callable[[int], Place], own: Rows, every: Rows, year: int
) -> Iterator[NumberUse]:
    for match, told in clauses(text):
        if told.value is None or not told.unit or not _of_this_year(text, match, year):
            continue
        named = [row for row in own if same_thing(row[2], told) and told.words >= _LEAST_OWN]
        named = named or [row for row in every if same_thing(row[2], told) and told.words >= _LEAST_ANY]
        if not named:
            continue
        # One that agrees is the one that is meant: the same name may stand in several forms.
        number, seq, _ = next((row for row in named if row[2].value == told.value), named[0])
        page, line = place_of(match.start())
        yield NumberUse(match["number"], page, line, "indicators", ROLE, f"evaluation_no={number};seq={seq}", "actual", clause_of(text, match))


def clause_of(text: str, match: re.Match[str]) -> str:
    """The clause of a number as printed; reading it again gives the same words."""
    start = max((b.end() for b in _BREAK.finditer(text, 0, match.start())), default=0)
    end = following.start() if (following := _BREAK.search(text, match.end())) else len(text)
    return text[start:end]


def _of_this_year(text: str, match: re.Match[str], year: int) -> bool:
    """Whether nothing of the sentence up to the end of the number's clause says another time, a plan or a part."""
    start = max((b.end() for b in _SENTENCE.finditer(text, 0, match.start())), default=0)
    clause = clause_of(text, match)
    sentence = text[start : match.end()]
    if any(int(found[1]) != year for found in _YEAR.finditer(sentence)):
        return False
    return not _NOT_THIS_YEAR.search(clause) and not re.search(r"上年|去年|同期|计划|目标|拟|下一步|季度|半年|\d月", sentence)


# --- the summaries behind the forms ---------------------------------------------------------------------------


def read_summaries(text: str, place_of: Callable[[int], Place], forms: Mapping[int, SelfEvaluation]) -> list[NumberUse]:
    """Execution rates that the summary of one form states (执行率情况。执行率100%), by the name in its title."""
    found = []
    heads = list(_SUMMARY.finditer(text))
    for head, after in zip(heads, [*(h.start() for h in heads[1:]), len(text)][: len(heads)], strict=True):
        named = [number for number, form in forms.items() if _is_summary_of(head["of"], form)]
        body = text[head.end() : min(after, head.end() + _SUMMARY_LENGTH)]
        rate = _RATE.search(body)
        if len(named) == 1 and rate is not None:
            page, line = place_of(head.end() + rate.start("rate"))
            found.append(
                NumberUse(rate["rate"], page, line, "evaluations", ROLE, f"evaluation_no={named[0]}", "execution_rate")
            )
    return found


def _is_summary_of(title: str, form: SelfEvaluation) -> bool:
    if form.scope == "overall":
        return "整体" in title
    return "整体" not in title and form.name is not None and names_agree(title, form.name)


__all__ = ["ROLE", "Told", "clauses", "in_clause", "of_indicator", "read_summaries", "read_told", "same_thing"]
