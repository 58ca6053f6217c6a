"""Words of pages that were read from pictures, mended before anything is made of them. No figure is touched.

A recogniser takes a character for another of like shape. What it makes of the words of titles and heads is no word of
such tables (部内, 文出), so each stands for one word alone. Names have the code lists (``tables/recognised.py``).
"""

from __future__ import annotations

import re

from pipelines.documents import Document

_SLIPS = (
    ("部内(?=[一-龥])", "部门"), ("[文攴]出", "支出"), ("收[人八](?![员民力大口])", "收入"), ("[顶顸]算|预[箅箕]", "预算"),
    ("[块快央]算(?!机)|决[箅箕]", "决算"), ("合[汁讣]|[台舍]计", "合计"), ("总[汁讣]", "总计"), ("[小少][汁讣]|少计", "小计"), ("金[颜颉颌]", "金额"),
    ("[顶顸]目|项[日曰自]", "项目"), ("[拔泼]款|拨[歀欹]", "拨款"), ("财[攻玫致]", "财政"), ("[茎墓]本|基[木末]", "基本"), ("木年", "本年"),
    ("年[未]", "年末"), ("科[日曰]", "科目"), ("[茎墓]金|基[全余]", "基金"), ("结佘|结佥", "结余"), ("结[传砖]", "结转"), ("编[玛妈]", "编码"),
    ("[夂冬各]称|名[祢弥]", "名称"), ("国[冇]", "国有"), ("资木|资末", "资本"), ("经[赀]", "经费"), ("一股公共", "一般公共"), ("政俯", "政府"),
)  # fmt: skip
_WORDS = tuple((re.compile(slip), word) for slip, word in _SLIPS)
_LONGEST = 45
"""Characters. Titles, heads and names are shorter; sentences are left as they were read."""


def mend_words(document: Document) -> None:
    """Titles and cells of the pages that OCR read, in place."""
    for page in document.pages:
        if not page.recognised:
            continue
        for line in page.lines:
            if len(line.text) <= _LONGEST:
                line.text = mended(line.text)
        for grid in page.grids:
            for cell in grid.cells:
                if cell.lines and not any(re.search(r"\d", text) for text in cell.lines):
                    cell.lines = tuple(mended(text) for text in cell.lines)


def mended(text: str) -> str:
    """A line or cell with the words that it must have held."""
    for slip, word in _WORDS:
        text = slip.sub(word, text)
    return text
