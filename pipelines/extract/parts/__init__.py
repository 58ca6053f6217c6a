"""The parts of a report beside its nine tables and its statements: who, how many, what for.

Institutions, staffing, duties, goals, key tasks, glossary and the department's own checklist, each found by
its heading and read into the frame that ``datapackages/`` declares. A part that the report does not have is
an empty frame. Not for figures in sentences (``narrative``), not for judging what is said (``quality``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import polars as pl

from pipelines import schema
from pipelines.documents.model import Document
from pipelines.extract.attempt import attempt, fitting, withheld_notice
from pipelines.extract.parts.checklist import checklist
from pipelines.extract.parts.duties import Record, annual_goals, duties
from pipelines.extract.parts.glossary import glossary
from pipelines.extract.parts.headings import Section, sections
from pipelines.extract.parts.institutions import institutions
from pipelines.extract.parts.key_tasks import key_tasks
from pipelines.extract.parts.lines import reading_order
from pipelines.extract.parts.staffing import staffing
from pipelines.extract.result import Kind, Notice
from pipelines.personal.contacts import Privacy

RESOURCES = (
    "institutions",
    "staffing",
    "duties",
    "annual_goals",
    "key_tasks",
    "glossary",
    "disclosure_checklist",
)

Reader = Callable[[Section, Privacy], tuple[list[Record], list[Notice]]]


def _plain(reader: Callable[[Section, Privacy], list[Record]]) -> Reader:
    return lambda section, privacy: (reader(section, privacy), [])


_READERS: dict[str, tuple[str, Reader]] = {
    "institutions": ("institutions", _plain(institutions)),
    "staffing": ("staffing", staffing),
    "duties": ("duties", _plain(duties)),
    "annual_goals": ("annual_goals", _plain(annual_goals)),
    "key_tasks": ("key_tasks", key_tasks),
    "glossary": ("glossary", _plain(glossary)),
    "disclosure_checklist": ("checklist", lambda section, _: (checklist(section), [])),
}


def read_parts(
    document: Document, report_id: str, kind: Kind
) -> tuple[dict[str, pl.DataFrame], list[Notice]]:
    """Frames of :data:`RESOURCES` for one report, and what the reading noticed."""
    notices: list[Notice] = []
    frames: dict[str, pl.DataFrame] = {}

    def withheld(error: BaseException, resource: str) -> pl.DataFrame:
        notices.append(withheld_notice(resource, error))
        return schema.resources()[resource].empty()

    def no_sections(error: BaseException) -> None:
        frames.update({resource: withheld(error, resource) for resource in RESOURCES})

    found = attempt(lambda: sections(reading_order(document), kind), no_sections)
    if found is None:
        return frames, notices
    for resource in _READERS:
        frames[resource] = attempt(
            partial(_read, resource, found, report_id, notices), partial(withheld, resource=resource)
        )
    return frames, notices


def _read(
    resource: str, found: Mapping[str, Sequence[Section]], report_id: str, notices: list[Notice]
) -> pl.DataFrame:
    section_kind, reader = _READERS[resource]
    records, own = _first_filled(found.get(section_kind, ()), reader)
    if resource == "staffing" and not records:
        records, own = _first_filled(
            found.get("institutions", ()),
            lambda section, privacy: staffing(section, privacy, fallback=True),
        )
    frame = _frame(resource, report_id, records, own)
    notices += own
    return frame


def _first_filled(candidates: Sequence[Section], reader: Reader) -> tuple[list[Record], list[Notice]]:
    """The rows of the fullest section that has any."""
    rest: list[Notice] = []
    for section in candidates:
        privacy = Privacy()
        records, notices = reader(section, privacy)
        if records:
            return records, privacy.notices + notices
        rest = rest or notices
    return [], rest


def _frame(resource: str, report_id: str, records: list[Record], notices: list[Notice]) -> pl.DataFrame:
    declared = schema.resources()[resource]
    rows = fitting(declared, ({"report_id": report_id, "source_no": 1, **record} for record in records), notices)
    return declared.conform(pl.DataFrame(rows, schema=declared.polars_schema(), orient="row"))


__all__ = ["RESOURCES", "read_parts"]
