"""A table without ruling lines: rows from baselines, columns from the gaps that no word crosses.

The fallback where :mod:`pipelines.documents.grids` has nothing to go by; its grids say ``method="positions"``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import median

from pipelines.documents.heads import (
    ColumnHead,
    Interval,
    TableHead,
    column_at,
    doubtful,
    overlap,
    place,
    table_head,
)
from pipelines.documents.model import Cell, Grid, Line, Word

_NUMBER = re.compile(r"[-+(（]?[\d,]*\d(?:\.\d+)?[)）]?")
_AMOUNT = re.compile(r"[-+(（]?(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+\.\d+|0)[)）]?")
"""No code and no row's number."""
_STUCK = re.compile(r"-?[\d,]+\.\d{2}(?:-?[\d,]+\.\d{2})+")
_MARKED = re.compile(r"[一二三四五六七八九十]{1,3}、|[（(][一二三四五六七八九十]{1,3}[）)]")
_MIN_GAP = 1.5
_TOUCH = 1.0
"""Points by which a head may reach over the words of the next column."""
_FEW = 0.2
"""Texts to a column's figures that may reach into it; more of them are what a column of labels prints."""


@dataclass(slots=True)
class _Part:
    """What one page prints of a table: lines, where its body begins, and its heads."""

    lines: list[Line]
    body_start: int
    head: TableHead

    @property
    def body(self) -> list[Line]:
        return self.lines[self.body_start :]


def grid_from_lines(
    lines: list[Line],
    page: int,
    col_edges: tuple[float, ...] | None = None,
    first_row: re.Pattern[str] | None = None,
    is_head: Callable[[str], bool] | None = None,
) -> Grid | None:
    """A grid from lines that belong to one table (header and body), or None if they show no columns.

    ``col_edges`` gives the columns where vertical rulings exist but horizontal ones do not; ``first_row`` is what
    the first word of a body row may be besides a figure; ``is_head`` tells a head's text from a wrapped
    name that stands before the first figure.
    """
    return grids_from_pages([(page, lines)], col_edges, first_row, is_head)[0]


def grids_from_pages(
    pages: Sequence[tuple[int, list[Line]]],
    col_edges: tuple[float, ...] | None = None,
    first_row: re.Pattern[str] | None = None,
    is_head: Callable[[str], bool] | None = None,
) -> list[Grid | None]:
    """One grid for each page of a table, all with the same columns: those that the words of all pages leave."""
    parts = [_part(lines, first_row, is_head) for _, lines in pages]
    edges = col_edges
    if edges is None and sum(len(p.lines) for p in parts) >= 2:
        edges = next((e for p in parts if (e := _numbered(p.lines))), None) or _columns(parts)
    if edges is None or len(edges) < 3:
        return [None] * len(parts)
    return [
        _grid(part, page, edges) if part.lines else None for part, (page, _) in zip(parts, pages, strict=True)
    ]


def _part(
    lines: list[Line], first_row: re.Pattern[str] | None, is_head: Callable[[str], bool] | None
) -> _Part:
    placed = [_parted(ln) for ln in lines if ln.box and ln.words]
    left = min((ln.box[0] for ln in placed if ln.box), default=0.0)
    width = max((ln.box[2] for ln in placed if ln.box), default=0.0) - left
    # 合计 is a row's label in the left part of the table and a column's head elsewhere.
    labels = left + 0.4 * width
    body_start = next((i for i, ln in enumerate(placed) if _is_body(ln)), None)
    if body_start is None:
        body_start = next(
            (i for i, ln in enumerate(placed) if _begins(ln, first_row, labels, is_head)), len(placed)
        )
    while (
        body_start
        and is_head
        and (
            not any(is_head(w.text) for w in placed[body_start - 1].words)
            or _begins(placed[body_start - 1], first_row, labels, is_head)
            or _of_one_row(placed[body_start - 1 : body_start + 1])
        )
    ):
        body_start -= 1
    numbering = [ln for ln in placed[:body_start] if _numbers_columns(ln)]
    heads = [ln for ln in placed[:body_start] if ln not in numbering]
    last = max((ln.box[3] for ln in heads if ln.box), default=0.0)
    after = [ln.box[1] for ln in (*numbering, *placed[body_start:]) if ln.box]
    bottom = (last + max(min(after), last)) / 2 if after else last + 3.0
    return _Part(placed, body_start, table_head(placed[:body_start], numbering, bottom))


def _grid(part: _Part, page: int, edges: tuple[float, ...]) -> Grid:
    """The rows of one page in the table's columns."""
    rows = _rows(part.lines, part.body_start)
    tops = [min(ln.box[1] for ln in row if ln.box) for row in rows]
    bottoms = [max(ln.box[3] for ln in row if ln.box) for row in rows]
    row_edges = [tops[0] - 1]
    row_edges += [max((bottoms[i] + tops[i + 1]) / 2, row_edges[-1] + 0.01) for i in range(len(rows) - 1)]
    row_edges.append(bottoms[-1] + 1)
    cells = _head_cells(part, edges, row_edges)
    for i in range(part.body_start, len(rows)):
        cells.extend(_row_cells(i, rows[i], edges, (row_edges[i], row_edges[i + 1])))
    box = (edges[0], row_edges[0], edges[-1], row_edges[-1])
    return Grid(page, box, tuple(row_edges), tuple(edges), cells, "positions")


def _parted(line: Line) -> Line:
    """Figures of neighbouring columns that touch (``23.7221.42``) are parted after their two decimals."""
    if not any(_STUCK.fullmatch(w.text) for w in line.words):
        return line
    words: list[Word] = []
    for word in line.words:
        if not _STUCK.fullmatch(word.text):
            words.append(word)
            continue
        x0, y0, x1, y1 = word.box
        step = (x1 - x0) / len(word.text)
        for m in re.finditer(r"-?[\d,]+?\.\d{2}", word.text):
            words.append(Word(m.group(), (x0 + step * m.start(), y0, x0 + step * m.end() - 2, y1)))
    return Line(line.number, " ".join(w.text for w in words), line.box, tuple(words))


def _begins(
    line: Line, first_row: re.Pattern[str] | None, labels: float, is_head: Callable[[str], bool] | None
) -> bool:
    """A row without figures that begins the body: a label of rows at the left and no head beside it."""
    first, *rest = line.words
    if not (first_row and first.box[0] < labels and first_row.match(first.text)):
        return False
    return not (is_head and any(is_head(w.text) and not first_row.match(w.text) for w in rest))


def _of_one_row(lines: list[Line]) -> bool:
    """Two lines that stand beside each other: a wrapped name and the figures in its middle."""
    boxes = [ln.box for ln in lines if ln.box]
    return len(boxes) == 2 and boxes[0][3] - boxes[1][1] > 0.3 * (boxes[0][3] - boxes[0][1]) and not _numbers_columns(lines[0])


def _is_body(line: Line) -> bool:
    """A line with a figure or a code; a row of small consecutive integers numbers the columns."""
    numbers = [w.text for w in line.words if _NUMBER.fullmatch(w.text)]
    if not numbers:
        return False
    small = [n for n in numbers if n.isdigit() and len(n) <= 2]
    if len(small) == len(numbers) and len(numbers) >= 2:
        values = [int(n) for n in numbers]
        return values != list(range(values[0], values[0] + len(values)))
    return any("." in n or len(n) >= 3 for n in numbers) or len(line.words) > len(numbers)


def _numbered(lines: list[Line]) -> tuple[float, ...] | None:
    """Column edges from a row that numbers all columns 1 2 3 …: midway between the numbers.

    None where there is no such row, where words stand left of its columns (names), or where a figure crosses an edge.
    """
    row = next((ln for ln in lines if _counts_columns(ln)), None)
    if row is None:
        return None
    centres = [(w.box[0] + w.box[2]) / 2 for w in row.words]
    edges = [(a + b) / 2 for a, b in zip(centres, centres[1:], strict=False)]
    edges = [2 * centres[0] - edges[0], *edges, 2 * centres[-1] - edges[-1]]
    figures = [w.box for ln in lines if ln is not row for w in ln.words if _NUMBER.fullmatch(w.text)]
    if any(box[0] < e < box[2] for box in figures for e in edges) or any(
        w.box[2] < edges[0] for ln in lines for w in ln.words
    ):
        return None
    return tuple(edges)


def _counts_columns(line: Line) -> bool:
    """A line of nothing but 1 2 3 …, at least six."""
    texts = [w.text for w in line.words]
    return len(texts) >= 6 and texts == [str(i + 1) for i in range(len(texts))]


def _numbers_columns(line: Line) -> bool:
    """A line that numbers columns: small consecutive integers, with few words beside them (栏次)."""
    small = [w.text for w in line.words if w.text.isdigit() and len(w.text) <= 2]
    values = [int(n) for n in small]
    return (
        bool(small)
        and values == list(range(values[0], values[0] + len(values)))
        and all(w.text in small or len(w.text) <= 2 for w in line.words)
    )


def _columns(parts: list[_Part]) -> tuple[float, ...] | None:
    """Column edges: between clusters of words of the body and of the heads that stand over one column each.

    Where it is in doubt whether a head stands over one column or, as a group, over several, the reading counts in
    which groups stand best in the middle of their columns.
    """
    first = next((p for p in parts if p.head.heads), parts[0])
    head = first.head
    doubts = doubtful(head)[:3]
    leaves = list(head.leaves)
    found: list[tuple[float, int, tuple[float, ...], list[ColumnHead]]] = []
    for size in range(len(doubts) + 1):
        for groups in combinations(doubts, size):
            head.leaves = [h for h in leaves if not any(h is g for g in groups)]
            clusters = _with_heads(parts, head)
            if len(clusters) >= 2:
                edges = _between(clusters, parts, head)
                found.append((place(head, edges), size, edges, head.leaves))
    head.leaves = leaves
    if not found:
        return None
    _, _, edges, head.leaves = min(found, key=lambda f: f[:2])
    for part in parts:
        if part is not first:
            kept = [(round(h.centre), "".join(w.text for _, w in h.words)) for h in head.leaves]
            part.head.leaves = [
                h for h in part.head.leaves if (round(h.centre), "".join(w.text for _, w in h.words)) in kept
            ]  # fmt: skip
    return edges


def _between(clusters: list[Interval], parts: list[_Part], head: TableHead) -> tuple[float, ...]:
    """The edges between clusters: as near to figures and texts at the sides of their columns as these allow."""
    words = [w for part in parts for ln in part.body for w in ln.words]
    figures = [(w.box[0], w.box[2]) for w in words if _AMOUNT.fullmatch(w.text)]
    texts = [(w.box[0], w.box[2]) for w in words if not _NUMBER.fullmatch(w.text)]
    leaves = [h.span for h in head.leaves]
    pad = min([0.5 * head.em, *((b[0] - a[1]) / 2 for a, b in zip(clusters, clusters[1:], strict=False))])
    edges: list[float] = []
    for a, b in zip(clusters, clusters[1:], strict=False):
        if _side([a], leaves, figures) > 0:
            edges.append(a[1] + pad)
        elif any(abs(t[0] - b[0]) <= 1 for t in texts):
            edges.append(b[0] - pad)
        else:
            edges.append((a[1] + b[0]) / 2)
    return (
        _outer(clusters[0], edges[0], leaves, clusters[0][0] - 2),
        *edges,
        clusters[-1][1] + 2
        if _side([clusters[-1]], leaves, figures) > 0
        else _outer(clusters[-1], edges[-1], leaves, clusters[-1][1] + 2),
    )


def _outer(cluster: Interval, inner: float, leaves: list[Interval], nearest: float) -> float:
    """The outer edge of the first or last column: as far from its head's middle as the inner one, if that is farther."""
    over = [h for h in leaves if overlap(h, cluster) > 0]
    if len(over) != 1:
        return nearest
    mirrored = over[0][0] + over[0][1] - inner
    return min(nearest, mirrored) if nearest < inner else max(nearest, mirrored)


def _with_heads(parts: list[_Part], head: TableHead) -> list[Interval]:
    """Clusters of words of all pages' bodies and of the heads over one column."""
    words = _in_columns([w for part in parts for ln in part.body for w in ln.words])
    body = _clusters([(w.box[0], w.box[2]) for w in words])
    heads = [h.span for h in head.leaves]
    # A head over several columns of the body (codes in three columns) does not join them.
    heads = [_clear(h, body) for h in heads if sum(overlap(b, h) > _TOUCH for b in body) <= 1]
    numbers = [
        (w.box[0], w.box[2]) for part in parts for ln in part.lines[: part.body_start] if _numbers_columns(ln) for w in ln.words
        if w.text.isdigit()
    ]  # fmt: skip
    numbers = [n for n in numbers if sum(overlap(c, n) > 0 for c in _clusters(body + heads)) <= 1]
    return _pair(_clusters(body + heads + numbers), heads + numbers, words)


def _clear(head: Interval, body: list[Interval]) -> Interval:
    """A head without the ends with which it touches the neighbours of its column's words."""
    low, high = head
    for b in body:
        if overlap(b, head) <= _TOUCH and b[0] - _MIN_GAP <= high and low <= b[1] + _MIN_GAP:
            low, high = (low, b[0] - 2 * _MIN_GAP) if b[0] > (low + high) / 2 else (b[1] + 2 * _MIN_GAP, high)
    return (low, high) if low < high else head


def _in_columns(words: list[Word]) -> list[Word]:
    """The words without the few texts that reach into columns of figures, as the labels of foot rows do."""
    figures = [(w.box[0], w.box[2]) for w in words if _NUMBER.fullmatch(w.text)]
    texts = [w for w in words if not _NUMBER.fullmatch(w.text)]
    wide: list[Word] = []
    for column in _clusters(figures):
        own = sum(overlap(f, column) > 0 for f in figures)
        over = [w for w in texts if overlap((w.box[0], w.box[2]), column) > -_MIN_GAP]
        if len(over) < own and len(over) <= max(2, _FEW * own):
            wide.extend(over)
    return [w for w in words if not any(w is o for o in wide)]


def _pair(clusters: list[Interval], heads: list[Interval], words: list[Word]) -> list[Interval]:
    """A centred head and figures at one side of its column may not overlap: neighbours that lack each other pair up.

    At which side of its head a figure stands, the other columns say. Where they do not, only one way may fit.
    """
    figures = [(w.box[0], w.box[2]) for w in words if _NUMBER.fullmatch(w.text)]
    amounts = [(w.box[0], w.box[2]) for w in words if _AMOUNT.fullmatch(w.text)]
    texts = [(w.box[0], w.box[2]) for w in words if not _NUMBER.fullmatch(w.text)]
    side = _side(clusters, heads, amounts)
    right = _paired(clusters, heads, figures, texts, head_first=True)
    left = _paired(clusters, heads, figures, texts, head_first=False)
    if side:
        return right if side > 0 else left
    alone = [sum(not _holds(c, heads) for c in found) for found in (right, left)]
    return left if alone[1] < alone[0] else right


def _holds(cluster: Interval, words: list[Interval]) -> bool:
    return any(overlap(w, cluster) > 0 for w in words)


def _side(clusters: list[Interval], heads: list[Interval], figures: list[Interval]) -> int:
    """1 where figures stand right of the middle of their heads or end at one edge, -1 for the left, 0 if nothing says."""
    votes = 0
    for cluster in clusters:
        over = [h for h in heads if overlap(h, cluster) > 0]
        below = [f for f in figures if overlap(f, cluster) > 0]
        if len(below) >= 2:
            ends, begins = (max(x) - min(x) for x in ([f[1] for f in below], [f[0] for f in below]))
            votes += (begins > ends + 1) - (ends > begins + 1)
        if over and below:
            distance = median((f[0] + f[1]) / 2 for f in below) - median((h[0] + h[1]) / 2 for h in over)
            votes += (distance > 1) - (distance < -1)
    return (votes > 0) - (votes < 0)


def _paired(
    clusters: list[Interval],
    heads: list[Interval],
    figures: list[Interval],
    texts: list[Interval],
    *,
    head_first: bool,
) -> list[Interval]:
    """Clusters with a lone head joined to the lone figures that follow it (or precede it), and lone texts to a head
    that follows them."""
    paired: list[Interval] = []
    taken = False
    for cluster in clusters:
        previous = paired[-1] if paired and not taken else None
        taken = False
        if previous is not None:
            one, other = (previous, cluster) if head_first else (cluster, previous)
            numeric = (
                _alone(one, heads, figures + texts)
                and _alone(other, figures, heads)
                and not _holds(other, texts)
            )
            named = (
                _alone(cluster, heads, figures + texts)
                and _alone(previous, texts, heads)
                and not _holds(previous, figures)
            )
            if numeric or named:
                paired[-1] = (previous[0], cluster[1])
                taken = True
                continue
        paired.append(cluster)
    return paired


def _alone(cluster: Interval, held: list[Interval], lacked: list[Interval]) -> bool:
    return _holds(cluster, held) and not _holds(cluster, lacked)


def _clusters(intervals: list[Interval]) -> list[Interval]:
    merged: list[Interval] = []
    for low, high in sorted(intervals):
        if merged and low <= merged[-1][1] + _MIN_GAP:
            merged[-1] = (merged[-1][0], max(merged[-1][1], high))
        else:
            merged.append((low, high))
    return merged


def _rows(lines: list[Line], body_start: int) -> list[list[Line]]:
    """Header lines one by one; in the body a wrapped name joins the nearest line that carries figures."""
    rows = [[ln] for ln in lines[:body_start]]
    body = lines[body_start:]
    anchors = [i for i, ln in enumerate(body) if any(_NUMBER.fullmatch(w.text) for w in ln.words)]
    middles = [_middle(ln) for ln in body]
    wide = [w for ln in body for w in ln.words if len(w.text) >= 2 and w.text[0] > "\u2e80"]
    em = median((w.box[2] - w.box[0]) / len(w.text) for w in wide) if wide else 10.0
    # Single rows stand a pitch apart, the lines of one row closer: wrapped names, and names that are centred beside
    # their figures. A line with figures never joins a row that has some.
    closest = min(
        (middles[b] - middles[a] for a, b in zip(anchors, anchors[1:], strict=False)), default=2 * em
    )
    limit = min(1.35 * em, 0.9 * closest)
    grouped: list[list[Line]] = []
    with_figures = False
    for i, line in enumerate(body):
        figures = i in anchors
        near = bool(grouped) and middles[i] - middles[i - 1] <= limit
        if near and not (figures and with_figures) and not _begins_anew(line, grouped[-1]):
            grouped[-1].append(line)
            with_figures = with_figures or figures
        else:
            grouped.append([line])
            with_figures = figures
    return rows + grouped


def _begins_anew(line: Line, row: list[Line]) -> bool:
    """A numbered label (二、…) below another text of the row: the next row."""
    marked = [w.box for w in line.words if _MARKED.match(w.text)]
    return any(
        overlap((box[0], box[2]), (w.box[0], w.box[2])) > 0 for box in marked for ln in row for w in ln.words
    )


def _middle(line: Line) -> float:
    assert line.box is not None
    return (line.box[1] + line.box[3]) / 2


def _head_cells(part: _Part, edges: tuple[float, ...], row_edges: list[float]) -> list[Cell]:
    """The rows of the head: each head in the columns over which it stands, a wrapped one in all its lines."""
    count = len(edges) - 1
    at: dict[tuple[int, int], Cell] = {}
    cells: list[Cell] = []
    place(part.head, edges)
    lines = part.lines[: part.body_start]
    for head in sorted(part.head.heads, key=lambda h: (h.columns or (0, 0))[1] - (h.columns or (0, 0))[0]):
        assert head.columns is not None
        held: dict[int, str] = {}
        for i, word in head.words:
            held[i] = held.get(i, "") + word.text
        _put(
            cells,
            at,
            (min(held), max(held)),
            head.columns,
            edges,
            row_edges,
            {lines[i].number: t for i, t in held.items()},
        )
    for i, line in enumerate(lines):
        if _numbers_columns(line):
            for cell in _row_cells(i, [line], edges, (row_edges[i], row_edges[i + 1])):
                cells.append(cell)
                at.update({(i, j): cell for j in range(cell.col0, cell.col1 + 1)})
    for i in range(len(lines)):
        for j in range(count):
            if (i, j) not in at:
                cells.append(Cell(i, i, j, j, (edges[j], row_edges[i], edges[j + 1], row_edges[i + 1])))
    return cells


def _put(
    cells: list[Cell], at: dict[tuple[int, int], Cell], rows: tuple[int, int], columns: tuple[int, int],
    edges: tuple[float, ...], row_edges: list[float], texts: dict[int, str],
) -> None:  # fmt: skip
    """Add a head's cell, cut to the places that no other head holds; without any, its text joins that other head."""
    row0, row1 = rows
    free = [
        j for j in range(columns[0], columns[1] + 1) if all((i, j) not in at for i in range(row0, row1 + 1))
    ]
    if not free:
        host = at.get((row1, columns[0])) or next(
            at[i, j] for i in range(row0, row1 + 1) for j in range(columns[0], columns[1] + 1) if (i, j) in at
        )
        host.lines += tuple(texts.values())
        host.line_numbers += tuple(texts)
        return
    first = last = free[0]
    for j in free[1:]:
        if j != last + 1:
            break
        last = j
    cell = Cell(
        row0,
        row1,
        first,
        last,
        (edges[first], row_edges[row0], edges[last + 1], row_edges[row1 + 1]),
        tuple(texts.values()),
        tuple(texts),
    )
    cells.append(cell)
    at.update({(i, j): cell for i in range(row0, row1 + 1) for j in range(first, last + 1)})


def _row_cells(i: int, row: list[Line], edges: tuple[float, ...], span: Interval) -> list[Cell]:
    """The cells of a row. A text that stands over several columns, with nothing else in them, is one cell over all."""
    words = [(line.number, word) for line in row for word in line.words]
    own = [column_at(edges, (w.box[0] + w.box[2]) / 2) for _, w in words]
    spans: list[tuple[int, int]] = []
    for k, (_, word) in enumerate(words):
        under = [
            j
            for j in range(len(edges) - 1)
            if overlap((word.box[0], word.box[2]), (edges[j], edges[j + 1])) > 1
        ]
        free = not _NUMBER.fullmatch(word.text) and not any(o in under for i, o in enumerate(own) if i != k)
        spans.append((under[0], under[-1]) if free and len(under) > 1 else (own[k], own[k]))
    held: dict[tuple[int, int], dict[int, str]] = {}
    for (number, word), where in zip(words, spans, strict=True):
        by_line = held.setdefault(where, {})
        by_line[number] = by_line.get(number, "") + word.text
    taken = {j for a, b in held for j in range(a, b + 1)}
    held |= {(j, j): {} for j in range(len(edges) - 1) if j not in taken}
    return [
        Cell(i, i, a, b, (edges[a], span[0], edges[b + 1], span[1]), tuple(texts.values()), tuple(texts))
        for (a, b), texts in sorted(held.items())
    ]
