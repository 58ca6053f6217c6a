"""Rules N03: a stated percentage follows from the amounts that its sentence or section names.

Shares (N03.1) and completion rates (N03.2) are here, changes in ``changes``. A ratio without a base is a finding
of its own (N03.4). Nothing is judged here.
"""

from __future__ import annotations

from pipelines.quality.changes import change, change_rate
from pipelines.quality.claims import Claims
from pipelines.quality.counterparts import counterpart
from pipelines.quality.ratios import last_of, off_by, settle, stated_before, without_base
from pipelines.quality.stated import Figure, Stated, Text, concepts

RULES = ("N03.1", "N03.2", "N03.3", "N03.4", "N03.5")
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


def _part(text: Text, one: Stated) -> Stated | None:
    """The part that a share is of."""
    name = PARTS.get(one.concept) or one.concept.removesuffix(".share")
    if name == "performance.amount":
        own = [p for p in text.of(name) if p.no < one.no and OVERALL not in p.subject]
        return own[-1] if own else None
    if name.startswith("three_public."):
        return next((part for basis in (text.kind, "final", "budget") if (part := text.near(one, f"{name}.{basis}"))), None)
    if one.concept == "general_budget.share_of_expenditure" and text.first(name) is None:
        name = "general_budget.final"
    own_code = one.code if one.code else None
    found = [p for p in text.of(name, code=own_code) if p.section == one.section and p.no < one.no]
    same = [p for p in found if p.subject == one.subject] if not own_code else found
    return last_of(same, found)


def _wholes(text: Text, one: Stated) -> list[Figure]:
    """The wholes that a share can be of, as the text or else the tables state them."""
    stem = one.concept.removesuffix(".share").rpartition(".")[0]
    names = WHOLES.get(one.concept) or ((STEMS[stem],) if stem in STEMS else ())
    if one.concept.startswith("three_public."):
        names = (f"three_public.{text.kind}",)
        if one.concept.startswith("three_public.vehicle_"):
            names += (f"three_public.vehicles.{text.kind}",)  # 其中：… of the vehicles
    found: list[Figure] = []
    for name in names:
        if stated := text.near(one, name):
            found.append(stated)
            if name in STEMS.values():
                # 收入预算 with and without what was brought forward: the sentence does not say which.
                found += [each for each in text.of(name) if each.section == one.section and each.value != stated.value]
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
            fits = [w for w in _wholes(text, one) if w.value and off_by(one, part, w.value) == 0]
            return one if fits else None
    return None


def share(text: Text, one: Stated, claims: Claims) -> None:
    """N03.1 share = part / whole."""
    part, wholes = _part(text, one), _wholes(text, one)
    if part is None and one.concept.endswith("_sme_share") and wholes:
        # What small firms got of nothing is nothing, whatever it is a share of.
        if not wholes[0].value and one.value:
            without_base(
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
            without_base(
                text,
                one,
                f"{wholes[0].name[0]}为 {wholes[0].shown}",
                f"{wholes[0].name[1]} is {wholes[0].shown}",
                claims,
            )
        return
    whole = min(based, key=lambda w: abs(off_by(one, part, w.value)))
    words = (f"{part.text} ÷ {whole.text}", f"{part.text} / {whole.text}")
    settle(text, "N03.1", one, part, whole.value, whole.quantum, words, (part, whole), claims)


def completion(text: Text, one: Stated, claims: Claims) -> None:
    """N03.2 completion = final / a budget that its sentence states."""
    stem = one.concept.rpartition(".")[0]
    overall = stem.startswith("performance.overall")
    final = stated_before(text, one, f"{stem}.executed" if overall else f"{stem}.final")
    told = stated_before(text, one, one.concept)
    if final is not None and told is not None and told.no > final.no and told.basis == one.basis:
        final = None  # a second rate of the same kind: of another final that was not understood
    if overall:
        parts = ("performance.overall.basic", "performance.overall.project")
        last = stated_before(text, one, *parts, f"{stem}.executed")
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
        without_base(text, one, zh, en, claims)
    else:
        budget = min(based, key=lambda b: abs(off_by(one, final, b.value)))
        words = (f"{final.text} ÷ {budget.text}", f"{final.text} / {budget.text}")
        settle(text, "N03.2", one, final, budget.value, budget.quantum, words, (final, budget), claims)


def _budget(text: Text, one: Stated, concept: str) -> Figure | None:
    """The budget of a rate's sentence: after the rate of the item before, where there is one."""
    last = stated_before(text, one, one.concept)
    # 年初预算30万元，全年预算28万元，…完成年初预算的…: not the budget of another basis that stands nearer.
    found = stated_before(text, one, concept, basis=one.basis if one.basis in ("initial", "adjusted") else None)
    item = one.concept.startswith("general_budget.item")
    if found is None or (item and last is not None and found.no < last.no):
        return None
    return found
