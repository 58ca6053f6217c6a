"""Rules N04: the parts that a sentence or section names make up its whole.

What is listed as a division (income by source, classes, types of vehicles) must be the whole; what is listed as
main uses must not exceed it. Reasons of a change need not be complete: their difference is told, not judged.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pipelines.extract.result import MICRO
from pipelines.quality.claims import Claims
from pipelines.quality.counterparts import FUNDS, KINDS, SOURCES
from pipelines.quality.lookup import EXPENDITURE, GENERAL, REVENUE
from pipelines.quality.stated import MANY_WHOLES, OPEN, CellKey, Stated, Text, Words

RULES = tuple(f"N04.{number}" for number in range(1, 12))
VEHICLES = (
    "leader", "principal_official", "confidential_communication", "emergency", "law_enforcement", "special_technical",
    "retired_cadre", "business", "other",
)  # fmt: skip
BUDGET_SOURCES = (
    "special_account", "higher_level_subsidy", "institutional", "business", "affiliate_remittance", "other", "carry_over",
)  # fmt: skip


@dataclass(slots=True, frozen=True)
class Division:
    """A whole, and the concepts that its parts have."""

    rule: str
    whole: tuple[str, ...]
    parts: tuple[str, ...]
    least: int = 1
    """So many parts must be stated for the rule to say anything."""
    every: bool = False
    """All of the parts must be stated."""
    relation: str = "="


def _each(stem: str, names: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"{stem}.{name}" for name in names)


DIVISIONS = (
    Division("N04.1", ("revenue.total",), _each("revenue", SOURCES)),
    Division("N04.1", ("budget.income",), _each("budget.income", ("appropriation", *FUNDS, *BUDGET_SOURCES)), 2),
    Division("N04.2", ("expenditure.total",), _each("expenditure", KINDS), 2),
    Division("N04.2", ("general_budget.final", "general_budget.total"), _each("general_budget", ("basic", "project")), 2),
    Division("N04.2", ("budget.expenditure",), _each("budget.expenditure", (*KINDS, "carry_over")), 2),
    Division("N04.2", ("budget.general.total",), ("budget.basic.total", "budget.project.total"), 2),
    Division("N04.2", ("budget.general.total",), ("budget.general.current_year", "budget.general.carry_over"), 2),
    Division("N04.3", ("expenditure.total",), ("expenditure.class",)),
    Division("N04.3", ("general_budget.total",), ("general_budget.class",)),
    Division("N04.3", ("budget.expenditure",), ("budget.by_function",)),
    Division("N04.3", ("budget.expenditure",), ("budget.by_economy",), 2),
    Division("N04.6", ("basic.total",), ("basic.personnel", "basic.public"), 2),
    Division("N04.6", ("budget.basic.total",), ("budget.basic.personnel", "budget.basic.public"), 2),
    *(
        Division("N04.7", (f"three_public.{basis}",), tuple(f"three_public.{i}.{basis}" for i in ("overseas_trips", "vehicles", "reception")), every=True)
        for basis in ("budget", "final")
    ),
    *(
        Division("N04.7", (f"three_public.vehicles.{basis}",), tuple(f"three_public.{i}.{basis}" for i in ("vehicle_purchase", "vehicle_operation")), every=True)
        for basis in ("budget", "final")
    ),
    *(
        Division("N04.7", (f"three_public.{item}.final",), (f"three_public.{item}.part",), relation=">=")
        for item in ("overseas_trips", "vehicle_operation", "reception")
    ),
    Division("N04.8", ("procurement.total",), _each("procurement", ("goods", "works", "services"))),
    Division("N04.8", ("procurement.sme",), _each("procurement", ("goods_sme", "works_sme", "services_sme")), every=True),
    Division("N04.8", ("procurement.sme",), ("procurement.micro",), relation=">="),
    Division("N04.8", ("budget.purchased_services",), ("budget.purchased_services.part",), 2),
    Division("N04.9", ("assets.vehicles",), _each("assets.vehicles", VEHICLES)),
    Division("N04.9", ("assets.planned.vehicles",), _each("assets.planned.vehicles", VEHICLES)),
)  # fmt: skip
THREE_FUNDS = set(_each("budget.income", FUNDS))


def reconcile(text: Text, claims: Claims) -> None:
    """Every sum of a report."""
    for division in DIVISIONS:
        whole, parts = members(text, division)
        if whole is None or not parts:
            continue
        if division.relation == ">=":
            # Parts of parts stand in the same list: only a single part tells anything for sure.
            parts = [max(parts, key=lambda part: part.value)]
        elif not complete(text, division, whole, parts):
            claims.open(text.report_id, division.rule, whole, "parts")
            continue
        if division.relation == "=" and _may_lack(text, division, whole, parts):
            claims.open(text.report_id, division.rule, whole, "parts")
            continue
        claims.sum(text.report_id, division.rule, whole, parts, relation=division.relation)
    items(text, claims)
    budget_items(text, claims)
    project_parts(text, claims)
    reasons(text, claims)


_COLUMNS = {"revenue": (REVENUE, {"appropriation": "fiscal_appropriation"}), "expenditure": (EXPENDITURE, {})}
_CLASSES = {"expenditure.class": EXPENDITURE, "general_budget.class": GENERAL, "budget.by_function": EXPENDITURE}


def complete(text: Text, division: Division, whole: Stated, parts: list[Stated]) -> bool:
    """Whether the parts are all there are: every column or class that the table has, or a list without a gap.

    A list is closed where nothing stands among its parts but their own shares and changes and stated reasons.
    """
    stem = division.parts[0].rpartition(".")[0]
    if division.parts[0] in _CLASSES and text.reads(table := _CLASSES[division.parts[0]]):
        wanted = {key[2] for key in text.cells if key[0] == table and len(key[2]) == 3 and key[2].isdigit() and _spent(text, key)}
        return wanted <= {part.code for part in parts}
    if stem in _COLUMNS and text.reads(_COLUMNS[stem][0]):
        table, names = _COLUMNS[stem]
        stated = {part.concept.rpartition(".")[2] for part in parts}
        needed = [name.rpartition(".")[2] for name in division.parts]
        return all(name in stated or not _spent(text, (table, None, "total", names.get(name, name))) for name in needed)
    if len(parts) < 2 and division.parts[0] in _CLASSES:
        return False
    numbers = [part.no for part in parts]
    first, last = min([whole.no, *numbers]), max(numbers)
    among = [one for one in text.statements if first < one.no < last]
    following = next((one for one in text.statements if one.no > last), None)
    counted = [*among, following] if following is not None else among
    if not whole.money and any(one.concept == OPEN and one.unit == whole.unit for one in counted):
        return False  # 业务保障用车1辆: a kind that nobody knows
    if division.every:
        return not any(one.concept == OPEN and one.money for one in among)
    own = (*division.parts, "reason.change", *division.whole)
    return all(one.section == whole.section and (one.concept in own or _of_a_part(one, division)) for one in among)


_MAY_LACK = ("N04.1", "N04.2", "N04.3", "N04.8", "N04.9")
_REST = ".other"
"""Of vehicles, 其他用车 is what no other kind holds: a list with it lacks none."""


def _may_lack(text: Text, division: Division, whole: Stated, parts: list[Stated]) -> bool:
    """Whether a list that falls short of its whole, without a table beside it, may name the main parts only.

    It is closed where every kind of part is stated, where shares of all parts make 100 %, where one is the rest, or
    where it makes up what the report states of the whole elsewhere.
    """
    stem = division.parts[0].rpartition(".")[0]
    table = _CLASSES.get(division.parts[0]) or _COLUMNS.get(stem, (None,))[0]
    tolerance = (whole.quantum + sum(part.quantum for part in parts)) // 2 if whole.money else 0
    short = sum(part.value for part in parts) < whole.value - tolerance
    if not short or division.rule not in _MAY_LACK or division.every or (table is not None and text.reads(table)):
        return False
    total = sum(part.value for part in parts)
    if any(abs(other.value - total) <= tolerance for other in text.of(*division.whole)):
        return False
    stated = {part.concept for part in parts}
    if stated == {*division.parts} != {division.parts[0]} or (division.rule == "N04.9" and f"{stem}{_REST}" in stated):
        return False
    shares = [_share_of(text, part) for part in parts]
    known = [share.value for share in shares if share is not None]
    return len(known) < len(parts) or abs(sum(known) - 100 * MICRO) > MICRO // 2


def _share_of(text: Text, part: Stated) -> Stated | None:
    """The share that the same list states of a part."""
    names = (f"{part.concept}.share", f"{part.concept}_share")
    return next((one for one in text.of(*names) if one.no > part.no and one.code == part.code and one.section == part.section), None)


def _of_a_part(one: Stated, division: Division) -> bool:
    """A share, change or last year of one of the parts or of their whole."""
    stem, _, what = one.concept.rpartition(".")
    if one.concept.endswith("_share"):
        return one.concept.removesuffix("_share") in division.parts
    known = {*division.parts, *(name.removesuffix(".total") for name in division.whole)}
    return what in ("share", "change", "change_rate", "last_year", "part") and (stem in known or one.concept.endswith(".part"))


def _spent(text: Text, key: CellKey) -> bool:
    """Whether a cell holds an amount, or may hold one."""
    row = text.cells.get(key)
    return row is not None and (bool(row["ambiguous"]) or bool(row["value"]))


def members(text: Text, division: Division) -> tuple[Stated | None, list[Stated]]:
    """The whole of a division and its parts, each stated once; nothing where too few of them are."""
    found = list(text.of(*division.parts))
    if division.parts[0].startswith(MANY_WHOLES):
        found = [part for part in found if (text.whole_of(part) or ("",))[0] in division.whole]
    parts = _once(found)
    if any(part.concept == "budget.income.appropriation" for part in parts):
        # 财政拨款 is the three budgets together: they are not added to it.
        parts = [part for part in parts if part.concept not in THREE_FUNDS]
    stated = {part.concept for part in parts}
    if not parts or len(parts) < division.least or (division.every and stated != set(division.parts)):
        return None, []
    return text.near(parts[0], *division.whole), parts


def _once(figures: Iterable[Stated]) -> list[Stated]:
    """Figures without those that state the same again."""
    seen: dict[tuple[object, ...], Stated] = {}
    for one in figures:
        many = one.concept.endswith((".part", ".item", "by_economy")) or one.concept.startswith("general_budget.item")
        subject = one.subject if many else ""
        seen.setdefault((one.concept, one.code, subject, one.no if many and not subject else 0), one)
    return list(seen.values())


def closes(text: Text, part: Stated) -> Stated | None:
    """The whole that is made up of its parts with this one among them, if there is one."""
    if not part.value:
        return None
    for division in DIVISIONS:
        if part.concept in division.parts and division.relation == "=":
            whole, parts = members(text, division)
            if whole is not None and any(one is part for one in parts):
                tolerance = (whole.quantum + sum(one.quantum for one in parts)) // 2
                # An amount that rounding could swallow proves no unit.
                if abs(whole.value - sum(one.value for one in parts)) <= tolerance < abs(part.value):
                    return whole
    return None


# --- items ------------------------------------------------------------------------------------------------


def _without_ancestors(found: list[Stated]) -> list[Stated]:
    """A 类 or 款 whose own items are listed too is not added to them."""
    codes = [one.code for one in found if one.code]
    return [
        one
        for one in found
        if not (one.code and any(code != one.code and code.startswith(one.code) for code in codes))
    ]


def items(text: Text, claims: Claims) -> None:
    """N04.4 N04.5: the items' initial budgets and finals make up the stated ones."""
    if not _items_complete(text, "general_budget.item.final", GENERAL):
        for one in text.of("general_budget.final"):
            claims.open(text.report_id, "N04.5", one, "parts")
        for one in text.of("general_budget.initial_budget"):
            claims.open(text.report_id, "N04.4", one, "parts")
        return
    finals = _without_ancestors(_once(text.of("general_budget.item.final")))
    initials = _without_ancestors(_once(text.of("general_budget.item.initial_budget")))
    whole = _last_before(text, "general_budget.initial_budget", initials)
    if whole is not None and initials:
        # An item without a budget of its own leaves the sum open, unless it closes.
        total = sum(one.value for one in initials)
        if _short_of(text, "general_budget.final", finals) and total != whole.value:
            claims.open(text.report_id, "N04.4", whole, "parts")
        elif len(initials) == len(finals) or total == whole.value:
            claims.sum(text.report_id, "N04.4", whole, initials)
        else:
            claims.open(text.report_id, "N04.4", whole, "missing")
    whole = _last_before(text, "general_budget.final", finals)
    if whole is not None and finals and _short_of(text, "general_budget.final", finals) and _short_of(text, "general_budget.initial_budget", initials):
        claims.open(text.report_id, "N04.5", whole, "parts")
    elif whole is not None and finals:
        claims.sum(text.report_id, "N04.5", whole, finals, hint=_open_classes(text, finals))


def _items_complete(text: Text, concept: str, table: str) -> bool:
    """Whether every item of the table is told, or, without a table, no amount among the items is left open."""
    told = list(text.of(concept))
    if not told:
        return True
    first, last = told[0].no, told[-1].no
    if any(one.concept == OPEN and one.money for one in text.statements if first <= one.no <= last):
        return False
    if not text.reads(table):
        return True
    codes = {one.code for one in told if one.code}
    rows = [key[2] for key in text.cells if key[0] == table and len(key[2]) == 7 and key[2].isdigit() and key[3] == "total" and _spent(text, key)]
    covered = all(any(row.startswith(code) for code in codes) for row in rows)
    # An item that the sentence misnames is told all the same.
    return covered or len({one.code or one.subject for one in told}) >= len(rows)


def _short_of(text: Text, concept: str, parts: list[Stated]) -> bool:
    """Whether a single item falls short of its whole with no table to say that it is the only one."""
    whole = _last_before(text, concept, parts)
    return len(parts) < 2 and not text.reads(GENERAL) and (whole is None or sum(part.value for part in parts) < whole.value)


def _last_before(text: Text, concept: str, parts: list[Stated]) -> Stated | None:
    return text.near(parts[0], concept) if parts else None


def _open_classes(text: Text, finals: list[Stated]) -> Words:
    """The classes whose items do not make them up: where to look."""
    if any(one.code is None for one in finals):
        return "", ""
    off = []
    for klass in _once(text.of("general_budget.class")):
        own = [one for one in finals if one.code and klass.code and one.code.startswith(klass.code)]
        if klass.code and sum(one.value for one in own) != klass.value:
            off.append((klass, own))
    if not off:
        return "", ""
    zh = "、".join(
        f"{k.code} 类 {k.text}（{'其各项 ' + ' + '.join(o.text for o in own) if own else '未列任何项'}）"
        for k, own in off
    )
    en = ", ".join(
        f"class {k.code} {k.text} ({'items ' + ' + '.join(o.text for o in own) if own else 'no item'})"
        for k, own in off
    )
    return f"；不相符的类：{zh}", f"; classes that do not close: {en}"


def budget_items(text: Text, claims: Claims) -> None:
    """N04.10 for budgets: functional items make up the appropriation, named projects the project expenditure."""
    listed = _once(text.of("budget.item"))
    coded = _without_ancestors([one for one in listed if one.code])
    named = [one for one in listed if not one.code]
    if len(coded) > 1 and not named and _items_complete(text, "budget.item", GENERAL):
        whole = _of_items(text, coded[0])
        classes = {one.code for one in text.of("budget.by_function") if (text.whole_of(one) or ("",))[0] == "budget.general.total"}
        all_told = text.reads(GENERAL) or (bool(classes) and classes <= {(one.code or "")[:3] for one in coded})
        if whole is not None and not all_told and sum(one.value for one in coded) < whole.value:
            claims.open(text.report_id, "N04.10", whole, "parts")
        elif whole is not None:
            claims.sum(text.report_id, "N04.10", whole, coded)
    if len(named) > 1 and not coded:
        whole = text.near(named[0], "budget.project.total", "budget.expenditure.project")
        split = any(one.concept == "item.part" for one in text.statements)
        if whole is not None and whole.no < named[0].no and not split:
            claims.sum(text.report_id, "N04.10", whole, named, relation=">=")


def _of_items(text: Text, first: Stated) -> Stated | None:
    """What the functional items of a budget make up: the narrowest total that the text states."""
    funds = [one for one in text.of("government_fund.total", "state_capital.total") if one.value]
    if not funds and (general := text.near(first, "budget.general.total")) is not None:
        return general
    if (appropriated := text.near(first, "budget.expenditure.appropriation")) is not None:
        return appropriated
    beside = [one for one in text.judged if one.concept.startswith("budget.income.") and one.money and one.value]
    own = all(one.concept.endswith((".appropriation", ".change", ".last_year", *FUNDS)) for one in beside)
    return text.near(first, "budget.expenditure") if own else None


def project_parts(text: Text, claims: Claims) -> None:
    """N04.10: what project expenditure was mainly used for does not exceed it."""
    parts = list(text.of("general_budget.project_part"))
    whole = text.near(parts[0], "general_budget.project") if parts else None
    if whole is None:
        return
    classes = [one for one in parts if one.code and len(one.code) == 3]
    if len(classes) == len(parts) == len({one.code for one in classes}):
        claims.sum(text.report_id, "N04.10", whole, parts, relation=">=")
        return
    # Parts of parts stand in the same list: only a single part tells anything for sure.
    larger = [one for one in parts if one.value > whole.value]
    claims.sum(text.report_id, "N04.10", whole, larger[:1] or parts[:1], relation=">=")


# --- reasons ----------------------------------------------------------------------------------------------


def reasons(text: Text, claims: Claims) -> None:
    """N04.11: the reasons that follow a change, together."""
    groups: list[tuple[Stated, list[Stated]]] = []
    change: Stated | None = None
    for one in text.judged:
        if one.concept == "reason.change":
            if (
                change is not None
                and one.section == change.section
                and one.baseline in (None, change.baseline)
            ):
                if not groups or groups[-1][0] is not change:
                    groups.append((change, []))
                groups[-1][1].append(one)
        elif one.concept.endswith(".change") and one.baseline and ".item" not in one.concept:
            change = one
        elif not one.concept.endswith(".change_rate"):
            change = None
    for at, given in groups:
        if len(given) > 1:
            what = ("所列原因合计为", "the reasons given make")
            claims.sum(
                text.report_id,
                "N04.11",
                at,
                given,
                what=what,
                hint=("（所列原因可能不全）", " (they may not be all)"),
            )
