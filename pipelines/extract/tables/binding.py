"""The printed heads of one table bound to published columns, by their whole path of groups.

The base form is tried first, then its variants: the reading with the fewest faults stands, and nothing but the
heads decides (never the region, never a sum). Two heads that bind to one column are a fault that withholds.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from pipelines.extract.columns import is_earlier, latest_year
from pipelines.extract.rows import RawTable
from pipelines.forms import OUTSIDE, Form, forms, heads, variants, whole

Path = tuple[str, ...]

_UNIT = re.compile(r"[（(](?:万元|元|千元|单位[:：].{1,3})[)）]$")
_MARK = re.compile(r"^(?:\d{1,2}|[一二三四五六七八九十]{1,2})[、.．](?!\d)|[“”\"]|[*＊]$")


def clean(path: Path) -> Path:
    """Heads without units and marks."""
    return tuple(text for part in path if (text := _MARK.sub("", _UNIT.sub("", part))))


@dataclass(slots=True)
class HeadBinding:
    """What each grid column is: a published column, or OUTSIDE.

    ``unknown`` are heads that no form knows (their columns are OUTSIDE, too); ``doubles`` name the heads that bind
    to one published column.
    """

    form: Form
    columns: dict[int, str] = field(default_factory=dict)
    unknown: dict[int, str] = field(default_factory=dict)
    doubles: dict[str, list[str]] = field(default_factory=dict)

    def missing(self, side: str | None = None) -> list[str]:
        """Titles of required columns that no head binds to."""
        bound = set(self.columns.values())
        wanted = [c for c in self.form.columns if c.required and c.side in (None, side)]
        return list(dict.fromkeys(c.title for c in wanted if c.name not in bound))

    def problems(self, side: str | None = None) -> list[str]:
        """Why a table with these heads cannot be published: two heads for one column, or a required one lost."""
        found = []
        for column, printed in self.doubles.items():
            shown = "、".join(printed)
            found.append(f"多个栏目对应同一栏（{shown}） / heads {shown} all bind to {column}")
        if lost := "、".join(self.missing(side)):
            found.append(f"未找到必有的栏目（{lost}） / no head binds to {lost}")
        return found


def note_binding(table: RawTable, binding: HeadBinding, side: str | None = None, block: int = 0) -> None:
    """Tell the table which columns it prints, which heads no form knows and what is wrong with its heads.

    ``side`` or ``block``: which part of a table of several parts side by side.
    """
    printed = [*binding.columns.values()]
    known = table.heads.setdefault(side or str(block), printed)
    if printed != known:
        table.faults.append("续页的栏目与首页不同 / a continued page has other heads than the first")
    table.columns |= set(printed)
    for head in binding.unknown.values():
        table.unknown_heads.setdefault(head, 0)
    table.faults.extend(p for p in binding.problems(side) if p not in table.faults)


def bind(resource: str, paths: Mapping[int, Path], heads_of: Mapping[int, int], kind: str | None, side: str | None = None) -> HeadBinding:
    """The reading with the fewest faults. ``heads_of``: per grid column, which printed head stands lowest over it
    (several grid columns may lie under one head)."""
    candidates = (forms()[resource], *variants(resource))
    found = [_bound(form, paths, heads_of, kind, side) for form in candidates]
    return min(found, key=lambda b: (len(b.doubles), len(b.missing(side)), len(b.unknown)))


def _bound(
    form: Form, paths: Mapping[int, Path], heads_of: Mapping[int, int], kind: str | None, side: str | None
) -> HeadBinding:
    binding = HeadBinding(form)
    first: dict[str, int] = {}
    year = latest_year([part for path in paths.values() for part in path])
    for j, printed in paths.items():
        path = clean(printed)
        if any(is_earlier(part, year) for part in path):
            binding.columns[j] = OUTSIDE  # last year's figures beside this year's
            continue
        column = form.bind(path, kind, side)
        if column is None and path:
            if not whole(heads().earlier, path[-1]):
                binding.unknown[j] = "›".join(path)
            column = OUTSIDE
        if column is None:
            continue
        binding.columns[j] = column
        if column == OUTSIDE:
            continue
        if column in first and heads_of[first[column]] != heads_of[j]:
            both = binding.doubles.setdefault(column, ["›".join(paths[first[column]])])
            both.append("›".join(printed))
        first.setdefault(column, j)
    return binding
