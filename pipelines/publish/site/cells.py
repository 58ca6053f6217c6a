"""Frames as text for pages: figures set as the official tables set them, an anchor for each row, blanks blank.

Done for whole frames in Polars, before pages are cut from them, and rows are joined to a table's body here and not
in a template: a page has thousands of cells, and escaping them one by one takes ten times as long as all the rest.
So **every string that leaves ``text_rows`` is escaped**; templates take only what is marked as such. Nothing is
computed here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from html import unescape
from itertools import groupby
from operator import itemgetter

import polars as pl
from markupsafe import Markup

from pipelines.publish.open_cells import Cells
from pipelines.schema import Field, Resource, resources

ANCHOR, PLACE, REPORT, FILE = "_anchor", "_place", "report_id", "_file"
_SOURCE = ("source_no", "page", "line")
Row = tuple[str, ...]
"""The anchor, the place in the source, then the cells in the order of ``shown``, escaped; "" is a blank."""
Marks = Mapping[str, tuple[str, str]]
"""Anchor of a row → id and severity of its worst finding."""


@lru_cache(maxsize=8192)
def both(zh: str, en: str) -> Markup:
    """A text in both languages, of which the page shows one."""
    return Markup('<span class="zh" lang="zh-CN">{}</span><span class="en" lang="en">{}</span>').format(zh, en)


def spoken(name: str) -> str:
    """An identifier as English words: ``government_fund`` → ``Government fund``."""
    words = name.replace("_", " ")
    return words[:1].upper() + words[1:]


@cache
def head(resource: str, name: str) -> Markup:
    """The head of a column: the official term, and the English of its declared name."""
    field = resources()[resource].field(name)
    unit = f" ({field.unit})" if field.unit and not field.is_amount else ""
    return both(f"{field.title}{unit}", f"{spoken(field.name)}{unit}")


PLACE_HEAD = both("出处", "Place")


@cache
def heads(resource: str, names: tuple[str, ...]) -> Markup:
    """The cells of a row of heads: the named columns, then the place."""
    cells = []
    for name in names:
        kind = "n" if is_number(resources()[resource].field(name)) else ""
        cells.append(Markup('<th scope="col" class="{}">{}</th>').format(kind, head(resource, name)))
    return Markup("").join([*cells, Markup('<th scope="col" class="p">{}</th>').format(PLACE_HEAD)])


@cache
def labels(resource: str, name: str) -> dict[str, Markup]:
    """The values of an enum in both languages."""
    field = resources()[resource].field(name)
    return {value: both(label, spoken(value)) for value, label in field.labels.items()}


def shown(resource: Resource, whole: bool = False) -> list[Field]:
    """The fields that a page prints of a row, in declared order: the report's own page leaves its id out."""
    placed = set(_SOURCE) <= set(resource.names)
    return [f for f in resource.fields if (whole or f.name != REPORT) and not (placed and f.name in _SOURCE)]


def is_number(field: Field) -> bool:
    """A quantity, set flush right; a year is a name."""
    return field.type in ("number", "integer") and not field.name.endswith("year")


def as_text(column: pl.Series, field: Field) -> pl.Series:
    """A column as it is printed: money with at least two decimals, other numbers with those they need.

    Steps that nothing in the column needs are left out: most figures are of two decimals and below 10^6, most text
    holds nothing to escape.
    """
    if field.type == "number":
        text = _grouped(column.cast(field.dtype).cast(pl.String))
        if not field.is_amount:
            text = text.str.strip_chars_end("0").str.strip_chars_end(".")
        elif text.str.ends_with("0000").all():
            text = text.str.head(-4)
        else:
            text = text.str.replace("0{1,4}$", "")
    elif field.type == "integer" and field.name == "headcount":
        text = _grouped(column.cast(pl.String) + ".").str.strip_chars_end(".")
    else:
        text = column.cast(pl.String)
    return (_escaped(text) if field.type == "string" else text).fill_null("").alias(field.name)


def _escaped(text: pl.Series) -> pl.Series:
    """Text that a page may hold, as ``markupsafe.escape`` makes it."""
    if text.str.contains("[&<>\"']").any():
        for character, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&#34;"), ("'", "&#39;")):
            text = text.str.replace_all(character, entity, literal=True)
    return text


def _grouped(text: pl.Series) -> pl.Series:
    """Thousands set off with commas, from the point backwards: ``1234567.5`` → ``1,234,567.5``."""
    while text.str.contains(r"\d{4}[.,]").any():
        text = text.str.replace(r"(\d)(\d{3})([.,])", "${1},${2}${3}")
    return text


def plain(cell: str) -> str:
    """The text of an escaped cell."""
    return unescape(cell)


def key_fields(resource: Resource) -> list[str]:
    """What tells the rows of one report apart."""
    return [name for name in resource.primary_key if name != REPORT]


def anchor_of(resource: str, key: Sequence[str]) -> str:
    """The id of a row on the page of its report."""
    return "-".join((resource, *key))


def _places(frame: pl.DataFrame) -> pl.Series:
    """Where a row is printed: page and line, or the line alone in a plain text; the file, where a report has several."""
    if not set(_SOURCE) <= set(frame.columns):
        return pl.Series(PLACE, [""] * frame.height, dtype=pl.String)
    line = pl.concat_str(pl.lit("L"), pl.col("line").cast(pl.String))
    page = pl.concat_str(pl.lit("P"), pl.col("page").cast(pl.String), pl.lit(" "))
    file = [pl.col(FILE) + pl.lit(" ")] if FILE in frame.columns else []
    return _escaped(frame.select(pl.concat_str(*file, page, line, ignore_nulls=True).fill_null("").alias(PLACE)).to_series())


def file_names(sources: pl.DataFrame) -> pl.DataFrame:
    """report_id, source_no and the name of each file of the reports that have several."""
    several = sources.filter(pl.len().over(REPORT) > 1)
    return several.select(REPORT, "source_no", pl.col("source_file").str.split("/").list.last().alias(FILE))


class Sheets:
    """Frames cut by report: the rows of one report as tuples of strings.

    Rows are made for some hundred reports at a time, so that a large corpus is never held as Python objects.
    """

    def __init__(self, frames: Mapping[str, pl.DataFrame], batch: int = 500) -> None:
        self._frames: dict[str, pl.DataFrame] = {}
        self._spans: dict[str, dict[str, tuple[int, int]]] = {}
        self._batch = batch
        self._files = file_names(frames["sources"]) if "sources" in frames else None
        for name, frame in frames.items():
            resource = resources()[name]
            if not resource.by_report or name == "reports":
                continue
            ordered = frame.sort(REPORT, maintain_order=True)
            self._frames[name] = ordered
            spans, start = {}, 0
            for run in ordered.select(pl.col(REPORT).rle().alias("run")).unnest("run").iter_rows():
                length, report = run
                spans[report] = (start, length)
                start += length
            self._spans[name] = spans

    def of_reports(self, reports: Sequence[str]) -> Iterator[tuple[str, dict[str, list[Row]]]]:
        """Each report (in order of ids) with the rows of its resources."""
        ordered = sorted(reports)
        for start in range(0, len(ordered), self._batch):
            batch = ordered[start : start + self._batch]
            held: dict[str, dict[str, list[Row]]] = {report: {} for report in batch}
            for name in self._frames:
                self._cut(name, batch, held)
            yield from held.items()

    def _cut(self, name: str, batch: Sequence[str], held: dict[str, dict[str, list[Row]]]) -> None:
        spans = [(report, *self._spans[name][report]) for report in batch if report in self._spans[name]]
        if not spans:
            return
        first, last = spans[0][1], spans[-1][1] + spans[-1][2]
        frame = self._frames[name].slice(first, last - first)
        if self._files is not None and self._files.height and set(_SOURCE) <= set(frame.columns):
            frame = frame.join(self._files, on=[REPORT, "source_no"], how="left", maintain_order="left")
        rows = text_rows(resources()[name], frame)
        for report, start, length in spans:
            held[report][name] = rows[start - first : start - first + length]


def text_rows(resource: Resource, frame: pl.DataFrame, whole: bool = False) -> list[Row]:
    """The rows of a frame as text, each with its anchor and its place first."""
    keys = [pl.col(name).cast(pl.String).fill_null("") for name in key_fields(resource) or resource.primary_key]
    anchors = frame.select(pl.concat_str(pl.lit(resource.name), *keys, separator="-").alias(ANCHOR)).to_series()
    columns = [as_text(frame.get_column(field.name), field) for field in shown(resource, whole)]
    return pl.DataFrame([_escaped(anchors), _places(frame), *columns]).rows()


# --- bodies of tables: from escaped cells only ----------------------------------------------------------------------

_MARK = both("有核查发现", "has a finding")


def mark(anchor: str, marks: Marks) -> str:
    """The sign that leads from a row to its finding; nothing where there is none."""
    if anchor not in marks:
        return ""
    finding, severity = marks[anchor]
    sign = Markup('<a class="mark {}" href="#f-{}"><span aria-hidden="true">●</span><span class="hide">{}</span></a>')
    return str(sign.format(severity, finding, _MARK))


@dataclass(frozen=True, slots=True)
class PrintedGrid:
    """One table of a page: its columns and its body."""

    name: str
    heads: Markup
    body: Markup
    length: int


def grid(
    resource: Resource, rows: Sequence[Row], marks: Marks, without: frozenset[str] = frozenset(),
    spoken_values: Mapping[str, Mapping[str, Markup]] | None = None, whole: bool = False,
) -> PrintedGrid | None:  # fmt: skip
    """The rows of a resource with the columns that a report fills; None without rows. A blank anchor is left out.

    ``spoken_values``: how values of a column are said in both languages (labels of enums are taken by themselves).
    """
    if not rows:
        return None
    fields = [(at + 2, field) for at, field in enumerate(shown(resource, whole)) if field.name not in without]
    kept = [(at, field) for at, field in fields if any(row[at] for row in rows)]
    columns = [
        (at, ' class="n"' if is_number(field) else "", (spoken_values or {}).get(field.name) or labels(resource.name, field.name))
        for at, field in kept
    ]
    lines = []
    for row in rows:
        cells = "".join(
            [
                f"<td{kind}>{known.get(row[at], row[at])}</td>" if known else f"<td{kind}>{row[at]}</td>"
                for at, kind, known in columns
            ]
        )
        if row[0] in marks:
            cells = cells.replace("</td>", f"{mark(row[0], marks)}</td>", 1)
        anchor = f' id="{row[0]}"' if row[0] else ""
        lines.append(f'<tr{anchor}>{cells}<td class="p">{row[1]}</td></tr>\n')
    return PrintedGrid(resource.name, heads(resource.name, tuple(field.name for _, field in kept)), Markup("".join(lines)), len(rows))


_CELL = "</td><td>"


def figures(names: Sequence[str], columns: Sequence[int], opened: Mapping[str, Cells]) -> Callable[[Row], str]:
    """How the figures of a row become cells: compiled, since it runs for every row.

    Neighbours that are blank and open become one cell that prints what stands in one of them.
    """
    take = itemgetter(*columns) if len(columns) > 1 else lambda row: (row[columns[0]],)

    def cells(row: Row) -> str:
        if row[0] in opened:
            return _with_open(names, take(row), opened[row[0]])
        return f"<td>{_CELL.join(take(row))}</td>"

    return cells


def _with_open(names: Sequence[str], texts: Sequence[str], cells: Cells) -> str:
    marked = [cells.get(name) if not text else None for name, text in zip(names, texts, strict=True)]
    parts = []
    for cell, run in groupby(zip(marked, texts, strict=True), key=itemgetter(0)):
        own = [text for _, text in run]
        if cell is None:
            parts.append(f"<td>{_CELL.join(own)}</td>")
        else:
            span = f' colspan="{len(own)}"' if len(own) > 1 else ""
            parts.append(f'<td class="open"{span}>{both(cell.zh, cell.en)}</td>')
    return "".join(parts)
