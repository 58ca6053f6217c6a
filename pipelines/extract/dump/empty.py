"""Whether a table without figures is an empty form, or one whose figures a dump has lost.

An empty form prints its heads and, below them, blank rows (合计 without a figure) or its own note (本表无数据). Sentences
about the table (无…支出) prove nothing: they may be of another table, and figures may stand before a title.
"""

from __future__ import annotations

from itertools import pairwise

from pipelines.documents.normalise import squeeze
from pipelines.extract.dump.tokens import Reader
from pipelines.extract.rows import TOTAL, RawTable
from pipelines.extract.tables.account import unfit
from pipelines.forms import forms

_FURNITURE = {"column_no", "page_no", "line_no", "note", "code"}
_HEADS = {"header", "label"}
"""Roles of words with numbers in them (a year, a mark of a list); one with a point is a figure that went with them."""
_GRAND = (("income", "grand_total"), ("expenditure", "grand_total"))


def is_filled(table: RawTable) -> bool:
    """At least one row has a figure, with a column or without one."""
    return any(row.amounts or row.ambiguous for row in table.rows)


def doubt_blank(reader: Reader) -> None:
    """A table without figures that does not show what an empty form shows is withheld."""
    table = reader.table
    if is_filled(table) or unfit(table):
        return
    lost = [use.token for use in table.uses if use.role not in _FURNITURE and ("." in use.token or use.role not in _HEADS)]
    if lost:
        shown = "、".join(dict.fromkeys(lost[:6]))
        table.problems.append(f"表内数字（{shown}）未能归入任何一行 / its figures ({shown}) belong to no row")
    elif missing := _missing_heads(reader):
        named = "、".join(missing)
        table.problems.append(f"表内无数字，且未见表头（{named}） / no figures, and its heads are not there ({named})")
    elif not _shows_blank_rows(reader) and not _notes_empty(reader):
        table.problems.append("表内无数字，也未见空行或空表说明 / no figures, and neither blank rows nor a note that it is empty")


def doubt_beside_misfits(tables: list[RawTable]) -> None:
    """A table without figures is not called empty where one beside it has figures too many.

    Some extractors write a title after its figures, others the figures of a page after all of its titles.
    """
    for first, second in pairwise(sorted(tables, key=lambda table: table.line or 0)):
        for table, beside in ((first, second), (second, first)):
            if not is_filled(table) and not unfit(table) and _has_too_many(beside):
                table.problems.append(
                    "表内无数字，而相邻的表有数字未能归位 / no figures, and the table beside it has some too many"
                )


def _has_too_many(table: RawTable) -> bool:
    return any(use.role in ("leftover", "double") for use in table.uses) or bool(table.problems) and is_filled(table)


def _missing_heads(reader: Reader) -> list[str]:
    """The stems of the form's heads that the region does not print."""
    loose = forms()[reader.table.resource].loose_heads
    printed = reader.header_words + "".join(reader.head_lines)
    return [stem for stem in loose.stems if stem not in printed] if loose else []


def _shows_blank_rows(reader: Reader) -> bool:
    """Rows of the form without figures: 合计, in 01 and 04 the grand totals of both sides."""
    rows = {(entry.side, entry.code) for entry in reader.entries}
    if any(side for side, _ in rows):
        return rows.issuperset(_GRAND)
    coded = [code for _, code in rows if code and code != TOTAL and code.isdigit()]
    return ("", TOTAL) in rows and (not coded or forms()[reader.table.resource].rows == "economy")


def _notes_empty(reader: Reader) -> bool:
    """The form's own note that it is empty ends a line of the region: …，本表无数据。"""
    note = forms()[reader.table.resource].official_layout.empty_note
    lines = [squeeze(line.text).rstrip("。.！!）)") for line in reader.region.lines]
    return bool(note) and not any(entry.code for entry in reader.entries) and any(line.endswith(note) for line in lines)
