"""How reports look: everything that differs between places and years while the figures stay the same.

A ``Layout`` is chosen by name (``layout("national")``) and changed field by field; ``vary`` lets a random
generator change whatever may be changed, for property tests and corpora.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import Literal

Family = Literal["national", "shanghai", "budget-national", "budget-shanghai"]


@dataclass(frozen=True)
class Layout:
    """The form of a report. Fields that a family of forms does not know are ignored there."""

    family: Family = "national"

    province: str = ""
    """The set of tables of a province (``provinces.PROVINCES``) in place of the family's nine."""

    # numbers and codes
    thousands: bool = False
    trim_zeros: bool = False
    """423.60 prints as 423.6, 8.00 as 8."""
    split_codes: bool = False
    """类, 款 and 项 in cells of their own."""
    code_cells: bool = True
    """With joined codes: the head still has three cells 类, 款, 项 over the one of the code."""

    # heads
    titles_with_year: bool = True
    numbering: Literal["公开01表", "（表1）", ""] = "公开01表"
    line_numbers: bool = True
    """行次 in tables 01 and 04."""
    column_numbers: bool = True
    """The row 栏次 in the other tables."""
    total_income: Literal["first", "header", "last"] = "header"
    """Where 合计 stands in tables 02 and 03; ``header`` is the last row of the head, beside 类 款 项."""
    total_budget: Literal["first", "header", "last"] = "header"
    """The same for tables 05, 07 and 08."""
    classes: int = 26
    spare_line: bool = True
    """An empty row with row numbers above 总计 in table 01."""
    empty_total: bool = True
    """An empty table still prints its row 合计."""

    # single tables
    blocks: Literal[2, 3] = 3
    """Blocks side by side in table 06."""
    interleaved: bool = False
    """Table 09 with budget and final alternating, not as two blocks."""
    capital_balances: bool = False
    """Table 08 with the columns of table 07."""
    order: tuple[int, ...] = (1, 2, 3, 4, 5, 6, 7, 8, 9)
    printed_numbers: tuple[int, ...] | None = None
    """The number that each table of ``order`` prints; by default its place."""
    short_names: int = 0
    """Cut names in tables 02 to so many characters, as narrow columns do; 0 leaves them whole."""

    # pages
    ruling: Literal["lines", "rects", "cells", "none"] = "lines"
    landscape: Literal["tables", "all", "none"] = "tables"
    rotated: bool = False
    """Landscape pages are portrait pages turned by /Rotate."""
    flow: bool = False
    """Tables follow each other on a page; otherwise each starts a new one."""
    repeat_header: bool = True
    page_rows: int = 0
    """Break a table after so many rows at the latest; 0 fills the page."""
    trailing_grid: bool = False
    """An empty piece of grid on the page after table 04."""
    narrow_names: bool = False
    """Columns of names too narrow for the longer ones, which wrap."""
    latin_font: Literal["STSong-Light", "Times-Roman"] = "STSong-Light"
    page_numbers: Literal["- {} -", "{}", "— {} —", ""] = "- {} -"
    size: float = 9.0

    @property
    def budget(self) -> bool:
        return self.family.startswith("budget")


_SHANGHAI_ORDER = (1, 2, 3, 4, 5, 6, 9, 7, 8)

LAYOUTS = {
    "national": Layout(),
    "shanghai": Layout(
        family="shanghai",
        thousands=True,
        split_codes=True,
        titles_with_year=False,
        numbering="",
        line_numbers=False,
        column_numbers=False,
        total_budget="last",
        blocks=2,
        interleaved=True,
        capital_balances=True,
        order=_SHANGHAI_ORDER,
        repeat_header=False,
        trailing_grid=True,
        narrow_names=True,
        latin_font="Times-Roman",
        page_numbers="",
    ),
    "borderless": Layout(
        ruling="none", numbering="（表1）", code_cells=False, total_income="first", total_budget="first"
    ),
    "budget-shanghai": Layout(
        family="budget-shanghai",
        thousands=True,
        split_codes=True,
        numbering="",
        line_numbers=False,
        column_numbers=False,
        total_income="last",
        total_budget="last",
        order=(1, 2, 3, 4, 5, 7, 8, 6, 9),
        landscape="all",
        repeat_header=False,
        page_numbers="",
    ),
    "budget-national": Layout(
        family="budget-national",
        thousands=True,
        code_cells=False,
        numbering="（表1）",
        line_numbers=False,
        column_numbers=False,
        total_income="first",
        total_budget="first",
        order=(1, 2, 3, 4, 5, 6, 9, 7, 8),
    ),
}


LAYOUTS |= {
    name: replace(LAYOUTS[family], province=name, line_numbers=family == "national", **changes)  # type: ignore[arg-type]
    for name, family, changes in (
        ("yunnan", "national", {"landscape": "all"}),
        ("inner-mongolia", "national", {}),
        ("jiangsu", "national", {}),
        ("shaanxi", "national", {"landscape": "all"}),
        ("zhejiang", "national", {}),
        ("guangxi", "budget-national", {}),
    )
}


def layout(name: str, **changes: object) -> Layout:
    """A named layout, with fields changed."""
    return replace(LAYOUTS[name], **changes)  # type: ignore[arg-type]


def vary(base: Layout, rng: random.Random) -> Layout:
    """The same family of forms with everything else drawn by lot, as far as the family allows."""
    places: tuple[Literal["first", "header", "last"], ...] = ("first", "header", "last")
    orders = [base.order, (1, 2, 3, 4, 5, 6, 7, 8, 9), _SHANGHAI_ORDER, (1, 2, 3, 4, 5, 6, 9, 8, 7)]
    changed = replace(
        base,
        thousands=rng.random() < 0.5,
        trim_zeros=rng.random() < 0.4,
        split_codes=rng.random() < 0.5,
        code_cells=rng.random() < 0.5,
        titles_with_year=rng.random() < 0.5,
        numbering=rng.choice(("公开01表", "（表1）", "")),
        total_income=rng.choice(places),
        total_budget=rng.choice(places),
        classes=rng.choice((26, 26, 24, 23)),
        empty_total=rng.random() < 0.7,
        order=rng.choice(orders),
        landscape=rng.choice(("tables", "all", "none")),
        rotated=rng.random() < 0.15,
        flow=rng.random() < 0.3,
        repeat_header=rng.random() < 0.5,
        page_rows=rng.choice((0, 0, 0, 12, 20)),
        trailing_grid=rng.random() < 0.2,
        narrow_names=rng.random() < 0.4,
        latin_font=rng.choice(("STSong-Light", "Times-Roman")),
        page_numbers=rng.choice(("- {} -", "{}", "— {} —", "")),
    )
    if base.ruling != "none":
        changed = replace(changed, ruling=rng.choice(("lines", "rects", "cells")))
    if base.budget:
        return changed
    return replace(
        changed,
        line_numbers=rng.random() < 0.5,
        column_numbers=rng.random() < 0.5,
        spare_line=rng.random() < 0.5,
        blocks=rng.choice((2, 3)),
        interleaved=rng.random() < 0.4,
        capital_balances=rng.random() < 0.5,
        short_names=rng.choice((0, 0, 12)),
    )
