"""What speaks against atoms of a grid being one cell of a column: their gaps, the lines they fill, their look.

Weights are without unit and are only compared with each other. Not for where a row ends, nor for the search over
ways to cut it: that is in ``rows``.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate, pairwise

from pipelines.extract.performance.labels import LabelledAtoms
from pipelines.extract.performance.look import (
    LATIN,
    SIGNED,
    STARTS_WITH_UNIT,
    first_width,
    inner_blank,
    text_cost,
)  # fmt: skip
from pipelines.extract.performance.model import Work
from pipelines.extract.performance.stream import Atom
from pipelines.extract.performance.words import is_value

MAX_CELL = 1500
"""Characters of a cell; a longer one is in no good cut."""
BONUS = 5.0
"""What speaks for a cell is never more than this: its look, and that its text is known."""
FOREVER = 1e9
_DEAD = 24.0
"""A cell heavier than this is in no cut at all: what speaks for the others cannot make it good."""
_UNIFORM = (1.0, 0.5, 0.15)
"""How much an unspaced break inside a cell weighs by the number of breaks, where all of the cell's are unspaced."""


class WeighedCells(LabelledAtoms):
    """The atoms of one indicator grid, what is known of its columns, and the weight of every cell asked for."""

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
        super().__init__(atoms)
        self.columns = tuple(columns)
        self.spaced, self.marked = spaced, marked
        self.widths = widths or {}
        self.known = known
        self.full_end = full_end
        """What speaks against a cell ending with a line as wide as its column."""
        self.work = work or Work()
        self._weigh_seams()
        self._shape_cached: dict[tuple[int, int, float], float] = {}
        self._cell_cached: dict[tuple[int, int, str], float] = {}

    def _weigh_seams(self) -> None:
        """What speaks against each gap lying inside a cell or at its end, and the least of it up to each atom."""
        size = len(self.atoms)
        pairs = list(pairwise(self.atoms))
        self._inner = [inner_blank(x.text, y.text) if x.gap == "blank" else 0.0 for x, y in pairs]
        self._joins = [self._join_cost(k) if a.gap != "blank" else (0.0, 0.0) for k, (a, _) in enumerate(pairs)]
        self._first_widths = [first_width(a.text) for a in self.atoms]
        self._cuts = [self._cut_cost(k) for k in range(size)]
        broken = [k for k, (x, _) in enumerate(pairs) if x.gap != "blank"]
        signed = {k for k in broken if self.line_starts[k] == k and SIGNED.fullmatch(self.atoms[k].text)}
        self._always = [0.0, *accumulate(i + always for i, (always, _) in zip(self._inner, self._joins, strict=True))]
        self._spaced = [0.0, *accumulate(spaced for _, spaced in self._joins)]
        self._loose = [0, *accumulate(int(x.gap in ("down", "page")) for x, _ in pairs)]
        self._tight = [0, *accumulate(int(x.gap == "break") for x, _ in pairs)]
        self._signed = [0, *accumulate(int(k in signed) for k in range(size))]
        self._labelled = [k for k in range(1, size) if self.label_ends[k] is not None and self.atoms[k - 1].gap != "blank"]

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
            - BONUS
        )

    def _least_of_longer(self, first: int, after: int) -> float:
        """Neither this cell nor one that holds it weighs less."""
        last = after - 1
        breaks = (self._spaced[last] - self._spaced[first]) * _UNIFORM[-1]
        return self._always[last] - self._always[first] + breaks - BONUS

    def cell(self, first: int, after: int, column: str) -> float:
        """What speaks against atoms being one cell of a column."""
        key = first, after, column
        if key not in self._cell_cached:
            limit = self.widths.get(column, 0.0)
            shape = first, after, limit
            if shape not in self._shape_cached:
                self._shape_cached[shape] = self._lines_cost(first, after, limit)
            cost = self._shape_cached[shape]
            if cost < FOREVER:
                cost += self._look_cost(first, after, column) + self._cuts[after - 1]
            self._cell_cached[key] = cost
        return self._cell_cached[key]

    def _lines_cost(self, first: int, after: int, limit: float) -> float:
        """What the lines of a cell speak against it, in a column as wide as ``limit`` (0: not known)."""
        if self._offsets[after] - self._offsets[first] > MAX_CELL or self._least_cost(first, after) > _DEAD:
            return FOREVER
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
                    return FOREVER
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
            latin = LATIN.match(atom.text[-1]) or LATIN.match(following.text[0])
            return cost, 0.8 if latin else 2.2
        return cost, 0.0

    def _cut_cost(self, k: int) -> float:
        """What speaks against a cell ending with an atom."""
        if k + 1 >= len(self.atoms):
            return 0.0
        atom, following = self.atoms[k], self.atoms[k + 1]
        if atom.gap == "blank":
            number, unit = atom.text[-1].isdigit(), bool(STARTS_WITH_UNIT.match(following.text))
            return 1.5 if number and unit else 0.3 if number and not following.text[0].isdigit() else 0.0
        if self.marked and atom.ends is False:
            return 4.5
        if self.spaced:
            return 0.5 if atom.gap == "down" and not self.marked else 0.0
        return 0.2

    def _look_cost(self, first: int, after: int, column: str) -> float:
        text = self._joined(first, after)
        cost = text_cost(text, column)
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
            and SIGNED.fullmatch(self.atoms[last].text)
        ):
            cost += 3.0
        if text in self.known:
            cost -= 3.0 if is_value(text) else 2.0
        return cost
