"""Word files → one page of paragraphs and tables of cells; ``.doc`` through LibreOffice where it is installed.

Paragraphs carry the numbers that Word counts (一、 （一） 1.), since headings often have no other. Headers, footers,
comments, deleted and hidden text are not read, fields count by their shown result, macros and objects are
never looked at.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.documents.hostile import checked_package, refusing
from pipelines.documents.layout import Cells, PageLayout
from pipelines.documents.model import DocumentError, Page, Remark

CONVERT_SECONDS = 90
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_DIGITS = "零一二三四五六七八九"
_HAN = frozenset({"chineseCounting", "chineseCountingThousand", "japaneseCounting", "ideographDigital", "taiwaneseCountingThousand", "taiwaneseCounting"})
MAX_DEPTH = 40

_PROFILE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="MacroSecurityLevel" oor:op="fuse"><value>3</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="DisableMacrosExecution" oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="DisableActiveContent" oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Writer/Content/Update"><prop oor:name="Link" oor:op="fuse"><value>0</value></prop></item>
</oor:items>
"""


def read_docx(data: bytes) -> tuple[list[Page], list[Remark]]:
    """The body of a Word file. Raises :class:`DocumentError`."""
    with checked_package(data, "DOCX file"):
        pass
    import docx

    with refusing("DOCX file"):
        document = docx.Document(io.BytesIO(data))
        body = document.element.body
        numbering = _Numbering(document)
    reader = _Reader(numbering, document.part.rels)
    reader.blocks(body, 0)
    remarks = []
    if reader.hidden:
        remarks.append(
            Remark("E41", f"文档中 {reader.hidden} 处隐藏文字未读取。", f"{reader.hidden} hidden passages of the document are not read.", str(reader.hidden))
        )
    return [reader.layout.finish()], remarks


def read_doc(data: bytes) -> tuple[list[Page], list[Remark]]:
    """A binary Word file: made a DOCX by LibreOffice in a private profile, without macros, within a time limit."""
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        raise DocumentError("the file is an old Word file (.doc), which is read only where LibreOffice is installed")
    with tempfile.TemporaryDirectory(prefix="mingzhang-doc-") as folder:
        source, profile = Path(folder, "source.doc"), Path(folder, "profile", "user")
        profile.mkdir(parents=True)
        (profile / "registrymodifications.xcu").write_text(_PROFILE, "utf-8")
        source.write_bytes(data)
        command = [
            office, f"-env:UserInstallation={profile.parent.as_uri()}", "--headless", "--norestore", "--nolockcheck",
            "--nodefault", "--convert-to", "docx:Office Open XML Text", "--outdir", folder, str(source),
        ]  # fmt: skip
        _run(command, folder)
        made = source.with_suffix(".docx")
        if not made.exists():
            raise DocumentError("the old Word file (.doc) could not be converted by LibreOffice")
        return read_docx(made.read_bytes())


def _run(command: list[str], home: str) -> None:
    """Run in a session of its own, so that a program that hangs is ended with its children."""
    environment = {"PATH": os.environ.get("PATH", ""), "HOME": home, "LANG": "C.UTF-8", "SAL_USE_VCLPLUGIN": "svp"}
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment,
        cwd=home, start_new_session=True,
    ) as process:  # fmt: skip
        try:
            process.wait(CONVERT_SECONDS)
        except subprocess.TimeoutExpired:
            raise DocumentError(f"LibreOffice did not convert the .doc file within {CONVERT_SECONDS} seconds") from None
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


@dataclass(slots=True)
class _Level:
    kind: str
    text: str
    start: int


class _Numbering:
    """Lists of a document: levels by list, lists by paragraph style, and how far each has counted."""

    def __init__(self, document: Any) -> None:
        self.levels: dict[str, dict[int, _Level]] = {}
        self.styles: dict[str, tuple[str, int]] = {}
        self.shared: dict[str, str] = {}
        self.counts: dict[tuple[str, int], int] = {}
        relations = [r for r in document.part.rels.values() if r.reltype.endswith("/numbering") and not r.is_external]
        part = relations[0].target_part if relations else None
        root = getattr(part, "element", None)
        if root is not None:
            self._lists(root)
        for style in document.styles.element.iter(f"{_W}style"):
            found = self._of_properties(style.find(f"{_W}pPr"))
            if found:
                self.styles[str(style.get(f"{_W}styleId"))] = found

    def _lists(self, root: Any) -> None:
        abstract: dict[str, dict[int, _Level]] = {}
        for entry in root.iter(f"{_W}abstractNum"):
            levels = {}
            for level in entry.iter(f"{_W}lvl"):
                levels[_int(level.get(f"{_W}ilvl"), 0)] = _Level(
                    _value(level, "numFmt", "decimal"), _value(level, "lvlText", ""), _int(_value(level, "start", "1"), 1)
                )
            abstract[str(entry.get(f"{_W}abstractNumId"))] = levels
        for entry in root.iter(f"{_W}num"):
            number, origin = str(entry.get(f"{_W}numId")), _value(entry, "abstractNumId", "")
            self.levels[number] = dict(abstract.get(origin, {}))
            overrides = entry.findall(f"{_W}lvlOverride")
            # Lists of one origin count on together unless one of them begins anew.
            self.shared[number] = number if overrides else f"a{origin}"
            for override in overrides:
                level = _int(override.get(f"{_W}ilvl"), 0)
                start = override.find(f"{_W}startOverride")
                if level in self.levels[number] and start is not None:
                    old = self.levels[number][level]
                    self.levels[number][level] = _Level(old.kind, old.text, _int(start.get(f"{_W}val"), old.start))

    def _of_properties(self, properties: Any) -> tuple[str, int] | None:
        numbers = properties.find(f"{_W}numPr") if properties is not None else None
        if numbers is None:
            return None
        return _value(numbers, "numId", "0"), _int(_value(numbers, "ilvl", "0"), 0)

    def label(self, paragraph: Any) -> str:
        """The number that Word shows before a paragraph, counted on; nothing for bullets and unknown kinds."""
        properties = paragraph.find(f"{_W}pPr")
        found = self._of_properties(properties)
        if found is None and properties is not None:
            found = self.styles.get(_value(properties, "pStyle", ""))
        if found is None or found[0] == "0" or found[1] not in self.levels.get(found[0], {}):
            return ""
        number, depth = found
        levels, shared = self.levels[number], self.shared[number]
        self.counts[shared, depth] = self.counts.get((shared, depth), levels[depth].start - 1) + 1
        for key in [k for k in self.counts if k[0] == shared and k[1] > depth]:
            del self.counts[key]
        if levels[depth].kind in ("bullet", "none"):
            return ""

        def digit(match: re.Match[str]) -> str:
            level = int(match[1]) - 1
            known = levels.get(level)
            return "" if known is None else _counted(self.counts.get((shared, level), known.start), known.kind)

        return re.sub(r"%(\d)", digit, levels[depth].text)


def _value(parent: Any, name: str, default: str) -> str:
    child = parent.find(f"{_W}{name}")
    value = child.get(f"{_W}val") if child is not None else None
    return default if value is None else str(value)


def _int(text: str | None, default: int) -> int:
    return int(text) if text and re.fullmatch(r"\d{1,6}", text) else default


def _counted(number: int, kind: str) -> str:
    if kind in _HAN and 0 < number < 100:
        tens, ones = divmod(number, 10)
        return (("" if tens == 1 else _DIGITS[tens]) + "十" if tens else "") + (_DIGITS[ones] if ones else "")
    if kind in ("lowerLetter", "upperLetter") and 0 < number <= 26:
        return chr((96 if kind == "lowerLetter" else 64) + number)
    if kind == "decimalEnclosedCircle" and 0 < number <= 20:
        return chr(0x2460 + number - 1)
    return str(number)


class _Reader:
    """Walks the body in order and fills a page."""

    def __init__(self, numbering: _Numbering, relations: Any) -> None:
        self.layout = PageLayout(1)
        self.relations = relations
        self.numbering = numbering
        self.number = 0
        self.hidden = 0

    def blocks(self, parent: Any, depth: int) -> None:
        """Paragraphs and tables of a body, a content control, a text box or a cell that arranges the page."""
        if depth > MAX_DEPTH:
            raise DocumentError(f"the DOCX file nests its parts more than {MAX_DEPTH} deep")
        for element in parent:
            if element.tag == f"{_W}p":
                self._paragraph(element, depth)
            elif element.tag == f"{_W}tbl":
                self._table(element, depth)
            elif element.tag in (f"{_W}sdt", f"{_W}sdtContent", f"{_W}customXml", f"{_W}ins", f"{_W}smartTag"):
                self.blocks(element, depth + 1)

    def _paragraph(self, element: Any, depth: int) -> None:
        text = self._text(element)
        if text.strip():
            text = self.numbering.label(element) + text
        for line in text.split("\n"):
            if line.strip():
                self.number += 1
                self.layout.text(line, self.number)
        for box in _boxes(element):
            self.blocks(box, depth + 1)
        if next(element.iter(f"{_W}drawing", f"{_W}pict"), None) is not None and not any(True for _ in _boxes(element)):
            self.layout.image()
            self.layout.page.pictures += self._pictures(element)

    def _pictures(self, element: Any) -> list[bytes]:
        """The pictures of a paragraph that the file holds itself; those that it links to are not looked at."""
        named = [blip.get(f"{_R}embed") for blip in element.iter(f"{_A}blip")]
        named += [data.get(f"{_R}id") for data in element.iter("{urn:schemas-microsoft-com:vml}imagedata")]
        parts = [self.relations.get(name) for name in named if name]
        return [bytes(part.target_part.blob) for part in parts if part is not None and not part.is_external]

    def _text(self, element: Any) -> str:
        """The shown text of a paragraph, without that of its text boxes."""
        parts: list[str] = []
        for node in _inline(element):
            properties = node.find(f"{_W}rPr")
            vanish = properties.find(f"{_W}vanish") if properties is not None else None
            if vanish is not None and vanish.get(f"{_W}val") not in ("0", "false"):
                self.hidden += any(t.text and t.text.strip() for t in node.findall(f"{_W}t"))
                continue
            for child in node:
                if child.tag == f"{_W}t":
                    parts.append(child.text or "")
                elif child.tag in (f"{_W}br", f"{_W}cr"):
                    parts.append("\n")
                elif child.tag == f"{_W}tab":
                    parts.append(" ")
                elif child.tag == f"{_W}noBreakHyphen":
                    parts.append("-")
        return "".join(parts)

    def _table(self, table: Any, depth: int) -> None:
        rows = list(_rows(table))
        if _arranges(rows):
            for row in rows:
                for cell in _cells(row):
                    self.blocks(cell, depth + 1)
            return
        cells = Cells([self.number + 1 + i for i in range(len(rows))], 0)
        self.number += len(rows)
        open_: dict[int, list[Any]] = {}
        """Cells that reach down: first column → [row0, row1, col1, text]."""
        done: list[list[Any]] = []
        for i, row in enumerate(rows):
            j = _int(_value(row.find(f"{_W}trPr"), "gridBefore", "0"), 0) if row.find(f"{_W}trPr") is not None else 0
            for cell in _cells(row):
                properties = cell.find(f"{_W}tcPr")
                across = max(1, _int(_value(properties, "gridSpan", "1"), 1)) if properties is not None else 1
                merge = properties.find(f"{_W}vMerge") if properties is not None else None
                text = "\n".join(self._text(p) for p in cell.iter(f"{_W}p"))
                going_on = merge is not None and merge.get(f"{_W}val") != "restart"
                above = open_.get(j)
                if going_on and above is not None and above[1] == i - 1 and above[2] == j + across - 1:
                    above[1] = i
                    above[3] += "\n" + text if text.strip() else ""
                else:
                    entry = [i, i, j + across - 1, text, j]
                    done.append(entry)
                    open_[j] = entry
                j += across
            cells.n_cols = max(cells.n_cols, j)
        if cells.n_cols > 1000:
            raise DocumentError("a table of the DOCX file has more than 1,000 columns")
        for row0, row1, col1, text, col0 in done:
            cells.put(row0, row1, col0, col1, text)
        if cells.n_cols:
            self.layout.table(cells)


def _inline(element: Any) -> Iterator[Any]:
    """Runs of a paragraph in order: inside links, fields and insertions, not in text boxes or deletions."""
    stack = [element]
    while stack:
        node = stack.pop()
        if node.tag == f"{_W}r":
            yield node
            continue
        if node is not element and node.tag in (f"{_W}del", f"{_W}moveFrom", f"{_W}pPr", f"{_W}p"):
            continue
        stack.extend(reversed(node))


def _boxes(element: Any) -> Iterator[Any]:
    """Text boxes of a paragraph; of the two forms that Word writes of each, the first."""
    stack = [element]
    while stack:
        node = stack.pop()
        if node.tag == f"{_W}txbxContent":
            yield node
            continue
        children = list(node)
        if node.tag == f"{_MC}AlternateContent":
            children = children[:1]
        stack.extend(reversed(children))


def _rows(table: Any) -> Iterator[Any]:
    for child in table:
        if child.tag == f"{_W}tr":
            yield child
        elif child.tag == f"{_W}sdt":
            yield from child.iterfind(f"{_W}sdtContent/{_W}tr")


def _cells(row: Any) -> Iterator[Any]:
    for child in row:
        if child.tag == f"{_W}tc":
            yield child
        elif child.tag == f"{_W}sdt":
            yield from child.iterfind(f"{_W}sdtContent/{_W}tc")


def _arranges(rows: list[Any]) -> bool:
    """A table that holds tables, or stands in one column, arranges the page."""
    cells = [c for r in rows for c in _cells(r)]
    return all(len(list(_cells(r))) <= 1 for r in rows) or any(c.find(f".//{_W}tbl") is not None for c in cells)
