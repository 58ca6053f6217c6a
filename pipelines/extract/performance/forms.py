"""绩效自评表 in a plain-text dump: where forms stand, what their heads say, and their indicator grids.

Forms are found by their labels, not by titles: a title is a heading, a contents line or missing. The grids are
cut by ``rows``. Ruled forms of a PDF are read in ``ruled``.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal

from pipelines.extract.performance import words
from pipelines.extract.performance.heads import columns_of, read_head
from pipelines.extract.performance.model import Indicator, SelfEvaluation
from pipelines.extract.performance.rows import IndicatorBlock, IndicatorRow
from pipelines.extract.performance.stream import Stream
from pipelines.extract.performance.words import HEAD

_OVERALL = re.compile(r"(?:部门|单位)?(?:年度)?基本支出总额")
_OVERALL_ALSO = re.compile(r"(?:部门|单位)(?:（单位）)?名称(?![:：])")
_PROJECT = re.compile(r"项目名称")
_AFTER = re.compile(r"偏差大或|未完成原因|改进措施|备注[:：]|其他需要说明|填表人|联系人|联系电话|自评结论")
_SIDE_GOAL = re.compile(
    r"(?:项目)?年度?(?:绩效)?(?:总体)?(?:目标|指标)(?P<no>\d{1,2})?[:：]?(?:[（(](?P<points>\d{1,3}(?:\.\d{1,2})?)分?[）)])?$"
)
_SCRAMBLED = re.compile(
    r"年度(?:绩效)?(?:目标|指标)?一级(?:指标|[一二三]级|年[初度]|目标|实际|完成|得分|绩效|值|（[AB]）){1,40}(?=产出|成本|效益)"
)
"""The head of a grid whose cells the page cut into lines: 一级 二级指标 三级指标 年初目标 … | 绩效 | 指标 指标 值（A）."""
_SCRAMBLED_END = re.compile(_SCRAMBLED.pattern.removesuffix("(?=产出|成本|效益)") + "$")
_WORDS = re.compile(r"[\u4e00-\u9fff]{4}")
_LOOK_AHEAD = 6000


@dataclass(slots=True)
class _Grid:
    """One indicator grid: its block of atoms, its columns, and the goal above it."""

    first: int
    after: int
    columns: tuple[str, ...]
    goal_no: int | None = None
    goal: str | None = None
    goal_weight: Decimal | None = None


def read_forms(stream: Stream) -> list[SelfEvaluation]:
    """Every form of the dump in the order of the text; a form printed twice stands twice."""
    starts = _starts(stream)
    seen: Counter[str] = Counter()
    bounds = [*(position for position, _ in starts[1:]), len(stream.text)][: len(starts)]
    readings: list[tuple[SelfEvaluation, list[tuple[_Grid, IndicatorBlock]]]] = []
    for (position, scope), limit in zip(starts, bounds, strict=True):
        reading = _form(stream, position, limit, scope)
        if reading:
            readings.append(reading)
    for _ in range(2):
        # A text that stands in several rows is a cell wherever it stands.
        known = frozenset(text for text, count in seen.items() if count > 1)
        seen.clear()
        for form, grids in readings:
            form.indicators, form.leftovers = _indicators(stream, grids, known)
            seen.update(
                t for i in form.indicators if i.sure for t in {i.name, i.target or ""} if _WORDS.search(t)
            )
    forms = [form for form, _ in readings]
    return forms


def _starts(stream: Stream) -> list[tuple[int, str]]:
    """Where forms begin: a project's name before a grid, or the totals of an overall form."""
    found: list[tuple[int, str]] = []
    for match in _PROJECT.finditer(stream.text):
        after = stream.text[match.end() : match.end() + 500]
        if match.start() in stream.at and re.search(r"主管(?:部门|预算|单位)|实施单位|项目单位", after):
            found.append((match.start(), "project"))
    for match in _OVERALL.finditer(stream.text):
        if match.start() in stream.at and re.search(
            r"项目支出总额", stream.text[match.end() : match.end() + 60]
        ):
            found.append((match.start(), "overall"))
    for match in _OVERALL_ALSO.finditer(stream.text):
        after = stream.text[match.end() : match.end() + 250]
        if (
            match.start() in stream.at
            and not re.search(r"基本支出总额|项目名称", after)
            and (re.search(r"整体支出|年度主要任务|预算执行", after) and "执行率" in after)
        ):
            found.append((match.start(), "overall"))
    found.sort()
    heads = [m.start() for m in HEAD.finditer(stream.text)]
    kept = []
    for (position, scope), limit in zip(
        found, [*(p for p, _ in found[1:]), len(stream.text)][: len(found)], strict=True
    ):
        following = bisect_right(heads, position)
        if following < len(heads) and heads[following] < min(limit, position + _LOOK_AHEAD):
            kept.append((position, scope))
    return kept


def _form(
    stream: Stream, position: int, limit: int, scope: str
) -> tuple[SelfEvaluation, list[tuple[_Grid, IndicatorBlock]]] | None:
    heads = [m for m in HEAD.finditer(stream.text, position, limit) if m.start() in stream.at]
    if not heads:
        return None
    end, total = _end(stream, heads, limit)
    heads = [m for m in heads if m.start() < end]
    if "score" not in _columns(heads[0].group()) and "actual" not in _columns(heads[0].group()):
        return None
    form = SelfEvaluation("overall" if scope == "overall" else "project", None, stream.place(position))
    form.total_score = total
    read_head(stream, form, position, heads[0].start())
    grids = _grids(stream, heads, position, end)
    blocks = [
        (
            grid,
            IndicatorBlock(
                stream.atoms[grid.first : grid.after],
                grid.columns,
                spaced=stream.spaced,
                marked=stream.marked,
                work=stream.work,
            ),
        )
        for grid in grids
    ]
    return form, blocks


def _end(stream: Stream, heads: list[re.Match[str]], limit: int) -> tuple[int, Decimal | None]:
    """Where the grids end, and the total: the last figure behind 总分."""
    for match in words.TOTAL.finditer(stream.text, heads[0].end(), limit):
        if match.start() not in stream.at or match.end() not in stream.at:
            continue
        index = stream.at[match.end()]
        figures: list[str] = []
        while index < len(stream.atoms) and words.FIGURE.fullmatch(stream.atoms[index].text) and len(figures) < 3:
            figures.append(stream.atoms[index].text)
            if stream.atoms[index].gap != "blank":
                break
            index += 1
        if figures:
            return match.start(), words.amount(figures[-1])
    after = next((m.start() for m in _AFTER.finditer(stream.text, heads[-1].end(), limit)), limit)
    return after, None


def _columns(head: str) -> tuple[str, ...]:
    rest = re.sub(rf"^{words.LEVEL_HEAD}", "", head)
    return tuple(columns_of(rest, words.COLUMN))


def _grids(stream: Stream, heads: list[re.Match[str]], position: int, end: int) -> list[_Grid]:
    """One grid for each head, and one for each goal whose grid has none (the page came in between)."""
    goals = [
        g
        for g in words.GOAL.finditer(stream.text, position, end)
        if g.start() in stream.at and (g["no"] or g["points"])
    ]
    grids: list[_Grid] = []
    used = 0
    cuts = sorted({h.start() for h in heads} | {g.start() for g in goals} | {end})
    ends = [g.end() for g in goals]
    for head in heads:
        columns = _columns(head.group())
        above = goals[used : bisect_right(ends, head.start())]
        grid = _Grid(stream.index(head.end()), 0, columns)
        _set_goal(stream, grid, above, head.start())
        used += len(above)
        grid.after = stream.index(cuts[bisect_right(cuts, head.start())])
        grids.append(grid)
    for goal in goals[used:]:
        following = cuts[bisect_right(cuts, goal.start())]
        body = _first_level(stream, goal.end(), following)
        if body is None:
            continue
        columns = next(
            (g.columns for g in reversed(grids) if g.first <= stream.index(goal.start())), grids[0].columns
        )
        grid = _Grid(body, stream.index(following), columns, int(goal["no"]) if goal["no"] else None)
        grid.goal = _goal_text(re.sub(_SCRAMBLED_END, "", stream.text[goal.end() : stream.starts[body]]))
        grid.goal_weight = Decimal(goal["points"]) if goal["points"] else None
        grids.append(grid)
    return sorted(grids, key=lambda g: g.first)


def _set_goal(stream: Stream, grid: _Grid, above: list[re.Match[str]], head: int) -> None:
    """The goal of a grid: number, points, and the text between its label and the label beside the grid."""
    if not above:
        return
    first = above[0]
    for goal in above:
        grid.goal_no = grid.goal_no or (int(goal["no"]) if goal["no"] else None)
        grid.goal_weight = grid.goal_weight or (Decimal(goal["points"]) if goal["points"] else None)
    side = [g for g in above[1:] if g.end() == head]
    text = stream.text[first.end() : side[0].start() if side else head]
    grid.goal = _goal_text(text)


def _goal_text(text: str) -> str | None:
    """The goal's words, without the label at the side of the grid that follows them."""
    text = re.sub(_SIDE_GOAL, "", text)
    return text.strip("：:") or None


def _first_level(stream: Stream, position: int, end: int) -> int | None:
    """The atom that begins a grid without a head: the label at its side or its first level."""
    scrambled = _SCRAMBLED.search(stream.text, position, end)
    if scrambled and scrambled.end() in stream.at:
        return stream.at[scrambled.end()]
    for index in range(stream.index(position), stream.index(end)):
        atom = stream.atoms[index]
        if atom.text == "年度" or re.fullmatch(r"(?:成本|产出|效益)(?:指标?)?", atom.text):
            return index
    return None


def _indicators(
    stream: Stream, grids: list[tuple[_Grid, IndicatorBlock]], known: frozenset[str]
) -> tuple[list[Indicator], list[tuple[str, tuple[int | None, int]]]]:
    """The rows of a form. Each grid is cut twice: the first cut shows how wide the columns are."""
    first = []
    for _, block in grids:
        block.known = known
        block.widths = {}
        first.append(block.solve()[0])
    learnt = [block.learn(rows) for (_, block), rows in zip(grids, first, strict=True)]
    common = {c: w for widths in learnt for c, w in widths.items()}
    indicators: list[Indicator] = []
    leftovers: list[tuple[str, tuple[int | None, int]]] = []
    for (grid, block), widths in zip(grids, learnt, strict=True):
        block.widths = common | widths
        rows, left = block.solve()
        indicators += _published(block, grid, rows)
        if left:
            leftovers.append((block.text(left[0], left[-1] + 1), (None, block.atoms[left[0]].line)))
    return indicators, leftovers


def _published(block: IndicatorBlock, grid: _Grid, rows: list[IndicatorRow]) -> list[Indicator]:
    found = []
    _complete(rows)
    for row in rows:
        texts = {column: block.text(*span) for column, span in row.cells.items()}
        if row.rest:
            column, first, after = row.rest
            texts[column] += block.text(first, after)
        name, points = words.without_points(texts["name"])
        if not row.sure and len(texts) > 1:
            name, points = "".join(texts.values()), None
            texts = {}
        found.append(
            Indicator(
                name,
                texts.get("target"),
                texts.get("actual"),
                row.score,
                (None, block.atoms[row.start].line),
                words.label_name(row.level1),
                words.label_name(row.level2),
                row.weight if row.weight is not None else points,
                grid.goal_no,
                grid.goal,
                grid.goal_weight,
                row.sure,
                words.points_of(row.level1 or ""),
                words.points_of(row.level2 or ""),
            )  # fmt: skip
        )
    return found


def _complete(rows: list[IndicatorRow]) -> None:
    """Give label cells that a page cut their rest: 产出 | 指标, 数量指 | 标."""
    for number, row in enumerate(rows):
        ends = len(re.findall("标", row.label_rest))
        if not ends or not number:
            continue
        before = rows[number - 1]
        for level in ("level1", "level2"):
            label = getattr(before, level)
            if not ends or label is None or words.COMPLETE.fullmatch(label):
                continue
            ends -= 1
            whole = label.removesuffix("指") + "指标"
            for other in rows:
                if getattr(other, level) == label:
                    setattr(other, level, whole)
