"""Tables that were read from a picture: what stays open, and names mended by the code lists.

A figure that OCR was not sure of is null, with E48. So is one that breaks a sum of its table where another digit of
the kind that is taken for it would mend the sum: it is left open, never repaired. Names and codes may be mended by the
code lists, amounts by nothing.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from pipelines.documents.model import UNREAD
from pipelines.documents.normalise import squeeze
from pipelines.extract.codes import CodeList, economic_codes, functional_codes, plain
from pipelines.extract.frames import key_of
from pipelines.extract.numbers import Amount, parse_amount
from pipelines.extract.result import Notice
from pipelines.extract.rows import TOTAL, RawTable, Row
from pipelines.extract.tables.blocks import Segment
from pipelines.forms import forms

METHOD = "ocr"
_CONFUSED = {
    "0": "68", "1": "7", "2": "7", "3": "58", "4": "9", "5": "368", "6": "058", "7": "12", "8": "0369", "9": "48",
}  # fmt: skip
"""Digits that are taken for one another in small or blurred print."""
_SHORT = re.compile(r".{0,2}")
"""Row and column numbers; no reader takes them for figures either."""


def sure_code(table: RawTable, code: str | None, codes: CodeList) -> str | None:
    """A code read from a picture counts only if the code list has it: a slip makes a code that is nearly always none."""
    unsure = table.method == METHOD and code is not None and code.isdigit() and not codes.known(code)
    return None if unsure else code


def nearly_named(table: RawTable, name: str, codes: CodeList, prefix: str = "") -> list[str]:
    """Codes whose official name a name from a picture was: a slip in at most a quarter of four characters or more."""
    bare = plain(name)
    if table.method != METHOD or len(bare) < 4:
        return []
    return [
        code for code, official in codes.names.items()
        if code.startswith(prefix) and _nearly(bare, plain(official))
    ]  # fmt: skip


def settle(table: RawTable, segments: list[Segment]) -> None:
    """Name the figures that OCR left open (E48), doubt those that a slip of one digit explains, mend names."""
    if table.method != METHOD:
        return
    rows = {(row.side if ":" in locator else "", row.code or ""): row for row in table.rows for locator in (_place(table, row),)}
    placed: set[int] = set()
    for unread in table.unread:
        side, _, code = unread.locator.rpartition(":")
        row = rows.get((side, code))
        locator = f"{key_of(table, row)};column={unread.column}" if row is not None else f"column={unread.column}"
        placed.add(id(unread.cell))
        table.notices.append(_open(table, locator, unread.cell.candidates, unread.page, unread.cell.line_number))
    # One that no reader took for a figure may be any of the table's.
    for segment in segments:
        for cell in segment.grid.cells:
            lost = UNREAD in cell.text and id(cell) not in placed
            if lost and not all(_SHORT.fullmatch(c) for c in cell.candidates):
                table.notices.append(_open(table, "table", cell.candidates, segment.page.number, cell.line_number))
    for place in [*_slips(table), *_without_point(table)]:
        _doubt(table, place)
    _mend_names(table)


def _place(table: RawTable, row: Row) -> str:
    return f"{row.side}:{row.code}" if forms()[table.resource].rows == "summary" else row.code or ""


def _open(table: RawTable, locator: str, candidates: Iterable[str], page: int | None, line: int | None) -> Notice:
    shown = [c for c in candidates if c]
    zh = f"（可能是 {'、'.join(shown)}）" if shown else ""
    en = f" (candidates: {', '.join(shown)})" if shown else ""
    return Notice(
        "E48", table.resource, locator, f"图片中的一个数字{zh}未能可靠识别，相应单元格留空。",
        f"A figure in the picture{en} could not be recognised with certainty; its cell is left null.",
        ";".join(shown) or None, page, line,
    )  # fmt: skip


# --- sums that a slip explains -------------------------------------------------------------------------------


@dataclass(slots=True)
class _Place:
    """A figure of the table, and what it may be instead."""

    row: Row
    column: str
    others: list[str]


def _slips(table: RawTable) -> list[_Place]:
    """Figures whose sum fails and holds with one digit, point or sign read otherwise."""
    found: dict[tuple[int, str], _Place] = {}
    for terms in _sums(table):
        amounts = [(sign, row, column, row.amounts[column]) for sign, row, column in terms]
        off = sum((sign * amount.value for sign, _, _, amount in amounts), Decimal(0))
        slack = sum((Decimal(1).scaleb(-amount.decimals) / 2 for *_, amount in amounts), Decimal(0))
        if abs(off) <= slack:
            continue
        for sign, row, column, amount in amounts:
            others = [o.token for o in _alike(amount) if abs(off + sign * (o.value - amount.value)) <= slack]
            if others:
                place = found.setdefault((id(row), column), _Place(row, column, []))
                place.others += [o for o in others if o not in place.others]
    return list(found.values())


def _without_point(table: RawTable) -> list[_Place]:
    """Figures without decimals where all others of a table have the same number of them: the point may be lost."""
    amounts = [(row, column, amount) for row in table.rows for column, amount in row.amounts.items()]
    counts = Counter(amount.decimals for *_, amount in amounts)
    common, often = counts.most_common(1)[0] if counts else (0, 0)
    if often < 10 or set(counts) - {common, 0}:
        return []  # zeros are left out at the end: 12 may be 12.00
    odd = [(row, column) for row, column, amount in amounts if not amount.decimals and amount.value]
    return [_Place(row, column, []) for row, column in odd] if common and len(odd) <= 2 else []


Terms = list[tuple[int, Row, str]]


def _sums(table: RawTable) -> Iterator[Terms]:
    """What must add up to nothing: rows by the form's formulas, columns by the codes' hierarchy. None with an open figure."""
    form = forms()[table.resource]
    unread = {(u.locator, u.column) for u in table.unread}
    for row in table.rows:
        for formula in form.formulas:
            known = all((_place(table, row), c) not in unread for c in (formula.total, *formula.parts, *formula.minus))
            if known and formula.total in row.amounts:
                parts = [(-sign, row, column) for sign, column in formula.terms if column in row.amounts]
                if parts:
                    yield [(1, row, formula.total), *parts]
    if form.rows not in ("functional", "economy"):
        return
    children: dict[str, list[Row]] = defaultdict(list)
    for row in table.rows:
        code = row.code or ""
        if code.isdigit():
            children[code[:-2] if len(code) > 3 else TOTAL].append(row)
    for row in table.rows:
        for column in row.amounts:
            inside = children.get(row.code or "", [])
            below = [(-1, child, column) for child in inside if column in child.amounts]
            if below and all((child.code, column) not in unread for child in inside):
                yield [(1, row, column), *below]


def _alike(amount: Amount) -> Iterator[Amount]:
    """What a figure may be taken for: one other digit, another sign, or its point lost or gained."""
    token = squeeze(amount.token)
    texts = [token[:i] + other + token[i + 1 :] for i, digit in enumerate(token) for other in _CONFUSED.get(digit, "")]
    texts.append(token[1:] if token.startswith("-") else f"-{token}")
    bare = token.replace(".", "").replace(",", "")
    texts += [f"{bare[:-k]}.{bare[-k:]}" for k in (1, 2) if len(bare) > k]
    texts += [bare] if "." in token else []
    # A digit that was dropped or doubled.
    texts += [token[:i] + token[i + 1 :] for i, digit in enumerate(token) if digit.isdigit()]
    texts += [token[:i] + digit + token[i:] for i, digit in enumerate(token) if digit.isdigit()]
    for text in dict.fromkeys(texts):
        other = parse_amount(text)
        if other is not None and text != token:
            yield other


def _doubt(table: RawTable, place: _Place) -> None:
    amount = place.row.amounts.pop(place.column, None)
    if amount is None:
        return
    for use in table.uses:
        here = (use.page, use.line, use.column, use.role) == (place.row.page, place.row.line, place.column, "cell")
        if here and squeeze(use.token) == squeeze(amount.token):
            use.role, use.reason = "ambiguous", "a slip of one digit would mend a sum"
            break
    locator = f"{key_of(table, place.row)};column={place.column}"
    table.notices.append(_open(table, locator, [amount.token, *place.others[:3]], place.row.page, place.row.line))


# --- names ---------------------------------------------------------------------------------------------------


def _mend_names(table: RawTable) -> None:
    """A name that differs from its code's official one in a character or two is the official one; any other that the
    list does not have for the code is left out (E48): a slip in a name cannot be told from a name."""
    rows = forms()[table.resource].rows
    codes = functional_codes() if rows == "functional" else economic_codes() if rows == "economy" else None
    if codes is None:
        return
    for row in table.rows:
        official = codes.names.get(row.code or "")
        if not official or not row.name or plain(row.name) in codes.spellings.get(row.code or "", ()):
            continue
        if _nearly(plain(row.name), plain(official)):
            row.name = official
            continue
        table.notices.append(
            Notice(
                "E48", table.resource, f"{key_of(table, row)};column=name", f"图片中的科目名称（识别为“{row.name}”）与科目表不符，未采用。",
                f"The name in the picture (recognised as '{row.name}') is not that of its code in the code list and is left null.",
                row.name, row.page, row.line,
            )
        )  # fmt: skip
        row.name = ""


def _nearly(read: str, official: str) -> bool:
    """Of one length, and at most a quarter of the characters differ."""
    return len(read) == len(official) and 0 < sum(a != b for a, b in zip(read, official, strict=True)) <= max(1, len(official) // 4)
