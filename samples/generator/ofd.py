"""Reports as OFD (GB/T 33190), written from the standard: what :mod:`samples.generator.pdf` prints, on another canvas.

Text objects give the place of each glyph in a step list (``g n v`` repeats), ruling lines are path objects; page numbers
lie in the page, the frame of the paper in a template. Lengths are millimetres, y downwards.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from io import BytesIO
from itertools import groupby
from typing import Any
from xml.sax.saxutils import escape

from samples.generator.layouts import Layout
from samples.generator.pdf import _Press, _width
from samples.generator.prose import Block

_NS = 'xmlns:ofd="http://www.ofdspec.org/2016"'
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_MM = 25.4 / 72
_DATE = (1980, 1, 1, 0, 0, 0)


def render(blocks: Iterable[Block], layout: Layout) -> bytes:
    """The report as OFD bytes; always the same."""
    press = _Press(layout, "flate")
    press.canvas = canvas = Canvas()  # type: ignore[assignment]
    press.print(blocks)
    return canvas.packed()


class Canvas:
    """The part of reportlab's canvas that the press uses."""

    def __init__(self) -> None:
        self.pages: list[str] = []
        self.objects: list[str] = []
        self.images: list[bytes] = []
        self.size = (0.0, 0.0)
        self.font = ("", 10.0)
        self.line_width = 0.5

    def setPageSize(self, size: tuple[float, float]) -> None:
        self.size = size

    def setPageRotation(self, degrees: int) -> None:
        """OFD turns no pages."""

    def transform(self, *_: float) -> None:
        """As above."""

    def setLineWidth(self, width: float) -> None:
        self.line_width = width

    def setFont(self, name: str, size: float) -> None:
        self.font = (name, size)

    def drawString(self, x: float, y: float, text: str) -> None:
        name, size = self.font
        if not text:
            return
        steps = [round(_width(char, name) * size * _MM, 4) for char in text[:-1]]
        top = self.size[1] - y - size
        box = " ".join(_mm(v) for v in (x, top, _width(text, name) * size, 1.3 * size))
        self.objects.append(
            f'<ofd:TextObject ID="{self._id()}" Boundary="{box}" Font="1" Size="{_mm(size)}">'
            f'<ofd:TextCode X="0" Y="{_mm(size)}" DeltaX="{_steps(steps)}">{escape(text)}</ofd:TextCode></ofd:TextObject>'
        )

    def line(self, ax: float, ay: float, bx: float, by: float) -> None:
        self._path(min(ax, bx), max(ay, by), [(ax, ay), (bx, by)], closed=False, stroke=1, fill=0)

    def rect(self, x: float, y: float, width: float, height: float, stroke: int = 1, fill: int = 0) -> None:
        corners = [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]
        self._path(x, y + height, corners, closed=True, stroke=stroke, fill=fill)

    def _path(self, left: float, top: float, points: list[tuple[float, float]], *, closed: bool, stroke: int, fill: int) -> None:
        inside = [f"{_mm(x - left)} {_mm(top - y)}" for x, y in points]
        data = f"M {inside[0]} " + " ".join(f"L {p}" for p in inside[1:]) + (" C" if closed else "")
        xs, ys = [p[0] for p in points], [p[1] for p in points]
        box = " ".join(_mm(v) for v in (left, self.size[1] - top, max(xs) - min(xs), max(ys) - min(ys)))
        painted = f'Stroke="{"true" if stroke else "false"}" Fill="{"true" if fill else "false"}"'
        self.objects.append(
            f'<ofd:PathObject ID="{self._id()}" Boundary="{box}" LineWidth="{_mm(self.line_width)}" {painted}>'
            f"<ofd:AbbreviatedData>{data}</ofd:AbbreviatedData></ofd:PathObject>"
        )

    def drawImage(self, image: Any, x: float, y: float, width: float, height: float) -> None:
        self.images.append(image.fp.getvalue() if hasattr(image.fp, "getvalue") else image.fp.read())
        box = " ".join(_mm(v) for v in (x, self.size[1] - y - height, width, height))
        self.objects.append(
            f'<ofd:ImageObject ID="{self._id()}" Boundary="{box}" CTM="{_mm(width)} 0 0 {_mm(height)} 0 0"'
            f' ResourceID="{900_000 + len(self.images)}"/>'
        )

    def showPage(self) -> None:
        area = f"<ofd:Area><ofd:PhysicalBox>0 0 {_mm(self.size[0])} {_mm(self.size[1])}</ofd:PhysicalBox></ofd:Area>"
        layer = f'<ofd:Layer ID="{self._id()}">{"".join(self.objects)}</ofd:Layer>'
        self.pages.append(
            f'{_HEAD}<ofd:Page {_NS}>{area}<ofd:Template TemplateID="2" ZOrder="Background"/><ofd:Content>{layer}</ofd:Content></ofd:Page>'
        )
        self.objects = []

    def save(self) -> None:
        """Packed by :meth:`packed`."""

    def packed(self) -> bytes:
        listed = "".join(f'<ofd:Page ID="{k + 10}" BaseLoc="Pages/Page_{k}/Content.xml"/>' for k in range(len(self.pages)))
        media = "".join(
            f'<ofd:MultiMedia ID="{900_001 + k}" Type="Image"><ofd:MediaFile>image_{k}.jpg</ofd:MediaFile></ofd:MultiMedia>'
            for k in range(len(self.images))
        )
        files: dict[str, str | bytes] = {
            "OFD.xml": f'{_HEAD}<ofd:OFD {_NS} Version="1.0" DocType="OFD"><ofd:DocBody><ofd:DocInfo/>'
            "<ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>",
            "Doc_0/Document.xml": f"{_HEAD}<ofd:Document {_NS}><ofd:CommonData><ofd:MaxUnitID>999999</ofd:MaxUnitID>"
            "<ofd:PageArea><ofd:PhysicalBox>0 0 210 297</ofd:PhysicalBox></ofd:PageArea>"
            "<ofd:DocumentRes>DocumentRes.xml</ofd:DocumentRes>"
            '<ofd:TemplatePage ID="2" BaseLoc="Tpls/Tpl_0/Content.xml"/></ofd:CommonData>'
            f"<ofd:Pages>{listed}</ofd:Pages></ofd:Document>",
            "Doc_0/DocumentRes.xml": f'{_HEAD}<ofd:Res {_NS} BaseLoc="Res"><ofd:MultiMedias>{media}</ofd:MultiMedias></ofd:Res>',
            "Doc_0/Tpls/Tpl_0/Content.xml": f'{_HEAD}<ofd:Page {_NS}><ofd:Content><ofd:Layer ID="3">'
            '<ofd:PathObject ID="4" Boundary="5 5 3 0.2" LineWidth="0.2"><ofd:AbbreviatedData>M 0 0 L 3 0</ofd:AbbreviatedData>'
            "</ofd:PathObject></ofd:Layer></ofd:Content></ofd:Page>",
            **{f"Doc_0/Pages/Page_{k}/Content.xml": page for k, page in enumerate(self.pages)},
            **{f"Doc_0/Res/image_{k}.jpg": image for k, image in enumerate(self.images)},
        }
        buffer = BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
            for name, content in files.items():
                entry = zipfile.ZipInfo(name, _DATE)
                entry.compress_type = zipfile.ZIP_DEFLATED
                package.writestr(entry, content)
        return buffer.getvalue()

    def _id(self) -> int:
        return 1000 + 1000 * len(self.pages) + len(self.objects)


def _mm(points: float) -> str:
    return f"{points * _MM:.4f}".rstrip("0").rstrip(".") or "0"


def _steps(values: list[float]) -> str:
    """Runs of equal steps as ``g n v``, as the writers of real files do."""
    parts = []
    for value, run in groupby(values):
        count = len(list(run))
        parts.append(f"g {count} {value:g}" if count > 1 else f"{value:g}")
    return " ".join(parts)
