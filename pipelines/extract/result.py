"""What reading one report gives: identity, typed frames, an account of every number, and notices.

Nothing here judges a sum. The frames carry the columns of ``datapackages/`` in their order; amounts are
exact ``Decimal(18, 6)`` in 万元.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import polars as pl

Kind = Literal["final", "budget"]
Level = Literal["department", "unit"]
TableStatus = Literal["found", "empty", "withheld", "image", "missing"]

MICRO = 1_000_000
"""1 万元 = 1,000,000 micro-units: a DECIMAL(18,6) amount is an exact int64 of them (1 分 of 元 = 1)."""


class NotAReport(Exception):
    """The document is readable but is not a report that we publish. ``str(error)`` gives the reason."""


@dataclass(slots=True, frozen=True)
class Evidence:
    """What a file says that helps to find the report it belongs to, where it does not say so itself.

    ``tables``: how many of the nine it fills; ``attachments``: names of files that it links to; ``announces``: it
    speaks of attached tables.
    """

    owners: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    years: tuple[int, ...] = ()
    tables: int = 0
    attachments: tuple[str, ...] = ()
    announces: bool = False


class NoIdentity(NotAReport):
    """The document does not say whose report of which year it is; it may be an attachment of one that does."""

    def __init__(self, reason: str, evidence: Evidence) -> None:
        super().__init__(reason, evidence)
        self.evidence = evidence

    def __str__(self) -> str:
        return str(self.args[0])


@dataclass(slots=True)
class Identity:
    """Who published what for which year, as the document itself says."""

    report_id: str
    kind: Kind
    fiscal_year: int
    region_code: str
    region_name: str
    city: str | None
    province: str | None
    institution: str
    institution_id: str
    level: Level
    title: str
    unit_as_published: str
    level_stated: bool = True
    """False where nothing in the document says 部门 or 单位 and the level is assumed."""
    notices: tuple[Notice, ...] = ()
    """What there is to say about how it was told."""


@dataclass(slots=True)
class TableReading:
    """How one of the nine official tables was read.

    ``quantum`` is the display unit in micro-units (1e-6 万元): 10,000 for two decimals of 万元, 1 for two
    decimals of 元, 100 for whole 元. ``method``: ``ruled``, ``positions``, ``text``.
    """

    resource: str
    table_no: int
    printed_no: str | None
    title: str
    status: TableStatus
    unit: str
    quantum: int
    method: str
    page: int | None
    line: int | None
    source_no: int = 1
    columns: str | None = None
    """The published columns that its heads bind to, comma-separated; None where heads are not bound (dumps)."""


@dataclass(slots=True)
class Notice:
    """Something that reading itself noticed (rule family E); becomes a finding.

    ``code`` is a rule id of ``expectations/rules`` (``E01`` table withheld, ``E02`` ambiguous number, ...).
    """

    code: str
    resource: str | None
    locator: str
    message_zh: str
    message_en: str
    actual: str | None = None
    page: int | None = None
    line: int | None = None
    source_no: int = 1
    """Which of the report's files the place is in."""


@dataclass(slots=True)
class NumberUse:
    """One number token of a table region and the one thing it was used for.

    ``role``: ``cell`` | ``code`` | ``line_no`` | ``column_no`` | ``header`` | ``note`` | ``page_no`` |
    ``label`` | ``ambiguous`` | ``outside_model`` (a column or row that the data model does not hold; always with
    a notice) | ``leftover`` | ``double``. The last two are violations of conservation.
    """

    token: str
    page: int | None
    line: int | None
    resource: str
    role: str
    locator: str = ""
    column: str = ""
    reason: str = ""
    source_no: int = 1


@dataclass(slots=True)
class Extraction:
    """Everything read from one report. Picklable: it crosses the process pool."""

    identity: Identity
    source_file: str
    source_sha256: str
    source_format: str
    page_count: int
    frames: dict[str, pl.DataFrame]
    tables: list[TableReading]
    accounting: list[NumberUse] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    tables_as_images: bool = False
    evidence: Evidence = Evidence()
