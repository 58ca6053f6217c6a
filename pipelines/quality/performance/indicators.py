"""Rules P01.7 and P02.10 to P02.13: one box of several, and the same indicator, rate or name in two places.

Two forms hold the same indicator only where one repeats the other's grid: the same name alone may be each project's
own satisfaction or number of trainings. Not for points and scores (``evaluations``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations

from pipelines.documents.normalise import squeeze
from pipelines.extract.performance.told import Told, clauses, of_indicator, same_thing
from pipelines.extract.result import MICRO
from pipelines.quality import stated, wording
from pipelines.quality.claims import Claims, Note
from pipelines.quality.performance.model import (
    APPLICATIONS,
    EVALUATIONS,
    INDICATORS,
    MENTIONS,
    FormClaim,
    Forms,
    Row,
    figure_of,
    where_of,
)
from pipelines.quality.stated import Figure

_LEAST_SHARED = 2
"""Other indicators that two forms must print alike, with target and result, before one is the other's copy."""
_LEAST_COUNT = 10
"""A number of things below this may be alike by chance."""
_SATISFACTION = "满意"
_EXCLUSIVE = {"type": ("项目类型", "the type"), "attribute": ("项目属性", "the attribute"), "category": ("项目类别", "the category")}
_BOTH_MAY_HOLD = "转移支付"


def one_box(forms: Forms, row: Row, claims: Claims) -> None:
    """P01.7 of boxes that exclude each other one is ticked."""
    where = where_of(row, EVALUATIONS)
    for column, name in _EXCLUSIVE.items():
        locator = f"evaluation_no={row['evaluation_no']};column={column}"
        if not row[column]:
            FormClaim(claims, forms.report_id, "P01.7", EVALUATIONS, locator).nothing("no box")
            continue
        # Money of a department's budget may come with a transfer: these two do not exclude each other.
        ticked = [option for option in row[column].split("、") if column != "category" or _BOTH_MAY_HOLD not in option]
        at = Figure(0, 1, row[column], "", name, where, row["page"], row["line"], EVALUATIONS, source_no=row["source_no"])
        claims.add(
            forms.report_id, "P01.7", locator, at=at, difference=max(len(ticked) - 1, 0), resource=EVALUATIONS,
            note=Note(
                f"{where[0]}：{name[0]}同时勾选了{'、'.join(f'“{one}”' for one in ticked)}，各项互相排斥，应只选一项。",
                f"{where[1]}: {name[1]} has {', '.join(f'“{one}”' for one in ticked)} ticked at once; they exclude each"
                " other, so one should be.",
                row[column], None,
            ),
        )  # fmt: skip


# --- the same indicator in two forms ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Pair:
    """The same indicator of two forms."""

    first: Row
    second: Row

    @property
    def alike(self) -> bool:
        """Whether target and result are printed alike; blanks say nothing."""
        return bool(_text(self.first, "actual")) and self.same_result and _text(self.first, "target") == _text(self.second, "target")

    @property
    def same_result(self) -> bool:
        return _text(self.first, "actual") == _text(self.second, "actual")

    @property
    def counts(self) -> bool:
        """Whether both print one number of things, large enough to be no chance."""
        told = of_indicator(self.first["indicator"], self.first["actual"])
        return bool(
            told and told[0].unit not in ("", "%") and told[0].value is not None and told[0].value >= _LEAST_COUNT
        )


def _text(row: Row, column: str) -> str:
    return squeeze(row[column] or "")


def across_forms(forms: Forms, claims: Claims) -> None:
    """P02.10 an indicator that one form copies from another has the same result there."""
    own = {row["evaluation_no"]: forms.of(INDICATORS, "evaluation_no", row["evaluation_no"]) for row in forms.rows[EVALUATIONS]}
    for one, other in combinations(forms.rows[EVALUATIONS], 2):
        pairs = list(_pairs(own[one["evaluation_no"]], own[other["evaluation_no"]]))
        alike = [pair for pair in pairs if pair.alike]
        copied = len(alike) >= _LEAST_SHARED and 2 * len(alike) >= len(pairs)
        if one["scope"] == other["scope"]:
            # Two projects of one kind share names and round targets; what both count alike they share for sure.
            copied = copied and sum(pair.counts for pair in alike) >= _LEAST_SHARED
        if copied:
            for pair in pairs:
                _same_result(forms, pair, (one, other), claims)


def _pairs(one: Sequence[Row], other: Sequence[Row]) -> Iterator[_Pair]:
    """Indicators whose name stands once in each of two forms."""
    names = [Counter(_text(row, "indicator") for row in rows) for rows in (one, other)]
    found = {_text(row, "indicator"): row for row in other}
    for row in one:
        name = _text(row, "indicator")
        if name in found and all(count[name] == 1 for count in names):
            yield _Pair(row, found[name])


def _same_result(forms: Forms, pair: _Pair, owners: tuple[Row, Row], claims: Claims) -> None:
    first, second = pair.first, pair.second
    if _SATISFACTION in f"{first['level1'] or ''}{first['level2'] or ''}{first['indicator']}":
        return  # every form asks its own people
    locator = f"evaluation_no={second['evaluation_no']};seq={second['seq']};as={first['evaluation_no']}"
    claim = FormClaim(claims, forms.report_id, "P02.10", INDICATORS, locator)
    said = [of_indicator(row["indicator"], row["actual"]) for row in (second, first)]
    both = [(a, b) for a in said[0] for b in said[1] if same_thing(a, b)]
    # A share of everybody's cases need not be that of one project's.
    both = [(a, b) for a, b in both if owners[0]["scope"] == owners[1]["scope"] or a.unit not in ("", "%")]
    known = [(a, b) for a, b in both if a.value is not None and b.value is not None]
    if not both or (pair.same_result and not known):
        return
    if not known or len(said[0]) != len(said[1]):
        claim.open("bound", _figure(second, said[0][0] if said[0] else None, owners[1]))
        return
    for a, b in known:
        at, like = _figure(second, a, owners[1]), _figure(first, b, owners[0])
        assert at is not None and like is not None
        claim.equal(at, like, _tolerance(a, b), said=(at.name, at.value, like.value))


def _tolerance(one: Told, other: Told) -> int:
    """Counts are exact; percentages, and numbers of 万, are rounded to what they print."""
    exact = one.quantum == other.quantum == 1 and one.unit != "%"
    return 0 if exact else int((one.quantum + other.quantum) * MICRO) // 2


def _figure(row: Row, told: Told | None, owner: Row) -> Figure | None:
    if told is None or told.value is None:
        return None
    name = (f"“{owner['name']}”的实际完成值", f"the result in the form of “{owner['name']}”")
    return Figure(
        int(told.value * MICRO), max(int(told.quantum * MICRO), 1), wording.plain(told.value), told.unit, name,
        where_of(row, INDICATORS), row["page"], row["line"], INDICATORS, source_no=row["source_no"],
    )  # fmt: skip


# --- the narrative, and the summaries behind the forms ------------------------------------------------------


def told_results(forms: Forms, claims: Claims) -> None:
    """P02.11 a result that the narrative tells is its indicator's; P02.12 so is a summary's execution rate."""
    owners = {row["evaluation_no"]: row for row in forms.rows[EVALUATIONS]}
    rows = {(row["evaluation_no"], row["seq"]): row for row in forms.rows[INDICATORS]}
    for use in forms.told:
        key = dict(part.split("=") for part in use["locator"].split(";"))
        owner = owners.get(int(key["evaluation_no"]))
        if owner is None:
            continue
        if use["column"] == "execution_rate":
            _summary_rate(forms, use, owner, claims)
        elif (row := rows.get((owner["evaluation_no"], int(key["seq"])))) is not None:
            _told_result(forms, use, row, owner, claims)


def _told_result(forms: Forms, use: Row, row: Row, owner: Row, claims: Claims) -> None:
    told = next((one for match, one in clauses(use["reason"]) if match["number"] == use["token"]), None)
    like = next((one for one in of_indicator(row["indicator"], row["actual"]) if told and same_thing(one, told)), None)
    if told is None or told.value is None or like is None:
        return
    name = f"“{told.before}{told.after}”"
    at = _place(use, owner, int(told.value * MICRO), int(told.quantum * MICRO), wording.plain(told.value), told.unit, (name, name))
    claim = FormClaim(claims, forms.report_id, "P02.11", INDICATORS, _locator(use))
    other = _figure(row, like, owner)
    if other is None:
        claim.open("bound", at)
        return
    claim.equal(at, other, _tolerance(told, like), said=(other.where, at.value, other.value))


def _summary_rate(forms: Forms, use: Row, owner: Row, claims: Claims) -> None:
    claim = FormClaim(claims, forms.report_id, "P02.12", EVALUATIONS, _locator(use))
    value = Decimal(use["token"])
    quantum = 10 ** (6 - min(len(use["token"].partition(".")[2]), 6))
    at = _place(use, owner, int(value * MICRO), quantum, use["token"], "%", ("自评结果摘要的执行率", "the execution rate of its summary"))
    own = figure_of(owner, "execution_rate", EVALUATIONS, "%", 0)
    if own is None:
        claim.open("missing", at)
        return
    tolerance = (at.quantum + own.quantum) // 2
    gap = at.value - own.value
    claim.equal(at, own, tolerance, gap=0 if abs(gap) <= tolerance else gap)


def _locator(use: Row) -> str:
    page = f";page={use['page']}" if use["page"] else ""
    return f"{use['locator']}{page};line={use['line']}"


def _place(use: Row, owner: Row, value: int, quantum: int, text: str, unit: str, name: stated.Words) -> Figure:
    # The account numbers the only file of a report too; rows name a file where there are several.
    source = use.get("source_no") if owner["source_no"] is not None else None
    zh, en = stated.place(use["page"], use["line"], source)
    where = (f"情况说明（绩效）{zh}", f"Narrative (performance), {en}")
    return Figure(value, max(quantum, 1), text, unit, name, where, use["page"], use["line"], "narrative", source_no=source)


def same_name(forms: Forms, claims: Claims) -> None:
    """P02.13 a project has one name in the narrative and in its form."""
    final = bool(forms.rows[EVALUATIONS])
    key, resource = ("evaluation_no", EVALUATIONS) if final else ("project_no", APPLICATIONS)
    own = {row[key]: row for row in forms.rows[resource]}
    for row in forms.rows[MENTIONS]:
        form = own.get(row["form_no"])
        if form is None:
            continue
        where, there = where_of(row, MENTIONS), where_of(form, resource)
        at = Figure(0, 1, row["name"], "", ("", ""), where, row["page"], row["line"], MENTIONS, source_no=row["source_no"])
        how = {
            "similar": ("名称相近", "a similar name"),
            "by_amount": ("金额与部门均相同", "the same amounts and office"),
        }.get(row["match"])
        claims.add(
            forms.report_id, "P02.13", f"seq={row['seq']}", at=at, difference=int(how is not None), resource=MENTIONS,
            note=None if how is None else Note(
                f"{where[0]}：与{there[0]}的项目名称不同（按{how[0]}对应）。",
                f"{where[1]}: its form has another name ({there[1]}; linked by {how[1]}).",
                row["name"], form["name"],
            ),
        )  # fmt: skip
