"""Rules N03: a stated percentage follows from the amounts that its sentence or section names.

A printed percentage is held against the exact ratio rounded to its printed decimals. One unit of the last
decimal away (cut instead of rounded) is within the tolerance; so is what the rounding of the amounts themselves
can explain. A ratio without a base is a finding of its own (N03.4). Nothing is judged here.
"""

from __future__ import annotations

from dataclasses import replace

from pipelines.quality.claims import Claims, Note, named_place, percent, rate, reach
from pipelines.quality.counterparts import counterpart
from pipelines.quality.stated import OPEN, Figure, Stated, Text, concepts

RULES = ("N03.1", "N03.2", "N03.3", "N03.4", "N03.5")
TOTALS = (
    "summary.total", "revenue.total", "expenditure.total", "expenditure.basic", "expenditure.project",
    "appropriation.income_total", "appropriation.expenditure_total", "general_budget.total", "general_budget.final",
    "general_budget.initial_budget", "general_budget.adjusted_budget", "general_budget.basic", "general_budget.project",
    "basic.total", "three_public.budget", "three_public.final", "procurement.total", "performance.overall.budget",
    "performance.overall.executed", "budget.income", "budget.expenditure", "budget.general.total",
    "budget.project.total",
)  # fmt: skip
"""What a wrong base may turn out to be."""
WHOLES: dict[str, tuple[str, ...]] = {
    "general_budget.class_share": ("general_budget.total",),
    "general_budget.share_of_expenditure": ("expenditure.total",),
    "general_budget.item.share": ("general_budget.total",),
    "general_budget.basic.share": ("general_budget.final", "general_budget.total"),
    "general_budget.project.share": ("general_budget.final", "general_budget.total"),
    "expenditure.personnel.share": ("expenditure.basic", "expenditure.total"),
    "expenditure.public.share": ("expenditure.basic", "expenditure.total"),
    "basic.personnel.share": ("basic.total",),
    "basic.public.share": ("basic.total",),
    "procurement.sme_share": ("procurement.total",),
    "procurement.micro_share": ("procurement.sme", "procurement.total"),
    "procurement.goods_sme_share": ("procurement.goods", "procurement.sme"),
    "procurement.works_sme_share": ("procurement.works", "procurement.sme"),
    "procurement.services_sme_share": ("procurement.services", "procurement.sme"),
    "performance.share_of_project_expenditure": ("general_budget.project",),
    "performance.overall.basic.share": ("performance.overall.executed",),
    "performance.overall.project.share": ("performance.overall.executed",),
    "budget.general.share": ("budget.expenditure",),
    "budget.basic.share": ("budget.general.total", "budget.expenditure"),
    "budget.project.share": ("budget.general.total", "budget.expenditure"),
    "budget.by_function.share": ("budget.general.total", "budget.expenditure"),
    "budget.by_economy.share": ("budget.expenditure",),
}
"""The wholes that a share can be of; the first that fits is the one that is meant."""
PARTS = {
    "general_budget.class_share": "general_budget.class",
    "general_budget.share_of_expenditure": "general_budget.total",
    "general_budget.item.share": "general_budget.item.final",
    "procurement.sme_share": "procurement.sme",
    "procurement.micro_share": "procurement.micro",
    "procurement.goods_sme_share": "procurement.goods_sme",
    "procurement.works_sme_share": "procurement.works_sme",
    "procurement.services_sme_share": "procurement.services_sme",
    "performance.share_of_project_expenditure": "performance.amount",
    "budget.general.share": "budget.general.total",
    "budget.basic.share": "budget.basic.total",
    "budget.project.share": "budget.project.total",
}
STEMS = {
    "revenue": "revenue.total", "expenditure": "expenditure.total", "appropriation": "appropriation.income_total",
    "procurement": "procurement.total", "budget.income": "budget.income", "budget.expenditure": "budget.expenditure",
}  # fmt: skip
OVERALL = "整体"


def reconcile(text: Text, claims: Claims) -> None:
    """Every rate of a report."""
    for one in text.judged:
        measure = concepts().get(one.concept, {}).get("measure")
        if measure == "share":
            share(text, one, claims)
        elif measure == "completion_rate":
            completion(text, one, claims)
        elif measure == "change_rate":
            change_rate(text, one, claims)
        elif measure == "change":
            change(text, one, claims)


# --- shares -----------------------------------------------------------------------------------------------


def _part(text: Text, one: Stated) -> Stated | None:
    """The part that a share is of."""
    name = PARTS.get(one.concept) or one.concept.removesuffix(".share")
    if name == "performance.amount":
        own = [p for p in text.of(name) if p.no < one.no and OVERALL not in p.subject]
        return own[-1] if own else None
    if name.startswith("three_public."):
        return text.near(one, f"{name}.{text.kind}", f"{name}.final", f"{name}.budget")
    if one.concept == "general_budget.share_of_expenditure" and text.first(name) is None:
        name = "general_budget.final"
    own_code = one.code if one.code else None
    found = [p for p in text.of(name, code=own_code) if p.section == one.section and p.no < one.no]
    same = [p for p in found if p.subject == one.subject] if not own_code else found
    return _last(same, found)


def _last(*choices: list[Stated]) -> Stated | None:
    """The last of the first list that has any."""
    return next((choice[-1] for choice in choices if choice), None)


def _wholes(text: Text, one: Stated) -> list[Figure]:
    """The wholes that a share can be of, as the text or else the tables state them."""
    stem = one.concept.removesuffix(".share").rpartition(".")[0]
    names = WHOLES.get(one.concept) or ((STEMS[stem],) if stem in STEMS else ())
    if one.concept.startswith("three_public."):
        names = (f"three_public.{text.kind}",)
    found: list[Figure] = []
    for name in names:
        if stated := text.near(one, name):
            found.append(stated)
        elif cell := _from_tables(text, one, name):
            found.append(cell)
    return found


def _from_tables(text: Text, like: Stated, concept: str, code: str | None = None) -> Figure | None:
    """The figure of a concept that only a table prints."""
    asked = Stated(
        0, like.quantum, "", "万元", ("", ""), ("", ""), None, None, "", 0, "", concept, code, "", None, 0, 1
    )
    other = counterpart(text, asked)
    return other.figure if other is not None and other.state in ("printed", "nothing") else None


def follows(text: Text, part: Stated) -> Stated | None:
    """The share that follows from this part, if one does: what tells the unit of an amount."""
    for one in text.judged:
        is_share = concepts().get(one.concept, {}).get("measure") == "share"
        if is_share and one.no > part.no and one.value and _part(text, one) is part:
            fits = [w for w in _wholes(text, one) if w.value and _off(one, part, w.value) == 0]
            return one if fits else None
    return None


def share(text: Text, one: Stated, claims: Claims) -> None:
    """N03.1 share = part / whole."""
    part, wholes = _part(text, one), _wholes(text, one)
    if part is None and one.concept.endswith("_sme_share") and wholes:
        # What small firms got of nothing is nothing, whatever it is a share of.
        if not wholes[0].value and one.value:
            _without_base(
                text,
                one,
                f"{wholes[0].name[0]}为 {wholes[0].shown}",
                f"{wholes[0].name[1]} is {wholes[0].shown}",
                claims,
            )
        return
    if part is None or not wholes or text.open_between(part, one):
        claims.open(text.report_id, "N03.1", one, "missing")
        return
    based = [whole for whole in wholes if whole.value]
    if not based:
        if not part.value:
            _without_base(
                text,
                one,
                f"{wholes[0].name[0]}为 {wholes[0].shown}",
                f"{wholes[0].name[1]} is {wholes[0].shown}",
                claims,
            )
        return
    whole = min(based, key=lambda w: abs(_off(one, part, w.value)))
    words = (f"{part.text} ÷ {whole.text}", f"{part.text} / {whole.text}")
    _settle(text, "N03.1", one, part, whole.value, whole.quantum, words, (part, whole), claims)


# --- completion -------------------------------------------------------------------------------------------


def completion(text: Text, one: Stated, claims: Claims) -> None:
    """N03.2 completion = final / a budget that its sentence states."""
    stem = one.concept.rpartition(".")[0]
    overall = stem.startswith("performance.overall")
    final = _before(text, one, f"{stem}.executed" if overall else f"{stem}.final", one.concept)
    if overall:
        parts = ("performance.overall.basic", "performance.overall.project")
        last = _before(text, one, *parts, f"{stem}.executed")
        if last is not None and last.concept in parts:
            return
    if final is None or text.open_between(final, one):
        claims.open(text.report_id, "N03.2", one, "missing")
        return
    if one.basis == "adjusted":
        names: tuple[str, ...] = (f"{stem}.adjusted_budget", f"{stem}.budget")
    elif one.basis == "initial":
        names = (f"{stem}.initial_budget", f"{stem}.budget")
    else:
        names = (f"{stem}.budget", f"{stem}.initial_budget", f"{stem}.adjusted_budget")
    own = [b for b in (_budget(text, one, name) for name in names) if b is not None]
    if not own and stem.startswith("three_public"):
        cell = _from_tables(text, one, f"{stem}.budget")
        own = [cell] if cell is not None else []
    based = [budget for budget in own if budget.value]
    if not own:
        claims.open(text.report_id, "N03.2", one, "missing")
    elif not based:
        zh, en = f"{own[0].name[0]}为 {own[0].text}", f"{own[0].name[1]} is {own[0].text}"
        _without_base(text, one, zh, en, claims)
    else:
        budget = min(based, key=lambda b: abs(_off(one, final, b.value)))
        words = (f"{final.text} ÷ {budget.text}", f"{final.text} / {budget.text}")
        _settle(text, "N03.2", one, final, budget.value, budget.quantum, words, (final, budget), claims)


def _before(text: Text, one: Stated, *wanted: str) -> Stated | None:
    """The last statement of these concepts before a rate, in its section, of its code and subject."""
    found = [
        each
        for each in text.of(*wanted)
        if each.section == one.section and each.no < one.no and each.code == one.code
        and (not one.code or each.subject == one.subject or not one.subject)
    ]
    return found[-1] if found else None


def _budget(text: Text, one: Stated, concept: str) -> Figure | None:
    """The budget of a rate's sentence: after the rate of the item before, where there is one."""
    last = _before(text, one, one.concept)
    found = _before(text, one, concept)
    item = one.concept.startswith("general_budget.item")
    if found is None or (item and last is not None and found.no < last.no):
        return None
    return found


# --- changes ----------------------------------------------------------------------------------------------


def _amounts(text: Text, stem: str) -> tuple[str, ...]:
    """The concepts that a change of this stem can be a change of."""
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
    wanted = _amounts(text, stem)
    found = [a for a in text.of(*wanted) if a.section == one.section and a.no < one.no and a.code == one.code]
    same = [a for a in found if one.subject and a.subject == one.subject]
    sides = [a for a in found if _side(a) and _side(a) == _side(one)]
    if stem == "budget" or (one.concept.startswith("budget.item") and not one.code):
        # Without a concept or code of its own, only the words tell what has changed.
        return same[-1] if same else None
    return _last(same, sides, found)


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
        and (c.baseline, c.against_budget) == (one.baseline, one.against_budget)
    ]  # fmt: skip
    same = [c for c in moved if c.subject == one.subject]
    last = _last(same, moved)
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
        _without_base(text, one, zh, en, claims)
        return
    sign = "+" if last.value < 0 else "−"
    moved_text = last.text.removeprefix("-")
    words = (
        f"{last.text} ÷ ({current.text} {sign} {moved_text})",
        f"{last.text} / ({current.text} {sign} {moved_text})",
    )
    _settle(
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
        _without_base(text, one, zh, en, claims)
        return
    gap = replace(current, value=current.value - last.value, quantum=current.quantum + last.quantum)
    words = (f"({current.text} − {last.text}) ÷ {last.text}", f"({current.text} - {last.text}) / {last.text}")
    _settle(text, "N03.3", one, gap, last.value, last.quantum, words, (last, current), claims, current)


def change(text: Text, one: Stated, claims: Claims) -> None:
    """N03.5: change = this year - last year, or final - budget, where the sentence states both."""
    stem = one.concept.rpartition(".")[0]
    current = current_of(text, one, stem)
    base = _before(text, one, f"{stem}.last_year")
    if one.against_budget:
        current, base = _before(text, one, f"{stem}.final"), _before(text, one, f"{stem}.budget")
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


# --- settled ----------------------------------------------------------------------------------------------


def _off(one: Stated, part: Figure, whole: int) -> int:
    return one.value - rate(part.value, whole, one.coarse) if whole else 10**12


def _settle(
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


def _without_base(text: Text, one: Stated, zh: str, en: str, claims: Claims) -> None:
    """N03.4: a rate of which the base is zero."""
    claims.add(
        text.report_id, "N03.4", one.locator, at=one, actual=one.value, difference=1,
        note=Note(
            f"{one.where[0]}：{one.name[0]}印为 {one.text} %，但{zh}，没有可以计算比率的基数。",
            f"{one.where[1]}: {one.name[1]} is printed as {one.text} %, but {en}: there is no base for a rate.",
            one.text, None, (one.section, one.value), named_place(one),
        ),
    )  # fmt: skip


__all__ = ["RULES", "follows", "reconcile"]
