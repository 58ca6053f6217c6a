"""The solver never puts a figure into a wrong column: the true layout is always among the options it leaves.

Tables are made here: a tree of 合计 > 类 > 款 > 项, exact amounts per column, printed at two decimals (so that
sums carry real rounding), blanks dropped as a dump drops them.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.extract import solver
from pipelines.extract.dump import LAYOUTS
from pipelines.extract.solver import Node, RowLayout, Solution, row_options, solve, vector_of

QUANTUM = 10_000
THREE = LAYOUTS["general_budget_expenditure"][0]
SIX = LAYOUTS["expenditure_by_function"][0]
SEVEN = LAYOUTS["revenue_by_function"][0]
FUND = LAYOUTS["government_fund"][0]

RELAXED = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@dataclass
class Truth:
    """A table as printed: nodes for the solver, and the columns their figures stand in."""

    nodes: list[Node]
    columns: list[tuple[int, ...]]
    parents: dict[int, int] = field(default_factory=dict)


def _printed(amount: int) -> int:
    """Rounded to the display unit, half up."""
    return (amount + QUANTUM // 2) // QUANTUM * QUANTUM


def grow(rng: random.Random, layout: RowLayout, *, fan: int, small: bool, single: float, zeros: float) -> Truth:
    """A random table. ``small`` makes amounts of a few display units, so that figures coincide."""
    truth = Truth([], [])
    parts = [column for _, column in layout.rules[0][1]]
    used = rng.sample(parts, rng.randint(1, min(2, len(parts)))) if rng.random() < 0.8 else parts

    def leaf() -> dict[int, int]:
        kept = rng.sample(used, rng.randint(1, len(used)))
        top = 4 if small else 5_000_00
        return {c: rng.randint(1, top) * QUANTUM + rng.choice((0, 0, 3_333, -4_999, 2_500)) for c in kept}

    def build(depth: int) -> tuple[int, dict[int, int]]:
        index = len(truth.nodes)
        truth.nodes.append(Node(()))
        truth.columns.append(())
        if depth == 0:
            exact = leaf()
        else:
            exact = {}
            for _ in range(rng.randint(1, fan)):
                child, amounts = build(depth - 1)
                truth.nodes[index].children.append(child)
                truth.parents[child] = index
                for column, amount in amounts.items():
                    exact[column] = exact.get(column, 0) + amount
        vector: dict[int, int] = {c: _printed(a) for c, a in exact.items()}
        vector[layout.total] = _printed(sum(exact.values()))
        if depth == 0 and rng.random() < single:
            vector = {layout.total: vector[layout.total]}
        for column in parts:
            if column not in vector and rng.random() < zeros:
                vector[column] = 0
        columns = tuple(sorted(vector))
        truth.nodes[index] = Node(tuple(vector[c] for c in columns), truth.nodes[index].children)
        truth.columns[index] = columns
        return index, exact

    build(rng.choice((2, 3)))
    return truth


def wrong(truth: Truth, solution: Solution) -> list[str]:
    """Rows whose true layout the solver has excluded."""
    return [
        f"row {i} {truth.nodes[i].tokens}: stands in {columns}, left {solution.options[i]}"
        for i, columns in enumerate(truth.columns)
        if columns not in solution.options[i]
    ]


tables = st.builds(
    lambda seed, fan, small, zeros: (seed, fan, small, zeros),
    st.integers(0, 2**32),
    st.integers(1, 5),
    st.booleans(),
    st.sampled_from((0.0, 0.0, 0.3)),
)


@pytest.mark.parametrize("layout", [THREE, SIX, SEVEN], ids=["05", "03", "02"])
@RELAXED
@given(tables)
def test_the_true_layout_is_never_excluded(layout: RowLayout, table: tuple[int, int, bool, float]) -> None:
    seed, fan, small, zeros = table
    truth = grow(random.Random(seed), layout, fan=fan, small=small, single=0.0, zeros=zeros)
    assert not wrong(truth, solve(layout, truth.nodes, QUANTUM))


@RELAXED
@given(tables)
def test_rows_of_a_single_figure_do_not_mislead(table: tuple[int, int, bool, float]) -> None:
    """Some items print 小计 and leave 基本 and 项目 blank (a real report does)."""
    seed, fan, small, _ = table
    truth = grow(random.Random(seed), THREE, fan=fan, small=small, single=0.4, zeros=0.0)
    assert not wrong(truth, solve(THREE, truth.nodes, QUANTUM))


@RELAXED
@given(st.integers(0, 2**32), st.booleans())
def test_fund_tables_with_balances(seed: int, small: bool) -> None:
    """07: closing = opening + revenue - total; every row by itself."""
    rng = random.Random(seed)
    top = 4 if small else 500_000
    nodes, columns = [], []
    for _ in range(rng.randint(1, 8)):
        opening, revenue = rng.choice((0, rng.randint(1, top))), rng.randint(1, top)
        basic = rng.choice((0, rng.randint(0, revenue)))
        project = rng.randint(0, opening + revenue - basic)
        row = (opening, revenue, basic + project, basic, project, opening + revenue - basic - project)
        shown = tuple(c for c, amount in enumerate(row) if amount)
        nodes.append(Node(tuple(row[c] * QUANTUM for c in shown)))
        columns.append(shown)
    truth = Truth(nodes, columns)
    assert not wrong(truth, solve(FUND, nodes, QUANTUM))


@RELAXED
@given(tables, st.integers(1, 10**6), st.booleans())
def test_a_source_error_never_leaves_a_row_without_options(
    table: tuple[int, int, bool, float], error: int, up: bool
) -> None:
    seed, fan, small, zeros = table
    rng = random.Random(seed)
    truth = grow(rng, THREE, fan=fan, small=small, single=0.2, zeros=zeros)
    victim = rng.randrange(len(truth.nodes))
    tokens = list(truth.nodes[victim].tokens)
    tokens[rng.randrange(len(tokens))] += error * QUANTUM * (1 if up else -1)
    truth.nodes[victim] = Node(tuple(tokens), truth.nodes[victim].children)
    solution = solve(THREE, truth.nodes, QUANTUM)
    assert all(solution.options)
    for options, node in zip(solution.options, truth.nodes, strict=True):
        assert all(len(o) == len(node.tokens) and list(o) == sorted(set(o)) for o in options)


@RELAXED
@given(tables)
def test_a_false_total_of_the_table_decides_nothing_below_it(table: tuple[int, int, bool, float]) -> None:
    """合计 is wrong in every column by more than all rows: what the rows below say among themselves still holds."""
    seed, fan, small, _ = table
    truth = grow(random.Random(seed), THREE, fan=fan, small=small, single=0.0, zeros=0.0)
    big = 10**9 * QUANTUM
    root = truth.nodes[0]
    count = len(root.tokens)
    shift = {2: (big, big), 3: (2 * big, big, big)}[count]
    truth.nodes[0] = Node(tuple(t + s for t, s in zip(root.tokens, shift, strict=True)), root.children)
    below = Truth(truth.nodes[1:], truth.columns[1:])
    solution = solve(THREE, truth.nodes, QUANTUM)
    assert not wrong(below, Solution(solution.options[1:], solution.incomplete[1:]))


# --- one by one -------------------------------------------------------------------------------------------------


def node(*tokens: str, children: list[int] | None = None) -> Node:
    return Node(tuple(int(t.replace(".", "")) * QUANTUM for t in tokens), children or [])


def test_children_decide_what_a_row_leaves_open() -> None:
    nodes = [node("5.00", "2.00", "3.00", children=[1, 2]), node("2.00", "2.00"), node("3.00", "3.00")]
    solution = solve(THREE, nodes, QUANTUM)
    assert solution.options == [[(0, 1, 2)], [(0, 1)], [(0, 2)]]


def test_equal_amounts_stay_open() -> None:
    nodes = [node("4.00", "2.00", "2.00", children=[1, 2]), node("2.00", "2.00"), node("2.00", "2.00")]
    solution = solve(THREE, nodes, QUANTUM)
    assert solution.columns(1, 1) == {1, 2}
    assert solution.columns(2, 1) == {1, 2}


def test_a_figure_alone_is_the_total_only_where_that_is_the_table_s_habit() -> None:
    every = [(0,), (1,), (2,)]
    accident = [node("5.00", "2.00", "3.00", children=[1, 2]), node("2.00"), node("3.00")]
    assert solve(THREE, accident, QUANTUM).options[1:] == [every, every]
    habit = [node("6.00", "2.00", "4.00", children=[1, 2, 3]), node("1.00"), node("2.00"), node("3.00")]
    assert solve(THREE, habit, QUANTUM).options[1:] == [[(0,)]] * 3
    contradicted = [node("6.00", "2.00", "4.00", children=[1, 2, 3]), node("1.00"), node("2.00"), node("4.00")]
    assert solve(THREE, contradicted, QUANTUM).options[1:] == [every] * 3


def test_parts_that_cancel_out_leave_no_blank_total() -> None:
    assert len(solve(THREE, [node("-5.00", "5.00")], QUANTUM).options[0]) == 3


def test_rounding_within_the_envelope_fits_and_beyond_it_decides_nothing() -> None:
    within = [node("5.01", "2.01", "3.00", children=[1, 2]), node("2.00", "2.00"), node("3.00", "3.00")]
    assert solve(THREE, within, QUANTUM).options[1:] == [[(0, 1)], [(0, 2)]]
    beyond = [node("5.50", "2.50", "3.00", children=[1, 2]), node("2.00", "2.00"), node("3.00", "3.00")]
    assert solve(THREE, beyond, QUANTUM).options[1:] == [[(0, 1), (0, 2)]] * 2


def test_printed_zero_is_a_figure() -> None:
    assert row_options(THREE, node("5.00", "5.00", "0.00"), QUANTUM) == ([(0, 1, 2)], False)


def test_another_table_s_figures_restrict_a_row() -> None:
    open_row = node("2.00", "2.00")
    open_row.allow = lambda vector: vector[2] is None
    assert solve(THREE, [open_row], QUANTUM).options == [[(0, 1)]]
    impossible = node("2.00", "2.00")
    impossible.allow = lambda vector: False
    assert len(solve(THREE, [impossible], QUANTUM).options[0]) == 2, (
        "a restriction that nothing meets decides nothing"
    )


def test_a_column_that_is_blank_above_is_blank_below() -> None:
    nodes = [node("5.00", "5.00", children=[1, 2]), node("2.00", "2.00"), node("3.00", "3.00")]
    solution = solve(THREE, nodes, QUANTUM)
    assert {tuple(map(tuple, solution.options[i])) for i in (1, 2)} == {((0, 1), (0, 2))}
    nodes[0].fixed = (0, 2)
    assert solve(THREE, nodes, QUANTUM).options == [[(0, 2)], [(0, 2)], [(0, 2)]]


def test_vector_of_lays_tokens_out() -> None:
    assert vector_of(THREE, (7, 8), (0, 2)) == (7, None, 8)


# --- size -------------------------------------------------------------------------------------------------------


def test_a_table_of_two_hundred_rows_stays_within_the_bound_of_states(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[int] = []
    original = solver._reachable

    def watched(*args, **kwargs):  # type: ignore[no-untyped-def]
        layers = original(*args, **kwargs)
        seen.append(max(len(layer) for layer in layers) if layers else 0)
        return layers

    monkeypatch.setattr(solver, "_reachable", watched)
    rng = random.Random(7)
    truth = Truth([], [])
    while len(truth.nodes) < 200:
        truth = grow(rng, THREE, fan=9, small=False, single=0.0, zeros=0.0)
        if len(truth.nodes) > 320:
            truth = Truth([], [])
    solution = solve(THREE, truth.nodes, QUANTUM)
    assert not wrong(truth, solution)
    assert 0 < max(seen) <= solver.MAX_STATES


def test_a_group_beyond_the_bound_is_left_open_not_guessed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solver, "MAX_STATES", 50)
    amounts = [2 ** (k + 5) for k in range(12)]  # far apart: rounding cannot confuse them
    half = sum(amounts[::2])
    nodes = [
        Node((sum(amounts) * QUANTUM, half * QUANTUM, (sum(amounts) - half) * QUANTUM), list(range(1, 13))),
        *(Node((a * QUANTUM, a * QUANTUM)) for a in amounts),
    ]
    assert all(len(o) == 2 for o in solve(THREE, nodes, QUANTUM).options[1:])
    monkeypatch.undo()
    assert all(len(o) == 1 for o in solve(THREE, nodes, QUANTUM).options[1:])
