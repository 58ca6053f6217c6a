"""The accounts of one department and year: seeded, complete, and consistent to the last digit.

A ledger knows every figure of the nine official tables as an exact integer and nothing of how a report
prints them. Amounts are micro-units: 1,000,000 of them are 1 万元, 100 are 1 元.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property
from typing import Literal

import polars as pl

from samples.generator import codes

MICRO = 1_000_000
Kind = Literal["final", "budget"]
Level = Literal["department", "unit"]
Fund = Literal["general", "fund", "capital"]
Row = dict[str, int | None]
Figures = dict[str, dict[tuple[str, ...], Row]]

INCOME_SOURCES = ("higher_level_subsidy", "institutional", "business", "affiliate_remittance", "other")
FUND_COLUMNS = ("opening_balance", "revenue", "total", "basic", "project", "closing_balance")
THREE_PUBLIC = ("overseas_trips", "vehicle_purchase", "vehicle_operation", "reception")
THREE_PUBLIC_ITEMS = dict(zip(THREE_PUBLIC, ("30212", "31013", "30231", "30217"), strict=True))

KEYS = {
    "revenue_expenditure_summary": ("side", "item_code"),
    "revenue_by_function": ("function_code",),
    "expenditure_by_function": ("function_code",),
    "appropriation_summary": ("side", "item_code"),
    "general_budget_expenditure": ("function_code",),
    "basic_expenditure_by_economy": ("economic_code",),
    "government_fund": ("function_code",),
    "state_capital": ("function_code",),
    "three_public_expenses": ("basis",),
}
LABELS = {
    "revenue_expenditure_summary": ("item", "line_no"),
    "appropriation_summary": ("item", "line_no"),
    "basic_expenditure_by_economy": ("economic_name", "level"),
    "three_public_expenses": (),
} | dict.fromkeys(
    (
        "revenue_by_function",
        "expenditure_by_function",
        "general_budget_expenditure",
        "government_fund",
        "state_capital",
    ),
    ("function_name", "level"),
)
AMOUNTS = {
    "revenue_expenditure_summary": ("amount",),
    "revenue_by_function": ("total", "fiscal_appropriation", *INCOME_SOURCES),
    "expenditure_by_function": (
        "total",
        "basic",
        "project",
        "remitted_to_higher_level",
        "business",
        "affiliate_subsidy",
    ),
    "appropriation_summary": ("amount", "total", "general_public_budget", "government_fund", "state_capital"),
    "general_budget_expenditure": ("total", "basic", "project"),
    "basic_expenditure_by_economy": ("amount", "personnel", "public"),
    "government_fund": FUND_COLUMNS,
    "state_capital": FUND_COLUMNS,
    "three_public_expenses": (
        "total",
        "overseas_trips",
        "vehicles",
        "vehicle_purchase",
        "vehicle_operation",
        "reception",
        "agency_operation",
    ),
}
RESOURCES = tuple(KEYS)
INTEGER_LABELS = ("line_no",)


@dataclass(frozen=True)
class Options:
    """What the department is like. Everything else follows from the seed."""

    kind: Kind = "final"
    year: int = 2023
    level: Level = "department"
    region: str = "420102"
    institution: str | None = None
    """Name without its place; by default one that the seed chooses."""
    rows: int = 30
    """Functional rows (类, 款 and 项 together) that table 03 has at least."""
    unit: Literal["万元", "元"] = "万元"
    """Figures are whole 0.01 万元 or whole 元."""
    other_income: bool = False
    institutional_income: bool = False
    business_activity: bool = False
    higher_level_subsidy: bool = False
    affiliates: bool = False
    government_fund: bool = False
    state_capital: bool = False
    carry_over: bool = False
    """Appropriations carried in from last year and into the next."""
    blank_rows: int = 0
    """Functional rows printed without any figure."""
    printed_zeros: bool = False
    """Some of the empty cells hold a printed zero, which is another fact."""
    three_public: bool = True
    forms: int = 0
    """Projects with a performance form: self-evaluations of a final account, applications of a budget."""
    forms_twice: bool = False
    """The self-evaluations are printed in the narrative and again in the annex."""
    forms_planted: bool = False
    """Some of the forms have mistakes."""


@dataclass(frozen=True)
class Change:
    """A printed cell that is not what the ledger holds: micro-units, or text where ``column`` is ``name``."""

    resource: str
    key: tuple[str, ...]
    column: str
    printed: int | str


@dataclass(frozen=True)
class Planted:
    """One mistake of the printed report: its cells, and what must come of it."""

    rule: str
    """The rule that must notice (ids of ``expectations/``)."""
    also: tuple[str, ...]
    """Other rules that it trips."""
    severity: str
    why: str
    cells: tuple[Change, ...]


@dataclass
class Item:
    """One 项 and its money: the appropriation of its budget, and what other income paid for."""

    code: str
    name: str
    fund: Fund
    opening: int = 0
    revenue: int = 0
    basic: int = 0
    project: int = 0
    closing: int = 0
    income: dict[str, int] = field(default_factory=dict)
    carried_in: int = 0
    spent: dict[str, int] = field(default_factory=dict)
    carried_out: int = 0
    blank: bool = False

    @property
    def appropriated(self) -> int:
        return self.basic + self.project


@dataclass
class Ledger:
    """The books of one department-year. ``figures`` is the truth; ``planted``, what is printed instead."""

    seed: int
    options: Options
    institution: str
    items: list[Item]
    economic: dict[str, int]
    three_public: dict[str, dict[str, int]]
    agency_operation: int
    surplus_used: int = 0
    distribution: int = 0
    last_year_total: int | None = None
    planted: tuple[Planted, ...] = ()

    @property
    def region(self) -> codes.Region:
        return codes.region(self.options.region)

    @property
    def year(self) -> int:
        return self.options.year

    @cached_property
    def figures(self) -> Figures:
        """Every figure of the nine tables, by resource, key and column. None where there is nothing."""
        figures: Figures = {
            "revenue_by_function": _hierarchy((i, _income_row(i)) for i in self.items),
            "expenditure_by_function": _hierarchy((i, _expenditure_row(i)) for i in self.items),
            "general_budget_expenditure": _hierarchy(
                (i, _budget_row(i)) for i in self.items if i.fund == "general"
            ),
            "government_fund": _hierarchy((i, _fund_row(i)) for i in self.items if i.fund == "fund"),
            "state_capital": _hierarchy((i, _fund_row(i)) for i in self.items if i.fund == "capital"),
            "basic_expenditure_by_economy": _economic_rows(self.economic),
            "three_public_expenses": _three_public_rows(self.three_public, self.agency_operation),
        }
        figures["appropriation_summary"] = _appropriation_summary(self.items, figures)
        figures["revenue_expenditure_summary"] = _summary(self, figures)
        if self.options.printed_zeros:
            _print_zeros(figures, random.Random(f"zeros {self.seed}"))
        return figures

    def printed(self, resource: str, key: tuple[str, ...], column: str) -> int | None:
        """The figure as the report prints it: the book's, unless a mistake was planted there."""
        change = self._changes.get((resource, key, column))
        if change is not None:
            assert not isinstance(change.printed, str)
            return change.printed
        return self.figures[resource].get(key, {}).get(column)

    def printed_name(self, resource: str, key: tuple[str, ...], name: str) -> str:
        """A row's name as the report prints it: the given one, unless another was planted there."""
        change = self._changes.get((resource, key, "name"))
        return str(change.printed) if change is not None else name

    @cached_property
    def _changes(self) -> dict[tuple[str, tuple[str, ...], str], Change]:
        return {(c.resource, c.key, c.column): c for plant in self.planted for c in plant.cells}

    def with_planted(self, *planted: Planted) -> Ledger:
        """The same books, printed with these mistakes (in place of any others)."""
        return replace(self, planted=planted)

    def frames(self) -> dict[str, pl.DataFrame]:
        """The books as frames of the published columns (without report_id, page, line), amounts in 万元.

        Complete: also the columns that a layout leaves out. What one report prints is in ``Sample.frames``.
        """
        return {
            resource: frame(
                resource,
                (
                    {**dict(zip(KEYS[resource], key, strict=True)), **_labels(resource, key), **row}
                    for key, row in rows.items()
                ),
            )
            for resource, rows in self.figures.items()
        }


def frame(resource: str, rows: Iterable[Mapping[str, object]]) -> pl.DataFrame:
    """Rows of micro-units as a frame of the published columns, amounts ``Decimal(18, 6)`` in 万元."""
    rows = list(rows)
    columns: dict[str, pl.Series] = {}
    for name in (*KEYS[resource], *LABELS[resource]):
        dtype = pl.Int64 if name in INTEGER_LABELS else pl.String
        columns[name] = pl.Series(name, [row.get(name) for row in rows], dtype=dtype)
    for name in AMOUNTS[resource]:
        amounts = [_decimal(row.get(name)) for row in rows]
        columns[name] = pl.Series(name, amounts, dtype=pl.Decimal(18, 6))
    return pl.DataFrame(columns)


def _decimal(micro: object) -> Decimal | None:
    return None if micro is None else Decimal(micro).scaleb(-6)  # type: ignore[arg-type]


def _labels(resource: str, key: tuple[str, ...]) -> dict[str, str | None]:
    code = key[-1]
    if "function_name" in LABELS[resource]:
        return {"function_name": codes.function_names().get(code, "合计"), "level": function_level(code)}
    if "economic_name" in LABELS[resource]:
        return {"economic_name": codes.ECONOMIC.get(code), "level": economic_level(code)}
    return {"item": codes.CLASSES.get(code)} if "item" in LABELS[resource] else {}


def function_level(code: str) -> str | None:
    """class, section or item; None for the row 合计."""
    return {3: "class", 5: "section", 7: "item"}.get(len(code)) if code.isdigit() else None


def economic_level(code: str) -> str | None:
    """class or section; None for the rows of totals."""
    return function_level(code)


# ---- the tables, from the items -------------------------------------------------------------------------


def _or_blank(amount: int) -> int | None:
    return amount or None


def _add(amounts: Iterable[int | None]) -> int | None:
    known = [a for a in amounts if a is not None]
    return sum(known) if known else None


def _income_row(item: Item) -> Row:
    row: Row = {"fiscal_appropriation": _or_blank(item.revenue)}
    row |= {source: _or_blank(item.income.get(source, 0)) for source in INCOME_SOURCES}
    return {"total": _add(row.values())} | row


def _expenditure_row(item: Item) -> Row:
    kinds = AMOUNTS["expenditure_by_function"][1:]
    own = {"basic": item.basic, "project": item.project}
    row: Row = {kind: _or_blank(own.get(kind, 0) + item.spent.get(kind, 0)) for kind in kinds}
    return {"total": _add(row.values())} | row


def _budget_row(item: Item) -> Row:
    return {
        "total": _or_blank(item.appropriated),
        "basic": _or_blank(item.basic),
        "project": _or_blank(item.project),
    }


def _fund_row(item: Item) -> Row:
    ends = {"opening_balance": item.opening, "revenue": item.revenue, "closing_balance": item.closing}
    row: Row = {name: _or_blank(amount) for name, amount in ends.items()}
    return row | _budget_row(item)


def _hierarchy(leaves: Iterable[tuple[Item, Row]]) -> dict[tuple[str, ...], Row]:
    """The rows of a table by function: 合计, then 类 > 款 > 项 by code, each the sum of its own."""
    kept = [(i, row) for i, row in leaves if i.blank or any(v is not None for v in row.values())]
    if not kept:
        return {}
    rows: dict[str, Row] = {}
    for item, row in kept:
        for code in ("total", item.code[:3], item.code[:5], item.code):
            above = rows.setdefault(code, dict.fromkeys(row))
            for column, amount in row.items():
                above[column] = _add((above[column], amount))
    return {("total",): rows["total"], **{(code,): rows[code] for code in sorted(rows) if code != "total"}}


def _economic_rows(amounts: dict[str, int]) -> dict[tuple[str, ...], Row]:
    rows: dict[tuple[str, ...], Row] = {}
    for code in codes.ECONOMIC:
        if len(code) == 5:
            parts = [amounts.get(code)]
        else:
            parts = [a for c, a in amounts.items() if c.startswith(code)]
        amount = _add(parts)
        personnel = code[:3] in codes.PERSONNEL_CLASSES
        rows[(code,)] = {
            "amount": amount,
            "personnel": amount if personnel else None,
            "public": None if personnel else amount,
        }
    for name, wanted in (("personnel_total", True), ("public_total", False)):
        parts = [a for c, a in amounts.items() if (c[:3] in codes.PERSONNEL_CLASSES) is wanted]
        rows[(name,)] = {"amount": _add(parts), "personnel": None, "public": None}
    rows[("total",)] = {
        "amount": _add(amounts.values()),
        "personnel": rows[("personnel_total",)]["amount"],
        "public": rows[("public_total",)]["amount"],
    }
    return rows


def _three_public_rows(
    three_public: dict[str, dict[str, int]], agency_operation: int
) -> dict[tuple[str, ...], Row]:
    rows: dict[tuple[str, ...], Row] = {}
    for basis, parts in three_public.items():
        row: Row = {name: _or_blank(parts.get(name, 0)) for name in THREE_PUBLIC}
        vehicles = _add((row["vehicle_purchase"], row["vehicle_operation"]))
        total = _add((row["overseas_trips"], vehicles, row["reception"]))
        rows[(basis,)] = {"total": total, "vehicles": vehicles} | row
        rows[(basis,)]["agency_operation"] = _or_blank(agency_operation) if basis == "budget" else None
    return rows


FUND_NAMES: dict[Fund, str] = {
    "general": "general_public_budget",
    "fund": "government_fund",
    "capital": "state_capital",
}


def _sum_by_fund(items: list[Item], amount: str) -> Row:
    return {
        name: _or_blank(sum(getattr(i, amount) for i in items if i.fund == fund))
        for fund, name in FUND_NAMES.items()
    }


def _appropriation_summary(items: list[Item], figures: Figures) -> dict[tuple[str, ...], Row]:
    revenue = _sum_by_fund(items, "revenue")
    opening = _sum_by_fund(items, "opening")
    rows: dict[tuple[str, ...], Row] = {}
    income = dict(revenue) | {
        "current_total": _add(revenue.values()),
        "opening_balance": _add(opening.values()),
    }
    income |= {f"opening_{name}": amount for name, amount in opening.items()}
    income["grand_total"] = _add((income["current_total"], income["opening_balance"]))
    for code, amount in income.items():
        rows["income", code] = {"amount": amount}
    tables = {
        "general_public_budget": figures["general_budget_expenditure"],
        "government_fund": figures["government_fund"],
        "state_capital": figures["state_capital"],
    }
    for code in (*codes.CLASSES, "total"):
        parts = {name: table.get((code,), {}).get("total") for name, table in tables.items()}
        name = "current_total" if code == "total" else code
        rows["expenditure", name] = {"total": _add(parts.values())} | parts
    closing = _sum_by_fund(items, "closing")
    rows["expenditure", "closing_balance"] = {"total": _add(closing.values())} | closing
    rows["expenditure", "grand_total"] = {
        column: _add(
            (rows["expenditure", "current_total"][column], rows["expenditure", "closing_balance"][column])
        )
        for column in ("total", *tables)
    }
    return rows


def _summary(ledger: Ledger, figures: Figures) -> dict[tuple[str, ...], Row]:
    columns = figures["revenue_by_function"].get(("total",), {})
    income = _sum_by_fund(ledger.items, "revenue")
    income["fiscal_appropriation"] = _add(income.values())
    income |= {source: columns.get(source) for source in INCOME_SOURCES}
    income["current_total"] = columns.get("total")
    income["surplus_used"] = _or_blank(ledger.surplus_used)
    income["opening_balance"] = _or_blank(sum(i.opening + i.carried_in for i in ledger.items))
    income["grand_total"] = _add(income[n] for n in ("current_total", "surplus_used", "opening_balance"))
    spent = figures["expenditure_by_function"]
    expenditure = {code: spent.get((code,), {}).get("total") for code in codes.CLASSES}
    expenditure["current_total"] = spent.get(("total",), {}).get("total")
    expenditure["surplus_distribution"] = _or_blank(ledger.distribution)
    expenditure["closing_balance"] = _or_blank(sum(i.closing + i.carried_out for i in ledger.items))
    ends = ("current_total", "surplus_distribution", "closing_balance")
    expenditure["grand_total"] = _add(expenditure[n] for n in ends)
    rows: dict[tuple[str, ...], Row] = {("income", code): {"amount": a} for code, a in income.items()}
    rows |= {("expenditure", code): {"amount": a} for code, a in expenditure.items()}
    return rows


def _print_zeros(figures: Figures, rng: random.Random) -> None:
    """Turn some blanks into printed zeros: sums stay what they are."""
    for resource in (
        "general_budget_expenditure",
        "basic_expenditure_by_economy",
        "revenue_expenditure_summary",
    ):
        for key, row in figures[resource].items():
            for column, amount in row.items():
                single = resource != "basic_expenditure_by_economy" or (
                    column == "amount" and len(key[0]) == 5
                )
                if amount is None and single and row.get("total", 0) is not None and rng.random() < 0.15:
                    row[column] = 0


# ---- making one up --------------------------------------------------------------------------------------


def make_ledger(seed: int, options: Options | None = None, previous: Ledger | None = None) -> Ledger:
    """The books that a seed stands for. With ``previous``: the same department's books of the next year."""
    options = options or Options()
    rng = random.Random(f"ledger {seed} {options.year} {options.kind}")
    quantum = 10_000 if options.unit == "万元" else 100
    institution = previous.institution if previous else _institution(options, random.Random(f"name {seed}"))
    items = _choose_items(options, random.Random(f"items {seed}"))
    _appropriate(items, rng, quantum, options)
    _carry_over(items, rng, quantum, options, previous)
    economic = _economise(items, rng, quantum, options)
    surplus, distribution = _earn(items, rng, quantum, options, previous)
    three_public = _three_public(economic, rng, options)
    public = sum(a for c, a in economic.items() if c[:3] not in codes.PERSONNEL_CLASSES)
    total = sum(i.opening + i.revenue + i.carried_in + sum(i.income.values()) for i in items) + surplus
    last_year_total = _books_total(previous) if previous else _near(total, rng, quantum)
    return Ledger(
        seed=seed,
        options=options,
        institution=institution,
        items=items,
        economic=economic,
        three_public=three_public,
        agency_operation=_round(public, 10_000),
        surplus_used=surplus,
        distribution=distribution,
        last_year_total=last_year_total,
    )


def _books_total(ledger: Ledger) -> int | None:
    return ledger.figures["revenue_expenditure_summary"]["income", "grand_total"]["amount"]


def _institution(options: Options, rng: random.Random) -> str:
    names = codes.DEPARTMENTS if options.level == "department" else codes.UNITS
    return codes.region(options.region).place + (options.institution or rng.choice(names))


def _near(amount: int, rng: random.Random, quantum: int) -> int:
    return max(quantum, amount * rng.randint(70, 125) // 100 // quantum * quantum)


def _round(amount: int, unit: int) -> int:
    return (2 * amount + unit) // (2 * unit) * unit


def _choose_items(options: Options, rng: random.Random) -> list[Item]:
    """The department's own 款, what every department has, and more until there are rows enough."""
    chosen: dict[str, Item] = {}
    names = codes.function_names()

    def take(fund: Fund, *wanted: str) -> None:
        for code in wanted:
            chosen.setdefault(code, Item(code, names[code], fund))

    running = "50" if options.level == "unit" else "01"
    homes = [
        s for s in codes.GENERAL if s.code + running in s.items and s.code[:3] not in ("208", "210", "221")
    ]
    home = rng.choice(homes)
    take("general", home.code + running, *rng.sample(sorted(home.items), k=min(2, len(home.items))))
    take("general", "2080505", "2080506", "2101101" if running == "01" else "2101102", "2210201")
    extras = ["2080501", "2101103", "2101199", "2210202", "2210203"]
    take("general", *rng.sample(extras, k=rng.randint(0, 3)))
    for fund, sections, wanted in (
        ("fund", codes.FUND, options.government_fund),
        ("capital", codes.CAPITAL, options.state_capital),
    ):
        if wanted:
            section = rng.choice(sections)
            take(fund, *rng.sample(sorted(section.items), k=rng.randint(1, min(2, len(section.items)))))  # type: ignore[arg-type]
    rest = [s for s in codes.GENERAL if s.code != home.code]
    rng.shuffle(rest)
    while rest and len({c[:n] for c in chosen for n in (3, 5, 7)}) < options.rows:
        section = rest.pop()
        take("general", *rng.sample(sorted(section.items), k=rng.randint(1, len(section.items))))
    spare = sorted(c for s in codes.GENERAL for c in s.items if c not in chosen)
    for code in rng.sample(spare, k=min(options.blank_rows, len(spare))):
        chosen[code] = Item(code, names[code], "general", blank=True)
    return [chosen[code] for code in sorted(chosen)]


_STAFF_ITEMS = ("2080501", "2080502", "2080505", "2080506", "2101101", "2101102", "2101103", "22102")


def _appropriate(items: list[Item], rng: random.Random, quantum: int, options: Options) -> None:
    """What each item spent of its appropriation. Basic expenditure stands where it stands in real reports."""
    wages = rng.randint(150, 3000) * MICRO
    for item in items:
        if item.blank:
            continue
        staff = item.code.startswith(_STAFF_ITEMS)
        running = item.code.endswith(("01", "50")) and item.name in ("行政运行", "事业运行")
        if running:
            item.basic = _amount(rng, wages // 2, wages, quantum)
            if rng.random() < 0.1:
                item.project = _amount(rng, wages // 200, wages // 50, quantum)
        elif staff:
            item.basic = _amount(rng, wages // 60, wages // 8, quantum)
            if item.code == "2101103" and rng.random() < 0.5:
                item.project = _amount(rng, wages // 300, wages // 100, quantum)
        else:
            item.project = _amount(rng, MICRO // 10, MICRO * 10 ** rng.randint(1, 3), quantum)


def _amount(rng: random.Random, low: int, high: int, quantum: int) -> int:
    return max(quantum, rng.randint(low, max(low, high)) // quantum * quantum)


def _carry_over(
    items: list[Item], rng: random.Random, quantum: int, options: Options, previous: Ledger | None
) -> None:
    """Appropriations that came in and what was left. The next year opens with what this one closed with."""
    before = {i.code: i.closing for i in previous.items} if previous else {}
    for item in items:
        if item.blank:
            continue
        spent = item.appropriated
        if previous:
            item.opening = before.get(item.code, 0)
        elif options.carry_over and item.fund != "capital" and rng.random() < 0.3:
            item.opening = rng.randint(0, spent // 2) // quantum * quantum
        if options.carry_over and item.fund != "capital" and rng.random() < 0.3:
            item.closing = rng.randint(0, spent // 2) // quantum * quantum
        item.closing = max(item.closing, item.opening - spent)
        item.revenue = spent + item.closing - item.opening


def _split(total: int, wanted: list[str], rng: random.Random, quantum: int) -> dict[str, int]:
    """Share a total out among names: random parts, whole quanta, exactly the total."""
    wanted = wanted[: max(1, total // quantum)]
    weights = [rng.random() ** 2 + 0.02 for _ in wanted]
    shares = {
        n: int(total * w / sum(weights)) // quantum * quantum for n, w in zip(wanted, weights, strict=True)
    }
    shares[wanted[0]] += total - sum(shares.values())
    return {name: share for name, share in shares.items() if share}


_ANCHORS = {
    "2080505": "30108",
    "2080506": "30109",
    "2101101": "30110",
    "2101102": "30110",
    "2210201": "30113",
}


def _economise(items: list[Item], rng: random.Random, quantum: int, options: Options) -> dict[str, int]:
    """Basic expenditure by economic code: the total of table 05, insurance and housing as in its items."""
    economic: dict[str, int] = {}
    rest = 0
    for item in items:
        code = _ANCHORS.get(item.code) or ("30302" if item.code.startswith("208050") else None)
        if code and item.basic:
            economic[code] = economic.get(code, 0) + item.basic
        else:
            rest += item.basic
    public = rest * rng.randint(10, 35) // 100 // quantum * quantum
    pay = [
        "30102",
        "30101",
        "30103",
        "30112",
        "30199",
        *rng.sample(["30106", "30107", "30111", "30114"], k=2),
    ]
    pay += rng.sample(["30301", "30304", "30305", "30307", "30309", "30399"], k=2)
    for code, amount in _split(rest - public, pay, rng, quantum).items():
        economic[code] = economic.get(code, 0) + amount
    if options.three_public:
        # whole 0.01 万元, so that a table of 三公 in 万元 can state them exactly
        for code in rng.sample(sorted(THREE_PUBLIC_ITEMS.values()), k=rng.randint(1, 3)):
            amount = rng.randint(5, 900) * 10_000
            if amount < public // 6:
                economic[code] = amount
                public -= amount
    usual = ["30299", "30201", "30202", "30207", "30228", "30229", "30239"]
    usual += rng.sample(
        ["30203", "30204", "30205", "30206", "30209", "30211", "30213", "30215", "30216"], k=4
    )
    usual += rng.sample(["30226", "30227", "30214", "31002", "31003", "31007", "39999"], k=3)
    return economic | _split(public, usual, rng, quantum)


_EARNED = {
    "other_income": ("other", ("project", "basic")),
    "institutional_income": ("institutional", ("basic", "project")),
    "higher_level_subsidy": ("higher_level_subsidy", ("project",)),
    "business_activity": ("business", ("business",)),
    "affiliates": ("affiliate_remittance", ("affiliate_subsidy", "remitted_to_higher_level")),
}


def _earn(
    items: list[Item], rng: random.Random, quantum: int, options: Options, previous: Ledger | None
) -> tuple[int, int]:
    """Income that is no appropriation, and what it paid for. Gives (surplus used, surplus distributed)."""
    earners = [i for i in items if i.fund == "general" and not i.blank]
    kinds = [kind for kind in _EARNED if getattr(options, kind)]
    if previous:
        _spend_what_was_left(items, previous)
    for kind in kinds:
        source, uses = _EARNED[kind]
        for item in rng.sample(earners, k=min(len(earners), rng.randint(1, 2))):
            earned = _amount(rng, MICRO // 100, 200 * MICRO, quantum)
            item.income[source] = item.income.get(source, 0) + earned
            kept = 0
            if options.kind == "final" and rng.random() < 0.5:
                if not previous:
                    brought = rng.randint(0, earned) // quantum * quantum
                    item.carried_in += brought
                    earned += brought
                kept = rng.randint(0, earned // 2) // quantum * quantum
                item.carried_out += kept
            use = rng.choice(uses)
            item.spent[use] = item.spent.get(use, 0) + earned - kept
    if not kinds or options.kind == "budget" or rng.random() < 0.5:
        return 0, 0
    item = rng.choice([i for i in earners if i.income])
    surplus = _amount(rng, quantum, 20 * MICRO, quantum)
    distribution = rng.randint(0, surplus // 2) // quantum * quantum
    item.spent["project"] = item.spent.get("project", 0) + surplus - distribution
    return surplus, distribution


def _spend_what_was_left(items: list[Item], previous: Ledger) -> None:
    """Other money that last year left over comes in, and goes into projects."""
    left = {i.code: i.carried_out for i in previous.items}
    for item in items:
        item.carried_in = left.get(item.code, 0)
        if item.carried_in:
            item.spent["project"] = item.spent.get("project", 0) + item.carried_in


def _three_public(
    economic: dict[str, int], rng: random.Random, options: Options
) -> dict[str, dict[str, int]]:
    """Never less than what table 06 shows of it; the budget is mostly a little more."""
    final = {name: economic.get(code, 0) for name, code in THREE_PUBLIC_ITEMS.items()}
    if options.three_public and rng.random() < 0.4:
        final["reception"] += rng.randint(1, 300) * 10_000
    plan = {name: amount + (rng.randint(0, 200) * 10_000 if amount else 0) for name, amount in final.items()}
    return {"budget": plan} if options.kind == "budget" else {"budget": plan, "final": final}
