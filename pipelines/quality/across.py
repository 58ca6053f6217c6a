"""Rules C: the reports of one body, and of its units, agree with each other.

Last year's report, the budget of the year, and the units of a department are found by ``report_id`` and by name.
A report whose neighbours are not in the corpus is not compared. Nothing is judged here.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

import polars as pl

from pipelines.quality import cells, stated, tokens
from pipelines.quality.changes import current_of
from pipelines.quality.claims import Claims, Note, amount_text, named_place
from pipelines.quality.counterparts import (
    EXPENDITURE,
    GENERAL,
    REVENUE,
    THREE,
    THREE_PUBLIC,
    agrees,
    counterpart,
)
from pipelines.quality.stated import CellKey, Figure, Stated, Text, Words, concepts

RULES = ("C01.1", "C02.1", "C02.2", "C03.1")
WHOLE_REPORT: tuple[CellKey, ...] = (
    (REVENUE, None, "total", "total"),
    (EXPENDITURE, None, "total", "total"),
    (EXPENDITURE, None, "total", "basic"),
    (EXPENDITURE, None, "total", "project"),
    (GENERAL, None, "total", "total"),
)
"""What a department's report adds up from those of its units."""
_ITSELF = re.compile(r"[（(]?(?:机关)?本[级部][）)]?$|机关$")


def reconcile(
    frames: Mapping[str, pl.DataFrame], tables: pl.DataFrame, notices: pl.DataFrame, known: tokens.Tokens
) -> Claims:
    """Every comparison of the family C."""
    claims = Claims()
    if "statements" not in frames:
        return claims
    reports = frames["reports"]
    ids = set(reports.get_column("report_id"))
    pairs = {r: {"last": _other(r, years=-1), "budget": _other(r, kind="budget")} for r in ids}
    groups = _departments(frames)
    wanted = {r for r, others in pairs.items() if ids & (set(others.values()) - {r})}
    wanted |= {other for r in wanted for other in pairs[r].values() if other in ids}
    wanted |= {r for department, units in groups.items() for r in (department, *units)}
    if not wanted:
        return claims
    texts = _texts(frames, tables, notices, known, wanted)
    for report_id in sorted(wanted):
        text = texts[report_id]
        if last := texts.get(pairs[report_id]["last"]):
            last_year(text, last, claims)
        if text.kind == "final" and (budget := texts.get(pairs[report_id]["budget"])):
            initial_budget(text, budget, claims)
        if units := groups.get(report_id):
            department(text, [texts[unit] for unit in units], claims)
    return claims


def _other(report_id: str, years: int = 0, kind: str | None = None) -> str:
    """The id of the same body's report of another year or kind."""
    region, year, own, body = report_id.split("-", 3)
    return f"{region}-{int(year) + years}-{kind or own}-{body}"


def _texts(
    frames: Mapping[str, pl.DataFrame],
    tables: pl.DataFrame,
    notices: pl.DataFrame,
    known: tokens.Tokens,
    wanted: set[str],
) -> dict[str, Text]:
    own = pl.col("report_id").is_in(sorted(wanted))
    few = {name: frame.filter(own) for name, frame in frames.items() if "report_id" in frame.columns}
    reports = few["reports"].select("report_id", "kind")
    readings = cells.table_readings(tables.filter(own), reports)
    figures = cells.build(few, readings, notices.filter(own))
    readings = cells.stated_empty(readings, figures)
    found = stated.texts(
        few["statements"], figures, readings, notices.filter(own), reports, known, only_narrated=False
    )
    return {text.report_id: text for text in found}


def _there(figure: Figure, text: Text) -> Figure:
    """A figure of another report, named so."""
    kind = ("决算", "final account") if text.kind == "final" else ("预算", "budget")
    where: Words = (
        f"{text.year}年度部门{kind[0]}{figure.where[0]}",
        f"{kind[1]} of {text.year}, {figure.where[1]}",
    )
    return replace(figure, where=where)


# --- last year --------------------------------------------------------------------------------------------


def last_year(text: Text, last: Text, claims: Claims) -> None:
    """C01.1: this year's amount less its change (or the stated 上年数) is what last year's report says."""
    seen: set[tuple[str, str | None, int]] = set()
    for one in text.judged:
        stem, _, what = one.concept.rpartition(".")
        if text.kind == "budget" and one.basis != "arranged":
            # Compared with what was spent, or the sentence does not say: another figure than last year's budget.
            continue
        if one.open_sign or text.kind != last.kind:
            continue
        if what not in ("change", "last_year") or one.baseline not in (None, last.year) or one.against_budget:
            continue
        if one.concept in ("reason.change", "budget.change") or (what == "change" and one.baseline is None):
            continue
        current = current_of(text, one, stem)
        if current is None or concepts().get(current.concept) is None:
            continue
        value = one.value if what == "last_year" else current.value - one.value
        key = (current.concept, current.code, value)
        known = _known(last, current)
        if known is None or key in seen:
            continue
        seen.add(key)
        _compare_last(text, last, one, current, value, known, claims)


def _known(last: Text, current: Stated) -> Figure | None:
    """What last year's report says of a concept: its table, or else its text."""
    asked = replace(current)
    other = counterpart(last, asked)
    if other is not None and other.state == "printed":
        return other.figure
    told = [one for one in last.of(current.concept) if one.code == current.code]
    return told[0] if told else None


def _compare_last(
    text: Text, last: Text, one: Stated, current: Stated, value: int, known: Figure, claims: Claims
) -> None:
    there = _there(known, last)
    taken = value if one.concept.endswith("last_year") else None
    tolerance = (one.quantum + known.quantum + (0 if taken is not None else current.quantum)) // 2
    base = replace(one, value=value, quantum=max(one.quantum, current.quantum))
    gap = 0 if agrees(base, known) else value - known.value
    how = ("", "")
    if taken is None:
        sign = "+" if one.value < 0 else "−"
        moved = one.text.removeprefix("-")
        how = (
            f"{current.text} {sign} {moved} = ",
            f"{current.text} {'+' if sign == '+' else '-'} {moved} = ",
        )
    shown = amount_text(value, current)
    claims.add(
        text.report_id, "C01.1", one.locator, at=one, other=known, actual=value, expected=known.value,
        tolerance=tolerance, difference=gap,
        note=Note(
            f"{one.where[0]}：由{current.name[0]}推得的上年数为 {how[0]}{shown}，{there.where[0]}{there.name[0]}为 {there.shown}；"
            f"两者应当相等，相差 {amount_text(gap, current)}。",
            f"{one.where[1]}: {current.name[1]} implies {how[1]}{shown} for last year; {there.where[1]}, prints"
            f" {there.shown} for {there.name[1]}: the two should be equal, the difference is {amount_text(gap, current)}.",
            amount_text(value, current).partition(" ")[0], amount_text(known.value, current).partition(" ")[0],
            (current.concept, current.code, value), named_place(one),
        ),
    )  # fmt: skip


# --- the budget of the year -------------------------------------------------------------------------------


def initial_budget(text: Text, budget: Text, claims: Claims) -> None:
    """C02.1 stated initial budgets, C02.2 the budget row of table 09: as the year's budget has them."""
    for one in text.of("general_budget.initial_budget", "general_budget.item.initial_budget"):
        if one.basis not in (None, "initial"):
            continue
        code = "total" if one.concept == "general_budget.initial_budget" else one.code
        figure = budget.cell((GENERAL, None, code, "total")) if code else None
        if figure is not None:
            _equal("C02.1", text, budget, one, figure, claims)
    for one in text.judged:
        head, _, rest = one.concept.partition(".")
        if one.basis not in (None, "initial"):
            continue
        column = rest.removesuffix(".budget") if rest != "budget" else "total"
        if head != "three_public" or not rest.endswith("budget") or column not in (*THREE, "total"):
            continue
        figure = budget.cell((THREE_PUBLIC, None, "budget", column))
        if figure is not None:
            _equal("C02.2", text, budget, one, figure, claims)


def _equal(rule: str, text: Text, other: Text, one: Stated, figure: Figure, claims: Claims) -> None:
    gap = 0 if agrees(one, figure) else one.value - figure.value
    claims.equal(
        text.report_id, rule, one, _there(figure, other), (one.quantum + figure.quantum) // 2, difference=gap,
        said=(one.concept, one.code, one.value),
    )  # fmt: skip


# --- a department and its units ---------------------------------------------------------------------------


def _departments(frames: Mapping[str, pl.DataFrame]) -> dict[str, list[str]]:
    """Departments of which every named unit has its own report here: report → the reports of its units."""
    if "institutions" not in frames or not {"institution", "institution_level"} <= set(frames["reports"].columns):
        return {}
    reports = frames["reports"].select("report_id", "institution", "institution_level")
    known = {
        (report_id.rpartition("-")[0], name): report_id
        for report_id, name, level in reports.iter_rows()
        if level == "unit"
    }
    named: dict[str, list[str]] = defaultdict(list)
    for report_id, name in (
        frames["institutions"].sort("report_id", "seq").select("report_id", "name").iter_rows()
    ):
        named[report_id].append(name)
    found = {}
    for report_id, institution, level in reports.iter_rows():
        group = report_id.rpartition("-")[0]
        names = named.get(report_id, [])
        units = [_unit(known, group, name, institution) for name in names]
        if level == "department" and len(names) > 1 and all(units):
            found[report_id] = [unit for unit in units if unit]
    return found


def _unit(known: Mapping[tuple[str, str], str], group: str, name: str, department: str) -> str | None:
    """The report of a named unit; the department itself publishes as 本级 under its own name or with that word."""
    plain = _ITSELF.sub("", name)
    tries = (
        [name, plain]
        if plain != department
        else [name, f"{department}（本级）", f"{department}(本级)", department]
    )
    return next((known[group, each] for each in tries if (group, each) in known), None)


def department(text: Text, units: Iterable[Text], claims: Claims) -> None:
    """C03.1: totals of a department are the sums of its units."""
    known = list(units)
    for key in WHOLE_REPORT:
        whole = text.cell(key)
        parts = [unit.cell(key) for unit in known]
        if whole is None or any(part is None for part in parts):
            continue
        figures = [part for part in parts if part is not None]
        total = sum(part.value for part in figures)
        gap = whole.value - total
        shown = " + ".join(part.text for part in figures)
        like = replace(whole, unit="万元", quantum=max(whole.quantum, 10_000))
        claims.add(
            text.report_id, "C03.1", f"{key[0]}.{key[3]}", at=whole, other=figures[0], actual=whole.value, expected=total,
            tolerance=(whole.quantum + sum(part.quantum for part in figures)) // 2, resource=key[0],
            note=Note(
                f"{whole.where[0]}{whole.name[0]}为 {whole.shown}，所属{len(figures)}个单位的报告合计 {amount_text(total, like)}"
                f"（{shown}）；两者应当相等，相差 {amount_text(gap, like)}。",
                f"{whole.where[1]}, prints {whole.shown} for {whole.name[1]}; the reports of its {len(figures)} units make"
                f" {amount_text(total, like)} ({shown}): the two should be equal, the difference is {amount_text(gap, like)}.",
                amount_text(whole.value, like).partition(" ")[0], amount_text(total, like).partition(" ")[0],
            ),
        )  # fmt: skip
