"""OFD (GB/T 33190, the official format of Chinese e-documents) → pages of positioned lines and ruled grids.

A ZIP of XML: ``OFD.xml`` names the document, the document its pages and templates, a page holds text objects with the
place of every glyph and path objects with the ruling lines. It is laid out as :mod:`pipelines.documents.pdf` does it, by
the same functions. Lengths are millimetres, y downwards, as the standard has them. Signatures, annotations, attachments
and scripts are never looked at; a page that holds pictures and no text is a picture.
"""

from __future__ import annotations

import math
import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pipelines.documents.drawings import rulings_of
from pipelines.documents.grids import Ruling, find_grids
from pipelines.documents.hostile import checked_package, refusing
from pipelines.documents.layout import MAX_PLACES
from pipelines.documents.limits import MAX_PAGE_CHARACTERS, within
from pipelines.documents.model import Box, DocumentError, Page, PageKind
from pipelines.documents.normalise import normalise
from pipelines.documents.pdf import IMAGE_SHARE, MAX_PAGES, MIN_TEXT_CHARS, Char, lines_of

WHAT = "OFD document"
MM = 72 / 25.4
"""Points in a millimetre."""
MAX_XML = 40 * 1024 * 1024
"""Bytes of one part. The largest pages of real files have some hundred kB."""
MAX_RULINGS = 20_000
_DEPTH = 8
_A4 = (0.0, 0.0, 210.0, 297.0)

Matrix = tuple[float, float, float, float, float, float]
IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
Point = tuple[float, float]


def read_ofd(data: bytes) -> list[Page]:
    """The pages of the first document inside. Raises :class:`DocumentError`."""
    with checked_package(data, WHAT) as package:
        files = _Files(package)
        root = files.xml("OFD.xml")
        with refusing(WHAT):
            bodies = [_text(node) for node in _all(root, "DocRoot")]
        if not bodies:
            raise DocumentError("the OFD document names no document inside (DocRoot)")
        place = _resolved("OFD.xml", bodies[0])
        document = files.xml(place)
        with refusing(WHAT):
            return list(_pages(files, place, document))


@dataclass(slots=True)
class _Files:
    """The package's parts by path, whatever the case in which they are named."""

    package: zipfile.ZipFile
    names: dict[str, str] = field(default_factory=dict)
    read: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.names = {name.lstrip("/").lower(): name for name in self.package.namelist()}

    def xml(self, path: str) -> Any:
        """The root element of a part; a part that is asked for twice is parsed once."""
        name = self.names.get(path.lower())
        if name is None:
            raise DocumentError(f"the OFD document lacks its part {posixpath.basename(path)[:60]}")
        if name not in self.read:
            within(self.package.getinfo(name).file_size, MAX_XML, "bytes in one part")
            from defusedxml import ElementTree

            with refusing(WHAT):
                self.read[name] = ElementTree.fromstring(self.package.read(name), forbid_dtd=True)
        return self.read[name]


    def part(self, path: str) -> list[bytes]:
        """A part as it is; none where there is no such part."""
        name = self.names.get(path.lower())
        if name is None:
            return []
        with refusing(WHAT):
            return [self.package.read(name)]


def _resolved(base: str, location: str) -> str:
    """A location as the standard gives it: from the package's root, or from the folder of the part that names it."""
    location = location.strip().replace("\\", "/")
    joined = location if location.startswith("/") else posixpath.join(posixpath.dirname(base), location)
    path = posixpath.normpath(joined.lstrip("/"))
    if path.startswith(".."):
        raise DocumentError("the OFD document names a part outside of itself")
    return path


def _pages(files: _Files, base: str, document: Any) -> Iterator[Page]:
    common = _first(document, "CommonData")
    area = _area(common) if common is not None else None
    templates = {
        node.get("ID", ""): _resolved(base, node.get("BaseLoc", ""))
        for node in (_all(common, "TemplatePage") if common is not None else ())
    }
    media = _media(files, base, common)
    pages = _first(document, "Pages")
    places = [_resolved(base, node.get("BaseLoc", "")) for node in (pages if pages is not None else ()) if _name(node) == "Page"]
    if not places:
        raise DocumentError("the OFD document has no pages")
    if len(places) > MAX_PAGES:
        raise DocumentError(f"the OFD document has {len(places):,} pages (limit {MAX_PAGES}); it is not one report")
    for number, place in enumerate(places, start=1):
        yield _page(files, files.xml(place), number, area, templates, media)


def _page(files: _Files, page: Any, number: int, area: Box | None, templates: dict[str, str], media: dict[str, str]) -> Page:
    box = _area(page) or area or _A4
    sheet = _Sheet(box)
    for node in page:
        # What stands under the page's own content or over it, in either case on it.
        if _name(node) == "Template" and node.get("TemplateID", "") in templates:
            content = files.xml(templates[node.get("TemplateID", "")])
            sheet.draw(_first(content, "Content"), IDENTITY)
    sheet.draw(_first(page, "Content"), IDENTITY)
    made = sheet.page(number)
    if made.kind == "image":
        # A page that was scanned: the picture that covers most of it.
        shown = max(sheet.resources, key=lambda pair: pair[1], default=("", 0.0))[0]
        made.pictures = files.part(media.get(shown, ""))
    return made


def _media(files: _Files, base: str, common: Any) -> dict[str, str]:
    """Path of every picture by the number under which pages name it."""
    found: dict[str, str] = {}
    listed = [node for name in ("PublicRes", "DocumentRes") for node in (_all(common, name) if common is not None else ())]
    for node in listed:
        place = _resolved(base, _text(node))
        if place.lower() not in files.names:
            continue
        resources = files.xml(place)
        folder = posixpath.join(posixpath.dirname(place), resources.get("BaseLoc", ""), "_")
        for held in resources.iter():
            inside = _first(held, "MediaFile") if _name(held) == "MultiMedia" else None
            if inside is not None:
                found[held.get("ID", "")] = _resolved(folder, _text(inside))
    return found


@dataclass(slots=True)
class _Sheet:
    """A page that is being filled: characters, ruling lines and pictures, in points from its top left corner."""

    box: Box
    chars: list[Char] = field(default_factory=list)
    rulings: list[Ruling] = field(default_factory=list)
    images: list[Box] = field(default_factory=list)
    resources: list[tuple[str, float]] = field(default_factory=list)
    """Pictures: the number by which the page names them, and their area."""

    @property
    def width(self) -> float:
        return (self.box[2] - self.box[0]) * MM

    @property
    def height(self) -> float:
        return (self.box[3] - self.box[1]) * MM

    def place(self, x: float, y: float) -> Point:
        return (x - self.box[0]) * MM, (y - self.box[1]) * MM

    def draw(self, node: Any, outer: Matrix, depth: int = 0) -> None:
        if node is None or depth > _DEPTH:
            return
        for child in node:
            kind = _name(child)
            if child.get("Visible", "true").lower() in ("false", "0"):
                continue
            if kind in ("Layer", "PageBlock"):
                self.draw(child, outer, depth + 1)
            elif kind == "TextObject":
                self.text(child, outer)
            elif kind == "PathObject":
                self.path(child, outer)
            elif kind == "ImageObject":
                self.image(child, outer)

    def text(self, node: Any, outer: Matrix) -> None:
        matrix = _compose(_own(node), outer)
        size = _number(node.get("Size"), 0.0)
        if size <= 0 or node.get("CharDirection", "0") not in ("0", ""):
            return  # turned letters are stamps and marks
        stretch = _number(node.get("HScale"), 1.0)
        across = math.hypot(matrix[0], matrix[1]) * size * MM
        last: Point = (0.0, 0.0)
        for code in node:
            if _name(code) != "TextCode":
                continue
            # A code without a place goes on where the one before began.
            last = (_number(code.get("X"), last[0]), _number(code.get("Y"), last[1]))
            text = code.text or ""
            within(len(self.chars) + len(text), MAX_PAGE_CHARACTERS, "characters on one page")
            dx, dy = (_steps(code.get(name, ""), len(text) - 1) for name in ("DeltaX", "DeltaY"))
            x, y = last
            for index, char in enumerate(text):
                wide = across * stretch * (1.0 if char > "\u2e80" else 0.5)
                self.char(char, self.place(*_apply(matrix, x, y)), wide, across)
                # Without a step the glyph's own width counts, which its font knows.
                x += dx[index] if index < len(dx) else 0.0 if dy else size * stretch * (1.0 if char > "\u2e80" else 0.5)
                y += dy[index] if index < len(dy) else 0.0

    def char(self, char: str, at: Point, width: float, em: float) -> None:
        x, base = at
        if not (-1 <= x + width / 2 <= self.width + 1 and -1 <= base <= self.height + 1 + em):
            return
        mapped = normalise(char)
        if mapped:
            top = base - 0.85 * em
            self.chars.append((mapped, x, top, x + width, base + 0.2 * em, base))

    def path(self, node: Any, outer: Matrix) -> None:
        stroke = node.get("Stroke", "true").lower() not in ("false", "0")
        fill = node.get("Fill", "false").lower() in ("true", "1")
        data = _first(node, "AbbreviatedData")
        if data is None or not (stroke or fill):
            return
        matrix = _compose(_own(node), outer)
        for points, closed in _subpaths(_text(data)):
            placed = [self.place(*_apply(matrix, x, y)) for x, y in points]
            self.rulings.extend(rulings_of([(placed, closed)], stroked=stroke))
        within(len(self.rulings), MAX_RULINGS, "ruling lines on one page")

    def image(self, node: Any, outer: Matrix) -> None:
        left, top, width, height = _numbers(node.get("Boundary", ""), 4) or (0.0, 0.0, 0.0, 0.0)
        corners = [self.place(*_apply(outer, left + a * width, top + b * height)) for a, b in ((0, 0), (1, 0), (0, 1), (1, 1))]
        xs, ys = [c[0] for c in corners], [c[1] for c in corners]
        self.resources.append((node.get("ResourceID", ""), (max(xs) - min(xs)) * (max(ys) - min(ys))))
        self.images.append((max(min(xs), 0.0), max(min(ys), 0.0), min(max(xs), self.width), min(max(ys), self.height)))

    def page(self, number: int) -> Page:
        usable = sum(not c[0].isspace() and ord(c[0][0]) != 0xFFFD for c in self.chars)
        kind: PageKind = "text" if usable else "empty"
        covered = sum((x1 - x0) * (y1 - y0) for x0, y0, x1, y1 in self.images)
        if usable < MIN_TEXT_CHARS and covered >= IMAGE_SHARE * self.width * self.height:
            kind = "image"
        if kind != "text":
            return Page(number, kind, images=self.images, width=self.width, height=self.height)
        lines, placed = lines_of(self.chars)
        return Page(number, kind, lines, find_grids(self.rulings, placed, number), self.images, self.width, self.height)


# --- the notation of the standard ----------------------------------------------------------------------------


def _own(node: Any) -> Matrix:
    """An object's matrix onto its page: its CTM, then the corner of its boundary."""
    box = _numbers(node.get("Boundary", ""), 4) or (0.0, 0.0, 0.0, 0.0)
    ctm = _numbers(node.get("CTM", ""), 6)
    own: Matrix = (ctm[0], ctm[1], ctm[2], ctm[3], ctm[4], ctm[5]) if ctm else IDENTITY
    return _compose(own, (1.0, 0.0, 0.0, 1.0, box[0], box[1]))


def _compose(inner: Matrix, outer: Matrix) -> Matrix:
    a, b, c, d, e, f = inner
    g, h, i, j, k, m = outer
    return (a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m)


def _apply(matrix: Matrix, x: float, y: float) -> Point:
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f


def _steps(text: str, most: int) -> list[float]:
    """``1.5 g 3 2 4`` → 1.5 2 2 2 4: ``g n v`` repeats. No more than there are glyphs."""
    found: list[float] = []
    tokens = iter(text.split())
    for token in tokens:
        if token == "g":
            count, value = next(tokens, "0"), _number(next(tokens, "0"), 0.0)
            found += [value] * min(int(_number(count, 0.0)), max(most - len(found), 0))
        else:
            found.append(_number(token, 0.0))
        if len(found) >= most:
            break
    return found


_PATH = re.compile(r"[SMLQBAC]|[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_OPERANDS = {"S": 2, "M": 2, "L": 2, "Q": 4, "B": 6, "A": 7, "C": 0}


def _subpaths(text: str) -> Iterator[tuple[list[Point], bool]]:
    """The straight outline of AbbreviatedData: S M start, L line, Q B A curves (by their end), C closes."""
    tokens = _PATH.findall(text)
    within(len(tokens), MAX_PLACES, "numbers in one path")
    points: list[Point] = []
    at = 0
    while at < len(tokens):
        operator = tokens[at]
        at += 1
        count = _OPERANDS.get(operator)
        if count is None:
            continue  # a number without its operator
        values = [_number(t, 0.0) for t in tokens[at : at + count] if t not in _OPERANDS]
        at += len(values)
        if operator == "C":
            if len(points) > 1:
                yield points, True
            points = points[:1]
        elif len(values) == count:
            end = (values[-2], values[-1])
            if operator in "SM":
                if len(points) > 1:
                    yield points, False
                points = [end]
            else:
                points.append(end)
    if len(points) > 1:
        yield points, False


def _area(node: Any) -> Box | None:
    """The area of a page or of all pages, from corner to corner: what the reader sees, else the paper."""
    area = next((n for n in node if _name(n) in ("Area", "PageArea")), None)
    for name in ("ApplicationBox", "PhysicalBox"):
        found = _first(area, name) if area is not None else None
        box = _numbers(_text(found), 4) if found is not None else None
        if box and 0 < box[2] < 10_000 and 0 < box[3] < 10_000:
            return box[0], box[1], box[0] + box[2], box[1] + box[3]
    return None


def _name(node: Any) -> str:
    """An element's name without its namespace: files of several years have several."""
    return str(node.tag).rpartition("}")[2]


def _all(node: Any, name: str) -> list[Any]:
    return [n for n in node.iter() if _name(n) == name]


def _first(node: Any, name: str) -> Any:
    return next((n for n in node if _name(n) == name), None)


def _text(node: Any) -> str:
    return (node.text or "").strip()


def _number(text: str | None, default: float) -> float:
    try:
        value = float(text) if text else default
    except ValueError:
        return default
    return value if math.isfinite(value) and abs(value) < 1e7 else default


def _numbers(text: str, count: int) -> tuple[float, ...] | None:
    parts = text.split()
    return tuple(_number(p, 0.0) for p in parts[:count]) if len(parts) >= count else None
