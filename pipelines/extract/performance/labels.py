"""The atoms of a grid and the level cells among them: which labels begin where, and where a page cut one.

Atoms are the pieces that a dump sets apart; positions count them. Not for the cells of a row (``cells``), nor for
where a row ends (``rows``).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise

from pipelines.extract.parts.lines import clean, join, seam
from pipelines.extract.performance.stream import Atom
from pipelines.extract.performance.words import (
    BOTH,
    COMPLETE,
    LABEL_REST,
    LEVEL1,
    LEVEL2,
    MAX_LABEL,
    SIDE,
    without_points,
)  # fmt: skip

_SKIPPED = 3.0
"""What speaks against a level being the name of an indicator."""
_SHORT = re.compile(r"(?:经济|社会|生态)效益|可持续影响|服务对象满意度|数量|质量|时效")
_FAMILIES = (
    (r"数量|质量|时效", "产出"),
    (r"(?:经济|社会|生态|环境|生态环境)效益|可持续", "效益"),
    (r"(?:服务对象|社会公众|群众|公众|受益).*满意|满意", "满意"),
)


@dataclass(slots=True)
class Labels:
    """Level cells parsed before a row."""

    position: int
    level1: str | None = None
    level2: str | None = None
    new1: bool = False
    new2: bool = False
    rest: str = ""
    """What was left of label cells that the page cut."""


class LabelledAtoms:
    """The atoms of one indicator grid, their joined text, and the labels among them."""

    def __init__(self, atoms: Sequence[Atom]) -> None:
        self.atoms = list(atoms)
        self._raw = "".join(a.text for a in self.atoms)
        self._offsets = [0, *accumulate(len(a.text) for a in self.atoms)]
        self._cleaned = [clean(a.text) for a in self.atoms]
        self._seams = [seam(x, y) + y for x, y in pairwise(self._cleaned)]
        self._pages = [0, *accumulate(int(a.gap == "page") for a in self.atoms)]
        self.label_ends = [self._label_end(i) for i in range(len(self.atoms))]
        self.line_starts = self._line_starts()

    def _line_starts(self) -> list[int]:
        starts, start = [], 0
        for index in range(len(self.atoms)):
            if index and self.atoms[index - 1].gap != "blank":
                start = index
            starts.append(start)
        return starts

    def text(self, first: int, after: int) -> str:
        """Atoms as one text, as it is published: without blanks but between Latin words."""
        if not all(self._cleaned[first:after]):
            return join(a.text for a in self.atoms[first:after])
        return "".join((*self._cleaned[first : first + 1], *self._seams[first : after - 1]))

    def _labels_at(self, first: int, pattern: re.Pattern[str]) -> list[tuple[int, str]]:
        """Every label that begins at an atom and ends with one, the longest first."""
        found = []
        text = ""
        for after in range(first + 1, min(first + 9, len(self.atoms)) + 1):
            text += self.atoms[after - 1].text
            if len(text) > MAX_LABEL:
                break
            if pattern.fullmatch(text):
                found.append((after, text))
        return found[::-1]

    def _label_end(self, first: int) -> int | None:
        """Where a complete label of either level that begins here ends."""
        for pattern in (LEVEL1, LEVEL2):
            for after, text in self._labels_at(first, pattern):
                if COMPLETE.fullmatch(text):
                    return after
        return None

    def _joined(self, first: int, after: int) -> str:
        return self._raw[self._offsets[first] : self._offsets[after]]

    def labels(
        self, position: int, before: Labels, *, cut: bool, first: bool, open_: bool
    ) -> list[tuple[Labels, float]]:
        """The level cells that may stand before a row, with what speaks against each reading.

        A level that is not printed again goes on from the row before. What looks like a level may be a name.
        """
        start = replace(before, position=position, new1=False, new2=False, rest="")
        if first or cut:
            start.position = self._skip_side(start.position)
        if cut:
            start.position = self._skip_rest(start.position, open_)
            start.rest = self._joined(position, start.position)
        options = [(start, 0.0)]
        label, both = self.level(start.position, LEVEL1), self.level(start.position, BOTH)
        inner = self.level(start.position, LEVEL2)
        if label and (both is None or both[0] != label[0]):
            upper = replace(start, position=label[0], level1=label[1], level2=None, new1=True, new2=True)
            inner = self.level(label[0], LEVEL2)
            options = [(upper, _SKIPPED if inner else 0.0), (start, 2.0)]
            if inner:
                options.append((replace(upper, position=inner[0], level2=inner[1]), 0.0))
        elif both:
            inner = self.level(both[0], LEVEL2)
            upper = replace(start, position=both[0], level1=both[1], level2=None, new1=True, new2=True)
            lower = replace(start, position=both[0], level2=both[1], new2=True)
            parent = "效益" if "满意" in both[1] else "成本"
            nothing = before.level1 is None and before.level2 is None
            first_level = nothing or (parent == "效益" and (before.level1 or "").startswith(parent))
            options = [(upper if first_level else lower, _SKIPPED if inner else 0.0), (start, 2.0)]
            if inner:
                options.append((replace(upper, position=inner[0], level2=inner[1]), 0.0))
        elif inner:
            options = [(replace(start, position=inner[0], level2=inner[1], new2=True), 0.0), (start, 2.0)]
        for option, _ in options:
            if option.new2 and not option.new1 and _foreign(option.level1, option.level2):
                option.level1, option.new1 = None, True
        return options

    def level(self, first: int, pattern: re.Pattern[str]) -> tuple[int, str] | None:
        """A label here; a short form without 指标 counts only as a cell of its own or before another label."""
        for after, text in self._labels_at(first, pattern):
            if COMPLETE.fullmatch(text) or (
                after < len(self.atoms) and self._stands_alone(first, after, text)
            ):
                return after, text
        return None

    def _stands_alone(self, first: int, after: int, text: str) -> bool:
        if without_points(text)[1] is not None:
            return True
        if text.endswith("指") and self.atoms[after - 1].gap == "blank":
            return True  # the page cuts the label
        return bool(self._labels_at(after, LEVEL2)) or (
            _SHORT.fullmatch(text) is not None
            and self.line_starts[first] == first
            and after < len(self.atoms)
        )

    def _skip_side(self, position: int) -> int:
        """Past the label at the left edge of the grid (年度绩效目标), as far as it is one."""
        text = ""
        best = position
        for after in range(position + 1, min(position + 9, len(self.atoms)) + 1):
            text += self.atoms[after - 1].text
            if SIDE.fullmatch(text) and text:
                best = after
            elif len(text) > MAX_LABEL:
                break
        return best

    def _skip_rest(self, position: int, open_: bool) -> int:
        """Past what is left of label cells that the page cut; a bracket may close in an ``open_`` cell instead."""
        for _ in range(3):
            if position >= len(self.atoms) or self.label_ends[position] is not None:
                break
            text, best = "", position
            for after in range(position + 1, min(position + 5, len(self.atoms)) + 1):
                text += self.atoms[after - 1].text
                if open_ and "）" in text and "（" not in text:
                    break
                if LABEL_REST.fullmatch(text):
                    best = after
                elif len(text) > 9:
                    break
            if best == position:
                break
            position = best
        return position


def _foreign(level1: str | None, level2: str | None) -> bool:
    """Whether a second level printed without a first one cannot belong to the first level above it."""
    if not level1 or not level2:
        return False
    own = next((upper for stems, upper in _FAMILIES if re.match(stems, level2)), None)
    return own is not None and any(level1.startswith(u) for _, u in _FAMILIES) and not level1.startswith(own)
