"""Contradictions between sentences and between years, planted in generated wordings: each kind found, the right ones silent.

Per kind: 24 seeds, several wordings each. What is told rightly must give no error; of what is told wrongly 98 % must.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from itertools import product

import polars as pl
import pytest

from pipelines.documents import open_bytes
from pipelines.extract.report import extract
from pipelines.extract.result import Extraction
from pipelines.joining import join
from pipelines.quality.catalogue import rules
from pipelines.quality.reconcile import reconcile

SEEDS = range(24)
FOUND = Decimal("0.98")
_AREAS = ("城东", "城南", "城西", "城北", "江宁", "河西", "山北", "湖滨", "桥头", "新街", "老城", "港口", "滨江", "石门", "花园", "西湖", "东山", "南湖")
_TRADES = ("园林", "水务", "教育", "市政", "环卫", "绿化", "规划", "统计", "审计", "民政", "林业", "气象", "文化", "体育", "卫生", "商务", "财政", "司法")
NAMES = [f"南京市玄武区{area}{trade}局" for area in _AREAS for trade in _TRADES]


def document(kind: str, year: int, name: str, lines: list[str]) -> Extraction:
    word = "决算" if kind == "final" else "预算"
    head = [name, f"{year}年度单位{word}" if kind == "final" else f"{year}年单位{word}", f"第二部分 {year}年{'度' if kind == 'final' else ''}单位{word}情况说明"]
    return extract(open_bytes(f"{kind}{year}.txt", "\n".join([*head, *lines, "第三部分 名词解释", ""]).encode()))


def errors(extractions: list[Extraction]) -> dict[str, set[str]]:
    """The rules of severity error that fail beyond rounding, by report: all bodies are judged at once."""
    corpus = join(extractions)
    rows = reconcile(corpus.frames, corpus.tables, corpus.notices, corpus.accounting).reconciliations
    severe = [rule_id for rule_id, rule in rules().items() if rule.severity == "error" and rule_id[0] in "NC"]
    off = (pl.col("state") == "compared") & (pl.col("excess") > pl.col("tolerance"))
    found: dict[str, set[str]] = {}
    for report_id, rule_id in rows.filter(pl.col("rule_id").is_in(severe) & off).select("report_id", "rule_id").iter_rows():
        found.setdefault(report_id, set()).add(rule_id)
    return found


def money(value: Decimal) -> str:
    return f"{value:.2f}万元"


def moved(value: Decimal, rng: random.Random) -> str:
    return f"{rng.choice(('增加', '增加了') if value >= 0 else ('减少', '减少了'))}{money(abs(value))}"


def percent(part: Decimal, whole: Decimal) -> str:
    return f"{(part / whole * 100).quantize(Decimal('0.01'), ROUND_HALF_UP)}%"


def amount(rng: random.Random, least: int = 5_000, most: int = 900_000) -> Decimal:
    return Decimal(rng.randint(least, most)) / 100


def another(value: Decimal, rng: random.Random) -> Decimal:
    """What the same figure is said to be the second time: far from rounding."""
    return value + Decimal(rng.choice([-1, 1]) * rng.randint(30, 900)) / 100


# --- the same change twice ----------------------------------------------------------------------------------

TWICE = (
    (
        ("一、收入支出决算总体情况说明", "2023年度收、支总计均为{x}。与[2022年度|上年]相比，收、支总计各{a}。"),
        ("2023年度收、支总计较[2022年|上年]各{b}，主要原因是项目有变。",),
    ),
    (
        ("九、其他重要事项的情况说明", "（一）机关运行经费支出情况说明", "2023年度机关运行经费支出{x}，比[2022年|上年]{a}，主要原因是压减开支。"),
        ("机关运行经费支出[较上年|比2022年]{b}。",),
    ),
    (
        (
            "七、财政拨款“三公”经费支出决算情况说明",
            "（二）“三公”经费财政拨款支出决算具体情况说明",
            "1.公务接待费支出决算为{x}，[较上年|比2022年]{a}，",
        ),
        ("[较上年|比2022年]{b}。",),
    ),
    (
        ("五、一般公共预算财政拨款支出决算情况说明", "2023年度一般公共预算财政拨款支出{x}。与[2022年度|上年]相比，一般公共预算财政拨款支出{a}。"),
        ("一般公共预算财政拨款支出[较上年|比2022年]{b}，主要原因是项目有变。",),
    ),
    (
        ("二、收入决算情况说明", "2023年度收入合计{x}，与[2022年度|上年]相比，收入合计{a}。"),
        ("收入合计[较上年|比2022年]{b}，主要原因是人员有变。",),
    ),
    (
        ("三、支出决算情况说明", "2023年度支出合计{x}，与[2022年度|上年]相比，支出合计{a}。"),
        ("支出合计[较上年|比2022年]{b}，主要原因是人员有变。",),
    ),
)


def twice(seed: int, wording: int, wrong: bool, name: str) -> list[Extraction]:
    rng = random.Random(f"twice {seed} {wording}")
    now, before = amount(rng), amount(rng)
    change = now - before
    second = another(change, rng) if wrong else change
    first_lines, second_lines = TWICE[wording]
    lines = [chosen(line, rng).format(x=money(now), a=moved(change, rng), b=moved(second, rng)) for line in (*first_lines, *second_lines)]
    return [document("final", 2023, name, lines)]


def chosen(line: str, rng: random.Random) -> str:
    while "[" in line:
        start, end = line.index("["), line.index("]")
        line = line[:start] + rng.choice(line[start + 1 : end].split("|")) + line[end + 1 :]
    return line


# --- a completion rate of another budget ---------------------------------------------------------------------

COMPLETED = (
    "2023年度一般公共预算财政拨款支出年初预算为{a}，调整预算[数|]为{c}，支出决算为{b}，完成{which}预算的{r}。",
    "2023年度一般公共预算财政拨款支出年初预算{a}，调整预算{c}，支出决算{b}，完成{which}预算的{r}。",
    "2023年度财政拨款支出年初预算数为{a}，调整预算数为{c}，支出决算数为{b}，完成{which}预算的{r}。",
)
ITEM = "1.城乡社区支出（类）城乡社区环境卫生（款）城乡社区环境卫生（项）。年初预算为{a}，调整预算为{c}，支出决算为{b}，完成{which}预算的{r}。"


def completed(seed: int, wording: int, wrong: bool, name: str) -> list[Extraction]:
    rng = random.Random(f"completed {seed} {wording}")
    initial = amount(rng, 100_000)
    adjusted = (initial * rng.choice([80, 90, 120, 150]) / 100).quantize(Decimal("0.01"))
    final = (adjusted * rng.randint(60, 99) / 100).quantize(Decimal("0.01"))
    named = rng.choice(["年初", "调整"])
    of = {"年初": initial, "调整": adjusted}
    base = of["调整" if (named == "年初") == wrong else "年初"]
    line = chosen((*COMPLETED, ITEM)[wording], rng).format(
        a=money(initial), c=money(adjusted), b=money(final), which=named, r=percent(final, base)
    )
    head = ["五、一般公共预算财政拨款支出决算情况说明", "（三）一般公共预算财政拨款支出决算具体情况"]
    return [document("final", 2023, name, [*head, line])]


# --- last year's budget ------------------------------------------------------------------------------------

LAST_BUDGET = (
    ("一、收支预算情况说明", "{y}年收入预算{x}，", "比{l}年预算{a}。"),
    ("二、收入预算情况说明", "{y}年收入总预算{x}，", "[较|比]{l}年预算{a}，主要原因是项目有变。"),
    ("二、收入预算情况说明", "{y}年收入预算{x}，", "[较上年预算|与{l}年预算相比，收入预算]{a}。"),
    ("三、支出预算情况说明", "{y}年支出预算{x}，", "比{l}年预算{a}，主要是人员有变。"),
    ("三、支出预算情况说明", "{y}年支出总预算{x}，", "[比上年预算|较{l}年预算]{a}。"),
)


def last_budget(seed: int, wording: int, wrong: bool, name: str) -> list[Extraction]:
    """Two budgets of one body: what the second implies for the first."""
    rng = random.Random(f"last {seed} {wording}")
    before, now, older = amount(rng), amount(rng), amount(rng)
    change = now - before
    heading, first, second = LAST_BUDGET[wording]

    def lines(year: int, value: Decimal, difference: Decimal) -> list[str]:
        text = chosen(first + second, rng).format(y=year, l=year - 1, x=money(value), a=moved(difference, rng))
        return [heading, text]

    told = another(change, rng) if wrong else change
    return [document("budget", 2023, name, lines(2023, before, before - older)), document("budget", 2024, name, lines(2024, now, told))]


Kind = Callable[[int, int, bool, str], list[Extraction]]
KINDS: dict[str, tuple[Kind, int, set[str]]] = {
    "the same change twice": (twice, len(TWICE), {"N02.1", "N03.3", "N03.5"}),
    "another budget than the rate's": (completed, len(COMPLETED) + 1, {"N03.2"}),
    "last year's budget": (last_budget, len(LAST_BUDGET), {"C01.1"}),
}


@cache
def counted(name: str) -> tuple[list[str], list[str], int]:
    """False errors, missed contradictions, planted ones."""
    kind, wordings, expected = KINDS[name]
    told: list[tuple[str, bool, list[Extraction]]] = []
    for body, (seed, wording, wrong) in zip(NAMES, product(SEEDS, range(wordings), (False, True)), strict=False):
        told.append((f"seed {seed}, wording {wording}", wrong, kind(seed, wording, wrong, body)))
    assert len(told) == 2 * wordings * len(SEEDS)
    found = errors([each for _, _, documents in told for each in documents])
    said = [(what, wrong, set().union(*(found.get(d.identity.report_id, set()) for d in documents))) for what, wrong, documents in told]
    false = [f"{what}: {sorted(rule_ids)}" for what, wrong, rule_ids in said if not wrong and rule_ids]
    missed = [what for what, wrong, rule_ids in said if wrong and not rule_ids & expected]
    return false, missed, len(told) // 2


@pytest.mark.parametrize("name", KINDS)
def test_told_rightly_it_gives_no_error(name: str) -> None:
    assert counted(name)[0] == []


@pytest.mark.parametrize("name", KINDS)
def test_told_wrongly_it_is_found(name: str) -> None:
    _, missed, planted = counted(name)
    assert planted >= 20 and planted - len(missed) >= FOUND * planted, missed
