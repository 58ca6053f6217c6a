"""What the pictures of one report show: where the money comes from and goes to, how large each item is, how projects
were executed. Only printed figures; the drawing itself is in ``drawing``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from markupsafe import Markup

from pipelines.publish.site.cells import Row, plain, spoken
from pipelines.publish.site.charts import records
from pipelines.publish.site.drawing import COLOURS, BarMark, FlowBand, FlowNode, bars, flows, treemap
from pipelines.schema import resources

Rows = Mapping[str, Sequence[Row]]
Record = dict[str, str]

_MOST = 12
"""Projects whose execution is drawn."""


def pictures(rows: Rows) -> list[Markup]:
    """The pictures that a report has figures for."""
    return [picture for picture in (_flow(rows), _items(rows), _execution(rows)) if picture]


def _figure(text: str) -> Decimal:
    return Decimal(text.replace(",", "")) if text else Decimal(0)


def _classes(rows: Rows, resource: str) -> list[Record]:
    return [r for r in records(rows, resource) if r["level"] == "class"]


def _flow(rows: Rows) -> Markup | None:
    """Sources to functional classes (table 02), functional classes to kinds of expenditure (table 03)."""
    spent = _classes(rows, "expenditure_by_function")
    received = _classes(rows, "revenue_by_function")
    sources, kinds = (
        [(f.name, f.title, spoken(f.name)) for f in resources()[name].amounts if f.name != "total"]
        for name in ("revenue_by_function", "expenditure_by_function")
    )
    columns: tuple[dict[str, FlowNode], dict[str, FlowNode], dict[str, FlowNode]] = ({}, {}, {})
    links = []
    for at, record in enumerate(received + spent):
        code = record["function_code"]
        incoming = at < len(received)
        for name, zh, en in sources if incoming else kinds:
            size = _figure(record[name])
            if size <= 0:
                continue
            columns[1].setdefault(code, FlowNode(plain(record["function_name"]) or code, plain(record["function_name"]) or code, int(code) % COLOURS))
            side = columns[0 if incoming else 2]
            key = f"{'from' if incoming else 'to'}-{name}"
            side.setdefault(key, FlowNode(zh, en, len(side)))
            pair = (key, code) if incoming else (code, key)
            links.append(FlowBand(*pair, size, f"{record[name]} 万元"))
    if not columns[2] or len(links) < 2:
        return None
    held = [column for column in columns if column]
    for column in (columns[0], columns[2]):
        for key, node in column.items():
            whole = sum((link.size for link in links if key in (link.source, link.target)), Decimal(0))
            node.zh, node.en = f"{node.zh} {whole:,.2f}", f"{node.en} {whole:,.2f}"
    title = ("资金从哪里来、到哪里去（万元）", "Where the money comes from and goes to (万元)")
    if not columns[0]:
        title = ("支出按功能和种类（万元）", "Expenditure by function and kind (万元)")
    return flows(held, links, *title)


def _items(rows: Rows) -> Markup | None:
    """Expenditure by item, items of a class together; a section without items stands for itself."""
    found = records(rows, "expenditure_by_function")
    inner = {r["function_code"][:length] for r in found for length in (3, 5) if length < len(r["function_code"])}
    leaves = [r for r in found if r["level"] and r["function_code"] not in inner]
    names = {r["function_code"]: plain(r["function_name"]) for r in found}
    whole = next((_figure(r["total"]) for r in found if r["function_code"] == "total"), Decimal(0))
    groups: dict[str, list[BarMark]] = {}
    for record in leaves:
        size = _figure(record["total"])
        if size > 0:
            share = f"（{100 * size / whole:.1f}%）" if whole else ""
            code, name = record["function_code"], plain(record["function_name"])
            groups.setdefault(code[:3], []).append(BarMark(name, name, size, f"{record['total']}{share}", "", int(code[:3]) % COLOURS))
    if sum(map(len, groups.values())) < 2:
        return None
    return treemap([(names.get(code, code), own) for code, own in groups.items()], "支出按功能科目（面积为金额，万元）", "Expenditure by functional item (area is the amount, 万元)")


def _execution(rows: Rows) -> Markup | None:
    """Executed in percent of the budget, as printed, the least executed first."""
    found = [r for r in records(rows, "evaluations") if r["execution_rate"] and r["name"] and r["scope"] == "project"]
    if len(found) < 2:
        return None
    found.sort(key=lambda r: _figure(r["execution_rate"]))
    marks = [
        BarMark(plain(r["name"]), plain(r["name"]), _figure(r["execution_rate"]), f"{r['execution_rate']}%", f"#evaluations-{r['evaluation_no']}", 0)
        for r in found[:_MOST]
    ]
    return bars(marks, "项目预算执行率（所印，低的在前）", "Execution of projects in percent (as printed, the least first)")
