"""What the words of a clause mean for its figure: the year, the basis, the fund, the scope.

Read from the words that ``clauses`` found, in their order. A word inside a comparison (比2023年预算执行数减少) says
what is compared with, not what the figure is; what is open stays open and says so.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.extract.narrative.clauses import ClauseWord

BASES = ("initial", "adjusted", "executed", "final", "arranged")
_YEAR = re.compile(r"20\d\d")
_OPENS = {"compare", "share", "complete"}
_CLOSES = {"change", "reason"}
_OF_GENERAL_BUDGET = ("general_budget", "basic", "three_public", "agency_operation", "meetings", "training")
_FUND_STEMS = {
    "政府性基金": "government_fund",
    "国有资本": "state_capital",
    "财政专户": "special_account",
}


@dataclass(slots=True, frozen=True)
class Binding:
    """What the words say. ``year`` and ``basis`` of the figure, and of what it is compared with."""

    year: int | None = None
    basis: str | None = None
    base_year: int | None = None
    base_basis: str | None = None
    fund: str | None = None
    scoped: bool = False
    in_base: bool = False
    """The figure itself is what is compared with (完成全年预算100万元的90%)."""


def bind(words: Sequence[ClauseWord], year: int) -> Binding:
    """The binding of a figure by the words before it; ``year`` is the report's."""
    own: dict[str, object] = {}
    base: dict[str, object] = {}
    inside: dict[str, object] = own
    for word in words:
        if word.kind in _OPENS:
            inside = own if word.text in ("相比", "相比较", "相较", "对比", "同比") else base
        elif word.kind in _CLOSES or (word.kind == "base_end"):
            inside = own
        elif word.kind == "time":
            named = _YEAR.search(word.text)
            if named is not None:
                inside["year"] = int(named.group())
            else:
                inside.setdefault("year", year)
        elif word.kind == "last":
            inside["year"] = year - 1
        elif word.kind in BASES:
            inside["basis"] = word.kind
        elif word.kind == "fund":
            # 政府性基金 and 财政拨款, one after the other: both must fit.
            inside["fund"] = f"{inside.get('fund') or ''}{word.text}"
        elif word.kind == "scope":
            inside["scope"] = word.text
    return Binding(
        _int(own.get("year")), _text(own.get("basis")), _int(base.get("year")), _text(base.get("basis")),
        _text(own.get("fund")), "scope" in own, inside is base,
    )  # fmt: skip


def _int(value: object) -> int | None:
    return value if isinstance(value, int) else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def fits_fund(fund: str, stem: str, section: str) -> bool:
    """Whether a fund named beside a subject says nothing new of it (一般公共预算 under its own heading)."""
    stem = stem.removeprefix("budget.")
    for word, name in _FUND_STEMS.items():
        if word in fund:
            return name in stem or section == name
    if "一般公共" in fund or "公共" in fund:
        return section in _OF_GENERAL_BUDGET or stem.startswith((*_OF_GENERAL_BUDGET, "general", "appropriation.general"))
    # 财政拨款
    return section in (*_OF_GENERAL_BUDGET, "appropriation") or "appropriation" in stem or stem.startswith("general")


def contains(whole: str, part: str) -> bool:
    """Whether a subject named as the whole (财政拨款支出预算中，…) can have the other as its part."""
    if part.startswith("procurement") and whole.startswith("procurement"):
        return True
    return part.startswith(whole) or "appropriation" in whole or whole.endswith((".total", "income", "expenditure"))


def strangers(whole: str, part: str) -> bool:
    """Whether a part cannot be one of the whole that it is listed under (公用经费 under 项目支出)."""
    own = part.split(".")
    if whole.endswith((".project", ".project.total")) or whole == "budget.project":
        return "basic" in own or own[-1] in ("personnel", "public")
    return (whole.endswith(".basic") or whole == "basic") and "project" in own


__all__ = ["BASES", "Binding", "bind", "contains", "fits_fund", "strangers"]
