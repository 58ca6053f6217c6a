"""One figure of a dump changed, deleted, doubled or spoiled: what may be read then, and what not.

The truth of a mutated dump is what it prints: the figure's own cell holds the mutated figure, every other cell
what it held before. A reader may give that, or nothing with a notice that names the figure; never another value.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from decimal import Decimal

from pipelines.documents import open_bytes
from pipelines.extract.dump.regions import find_regions
from pipelines.extract.numbers import parse_amount
from pipelines.extract.report import extract
from pipelines.extract.result import Extraction
from samples.generator.ledger import AMOUNTS
from tests.support import Key, Rows, ambiguous_cells, amounts_of, rows_of, status_of

Cell = tuple[str, Key, str]
Truth = dict[Cell, Decimal]
KINDS = ("digit changed", "figure deleted", "sign", "point lost", "digits swapped", "figure doubled")
_FIGURE = re.compile(r"(?<![\d.,（(-])\d[\d,]*\.\d{1,2}(?![\d.,])")


@dataclass(frozen=True)
class Mutation:
    """A dump with one figure spoiled: which line, what it was, what it is (None: no figure)."""

    kind: str
    line: int
    before: str
    after: str
    text: str


def tables_only(text: str) -> str:
    """The head of a dump and its tables: reading them is a tenth of the whole."""
    regions, _, _ = find_regions(open_bytes("dump.txt", text.encode()))
    lines = text.split("\n")
    first = min((r.title_line or 1) for r in regions) - 6
    last = max(line.number for r in regions for line in r.lines)
    return "\n".join([*lines[: min(60, first)], *lines[max(min(60, first), first) : last], "第三部分 情况说明"]) + "\n"


def figure_lines(text: str) -> list[int]:
    """Indexes of the lines of table regions that print figures."""
    regions, _, _ = find_regions(open_bytes("dump.txt", text.encode()))
    numbers = sorted({line.number - 1 for region in regions for line in region.lines})
    lines = text.split("\n")
    return [n for n in numbers if _FIGURE.search(lines[n]) and not re.search(r"[＝=。]", lines[n])]


def _spoil(rng: random.Random, kind: str, figure: str) -> str:
    digits = [i for i, c in enumerate(figure) if c.isdigit()]
    if kind == "digit changed":
        i = rng.choice(digits)
        return figure[:i] + rng.choice([d for d in "123456789" if d != figure[i]]) + figure[i + 1 :]
    if kind == "figure deleted":
        return ""
    if kind == "sign":
        return f"-{figure}"
    if kind == "point lost":
        return figure.replace(".", "")
    if kind == "digits swapped":
        pairs = [(a, b) for a, b in zip(digits, digits[1:], strict=False) if figure[a] != figure[b]]
        if not pairs:
            return _spoil(rng, "digit changed", figure)
        a, b = rng.choice(pairs)
        swapped = list(figure)
        swapped[a], swapped[b] = swapped[b], swapped[a]
        return "".join(swapped)
    return f"{figure} {figure}"


def mutate(rng: random.Random, text: str, candidates: list[int]) -> Mutation:
    """One figure of one line of a table, spoiled in one way."""
    lines = text.split("\n")
    index = rng.choice(candidates)
    match = rng.choice(list(_FIGURE.finditer(lines[index])))
    kind = rng.choice(KINDS)
    after = _spoil(rng, kind, match[0])
    lines[index] = lines[index][: match.start()] + after + lines[index][match.end() :]
    return Mutation(kind, index + 1, match[0], after, "\n".join(lines))


def truth_of(extraction: Extraction) -> Truth:
    """Every published figure of the nine tables."""
    return {
        (resource, key, column): value
        for resource in AMOUNTS
        for (key, column), value in amounts_of(resource, extraction.frames[resource]).items()
    }


def _rows(extraction: Extraction) -> dict[str, Rows]:
    return {resource: rows_of(resource, extraction.frames[resource]) for resource in AMOUNTS}


def wrong(mutation: Mutation, truth: Truth, before: Extraction) -> list[str]:
    """What a reader of the mutated dump must not say."""
    after = extract(open_bytes("dump.txt", mutation.text.encode()))
    state, old_state = status_of(after), status_of(before)
    read = truth_of(after)
    open_rows = {(r, k) for r in AMOUNTS for k, _ in ambiguous_cells(after, r)}
    open_before = {(r, k, c) for r in AMOUNTS for k, c in ambiguous_cells(before, r)}
    own = _own_cells(mutation, before, truth)
    units = {t.resource: t.unit for t in after.tables}
    spoiled = parse_amount(mutation.after)
    found: list[str] = []
    for cell, value in read.items():
        resource = cell[0]
        if cell in own:
            new = spoiled.in_wan_yuan(units[resource]) if spoiled and spoiled.fits(units[resource]) else None
            stays = (len(own) > 1 or mutation.kind == "figure doubled") and value == truth.get(cell)
            if value != new and not stays:
                found.append(f"{cell}: read {value}, printed {mutation.after!r}")
        elif cell in truth and value != truth[cell]:
            found.append(f"{cell}: read {value}, printed {truth[cell]}")
        elif cell not in truth and cell not in open_before and not _printed_twice(mutation, cell, value, own):
            found.append(f"{cell}: read {value}, printed nothing")
    for cell, value in truth.items():
        resource = cell[0]
        if cell in read or cell[:2] in open_rows or state[resource] == "withheld":
            continue
        if cell in own and mutation.kind == "figure deleted":
            continue
        if old_state[resource] in ("found", "empty"):
            found.append(f"{cell}: {value} is lost without a notice")
    return found + _unnamed(after, mutation)


def _own_cells(mutation: Mutation, before: Extraction, truth: Truth) -> set[Cell]:
    """The cells that the spoiled figure may stand in: those of its line with its value."""
    cells: set[Cell] = set()
    units = {t.resource: t.unit for t in before.tables}
    for resource, rows in _rows(before).items():
        amount = parse_amount(mutation.before)
        assert amount is not None
        if not amount.fits(units[resource]):
            continue
        value = amount.in_wan_yuan(units[resource])
        for key, row in rows.items():
            if row["line"] != mutation.line:
                continue
            cells |= {(resource, key, c) for c in AMOUNTS[resource] if truth.get((resource, key, c)) == value}
            cells |= {(resource, key, c) for k, c in ambiguous_cells(before, resource) if k == key}
    return cells


def _printed_twice(mutation: Mutation, cell: Cell, value: Decimal, own: set[Cell]) -> bool:
    """A doubled figure stands in two cells of its row: the dump prints it so, and cannot be told from one that should."""
    rows = {(resource, key) for resource, key, _ in own}
    figure = parse_amount(mutation.before)
    return mutation.kind == "figure doubled" and cell[:2] in rows and figure is not None and figure.value in (value, value * 10_000)


def _unnamed(after: Extraction, mutation: Mutation) -> list[str]:
    """A notice on the mutated line names every figure whose column it leaves open."""
    found = []
    state = status_of(after)
    for use in after.accounting:
        if use.role == "ambiguous" and use.line == mutation.line and state.get(use.resource) in ("found", "empty"):
            named = [n for n in after.notices if n.code == "E02" and n.line == use.line and use.token in (n.actual or "")]
            if not named:
                found.append(f"line {use.line}: {use.token} is open and no notice names it")
    return found
