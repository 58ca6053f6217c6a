"""Pages → lines of running text: squeezed, without page numbers, running heads and what stands in ruled tables.

Knows no heading and no sentence.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from pipelines.documents.model import Document, Page

Place = tuple[int | None, int]
"""(page, line) as the document counts them."""
_PAGE_NO = re.compile(r"[-—–·~～]*第?\d{1,3}页?(?:[/，,]?共?\d{1,3}页?)?[-—–·~～]*")
_STARTS_WITH_UNIT = re.compile(r"\s*(?:万元|亿元|元|[%％]|个|辆|台|人|批|万)")
_EDGE = 0.09


@dataclass(slots=True)
class Piece:
    """One line of running text, squeezed, before it is known where it belongs."""

    text: str
    place: Place
    indented: bool = False
    cells: tuple[str, ...] = ()


def pieces(document: Document) -> Iterator[Piece]:
    paragraphs = document.has_paragraphs
    heads = _running_heads(document) if document.has_geometry and not paragraphs else frozenset()
    for page in document.pages:
        if page.kind == "text":
            yield from _page_pieces(page, heads, paragraphs)


def _page_pieces(page: Page, heads: frozenset[str], paragraphs: bool) -> Iterator[Piece]:
    grids = [g.box for g in page.grids if len(g.cells) >= 4]
    lines = page.lines
    margin = _left_margin(page)
    for index, line in enumerate(lines):
        words = line.text.split()
        if not words:
            continue
        text = "".join(words) if len(words) > 1 else words[0]
        indented = paragraphs  # a line is a paragraph there
        if line.box is not None:
            x0, y0, x1, y1 = line.box
            middle = (y0 + y1) / 2
            if any(g[0] - 2 <= (x0 + x1) / 2 <= g[2] + 2 and g[1] - 1 <= middle <= g[3] + 1 for g in grids):
                continue
            size = max(6.0, (x1 - x0) / max(len(text), 1))
            indented = paragraphs or x0 > margin + 1.2 * min(size, 24.0)
            if text in heads and not page.height * _EDGE < middle < page.height * (1 - _EDGE):
                continue
        if len(text) <= 12 and _PAGE_NO.fullmatch(text) and not _continues(lines, index):
            continue
        if len(words) > 1 and any(a[-1].isdigit() and b[0].isdigit() for a, b in zip(words, words[1:], strict=False)):
            text = _join_digits(words)
        yield Piece(text, (page.number, line.number), indented, tuple(words))


def _continues(lines: list, index: int) -> bool:  # type: ignore[type-arg]
    """A lone number that the next line gives a unit to is a wrapped figure, no page number."""
    if not lines[index].text.strip().isdigit():
        return False
    for line in lines[index + 1 : index + 4]:
        if line.text.strip():
            before = next((x.text.strip() for x in reversed(lines[max(0, index - 4) : index]) if x.text.strip()), "")
            return bool(_STARTS_WITH_UNIT.match(line.text)) and bool(before) and before[-1] in "为的占数计出费额共达是"
    return False


def _join_digits(words: list[str]) -> str:
    """Blanks between digits: closed where the line is letter-spaced or groups thousands, else a break."""
    spaced = sum(len(w) == 1 for w in words) >= len(words) * 0.6
    text = words[0]
    for word in words[1:]:
        both = text[-1].isdigit() and word[0].isdigit()
        grouped = re.fullmatch(r"\d{3}(?:\.\d+)?\D*", word) and re.search(r"(?<!\d)\d{1,3}$", text)
        text += word if not both or spaced or grouped else "\n" + word
    return text


def _left_margin(page: Page) -> float:
    edges = Counter(round(ln.box[0]) for ln in page.lines if ln.box is not None and len(ln.text) > 8)
    return float(min((x for x, n in edges.items() if n >= 2), default=0))


def _running_heads(document: Document) -> frozenset[str]:
    """Texts that stand at the top or the foot of three pages or more."""
    seen: Counter[str] = Counter()
    for page in document.pages:
        if not page.lines:
            continue
        edge = [page.lines[0], page.lines[-1]] if len(page.lines) > 1 else [page.lines[0]]
        seen.update({"".join(ln.text.split()) for ln in edge})
    return frozenset(text for text, count in seen.items() if count >= 3 and len(text) <= 50 and not text.endswith("。"))


__all__ = ["Piece", "Place", "pieces"]
