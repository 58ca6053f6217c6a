"""Rules N03.3 and N03.5: a stated change, and its rate, follow from this year's and last year's amounts.

Two figures belong together where nothing that could have another subject stands between them. Not for shares and
completion rates: those are in ``rates``.
"""

from __future__ import annotations

from dataclasses import replace

from pipelines.quality.claims import Claims, Note, named_place, percent
from pipelines.quality.ratios import last_of, settle, stated_before, without_base
from pipelines.quality.stated import OPEN, Stated, Text, concepts


def _amounts(text: Text, one: Stated, stem: str) -> tuple[str, ...]:
    """The concepts that a change of this stem can be a change of."""
    if one.of_appropriation:
        return (f"{stem}.appropriation",)
    if concepts().get(stem, {}).get("measure") == "amount":
        return (stem,)
    bases = (
        ("total", "income_total", "expenditure_total", text.kind, "final")
        if stem != "budget"
        else (
            "basic.total",
            "project.total",
            "general.total",
            "income",
            "expenditure",
            "basic.personnel",
            "basic.public",
        )
    )
    return tuple(f"{stem}.{base}" for base in bases if f"{stem}.{base}" in concepts())


def current_of(text: Text, one: Stated, stem: str) -> Stated | None:
    """This year's amount, whose change is stated: the last before it, of the same side or subject."""
    wanted = _amounts(text, one, stem)
    found = [a for a in text.of(*wanted) if a.section == one.section and a.no < one.no and a.code == one.code]
    same = [a for a in found if one.subject and a.subject == one.subject]
    sides = [a for a in found if _side(a) and _side(a) == _side(one)]
    if stem == "budget" or (one.concept.startswith("budget.item") and not one.code):
        # Without a concept or code of its own, only the words tell what has changed.
        return same[-1] if same else None
    if not same and not sides and len(both := _sides_of_one_list(text, found)) == 2 and _side(one) in ("收", "支"):
        return both["收支".index(_side(one))]
    if not same and not sides and len({a.value for a in found}) > 1:
        return None  # several amounts, and no word says which of them has changed
    if len({a.value for a in _sides_of_one_list(text, same)}) > 1:
        return None  # 收、支总计各是A、B万元，各增加C万元: of A or of B
    return last_of(same, sides, found)


def _sides_of_one_list(text: Text, amounts: list[Stated]) -> list[Stated]:
    """The last two of these amounts where one list states them of both sides: 收、支总计各是A、B万元."""
    last = amounts[-2:]
    one_list = len(last) == 2 and last[0].subject == last[1].subject and all(side in last[0].subject for side in "收支")
    return last if one_list and last[1].no == last[0].no + 1 and last[0].line == last[1].line else []


def _side(one: Stated) -> str:
    """收 or 支, where concept or subject name one of them only."""
    if one.concept.endswith(("income_total", "expenditure_total")):
        one_sided = "支" if one.concept.endswith("expenditure_total") else "收"
        return "" if "收" in one.subject and "支" in one.subject else one_sided
    return "".join(side for side in "收支" if side in one.subject)


def change_rate(text: Text, one: Stated, claims: Claims) -> None:
    """N03.3 rate of change = change / (current - change)."""
    stem = one.concept.rpartition(".")[0]
    moved = [
        c
        for c in text.of(f"{stem}.change")
        if c.section == one.section and c.no < one.no and c.code == one.code
        and (c.baseline, c.against_budget, c.of_appropriation) == (one.baseline, one.against_budget, one.of_appropriation)
        and (one.basis is None or one.basis == c.basis)
    ]  # fmt: skip
    same = [c for c in moved if c.subject == one.subject]
    if not same and _side(one) == "收支" and len({c.value for c in moved if _side(c) in ("收", "支")}) > 1:
        moved = []  # 各增加A、B万元，增长C%: of A or of B
    last = last_of(same, moved)
    if one.against_budget:
        claims.open(text.report_id, "N03.3", one, "budget")
        return
    if last is None or not _in_one_breath(text, last, one, stem):
        _from_last_year(text, one, stem, claims)
        return
    current = current_of(text, last, stem)
    if current is None or not _in_one_breath(text, current, one, stem) or last.open_sign or one.open_sign:
        claims.open(text.report_id, "N03.3", one, "missing")
        return
    base = current.value - last.value
    if base == 0 and not one.value:
        return
    if base == 0:
        zh, en = (
            f"本年 {current.text} 全为增加数，上年为 0",
            f"all of {current.text} is growth, last year is 0",
        )
        without_base(text, one, zh, en, claims)
        return
    sign = "+" if last.value < 0 else "−"
    moved_text = last.text.removeprefix("-")
    words = (
        f"{last.text} ÷ ({current.text} {sign} {moved_text})",
        f"{last.text} / ({current.text} {sign} {moved_text})",
    )
    settle(
        text,
        "N03.3",
        one,
        last,
        base,
        current.quantum + last.quantum,
        words,
        (last, current),
        claims,
        current,
    )


def _in_one_breath(text: Text, first: Stated, one: Stated, stem: str) -> bool:
    """Whether nothing stands between two figures that could have another subject: only the stem's own and reasons."""
    own = stem.split(".", maxsplit=1)[0]
    between = [each for each in text.statements if first.no < each.no < one.no]
    return all(
        each.concept != OPEN
        and text.is_own(each)
        and (each.concept.startswith(own) or each.concept == "reason.change")
        and each.section == one.section
        for each in between
    )


def _from_last_year(text: Text, one: Stated, stem: str, claims: Claims) -> None:
    """N03.3 where the sentence states last year's amount and no change: rate = (current - last year) / last year."""
    found = [
        each
        for each in text.of(f"{stem}.last_year")
        if each.no < one.no and each.code == one.code and each.section == one.section and each.subject == one.subject
        and each.year == (one.baseline or text.year - 1) and (each.basis == one.basis or None in (each.basis, one.basis))
    ]  # fmt: skip
    last = found[-1] if found else None
    current = current_of(text, one, stem)
    if last is None or current is None or one.open_sign or not _in_one_breath(text, min(last, current, key=lambda s: s.no), one, stem):
        claims.open(text.report_id, "N03.3", one, "missing")
        return
    if not last.value:
        zh, en = f"{last.name[0]}为 {last.text}", f"{last.name[1]} is {last.text}"
        without_base(text, one, zh, en, claims)
        return
    gap = replace(current, value=current.value - last.value, quantum=current.quantum + last.quantum)
    words = (f"({current.text} − {last.text}) ÷ {last.text}", f"({current.text} - {last.text}) / {last.text}")
    settle(text, "N03.3", one, gap, last.value, last.quantum, words, (last, current), claims, current)


def change(text: Text, one: Stated, claims: Claims) -> None:
    """N03.5: change = this year - last year, or final - budget, where the sentence states both."""
    stem = one.concept.rpartition(".")[0]
    current = current_of(text, one, stem)
    base = stated_before(text, one, f"{stem}.last_year")
    if one.against_budget:
        current, base = stated_before(text, one, f"{stem}.final"), stated_before(text, one, f"{stem}.budget")
    if current is None or base is None or base is current:
        return
    different = base.basis != one.basis and None not in (base.basis, one.basis)
    first = min(base, current, key=lambda each: each.no)
    if one.open_sign or different or not _in_one_breath(text, first, one, stem):
        claims.open(text.report_id, "N03.5", one, "missing")
        return
    gap = current.value - base.value
    tolerance = (one.quantum + current.quantum + base.quantum) // 2
    note = Note(
        f"{one.where[0]}：{one.name[0]}印为 {one.shown}，按 {current.text} − {base.text} 应为 {percent(gap, 10_000)}；"
        f"相差 {percent(one.value - gap, 10_000)}。",
        f"{one.where[1]}: {one.name[1]} is printed as {one.shown}, but {current.text} - {base.text} ="
        f" {percent(gap, 10_000)}; the difference is {percent(one.value - gap, 10_000)}.",
        one.text, percent(gap, 10_000), (one.concept, one.code, one.value, gap), named_place(one),
    )  # fmt: skip
    claims.add(
        text.report_id, "N03.5", one.locator, at=one, other=base, actual=one.value, expected=gap,
        tolerance=tolerance, note=note,
    )  # fmt: skip
