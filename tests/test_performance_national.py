"""The national form 项目支出绩效自评表 of the Ministry of Finance: weights in a column, a column of remarks, several budgets.

Written by us; as a ruled PDF and as a plain-text dump.
"""

from __future__ import annotations

from decimal import Decimal
from io import BytesIO

import polars as pl
import pytest
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Table

from pipelines.documents import open_bytes
from pipelines.extract.performance import read_performance
from pipelines.extract.result import Notice, NumberUse

HEAD = [
    ["项目名称", "城市绿地养护", "", "", "", "", "", "", ""],
    ["主管部门", "示例区园林局", "", "", "实施单位", "养护管理所", "", "", ""],
    ["项目资金\n（万元）", "", "年初预算数", "全年预算数", "全年执行数", "分值", "执行率", "得分", ""],
    ["", "年度资金总额", "100.00", "95.00", "90.00", "10", "94.74%", "9.47", ""],
    ["", "其中：当年财政拨款", "100.00", "95.00", "90.00", "—", "94.74%", "—", ""],
    ["", "上年结转资金", "0.00", "0.00", "0.00", "—", "", "—", ""],
    ["年度总体\n目标", "预期目标", "", "", "", "实际完成情况", "", "", ""],
    ["", "完成全区绿地养护", "", "", "", "已完成全区绿地养护", "", "", ""],
    ["绩效指标", "一级指标", "二级指标", "三级指标", "年度指标值", "实际完成值", "分值", "得分", "偏差原因分析\n及改进措施"],
]  # fmt: skip
ROWS = [
    ("产出指标", "数量指标", "绿地养护面积", "≥30万平方米", "32万平方米", "20", "20", ""),
    ("产出指标", "质量指标", "养护合格率", "≥95%", "97%", "20", "20", ""),
    ("产出指标", "时效指标", "养护及时率", "100%", "98%", "10", "9.8", "雨季停工"),
    ("产出指标", "成本指标", "养护单位成本", "≤3元/平方米", "2.8元/平方米", "10", "10", ""),
    ("效益指标", "社会效益指标", "改善居住环境", "有效改善", "有效改善", "20", "18", "宣传不足"),
    ("满意度指标", "服务对象\n满意度指标", "居民满意度", "≥90%", "93%", "10", "10", ""),
]


def ruled() -> bytes:
    """The form as a ruled table."""
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    first = len(HEAD)
    cells = HEAD + [["", *row] for row in ROWS] + [["总分", "", "", "", "", "", "100", "96.27", ""]]
    spans = [(1, 0, 8, 0), (1, 1, 3, 1), (5, 1, 8, 1), (0, 2, 0, 5), (0, 6, 0, 7), (1, 6, 4, 6), (5, 6, 8, 6)]
    spans += [(1, 7, 4, 7), (5, 7, 8, 7), (0, 8, 0, first + len(ROWS) - 1), (1, first, 1, first + 3)]
    spans += [(0, len(cells) - 1, 5, len(cells) - 1), *((7, row, 8, row) for row in range(2, 6))]
    for row in range(first + 1, first + 4):
        cells[row][1] = ""
    style = [("GRID", (0, 0), (-1, -1), 0.5, (0, 0, 0)), ("FONT", (0, 0), (-1, -1), "STSong-Light", 7)]
    style += [("SPAN", (a, b), (c, d)) for a, b, c, d in spans]
    buffer = BytesIO()
    canvas = Canvas(buffer, pagesize=A4)
    canvas.setFont("STSong-Light", 10)
    canvas.drawString(200, 805, "项目支出绩效自评表（2023年度）")
    table = Table(cells, colWidths=[48, 72, 60, 60, 60, 60, 44, 40, 60], style=style)
    _, height = table.wrapOn(canvas, 520, 800)
    table.drawOn(canvas, 30, 780 - height)
    canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def dump() -> bytes:
    """The form row by row, a level printed once."""
    lines = ["项目支出绩效自评表", "（2023年度）"]
    lines += [" ".join("".join(cell.split()) for cell in row if cell) for row in HEAD]
    before = ""
    for level1, level2, *rest in ROWS:
        levels = [level1] if level1 != before else []
        lines.append(" ".join(filter(None, [*levels, "".join(level2.split()), *rest])))
        before = level1
    return "\n".join([*lines, "总分 100 96.27"]).encode()


def read(name: str, data: bytes) -> tuple[dict[str, pl.DataFrame], list[NumberUse], list[Notice]]:
    return read_performance(open_bytes(name, data), "420100-2023-final-00000001", "示例区园林局", "final")


@pytest.mark.parametrize(
    ("name", "data"), [("form.pdf", ruled()), ("form.txt", dump())], ids=["ruled", "dump"]
)
def test_the_national_form(name: str, data: bytes) -> None:
    frames, uses, notices = read(name, data)
    assert notices == []
    form = frames["evaluations"].row(0, named=True)
    assert (form["name"], form["responsible_department"], form["executing_unit"]) == (
        "城市绿地养护", "示例区园林局", "养护管理所",
    )  # fmt: skip
    # The budget of the year is the adjusted one; 其中 and what follows are its parts.
    assert [form[c] for c in ("budget", "executed", "execution_rate", "execution_score", "total_score")] == [
        Decimal(v) for v in ("95", "90", "94.74", "9.47", "96.27")
    ]
    assert [(use.token, use.column) for use in uses] == [("10", "execution_points")]
    columns = ("level1", "level2", "indicator", "target", "actual", "weight", "score")
    rows = [tuple(row[c] for c in columns) for row in frames["indicators"].iter_rows(named=True)]
    assert rows == [
        (level1, "".join(level2.split()), indicator, target, actual, Decimal(weight), Decimal(score))
        for level1, level2, indicator, target, actual, weight, score, _ in ROWS
    ]


def test_the_goal_of_a_ruled_form() -> None:
    frames, _, _ = read("form.pdf", ruled())
    assert frames["indicators"]["goal"].unique().to_list() == ["完成全区绿地养护"]


@pytest.mark.parametrize(
    ("name", "data"), [("form.pdf", ruled()), ("form.txt", dump())], ids=["ruled", "dump"]
)
def test_remarks_are_not_published(name: str, data: bytes) -> None:
    frames, _, notices = read(name, data)
    text = "\n".join(str(v) for frame in frames.values() for row in frame.iter_rows() for v in row)
    text += "".join(notice.message_zh for notice in notices)
    assert "雨季停工" not in text and "宣传不足" not in text
