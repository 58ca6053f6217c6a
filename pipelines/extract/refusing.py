"""Documents that are no report although they can be opened: pages without text, templates that nobody filled.

Not for identity (``identity``), and not for what cannot be opened (``documents``).
"""

from __future__ import annotations

import re
from collections import Counter

from pipelines.documents import Document, ocr
from pipelines.extract.result import NotAReport
from pipelines.extract.rows import RawTable

_PLACEHOLDER = re.compile(r"(?<![A-Za-z])X{2,}(?![A-Za-z])|×{2,}|＊{2,}|[xX]{3,}")
_FIGURE = re.compile(r"\d\.\d|\d,\d{3}")


def refuse_unreadable(document: Document) -> None:
    """Raises ``NotAReport`` where no page has text."""
    kinds = Counter(page.kind for page in document.pages)
    if kinds["text"] == 0:
        if kinds["image"]:
            raise NotAReport(f"no readable text: all {kinds['image']} pages with content are images{_how_to_read_them()}")
        raise NotAReport("no readable text: every page is empty")


def _how_to_read_them(sign: str = " ({})") -> str:
    """How to have pictures read; nothing where OCR is on and found no text."""
    told = {"missing": ocr.HINT_EN, "off": "OCR is switched off", "on": ""}[ocr.state()]
    return sign.format(told) if told else ""


def refuse_template(document: Document, raw: list[RawTable]) -> None:
    """Raises ``NotAReport`` for a template: it has the tables and the sentences, and placeholders where figures stand."""
    figures = sum(len(row.amounts) + len(row.ambiguous) for table in raw for row in table.rows)
    if figures:
        return
    text = "".join(ln.text for page in document.pages for ln in page.lines)
    marks = len(_PLACEHOLDER.findall(text))
    if marks >= 10 and marks > len(_FIGURE.findall(text)):
        raise NotAReport(f"blank template: placeholders ({marks} × XX) stand where figures should, and no table is filled")
