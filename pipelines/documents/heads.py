"""The head of a table without vertical rulings: words → heads, which of them stand over one column, which over several.

Heads are printed in the middle of their cells, or all at the top of them. A head over one column therefore stands
halfway between what is above it and the table's body (or right below what is above it), and a group halfway between
the outer edges of the columns below it. Nothing here knows what a head means.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from pipelines.documents.model import Box, Line, Word

Interval = tuple[float, float]

_LEADING = 1.5
"""Ems between the baselines of one wrapped head at the most; rows of heads stand further apart."""
_LEVEL = 0.4
"""Ems by which heads of one level may differ in height."""
_ABOVE = 0.6
"""Ems of room above the first line of the head."""
_UNCOVERED = 1.5
"""Ems of room above a column's highest head from which something is missing there."""
_BELOW = 0.2
"""Ems by which the cell below a group begins under the middle of the group's text at the least."""
_LEFT_OUT = 0.5
"""Ems of a group's distance from the middle of its columns for which it may leave one column out."""


@dataclass(slots=True, eq=False)
class ColumnHead:
    """A printed head: its words by line of the head, its box, and the columns it stands over (first, last)."""

    words: list[tuple[int, Word]]
    box: Box
    columns: tuple[int, int] | None = None
    top: float = 0.0
    """Where its cell begins."""

    @property
    def middle(self) -> float:
        return (self.box[1] + self.box[3]) / 2

    @property
    def centre(self) -> float:
        return (self.box[0] + self.box[2]) / 2

    @property
    def span(self) -> Interval:
        return self.box[0], self.box[2]


@dataclass(slots=True)
class TableHead:
    """The heads of a table, the size of their type, and where the body begins."""

    heads: list[ColumnHead]
    em: float
    bottom: float
    leaves: list[ColumnHead] = field(default_factory=list)
    """Heads over one column, left to right."""
    at_top: bool = False
    """Heads stand at the top of their cells."""

    @property
    def ceiling(self) -> float:
        """The upper edge of the whole head."""
        return min((h.box[1] for h in self.heads), default=0.0) - _ABOVE * self.em


def table_head(lines: Sequence[Line], skipped: Sequence[Line], bottom: float) -> TableHead:
    """The heads among the lines of a table's head; ``skipped`` lines (which number the columns) hold none."""
    words = [(i, w) for i, ln in enumerate(lines) if ln not in skipped for w in ln.words]
    em = median((w.box[2] - w.box[0]) / len(w.text) for _, w in words) if words else 10.0
    head = TableHead(_wrapped(words, em), em, bottom)
    head.leaves = sorted(_leaves(head), key=lambda h: h.box[0])
    return head


def _top(head: ColumnHead, whole: TableHead, below: float) -> float:
    """Where a head's cell begins, whose cell ends at ``below``."""
    return head.box[1] - _ABOVE * whole.em if whole.at_top else 2 * head.middle - below


def _wrapped(words: list[tuple[int, Word]], em: float) -> list[ColumnHead]:
    """Words below each other, near and in line, are one head that wraps."""
    heads: list[ColumnHead] = []
    for i, word in sorted(words, key=lambda w: (w[1].box[3], w[1].box[0])):
        above = [h for h in heads if overlap(h.span, (word.box[0], word.box[2])) > 0]
        host = max(above, key=lambda h: h.box[3], default=None)
        if (
            host is not None
            and host.words[-1][0] != i
            and _goes_on(host, word, em)
            and not _shares(host, word, words)
        ):
            host.words.append((i, word))
            host.box = union(host.box, word.box)
        else:
            heads.append(ColumnHead([(i, word)], word.box))
    return heads


def _goes_on(host: ColumnHead, word: Word, em: float) -> bool:
    last = host.words[-1][1].box
    if (
        not 0 < word.box[3] - last[3] <= _LEADING * em
        or word.box[2] - word.box[0] > host.box[2] - host.box[0] + em
    ):
        return False
    centred = abs((last[0] + last[2]) / 2 - (word.box[0] + word.box[2]) / 2) <= 0.6 * em
    return centred or abs(last[0] - word.box[0]) <= 0.4 * em


def _shares(host: ColumnHead, word: Word, words: list[tuple[int, Word]]) -> bool:
    """Another word of the same height stands below the host, too: it is a group."""
    return any(
        w is not word and abs(w.box[3] - word.box[3]) <= 2.4 and overlap(host.span, (w.box[0], w.box[2])) > 0
        for _, w in words
    )


def _leaves(head: TableHead) -> list[ColumnHead]:
    """Heads with none below them."""
    leaves = []
    for h in head.heads:
        if not any(lower(k, h, head.em) and overlap(h.span, k.span) > 1 for k in head.heads):
            leaves.append(h)
    return leaves


def lower(one: ColumnHead, other: ColumnHead, em: float) -> bool:
    """True if one head stands on a lower level than the other."""
    return one.middle > other.middle + _LEVEL * em


def doubtful(head: TableHead) -> list[ColumnHead]:
    """Leaves that stand higher than a neighbour on either side: they may as well be groups over some of these."""
    found = []
    for k, leaf in enumerate(head.leaves):
        left, right = head.leaves[:k], head.leaves[k + 1 :]
        if left and right and lower(left[-1], leaf, head.em) and lower(right[0], leaf, head.em):
            found.append(leaf)
    return found


def place(head: TableHead, edges: Sequence[float]) -> float:
    """:func:`_place` with heads in the middle of their cells, or at the top of them where that fits far better."""
    middle = _place(head, edges, at_top=False)
    if middle <= head.em:
        return middle
    top = _place(head, edges, at_top=True)
    return top if top < middle - head.em else _place(head, edges, at_top=False)


def _place(head: TableHead, edges: Sequence[float], *, at_top: bool) -> float:
    """Give every head its columns: leaves by where they stand, groups, from the lowest, by the middle of theirs.

    Returns how far, in all, the groups are from the middle of their columns, the leaves above the middle of cells as
    high as the whole head, and, in ems, how many columns nothing covers up to its top.
    """
    head.at_top = at_top
    for leaf in head.leaves:
        leaf.columns = _covered(leaf, edges)
        leaf.top = _top(leaf, head, head.bottom)
    _part(head.leaves)
    cost = sum(max(0.0, head.ceiling - leaf.top) for leaf in head.leaves)
    tops = {j: head.bottom for j in range(len(edges) - 1)}
    for leaf in head.leaves:
        _raise(leaf, tops)
    groups = sorted((h for h in head.heads if not any(h is k for k in head.leaves)), key=lambda h: -h.middle)
    inside: set[int] = set()
    while groups:
        level = [h for h in groups if not lower(groups[0], h, head.em)]
        cost += _place_level(sorted(level, key=lambda h: h.centre), tops, inside, edges, head.em)
        for group in level:
            inside.update(range(group.columns[0] + 1, group.columns[1] + 1))  # type: ignore[index]
            group.top = _top(group, head, min(tops[j] for j in range(group.columns[0], group.columns[1] + 1)))  # type: ignore[index]
            _raise(group, tops)
        groups = groups[len(level) :]
    return cost + head.em * sum(top > head.ceiling + _UNCOVERED * head.em for top in tops.values())


def _raise(head: ColumnHead, tops: dict[int, float]) -> None:
    assert head.columns is not None
    for j in range(head.columns[0], head.columns[1] + 1):
        tops[j] = min(tops[j], head.top)


def _covered(head: ColumnHead, edges: Sequence[float]) -> tuple[int, int]:
    """The column in which a head's centre lies, and those that it covers by more than half."""
    own = column_at(edges, head.centre)
    wide = [
        j
        for j in range(len(edges) - 1)
        if overlap(head.span, (edges[j], edges[j + 1])) > 0.5 * (edges[j + 1] - edges[j])
    ]
    return min([own, *wide]), max([own, *wide])


def _part(leaves: list[ColumnHead]) -> None:
    """No column belongs to two leaves of different places: the one whose centre lies in it keeps it."""
    for a, b in zip(leaves, leaves[1:], strict=False):
        assert a.columns is not None and b.columns is not None
        if a.columns[1] >= b.columns[0] and a.columns != b.columns:
            if a.columns[0] < b.columns[0]:
                a.columns = (a.columns[0], b.columns[0] - 1)
            elif b.columns[1] > a.columns[1]:
                b.columns = (a.columns[1] + 1, b.columns[1])


def _place_level(
    groups: list[ColumnHead], tops: dict[int, float], inside: set[int], edges: Sequence[float], em: float
) -> float:
    """Neighbouring columns for each group of one level, so that all groups stand in the middle of theirs.

    ``inside``: edges within groups that stand below; no range begins or ends there.
    """
    free = [tops[j] >= groups[0].middle + _BELOW * em for j in range(len(edges) - 1)]
    count = len(edges) - 1
    # best[k][j]: the least cost of the first k groups in the columns before j, and the ranges chosen for them.
    best: list[list[tuple[float, tuple[tuple[int, int], ...]] | None]] = [
        [None] * (count + 1) for _ in range(len(groups) + 1)
    ]
    best[0][0] = (0.0, ())
    for k in range(len(groups) + 1):
        for j in range(count + 1):
            here = best[k][j]
            if here is None or j == count:
                continue
            skip = (here[0] + (_LEFT_OUT * em if free[j] else 0.0), here[1])
            best[k][j + 1] = _better(best[k][j + 1], skip)
            if k == len(groups) or j in inside:
                continue
            stop = j
            while stop < count and free[stop]:
                if stop + 1 in inside:
                    stop += 1
                    continue
                distance = abs((edges[j] + edges[stop + 1]) / 2 - groups[k].centre)
                taken = (here[0] + distance, (*here[1], (j, stop)))
                best[k + 1][stop + 1] = _better(best[k + 1][stop + 1], taken)
                stop += 1
    chosen = best[len(groups)][count]
    for k, group in enumerate(groups):
        group.columns = chosen[1][k] if chosen else _covered(group, edges)
    return chosen[0] if chosen else edges[-1] - edges[0]


def _better(
    one: tuple[float, tuple[tuple[int, int], ...]] | None, other: tuple[float, tuple[tuple[int, int], ...]]
) -> tuple[float, tuple[tuple[int, int], ...]]:
    return other if one is None or other[0] < one[0] else one


def column_at(edges: Sequence[float], x: float) -> int:
    """The column in which a position lies; the first or last for what is outside."""
    for j in range(len(edges) - 1):
        if x < edges[j + 1]:
            return j
    return len(edges) - 2


def overlap(a: Interval, b: Interval) -> float:
    return min(a[1], b[1]) - max(a[0], b[0])


def union(a: Box, b: Box) -> Box:
    return min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])
