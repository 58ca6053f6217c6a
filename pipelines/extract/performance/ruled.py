"""绩效自评表 as ruled tables of a PDF: cells are known, pages are put together here.

Columns are bound by the titles in the head of the grid and by their place on the page, so that a table that goes
on over pages keeps them. A cell that spans rows is repeated for each of them; a row that a page cut is joined.
Tables without ruling lines are not read here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal

from pipelines.documents.model import Cell, Document, Grid
from pipelines.documents.normalise import squeeze
from pipelines.extract.parts.lines import join
from pipelines.extract.performance import words
from pipelines.extract.performance.heads import bind_figures
from pipelines.extract.performance.model import Figures, Indicator, SelfEvaluation
from pipelines.extract.performance.ruled_rows import RuledRow, ruled_rows

_LEVELS = {"level1": re.compile(r"一级指标"), "level2": re.compile(r"二级指标")}
_END = re.compile(r"偏差大或|未完成原因|改进措施|备注[:：]|其他需要说明|说明[:：]")
_NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?")


@dataclass(slots=True)
class _Reading:
    """A form while its rows pass by."""

    form: SelfEvaluation
    columns: dict[str, tuple[float, float]] = field(default_factory=dict)
    execution: dict[str, tuple[float, float]] = field(default_factory=dict)
    execution_points: Decimal | None = None
    goal_no: int | None = None
    goal: str | None = None
    goal_weight: Decimal | None = None
    goal_span: tuple[float, float] | None = None
    """Where the goal stands in the row below 预期目标 | 实际完成情况."""
    level1: str | None = None
    level2: str | None = None
    in_grid: bool = False
    done: bool = False
    grid: Grid | None = None
    name_cell: Cell | None = None


def read_ruled_forms(document: Document) -> list[SelfEvaluation]:
    """Every 绩效自评表 that stands in ruled tables."""
    readings: list[_Reading] = []
    title = ""
    for row in ruled_rows(document):
        title = (title + row.title)[-300:] if row.title else title
        scope = _opens(row)
        if scope and not (readings and _same_head(readings[-1], scope)):
            form = SelfEvaluation("overall" if scope == "overall" else "project", None, row.place)
            found = [m.end() for m in re.finditer(r"填[报表]?(?:报)?日期[:：]?", title)]
            form.reported_on = words.day(title[found[-1] : found[-1] + 14]) if found else None
            readings.append(_Reading(form))
            title = ""
        if readings and not readings[-1].done:
            _read_row(readings[-1], row)
    return [r.form for r in readings if r.form.indicators or r.form.figures.budget is not None]


def _opens(row: RuledRow) -> str | None:
    for text, cell in zip(row.texts(), row.cells, strict=True):
        if not row.begins(cell):
            continue
        if text.rstrip(":：") == "项目名称":
            return "project"
        if re.fullmatch(r"(?:单位|部门)(?:（单位）)?名称[:：]?|基本支出总额", text):
            return "overall"
    return None


def _same_head(reading: _Reading, scope: str) -> bool:
    """单位名称 and 基本支出总额 are two rows of one head."""
    return reading.form.scope == scope == "overall" and not reading.in_grid and not reading.done


def _read_row(reading: _Reading, row: RuledRow) -> None:
    form = reading.form
    texts = row.texts()
    if (
        any(_END.match(t) and row.begins(c) for t, c in zip(texts, row.cells, strict=True))
        and reading.in_grid
    ):
        reading.done = True
        return
    if _total(reading, row):
        return
    if _grid_head(reading, row) or _goal(reading, row):
        return
    if reading.in_grid:
        _indicator(reading, row)
        return
    _head_fields(form, row)
    _execution(reading, row)


def _head_fields(form: SelfEvaluation, row: RuledRow) -> None:
    if form.scope == "project":
        form.name = form.name or row.behind(re.compile("项目名称"))
        form.responsible_department = form.responsible_department or row.behind(
            re.compile("主管(?:预算)?(?:部门|单位)(?:及代码)?")
        )
        form.executing_unit = form.executing_unit or row.behind(
            re.compile("(?:项目)?(?:实施|承担|执行)?单位")
        )
    for name, label in (("category", "项目类别"), ("attribute", "项目属性"), ("type", "项目类型")):
        text = row.behind(re.compile(label))
        if text and getattr(form, name) is None:
            setattr(form, name, words.ticked(text))
    for name, label in (("basic_total", "基本支出总额"), ("project_total", "项目支出总额")):
        text = row.behind(re.compile(rf"{label}(?:[（(]万元[）)])?"))
        if text and getattr(form, name) is None:
            setattr(form, name, words.amount(text))
    date = row.behind(re.compile("填报日期"))
    if date:
        form.reported_on = words.day(date)


def _execution(reading: _Reading, row: RuledRow) -> None:
    found: dict[str, tuple[float, float]] = {}
    for cell, text in zip(row.cells, row.texts(), strict=True):
        match = words.EXECUTION_COLUMN.fullmatch(text) if row.begins(cell) else None
        if match:
            found.setdefault(str(match.lastgroup), (cell.box[0], cell.box[2]))
    reading.execution_points = reading.execution_points or words.execution_points("".join(row.texts()))
    if len(found) >= 3:
        reading.execution = found
        return
    figures = reading.form.figures
    if not reading.execution or figures.budget is not None:
        return
    values = {}
    for name, span in reading.execution.items():
        own = row.at(span)
        if own and row.begins(own) and words.FIGURE.fullmatch(squeeze(own.text)):
            values[name] = squeeze(own.text)
    if len(values) >= 2 and ("budget" in values or "initial" in values):
        reading.form.figures = bind_figures(values, Figures(place=row.place))
        points = reading.form.figures.points
        reading.form.figures.points = points if points is not None else reading.execution_points


def _total(reading: _Reading, row: RuledRow) -> bool:
    for cell, text in zip(row.cells, row.texts(), strict=True):
        if reading.in_grid and row.begins(cell) and words.TOTAL.fullmatch(text):
            figures = [t for t in row.texts() if words.FIGURE.fullmatch(t)]
            if figures:
                reading.form.total_score = words.amount(figures[-1])
                reading.in_grid = False
            return True
    return False


def _grid_head(reading: _Reading, row: RuledRow) -> bool:
    found: dict[str, tuple[float, float]] = {}
    for cell, text in zip(row.cells, row.texts(), strict=True):
        if not row.begins(cell):
            continue
        for name, pattern in _LEVELS.items():
            if pattern.match(text):
                found[name] = (cell.box[0], cell.box[2])
        match = words.COLUMN.fullmatch(text)
        if match and match.lastgroup == "name" and text.startswith("三级"):
            # 绩效指标 may also stand at the side of the grid.
            found["name"] = (cell.box[0], cell.box[2])
        elif match:
            found.setdefault(str(match.lastgroup), (cell.box[0], cell.box[2]))
    if "name" not in found or len(found) < 4:
        return False
    reading.columns, reading.in_grid, reading.grid = found, True, row.grid
    reading.level1 = reading.level2 = None
    for cell, text in zip(row.cells, row.texts(), strict=True):
        match = words.GOAL.fullmatch(text)
        if match and cell.box[2] <= found["name"][0]:
            reading.goal_no = reading.goal_no or (int(match["no"]) if match["no"] else None)
            reading.goal_weight = reading.goal_weight or (
                Decimal(match["points"]) if match["points"] else None
            )
    return True


def _goal(reading: _Reading, row: RuledRow) -> bool:
    """A row that names a goal: 年度绩效目标1（40分） | its text; or 预期目标 | 实际完成情况 with the text below."""
    if reading.goal_span and not reading.in_grid:
        cell = row.at(reading.goal_span)
        reading.goal_span = None
        if cell and row.begins(cell):
            reading.goal = join(cell.lines) or None
            return True
    expected = next((c for c, t in zip(row.cells, row.texts(), strict=True) if t == "预期目标"), None)
    if expected and row.begins(expected):
        reading.goal_span = (expected.box[0], expected.box[2])
        return True
    for index, (cell, text) in enumerate(zip(row.cells, row.texts(), strict=True)):
        match = words.GOAL.match(text) if row.begins(cell) else None
        if match is None or (match.end() < len(text) and len(row.cells) > index + 1):
            continue
        if reading.in_grid and not match["no"] and not match["points"]:
            continue
        rest = text[match.end() :] or (join(row.cells[index + 1].lines) if index + 1 < len(row.cells) else "")
        if re.match(r"一级指标|预期目标", squeeze(rest)):
            continue
        reading.goal_no = int(match["no"]) if match["no"] else None
        reading.goal_weight = Decimal(match["points"]) if match["points"] else None
        reading.goal = rest or None
        reading.in_grid = False
        return True
    return False


def _indicator(reading: _Reading, row: RuledRow) -> None:
    cells = {name: row.at(span) for name, span in reading.columns.items()}
    texts = {name: join(cell.lines) if cell else "" for name, cell in cells.items()}
    fresh = reading.grid is not row.grid
    reading.grid = row.grid
    for name in ("level1", "level2"):
        cell = cells.get(name)
        if cell and row.begins(cell) and texts[name]:
            _level(reading, name, texts[name], fresh)
    cell = cells["name"]
    own = {
        n: t
        for n, t in texts.items()
        if (c := cells[n]) and row.begins(c) and n not in ("level1", "level2", "remark")
    }
    if cell is None or not any(own.values()):
        return
    indicators = reading.form.indicators
    if fresh and indicators and not own.get("score") and not (own.get("name") and own.get("target")):
        _continue(indicators[-1], own)
        return
    if not own.get("name"):
        if own.get("score") and not texts["name"]:
            reading.form.leftovers.append(("".join(own.values()), row.place))
        return
    name, points = words.without_points(squeeze(texts["name"]) if " " not in texts["name"] else texts["name"])
    weight = words.amount(texts["weight"]) if texts.get("weight") else points
    score = texts.get("score", "")
    indicators.append(
        Indicator(
            name, texts.get("target") or None, texts.get("actual") or None,
            words.amount(score) if _NUMBER.fullmatch(squeeze(score).rstrip("分")) else None, row.place,
            words.label_name(reading.level1), words.label_name(reading.level2), weight,
            reading.goal_no, reading.goal, reading.goal_weight, True,
            words.points_of(reading.level1 or ""), words.points_of(reading.level2 or ""),
        )
    )  # fmt: skip


def _level(reading: _Reading, name: str, text: str, fresh: bool) -> None:
    """A level cell; on a new page it may be the rest of the one that the page cut, or its repetition."""
    label = squeeze(text)
    open_ = getattr(reading, name)
    if fresh and open_ and not words.COMPLETE.fullmatch(open_) and words.LABEL_REST.fullmatch(label):
        setattr(reading, name, open_ + label)
        for indicator in reading.form.indicators:
            if getattr(indicator, name) == words.label_name(open_):
                setattr(indicator, name, words.label_name(open_ + label))
                setattr(indicator, f"{name}_points", words.points_of(open_ + label))
        return
    setattr(reading, name, label)
    if name == "level1" and label != open_:
        reading.level2 = None


def _continue(indicator: Indicator, own: dict[str, str]) -> None:
    """The rest of a row that the page cut."""
    if own.get("name"):
        indicator.name, points = words.without_points(indicator.name + own["name"])
        indicator.weight = indicator.weight or points
    if own.get("target"):
        indicator.target = (indicator.target or "") + own["target"]
    if own.get("actual"):
        indicator.actual = (indicator.actual or "") + own["actual"]
