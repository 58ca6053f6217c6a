"""Functional and economic codes: which exist, what they are called, and which one a printed name means."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import polars as pl

from pipelines.documents.normalise import squeeze

CODES_FOLDER = Path(__file__).resolve().parents[2] / "datapackages" / "codes"
LEVELS = {3: "class", 5: "section", 7: "item"}
FUNCTIONAL = re.compile(r"[12]\d{2}(?:\d{2}(?:\d{2})?)?")
ECONOMIC = re.compile(r"[35]\d{2}(?:\d{2})?")


@dataclass(slots=True, frozen=True)
class CodeList:
    """A code list: official names, and every known spelling (current and historical) per code."""

    names: dict[str, str]
    spellings: dict[str, frozenset[str]]

    def known(self, code: str) -> bool:
        return code in self.names

    def named(self, name: str, prefix: str = "", length: int | None = None) -> list[str]:
        """Codes whose official name is exactly this, below ``prefix`` and of that length."""
        bare = plain(name)
        found = [
            code
            for code, names in self.spellings.items()
            if bare in names and code.startswith(prefix) and (length is None or len(code) == length)
        ]
        # 20899 其他社会保障和就业支出 holds 2089999 and, before 2021, 2089901 under one name: 99 is in force.
        return [c for c in found if not (len(c) == 7 and c.endswith("9901") and c[:5] + "99" in found)]


def plain(name: str) -> str:
    """A name for comparison: no blanks, one kind of bracket, no punctuation."""
    return re.sub(r"[\s（）()、，,。.·“”\"'－—-]", "", squeeze(name))


def resembles(printed: str, official: str) -> bool:
    """True if a printed name can stand for the official one: equal, cut short, or with characters left out."""
    a, b = plain(printed), plain(official)
    if not a or not b:
        return False
    if a == b or b.startswith(a) or a.startswith(b):
        return True
    if len(a) < len(b):
        rest = iter(b)
        return len(a) >= 2 and all(char in rest for char in a)
    return False


def _load(name: str) -> CodeList:
    names: dict[str, str] = {}
    spellings: dict[str, set[str]] = {}
    table = pl.read_csv(CODES_FOLDER / f"{name}_codes.csv", infer_schema=False)
    for code, text in zip(table["code"], table["name"], strict=True):
        names[code] = text
        spellings.setdefault(code, set()).add(plain(text))
    aliases = CODES_FOLDER / f"{name}_aliases.csv"
    if aliases.exists():
        table = pl.read_csv(aliases, infer_schema=False)
        for code, text in zip(table["code"], table["name"], strict=True):
            spellings.setdefault(code, set()).add(plain(text))
    return CodeList(names, {code: frozenset(texts) for code, texts in spellings.items()})


@cache
def functional_codes() -> CodeList:
    """功能分类科目 (类 3, 款 5, 项 7 digits)."""
    return _load("functional")


@cache
def economic_codes() -> CodeList:
    """部门预算支出经济分类科目 (类 3, 款 5 digits)."""
    return _load("economic")


def level_of(code: str) -> str | None:
    """``class | section | item`` by the code's length; None for totals."""
    return LEVELS.get(len(code)) if code.isdigit() else None


def parents(code: str) -> list[str]:
    """The prefixes that a code hangs from: ``2080101`` → ``['20801', '208']``."""
    return [code[:length] for length in (5, 3) if length < len(code)]
