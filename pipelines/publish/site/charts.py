"""What the charts of a report show, as data for the page's script. Nothing is summed: only printed figures.

Values stay exact decimal strings; the drawing library turns them into coordinates.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from pipelines.publish.site.cells import Row, plain, shown
from pipelines.schema import resources

Chart = dict[str, Any]
Rows = Mapping[str, Sequence[Row]]

_TRIPS = ("total", "overseas_trips", "vehicle_purchase", "vehicle_operation", "reception")
_BASIS = {"budget": ("预算数", "Budget"), "final": ("决算数", "Final")}
_ITEM_CONCEPTS = {"general_budget.item.initial_budget": "budget", "general_budget.item.final": "final"}
_MOST = 16
"""Bars of one chart; the figures of the others stand in the tables."""


def charts(rows: Rows) -> list[Chart]:
    """The charts that a report has figures for: bars, each series with a value (or null) per name."""
    found = [
        _by_class(rows),
        _basic_and_project(rows),
        _three_public(rows),
        _items(rows),
        _projects(rows),
    ]
    return [chart for chart in found if chart]


def records(rows: Rows, resource: str, column: str = "", values: Collection[str] = ()) -> list[dict[str, str]]:
    """Rows by the names of their fields; those alone that have one of ``values`` in ``column``, where it is given."""
    names = [field.name for field in shown(resources()[resource])]
    found = rows.get(resource, ())
    if column:
        at = names.index(column) + 2
        found = [row for row in found if row[at] in values]
    return [dict(zip(names, row[2:], strict=True)) for row in found]


def _value(text: str) -> str | None:
    return text.replace(",", "") or None


def _filled(text: str) -> bool:
    return bool(text.strip("0.,-"))


def _chart(
    key: str, zh: str, en: str, names: Sequence[str | tuple[str, str]], series: Sequence[tuple[str, str, Sequence[str]]],
    stack: bool = False,
) -> Chart | None:  # fmt: skip
    """None when no bar would have a length."""
    if not any(_filled(value) for _, _, values in series for value in values):
        return None
    return {
        "key": key,
        "zh": zh,
        "en": en,
        "names": [list(name) if isinstance(name, tuple) else [plain(name)] * 2 for name in names],
        "series": [{"zh": z, "en": e, "values": [_value(v) for v in values]} for z, e, values in series],
        "stack": stack,
    }


def _classes(rows: Rows, resource: str) -> list[dict[str, str]]:
    """The rows of functional classes that have a figure."""
    code = "item_code" if resource == "revenue_expenditure_summary" else "function_code"
    figure = "amount" if code == "item_code" else "total"
    return [
        {**record, "name": record.get("item") or record.get("function_name") or record[code]}
        for record in records(rows, resource)
        if len(record[code]) == 3 and record[code].isdigit() and _filled(record[figure])
    ]


def _by_class(rows: Rows) -> Chart | None:
    found = _classes(rows, "revenue_expenditure_summary")
    figure = "amount"
    if not found:
        found, figure = _classes(rows, "expenditure_by_function"), "total"
    names, values = [r["name"] for r in found], [r[figure] for r in found]
    return _chart("class", "支出按功能分类（类）", "Expenditure by functional class", names, [("支出", "Expenditure", values)])


def _basic_and_project(rows: Rows) -> Chart | None:
    found = _classes(rows, "expenditure_by_function")
    names = [r["name"] for r in found]
    series = [
        ("基本支出", "Basic", [r["basic"] for r in found]),
        ("项目支出", "Project", [r["project"] for r in found]),
    ]
    return _chart("kind", "基本支出与项目支出", "Basic and project expenditure", names, series, stack=True)


def _three_public(rows: Rows) -> Chart | None:
    resource = resources()["three_public_expenses"]
    found = {record["basis"]: record for record in records(rows, resource.name)}
    names = [(resource.field(name).title, name.replace("_", " ").capitalize()) for name in _TRIPS]
    series = [(*_BASIS[basis], [found[basis][name] for name in _TRIPS]) for basis in _BASIS if basis in found]
    return _chart("three-public", "“三公”经费：预算与决算", "Three public expenses: budget and final", names, series)


def _items(rows: Rows) -> Chart | None:
    """The initial budget and the final figure of functional items, as the narrative states them."""
    found: dict[str, dict[str, str]] = {}
    for record in records(rows, "statements", "concept", _ITEM_CONCEPTS):
        basis = _ITEM_CONCEPTS[record["concept"]]
        if record["function_code"] and record["unit"] == "万元":
            entry = found.setdefault(record["function_code"], {"name": record["subject"] or record["function_code"]})
            entry.setdefault(basis, record["value"])
    both = {code: entry for code, entry in found.items() if "budget" in entry and "final" in entry}
    shown_codes = list(both)[:_MOST]
    names = [f"{code} {_last(both[code]['name'])}" for code in shown_codes]
    series = [(zh, en, [both[code][basis] for code in shown_codes]) for basis, (zh, en) in _BASIS.items()]
    return _chart(
        "items", "年初预算与决算（按功能科目）", "Initial budget and final figure by functional item", names, series
    )


def _last(path: str) -> str:
    """The item of a path of classes: ``社会保障（类）就业（款）其他（项）`` → ``其他（项）``."""
    parts = [part for part in path.replace("（款）", "（款）|").replace("（类）", "（类）|").split("|") if part]
    return parts[-1] if parts else path


def _projects(rows: Rows) -> Chart | None:
    found = [r for r in records(rows, "evaluations") if _filled(r["budget"]) or _filled(r["executed"])][:_MOST]
    names = [r["name"] or f"{r['evaluation_no']}" for r in found]
    series = [
        ("预算数", "Budget", [r["budget"] for r in found]),
        ("执行数", "Executed", [r["executed"] for r in found]),
    ]
    return _chart("execution", "绩效自评：预算执行", "Self-evaluation: execution of projects", names, series)
