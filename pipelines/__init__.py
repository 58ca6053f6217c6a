"""Mingzhang 明账: disclosure reports of Chinese government departments as proven, tidy data.

``read_report(path)`` reads one report in a notebook; ``mingzhang build`` reads many and publishes them.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipelines.reading import Reading

__all__ = ["read_report"]


def read_report(path: str | Path) -> Reading:
    """Read one report (PDF or plain text).

    Returns a :class:`pipelines.reading.Reading`: identity, the nine tables as Polars frames (amounts in 万元,
    exact decimals), the account of every number, and findings. Raises ``DocumentError`` (the file cannot be
    opened) or ``NotAReport`` (it is no report that is published), each with one sentence.
    """
    from pipelines.reading import Reading

    return Reading.of(Path(path))
