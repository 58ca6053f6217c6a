"""Figures as sentences about them need them: value, display unit, what it is, where it stands.

``Stated`` is a figure of the narrative (a row of ``statements``), ``Figure`` also one of a table's cells. A
``Text`` is the narrative of one report with its tables beside it. Nothing is compared here.

Values are whole micro-units: of 万元 for money (whatever unit the sentence prints), of one for counts and of one
percent point for percentages. How many decimals were printed is taken from the account of numbers where it is
known, else from the value. Text drops zeros at the end (自查表 item 3), so an amount counts as printed with at
least the decimals that the text usually prints.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cache
from typing import Any

import polars as pl

from pipelines import schema
from pipelines.extract.result import MICRO
from pipelines.quality import wording
from pipelines.quality.tokens import RESOURCE, Tokens, decimals_of, printed_number

OPEN = "unclassified"
MONEY = ("万元", "元")
YUAN = 10_000
"""元 in one 万元."""
OFFICIAL_DECIMALS = 2
"""Decimals that amounts are to be printed with, where a text prints none that tell."""
WHOLES = (
    "summary.total", "revenue.total", "expenditure.total", "appropriation.income_total", "appropriation.expenditure_total",
    "general_budget.total", "general_budget.final", "budget.income", "budget.expenditure", "budget.income.appropriation",
    "budget.expenditure.appropriation", "budget.general.total", "government_fund.total", "state_capital.total",
)  # fmt: skip
"""Totals under which parts are listed."""
MANY_WHOLES = ("budget.by_function", "budget.by_economy", "budget.income.carry_over", "expenditure.class", "budget.item.share")
"""Concepts of parts (and their shares) that are told under more than one total."""
Words = tuple[str, str]
"""The same in Chinese and in English."""


@dataclass(slots=True)
class Figure:
    """A printed figure."""

    value: int
    quantum: int
    """Its display unit, in micro-units."""
    text: str
    """As printed, without its unit."""
    unit: str
    name: Words
    where: Words
    page: int | None
    line: int | None
    resource: str
    source_no: int | None = field(default=None, kw_only=True)
    """Which source file it stands in; None where its report has only one."""

    @property
    def shown(self) -> str:
        return f"{self.text} {self.unit}"


@dataclass(slots=True)
class Stated(Figure):
    """A figure that a sentence states."""

    no: int
    section: str
    concept: str
    code: str | None
    subject: str
    baseline: int | None
    decimals: int
    coarse: int
    """The display unit by the printed decimals alone."""
    year: int = 0
    """The year that the figure is about."""
    basis: str | None = None
    open_sign: bool = False
    """The sentence leaves the direction of this change open (E23)."""

    @property
    def money(self) -> bool:
        return self.unit in MONEY

    @property
    def short(self) -> Words:
        """What tells it from the other parts of its whole."""
        if self.code and self.subject:
            return (f"{self.code} {self.subject}",) * 2
        own = (
            self.concept.endswith((".part", "_part", ".item", "by_economy"))
            or self.concept == "reason.change"
        )
        return (self.subject, self.subject) if own and self.subject else self.name

    @property
    def locator(self) -> str:
        code = f";function_code={self.code}" if self.code else ""
        return f"statement_no={self.no};concept={self.concept}{code}"

    @property
    def of_appropriation(self) -> bool:
        """A change of the appropriation alone, for which the list of concepts has no name of its own."""
        return self.concept.startswith(("budget.income.change", "budget.expenditure.change")) and "财政拨款" in self.subject

    @property
    def against_budget(self) -> bool:
        """A change of which the budget is the base, not last year."""
        return self.baseline is None and "预算" in self.subject

    def read_as(self, value: int, quantum: int) -> Stated:
        """The same figure with its number read in another unit."""
        return replace(self, value=value, quantum=quantum, coarse=quantum)


_FOR_CATALOGUE = re.compile(r" \((?:subject|function_code)[^()]*\)")


@cache
def concepts() -> dict[str, dict[str, Any]]:
    """The controlled list by concept."""
    return {row["concept"]: row for row in schema.codes("concepts").iter_rows(named=True)}


@cache
def _sections() -> Mapping[str, str]:
    return schema.resources()[RESOURCE].field("section").labels


def _power(decimals: int) -> int:
    """One unit of the last of so many decimals, in micro-units."""
    return 10 ** max(6 - decimals, 0)


def place(page: int | None, line: int | None, source_no: int | None = None) -> Words:
    """Page and line, as far as they are known; the file, where the report has several."""
    parts = [f"source file {source_no}"] if source_no else []
    parts += [f"page {page}"] if page else []
    parts += [f"line {line}"] if line else []
    zh = f"来源文件{source_no}" if source_no else ""
    return zh + (f"第{page}页" if page else "") + (f"第{line}行" if line else ""), ", ".join(parts)


def in_narrative(section: str, page: int | None, line: int | None, source_no: int | None = None) -> Words:
    zh, en = place(page, line, source_no)
    english = section.replace("_", " ")
    return f"情况说明（{_sections().get(section, section)}）{zh}", f"Narrative ({english})" + (
        f", {en}" if en else ""
    )


def _name(concept: str, code: str | None, subject: str) -> Words:
    """What a statement states."""
    known = concepts().get(concept)
    zh, en = (known["title_zh"], known["title_en"]) if known else (concept, concept)
    # What the catalogue adds for its own readers is said by code and subject here.
    zh, en = zh.removeprefix("其中："), _FOR_CATALOGUE.sub("", en)
    of = (
        " ".join(part for part in (code, subject) if part)
        if code or concept.endswith(("part", ".item"))
        else ""
    )
    if concept in ("reason.change", "budget.change", "budget.change_rate", "performance.amount") and subject:
        of = subject
    return (f"{zh}（{of}）", f"{en} [{of}]") if of else (zh, en)


CellKey = tuple[str, str | None, str, str]
"""Resource, side, code, column."""


@dataclass(slots=True)
class Text:
    """The narrative of one report, and its tables."""

    report_id: str
    kind: str
    statements: list[Stated]
    cells: Mapping[CellKey, Mapping[str, Any]]
    readings: Mapping[str, Mapping[str, Any]]
    doubtful: list[tuple[str, str, str, list[int]]] = field(default_factory=list)
    """Rows whose columns could not be told: resource, code, column, the figures."""

    @property
    def year(self) -> int:
        return int(self.report_id.split("-")[1])

    @property
    def judged(self) -> list[Stated]:
        """What rules compare: bound in every word, and about the report's own year (or stated as last year's)."""
        return [one for one in self.statements if one.concept != OPEN and self.is_own(one)]

    def is_own(self, one: Stated) -> bool:
        """Whether a figure is about the report's year, or of a kind that names its own."""
        return one.year in (0, self.year) or one.concept.endswith(".last_year") or one.concept.startswith("assets.")

    def whole_of(self, part: Stated) -> Words | None:
        """Concept and value of the total under which a part stands: the last one stated before it; None if none is."""
        before = [one for one in self.judged if one.no < part.no and one.concept in WHOLES and one.section.startswith(part.section[:6])]
        return (before[-1].concept, str(before[-1].value)) if before else None

    def open_between(self, one: Stated, other: Stated) -> bool:
        """Whether a figure that nobody understood stands between two, so that what they share is not sure."""
        first, last = sorted((one.no, other.no))
        return any(first < each.no < last for each in self.statements if each.concept == OPEN or not self.is_own(each))

    def of(self, *wanted: str, code: str | None = None) -> Iterator[Stated]:
        """The statements of these concepts, of that code where one is given."""
        for one in self.judged:
            if one.concept in wanted and (code is None or one.code == code):
                yield one

    def first(self, *wanted: str) -> Stated | None:
        return next(self.of(*wanted), None)

    def near(self, at: Stated, *wanted: str, code: str | None = None, anywhere: bool = True) -> Stated | None:
        """The statement that a figure refers to: the last before it in its section, else the next one, else any."""
        found = list(self.of(*wanted, code=code))
        own = [one for one in found if one.section == at.section]
        before = [one for one in own if one.no < at.no]
        return before[-1] if before else own[0] if own else found[0] if found and anywhere else None

    def before(self, one: Stated) -> Stated | None:
        """The statement right before this one."""
        return next((each for each in self.statements if each.no == one.no - 1), None)

    def reads(self, resource: str) -> bool:
        return bool(self.readings.get(resource, {}).get("available"))

    def cell(self, key: CellKey) -> Figure | None:
        """A printed figure of a table."""
        row = self.cells.get(key)
        return None if row is None or row["value"] is None else cell_figure(row)


def cell_figure(row: Mapping[str, Any], value: int | None = None) -> Figure:
    """A cell as a figure; ``value`` stands for a blank that means nothing."""
    shown = {**row, "source": row["resource"]}
    zh, en = wording.cell(shown)
    where = wording.where(shown)
    amount = row["value"] if value is None else value
    text = wording.printed(amount, row["unit"], row["quantum"])
    if value is not None:
        text, zh, en = "0", f"{zh}（空白）", f"{en} (blank)"
    return Figure(
        amount, row["quantum"], text, row["unit"], (zh, en), where, row["page"], row["line"], row["resource"],
        source_no=row["source_no"],
    )  # fmt: skip


def _stated(rows: list[Mapping[str, Any]], known: Tokens, signs: Set[tuple[str, int | None, int | None, str]] = frozenset()) -> list[Stated]:
    printed = [printed_number(row, known) for row in rows]
    used = Counter(
        decimals_of(number)
        for row, number in zip(rows, printed, strict=True)
        if row["unit"] in MONEY and decimals_of(number)
    )
    usual = used.most_common(1)[0][0] if used else OFFICIAL_DECIMALS
    found = []
    for row, number in zip(rows, printed, strict=True):
        decimals, money = decimals_of(number), row["unit"] in MONEY
        scale = MICRO // YUAN if row["unit"] == "元" else MICRO
        value = int(row["value"] * scale)
        unit = _power(decimals) * scale // MICRO
        shown = f"{'-' if value < 0 else ''}{number:f}"
        subject = row["subject"] or ""
        found.append(
            Stated(
                value=value,
                quantum=max(_power(max(decimals, usual)) * scale // MICRO, 1) if money else unit,
                text=shown,
                unit=row["unit"],
                name=_name(row["concept"], row["function_code"], subject),
                where=in_narrative(row["section"], row["page"], row["line"], row["source_no"]),
                source_no=row["source_no"],
                page=row["page"],
                line=row["line"],
                resource=RESOURCE,
                no=row["statement_no"],
                section=row["section"],
                concept=row["concept"],
                code=row["function_code"],
                subject=subject,
                baseline=row["baseline_year"],
                decimals=decimals,
                coarse=max(unit, 1),
                year=row.get("fiscal_year") or 0,
                basis=row.get("basis"),
                open_sign=(row["report_id"], row["page"], row["line"], wording.plain(abs(row["value"]))) in signs,
            )
        )
    return found


def texts(
    statements: pl.DataFrame,
    cells: pl.DataFrame,
    readings: pl.DataFrame,
    notices: pl.DataFrame,
    reports: pl.DataFrame,
    known: Tokens,
    only_narrated: bool = True,
) -> list[Text]:
    """The narrative of every report that has one (or of every report)."""
    rows: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in statements.sort("report_id", "statement_no").iter_rows(named=True):
        rows[row["report_id"]].append(row)
    wanted = list(rows) if only_narrated else reports.get_column("report_id").to_list()
    own = pl.col("report_id").is_in(wanted)
    by_report: dict[str, dict[CellKey, Mapping[str, Any]]] = defaultdict(dict)
    for cell in cells.filter(own).iter_rows(named=True):
        by_report[cell["report_id"]][cell["resource"], cell["side"], cell["code"], cell["column"]] = cell
    read: dict[str, dict[str, Mapping[str, Any]]] = defaultdict(dict)
    for reading in readings.filter(own).iter_rows(named=True):
        read[reading["report_id"]][reading["resource"]] = reading
    doubtful = _doubtful(notices.filter(own), read)
    signs = _open_signs(notices.filter(own))
    kinds = dict(reports.select("report_id", "kind").iter_rows())
    return [
        Text(r, kinds[r], _stated(rows[r], known, signs), by_report[r], read[r], doubtful.get(r, []))
        for r in sorted(set(wanted) & set(kinds))
    ]


def _open_signs(notices: pl.DataFrame) -> set[tuple[str, int | None, int | None, str]]:
    """The changes whose direction the sentence leaves open (E23): report, page, line, number."""
    rows = notices.filter((pl.col("code") == "E23") & pl.col("actual").is_not_null())
    found = set()
    for report_id, page, line, token in rows.select("report_id", "page", "line", "actual").iter_rows():
        found.add((report_id, page, line, wording.plain(Decimal(token.replace(",", "").replace("，", "")))))
    return found


def _doubtful(
    notices: pl.DataFrame, readings: Mapping[str, Mapping[str, Mapping[str, Any]]]
) -> dict[str, list[tuple[str, str, str, list[int]]]]:
    """The figures of rows whose columns could not be told (E02)."""
    from pipelines.quality.cells import locator_keys, micro_of

    found: dict[str, list[tuple[str, str, str, list[int]]]] = defaultdict(list)
    rows = notices.filter((pl.col("code") == "E02") & pl.col("actual").is_not_null())
    names = ("report_id", "resource", "locator", "actual")
    for report_id, resource, locator, actual in rows.select(names).iter_rows():
        unit = readings.get(report_id, {}).get(resource, {}).get("unit") or "万元"
        figures = [micro_of(text, unit) for text in actual.split(";")]
        keys = locator_keys(locator)
        for code in keys.get("basis", keys.get("function_code", [])):
            for column in keys.get("column", []):
                known = [figure for figure in figures if figure is not None]
                found[report_id].append((resource, str(code), str(column), known))
    return found


def joined(figures: Iterable[Figure]) -> str:
    """Figures as a sum: ``1.00 + 2.00 − 0.50``."""
    return added(("", figure) for figure in figures)


def added(named: Iterable[tuple[str, Figure]]) -> str:
    """Figures with their names as a sum: ``a 1.00 + b 2.00 − c 0.50``."""
    text = ""
    for name, figure in named:
        number = figure.text.removeprefix("-")
        minus = figure.value < 0
        sign = (" − " if minus else " + ") if text else ("−" if minus and not name else "− " if minus else "")
        text += f"{sign}{name} {number}" if name else f"{sign}{number}"
    return text
