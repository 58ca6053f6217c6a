"""A part of a report whose reader fails is withheld with a notice; the rest of the report is read on.

Also numbers that no published column can hold. Not for tables with numbers left over: that is no failure (``report``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any, TypeVar

import polars as pl

from pipelines.extract.result import NotAReport, Notice
from pipelines.schema import Resource

WITHHELD = "E08"
CRASHES: tuple[type[BaseException], ...] = (Exception, pl.exceptions.PanicException)
"""What a reader may die of. A panic of Polars is no ``Exception``; a lack of memory is the process's, see ``attempt``."""

_LARGEST = Decimal(10) ** 12
"""DECIMAL(18,6) has twelve digits before its point."""
_LARGEST_INTEGER = 2**63

T = TypeVar("T")


def attempt(read: Callable[[], T], failed: Callable[[BaseException], T]) -> T:
    """What ``read`` gives, or ``failed`` where it dies. A refusal of the report and a lack of memory go on up."""
    try:
        return read()
    except (MemoryError, NotAReport):
        raise
    except CRASHES as error:
        return failed(error)


def withheld_notice(resource: str, error: BaseException, locator: str = "", page: int | None = None, line: int | None = None) -> Notice:
    """E08: a part that is not published because its reader failed. The text of the exception is not repeated."""
    kind = type(error).__name__
    return Notice(
        WITHHELD, resource, locator or "part", f"读取这一部分时出错（{kind}），不发布。",
        f"Reading this part failed ({kind}); it is withheld.", None, page, line,
    )  # fmt: skip


def fitting(declared: Resource, rows: Iterable[dict[str, Any]], notices: list[Notice]) -> list[dict[str, Any]]:
    """The rows without numbers that their columns cannot hold: the cell is left empty, or the row left out.

    Each such number is an E08; the number itself, which may have thousands of digits, is not repeated.
    """
    required = {field.name for field in declared.fields if field.required}
    kept = []
    for row in rows:
        wrong = [name for name, value in row.items() if not fits(value)]
        notices += [unfit_notice(declared, name, row.get("page"), row.get("line")) for name in wrong]
        if not required & set(wrong):
            kept.append({**row, **dict.fromkeys(wrong)} if wrong else row)
    return kept


def fits(value: object) -> bool:
    """Whether a DECIMAL(18,6) or a BIGINT column holds the value, if it is a number."""
    if isinstance(value, Decimal):
        return value.is_finite() and abs(value) < _LARGEST
    return not isinstance(value, int) or abs(value) < _LARGEST_INTEGER


def unfit_notice(declared: Resource, column: str, page: int | None, line: int | None) -> Notice:
    """E08: a number that no published column can hold."""
    title = next(field.title for field in declared.fields if field.name == column)
    return Notice(
        WITHHELD, declared.name, f"column={column}", f"“{title}”印出的数字位数过多，不是可发布的数值，不发布。",
        f"The number printed as {column} has too many digits to be published; it is withheld.", None, page, line,
    )  # fmt: skip
