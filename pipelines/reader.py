"""One file → what was read from it, or why not: the work of a reading process (``run.READER``).

It imports no more than reading needs, so that a process starts fast. Not for limits (``pool``).
"""

from __future__ import annotations

import os
from pathlib import Path
from traceback import extract_tb

import polars as pl

from pipelines import pool
from pipelines.documents import Document, DocumentError, archive, is_archive, open_bytes, read_bytes, unpack
from pipelines.documents.ocr import SECONDS_A_PAGE
from pipelines.extract.report import extract, extract_bundle
from pipelines.extract.result import Extraction, NoIdentity, NotAReport, Notice
from pipelines.finding import Contents, Source, as_source
from pipelines.printable import shown
from pipelines.quarantine import Refusal, Stage, Unidentified
from pipelines.store import Store


def read_file(source: Source | Path) -> Extraction | Contents | Refusal:
    """Read one report, or list an archive; every failure becomes a refusal with one sentence.

    But for a lack of memory: that is the process's, and its supervisor's to judge.
    """
    source = as_source(source)
    stage: Stage = "reading"
    digest = None
    try:
        data = _bytes(source)
        if is_archive(data):
            return _contents(source, data)
        store = Store.here()
        if store and (kept := store.get(source.name, data)):
            return kept
        document = open_bytes(source.name, data, _recognising)
        stage, digest = "extracting", document.sha256
        extraction = extract(document)
        if store:
            store.put(source.name, data, extraction)
        return extraction
    except NoIdentity as error:
        return Unidentified(source.name, str(error), digest, stage, evidence=error.evidence)
    except (DocumentError, NotAReport) as error:
        reason = str(error)
    except OSError as error:
        reason = f"the file cannot be opened ({error.strerror or type(error).__name__})"
    except MemoryError:
        raise
    except (Exception, pl.exceptions.PanicException) as error:  # noqa: BLE001 - one report must not stop the others
        reason = f"the report could not be read (internal error: {_what(error)})"
    return Refusal(source.name, reason, digest, stage)


def read_bundle(task: tuple[tuple[Source, ...], tuple[str, ...]]) -> Extraction | None:
    """Read one report of several files, the first of which says whose it is; None where that cannot be done after all.

    The names of files without an identity of their own come second.
    """
    sources, borrowed = task
    documents: list[Document] = []
    try:
        documents.extend(open_bytes(source.name, _bytes(source), _recognising) for source in sources)
        extraction = extract_bundle(documents)
    except (DocumentError, NotAReport, OSError):
        return None
    for name in borrowed:
        extraction.notices.append(
            Notice(
                "E45", None, "source", f"{name} 未载明单位和年度，因同一文件夹或压缩包中只有本报告提到附件，归入本报告。",
                f"{name} does not say whose it is; it was taken for this report, the only one beside it that speaks of"
                " attachments.", name,
            )
        )  # fmt: skip
    return extraction


def _recognising(page: int, pages: int) -> None:
    """A picture takes longer than text: the time that the file may take grows with its pictures."""
    pool.more_time(SECONDS_A_PAGE, f"OCR {page}/{pages}")


def _bytes(source: Source) -> bytes:
    data = read_bytes(source.path)
    return archive.member(data, source.member) if source.member else data


def _contents(source: Source, data: bytes) -> Contents:
    inside = [name.removeprefix("x/") for name, _ in unpack("x", data)]
    if not inside:
        raise DocumentError("the ZIP archive holds no files")
    # A depth of archives that is not read is a file like others, refused when its turn comes.
    before = f"{source.member}/" if source.member else ""
    return Contents(tuple(Source(source.path, shown(f"{source.name}/{name}"), f"{before}{name}") for name in inside))


def _what(error: BaseException) -> str:
    """Kind and place of an exception. Its text may repeat what the report says, and is left out."""
    own = [frame for frame in extract_tb(error.__traceback__) if f"{os.sep}pipelines{os.sep}" in frame.filename]
    place = f" at {Path(own[-1].filename).name}:{own[-1].lineno}" if own else ""
    return f"{type(error).__name__}{place}"
