"""One regression test for every trap of design/reports.md, with inputs written here or by the generator."""

from __future__ import annotations

import io
import os
import re
from decimal import Decimal

import pytest
import reportlab
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen import canvas

from pipelines.documents import open_bytes
from pipelines.documents.normalise import close_gaps, normalise, squeeze
from pipelines.extract.codes import resembles
from pipelines.extract.items import expenditure_item
from pipelines.extract.report import extract
from pipelines.extract.result import Extraction, NotAReport
from samples.generator import corpus_report, render
from tests.support import (
    HEAD,
    HEADS,
    OWNER,
    TITLES,
    amounts_of,
    conserved,
    differences,
    dump,
    read_sample,
    read_text,
    rows_of,
    status_of,
    table_notices,
    table_uses,
)

G = "general_budget_expenditure"
S = "revenue_expenditure_summary"
E = "basic_expenditure_by_economy"
T = "three_public_expenses"
F = "government_fund"

HOUSING = [
    "合计 214.98 14.98 200.00",
    "221 住房保障支出 214.98 14.98 200.00",
    "22102 住房改革支出 214.98 14.98 200.00",
    "2210201 住房公积金 200.00 200.00",
    "2210202 提租补贴 14.98 14.98",
]
HOUSING_READ = {
    "total": ("214.98", "14.98", "200.00"),
    "221": ("214.98", "14.98", "200.00"),
    "22102": ("214.98", "14.98", "200.00"),
    "2210201": ("200.00", None, "200.00"),
    "2210202": ("14.98", "14.98", None),
}

Figures = dict[str, tuple[str | None, ...]]


def general(extraction: Extraction) -> Figures:
    """Table 05 as {code: (total, basic, project)}, printed with two decimals."""
    return {
        key[0]: tuple(None if row[c] is None else f"{row[c]:.2f}" for c in ("total", "basic", "project"))
        for key, row in rows_of(G, extraction.frames[G]).items()
    }


# --- plain-text dumps -------------------------------------------------------------------------------------------


def test_trap_01_the_second_of_two_figures_is_basic_or_project_as_the_sums_say() -> None:
    assert general(read_text(dump((G, HOUSING)))) == HOUSING_READ


def test_trap_01_what_the_sums_leave_open_is_null_and_flagged() -> None:
    body = [
        "合计 400.00 200.00 200.00",
        "221 住房保障支出 400.00 200.00 200.00",
        "22102 住房改革支出 400.00 200.00 200.00",
        "2210201 住房公积金 200.00 200.00",
        "2210202 提租补贴 200.00 200.00",
    ]
    extraction = read_text(dump((G, body)))
    assert general(extraction)["2210201"] == ("200.00", None, None)
    assert [(n.code, n.locator) for n in table_notices(extraction) if n.code == "E02"] == [
        ("E02", "function_code=2210201;column=basic|project"),
        ("E02", "function_code=2210202;column=basic|project"),
    ]
    assert [u.token for u in table_uses(extraction) if u.role == "ambiguous"] == ["200.00", "200.00"]


def test_trap_01_a_figure_alone_is_the_total_only_where_several_rows_have_one() -> None:
    lone = [line.replace("200.00 200.00", "200.00").replace("14.98 14.98", "14.98") for line in HOUSING[3:]]
    extraction = read_text(dump((G, [*HOUSING[:3], *lone])))  # two may have lost their totals
    assert general(extraction)["2210201"] == (None, None, None)
    assert "function_code=2210201;column=basic|project|total" in [
        n.locator for n in table_notices(extraction)
    ]
    three = ["2210201 住房公积金 200.00", "2210202 提租补贴 10.00", "2210203 购房补贴 4.98"]
    assert general(read_text(dump((G, [*HOUSING[:3], *three]))))["2210201"] == ("200.00", None, None)
    contradicted = ["2210201 住房公积金 214.98", *three[1:]]
    assert general(read_text(dump((G, [*HOUSING[:3], *contradicted]))))["2210201"] == (None, None, None)


DETACHED = [
    "合计 500.00 200.00 300.00",
    "一般公共服务支出 500.00 200.00 300.00",
    "政府办公厅（室）及相关机构事务 250.00 200.00 50.00",
    "  行政运行 200.00 200.00",
    "  一般行政管理事务 50.00 50.00",
    "财政事务 250.00 250.00",
    "  一般行政管理事务 250.00 250.00",
]


def test_trap_02_codes_as_a_block_of_their_own_and_names_that_recur() -> None:
    codes = ["20106", "2010602", "201", "20103", "2010301", "2010302"]
    figures = general(read_text(dump((G, [*DETACHED, *codes]))))
    assert figures["2010302"] == ("50.00", None, "50.00")
    assert figures["2010602"] == ("250.00", None, "250.00")
    assert list(figures) == ["total", "201", "20103", "2010301", "2010302", "20106", "2010602"]


def test_trap_02_a_code_that_is_not_printed_follows_from_the_list_and_is_said() -> None:
    codes = ["20106", "201", "20103", "2010301", "2010302"]
    extraction = read_text(dump((G, [*DETACHED, *codes])))
    assert general(extraction)["2010602"] == ("250.00", None, "250.00")
    assert ("E05", "function_code=2010602") in [(n.code, n.locator) for n in table_notices(extraction)]


def test_trap_02_codes_that_cannot_be_matched_withhold_the_table() -> None:
    codes = ["20106", "2010602", "201", "20103", "2010301", "2010302", "2130101", "21301"]
    extraction = read_text(dump((G, [*DETACHED, *codes])))
    assert status_of(extraction)[G] == "withheld"
    assert extraction.frames[G].is_empty()
    assert [n.code for n in table_notices(extraction)] == ["E01"]


def test_trap_03_a_figure_and_a_code_that_stick_together() -> None:
    rows = [re.sub(r"^\d+ ", "", line) for line in HOUSING]
    stuck = [*rows[:-1], "提租补贴 14.98 14.982210202", "221", "22102", "2210201"]
    assert general(read_text(dump((G, stuck)))) == HOUSING_READ
    trimmed = [*rows[:-1], "提租补贴 14.9 14.92210202", "221", "22102", "2210201"]
    body = [line.replace("14.98", "14.9").replace("214.98", "214.9") for line in trimmed]
    assert general(read_text(dump((G, body))))["2210202"] == ("14.90", "14.90", None)


def test_trap_03_an_amount_that_looks_like_a_code_stays_an_amount() -> None:
    body = [
        "合计 30000 8364 21636",
        "221 住房保障支出 30000 8364 21636",
        "22102 住房改革支出 30000 8364 21636",
        "2210201 住房公积金 21636 21636",
        "2210202 提租补贴 8364 8364",
    ]
    extraction = read_text(dump((G, ["合计 30000.5 8364.5 21636", *body[1:]])))
    assert general(extraction)["total"] == ("30000.50", "8364.50", "21636.00")


@pytest.mark.parametrize("furniture", ["— 19 —", "- 9 -", "9", " 21 ", "第9页"])
def test_trap_04_page_furniture_inside_a_table(furniture: str) -> None:
    body = [*HOUSING[:3], "", furniture, "", *HOUSING[3:]]
    extraction = read_text(dump((G, body)))
    assert general(extraction) == HOUSING_READ
    assert not conserved(extraction)


def test_trap_04_heads_after_the_rows_and_the_title_after_the_table() -> None:
    text = "\n".join(
        [*HEAD, OWNER, "栏次 1 2 3", *HOUSING, *HEADS[G][:1], TITLES[G], "第三部分 情况说明", ""]
    )
    assert general(read_text(text)) == HOUSING_READ


def test_trap_04_heads_that_fall_apart() -> None:
    text = dump((G, HOUSING)).replace(
        HEADS[G][0], "功能分类\n科目编码\n科目名\n称\n小计\n基本支\n出\n项目支\n出"
    )
    assert general(read_text(text)) == HOUSING_READ


def test_trap_05_letter_spaced_words_and_full_width_figures() -> None:
    body = [
        "合    计 214.98 14.98 200.00",
        "２２１ 住 房 保 障 支 出 ２１４．９８ 14.98 200.00",
        *HOUSING[2:],
    ]
    extraction = read_text(dump((G, body)))
    assert general(extraction) == HOUSING_READ
    assert rows_of(G, extraction.frames[G])[("221",)]["function_name"] == "住房保障支出"


def test_trap_05_a_full_width_comma_inside_a_figure() -> None:
    body = ["合计 2,214.98 14.98 2,200.00", "221 住房保障支出 ２，２１４．９８ 14.98 2,200.00"]
    assert general(read_text(dump((G, body))))["221"] == ("2214.98", "14.98", "2200.00")


@pytest.mark.parametrize(
    "row",
    ["221 住房保障支出 214.98 14.98 200.00 备注", "221 住房保障支出 214.98 14.98 200.00 99.7 %",
     "221 住房保障支出 ￥214.98 14.98￥ 200.00", "221 住房保障支出 （214.98） （14.98） 200.00"],
)  # fmt: skip
def test_trap_05_a_figure_is_never_part_of_a_name(row: str) -> None:
    extraction = read_text(dump((G, [HOUSING[0], row])))
    if status_of(extraction)[G] == "withheld":
        return
    name = rows_of(G, extraction.frames[G])[("221",)]["function_name"]
    assert name == "住房保障支出"


def test_trap_05_odd_characters() -> None:
    assert close_gaps("相 比 ， 收 、 支") == "相比，收、支"
    assert normalise("\uf0fe\uf052\uf0a8") == "☑☑□"
    assert squeeze("占本年收入 99.7 %") == "占本年收入99.7%"
    assert normalise("（出国）、《表》") == "（出国）、《表》", "Chinese punctuation stays"


def test_trap_06_a_sentence_that_wraps_inside_its_unit_is_no_row() -> None:
    tail = ["第三部分 情况说明", "本年支出214.98 万", "元，其中基本支出14.98万元，占本年支", "出7.0%。"]
    assert general(read_text(dump((G, HOUSING), tail=tail))) == HOUSING_READ


def test_trap_07_a_performance_form_after_the_tables_is_no_part_of_them() -> None:
    form = [
        "2023年度项目支出绩效自评表",
        "单位：万元",
        "预算数 执行数 执行率 得分",
        "100.00 98.00 98% 19.6",
        "合计 100.00 98.00",
        "得分",
        "19",
    ]
    extraction = read_text(dump((G, HOUSING), tail=form))
    assert general(extraction) == HOUSING_READ
    assert not conserved(extraction)


def test_trap_08_headings_without_figures_are_one_finding_and_no_tables() -> None:
    lines = [
        *HEAD,
        *(line for title in TITLES.values() for line in (title, "")),
        "第三部分 情况说明",
        "本年支出5.00万元。",
    ]
    extraction = read_text("\n".join(lines))
    assert extraction.tables_as_images
    assert [n.code for n in table_notices(extraction)] == ["E04"]
    assert all(extraction.frames[r].is_empty() for r in TITLES)
    images = read_sample(render("images", seed=3, rows=15))
    assert [n.code for n in table_notices(images)] == ["E04"]


# --- PDF --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("repeat", [True, False])
@pytest.mark.parametrize("style", ["national", "shanghai"])
def test_trap_09_tables_that_go_on_over_pages(style: str, repeat: bool) -> None:
    sample = render(style, seed=21, rows=60, page_rows=12, repeat_header=repeat, trailing_grid=True)
    extraction = read_sample(sample)
    assert differences(extraction, sample.frames) == []
    pages = extraction.frames["expenditure_by_function"]["page"].unique().to_list()
    assert len(pages) > 3


@pytest.mark.parametrize("number", [96, 150, 607])
def test_trap_09_a_foot_row_that_stands_alone_on_the_next_page(number: int) -> None:
    """A grid of one row and other columns: 合计 of 05 in the first two, the foot of 06 in the third."""
    sample = corpus_report(4711, number)
    assert differences(read_sample(sample), sample.frames) == []


@pytest.mark.parametrize("number", [396, 437])
def test_trap_09_the_indented_rows_of_04_below_a_repeated_head(number: int) -> None:
    """一般公共预算财政拨款 under 年初结转 is a row, though it looks like a head."""
    sample = corpus_report(4711, number)
    extraction = read_sample(sample)
    assert status_of(extraction)["appropriation_summary"] == "found"
    assert differences(extraction, sample.frames) == []


@pytest.mark.parametrize("total", ["first", "header", "last"])
@pytest.mark.parametrize("split", [True, False])
def test_trap_10_codes_split_or_joined_and_the_total_anywhere(split: bool, total: str) -> None:
    sample = render(
        "national",
        seed=8,
        rows=30,
        split_codes=split,
        total_income=total,
        total_budget=total,
        narrow_names=True,
    )
    extraction = read_sample(sample)
    assert differences(extraction, sample.frames) == []
    names = rows_of("expenditure_by_function", extraction.frames["expenditure_by_function"])
    for key, row in rows_of("expenditure_by_function", sample.frames["expenditure_by_function"]).items():
        assert names[key]["function_name"] == row["function_name"], "wrapped names are joined in their order"


def test_trap_11_yuan_in_tables_and_wan_yuan_in_the_three_public_table() -> None:
    sample = render("budget-shanghai", seed=5, rows=30, thousands=True)
    extraction = read_sample(sample)
    units = {t.resource: t.unit for t in extraction.tables}
    assert (units["expenditure_by_function"], units[T]) == ("元", "万元")
    assert differences(extraction, sample.frames) == []


def test_trap_11_thousands_separators_in_some_rows_only() -> None:
    body = ["合计 20,214.98 14.98 20200.00", "221 住房保障支出 20214.98 14.98 20,200.00"]
    assert general(read_text(dump((G, body))))["221"] == ("20214.98", "14.98", "20200.00")


def _pdf(draw) -> bytes:  # type: ignore[no-untyped-def]
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    buffer = io.BytesIO()
    page = canvas.Canvas(buffer, pageCompression=0)
    draw(page)
    page.save()
    return buffer.getvalue()


def test_trap_12_lines_follow_their_places_not_the_content_stream() -> None:
    def draw(page: canvas.Canvas) -> None:
        page.setFont("STSong-Light", 12)
        for x, y, text in (
            (300, 700, "后写的"),
            (72, 700, "先读的"),
            (72, 680, "第三行"),
            (72, 720, "第一行"),
        ):
            page.drawString(x, y, text)

    lines = open_bytes("a.pdf", _pdf(draw)).pages[0].lines
    assert [line.text for line in lines] == ["第一行", "先读的 后写的", "第三行"]


def test_trap_13_contents_pages_and_headings_of_part_three_are_no_tables() -> None:
    contents = [
        "目录",
        *(f"{title}..............{n}" for n, title in enumerate(TITLES.values(), 4)),
        *TITLES.values(),
    ]
    tail = [
        "第三部分 情况说明",
        "一、2023年度收入支出决算总体情况说明",
        TITLES["expenditure_by_function"],
        "本年支出214.98万元。",
    ]
    text = dump((G, HOUSING), tail=tail).replace(HEAD[1], "\n".join([*contents, HEAD[1]]))
    extraction = read_text(text)
    assert general(extraction) == HOUSING_READ
    assert {r for r, s in status_of(extraction).items() if s in ("found", "empty")} == {G}
    sample = render("shanghai", seed=4, rows=20)
    pages = {t.resource: t.page for t in read_sample(sample).tables}
    assert min(p for p in pages.values() if p) > 2, "the contents page is none of the tables"


def test_trap_14_radicals_and_compatibility_ideographs() -> None:
    assert normalise("⻋辆购置、⻔户、⽤⾏、\uf900") == "车辆购置、门户、用行、豈"


def test_trap_14_the_radical_of_household() -> None:
    assert normalise("⼾籍") == "户籍"


def test_trap_14_a_blank_template_is_refused() -> None:
    with pytest.raises(NotAReport, match="blank template"):
        read_sample(render("template", seed=5, rows=20))


def test_trap_14_a_font_that_does_not_say_its_characters_is_unreadable() -> None:
    pdfmetrics.registerFont(
        TTFont("Vera", os.path.join(os.path.dirname(reportlab.__file__), "fonts", "Vera.ttf"))
    )

    def draw(page: canvas.Canvas) -> None:
        page.setFont("Vera", 12)
        page.drawString(72, 700, "Department final accounts of a year 2023")

    data = _pdf(draw)
    # The map to Unicode leads to the private use area, as in subsets whose makers dropped it.
    head, _, rest = data.partition(b"begincmap")
    cmap, _, tail = rest.partition(b"endcmap")
    hidden = re.sub(rb"<00([0-9A-Fa-f]{2})>", rb"<E0\1>", cmap)
    document = open_bytes("a.pdf", head + b"begincmap" + hidden + b"endcmap" + tail)
    assert [p.kind for p in document.pages] != ["text"]
    with pytest.raises(NotAReport, match="no readable text"):
        extract(document)


@pytest.mark.parametrize("classes", [23, 24, 26])
def test_trap_15_class_lists_of_different_years(classes: int) -> None:
    sample = render("national", seed=6, rows=25, classes=classes)
    assert differences(read_sample(sample), sample.frames) == []


@pytest.mark.parametrize(
    ("label", "code"),
    [("二十二、灾害防治及应急管理支出", "224"), ("二十一、国有资本经营预算支出", "223"), ("二十六、抗疫特别国债安排的支出", "234"),
     ("二十三、其他支出", "229"), ("一、一般公共服务支出", "201"), ("七、文化体育与传媒支出", "207"), ("九、医疗卫生与计划生育支出", "210"),
     ("十八、国土海洋气象等支出", "220"), ("本年支出合计", "current_total"), ("年末结转和结余", "closing_balance")],
)  # fmt: skip
def test_trap_15_class_names_of_any_year(label: str, code: str) -> None:
    assert expenditure_item(label) == code


def test_trap_15_names_cut_by_narrow_columns() -> None:
    assert resembles("机关事业单位基本养老保险缴", "机关事业单位基本养老保险缴费支出")
    assert not resembles("机关事业单位职业年金", "机关事业单位基本养老保险缴费支出")
    sample = render("national", seed=9, rows=40, short_names=12)
    assert differences(read_sample(sample), sample.frames) == []


# --- the other tables of a dump ---------------------------------------------------------------------------------


def test_table_06_foot_figures_apart_from_their_labels() -> None:
    body = [
        "经济分类科目编码 科目名称 决算数 经济分类科目编码 科目名称 决算数",
        "301 工资福利支出 100.00 302 商品和服务支出 20.00",
        "30101 基本工资 60.00 30201 办公费 20.00",
        "30102 津贴补贴 40.00 30202 印刷费",
        "20.00 100.00",
        "人员经费合计 公用经费合计",
    ]
    amounts = amounts_of(E, read_text(dump((E, body))).frames[E])
    assert amounts[("personnel_total",), "amount"] == 100
    assert amounts[("public_total",), "amount"] == 20
    assert (("30202",), "amount") not in amounts


def test_table_07_that_is_empty_keeps_its_row_of_nulls() -> None:
    body = [
        "功能分类科目编码 科目名称 年初结转和结余 本年收入 小计 基本支出 项目支出 年末结转和结余",
        "栏次 1 2 3 4 5 6",
        "合计",
        "注：本表无数据。",
    ]
    extraction = read_text(dump((F, body)))
    assert status_of(extraction)[F] == "empty"
    assert extraction.frames[F]["function_code"].to_list() == ["total"]
    assert amounts_of(F, extraction.frames[F]) == {}


def test_table_07_that_is_nothing_but_its_head_is_empty_not_withheld() -> None:
    for sample in (render("budget-shanghai", seed=3, rows=20, empty_total=False), corpus_report(4711, 27)):
        assert status_of(read_sample(sample))[F] in ("empty", "found")


THREE_HEAD = [
    "预算数 决算数",
    "合计 因公出国（境）费 公务用车购置及运行维护费 公务接待费 合计 因公出国（境）费 公务用车购置及运行维护费 公务接待费",
    "小计 公务用车购置费 公务用车运行维护费 小计 公务用车购置费 公务用车运行维护费",
    "1 2 3 4 5 6 7 8 9 10 11 12",
]


def test_table_09_with_all_twelve_figures() -> None:
    body = [*THREE_HEAD, "5.00 1.00 3.00 1.00 2.00 1.00 4.00 1.00 2.00 1.00 1.00 1.00"]
    rows = rows_of(T, read_text(dump((T, body))).frames[T])
    assert [rows[("budget",)][c] for c in ("total", "vehicles", "reception")] == [5, 3, 1]
    assert [rows[("final",)][c] for c in ("total", "vehicles", "reception")] == [4, 2, 1]


def test_table_09_with_two_equal_figures_is_ambiguous_and_never_guessed() -> None:
    extraction = read_text(dump((T, [*THREE_HEAD, "1.20 1.20"])))
    assert amounts_of(T, extraction.frames[T]) == {}
    assert [n.code for n in table_notices(extraction)] == ["E02", "E02"]
    assert [u.role for u in table_uses(extraction) if u.token == "1.20"] == ["ambiguous", "ambiguous"]


def test_strokes_in_a_dump_are_blanks_in_their_columns() -> None:
    body = ["合计 14.98 14.98 —", "221 住房保障支出 14.98 14.98 -"]
    assert general(read_text(dump((G, body))))["221"] == ("14.98", "14.98", None)


def test_negative_figures_and_printed_zeros_of_a_dump() -> None:
    body = ["合计 -14.98 -14.98 0.00", "221 住房保障支出 -14.98 -14.98 0"]
    figures = general(read_text(dump((G, body))))
    assert figures == {"total": ("-14.98", "-14.98", "0.00"), "221": ("-14.98", "-14.98", "0.00")}
    assert isinstance(rows_of(G, read_text(dump((G, body))).frames[G])[("221",)]["project"], Decimal)
