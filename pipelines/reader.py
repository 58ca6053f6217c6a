"""One file → what was read from it, or why not: the work of a reading process (``run.READER``).

It imports no more than reading needs, so that a process starts fast. Not for limits (``pool``).
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from traceback import extract_tb

import polars as pl

from pipelines.documents import DocumentError, open_document
from pipelines.extract.report import extract
from pipelines.extract.result import Extraction, NotAReport
from pipelines.finding import Source, as_source
from pipelines.quarantine import Refusal, Stage


def read_file(source: Source | Path) -> Extraction | Refusal:
    """Read one report; every failure becomes a refusal with one sentence.

    But for a lack of memory: that is the process's, and its supervisor's to judge.
    """
    source = as_source(source)
    stage: Stage = "reading"
    digest = None
    try:
        document = open_document(source.path)
        stage, digest = "extracting", document.sha256
        return extract(replace(document, name=source.name))
    except (DocumentError, NotAReport) as error:
        reason = str(error)
    except OSError as error:
        reason = f"the file cannot be opened ({error.strerror or type(error).__name__})"
    except MemoryError:
        raise
    except (Exception, pl.exceptions.PanicException) as error:  # noqa: BLE001 - one report must not stop the others
        reason = f"the report could not be read (internal error: {_what(error)})"
    return Refusal(source.name, reason, digest, stage)


def _what(error: BaseException) -> str:
    """Kind and place of an exception. Its text may repeat what the report says, and is left out."""
    own = [frame for frame in extract_tb(error.__traceback__) if f"{os.sep}pipelines{os.sep}" in frame.filename]
    place = f" at {Path(own[-1].filename).name}:{own[-1].lineno}" if own else ""
    return f"{type(error).__name__}{place}"
