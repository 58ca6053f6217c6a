"""Reading the narrative: assembly of sentences, headings, figures, subjects, paths. All sentences are ours."""

from __future__ import annotations

from decimal import Decimal

import polars as pl
import pytest

from pipelines import schema
from pipelines.documents import open_bytes
from pipelines.documents.model import Cell, Document, Grid, Line, Page
from pipelines.extract.narrative import read_statements
from pipelines.extract.narrative.figures import find_figures
from pipelines.extract.narrative.grammar import concept_of, concepts, section_grammar
from pipelines.extract.narrative.passages import find_passages
from pipelines.extract.narrative.paths import PathResolver, find_paths
from pipelines.extract.result import Notice, NumberUse

REPORT = "420100-2023-final-0123abcd"
PART = "第三部分 2023年度部门决算情况说明\n"

Read = tuple[str, str | None, Decimal, str]


def read(
    text: str, kind: str = "final", year: int = 2023, names: dict[str, str] | None = None
) -> tuple[pl.DataFrame, list[NumberUse], list[Notice]]:
    document = open_bytes("report.txt", text.encode())
    return read_statements(document, names or {}, year, kind, REPORT)


def rows(text: str, kind: str = "final", year: int = 2023, names: dict[str, str] | None = None) -> list[Read]:
    frame = read(text, kind, year, names)[0]
    return [(r["concept"], r["function_code"], r["value"], r["unit"]) for r in frame.iter_rows(named=True)]


def plain(text: str, kind: str = "final", year: int = 2023) -> list[tuple[str, str]]:
    """(concept, value as short text), for sections without codes."""
    return [(concept, short(value)) for concept, _, value, _ in rows(text, kind, year)]


def short(value: Decimal) -> str:
    text = format(value.normalize(), "f")
    return "0" if text in ("-0", "0") else text


def section(heading: str, body: str) -> str:
    return f"{PART}{heading}\n{body}\n第四部分 名词解释\n一、基本支出：每年9.99万元。\n"


# --- the declarations ----------------------------------------------------------------------------------------


def test_columns_are_the_contract() -> None:
    columns = "report_id statement_no section concept function_code subject value unit fiscal_year basis baseline_year method source_no page line"
    assert " ".join(schema.resources()["statements"].names) == columns


def test_every_concept_of_the_grammar_is_declared() -> None:
    for kind in ("final", "budget"):
        for name in ("summary", "revenue", "expenditure", "appropriation", "general_budget", "basic", "three_public",
                     "government_fund", "state_capital", "agency_operation", "procurement", "assets", "performance"):  # fmt: skip
            grammar = section_grammar(kind, name)
            assert grammar is not None
            for stem in {*grammar.stems, grammar.default} - {""}:  # "": named, but of no concept
                assert concept_of(stem, "amount") or concept_of(stem, "share"), (kind, name, stem)


def test_concepts_have_titles_and_known_measures() -> None:
    table = pl.read_csv("datapackages/codes/concepts.csv", infer_schema=False)
    assert schema.resources()["concepts"].conform(table).height == len(concepts())
    assert table["concept"].is_unique().all()


def test_nothing_to_read_gives_an_empty_frame() -> None:
    frame, uses, notices = read("第一部分 概况\n某局主管某事。\n")
    assert frame.is_empty() and not uses and not notices
    assert frame.columns == schema.resources()["statements"].names


# --- reports.md traps 4, 5, 6: furniture, letter-spacing, wrapping --------------------------------------------


def test_numbers_and_units_wrap_anywhere() -> None:
    text = section("三、支出决算情况说明", "本年支出合计129.79 万\n元，其中：基本支出100.5\n5万元，占本年支\n出 77.47\n%；项目支出29.24万元，占22.53 %。")
    assert plain(text) == [
        ("expenditure.total", "129.79"), ("expenditure.basic", "100.55"), ("expenditure.basic.share", "77.47"),
        ("expenditure.project", "29.24"), ("expenditure.project.share", "22.53"),
    ]  # fmt: skip


def test_a_figure_stands_where_its_first_digit_stands() -> None:
    frame = read(section("三、支出决算情况说明", "\n本年支出合计\n129.\n79万元。"))[0]
    assert frame["line"].to_list() == [5]
    assert frame["page"].to_list() == [None]


@pytest.mark.parametrize("furniture", ["— 19 —", "- 9 -", " 21 ", "9", "第3页 共20页", "3/20", "图 3：支出决算结构"])
def test_page_furniture_inside_a_sentence_is_dropped(furniture: str) -> None:
    text = section("三、支出决算情况说明", f"本年支出合计129.79万元。与2022年度相比，\n{furniture}\n支出合计增加5.1万元，增长4.09%。")
    assert plain(text)[1:] == [("expenditure.change", "5.1"), ("expenditure.change_rate", "4.09")]


def test_a_lone_number_before_its_unit_is_no_page_number() -> None:
    text = section("三、支出决算情况说明", "本年支出合计129.79万元，占全年预算的\n100\n%。")
    assert plain(text)[1][1] == "100"


def test_letter_spaced_text() -> None:
    text = section("一、收入支出决算总体情况说明", "与 2 0 2 2 年 度 相 比 ， 收 、 支 总 计 各 减 少  5 0 . 2 5 万 元 ， 下 降 \n6.46  %。")
    assert plain(text) == [("summary.change", "-50.25"), ("summary.change_rate", "-6.46")]


def test_chart_labels_before_a_caption_are_dropped() -> None:
    text = section("二、收入决算情况说明", "本年收入合计80万元。\n财政拨款收入70.00万元\n其他收入12.5%\n图2：收入决算结构图")
    assert plain(text) == [("revenue.total", "80")]


def test_a_small_table_in_the_narrative_is_no_sentence() -> None:
    text = section("三、支出决算情况说明", "本年支出合计80万元。\n支出结构表（单位：万元）\n项目 金额 占比\n教育支出 50.5 63.1%\n合计 80.0\n其中：基本支出30万元。")
    assert plain(text) == [("expenditure.total", "80"), ("expenditure.basic", "30")]


def test_headings_that_wrap_or_are_repeated_in_the_contents() -> None:
    contents = "目录\n第三部分 部门决算情况说明\n一、收入支出决算总体情况说明.......12\n九、“三公”经费支出决算情况说明 13\n第四部分 名词解释\n"
    body = "九、财政拨款“三公”经费支出决算情况\n说明\n（一）“三公”经费支出决算总体情况说\n明。\n2023年度“三公”经费支出预算为3万元，支出决算为1.2万元，完成预算的40%。"
    assert plain(contents + PART + body) == [
        ("three_public.budget", "3"), ("three_public.final", "1.2"), ("three_public.completion_rate", "40"),
    ]  # fmt: skip


def test_a_list_inside_a_sentence_is_no_heading() -> None:
    text = section("三、支出决算情况说明", "本年支出合计8万元，主要原因是一、\n二、三季度的补贴待下年支付，\n减少2.5万元。")
    assert plain(text) == [("expenditure.total", "8"), ("reason.change", "-2.5")]


def test_tables_and_later_parts_are_not_the_narrative() -> None:
    text = "第二部分 部门决算表\n一、一般公共预算财政拨款收入 1 5274.81 一、一般公共服务支出\n本年收入合计 27 5506.46\n" + section(
        "二、收入决算情况说明", "本年收入合计7万元。"
    )
    assert plain(text) == [("revenue.total", "7")]


# --- PDF: positions (trap 12), grids, running heads -----------------------------------------------------------


def pdf(pages: list[list[tuple[float, float, str]]], grids: dict[int, Grid] | None = None) -> Document:
    made = []
    for number, lines in enumerate(pages, start=1):
        placed = [
            Line(i, text, (x, y, x + 12 * len(text), y + 12)) for i, (x, y, text) in enumerate(lines, start=1)
        ]
        made.append(Page(number, "text", placed, [grids[number]] if grids and number in grids else [], [], 600, 800))
    return Document("report.pdf", "0" * 64, "pdf", made)


def test_sentences_run_over_pages_and_skip_grids_and_running_heads() -> None:
    grid = Grid(1, (60, 300, 500, 400), (300, 350, 400), (60, 250, 500), [Cell(r, r, c, c, (0, 0, 0, 0)) for r in (0, 1) for c in (0, 1)])
    head = (200.0, 20.0, "某局2023年度部门决算")
    document = pdf(
        [
            [head, (100, 80, "第三部分 部门决算情况说明"), (96, 100, "三、支出决算情况说明"), (96, 120, "本年支出合计129."), (72, 340, "基本支出 77.7万元"), (300, 770, "21")],
            [head, (72, 80, "79万元。其中："), (96, 100, "基本支出100万元，占77.05%。")],
            [head, (72, 80, "四、其他"), (300, 770, "23")],
        ],
        {1: grid},
    )  # fmt: skip
    frame = read_statements(document, {}, 2023, "final", REPORT)[0]
    assert frame.select("concept", "value", "page", "line").rows() == [
        ("expenditure.total", Decimal("129.79"), 1, 4),
        ("expenditure.basic", Decimal("100"), 2, 3),
        ("expenditure.basic.share", Decimal("77.05"), 2, 3),
    ]


def test_passages_keep_section_and_part() -> None:
    text = PART + (
        "五、一般公共预算财政拨款支出决算情况说明\n（一）总体情况\n支出7万元。\n（二）一般公共预算财政拨款支出决算结构情况。\n支出7万元。\n"
        "（三）一般公共预算财政拨款支出决算具体情况\n支出7万元。\n十一、其他重要事项的情况说明\n（一）机关运行经费支出情况\n支出8万元。\n（二）国有资产占有使用情况说明\n车辆0辆。\n"
    )
    found = [(p.section, p.part) for p in find_passages(open_bytes("a.txt", text.encode()))]
    assert found == [
        ("general_budget", "overall"), ("general_budget", "structure"), ("general_budget", "items"),
        ("agency_operation", ""), ("assets", ""),
    ]  # fmt: skip


def test_budget_pages_without_parts() -> None:
    text = (
        "2025年部门预算编制说明\n2025年，收入预算90.5万元，其中：财政拨款收入90.5万元，比2024年预算减少4.5万元；事业收入0万元。\n"
        "2025年部门收入预算总表\n合计 90.5\n其他相关情况说明\n一、2025年“三公”经费预算情况说明\n2025年“三公”经费预算数为1.00万元，与2024年预算持平。\n"
        "二、机关运行经费预算\n2025年机关运行经费预算为17.1万元。\n"
    )
    assert plain(text, "budget", 2025) == [
        ("budget.income", "90.5"), ("budget.income.appropriation", "90.5"), ("budget.income.change", "-4.5"),
        ("budget.income.institutional", "0"), ("three_public.budget", "1"), ("agency_operation.total", "17.1"),
    ]  # fmt: skip


# --- figures and furniture ------------------------------------------------------------------------------------


def test_figures_have_units_and_the_rest_is_furniture() -> None:
    text = "截至2023年12月31日，1.甲项目1,234.50万元，乙0.5亿元，增长1.2个百分点，接待4批次、20人次，单价100万元（含）以上设备2台（套），受理789件，《2022年度方案（3万元）》。"
    figures, furniture = find_figures(text)
    assert [(f.token, short(f.value), f.unit) for f in figures] == [
        ("1,234.50", "1234.5", "万元"), ("0.5", "5000", "万元"), ("1.2", "1.2", "%"), ("4", "4", "批次"), ("20", "20", "人次"), ("2", "2", "台"),
    ]  # fmt: skip
    reasons = {f.token: f.reason for f in furniture}
    assert reasons["100"] == "threshold" and reasons["1"] == "list number" and reasons["12"] == "date"
    assert reasons["789"] == "no unit of ours" and reasons["3"] == "part of a name"


def test_every_number_is_accounted_for_once() -> None:
    _, uses, _ = read(section("三、支出决算情况说明", "2023年度支出合计8万元，用于3个项目和789件事。"))
    assert [(u.token, u.role) for u in sorted(uses, key=lambda u: u.token)] == [
        ("2023", "furniture"), ("3", "furniture"), ("789", "furniture"), ("8", "statement"),
    ]  # fmt: skip


# --- wordings -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("2023年度收、支总计8.5万元。", ["8.5"]),
        ("2023年度收入支出总计8.5万元。", ["8.5"]),
        ("2023年度收入总计8.5万元，支出总计8.4万元。", ["8.5", "8.4"]),
        ("2023年度收入总计、支出总计均为8.5万元。", ["8.5"]),
        ("2023年度收入、支出决算总计8.5万元。", ["8.5"]),
        ("2023年度收入总计、支出总计分别为8.5万元和8.4万元。", ["8.5", "8.4"]),
    ],
)
def test_totals_of_the_summary(sentence: str, expected: list[str]) -> None:
    assert plain(section("一、收入支出决算总体情况说明", sentence)) == [("summary.total", v) for v in expected]


@pytest.mark.parametrize("changes", ["1267.86,2570.97万元，各下降23.51%、38.28%。", "310.10,310.10万元，各下降7.20%、7.20%。"])
def test_changes_and_rates_of_two_sides_are_bound_in_their_order(changes: str) -> None:
    """收、支各减少A、B万元: the first is income's, the second expenditure's (errors: ``test_narrative_lists``)."""
    heading, total = "一、收入支出决算总体情况说明", "2023年度收、支总计均为4000万元。与2022年相比，收、支总计各减少"
    told = [concept for concept, _ in plain(section(heading, total + changes))]
    assert told == ["summary.total", *["summary.change"] * 2, *["summary.change_rate"] * 2]


@pytest.mark.parametrize(
    ("words", "change", "rate", "year"),
    [
        ("与2022年度相比，收、支总计各增加3万元，增长5.5%。", "3", "5.5", 2022),
        ("比上年减少了3万元，下降5.5%。", "-3", "-5.5", 2022),
        ("较2021年降低3万元，降幅5.5%。", "-3", "-5.5", 2021),
        ("收、支总计较上年决算数提高3万元，增幅为5.5%。", "3", "5.5", 2022),
        ("与上年同期相比，减少3万元、5.5%。", "-3", "-5.5", 2022),
        ("较上年增加（减少）-3万元，增长（下降）-5.5%。", "-3", "-5.5", 2022),
        ("同比减少-3万元，下降-5.5%。", "-3", "-5.5", 2022),
    ],
)
def test_words_of_change(words: str, change: str, rate: str, year: int) -> None:
    frame = read(section("一、收入支出决算总体情况说明", f"2023年度收、支总计50万元。{words}"))[0]
    assert [short(v) for v in frame["value"]][1:] == [change, rate]
    assert frame["concept"].to_list() == ["summary.total", "summary.change", "summary.change_rate"]
    assert frame["baseline_year"].to_list() == [None, year, year]


def test_an_open_direction_is_read_as_printed_and_noticed() -> None:
    frame, _, notices = read(section("一、收入支出决算总体情况说明", "收、支总计50万元，比2022年度增加（减少）3万元。"))
    assert short(frame["value"][1]) == "3"
    assert [n.code for n in notices] == ["E23"]


def test_a_word_without_a_figure_is_no_statement() -> None:
    assert plain(section("一、收入支出决算总体情况说明", "收、支总计50万元，与2022年度持平。")) == [("summary.total", "50")]


@pytest.mark.parametrize("words", ["完成年初预算的", "完成预算的", "完成全年预算的", "完成预算", "为年初预算的", "占年初预算的", "预算完成率", "预算执行率为"])
def test_completion_rates(words: str) -> None:
    body = f"2023年度一般公共预算财政拨款支出年初预算为5万元，支出决算为4万元，{words}80%。"
    assert plain(section("五、一般公共预算财政拨款支出决算情况说明", body)) == [
        ("general_budget.initial_budget", "5"), ("general_budget.final", "4"), ("general_budget.completion_rate", "80"),
    ]  # fmt: skip


def test_the_change_belongs_to_the_total_not_to_its_last_part() -> None:
    body = "2023年度收入合计100万元。其中：财政拨款收入90万元，占90%；其他收入10万元，占10%。比2022年度增加5万元，增长5.26%。"
    assert plain(section("二、收入决算情况说明", body))[-2:] == [("revenue.change", "5"), ("revenue.change_rate", "5.26")]


def test_a_change_beside_a_part_is_the_parts() -> None:
    body = "2023年度收入合计100万元，其中：财政拨款收入90万元，比上年减少2万元；其他收入10万元，占10%。"
    assert plain(section("二、收入决算情况说明", body))[1:] == [
        ("revenue.appropriation", "90"), ("revenue.appropriation.change", "-2"), ("revenue.other", "10"), ("revenue.other.share", "10"),
    ]  # fmt: skip


def test_what_stands_in_brackets_ends_with_them() -> None:
    body = "2024年“三公”经费预算40万元，其中：公务用车购置及运行费25万元（其中：公务用车购置费18万元，公务用车运行费7万元），比2023年减少2万元，公务接待费15万元。"
    assert plain(section("七、“三公”经费预算情况说明", body), "budget", 2024) == [
        ("three_public.budget", "40"), ("three_public.vehicles.budget", "25"), ("three_public.vehicle_purchase.budget", "18"),
        ("three_public.vehicle_operation.budget", "7"), ("three_public.vehicles.change", "-2"), ("three_public.reception.budget", "15"),
    ]  # fmt: skip


def test_reasons_are_signed_and_kept_apart() -> None:
    body = "收、支总计50万元，比上年增加3万元，主要原因一是人员经费增加4.5万元；二是压减会议费1.5万元；上年结转2万元。"
    frame = read(section("一、收入支出决算总体情况说明", body))[0]
    assert [(c, short(v)) for c, v in frame.select("concept", "value").rows()] == [
        ("summary.total", "50"), ("summary.change", "3"), ("reason.change", "4.5"), ("reason.change", "-1.5"), ("summary.opening_balance", "2"),
    ]  # fmt: skip
    assert frame["subject"][2] == "人员经费"


def test_a_change_against_the_budget_has_no_baseline_year() -> None:
    body = "2.公务接待费支出决算为0.15万元，比年初预算减少1.85万元，主要是厉行节约。"
    frame = read(section("九、“三公”经费支出决算情况说明", body))[0]
    assert frame["concept"].to_list() == ["three_public.reception.final", "three_public.reception.change"]
    assert frame["baseline_year"].to_list() == [None, None]


def test_the_base_of_a_comparison_is_last_years_figure() -> None:
    body = "2023年度“三公”经费支出4.3万元，比2022年的5万元减少0.7万元。"
    assert plain(section("九、“三公”经费支出决算情况说明", body)) == [
        ("three_public.final", "4.3"), ("three_public.last_year", "5"), ("three_public.change", "-0.7"),
    ]  # fmt: skip


def test_respectively() -> None:
    body = "因公出国（境）费、公务用车购置及运行维护费、公务接待费支出决算分别为0万元、3.2万元和1.1万元，分别完成预算的0%、80%、55%。"
    assert plain(section("九、“三公”经费支出决算情况说明", body)) == [
        ("three_public.overseas_trips.final", "0"), ("three_public.vehicles.final", "3.2"), ("three_public.reception.final", "1.1"),
        ("three_public.overseas_trips.completion_rate", "0"), ("three_public.vehicles.completion_rate", "80"),
        ("three_public.reception.completion_rate", "55"),
    ]  # fmt: skip


def test_three_public_items_not_incurred_are_zero_only_where_nothing_else_is_said() -> None:
    body = "2023年度“三公”经费支出2万元，其中：\n1.无因公出国（境）费用支出；\n2.公务用车购置及运行维护费支出为2万元。\n3.公务接待费支出为0万元。本年度未发生公务接待。"
    assert plain(section("九、“三公”经费支出决算情况说明", body)) == [
        ("three_public.final", "2"), ("three_public.overseas_trips.final", "0"), ("three_public.vehicles.final", "2"), ("three_public.reception.final", "0"),
    ]  # fmt: skip


def test_counts_of_the_three_public_expenses() -> None:
    body = (
        "1.因公出国（境）费1万元。全年安排因公出国（境）团组2个，累计5人次。\n2.公务用车购置费0万元，本年度购置（更新）公务用车0辆。公务用车运行维护费3万元，其中：燃料费1万元；保险费2万元。"
        "年末公务用车保有量4辆。\n3.公务接待费2万元。国内公务接待12批次、86人次；外事接待1批次、3人次。"
    )
    counted = [(c, short(v), u) for c, _, v, u in rows(section("九、“三公”经费支出决算情况说明", body)) if u != "万元"]
    assert counted == [
        ("three_public.overseas_groups", "2", "个"), ("three_public.overseas_persons", "5", "人次"),
        ("three_public.vehicle_purchase_count", "0", "辆"), ("three_public.vehicle_count", "4", "辆"),
        ("three_public.reception_batches", "12", "批次"), ("three_public.reception_persons", "86", "人次"),
        ("three_public.foreign_reception_batches", "1", "批次"), ("three_public.foreign_reception_persons", "3", "人次"),
    ]  # fmt: skip


def test_assets_held_and_planned() -> None:
    body = "共有车辆3辆，其中：机要通信用车1辆、其他用车2辆。单价100万元（含）以上设备（不含车辆）4台（套）。部门预算安排购置车辆1辆，其中：其他用车1辆。"
    assert plain(section("十二、国有资产占用情况", body)) == [
        ("assets.vehicles", "3"), ("assets.vehicles.confidential_communication", "1"), ("assets.vehicles.other", "2"),
        ("assets.equipment_over_1m", "4"), ("assets.planned.vehicles", "1"), ("assets.planned.vehicles.other", "1"),
    ]  # fmt: skip


def test_performance_stops_at_the_single_projects() -> None:
    body = "（一）预算绩效管理工作开展情况\n对5个项目开展自评，涉及资金30万元，占项目支出总额的95.5%。\n（三）项目支出自评结果\n共涉及5个一级项目。\n1.甲项目：全年预算数为10万元。\n（四）结果应用情况\n压减2万元。"
    assert plain(section("十三、预算绩效情况说明", body)) == [
        ("performance.project_count", "5"), ("performance.amount", "30"), ("performance.share_of_project_expenditure", "95.5"),
        ("performance.project_count", "5"),
    ]  # fmt: skip


def test_what_no_concept_fits_is_kept() -> None:
    frame, uses, notices = read(section("二、收入决算情况说明", "本年收入合计80万元，另有代管款项7.7万元。"))
    assert frame["concept"].to_list() == ["revenue.total", "unclassified"]
    assert [u.role for u in uses] == ["statement", "unclassified"]
    assert [n.code for n in notices] == ["E22"]


# --- item paths -----------------------------------------------------------------------------------------------

FORMS = [
    "一般公共服务支出（类）商贸事务（款）行政运行（项）",
    "一般公共服务支出(类)商贸事务(款)行政运行(项)",
    "“一般公共服务支出（类）商贸事务（款)行政运行（项）”",
    "一般公共服务（类）商贸事务（款）行政运行（项）",
]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("mark", ["1.", "1、", "（1）", "（一）", "1. "])
def test_paths_in_every_form_and_under_every_list_mark(form: str, mark: str) -> None:
    body = f"（三）具体情况\n{mark}{form}。年初预算为10万元，支出决算为9.5万元，完成年初预算的95%。"
    assert [(c, k, short(v)) for c, k, v, _ in rows(section("五、一般公共预算财政拨款支出决算情况说明", body))] == [
        ("general_budget.item.initial_budget", "2011301", "10"),
        ("general_budget.item.final", "2011301", "9.5"),
        ("general_budget.item.completion_rate", "2011301", "95"),
    ]


@pytest.mark.parametrize(
    ("path", "own", "code"),
    [
        ("教育支出（类）", {}, "205"),
        ("社会保障和就业（类）", {}, "208"),
        ("教育支出（类）普通教育（款）", {}, "20502"),
        ("一般公共服务支出（类）商贸事务（款）行政运作（项）", {"2011301": "行政运行", "2011302": "一般行政管理事务"}, "2011301"),
        ("社会保障和就业支出（类）行政事业单位养老支出（款）机关事业单位基本养老保险缴（项）", {}, "2080505"),
        ("住房保障支出（类）住房保障支出（款）住房公积金（项）", {}, "2210201"),
        ("社会保障和就业支出（类）行政事业单位离退休（款）其他行政事业单位离退休支出（项）", {}, "2080599"),
        ("卫生健康支出（类）行政事业单位医疗（款）行政单位医疔（项）", {}, "2101101"),
        ("农林水支出（类）虚构事务（款）虚构名目（项）", {}, None),
        ("教育支出（类）虚构事务（款）行政运行（项）", {}, "2050101"),
    ],
)
def test_paths_resolve_only_where_one_candidate_fits(path: str, own: dict[str, str], code: str | None) -> None:
    found = find_paths(f"1.{path}")
    assert len(found) == 1
    assert PathResolver(own).resolve(found[0]) == code


def test_a_path_without_its_class_hangs_from_the_one_before() -> None:
    body = "（三）具体情况\n（一）一般公共服务支出（类）\n1.商贸事务（款）行政运行（项）。年初预算10万元。\n2.财政事务（款）行政运行（项）。年初预算8万元。"
    found = rows(section("五、一般公共预算财政拨款支出决算情况说明", body))
    assert [k for _, k, _, _ in found] == ["2011301", "2010601"]


def test_an_unresolved_path_is_null_and_noticed_once() -> None:
    body = "（三）具体情况\n1.农林水支出（类）虚构事务（款）虚构名目（项）。年初预算为1万元，支出决算为2万元。"
    frame, _, notices = read(section("五、一般公共预算财政拨款支出决算情况说明", body))
    assert frame["function_code"].to_list() == [None, None]
    assert [n.code for n in notices] == ["E21"]


def test_classes_are_structure_or_items_or_parts_of_the_projects() -> None:
    body = (
        "（二）结构情况\n支出9万元，主要用于以下方面：教育支出（类）4万元，占44.44%；卫生健康（类）支出5万元，占55.56%。\n（三）具体情况\n支出年初预算为9万元，支出决算为9万元。"
        "其中：基本支出5万元，项目支出4万元。项目支出主要用于：（1）教育支出3万元，用于培训；（2）某专项经费1万元。\n1.教育支出。年初预算为4万元，支出决算为4万元。"
    )
    found = [(c, k) for c, k, _, _ in rows(section("五、一般公共预算财政拨款支出决算情况说明", body))]
    assert found == [
        ("general_budget.total", None), ("general_budget.class", "205"), ("general_budget.class_share", "205"), ("general_budget.class", "210"),
        ("general_budget.class_share", "210"), ("general_budget.initial_budget", None), ("general_budget.final", None),
        ("general_budget.basic", None), ("general_budget.project", None), ("general_budget.project_part", "205"), ("general_budget.project_part", None),
        ("general_budget.item.initial_budget", "205"), ("general_budget.item.final", "205"),
    ]  # fmt: skip
