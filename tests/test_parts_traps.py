"""Reading the parts of a report: wordings of other places, and what must not be read. All texts are made up."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from pipelines import personal
from pipelines.documents.model import Cell, Document, Grid, Line, Page, Word
from pipelines.documents.normalise import normalise
from pipelines.extract.parts import RESOURCES, read_parts
from pipelines.extract.result import Kind, Notice

REPORT_ID = "420107-2023-final-0123abcd"


def dump(text: str) -> Document:
    lines = [Line(number, normalise(line)) for number, line in enumerate(text.split("\n"), start=1)]
    return Document("report.txt", "0" * 64, "text", [Page(None, "text", lines)])


def read(text: str, kind: Kind = "final") -> tuple[dict[str, pl.DataFrame], list[Notice]]:
    frames, notices = read_parts(dump(text), REPORT_ID, kind)
    for name, frame in frames.items():
        frames[name], told = personal.mask_frame(frame, name)
        notices = notices + told
    return frames, notices


def rows(text: str, resource: str, *names: str, kind: Kind = "final") -> list[Any]:
    """The rows of one resource: one column's values, or tuples of several."""
    frame = read(text, kind)[0][resource].select(names)
    return [row[0] if len(names) == 1 else row for row in frame.iter_rows()]


# --- pages of a PDF --------------------------------------------------------------------------------------


def page(number: int, *texts: str, top: float = 60.0, step: float = 20.0, left: float = 72.0) -> Page:
    """A page with one line of text after the other; two leading blanks indent a line."""
    lines = []
    for index, text in enumerate(texts):
        x = left + (24 if text.startswith("  ") else 0)
        y = top + index * step
        bare = text.strip()
        box = (x, y, x + 12 * len(bare), y + 12)
        lines.append(Line(index + 1, bare, box, (Word(bare, box),)))
    return Page(number, "text", lines, width=595, height=842)


def table(on: Page, top: float, *texts: tuple[str, ...]) -> Page:
    """Put a ruled table on a page, its text as further lines of the page."""
    cells = []
    for row, columns in enumerate(texts):
        number = len(on.lines) + 1
        y = top + 20 * row
        box = (60.0, y + 2, 540.0, y + 14)
        on.lines.append(Line(number, " ".join(c for c in columns if c), box, (Word("".join(columns), box),)))
        for column, text in enumerate(columns):
            place = (60.0 + 120 * column, y, 180.0 + 120 * column, y + 20)
            lines = (text,) if text else ()
            cells.append(Cell(row, row, column, column, place, lines, (number,) if text else ()))
    rows_, columns_ = len(texts), len(texts[0])
    on.grids.append(
        Grid(
            on.number or 1,
            (60.0, top, 60.0 + 120 * columns_, top + 20 * rows_),
            tuple(top + 20 * r for r in range(rows_ + 1)),
            tuple(60.0 + 120 * c for c in range(columns_ + 1)),
            cells,
        )
    )
    return on


def pdf(*pages: Page) -> Document:
    return Document("report.pdf", "0" * 64, "pdf", list(pages))


# --- sections --------------------------------------------------------------------------------------------


def test_a_report_without_these_parts_has_empty_frames() -> None:
    frames, notices = read("某区示例局2023年度部门决算\n收入支出决算总表\n合计 1.00 1.00")
    assert list(frames) == list(RESOURCES)
    assert all(frame.is_empty() for frame in frames.values())
    assert notices == []
    assert all(f.is_empty() for f in read_parts(pdf(), REPORT_ID, "final")[0].values())


CONTENTS = """目录
第一部分 示例局概况......1
一、主要职能
二、机构设置
第四部分 名词解释
第五部分 附件
第一部分 示例局概况
一、主要职能
（一）管理甲事，详见
第四部分 名词解释的说明。
（二）管理乙事。
二、机构设置
示例局设办公室。
第四部分 名词解释
一、甲项收入：甲的钱。
第五部分 附件"""


def test_contents_page_and_mention_are_no_section() -> None:
    assert rows(CONTENTS, "duties", "text", "line") == [
        ("管理甲事，详见第四部分名词解释的说明。", 9),
        ("管理乙事。", 11),
    ]
    assert rows(CONTENTS, "glossary", "term", "line") == [("甲项收入", 15)]


def test_heading_on_two_lines_and_letter_spaced() -> None:
    text = "第 五 部 分\n名 词 解 释\n（一） 甲 项 收 入 ： 甲 的\n\n钱 。\n第六部分 附件"
    assert rows(text, "glossary", "term", "definition") == [("甲项收入", "甲的钱。")]


def test_combined_heading_and_text_on_the_heading_line() -> None:
    text = (
        "第一部分 概况\n（一）部门机构设置、人员构成情况\n编制总数8人；在职职工7人。\n"
        "二、人员情况：核定编制9人。\n第二部分 决算表"
    )
    assert rows(text, "staffing", "measure", "headcount") == [("authorised", 8), ("in_post", 7)]
    run_on = "第一部分 概况\n二、人员情况：核定编制9人。\n第二部分 决算表"
    assert rows(run_on, "staffing", "measure", "headcount") == [("authorised", 9)]


def test_page_titles_without_ordinals() -> None:
    document = pdf(
        page(1, "目录", "一、部门主要职能", "二、部门机构设置", "三、名词解释", "四、部门预算编制说明"),
        page(2, "某市某区示例委员会主要职能", "  主要职能包括：", "  1、管甲，", "也管丙。", "  2、管乙。"),
        page(3, "名词解释", "  （一）甲项收入：指甲的", "钱。"),
        page(4, "2025年部门预算编制说明", "  收入预算1.00万元。"),
    )
    frames, _ = read_parts(document, REPORT_ID, "budget")
    assert frames["duties"].select("text", "page", "line").rows() == [
        ("管甲，也管丙。", 2, 3),
        ("管乙。", 2, 5),
    ]
    assert frames["glossary"].select("term", "definition").rows() == [("甲项收入", "指甲的钱。")]
    assert frames["staffing"].is_empty()


def test_page_numbers_and_running_heads_are_left_out() -> None:
    head = "某区示例局2023年度部门决算公开材料"
    document = pdf(
        page(1, head, "一、主要职能", "  （一）管甲和", "1"),
        page(2, head, "乙。", "  （二）管丙。", "— 2 —"),
        page(3, head, "二、部门决算单位构成", "3"),
    )
    frames, _ = read_parts(document, REPORT_ID, "final")
    assert frames["duties"]["text"].to_list() == ["管甲和乙。", "管丙。"]


def test_a_sheet_cut_into_two_pages_is_read_once() -> None:
    """The hidden rest of a cut sheet is in the text of both pages; a gap shows where it was cut."""
    whole = [f"  {n}、管理第{n}件事情，并且承担与它有关的各项工作。" for n in range(1, 9)]
    first = page(1, "主要职能", *whole)
    for line in first.lines[6:]:
        assert line.box
        line.box = (line.box[0], line.box[1] + 30, line.box[2], line.box[3] + 30)
    second = page(2, *whole[2:], "  9、完成其他工作。", top=-40)
    for line in second.lines[3:]:
        assert line.box
        line.box = (line.box[0], line.box[1] + 30, line.box[2], line.box[3] + 30)
    frames, _ = read_parts(pdf(first, second), REPORT_ID, "final")
    assert frames["duties"].height == 9
    assert frames["duties"]["page"].to_list() == [1] * 5 + [2] * 4


# --- duties ----------------------------------------------------------------------------------------------


def test_articles_with_duties_under_the_last() -> None:
    text = (
        "一、主要职能\n第一条 根据某方案，制定本规定。\n第二条 示例局的主要职责是：\n（一）管甲。（二）管\n乙。\n"
        "（三）管丙。\n二、部门决算单位构成"
    )
    assert rows(text, "duties", "text", "line") == [
        ("根据某方案，制定本规定。", 2),
        ("管甲。", 4),
        ("管乙。", 4),
        ("管丙。", 6),
    ]


def test_numbers_in_the_text_are_no_items() -> None:
    text = (
        "一、主要职能\n一、管甲，落实第\n三、四级事项，完成\n2023.5版目录和\n2.5万件档案。\n二、管乙；\n三、管丙\n"
        "第二部分 决算表"
    )
    assert rows(text, "duties", "text") == [
        "管甲，落实第三、四级事项，完成2023.5版目录和2.5万件档案。",
        "管乙；",
        "管丙",
    ]


def test_duties_without_numbers_are_paragraphs() -> None:
    text = "一、部门职责\n示例局负责：\n管理甲事，\n登记来件。\n管理乙事。\n二、机构设置"
    assert rows(text, "duties", "text") == ["管理甲事，登记来件。", "管理乙事。"]


def test_a_number_printed_twice_opens_an_item() -> None:
    text = "一、主要职责\n1.管甲。\n2.管乙。\n2.管丙。\n4.管丁。\n二、机构设置"
    assert rows(text, "duties", "seq", "text") == [(1, "管甲。"), (2, "管乙。"), (3, "管丙。"), (4, "管丁。")]


# --- institutions ----------------------------------------------------------------------------------------


def units(text: str) -> list[tuple[str, str | None]]:
    return rows(f"二、部门决算单位构成\n{text}\n第二部分 决算表", "institutions", "name", "remark")


def test_units_of_a_list() -> None:
    text = (
        "甲局内设机构包括：\n1.办公室\n2.人事科\n纳入甲局2023年度部门决算编制范围的二级预算单位包括：\n"
        "1.某区甲局（本级）；\n2.某区甲局乙管理服务\n中心（公益一类事业单位）；\n3.某区丙所，与甲局合署办公。"
    )
    assert units(text) == [
        ("某区甲局（本级）", None),
        ("某区甲局乙管理服务中心", "公益一类事业单位"),
        ("某区丙所", "与甲局合署办公"),
    ]


def test_several_units_on_one_line() -> None:
    text = "纳入本部门2023年度部门决算编报范围的单位共4个，包括:\n1、某局机关 2、某局服务中心\n3、某区某所 4、某区某站"
    assert units(text) == [("某局机关", None), ("某局服务中心", None), ("某区某所", None), ("某区某站", None)]


def test_units_of_a_sentence() -> None:
    text = "1.内设机构包括办公室、一科。\n2.纳入2023年部门汇总决算编制范围的预算单位共计3家，具体包括：某区甲局本级、某区\n乙站、某区丙大队。"
    assert units(text) == [("某区甲局本级", None), ("某区乙站", None), ("某区丙大队", None)]


@pytest.mark.parametrize(
    "text",
    [
        "甲局设5个处室：办公室、一处、二处。",
        "1.办公室。负责文件。\n2.一科。负责业务。",
        "从单位构成看，甲局部门决算由单位本级决算和2个下属单位决算组成。",
    ],
)
def test_own_offices_and_unnamed_units_are_no_units(text: str) -> None:
    assert units(text) == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("从单位构成看，某区乙中心部门决算由纳入独立核算的单位本级决算组成。", "某区乙中心"),
        ("纳入某区乙中心 2022 年部门预算编制范围的预算单位是本级机关和下属 0 个二级单位。", "某区乙中心"),
        ("某区示例局设科室若干，没有下属预算单位。", "某区示例局"),
    ],
)
def test_a_report_that_holds_only_the_body_itself(text: str, name: str) -> None:
    assert units(text) == [(name, "本级")]


def test_units_of_a_dumped_table() -> None:
    text = (
        "纳入编制范围的单位共3个，具体情况见下表：\n序号\n单位名称\n备注\n1\n某区甲局（本级）\n2\n某区乙人才\n服务中心\n"
        "全额拨款\n3 某区丙站 参公"
    )
    assert units(text) == [
        ("某区甲局（本级）", None),
        ("某区乙人才服务中心", "全额拨款"),
        ("某区丙站", "参公"),
    ]


def test_units_of_a_ruled_table_over_two_pages() -> None:
    first = table(
        page(1, "二、部门决算单位构成", "  纳入编制范围的单位包括：", "  （见下表）"),
        200,
        ("序号", "单位名称", "备注"),
        ("1", "某区甲局（本级）", ""),
        ("2", "某区乙所", "预算不单列"),
    )
    second = table(page(2), 60, ("3", "某区丙中心", ""), ("4", "。。。", ""))
    frames, _ = read_parts(pdf(first, second), REPORT_ID, "final")
    assert frames["institutions"].select("seq", "name", "remark", "page").rows() == [
        (1, "某区甲局（本级）", None, 1),
        (2, "某区乙所", "预算不单列", 1),
        (3, "某区丙中心", None, 2),
    ]


# --- staffing --------------------------------------------------------------------------------------------

SHORT = {
    "authorised": "编", "in_post": "职", "retired": "退", "total": "", "administrative": "行政", "institutional": "事业",
    "civil_service_managed": "参公", "worker": "工勤", "quota": "员额", "honorary_retired": "离休", "ordinary_retired": "退休",
}  # fmt: skip


def staff(text: str) -> str:
    found = rows(f"三、部门人员构成\n{text}\n第二部分 决算表", "staffing", "measure", "category", "headcount")
    return " ".join(f"{SHORT[m]}{SHORT[c]}{n}" for m, c, n in found)


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        (
            "甲局编制人数 34 人，其中：行政编 9\n人，事业编 25人（其中：参照公务员法管理 14人）。在职实有 24人，其中："
            "行政编 6人，事业编 18人（其中：参照公务员法管理 9人）。离退休人员 32人，其中：离休 0人，退休 32人。",
            "编34 编行政9 编事业25 编参公14 职24 职行政6 职事业18 职参公9 退32 退离休0 退退休32",
        ),
        (
            "行政编制20人，实际18人；事业编制30人，实际25人；离退休人员12人，其中：离休1人，退休11人。",
            "编行政20 职行政18 编事业30 职事业25 退12 退离休1 退退休11",
        ),
        (
            "甲局编制34名，其中行政编制9名（含工勤编制1名）、事业编制25名。实有人数30人。其中：公务员8人，事业22人。",
            "编34 编行政9 编工勤1 编事业25 职30 职行政8 职事业22",
        ),
        (
            "截至2023年12月31日，编制人数共50人，其中行政编制20人；实有45人，其中行政18人；退休12人。",
            "编50 编行政20 职45 职行政18 退退休12",
        ),
        ("在职实有人数24人，其中：行政编制6人，事业编制18人。另有员额 2人", "职24 职行政6 职事业18"),
        ("在职在编实有人数 52 人，其中：行政 10 人，另有员额 2人。", "职52 职行政10 职员额2"),
        ("编制人数\n34\n人，实有人数\n30\n人。", "编34 职30"),
        ("核定编制数34，实有人数30。", "编34 职30"),
        ("总编制1,034人。", "编1034"),
        ("（一）编制情况：行政编制8名。\n（二）人员情况：在职7人。", "编行政8 职7"),
        ("在职人员9人。\n无离退休人员。", "职9 退0"),
        ("离退休人员：无。", "退0"),
        ("本单位现有事业编制12名。", "编事业12"),
        ("设8个科室，编制XX人，比上年增加2人次，经费120万元。", ""),
    ],
)
def test_head_counts(text: str, counts: str) -> None:
    assert staff(text) == counts


def test_counts_of_a_part_of_the_body_are_not_its_total() -> None:
    text = "三、人员情况\n局机关编制20人，实有18人；下属事业单位编制15人。全局在职33人，编外聘用5人。\n第二部分 决算表"
    frames, notices = read(text)
    assert frames["staffing"].select("measure", "category", "headcount").rows() == [("in_post", "total", 33)]
    assert [n.code for n in notices] == ["E12"]
    assert notices[0].line == 2
    assert "4 个人数" in notices[0].message_zh


def test_a_count_given_twice_with_two_values_is_said() -> None:
    _, notices = read("三、人员情况\n在职人员24人。年末实有人员25人。\n第二部分 决算表")
    assert [n.code for n in notices] == ["E12"]


def test_head_counts_of_a_table() -> None:
    on = table(
        page(1, "三、部门人员构成"),
        100,
        ("人员类别", "编制数", "在职实有人数"),
        ("合计", "34", "30"),
        ("行政", "9", "8"),
        ("参照公务员法管理", "25", "22"),
    )
    frames, _ = read_parts(pdf(on), REPORT_ID, "final")
    found = {(m, c): n for m, c, n in frames["staffing"].select("measure", "category", "headcount").rows()}
    assert found == {
        ("authorised", "total"): 34, ("in_post", "total"): 30, ("authorised", "administrative"): 9,
        ("in_post", "administrative"): 8, ("authorised", "civil_service_managed"): 25,
        ("in_post", "civil_service_managed"): 22,
    }  # fmt: skip


# --- goals, tasks ----------------------------------------------------------------------------------------


def test_goals_belong_to_budgets_and_tasks_to_final_accounts() -> None:
    text = "二、年度工作目标及主要任务\n（一）做好甲事。先做一，\n再做二。\n（二）做好乙事\n做三。\n三、收支预算总体安排情况"
    assert rows(text, "annual_goals", "title", "text", kind="budget") == [
        ("做好甲事", "先做一，再做二。"),
        ("做好乙事", "做三。"),
    ]
    assert rows(text, "key_tasks", "task", kind="budget") == []
    assert rows(text, "annual_goals", "title") == []


TASKS = "第四部分 2023年重点工作完成情况\n"


def test_tasks_of_paragraphs_have_no_rate() -> None:
    text = TASKS + "一、甲事稳步推进。结案率98%，完成\n三、四季度任务。\n二、乙事。\n第五部分 名词解释"
    assert rows(text, "key_tasks", "task", "target", "result", "completion_rate") == [
        ("甲事稳步推进", None, "结案率98%，完成三、四季度任务。", None),
        ("乙事", None, None, None),
    ]


def test_a_dumped_row_on_one_line() -> None:
    text = (
        TASKS + "序号 重要事项 工作内容及目标 完成情况\n1  甲事  做甲  完成率100%\n2  乙事  做乙  已完成\n"
        "3  丙事  做丙  完成率95.5%\n第五部分 名词解释"
    )
    assert rows(text, "key_tasks", "task", "target", "result", "completion_rate", "line") == [
        ("甲事", "做甲", "完成率100%", Decimal(100), 3),
        ("乙事", "做乙", "已完成", None, 4),
        ("丙事", "做丙", "完成率95.5%", Decimal("95.5"), 5),
    ]


def cellwise(*cells: str, size: tuple[int, ...] = (6, 8, 9), mark: str = "") -> list[str]:
    """A row dumped cell after cell, wrapped to the columns' widths; ``mark`` ends a cell's last line."""
    lines = []
    for cell, width in zip(cells, size, strict=True):
        pieces = [cell[i : i + width] for i in range(0, len(cell), width)]
        lines += [*pieces[:-1], pieces[-1] + mark]
    return lines


ROWS = [
    (
        "修好示例街道的甲号道路",
        "年内完成路面翻修并且验收交付给居民使用",
        "道路已经全线通车并交付了使用手续齐全",
    ),
    ("办好便民服务", "开设窗口办理事项一百件以上并答复来件", "全年办理事项一百二十件全部按时答复"),
    ("建成乙号示例文化场馆", "完成主体工程和内部装修以及设备的调试", "场馆已经开放运行接待居民两万多人次"),
    ("推进丙类示例改革", "出台实施意见以及三项配套的办法细则", "意见和办法已经印发执行并且组织了培训"),
]


def dumped(marks: bool, titles: bool) -> str:
    mark = " " if marks else ""
    lines = [TASKS.strip()]
    if titles:
        numerals = "一二三四"
        lines += [f"{numerals[i]}、{row[0]}。{mark}" for i, row in enumerate(ROWS)]
    lines += ["序号 重要事项 工作内容及目标 完成情况" + mark]
    for number, row in enumerate(ROWS, start=1):
        lines += [f"{number}{mark}", *cellwise(*row, mark=mark)]
    # Enough full stops with a trailing blank, so that the blank can be trusted as a mark.
    rest = [f"{n}.第{n}个词：第{n}个解释，写到这里要换\n行了，还有许多字。{mark}" for n in range(1, 12)]
    return "\n".join([*lines, "第五部分 名词解释", *rest])


@pytest.mark.parametrize(("marks", "titles"), [(True, False), (False, True), (True, True)])
def test_cells_of_a_dumped_table(marks: bool, titles: bool) -> None:
    frames, notices = read(dumped(marks, titles))
    assert frames["key_tasks"].select("task", "target", "result").rows() == ROWS
    assert notices == []


def test_cells_that_cannot_be_told_apart_stay_together() -> None:
    text = (
        TASKS
        + "序号\n重点工作\n完成情况\n1\n修好甲\n路一条\n已修好\n2\n建乙\n已建\n3\n丙\n好\n第五部分 名词解释"
    )
    frames, notices = read(text)
    assert frames["key_tasks"].select("task", "result", "line").rows() == [
        ("修好甲路一条已修好", None, 5),
        ("建乙已建", None, 9),
        ("丙好", None, 12),
    ]
    assert [(n.code, n.actual) for n in notices] == [("E10", "3")]


def test_a_row_mixed_up_by_a_page_is_not_split() -> None:
    lines = dumped(marks=True, titles=False).split("\n")
    # The page breaks inside the last row: rest of the task after the begun result.
    last = lines.index("4 ")
    lines[last + 1 : last + 1] = ["一段很长很长的不属于任务这一栏的文字"]
    frames, notices = read("\n".join(lines))
    assert frames["key_tasks"]["target"].to_list()[:3] == [row[1] for row in ROWS[:3]]
    assert frames["key_tasks"]["target"].to_list()[3] is None
    assert [(n.code, n.locator) for n in notices] == [("E10", "seq=4")]


def test_tasks_of_a_ruled_table_over_two_pages() -> None:
    first = table(
        page(1, "第四部分 2023年重点工作完成情况", "  一、甲事。"),
        120,
        ("序号", "重要事项", "工作内容及目标", "完成情况"),
        ("1", "甲事", "做甲", "完成率100%"),
        ("2", "乙事", "做乙的", "做了乙的"),
    )
    second = table(page(2), 60, ("", "", "一半", "一半，完成率80%"), ("3", "丙事", "做丙", "已完成"))
    third = page(3, "第五部分 名词解释", "  一、甲：指甲。")
    frames, _ = read_parts(pdf(first, second, third), REPORT_ID, "final")
    assert frames["key_tasks"].select(
        "seq", "task", "target", "result", "completion_rate", "page"
    ).rows() == [
        (1, "甲事", "做甲", "完成率100%", Decimal(100), 1),
        (2, "乙事", "做乙的一半", "做了乙的一半，完成率80%", Decimal(80), 1),
        (3, "丙事", "做丙", "已完成", None, 2),
    ]


# --- glossary --------------------------------------------------------------------------------------------


def terms(text: str) -> list[tuple[str, str | None]]:
    return rows(f"第五部分 名词解释\n{text}\n第六部分 附件", "glossary", "term", "definition")


def test_terms_under_a_heading_of_terms() -> None:
    text = (
        "（一）甲项收入：指甲。其中：1.大甲；2.小甲。\n（二）本部门使用的支出功能分类科目（到项级）\n"
        "1.甲支出（类）乙（款）丙（项）：反映\n丙。\n2．甲支出(类)乙(款)丁(项)：反映丁。\n（三）乙项支出是指乙。"
    )
    assert terms(text) == [
        ("甲项收入", "指甲。其中：1.大甲；2.小甲。"),
        ("甲支出（类）乙（款）丙（项）", "反映丙。"),
        ("甲支出(类)乙(款)丁(项)", "反映丁。"),
        ("乙项支出", "是指乙。"),
    ]


def test_rests_of_the_template_are_no_terms() -> None:
    text = (
        "（一）本部门使用的支出功能分类科目(到项级)\n1.甲(类)乙(款)丙(项)\n2.…\n（参考分类科目说明逐项解释。）\n"
        "（二）未解释的词\n（三）其他专用名词。\n无。"
    )
    assert terms(text) == [("甲(类)乙(款)丙(项)", None), ("未解释的词", None)]


def test_terms_without_numbers() -> None:
    assert terms("甲项收入：指甲，\n还有乙。\n丙项支出：指丙\n的钱。") == [
        ("甲项收入", "指甲，还有乙。"),
        ("丙项支出", "指丙的钱。"),
    ]


# --- checklist -------------------------------------------------------------------------------------------

CHECKLIST = "附件2\n2023年度部门决算公开工作情况自查表\n部门：\n序号 项目 考核内容\n是或\n否\n备注\n"


def answers(text: str) -> list[str | None]:
    return rows(CHECKLIST + text, "disclosure_checklist", "declared")


def test_answers_at_the_end_of_lines_and_alone() -> None:
    text = "\n".join(
        f"{n}\n（{n}）是否公开第{n}项（如18%）。 否"
        if n == 4
        else f"{n} 是否公开第{n}项，\n包括其他。\n\n是\n— {n} —"
        for n in range(1, 12)
    )
    assert answers(text) == ["yes"] * 3 + ["no"] + ["yes"] * 7


def test_ticked_and_missing_answers() -> None:
    ticked = "\n".join(
        f"{n} 第{n}项。 是{'☑' if n % 3 else '□'} 否{'□' if n % 3 else '☑'}" for n in range(1, 10)
    )
    assert answers(ticked) == ["yes", "yes", "no"] * 3
    assert answers("\n".join(f"{n} 是否公开第{n}项。" for n in range(1, 10))) == [None] * 9


def test_a_checklist_that_is_only_named() -> None:
    assert answers("1 见附件。 是\n2 见附件。 是") == []


def test_answers_of_a_ruled_table() -> None:
    on = table(
        page(1, "2023年度部门决算公开工作情况自查表"),
        100,
        ("序号", "考核内容", "是", "否"),
        *((str(n), f"第{n}项是否公开", "√" if n != 2 else "", "√" if n == 2 else "") for n in range(1, 10)),
    )
    frames, _ = read_parts(pdf(on), REPORT_ID, "final")
    assert frames["disclosure_checklist"]["declared"].to_list() == ["yes", "no"] + ["yes"] * 7
    assert frames["disclosure_checklist"]["verdict"].is_null().all()


# --- personal data ---------------------------------------------------------------------------------------


def test_names_and_numbers_are_not_published() -> None:
    text = TASKS + (
        "一、甲事。由张小某同志负责，电话：027-88889999。参加者5人（赵某明、李某红），身份证110101199003071234。\n"
        "二、乙事。建成王某某劳模工作室，办理高技能大师工作室两个，退休1人（退休）。\n联系电话：82345678\n第五部分 名词解释"
    )
    frames, notices = read(text)
    told = " ".join(v for row in frames["key_tasks"].rows() for v in row if isinstance(v, str))
    for secret in ("张小某", "88889999", "赵某明", "李某红", "110101199003071234", "王某某", "82345678"):
        assert secret not in told
        assert all(secret not in n.message_zh + n.message_en + (n.actual or "") for n in notices)
    assert "高技能大师工作室" in told
    assert "1人（退休）" in told
    assert sorted((n.code, n.line) for n in notices) == [("E11", 2), ("E11", 3), ("E11", 4)]


def test_words_in_brackets_are_no_names() -> None:
    text = (
        "一、主要职能\n1.服务社区（村）、街道（管委会）和企业5家（高校）。\n2.管理12345热线。\n二、机构设置"
    )
    frames, notices = read(text)
    assert frames["duties"]["text"].to_list() == [
        "服务社区（村）、街道（管委会）和企业5家（高校）。",
        "管理12345热线。",
    ]
    assert notices == []
