"""The printed numbers behind statements, as the account of numbers has them: how many decimals a sentence shows.

Not for what a number states: that is in ``stated``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

import polars as pl

from pipelines.quality import wording

RESOURCE = "statements"
Tokens = Mapping[tuple[str, int | None, int | None, str], list[Decimal]]


def tokens(accounting: pl.DataFrame) -> Tokens:
    """The printed numbers of the statements, by report, page, line and concept."""
    found: dict[tuple[str, int | None, int | None, str], list[Decimal]] = defaultdict(list)
    if accounting.is_empty():
        return found
    own = accounting.filter(
        (pl.col("resource") == RESOURCE) & pl.col("role").is_in(["statement", "unclassified"])
    )
    for report_id, token, page, line, concept in own.select(
        "report_id", "token", "page", "line", "column"
    ).iter_rows():
        try:
            found[report_id, page, line, concept].append(
                abs(Decimal(token.replace(",", "").replace("，", "")))
            )
        except InvalidOperation:
            continue
    return found


def decimals_of(number: Decimal) -> int:
    """How many decimals a number shows."""
    exponent = number.as_tuple().exponent
    return max(-exponent, 0) if isinstance(exponent, int) else 0


def printed_number(row: Mapping[str, Any], known: Tokens) -> Decimal:
    """The number as printed; without an account of it, its zeros at the end are not known."""
    value = abs(row["value"])
    for token in known.get((row["report_id"], row["page"], row["line"], row["concept"]), ()):
        if token == value:
            return token
    return Decimal(wording.plain(value))
