"""The official print of the tables: stated once, in the forms; whole, in order, and the same as the rules' notes."""

from __future__ import annotations

import ast
import re
from typing import Any

import pytest
import yaml

from pipelines import schema
from pipelines.forms import Form, FormError, forms, heads, load
from pipelines.layouts import head_rows
from pipelines.publish.site.cells import shown
from pipelines.publish.site.listing import listed, other_tables
from pipelines.publish.site.official import OfficialTable, official_tables
from tests.support import ROOT

KINDS = ("final", "budget")


def whole(form: Form) -> dict[str | None, set[str]]:
    """Every optional column filled in every part."""
    layout = form.official_layout
    parts: list[str | None] = list(layout.parts.heads) if layout.parts else [None]
    return {part: {column.name for column in layout.columns} for part in parts}


@pytest.mark.parametrize("form", forms().values(), ids=lambda f: f.resource)
def test_a_layout_prints_every_figure_of_its_table(form: Form) -> None:
    resource, layout = schema.tables()[form.resource], form.official_layout
    printed = {column.name for column in layout.columns}
    assert printed <= set(resource.names)
    assert {amount.name for amount in resource.amounts} <= printed, "a figure would be lost on the page"
    assert layout.number == f"公开{form.number:02}表" and set(form.title) == set(KINDS)
    assert set(layout.words) < printed and resource.row_name in {*layout.words, None}
    if layout.parts:
        assert set(layout.parts.heads) == set(resource.field(layout.parts.field).constraints["enum"])
    for kind in KINDS:
        columns = layout.printed(kind, whole(form))
        assert len({c.path for c in columns}) == len(columns), "two columns under one head"
        names = [c.name for c in columns if c.part == columns[0].part]
        assert names[: len(layout.words)] == list(layout.words), "the columns of words stand first"
        groups = {text for c in columns for text in c.path[:-1]}
        assert groups <= set(heads().english)
        assert set(layout.heads(kind)) == printed


def test_rows_of_heads_reach_over_their_columns() -> None:
    rows = head_rows([("项目", "编码"), ("项目", "名称"), ("合计",), ("本年支出", "车", "小计"), ("本年支出", "接待")])
    found = [[(c.text, c.column, c.width, c.height, c.leaf) for c in row] for row in rows]
    assert found == [
        [("项目", 0, 2, 1, False), ("合计", 2, 1, 3, True), ("本年支出", 3, 2, 1, False)],
        [("编码", 0, 1, 2, True), ("名称", 1, 1, 2, True), ("车", 3, 1, 1, False), ("接待", 4, 1, 2, True)],
        [("小计", 3, 1, 1, True)],
    ]
    for width in range(5):  # every column is covered once in every row
        for level in range(3):
            over = [c for row, cells in enumerate(rows) for c in cells if row <= level < row + c.height]
            assert sum(c.column <= width < c.column + c.width for c in over) == 1


def test_a_wrong_layout_names_file_line_and_key() -> None:
    text = (ROOT / "datapackages" / "forms" / "three_public_expenses.yaml").read_text("utf-8")
    with pytest.raises(FormError, match=r"x\.yaml:\d+: official_layout\.columns\.0\.haed"):
        load(Form, "x.yaml", text.replace("{name: total, head:", "{name: total, haed:"))


# --- what rules and suites say again ----------------------------------------------------------------------------------


def rules() -> dict[str, dict[str, Any]]:
    listed = yaml.safe_load((ROOT / "expectations" / "rules" / "T.yaml").read_text("utf-8"))["rules"]
    return {rule["rule_id"]: rule for rule in listed}


def suites() -> dict[str, list[str]]:
    listed = yaml.safe_load((ROOT / "expectations" / "families" / "T.yaml").read_text("utf-8"))["suites"]
    return {suite["name"]: suite["rules"] for suite in listed}


@pytest.mark.parametrize("form", forms().values(), ids=lambda f: f.resource)
def test_rules_and_suites_repeat_the_formulas_of_the_form(form: Form) -> None:
    """Each formula is a rule on its table in the arithmetic suite, and the note it comes from is the form's own."""
    stated = [*form.balances, *form.formulas]
    ids = [formula.rule for formula in stated] + ([form.hierarchy.rule] if form.hierarchy else [])
    assert len(ids) == len(set(ids))
    for rule in ids:
        assert rules()[rule]["tables"] == [form.resource]
        assert suites()["arithmetic"].count(rule) == 1
        assert rule.startswith(f"T{form.number:02}."), "a rule bears the number of its table"
    columns = form.official_layout.printed("final", {part: () for part in whole(form)})
    notes = [note.replace("栏各行", "栏") for note in form.in_numbers(columns)]
    shown = {formula.rule for formula in stated if any(c.name == formula.total for c in columns)}
    for formula in stated:
        basis = rules()[formula.rule]["basis"].replace("栏各行", "栏")
        signs = len(formula.parts) + len(formula.minus)
        assert len(re.findall("[＋−]", rules()[formula.rule]["formula"].partition("＝")[2])) == signs - 1, formula.rule
        if form.official_layout.column_numbers and formula.rule in shown:
            assert any(note in basis for note in notes), (formula.rule, basis, notes)


def test_limits_are_set_for_every_figure_of_a_form() -> None:
    for name, resource in schema.tables().items():
        entries = yaml.safe_load((ROOT / "expectations" / "resources" / f"{name}.yaml").read_text("utf-8"))["expectations"]
        limited = [e["columns"] for e in entries if e["type"] == "expect_column_values_to_be_between" and e.get("max_value") not in (None, "declared")]
        assert sorted(column for columns in limited for column in columns) == sorted(amount.name for amount in resource.amounts), name


# --- nowhere else -----------------------------------------------------------------------------------------------------


def test_publish_states_no_layout() -> None:
    """No head, number or title of an official table is written in ``publish/``; charts and examples name their own series."""
    words = {text for form in forms().values() for c in form.official_layout.columns for text in (*c.head, *c.budget)}
    words |= {form.official_layout.number for form in forms().values()} | {t for f in forms().values() for t in f.title.values()}
    words |= {note for form in forms().values() for note in form.official_layout.notes}
    found = {}
    for path in sorted((ROOT / "pipelines" / "publish").rglob("*.py")):
        own = {n.value for n in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(n, ast.Constant) and isinstance(n.value, str)}
        if own & words:
            found[path.relative_to(ROOT / "pipelines" / "publish").as_posix()] = sorted(own & words)
    assert found == {"site/charts.py": ["决算数", "基本支出", "项目支出", "预算数"]}


# --- the page ---------------------------------------------------------------------------------------------------------


def page_of(rows: dict[str, list[tuple[str, ...]]], kind: str = "final", level: str = "department") -> dict[str, OfficialTable]:
    report = {"kind": kind, "institution_level": level}
    return {table.name: table for table in official_tables(report, rows, {}, {})}


def noted(table: OfficialTable) -> list[str]:
    return re.findall(r"<p[^>]*>(.*?)</p>", str(table.notes or ""))


def row(resource: str, /, **values: str) -> tuple[str, ...]:
    names = [f.name for f in shown(schema.resources()[resource])]
    key = [values[name] for name in schema.resources()[resource].primary_key if name != "report_id"]
    return ("-".join((resource, *key)), "P1 L1", *(values.get(name, "") for name in names))


def item(side: str, code: str, **values: str) -> tuple[str, ...]:
    return row("revenue_expenditure_summary", side=side, item_code=code, item=code, **values)


def test_rows_of_a_summary_stand_in_the_official_order_side_by_side() -> None:
    """Whatever the report's own order; a code that the form does not name follows what it follows in print."""
    income = ["other", "grand_total", "general_public_budget", "current_total", "strange", "fiscal_appropriation", "opening_balance"]
    spent = ["grand_total", "210", "201", "closing_balance", "current_total"]
    rows = [item("income", code, amount="1.00") for code in income] + [item("expenditure", code) for code in spent]
    body = str(page_of({"revenue_expenditure_summary": rows})["revenue_expenditure_summary"].body)
    lines = [re.findall(r'id="revenue_expenditure_summary-(\w+)-(\w+)"', line) for line in body.splitlines()]
    assert [code for line in lines for side, code in line if side == "income"] == [
        "fiscal_appropriation", "general_public_budget", "other", "current_total", "strange", "opening_balance", "grand_total",
    ]  # fmt: skip
    assert [code for line in lines for side, code in line if side == "expenditure"] == ["201", "210", "current_total", "closing_balance", "grand_total"]
    together = [[code for _, code in line] for line in lines]
    assert ["current_total", "current_total"] in together and together[-1] == ["grand_total", "grand_total"]


def test_line_numbers_are_printed_where_the_report_prints_them() -> None:
    shown = page_of({"revenue_expenditure_summary": [item("income", "other", amount="1.00", line_no="8")]})
    without = page_of({"revenue_expenditure_summary": [item("income", "other", amount="1.00")]})
    assert "行次" in str(shown["revenue_expenditure_summary"].heads)
    assert "行次" not in str(without["revenue_expenditure_summary"].heads)


def test_groups_numbers_titles_and_notes_are_those_of_the_form() -> None:
    tables = page_of({"general_budget_expenditure": [row("general_budget_expenditure", function_code="201", total="3.00")]}, level="unit")
    table = tables["general_budget_expenditure"]
    assert "公开05表 一般公共预算财政拨款支出决算表" in table.title
    cells = re.findall(r"<th([^>]*)>.*?lang=\"zh-CN\">([^<]*)<", str(table.heads))
    assert [text for _, text in cells] == ["项目", "本年支出", "出处", "科目编码", "科目名称", "小计", "基本支出", "项目支出", "栏次"]
    assert 'colspan="3"' in dict((t, a) for a, t in cells)["本年支出"]
    assert re.findall(r"<th[^>]*>(\d)</th>", str(table.heads)) == ["1", "2", "3"]
    assert noted(table) == ["注：单位全年一般公共预算拨款支出，按功能分类列示。", "1栏各行＝（2＋3）栏各行。"]
    budget = page_of({"general_budget_expenditure": [row("general_budget_expenditure", function_code="201", total="3.00")]}, "budget")
    assert noted(budget["general_budget_expenditure"]) == [] and "公开05表" not in budget["general_budget_expenditure"].title
    assert "本年支出" not in str(budget["general_budget_expenditure"].heads)


def test_budget_and_final_figures_of_the_three_public_stand_side_by_side() -> None:
    rows = [row("three_public_expenses", basis=basis, total=total) for basis, total in (("final", "2.00"), ("budget", "3.00"))]
    table = page_of({"three_public_expenses": rows})["three_public_expenses"]
    assert re.findall(r"<th[^>]*>(\d+)</th>", str(table.heads)) == [str(n) for n in range(1, 13)]
    assert str(table.body).count("<tr>") == 1
    assert str(table.body).index(">3.00<") < str(table.body).index(">2.00<")
    assert noted(table)[1] == "1栏＝（2＋3＋6）栏；3栏＝（4＋5）栏；7栏＝（8＋9＋12）栏；9栏＝（10＋11）栏。"
    alone = page_of({"three_public_expenses": rows[:1]})["three_public_expenses"]
    assert "预算数" not in str(alone.heads)
    assert re.findall(r"<th[^>]*>(\d+)</th>", str(alone.heads)) == [str(n) for n in range(7, 13)]


@pytest.mark.parametrize(
    ("status", "said"),
    [("empty", "本表无数据"), ("withheld", "故不发布"), ("image", "图片"), ("attachment", "附件"), (None, "未找到此表")],
)
def test_a_table_without_rows_says_why(status: str | None, said: str) -> None:
    told = [row("tables", table_seq="1", resource="government_fund", status=status, figures="0", unassigned="0")] if status else []
    table = page_of({"tables": told})["government_fund"]
    assert said in str(table.body or table.absent)
    assert (table.body is not None) == (status == "empty")
    if status == "empty":  # its rows of blanks are printed, too
        rows = {"tables": told, "government_fund": [row("government_fund", function_code="total", function_name="合计")]}
        assert said in str(page_of(rows)["government_fund"].body) and "合计" in str(page_of(rows)["government_fund"].body)


# --- the list of tables and other tables ------------------------------------------------------------------------------


def listed_row(seq: int, **values: str) -> tuple[str, ...]:
    given = {"table_seq": str(seq), "source_no": "1", "status": "other", "figures": "2", "unassigned": "0"} | values
    return row("tables", **given)


def cell(row_no: int, column_no: int, text: str, head: str = "", label: str = "", value: str = "") -> tuple[str, ...]:
    return row("other_tables", table_seq="1", row_no=str(row_no), column_no=str(column_no), text=text, column_label=head, row_label=label, value=value)


def grid_of(body: str) -> list[list[str]]:
    lines = re.findall(r"<tr[^>]*>(.*?)</tr>", body, re.S)
    return [re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", line) for line in lines]


def test_the_list_says_of_each_table_what_became_of_it() -> None:
    rows = [
        listed_row(1, number="3", title="支出决算表", resource="expenditure_by_function", page_from="7", page_to="8", unit="万元", method="dump",
                   status="partial", figures="12", unassigned="2"),
        listed_row(2, title="项目支出决算表"),
        listed_row(3, resource="state_capital", status="image", figures="0"),
    ]  # fmt: skip
    found = listed({"tables": rows, "other_tables": [cell(1, 1, "甲")]})
    assert found is not None and found.length == 3 and listed({}) is None
    first, second, third = (re.sub(r"<span class=\"en\".*?</span>", "", line) for line in str(found.body).splitlines())
    text = [re.sub(r"<[^>]+>", "", cell) for cell in grid_of(first)[0]]
    assert text == ["3", "支出决算表", "03 表 expenditure_by_function", "部分发布", "12", "2", "7–8", "万元", "文本"]
    assert 'href="#expenditure_by_function"' in first and "其他表" in second and "图片" in third
    assert "（未印表名）" in third
    assert 'id="tables-1"' in first


def test_another_table_is_shown_cell_by_cell_as_printed() -> None:
    cells = [
        cell(3, 1, "甲项目", "项目"), cell(3, 3, "1,200", "支出›小计", "甲项目", "1200.00"),
        cell(4, 1, "乙项目", "项目"), cell(4, 2, "-5.0", "支出›基本", "乙项目", "-5.00"),
        cell(6, 1, "合计", "名称"),  # other heads from here on
    ]  # fmt: skip
    (found,) = other_tables({"tables": [listed_row(1, title="项目支出决算表", unit="元", page_from="9", page_to="9")], "other_tables": cells}, {})
    assert (found.anchor, found.title, found.figures) == ("other-1", "项目支出决算表", 2)
    assert "单位：元" in found.facts and "第 9 页" in found.facts
    (heads, body), (other_heads, rest) = found.blocks
    assert [[re.sub("<[^>]+>", "", c) for c in line][: 3 - number] for number, line in enumerate(grid_of(str(heads)))][1] == ["基本", "小计"]
    assert [line[:3] for line in grid_of(str(body))] == [["甲项目", "", "1,200"], ["乙项目", "-5.0", ""]]
    assert "名称" in other_heads and grid_of(str(rest))[0][0] == "合计"


def test_columns_beyond_the_data_model_name_their_rows() -> None:
    cells = [cell(2, 5, "7", "人员经费", "201 一般公共服务", "7.00")]
    rows = {"tables": [listed_row(1, title="收支总表", resource="revenue_expenditure_summary", status="published")], "other_tables": cells}
    (found,) = other_tables(rows, {cells[0][0]: ("f1", "warning")})
    assert grid_of(str(found.blocks[0][1]))[0][0] == "201 一般公共服务"
    assert f'id="{cells[0][0]}"' in found.blocks[0][1] and 'href="#f-f1"' in found.blocks[0][1]
    assert "数据模型未收录" in found.title
