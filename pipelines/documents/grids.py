"""Ruling lines → grids: collinear pieces merged, touching lines form one table, cells merged where no line is."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict

from pipelines.documents.limits import MAX_CROSSINGS, within
from pipelines.documents.model import Cell, Grid

Ruling = tuple[str, float, float, float]
"""("h", y, x0, x1) or ("v", x, y0, y1)."""

_SNAP = 2.0
_GAP = 3.0
_TOUCH = 2.5
_MIN_LENGTH = 4.0
_NARROWEST = 4.0
"""Points. No text fits between lines that are closer: the two borders of neighbouring cells (web pages), a hidden column."""

Char = tuple[str, float, float, float, float, float]


def find_grids(rulings: list[Ruling], placed: list[tuple[Char, int]], page: int) -> list[Grid]:
    """Grids of one page, top to bottom. ``placed`` are the page's characters with their line numbers."""
    grids = frames(rulings, page)
    _fill(grids, placed)
    return [g for g in grids if any(c.lines for c in g.cells)]


def frames(rulings: list[Ruling], page: int) -> list[Grid]:
    """The grids that ruling lines make, before anything is put into their cells."""
    horizontals = _merge([r for r in rulings if r[0] == "h"])
    verticals = _merge([r for r in rulings if r[0] == "v"])
    within(len(horizontals) * len(verticals), MAX_CROSSINGS, "crossings of ruling lines on one page")
    grids = []
    for hs, vs in _components(horizontals, verticals):
        grid = _grid(hs, vs, page)
        if grid is not None:
            grids.append(grid)
    grids.sort(key=lambda g: (g.box[1], g.box[0]))
    return [g for g in grids if not any(o is not g and _inside(g, o) for o in grids)]


def _inside(inner: Grid, outer: Grid) -> bool:
    a, b = inner.box, outer.box
    return a[0] >= b[0] - 1 and a[1] >= b[1] - 1 and a[2] <= b[2] + 1 and a[3] <= b[3] + 1 and len(
        inner.cells
    ) < len(outer.cells)


def _merge(rulings: list[Ruling]) -> list[tuple[float, float, float]]:
    """Collinear pieces → (position, start, end); positions that differ by less than a line's width snap."""
    pieces = sorted((r[1], r[2], r[3]) for r in rulings)
    merged: list[tuple[float, float, float]] = []
    start = 0
    while start < len(pieces):
        end = start + 1
        while end < len(pieces) and pieces[end][0] - pieces[end - 1][0] <= _SNAP and (
            pieces[end][0] - pieces[start][0] <= 2 * _SNAP
        ):
            end += 1
        band = pieces[start:end]
        position = sum(p[0] for p in band) / len(band)
        spans = sorted((p[1], p[2]) for p in band)
        low, high = spans[0]
        for a, b in spans[1:]:
            if a <= high + _GAP:
                high = max(high, b)
            else:
                merged.append((position, low, high))
                low, high = a, b
        merged.append((position, low, high))
        start = end
    return [m for m in merged if m[2] - m[1] >= _MIN_LENGTH]


def _components(
    hs: list[tuple[float, float, float]], vs: list[tuple[float, float, float]]
) -> list[tuple[list[tuple[float, float, float]], list[tuple[float, float, float]]]]:
    parent = list(range(len(hs) + len(vs)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for j, (x, y0, y1) in enumerate(vs):
        for i, (y, x0, x1) in enumerate(hs):
            if y0 - _TOUCH <= y <= y1 + _TOUCH and x0 - _TOUCH <= x <= x1 + _TOUCH:
                parent[root(i)] = root(len(hs) + j)
    members: dict[int, tuple[list, list]] = defaultdict(lambda: ([], []))
    for i, h in enumerate(hs):
        members[root(i)][0].append(h)
    for j, v in enumerate(vs):
        members[root(len(hs) + j)][1].append(v)
    return [m for m in members.values() if len(m[0]) >= 2 and len(m[1]) >= 1]


def _positions(values: list[float]) -> list[float]:
    edges: list[float] = []
    for value in sorted(values):
        if not edges or value - edges[-1] > _NARROWEST:
            edges.append(value)
    return edges


def _grid(
    hs: list[tuple[float, float, float]], vs: list[tuple[float, float, float]], page: int
) -> Grid | None:
    left, right = min(h[1] for h in hs), max(h[2] for h in hs)
    top, bottom = min(v[1] for v in vs), max(v[2] for v in vs)
    xs = [v[0] for v in vs]
    ys = [h[0] for h in hs]
    # A table may lack its outer lines: its horizontals then reach beyond the last vertical.
    open_left, open_right = left < min(xs) - 5, right > max(xs) + 5
    open_top, open_bottom = top < min(ys) - 5, bottom > max(ys) + 5
    xs += ([left] if open_left else []) + ([right] if open_right else [])
    ys += ([top] if open_top else []) + ([bottom] if open_bottom else [])
    cols, rows = _positions(xs), _positions(ys)
    n, m = len(rows) - 1, len(cols) - 1
    if n < 1 or m < 1 or n * m < 2:
        return None
    # wall_right[i][j]: a line stands between cells (i, j) and (i, j + 1); wall_below likewise.
    wall_right = [[False] * m for _ in range(n)]
    wall_below = [[False] * m for _ in range(n)]
    for x, y0, y1 in vs:
        j = _nearest(cols, x) - 1
        if 0 <= j < m:
            for i in range(n):
                middle = (rows[i] + rows[i + 1]) / 2
                if y0 - 1 <= middle <= y1 + 1:
                    wall_right[i][j] = True
    for y, x0, x1 in hs:
        i = _nearest(rows, y) - 1
        if 0 <= i < n:
            for j in range(m):
                middle = (cols[j] + cols[j + 1]) / 2
                if x0 - 1 <= middle <= x1 + 1:
                    wall_below[i][j] = True
    cells = _merge_cells(rows, cols, wall_right, wall_below)
    return Grid(page, (cols[0], rows[0], cols[-1], rows[-1]), tuple(rows), tuple(cols), cells)


def _nearest(edges: list[float], value: float) -> int:
    index = bisect_right(edges, value)
    if index == 0:
        return 0
    if index == len(edges):
        return index - 1
    return index if edges[index] - value < value - edges[index - 1] else index - 1


def _merge_cells(
    rows: list[float], cols: list[float], wall_right: list[list[bool]], wall_below: list[list[bool]]
) -> list[Cell]:
    n, m = len(rows) - 1, len(cols) - 1
    taken = [[False] * m for _ in range(n)]
    cells = []
    for i in range(n):
        for j in range(m):
            if taken[i][j]:
                continue
            j1 = j
            while j1 + 1 < m and not wall_right[i][j1] and not taken[i][j1 + 1]:
                j1 += 1
            i1 = i
            while i1 + 1 < n and not any(wall_below[i1][k] for k in range(j, j1 + 1)) and not any(
                wall_right[i1 + 1][k] for k in range(j, j1)
            ):
                i1 += 1
            for a in range(i, i1 + 1):
                for b in range(j, j1 + 1):
                    taken[a][b] = True
            cells.append(Cell(i, i1, j, j1, (cols[j], rows[i], cols[j1 + 1], rows[i1 + 1])))
    return cells


def _fill(grids: list[Grid], placed: list[tuple[Char, int]]) -> None:
    """Put every character into the cell that holds its centre; lines inside a cell by the page's lines."""
    centred = [((c[1] + c[3]) / 2, (c[2] + c[4]) / 2, c[0], line) for c, line in placed] if grids else []
    for grid in grids:
        x0, y0, x1, y1 = grid.box
        owner = [[0] * grid.n_cols for _ in range(grid.n_rows)]
        for index, cell in enumerate(grid.cells):
            for i in range(cell.row0, cell.row1 + 1):
                owner[i][cell.col0 : cell.col1 + 1] = [index] * (cell.col1 + 1 - cell.col0)
        rows, cols = grid.row_edges[1:-1], grid.col_edges[1:-1]
        texts: dict[int, dict[int, list[str]]] = defaultdict(dict)
        for cx, cy, char, line in centred:
            if x0 <= cx <= x1 and y0 <= cy <= y1:
                texts[owner[bisect_right(rows, cy)][bisect_right(cols, cx)]].setdefault(line, []).append(char)
        for index, by_line in texts.items():
            cell = grid.cells[index]
            kept = [(number, "".join(parts).strip()) for number, parts in by_line.items()]
            kept = [(number, text) for number, text in kept if text]
            if kept:
                cell.lines = tuple(text for _, text in kept)
                cell.line_numbers = tuple(number for number, _ in kept)
