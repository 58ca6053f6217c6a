"""Performance forms of a department that never existed: self-evaluations (绩效自评表) and project applications (项目申报表).

Their figures follow from the ledger: the projects make its project expenditure, the overall form its basic and
project expenditure. A form is a ``Table`` without a resource, so that every printer can draw it. Names of persons
and phone numbers are printed where the official forms print them; they are made up and must not come out again.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from samples.generator.ledger import Ledger
from samples.generator.tables import Cell, Row, Table

LEADER, PHONE = "张三丰", "13800000000"
"""Made up; printed in 项目负责人 and 联系电话."""
_PROJECTS = (
    "示例街巷整治经费", "示例便民服务点运行经费", "示例宣传培训经费", "示例设备更新经费", "示例台账数字化经费",
)  # fmt: skip
_EXECUTION_POINTS = 20
_CENTS = 10_000


@dataclass(frozen=True)
class Indicator:
    """One row of the grid; points are printed with the levels."""

    level1: str
    level2: str
    name: str
    target: str
    actual: str
    score: str


@dataclass(frozen=True)
class Evaluation:
    """One self-evaluation. Amounts are texts as printed, in 万元."""

    scope: str
    name: str
    budget: str
    executed: str
    rate: str
    execution_score: str
    total: str
    indicators: tuple[Indicator, ...]
    points: tuple[tuple[str, int], ...]
    """Points of each first level, in order; together 80."""
    goal: str
    basic: str = ""
    project: str = ""
    told_budget: str = ""
    """The budget that the narrative states, where it is another one."""


@dataclass(frozen=True)
class Application:
    """One project application. Amounts are whole 元."""

    name: str
    code: str
    total: int
    current: int
    costs: tuple[tuple[str, int], ...]
    history: str
    targets: tuple[tuple[str, str, str, str], ...]


# --- what the forms say -------------------------------------------------------------------------------------


def _money(micro: int) -> str:
    """万元 with two decimals, as forms print them."""
    return f"{micro // 1_000_000}.{micro % 1_000_000 // _CENTS:02d}"


def _split(whole: int, parts: int, step: int, rng: random.Random) -> list[int]:
    """A whole cut into parts that are multiples of ``step`` and add up to it."""
    weights = [rng.randint(2, 9) for _ in range(parts)]
    found = [whole * w // sum(weights) // step * step for w in weights[:-1]]
    return [*found, whole - sum(found)]


def _points(text: Decimal, decimals: str = "0.01") -> str:
    """A score or rate without zeros at its end."""
    shown = f"{text.quantize(Decimal(decimals), ROUND_HALF_UP):f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def evaluations(ledger: Ledger) -> list[Evaluation]:
    """The overall form and one form for each project; none where the report has no forms."""
    count = ledger.options.forms
    if not count or ledger.options.kind != "final":
        return []
    rng = random.Random(f"forms {ledger.seed}")
    spent = ledger.figures["expenditure_by_function"][("total",)]
    basic, project = spent["basic"] or 0, spent["project"] or 0
    found = []
    for number, executed in enumerate(_split(project, count, _CENTS, rng)):
        saved = 0 if number == 0 else executed * rng.randint(2, 30) // 100 // _CENTS * _CENTS
        found.append(_evaluation("project", _PROJECTS[number], executed + saved, executed, number, rng))
    budget = sum(int(Decimal(form.budget) * 1_000_000) for form in found) + basic
    overall = _evaluation("overall", ledger.institution, budget, basic + project, count, rng)
    return [replace(overall, basic=_money(basic), project=_money(project)), *found]


def _evaluation(
    scope: str, name: str, budget: int, executed: int, number: int, rng: random.Random
) -> Evaluation:
    share = Decimal(executed) / budget if budget else Decimal(0)
    with_costs = number % 2 == 1
    points = (("成本指标", 20), ("产出指标", 30), ("效益指标", 20), ("满意度指标", 10))
    if not with_costs:
        points = (("产出指标", 50), ("效益指标", 20), ("满意度指标", 10))
    rows = list(_indicators(points, name, number, rng))
    score = _points(_EXECUTION_POINTS * min(share, Decimal(1)))
    total = _points(Decimal(score) + sum(Decimal(row.score) for row in rows))
    return Evaluation(
        scope, name, _money(budget), _money(executed), f"{_points(share * 100)}%", score, total, tuple(rows), points,
        f"按计划完成{name}的年度任务。",
    )  # fmt: skip


def _indicators(
    points: Sequence[tuple[str, int]], name: str, number: int, rng: random.Random
) -> list[Indicator]:
    lost = number == 1
    rows = []
    for level1, weight in points:
        if level1 == "成本指标":
            rows.append(Indicator(level1, "经济成本指标", "年度成本控制率", "≤100%", "100%", str(weight)))
        elif level1 == "产出指标":
            place = rng.randint(3, 40)
            half = weight // 2
            rows += [
                Indicator(
                    level1,
                    "数量指标",
                    f"全年完成示例事项数量（第{number + 1}批）",
                    f"≥{place}件",
                    f"{place + 2}件",
                    str(half),
                ),
                Indicator(
                    level1,
                    "质量指标",
                    "示例事项按时办结率",
                    "≥95%",
                    "93%" if lost else "98%",
                    str(weight - half - (2 if lost else 0)),
                ),
            ]
        elif level1 == "效益指标":
            rows.append(
                Indicator(level1, "社会效益指标", "示例服务覆盖面", "有所提升", "有所提升", str(weight))
            )
        else:
            rows.append(Indicator(level1, "服务对象满意度指标", "来访群众满意度", "≥90%", "96%", str(weight)))
    return rows


def with_mistakes(forms: list[Evaluation]) -> tuple[list[Evaluation], list[dict[str, Any]]]:
    """The forms with a wrong rate, points that lack 5, and a narrative that tells another budget; and what was done."""
    first, second, third = forms[1:4]
    rate = _points(Decimal(second.rate.rstrip("%")) + 3)
    told = f"{Decimal(third.budget) + 8:f}"
    lacking = tuple(
        (level, weight - 5 if level == "满意度指标" else weight) for level, weight in first.points
    )
    rows = tuple(
        replace(row, score=str(int(row.score) - 5)) if row.level1 == "满意度指标" else row
        for row in first.indicators
    )
    less = replace(first, points=lacking, indicators=rows, total=_points(Decimal(first.total) - 5))
    wrong = [
        _mistake("P01.1", "执行率与执行数、预算数不符", "evaluations", "3", "execution_rate", rate, second.rate.rstrip("%")),
        _mistake("P01.3", "各级分值合计不足100分", "indicators", "2", "weight", "95", "100"),
        _mistake("P02.7", "情况说明的项目预算与自评表不符", "project_mentions", "3", "budget", told, third.budget),
    ]  # fmt: skip
    return [
        forms[0],
        less,
        replace(second, rate=f"{rate}%"),
        replace(third, told_budget=told),
        *forms[4:],
    ], wrong


def _mistake(
    rule: str, why: str, resource: str, key: str, column: str, printed: str, truth: str
) -> dict[str, Any]:
    name = "form_no" if resource == "project_mentions" else "evaluation_no"
    number = int(key) + (resource == "project_mentions")
    cell = {
        "resource": resource,
        "key": {name: str(number)},
        "column": column,
        "printed": printed,
        "truth": truth,
    }
    return {"rule": rule, "also": [], "severity": "error", "why": why, "cells": [cell]}


def forms_of(ledger: Ledger) -> list[Evaluation]:
    """The forms as the report prints them."""
    forms = evaluations(ledger)
    return with_mistakes(forms)[0] if ledger.options.forms_planted else forms


def planted_in_forms(ledger: Ledger) -> list[dict[str, Any]]:
    """The mistakes in the forms as plain data, for planted.yaml."""
    return with_mistakes(evaluations(ledger))[1] if ledger.options.forms_planted else []


def applications(ledger: Ledger) -> list[Application]:
    """Project applications that make the project expenditure of a budget, in 元."""
    count = ledger.options.forms
    if not count or ledger.options.kind != "budget":
        return []
    rng = random.Random(f"applications {ledger.seed}")
    project = (ledger.figures["expenditure_by_function"][("total",)]["project"] or 0) // 100
    found = []
    for number, amount in enumerate(_split(project, count, 100, rng)):
        costs = tuple(
            zip(("示例材料采购", "示例服务外包", "示例印刷与宣传"), _split(amount, 3, 100, rng), strict=True)
        )
        past = [amount * rng.randint(60, 99) // 100 // 100 * 100 for _ in range(2)]
        year = ledger.year
        found.append(
            Application(
                _PROJECTS[number], f"SLXM/{100 + number}/00{number + 1}", amount, amount, costs,
                f"{year - 2}年预算{past[0]:,}，{year - 1}年预算{past[1]:,}",
                (
                    ("产出指标", "数量指标", f"完成示例事项（第{number + 1}批）", f"≥{rng.randint(3, 40)}件"),
                    ("产出指标", "质量指标", "示例事项验收合格率", "100%"),
                    ("效益指标", "社会效益指标", "示例服务覆盖面", "有所提升"),
                    ("满意度指标", "服务对象满意度指标", "来访群众满意度", "≥90%"),
                ),
            )
        )  # fmt: skip
    return found


# --- how they look ------------------------------------------------------------------------------------------


def _row(*cells: tuple[str, int] | tuple[str, int, int]) -> Row:
    """Cells from left to right: text, columns, rows; an empty tuple of rows is one."""
    found, column = [], 0
    for cell in cells:
        text, span, down = (*cell, 1)[:3]
        if down:
            found.append(Cell(text, column, span, down))
        column += span
    return Row(found)


def evaluation_table(form: Evaluation, owner: str, year: int) -> Table:
    """One self-evaluation on seven columns; a cell with ``down`` 0 is hidden by the one above it."""
    body = []
    if form.scope == "overall":
        body.append(_row(("单位名称", 1), (form.name, 6)))
        body.append(_row(("基本支出总额", 1), (form.basic, 2), ("项目支出总额", 1), (form.project, 3)))
    else:
        body.append(_row(("项目名称", 1), (form.name, 6)))
        body.append(_row(("主管部门", 1), (owner, 2), ("项目实施单位", 1), ("综合科", 3)))
        body.append(_row(("项目负责人", 1), (LEADER, 2), ("联系电话", 1), (PHONE, 3)))
        body.append(_row(("项目类别", 1), ("1、部门预算项目 ■ 2、区直专项 □", 6)))
        body.append(_row(("项目属性", 1), ("1、持续性项目 ■ 2、新增性项目 □", 6)))
        body.append(_row(("项目类型", 1), ("1、常年性项目 ■ 2、延续性项目 □ 3、一次性项目 □", 6)))
    body.append(
        _row(
            ("预算执行情况（万元）（20分）", 1, 2), ("", 2), ("预算数（A）", 1), ("执行数（B）", 1), ("执行率（B/A）", 1),
            ("得分（20分*执行率）", 1),
        )
    )  # fmt: skip
    label = "部门整体支出总额" if form.scope == "overall" else "年度财政资金总额"
    body.append(
        _row(
            ("", 1, 0),
            (label, 2),
            (form.budget, 1),
            (form.executed, 1),
            (form.rate, 1),
            (form.execution_score, 1),
        )
    )
    body.append(_row(("年度绩效目标1（80分）", 1), (form.goal, 6)))
    body.append(
        _row(
            ("年度绩效指标", 1, len(form.indicators) + 1), ("一级指标", 1), ("二级指标", 1), ("三级指标", 1),
            ("年初目标值（A）", 1), ("实际完成值（B）", 1), ("得分", 1),
        )
    )  # fmt: skip
    weights = dict(form.points)
    before = ""
    for row in form.indicators:
        down = sum(other.level1 == row.level1 for other in form.indicators) if row.level1 != before else 0
        body.append(
            _row(
                ("", 1, 0), (f"{row.level1}（{weights[row.level1]}分）", 1, down), (row.level2, 1), (row.name, 1),
                (row.target, 1), (row.actual, 1), (row.score, 1),
            )
        )  # fmt: skip
        before = row.level1
    body.append(_row(("总分", 1), (form.total, 6)))
    body.append(_row(("偏差大或目标未完成原因分析", 1), ("无", 6)))
    body.append(_row(("改进措施及结果应用方案", 1), ("无", 6)))
    name = f"{form.name}整体绩效自评表" if form.scope == "overall" else f"{form.name}项目自评表"
    title = f"{year}年度{name}"
    return Table(
        "",
        title,
        "",
        f"单位名称：{owner} 填报日期：{year + 1}年3月5日",
        "",
        ["name"] * 7,
        [],
        [],
        body,
        [],
        wide=False,
    )


def application_table(form: Application, owner: str, year: int) -> Table:
    """One project application on four columns."""
    sources = (
        "1.财政拨款收入", "2.纳入财政专户管理的非税收入安排的资金", "3.上级补助收入", "4.事业收入", "5.事业单位经营收入",
        "6.附属单位上缴收入", "7.其他收入", "8.上年结转、结余", "9.往来资金",
    )  # fmt: skip
    body = [
        _row(("项目名称", 1), (form.name, 1), ("项目代码", 1), (form.code, 1)),
        _row(("项目主管部门", 1), (owner, 1), ("项目执行单位", 1), ("综合科", 1)),
        _row(("项目负责人", 1), (LEADER, 1), ("联系电话", 1), (PHONE, 1)),
        _row(("项目申请理由", 1), ("保障示例事项办理。", 3)),
        _row(("项目总预算", 1), (f"{form.total:,}", 1), ("项目当年预算", 1), (f"{form.current:,}", 1)),
        _row(("项目前两年预算及当年预算变动情况", 1), (form.history, 3)),
        _row(("资金来源项目", 2), ("金额", 2)),
        _row(("合计", 2), (f"{form.current:,}", 2)),
    ]
    body += [
        _row((source, 2), (f"{form.current:,}" if number == 0 else "0", 2))
        for number, source in enumerate(sources)
    ]
    body += [_row(("项目支出明细", 2), ("金额", 2)), _row(("合计", 2), (f"{form.current:,}", 2))]
    body += [
        _row((f"{n}.{item}", 2), (f"{amount:,}", 2)) for n, (item, amount) in enumerate(form.costs, start=1)
    ]
    body += [
        _row(("测算依据及说明", 1), ("按示例标准测算。", 3)),
        _row(("项目绩效总目标", 1), ("按计划完成示例事项。", 3)),
        _row(("一级指标", 1), ("二级指标", 1), ("指标内容", 1), ("指标值", 1)),
    ]
    before = ""
    for level1, level2, content, target in form.targets:
        down = sum(other[0] == level1 for other in form.targets) if level1 != before else 0
        body.append(_row((level1, 1, down), (level2, 1), (content, 1), (target, 1)))
        before = level1
    return Table(
        "",
        f"{year}年部门预算项目申报表（含绩效目标）",
        "",
        "",
        "资金单位：元",
        ["name"] * 4,
        [],
        [],
        body,
        [],
        wide=False,
    )


# --- what the narrative says of them ------------------------------------------------------------------------


def summaries(forms: Sequence[Evaluation], year: int) -> list[str]:
    """The paragraphs on single projects, each with budget, executed and rate."""
    projects = [form for form in forms if form.scope == "project"]
    if not projects:
        return []
    lines = [f"在{year}年度决算中反映所有项目绩效自评结果，共涉及{len(projects)}个一级项目。"]
    for number, form in enumerate(projects, start=1):
        lines.append(
            f"{number}.{form.name}项目绩效自评综述：项目全年预算数为{form.told_budget or form.budget}万元，"
            f"执行数为{form.executed}万元，完成预算的{form.rate}。"
        )
    return lines
