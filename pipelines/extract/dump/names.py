"""Names that a dump wraps around their code line: which lines above and below a row are pieces of its name.

A page's extractor gives a wrapped cell line by line: piece / code + figures / rest, or the whole name before its
code. Which piece belongs to which row is told by the official names; no figure is looked at.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from pipelines.documents.model import Line
from pipelines.documents.normalise import squeeze
from pipelines.extract import columns
from pipelines.extract.codes import functional_codes, plain, resembles

_ROW = re.compile(r"\s*(?P<code>\d{7}|\d{5}|\d{3})(?![\d.,])\s*(?P<name>[^\d\s].*?)?\s*(?P<rest>(?:\s+[-+]?\d[\d,]*(?:\.\d+)?|\s+[-—–]+)*\s*)")
_SPLIT_CODE = re.compile(r"(\s*)(\d{3})\s+(\d{2})(?:\s+(\d{2}))?(?=\s+[^\d\s]|\s+[-+]?\d[\d,]*\.\d|\s*$)")
_TOTAL = re.compile(r"(?:类款项)?(?:合计|总计)")
_FIGURES = re.compile(r"\s*[-+]?\d[\d,]*\.\d+(?:\s+[-+]?\d[\d,]*(?:\.\d+)?|\s+[-—–]+)*\s*")
_MOST_LINES = 3
"""Lines of a name above its row, or below it."""
_EXACT, _ALIKE, _UNKNOWN, _EMPTY, _LOST = 10, 6, -1, -20, -15


@dataclass(slots=True)
class _Row:
    """A row's own line, its parts, and the lines of words between it and the row before."""

    line: Line
    code: str
    name: str
    rest: str
    above: list[Line] = field(default_factory=list)


def joined_codes(line: Line) -> Line:
    """``208 05 05 机关…`` (类, 款 and 项 in cells of their own) → ``2080505 机关…``."""
    match = _SPLIT_CODE.match(line.text)
    if match is None:
        return line
    code = match[2] + match[3] + (match[4] or "")
    known = functional_codes()
    if not (known.known(code) or known.known(code[:5]) or known.known(code[:3])):
        return line
    return replace(line, text=match[1] + code + line.text[match.end() :])


def with_totals(lines: Sequence[Line]) -> list[Line]:
    """合计 on a line of its own, its figures on the next: one line, where the figures stand."""
    kept: list[Line] = []
    for line in lines:
        if kept and _TOTAL.fullmatch(squeeze(kept[-1].text)) and _FIGURES.fullmatch(line.text):
            kept[-1] = replace(line, text=f"{squeeze(kept[-1].text)} {line.text.strip()}")
        else:
            kept.append(line)
    return kept


def unwrapped(lines: Sequence[Line]) -> list[Line]:
    """The lines with every wrapped name on the line of its code; lines of other kinds stay as they are."""
    rows: list[_Row] = []
    words: list[Line] = []
    spoiled = False
    for line in lines:
        match = _ROW.fullmatch(line.text)
        known = functional_codes()
        if match and (known.known(match["code"]) or known.known(match["code"][:3])) and (match["name"] or match["rest"].strip()):
            rows.append(_Row(line, match["code"], match["name"] or "", match["rest"], [] if spoiled else words))
            words, spoiled = [], False
        elif _is_words(line):
            words.append(line)
        elif squeeze(line.text):
            words, spoiled = [], False
    if not any(not row.name for row in rows) and not any(row.above for row in rows[1:]) and not words:
        return list(lines)
    taken = _pieces(rows, words)
    changed: dict[int, Line] = {}
    gone: set[int] = set()
    for row, (head, tail) in zip(rows, taken, strict=True):
        if head or tail:
            name = "".join(squeeze(x.text) for x in head) + squeeze(row.name) + "".join(squeeze(x.text) for x in tail)
            indent = row.line.text[: len(row.line.text) - len(row.line.text.lstrip())]
            changed[row.line.number] = replace(row.line, text=f"{indent}{row.code} {name}{row.rest}")
            gone |= {x.number for x in (*head, *tail)}
    return [changed.get(line.number, line) for line in lines if line.number not in gone]


def _is_words(line: Line) -> bool:
    bare = squeeze(line.text)
    return bool(bare) and len(bare) <= 30 and not re.search(r"[\d。；;:：]", bare) and not _TOTAL.fullmatch(bare)


def _score(code: str, name: str) -> int:
    if not name:
        return _EMPTY
    spellings = functional_codes().spellings.get(code, ())
    if plain(name) in spellings:
        return _EXACT
    return _ALIKE if any(resembles(name, spelling) for spelling in spellings) else _UNKNOWN


def _dropped(lines: Sequence[Line]) -> int:
    return sum(-1 if columns.is_header_fragment(squeeze(line.text)) else _LOST for line in lines)


def _pieces(rows: Sequence[_Row], below: list[Line]) -> list[tuple[list[Line], list[Line]]]:
    """Of the lines between two rows, the first few end the name above, the last few begin the one below."""
    blocks = [*(row.above for row in rows), below]
    # best[m]: (score, pieces so far) where the next row's name begins with the last m lines of the block above it.
    best: dict[int, tuple[int, list[tuple[int, int]]]] = {}
    for m in range(min(_MOST_LINES, len(blocks[0])) + 1):
        best[m] = (0, [])  # what stands above the first row is the table's head
    for index, row in enumerate(rows):
        block, following = blocks[index], blocks[index + 1]
        reached: dict[int, tuple[int, list[tuple[int, int]]]] = {}
        for m, (score, pieces) in best.items():
            head = "".join(squeeze(x.text) for x in block[len(block) - m :])
            for k in range(min(_MOST_LINES, len(following)) + 1):
                tail = "".join(squeeze(x.text) for x in following[:k])
                own = score + _score(row.code, head + squeeze(row.name) + tail)
                last = index + 1 == len(rows)
                for n in (0,) if last else range(min(_MOST_LINES, len(following) - k) + 1):
                    lost = 0 if last else _dropped(following[k : len(following) - n])
                    if n not in reached or own + lost > reached[n][0]:
                        reached[n] = (own + lost, [*pieces, (m, k)])
        best = reached
    chosen = max(best.values(), key=lambda found: found[0])[1] if rows else []
    return [
        (blocks[i][len(blocks[i]) - m :] if m else [], blocks[i + 1][:k]) for i, (m, k) in enumerate(chosen)
    ]
