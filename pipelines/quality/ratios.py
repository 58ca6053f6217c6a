"""What the rules N03 share: a printed percentage against its exact ratio, and the statement that it follows from.

A percentage may be off by one unit of its last decimal, and by what the rounding of the amounts can explain. Which
amounts belong together is said by ``rates`` and ``changes``; nothing is judged here.
"""

from __future__ import annotations

from pipelines.quality.claims import Claims, Note, named_place, percent, rate, reach
from pipelines.quality.stated import Figure, Stated, Text

TOTALS = (
    "summary.total", "revenue.total", "expenditure.total", "expenditure.basic", "expenditure.project",
    "appropriation.income_total", "appropriation.expenditure_total", "general_budget.total", "general_budget.final",
    "general_budget.initial_budget", "general_budget.adjusted_budget", "general_budget.basic", "general_budget.project",
    "basic.total", "three_public.budget", "three_public.final", "procurement.total", "performance.overall.budget",
    "performance.overall.executed", "budget.income", "budget.expenditure", "budget.general.total",
    "budget.project.total",
)  # fmt: skip
"""What a wrong base may turn out to be."""


def last_of(*choices: list[Stated]) -> Stated | None:
    """The last of the first list that has any."""
    return next((choice[-1] for choice in choices if choice), None)


def stated_before(text: Text, one: Stated, *wanted: str, basis: str | None = None) -> Stated | None:
    """The last statement of these concepts before a rate, in its section, of its code and subject.

    ``basis``: only one that names this basis, or just 预算.
    """
    found = [
        each
        for each in text.of(*wanted)
        if each.section == one.section and each.no < one.no and each.code == one.code
        and (not one.code or each.subject == one.subject or not one.subject)
        and (basis is None or each.basis in (None, "arranged", basis))
    ]
    return found[-1] if found else None


def off_by(one: Stated, part: Figure, whole: int) -> int:
    return one.value - rate(part.value, whole, one.coarse) if whole else 10**12


def settle(
    text: Text, rule: str, one: Stated, part: Figure, whole: int, whole_quantum: int, words: tuple[str, str],
    figures: tuple[Figure, Figure], claims: Claims, current: Stated | None = None,
) -> None:  # fmt: skip
    """A percentage against its ratio; a wrong one with the base that would fit, if there is one."""
    expected = rate(part.value, whole, one.coarse)
    gap = one.value - expected
    exact = rate(part.value, whole, 1)
    tolerance = max(one.coarse, reach(part, whole, whole_quantum, exact) // one.coarse * one.coarse)
    hint = ("", "")
    if abs(gap) > tolerance:
        hint = _other_base(text, one, part, current)
    within = abs(gap) <= tolerance
    unit = percent(one.coarse, one.coarse)
    shown, gap_text = percent(exact, max(one.coarse // 10, 1)), percent(gap, one.coarse)
    zh_end = "仅末位不同（截尾或四舍五入）" if within else f"超出末位一个单位（{unit}）"
    en_end = (
        "only in the last decimal (cut or rounded)"
        if within
        else f"beyond one unit of the last decimal ({unit})"
    )
    claims.add(
        text.report_id, rule, one.locator, at=one, other=figures[1], actual=one.value, expected=expected,
        tolerance=tolerance,
        note=Note(
            f"{one.where[0]}：{one.name[0]}印为 {one.text} %，按{_named(figures, 0)}，{words[0]} = {shown} %，"
            f"应为 {percent(expected, one.coarse)} %；相差 {gap_text} 个百分点，{zh_end}{hint[0]}。",
            f"{one.where[1]}: {one.name[1]} is printed as {one.text} %, but {words[1]} = {shown} %"
            f" ({_named(figures, 1)}), rounded {percent(expected, one.coarse)} %; the difference is {gap_text}"
            f" percent points, {en_end}{hint[1]}.",
            one.text, percent(expected, one.coarse), (one.value, part.value, whole), named_place(one),
        ),
    )  # fmt: skip


def _named(figures: tuple[Figure, Figure], english: int) -> str:
    """The two amounts of a ratio, each with its place."""
    between = " and " if english else "与"
    return between.join(f"{f.name[english]} {f.text}{_at(f, english)}" for f in figures)


def _at(figure: Figure, english: int) -> str:
    if not isinstance(figure, Stated):
        return f" ({figure.where[1]})" if english else f"（{figure.where[0]}）"
    line, page = figure.line, figure.page
    if english:
        known = [f"page {page}"] if page else []
        known += [f"line {line}"] if line else []
        return f" ({', '.join(known)})" if known else ""
    known_zh = (f"第{page}页" if page else "") + (f"第{line}行" if line else "")
    return f"（{known_zh}）" if known_zh else ""


def _other_base(text: Text, one: Stated, part: Figure, current: Stated | None) -> tuple[str, str]:
    """The stated total that gives the printed percentage, if one does."""
    seen: set[int] = {current.value} if current else set()
    for other in text.of(*TOTALS):
        if not other.value or other.value in seen:
            continue
        seen.add(other.value)
        base = other.value - part.value if current else other.value
        if base and rate(part.value, base, one.coarse) == one.value and one.value:
            where = _at(other, 0), _at(other, 1)
            return (
                f"；若以{other.name[0]} {other.text}{where[0]}为基数则相符",
                f"; with {other.name[1]} {other.text}{where[1]} as its base it would be right",
            )
    return "", ""


def without_base(text: Text, one: Stated, zh: str, en: str, claims: Claims) -> None:
    """N03.4: a rate of which the base is zero."""
    claims.add(
        text.report_id, "N03.4", one.locator, at=one, actual=one.value, difference=1,
        note=Note(
            f"{one.where[0]}：{one.name[0]}印为 {one.text} %，但{zh}，没有可以计算比率的基数。",
            f"{one.where[1]}: {one.name[1]} is printed as {one.text} %, but {en}: there is no base for a rate.",
            one.text, None, (one.section, one.value), named_place(one),
        ),
    )  # fmt: skip
