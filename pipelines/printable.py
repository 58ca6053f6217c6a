"""Names and texts from outside, made fit to be shown: no control character, no bidi mark, no broken code point.

What is escaped is still told apart (``\\x1b``, ``\\u202e``). For the text of reports see ``documents.normalise``, which
replaces such characters before anything is read.
"""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

_UNSHOWN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode categories: controls, format marks (bidi and zero width), surrogates, line and paragraph separators."""


def printable(text: str) -> str:
    """The text on one line, with what cannot be shown escaped."""
    if text.isprintable():
        return text
    return "".join(_escaped(char) if unicodedata.category(char) in _UNSHOWN else char for char in text)


def _escaped(char: str) -> str:
    code = ord(char)
    # A byte of a name that is not UTF-8, as Python carries it.
    if 0xDC80 <= code <= 0xDCFF:
        code -= 0xDC00
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def shown(path: Path | str) -> str:
    """A path as it is shown and published: parts that are not UTF-8 are read as GB18030 where they are that."""
    text = os.fspath(path)
    if text.isprintable():
        return text
    return printable("/".join(_decoded(part) for part in text.split("/")))


def _decoded(part: str) -> str:
    raw = os.fsencode(part)
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return part
