"""The printed items of tables 01 and 04 → item codes (income items, expenditure classes, totals and balances).

The labels stand in ``datapackages/forms/items.yaml``.
"""

from __future__ import annotations

import re
from functools import cache

from pipelines import schema
from pipelines.documents.normalise import squeeze
from pipelines.extract.codes import functional_codes, plain
from pipelines.forms import items, within

_NUMERAL = re.compile(r"^(?:[（(]?[一二三四五六七八九十百]{1,4}[）)]?[、.．]|[（(]?\d{1,2}[）)]|\d{1,2}[、.．](?!\d)|[（(][一二三四五六七八九十]{1,3}[）)]|[①-⑳])")
_OF_WHICH = re.compile(r"^其中[:：]?")


def strip_numeral(label: str) -> str:
    """``（一）一般公共预算`` → ``一般公共预算``; ``其中：`` goes too."""
    bare = squeeze(label)
    for _ in range(3):
        shorter = _OF_WHICH.sub("", _NUMERAL.sub("", bare))
        if shorter == bare:
            break
        bare = shorter
    return bare


def income_item(label: str, opening: bool) -> str | None:
    """The income item code of a printed label; ``opening`` while the rows under 年初结转和结余 are read."""
    bare = strip_numeral(label)
    if not bare or re.search(r"支出", bare):
        return None
    known = items()
    for item in (*(known.opening_parts if opening else ()), *known.income):
        if within(item.labels, bare):
            return item.code
    return None


@cache
def is_declared(resource: str, code: str) -> bool:
    """Whether the declaration of table 01 or 04 knows an item code; one that it does not know is not published."""
    pattern = schema.resources()[resource].field("item_code").constraints["pattern"]
    return re.fullmatch(pattern, code) is not None


@cache
def _class_names() -> list[tuple[str, str]]:
    codes = functional_codes()
    pairs = [(name, code) for code, names in codes.spellings.items() if len(code) == 3 for name in names]
    return sorted(pairs, key=lambda pair: -len(pair[0]))


def expenditure_item(label: str) -> str | None:
    """The expenditure item code of a printed label: a functional class, a total or a balance."""
    bare = strip_numeral(label)
    if not bare:
        return None
    for item in items().expenditure:
        if within(item.labels, bare):
            return item.code
    name = plain(bare)
    for official, code in _class_names():
        if name == official or name == official.removesuffix("支出"):
            return code
    if re.fullmatch(r"其[他它]支出", name):
        return "229"
    # Cut short or wrapped: the class's own words must begin the label.
    return next((entry.code for entry in items().classes if name.startswith(entry.word)), None)
