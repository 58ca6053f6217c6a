"""Pages of a PDF as pictures: clean, or as a scanner gives them (turned, noisy, blurred, grey, with a red stamp).

The truth is that of the report that was printed. Not the same bytes on every machine: rendering differs in details, so
samples that are kept are kept as files (``samples/scans``).
"""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pypdfium2 as pdfium
from PIL import Image, ImageDraw, ImageFilter

_RED = (205, 45, 45)


def photograph(
    data: bytes, dpi: int, *, seed: int | None = None, pages: Callable[[int, str], bool] | None = None, quality: int = 85
) -> bytes:
    """The PDF with pages as JPEG pictures. ``seed``: as simulated scans; ``pages``: which, by index and text (all)."""
    source, copy = pdfium.PdfDocument(data), pdfium.PdfDocument.new()
    rng = np.random.default_rng(seed)
    for index in range(len(source)):
        page = source[index]
        if pages is not None and not pages(index, page.get_textpage().get_text_range()):
            copy.import_pages(source, [index])
            continue
        picture = page.render(scale=dpi / 72).to_pil().convert("RGB")
        if seed is not None:
            picture = scan(picture, rng)
        packed = io.BytesIO()
        picture.save(packed, "JPEG", quality=quality)
        packed.seek(0)
        image = pdfium.PdfImage.new(copy)
        image.load_jpeg(packed, inline=True)
        width, height = page.get_size()
        image.set_matrix(pdfium.PdfMatrix().scale(width, height))
        sheet = copy.new_page(width, height)
        sheet.insert_obj(image)
        sheet.gen_content()
    found = io.BytesIO()
    copy.save(found)
    return found.getvalue()


def scan(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    """One page through a scanner: up to 2° askew, a round red stamp on it, soft, grey towards one edge, noisy."""
    width, height = picture.size
    picture = picture.rotate(float(rng.uniform(-2, 2)), Image.Resampling.BICUBIC, fillcolor="white")
    radius = 0.09 * width
    x, y = rng.uniform(0.3, 0.7) * width, rng.uniform(0.3, 0.7) * height
    stamp = Image.new("RGB", picture.size, "white")
    ImageDraw.Draw(stamp).ellipse((x - radius, y - radius, x + radius, y + radius), outline=_RED, width=max(3, int(radius / 16)))
    ImageDraw.Draw(stamp).regular_polygon((x, y, radius / 3), 5, fill=_RED)
    pixels = np.minimum(np.asarray(picture), np.asarray(stamp))
    soft = np.asarray(Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(0.7)), dtype=np.float64)
    paper = np.linspace(0.80, 0.92, width)[None, :, None]
    return Image.fromarray(np.clip(soft * paper + rng.normal(0, 8, soft.shape), 0, 255).astype(np.uint8))
