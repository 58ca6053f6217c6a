"""Which column does a number belong to, when a dump has lost the blanks? The official arithmetic decides.

A row prints k numbers of n columns, in order. Each way to lay them out is an *option*; row formulas
(total = basic + project), sums over the hierarchy (款 sum to 类) and what other tables say remove options.
All options that remain are kept: a number with one column left is decided, any other is ambiguous. Integers
throughout (micro-units of 万元). Sums hold within the rounding envelope, half a display unit for each printed
value; never a best guess.

The constraints form a tree (a parent and its children), so passing feasible options up and then down finds
exactly the options that occur in some solution. A group whose state space would grow beyond the limit is left
unconstrained, which can only leave more numbers ambiguous.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import combinations

MAX_STATES = 8_000
_HABIT = 3
"""So many rows with one figure are no accident."""
MAX_WORK = 3_000_000
"""States × options × targets of one step: beyond either limit the sum is not used."""

Vector = tuple[int | None, ...]
"""One value per column; None is blank."""

RowRule = tuple[int, tuple[tuple[int, int], ...]]
"""(target column, ((sign, column), ...)): target = Σ sign × column."""


@dataclass(slots=True)
class Node:
    """One row of the table.

    ``allow`` is an outside restriction (another table's figures) on the whole vector. ``fixed`` gives the
    columns where the paper leaves no doubt.
    """

    tokens: tuple[int, ...]
    children: list[int] = field(default_factory=list)
    allow: Callable[[Vector], bool] | None = None
    fixed: tuple[int, ...] | None = None


@dataclass(slots=True)
class Solution:
    """Per node: the options (columns of its tokens) that remain, and whether its parts are not printed."""

    options: list[list[tuple[int, ...]]]
    incomplete: list[bool]

    def columns(self, node: int, token: int) -> set[int]:
        """The columns that a token may stand in."""
        return {option[token] for option in self.options[node]}


@dataclass(slots=True, frozen=True)
class RowLayout:
    """A table's columns: how many, which one is the row's total, and the row formulas."""

    n_columns: int
    total: int
    rules: tuple[RowRule, ...]
    summed: tuple[int, ...]
    """Columns whose parent is the sum of its children."""


def vector_of(layout: RowLayout, tokens: Sequence[int], option: Sequence[int]) -> Vector:
    """Lay the tokens out in the option's columns."""
    vector: list[int | None] = [None] * layout.n_columns
    for token, column in zip(tokens, option, strict=True):
        vector[column] = token
    return tuple(vector)


def _rule_holds(layout: RowLayout, vector: Vector, rule: RowRule, quantum: int) -> bool:
    target, parts = rule
    values = [(sign, vector[column]) for sign, column in parts]
    printed = sum(v is not None for _, v in values) + (vector[target] is not None)
    if printed == 0:
        return True
    if vector[target] is None and not any(v for _, v in values):
        return True  # zeros printed under a blank total
    if vector[target] is None and target == layout.total:
        return False  # parts that cancel out are no reason to leave their total blank
    expected = sum(sign * (v or 0) for sign, v in values)
    return 2 * abs(expected - (vector[target] or 0)) <= printed * quantum


def row_options(layout: RowLayout, node: Node, quantum: int) -> tuple[list[tuple[int, ...]], bool]:
    """The options of one row by itself: those that its formulas allow, or all where a figure is missing or wrong.

    The second value says that several figures fit no formula: then another table's figures decide nothing.
    """
    k, n = len(node.tokens), layout.n_columns
    if node.fixed is not None:
        return [node.fixed], False
    if k == 0:
        return [()], False
    if k == n:
        return [tuple(range(n))], False
    every = list(combinations(range(n), k))
    holding = [
        o for o in every if all(_rule_holds(layout, vector_of(layout, node.tokens, o), r, quantum) for r in layout.rules)
    ]
    return holding or every, k > 1 and not holding


def solve(layout: RowLayout, nodes: list[Node], quantum: int) -> Solution:
    """All options that occur in some solution of the whole table. ``nodes`` are in any order; roots have no parent."""
    options: list[list[tuple[int, ...]]] = []
    for node in nodes:
        found, wrong = row_options(layout, node, quantum)
        if node.allow is not None and not wrong:
            kept = [o for o in found if node.allow(vector_of(layout, node.tokens, o))]
            # One figure alone that another table says is no total: one of the two tables errs, and nothing is decided.
            found = kept if kept and (len(node.tokens) > 1 or (layout.total,) in kept) else found
        options.append(found)
    incomplete = _alone(layout, nodes, options, quantum)
    order = _post_order(nodes)
    for parent in order:  # upwards: a parent keeps what its children can sum to
        if _constrain(layout, nodes, options, incomplete, parent, quantum, children_too=False):
            continue
        for index in (parent, *nodes[parent].children):
            if incomplete[index]:  # the total column contradicts a figure that stands alone: it may be any
                options[index] = [(c,) for c in range(layout.n_columns)]
                incomplete[index] = False
    for parent in reversed(order):  # downwards: children keep what their parent allows
        if not _constrain(layout, nodes, options, incomplete, parent, quantum, children_too=True):
            _blank_below(layout, nodes, options, parent)
    return Solution(options, incomplete)


def _alone(layout: RowLayout, nodes: list[Node], options: list[list[tuple[int, ...]]], quantum: int) -> list[bool]:
    """Rows that print their total and not its parts, where that is the table's habit; their options become it.

    One row with one figure has lost the others, and which ones it does not say. Where several have, the figure is
    the total, unless it may as well be the part that other rows do print beside it.
    """
    alone = [False] * len(nodes)
    lone = [
        i for i, node in enumerate(nodes) if len(node.tokens) == 1 and node.fixed is None and len(options[i]) > 1
    ]
    if layout.total != 0 or len(lone) < _HABIT:
        return alone
    beside = {
        column
        for i, node in enumerate(nodes)
        if len(node.tokens) == 2 and node.tokens[0] == node.tokens[1]
        for option in options[i]
        if option[0] == layout.total
        for column in option[1:]
    }
    parents = {child: parent for parent, node in enumerate(nodes) for child in node.children}
    # What the other rows may sum to is the same for every lone figure below one parent.
    gaps = {
        (parent, column): _gaps(layout, nodes, options, parent, column)
        for parent in {parents[i] for i in lone if i in parents} for column in beside
    }  # fmt: skip
    for i in lone:
        if i in parents and not any(_may_stand(nodes, gaps[parents[i], column], (parents[i], i), quantum) for column in beside):
            alone[i] = True
    for i in lone:
        if alone[i]:
            options[i] = [(layout.total,)]
    return alone


def _gaps(layout: RowLayout, nodes: list[Node], options: list[list[tuple[int, ...]]], parent: int, column: int) -> list[int] | None:
    """What may be missing in that column between a parent and its rows of two figures and more; None: too many sums."""
    sums = {0}
    for child in nodes[parent].children:
        if len(nodes[child].tokens) == 1:
            continue
        values = {vector_of(layout, nodes[child].tokens, option)[column] or 0 for option in options[child]}
        sums = {a + b for a in sums for b in values}
        if len(sums) > MAX_STATES:
            return None
    wanted = {vector_of(layout, nodes[parent].tokens, option)[column] for option in options[parent]} - {None}
    return sorted({(goal or 0) - s for s in sums for goal in wanted})


def _may_stand(nodes: list[Node], gaps: list[int] | None, row: tuple[int, int], quantum: int) -> bool:
    """Whether a lone figure would complete the sum of its parent (or nothing says it would not)."""
    if gaps is None:
        return True
    parent, own = row
    slack = (len(nodes[parent].children) + 1) * quantum // 2
    at = bisect_left(gaps, nodes[own].tokens[0] - slack)
    return at < len(gaps) and gaps[at] <= nodes[own].tokens[0] + slack


def _blank_below(layout: RowLayout, nodes: list[Node], options: list[list[tuple[int, ...]]], parent: int) -> None:
    """A sum that fails decides nothing, but a column that the parent leaves blank stays blank below it."""
    if len(options[parent]) != 1:
        return
    vector = vector_of(layout, nodes[parent].tokens, options[parent][0])
    blank = {c for c in layout.summed if not vector[c]}
    for child in nodes[parent].children:
        kept = [
            option
            for option in options[child]
            if not any(token and column in blank for token, column in zip(nodes[child].tokens, option, strict=True))
        ]
        options[child] = kept or options[child]


def _post_order(nodes: list[Node]) -> list[int]:
    has_parent = {c for node in nodes for c in node.children}
    order: list[int] = []
    stack = [(i, False) for i in range(len(nodes)) if i not in has_parent]
    while stack:
        index, done = stack.pop()
        if done:
            order.append(index)
            continue
        stack.append((index, True))
        stack.extend((c, False) for c in nodes[index].children)
    return order


def _constrain(
    layout: RowLayout,
    nodes: list[Node],
    options: list[list[tuple[int, ...]]],
    incomplete: list[bool],
    parent: int,
    quantum: int,
    children_too: bool,
) -> bool:
    """Make one parent and its children consistent.

    False, and nothing changed, if no combination fits: the source errs, and the sum decides nothing.
    """
    children = nodes[parent].children
    if not children:
        return True
    if any(len(nodes[i].tokens) == 1 and len(options[i]) > 1 for i in (parent, *children)):
        return True  # a figure alone may be a total whose parts are not printed: then the sums prove nothing
    partial = incomplete[parent] or any(incomplete[c] for c in children)
    summed = [c for c in layout.summed if not partial or c == layout.total]
    if not any(nodes[c].tokens for c in children):
        return True  # none of the children prints a figure: nothing to hold the parent to
    if not nodes[parent].tokens:
        return True
    parent_vectors = {o: _projected(layout, nodes[parent], o, summed) for o in options[parent]}
    child_vectors = [{o: _projected(layout, nodes[c], o, summed) for o in options[c]} for c in children]
    printed = 1 + sum(bool(nodes[c].tokens) for c in children)
    slack = printed * quantum // 2
    # A column that the parent leaves blank is blank below, too: no slack there.
    targets = {
        o: (v, tuple(slack if raw is not None else 0 for raw in _raw(layout, nodes[parent], o, summed)))
        for o, v in parent_vectors.items()
    }
    layers = _reachable(child_vectors, targets, len(summed))
    if layers is None:
        return True
    alive: set[tuple[int, ...]] = set()
    good_parents = []
    for option, (goal, slacks) in targets.items():
        hits = {s for s in layers[-1] if all(abs(a - b) <= t for a, b, t in zip(s, goal, slacks, strict=True))}
        if hits:
            good_parents.append(option)
            alive |= hits
    if not good_parents:
        return False
    options[parent] = good_parents
    if not children_too:
        return True
    for index in range(len(children) - 1, -1, -1):
        before = layers[index]
        survivors: set[tuple[int, ...]] = set()
        kept: list[tuple[int, ...]] = []
        for option, vector in child_vectors[index].items():
            found = False
            for state in alive:
                previous = tuple(a - b for a, b in zip(state, vector, strict=True))
                if previous in before:
                    survivors.add(previous)
                    found = True
            if found:
                kept.append(option)
        options[children[index]] = kept
        alive = survivors
    return True


def _raw(layout: RowLayout, node: Node, option: tuple[int, ...], summed: list[int]) -> Vector:
    vector = vector_of(layout, node.tokens, option)
    return tuple(vector[c] for c in summed)


def _projected(layout: RowLayout, node: Node, option: tuple[int, ...], summed: list[int]) -> tuple[int, ...]:
    return tuple(v or 0 for v in _raw(layout, node, option, summed))


def _reachable(
    child_vectors: list[dict[tuple[int, ...], tuple[int, ...]]],
    targets: dict[tuple[int, ...], tuple[tuple[int, ...], tuple[int, ...]]],
    width: int,
) -> list[set[tuple[int, ...]]] | None:
    """Partial sums after each child, cut where no target can be met any more; None beyond the limit."""
    low_rest = [(0,) * width]
    high_rest = [(0,) * width]
    for vectors in reversed(child_vectors):
        values = list(vectors.values())
        low_rest.append(tuple(low_rest[-1][c] + min(v[c] for v in values) for c in range(width)))
        high_rest.append(tuple(high_rest[-1][c] + max(v[c] for v in values) for c in range(width)))
    low_rest.reverse()
    high_rest.reverse()
    layers = [{(0,) * width}]
    for index, vectors in enumerate(child_vectors):
        distinct = set(vectors.values())
        if len(layers[-1]) * len(distinct) * len(targets) > MAX_WORK:
            return None
        states = {tuple(a + b for a, b in zip(s, v, strict=True)) for s in layers[-1] for v in distinct}
        low, high = low_rest[index + 1], high_rest[index + 1]
        states = {
            s
            for s in states
            if any(
                all(g - t - h <= a <= g + t - lo for a, g, t, lo, h in zip(s, goal, slacks, low, high, strict=True))
                for goal, slacks in targets.values()
            )
        }
        if len(states) > MAX_STATES:
            return None
        layers.append(states)
    return layers
