"""名词解释: terms and their definitions.

A heading of terms (本部门使用的支出功能分类科目) gives way to the terms under it; a term that the template
names and the report leaves without a word has no definition. Instructions of the template are no terms.
"""

from __future__ import annotations

import re

from pipelines.extract.parts.duties import Record, prose
from pipelines.extract.parts.headings import Section
from pipelines.extract.parts.lines import TextLine
from pipelines.extract.parts.lists import ListItem, inner_list, joined_text, listing, paragraphs
from pipelines.personal.contacts import Privacy

_COLON = re.compile(r"[：:]")
_MEANS = re.compile(r"(?:[，,]?(?:主要)?是指|[，,]指|(?<![所专])指(?!标|数|导|挥|南|定))")
_REFLECTS = re.compile(r"(?<=[）)])[，,]?(?:主要)?反映")
_TEMPLATE = re.compile(r"^(?:[…。.·]+|[XＸ×]{2,})|^（(?:参考|请|说明|根据)|^[（(]?无[）)]?。?$")
_CATCH_ALL = re.compile(r"其他(?:需要(?:解释|说明)的)?(?:专用|专业|专有)?名词(?:。?无)?")
_MAX_TERM = 80


def glossary(section: Section, privacy: Privacy) -> list[Record]:
    """Rows of ``glossary``."""
    lines = prose(section, "glossary", privacy)
    found = listing(lines)
    records: list[Record] = []
    for item in _terms(found.items) if found.items else _unnumbered(lines):
        term, definition = split_term(item.text)
        if not term or _TEMPLATE.match(term):
            continue
        if definition and _TEMPLATE.match(definition):
            definition = None
        if _CATCH_ALL.fullmatch(term) and not definition:
            continue
        records.append(
            {
                "seq": len(records) + 1,
                "term": term,
                "definition": definition,
                "page": item.page,
                "line": item.line,
            }
        )
    return records


def _terms(items: list[ListItem]) -> list[ListItem]:
    terms: list[ListItem] = []
    for item in items:
        inner = inner_list(item)
        # A list inside a definition (包括：1.…) belongs to it; under a mere heading it holds the terms.
        if inner.items and not _defines(joined_text(inner.lead)):
            terms.extend(_terms(inner.items))
        else:
            terms.append(item)
    return terms


def _defines(text: str) -> bool:
    return split_term(text)[1] is not None


def split_term(text: str) -> tuple[str, str | None]:
    """``事业收入：指…`` → (term, definition); a text that defines nothing is a term alone."""
    cuts = [m for m in (_COLON.search(text), _MEANS.search(text), _REFLECTS.search(text)) if m]
    cut = min(cuts, key=lambda m: m.start(), default=None)
    if cut is None or cut.start() > _MAX_TERM or cut.start() == 0:
        return text.rstrip("。；;：:"), None
    term = text[: cut.start()].rstrip("，, ")
    rest = text[cut.end() :] if cut.re is _COLON else text[cut.start() :].lstrip("，,")
    return term, rest.strip() or None


def _unnumbered(lines: list[TextLine]) -> list[ListItem]:
    """Terms without numbers: a new one begins with its own colon after a finished sentence."""
    items: list[ListItem] = []
    for group in paragraphs(lines):
        text = joined_text(group)
        if items and not (_defines(text) and len(split_term(text)[0]) <= 30):
            items[-1].lines.extend(group)
        else:
            items.append(ListItem(0, group[0].page, group[0].number, list(group)))
    return [item for item in items if _defines(item.text)]
