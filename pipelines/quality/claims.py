"""One comparison about a report's text, as a reconciliation row and as the sentence that would say it.

The families N, P, C and D share this: their rules find what is to be compared, this settles it (exact difference,
tolerance, state) and words it. No rule is stated here, and no verdict is given.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

import polars as pl

from pipelines.extract.result import MICRO
from pipelines.quality import wording
from pipelines.quality.stated import MONEY, Figure, Stated, Words, added, joined
from pipelines.quality.terms import KEY, RECONCILIATION_SCHEMA
from pipelines.quality.tokens import RESOURCE

Key = tuple[Any, ...]


@dataclass(slots=True)
class Note:
    """What a finding says."""

    zh: str
    en: str
    actual: str | None = None
    expected: str | None = None
    said: Key = ()
    """Findings of a rule that are alike in this say the same thing."""
    place: Words = ("", "")


@dataclass(slots=True)
class Claims:
    """Comparisons of many reports: rows, and a note for each that may become a finding."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    notes: dict[Key, Note] = field(default_factory=dict)

    def add(
        self,
        report_id: str,
        rule_id: str,
        locator: str,
        *,
        at: Figure | None = None,
        other: Figure | None = None,
        actual: int | None = None,
        expected: int | None = None,
        tolerance: int = 0,
        relation: str = "=",
        difference: int | None = None,
        state: str = "compared",
        reason: str | None = None,
        details: list[str] | None = None,
        resource: str = RESOURCE,
        note: Note | None = None,
    ) -> None:
        """One comparison. ``difference`` where it is no plain subtraction."""
        gap = difference if difference is not None else (actual or 0) - (expected or 0)
        compared = state == "compared"
        excess = abs(gap) if relation == "=" else max(gap if relation == "<=" else -gap, 0)
        row = {
            "report_id": report_id, "rule_id": rule_id, "resource": resource, "locator": locator,
            "relation": relation, "expected": expected, "actual": actual,
            "difference": gap if compared else None, "excess": excess if compared else None,
            "tolerance": tolerance if compared else None, "state": state, "reason": reason, "parts": None,
            "source_no": at.source_no if at else None, "page": at.page if at else None, "line": at.line if at else None,
            "other_resource": other.resource if other else None, "other_page": other.page if other else None,
            "other_line": other.line if other else None, "details": details,
        }  # fmt: skip
        self.rows.append(row)
        if note is not None and compared and excess:
            self.notes[tuple(row[name] for name in KEY)] = note

    def open(self, report_id: str, rule_id: str, at: Stated, reason: str) -> None:
        """A comparison that cannot be made."""
        self.add(report_id, rule_id, at.locator, at=at, actual=at.value, state="insufficient", reason=reason)

    def equal(
        self,
        report_id: str,
        rule_id: str,
        at: Stated,
        other: Figure,
        tolerance: int,
        *,
        relation: str = "=",
        difference: int | None = None,
        hint: Words = ("", ""),
        said: Key = (),
        says: Words | None = None,
    ) -> None:
        """Two figures that stand in two places. ``says``: what must hold of them, if not the relation."""
        gap = difference if difference is not None else at.value - other.value
        self.add(
            report_id,
            rule_id,
            at.locator,
            at=at,
            other=other,
            actual=at.value,
            expected=other.value,
            tolerance=tolerance,
            relation=relation,
            difference=gap,
            note=pair(at, other, says or _relation(gap, tolerance, relation, at, other), hint, said)
            if gap
            else None,
        )

    def sum(
        self,
        report_id: str,
        rule_id: str,
        whole: Stated,
        parts: list[Stated],
        *,
        relation: str = "=",
        hint: Words = ("", ""),
        what: Words | None = None,
    ) -> None:
        """A stated whole against its stated parts."""
        total = sum(part.value for part in parts)
        # Counts are not rounded.
        tolerance = (whole.quantum + sum(part.quantum for part in parts)) // 2 if whole.money else 0
        gap = whole.value - total
        note = None
        if gap:
            head = "应当等于其组成之和" if relation == "=" else "不应小于其组成之和"
            head_en = (
                "should equal the sum of its parts,"
                if relation == "="
                else "should not be smaller than its parts,"
            )
            head, head_en = what or (head, head_en)
            listed = _listed(parts)
            end = _gap(gap, 0 if what else tolerance, whole)
            note = Note(
                f"{whole.where[0]}：{whole.name[0]}为 {whole.shown}，{head} {_amount(total, whole)}"
                f"（{listed[0]}）；{end[0]}{hint[0]}。",
                f"{whole.where[1]}: {whole.name[1]} is stated as {whole.shown} and {head_en}"
                f" {_amount(total, whole)} ({listed[1]}); {end[1]}{hint[1]}.",
                in_data(whole),
                in_data(whole, total),
                ("sum", whole.value, *(part.value for part in parts)),
                _named(whole),
            )
        self.add(
            report_id, rule_id, f"{whole.locator};by={parts[0].concept}", at=whole, other=parts[0] if parts else None, actual=whole.value,
            expected=total, tolerance=tolerance, relation=">=" if relation == ">=" else "=", note=note,
        )  # fmt: skip

    def frame(self) -> pl.DataFrame:
        """The comparisons, without those that came twice by the same key."""
        frame = pl.DataFrame(self.rows, schema=RECONCILIATION_SCHEMA, orient="row")
        return frame.unique(KEY, keep="first", maintain_order=True)


def rounded(value: Fraction, unit: int) -> int:
    """To a multiple of ``unit``, halves away from zero."""
    scaled = abs(value) / unit
    whole = int(scaled + Fraction(1, 2))
    return (whole if value >= 0 else -whole) * unit


def rate(part: int, whole: int, unit: int) -> int:
    """part / whole in percent, rounded to ``unit`` (micro-units of a percent point)."""
    return rounded(Fraction(part, whole) * 100 * MICRO, unit)


def reach(part: Figure, whole_value: int, whole_quantum: int, exact: int) -> int:
    """How far the ratio can lie from its exact value because its amounts were rounded before."""
    half_part, half_whole = Fraction(part.quantum, 2), Fraction(whole_quantum, 2)
    if abs(whole_value) <= half_whole:
        return 0
    ends = [
        Fraction(part.value + a, 1) / (whole_value + b) * 100 * MICRO
        for a in (-half_part, half_part)
        for b in (-half_whole, half_whole)
    ]
    return int(max(abs(end - exact) for end in ends))


def named_place(at: Stated) -> Words:
    return _named(at)


def percent(value: int, unit: int = 1) -> str:
    """Micro-units of a percent point as a number, with the decimals of ``unit``."""
    digits = max(6 - (len(str(unit)) - 1), 0)
    return f"{Decimal(value) / MICRO:.{digits}f}"


def _amount(value: int, like: Figure) -> str:
    """A computed amount in the unit of a printed one."""
    if like.unit == "元":
        return f"{wording.printed(value, '元', max(like.quantum, 1))} 元"
    if like.unit == "万元":
        return f"{wording.in_wan(value, like.quantum)} 万元"
    return f"{wording.plain(Decimal(value) / MICRO)} {like.unit}"


def amount_text(value: int, like: Figure) -> str:
    return _amount(value, like)


def in_data(like: Figure, value: int | None = None) -> str:
    """A figure as the data hold it: money in 万元."""
    amount = like.value if value is None else value
    if like.unit in MONEY:
        return wording.in_wan(amount, max(like.quantum, 10_000))
    return like.text if value is None else wording.plain(Decimal(amount) / MICRO)


def _listed(parts: Iterable[Stated]) -> Words:
    """The parts of a sum: what each is, in words and figures."""
    known = list(parts)
    if len(known) > wording.MAX_PARTS:
        lines = sorted({part.line for part in known if part.line})
        pages = sorted({part.page for part in known if part.page})
        where = f"第{pages[0]}–{pages[-1]}页" if pages else f"第{lines[0]}–{lines[-1]}行" if lines else ""
        where_en = (
            f"pages {pages[0]}-{pages[-1]}" if pages else f"lines {lines[0]}-{lines[-1]}" if lines else ""
        )
        return (
            f"{where}共{len(known)}项：{joined(known)}",
            f"{len(known)} figures, {where_en}: {joined(known)}",
        )
    return added((part.short[0], part) for part in known), added((part.short[1], part) for part in known)


def _gap(gap: int, tolerance: int, like: Figure) -> Words:
    within = abs(gap) <= tolerance
    shown, allowed = _amount(gap, like), _amount(tolerance, like)
    if not tolerance:
        return f"相差 {shown}", f"the difference is {shown}"
    return (
        f"相差 {shown}，{'在' if within else '超出'}四舍五入的容差（{allowed}）{'以内' if within else ''}",
        f"the difference of {shown} is {'within' if within else 'beyond'} the rounding tolerance of {allowed}",
    )


def _relation(gap: int, tolerance: int, relation: str, at: Stated, other: Figure) -> Words:
    """What must hold of two figures, and by how much it does not."""
    end = _gap(gap, tolerance, at if at.unit != "元" or other.unit == "元" else other)
    zh, en = wording.RELATION[relation]
    return f"{zh}，{end[0]}", f"{en}, {end[1]}"


def pair(at: Figure, other: Figure, says: Words, hint: Words, said: Key) -> Note:
    """The sentence on two figures that stand in two places."""
    place = other.where
    return Note(
        f"{at.where[0]}：{at.name[0]}为 {at.shown}，{place[0]}{'，' if place[0][-1:] == '）' else ''}{other.name[0]}为 {other.shown}；"
        f"{says[0]}{hint[0]}。",
        f"{at.where[1]}: {at.name[1]} is stated as {at.shown}; {place[1]}, prints {other.shown} for"
        f" {other.name[1]}: {says[1]}{hint[1]}.",
        in_data(at),
        in_data(other),
        said,
        _named(at),
    )


def _named(at: Figure) -> Words:
    """A place and what is stated there, for a reader who is sent on."""
    return f"{at.where[0]}（{at.name[0]}）", f"{at.where[1]} ({at.name[1]})"
