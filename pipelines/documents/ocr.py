"""Pages that are pictures, and pictures in pages → lines of text and ruled grids, by RapidOCR on ONNX Runtime (the extra ``mingzhang[ocr]``).

The models are in the wheel; nothing is fetched. Everything runs in one thread on the CPU, line by line, so that the
same bytes give the same text. A figure counts only if two recognitions of it, of the grey and of the black-and-white
picture, agree and are sure, or three of five, of both kinds and with none against them; otherwise
:data:`~pipelines.documents.model.UNREAD` stands in its place. Not for what a figure means, and no sum is looked at.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from importlib.util import find_spec
from statistics import median
from typing import Any, Literal

from pipelines.documents.grids import frames
from pipelines.documents.model import UNREAD, Box, Cell, Document, Line, Page, Remark, Word
from pipelines.documents.normalise import normalise

SWITCH = "MINGZHANG_OCR"
"""Environment: ``off`` leaves pictures alone (the option ``--no-ocr``)."""
HINT_ZH = "安装 OCR 组件后可以识别：make ocr 或 pip install mingzhang[ocr]"
HINT_EN = "OCR reads them where it is installed: make ocr, or pip install mingzhang[ocr]"
MAX_PAGES = 150
SECONDS_A_PAGE = 40.0
"""What a page may take on a slow machine; the time limit of a file grows by it for each page."""
SURE = 0.90
"""Confidence below which a figure is not taken."""
_NEARLY = 0.75
"""Confidence from which another figure stands against one."""
_LOW, _TINY = 8, 3
"""Pixels: ink lower than this is a dash or a speck, no figure; lower than that in both directions is dirt."""
_MAX_WIDTH = 1400
_FIGURE = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?%?|\((?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?\)")
_FIGURES = re.compile(r"(?<![\d〓])[\d,.．，]*\d[\d,.．，]*")
_THOUSAND = re.compile(r"[+-]?\d{1,3}\.\d{3}")
"""A point, or a comma between thousands: the print is too small to tell."""
_LIKE = re.compile(r"[\d.,，．%()（）+\-—–_/\\lIoOSBZ|'`:：·\s]*")
_SIMPLIFIED = str.maketrans(
    "決國門預計財費業務項總經單員據險產資購輔關運車獎勵補貼離職養療醫傷學會議訓電氣郵館樓維護備軟設農漁鄉鎮區縣園團華個為與結餘轉開對",
    "决国门预计财费业务项总经单员据险产资购辅关运车奖励补贴离职养疗医伤学会议训电气邮馆楼维护备软设农渔乡镇区县园团华个为与结余转开对",
)
"""The recogniser knows both scripts and mixes them up; the reports are in simplified characters."""
_WORDS = re.compile(r"[\u4e00-\u9fff]")
_BLANK = re.compile(r"[-—–_一·.\s]*")

State = Literal["on", "off", "missing"]
Told = Callable[[int, int], None]
"""Called before each page is recognised, with its place among those to do, from 1, and their number."""
PixelBox = tuple[int, int, int, int]


def state() -> State:
    """Whether pictures are read: ``missing`` where the extra is not installed."""
    if os.environ.get(SWITCH, "").lower() in ("off", "0", "no"):
        return "off"
    return "on" if all(find_spec(name) for name in ("rapidocr", "onnxruntime", "cv2")) else "missing"


def switch_off() -> None:
    """For this process and those that it starts."""
    os.environ[SWITCH] = "off"


def hint() -> str:
    """How a picture comes to be read, for a message."""
    return "OCR is switched off (--no-ocr)" if state() == "off" else HINT_EN


def read_pictures(document: Document, data: bytes, told: Told | None = None) -> None:
    """Replace the pages that are pictures by what OCR reads on them; a page without text stays a picture.

    Pictures in a page that has text of its own (a Word file) become pages behind the last one.
    """
    jobs = list(_jobs(document, data)) if state() == "on" else []
    for page in document.pages:
        page.pictures = []
    if len(jobs) > MAX_PAGES:
        document.remarks.append(
            Remark("E04", f"图片页超过 {MAX_PAGES} 页，未作 OCR。", f"More than {MAX_PAGES} pages are pictures; OCR was not done.", str(len(jobs)))
        )
        return
    read: list[Page] = []
    replaced: set[int] = set()
    for done, (index, picture) in enumerate(jobs, start=1):
        if told:
            told(done, len(jobs))
        image = picture()
        before = document.pages[index]
        behind = index in replaced or before.kind == "text"
        found = None if image is None else read_picture(image, len(document.pages) + 1 if behind else index + 1)
        if found is None or not found.lines:
            continue
        if behind:
            document.pages.append(found)
        else:
            found.images = before.images
            document.pages[index] = found
            replaced.add(index)
        read.append(found)
    if read:
        document.remarks.append(_said(read))


def _jobs(document: Document, data: bytes) -> Iterator[tuple[int, Callable[[], Any]]]:
    """(page, what gives a picture of it as RGB pixels): nothing is rendered before it is its turn."""
    from pipelines.documents import picture

    if document.format == "pdf":
        import pypdfium2 as pdfium

        pdf = pdfium.PdfDocument(data)
        for index, page in enumerate(document.pages):
            if page.kind == "image":
                yield index, partial(lambda at: _render(pdf[at], picture.DPI), index)
        return
    for index, page in enumerate(document.pages):
        for packed in page.pictures:
            for frame in range(picture.frames_of(packed)):
                yield index, partial(picture.unpacked, packed, frame)


def _said(pages: Sequence[Page]) -> Remark:
    """E47: which pages were read from pictures, and how many figures of their text are unread."""
    in_cells = sum(t.count(UNREAD) for p in pages for g in p.grids for c in g.cells for t in c.lines)
    unread = max(sum(ln.text.count(UNREAD) for p in pages for ln in p.lines) - in_cells, 0)
    listed = ", ".join(str(p.number) for p in pages)
    return Remark(
        "E47", f"第 {listed.replace(', ', '、')} 页为图片，由 OCR 识别；正文中有 {unread} 处数字未能可靠识别，未采用。",
        f"Pages {listed} are pictures and were read by OCR; {unread} figures of their text were not certain and are left out.",
        listed, pages[0].number,
    )  # fmt: skip


def _render(page: Any, dpi: int) -> Any:
    """The page's picture (height × width × 3, RGB), not larger than A3 at that resolution."""
    import numpy as np

    width, height = page.get_size()
    scale = min(dpi / 72, 4_700 / max(width, height, 1))
    bitmap = page.render(scale=scale, rev_byteorder=True, prefer_bgrx=False, no_smoothtext=False)
    image = np.ascontiguousarray(bitmap.to_numpy()[:, :, :3])
    page.close()
    return image


@dataclass(slots=True, frozen=True)
class _Piece:
    """One line of print: its text as it is taken, the confidence, its box in pixels, and what a figure may be."""

    text: str
    confidence: float
    box: PixelBox
    candidates: tuple[str, ...] = ()


def read_picture(image: Any, number: int) -> Page:
    """A page from its picture (RGB). ``kind`` is ``text`` where anything was read, else ``image``."""
    from pipelines.documents import picture

    made = picture.prepare(image)
    grids = [g for g in frames(made.rulings, number) if len(g.cells) >= 4]
    pieces: list[_Piece] = []
    filled: list[tuple[Cell, list[_Piece]]] = []
    for grid in grids:
        grid.method = "ocr"
        for cell in grid.cells:
            read = [p for p in (_read_line(made, box, in_cell=True) for box in _cell_lines(made, cell.box)) if p]
            if read:
                filled.append((cell, read))
    filled = _sized(filled, made)
    pieces += [piece for _, read in filled for piece in read]
    for box in picture.lines_outside(made.ink, [_pixels(g.box, 0) for g in grids]):
        piece = _read_line(made, box, in_cell=False)
        if piece:
            pieces.append(piece)
    lines, numbers = _lines(pieces)
    for cell, read in filled:
        figures = sum(bool(_FIGURE.fullmatch(p.text)) for p in read)
        if figures and len(read) > 1:
            # Two lines in a cell of figures: a ruling line between two rows is lost.
            read = [replace(p, text=UNREAD, candidates=(p.text, *p.candidates)) for p in read]
        cell.lines = tuple(p.text for p in read)
        cell.line_numbers = tuple(numbers[p.box] for p in read)
        cell.candidates = tuple(dict.fromkeys(c for p in read for c in p.candidates))
    grids = [g for g in grids if any(c.lines for c in g.cells)]
    return Page(number, "text" if lines else "image", lines, grids, [], made.width, made.height, recognised=True)


def _sized(filled: list[tuple[Cell, list[_Piece]]], made: Any) -> list[tuple[Cell, list[_Piece]]]:
    """Figures much higher or lower than the others are ink of something else; so may be one or two signs under a stamp."""
    heights = [p.box[3] - p.box[1] for _, read in filled for p in read if len(p.text) >= 4 and _FIGURE.fullmatch(p.text)]
    usual = median(heights) if heights else 0

    def kept(piece: _Piece) -> _Piece:
        if not _FIGURE.fullmatch(piece.text):
            return piece
        height = piece.box[3] - piece.box[1]
        odd = usual and not 0.7 * usual <= height <= 1.4 * usual
        under = len(piece.text) <= 2 and _is_stamped(made, piece.box)
        return replace(piece, text=UNREAD, candidates=(piece.text,)) if odd or under else piece

    return [(cell, [kept(piece) for piece in read]) for cell, read in filled]


def _cell_lines(made: Any, box: Box) -> list[PixelBox]:
    from pipelines.documents import picture

    return [b for b in picture.lines_in(made.ink, _pixels(box, 2)) if b[3] - b[1] > _TINY or b[2] - b[0] > _TINY]


def _pixels(box: Box, inset: int) -> PixelBox:
    from pipelines.documents.picture import POINT

    x0, y0, x1, y1 = (round(v / POINT) for v in box)
    return max(x0 + inset, 0), max(y0 + inset, 0), max(x1 - inset, 1), max(y1 - inset, 1)


def _read_line(made: Any, box: PixelBox, *, in_cell: bool) -> _Piece | None:
    """Recognise one line. A figure, or what may be one, is recognised twice."""
    if box[3] - box[1] < _LOW:
        return None
    text, sure_grey = _recognise(made.grey, box, 4)
    sure = sure_grey
    words = len(_WORDS.findall(text))
    if words and not re.search(r"\d", text):
        return _Piece(text, sure, box)
    again, sure_again = _recognise(255 - made.ink, box, 7)
    sure = min(sure, sure_again)
    if words >= 2 or (words and not in_cell):
        return _Piece(_agreed(text, again, sure), sure, box)
    if text == again and sure >= SURE and _FIGURE.fullmatch(text) and not _THOUSAND.fullmatch(text):
        return _Piece(text, sure, box)
    if not in_cell and text == again and not re.search(r"\d", text):
        return _Piece(text, sure, box) if text else None
    if words and words == len(text):
        # One sign under a stamp that no recognition takes for a figure is what is left of the stamp.
        rest = words == 1 and sure < SURE and _is_stamped(made, box) and not re.search(r"\d", again)
        return None if rest else _Piece(text, sure, box)
    if in_cell and re.search(r"\d", text + again):
        figure, sure = _settled([(text, sure_grey), (again, sure_again)], made, box)
        if figure:
            return _Piece(figure, sure, box)
    return _Piece(UNREAD, sure, box, tuple(dict.fromkeys(t for t in (text, again) if t)))


def _settled(read: list[tuple[str, float]], made: Any, box: PixelBox) -> tuple[str, float]:
    """A figure that the first two recognitions (grey, black and white) do not agree on, by three more; or no text.

    Three of the five must have it, of either kind one that is sure, and none that is nearly sure may have another figure.
    """
    import cv2

    x0, y0, x1, y1 = max(box[0] - 12, 0), max(box[1] - 12, 0), box[2] + 12, box[3] + 12
    soft = made.grey.copy()
    soft[y0:y1, x0:x1] = cv2.GaussianBlur(made.grey[y0:y1, x0:x1], (3, 3), 0)
    grey = [read[0], _recognise(made.grey, box, 9), _recognise(soft, box, 6)]
    ink = [read[1], _recognise(255 - made.ink, box, 11)]
    every = [(_without_rests(text), sure) for text, sure in (*grey, *ink)]
    for figure in dict.fromkeys(text for text, _ in every):
        of_grey = [sure for text, sure in every[:3] if text == figure]
        of_ink = [sure for text, sure in every[3:] if text == figure]
        against = any(sure >= _NEARLY and text.replace(",", "") != figure.replace(",", "") for text, sure in every)
        if len(of_grey) + len(of_ink) < 3 or against or not _FIGURE.fullmatch(figure) or _THOUSAND.fullmatch(figure):
            continue
        sure = min(max(of_grey, default=0.0), max(of_ink, default=0.0))
        if sure >= SURE:
            return figure, sure
    return "", 0.0


def _without_rests(text: str) -> str:
    """Without what lines and stamps leave at the ends of a figure; a sign is never left out."""
    text = re.sub(r"^[^\d+\-_(]+|[^\d%)]+$", "", text)
    return _separated(re.sub(r",(?=\d{1,2}$)", ".", text))


def _is_stamped(made: Any, box: PixelBox) -> bool:
    x0, y0, x1, y1 = box
    return bool(made.stamps[max(y0 - 4, 0) : y1 + 4, max(x0 - 4, 0) : x1 + 4].any())


def _agreed(text: str, again: str, sure: float) -> str:
    """Words with figures among them: a figure that the second recognition does not have in its place is unread."""
    first, second = _FIGURES.findall(text), _FIGURES.findall(again)
    if first == second and sure >= SURE:
        return text
    rest = iter(second if len(first) == len(second) else [""] * len(first))
    return _FIGURES.sub(lambda m: m.group() if m.group() == next(rest) and sure >= SURE else UNREAD, text)


def _recognise(grey: Any, box: PixelBox, margin: int) -> tuple[str, float]:
    """(text, confidence) of one line of print; blanks between words are left out."""
    import cv2
    import numpy as np
    x0, y0, x1, y1 = box
    texts: list[str] = []
    sure = 1.0
    # A longer line is read in pieces, cut where there is the widest blank.
    for left, right in _cuts(grey[y0:y1, x0:x1], x1 - x0):
        part = grey[y0:y1, x0 + left : x0 + right]
        part = cv2.copyMakeBorder(part, margin, margin, 2 * margin, 2 * margin, cv2.BORDER_CONSTANT, value=255)
        # The recogniser would enlarge it more coarsely.
        part = cv2.resize(part, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
        found = _engine()(np.ascontiguousarray(cv2.cvtColor(part, cv2.COLOR_GRAY2RGB)), use_det=False, use_cls=False)
        texts.append(_plain(found.txts[0]) if found.txts else "")
        sure = min(sure, float(found.scores[0]) if found.txts else 0.0)
    return "".join(texts), round(sure, 4)


def _cuts(part: Any, width: int) -> list[tuple[int, int]]:
    if width <= _MAX_WIDTH:
        return [(0, width)]
    import numpy as np

    light = part.min(axis=0) > 128
    middle = width // 2
    near = np.flatnonzero(light)
    cut = int(near[np.argmin(np.abs(near - middle))]) if near.size else middle
    if not 0 < cut < width:
        return [(0, width)]
    left = _cuts(part[:, :cut], cut)
    return [*left, *((a + cut, b + cut) for a, b in _cuts(part[:, cut:], width - cut))]


def _plain(text: str) -> str:
    text = re.sub(r"\s+", "", normalise(text)).translate(_SIMPLIFIED)
    if _WORDS.search(text):
        # The recogniser takes wide brackets for narrow ones; in Chinese they are wide.
        text = text.replace("(", "（").replace(")", "）")
    if _LIKE.fullmatch(text):
        text = _separated(text.replace("，", ",").replace("（", "(").replace("）", ")").replace("—", "-").replace("–", "-"))
    return text


def _separated(figure: str) -> str:
    """A figure has one point, the last, and groups of three before it: ``1.383.63`` and ``1,383,63`` are 1,383.63."""
    if re.fullmatch(r"[+-]?\d{1,3}(?:[.,]\d{3})+[.,]\d{1,2}", figure):
        whole, last = re.split(r"[.,](?=\d{1,2}$)", figure)
        return f"{whole.replace('.', ',')}.{last}"
    return figure


@cache
def _engine() -> Any:
    """The recogniser: one thread, no padding to a common width."""
    from rapidocr import RapidOCR

    return RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.use_preprocess_img": False,
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            "Rec.rec_img_shape": [3, 48, 48],
        }
    )


def _lines(pieces: Sequence[_Piece]) -> tuple[list[Line], dict[PixelBox, int]]:
    """Pieces of print on one height are one line of the page; gives each piece's line number too."""
    from pipelines.documents.picture import POINT

    rows: list[list[_Piece]] = []
    for piece in sorted(pieces, key=lambda p: (p.box[1] + p.box[3], p.box[0])):
        middle = (piece.box[1] + piece.box[3]) / 2
        last = rows[-1] if rows else []
        if last and abs(middle - sum((p.box[1] + p.box[3]) / 2 for p in last) / len(last)) <= 0.4 * _height(last):
            last.append(piece)
        else:
            rows.append([piece])
    lines, numbers = [], {}
    for number, row in enumerate(rows, start=1):
        row.sort(key=lambda p: p.box[0])
        words = tuple(Word(p.text, _points(p.box, POINT), p.confidence) for p in row)
        numbers.update({p.box: number for p in row})
        lines.append(Line(number, " ".join(w.text for w in words), _around(w.box for w in words), words))
    return lines, numbers


def _height(row: Sequence[_Piece]) -> float:
    return max(p.box[3] - p.box[1] for p in row)


def _points(box: PixelBox, point: float) -> Box:
    return (box[0] * point, box[1] * point, box[2] * point, box[3] * point)


def _around(boxes: Iterable[Box]) -> Box:
    x0, y0, x1, y1 = zip(*boxes, strict=True)
    return min(x0), min(y0), max(x1), max(y1)
