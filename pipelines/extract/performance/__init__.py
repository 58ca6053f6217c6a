"""Performance forms: self-evaluations (绩效自评表) of final accounts and project applications (项目申报表) of budgets.

``read_performance`` gives the frames of one report, the points that its forms print and what the reading noticed. Plain text is cut into
cells by ``rows``, ruled PDF tables are read by ``ruled``. Not for judging scores or sums (``quality``), and never
for the names, phone numbers and free explanations that the forms print.
"""

from __future__ import annotations

import operator
from collections.abc import Hashable
from decimal import Decimal
from itertools import groupby
from typing import Any

import polars as pl

from pipelines import schema
from pipelines.documents.model import Document
from pipelines.documents.normalise import squeeze
from pipelines.extract.attempt import attempt, fitting, withheld_notice
from pipelines.extract.performance import mentions, told
from pipelines.extract.performance.applications import read_applications
from pipelines.extract.performance.forms import read_forms
from pipelines.extract.performance.model import (
    RATIO,
    REPEATED,
    UNIT,
    UNSPLIT,
    Application,
    Indicator,
    Place,
    SelfEvaluation,
)
from pipelines.extract.performance.ruled import read_ruled_forms
from pipelines.extract.performance.ruled_applications import read_ruled_applications
from pipelines.extract.performance.stream import read_stream
from pipelines.extract.result import Notice, NumberUse

MENTIONS = mentions.RESOURCE
RESOURCES = (
    "evaluations",
    "indicators",
    "project_applications",
    "project_funding",
    "project_cost_items",
    "project_targets",
    "project_history",
    MENTIONS,
)

Record = dict[str, Any]


def read_performance(
    document: Document,
    identity_report_id: str,
    institution: str,
    kind: str,
    statements: pl.DataFrame | None = None,
    narrative: Document | None = None,
) -> tuple[dict[str, pl.DataFrame], list[NumberUse], list[Notice]]:
    """Frames of :data:`RESOURCES` for one report (always all of them), the points of labels, and notices.

    Points that stand with a label and not with an indicator (预算执行情况（20分）, 产出指标（40分）) have no column: they
    are given in the account of numbers, role ``label``, column ``execution_points``, ``level1_points`` or
    ``level2_points``, with the form (and the indicator) in the locator.
    """
    # ``statements``: those of the same report, for the projects that a budget's narrative names; ``narrative``: the
    # file with the text, where that is another one.
    return attempt(
        lambda: _read(document, narrative or document, identity_report_id, institution, kind, statements), _withheld
    )


def _withheld(error: BaseException) -> tuple[dict[str, pl.DataFrame], list[NumberUse], list[Notice]]:
    frames = {name: schema.resources()[name].empty() for name in RESOURCES}
    return frames, [], [withheld_notice(name, error) for name in RESOURCES]


def _read(
    document: Document, narrative: Document, report_id: str, institution: str, kind: str, statements: pl.DataFrame | None
) -> tuple[dict[str, pl.DataFrame], list[NumberUse], list[Notice]]:
    forms: list[SelfEvaluation] = []
    applications: list[Application] = []
    if not document.has_grids:
        stream = read_stream(document)
        forms = read_forms(stream) if kind == "final" else []
        applications = read_applications(stream) if kind == "budget" else []
    elif kind == "final":
        forms = read_ruled_forms(document)
    else:
        applications = read_ruled_applications(document)
    notices: list[Notice] = []
    uses: list[NumberUse] = []
    records: dict[str, list[Record]] = {name: [] for name in RESOURCES}
    distinct = _distinct(forms, notices)
    rows, results = _mentions(narrative, report_id, institution, kind, statements, distinct, applications)
    records["project_mentions"] = rows
    uses += results
    for number, form in enumerate(distinct, start=1):
        _add_form(records, notices, number, form, institution)
        uses += _points(form, number)
    for number, application in enumerate(applications, start=1):
        _add_application(records, notices, number, application)
    frames = {name: _frame(name, report_id, rows, notices) for name, rows in records.items()}
    return frames, uses, notices


def _points(form: SelfEvaluation, number: int) -> list[NumberUse]:
    """Points that are printed with labels, for the rules on weights."""
    where = f"evaluation_no={number}"
    found: list[tuple[Decimal | None, Place | None, str, str]] = [
        (form.figures.points, form.figures.place, where, "execution_points")
    ]
    for seq, indicator in enumerate(form.indicators, start=1):
        for column, points in (
            ("level1_points", indicator.level1_points),
            ("level2_points", indicator.level2_points),
        ):
            found.append((points, indicator.place, f"{where};seq={seq}", column))
    return [
        NumberUse(f"{points:f}", *(place or form.place), "evaluations", "label", locator, column)
        for points, place, locator, column in found
        if points is not None
    ]


def _mentions(
    document: Document,
    report_id: str,
    institution: str,
    kind: str,
    statements: pl.DataFrame | None,
    forms: list[SelfEvaluation],
    applications: list[Application],
) -> tuple[list[Record], list[NumberUse]]:
    """The projects that the narrative names, with their forms, and what it tells of the forms' results.

    In a budget only projects that have a form.
    """
    if kind == "final":
        text, place_of = mentions.running_text(document)
        found = mentions.read_mentions(text, place_of)
        projects = {n: f for n, f in enumerate(forms, 1) if f.scope == "project" and f.name}
        mentions.link(found, [(n, f.name or "") for n, f in projects.items()])
        own = [
            mentions.Funded(n, (f.figures.budget, f.figures.executed), _offices(f.responsible_department, f.executing_unit))
            for n, f in projects.items()
        ]
        mentions.link_by_amount(found, own, institution)
        uses = told.read_told(found, forms, int(report_id.split("-")[1]))
        return mentions.records(found), uses + told.read_summaries(text, place_of, dict(enumerate(forms, 1)))
    if statements is None or not applications:
        return [], []
    found = mentions.budget_mentions(statements)
    mentions.link(found, [(n, a.name) for n, a in enumerate(applications, 1) if a.name])
    return mentions.records([m for m in found if m.forms]), []


def _offices(*printed: str | None) -> tuple[str, ...]:
    return tuple(squeeze(name) for name in printed if name)


def _frame(resource: str, report_id: str, records: list[Record], notices: list[Notice]) -> pl.DataFrame:
    declared = schema.resources()[resource]
    rows = [{"report_id": report_id, "source_no": 1, **record} for record in fitting(declared, records, notices)]
    return declared.conform(pl.DataFrame(rows, schema=declared.polars_schema(), orient="row"))


# --- self-evaluations ---------------------------------------------------------------------------------------


def _distinct(forms: list[SelfEvaluation], notices: list[Notice]) -> list[SelfEvaluation]:
    """Forms without their second printing (part 3 and annex): of two printings the one that was read better."""
    kept: list[SelfEvaluation] = []
    places: dict[Hashable, int] = {}
    for form in forms:
        twin = min((places[key] for key in _marks(form) if key in places), default=None)
        for key in _marks(form):
            places.setdefault(key, len(kept) if twin is None else twin)
        if twin is None:
            kept.append(form)
            continue
        other = kept[twin]
        if _flaws(form) < _flaws(other):
            # The place of the first printing stays the form's number; its rows are read from the second.
            kept[twin] = form
        if not _flaws(form) and not _flaws(other) and _gist(form) != _gist(other):
            notices.append(
                Notice(
                    REPEATED,
                    "evaluations",
                    f"evaluation_no={twin + 1}",
                    f"“{form.name or '整体'}”自评表印了两次，两次内容不同，发布第一次的内容。",
                    "The form is printed twice and the two printings differ; the first is published.",
                    None,
                    *form.place,
                )  # fmt: skip
            )
    return kept


def _marks(form: SelfEvaluation) -> list[Hashable]:
    """What two printings of one form have in common, at least one of these."""
    marks: list[Hashable] = [(form.scope, form.name, form.figures.budget, form.figures.executed)]
    return [*marks, (form.name, form.total_score)] if form.scope == "overall" else marks


def _flaws(form: SelfEvaluation) -> int:
    return sum(not i.sure for i in form.indicators) + len(form.leftovers) + (form.figures.budget is None)


def _gist(form: SelfEvaluation) -> list[tuple[str, str | None, str | None, Decimal | None]]:
    return [(i.name, i.target, i.actual, i.score) for i in form.indicators]


def _add_form(
    records: dict[str, list[Record]], notices: list[Notice], number: int, form: SelfEvaluation, institution: str
) -> None:
    page, line = form.place
    figures = form.figures
    basic, project = _totals(form, number, notices)
    records["evaluations"].append(
        {
            "evaluation_no": number, "scope": form.scope,
            "name": institution if form.scope == "overall" or not form.name else form.name,
            "responsible_department": form.responsible_department, "executing_unit": form.executing_unit,
            "reported_on": form.reported_on, "basic_total": basic, "project_total": project,
            "category": form.category, "attribute": form.attribute, "type": form.type,
            "budget": figures.budget, "executed": figures.executed, "execution_rate": figures.rate,
            "execution_score": figures.score, "total_score": form.total_score, "page": page, "line": line,
        }
    )  # fmt: skip
    where = f"evaluation_no={number}"
    if figures.is_ratio and figures.place:
        notices.append(
            Notice(
                RATIO,
                "evaluations",
                where,
                f"执行率印为比值 {figures.printed_rate}，按 {_plain(figures.rate)}% 收录。",
                f"The execution rate is printed as a ratio ({figures.printed_rate}); stored as {_plain(figures.rate)} %.",
                figures.printed_rate,
                *figures.place,
            )  # fmt: skip
        )
    if figures.budget is None and figures.executed is None:
        notices.append(
            Notice(
                UNSPLIT,
                "evaluations",
                where,
                "预算执行情况一行的数字与栏目无法对应，未收录。",
                "The figures of the execution line cannot be told apart; they are left out.",
                None,
                *(figures.place or form.place),
            )  # fmt: skip
        )
    _weigh(form.indicators)
    for seq, indicator in enumerate(form.indicators, start=1):
        records["indicators"].append(_indicator(indicator, number, seq))
        if not indicator.sure:
            notices.append(_unsplit("indicators", f"{where};seq={seq}", indicator.place))
    for _, place in form.leftovers:
        notices.append(_leftover("indicators", where, place))


def _weigh(indicators: list[Indicator]) -> None:
    """Points printed with a level are those of its indicator where the level holds that one alone."""
    if not all(indicator.sure for indicator in indicators):
        return  # a row that was not cut may be two
    for points, levels in (("level2_points", ("level1", "level2")), ("level1_points", ("level1",))):
        alike = operator.attrgetter("goal_no", "goal", *levels)
        for _, group in groupby(indicators, alike):
            rows = list(group)
            if len(rows) == 1 and rows[0].weight is None:
                rows[0].weight = getattr(rows[0], points)


def _totals(form: SelfEvaluation, number: int, notices: list[Notice]) -> tuple[Decimal | None, Decimal | None]:
    """基本支出总额 and 项目支出总额 in 万元.

    The form prints no unit beside them and 万元 beside the execution. Where their sum says in 元, to the last
    digit printed, what the form itself says it spent in 万元, they are in 元: they are converted, with a notice.
    """
    basic, project = form.basic_total, form.project_total
    spent = [v for v in (form.figures.executed, form.figures.budget) if v]
    if basic is None or project is None or not spent:
        return basic, project
    in_wan = (basic + project) / 10_000
    if not any(abs(in_wan - v) <= Decimal("0.01") for v in spent):
        return basic, project
    notices.append(
        Notice(
            UNIT,
            "evaluations",
            f"evaluation_no={number}",
            "基本支出总额、项目支出总额未标单位，其合计按元计与本表执行数（万元）一致，按元换算。",
            "The totals of basic and project expenditure name no unit; in 元 their sum is the amount that the form"
            " itself gives in 万元, so they are converted from 元.",
            f"{basic} + {project}",
            *form.place,
        )  # fmt: skip
    )
    return basic / 10_000, project / 10_000


def _indicator(indicator: Indicator, number: int, seq: int) -> Record:
    page, line = indicator.place
    return {
        "evaluation_no": number, "seq": seq, "goal_no": indicator.goal_no, "goal": indicator.goal,
        "goal_weight": indicator.goal_weight, "level1": indicator.level1, "level2": indicator.level2,
        "indicator": indicator.name, "weight": indicator.weight, "target": indicator.target,
        "actual": indicator.actual, "score": indicator.score, "page": page, "line": line,
    }  # fmt: skip


# --- project applications -----------------------------------------------------------------------------------


def _add_application(
    records: dict[str, list[Record]], notices: list[Notice], number: int, form: Application
) -> None:
    page, line = form.place
    records["project_applications"].append(
        {
            "project_no": number, "project_code": form.code, "name": form.name,
            "responsible_department": form.responsible_department, "executing_unit": form.executing_unit,
            "total_budget": form.total_budget, "current_year_budget": form.current_year_budget,
            "page": page, "line": line,
        }
    )  # fmt: skip
    where = f"project_no={number}"
    for source, amount, (page, line) in form.funding:
        records["project_funding"].append(
            {"project_no": number, "source": source, "amount": amount, "page": page, "line": line}
        )
    for seq, (item, amount, (page, line)) in enumerate(form.cost_items, start=1):
        records["project_cost_items"].append(
            {"project_no": number, "seq": seq, "item": item, "amount": amount, "page": page, "line": line}
        )
    for year, basis, amount, (page, line) in form.history:
        records["project_history"].append(
            {
                "project_no": number,
                "fiscal_year": year,
                "basis": basis,
                "amount": amount,
                "page": page,
                "line": line,
            }
        )
    for seq, target in enumerate(form.targets, start=1):
        page, line = target.place
        records["project_targets"].append(
            {
                "project_no": number, "seq": seq, "level1": target.level1, "level2": target.level2,
                "indicator": target.indicator, "content": target.content, "target": target.target,
                "page": page, "line": line,
            }
        )  # fmt: skip
        if not target.sure:
            notices.append(_unsplit("project_targets", f"{where};seq={seq}", target.place))
    for _, place in form.leftovers:
        notices.append(_leftover("project_applications", where, place))


def _unsplit(resource: str, locator: str, place: tuple[int | None, int]) -> Notice:
    return Notice(
        UNSPLIT, resource, locator, "该行的单元格无法分清，整行文字列入指标名称一栏。",
        "The cells of this row cannot be told apart; its text stays together in `indicator`.", None, *place,
    )  # fmt: skip


def _leftover(resource: str, locator: str, place: tuple[int | None, int]) -> Notice:
    return Notice(
        UNSPLIT, resource, locator, "表中有文字不属于任何单元格，未收录。",
        "Text of the form belongs to no cell and is left out.", None, *place,
    )  # fmt: skip


def _plain(value: Decimal | None) -> str:
    return f"{value.normalize():f}" if value is not None else ""


__all__ = ["MENTIONS", "RESOURCES", "read_performance"]
