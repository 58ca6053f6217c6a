"""Which columns a dump's table prints, where one line names them all in their order.

A dump keeps the blanks between the heads of one line more often than those of the rows. Its columns are these heads only if
every row prints a figure for each of them; all else is left to the official layout.
"""

from __future__ import annotations

from pipelines.documents.normalise import squeeze
from pipelines.extract.dump.tokens import Reader
from pipelines.extract.numbers import Amount
from pipelines.extract.solver import RowLayout
from pipelines.extract.tables.binding import clean
from pipelines.forms import OUTSIDE, Form, forms, heads, whole

_LONGEST = 3
"""So many words may be one head: 事业单位 经营收入."""


def printed_layout(reader: Reader) -> tuple[RowLayout, tuple[str, ...]] | None:
    """The solver's columns as the table's heads name them, if each row has a figure for every one."""
    filled = [e for e in reader.entries if e.tokens]
    counts = {len(e.tokens) for e in filled}
    if len(counts) != 1 or min(counts) < 3:
        return None
    for line in reader.head_lines:
        names = _named(forms()[reader.table.resource], line.split(), reader.table.kind)
        if len(names) in counts:
            layout = _reduced(forms()[reader.table.resource], names)
            if 2 * sum(_adds_up(reader, e.tokens, layout) for e in filled) > len(filled):
                return layout, names
    return None


def _named(form: Form, words: list[str], kind: str | None) -> tuple[str, ...]:
    """The columns that the words of a line name, in order; none where one is unknown, of no column, or named twice."""
    names: list[str] = []
    index = 0
    while index < len(words):
        for size in range(1, _LONGEST + 1):
            path = clean((squeeze("".join(words[index : index + size])),))
            column = form.bind(path, kind) if path and index + size <= len(words) else None
            if column is not None:
                names.append(column)
                index += size
                break
        else:
            if names:
                break  # 类 款 项 behind the heads
            index += 1
    rest = {squeeze(word) for word in words[index:]}
    whole_line = all(whole(heads().level, word) for word in rest) and OUTSIDE not in names and len(set(names)) == len(names)
    return tuple(names) if whole_line and names[:1] == ["total"] else ()


def _reduced(form: Form, names: tuple[str, ...]) -> RowLayout:
    """The layout of the columns that are printed: a formula's total and those of its parts that stand beside it."""
    rules = tuple(
        (names.index(f.total), tuple((sign, names.index(c)) for sign, c in f.terms if c in names))
        for f in form.formulas
        if f.total in names
    )
    return RowLayout(len(names), 0, rules, tuple(range(len(names))))


def _adds_up(reader: Reader, tokens: list[Amount], layout: RowLayout) -> bool:
    values = [reader.micro(a) for a in tokens]
    return all(
        2 * abs(values[target] - sum(sign * values[c] for sign, c in parts)) <= (len(parts) + 1) * reader.quantum
        for target, parts in layout.rules
    )
