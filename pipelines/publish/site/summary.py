"""A department's page begins with the answer: sentences in Chinese and English from its published figures.

A sentence stands only where its figures exist; amounts are as published, shares and changes are rounded quotients. No
sentence judges anybody.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

import yaml
from markupsafe import Markup

from pipelines.publish.headline import TEXT, Headline, money, percent, rounded
from pipelines.publish.site.cells import both
from pipelines.publish.site.severity import Count

_HUNDRED_MILLION = Decimal(10_000)
"""万元 in one 亿元."""
_KINDS = {"final": ("决算", "final accounts"), "budget": ("预算", "budget")}


@cache
def terms() -> dict[str, dict[str, str]]:
    """The declared terms: Chinese, English, and what they mean in both."""
    return yaml.safe_load((files("datapackages") / "terms.yaml").read_text(encoding="utf-8"))


@cache
def term(key: str) -> Markup:
    """A term that explains itself on hover and by keyboard."""
    entry = terms()[key]
    return Markup('<button type="button" class="term">{}<span class="tip"><span class="hide">: </span>{}</span></button>').format(
        both(entry["zh"], entry["en"]), both(entry["about_zh"], entry["about_en"])
    )


def amount(value: Decimal) -> tuple[str, str]:
    """In both languages: 万元 as published, and in 亿元 or million yuan where that reads better."""
    zh, en = f"{money(value)} 万元", f"{money(value)} 万元 (CNY {rounded(value / 100, 2)} million)"
    if abs(value) >= _HUNDRED_MILLION:
        zh = f"{rounded(value / _HUNDRED_MILLION, 2)} 亿元（{zh}）"
    return zh, en


def _line(zh: Any, en: Any) -> Markup:
    return Markup('<span class="zh" lang="zh-CN">{}</span><span class="en" lang="en">{}</span>').format(zh, en)


def _strong(text: str) -> Markup:
    return Markup("<b>{}</b>").format(text)


def summary(line: Headline, count: Count) -> list[Markup]:
    """The sentences of a report's page, in their order."""
    return [*_total(line), *_against(line), *_shares(line), *_trips(line), *_unspent(line), _found(count)]


def _total(line: Headline) -> Iterator[Markup]:
    year, (kind_zh, kind_en) = line.report["fiscal_year"], _KINDS[line.report["kind"]]
    if line.total is None:
        yield both(f"{year} 年度支出总额没有可以发布的数字。", f"No total of expenditure of {year} could be published.")
        return
    zh, en = amount(line.total)
    from_zh, from_en = ("（据情况说明）", " (from the narrative)") if line.total_from == TEXT else ("", "")
    change_zh = change_en = ""
    change, rate = line.change, line.change_rate
    if change is not None and rate is not None:
        more_zh, more_en = ("增加", "more") if change > 0 else ("减少", "less")
        change_zh = f"，比上年{more_zh} {money(abs(change))} 万元（{rounded(abs(rate))}%）" if change else "，与上年相同"
        change_en = f", {money(abs(change))} 万元 ({rounded(abs(rate))} %) {more_en} than the year before" if change else ", as the year before"
    yield _line(
        Markup("{} 年度支出{} {}{}{}。").format(year, kind_zh, _strong(zh), from_zh, change_zh),
        Markup("Expenditure of {} ({}): {}{}{}.").format(year, kind_en, _strong(en), from_en, change_en),
    )


def _against(line: Headline) -> Iterator[Markup]:
    """The budget against the final account: of both reports, or as the narrative states it."""
    if line.execution is not None and line.budget is not None and line.budget.total is not None:
        yield both(
            f"同年预算为 {amount(line.budget.total)[0]}，决算为预算的 {rounded(line.execution)}%。",
            f"The budget of the same year was {amount(line.budget.total)[1]}; the final figure is {rounded(line.execution)} % of it.",
        )
    elif (rate := percent(line.stated_final, line.stated_budget)) is not None and line.stated_budget and line.stated_final:
        yield both(
            f"一般公共预算财政拨款支出年初预算 {money(line.stated_budget)} 万元，决算 {money(line.stated_final)} 万元，为年初预算的 {rounded(rate)}%（据情况说明）。",
            f"General public budget: initial budget {money(line.stated_budget)} 万元, final {money(line.stated_final)} 万元, {rounded(rate)} % of it (from the narrative).",
        )


def _shares(line: Headline) -> Iterator[Markup]:
    share, basic = line.project_share, percent(line.basic, line.total)
    if share is not None and basic is not None and line.project is not None and line.basic is not None:
        yield Markup("{}{}{}{}").format(
            term("basic"), both(f" {money(line.basic)} 万元，占 {rounded(basic)}%；", f" {money(line.basic)} 万元, {rounded(basic)} %; "),
            term("project"), both(f" {money(line.project)} 万元，占 {rounded(share)}%。", f" {money(line.project)} 万元, {rounded(share)} %."),
        )  # fmt: skip


def _trips(line: Headline) -> Iterator[Markup]:
    if line.three_public is None:
        return
    zh, en = f" {money(line.three_public)} 万元", f" {money(line.three_public)} 万元"
    if line.report["kind"] == "final" and line.three_public_budget is not None:
        zh += f"，预算 {money(line.three_public_budget)} 万元"
        en += f" against a budget of {money(line.three_public_budget)} 万元"
    if line.per_head is not None:
        zh += f"；在职 {line.staff} 人，人均 {rounded(line.per_head, 2)} 万元"
        en += f"; {line.staff} staff in post, {rounded(line.per_head, 2)} 万元 per head"
    yield Markup("{}{}").format(term("three_public"), both(f"{zh}。", f"{en}."))


def _unspent(line: Headline) -> Iterator[Markup]:
    """What was not executed, as the self-evaluation of the whole body states it."""
    budget, executed = line.evaluated_budget, line.evaluated_executed
    rate = percent(executed, budget)
    if budget is None or executed is None or rate is None:
        return
    rest = budget - executed
    unspent_zh = f"，未执行 {money(rest)} 万元" if rest > 0 else ""
    unspent_en = f"; {money(rest)} 万元 were not executed" if rest > 0 else ""
    yield Markup("{}{}").format(
        term("evaluation"),
        both(
            f"：预算 {money(budget)} 万元，执行 {money(executed)} 万元（{rounded(rate)}%）{unspent_zh}。",
            f": budget {money(budget)} 万元, executed {money(executed)} 万元 ({rounded(rate)} %){unspent_en}.",
        ),
    )


def _found(count: Count) -> Markup:
    words = [(count.error, "处错误", "errors", "error"), (count.warning, "处警告", "warnings", "warning")]
    told = [(f"{n} {zh}", f"{n} {one if n == 1 else en}") for n, zh, en, one in words if n]
    if not told:
        text = both("没有错误或警告。", ": no error, no warning.")
    else:
        text = both(f" {'、'.join(zh for zh, _ in told)}。", f": {' and '.join(en for _, en in told)}.")
    return Markup('{}<a href="#findings">{}</a>').format(term("finding"), text)


