"""Rules P03: the arithmetic of the project applications of a budget.

Not for what its narrative says of the projects (``beside``).
"""

from __future__ import annotations

from pipelines.quality.claims import Claims
from pipelines.quality.counterparts import EXPENDITURE
from pipelines.quality.performance.model import (
    APPLICATIONS,
    COSTS,
    FUNDING,
    FormClaim,
    Forms,
    Row,
    all_known,
    figure_of,
)


def application_rules(forms: Forms, row: Row, claims: Claims) -> None:
    """P03.1 cost items, P03.2 funding: each makes the budget of the year."""
    where = f"project_no={row['project_no']}"
    budget = figure_of(row, "current_year_budget", APPLICATIONS)
    for rule, resource, what in (
        ("P03.1", COSTS, ("支出明细", "the cost items")),
        ("P03.2", FUNDING, ("资金来源", "the sources of funding")),
    ):
        claim = FormClaim(claims, forms.report_id, rule, APPLICATIONS, where)
        rows = forms.of(resource, "project_no", row["project_no"])
        # A source that is left blank gives nothing; a cost item without its amount cannot be added.
        parts = all_known(
            figure_of(r, "amount", resource) for r in rows if rule == "P03.1" or r["amount"] is not None
        )
        if budget is None or parts is None:
            claim.open("missing", budget)
            continue
        claim.sum(budget, parts, what, (budget.quantum + sum(p.quantum for p in parts)) // 2)


def all_applications(forms: Forms, claims: Claims) -> None:
    """P03.4 the projects together do not exceed the project expenditure of the budget."""
    rows = forms.rows[APPLICATIONS]
    claim = FormClaim(claims, forms.report_id, "P03.4", APPLICATIONS, "project_no=*")
    total = forms.text.cell((EXPENDITURE, None, "total", "project")) or forms.text.first(
        "budget.expenditure.project"
    )
    parts = all_known(figure_of(row, "current_year_budget", APPLICATIONS) for row in rows)
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
