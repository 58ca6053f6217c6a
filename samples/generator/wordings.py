"""Narratives in the wording of many provinces: patterns of the official formulas, filled from a made-up book.

What varies inside a pattern is written as a choice ([a|b]); what a figure states is written as its concept in
braces, so that a narrative comes with the ledger of everything that it states. Knows nothing of tables or pages.

    {revenue.total}          an amount with its unit          {revenue.appropriation.share%}   a percentage
    {revenue.change^}        增加x万元 or 减少x万元              {revenue.change_rate^%}          增长x% or 下降x%
    {~a%}                    one that no other figure of the text can contradict
    {=a,b}                   two amounts with one unit        {Y} {L} {name}                   year, last year, body
    @item …                  the line is told once for every item of the book, with {path} and item.* concepts
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from samples.generator import codes

Fact = tuple[str, str | None, Decimal, str, int]
"""concept, functional code, value (decreases negative), unit, year."""

_CHOICE = re.compile(r"\[([^\[\]]*)\]")
_FIGURE = re.compile(r"\{([=~]?)([a-z_.,0-9]+)(\^?)(%?)\}")
_ITEMS = ("2010301", "2010302", "2080505", "2080506", "2101101", "2210201")
_SOURCES = ("appropriation", "institutional", "business", "other")
_KINDS = ("basic", "project", "business")


def _cents(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01"), ROUND_HALF_UP)


def _rate(part: Decimal, whole: Decimal) -> Decimal:
    return _cents(part / whole * 100) if whole else Decimal(0)


@dataclass
class Book:
    """The figures of one made-up body, by concept (and code); amounts in 万元."""

    seed: int
    year: int
    rng: random.Random = field(init=False)
    values: dict[tuple[str, str | None], Decimal] = field(default_factory=dict)
    items: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rng = random.Random(f"province {self.seed}")
        self._income_and_expenditure()
        self._general_budget()
        self._three_public()
        self._rest()

    def amount(self, least: int = 1_000, most: int = 900_000) -> Decimal:
        return Decimal(self.rng.randint(least, most)) / 100

    def put(self, concept: str, value: Decimal, code: str | None = None) -> Decimal:
        self.values[concept, code] = value
        return value

    def changed(self, stem: str, now: Decimal, code: str | None = None) -> None:
        """Last year's amount, the change and its rate."""
        before = _cents(now * Decimal(self.rng.randint(60, 150)) / 100) or Decimal(1)
        self.put(f"{stem}.last_year", before, code)
        self.put(f"{stem}.change", now - before, code)
        self.put(f"{stem}.change_rate", _rate(now - before, before), code)

    def _income_and_expenditure(self) -> None:
        parts = {source: self.amount() for source in _SOURCES}
        revenue = self.put("revenue.total", sum(parts.values(), Decimal(0)))
        opening = self.put("summary.opening_balance", self.amount(100, 90_000))
        total = self.put("summary.total", revenue + opening)
        closing = self.put("summary.closing_balance", self.amount(100, 60_000))
        spent = self.put("expenditure.total", total - closing)
        self.changed("summary", total)
        self.changed("revenue", revenue)
        self.changed("expenditure", spent)
        self.changed("summary.closing_balance", closing)
        for source, value in parts.items():
            self.put(f"revenue.{source}", value)
            self.put(f"revenue.{source}.share", _rate(value, revenue))
        basic = _cents(spent * Decimal(self.rng.randint(30, 60)) / 100)
        business = _cents(spent * Decimal(self.rng.randint(1, 5)) / 100)
        for kind, value in zip(_KINDS, (basic, spent - basic - business, business), strict=True):
            self.put(f"expenditure.{kind}", value)
            self.put(f"expenditure.{kind}.share", _rate(value, spent))

    def _general_budget(self) -> None:
        self.items = sorted(self.rng.sample(_ITEMS, self.rng.randint(3, 5)))
        limit = self.values["expenditure.basic", None] / 8
        finals = {code: _cents(limit * self.rng.randint(20, 100) / 100) for code in self.items}
        initials = {code: _cents(value * self.rng.randint(70, 130) / 100) for code, value in finals.items()}
        total, planned = sum(finals.values(), Decimal(0)), sum(initials.values(), Decimal(0))
        for concept, value in (("general_budget.total", total), ("general_budget.final", total), ("general_budget.initial_budget", planned)):
            self.put(concept, value)
        self.put("general_budget.completion_rate", _rate(total, planned))
        self.put("general_budget.share_of_expenditure", _rate(total, self.values["expenditure.total", None]))
        self.changed("general_budget", total)
        for code in self.items:
            self.put("general_budget.item.final", finals[code], code)
            self.put("general_budget.item.initial_budget", initials[code], code)
            self.put("general_budget.item.completion_rate", _rate(finals[code], initials[code]), code)
            self.changed("budget.item", finals[code], code)
            self.put("budget.item", finals[code], code)
        for klass in dict.fromkeys(code[:3] for code in self.items):
            value = sum((finals[code] for code in self.items if code[:3] == klass), Decimal(0))
            self.put("general_budget.class", value, klass)
            self.put("general_budget.class_share", _rate(value, total), klass)
        personnel = _cents(total * Decimal(self.rng.randint(50, 90)) / 100)
        for concept, value in (("basic.total", total), ("basic.personnel", personnel), ("basic.public", total - personnel)):
            self.put(concept, value)
        self.changed("basic.personnel", personnel)
        self.changed("basic.public", total - personnel)
        self.put("appropriation.income_total", total)
        self.changed("appropriation", total)

    def _three_public(self) -> None:
        names = ("overseas_trips", "vehicle_purchase", "vehicle_operation", "reception")
        final = {name: self.amount(50, 9_000) for name in names}
        budget = {name: _cents(value * self.rng.randint(101, 160) / 100) for name, value in final.items()}
        for basis, told in (("final", final), ("budget", budget)):
            told["vehicles"] = told["vehicle_purchase"] + told["vehicle_operation"]
            total = told["overseas_trips"] + told["vehicles"] + told["reception"]
            self.put(f"three_public.{basis}", total)
            for name in (*names, "vehicles"):
                self.put(f"three_public.{name}.{basis}", told[name])
        total = self.values["three_public.final", None]
        self.put("three_public.completion_rate", _rate(total, self.values["three_public.budget", None]))
        self.changed("three_public", total)
        for name in (*names, "vehicles"):
            self.put(f"three_public.{name}.completion_rate", _rate(final[name], budget[name]))
            self.put(f"three_public.{name}.share", _rate(final[name], total))
            self.changed(f"three_public.{name}", final[name])

    def _rest(self) -> None:
        running = self.put("agency_operation.total", self.amount())
        self.changed("agency_operation", running)
        parts = {name: self.amount(100, 90_000) for name in ("goods", "works", "services")}
        bought = self.put("procurement.total", sum(parts.values(), Decimal(0)))
        for name, value in parts.items():
            self.put(f"procurement.{name}", value)
        small = self.put("procurement.sme", _cents(bought * self.rng.randint(40, 100) / 100))
        micro = self.put("procurement.micro", _cents(small * self.rng.randint(10, 90) / 100))
        self.put("procurement.sme_share", _rate(small, bought))
        self.put("procurement.micro_share", _rate(micro, bought))
        # A budget: what it plans, and last year's.
        income = self.put("budget.income", self.values["general_budget.final", None])
        self.put("budget.expenditure", income)
        self.put("budget.income.appropriation", income)
        self.changed("budget.income", income)
        basic = self.put("budget.expenditure.basic", _cents(income * self.rng.randint(20, 80) / 100))
        self.put("budget.expenditure.project", income - basic)
        self.put("budget.expenditure.basic.share", _rate(basic, income))
        self.put("budget.expenditure.project.share", _rate(income - basic, income))


@dataclass
class Told:
    """A narrative and the ledger of what it states."""

    province: str
    kind: str
    year: int
    name: str
    text: str
    facts: list[Fact]
    planted: str | None = None
    """The concept of the figure that was made wrong."""


def tell(province: str, seed: int, plant: int | None = None) -> Told:
    """The narrative of a province for one made-up body; ``plant``: the number of the linked figure to make wrong."""
    pattern = PATTERNS[province]
    book = Book(seed, 2023)
    name = f"{pattern.place}{codes.UNITS[seed % len(codes.UNITS)]}"
    teller = _Teller(pattern, book, name, plant)
    lines = teller.lines()
    return Told(province, pattern.kind, book.year, name, "\n".join(lines) + "\n", teller.facts, teller.planted)


@dataclass(frozen=True)
class Pattern:
    """How a province words its narrative."""

    place: str
    sections: str
    kind: str = "final"
    unit: str = "万元"
    decimals: int = 2


_LINKED = re.compile(
    r"\.(?:share|change_rate|completion_rate|class_share|share_of_expenditure|sme_share)$|^(?:revenue|expenditure|procurement)\.total$|^budget\.item\.change_rate$"
)
"""Concepts that another figure of the same text must agree with."""


class _Teller:
    def __init__(self, pattern: Pattern, book: Book, name: str, plant: int | None) -> None:
        self.pattern, self.book, self.name, self.plant = pattern, book, name, plant
        self.rng = random.Random(f"words {book.seed} {pattern.place}")
        self.facts: list[Fact] = []
        self.linked = 0
        self.planted: str | None = None

    def lines(self) -> list[str]:
        word = "决算" if self.pattern.kind == "final" else "预算"
        year = f"{self.book.year}{'年度' if word == '决算' else '年'}"
        found = [self.name, f"{year}单位{word}", f"第二部分 {year}单位{word}情况说明"]
        for line in self.pattern.sections.strip().splitlines():
            if line.startswith("@item "):
                found += [self._line(line[6:], code, n) for n, code in enumerate(self.book.items, 1)]
            elif line.startswith("@class "):
                classes = dict.fromkeys(code[:3] for code in self.book.items)
                found += [self._line(line[7:], code, n) for n, code in enumerate(classes, 1)]
            else:
                found.append(self._line(line, None, 0))
        return [*found, "第三部分 名词解释"]

    def _line(self, line: str, code: str | None, number: int) -> str:
        while choice := _CHOICE.search(line):
            line = line[: choice.start()] + self.rng.choice(choice.group(1).split("|")) + line[choice.end() :]
        names = codes.function_names()
        if code is not None:
            levels = [(code[:n], names[code[:n]]) for n in (3, 5, 7) if n <= len(code)]
            marks = dict(zip((3, 5, 7), "类款项", strict=True))
            line = line.replace("{path}", "".join(f"{n}（{marks[len(c)]}）" for c, n in levels))
            line = line.replace("{dashed}", "-".join(n for _, n in levels))
            coded = (f"{n}（{c if len(c) == 3 else c[-2:]}{marks[len(c)]}）" for c, n in levels)
            line = line.replace("{coded}", "".join(coded)).replace("{n}", str(number)).replace("{last}", levels[-1][1])
        line = line.replace("{Y}", str(self.book.year)).replace("{L}", str(self.book.year - 1)).replace("{name}", self.name)
        return _FIGURE.sub(lambda match: self._figure(match, code), line)

    def _figure(self, match: re.Match[str], code: str | None) -> str:
        both, concepts, signed, percent = match.groups()
        if both == "=":
            shown = [self._told(concept, code, False, True) for concept in concepts.split(",")]
            return ",".join(f"{abs(value):.{self.pattern.decimals}f}" for value in shown) + self.pattern.unit
        value = self._told(concepts, code, bool(percent), both != "~")
        number = f"{abs(value):.2f}" if percent else f"{abs(value):.{self.pattern.decimals}f}"
        unit = "%" if percent else self.pattern.unit
        word = ""
        if signed:
            up, down = (("增长", "提高"), ("下降", "降低")) if percent else (("增加", "增加了"), ("减少", "减少了"))
            word = self.rng.choice(up if value >= 0 else down)
        return f"{word}{number}{unit}"

    def _told(self, concept: str, code: str | None, percent: bool, checked: bool) -> Decimal:
        """The value as it is printed, noted in the ledger."""
        own = concept.endswith("_share") or ".item" in concept or concept.endswith(".class") or concept.startswith("budget.item")
        value = self.book.values[concept, code if own else None]
        if checked and _LINKED.search(concept):
            if self.linked == self.plant:
                value = _cents(value * Decimal("1.3")) + (Decimal("7.31") if value >= 0 else Decimal("-7.31"))
                self.planted = concept
            self.linked += 1
        unit = "%" if percent else self.pattern.unit
        if unit == "元":
            value *= 10_000
        year = self.book.year - (1 if concept.endswith(".last_year") else 0)
        self.facts.append((concept, code if own else None, value, unit, year))
        return value


def linked(province: str, seed: int) -> int:
    """How many figures of this narrative can be made wrong so that another one contradicts them."""
    teller = _Teller(PATTERNS[province], Book(seed, 2023), "", None)
    teller.lines()
    return teller.linked


_NATIONAL_THREE = """
七、财政拨款“三公”经费支出决算情况说明
{Y}年度“三公”经费财政拨款支出[年初预算|预算]为{three_public.budget}，支出决算为{three_public.final}，完成[年初预算|预算]的{three_public.completion_rate%}。
其中：因公出国（境）费支出决算为{three_public.overseas_trips.final}，占{three_public.overseas_trips.share%}；公务用车购置及运行维护费支出决算为{three_public.vehicles.final}，占{three_public.vehicles.share%}；公务接待费支出决算为{three_public.reception.final}，占{three_public.reception.share%}。
"""
_BOUGHT = """
{Y}年度政府采购支出总额{procurement.total}，其中：政府采购货物支出{procurement.goods}、政府采购工程支出{procurement.works}、政府采购服务支出{procurement.services}。授予中小企业合同金额{procurement.sme}，占政府采购支出总额的{procurement.sme_share%}，其中：授予小微企业合同金额{procurement.micro}，占政府采购支出总额的{procurement.micro_share%}。
"""

PATTERNS: dict[str, Pattern] = {
    "Sichuan": Pattern("四川省达州市渠县", """
一、收入支出决算总体情况说明
{Y}年度收、支总计[均为|]{summary.total}。与{L}年[度|]相比，收、支总计各{summary.change^}，{summary.change_rate^%}。主要变动原因是项目有变。
（图1：收、支决算总计变动情况图）（柱状图）
二、收入决算情况说明
{Y}年本年收入合计{revenue.total}，其中：财政拨款收入{revenue.appropriation}，占{revenue.appropriation.share%}；事业收入{revenue.institutional}，占{revenue.institutional.share%}；经营收入{revenue.business}，占{revenue.business.share%}；其他收入{revenue.other}，占{revenue.other.share%}。
三、支出决算情况说明
{Y}年本年支出合计{expenditure.total}，其中：基本支出{expenditure.basic}，占{expenditure.basic.share%}；项目支出{expenditure.project}，占{expenditure.project.share%}；经营支出{expenditure.business}，占{expenditure.business.share%}。
五、一般公共预算财政拨款支出决算情况说明
（一）一般公共预算财政拨款支出决算总体情况
{Y}年一般公共预算财政拨款支出{general_budget.total}，占本年支出合计的{general_budget.share_of_expenditure%}。与{L}年相比，一般公共预算财政拨款支出{general_budget.change^}，{general_budget.change_rate^%}。主要变动原因是人员有变。
（二）一般公共预算财政拨款支出决算结构情况
{Y}年一般公共预算财政拨款支出{general_budget.total}，主要用于以下方面：
@class {path}支出{general_budget.class}，占{general_budget.class_share%}；
（三）一般公共预算财政拨款支出决算具体情况
{Y}年般公共预算支出决算数为示例。
@item {n}.{path}：支出决算为{general_budget.item.final}，完成预算的{~general_budget.item.completion_rate%}。
"""),
    "Yunnan": Pattern("云南省大理州洱源县", """
一、收入决算情况说明
{name}{Y}年度收入合计{revenue.total}。其中：财政拨款收入{revenue.appropriation}，占总收入的{revenue.appropriation.share%}；事业收入{revenue.institutional}，占总收入的{revenue.institutional.share%}；经营收入{revenue.business}，占总收入的{revenue.business.share%}；其他收入{revenue.other}，占总收入的{revenue.other.share%}。与上年相比，收入合计{revenue.change^}，{revenue.change_rate^%}。主要原因是业务有变。
二、支出决算情况说明
{name}{Y}年度支出合计{expenditure.total}。其中：基本支出{expenditure.basic}，占总支出的{expenditure.basic.share%}；项目支出{expenditure.project}，占总支出的{expenditure.project.share%}；经营支出{expenditure.business}，占总支出的{expenditure.business.share%}。与上年相比，支出合计{expenditure.change^}，{expenditure.change_rate^%}。
三、一般公共预算财政拨款支出决算情况说明
（一）一般公共预算财政拨款支出决算总体情况
{name}{Y}年度一般公共预算财政拨款支出{general_budget.total}，占本年支出合计的{general_budget.share_of_expenditure%}。与上年相比{general_budget.change^}，{general_budget.change_rate^%}，主要原因是人员有变。
（二）一般公共预算财政拨款支出决算具体情况
@class {n}.{path}支出{general_budget.class}，占一般公共预算财政拨款总支出的{general_budget.class_share%}。主要用于人员经费、公用经费支出；
四、一般公共预算财政拨款“三公”经费支出决算情况说明
（一）一般公共预算财政拨款“三公”经费支出决算总体情况
{name}{Y}年度一般公共预算财政拨款“三公”经费支出年初预算为{three_public.budget}，支出决算为{three_public.final}，完成年初预算的{three_public.completion_rate%}。其中：因公出国（境）费支出年初预算为{three_public.overseas_trips.budget}，决算为{three_public.overseas_trips.final}，完成年初预算的{three_public.overseas_trips.completion_rate%}；公务用车购置费支出年初预算为{three_public.vehicle_purchase.budget}，决算为{three_public.vehicle_purchase.final}，完成年初预算的{three_public.vehicle_purchase.completion_rate%}；公务用车运行维护费支出年初预算为{three_public.vehicle_operation.budget}，决算为{three_public.vehicle_operation.final}，完成年初预算的{three_public.vehicle_operation.completion_rate%}；公务接待费支出年初预算为{three_public.reception.budget}，决算为{three_public.reception.final}，完成年初预算的{three_public.reception.completion_rate%}。
{Y}年度一般公共预算财政拨款“三公”经费支出决算数比上年{three_public.change^}，{three_public.change_rate^%}。其中：因公出国（境）费支出决算{three_public.overseas_trips.change^}，{three_public.overseas_trips.change_rate^%}；公务用车购置费支出决算{three_public.vehicle_purchase.change^}，{three_public.vehicle_purchase.change_rate^%}；公务用车运行维护费支出决算{three_public.vehicle_operation.change^}，{three_public.vehicle_operation.change_rate^%}；公务接待费支出决算{three_public.reception.change^}，{three_public.reception.change_rate^%}。
""", unit="元"),
    "Chongqing": Pattern("重庆市丰都县", """
（一）收入支出决算总体情况说明
1.总体情况。{Y}年度收入总计{summary.total}，支出总计{summary.total}。收支较上年决算数{summary.change^}，{summary.change_rate^%}，主要原因是人员经费有变。
2.收入情况。{Y}年度收入合计{revenue.total}，较上年决算数{revenue.change^}，{revenue.change_rate^%}，主要原因是项目有变。其中：财政拨款收入{revenue.appropriation}，占{revenue.appropriation.share%}；事业收入{revenue.institutional}，占{revenue.institutional.share%}；经营收入{revenue.business}，占{revenue.business.share%}；其他收入{revenue.other}，占{revenue.other.share%}。此外，年初结转和结余{summary.opening_balance}。
3.支出情况。{Y}年度支出合计{expenditure.total}，较上年决算数{expenditure.change^}，{expenditure.change_rate^%}，主要原因是支出有变。其中：基本支出{expenditure.basic}，占{expenditure.basic.share%}；项目支出{expenditure.project}，占{expenditure.project.share%}；经营支出{expenditure.business}，占{expenditure.business.share%}。
4.结转结余情况。{Y}年度年末结转和结余{summary.closing_balance}，较上年决算数{summary.closing_balance.change^}，{summary.closing_balance.change_rate^%}，主要原因是进度有变。
（四）一般公共预算财政拨款基本支出决算情况说明
{Y}年度一般公共预算财政拨款基本支出{basic.total}。其中：人员经费{basic.personnel}，较上年决算数{basic.personnel.change^}，{basic.personnel.change_rate^%}，主要原因是调资。人员经费用途主要包括基本工资。公用经费{basic.public}，较上年决算数{basic.public.change^}，{basic.public.change_rate^%}，主要原因是压减。
"""),
    "Hunan": Pattern("湖南省长沙市长沙县", """
一、收入支出决算总体情况说明
{Y}年度收、支总计{summary.total}。与上年相比，{summary.change^}，{summary.change_rate^%}，主要是因为项目有变。
二、收入决算情况说明
{Y}年度收入合计{revenue.total}，其中：财政拨款收入{revenue.appropriation}，占{revenue.appropriation.share%}；事业收入{revenue.institutional}，占{revenue.institutional.share%}；经营收入{revenue.business}，占{revenue.business.share%}；其他收入{revenue.other}，占{revenue.other.share%}。
三、支出决算情况说明
{Y}年度支出合计{expenditure.total}，其中：基本支出{expenditure.basic}，占{expenditure.basic.share%}；项目支出{expenditure.project}，占{expenditure.project.share%}；经营支出{expenditure.business}，占{expenditure.business.share%}。
五、一般公共预算财政拨款支出决算情况说明
（一）财政拨款支出决算总体情况
{Y}年度财政拨款支出{general_budget.total}，占本年支出合计的{general_budget.share_of_expenditure%}，与上年相比，财政拨款支出{general_budget.change^}，{general_budget.change_rate^%}，主要是因为项目有变。
（三）财政拨款支出决算具体情况
{Y}年度财政拨款支出年初预算数为{general_budget.initial_budget}，支出决算数为{general_budget.final}，完成年初预算的{general_budget.completion_rate%}，其中：
@item {n}、{path}。年初预算为{general_budget.item.initial_budget}，支出决算为{general_budget.item.final}，完成年初预算的{general_budget.item.completion_rate%}，决算数[大|小]于年初预算数的主要原因是：人员有变。
"""),
    "Hubei": Pattern("湖北省随州市曾都区", """
一、收入支出决算总体情况说明
{Y}年度收、支总计均为{summary.total}。与{L}年度相比，收、支总计各{summary.change^}，{summary.change_rate^%}，主要原因是项目有变。
二、收入决算情况说明
{Y}年度收入合计{revenue.total}，与{L}年度相比，收入合计{revenue.change^}，{revenue.change_rate^%}。其中：财政拨款收入{revenue.appropriation}，占本年收入{revenue.appropriation.share%}；事业收入{revenue.institutional}，占本年收入{revenue.institutional.share%}；经营收入{revenue.business}，占本年收入{revenue.business.share%}；其他收入{revenue.other}，占本年收入{revenue.other.share%}。
三、支出决算情况说明
{Y}年度支出合计{expenditure.total}，与{L}年度相比，支出合计{expenditure.change^}，{expenditure.change_rate^%}。其中：基本支出{expenditure.basic}，占本年支出{expenditure.basic.share%}；项目支出{expenditure.project}，占本年支出{expenditure.project.share%}；经营支出{expenditure.business}，占本年支出{expenditure.business.share%}。
五、一般公共预算财政拨款支出决算情况说明
（三）一般公共预算财政拨款支出决算具体情况
{Y}年度一般公共预算财政拨款支出年初预算为{general_budget.initial_budget}，支出决算为{general_budget.final}，完成年初预算的{general_budget.completion_rate%}。
@item {n}.{path}。年初预算为{general_budget.item.initial_budget}，支出决算为{general_budget.item.final}，完成年初预算的{general_budget.item.completion_rate%}，支出决算数[大|小]于年初预算数的主要原因：工作有变。
""" + _NATIONAL_THREE),
    "Guangdong": Pattern("广东省湛江市", """
一、收入支出决算总体情况说明
{name}{Y}年度收入总计{summary.total}，支出总计{summary.total}。与上年决算数相比，收、支总计各{summary.change^}，{summary.change_rate^%}。
二、收入决算情况说明
{name}{Y}年度本年收入合计{revenue.total}，其中：财政拨款收入{revenue.appropriation}，占{revenue.appropriation.share%}；事业收入{revenue.institutional}，占{revenue.institutional.share%}；经营收入{revenue.business}，占{revenue.business.share%}；其他收入{revenue.other}，占{revenue.other.share%}。
七、一般公共预算财政拨款“三公”经费支出决算情况说明
（一）“三公”经费财政拨款支出决算总体情况说明
{name}{Y}年度“三公”经费财政拨款支出决算为{three_public.final}，完成[全年预算|预算]{three_public.budget}的{three_public.completion_rate%}，比上年决算数{three_public.change^}，{three_public.change_rate^%}。其中：因公出国（境）费支出决算为{three_public.overseas_trips.final}，完成预算{three_public.overseas_trips.budget}的{three_public.overseas_trips.completion_rate%}，比上年决算数{three_public.overseas_trips.change^}，{three_public.overseas_trips.change_rate^%}；公务用车购置及运行维护费支出决算为{three_public.vehicles.final}，完成预算{three_public.vehicles.budget}的{three_public.vehicles.completion_rate%}，比上年决算数{three_public.vehicles.change^}，{three_public.vehicles.change_rate^%}；公务接待费支出决算为{three_public.reception.final}，完成预算{three_public.reception.budget}的{three_public.reception.completion_rate%}，比上年决算数{three_public.reception.change^}，{three_public.reception.change_rate^%}。
"""),
    "Guangxi": Pattern("广西壮族自治区梧州市", """
一、收入支出决算总体情况说明
（一）本单位{Y}年度总收入{summary.total}，其中本年收入{revenue.total}，较{L}年度决算数{revenue.change^}，{revenue.change_rate^%}。收入具体情况如下。
（二）本单位{Y}年度总支出{summary.total}，其中本年支出{expenditure.total}，较{L}年度决算数{expenditure.change^}，{expenditure.change_rate^%}。
九、其他重要事项的情况说明
（一）机关运行经费支出情况说明
本单位{Y}年度机关运行经费支出{agency_operation.total}，比{L}年{agency_operation.change^}，{agency_operation.change_rate^%}，主要原因是压减开支。
（二）政府采购支出情况说明
""" + _BOUGHT),
    "Zhejiang": Pattern("浙江省杭州市钱塘区", """
（一）收入支出决算总体情况说明
{Y}年度收、支总计{summary.total}，与{L}年度相比，{summary.change^}，{summary.change_rate^%}。主要原因是：项目有变。
（二）收入决算情况说明
本年收入合计{revenue.total}；包括财政拨款收入{revenue.appropriation}，占收入合计{revenue.appropriation.share%}；事业收入{revenue.institutional}，占收入合计{revenue.institutional.share%}；经营收入{revenue.business}，占收入合计{revenue.business.share%}；其他收入{revenue.other}，占收入合计{revenue.other.share%}。
（三）支出决算情况说明
本年支出合计{expenditure.total}，其中基本支出{expenditure.basic}，占{expenditure.basic.share%}；项目支出{expenditure.project}，占{expenditure.project.share%}；经营支出{expenditure.business}，占{expenditure.business.share%}。
（五）一般公共预算财政拨款支出决算情况说明
1.一般公共预算财政拨款支出决算总体情况
{Y}年度一般公共预算财政拨款支出{general_budget.total}，占本年支出合计的{general_budget.share_of_expenditure%}。与{L}年度相比，一般公共预算财政拨款支出{general_budget.change^}，{general_budget.change_rate^%}，主要原因是：人员有变。
"""),
    "Jiangsu": Pattern("江苏省南京市玄武区", """
一、收入支出决算总体情况说明
{Y}年度收入、支出总计{summary.total}。与上年相比，收、支总计各{summary.change^}，变动原因是人员有变。其中：
二、收入决算情况说明
{Y}年度本年收入决算合计{revenue.total}，其中：财政拨款收入{revenue.appropriation}，占{revenue.appropriation.share%}；事业收入{revenue.institutional}，占{revenue.institutional.share%}；经营收入{revenue.business}，占{revenue.business.share%}；其他收入{revenue.other}，占{revenue.other.share%}。
三、支出决算情况说明
{Y}年度本年支出决算合计{expenditure.total}，其中：基本支出{expenditure.basic}，占{expenditure.basic.share%}；项目支出{expenditure.project}，占{expenditure.project.share%}；经营支出{expenditure.business}，占{expenditure.business.share%}。
五、财政拨款支出决算情况说明
{Y}年度财政拨款支出决算{general_budget.final}，占本年支出合计的{general_budget.share_of_expenditure%}。
六、一般公共预算财政拨款支出决算情况说明
@item {n}.{path}。年初预算{general_budget.item.initial_budget}，支出决算{general_budget.item.final}，完成年初预算的{general_budget.item.completion_rate%}。决算数与年初预算数的差异原因：人员有变。
"""),
    "Shandong": Pattern("山东省济南市历下区", """
一、收入支出决算总体情况说明
{Y}年度收、支总计均为{summary.total}。与{L}年度相比，收、支总计各{summary.change^}，{summary.change_rate^%}。主要是项目有变。
二、收入决算情况说明
（一）收入决算结构情况
本年收入合计{revenue.total}，其中：财政拨款收入{revenue.appropriation}，占{revenue.appropriation.share%}；事业收入{revenue.institutional}，占{revenue.institutional.share%}；经营收入{revenue.business}，占{revenue.business.share%}；其他收入{revenue.other}，占{revenue.other.share%}。
三、支出决算情况说明
（一）支出决算结构情况
本年支出合计{expenditure.total}，其中：基本支出{expenditure.basic}，占{expenditure.basic.share%}；项目支出{expenditure.project}，占{expenditure.project.share%}；经营支出{expenditure.business}，占{expenditure.business.share%}。
五、一般公共预算财政拨款支出决算情况说明
（三）一般公共预算财政拨款支出决算具体情况
{Y}年度一般公共预算财政拨款支出年初预算为{general_budget.initial_budget}，支出决算为{general_budget.final}，完成年初预算的{general_budget.completion_rate%}。其中：
@item {n}.{path}。年初预算为{general_budget.item.initial_budget}，支出决算为{general_budget.item.final}，完成年初预算的{general_budget.item.completion_rate%}。决算数[大|小]于年初预算数的主要原因是工作有变。
"""),
    "Henan": Pattern("河南省郑州市金水区", """
一、收入支出决算总体情况说明
{Y}年度收、支总计均为{summary.total}。与{L}年度相比，收、支总计各{summary.change^}，{summary.change_rate^%}。主要原因是项目有变。
二、收入决算情况说明
{Y}年度收入合计{revenue.total}，其中：财政拨款收入{revenue.appropriation}，占{revenue.appropriation.share%}；事业收入{revenue.institutional}，占{revenue.institutional.share%}；经营收入{revenue.business}，占{revenue.business.share%}；其他收入{revenue.other}，占{revenue.other.share%}。
三、支出决算情况说明
{Y}年度支出合计{expenditure.total}，其中：基本支出{expenditure.basic}，占{expenditure.basic.share%}；项目支出{expenditure.project}，占{expenditure.project.share%}；经营支出{expenditure.business}，占{expenditure.business.share%}。
四、财政拨款收入支出决算总体情况说明
{Y}年度财政拨款收、支总计均为{appropriation.income_total}。与{L}年度相比，财政拨款收、支总计各{appropriation.change^}，{appropriation.change_rate^%}。
""" + _NATIONAL_THREE),
    "Beijing": Pattern("北京市朝阳区", """
二、收入支出决算总体情况说明
{Y}年度收、支总计{summary.total}，比上年{summary.change^}，{summary.change_rate^%}。主要原因是项目有变。
（一）收入决算说明
{Y}年度本年收入合计{revenue.total}，比上年{revenue.change^}，{revenue.change_rate^%}，其中：财政拨款收入{revenue.appropriation}，占收入合计的{revenue.appropriation.share%}；事业收入{revenue.institutional}，占收入合计的{revenue.institutional.share%}；经营收入{revenue.business}，占收入合计的{revenue.business.share%}；其他收入{revenue.other}，占收入合计的{revenue.other.share%}。
（二）支出决算说明
{Y}年度本年支出合计{expenditure.total}，比上年{expenditure.change^}，{expenditure.change_rate^%}，其中：基本支出{expenditure.basic}，占支出合计的{expenditure.basic.share%}；项目支出{expenditure.project}，占支出合计的{expenditure.project.share%}；经营支出{expenditure.business}，占支出合计的{expenditure.business.share%}。
"""),
    "Gansu": Pattern("甘肃省天水市", """
（一）收入决算情况。
{Y}年度，本单位收入为{revenue.total}，其中：财政拨款收入{revenue.appropriation}，占{revenue.appropriation.share%}；事业收入{revenue.institutional}，占{revenue.institutional.share%}；经营收入{revenue.business}，占{revenue.business.share%}；其他收入{revenue.other}，占{revenue.other.share%}。
（二）支出决算情况
{Y}年度，本单位支出为{expenditure.total}。其中：基本支出{expenditure.basic}，占{expenditure.basic.share%}；项目支出{expenditure.project}，占{expenditure.project.share%}；经营支出{expenditure.business}，占{expenditure.business.share%}。
（三）财政拨款收入决算情况。
{Y}年度，本单位财政拨款收入总计{appropriation.income_total}，与上年相比{appropriation.change^}，{appropriation.change_rate^%}。
"""),
    "Shaanxi": Pattern("陕西省西安市碑林区", """
一、收入支出决算总体情况说明
{Y}年度收入、支出总计均为{summary.total}，与上年相比收、支总计各{summary.change^}，{summary.change_rate^%}，主要原因是项目有变。
二、收入决算情况说明
{Y}年度收入合计{revenue.total}，其中：财政拨款收入{revenue.appropriation}，占{revenue.appropriation.share%}；事业收入{revenue.institutional}，占{revenue.institutional.share%}；经营收入{revenue.business}，占{revenue.business.share%}；其他收入{revenue.other}，占{revenue.other.share%}。
六、一般公共预算财政拨款基本支出决算情况说明
{Y}年度一般公共预算财政拨款基本支出{basic.total}，包括人员经费和公用经费。其中：
（一）人员经费{basic.personnel}，主要包括：基本工资。
（二）公用经费{basic.public}，主要包括：办公费。
"""),
    "Xinjiang": Pattern("新疆维吾尔自治区乌鲁木齐市", """
一、收入支出决算总体情况说明
{Y}年度收入总计{summary.total}，与上年相比，{summary.change^}，{summary.change_rate^%}，主要原因是：项目有变。
二、收入决算情况说明
{Y}年度本年收入{revenue.total}，其中：财政拨款收入{revenue.appropriation}，占{revenue.appropriation.share%}；事业收入{revenue.institutional}，占{revenue.institutional.share%}；经营收入{revenue.business}，占{revenue.business.share%}；其他收入{revenue.other}，占{revenue.other.share%}。
五、一般公共预算财政拨款支出决算情况说明
（一）一般公共预算财政拨款支出决算总体情况
{Y}年度一般公共预算财政拨款支出{general_budget.total}，占本年支出合计的{~general_budget.share_of_expenditure%}。与上年相比，{general_budget.change^}，{general_budget.change_rate^%}，主要原因是：项目有变。与年初预算相比，年初预算数{general_budget.initial_budget}，决算数{general_budget.final}，预决算差异率另述。
"""),
    "Shanghai": Pattern("上海市普陀区", """
{Y}年，{name}收入预算{budget.income}，其中：财政拨款收入{budget.income.appropriation}，比{L}年预算{budget.income.change^}；
支出预算{budget.expenditure}，其中：财政拨款支出预算安排如下。
财政拨款支出主要内容如下：
@item {n}.[“{path}”|“{dashed}”科目|{coded}]{budget.item}，主要用于示例工作。{L}年当年预算执行数为{budget.item.last_year}，{Y}年预算安排{budget.item}，比{L}年预算执行数{budget.item.change_rate^%}。主要原因是：业务有变。
""", kind="budget"),
    "Guangxi-budget": Pattern("广西壮族自治区梧州市", """
二、收入预算情况说明
{Y}年收入总预算{budget.income}，同比{budget.income.change^}，{budget.income.change_rate^%}。
三、支出预算情况说明
{Y}年支出总预算{budget.expenditure}。其中：
基本支出预算{budget.expenditure.basic}，占支出总预算的{budget.expenditure.basic.share%}；
项目支出预算{budget.expenditure.project}，占支出总预算的{budget.expenditure.project.share%}。
""", kind="budget", unit="元"),
}  # fmt: skip
"""Province → pattern. Witnesses: public reports of these places; the sentences are ours, the terms official."""

__all__ = ["PATTERNS", "Book", "Fact", "Told", "linked", "tell"]
