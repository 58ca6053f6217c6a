"""From verdicts to findings: one row per statement about a report, as the declaration ``findings`` wants it.

A finding exists because an expectation named a row; this room only says it in words, takes together what says
the same of the same figures, and gives it an identifier.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from decimal import Decimal
from typing import Any

import polars as pl

from pipelines import schema
from pipelines.extract.result import MICRO, Notice
from pipelines.quality import wording
from pipelines.quality.catalogue import SEVERITIES, rules
from pipelines.quality.claims import Key, Note
from pipelines.quality.completeness import GAP_RULES
from pipelines.quality.suites import Verdict
from pipelines.quality.terms import KEY

Finding = dict[str, Any]
_OF_TABLES = ("T", "X")
_COUNTED = {*GAP_RULES.values(), "T10.1", "T10.2", "T10.3", "N05.1", "N06.1", "N06.2", "P02.9"}
"""Rules whose difference is no amount: a number of places, a year, a unit."""


def failures(verdicts: Iterable[Verdict], frame: str) -> dict[int, tuple[str, str]]:
    """Rows of a frame that are not as they must be: row → (rule, worst severity)."""
    worst: dict[int, tuple[str, str]] = {}
    for verdict in verdicts:
        if verdict.frame != frame or verdict.expectation.on_failure != "finding":
            continue
        for row in verdict.rows:
            severity = verdict.expectation.severity
            known = worst.get(row)
            if known is None or SEVERITIES.index(severity) < SEVERITIES.index(known[1]):  # type: ignore[arg-type]
                worst[row] = (verdict.expectation.rule_id, severity)
    return worst


def _finding(**values: Any) -> Finding:
    blank = dict.fromkeys(schema.resources()["findings"].names)
    # What names no place is about the report that its first file opens.
    return {**blank, "source_no": 1, **values}


_LARGEST = 10**18
"""What DECIMAL(18,6) does not hold, in micro-units: a quotient by next to nothing can come to it."""


def _amount(value: int | None) -> Decimal | None:
    return Decimal(value) / MICRO if value is not None and abs(value) < _LARGEST else None


# --- comparisons ------------------------------------------------------------------------------------------


def _codes(row: Mapping[str, Any]) -> str | None:
    """The code of the row a comparison stands at, if it has one."""
    for part in row["locator"].split(";"):
        name, _, value = part.partition("=")
        if name in ("function_code", "economic_code", "item_code"):
            return str(value)
    return None


def _related(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Two places of a table on one line of descent, where the same figure can only say the same thing."""
    a, b = _codes(one), _codes(other)
    if a is None or b is None:
        return False
    if a == b:
        return True
    short, long = sorted((a, b), key=len) if a.isdigit() and b.isdigit() else (a, b)
    return long.startswith(short) or "total" in (a, b)


def _same_statements(rows: Iterable[Mapping[str, Any]]) -> list[list[Mapping[str, Any]]]:
    """Groups of comparisons that say the same thing of the same figures, the one to keep first."""
    alike: dict[tuple[Any, ...], list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        root = rules()[row["rule_id"]].same_as or row["rule_id"]
        alike[
            row["report_id"], root, row["resource"], row["other_resource"], row["actual"], row["expected"]
        ].append(row)
    groups = []
    for (_, root, *_), members in alike.items():
        # The most specific row speaks for its ancestors, the rule itself for the rules that repeat it.
        ordered = sorted(
            members, key=lambda r: (r["rule_id"] != root, -len(_digits(r)), _column_rank(r), r["row"])
        )
        while ordered:
            first, *rest = ordered
            groups.append([first, *(row for row in rest if _related(first, row))])
            ordered = [row for row in rest if not _related(first, row)]
    return groups


def _digits(row: Mapping[str, Any]) -> str:
    code = _codes(row) or ""
    return code if code.isdigit() else ""


def _column_rank(row: Mapping[str, Any]) -> int:
    """Columns in the order of the declaration: a total comes before its parts."""
    column = row["locator"].rpartition("column=")[2]
    names = schema.tables()[row["resource"]].names
    return names.index(column) if column in names else len(names)


def merged_locator(locators: list[str]) -> str:
    """``a=1;column=x`` and ``a=1;column=y`` → ``a=1;column=x|y``."""
    values: dict[str, list[str]] = {}
    for locator in locators:
        for part in locator.split(";"):
            name, _, value = part.partition("=")
            kept = values.setdefault(name, [])
            if value not in kept:
                kept.append(value)
    return ";".join(f"{name}={'|'.join(kept)}" for name, kept in values.items())


def _key(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in KEY)


def _comparison(
    group: list[Mapping[str, Any]], severity: str, parts: Mapping[tuple[Any, ...], list[wording.Term]]
) -> Finding:
    row = group[0]
    terms = parts[_key(row)]
    actual = wording.Side([term for term in terms if term["actual"]])
    expected = wording.Side([term for term in terms if not term["actual"]])
    first = [next(term for term in parts[_key(other)] if term["actual"]) for other in group]
    places = {(term["row"], term["column"]): term for term in first}
    also = [term for place, term in places.items() if place != (first[0]["row"], first[0]["column"])]
    zh, en = wording.comparison(row, actual, expected, severity, also)
    own = [other["locator"] for other in group if other["rule_id"] == row["rule_id"]]
    return _finding(
        report_id=row["report_id"],
        rule_id=row["rule_id"],
        severity=severity,
        resource=row["resource"],
        locator=merged_locator(own),
        expected=expected.amount,
        actual=actual.amount,
        difference=_amount(row["difference"]),
        tolerance=_amount(row["tolerance"]),
        source_no=row["source_no"] or 1,
        page=row["page"],
        line=row["line"],
        message_zh=zh,
        message_en=en,
    )


def _counted(row: Mapping[str, Any], severity: str, title: str) -> Finding:
    words = wording.gap if row["rule_id"] in GAP_RULES.values() else wording.code
    zh, en = words(row, title)
    details = row["details"] or []
    names = details[1:] if row["rule_id"] == "T10.2" else (None, None)
    return _finding(
        report_id=row["report_id"],
        rule_id=row["rule_id"],
        severity=severity,
        resource=row["resource"],
        locator=row["locator"],
        actual=names[0],
        expected=names[1],
        source_no=row["source_no"] or 1,
        page=row["page"],
        line=row["line"],
        message_zh=zh,
        message_en=en,
    )


def of_comparisons(
    reconciliations: pl.DataFrame,
    terms: pl.DataFrame,
    readings: pl.DataFrame,
    failed: Mapping[int, tuple[str, str]],
) -> list[Finding]:
    """The findings of the families T and X."""
    of_tables = pl.col("rule_id").str.slice(0, 1).is_in(_OF_TABLES)
    rows = reconciliations.filter(pl.col("row").is_in(list(failed)) & of_tables)
    title = {(r, t): name for r, t, name in readings.select("report_id", "resource", "title").iter_rows()}
    counted = [row for row in rows.iter_rows(named=True) if row["rule_id"] in _COUNTED]
    compared = [row for row in rows.iter_rows(named=True) if row["rule_id"] not in _COUNTED]
    parts: dict[tuple[Any, ...], list[wording.Term]] = defaultdict(list)
    for term in terms.join(rows.select(KEY), on=KEY, how="semi", maintain_order="left").iter_rows(named=True):
        parts[_key(term)].append(term)
    found = [
        _counted(row, failed[row["row"]][1], title.get((row["report_id"], row["resource"]), ""))
        for row in counted
    ]
    for group in _same_statements(compared):
        severity = min((failed[row["row"]][1] for row in group), key=SEVERITIES.index)  # type: ignore[arg-type]
        found.append(_comparison(group, severity, parts))
    return found


# --- the text ---------------------------------------------------------------------------------------------


def of_claims(
    reconciliations: pl.DataFrame, notes: Mapping[Key, Note], failed: Mapping[int, tuple[str, str]]
) -> list[Finding]:
    """The findings of the families N, P, C and D: what says the same of the same figures is said once."""
    rows = reconciliations.filter(
        pl.col("row").is_in(list(failed)) & ~pl.col("rule_id").str.slice(0, 1).is_in(_OF_TABLES)
    )
    groups: dict[tuple[Any, ...], list[tuple[Mapping[str, Any], Note]]] = defaultdict(list)
    order = ["report_id", "rule_id", "page", "line", "row"]
    for row in rows.sort(order, nulls_last=True).iter_rows(named=True):
        note = notes[_key(row)]
        said = note.said or (row["resource"], row["locator"])
        groups[row["report_id"], row["rule_id"], said].append((row, note))
    return [_claim(group, failed) for group in groups.values()]


def _claim(group: list[tuple[Mapping[str, Any], Note]], failed: Mapping[int, tuple[str, str]]) -> Finding:
    row, note = group[0]
    also = list(
        dict.fromkeys(other.place for _, other in group[1:] if other.place not in (("", ""), note.place))
    )
    more = ("；".join(place[0] for place in also), "; ".join(place[1] for place in also))
    exact = row["actual"] is not None and row["expected"] is not None and row["rule_id"] not in _COUNTED
    return _finding(
        report_id=row["report_id"],
        rule_id=row["rule_id"],
        severity=min((failed[other["row"]][1] for other, _ in group), key=SEVERITIES.index),  # type: ignore[arg-type]
        resource=row["resource"],
        locator=row["locator"],
        expected=note.expected,
        actual=note.actual,
        difference=_amount(row["difference"]) if exact else None,
        tolerance=_amount(row["tolerance"]) if exact else None,
        source_no=row["source_no"] or 1,
        page=row["page"],
        line=row["line"],
        message_zh=note.zh + (f"另见{more[0]}。" if also else ""),
        message_en=note.en + (f" See also {more[1]}." if also else ""),
    )


# --- the reading ------------------------------------------------------------------------------------------


def of_notices(notices: pl.DataFrame, failed: Mapping[int, tuple[str, str]]) -> list[Finding]:
    """Every notice of the extraction, in its own words."""
    names = ("report_id", "resource", "locator", "actual", "source_no", "page", "line", "message_zh", "message_en")
    rows = notices.filter(pl.col("row").is_in(list(failed)))
    return [
        _finding(
            rule_id=failed[row["row"]][0],
            severity=failed[row["row"]][1],
            **{name: row[name] for name in names},
        )
        for row in rows.iter_rows(named=True)
    ]


def of_notice(report_id: str, notice: Notice, severity: str) -> Finding:
    """One notice that came after the rules had run."""
    told = asdict(notice)
    return _finding(report_id=report_id, rule_id=told.pop("code"), severity=severity, **told)


def of_census(frame: pl.DataFrame, failed: Mapping[int, tuple[str, str]]) -> list[Finding]:
    """Tables whose status and figures contradict each other."""
    found = []
    for row in frame.filter(pl.col("row").is_in(list(failed))).iter_rows(named=True):
        rule_id, severity = failed[row["row"]]
        zh, en = wording.census(row)
        found.append(
            _finding(
                report_id=row["report_id"],
                rule_id=rule_id,
                severity=severity,
                resource=row["resource"],
                locator="table",
                message_zh=zh,
                message_en=en,
            )
        )
    return found


def of_resource(resource: str, frame: pl.DataFrame, verdicts: Iterable[Verdict]) -> list[Finding]:
    """Rows that break the declaration: one finding per report, rule and column."""
    found = []
    for verdict in verdicts:
        if verdict.frame != resource or verdict.expectation.on_failure != "finding" or not verdict.rows:
            continue
        arguments = verdict.expectation.arguments
        columns = str(arguments.get("column") or "+".join(arguments.get("column_list", [])))
        rule_id, severity = verdict.expectation.rule_id, verdict.expectation.severity
        keys = [name for name in schema.resources()[resource].primary_key if name != "report_id"] or [
            "report_id"
        ]
        for (report_id,), rows in (
            frame.filter(pl.col("row").is_in(verdict.rows))
            .sort("row")
            .group_by("report_id", maintain_order=True)
        ):
            example = ";".join(f"{name}={rows[name][0]}" for name in keys)
            zh, en = wording.declaration(rule_id, resource, columns, rows.height, example)
            found.append(
                _finding(
                    report_id=report_id,
                    rule_id=rule_id,
                    severity=severity,
                    resource=resource,
                    locator=f"{example};column={columns}",
                    message_zh=zh,
                    message_en=en,
                )
            )
    return found


# --- the frame --------------------------------------------------------------------------------------------


def _identified(findings: list[Finding]) -> list[Finding]:
    """Findings with their stable identifiers, without those that repeat another rule's."""
    told = {(f["report_id"], f["rule_id"], f["resource"]) for f in findings}
    kept = [
        f
        for f in findings
        if not (
            f["rule_id"].startswith("E")
            and (f["report_id"], rules()[f["rule_id"]].same_as, f["resource"]) in told
        )
    ]
    seen: dict[str, set[str]] = defaultdict(set)
    found = []
    for finding in kept:
        place = "\x1f".join(str(finding[name] or "") for name in KEY)
        if finding["message_zh"] in seen[place]:
            continue
        seen[place].add(finding["message_zh"])
        # A second, different statement about the same place is told apart by its number.
        again = f"\x1f{len(seen[place])}" if len(seen[place]) > 1 else ""
        found.append({**finding, "finding_id": hashlib.sha256((place + again).encode()).hexdigest()[:16]})
    return found


def frame(findings: list[Finding]) -> pl.DataFrame:
    """The published frame ``findings``, in the order of reports, rules and places."""
    declared = schema.resources()["findings"]
    rows = pl.DataFrame(_identified(findings), schema=declared.polars_schema())
    order = ["report_id", "rule_id", "resource", "page", "line", "locator", "finding_id"]
    return declared.conform(rows.sort(order, nulls_last=False))
