"""One report's frames made sound before they are joined with others: what breaks a declaration is withheld.

Everything follows from ``datapackages/`` (types, required, enum, pattern, limits, keys) and from the limits of
``expectations/resources``. The smallest thing that makes the rest sound is taken out, always with a notice that does
not repeat it: a cell (a nullable field becomes null), a row (of a resource that only lists), a whole table of the
report (one whose figures are added up: half of it would make sums false), at most the report (:class:`Unsound`).
No value is changed into another one, and nothing is guessed. Which reports are published then is not said here but in
:mod:`pipelines.quality.gate`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache

import polars as pl

from pipelines import schema
from pipelines.extract.result import Extraction, Notice
from pipelines.quality import catalogue, suites
from pipelines.schema import Field, ForeignKey, Resource

Personal = Callable[[pl.Expr], pl.Expr]
"""True where a text looks like personal data; ``publish`` knows how, this room does not."""

MARK = "〔略〕"
"""Stands where a required text was taken out."""
CELL, TABLE, PRIVATE = "E15", "E01", "E11"
OPEN = ("E02", CELL, "E09", "E48")
"""Notices that say that a figure is printed and is not in the data."""
_PLACES = ("source_no", "page", "line", "line_no")
_IDENTITY = ("region_name", "institution")
"""Texts without which nobody knows whose report it is: they are not masked."""


class Unsound(Exception):
    """What makes a report one that cannot be published; ``str(error)`` gives the reason."""


def mend(extraction: Extraction, personal: Personal | None = None) -> Extraction:
    """The report with every frame as it is declared. Raises :class:`Unsound` where its own row cannot be."""
    mended = replace(
        extraction,
        frames=dict(extraction.frames),
        tables=[replace(table) for table in extraction.tables],
        notices=list(extraction.notices),
    )
    _conserve(mended)
    for resource in _parents_first(mended):
        _mend_frame(mended, resource, personal)
    _agree(mended)
    if personal is not None:
        _mend_notices(mended, personal)
    _mend_report(mended, personal)
    return mended


def _conserve(report: Extraction) -> None:
    """A number that fits no place or was used twice withholds the table that it stands in, whoever read it."""
    lost = {use.resource for use in report.accounting if use.role in ("leftover", "double")}
    for name in sorted(lost & set(report.frames)):
        if report.frames[name].height:
            _withhold(report, schema.resources()[name], "有数字未归入任何单元格", "numbers fit no cell")


def _agree(report: Extraction) -> None:
    """A table that was read has figures or says which are open, and one that was not read has none (E94)."""
    for table in report.tables:
        resource = schema.resources()[table.resource]
        frame = report.frames.get(table.resource, resource.empty())
        printed = any(frame[amount.name].null_count() < frame.height for amount in resource.amounts)
        printed |= any(n.resource == table.resource and n.code in OPEN for n in report.notices)
        if frame.height and printed != (table.status == "found"):
            _withhold(report, resource, "读表结果与数据不一致", "how it was read and its figures contradict each other")


def _parents_first(report: Extraction) -> list[Resource]:
    """The report's resources, each after those that it refers to. An unknown one is ours to declare: it is an error."""
    unknown = sorted(set(report.frames) - set(schema.resources()))
    if unknown:
        raise Unsound(f"frames that nothing declares: {', '.join(unknown)}")
    waiting = {name: schema.resources()[name] for name in report.frames if name != "reports"}
    ordered: list[Resource] = []
    while waiting:
        ready = [r for r in waiting.values() if not any(k.resource in waiting and k.resource != r.name for k in r.foreign_keys)]
        for resource in ready or list(waiting.values()):
            ordered.append(waiting.pop(resource.name))
    return ordered


# --- a resource -----------------------------------------------------------------------------------------------


def _mend_frame(report: Extraction, resource: Resource, personal: Personal | None) -> None:
    try:
        frame = resource.conform(report.frames[resource.name])
    except (schema.SchemaError, pl.exceptions.PolarsError) as error:
        _withhold(report, resource, "数据不符合声明的栏目与类型", _first_line(error))
        return
    report.frames[resource.name] = frame
    if frame.is_empty():
        return
    frame, notices = _mend_cells(frame, resource, personal)
    troubles = [*_row_troubles(frame, resource, report.frames), ("report_id", _strangers(frame, report))]
    bad = pl.Series([any(hits) for hits in zip(*(hits for _, hits in troubles), strict=True)], dtype=pl.Boolean)
    if bad.any():
        if adds_up(resource):
            listed = _named(troubles)
            why = f"required values, keys or references break the declaration: {listed}"
            _withhold(report, resource, f"必填值、主键或引用不符合声明（{listed}）", why)
            return
        notices += [_row_notice(row, resource) for row in frame.filter(bad).iter_rows(named=True)]
        frame = frame.filter(~bad)
    report.frames[resource.name] = frame
    report.notices += notices


def adds_up(resource: Resource) -> bool:
    """Whether a rule may add up its rows: without one of them the sum would be false, so it is published whole or not."""
    measures = (f for f in resource.fields if f.type in ("number", "integer") and f.name not in resource.primary_key)
    return any(f.name not in _PLACES for f in measures)


def broken(declared: Field, resource: Resource) -> pl.Expr | None:
    """True where a value breaks its declaration or a limit that the suites state of it."""
    parts = [declared.violation(), _limits(resource.name).get(declared.name)]
    known = [part for part in parts if part is not None]
    return pl.any_horizontal(known) if known else None


@cache
def _limits(name: str) -> dict[str, pl.Expr]:
    """Column → what is beyond the limits of ``expectations/resources`` (amounts there are integers in micro-units)."""
    found = {}
    for suite in suites.resource_suites():
        for expectation in suite.expectations if suite.frame == name else ():
            column = expectation.arguments.get("column")
            if expectation.type != "expect_column_values_to_be_between" or not column:
                continue
            value = pl.col(column)
            if schema.resources()[name].field(column).type == "number":
                value = value.to_physical().cast(pl.Int64)
            low, high = (expectation.arguments.get(end) for end in ("min_value", "max_value"))
            beyond = [value < low] if low is not None else []
            beyond += [value > high] if high is not None else []
            if beyond:
                found[column] = pl.any_horizontal(beyond).fill_null(False)
    return found


def _is_private(declared: Field, personal: Personal | None) -> pl.Expr | None:
    if personal is None or declared.type != "string" or declared.identifier:
        return None
    return personal(pl.col(declared.name)).fill_null(False)


def _mend_cells(frame: pl.DataFrame, resource: Resource, personal: Personal | None) -> tuple[pl.DataFrame, list[Notice]]:
    """Cells that can be withheld alone: values of nullable fields, and texts that look like personal data."""
    needed = {f.name for f in resource.fields if f.required or f.name in resource.primary_key}
    private = {f.name: is_private for f in resource.fields if (is_private := _is_private(f, personal)) is not None}
    wrong = {f.name: is_wrong for f in resource.fields if f.name not in needed and (is_wrong := broken(f, resource)) is not None}
    # What is private is withheld as that, whatever else is wrong with it.
    wrong = {name: is_wrong & ~private[name] if name in private else is_wrong for name, is_wrong in wrong.items()}
    hits = {PRIVATE: frame.select(**private), CELL: frame.select(**wrong)}
    notices: list[Notice] = []
    for declared in resource.fields:
        for code, found in hits.items():
            if declared.name not in found.columns or not (hit := found[declared.name]).any():
                continue
            notices += [_cell_notice(code, row, resource, declared) for row in frame.filter(hit).iter_rows(named=True)]
            frame = _without(frame, declared.name, hit, MARK if declared.name in needed else None)
    return frame, notices


def _without(frame: pl.DataFrame, column: str, hit: pl.Series, instead: str | None) -> pl.DataFrame:
    return frame.with_columns(pl.when(hit).then(pl.lit(instead, dtype=frame.schema[column])).otherwise(column).alias(column))


def _row_troubles(
    frame: pl.DataFrame, resource: Resource, frames: Mapping[str, pl.DataFrame]
) -> Iterator[tuple[str, pl.Series]]:
    """Rows that cannot stand: a required value is wrong, a key is there before, or what they refer to is not there."""
    declared = {f.name: wrong for f in resource.fields if (wrong := broken(f, resource)) is not None}
    yield from ((hits.name, hits) for hits in frame.select(**declared))
    if resource.primary_key:
        repeated = ~frame.select(pl.struct(resource.primary_key).is_first_distinct()).to_series()
        yield "+".join(resource.primary_key), repeated
    for key in resource.foreign_keys:
        yield "+".join(key.fields), _orphans(frame, key, resource, frames)


def _strangers(frame: pl.DataFrame, report: Extraction) -> pl.Series:
    """Rows that say that they belong to another report."""
    return (frame["report_id"] != report.identity.report_id).fill_null(True)


def _named(troubles: list[tuple[str, pl.Series]]) -> str:
    return ", ".join(dict.fromkeys(what for what, hits in troubles if hits.any()))


def _orphans(frame: pl.DataFrame, key: ForeignKey, resource: Resource, frames: Mapping[str, pl.DataFrame]) -> pl.Series:
    """Rows that refer to no row. A key with a null in it refers to nothing."""
    target = schema.resources()[key.resource or resource.name]
    known = frames.get(target.name, target.empty()) if target.by_report else _catalogue(target.name)
    rows = frame.select(key.fields).with_row_index("at")
    lost = rows.drop_nulls().join(known.select(key.reference), left_on=key.fields, right_on=key.reference, how="anti")
    return rows["at"].is_in(lost["at"].implode())


def _catalogue(name: str) -> pl.DataFrame:
    return catalogue.published() if name == "rules" else schema.codes(name)


# --- many reports, once they are judged -----------------------------------------------------------------------


def masked(frame: pl.DataFrame, name: str, personal: Personal | None) -> pl.DataFrame:
    """A frame that judging made (findings, checklist), without the cells that cannot be published."""
    return _mend_cells(frame, schema.resources()[name], personal)[0]


def unsound(frames: Mapping[str, pl.DataFrame]) -> dict[str, str]:
    """Report → what in its rows breaks a declaration and cannot be withheld alone. Nothing, where each was mended."""
    found: dict[str, str] = {}
    for name, frame in frames.items():
        resource = schema.resources()[name]
        if not resource.by_report or frame.is_empty():
            continue
        for what, hits in _row_troubles(frame, resource, frames):
            for report_id in frame["report_id"].filter(hits).unique(maintain_order=True):
                found.setdefault(report_id, f"rows of {name} break the declaration of {what}")
    return found


# --- the report itself ----------------------------------------------------------------------------------------


def _mend_report(report: Extraction, personal: Personal | None) -> None:
    """The report's own row, which says last how it was read."""
    resource = schema.resources()["reports"]
    frame = report.frames.get("reports")
    if frame is None or frame.height != 1:
        raise Unsound("the report has no row of its own")
    try:
        frame = resource.conform(frame.with_columns(**_statuses(report)))
    except (schema.SchemaError, pl.exceptions.PolarsError) as error:
        raise Unsound(f"the report's own row is not as declared: {_first_line(error)}") from error
    for name in _IDENTITY:
        private = _is_private(resource.field(name), personal)
        if private is not None and frame.select(private).to_series().any():
            raise Unsound(f"the {name} looks like personal data")
    frame, notices = _mend_cells(frame, resource, personal)
    if wrong := _named([*_row_troubles(frame, resource, report.frames), ("report_id", _strangers(frame, report))]):
        raise Unsound(f"the report's own row breaks the declaration: {wrong}")
    report.frames["reports"] = frame
    report.notices += notices


def _statuses(report: Extraction) -> dict[str, pl.Expr]:
    withheld = sorted(table.table_no for table in report.tables if table.status == "withheld")
    listed = ",".join(map(str, withheld)) or None
    partial = pl.lit("partial") if withheld else pl.col("status")
    return {"tables_withheld": pl.lit(listed, dtype=pl.String), "status": partial}


def _mend_notices(report: Extraction, personal: Personal) -> None:
    """Notices become findings, and rules read them: their personal texts go before either."""
    names = ("message_zh", "message_en", "locator", "actual")
    told = pl.DataFrame(
        [{name: getattr(notice, name) for name in names} for notice in report.notices], schema=dict.fromkeys(names, pl.String)
    )
    hits = told.select(personal(pl.col(name)).fill_null(False).alias(name) for name in names)
    for at, row in enumerate(hits.iter_rows(named=True)):
        if any(row.values()):
            without = {name: None if name == "actual" else MARK for name in names if row[name]}
            report.notices[at] = replace(report.notices[at], **without)  # type: ignore[arg-type]


# --- what is said of it ---------------------------------------------------------------------------------------


def _withhold(report: Extraction, resource: Resource, zh: str, en: str) -> None:
    """Take a table of the report out whole (E01): what was noticed in it goes with it."""
    report.frames[resource.name] = resource.empty()
    page = line = None
    source_no = 1
    title = resource.title
    for table in report.tables:
        if table.resource == resource.name:
            table.status = "withheld"
            page, line, title = table.page, table.line, table.title or title
            source_no = table.source_no
    _list_withheld(report, resource)
    report.notices = [notice for notice in report.notices if notice.resource != resource.name]
    report.notices.append(
        Notice(
            TABLE, resource.name, "table", f"《{title}》不能按声明发布，整表不发布：{zh}。",
            f"The table cannot be published as it is declared and is withheld: {en}.", None, page, line, source_no,
        )
    )  # fmt: skip


def _list_withheld(report: Extraction, resource: Resource) -> None:
    """The list of the report's tables says so, too."""
    listed = report.frames.get("tables")
    if listed is not None and "status" in listed.columns:
        gone = pl.col("resource") == resource.name
        report.frames["tables"] = listed.with_columns(status=pl.when(gone).then(pl.lit("withheld")).otherwise("status"))


def _locator(row: dict[str, object], resource: Resource) -> str:
    """The row's key, as findings write it; a key that is personal data itself cannot occur (it is a code)."""
    names = [name for name in resource.primary_key if name != "report_id"]
    return ";".join(f"{name}={row[name]}" for name in names) or "report"


def _place(row: dict[str, object]) -> tuple[int | None, int | None, int]:
    page, line, file = row.get("page"), row.get("line"), row.get("source_no")
    # A place is a positive number, or it is not known.
    return (
        page if isinstance(page, int) and page > 0 else None, line if isinstance(line, int) and line > 0 else None,
        file if isinstance(file, int) and file > 0 else 1,
    )  # fmt: skip


def _cell_notice(code: str, row: dict[str, object], resource: Resource, declared: Field) -> Notice:
    reason = ("疑似个人信息", "looks like personal data") if code == PRIVATE else ("不符合声明", "is not as declared")
    return Notice(
        code, resource.name, f"{_locator(row, resource)};column={declared.name}",
        f"{resource.title}“{declared.title}”一格的内容{reason[0]}，不予发布。",
        f"The value of {declared.name} in {resource.name} {reason[1]} and is withheld.", None, *_place(row),
    )  # fmt: skip


def _row_notice(row: dict[str, object], resource: Resource) -> Notice:
    return Notice(
        CELL, resource.name, _locator(row, resource), f"{resource.title}的一行不符合声明，不予发布。",
        f"A row of {resource.name} is not as declared and is withheld.", None, *_place(row),
    )  # fmt: skip


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
