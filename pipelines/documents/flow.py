"""What stands on a page and is no part of the text: the marks that extractors put between pages.

One place for all readers of plain text. Running heads and page numbers of a PDF are told by their position
(``extract/parts/lines``).
"""

from __future__ import annotations

import re

_MARK = re.compile(
    r"[-—–_=·*#<\[【(（]{0,8}"
    r"(?:\d{1,4}of\d{1,4}|第\d{1,4}页[/，,]?(?:共\d{1,4}页)?|共\d{1,4}页[/，,]?第\d{1,4}页|page_?break|newpage|分页符?"
    r"|page[:：#]?\d{1,4}(?:(?:of|/)\d{1,4})?|p\.\d{1,4}|\d{1,4}/\d{1,4}页?)"
    r"[-—–_=·*#>\]】)）]{0,8}",
    re.IGNORECASE,
)
_FRACTION = re.compile(r"\d{1,4}/\d{1,4}")


def is_page_mark(bare: str) -> bool:
    """True for a line (without blanks) that only marks a page: ``--3of9--``, ``第3页共20页``, ``--PAGE_BREAK--``."""
    return len(bare) <= 40 and bool(_MARK.fullmatch(bare)) and not _FRACTION.fullmatch(bare)
