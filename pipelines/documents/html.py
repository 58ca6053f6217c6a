"""Web pages (HTML, MHTML, pages that spreadsheets save as .xls) → one page of text and tables of cells.

Navigation, scripts and link lists are left out, the rest stays in order; a table that only arranges the page is
no table. Links to files are noted as attachments and never followed. Parsed with lxml, without network.
"""

from __future__ import annotations

import codecs
import email
import email.policy
import re
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote

from lxml import etree

from pipelines.documents.hostile import refusing
from pipelines.documents.layout import MAX_PLACES, Cells, PageLayout
from pipelines.documents.model import DocumentError, Page, Remark
from pipelines.documents.normalise import squeeze

_LONG_TEXT = 500
_MENU = 4
MAX_SPAN = 1000
"""HTML's own limit on colspan; rowspan is cut at the table's end."""

_META = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w-]{2,20})", re.IGNORECASE)
_XML = re.compile(rb"<\?xml[^>]{0,100}?encoding\s*=\s*[\"']([\w-]{2,20})", re.IGNORECASE)
_DROP = frozenset(
    ["script", "style", "noscript", "template", "iframe", "object", "embed", "applet", "svg", "canvas", "video", "audio", "nav", "footer", "select", "button", "input", "textarea", "link", "meta", "map", "head"]
)
_BLOCK = frozenset(
    ["address", "article", "aside", "blockquote", "body", "center", "dd", "details", "div", "dl", "dt", "fieldset", "figcaption", "figure", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "html", "li", "main", "ol", "p", "pre", "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul", "caption"]
)
_MAY_BE_DROPPED = frozenset({"div", "ul", "ol", "header", "aside", "section", "p", "table"})
_SPACES = re.compile(r"[ \t\r\n\f]+")
_FURNITURE = re.compile(r"(?:^|[\s_-])(?:nav|navbar|navigation|menu|breadcrumb|crumbs?|footer|foot|sidebar|toolbar|share|pager)(?:$|[\s_-])", re.IGNORECASE)
_FILE = re.compile(r"\.(?:xlsx?|et|docx?|wps|pdf|ofd|zip|rar|7z|csv|rtf|mht|html?)$", re.IGNORECASE)
_ATTACHED = re.compile(r"\.(?:xlsx?|et|docx?|wps|pdf|ofd|zip|rar|7z)$", re.IGNORECASE)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_SITE = re.compile(r"\s*[-_—|–]+\s*")


def looks_like_html(data: bytes) -> bool:
    """True for a page by its first two kB: a doctype, an html element, or a table without either."""
    head = _unmarked(data[:4096]).lstrip().lower()
    return head.startswith((b"<!doctype html", b"<html")) or b"<html" in head or bool(
        re.match(rb"<(?:table|div|body|head|meta|p|style|center)\b", head)
    )


def looks_like_mhtml(data: bytes) -> bool:
    """True for a saved web archive: mail headers with a multipart/related body."""
    head = data[:2048].lstrip().lower()
    return head.startswith((b"mime-version:", b"from:", b"content-type: multipart", b"subject:", b"snapshot-content-location:")) and (
        b"multipart/related" in data[:8192].lower()
    )


def read_mhtml(data: bytes) -> tuple[str, list[Page], tuple[str, ...], list[Remark]]:
    """The first HTML part of a web archive. Raises :class:`DocumentError`."""
    with refusing("web archive (MHTML)"):
        message = email.message_from_bytes(data, policy=email.policy.compat32)
        parts = [p for p in message.walk() if p.get_content_type() in ("text/html", "application/xhtml+xml")]
        bodies = [(p.get_payload(decode=True), p.get_content_charset()) for p in parts[:1]]
    if not bodies or not isinstance(bodies[0][0], bytes):
        raise DocumentError("the web archive (MHTML) holds no HTML page")
    return read_html(bodies[0][0], bodies[0][1])


def read_html(data: bytes, declared: str | None = None) -> tuple[str, list[Page], tuple[str, ...], list[Remark]]:
    """(encoding, [page], names of linked files, remarks). Raises :class:`DocumentError`."""
    encoding, text = _decode(data, declared)
    with refusing("HTML page"):
        # The text was decoded by us: whatever its meta says, these bytes are UTF-8.
        # Plain elements: those of lxml.html ask a Python function for their class, each time one is touched.
        parser = etree.HTMLParser(encoding="utf-8", no_network=True, recover=True, remove_comments=True, remove_pis=True)
        root = etree.fromstring(text.encode("utf-8", "replace"), parser=parser)
        if root is None:
            raise DocumentError("the HTML page holds no text")
    reader = _Reader()
    reader.read(root)
    page = reader.layout.finish()
    return encoding, [page], tuple(dict.fromkeys(reader.attachments)), reader.remarks


def _unmarked(data: bytes) -> bytes:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "ignore").encode("utf-8")
    return data.removeprefix(codecs.BOM_UTF8)


def _decode(data: bytes, declared: str | None) -> tuple[str, str]:
    """The encoding by byte order mark; else UTF-8 if every byte fits (other Chinese text never does), else as declared."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16", data.decode("utf-16", "replace")
    if data.startswith(codecs.BOM_UTF8):
        return "utf-8-sig", data.decode("utf-8-sig", "replace")
    meta = _META.search(data[:8192]) or _XML.search(data[:200])
    names = [n for n in (declared, meta.group(1).decode("ascii") if meta else None) if n]
    for name in ["utf-8", *names, "gb18030"]:
        known = {"gb2312": "gb18030", "gbk": "gb18030", "x-gbk": "gb18030"}.get(name.lower(), name)
        try:
            return codecs.lookup(known).name, data.decode(known)
        except (LookupError, UnicodeDecodeError):
            continue
    # A few broken bytes in an otherwise declared page: the figure beside them stays what it is.
    wanted = "utf-8" if data.decode("utf-8", "replace").count("\ufffd") <= data.decode("gb18030", "replace").count("\ufffd") else "gb18030"
    text = data.decode(wanted, "replace")
    if text.count("\ufffd") > 20 + len(text) // 1000:
        raise DocumentError("the HTML page is in an unknown encoding (neither UTF-8 nor GB18030)")
    return wanted, text


class _Reader:
    """Walks the tree once and fills a page."""

    def __init__(self) -> None:
        self.layout = PageLayout(1)
        self.attachments: list[str] = []
        self.remarks: list[Remark] = []
        self.number = 0
        self.inline = ""
        self.hidden = 0

    def read(self, root: Any) -> None:
        title = root.findtext(".//title")
        for element in root.iter("a"):
            self._link(element)
        body = root.find("body")
        body = root if body is None else body
        _drop(body)
        text = squeeze("".join(body.itertext()))
        head = squeeze(_SITE.split(title.strip())[0]) if title and title.strip() else ""
        if head and head not in text:
            self._paragraph(head)
        self._walk(body)
        self._flush()
        if self.hidden:
            self.remarks.append(
                Remark(
                    "E41", f"网页中 {self.hidden} 处隐藏的内容未读取。", f"{self.hidden} hidden parts of the web page are not read.",
                    str(self.hidden),
                )
            )  # fmt: skip

    def _link(self, element: Any) -> None:
        target = unquote(str(element.get("href") or "")).split("#")[0]
        label = "".join(element.itertext()).strip()
        path = target.split("?")[0]
        if _ATTACHED.search(path) or _ATTACHED.search(label):
            names = [PurePosixPath(path).name if _FILE.search(path) else "", label, str(element.get("title") or "").strip()]
            self.attachments += [n for n in names if n and len(n) <= 200]

    def _paragraph(self, text: str) -> None:
        for line in text.split("\n"):
            if line.strip():
                self.number += 1
                self.layout.text(" ".join(line.split()), self.number)

    def _flush(self) -> None:
        text, self.inline = self.inline, ""
        self._paragraph(text)

    def _walk(self, root: Any) -> None:
        """Without recursion: pages nest as deep as they like."""
        stack: list[tuple[Any, bool]] = [(root, False)]
        while stack:
            element, done = stack.pop()
            if done:
                if element.tag in _BLOCK:
                    self._flush()
                self.inline += _spaces(element.tail) if element is not root else ""
                continue
            if not isinstance(element.tag, str):
                continue
            if _is_hidden(element):
                self.hidden += bool(squeeze("".join(element.itertext())))
                self.inline += _spaces(element.tail)
                continue
            if element.tag in _BLOCK:
                self._flush()
            if element.tag == "table" and (rows := _table_rows(element)) is not None:
                self._table(element, rows)
                self.inline += _spaces(element.tail)
                continue
            if element.tag == "br":
                self.inline += "\n"
            elif element.tag == "img" and _is_large(element):
                self._flush()
                self.layout.image()
            self.inline += _spaces(element.text)
            stack.append((element, True))
            stack.extend((child, False) for child in reversed(element))

    def _table(self, table: Any, rows: list[_Row]) -> None:
        for caption in table.findall("caption"):
            self._paragraph(_text(caption))
        self.hidden += sum(bool(squeeze(_text(row))) for row, _ in rows if _is_hidden(row))
        rows = [row for row in rows if not _is_hidden(row[0])]
        numbers = [self.number + 1 + i for i in range(len(rows))]
        self.number += len(rows)
        cells = Cells(numbers, 0)
        taken: set[tuple[int, int]] = set()
        places = 0
        for i, (_, row) in enumerate(rows):
            j = 0
            for cell, text in row:
                attributes = cell.attrib
                across = down = 1
                if attributes:
                    if _is_hidden(cell):
                        continue
                    across = _span(attributes, "colspan")
                    down = min(_span(attributes, "rowspan") or len(rows), len(rows) - i)
                while (i, j) in taken:
                    j += 1
                places += across * down
                if places > MAX_PLACES:
                    raise DocumentError(f"a table of the HTML page has more than {MAX_PLACES:,} places")
                if down > 1:
                    taken.update((a, b) for a in range(i + 1, i + down) for b in range(j, j + across))
                cells.put(i, i + down - 1, j, j + across - 1, text)
                j += across
            cells.n_cols = max(cells.n_cols, j)
        if cells.n_cols:
            self.layout.table(cells)


def _drop(body: Any) -> None:
    """Take out what no reader of the page's text looks at: scripts, navigation, lists of links."""
    linked = sum(1 for _ in body.iter("a")) >= _MENU
    for element in list(body.iter(*_DROP, *_MAY_BE_DROPPED)):
        tag = element.tag
        if tag not in _DROP and not (linked or element.attrib):
            continue
        if element is body or element.getparent() is None:
            continue
        if tag in _DROP or ((_is_furniture(element) or linked and _is_links(element)) and not _holds_text(element)):
            _remove(element)


def _remove(element: Any) -> None:
    """Take an element out; the text behind it stays."""
    parent, before = element.getparent(), element.getprevious()
    if element.tail and before is not None:
        before.tail = (before.tail or "") + element.tail
    elif element.tail:
        parent.text = (parent.text or "") + element.tail
    parent.remove(element)


def _is_furniture(element: Any) -> bool:
    given = element.attrib
    return bool(given) and bool(_FURNITURE.search(f"{given.get('class') or ''} {given.get('id') or ''} {given.get('role') or ''}"))


def _is_links(element: Any) -> bool:
    """Nearly all of the text is links, and there are several: a menu, a list of other pages."""
    links = element.findall(".//a")
    if len(links) < _MENU:
        return False
    total = len(squeeze("".join(element.itertext())))
    linked = sum(len(squeeze("".join(a.itertext()))) for a in links)
    return total > 0 and linked >= 0.8 * total


def _holds_text(element: Any) -> bool:
    """A block that is named like furniture and holds a good deal of text or a table of figures is none."""
    text = squeeze("".join(element.itertext()))
    return len(re.findall(r"[。；]", text)) >= 5 or len(re.findall(r"\d\.\d\d", text)) >= 10


_Row = tuple[Any, list[tuple[Any, str]]]
"""A row, and its cells with their texts."""


def _table_rows(table: Any) -> list[_Row] | None:
    """The rows of a table; None where it arranges the page: it holds tables, stands in one column, or is one long text."""
    if next(table.iterdescendants("table"), None) is not None:
        return None
    rows: list[_Row] = []
    for child in table:
        if child.tag == "tr":
            rows.append((child, [(c, _text(c)) for c in child.iterchildren("td", "th")]))
        elif child.tag in ("tbody", "thead", "tfoot"):
            rows += [(row, [(c, _text(c)) for c in row.iterchildren("td", "th")]) for row in child.iterchildren("tr")]
    if all(len(cells) <= 1 for _, cells in rows):
        return None
    if sum(len(text) for _, cells in rows for _, text in cells if len(text) >= _LONG_TEXT) == 0:
        return rows
    lengths = [(len(squeeze(text)), cell) for _, cells in rows for cell, text in cells]
    most, longest = max(lengths, key=lambda pair: pair[0])
    if most < max(_LONG_TEXT, 0.6 * sum(length for length, _ in lengths)):
        return rows
    return None if sum(1 for _ in longest.iter("p", "div", "br", "li", "h1", "h2", "h3")) >= 10 else rows


def _span(given: Any, name: str) -> int:
    number = given.get(name)
    if not number or number == "1":
        return 1
    text = str(number).strip()
    return min(int(text), MAX_SPAN) if re.fullmatch(r"\d{1,6}", text) and (int(text) or name == "rowspan") else 1


def _is_hidden(element: Any) -> bool:
    given = element.attrib
    if not given:
        return False
    style = given.get("style")
    return bool(style and _HIDDEN.search(style)) or "hidden" in given


def _is_large(element: Any) -> bool:
    """A picture that may hold a table: unless it says that it is small."""
    sizes = [re.match(r"\d+", str(element.get(side) or "")) for side in ("width", "height")]
    return not any(size and int(size[0]) < 200 for size in sizes)


def _spaces(text: str | None) -> str:
    """Source line breaks are blanks on the page."""
    if not text:
        return ""
    return _SPACES.sub(" ", text) if "\n" in text or "  " in text or "\t" in text or "\r" in text or "\f" in text else text


def _text(element: Any) -> str:
    """A cell's text with its own line breaks."""
    inside = len(element)
    if not inside:
        return _spaces(element.text)
    if inside == 1 and not len(element[0]):
        child = element[0]
        gap = "\n" if child.tag in _BLOCK else ""
        middle = "\n" if child.tag == "br" else f"{gap}{_spaces(child.text)}{gap}"
        return f"{_spaces(element.text)}{middle}{_spaces(child.tail)}"
    parts: list[str] = []
    for event, node in etree.iterwalk(element, events=("start", "end")):
        if not isinstance(node.tag, str):
            continue
        if event == "start":
            if node.tag == "br" or (node.tag in _BLOCK and node is not element):
                parts.append("\n")
            parts.append(_spaces(node.text))
        elif node is not element:
            if node.tag in _BLOCK:
                parts.append("\n")
            parts.append(_spaces(node.tail))
    return "".join(parts)


__all__ = ["looks_like_html", "looks_like_mhtml", "read_html", "read_mhtml"]
