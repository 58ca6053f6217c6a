"""Sets of ten to twelve tables as provinces print them: nested heads, twins, tables that are none of the nine.

A ``Province`` says which tables stand in which order under which titles and heads; the figures of official columns
come from the ledger, all others (支出's part of last year's balance, 会议费 ...) are made up and belong to no official
table. Written from the forms that provinces print, and from nothing in ``datapackages/``.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from samples.generator import codes
from samples.generator.ledger import RESOURCES, Ledger
from samples.generator.tables import Cell, ColumnKind, Row, Table, _Writer

Node = tuple[str, "str | list[Node]"]
"""A head: (label, column) or (label, heads below it). A column that begins with ``?`` is none of the nine's."""

BALANCE: list[Node] = [("合计", "?a"), ("基本支出结转", "?b"), ("项目支出结转和结余", "?c")]
GROUPED: list[Node] = [
    ("年初结转和结余", BALANCE),
    ("本年收入", [("合计", "?d"), ("基本支出", "?e"), ("项目支出", "?f")]),
    (
        "本年支出",
        [
            ("合计", "total"),
            ("基本支出", [("小计", "basic"), ("人员经费", "?g"), ("公用经费", "?h")]),
            ("项目支出", "project"),
        ],
    ),
    ("年末结转和结余", [("合计", "?i"), ("基本支出结转", "?j"), ("项目支出结转和结余", "?k")]),
]
GROUPED_FUND: list[Node] = [
    ("年初结转和结余", [("合计", "opening_balance"), ("基本支出结转", "?b"), ("项目支出结转和结余", "?c")]),
    ("本年收入", [("合计", "revenue"), ("基本支出", "?e"), ("项目支出", "?f")]),
    ("本年支出", [("合计", "total"), ("基本支出", "basic"), ("项目支出", "project")]),
    ("年末结转和结余", [("合计", "closing_balance"), ("基本支出结转", "?j"), ("项目支出结转和结余", "?k")]),
]
PLAIN_FUND: list[Node] = [
    ("年初结转和结余", "opening_balance"),
    ("本年收入", "revenue"),
    ("本年支出", [("小计", "total"), ("基本支出", "basic"), ("项目支出", "project")]),
    ("年末结转和结余", "closing_balance"),
]
SPENDING: list[Node] = [("合计", "total"), ("基本支出", "basic"), ("项目支出", "project")]
BUDGET_SPENDING: list[Node] = [
    ("合计", "total"),
    ("基本支出", [("小计", "basic"), ("人员经费", "?g"), ("公用经费", "?h")]),
    ("项目支出", "project"),
]


@dataclass(frozen=True)
class Province:
    """Order (numbers of the nine, names of other tables), titles and heads."""

    order: tuple[int | str, ...]
    titles: dict[int | str, str]
    general: list[Node] = field(default_factory=lambda: list(SPENDING))
    fund: list[Node] = field(default_factory=lambda: list(PLAIN_FUND))
    capital: list[Node] = field(default_factory=lambda: list(PLAIN_FUND))
    three_public: str = "row"
    """``row``, ``list`` (items down the first column) or ``stacked`` (预算数 over 决算数)."""
    mark: str = "公开{:02d}表"


_FINAL = {
    1: "收入支出决算总表", 2: "收入决算表", 3: "支出决算表", 4: "财政拨款收入支出决算总表",
    5: "一般公共预算财政拨款支出决算表", 6: "一般公共预算财政拨款基本支出决算表",
    7: "政府性基金预算财政拨款收入支出决算表", 8: "国有资本经营预算财政拨款收入支出决算表",
    9: "财政拨款“三公”经费支出决算表",
}  # fmt: skip

PROVINCES = {
    "yunnan": Province(
        order=(1, 2, 3, 4, 5, 6, "项目", 7, 8, 9, "资产"),
        titles=_FINAL
        | {
            1: "收入支出决算表", 4: "财政拨款收入支出决算表", 5: "一般公共预算财政拨款收入支出决算表",
            9: "“三公”经费、行政参公单位机关运行经费情况表", "项目": "一般公共预算财政拨款项目支出决算表",
            "资产": "国有资产使用情况表",
        },
        general=GROUPED,
        fund=GROUPED_FUND,
        three_public="list",
    ),
    "inner-mongolia": Province(
        order=(1, 2, 3, "项目收支", "项目明细", 4, 5, 6, 7, 8, 9, "信息"),
        titles=_FINAL
        | {
            "项目收支": "项目收入支出决算表", "项目明细": "项目支出决算（明细）表",
            "信息": "机构运行经费支出、国有资产占用情况及政府采购支出信息表",
        },
        mark="财决公开{:02d}表",
    ),
    "jiangsu": Province(
        order=(1, 2, 3, 4, "财政拨款", "财政基本", 5, 6, 9, 7, 8, "采购"),
        titles=_FINAL
        | {
            5: "一般公共预算财政拨款支出决算表（功能科目）", 6: "一般公共预算财政拨款基本支出决算表（经济科目）",
            "财政拨款": "财政拨款支出决算表（功能科目）", "财政基本": "财政拨款基本支出决算表（经济科目）",
            "采购": "政府采购支出决算表",
        },
    ),
    "shaanxi": Province(
        order=(1, 2, 3, 4, 5, 6, 7, 8, 9),
        titles=_FINAL | {9: "财政拨款“三公”经费及会议费、培训费支出决算表"},
        three_public="row+",
        mark="表{}",
    ),
    "zhejiang": Province(
        order=(1, "收入分单位", 2, "支出分单位", 3, 4, 5, 6, 7, 8, 9),
        titles=_FINAL
        | {
            2: "收入决算表（分科目）", 3: "支出决算表（分科目）", "收入分单位": "收入决算表（分单位）",
            "支出分单位": "支出决算表（分单位）",
        },
        three_public="stacked",
        mark="",
    ),
    "guangxi": Province(
        order=(1, 2, 3, 4, 5, 6, 7, 8, 9, "政府经济"),
        titles={
            1: "部门收支总体情况表", 2: "部门收入总体情况表", 3: "部门支出总体情况表", 4: "财政拨款收支总体情况表",
            5: "一般公共预算支出情况表", 6: "一般公共预算基本支出情况表", 7: "政府性基金预算支出情况表",
            8: "国有资本经营预算支出情况表", 9: "一般公共预算“三公”经费支出情况表",
            "政府经济": "政府预算支出经济分类情况表",
        },
        general=BUDGET_SPENDING,
        fund=list(SPENDING),
        capital=list(SPENDING),
        three_public="list",
        mark="表{}",
    ),
}  # fmt: skip


def provincial_tables(ledger: Ledger, layout: object, name: str) -> list[Table]:
    """The tables of a province, in its order; only those of the nine carry a resource."""
    writer = _Provincial(ledger, layout, PROVINCES[name])  # type: ignore[arg-type]
    return [writer.any_table(entry, place) for place, entry in enumerate(PROVINCES[name].order, start=1)]


class _Provincial(_Writer):
    def __init__(self, ledger: Ledger, layout: object, province: Province) -> None:
        super().__init__(ledger, layout)  # type: ignore[arg-type]
        self.province = province
        self.rng = random.Random(f"province {ledger.seed}")

    def any_table(self, entry: int | str, place: int) -> Table:
        table = self.nine(entry) if isinstance(entry, int) else self.other(entry)
        year = f"{self.ledger.year}年" + ("" if self.layout.budget else "度")
        table.title = (year if self.layout.titles_with_year else "") + self.province.titles[entry]
        table.mark = self.province.mark.format(place) if self.province.mark else ""
        if not isinstance(entry, int):
            table.resource = ""
            for row in table.rows:
                row.facts.clear()
        return table

    def nine(self, number: int) -> Table:
        if number in (5, 7, 8):
            heads = {5: self.province.general, 7: self.province.fund, 8: self.province.capital}[number]
            return self.nested(number, heads)
        if number == 9 and self.province.three_public != "row":
            builders: dict[str, Callable[[], Table]] = {"list": self.three_list, "stacked": self.three_stacked, "row+": self.three_more}
            return builders[self.province.three_public]()
        return self.table(number)

    # -- by function under nested heads

    def figure(self) -> str:
        return self.number(self.rng.randrange(1, 90_000) * 10_000) if self.rng.random() < 0.6 else ""

    def nested(self, number: int, heads: list[Node]) -> Table:
        resource = RESOURCES[number - 1]
        columns = _leaves(heads)
        head = _head(heads, 2)
        names = codes.function_names()
        official = [c for c in columns if not c.startswith("?")]
        body = []
        keys = [key for key, row in self.ledger.figures[resource].items() if any(row.get(c) is not None for c in official)]
        for (code,) in sorted(keys, key=lambda key: (key[0] != "total", key[0])):
            name = "合计" if code == "total" else self.ledger.printed_name(resource, (code,), names[code])
            level = None if code == "total" else {3: "class", 5: "section", 7: "item"}[len(code)]
            fact = self.fact(resource, (code,), official, function_name=name, level=level)
            label = [Cell("合计", 0, 2)] if code == "total" else [Cell(code, 0, align="left"), Cell(name, 1, align="left")]
            cells = [
                Cell(self.number(fact.amounts[c]) if not c.startswith("?") else self.figure(), 2 + i, align="right")
                for i, c in enumerate(columns)
            ]
            body.append(Row([*label, *cells], [fact]))
        if not body:
            blank = self.fact(resource, ("total",), (), function_name="合计", level=None)
            body.append(Row([Cell("合计", 0, 2), *(Cell("", 2 + i) for i in range(len(columns)))], [blank]))
        kinds: list[ColumnKind] = ["code", "name", *["number"] * len(columns)]  # type: ignore[list-item]
        return self.finish(number, kinds, head, body)

    # -- 三公

    def bases(self) -> list[str]:
        return ["budget"] if self.layout.budget else ["budget", "final"]

    def three_list(self) -> Table:
        columns = ("total", "overseas_trips", "vehicles", "vehicle_purchase", "vehicle_operation", "reception")
        labels = ("合计", "1.因公出国（境）费", "2.公务用车购置及运行维护费", "（1）公务用车购置费", "（2）公务用车运行维护费", "3.公务接待费")
        facts = [self.fact("three_public_expenses", (basis,), columns) for basis in self.bases()]
        shown = ["预算数"] if self.layout.budget else ["预算数", "决算数"]
        head = [Row([Cell("项目", 0), *(Cell(text, 1 + i) for i, text in enumerate(shown))])]
        body = []
        for label, column in zip(labels, columns, strict=True):
            cells = [Cell(label, 0, align="left"), *(Cell(self.number(f.amounts[column]), 1 + i, align="right") for i, f in enumerate(facts))]
            body.append(Row(cells, facts if column == "total" else []))
        for label in ("（1）国内接待费", "（2）国（境）外接待费"):
            body.append(Row([Cell(label, 0, align="left"), *(Cell(self.figure(), 1 + i, align="right") for i in range(len(facts)))]))
        return self.finish(9, ["name", *["number"] * len(facts)], head, body)  # type: ignore[list-item]

    def three_stacked(self) -> Table:
        columns = ("total", "overseas_trips", "vehicles", "vehicle_purchase", "vehicle_operation", "reception")
        group = "公务用车购置及运行维护费"
        rows: list[Row] = []
        for basis, word in zip(self.bases(), ("预算数", "决算数"), strict=False):
            fact = self.fact("three_public_expenses", (basis,), columns)
            rows.append(Row([Cell(word, 0, 6)]))
            rows.append(Row([Cell("合计", 0, down=2), Cell("因公出国（境）费", 1, down=2), Cell(group, 2, 3), Cell("公务接待费", 5, down=2)]))
            rows.append(Row([Cell("小计", 2), Cell("公务用车购置费", 3), Cell("公务用车运行维护费", 4)]))
            rows.append(Row(self.amount_cells(fact, columns, 0), [fact]))
        return self.finish(9, ["number"] * 6, rows[:3], rows[3:])

    def three_more(self) -> Table:
        """Interleaved 预算数 and 决算数, with 会议费 and 培训费 behind them; 三公 has a 小计 of its own."""
        columns = ("total", "overseas_trips", "vehicles", "vehicle_purchase", "vehicle_operation", "reception")
        plan, done = (self.fact("three_public_expenses", (basis,), columns) for basis in ("budget", "final"))
        first: list[Cell] = []
        third: list[Cell] = []
        cells: list[Cell] = []
        for b, (word, fact) in enumerate((("预算数", plan), ("决算数", done))):
            at = 8 * b
            first.append(Cell(word, at, 8))
            third += [Cell("小计", at), Cell("因公出国（境）费", at + 1), Cell("公务用车购置及运行维护费", at + 2)]
            third += [Cell("公务用车购置费", at + 3), Cell("公务用车运行维护费", at + 4), Cell("公务接待费", at + 5)]
            third += [Cell("会议费", at + 6), Cell("培训费", at + 7)]
            cells += self.amount_cells(fact, columns, at)
            cells += [Cell(self.figure(), at + 6, align="right"), Cell(self.figure(), at + 7, align="right")]
        return self.finish(9, ["number"] * 16, [Row(first), Row(third)], [Row(cells, [plan, done])])

    # -- tables that are none of the nine

    def other(self, name: str) -> Table:
        if name in ("财政拨款",):
            return self.made_up(3, [("合计", "?a"), ("基本支出", "?b"), ("项目支出", "?c")])
        if name == "财政基本":
            return self.made_up_economy("30")
        if name == "政府经济":
            return self.made_up_economy("50")
        if name.endswith("分单位"):
            heads: list[Node] = [("合计", "?a"), ("财政拨款收入", "?b"), ("其他收入", "?c")]
            if name.startswith("支出"):
                heads = [("合计", "?a"), ("基本支出", "?b"), ("项目支出", "?c")]
            return self.made_up(2, heads, by_unit=True)
        if name in ("资产", "信息", "采购"):
            return self.made_up_list(name)
        return self.made_up(3, [("项目名称", "?n"), ("合计", "?a"), ("财政拨款", [("小计", "?b"), ("其中：基建", "?c")])])

    def made_up(self, like: int, heads: list[Node], by_unit: bool = False) -> Table:
        columns = _leaves(heads)
        rows = []
        names = codes.function_names()
        for code in ("total", "201", "20101", "2010101", "208", "20805", "2080501"):
            label = [Cell("合计", 0, 2)] if code == "total" else [Cell(code, 0), Cell("第一中心" if by_unit else names.get(code, "事务"), 1)]
            cells = [Cell("信息化运维" if c == "?n" else self.figure(), 2 + i) for i, c in enumerate(columns)]
            rows.append(Row([*label, *cells]))
        kinds: list[ColumnKind] = ["code", "name", *["number"] * len(columns)]  # type: ignore[list-item]
        head = _head(heads, 2, ("单位编码", "单位名称") if by_unit else ("科目编码", "科目名称"))
        return self.finish(like, kinds, head, rows)

    def made_up_economy(self, prefix: str) -> Table:
        entries = {"30": (("301", "工资福利支出"), ("30101", "基本工资"), ("302", "商品和服务支出"), ("30201", "办公费")),
                   "50": (("501", "机关工资福利支出"), ("50101", "工资奖金津补贴"), ("502", "机关商品和服务支出"), ("50201", "办公经费"))}[prefix]  # fmt: skip
        head = [Row([Cell("经济分类科目编码", 0), Cell("科目名称", 1), Cell("金额", 2)])]
        body = [Row([Cell(c, 0), Cell(n, 1, align="left"), Cell(self.figure() or "1.00", 2, align="right")]) for c, n in entries]
        return self.finish(6, ["code", "name", "number"], head, body)

    def made_up_list(self, name: str) -> Table:
        labels = {"资产": ("资产总额", "流动资产", "固定资产"), "信息": ("机关运行经费", "车辆数合计", "政府采购支出合计"),
                  "采购": ("政府采购支出合计", "货物", "工程", "服务")}[name]  # fmt: skip
        head = [Row([Cell("项目", 0), Cell("金额", 1)])]
        body = [Row([Cell(label, 0, align="left"), Cell(self.figure() or "2.00", 1, align="right")]) for label in labels]
        return self.finish(3, ["name", "number"], head, body)


def _leaves(heads: list[Node]) -> list[str]:
    return [c for _, content in heads for c in ([content] if isinstance(content, str) else _leaves(content))]


def _depth(heads: list[Node]) -> int:
    return 1 + max(0 if isinstance(content, str) else _depth(content) for _, content in heads)


def _head(heads: list[Node], first: int, labels: tuple[str, str] = ("科目编码", "科目名称")) -> list[Row]:
    """Head rows of nested heads behind the columns of code and name."""
    depth = _depth(heads)
    rows = [Row([]) for _ in range(depth)]
    rows[0].cells += [Cell(text, i, down=depth) for i, text in enumerate(labels)]

    def place(nodes: list[Node], level: int, col: int) -> int:
        for label, content in nodes:
            if isinstance(content, str):
                rows[level].cells.append(Cell(label, col, down=depth - level))
                col += 1
            else:
                width = len(_leaves(content))
                rows[level].cells.append(Cell(label, col, width))
                place(content, level + 1, col)
                col += width
        return col

    place(heads, 0, first)
    return rows

