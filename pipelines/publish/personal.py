"""The guard that keeps personal data out of releases: phone numbers and ID numbers in published text.

It looks at every text cell except the fields declared as identifiers (hashes, codes, ids), which are made
of digits by nature. It stops the release; it does not clean, because a hit means that extraction took a
field that is never published. It is not a detector of names.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from pipelines.schema import Resource, resources

# A run of digits counts only when it stands alone: not inside a longer number and not as a part of a
# decimal or of a figure with separators.
_BEFORE = r"(?:^|[^\d.,]|(?:^|\D)[.,])"
_AFTER = r"(?:$|[^\d.,]|[.,](?:\D|$))"
# Full-width forms count as well. Punctuation stays: "，" before a number is no part of it.
_WIDE = "０１２３４５６７８９＋－（）Ｘｘ　"
_NARROW = "0123456789+-()Xx "
_CHINA = r"(?:\+?86[- ]?)?"
_DAY = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"

PATTERNS = {
    "mobile number": rf"{_BEFORE}{_CHINA}1[3-9]\d(?:\d{{8}}|[- ]\d{{4}}[- ]\d{{4}}){_AFTER}",
    "landline number": rf"{_BEFORE}{_CHINA}\(?0(?:10|2\d|[3-9]\d{{2}})\)?[-—– ]?[2-9]\d{{6,7}}{_AFTER}",
    "ID number": rf"{_BEFORE}[1-9]\d{{5}}(?:19|20)\d{{2}}{_DAY}\d{{3}}[\dXx]{_AFTER}",
    "old ID number": rf"{_BEFORE}[1-9]\d{{7}}{_DAY}\d{{3}}{_AFTER}",
}


def personal_data(frames: Mapping[str, pl.DataFrame]) -> list[str]:
    """One sentence per column with a cell that looks like personal data; the digits are not repeated."""
    found = []
    for name, frame in frames.items():
        resource = resources()[name]
        for declared in resource.fields:
            if declared.type == "string" and not declared.identifier:
                found += _hits(frame, resource, declared.name)
    return found


def _hits(frame: pl.DataFrame, resource: Resource, column: str) -> list[str]:
    text = pl.col(column).str.replace_many(list(_WIDE), list(_NARROW))
    found = []
    for kind, pattern in PATTERNS.items():
        hits = frame.filter(text.str.contains(pattern))
        if hits.height:
            key = {c: hits[c][0] for c in resource.primary_key if c != column}
            found.append(f"{resource.name}.{column}: {hits.height} cells look like a {kind}, first in {key}")
    return found


def looks_personal(text: pl.Expr) -> pl.Expr:
    """True where a text holds what looks like personal data: what :func:`personal_data` would stop."""
    narrow = text.str.replace_many(list(_WIDE), list(_NARROW))
    return pl.any_horizontal(narrow.str.contains(pattern) for pattern in PATTERNS.values())
