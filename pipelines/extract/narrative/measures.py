"""What is measured: the words right before a figure → amount, budget, final, change, share, completion rate..."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipelines.extract.narrative.figures import PrintedFigure
from pipelines.extract.narrative.words import CHANGE, COMPARE, SIGN

_SHARE = re.compile(r"占|比重|比例为?$")
_COMPLETION = re.compile(r"完成|执行率|完成率|执行进度|支出进度|预算的$|预算数的$|的比[例率]为?$")
_TAIL = r"(?:总?[数额]|总计|金额|合计)?(?:分别)?(?:均)?(?:为|是|共计|合计|约|[:：])*$"
_BUDGET = re.compile(rf"(?:(?<!公共)(?<!基金)(?<!经营)预算|计划)(?:批复|安排|下达)?(?:支出)?{_TAIL}")
_ADJUSTED = re.compile(
    r"(?:调整后?|全年|调剂后|调整后的)(?:的)?(?:支出)?预算(?:总?[数额])?(?:为|是|[:：])*$|预算调整数为?$|(?<=，)总计$"
)
_ADDED = re.compile(r"追[加减](?:了|的)?[^，。；]{0,6}(?:预算|指标)(?:资金|拨款|[数额])?(?:为)?$|追[加减]了?$")
_FINAL = re.compile(rf"(?:决算|执行)(?:支出)?{_TAIL}|实际(?:支出|执行)(?:数)?为?$")
_LAST_YEAR = re.compile(
    r"^[^，。；]{0,8}(?:上年度?|去年|上一年度?)(?:同期)?[^，。；]{0,14}?"
    r"(?:决算数?|预算数?|执行数?|支出数?|收入数?|总额|数)?(?:为|是)?$"
)
_YEAR_FIGURE = re.compile(r"(?P<year>20\d\d)年度?(?:预算)?(?:决算|执行)(?:数)?(?:为|是)?$")
_BASE_FIGURE = re.compile(
    r"(?:比|较|与|同)(?:于)?(?P<base>(?:(?P<year>20\d\d)年度?|上年度?|去年|上一年度?)[^，。；]{0,24}?)(?:的|为)?$"
)


@dataclass(slots=True, frozen=True)
class Measure:
    """A measure and, for changes, the sign of its word. ``open_sign``: the template's 增加（减少） was left."""

    name: str
    sign: int = 1
    open_sign: bool = False

    @property
    def is_change(self) -> bool:
        return self.name in ("change", "change_rate")


def measure_of(figure: PrintedFigure, near: str, span: str, kind: str, year: int, after_change: int) -> Measure:
    """The measure of a figure.

    ``near`` is the clause up to the figure, ``span`` the sentence since the figure before. ``after_change`` is
    the sign of the figure before if that was a change (增加3万元、5%), else 0.
    """
    percent = figure.unit == "%"
    if percent and figure.printed_unit != "倍":
        # 占年初预算的98% is a completion rate in final accounts; in a budget everything is a share.
        of_budget = kind == "final" and _COMPLETION.search(near[near.rfind("占") :])
        if _SHARE.search(near) and not of_budget:
            return Measure("share")
        if _COMPLETION.search(near):
            return Measure("completion_rate")
    if match := CHANGE.search(near):
        return _change(figure, match)
    if percent:
        return Measure("change_rate", after_change) if after_change else Measure("bare_rate")
    if _ADDED.search(near):
        return Measure("added_budget")
    if _ADJUSTED.search(span):
        return Measure("adjusted_budget")
    if _is_last_year(near, year):
        return Measure("last_year")
    if base := _BASE_FIGURE.search(near):
        same_year = base.group("year") and int(base.group("year")) >= year
        return Measure("budget" if same_year and "预算" in base.group("base") else "last_year")
    if _FINAL.search(near):
        return Measure("final")
    if _BUDGET.search(near):
        return Measure("budget")
    return Measure("amount")


def _change(figure: PrintedFigure, match: re.Match[str]) -> Measure:
    name = "change_rate" if figure.unit == "%" else "change"
    if match.group("other"):
        return Measure(name, 1, figure.value > 0)
    return Measure(name, SIGN[match.group("word")])


def _is_last_year(near: str, year: int) -> bool:
    if _LAST_YEAR.match(near):
        return "结转" not in near and "结余" not in near
    named = _YEAR_FIGURE.search(near)
    return named is not None and int(named.group("year")) == year - 1


@dataclass(slots=True, frozen=True)
class Baseline:
    """What a change is measured against: a year, or the budget of the report's own year."""

    year: int | None = None
    budget: bool = False


def baseline_of(sentence: str, kind: str, year: int) -> Baseline | None:
    """The last comparison of the sentence; None if it has none."""
    last = None
    for match in COMPARE.finditer(sentence):
        if match.group("year") or match.group("last") or "预算" in match.group("base"):
            last = match
    if last is None:
        return None
    if last.group("year"):
        named = int(last.group("year"))
        # 比2024年度预算数 in the report on 2024: against the plan of the same year, no other year.
        own = named == year and kind == "final"
        return Baseline(None if own else named, own)
    if last.group("last"):
        return Baseline(year - 1)
    return Baseline(None, kind == "final")


__all__ = ["Baseline", "Measure", "baseline_of", "measure_of"]
