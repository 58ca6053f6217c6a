"""Plain-text dumps: UTF-8 (with or without BOM) and GB18030 → one page of numbered lines."""

from __future__ import annotations

import codecs

from pipelines.documents.limits import MAX_LINES, within
from pipelines.documents.model import DocumentError, Line, Page
from pipelines.documents.normalise import normalise

# A wrong guess of the encoding gives ideographs that hardly occur in running Chinese; a right one gives these.
_COMMON = frozenset("的一是在不了有和人这中大为上个国年部支出收入预算万元财政")
_MIN_COMMON_SHARE = 0.04


def read_text(data: bytes) -> tuple[str, list[Page]]:
    """Decode a dump. Returns (encoding, [page]); raises :class:`DocumentError` if no encoding fits."""
    encoding, text = _decode(data)
    within(text.count("\n"), MAX_LINES, "lines")
    lines = [
        Line(number, normalise(raw.rstrip("\r")))
        for number, raw in enumerate(text.replace("\r\n", "\n").split("\n"), start=1)
    ]
    return encoding, [Page(None, "text", lines)]


def _decode(data: bytes) -> tuple[str, str]:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise DocumentError("the text is in UTF-16; UTF-8 and GB18030 are read")
    if data.startswith(codecs.BOM_UTF8):
        candidates = ["utf-8-sig"]
    else:
        candidates = ["utf-8", "gb18030"]
    for encoding in candidates:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" in text:
            raise DocumentError("the file is binary, not text (it holds NUL bytes)")
        if encoding == "gb18030" and not _reads_as_chinese(text):
            continue
        return encoding, text
    raise DocumentError("the text is in an unknown encoding (neither UTF-8 nor GB18030)")


def _reads_as_chinese(text: str) -> bool:
    ideographs = [c for c in text if "一" <= c <= "鿿"]
    if not ideographs:
        return False
    return sum(c in _COMMON for c in ideographs) / len(ideographs) >= _MIN_COMMON_SHARE
