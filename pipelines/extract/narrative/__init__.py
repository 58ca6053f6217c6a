"""The narrative of a report (情况说明) → its ``statements``: every figure that a sentence states.

Pages become passages (sections of running text, each character with its place), passages become statements.
Headings, subjects and words are data in ``grammar.yaml``. This room does not compare: whether a sentence agrees
with a table is judged in ``quality``.
"""

from __future__ import annotations

from decimal import Decimal
from functools import partial

import polars as pl

from pipelines import schema
from pipelines.documents.model import Document
from pipelines.extract.attempt import attempt, fits, unfit_notice, withheld_notice
from pipelines.extract.narrative.dated import foreign_years, former_classes
from pipelines.extract.narrative.figures import TOO_LONG, Furniture
from pipelines.extract.narrative.grammar import UNCLASSIFIED, published_section
from pipelines.extract.narrative.passages import Passage, find_passages
from pipelines.extract.narrative.paths import PathResolver
from pipelines.extract.narrative.reading import Statement, read_passage
from pipelines.extract.result import MICRO, Notice, NumberUse

RESOURCE = "statements"


def read_statements(
    document: Document, function_names: dict[str, str], fiscal_year: int, kind: str, report_id: str = "", institution: str = ""
) -> tuple[pl.DataFrame, list[NumberUse], list[Notice]]:
    """The ``statements`` of a report, the account of every number of its narrative, and what was doubtful.

    ``function_names`` maps functional codes to the names that the report's own tables print. ``kind`` is
    ``final`` or ``budget``. Roles in the account: ``statement``, ``unclassified`` and ``furniture`` (years, list
    numbers, thresholds...). Notices: ``E21`` an item path that means no single code, ``E22`` figures that no
    concept fits (one per section), ``E23`` a change whose direction the sentence leaves open (增加（减少）).
    """
    resolver = PathResolver(function_names)
    declared = schema.resources()[RESOURCE]
    rows: list[dict[str, object]] = []
    uses: list[NumberUse] = []
    notices: list[Notice] = []

    def withheld(error: BaseException, passage: Passage | None = None) -> None:
        where = (f"section={published_section(kind, passage.section)}", *passage.place(0)) if passage else ()
        notices.append(withheld_notice(RESOURCE, error, *where))

    for passage in attempt(lambda: find_passages(document), withheld) or ():
        read = attempt(partial(read_passage, passage, kind, fiscal_year, resolver, institution), partial(withheld, passage=passage))
        if read is None:
            continue
        statements, furniture = read
        section = published_section(kind, passage.section)
        for statement in statements:
            if fits(statement.value):
                rows.append(_row(statement, passage, section, kind, report_id, len(rows) + 1, fiscal_year))
            else:
                notices.append(unfit_notice(declared, "value", *passage.place(statement.start)))
        notices += [unfit_notice(declared, "value", *passage.place(f.start)) for f in furniture if f.reason == TOO_LONG]
        uses += [_use(s, passage, section) for s in statements if s.figure is not None]
        uses += [_furniture(f, passage, section) for f in furniture]
        notices += [*_notices(passage, section, statements), *_dated(passage, section, kind, fiscal_year)]
    notices += _mostly_open(rows)
    frame = pl.DataFrame(rows, schema=declared.polars_schema(), orient="row") if rows else declared.empty()
    return declared.conform(frame), uses, notices


def _row(
    statement: Statement, passage: Passage, section: str, kind: str, report_id: str, number: int, fiscal_year: int
) -> dict[str, object]:
    page, line = passage.place(statement.start)
    if kind == "budget" and statement.concept.startswith("budget.item") and statement.function_code:
        section = "budget_items"
    return {
        "report_id": report_id,
        "statement_no": number,
        "section": section,
        "concept": statement.concept,
        "function_code": statement.function_code,
        "subject": statement.subject,
        "value": statement.value.quantize(Decimal(1) / MICRO),
        "unit": statement.unit,
        "fiscal_year": statement.fiscal_year or fiscal_year,
        "basis": statement.basis,
        "baseline_year": statement.baseline_year,
        "method": "text",
        "source_no": 1,
        "page": page,
        "line": line,
    }


def _use(statement: Statement, passage: Passage, section: str) -> NumberUse:
    page, line = passage.place(statement.start)
    figure = statement.figure
    assert figure is not None
    role = UNCLASSIFIED if statement.concept == UNCLASSIFIED else "statement"
    return NumberUse(figure.token, page, line, RESOURCE, role, section, statement.concept)


def _furniture(furniture: Furniture, passage: Passage, section: str) -> NumberUse:
    page, line = passage.place(furniture.start)
    return NumberUse(furniture.token, page, line, RESOURCE, "furniture", section, "", furniture.reason)


_FEW = 10


def _mostly_open(rows: list[dict[str, object]]) -> list[Notice]:
    """E22 for the narrative as a whole, where more than half of its figures are open: silence is no proof."""
    open_rows = [row for row in rows if row["concept"] == UNCLASSIFIED]
    if len(rows) < _FEW or 2 * len(open_rows) <= len(rows):
        return []
    return [
        Notice(
            "E22", RESOURCE, "section=narrative",
            f"情况说明的{len(rows)}个数字中有{len(open_rows)}个未能确认含义：这些句子未经核查，没有发现不等于没有问题。",
            f"{len(open_rows)} of the {len(rows)} figures of the narrative are not understood for sure: their sentences are not"
            " checked, and no finding is no proof.",
            str(len(open_rows)), None, None,
        )
    ]  # fmt: skip


def _dated(passage: Passage, section: str, kind: str, fiscal_year: int) -> list[Notice]:
    """What the text carries over from an older report; each year and name once a passage."""
    notices: list[Notice] = []
    for year, place in {year: place for place, year in reversed(list(foreign_years(passage.text, fiscal_year, kind)))}.items():
        page, line = passage.place(place)
        notices.append(
            Notice(
                "E24", RESOURCE, f"section={section}",
                f"{fiscal_year}年度报告的情况说明自称为{year}年度，年份疑误。",
                f"The narrative of a report of {fiscal_year} calls itself one of {year}; the year is probably wrong.",
                str(year), page, line,
            )
        )  # fmt: skip
    for name, place in {name: place for place, name in reversed(list(former_classes(passage.text, fiscal_year)))}.items():
        page, line = passage.place(place)
        notices.append(
            Notice(
                "E25", RESOURCE, f"section={section}",
                f"类级科目名称“{name}”在{fiscal_year}年度已不再使用。",
                f"The class was no longer called '{name}' in {fiscal_year}.",
                name, page, line,
            )
        )  # fmt: skip
    return notices


def _notices(passage: Passage, section: str, statements: list[Statement]) -> list[Notice]:
    notices: list[Notice] = []
    seen: set[str] = set()
    for statement in statements:
        page, line = passage.place(statement.start)
        if statement.doubt == "path" and statement.subject not in seen:
            seen.add(str(statement.subject))
            notices.append(
                Notice(
                    "E21", RESOURCE, f"section={section}",
                    f"情况说明中的科目“{statement.subject}”无法对应到唯一的功能分类编码，编码留空。",
                    f"The item '{statement.subject}' of the narrative means no single functional code; the code is left empty.",
                    statement.subject, page, line,
                )
            )  # fmt: skip
        if statement.doubt == "sign" and statement.figure is not None:
            token = statement.figure.token
            notices.append(
                Notice(
                    "E23", RESOURCE, f"section={section}",
                    f"句中保留范本用语“增加（减少）”，{token}{statement.unit}的增减方向不明，按印出的数值读取。",
                    f"The sentence keeps the template's 'increase (decrease)'; the direction of {token} is open and it is read as printed.",
                    token, page, line,
                )
            )  # fmt: skip
    strays = [s for s in statements if s.concept == UNCLASSIFIED]
    if strays:
        page, line = passage.place(strays[0].start)
        shown = "、".join(f"{s.figure.token}{s.figure.printed_unit}" for s in strays[:6] if s.figure)
        notices.append(
            Notice(
                "E22", RESOURCE, f"section={section}",
                f"“{passage.heading}”中有{len(strays)}个数字不属于任何已知概念（{shown}），已保留并标为未归类。",
                f"{len(strays)} figures under '{passage.heading}' fit no concept ({shown}); they are kept as unclassified.",
                str(len(strays)), page, line,
            )
        )  # fmt: skip
    return notices


__all__ = ["RESOURCE", "read_statements"]
