"""Several files of one report: which file gives which table, and what they say differently.

A table is taken whole from the file in which it stands best: cells that the file itself knows, then ruled pages,
then columns found by position, then text without blanks. What the other files print of it is held against it; it
is never mixed in. Not for deciding which files belong together (:mod:`pipelines.bundling`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import PurePosixPath

import polars as pl

from pipelines import schema
from pipelines.documents.model import Document
from pipelines.documents.normalise import squeeze
from pipelines.extract.numbers import MICRO, quantum
from pipelines.extract.result import Evidence, Notice
from pipelines.extract.rows import RawTable
from pipelines.extract.titles import TABLE_NUMBERS

_METHODS = ("cells", "ruled", "positions", "text", "ocr")
_PROSE_FORMATS = ("docx", "html", "pdf", "ofd", "text", "xlsx", "xls")
_ANNOUNCES = re.compile(r"附件|附表|见附|公开表|决算表|预算表")
_NOTE = re.compile(r"\s*(?:注|备注|说明|本表|[（(]?\d[.、）)])")
_YEAR = re.compile(r"(20\d\d)年")
_SHOWN = 3


@dataclass(slots=True)
class Part:
    """One file of a report as far as it was read without knowing whose it is."""

    document: Document
    raw: list[RawTable]
    owners: list[str]
    announced: set[str]
    others: list[RawTable] = field(default_factory=list)
    """Tables that are none of the nine."""

    @property
    def prose(self) -> int:
        """How much of a narrative the file holds, in sentences; notes below tables are none."""
        lines = (line.text for page in self.document.pages for line in page.lines)
        return sum(text.count("。") for text in lines if not _NOTE.match(text))


def evidence(part: Part) -> Evidence:
    """What a file says that helps to find the report it belongs to."""
    lines = [squeeze(line.text) for page in part.document.pages for line in page.lines]
    titles = [line for line in lines if len(line) <= 60 and "表" in line]
    return Evidence(
        owners=tuple(dict.fromkeys(part.owners)),
        kinds=tuple(sorted({t.kind for t in part.raw if t.kind})),
        years=tuple(sorted({int(y) for line in titles for y in _YEAR.findall(line)})),
        tables=sum(any(r.amounts or r.ambiguous for r in t.rows) for t in part.raw),
        attachments=part.document.attachments,
        announces=any(_ANNOUNCES.search(line) for line in lines),
    )


def in_order(parts: Sequence[Part]) -> list[Part]:
    """The file with the narrative first, in the form that keeps its paragraphs; then the better tables, then by name."""
    most = max(part.prose for part in parts)

    def key(part: Part) -> tuple[bool, int, int, str]:
        told = 2 * part.prose >= most > 0
        form = _PROSE_FORMATS.index(part.document.format) if told else 0
        return not told, form, min((_rank(t) for t in part.raw), default=9), part.document.name

    return sorted(parts, key=key)


def merge_tables(parts: Sequence[Part], unit: str) -> tuple[list[RawTable], list[Notice]]:
    """Each table from the file where it is best (``source_no`` says which), and what other files say otherwise."""
    found: dict[str, list[RawTable]] = {}
    for number, part in enumerate(parts, start=1):
        for table in part.others:
            table.source_no = number
        for table in part.raw:
            table.source_no = number
            found.setdefault(table.resource, []).append(table)
    chosen, notices = [], []
    for resource in sorted(found, key=TABLE_NUMBERS.__getitem__):
        best, *others = sorted(found[resource], key=_preference)
        chosen.append(best)
        for other in others:
            notice = _disagreement(best, other, parts, unit)
            if notice:
                notices.append(notice)
    return chosen, notices


def of_file(frame: pl.DataFrame, source_no: int) -> pl.DataFrame:
    """Rows that were read from one file, with its number."""
    return frame.with_columns(source_no=pl.lit(source_no, dtype=pl.Int64))


def _rank(table: RawTable) -> int:
    return _METHODS.index(table.method) if table.method in _METHODS else len(_METHODS)


def _preference(table: RawTable) -> tuple[bool, bool, int, int, int]:
    broken = bool(table.problems) or any(u.role in ("leftover", "double") for u in table.uses)
    figures = sum(len(r.amounts) for r in table.rows)
    return broken, not figures, _rank(table), -figures, table.source_no


def _cells(table: RawTable) -> dict[tuple[str, str, str], tuple[Decimal, int, str]]:
    """(side, code, column) → amount in micro-units, its display unit, the printed token. Repeated rows are left out."""
    counted: dict[tuple[str, str, str], list[tuple[Decimal, int, str]]] = {}
    unit = table.unit or "万元"
    for row in table.rows:
        for column, amount in row.amounts.items():
            side = row.side if row.side in ("income", "expenditure") else ""
            place = (side, row.code or "", column)
            entry = (amount.in_wan_yuan(unit) * MICRO, quantum(amount.decimals, unit), amount.token)
            counted.setdefault(place, []).append(entry)
    return {place: entries[0] for place, entries in counted.items() if len(entries) == 1}


def _disagreement(best: RawTable, other: RawTable, parts: Sequence[Part], unit: str) -> Notice | None:
    """E43: two files print one table with different figures (beyond what rounding to other units explains)."""
    if best.unit != other.unit and None in (best.unit, other.unit):
        best.unit, other.unit = best.unit or unit, other.unit or unit
    try:
        mine, theirs = _cells(best), _cells(other)
    except ValueError:
        return None  # more decimals than six: the table is withheld, and says so itself
    different = [
        (place, mine[place], theirs[place])
        for place in mine
        if place in theirs and 2 * abs(mine[place][0] - theirs[place][0]) > _slack(mine[place][1], theirs[place][1])
    ]
    if not different:
        return None
    names = [parts[t.source_no - 1].document.name for t in (best, other)]
    short = [PurePosixPath(name).name for name in names]
    names = short if short[0] != short[1] else names
    zh, en = list(_told(different, best, other, names))
    more_zh = f"，共 {len(different)} 处" if len(different) > 1 else ""
    more_en = f" ({len(different)} places)" if len(different) > 1 else ""
    return Notice(
        "E43", best.resource, "table", f"《{best.title}》在两个来源文件中数字不同{more_zh}：{zh}。发布前者。",
        f"Two source files print this table with different figures{more_en}: {en}. The former is published.",
        names[1], best.page, best.line, best.source_no,
    )  # fmt: skip


def _slack(first: int, second: int) -> int:
    return 0 if first == second else first + second


def _told(different: list, best: RawTable, other: RawTable, names: list[str]) -> Iterator[str]:  # type: ignore[type-arg]
    resource = schema.resources()[best.resource]
    zh, en = [], []
    for (side, code, column), mine, theirs in different[:_SHOWN]:
        where = code if column in ("amount",) else f"{code} {_title(resource, column)}"
        zh.append(f"{where}：{names[0]} 为 {mine[2]}{best.unit or ''}，{names[1]} 为 {theirs[2]}{other.unit or ''}")
        place = ".".join(p for p in (side, code, column) if p)
        en.append(f"{place}: {names[0]} says {mine[2]}, {names[1]} says {theirs[2]}")
    yield "；".join(zh)
    yield "; ".join(en)


def _title(resource: schema.Resource, column: str) -> str:
    name = column.rpartition(".")[2]
    return next((f.title for f in resource.fields if f.name == name), name)


def sources_frame(parts: Sequence[Part], report_id: str, forms: set[int], names: Sequence[str]) -> pl.DataFrame:
    """The resource ``sources``: every file of the report, the one with the narrative first."""
    declared = schema.resources()["sources"]
    records = []
    most = max(part.prose for part in parts)
    for number, (part, name) in enumerate(zip(parts, names, strict=True), start=1):
        record = dict.fromkeys(declared.polars_schema())
        record |= {
            "report_id": report_id,
            "source_no": number,
            "source_file": name,
            "sha256": part.document.sha256,
            "format": part.document.format,
            "role": _role(part, number in forms, most) if len(parts) > 1 else "all",
            "page_count": part.document.page_count,
        }
        records.append(record)
    return declared.conform(pl.DataFrame(records, schema=declared.polars_schema(), orient="row"))


def _role(part: Part, forms: bool, most: int) -> str:
    # The notes below tables are sentences too.
    told = 2 * part.prose > most
    if part.raw:
        return "all" if told else "tables"
    return "forms" if forms and not told else "narrative"
