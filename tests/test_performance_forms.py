"""Generated forms → text dumps with random wrapping, and ruled PDF → the same rows."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, replace
from decimal import Decimal
from io import BytesIO

import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Table

from pipelines import schema
from pipelines.documents import open_bytes
from pipelines.extract.parts.lines import width
from pipelines.extract.performance import RESOURCES, read_performance
from pipelines.extract.result import Notice

REPORT = "420112-2023-final-0123abcd"
OWNER = "示例市示例区园林服务中心"

# A form is a large example: shrinking one takes minutes and shows no more than its first failure.
_SETTINGS = settings(
    max_examples=30,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)

pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))


@dataclass(frozen=True)
class Row:
    """One printed indicator."""

    level1: str
    level2: str
    name: str
    target: str
    actual: str
    score: str
    level1_points: str = ""
    level2_points: str = ""
    points: str = ""


@dataclass(frozen=True)
class Form:
    """One generated form."""

    name: str
    rows: tuple[Row, ...]
    budget: str = "100"
    executed: str = "90.5"
    rate: str = "90.5%"
    execution_score: str = "18.1"
    total: str = "98.1"
    goal: str = ""


Frames = tuple[dict[str, pl.DataFrame], list[Notice]]


def read(data: bytes, kind: str = "final", name: str = "report.txt") -> Frames:
    """The frames of a report given as bytes."""
    frames, _, notices = read_performance(open_bytes(name, data), REPORT, OWNER, kind)
    return frames, notices


def read_lines(lines: list[str], kind: str = "final") -> Frames:
    """The frames of a dump given as lines."""
    return read("\n".join(lines).encode(), kind)


# --- dumps --------------------------------------------------------------------------------------------------

_TOKEN = re.compile(r"[A-Za-z0-9.%/,]+[，。；、）]?|[（《“].[，。；、）》”]?|.[，。；：、）》”]?", re.DOTALL)


def wrap(text: str, limit: float) -> list[str]:
    """Lines of a cell as a word processor breaks them."""
    lines, line = [], ""
    for token in _TOKEN.findall(text):
        if line and width(line + token) > limit:
            lines.append(line)
            line = token
        else:
            line += token
    return [*lines, line] if line else lines


class Dump:
    """Lines of a dump: cells of a row one after the other, those of one line each on one line."""

    def __init__(self, *, marked: bool, spaced: bool) -> None:
        self.marked, self.spaced = marked, spaced
        self.lines: list[str] = []

    def text(self, text: str) -> None:
        self._line(text, True, down=True)

    def _line(self, text: str, ends: bool, *, down: bool) -> None:
        if self.spaced and down:
            self.lines.append("")
        self.lines.append(text + (" " if self.marked and ends else ""))

    def cells(self, cells: list[tuple[str, float]]) -> None:
        """Cells from left to right; the page goes up again where a cell begins (no empty line there)."""
        pending: list[str] = []
        first = True
        for text, limit in cells:
            lines = wrap(text, limit)
            if len(lines) == 1:
                pending.append(lines[0])
                continue
            if pending:
                self._line(" ".join(pending), True, down=first)
                pending, first = [], False
            for number, line in enumerate(lines):
                self._line(line, number == len(lines) - 1, down=first or number > 0 or len(lines) % 2 == 0)
                first = False
        if pending:
            self._line(" ".join(pending), True, down=first)

    def page(self, number: int) -> None:
        self.lines += ["", "", "", f"— {number} —", "", ""]


def dump(
    form: Form, widths: dict[str, float], *, marked: bool, spaced: bool, pages: tuple[int, ...] = ()
) -> list[str]:
    """A self-evaluation form as a dump prints it. ``pages``: rows before which a page ends."""
    out = Dump(marked=marked, spaced=spaced)
    # Sentences before the form, so that the reader sees how the dump marks paragraphs.
    for _ in range(9):
        out.cells([("本节为生成的说明文字，仅用于测试读取结果，不含任何真实信息，也不来自任何报告。", 18)])
    out.text(f"2023 年度{form.name}项目绩效自评表")
    out.text(f"单位名称：{OWNER} 填报日期：2024.3.5")
    out.cells([("项目名称", 8), (form.name, 40)])
    out.cells([("主管部门", 8), (OWNER, 30), ("项目实施单位", 8), ("养护科", 10)])
    out.text("项目类别 1、部门预算项目 ☑ 2、区直专项 □")
    out.text("项目属性 1、持续性项目 □ 2、新增性项目 \uf0fe")
    out.text("项目类型 1、常年性项目 √ 2、延续性项目 □ 3、一次性项目 \uf0a8")
    out.cells(
        [("预算执行情况（万元）（20分）", 6), ("预算数（A）", 3), ("执行数（B）", 8), ("执行率（B/A）", 8)]
    )
    out.cells([("得分", 4), ("（20分*执行率）", 10)])
    out.cells(
        [
            ("年度财政资金总额", 4),
            *((t, 9) for t in (form.budget, form.executed, form.rate, form.execution_score)),
        ]
    )
    out.cells([("年度绩效目标（80分）", 2)])
    out.cells(
        [
            ("一级指标", 3),
            ("二级指标", 3),
            ("三级指标", 9),
            ("年初目标值（A）", 4),
            ("实际完成值（B）", 4),
            ("得分", 4),
        ]
    )
    before = None
    for number, row in enumerate(form.rows):
        if number in pages:
            out.page(number + 7)
        cells = []
        if before is None or row.level1 != before.level1:
            cells.append((row.level1 + row.level1_points, 4))
        if before is None or (row.level1, row.level2) != (before.level1, before.level2):
            cells.append((row.level2 + row.level2_points, 4))
        cells += [
            (row.name + row.points, widths["name"]), (row.target, widths["target"]),
            (row.actual, widths["actual"]), (row.score, 4),
        ]  # fmt: skip
        out.cells(cells)
        before = row
    out.text(f"总分 {form.total}")
    out.cells([("偏差大或目标未完成原因分析", 5), ("无", 5)])
    out.cells([("改进措施及结果应用方案", 5), ("无", 5)])
    return out.lines


# --- generated forms ----------------------------------------------------------------------------------------

_THINGS = ("绿地", "行道树", "游园", "苗木", "水景", "花坛", "步道", "林地病虫害", "古树名木", "公园座椅")
_DEEDS = ("养护", "补植", "修剪", "巡查", "清洗", "更换", "防治", "登记建档", "改造提升")
_LEVELS = (
    ("成本指标", "经济成本指标"),
    ("产出指标", "数量指标"),
    ("产出指标", "质量指标"),
    ("产出指标", "时效指标"),
    ("效益指标", "社会效益指标"),
    ("效益指标", "生态效益指标"),
    ("满意度指标", "服务对象满意度指标"),
)


@st.composite
def indicator(draw: st.DrawFn, level: tuple[str, str]) -> Row:
    thing, deed = draw(st.sampled_from(_THINGS)), draw(st.sampled_from(_DEEDS))
    number = draw(st.integers(2, 900))
    kind = draw(st.sampled_from(("count", "rate", "quality", "long")))
    if kind == "count":
        unit = draw(st.sampled_from(("处", "株", "次", "人次", "公顷")))
        name, target, actual = (
            f"全年{thing}{deed}数量",
            f"≥{number}{unit}",
            f"{number + draw(st.integers(0, 9))}{unit}",
        )
    elif kind == "rate":
        name, target, actual = (
            f"{thing}{deed}合格率",
            "≥95%",
            draw(st.sampled_from(("100%", "97.8%", "≥95%", "0"))),
        )
    elif kind == "quality":
        word = draw(st.sampled_from(("良好", "持续改善", "按时完成", "稳步提升")))
        name, target, actual = f"{thing}{deed}情况", word, word
    else:
        name = f"按照年度计划开展{thing}{deed}，提高{draw(st.sampled_from(_THINGS))}{deed}水平"
        target = f"完成{thing}{deed}{number}处"
        actual = f"全年共完成{thing}{deed}{number}处，覆盖全部责任路段。"
    score = draw(st.sampled_from(("1", "2.5", "5", "6.67", "10", "20", "0")))
    points = draw(st.sampled_from(("", "", f"（{score}分）"))) if score not in ("0", "2.5", "6.67") else ""
    return Row(*level, name, target, actual, score, points=points)


@st.composite
def forms(draw: st.DrawFn) -> Form:
    rows: list[Row] = []
    weighted = draw(st.booleans())
    for level in _LEVELS[draw(st.integers(0, 1)) :]:
        for _ in range(draw(st.integers(1, 3))):
            row = draw(indicator(level))
            rows.append(
                replace(row, level1_points="（20分）", level2_points="（10 分）") if weighted else row
            )
    return Form("园林养护专项经费", tuple(rows))


def read_rows(frames: dict[str, pl.DataFrame]) -> list[dict[str, object]]:
    return frames["indicators"].sort("evaluation_no", "seq").to_dicts()


def exact(row: Row, record: dict[str, object]) -> bool:
    return (
        record["level1"], record["level2"], record["indicator"], record["target"], record["actual"], record["score"],
    ) == (row.level1, row.level2, row.name, row.target, row.actual, Decimal(row.score))  # fmt: skip


def alone(form: Form, row: Row) -> str:
    """The points of a level that holds this row alone: they are its own."""
    if sum((r.level1, r.level2) == (row.level1, row.level2) for r in form.rows) == 1:
        return row.level2_points
    return row.level1_points if sum(r.level1 == row.level1 for r in form.rows) == 1 else ""


def check(form: Form, frames: dict[str, pl.DataFrame], notices: list[Notice]) -> int:
    """No row lost, invented or wrong; a row that is not split says so. Returns how many were not split."""
    records = read_rows(frames)
    flagged = {n.locator for n in notices if n.code == "E31"}
    assert len(records) == len(form.rows)
    unsplit = 0
    for row, record in zip(form.rows, records, strict=True):
        if f"evaluation_no=1;seq={record['seq']}" in flagged:
            assert (record["level2"], record["score"]) == (row.level2, Decimal(row.score))
            assert record["indicator"] == row.name + row.points + row.target + row.actual
            assert record["target"] is None and record["actual"] is None
            unsplit += 1
        else:
            assert exact(row, record), (row, record)
            points = row.points or (alone(form, row) if not flagged else "")
            assert record["weight"] == (Decimal(points.strip("（ ）分")) if points else None)
    evaluation = frames["evaluations"].row(0, named=True)
    assert (evaluation["budget"], evaluation["executed"]) == (Decimal(form.budget), Decimal(form.executed))
    assert evaluation["total_score"] == Decimal(form.total)
    assert (evaluation["category"], evaluation["attribute"], evaluation["type"]) == (
        "部门预算项目",
        "新增性项目",
        "常年性项目",
    )
    assert str(evaluation["reported_on"]) == "2024-03-05"
    assert (evaluation["responsible_department"], evaluation["executing_unit"]) == (OWNER, "养护科")
    return unsplit


@given(form=forms(), name=st.integers(6, 11), target=st.integers(4, 7), data=st.data())
@_SETTINGS
@pytest.mark.parametrize("marked", [True, False], ids=["marked", "unmarked"])
def test_a_dump_gives_the_rows_of_its_form(
    marked: bool, form: Form, name: int, target: int, data: st.DataObject
) -> None:
    actual = data.draw(st.integers(4, 8))
    pages = tuple(data.draw(st.lists(st.integers(1, len(form.rows) - 1), max_size=2)))
    widths = {"name": float(name), "target": float(target), "actual": float(actual)}
    frames, notices = read_lines(dump(form, widths, marked=marked, spaced=True, pages=pages))
    unsplit = check(form, frames, notices)
    if marked:
        assert unsplit <= 1 + len(form.rows) // 8


def test_most_rows_of_unmarked_dumps_are_split() -> None:
    total = unsplit = 0
    source = random.Random(7)
    for _ in range(25):
        form = _random_form(source)
        widths = {
            "name": source.randint(6, 11),
            "target": source.randint(4, 7),
            "actual": source.randint(4, 8),
        }
        frames, notices = read_lines(dump(form, widths, marked=False, spaced=True))
        total += len(form.rows)
        unsplit += check(form, frames, notices)
    assert unsplit / total < 0.1, (unsplit, total)


def _random_form(source: random.Random) -> Form:
    rows = []
    for level in _LEVELS:
        thing, deed = source.choice(_THINGS), source.choice(_DEEDS)
        rows += [
            Row(*level, f"全年{thing}{deed}数量", f"≥{source.randint(3, 90)}处", "96处", "5"),
            Row(*level, f"{thing}{deed}任务按照计划时间完成情况", "按时完成", "按时完成", "2.5"),
        ]
    return Form("园林养护专项经费", tuple(rows))


# --- ruled PDF ----------------------------------------------------------------------------------------------

_STYLE = [("FONT", (0, 0), (-1, -1), "STSong-Light", 7), ("GRID", (0, 0), (-1, -1), 0.5, colors.black)]
_WIDTHS = [50, 60, 75, 130, 80, 80, 40]


def pdf(form: Form, split: int) -> bytes:
    """The form as a ruled table on two pages, cut before a row; level cells span rows and are cut with it."""
    head = [
        ["项目名称", form.name, "", "", "", "", ""],
        ["主管部门", OWNER, "", "项目实施单位", "养护科", "", ""],
        ["项目类别", "1、部门预算项目 ☑ 2、区直专项 □", "", "", "", "", ""],
        ["项目属性", "1、持续性项目 □ 2、新增性项目 √", "", "", "", "", ""],
        ["项目类型", "1、常年性项目 ■ 2、一次性项目 □", "", "", "", "", ""],
        ["预算执行\n情况（万元）\n（20分）", "", "", "预算数（A）", "执行数（B）", "执行率\n（B/A）", "得分\n（20分*执行率）"],
        ["", "年度财政资金总额", "", form.budget, form.executed, form.rate, form.execution_score],
        ["年度绩效\n目标1\n（80分）", "一级指标", "二级指标", "三级指标", "年初目标值\n（A）", "实际完成值\n（B）", "得分"],
    ]  # fmt: skip
    spans = [("SPAN", (1, 0), (6, 0)), ("SPAN", (1, 1), (2, 1)), ("SPAN", (4, 1), (6, 1))]
    spans += [("SPAN", (1, n), (6, n)) for n in (2, 3, 4)]
    spans += [("SPAN", (0, 5), (0, 6)), ("SPAN", (1, 5), (2, 5)), ("SPAN", (1, 6), (2, 6))]
    buffer = BytesIO()
    canvas = Canvas(buffer, pagesize=A4)
    top = len(head)
    first = _grid_rows(form.rows[:split], None, top)
    _draw(
        canvas,
        head + first[0],
        [*spans, *first[1], ("SPAN", (0, top - 1), (0, top - 1 + split))],
        f"{form.name}项目绩效自评表",
    )
    last = _grid_rows(form.rows[split:], form.rows[split - 1], 0)
    tail = [
        ["总分", "", "", "", "", "", form.total],
        ["偏差大或\n目标未完成\n原因分析", "无", "", "", "", "", ""],
    ]
    end = len(last[0])
    spans = [*last[1], ("SPAN", (0, end), (5, end)), ("SPAN", (1, end + 1), (6, end + 1))]
    if end > 1:
        spans.append(("SPAN", (0, 0), (0, end - 1)))
    _draw(canvas, last[0] + tail, spans, "")
    canvas.save()
    return buffer.getvalue()


def _grid_rows(
    rows: tuple[Row, ...], before: Row | None, top: int
) -> tuple[list[list[str]], list[tuple[object, ...]]]:
    cells, spans = [], []
    for number, row in enumerate(rows):
        previous = rows[number - 1] if number else None
        new1 = previous is None or row.level1 != previous.level1
        new2 = new1 or previous is None or row.level2 != previous.level2
        continued1 = number == 0 and before is not None and row.level1 == before.level1
        continued2 = continued1 and before is not None and row.level2 == before.level2
        cells.append(
            [
                "", f"{row.level1}\n{row.level1_points}" if new1 and not continued1 else "",
                f"{row.level2}\n{row.level2_points}" if new2 and not continued2 else "",
                "\n".join(wrap(row.name + row.points, 15)), "\n".join(wrap(row.target, 9)),
                "\n".join(wrap(row.actual, 9)), row.score,
            ]
        )  # fmt: skip
        for column, new, same in ((1, new1, "level1"), (2, new2, "level2")):
            if new:
                last = number
                while last + 1 < len(rows) and (
                    rows[last + 1].level1 == row.level1
                    and (same == "level1" or rows[last + 1].level2 == row.level2)
                ):
                    last += 1
                spans.append(("SPAN", (column, top + number), (column, top + last)))
    return cells, spans


def _draw(canvas: Canvas, cells: list[list[str]], spans: list[tuple[object, ...]], title: str) -> None:
    canvas.setFont("STSong-Light", 9)
    if title:
        canvas.drawString(60, 805, title)
        canvas.drawString(60, 790, f"单位名称：{OWNER}  填报日期：2024年3月5日")
    table = Table(cells, colWidths=_WIDTHS, style=[*_STYLE, *spans])
    _, height = table.wrapOn(canvas, 500, 800)
    table.drawOn(canvas, 40, 780 - height)
    canvas.showPage()


@given(form=forms(), data=st.data())
@settings(_SETTINGS, max_examples=15)
def test_a_ruled_form_gives_its_rows_over_two_pages(form: Form, data: st.DataObject) -> None:
    split = data.draw(st.integers(2, len(form.rows) - 1))
    frames, notices = read(pdf(form, split), name="report.pdf")
    assert not notices
    assert check(form, frames, notices) == 0
    assert frames["indicators"]["goal_no"].unique().to_list() == [1]
    assert set(frames["indicators"]["page"]) == {1, 2}


def test_all_frames_are_there_and_conform() -> None:
    for data, kind in ((b"\xe6\x97\xa0\n", "final"), (b"\xe6\x97\xa0\n", "budget")):
        frames, notices = read(data, kind)
        assert tuple(frames) == RESOURCES and not notices
        for name, frame in frames.items():
            assert frame.schema == schema.resources()[name].polars_schema() and frame.height == 0
