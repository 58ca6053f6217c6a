"""The items that ask what the nine tables print: whether they are there, how deep they go, what they list.

A table that was not read fails nothing. Not for what the text says (``text``).
"""

from __future__ import annotations

from pipelines import schema
from pipelines.quality.completeness import GAP_RULES
from pipelines.quality.disclosure.model import FUNCTIONAL, OPEN, PASS, ItemResult, Report, fail, spent

STATE_CAPITAL_SINCE = 2020
"""The first year whose final accounts print the table of the state capital budget everywhere."""


def tables(report: Report) -> ItemResult:
    """7: all nine tables are there; one in pictures is there too."""
    lost = [
        name
        for name in schema.tables()
        if report.status.get(name, "missing") == "missing"
        and not (name == "state_capital" and report.year < STATE_CAPITAL_SINCE)
    ]
    if any(status == "image" for status in report.status.values()):
        return OPEN
    if not lost:
        return PASS
    titles = [schema.tables()[name].title for name in lost]
    return fail(
        f"九张决算表中未见{len(lost)}张：{'、'.join(f'《{title}》' for title in titles)}。",
        f"{len(lost)} of the nine tables are not in the report: {', '.join(lost)}.",
        len(lost),
    )


def classes(report: Report) -> ItemResult:
    """8: tables 01 and 04 print figures for functional classes."""
    halves = ("revenue_expenditure_summary", "appropriation_summary")
    if not all(report.read(name) for name in halves):
        return OPEN
    for name in halves:
        known = [r for r in report.rows[name] if r["side"] == "expenditure" and str(r["item_code"]).isdigit()]
        if not any(spent(row, name) for row in known):
            title = report.titles[name]
            return fail(
                f"《{title}》的支出功能分类没有数据。", f"{name} prints no figures for functional classes."
            )
    return PASS


def functional_detail(report: Report) -> ItemResult:
    """9: rows of the functional tables go down to 项."""
    short: dict[str, list[str]] = {}
    for name in FUNCTIONAL:
        codes = [
            r["function_code"] for r in report.rows[name] if spent(r, name) and r["function_code"].isdigit()
        ]
        # An item that is listed without a figure is a gap of the table (T02.4...), not a lack of detail.
        listed = [r["function_code"] for r in report.rows[name]]
        leaves = [c for c in codes if len(c) < 7 and not any(o != c and o.startswith(c) for o in listed)]
        if leaves:
            short[name] = leaves
    if not any(report.status.get(name) == "found" for name in FUNCTIONAL):
        return OPEN
    if not short:
        return PASS
    zh = "；".join(f"《{report.titles[name]}》{'、'.join(codes)}" for name, codes in short.items())
    en = "; ".join(f"{name} {', '.join(codes)}" for name, codes in short.items())
    return fail(f"功能分类未细化至项：{zh}。", f"Not detailed to 项: {en}.", sum(map(len, short.values())))


def economic_detail(report: Report) -> ItemResult:
    """11: table 06 goes down to 款."""
    name = "basic_expenditure_by_economy"
    rows = report.rows[name]
    if report.status.get(name) != "found":
        return OPEN
    codes = {r["economic_code"] for r in rows if r["amount"]}
    short = sorted(
        c
        for c in codes
        if len(c) == 3 and c.isdigit() and not any(len(o) == 5 and o.startswith(c) for o in codes)
    )
    if not short:
        return PASS
    return fail(
        f"《{report.titles[name]}》的{'、'.join(short)}类未细化至款。",
        f"Classes {', '.join(short)} of {name} are not detailed to 款.",
        len(short),
    )


def zeros(report: Report) -> ItemResult:
    """5: tables list no zeros."""
    count: dict[str, int] = {}
    for name in (*FUNCTIONAL, "basic_expenditure_by_economy"):
        amounts = [amount.name for amount in schema.tables()[name].amounts]
        zero = sum(
            1
            for row in report.rows[name]
            for amount in amounts
            if row[amount] is not None and not row[amount]
        )
        if zero:
            count[name] = zero
    if not any(report.status.get(name) == "found" for name in FUNCTIONAL):
        return OPEN
    if not count:
        return PASS
    zh = "、".join(f"《{report.titles[name]}》{n}处" for name, n in count.items())
    return fail(
        f"表内列有零值：{zh}。",
        f"Zeros are printed: {', '.join(f'{k} {n}' for k, n in count.items())}.",
        sum(count.values()),
    )


def complete_tables(report: Report) -> ItemResult:
    """13, from the findings on completeness and on figures without a column."""
    if not any(status == "found" for status in report.status.values()):
        return OPEN
    gaps = sorted(report.codes & {*GAP_RULES.values(), "E02", "E48"})
    return (
        fail(
            f"表格数据不完整（规则{'、'.join(gaps)}）。",
            f"Table data are incomplete (rules {', '.join(gaps)}).",
        )
        if gaps
        else PASS
    )
