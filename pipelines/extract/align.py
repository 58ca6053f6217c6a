"""Detached codes ↔ rows that carry only names: both run in official order, so sorted codes align with the rows.

Names and the code list score the pairs; the indentation of 项 rows counts where a dump keeps it. The alignment
must be the only best one, otherwise nothing is decided.
"""

from __future__ import annotations

from pipelines.extract.codes import functional_codes, plain, resembles

_EQUAL, _ALIKE, _UNKNOWN, _MISMATCH, _WRONG_LEVEL = 12, 7, 2, -9, -20
_ROW_WITHOUT_CODE, _CODE_WITHOUT_ROW = -6, -14
_MOST_PAIRS = 400_000
"""Rows × codes beyond which no table is."""


def align_codes(rows: list[tuple[str, int]], codes: list[str]) -> list[str | None] | None:
    """Codes for rows ``(name, indentation)`` in order; None per row where its code is not printed.

    ``codes`` are ascending. Returns None if the best alignment is not unique or leaves a code without a row.
    """
    indents = {indent for _, indent in rows}
    split = _item_indent(indents)
    n, m = len(rows), len(codes)
    if n * m > _MOST_PAIRS:
        return None
    best = [[0] * (m + 1) for _ in range(n + 1)]
    ways = [[1] * (m + 1) for _ in range(n + 1)]
    step: list[list[str]] = [["" for _ in range(m + 1)] for _ in range(n + 1)]
    for i in range(n, -1, -1):
        for j in range(m, -1, -1):
            if i == n and j == m:
                continue
            options: list[tuple[int, int, str]] = []
            if i < n and j < m:
                options.append((best[i + 1][j + 1] + _score(rows[i], codes[j], split), ways[i + 1][j + 1], "pair"))
            if i < n:
                options.append((best[i + 1][j] + _ROW_WITHOUT_CODE, ways[i + 1][j], "row"))
            if j < m:
                options.append((best[i][j + 1] + _CODE_WITHOUT_ROW, ways[i][j + 1], "code"))
            top = max(o[0] for o in options)
            best[i][j] = top
            ways[i][j] = sum(w for s, w, _ in options if s == top)
            step[i][j] = next(name for s, _, name in options if s == top)
    if ways[0][0] != 1:
        return None
    result: list[str | None] = []
    i = j = 0
    while i < n or j < m:
        move = step[i][j]
        if move == "pair":
            if _score(rows[i], codes[j], split) < 0:
                return None
            result.append(codes[j])
            i, j = i + 1, j + 1
        elif move == "row":
            result.append(None)
            i += 1
        else:
            return None
    return result


def _item_indent(indents: set[int]) -> int | None:
    """The indentation from which a row is a 项, where a dump shows two; None where it shows one."""
    return max(indents) if len(indents) == 2 else None


def _score(row: tuple[str, int], code: str, split: int | None) -> int:
    name, indent = row
    known = functional_codes()
    if split is not None and (indent >= split) != (len(code) == 7):
        return _WRONG_LEVEL
    if not known.known(code):
        return _UNKNOWN
    if plain(name) in known.spellings[code]:
        return _EQUAL
    if any(resembles(name, spelling) for spelling in known.spellings[code]):
        return _ALIKE
    return _MISMATCH
