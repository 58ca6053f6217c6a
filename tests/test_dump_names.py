"""What extractors do to a dump's rows: wrapped names, codes in several cells, page marks, totals on a line of their own."""

from __future__ import annotations

import random

import pytest

from pipelines.documents.flow import is_page_mark
from pipelines.extract.codes import functional_codes
from tests.support import ROOT, ambiguous_cells, dump, read_text, rows_of, status_of

CASES = ROOT.parent / "shared" / "cases"
TOTALS = {
    "total": "300", "208": "100", "20805": "100", "2080505": "60", "2080506": "40", "212": "200", "21205": "200", "2120501": "200",
}  # fmt: skip
ROWS = [
    ("221", "住房保障支出", "214.98 14.98 200.00"),
    ("22102", "住房改革支出", "214.98 14.98 200.00"),
    ("2210201", "住房公积金", "200.00 200.00"),
    ("2210202", "提租补贴", "14.98 14.98"),
]


@pytest.mark.skipif(not CASES.exists(), reason="the minimal cases (../shared/cases) are not on this machine")
@pytest.mark.parametrize("name", ["wrapped-name.txt", "page-mark.txt"])
def test_the_minimal_cases_are_right(name: str) -> None:
    extraction = read_text((CASES / name).read_text("utf-8"), name)
    rows = rows_of("revenue_by_function", extraction.frames["revenue_by_function"])
    assert {key[0]: f"{row['total']:.0f}" for key, row in rows.items()} == TOTALS
    assert rows["2080505",]["function_name"] == "机关事业单位基本养老保险缴费支出"
    for key, row in rows.items():
        assert row["fiscal_appropriation"] is None and row["other"] is None
        assert (key, "fiscal_appropriation") in ambiguous_cells(extraction, "revenue_by_function")


def test_names_are_whole_however_they_wrap() -> None:
    known = functional_codes()
    rng = random.Random(11)
    codes = sorted(c for c in known.names if len(c) == 7 and c.startswith(("20101", "20805", "21011", "21301")))[:14]
    lines = ["合计 14.00 14.00"]
    for code in codes:
        name = next(iter(known.spellings[code]))
        first, second = sorted(rng.sample(range(len(name) + 1), 2))
        head, own, tail = name[:first], name[first:second], name[second:]
        lines += [x for x in (head, f"{code} {own} 1.00 1.00", tail) if x]
    extraction = read_text(dump(("general_budget_expenditure", lines)))
    rows = rows_of("general_budget_expenditure", extraction.frames["general_budget_expenditure"])
    assert {key[0] for key in rows} == {"total", *codes}
    for code in codes:
        assert rows[code,]["function_name"] in known.spellings[code]


@pytest.mark.parametrize("between", [" ", "\t", "  \t "])
def test_a_code_in_three_cells_is_one(between: str) -> None:
    lines = [
        between.join([code[:3], *(code[i : i + 2] for i in range(3, len(code), 2)), f"{name} {figures}"])
        for code, name, figures in ROWS
    ]
    extraction = read_text(dump(("general_budget_expenditure", ["类 款 项", "合计", "214.98 14.98 200.00", *lines])))
    frame = extraction.frames["general_budget_expenditure"]
    assert status_of(extraction)["general_budget_expenditure"] == "found"
    assert frame["function_code"].to_list() == ["total", *(code for code, _, _ in ROWS)]
    assert frame["total"].to_list()[1:] == frame["total"].to_list()[1:3] + frame["total"].to_list()[3:]


@pytest.mark.parametrize(
    "mark", ["-- 3 of 9 --", "第 3 页 共 20 页", "-- PAGE_BREAK --", "\x0c", "Page 3 of 9", "=== 第3页 ===", "- 12 -", "第3页/共9页"]
)
def test_a_page_mark_between_rows_changes_nothing(mark: str) -> None:
    lines = ["合计 214.98 14.98 200.00", *(" ".join(row) for row in ROWS)]
    plain = read_text(dump(("general_budget_expenditure", lines)))
    marked = read_text(dump(("general_budget_expenditure", [*lines[:3], mark, *lines[3:]])))
    columns = ["function_code", "function_name", "total", "basic", "project"]
    one, other = (e.frames["general_budget_expenditure"].select(columns) for e in (plain, marked))
    assert one.equals(other) and one.height == 5


@pytest.mark.parametrize("text", ["3/9", "2080505", "300.00", "合计", "第三部分", "12", "1.一般公共预算"])
def test_what_is_no_page_mark(text: str) -> None:
    assert not is_page_mark(text)


@pytest.mark.parametrize(
    "title", ["2023年度项目支出决算表", "机构运行经费支出、国有资产占用情况及政府采购支出信息表", "一般公共预算基本支出（政府预算支出经济分类）", "政府采购支出决算表"]
)
def test_the_title_of_another_table_ends_the_one_before(title: str) -> None:
    own = ["合计 214.98 14.98 200.00", *(" ".join(row) for row in ROWS)]
    foreign = [title, "单位：万元", "科目编码 科目名称 合计", "合计 99.00", "2130101 行政运行 99.00"]
    alone = read_text(dump(("general_budget_expenditure", own)))
    both = read_text(dump(("general_budget_expenditure", [*own, *foreign])))
    assert alone.frames["general_budget_expenditure"].equals(both.frames["general_budget_expenditure"])


# --- codes, heads and labels as extractors leave them ----------------------------------------------------------------


def test_economic_codes_in_two_cells_and_blocks_are_rows() -> None:
    """类 and 款 apart, two blocks on a line, a name that goes on over the line's end with its figure."""
    body = [
        "经济分类科目编码 科目名称 决算数 经济分类科目编码 科目名称 决算数", "类 款 类 款",
        "301 工资福利支出 260.75 302 商品和服务支出 4.97", "301 01 基本工资 100.00 302 01 办公费 0.09",
        "301 08 机关事业单位基本养老保险缴", "费 160.75 302 06 电费", "301 09 职业年金缴费 302 07 邮电费 4.88",
        "人员经费合计 260.75 公用经费合计 4.97",
    ]  # fmt: skip
    extraction = read_text(dump(("basic_expenditure_by_economy", body)))
    rows = rows_of("basic_expenditure_by_economy", extraction.frames["basic_expenditure_by_economy"])
    read = {key[0]: f"{row['amount']:.2f}" for key, row in rows.items() if row["amount"] is not None}
    assert read == {
        "301": "260.75", "302": "4.97", "30101": "100.00", "30201": "0.09", "30108": "160.75", "30207": "4.88",
        "personnel_total": "260.75", "public_total": "4.97",
    }  # fmt: skip


def test_the_rest_of_a_name_never_goes_to_the_row_of_the_other_block() -> None:
    """The left block's name wraps behind the right block's row: the figure below is of no row that the dump names."""
    body = ["经济分类科目编码 科目名称 决算数 经济分类科目编码 科目名称 决算数", "类 款 类 款", "301 工资福利支出 260.75 302 商品和服务支出 4.88", "301 01 基本工资 100.00 302 01 办公费",
            "301 08 机关事业单位基本养老保险缴 302 06 电费", "费 160.75", "301 09 职业年金缴费 302 07 邮电费 4.88",
            "人员经费合计 260.75 公用经费合计 4.88"]  # fmt: skip
    extraction = read_text(dump(("basic_expenditure_by_economy", body)))
    assert extraction.frames["basic_expenditure_by_economy"].is_empty()
    assert status_of(extraction)["basic_expenditure_by_economy"] == "withheld"


ZEROS = ["合计 300.00 250.00 0 50.00 0", "201 一般公共服务支出 100.00 100.00 0 0 0", "208 社会保障和就业支出 200.00 150.00 0 50.00 0"]
FIVE = "科目编码 科目名称 合计 财政拨款收入 事业收入 事业单位 经营收入 其他收入 类 款 项"


def five_columns(rows: list[str], head: str = FIVE) -> str:
    """A table 02 of five columns, named on one line."""
    text = dump(("revenue_by_function", rows))
    standard = next(ln for ln in text.split("\n") if ln.startswith("科目编码 科目名称 本年收入合计"))
    return text.replace(standard, head).replace("栏次 1 2 3 4 5 6 7\n", "")


def test_heads_in_their_order_and_full_rows_are_columns() -> None:
    extraction = read_text(five_columns(ZEROS))
    rows = rows_of("revenue_by_function", extraction.frames["revenue_by_function"])
    printed = {c: f"{rows['208',][c]:.2f}" for c in ("total", "fiscal_appropriation", "institutional", "business", "other")}
    assert printed == {"total": "200.00", "fiscal_appropriation": "150.00", "institutional": "0.00", "business": "50.00", "other": "0.00"}
    assert rows["208",]["higher_level_subsidy"] is None


@pytest.mark.parametrize(
    ("rows", "head"),
    [
        ([*ZEROS[:2], "208 社会保障和就业支出 200.00 150.00 50.00 0"], FIVE),  # one blank
        (ZEROS, FIVE.replace("事业收入", "示例收入")),  # a head that no form knows
        (ZEROS, FIVE.replace(" 事业单位 经营收入", " 财政拨款收入")),  # one head twice
        ([r.replace("250.00", "950.00").replace("100.00 0 0 0", "1.00 0 0 0").replace("150.00", "350.00") for r in ZEROS], FIVE),
    ],
)  # fmt: skip
def test_without_them_the_table_is_withheld(rows: list[str], head: str) -> None:
    extraction = read_text(five_columns(rows, head))
    frame = extraction.frames["revenue_by_function"]
    assert status_of(extraction)["revenue_by_function"] == "withheld" and frame.is_empty()


@pytest.mark.parametrize("mark", ["{}. ", "{}、", "{}．", "（{}）"])
def test_numbers_of_items_are_no_figures(mark: str) -> None:
    body = [
        "项目 决算数 项目 决算数", "一、财政拨款收入 300.00 一、一般公共服务支出 100.00",
        f"{mark.format(1)}一般公共预算资金 300.00 二、社会保障和就业支出 200.00", f"{mark.format(2)}政府性基金", f"{mark.format(3)}国有资本经营预算",
        "收入总计 300.00 支出总计 300.00",
    ]  # fmt: skip
    extraction = read_text(dump(("revenue_expenditure_summary", body)))
    rows = rows_of("revenue_expenditure_summary", extraction.frames["revenue_expenditure_summary"])
    assert rows["income", "general_public_budget"]["amount"] == rows["income", "grand_total"]["amount"] == 300
    assert rows["expenditure", "208"]["amount"] == 200
