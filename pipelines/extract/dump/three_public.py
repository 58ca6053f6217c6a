"""09: one line of figures; the official arithmetic tells which column each stands in."""

from __future__ import annotations

import re
from itertools import combinations

from pipelines.documents.model import Line
from pipelines.documents.normalise import squeeze
from pipelines.extract.dump.tokens import Entry, Reader, leave_entries
from pipelines.extract.rows import Row

_THREE = ("total", "overseas_trips", "vehicles", "vehicle_purchase", "vehicle_operation", "reception")


class ThreePublicReader(Reader):
    """The row of figures below the heads."""

    def read_rows(self, body: list[Line]) -> None:
        for line in body:
            numbers = [text for is_number, text in self.pieces(line) if is_number]
            words = [text for is_number, text in self.pieces(line) if not is_number]
            amounts = self.amounts(numbers)
            if not numbers:
                self.header_words += squeeze("".join(words))
            elif words and not re.fullmatch(r"合计|总计|[\u4e00-\u9fff]{4,30}(?:局|委|中心|部|办|院|站|所|校|合计)", squeeze("".join(words))):
                self.account_as(line, "header")
                self.header_words += squeeze("".join(words))
            elif not self.entries:
                self.entries.append(Entry("row", "", amounts, line.number, 0))
            else:
                self.leave(line, "a second row of figures")




def place_three_public(reader: Reader) -> None:
    """09: six columns per basis, budget then final, or alternating where the heads alternate."""
    table = reader.table
    head = reader.header_words
    pairs = len(re.findall(r"预算数决算数|预算数.{0,2}决算数", head))
    final = table.kind != "budget"
    columns_: list[tuple[str, str]]
    if final and pairs >= 3:
        columns_ = [(basis, c) for c in _THREE for basis in ("budget", "final")]
    elif final:
        columns_ = [(basis, c) for basis in ("budget", "final") for c in _THREE]
    else:
        order = _budget_order(head)
        columns_ = [("budget", c) for c in order]
    entry = reader.entries[0] if reader.entries else None
    bases = ["budget", "final"] if final else ["budget"]
    rows = {b: Row(b, "", {}, None, entry.line if entry else table.line) for b in bases}
    if entry is None:
        return  # no figure, no row
    if len(entry.tokens) > len(columns_):
        leave_entries(reader, [entry])
        return
    tokens = [reader.micro(a) for a in entry.tokens]
    options = [
        o for o in combinations(range(len(columns_)), len(tokens)) if _three_holds(columns_, tokens, o, reader.quantum)
    ]
    if not options:
        options = list(combinations(range(len(columns_)), len(tokens)))
    for t, amount in enumerate(entry.tokens):
        left = sorted({o[t] for o in options})
        names = [columns_[c] for c in left]
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


def _budget_order(head: str) -> tuple[str, ...]:
    """A budget's 三公 columns in their printed order (接待 may come before 用车; 机关运行 may follow)."""
    marks = {
        "overseas_trips": r"出国", "reception": r"接待", "vehicles": r"购置及运行|购置和运行", "agency_operation": r"机关运行",
    }  # fmt: skip
    found = {c: m.start() for c, p in marks.items() if (m := re.search(p, head))}
    order: list[str] = ["total"]
    for column in sorted(found, key=lambda c: found[c]):
        order += ["vehicles", "vehicle_purchase", "vehicle_operation"] if column == "vehicles" else [column]
    return tuple(order) if len(order) >= 6 else _THREE


def _three_holds(columns_: list[tuple[str, str]], tokens: list[int], option: tuple[int, ...], quantum_: int) -> bool:
    """total = overseas + vehicles + reception; vehicles = purchase + operation, or left blank above its parts."""
    placed = {columns_[c]: t for c, t in zip(option, tokens, strict=True)}
    for basis in {b for b, _ in columns_}:
        own = {c: v for (b, c), v in placed.items() if b == basis}
        fleet = [own[c] for c in ("vehicle_purchase", "vehicle_operation") if c in own]
        if "vehicles" in own and 2 * abs(own["vehicles"] - sum(fleet)) > (len(fleet) + 1) * quantum_:
            return False
        parts = [own[c] for c in ("overseas_trips", "vehicles", "reception") if c in own]
        if "vehicles" not in own:
            parts += fleet
        printed = len(parts) + ("total" in own)
        if 2 * abs(own.get("total", 0) - sum(parts)) > printed * quantum_:
            return False
    return True
