"""The picture of a page → an upright grey picture without stamps, its ruling lines, and where it holds ink.

OpenCV's morphology on the picture; no text is recognised here (:mod:`pipelines.documents.ocr`). Lengths are in
pixels unless a name says points; a page is looked at with 200 pixels to the inch, whatever it was scanned with.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from PIL import Image, ImageOps

from pipelines.documents.grids import Ruling

DPI = 200
POINT = 72 / DPI
"""Points per pixel."""

MAX_FRAMES = 150
_LEAST_SIDE, _MOST_PIXELS = 500, 100_000_000
_MAX_SKEW = 3.0
_RED = 22
_STAMP_IS_PAPER = 150
"""Where a stamp was: from here on grey is paper."""
_THICK = 9

Picture = Any
"""A two-dimensional ``uint8`` array, 0 black, 255 white."""
PixelBox = tuple[int, int, int, int]


@dataclass(slots=True)
class PagePicture:
    """A page made upright. ``grey`` is without ruling lines; ``ink`` is 255 where something is printed, else 0."""

    grey: Picture
    ink: Picture
    stamps: Picture
    """255 where red ink was taken out."""
    rulings: list[Ruling]
    skew: float
    """Degrees by which the picture was turned back."""

    @property
    def width(self) -> float:
        """In points."""
        return float(self.grey.shape[1] * POINT)

    @property
    def height(self) -> float:
        return float(self.grey.shape[0] * POINT)


def frames_of(packed: bytes) -> int:
    """How many pages a picture file holds (TIFF: any number); none if it is no picture, too small for a table, or a bomb."""
    try:
        with Image.open(io.BytesIO(packed)) as picture:
            width, height = picture.size
            fits = min(width, height) >= _LEAST_SIDE and width * height <= _MOST_PIXELS
            return min(getattr(picture, "n_frames", 1), MAX_FRAMES) if fits else 0
    except Exception:  # noqa: BLE001 - a library that meets broken or hostile pictures
        return 0


def unpacked(packed: bytes, frame: int) -> Picture | None:
    """A page of a picture file at :data:`DPI` (RGB), A4 where the file does not say how it was scanned; None if broken."""
    try:
        with Image.open(io.BytesIO(packed)) as picture:
            picture.seek(frame)
            dpi = float((picture.info.get("dpi") or (0, 0))[0])
            if picture.width * picture.height > _MOST_PIXELS:
                return None
            image = np.asarray(ImageOps.exif_transpose(picture).convert("RGB"))
    except Exception:  # noqa: BLE001 - a library that meets broken or hostile pictures
        return None
    longest = max(image.shape[:2])
    scale = DPI / dpi if 100 <= dpi <= 1200 and 5 <= longest / dpi <= 18 else 11.69 * DPI / longest
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.ascontiguousarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=way) if abs(scale - 1) > 0.01 else image)


def prepare(image: Picture) -> PagePicture:
    """A rendered page (height × width × 3, RGB) at :data:`DPI`. The same pixels give the same answer."""
    cv2.setNumThreads(1)
    clean, stamps = _without_stamps(image)
    grey = _even(clean)
    skew = _skew(grey)
    if abs(skew) >= 0.03:
        grey, stamps = _turned(grey, skew), _turned(stamps, skew, 0)
    rulings, lines = _rulings(_ink(grey))
    # What is left of a stamp is half as light as paper, as thin ruling lines are; print under it is as dark as elsewhere.
    grey = np.where(stamps > 0, np.minimum(grey.astype(np.uint16) * 255 // _STAMP_IS_PAPER, 255).astype(np.uint8), grey)
    ink = _ink(grey)
    thick = cv2.dilate(lines, np.ones((5, 5), np.uint8))
    grey = np.where(thick > 0, np.uint8(255), grey)
    ink = cv2.bitwise_and(ink, cv2.bitwise_not(thick))
    return PagePicture(grey, _despeckled(ink), stamps, rulings, skew)


def _without_stamps(image: Picture) -> tuple[Picture, Picture]:
    """(grey, where stamps are). Red ink is taken by its red channel: there a stamp is as light as paper, black print stays black."""
    soft = cv2.GaussianBlur(image, (5, 5), 0).astype(np.int16)
    red, green, blue = (soft[:, :, k] for k in range(3))
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    reddish = (red - np.maximum(green, blue)) > _RED
    near = cv2.dilate(reddish.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    count, labels, stats, _ = cv2.connectedComponentsWithStats(near.astype(np.uint8), connectivity=8)
    large = stats[:count, cv2.CC_STAT_AREA] >= 200
    large[0] = False
    stamps = np.where(large[labels], np.uint8(255), np.uint8(0))
    return np.where(near, np.maximum(image[:, :, 0], grey), grey), stamps


def _even(grey: Picture) -> Picture:
    """Grey paper, and paper that darkens towards an edge, made white."""
    small = cv2.resize(grey, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    paper = cv2.medianBlur(cv2.dilate(small, np.ones((9, 9), np.uint8)), 21)
    paper = cv2.resize(paper, (grey.shape[1], grey.shape[0]), interpolation=cv2.INTER_LINEAR)
    return np.clip(grey.astype(np.float32) * 255.0 / np.maximum(paper, 1), 0, 255).astype(np.uint8)


def _ink(grey: Picture) -> Picture:
    smooth = cv2.GaussianBlur(grey, (3, 3), 0)
    level, _ = cv2.threshold(smooth, 0, 255, cv2.THRESH_BINARY_INV + cv2.THRESH_OTSU)
    _, ink = cv2.threshold(smooth, min(max(level, 110), 190), 255, cv2.THRESH_BINARY_INV)
    return ink


def _despeckled(ink: Picture) -> Picture:
    """Without specks that are smaller than a decimal point."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    keep = np.zeros(count, np.uint8)
    keep[1:] = np.where(stats[1:, cv2.CC_STAT_AREA] >= 4, 255, 0)
    return keep[labels]


def _skew(grey: Picture) -> float:
    """Degrees that the page is turned (positive: counter-clockwise): where lines of print and rulings are sharpest."""
    small = cv2.resize(_ink(grey), None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)

    def sharpness(degrees: float) -> float:
        rows = _turned(small, degrees, 0).sum(axis=1, dtype=np.float64)
        return float(np.square(np.diff(rows)).sum())

    best = 0.0
    for reach, step in ((_MAX_SKEW, 0.25), (0.25, 0.05), (0.04, 0.02)):
        tried = [best + k * step for k in range(-round(reach / step), round(reach / step) + 1)]
        best = max(tried, key=lambda a: (sharpness(a), -abs(a)))
    return best


def _turned(picture: Picture, degrees: float, paper: int = 255) -> Picture:
    height, width = picture.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), -degrees, 1.0)
    return cv2.warpAffine(picture, matrix, (width, height), flags=cv2.INTER_CUBIC, borderValue=paper)


def _rulings(ink: Picture) -> tuple[list[Ruling], Picture]:
    """Ruling lines in points, and their pixels."""
    across, down = _runs(ink, 70, (1, 0)), _runs(ink, 32, (0, 1))
    horizontals = [b for b in _boxes(across) if b[3] - b[1] <= _THICK + (b[2] - b[0]) // 200]
    verticals = [b for b in _boxes(down) if b[2] - b[0] <= _THICK + (b[3] - b[1]) // 200]
    # Strokes of characters end in the paper, ruling lines at others (or they are too long for a stroke).
    horizontals = [h for h in horizontals if h[2] - h[0] >= 400 or _held(h, verticals, 0)]
    verticals = [_trimmed(v, horizontals, ink) for v in verticals]
    verticals = [v for v in verticals if v[3] - v[1] >= 150 or _held(v, horizontals, 1)]
    lines = np.zeros_like(ink)
    rulings: list[Ruling] = []
    for x0, y0, x1, y1 in horizontals:
        lines[y0:y1, x0:x1] |= across[y0:y1, x0:x1]
        rulings.append(("h", (y0 + y1) / 2 * POINT, x0 * POINT, x1 * POINT))
    for x0, y0, x1, y1 in verticals:
        lines[y0:y1, x0:x1] |= down[y0:y1, x0:x1]
        rulings.append(("v", (x0 + x1) / 2 * POINT, y0 * POINT, y1 * POINT))
    return rulings, lines


def _trimmed(line: PixelBox, horizontals: list[PixelBox], ink: Picture, reach: int = 8) -> PixelBox:
    """A vertical line without the stroke of a character above or below it: there the ink stops for a moment."""
    x0, y0, x1, y1 = line
    at = sorted((h[1] + h[3]) // 2 for h in horizontals if h[0] - reach <= (x0 + x1) / 2 <= h[2] + reach)
    at = [y for y in at if y0 - reach <= y <= y1 + reach]
    if len(at) < 2:
        return line

    def solid(top: int, bottom: int) -> bool:
        return bottom <= top or float((ink[top:bottom, x0:x1] > 0).any(axis=1).mean()) >= 0.97

    top = y0 if at[0] - y0 <= reach or solid(y0, at[0]) else at[0]
    bottom = y1 if y1 - at[-1] <= reach or solid(at[-1], y1) else at[-1]
    return x0, top, x1, bottom


def _runs(ink: Picture, least: int, way: tuple[int, int]) -> Picture:
    """Straight runs of ink (way: across or down), joined over the gaps that noise leaves. Rows of serifs are none."""

    def kernel(length: int) -> Picture:
        return np.ones((length if way[1] else 1, length if way[0] else 1), np.uint8)

    solid = cv2.morphologyEx(ink, cv2.MORPH_OPEN, kernel(16))
    joined = cv2.morphologyEx(solid, cv2.MORPH_CLOSE, kernel(13))
    return cv2.morphologyEx(joined, cv2.MORPH_OPEN, kernel(least))


def _boxes(mask: Picture) -> list[PixelBox]:
    count, _, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    return [(int(x), int(y), int(x + w), int(y + h)) for x, y, w, h, _ in stats[1:count]]


def _held(line: PixelBox, others: list[PixelBox], axis: int, reach: int = 8) -> bool:
    """Both ends of a line lie at lines of the other direction. ``axis``: 0 for a horizontal line, 1 for a vertical one."""
    across = (line[1 - axis] + line[3 - axis]) / 2
    at = [o for o in others if o[1 - axis] - reach <= across <= o[3 - axis] + reach]
    return all(any(o[axis] - reach <= end <= o[axis + 2] + reach for o in at) for end in (line[axis], line[axis + 2]))


def lines_in(ink: Picture, box: PixelBox, gap: int = 2) -> list[PixelBox]:
    """The lines of print inside a box, top to bottom, each as tight as its ink. Parts of one character stay together."""
    x0, y0, x1, y1 = box
    part = ink[y0:y1, x0:x1]
    rows = np.flatnonzero(part.any(axis=1))
    if not rows.size:
        return []
    bands: list[list[int]] = [[int(rows[0]), int(rows[0]) + 1]]
    for row in rows[1:]:
        if row - bands[-1][1] <= gap:
            bands[-1][1] = int(row) + 1
        else:
            bands.append([int(row), int(row) + 1])
    bands = _whole(bands)
    found = []
    for top, bottom in bands:
        columns = np.flatnonzero(part[top:bottom].any(axis=0))
        found.append((x0 + int(columns[0]), y0 + top, x0 + int(columns[-1]) + 1, y0 + bottom))
    return found


def _whole(bands: list[list[int]]) -> list[list[int]]:
    """Bands much lower than the tallest one are parts of characters (三, 二) or specks: joined to the nearer neighbour."""
    tallest = max(b - a for a, b in bands)
    while len(bands) > 1:
        small = [k for k, (a, b) in enumerate(bands) if b - a < 0.55 * tallest]
        if not small:
            break
        k = small[0]
        before = bands[k][0] - bands[k - 1][1] if k else 10**9
        after = bands[k + 1][0] - bands[k][1] if k + 1 < len(bands) else 10**9
        j = k - 1 if before <= after else k
        bands[j : j + 2] = [[bands[j][0], bands[j + 1][1]]]
        tallest = max(tallest, 0)
    return bands


def lines_outside(ink: Picture, tables: list[PixelBox]) -> list[PixelBox]:
    """Lines of print outside the tables: ink joined across the gaps between characters."""
    free = ink.copy()
    for x0, y0, x1, y1 in tables:
        free[max(y0 - 4, 0) : y1 + 4, max(x0 - 4, 0) : x1 + 4] = 0
    joined = cv2.morphologyEx(free, cv2.MORPH_CLOSE, np.ones((5, 31), np.uint8))
    found = [line for box in _boxes(joined) if box[3] - box[1] >= 8 for line in lines_in(free, box)]
    return sorted((f for f in found if f[3] - f[1] >= 8 and f[2] - f[0] >= 6), key=lambda b: (b[1], b[0]))
