"""One document → one :class:`Extraction`: the nine tables, identity, and the account of every number."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePosixPath

import polars as pl

from pipelines import personal, schema
from pipelines.documents.model import Document
from pipelines.extract.announced import absent_notice, attached_notice, image_notice, unit_notice
from pipelines.extract.attempt import attempt
from pipelines.extract.bundle import Part, evidence, in_order, merge_tables, of_file, sources_frame
from pipelines.extract.dump import ambiguity_notices, read_text_tables
from pipelines.extract.frames import (
    SUMMARIES,
    build_frame,
    code_notices,
    common_decimals,
    decimals_of,
    key_of,
)
from pipelines.extract.identity import read_identity
from pipelines.extract.listing import listed
from pipelines.extract.narrative import read_statements
from pipelines.extract.numbers import quantum
from pipelines.extract.parts import read_parts
from pipelines.extract.performance import MENTIONS, read_performance
from pipelines.extract.pictured import mend_words
from pipelines.extract.refusing import refuse_template, refuse_unreadable
from pipelines.extract.result import (
    Extraction,
    Identity,
    NoIdentity,
    NotAReport,
    Notice,
    TableReading,
    TableStatus,
)
from pipelines.extract.rows import RawTable, failed_table
from pipelines.extract.tables import read_grid_tables
from pipelines.extract.tables.alignment import is_in_doubt
from pipelines.extract.tables.choice import one_of_each
from pipelines.extract.titles import TABLE_NUMBERS, parse_title


def extract(document: Document) -> Extraction:
    """Read one report. Raises :class:`NotAReport` with the reason where it cannot be published."""
    part = read_part(document)
    return _without_personal_data([part], _assemble([part], _identity(part)))


def extract_bundle(documents: Sequence[Document], whose: int = 0) -> Extraction:
    """Read one report of several files; ``whose`` is the index of the one that says whose it is."""
    parts = [read_part(document) for document in documents]
    identity = _identity(parts[whose])
    return _without_personal_data(parts, _assemble(in_order(parts), identity))


def _without_personal_data(parts: Sequence[Part], extraction: Extraction) -> Extraction:
    pages = [page for part in parts for page in part.document.pages]
    # A cell that wraps is whole only by itself: on its lines stand the other columns.
    wrapped = ("".join(c.lines) for page in pages for grid in page.grids for c in grid.cells if len(c.lines) > 1)
    personal.clean(extraction, [*(ln.text for page in pages for ln in page.lines), *wrapped])
    return extraction


def read_part(document: Document) -> Part:
    """The tables of one file, whoever's they are."""
    refuse_unreadable(document)
    mend_words(document)
    if document.has_grids:
        raw, owners = read_grid_tables(document)
        announced = {t.resource for page in document.pages for ln in page.lines if (t := parse_title(ln.text))}
    else:
        raw, owners, titles = read_text_tables(document)
        announced = {t.resource for t in titles} | {t.resource for t in raw}
    raw, others = one_of_each(raw)
    refuse_template(document, raw)
    return Part(document, raw, owners, announced, others)


def _identity(part: Part) -> Identity:
    unit = Counter(t.unit for t in part.raw if t.unit and t.resource != "three_public_expenses")
    try:
        return read_identity(
            part.document, part.owners, [t.kind for t in part.raw if t.kind], unit.most_common(1)[0][0] if unit else None
        )
    except NotAReport as error:
        raise NoIdentity(str(error), evidence(part)) from error


def _assemble(parts: Sequence[Part], identity: Identity) -> Extraction:
    """``parts``: the file with the narrative first."""
    document = parts[0].document
    raw, disagreements = merge_tables(parts, identity.unit_as_published)
    others = [table for part in parts for table in part.others]
    announced = {resource for part in parts for resource in part.announced}
    decimals = [d for t in raw if (d := decimals_of([a for r in t.rows for a in r.amounts.values()])) is not None]
    known_unit = any(t.unit for t in raw)
    result = Extraction(
        identity, document.name, document.sha256, document.format, document.page_count, {}, [], tables_as_images=False,
        evidence=evidence(parts[0]), notices=[*identity.notices, *_remarks(parts), *disagreements],
    )  # fmt: skip
    for table in raw:
        unit = table.unit or identity.unit_as_published
        if table.unit is None and known_unit:
            table.notices.append(unit_notice(table, unit))
        elif table.unit is None:
            table.problems.append("报告各表均未标明金额单位 / no table of the report names its unit")
        own = decimals_of([a for r in table.rows for a in [*r.amounts.values(), *(x for x, _ in r.ambiguous)]])
        common = common_decimals(decimals)
        places = common if own is None or (own < common and unit == identity.unit_as_published and _few(table)) else own
        status = _publish(table, unit, identity, result)
        for notice in table.notices:
            notice.source_no = table.source_no
        for use in table.uses:
            use.source_no = table.source_no
        result.tables.append(
            TableReading(
                table.resource, TABLE_NUMBERS[table.resource], table.printed_no, table.title, status, unit,
                quantum(places, unit), table.method, table.page, table.line, table.source_no,
                ",".join(sorted(table.columns)) or None,
            )  # fmt: skip
        )
        result.accounting.extend(table.uses)
        result.notices.extend(table.notices)
    present = {t.resource for t in raw}
    pages = [page for part in parts if part.document.has_grids for page in part.document.pages]
    attached = sorted({*_linked(parts), *_said_to_be_attached(parts)} if not present else ())
    result.tables_as_images = (not present and not attached) or (
        bool(announced - present) and any(p.kind == "image" or p.images for p in pages)
    )
    for resource, number in TABLE_NUMBERS.items():
        if resource not in present:
            absent: TableStatus = "image" if result.tables_as_images else "missing"
            result.tables.append(
                TableReading(resource, number, None, "", absent, identity.unit_as_published, 10_000, document.format, None, None)
            )
    if result.tables_as_images:
        seen = any(p.kind == "image" or p.images for part in parts for p in part.document.pages)
        result.notices.append(image_notice(document, present) if seen else absent_notice(present, announced))
    elif attached:
        result.notices.append(attached_notice(attached))
    _read_parts(parts, identity, result)
    statements, uses, notices = read_statements(
        document,
        _function_names(result.frames),
        identity.fiscal_year,
        identity.kind,
        identity.report_id,
        identity.institution,
    )
    statements = _with_method(statements, document)
    result.frames["statements"] = of_file(statements, 1)
    result.accounting.extend(uses)
    result.notices.extend(notices)
    with_forms = _read_forms(parts, identity, result, statements)
    for resource, declared in schema.resources().items():
        if resource in TABLE_NUMBERS and resource not in result.frames:
            result.frames[resource] = declared.empty()
    result.frames |= listed(identity.report_id, raw, result.tables, others, bool(attached))
    result.frames["reports"] = _report_row(document, identity, result)
    names = [part.document.name for part in parts]
    result.frames["sources"] = sources_frame(parts, identity.report_id, with_forms, names)
    return result


def _with_method(statements: pl.DataFrame, document: Document) -> pl.DataFrame:
    """Statements on pages that were read from pictures say so."""
    recognised = [page.number for page in document.pages if page.recognised]
    if not recognised:
        return statements
    return statements.with_columns(
        method=pl.when(pl.col("page").is_in(recognised)).then(pl.lit("ocr")).otherwise("method").cast(statements.schema["method"])
    )


def _read_parts(parts: Sequence[Part], identity: Identity, result: Extraction) -> None:
    """The rest of the report, each resource from the first file that has it."""
    for number, part in enumerate(parts, start=1):
        frames, notices = read_parts(part.document, identity.report_id, identity.kind)
        taken = {name for name, frame in frames.items() if frame.height and not _filled(result, name)}
        for name, frame in frames.items():
            if name in taken or name not in result.frames:
                result.frames[name] = of_file(frame, number)
        kept = [n for n in notices if part is parts[0] or n.resource in taken]
        result.notices.extend(replace(n, source_no=number) for n in kept)


def _filled(result: Extraction, name: str) -> bool:
    return name in result.frames and bool(result.frames[name].height)


def _read_forms(parts: Sequence[Part], identity: Identity, result: Extraction, statements: pl.DataFrame) -> set[int]:
    """The performance forms of the first file that has any. Gives the numbers of the files that were used."""
    chosen = None
    for number, part in enumerate(parts, start=1):
        read = read_performance(
            part.document, identity.report_id, identity.institution, identity.kind, statements, parts[0].document
        )
        if chosen is None or any(read[0][name].height for name in ("evaluations", "project_applications")):
            chosen = (number, *read)
        if any(read[0][name].height for name in ("evaluations", "project_applications")):
            break
    assert chosen is not None
    number, forms, uses, notices = chosen
    # The projects are named by the narrative, whichever file the forms stand in.
    result.frames |= {name: of_file(frame, 1 if name == MENTIONS else number) for name, frame in forms.items()}
    result.accounting.extend(replace(use, source_no=number) for use in uses)
    result.notices.extend(replace(n, source_no=1 if n.resource == MENTIONS else number) for n in notices)
    return {number} if any(frame.height for frame in forms.values()) else set()


def _remarks(parts: Sequence[Part]) -> list[Notice]:
    """What opening the files noticed, as notices."""
    return [
        Notice(r.code, None, "source", f"{_file(p, parts)}{r.message_zh}", f"{_file(p, parts)}{r.message_en}", r.actual, r.page, r.line, number)
        for number, p in enumerate(parts, start=1)
        for r in p.document.remarks
    ]


def _file(part: Part, parts: Sequence[Part]) -> str:
    return f"{PurePosixPath(part.document.name).name}: " if len(parts) > 1 else ""


_ATTACHED = re.compile(
    r"[^\s/，。；：:“”]{0,40}(?:决算|预算)[^\s/，。；：:“”]{0,14}(?:表|公开)[^\s/，。；：:“”]{0,8}\.(?:xlsx?|zip|rar|et)\b"
    r"|(?:公开|决算|预算)(?:报)?表[^\s，。；]{0,4}[（(](?:详)?见附[件表][）)]"
)
"""Where a text says that its tables stand in another file: 2023年度决算报表.xls, 决算公开报表（见附件）."""


def _linked(parts: Sequence[Part]) -> set[str]:
    """Names of files that the documents link to."""
    return {name for part in parts for name in part.document.attachments}


def _said_to_be_attached(parts: Sequence[Part]) -> set[str]:
    """What the text says of tables in another file."""
    lines = ("".join(line.text.split()) for part in parts for page in part.document.pages for line in page.lines)
    return {match.group()[:60] for line in lines if (match := _ATTACHED.search(line))}


def _function_names(frames: dict[str, pl.DataFrame]) -> dict[str, str]:
    """Codes and names as the report's own tables print them; the fullest spelling of each."""
    names: dict[str, str] = {}
    for frame in frames.values():
        if "function_code" in frame.columns and "function_name" in frame.columns:
            for code, name in frame.select("function_code", "function_name").iter_rows():
                if code.isdigit() and name and len(name) > len(names.get(code, "")):
                    names[code] = name
    return names


def _few(table: RawTable) -> bool:
    return sum(len(r.amounts) for r in table.rows) < 8


def _publish(table: RawTable, unit: str, identity: Identity, result: Extraction) -> TableStatus:
    """Publish or withhold a table; one that cannot be put into its frame is withheld."""

    def failed(error: BaseException) -> TableStatus:
        result.frames.pop(table.resource, None)
        return _withhold(failed_table(table, error), table.problems)

    return attempt(lambda: _publish_sound(table, unit, identity, result), failed)


def _publish_sound(table: RawTable, unit: str, identity: Identity, result: Extraction) -> TableStatus:
    """Conservation of numbers decides: a leftover or a number used twice withholds the table whole."""
    violations = [u for u in table.uses if u.role in ("leftover", "double")]
    problems = list(table.problems)
    if violations:
        shown = "、".join(dict.fromkeys(_short(u.token) for u in violations[:6]))
        problems.append(f"{len(violations)} 个数字无法归入任何单元格（{shown}） / {len(violations)} numbers fit no cell ({shown})")
    if table.method == "positions" and not problems and is_in_doubt(table):
        problems.append("无框线表的数字在另一种栏位下才符合行内合计，栏位不能确定 / the figures of this table without ruling lines fit other columns")
    repeated = len(table.rows) - len({(r.side if table.resource in SUMMARIES else "", r.code) for r in table.rows})
    if repeated > max(2, len(table.rows) // 10):
        problems.append(f"{repeated} 行的科目编码重复 / {repeated} rows repeat a code")
    if not problems:
        try:
            frame = build_frame(table, identity.report_id, unit)
        except ValueError as error:  # the message names the amount, not the text around it
            problems.append(f"金额精度超限 / {error}")
    if problems:
        return _withhold(table, problems)
    result.frames[table.resource] = frame
    table.notices.extend(ambiguity_notices(table, key_of))
    table.notices.extend(code_notices(table))
    filled = any(r.amounts or r.ambiguous for r in table.rows)
    return "found" if filled else "empty"


def _withhold(table: RawTable, problems: list[str]) -> TableStatus:
    """E01 in place of all other notices of the table."""
    first = next((u for u in table.uses if u.role in ("leftover", "double")), None)
    zh = "；".join(p.split(" / ")[0] for p in problems)
    en = "; ".join(p.split(" / ")[-1] for p in problems)
    table.notices = [
        Notice(
            "E01", table.resource, "table", f"《{table.title}》未能完整读取，整表不发布：{zh}。",
            f"The table could not be read completely and is withheld: {en}.", None,
            first.page if first else table.page, first.line if first else table.line,
        )
    ]  # fmt: skip
    return "withheld"


def _short(token: str) -> str:
    return token if len(token) <= 30 else f"{token[:29]}…"


def _report_row(document: Document, identity: Identity, result: Extraction) -> pl.DataFrame:
    declared = schema.resources()["reports"]
    withheld = [str(t.table_no) for t in result.tables if t.status == "withheld"]
    record = dict.fromkeys(declared.polars_schema())
    record |= {
        "report_id": identity.report_id,
        "kind": identity.kind,
        "fiscal_year": identity.fiscal_year,
        "region_code": identity.region_code,
        "region_name": identity.region_name,
        "city": identity.city,
        "province": identity.province,
        "institution": identity.institution,
        "institution_id": identity.institution_id,
        "institution_level": identity.level,
        "title": identity.title,
        "unit_as_published": identity.unit_as_published,
        "source_file": document.name,
        "source_sha256": document.sha256,
        "source_format": document.format,
        "page_count": document.page_count,
        "tables_found": sum(t.status in ("found", "empty", "withheld") for t in result.tables),
        "tables_as_images": result.tables_as_images,
        "tables_withheld": ",".join(withheld) or None,
        "status": "partial" if withheld or result.tables_as_images else "published",
        "finding_count": 0,
    }
    return declared.conform(pl.DataFrame([record], schema=declared.polars_schema(), orient="row"))
