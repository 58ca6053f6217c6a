"""The head of a form in a dump: whose it is, when it was filled in, and the figures of the execution line.

Figures are bound by the order of the columns printed above them; where their number differs, none is. Not for the
grids below the head (``forms``).
"""

from __future__ import annotations

import re

from pipelines.extract.performance import words
from pipelines.extract.performance.model import Figures, SelfEvaluation
from pipelines.extract.performance.stream import Atom, Stream

_DATE_LABEL = re.compile(r"填[报表]?(?:报)?日期[:：]?")
_LOOK_BACK = 260


def read_head(stream: Stream, form: SelfEvaluation, position: int, head: int) -> None:
    execution = next(words.EXECUTION_HEAD.finditer(stream.text, position, head), None)
    labels_end = execution.start() if execution else head
    top = stream.text[position:labels_end]
    before = stream.text[max(0, position - _LOOK_BACK) : position]
    dates = list(_DATE_LABEL.finditer(before + top))
    if dates:
        form.reported_on = words.day((before + top)[dates[-1].end() : dates[-1].end() + 14])
    if form.scope == "project":
        _read_project(stream, form, position, labels_end)
    else:
        _read_totals(form, top)
    for field, label, following in (
        ("category", "项目类别", r"项目属性|项目类型|预算执行|项目资金|年度"),
        ("attribute", "项目属性", r"项目类型|预算执行|项目资金|年度"),
        ("type", "项目类型", r"预算执行|项目资金|年度财政|年度资金|项目属性|项目类别"),
    ):
        match = re.search(rf"{label}(.*?)(?={following}|$)", top)
        if match:
            setattr(form, field, words.ticked(match[1]))
    if execution:
        form.figures = _figures(stream, execution, head)
        around = stream.text[max(position, execution.start() - 40) : execution.end() + 20]
        form.figures.points = form.figures.points or words.execution_points(around)


def _read_project(stream: Stream, form: SelfEvaluation, position: int, after: int) -> None:
    top = stream.text[position:after]
    stop = r"主管(?:部门|单位)|项目(?:实施|负责|编码|代码|类别|属性|资金)|实施单位|预算执行|联系"
    match = re.match(rf"项目名称[:：]?(.+?)(?=(?:{stop}))", top)
    form.name = match[1] if match else None
    interleaved = re.search(r"主管(?:部门|单位)项目实施单", top)
    if interleaved and top[interleaved.end() : interleaved.end() + 1] != "位":
        _read_interleaved(stream, form, position + interleaved.end(), after)
        return
    match = re.search(
        r"主管(?:预算)?(?:部门|单位)(?:及代码)?[:：]?(.*?)(?=项目?实施单位|项目单位|实施单位|项目类别|项目资金)",
        top,
    )
    form.responsible_department = (match[1] or None) if match else None
    match = re.search(
        r"(?:项目)?(?:实施|承担|执行)单位[:：]?(.*?)(?=项目(?:类别|属性|资金|类型|负责|起止)|预算执行|年度(?:财政|资金)|联系|填报|$)",
        top,
    )
    form.executing_unit = (match[1] or None) if match else None


def _read_interleaved(stream: Stream, form: SelfEvaluation, position: int, after: int) -> None:
    """主管部门 项目实施单 | department | 位 | unit: a label cell wrapped around the cell before it."""
    text = stream.text[position:after]
    end = re.search(r"项目类别|项目资金|预算执行|$", text)
    stop = position + (end.start() if end else len(text))
    for index in range(stream.index(position), stream.index(stop)):
        if stream.atoms[index].text == "位":
            form.responsible_department = stream.text[position : stream.starts[index]] or None
            form.executing_unit = stream.text[stream.starts[index + 1] : stop] or None
            return


def _read_totals(form: SelfEvaluation, top: str) -> None:
    for field, label in (("basic_total", "基本支出总额"), ("project_total", "项目支出总额")):
        match = re.search(rf"{label}(?:[（(]万元[）)])?(-?\d[\d,]*(?:\.\d+)?)", top)
        if match:
            setattr(form, field, words.amount(match[1]))


def columns_of(text: str, pattern: re.Pattern[str]) -> list[str]:
    return [str(match.lastgroup) for match in pattern.finditer(text)]


def _figures(stream: Stream, execution: re.Match[str], head: int) -> Figures:
    """The figures below the execution columns, bound by their order; none where their number differs."""
    columns = columns_of(execution.group(), words.EXECUTION_COLUMN)
    begin = stream.index(execution.end())
    printed: list[Atom] = []
    for atom in stream.atoms[begin : stream.index(head)]:
        if words.FIGURE.fullmatch(atom.text):
            printed.append(atom)
        elif re.match(r"年度(?:绩效|总体)?(?:目标|指标)|其中", atom.text) and printed:
            break
    figures = Figures(place=(None, printed[0].line) if printed else stream.place(execution.start()))
    if len(printed) < len(columns):
        return figures
    if len(printed) > len(columns):
        # The page, a points' bracket of the label or a second row of the table follows: only one line counts.
        printed = [a for a in printed if a.line == printed[0].line]
        if len(printed) != len(columns):
            return figures
    return bind_figures(dict(zip(columns, (a.text for a in printed), strict=True)), figures)


def bind_figures(values: dict[str, str], figures: Figures) -> Figures:
    """Named figures of the execution line as numbers."""
    figures.budget = (
        words.amount(values.get("budget", ""))
        if values.get("budget")
        else words.amount(values.get("initial", ""))
    )
    figures.executed = words.amount(values.get("executed", ""))
    figures.printed_rate = values.get("rate")
    if figures.printed_rate:
        figures.rate, figures.is_ratio = words.rate(figures.printed_rate, figures.budget, figures.executed)
    figures.score = words.amount(values.get("score", ""))
    figures.points = words.amount(values.get("points", ""))
    return figures
