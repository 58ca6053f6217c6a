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

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property

from pipelines.extract.performance.cells import BONUS, FOREVER, MAX_CELL, WeighedCells
from pipelines.extract.performance.labels import Labels
from pipelines.extract.performance.look import (
    IS_UNIT,
    LIKEST,
    STARTS_WITH_UNIT,
    likeness,
    open_brackets,
    text_cost,
)
from pipelines.extract.performance.words import NUMBER

TEXT_COLUMNS = ("name", "target", "actual")
_MARGIN = 0.6
"""How much heavier the second-best cut of a row must be for the best one to be trusted."""
_MARGIN_UNMARKED = 1.6
"""The same for dumps that do not mark the ends of paragraphs."""
_MAX_ROW = 130
_WORK = 5_000
"""Pairs of cuts that are weighed for an atom of a grid; real forms need a hundredth of that."""
_BEST_ROW = 13.0
"""No row weighs less than minus this."""
_HOPELESS = 8.0
"""A cell heavier than this is in no good cut."""
_MAX_REMARK = 40
_NO_REMARK = 4.0


@dataclass(slots=True)
class IndicatorRow:
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
    row: IndicatorRow | None
    previous: _Way | None
    labels: Labels = field(default_factory=lambda: Labels(0))
    starts: list[_Start] | None = None


_Cut = tuple[float, float, dict[str, tuple[int, int]]]
_Cells = tuple[float, dict[str, tuple[int, int]], Decimal | None, bool]
_Tail = tuple[float, tuple[str, int, int] | None, int | None]
"""What speaks against a tail, the rest of a cell that it is, and the atom from which on it belongs to nothing."""


class IndicatorBlock(WeighedCells):
    """One indicator grid of a dump, cut into rows."""

    _allowed = 0

    @cached_property
    def scores(self) -> list[float | None]:
        """What speaks against each atom being the score that ends a row."""
        return [self._score_cost(k) for k in range(len(self.atoms))]

    @cached_property
    def _last_score(self) -> int:
        return max((k for k, cost in enumerate(self.scores) if cost == 0.0), default=-1)

    @cached_property
    def _cut_cached(self) -> dict[tuple[int, int], _Cut]:
        return {}

    @cached_property
    def _good_cached(self) -> dict[tuple[int, int], tuple[int, list[tuple[int, float]], bool]]:
        return {}

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
            if STARTS_WITH_UNIT.match(following) and self.label_ends[k + 1] is None:
                cost += 6.0 if IS_UNIT.match(following) else 2.5
        return cost

    def solve(self) -> tuple[list[IndicatorRow], list[int]]:
        """The rows, and the atoms that belong to none."""
        self._cell_cached.clear()
        self._cut_cached.clear()
        self._good_cached.clear()
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
        tail: _Tail = (FOREVER, None, None)
        last: _Way | None = None
        for end, way in ways:
            found = self._tail(way, end)
            if last is None or way.cost + found[0] < last.cost + tail[0]:
                tail, last = found, way
        rows: list[IndicatorRow] = []
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
        open_ = way.row is not None and open_brackets(self.text(*way.row.cells[self._tallest(way.row)]))
        position = self._skip_rest(self._skip_side(position), open_)
        if position >= size:
            return 0.5, None, None
        if way.row and size - position <= _MAX_ROW and self._cut_by_page(way.row, position):
            column = self._tallest(way.row)
            return 1.0 + self.cell(position, size, column), (column, position, size), None
        return 4.0 + 2.0 * (size - position), None, position

    def _cut_by_page(self, row: IndicatorRow, position: int) -> bool:
        return self._pages[position] > self._pages[row.start]

    def _tallest(self, row: IndicatorRow) -> str:
        def height(column: str) -> tuple[int, int]:
            first, after = row.cells[column]
            lines = {self.atoms[k].line for k in range(first, after)}
            return int(open_brackets(self.text(first, after))), len(lines)

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
        row = IndicatorRow(
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
        open_ = cut and way.row is not None and open_brackets(self.text(*way.row.cells[tallest]))

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

    def _rest_cost(self, row: IndicatorRow | None, column: str, first: int, after: int) -> float:
        if row is None:
            return FOREVER
        a, b = row.cells[column]
        whole = self.text(a, b) + self.text(first, after)
        lines = len({self.atoms[k].line for k in range(a, b)})
        cost = self.cell(first, after, column)
        if cost > FOREVER / 2 or len(whole) > MAX_CELL:
            return FOREVER
        cost -= text_cost(self._joined(first, after), column)
        cost += text_cost(whole, column)
        cost -= text_cost(self.text(a, b), column)
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
        best = second = FOREVER
        cells: dict[str, tuple[int, int]] = {}
        if len(columns) != 3 or last - first < 3 or self._allowed <= 0:
            return best, second, cells
        names = self._good_cells(first, last, columns[0], from_left=True)
        actuals = self._good_cells(first, last, columns[2], from_left=False)
        self.work.left -= len(names) * len(actuals)
        self._allowed -= len(names) * len(actuals)
        # The lightest first: what can no longer be among the two best is left out, with all that is heavier.
        actuals.sort(key=lambda at: at[1])
        lightest = actuals[0][1] - BONUS if actuals else FOREVER
        found = (last, last)
        for a, name in sorted(names, key=lambda at: at[1]):
            if name + lightest > second + LIKEST:
                break
            for b, actual in actuals:
                if name + actual - BONUS > second + LIKEST:
                    break
                if b <= a or name + actual + self._least_cost(a, b) > second + LIKEST:
                    continue
                self.work.left -= 15
                cost = name + actual + self.cell(a, b, columns[1])
                if cost > second + LIKEST:
                    continue
                cost -= self._likeness(first, a, b, last)
                if cost < best or (cost == best and (a, b) < found):
                    best, second, found = cost, best, (a, b)
                    cells = {columns[0]: (first, a), columns[1]: (a, b), columns[2]: (b, last)}
                elif cost < second:
                    second = cost
        return best, second, cells

    def _good_cells(self, first: int, last: int, column: str, *, from_left: bool) -> list[tuple[int, float]]:
        """Where the first cell of a row may end, or where its last cell may begin, with its weight.

        The cells that begin at an atom are the same whatever ends the row: they are weighed once.
        """
        fixed, step = (first, 1) if from_left else (last, -1)
        cut, found, is_whole = self._good_cached.get((fixed, step), (fixed + step, [], False))
        while not is_whole and first < cut < last:
            span = (fixed, cut) if from_left else (cut, fixed)
            if self._least_of_longer(*span) >= _HOPELESS:
                is_whole = True
            elif self._least_cost(*span) < _HOPELESS and (cost := self.cell(*span, column)) < _HOPELESS:
                found.append((cut, cost))
            cut += step
        self._good_cached[fixed, step] = cut, found, is_whole
        return [at for at in found if first < at[0] < last]

    def _likeness(self, first: int, a: int, b: int, last: int) -> float:
        return likeness(self._joined(first, a), self._joined(a, b), self._joined(b, last))

    def learn(self, rows: Sequence[IndicatorRow]) -> dict[str, float]:
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
