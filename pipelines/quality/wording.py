"""The sentences of findings, in Chinese and in English, for a reader who has the report in hand.

A sentence quotes both figures as they are printed, says where each stands (table, page, line), shows the
arithmetic, and says whether the difference is within rounding. Nothing is judged here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from pipelines import schema
from pipelines.extract.result import MICRO

Term = Mapping[str, Any]
MAX_PARTS = 12
"""More parts than this are counted, not listed."""

BASIS = {"budget": ("预算数", "budget figures"), "final": ("决算数", "final figures")}
TOTALS = {
    "total": "合计",
    "current_total": "本年合计",
    "grand_total": "总计",
    "personnel_total": "人员经费合计",
    "public_total": "公用经费合计",
}
RELATION = {
    "=": ("两者应当相等", "the two should be equal"),
    ">=": ("前者不应小于后者", "the first should not be smaller"),
    "<=": ("前者不应大于后者", "the first should not be larger"),
}
SIDES = {"side=income": ("收入", "income"), "side=expenditure": ("支出", "expenditure")}
PRINTED_MAXIMUM = "printed_maximum"
"""Code of a term that stands for the largest figure of a row whose columns could not be told."""


def plain(amount: Decimal) -> str:
    """A number without exponent and without zeros at its end."""
    text = format(amount, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def in_wan(value: int, quantum: int = 10_000) -> str:
    """Micro-units as 万元 with the decimals of their display unit, more where the figure has more."""
    text = f"{abs(value) // MICRO}.{abs(value) % MICRO:06d}"
    digits = max(6 - (len(str(quantum)) - 1), 0)
    whole, fraction = text.split(".")
    fraction = fraction[: max(digits, len(fraction.rstrip("0")))]
    return ("-" if value < 0 else "") + (f"{whole}.{fraction}" if fraction else whole)


def printed(value: int, unit: str, quantum: int) -> str:
    """A figure as its table prints it, without the unit: in 元 where the table is in 元."""
    if unit != "元":
        return in_wan(value, quantum)
    whole, fraction = abs(value) // 100, f"{abs(value) % 100:02d}"
    digits = max(2 - (len(str(quantum)) - 1), len(fraction.rstrip("0")), 0)
    return ("-" if value < 0 else "") + (f"{whole}.{fraction[:digits]}" if digits else str(whole))


class Side:
    """One side of a comparison: its terms, its sum, and the unit they have in common."""

    def __init__(self, terms: Sequence[Term]) -> None:
        self.terms = list(terms)
        self.printed = [term for term in terms if term["value"] is not None]
        units = {term["unit"] for term in self.printed}
        self.unit = "元" if units == {"元"} else "万元"
        self.quantum = min((term["quantum"] for term in self.printed), default=10_000)
        self.total = sum(term["sign"] * term["value"] for term in self.printed)

    @property
    def amount(self) -> str | None:
        """The side's figure as published, in 万元 with two decimals or as many as it has; None if blank."""
        return in_wan(self.total, max(self.quantum, 10_000)) if self.printed else None

    def text(self) -> str:
        """The side's figure with its unit, as the paper prints it."""
        return f"{printed(self.total, self.unit, self.quantum)} {self.unit}"


def _term_amount(term: Term, unit: str) -> str:
    """The figure of one term; with its unit where the terms of a side are in different ones."""
    if term["unit"] == unit:
        return printed(term["value"], unit, term["quantum"])
    return f"{printed(term['value'], term['unit'], term['quantum'])} {term['unit']}"


def _column(term: Term, english: bool) -> str:
    """The column's name; empty where the table has a single column of amounts."""
    if term["column"] == "amount":
        return ""
    if english:
        return str(term["column"]).replace("_", " ")
    return schema.tables()[term["source"]].field(term["column"]).title


def _row(term: Term, english: bool) -> str:
    """What a row is called: its code and printed name."""
    code, name = str(term["code"]), term["name"]
    if code in BASIS:
        return BASIS[code][english]
    if code.isdigit():
        return f"{code} {name}" if name else code
    return str(name or TOTALS.get(code, code))


def _cell(term: Term, english: bool) -> str:
    """A row and its column. Both halves of 01 and 04 have a row 总计: it is told apart by its half."""
    row, column = _row(term, english), _column(term, english)
    half = SIDES.get(str(term["row"]).partition(";")[0]) if term["code"] == "grand_total" else None
    if english:
        of_half = f" of the {half[1]} half" if half else ""
        return f"“{row}”{of_half}" + (f" (column {column})" if column else "")
    return (f"{half[0]}方" if half else "") + f"“{row}”" + (f"的{column}" if column else "")


def places(terms: Sequence[Term]) -> tuple[str, str]:
    """Several cells, named in both languages."""
    return "、".join(_cell(term, False) for term in terms), ", ".join(_cell(term, True) for term in terms)


def _table(term: Term, english: bool) -> str:
    if not english:
        return f"《{term['title'] or schema.tables()[term['source']].title}》"
    declared = schema.tables()[term["source"]]
    return f"Table {declared.table_no:02d} ({declared.title_en})"


def _place(term: Term, english: bool) -> str:
    """Page and line, as far as they are known."""
    file, page, line = term.get("source_no"), term["page"], term["line"]
    if english:
        parts = [f"source file {file}"] if file else []
        parts += [f"page {page}"] if page else []
        return ", ".join([*parts, f"line {line}"] if line else parts)
    return (f"来源文件{file}" if file else "") + (f"第{page}页" if page else "") + (f"第{line}行" if line else "")


def _where(term: Term, english: bool) -> str:
    place = _place(term, english)
    if english:
        return f"{_table(term, True)}, {place}" if place else _table(term, True)
    return f"{_table(term, False)}{place}"


def cell(term: Term) -> tuple[str, str]:
    """A row and its column, in both languages."""
    return _cell(term, False), _cell(term, True)


def where(term: Term) -> tuple[str, str]:
    """A table with page and line, in both languages."""
    return _where(term, False), _where(term, True)


def _short(term: Term, reference: Term, english: bool) -> str:
    """What tells a part from its total: the column within a row, the row within a column."""
    if term["row"] == reference["row"] and term["source"] == reference["source"]:
        return _column(term, english) or _row(term, english)
    return _row(term, english)


def _arithmetic(side: Side, reference: Term, english: bool) -> str:
    """``A 1.00 + B 2.00``, with what each part is."""
    shown = []
    for place, term in enumerate(side.printed[:MAX_PARTS]):
        sign = "− " if term["sign"] < 0 else ("+ " if place else "")
        shown.append(f"{sign}{_short(term, reference, english)} {_term_amount(term, side.unit)}")
    text = " ".join(shown)
    left = len(side.printed) - MAX_PARTS
    if left > 0:
        text += f" + {left} more" if english else f" + 其余{left}项"
    return text


def _side(side: Side, english: bool) -> str:
    """One side that stands in a place of its own: where, what, how much."""
    first = side.printed[0] if side.printed else side.terms[0]
    if not side.printed:
        what = _cell(first, english)
        return (
            f"{_where(first, True)}, leaves {what} blank" if english else f"{_where(first, False)}{what}为空"
        )
    if first["code"] == PRINTED_MAXIMUM:
        if english:
            return f"{_where(first, True)}, prints {side.text()} at most (its columns cannot be told apart)"
        return f"{_where(first, False)}所印各数（栏次不明）最大为 {side.text()}"
    if len(side.printed) == 1:
        if english:
            return f"{_where(first, True)}, prints {side.text()} for {_cell(first, True)}"
        return f"{_where(first, False)}{_cell(first, False)}为 {side.text()}"
    pieces = [
        f"{_where(term, english)} {_cell(term, english)} {_term_amount(term, side.unit)}"
        for term in side.printed
    ]
    return f"{' + '.join(pieces)} = {side.text()}"


def _rounding(difference: int, tolerance: int, unit: str, quantum: int, severity: str) -> tuple[str, str]:
    gap = f"{printed(difference, unit, quantum)} {unit}"
    allowed = plain(Decimal(tolerance) / (100 if unit == "元" else MICRO)) + f" {unit}"
    if severity == "info":
        return (
            f"相差 {gap}，在四舍五入的容差（{allowed}）以内",
            f"the difference of {gap} is within the rounding tolerance of {allowed}",
        )
    return (
        f"相差 {gap}，超出四舍五入的容差（{allowed}）",
        f"the difference of {gap} is beyond the rounding tolerance of {allowed}",
    )


def _inside(rule_id: str, actual: Side, expected: Side) -> bool:
    """A total against its parts in the same table (not two figures that stand side by side)."""
    tables = {term["source"] for term in (*actual.terms, *expected.printed)}
    return rule_id.startswith("T") and len(tables) == 1 and rule_id not in ("T01.5", "T04.7")


def comparison(
    row: Mapping[str, Any], actual: Side, expected: Side, severity: str, also: Sequence[Term] = ()
) -> tuple[str, str]:
    """The finding of a comparison: Chinese, English. ``also``: further places that print the same figures."""
    units = {actual.unit} if actual.printed else set()
    units |= {expected.unit} if expected.printed else set()
    unit = units.pop() if len(units) == 1 else "万元"
    # The coarser display unit; a finer difference shows all its digits anyway.
    quantum = max(side.quantum for side in (actual, expected) if side.printed)
    gap_zh, gap_en = _rounding(row["difference"], row["tolerance"], unit, quantum, severity)
    elsewhere = places(also)
    more_zh = f"同样的数字亦见于{elsewhere[0]}。" if also else ""
    more_en = f" The same figures stand at {elsewhere[1]}." if also else ""
    first = actual.printed[0] if actual.printed else actual.terms[0]
    if _inside(row["rule_id"], actual, expected):
        shown = (actual.text(), actual.text()) if actual.printed else ("空白", "blank")
        sums = [
            f"{expected.text()}（{_arithmetic(expected, first, False)}）"
            if expected.printed
            else "0（组成各项均为空）",
            f"{expected.text()} ({_arithmetic(expected, first, True)})"
            if expected.printed
            else "0 (all parts are blank)",
        ]
        return (
            f"{_where(first, False)}：{_cell(first, False)}印为 {shown[0]}，"
            f"按其组成应为 {sums[0]}；{gap_zh}。{more_zh}",
            f"{_where(first, True)}: {_cell(first, True)} is printed as {shown[1]},"
            f" but its parts make {sums[1]}; {gap_en}.{more_en}",
        )
    relation_zh, relation_en = RELATION[row["relation"]]
    left, right = _side(actual, False), _side(expected, False)
    left_en, right_en = _side(actual, True), _side(expected, True)
    return (
        f"{left}，{right}；{relation_zh}，{gap_zh}。{more_zh}",
        f"{left_en}; {right_en}: {relation_en}, {gap_en}.{more_en}",
    )


GAPS = {
    "parts": ("有{n}行印有合计而未印其组成", "{n} row(s) print a total but none of its parts"),
    "total": ("有{n}处合计为空而其组成印有金额", "{n} total(s) are blank beside printed parts"),
    "rows": (
        "有{n}行印有金额而其下所列各行均为空",
        "{n} row(s) print an amount while all rows listed under them are blank",
    ),
}


def gap(row: Mapping[str, Any], title: str) -> tuple[str, str]:
    """The finding of a rule on completeness."""
    zh, en = GAPS[row["reason"]]
    count = row["difference"]
    names = [
        [BASIS[name][english] if name in BASIS else name for name in row["details"]] for english in (0, 1)
    ]
    place = {**row, "source": row["resource"], "title": title}
    onward = ("起", " on") if count > 1 else ("", "")
    return (
        f"{_where(place, False)}{onward[0]}，{zh.format(n=count)}：{'、'.join(names[0])}。",
        f"{_where(place, True)}{onward[1]}: {en.format(n=count)}: {', '.join(names[1])}.",
    )


def code(row: Mapping[str, Any], title: str) -> tuple[str, str]:
    """The finding of a rule on codes (T10)."""
    place = {**row, "source": row["resource"], "title": title}
    where_zh, where_en = _where(place, False), _where(place, True)
    details = row["details"] or []
    if row["rule_id"] == "T10.3":
        keys = "、".join(details)
        return (
            f"{where_zh}：{keys} 在同一张表内出现不止一次。",
            f"{where_en}: {keys} stands more than once in the table.",
        )
    number, name, official = details
    if row["rule_id"] == "T10.1":
        return (
            f"{where_zh}：编码 {number}（{name}）不见于政府收支分类科目。",
            f"{where_en}: code {number} ({name}) is not in the official classification.",
        )
    return (
        f"{where_zh}：编码 {number} 印作“{name}”，科目表中为“{official}”。",
        f"{where_en}: code {number} is printed as “{name}”; the classification calls it “{official}”.",
    )


def declaration(rule_id: str, resource: str, columns: str, count: int, example: str) -> tuple[str, str]:
    """The finding of a row that breaks its own declaration (E91-E93): a defect of the reading."""
    what = {
        "E91": ("主键重复", "repeat a key"),
        "E92": ("缺少必填值", "lack a required value"),
        "E93": ("取值不符合声明", "break the declaration"),
    }[rule_id]
    return (
        f"数据资源 {resource} 有{count}行在字段 {columns} 上{what[0]}（例：{example}）。",
        f"{count} row(s) of {resource} {what[1]} in {columns} (for example {example}).",
    )


STATUS = {"found": "已读", "empty": "空表", "withheld": "不予发布", "image": "图片", "missing": "未见"}


def census(row: Mapping[str, Any]) -> tuple[str, str]:
    """The finding of a table whose status and figures contradict each other (E94)."""
    return (
        f"《{row['title']}》的读取状态为“{STATUS[row['status']]}”，而数据中有{row['figures']}个金额。",
        f"The table {row['resource']} was read as {row['status']}, yet has {row['figures']} figures.",
    )
