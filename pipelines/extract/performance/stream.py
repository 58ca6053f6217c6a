"""A plain-text dump as atoms: the runs between blanks, with everything the dump tells about what lies between them.

A dump gives the cells of a form one after the other, each wrapped to its column. Whether two neighbours belong
to one cell is shown by the blank or line break between them: some dumps leave an empty line where the page goes
down a line, some keep the blank that ends a paragraph. This module only notes such signs; ``rows`` weighs them.
Furniture (page numbers) is taken out here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from pipelines.documents.model import Document
from pipelines.documents.normalise import squeeze
from pipelines.extract.parts.lines import reading_order, width
from pipelines.extract.performance.model import Place, Work

Gap = Literal["blank", "break", "down", "page"]
"""What lies between an atom and the next: a blank in the line, a line break, an empty line, a new page."""

_LONE = re.compile(r"\d{1,3}")
_CHAIN = 5
_CHAIN_GAP = (10, 160)
_SPACED_SHARE = 0.3


@dataclass(slots=True)
class Atom:
    """A run of characters without a blank."""

    text: str
    line: int
    gap: Gap
    ends: bool | None
    """Whether the paragraph ends here, where the dump marks that; None where it does not or within a line."""
    width: float = 0.0


@dataclass(slots=True)
class Stream:
    """Every atom of a document, and its text without blanks."""

    atoms: list[Atom]
    spaced: bool
    """The dump leaves an empty line where the page goes down."""
    marked: bool
    """The dump marks the ends of paragraphs."""
    text: str = ""
    starts: list[int] = field(default_factory=list)
    at: dict[int, int] = field(default_factory=dict)
    work: Work = field(default_factory=Work)

    def __post_init__(self) -> None:
        position = 0
        for index, atom in enumerate(self.atoms):
            self.starts.append(position)
            self.at[position] = index
            position += len(atom.text)
        self.starts.append(position)
        self.at[position] = len(self.atoms)
        self.text = "".join(a.text for a in self.atoms)

    def index(self, position: int) -> int:
        """The atom that holds a character."""
        low, high = 0, len(self.atoms)
        while low < high:
            middle = (low + high) // 2
            if self.starts[middle + 1] <= position:
                low = middle + 1
            else:
                high = middle
        return low

    def place(self, position: int) -> Place:
        """Page and line of a character."""
        index = min(self.index(position), len(self.atoms) - 1)
        return None, self.atoms[index].line


def read_stream(document: Document) -> Stream:
    """The atoms of a plain-text document."""
    lines = [line for page in document.pages for line in page.lines]
    kept = {line.number: line for line in reading_order(document)}
    marked = any(line.ends is not None for line in kept.values())
    texts = [line for line in lines if line.number in kept]
    empty = sum(not line.text.strip() for line in lines)
    spaced = bool(texts) and empty / len(lines) > _SPACED_SHARE
    bare = {line.number: squeeze(line.text) for line in lines}
    filled = [line.number for line in lines if bare[line.number]]
    furniture = _page_numbers(filled, bare, spaced) | {n for n in filled if n not in kept}
    atoms: list[Atom] = []
    previous = 0
    cut = False
    for line in texts:
        if line.number in furniture:
            cut = True
            continue
        run = line.number - previous - 1
        if atoms:
            cut = (
                cut
                or line.text[:1] == " "
                or any(n in furniture for n in range(previous, line.number))
                or run >= 3
            )
            atoms[-1].gap = "page" if cut else "down" if run else "break"
        chunks = line.text.split()
        for position, chunk in enumerate(chunks):
            last = position == len(chunks) - 1
            atoms.append(
                Atom(
                    chunk,
                    line.number,
                    "break" if last else "blank",
                    kept[line.number].ends if last else None,
                    width(chunk),
                )
            )
        previous, cut = line.number, False
    return Stream(atoms, spaced, marked)


def _page_numbers(filled: Sequence[int], bare: dict[int, str], spaced: bool) -> set[int]:
    """Lines that hold nothing but the number of a page.

    A lone number between two gaps of the page is one; so are lone numbers that count through the document.
    """
    found: set[int] = set()
    lone: list[tuple[int, int, int]] = []
    for order, number in enumerate(filled):
        if not _LONE.fullmatch(bare[number]):
            continue
        before = number - (filled[order - 1] if order else 0) - 1
        after = (filled[order + 1] if order + 1 < len(filled) else number + 3) - number - 1
        if spaced and before >= 3 and after >= 1:
            found.add(number)
        lone.append((order, number, int(bare[number])))
    return found | _counting(lone, len(filled))


def _counting(lone: list[tuple[int, int, int]], size: int) -> set[int]:
    """The longest run of lone numbers that count up by one, a page's length apart, through half the document."""
    best: dict[int, tuple[int, int | None]] = {}
    for index, (order, _, value) in enumerate(lone):
        best[index] = (1, None)
        for earlier in range(index - 1, -1, -1):
            distance = order - lone[earlier][0]
            if distance > _CHAIN_GAP[1]:
                break
            if (
                distance >= _CHAIN_GAP[0]
                and lone[earlier][2] == value - 1
                and best[earlier][0] + 1 > best[index][0]
            ):
                best[index] = (best[earlier][0] + 1, earlier)
    if not best:
        return set()
    end: int | None = max(best, key=lambda i: best[i][0])
    chain: list[int] = []
    while end is not None:
        chain.append(end)
        end = best[end][1]
    span = lone[chain[0]][0] - lone[chain[-1]][0]
    return {lone[i][1] for i in chain} if len(chain) >= _CHAIN and span * 2 >= size else set()
