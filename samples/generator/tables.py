"""The nine official tables of one ledger in one layout: heads, rows and notes, ready to be drawn.

Every printed figure is written here, once, together with the fact that it states, so that the truth of a
report (``frames``) is by construction what the report prints. Knows nothing of pages or files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Literal

import polars as pl

from samples.generator import codes
from samples.generator.layouts import Layout
from samples.generator.ledger import (
    AMOUNTS,
    KEYS,
    RESOURCES,
    Ledger,
    economic_level,
    frame,
    function_level,
)

Align = Literal["left", "center", "right"]
ColumnKind = Literal["code", "name", "number", "line"]


@dataclass(slots=True)
class Fact:
    """What one row (or one half or block of it) states: a row of the published resource, in micro-units."""

    resource: str
    key: tuple[str, ...]
    labels: dict[str, str | int | None]
    amounts: dict[str, int | None]


@dataclass(slots=True)
class Cell:
    """A cell from column ``col`` on, over ``span`` columns and ``down`` rows."""

    text: str
    col: int
    span: int = 1
    down: int = 1
    align: Align = "center"
    indent: int = 0


@dataclass(slots=True)
class Row:
    """One row of cells, and the facts it states (none in a head)."""

    cells: list[Cell]
    facts: list[Fact] = field(default_factory=list)


@dataclass(slots=True)
class Table:
    """An official table, laid out but not drawn. ``head`` may end with 合计, ``next_head`` never does."""

    resource: str
    title: str
    mark: str
    """公开01表, （表1） or nothing."""
    owner: str
    unit: str
    columns: list[ColumnKind]
    head: list[Row]
    next_head: list[Row]
    body: list[Row]
    notes: list[str]
    wide: bool
    """Printed on a landscape page where the layout has such pages."""

    @property
    def rows(self) -> list[Row]:
        return [*self.head, *self.body]


def official_tables(ledger: Ledger, layout: Layout) -> list[Table]:
    """The nine tables in the order in which the layout prints them."""
    writer = _Writer(ledger, layout)
    return [writer.table(number) for number in layout.order]


def printed_frames(tables: Iterable[Table]) -> dict[str, pl.DataFrame]:
    """What the tables print, by resource: published columns without report_id, page and line; 万元."""
    facts: dict[str, list[Fact]] = {resource: [] for resource in RESOURCES}
    for table in tables:
        for row in table.rows:
            for fact in row.facts:
                facts[fact.resource].append(fact)
    # The rows of 三公 have no label of their own: where no figure is printed, no row is.
    if not any(amount is not None for fact in facts["three_public_expenses"] for amount in fact.amounts.values()):
        facts["three_public_expenses"] = []
    return {
        resource: frame(
            resource,
            ({**dict(zip(KEYS[resource], f.key, strict=True)), **f.labels, **f.amounts} for f in found),
        )
        for resource, found in facts.items()
    }


def number_text(micro: int | None, unit: str, layout: Layout) -> str:
    """A figure as the layout prints it: two decimals, or as many as it needs; blank is blank."""
    if micro is None:
        return ""
    size, cut = (1_000_000, 10_000) if unit == "万元" else (100, 1)
    whole, part = divmod(abs(micro), size)
    decimals, lost = divmod(part, cut)
    if lost:
        raise ValueError(f"{micro} micro-units cannot be printed in {unit} with two decimals")
    text = f"{whole:,}" if layout.thousands else str(whole)
    text += f".{decimals:02d}"
    if layout.trim_zeros:
        text = text.rstrip("0").rstrip(".")
    return "-" + text if micro < 0 else text


Head = tuple[str, str] | tuple[str, list[tuple[str, str]]]
"""A column head: (label, column), or (label of a group, its columns)."""


class _Writer:
    """Writes the tables of one ledger in one layout."""

    def __init__(self, ledger: Ledger, layout: Layout) -> None:
        self.ledger = ledger
        self.layout = layout
        self.unit: str = ledger.options.unit
        self.body_word = "部门" if ledger.options.level == "department" else "单位"

    def table(self, number: int) -> Table:
        builders: dict[int, Callable[[], Table]] = {
            1: self.summary,
            2: self.revenue,
            3: self.expenditure,
            4: self.appropriations,
            5: self.general_budget,
            6: self.economic,
            7: self.government_fund,
            8: self.state_capital,
            9: self.three_public,
        }
        return builders[number]()

    # -- what all tables have in common

    def finish(
        self,
        number: int,
        columns: list[ColumnKind],
        head: list[Row],
        body: list[Row],
        notes: Sequence[str] = (),
        next_head: list[Row] | None = None,
        unit: str | None = None,
        wide: bool = True,
    ) -> Table:
        layout = self.layout
        place = layout.order.index(number)
        printed = layout.printed_numbers[place] if layout.printed_numbers else place + 1
        mark = {"公开01表": f"公开{printed:02d}表", "（表1）": f"（表{printed}）", "": ""}[layout.numbering]
        owner_word = f"编制{self.body_word}" if layout.family == "budget-shanghai" else self.body_word
        # Shanghai's final accounts print the unit alone
        owner = "" if layout.family == "shanghai" else f"{owner_word}：{self.ledger.institution}"
        unit_word = "金额单位" if layout.family == "national" else "单位"
        return Table(
            resource=RESOURCES[number - 1],
            title=self.title(number),
            mark=mark,
            owner=owner,
            unit=f"{unit_word}：{unit or self.unit}",
            columns=columns,
            head=head,
            next_head=head if next_head is None else next_head,
            body=body,
            notes=[n for n in notes if n],
            wide=wide,
        )

    def title(self, number: int) -> str:
        ledger, layout, body = self.ledger, self.layout, self.body_word
        if layout.family == "budget-shanghai":
            body = body if body == "部门" else "预算单位"
            names = (
                f"{body}财务收支预算总表 {body}收入预算总表 {body}支出预算总表 {body}财政拨款收支预算总表 "
                f"{body}一般公共预算支出功能分类预算表 {body}一般公共预算基本支出部门预算经济分类预算表 "
                f"{body}政府性基金预算支出功能分类预算表 {body}国有资本经营预算支出功能分类预算表 "
                f"{body}“三公”经费和机关运行经费预算表"
            )
        elif layout.family == "budget-national":
            names = (
                f"{body}收支总表 {body}收入总表 {body}支出总表 财政拨款收支总表 一般公共预算支出表 "
                "一般公共预算基本支出表 政府性基金预算支出表 国有资本经营预算支出表 "
                "一般公共预算“三公”经费支出表"
            )
        else:
            detail = "明细" if layout.blocks == 3 else ""
            both = "收入" if layout.capital_balances else ""
            names = (
                "收入支出决算总表 收入决算表 支出决算表 财政拨款收入支出决算总表 "
                f"一般公共预算财政拨款支出决算表 一般公共预算财政拨款基本支出决算{detail}表 "
                "政府性基金预算财政拨款收入支出决算表 "
                f"国有资本经营预算财政拨款{both}支出决算表 财政拨款“三公”经费支出决算表"
            )
        year = f"{ledger.year}年" if layout.budget else f"{ledger.year}年度"
        return (year if layout.titles_with_year else "") + names.split()[number - 1]

    def number(self, micro: int | None, unit: str | None = None) -> str:
        return number_text(micro, unit or self.unit, self.layout)

    def fact(
        self, resource: str, key: tuple[str, ...], columns: Iterable[str], **labels: str | int | None
    ) -> Fact:
        amounts = dict.fromkeys(AMOUNTS[resource], None) | {
            column: self.ledger.printed(resource, key, column) for column in columns
        }
        return Fact(resource, key, labels, amounts)

    # -- tables by function: 02, 03, 05, 07, 08

    def revenue(self) -> Table:
        heads: list[Head]
        if self.layout.family == "budget-shanghai":
            heads = [
                (
                    "收入预算",
                    [
                        ("合计", "total"),
                        ("财政拨款收入", "fiscal_appropriation"),
                        ("事业收入", "institutional"),
                        ("事业单位经营收入", "business"),
                        ("其他收入", "other"),
                    ],
                )
            ]
        else:
            operating = "事业单位经营收入" if self.layout.budget else "经营收入"
            heads = [
                ("合计" if self.layout.budget else "本年收入合计", "total"),
                ("财政拨款收入", "fiscal_appropriation"),
                ("上级补助收入", "higher_level_subsidy"),
                ("事业收入", "institutional"),
                (operating, "business"),
                ("附属单位上缴收入", "affiliate_remittance"),
                ("其他收入", "other"),
            ]
        formula = self.formula("1栏各行＝（2＋3＋4＋5＋6＋7）栏各行。")
        notes = [f"注：本表按来源列示本{self.body_word}全年收入。", formula]
        return self.by_function(2, heads, notes)

    def expenditure(self) -> Table:
        heads: list[Head]
        if self.layout.family == "budget-shanghai":
            heads = [("支出预算", [("合计", "total"), ("基本支出", "basic"), ("项目支出", "project")])]
        else:
            heads = [
                ("合计" if self.layout.budget else "本年支出合计", "total"),
                ("基本支出", "basic"),
                ("项目支出", "project"),
                ("上缴上级支出", "remitted_to_higher_level"),
                ("事业单位经营支出" if self.layout.budget else "经营支出", "business"),
                ("对附属单位补助支出", "affiliate_subsidy"),
            ]
        formula = self.formula("1栏各行＝（2＋3＋4＋5＋6）栏各行。")
        notes = [f"注：本表按性质列示本{self.body_word}全年支出。", formula]
        return self.by_function(3, heads, notes)

    def spending_heads(self, group: str, total: str = "合计") -> list[Head]:
        columns = [(total, "total"), ("基本支出", "basic"), ("项目支出", "project")]
        return [(group, columns)] if group else list(columns)

    def general_budget(self) -> Table:
        group = {"budget-shanghai": "一般公共预算支出", "national": "本年支出"}.get(self.layout.family, "")
        heads = self.spending_heads(group, "小计" if self.layout.family == "national" else "合计")
        notes = ["注：本表列示一般公共预算财政拨款当年支出。", self.formula("1栏各行＝（2＋3）栏各行。")]
        return self.by_function(5, heads, notes, wide=False)

    def balance_heads(self) -> list[Head]:
        spending = [("小计", "total"), ("基本支出", "basic"), ("项目支出", "project")]
        return [
            ("年初结转和结余", "opening_balance"),
            ("本年收入", "revenue"),
            ("本年支出", spending),
            ("年末结转和结余", "closing_balance"),
        ]

    def government_fund(self) -> Table:
        name = "政府性基金预算"
        if self.layout.budget:
            group = "政府性基金预算支出" if self.layout.family == "budget-shanghai" else ""
            return self.by_function(7, self.spending_heads(group), [self.empty_note(7, name)])
        notes = [
            "注：本表列示政府性基金预算财政拨款的收支和结转结余。",
            self.formula("3栏各行＝（4＋5）栏各行；6栏各行＝（1＋2－3）栏各行。"),
            self.empty_note(7, name),
        ]
        return self.by_function(7, self.balance_heads(), notes)

    def state_capital(self) -> Table:
        name = "国有资本经营预算"
        if self.layout.budget:
            group = "国有资本经营预算支出" if self.layout.family == "budget-shanghai" else ""
            return self.by_function(8, self.spending_heads(group), [self.empty_note(8, name)])
        balances = self.layout.capital_balances
        heads = self.balance_heads() if balances else self.spending_heads("本年支出")
        formula = "3栏各行＝（4＋5）栏各行。" if balances else "1栏各行＝（2＋3）栏各行。"
        notes = [
            "注：本表列示国有资本经营预算财政拨款的情况。",
            self.formula(formula),
            self.empty_note(8, name),
        ]
        return self.by_function(8, heads, notes)

    def formula(self, text: str) -> str:
        """The official arithmetic under a table, where its columns are numbered."""
        return text if self.layout.column_numbers else ""

    def empty_note(self, number: int, name: str) -> str:
        if self.ledger.figures[RESOURCES[number - 1]]:
            return ""
        return f"注：本{self.body_word}{self.ledger.year}年度没有{name}财政拨款，本表无数据。"

    def by_function(self, number: int, heads: list[Head], notes: list[str], wide: bool = True) -> Table:
        layout = self.layout
        resource = RESOURCES[number - 1]
        place = layout.total_income if number in (2, 3) else layout.total_budget
        n_code = 3 if layout.split_codes or layout.code_cells else 1
        if place == "header" and n_code == 1:
            place = "first"
        columns = [c for h in heads for c in ([h[1]] if isinstance(h[1], str) else [c for _, c in h[1]])]
        rows = self.function_rows(resource, columns, n_code, short=layout.short_names if number == 2 else 0)
        empty = not rows
        total = self.total_row(resource, columns, n_code, place)
        if empty:
            rows = [_blank_row(n_code, len(columns)) for _ in range(4)]
        prints_total = layout.empty_total or not empty
        head = self.function_head(heads, n_code, total if place == "header" and prints_total else None)
        if prints_total and place == "first":
            rows.insert(0, total)
        if prints_total and place == "last":
            rows.append(total)
        kinds: list[ColumnKind] = [*["code"] * n_code, "name", *["number"] * len(columns)]  # type: ignore[list-item]
        return self.finish(
            number, kinds, head, rows, notes, self.function_head(heads, n_code, None), wide=wide
        )

    def function_head(self, heads: list[Head], n_code: int, total: Row | None) -> list[Row]:
        """项目 over codes and names; 类 款 项; the row of column numbers; perhaps 合计 beside 类 款 项."""
        numbered = self.layout.column_numbers
        third = n_code == 3
        # 类 款 项 stand beside the column numbers or 合计; without these the other heads reach down to them
        inner = third and not numbered and total is None
        depth = 3 if inner else 2
        code_head = "支出功能分类科目编码" if self.layout.family == "shanghai" else "功能分类科目编码"
        if self.layout.family == "budget-national":
            code_head = "科目编码"
        first = [Cell("项目", 0, n_code + 1)]
        second = [Cell(code_head, 0, n_code), Cell("科目名称", n_code, down=depth - 1)]
        col = n_code + 1
        for label, content in heads:
            if isinstance(content, str):
                first.append(Cell(label, col, down=depth))
                col += 1
                continue
            first.append(Cell(label, col, len(content)))
            second += [Cell(name, col + i, down=depth - 1) for i, (name, _) in enumerate(content)]
            col += len(content)
        rows = [Row(first), Row(second)]
        levels = [Cell(text, i) for i, text in enumerate("类款项")] if third else []
        width = col
        if numbered:
            numbered_label = Cell("栏次", 3) if third else Cell("栏次", 0, 2)
            numbers = [Cell(str(i + 1), n_code + 1 + i) for i in range(width - n_code - 1)]
            rows.append(Row([*levels, numbered_label, *numbers]))
        elif inner:
            rows.append(Row(levels))
        if total is not None:
            if numbered:
                for cell in levels:
                    cell.down = 2
                rows.append(total)
            else:
                rows.append(Row([*levels, *total.cells], total.facts))
        return rows

    def total_row(self, resource: str, columns: list[str], n_code: int, place: str) -> Row:
        fact = self.fact(resource, ("total",), columns, function_name="合计", level=None)
        label = Cell("合计", n_code) if place == "header" else Cell("合计", 0, n_code + 1)
        return Row([label, *self.amount_cells(fact, columns, n_code + 1)], [fact])

    def amount_cells(
        self, fact: Fact, columns: Iterable[str], col: int, unit: str | None = None
    ) -> list[Cell]:
        return [
            Cell(self.number(fact.amounts[column], unit), col + i, align="right")
            for i, column in enumerate(columns)
        ]

    def function_rows(self, resource: str, columns: list[str], n_code: int, short: int) -> list[Row]:
        rows = []
        names = codes.function_names()
        figures = self.ledger.figures[resource]
        blank_rows = resource in ("revenue_by_function", "general_budget_expenditure")
        for (code,), row in figures.items():
            # a table of appropriations leaves out what had none, unless the report keeps rows without figures
            if code == "total" or not (any(row[c] is not None for c in columns) or blank_rows):
                continue
            name = self.ledger.printed_name(resource, (code,), names[code])
            name = name[:short] if short else name
            fact = self.fact(resource, (code,), columns, function_name=name, level=function_level(code))
            cells = [
                *self.code_cells(code, n_code),
                Cell(name, n_code, align="left", indent=self.indent(code)),
            ]
            rows.append(Row([*cells, *self.amount_cells(fact, columns, n_code + 1)], [fact]))
        return rows

    def indent(self, code: str) -> int:
        """Names stand further in the lower their level, except where the codes have three columns."""
        return 0 if self.layout.split_codes else (len(code) - 3) // 2

    def code_cells(self, code: str, n_code: int) -> list[Cell]:
        if self.layout.split_codes:
            parts = (code[:3], code[3:5], code[5:7])
            return [Cell(part, i) for i, part in enumerate(parts[:n_code])]
        return [Cell(code, 0, n_code, align="left")]

    # -- 01 and 04: income left, expenditure right

    def two_sided(
        self,
        number: int,
        left: list[tuple[str, str]],
        right: list[tuple[str, str]],
        foot: list[tuple[tuple[str, str], tuple[str, str]]],
        columns: list[str],
        pad: int = 0,
    ) -> tuple[list[Row], int]:
        """Rows of (label, item code) pairs, and how many row numbers one side has."""
        layout = self.layout
        resource = RESOURCES[number - 1]
        pairs = list(zip_longest(left, right, fillvalue=("", "")))
        pairs += [(("", ""), ("", ""))] * (pad - len(pairs))
        pairs += foot
        lined = layout.line_numbers and not layout.budget
        step = 2 if lined else 1
        rows = []
        for i, (income, spent) in enumerate(pairs):
            cells: list[Cell] = []
            facts: list[Fact] = []
            sides = (
                ("income", income, 0, ["amount"], i + 1),
                ("expenditure", spent, step + 1, columns, len(pairs) + i + 1),
            )
            for side, (label, code), col, amounts, line_no in sides:
                total = code.endswith("total") and i >= len(pairs) - len(foot)
                centred: Align = "center" if total else "left"
                cells.append(Cell(label, col, align=centred, indent=int(code.startswith("opening_g")) or 0))
                if lined:
                    cells.append(Cell(str(line_no), col + 1))
                start = col + step
                if not code:
                    cells += [Cell("", start + k) for k in range(len(amounts))]
                    continue
                item = self.ledger.printed_name(resource, (side, code), _without_ordinal(label))
                fact = self.fact(
                    resource, (side, code), amounts, item=item, line_no=line_no if lined else None
                )
                cells += self.amount_cells(fact, amounts, start)
                facts.append(fact)
            rows.append(Row(cells, facts))
        return rows, len(pairs)

    def two_sided_head(self, columns: list[str], amount: str, sides: tuple[str, str]) -> list[Row]:
        lined = self.layout.line_numbers and not self.layout.budget
        step = 2 if lined else 1
        split = len(columns) > 1
        top = [Cell(sides[0], 0, step + 1), Cell(sides[1], step + 1, step + len(columns))]
        depth = 2 if split and self.layout.family == "national" else 1
        second: list[Cell] = []
        for col, width in ((0, 1), (step + 1, len(columns))):
            second.append(Cell("项目", col, down=depth))
            if lined:
                second.append(Cell("行次", col + 1, down=depth))
            if width == 1:
                second.append(Cell(amount, col + step, down=depth))
            elif depth == 2:
                second.append(Cell(amount, col + step, width))
        names = {
            "total": "合计",
            "general_public_budget": "一般公共预算" + ("" if self.layout.budget else "财政拨款"),
            "government_fund": "政府性基金预算" + ("" if self.layout.budget else "财政拨款"),
            "state_capital": "国有资本经营预算" + ("" if self.layout.budget else "财政拨款"),
        }
        rows = [Row(top), Row(second)]
        if split:
            funds = [Cell(names[c], 2 * step + 1 + i) for i, c in enumerate(columns)]
            if depth == 2:
                rows.append(Row(funds))
            else:
                second += funds
        if lined:
            labels = [Cell("栏次", 0), Cell("", 1), Cell("1", 2), Cell("栏次", 3), Cell("", 4)]
            rows.append(Row([*labels, *(Cell(str(i + 2), 5 + i) for i in range(len(columns)))]))
        return rows

    def two_sided_columns(self, n_amounts: int) -> list[ColumnKind]:
        line: list[ColumnKind] = ["line"] if self.layout.line_numbers and not self.layout.budget else []
        amounts: list[ColumnKind] = ["number"] * n_amounts
        return ["name", *line, "number", "name", *line, *amounts]

    def class_labels(self, resource: str, form: str = "{}、{}") -> list[tuple[str, str]]:
        """The classes that the layout prints, numbered 一、…; Shanghai's budgets print those with money."""
        left_out = codes.FEWER_CLASSES[self.layout.classes]
        used = {key[1] for key, row in self.ledger.figures[resource].items() if any(row.values())}
        shown = [
            code
            for code in codes.CLASSES
            if code in used or (code not in left_out and self.layout.family != "budget-shanghai")
        ]
        return [(form.format(codes.ORDINALS[i], codes.CLASSES[c]), c) for i, c in enumerate(shown)]

    def summary(self) -> Table:
        resource = RESOURCES[0]
        right = self.class_labels(resource)
        pad = 0
        if self.layout.family == "budget-shanghai":
            left = [
                ("一、财政拨款收入", "fiscal_appropriation"),
                ("1. 一般公共预算资金", "general_public_budget"),
                ("2. 政府性基金", "government_fund"),
                ("3. 国有资本经营预算", "state_capital"),
                ("二、事业收入", "institutional"),
                ("三、事业单位经营收入", "business"),
                ("四、其他收入", "other"),
            ]
            foot = [(("收入总计", "grand_total"), ("支出总计", "grand_total"))]
            pad = 12
        elif self.layout.family == "budget-national":
            left = _numbered(
                ("一般公共预算拨款收入", "general_public_budget"),
                ("政府性基金预算拨款收入", "government_fund"),
                ("国有资本经营预算拨款收入", "state_capital"),
                ("财政专户管理资金收入", ""),
                ("事业收入", "institutional"),
                ("上级补助收入", "higher_level_subsidy"),
                ("附属单位上缴收入", "affiliate_remittance"),
                ("事业单位经营收入", "business"),
                ("其他收入", "other"),
            )
            foot = [
                (("本年收入合计", "current_total"), ("本年支出合计", "current_total")),
                (("上年结转结余", "opening_balance"), ("年终结转结余", "closing_balance")),
                (("收入总计", "grand_total"), ("支出总计", "grand_total")),
            ]
        else:
            left = _numbered(
                ("一般公共预算财政拨款收入", "general_public_budget"),
                ("政府性基金预算财政拨款收入", "government_fund"),
                ("国有资本经营预算财政拨款收入", "state_capital"),
                ("上级补助收入", "higher_level_subsidy"),
                ("事业收入", "institutional"),
                ("经营收入", "business"),
                ("附属单位上缴收入", "affiliate_remittance"),
                ("其他收入", "other"),
            )
            surplus = "使用非财政拨款结余"
            surplus += "（含专用结余）" if self.layout.family == "shanghai" else ""
            foot = [
                (("本年收入合计", "current_total"), ("本年支出合计", "current_total")),
                ((surplus, "surplus_used"), ("结余分配", "surplus_distribution")),
                (("年初结转和结余", "opening_balance"), ("年末结转和结余", "closing_balance")),
                (("总计", "grand_total"), ("总计", "grand_total")),
            ]
            if self.layout.spare_line and self.layout.line_numbers:
                foot.insert(3, (("", ""), ("", "")))
        rows, lines = self.two_sided(1, left, right, foot, ["amount"], pad)
        sides = ("本年收入", "本年支出") if self.layout.budget else ("收入", "支出")
        head = self.two_sided_head(["amount"], "预算数" if self.layout.budget else "决算数", sides)
        notes = []
        if not self.layout.budget:
            notes.append(f"注：本表列示本{self.body_word}全年收支和结转结余的总数。")
            if self.layout.line_numbers:
                a, n = len(right), lines
                notes.append(
                    f"{a + 1}行＝（1＋2＋3＋4＋5＋6＋7＋8）行；{n}行＝（{a + 1}＋{a + 2}＋{a + 3}）行；"
                    f"{n + a + 1}行＝（{n + 1}＋{n + 2}＋…＋{n + a}）行；"
                    f"{2 * n}行＝（{n + a + 1}＋{n + a + 2}＋{n + a + 3}）行。"
                )
        return self.finish(
            1, self.two_sided_columns(1), head, rows, notes, wide=self.layout.family != "national"
        )

    def appropriations(self) -> Table:
        resource = RESOURCES[3]
        columns = ["total", "general_public_budget", "government_fund", "state_capital"]
        family = self.layout.family
        budgets = ("一般公共预算", "政府性基金预算", "国有资本经营预算")
        funds = ("general_public_budget", "government_fund", "state_capital")
        right = self.class_labels(resource, "（{}）{}" if family == "budget-national" else "{}、{}")
        pad = 0
        notes = []
        if family == "budget-shanghai":
            left = _numbered(
                ("一般公共预算资金", funds[0]), ("政府性基金", funds[1]), ("国有资本经营预算", funds[2])
            )
            foot = [(("收入总计", "grand_total"), ("支出总计", "grand_total"))]
            pad = 12
        elif family == "budget-national":
            parts = [(f"（{o}）{b}拨款", f) for o, b, f in zip("一二三", budgets, funds, strict=True)]
            opened = [(label, f"opening_{fund}") for label, fund in parts]
            left = [("一、本年收入", "current_total"), *parts, ("二、上年结转", "opening_balance"), *opened]
            right = [("一、本年支出", "current_total"), *right, ("二、年终结转结余", "closing_balance")]
            foot = [(("收入总计", "grand_total"), ("支出总计", "grand_total"))]
        else:
            left = _numbered(*((f"{b}财政拨款", f) for b, f in zip(budgets, funds, strict=True)))
            opened = [
                (f"{b}财政拨款" if family == "national" else f"{o}、{b}财政拨款", f"opening_{f}")
                for o, b, f in zip("一二三", budgets, funds, strict=True)
            ]
            foot = [
                (("本年收入合计", "current_total"), ("本年支出合计", "current_total")),
                (
                    ("年初财政拨款结转和结余", "opening_balance"),
                    ("年末财政拨款结转和结余", "closing_balance"),
                ),
                *((entry, ("", "")) for entry in opened),
                (("总计", "grand_total"), ("总计", "grand_total")),
            ]
            notes.append(f"注：本表列示本{self.body_word}三本预算财政拨款的收支和结转结余。")
        rows, lines = self.two_sided(4, left, right, foot, columns, pad)
        sides = ("财政拨款收入", "财政拨款支出") if family == "budget-shanghai" else ("收入", "支出")
        head = self.two_sided_head(columns, "预算数" if self.layout.budget else "决算数", sides)
        if self.layout.line_numbers and not self.layout.budget:
            a, n = len(right), lines
            notes.append(
                f"{a + 1}行＝（1＋2＋3）行；{a + 2}行＝（{a + 3}＋{a + 4}＋{a + 5}）行；"
                f"{n}行＝（{a + 1}＋{a + 2}）行；{n + a + 1}行＝（{n + 1}＋{n + 2}＋…＋{n + a}）行；"
                f"{2 * n}行＝（{n + a + 1}＋{n + a + 2}）行。"
            )
        return self.finish(4, self.two_sided_columns(4), head, rows, notes)

    # -- 06

    def economic(self) -> Table:
        return self.economic_list() if self.layout.budget else self.economic_blocks()

    def economic_fact(self, code: str, columns: Iterable[str], name: str | None = None) -> Fact:
        resource = RESOURCES[5]
        label = self.ledger.printed_name(resource, (code,), name or codes.ECONOMIC[code])
        return self.fact(resource, (code,), columns, economic_name=label, level=economic_level(code))

    def economic_codes(self, classes: tuple[str, ...]) -> list[str]:
        """Codes of some classes; 307 and 399 stand only where they have figures, as in most reports."""
        figures = self.ledger.figures[RESOURCES[5]]
        shown = [c for c in classes if c in ("301", "302", "303", "310") or figures[(c,)]["amount"]]
        return [code for c in shown for code in codes.ECONOMIC if code.startswith(c)]

    def economic_blocks(self) -> Table:
        """Personnel left, the rest right in one or two blocks; the totals at the foot."""
        three = self.layout.blocks == 3
        others = ("307", "310", "399")
        parts = [("301", "303"), ("302",), others] if three else [("301", "303"), ("302", *others)]
        lists = [self.economic_codes(part) for part in parts]
        n_code = 2 if self.layout.split_codes else 1
        width = n_code + 2
        head: list[Row] = []
        if three:
            head.append(Row([Cell("人员经费", 0, width), Cell("公用经费", width, 2 * width)]))
        code_label = "经济分类科目编码"
        names: list[Cell] = []
        levels: list[Cell] = []
        for b in range(len(lists)):
            depth = n_code
            names.append(Cell(code_label, b * width, n_code))
            names.append(Cell("科目名称", b * width + n_code, down=depth))
            names.append(Cell("决算数", b * width + n_code + 1, down=depth))
            levels += [Cell(text, b * width + i) for i, text in enumerate("类款")]
        head.append(Row(names))
        if n_code == 2:
            head.append(Row(levels))
        body = []
        for entries in zip_longest(*lists):
            cells: list[Cell] = []
            facts: list[Fact] = []
            for b, code in enumerate(entries):
                col = b * width
                if code is None:
                    cells += [Cell("", col + k) for k in range(width)]
                    continue
                fact = self.economic_fact(code, ["amount"])
                name = str(fact.labels["economic_name"])
                split = n_code == 2
                cells += (
                    [Cell(code[:3], col), Cell(code[3:], col + 1)]
                    if split
                    else [Cell(code, col, align="left")]
                )
                cells.append(Cell(name, col + n_code, align="left", indent=self.indent(code)))
                cells += self.amount_cells(fact, ["amount"], col + n_code + 1)
                facts.append(fact)
            body.append(Row(cells, facts))
        body.append(self.economic_foot(width, len(lists)))
        kinds: list[ColumnKind] = [*["code"] * n_code, "name", "number"] * len(lists)  # type: ignore[list-item]
        notes = ["注：本表按经济分类列示一般公共预算财政拨款的基本支出。"]
        return self.finish(6, kinds, head, body, notes, wide=three)

    def economic_foot(self, width: int, blocks: int) -> Row:
        staff = self.economic_fact("personnel_total", ["amount"], "人员经费合计")
        public = self.economic_fact("public_total", ["amount"], "公用经费合计")
        end = blocks * width
        cells = [
            Cell("人员经费合计", 0, width - 1),
            *self.amount_cells(staff, ["amount"], width - 1),
            Cell("公用经费合计", width, end - width - 1),
            *self.amount_cells(public, ["amount"], end - 1),
        ]
        return Row(cells, [staff, public])

    def economic_list(self) -> Table:
        """The budget's form: one list of the codes with money; total, personnel and public columns."""
        layout = self.layout
        figures = self.ledger.figures[RESOURCES[5]]
        shown = [c for c in codes.ECONOMIC if figures[(c,)]["amount"] is not None]
        n_code = 2 if layout.split_codes else 1
        columns = ["amount", "personnel", "public"]
        body = []
        for code in shown:
            fact = self.economic_fact(code, columns)
            parts = [code[:3], code[3:]] if n_code == 2 else [code]
            cells = [Cell(part, i, align="center" if n_code == 2 else "left") for i, part in enumerate(parts)]
            cells.append(
                Cell(str(fact.labels["economic_name"]), n_code, align="left", indent=self.indent(code))
            )
            body.append(Row([*cells, *self.amount_cells(fact, columns, n_code + 1)], [fact]))
        total = self.economic_fact("total", columns, "合计")
        cells = [Cell("合计", 0, n_code + 1), *self.amount_cells(total, columns, n_code + 1)]
        body.insert(0 if layout.total_budget != "last" else len(body), Row(cells, [total]))
        code_label = "部门预算经济分类科目编码"
        top = [Cell("项目", 0, n_code + 1), Cell("一般公共预算基本支出", n_code + 1, 3)]
        depth = n_code
        second = [Cell(code_label, 0, n_code), Cell("经济分类科目名称", n_code, down=depth)]
        labels = ("合计", "人员经费", "公用经费")
        second += [Cell(name, n_code + 1 + i, down=depth) for i, name in enumerate(labels)]
        head = [Row(top), Row(second)]
        if n_code == 2:
            head.append(Row([Cell("类", 0), Cell("款", 1)]))
        kinds: list[ColumnKind] = [*["code"] * n_code, "name", *["number"] * 3]  # type: ignore[list-item]
        return self.finish(6, kinds, head, body)

    # -- 09

    def three_public(self) -> Table:
        if self.layout.budget:
            return self.three_public_budget()
        columns = list(AMOUNTS["three_public_expenses"][:6])
        plan = self.fact("three_public_expenses", ("budget",), columns)
        done = self.fact("three_public_expenses", ("final",), columns)
        labels = ("合计", "因公出国（境）费", "小计", "公务用车购置费", "公务用车运行维护费", "公务接待费")
        group = "公务用车购置及运行维护费"
        second: list[Cell] = []
        third: list[Cell] = []
        if self.layout.interleaved:
            for i, label in enumerate(labels):
                inside = 2 <= i <= 4
                (third if inside else second).append(Cell(label, 2 * i, 2, 1 if inside else 2))
            second.insert(2, Cell(group, 4, 6))
            basis = [Cell(("预算数", "决算数")[i % 2], i) for i in range(12)]
            head = [Row([Cell("财政拨款“三公”经费", 0, 12)]), Row(second), Row(third), Row(basis)]
            cells = []
            for i, column in enumerate(columns):
                cells += self.amount_cells(plan, [column], 2 * i) + self.amount_cells(
                    done, [column], 2 * i + 1
                )
        else:
            for b in (0, 6):
                second += [Cell(labels[i], b + i, down=2) for i in (0, 1)]
                second += [Cell(group, b + 2, 3), Cell(labels[5], b + 5, down=2)]
                third += [Cell(labels[i], b + i) for i in (2, 3, 4)]
            head = [Row([Cell("预算数", 0, 6), Cell("决算数", 6, 6)]), Row(second), Row(third)]
            if self.layout.column_numbers:
                head.append(Row([Cell(str(i + 1), i) for i in range(12)]))
            cells = self.amount_cells(plan, columns, 0) + self.amount_cells(done, columns, 6)
        notes = ["注：预算数为全年数，含年中按程序调整的部分；决算数为全年实际列支数。"]
        if not self.layout.interleaved:
            notes.append(
                self.formula("1栏＝（2＋3＋6）栏；3栏＝（4＋5）栏；7栏＝（8＋9＋12）栏；9栏＝（10＋11）栏。")
            )
        kinds: list[ColumnKind] = ["number"] * 12
        return self.finish(9, kinds, head, [Row(cells, [plan, done])], notes)

    def three_public_budget(self) -> Table:
        shanghai = self.layout.family == "budget-shanghai"
        # Shanghai states 三公 in 万元 beside tables in 元, and 公务接待费 before the cars
        unit = "万元" if shanghai else self.unit
        cars = ["vehicles", "vehicle_purchase", "vehicle_operation"]
        columns = ["total", "overseas_trips", *cars, "reception"]
        if shanghai:
            columns = ["total", "overseas_trips", "reception", *cars, "agency_operation"]
        fact = self.fact("three_public_expenses", ("budget",), columns)
        labels = {
            "total": "合计",
            "overseas_trips": "因公出国（境）费",
            "reception": "公务接待费",
            "agency_operation": "机关运行经费预算数",
            "vehicles": "小计",
            "vehicle_purchase": "购置费",
            "vehicle_operation": "运行费",
        }
        own = 1 if shanghai else 0
        first, second, third = [Cell("“三公”经费预算数", 0, 6)], list[Cell](), list[Cell]()
        for i, column in enumerate(columns):
            if column == "agency_operation":
                first.append(Cell(labels[column], i, down=3))
            elif column in cars:
                third.append(Cell(labels[column], i))
            else:
                second.append(Cell(labels[column], i, down=2))
        second.append(Cell("公务用车购置及运行费", columns.index("vehicles"), 3))
        head = [Row(first), Row(second), Row(third)]
        kinds: list[ColumnKind] = ["number"] * (6 + own)
        return self.finish(
            9, kinds, head, [Row(self.amount_cells(fact, columns, 0, unit), [fact])], unit=unit
        )


def _numbered(*entries: tuple[str, str]) -> list[tuple[str, str]]:
    return [(f"{codes.ORDINALS[i]}、{label}", code) for i, (label, code) in enumerate(entries)]


def _without_ordinal(label: str) -> str:
    """一、事业收入, （一）…, 1. … → the item's name alone, as it is published."""
    for mark in ("、", "）", ". "):
        head, found, rest = label.partition(mark)
        bare = head.removeprefix("（")
        if found and rest and (bare in codes.ORDINALS or bare.isdigit()):
            return rest
    return label


def _blank_row(n_code: int, n_amounts: int) -> Row:
    return Row([Cell("", i) for i in range(n_code + 1 + n_amounts)])
