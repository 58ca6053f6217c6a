"""What a PDF page draws besides text: ruling lines, images, and the windows through which text is seen.

Strokes and thin filled rectangles are ruling lines, also inside nested forms. A workbook's producer draws a cell's
text whole and clips it to its column: what lies outside the window is not seen and belongs to that column.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pypdfium2.raw as raw

from pipelines.documents.grids import Ruling
from pipelines.documents.model import Box

_THIN = 3.0
_AXIS_TOLERANCE = 1.0
_MAX_DEPTH = 8

Point = tuple[float, float]
Place = Callable[[float, float], Point]
"""The map from PDF user space to the page as it is looked at (points, y downwards)."""
Matrix = tuple[float, ...]
Subpath = tuple[list[Point], bool]
"""Points, and whether the path returns to the first."""


@dataclass(slots=True)
class Drawn:
    """Ruling lines and image boxes of a page, and the window of each text object that reaches beyond it."""

    rulings: list[Ruling] = field(default_factory=list)
    images: list[Box] = field(default_factory=list)
    windows: dict[int, Box] = field(default_factory=dict)
    """Address of the text object → the box in which it is seen."""


def drawn_objects(page: Any, place: Place, width: float, height: float) -> Drawn:
    """Everything that the page draws, through nested forms."""
    drawn = Drawn()

    def visit(obj: Any, outer: Matrix, depth: int) -> None:
        kind = raw.FPDFPageObj_GetType(obj)
        if kind == raw.FPDF_PAGEOBJ_TEXT:
            window = _window(obj, outer, place)
            if window is not None:
                drawn.windows[address(obj)] = window
        elif kind == raw.FPDF_PAGEOBJ_PATH:
            _path_rulings(obj, _compose(_matrix(obj), outer), place, drawn.rulings)
        elif kind == raw.FPDF_PAGEOBJ_IMAGE:
            drawn.images.append(_image_box(_compose(_matrix(obj), outer), place, width, height))
        elif kind == raw.FPDF_PAGEOBJ_FORM and depth < _MAX_DEPTH:
            inner = _compose(_matrix(obj), outer)
            for index in range(raw.FPDFFormObj_CountObjects(obj)):
                visit(raw.FPDFFormObj_GetObject(obj, index), inner, depth + 1)

    for index in range(raw.FPDFPage_CountObjects(page.raw)):
        visit(raw.FPDFPage_GetObject(page.raw, index), (1.0, 0.0, 0.0, 1.0, 0.0, 0.0), 0)
    return drawn


def address(obj: Any) -> int:
    """Which page object a handle of PDFium stands for."""
    return ctypes.cast(obj, ctypes.c_void_p).value or 0


_X, _Y = ctypes.c_float(), ctypes.c_float()
_X_AT, _Y_AT = ctypes.byref(_X), ctypes.byref(_Y)
_EDGES = (ctypes.c_float * 4)()
_EDGES_AT = tuple(ctypes.cast(ctypes.addressof(_EDGES) + 4 * k, ctypes.POINTER(ctypes.c_float)) for k in range(4))
"""Left, bottom, right, top of the object asked last."""


def _window(obj: Any, outer: Matrix, place: Place) -> Box | None:
    """The box of a text object's clip, if the text reaches beyond its sides by a point.

    Most text is clipped to the page, if at all: that is seen before anything is mapped.
    """
    clip = raw.FPDFPageObj_GetClipPath(obj)
    count = raw.FPDFClipPath_CountPaths(clip) if clip else 0
    if count < 1 or not raw.FPDFPageObj_GetBounds(obj, *_EDGES_AT):
        return None
    left, bottom, right, top = _EDGES
    segment, point = raw.FPDFClipPath_GetPathSegment, raw.FPDFPathSegment_GetPoint
    for path in range(count):
        # What does not reach beyond two opposite corners of a rectangle is seen.
        start, opposite = segment(clip, path, 0), segment(clip, path, 2)
        if not start or not opposite or not point(start, _X_AT, _Y_AT):
            break
        x0, y0 = _X.value, _Y.value
        point(opposite, _X_AT, _Y_AT)
        x1, y1 = _X.value, _Y.value
        if x1 < x0:
            x0, x1 = x1, x0
        if y1 < y0:
            y0, y1 = y1, y0
        if left < x0 - 1 or right > x1 + 1 or bottom < y0 - 1 or top > y1 + 1:
            break
    else:
        return None
    boxes = [box for path in range(count) if (box := _clip_box(clip, path)) is not None]
    if not boxes:
        return None
    mapped = [_mapped(box, outer, place) for box in boxes]
    window = (max(b[0] for b in mapped), max(b[1] for b in mapped), min(b[2] for b in mapped), min(b[3] for b in mapped))
    text = _mapped((left, bottom, right, top), outer, place)
    seen = window[0] < text[2] and text[0] < window[2]
    return window if seen and (text[0] < window[0] - 1 or text[2] > window[2] + 1) else None


def _clip_box(clip: Any, path: int) -> Box | None:
    """The box around one path of a clip, in the space of its object."""
    xs, ys = [], []
    for index in range(raw.FPDFClipPath_CountPathSegments(clip, path)):
        raw.FPDFPathSegment_GetPoint(raw.FPDFClipPath_GetPathSegment(clip, path, index), _X_AT, _Y_AT)
        xs.append(_X.value)
        ys.append(_Y.value)
    return (min(xs), min(ys), max(xs), max(ys)) if xs else None


def _mapped(box: Box, outer: Matrix, place: Place) -> Box:
    x0, y0, x1, y1 = box
    return _around([place(*_apply(outer, x, y)) for x, y in ((x0, y0), (x0, y1), (x1, y0), (x1, y1))])


def _around(points: list[Point]) -> Box:
    xs, ys = [p[0] for p in points], [p[1] for p in points]
    return (min(xs), min(ys), max(xs), max(ys))


def _matrix(obj: Any) -> tuple[float, ...]:
    m = raw.FS_MATRIX()
    raw.FPDFPageObj_GetMatrix(obj, ctypes.byref(m))
    return (m.a, m.b, m.c, m.d, m.e, m.f)


def _compose(inner: tuple[float, ...], outer: tuple[float, ...]) -> tuple[float, ...]:
    a, b, c, d, e, f = inner
    g, h, i, j, k, m = outer
    return (a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m)


def _apply(matrix: tuple[float, ...], x: float, y: float) -> Point:
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f


def _image_box(matrix: tuple[float, ...], place: Place, width: float, height: float) -> Box:
    corners = [place(*_apply(matrix, x, y)) for x, y in ((0, 0), (1, 0), (0, 1), (1, 1))]
    xs, ys = [c[0] for c in corners], [c[1] for c in corners]
    return (max(min(xs), 0.0), max(min(ys), 0.0), min(max(xs), width), min(max(ys), height))


def _path_rulings(obj: Any, matrix: Matrix, place: Place, rulings: list[Ruling]) -> None:
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    raw.FPDFPath_GetDrawMode(obj, ctypes.byref(fill), ctypes.byref(stroke))
    if not fill.value and not stroke.value:
        return
    rulings.extend(rulings_of(_subpaths(obj, matrix, place), stroked=bool(stroke.value)))


def rulings_of(subpaths: Iterable[Subpath], *, stroked: bool) -> Iterator[Ruling]:
    """The ruling lines among the polygons of a path (points of a page), painted by its outline or only filled."""
    for points, closed in subpaths:
        x0, y0, x1, y1 = _around(points)
        thin = _thin(x0, y0, x1, y1)
        if thin is not None:
            yield from thin
        elif stroked:
            yield from _sides([*points, points[0]] if closed else points)


def _subpaths(obj: Any, matrix: Matrix, place: Place) -> list[Subpath]:
    """The polygons of a path, in page space."""
    x, y = ctypes.c_float(), ctypes.c_float()
    current: list[Point] = []
    subpaths: list[Subpath] = []
    for index in range(raw.FPDFPath_CountSegments(obj)):
        segment = raw.FPDFPath_GetPathSegment(obj, index)
        raw.FPDFPathSegment_GetPoint(segment, ctypes.byref(x), ctypes.byref(y))
        point = place(*_apply(matrix, x.value, y.value))
        if raw.FPDFPathSegment_GetType(segment) == raw.FPDF_SEGMENT_MOVETO:
            if len(current) > 1:
                subpaths.append((current, False))
            current = [point]
        else:
            current.append(point)
        if raw.FPDFPathSegment_GetClose(segment) and len(current) > 1:
            subpaths.append((current, True))
            current = [current[0]]
    if len(current) > 1:
        subpaths.append((current, False))
    return subpaths


def _thin(x0: float, y0: float, x1: float, y1: float) -> list[Ruling] | None:
    """A thin rectangle or stroke as one line; None for anything wider."""
    w, h = x1 - x0, y1 - y0
    if w > _THIN and h > _THIN:
        return None
    # A dot of a dotted line is kept with its length: collinear pieces are merged later.
    dot = w <= _THIN and h <= _THIN
    if (dot and w > h) or (not dot and h <= _THIN):
        return [("h", (y0 + y1) / 2, x0, x1)]
    if (dot and h > w) or not dot:
        return [("v", (x0 + x1) / 2, y0, y1)]
    return []


def _sides(ring: list[Point]) -> Iterator[Ruling]:
    """The sides of a stroked polygon that run along an axis."""
    for (ax, ay), (bx, by) in zip(ring, ring[1:], strict=False):
        if abs(ay - by) <= _AXIS_TOLERANCE and abs(ax - bx) > _AXIS_TOLERANCE:
            yield ("h", (ay + by) / 2, min(ax, bx), max(ax, bx))
        elif abs(ax - bx) <= _AXIS_TOLERANCE and abs(ay - by) > _AXIS_TOLERANCE:
            yield ("v", (ax + bx) / 2, min(ay, by), max(ay, by))
