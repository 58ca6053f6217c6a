"""Pictures as inline SVG, made when the site is published: no library, no script, no style in the page.

Lengths are coordinates and may be floats; every figure is printed as the caller gives it, in a label or a title. Colours
are classes of the style sheet, so that a dark page has its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from markupsafe import Markup, escape

from pipelines.publish.site.cells import both

COLOURS = 8
"""Classes ``k0`` to ``k7``."""


@dataclass(frozen=True, slots=True)
class BarMark:
    """One thing that is drawn: its label, its size, the figure as printed, where it leads, its colour."""

    zh: str
    en: str
    size: Decimal
    text: str
    href: str = ""
    colour: int = 0


@dataclass(slots=True)
class FlowNode:
    """A node of a flow: its label and what flows in and out."""

    zh: str
    en: str
    colour: int = 0
    incoming: Decimal = field(default_factory=Decimal)
    outgoing: Decimal = field(default_factory=Decimal)
    y: float = 0.0


@dataclass(frozen=True, slots=True)
class FlowBand:
    """From one node to another; ``text``: the figure as printed."""

    source: str
    target: str
    size: Decimal
    text: str


def _label(zh: str, en: str, attributes: str) -> str:
    """A text in both languages, of which the style sheet shows one."""
    if zh == en:
        return f"<text {attributes}>{escape(zh)}</text>"
    return f'<text class="zh" {attributes}>{escape(zh)}</text><text class="en" {attributes}>{escape(en)}</text>'


def _cut(text: str, room: float) -> str:
    """As much of a text as there is room for, in units of half an ideograph."""
    width = 0.0
    for taken, character in enumerate(text):
        width += 2 if ord(character) > 0x2E7F else 1.1
        if width > room:
            return text[: taken - 1] + "…" if taken > 1 else ""
    return text


def bars(marks: Sequence[BarMark], title_zh: str, title_en: str) -> Markup:
    """A ranking: a list of labels with a bar and the figure, each a link where it leads somewhere."""
    largest = max((abs(m.size) for m in marks), default=Decimal(0))
    lines = []
    for m in marks:
        width = float(abs(m.size) / largest) * 100 if largest else 0
        name = both(m.zh, m.en)
        if m.href:
            name = Markup('<a href="{}">{}</a>').format(m.href, name)
        lines.append(
            Markup(
                '<li><span class="who">{}</span><svg class="bar-svg" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
                '<rect class="track" width="100" height="10"/><rect class="{}" width="{}" height="10"/></svg><span class="n">{}</span></li>'
            ).format(name, f"k{m.colour % COLOURS}{' minus' if m.size < 0 else ''}", f"{width:.2f}", m.text)
        )
    return Markup('<figure><figcaption>{}</figcaption><ol class="bars">{}</ol></figure>').format(
        both(title_zh, title_en), Markup("").join(lines)
    )


def _figure(zh: str, en: str, body: str, width: float, height: float, kind: str) -> Markup:
    """A drawing with its name; the title says what it shows to those who do not see it."""
    svg = (
        # A picture with links in it is a group of them.
        f'<svg class="{kind}" viewBox="0 0 {width:.0f} {height:.0f}" role="{"group" if "<a " in body else "img"}" aria-label="{escape(zh)} {escape(en)}" '
        f'preserveAspectRatio="xMidYMin meet">{body}</svg>'
    )
    return Markup('<figure class="drawn"><figcaption>{}</figcaption><div class="drawing" tabindex="0" role="region" aria-label="{} {}">{}</div></figure>').format(
        both(zh, en), zh, en, Markup(svg)
    )  # fmt: skip


def flows(columns: Sequence[dict[str, FlowNode]], links: Sequence[FlowBand], zh: str, en: str) -> Markup:
    """A Sankey diagram: columns of nodes from left to right, bands as wide as what flows."""
    for link in links:
        for nodes in columns:
            if link.source in nodes:
                nodes[link.source].outgoing += link.size
            if link.target in nodes:
                nodes[link.target].incoming += link.size
    width, gap, bar, top = 900.0, 14.0, 12.0, 8.0
    rows = max(len(nodes) for nodes in columns)
    height = max(220.0, 46.0 * rows)
    largest = max(sum((max(n.incoming, n.outgoing) for n in nodes.values()), Decimal(0)) for nodes in columns)
    scale = (height - gap * rows) / float(largest)
    left, right = 190.0, 150.0
    step = (width - left - right - bar) / (len(columns) - 1)
    parts, place = [], {}
    for at, nodes in enumerate(columns):
        y = top
        for key, node in nodes.items():
            node.y, place[key] = y, (left + at * step, node)
            y += max(float(max(node.incoming, node.outgoing)) * scale, 1.5) + gap
        height = max(height, y)
    used: dict[tuple[str, bool], float] = {}
    for link in links:
        (x1, a), (x2, b) = place[link.source], place[link.target]
        thick = max(float(link.size) * scale, 0.8)
        y1, y2 = a.y + used.get((link.source, True), 0.0), b.y + used.get((link.target, False), 0.0)
        used[link.source, True] = used.get((link.source, True), 0.0) + thick
        used[link.target, False] = used.get((link.target, False), 0.0) + thick
        middle = (x1 + bar + x2) / 2
        path = (
            f"M{x1 + bar:.1f} {y1:.1f}C{middle:.1f} {y1:.1f} {middle:.1f} {y2:.1f} {x2:.1f} {y2:.1f}v{thick:.1f}"
            f"C{middle:.1f} {y2 + thick:.1f} {middle:.1f} {y1 + thick:.1f} {x1 + bar:.1f} {y1 + thick:.1f}z"
        )
        parts.append(f'<path class="flow k{a.colour % COLOURS}" d="{path}"><title>{escape(a.zh)} → {escape(b.zh)}: {escape(link.text)}</title></path>')
    for at, nodes in enumerate(columns):
        for key, node in nodes.items():
            x, _ = place[key]
            tall = max(float(max(node.incoming, node.outgoing)) * scale, 1.5)
            parts.append(f'<rect class="node k{node.colour % COLOURS}" x="{x:.1f}" y="{node.y:.1f}" width="{bar:.0f}" height="{tall:.1f}"/>')
            first, last = at == 0, at == len(columns) - 1
            where = f'x="{x - 6:.1f}" y="{node.y + tall / 2 + 4:.1f}" text-anchor="end"' if first else f'x="{x + bar + 6:.1f}" y="{node.y + tall / 2 + 4:.1f}"'
            room = 28 if first else 24 if last else 30
            parts.append(_label(_cut(node.zh, room), _cut(node.en, room), where))
    return _figure(zh, en, "".join(parts), width, height + 4, "sankey")


def treemap(groups: Sequence[tuple[str, Sequence[BarMark]]], zh: str, en: str, width: float = 900.0, height: float = 380.0) -> Markup:
    """Areas as large as the figures, groups together; what has room says its name and figure, all say them on hover."""
    marks = [(name, [m for m in own if m.size > 0]) for name, own in groups]
    whole = [(name, own, float(sum((m.size for m in own), Decimal(0)))) for name, own in marks if own]
    whole.sort(key=lambda one: -one[2])
    parts: list[str] = []
    boxes = _squarified([size for _, _, size in whole], (0.0, 0.0, width, height))
    for (name, own, _), box in zip(whole, boxes, strict=True):
        ordered = sorted(own, key=lambda m: -m.size)
        for m, (x, y, w, h) in zip(ordered, _squarified([float(m.size) for m in ordered], box), strict=True):
            title = f"{name} › {m.zh}: {m.text}" if name != m.zh else f"{m.zh}: {m.text}"
            inside = ""
            if w > 46 and h > 20:
                inside = _label(_cut(m.zh, w / 6.4), _cut(m.en, w / 6.4), f'x="{x + 5:.1f}" y="{y + 15:.1f}"')
                if h > 38:
                    inside += f'<text class="small" x="{x + 5:.1f}" y="{y + 31:.1f}">{escape(_cut(m.text, w / 6.0))}</text>'
            parts.append(
                f'<g class="tile"><rect class="k{m.colour % COLOURS}" x="{x:.1f}" y="{y:.1f}" width="{max(w, 0.1):.1f}" height="{max(h, 0.1):.1f}"/>'
                f"{inside}<title>{escape(title)}</title></g>"
            )
    return _figure(zh, en, "".join(parts), width, height, "treemap")


Box = tuple[float, float, float, float]


def _squarified(sizes: Sequence[float], box: Box) -> list[Box]:
    """Boxes for sizes in falling order, as near to squares as rows allow (Bruls, Huizing, van Wijk)."""
    x, y, w, h = box
    total = sum(sizes)
    if not sizes or total <= 0:
        return []
    areas = [size / total * w * h for size in sizes]
    found: list[Box] = []
    at = 0
    while at < len(areas):
        side = min(w, h)
        end, best = at + 1, _worst(areas[at : at + 1], side)
        while end < len(areas) and (worse := _worst(areas[at : end + 1], side)) <= best:
            end, best = end + 1, worse
        row = areas[at:end]
        thick = sum(row) / side if side else 0.0
        start = y if w >= h else x
        for area in row:
            length = area / thick if thick else 0.0
            found.append((x, start, thick, length) if w >= h else (start, y, length, thick))
            start += length
        if w >= h:
            x, w = x + thick, max(w - thick, 0.0)
        else:
            y, h = y + thick, max(h - thick, 0.0)
        at = end
    return found


def _worst(row: Sequence[float], side: float) -> float:
    """The largest ratio of sides in a row of boxes."""
    total = sum(row)
    if not total or not side:
        return float("inf")
    return max(max(side * side * a / (total * total), total * total / (side * side * a)) for a in row)


def lines(series: Sequence[tuple[str, str, Sequence[tuple[int, Decimal, str]]]], zh: str, en: str) -> Markup:
    """Years as lines: each series is its names and (year, figure, figure as printed); a year without a figure has no point."""
    points = [p for _, _, own in series for p in own]
    years = sorted({year for year, _, _ in points})
    top = float(max((value for _, value, _ in points), default=Decimal(1)) or 1)
    width, height, left, base = 640.0, 240.0, 20.0, 200.0
    step = (width - 2 * left - 80) / max(len(years) - 1, 1)

    def x_of(year: int) -> float:
        return left + 40 + step * years.index(year)

    parts = [f'<line class="axis" x1="{left}" x2="{width - left}" y1="{base}" y2="{base}"/>']
    parts += [f'<text class="small" x="{x_of(year):.1f}" y="{base + 18}" text-anchor="middle">{year}</text>' for year in years]
    for number, (name_zh, name_en, own) in enumerate(series):
        placed = [(x_of(year), base - float(value) / top * 160, text, year) for year, value, text in sorted(own)]
        if len(placed) > 1:
            parts.append(f'<polyline class="line k{number}" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y, _, _ in placed)}"/>')
        for x, y, text, year in placed:
            parts.append(f'<circle class="k{number}" cx="{x:.1f}" cy="{y:.1f}" r="4"><title>{escape(name_zh)} {year}: {escape(text)}</title></circle>')
            above = y - 9 if number == 0 else y + 19
            parts.append(f'<text class="small" x="{x:.1f}" y="{above:.1f}" text-anchor="middle">{escape(text)}</text>')
        parts.append(f'<rect class="k{number}" x="{left + number * 110:.0f}" y="{height - 14:.0f}" width="10" height="10"/>')
        parts.append(_label(name_zh, name_en, f'x="{left + 14 + number * 110:.0f}" y="{height - 5:.0f}"'))
    return _figure(zh, en, "".join(parts), width, height, "lines")


def matrix(
    rows: Sequence[tuple[str, str, str]], years: Sequence[int], count: Callable[[str, int], tuple[int, int]], zh: str, en: str
) -> Markup:
    """What is in here: rows (key, label, address) by years; two bars in a cell say how many final accounts and budgets."""
    largest = max((max(count(key, year)) for key, _, _ in rows for year in years), default=1) or 1
    left, cell, tall = 110.0, 76.0, 34.0
    width, height = left + cell * len(years) + 10, 26 + tall * len(rows) + 30
    parts = [f'<text class="small" x="{left + cell * (at + 0.5):.0f}" y="16" text-anchor="middle">{year}</text>' for at, year in enumerate(years)]
    for line, (key, label, address) in enumerate(rows):
        y = 24 + tall * line
        parts.append(f'<a href="{escape(address)}"><text x="{left - 8:.0f}" y="{y + 20:.0f}" text-anchor="end">{escape(_cut(label, 15))}</text></a>')
        for at, year in enumerate(years):
            for part, number in enumerate(count(key, year)):
                x, top = left + cell * at + 4, y + 4 + part * 13
                long = number / largest * (cell - 32)
                if number:
                    word = "决算 final accounts" if part == 0 else "预算 budgets"
                    parts.append(
                        f'<rect class="k{part}" x="{x:.1f}" y="{top:.1f}" width="{max(long, 2):.1f}" height="11"><title>{escape(label)} {year} {word}: {number}</title></rect>'
                        f'<text class="small" x="{x + max(long, 2) + 4:.1f}" y="{top + 10:.1f}">{number}</text>'
                    )
    for part, (word_zh, word_en) in enumerate((("决算", "Final accounts"), ("预算", "Budgets"))):
        parts.append(f'<rect class="k{part}" x="{left + part * 130:.0f}" y="{height - 18:.0f}" width="11" height="11"/>')
        parts.append(_label(word_zh, word_en, f'x="{left + 16 + part * 130:.0f}" y="{height - 8:.0f}"'))
    return _figure(zh, en, "".join(parts), width, height, "matrix")
