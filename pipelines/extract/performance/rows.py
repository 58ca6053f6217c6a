"""The rows of a grid that a dump gives cell by cell: where a row ends, and which atoms make which cell.

A row ends with its score; before it stand name, target and result, each wrapped to its column, and before those
the level cells where a level begins. Every way to cut a block is weighed by what the dump shows (blanks, empty
lines, ends of paragraphs, widths of columns) and by what cells look like (a bracket closes where it was opened,
a result resembles its target); the lightest way wins. Where a second way weighs nearly the same, the row is not
cut: its text stays together. No number's value is used, only its look.

The search is bounded: a row has at most ``_MAX_ROW`` atoms, a way goes on only while it can still win, and a grid
whose cuts cost more work than real ones do (``_WORK``) is not cut any further: its rows stay whole and are flagged.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import lru_cache
from itertools import accumulate, pairwise

from pipelines.documents.normalise import squeeze
from pipelines.extract.parts.lines import clean, join, seam, width
from pipelines.extract.performance.model import Work
from pipelines.extract.performance.stream import Atom
from pipelines.extract.performance.words import (
    BOTH,
    COMPLETE,
    LABEL_REST,
    LEVEL1,
    LEVEL2,
    MAX_LABEL,
    NUMBER,
    SIDE,
    is_value,
    without_points,
)

TEXT_COLUMNS = ("name", "target", "actual")
_MARGIN = 0.6
"""How much heavier the second-best cut of a row must be for the best one to be trusted."""
_MARGIN_UNMARKED = 1.6
"""The same for dumps that do not mark the ends of paragraphs."""
_MAX_ROW = 130
_MAX_CELL = 1500
"""Characters of a cell; a longer one is in no good cut."""
_BONUS = 5.0
"""What speaks for a cell is never more than this: its look, and that its text is known."""
_SLACK = 6.0
"""A cut this much heavier than the second best is not looked at any closer."""
_WORK = 5_000
"""Pairs of cuts that are weighed for an atom of a grid; real forms need a hundredth of that."""
_FOREVER = 1e9
_BEST_ROW = 13.0
"""No row weighs less than minus this."""
_SKIPPED = 3.0
"""What speaks against a level being the name of an indicator."""
_HOPELESS = 8.0
"""A cell heavier than this is in no good cut."""
_DEAD = 24.0
"""A cell heavier than this is in no cut at all: what speaks for the others cannot make it good."""
_OPENING, _CLOSING = "（(“‘《【", "，。、；：）)”’】%％,"
_PAIRS = (("（(", "）)"), ("“", "”"), ("‘", "’"))
_FIRST_TOKEN = re.compile(r"[（《“‘(]*(?:[A-Za-z0-9.%+\-/,]+|.)[，。；：、！？）》”’%)]*")
_LATIN = re.compile(r"[A-Za-z0-9.%/\-]")
_SIGNED = re.compile(r"[≥≤≧≦﹥﹤>＞<》].*|.*[%￥]")
_STARTS_WITH_UNIT = re.compile(
    r"(?:人(?![员均才社力口大事民身工生])|元|万|月(?![均度])|年(?![度均初末底轻])|日(?![常均])|个(?![人数体性])|家(?![庭长])|名(?!称)|次(?!数)"
    r"|场(?![地次所馆])|%|户(?!外)|份|件(?!数)|批(?!准)|号|天|小时|/|[）)])"
)
_IS_UNIT = re.compile(
    r"(?:人次?|元|万[元人户]?|月|年|日|个|家次?|名|次|场|%|户|份|件|批次?|号|天|小时|/.{1,3})(?:[，。；、）].*|/.*)?$"
)
_SHORT = re.compile(r"(?:经济|社会|生态)效益|可持续影响|服务对象满意度|数量|质量|时效")
_FAMILIES = (
    (r"数量|质量|时效", "产出"),
    (r"(?:经济|社会|生态|环境|生态环境)效益|可持续", "效益"),
    (r"(?:服务对象|社会公众|群众|公众|受益).*满意|满意", "满意"),
)
_UNIFORM = (1.0, 0.5, 0.15)
"""How much an unspaced break inside a cell weighs by the number of breaks, where all of the cell's are unspaced."""
_MAX_REMARK = 40
_NO_REMARK = 4.0
_UNIT_ONLY = re.compile(r"[万亿元人次个家名户月年日天份件%]{1,2}")
_KEPT = 16_384
"""Results that are kept for texts that come again."""


@dataclass(slots=True)
class Row:
    """A row as spans of atoms. ``cells`` are (first, after last); ``rest`` is what a page pushed behind the row."""

    cells: dict[str, tuple[int, int]]
    score: Decimal | None
    weight: Decimal | None
    end: int
    level1: str | None
    level2: str | None
    opens: tuple[bool, bool]
    """Whether the row opens a new first or second level."""
    sure: bool
    rest: tuple[str, int, int] | None = None
    label_rest: str = ""
    """What a page left of the label cells of the rows before."""

    @property
    def start(self) -> int:
        return min(a for a, _ in self.cells.values())


@dataclass(slots=True)
class Labels:
    """Level cells parsed before a row."""

    position: int
    level1: str | None = None
    level2: str | None = None
    new1: bool = False
    new2: bool = False
    rest: str = ""
    """What was left of label cells that the page cut."""


@dataclass(slots=True)
class _Start:
    """Where a row may begin: its level cells, what speaks against them, and what a page left of the row before."""

    labels: Labels
    extra: float
    penalty: float
    rest: tuple[str, int, int] | None
    limit: int | None
    """The last atom of the remark before the row."""


@dataclass(slots=True)
class _Way:
    cost: float
    row: Row | None
    previous: _Way | None
    labels: Labels = field(default_factory=lambda: Labels(0))
    starts: list[_Start] | None = None


_Cut = tuple[float, float, dict[str, tuple[int, int]]]
_Cells = tuple[float, dict[str, tuple[int, int]], Decimal | None, bool]
_Tail = tuple[float, tuple[str, int, int] | None, int | None]
"""What speaks against a tail, the rest of a cell that it is, and the atom from which on it belongs to nothing."""


class Block:
    """The atoms of one indicator grid and what is known of its columns."""

    def __init__(
        self,
        atoms: Sequence[Atom],
        columns: Sequence[str],
        *,
        spaced: bool,
        marked: bool,
        widths: dict[str, float] | None = None,
        known: frozenset[str] = frozenset(),
        full_end: float = 0.0,
        work: Work | None = None,
    ) -> None:
        self.atoms = list(atoms)
        self.columns = tuple(columns)
        self.spaced, self.marked = spaced, marked
        self.widths = widths or {}
        self.known = known
        self.full_end = full_end
        """What speaks against a cell ending with a line as wide as its column."""
        self._raw = "".join(a.text for a in self.atoms)
        self._offsets = [0, *accumulate(len(a.text) for a in self.atoms)]
        self._cleaned = [clean(a.text) for a in self.atoms]
        self._seams = [seam(x, y) + y for x, y in pairwise(self._cleaned)]
        self._pages = [0, *accumulate(int(a.gap == "page") for a in self.atoms)]
        self.label_ends = [self._label_end(i) for i in range(len(self.atoms))]
        self.line_starts = self._line_starts()
        self.scores = [self._score_cost(k) for k in range(len(self.atoms))]
        self._last_score = max((k for k, cost in enumerate(self.scores) if cost == 0.0), default=-1)
        self._weigh_seams()
        self._shape_cached: dict[tuple[int, int, float], float] = {}
        self._cell_cached: dict[tuple[int, int, str], float] = {}
        self._cut_cached: dict[tuple[int, int], _Cut] = {}
        self.work = work or Work()
        self._allowed = 0

    def _weigh_seams(self) -> None:
        """What speaks against each gap lying inside a cell or at its end, and the least of it up to each atom."""
        size = len(self.atoms)
        pairs = list(pairwise(self.atoms))
        self._inner = [_inner_blank(x.text, y.text) if x.gap == "blank" else 0.0 for x, y in pairs]
        self._joins = [self._join_cost(k) if a.gap != "blank" else (0.0, 0.0) for k, (a, _) in enumerate(pairs)]
        self._first_widths = [_first_width(a.text) for a in self.atoms]
        self._cuts = [self._cut_cost(k) for k in range(size)]
        broken = [k for k, (x, _) in enumerate(pairs) if x.gap != "blank"]
        signed = {k for k in broken if self.line_starts[k] == k and _SIGNED.fullmatch(self.atoms[k].text)}
        self._always = [0.0, *accumulate(i + always for i, (always, _) in zip(self._inner, self._joins, strict=True))]
        self._spaced = [0.0, *accumulate(spaced for _, spaced in self._joins)]
        self._loose = [0, *accumulate(int(x.gap in ("down", "page")) for x, _ in pairs)]
        self._tight = [0, *accumulate(int(x.gap == "break") for x, _ in pairs)]
        self._signed = [0, *accumulate(int(k in signed) for k in range(size))]
        self._labelled = [k for k in range(1, size) if self.label_ends[k] is not None and self.atoms[k - 1].gap != "blank"]

    # --- labels ---------------------------------------------------------------------------------------------

    def _line_starts(self) -> list[int]:
        starts, start = [], 0
        for index in range(len(self.atoms)):
            if index and self.atoms[index - 1].gap != "blank":
                start = index
            starts.append(start)
        return starts

    def text(self, first: int, after: int) -> str:
        """Atoms as one text, as it is published: without blanks but between Latin words."""
        if not all(self._cleaned[first:after]):
            return join(a.text for a in self.atoms[first:after])
        return "".join((*self._cleaned[first : first + 1], *self._seams[first : after - 1]))

    def _labels_at(self, first: int, pattern: re.Pattern[str]) -> list[tuple[int, str]]:
        """Every label that begins at an atom and ends with one, the longest first."""
        found = []
        text = ""
        for after in range(first + 1, min(first + 9, len(self.atoms)) + 1):
            text += self.atoms[after - 1].text
            if len(text) > MAX_LABEL:
                break
            if pattern.fullmatch(text):
                found.append((after, text))
        return found[::-1]

    def _label_end(self, first: int) -> int | None:
        """Where a complete label of either level that begins here ends."""
        for pattern in (LEVEL1, LEVEL2):
            for after, text in self._labels_at(first, pattern):
                if COMPLETE.fullmatch(text):
                    return after
        return None

    def _joined(self, first: int, after: int) -> str:
        return self._raw[self._offsets[first] : self._offsets[after]]

    def labels(
        self, position: int, before: Labels, *, cut: bool, first: bool, open_: bool
    ) -> list[tuple[Labels, float]]:
        """The level cells that may stand before a row, with what speaks against each reading.

        A level that is not printed again goes on from the row before. What looks like a level may be a name.
        """
        start = replace(before, position=position, new1=False, new2=False, rest="")
        if first or cut:
            start.position = self._skip_side(start.position)
        if cut:
            start.position = self._skip_rest(start.position, open_)
            start.rest = self._joined(position, start.position)
        options = [(start, 0.0)]
        label, both = self.level(start.position, LEVEL1), self.level(start.position, BOTH)
        inner = self.level(start.position, LEVEL2)
        if label and (both is None or both[0] != label[0]):
            upper = replace(start, position=label[0], level1=label[1], level2=None, new1=True, new2=True)
            inner = self.level(label[0], LEVEL2)
            options = [(upper, _SKIPPED if inner else 0.0), (start, 2.0)]
            if inner:
                options.append((replace(upper, position=inner[0], level2=inner[1]), 0.0))
        elif both:
            inner = self.level(both[0], LEVEL2)
            upper = replace(start, position=both[0], level1=both[1], level2=None, new1=True, new2=True)
            lower = replace(start, position=both[0], level2=both[1], new2=True)
            parent = "效益" if "满意" in both[1] else "成本"
            nothing = before.level1 is None and before.level2 is None
            first_level = nothing or (parent == "效益" and (before.level1 or "").startswith(parent))
            options = [(upper if first_level else lower, _SKIPPED if inner else 0.0), (start, 2.0)]
            if inner:
                options.append((replace(upper, position=inner[0], level2=inner[1]), 0.0))
        elif inner:
            options = [(replace(start, position=inner[0], level2=inner[1], new2=True), 0.0), (start, 2.0)]
        for option, _ in options:
            if option.new2 and not option.new1 and _foreign(option.level1, option.level2):
                option.level1, option.new1 = None, True
        return options

    def level(self, first: int, pattern: re.Pattern[str]) -> tuple[int, str] | None:
        """A label here; a short form without 指标 counts only as a cell of its own or before another label."""
        for after, text in self._labels_at(first, pattern):
            if COMPLETE.fullmatch(text) or (
                after < len(self.atoms) and self._stands_alone(first, after, text)
            ):
                return after, text
        return None

    def _stands_alone(self, first: int, after: int, text: str) -> bool:
        if without_points(text)[1] is not None:
            return True
        if text.endswith("指") and self.atoms[after - 1].gap == "blank":
            return True  # the page cuts the label
        return bool(self._labels_at(after, LEVEL2)) or (
            _SHORT.fullmatch(text) is not None
            and self.line_starts[first] == first
            and after < len(self.atoms)
        )

    def _skip_side(self, position: int) -> int:
        """Past the label at the left edge of the grid (年度绩效目标), as far as it is one."""
        text = ""
        best = position
        for after in range(position + 1, min(position + 9, len(self.atoms)) + 1):
            text += self.atoms[after - 1].text
            if SIDE.fullmatch(text) and text:
                best = after
            elif len(text) > MAX_LABEL:
                break
        return best

    def _skip_rest(self, position: int, open_: bool) -> int:
        """Past what is left of label cells that the page cut; a bracket may close in an ``open_`` cell instead."""
        for _ in range(3):
            if position >= len(self.atoms) or self.label_ends[position] is not None:
                break
            text, best = "", position
            for after in range(position + 1, min(position + 5, len(self.atoms)) + 1):
                text += self.atoms[after - 1].text
                if open_ and "）" in text and "（" not in text:
                    break
                if LABEL_REST.fullmatch(text):
                    best = after
                elif len(text) > 9:
                    break
            if best == position:
                break
            position = best
        return position

    # --- cells ----------------------------------------------------------------------------------------------

    def _uniform(self, first: int, after: int) -> float:
        tight = self._tight[after - 1] - self._tight[first]
        if tight < 2 or self._loose[after - 1] > self._loose[first]:
            return 1.0
        return _UNIFORM[min(tight - 1, 2)]

    def _least_cost(self, first: int, after: int) -> float:
        """A cell weighs no less than this, whatever its look."""
        last = after - 1
        return (
            self._always[last]
            - self._always[first]
            + (self._spaced[last] - self._spaced[first]) * self._uniform(first, after)
            + self._cuts[last]
            - _BONUS
        )

    def _least_of_longer(self, first: int, after: int) -> float:
        """Neither this cell nor one that holds it weighs less."""
        last = after - 1
        breaks = (self._spaced[last] - self._spaced[first]) * _UNIFORM[-1]
        return self._always[last] - self._always[first] + breaks - _BONUS

    def cell(self, first: int, after: int, column: str) -> float:
        """What speaks against atoms being one cell of a column."""
        key = first, after, column
        if key not in self._cell_cached:
            limit = self.widths.get(column, 0.0)
            shape = first, after, limit
            if shape not in self._shape_cached:
                self._shape_cached[shape] = self._lines_cost(first, after, limit)
            cost = self._shape_cached[shape]
            if cost < _FOREVER:
                cost += self._look_cost(first, after, column) + self._cuts[after - 1]
            self._cell_cached[key] = cost
        return self._cell_cached[key]

    def _lines_cost(self, first: int, after: int, limit: float) -> float:
        """What the lines of a cell speak against it, in a column as wide as ``limit`` (0: not known)."""
        if self._offsets[after] - self._offsets[first] > _MAX_CELL or self._least_cost(first, after) > _DEAD:
            return _FOREVER
        self.work.left -= after - first
        pieces, cost = self._lines_of_cell(first, after)
        uniform = self._uniform(first, after)
        widest = max(pieces)[0]
        # A cell of several lines reaches the width of its column itself.
        edge = limit if limit and limit >= widest - 1.0 and len(pieces) < 4 else widest
        slight = 0.0
        for w, k in pieces[:-1]:
            always, spaced = self._joins[k]
            cost += always + spaced * uniform
            if self.marked and self.atoms[k].ends:
                continue  # a paragraph may end anywhere
            short = edge - w - self._first_widths[k + 1]
            if short >= 2.0:
                cost += min(1.0 + short, 5.0) if limit else min(0.7 * short, 3.0)
                if cost > _DEAD:
                    return _FOREVER
            elif short >= 1.0:
                slight += 0.7
        cost += min(slight, 1.5)
        if (
            self.full_end
            and limit
            and pieces[-1][0] > limit - 0.5
            and after < len(self.atoms)
            and self.atoms[after - 1].gap != "blank"
        ):
            cost += self.full_end
        if limit:
            cost += min(sum(2 * (w - limit) for w, _ in pieces if w > limit + 0.75), 4.0)
        return cost

    def _lines_of_cell(self, first: int, after: int) -> tuple[list[tuple[float, int]], float]:
        """Width and last atom of each line of a cell, and what speaks against its blanks."""
        atoms = self.atoms
        pieces: list[tuple[float, int]] = []
        cost = inner = 0.0
        start = first
        for k in range(first, after):
            atom = atoms[k]
            inner += atom.width
            if k == after - 1 or atom.gap != "blank":
                pieces.append((inner + 0.5 * (k - start), k))
                start, inner = k + 1, 0.0
            else:
                cost += self._inner[k]
        return pieces, cost

    def _join_cost(self, k: int) -> tuple[float, float]:
        """What speaks against the line break after an atom lying inside a cell: always, and in a spaced dump."""
        atom, following = self.atoms[k], self.atoms[k + 1]
        cost = 1.5 if atom.gap == "page" else 0.8 if atom.text[-1] == "。" else 0.0
        if self.marked and atom.ends:
            cost += 1.2 if atom.text[-1] in "；。，、：;" else 3.0
        if self.spaced and atom.gap == "break":
            latin = _LATIN.match(atom.text[-1]) or _LATIN.match(following.text[0])
            return cost, 0.8 if latin else 2.2
        return cost, 0.0

    def _cut_cost(self, k: int) -> float:
        """What speaks against a cell ending with an atom."""
        if k + 1 >= len(self.atoms):
            return 0.0
        atom, following = self.atoms[k], self.atoms[k + 1]
        if atom.gap == "blank":
            number, unit = atom.text[-1].isdigit(), bool(_STARTS_WITH_UNIT.match(following.text))
            return 1.5 if number and unit else 0.3 if number and not following.text[0].isdigit() else 0.0
        if self.marked and atom.ends is False:
            return 4.5
        if self.spaced:
            return 0.5 if atom.gap == "down" and not self.marked else 0.0
        return 0.2

    def _look_cost(self, first: int, after: int, column: str) -> float:
        text = self._joined(first, after)
        cost = _text_cost(text, column)
        position = bisect_right(self._labelled, first)
        while position < len(self._labelled) and (k := self._labelled[position]) < after:
            end = self.label_ends[k] or 0
            if end <= after + 1:
                cost += 1.5 if end == after else 3.0
                break
            position += 1
        if column != "content" and self._signed[after - 1] > self._signed[first]:
            cost += 2.0
        if column == "content":
            # Without a score, values are what shows where a row ends: none stands at a line's end inside a cell.
            cost += sum(
                2.0
                for k in range(first, after - 1)
                if self.atoms[k].gap != "blank" and is_value(self.atoms[k].text)
            )
        last = self.line_starts[after - 1]
        if (
            column != "content"
            and last > first
            and last == after - 1
            and _SIGNED.fullmatch(self.atoms[last].text)
        ):
            cost += 3.0
        if text in self.known:
            cost -= 3.0 if is_value(text) else 2.0
        return cost

    # --- rows -----------------------------------------------------------------------------------------------

    def _score_cost(self, k: int) -> float | None:
        """What speaks against an atom being the score that ends a row; None if it cannot be."""
        atom = self.atoms[k]
        if atom.gap == "blank" and "remark" not in self.columns and k + 1 < len(self.atoms):
            return None
        if not NUMBER.fullmatch(atom.text) or Decimal(atom.text) > 100:
            return None
        if self.marked and atom.ends is False:
            return None
        cost = 0.0
        if k + 1 < len(self.atoms) and atom.gap != "page" and not atom.ends:
            following = self.atoms[k + 1].text
            if _STARTS_WITH_UNIT.match(following) and self.label_ends[k + 1] is None:
                cost += 6.0 if _IS_UNIT.match(following) else 2.5
        return cost

    def solve(self) -> tuple[list[Row], list[int]]:
        """The rows, and the atoms that belong to none."""
        self._cell_cached.clear()
        self._cut_cached.clear()
        self._allowed = _WORK * len(self.atoms)
        ways: list[tuple[int, _Way]] = [(-1, _Way(0.0, None, None))]
        for end, score_cost in enumerate(self.scores):
            if score_cost is None:
                continue
            if self.work.left <= 0:
                return [], list(range(len(self.atoms)))
            best: _Way | None = None
            for before, way in reversed(ways):
                if end - before > _MAX_ROW:
                    break
                if best and way.cost - _BEST_ROW > best.cost:
                    continue
                extended = self._extend(way, before, end)
                if extended and (best is None or extended.cost < best.cost):
                    best = extended
            if best:
                best.cost += score_cost
                ways.append((end, best))
        tail: _Tail = (_FOREVER, None, None)
        last: _Way | None = None
        for end, way in ways:
            found = self._tail(way, end)
            if last is None or way.cost + found[0] < last.cost + tail[0]:
                tail, last = found, way
        rows: list[Row] = []
        step = last
        while step and step.row:
            rows.append(step.row)
            step = step.previous
        rows.reverse()
        if rows and tail[1]:
            rows[-1].rest = tail[1]
        return rows, [] if tail[2] is None else list(range(tail[2], len(self.atoms)))

    def _tail(self, way: _Way, end: int) -> _Tail:
        """The atoms behind the last row: rests of labels, the rest of the row's tallest cell, or nothing's."""
        position, size = end + 1, len(self.atoms)
        if position >= size:
            return 0.0, None, None
        if "remark" in self.columns and position > self._last_score:
            return 0.5, None, None
        open_ = way.row is not None and _open_brackets(self.text(*way.row.cells[self._tallest(way.row)]))
        position = self._skip_rest(self._skip_side(position), open_)
        if position >= size:
            return 0.5, None, None
        if way.row and size - position <= _MAX_ROW and self._cut_by_page(way.row, position):
            column = self._tallest(way.row)
            return 1.0 + self.cell(position, size, column), (column, position, size), None
        return 4.0 + 2.0 * (size - position), None, position

    def _cut_by_page(self, row: Row, position: int) -> bool:
        return self._pages[position] > self._pages[row.start]

    def _tallest(self, row: Row) -> str:
        def height(column: str) -> tuple[int, int]:
            first, after = row.cells[column]
            lines = {self.atoms[k].line for k in range(first, after)}
            return int(_open_brackets(self.text(first, after))), len(lines)

        return max((c for c in row.cells), key=height)

    def _extend(self, way: _Way, before: int, end: int) -> _Way | None:
        """The best row from behind one score up to the next, with what a page pushed in between."""
        if way.starts is None:
            way.starts = self._starts(way, before + 1)
        self.work.left -= len(way.starts)
        best: tuple[float, _Start, _Cells] | None = None
        for start in way.starts:
            if start.rest and start.rest[2] >= end - 1:
                break  # the rest must leave a row behind it
            if start.limit is not None and start.limit >= end - 1:
                continue
            solved = self._row(start.labels.position, end)
            if solved is None:
                continue
            cost = way.cost + start.extra + start.penalty + solved[0]
            if best is None or cost < best[0]:
                best = cost, start, solved
        if best is None:
            return None
        cost, start, (_, cells, weight, sure) = best
        labels = start.labels
        row = Row(
            cells, Decimal(self.atoms[end].text), weight, end + 1, labels.level1, labels.level2,
            (labels.new1, labels.new2), sure, label_rest=labels.rest,
        )  # fmt: skip
        previous = way
        if start.rest and way.row:
            previous = replace(way, row=replace(way.row, rest=start.rest))
            if start.rest[1] > before + 1:
                row.label_rest += self._joined(before + 1, start.rest[1])
        return _Way(cost, row, previous, labels)

    def _starts(self, way: _Way, first: int) -> list[_Start]:
        """Where a row may begin behind another, with the level cells before it and what speaks against each."""
        cut = way.row is not None and self._cut_by_page(way.row, first)
        tallest = self._tallest(way.row) if way.row else "name"
        open_ = cut and way.row is not None and _open_brackets(self.text(*way.row.cells[tallest]))

        def begin(position: int, extra: float, rest: tuple[str, int, int] | None, limit: int | None) -> list[_Start]:
            self.work.left -= 20
            options = self.labels(
                position, way.labels, cut=cut and rest is None, first=way.row is None, open_=open_
            )
            return [_Start(labels, extra, penalty, rest, limit) for labels, penalty in options]

        if "remark" in self.columns and way.row is not None:
            starts = [s for k, extra, limit in self._remarks(first) for s in begin(k, extra, None, limit)]
        else:
            starts = begin(first, 0.0, None, None)
        after_labels = self._skip_rest(first, open_) if cut else first
        for after in range(after_labels + 1, min(after_labels + 45, len(self.atoms))) if cut else ():
            extra = 1.2 + self._rest_cost(way.row, tallest, after_labels, after)
            if extra <= _HOPELESS:
                starts += begin(after, extra, (tallest, after_labels, after), None)
        return starts

    def _remarks(self, first: int) -> list[tuple[int, float, int | None]]:
        """Where a row may begin behind the remark of the row before, what speaks against it, and the remark's last atom.

        What stands behind a score on its line is a remark; one that begins on the next line is rare.
        """
        beside = self.atoms[first - 1].gap == "blank"
        options: list[tuple[int, float, int | None]] = [(first, _NO_REMARK if beside else 0.0, None)]
        cost = 0.0 if beside else 1.5
        for k in range(first, min(first + _MAX_REMARK, len(self.atoms))):
            starts_line = k == first or self.atoms[k - 1].gap != "blank"
            if starts_line and k > first and self.label_ends[k] is not None:
                break
            if self.scores[k] == 0.0 and self.atoms[k].gap != "blank":
                cost += 3.0  # it would be a row of its own
            if self.atoms[k].gap != "blank":
                options.append((k + 1, cost + 0.3, k))
                cost += 0.5
        return options

    def _rest_cost(self, row: Row | None, column: str, first: int, after: int) -> float:
        if row is None:
            return _FOREVER
        a, b = row.cells[column]
        whole = self.text(a, b) + self.text(first, after)
        lines = len({self.atoms[k].line for k in range(a, b)})
        cost = self.cell(first, after, column)
        if cost > _FOREVER / 2 or len(whole) > _MAX_CELL:
            return _FOREVER
        cost -= _text_cost(self._joined(first, after), column)
        cost += _text_cost(whole, column)
        cost -= _text_cost(self.text(a, b), column)
        if self.label_ends[first] is not None:
            cost += 6.0
        return cost + (1.0 if lines < 2 else 0.0)

    def _row(self, first: int, end: int) -> _Cells | None:
        """Cut the atoms from ``first`` up to the score into cells."""
        last = end
        weight: Decimal | None = None
        if "weight" in self.columns:
            if last - 1 < first or not NUMBER.fullmatch(self.atoms[last - 1].text):
                return None
            last -= 1
            weight = Decimal(self.atoms[last].text)
        if last <= first:
            return None
        if (first, last) not in self._cut_cached:
            self._cut_cached[first, last] = self._cut(first, last)
        best, second, cells = self._cut_cached[first, last]
        sure = second - best >= (_MARGIN if self.marked else _MARGIN_UNMARKED)
        if not cells or best >= 9.0:
            inner = sum(self.scores[k] == 0.0 for k in range(first, last))
            whole = 8.0 + 0.08 * (last - first) + 5.0 * inner
            cells, best, sure = {"name": (first, last)}, min(best, whole), False
        return best, cells, weight, sure

    def _cut(self, first: int, last: int) -> _Cut:
        """(weight of the best cut, of the next best one, the best cut)."""
        columns = [c for c in self.columns if c in TEXT_COLUMNS]
        best = second = _FOREVER
        cells: dict[str, tuple[int, int]] = {}
        if len(columns) != 3 or last - first < 3 or self._allowed <= 0:
            return best, second, cells
        names = self._good_cells(first, last, columns[0], from_left=True)
        actuals = self._good_cells(first, last, columns[2], from_left=False)
        self.work.left -= len(names) * len(actuals)
        self._allowed -= len(names) * len(actuals)
        for a, name in names:
            for b, actual in actuals:
                if b <= a:
                    continue
                if name + actual + self._least_cost(a, b) > second + _SLACK:
                    continue
                self.work.left -= 15
                cost = name + actual + self.cell(a, b, columns[1])
                if cost > second + _SLACK:
                    continue
                cost -= self._likeness(first, a, b, last)
                if cost < best:
                    best, second = cost, best
                    cells = {columns[0]: (first, a), columns[1]: (a, b), columns[2]: (b, last)}
                elif cost < second:
                    second = cost
        return best, second, cells

    def _good_cells(self, first: int, last: int, column: str, *, from_left: bool) -> list[tuple[int, float]]:
        """Where the first cell of a row may end, or where its last cell may begin, with its weight."""
        found = []
        for cut in range(first + 1, last) if from_left else range(last - 1, first, -1):
            span = (first, cut) if from_left else (cut, last)
            if self._least_of_longer(*span) >= _HOPELESS:
                break
            if self._least_cost(*span) < _HOPELESS and (cost := self.cell(*span, column)) < _HOPELESS:
                found.append((cut, cost))
        return found if from_left else found[::-1]

    def _likeness(self, first: int, a: int, b: int, last: int) -> float:
        return _likeness(self._joined(first, a), self._joined(a, b), self._joined(b, last))

    # --- what the rows teach --------------------------------------------------------------------------------

    def learn(self, rows: Sequence[Row]) -> dict[str, float]:
        """The widths of the columns: the widest lines of their wrapped cells."""
        found: dict[str, float] = {}
        for column in TEXT_COLUMNS:
            widest = sorted(
                max(lines[:-1])
                for row in rows
                if row.sure and column in row.cells and len(lines := self.line_widths(*row.cells[column])) > 1
            )
            if len(widest) >= 2:
                # A quarter of the cells reach it; a single longer line may be a cut gone wrong.
                found[column] = widest[-max(len(widest) // 4, 1) if len(widest) > 3 else -1]
        return found

    def line_widths(self, first: int, after: int) -> list[float]:
        by_line: dict[int, float] = {}
        for k in range(first, after):
            line = self.atoms[k].line
            by_line[line] = (
                by_line[line] + 0.5 + self.atoms[k].width if line in by_line else self.atoms[k].width
            )
        return list(by_line.values())


def _foreign(level1: str | None, level2: str | None) -> bool:
    """Whether a second level printed without a first one cannot belong to the first level above it."""
    if not level1 or not level2:
        return False
    own = next((upper for stems, upper in _FAMILIES if re.match(stems, level2)), None)
    return own is not None and any(level1.startswith(u) for _, u in _FAMILIES) and not level1.startswith(own)


def _inner_blank(before: str, after: str) -> float:
    """What speaks against a blank lying inside a cell: digits are set off from Chinese, words are not."""
    left, right = before[-1], after[0]
    if left in "≥≤》<>≧≦" or right in "（(，。、；）":
        return 0.1
    if left.isdigit() and right.isdigit():
        return 4.0
    if bool(_LATIN.match(left)) != bool(_LATIN.match(right)):
        return 1.5 if _SIGNED.fullmatch(before) or _SIGNED.fullmatch(after) else 0.6
    if left in "，。、；：）":
        return 1.5 if is_value(before) else 0.3
    if is_value(before) and not _LATIN.match(right):
        return 3.0 if len(after) > 2 else 0.8
    return 0.8 if len(before) == 1 or len(after) == 1 else 3.0


@lru_cache(maxsize=_KEPT)
def _first_width(text: str) -> float:
    match = _FIRST_TOKEN.match(text)
    return width(match.group()) if match else 1.0


@lru_cache(maxsize=_KEPT)
def _open_brackets(text: str) -> bool:
    return any(sum(text.count(c) for c in a) != sum(text.count(c) for c in b) for a, b in _PAIRS)


@lru_cache(maxsize=_KEPT)
def _text_cost(text: str, column: str) -> float:
    cost = 0.0
    if text[0] in _CLOSING:
        cost += 4.0
    if text[-1] in "，、（(“‘《":
        cost += 3.0
    if _open_brackets(text):
        cost += 3.0
    value = is_value(text)
    if column == "name":
        if NUMBER.fullmatch(text):
            return cost + 4.0
        if without_points(text)[1] is not None:
            cost -= 2.0
        return cost + (2.0 if value else 0.0) + (2.0 if len(text) == 1 else 0.0)
    if column == "content":
        return (
            cost
            + (2.0 if len(text) == 1 else 0.0)
            + (4.0 if NUMBER.fullmatch(text) or _UNIT_ONLY.fullmatch(text) else 0.0)
        )
    if _UNIT_ONLY.fullmatch(text):
        return cost + 4.0
    if NUMBER.fullmatch(text):
        return cost - 0.5
    return cost - (1.5 if value else 0.0)


@lru_cache(maxsize=_KEPT)
def _likeness(name: str, target: str, actual: str) -> float:
    """How much a result resembles its target (and both the name): the same words, the same unit."""
    x, y = _core(target), _core(actual)
    if x == y:
        gain = 3.0 + min(len(x), 8) / 4
    elif x and y and len(x) >= 3 and len(y) >= 3 and (shared := _shared(x, y)) >= 0.5 * min(len(x), len(y)):
        gain = 1.0 + min(shared, 10) / 4
    elif is_value(target) and is_value(actual):
        gain = 1.0 if x.lstrip("0123456789.") == y.lstrip("0123456789.") else 0.3
    else:
        gain = 0.0
    if len(target) >= 4 and _core(name) == x:
        gain += 2.0
    return gain


def _core(text: str) -> str:
    return re.sub(r"^[≥≤≧≦﹥﹤><＞＜》《]+|[。；]$", "", squeeze(text))


def _shared(x: str, y: str) -> int:
    count = 0
    for a, b in zip(x, y, strict=False):
        if a != b:
            break
        count += 1
    return count
