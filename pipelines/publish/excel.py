"""The forms of the data for people: Chinese headers, Chinese labels, and text that Excel leaves alone.

The Excel copy of a resource is a CSV that opens right with a double click. Excel reads a CSV by guessing: a
text that looks like a formula is computed, ``3-5`` becomes a date, the 16th digit of a number becomes 0. Such
a text gets an apostrophe in front (the usual neutralisation, by OWASP's list), and so does a text that starts
with an apostrophe itself, so that taking one apostrophe away always gives the text as published. The plain CSV
and the Parquet are never changed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from pipelines.publish.files import csv_bytes
from pipelines.schema import Field, Resource, literal, quote

ENCODING = "utf-8-sig"
MARK = "'"
YES, NO = "是", "否"

# Chinese and Japanese Excel take the full-width signs for the narrow ones.
_FORMULA = r"[=+\-@\t\r\n＝＋－＠']"
_REWRITTEN = (
    r"0[0-9]+(?:\.[0-9]*)?$",  # leading zeros
    r"[0-9]{16,}(?:\.[0-9]*)?$",  # more digits than a double holds
    r"[0-9]+(?:\.[0-9]*)?[eE][+-]?[0-9]+$",  # a hash like 1234e567
    r"[0-9]{1,4}[-/][0-9]{1,2}(?:[-/][0-9]{1,4})?$",  # dates: 3-5, 5/5, 2023-01-15
    r"[0-9]{1,4}:[0-9]{2}(?::[0-9]{2})?$",  # times
    r"[0-9](?:,[0-9])+$",  # lists of numbers: 1,2
)
GUARDED = rf"^(?:{_FORMULA}|{'|'.join(_REWRITTEN)})"
"""Text that gets the apostrophe (regular expression; the SQL page uses it too)."""
NEGATIVE = r"^-[0-9]{1,9}(?:\.[0-9]{1,6})?$"
"""What :data:`GUARDED` matches and is harmless all the same: a negative number is no formula."""

_ABOUT_ZH = (
    "与 {name} 相同的行，供 Excel 直接打开：带 BOM 的 UTF-8，中文表头，枚举值为中文。"
    "Excel 会当作公式执行、当作日期或改写数字的文本（以 = + - @、制表符或换行开头，前导零，16 位以上数字，"
    "科学计数、日期或分数样式）前加半角单引号 '，去掉它即为原文。"
    "科目编码等短数字串在 Excel 中显示为数值，数字不变；程序读取请用 {name} 的 CSV 或 Parquet。"
)
_ABOUT_EN = (
    "The same rows as {name} for opening in Excel: UTF-8 with a byte order mark, Chinese headers, Chinese labels "
    "for coded values. A text that Excel would compute as a formula or rewrite (leading = + - @, tab or line "
    "break; leading zeros; 16 digits or more; the shape of an exponent, date or fraction) stands behind an "
    "apostrophe '; without it, it is the text as published. Short codes of digits show as numbers with the same "
    "digits. Programs should read the CSV or the Parquet."
)


def about(resource: Resource) -> str:
    """What the Excel copy is and what was done to its text, in both languages."""
    return f"{_ABOUT_ZH} {_ABOUT_EN}".format(name=resource.name)


def headers(resource: Resource) -> list[str]:
    """The Chinese titles of the columns; a title that another column has too is told apart by its name."""
    titles = [declared.title for declared in resource.fields]
    return [
        f"{declared.title}（{declared.name}）" if titles.count(declared.title) > 1 else declared.title
        for declared in resource.fields
    ]


def labelled(resource: Resource, frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with the Chinese labels of coded values, and 是 or 否 for true and false."""
    return frame.with_columns(
        pl.col(declared.name).replace_strict(_labels(declared), return_dtype=pl.String)
        for declared in resource.fields
        if _labels(declared)
    )


def _labels(declared: Field) -> dict[Any, str]:
    return {True: YES, False: NO} if declared.type == "boolean" else dict(declared.labels)


def guarded(column: str) -> pl.Expr:
    """A column of text that cannot become formulas, dates or other numbers when Excel opens a CSV."""
    text = pl.col(column)
    harmful = text.str.contains(GUARDED) & ~text.str.contains(NEGATIVE)
    return pl.when(harmful).then(pl.lit(MARK) + text).otherwise(text).alias(column)


def excel_bytes(resource: Resource, frame: pl.DataFrame) -> bytes:
    """The Excel copy of a conformed frame: a byte order mark, Chinese headers and labels, guarded text."""
    shown = labelled(resource, frame).with_columns(
        guarded(declared.name) for declared in resource.fields if declared.type == "string"
    )
    shown.columns = headers(resource)
    return "\ufeff".encode() + csv_bytes(shown)


def excel_schema(resource: Resource) -> dict[str, Any]:
    """The Table Schema of the Excel copy: names are the headers, enums are the labels.

    Foreign keys are stated and proven on the plain CSV alone.
    """
    names = dict(zip(resource.names, headers(resource), strict=True))
    schema: dict[str, Any] = {
        "fields": [_excel_field(declared, names[declared.name]) for declared in resource.fields],
        "missingValues": [""],
    }
    if resource.primary_key:
        schema["primaryKey"] = [names[name] for name in resource.primary_key]
    return schema


def _excel_field(declared: Field, header: str) -> dict[str, Any]:
    described = declared.table_schema()
    described.pop("categories", None)
    described |= {"name": header, "title": f"{declared.title} ({declared.name})"}
    if declared.type == "boolean":
        described |= {"trueValues": [YES], "falseValues": [NO]}
    if "constraints" in described:
        constraints = dict(described["constraints"])
        if declared.labels:
            constraints["enum"] = [declared.labels[value] for value in constraints["enum"]]
        if "pattern" in constraints:
            inner = constraints["pattern"].removeprefix("^").removesuffix("$")
            constraints["pattern"] = f"^{MARK}?({inner})$"
        described["constraints"] = constraints
    return described


def as_published(path: Path, resource: Resource) -> str:
    """The Excel copy as an SQL query with the declared names, values and types: labels and guards undone."""
    names = headers(resource)
    pairs = list(zip(resource.fields, names, strict=True))
    types = ", ".join(
        f"{literal(header)}: {literal('VARCHAR' if _labels(declared) else declared.sql_type)}"
        for declared, header in pairs
    )
    selected = ", ".join(f"{_undone(declared, quote(header))} AS {quote(declared.name)}" for declared, header in pairs)
    return (
        f"SELECT {selected} FROM read_csv({literal(str(path))}, header = true, auto_detect = false, "
        f"delim = ',', quote = '\"', escape = '\"', new_line = '\\n', nullstr = '', columns = {{{types}}})"
    )


def _undone(declared: Field, column: str) -> str:
    if labels := _labels(declared):
        # A label that is not declared becomes a value that differs from every other.
        cases = " ".join(f"WHEN {literal(label)} THEN {_value(value)}" for value, label in labels.items())
        unknown = "error('unknown label')" if declared.type == "boolean" else column
        return f"CASE WHEN {column} IS NULL THEN NULL ELSE CASE {column} {cases} ELSE {unknown} END END"
    if declared.type == "string":
        return f"CASE WHEN starts_with({column}, {literal(MARK)}) THEN {column}[2:] ELSE {column} END"
    return column


def _value(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else literal(value)
