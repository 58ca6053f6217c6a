"""Rules P02 and P03.3: the forms of a report beside its narrative and tables.

Not for the arithmetic inside a form (``evaluations``, ``applications``).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from decimal import Decimal

from pipelines.extract.result import MICRO
from pipelines.quality import tokens, wording
from pipelines.quality.claims import Claims, Note
from pipelines.quality.counterparts import EXPENDITURE
from pipelines.quality.performance.model import (
    APPLICATIONS,
    EVALUATIONS,
    MENTIONS,
    FormClaim,
    Forms,
    Row,
    all_known,
    figure_of,
    where_of,
)
from pipelines.quality.stated import Figure, Stated

_TENTH = 100_000
_ALSO_SURE = ("exact", "contained")
_WHOLE_COUNT = (None, "", "一级项目")
"""Subjects of a stated number of projects that mean all of them."""


def overall_rules(forms: Forms, claims: Claims) -> None:
    """P02.1, P02.2 executed = expenditure total; P02.3 as the narrative states it."""
    for row in forms.overall:
        where = f"evaluation_no={row['evaluation_no']}"
        executed = figure_of(row, "executed", EVALUATIONS)
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
        claim = FormClaim(claims, forms.report_id, "P02.1" if covers else "P02.2", EVALUATIONS, where)
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
            own = figure_of(
                row,
                column,
                EVALUATIONS,
                "%" if column == "execution_rate" else "万元",
                0 if column == "execution_rate" else 2,
            )
            if told is not None:
                _told(
                    FormClaim(claims, forms.report_id, "P02.3", EVALUATIONS, f"{where};column={column}"),
                    told,
                    own,
                )
        for told in forms.text.of("performance.amount"):
            if "整体" in told.subject:
                claim = FormClaim(
                    claims, forms.report_id, "P02.3", EVALUATIONS, f"{where};statement_no={told.no}"
                )
                _told(claim, told, executed)


def _told(claim: FormClaim, told: Stated | Figure, own: Figure | None) -> None:
    """A figure of the narrative against that of the form, each at its printed precision."""
    if own is None:
        claim.open("missing", told)
        return
    tolerance = (told.quantum + own.quantum) // 2
    gap = told.value - own.value
    if own.unit == "%" and abs(gap) <= tolerance:
        gap = 0  # two roundings of one rate
    claim.equal(told, own, tolerance, gap=gap, said=(own.where, told.value, own.value))


def project_counts(forms: Forms, claims: Claims) -> None:
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
        claim = FormClaim(claims, forms.report_id, "P02.5", tokens.RESOURCE, f"statement_no={told.no}")
        claim.equal(told, stated_counts[0], 0)
    amounts = [s for s in forms.text.of("performance.amount") if not s.subject]
    for told in amounts[:1]:
        claim = FormClaim(claims, forms.report_id, "P02.6", EVALUATIONS, f"statement_no={told.no}")
        sums = [all_known(figure_of(p, c, EVALUATIONS) for p in projects) for c in ("executed", "budget")]
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
    where = where_of(first, EVALUATIONS)
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


def mention_rules(forms: Forms, claims: Claims) -> None:
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
            told = figure_of(row, column, MENTIONS, unit, 0)
            if told is None or (unit == "%" and len(linked) > 1):
                continue
            claim = FormClaim(claims, forms.report_id, rule, MENTIONS, f"seq={row['seq']};column={column}")
            # The text drops zeros, but a round number is no licence for a whole 万元.
            told = replace(told, quantum=min(told.quantum, _TENTH)) if unit != "%" else told
            parts = all_known(figure_of(f, theirs, resource, unit, 0 if unit == "%" else 2) for f in linked)
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
    where = where_of(row, MENTIONS)
    at = Figure(0, 1, row["name"], "", ("", ""), where, row["page"], row["line"], MENTIONS, source_no=row["source_no"])
    claims.add(
        forms.report_id, "P02.9", f"seq={row['seq']}", at=at, difference=int(row["form_no"] is None), resource=MENTIONS,
        note=Note(
            f"{where[0]}：所附绩效自评表中没有名称相同或相近的项目。",
            f"{where[1]}: none of the forms annexed has this or a similar name.",
            row["name"], None,
        ),
    )  # fmt: skip
