"""The rows of a table between paper and frame: labels, codes and printed amounts, with their places."""

from __future__ import annotations

from dataclasses import dataclass, field

from pipelines.documents.model import Cell
from pipelines.extract.numbers import Amount
from pipelines.extract.result import Notice, NumberUse

TOTAL = "total"


@dataclass(slots=True)
class Row:
    """One row as printed. ``code`` is a functional or economic code, an item code, or ``total``.

    ``amounts`` holds the printed amounts by published column; ``ambiguous`` the tokens whose column could not
    be decided, each with its candidate columns.
    """

    code: str | None
    name: str
    amounts: dict[str, Amount]
    page: int | None
    line: int | None
    side: str = ""
    line_no: int | None = None
    ambiguous: list[tuple[Amount, tuple[str, ...]]] = field(default_factory=list)


@dataclass(slots=True, frozen=True)
class OtherCell:
    """A printed cell that the nine tables do not hold: its place (1-based), labels and text as printed."""

    row_no: int
    column_no: int
    row_label: str
    column_label: str
    text: str
    page: int | None
    line: int | None


@dataclass(slots=True, frozen=True)
class Unread:
    """A cell whose figure was seen in a picture and not read with certainty, and where it belongs."""

    cell: Cell
    page: int | None
    locator: str
    column: str


@dataclass(slots=True)
class RawTable:
    """One table as read, before units are converted: one of the nine, or another (``resource`` ``other``)."""

    resource: str
    title: str
    printed_no: str | None
    kind: str | None
    unit: str | None
    method: str
    page: int | None
    line: int | None
    rows: list[Row] = field(default_factory=list)
    uses: list[NumberUse] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    columns: set[str] = field(default_factory=set)
    """The published columns that the printed heads named."""
    source_no: int = 1
    """Which of the report's files prints it."""
    problems: list[str] = field(default_factory=list)
    """Why the table cannot be published (extraction failures other than leftover numbers)."""
    faults: list[str] = field(default_factory=list)
    """What is wrong with its heads: a problem as soon as the table prints a figure."""
    others: list[OtherCell] = field(default_factory=list)
    """Printed cells that the data model does not hold: those of another table, or of unknown columns."""
    captions: list[str] = field(default_factory=list)
    """The lines from the title to the grid, without blanks."""
    heads: dict[str, list[str]] = field(default_factory=dict)
    """Per half of the table, the columns of its first head in their order: later heads must be the same."""
    unknown_heads: dict[str, int] = field(default_factory=dict)
    """Heads that no form knows, and how many figures stand below each."""
    unread: list[Unread] = field(default_factory=list)
    """Cells of a picture whose figures OCR left open; they stand in no row's amounts."""
    page_to: int | None = None
    weak: bool = False
    """The title means this table only if the report has no other of it."""

    def use(
        self, token: str, page: int | None, line: int | None, role: str, locator: str = "", column: str = "", reason: str = ""
    ) -> None:
        """Account for one number token."""
        self.uses.append(NumberUse(token, page, line, self.resource, role, locator, column, reason))


def failed_table(table: RawTable, error: BaseException) -> RawTable:
    """The table as one that is withheld because its reader failed: what it had read is not to be trusted."""
    table.rows, table.uses, table.notices, table.others, table.faults = [], [], [], [], []
    table.unread = []
    table.unknown_heads = {}
    kind = type(error).__name__
    table.problems = [f"读取时出错（{kind}） / the reader failed ({kind})"]
    return table
