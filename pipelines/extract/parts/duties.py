"""主要职能 and the goals of the year: what the department says that it does and means to do.

Each numbered item is one row, wrapped lines joined. What introduces the list (…主要职责是：) is no duty;
where a list of articles ends in such an introduction, the numbered duties under it are rows as well.
"""

from __future__ import annotations

from typing import Any

from pipelines.extract.parts.headings import Section
from pipelines.extract.parts.lines import TextLine, width, without_page_numbers
from pipelines.extract.parts.lists import ListItem, inner_list, joined_text, listing, paragraphs, split_title
from pipelines.personal.contacts import CONTACT_LINE, Privacy

Record = dict[str, Any]


def prose(section: Section, resource: str, privacy: Privacy) -> list[TextLine]:
    """A section's lines without tables, page numbers and lines that only name a contact."""
    kept = []
    for line in without_page_numbers(section.content):
        if line.grid is not None:
            continue
        if CONTACT_LINE.fullmatch(line.bare):
            privacy.contact(resource, line.page, line.number)
            continue
        kept.append(line)
    return kept


def duties(section: Section, privacy: Privacy) -> list[Record]:
    """Rows of ``duties``."""
    lines = prose(section, "duties", privacy)
    found = listing(lines)
    records: list[Record] = []
    for item in _rows(found.items, found.scheme) if found.items else _unnumbered(lines):
        text = item.text
        if text:
            records.append({"seq": len(records) + 1, "text": text, "page": item.page, "line": item.line})
    return records


def _rows(items: list[ListItem], scheme: str | None) -> list[ListItem]:
    rows: list[ListItem] = []
    for item in items:
        inner = inner_list(item) if scheme == "article" else None
        if inner and inner.items and joined_text(inner.lead).endswith(("：", ":")):
            rows.extend(inner.items)
        else:
            rows.append(item)
    return rows


def _unnumbered(lines: list[TextLine]) -> list[ListItem]:
    return [
        ListItem(0, group[0].page, group[0].number, group)
        for group in paragraphs(lines)
        if not group[-1].bare.endswith(("：", ":"))
    ]


def annual_goals(section: Section, privacy: Privacy) -> list[Record]:
    """Rows of ``annual_goals``: each goal's title and what it says."""
    lines = prose(section, "annual_goals", privacy)
    full = max((width(line.bare) for line in lines), default=0.0)
    found = listing(lines)
    records: list[Record] = []
    for item in found.items or _unnumbered(lines):
        title, text = split_title(item.lines, full)
        if not found.items:
            title, text = None, item.text
        records.append(
            {
                "seq": len(records) + 1,
                "title": title,
                "text": text,
                "page": item.page,
                "line": item.line,
            }
        )
    return [r for r in records if r["title"] or r["text"]]
