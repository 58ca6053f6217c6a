"""Rows as printed → typed frames by declaration, in exact 万元, with one row per key."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

import polars as pl

from pipelines import schema
from pipelines.documents.normalise import squeeze
from pipelines.extract.codes import economic_codes, functional_codes, level_of, parents
from pipelines.extract.items import strip_numeral
from pipelines.extract.numbers import Amount
from pipelines.extract.result import Notice
from pipelines.extract.rows import TOTAL, RawTable, Row

SUMMARIES = ("revenue_expenditure_summary", "appropriation_summary")


def key_of(table: RawTable, row: Row) -> str:
    """The row's key as findings and ambiguity notices write it."""
    if table.resource in SUMMARIES:
        return f"side={row.side};item_code={row.code}"
    if table.resource == "basic_expenditure_by_economy":
        return f"economic_code={row.code}"
    if table.resource == "three_public_expenses":
        return f"basis={row.code}"
    return f"function_code={row.code}"


def unique_rows(table: RawTable) -> list[Row]:
    """Drop a second row with the same key, and say so (E09): a key is published once."""
    seen: dict[tuple[str, str | None], Row] = {}
    for row in table.rows:
        key = (row.side if table.resource in SUMMARIES else "", row.code)
        if key not in seen:
            seen[key] = row
            continue
        first = seen[key]
        same = {c: a.value for c, a in first.amounts.items()} == {c: a.value for c, a in row.amounts.items()}
        if not first.amounts and row.amounts:
            seen[key], row, first = row, first, row
        if not row.amounts:
            continue
        for use in table.uses:
            if use.role == "cell" and use.page == row.page and use.line == row.line and (row.code or "") in use.locator:
                use.role, use.reason = "outside_model", "second row with the same key"
        word = "与首行相同" if same else "与首行不同"
        table.notices.append(
            Notice(
                "E09",
                table.resource,
                key_of(table, row),
                f"科目或项目“{row.name or row.code}”在表中出现两次（{word}），只发布第一次出现的一行。",
                f"'{row.name or row.code}' stands twice in the table"
                f" ({'the same figures' if same else 'other figures'}); only the first row is published.",
                " ".join(a.token for a in row.amounts.values()),
                row.page,
                row.line,
            )
        )
    return list(seen.values())


def build_frame(table: RawTable, report_id: str, unit: str) -> pl.DataFrame:
    """One table's frame. Raises ValueError where an amount does not fit six decimals of 万元."""
    declared = schema.resources()[table.resource]
    names = list(declared.polars_schema())
    records: list[dict[str, Any]] = []
    for row in unique_rows(table):
        record: dict[str, Any] = dict.fromkeys(names)
        record["report_id"] = report_id
        record["source_no"], record["page"], record["line"] = table.source_no, row.page, row.line
        amounts: dict[str, Decimal] = {c: a.in_wan_yuan(unit) for c, a in row.amounts.items()}
        record.update({c: v for c, v in amounts.items() if c in names})
        if table.resource in SUMMARIES:
            record |= {"side": row.side, "item_code": row.code, "item": strip_numeral(row.name), "line_no": row.line_no}
        elif table.resource == "three_public_expenses":
            record["basis"] = row.code
        elif table.resource == "basic_expenditure_by_economy":
            record |= {"economic_code": row.code, "economic_name": squeeze(row.name) or None, "level": level_of(row.code or "")}
        else:
            name = "合计" if row.code == TOTAL and not row.name else squeeze(row.name) or None
            record |= {"function_code": row.code, "function_name": name, "level": level_of(row.code or "")}
        records.append(record)
    return declared.conform(pl.DataFrame(records, schema=declared.polars_schema(), orient="row"))


def code_notices(table: RawTable) -> list[Notice]:
    """E03: codes that the lists do not hold but whose prefix does (a new code is accepted, never silently)."""
    if table.resource in SUMMARIES or table.resource == "three_public_expenses":
        return []
    economic = table.resource == "basic_expenditure_by_economy"
    known = economic_codes() if economic else functional_codes()
    field = "economic_code" if economic else "function_code"
    notices = []
    for row in table.rows:
        code = row.code or ""
        if not code.isdigit() or known.known(code) or not any(known.known(p) for p in parents(code)):
            continue
        notices.append(
            Notice(
                "E03",
                table.resource,
                f"{field}={code}",
                f"科目编码 {code}（{row.name}）不在科目表中，其上级科目存在，按新科目收录。",
                f"Code {code} ({row.name}) is not in the code list; its parent is, so it is accepted as new.",
                code,
                row.page,
                row.line,
            )
        )
    return notices


def decimals_of(amounts: list[Amount]) -> int | None:
    """The printed precision of a table: the most decimals any of its figures shows; None without figures."""
    return max((a.decimals for a in amounts), default=None)


def common_decimals(counts: list[int]) -> int:
    """The precision that most tables of a report share, for tables with too few figures to show their own."""
    return Counter(counts).most_common(1)[0][0] if counts else 2
