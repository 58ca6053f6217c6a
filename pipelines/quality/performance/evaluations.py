"""Rules P01: the arithmetic inside one self-evaluation (rate, points, scores, totals).

Not for what the rest of the report says of it (``beside``).
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from itertools import groupby
from typing import Any

from pipelines.extract.result import MICRO
from pipelines.quality import stated, wording
from pipelines.quality.claims import Claims, Note, amount_text, percent, rate, reach, rounded
from pipelines.quality.performance.model import (
    EVALUATIONS,
    INDICATORS,
    FormClaim,
    Forms,
    Row,
    all_known,
    figure_of,
    where_of,
)
from pipelines.quality.stated import Figure, Words

FULL_MARKS = 100 * MICRO
_CENT = 10_000
"""0.01 of a unit: what amounts and points are printed to where their zeros are dropped."""


def evaluation_rules(forms: Forms, row: Row, claims: Claims) -> None:
    where = f"evaluation_no={row['evaluation_no']}"

    def claim(rule: str, resource: str = EVALUATIONS, locator: str = where) -> FormClaim:
        return FormClaim(claims, forms.report_id, rule, resource, locator)

    _rate(claim("P01.1"), row)
    _execution_score(claim("P01.2"), row, forms.points.get((where, "execution_points")))
    indicators = forms.of(INDICATORS, "evaluation_no", row["evaluation_no"])
    unsure = where in forms.unsure
    _weights(forms, row, indicators, unsure, claims)
    _scores(forms, row, indicators, unsure, claims)
    _total(claim("P01.5"), row, indicators, unsure)
    if row["scope"] == "overall":
        _parts_of_overall(claim("P01.6"), row)


def _rate(claim: FormClaim, row: Row) -> None:
    """P01.1 rate = executed / budget, at its printed precision."""
    budget, executed = (figure_of(row, c, EVALUATIONS) for c in ("budget", "executed"))
    printed = figure_of(row, "execution_rate", EVALUATIONS, "%", 0)
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


def _execution_score(claim: FormClaim, row: Row, points: Decimal | None) -> None:
    """P01.2 score = its weight x min(rate, 1), at its printed precision."""
    budget, executed = (figure_of(row, c, EVALUATIONS) for c in ("budget", "executed"))
    score = figure_of(row, "execution_score", EVALUATIONS, "分", 0)
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
        int(value * MICRO), _CENT, wording.plain(value), "分", name, where_of(row, INDICATORS), row["page"], row["line"], INDICATORS,
        source_no=row["source_no"],
    )  # fmt: skip


def _weights(forms: Forms, row: Row, indicators: list[Row], unsure: bool, claims: Claims) -> None:
    """P01.3 the points of the execution and of each layer of the grid make 100."""
    where = f"evaluation_no={row['evaluation_no']}"
    execution = forms.points.get((where, "execution_points"))
    if execution is None:
        return FormClaim(claims, forms.report_id, "P01.3", EVALUATIONS, where).open("missing")
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
            where_of(row, EVALUATIONS), row["page"], row["line"], EVALUATIONS, source_no=row["source_no"],
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
        FormClaim(claims, forms.report_id, "P01.3", EVALUATIONS, where).open("missing")
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
            parts = all_known(figure_of(r, "score", INDICATORS, "分", 2, r) for r in rows)
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
                where=where_of(row, EVALUATIONS),
            )
            FormClaim(
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
        FormClaim(claims, forms.report_id, "P01.4", INDICATORS, where).open("missing")


def _total(claim: FormClaim, row: Row, indicators: list[Row], unsure: bool) -> None:
    """P01.5 execution and indicators make the total."""
    total = figure_of(row, "total_score", EVALUATIONS, "分", 0)
    if total is None:
        return claim.nothing("no total")
    scores = all_known(figure_of(r, "score", INDICATORS, "分", 0, r) for r in indicators)
    execution = figure_of(row, "execution_score", EVALUATIONS, "分", 0)
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


def _parts_of_overall(claim: FormClaim, row: Row) -> None:
    """P01.6 basic and project expenditure make what was executed."""
    parts = all_known(figure_of(row, c, EVALUATIONS) for c in ("basic_total", "project_total"))
    executed = figure_of(row, "executed", EVALUATIONS)
    if row["basic_total"] is None and row["project_total"] is None:
        return claim.nothing("no totals")
    if executed is None or parts is None:
        return claim.open("missing", executed)
    tolerance = (executed.quantum + sum(p.quantum for p in parts)) // 2
    claim.sum(
        executed, parts, ("基本支出总额与项目支出总额", "total basic and project expenditure"), tolerance
    )
    return None
