"""The room that opens files: bytes → :class:`Document` (pages of positioned lines and grids of cells, or text).

It knows nothing of budgets: no title, code or amount is recognised here. The content says how a file is read,
never its suffix; a suffix that lies is remarked.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

from pipelines.documents import archive, ocr
from pipelines.documents.limits import refuse_oversized
from pipelines.documents.model import (
    Cell,
    Document,
    DocumentError,
    Grid,
    Line,
    Page,
    Remark,
    Word,
)

__all__ = ["Cell", "Document", "DocumentError", "Grid", "Line", "Page", "Remark", "Word", "open_bytes", "open_document", "unpack"]

MAX_BYTES = 200 * 1024 * 1024
"""A report is a few hundred kB; scans reach tens of MB. Beyond this the file is refused unread."""

_READ = "PDF, OFD, XLSX, XLS, DOCX, DOC, HTML, MHTML, ZIP and plain text are read"

_SUFFIXES = {
    "pdf": (".pdf",),
    "ofd": (".ofd",),
    "xlsx": (".xlsx", ".xlsm", ".et"),
    "xls": (".xls", ".et"),
    "docx": (".docx", ".docm"),
    "doc": (".doc", ".wps"),
    "html": (".html", ".htm", ".shtml", ".xhtml", ".jsp", ".mhtml", ".mht"),
    "text": (".txt", ".text"),
    "image": (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".bmp"),
}
_NAMED = frozenset(s for suffixes in _SUFFIXES.values() for s in suffixes)

_REFUSED = {
    b"GIF8": "a GIF image",
    b"Rar!": "a RAR archive, whose format is not free; unpack it or pack it as ZIP",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive; unpack it or pack it as ZIP",
    b"\x1f\x8b": "a gzip archive",
    b"{\\rtf": "an RTF document; save it as DOCX",
}
_IMAGES = {b"\xff\xd8\xff": "JPEG", b"\x89PNG": "PNG", b"II*\x00": "TIFF", b"MM\x00*": "TIFF", b"BM": "BMP"}
_PACKAGES = {
    "odf": "an OpenDocument file; save it as DOCX or XLSX",
    "pptx": "a PowerPoint file, which holds no report",
    "xlsb": "a binary workbook (XLSB); save it as XLSX",
}


def open_document(path: Path) -> Document:
    """Open one report file.

    Raises :class:`DocumentError` with one sentence (empty, too large, truncated, encrypted, a type that is not
    read, undecodable). An archive is not one document: :func:`unpack` gives its files.
    """
    return open_bytes(path.name, read_bytes(path))


def read_bytes(path: Path) -> bytes:
    """A file's bytes, unless there are none or too many."""
    size = path.stat().st_size
    if size == 0:
        raise DocumentError("the file is empty (0 bytes)")
    if size > MAX_BYTES:
        raise DocumentError(f"the file is too large ({size:,} bytes; limit {MAX_BYTES:,})")
    return path.read_bytes()


def unpack(name: str, data: bytes, depth: int = 1) -> Iterator[tuple[str, bytes]]:
    """The files of an archive as (``archive.zip/folder/file``, bytes); any other file as it is."""
    if not is_archive(data):
        yield name, data
        return
    for inner, content in archive.members(data, depth):
        whole = f"{name}/{inner}"
        if is_archive(content) and depth < archive.MAX_DEPTH:
            yield from unpack(whole, content, depth + 1)
        else:
            yield whole, content


def is_archive(data: bytes) -> bool:
    """True for a ZIP file that is not one document itself."""
    return data.startswith((b"PK\x03\x04", b"PK\x05\x06")) and archive.package_kind(data) in (None, "broken")


def open_bytes(name: str, data: bytes, told: Callable[[int, int], None] | None = None) -> Document:
    """Like :func:`open_document`, for bytes already in memory. ``told``: see :func:`pipelines.documents.ocr.read_pictures`."""
    digest = hashlib.sha256(data).hexdigest()
    if not data.strip():
        raise DocumentError("the file is empty (only blanks)")
    kind = _kind(name, data)
    document = _READERS[kind](name, digest, data)
    if any(page.pictures or (kind == "pdf" and page.kind == "image") for page in document.pages):
        ocr.read_pictures(document, data, told)
    refuse_oversized(document.pages)
    suffix = PurePosixPath(name).suffix.lower()
    if suffix in _NAMED and suffix not in _SUFFIXES[kind]:
        document.remarks.insert(0, _lying(suffix, kind))
    return document


def _lying(suffix: str, kind: str) -> Remark:
    content = {"html": "HTML", "text": "plain text", "image": "a picture"}.get(kind, kind.upper())
    zh = {"html": "网页", "text": "纯文本", "image": "图片"}.get(kind, kind.upper())
    return Remark(
        "E40", f"文件名后缀为 {suffix}，内容实为{zh}，已按内容读取。",
        f"The file's suffix is {suffix}, its content is {content}; it was read by its content.", suffix,
    )  # fmt: skip


def _kind(name: str, data: bytes) -> str:
    """``pdf ofd xlsx xls docx doc html text`` by the content; raises for everything else."""
    if b"%PDF-" in data[:1024]:
        return "pdf"
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        package = archive.package_kind(data)
        if package is None:
            raise DocumentError("the file is a ZIP archive of other files, not one document")
        if package == "broken":
            raise DocumentError("the file is a ZIP container (XLSX, DOCX, archive) that is corrupt or truncated")
        if package in _PACKAGES:
            raise DocumentError(f"the file is {_PACKAGES[package]}")
        return package
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        return _old_office(data)
    if _image_kind(data):
        return "image"
    for signature, meaning in _REFUSED.items():
        if data.startswith(signature):
            raise DocumentError(f"the file is {meaning}; {_READ}")
    if re.match(rb"\x09[\x00\x02\x04\x08][\x04-\x10]\x00", data[:4]):
        return "xls"
    from pipelines.documents import html

    if html.looks_like_html(data) or html.looks_like_mhtml(data):
        return "html"
    return _plain(name, data)


def _image_kind(data: bytes) -> str | None:
    return next((kind for signature, kind in _IMAGES.items() if data.startswith(signature)), None)


def _plain(name: str, data: bytes) -> str:
    suffix = PurePosixPath(name).suffix.lower()
    head = data[:2048].lstrip().lower()
    if head.startswith(b"<?xml"):
        if b"office:spreadsheet" in head or b"excel.sheet" in head:
            raise DocumentError("the file is an XML spreadsheet of Excel 2003; save it as XLSX")
        if b"word.document" in head or b"wordml" in head:
            raise DocumentError("the file is an XML document of Word 2003; save it as DOCX")
        raise DocumentError(f"the file is an XML file, not a {suffix.lstrip('.').upper() or 'report'} file")
    if suffix == ".pdf":
        raise DocumentError("the file is named .pdf but holds no PDF header")
    if suffix in (".txt", ".text", ""):
        return "text"
    if suffix in _NAMED:
        raise DocumentError(f"the file is named {suffix} but its content is of another, unknown type")
    raise DocumentError(f"unknown file type {suffix}; {_READ}")


def _old_office(data: bytes) -> str:
    """What an OLE container holds, by the names of its streams."""
    if "EncryptedPackage".encode("utf-16-le") in data:
        raise DocumentError("the file is an encrypted Office file (a password is needed)")
    if "WpsCustomData".encode("utf-16-le") in data:
        raise DocumentError("the file is a WPS document (.wps); save it as DOCX")
    if "Workbook".encode("utf-16-le") in data or "Book\0".encode("utf-16-le") in data:
        return "xls"
    if "WordDocument".encode("utf-16-le") in data:
        return "doc"
    raise DocumentError(f"the file is an old Office file of an unknown kind; {_READ}")


def _pdf(name: str, digest: str, data: bytes) -> Document:
    from pipelines.documents.pdf import read_pdf

    return Document(name, digest, "pdf", read_pdf(data))


def _ofd(name: str, digest: str, data: bytes) -> Document:
    from pipelines.documents.ofd import read_ofd

    return Document(name, digest, "ofd", read_ofd(data))


def _image(name: str, digest: str, data: bytes) -> Document:
    if ocr.state() != "on":
        raise DocumentError(f"the file is a {_image_kind(data)} image; {ocr.hint()}")
    from pipelines.documents import picture

    if not picture.frames_of(data):
        raise DocumentError(f"the file is a {_image_kind(data)} image; it is broken, or too small or too large for a page")
    return Document(name, digest, "image", [Page(1, "image", pictures=[data])])


def _text(name: str, digest: str, data: bytes) -> Document:
    from pipelines.documents.text import read_text

    encoding, pages = read_text(data)
    return Document(name, digest, "text", pages, encoding)


def _doc(name: str, digest: str, data: bytes) -> Document:
    from pipelines.documents import docx

    pages, remarks = docx.read_doc(data)
    return Document(name, digest, "docx", pages, remarks=remarks)


def _xlsx(name: str, digest: str, data: bytes) -> Document:
    from pipelines.documents import sheets

    pages, remarks = sheets.read_xlsx(data)
    return Document(name, digest, "xlsx", pages, remarks=remarks)


def _xls(name: str, digest: str, data: bytes) -> Document:
    from pipelines.documents import sheets

    pages, remarks = sheets.read_xls(data)
    return Document(name, digest, "xls", pages, remarks=remarks)


def _docx(name: str, digest: str, data: bytes) -> Document:
    from pipelines.documents import docx

    pages, remarks = docx.read_docx(data)
    return Document(name, digest, "docx", pages, remarks=remarks)


def _html(name: str, digest: str, data: bytes) -> Document:
    from pipelines.documents import html

    read = html.read_mhtml if html.looks_like_mhtml(data) else html.read_html
    encoding, pages, attachments, remarks = read(data)
    return Document(name, digest, "html", pages, encoding, remarks, attachments)


_READERS = {"pdf": _pdf, "ofd": _ofd, "text": _text, "xlsx": _xlsx, "xls": _xls, "docx": _docx, "doc": _doc, "html": _html, "image": _image}
