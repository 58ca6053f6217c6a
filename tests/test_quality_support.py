"""Reports for the tests of ``pipelines.quality``: consistent ones, built by hand, and ways to damage them.

No tests stand here. A ``Book`` is one report as nested dictionaries of integers (the table's display units),
so that a test can change one cell; ``corpus`` turns books into the frames that ``check`` takes.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import Any

import polars as pl

from pipelines import schema
from pipelines.extract.result import MICRO

SUMMARY, APPROPRIATION = "revenue_expenditure_summary", "appropriation_summary"
REVENUE, EXPENDITURE, GENERAL = "revenue_by_function", "expenditure_by_function", "general_budget_expenditure"
ECONOMY, FUND, CAPITAL = "basic_expenditure_by_economy", "government_fund", "state_capital"
THREE_PUBLIC = "three_public_expenses"
SOURCES = (
    "fiscal_appropriation",
    "higher_level_subsidy",
    "institutional",
    "business",
    "affiliate_remittance",
    "other",
)
KINDS = ("basic", "project", "remitted_to_higher_level", "business", "affiliate_subsidy")
PERSONNEL = ("301", "303")

Row = dict[str, Any]
NOTICES = {
    **dict.fromkeys(
        ("report_id", "code", "resource", "locator", "message_zh", "message_en", "actual"), pl.String
    ),
    "page": pl.Int64,
    "line": pl.Int64,
}
ACCOUNTING = {
    **dict.fromkeys(("report_id", "token", "resource", "role", "locator", "column", "reason"), pl.String),
    "page": pl.Int64,
    "line": pl.Int64,
}


@dataclass
class Book:
    """One report: per table its rows by key, every amount in display units (0.01 万元, or 0.01 元)."""

    report_id: str
    kind: str = "final"
    unit: str = "万元"
    tables: dict[str, dict[str, Row]] = field(default_factory=dict)
    status: dict[str, str] = field(default_factory=dict)
    notices: list[Row] = field(default_factory=list)
    accounting: list[Row] = field(default_factory=list)
    units: dict[str, str] = field(default_factory=dict)

    def named(self, number: int) -> Book:
        """A copy with another identity."""
        twin = copy.deepcopy(self)
        twin.report_id = f"{self.report_id[:-8]}{number:08x}"
        return twin

    def row(self, resource: str, key: str) -> Row:
        return self.tables[resource][key]

    def set(self, resource: str, key: str, **amounts: int | None) -> Book:
        self.row(resource, key).update(amounts)
        return self

    def add(self, resource: str, key: str, column: str, amount: int) -> Book:
        row = self.row(resource, key)
        row[column] = (row.get(column) or 0) + amount
        return self

    def drop(self, resource: str, *keys: str) -> Book:
        for key in keys:
            del self.tables[resource][key]
        return self

    def lose(self, resource: str, status: str = "withheld") -> Book:
        """A table that was not read."""
        self.tables[resource] = {}
        self.status[resource] = status
        return self

    def doubt(self, resource: str, key: str, columns: str, actual: str | None = None) -> Book:
        """Cells whose figure is ambiguous: null, with the notice E02."""
        for column in columns.split("|"):
            self.row(resource, key)[column] = None
        locator = f"{locator_of(resource, key)};column={columns}"
        return self.notice("E02", resource, locator, actual)

    def notice(self, code: str, resource: str | None, locator: str, actual: str | None = None) -> Book:
        message = {"message_zh": f"提示{code}。", "message_en": f"Notice {code}."}
        self.notices.append(
            {"code": code, "resource": resource, "locator": locator, "actual": actual, **message}
        )
        return self

    def cells(self) -> Iterator[tuple[str, str, str]]:
        """Every printed amount: resource, row, column."""
        for resource, rows in self.tables.items():
            amounts = [f.name for f in schema.tables()[resource].amounts]
            for key, row in rows.items():
                for column in amounts:
                    if row.get(column) is not None:
                        yield resource, key, column


def locator_of(resource: str, key: str) -> str:
    if resource in (SUMMARY, APPROPRIATION):
        side, code = key.split("/")
        return f"side={side};item_code={code}"
    return f"{ {ECONOMY: 'economic_code', THREE_PUBLIC: 'basis'}.get(resource, 'function_code') }={key}"


# --- consistent reports -----------------------------------------------------------------------------------


@cache
def _names() -> dict[str, str]:
    lists = (schema.codes("functional_codes"), schema.codes("economic_codes"))
    return {code: name for codes in lists for code, name in codes.select("code", "name").iter_rows()}


def _rolled_up(items: dict[str, Row], columns: Iterable[str]) -> dict[str, Row]:
    """Rows of every level from the lowest: 合计, 类, 款, 项. A column without any amount stays blank."""
    rows: dict[str, Row] = {"total": {}}
    for code, item in items.items():
        for part in ("total", code[:3], code[:5], code):
            row = rows.setdefault(part, {})
            for column in columns:
                if item.get(column) is not None:
                    row[column] = (row.get(column) or 0) + item[column]
    return rows


def _with_total(items: dict[str, Row], parts: Iterable[str]) -> dict[str, Row]:
    names = list(parts)
    return {code: {**row, "total": sum(row.get(name) or 0 for name in names)} for code, row in items.items()}


GENERAL_ITEMS = {
    "2010301": {"basic": 50_012},
    "2010302": {"project": 7_003},
    "2010350": {"basic": 2_050, "project": 1_011},
    "2080505": {"basic": 4_007},
    "2080506": {"basic": 2_004},
    "2101101": {"basic": 1_999},
    "2210201": {"basic": 6_013},
    "2210203": {"basic": 3_301},
}
FUND_ITEMS = {
    "2120801": {"opening_balance": 500, "revenue": 4_000, "project": 3_100, "closing_balance": 1_400}
}
CAPITAL_ITEMS = {
    "2230105": {"opening_balance": 30, "revenue": 900, "basic": 105, "project": 700, "closing_balance": 125}
}
OTHER_ITEMS = {
    "2010399": {"basic": 210, "project": 311},
    "2080599": {"business": 77, "affiliate_subsidy": 45},
}
OTHER_INCOME = {"institutional": 302, "other": 441}
ECONOMIC_ITEMS = {
    "30101": 30_010, "30102": 14_001, "30113": 6_013, "30302": 3_301, "30201": 9_001, "30212": 301,
    "30217": 120, "30231": 550, "30299": 3_000, "31002": 2_289, "31013": 800,
}  # fmt: skip
APPROPRIATED = ("general_public_budget", "government_fund", "state_capital")


def mixed(number: int = 1, **changes: Any) -> Book:
    """A final account in 万元 with all three budgets, other income, and balances of every kind."""
    return _final(number, OTHER_INCOME, OTHER_ITEMS, general_opening=640, other_opening=90, **changes)


def pure(number: int = 2, **changes: Any) -> Book:
    """A final account whose money is all appropriation: 03 equals 05, 07 and 08 together."""
    return _final(number, {}, {}, general_opening=640, other_opening=0, **changes)


def _final(
    number: int,
    other_income: dict[str, int],
    other_items: dict[str, Row],
    general_opening: int,
    other_opening: int,
) -> Book:
    book = Book(f"420100-2023-final-{number:08x}")
    general = _rolled_up(_with_total(GENERAL_ITEMS, ("basic", "project")), ("total", "basic", "project"))
    moving = ("opening_balance", "revenue", "total", "basic", "project", "closing_balance")
    fund = _rolled_up(_with_total(FUND_ITEMS, ("basic", "project")), moving)
    capital = _rolled_up(_with_total(CAPITAL_ITEMS, ("basic", "project")), moving)
    spent = {"general_public_budget": general, "government_fund": fund, "state_capital": capital}
    items = {**GENERAL_ITEMS, **FUND_ITEMS, **CAPITAL_ITEMS, **other_items}
    expenditure = _rolled_up(_with_total(items, KINDS), ("total", *KINDS))
    income = {"general_public_budget": general["total"]["total"] - 333}
    income |= {"government_fund": 4_000, "state_capital": 900}
    opening = {"general_public_budget": general_opening, "government_fund": 500, "state_capital": 30}
    closing = {name: opening[name] + income[name] - spent[name]["total"]["total"] for name in APPROPRIATED}
    sources = {"fiscal_appropriation": sum(income.values()), **other_income}
    book.tables = {
        REVENUE: _revenue(items, sources),
        EXPENDITURE: expenditure,
        GENERAL: general,
        FUND: fund,
        CAPITAL: capital,
        ECONOMY: _economy(final=True),
        THREE_PUBLIC: {
            "budget": _three_public(400, 1_000, 700, 200),
            "final": _three_public(301, 900, 610, 150),
        },
        APPROPRIATION: _appropriation(spent, income, opening, closing),
        SUMMARY: _summary(
            income, other_income, expenditure, surplus=12 if other_income else 0,
            opening=sum(opening.values()) + other_opening, distribution=5 if other_income else 0,
        ),
    }  # fmt: skip
    return book


def _revenue(items: dict[str, Row], sources: dict[str, int]) -> dict[str, Row]:
    """02 as a plausible split: every code gets a share, the first one takes what is left."""
    codes = list(items)
    rows: dict[str, Row] = {code: {} for code in codes}
    for source, amount in sources.items():
        share = amount // (2 * len(codes))
        for code in codes[1:]:
            rows[code][source] = share
        rows[codes[0]][source] = amount - share * (len(codes) - 1)
    return _rolled_up(_with_total(rows, SOURCES), ("total", *SOURCES))


def _economy(final: bool) -> dict[str, Row]:
    rows: dict[str, Row] = {}
    for code, amount in ECONOMIC_ITEMS.items():
        half = "personnel" if code[:3] in PERSONNEL else "public"
        for part in (code[:3], code) if final else ("total", code[:3], code):
            row = rows.setdefault(part, {})
            for column in ("amount",) if final else ("amount", half):
                row[column] = (row.get(column) or 0) + amount
    if final:
        personnel = sum(amount for code, amount in ECONOMIC_ITEMS.items() if code[:3] in PERSONNEL)
        rows["personnel_total"] = {"amount": personnel}
        rows["public_total"] = {"amount": sum(ECONOMIC_ITEMS.values()) - personnel}
    return rows


def _three_public(overseas: int, purchase: int, operation: int, reception: int) -> Row:
    vehicles = purchase + operation
    return {
        "overseas_trips": overseas,
        "vehicle_purchase": purchase,
        "vehicle_operation": operation,
        "vehicles": vehicles,
        "reception": reception,
        "total": overseas + vehicles + reception,
    }


def _appropriation(
    spent: dict[str, dict[str, Row]], income: dict[str, int], opening: dict[str, int], closing: dict[str, int]
) -> dict[str, Row]:
    rows: dict[str, Row] = {f"income/{name}": {"amount": income[name]} for name in APPROPRIATED}
    rows["income/current_total"] = {"amount": sum(income.values())}
    rows["income/opening_balance"] = {"amount": sum(opening.values())}
    rows |= {f"income/opening_{name}": {"amount": opening[name]} for name in APPROPRIATED}
    rows["income/grand_total"] = {"amount": sum(income.values()) + sum(opening.values())}
    classes = sorted({code for table in spent.values() for code in table if len(code) == 3})
    for code in classes:
        row = {name: spent[name][code]["total"] for name in APPROPRIATED if code in spent[name]}
        rows[f"expenditure/{code}"] = {**row, "total": sum(row.values())}
    rows["expenditure/202"] = {}
    totals = {name: spent[name]["total"]["total"] for name in APPROPRIATED}
    rows["expenditure/current_total"] = {**totals, "total": sum(totals.values())}
    rows["expenditure/closing_balance"] = {**closing, "total": sum(closing.values())}
    grand = {name: totals[name] + closing[name] for name in APPROPRIATED}
    rows["expenditure/grand_total"] = {**grand, "total": sum(grand.values())}
    return rows


def _summary(
    income: dict[str, int], other: dict[str, int], expenditure: dict[str, Row],
    surplus: int, opening: int, distribution: int,
) -> dict[str, Row]:  # fmt: skip
    rows = {f"income/{name}": {"amount": income[name]} for name in APPROPRIATED}
    for name in SOURCES[1:]:
        rows[f"income/{name}"] = {"amount": other.get(name)}
    current = sum(income.values()) + sum(other.values())
    grand = current + surplus + opening
    spent = expenditure["total"]["total"]
    rows |= {
        "income/current_total": {"amount": current},
        "income/surplus_used": {"amount": surplus or None},
        "income/opening_balance": {"amount": opening},
        "income/grand_total": {"amount": grand},
        "expenditure/202": {"amount": None},
        **{f"expenditure/{c}": {"amount": row["total"]} for c, row in expenditure.items() if len(c) == 3},
        "expenditure/current_total": {"amount": spent},
        "expenditure/surplus_distribution": {"amount": distribution or None},
        "expenditure/closing_balance": {"amount": grand - spent - distribution},
        "expenditure/grand_total": {"amount": grand},
    }
    return rows


def budget(number: int = 3) -> Book:
    """A budget in 元 (三公 in 万元): grand totals only, 财政拨款收入 with its parts, 06 with two columns."""
    book = Book(f"310100-2025-budget-{number:08x}", "budget", "元", units={THREE_PUBLIC: "万元"})
    kinds = ("total", "basic", "project")
    items = _with_total(GENERAL_ITEMS, ("basic", "project"))
    table = _rolled_up(items, kinds)
    total = table["total"]["total"]
    classes = {code: row["total"] for code, row in table.items() if len(code) == 3}
    revenue = _rolled_up(
        {c: {"total": r["total"], "fiscal_appropriation": r["total"]} for c, r in items.items()},
        ("total", "fiscal_appropriation"),
    )
    blank = {"total": {}}
    book.tables = {
        SUMMARY: {
            "income/fiscal_appropriation": {"amount": total},
            "income/general_public_budget": {"amount": total},
            "income/government_fund": {"amount": None},
            "income/institutional": {"amount": None},
            "income/other": {"amount": None},
            "income/grand_total": {"amount": total},
            **{f"expenditure/{code}": {"amount": amount} for code, amount in classes.items()},
            "expenditure/grand_total": {"amount": total},
        },
        REVENUE: revenue,
        EXPENDITURE: copy.deepcopy(table),
        GENERAL: table,
        APPROPRIATION: {
            "income/general_public_budget": {"amount": total},
            "income/government_fund": {"amount": None},
            "income/grand_total": {"amount": total},
            **{
                f"expenditure/{code}": {"total": amount, "general_public_budget": amount}
                for code, amount in classes.items()
            },
            "expenditure/grand_total": {"total": total, "general_public_budget": total},
        },
        ECONOMY: _economy(final=False),
        FUND: copy.deepcopy(blank),
        CAPITAL: blank,
        THREE_PUBLIC: {"budget": _three_public(301, 900, 610, 150)},
    }
    book.status = {FUND: "empty", CAPITAL: "empty"}
    return book


# --- frames -----------------------------------------------------------------------------------------------


def _record(book: Book, resource: str, key: str, row: Row, line: int) -> Row:
    declared = schema.tables()[resource]
    scale = 100 if book.units.get(resource, book.unit) == "万元" else 1_000_000
    record: Row = dict.fromkeys(declared.names)
    record |= {"report_id": book.report_id, "source_no": 1, "page": 1, "line": line}
    record |= {name: value for name, value in row.items() if name in ("source_no", "page", "line")}
    for amount in declared.amounts:
        value = row.get(amount.name)
        record[amount.name] = None if value is None else Decimal(value) / scale
    code = key.rpartition("/")[2]
    if resource in (SUMMARY, APPROPRIATION):
        record["side"] = key.partition("/")[0]
    record[next(n for n in declared.primary_key if n not in ("report_id", "side"))] = code
    if declared.row_name:
        record[declared.row_name] = row.get("name") or (_names()[code] if code.isdigit() else None)
    if "level" in declared.names:
        record["level"] = {3: "class", 5: "section", 7: "item"}[len(code)] if code.isdigit() else None
    return record


def corpus(books: list[Book]) -> tuple[dict[str, pl.DataFrame], pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Books → frames, tables, notices, accounting."""
    frames = {}
    for resource, declared in schema.tables().items():
        rows = [
            _record(book, resource, key, row, line)
            for book in books
            for line, (key, row) in enumerate(book.tables.get(resource, {}).items(), start=1)
        ]
        frames[resource] = pl.DataFrame(rows, schema=declared.polars_schema(), orient="row")
    frames["reports"] = _reports(books)
    return (
        frames,
        _tables(books),
        _events(books, "notices", NOTICES),
        _events(books, "accounting", ACCOUNTING),
    )


def _reports(books: list[Book]) -> pl.DataFrame:
    declared = schema.resources()["reports"]
    rows = [
        {
            **dict.fromkeys(declared.names),
            "report_id": book.report_id,
            "kind": book.kind,
            "fiscal_year": int(book.report_id[7:11]),
            "region_code": book.report_id[:6],
            "region_name": "某区",
            "institution": "某局",
            "institution_id": "420100-0123abcd",
            "institution_level": "department",
            "title": "某局部门决算",
            "unit_as_published": book.unit,
            "source_file": "report.pdf",
            "source_sha256": "0" * 64,
            "source_format": "pdf",
            "page_count": 20,
            "tables_found": 9,
            "tables_as_images": False,
            "status": "published",
        }
        for book in books
    ]
    return pl.DataFrame(rows, schema=declared.polars_schema(), orient="row")


def _tables(books: list[Book]) -> pl.DataFrame:
    rows = []
    for book in books:
        for resource, declared in schema.tables().items():
            status = book.status.get(resource, "found")
            if status == "missing":
                continue
            unit = book.units.get(resource, book.unit)
            rows.append(
                {
                    "report_id": book.report_id,
                    "resource": resource,
                    "table_no": declared.table_no,
                    "printed_no": f"公开{declared.table_no:02d}表",
                    "title": declared.title,
                    "status": status,
                    "unit": unit,
                    "quantum": MICRO // 100 if unit == "万元" else 1,
                    "method": "ruled",
                    "page": 1,
                    "line": 1,
                }
            )
    return pl.DataFrame(rows)


def _events(books: list[Book], name: str, columns: dict[str, Any]) -> pl.DataFrame:
    rows = [
        {**dict.fromkeys(columns), "report_id": b.report_id, **row} for b in books for row in getattr(b, name)
    ]
    return pl.DataFrame(rows, schema=columns, orient="row")
