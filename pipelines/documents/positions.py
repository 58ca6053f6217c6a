"""A table without ruling lines: rows from baselines, columns from the gaps that no word crosses.

The fallback where :mod:`pipelines.documents.grids` has nothing to go by; its grids say ``method="positions"``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from statistics import median

from pipelines.documents.model import Cell, Grid, Line, Word

_NUMBER = re.compile(r"[-+(（]?[\d,]*\d(?:\.\d+)?[)）]?")
_STUCK = re.compile(r"-?[\d,]+\.\d{2}(?:-?[\d,]+\.\d{2})+")
_MIN_GAP = 1.5

Interval = tuple[float, float]


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
    placed = [_parted(ln) for ln in lines if ln.box and ln.words]
    if len(placed) < (1 if col_edges else 2):
        return None
    left = min(ln.box[0] for ln in placed if ln.box)
    width = max(ln.box[2] for ln in placed if ln.box) - left
    # 合计 is a row's label in the left part of the table and a column's head elsewhere.
    labels = left + 0.4 * width
    body_start = next((i for i, ln in enumerate(placed) if _is_body(ln, first_row, labels)), len(placed))
    while is_head and body_start and not any(is_head(w.text) for w in placed[body_start - 1].words):
        body_start -= 1
    edges = col_edges or _numbered(placed) or _columns(placed, body_start)
    if edges is None or len(edges) < 3:
        return None
    rows = _rows(placed, body_start)
    tops = [min(ln.box[1] for ln in row if ln.box) for row in rows]
    bottoms = [max(ln.box[3] for ln in row if ln.box) for row in rows]
    row_edges = [tops[0] - 1]
    row_edges += [max((bottoms[i] + tops[i + 1]) / 2, row_edges[-1] + 0.01) for i in range(len(rows) - 1)]
    row_edges.append(bottoms[-1] + 1)
    cells: list[Cell] = []
    for i, row in enumerate(rows):
        cells.extend(_row_cells(i, row, edges, (row_edges[i], row_edges[i + 1]), header=row[0] in placed[:body_start]))
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


def _is_body(line: Line, first_row: re.Pattern[str] | None, labels: float) -> bool:
    """A line with a figure or a code; a row of small consecutive integers numbers the columns."""
    numbers = [w.text for w in line.words if _NUMBER.fullmatch(w.text)]
    if not numbers:
        first = line.words[0]
        return bool(first_row and first.box[0] < labels and first_row.match(first.text))
    small = [n for n in numbers if n.isdigit() and len(n) <= 2]
    if len(small) == len(numbers) and len(numbers) >= 2:
        values = [int(n) for n in numbers]
        if values == list(range(values[0], values[0] + len(values))):
            return False
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
    if any(box[0] < e < box[2] for box in figures for e in edges) or any(w.box[2] < edges[0] for ln in lines for w in ln.words):
        return None
    return tuple(edges)


def _counts_columns(line: Line) -> bool:
    """A line of nothing but 1 2 3 …, at least six."""
    texts = [w.text for w in line.words]
    return len(texts) >= 6 and texts == [str(i + 1) for i in range(len(texts))]


def _columns(lines: list[Line], body_start: int) -> tuple[float, ...] | None:
    """Column edges: between clusters of words; header words that span several body columns do not join them."""
    body = _clusters([(w.box[0], w.box[2]) for ln in lines[body_start:] for w in ln.words])
    header = [(w.box[0], w.box[2]) for ln in lines[:body_start] for w in ln.words]
    narrow = [h for h in header if sum(b[0] < h[1] and h[0] < b[1] for b in body) <= 1]
    # Heads stacked over one column touch it; a head over a column that is blank throughout stands alone.
    heads = [h for h in narrow if not _bridges(h, body, narrow)]
    clusters = _pair(_clusters(body + heads), body, heads)
    if len(clusters) < 2:
        return None
    edges = [clusters[0][0] - 2]
    edges += [(a[1] + b[0]) / 2 for a, b in zip(clusters, clusters[1:], strict=False)]
    return (*edges, clusters[-1][1] + 2)


def _pair(clusters: list[Interval], body: list[Interval], heads: list[Interval]) -> list[Interval]:
    """A centred head and right-aligned figures below it may not overlap: neighbours that lack each other pair up."""

    def lacks(cluster: Interval, words: list[Interval]) -> bool:
        return not any(w[0] < cluster[1] and cluster[0] < w[1] for w in words)

    for first, second in ((body, heads), (heads, body)):
        paired: list[Interval] = []
        for cluster in clusters:
            previous = paired[-1] if paired else None
            if (
                previous is not None
                and lacks(previous, first) and not lacks(previous, second)
                and lacks(cluster, second) and not lacks(cluster, first)
            ):  # fmt: skip
                paired[-1] = (previous[0], cluster[1])
            else:
                paired.append(cluster)
        clusters = paired
    return clusters


def _bridges(word: Interval, body: list[Interval], others: list[Interval]) -> bool:
    """A head over several columns whose own columns are partly blank: it covers two or more other heads."""
    width = word[1] - word[0]
    below = [o for o in others if o != word and o[0] < word[1] and word[0] < o[1] and o[1] - o[0] < width * 0.8]
    return len(_clusters(below)) >= 2 if below else False


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
    if len(anchors) < 2:
        return rows + [[ln] for ln in body]
    middles = [_middle(ln) for ln in body]
    wide = [w for ln in body for w in ln.words if len(w.text) >= 2 and w.text[0] > "\u2e80"]
    em = median((w.box[2] - w.box[0]) / len(w.text) for w in wide) if wide else 10.0
    # Single rows stand a pitch apart, the lines of one row closer: wrapped names, and names that are centred beside
    # their figures. A line with figures never joins a row that has some.
    closest = min(middles[b] - middles[a] for a, b in zip(anchors, anchors[1:], strict=False))
    limit = min(1.35 * em, 0.9 * closest)
    grouped: list[list[Line]] = []
    with_figures = False
    for i, line in enumerate(body):
        figures = i in anchors
        if grouped and middles[i] - middles[i - 1] <= limit and not (figures and with_figures):
            grouped[-1].append(line)
            with_figures = with_figures or figures
        else:
            grouped.append([line])
            with_figures = figures
    return rows + grouped


def _middle(line: Line) -> float:
    assert line.box is not None
    return (line.box[1] + line.box[3]) / 2


def _row_cells(i: int, row: list[Line], edges: tuple[float, ...], span: Interval, *, header: bool) -> list[Cell]:
    held: dict[tuple[int, int], list[tuple[int, Word]]] = {}
    for line in row:
        for word in line.words:
            j0 = _column(edges, (word.box[0] + word.box[2]) / 2)
            j1 = j0
            if header:
                covered = [
                    j for j in range(len(edges) - 1)
                    if min(word.box[2], edges[j + 1]) - max(word.box[0], edges[j]) > 0.5 * (edges[j + 1] - edges[j])
                ]  # fmt: skip
                if covered:
                    j0, j1 = min(covered[0], j0), max(covered[-1], j0)
            held.setdefault((j0, j1), []).append((line.number, word))
    taken = {j for j0, j1 in held for j in range(j0, j1 + 1)}
    cells = []
    for (j0, j1), words in held.items():
        by_line: dict[int, str] = {}
        for number, word in words:
            by_line[number] = by_line.get(number, "") + word.text
        cells.append(
            Cell(i, i, j0, j1, (edges[j0], span[0], edges[j1 + 1], span[1]), tuple(by_line.values()), tuple(by_line))
        )
    cells.extend(
        Cell(i, i, j, j, (edges[j], span[0], edges[j + 1], span[1])) for j in range(len(edges) - 1) if j not in taken
    )
    return sorted(_disjoint(cells), key=lambda c: c.col0)


def _disjoint(cells: list[Cell]) -> list[Cell]:
    """Spanning heads must not cover a column that another word of the same line owns."""
    single = {c.col0 for c in cells if c.col0 == c.col1 and c.lines}
    fixed: list[Cell] = []
    covered: set[int] = set()
    for cell in sorted(cells, key=lambda c: (c.col1 - c.col0, c.col0)):
        columns = [j for j in range(cell.col0, cell.col1 + 1) if j not in covered]
        if cell.col1 > cell.col0:
            columns = [j for j in columns if j not in single]
        if not columns:
            if cell.lines and fixed:
                host = next(c for c in fixed if c.col0 <= cell.col0 <= c.col1)
                host.lines += cell.lines
                host.line_numbers += cell.line_numbers
            continue
        runs = [columns[0]]
        for j in columns[1:]:
            if j != runs[-1] + 1:
                break
            runs.append(j)
        cell.col0, cell.col1 = runs[0], runs[-1]
        covered.update(runs)
        fixed.append(cell)
        for j in columns[len(runs) :]:
            fixed.append(Cell(cell.row0, cell.row1, j, j, cell.box))
            covered.add(j)
    return fixed


def _column(edges: tuple[float, ...], x: float) -> int:
    for j in range(len(edges) - 1):
        if x < edges[j + 1]:
            return j
    return len(edges) - 2
