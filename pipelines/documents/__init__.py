"""The room that opens files: bytes → :class:`Document` (pages of positioned lines and ruled grids, or text).

It knows nothing of budgets: no title, code or amount is recognised here.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from pipelines.documents.limits import refuse_oversized
from pipelines.documents.model import Cell, Document, DocumentError, Grid, Line, Page, Word

__all__ = ["Cell", "Document", "DocumentError", "Grid", "Line", "Page", "Word", "open_document"]

MAX_BYTES = 200 * 1024 * 1024
"""A report is a few hundred kB; scans reach tens of MB. Beyond this the file is refused unread."""

SUPPORTED_SUFFIXES = (".pdf", ".txt")


def open_document(path: Path) -> Document:
    """Open one report file.

    The content decides how it is read, not the suffix: ``%PDF-`` within the first kB is a PDF, text is text.
    Raises :class:`DocumentError` with one sentence (empty, too large, truncated, encrypted, HTML, unknown type,
    undecodable).
    """
    size = path.stat().st_size
    if size == 0:
        raise DocumentError("the file is empty (0 bytes)")
    if size > MAX_BYTES:
        raise DocumentError(f"the file is too large ({size:,} bytes; limit {MAX_BYTES:,})")
    data = path.read_bytes()
    return open_bytes(path.name, data)


def open_bytes(name: str, data: bytes) -> Document:
    """Like :func:`open_document`, for bytes already in memory."""
    digest = hashlib.sha256(data).hexdigest()
    if not data.strip():
        raise DocumentError("the file is empty (only blanks)")
    if b"%PDF-" in data[:1024]:
        from pipelines.documents.pdf import read_pdf

        return _of_size(Document(name, digest, "pdf", read_pdf(data)))
    _refuse_other_types(name, data)
    from pipelines.documents.text import read_text

    encoding, pages = read_text(data)
    return _of_size(Document(name, digest, "text", pages, encoding))


def _of_size(document: Document) -> Document:
    refuse_oversized(document.pages)
    return document


def _refuse_other_types(name: str, data: bytes) -> None:
    head = data[:2048].lstrip().lower()
    suffix = Path(name).suffix.lower()
    if head.startswith((b"<!doctype html", b"<html", b"<?xml")) or b"<html" in head:
        raise DocumentError(f"the file is an HTML/XML page, not a {suffix.lstrip('.').upper() or 'report'} file")
    signatures = {
        b"PK\x03\x04": "a ZIP container (DOCX, XLSX, OFD...)",
        b"\xd0\xcf\x11\xe0": "an old Office file (DOC, XLS, WPS)",
        b"\xff\xd8\xff": "a JPEG image",
        b"\x89PNG": "a PNG image",
        b"Rar!": "a RAR archive",
        b"\x1f\x8b": "a gzip archive",
        b"{\\rtf": "an RTF document",
    }
    for signature, meaning in signatures.items():
        if data.startswith(signature):
            raise DocumentError(f"the file is {meaning}; PDF and plain text are read")
    if suffix == ".pdf":
        raise DocumentError("the file is named .pdf but holds no PDF header")
    if suffix not in (".txt", ".text", ""):
        raise DocumentError(f"unknown file type {suffix}; PDF and plain text are read")
