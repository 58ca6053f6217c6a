"""What a printed head is made of, from ``datapackages/forms``: head words, and columns bound by name.

Which column a head names stands in the forms (:mod:`pipelines.forms`); this module only asks them.
"""

from __future__ import annotations

import re
from functools import cache

from pipelines.documents.normalise import squeeze
from pipelines.forms import heads

_MARKS = re.compile(r"[（）()“”\"'\s]")
_YEAR = re.compile(r"20\d\d(?=年)")


@cache
def _only_words() -> re.Pattern[str]:
    words = sorted(map(re.escape, heads().words), key=len, reverse=True)
    return re.compile(f"(?:{'|'.join(words)})+")


def is_header_text(text: str) -> bool:
    """True if the text is made of nothing but header words."""
    return bool(_only_words().fullmatch(_MARKS.sub("", text)))


def is_header_fragment(text: str) -> bool:
    """True if the text is a piece of a head that fell apart over lines (``附属单位上``, ``缴收入``)."""
    bare = _MARKS.sub("", text)
    return bool(bare) and (is_header_text(bare) or any(bare in part for part in heads().words))


def latest_year(texts: list[str]) -> str:
    """The newest year that a table's heads name; columns of earlier years are last year's figures."""
    years = [y for text in texts for y in _YEAR.findall(squeeze(text))]
    return max(years, default="")


def is_earlier(text: str, year: str) -> bool:
    """True if a head names only years before the table's own."""
    years = _YEAR.findall(text)
    return bool(years) and max(years) < year
