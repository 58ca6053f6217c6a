"""Years and names of classes that a narrative carries over from an older report: noticed, never mended.

For sentences without a figure of their own; the year of a stated figure is judged in ``quality`` (N06).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

import polars as pl

from pipelines.extract.codes import CODES_FOLDER

_OWN = re.compile(r"(?P<year>20\d\d)年度?(?:本?(?:部门|单位))(?:整体)?(?:收支)?(?P<kind>决算|预算)(?!(?:批复|公开)时)")
_COMPARED = re.compile(r"(?:比|较|与|同|和|跟|上年|对比)[^，。；]{0,8}$")


def foreign_years(text: str, year: int, kind: str) -> Iterator[tuple[int, int]]:
    """(place, year) where the narrative calls itself a report of another year."""
    word = "决算" if kind == "final" else "预算"
    for match in _OWN.finditer(text):
        named = int(match.group("year"))
        if match.group("kind") == word and named != year and not _COMPARED.search(text, max(0, match.start() - 12), match.start()):
            yield match.start(), named


@cache
def _former() -> tuple[tuple[str, int], ...]:
    """(name without 支出, last year in force) of every class that has a new name."""
    table = pl.read_csv(CODES_FOLDER / "functional_aliases.csv", infer_schema=False)
    old = table.filter((pl.col("code").str.len_chars() == 3) & pl.col("valid_to").is_not_null())
    return tuple((name.removesuffix("支出"), int(last)) for name, last in zip(old["name"], old["valid_to"], strict=True))


def former_classes(text: str, year: int) -> Iterator[tuple[int, str]]:
    """(place, name) of classes that were no longer called so in this year."""
    for name, last in _former():
        if last >= year or len(name) < 4:
            continue
        for match in re.finditer(rf"{re.escape(name)}(?=支出|[（(]类)", text):
            if not _COMPARED.search(text, max(0, match.start() - 12), match.start()):
                yield match.start(), match.group()


__all__ = ["foreign_years", "former_classes"]
