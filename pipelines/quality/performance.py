"""Rules P: the arithmetic of performance forms, and the forms against the narrative and the tables.

Self-evaluations (P01), a self-evaluation beside the rest of its report (P02), project applications of budgets (P03).
Weights that stand with labels come from the account of numbers. Nothing is judged here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from itertools import groupby
from typing import Any

import polars as pl

from pipelines.extract.result import MICRO
from pipelines.quality import stated, wording
from pipelines.quality.claims import (
    Claims,
    Key,
    Note,
    amount_text,
    in_data,
    pair,
    percent,
    rate,
    reach,
    rounded,
)
from pipelines.quality.counterparts import EXPENDITURE
from pipelines.quality.stated import Figure, Stated, Text, Words

RULES = (
    "P01.1", "P01.2", "P01.3", "P01.4", "P01.5", "P01.6",
    "P02.1", "P02.2", "P02.3", "P02.4", "P02.5", "P02.6", "P02.7", "P02.8", "P02.9",
    "P03.1", "P03.2", "P03.3", "P03.4",
)  # fmt: skip
EVALUATIONS, INDICATORS, MENTIONS = "evaluations", "indicators", "project_mentions"
APPLICATIONS, FUNDING, COSTS = "project_applications", "project_funding", "project_cost_items"
FRAMES = (EVALUATIONS, INDICATORS, MENTIONS, APPLICATIONS, FUNDING, COSTS)
FULL_MARKS = 100 * MICRO
_CENT = 10_000
"""0.01 of a unit: what amounts and points are printed to where their zeros are dropped."""
_TENTH = 100_000
_NAMES: dict[str, Words] = {
    "budget": ("预算数", "the budget"),
    "executed": ("执行数", "the amount executed"),
    "execution_rate": ("执行率", "the execution rate"),
    "execution_score": ("预算执行得分", "the score for execution"),
    "total_score": ("总分", "the total score"),
    "basic_total": ("基本支出总额", "total basic expenditure"),
    "project_total": ("项目支出总额", "total project expenditure"),
    "score": ("得分", "the score"),
    "amount": ("金额", "the amount"),
    "current_year_budget": ("项目当年预算", "the budget of the year"),
}
_ALSO_SURE = ("exact", "contained")
_WHOLE_COUNT = (None, "", "一级项目")
"""Subjects of a stated number of projects that mean all of them."""
Row = Mapping[str, Any]


@dataclass(slots=True)
class Forms:
    """What one report's forms say, with its narrative and tables."""

    text: Text
    rows: dict[str, list[Row]]
    points: dict[tuple[str, str], Decimal] = field(default_factory=dict)
    """(locator, column) → points that stand with a label."""
    unsure: set[str] = field(default_factory=set)
    """Locators of forms with cells that could not be told apart."""

    @property
    def report_id(self) -> str:
        return self.text.report_id

    def of(self, resource: str, key: str, number: int) -> list[Row]:
        return [row for row in self.rows[resource] if row[key] == number]

    @property
    def projects(self) -> list[Row]:
        return [row for row in self.rows[EVALUATIONS] if row["scope"] == "project"]

    @property
    def overall(self) -> list[Row]:
        return [row for row in self.rows[EVALUATIONS] if row["scope"] == "overall"]


def reconcile(
    frames: Mapping[str, pl.DataFrame],
    cells: pl.DataFrame,
    readings: pl.DataFrame,
    notices: pl.DataFrame,
    accounting: pl.DataFrame,
    known: stated.Tokens,
) -> Claims:
    """Every comparison of the family P."""
    claims = Claims()
    for forms in _all_forms(frames, cells, readings, notices, accounting, known):
        for evaluation in forms.rows[EVALUATIONS]:
            _evaluation(forms, evaluation, claims)
        if forms.rows[EVALUATIONS]:
            _overall(forms, claims)
            _counts(forms, claims)
        _mentions(forms, claims)
        for application in forms.rows[APPLICATIONS]:
            _application(forms, application, claims)
        if forms.rows[APPLICATIONS]:
            _all_applications(forms, claims)
    return claims


def _all_forms(
    frames: Mapping[str, pl.DataFrame],
    cells: pl.DataFrame,
    readings: pl.DataFrame,
    notices: pl.DataFrame,
    accounting: pl.DataFrame,
    known: stated.Tokens,
) -> Iterator[Forms]:
    held = {name: frames[name] for name in FRAMES if name in frames and frames[name].height}
    with_forms = [held[name]["report_id"] for name in (EVALUATIONS, APPLICATIONS) if name in held]
    if not with_forms:
        return
    own = pl.col("report_id").is_in(pl.concat(with_forms).unique().implode())
    reports = frames["reports"].filter(own).select("report_id", "kind")
    statements = frames["statements"].filter(own) if "statements" in frames else _no_statements()
    texts = stated.texts(
        statements,
        cells.filter(own), readings.filter(own), notices.filter(own), reports, known, only_narrated=False,
    )  # fmt: skip
    found = {text.report_id: Forms(text, {name: [] for name in FRAMES}) for text in texts}
    for name, frame in held.items():
        for row in frame.filter(own).iter_rows(named=True):
            found[row["report_id"]].rows[name].append(row)
    if accounting.height:
        labels = accounting.filter(own & (pl.col("resource") == EVALUATIONS) & (pl.col("role") == "label"))
        columns = ("report_id", "locator", "column", "token")
        for report_id, locator, column, token in labels.select(columns).iter_rows():
            found[report_id].points[locator, column] = Decimal(token)
    doubts = notices.filter(own & pl.col("code").is_in(["E15", "E31"])).select("report_id", "locator")
    for report_id, locator in doubts.iter_rows():
        found[report_id].unsure.add(locator.partition(";")[0])
    yield from (found[report_id] for report_id in sorted(found))


def _no_statements() -> pl.DataFrame:
    from pipelines import schema

    return schema.resources()[stated.RESOURCE].empty()


# --- figures of forms -------------------------------------------------------------------------------------


def _where(row: Row, resource: str) -> Words:
    zh, en = stated.place(row["page"], row["line"])
    title = {
        EVALUATIONS: ("绩效自评表", "Self-evaluation form"),
        INDICATORS: ("绩效自评表", "Self-evaluation form"),
        MENTIONS: ("情况说明（项目）", "Narrative (projects)"),
        APPLICATIONS: ("项目申报表", "Project application"),
        FUNDING: ("项目申报表（资金来源）", "Project application (funding)"),
        COSTS: ("项目申报表（支出明细）", "Project application (cost items)"),
    }[resource]
    name = row.get("name") or row.get("indicator") or row.get("item") or ""
    if resource == MENTIONS:
        return f"{title[0]}{zh}“{name}”", f"{title[1]}, {en}: “{name}”"
    called = (f"“{name}”", f" “{name}”") if name else ("", "")
    return f"{called[0]}{title[0]}{zh}", f"{title[1]}{called[1]}" + (f", {en}" if en else "")


def _figure(
    row: Row, column: str, resource: str, unit: str = "万元", least: int = 2, at: Row | None = None
) -> Figure | None:
    """A printed figure of a form; ``least``: decimals that it is taken to be printed with if it shows fewer."""
    value = row[column]
    if value is None:
        return None
    decimals = stated.decimals_of(Decimal(wording.plain(value)))
    return Figure(
        int(value * MICRO),
        10 ** max(6 - max(decimals, least), 0),
        wording.plain(value),
        unit,
        _NAMES[column],
        _where(at or row, resource),
        row["page"],
        row["line"],
        resource,
    )


def _known(figures: Iterable[Figure | None]) -> list[Figure] | None:
    """All of them; None where one is missing."""
    found = list(figures)
    return [f for f in found if f is not None] if all(found) and found else None


@dataclass(slots=True)
class _Claim:
    """Where a comparison stands: report, rule, resource, key of the row."""

    claims: Claims
    report_id: str
    rule: str
    resource: str
    locator: str

    def open(self, reason: str, at: Figure | None = None) -> None:
        self.claims.add(
            self.report_id, self.rule, self.locator, at=at, resource=self.resource, state="insufficient", reason=reason
        )  # fmt: skip

    def nothing(self, reason: str) -> None:
        self.claims.add(
            self.report_id, self.rule, self.locator, resource=self.resource, state="not_applicable", reason=reason
        )  # fmt: skip

    def equal(
        self,
        at: Figure,
        other: Figure,
        tolerance: int | None = None,
        *,
        gap: int | None = None,
        said: Key = (),
    ) -> None:
        allowed = (at.quantum + other.quantum) // 2 if tolerance is None else tolerance
        gap = at.value - other.value if gap is None else gap
        shown = amount_text(gap, at)
        words = (f"两者应当相等，相差 {shown}", f"the two should be equal, the difference is {shown}")
        self.claims.add(
            self.report_id, self.rule, self.locator, at=at, other=other, actual=at.value, expected=other.value,
            tolerance=allowed, difference=gap, resource=self.resource,
            note=pair(at, other, words, ("", ""), said) if gap else None,
        )  # fmt: skip

    def sum(
        self,
        at: Figure,
        parts: Sequence[Figure],
        what: Words,
        tolerance: int,
        relation: str = "=",
        said: Key = (),
    ) -> None:
        """A figure against the sum of its parts; ``what``: the parts in words."""
        total = sum(part.value for part in parts)
        gap = at.value - total
        like = replace(at, quantum=min(at.quantum, *(p.quantum for p in parts)))
        shown = stated.joined(parts[: wording.MAX_PARTS]) + (" + …" if len(parts) > wording.MAX_PARTS else "")
        says = {
            "=": ("应当等于", "should equal"),
            ">=": ("不应小于", "should be at least"),
            "<=": ("不应大于", "should be at most"),
        }[relation]
        self.claims.add(
            self.report_id, self.rule, self.locator, at=at, other=parts[0], actual=at.value, expected=total,
            tolerance=tolerance, relation=relation, resource=self.resource,
            note=Note(
                f"{at.where[0]}：{at.name[0]}为 {at.shown}，{says[0]}{what[0]}合计 {amount_text(total, like)}（{shown}）；"
                f"相差 {amount_text(gap, like)}。",
                f"{at.where[1]}: {at.name[1]} is printed as {at.shown} and {says[1]} {what[1]}, {amount_text(total, like)}"
                f" ({shown}); the difference is {amount_text(gap, like)}.",
                in_data(at), in_data(like, total), said,
            ),
        )  # fmt: skip


# --- P01: inside a self-evaluation ------------------------------------------------------------------------


def _evaluation(forms: Forms, row: Row, claims: Claims) -> None:
    where = f"evaluation_no={row['evaluation_no']}"

    def claim(rule: str, resource: str = EVALUATIONS, locator: str = where) -> _Claim:
        return _Claim(claims, forms.report_id, rule, resource, locator)

    _rate(claim("P01.1"), row)
    _execution_score(claim("P01.2"), row, forms.points.get((where, "execution_points")))
    indicators = forms.of(INDICATORS, "evaluation_no", row["evaluation_no"])
    unsure = where in forms.unsure
    _weights(forms, row, indicators, unsure, claims)
    _scores(forms, row, indicators, unsure, claims)
    _total(claim("P01.5"), row, indicators, unsure)
    if row["scope"] == "overall":
        _parts_of_overall(claim("P01.6"), row)


def _rate(claim: _Claim, row: Row) -> None:
    """P01.1 rate = executed / budget, at its printed precision."""
    budget, executed = (_figure(row, c, EVALUATIONS) for c in ("budget", "executed"))
    printed = _figure(row, "execution_rate", EVALUATIONS, "%", 0)
    if printed is None:
        return claim.nothing("no rate")
    if budget is None or executed is None:
        return claim.open("missing", printed)
    if not budget.value:
        return claim.nothing("no base")
    exact = rate(executed.value, budget.value, printed.quantum)
    gap = printed.value - exact
    spread = reach(executed, budget.value, budget.quantum, exact) if gap else 0
    shown = percent(exact, printed.quantum)
    claim.claims.add(
        claim.report_id, claim.rule, claim.locator, at=printed, other=executed, actual=printed.value, expected=exact,
        tolerance=max(printed.quantum, min(spread, 2 * printed.quantum)), resource=claim.resource,
        note=Note(
            f"{printed.where[0]}：执行率印为 {printed.text}%，按执行数 ÷ 预算数应为 {shown}%（{executed.text} ÷ {budget.text}）。",
            f"{printed.where[1]}: the execution rate is printed as {printed.text} %, but executed / budget is {shown} %"
            f" ({executed.text} / {budget.text}).",
            printed.text, shown,
        ),
    )  # fmt: skip
    return None


def _execution_score(claim: _Claim, row: Row, points: Decimal | None) -> None:
    """P01.2 score = its weight x min(rate, 1), at its printed precision."""
    budget, executed = (_figure(row, c, EVALUATIONS) for c in ("budget", "executed"))
    score = _figure(row, "execution_score", EVALUATIONS, "分", 0)
    if score is None:
        return claim.nothing("no score")
    if points is None or budget is None or executed is None:
        return claim.open("missing", score)
    if not budget.value:
        return claim.nothing("no base")
    share = min(Fraction(executed.value, budget.value), Fraction(1))
    exact = rounded(share * int(points * MICRO), score.quantum)
    shown, weight = percent(exact, score.quantum), wording.plain(points)
    claim.claims.add(
        claim.report_id, claim.rule, claim.locator, at=score, other=executed, actual=score.value, expected=exact,
        tolerance=score.quantum, resource=claim.resource,
        note=Note(
            f"{score.where[0]}：预算执行得分印为 {score.text} 分，按 {weight} 分 × 执行率应为 {shown} 分"
            f"（{executed.text} ÷ {budget.text}）。",
            f"{score.where[1]}: the score for execution is printed as {score.text}, but {weight} x rate is {shown}"
            f" ({executed.text} / {budget.text}).",
            score.text, shown,
        ),
    )  # fmt: skip
    return None


def _goal(row: Row) -> tuple[Any, ...]:
    return row["goal_no"], row["goal"], row["goal_weight"]


def _groups(forms: Forms, indicators: list[Row], level: str) -> list[tuple[Decimal | None, list[Row]]]:
    """Indicators that stand together under one goal or level, with the points printed for it."""

    def points(row: Row) -> Decimal | None:
        if level == "goal":
            return row["goal_weight"]
        where = f"evaluation_no={row['evaluation_no']};seq={row['seq']}"
        return forms.points.get((where, f"{level}_points"))

    def key(row: Row) -> tuple[Any, ...]:
        if level == "goal":
            return _goal(row)
        upper = (row["level1"], row["level2"]) if level == "level2" else (row["level1"],)
        return (*_goal(row), *upper, points(row))

    grouped = ((key, list(rows)) for key, rows in groupby(indicators, key))
    return [(points(rows[0]), rows) for _, rows in grouped]


_LEVELS: dict[str, Words] = {
    "goal": ("年度绩效目标", "the goals"),
    "level1": ("一级指标", "the first levels"),
    "level2": ("二级指标", "the second levels"),
    "indicator": ("三级指标", "the indicators"),
}
_ONE = {
    "goal": "the goal",
    "level1": "the first level",
    "level2": "the second level",
    "indicator": "the indicator",
}


def _points_of(value: Decimal, row: Row, name: Words) -> Figure:
    return Figure(
        int(value * MICRO), _CENT, wording.plain(value), "分", name, _where(row, INDICATORS), row["page"], row["line"], INDICATORS
    )  # fmt: skip


def _weights(forms: Forms, row: Row, indicators: list[Row], unsure: bool, claims: Claims) -> None:
    """P01.3 the points of the execution and of each layer of the grid make 100."""
    where = f"evaluation_no={row['evaluation_no']}"
    execution = forms.points.get((where, "execution_points"))
    if execution is None:
        return _Claim(claims, forms.report_id, "P01.3", EVALUATIONS, where).open("missing")
    compared = False
    for level, words in _LEVELS.items():
        groups = (
            [(r["weight"], [r]) for r in indicators]
            if level == "indicator"
            else _groups(forms, indicators, level)
        )
        # A level of one indicator may carry its points as that indicator's.
        weights = [
            (rows[0]["weight"] if w is None and len(rows) == 1 and level != "goal" else w, rows)
            for w, rows in groups
        ]
        if not weights or any(w is None for w, _ in weights) or (unsure and level != "goal"):
            continue
        compared = True
        parts = [
            _points_of(execution, row, ("预算执行", "execution")),
            *(_points_of(w, rows[0], words) for w, rows in weights if w is not None),
        ]
        total = sum(p.value for p in parts)
        whole = Figure(
            total, _CENT, wording.plain(Decimal(total) / MICRO), "分",
            (f"预算执行与各{words[0]}分值合计", f"the points of execution and of {words[1]}"),
            _where(row, EVALUATIONS), row["page"], row["line"], EVALUATIONS,
        )  # fmt: skip
        gap = total - FULL_MARKS
        claims.add(
            forms.report_id, "P01.3", f"{where};by={level}", at=whole, actual=total, expected=FULL_MARKS, resource=EVALUATIONS,
            note=Note(
                f"{whole.where[0]}：{whole.name[0]} {whole.text} 分（{stated.joined(parts)}），应为 100 分；相差 {amount_text(gap, whole)}。",
                f"{whole.where[1]}: {whole.name[1]} make {whole.text} ({stated.joined(parts)}) and should make 100;"
                f" the difference is {wording.plain(Decimal(gap) / MICRO)}.",
                whole.text, "100", (where, total),
            ),
        )  # fmt: skip
    if not compared:
        _Claim(claims, forms.report_id, "P01.3", EVALUATIONS, where).open("missing")
    return None


def _scores(forms: Forms, row: Row, indicators: list[Row], unsure: bool, claims: Claims) -> None:
    """P01.4 a score does not exceed its points: of an indicator, a level, a goal."""
    where = f"evaluation_no={row['evaluation_no']}"
    compared = False
    for level in ("goal", "level1", "level2", "indicator"):
        groups = (
            [(r["weight"], [r]) for r in indicators]
            if level == "indicator"
            else _groups(forms, indicators, level)
        )
        for weight, rows in groups:
            parts = _known(_figure(r, "score", INDICATORS, "分", 2, r) for r in rows)
            if weight is None or parts is None or (unsure and level != "indicator"):
                continue
            compared = True
            first = rows[0]
            label = {"goal": first["goal"], "indicator": first["indicator"]}.get(
                level, first.get(level)
            ) or ""
            label = f"“{label[:40]}”" if label else ""
            whole = replace(
                _points_of(
                    weight,
                    first,
                    (f"{_LEVELS[level][0]}{label}的分值", f"the weight of {_ONE[level]} {label}".strip()),
                ),
                where=_where(row, EVALUATIONS),
            )
            _Claim(
                claims, forms.report_id, "P01.4", INDICATORS, f"{where};seq={first['seq']};by={level}"
            ).sum(
                whole,
                parts,
                ("得分", "the sum of its scores"),
                _CENT * len(parts) // 2 if len(parts) > 1 else 0,
                ">=",
                (where, whole.value - sum(p.value for p in parts)),
            )
    if not compared:
        _Claim(claims, forms.report_id, "P01.4", INDICATORS, where).open("missing")


def _total(claim: _Claim, row: Row, indicators: list[Row], unsure: bool) -> None:
    """P01.5 execution and indicators make the total."""
    total = _figure(row, "total_score", EVALUATIONS, "分", 0)
    if total is None:
        return claim.nothing("no total")
    scores = _known(_figure(r, "score", INDICATORS, "分", 0, r) for r in indicators)
    execution = _figure(row, "execution_score", EVALUATIONS, "分", 0)
    if scores is None or execution is None or unsure:
        return claim.open("missing", total)
    parts = [execution, *scores]
    # Points without decimals are exact; with some, each is rounded.
    finest = min(p.quantum for p in (total, *parts))
    tolerance = finest * (len(parts) + 1) // 2 if finest < MICRO else 0
    claim.sum(
        total,
        parts,
        ("预算执行得分与各指标得分", "the scores for execution and of the indicators"),
        tolerance,
    )
    return None


def _parts_of_overall(claim: _Claim, row: Row) -> None:
    """P01.6 basic and project expenditure make what was executed."""
    parts = _known(_figure(row, c, EVALUATIONS) for c in ("basic_total", "project_total"))
    executed = _figure(row, "executed", EVALUATIONS)
    if row["basic_total"] is None and row["project_total"] is None:
        return claim.nothing("no totals")
    if executed is None or parts is None:
        return claim.open("missing", executed)
    tolerance = (executed.quantum + sum(p.quantum for p in parts)) // 2
    claim.sum(
        executed, parts, ("基本支出总额与项目支出总额", "total basic and project expenditure"), tolerance
    )
    return None


# --- P02: a self-evaluation beside the rest of its report -------------------------------------------------


def _overall(forms: Forms, claims: Claims) -> None:
    """P02.1, P02.2 executed = expenditure total; P02.3 as the narrative states it."""
    for row in forms.overall:
        where = f"evaluation_no={row['evaluation_no']}"
        executed = _figure(row, "executed", EVALUATIONS)
        total = forms.text.cell((EXPENDITURE, None, "total", "total")) or forms.text.first(
            "expenditure.total"
        )
        # The form covers all expenditure where its basic and project totals make what it says was executed.
        both = row["basic_total"] is not None and row["project_total"] is not None
        covers = (
            both
            and executed is not None
            and abs(row["basic_total"] + row["project_total"] - row["executed"]) <= Decimal("0.02")
        )
        claim = _Claim(claims, forms.report_id, "P02.1" if covers else "P02.2", EVALUATIONS, where)
        if executed is None or total is None:
            claim.open("missing", executed)
        else:
            claim.equal(executed, total)
        for column, concept in (
            ("budget", "budget"),
            ("executed", "executed"),
            ("execution_rate", "execution_rate"),
        ):
            told = forms.text.first(f"performance.overall.{concept}")
            own = _figure(
                row,
                column,
                EVALUATIONS,
                "%" if column == "execution_rate" else "万元",
                0 if column == "execution_rate" else 2,
            )
            if told is not None:
                _told(
                    _Claim(claims, forms.report_id, "P02.3", EVALUATIONS, f"{where};column={column}"),
                    told,
                    own,
                )
        for told in forms.text.of("performance.amount"):
            if "整体" in told.subject:
                claim = _Claim(
                    claims, forms.report_id, "P02.3", EVALUATIONS, f"{where};statement_no={told.no}"
                )
                _told(claim, told, executed)


def _told(claim: _Claim, told: Stated | Figure, own: Figure | None) -> None:
    """A figure of the narrative against that of the form, each at its printed precision."""
    if own is None:
        claim.open("missing", told)
        return
    tolerance = (told.quantum + own.quantum) // 2
    gap = told.value - own.value
    if own.unit == "%" and abs(gap) <= tolerance:
        gap = 0  # two roundings of one rate
    claim.equal(told, own, tolerance, gap=gap, said=(own.where, told.value, own.value))


def _counts(forms: Forms, claims: Claims) -> None:
    """P02.4 number of project forms, P02.5 stated numbers of projects agree, P02.6 their amount."""
    stated_counts = [
        s for s in forms.text.of("performance.project_count") if (s.subject or None) in _WHOLE_COUNT
    ]
    projects = forms.projects
    if not stated_counts or not projects:
        return
    for told in stated_counts:
        _number_of_forms(forms, told, claims)
    for told in stated_counts[1:]:
        claim = _Claim(claims, forms.report_id, "P02.5", stated.RESOURCE, f"statement_no={told.no}")
        claim.equal(told, stated_counts[0], 0)
    amounts = [s for s in forms.text.of("performance.amount") if not s.subject]
    for told in amounts[:1]:
        claim = _Claim(claims, forms.report_id, "P02.6", EVALUATIONS, f"statement_no={told.no}")
        sums = [_known(_figure(p, c, EVALUATIONS) for p in projects) for c in ("executed", "budget")]
        complete = all(s.value == len(projects) * MICRO for s in stated_counts)
        known = [parts for parts in sums if parts is not None]
        if not complete or not known:
            # Which projects the amount covers is not known: the numbers of projects differ.
            claim.open("missing", told)
            continue
        nearest = min(known, key=lambda parts: abs(told.value - sum(p.value for p in parts)))
        tolerance = (told.quantum + sum(p.quantum for p in nearest)) // 2
        claim.sum(
            told,
            nearest,
            (f"各项目自评表{nearest[0].name[0]}", f"{nearest[0].name[1]} of the project forms"),
            tolerance,
        )


def _number_of_forms(forms: Forms, told: Stated, claims: Claims) -> None:
    first, number = forms.projects[0], len(forms.projects)
    where = _where(first, EVALUATIONS)
    claims.add(
        forms.report_id, "P02.4", f"statement_no={told.no}", at=told, actual=told.value, expected=number * MICRO,
        resource=EVALUATIONS,
        note=Note(
            f"{told.where[0]}：{told.name[0]}为 {told.shown}，所附项目支出绩效自评表共 {number} 张（首张为{where[0]}）；"
            f"两者应当相等，相差 {wording.plain(Decimal(told.value) / MICRO - number)}。",
            f"{told.where[1]}: {told.name[1]} is stated as {told.text}, but {number} project forms are annexed (the first:"
            f" {where[1]}); the difference is {wording.plain(Decimal(told.value) / MICRO - number)}.",
            told.text, str(number), (told.value, number), (told.where[0], told.where[1]),
        ),
    )  # fmt: skip


def _mentions(forms: Forms, claims: Claims) -> None:
    """P02.7 (P02.8 by a similar name): the narrative's figures of a project are its form's; P02.9 it has a form."""
    by_mention: dict[int, list[Row]] = defaultdict(list)
    for row in forms.rows[MENTIONS]:
        by_mention[row["mention_no"]].append(row)
    final = bool(forms.rows[EVALUATIONS])
    key, resource = ("evaluation_no", EVALUATIONS) if final else ("project_no", APPLICATIONS)
    own = {row[key]: row for row in forms.rows[resource]}
    for _, rows in sorted(by_mention.items()):
        row = rows[0]
        if forms.projects:
            _has_form(forms, row, claims)
        if row["form_no"] is None:
            continue
        linked = [own[r["form_no"]] for r in rows if r["form_no"] in own]
        columns = (
            {"budget": "budget", "executed": "executed", "execution_rate": "execution_rate"}
            if final
            else {"budget": "current_year_budget"}
        )
        sure = all(r["match"] in _ALSO_SURE for r in rows)
        rule = "P03.3" if not final else "P02.7" if sure else "P02.8"
        for column, theirs in columns.items():
            unit = "%" if column == "execution_rate" else "万元"
            told = _figure(row, column, MENTIONS, unit, 0)
            if told is None or (unit == "%" and len(linked) > 1):
                continue
            claim = _Claim(claims, forms.report_id, rule, MENTIONS, f"seq={row['seq']};column={column}")
            # The text drops zeros, but a round number is no licence for a whole 万元.
            told = replace(told, quantum=min(told.quantum, _TENTH)) if unit != "%" else told
            parts = _known(_figure(f, theirs, resource, unit, 0 if unit == "%" else 2) for f in linked)
            if parts is None:
                claim.open("missing", told)
            elif len(parts) == 1:
                _told(claim, told, parts[0])
            else:
                tolerance = (told.quantum + sum(p.quantum for p in parts)) // 2
                claim.sum(
                    told, parts, (f"各表{parts[0].name[0]}", f"{parts[0].name[1]} of its forms"), tolerance
                )


def _has_form(forms: Forms, row: Row, claims: Claims) -> None:
    where = _where(row, MENTIONS)
    at = Figure(0, 1, row["name"], "", ("", ""), where, row["page"], row["line"], MENTIONS)
    claims.add(
        forms.report_id, "P02.9", f"seq={row['seq']}", at=at, difference=int(row["form_no"] is None), resource=MENTIONS,
        note=Note(
            f"{where[0]}：所附绩效自评表中没有名称相同或相近的项目。",
            f"{where[1]}: none of the forms annexed has this or a similar name.",
            row["name"], None,
        ),
    )  # fmt: skip


# --- P03: project applications ----------------------------------------------------------------------------


def _application(forms: Forms, row: Row, claims: Claims) -> None:
    """P03.1 cost items, P03.2 funding: each makes the budget of the year."""
    where = f"project_no={row['project_no']}"
    budget = _figure(row, "current_year_budget", APPLICATIONS)
    for rule, resource, what in (
        ("P03.1", COSTS, ("支出明细", "the cost items")),
        ("P03.2", FUNDING, ("资金来源", "the sources of funding")),
    ):
        claim = _Claim(claims, forms.report_id, rule, APPLICATIONS, where)
        rows = forms.of(resource, "project_no", row["project_no"])
        # A source that is left blank gives nothing; a cost item without its amount cannot be added.
        parts = _known(
            _figure(r, "amount", resource) for r in rows if rule == "P03.1" or r["amount"] is not None
        )
        if budget is None or parts is None:
            claim.open("missing", budget)
            continue
        claim.sum(budget, parts, what, (budget.quantum + sum(p.quantum for p in parts)) // 2)


def _all_applications(forms: Forms, claims: Claims) -> None:
    """P03.4 the projects together do not exceed the project expenditure of the budget."""
    rows = forms.rows[APPLICATIONS]
    claim = _Claim(claims, forms.report_id, "P03.4", APPLICATIONS, "project_no=*")
    total = forms.text.cell((EXPENDITURE, None, "total", "project")) or forms.text.first(
        "budget.expenditure.project"
    )
    parts = _known(_figure(row, "current_year_budget", APPLICATIONS) for row in rows)
    if total is None or parts is None:
        claim.open("missing", total)
        return
    tolerance = (total.quantum + sum(p.quantum for p in parts)) // 2
    if sum(p.value for p in parts) < total.value - tolerance:
        # Not every project needs to have its form in the report.
        claim.open("not all projects", total)
        return
    claim.sum(
        total, parts, ("各项目申报表当年预算", "the budgets of the project applications"), tolerance, ">="
    )
