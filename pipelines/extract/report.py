"""One document → one :class:`Extraction`: the nine tables, identity, and the account of every number."""

from __future__ import annotations

import re
from collections import Counter
from decimal import Decimal

import polars as pl

from pipelines import schema
from pipelines.documents.model import Document
from pipelines.extract.frames import (
    SUMMARIES,
    build_frame,
    code_notices,
    common_decimals,
    decimals_of,
    key_of,
)
from pipelines.extract.grid_tables import read_grid_tables
from pipelines.extract.identity import read_identity
from pipelines.extract.narrative import read_statements
from pipelines.extract.numbers import quantum
from pipelines.extract.parts import read_parts
from pipelines.extract.performance import read_performance
from pipelines.extract.result import Extraction, Identity, NotAReport, Notice, TableReading, TableStatus
from pipelines.extract.rows import RawTable
from pipelines.extract.solver import RowRule
from pipelines.extract.text_tables import LAYOUTS, ambiguity_notices, read_text_tables
from pipelines.extract.titles import TABLE_NUMBERS, parse_title

_PLACEHOLDER = re.compile(r"(?<![A-Za-z])X{2,}(?![A-Za-z])|×{2,}|＊{2,}|[xX]{3,}")
_FIGURE = re.compile(r"\d\.\d|\d,\d{3}")


def extract(document: Document) -> Extraction:
    """Read one report. Raises :class:`NotAReport` with the reason where it cannot be published."""
    _refuse_unreadable(document)
    if document.format == "pdf":
        raw, owners = read_grid_tables(document)
        announced = {t.resource for page in document.pages for ln in page.lines if (t := parse_title(ln.text))}
    else:
        raw, owners, titles = read_text_tables(document)
        announced = {t.resource for t in titles} | {t.resource for t in raw}
    raw = _best_of_each(raw)
    _refuse_template(document, raw)
    unit = Counter(t.unit for t in raw if t.unit and t.resource != "three_public_expenses")
    identity = read_identity(
        document, owners, [t.kind for t in raw if t.kind], unit.most_common(1)[0][0] if unit else None
    )
    return _assemble(document, raw, announced, identity)


def _refuse_unreadable(document: Document) -> None:
    kinds = Counter(page.kind for page in document.pages)
    if kinds["text"] == 0:
        if kinds["image"]:
            raise NotAReport(f"no readable text: all {kinds['image']} pages with content are images (OCR is not done)")
        raise NotAReport("no readable text: every page is empty")


def _refuse_template(document: Document, raw: list[RawTable]) -> None:
    """A template has the tables and the sentences, and placeholders where the figures stand."""
    figures = sum(len(row.amounts) + len(row.ambiguous) for table in raw for row in table.rows)
    if figures:
        return
    text = "".join(ln.text for page in document.pages for ln in page.lines)
    marks = len(_PLACEHOLDER.findall(text))
    if marks >= 10 and marks > len(_FIGURE.findall(text)):
        raise NotAReport(f"blank template: placeholders ({marks} × XX) stand where figures should, and no table is filled")


def _best_of_each(raw: list[RawTable]) -> list[RawTable]:
    """A table printed twice (a repeated title, a second annex) is read once: the one with more figures."""
    best: dict[str, RawTable] = {}
    for table in raw:
        known = best.get(table.resource)
        if known is None or _weight(table) > _weight(known):
            best[table.resource] = table
    return sorted(best.values(), key=lambda t: TABLE_NUMBERS[t.resource])


def _weight(table: RawTable) -> tuple[int, int]:
    return sum(len(r.amounts) + len(r.ambiguous) for r in table.rows), len(table.rows)


def _assemble(document: Document, raw: list[RawTable], announced: set[str], identity: Identity) -> Extraction:
    decimals = [d for t in raw if (d := decimals_of([a for r in t.rows for a in r.amounts.values()])) is not None]
    known_unit = any(t.unit for t in raw)
    result = Extraction(
        identity, document.name, document.sha256, document.format, document.page_count, {}, [], tables_as_images=False
    )
    for table in raw:
        unit = table.unit or identity.unit_as_published
        if table.unit is None and known_unit:
            table.notices.append(_unit_notice(table, unit))
        elif table.unit is None:
            table.problems.append("报告各表均未标明金额单位 / no table of the report names its unit")
        own = decimals_of([a for r in table.rows for a in [*r.amounts.values(), *(x for x, _ in r.ambiguous)]])
        common = common_decimals(decimals)
        places = common if own is None or (own < common and unit == identity.unit_as_published and _few(table)) else own
        status = _publish(table, unit, identity, result)
        result.tables.append(
            TableReading(
                table.resource, TABLE_NUMBERS[table.resource], table.printed_no, table.title, status, unit,
                quantum(places, unit), table.method, table.page, table.line,
            )  # fmt: skip
        )
        result.accounting.extend(table.uses)
        result.notices.extend(table.notices)
    present = {t.resource for t in raw}
    result.tables_as_images = not present or (
        document.format == "pdf" and bool(announced - present) and any(p.kind == "image" or p.images for p in document.pages)
    )
    for resource, number in TABLE_NUMBERS.items():
        if resource not in present:
            absent: TableStatus = "image" if result.tables_as_images else "missing"
            result.tables.append(
                TableReading(resource, number, None, "", absent, identity.unit_as_published, 10_000, document.format, None, None)
            )
    if result.tables_as_images:
        result.notices.append(_image_notice(document, present))
    parts, notices = read_parts(document, identity.report_id, identity.kind)
    result.frames |= parts
    result.notices.extend(notices)
    statements, uses, notices = read_statements(
        document,
        _function_names(result.frames),
        identity.fiscal_year,
        identity.kind,
        identity.report_id,
        identity.institution,
    )
    result.frames["statements"] = statements
    result.accounting.extend(uses)
    result.notices.extend(notices)
    forms, uses, notices = read_performance(
        document, identity.report_id, identity.institution, identity.kind, statements
    )
    result.frames |= forms
    result.accounting.extend(uses)
    result.notices.extend(notices)
    for resource, declared in schema.resources().items():
        if resource in TABLE_NUMBERS and resource not in result.frames:
            result.frames[resource] = declared.empty()
    result.frames["reports"] = _report_row(document, identity, result)
    return result


def _function_names(frames: dict[str, pl.DataFrame]) -> dict[str, str]:
    """Codes and names as the report's own tables print them; the fullest spelling of each."""
    names: dict[str, str] = {}
    for frame in frames.values():
        if "function_code" in frame.columns and "function_name" in frame.columns:
            for code, name in frame.select("function_code", "function_name").iter_rows():
                if code.isdigit() and name and len(name) > len(names.get(code, "")):
                    names[code] = name
    return names


def _few(table: RawTable) -> bool:
    return sum(len(r.amounts) for r in table.rows) < 8


def _publish(table: RawTable, unit: str, identity: Identity, result: Extraction) -> TableStatus:
    """Conservation of numbers decides: a leftover or a number used twice withholds the table whole."""
    violations = [u for u in table.uses if u.role in ("leftover", "double")]
    problems = list(table.problems)
    if violations:
        shown = "、".join(dict.fromkeys(u.token for u in violations[:6]))
        problems.append(f"{len(violations)} 个数字无法归入任何单元格（{shown}） / {len(violations)} numbers fit no cell ({shown})")
    if table.method == "positions" and not problems and not _rows_add_up(table):
        problems.append("无框线表的行内合计不符，栏位不能确定 / rows of this table without ruling lines do not add up")
    repeated = len(table.rows) - len({(r.side if table.resource in SUMMARIES else "", r.code) for r in table.rows})
    if repeated > max(2, len(table.rows) // 10):
        problems.append(f"{repeated} 行的科目编码重复 / {repeated} rows repeat a code")
    if not problems:
        try:
            frame = build_frame(table, identity.report_id, unit)
        except ValueError as error:
            problems.append(f"金额精度超限 / {error}")
    if problems:
        zh = "；".join(p.split(" / ")[0] for p in problems)
        en = "; ".join(p.split(" / ")[-1] for p in problems)
        first = violations[0] if violations else None
        table.notices = [
            Notice(
                "E01", table.resource, "table", f"《{table.title}》未能完整读取，整表不发布：{zh}。",
                f"The table could not be read completely and is withheld: {en}.", None,
                first.page if first else table.page, first.line if first else table.line,
            )
        ]  # fmt: skip
        return "withheld"
    result.frames[table.resource] = frame
    table.notices.extend(ambiguity_notices(table, key_of))
    table.notices.extend(code_notices(table))
    filled = any(r.amounts or r.ambiguous for r in table.rows)
    return "found" if filled else "empty"


def _rows_add_up(table: RawTable) -> bool:
    """Columns found without ruling lines are only trusted if every row's own formula holds; else they may be shifted."""
    if table.resource == "appropriation_summary" and not _funds_agree(table):
        return False
    if table.resource == "three_public_expenses":
        names: tuple[str, ...] = ("total", "overseas_trips", "vehicles", "vehicle_purchase", "vehicle_operation", "reception")
        rules: tuple[RowRule, ...] = ((0, ((1, 1), (1, 2), (1, 5))), (2, ((1, 3), (1, 4))))
    elif table.resource in LAYOUTS:
        layout, names = LAYOUTS[table.resource]
        rules = layout.rules
    else:
        return True
    for row in table.rows:
        values = [row.amounts[c].value if c in row.amounts else None for c in names]
        for target, parts in rules:
            printed = [values[target], *(values[c] for _, c in parts)]
            known: list[Decimal] = [v for v in printed if v is not None]
            if not known or values[target] is None and not any(known):
                continue
            unit = Decimal(1).scaleb(-max(row.amounts[c].decimals for c in row.amounts))
            expected = sum((sign * (values[c] or Decimal(0)) for sign, c in parts), Decimal(0))
            if 2 * abs(expected - (values[target] or 0)) > len(known) * unit:
                return False
    return True


def _funds_agree(table: RawTable) -> bool:
    """04 by fund: income and opening balance on the left, the grand total of that fund's column on the right."""
    left = {row.code: row.amounts["amount"].value for row in table.rows if row.side == "income" and "amount" in row.amounts}
    right = next((row for row in table.rows if row.side == "expenditure" and row.code == "grand_total"), None)
    if right is None:
        return False
    for fund in ("general_public_budget", "government_fund", "state_capital"):
        income = left.get(fund, Decimal(0)) + left.get(f"opening_{fund}", Decimal(0))
        spent = right.amounts[fund].value if fund in right.amounts else Decimal(0)
        if abs(income - spent) > Decimal("0.02"):
            return False
    return True


def _unit_notice(table: RawTable, unit: str) -> Notice:
    return Notice(
        "E06", table.resource, "unit", f"《{table.title}》未标明金额单位，按本报告其他表格的单位（{unit}）读取。",
        f"The table names no unit; it is read in the unit of the report's other tables ({unit}).", unit, table.page, table.line,
    )  # fmt: skip


def _image_notice(document: Document, present: set[str]) -> Notice:
    missing = [str(n) for r, n in TABLE_NUMBERS.items() if r not in present]
    pages = [str(p.number) for p in document.pages if p.kind == "image"]
    where = f"（图片页：{'、'.join(pages)}）" if pages else ""
    return Notice(
        "E04", None, "tables",
        f"报告所列官方表格（第 {'、'.join(missing)} 表）不是可机读的文字，多为图片{where}，无法提取。",
        f"The official tables (no. {', '.join(missing)}) are announced but not machine-readable; they are images"
        f"{' on pages ' + ', '.join(pages) if pages else ''}.",
        ",".join(missing),
    )  # fmt: skip


def _report_row(document: Document, identity: Identity, result: Extraction) -> pl.DataFrame:
    declared = schema.resources()["reports"]
    withheld = [str(t.table_no) for t in result.tables if t.status == "withheld"]
    record = dict.fromkeys(declared.polars_schema())
    record |= {
        "report_id": identity.report_id,
        "kind": identity.kind,
        "fiscal_year": identity.fiscal_year,
        "region_code": identity.region_code,
        "region_name": identity.region_name,
        "institution": identity.institution,
        "level": identity.level,
        "title": identity.title,
        "unit_as_published": identity.unit_as_published,
        "source_file": document.name,
        "source_sha256": document.sha256,
        "source_format": document.format,
        "page_count": document.page_count,
        "tables_found": sum(t.status in ("found", "empty", "withheld") for t in result.tables),
        "tables_as_images": result.tables_as_images,
        "tables_withheld": ",".join(withheld) or None,
        "status": "partial" if withheld or result.tables_as_images else "published",
        "finding_count": 0,
    }
    return declared.conform(pl.DataFrame([record], schema=declared.polars_schema(), orient="row"))

