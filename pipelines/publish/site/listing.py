"""What a report prints besides the rows of the nine tables: the list of its tables, and other tables cell by cell.

Other tables are shown as printed, in the unit that they print; nothing of them is converted or checked. The cells come
escaped from ``cells``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby

from markupsafe import Markup

from pipelines.forms import forms
from pipelines.layouts import HeadCell, head_rows
from pipelines.publish.site.cells import PLACE_HEAD, Marks, PrintedGrid, Row, both, labels, mark, shown
from pipelines.schema import resources

Rows = Mapping[str, Sequence[Row]]

_HEADS = (
    ("表号", "No."), ("表名（原文）", "Title as printed"), ("对应公开表", "Official table"), ("状态", "Status"), ("数字", "Figures"),
    ("未归栏", "Unassigned"), ("页", "Pages"), ("单位", "Unit"), ("读取方式", "Method"),
)  # fmt: skip
_FIGURES = frozenset({"数字", "未归栏"})
_UNTITLED = both("（未印表名）", "(no title)")
_ROW = both("行", "Row")


@dataclass(frozen=True, slots=True)
class PrintedOther:
    """A table that is none of the nine, or what one of the nine prints beyond the data model."""

    anchor: str
    title: Markup
    facts: Markup
    """Its unit and pages."""
    blocks: list[tuple[Markup, Markup]]
    """Rows of heads and body; a new block begins where the heads change."""
    figures: int


@cache
def _fields(name: str) -> dict[str, int]:
    return {field.name: place + 2 for place, field in enumerate(shown(resources()[name]))}


def listed(rows: Rows) -> PrintedGrid | None:
    """The list of the report's tables: number and title as printed, where they stand, and what became of them."""
    found = rows.get("tables", ())
    if not found:
        return None
    at = _fields("tables")
    many = any(row[at["source_no"]] != "1" for row in found)
    seq = _fields("other_tables")["table_seq"]
    others = {row[seq] for row in rows.get("other_tables", ())}
    lines = []
    for row in found:
        cell = {name: row[place] for name, place in at.items()}
        title = cell["title"] or str(_UNTITLED)
        if cell["table_seq"] in others:
            title = f'<a href="#other-{cell["table_seq"]}">{title}</a>'
        words = [cell["number"], title, _official(cell["resource"]), labels("tables", "status")[cell["status"]]]
        place = [_pages(cell), cell["unit"], labels("tables", "method").get(cell["method"], ""), *([cell["source_no"]] if many else [])]
        figures = "".join(f'<td class="n">{cell[name]}</td>' for name in ("figures", "unassigned"))
        lines.append(f'<tr id="{row[0]}">{_cells(words)}{figures}{_cells(place)}</tr>\n')
    return PrintedGrid("tables", _heads(many), Markup("".join(lines)), len(found))


@cache
def _heads(many: bool) -> Markup:
    """The heads of the list; ``many``: the report has several source files."""
    heads = [*_HEADS, ("文件", "File")] if many else _HEADS
    return Markup("").join(Markup('<th scope="col"{}>{}</th>').format(_number(zh), both(zh, en)) for zh, en in heads)


def _cells(texts: Sequence[str]) -> str:
    return "".join(f"<td>{text}</td>" for text in texts)


def _number(zh: str) -> Markup:
    return Markup(' class="n"') if zh in _FIGURES else Markup("")


@cache
def _official(resource: str) -> str:
    """The official number, as a link to the table on this page, and the name of the resource."""
    form = forms().get(resource)
    if form is None:
        return ""
    return f'<a href="#{resource}">{both(f"{form.number:02} 表", f"Table {form.number:02}")}</a> <code>{resource}</code>'


def _pages(cell: Mapping[str, str]) -> str:
    first, last = cell["page_from"], cell["page_to"]
    return first if first == last or not last else f"{first}–{last}"


def other_tables(rows: Rows, marks: Marks) -> list[PrintedOther]:
    """Every other table of the report, cell by cell as printed."""
    place, names = _fields("other_tables"), _fields("tables")
    told = {row[names["table_seq"]]: row for row in rows.get("tables", ())}
    found = []
    for seq, run in groupby(rows.get("other_tables", ()), key=lambda row: row[place["table_seq"]]):
        cells = list(run)
        own = {name: told[seq][at] for name, at in names.items()} if seq in told else {}
        title = Markup(own.get("title") or _UNTITLED)
        if form := forms().get(own.get("resource", "")):
            title += both("：数据模型未收录的栏目", ": columns that the data model does not hold")
        facts = [Markup(_official(form.resource))] if form else []
        if own.get("unit"):
            facts.append(both(f"单位：{own['unit']}", f"Unit: {own['unit']}"))
        if own.get("page_from"):
            pages = _pages(own)
            facts.append(both(f"第 {pages} 页", f"page {pages}"))
        figures = sum(1 for row in cells if row[place["value"]])
        blocks = [_block(block, place, marks) for block in _blocks(cells, place)]
        found.append(PrintedOther(f"other-{seq}", title, Markup(" · ").join(facts), blocks, figures))
    return found


def _blocks(cells: Sequence[Row], at: Mapping[str, int]) -> list[list[Row]]:
    """The cells cut where a column is printed under another head than above."""
    blocks: list[list[Row]] = []
    heads: dict[str, str] = {}
    for _, run in groupby(cells, key=lambda row: row[at["row_no"]]):
        line = list(run)
        own = {cell[at["column_no"]]: cell[at["column_label"]] for cell in line}
        if not blocks or any(heads.get(column, head) != head for column, head in own.items()):
            blocks.append([])
            heads = {}
        heads |= own
        blocks[-1] += line
    return blocks


def _block(cells: Sequence[Row], at: Mapping[str, int], marks: Marks) -> tuple[Markup, Markup]:
    heads = {int(cell[at["column_no"]]): cell[at["column_label"]] for cell in cells}
    columns = sorted(heads)
    lines = [list(run) for _, run in groupby(cells, key=lambda row: row[at["row_no"]])]
    # Where the words of a row are no cells of their own, they stand in front.
    named = any(line[0][at["row_label"]] for line in lines)
    paths = [tuple(part for part in heads[column].split("›") if part) or ("",) for column in columns]
    body = []
    for line in lines:
        by_column = {int(cell[at["column_no"]]): cell for cell in line}
        words = f'<th scope="row">{line[0][at["row_label"]]}</th>' if named else ""
        printed = "".join(_cell(by_column.get(column), at, marks) for column in columns)
        body.append(f'<tr>{words}{printed}<td class="p">{line[0][1]}</td></tr>\n')
    return _head(paths, named), Markup("".join(body))


def _head(paths: Sequence[tuple[str, ...]], named: bool) -> Markup:
    rows = head_rows(paths)
    down = Markup(f' rowspan="{len(rows)}"' if len(rows) > 1 else "")
    lines = [Markup("").join(map(_head_cell, row)) for row in rows]
    first = Markup('<th scope="col"{}>{}</th>').format(down, _ROW) if named else Markup("")
    lines[0] = first + lines[0] + Markup('<th scope="col" class="p"{}>{}</th>').format(down, PLACE_HEAD)
    return Markup("").join(Markup("<tr>{}</tr>\n").format(line) for line in lines)


def _head_cell(cell: HeadCell) -> Markup:
    span = f' colspan="{cell.width}"' if cell.width > 1 else ""
    span += f' rowspan="{cell.height}"' if cell.height > 1 else ""
    if not cell.text:  # nothing is printed above the column
        return Markup(f"<td{span}></td>")
    # Escaped where it was read.
    return Markup(f'<th scope="{"col" if cell.width == 1 else "colgroup"}"{span}>{cell.text}</th>')


def _cell(cell: Row | None, at: Mapping[str, int], marks: Marks) -> str:
    if cell is None:
        return "<td></td>"
    anchor = f' id="{cell[0]}"' if cell[0] in marks else ""
    kind = ' class="n"' if cell[at["value"]] else ""
    return f"<td{anchor}{kind}>{cell[at['text']]}{mark(cell[0], marks)}</td>"
