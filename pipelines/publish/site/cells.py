"""Frames as text for pages: figures set as the official tables set them, an anchor for each row, blanks blank.

Done for whole frames in Polars, before pages are cut from them: a page then only puts strings in place. Nothing is
computed here. Text stays unescaped; the templates escape.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import polars as pl
from markupsafe import Markup

from pipelines.schema import Field, Resource, resources

ANCHOR, PLACE, REPORT = "_anchor", "_place", "report_id"
_SOURCE = ("page", "line")
_ONLY_WHERE_PRINTED = {"line_no", "personnel", "public", "agency_operation"}
"""Columns that only some forms of an official table have: left out where a report fills none."""

Row = tuple[str, ...]
"""The anchor, the place in the source, then the cells in the order of ``shown``; "" is a blank."""


@cache
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


@cache
def labels(resource: str, name: str) -> dict[str, Markup]:
    """The values of an enum in both languages."""
    field = resources()[resource].field(name)
    return {value: both(label, spoken(value)) for value, label in field.labels.items()}


def shown(resource: Resource) -> list[Field]:
    """The fields that a page prints of a row, in declared order."""
    return [f for f in resource.fields if f.name != REPORT and f.name not in _SOURCE]


def is_number(field: Field) -> bool:
    """Set flush right."""
    return field.type in ("number", "integer")


def as_text(field: Field) -> pl.Expr:
    """A column as it is printed: money with at least two decimals, other numbers with those they need."""
    column = pl.col(field.name)
    if field.type == "number":
        text = column.cast(field.dtype).cast(pl.String)
        if field.is_amount:
            text = _grouped(text.str.replace("0{1,4}$", ""))
        else:
            text = text.str.strip_chars_end("0").str.strip_chars_end(".")
    elif field.type == "integer" and field.name == "headcount":
        text = _grouped(column.cast(pl.String), "$")
    else:
        text = column.cast(pl.String)
    return text.fill_null("").alias(field.name)


def _grouped(text: pl.Expr, end: str = r"\.") -> pl.Expr:
    """Thousands set off with commas, from the ``end`` of the whole part backwards; four steps reach 10^15."""
    for _ in range(4):
        text = text.str.replace(rf"(\d)(\d{{3}})({end}|,)", "${1},${2}${3}")
    return text


def key_fields(resource: Resource) -> list[str]:
    """What tells the rows of one report apart."""
    return [name for name in resource.primary_key if name != REPORT]


def anchor_of(resource: str, key: Sequence[str]) -> str:
    """The id of a row on the page of its report."""
    return "-".join((resource, *key))


def _place() -> pl.Expr:
    """Where a row is printed: page and line, or the line alone in a plain text."""
    line = pl.col("line").cast(pl.String)
    page = pl.col("page").cast(pl.String)
    return (
        pl.when(line.is_null())
        .then(pl.lit(""))
        .when(page.is_null())
        .then(pl.concat_str(pl.lit("L"), line))
        .otherwise(pl.concat_str(pl.lit("P"), page, pl.lit(" L"), line))
        .fill_null("")
        .alias(PLACE)
    )


class Sheets:
    """Frames cut by report: the rows of one report as tuples of strings.

    Rows are made for a few hundred reports at a time, so that a large corpus is never held as Python objects.
    """

    def __init__(self, frames: Mapping[str, pl.DataFrame], batch: int = 200) -> None:
        self._frames: dict[str, pl.DataFrame] = {}
        self._spans: dict[str, dict[str, tuple[int, int]]] = {}
        self._batch = batch
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
        rows = text_rows(resources()[name], self._frames[name].slice(first, last - first))
        for report, start, length in spans:
            held[report][name] = rows[start - first : start - first + length]


def text_rows(resource: Resource, frame: pl.DataFrame) -> list[Row]:
    """The rows of a frame as text, each with its anchor and its place first."""
    keys = [pl.col(name).cast(pl.String).fill_null("") for name in key_fields(resource)]
    anchor = pl.concat_str(pl.lit(resource.name), *keys, separator="-").alias(ANCHOR)
    place = _place() if set(_SOURCE) <= set(resource.names) else pl.lit("").alias(PLACE)
    return frame.select(anchor, place, *(as_text(field) for field in shown(resource))).rows()


@dataclass(frozen=True, slots=True)
class Grid:
    """One table of a page: its columns and its rows."""

    name: str
    heads: tuple[tuple[Markup, bool], ...]
    """Head and whether the column is of numbers."""
    rows: list[tuple[str, str, tuple[str | Markup, ...]]]
    """Anchor, place, cells."""


def grid(resource: Resource, rows: Sequence[Row], without: frozenset[str] = frozenset()) -> Grid | None:
    """The rows of a resource with the columns that a report fills; None without rows."""
    if not rows:
        return None
    fields = shown(resource)
    kept = [
        at
        for at, field in enumerate(fields)
        if field.name not in without and any(row[at + 2] for row in rows)
    ]
    columns: list[tuple[int, Mapping[str, Markup]]] = [
        (at + 2, labels(resource.name, fields[at].name)) for at in kept
    ]
    cells = [
        (row[0], row[1], tuple([known.get(row[at], row[at]) if known else row[at] for at, known in columns]))
        for row in rows
    ]
    heads = tuple((head(resource.name, fields[at].name), is_number(fields[at])) for at in kept)
    return Grid(resource.name, heads, cells)


def official_columns(resource: Resource, rows: Sequence[Row], skipped: frozenset[str]) -> list[int]:
    """Positions (in a row) of the figures of an official table, in its order."""
    return [
        at + 2
        for at, field in enumerate(shown(resource))
        if field.name not in skipped
        and is_number(field)
        and (field.name not in _ONLY_WHERE_PRINTED or any(row[at + 2] for row in rows))
    ]
