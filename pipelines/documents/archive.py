"""ZIP archives → their files, within limits; nothing is written to disk and no name leads anywhere."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator

from pipelines.documents.hostile import checked_package
from pipelines.documents.model import DocumentError

MAX_FILES = 200
MAX_DEPTH = 2
"""An archive in an archive is read, one further inside is not."""

_UTF8 = 0x800


def package_kind(data: bytes) -> str | None:
    """``xlsx docx pptx xlsb ofd odf`` by the files inside, ``broken``, or None for an archive of other files."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            names = set(package.namelist()[:5000])
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return "broken"
    lowered = {n.lower() for n in names}
    if "ofd.xml" in lowered:
        return "ofd"
    if "mimetype" in lowered and "content.xml" in lowered:
        return "odf"
    if "xl/workbook.bin" in lowered:
        return "xlsb"
    for start, kind in (("xl/workbook", "xlsx"), ("word/document", "docx"), ("ppt/presentation", "pptx")):
        if any(n.startswith(start) for n in lowered):
            return kind
    return None


def members(data: bytes, depth: int = 1) -> Iterator[tuple[str, bytes]]:
    """(path inside the archive, bytes) of every file, by name. Raises :class:`DocumentError` before the first one."""
    if depth > MAX_DEPTH:
        raise DocumentError(f"archives inside archives are read {MAX_DEPTH} deep")
    with checked_package(data, "ZIP archive") as package:
        entries = [m for m in package.infolist() if not m.is_dir() and not _is_system(_name(m))]
        if len(entries) > MAX_FILES:
            raise DocumentError(f"the ZIP archive holds {len(entries):,} files (limit {MAX_FILES})")
        found = [(_name(m), package.read(m)) for m in sorted(entries, key=_name)]
    yield from found


def member(data: bytes, path: str, depth: int = 1) -> bytes:
    """One file of an archive by its path, through archives inside. Raises :class:`DocumentError` if there is none."""
    if depth > MAX_DEPTH:
        raise DocumentError(f"archives inside archives are read {MAX_DEPTH} deep")
    with checked_package(data, "ZIP archive") as package:
        for entry in package.infolist():
            name = _name(entry)
            if name == path and not entry.is_dir():
                return package.read(entry)
            if path.startswith(f"{name}/") and not entry.is_dir():
                return member(package.read(entry), path[len(name) + 1 :], depth + 1)
    raise DocumentError(f"the archive holds no file {path}")


def _is_system(name: str) -> bool:
    parts = name.split("/")
    return parts[0] == "__MACOSX" or parts[-1].startswith(("._", ".DS_Store", "~$")) or parts[-1] == "Thumbs.db"


def _name(member: zipfile.ZipInfo) -> str:
    """The name as its author saw it: zipfile reads CP437 where the UTF-8 mark is not set; those names are GBK or UTF-8."""
    name = member.filename
    if not member.flag_bits & _UTF8:
        try:
            raw = name.encode("cp437")
        except UnicodeEncodeError:
            raw = b""
        for encoding in ("utf-8", "gb18030"):
            try:
                name = raw.decode(encoding) if raw else name
                break
            except UnicodeDecodeError:
                continue
    parts = [p for p in name.replace("\\", "/").split("/") if p not in ("", ".", "..")]
    return "/".join(parts) or "_"

