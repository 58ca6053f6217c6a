"""Which column each figure of a dump stands in: labels (01, 04), codes (06) or the official arithmetic.

Tables help each other: 01 tells 02's sources, 05 bounds 03 and 03 bounds 05. What stays open is null, with E02.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from pipelines.extract.dump.heads import printed_layout
from pipelines.extract.dump.three_public import ThreePublicReader, basis_heads, place_three_public
from pipelines.extract.dump.tokens import Entry, Reader, leave_entries
from pipelines.extract.result import Notice
from pipelines.extract.rows import TOTAL, RawTable, Row
from pipelines.extract.solver import Node, RowLayout, Vector, solve
from pipelines.extract.titles import TABLE_NUMBERS
from pipelines.forms import Form, forms, within


def _layout(form: Form) -> tuple[RowLayout, tuple[str, ...]]:
    """The solver's columns and row rules of a form (of its expenditure half), and the columns' names."""
    names = tuple(dict.fromkeys(c.name for c in form.columns if c.side != "income"))
    rules = tuple(
        (names.index(f.total), tuple((sign, names.index(c)) for sign, c in f.terms))
        for f in (*form.formulas, *form.balances)
    )
    return RowLayout(len(names), names.index("total"), rules, tuple(range(len(names)))), names


LAYOUTS = {
    resource: _layout(form)
    for resource, form in forms().items()
    if form.formulas and form.rows in ("functional", "summary") and resource != "state_capital"
}
"""08 has one of two layouts: that of 05 or that of 07."""
THREE_COLUMNS = LAYOUTS["general_budget_expenditure"]
# 预算 tables print three expenditure columns where final accounts print six.
_BUDGET_EXPENDITURE = LAYOUTS["general_budget_expenditure"]




def place_figures(readers: list[Reader]) -> None:
    """Give every figure its column. Tables help each other: 01 tells 02's sources, 05 bounds 03 and 03 bounds 05."""
    by_name = {r.table.resource: r for r in readers}
    for reader in readers:
        if reader.table.resource == "revenue_expenditure_summary":
            _single_amounts(reader)
        elif reader.table.resource == "basic_expenditure_by_economy":
            _economy_amounts(reader)
        elif isinstance(reader, ThreePublicReader):
            place_three_public(reader)
    if appropriation := by_name.get("appropriation_summary"):
        _appropriation_amounts(appropriation)
    for name in ("government_fund", "state_capital"):
        if fund := by_name.get(name):
            _function_amounts(fund, {})
    general, spending = by_name.get("general_budget_expenditure"), by_name.get("expenditure_by_function")
    first: dict[str, dict[str, int]] = {}
    if general:
        first = _decided(general, {})
    bounds: dict[str, Callable[[Vector], bool]] = {}
    if spending:
        names = _layout_of(spending)[1]
        slack = spending.quantum
        bounds = {code: _at_least(values, names, slack) for code, values in first.items()}
        second = _decided(spending, bounds)
        _function_amounts(spending, bounds)
        if general:
            upper = {
                code: _at_most(second[code], _layout_of(general)[1], general.quantum) for code in second
            }
            _function_amounts(general, upper)
    elif general:
        _function_amounts(general, {})
    if revenue := by_name.get("revenue_by_function"):
        summary = by_name.get("revenue_expenditure_summary")
        allow = _income_totals(summary, revenue) if summary else None
        _function_amounts(revenue, {TOTAL: allow} if allow else {})


def _layout_of(reader: Reader) -> tuple[RowLayout, tuple[str, ...]]:
    if printed := printed_layout(reader):
        return printed
    resource = reader.table.resource
    if resource == "state_capital":
        full = _prints_balances(reader) or reader.n_printed_columns == 6
        return LAYOUTS["government_fund"] if full else THREE_COLUMNS
    if resource == "government_fund" and (
        reader.n_printed_columns == 3 or (reader.n_printed_columns is None and not _prints_balances(reader))
    ):
        return THREE_COLUMNS
    if resource == "expenditure_by_function" and reader.n_printed_columns == 3:
        return _BUDGET_EXPENDITURE
    return LAYOUTS[resource]


def _prints_balances(reader: Reader) -> bool:
    loose = forms()[reader.table.resource].loose_heads
    return loose is not None and within(loose.balances, reader.header_words)


def _at_least(values: dict[str, int], names: tuple[str, ...], slack: int) -> Callable[[Vector], bool]:
    """03 ≥ 05, code by code and column by column."""

    def allow(vector: Vector) -> bool:
        return all((vector[names.index(c)] or 0) >= v - slack for c, v in values.items() if c in names)

    return allow


def _at_most(values: dict[str, int], names: tuple[str, ...], slack: int) -> Callable[[Vector], bool]:
    """05 ≤ 03, for the columns that 03 has decided (an undecided column bounds nothing)."""

    def allow(vector: Vector) -> bool:
        return all((vector[names.index(c)] or 0) <= v + slack for c, v in values.items() if c in names)

    return allow


def _income_totals(summary: Reader, target: Reader) -> Callable[[Vector], bool] | None:
    """02's total row by source, from the items of 01, if 01's own items sum to its total."""
    amounts = {e.code: summary.micro(e.tokens[0]) for e in summary.entries if e.side == "income" and len(e.tokens) == 1}
    if "current_total" not in amounts:
        return None
    source = {
        "fiscal_appropriation": ("general_public_budget", "government_fund", "state_capital"),
        "higher_level_subsidy": ("higher_level_subsidy",),
        "institutional": ("institutional",),
        "business": ("business",),
        "affiliate_remittance": ("affiliate_remittance",),
        "other": ("other",),
    }
    totals = {
        column: sum(amounts.get(code, 0) for code in codes)
        for column, codes in source.items()
    }
    slack = summary.quantum * 4
    if abs(sum(totals.values()) - amounts["current_total"]) > slack:
        return None
    names = _layout_of(target)[1]
    totals = {column: v for column, v in totals.items() if column in names}

    def allow(vector: Vector) -> bool:
        return all(abs((vector[names.index(c)] or 0) - v) <= (2 * target.quantum if v else 0) for c, v in totals.items())

    return allow


def _tree(entries: list[Entry]) -> list[list[int]]:
    """Children by code prefix: 合计 > 类 > 款 > 项, each row below the nearest ancestor that is printed."""
    position = {e.code: i for i, e in enumerate(entries)}
    children: list[list[int]] = [[] for _ in entries]
    for index, entry in enumerate(entries):
        code = entry.code or ""
        if not code.isdigit():
            continue
        parent = next((position[p] for p in (code[:5], code[:3]) if p != code and p in position), position.get(TOTAL))
        if parent is not None:
            children[parent].append(index)
    return children


def _nodes(reader: Reader, allow: dict[str, Callable[[Vector], bool]]) -> tuple[list[Entry], list[Node]]:
    entries = [e for e in reader.entries if e.code is not None]
    children = _tree(entries)
    width = _layout_of(reader)[0].n_columns
    nodes = [
        Node(
            tuple(reader.micro(a) for a in e.tokens),
            children[i],
            allow.get(e.code or ""),
            e.places if e.width == width else None,
        )
        for i, e in enumerate(entries)
    ]
    return entries, nodes


def _fits(reader: Reader) -> bool:
    if printed_layout(reader):
        return True
    layout, _ = _layout_of(reader)
    expected = forms()[reader.table.resource].loose_heads
    if expected and (reader.n_printed_columns is None or within(expected.foreign, reader.header_words)):
        missing = [stem for stem in expected.stems if stem not in reader.header_words]
        extra = [word for pattern in expected.foreign for word in re.findall(pattern, reader.header_words)]
        if extra or missing:
            reader.table.problems.append(
                f"表头与官方格式不同（{'、'.join(dict.fromkeys(extra or missing))}）"
                f" / the heads differ from the official form ({', '.join(dict.fromkeys(extra or missing))})"
            )
            return False
    if reader.n_printed_columns is not None and reader.n_printed_columns != layout.n_columns:
        reader.table.problems.append(
            f"栏数 {reader.n_printed_columns} 与官方格式 {layout.n_columns} 不同"
            f" / prints {reader.n_printed_columns} columns, the official form has {layout.n_columns}"
        )
        return False
    long = [e for e in reader.entries if len(e.tokens) > layout.n_columns]
    if long:
        reader.table.problems.append(
            f"第{long[0].line}行数字多于栏数 / line {long[0].line} prints more figures than there are columns"
        )
        return False
    return True


def _decided(reader: Reader, allow: dict[str, Callable[[Vector], bool]]) -> dict[str, dict[str, int]]:
    """Columns that are already sure, per code: {code: {column: micro-units}}; blanks count as 0 where all are sure."""
    layout, names = _layout_of(reader)
    if any(len(e.tokens) > layout.n_columns for e in reader.entries):
        return {}
    entries, nodes = _nodes(reader, allow)
    solution = solve(layout, nodes, reader.quantum)
    known: dict[str, dict[str, int]] = {}
    for i, entry in enumerate(entries):
        if solution.incomplete[i] or not entry.tokens:
            continue
        vectors = {_laid(nodes[i].tokens, option, layout.n_columns) for option in solution.options[i]}
        known[entry.code or ""] = {
            name: next(iter(values))
            for c, name in enumerate(names)
            if len(values := {vector[c] for vector in vectors}) == 1
        }
    return known


def _laid(tokens: tuple[int, ...], option: tuple[int, ...], width: int) -> tuple[int, ...]:
    values = [0] * width
    for token, column in zip(tokens, option, strict=True):
        values[column] = token
    return tuple(values)


def _function_amounts(reader: Reader, allow: dict[str, Callable[[Vector], bool]]) -> None:
    if not _fits(reader):
        leave_entries(reader, reader.entries)
        return
    layout, names = _layout_of(reader)
    entries, nodes = _nodes(reader, allow)
    solution = solve(layout, nodes, reader.quantum)
    for i, entry in enumerate(entries):
        choices = [solution.columns(i, t) for t in range(len(entry.tokens))]
        _put(reader, entry, names, choices)
    leave_entries(reader, [e for e in reader.entries if e.code is None])


def _put(reader: Reader, entry: Entry, names: tuple[str, ...], choices: list[set[int]]) -> None:
    """Decided figures into cells, undecided ones into the notices (E02), every one into the account."""
    row = Row(entry.code, entry.name, {}, None, entry.line, entry.side, entry.line_no)
    locator = f"{entry.side}:{entry.code}" if entry.side else entry.code or ""
    for amount, columns_left in zip(entry.tokens, choices, strict=True):
        candidates = tuple(names[c] for c in sorted(columns_left))
        if len(candidates) == 1:
            row.amounts[candidates[0]] = amount
            reader.table.use(amount.token, None, entry.line, "cell", locator, candidates[0])
        else:
            row.ambiguous.append((amount, candidates))
            reader.table.use(amount.token, None, entry.line, "ambiguous", locator, "|".join(candidates))
    reader.table.rows.append(row)


def _single_amounts(reader: Reader) -> None:
    for entry in reader.entries:
        if len(entry.tokens) > 1:
            leave_entries(reader, [entry])
            continue
        row = Row(entry.code, entry.name, {}, None, entry.line, entry.side, entry.line_no)
        for amount in entry.tokens:
            row.amounts["amount"] = amount
            reader.table.use(amount.token, None, entry.line, "cell", f"{entry.side}:{entry.code}", "amount")
        reader.table.rows.append(row)


def _appropriation_amounts(reader: Reader) -> None:
    """04: the income side by label; the expenditure side by total = general + fund + capital and the fund totals."""
    income = [e for e in reader.entries if e.side == "income"]
    spending = [e for e in reader.entries if e.side == "expenditure"]
    layout, names = LAYOUTS["appropriation_summary"]
    amounts: dict[str, int] = {}
    for entry in income:
        if len(entry.tokens) > 1:
            leave_entries(reader, [entry])
            continue
        row = Row(entry.code, entry.name, {}, None, entry.line, entry.side, entry.line_no)
        for amount in entry.tokens:
            row.amounts["amount"] = amount
            amounts[entry.code or ""] = reader.micro(amount)
            reader.table.use(amount.token, None, entry.line, "cell", f"income:{entry.code}", "amount")
        reader.table.rows.append(row)
    if any(len(e.tokens) > layout.n_columns for e in spending):
        reader.table.problems.append("支出方数字多于栏数 / a row prints more figures than there are columns")
        leave_entries(reader, spending)
        return
    position = {e.code: i for i, e in enumerate(spending)}
    children: list[list[int]] = [[] for _ in spending]
    current, grand = position.get("current_total"), position.get("grand_total")
    for i, entry in enumerate(spending):
        if (entry.code or "").isdigit():
            parent = current if current is not None else grand
        elif entry.code in ("current_total", "closing_balance"):
            parent = grand
        else:
            parent = None
        if parent is not None:
            children[parent].append(i)
    allow = _fund_totals(amounts, names, reader.quantum)
    nodes = [
        Node(
            tuple(reader.micro(a) for a in e.tokens),
            children[i],
            allow if e.code == "grand_total" else None,
        )
        for i, e in enumerate(spending)
    ]
    solution = solve(layout, nodes, reader.quantum)
    for i, entry in enumerate(spending):
        _put(reader, entry, names, [solution.columns(i, t) for t in range(len(entry.tokens))])


def _fund_totals(
    amounts: dict[str, int], names: tuple[str, ...], quantum_: int
) -> Callable[[Vector], bool] | None:
    """Per fund: income + opening balance = the fund's grand total on the other side."""
    if "grand_total" not in amounts:
        return None
    funds = {f: amounts.get(f, 0) + amounts.get(f"opening_{f}", 0) for f in names[1:]}
    if abs(sum(funds.values()) - amounts["grand_total"]) > 4 * quantum_:
        return None

    def allow(vector: Vector) -> bool:
        return all(abs((vector[names.index(f)] or 0) - v) <= (2 * quantum_ if v else 0) for f, v in funds.items())

    return allow


def _economy_amounts(reader: Reader) -> None:
    """06: one figure per code; where rows print 合计 and its part, 301/303 are personnel and 302… public."""
    names = ("amount", "personnel", "public")
    filled = [e for e in reader.entries if e.tokens]
    wide = 2 * sum(len(e.tokens) > 1 for e in filled) > len(filled)
    slack = reader.quantum
    for entry in reader.entries:
        if len(entry.tokens) > len(names):
            leave_entries(reader, [entry])
            continue
        _put(reader, entry, names, _economy_columns(entry, [reader.micro(a) for a in entry.tokens], wide=wide, slack=slack))


def _economy_columns(entry: Entry, values: list[int], *, wide: bool, slack: int) -> list[set[int]]:
    """The columns that a row's figures may stand in: all of them where a figure is missing, or one too many."""
    code = entry.code or ""
    whole = code == TOTAL or not code.isdigit()
    if not wide and len(values) == 1:
        return [{0}]
    if wide and len(values) == 2 and values[0] == values[1] and not whole:
        return [{0}, {1} if code[:3] in ("301", "303") else {2}]
    if wide and len(values) == 2 and values[0] == values[1]:
        return [{0}, {1, 2}]
    if wide and len(values) == 3 and 2 * abs(values[0] - values[1] - values[2]) <= 3 * slack:
        return [{0}, {1}, {2}]
    return [{0, 1, 2} for _ in values]


def ambiguity_notices(table: RawTable, key_of: Callable[[RawTable, Row], str]) -> list[Notice]:
    """E02, one per row: the figures whose column the arithmetic leaves open, with their candidates."""
    notices = []
    for row in table.rows:
        if not row.ambiguous:
            continue
        candidates = sorted({c for _, cs in row.ambiguous for c in cs})
        figures = ";".join(a.token for a, _ in row.ambiguous)
        label = row.name or basis_heads().get(row.code or "", row.code or "")
        notices.append(
            Notice(
                "E02",
                table.resource,
                f"{key_of(table, row)};column={'|'.join(candidates)}",
                f"“{label}”一行的 {figures.replace(';', '、')} 在文本中失去了列位置，按官方勾稽关系不能唯一确定属于哪一栏，相应单元格留空。",
                f"The figures {figures.replace(';', ', ')} of '{label}' lost their columns in the text dump; the official"
                " arithmetic leaves more than one place, so the cells are left null.",
                figures,
                row.page,
                row.line,
            )
        )
    return notices


assert set(LAYOUTS) <= set(TABLE_NUMBERS)
