"""Tables without rulings in shapes that the generator does not draw, and ruled ones in the heads of other provinces."""

from __future__ import annotations

import random
from collections.abc import Mapping
from decimal import Decimal

import pytest

from pipelines.extract.result import Extraction
from tests.drawn import Drawn, Place, Print, beside, flat, report
from tests.support import read_bytes

CODES = (
    ("201", "一般公共服务支出"),
    ("20103", "政府办公厅（室）及相关机构事务"),
    ("2010301", "行政运行"),
    ("208", "社会保障和就业支出"),
    ("20805", "行政事业单位养老支出"),
    ("2080505", "机关事业单位基本养老\n保险缴费支出"),
    ("221", "住房保障支出"),
    ("2210201", "住房公积金"),
)
THREE = ("total", "overseas_trips", "vehicles", "vehicle_purchase", "vehicle_operation", "reception")

Values = Mapping[str, Mapping[str, Decimal | None]]


def amount(text: str) -> Decimal | None:
    return Decimal(text) if text else None


def figure(rng: random.Random, blank: float) -> str:
    return (
        ""
        if rng.random() < blank
        else f"{rng.choice((rng.randint(1, 99), rng.randint(100, 9999)))}.{rng.randint(0, 99):02d}"
    )


def by_function(rng: random.Random, names: tuple[str, ...]) -> tuple[list[list[str]], Values]:
    """Rows with blanks anywhere, some columns blank throughout, and what they print. Sums hold by chance only."""
    void = set(rng.sample(names, rng.randint(0, len(names) // 2)))
    rows, printed = [], {}
    for code, name in CODES:
        texts = [figure(rng, 0), *("" if n in void else figure(rng, 0.35) for n in names)]
        rows.append([code, name, *texts])
        printed[code] = dict(zip(("total", *names), map(amount, texts), strict=True))
    return rows, printed


def revenue(rng: random.Random) -> tuple[Drawn, str, Values]:
    names = (
        "fiscal_appropriation",
        "higher_level_subsidy",
        "institutional",
        "business",
        "affiliate_remittance",
        "other",
    )
    rows, printed = by_function(rng, names)
    heads = [
        "本年收入\n合计",
        "财政拨款\n收入",
        "上级补助\n收入",
        "事业收入",
        "经营收入",
        "附属单位\n上缴收入",
        "其他收入",
    ]
    places: list[Place] = [(0, 0, 0, 1, "项目"), (1, 1, 0, 0, "功能分类\n科目编码"), (1, 1, 1, 1, "科目名称")]
    places += [(0, 1, j, j, text) for j, text in enumerate(heads, 2)]
    if rng.random() < 0.5:
        places += [(2, 2, 0, 1, "栏次"), *((2, 2, j, j, str(j - 1)) for j in range(2, 9))]
    return Drawn("收入决算表", places, rows, [50, 145, *[76] * 7]), "revenue_by_function", printed


def funds(rng: random.Random) -> tuple[Drawn, str, Values]:
    names = ("opening_balance", "revenue", "total", "basic", "project", "closing_balance")
    rows, printed = [], {}
    for code, name in (
        ("212", "城乡社区支出"),
        ("21208", "国有土地使用权出让收入安排的\n支出"),
        ("2120899", "其他土地出让收入安排的支出"),
    ):
        texts = [
            figure(rng, 0.4),
            figure(rng, 0.1),
            figure(rng, 0),
            figure(rng, 0.5),
            figure(rng, 0.2),
            figure(rng, 0.4),
        ]
        rows.append([code, name, *texts])
        printed[code] = dict(zip(names, map(amount, texts), strict=True))
    places: list[Place] = [
        (0, 0, 0, 1, "项目"), (1, 1, 0, 0, "功能分类\n科目编码"), (1, 1, 1, 1, "科目名称"),
        (0, 1, 2, 2, "年初结转\n和结余"), (0, 1, 3, 3, "本年收入"), (0, 0, 4, 6, "本年支出"),
        (1, 1, 4, 4, "小计"), (1, 1, 5, 5, "基本支出"), (1, 1, 6, 6, "项目支出"), (0, 1, 7, 7, "年末结转和结余"),
    ]  # fmt: skip
    return (
        Drawn("政府性基金预算财政拨款收入支出决算表", places, rows, [50, 185, *[76] * 6]),
        "government_fund",
        printed,
    )


def expenses(rng: random.Random) -> tuple[Drawn, str, Values]:
    """三公 in two blocks, or budget and final beside each other under heads of four rows."""
    sides = {basis: [figure(rng, 0), *(figure(rng, 0.4) for _ in THREE[1:])] for basis in ("budget", "final")}
    printed = {basis: dict(zip(THREE, map(amount, texts), strict=True)) for basis, texts in sides.items()}
    places: list[Place]
    if rng.random() < 0.5:
        places = [(0, 0, 0, 5, "预算数"), (0, 0, 6, 11, "决算数")]
        for s in (0, 6):
            places += [
                (1, 2, s, s, "合计"), (1, 2, s + 1, s + 1, "因公出国\n（境）费"), (1, 1, s + 2, s + 4, "公务用车购置及运行维护费"),
                (2, 2, s + 2, s + 2, "小计"), (2, 2, s + 3, s + 3, "公务用车\n购置费"), (2, 2, s + 4, s + 4, "公务用车运\n行维护费"),
                (1, 2, s + 5, s + 5, "公务接\n待费"),
            ]  # fmt: skip
        row = [*sides["budget"], *sides["final"]]
    else:
        places = [
            (0, 2, 0, 1, "合计"), (0, 2, 2, 3, "因公出国（境）费"), (0, 0, 4, 9, "公务用车购置及运行维护费"), (1, 2, 4, 5, "小计"),
            (1, 2, 6, 7, "公务用车购置费"), (1, 2, 8, 9, "公务用车运行维护费"), (0, 2, 10, 11, "公务接待费"),
            *((3, 3, j, j, "决算数" if j % 2 else "预算数") for j in range(12)),
        ]  # fmt: skip
        row = [text for pair in zip(sides["budget"], sides["final"], strict=True) for text in pair]
    return (
        Drawn("财政拨款“三公”经费支出决算表", places, [row], [56] * 12, labels=0),
        "three_public_expenses",
        printed,
    )


def wrong(extraction: Extraction, resource: str, printed: Values) -> list[str]:
    """Figures that are read otherwise than printed."""
    key = "basis" if resource == "three_public_expenses" else "function_code"
    return [
        f"{row[key]} {column}: {row[column]}"
        for row in extraction.frames[resource].iter_rows(named=True)
        for column, value in printed[row[key]].items()
        if row[column] is not None and row[column] != value
    ]


@pytest.mark.parametrize("number", range(40))
def test_a_table_without_rulings_is_read_whatever_its_print(number: int) -> None:
    """Lines between rows only, shaded rows, figures at the left, right or middle, heads of one to four rows at the top
    or in the middle of their cells, blank columns, pages with and without the head."""
    rng = random.Random(f"print{number}")
    table, resource, printed = rng.choice((revenue, funds, expenses))(rng)
    how = Print(
        rules=rng.choice(("none", "frame", "rows")), zebra=rng.random() < 0.3, figures=rng.choice(("left", "right", "right", "centre")),
        heads=rng.choice(("top", "middle", "middle")), pitch=rng.choice((1.5, 1.9, 2.4)), leading=rng.choice((1.15, 1.3)),
        page_rows=rng.choice((0, 5)), repeat_head=rng.random() < 0.5,
    )  # fmt: skip
    extraction = read_bytes(report([table], how))
    assert wrong(extraction, resource, printed) == []
    rows = {
        r["basis" if resource == "three_public_expenses" else "function_code"]: r
        for r in extraction.frames[resource].iter_rows(named=True)
    }
    assert {
        k: {c: rows[k][c] for c in v} for k, v in printed.items() if any(x is not None for x in v.values())
    } == {k: dict(v) for k, v in printed.items() if any(x is not None for x in v.values())}


# --- heads of other provinces -----------------------------------------------------------------------------------------

FUNCTIONS = (("208", "社会保障和就业支出"), ("20805", "行政事业单位养老支出"), ("2080501", "行政单位离退休"))


def listed(*texts: str) -> list[list[str]]:
    return [[code, name, *texts] for code, name in FUNCTIONS]


def read(*tables: Drawn, kind: str = "预算") -> Extraction:
    return read_bytes(report(tables, Print(rules="grid", size=7), kind))


def values(
    extraction: Extraction, resource: str, key: str, *names: str
) -> dict[str, tuple[Decimal | None, ...]]:
    return {
        row[key]: tuple(row[n] for n in names) for row in extraction.frames[resource].iter_rows(named=True)
    }


def test_a_summary_with_halves_by_other_classifications_publishes_the_one_by_function() -> None:
    heads: list[Place] = [(0, 0, 0, 1, "收入"), (0, 0, 2, 9, "支出")]
    words = (
        "项目",
        "金额",
        "项目",
        "金额",
        "支出功能分类",
        "金额",
        "政府预算经济分类",
        "金额",
        "部门预算经济分类",
        "金额",
    )
    heads += [(1, 1, j, j, text) for j, text in enumerate(words)]
    rows = [
        [
            "一、财政拨款收入",
            "30.00",
            "一、基本支出",
            "21.00",
            "一般公共服务支出",
            "",
            "机关工资福利支出",
            "12.00",
            "工资福利支出",
            "13.00",
        ],
        [
            "二、事业收入",
            "",
            "二、项目支出",
            "9.00",
            "社会保障和就业支出",
            "30.00",
            "机关商品和服务支出",
            "8.00",
            "商品和服务支出",
            "7.00",
        ],
        [
            "收入总计",
            "30.00",
            "支出总计",
            "30.01",
            "支出总计",
            "30.02",
            "支出总计",
            "30.03",
            "支出总计",
            "30.04",
        ],
    ]
    found = read(Drawn("2024年收支预算总表", heads, rows, [85, 60] * 5))
    frame = found.frames["revenue_expenditure_summary"].filter(side="expenditure").drop_nulls("amount")
    assert dict(frame.select("item_code", "amount").iter_rows()) == {
        "208": Decimal("30"),
        "grand_total": Decimal("30.02"),
    }
    assert {"21.00", "12.00", "13.00", "30.04"} <= set(found.frames["other_tables"]["text"])


def test_codes_in_brackets_before_the_name() -> None:
    heads: list[Place] = [(0, 1, 0, 0, "功能科目名称"), (0, 0, 1, 3, "2024年预算")]
    heads += [(1, 1, j, j, text) for j, text in enumerate(("合计", "基本支出", "项目支出"), 1)]
    rows = [["合计", "30.00", "20.00", "10.00"]] + [
        [f"[{code}]{name}", "30.00", "20.00", "10.00"] for code, name in FUNCTIONS
    ]
    found = read(Drawn("一般公共预算支出情况表（按功能分类科目）", heads, rows, [260, 90, 90, 90], labels=1))
    expected = (Decimal(30), Decimal(20), Decimal(10))
    assert values(found, "general_budget_expenditure", "function_code", "total", "basic", "project") == {
        k: expected for k in ("total", "208", "20805", "2080501")
    }


def test_economic_items_by_name_alone_as_one_list() -> None:
    rows = [
        ["合计", "20.00"],
        ["工资福利支出", "12.00"],
        ["基本工资", "12.00"],
        ["商品和服务支出", "8.00"],
        ["办公费", "8.00"],
    ]
    table = Drawn(
        "一般公共预算基本支出情况表（按支出经济分类科目）",
        flat("支出经济分类", "2024年预算"),
        rows,
        [260, 90],
        labels=1,
    )
    found = values(read(table), "basic_expenditure_by_economy", "economic_code", "amount")
    assert {k: v[0] for k, v in found.items()} == {
        "total": Decimal(20), "301": Decimal(12), "30101": Decimal(12), "302": Decimal(8), "30201": Decimal(8),
    }  # fmt: skip


def test_economic_items_as_one_list_with_their_total_in_the_first_row() -> None:
    heads: list[Place] = [
        (0, 0, 0, 1, "部门预算支出经济分类科目"),
        (1, 1, 0, 0, "科目编码"),
        (1, 1, 1, 1, "科目名称"),
    ]
    heads += [
        (0, 0, 2, 4, "本年一般公共预算基本支出"),
        (1, 1, 2, 2, "合计"),
        (1, 1, 3, 3, "人员经费"),
        (1, 1, 4, 4, "公用经费"),
    ]
    rows = [
        ["", "合计", "20.00", "15.00", "5.00"],
        ["301", "工资福利支出", "15.00", "15.00", ""],
        ["302", "商品和服务支出", "5.00", "", "5.00"],
    ]
    found = read(Drawn("一般公共预算基本支出表", heads, rows, [60, 170, 90, 90, 90]))
    assert values(found, "basic_expenditure_by_economy", "economic_code", "amount", "personnel", "public") == {
        "total": (Decimal(20), Decimal(15), Decimal(5)), "301": (Decimal(15), Decimal(15), None), "302": (Decimal(5), None, Decimal(5)),
    }  # fmt: skip


def test_columns_under_a_head_that_says_of_which() -> None:
    table = Drawn(
        "支出预算总表",
        flat("科目编码", "科目名称", "合计", "其中：基本支出", "其中：项目支出"),
        listed("30.00", "20.00", "10.00"),
        [60, 170, 90, 90, 90],
    )
    found = values(read(table), "expenditure_by_function", "function_code", "total", "basic", "project")
    assert set(found.values()) == {(Decimal(30), Decimal(20), Decimal(10))} and len(found) == 3


def test_a_fund_table_of_two_years_publishes_this_one() -> None:
    heads = flat("科目编码", "科目名称", "2023年执行数", "2024年预算数", "比上年增减")
    found = read(
        Drawn(
            "政府性基金预算支出表",
            heads,
            [["212", "城乡社区支出", "5.00", "7.00", "2.00"]],
            [60, 170, 90, 90, 90],
        )
    )
    assert values(found, "government_fund", "function_code", "total") == {"212": (Decimal(7),)}


def test_a_list_of_expenses_with_others_above_and_its_total_named_twice() -> None:
    rows = [
        ["行政经费", "8.00"], ["“三公”经费", "5.00"], ["（一）支出合计", "5.00"], ["1.因公出国（境）费", ""],
        ["2.公务用车购置及运行维护费", "3.00"], ["（1）公务用车购置费", ""], ["（2）公务用车运行维护费", "3.00"], ["3.公务接待费", "2.00"],
    ]  # fmt: skip
    table = Drawn(
        "一般公共预算安排的行政经费及“三公”经费预算表", flat("项目", "2024年预算"), rows, [260, 90], labels=1
    )
    found = read(table)
    assert values(found, "three_public_expenses", "basis", *THREE) == {
        "budget": (Decimal(5), None, Decimal(3), None, Decimal(3), Decimal(2))
    }
    assert "8.00" in set(found.frames["other_tables"]["text"])


def test_tables_of_funds_and_details_do_not_spoil_those_of_the_general_budget() -> None:
    """Twelve-table sets print a 三公 of the fund and a detailed 05 beside the official ones."""
    official = Drawn(
        "一般公共预算财政拨款支出决算表",
        flat("科目编码", "科目名称", "合计", "基本支出", "项目支出"),
        listed("30.00", "20.00", "10.00"),
        [60, 170, 90, 90, 90],
    )
    detail = Drawn(
        "一般公共预算财政拨款支出决算明细表",
        flat("科目编码", "科目名称", "合计", "基本工资", "办公费"),
        listed("29.00", "20.00", "9.00"),
        [60, 170, 90, 90, 90],
    )
    own = Drawn(
        "一般公共预算财政拨款“三公”经费支出决算表",
        flat("合计", "因公出国（境）费", "公务接待费"),
        [["5.00", "", "5.00"]],
        [150] * 3,
        labels=0,
    )
    fund = Drawn(
        "政府性基金预算财政拨款“三公”经费支出决算表",
        flat("合计", "因公出国（境）费", "公务接待费"),
        [["9.00", "", "9.00"]],
        [150] * 3,
        labels=0,
    )
    found = read(official, detail, own, fund, kind="决算")
    status = {t.resource: t.status for t in found.tables}
    assert status["general_budget_expenditure"] == "found" and status["three_public_expenses"] == "found"
    assert found.frames["three_public_expenses"]["total"].drop_nulls().to_list() == [Decimal(5)]
    assert {"29.00", "9.00"} <= set(found.frames["other_tables"]["text"])


# --- two tables beside each other -------------------------------------------------------------------------------------


def test_two_tables_side_by_side_are_each_read_under_their_own_title() -> None:
    one = Drawn(
        "政府性基金预算支出表",
        flat("科目编码", "科目名称", "合计"),
        [["212", "城乡社区支出", "7.00"], ["21208", "土地出让支出", "7.00"]],
        [50, 130, 70],
    )
    other = Drawn(
        "国有资本经营预算支出表",
        flat("科目编码", "科目名称", "合计"),
        [["223", "国有资本支出", "3.00"]],
        [50, 130, 70],
    )
    found = read_bytes(beside(one, other, Print(rules="grid", size=7)))
    assert values(found, "government_fund", "function_code", "total") == {
        "212": (Decimal(7),),
        "21208": (Decimal(7),),
    }
    assert values(found, "state_capital", "function_code", "total") == {"223": (Decimal(3),)}


def test_a_second_table_beside_one_without_a_title_of_its_own_withholds_both() -> None:
    one = Drawn(
        "政府性基金预算支出表",
        flat("科目编码", "科目名称", "合计"),
        [["212", "城乡社区支出", "7.00"]],
        [50, 130, 70],
    )
    other = Drawn("", flat("科目编码", "科目名称", "合计"), [["213", "农林水支出", "3.00"]], [50, 130, 70])
    found = read_bytes(beside(one, other, Print(rules="grid", size=7)))
    assert found.frames["government_fund"].is_empty()
    assert {t.resource: t.status for t in found.tables}["government_fund"] == "withheld"
