"""项目申报表 in a plain-text dump: head, history, funding, cost items and targets of each project.

Labels are official and bind what stands behind them; only the grid of targets has to be cut by what the dump
shows (``rows``). The project leader and the phone number are never read. Amounts become 万元.
"""

from __future__ import annotations

import operator
import re
from bisect import insort
from collections import Counter
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from pipelines.extract.numbers import parse_amount
from pipelines.extract.performance import words
from pipelines.extract.performance.model import Application, Place, Target
from pipelines.extract.performance.rows import IndicatorBlock
from pipelines.extract.performance.stream import Atom, Stream

_START = re.compile(r"项目名称")
_NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?")
UNIT = re.compile(r"单位[:：](万元|千元|元)")
_STOP = (
    r"项目(?:名称|代码|编码|编号|主管|执行|实施|负责|联系|申请|申报|主要|立项|总预算|当年|前两年|资金|支出|绩效|年度|类[别型]|属性|起止|概况)"
    r"|联系电话|联系人|资金来源|依据项目"
)
HEAD_FIELDS = {
    "name": r"项目名称",
    "code": r"项目(?:代码|编码|编号)",
    "responsible_department": r"项目?主管部门",
    "executing_unit": r"项目?(?:执行|实施|承担)单位",
}
TOTALS = {"total_budget": r"项目总预算", "current_year_budget": r"(?:项目)?当年预算"}
SOURCES: tuple[tuple[str, str], ...] = (
    ("appropriation", r"(?:财政拨款收入|财政拨款)"),
    ("special_account", r"纳入财政专户管理的非税收入(?:安排的资金)?|财政专户管理资金(?:收入)?"),
    ("higher_level_subsidy", r"上级补助收入"),
    ("institutional", r"事业收入"),
    ("business", r"事业单位经营收入|经营收入"),
    ("affiliate_remittance", r"附属单位上缴收入"),
    ("other", r"其他收入"),
    ("carryover", r"上年结转[、和]?结余|上年结转"),
    ("current_account", r"往来资金"),
)
_SOURCE_LABELS = [(name, re.compile(rf"(?:\d[.、．])?(?:{pattern})")) for name, pattern in SOURCES]
_PART_LABEL = re.compile(r"其中[:：]?(?:申请当年预算拨款|使用上年度?财政拨款结[余转]结?[余转]?)")
_HISTORY = re.compile(
    r"((?:19|20)\d{2})年度?(?:的)?(?:项目)?(?:年初)?(预算|决算|执行|支出)数?(?:为|[:：])?(-?\d[\d,]*(?:\.\d+)?)(万元|元)?"
)
_BASIS = {"预算": "budget", "决算": "final", "执行": "executed", "支出": "executed"}
_COST_HEAD = re.compile(r"项目支出明细(?:测算)?(?:项目)?金额|支出明细金额")
_COST_END = re.compile(r"测算依据及?说明|测算依据|项目绩效总?目标|项目绩效")
TARGET_HEAD = re.compile(
    r"一级指标二级指标(?P<first>三级指标|指标内容|指标名称|绩效指标)(?P<second>指标内容|指标说明|指标解释)?"
    r"(?P<target>(?:年度|预期|年初)?(?:绩效)?(?:指标|目标)值)(?P<remark>备注|说明)?"
)
_TARGET_END = re.compile(
    r"说明[:：]|说明（|备注[:：]|填表|\d{1,2}[.、][^0-9]{2,40}项目申报表|(?<![一二三四五六七八九十])[一二三四五六七八九十]{1,3}、"
)
_REMARK = 1.2
_TWO_CELLS = 0.6
_MARGIN = 0.6
_MARGIN_ROWS = 1.2
"""How much heavier a cut into another number of rows must be."""
_LONG = 8
_KEPT = 4
"""Ways to reach an atom that are kept: the best, and what it is compared with."""

_Path = tuple[float, int, Any]
"""What speaks against a way through a group, its rows, and (its last row, the way before) or None."""


def read_applications(stream: Stream) -> list[Application]:
    """Every project application of the dump, in the order of the text."""
    starts = [
        m.start()
        for m in _START.finditer(stream.text)
        if m.start() in stream.at
        and re.search(r"项目总预算|项目当年预算|资金来源", stream.text[m.end() : m.end() + 900])
        and re.search(r"项目(?:代码|编码|主管|执行)", stream.text[m.end() : m.end() + 120])
    ]
    forms: list[Application] = []
    widths = _usual_width(stream, starts)
    for _ in range(2):  # the first reading shows how wide the column of the values is
        learnt: dict[str, list[float]] = {"target": []}
        forms = [
            _application(stream, start, after, widths, learnt)
            for start, after in zip(starts, [*starts[1:], len(stream.text)][: len(starts)], strict=True)
        ]
        widths |= {
            c: sorted(found)[-max(len(found) // 6, 1)] for c, found in learnt.items() if len(found) > 1
        }
    return forms


def _usual_width(stream: Stream, starts: Sequence[int]) -> dict[str, float]:
    """The width to which the long cells of the targets are wrapped: that of most lines."""
    widths: Counter[float] = Counter()
    for start, after in zip(starts, [*starts[1:], len(stream.text)][: len(starts)], strict=True):
        head = TARGET_HEAD.search(stream.text, start, after)
        if head is None:
            continue
        for atom in stream.atoms[stream.index(head.end()) : stream.index(after)]:
            if atom.gap != "blank" and atom.width >= 4:
                widths[atom.width] += 1
    usual = [width for width, count in widths.most_common(2) if count >= 5]
    return {"content": max(usual)} if usual else {}


def in_wan(value: str, unit: str) -> Decimal | None:
    """A printed amount in 万元, exact."""
    amount = parse_amount(value)
    return amount.in_wan_yuan(unit) if amount and amount.fits(unit) else None


def _application(
    stream: Stream, start: int, after: int, widths: dict[str, float], learnt: dict[str, list[float]]
) -> Application:
    units = UNIT.findall(stream.text[max(0, start - 120) : start + 200])
    unit = units[0] if units else "元"
    text = stream.text[start:after]
    fields = {}
    for field, label in HEAD_FIELDS.items():
        match = re.search(rf"{label}[:：]?(.*?)(?={_STOP}|$)", text[:1200])
        fields[field] = (match[1] or None) if match else None
    form = Application(fields["name"] or "", stream.place(start))
    form.code = fields["code"]
    form.responsible_department, form.executing_unit = (
        fields["responsible_department"],
        fields["executing_unit"],
    )
    for field, label in TOTALS.items():
        match = re.search(rf"{label}[:：]?", text)
        if match:
            setattr(form, field, _amount_behind(stream, start + match.end(), unit))
    _history(stream, form, start, after, unit)
    _funding(stream, form, start, after, unit)
    _cost_items(stream, form, start, after, unit)
    _targets(stream, form, (start, after), widths, learnt)
    return form


def _amount_behind(stream: Stream, position: int, unit: str) -> Decimal | None:
    """The figure that stands behind a label as an atom of its own."""
    index = stream.at.get(position)
    if index is None or index >= len(stream.atoms) or not _NUMBER.fullmatch(stream.atoms[index].text):
        return None
    return in_wan(stream.atoms[index].text, unit)


def _history(stream: Stream, form: Application, start: int, after: int, unit: str) -> None:
    head = re.compile(r"变动情况").search(stream.text, start, after)
    end = re.compile(r"项目资金来源|资金来源").search(stream.text, head.end(), after) if head else None
    if head is None or end is None:
        return
    form.history = history(
        stream.text[head.end() : end.start()], unit, lambda o: stream.place(head.end() + o)
    )


def history(text: str, unit: str, place: Callable[[int], Place]) -> list[tuple[int, str, Decimal, Place]]:
    """Amounts of named years; the first of a year and basis counts."""
    found: dict[tuple[int, str], tuple[int, str, Decimal, Place]] = {}
    for match in _HISTORY.finditer(text):
        amount = in_wan(match[3], match[4] or unit)
        if amount is not None:
            year, basis = int(match[1]), _BASIS[match[2]]
            found.setdefault((year, basis), (year, basis, amount, place(match.start())))
    return list(found.values())


def _funding(stream: Stream, form: Application, start: int, after: int, unit: str) -> None:
    head = re.compile(r"资金来源项目?金额").search(stream.text, start, after)
    end = re.compile(r"依据项目支出|项目支出明细").search(stream.text, head.end() if head else start, after)
    if head is None or end is None:
        return
    for name, label in _SOURCE_LABELS:
        match = next(
            (m for m in label.finditer(stream.text, head.end(), end.start()) if m.start() in stream.at), None
        )
        if match:
            form.funding.append(
                (name, _amount_behind(stream, match.end(), unit), stream.place(match.start()))
            )


def _cost_items(stream: Stream, form: Application, start: int, after: int, unit: str) -> None:
    head = _COST_HEAD.search(stream.text, start, after)
    end = _COST_END.search(stream.text, head.end(), after) if head else None
    if head is None or end is None:
        return
    atoms = stream.atoms[stream.index(head.end()) : stream.index(end.start())]
    marks = _marks(atoms)
    for mark, following in zip(marks, [*marks[1:], len(atoms)][: len(marks)], strict=True):
        number = str(marks.index(mark) + 1)
        cell = [atoms[mark].text.removeprefix(number).lstrip(".、．")] + [
            a.text for a in atoms[mark + 1 : following]
        ]
        amount = None
        if len(cell) > 1 and _NUMBER.fullmatch(cell[-1]):
            amount = in_wan(cell.pop(), unit)
        item = "".join(cell)
        if item:
            form.cost_items.append((item, amount, (None, atoms[mark].line)))


def _marks(atoms: Sequence[Atom]) -> list[int]:
    """The atoms that begin an item: the next number at the beginning of a line."""
    marks: list[int] = []
    for index, atom in enumerate(atoms):
        number = str(len(marks) + 1)
        begins = index == 0 or atoms[index - 1].gap != "blank"
        if begins and re.match(rf"{number}(?:$|[.、．]?[^\d,.])", atom.text):
            marks.append(index)
    return marks


# --- targets ------------------------------------------------------------------------------------------------


def _targets(
    stream: Stream,
    form: Application,
    span: tuple[int, int],
    widths: dict[str, float],
    learnt: dict[str, list[float]],
) -> None:
    start, after = span
    head = next((m for m in TARGET_HEAD.finditer(stream.text, start, after) if m.start() in stream.at), None)
    if head is None:
        return
    end = next(
        (m.start() for m in _TARGET_END.finditer(stream.text, head.end(), after) if m.start() in stream.at),
        after,
    )
    atoms = stream.atoms[stream.index(head.end()) : stream.index(end)]
    columns = 3 if head["second"] else 2
    block = IndicatorBlock(
        atoms,
        ("name", "target", "actual"),
        spaced=stream.spaced,
        marked=stream.marked,
        widths=widths,
        full_end=0.8,
        work=stream.work,
    )
    level1: str | None = None
    for first, last, upper, lower in _groups(block):
        level1 = upper or level1
        for cells, sure in _split(block, first, last, columns, bool(head["remark"])):
            texts = [block.text(a, b) for a, b in cells]
            place = (None, atoms[cells[0][0]].line)
            if not sure:
                form.targets.append(
                    Target(
                        words.label_name(level1),
                        words.label_name(lower),
                        "".join(texts),
                        None,
                        None,
                        place,
                        False,
                    )
                )
                continue
            for number, (a, b) in enumerate(cells[:3]):
                lines = block.line_widths(a, b)
                if len(lines) > 1 and number == len(cells[:3]) - 1:
                    learnt["target"].append(max(lines))
            content = texts[1] if columns == 3 and len(texts) >= 3 else None
            form.targets.append(
                Target(
                    words.label_name(level1),
                    words.label_name(lower),
                    texts[0],
                    content,
                    texts[2] if len(texts) > 3 else texts[-1],
                    place,
                )  # fmt: skip
            )


def _groups(block: IndicatorBlock) -> list[tuple[int, int, str | None, str | None]]:
    """(first atom, after the last, level 1 if a new one, level 2) of what stands under each level."""
    found: list[tuple[int, int, str | None, str | None]] = []
    position = 0
    size = len(block.atoms)
    upper = lower = None
    first = 0
    while position < size:
        at_start = position == 0 or block.atoms[position - 1].gap != "blank" or position == first
        label1 = block.level(position, words.LEVEL1) if at_start else None
        label2 = block.level(position, words.LEVEL2) if at_start else None
        label = label2 or label1
        if label and words.COMPLETE.fullmatch(label[1]):
            if position > first:
                found.append((first, position, upper, lower))
                upper = None
            if label1 and (
                label2 is None or words.BOTH.fullmatch(label1[1]) and block.level(label1[0], words.LEVEL2)
            ):
                upper, lower = label1[1], None
            else:
                lower = label[1]
            position = first = label[0]
        else:
            position += 1
    if size > first:
        found.append((first, size, upper, lower))
    return found


def _split(
    block: IndicatorBlock, first: int, last: int, columns: int, remark: bool
) -> list[tuple[list[tuple[int, int]], bool]]:
    """Rows of cells between two levels; one row of one cell, not sure, where they cannot be told apart."""
    whole = [([(first, last)], False)]
    if any(a.gap == "page" for a in block.atoms[first : last - 1]) and last - first > columns:
        return whole  # a page may cut every cell of a row
    paths: dict[int, list[_Path]] = {first: [(0.0, 0, None)]}
    for position in range(first, last):
        if block.work.left <= 0:
            return whole
        reached = paths.get(position, [])
        for more, cells in _rows_from(block, position, last, columns, remark) if reached else []:
            options = paths.setdefault(cells[-1][1], [])
            for path in reached:
                insort(options, (path[0] + more, path[1] + 1, (cells, path)), key=operator.itemgetter(0))
            del options[_KEPT:]
    best = paths.get(last, [])
    if not best or best[0][0] > 7.0 * best[0][1]:
        return whole
    for cost, count, _ in best[1:]:
        if cost - best[0][0] < (_MARGIN if count == best[0][1] else _MARGIN_ROWS):
            return whole
    rows = _rows_of(best[0])
    if columns == 3 and any(
        len(cells) == 2 and len(block.line_widths(*cells[0])) >= _LONG for cells in rows
    ):
        return whole  # so long a cell may be two, cut where a line happens to be full
    return [(cells, True) for cells in rows]


def _rows_of(path: _Path) -> list[list[tuple[int, int]]]:
    """The rows of a way through a group, in order."""
    rows = []
    step = path[2]
    while step is not None:
        rows.append(step[0])
        step = step[1][2]
    return rows[::-1]


def _rows_from(
    block: IndicatorBlock, first: int, last: int, columns: int, remark: bool
) -> list[tuple[float, list[tuple[int, int]]]]:
    """Every row that may begin here, with what speaks against it."""
    found: list[tuple[float, list[tuple[int, int]]]] = []
    for a in range(first + 1, min(first + 14, last)):
        one = block.cell(first, a, "content")
        if one > 6.0:
            continue
        block.work.left -= 200 if columns == 2 else 3_000
        for b in range(a + 1, min(a + 14, last) + 1):
            value = block.cell(a, b, "target") - _same(block, (first, a), (a, b))
            unnamed = 1.5 if words.is_value(block.text(first, a)) else 0.0
            found.append(
                (one + value + unnamed + (_TWO_CELLS if columns == 3 else 0.0), [(first, a), (a, b)])
            )
            if columns == 2:
                continue
            two = block.cell(a, b, "content")
            if two > 6.0:
                continue
            for c in range(b + 1, min(b + 14, last) + 1):
                cells = [(first, a), (a, b), (b, c)]
                cost = one + two + block.cell(b, c, "target") - _same(block, (first, a), (b, c))
                found.append((cost, cells))
                if remark and c < last and c + 2 >= last:
                    found.append(
                        (cost + _REMARK + block.cell(c, last, "content"), [*cells[:2], (b, c), (c, last)])
                    )
    return [(cost, cells) for cost, cells in found if cost < 14.0]


def _same(block: IndicatorBlock, first: tuple[int, int], other: tuple[int, int]) -> float:
    """Many forms print the target twice: as content and as value."""
    x, y = block.text(*first), block.text(*other)
    return 3.0 if x == y and len(x) >= 2 else 0.0
