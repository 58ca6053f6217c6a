"""Personal data never leaves: the one module that decides what a published text must not hold.

Reports print phone numbers, identity numbers, homes and names of persons, and open data does not need them. Reading
masks them in every text cell and message of a report (:func:`clean`); publishing proves with the same patterns that
none is left (:func:`guard`). Amounts are no text and are never touched. Names are found by the words around them:
this is no detector of every name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import polars as pl

from pipelines.extract.result import Notice
from pipelines.personal import names, numbers
from pipelines.personal.contacts import CODE
from pipelines.schema import Resource, resources

if TYPE_CHECKING:
    from pipelines.extract.result import Extraction

MARK = "〔略〕"
"""Stands where something personal was taken out."""

_HAN = re.compile(r"[\u4e00-\u9fff.]{2,15}")
_DIGITS = re.compile(r"\d(?:[ \-./]?\d)*")
_FIGURE_LISTS = frozenset({"E02", "E09"})
"""Notices whose ``actual`` lists printed figures, which are judged one by one."""


def _spans(text: str) -> list[tuple[int, int]]:
    """Where personal data stands, merged, in order."""
    plain = numbers.plain(text)
    found = numbers.spans(plain)
    if found:
        shown = list(plain)
        for start, end in found:
            shown[start:end] = names.NUMBER * (end - start)
        plain = "".join(shown)
    merged: list[tuple[int, int]] = []
    for start, end in sorted([*found, *names.spans(plain)]):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return merged


@lru_cache(maxsize=50_000)
def mask(text: str) -> tuple[str, int]:
    """The text with :data:`MARK` in place of personal data, and how many places were masked."""
    hits = 0
    for _ in range(4):  # what stands beside a mark may be a name as well
        found = _spans(text)
        if not found:
            break
        hits += len(found)
        text = _masked(text, found)
    return text, hits


def _masked(text: str, spans: Iterable[tuple[int, int]]) -> str:
    pieces, at = [], 0
    for start, end in spans:
        pieces += [text[at:start], MARK]
        at = end
    return re.sub(rf"(?:{MARK})+", MARK, "".join([*pieces, text[at:]]))


@dataclass(frozen=True, slots=True)
class Secrets:
    """What one report prints of persons anywhere: taken out wherever it is repeated, also without its context.

    A phone number of a note becomes a stray figure of a table, and a name of a signature line the remark of a cell.
    """

    pattern: re.Pattern[str] | None = None

    @classmethod
    def of(cls, texts: Iterable[str]) -> Secrets:
        """Collect the names and the numbers of seven digits and more."""
        text = "\n".join(texts)
        plain = numbers.plain(text)
        found: set[str] = set()
        for start, end in _spans(text):
            found.update(_repeats(plain[start:end]))
        return cls(re.compile("|".join(sorted(found, key=lambda s: (-len(s), s)))) if found else None)

    def mask(self, text: str) -> tuple[str, int]:
        """As :func:`mask`, and without what the report prints of persons elsewhere."""
        shown, hits = mask(text)
        if self.pattern is None:
            return shown, hits
        known = [match.span() for match in self.pattern.finditer(numbers.plain(shown))]
        return _masked(shown, known), hits + len(known)


def _repeats(hit: str) -> Iterator[str]:
    """Patterns for what a hit may look like elsewhere in its report: a name, a home, numbers of seven digits and more."""
    bare = re.sub(r"\s", "", hit)
    if _HAN.fullmatch(bare):
        name = r"\s?".join(map(re.escape, bare))
        if len(bare) > 2 and not names.is_common(bare):
            yield name
        elif names.is_name(bare, "loose"):
            yield rf"(?<![\u4e00-\u9fff]){name}(?![\u4e00-\u9fff])"
        return
    if len(hit) >= 6:
        yield re.escape(hit)
    for run in _DIGITS.findall(hit):
        digits = re.sub(r"\D", "", run)
        if len(digits) >= 7:
            yield from (re.escape(run), digits)
        yield from re.findall(r"\d{7,}", run)


def texts_of(resource: Resource) -> list[str]:
    """The columns of a resource that may hold free text."""
    return [
        field.name
        for field in resource.fields
        if field.type == "string" and not field.identifier and "enum" not in field.constraints
    ]


def mask_frame(
    frame: pl.DataFrame, resource: str, secrets: Secrets | None = None
) -> tuple[pl.DataFrame, list[Notice]]:
    """The frame with every text masked in place, and a notice for each row in which something was."""
    known = secrets or Secrets()
    return _rewrite(frame, resource, lambda text, _: known.mask(text), withheld=False)


def guard(frame: pl.DataFrame, resource: str) -> tuple[pl.DataFrame, list[Notice]]:
    """The proof before release: a cell that still holds personal data is withheld whole.

    It becomes null where the declaration allows it, else the mark. The notices name the columns, never the text.
    """
    return _rewrite(frame, resource, _withhold, withheld=True)


def looks_personal(text: pl.Expr) -> pl.Expr:
    """True where a text of a frame holds personal data."""
    return text.map_batches(
        lambda cells: pl.Series(
            [cell is not None and bool(mask(cell)[1]) for cell in cells], dtype=pl.Boolean
        ),
        return_dtype=pl.Boolean,
    )


def _withhold(text: str, required: bool) -> tuple[str | None, int]:
    _, hits = mask(text)
    return (text, 0) if not hits else (MARK if required else None, hits)


def _rewrite(
    frame: pl.DataFrame,
    resource: str,
    judge_text: Callable[[str, bool], tuple[str | None, int]],
    withheld: bool,
) -> tuple[pl.DataFrame, list[Notice]]:
    declared = resources()[resource]
    columns = [name for name in texts_of(declared) if name in frame.columns]
    changed: dict[int, list[str]] = {}
    replaced: list[pl.Series] = []
    for name in columns:
        required = declared.field(name).required
        values = frame[name].unique().drop_nulls().to_list()
        shown = {value: new for value in values if (new := judge_text(value, required))[1]}
        if not shown:
            continue
        cells = frame[name].to_list()
        for row, cell in enumerate(cells):
            if cell in shown:
                changed.setdefault(row, []).append(name)
        new_cells = [shown[cell][0] if cell in shown else cell for cell in cells]
        replaced.append(pl.Series(name, new_cells, dtype=frame[name].dtype))
    if not replaced:
        return frame, []
    notices = [
        _notice(resource, frame.row(row, named=True), names_, withheld)
        for row, names_ in sorted(changed.items())
    ]
    return frame.with_columns(replaced), notices


def _notice(resource: str, row: dict[str, object], columns: list[str], withheld: bool) -> Notice:
    shown = "、".join(columns)
    zh = f"文字（{shown}）中的姓名、号码或住址已隐去。"
    en = f"A name, number or home address in the text ({', '.join(columns)}) was taken out."
    if withheld:
        zh = f"单元格（{shown}）含个人信息，不予发布。"
        en = f"A cell ({', '.join(columns)}) holds personal data and is withheld."
    page, line, file = row.get("page"), row.get("line"), row.get("source_no")
    return Notice(
        CODE, resource, "personal_data", zh, en, None,
        page if isinstance(page, int) else None, line if isinstance(line, int) else None,
        file if isinstance(file, int) else 1,
    )  # fmt: skip


def mask_notice(notice: Notice, secrets: Secrets) -> Notice:
    """A notice whose messages repeat no personal data."""
    actual = notice.actual
    if actual and notice.code in _FIGURE_LISTS:
        # One at a time: figures in a row are no phone number in groups.
        actual = ";".join(part for part in actual.split(";") if not secrets.mask(part)[1]) or None
    elif actual:
        actual = secrets.mask(actual)[0]
    return replace(
        notice, actual=actual, locator=secrets.mask(notice.locator)[0],
        message_zh=secrets.mask(notice.message_zh)[0], message_en=secrets.mask(notice.message_en)[0],
    )  # fmt: skip


def _texts(extraction: Extraction) -> Iterator[str]:
    for resource, frame in extraction.frames.items():
        for column in texts_of(resources()[resource]):
            if column in frame.columns:
                yield from frame[column].unique(maintain_order=True).drop_nulls()
    for notice in extraction.notices:
        yield notice.message_zh


def clean(extraction: Extraction, lines: Iterable[str]) -> None:
    """Take personal data out of everything that was read from one report: frames, table titles, notices, tokens.

    ``lines`` are all that the report prints, in order.
    """
    # Cells and messages too: a number that two lines print in halves is whole there.
    secrets = Secrets.of([*lines, *_texts(extraction)])
    told: list[Notice] = []
    for resource, frame in extraction.frames.items():
        extraction.frames[resource], own = mask_frame(frame, resource, secrets)
        told += own
    extraction.notices = [mask_notice(notice, secrets) for notice in extraction.notices] + told
    for table in extraction.tables:
        table.title = secrets.mask(table.title)[0]
    for use in extraction.accounting:
        if len(use.token) >= 7:
            use.token = secrets.mask(use.token)[0]
    identity = extraction.identity
    identity.title = secrets.mask(identity.title)[0]
