"""重点工作完成情况: the year's tasks, from a ruled table, from a dumped one, or from numbered paragraphs.

A dumped table gives one cell after the other; where its cells cannot be told apart (``cells``), the row's
text stays together in ``task`` and a notice counts such rows.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from pipelines.documents.model import Grid
from pipelines.documents.normalise import squeeze
from pipelines.extract.parts.cells import first_cell, plain, split_rows
from pipelines.extract.parts.duties import Record, prose
from pipelines.extract.parts.headings import Section
from pipelines.extract.parts.lines import TextLine, clean, join, width
from pipelines.extract.parts.lists import joined_text, listing, split_title
from pipelines.extract.result import Notice
from pipelines.personal.contacts import Privacy

CODE = "E10"

_TASK = r"(?:重要|重点|主要|年度|工作)*(?:事项|工作任务|工作|任务|项目)(?:名称|内容)?"
_TARGET = (
    r"(?:年初|年度|全年|预期|主要|具体)*(?:工作内容|工作目标|工作措施|目标任务|目标|内容|措施|计划)"
    r"(?:(?:及|和|与|、)(?:工作)?(?:目标|内容|措施|要求))?"
)
_RESULT = (
    r"(?:工作|目标|实际|任务|年度)*(?:完成情况|进展情况|落实情况|完成结果|工作成效|成效|进展|结果)(?:说明)?"
)
_RATE = r"(?:完成率|完成比例|完成进度|进度)(?:[（(]?%[）)]?)?"
_HEAD = re.compile(
    rf"序号(?P<task>{_TASK})(?P<target>{_TARGET})?(?P<result>{_RESULT})(?P<rate>{_RATE})?(?P<remark>备注)?"
)
_HEADS = (
    ("seq", re.compile(r"序号|编号")),
    ("rate", re.compile(_RATE)),
    ("result", re.compile(_RESULT)),
    ("target", re.compile(_TARGET)),
    ("task", re.compile(_TASK)),
)
_PRINTED_RATE = re.compile(
    r"完成率(?:为|是|达到?)?[:：]?(\d{1,3}(?:\.\d{1,6})?)%|^(?:已?完成)?(\d{1,3}(?:\.\d{1,6})?)%[。；]?$"
)
_SEQ = re.compile(r"(?P<no>\d{1,2})(?:\s+(?P<rest>\S.*))?$")
_ANCHOR = 6
"""Characters of a known task that show where a row without a number begins."""


@dataclass(slots=True)
class _Row:
    """One row of a dumped table before it is split into cells."""

    page: int | None
    line: int
    lines: list[TextLine]


def key_tasks(section: Section, privacy: Privacy) -> tuple[list[Record], list[Notice]]:
    """Rows of ``key_tasks``, and a notice on rows whose cells could not be told apart."""
    records = _of_grids(section.content)
    notices: list[Notice] = []
    if not records:
        lines = prose(section, "key_tasks", privacy)
        head = _dumped_head(section.content)
        if head is not None:
            records, notices = _of_dump(section, head, privacy)
        records = records or _of_paragraphs(lines)
    for number, record in enumerate(records, start=1):
        record["seq"] = number
    return records, notices


def _record(
    task: str | None,
    target: str | None,
    result: str | None,
    rate: Decimal | None,
    page: int | None,
    line: int,
) -> Record:
    return {
        "task": task or None, "target": target or None, "result": result or None,
        "completion_rate": rate, "page": page, "line": line,
    }  # fmt: skip


def _rate(text: str | None) -> Decimal | None:
    """A printed completion rate; the figures inside a description are not one."""
    match = _PRINTED_RATE.search(squeeze(text or ""))
    return Decimal(match.group(1) or match.group(2)) if match else None


# --- ruled tables ---------------------------------------------------------------------------------------


def _of_grids(lines: Sequence[TextLine]) -> list[Record]:
    records: list[Record] = []
    columns: dict[str, int] | None = None
    width_of_table = 0
    for line in lines:
        grid = line.grid
        if grid is None:
            continue
        found = _columns(grid)
        if found:
            columns, first, width_of_table = found[0], found[1] + 1, grid.n_cols
        elif columns and grid.n_cols == width_of_table:
            first = 0
        else:
            continue
        _grid_rows(grid, line.page, columns, first, records)
    return records


def _columns(grid: Grid) -> tuple[dict[str, int], int] | None:
    for row in range(min(grid.n_rows, 3)):
        heads: dict[str, int] = {}
        for cell in grid.cells:
            if cell.row0 <= row <= cell.row1:
                name = next((n for n, p in _HEADS if p.fullmatch(squeeze(cell.text))), None)
                if name and name not in heads:
                    heads[name] = cell.col0
        if "task" in heads and ("result" in heads or "rate" in heads):
            return heads, row
    return None


def _grid_rows(
    grid: Grid, page: int | None, columns: dict[str, int], first: int, records: list[Record]
) -> None:
    for row in range(first, grid.n_rows):
        cells = {
            name: next((c for c in grid.cells if c.row0 <= row <= c.row1 and c.col0 <= col <= c.col1), None)
            for name, col in columns.items()
        }
        texts = {name: join(cell.lines) if cell else "" for name, cell in cells.items()}
        numbers = [c.line_number for c in cells.values() if c and c.row0 == row and c.line_number is not None]
        if not any(texts[name] for name in texts if name != "seq") or not numbers:
            continue
        if records and not texts["task"] and not texts.get("seq"):
            _continue(records[-1], texts)  # the row goes on over the page
            continue
        rate = _rate(texts.get("rate")) or _bare_rate(texts.get("rate")) or _rate(texts.get("result"))
        records.append(
            _record(texts["task"], texts.get("target"), texts.get("result"), rate, page, min(numbers))
        )


def _bare_rate(text: str | None) -> Decimal | None:
    match = re.fullmatch(r"(\d{1,3}(?:\.\d{1,6})?)", squeeze(text or ""))
    return Decimal(match.group(1)) if match else None


def _continue(record: Record, texts: dict[str, str]) -> None:
    for name in ("target", "result"):
        if texts.get(name):
            record[name] = (record[name] or "") + texts[name]
    record["completion_rate"] = (
        record["completion_rate"] or _rate(texts.get("rate")) or _rate(texts.get("result"))
    )


# --- dumped tables --------------------------------------------------------------------------------------


def _dumped_head(lines: Sequence[TextLine]) -> tuple[int, int, list[str]] | None:
    """(first line of the header, first line after it, the columns' names)."""
    for index, line in enumerate(lines):
        if not line.bare.startswith("序"):
            continue
        text = ""
        for offset, following in enumerate(lines[index : index + 12]):
            text += following.bare
            match = _HEAD.fullmatch(text)
            if match and match["result"]:
                after = lines[index + offset + 1].bare if index + offset + 1 < len(lines) else ""
                if re.fullmatch(r"说明|[（(]?%[）)]?|完成率|备注|情况", after):
                    continue
                return (
                    index,
                    index + offset + 1,
                    [n for n in ("task", "target", "result", "rate", "remark") if match[n]],
                )
    return None


def _of_dump(
    section: Section, head: tuple[int, int, list[str]], privacy: Privacy
) -> tuple[list[Record], list[Notice]]:
    start, after, columns = head
    above = Section(section.heading, section.line, section.content[:start])
    titles = _known_titles(prose(above, "key_tasks", Privacy()))
    below = Section(section.heading, section.line, section.content[after:])
    rows = _rows(_numbered(below, privacy), titles, len(columns))
    splits = split_rows([row.lines for row in rows], len(columns), titles)
    records: list[Record] = []
    unsplit: list[int] = []
    for number, (row, split) in enumerate(zip(rows, splits, strict=True), start=1):
        if split is None:
            unsplit.append(number)
            records.append(_record(joined_text(row.lines), None, None, None, row.page, row.line))
            continue
        edges = [0, *split, len(row.lines)]
        texts = {
            name: joined_text(row.lines[a:b]) for name, a, b in zip(columns, edges, edges[1:], strict=False)
        }
        rate = _rate(texts.get("rate")) or _bare_rate(texts.get("rate")) or _rate(texts["result"])
        records.append(_record(texts["task"], texts.get("target"), texts["result"], rate, row.page, row.line))
    return records, _notice(unsplit, records)


def _numbered(section: Section, privacy: Privacy) -> list[TextLine]:
    """The table's lines; lone numbers stay, they are the rows' numbers."""
    return [line for line in prose_with_numbers(section, privacy) if not _HEAD.fullmatch(line.bare)]


def prose_with_numbers(section: Section, privacy: Privacy) -> list[TextLine]:
    """Like :func:`prose`, with the lone numbers that :func:`prose` takes for page numbers."""
    kept = {id(line) for line in prose(section, "key_tasks", privacy)}
    return [
        ln
        for ln in section.content
        if id(ln) in kept or (ln.grid is None and re.fullmatch(r"\d{1,2}", ln.bare))
    ]


def _known_titles(lines: list[TextLine]) -> list[list[str]]:
    """The tasks as the paragraphs above the table may name them: first sentence, line, two lines."""
    found = listing(lines)
    return [
        [item.text.partition("。")[0], joined_text(item.lines[:1]), joined_text(item.lines[:2])]
        for item in found.items
        if item.lines
    ]


def _rows(lines: list[TextLine], titles: list[list[str]], columns: int) -> list[_Row]:
    """Cut the lines into rows: at the next number, or where a known task begins."""
    rows: list[_Row] = []
    for index, line in enumerate(lines):
        number = len(rows) + 1
        match = _SEQ.match(line.text)
        if match and int(match["no"]) == number and (match["rest"] or not _is_figure(lines, index)):
            rows.append(_Row(line.page, line.number, []))
            if match["rest"]:
                rows[-1].lines.extend(_pieces(line, match["rest"], columns))
        elif re.fullmatch(r"\d{1,2}", line.bare) and not _is_figure(lines, index):
            continue  # a page number inside the table
        elif rows and number <= len(titles) and rows[-1].lines and _begins(lines, index, titles[number - 1]):
            rows.append(_Row(line.page, line.number, [line]))
        elif rows:
            rows[-1].lines.append(line)
    return [row for row in rows if row.lines]


def _is_figure(lines: list[TextLine], index: int) -> bool:
    """A lone number that goes on in the next line with its unit."""
    following = lines[index + 1].bare if index + 1 < len(lines) else ""
    return bool(re.match(r"(?:人次|家|个|名|项|件|万|场|次|户|%)", following))


def _pieces(line: TextLine, rest: str, columns: int) -> list[TextLine]:
    """The rest of a numbered line; a line that holds the whole row gives one piece per cell."""
    chunks = [c for c in re.split(r"\s+", rest.strip()) if c]
    if len(chunks) == columns and columns > 1:
        return [
            TextLine(line.page, line.number, c, c, True if line.ends is not None else None) for c in chunks
        ]
    return [TextLine(line.page, line.number, rest, squeeze(rest), line.ends)]


def _begins(lines: list[TextLine], index: int, wordings: list[str]) -> bool:
    text = "".join(line.bare for line in lines[index : index + 3])
    start = plain(wordings[0])[:_ANCHOR]
    return len(start) == _ANCHOR and plain(text).startswith(start)


def _notice(unsplit: list[int], records: list[Record]) -> list[Notice]:
    if not unsplit:
        return []
    first = records[unsplit[0] - 1]
    shown = "、".join(str(n) for n in unsplit)
    numbers = ", ".join(str(n) for n in unsplit)
    return [
        Notice(
            CODE, "key_tasks", "seq=" + "|".join(str(n) for n in unsplit),
            f"重点工作表共 {len(records)} 行，其中 {len(unsplit)} 行（第 {shown} 行）的单元格无法分清，"
            "整行文字列入任务一栏。",
            f"{len(unsplit)} of {len(records)} rows of the table of key tasks ({numbers}) give cells that"
            " cannot be told apart; their text stays together in `task`.",
            str(len(unsplit)), first["page"], first["line"],
        )
    ]  # fmt: skip


# --- paragraphs -----------------------------------------------------------------------------------------


def _of_paragraphs(lines: list[TextLine]) -> list[Record]:
    full = max((width(line.bare) for line in lines), default=0.0)
    records: list[Record] = []
    for item in listing(lines).items:
        title, text = split_title(item.lines, full)
        if title is None:
            title, text = text, None
        if title:
            records.append(_record(clean(title), None, text, None, item.page, item.line))
    return records


__all__ = ["first_cell", "key_tasks"]
