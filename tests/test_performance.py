"""Performance forms of the shared reports against their transcriptions, personal data, and the traps of dumps."""

from __future__ import annotations

import csv
import hashlib
import re
from decimal import Decimal
from functools import cache
from itertools import groupby
from typing import Any

import polars as pl
import pytest

from pipelines import schema
from pipelines.documents import open_document
from pipelines.documents.normalise import squeeze
from pipelines.extract.performance import RESOURCES, read_performance
from pipelines.extract.performance.words import rate, ticked
from pipelines.extract.result import Notice
from tests.support import (
    GOLDEN,
    NO_SHARED,
    SHARED,
    golden_report,
    golden_stems,
    printed_persons,
    read_path,
    shared_path,
)
from tests.test_performance_forms import OWNER, Form, Row, dump, read, read_lines, read_rows

FORMS = (
    "dongxihu-human-resources-2021-final",
    "dongxihu-talent-center-2023-final",
    "qingshan-human-resources-2023-final",
    "qingshan-talent-center-2021-final",
)
BUDGET = "wuchang-talent-center-2022-budget"
EXACT = ("level2", "indicator", "target", "actual", "score")
_SHORT = re.compile(r"(.*?)…(.*)#(\d+)#([0-9a-f]{16})")

needs_shared = pytest.mark.skipif(not SHARED.exists(), reason=NO_SHARED)


@cache
def shared_frames(stem: str) -> tuple[dict[str, pl.DataFrame], tuple[Notice, ...]]:
    report = golden_report(stem)
    kind = "budget" if stem.endswith("-budget") else "final"
    frames, _, notices = read_performance(
        open_document(shared_path(stem)),
        "420112-2021-final-0123abcd",
        report["institution"],
        kind,
    )
    return frames, tuple(notices)


def golden(stem: str, name: str) -> list[dict[str, str]]:
    with (GOLDEN / stem / f"{name}.csv").open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def same(read_value: Any, printed: str) -> bool:
    """A cell against its transcription; long cells are transcribed as beginning, end, length and hash."""
    if isinstance(read_value, Decimal):
        return bool(printed) and read_value == Decimal(printed)
    text = "" if read_value is None else squeeze(str(read_value))
    match = _SHORT.fullmatch(printed)
    if match:
        digest = hashlib.sha256(text.encode()).hexdigest()[:16]
        return (len(text), digest) == (int(match[3]), match[4])
    return text == squeeze(printed)


def weight_of(row: dict[str, str], printed: list[dict[str, str]], flagged: set[str]) -> str:
    """The printed points of an indicator; those of a level that holds it alone, where the whole form is sure."""
    own = [r for r in printed if r["evaluation_no"] == row["evaluation_no"]]
    if row["weight"] or any(f"evaluation_no={r['evaluation_no']};seq={r['seq']}" in flagged for r in own):
        return row["weight"]
    for level, columns in (("level2_weight", ("level1", "level2")), ("level1_weight", ("level1",))):
        groups = [list(g) for _, g in groupby(own, lambda r: tuple(r[c] for c in ("goal_no", "goal_start", *columns)))]  # noqa: B023
        if row[level] and [row] in groups:
            return row[level]
    return ""


# --- transcriptions -----------------------------------------------------------------------------------------


@needs_shared
@pytest.mark.parametrize("stem", FORMS)
def test_every_evaluation_is_as_printed(stem: str) -> None:
    frames, _ = shared_frames(stem)
    rows = {r["evaluation_no"]: r for r in frames["evaluations"].iter_rows(named=True)}
    printed = golden(stem, "evaluations")
    units = {row["evaluation_no"]: row for row in golden(stem, "evaluation_units")}
    assert len(rows) == len(printed)
    for row in printed:
        expected = row | units.get(row["evaluation_no"], {})
        record = rows[int(row["evaluation_no"])]
        wrong = {
            c: (record[c], v)
            for c, v in expected.items()
            if c in record and c != "line" and not same(record[c], v)
        }
        assert not wrong


@needs_shared
def test_nearly_every_indicator_is_as_printed_and_no_cell_is_wrong() -> None:
    exact = total = 0
    for stem in FORMS:
        frames, notices = shared_frames(stem)
        rows = {(r["evaluation_no"], r["seq"]): r for r in frames["indicators"].iter_rows(named=True)}
        flagged = {n.locator for n in notices if n.code == "E31" and n.resource == "indicators"}
        printed = golden(stem, "indicators")
        assert len(rows) == len(printed)
        for row in printed:
            record = rows[int(row["evaluation_no"]), int(row["seq"])]
            total += 1
            if all(same(record[c], row[c]) for c in EXACT):
                exact += 1
                assert same(record["level1"], row["level1"]) and same(record["weight"], weight_of(row, printed, flagged))
                assert same(record["goal_no"], row["goal_no"]) and same(
                    record["goal_weight"], row["goal_weight"]
                )
                assert (record["goal"] or "").startswith(row["goal_start"])
                continue
            # What is not exact is said to be uncertain, and its text is all there.
            assert f"evaluation_no={row['evaluation_no']};seq={row['seq']}" in flagged
            assert (
                record["target"] is None and record["actual"] is None and same(record["score"], row["score"])
            )
    assert exact >= Decimal("0.97") * total, (exact, total)


@needs_shared
def test_every_figure_of_the_project_applications_is_as_printed() -> None:
    frames, _ = shared_frames(BUDGET)
    for name, keys in (
        ("project_applications", ("project_no",)),
        ("project_cost_items", ("project_no", "seq")),
        ("project_history", ("project_no", "fiscal_year", "basis")),
    ):
        rows = {tuple(str(r[k]) for k in keys): r for r in frames[name].iter_rows(named=True)}
        printed = golden(BUDGET, name)
        assert len(rows) == len(printed)
        for row in printed:
            record = rows[tuple(row[k] for k in keys)]
            for column, text in row.items():
                money = column in ("amount", "total_budget", "current_year_budget") and text
                assert same(record[column], str(Decimal(text) / 10_000) if money else text), (
                    name,
                    row,
                    column,
                )
    labels = schema.resources()["project_funding"].field("source").labels
    funding = {
        (str(r["project_no"]), labels[r["source"]]): r["amount"]
        for r in frames["project_funding"].iter_rows(named=True)
    }
    expected = {
        (row["project_no"], row["source"]): Decimal(row["amount"]) / 10_000 if row["amount"] else None
        for row in golden(BUDGET, "project_funding")
    }
    assert funding == expected


@needs_shared
def test_targets_of_the_project_applications_are_as_printed_or_flagged() -> None:
    frames, notices = shared_frames(BUDGET)
    flagged = {n.locator for n in notices if n.code == "E31" and n.resource == "project_targets"}
    rows = {(r["project_no"], r["seq"]): r for r in frames["project_targets"].iter_rows(named=True)}
    printed = golden(BUDGET, "project_targets")
    assert len(rows) == len(printed)
    exact = 0
    for row in printed:
        record = rows[int(row["project_no"]), int(row["seq"])]
        assert same(record["level1"], row["level1"]) and same(record["level2"], row["level2"])
        if all(same(record[c], row[c]) for c in ("indicator", "content", "target")):
            exact += 1
        else:
            assert f"project_no={row['project_no']};seq={row['seq']}" in flagged
            assert record["target"] is None
    assert exact >= 24


@needs_shared
@pytest.mark.parametrize("stem", golden_stems())
def test_frames_keep_their_declarations(stem: str) -> None:
    frames, _ = shared_frames(stem)
    assert tuple(frames) == RESOURCES
    for name, frame in frames.items():
        assert schema.resources()[name].violations(frame) == []


# --- personal data ------------------------------------------------------------------------------------------


@needs_shared
def test_no_name_or_number_of_a_person_reaches_a_frame_or_a_notice() -> None:
    persons = printed_persons()
    assert len(persons) >= 5
    for stem in golden_stems():
        extraction = read_path(shared_path(stem))
        frames, notices = extraction.frames, extraction.notices
        texts = [
            str(v) for frame in frames.values() for row in frame.iter_rows() for v in row if v is not None
        ]
        texts += [f"{n.message_zh} {n.message_en} {n.actual}" for n in notices]
        everything = "\n".join(texts)
        assert not [p for p in persons if p in everything]


def test_leaders_and_phones_of_an_application_are_left_out() -> None:
    frames, _ = read_lines(APPLICATION, "budget")
    text = "\n".join(str(v) for frame in frames.values() for row in frame.iter_rows() for v in row)
    assert "王小明" not in text and "88886666" not in text


# --- traps --------------------------------------------------------------------------------------------------

_FORM = Form(
    "园林养护专项经费",
    (
        Row("产出指标", "数量指标", "全年绿地养护面积", "≥30公顷", "31公顷", "20"),
        Row("产出指标", "质量指标", "绿地养护合格率", "≥95%", "97.8%", "20"),
        Row("效益指标", "社会效益指标", "公园游客人数增长情况", "持续增长", "持续增长", "30"),
        Row("满意度指标", "服务对象满意度指标", "游客满意度", "》90%", "》90%", "10", points="（10分）"),
    ),
)
_WIDTHS = {"name": 8.0, "target": 5.0, "actual": 5.0}


def test_a_form_printed_twice_is_one_evaluation() -> None:
    lines = dump(_FORM, _WIDTHS, marked=True, spaced=True)
    frames, notices = read_lines([*lines, "", "第六部分 附件 ", "", *lines])
    assert frames["evaluations"].height == 1 and frames["indicators"].height == 4 and not notices


def test_two_projects_are_two_evaluations() -> None:
    other = Form("公园改造经费", _FORM.rows, budget="250", executed="250", rate="100%")
    lines = dump(_FORM, _WIDTHS, marked=True, spaced=True) + dump(other, _WIDTHS, marked=True, spaced=True)
    frames, _ = read_lines(lines)
    assert frames["evaluations"]["name"].to_list() == ["园林养护专项经费", "公园改造经费"]


@pytest.mark.parametrize(
    ("printed", "budget", "executed", "expected"),
    [
        ("100%", "101", "99", ("100", False)),
        ("89.60%", "100", "89.6", ("89.60", False)),
        ("0.892", "25", "22.3", ("89.2", True)),
        ("0.7", "15", "10.5", ("70", True)),
        ("1", "50", "50", ("100", True)),
        ("0", "20", "0", ("0", False)),
        ("97.8", "100", "97.8", ("97.8", False)),
        ("0.5", "1000", "5", ("0.5", False)),
        ("100￥", "7", "7", ("100", False)),
    ],
)
def test_rates(printed: str, budget: str, executed: str, expected: tuple[str, bool]) -> None:
    value, ratio = rate(printed, Decimal(budget), Decimal(executed))
    assert (value, ratio) == (Decimal(expected[0]), expected[1])


def test_a_ratio_is_noted() -> None:
    form = Form(
        "园林养护专项经费", _FORM.rows, budget="25", executed="22.3", rate="0.892", execution_score="17.84"
    )
    frames, notices = read_lines(dump(form, _WIDTHS, marked=False, spaced=True))
    assert frames["evaluations"]["execution_rate"].to_list() == [Decimal("89.2")]
    assert [n.code for n in notices] == ["E32"]


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        ("1、部门预算项目 ☑ 2、区直专项 □", "部门预算项目"),
        ("1、部门预算项目 √ 2、区直专项 √", "部门预算项目、区直专项"),
        ("1、持续性项目 □ 2、新增性项目 □", None),
        ("□1、常年性项目 ☑2、延续性项目 □3、一次性项目", "延续性项目"),
        ("1.常年性项目■ 2.一次性项目□", "常年性项目"),
    ],
)
def test_tick_boxes(printed: str, expected: str | None) -> None:
    assert ticked(printed) == expected


def test_a_page_that_cuts_a_row_does_not_lose_its_text() -> None:
    lines = """
项目名称 园林养护专项经费

主管部门 示例中心 项目实施单位 养护科

预算数（A） 执行数（B） 执行率（B/A） 得分

年度财政资金总额 10 10 100% 20

年度绩效目标（80分）

一级指标 二级指标 三级指标 年初目标值（A） 实际完成值（B） 得分

产出 数量指标
全年开展公园巡查并
及时处理各类问题、
修复损坏的公园
≥30次 36次 40

— 12 —

指标 座椅

质量指标 绿地养护合格率 ≥95% 100% 40

总分 100
""".strip().split("\n")
    frames, notices = read_lines(lines)
    rows = read_rows(frames)
    assert [r["level1"] for r in rows] == ["产出指标", "产出指标"]
    assert [r["score"] for r in rows] == [40, 40]
    assert "".join(str(rows[0][c] or "") for c in ("indicator", "target", "actual")).count("座椅") == 1
    assert not [n for n in notices if n.locator == "evaluation_no=1"]


APPLICATION = """
2024 年示例区部门预算项目申报表（含绩效目标）

资金单位：元

项目名称 公园改造经费 项目代码 SLXX/100/001

项目主管部门 示例中心 项目执行单位 养护科

项目负责人 王小明 联系电话 88886666

项目申请理由 改善环境

项目总预算 4,833,000.55 项目当年预算 2,833,000

项目前两年预算及当年预算变动情况

2022年决算 100,001，2023 年预算 2,000,000

项目资金来源

资金来源项目 金额

合计 2,833,000

1.财政拨款收入 2,833,000

其中：申请当年预算拨款 2,833,000
2.纳入财政专户管理的非税收入安排的资金 0
3.上级补助收入

4.事业收入 0
5.事业单位经营收入 0
6.附属单位上缴收入 0
7.其他收入 0
8.上年结转、结余 0
其中：使用上年度财政拨款结余结转 0
9.往来资金 0

依据项目支出预算及测算

项目支出明细测算

项目支出明细 金额

合计 2,833,000

1 座椅更换 833,000

2“一园一景”改造
费用

2,000,000

3

4

测算依据及说明 合同

项目绩效总目标

改善环境

项目年度绩效指标

一级指标 二级指标 指标内容 指标值 备注

产出指标

数量指标 更换座椅 ≥200把
质量指标 验收合格率 100%

说明：不按经济分类填写。
""".strip().split("\n")


def test_a_project_application_is_in_wan_yuan_exactly() -> None:
    frames, notices = read_lines(APPLICATION, "budget")
    application = frames["project_applications"].row(0, named=True)
    assert (application["name"], application["project_code"]) == ("公园改造经费", "SLXX/100/001")
    assert (application["total_budget"], application["current_year_budget"]) == (
        Decimal("483.300055"),
        Decimal("283.3"),
    )
    assert frames["project_cost_items"].select("item", "amount").rows() == [
        ("座椅更换", Decimal("83.3")), ("“一园一景”改造费用", Decimal("200")),
    ]  # fmt: skip
    assert frames["project_history"].select("fiscal_year", "basis", "amount").rows() == [
        (2022, "final", Decimal("10.0001")), (2023, "budget", Decimal("200")),
    ]  # fmt: skip
    funding = dict(frames["project_funding"].select("source", "amount").rows())
    assert len(funding) == 9
    assert (funding["appropriation"], funding["higher_level_subsidy"], funding["other"]) == (
        Decimal("283.3"),
        None,
        0,
    )
    assert frames["project_targets"].select("level2", "indicator", "target").rows() == [
        ("数量指标", "更换座椅", "≥200把"), ("质量指标", "验收合格率", "100%"),
    ]  # fmt: skip
    assert not notices


def test_a_report_without_forms_has_empty_frames() -> None:
    frames, notices = read("项目名称见附件。\n绩效自评表另行公开。\n".encode())
    assert not notices and all(frame.is_empty() for frame in frames.values())
    assert OWNER
