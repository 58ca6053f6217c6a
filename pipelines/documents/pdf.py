"""Born-digital PDF through pypdfium2: characters with loose boxes, ruling lines, pages routed by content.

Loose boxes matter: tight ones put ``.`` and ``,`` on other lines. Within a line the order of the content
stream is kept for each run of characters; runs are ordered by their left edge.
"""

from __future__ import annotations

import ctypes
import math
from collections import Counter
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from pipelines.documents.drawings import Drawn, Place, address, drawn_objects
from pipelines.documents.grids import find_grids
from pipelines.documents.limits import MAX_PAGE_CHARACTERS, within
from pipelines.documents.model import DocumentError, Line, Page, PageKind, Word
from pipelines.documents.normalise import normalise

MAX_PAGES = 600
"""Reports have 15-150 pages; a file far beyond is something else (a yearbook, a bundle) and is refused."""

MIN_TEXT_CHARS = 8
IMAGE_SHARE = 0.25

_INSIDE = 1.5
"""Points. A window is a cell with half of its border."""

_SAMPLED = 240
_MOSTLY = 0.7
"""Share of a page's characters that must stand at one angle to say which way up it is read."""

Char = tuple[str, float, float, float, float, float]
"""(character, x0, y0, x1, y1, baseline) with y downwards."""

_SAME_BASELINE = 2.4
"""Points. Boxes differ from glyph to glyph where a font lacks metrics (一 is flat); baselines do not."""


def read_pdf(data: bytes) -> list[Page]:
    """All pages of a PDF. Raises :class:`DocumentError` for truncated, encrypted, empty or oversized files."""
    try:
        pdf = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        if "password" in str(error).lower():
            raise DocumentError("the PDF is encrypted (a password is needed)") from error
        raise DocumentError("the PDF is corrupt or truncated and cannot be opened") from error
    try:
        count = len(pdf)
        if count == 0:
            raise DocumentError("the PDF has no pages")
        if count > MAX_PAGES:
            raise DocumentError(f"the PDF has {count:,} pages (limit {MAX_PAGES}); it is not one report")
        pages = []
        for index in range(count):
            try:
                page = pdf[index]
            except pdfium.PdfiumError as error:
                raise DocumentError(f"the PDF is corrupt: page {index + 1} of {count} cannot be loaded") from error
            pages.append(_read_page(page, index + 1))
            page.close()
        return pages
    finally:
        pdf.close()


def _read_page(page: Any, number: int) -> Page:
    text = page.get_textpage()
    place, width, height = _page_space(page, text)
    drawn = drawn_objects(page, place, width, height)
    images = drawn.images
    chars = _characters(text, place, width, height, drawn)
    text.close()
    usable = sum(1 for c in chars if _usable(c[0]))
    covered = sum((x1 - x0) * (y1 - y0) for x0, y0, x1, y1 in images) / max(width * height, 1.0)
    kind: PageKind
    if usable >= MIN_TEXT_CHARS and usable >= len(chars) * 0.5:
        kind = "text"
    elif covered >= IMAGE_SHARE or len(chars) > usable * 2:
        kind = "image"
    else:
        kind = "text" if usable else "empty"
    if kind != "text":
        return Page(number, kind, images=images, width=width, height=height)
    lines, placed = lines_of(chars)
    grids = find_grids(drawn.rulings, placed, number)
    return Page(number, kind, lines, grids, images, width, height)


def _usable(char: str) -> bool:
    """Fonts without ToUnicode give replacement characters, control codes or private-use code points."""
    code = ord(char)
    return code > 0x20 and code != 0xFFFD and code != 0xFFFE and not 0xE000 <= code <= 0xF8FF


def _upright(page: Any, textpage: Any) -> int:
    """The clockwise turn that makes most of the text upright: tables are printed sideways with and without /Rotate."""
    count = textpage.count_chars()
    angles: Counter[int] = Counter()
    for index in range(0, count, max(1, count // _SAMPLED)):
        if raw.FPDFText_GetUnicode(textpage.raw, index) > 0x20:
            turned = math.degrees(raw.FPDFText_GetCharAngle(textpage.raw, index))
            angles[round(turned / 90) * 90 % 360] += 1
    angle, most = angles.most_common(1)[0] if angles else (0, 0)
    return (360 - angle) % 360 if most >= _MOSTLY * angles.total() > 0 else int(page.get_rotation())


def _page_space(page: Any, textpage: Any) -> tuple[Place, float, float]:
    """The map from PDF user space (y upwards, unrotated) to the page as it is looked at."""
    left, bottom, right, top = page.get_bbox()
    width, height = right - left, top - bottom
    rotation = _upright(page, textpage)
    if rotation == 90:
        return lambda x, y: (y - bottom, x - left), height, width
    if rotation == 180:
        return lambda x, y: (right - x, y - bottom), width, height
    if rotation == 270:
        return lambda x, y: (top - y, right - x), height, width
    return lambda x, y: (x - left, top - y), width, height


def _characters(textpage: Any, place: Place, width: float, height: float, drawn: Drawn) -> list[Char]:
    handle = textpage.raw
    rect = raw.FS_RECTF()
    pointer = ctypes.byref(rect)
    unicode_of, box_of, origin_of = raw.FPDFText_GetUnicode, raw.FPDFText_GetLooseCharBox, raw.FPDFText_GetCharOrigin
    ox, oy = ctypes.c_double(), ctypes.c_double()
    x_pointer, y_pointer = ctypes.byref(ox), ctypes.byref(oy)
    chars: list[Char] = []
    em = 10.0
    blank_char = str.isspace
    windows = drawn.windows
    within(textpage.count_chars(), MAX_PAGE_CHARACTERS, "characters on one page")
    for index in range(textpage.count_chars()):
        code = unicode_of(handle, index)
        if code in (0, 10, 13) or 0xDC00 <= code < 0xE000 or not box_of(handle, index, pointer):
            continue
        ax, ay = place(rect.left, rect.top)
        bx, by = place(rect.right, rect.bottom)
        x0, x1 = (ax, bx) if ax <= bx else (bx, ax)
        y0, y1 = (ay, by) if ay <= by else (by, ay)
        cx, cy = (x0 + x1) / 2, (y0 + y1) / 2
        if not (-1 <= cx <= width + 1 and -1 <= cy <= height + 1):
            continue  # hidden off-page text
        if 0xD800 <= code < 0xDC00:
            code = _joined(code, unicode_of(handle, index + 1))
        char = normalise(chr(code))
        if not char:
            continue
        origin_of(handle, index, x_pointer, y_pointer)
        base = place(ox.value, oy.value)[1]
        # The em from the advance: an ideograph is one wide, a digit half. Heights of boxes differ from glyph to
        # glyph where a font lacks metrics, so the vertical extent comes from the baseline.
        if char[0] > "\u2e80":
            em = x1 - x0
        elif char[0].isdigit():
            em = 2 * (x1 - x0)
        if not blank_char(char):
            y0, y1 = base - 0.85 * em, base + 0.2 * em
        if windows:
            window = windows.get(address(raw.FPDFText_GetTextObject(handle, index)))
            if window is not None and not window[0] <= cx <= window[2]:
                # Drawn, but not seen: it stays in the window's column.
                x0 = x1 = window[0] + _INSIDE if cx < window[0] else window[2] - _INSIDE
        chars.append((char, x0, y0, x1, y1, base))
    return chars


def _joined(high: int, low: int) -> int:
    """An ideograph beyond U+FFFF comes from PDFium in two halves. An upper half alone stays what it is."""
    return 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00) if 0xDC00 <= low < 0xE000 else high


def lines_of(chars: list[Char]) -> tuple[list[Line], list[tuple[Char, int]]]:
    """Characters → lines in reading order, and every character with its line's number (1-based)."""
    runs = _runs([c for c in chars if c[2] < c[4]])
    runs.sort(key=lambda run: run[0][5])
    groups: list[list[list[Char]]] = []
    baselines: list[float] = []
    for run in runs:
        if groups and abs(run[0][5] - baselines[-1]) <= _SAME_BASELINE:
            groups[-1].append(run)
        else:
            groups.append([run])
            baselines.append(run[0][5])
    lines: list[Line] = []
    placed: list[tuple[Char, int]] = []
    for group in groups:
        members = sorted(_parted(group), key=lambda run: run[0][1])
        words = _words(members)
        if not words:
            continue
        number = len(lines) + 1
        placed.extend((char, number) for run in members for char in run)
        box = (
            min(w.box[0] for w in words),
            min(w.box[1] for w in words),
            max(w.box[2] for w in words),
            max(w.box[3] for w in words),
        )
        lines.append(Line(number, _join(words), box, tuple(words)))
    return lines, placed


def _parted(group: list[list[Char]]) -> list[list[Char]]:
    """Runs of a line, parted where another one stands in their gap: quotation marks in another font are drawn later."""
    if len(group) < 2:
        return group
    parted: list[list[Char]] = []
    for run in group:
        inside = [o for o in group if o is not run and run[0][3] <= o[0][1] + 1 and o[-1][3] <= run[-1][1] + 1]
        start = 0
        for k in range(1, len(run)) if inside else ():
            left, right = run[k - 1][3], run[k][1]
            if any(left <= o[0][1] + 1 and o[-1][3] <= right + 1 for o in inside):
                parted.append(run[start:k])
                start = k
        parted.append(run[start:])
    return parted


def _runs(chars: list[Char]) -> list[list[Char]]:
    """Split the content stream where the pen leaves the line or jumps sideways."""
    runs: list[list[Char]] = []
    previous: Char | None = None
    for char in chars:
        if previous is not None:
            size = max(previous[4] - previous[2], previous[3] - previous[1], 4.0)
            same_line = abs(char[5] - previous[5]) <= 1.0
            advance = char[1] - previous[3]
            if same_line and -0.5 * size <= advance <= 1.2 * size:
                runs[-1].append(char)
                previous = char
                continue
        runs.append([char])
        previous = char
    return runs


def _words(runs: list[list[Char]]) -> list[Word]:
    words: list[Word] = []
    text, box, last = "", None, None
    em = 10.0
    for run in runs:
        for char in run:
            blank = char[0].isspace()
            # The em from the advance: an ideograph is one wide, a digit half; boxes may be taller than the type.
            if char[0] > "\u2e80":
                em = char[3] - char[1]
            elif char[0].isalnum():
                em = 2 * (char[3] - char[1])
            gap = last is not None and (char[1] - last[3] > 0.25 * em or char[1] < last[1] - em)
            if text and box and (blank or gap):
                words.append(Word(text, box))
                text, box = "", None
            if not blank:
                text += char[0]
                box = (
                    (char[1], char[2], char[3], char[4])
                    if box is None
                    else (min(box[0], char[1]), min(box[1], char[2]), max(box[2], char[3]), max(box[3], char[4]))
                )
            last = char
    if text and box:
        words.append(Word(text, box))
    return words


def _join(words: list[Word]) -> str:
    return " ".join(word.text for word in words)
