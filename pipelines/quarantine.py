"""What is not published and why: one refusal for each file or report, kept in ``quarantine.json``.

Not for deciding: whoever refuses says at which stage and with which sentence.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pipelines.extract.result import Evidence
from pipelines.personal import mask
from pipelines.printable import printable

QUARANTINE = "quarantine.json"

Stage = Literal["finding files", "reading", "extracting", "choosing", "checking", "publishing"]
"""Where a build is: looking for files, opening one, taking its tables, leaving out duplicates, judging, writing."""


@dataclass(slots=True, frozen=True)
class Refusal:
    """A file that is not published, and why.

    ``file`` is its path relative to the folder that was given; ``reason`` is one sentence; ``report_id`` is given
    where the file was read so far.
    """

    file: str
    reason: str
    sha256: str | None = None
    stage: Stage = "reading"
    report_id: str | None = None

    def document(self) -> dict[str, Any]:
        """As ``quarantine.json`` holds it."""
        return {
            "file": mask(printable(self.file))[0],
            "stage": self.stage,
            "reason": mask(printable(self.reason))[0],
            "report_id": self.report_id,
            "sha256": self.sha256,
        }


@dataclass(slots=True, frozen=True)
class Unidentified(Refusal):
    """A file that was read and does not say whose report it is: refused, unless a report beside it claims it."""

    evidence: Evidence = Evidence()  # noqa: RUF009 - frozen


def write_quarantine(out: Path, quarantine: Sequence[Refusal]) -> None:
    """``quarantine.json``: the files that are not published, each with its stage and reason."""
    # Workers that read import this module too, and have no use for all that publishing needs.
    from pipelines.publish.files import json_bytes, write_atomically

    write_atomically(out / QUARANTINE, json_bytes([refusal.document() for refusal in quarantine]))


def quarantine_of(out: Path) -> list[dict[str, Any]]:
    """The quarantine list of the last build in ``out``."""
    path = out / QUARANTINE
    return json.loads(path.read_text("utf-8")) if path.exists() else []


def by_reason(entries: Iterable[tuple[str, str]]) -> list[tuple[str, str, int]]:
    """(stage, kind of reason, how many) of (stage, reason), most first. Names and numbers make no kind of their own."""
    counted = Counter((stage, _kind(reason)) for stage, reason in entries)
    return [(*key, n) for key, n in sorted(counted.items(), key=lambda item: (-item[1], item[0]))]


def _kind(reason: str) -> str:
    return re.sub(r"\d[\d,]*", "…", re.split(r" \(|[:;] | as ", reason)[0]).strip()
