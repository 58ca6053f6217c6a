"""Bad workbooks, web pages, Word files, archives and OFD files from good ones, told by format, seed and number alone."""

from __future__ import annotations

import base64
import io
import random
import re
import zipfile
from functools import cache

from samples.generator import layout, make_ledger, ofd, office, options_for, prose
from samples.generator.tables import Table
from tests.fuzz.run import Outcome, read

KINDS = ("xlsx", "xls", "html", "docx", "zip", "mht", "ofd", "refused")
"""``refused``: formats that are named and not read (RTF, RAR, 7z, gzip, OpenDocument, pictures, XML of Office 2003)."""
_WHOLE = 0.1
"""Share of whole reports; the others hold two tables and are read many times faster."""
_TEXTS = (
    b"", b"\x00", b"<", b">", b"&#x0;", b"</td>", b"<table>", b"</table>", b'colspan="99999"', b'rowspan="65535"', b"9" * 40,
    b"\xff\xfe", b"-", "合计".encode(), b"1E308", b"<!--", b"]]>", b"<![CDATA[", b"<!ENTITY a SYSTEM 'file:///etc/passwd'>", b"\r\n--",
)  # fmt: skip
_SIGNATURES = {
    "rtf": b"{\\rtf1\\ansi ", "rar": b"Rar!\x1a\x07\x00", "7z": b"7z\xbc\xaf\x27\x1c", "gz": b"\x1f\x8b\x08", "jpg": b"\xff\xd8\xff\xe0",
    "png": b"\x89PNG\r\n\x1a\n", "gif": b"GIF89a", "tif": b"II*\x00", "bmp": b"BM", "doc": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    "xml": b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">', "wps": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    "odt": b"PK\x03\x04", "et": b"PK\x03\x04",
}  # fmt: skip


_VALUE = re.compile(rb'(?<==")[^"<>]{0,60}(?=")|(?<=>)[^<>]{1,60}(?=</)')
_VALUES = (
    b"", b"-1", b"0", b"1", b"65535", b"99999999999", b"1e400", b"nan", b"-", b"A1:XFD1048576", b"ZZZ99", b"true", b"s", b"e", b"str",
    b"#REF!", b"0.1.2", b"1,2,3", "合计".encode(), "第三部分".encode(), "单位：元".encode(), b"display:none", b"&amp;", b"&#55296;", b"../../x",
    b"/etc/passwd", b"9" * 400, b"[$-804]yyyy;@;;;", b"0!.0,", "（".encode() * 200,
)  # fmt: skip


@cache
def original(kind: str, whole: bool) -> bytes:
    """A good file of a format."""
    ledger = make_ledger(3, options_for("national", rows=15))
    blocks = list(prose.report(ledger, layout("national")))
    if not whole:
        tables = [k for k, block in enumerate(blocks) if isinstance(block, Table) and block.resource]
        blocks = blocks[: tables[1] + 1]
    if kind == "ofd":
        return ofd.render(blocks, layout("national"))
    return office.render(blocks, "html" if kind == "mht" else kind)  # type: ignore[arg-type]


def archived(page: bytes) -> bytes:
    """A web page as a web archive."""
    head = b'MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary="b"\r\n\r\n--b\r\nContent-Type: text/html; charset=utf-8\r\n'
    return head + b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(page) + b"\r\n--b--\r\n"


def mutated(kind: str, seed: int, number: int) -> tuple[str, bytes]:
    """The file of that number: its name and its bytes."""
    rng = random.Random(f"{kind} {seed}-{number}")
    if kind == "refused":
        suffix = rng.choice(list(_SIGNATURES))
        body = original(rng.choice(KINDS[:-1]), False)[rng.choice((0, 4, 30)) :]
        return f"a.{suffix}", scrambled(_SIGNATURES[suffix] + body, rng)
    data = original(kind, rng.random() < _WHOLE)
    if kind != "mht":
        return f"a.{kind}", changed(data, rng)
    return "a.mht", archived(changed(data, rng)) if rng.random() < 0.7 else changed(archived(data), rng)


def changed(data: bytes, rng: random.Random) -> bytes:
    """Bytes changed, cut, doubled; of a package also the bytes of one part, packed again so that it opens."""
    if data.startswith(b"PK") and rng.random() < 0.7:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            files = {n: package.read(n) for n in package.namelist()}
        name = rng.choice([n for n in files if files[n]])
        files[name] = changed(files[name], rng)
        if rng.random() < 0.1:
            del files[rng.choice(list(files))]
        return office.pack(files)
    how = rng.random()
    if how < 0.5 and _VALUE.search(data):
        return reworded(data, rng)
    return overwritten(data, rng) if how < 0.75 else scrambled(data, rng)


def reworded(data: bytes, rng: random.Random) -> bytes:
    """Markup that stays whole, with other texts and attributes in some places."""
    places = [m.span() for m in _VALUE.finditer(data)]
    for start, end in sorted(rng.sample(places, min(len(places), rng.choice((1, 2, 5, 20)))), reverse=True):
        data = data[:start] + rng.choice(_VALUES) + data[end:]
    return data


def overwritten(data: bytes, rng: random.Random) -> bytes:
    """Single bytes changed in their places: what counts lengths still finds its parts."""
    made = bytearray(data)
    for _ in range(rng.choice((1, 2, 5, 20, 100))):
        made[rng.randrange(len(made))] = rng.choice((0, 1, 255, rng.randrange(256)))
    return bytes(made)


def scrambled(data: bytes, rng: random.Random) -> bytes:
    """Some spans of bytes replaced, doubled or left out."""
    made = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 5, 20))):
        at = rng.randrange(len(made) + 1)
        end = min(len(made), at + rng.choice((0, 1, 1, 2, 8, 60, 500)))
        how = rng.randrange(4)
        if how == 0:
            made[at:end] = rng.randbytes(end - at)
        elif how == 1:
            made[at:end] = rng.choice(_TEXTS)
        elif how == 2:
            made[at:at] = made[at:end]
        else:
            del made[at:end]
        if not made:
            break
    return bytes(made)


def read_mutated(kind: str, seed: int, number: int) -> Outcome:
    """Make the case of that number and read it."""
    return read(*mutated(kind, seed, number), number)
