"""Rules D: what a final account must disclose, and the 53 items of the official checklist that say so.

Rule ``Dnn`` is item nn of 部门决算公开工作情况自查表. Items of the national template are held against every final
account; the others only against reports of Wuhan or those that print the form. A verdict is given only on what
was read: a part that was not found may be one that we cannot read, so it fails nothing. The department's own
answer, where it is printed, is compared with the verdict (D90). Nothing here is a verdict of its own making: the
counts become comparisons, and Great Expectations judges them.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from pipelines import schema
from pipelines.quality.claims import Claims, Note
from pipelines.quality.disclosure.frame import Disclosed, rows_by_report
from pipelines.quality.disclosure.items import (
    ASKS_FOR_FAULTS,
    ITEM_RULES,
    ITEMS,
    LABELS,
    LOCAL,
    NATIONAL,
    RULES,
    WUHAN,
)
from pipelines.quality.disclosure.model import OPEN, ItemResult, Report
from pipelines.quality.disclosure.text import text_detail
from pipelines.quality.files import told_apart
from pipelines.quality.gate import described
from pipelines.quality.stated import concepts, in_narrative

log = logging.getLogger(__name__)


def reconcile(
    frames: Mapping[str, pl.DataFrame], readings: pl.DataFrame, notices: pl.DataFrame, found: pl.DataFrame
) -> Disclosed:
    """Every comparison of the family D, and the verdicts behind it."""
    disclosed = Disclosed()
    if "statements" not in frames:
        return disclosed
    withheld = set(notices.filter(pl.col("code") == "E08").get_column("report_id"))
    for report in _reports(told_apart(frames), readings, notices, found):
        own = Disclosed()
        try:
            _disclose(report, own, report.report_id in withheld)
        except MemoryError:
            raise
        except (Exception, pl.exceptions.PanicException) as error:
            log.warning("the rules D broke on %s: %s", report.report_id, described(error))
            log.debug("where they broke", exc_info=error)
            own = Disclosed()
            for rule_id in RULES:
                own.claims.add(report.report_id, rule_id, "report", state="error")
        disclosed.claims.rows += own.claims.rows
        disclosed.claims.notes |= own.claims.notes
        disclosed.verdicts |= own.verdicts
        disclosed.bound |= own.bound
    return disclosed


def _disclose(report: Report, disclosed: Disclosed, withheld: bool) -> None:
    """The comparisons and verdicts of one report."""
    form = bool(report.declared)
    local = form or report.report_id.startswith(WUHAN)
    if local:
        disclosed.bound.add(report.report_id)
    for item, judge in ITEM_RULES.items():
        if local or item in NATIONAL:
            disclosed.verdicts[report.report_id, item] = _sure(judge(report), withheld)
    for item in (*NATIONAL, *(LOCAL if local else ())):
        _claim(disclosed.claims, report, item, disclosed.verdicts[report.report_id, item])
    _claim(disclosed.claims, report, 91, _sure(text_detail(report), withheld))
    if form:
        _answers(disclosed, report)


def _sure(judged: ItemResult, withheld: bool) -> ItemResult:
    """Nothing is missing from a report of which a part could not be read (E08)."""
    return OPEN if withheld and judged.verdict == "fail" else judged


def _claim(claims: Claims, report: Report, item: int, judged: ItemResult) -> None:
    """A rule on a report: what it lacks, counted."""
    answer = report.declared.get(item)
    own = (
        (f"自查表第{item}项自答“是”。", f" The department's own answer to item {item} is yes.")
        if answer == "yes"
        else ("", "")
    )
    where = in_narrative(judged.section, judged.page, judged.line, judged.source_no) if judged.section else ("", "")
    if judged.page is None and judged.line is None:
        where = ("", "")
    head = (f"{where[0]}：" if where[0] else "", f"{where[1]}: " if where[1] else "")
    claims.add(
        report.report_id, f"D{item:02d}", f"item_no={item}" if item <= ITEMS else "section=general_budget",
        difference=judged.count, state="insufficient" if judged.verdict == "not_checkable" else "compared",
        reason="missing" if judged.verdict == "not_checkable" else None,
        resource="disclosure_checklist" if item <= ITEMS else "statements",
        note=Note(f"{head[0]}{judged.zh}{own[0]}", f"{head[1]}{judged.en}{own[1]}"),
    )  # fmt: skip
    if judged.line is not None or judged.page is not None:
        claims.rows[-1] |= {"source_no": judged.source_no, "page": judged.page, "line": judged.line}


def _answers(disclosed: Disclosed, report: Report) -> None:
    """D90: the department's answers, one comparison for each item that was judged."""
    places = {row["item_no"]: row for row in report.rows["disclosure_checklist"]}
    for item, answer in report.declared.items():
        judged = disclosed.verdicts.get((report.report_id, item), OPEN)
        if judged.verdict == "not_checkable" or (item in (*NATIONAL, *LOCAL) and answer == "yes"):
            # An item with a rule of its own says there what was answered.
            continue
        good = judged.verdict == "pass"
        wrong = (
            (good if answer == "yes" else not good) if item == ASKS_FOR_FAULTS else good != (answer == "yes")
        )
        if item == ASKS_FOR_FAULTS and good:
            # That no error was found does not prove that there is none.
            continue
        zh, en = LABELS[item]
        word = ("是", "yes") if answer == "yes" else ("否", "no")
        what = (
            (judged.zh, judged.en)
            if judged.zh
            else ("核查所见与此不符，报告中有该内容。", "The report has it.")
        )
        claims, row = disclosed.claims, places[item]
        line = f"第{row['line']}行" if row["line"] else ""
        claims.add(
            report.report_id, "D90", f"item_no={item}", difference=int(wrong), resource="disclosure_checklist",
            note=Note(
                f"自查表{line}第{item}项（{zh}）自答“{word[0]}”：{what[0]}",
                f"Checklist item {item} ({en}) is answered {word[1]}: {what[1]}",
            ),
        )  # fmt: skip
        claims.rows[-1] |= {"source_no": row["source_no"], "page": row["page"], "line": row["line"]}


def _reports(
    frames: Mapping[str, pl.DataFrame], readings: pl.DataFrame, notices: pl.DataFrame, found: pl.DataFrame
) -> Iterable[Report]:
    """Every final account with what its items are judged by."""
    names = (*schema.tables(), "duties", "institutions", "key_tasks", "glossary", "disclosure_checklist")
    finals = frames["reports"].filter(pl.col("kind") == "final").get_column("report_id").sort().to_list()
    rows = {name: rows_by_report(frames.get(name), finals) for name in names}
    stated = rows_by_report(frames["statements"], finals)
    read = rows_by_report(readings, finals)
    said = rows_by_report(found.select("report_id", "rule_id", "severity"), finals)
    noticed = rows_by_report(notices.select("report_id", "code"), finals)
    for report_id in finals:
        by_concept: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in stated[report_id]:
            if row["concept"] in concepts():
                by_concept[row["concept"]].append(row)
        errors = [r for r in said[report_id] if r["severity"] == "error" and r["rule_id"][0] in "TXN"]
        checklist_rows = rows["disclosure_checklist"][report_id]
        yield Report(
            report_id,
            {r["resource"]: r["status"] for r in read[report_id]},
            {r["resource"]: r["title"] for r in read[report_id]},
            by_concept,
            {name: rows[name][report_id] for name in names},
            {r["rule_id"] for r in said[report_id]} | {r["code"] for r in noticed[report_id]},
            len(errors),
            {r["item_no"]: r["declared"] for r in checklist_rows if r["declared"]},
        )
