"""Titles of the nine official tables, in all their provincial wordings, and what else a table's head says.

The words stand in ``datapackages/forms``: each form says what its title names and what it must not name
(支出决算表 is contained in 一般公共预算财政拨款支出决算表), so that a title is of one table or of none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from pipelines.documents.normalise import squeeze
from pipelines.forms import Titles, forms, titles, whole, within

TABLE_NUMBERS = {resource: form.number for resource, form in forms().items()}
"""The nine official tables and their official numbers."""

OTHER = "other"
"""The resource of a title that is none of the nine."""

_PRINTED_NO = re.compile(
    r"[（(]?(?:部门|单位)?(?:公开|预决算公开|决算公开|预算公开|财决公开|财决批复|财决|财预|预算|决算|公开表|附表|附件|表)(?:表)?[-—]?(\d{1,2}(?![\d年])|[一二三四五六七八九十]{1,3})(?:号)?表?[）)]?"
)
_YEAR = re.compile(r"(?:20\d\d|[二〇○零一二三四五六七八九]{4}|X{2,4}|[×]{2,4}|20XX)年(?:度)?")
_LEAD = re.compile(r"^(?:附[件表]?[:：]?)?(?:[（(][一二三四五六七八九十\d]{1,3}[）)]|[一二三四五六七八九十\d]{1,3}[、.．:：])?")
_BUDGET = re.compile(r"预算(?!财政拨款|支出|收入|资金|拨款|“|\"|基本)")
_TAIL = re.compile(r"[（(][^（）()]{1,12}[)）]$")
_UNIT = re.compile(r"(?:金额|货币)?单位\s*[:：]?\s*(?:人民币)?\s*[（(]?(万元|千元|元|百元)[）)]?")
_OWNER = re.compile(
    r"(?:编制|填报|公开|预算主管|主管)?(?:部门|单位)(?:[（(](?:部门|单位|公章|盖章|签章)[）)])?(?:名称)?(?:[（(](?:公章|盖章|签章)[）)])?\s*[:：]\s*(?P<name>\S.*?)\s*(?=$|(?:金额|货币)?单位|20\d\d年)"
)


@dataclass(slots=True, frozen=True)
class Title:
    """A recognised title: the resource it announces, final or budget if it says so, and its printed number."""

    resource: str
    kind: str | None
    text: str
    printed_no: str | None
    weak: bool = False
    """The table is this one only if the report has no other of it."""


def printed_number(text: str) -> str | None:
    """``公开03表``, ``（表8）``, ``部门公开表5``... → ``3``, ``8``, ``5``; None if there is none."""
    match = _PRINTED_NO.search(squeeze(text))
    return match.group(1).lstrip("0") if match else None


def is_number_mark(text: str) -> bool:
    """True for a line that only says ``公开03表`` or the like."""
    bare = squeeze(text)
    return bool(bare) and bool(_PRINTED_NO.fullmatch(bare))


def parse_title(text: str) -> Title | None:
    """The title of one of the nine tables; None for anything else."""
    title = any_title(text)
    return title if title and title.resource != OTHER else None


@lru_cache(maxsize=20_000)
def any_title(text: str) -> Title | None:
    """The title of any table, one of the nine or another (``OTHER``); None for what is no title."""
    if "表" not in text:
        return None
    bare = squeeze(text)
    words = titles()
    if not 3 <= len(bare) <= 60 or within(words.refuse, bare):
        return None
    number = printed_number(bare)
    core = bare_title(bare)
    if not _TAIL.sub("", core).endswith("表") or whole(words.plain, core):
        return None
    kind = "final" if "决算" in core else "budget" if _BUDGET.search(core) else None
    resource = None
    if core.endswith("表") and within(words.must, core) and not is_known_other(bare):
        found = [r for r, form in forms().items() if _is_of(form.titles, core)]
        resource = found[0] if len(found) == 1 else None
    weak = resource is not None and within(forms()[resource].titles.weak, core)
    return Title(resource or OTHER, kind, bare, number, weak)


def bare_title(bare: str) -> str:
    """A title without number, year, ordinal and the brackets that do not change what it is."""
    core = _unnumbered(bare)
    ends = re.compile(f"(?:{'|'.join(titles().suffixes)})$")
    for _ in range(3):
        shorter = ends.sub("", core)
        if shorter == core:
            break
        core = shorter
    return _LEAD.sub("", core)


def _unnumbered(bare: str) -> str:
    return _YEAR.sub("", _PRINTED_NO.sub("", bare))


def _is_of(words: Titles, core: str) -> bool:
    return within(words.match, core) and not within(words.refuse, core)


def is_known_other(title: str) -> bool:
    """True for the titles of tables that are none of the nine and that the forms know."""
    core = _LEAD.sub("", _unnumbered(squeeze(title))).replace("上年度", "上年")
    return any(within(kind.match, text) for kind in titles().others for text in (core, bare_title(core)))


def is_published_other(title: str) -> bool:
    """True if the cells of another table of this title may go to ``other_tables``: no form that may print persons."""
    core = bare_title(squeeze(title))
    if within(titles().private, core):
        return False
    known = [kind for kind in titles().others if within(kind.match, core)]
    return all(kind.published for kind in known) and (bool(known) or within(titles().must, core))


def parse_unit(text: str) -> str | None:
    """``金额单位：万元`` → ``万元``; None if the text names no unit."""
    if "元" not in text:
        return None
    match = _UNIT.search(squeeze(text))
    return match.group(1) if match else None


def parse_owner(text: str) -> str | None:
    """``部门：武汉市某局 单位：万元`` → the institution; None if the text is no such line."""
    if not (":" in text or "：" in text):
        return None
    compact = re.sub(r"\s+(?=(?:金额|货币)?单位)", " ", text.strip())
    match = _OWNER.match(re.sub(r"^\s+", "", compact))
    if not match:
        return None
    name = squeeze(match.group("name"))
    name = re.sub(r"(?:金额|货币)?单位[:：].*$", "", name)
    name = re.sub(r"[（(](?:公章|盖章|签章)[）)]$", "", name)
    if not 3 <= len(name) <= 40 or not re.search(r"[\u4e00-\u9fff]{3}", name) or re.search(r"万元|[。；，、：]", name):
        return None
    return name
