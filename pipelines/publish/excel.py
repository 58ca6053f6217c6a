"""The forms of the data for people: Chinese headers, Chinese labels, and text that Excel leaves alone.

The Excel copy of a resource is a CSV that opens right with a double click. Excel reads a CSV by guessing: a
text that looks like a formula is computed, ``3-5`` becomes a date, the 16th digit of a number becomes 0. Such
a text gets an apostrophe in front (the usual neutralisation, by OWASP's list), and so does a text that starts
with an apostrophe itself, so that taking one apostrophe away always gives the text as published. The plain CSV
and the Parquet are never changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import polars as pl
import yaml

from pipelines.publish.files import csv_bytes
from pipelines.publish.form_order import ordered_frame
from pipelines.schema import Field, Resource, SchemaError, codes, literal, quote, resources

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
    "与 {name} 相同的行，供 Excel 直接打开：带 BOM 的 UTF-8，前四列为地区、单位名称、年度、报告类型，中文表头，枚举值为中文，代码旁有中文含义。"
    "Excel 会当作公式执行、当作日期或改写数字的文本（以 = + - @、制表符或换行开头，前导零，16 位以上数字，"
    "科学计数、日期或分数样式）前加半角单引号 '，去掉它即为原文。"
    "科目编码等短数字串在 Excel 中显示为数值，数字不变；程序读取请用 {name} 的 CSV 或 Parquet。"
)
_ABOUT_EN = (
    "The same rows as {name} for opening in Excel: UTF-8 with a byte order mark, first whose rows they are (region, institution, year, "
    "kind of report), Chinese headers, Chinese labels for coded values, keys in Chinese beside their codes. A text that Excel would compute as a formula or rewrite (leading = + - @, tab or line "
    "break; leading zeros; 16 digits or more; the shape of an exponent, date or fraction) stands behind an "
    "apostrophe '; without it, it is the text as published. Short codes of digits show as numbers with the same "
    "digits. Programs should read the CSV or the Parquet."
)


def about(resource: Resource) -> str:
    """What the Excel copy is and what was done to its text, in both languages."""
    return f"{_ABOUT_ZH} {_ABOUT_EN}".format(name=resource.name)


LEADING = {"region_name": "地区", "institution": "单位名称", "fiscal_year": "年度", "kind": "报告类型"}
"""What every sheet of rows begins with: column of ``reports`` → header."""
READ = "（中文）"


@dataclass(frozen=True, slots=True)
class ExcelColumn:
    """One column for people: of the resource, of its report, or the words of a key."""

    header: str
    declared: Field
    """The field that it shows, or from which it is read."""
    name: str | None
    """The field of the resource; None for what is not published there itself."""

    @property
    def is_reading(self) -> bool:
        """The words of a key beside it."""
        return self.name is None and self.header.endswith(READ)


@cache
def columns(resource: str) -> tuple[ExcelColumn, ...]:
    """The columns of a resource for people: whose rows they are, then its fields, the words of a key right behind it."""
    declared = resources()[resource]
    own = list(declared.fields)
    first: list[ExcelColumn] = []
    if resource == "reports":
        first = [ExcelColumn(header, declared.field(name), name) for name, header in LEADING.items()]
        own = [field for field in own if field.name not in LEADING]
    elif declared.by_report:
        reports = resources()["reports"]
        first = [ExcelColumn(header, reports.field(name), None) for name, header in LEADING.items()]
    taken = [column.header for column in first] + [field.title for field in own]
    found = list(first)
    for field in own:
        title = f"{field.title}（{field.name}）" if taken.count(field.title) > 1 else field.title
        found.append(ExcelColumn(title, field, field.name))
        if _reader(declared, field.name):
            found.append(ExcelColumn(f"{title}{READ}", field, None))
    return tuple(found)


def headers(resource: Resource) -> list[str]:
    """The Chinese titles of the columns; a title that another column has too is told apart by its name."""
    return [column.header for column in columns(resource.name)]


def shown(resource: Resource, frame: pl.DataFrame, reports: pl.DataFrame | None) -> pl.DataFrame:
    """The frame as people read it: its rows in the order of the official form, coded values by their labels, the
    columns of ``columns`` by their headers. ``reports``: the package's; without them the leading columns are blank."""
    rows = labelled(resource, ordered_frame(resource.name, frame))
    names = list(LEADING)
    if resource.by_report and resource.name != "reports":
        held = resources()["reports"].empty() if reports is None else reports
        beside = labelled(resources()["reports"], held).select("report_id", *(pl.col(n).alias(f"_{n}") for n in names))
        rows = rows.join(beside, on="report_id", how="left", maintain_order="left")
    made = []
    for column in columns(resource.name):
        field = column.declared.name
        if column.is_reading:
            made.append(_words(resource, frame=rows, name=field).alias(column.header))
        elif column.name is None:
            made.append(rows.get_column(f"_{field}").alias(column.header))
        else:
            made.append(rows.get_column(field).alias(column.header))
    return pl.DataFrame(made)


# --- keys in words --------------------------------------------------------------------------------------------------


@cache
def _key_words() -> dict[str, Any]:
    return yaml.safe_load((files("datapackages") / "keys.yaml").read_text(encoding="utf-8"))


def key_word(code: str, side: str = "") -> str | None:
    """How a key reads in Chinese: 本年收入合计 for ``current_total`` of the income side, the official name of a code."""
    word = _key_words().get(code)
    if isinstance(word, dict):
        return word.get(side) or "、".join(word.values())
    return word or _class_names().get(code)


@cache
def _class_names() -> dict[str, str]:
    return dict(codes("functional_codes").select("code", "name").iter_rows())


@cache
def _titles(resource: str, key: str, title: str) -> dict[str, str]:
    return dict(codes(resource).select(key, title).iter_rows())


@cache
def _rule_titles() -> dict[str, str]:
    # Not at the top: the catalogue of rules is of no use to most who read tables.
    from pipelines.quality.catalogue import published

    return dict(published().select("rule_id", "title_zh").iter_rows())


def _resource_title(name: str) -> str | None:
    return resources()[name].title if name in resources() else None


def _locator(resource: str | None, locator: str) -> str:
    """A locator in words: ``side=income;item_code=current_total;column=amount`` → 收支方向：收入；项目代码：本年收入合计；栏目：金额."""
    declared = resources().get(resource or "")
    side = next((part.partition("=")[2] for part in locator.split(";") if part.startswith("side=")), "")
    parts = []
    for part in locator.split(";"):
        name, sign, values = part.partition("=")
        if not sign:
            parts.append(part)
            continue
        title = "栏目" if name == "column" else _title_of(declared, name)
        words = [_value_word(declared, name, value, side) for value in values.split("|")]
        parts.append(f"{title}：{'、'.join(words)}")
    return "；".join(parts)


def _title_of(declared: Resource | None, name: str) -> str:
    try:
        return declared.field(name).title if declared else name
    except SchemaError:
        return name


def _value_word(declared: Resource | None, name: str, value: str, side: str) -> str:
    if declared and name == "column":
        return _title_of(declared, value)
    if declared and name in declared.names and (labels := declared.field(name).labels):
        return labels.get(value, value)
    if name in ("item_code", "function_code", "economic_code"):
        word = key_word(value, side)
        return f"{value} {word}" if word and value.isdigit() else word or value
    if name == "concept":
        return _titles("concepts", "concept", "title_zh").get(value, value)
    return value


_READ_FIELDS: dict[str, Callable[[str, str], str | None]] = {
    "item_code": key_word,
    "concept": lambda value, _: _titles("concepts", "concept", "title_zh").get(value),
    "resource": lambda value, _: _resource_title(value),
    "rule_id": lambda value, _: _rule_titles().get(value),
    "locator": lambda value, resource: _locator(resource, value),
}
"""Keys that are words of the data model, and how one reads; the second argument is what it depends on."""
_BESIDE = {"item_code": "side", "locator": "resource"}


def _reader(resource: Resource, name: str) -> Callable[[str, str], str | None] | None:
    """How a field reads in words; in the catalogues themselves the title stands beside the key."""
    return _READ_FIELDS.get(name) if resource.by_report else None


def _words(resource: Resource, frame: pl.DataFrame, name: str) -> pl.Series:
    """The words of a column of keys: each different key is read once."""
    read = lru_cache(maxsize=None)(_READ_FIELDS[name])
    other = _BESIDE.get(name)
    sides = {label: value for value, label in resource.field(other).labels.items()} if other else {}
    beside: Iterator[str | None] = iter(frame.get_column(other) if other else [""] * frame.height)
    texts = [
        None if key is None else read(key, sides.get(side or "", side or ""))
        for key, side in zip(frame.get_column(name), beside, strict=True)
    ]
    return pl.Series(name, texts, dtype=pl.String)


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


def excel_bytes(resource: Resource, frame: pl.DataFrame, reports: pl.DataFrame | None = None) -> bytes:
    """The Excel copy of a conformed frame: a byte order mark, Chinese headers and labels, guarded text."""
    rows = shown(resource, frame, reports)
    texts = [c.header for c in columns(resource.name) if c.declared.type == "string"]
    return "\ufeff".encode() + csv_bytes(rows.with_columns(guarded(header) for header in texts))


def excel_schema(resource: Resource) -> dict[str, Any]:
    """The Table Schema of the Excel copy: names are the headers, enums are the labels.

    Foreign keys are stated and proven on the plain CSV alone.
    """
    names = {column.name: column.header for column in columns(resource.name) if column.name}
    schema: dict[str, Any] = {
        "fields": [_excel_field(column) for column in columns(resource.name)],
        "missingValues": [""],
    }
    if resource.primary_key:
        schema["primaryKey"] = [names[name] for name in resource.primary_key]
    return schema


def _excel_field(column: ExcelColumn) -> dict[str, Any]:
    declared = column.declared
    if column.is_reading:
        return {"name": column.header, "title": column.header, "type": "string", "description": f"`{declared.name}` in Chinese words."}
    described = declared.table_schema()
    described.pop("categories", None)
    described |= {"name": column.header, "title": f"{declared.title} ({declared.name})"}
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
    shown = columns(resource.name)
    types = ", ".join(f"{literal(column.header)}: {literal(_read_as(column))}" for column in shown)
    own = {column.name: column for column in shown if column.name}
    selected = ", ".join(
        f"{_undone(declared, quote(own[declared.name].header))} AS {quote(declared.name)}" for declared in resource.fields
    )
    return (
        f"SELECT {selected} FROM read_csv({literal(str(path))}, header = true, auto_detect = false, "
        f"delim = ',', quote = '\"', escape = '\"', new_line = '\\n', nullstr = '', columns = {{{types}}})"
    )


def _read_as(column: ExcelColumn) -> str:
    """The type as which the copy is read: labels and words are text."""
    return "VARCHAR" if column.is_reading or _labels(column.declared) else column.declared.sql_type


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
