"""Bad files from good ones: seeded mutations of the samples and of the shared reports, as bytes and as text.

A case is told by its number and the seed alone, so that each can be made again.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

from samples.generator import catalogue
from tests.support import SHARED

_PDF_SHARE = 0.04
_ODD = (
    "\ufeff", "\u200b", "\u202e", "\ud83d", "\U0001f600", "\x0c", "\x85", "\u2028", "０１２", "，", "（", "“", "￥", "—",
    "1" * 19, "9" * 300, "1" * 4299, "1" * 4300, "0." + "1" * 30, "-1", "1,2,3,4", "1,000,000.000001", "一" * 400,
    "（" * 300, "1 " * 300, "\n" * 50, "、" * 200, "XX" * 20, "20XX年", "栏次 1 2 3", "合计", "公开03表", "单位：元",
    "部门：甲局 金额单位：元", "2023年度支出决算表", "第三部分", "其中：", "项目名称", "总分 100", "得分",
    "一级指标 二级指标 三级指标 年初目标值（A） 实际完成值（B） 得分",
)  # fmt: skip


@cache
def sources() -> list[tuple[str, bytes]]:
    """Name and bytes of every good file at hand."""
    folders = [catalogue.REPORTS, SHARED] if SHARED.exists() else [catalogue.REPORTS]
    paths = [p for folder in folders for p in sorted(Path(folder).rglob("*")) if p.suffix in (".pdf", ".txt")]
    return [(p.name, p.read_bytes()) for p in paths]


def case(seed: int, number: int) -> tuple[str, bytes]:
    """The file of that number: its name and its bytes."""
    rng = random.Random(f"{seed}-{number}")
    wanted = ".pdf" if rng.random() < _PDF_SHARE else ".txt"
    name, data = rng.choice([s for s in sources() if s[0].endswith(wanted)])
    if wanted == ".txt" and rng.random() < 0.85:
        text = data.decode("utf-8" if "gb18030" not in name else "gb18030")
        if rng.random() < 0.85:  # a part of a report is read many times faster, and fails in the same ways
            text = _window(rng, text)
        for _ in range(rng.choice((1, 1, 2, 3, 5, 8))):
            text = rng.choice(_OF_TEXT)(rng, text)
        return name, text.encode("utf-8", "surrogatepass")
    for _ in range(rng.choice((1, 2, 4, 16))):
        data = rng.choice(_OF_BYTES)(rng, data)
    return name, data


# --- bytes --------------------------------------------------------------------------------------------------


def _span(rng: random.Random, size: int, most: int = 2_000) -> tuple[int, int]:
    start = rng.randrange(size + 1)
    return start, min(size, start + rng.randrange(1, most))


def _flip(rng: random.Random, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.choice((1, 3, 30)) if changed else 0):
        changed[rng.randrange(len(changed))] = rng.randrange(256)
    return bytes(changed)


def _drop(rng: random.Random, data: bytes) -> bytes:
    start, end = _span(rng, len(data))
    return data[:start] + data[end:]


def _double(rng: random.Random, data: bytes) -> bytes:
    start, end = _span(rng, len(data))
    return data[:end] + data[start:end] * rng.choice((1, 1, 20)) + data[end:]


def _cut(rng: random.Random, data: bytes) -> bytes:
    return data[: rng.randrange(1, len(data) + 2)]


def _insert(rng: random.Random, data: bytes) -> bytes:
    start = rng.randrange(len(data) + 1)
    return data[:start] + rng.randbytes(rng.randrange(1, 40)) + data[start:]


_OF_BYTES: tuple[Callable[[random.Random, bytes], bytes], ...] = (_flip, _drop, _double, _cut, _insert)


# --- text ---------------------------------------------------------------------------------------------------


def _window(rng: random.Random, text: str) -> str:
    lines = text.split("\n")
    start = rng.randrange(len(lines))
    return "\n".join([*lines[:60], *lines[start : start + rng.choice((60, 150, 300))]])


def _lines(change: Callable[[random.Random, list[str]], list[str]]) -> Callable[[random.Random, str], str]:
    return lambda rng, text: "\n".join(change(rng, text.split("\n")))


def _line_dropped(rng: random.Random, lines: list[str]) -> list[str]:
    start, end = _span(rng, len(lines), 60)
    return lines[:start] + lines[end:]


def _line_doubled(rng: random.Random, lines: list[str]) -> list[str]:
    start, end = _span(rng, len(lines), rng.choice((2, 40)))
    return lines[:end] + lines[start:end] * rng.choice((1, 2, 200)) + lines[end:]


def _line_moved(rng: random.Random, lines: list[str]) -> list[str]:
    start, end = _span(rng, len(lines), 40)
    rest = lines[:start] + lines[end:]
    to = rng.randrange(len(rest) + 1)
    return rest[:to] + lines[start:end] + rest[to:]


def _line_joined(rng: random.Random, lines: list[str]) -> list[str]:
    start, end = _span(rng, len(lines), rng.choice((3, 3, 400)))
    return [*lines[:start], rng.choice(("", " ", "\t")).join(lines[start:end]), *lines[end:]]


def _line_shuffled(rng: random.Random, lines: list[str]) -> list[str]:
    start, end = _span(rng, len(lines), 60)
    middle = lines[start:end]
    rng.shuffle(middle)
    return lines[:start] + middle + lines[end:]


def _line_split(rng: random.Random, lines: list[str]) -> list[str]:
    start, end = _span(rng, len(lines), 60)
    return [*lines[:start], *(part for line in lines[start:end] for part in line.split()), *lines[end:]]


def _spliced(rng: random.Random, lines: list[str]) -> list[str]:
    _, other = rng.choice([s for s in sources() if s[0].endswith(".txt")])
    foreign = other.decode("utf-8", "replace").split("\n")
    start, end = _span(rng, len(foreign), 300)
    to = rng.randrange(len(lines) + 1)
    return lines[:to] + foreign[start:end] + lines[to:]


def _odd(rng: random.Random, text: str) -> str:
    start = rng.randrange(len(text) + 1)
    return text[:start] + rng.choice(_ODD) + text[start:]


def _figures(rng: random.Random, text: str) -> str:
    """Some figures changed: a digit, the sign, the point, the size, or gone."""
    changes = (
        lambda t: t.replace(".", ""), lambda t: "-" + t, lambda t: "", lambda t: t + t, lambda t: t + " " + t,
        lambda t: rng.choice("0123456789") + t[1:], lambda t: t + "0" * rng.randrange(30), lambda t: f"（{t}）",
    )  # fmt: skip
    share = rng.choice((0.001, 0.01, 0.2))
    return re.sub(
        r"\d[\d,]*(?:\.\d+)?", lambda m: rng.choice(changes)(m[0]) if rng.random() < share else m[0], text
    )


def _characters(rng: random.Random, text: str) -> str:
    """One character replaced by another wherever it stands."""
    if not text:
        return text
    old = rng.choice(text)
    return text.replace(old, rng.choice(("", " ", "\n", rng.choice(text), rng.choice(_ODD[:10]))))


_OF_TEXT: tuple[Callable[[random.Random, str], str], ...] = (
    *map(_lines, (_line_dropped, _line_doubled, _line_moved, _line_joined, _line_shuffled, _line_split, _spliced)),
    _odd, _odd, _figures, _figures, _characters,
)  # fmt: skip
