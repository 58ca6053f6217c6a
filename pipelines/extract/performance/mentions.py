"""The same project in two places: what the narrative says of single projects, and the form that each has.

A final account sums up each project in a sentence (…项目绩效自评综述：全年预算数为…，执行数为…，完成预算的…); a budget names its
projects among the items of project expenditure. Both are linked to the forms by their names alone, never by their
amounts: whether the amounts agree is for ``quality`` to say. Only where no name links a project, its amounts and the
department that its summary names may do so together (``by_amount``).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import Any, Literal

import polars as pl

from pipelines.documents.model import Document
from pipelines.documents.normalise import squeeze
from pipelines.extract.narrative.words import PROJECT_SUMMARY
from pipelines.extract.numbers import parse_amount
from pipelines.extract.parts.lines import reading_order
from pipelines.extract.performance.model import Place
from pipelines.extract.performance.stream import read_stream

Match = Literal["exact", "contained", "similar", "by_amount"]
RESOURCE = "project_mentions"

_MARK = re.compile(r"(?<![\d.])\d{1,2}[.、．](?=\D)|[（(]\d{1,2}[）)]|[①-⑳]|[。；：:]")
_LOOK_BACK = 100
_BODY_END = re.compile(r"主要(?:产出|绩效|成效|原因)|发现的?(?:主要)?问题|下一步|偏差原因")
_BODY = 600
_SUMMARY_END = re.compile(r"发现的?(?:主要)?问题|存在的?问题|下一步|偏差原因|[（(][一二三四五六七八九十][）)]\S{0,12}(?:结果应用|公开)|绩效自评表")
_SUMMARY = 3000
_MONEY = r"(?:为|是|[:：])?(-?\d[\d,]*(?:\.\d+)?)(万元|元)"
_BUDGET = re.compile(rf"(?<!年初)预算数?{_MONEY}")
_EXECUTED = re.compile(rf"(?:执行|支出)数{_MONEY}")
_RATE = re.compile(
    r"[，,；;。]?(?:预算)?(?:完成(?:全年|年度|调整)?预算的?|执行率)(?:为|是|达到?)?(\d[\d,]*(?:\.\d+)?)[%％]"
)
"""Directly behind the amount executed: a rate further on is that of a part."""
_NOT_A_NAME = re.compile(r"[“”\"‘’「」《》]|[（(][^（）()]*[）)]|\s")
_QUOTED = re.compile(r"[“\"‘]([^“”\"‘’]+)[”\"’]")
_KIND_WORD = re.compile(r"(?:项目|专项|经费|资金|费用|支出|费|款)$")
_LEAST, _LEAST_ALIKE = 3, 4
_ALIKE = 0.75
_MOST_PAIRS = 100_000
"""Mentions × forms beyond which no report is: they are left without a link."""
_MARGIN = 0.15


@dataclass(slots=True)
class ProjectMention:
    """A project as the narrative speaks of it; amounts in 万元, the rate in percent points."""

    name: str
    place: Place
    budget: Decimal | None = None
    executed: Decimal | None = None
    rate: Decimal | None = None
    forms: list[tuple[int, Match]] = field(default_factory=list)
    """Numbers of the forms that the name means."""
    summary: str = ""
    """What the narrative tells of the project, from its figures to its problems."""
    place_in_summary: Callable[[int], Place] = field(default=lambda _: (None, 0), repr=False, compare=False)


def read_mentions(text: str, place_of: Callable[[int], Place]) -> list[ProjectMention]:
    """The summaries of single projects in the order of the running text; what is printed twice alike stands once."""
    found: list[ProjectMention] = []
    heads = list(PROJECT_SUMMARY.finditer(text))
    for head, after in zip(heads, [*(h.start() for h in heads[1:]), len(text)][: len(heads)], strict=True):
        before = text[max(0, head.start() - _LOOK_BACK) : head.start()]
        marks = list(_MARK.finditer(before))
        name = before[marks[-1].end() :] if marks else ""
        if not name:
            continue
        body = text[head.end() : min(after, head.end() + _BODY)]
        end = _BODY_END.search(body)
        mention = _figures(_name(name), place_of(head.start() - len(name)), body[: end.start()] if end else body)
        told = text[head.end() : min(after, head.end() + _SUMMARY)]
        last = _SUMMARY_END.search(told)
        mention.summary = told[: last.start()] if last else told
        mention.place_in_summary = partial(_place_behind, place_of, head.end())
        gist = (mention.name, mention.budget, mention.executed, mention.rate)
        if gist not in [(m.name, m.budget, m.executed, m.rate) for m in found]:
            found.append(mention)
    return found


def _place_behind(place_of: Callable[[int], Place], start: int, offset: int) -> Place:
    return place_of(start + offset)


def running_text(document: Document) -> tuple[str, Callable[[int], Place]]:
    """The document without blanks and page numbers, and where each character stands."""
    if not document.has_grids:
        stream = read_stream(document)
        return stream.text, stream.place
    text, starts, places = "", [], []
    for line in reading_order(document):
        if line.bare:
            starts.append(len(text))
            places.append((line.page, line.number))
            text += line.bare
    return text, lambda offset: places[bisect_right(starts, offset) - 1]


def _name(printed: str) -> str:
    """A project's name without quotation marks around it and without the word 项目 that follows."""
    name = printed.removesuffix("支出") if printed.endswith("项目支出") else printed
    name = name.removesuffix("项目")
    quoted = _QUOTED.fullmatch(name)
    return (quoted[1] if quoted else name) or printed


def _figures(name: str, place: Place, body: str) -> ProjectMention:
    executed = _EXECUTED.search(body)
    rate = _RATE.match(body, executed.end()) if executed else None
    return ProjectMention(
        name,
        place,
        _money(_BUDGET.search(body)),
        _money(executed),
        Decimal(rate[1].replace(",", "")) if rate else None,
    )


def _money(match: re.Match[str] | None) -> Decimal | None:
    amount = parse_amount(match[1]) if match else None
    return amount.in_wan_yuan(match[2]) if match and amount and amount.fits(match[2]) else None


def budget_mentions(statements: pl.DataFrame) -> list[ProjectMention]:
    """Projects that a budget's narrative names with an amount: its items without a functional code."""
    rows = statements.filter(
        (pl.col("concept") == "budget.item")
        & pl.col("function_code").is_null()
        & pl.col("subject").is_not_null()
    )
    return [
        ProjectMention(
            _name(row["subject"]),
            (row["page"], row["line"]),
            row["value"] / 10_000 if row["unit"] == "元" else row["value"],
        )
        for row in rows.iter_rows(named=True)
        if row["unit"] in ("万元", "元")
    ]


# --- which form a name means --------------------------------------------------------------------------------


def link(mentions: Sequence[ProjectMention], forms: Sequence[tuple[int, str]]) -> None:
    """Give every mention the numbers of its forms: the same name, a name in the other, or nearly the same."""
    if len(mentions) * len(forms) > _MOST_PAIRS:
        return
    free = {number: _plain(name) for number, name in forms}
    for mention in mentions:
        same = [number for number, name in free.items() if name == _plain(mention.name)]
        if len(same) == 1:
            mention.forms = [(same[0], "exact")]
            free.pop(same[0])
    for mention in mentions:
        if not mention.forms:
            _link_contained(mention, free)
    _link_similar([m for m in mentions if not m.forms], free)


def _plain(name: str) -> str:
    return _NOT_A_NAME.sub("", squeeze(name)).removesuffix("项目")


def _cores(name: str) -> list[str]:
    """A name, and what is left of it without the words at its end that every project has; the longest first."""
    found = [_plain(name)]
    while (shorter := _KIND_WORD.sub("", found[-1])) not in ("", found[-1]):
        found.append(shorter)
    return found


def _link_contained(mention: ProjectMention, free: dict[int, str]) -> None:
    own = _plain(mention.name)
    inside = {
        number: core
        for number, name in free.items()
        if (core := next((c for c in _cores(name) if len(c) >= _LEAST and c in own), None))
    }
    # 待遇补助及待遇上级补助: every name that is no part of another one.
    kept = [
        n for n, core in inside.items() if not any(core in other for m, other in inside.items() if m != n)
    ]
    for core in _cores(mention.name):
        if not kept and len(core) >= _LEAST:
            around = [number for number, name in free.items() if core in name]
            kept = around if len(around) == 1 else []
    mention.forms = [(number, "contained") for number in kept]
    for number in kept:
        free.pop(number)


def _link_similar(mentions: list[ProjectMention], free: dict[int, str]) -> None:
    """Names that are each other's nearest, clearly before any other."""
    scores = {(i, n): _likeness(m.name, name) for i, m in enumerate(mentions) for n, name in free.items()}
    best: dict[tuple[str, int], list[float]] = {}
    for (index, number), score in scores.items():
        for line in (("mention", index), ("form", number)):
            best[line] = sorted([*best.get(line, []), score])[-2:]
    for (index, number), score in sorted(scores.items(), key=lambda item: -item[1]):
        rivals = [[*best["mention", index]], [*best["form", number]]]
        for own in rivals:
            if score in own:
                own.remove(score)
        if score >= _ALIKE and all(score - rival >= _MARGIN for own in rivals for rival in own):
            mentions[index].forms = [(number, "similar")]


def names_agree(title: str, name: str) -> bool:
    """Whether a title names a project: its whole name stands in it, or it in the name."""
    inner, outer = sorted((_plain(title), _plain(name)), key=len)
    return len(inner) >= _LEAST and inner in outer


@dataclass(frozen=True, slots=True)
class Funded:
    """What else than its name tells a form: its amounts in 万元 and the offices that it names."""

    number: int
    amounts: tuple[Decimal | None, ...]
    offices: tuple[str, ...]


def link_by_amount(mentions: Sequence[ProjectMention], forms: Sequence[Funded], institution: str) -> None:
    """Give a project that no name links its form by all of its amounts and an office that its summary names.

    The office must be one that not every form names, and neither another project nor another form may fit.
    """
    taken = {number for mention in mentions for number, _ in mention.forms}
    free = [form for form in forms if form.number not in taken]
    everywhere = set.intersection(*(set(form.offices) for form in forms)) if len(forms) > 1 else set()
    fits: dict[int, list[ProjectMention]] = {}
    for mention in (m for m in mentions if not m.forms):
        own = [form for form in free if _fits(mention, form, everywhere | {institution})]
        if len(own) == 1:
            fits.setdefault(own[0].number, []).append(mention)
    for number, found in fits.items():
        if len(found) == 1:
            found[0].forms = [(number, "by_amount")]


def _fits(mention: ProjectMention, form: Funded, common: set[str]) -> bool:
    told = [(mention.budget, form.amounts[0]), *([(mention.executed, form.amounts[1])] if len(form.amounts) > 1 else [])]
    if not mention.budget or any(one is None or one != other for one, other in told):
        return False
    text = mention.summary + mention.name
    return any(len(office) >= _LEAST and office in text for office in form.offices if office not in common)


def _likeness(one: str, other: str) -> float:
    """The share of the shorter name whose characters stand in the longer one in the same order."""
    short, long = sorted((_cores(one)[-1], _cores(other)[-1]), key=len)
    if len(short) < _LEAST_ALIKE:
        return 0.0
    lengths = [0] * (len(long) + 1)
    for a in short:
        previous = 0
        for index, b in enumerate(long, start=1):
            kept = lengths[index]
            lengths[index] = previous + 1 if a == b else max(lengths[index], lengths[index - 1])
            previous = kept
    return lengths[-1] / len(short)


def records(mentions: Sequence[ProjectMention]) -> list[dict[str, Any]]:
    """Rows of ``project_mentions`` without the report: one for each form that a mention means, or one without."""
    rows: list[dict[str, Any]] = []
    for number, mention in enumerate(mentions, start=1):
        page, line = mention.place
        links: list[tuple[int | None, Match | None]] = [*mention.forms] or [(None, None)]
        for form, match in links:
            rows.append(
                {
                    "seq": len(rows) + 1, "mention_no": number, "name": mention.name, "form_no": form,
                    "match": match, "budget": mention.budget, "executed": mention.executed,
                    "execution_rate": mention.rate, "page": page, "line": line,
                }
            )  # fmt: skip
    return rows


__all__ = [
    "RESOURCE",
    "Funded",
    "ProjectMention",
    "budget_mentions",
    "link",
    "link_by_amount",
    "names_agree",
    "read_mentions",
    "records",
    "running_text",
]
