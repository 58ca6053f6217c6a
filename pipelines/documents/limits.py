"""What no report comes near: beyond these sizes a file is refused with its reason, before work grows with it.

Real reports: up to 600 pages, 7,000 lines and 62,000 characters as a dump, 4,000 characters and 400 ruling lines on
a page. Not for the limits of time and memory of a run (the worker processes).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from pipelines.documents.model import DocumentError, Page

_DIGITS = re.compile(r"\d+")

MAX_LINES = 60_000
MAX_CHARACTERS = 1_000_000
MAX_LINE_CHARACTERS = 200_000
"""A report may be extracted as one line; it is a whole report then, and no more."""
MAX_FIGURES = 50_000
"""Runs of digits."""
MAX_PAGE_CHARACTERS = 60_000
MAX_CROSSINGS = 1_000_000
"""Horizontal × vertical ruling lines of a page."""


def within(count: int, limit: int, what: str) -> None:
    """Raise :class:`DocumentError` with the count and the limit, where the count is beyond it."""
    if count > limit:
        raise DocumentError(f"the file has {count:,} {what} (limit {limit:,}); it is not one report")


def refuse_oversized(pages: Iterable[Page]) -> None:
    """Raise :class:`DocumentError` for a document whose text is far larger than a report's."""
    lines = characters = longest = figures = 0
    for page in pages:
        lines += len(page.lines)
        for line in page.lines:
            characters += len(line.text)
            longest = max(longest, len(line.text))
            if longest > MAX_LINE_CHARACTERS:
                break
            figures += len(_DIGITS.findall(line.text))
        within(longest, MAX_LINE_CHARACTERS, "characters in one line")
        within(lines, MAX_LINES, "lines")
        within(characters, MAX_CHARACTERS, "characters of text")
        within(figures, MAX_FIGURES, "numbers")
