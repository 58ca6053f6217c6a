"""Rules N on amounts: the narrative against the tables and against itself, its units and its years.

Rates are in ``rates``, sums of parts in ``sums``. A sentence has an order, and what a figure refers to follows
from it; so the statements of a report are walked one by one, in whole numbers. Nothing is judged here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Set

from pipelines.quality import counterparts, rates, sums
from pipelines.quality.between import THREE_PUBLIC_ITEMS
from pipelines.quality.claims import Claims, Note, amount_text, named_place
from pipelines.quality.counterparts import ECONOMY, THREE_PUBLIC, agrees, counterpart, places, tolerance
from pipelines.quality.stated import MANY_WHOLES, OPEN, YUAN, Stated, Text, concepts, place

RULES = (
    "N01.1", "N01.2", "N01.3", "N01.4", "N02.1", "N02.2", "N02.3", "N05.1", "N06.1", "N06.2", *rates.RULES, *sums.RULES,
)  # fmt: skip
MANY_VALUES = ("unclassified", "reason.change", "item.part", "assets.value", "three_public.by_fund",
    "three_public.vehicles.part",
    "three_public.foreign_reception_batches", "three_public.foreign_reception_persons", "budget.change", "budget.change_rate", "scope.unit_count")
"""Concepts that stand for different things each time."""


def reconcile(texts: Iterable[Text], over_limit: Set[tuple[str, str]]) -> Claims:
    """Every comparison of the family N. ``over_limit``: items of table 06 that X09.1 already finds too large."""
    claims = Claims()
    for text in texts:
        in_sense(text, claims)
        for rule in (against_tables, twice, one_quantity, opposite, years):
            rule(text, claims)
        included(text, claims, over_limit)
        rates.reconcile(text, claims)
        sums.reconcile(text, claims)
    return claims


def against_tables(text: Text, claims: Claims) -> None:
    """N01.1 an amount equals its cell, N01.3 its row exists, N01.4 a row of unknown columns prints it."""
    for one in text.statements:
        if one.concept == OPEN:
            _unread(text, one, claims)
            continue
        if one.concept == "budget.income.carry_over" and (text.whole_of(one) or ("budget.income",))[0] != "budget.income":
            claims.open(text.report_id, "N01.1", one, "scope")
            continue
        other = counterpart(text, one) if one.money and text.is_own(one) else None
        if other is None:
            continue
        if other.figure is not None and (other.state == "printed" or one.value):
            _cell(text, one, other.figure, claims)
        elif other.state == "no_row" and one.code and one.value:
            _row(text, one, other, claims)
        elif other.state == "ambiguous" and one.value:
            _candidates(text, one, other, claims)
            claims.open(text.report_id, "N01.1", one, "ambiguous")
        elif other.state != "nothing" and one.value:
            claims.open(text.report_id, "N01.1", one, "missing" if other.state == "unread" else other.state)


def _unread(text: Text, one: Stated, claims: Claims) -> None:
    """A figure with an unexplained word is judged by no rule, and counts against the coverage of those it could meet."""
    met = ("N01.1", "N02.1", "N04.1", "N04.2", "N04.3") if one.money else ("N03.1", "N03.2", "N03.3") if one.unit == "%" else ()
    for rule_id in met:
        claims.open(text.report_id, rule_id, one, "unclassified")


def _cell(text: Text, one: Stated, figure: counterparts.Figure, claims: Claims) -> None:
    if one.basis == "initial" and one.concept.endswith(".budget") and not agrees(one, figure):
        # The form's 预算数 is the whole year's (adjusted) budget; the sentence names the initial one.
        claims.open(text.report_id, "N01.1", one, "basis")
        return
    gap = 0 if agrees(one, figure) else one.value - figure.value
    hint = ("", "")
    if gap and one.unit == "万元" and agrees(one.read_as(one.value * YUAN, one.coarse * YUAN), figure):
        hint = (
            f"（若单位为亿元则相符：{one.text} 亿元）",
            f" (read in 亿元, {one.text} would agree at its printed precision: the unit may be wrong)",
        )
    claims.equal(
        text.report_id, "N01.1", one, figure, tolerance(one, figure), difference=gap, hint=hint,
        said=("table", one.concept, one.code, one.value, figure.name),
    )  # fmt: skip


def _row(text: Text, one: Stated, other: counterparts.Counterpart, claims: Claims) -> None:
    """A code of which the table has no row, though it prints rows of that level."""
    table = other.key[0]
    level = len(one.code or "")
    codes = {key[2] for key in text.cells if key[0] == table and key[2].isdigit()}
    if not any(len(code) == level for code in codes):
        claims.open(text.report_id, "N01.1", one, "no_row")
        return
    title = text.readings[table]["title"]
    claims.add(
        text.report_id, "N01.3", f"{one.locator};table={table}", at=one, actual=one.value, difference=1,
        note=Note(
            f"{one.where[0]}：{one.name[0]}为 {one.shown}，而《{title}》没有编码 {one.code} 的行。",
            f"{one.where[1]}: {one.name[1]} is stated as {one.shown}, but {table} has no row with code {one.code}.",
            one.text, None, (one.code,), named_place(one),
        ),
    )  # fmt: skip


def _candidates(text: Text, one: Stated, other: counterparts.Counterpart, claims: Claims) -> None:
    """A row whose columns could not be told: whatever they are, one of its figures must be the one stated."""
    table, _, code, column = other.key
    for resource, row, name, figures in text.doubtful:
        if (resource, row, name) != (table, code, column) or not figures:
            continue
        quantum = text.readings[table]["quantum"] or 1
        near = [figure for figure in figures if abs(figure - one.value) <= (one.coarse + quantum) // 2]
        title = text.readings[table]["title"]
        shown = "、".join(amount_text(figure, one).partition(" ")[0] for figure in figures)
        claims.add(
            text.report_id, "N01.4", one.locator, at=one, actual=one.value, difference=int(not near),
            note=Note(
                f"{one.where[0]}：{one.name[0]}为 {one.shown}，而《{title}》该行所印各数（{shown}，栏次不明）中没有此数。",
                f"{one.where[1]}: {one.name[1]} is stated as {one.shown}, but no figure of that row of {table}"
                f" ({shown.replace('、', ', ')}; its columns cannot be told apart) is that amount.",
                one.text, None, (table, code, one.value), named_place(one),
            ),
        )  # fmt: skip


def included(text: Text, claims: Claims, over_limit: Set[tuple[str, str]]) -> None:
    """N01.2: an item of table 06 is included in the 三公 figure that the text states."""
    for item, column in THREE_PUBLIC_ITEMS.items():
        spent = text.cell((ECONOMY, None, item, "amount"))
        # Only where table 09 cannot tell: else X09.1 and N01.1 say it.
        told = counterparts.look(text, (THREE_PUBLIC, None, text.kind, column)).state
        stated = text.first(f"three_public.{column}.{text.kind}")
        if spent is None or stated is None or told == "printed" or (text.report_id, item) in over_limit:
            continue
        claims.equal(
            text.report_id, "N01.2", stated, spent, (stated.quantum + spent.quantum) // 2, relation=">=",
        )  # fmt: skip


# --- the same figure more than once -----------------------------------------------------------------------


CURRENT_OR_ALL = ("budget.income", "budget.expenditure")
"""Totals that a sentence states with or without what was brought forward."""


def _single(one: Stated) -> bool:
    """Whether a concept has one value in a report (with its code and subject)."""
    if one.concept in MANY_VALUES or one.concept.endswith("part") or one.concept.startswith("performance."):
        return False
    return one.concept in concepts()


def _same(one: Stated) -> tuple[object, ...]:
    """Statements alike in this state the same quantity."""
    coded = one.concept.startswith(
        ("general_budget.item", "budget.item", "government_fund.item", "state_capital.item")
    )
    side = (
        ("收" in one.subject, "支" in one.subject)
        if one.concept.startswith(("summary.", "appropriation.c"))
        else ()
    )
    counted = one.concept.startswith("three_public.") and one.unit in ("人", "人次", "批次", "个")
    named = counted or one.concept in ("budget.by_economy", "budget.basic.public")
    subject = one.subject if coded or named else ""
    # 财政拨款支出 may hold the other funds too.
    general = one.concept.startswith("general_budget.") or one.concept == "budget.general.total"
    fund = "公共" in one.subject if general and not one.code and one.subject else None
    # 收入总计 may hold what was brought forward, 本年收入 holds nothing of it.
    kind: tuple[bool | None, ...] = (fund, "本年" in one.subject) if one.concept in CURRENT_OR_ALL else (fund,)
    if one.concept in ("revenue.total", "expenditure.total"):
        kind = ("总计" in one.subject or one.subject.startswith("总"),)
    elif one.concept in ("appropriation.income_total", "appropriation.expenditure_total"):
        kind = ("总计" in one.subject, "本年" in one.subject)
    return one.concept, one.code, subject, side, one.baseline, one.against_budget, one.unit == "%", one.of_appropriation, kind


def one_coarser(first: Stated, other: Stated) -> bool:
    """Whether one of two figures prints fewer decimals, so that it may be the other one rounded or cut."""
    return first.coarse != other.coarse or first.unit != other.unit


def _base_of(text: Text, one: Stated) -> str | None:
    """The basis of a figure, or of last year's amount, or the change, that stands right before a change or rate."""
    stem, _, what = one.concept.rpartition(".")
    last = text.before(one) if one.basis is None and what in ("change", "change_rate") else None
    if last is None or last.section != one.section or last.concept not in (f"{stem}.last_year", f"{stem}.change"):
        return one.basis
    return _base_of(text, last)


def _one_basis(text: Text, first: Stated, other: Stated) -> bool:
    """Whether two figures are of one basis; where only one names it, that is sure only of what has a single one."""
    one, another = _base_of(text, first), _base_of(text, other)
    if one == another:
        return True
    both = one is not None and another is not None
    many = first.concept.endswith((".last_year", ".budget", ".change", ".change_rate", ".completion_rate"))
    return not both and not many


def twice(text: Text, claims: Claims) -> None:
    """N02.1: a quantity that is stated more than once has one value."""
    groups: dict[tuple[object, ...], list[Stated]] = defaultdict(list)
    for one in text.judged:
        if _single(one):
            groups[_same(one)].append(one)
    for group in groups.values():
        first, *others = group
        for other in others:
            if not _one_basis(text, first, other):
                continue
            if len(rates.WHOLES.get(other.concept, ())) > 1:
                # 占采购总额的60%，占中小企业合同金额的75%: two shares of one part; each is held against its whole (N03.1).
                claims.open(text.report_id, "N02.1", other, "scope")
                continue
            if other.concept.startswith(MANY_WHOLES) and text.whole_of(first) != text.whole_of(other):
                claims.open(text.report_id, "N02.1", other, "scope")
                continue
            allowed = (first.quantum + other.quantum) // 2
            gap = abs(other.value - first.value)
            allowed = max(allowed, gap) if gap < max(first.coarse, other.coarse) and one_coarser(first, other) else allowed
            claims.equal(
                text.report_id, "N02.1", other, first, 0 if not first.money and first.unit != "%" else allowed,
                difference=0 if agrees(first, other) or agrees(other, first) else None,
                said=(first.concept, first.code, first.value, other.value),
            )  # fmt: skip


SAME_QUANTITY = (
    ("general_budget.final", "general_budget.total"),
    ("basic.total", "general_budget.basic"),
)


def one_quantity(text: Text, claims: Claims) -> None:
    """N02.2: two names of one quantity have one value (a class, and the item paragraph that stops at it)."""
    pairs: list[tuple[Stated, list[Stated]]] = []
    for name, same in SAME_QUANTITY:
        first, others = text.first(name), list(text.of(same))
        if first is not None and others:
            pairs.append((first, others))
    for klass in text.of("general_budget.class"):
        items = [
            i
            for i in text.of("general_budget.item.final")
            if i.code and klass.code and i.code.startswith(klass.code)
        ]
        if klass.code and len(items) == 1 and items[0].code == klass.code:
            pairs.append((items[0], [klass]))
    for at, known in pairs:
        fits = next((one for one in known if agrees(at, one) or agrees(one, at)), None)
        other = fits or known[-1]
        claims.equal(
            text.report_id,
            "N02.2",
            at,
            other,
            (at.quantum + other.quantum) // 2,
            difference=0 if fits else None,
        )


def opposite(text: Text, claims: Claims) -> None:
    """N02.3: a stated reason has one direction, however often it is given."""
    groups: dict[tuple[str, int], list[Stated]] = defaultdict(list)
    for one in text.of("reason.change"):
        if one.subject and one.value and one.baseline in (None, text.year - 1):
            groups[one.subject, abs(one.value)].append(one)
    for group in groups.values():
        if len(group) < 2:
            continue
        up = [one for one in group if one.value > 0]
        down = [one for one in group if one.value < 0]
        few, many = sorted((up, down), key=len)
        at = (few or many)[0]
        says = ("同一事项的增减方向应当一致", "the direction of the same change should be the same")
        claims.equal(text.report_id, "N02.3", at, many[0] if few else at, 0, says=says)


# --- units and years --------------------------------------------------------------------------------------


def in_sense(text: Text, claims: Claims) -> None:
    """N05.1: a number whose unit word cannot be meant, because it fits the report only in another unit.

    The other rules then take the number in the unit that fits, so that the slip is told once.
    """
    for index, one in enumerate(text.statements):
        if not one.money or not one.value or one.concept == OPEN or not text.is_own(one):
            continue
        larger = one.read_as(one.value * YUAN, one.quantum * YUAN)
        if one.unit == "元":
            other, word, why = larger, "万元", None if _fits(text, index, one) else _fits(text, index, larger)
        else:
            smaller = one.read_as(one.value // YUAN, max(one.quantum // YUAN, 1))
            other, word, why = smaller, "元", None if _in_table(text, one) else _in_table(text, smaller)
            # One digit in 亿元 fits too much to say more than that the figure is wrong.
            if why is None and len(one.text.replace(".", "").strip("-0")) > 1 and not _in_table(text, one):
                other, word, why = larger, "亿元", _in_table(text, larger)
        if why is None:
            if one.unit == "元":
                claims.add(text.report_id, "N05.1", one.locator, at=one, actual=one.value, difference=0)
            continue
        text.statements[index] = other
        claims.add(
            text.report_id, "N05.1", one.locator, at=one, actual=one.value, expected=other.value, difference=1,
            note=Note(
                f"{one.where[0]}：{one.name[0]}印为 {one.shown}，按 {one.text} {word} 方与{why[0]}相符，单位疑误。",
                f"{one.where[1]}: {one.name[1]} is printed as {one.shown}; only {one.text} {word} fits {why[1]}."
                " The unit is probably wrong.",
                one.shown, f"{one.text} {word}", (one.concept, one.code, one.value), named_place(one),
            ),
        )  # fmt: skip


def _in_table(text: Text, one: Stated) -> tuple[str, str] | None:
    """The cell that a figure fits."""
    for key in places(text, one):
        figure = counterparts.look(text, key).figure
        if figure is not None and figure.value and agrees(one, figure):
            return (
                f"{figure.where[0]}{figure.name[0]} {figure.shown}",
                f"{figure.name[1]} in {figure.where[1]}",
            )
    return None


def _fits(text: Text, index: int, one: Stated) -> tuple[str, str] | None:
    """What in the report a figure fits: its cell, the sum it is a part of, or its share."""
    if found := _in_table(text, one):
        return found
    trial = Text(
        text.report_id, text.kind, [*text.statements[:index], one, *text.statements[index + 1 :]], text.cells,
        text.readings,
    )  # fmt: skip
    if whole := sums.closes(trial, one):
        where = place(whole.page, whole.line, whole.source_no)
        return (
            f"{where[0]}{whole.name[0]} {whole.shown}的组成",
            f"the sum of {whole.name[1]}, {whole.shown} ({where[1]})",
        )
    if share := rates.follows(trial, one):
        return f"{share.name[0]} {share.text} %", f"its {share.text} % ({share.name[1]})"
    return None


def years(text: Text, claims: Claims) -> None:
    """N06.1: a change is against the year before."""
    for one in text.statements:
        if one.concept != OPEN and not text.is_own(one) and one.year:
            claims.add(
                text.report_id, "N06.2", one.locator, at=one, actual=one.year, expected=text.year,
                note=Note(
                    f"{one.where[0]}：{text.year}年度报告的{one.name[0]}（{one.shown}）写明为 {one.year} 年，年份疑误。",
                    f"{one.where[1]}: in a report of {text.year}, {one.name[1]} ({one.shown}) is said to be of {one.year};"
                    " the year is probably wrong.",
                    str(one.year), str(text.year), (one.section, one.year), named_place(one),
                ),
            )  # fmt: skip
        if one.baseline is None or one.concept == "reason.change":
            continue
        also = [each for each in text.of(one.concept) if each.section == one.section and each.baseline == text.year - 1]
        if one.baseline != text.year - 1 and also:
            continue  # a second comparison beside the one with last year
        claims.add(
            text.report_id, "N06.1", one.locator, at=one, actual=one.baseline, expected=text.year - 1,
            note=Note(
                f"{one.where[0]}：{text.year}年度报告的{one.name[0]}（{one.shown}）与 {one.baseline} 年相比，上年应为 {text.year - 1} 年。",
                f"{one.where[1]}: in a report of {text.year}, {one.name[1]} ({one.shown}) is compared with {one.baseline};"
                f" the year before is {text.year - 1}.",
                str(one.baseline), str(text.year - 1), (one.section, one.baseline), named_place(one),
            ),
        )  # fmt: skip
