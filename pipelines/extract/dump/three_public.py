"""09: one line of figures; the official arithmetic tells which column each stands in."""

from __future__ import annotations

import re
from functools import cache
from itertools import combinations, permutations

from pipelines.documents.model import Line
from pipelines.documents.normalise import squeeze
from pipelines.extract.dump.tokens import Entry, Reader, leave_entries
from pipelines.extract.rows import Row
from pipelines.forms import forms

Place = tuple[str, str]
"""Basis and column."""

_RESOURCE = "three_public_expenses"


@cache
def _groups() -> dict[str, tuple[str, ...]]:
    """What the heads of a group of columns say, and its columns; in the order of the official form."""
    loose = forms()[_RESOURCE].loose_heads
    return dict(loose.groups) if loose else {}


def basis_heads() -> dict[str, str]:
    """Basis → its official head: 预算数, 决算数."""
    parts = forms()[_RESOURCE].official_layout.parts
    return dict(parts.heads) if parts else {}


@cache
def _alternating() -> re.Pattern[str]:
    return re.compile(".{0,2}".join(basis_heads().values()))


@cache
def _columns() -> tuple[str, ...]:
    return ("total", *(c for columns in _groups().values() for c in columns), "agency_operation")


class ThreePublicReader(Reader):
    """The row of figures below the heads."""

    heads_are_lines = False

    def read_rows(self, body: list[Line]) -> None:
        for line in body:
            numbers = [text for is_number, text in self.pieces(line) if is_number]
            words = [text for is_number, text in self.pieces(line) if not is_number]
            amounts = self.amounts(numbers)
            if not numbers:
                self.head_lines.append(squeeze("".join(words)))
                self.header_words += squeeze("".join(words))
            elif words and not re.fullmatch(r"合计|总计|[\u4e00-\u9fff]{4,30}(?:局|委|中心|部|办|院|站|所|校|合计)", squeeze("".join(words))):
                self.account_as(line, "header")
                self.head_lines.append(squeeze("".join(words)))
                self.header_words += squeeze("".join(words))
            elif not self.entries:
                self.entries.append(Entry("row", "", amounts, line.number, 0))
            else:
                self.leave(line, "a second row of figures")




def place_three_public(reader: ThreePublicReader) -> None:
    """09: six columns per basis, budget then final, or alternating where the heads alternate.

    Which of 出国, 用车 and 接待 comes first the heads may not say: a figure has a column only where every order that
    they allow gives it the same one.
    """
    table = reader.table
    entry = reader.entries[0] if reader.entries else None
    if entry is None:
        return  # no figure, no row
    words = "".join([reader.header_words, *reader.head_lines])
    if other := _other_columns(words):
        named = "、".join(other)
        table.problems.append(f"表头与官方格式不同（{named}） / the heads differ from the official form ({named})")
        leave_entries(reader, [entry])
        return
    layouts = _layouts(reader, final=table.kind == "final" or (table.kind is None and "决算" in words))
    bases = list(dict.fromkeys(basis for basis, _ in layouts[0]))
    rows = {b: Row(b, "", {}, None, entry.line) for b in bases}
    if len(entry.tokens) > len(layouts[0]):
        leave_entries(reader, [entry])
        return
    tokens = [reader.micro(a) for a in entry.tokens]
    every = [
        [layout[c] for c in option] for layout in layouts for option in combinations(range(len(layout)), len(tokens))
    ]
    options = [o for o in every if _three_holds(o, tokens, reader.quantum)] or every
    for t, amount in enumerate(entry.tokens):
        names = sorted({o[t] for o in options}, key=lambda place: (bases.index(place[0]), _columns().index(place[1])))
        if len(names) == 1:
            basis, column = names[0]
            rows[basis].amounts[column] = amount
            table.use(amount.token, None, entry.line, "cell", basis, column)
            continue
        for basis in bases:
            candidates = tuple(c for b, c in names if b == basis)
            if candidates:
                rows[basis].ambiguous.append((amount, candidates))
        table.use(amount.token, None, entry.line, "ambiguous", "", "|".join(f"{b}.{c}" for b, c in names))
    table.rows.extend(rows.values())


def _other_columns(words: str) -> list[str]:
    """Columns of wider forms, which no formula tells from those of 三公."""
    loose = forms()[_RESOURCE].loose_heads
    return list(dict.fromkeys(found for pattern in loose.foreign for found in re.findall(pattern, words))) if loose else []


def _layouts(reader: ThreePublicReader, *, final: bool) -> list[list[Place]]:
    """Every order of columns that the heads allow."""
    agency = any(forms()[_RESOURCE].bind((line,)) == "agency_operation" for line in reader.head_lines)
    orders = []
    for groups in permutations(_groups()):
        if final and groups != tuple(_groups()) and not _contradicts(tuple(_groups()), reader.head_lines):
            continue  # final accounts print the official form unless their heads say otherwise
        if not _contradicts(groups, reader.head_lines):
            columns = ["total", *(c for g in groups for c in _groups()[g])]
            orders.append([*columns, "agency_operation"] if agency else columns)
    if not orders:
        orders = [["total", *(c for g in groups for c in _groups()[g])] for groups in permutations(_groups())]
    if not final:
        return [[("budget", c) for c in order] for order in orders]
    if len(_alternating().findall(reader.header_words)) >= 3:
        return [[(basis, c) for c in order for basis in ("budget", "final")] for order in orders]
    return [[(basis, c) for basis in ("budget", "final") for c in order] for order in orders]


def _contradicts(groups: tuple[str, ...], lines: list[str]) -> bool:
    """A line of the head names two groups in another order."""
    for line in lines:
        found = [(m.start(), g) for g in groups if (m := re.search(g, line))]
        if [g for _, g in sorted(found)] != [g for _, g in found]:
            return True
    return False


def _three_holds(places: list[Place], tokens: list[int], quantum_: int) -> bool:
    """total = overseas + vehicles + reception; vehicles = purchase + operation, or left blank above its parts."""
    placed = dict(zip(places, tokens, strict=True))
    for basis in {b for b, _ in places}:
        own = {c: v for (b, c), v in placed.items() if b == basis}
        fleet = [own[c] for c in ("vehicle_purchase", "vehicle_operation") if c in own]
        if "vehicles" in own and 2 * abs(own["vehicles"] - sum(fleet)) > (len(fleet) + 1) * quantum_:
            return False
        parts = [own[c] for c in ("overseas_trips", "vehicles", "reception") if c in own]
        if "vehicles" not in own:
            parts += fleet
        if "total" not in own and any(parts):
            return False  # parts that cancel out are no reason to leave their total blank
        printed = len(parts) + ("total" in own)
        if 2 * abs(own.get("total", 0) - sum(parts)) > printed * quantum_:
            return False
    return True
