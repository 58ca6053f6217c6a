"""部门决算公开工作情况自查表: the department's own answer to each item of the disclosure checklist.

Only numbers and answers are taken; the verdict is for ``quality`` to give. The items are numbered 1 to 53 and
the answer 是 or 否 stands at the end of the item's lines (or in a column of its own).
"""

from __future__ import annotations

import re

from pipelines.documents.model import Grid
from pipelines.extract.parts.duties import Record
from pipelines.extract.parts.headings import Section
from pipelines.extract.parts.lines import TextLine

_ITEM = re.compile(r"(?P<no>\d{1,2})(?:\s+(?P<rest>.*))?$")
_ANSWER = re.compile(r"(?:^|.*[\s。；;？?）)])(?P<answer>是|否)$")
_TICKED = "☑√✓✔■"
_TICK = re.compile(rf"(?P<before>[{_TICKED}])?(?P<word>是|否)(?P<after>[{_TICKED}])?")
_ANSWERS = {"是": "yes", "否": "no"}
_MIN_ITEMS = 8
_HEADER_END = re.compile(r"备注$")


def checklist(section: Section) -> list[Record]:
    """Rows of ``disclosure_checklist``; none where the list is only named."""
    grids = [line for line in section.content if line.grid is not None]
    records = [r for line in grids if line.grid is not None for r in _of_grid(line.grid, line.page)]
    if not records:
        records = _of_text([line for line in section.content if line.grid is None])
    unique: dict[int, Record] = {}
    for record in records:
        unique.setdefault(record["item_no"], record)
    if len(unique) < _MIN_ITEMS:
        return []
    return [unique[number] for number in sorted(unique)]


def _of_text(lines: list[TextLine]) -> list[Record]:
    records: list[Record] = []
    start = next((i + 1 for i, ln in enumerate(lines[:15]) if _HEADER_END.search(ln.bare)), 0)
    for line in lines[start:]:
        expected = records[-1]["item_no"] + 1 if records else 1
        match = _ITEM.match(line.text)
        rest = line.text
        if match and int(match["no"]) == expected:
            records.append(_record(expected, None, line.page, line.number))
            rest = match["rest"] or ""
        if records and records[-1]["declared"] is None:
            records[-1]["declared"] = _answer(rest)
    return records


def _record(number: int, declared: str | None, page: int | None, line: int | None) -> Record:
    return {
        "item_no": number, "declared": declared, "verdict": None, "finding_ids": None,
        "page": page, "line": line,
    }  # fmt: skip


def _answer(text: str) -> str | None:
    """``…情况。 是`` → yes; ``是☑ 否□`` → yes; anything else has no answer."""
    ticked = [m for m in _TICK.finditer(re.sub(r"\s", "", text)) if m["after"] or m["before"]]
    if ticked:
        words = {m["word"] for m in ticked}
        return _ANSWERS[words.pop()] if len(words) == 1 else None
    match = _ANSWER.match(text.strip())
    return _ANSWERS[match["answer"]] if match else None


def _of_grid(grid: Grid, page: int | None) -> list[Record]:
    texts = {(cell.row0, cell.col0): cell for cell in grid.cells}
    records: list[Record] = []
    for row in range(grid.n_rows):
        cells = [texts[row, col] for col in range(grid.n_cols) if (row, col) in texts]
        number = next((int(c.text) for c in cells if re.fullmatch(r"\d{1,2}", c.text.strip())), None)
        if number is None:
            continue
        answer = next((a for c in reversed(cells) if len(c.text) <= 8 and (a := _answer(c.text))), None)
        line = next((c.line_number for c in cells if c.line_number is not None), None)
        records.append(_record(number, answer or _column_tick(grid, row), page, line))
    return records


def _column_tick(grid: Grid, row: int) -> str | None:
    """A tick in the column headed 是 or 否."""
    heads = {c.col0: c.text for c in grid.cells if c.row0 <= 1 and c.text in _ANSWERS}
    ticked = [c.col0 for c in grid.cells if c.row0 == row and c.text and all(ch in _TICKED for ch in c.text)]
    words = {heads[col] for col in ticked if col in heads}
    return _ANSWERS[words.pop()] if len(words) == 1 else None
